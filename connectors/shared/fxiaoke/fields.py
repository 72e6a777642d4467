"""Which fields does an object of 纷享销客 have, and how do their values become ours and back?

Numbers are texts, moments are milliseconds, a date is the midnight of its day in China, people always stand in a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from connectors.contract import Damaged, Field, LookUp, Value
from connectors.shared.values import as_text

STAFF: Final = "@staff"
CHINA: Final = timezone(timedelta(hours=8))
OWNER: Final = "owner"
LOCKED, LIFE, MODIFIED = "lock_status", "life_status", "last_modified_time"
KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("text", "long_text", "phone_number", "email", "url", "html_rich_text", "big_text"), "text"),
    **dict.fromkeys(("number", "currency", "percentile"), "number"),
    **dict.fromkeys(("select_one", "record_type", "select_many"), "choice"),
    **dict.fromkeys(("object_reference", "master_detail"), "lookup"),
    **dict.fromkeys(("image", "file_attachment", "signature"), "file"),
    "auto_number": "text",
    "employee": "staff",
    "true_or_false": "bool",
    "date": "date",
    "date_time": "datetime",
}
_COMPUTED: Final = frozenset({"auto_number", "formula", "count", "quote"})
_SYSTEM: Final = frozenset(
    {
        "_id",
        "create_time",
        MODIFIED,
        "created_by",
        "last_modified_by",
        LIFE,
        LOCKED,
        "lock_user",
        "is_deleted",
        "version",
        "tenant_id",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """A field as it is described, and how its values are read and written."""

    field: Field

    def read(self, raw: Any) -> Value:
        """None where nothing stands. Damaged: what does not fit the kind."""
        if raw is None or raw in ("", []):
            return None
        kind, many = self.field.kind, raw if isinstance(raw, list) else [raw]
        if kind == "choice":
            return (
                tuple(map(str, many))
                if self.field.many
                else str(many[0])
                if len(many) == 1
                else Damaged("several", _told(raw))
            )
        if kind in ("staff", "lookup"):
            table = STAFF if kind == "staff" else next(iter(self.field.refers), "")
            return LookUp(table, str(many[0])) if len(many) == 1 else Damaged("several", _told(raw))
        if kind == "number":
            return _number(raw)
        if kind == "bool":
            return {"true": True, "false": False}.get(str(raw).lower(), Damaged("not_a_bool", _told(raw)))
        if kind in ("date", "datetime"):
            return self._moment(raw)
        return raw if isinstance(raw, str) else _told(raw)

    def _moment(self, raw: Any) -> Value:
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(raw))
        except (ValueError, OverflowError, TypeError):
            return Damaged("not_a_date", _told(raw))
        return moment.astimezone(CHINA).date() if self.field.kind == "date" else moment

    def write(self, value: Value) -> Any:
        """What is sent; None clears."""
        kind = self.field.kind
        if value is None:
            return [] if self.field.many or kind == "staff" else None
        if kind == "choice":
            return (
                list(map(as_text, value))
                if isinstance(value, tuple)
                else [as_text(value)]
                if self.field.many
                else as_text(value)
            )
        if kind == "staff":
            return [as_text(value)]
        if isinstance(value, bool):
            return value
        if isinstance(value, datetime):
            return milliseconds(value)
        if isinstance(value, date):
            return milliseconds(datetime.combine(value, time(), CHINA))
        return as_text(value)


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _number(raw: Any) -> Value:
    if isinstance(raw, bool):
        return Damaged("not_a_number", _told(raw))
    text = str(raw)
    try:
        found = Decimal(text)
    except InvalidOperation:
        return Damaged("not_a_number", text)
    return found if "." in text or not found.is_finite() else int(found)


def _told(raw: Any) -> str:
    if isinstance(raw, list):
        return "\n".join(map(_told, raw))
    return str(raw.get("name") or raw.get("filename") or "") if isinstance(raw, Mapping) else str(raw)


def columns_of(described: Mapping[str, Any]) -> dict[str, Column]:
    """By api name; fields that are switched off are left out."""
    fields = described.get("fields") or {}
    return {name: Column(_field(name, one)) for name, one in fields.items() if one.get("is_active", True)}


def _field(name: str, raw: Mapping[str, Any]) -> Field:
    type_ = str(raw.get("type") or "")
    kind = KINDS.get(type_, "other")
    writable = (
        kind not in ("other", "file") and type_ not in _COMPUTED and name not in _SYSTEM and not raw.get("is_readonly")
    )
    target = str(raw.get("target_api_name") or "")
    length = raw.get("max_length")
    return Field(
        name,
        str(raw.get("label") or name),
        kind,
        many=type_ == "select_many",
        on_create=writable,
        on_update=writable and type_ != "record_type",
        required=bool(raw.get("is_required")) and writable,
        unique=bool(raw.get("is_unique")),
        findable=kind == "text",
        own_call=name == OWNER,
        max_length=length if isinstance(length, int) and kind == "text" else None,
        options=tuple((str(o.get("value", "")), str(o.get("label", ""))) for o in raw.get("options") or ()),
        refers=(target,) if kind == "lookup" and target else (),
    )
