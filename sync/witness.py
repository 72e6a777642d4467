"""What does the audit hear of a run: a plan was made, guards were let through, a plan was applied? (DESIGN §9)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.agreeing.guards import Tripped
from sync.context import Run
from sync.ledger import audit, plans
from sync.writing.apply import Applied


def planned(run: Run, header: Mapping[str, object]) -> None:
    """The plan's digest stands in the chain, so that what was shown is what was applied."""
    with run.transaction() as c:
        row = plans.get(run.ledger, c, run.plan)
        ids: dict[str, object] = {"plan": run.plan, "job": run.job.name, "changes": header.get("changes", 0)}
        if row is not None:
            ids["digest"] = row.digest
        if run.allowed:
            ids["allowed"] = dict(sorted(run.allowed.items()))
        audit.append(run.ledger, c, run=run.id, at=run.now, event="plan", ids=ids)


def applying(run: Run, tripped: Sequence[Tripped], by: str) -> None:
    """Before the first request: also an apply that is killed was heard of. With it the guards that would have stopped
    something and did not, because somebody said so or saw the counts."""
    with run.transaction() as c:
        for one in (one for one in tripped if not one.stops):
            ids = {"plan": run.plan, "table": one.table, "guard": one.guard, "count": one.count, "limit": one.limit}
            audit.append(run.ledger, c, run=run.id, at=run.now, event="allow", ids={**ids, "by": by})
        ids = {"plan": run.plan, "by": by}
        audit.append(run.ledger, c, run=run.id, at=run.now, event="applying", ids=ids)


def applied(run: Run, done: Applied, by: str) -> None:
    """What became of it; nothing where a stop, or another run, came in between."""
    with run.transaction() as c:
        ids = {"plan": run.plan, "by": by, "planned": done.planned, "done": done.done + done.duplicate}
        rest = {"conflict": done.conflict, "rejected": done.rejected, "unknown": done.unknown}
        ids |= {name: count for name, count in rest.items() if count}
        ids["not sent"] = sum(done.not_sent.values())
        audit.append(run.ledger, c, run=run.id, at=run.now, event="applied", ids=ids)


__all__ = ["applied", "applying", "planned"]
