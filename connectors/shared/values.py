"""How does a contract value look as text, and in a JSON file that keeps it exactly?"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.contract import Damaged, LookUp, Value


def as_text(value: Value) -> str:
    """What would stand in a cell of a text file: "" for empty, plain digits, ISO dates, a look-up's key."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, LookUp):
        return value.key
    if isinstance(value, Damaged):
        return value.text
    if isinstance(value, tuple):
        return "\n".join(as_text(one) for one in value)
    return str(value)


def to_json(value: Value) -> Any:
    """Text, integers, booleans and None as themselves, lists as lists, all else tagged: {"$date": "2026-01-02"}."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return {"$number": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, LookUp):
        return {"$lookup": [value.table, value.key, value.label]}
    if isinstance(value, Damaged):
        return {"$damaged": [value.code, value.text]}
    return [to_json(one) for one in value]


def from_json(value: Any) -> Value:
    """The reverse of to_json; raises ValueError for what it never writes."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list):
        return tuple(from_json(one) for one in value)
    match value:
        case {"$number": str(text)}:
            return Decimal(text)
        case {"$datetime": str(text)}:
            return datetime.fromisoformat(text)
        case {"$date": str(text)}:
            return date.fromisoformat(text)
        case {"$lookup": [str(table), str(key), str(label)]}:
            return LookUp(table, key, label)
        case {"$damaged": [str(code), str(text)]}:
            return Damaged(code, text)
    raise ValueError(f"{type(value).__name__} is no value of a record")
