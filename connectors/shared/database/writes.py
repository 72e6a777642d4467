"""How does a value of the contract become what the driver sends? The reverse of connectors.shared.database.values.

Nothing is squeezed in: a value that its column would cut, round or turn into another one is Unfit, and says why.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

from connectors.contract import Damaged, LookUp, Said, Value, say
from connectors.shared.database.shape import Column
from connectors.shared.database.values import EXACT, SECONDS, reader
from connectors.shared.values import as_text

_WHOLE: Final = 2**63
_LIKE_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_STYLE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:([ T])\d{1,2}:\d{2}(:\d{2})?(?:[.,](\d+))?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)


class Unfit(Exception):
    """The column cannot hold this value; nothing was sent."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one database. loose: SQLite, which checks no types and keeps times as text or numbers."""

    zone: tzinfo
    loose: bool = False

    def raw(self, column: Column, value: Value, like: object = None) -> object:
        """What is sent for a value. like: what stands (or usually stands) there, whose form is kept; raises Unfit."""
        if value is None or value == ():
            return self._empty(column)
        if isinstance(value, Damaged):
            raise Unfit(say("a damaged value is never written"))
        if isinstance(value, tuple) != column.many:
            raise Unfit(say("`{column}` holds one value, not several", column=column.name))
        if isinstance(value, tuple):
            return [self._one(column, one, like) for one in value]
        return self._one(column, value, like)

    def key(self, column: Column, text: str) -> object:
        """The raw key that a key's text stands for; raises Unfit where no record can bear it."""
        if column.family == "bytes":
            try:
                return bytes.fromhex(text)
            except ValueError:
                raise _mismatch(column) from None
        if self.loose:
            whole = column.family in ("integer", "any", "decimal") and re.fullmatch(r"-?(0|[1-9]\d{0,17})", text)
            return int(text) if whole else _sound(text)
        if column.family in ("date", "datetime"):
            return self._one(column, _moment_of(text, column), None)
        return self._one(column, text, None)

    def _empty(self, column: Column) -> object:
        if column.nullable:
            return None
        if column.blank_text:
            return ""
        raise Unfit(say("`{column}` may not be empty (NOT NULL)", column=column.name))

    def _one(self, column: Column, value: Value, like: object) -> object:
        if isinstance(value, LookUp):
            return self.key(column, value.key)
        if column.options and as_text(value) not in column.options:
            raise Unfit(say("`{column}` has no such option", column=column.name))
        write = _WRITES.get(column.family, Writer._text)
        return write(self, column, value, like)

    # -------------------------------------------------------------------------- by family

    def _text(self, _: Column, value: Value, __: object) -> object:
        return _sound(as_text(value), zero=self.loose)

    def _uuid(self, column: Column, value: Value, _: object) -> object:
        try:
            found = uuid.UUID(as_text(value))
        except ValueError:
            raise _mismatch(column) from None
        return value if self.loose else str(found)

    def _integer(self, column: Column, value: Value, _: object) -> object:
        number = self._number(column, value)
        if isinstance(number, str):
            return number
        if number != number.to_integral_value() or not -_WHOLE <= number < _WHOLE:
            raise _mismatch(column)
        return int(number)

    def _decimal(self, column: Column, value: Value, _: object) -> object:
        number = self._number(column, value)
        if isinstance(number, str) or not self.loose:
            return number
        if number == number.to_integral_value() and -_WHOLE <= number < _WHOLE:
            return int(number)
        return self._float(column, number, _)

    def _float(self, column: Column, value: Value, _: object) -> object:
        number = self._number(column, value)
        if isinstance(number, str):
            return number
        near = float(number)
        if Decimal(repr(near)) != number or (near.is_integer() and abs(near) >= EXACT):
            raise Unfit(say("`{column}` cannot hold so many digits; a column of text can", column=column.name))
        return near

    def _number(self, column: Column, value: Value) -> Decimal | str:
        """SQLite turns text that looks like a number into one (+86…, 007), so only what survives that is sent."""
        if isinstance(value, bool | int | Decimal):
            return Decimal(int(value) if isinstance(value, bool) else value)
        if isinstance(value, str) and value.isascii():
            try:
                number = Decimal(value)
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite() and format(number, "f") == value:
                return number
        if self.loose and isinstance(value, str) and not _LIKE_NUMBER.fullmatch(value):
            return _sound(value, zero=True)
        raise Unfit(say("`{column}` is a column of numbers and would lose what was typed", column=column.name))

    def _any(self, _: Column, value: Value, __: object) -> object:
        """A column without a type keeps what it is sent: text stays text, a number is sent as one where it fits."""
        if isinstance(value, int):
            return value if -_WHOLE <= value < _WHOLE else str(value)
        if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
            return float(value)
        return _sound(as_text(value), zero=True)

    def _boolean(self, column: Column, value: Value, like: object) -> object:
        found = reader(column, self.zone)(value)
        if not isinstance(found, bool):
            raise _mismatch(column)
        if self.loose and isinstance(like, str) and like.strip().lower() not in ("0", "1"):
            pair = next((p for p in _PAIRS if like.strip().lower() in p), _PAIRS[0])[1 - found]
            return pair.upper() if like.isupper() else pair.capitalize() if like[:1].isupper() else pair
        return int(found) if self.loose else found

    def _date(self, column: Column, value: Value, like: object) -> object:
        day = reader(column, self.zone)(value) if isinstance(value, str) else value
        if isinstance(day, datetime):
            local = day.astimezone(self.zone)
            if local.time() != time():
                raise _mismatch(column)
            day = local.date()
        if not isinstance(day, date):
            raise _mismatch(column)
        return _styled_day(day, like) if self.loose else day

    def _datetime(self, column: Column, value: Value, like: object) -> object:
        moment = reader(column, self.zone)(value) if isinstance(value, str) else value
        if self.loose and isinstance(moment, date) and not isinstance(moment, datetime):
            return _styled_day(moment, like)
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(), self.zone)
        if not isinstance(moment, datetime):
            raise _mismatch(column)
        if self.loose:
            return _styled_moment(moment, like, self.zone)
        return moment if column.aware else _wall_clock(moment, self.zone)


