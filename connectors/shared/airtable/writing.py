"""How do changes reach Airtable: ten in a request, halved until the culprit is alone, creates under our id? (C17-C25)

A request of ten falls as one. Creates go out as an upsert by the field that holds our id, so that one whose answer was
lost is looked for, and may then be sent again. Updates and deletes are sent once; without an answer they are in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import (
    Change,
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
from connectors.shared.airtable.cells import Unfit
from connectors.shared.airtable.reading import Reading
from connectors.shared.airtable.wire import BATCH, Base, words
from connectors.shared.web.answers import Fate

_TRIES: Final = 3
"""How often a create is sent under its id when answers are lost."""
_ABOUT_RECORDS: Final = frozenset({Fate.REJECTED, Fate.GONE, Fate.CONFIG, Fate.CONFLICT})
_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "INVALID_MULTIPLE_CHOICE_OPTIONS": ("choice",),
    "ROW_DOES_NOT_EXIST": ("lookup",),
}
"""Which fields are at fault where the answer names none: field kinds by code."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A change and what is sent of it."""

    change: Change
    cells: Mapping[str, object]


class Writing:
    """One table, written by one op at a time. token: the field of our id, None where it has none; merges: whether an
    upsert may go by it. asked: what receipts show."""

    def __init__(self, base: Base, reading: Reading, token: str | None, asked: Sequence[str], *, merges: bool) -> None:
        self._base, self._reading, self._token, self._asked = base, reading, token, tuple(asked)
        self._merges, self._lost = merges and token is not None, 0

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
            try:
                ready.append(self._ready(change))
            except _Rejected as no:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=no.apart)
        for start in range(0, len(ready), BATCH):
            yield from self._batch(ready[start : start + BATCH])

    def _ready(self, change: Change) -> _Ready:
        cells: dict[str, object] = {}
        apart: dict[str, tuple[Outcome, str]] = {}
        for name, value in change.after.items():
            column = self._reading.shape.columns.get(name)
            if column is None:
                apart[name] = (Outcome.REJECTED, say("the table has no such field"))
                continue
            try:
                sent = column.written(value)
            except Unfit as no:
                apart[name] = (Outcome.REJECTED, no.said)
                continue
            if sent is not None or change.op is not Op.CREATE:
                cells[name] = sent
        if apart:
            raise _Rejected(apart)
        if change.op is Op.CREATE and self._token is not None and change.token is not None:
            cells[self._token] = change.token
        return _Ready(change, cells)

    # -------------------------------------------------------------------------- one request

    def _batch(self, batch: Sequence[_Ready]) -> Iterator[Receipt]:
        """All of it, or halves of it until the culprit is alone (C22)."""
        if not batch:
            return
        try:
            reply = self._sent(batch)
        except Lost as why:
            yield from self._in_doubt(batch, why)
            return
        self._lost = 0
        if reply.fate is Fate.FINE:
            yield from self._done(batch, reply)
        elif len(batch) > 1 and self._about_records(batch[0].change.op, reply):
            half = len(batch) // 2
            yield from self._batch(batch[:half])
            yield from self._batch(batch[half:])
        elif self._about_records(batch[0].change.op, reply):
            yield self._refused(batch[0], reply)
        elif reply.fate is Fate.FORBIDDEN:
            raise SourceRefused(
                "Airtable lets nothing be created in {table}: the token needs the scope data.records:write, and its user"
                " must be an editor of the base", table=self._reading.shape.id,
            )  # fmt: skip
        else:
            raise self._base.error(reply)

    def _about_records(self, op: Op, reply: Reply) -> bool:
        """403 is also what a record's id that is not there gets; for a create it is about the rights."""
        return reply.fate in _ABOUT_RECORDS or (reply.fate is Fate.FORBIDDEN and op is not Op.CREATE)

    def _sent(self, batch: Sequence[_Ready]) -> Reply:
        table, op = self._reading.shape.id, batch[0].change.op
        if op is Op.DELETE:
            return self._base.send("DELETE", table, [("records[]", one.change.key or "") for one in batch])
        body: dict[str, Any] = {"returnFieldsByFieldId": True, "typecast": False}
        if op is Op.UPDATE:
            body["records"] = [{"id": one.change.key, "fields": one.cells} for one in batch]
            return self._base.send("PATCH", table, body=body)
        body["records"] = [{"fields": one.cells} for one in batch]
        if not self._upserts(batch):
            return self._base.send("POST", table, body=body)
        body["performUpsert"] = {"fieldsToMergeOn": [self._token]}
        return self._base.send("PATCH", table, body=body)

    def _upserts(self, batch: Sequence[_Ready]) -> bool:
        return self._merges and all(one.change.op is Op.CREATE and one.change.token for one in batch)

    # -------------------------------------------------------------------------- what came of it

    def _done(self, batch: Sequence[_Ready], reply: Reply) -> Iterator[Receipt]:
        rows = [one for one in reply.answer.at("records") or () if isinstance(one, Mapping) and one.get("id")]
        if batch[0].change.op is Op.DELETE:
            gone = {one["id"] for one in rows if one.get("deleted")}
            for one in batch:
                yield self._answered(one, Outcome.DONE if one.change.key in gone else Outcome.UNKNOWN)
            return
        updated = set(reply.answer.at("updatedRecords") or ()) if self._upserts(batch) else set()
        for one, row in zip(batch, self._matched(batch, rows)):
            if row is None:
                yield self._answered(one, Outcome.UNKNOWN)
            else:
                outcome = Outcome.DUPLICATE if row["id"] in updated else Outcome.DONE
                yield self._answered(one, outcome, self._reading.record(row, self._asked))

    def _matched(self, batch: Sequence[_Ready], rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any] | None]:
        """Each change's record: by key, by our id, and else by place if every one came."""
        if batch[0].change.op is Op.UPDATE:
            by_key = {one["id"]: one for one in rows}
            return [by_key.get(one.change.key) for one in batch]
        if self._upserts(batch):
            by_token = {(one.get("fields") or {}).get(self._token): one for one in rows}
            return [by_token.get(one.change.token) for one in batch]
        return list(rows) if len(rows) == len(batch) else [None] * len(batch)

    def _answered(self, one: _Ready, outcome: Outcome, record: Record | None = None) -> Receipt:
        key = record.key if record is not None else one.change.key
        detail = say("Airtable's answer does not tell what was done") if outcome is Outcome.UNKNOWN else ""
        return Receipt(one.change.id, outcome, key, record, detail=detail)

    # -------------------------------------------------------------------------- no answer

    def _in_doubt(self, batch: Sequence[_Ready], why: Lost) -> Iterator[Receipt]:
        """Creates under our id are looked for and sent again; all else is told as it is. Two in a row end the write."""
        self._lost += 1
        if self._upserts(batch):
            yield from self._again(batch, why)
        else:
            yield from self._unknown(batch, why)
        if self._lost > 1:
            raise why

    def _again(self, batch: Sequence[_Ready], why: Lost) -> Iterator[Receipt]:
        """What landed is found by our id and left as people may have changed it since; the rest is sent once more."""
        left = {one.change.id: one for one in batch}
        try:
            found = self._found([one.change.token or "" for one in batch])
            for one in batch:
                if one.change.token in found:
                    del left[one.change.id]
                    yield self._answered(one, Outcome.DONE, found[one.change.token])
            if self._lost < _TRIES:
                for receipt in self._batch(list(left.values())):
                    left.pop(receipt.change, None)
                    yield receipt
        except SourceError as stop:
            yield from self._unknown(list(left.values()), why)
            if not isinstance(stop, RetryLater):
                raise
        else:
            yield from self._unknown(list(left.values()), why)

    def _unknown(self, batch: Sequence[_Ready], why: Lost) -> Iterator[Receipt]:
        return (Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=why.said) for one in batch)

    def _found(self, tokens: Sequence[str]) -> Mapping[str | None, Record]:
        assert self._token is not None
        return dict(self._reading.find(tokens, self._asked, self._token))

    # -------------------------------------------------------------------------- a refusal

    def _refused(self, one: _Ready, reply: Reply) -> Receipt:
        """A create under an id that stands in two records is there already; a record that went is a conflict."""
        change, apart = one.change, self._at_fault(one, reply)
        if self._upserts([one]) and not self._named(one, reply):
            there = [record for _, record in self._reading.find([change.token or ""], self._asked, self._token or "")]
            if there:
                key = there[0].key if len(there) == 1 else None
                return Receipt(change.id, Outcome.DUPLICATE, key, detail=reply.told)
        if change.op is Op.DELETE or (reply.fate is Fate.GONE and not self._links(one)):
            if reply.fate is Fate.GONE:
                return Receipt(change.id, Outcome.CONFLICT, change.key, detail=say("the record is not there any more"))
            return Receipt(change.id, Outcome.REJECTED, change.key, detail=reply.told)
        if reply.fate is Fate.FORBIDDEN:
            text = say(
                "Airtable does not let these credentials write it (data.records:write), or it is not there any more"
            )
            return Receipt(change.id, Outcome.REJECTED, change.key, detail=text)
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=apart, detail=reply.told)

    def _links(self, one: _Ready) -> list[str]:
        return [
            n for n in one.change.after if self._reading.shape.columns[n].field.kind == "lookup" and one.cells.get(n)
        ]

    def _named(self, one: _Ready, reply: Reply) -> list[str]:
        """Fields of the change that the answer names, by id or by name in quotes."""
        _, sentence = words(reply.answer)
        names = self._reading.shape.by_name
        quoted = re.findall(r'"([^"]+)"|(fld\w{14})', sentence)
        found = {names.get(text or key, text or key) for text, key in quoted}
        return [name for name in one.change.after if name in found]

    def _at_fault(self, one: _Ready, reply: Reply) -> dict[str, tuple[Outcome, str]]:
        """Those that are named, else those of the kind that the code speaks of, else all that were to change."""
        code, _ = words(reply.answer)
        kinds, columns = _OF_TYPE.get(code, ()), self._reading.shape.columns
        of_kind = [name for name in one.change.after if columns[name].field.kind in kinds]
        fields = self._named(one, reply) or of_kind or list(one.change.after)
        return {name: (Outcome.REJECTED, reply.told or say("Airtable does not take it")) for name in fields}


class _Rejected(Exception):
    """Nothing of the change is sent; `apart` names the fields at fault."""

    def __init__(self, apart: dict[str, tuple[Outcome, str]]) -> None:
        super().__init__()
        self.apart = apart
