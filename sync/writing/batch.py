"""What happens to one batch of changes: journalled as intended, sent, its receipts taken in? (RULES R14; T3, T4)

The journal and what the ledger learns are written by the run's own thread; only what is asked of the source may be done
by another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import Change, LookUp, OffbookError, Op, Outcome, Receipt, Record, SourceError, Value
from sync.context import Run, TableState
from sync.ledger import codec, plans
from sync.ledger.plans import ChangeRow
from sync.linking.pointing import CREATED
from sync.writing import receipts
from sync.writing.ahead import met
from sync.writing.repeated import answers
from sync.writing.tokens import token_for

Told = Callable[[int], None]
"""Hears how many receipts of a batch have come."""


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


@dataclass(frozen=True, slots=True)
class Batch:
    """What is intended in the journal. rows: by the id of their change."""

    table: TableState
    op: Op
    rows: Mapping[str, ChangeRow]
    changes: Sequence[Change]


@dataclass(slots=True)
class Sent:
    """What came of a batch. left: rows without a receipt, which are not sent (C17). found: records that were read back.
    trouble: what the source raised; the receipts that it gave until then stand."""

    batch: Batch
    answered: list[tuple[ChangeRow, Receipt]] = field(default_factory=list)
    left: dict[str, ChangeRow] = field(default_factory=dict)
    found: dict[str, Record] = field(default_factory=dict)
    trouble: SourceError | None = None


def intend(
    run: Run, table: TableState, op: Op, rows: Sequence[ChangeRow], keys: Mapping[int, str], done: Applied
) -> Batch | None:
    """T3: the batch stands in the journal before anything of it is sent. None where nothing of it can be sent."""
    sent, changes = _changes(run, op, rows, keys, done)
    if not changes:
        return None
    with run.transaction() as c:
        tokens = {row.seq: change.token for row, change in zip(sent, changes, strict=True) if change.token}
        plans.set_tokens(run.ledger, c, run.plan, tokens)
        plans.set_state(run.ledger, c, run.plan, [row.seq for row in sent], "intended", run.id, run.now.isoformat())
    return Batch(table, op, {change.id: row for row, change in zip(sent, changes, strict=True)}, changes)


def send(run: Run, table: TableState, batch: Batch, told: Told = lambda _: None) -> Sent:
    """Everything that is asked of the source, by `table`'s connector; of the ledger it only reads."""
    sent = Sent(batch, left=dict(batch.rows))
    try:
        stands = met(run, table, batch.op, batch.rows, batch.changes)
        sent.answered += [(sent.left.pop(one), receipt) for one, receipt in stands.items()]
        changes = [one for one in batch.changes if one.id not in stands]
        for receipt in answers(run, table, batch.op, batch.rows, changes) if changes else ():
            sent.answered.append((sent.left.pop(receipt.change), receipt))
            told(len(sent.answered))
    except SourceError as trouble:
        sent.trouble = trouble
    if sent.answered:
        sent.found = _read_back(table, sent.answered)
    return sent


def take(run: Run, sent: Sent, keys: dict[int, str], done: Applied) -> None:
    """T4: the receipts of one batch, in one durable transaction; what has none is planned as before (C17)."""
    table, op = sent.batch.table, sent.batch.op
    if sent.answered:
        with run.transaction() as c:
            receipts.take(run, c, table, op, sent.answered, sent.found)
        for row, receipt in sent.answered:
            _count(done, table, receipt)
            if receipt.key is not None and receipt.outcome in (Outcome.DONE, Outcome.DUPLICATE):
                keys[row.seq] = receipt.key
    _unsent(run, sent.left.values())


def _unsent(run: Run, rows: Iterable[ChangeRow]) -> None:
    seqs = [row.seq for row in rows]
    if seqs:
        with run.transaction() as c:
            plans.set_state(run.ledger, c, run.plan, seqs, "planned", run.id, run.now.isoformat())


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
    run: Run, op: Op, rows: Sequence[ChangeRow], keys: Mapping[int, str], done: Applied
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
