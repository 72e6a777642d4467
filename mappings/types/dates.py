"""How are dates and times read, compared and written? (PITFALLS P23, P24)

A date has no zone and never moves by a day; a time without a zone is in the source's. What a text or a format leaves
out is not known, never made up: `--05-12`, `1985-03`, `1985`; a time whose place shows the day only is `2026-01-02`,
one whose format shows no seconds `2026-01-02T03:04Z`. Such values are compared by what both have.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from connectors.contract import Damaged, Value, say
from mappings.types import datetexts
from mappings.types.base import At, Cannot, SemanticType, fit
from mappings.types.dateformats import Moment, compiled
from mappings.types.texts import NOTHING

_DAY = re.compile(r"([1-9][0-9]{3})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_YEARS: Final = range(1900, 2101)
"""A bare number in here is a year; as a date serial it would be a day of 1905."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _canonical_date(moment: Moment) -> str | None:
    """None where the calendar has no such day, or nothing is known that makes a date."""
    year, month, day = moment.year, moment.month, moment.day
    if (year is not None and year < 1000) or (month is None and (year is None or day is not None)):
        return None
    try:
        dt.date(2000 if year is None else year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if year is None:
        return None if day is None else f"--{month:02d}-{day:02d}"
    if month is None:
        return f"{year:04d}"
    return f"{year:04d}-{month:02d}" if day is None else f"{year:04d}-{month:02d}-{day:02d}"


@lru_cache(maxsize=4096)
def moment_of(value: str, zone: str) -> Moment:
    """What a canonical date or time says, a time of day as the clocks of `zone` show it."""
    if value.startswith("--"):
        return Moment(None, int(value[2:4]), int(value[5:7]))
    if "T" not in value:
        parts = [int(part) for part in value.split("-")]
        return Moment(*parts)
    there = dt.datetime.fromisoformat(value).astimezone(zone_of(zone))
    second = there.second if value.count(":") > 1 else None
    return Moment(there.year, there.month, there.day, there.hour, there.minute, second)


def _plain_day(text: str) -> str:
    """A day as most people and programs write it; "" where it takes a closer look."""
    found = _DAY.fullmatch(text)
    if found is None:
        return ""
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""


def _same_moment(a: Moment, b: Moment) -> bool:
    pairs = [(getattr(a, name), getattr(b, name)) for name in Moment.__slots__]
    both = [(x, y) for x, y in pairs if x is not None and y is not None]
    return bool(both) and all(x == y for x, y in both)


def _known(moment: Moment) -> int:
    return sum(getattr(moment, name) is not None for name in Moment.__slots__)


class DateType(SemanticType):
    name = "date"
    placeholders = NOTHING

    def parse(self, raw: Value, at: At) -> str | Damaged:
        """Codes: date_serial, ambiguous_date, not_a_date."""
        if isinstance(raw, dt.datetime):
            raw = raw.astimezone(zone_of(at.zone)).date() if raw.tzinfo else raw.date()
        if isinstance(raw, dt.date):
            known = Moment(raw.year, raw.month, raw.day)
            return self._limited(known, at) or Damaged("not_a_date", raw.isoformat())
        if not isinstance(raw, str) and isinstance(raw, int) and raw not in _YEARS and len(str(raw)) != 8:
            return Damaged("date_serial", str(raw))
        return super().parse(raw, at)

    def parse_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        if at.format:
            return super().parse_texts(texts, at)
        return [_plain_day(text) or self.parse(text, at) for text in texts]

    def _limited(self, moment: Moment, at: At) -> str | None:
        """A real date in a place whose format shows no year: the year is one the program made up."""
        if at.format and not compiled(at.format).has_year:
            moment = Moment(None, moment.month, moment.day)
        return _canonical_date(moment)

    def read(self, text: str, at: At) -> str | Damaged:
        moment = compiled(at.format).read(text) if at.format else None
        if moment is None:
            found = datetexts.read(text, at.region)
            if isinstance(found, Damaged):
                return found
            moment = _in_zone(*found, at.zone)
        said = None if moment is None else _canonical_date(moment)
        return Damaged("not_a_date", text) if said is None else said

    def form(self, value: str) -> str:
        return value

    def same(self, a: str, b: str, zone: str = "Asia/Shanghai") -> bool:
        return a == b or ("" not in (a, b) and _same_moment(moment_of(a, zone), moment_of(b, zone)))

    def says_more(self, a: str, b: str) -> bool:
        return "" not in (a, b) and _known(moment_of(a, "UTC")) > _known(moment_of(b, "UTC"))

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        moment = moment_of(value, at.zone)
        if at.field.kind in ("date", "datetime") or (isinstance(shown, dt.date) and at.field.kind != "number"):
            return _as_value(moment, at, shown)
        if not at.format:
            return fit(_as_text(moment, value), at.field)
        said = compiled(at.format).write(moment)
        return _unknown(at) if said is None else fit(said, at.field)


class DateTimeType(DateType):
    """UTC to the second, or the day alone where the place shows no time."""

    name = "datetime"

    def parse(self, raw: Value, at: At) -> str | Damaged:
        """Codes: date_serial, ambiguous_date, not_a_date."""
        if isinstance(raw, dt.datetime):
            return _utc(raw if raw.tzinfo else raw.replace(tzinfo=zone_of(at.zone)), at.zone, with_seconds=True)
        return super().parse(raw, at)

    def read(self, text: str, at: At) -> str | Damaged:
        moment = compiled(at.format).read(text) if at.format else None
        zone = ""
        shows_seconds = moment is None or "S" in compiled(at.format).parts
        if moment is None:
            found = datetexts.read(text, at.region)
            if isinstance(found, Damaged):
                return found
            moment, zone = found
        day = _canonical_date(moment)
        if day is None or moment.year is None or moment.day is None:
            return Damaged("not_a_date", text)
        if moment.hour is None:
            return day
        there = _clock(moment, zone, at.zone)
        if there is None:
            return Damaged("not_a_date", text)
        return _utc(there, at.zone, with_seconds=shows_seconds and not _is_short(text))

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        if at.field.kind == "datetime" or isinstance(shown, dt.datetime):
            return _as_value(moment_of(value, "UTC" if "T" in value else at.zone), at, shown, of_time=True)
        if at.field.kind == "date" and "T" in value:
            return super().render(_canonical_date(moment_of(value, at.zone)) or value, at, shown)
        return super().render(value, at, shown)


def _is_short(text: str) -> bool:
    """Our own `2026-01-02T03:04Z`, which says that seconds are not known."""
    return len(text) == 17 and text[10] == "T" and text.endswith("Z")


def _clock(moment: Moment, zone: str, local: str) -> dt.datetime | None:
    """None where no clock shows this time."""
    tz: dt.tzinfo = zone_of(local)
    if zone == "z":
        tz = dt.UTC
    elif zone:
        sign = -1 if zone[0] == "-" else 1
        tz = dt.timezone(sign * dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))
    try:
        return dt.datetime(
            moment.year or 1, moment.month or 1, moment.day or 1, moment.hour or 0, moment.minute or 0,
            moment.second or 0, tzinfo=tz,
        )  # fmt: skip
    except ValueError:
        return None


