"""How does a record become canonical values, and how does a canonical value go back into a record? (DESIGN §5)

A Converter is compiled once for a table as it is described now; reading a record is then a list of small functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from connectors.contract import Damaged, Field, Fields, Said, Table, Value
from mappings.conversion import shape
from mappings.conversion.columns import Rows
from mappings.conversion.lookups import LookUpPlace, inside, lookup_text
from mappings.conversion.parts import Compiler, Part
from mappings.conversion.reading import Spot
from mappings.conversion.shape import NAME, PartShape, Slot
from mappings.conversion.show import shows
from mappings.conversion.where import conditions
from mappings.conversion.writing import raw_as, write_single, write_slot
from mappings.kinds import Kind
from mappings.model import Place, TableMap
from mappings.people import People
from mappings.types import CANONICALISER, TYPES
from mappings.types.base import EMPTY, At, Cannot, Canonical, SemanticType
from mappings.types.cleaning import clean
from mappings.types.names import split_name

__all__ = ["Canonical", "Converter", "PartShape", "Slot", "Written", "lookup_text"]

Values: TypeAlias = "tuple[Canonical, ...]"
Piece: TypeAlias = "Mapping[str, Value] | Cannot"


@dataclass(frozen=True, slots=True)
class Written:
    """after: column → raw value, only of what changes (None clears). cannot: why it cannot be said there, or "".

    lens: it cannot because it would not read back, which is the mapping's fault and not the value's.
    """

    after: Mapping[str, Value] = field(default_factory=dict)
    cannot: Said | str = EMPTY
    lens: bool = False


class Converter:
    """One table's mapping at work. Raises ConfigError for what only the described table or a hook's file can show.

    tables: the workspace's table maps by id, which tell the tables that look-ups point into, and the columns here that
    other tables' look-ups compare with (`by`). also: further columns to ask for (the one that says who holds a record).
    """

    def __init__(
        self,
        table_map: TableMap,
        table: Table,
        kinds: Mapping[str, Kind],
        people: People | None = None,
        *,
        region: str = "CN",
        timezone: str = "Asia/Shanghai",
        formal: bool = False,
        folder: str | Path = ".",
        tables: Mapping[str, TableMap] | None = None,
        also: Iterable[str] = (),
    ) -> None:
        self.map = table_map
        self.table = table
        self.kinds = kinds
        self.people = people or People()
        self.formal = formal
        self.timezone = timezone
        self._at = At(region=region, zone=timezone, source=table_map.source, people=self.people)
        self._fields = {one.id: one for one in table.fields}
        self._named = {clean(one.name): one for one in reversed(table.fields)}
        ats = {id_: one.at for id_, one in (tables or {}).items()}
        compiler = Compiler(table_map, kinds, self._at, self._field, str(folder), ats)
        self._parts = tuple(compiler.compile(part) for part in table_map.parts)
        self._by_name = {part.map.name: part for part in self._parts}
        self._where = conditions(table_map.where)
        self.parts: tuple[PartShape, ...] = tuple(part.shape for part in self._parts)
        self.columns: tuple[str, ...] = _columns(table_map, (*_by_columns(table_map, tables or {}), *also))
        self.version: str = _version(table_map, kinds, self._at, compiler.digests)

    def _field(self, column: str) -> Field:
        found = self._fields.get(column) or self._named.get(clean(column))
        return found or Field(column, column)

    # -------------------------------------------------------------------------- reading

    def read(self, fields: Fields) -> tuple[Values | None, ...]:
        """The values of each part, aligned with parts[n].fields; None for a part that this record does not have.

        A field with a column that is not visible is None. Never raises on any value.
        """
        found: list[list[Canonical]] = []
        there: list[bool] = []
        for part in self._parts:
            values = part.values(fields)
            found.append(values)
            there.append(part.exists(values, found, there))
        for part, values in zip(self._parts, found):
            for at, target in part.inner:
                values[at] = inside(self._parts[target].map.name) if there[target] else EMPTY
        return tuple(tuple(values) if is_there else None for values, is_there in zip(found, there))

    def read_all(self, records: Sequence[Fields]) -> list[tuple[Values | None, ...]]:
        """read() of many records, for far less than each by itself."""
        rows = Rows(records)
        found: list[list[Sequence[Canonical]]] = []
        there: list[Sequence[bool]] = []
        for part in self._parts:
            values = part.columns(rows)
            found.append(values)
            there.append(part.existing(values, found, there, len(rows)))
        for part, values in zip(self._parts, found):
            for at, target in part.inner:
                said = inside(self._parts[target].map.name)
                values[at] = [said if is_there else EMPTY for is_there in there[target]]
        return list(zip(*(_of_part(values, is_there) for values, is_there in zip(found, there))))

    def read_field(self, part: str, name: str, fields: Fields) -> Canonical:
        """One field as read() would give it if the part existed; relations inside the record are ""."""
        one = self._by_name[part]
        return one.values(fields)[one.shape.fields.index(name)]

    def passes(self, fields: Fields) -> bool:
        """The table's `where`: an empty cell passes `{empty: true}` and `{not: …}`, as reading too much is harmless."""
        return not self._where or all(condition(fields) for condition in self._where)

    # -------------------------------------------------------------------------- writing

    def write(
        self, part: str, name: str, value: Canonical, shown: Fields, golden: Mapping[str, Canonical] | None = None
    ) -> Written:
        """The columns that must change so that the field reads as `value`; nothing where it does already.

        shown: what the record shows now ({} for a new one). golden: for templates, by `name`, `works_at.short_name`.
        Of a set `value` has an entry for each slot. Of a look-up it is the target's key (or `by` value), alone or as
        read() gives it. Damaged and absent values, damaged slots and relations inside the record write nothing.
        """
        one = self._by_name[part]
        if value is None or isinstance(value, Damaged):
            return Written()
        if isinstance(value, tuple):
            return _write_set(one, name, value, shown)
        if name in one.links:
            return _gathered(_write_link(link, value, shown) for link in one.links[name])
        known = {**(golden or {}), name: value}
        if name == NAME[0] and one.halves is not None:
            return self._write_name(one, value, shown, known)
        return _gathered(self._write_spot(one, spot, value, shown, known) for spot in one.writing(name))

    def on_create(self, after: Fields) -> dict[str, Value]:
        """What the mapping puts into columns that nothing else fills in a new record."""
        made: dict[str, Value] = {}
        for column, text in self.map.on_create.items():
            if after.get(column) in (None, EMPTY):
                raw = raw_as(text, self._field(column))
                made[column] = text if isinstance(raw, Cannot) else raw
        return made

    def places(self, part: str, name: str) -> tuple[str, ...]:
        """The columns that write() may touch for this field."""
        one = self._by_name[part]
        names = NAME if name == NAME[0] and one.halves is not None else (name,)
        spots = [spot.place for each in names for spot in one.writing(each)]
        links = [link.place for link in one.links.get(name, ()) if link.place.writes]
        return tuple(dict.fromkeys(shape.columns_of([*spots, *links])))

    def is_lossy(self, part: str, name: str) -> bool:
        """Whether a place of the field says `lossy`."""
        return any(spot.place.lossy for spot in self._by_name[part].spots.get(name, ()))

    def comes_back(self, part: str, name: str) -> bool:
        """Whether a column of the field is both read and written, so that the lens law can be seen to hold."""
        one = self._by_name[part]
        names = NAME if name == NAME[0] and one.halves is not None else (name,)
        places = [spot.place for each in names for spot in one.writing(each)]
        return any(
            place.reads and place.writes for place in [*places, *(link.place for link in one.links.get(name, ()))]
        )

    def type_of(self, part: str, name: str) -> SemanticType | None:
        """The semantic type of a field; None for a relation."""
        return TYPES.get(self._by_name[part].kind.field(name).type)

    def _write_spot(self, part: Part, spot: Spot, value: str, shown: Fields, golden: Mapping[str, Canonical]) -> Piece:
        return write_single(spot, value, shown, golden, shows(part.kind, self.kinds, self._at))

    def _write_name(self, part: Part, value: str, shown: Fields, golden: Mapping[str, Canonical]) -> Written:
        """Into the place of the whole name, and into those of its two halves (both or neither)."""
        whole = [self._write_spot(part, spot, value, shown, golden) for spot in part.writing(NAME[0])]
        halves = [(spot, half) for name, half in zip(NAME[1:], split_name(value)) for spot in part.writing(name)]
        if not halves or part.joined(shown) == value:
            return _gathered(whole)
        if not whole and len({spot.definition.name for spot, _ in halves}) == 1:
            halves = [(spot, value) for spot, _ in halves]  # one column for all of it
        pieces = [self._write_spot(part, spot, half, shown, golden) for spot, half in halves]
        cannot = next((piece for piece in pieces if isinstance(piece, Cannot)), None)
        return _gathered([*whole, *(pieces if cannot is None else [cannot])])


