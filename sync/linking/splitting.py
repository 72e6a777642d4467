"""How is one entity taken apart into two? (RULES R19b, R3d; in tonight's draft only)

Each side's golden is rebuilt: as it was at the join, then its parts' own values changed since; what reached a record only
by our write is planned back to its own value. It never loosens an opt-out, and leaves `different`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

import matching
from sync.agreeing.merge import Case, cases
from sync.context import Run
from sync.decisions import Sort, open_decisions
from sync.ledger import codec, graph, pairs, plans
from sync.ledger.graph import LinkRow
from sync.ledger.pairs import Snapshot
from sync.ledger.plans import EntityDraft
from sync.linking.known import PartKey, Parts, collect
from sync.linking.link import new_id
from sync.linking.relate import Pointers
from sync.rules.cell import Cell, Golden, Value, own_value
from sync.rules.join import split as split_field
from sync.rules.sets import SetGolden, elements
from sync.sides import Side, cell_of, facts_of
from sync.units import Form, Unit

Goldens = dict[str, "Golden | SetGolden"]


def decided_splits(run: Run, c: Connection, pointers: Pointers) -> int:
    """Splits that people decided since the last run, drafted -> how many."""
    done = 0
    now = graph.decided(run.ledger, c)
    for decision in open_decisions(run.ledger, c, [Sort.DIFFERENT]):
        refs = [_key(ref) for ref in decision.content["refs"]]
        tied = graph.entity_of(run.ledger, c, run.plan, [number for number, _ in refs])
        one, two = (tied.get(ref) for ref in refs[:2])
        if one is not None and one == two and not now.get(tuple(sorted(decision.content["refs"][:2]))):
            _split(run, c, pointers, one, refs[0], refs[1])
            done += 1
        run.draft.spent.append(decision.id)
    return done


def _key(ref: str) -> PartKey:
    number, _, part = ref.partition(":")
    return int(number), part


def _split(run: Run, c: Connection, pointers: Pointers, entity: str, one: PartKey, two: PartKey) -> None:
    for snapshot in pairs.snapshots(run.ledger, c, entity):
        sides = {ref: side for side, refs in snapshot.links.items() for ref in refs}
        if sides.get(one, snapshot.kept) != sides.get(two, snapshot.kept):
            split_join(run, c, snapshot)
            return
    _split_group(run, c, pointers, entity, one, two)


# ------------------------------------------------------------------------------ a join is taken back


def split_join(run: Run, c: Connection, snapshot: Snapshot) -> None:
    """Both sides as they were at the join, then what their own parts said since."""
    case = cases(run, c, Pointers(run), [snapshot.kept], {})[0]
    gone = {tuple(ref) for ref in snapshot.links.get(snapshot.gone, ())}
    theirs = [side for side in case.sides if (side.record.id, side.part.map.name) in gone]
    ours = [side for side in case.sides if side not in theirs]
    for entity, sides in ((snapshot.kept, ours), (snapshot.gone, theirs)):
        kept = codec.load_goldens(codec.dump(snapshot.goldens[entity]))
        goldens = rebuilt(run, case, sides, kept, snapshot.own)
        _draft(run, c, case, entity, sides, goldens)
    run.draft.split.append((snapshot.id, snapshot.kept, snapshot.gone))
    _return_marks(run, c, snapshot.kept, {snapshot.kept: ours, snapshot.gone: theirs})
    _apart(run, ours, theirs)


def rebuilt(run: Run, case: Case, sides: Sequence[Side], kept: Goldens, own: Mapping[str, Any]) -> Goldens:
    """One side's goldens. own: ref → unit → own value at the join."""
    out: Goldens = {}
    units = run.units[case.kind]
    for name in dict.fromkeys((*kept, *case.goldens)):
        unit = units.get(name)
        if unit is None:
            continue
        joined = case.goldens.get(name, unit.nothing())
        was = kept.get(name, unit.nothing())
        views = [(side, side.part.views[name]) for side in sides if name in side.part.views]
        cells = {side.ref: cell_of(side, view) for side, view in views if view.reads}
        then = {ref: codec.load_value(own.get(ref, {}).get(name)) for ref in cells if name in own.get(ref, {})}
        if isinstance(joined, SetGolden) and isinstance(was, SetGolden):
            out[name] = _set(joined, was, cells, then)
        elif isinstance(joined, Golden) and isinstance(was, Golden):
            facts = {side.ref: facts_of(side, view) for side, view in views}
            out[name] = split_field(joined, was, cells, then, facts, unit.rule, run.id)
    return out


