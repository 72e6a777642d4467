"""How is a run taken back? (RULES R18: a new plan from before-images, guarded and conditional)

Per field all or nothing: where nobody touched any cell of it since, it is restored everywhere it was written and golden
goes back; the author's cell is kept. Where somebody did, or a write is in doubt, it is left and said. An opt-out is never
taken back, nor a first value. What the run created is removed, what it joined is taken apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from connectors.contract import ConfigError, Op, say
from sync.agreeing.draft import Drafter
from sync.agreeing.judge import Judged
from sync.agreeing.merge import Case, cases
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.context import Run
from sync.ledger import codec, graph, pairs, plans, undoing
from sync.ledger.erasing import WIPED
from sync.ledger.plans import ChangeRow
from sync.ledger.undoing import StepRow
from sync.linking.relate import Pointers
from sync.linking.splitting import split_join
from sync.rules.cell import Cell, Golden, Stop, see
from sync.rules.sets import SetGolden, elements
from sync.rules.undo import may_undo, undo
from sync.rules.verdict import Verdict
from sync.sides import Side, cell_of
from sync.units import Form, Unit

JOB = "undo"
"""The job's name that an undo's plan bears."""


def undo_job(workspace: Workspace) -> Job:
    """All tables may be read and written; nothing is created."""
    names = tuple(workspace.tables)
    return Job(JOB, names, names)


@dataclass(slots=True)
class Undone:
    """What an undo would take back, and what it leaves. left: (entity, field, why)."""

    fields: int = 0
    records: int = 0
    joins: int = 0
    left: list[tuple[str, str, str]] = field(default_factory=list)
    later: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wrote:
    """One cell that the run wrote: its change, and the canonical value and raw columns that stood there before."""

    change: ChangeRow
    part: str
    unit: str
    before: object
    columns: tuple[str, ...]

    @property
    def ref(self) -> str:
        return f"{self.change.record_id or 0:010d}:{self.part}"


def draft_undo(run: Run, number: int) -> Undone:
    """Drafts the plan that takes back run `number`; its sources have been read tonight. Raises ConfigError."""
    done = Undone()
    with run.transaction() as c:
        changes = undoing.done_in(run.ledger, c, number)
        steps = undoing.steps_of(run.ledger, c, number)
        if not changes and not steps:
            raise ConfigError(
                "run {number} wrote nothing and decided nothing; `offbook runs` lists what did", number=number
            )
        done.later = undoing.later_runs(run.ledger, c, number)
        changes = _remembered(changes, done)
        wrote = _wrote(changes)
        touched = sorted({step.entity for step in steps} | {row.entity for row in changes} | _entities(run, c, wrote))
        found = {case.id: case for case in cases(run, c, Pointers(run), touched, graph.aliases(run.ledger, c, 0))}
        drafter = Drafter(run)
        back: dict[int, dict[str, list[Wrote]]] = defaultdict(lambda: defaultdict(list))
        for case in found.values():
            _case(run, case, steps, wrote, done, back)
        _write_down(run, c, found, drafter)
        for snapshot in pairs.snapshots_of_run(run.ledger, c, number):
            split_join(run, c, snapshot)
            done.joins += 1
        rows = _restoring(run, c, back) + _removing(run, c, changes, done)
        plans.save_changes(run.ledger, c, rows)
    return done


def _remembered(changes: Sequence[ChangeRow], done: Undone) -> list[ChangeRow]:
    """R22: an undo stops at an erasure, as nothing is known of what stood there before."""
    kept = [row for row in changes if not row.fields.startswith(WIPED)]
    gone = sorted({row.entity for row in changes if row.fields.startswith(WIPED)})
    done.left += [(entity, "", say("its values were erased from the ledger")) for entity in gone]
    return kept


def _wrote(changes: Sequence[ChangeRow]) -> dict[tuple[str, str], Wrote]:
    """(ref, unit) → the first write of the run there: what stood before it is what comes back."""
    out: dict[tuple[str, str], Wrote] = {}
    for row in changes:
        if row.op != "update" or row.record_id is None:
            continue
        for part, unit, before, _, _, _, columns in codec.load(row.fields)["fields"]:
            made = Wrote(row, part, unit, codec.load_value(before), tuple(columns))
            out.setdefault((made.ref, unit), made)
    return out


def _entities(run: Run, c: Connection, wrote: Mapping[tuple[str, str], Wrote]) -> set[str]:
    tied = graph.entity_of(run.ledger, c, 0, {w.change.record_id or 0 for w in wrote.values()})
    found = {(w.change.record_id or 0, w.part) for w in wrote.values()}
    return {tied[key] for key in found if key in tied}


# ------------------------------------------------------------------------------ one entity


def _case(
    run: Run,
    case: Case,
    steps: Sequence[StepRow],
    wrote: Mapping[tuple[str, str], Wrote],
    done: Undone,
    back: dict[int, dict[str, list[Wrote]]],
) -> None:
    mine = {step.unit: step for step in steps if step.entity == case.id}
    refs = {side.ref for side in case.sides}
    units = [name for name in run.units[case.kind] if name in mine or any((ref, name) in wrote for ref in refs)]
    for name in run.units[case.kind]:
        for side in case.sides:
            view = side.part.views.get(name)
            if view is not None and view.reads:
                case.cells[side.ref, name] = cell_of(side, view)
    for name in units:
        unit = run.units[case.kind][name]
        cells = {side.ref: case.cells[side.ref, name] for side in case.sides if (side.ref, name) in case.cells}
        written = {ref: wrote[ref, name] for ref in cells if (ref, name) in wrote}
        step = mine.get(name)
        why = _unit(case, unit, step, cells, written)
        if why:
            done.left.append((case.id, name, why))
            continue
        done.fields += 1
        for one in written.values():
            back[one.change.record_id or 0][one.part].append(one)


def _unit(case: Case, unit: Unit, step: StepRow | None, cells: dict[str, Cell], written: Mapping[str, Wrote]) -> str:
    """Takes one field back in the case's golden and cells -> "" or why it is left."""
    golden = case.goldens.get(unit.name) or unit.nothing()
    before, after = (step.before, step.after) if step is not None else (golden, golden)
    if unit.form is Form.SET:
        return _set(case, unit, golden, before, after, cells, written)
    if not isinstance(golden, Golden) or not isinstance(before, Golden) or not isinstance(after, Golden):
        return say("its form changed since")
    rule = unit.rule
    if rule.strictest is not None and (rule.is_strict(after.value) or rule.is_strict(golden.value)):
        return say("an opt-out is never taken back")
    if not may_undo(golden, before, after, cells, {ref: cell.seen for ref, cell in cells.items()}):
        return say("it was a first value") if before.ref == "" else say("it was changed since")
    knew = step.knew if step is not None else ()
    case.goldens[unit.name], out = undo(cells, before, golden, {}, knew, rule.same)
    for ref, cell in out.items():
        restored = ref in written
        case.cells[ref, unit.name] = replace(see(cells[ref]), agreed=None, fresh=False) if restored else cell
    return ""


