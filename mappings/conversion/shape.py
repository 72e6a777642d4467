"""Which fields has a mapped part, in which order, and what is worked out from what?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.kinds import Kind
from mappings.model import PartMap, Place
from mappings.types.base import Canonical

NAME: Final = ("name", "family_name", "given_name")
"""The leading member, and the two that are worked out from it (DESIGN §5, R4f)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One mapped place of a set. capacity None: any number of elements fits (a cell that is split, a column of many).

    reads False: the place is only pushed; what it shows is our own copy and no statement of the source.
    """

    column: str
    capacity: int | None
    reads: bool
    writes: bool
    sort: str


@dataclass(frozen=True, slots=True)
class PartShape:
    """How the values of one part stand in what Converter.read gives.

    fields: in the kind's order, identifiers by their sort, relations and derived fields included. sets: field → its
    places. writable: fields that some column says; of family_name and given_name it is `name`. push_only: never
    heard. derived: worked out from others, never voted. copies: fields with columns that are only pushed beside those
    that are read (to be written although the field agrees). blanks: how a field reads that was never filled (R7).
    """

    name: str
    kind: str
    fields: tuple[str, ...]
    sets: Mapping[str, tuple[Slot, ...]] = field(default_factory=dict)
    writable: frozenset[str] = frozenset()
    push_only: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()
    blanks: Mapping[str, Canonical] = field(default_factory=dict)


def places_of(part: PartMap, name: str) -> tuple[Place, ...]:
    return tuple(part.fields.get(name, ())) or tuple(part.relations.get(name, ()))


def ordered_fields(part: PartMap, kind: Kind) -> tuple[str, ...]:
    """Mapped fields and relations as the kind lists them; with any form of the name, all three forms."""
    mapped = {*part.fields, *part.relations}
    if has_names(kind) and mapped & set(NAME):
        mapped |= set(NAME)
    made: list[str] = []
    for name in kind.fields:
        made += [name] if name in mapped else []
        made += [one for one in part.fields if one.startswith(f"{name}.")]
    return tuple(made)


def has_names(kind: Kind) -> bool:
    return all(name in kind.fields for name in NAME)


def derived_fields(part: PartMap, kind: Kind) -> frozenset[str]:
    if not has_names(kind) or not set(part.fields) & set(NAME):
        return frozenset()
    return frozenset(name for name in NAME if name not in part.fields) | {NAME[1], NAME[2]}


def naming_places(part: PartMap, kind: Kind) -> tuple[Place, ...]:
    """The places of `name` and of its two halves."""
    if not has_names(kind):
        return places_of(part, NAME[0])
    return tuple(place for name in NAME for place in places_of(part, name))


def written_fields(part: PartMap, kind: Kind, *, only: bool) -> frozenset[str]:
    """Fields that some place writes; `only`: those that no place reads."""
    found = set()
    for name in ordered_fields(part, kind):
        places = naming_places(part, kind) if name == NAME[0] else places_of(part, name)
        if name in derived_fields(part, kind) and name != NAME[0]:
            continue
        if any(_goes_out(place) for place in places) and not (only and any(place.reads for place in places)):
            found.add(name)
    return frozenset(found)


def _goes_out(place: Place) -> bool:
    return place.writes and place.constant is None and not place.part


def copied_fields(part: PartMap, kind: Kind) -> frozenset[str]:
    """Single-valued fields that are read from one place and copied into another."""
    return frozenset(
        name
        for name in written_fields(part, kind, only=False) - written_fields(part, kind, only=True)
        if not kind.field(name).many and any(place.writes and not place.reads for place in places_of(part, name))
    )


def columns_of(places: Iterable[Place]) -> list[str]:
    return [column for place in places for column in place.columns]
