"""Is a record one of those that the mapping reads? (CONFIG §2 `where`, "Filters")"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from connectors.contract import Fields, LookUp, Value
from mappings.filters import Known, Wanted, wanted_of
from mappings.types.base import raw_text
from mappings.types.cleaning import clean

Condition: TypeAlias = Callable[[Fields], bool]


def conditions(where: Mapping[str, object]) -> tuple[Condition, ...]:
    return tuple(_condition(column, wanted_of(said)) for column, said in where.items())


def _condition(column: str, wanted: Wanted) -> Condition:
    """Raws are compared as typed, and cleaned without case; a look-up by its key and by its label."""
    loose = Wanted(wanted.word, tuple(_fold(text) for text in wanted.values), wanted.empty)
    negative = wanted.word == "not"

    def passes(fields: Fields) -> bool:
        texts = _texts(fields.get(column))
        folded: Known = tuple(_fold(text) for text in texts)
        return loose.reads(folded) if negative else wanted.reads(texts) or loose.reads(folded)

    return passes


def _texts(raw: Value) -> tuple[str, ...]:
    if isinstance(raw, LookUp):
        return tuple(text for text in (raw.key, raw.label) if text)
    if isinstance(raw, tuple):
        return tuple(text for one in raw for text in _texts(one))
    text = raw_text(raw)
    return (text,) if text.strip() else ()


def _fold(text: str) -> str:
    return clean(text).casefold()
