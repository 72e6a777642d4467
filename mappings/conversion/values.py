"""What do the `values` of a place say of a raw value, and which raw value says a canonical one? (CONFIG §2)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.contract import ConfigError, Damaged, LookUp, Value
from mappings.model import Place
from mappings.types.base import EMPTY, At, SemanticType, raw_text
from mappings.types.cleaning import clean
from mappings.types.damage import checked

_REST: Final = "*"


class Values:
    """A place's translation, both ways. Raws are compared exactly, then cleaned, then without case."""

    def __init__(self, place: Place, type_: SemanticType, at: At) -> None:
        """Raises ConfigError where a canonical text is none of the field's type."""
        self._labels: Mapping[str, str] = dict(at.field.options)
        self._reads: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        self._writes: dict[str, str] = {}
        self.rest: str | None = None
        for raws, texts in place.values:
            canonicals = [_canonical(text, type_, at, place) for text in texts]
            self._add(raws, canonicals)

    def _add(self, raws: tuple[str, ...], canonicals: list[str]) -> None:
        said = [raw for raw in raws if raw != _REST]
        if len(said) < len(raws):
            self.rest = canonicals[0]
        for raw in said:
            self._reads.setdefault(raw, canonicals[0])
            self._folded.setdefault(_fold(raw), canonicals[0])
        for canonical in canonicals:
            if said:
                self._writes.setdefault(canonical, said[0])

    def read(self, raw: Value) -> str | Damaged:
        """The canonical value; Damaged("unmapped") for one that is not listed, "" for an empty cell that is not."""
        if isinstance(raw, Damaged):
            return raw
        text = raw.key if isinstance(raw, LookUp) else raw_text(raw)
        for candidate in (text, raw.label if isinstance(raw, LookUp) else EMPTY, self._labels.get(text, EMPTY)):
            if candidate == EMPTY and candidate is not text:
                continue
            found = self._reads.get(candidate)
            found = self._folded.get(_fold(candidate)) if found is None else found
            if found is not None:
                return found
        if not text.strip():
            return EMPTY
        if self.rest is not None:
            return self.rest
        damage = checked(text)
        return damage if isinstance(damage, Damaged) else Damaged("unmapped", self._labels.get(text, text))

    def write(self, value: str) -> str | None:
        """The raw text that stands for it ("" is the empty cell); None: no raw value does."""
        found = self._writes.get(value)
        return EMPTY if found is None and value == EMPTY else found


def _fold(text: str) -> str:
    return clean(text).casefold()


def _canonical(text: str, type_: SemanticType, at: At, place: Place) -> str:
    neutral = At(region=at.region, zone=at.zone, people=at.people)
    found = type_.parse(text, neutral)
    if isinstance(found, Damaged):
        column = place.columns[0] if place.columns else place.constant
        raise ConfigError("values of `{column}`: `{text}` is no {type}", column=column, text=text, type=type_.name)
    return found
