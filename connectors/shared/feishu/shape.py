"""Which fields has a table of 飞书多维表格, what do they hold, and which may be written? (its list of fields)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.contract import Damaged, Field, Value, say
from connectors.shared.feishu import cells
from connectors.shared.feishu.cells import Decode, Encode
from connectors.shared.web.fitting import Unfit, chosen, pointed

TEXT, NUMBER, SINGLE, MULTI, DATE, CHECKBOX, PERSON, PHONE, URL = 1, 2, 3, 4, 5, 7, 11, 13, 15
ATTACHMENT, LINK, LOOKUP, FORMULA, TWO_WAY, PLACE, GROUP, STAGE = 17, 18, 19, 20, 21, 22, 23, 24
CREATED, MODIFIED, CREATOR, EDITOR, AUTO, BUTTON = 1001, 1002, 1003, 1004, 1005, 3001


@dataclass(frozen=True, slots=True)
class Column:
    """A field: what it is called and holds, how a cell is read, and how it is written. empty: what no cell means."""

    field: Field
    type: int
    decode: Decode
    encode: Encode
    empty: Value = None

    def read(self, shown: Mapping[str, Any]) -> Value:
        raw = shown.get(self.field.name)
        return self.empty if raw is None else self.decode(raw)

    def is_locked(self, shown: Mapping[str, Any]) -> bool:
        """Whether plain text written here would lose what the cell holds besides its text."""
        return self.type == TEXT and cells.is_rich(shown.get(self.field.name))

    def written(self, value: Value) -> object:
        """What is sent; None clears. Raises Unfit."""
        if not self.field.on_update:
            return cells.to_none(value)
        every = value if isinstance(value, tuple) else (value,)
        if any(isinstance(one, Damaged) for one in every):
            raise Unfit(say("a value that cannot be read is never written"))
        if value in (None, "", ()):
            return False if self.type == CHECKBOX else None
        if len(every) > 1 and not self.field.many:
            raise Unfit(say("only one value can stand here"))
        return self.encode(value)


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it is described. columns: by field id, in its order."""

    id: str
    columns: Mapping[str, Column]

    @property
    def by_name(self) -> Mapping[str, str]:
        return {column.field.name: name for name, column in self.columns.items()}

    @property
    def modified(self) -> Column | None:
        """The column that says when a record was edited last; without one the system cannot be asked for changes."""
        return next((column for column in self.columns.values() if column.type == MODIFIED), None)


def shape_of(table: str, given: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Shape:
    """From its list of fields. zone: of dates without a clock."""
    return Shape(table, {str(one["field_id"]): column_of(one, zone) for one in given if one.get("field_id")})


def column_of(given: Mapping[str, Any], zone: ZoneInfo) -> Column:
    """A type that is not known is read as far as it goes, and never written."""
    type_, property_ = int(given.get("type") or 0), given.get("property") or {}
    name = str(given.get("field_name", ""))
    kind, many, decode, make, empty = _made(type_, property_, zone)
    options = tuple((str(one.get("id", "")), str(one.get("name", ""))) for one in property_.get("options") or ())
    target = str(property_.get("table_id") or "")
    field = Field(
        str(given["field_id"]), name, kind, many, on_create=make is not None, on_update=make is not None,
        findable=type_ in (TEXT, PHONE), clearable=make is not None, blank=empty, max_length=_LONGEST.get(type_),
        options=options if type_ in (SINGLE, MULTI) else (), refers=(target,) if kind == "lookup" and target else (),
    )  # fmt: skip
    encode = make(field) if make is not None else cells.to_none
    return Column(field, type_, decode, encode, empty)


_Make = Callable[[Field], Encode]
_LONGEST: Final = {TEXT: cells.LONGEST, PHONE: cells.LONGEST_PHONE}


def _made(type_: int, given: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, bool, Decode, _Make | None, Value]:
    """kind, many, how it is read, how it is written, what an empty cell means."""
    if type_ in _PLAIN:
        kind, decode, encode = _PLAIN[type_]
        return kind, False, decode, None if encode is None else _always(encode), False if type_ == CHECKBOX else None
    if type_ == DATE:
        timed = "h" in str(given.get("date_formatter") or "").lower()
        if timed:
            return "datetime", False, cells.moment, _always(cells.to_moment), None
        return "date", False, cells.day_in(zone), _always(cells.to_day(zone)), None
    if type_ in (SINGLE, MULTI):
        names = {str(one.get("id", "")): str(one.get("name", "")) for one in given.get("options") or ()}
        one = cells.option_of({name: id_ for id_, name in reversed(names.items())})  # of two of one name the first
        return "choice", type_ == MULTI, one if type_ == SINGLE else cells.each(one), _choosing(names), None
    if type_ in (PERSON, CREATOR, EDITOR):
        many = type_ == PERSON and given.get("multiple") is not False
        decode = cells.each(cells.person) if many else cells.alone(cells.person)
        return "staff", many, decode, _people if type_ == PERSON else None, None
    if type_ in (LINK, TWO_WAY):
        many = given.get("multiple") is not False
        one = cells.record_of(str(given.get("table_id") or ""))
        decode = cells.each(one, cells.records) if many else cells.alone(one, cells.records)
        return "lookup", many, decode, _links, None
    return _computed(type_, given)


def _computed(type_: int, given: Mapping[str, Any]) -> tuple[str, bool, Decode, _Make | None, Value]:
    """Formulas and look-ups are read as what they come to, where the field says it."""
    if type_ not in (FORMULA, LOOKUP):
        return "file" if type_ == ATTACHMENT else "other", True, cells.each(cells.named), None, None
    inner = int((given.get("type") or {}).get("data_type") or 0)
    return _RESULTS.get(inner, "other"), type_ == LOOKUP, cells.computed, None, None


_PLAIN: Final[Mapping[int, tuple[str, Decode, Encode | None]]] = {
    TEXT: ("text", cells.text, cells.to_text),
    NUMBER: ("number", cells.number, cells.to_number),
    CHECKBOX: ("bool", cells.yes_no, cells.to_yes_no),
    PHONE: ("text", cells.text, cells.to_phone),
    URL: ("text", cells.link, cells.to_link),
    AUTO: ("text", cells.named, None),
    PLACE: ("text", cells.named, None),
    STAGE: ("text", cells.named, None),
    CREATED: ("datetime", cells.moment, None),
    MODIFIED: ("datetime", cells.moment, None),
}
_RESULTS: Final = {TEXT: "text", NUMBER: "number", DATE: "datetime", CHECKBOX: "bool", PERSON: "staff", URL: "text"}


def _always(encode: Encode) -> _Make:
    return lambda _: encode


def _choosing(names: Mapping[str, str]) -> _Make:
    """Names of options that are there; the system would make a new option of any other text (C28)."""

    def make(field: Field) -> Encode:
        def encode(value: Value) -> object:
            told = [names[one] for one in chosen(field, value)]
            return told if field.many else told[0]

        return encode

    return make


def _people(field: Field) -> Encode:
    return cells.to_list(lambda one: {"id": pointed(field, one)})


def _links(field: Field) -> Encode:
    return cells.to_list(lambda one: pointed(field, one))