def _of_part(values: Sequence[Sequence[Canonical]], there: Sequence[bool]) -> Sequence[Values | None]:
    rows = list(zip(*values)) if values else [()] * len(there)
    return rows if all(there) else [row if is_there else None for row, is_there in zip(rows, there)]


def _write_set(part: Part, name: str, value: Values, shown: Fields) -> Written:
    spots = part.spots.get(name, ())
    if len(value) != len(spots):
        raise ValueError(f"{name} has {len(spots)} places, not {len(value)}")
    return _gathered(write_slot(spot, one, shown) for spot, one in zip(spots, value) if isinstance(one, str))


def _write_link(link: LookUpPlace, value: str, shown: Fields) -> Piece:
    column = link.place.columns[0]
    if not link.place.writes or link.is_there(link.read(shown.get(column)), value):
        return {}
    raw = link.write(value)
    return raw if isinstance(raw, Cannot) else {column: raw}


def _gathered(pieces: Iterable[Piece]) -> Written:
    after: dict[str, Value] = {}
    refused: list[Cannot] = []
    for piece in pieces:
        if isinstance(piece, Cannot):
            refused.append(piece)
        else:
            after.update(piece)
    return Written(after, refused[0].why if refused else EMPTY, any(one.lens for one in refused))


# ------------------------------------------------------------------------------ columns and version


