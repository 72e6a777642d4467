"""How does a settled and judged entity become rows of the plan? (what T2 commits, and what would be written)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sync.agreeing.create import Composed
from sync.agreeing.judge import Judged
from sync.agreeing.merge import Case, Step
from sync.context import Question, Run, TableState
from sync.ledger import codec, plans
from sync.ledger.graph import LinkRow
from sync.ledger.plans import CellDraft, ChangeRow, EntityDraft
from sync.rules.absent import Absent
from sync.rules.cell import Golden, Vote
from sync.rules.sets import SetGolden
from sync.rules.verdict import Verdict
from sync.sides import Side, at_rest, echo_of
from sync.units import Form
from sync.writing.pushed import MARK

OPEN = frozenset({Verdict.DOUBT, Verdict.CHANGE})


@dataclass(slots=True)
class Drafter:
    """Collects the rows of one chunk and writes them together. counts: verdicts by (table, verdict, reason)."""

    run: Run
    entities: list[EntityDraft] = field(default_factory=list)
    links: list[tuple[LinkRow, str | None]] = field(default_factory=list)
    hashes: dict[int, bytes] = field(default_factory=dict)
    cells: list[CellDraft] = field(default_factory=list)
    absences: list[tuple[str, int, str, int, str]] = field(default_factory=list)
    creates: list[ChangeRow] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    seq: int = 0
    view: str = ""

    def entity(
        self, case: Case, judged: Mapping[str, Sequence[Judged]], receives: Mapping[str, bool], *, pending: bool
    ) -> None:
        """The entity with its parts' links and deviating cells."""
        still_open = pending
        if case.edited:
            self.run.draft.edited.add(case.id)
        for side in case.sides:
            rows = judged.get(side.ref, ())
            still_open |= any(one.verdict in OPEN for one in rows)
            still_open |= any(one.verdict is Verdict.FILTERED and self._elsewhere(side) for one in rows)
            still_open |= bool(side.table.silent)  # R1b: what a guard or a failure stopped stays open
            self._link(side, rows, receives=receives.get(side.ref, True))
            self._leaves(case, side, receives=receives.get(side.ref, True))
            for one in rows:
                self._cell(case, side, one)
        goldens = codec.dump_goldens(case.goldens)
        extra = self._extra(case)
        self.entities.append(EntityDraft(case.id, case.kind, goldens, case.row.rev, int(still_open), None, extra))
        for unit, votes in case.parked.items():
            self._question(case, unit, votes)

    def _elsewhere(self, side: Side) -> bool:
        """Another job writes this table: what is filtered here tonight is not at rest."""
        table = side.table
        return not table.pushed and any(table.name in job.push for job in self.run.workspace.jobs.values())

    def _leaves(self, case: Case, side: Side, *, receives: bool) -> None:
        """R8c: whose record is withdrawn tonight, and who is inside the filter."""
        if side.silent or not side.table.source.only.conditions:
            return
        spot = (case.id, side.table.row.source)
        if receives:
            self.run.draft.received.add(spot)
        elif side.link.marks and side.link.committed and side.table.source.on_leave == "remove":
            self.run.draft.left.add(spot)

    def _link(self, side: Side, rows: Sequence[Judged], *, receives: bool) -> None:
        echo: dict[str, object] = {}
        related: dict[str, object] = {}
        for one in rows:
            if one.unit.startswith(MARK):
                if one.unit in side.echo:
                    echo[one.unit] = side.echo[one.unit]
                continue
            view = side.part.views[one.unit]
            if view.unit.form is Form.RELATION:
                related[one.unit] = one.cell.seen
            if _rests(one, view.unit.form):
                said = echo_of(one.cell, view.unit.form)
                if said is not None:
                    echo[one.unit] = said
        link = side.link._replace(
            cells=len(rows),
            marks=int(receives) if not side.silent else side.link.marks,
            echo=codec.dump(echo) if echo else None,
            related=codec.dump(related) if related else None,
            first_run=side.link.first_run or self.run.id,
        )
        self.links.append((link, "moved" if (link.record_id, link.part) in self.run.draft.moved_refs else None))
        if not side.table.silent:  # else nothing of it was seen (R4c)
            self.hashes[side.record.id] = side.record.canon_hash

    def _cell(self, case: Case, side: Side, one: Judged) -> None:
        table = side.table
        self.counts[table.name, str(one.verdict), one.reason if one.verdict is not Verdict.CHANGE else ""] += 1
        if one.unit.startswith(MARK):
            if one.verdict is Verdict.AGREED:
                return
        elif _rests(one, side.part.views[one.unit].unit.form) and not one.reason:
            return
        known = side.cells.get(one.unit)
        same = known is not None and known.verdict == one.verdict and known.reason == one.reason
        since = known.since if known is not None and same else self.run.id
        want = None
        if one.verdict is Verdict.CHANGE:
            golden = case.goldens.get(one.unit)
            source = golden.ref if isinstance(golden, Golden) else ""
            want = codec.dump({"after": dict(one.after), "value": one.value, "from": source, "shown": one.cell.shown})
        state = codec.dump_cell(one.cell)
        reason = one.reason
        row = (side.record.id, side.part.map.name, one.unit, case.id, str(one.verdict), reason, since, state, want)
        self.cells.append(CellDraft(*row))

    def _extra(self, case: Case) -> bytes | None:
        related = {
            name: golden.value
            for name, golden in case.goldens.items()
            if isinstance(golden, Golden) and golden.value and self.run.units[case.kind][name].form is Form.RELATION
        }
        out: dict[str, object] = {}
        if case.losers:
            out["losers"] = [(unit, vote.value, vote.ref, "lost") for unit, vote in case.losers]
        if case.steps:
            out["steps"] = [_step(step) for step in case.steps]
        if related or case.row.golden != b"{}":
            out["related"] = related
        if case.spent:
            out["spent"] = case.spent
        return codec.dump(out) if out else None

    def _question(self, case: Case, unit: str, votes: Sequence[Vote]) -> None:
        content = {"votes": [[v.value, v.ref, v.golden] for v in votes], "kind": case.kind}
        asked = Question("field", f"field:{case.id}:{unit}", content, entity=case.id, field=unit)
        self.run.draft.questions.append(asked)

    # -------------------------------------------------------------------------- table 4

    def absent(self, case: Case, table: TableState, reason: Absent, made: Composed | None) -> int | None:
        """Notes why there is no record; a create is a change of the plan -> its number."""
        lacks = f": {made.lacks}" if made is not None and made.lacks and reason is Absent.INCOMPLETE else ""
        self.reasons[table.name, str(reason)] += 1
        if table.name in self.run.job.create_in:
            self.absences.append((case.id, table.id, f"{reason}{lacks}", self.run.id, self.view))
        if reason is not Absent.CREATE or made is None:
            return None
        self.seq += 1
        fields = [[part, name, None, value, _from(case, name), ""] for part, name, value in made.shows]
        self.creates.append(
            ChangeRow(
                plan=self.run.plan,
                seq=self.seq,
                table_id=table.id,
                entity=case.id,
                record_id=None,
                op="create",
                generation=made.generation,
                key=None,
                fields=codec.dump({"fields": fields, "parts": made.parts}),
                after=codec.dump_raw(made.after),
                before=b"{}",
                expect=str(table.versions),
            )
        )
        return self.seq

    def flush(self, c: Connection) -> None:
        """Writes what was collected and forgets it; counts stay."""
        ledger, plan = self.run.ledger, self.run.plan
        plans.draft_entities(ledger, c, plan, self.entities)
        plans.draft_links(ledger, c, plan, self.links, self.hashes)
        moved = self.run.draft.moved_refs
        plans.clear_cells(ledger, c, plan, {(row.record_id, row.part) for row, _ in self.links} & moved)
        plans.draft_cells(ledger, c, plan, self.cells)
        plans.draft_absences(ledger, c, plan, self.absences)
        plans.save_changes(ledger, c, self.creates)
        for rows in (self.entities, self.links, self.hashes, self.cells, self.absences, self.creates):
            rows.clear()


def _rests(one: Judged, form: Form) -> bool:
    if form is Form.SET:
        cell = one.cell
        quiet = one.verdict is Verdict.AGREED and cell.stop is None and cell.doubt is None
        return quiet and cell.seen == cell.shown
    return at_rest(one.cell) and one.verdict is Verdict.AGREED


def _step(step: Step) -> list[object]:
    return [step.unit, codec.pack_golden(step.before), codec.pack_golden(step.after), list(step.knew)]


def _from(case: Case, name: str) -> str:
    golden = case.goldens.get(name)
    if isinstance(golden, SetGolden):
        return next(iter(golden.refs.values()), "")
    return golden.ref if isinstance(golden, Golden) else ""
