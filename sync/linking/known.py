"""What does matching see of parts: their own values only, never our echo? (RULES R3b)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

import matching
from sync.context import PartView, Run, TableState
from sync.ledger import codec, graph
from sync.linking.relate import HERE, Pointers, Target, part_for, target_of
from sync.units import Form

PartKey = tuple[int, str]
"""(record, part)."""
Value = Any


@dataclass(slots=True)
class Parts:
    """Parts of one kind as columns. refs: whose row it is; entity: the known one, or ""."""

    kind: str
    refs: list[PartKey] = field(default_factory=list)
    tables: list[TableState] = field(default_factory=list)
    values: list[dict[str, Value]] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    employers: list[str] = field(default_factory=list)
    first_runs: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.refs)

    def add(self, ref: PartKey, table: TableState, values: dict[str, Value], entity: str, first_run: int) -> None:
        self.refs.append(ref)
        self.tables.append(table)
        self.values.append(values)
        self.entities.append(entity)
        self.employers.append("")
        self.first_runs.append(first_run)

    def batch(self, run: Run) -> matching.Batch:
        """The columns as matching takes them; entities and employers become numbers by first appearance."""
        kind = run.workspace.kinds[self.kind]
        names = dict.fromkeys(name for values in self.values for name in values)
        columns = {name: [values.get(name) for values in self.values] for name in names}
        types = {} if kind.built_in else {name: one.type for name, one in kind.fields.items()}
        alone = {t.source.place for t in self.tables if t.source.no_duplicates}
        return matching.Batch(
            kind=self.kind,
            values=columns,
            source=[table.source.place for table in self.tables],
            table=[table.id for table in self.tables],
            entity=_numbers(self.entities),
            employer=_numbers(self.employers),
            alone=alone,
            identify=kind.identify,
            types=types,
        )


def _numbers(texts: Sequence[str]) -> list[int]:
    seen: dict[str, int] = {}
    return [seen.setdefault(text, len(seen)) if text else -1 for text in texts]


def collect(run: Run, c: Connection, pointers: Pointers, parts: Parts, wanted: Iterable[tuple[PartKey, str]]) -> None:
    """Adds parts with their own values; `wanted`: (record, part) and the entity it is linked to, or ""."""
    asked = list(wanted)
    ids = {ref[0] for ref, _ in asked}
    records = graph.records(run.ledger, c, ids)
    echoes = graph.echoes(run.ledger, c, [ref[0] for ref, entity in asked if entity])
    people: list[tuple[int, str]] = []
    for ref, entity in asked:
        record = records.get(ref[0])
        table = run.by_id.get(record.table_id) if record is not None else None
        part = next((p for p in table.parts if p.map.name == ref[1]), None) if table is not None else None
        if record is None or table is None or part is None:
            continue
        shown = codec.load_parts(record.canon)
        values = shown[part.place]
        if values is None:
            continue
        own = own_values(part, values, echoes.get(ref))
        _beside(run, table, part, shown, own)
        people.append((len(parts), _employer_text(part, values)))
        parts.add(ref, table, own, entity, record.first_run)
    _employers(run, c, pointers, parts, people)


def own_values(part: PartView, values: Sequence[Any], echo: Mapping[str, Any] | None) -> dict[str, Value]:
    """Field → own value: texts, and tuples of elements for sets; what is ours is left out or is what it was before."""
    out: dict[str, Value] = {}
    echo = echo or {}
    for name, view in part.views.items():
        if view.unit.form is Form.RELATION:
            continue
        ours = echo.get(name)
        if view.unit.form is Form.SET:
            mine = set(ours[1:]) if ours else set()
            got = values[view.at[0]]
            out[name] = tuple(
                e for slot in got or () if isinstance(slot, str) for e in slot.split("\n") if e and e not in mine
            )
            continue
        if ours and ours[0] & 2:
            before = codec.load_value(ours[1])
            if isinstance(before, str) and before:
                out[view.unit.fields[0]] = before
            continue
        for field_, at in zip(view.unit.fields, view.at, strict=True):
            if at >= 0 and isinstance(values[at], str) and values[at]:
                out[field_] = values[at]
    for name in ("family_name", "given_name"):
        if "name" in out and name in part.shape.fields:
            got = values[part.shape.fields.index(name)]
            if isinstance(got, str) and got:
                out[name] = got
    return {name: value for name, value in out.items() if value not in ((), "")}


def _beside(
    run: Run, table: TableState, part: PartView, shown: Sequence[list[Any] | None], own: dict[str, Value]
) -> None:
    """What else the same record says: a person's company, an organisation's people."""
    kinds = run.workspace.kinds
    for relation, to in kinds[part.map.kind].relations().items():
        for place in part.map.relations.get(relation, ()):
            other = next((p for p in table.parts if p.map.name == place.part), None) if place.part else None
            values = shown[other.place] if other is not None else None
            if other is not None and values is not None and to == "organisation":
                said = own_values(other, values, None)
                own.update({f"{relation}.{name}": said[name] for name in ("name", "website") if name in said})
    if part.map.kind == "organisation":
        found: list[str] = []
        for other in table.parts:
            values = shown[other.place]
            if other.map.kind == "person" and values is not None:
                said = own_values(other, values, None)
                found += [*said.get("phones", ()), *said.get("emails", ()), *filter(None, [said.get("wechat")])]
        if found:
            own["people"] = tuple(found)


def _employer_text(part: PartView, values: Sequence[Any]) -> str:
    """The canonical text of the relation to the organisation a person works at."""
    view = part.views.get("works_at")
    got = values[view.at[0]] if view is not None else None
    return got if isinstance(got, str) else ""


def _employers(run: Run, c: Connection, pointers: Pointers, parts: Parts, asked: Sequence[tuple[int, str]]) -> None:
    """Resolves each person's organisation to its entity, and takes its name where the record does not say it."""
    targets = {text: target_of(text) for _, text in asked if text}
    records = pointers.records(c, [t for t in targets.values() if t is not None])
    ids = {record for found in records.values() for record in found} | {
        parts.refs[row][0] for row, text in asked if text
    }
    entities = graph.entity_of(run.ledger, c, run.plan, ids)
    names: dict[int, list[tuple[int, str]]] = {}
    for row, text in asked:
        if not text:
            continue
        target = targets[text]
        if target is None:
            parts.employers[row] = entities.get((parts.refs[row][0], text[len(HERE) :]), "")
            continue
        found = records.get(target, [])
        part = part_for(run.tables[target.table], "organisation") if len(found) == 1 else None
        if part is not None:
            parts.employers[row] = entities.get((found[0], part), "")
            names.setdefault(found[0], []).append((row, part))
    _company_names(run, c, parts, names)


def _company_names(run: Run, c: Connection, parts: Parts, rows: Mapping[int, Sequence[tuple[int, str]]]) -> None:
    for record in graph.records(run.ledger, c, rows).values():
        table = run.by_id.get(record.table_id)
        if table is None:
            continue
        shown = codec.load_parts(record.canon)
        for row, name in rows[record.id]:
            part = table.part(name)
            values = shown[part.place]
            said = own_values(part, values, None) if values is not None else {}
            for key in ("name", "website"):
                if key in said:
                    parts.values[row].setdefault(f"works_at.{key}", said[key])


def parse_echo(data: bytes | None) -> dict[str, Any]:
    return orjson.loads(data) if data else {}


__all__ = ["PartKey", "Parts", "Target", "collect", "own_values", "parse_echo"]