def _set(
    case: Case,
    unit: Unit,
    golden: object,
    before: object,
    after: object,
    cells: Mapping[str, Cell],
    written: Mapping[str, Wrote],
) -> str:
    if not isinstance(golden, SetGolden) or not isinstance(before, SetGolden) or not isinstance(after, SetGolden):
        return say("its form changed since")
    touched = any(cell.doubt is not None or cell.shown != cell.seen for cell in cells.values())
    if golden.elements != after.elements or touched:
        return say("it was changed since")
    removed = (golden.removed | (set(after.elements) - set(before.elements))) - set(before.elements)
    case.goldens[unit.name] = replace(before, removed=frozenset(removed))
    for ref, cell in cells.items():
        if ref in written:
            continue
        extra = [e for e in elements(cell.shown) if e not in before.elements]
        lacks = [e for e in before.elements if e not in elements(cell.shown) and e not in after.elements]
        if extra:
            case.cells[ref, unit.name] = replace(cell, stop=Stop("left over", tuple(sorted(extra))), fresh=False)
        elif lacks:
            case.cells[ref, unit.name] = replace(cell, stop=Stop("kept", tuple(sorted(lacks))), fresh=False)
    return ""


# ------------------------------------------------------------------------------ the plan's rows


def _write_down(run: Run, c: Connection, found: Mapping[str, Case], drafter: Drafter) -> None:
    """Goldens and cells as T2 leaves them; cells that are restored wait for their receipts as changes."""
    for case in found.values():
        judged: dict[str, list[Judged]] = {}
        for side in case.sides:
            judged[side.ref] = [
                _judged(run, case, side, name) for name in side.part.views if (side.ref, name) in case.cells
            ]
        receives = {side.ref: bool(side.link.marks) for side in case.sides}
        drafter.entity(case, judged, receives, pending=True)
    drafter.flush(c)


