"""How do two entities become one? (RULES R19a, R3d; in tonight's draft only)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from sync.agreeing.merge import cases
from sync.context import Question, Run
from sync.decisions import Sort, open_decisions
from sync.ledger import codec, graph, plans
from sync.ledger.graph import EntityRow, LinkRow
from sync.ledger.plans import EntityDraft
from sync.linking.relate import Pointers
from sync.rules.cell import Cell, Golden, Value, own_value
from sync.rules.join import join as join_field
from sync.rules.sets import SetGolden
from sync.rules.settle import LAST
from sync.sides import cell_of
from sync.units import Form, Unit

Goldens = Mapping[str, Golden | SetGolden]


def decided_joins(run: Run, c: Connection) -> dict[str, str]:
    """Joins that people decided since the last run, drafted -> entity that goes → entity that stays."""
    gone: dict[str, str] = {}
    now = graph.decided(run.ledger, c)
    barred = _contradicted(run, c, now)
    for decision in open_decisions(run.ledger, c, [Sort.SAME]):
        refs = decision.content["refs"]
        if now.get(tuple(sorted(refs[:2]))) is False:  # a later decision said otherwise
            run.draft.spent.append(decision.id)
            continue
        entities = _entities(run, c, refs)
        if len(entities) == 2 and not barred & set(entities):
            kinds = {row.kind for row in graph.entities(run.ledger, c, run.plan, entities).values()}
            if len(kinds) == 1:
                join(run, c, kinds.pop(), entities, "decided")
                gone[entities[1]] = entities[0]
        if decision.content.get("once"):
            run.draft.spent.append(decision.id)
    return gone


def contradictory(now: Mapping[tuple[str, ...], bool]) -> list[tuple[tuple[str, ...], set[str]]]:
    """Pairs that people keep apart although other decisions tie them, each with every part so tied (R3d)."""
    group: dict[str, set[str]] = {}
    for refs, same in now.items():
        if same:
            both = set(refs).union(*(group.get(ref, ()) for ref in refs))
            group.update(dict.fromkeys(both, both))
    return [(refs, group[refs[0]]) for refs, same in now.items() if not same and refs[1] in group.get(refs[0], ())]


def _contradicted(run: Run, c: Connection, now: Mapping[tuple[str, ...], bool]) -> set[str]:
    """The entities of such parts: nothing is merged and nothing created for them, and it is asked once."""
    barred: set[str] = set()
    for refs, parts in contradictory(now):
        found = _entities(run, c, refs)
        barred |= set(_entities(run, c, sorted(parts)))
        run.draft.contradicted |= {(int(ref.partition(":")[0]), ref.partition(":")[2]) for ref in parts}
        if len(found) == 2:
            name, content = f"contradiction:{refs[0]}|{refs[1]}", {"refs": list(refs)}
            run.draft.questions.append(Question("contradiction", name, content, found[0], found[1]))
    for one in barred:
        run.draft.asked.setdefault(one, set())
    return barred


def _entities(run: Run, c: Connection, refs: Sequence[str]) -> list[str]:
    """Whom two parts speak of; one that a system merged into the other spoke of the last that it was tied to."""
    parts = [(int(ref.partition(":")[0]), ref.partition(":")[2]) for ref in refs]
    tied = graph.entity_of(run.ledger, c, run.plan, [record for record, _ in parts])
    alias = graph.aliases(run.ledger, c, run.plan)
    before = graph.last_entities(run.ledger, c, [part for part in parts if part not in tied])
    found = {tied.get(part) or before.get(part, "") for part in parts} - {""}
    return sorted({alias.get(one, one) for one in found})


def join(run: Run, c: Connection, kind: str, entities: Sequence[str], why: str) -> int:
    """The oldest id stays, the others become its aliases; their goldens are votes with their provenance -> joins made."""
    rows = graph.entities(run.ledger, c, run.plan, list(entities))
    ordered = sorted(rows.values(), key=lambda row: (row.first_run or run.id, row.id))
    kept, *rest = ordered
    goldens = _goldens(kept)
    ranks = _Ranks(run, c)
    for row in rest:
        _snapshot(run, c, kept, row)
        goldens = joined(run.units[kind], goldens, _goldens(row), ranks)
        _move_links(run, c, row.id, kept.id, why)
        alias = EntityDraft(row.id, kind, row.golden, row.rev, 0, kept.id, None)
        plans.draft_entities(run.ledger, c, run.plan, [alias])
        run.draft.joined[row.id] = kept.id
    draft = EntityDraft(kept.id, kind, codec.dump_goldens(goldens), kept.rev, 1, None, None)
    plans.draft_entities(run.ledger, c, run.plan, [draft])
    run.draft.joins += len(rest)
    return len(rest)


def _goldens(row: EntityRow) -> dict[str, Golden | SetGolden]:
    return codec.load_goldens(row.draft if row.draft not in (None, b"{}") else row.golden)


def joined(units: Mapping[str, Unit], a: Goldens, b: Goldens, ranks: _Ranks) -> dict[str, Golden | SetGolden]:
    """Both sides' goldens as one; sets are united, what differs goes by `survive` or keeps both as rivals."""
    out: dict[str, Golden | SetGolden] = {}
    for name in dict.fromkeys((*a, *b)):
        unit = units.get(name)
        if unit is None:
            continue
        one, two = a.get(name, unit.nothing()), b.get(name, unit.nothing())
        if isinstance(one, SetGolden) and isinstance(two, SetGolden):
            out[name] = _united(one, two)
        elif isinstance(one, Golden) and isinstance(two, Golden):
            out[name] = join_field(one, two, unit.rule, ranks.of(one, name), ranks.of(two, name))[0]
    return out


