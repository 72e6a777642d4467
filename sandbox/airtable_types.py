"""Which values does a field of Airtable take, and what does it answer to others?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

READ_ONLY: Final = frozenset({
    "formula", "rollup", "count", "multipleLookupValues", "autoNumber", "createdTime", "lastModifiedTime", "createdBy",
    "lastModifiedBy", "button", "externalSyncSource", "aiText", "manualSort",
})  # fmt: skip
UPSERT_TYPES: Final = frozenset({
    "number", "singleLineText", "multilineText", "singleSelect", "multipleSelects", "date",
})  # fmt: skip
"""What records may be matched by: neither `email` nor `phoneNumber` (the vendor's page on upserts)."""
_TEXTS: Final = frozenset({"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber"})
_NUMBERS: Final = frozenset({"number", "currency", "percent", "duration", "rating"})


class Refused(Exception):
    """kind and message: as Airtable words it."""

    def __init__(self, kind: str, message: str, status: int = 422) -> None:
        super().__init__(kind)
        self.kind, self.message, self.status = kind, message, status


def stored(known: Mapping[str, Any], value: Any) -> Any:
    """The value as the field keeps it. Raises Refused."""
    name, kind = known["name"], known["type"]
    if kind in READ_ONLY:
        raise Refused("INVALID_VALUE_FOR_COLUMN", f'Field "{name}" cannot accept a value because the field is computed')
    if value is None:
        return None
    if kind in ("singleSelect", "multipleSelects"):
        _demand_options(known, value)
    elif kind in _TAKES and not _TAKES[kind](known, value):
        raise Refused("INVALID_VALUE_FOR_COLUMN", f'Field "{name}" cannot accept the provided value')
    return value


def _demand_options(known: Mapping[str, Any], value: Any) -> None:
    there = {one["name"] for one in known["options"]["choices"]}
    many = known["type"] == "multipleSelects"
    if isinstance(value, list) != many:
        raise Refused("INVALID_VALUE_FOR_COLUMN", f'Field "{known["name"]}" cannot accept the provided value')
    for one in value if many else [value]:
        if one not in there:
            raise Refused(
                "INVALID_MULTIPLE_CHOICE_OPTIONS", f'Insufficient permissions to create new select option ""{one}""'
            )


def _number(known: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return known["type"] != "rating" or (value == int(value) and 1 <= value <= known["options"]["max"])


def _day(_: Mapping[str, Any], value: Any) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _moment(_: Mapping[str, Any], value: Any) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def _person(_: Mapping[str, Any], value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("id", "")).startswith("usr")


_TAKES: Final[Mapping[str, Callable[[Mapping[str, Any], Any], bool]]] = {
    **dict.fromkeys(_TEXTS, lambda _, value: isinstance(value, str)),
    **dict.fromkeys(_NUMBERS, _number),
    "checkbox": lambda _, value: isinstance(value, bool),
    "date": _day,
    "dateTime": _moment,
    "singleCollaborator": _person,
    "multipleCollaborators": lambda known, value: isinstance(value, list) and all(_person(known, one) for one in value),
    "multipleRecordLinks": lambda _, value: isinstance(value, list) and all(isinstance(one, str) for one in value),
}
