"""Which entity does a relation of a part point to now? (DESIGN §5 "A record has parts"; CONFIG "Relations")"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.contract import Damaged
from mappings.convert import lookup_text
from sync.context import Run, TableState
from sync.ledger import codec, graph, staging
from sync.rules.cell import EMPTY, Value
from sync.sides import Side, extract
from sync.units import Form

SPLIT = "\x1f"
"""Between table, column and value in a look-up's canonical text (mappings.convert)."""
HERE = "@"
"""A relation to a part of the same record is this and the part's name."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a look-up's text names: a table of the workspace and a key, or a value of one of its columns."""

    table: str
    value: str
    column: str = ""


def target_of(text: str) -> Target | None:
    """None for a part of the same record."""
    if text.startswith(HERE):
        return None
    table, first, *rest = text.split(SPLIT)
    return Target(table, rest[0], first[1:]) if rest else Target(table, first)


@dataclass(slots=True)
class Pointers:
    """Finds the records that look-ups name, each once in a run; `by` columns are indexed when they are first asked."""

    run: Run
    columns: dict[tuple[str, str], dict[str, list[int]]] = field(default_factory=dict)

    def records(self, c: Connection, targets: Iterable[Target]) -> dict[Target, list[int]]:
        wanted = set(targets)
        found: dict[Target, list[int]] = {}
        for name in {t.table for t in wanted}:
            table = self.run.tables.get(name)
            if table is None:
                continue
            keys = {t.value for t in wanted if t.table == name and not t.column}
            by_key = graph.records_by_key(self.run.ledger, c, table.id, keys)
            for one in (t for t in wanted if t.table == name):
                if one.column:
                    found[one] = self._column(c, table, one.column).get(one.value, [])
                elif one.value in by_key:
                    found[one] = [by_key[one.value]]
        return found

    def _column(self, c: Connection, table: TableState, column: str) -> dict[str, list[int]]:
        known = self.columns.get((table.name, column))
        if known is None:
            known = {}
            ids = [row.id for row in staging.all_stored(self.run.ledger, c, table.id)]
            for record, raw in staging.raws(self.run.ledger, c, ids).items():
                text = lookup_text(codec.load_raw(raw).get(column))
                if text:
                    known.setdefault(text, []).append(record)
            self.columns[table.name, column] = known
        return known


def part_for(table: TableState, kind: str) -> str | None:
    """The part of a table's records that a relation to this kind means: the subject, else the first of the kind."""
    parts = [p.map for p in table.parts if p.map.kind == kind and p.map.via is None]
    subject = next((p.name for p in parts if p.name == table.map.subject), None)
    return subject or (parts[0].name if parts else None)


def relate(run: Run, c: Connection, pointers: Pointers, sides: Sequence[Side]) -> None:
    """Fills `related` of each side: an entity, "" for nobody, Damaged where the look-up names no record, or several."""
    asked: list[tuple[Side, str, str, str]] = []
    for side in sides:
        for name, view in side.part.views.items():
            if view.unit.form is Form.RELATION:
                text = extract(side.values, view)
                if isinstance(text, str) and text != EMPTY:
                    asked.append((side, name, text, view.unit.field.relation))
                else:
                    side.related[name] = text
    targets = {text: target_of(text) for _, _, text, _ in asked}
    records = pointers.records(c, [t for t in targets.values() if t is not None])
    wanted = {record for found in records.values() for record in found} | {side.record.id for side, *_ in asked}
    entities = graph.entity_of(run.ledger, c, run.plan, wanted)
    for side, name, text, kind in asked:
        side.related[name] = _pointed(run, side, targets[text], text, kind, records, entities)


def _pointed(
    run: Run,
    side: Side,
    target: Target | None,
    text: str,
    kind: str,
    records: dict[Target, list[int]],
    entities: dict[tuple[int, str], str],
) -> Value:
    if target is None:
        return entities.get((side.record.id, text[len(HERE) :]), EMPTY)
    found = records.get(target, [])
    if len(found) != 1:
        return Damaged("no_such_record" if not found else "several_records", target.value)
    table = run.tables[target.table]
    part = part_for(table, kind)
    entity = entities.get((found[0], part)) if part else None
    return entity if entity is not None else Damaged("no_such_record", target.value)