def _columns(table_map: TableMap, also: Iterable[str]) -> tuple[str, ...]:
    places = [p for part in table_map.parts for found in _places(part.fields, part.relations) for p in found]
    wanted = (*shape.columns_of(places), table_map.key, table_map.offbook_id, *table_map.where, *also)
    return tuple(dict.fromkeys(column for column in wanted if column))


def _places(*maps: Mapping[str, tuple[Place, ...]]) -> list[tuple[Place, ...]]:
    return [places for one in maps for places in one.values()]


def _by_columns(here: TableMap, tables: Mapping[str, TableMap]) -> list[str]:
    """The columns of this table that look-ups of others compare with."""
    parts = (part for one in tables.values() for part in one.parts)
    places = (place for part in parts for found in part.relations.values() for place in found)
    return [place.by for place in places if place.by and here.id in place.ref]


def _version(table_map: TableMap, kinds: Mapping[str, Kind], at: At, digests: list[str]) -> str:
    """Of the mapping, the kinds it uses, region and zone, hooks' files, options, and of the people where staff is read."""
    used = [kinds[name] for name in sorted({part.kind for part in table_map.parts})]
    said = (
        CANONICALISER,
        repr([(p.name, p.kind, p.via, _said(p.fields), _said(p.relations)) for p in table_map.parts]),
        repr([(k.name, k.exists, [(n, f.type, f.many, f.options) for n, f in k.fields.items()]) for k in used]),
        repr((sorted(table_map.where.items(), key=str), table_map.key)),
        repr((at.region, at.zone, table_map.source)),
        *digests,
    )
    return blake2b("\x1e".join(said).encode(), digest_size=16).hexdigest()


def _said(places: Mapping[str, tuple[Place, ...]]) -> str:
    """Without the lines in the file, which say nothing."""
    return repr([(name, [replace(place, line=0) for place in found]) for name, found in places.items()])
