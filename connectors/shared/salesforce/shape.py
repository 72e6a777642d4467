"""What fields has an object of Salesforce, and how do its values become ours and ours its? (`describe` of the REST API)"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime
from decimal import Decimal
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

STAMP, MODIFIED, EDITOR = "SystemModstamp", "LastModifiedDate", "LastModifiedById"
DELETED, MASTER, CONVERTED = "IsDeleted", "MasterRecordId", "IsConverted"
_NAME = re.compile(r"[A-Za-z]\w*")
_TEXTS: Final = ("string", "textarea", "phone", "email", "url", "combobox", "encryptedstring", "id")
_NUMBERS: Final = ("int", "long", "double", "currency", "percent")
_KINDS: Final = {
    **dict.fromkeys(_TEXTS, "text"),
    **dict.fromkeys(_NUMBERS, "number"),
    "picklist": "choice",
    "multipicklist": "choice",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "reference": "lookup",
    "base64": "file",
}
"""type → kind; what is not listed (address, location, time, anyType …) is shown as text and never written."""
_SEARCHED: Final = frozenset({"string", "phone", "email", "url", "id"})
COMPOUND: Final = frozenset({"address", "location"})
"""Made of other fields; Bulk queries cannot read them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of an object. type: Salesforce's. external: an id of another system, which an upsert can go by.

    prefixes: first three letters of an id → object, where a look-up may point to several.
    """

    field: Field
    type: str
    external: bool = False
    prefixes: Mapping[str, str] = dataclass_field(default_factory=dict)

    def decoded(self, raw: Any) -> Value:
        """Ours; Damaged where it is not what the field says."""
        if raw is None or raw == "":
            return None
        if type(raw) is str and self.field.kind == "text":
            return raw
        try:
            return _DECODERS.get(self.field.kind, _text_in)(self, raw)
        except (ValueError, TypeError, KeyError, ArithmeticError):
            return Damaged("unreadable", str(raw)[:200])

    def from_csv(self, text: str) -> Value:
        """What a Bulk result holds: texts only, an empty one for nothing."""
        if text == "":
            return None
        if self.field.kind == "bool":
            return self.decoded({"true": True, "false": False}.get(text.lower(), text))
        if self.type in ("double", "currency", "percent"):
            try:
                return Decimal(text)
            except ArithmeticError:
                return Damaged("unreadable", text[:200])
        return self.decoded(text)

    def encoded(self, value: Value) -> Any:
        """Salesforce's. Raises Unfit."""
        if value is None:
            return None
        if isinstance(value, Damaged):
            raise Unfit(say("what was read is damaged and is not written"))
        return _ENCODERS.get(self.field.kind, _no_way)(self, value)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as these credentials see it."""

    id: str
    name: str
    slots: Mapping[str, Slot]
    creatable: bool = True
    editable: bool = True
    deletable: bool = True

    def visible(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name in self.slots)

    def selected(self, names: Sequence[str]) -> tuple[str, ...]:
        """What a query asks for: those, and what tells version, editor, locks and the end of a record."""
        extra = ("Id", STAMP, MODIFIED, EDITOR, DELETED, MASTER, CONVERTED)
        return self.visible([*extra, *names])


def shape_of(described: Mapping[str, Any], prefixes: Callable[[], Mapping[str, str]] = dict) -> Shape:
    """described: the answer of `sobjects/NAME/describe`; fields that field-level security hides are not in it.

    prefixes: asked for only where a look-up may point to several objects.
    """
    slots: dict[str, Slot] = {}
    for one in described.get("fields") or ():
        name = one.get("name")
        if isinstance(name, str) and _NAME.fullmatch(name) and not one.get("deprecatedAndHidden"):
            slots[name] = _slot(name, one)
            if len(slots[name].field.refers) > 1:
                slots[name] = replace(slots[name], prefixes=prefixes())
    may = (bool(described.get(word, True)) for word in ("createable", "updateable", "deletable"))
    name = str(described["name"])
    return Shape(name, str(described.get("labelPlural") or described.get("label") or name), slots, *may)


def _slot(name: str, one: Mapping[str, Any]) -> Slot:
    type_ = str(one.get("type") or "string")
    refers = tuple(str(target) for target in one.get("referenceTo") or ())
    kind = _KINDS.get(type_, "other")
    if kind == "lookup" and "User" in refers:
        kind = "staff"
    writes = kind not in ("other", "file")
    filled = bool(one.get("nillable", True)) or bool(one.get("defaultedOnCreate"))
    length = one.get("length")
    external = bool(one.get("externalId"))
    return Slot(
        Field(
            id=name,
            name=str(one.get("label") or name),
            kind=kind,
            many=type_ == "multipicklist",
            on_create=writes and bool(one.get("createable")),
            on_update=writes and bool(one.get("updateable")),
            required=bool(one.get("createable")) and not filled,
            unique=bool(one.get("unique")) or type_ == "id",
            findable=type_ in _SEARCHED and bool(one.get("filterable", True)),
            clearable=bool(one.get("nillable", True)) and kind != "bool",
            blank=False if kind == "bool" else None,
            max_length=length if kind == "text" and isinstance(length, int) and length > 0 else None,
            options=_options(one) if kind == "choice" else (),
            refers=refers if kind == "lookup" else (),
        ),
        type_,
        external,
    )


def _options(one: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    listed = one.get("picklistValues") or ()
    return tuple((str(o["value"]), str(o.get("label") or o["value"])) for o in listed if o.get("active", True))


# ------------------------------------------------------------------------------ Salesforce's to ours


def _text_in(_: Slot, raw: Any) -> Value:
    return as_text(raw)


def _choice_in(slot: Slot, raw: Any) -> Value:
    if not isinstance(raw, str):
        raise TypeError
    return tuple(one for one in raw.split(";") if one) or None if slot.field.many else raw


def _lookup_in(slot: Slot, raw: Any) -> Value:
    """Which of several tables is meant is told by the first three letters of the id, which only the org knows."""
    if not isinstance(raw, str):
        raise TypeError
    if slot.field.kind == "staff":
        return LookUp(STAFF, raw)
    return LookUp(slot.prefixes.get(raw[:3]) or next(iter(slot.field.refers), ""), raw)


def _day_in(_: Slot, raw: Any) -> Value:
    return date.fromisoformat(raw)


_DECODERS: Final[Mapping[str, Callable[[Slot, Any], Value]]] = {
    "text": _text_in,
    "number": lambda _, raw: number(raw),
    "bool": lambda _, raw: yes_or_no(raw),
    "date": _day_in,
    "datetime": lambda _, raw: moment(raw),
    "choice": _choice_in,
    "lookup": _lookup_in,
    "staff": _lookup_in,
}


def moment_of(raw: Any) -> datetime | None:
    try:
        return moment(raw)
    except (ValueError, TypeError):
        return None


def stamp(when: datetime) -> str:
    """As SOQL takes it and as versions are told: whole seconds, UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ------------------------------------------------------------------------------ ours to Salesforce's


def _choice_out(slot: Slot, value: Value) -> Any:
    found = chosen(slot.field, value)
    return ";".join(found)


def _no_way(_: Slot, __: Value) -> Any:
    raise Unfit(say("Salesforce lets nobody write this field"))


_ENCODERS: Final[Mapping[str, Callable[[Slot, Value], Any]]] = {
    "text": lambda _, value: text_out(value),
    "number": lambda _, value: number_out(value),
    "bool": lambda _, value: yes_or_no_out(value),
    "date": lambda _, value: day_out(value),
    "datetime": lambda _, value: moment_out(value),
    "choice": _choice_out,
    "lookup": lambda slot, value: pointed(slot.field, value),
    "staff": lambda slot, value: pointed(slot.field, value),
}