_PAIRS: Final = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("on", "off"))
_WRITES: Final[Mapping[str, Callable[[Writer, Column, Value, object], object]]] = {
    "any": Writer._any,  # noqa: SLF001
    "uuid": Writer._uuid,  # noqa: SLF001 - a table of its own methods
    "integer": Writer._integer,  # noqa: SLF001
    "decimal": Writer._decimal,  # noqa: SLF001
    "float": Writer._float,  # noqa: SLF001
    "boolean": Writer._boolean,  # noqa: SLF001
    "date": Writer._date,  # noqa: SLF001
    "datetime": Writer._datetime,  # noqa: SLF001
}


def _mismatch(column: Column) -> Unfit:
    return Unfit(
        say("`{column}` is a column of {family} and cannot hold this", column=column.name, family=column.family)
    )


def _sound(text: str, *, zero: bool = False) -> str:
    """Text that can be sent: no lone surrogates, and no NUL where the database has none."""
    if "\0" in text and not zero:
        raise Unfit(say("the database cannot hold a NUL character"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unfit(say("half a character cannot be written")) from None
    return text


def _moment_of(text: str, column: Column) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _mismatch(column) from None
    return moment.date() if column.family == "date" else moment


# ------------------------------------------------------------------------------ times in SQLite


def _styled_day(day: date, like: object) -> str:
    """2026-03-01, or with the dashes that the column uses."""
    found = _STYLE.fullmatch(like.strip()) if isinstance(like, str) else None
    if isinstance(like, str) and re.fullmatch(r"\d{8}", like.strip()):
        return day.strftime("%Y%m%d")
    mark = found[1] if found else "-"
    return f"{day.year:04}{mark}{day.month:02}{mark}{day.day:02}"


def _wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    """The naive time of a zone; raises Unfit for the hour that came twice when the clocks were set back."""
    local = moment.astimezone(zone)
    if local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset():
        raise Unfit(say("this hour came twice in that year's autumn; a column without a zone cannot tell which"))
    return local.replace(tzinfo=None)


def _styled_moment(moment: datetime, like: object, zone: tzinfo) -> str | int | float:
    """In the column's own form: seconds or milliseconds since 1970, or text with its mark, precision and zone."""
    if isinstance(like, int | float) and not isinstance(like, bool):
        seconds = Decimal(int(moment.replace(microsecond=0).timestamp())) + Decimal(moment.microsecond) / 1_000_000
        unit = 1000 if like >= SECONDS[0] * 1000 else 1
        number = seconds * unit
        return int(number) if number == number.to_integral_value() else float(number)
    found = _STYLE.fullmatch(like.strip()) if isinstance(like, str) else None
    offset = found[5] if found else None
    local = moment.astimezone(UTC if offset == "Z" else zone) if offset else _wall_clock(moment, zone)
    if offset and (local.utcoffset() or timedelta()) % timedelta(minutes=1):
        local = moment.astimezone(UTC)  # before there were zones: +08:05:43
    clock = f"{local:%H:%M:%S}" if not found or found[3] or local.second or local.microsecond else f"{local:%H:%M}"
    digits = len(found[4]) if found and found[4] else 0
    while digits < 6 and local.microsecond % 10 ** (6 - digits):
        digits += 1
    fraction = f".{local.microsecond:06}"[: digits + 1] if digits else ""
    shift = (
        "" if not offset else "Z" if offset == "Z" else f"{local:%z}" if ":" not in offset else _colon(f"{local:%z}")
    )
    return f"{_styled_day(local.date(), like)}{(found[2] if found else None) or ' '}{clock}{fraction}{shift}"


def _colon(offset: str) -> str:
    return f"{offset[:3]}:{offset[3:]}"
