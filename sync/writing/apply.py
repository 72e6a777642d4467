"""How is a plan carried out, so that it can be killed anywhere and gone on with? (RULES R14; T2, T3, T4)

T2 commits what the plan decided. Then, destination by destination, parents before children and removals last: the batch
is journalled as intended (T3), written, and each receipt is taken in (T4). A change that was intended and has no receipt
is a doubt, settled by the next run's re-read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.contract import Op, SourceError, Stopped
from sync.context import Run, TableState
from sync.ledger import goingon, plans
from sync.ledger.plans import ChangeRow
from sync.writing.batch import Applied
from sync.writing.several import Writers

OPS = (Op.CREATE, Op.RESTORE, Op.UPDATE, Op.MERGE, Op.ARCHIVE, Op.DELETE)
"""Creates first, so that look-ups find their keys; removals last (R14c)."""
WHOLE = 1_000_000


def apply(run: Run, chosen: Sequence[ChangeRow], *, barred: Mapping[int, str], done: Applied) -> None:
    """Carries out the chosen changes; `barred`: seq → why a change is not sent (a guard, a stale entity, not chosen).

    done: what became of them, counted as it happens, so that it is known also of a run that is stopped.

    A destination that fails is left with its changes planned; the others go on. Stopped passes through.
    """
    done.planned = len(chosen)
    with run.ledger.transaction() as c:
        keys = goingon.keys(run.ledger, c, run.plan)
    todo = [row for row in chosen if row.seq not in barred]
    for row in chosen:
        if row.seq in barred:
            done.not_sent[barred[row.seq]] += 1
    with Writers(run, keys, done) as writers:
        for table, op, rows in _groups(run, todo):
            try:
                _write_group(writers, table, op, rows)
            except Stopped:
                _count_unsent(run, todo, done, "stopped")
                raise
            except SourceError as trouble:
                done.stopped[table.source.name] = trouble
    _count_unsent(run, todo, done, "its source failed")


def _groups(run: Run, rows: Sequence[ChangeRow]) -> Iterator[tuple[TableState, Op, list[ChangeRow]]]:
    """By op, generation of look-ups, then table in the workspace's order; changes within by entity and record."""

    def order(row: ChangeRow) -> tuple[object, ...]:
        table = run.by_id[row.table_id]
        return (OPS.index(Op(row.op)), row.generation, table.order)

    grouped: dict[tuple[object, ...], list[ChangeRow]] = {}
    for row in rows:
        grouped.setdefault(order(row), []).append(row)
    for _, same in sorted(grouped.items()):
        same.sort(key=lambda row: (row.entity, row.record_id or 0, row.seq))
        yield run.by_id[same[0].table_id], Op(same[0].op), same


def _count_unsent(run: Run, rows: Sequence[ChangeRow], done: Applied, why: str) -> None:
    with run.ledger.transaction() as c:
        left = plans.count_state(run.ledger, c, run.plan, [row.seq for row in rows], ("planned", "deferred"))
    counted = done.not_sent.total() - (done.planned - len(rows))  # of those that were not barred
    if left > counted:
        done.not_sent[why] += left - counted


def _write_group(writers: Writers, table: TableState, op: Op, rows: Sequence[ChangeRow]) -> None:
    if table.connector is None:
        writers.done.not_sent["its source is not open"] += len(rows)
        return
    size = table.described.can.batch.get(op, 1) or WHOLE
    writers.write(table, op, [rows[at : at + size] for at in range(0, len(rows), size)])


__all__ = ["OPS", "Applied", "apply"]
