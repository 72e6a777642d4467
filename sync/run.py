"""One run, on one screen: lease → doubts → pull → align → map → subjects → links → source guards → merge → plan →
plan guards → apply (RULES §0)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from connectors.contract import ConfigError, Connector, Gate, OffbookError, SourceError, Stopped, Vault, say
from connectors.gate import RunGate
from connectors.vault import MemoryVault
from sync import witness
from sync.agreeing import guards, leaving, questions, undo
from sync.agreeing.plan import Planned, plan
from sync.agreeing.planning import chosen, close_applied, close_plan, commit, describe, load_plan
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.context import Run, TableState
from sync.ledger import plans, quotas
from sync.ledger.lease import Lease, take
from sync.ledger.runs import begin_run, end_run, known_starts
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger, open_ledger
from sync.ledger.undoing import last_run
from sync.linking import standing, subject
from sync.linking.link import Linked, link
from sync.linking.relate import Pointers
from sync.reading import rereading, sampling
from sync.reading.follow import absences, follow_links
from sync.reading.read import Reading, read_table
from sync.safe import waiting
from sync.tables import all_units, open_source, open_tables
from sync.workspace import ledger_place
from sync.writing import doubts, learning
from sync.writing.apply import Applied, apply

Progress = Callable[[str, int, int], None]
OWN_CODES = (2, 3, 5, 6, 4)
"""The exit code of a mixed run: the first that occurred in this order (RULES, end)."""


@dataclass(slots=True)
class Outcome:
    """What a run did. code: the exit code. plan: its number, 0 where none was made. silenced: table → the source guard
    that keeps it from being heard."""

    run: int
    plan: int = 0
    code: int = 0
    read: dict[str, Mapping[str, int]] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    linked: Linked = field(default_factory=Linked)
    planned: Planned = field(default_factory=Planned)
    tripped: list[guards.Tripped] = field(default_factory=list)
    applied: Applied | None = None
    header: Mapping[str, object] = field(default_factory=dict)
    undone: undo.Undone | None = None
    silenced: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """A workspace with its ledger open. Close it. clock and gate are handed in by tests."""

    workspace: Workspace
    ledger: Ledger
    vault: Vault = field(default_factory=MemoryVault)
    gate: Gate = field(default_factory=RunGate)
    progress: Progress = lambda _what, _done, _all: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    opened: dict[str, Connector] = field(default_factory=dict)

    def close(self) -> None:
        for connector in self.opened.values():
            connector.close()
        self.opened.clear()
        self.ledger.close()


def open_session(workspace: Workspace, *, create: bool = True, **given: object) -> Session:
    """Opens the workspace's ledger. Raises LedgerError, LedgerBusy."""
    where = ledger_place(workspace)
    return Session(workspace, open_ledger(where, Path(workspace.folder), create=create), **given)  # type: ignore[arg-type]


def job_of(workspace: Workspace, name: str) -> Job:
    """The job of that name; an undo's plan has one of its own. Raises ConfigError."""
    if name == undo.JOB:
        return undo.undo_job(workspace)
    if name not in workspace.jobs:
        raise ConfigError("no job is called `{name}`; there is: {known}", name=name, known=", ".join(workspace.jobs))
    return workspace.jobs[name]


# ------------------------------------------------------------------------------ the line


def make_plan(
    session: Session,
    job: str,
    *,
    allowed: Mapping[str, str] | None = None,
    sort: str = "plan",
    sample: int | None = None,
) -> Outcome:
    """Reads the job's sources and plans what would be written; nothing is written and nothing is decided (R13).

    sample: at most so many customers, instead of what the job says.
    """
    lease = take(session.ledger, clock=session.clock, what=f"{sort} {job}")
    try:
        wanted = job_of(session.workspace, job)
        wanted = wanted if sample is None else replace(wanted, sample=sample)
        run = _begin(session, wanted, lease, sort, dict(allowed or {}))
        outcome = Outcome(run.id)
        with _ending(run, outcome):
            _planned(session, run, outcome)
            if sort != "match":
                witness.planned(run, outcome.header)
        return outcome
    finally:
        lease.release()