def _in_zone(moment: Moment, zone: str, local: str) -> Moment | None:
    """A day that the text gives as a time of another zone (2026-01-01T16:00Z) is the day the source's clocks showed."""
    if moment.hour is None:
        return moment
    there = _clock(moment, zone, local)
    if there is None:
        return None
    try:
        day = there.astimezone(zone_of(local)) if zone else there
    except OverflowError:
        return None
    return Moment(day.year, day.month, day.day)


def _utc(there: dt.datetime, local: str, *, with_seconds: bool) -> str:
    """The last hours of the year 9999 ("for ever"), which some zone's calendar lacks, are the day alone."""
    try:
        utc = there.astimezone(dt.UTC)
        utc.astimezone(zone_of(local))
    except OverflowError:
        return there.date().isoformat()
    text = utc.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    return text if with_seconds else f"{text[:16]}Z"


def _as_value(moment: Moment, at: At, shown: Value, *, of_time: bool = False) -> Value | Cannot:
    """A date or an aware time for a field that holds such; a day becomes its midnight there."""
    if moment.year is None or moment.month is None or moment.day is None:
        return _unknown(at)
    day = dt.date(moment.year, moment.month, moment.day)
    if at.field.kind != "datetime" and not isinstance(shown, dt.datetime):
        return day
    tz = dt.UTC if of_time and moment.hour is not None else zone_of(at.zone)
    return dt.datetime.combine(day, dt.time(moment.hour or 0, moment.minute or 0, moment.second or 0), tz)


def _as_text(moment: Moment, value: str) -> str:
    """`05-12` for a day without its year, a time as the source's clocks show it."""
    if "T" in value:
        shape = "%Y-%m-%d %H:%M:%S" if moment.second is not None else "%Y-%m-%d %H:%M"
        return compiled(shape).write(moment) or value
    return value.removeprefix("--")


def _unknown(at: At) -> Cannot:
    column = at.field.name or at.field.id
    return Cannot(say("{column} wants a part of the date that is not known (the year, or the day)", column=column))
