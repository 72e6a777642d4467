"""Which columns does a table of 伙伴云 have, and how do their values become ours and back?

The API names types in several ways (`type`, `field_type`; 2024 and 2026), so they are told by what is known of them;
a type that nobody knows is read as text and never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.contract import Damaged, Field, LookUp, Value
from connectors.shared.values import as_text

STAFF: Final = "@staff"
KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("text", "input", "string", "textarea", "rich", "richtext", "rich_text"), "text"),
    **dict.fromkeys(("mobile", "phone", "tel", "email", "url", "barcode", "scan", "address"), "text"),
    **dict.fromkeys(
        ("number", "numeric", "amount", "currency", "money", "percent", "progress", "rating", "score"), "number"
    ),
    **dict.fromkeys(("category", "option", "select", "radio", "checkbox", "multi_select"), "choice"),
    **dict.fromkeys(("user", "member"), "staff"),
    **dict.fromkeys(("relation", "item", "reference"), "lookup"),
    **dict.fromkeys(("bool", "boolean", "switch"), "bool"),
    **dict.fromkeys(("image", "file", "attachment", "signature"), "file"),
    "date": "date",
    "datetime": "datetime",
}
_READ_ONLY: Final = frozenset({"file", "other"})
_COMPUTED: Final = frozenset(
    {"calculation", "formula", "auto_number", "rollup", "lookup_value", "created_on", "updated_on"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A field as it is described, and how its values are read and written. zone: of naive times."""

    field: Field
    zone: ZoneInfo

    def read(self, raw: Any) -> Value:
        """None where nothing stands. Damaged: what does not fit the kind."""
        if raw is None or raw in ("", []):
            return None
        kind = self.field.kind
        if kind in ("choice", "staff", "lookup"):
            found = tuple(self._pointed(one) for one in (raw if isinstance(raw, list) else [raw]))
            return found if self.field.many else found[0] if len(found) == 1 else Damaged("several", _told(raw))
        if kind == "number":
            return _number(raw)
        if kind == "bool":
            return (
                bool(raw)
                if raw in (True, False, 0, 1, "0", "1") and raw != "0"
                else False
                if raw == "0"
                else Damaged("not_a_bool", _told(raw))
            )
        if kind in ("date", "datetime"):
            return self._time(raw)
        return raw if isinstance(raw, str) else _told(raw)

    def _pointed(self, raw: Any) -> Value:
        """Options, people and records come as maps, or as bare ids."""
        kind = self.field.kind
        if not isinstance(raw, Mapping):
            key, label = str(raw), ""
        elif kind == "choice":
            key, label = str(raw.get("id", "")), str(raw.get("name") or raw.get("text") or "")
        elif kind == "staff":
            key, label = str(raw.get("user_id", raw.get("id", ""))), str(raw.get("name", ""))
        else:
            key, label = str(raw.get("item_id", "")), str(raw.get("title", ""))
        if kind == "choice":
            by_name = next((one for one, name in self.field.options if label and name == label), "")
            return key or by_name or Damaged("no_such_option", label)
        if not key:
            return Damaged("no_id", label)
        return LookUp(STAFF if kind == "staff" else (self.field.refers or ("",))[0], key, label)

    def _time(self, raw: Any) -> Value:
        text = str(raw).strip()
        try:
            if len(text) <= 10:
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text)
        except ValueError:
            return Damaged("not_a_date", text)
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def write(self, value: Value) -> Any:
        """What is sent; an empty list or text clears."""
        kind = self.field.kind
        if kind in ("choice", "staff", "lookup"):
            many = value if isinstance(value, tuple) else () if value is None else (value,)
            return [one.key if isinstance(one, LookUp) else as_text(one) for one in many]
        if value is None:
            return "" if kind == "text" else None
        if isinstance(value, datetime):
            return value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, date):
            return value.isoformat()
        return value


def _number(raw: Any) -> Value:
    if isinstance(raw, bool):
        return Damaged("not_a_number", _told(raw))
    if isinstance(raw, int | Decimal):
        return raw
    try:
        found = Decimal(str(raw).replace(",", ""))
    except ArithmeticError:
        return Damaged("not_a_number", _told(raw))
    return int(found) if found == found.to_integral_value() and "." not in str(raw) else found


def _told(raw: Any) -> str:
    """Lists and maps as the names that people see."""
    if isinstance(raw, list):
        return "\n".join(_told(one) for one in raw)
    if isinstance(raw, Mapping):
        return str(raw.get("name") or raw.get("title") or raw.get("text") or "")
    return str(raw)


def columns_of(described: Any, zone: ZoneInfo) -> dict[str, Column]:
    """By id, in the table's order; `data.table.fields` and `data.fields` are both in use."""
    found = described.get("fields") if isinstance(described, Mapping) else None
    if found is None and isinstance(described, Mapping):
        found = (described.get("table") or {}).get("fields")
    return {str(one["field_id"]): Column(_field(one), zone) for one in found or () if "field_id" in one}


def _field(raw: Mapping[str, Any]) -> Field:
    type_ = str(raw.get("type") or raw.get("field_type") or "").lower()
    config: Mapping[str, Any] = raw.get("config") or {}
    kind = KINDS.get(type_, "other")
    if kind == "date" and config.get("include_time"):
        kind = "datetime"
    writable = kind not in _READ_ONLY and type_ not in _COMPUTED
    options = tuple((str(o.get("id", "")), str(o.get("name", ""))) for o in config.get("options") or ())
    target = str(config.get("table_id") or "")
    many = type_ in ("checkbox", "multi_select") or str(config.get("type", "")).startswith("multi")
    return Field(
        str(raw["field_id"]),
        str(raw.get("name") or raw["field_id"]),
        kind,
        many=many and kind in ("choice", "staff", "lookup"),
        on_create=writable,
        on_update=writable,
        required=bool(raw.get("required")),
        unique=bool(config.get("unique")),
        findable=kind == "text" and writable,
        options=options,
        refers=(target,) if kind == "lookup" and target else (),
    )