def _set(joined: SetGolden, was: SetGolden, cells: Mapping[str, Cell], then: Mapping[str, Value]) -> SetGolden:
    """As it was, without what was removed since, and with what its own parts added since."""
    mine = {
        e: ref for ref, cell in cells.items() for e in elements(own_value(cell)) if e not in elements(then.get(ref))
    }
    stays = [e for e in was.elements if e in joined.elements or e not in joined.removed]
    since = [e for e in joined.elements if e not in was.elements and e in mine]
    order = tuple(dict.fromkeys((*stays, *since)))
    refs = {e: was.refs.get(e) or mine.get(e, "") for e in order}
    removed = was.removed | (joined.removed & set(was.elements))
    return SetGolden(order, removed - set(order), refs, dict(was.sorts), was.primary)


# ------------------------------------------------------------------------------ a group that matching made


def _split_group(run: Run, c: Connection, pointers: Pointers, entity: str, one: PartKey, two: PartKey) -> None:
    """Parts that came together by their likeness: matched anew with the two apart; each keeps what its own parts say."""
    case = cases(run, c, pointers, [entity], {})[0]
    parts = Parts(case.kind)
    keys = [(side.record.id, side.part.map.name) for side in case.sides]
    collect(run, c, pointers, parts, ((key, "") for key in keys))
    rows = {ref: n for n, ref in enumerate(parts.refs)}
    if one not in rows or two not in rows:
        return
    decided = [(rows[a], rows[b], same) for a, b, same in _within(run, c, rows)]
    same = [(a, b) for a, b, is_same in decided if is_same]
    different = [(a, b) for a, b, is_same in decided if not is_same] + [(rows[one], rows[two])]
    result = matching.match(
        parts.batch(run), link=run.workspace.link, ask=run.workspace.ask, same=same, different=different
    )
    label = result.label
    stays = label[rows[min(keys)]]
    groups: dict[int, list[Side]] = {}
    for side in case.sides:
        groups.setdefault(label[rows[(side.record.id, side.part.map.name)]], []).append(side)
    made: dict[str, list[Side]] = {}
    for group, sides in sorted(groups.items()):
        first = min((side.record.id, side.part.map.name) for side in sides)
        chosen = entity if group == stays else new_id(run, parts, rows[first], {first: run.id})
        made[chosen] = sides
        kept = {n: g for n, g in case.goldens.items() if _comes_from(g, sides)}
        _draft(run, c, case, chosen, sides, rebuilt(run, case, sides, kept, {}))
    _return_marks(run, c, entity, made)
    _apart(run, groups[label[rows[one]]], groups[label[rows[two]]])


def _within(run: Run, c: Connection, rows: Mapping[PartKey, int]) -> Iterable[tuple[PartKey, PartKey, bool]]:
    for one, two, same in graph.decided_pairs(run.ledger, c):
        if _key(one) in rows and _key(two) in rows:
            yield _key(one), _key(two), same


def _comes_from(golden: Golden | SetGolden, sides: Sequence[Side]) -> bool:
    refs = {side.ref for side in sides}
    return isinstance(golden, Golden) and golden.ref in refs


# ------------------------------------------------------------------------------ drafting


def _draft(run: Run, c: Connection, case: Case, entity: str, sides: Sequence[Side], goldens: Goldens) -> None:
    known = graph.entities(run.ledger, c, run.plan, [entity]).get(entity)
    rev = known.rev if known is not None else 0
    draft = EntityDraft(entity, case.kind, codec.dump_goldens(goldens), rev, 1, None, None)
    plans.draft_entities(run.ledger, c, run.plan, [draft])
    links: list[tuple[LinkRow, str | None]] = [
        (side.link._replace(entity=entity, known="split"), None) for side in sides
    ]
    plans.draft_links(run.ledger, c, run.plan, links)


def _return_marks(run: Run, c: Connection, entity: str, groups: Mapping[str, Sequence[Side]]) -> None:
    """A gone mark goes with the record whose end left it: nothing is created there for that side (R11d, R19b)."""
    marks = dict(pairs.marks_of(run.ledger, c, entity))
    marks |= {table: why for (one, table), why in run.draft.marks.items() if one == entity}
    for table, why in marks.items():
        whose = {one for one, sides in groups.items() for side in sides
                 if side.record.table_id == table and side.link.state == "gone"}  # fmt: skip
        for one in whose:
            run.draft.marks[one, table] = why
        if whose and entity not in whose:
            run.draft.marks.pop((entity, table), None)
            run.draft.lifted.add((entity, table))


def _apart(run: Run, ours: Sequence[Side], theirs: Sequence[Side]) -> None:
    """A split leaves `different`, so that nothing joins them again without a person."""
    for one in ours:
        for two in theirs:
            a, b = sorted(f"{s.record.id}:{s.part.map.name}" for s in (one, two))
            run.draft.apart.add((a, b))


__all__ = ["Form", "Unit", "decided_splits", "rebuilt", "split_join"]
