"""How does a run stop early: after reading, or after matching? Golden, links and sources stay as they are.

Records that were read are kept, as a dry run may (R13a). The cursors are not: what a listing lacked, or a system reported
as ended, is known only to the run that heard it, so the next run must hear it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sync.context import Run
from sync.ledger import asked, cursors, staging
from sync.ledger.lease import take
from sync.reading.read import Reading
from sync.run import Outcome, Session, _begin, _end, _open, _read_all, job_of, make_plan


@dataclass(slots=True)
class Looked:
    """What a run that stopped early saw. asked: questions that are open after it, by sort."""

    outcome: Outcome
    asked: dict[str, int] = field(default_factory=dict)


@contextmanager
def _cursors_kept(session: Session) -> Iterator[None]:
    with session.ledger.transaction() as c:
        before = cursors.kept(session.ledger, c)
    try:
        yield
    finally:
        with session.ledger.transaction() as c:
            cursors.put_back(session.ledger, c, before)


def pull(session: Session, job: str) -> Looked:
    """Reads the job's sources into the ledger and goes no further. Raises what a run raises."""
    lease = take(session.ledger, clock=session.clock, what=f"pull {job}")
    try:
        with _cursors_kept(session):
            run = _begin(session, job_of(session.workspace, job), lease, "pull", {})
            looked = Looked(Outcome(run.id))
            try:
                _open(session, run)
                for reading in _read_all(run).values():
                    reading.table.counts["missing"] = _missing(run, reading)
            finally:
                _end(run, looked.outcome)
        return looked
    finally:
        lease.release()


def _missing(run: Run, reading: Reading) -> int:
    """Records that a complete listing lacked; nobody was asked yet whether they are really gone."""
    table, end = reading.table, reading.table.certificate
    if end is None or not (end.full and end.complete):
        return 0
    with run.ledger.transaction() as c:
        lacking = staging.lacking(run.ledger, c, table.id, table.seen)
    return sum(1 for key in lacking.values() if key not in reading.filtered)


def match(session: Session, job: str, *, allowed: Mapping[str, str] | None = None) -> Looked:
    """Reads and works out who is who: the line of a plan, which is then forgotten. No link is kept."""
    with _cursors_kept(session):
        outcome = make_plan(session, job, allowed=allowed, sort="match")
    looked = Looked(outcome)
    with session.ledger.transaction() as c:
        cursors.forget_plan(session.ledger, c, outcome.plan)
        for question in asked.open_questions(session.ledger, c):
            looked.asked[question.sort] = looked.asked.get(question.sort, 0) + 1
    outcome.plan = 0
    if outcome.code == 5 and not outcome.failures:
        outcome.code = 0  # guards on what would be written say nothing about who is who
    return looked


__all__ = ["Looked", "match", "pull"]
