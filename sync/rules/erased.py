"""Does a part speak of somebody whose values were erased? (RULES R22: it acts before staging)

Nothing that names him is kept: only keyed digests of what did. A number that is checked or one's own and an e-mail drop
the part; a mobile alone, which may have a new owner by now, and what others bore too at the time only ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from mappings.types.identifiers import is_checked
from mappings.types.phones import is_mobile
from sync.rules.cell import Value
from sync.rules.sets import elements

DROP: Final = "drop"
ASK: Final = "ask"
SAME: Final = "same"
"""A person said of this very record that it speaks of him."""
OTHER: Final = "other"
"""A person said that it does not: it is let in, whatever else it bears."""
_OFFICIAL: Final = 18
"""Characters of a credit code or resident number: one without a right check digit proves nothing."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """strength: digest → drop, ask, same or other; those whose time is over are left out by whoever reads them."""

    key: bytes = b""
    strength: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.strength)

    def of(self, mark: str) -> str:
        return self.strength.get(digest(self.key, mark), "")


def digest(key: bytes, mark: str) -> str:
    """64 hexadecimal digits; without the key nobody can try values against it."""
    return blake2b(mark.encode("utf-8", "surrogatepass"), digest_size=32, key=key).hexdigest()


def marks(kind: str, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """(mark, strength) of what a part is known by: `values` by field, canonical, sets as slots or as elements.

    An e-mail at a part of another kind (a contact's, noted at his company) asks.
    """
    for name, value in values.items():
        if name.startswith("identifiers.") and isinstance(value, str) and value:
            if len(value) != _OFFICIAL or is_checked(value):
                yield f"{kind}|{name}|{value}", DROP
        elif name == "emails":
            for text in _texts(value):
                yield f"{kind}|emails|{text}", DROP
                yield f"*|emails|{text}", ASK
        elif name == "phones":
            for text in _texts(value):
                number = text.partition(";")[0]
                if is_mobile(number):
                    yield f"*|mobile|{number}", ASK


def mark_of_record(table: int, key: str, part: str, values: Mapping[str, Value]) -> str:
    """Of one part of one record under one name: a system that still holds him under its own key is known by it."""
    name = values.get("name")
    return f"record|{table}|{key}|{part}|{name.casefold() if isinstance(name, str) else ''}"


def mark_of_answer(table: int, key: str) -> str:
    """Of a record that somebody was asked about."""
    return f"answer|{table}|{key}"


def is_erased(kind: str, values: Mapping[str, Value], tombstones: Tombstones, *, record: str = "") -> str:
    """`drop`, `ask`, or "": what becomes of a part before it is staged. record: its `mark_of_record`, where it has a key."""
    if record and tombstones.of(record):
        return DROP
    said = {tombstones.of(mark) for mark, _ in marks(kind, values)}
    return DROP if DROP in said else ASK if ASK in said else ""


def _texts(value: Value) -> tuple[str, ...]:
    return elements(value) if isinstance(value, tuple) else (value,) if isinstance(value, str) and value else ()
