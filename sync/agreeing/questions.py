"""How do tonight's questions reach people? (R4d, R10: listed by how many creates they free)"""

from __future__ import annotations

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
    with run.ledger.transaction() as c:
        for entity, other in asked.tied(run.ledger, c):
            for one in filter(None, (entity, other)):
                run.draft.asked.setdefault(one, set())
