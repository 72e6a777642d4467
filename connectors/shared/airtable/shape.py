"""Which fields has a table of Airtable, what do they hold, and which may be written? (from its metadata API)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import Damaged, Field, Value, say
from connectors.shared.airtable import cells
from connectors.shared.airtable.cells import Decode, Encode

CAN_UPSERT: Final = frozenset({"singleLineText", "multilineText"})
"""Types that our id may stand in so that an upsert goes by it: Airtable takes neither email nor phoneNumber there."""
SEARCHED: Final = frozenset({"singleLineText", "multilineText", "email", "url", "phoneNumber"})
"""Types that a formula compares as the text that was typed."""
_TEXTS: Final = frozenset({*SEARCHED, "richText"})
_READ_TEXTS: Final = frozenset({"barcode", "aiText"})
_NUMBERS: Final = frozenset({"number", "currency", "percent", "rating", "duration"})
_READ_NUMBERS: Final = frozenset({"count", "autoNumber"})
_COMPUTED: Final = frozenset({"formula", "rollup", "multipleLookupValues", "createdTime", "lastModifiedTime"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field: what it is called and holds, how a cell is read, and how it is written. empty: what no cell means."""

    field: Field
    type: str
    decode: Decode
    encode: Encode = cells.to_none
    empty: Value = None

    def read(self, row: Mapping[str, Any]) -> Value:
        raw = row.get(self.field.id)
        return self.empty if raw is None else self.decode(raw)

    def written(self, value: Value) -> object:
        """What is sent. Raises Unfit."""
        if not self.field.on_update:
            return cells.to_none(value)
        if isinstance(value, Damaged) or any(isinstance(one, Damaged) for one in _each(value)):
            raise cells.Unfit(say("a value that cannot be read is never written"))
        if value is None or value == ():
            return False if self.type == "checkbox" else None
        return self.encode(value)


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is described. columns: by field id. primary: its first field."""

    id: str
    name: str
    primary: str
    columns: Mapping[str, Column]

    @property
    def by_name(self) -> Mapping[str, str]:
        return {column.field.name: name for name, column in self.columns.items()}


def shape_of(table: Mapping[str, Any]) -> Shape:
    """From what the metadata API says of a table."""
    columns = {one["id"]: column_of(one) for one in table.get("fields") or ()}
    primary = str(table.get("primaryFieldId") or next(iter(columns), ""))
    return Shape(str(table["id"]), str(table.get("name", "")), primary, columns)


def column_of(given: Mapping[str, Any]) -> Column:
    """A type that is not known is read as far as it goes, and never written."""
    options: Mapping[str, Any] = given.get("options") or {}
    made = _made(str(given["type"]), options)
    name, own = str(given["id"]), made.encode is not cells.to_none
    field = Field(
        name, str(given.get("name", "")), made.kind, made.many, on_create=own, on_update=own,
        findable=given["type"] in SEARCHED, clearable=own, blank=made.empty, precision=made.precision,
        options=made.options, refers=made.refers,
    )  # fmt: skip
    return Column(field, str(given["type"]), made.decode, made.encode, made.empty)


# ------------------------------------------------------------------------------ types


@dataclass(frozen=True, slots=True)
class _Made:
    kind: str
    decode: Decode
    encode: Encode = cells.to_none
    many: bool = False
    empty: Value = None
    precision: str = ""
    options: tuple[tuple[str, str], ...] = ()
    refers: tuple[str, ...] = ()


_PLAIN: Final[Mapping[str, _Made]] = {
    **dict.fromkeys(_TEXTS, _Made("text", cells.text, cells.to_text)),
    **dict.fromkeys(_READ_TEXTS, _Made("text", cells.text)),
    **dict.fromkeys(_READ_NUMBERS, _Made("number", cells.number)),
    "checkbox": _Made("bool", cells.yes_no, cells.to_yes_no, empty=False),
    "date": _Made("date", cells.day, cells.to_day),
    "dateTime": _Made("datetime", cells.moment, cells.to_moment),
    "singleCollaborator": _Made("staff", cells.person, cells.to_person),
    "multipleCollaborators": _Made("staff", cells.listed(cells.person), cells.to_list(cells.to_person), many=True),
    "createdBy": _Made("staff", cells.person),
    "lastModifiedBy": _Made("staff", cells.person),
    "multipleAttachments": _Made("file", cells.listed(cells.anything), many=True),
}


def _made(kind: str, options: Mapping[str, Any]) -> _Made:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _NUMBERS:
        places = options.get("precision")
        return _Made("number", cells.number, cells.to_number, precision="" if places is None else str(places))
    if kind in ("singleSelect", "externalSyncSource", "multipleSelects"):
        return _choice(kind, options)
    if kind == "multipleRecordLinks":
        return _link(options)
    if kind in _COMPUTED:
        return _computed(kind, options)
    return _Made("other", cells.anything)


def _choice(kind: str, options: Mapping[str, Any]) -> _Made:
    there = tuple((str(one["id"]), str(one["name"])) for one in options.get("choices") or ())
    decode, encode = cells.option_of({name: key for key, name in there}), cells.to_option(dict(there))
    if kind == "multipleSelects":
        return _Made("choice", cells.listed(decode), cells.to_list(encode), many=True, options=there)
    own = encode if kind == "singleSelect" else cells.to_none
    return _Made("choice", decode, own, options=there)


def _link(options: Mapping[str, Any]) -> _Made:
    table = str(options.get("linkedTableId", ""))
    one, encode = cells.link_to(table), cells.to_list(cells.to_link(table))
    alone = bool(options.get("prefersSingleRecordLink"))
    decode = cells.single(one) if alone else cells.listed(one)
    return _Made("lookup", decode, encode, many=not alone, refers=(table,))


def _computed(kind: str, options: Mapping[str, Any]) -> _Made:
    """Read as what it comes to."""
    result = options.get("result") or {}
    inner = _made(str(result.get("type", "")), result.get("options") or {})
    if kind in ("createdTime", "lastModifiedTime") and not result:
        inner = _PLAIN["dateTime"]
    if kind == "multipleLookupValues":
        deeper = cells.anything if inner.many else inner.decode
        return _Made(inner.kind, cells.listed(deeper), many=True, options=inner.options, refers=inner.refers)
    return _Made(inner.kind, inner.decode, many=inner.many, options=inner.options, refers=inner.refers)


def _each(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()
