"""How is a value of a sensitive field shown without telling it? (CONFIG "sensitive": masked in plans, logs and exports)

Enough stays to compare two values by eye and to find the record; not enough to ring somebody up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mappings.kinds import Kind

HIDDEN: Final = "***"


def masked(text: str, type_: str) -> str:
    """`+8613800138000` → `+86138****8000`, `li.lei@corp.example` → `l***@corp.example`, a date's year, nothing of money."""
    if not text:
        return text
    if type_ == "email":
        name, at, host = text.partition("@")
        return f"{name[:1]}{HIDDEN}{at}{host}"
    if type_ == "date":
        return f"{text[:4]}-**-**" if text[:4].isdigit() else HIDDEN
    if type_ in ("money", "number"):
        return HIDDEN
    keep = 4 if len(text) >= 10 else 1
    head = keep + 2 if type_ == "phone" and text.startswith("+") else keep
    return f"{text[:head]}****{text[-keep:]}" if len(text) > head + keep else text[:1] + HIDDEN


def type_to_mask(kind: Kind | None, field: str) -> str:
    """The type by which a field's values are masked; "" where they are shown as they are."""
    if kind is None:
        return ""
    name = kind.groups[field].leading if field in kind.groups else field
    if name.partition(".")[0] not in kind.fields:
        return ""
    found = kind.field(name)
    return found.type if found.sensitive else ""


def by_kind(kinds: Mapping[str, Kind], kind: str, field: str) -> str:
    return type_to_mask(kinds.get(kind), field)


__all__ = ["HIDDEN", "by_kind", "masked", "type_to_mask"]
