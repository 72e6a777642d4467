"""How is one part of a record read: its fields' functions, and whether it is there at all?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.contract import ConfigError, Damaged, Field, Fields
from mappings.conversion import hooks, shape
from mappings.conversion.columns import (
    Always,
    OneSlot,
    Reader,
    Remembered,
    Rows,
    SeveralSlots,
    Texts,
    nothing,
    read_all,
)
from mappings.conversion.lookups import LookUpPlace
from mappings.conversion.reading import FieldReader, Spot, compile_spot
from mappings.conversion.shape import NAME, PartShape, Slot
from mappings.conversion.templates import compile_template
from mappings.kinds import FieldDef, Kind
from mappings.model import PartMap, Place, TableMap
from mappings.types import TYPES
from mappings.types.base import EMPTY, At, Canonical
from mappings.types.names import join_name, split_name


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled part. identify: where the fields stand that make it exist; of a dotted part its `via` counts instead.

    inner: relations to parts of the same record, as (place in the values, index of that part). halves: where the whole
    name, family and given name stand, for a kind that has them.
    """

    map: PartMap
    kind: Kind
    shape: PartShape
    readers: tuple[Reader, ...]
    spots: Mapping[str, tuple[Spot, ...]]
    links: Mapping[str, tuple[LookUpPlace, ...]]
    identify: tuple[int, ...]
    via: tuple[int, int] | None
    inner: tuple[tuple[int, int], ...]
    halves: tuple[int, int, int] | None

    def values(self, fields: Fields) -> list[Canonical]:
        """Each field in the order of shape.fields; relations inside the record are not known yet."""
        found = [read(fields) for read in self.readers]
        if self.halves is not None:
            _take_apart(found, *self.halves)
        return found

    def columns(self, rows: Rows) -> list[Sequence[Canonical]]:
        """values() of many records, as columns."""
        found = [read_all(read, rows) for read in self.readers]
        if self.halves is not None:
            name, family, given = self.halves
            found[family], found[given] = _taken_apart(found[name], found[family], found[given])
        return found

    def existing(self, values: Sequence[Sequence[Canonical]], found: Sequence[Sequence[Sequence[Canonical]]],
                 there: Sequence[Sequence[bool]], count: int) -> Sequence[bool]:  # fmt: skip
        """exists() of many records."""
        if self.via is not None:
            owner, relation = self.via
            return [is_there and bool(value) for is_there, value in zip(there[owner], found[owner][relation])]
        so_far = [False] * count
        for at in self.identify:
            column = values[at]
            if all(column) and _TEXT.issuperset(map(type, column)):
                return [True] * count
            so_far = [known or _is_filled(value) for known, value in zip(so_far, column)]
            if all(so_far):
                break
        return so_far

    def exists(self, values: list[Canonical], found: list[list[Canonical]], there: list[bool]) -> bool:
        """found and there: of the parts before this one."""
        if self.via is not None:
            owner, relation = self.via
            return there[owner] and bool(found[owner][relation])
        return any(_is_filled(values[at]) for at in self.identify)

    def writing(self, name: str) -> tuple[Spot, ...]:
        return tuple(spot for spot in self.spots.get(name, ()) if spot.place.writes and spot.place.columns)

    def joined(self, shown: Fields) -> str | None:
        """The name that the columns of its halves show; None where they do not, or are damaged."""
        family, given = (_one_of(self.spots.get(name, ()), shown) for name in NAME[1:])
        if isinstance(family, Damaged) or isinstance(given, Damaged) or (family is None and given is None):
            return None
        return join_name(family or EMPTY, given or EMPTY)


