"""How is one mapped place read? Everything that can be settled once is settled when it is compiled.

Read = split, join or python → values → the type (with its format), in this order (CONFIG §2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from connectors.contract import Damaged, Field, Fields, LookUp, Value
from mappings.conversion.columns import ABSENT, Always, Cell, Read, Remembered, Texts, nothing
from mappings.conversion.hooks import Hook
from mappings.conversion.templates import Template
from mappings.conversion.values import Values
from mappings.kinds import FieldDef
from mappings.model import Place
from mappings.types.base import EMPTY, GLUE, At, SemanticType, raw_text
from mappings.types.cleaning import clean

Element: TypeAlias = Cell
FieldReader: TypeAlias = Callable[[Fields], "Read | None"]
"""None: the column is not visible."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A mapped place with everything that reading and writing it needs.

    fields: the described fields of its columns. cell: one raw value, or a tuple of them, to canonical text; of a set
    all elements that stand there, joined by GLUE. read: the same from a record.
    """

    place: Place
    definition: FieldDef
    type: SemanticType
    fields: tuple[Field, ...]
    at: At
    values: Values | None
    hook: Hook | None
    template: Template | None
    cell: Element
    read: FieldReader

    @property
    def column(self) -> str:
        return self.place.columns[0]

    @property
    def is_many(self) -> bool:
        return self.definition.many

    @property
    def field(self) -> Field:
        return self.fields[0]


def compile_spot(
    place: Place, definition: FieldDef, type_: SemanticType, fields: tuple[Field, ...], at: At, hook: Hook | None,
    template: Template | None,
) -> Spot:  # fmt: skip
    values = Values(place, type_, at) if place.values else None
    element = _element(definition, type_, at, values)
    cell = _set_cell(place, element, type_, at, values) if definition.many else _single_cell(element)
    read = _reader(place, cell, _many(place, definition, type_, at, cell), hook)
    return Spot(place, definition, type_, fields, at, values, hook, template, cell, read)


def _element(definition: FieldDef, type_: SemanticType, at: At, values: Values | None) -> Element:
    """One raw value to its canonical one."""
    allowed = frozenset(clean(option) for option in definition.options) if definition.options else None
    labels = _labels(type_, at.field)
    if values is None and allowed is None and not labels:
        return lambda raw: type_.parse(raw, at)

    def element(raw: Value) -> Read:
        if values is not None:
            found: Read = values.read(raw)
        else:
            if labels and raw is not None:
                key = raw.key if isinstance(raw, LookUp) else raw_text(raw)
                raw = labels.get(key, raw)
            found = type_.parse(raw, at)
        if allowed is not None and isinstance(found, str) and found and found not in allowed:
            return Damaged("unmapped", found)
        return found

    return element


def _many(place: Place, definition: FieldDef, type_: SemanticType, at: At, cell: Cell) -> Texts:
    """What `cell` reads of many texts; together where the type alone tells what they mean."""
    if place.values or place.split or definition.options or _labels(type_, at.field):
        return lambda texts: [cell(text) for text in texts]
    if definition.many and type_.glue:
        return lambda texts: type_.join_texts(texts, at)
    return lambda texts: type_.parse_texts(texts, at)


def _labels(type_: SemanticType, field: Field) -> Mapping[str, str]:
    """Option id → name, for types that do not look at options themselves (a text that is a choice there)."""
    return dict(field.options) if type_.name not in ("choice", "tags", "staff") else {}


def _single_cell(element: Element) -> Element:
    def cell(raw: Value) -> Read:
        if isinstance(raw, tuple):
            if len(raw) > 1:
                return Damaged("several", raw_text(raw))
            raw = raw[0] if raw else None
        return element(raw)

    return cell


def _set_cell(place: Place, element: Element, type_: SemanticType, at: At, values: Values | None) -> Element:
    labels = _labels(type_, at.field)
    is_plain = values is None and not labels and bool(type_.glue)

    def each(raw: Value) -> tuple[str, ...] | Damaged:
        if is_plain:
            return type_.parse_many(raw, at)
        found = element(raw)
        return found if isinstance(found, Damaged) else (found,) if found else ()

    def cell(raw: Value) -> Read:
        if raw is None:
            return EMPTY
        if isinstance(raw, Damaged):
            return raw
        pieces = cut(raw, place.split) if place.split or isinstance(raw, tuple) else (raw,)
        if len(pieces) == 1:
            only = each(pieces[0])
            return only if isinstance(only, Damaged) else GLUE.join(only)
        found: dict[str, None] = {}
        for piece in pieces:
            elements = each(piece)
            if isinstance(elements, Damaged):
                return elements
            found.update(dict.fromkeys(elements))
        return GLUE.join(found)

    return cell


def cut(raw: Value, split: str) -> tuple[Value, ...]:
    """The pieces of a cell: of a column of many its values, of a text what stands between the separators."""
    if isinstance(raw, tuple):
        return raw
    if not split or not isinstance(raw, str):
        return (raw,)
    return tuple(piece for piece in raw.translate(_wide(split)).split(split) if piece.strip()) or (None,)


def _wide(split: str) -> dict[int, str]:
    """The full-width form of a separator separates as well: `；` beside `;`."""
    if len(split) != 1 or not "!" <= split <= "~":
        return {}
    return {ord(split) + 0xFEE0: split}


# ------------------------------------------------------------------------------ from a record


def _reader(place: Place, cell: Element, texts: Texts, hook: Hook | None) -> FieldReader:
    if place.constant is not None:
        return Always(cell(place.constant))  # type: ignore[return-value]
    if hook is not None and hook.read is not None:
        return _hooked(place.columns, hook.read, cell)
    if len(place.columns) > 1:
        return _joined(place.columns, place.join or EMPTY, cell)
    return Remembered(place.columns[0], cell, texts) if place.columns else nothing


def _texts(columns: tuple[str, ...], fields: Fields) -> list[str] | Damaged | None:
    """The columns' texts; None where one is not visible."""
    raws = [fields.get(column, ABSENT) for column in columns]
    if any(raw is ABSENT for raw in raws):
        return None
    broken = next((raw for raw in raws if isinstance(raw, Damaged)), None)
    return broken if broken is not None else [raw_text(raw).strip() for raw in raws]


def _joined(columns: tuple[str, ...], glue: str, cell: Element) -> FieldReader:
    def read(fields: Fields) -> Read | None:
        texts = _texts(columns, fields)
        return cell(glue.join(filter(None, texts))) if isinstance(texts, list) else texts

    return read


def _hooked(columns: tuple[str, ...], function: Callable[..., object], cell: Element) -> FieldReader:
    def read(fields: Fields) -> Read | None:
        texts = _texts(columns, fields)
        if not isinstance(texts, list):
            return texts
        try:
            said = function(*texts)
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything
            return Damaged("python", type(error).__name__)
        if said is None or isinstance(said, str):
            return cell(said)
        return Damaged("python", f"returned a {type(said).__name__}")

    return read
