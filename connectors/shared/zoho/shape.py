"""What fields has a module of Zoho, and how do its values become ours and ours its? (`/settings/fields` of v8)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from connectors.contract import Damaged, Field, LookUp, Value, say
from connectors.shared.web.fitting import (
    STAFF,
    Unfit,
    as_text,
    chosen,
    day_out,
    moment,
    moment_out,
    number,
    number_out,
    pointed,
    text_out,
    yes_or_no,
    yes_or_no_out,
)

MODIFIED, EDITOR, LOCKED, CONVERTED = "Modified_Time", "Modified_By", "Locked__s", "Converted__s"
NONE: Final = "-None-"
"""How a choice that was not made is called."""
_KINDS: Final = {
    "text": "text",
    "textarea": "text",
    "email": "text",
    "phone": "text",
    "website": "text",
    "autonumber": "text",
    "integer": "number",
    "bigint": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "multiselectpicklist": "choice",
    "lookup": "lookup",
    "ownerlookup": "staff",
    "userlookup": "staff",
    "fileupload": "file",
    "imageupload": "file",
    "profileimage": "file",
}
"""data_type → kind; what is not listed is shown as text and never written."""
_SEARCHED: Final = frozenset({"text", "email", "phone", "website", "autonumber"})
"""What COQL compares with `in`."""
_NUMBERS: Final = {"formula": "number", "rollup_summary": "number"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a module. type: Zoho's data_type. external: an id of another system, which Zoho keeps unique."""

    field: Field
    type: str
    external: bool = False

    def decoded(self, raw: Any) -> Value:
        """Ours; Damaged where it is not what the field says."""
        if raw is None or raw in ("", []):
            return None
        try:
            return _DECODERS.get(self.field.kind, _text_in)(self, raw)
        except (ValueError, TypeError, KeyError, ArithmeticError):
            return Damaged("unreadable", str(raw)[:200])

    def encoded(self, value: Value) -> Any:
        """Zoho's. Raises Unfit."""
        if value is None:
            return [] if self.field.many else None
        if isinstance(value, Damaged):
            raise Unfit(say("what was read is damaged and is not written"))
        return _ENCODERS.get(self.field.kind, _no_way)(self, value)


@dataclass(frozen=True, slots=True)
class Shape:
    """A module as these credentials see it."""

    id: str
    name: str
    slots: Mapping[str, Slot]
    creatable: bool = True
    editable: bool = True
    deletable: bool = True

    def visible(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name in self.slots)

    def extra(self) -> tuple[str, ...]:
        """What is asked for besides, to know version, editor and locks."""
        return tuple(name for name in (MODIFIED, EDITOR, LOCKED, CONVERTED) if name in self.slots)


def shape_of(module: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Shape:
    """module: an entry of /settings/modules. fields: those of /settings/fields."""
    slots = {"id": Slot(Field("id", "Id", on_create=False, on_update=False, clearable=False), "id")}
    for one in fields:
        name = one.get("api_name")
        if isinstance(name, str) and name not in slots and one.get("visible", True) and one.get("type") != "unused":
            slots[name] = _slot(name, one)
    name = str(module.get("plural_label") or module.get("module_name") or module["api_name"])
    may = (bool(module.get(word, True)) for word in ("creatable", "editable", "deletable"))
    return Shape(str(module["api_name"]), name, slots, *may)


def _slot(name: str, one: Mapping[str, Any]) -> Slot:
    type_ = str(one.get("data_type") or "text")
    kind = _KINDS.get(type_) or (_NUMBERS.get(type_) if one.get("json_type") in ("double", "integer") else None)
    shown = str(one.get("json_type") or "")
    if type_ == "text" and shown == "jsonarray":
        kind = "other"  # tags: writing an unknown one would make it
    writes = kind not in (None, "other", "file") and type_ in _KINDS and type_ != "autonumber"
    closed = bool(one.get("field_read_only") or one.get("read_only") or one.get("virtual_field"))
    may = one.get("operation_type") or {}
    lookup = one.get("lookup") or {}
    module = lookup.get("module") if isinstance(lookup, dict) else None
    refers = module.get("api_name") if isinstance(module, dict) else module
    external = bool(one.get("external"))
    unique = bool(one.get("unique")) or external
    length = one.get("length")
    return Slot(
        Field(
            id=name,
            name=str(one.get("display_label") or one.get("field_label") or name),
            kind=kind or "other",
            many=type_ == "multiselectpicklist",
            on_create=writes and not closed and bool(may.get("api_create", True)),
            on_update=writes and not closed and bool(may.get("api_update", True)),
            required=bool(one.get("system_mandatory")),
            unique=unique,
            findable=type_ in _SEARCHED and shown in ("string", ""),
            clearable=not one.get("system_mandatory") and type_ != "boolean" and type_ != "ownerlookup",
            blank=False if kind == "bool" else None,
            max_length=length if kind == "text" and isinstance(length, int) and length > 0 else None,
            options=_options(one) if kind == "choice" else (),
            refers=(str(refers),) if kind == "lookup" and refers else (),
        ),
        type_,
        external,
    )


def _options(one: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Zoho writes choices by their actual value; the empty one is no choice."""
    found = []
    for option in one.get("pick_list_values") or ():
        value = option.get("actual_value", option.get("display_value"))
        if isinstance(value, str) and value != NONE and option.get("type") != "unused":
            found.append((value, str(option.get("display_value") or value)))
    return tuple(found)


# ------------------------------------------------------------------------------ Zoho's to ours


def _text_in(_: Slot, raw: Any) -> Value:
    """Of subforms, tags and files too."""
    return as_text(raw)


def _choice_in(slot: Slot, raw: Any) -> Value:
    if slot.field.many:
        return tuple(str(one) for one in (raw if isinstance(raw, list) else [raw]) if one != NONE) or None
    if not isinstance(raw, str):
        raise TypeError
    return None if raw == NONE else raw


def _lookup_in(slot: Slot, raw: Any) -> Value:
    return LookUp(slot.field.refers[0] if slot.field.refers else "", str(raw["id"]), str(raw.get("name") or ""))


def _staff_in(_: Slot, raw: Any) -> Value:
    return LookUp(STAFF, str(raw["id"]), str(raw.get("name") or ""))


_DECODERS: Final[Mapping[str, Callable[[Slot, Any], Value]]] = {
    "text": _text_in,
    "number": lambda _, raw: number(raw),
    "bool": lambda _, raw: yes_or_no(raw),
    "date": lambda _, raw: date.fromisoformat(raw),
    "datetime": lambda _, raw: moment(raw),
    "choice": _choice_in,
    "lookup": _lookup_in,
    "staff": _staff_in,
}


# ------------------------------------------------------------------------------ ours to Zoho's


def _choice_out(slot: Slot, value: Value) -> Any:
    found = chosen(slot.field, value)
    return found if slot.field.many else found[0]


def _points_out(slot: Slot, value: Value) -> Any:
    return {"id": pointed(slot.field, value)}


def _no_way(_: Slot, __: Value) -> Any:
    raise Unfit(say("Zoho lets nobody write this field"))


_ENCODERS: Final[Mapping[str, Callable[[Slot, Value], Any]]] = {
    "text": lambda _, value: text_out(value),
    "number": lambda _, value: number_out(value),
    "bool": lambda _, value: yes_or_no_out(value),
    "date": lambda _, value: day_out(value),
    "datetime": lambda _, value: moment_out(value),
    "choice": _choice_out,
    "lookup": _points_out,
    "staff": _points_out,
}
