"""How is a plan carried out, so that it can be killed anywhere and gone on with? (RULES R14; T2, T3, T4)

T2 commits what the plan decided. Then, destination by destination, parents before children and removals last: the batch
is journalled as intended (T3), written, and each receipt is taken in (T4). A change that was intended and has no receipt
is a doubt, settled by the next run's re-read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import (
    Change,
    Check,
    LookUp,
    OffbookError,
    Op,
    Outcome,
    Receipt,
    Record,
    SourceError,
    Stopped,
    Value,
)
from sync.context import Run, TableState
from sync.ledger import codec, goingon, graph, plans
from sync.ledger.plans import ChangeRow
from sync.linking.pointing import CREATED
from sync.writing import receipts
from sync.writing.ahead import met
from sync.writing.repeated import answers
from sync.writing.tokens import token_for

OPS = (Op.CREATE, Op.RESTORE, Op.UPDATE, Op.MERGE, Op.ARCHIVE, Op.DELETE)
"""Creates first, so that look-ups find their keys; removals last (R14c)."""
WHOLE = 1_000_000


@dataclass(slots=True)
class Applied:
    """What became of a plan: planned = done + conflict + rejected + unknown + not sent (R17)."""

    planned: int = 0
    done: int = 0
    duplicate: int = 0
    conflict: int = 0
    rejected: int = 0
    unknown: int = 0
    not_sent: Counter[str] = field(default_factory=Counter)
    otherwise: int = 0
    backups: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, Exception] = field(default_factory=dict)

    def balances(self) -> bool:
        sent = self.done + self.duplicate + self.conflict + self.rejected + self.unknown
        return self.planned == sent + sum(self.not_sent.values())


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
    for table, op, rows in _groups(run, todo):
        try:
            _write_group(run, table, op, rows, keys, done)
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


# ------------------------------------------------------------------------------ one destination, one op


def _write_group(
    run: Run, table: TableState, op: Op, rows: Sequence[ChangeRow], keys: dict[int, str], done: Applied
) -> None:
    if table.connector is None:
        done.not_sent["its source is not open"] += len(rows)
        return
    size = table.described.can.batch.get(op, 1) or WHOLE
    for at in range(0, len(rows), size):
        _write_batch(run, table, op, list(rows[at : at + size]), keys, done)


def _write_batch(
    run: Run, table: TableState, op: Op, rows: list[ChangeRow], keys: dict[int, str], done: Applied
) -> None:
    """T3, the request, T4."""
    rows, changes = _changes(run, op, rows, keys, done)
    if not changes:
        return
    with run.transaction() as c:
        tokens = {row.seq: change.token for row, change in zip(rows, changes, strict=True) if change.token}
        plans.set_tokens(run.ledger, c, run.plan, tokens)
        plans.set_state(run.ledger, c, run.plan, [row.seq for row in rows], "intended", run.id, run.now.isoformat())
    by_id = {change.id: row for row, change in zip(rows, changes, strict=True)}
    left = dict(by_id)
    assert table.connector is not None
    batch: list[tuple[ChangeRow, Receipt]] = []
    try:
        stands = met(run, table, op, by_id, changes)
        batch += [(left.pop(one), receipt) for one, receipt in stands.items()]
        changes = [one for one in changes if one.id not in stands]
        for receipt in answers(run, table, op, by_id, changes) if changes else ():
            row = left.pop(receipt.change)
            batch.append((row, receipt))
            run.progress(f"write {table.name}", done.done + len(batch), done.planned)
    except Stopped:
        _take(run, table, op, batch, keys, done)
        _unsent(run, left.values(), "planned")
        raise
    except SourceError:
        _take(run, table, op, batch, keys, done)
        _unsent(run, left.values(), "planned")
        raise
    _take(run, table, op, batch, keys, done)
    _unsent(run, left.values(), "planned")


def _unsent(run: Run, rows: Iterable[ChangeRow], state: str) -> None:
    """C17: raised without a receipt is not sent; it is planned as before."""
    seqs = [row.seq for row in rows]
    if seqs:
        with run.transaction() as c:
            plans.set_state(run.ledger, c, run.plan, seqs, state, run.id, run.now.isoformat())


def _take(
    run: Run,
    table: TableState,
    op: Op,
    batch: Sequence[tuple[ChangeRow, Receipt]],
    keys: dict[int, str],
    done: Applied,
) -> None:
    """T4: the receipts of one batch, in one durable transaction."""
    if not batch:
        return
    found = _read_back(table, batch)
    with run.transaction() as c:
        receipts.take(run, c, table, op, batch, found)
    for row, receipt in batch:
        _count(done, table, receipt)
        if receipt.key is not None and receipt.outcome in (Outcome.DONE, Outcome.DUPLICATE):
            keys[row.seq] = receipt.key


def _read_back(table: TableState, batch: Sequence[tuple[ChangeRow, Receipt]]) -> dict[str, Record]:
    """Records whose receipts do not show them: fetched, so that what the system made of our words is seen (R14a)."""
    wanted = [
        receipt.key or row.key
        for row, receipt in batch
        if receipt.record is None and receipt.outcome in (Outcome.DONE, Outcome.CONFLICT, Outcome.DUPLICATE)
    ]
    keys = sorted({key for key in wanted if key is not None})
    assert table.connector is not None
    found: dict[str, Record] = {}
    size = table.described.can.reread or len(keys) or 1
    try:
        for at in range(0, len(keys), size):
            for record in table.connector.fetch(
                table.described.id, keys[at : at + size], tuple(table.converter.columns)
            ):
                found[record.key] = record
    except OffbookError:
        pass  # not read back: the next run does
    return found


def _count(done: Applied, table: TableState, receipt: Receipt) -> None:
    word = receipt.outcome
    if word is Outcome.DONE:
        done.done += 1
        if receipt.detail:
            done.backups[table.source.name] = receipt.detail
    elif word is Outcome.DUPLICATE:
        done.duplicate += 1
    elif word is Outcome.CONFLICT:
        done.conflict += 1
    elif word is Outcome.REJECTED:
        done.rejected += 1
    elif word is Outcome.UNKNOWN:
        done.unknown += 1
    else:
        done.not_sent[receipt.detail or "deferred"] += 1


# ------------------------------------------------------------------------------ what goes out


def _changes(
    run: Run, op: Op, rows: list[ChangeRow], keys: Mapping[int, str], done: Applied
) -> tuple[list[ChangeRow], list[Change]]:
    """The contract's changes; one whose parent was not created after all is not sent."""
    sent: list[ChangeRow] = []
    made: list[Change] = []
    for row in rows:
        after = _pointed(codec.load_raw(row.after), keys)
        if after is None:
            done.not_sent["its parent was not created"] += 1
            continue
        sent.append(row)
        made.append(
            Change(
                id=f"{run.plan}.{row.seq}",
                op=op,
                key=row.key,
                after=after,
                before=codec.load_raw(row.before),
                expect=None if op is Op.CREATE else row.expect,
                token=row.token or token_for(run, row) if op is Op.CREATE else None,
            )
        )
    return sent, made


def _pointed(after: dict[str, Value], keys: Mapping[int, str]) -> dict[str, Value] | None:
    """Look-ups to records that this plan creates get the keys that their receipts brought."""
    for name, value in after.items():
        text = value.key if isinstance(value, LookUp) else value
        if not isinstance(text, str) or not text.startswith(CREATED):
            continue
        key = keys.get(int(text[len(CREATED) :]))
        if key is None:
            return None
        after[name] = LookUp(value.table, key, value.label) if isinstance(value, LookUp) else key
    return after


__all__ = ["OPS", "Applied", "Check", "apply", "graph"]
