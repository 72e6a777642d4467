"""How do a system's JSON values become values of the contract, and back? (the shapes of `kinds`)"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.contract import Damaged, Field, LookUp, Said, Value, say
from connectors.shared.rest.model import KindWords
from connectors.shared.rest.paths import MISSING, known, same

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Raw = Any
Read = Callable[[Raw, tzinfo], Value]
Put = Callable[[Value, tzinfo], Raw]
_WHOLE: Final = re.compile(r"[+-]?\d+")
_EMPTY: Final[tuple[Any, ...]] = ("",)
_MICRO: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}


class Wrongly(ValueError):
    """A shape that is none."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


class Unfit(ValueError):
    """A value that cannot be written into this field; `said` never holds the value."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


# ------------------------------------------------------------------------------ moments


def moment_reader(shape: Any) -> Read:
    """A moment from the system's JSON; a naive one is of the source's zone, one in parts or ending in Z of UTC."""
    if shape in (None, "iso", "plain"):
        return lambda raw, zone: _aware(_from_iso(_is(raw, str)), zone)
    if shape in ("ms", "s"):
        unit = _MICRO[shape]
        return lambda raw, _: EPOCH + timedelta(microseconds=int(_number(raw) * unit))
    if isinstance(shape, str) and "%" in shape:
        home: tzinfo | None = UTC if shape.endswith("Z") else None
        # a zone follows at once
        return lambda raw, zone: _aware(datetime.strptime(_is(raw, str), shape), home or zone)  # noqa: DTZ007
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda raw, _: datetime(*_taken(raw, tag, names)).replace(tzinfo=UTC)  # noqa: DTZ001 - at once
    raise Wrongly(say("a datetime is written as iso, ms, s, a text like %Y-%m-%d %H:%M:%S, or {tag, parts}"))


def moment_writer(shape: Any, unit: str = "us") -> Callable[[datetime, tzinfo], Raw]:
    """The reverse; `unit`: digits of a second that the system compares."""
    if shape in (None, "iso", "plain"):
        return lambda at, _: at.astimezone(UTC).isoformat(timespec=_SPEC[unit]).replace("+00:00", "Z")
    if shape in ("ms", "s"):
        return lambda at, _: (at - EPOCH) // timedelta(microseconds=_MICRO[str(shape)])
    if isinstance(shape, str) and "%" in shape:
        utc = shape.endswith("Z")

        def formed(at: datetime, zone: tzinfo) -> str:
            there = at.astimezone(UTC if utc else zone)
            fraction = f"{there.microsecond:06d}"[: {"s": 6, "ms": 3, "us": 6}[unit]]
            return there.strftime(shape.replace("%f", fraction))

        return formed
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda at, _: {**tag, **{name: getattr(at.astimezone(UTC), name) for name in names}}
    raise Wrongly(say("a datetime is written as iso, ms, s, a text like %Y-%m-%d %H:%M:%S, or {tag, parts}"))


_SPEC: Final = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def _from_iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _aware(at: datetime, zone: tzinfo) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _parts(shape: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    return [str(name) for name in shape["parts"]], shape.get("tag") or {}


def _taken(raw: Raw, tag: Mapping[str, Any], names: list[str]) -> list[Any]:
    if not isinstance(raw, Mapping) or any(not same(raw.get(k, MISSING), v) for k, v in tag.items()):
        raise ValueError
    return [raw.get(name, 0) for name in names]


# ------------------------------------------------------------------------------ the other kinds


def _is(raw: Raw, kind: type) -> Any:
    if not isinstance(raw, kind):
        raise ValueError  # noqa: TRY004 - like every value that does not fit
    return raw


def _number(raw: Raw) -> int | Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise ValueError  # noqa: TRY004 - like every value that does not fit
    if isinstance(raw, str):
        return int(raw) if _WHOLE.fullmatch(raw) else Decimal(raw)
    return raw


def _text(raw: Raw, _: tzinfo) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(raw, Decimal):
        return format(raw, "f")
    raise ValueError


def _bool(raw: Raw, _: tzinfo) -> bool:
    for value, words in ((True, (True, 1, "true", "1", "yes")), (False, (False, 0, "false", "0", "no"))):
        if any(same(raw, word) for word in words):
            return value
    raise ValueError


def _day(raw: Raw, _: tzinfo) -> date:
    text = _is(raw, str)
    return date.fromisoformat(text[:10]) if len(text) == 10 or text[10:].strip("T 0:.Z+") == "" else _fail()


def _fail() -> date:
    raise ValueError


def _day_reader(shape: Any) -> Read:
    if shape in (None, "iso", "plain"):
        return _day
    if shape == "date-ms":
        return lambda raw, zone: (EPOCH + timedelta(milliseconds=int(_number(raw)))).astimezone(zone).date()
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda raw, _: date(*_taken(raw, tag, names))
    if isinstance(shape, str) and "%" in shape:
        return lambda raw, _: datetime.strptime(_is(raw, str), shape).date()  # noqa: DTZ007 - a day has no zone
    raise Wrongly(say("a date is written as iso, date-ms, a text like %Y-%m-%d, or {tag, parts}"))


def _day_writer(shape: Any) -> Put:
    if shape in (None, "iso", "plain"):
        return lambda day, _: _is(day, date).isoformat()
    if shape == "date-ms":
        return lambda day, zone: (
            int((datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH).total_seconds()) * 1000  # type: ignore[union-attr]
        )
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda day, _: {**tag, **{name: getattr(day, name) for name in names}}
    return lambda day, _: _is(day, date).strftime(str(shape))


def _number_reader(shape: Any) -> Read:
    if shape in (None, "plain"):
        return lambda raw, _: _number(raw if not isinstance(raw, str) else None)
    if shape == "number-text":
        return lambda raw, _: _number(raw)
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda raw, _: _number(_taken(raw, tag, names)[0] if isinstance(raw, Mapping) else raw)
    raise Wrongly(say("a number is written as plain, number-text, or {tag, parts}"))


def _number_writer(shape: Any) -> Put:
    if shape == "number-text":
        return lambda value, _: format(Decimal(value), "f")  # type: ignore[arg-type]
    if isinstance(shape, Mapping) and "parts" in shape:
        names, tag = _parts(shape)
        return lambda value, _: {**tag, names[0]: format(Decimal(value), "f")} if isinstance(value, Decimal) else value
    return lambda value, _: value


def _pointer(shape: Any) -> tuple[str, str | None]:
    """Paths to key and label of a look-up or an option."""
    if shape in (None, "plain", "key"):
        return "$", None
    if isinstance(shape, Mapping) and "key" in shape and set(shape) <= {"key", "label"}:
        return str(shape["key"]), str(shape["label"]) if "label" in shape else None
    raise Wrongly(say("a look-up is read as {key: path, label: path}"))


def _put_pointer(shape: Any, key: Any, label: str) -> Raw:
    """`key`, `[key]`, `{id: key}`: the word stands for what it names."""
    if isinstance(shape, Mapping):
        return {name: _put_pointer(inner, key, label) for name, inner in shape.items()}
    if isinstance(shape, list | tuple):
        return [_put_pointer(inner, key, label) for inner in shape]
    return key if shape in (None, "plain", "key") else label if shape == "label" else shape


def reader(kind: str, shape: Any) -> Read:
    """What reads a value of this kind; it raises ValueError for one that does not fit. Raises Wrongly."""
    if kind == "datetime":
        return moment_reader(shape)
    if kind == "date":
        return _day_reader(shape)
    if kind == "number":
        return _number_reader(shape)
    if kind == "bool":
        return _bool
    if kind in ("choice", "lookup", "staff"):
        key, label = _pointer(shape)
        return lambda raw, _: LookUp("", _text(known(raw, key), UTC), str(known(raw, label) or ""))
    return _text


def writer(kind: str, shape: Any) -> Put:
    if kind == "datetime":
        made = moment_writer(shape)
        return lambda value, zone: made(_is(value, datetime), zone)
    if kind == "date":
        return _day_writer(shape)
    if kind == "number":
        return _number_writer(shape)
    if kind == "text" and shape == "number-text":
        return lambda value, _: _number(value)
    return lambda value, _: value


# ------------------------------------------------------------------------------ one system's kinds


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,), "number": (int, Decimal), "bool": (bool,), "date": (date,), "datetime": (datetime,),
    "choice": (str,), "lookup": (LookUp,), "staff": (LookUp,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
    words: KindWords
    read: Read
    put: Put
    shape: Any
    """As look-ups and options are written."""
    empty: tuple[Any, ...]


class Kinds:
    """Reads and writes fields. keys: whether the keys of look-ups are sent as numbers."""

    def __init__(self, words: Mapping[Any, KindWords], zone: tzinfo, keys: str) -> None:
        self._zone, self._numbers, self._kinds = zone, keys == "number", dict[str, _Kind]()
        for kind in (*_TYPES, "other", "file"):
            rules = words.get(kind, KindWords())
            shape = rules.read if rules.write == "same" else rules.write
            if shape is None and kind in ("date", "datetime", "number"):
                shape = rules.read
            empty = _EMPTY if rules.empty is None else rules.empty
            self._kinds[kind] = _Kind(rules, reader(kind, rules.read), writer(kind, shape), shape, empty)

    def blank(self, kind: str) -> Value:
        """How a field of this kind looks that was never filled."""
        blank: Value = self._kinds[kind].words.blank
        return blank

    def read(self, field: Field, raw: Raw) -> Value:
        kind = self._kinds[field.kind]
        if raw is None or any(same(raw, one) for one in kind.empty):
            return None
        if isinstance(raw, list) and field.many:
            return tuple(self._one(kind, field, one) for one in raw) or None
        return self._one(kind, field, raw)

    def _one(self, kind: _Kind, field: Field, raw: Raw) -> Value:
        try:
            value = kind.read(raw, self._zone)
        except (ValueError, TypeError, OverflowError, InvalidOperation, KeyError):
            return Damaged(field.kind, str(raw)[:100])
        if not isinstance(value, LookUp):
            return value
        if field.kind == "choice":
            return value.key
        table = "@staff" if field.kind == "staff" else field.refers[0] if field.refers else ""
        return LookUp(table, value.key, value.label)

    def write(self, field: Field, value: Value) -> Raw:
        """The system's JSON. Raises Unfit."""
        kind = self._kinds[field.kind]
        if value is None:
            return self._nothing(kind, field)
        if isinstance(value, tuple):
            return [self._put(kind, field, one) for one in value]
        made = self._put(kind, field, value)
        return [made] if field.many else made

    def _nothing(self, kind: _Kind, field: Field) -> Raw:
        """The first of `empty` is how nothing is written; a list where there may be several."""
        if field.many:
            return []
        plain = [one for one in kind.words.empty or () if not isinstance(one, list)]
        return plain[0] if plain else None

    def _put(self, kind: _Kind, field: Field, value: Value) -> Raw:
        fits = _TYPES.get(field.kind, ())
        wrong = isinstance(value, bool) and bool not in fits
        if wrong or not isinstance(value, fits) or (field.kind == "date" and isinstance(value, datetime)):
            raise Unfit(say("a {kind} is meant here", kind=field.kind))
        if field.kind in ("choice", "lookup", "staff"):
            return self._put_choice(kind, field, value)
        try:
            return kind.put(value, self._zone)
        except (ValueError, TypeError, OverflowError, InvalidOperation):
            raise Unfit(say("a {kind} is meant here", kind=field.kind)) from None

    def _put_choice(self, kind: _Kind, field: Field, value: Value) -> Raw:
        if isinstance(value, LookUp):
            return _put_pointer(kind.shape, self.key(value.key), value.label)
        if field.options and value not in [id_ for id_, _ in field.options]:
            raise Unfit(say("this is none of its options"))
        return _put_pointer(kind.shape, value, "")

    def key(self, key: str) -> Any:
        """A key as the system wants it."""
        return int(key) if self._numbers and _WHOLE.fullmatch(key) else key
