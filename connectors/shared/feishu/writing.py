"""How do changes reach 飞书多维表格: hundreds in a request, halved until the culprit is alone, creates under a key? (C17-C25)

A request falls as one. Creates bear a client_token: the same request under the same one is done once, for as long as the
system remembers it. So creates whose answer was lost are sent again as they were, within that time, and only then they
are in doubt. Updates bear one too, but the vendor's page does not name it for them: they are not sent again, only looked
at. Answers show what was sent and not what is there, so receipts show no record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID, uuid4

from connectors.contract import (
    Change,
    Gate,
    Op,
    Outcome,
    Receipt,
    Record,
    RetryLater,
    SourceError,
    SourceRefused,
    say,
)
from connectors.http import Lost, Reply
from connectors.shared.feishu.reading import Reading
from connectors.shared.feishu.shape import (
    CHECKBOX,
    DATE,
    LINK,
    MULTI,
    NUMBER,
    PERSON,
    PHONE,
    SINGLE,
    TEXT,
    TWO_WAY,
    URL,
    Shape,
)
from connectors.shared.feishu.wire import FIELD_GONE, Base, Late, code_of
from connectors.shared.web.answers import Fate
from connectors.shared.web.fitting import Unfit

KEYED: Final = 60.0
"""Seconds for which the system surely remembers a client_token."""
_AGAIN: Final = 2
"""How often a request is sent again under its key."""
_ABOUT_RECORDS: Final = frozenset({Fate.REJECTED, Fate.GONE})
_APIS: Final = {Op.CREATE: "batch_create", Op.UPDATE: "batch_update", Op.DELETE: "batch_delete"}
_AT_FAULT: Final[Mapping[int, tuple[int, ...]]] = {
    1254060: (TEXT,),
    1254061: (NUMBER,),
    1254062: (SINGLE,),
    1254063: (MULTI,),
    1254064: (DATE,),
    1254065: (CHECKBOX,),
    1254066: (PERSON,),
    1254067: (LINK, TWO_WAY),
    1254068: (URL,),
    1254072: (PHONE,),
    1254074: (LINK, TWO_WAY),
    1254130: (TEXT,),
}
"""Which fields a code is about, by their types; the sentence with it names none."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A change and what is sent of it, by field names."""

    change: Change
    cells: Mapping[str, object]


class _InDoubt(Exception):
    """It was sent, and nobody knows what became of it. stop: what keeps us from asking."""

    def __init__(self, why: Lost, stop: SourceError | None = None) -> None:
        super().__init__()
        self.why, self.stop = why, stop


