"""Is this ledger an older copy, and what waits after it was restored? (RULES R21c)

A token of ours with a higher run than this ledger's own means that the ledger is an old copy: the run stops before it
decides anything. After a restore nothing is created or removed until one complete run of all sources is behind it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from connectors.contract import say
from sync.context import Run
from sync.errors import LedgerError
from sync.ledger import restoring
from sync.ledger.store import Ledger
from sync.writing.tokens import prefix, run_of


def highest_met(ledger: Ledger, c: Connection, ledger_id: str) -> int:
    """The newest run in a token of ours that a record bears; 0 where none bears one."""
    mine = prefix(ledger_id)
    found = (run_of(f"{mine}{run}0000000", ledger_id) for run in restoring.runs_of_tokens(ledger, c, mine))
    return max((number for number in found if number is not None), default=0)


def demand_newest(run: Run) -> None:
    """After reading, before anything is decided. Raises LedgerError where a record bears a later run than this one."""
    with run.ledger.transaction() as c:
        met = highest_met(run.ledger, c, run.ledger_id)
    if met > run.id:
        raise LedgerError(
            "this ledger is an older copy: a record bears the mark of run {met}, and the ledger knows runs up to {known}."
            " Nothing was decided or written. Bring the newest ledger back (`offbook restore FILE`), or go on with this"
            " one as after a restore: `offbook restore --here`",
            met=met,
            known=run.id,
        )


def note_waiting(run: Run) -> None:
    """Says in the run what waits for it: tables that were not read whole since the ledger was restored."""
    with run.ledger.transaction() as c:
        since = restoring.restored_in(run.ledger, c)
    if not since:
        return
    run.restored = since
    lacking = _not_listed(run, since)
    if lacking:
        text = say(
            "the ledger was restored, so nothing is created or removed until all sources were read whole and a plan was"
            " applied; not read whole yet: {tables}",
            tables=", ".join(lacking),
        )
    else:
        text = say(
            "the ledger was restored, so nothing is created or removed yet; all sources were read whole now: once this"
            " plan is applied, the next run creates and removes again"
        )
    run.note("warning", "restored", text)


def _not_listed(run: Run, since: int) -> list[str]:
    """Tables that some job reads and that were not listed whole after that run."""
    wanted = {name for job in run.workspace.jobs.values() for name in job.pull}
    names = (name for name in run.workspace.tables if name in wanted)
    return [name for name in names if name not in run.tables or (run.tables[name].row.listed_run or 0) <= since]


def to_commit(run: Run) -> int:
    """What a plan notes of it: the restoring that its run completes, 0 where it completes none."""
    return run.restored if run.restored and not _not_listed(run, run.restored) else 0


def commit(run: Run, c: Connection, state: Mapping[str, object]) -> None:
    """In T2: the complete run is behind us, so that the next one may create and remove."""
    if state.get("restored") and state["restored"] == restoring.restored_in(run.ledger, c):
        restoring.is_over(run.ledger, c)


def drop_removals(run: Run) -> int:
    """Takes what would remove records out of a plan in the making -> how many changes."""
    if not run.restored:
        return 0
    with run.transaction() as c:
        return restoring.drop_removals(run.ledger, c, run.plan)


__all__ = ["commit", "demand_newest", "drop_removals", "highest_met", "note_waiting", "to_commit"]
