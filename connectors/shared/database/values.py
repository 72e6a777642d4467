"""What does a cell of a database say? Raw values of the driver → values of the contract.

Raw means: as the driver hands them over, before SQLAlchemy interprets them, for SQLite keeps anything in any column and
one cell that is not as declared must not stop the rest.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Final, TypeAlias

from connectors.contract import Damaged, LookUp, Value
from connectors.shared.database.shape import Column

EXACT: Final = 2**53
"""Above it a float no longer tells two neighbouring whole numbers apart: long ids are damaged, not rounded."""
SECONDS: Final = (1_000_000_000, 5_000_000_000)
"""Numbers in this range stand for seconds since 1970 (2001 to 2128), those a thousand times as big for milliseconds."""

_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))")
_MOMENT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("t", "true", "y", "yes", "1", "on"), True),
    **dict.fromkeys(("f", "false", "n", "no", "0", "off"), False),
}
_NUMBERS: Final = frozenset({int, float})
_TO_THE_MINUTE: Final = len("2026-03-01 09:30")
Read: TypeAlias = "Callable[[object], Value]"


def read_cells(column: Column, cells: Sequence[object], zone: tzinfo) -> Sequence[Value]:
    """A whole column of a page: only where a cell is not plainly what the column holds, it is looked at by itself."""
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds:
        return cells  # type: ignore[return-value]  # all None
    if kinds == {str} and column.family == "text" and not (column.refers or column.many):
        return [cell or None for cell in cells] if "" in cells else cells  # type: ignore[misc,return-value]
    if kinds == {int} and column.family in ("integer", "decimal", "float", "any") and not column.refers:
        return cells  # type: ignore[return-value]
    if kinds <= _NUMBERS and column.family in ("decimal", "float", "any") and not column.refers:
        return [_float(cell) if type(cell) is float else cell for cell in cells]  # type: ignore[misc]
    if kinds == {str} and column.family == "datetime" and not column.refers:
        return [_usual_moment(cell, zone) for cell in cells]  # type: ignore[arg-type]
    read = reader(column, zone)
    known: dict[object, Value] = {}
    if column.refers or column.family in ("date", "boolean"):
        return [known[c] if c in known else known.setdefault(c, read(c)) for c in cells]
    return list(map(read, cells))


def reader(column: Column, zone: tzinfo) -> Read:
    """Reads one cell of a column; zone: of times without one."""
    plain = _PLAIN.get(column.family) or (lambda raw: _moment(raw, zone) if isinstance(raw, datetime) else _any(raw))
    if column.family in ("date", "datetime"):
        plain = (lambda raw: _day(raw, zone)) if column.family == "date" else (lambda raw: _moment(raw, zone))
    if column.many:
        return lambda raw: _many(raw, plain)
    if column.refers:
        return lambda raw: None if raw is None or raw == "" else LookUp(column.refers, key_text(raw))
    return plain


def key_text(raw: object) -> str:
    """A raw key as text, reversible for its column."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, Decimal):
        return format(raw, "f")
    if isinstance(raw, date | datetime):
        return raw.isoformat()
    if isinstance(raw, bytes | memoryview):
        return bytes(raw).hex()
    if isinstance(raw, bool):
        return "1" if raw else "0"
    return str(raw)


def record_key(parts: Sequence[object]) -> str:
    """The key of a record: its one column's text, or a JSON list where there are several."""
    if len(parts) == 1:
        return key_text(parts[0])
    return json.dumps([key_text(part) for part in parts], ensure_ascii=False, separators=(",", ":"))


def key_parts(key: str, count: int) -> list[str] | None:
    """The reverse of record_key; None where no record can bear such a key."""
    if count == 1:
        return [key]
    try:
        parts = json.loads(key)
    except ValueError:
        return None
    fits = isinstance(parts, list) and len(parts) == count and all(isinstance(part, str) for part in parts)
    return parts if fits else None


# ------------------------------------------------------------------------------ one cell


def _any(raw: object) -> Value:
    """By what the driver hands over, whatever the column was declared as."""
    if raw is None or isinstance(raw, str | bool | int):
        return None if raw == "" and isinstance(raw, str) else raw
    if isinstance(raw, float):
        return _float(raw)
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else Damaged("number", str(raw))
    if isinstance(raw, bytes | memoryview):
        return _bytes(bytes(raw))
    if isinstance(raw, Damaged | date):
        return raw if not isinstance(raw, datetime) or raw.tzinfo else raw.isoformat(" ")
    if isinstance(raw, dict | list):
        return json.dumps(raw, ensure_ascii=False, default=str)
    return str(raw)


