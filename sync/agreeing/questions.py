"""How do tonight's questions reach people? (R4d, R10: listed by how many creates they free)"""

from __future__ import annotations

from sqlalchemy import Connection

from sync.context import Run
from sync.ledger import asked, graph


def save(run: Run) -> None:
    """Writes down what is asked; what was asked of entities that this run settled, and is asked no more, lapses."""
    with run.transaction() as c:
        rows = [(q.sort, q.subject, q.entity, q.other, q.field, q.content) for q in run.draft.questions]
        asked.save(run.ledger, c, run.id, rows)
        asked.lapse(run.ledger, c, run.id, graph.planned_entities(run.ledger, c, run.plan))


def remembered(run: Run) -> None:
    """Questions of earlier runs still tie the entities they name, until somebody answers."""
    with run.transaction() as c:
        _close_decided(run, c)
        for entity, other in asked.tied(run.ledger, c):
            for one in filter(None, (entity, other)):
                run.draft.asked.setdefault(one, set())


def _close_decided(run: Run, c: Connection) -> None:
    """Whether two are one was decided elsewhere (an import, a split, a list of decisions): nobody is asked any more."""
    said = graph.decided(run.ledger, c)
    rows = asked.open_questions(run.ledger, c, ["identity", "merged"])
    if not said or not rows:
        return
    tied = graph.entity_of(run.ledger, c, 0, {_number(ref) for pair, same in said.items() if not same for ref in pair})
    apart = {
        frozenset(tied.get((_number(ref), ref.partition(":")[2]), ref) for ref in pair)
        for pair, same in said.items()
        if not same
    }
    answered = [
        row for row in rows if tuple(sorted(row.content["refs"])) in said or frozenset((row.entity, row.other)) in apart
    ]
    asked.close(run.ledger, c, [row.id for row in answered])
    graph.open_entities(run.ledger, c, {one for row in answered for one in (row.entity, row.other) if one})


def _number(ref: str) -> int:
    return int(ref.partition(":")[0])
