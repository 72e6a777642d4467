"""When does a job run next? `daily 02:30`, `mon-fri 07:00`, `every 2h`, or five cron fields (CONFIG "jobs")"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from connectors.contract import say
from connectors.settings import Wrong, shown

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CRON_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LOOK_AHEAD: Final = 8 * 366 + 3
"""Days: 29 February can be eight years away (1896 to 1904, 2096 to 2104)."""


@dataclass(frozen=True, slots=True)
class At:
    """Times of day on certain days, as the clock of a time zone shows them. weekdays: Monday is 0.

    either: cron's rule that, where both are restricted, a day of the month or a weekday will do.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int] = frozenset(range(1, 32))
    months: frozenset[int] = frozenset(range(1, 13))
    weekdays: frozenset[int] = frozenset(range(7))
    either: bool = False
    fields: str = ""
    """The five cron fields, where it was written so."""

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        """The first time strictly after `moment` (aware); UTC.

        A time that the clock skips (summer time begins) comes as much later as the clock was put forward; one that
        comes twice is meant the first time.
        """
        zone = ZoneInfo(timezone)
        today = moment.astimezone(zone).date() - timedelta(days=1)
        for ahead in range(_LOOK_AHEAD):
            day = today + timedelta(days=ahead)
            if self._is_on(day):
                times = [datetime.combine(day, time(h, m), zone) for h, m in product(self.hours, self.minutes)]
                later = [one for one in (t.astimezone(UTC) for t in times) if one > moment]
                if later:
                    return min(later)
        raise AssertionError(self.text)  # parse() refuses days that never come

    def cron(self) -> str | None:
        """The same in five cron fields, for a scheduler outside."""
        if self.fields:
            return self.fields
        weekdays = ",".join(str(day) for day in sorted((day + 1) % 7 for day in self.weekdays))
        every_day = len(self.weekdays) == 7
        return f"{self.minutes[0]} {self.hours[0]} * * {'*' if every_day else weekdays}"

    def _is_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        hits = (day.day in self.days, day.weekday() in self.weekdays)
        return any(hits) if self.either else all(hits)


@dataclass(frozen=True, slots=True)
class Every:
    """At even distances, counted from midnight of the zone's standard time, so that `2h` means 00:00, 02:00, …"""

    text: str
    step: timedelta

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        """The first time strictly after `moment` (aware); UTC."""
        local = moment.astimezone(ZoneInfo(timezone))
        standard = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
        start = datetime(1970, 1, 1, tzinfo=UTC) - standard
        return start + self.step * ((moment.astimezone(UTC) - start) // self.step + 1)

    def cron(self) -> str | None:
        """None where the step does not divide a day or an hour: cron cannot say it."""
        minutes = self.step // timedelta(minutes=1)
        if minutes < 60 and 60 % minutes == 0:
            return f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
        if minutes % 60 == 0 and minutes < 24 * 60 and 24 % (minutes // 60) == 0:
            return f"0 */{minutes // 60} * * *" if minutes > 60 else "0 * * * *"
        return "0 0 * * *" if minutes == 24 * 60 else None


Schedule = At | Every

_DAILY = re.compile(r"(?P<days>[a-z,-]+) (?P<hour>\d{1,2}):(?P<minute>\d{2})")
_EVERY = re.compile(r"every (\d{1,3}) ?(m|min|h|d)")
_PART = re.compile(r"(?P<first>\*|[a-z0-9]{1,3})(?:-(?P<last>[a-z0-9]{1,3}))?(?:/(?P<step>\d{1,2}))?")


def parse_schedule(text: str) -> Schedule:
    """Raises Wrong (CONFIG §5, 40)."""
    words = " ".join(text.lower().split())
    made = _every(text, words) or _daily(text, words) or _cron(text, words)
    if made is None:
        raise Wrong(
            say(
                "`{text}` cannot stand here; write `daily 02:30`, `mon-fri 07:00`, `every 2h`, or cron's five fields",
                text=shown(text),
            )
        )
    return made


def _every(text: str, words: str) -> Every | None:
    found = _EVERY.fullmatch(words)
    if not found or int(found[1]) == 0:
        return None
    unit = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}[found[2]]
    return Every(text, timedelta(**{unit: int(found[1])}))


def _daily(text: str, words: str) -> At | None:
    found = _DAILY.fullmatch(words)
    if not found:
        return None
    hour, minute = int(found["hour"]), int(found["minute"])
    weekdays = _values("*" if found["days"] == "daily" else found["days"], 0, 6, _DAYS)
    if hour > 23 or minute > 59 or not weekdays:
        return None
    return At(text, (minute,), (hour,), weekdays=frozenset(weekdays))


def _cron(text: str, words: str) -> At | None:
    fields = words.split(" ")
    if len(fields) != 5:
        return None
    minutes, hours = _values(fields[0], 0, 59), _values(fields[1], 0, 23)
    days, months = _values(fields[2], 1, 31), _values(fields[3], 1, 12, _MONTHS)
    weekdays = frozenset((day + 6) % 7 for day in _values(fields[4], 0, 7, _CRON_DAYS))
    if not (minutes and hours and days and months and weekdays):
        return None
    either = fields[2][0] != "*" and fields[4][0] != "*"
    made = At(text, tuple(minutes), tuple(hours), frozenset(days), frozenset(months), weekdays, either, words)
    comes = either or any(_has_day(month, day) for month, day in product(months, days))
    return made if comes else None


def _has_day(month: int, day: int) -> bool:
    try:
        date(2096, month, day)
    except ValueError:
        return False
    return True


def _values(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> list[int]:
    """The numbers that one cron field means, sorted; none where it means nothing."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return []
        step = int(match["step"] or 1)
        first, last = _ends(match, low, high, names)
        if first is None or last is None or step == 0:
            return []
        if first > last:  # fri-mon goes over the end of the week
            found.update(range(first, high + 1, step))
            first = low
        found.update(range(first, last + 1, step))
    return sorted(found)


def _ends(match: re.Match[str], low: int, high: int, names: tuple[str, ...]) -> tuple[int | None, int | None]:
    if match["first"] == "*":
        return (None, None) if match["last"] else (low, high)
    first = _number(match["first"], low, high, names)
    if match["last"]:
        return first, _number(match["last"], low, high, names)
    return first, high if match["step"] else first


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text) + (low if low == 1 else 0)
    if not text.isascii() or not text.isdigit():
        return None
    return int(text) if low <= int(text) <= high and names != _DAYS else None