def _float(raw: float) -> Value:
    """The shortest decimal that is this float: 1.1, not 1.100000000000000088."""
    if not math.isfinite(raw):
        return Damaged("number", str(raw))
    if raw.is_integer():
        return Damaged("precision", repr(raw)) if abs(raw) >= EXACT else Decimal(int(raw))
    return Decimal(repr(raw))


def _bytes(raw: bytes) -> Value:
    """Text that was stored as bytes."""
    try:
        return raw.decode("utf-8") or None
    except UnicodeDecodeError:
        return Damaged("encoding", f"{len(raw)} bytes")


def _text(raw: object) -> Value:
    if isinstance(raw, str):
        return raw or None
    value = _any(raw)
    if value is None or isinstance(value, Damaged):
        return value
    return key_text(value) if not isinstance(value, tuple) else str(value)


def _char(raw: object) -> Value:
    """CHAR(n) is filled up with blanks that nobody typed."""
    return (raw.rstrip(" ") or None) if isinstance(raw, str) else _text(raw)


def _integer(raw: object) -> Value:
    value = _any(raw)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _decimal(raw: object) -> Value:
    """SQLite keeps what a float cannot hold as text: it is a number all the same."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        return Decimal(raw.strip())
    return _any(raw)


def _boolean(raw: object) -> Value:
    if raw is None or raw == "":
        return None
    if isinstance(raw, bytes | memoryview) and len(raw) == 1:  # MySQL: BIT(1)
        raw = bytes(raw)[0]
    if isinstance(raw, int | float) and raw in (0, 1):
        return bool(raw)
    word = _WORDS.get(str(raw).strip().lower())
    return Damaged("boolean", str(raw)) if word is None else word


def _size(raw: object) -> Value:
    """Pictures and files are not read, only how long they are (the query asks for no more)."""
    return None if raw is None else f"{raw} bytes"


def _many(raw: object, plain: Read) -> Value:
    if raw is None:
        return None
    values = tuple(value for one in raw if (value := plain(one)) is not None) if isinstance(raw, list) else (_any(raw),)
    return values or None


def _day(raw: object, zone: tzinfo) -> Value:
    if isinstance(raw, datetime):
        midnight = raw.hour == raw.minute == raw.second == raw.microsecond == 0
        return raw.date() if midnight else _moment(raw, zone)
    if raw is None or isinstance(raw, date | Damaged):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    if not text:
        return None if raw == "" else Damaged("date", str(raw))
    if found := _DAY.fullmatch(text):
        try:
            return _date(found)
        except ValueError:
            return Damaged("date", text)
    moment = _moment(text, zone)
    if isinstance(moment, datetime):
        return moment.date() if moment.time().isoformat() == "00:00:00" else moment
    return Damaged("date", text)


def _usual_moment(raw: str | None, zone: tzinfo) -> Value:
    """A text of the usual form: 2026-03-01 09:30:00; any other goes the long way."""
    if raw is None:
        return None
    if len(raw) >= _TO_THE_MINUTE and raw[4] == "-":
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            return _moment(raw, zone)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    return _moment(raw, zone)


def _moment(raw: object, zone: tzinfo) -> Value:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=zone)
    if raw is None or isinstance(raw, date | Damaged):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _since_1970(raw)
    text = raw.strip() if isinstance(raw, str) else str(raw)
    if not text:
        return None
    try:
        return _loose_moment(text, zone)
    except ValueError:
        return Damaged("datetime", text)


def _date(found: re.Match[str]) -> date:
    return date(int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))


def _loose_moment(text: str, zone: tzinfo) -> Value:
    """2026/3/1 9:30, or a day alone. Raises ValueError for anything else."""
    if found := _DAY.fullmatch(text):
        return _date(found)
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("no moment")
    parts = [int(found[at] or 0) for at in range(1, 7)]
    fraction = int((found[7] or "0")[:6].ljust(6, "0"))
    year, month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second, fraction, _offset(found[8]) or zone)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if text[0] == "-" else shift)


def _since_1970(raw: float) -> Value:
    for unit in (1, 1000):
        if SECONDS[0] * unit <= raw < SECONDS[1] * unit:
            seconds = Decimal(repr(raw)) / unit
            whole = int(seconds)
            micro = int((seconds - whole) * 1_000_000)
            return datetime.fromtimestamp(whole, UTC).replace(microsecond=micro)
    return Damaged("datetime", str(raw))


_PLAIN: Final[Mapping[str, Read]] = {
    "text": _text,
    "char": _char,
    "uuid": _text,
    "integer": _integer,
    "decimal": _decimal,
    "float": _any,
    "boolean": _boolean,
    "bytes": _size,
}
