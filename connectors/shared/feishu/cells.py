"""What does a cell of 飞书多维表格 say, and how is a value of ours written into one?

Texts come as lists of pieces, options by their names, moments as milliseconds since 1970, links as ids of records,
formulas as an object that names the type of what they come to. A cell that is empty does not come at all (the vendor's
page on the data structure of records).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from connectors.contract import Damaged, LookUp, Value, say
from connectors.shared.web import fitting
from connectors.shared.web.fitting import STAFF, Unfit

Decode: TypeAlias = Callable[[Any], Value]
Encode: TypeAlias = Callable[[Value], object]
LONGEST: Final = 100_000
"""Characters of a text (the vendor's page on the data structure of records)."""
LONGEST_PHONE: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLI: Final = timedelta(milliseconds=1)
_PHONE: Final = re.compile(r"\+?[0-9]{1,64}")
_APART: Final = str.maketrans("", "", " \u00a0-().")
"""What people write between the digits of a number; the field takes none of it."""
_SCHEMES: Final = ("mailto:", "https://", "http://", "tel:")


# ------------------------------------------------------------------------------ read


def text(raw: Any) -> Value:
    """The pieces of a text, joined with nothing between them, so that it is what was typed."""
    if isinstance(raw, str):
        return raw or None
    pieces = raw if isinstance(raw, list) else [raw]
    told = [_piece(one) for one in pieces]
    if any(one is None for one in told):
        return Damaged("unreadable", "…")
    return "".join(one or "" for one in told) or None


def _piece(raw: Any) -> str | None:
    if isinstance(raw, str):
        return raw
    found = raw.get("text") if isinstance(raw, Mapping) else None
    return found if isinstance(found, str) else None


def is_rich(raw: Any) -> bool:
    """Whether a text holds more than its characters: somebody who is mentioned, or a link with an address of its own.

    Plain text written over it would lose that, and nothing could bring it back.
    """
    return isinstance(raw, list) and any(isinstance(one, Mapping) and _has_more(one) for one in raw)


def _has_more(piece: Mapping[str, Any]) -> bool:
    kind, shown, link = piece.get("type"), str(piece.get("text", "")), str(piece.get("link", ""))
    if kind == "url":
        plain = next((link.removeprefix(one) for one in _SCHEMES if link.startswith(one)), link)
        return shown.rstrip("/") not in (link.rstrip("/"), plain.rstrip("/"))
    return kind not in (None, "text")


def link(raw: Any) -> Value:
    """The address of a hyperlink; its label where it has no address."""
    if isinstance(raw, list):
        return link(raw[0]) if len(raw) == 1 else text(raw)
    if isinstance(raw, Mapping) and isinstance(raw.get("link"), str) and raw["link"]:
        return str(raw["link"])
    return text(raw)


def number(raw: Any) -> Value:
    try:
        return fitting.number(raw)
    except (TypeError, ValueError, ArithmeticError):
        return Damaged("not_a_number", raw if isinstance(raw, str) else "…")


def yes_no(raw: Any) -> Value:
    return raw if isinstance(raw, bool) else Damaged("boolean", "…")


def moment(raw: Any) -> Value:
    """Milliseconds since 1970, in UTC."""
    found = _moment(raw)
    return found if found is not None else Damaged("not_a_date", str(raw)[:40])


def day_in(zone: ZoneInfo) -> Decode:
    """A date without a clock is kept as midnight in the base's time zone."""

    def day(raw: Any) -> Value:
        found = _moment(raw)
        return found.astimezone(zone).date() if found is not None else Damaged("not_a_date", str(raw)[:40])

    return day


def _moment(raw: Any) -> datetime | None:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return None
    try:
        return _EPOCH + int(raw) * _MILLI
    except (OverflowError, ValueError):
        return None


def person(raw: Any) -> Value:
    if isinstance(raw, Mapping) and isinstance(raw.get("id"), str):
        return LookUp(STAFF, raw["id"], str(raw.get("name") or raw.get("en_name") or raw.get("email") or ""))
    return Damaged("unreadable", "…")


def option_of(ids: Mapping[str, str]) -> Decode:
    """ids: option's name → its id."""

    def option(raw: Any) -> Value:
        found = ids.get(raw) if isinstance(raw, str) else None
        return found if found is not None else Damaged("unmapped", raw if isinstance(raw, str) else "…")

    return option


def record_of(table: str) -> Decode:
    def record(raw: Any) -> Value:
        return LookUp(table, raw) if isinstance(raw, str) else Damaged("unreadable", "…")

    return record


def records(raw: Any) -> list[Any]:
    """The ids in a link: under `link_record_ids`, or listed as they are."""
    held = raw.get("link_record_ids") if isinstance(raw, Mapping) else raw
    found: list[Any] = []
    for one in held if isinstance(held, list) else []:
        inner = one.get("record_ids") or one.get("link_record_ids") if isinstance(one, Mapping) else [one]
        found += inner or []
    return found


def each(
    one: Decode, parts: Callable[[Any], list[Any]] = lambda raw: raw if isinstance(raw, list) else [raw]
) -> Decode:
    """Several in one cell; none is an empty cell."""

    def several(raw: Any) -> Value:
        return tuple(one(part) for part in parts(raw) if part is not None) or None

    return several


def alone(
    one: Decode, parts: Callable[[Any], list[Any]] = lambda raw: raw if isinstance(raw, list) else [raw]
) -> Decode:
    """A field that is meant for one and comes as a list; people can put several in all the same."""

    def single(raw: Any) -> Value:
        found = parts(raw)
        return one(found[0]) if len(found) == 1 else Damaged("several", str(len(found))) if found else None

    return single


def named(raw: Any) -> Value:
    """What people see of files, groups, places and buttons; read only."""
    if isinstance(raw, bool | int | Decimal):
        return raw
    if isinstance(raw, str):
        return raw or None
    if isinstance(raw, Mapping):
        shown = next((raw[k] for k in ("full_address", "text", "name", "link") if isinstance(raw.get(k), str)), None)
        return shown or Damaged("unreadable", "…")
    return each(named)(raw) if isinstance(raw, list) else Damaged("unreadable", "…")


def computed(raw: Any) -> Value:
    """A formula or a look-up: `{"type": n, "value": …}`, where n is the type of what it comes to."""
    if not (isinstance(raw, Mapping) and "value" in raw):
        return named(raw) if not isinstance(raw, list) else text(raw)
    one, value = _COMPUTED.get(int(raw.get("type") or 0), named), raw["value"]
    if one is text:
        return text(value) if value not in (None, []) else None
    found = value if isinstance(value, list) else [value]
    told = tuple(one(part) for part in found if part is not None)
    return told[0] if len(told) == 1 else told or None


_COMPUTED: Final[Mapping[int, Decode]] = {
    1: text,
    2: number,
    5: moment,
    7: yes_no,
    11: person,
    15: link,
    1001: moment,
    1002: moment,
    1003: person,
    1004: person,
}


# ------------------------------------------------------------------------------ write: each raises Unfit


def to_text(value: Value) -> object:
    return fitting.text_out(value)


def to_number(value: Value) -> object:
    """The field keeps a double: what it would round is not sent."""
    found = fitting.number_out(value)
    if Decimal(str(float(found))) != found:
        raise Unfit(say("a number field of the base keeps 15 digits; make it a text field"))
    return found


def to_yes_no(value: Value) -> object:
    return fitting.yes_or_no_out(value)


def to_moment(value: Value) -> object:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit(say("this field takes moments only"))
    return (value - _EPOCH) // _MILLI


def to_day(zone: ZoneInfo) -> Encode:
    def day(value: Value) -> object:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise Unfit(say("this field takes dates only"))
        return (datetime(value.year, value.month, value.day, tzinfo=zone).astimezone(UTC) - _EPOCH) // _MILLI

    return day


def to_phone(value: Value) -> object:
    """Digits, and a + before them; the vendor's field takes no more than that."""
    told = fitting.text_out(value).translate(_APART)
    if not _PHONE.fullmatch(told):
        raise Unfit(say("a phone field of the base takes digits and a + only; make it a text field"))
    return told


def to_link(value: Value) -> object:
    told = fitting.text_out(value)
    return {"text": told, "link": told}


def to_list(one: Encode) -> Encode:
    """One value, where several may stand, is a list of one."""

    def several(value: Value) -> object:
        every: Sequence[Value] = value if isinstance(value, tuple) else (value,)
        return [one(part) for part in every]

    return several


def to_none(_: Value) -> object:
    raise Unfit(say("the base works this field out, or Offbook cannot write its type; nobody writes it"))
