"""What would be written, where, and why? (RULES R9, R10, R13: the merge and plan steps of a run)

Kinds are settled in the order in which they depend on each other: the customer first, since filters speak of it, then
those that point to it. One chunk of open entities at a time is read, settled, judged and written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sync.agreeing import merge as merging
from sync.agreeing.create import Creator
from sync.agreeing.draft import Drafter
from sync.agreeing.judge import Judge, Judged
from sync.agreeing.merge import Case, cases, chunks_of_open, merge
from sync.context import Run
from sync.decisions import taken
from sync.ledger import codec, graph, plans
from sync.ledger.plans import ChangeRow
from sync.linking.belonging import give_owner
from sync.linking.circles import Circles
from sync.linking.customers import Customers
from sync.linking.pointing import Keys
from sync.linking.relate import Pointers
from sync.linking.related import Related
from sync.rules.absent import Absent


@dataclass(slots=True)
class Planned:
    """What the merge and plan steps found. verdicts: (table, verdict, reason) → cells; absences: (table, reason)."""

    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    absences: Counter[tuple[str, str]] = field(default_factory=Counter)
    entities: int = 0
    changes: int = 0


def kinds_in_order(run: Run) -> list[str]:
    """The customer's kind, then each kind after those that its relations lead to."""
    kinds = run.workspace.kinds
    order = [run.workspace.customer]
    rest = [name for name in kinds if name not in order]
    while rest:
        ready = [k for k in rest if all(to in order or to == k for to in kinds[k].relations().values())]
        chosen = ready[0] if ready else rest[0]
        order.append(chosen)
        rest.remove(chosen)
    return order


def plan(run: Run) -> Planned:
    """Settles and judges every open entity and writes the plan's rows; nothing of it is committed (T2 does)."""
    done = Planned()
    customers, keys, pointers = Customers(run, {}), Keys(run), Pointers(run)
    drafter = Drafter(run, view=view_of(run))
    related = Related(run)
    judge, creator = Judge(run, customers, keys, related), Creator(run, customers, keys, related)
    steps = _Steps(run, customers, judge, creator, drafter, pointers, Circles(run), filtered_units(run))
    for kind in kinds_in_order(run):
        after = ""
        with run.transaction() as c:
            for table in steps.creator.destinations(kind):
                if table.name in run.job.create_in:
                    graph.open_unjudged(run.ledger, c, kind, table.id, drafter.view)
        while True:
            with run.transaction() as c:
                ids = graph.open_ids(run.ledger, c, run.plan, kind, after, merging.CHUNK)
                if not ids:
                    break
                steps.chunk(c, ids)
                after = ids[-1]
                done.entities += len(ids)
            run.progress("merge", done.entities, 0)
    with run.transaction() as c:
        done.changes = drafter.seq + _assemble(run, c, drafter.seq)
    done.verdicts, done.absences = drafter.counts, drafter.reasons
    return done


def filtered_units(run: Run) -> frozenset[str]:
    """Units that an `only:` or a `create_in` names: who they are said of decides about all that points to him."""
    filters = [source.only for source in run.workspace.sources.values()]
    filters += [one for job in run.workspace.jobs.values() for one in job.create_in.values()]
    named = {name for one in filters for _, name in one.fields()}
    return frozenset(unit.name for units in run.units.values() for unit in units.values() if named & set(unit.fields))


def view_of(run: Run) -> str:
    """What the reasons of table 4 were judged on besides an entity: the job's filters and the workspace's rules."""
    job = run.job
    said = [job.push, sorted((name, str(f)) for name, f in job.create_in.items()), run.workspace.digests.rules]
    return codec.digest(codec.dump([str(one) for one in said])).hex()


@dataclass(slots=True)
class _Steps:
    run: Run
    customers: Customers
    judge: Judge
    creator: Creator
    drafter: Drafter
    pointers: Pointers
    circles: Circles
    filtered: frozenset[str] = frozenset()

    def chunk(self, c: Connection, ids: Sequence[str]) -> None:
        """Settle, judge and write down one chunk of entities of one kind."""
        run = self.run
        alias = graph.aliases(run.ledger, c, run.plan)
        found = cases(run, c, self.pointers, ids, alias)
        decided = taken(run, c, ids)
        circled: set[str] = set()
        for case in found:
            merge(run, case, decided.get(case.id, ()))
            give_owner(run, case)
            if self.circles.park(c, case, alias):
                circled.add(case.id)
            self.customers.remember(case)
        self.customers.prepare(c, found)
        self.judge.prepare(c, found)
        judged = [{side.ref: self.judge.judge(case, side) for side in case.sides} for case in found]
        self.creator.prepare(c, found)
        for case, rows in zip(found, judged, strict=True):
            receives = {side.ref: self.judge.receives(case, side) for side in case.sides}
            pending = self._absences(case)
            waits = case.id in circled or case.id in self.customers.waits
            self.drafter.entity(case, rows, receives, pending=pending or waits)
        self.drafter.flush(c)
        moved = [case.id for case in found if any(step.unit in self.filtered for step in case.steps)]
        graph.open_pointing(run.ledger, c, moved)

    def _absences(self, case: Case) -> bool:
        """Table 4 for one entity -> whether it is to be created somewhere."""
        pending = False
        for table in self.creator.destinations(case.kind):
            reason, made = self.creator.reason(case, table)
            if reason is None:
                continue
            number = self.drafter.absent(case, table, reason, made)
            if number is not None:
                pending = True
                self.judge.keys.created[case.id, table.id] = number
                self.creator.generations[number] = made.generation if made else 0
            pending |= reason in (Absent.PARENT, Absent.NOT_CURRENT)
        return pending


# ------------------------------------------------------------------------------ one line a record


def _assemble(run: Run, c: Connection, seq: int) -> int:
    """Cells that change become one change for each record, whichever entities its parts speak of -> how many."""
    made: list[ChangeRow] = []
    after = 0
    while rows := plans.changing_cells(run.ledger, c, run.plan, after, 2000):
        after = rows[-1][0]
        by_record: dict[int, list[plans.ChangingCell]] = {}
        for row in rows:
            by_record.setdefault(row[0], []).append(row)
        records = graph.records(run.ledger, c, by_record)
        raws = plans.raws_of(run.ledger, c, by_record)
        for number, cells in by_record.items():
            seq += 1
            made.append(_update(run, seq, records[number], codec.load_raw(raws[number]), cells))
    plans.save_changes(run.ledger, c, made)
    return len(made)


def _update(
    run: Run, seq: int, record: graph.RecordRow, raw: Mapping[str, object], cells: Sequence[plans.ChangingCell]
) -> ChangeRow:
    table = run.by_id[record.table_id]
    after: dict[str, object] = {}
    fields: list[list[object]] = []
    for cell in cells:
        want = codec.load(cell.want)
        after.update(codec.load_raw(codec.dump(want["after"])))
        fields.append(
            [cell.part, cell.field, want["shown"], want["value"], want["from"], cell.reason, sorted(want["after"])]
        )
    subject = next((cell.entity for cell in cells if cell.part == table.map.subject), cells[0].entity)
    before = {name: raw.get(name) for name in after}
    return ChangeRow(
        plan=run.plan,
        seq=seq,
        table_id=table.id,
        entity=subject,
        record_id=record.id,
        op="update",
        generation=0,
        key=record.place or record.key,
        fields=codec.dump({"fields": fields}),
        after=codec.dump(after),
        before=codec.dump(before),
        expect=record.version,
    )


__all__ = ["Case", "Judged", "Planned", "chunks_of_open", "kinds_in_order", "plan", "view_of"]
