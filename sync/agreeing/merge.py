"""How do the parts of an entity become its golden record? (RULES R4-R7; one chunk of open entities at a time)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from connectors.contract import Damaged
from sync.context import Run, View
from sync.decisions import FieldDecision
from sync.ledger import codec, graph
from sync.ledger.graph import EntityRow
from sync.linking.relate import Pointers, relate
from sync.reading.clocks import with_times
from sync.rules.cell import Cell, Facts, Golden, Value, Vote, is_changed
from sync.rules.join import after_join
from sync.rules.receive import decide
from sync.rules.sets import SetGolden, add_elements, is_audible, remove_element, settle_set
from sync.rules.settle import LAST, settle
from sync.sides import Side, cell_of, facts_of, ref_of, side_of
from sync.units import Form, Unit, by_field

CHUNK = 1000
"""Open entities settled at a time."""
BELONGS = "belongs_to"
"""The rule of an owner whom a source of his gave: the formal system's owner outranks it ever after (R8b)."""


@dataclass(slots=True)
class Step:
    """One field whose golden moved: what undo needs (R18). knew: refs that had agreed to the old golden."""

    unit: str
    before: Golden | SetGolden
    after: Golden | SetGolden
    knew: tuple[str, ...]
    won: tuple[str, ...]


@dataclass(slots=True)
class Case:
    """One entity in tonight's merge.

    before: its goldens as committed; goldens: as they will be. cells and facts: by (ref, unit). parked: unit → votes.
    open questions about its subject silence a part (R2c): those sides are not in `sides`.
    """

    row: EntityRow
    before: dict[str, Golden | SetGolden]
    goldens: dict[str, Golden | SetGolden]
    sides: list[Side]
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    facts: dict[tuple[str, str], Facts] = field(default_factory=dict)
    parked: dict[str, tuple[Vote, ...]] = field(default_factory=dict)
    losers: list[tuple[str, Vote]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    edited: bool = False
    spent: list[int] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def kind(self) -> str:
        return self.row.kind

    def known(self, units: Mapping[str, Unit], *, before: bool = False) -> dict[str, Value]:
        """Golden's values by field; parked fields are unknown, so they are left out."""
        values = by_field(self.before if before else self.goldens, units)
        if not before:
            for name in self.parked:
                for one in units[name].fields:
                    values.pop(one, None)
        return values


def cases(run: Run, c: Connection, pointers: Pointers, ids: Sequence[str], alias: Mapping[str, str]) -> list[Case]:
    """The entities with everything a merge looks at, read in a handful of statements."""
    rows = graph.entities(run.ledger, c, run.plan, ids)
    links = graph.links(run.ledger, c, run.plan, ids)
    records = graph.records(run.ledger, c, {link.record_id for link in links})
    cells = graph.cells(run.ledger, c, run.plan, list(records))
    drafted = graph.drafted_cells(run.ledger, c, run.plan, list(records)) if run.draft.moved_refs else {}
    made: dict[str, Case] = {}
    for row in rows.values():
        before = _resolved(codec.load_goldens(row.golden), alias)
        after = _resolved(codec.load_goldens(row.draft), alias) if row.draft not in (None, b"{}") else dict(before)
        made[row.id] = Case(row, before, after, [])
    for link in links:
        record = records.get(link.record_id)
        known = cells if link.committed else drafted
        side = side_of(run, link, record, known.get((link.record_id, link.part), {})) if record else None
        if side is not None:
            made[link.entity].sides.append(side)
    relate(run, c, pointers, [side for case in made.values() for side in case.sides])
    return [made[one] for one in ids if one in made]


def _resolved(goldens: dict[str, Golden | SetGolden], alias: Mapping[str, str]) -> dict[str, Golden | SetGolden]:
    """R4i: a relation's value is an entity id, aliases resolved."""
    if alias:
        for name, golden in goldens.items():
            if isinstance(golden, Golden) and isinstance(golden.value, str) and golden.value in alias:
                goldens[name] = replace(golden, value=alias[golden.value])
    return goldens


def merge(run: Run, case: Case, decisions: Iterable[FieldDecision]) -> None:
    """Settles every unit of one entity; `case` then holds its goldens, cells, questions and losers."""
    units = run.units[case.kind]
    asked: dict[str, list[FieldDecision]] = {}
    for decision in decisions:
        asked.setdefault(decision.unit, []).append(decision)
    for unit in units.values():
        views = [(side, side.part.views[unit.name]) for side in case.sides if unit.name in side.part.views]
        if views:
            _merge_unit(run, case, unit, views, asked.get(unit.name, []))


def _merge_unit(
    run: Run, case: Case, unit: Unit, views: Sequence[tuple[Side, View]], decisions: Sequence[FieldDecision]
) -> None:
    cells: dict[str, Cell] = {}
    facts: dict[str, Facts] = {}
    for side, view in views:
        if view.reads:
            cells[side.ref] = cell_of(side, view)
            facts[side.ref] = facts_of(side, view)
    old = case.goldens.get(unit.name) or unit.nothing()
    if unit.form is Form.SET:
        assert isinstance(old, SetGolden)
        golden: Golden | SetGolden = _merge_set(case, unit, old, cells, facts, decisions)
    else:
        assert isinstance(old, Golden)
        timed = with_times(views, cells, facts) if "newest" in unit.rule.survive else facts
        golden = _merge_one(run, case, unit, old, cells, timed, decisions)
    if unit.name in case.goldens or golden != unit.nothing() or any(c.shown is not None for c in cells.values()):
        case.goldens[unit.name] = golden  # also where all show nothing: that is empty, not unknown (R8a)
    for ref, fact in facts.items():
        case.facts[ref, unit.name] = fact


def _merge_one(
    run: Run,
    case: Case,
    unit: Unit,
    golden: Golden,
    cells: dict[str, Cell],
    facts: Mapping[str, Facts],
    decisions: Sequence[FieldDecision],
) -> Golden:
    same = unit.rule.same
    taken = [one for one in decisions if not one.pinned or _stirs(one, golden, cells)]
    for decision in taken:
        shown = {**decision.shown, **_upon(cells)} if decision.pinned else decision.shown
        golden, cells, lost = decide(golden, cells, decision.value, decision.ref, shown, same, run.id)
        case.losers += [(unit.name, vote) for vote in lost]
        if not decision.pinned:
            case.spent.append(decision.id)
    if not taken and golden.ref and not golden.rivals and _is_quiet(cells, golden):
        case.cells.update({(ref, unit.name): cell for ref, cell in cells.items()})
        return golden
    known = case.before.get(unit.name)
    if golden.rule == BELONGS and any(_says_otherwise(cells[ref], golden, facts[ref]) for ref in cells):
        golden = Golden(former=golden.former | {golden.value})
    knew = tuple(r for r, c in cells.items() if c.agreed and c.agreed[0] == same.view(golden.value, c.shown))
    out = settle(golden, cells, facts, unit.rule, _rank(case, golden, unit.name), run.id)
    case.edited |= any(is_changed(cells[ref]) and not cells[ref].fresh for ref in cells)
    case.losers += [(unit.name, vote) for vote in out.losers]
    if out.parked:
        case.parked[unit.name] = out.votes
    before = known if isinstance(known, Golden) else Golden()
    if out.golden.value != before.value:
        case.steps.append(Step(unit.name, before, out.golden, knew, out.won))
    case.cells.update({(ref, unit.name): cell for ref, cell in out.cells.items()})
    return out.golden


def _stirs(pin: FieldDecision, golden: Golden, cells: Mapping[str, Cell]) -> bool:
    """A pin has something to say: golden is another value, or somebody typed one."""
    return golden.value != pin.value or any(is_changed(cells[ref]) for ref in _upon(cells))


def _upon(cells: Mapping[str, Cell]) -> dict[str, Value]:
    """What a pin holds against: all that cells show, but for what cannot be read, is new here, or is kept."""
    known = {ref: c for ref, c in cells.items() if c.seen is not None and (c.stop is None or is_changed(c))}
    return {ref: c.shown for ref, c in known.items() if not isinstance(c.shown, Damaged | None)}


def _says_otherwise(cell: Cell, golden: Golden, facts: Facts) -> bool:
    """A formal source names an owner for the first time, or another one than before."""
    news = cell.seen is None or is_changed(cell)
    return facts.formal and not facts.silent and news and cell.shown not in (None, "", golden.value)


def _is_quiet(cells: Mapping[str, Cell], golden: Golden) -> bool:
    """Every cell shows golden and was at rest on it: nothing to settle."""
    value = golden.value
    return all(
        c.shown == value and c.seen == value and c.agreed == (value, value) and c.stop is None and c.doubt is None
        for c in cells.values()
    )


def _rank(case: Case, golden: Golden, unit: str) -> int:
    """The authority of golden's own provenance, where its record is still linked."""
    for side in case.sides:
        if side.ref == golden.ref and unit in side.part.views:
            return side.part.views[unit].rank
    return LAST


def _merge_set(
    case: Case,
    unit: Unit,
    golden: SetGolden,
    cells: dict[str, Cell],
    facts: dict[str, Facts],
    decisions: Sequence[FieldDecision],
) -> SetGolden:
    for decision in decisions:
        golden = _decided_set(golden, decision)
        cells = {ref: _unbarred(cell, decision) for ref, cell in cells.items()}
        if not decision.pinned:
            case.spent.append(decision.id)
    before = case.before.get(unit.name)
    old = before if isinstance(before, SetGolden) else SetGolden()
    if not decisions and golden is old and _is_quiet_set(cells, facts, golden):
        case.cells.update({(ref, unit.name): cell for ref, cell in cells.items()})
        return golden
    out = settle_set(golden, cells, facts)
    case.edited |= any(is_changed(c) and not c.fresh and c.doubt is None for c in cells.values())
    case.losers += [(unit.name, Vote(element, ref)) for element, ref in out.removed]
    if out.golden.elements != old.elements:
        case.steps.append(Step(unit.name, old, out.golden, (), tuple(ref for _, ref in out.added)))
    case.cells.update({(ref, unit.name): cell for ref, cell in out.cells.items()})
    return _sorted(out.golden, case, unit)


def _is_quiet_set(cells: Mapping[str, Cell], facts: Mapping[str, Facts], golden: SetGolden) -> bool:
    return bool(golden.elements) and all(
        c.seen == c.shown and c.doubt is None and c.stop is None for r, c in cells.items() if is_audible(c, facts[r])
    )


def _decided_set(golden: SetGolden, decision: FieldDecision) -> SetGolden:
    value = decision.value if isinstance(decision.value, str) else ""
    if decision.word == "remove":
        return remove_element(golden, value)
    if decision.word == "primary":
        return replace(golden, primary=value)
    return add_elements(golden, [value], decision.ref)


def _unbarred(cell: Cell, decision: FieldDecision) -> Cell:
    """A decision about an element ends what was kept of it."""
    if cell.stop is None or cell.stop.why != "kept" or decision.value not in cell.stop.on:
        return cell
    left = tuple(e for e in cell.stop.on if e != decision.value)
    return replace(cell, stop=replace(cell.stop, on=left) if left else None)


def _sorted(golden: SetGolden, case: Case, unit: Unit) -> SetGolden:
    """Learns the `as` of elements from the places they stand in; the first that says one keeps it."""
    sorts = dict(golden.sorts)
    for side in case.sides:
        view = side.part.views.get(unit.name)
        cell = case.cells.get((side.ref, unit.name))
        if view is None or cell is None or not isinstance(cell.shown, tuple) or not any(s.sort for s in view.slots):
            continue
        for slot, text in zip(view.slots, cell.shown, strict=False):
            if slot.sort and isinstance(text, str):
                for element in filter(None, text.split("\n")):
                    sorts.setdefault(element, slot.sort)
    sorts = {e: s for e, s in sorts.items() if e in golden.elements}
    return golden if sorts == dict(golden.sorts) else replace(golden, sorts=sorts)


def forget_opt_outs(case: Case, units: Mapping[str, Unit]) -> None:
    """R19a: a join ends what its records had agreed on an opt-out."""
    for (ref, name), cell in list(case.cells.items()):
        case.cells[ref, name] = after_join(cell, units[name].rule)


def chunks_of_open(run: Run, c: Connection, kind: str) -> Iterator[list[str]]:
    """The open entities of a kind, by id."""
    after = ""
    while ids := graph.open_ids(run.ledger, c, run.plan, kind, after, CHUNK):
        yield ids
        after = ids[-1]


__all__ = ["CHUNK", "Case", "Step", "cases", "chunks_of_open", "forget_opt_outs", "merge", "ref_of"]
