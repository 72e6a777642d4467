"""What does a mapping file mean for one source: parts, places and directions, with every name looked up? (CONFIG §2)

A draft keeps where each place stands in its file, so that what is wrong between places can be told there (checks.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from connectors.contract import Said, say
from connectors.settings import Faults, Tree, Way, listed, meant, shown
from mappings.kinds import FieldDef, Kind
from mappings.model import PartMap, Place, TableMap
from mappings.places import Names, Spot, no_field, place_of
from mappings.schema import MappingFile, PlaceFile


@dataclass(slots=True)
class PartDraft:
    """A part while it is read. ways: where each place of a field or relation stands in the file."""

    name: str
    kind: Kind
    via: tuple[str, str] | None = None
    fields: dict[str, list[Place]] = field(default_factory=dict)
    relations: dict[str, list[Place]] = field(default_factory=dict)
    ways: dict[str, list[Way]] = field(default_factory=dict)

    def put(self, name: str, place: Place, way: Way, *, relation: bool = False) -> None:
        (self.relations if relation else self.fields).setdefault(name, []).append(place)
        self.ways.setdefault(name, []).append(way)

    def places(self) -> Iterator[tuple[str, Place, Way]]:
        """Fields and relations with their places, in the order of the file within each."""
        for name, places in (*self.fields.items(), *self.relations.items()):
            for place, way in zip(places, self.ways[name]):
                yield name, place, way

    def definition(self, name: str) -> FieldDef:
        return self.kind.field(name)

    def made(self) -> PartMap:
        fields = {name: tuple(places) for name, places in self.fields.items()}
        relations = {name: tuple(places) for name, places in self.relations.items()}
        return PartMap(self.name, self.kind.name, fields, relations, self.via)


@dataclass(slots=True)
class Draft:
    """One table of one source, with the file it came from."""

    tree: Tree
    file: MappingFile
    table: TableMap
    parts: list[PartDraft]


def draft_of(tree: Tree, file: MappingFile, table: str, names: Names, faults: Faults, *, formal: bool) -> Draft:
    """The file as it holds for one table; unknown names and impossible places are in `faults`."""
    source, _, alias = table.partition(".")
    parts: list[PartDraft] = []
    for name, body in file.record.items():
        kind = names.kinds.get(name.partition(".")[0])
        if kind is None or name.count(".") > 1 or name.endswith("."):
            tree.fault(faults, ("record", name), no_kind(name, names.kinds))
            continue
        reader = _PartReader(tree, file, names, faults, formal=formal)
        parts += reader.read(PartDraft(name, kind), body)
    parts = _renamed(parts)
    made = tuple(part.made() for part in parts)
    table_map = TableMap(
        source,
        alias,
        file.at or alias,
        made,
        _subject(made),
        file.key,
        file.offbook_id,
        file.modified,
        {column: wanted.plain() for column, wanted in file.where.items()},
        dict(file.on_create),
        tree.file,
        _version(file, made, names.kinds),
    )
    return Draft(tree, file, table_map, parts)


class _PartReader:
    """Reads one part of the record; fields of the linked record (`works_at.phones`) become parts of their own."""

    def __init__(self, tree: Tree, file: MappingFile, names: Names, faults: Faults, *, formal: bool) -> None:
        self.tree, self.file, self.names, self.faults, self.formal = tree, file, names, faults, formal

    def read(self, part: PartDraft, body: Mapping[str, tuple[PlaceFile, ...]]) -> list[PartDraft]:
        linked: dict[str, PartDraft] = {}
        relations = part.kind.relations()
        for name, places in body.items():
            way = ("record", part.name, name)
            head, dot, rest = name.partition(".")
            if dot and head in relations:
                self._linked(part, linked, (head, rest), places, way)
            elif name in relations:
                self._relation(part, name, places, way)
            elif name in part.kind.fields:
                self._field(part, name, places, way)
            else:
                self.tree.fault(self.faults, way, no_field(part.kind, name))
        return [part, *linked.values()]

    def _linked(
        self,
        part: PartDraft,
        linked: dict[str, PartDraft],
        names: tuple[str, str],
        places: tuple[PlaceFile, ...],
        way: Way,
    ) -> None:
        relation, name = names
        kind = self.names.kinds.get(part.kind.relations()[relation])
        if kind is None:
            return
        if name not in kind.fields or name in kind.relations():
            self.tree.fault(self.faults, way, no_field(kind, name))
            return
        target = linked.setdefault(relation, PartDraft(relation, kind, (part.name, relation)))
        self._field(target, name, places, way)

    def _field(self, part: PartDraft, name: str, places: tuple[PlaceFile, ...], way: Way) -> None:
        for index, written in enumerate(places):
            at = (*way, index)
            line, _ = self.tree.spot(at)
            spot = Spot(part.kind, part.kind.fields[name], self.names, self.say, at, line, self.formal)
            place = place_of(written, spot)
            if place is not None:
                part.put(f"{name}.{place.sort}" if name == "identifiers" else name, place, at)

    def _relation(self, part: PartDraft, name: str, places: tuple[PlaceFile, ...], way: Way) -> None:
        for index, written in enumerate(places):
            at = (*way, index)
            self._only_a_relation(written, at)
            line, _ = self.tree.spot(at)
            direction = written.direction or ("both" if self.formal or part.kind.name != "interaction" else "pull")
            if written.ref:
                if len(written.columns) != 1:
                    self.say(at, say("a look-up reads one column; write {from: column, ref: source.table}"))
                    continue
                place = Place(written.columns, direction, ref=written.ref, by=written.by, line=line)
            else:
                place = Place(direction=direction, part=" ".join(written.columns), line=line)
                self._part_there(part, name, place.part, at)
            part.put(name, place, at, relation=True)

    def _only_a_relation(self, written: PlaceFile, way: Way) -> None:
        for key in sorted(written.model_fields_set - {"columns", "direction", "ref", "by"}):
            alias = PlaceFile.model_fields[key].alias or key
            self.say(
                (*way, alias),
                say("`{key}` is for fields; a relation takes `from`, `ref`, `by` and `direction`", key=alias),
            )
        if written.by and not written.ref:
            self.say((*way, "by"), say("`by` is a column of the table in `ref`, so write `ref` as well"))

    def _part_there(self, part: PartDraft, relation: str, target: str, way: Way) -> None:
        goes_to = part.kind.relations()[relation]
        others = [name for name in self.file.record if name != part.name]
        fitting = [name for name in others if name.partition(".")[0] == goes_to]
        if target in others and target not in fitting:
            told = say(
                "`{relation}` goes to {kind}, and `{name}` is none", relation=relation, kind=goes_to, name=target
            )
            self.say(way, told)
        elif target not in fitting:
            self.say(way, _no_part(target, fitting or others))

    def say(self, way: Way, text: Said) -> None:
        self.tree.fault(self.faults, way, text)


def no_kind(name: str, kinds: Mapping[str, Kind]) -> Said:
    """CONFIG §5, 25."""
    return meant(
        lambda near: say(
            "no kind is called `{name}` (a part is called by its kind, a second one `person.second`);"
            " did you mean `{near}`?",
            name=shown(name),
            near=near,
        ),
        lambda every: say(
            "no kind is called `{name}` (a part is called by its kind, a second one `person.second`);"
            " there is: {every}",
            name=shown(name),
            every=every,
        ),
        name.partition(".")[0],
        list(kinds),
    )


def _no_part(target: str, parts: list[str]) -> Said:
    return say(
        "`{name}` is not a part of this record (for a look-up column write {{from: {name}, ref: source.table}});"
        " there is: {parts}",
        name=shown(target),
        parts=listed(parts) or "–",
    )


def _renamed(parts: list[PartDraft]) -> list[PartDraft]:
    """Linked parts are called by their relation; by part and relation where several parts have one of that name."""
    linked = [part for part in parts if part.via]
    for part in linked:
        if part.via and sum(other.via is not None and other.via[1] == part.via[1] for other in linked) > 1:
            part.name = ".".join(part.via)
    return parts


def _subject(parts: tuple[PartMap, ...]) -> str:
    """The part that no other points to; where several do not, the one that they all point to (CONFIG, "Subject")."""
    own = [part for part in parts if part.via is None]
    points = {part.name: {place.part for places in part.relations.values() for place in places} for part in own}
    pointed = set().union(*points.values()) if points else set()
    free = [part.name for part in own if part.name not in pointed]
    if len(free) == 1:
        return free[0]
    common = set.intersection(*(points[name] for name in free)) - {""} if free else set()
    return common.pop() if len(common) == 1 else ""


def _version(file: MappingFile, parts: tuple[PartMap, ...], kinds: Mapping[str, Kind]) -> str:
    """Digest of what changes what is read: places that read with their fields' types, key columns and `where`."""
    said: list[object] = [file.at, file.key, file.offbook_id, file.modified]
    said.append(sorted((column, str(wanted.plain())) for column, wanted in file.where.items()))
    for part in parts:
        for name, places in (*part.fields.items(), *part.relations.items()):
            one = kinds[part.kind].field(name)
            read = [_read(place) for place in places if place.reads or one.many]
            said.append([part.name, part.via, name, one.type, one.many, read])
    return blake2b(json.dumps(said, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def _read(place: Place) -> list[object]:
    return [
        *(place.columns, place.constant, place.sort, place.values, place.split, place.join, place.format),
        *(place.python_read or place.python, place.part, place.ref, place.by),
    ]
