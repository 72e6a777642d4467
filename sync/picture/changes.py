"""What would a plan change, or did it: for whom, from what to what, why, and where does the value come from? (R13a)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.ledger import codec, graph, lists, plans
from sync.ledger.plans import ChangeRow
from sync.picture.opening import Picture
from sync.picture.readers import GUARDED, Reader
from sync.picture.values import Words, name_entities
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden, elements

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one change, in words. rule: its code. origin: the record that said the value."""

    entity: str
    called: str
    kind: str
    unit: str
    before: str
    after: str
    rule: str
    origin: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of one record. where: the record in words, "" for one that is to be created."""

    plan: int
    seq: int
    state: str
    table: str
    op: str
    key: str
    where: str
    entity: str
    called: str
    fields: tuple[FieldChange, ...]
    run: int | None = None
    detail: str = ""


def views(
    picture: Picture, words: Words, who: Reader, plan: int, where: str = "", values: Sequence[object] = ()
) -> Iterator[ChangeView]:
    """A plan's changes that this reader may see, in the plan's order; `where`: SQL behind the plan's number."""
    rows = plans.changes(picture.ledger, picture.c, plan, where, values)
    for at in range(0, len(rows), _CHUNK):
        yield from _Chunk(picture, words, who, rows[at : at + _CHUNK]).views()


@dataclass(slots=True)
class _Chunk:
    picture: Picture
    words: Words
    who: Reader
    rows: Sequence[ChangeRow]
    loaded: list[tuple[ChangeRow, Mapping[str, Any]]] = field(default_factory=list)
    tied: dict[int, dict[str, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    goldens: dict[str, Mapping[str, Golden | SetGolden]] = field(default_factory=dict)
    spots: dict[int, lists.Placed] = field(default_factory=dict)

    def views(self) -> Iterator[ChangeView]:
        self._read()
        for row, got in self.loaded:
            parts = self.tied[row.seq]
            fields = tuple(self._fields(row, got, parts))
            if not fields and (got["fields"] or row.entity not in self.seen):
                continue
            spot = self.spots.get(row.record_id or 0)
            made = row.op == "create" and row.new_key is None
            yield ChangeView(
                plan=row.plan,
                seq=row.seq,
                state=row.state,
                table=self.picture.table_name(row.table_id),
                op=row.op,
                key=row.new_key or row.key or "",
                where=self.words.record(*spot) if spot is not None and not made else row.new_key or "",
                entity=row.entity,
                called=self.words.entity(row.entity),
                fields=fields,
                run=row.run,
                detail=row.detail,
            )

    def _read(self) -> None:
        picture = self.picture
        self.loaded = [(row, codec.load(row.fields)) for row in self.rows]
        records = {row.record_id for row in self.rows if row.record_id}
        known = graph.entity_of(picture.ledger, picture.c, picture.plan, records)
        for row, got in self.loaded:
            parts = dict(got.get("parts", {}))
            for one in got["fields"]:
                parts.setdefault(one[0], known.get((row.record_id or 0, one[0]), row.entity))
            self.tied[row.seq] = parts or {"": row.entity}
        entities = {entity for parts in self.tied.values() for entity in parts.values()}
        self.seen = self.who.sees({*entities, *(row.entity for row in self.rows)})
        rows = graph.entities(picture.ledger, picture.c, picture.plan, sorted(self.seen))
        for one, found in rows.items():
            self.goldens[one] = codec.load_goldens(found.draft if found.draft not in (None, b"{}") else found.golden)
        name_entities(picture, {*self.seen, *self._pointed()})
        self.spots = lists.placed(picture.ledger, picture.c, records | set(self._origins()))

    def _pointed(self) -> set[str]:
        found = (one[n] for _, got in self.loaded for one in got["fields"] for n in (2, 3))
        return {value for value in found if isinstance(value, str) and len(value) == 32}

    def _origins(self) -> Iterator[int]:
        for _, got in self.loaded:
            yield from (_number(one[4]) for one in got["fields"] if one[4])
        for goldens in self.goldens.values():
            for golden in goldens.values():
                if isinstance(golden, SetGolden):
                    yield from (_number(ref) for ref in golden.refs.values() if ref)

    def _fields(self, row: ChangeRow, got: Mapping[str, Any], parts: Mapping[str, str]) -> Iterator[FieldChange]:
        for part, unit, shown, value, ref, rule, *_ in got["fields"]:
            entity = parts.get(part, row.entity)
            kind = self.picture.kinds.get(entity, part.partition(".")[0])
            if entity not in self.seen or (unit in GUARDED and not self._may_read(row.table_id)):
                continue
            before, after = codec.load_value(shown), codec.load_value(value)
            yield FieldChange(
                entity=entity,
                called=self.words.entity(entity),
                kind=kind,
                unit=unit,
                before="" if row.op == "create" else self.words.value(kind, unit, before),
                after=self.words.value(kind, unit, after),
                rule=rule or "lone",
                origin=self._origin(entity, unit, before, after, ref),
            )

    def _may_read(self, table: int) -> bool:
        """What is written into his own source is his to read: the plan's own filter let it through."""
        source = self.picture.run.workspace.sources.get(self.picture.source_of(table))
        return not self.who.staff or (source is not None and source.belongs_to == self.who.staff)

    def _origin(self, entity: str, unit: str, before: Value, after: Value, ref: str) -> str:
        """The records that said it; of a set those that said what is added."""
        golden = self.goldens.get(entity, {}).get(unit)
        refs: Iterable[str] = [ref]
        if isinstance(golden, SetGolden):
            was = elements(before)
            refs = [golden.refs.get(one, "") for one in elements(after) if one not in was]
        spots = [self.spots[_number(one)] for one in refs if one and _number(one) in self.spots]
        return ", ".join(dict.fromkeys(self.words.record(*spot) for spot in spots))


def _number(ref: object) -> int:
    return int(str(ref).partition(":")[0])


__all__ = ["ChangeView", "FieldChange", "views"]