def _planned(session: Session, run: Run, outcome: Outcome) -> None:
    """The line up to the plan."""
    pointers = Pointers(run)
    questions.remembered(run)
    _open(session, run)
    rereading.reread_changed(run)
    doubts.settle_creates(run)
    readings = _read_all(run)
    waiting.demand_newest(run)
    waiting.note_waiting(run)
    with run.transaction() as c:
        run.plan = plans.begin(run.ledger, c, run.id, run.job.name, run.now.isoformat(), _epoch(run, c))
    outcome.plan = run.plan
    for reading in readings.values():
        doubts.recognise(run, reading)
    silenced = guards.before_links(run, readings)
    standing.take_up(run)
    for name, reading in readings.items():
        if name not in silenced:
            with run.transaction() as c:
                lacking = absences(run, c, reading)
                follow_links(run, c, reading, lacking, silenced)
                guards.note_seen(run, c, reading, lacking)
    subject.follow_subjects(run, pointers)
    outcome.linked = link(run, pointers)
    standing.open_pointing(run)
    guards.source_guards(run)
    outcome.planned = plan(run)
    leaving.follow_leavers(run)
    sampling.cut(run)
    questions.save(run)
    outcome.tripped = guards.plan_guards(run)
    outcome.header = close_plan(run, outcome.planned, outcome.linked, outcome.tripped)


def make_undo(session: Session, number: int | None = None) -> Outcome:
    """Plans to take back a run (the newest without a number): reads its sources anew first. Apply the plan to do it."""
    lease = take(session.ledger, clock=session.clock, what="undo")
    try:
        run = _begin(session, undo.undo_job(session.workspace), lease, "undo", {})
        outcome = Outcome(run.id)
        with _ending(run, outcome):
            with run.ledger.transaction() as c:
                target = number if number is not None else last_run(run.ledger, c)
            if target is None:
                raise ConfigError("no run has written anything yet, so there is nothing to undo")
            _open(session, run)
            _read_all(run)
            waiting.demand_newest(run)
            waiting.note_waiting(run)
            with run.transaction() as c:
                run.plan = outcome.plan = plans.begin(
                    run.ledger, c, run.id, undo.JOB, run.now.isoformat(), _epoch(run, c)
                )
            outcome.undone = undo.draft_undo(run, target)
            waiting.drop_removals(run)
            outcome.tripped = guards.plan_guards(run)
            outcome.header = close_plan(run, outcome.planned, outcome.linked, outcome.tripped)
            witness.planned(run, outcome.header)
        return outcome
    finally:
        lease.release()


def apply_plan(
    session: Session,
    number: int,
    *,
    by: str = "",
    limit: int | None = None,
    only: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    allowed: Mapping[str, str] | None = None,
    unattended: bool = False,
) -> Outcome:
    """Carries out a plan, or goes on with one that was interrupted. Raises StalePlan, GuardTripped.

    by: the person who has seen it (R12). unattended: the scheduler; then only what the job's `review:` lets go is sent.
    """
    lease = take(session.ledger, clock=session.clock, what=f"apply {number}")
    try:
        row = load_plan(session, number)
        run = _begin(session, job_of(session.workspace, row.job), lease, "apply", dict(allowed or {}))
        run.plan = number
        outcome = Outcome(run.id, number)
        with _ending(run, outcome):
            _open(session, run)
            barred = commit(run, row)
            pick = chosen(run, row, barred, limit=limit, only=only, without=without, by=by, unattended=unattended)
            outcome.tripped = pick.tripped
            who = by or ("schedule" if unattended else "")
            witness.applying(run, outcome.tripped, who)
            outcome.applied = Applied()
            apply(run, pick.changes, barred=pick.barred, done=outcome.applied)
            outcome.failures.update(outcome.applied.stopped)
            witness.applied(run, outcome.applied, who)
            close_applied(run, barred)
        return outcome
    finally:
        lease.release()


# ------------------------------------------------------------------------------ its parts