def _judged(run: Run, case: Case, side: Side, name: str) -> Judged:
    cell = case.cells[side.ref, name]
    del run
    if cell.doubt is not None:
        return Judged(name, cell, Verdict.DOUBT)
    if cell.stop is not None:
        return Judged(name, cell, Verdict.KEPT, "undone" if cell.stop.why == "kept" else "")
    rests = cell.agreed == (cell.shown, cell.shown) and cell.seen == cell.shown
    if rests or isinstance(cell.shown, tuple):
        return Judged(name, cell, Verdict.AGREED, "" if rests else "undone")
    return Judged(name, cell, Verdict.KEPT, "undone")


def _restoring(run: Run, c: Connection, back: Mapping[int, Mapping[str, Sequence[Wrote]]]) -> list[ChangeRow]:
    """One change a record: the raw columns as they were before the run."""
    records = graph.records(run.ledger, c, back)
    raws = plans.raws_of(run.ledger, c, back)
    tied = graph.entity_of(run.ledger, c, 0, back)
    rows = []
    for seq, (number, parts) in enumerate(sorted(back.items()), start=1):
        record, now = records[number], codec.load_raw(raws[number])
        table = run.by_id[record.table_id]
        after: dict[str, object] = {}
        fields: list[list[object]] = []
        for part, writes in sorted(parts.items()):
            for one in writes:
                was = codec.load_raw(one.change.before)
                after.update({column: was.get(column) for column in one.columns})
                fields.append(
                    [part, one.unit, _shown(table, part, one.unit, record), one.before, "", "undo", list(one.columns)]
                )
        rows.append(_change(run, seq, record, "update", tied.get((number, table.map.subject), ""), fields, after, now))
    return rows


def _shown(table: object, part: str, unit: str, record: graph.RecordRow) -> object:
    from sync.context import TableState
    from sync.sides import extract

    assert isinstance(table, TableState)
    view = table.part(part).views[unit]
    return extract(codec.load_parts(record.canon)[table.part(part).place], view)


def _change(
    run: Run,
    seq: int,
    record: graph.RecordRow,
    op: str,
    entity: str,
    fields: Sequence[Sequence[object]],
    after: Mapping[str, object],
    raw: Mapping[str, object],
) -> ChangeRow:
    before = {column: raw.get(column) for column in after} if after else dict(raw)
    content: dict[str, object] = {"fields": fields, "undo": True}
    return ChangeRow(
        plan=run.plan,
        seq=seq,
        table_id=record.table_id,
        entity=entity,
        record_id=record.id,
        op=op,
        generation=0,
        key=record.place or record.key,
        fields=codec.dump(content if op == "update" else {**content, "mark": "undone"}),
        after=codec.dump(dict(after)),
        before=codec.dump(before),
        expect=record.version,
    )


def _removing(run: Run, c: Connection, changes: Sequence[ChangeRow], done: Undone) -> list[ChangeRow]:
    """What the run created goes again, where nobody has touched it since; it leaves a gone mark."""
    made = [row for row in changes if row.op == "create" and row.record_id is not None]
    records = graph.records(run.ledger, c, [row.record_id for row in made if row.record_id is not None])
    raws = plans.raws_of(run.ledger, c, records)
    rows = []
    for seq, row in enumerate(made, start=1_000_000):
        record = records.get(row.record_id or 0)
        table = run.by_id.get(row.table_id)
        if record is None or table is None or record.state != "live":
            continue
        op = Op.ARCHIVE if table.may(Op.ARCHIVE) else Op.DELETE
        if not table.may(op) or undoing.was_touched(run.ledger, c, record.id):
            done.left.append((row.entity, table.name, say("the record it created was changed since")))
            continue
        done.records += 1
        rows.append(_change(run, seq, record, str(op), row.entity, [], {}, codec.load_raw(raws[record.id])))
    return rows
