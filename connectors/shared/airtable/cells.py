"""What does a cell of Airtable say, and how is a value of ours written into one?

Cells come as JSON: options and people by the name or address they have there, links as keys, formulas that failed as an
object with an error in it. An empty cell does not come at all (the vendor's page on cell values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from connectors.contract import Damaged, LookUp, Said, Value, say

Decode: TypeAlias = Callable[[Any], Value]
Encode: TypeAlias = Callable[[Value], object]
STAFF: Final = "@staff"


class Unfit(Exception):
    """The value cannot stand in this field; `said` says why, without the value."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


# ------------------------------------------------------------------------------ read


def broken(raw: Mapping[str, Any]) -> Damaged | None:
    """A formula's error or a special value such as NaN, which stand in the cell as an object."""
    said = raw.get("error") or raw.get("specialValue")
    return Damaged("formula_error", str(said)) if said else None


def text(raw: Any) -> Value:
    """Barcodes and texts made by their AI come as objects that hold one."""
    if isinstance(raw, str):
        return raw or None
    if isinstance(raw, Mapping):
        if (damage := broken(raw)) is not None:
            return damage
        held = raw.get("text", raw.get("value", raw.get("name", raw.get("label"))))
        return held if isinstance(held, str) and held else Damaged("unreadable", "{…}")
    return str(raw) if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else Damaged("unreadable", "…")


def number(raw: Any) -> Value:
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return raw
    return _damaged(raw, "not_a_number")


def yes_no(raw: Any) -> Value:
    return raw if isinstance(raw, bool) else _damaged(raw, "boolean")


def day(raw: Any) -> Value:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return _damaged(raw, "not_a_date")


def moment(raw: Any) -> Value:
    """Always UTC, with milliseconds."""
    try:
        found = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        return _damaged(raw, "not_a_date")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def person(raw: Any) -> Value:
    if isinstance(raw, Mapping) and isinstance(raw.get("id"), str):
        return LookUp(STAFF, raw["id"], str(raw.get("name") or raw.get("email") or ""))
    return _damaged(raw, "unreadable")


def option_of(ids: Mapping[str, str]) -> Decode:
    """ids: option's name → its id."""

    def option(raw: Any) -> Value:
        found = ids.get(raw) if isinstance(raw, str) else None
        return found if found is not None else _damaged(raw, "unmapped")

    return option


def link_to(table: str) -> Decode:
    def link(raw: Any) -> Value:
        return LookUp(table, raw) if isinstance(raw, str) else _damaged(raw, "unreadable")

    return link


def anything(raw: Any) -> Value:
    """Cells of types that nobody named: read as far as they are texts, numbers or have a name, never written."""
    if isinstance(raw, bool | int | Decimal):
        return raw
    if isinstance(raw, str):
        return raw or None
    if isinstance(raw, Mapping):
        named = next(
            (raw[k] for k in ("filename", "text", "label", "name", "url") if isinstance(raw.get(k), str)), None
        )
        return named or broken(raw) or Damaged("unreadable", "{…}")
    return listed(anything)(raw) if isinstance(raw, list) else Damaged("unreadable", "…")


def listed(one: Decode) -> Decode:
    """Several in one cell; an empty list is an empty cell."""

    def several(raw: Any) -> Value:
        if not isinstance(raw, list):
            return _damaged(raw, "unreadable")
        return tuple(one(each) for each in raw if each is not None) or None

    return several


def single(one: Decode) -> Decode:
    """A field that is meant for one and comes as a list; people can put several in all the same."""

    def alone(raw: Any) -> Value:
        if not isinstance(raw, list):
            return _damaged(raw, "unreadable")
        return one(raw[0]) if len(raw) == 1 else Damaged("several", str(len(raw))) if raw else None

    return alone


def _damaged(raw: Any, code: str) -> Damaged:
    if isinstance(raw, Mapping) and (damage := broken(raw)) is not None:
        return damage
    return Damaged(code, raw if isinstance(raw, str) else "…")


# ------------------------------------------------------------------------------ write


def to_text(value: Value) -> object:
    if not isinstance(value, str):
        raise Unfit(say("a text is meant here"))
    return value or None


def to_number(value: Value) -> object:
    """Whole numbers as such; others as the nearest that JSON's readers keep."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unfit(say("a number is meant here"))
    return value


def to_yes_no(value: Value) -> object:
    if not isinstance(value, bool):
        raise Unfit(say("yes or no is meant here"))
    return value


def to_day(value: Value) -> object:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Unfit(say("a date is meant here"))
    return value.isoformat()


def to_moment(value: Value) -> object:
    if not isinstance(value, datetime):
        raise Unfit(say("a date with a time is meant here"))
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_person(value: Value) -> object:
    if not isinstance(value, LookUp) or value.table != STAFF:
        raise Unfit(say("somebody of our staff is meant here"))
    return {"id": value.key}


def to_option(names: Mapping[str, str]) -> Encode:
    """names: option's id → its name, which is what Airtable takes. None is ever made up (C28)."""

    def option(value: Value) -> object:
        if not isinstance(value, str) or value not in names:
            raise Unfit(say("the field has no such option; add it in Airtable"))
        return names[value]

    return option


def to_link(table: str) -> Encode:
    def link(value: Value) -> object:
        if not isinstance(value, LookUp) or value.table != table:
            raise Unfit(say("a record of the table {table} is meant here", table=table))
        return value.key

    return link


def to_list(one: Encode) -> Encode:
    """One value, where several may stand, is a list of one."""

    def several(value: Value) -> object:
        every: Sequence[Value] = value if isinstance(value, tuple) else (value,)
        return [one(each) for each in every]

    return several


def to_none(_: Value) -> object:
    raise Unfit(say("Airtable computes this field; nobody writes it"))