def _epoch(run: Run, c: Connection) -> int:
    return int(run.ledger.get(c, "epoch", "0"))


def _begin(session: Session, job: Job, lease: Lease, sort: str, allowed: dict[str, str]) -> Run:
    now = session.clock()
    run = Run(
        ledger=session.ledger,
        workspace=session.workspace,
        job=job,
        gate=session.gate,
        lease=lease,
        id=0,
        now=now,
        units=all_units(session.workspace),
        allowed=allowed,
        progress=session.progress,
        another=lambda name: open_source(session.workspace, name, session.gate, session.vault),
    )
    with run.transaction() as c:
        run.id = begin_run(run.ledger, c, job.name, sort, now)
        run.starts = known_starts(run.ledger, c)
        run.first_record = run.next_record = next_id(run.ledger, c, "record")
        run.ledger_id = run.ledger.get(c, "ledger")
        if isinstance(session.gate, RunGate):
            session.gate.recall(quotas.recalled(run.ledger, c, now), lease.broke_off)
    return run


def _open(session: Session, run: Run) -> None:
    """Opens the sources of the job (and those with doubts); one that cannot be opened does not stop the others."""
    needed = {run.workspace.tables[name].source for name in (*run.job.pull, *run.job.push)}
    needed |= doubts.sources_in_doubt(run)
    for name in run.workspace.sources:
        if name not in needed or name in session.opened:
            continue
        try:
            session.opened[name] = open_source(run.workspace, name, session.gate, session.vault)
        except OffbookError as trouble:
            run.failures[name] = trouble
    with run.transaction() as c:
        open_tables(run, c, session.opened)
    for name, why in run.failures.items():
        _fail(run, name, why)


def _read_all(run: Run) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    for table in run.asked_tables():
        if table.silent:
            continue
        try:
            doubts.fetch_open(run, table)
            readings[table.name] = read_table(run, table)
        except Stopped:
            raise
        except SourceError as trouble:
            run.failures.setdefault(table.source.name, trouble)
            _fail(run, table.source.name, trouble)
    return readings


def _fail(run: Run, source: str, trouble: Exception) -> None:
    """A source that failed is silent tonight; what depends on it waits."""
    for table in run.tables.values():
        if table.source.name == source:
            table.silent = "failed"
            table.current = False
    run.note("error", "failed", say("{source}: {trouble}", source=source, trouble=trouble), source)


@contextmanager
def _ending(run: Run, outcome: Outcome) -> Iterator[None]:
    """The run is written down however it ends; one that breaks off did not go well, whatever was done."""
    broken: BaseException | None = None
    try:
        yield
    except BaseException as trouble:
        broken = trouble
        raise
    finally:
        _end(run, outcome, broken)


def _end(run: Run, outcome: Outcome, broken: BaseException | None = None) -> None:
    outcome.failures.update(run.failures)
    outcome.read = {table.name: dict(table.counts) for table in run.tables.values() if table.asked}
    codes = [getattr(trouble, "exit_code", 70) for trouble in outcome.failures.values()]
    outcome.silenced = {t.name: t.silent for t in run.tables.values() if t.asked and t.silent not in ("", "failed")}
    codes += [5 for one in outcome.tripped if one.stops] + [5 for _ in outcome.silenced]
    if outcome.applied is not None and any(why.startswith("stale") for why in outcome.applied.not_sent):
        codes.append(6)
    outcome.code = next((code for code in OWN_CODES if code in codes), 70 if codes else 0)
    if broken is not None:
        outcome.code = getattr(broken, "exit_code", 130 if isinstance(broken, KeyboardInterrupt) else 70)
    if run.lease.lost:
        return
    with run.transaction() as c:
        learning.save(run, c)
        end_run(run.ledger, c, run.id, session_now(run), outcome.code, describe(run, outcome))
        if isinstance(run.gate, RunGate):
            quotas.keep(run.ledger, c, run.gate.spent(), session_now(run))


def session_now(run: Run) -> datetime:
    return run.gate.now()


__all__ = ["Outcome", "Session", "TableState", "apply_plan", "job_of", "make_plan", "open_session"]
