"""What does the ledger know of one thing: the last runs, an entity, a record, a question?"""

from __future__ import annotations

from sync.ledger import looks, runs
from sync.ledger.looks import PlanLine
from sync.ledger.runs import RunRow
from sync.run import Session


def last_runs(session: Session, limit: int) -> tuple[list[RunRow], list[PlanLine]]:
    """The newest runs first, and the newest plans."""
    with session.ledger.transaction() as c:
        return runs.runs(session.ledger, c, limit), looks.plans(session.ledger, c, limit)


__all__ = ["last_runs"]