def _united(one: SetGolden, two: SetGolden) -> SetGolden:
    elements = tuple(dict.fromkeys((*one.elements, *two.elements)))
    removed = (one.removed | two.removed) - set(elements)
    refs = {e: one.refs.get(e) or two.refs.get(e, "") for e in elements}
    return SetGolden(elements, removed, refs, {**two.sorts, **one.sorts}, one.primary or two.primary)


class _Ranks:
    """The authority of a golden's provenance: that of the table its record stands in."""

    def __init__(self, run: Run, c: Connection) -> None:
        self._run, self._c = run, c

    def of(self, golden: Golden, unit: str) -> int:
        if not golden.ref:
            return LAST
        record, _, part = golden.ref.partition(":")
        rows = graph.records(self._run.ledger, self._c, [int(record)])
        table = self._run.by_id.get(rows[int(record)].table_id) if rows else None
        found = next((p for p in table.parts if p.map.name == part), None) if table else None
        return found.views[unit].rank if found is not None and unit in found.views else LAST


def _move_links(run: Run, c: Connection, gone: str, kept: str, why: str) -> None:
    rows = graph.links(run.ledger, c, run.plan, [gone])
    moved: list[tuple[LinkRow, str | None]] = [(row._replace(entity=kept), None) for row in rows]
    plans.draft_links(run.ledger, c, run.plan, moved)
    del why


def _snapshot(run: Run, c: Connection, kept: EntityRow, gone: EntityRow) -> None:
    """What a split needs: both sides' goldens, links and own values as they were (R19a)."""
    if not gone.first_run:
        return
    content: dict[str, dict[str, object]] = {"goldens": {}, "links": {}}
    content["own"] = own_values_of(run, c, [kept.id, gone.id])
    for row in (kept, gone):
        content["goldens"][row.id] = codec.load(row.golden)
        links = graph.links(run.ledger, c, run.plan, [row.id])
        content["links"][row.id] = [[link.record_id, link.part] for link in links]
    run.draft.snapshots.append((kept.id, gone.id, codec.dump(content)))


def own_values_of(run: Run, c: Connection, ids: Sequence[str]) -> dict[str, object]:
    """ref → unit → own value, of everything these entities' parts show now."""
    out: dict[str, object] = {}
    for case in cases(run, c, Pointers(run), ids, {}):
        for side in case.sides:
            views = side.part.views.items()
            out[side.ref] = {name: _own_then(cell_of(side, view)) for name, view in views if view.reads}
    return out


def _own_then(cell: Cell) -> Value:
    """Own value as merges had seen it: an edit that none has taken up is one made after the join."""
    return own_value(cell if cell.seen is None else replace(cell, shown=cell.seen))


__all__ = ["Form", "decided_joins", "join", "joined"]
