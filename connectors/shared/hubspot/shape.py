"""What properties has an object type of HubSpot, and how do its values become ours and ours its?

Every value is a text there: numbers, `true`, several options joined by `;`. A single checkbox is a yes or no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    yes_or_no_out,
)

COMPANY: Final = "associatedcompanyid"
"""Of a contact: the company that it belongs to first of all. Read as a property, written as an association."""
MERGED: Final = "hs_merged_object_ids"
MERGED_BEFORE: Final = "hs_calculated_merged_vids"
"""Of contacts that were merged years ago: `id:milliseconds`, joined by `;`."""
LONGEST: Final = 65_536
"""Characters that a text property holds."""
_SEARCHED: Final = frozenset({"string", "phone_number"})
_REFERS: Final = {"COMPANY": "companies", "CONTACT": "contacts", "DEAL": "deals", "TICKET": "tickets", "OWNER": STAFF}
_PLAIN: Final = {
    "string": "text",
    "phone_number": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "bool",
}
"""type → kind; what is not listed is shown as text and never written."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One property. known: it takes part in finding records by it at once, without the search."""

    field: Field
    known: bool = False
    searched: str = ""
    """The property under which HubSpot searches a phone number; "" for all others."""

    def decoded(self, raw: Any) -> Value:
        """Ours; Damaged where it is not what the property says."""
        if raw is None or raw == "":
            return None
        try:
            return _DECODERS.get(self.field.kind, _text_in)(self.field, raw)
        except (ValueError, TypeError, ArithmeticError, OverflowError):
            return Damaged("unreadable", str(raw)[:200])

    def encoded(self, value: Value) -> str:
        """HubSpot's; an empty text clears. Raises Unfit."""
        if value is None:
            return ""
        if isinstance(value, Damaged):
            raise Unfit(say("what was read is damaged and is not written"))
        encode = _ENCODERS.get(self.field.kind)
        if encode is None:
            raise Unfit(say("HubSpot lets nobody write this property"))
        return encode(self.field, value)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object type as these credentials see it. modified: the property that moves with every edit; "" without one."""

    id: str
    slots: Mapping[str, Slot]
    modified: str

    def visible(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name in self.slots)

    def asked(self, names: Sequence[str]) -> list[str]:
        """What is asked for, with what tells merges and versions."""
        more = [name for name in (MERGED, MERGED_BEFORE, COMPANY) if name in self.slots]
        return list(dict.fromkeys([*names, *more]))


def shape_of(kind: str, properties: Sequence[Mapping[str, Any]]) -> Shape:
    """properties: those of `/crm/properties`."""
    listed = {str(one["name"]): one for one in properties if one.get("name")}
    slots = {name: _slot(kind, name, one, listed) for name, one in listed.items()}
    modified = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
    return Shape(kind, slots, modified if modified in slots else "")


def _slot(kind: str, name: str, one: Mapping[str, Any], listed: Mapping[str, Any]) -> Slot:
    ours, refers = _kind(one)
    options = tuple((str(o.get("value")), str(o.get("label") or o.get("value"))) for o in one.get("options") or ())
    closed = one.get("modificationMetadata") or {}
    writes = ours != "other" and not one.get("calculated") and not closed.get("readOnlyValue")
    unique = bool(one.get("hasUniqueValue")) or (kind == "contacts" and name == "email")
    text = ours == "text" and one.get("type") in _SEARCHED
    associated = kind == "contacts" and name == COMPANY
    return Slot(
        Field(
            id=name,
            name=str(one.get("label") or name),
            kind=ours,
            many=ours == "choice" and one.get("fieldType") == "checkbox",
            on_create=writes,
            on_update=writes,
            unique=unique,
            findable=text,
            own_call=associated,
            max_length=LONGEST if text else None,
            options=options if ours == "choice" else (),
            refers=refers,
        ),
        known=unique,
        searched=_searched(name, one, listed) if text else "",
    )


def _kind(one: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Kind, and the tables that it points to."""
    type_, refers = str(one.get("type") or ""), _REFERS.get(str(one.get("referencedObjectType") or "").upper())
    if refers is not None and one.get("fieldType") != "checkbox":
        return ("staff", ()) if refers == STAFF else ("lookup", (refers,))
    if one.get("fieldType") == "booleancheckbox":
        return "bool", ()
    if type_ == "enumeration":
        return ("choice", ()) if one.get("options") else ("text", ())
    return _PLAIN.get(type_, "other"), ()


def _searched(name: str, one: Mapping[str, Any], listed: Mapping[str, Any]) -> str:
    """Phone numbers are searched by area code and local number, in a property of their own."""
    if one.get("fieldType") != "phonenumber" and one.get("type") != "phone_number":
        return ""
    stem = {"phone": "phone_number", "mobilephone": "mobile_number"}.get(name, name)
    found = f"hs_searchable_calculated_{stem}"
    return found if found in listed else ""


# ------------------------------------------------------------------------------ HubSpot's to ours


def _text_in(_: Field, raw: Any) -> Value:
    return as_text(raw)


def _bool_in(_: Field, raw: Any) -> Value:
    return {"true": True, "false": False}.get(str(raw).casefold(), Damaged("unreadable", str(raw)[:200]))


def _moment_in(raw: Any) -> datetime:
    """Milliseconds since 1970, or ISO with a zone."""
    text = str(raw)
    if text.lstrip("-").isdigit():
        seconds, rest = divmod(int(text), 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    return moment(text)


def _date_in(_: Field, raw: Any) -> Value:
    """A day, or its midnight in UTC: what stands at any other hour is no day."""
    text = str(raw)
    if len(text) == 10 and text[4] == "-":
        return date.fromisoformat(text)
    found = _moment_in(text).astimezone(UTC)
    if found.time() != found.time().min:
        raise ValueError(text)
    return found.date()


def _choice_in(field: Field, raw: Any) -> Value:
    return tuple(one for one in str(raw).split(";") if one) if field.many else str(raw)


_DECODERS: Final[Mapping[str, Callable[[Field, Any], Value]]] = {
    "number": lambda _, raw: number(raw),
    "bool": _bool_in,
    "date": _date_in,
    "datetime": lambda _, raw: _moment_in(raw),
    "choice": _choice_in,
    "lookup": lambda field, raw: LookUp(field.refers[0], str(raw)),
    "staff": lambda _, raw: LookUp(STAFF, str(raw)),
}


# ------------------------------------------------------------------------------ ours to HubSpot's


def _number_out(_: Field, value: Value) -> str:
    sent = number_out(value)
    return format(sent, "f") if isinstance(sent, Decimal) else str(sent)


def _moment_out(_: Field, value: Value) -> str:
    moment_out(value)
    assert isinstance(value, datetime)
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_ENCODERS: Final[Mapping[str, Callable[[Field, Value], str]]] = {
    "text": lambda _, value: text_out(value),
    "number": _number_out,
    "bool": lambda _, value: "true" if yes_or_no_out(value) else "false",
    "date": lambda _, value: day_out(value),
    "datetime": _moment_out,
    "choice": lambda field, value: ";".join(chosen(field, value)),
    "lookup": pointed,
    "staff": pointed,
}