@dataclass(slots=True)
class Compiler:
    """Compiles the parts of one table. ats: mapped table → its own id. digests: of what was met that changes reading."""

    table_map: TableMap
    kinds: Mapping[str, Kind]
    at: At
    described: Callable[[str], Field]
    folder: str
    ats: Mapping[str, str]
    digests: list[str] = field(default_factory=list)

    def compile(self, part: PartMap) -> Part:
        kind = self.kinds[part.kind]
        names = shape.ordered_fields(part, kind)
        spots = {name: self._spots(places, kind.field(name)) for name, places in part.fields.items()}
        links = {
            name: tuple(LookUpPlace(p, self.described(p.columns[0]), self.ats) for p in places if p.ref)
            for name, places in part.relations.items()
        }
        has_halves = NAME[0] in names and shape.has_names(kind)
        return Part(
            part,
            kind,
            _shape(part, kind, names, spots),
            tuple(_reader(name, spots, links, kind) for name in names),
            spots,
            {name: found for name, found in links.items() if found},
            _identifying(names, part, kind),
            self._via(part),
            self._inner(part, names),
            (names.index(NAME[0]), names.index(NAME[1]), names.index(NAME[2])) if has_halves else None,
        )

    def _spots(self, places: Iterable[Place], definition: FieldDef) -> tuple[Spot, ...]:
        made = []
        for place in places:
            fields = tuple(self.described(column) for column in place.columns)
            at = replace(self.at, field=fields[0] if len(fields) == 1 else Field(EMPTY, EMPTY), format=place.format)
            hook = hooks.load(place, self.folder)
            self.digests += [hook.digest] if hook else []
            self.digests += [json.dumps(one.options) for one in fields if one.options]
            self.digests += [self.at.people.digest] if definition.type == "staff" and self.at.people else []
            template = compile_template(place.template) if place.template else None
            made.append(compile_spot(place, definition, TYPES[definition.type], fields, at, hook, template))
        return tuple(made)

    def _via(self, part: PartMap) -> tuple[int, int] | None:
        """Where a dotted part's look-up stands: (part, place in its values)."""
        if part.via is None:
            return None
        order = [one.name for one in self.table_map.parts]
        owner = self.table_map.part(part.via[0])
        if order.index(owner.name) >= order.index(part.name):
            raise ConfigError(
                "{file}: part `{part}` stands before `{via}`, which leads to it",
                file=self.table_map.file, part=part.name, via=owner.name,
            )  # fmt: skip
        names = shape.ordered_fields(owner, self.kinds[owner.kind])
        return order.index(owner.name), names.index(part.via[1])

    def _inner(self, part: PartMap, names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
        order = [one.name for one in self.table_map.parts]
        inner = ((name, place.part) for name, places in part.relations.items() for place in places if place.part)
        return tuple((names.index(name), order.index(target)) for name, target in inner)


def _shape(part: PartMap, kind: Kind, names: tuple[str, ...], spots: Mapping[str, tuple[Spot, ...]]) -> PartShape:
    sets = {name: tuple(map(_slot, found)) for name, found in spots.items() if kind.field(name).many}
    blanks: dict[str, Canonical] = {}
    for name, found in spots.items():
        if len(found) == 1 and found[0].fields and found[0].field.blank is not None and name not in sets:
            blanks[name] = found[0].cell(found[0].field.blank)
    return PartShape(
        part.name,
        part.kind,
        names,
        sets,
        shape.written_fields(part, kind, only=False),
        shape.written_fields(part, kind, only=True),
        shape.derived_fields(part, kind),
        shape.copied_fields(part, kind),
        blanks,
    )


def _slot(spot: Spot) -> Slot:
    place = spot.place
    holds_many = bool(place.split) or (bool(spot.fields) and spot.fields[0].many) or spot.type.name == "note"
    column = place.columns[0] if place.columns else EMPTY
    writes = place.writes and place.constant is None
    return Slot(column, None if holds_many else 1, place.reads, writes, place.sort)


_PLACEHOLDER: Final = "placeholder"
_TEXT: Final = frozenset({str})


def _is_filled(value: Canonical) -> bool:
    """What is unreadable is filled all the same; a sign that somebody put there for nothing is not."""
    if isinstance(value, tuple):
        return any(_is_filled(slot) for slot in value)
    if isinstance(value, Damaged):
        return value.code != _PLACEHOLDER
    return bool(value)


def _take_apart(values: list[Canonical], name: int, family: int, given: int) -> None:
    """A part that shows its whole name gets the two halves for show; a damaged one damages them."""
    whole = values[name]
    if isinstance(whole, str):
        halves = split_name(whole)
        values[family] = halves[0] if values[family] is None else values[family]
        values[given] = halves[1] if values[given] is None else values[given]
    elif isinstance(whole, Damaged):
        values[family] = whole if values[family] is None else values[family]
        values[given] = whole if values[given] is None else values[given]


def _taken_apart(
    names: Sequence[Canonical], families: Sequence[Canonical], givens: Sequence[Canonical]
) -> tuple[Sequence[Canonical], Sequence[Canonical]]:
    """The columns of both halves."""
    is_shown = any(one is not None for half in (families, givens) for one in half)
    if not is_shown and _TEXT.issuperset(map(type, names)):
        halves = [split_name(name) for name in names]  # type: ignore[arg-type]
        return [half[0] for half in halves], [half[1] for half in halves]
    rows = [[name, family, given] for name, family, given in zip(names, families, givens)]
    for row in rows:
        _take_apart(row, 0, 1, 2)
    return [row[1] for row in rows], [row[2] for row in rows]


def _reader(
    name: str, spots: Mapping[str, tuple[Spot, ...]], links: Mapping[str, tuple[LookUpPlace, ...]], kind: Kind
) -> Reader:
    """The function that reads one field of a part."""
    if name in links:
        return _link_reader(links[name])
    if name not in spots:
        return _name_reader(spots) if name == NAME[0] and shape.has_names(kind) else nothing
    readers = tuple(spot.read for spot in spots[name])
    if kind.field(name).many:
        return OneSlot(readers[0]) if len(readers) == 1 else SeveralSlots(readers)
    heard = tuple(spot.read for spot in spots[name] if spot.place.reads) or readers
    return heard[0] if len(heard) == 1 else _first_reader(heard)


def _first_reader(readers: tuple[FieldReader, ...]) -> Reader:
    """Several places, one field: the first that is not empty; None where one of them is not visible."""

    def read(fields: Fields) -> Canonical:
        found = [one(fields) for one in readers]
        if any(value is None for value in found):
            return None
        return next((value for value in found if value), EMPTY)

    return read


def _name_reader(spots: Mapping[str, tuple[Spot, ...]]) -> Reader:
    """The whole name of a part that shows its halves only."""
    family_spots, given_spots = spots.get(NAME[1], ()), spots.get(NAME[2], ())

    def read(fields: Fields) -> Canonical:
        family, given = _one_of(family_spots, fields), _one_of(given_spots, fields)
        if (family is None and family_spots) or (given is None and given_spots):
            return None
        broken = next((half for half in (family, given) if isinstance(half, Damaged)), None)
        return broken or join_name(str(family or EMPTY), str(given or EMPTY))

    return read


def _one_of(spots: tuple[Spot, ...], fields: Fields) -> str | Damaged | None:
    heard = tuple(spot.read for spot in spots if spot.place.reads) or tuple(spot.read for spot in spots)
    if not heard:
        return None
    return _first_reader(heard)(fields)  # type: ignore[return-value]


def _link_reader(links: tuple[LookUpPlace, ...]) -> Reader:
    if not links:
        return Always(EMPTY)  # a part of the same record; read() fills it in
    heard = [link for link in links if link.place.reads] or list(links)
    readers = tuple(Remembered(link.place.columns[0], link.read, _each(link)) for link in heard)
    return readers[0] if len(readers) == 1 else _first_reader(readers)


def _each(link: LookUpPlace) -> Texts:
    return lambda texts: [link.read(text) for text in texts]


def _identifying(names: tuple[str, ...], part: PartMap, kind: Kind) -> tuple[int, ...]:
    """Where the fields stand that make the part exist: the kind's, else any that is no constant and no relation."""
    if not kind.exists:
        constants = {name for name, places in part.fields.items() if all(p.constant is not None for p in places)}
        return tuple(at for at, name in enumerate(names) if name in part.fields and name not in constants)
    return tuple(at for at, name in enumerate(names) if name in kind.exists or name.partition(".")[0] in kind.exists)