class Writing:
    """One table, written by one op at a time. shape: as it was looked up for this write; token: the field of our id,
    None where it has none; size: changes in a request."""

    def __init__(self, base: Base, reading: Reading, shape: Shape, gate: Gate, token: str | None, size: int) -> None:
        self._base, self._reading, self._shape, self._gate = base, reading, shape, gate
        self._token, self._size, self._lost = token, size, 0

    def write(self, changes: Sequence[Change]) -> Iterator[Receipt]:
        waiting = {change.id: change for change in changes}
        try:
            for receipt in self._each(changes):
                waiting.pop(receipt.change, None)
                yield receipt
        except Lost:
            raise
        except RetryLater as why:  # nothing of these was done
            yield from (Receipt(one.id, Outcome.DEFERRED, one.key, detail=why.said) for one in waiting.values())

    def _each(self, changes: Sequence[Change]) -> Iterator[Receipt]:
        ready: list[_Ready] = []
        for change in changes:
            cells, apart = self._cells(change)
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            else:
                ready.append(_Ready(change, cells))
        for start in range(0, len(ready), self._size):
            yield from self._batch(ready[start : start + self._size])

    def _cells(self, change: Change) -> tuple[dict[str, object], dict[str, tuple[Outcome, str]]]:
        cells: dict[str, object] = {}
        apart: dict[str, tuple[Outcome, str]] = {}
        for name, value in change.after.items():
            column = self._shape.columns.get(name)
            if column is None:
                apart[name] = (Outcome.REJECTED, say("the table has no such field"))
                continue
            try:
                sent = column.written(value)
            except Unfit as no:
                apart[name] = (Outcome.REJECTED, no.why)
                continue
            if sent is not None or change.op is not Op.CREATE:
                cells[column.field.name] = sent
        if change.op is Op.CREATE and self._token is not None and change.token is not None:
            cells[self._shape.columns[self._token].field.name] = change.token
        return cells, apart

    # -------------------------------------------------------------------------- one request

    def _batch(self, batch: Sequence[_Ready]) -> Iterator[Receipt]:
        """All of it, or halves of it until the culprit is alone (C22)."""
        if not batch:
            return
        try:
            reply = self._sent(batch)
        except _InDoubt as doubt:
            yield from self._looked_at(batch, doubt)
            return
        self._lost = 0
        if reply.fate is Fate.FINE:
            yield from self._done(batch, reply)
        elif reply.fate is Fate.DUPLICATE:
            yield from self._repeated(batch, reply)
        elif len(batch) > 1 and self._is_about_records(reply):
            half = len(batch) // 2
            yield from self._batch(batch[:half])
            yield from self._batch(batch[half:])
        elif self._is_about_records(reply):
            yield self._refused(batch[0], reply)
        else:
            self._base.fine(reply)

    def _is_about_records(self, reply: Reply) -> bool:
        """A field that is gone is about the record only if it is there: its values may not be written by this app."""
        if code_of(reply) not in FIELD_GONE:
            return reply.fate in _ABOUT_RECORDS
        if self._reading.anew().shape.by_name != self._shape.by_name:
            raise RetryLater(
                "a field of {table} was renamed or hidden just now; Offbook reads it anew", table=self._shape.id
            )
        return True

    def _sent(self, batch: Sequence[_Ready]) -> Reply:
        """Sent again under its client_token while the system surely remembers that. Raises _InDoubt."""
        key, until = self._key(batch), self._gate.now() + timedelta(seconds=KEYED / 2)
        try:
            return self._once(batch, key, None)
        except Lost as why:
            lost = why
        for _ in range(_AGAIN if batch[0].change.op is Op.CREATE else 0):
            try:
                self._gate.wait(1.0)
                return self._once(batch, key, until)
            except Lost as why:
                lost = why
            except Late:
                break
            except SourceError as stop:
                raise _InDoubt(lost, stop) from stop
        raise _InDoubt(lost)

    def _once(self, batch: Sequence[_Ready], key: str, until: datetime | None) -> Reply:
        op = batch[0].change.op
        if op is Op.DELETE:
            told: list[Any] = [one.change.key for one in batch]
        elif op is Op.UPDATE:
            told = [{"record_id": one.change.key, "fields": one.cells} for one in batch]
        else:
            told = [{"fields": one.cells} for one in batch]
        reply = self._base.write(_APIS[op], self._shape.id, {"records": told}, key, until)
        if reply.fate is Fate.EXPIRED:  # 1254002: an overload, or a fault, and perhaps it was done
            raise Lost("no answer from {where} that tells what was done: {how}", where="飞书多维表格", how=reply.told)
        return reply

    def _key(self, batch: Sequence[_Ready]) -> str:
        """The same for the same creates, whoever sends them; of its own for each request of updates."""
        op = batch[0].change.op
        if op is Op.DELETE:
            return ""
        if op is Op.UPDATE or not all(one.change.token for one in batch):
            return str(uuid4())
        said = " ".join([self._shape.id, *(str(one.change.token) for one in batch)])
        return str(UUID(bytes=blake2b(said.encode(), digest_size=16).digest(), version=4))

    # -------------------------------------------------------------------------- what came of it

    def _done(self, batch: Sequence[_Ready], reply: Reply) -> Iterator[Receipt]:
        rows = [one for one in reply.answer.at("data", "records") or () if isinstance(one, Mapping)]
        keys = [str(one["record_id"]) for one in rows if one.get("record_id") and one.get("deleted", True)]
        made = batch[0].change.op is Op.CREATE
        for number, one in enumerate(batch):
            if made:
                key = keys[number] if len(keys) == len(batch) else None
            else:
                key = one.change.key if one.change.key in keys else None
            yield self._receipt(one, Outcome.UNKNOWN if key is None else Outcome.DONE, key or one.change.key)

    def _receipt(self, one: _Ready, outcome: Outcome, key: str | None = None) -> Receipt:
        detail = say("飞书多维表格's answer does not tell what was done") if outcome is Outcome.UNKNOWN else ""
        return Receipt(one.change.id, outcome, key or one.change.key, detail=detail)

    def _repeated(self, batch: Sequence[_Ready], reply: Reply) -> Iterator[Receipt]:
        """Done before under the same client_token, or being done."""
        why = Lost("no answer from {where} that tells what was done: {how}", where="飞书多维表格", how=reply.told)
        return self._looked_at(batch, _InDoubt(why))

    def _looked_at(self, batch: Sequence[_Ready], doubt: _InDoubt) -> Iterator[Receipt]:
        """What is there, as far as that tells; all else is in doubt. Two requests in a row that tell nothing end the
        write."""
        found: Mapping[str, Record] = {}
        if doubt.stop is None:
            try:
                found = self._there(batch)
            except SourceError as stop:
                doubt.stop = stop
        self._lost = 0 if found else self._lost + 1
        for one in batch:
            record = found.get(one.change.token or "") or found.get(one.change.key or "")
            if record is not None:
                yield Receipt(one.change.id, Outcome.DONE, record.key)
            else:
                yield Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=doubt.why.said)
        if doubt.stop is not None:
            raise doubt.stop
        if self._lost > 1:
            raise doubt.why

    def _there(self, batch: Sequence[_Ready]) -> Mapping[str, Record]:
        """Creates by their token; updates by their key, where everything shows what was sent. Of deletes nothing: what
        does not come proves nothing."""
        if batch[0].change.op is Op.DELETE:
            return {}
        if batch[0].change.op is Op.CREATE:
            tokens = [one.change.token for one in batch if one.change.token]
            return {} if self._token is None else dict(self._reading.find(tokens, (), self._token))
        names = sorted({name for one in batch for name in one.change.after})
        shown = {one.key: one for one in self._reading.fetch([one.change.key or "" for one in batch], names)}
        return {
            key: shown[key]
            for one in batch
            if (key := one.change.key or "") in shown
            and all(shown[key].fields.get(name) == value for name, value in one.change.after.items())
        }

    # -------------------------------------------------------------------------- a refusal

    def _refused(self, one: _Ready, reply: Reply) -> Receipt:
        change = one.change
        if reply.fate is Fate.GONE and change.op is not Op.CREATE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=say("the record is not there any more"))
        if change.op is Op.DELETE:
            return Receipt(change.id, Outcome.REJECTED, change.key, detail=reply.told)
        columns, types = self._shape.columns, _AT_FAULT.get(code_of(reply), ())
        words = str(reply.answer.at("msg") or "")
        named = [name for name in change.after if name in words or columns[name].field.name in words]
        fields = named or [name for name in change.after if columns[name].type in types] or list(change.after)
        apart = {name: (Outcome.REJECTED, reply.told or say("飞书多维表格 does not take it")) for name in fields}
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=apart, detail=reply.told)


def demand_token(shape: Shape, table: str, token: str | None) -> None:
    """Raises SourceRefused where the mapping names a field for our id that is not there."""
    if token and token not in shape.columns:
        text = "`{table}` has no field {field} for our id; add it, or take `offbook_id:` out of the mapping"
        raise SourceRefused(text, table=table, field=token)
