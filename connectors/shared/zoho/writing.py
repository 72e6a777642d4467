"""How are creates, updates and deletions sent to Zoho, up to 100 in one request, and what became of each? (C17-C25)

Before an update the records are read again, and the request then bears the newest edit time of them all: Zoho refuses,
record by record, what was edited after it, so that nothing slips in between and a whole batch goes at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from connectors.contract import Change, Gate, Op, Outcome, Receipt, SourceError, say
from connectors.http import Lost, Reply, Request
from connectors.shared.web.answers import Fate
from connectors.shared.web.fitting import Unfit
from connectors.shared.web.redact import told
from connectors.shared.zoho.account import Account
from connectors.shared.zoho.records import YOUNG, Batch, Records, modified_of, stamp
from connectors.shared.zoho.shape import Slot

BATCH: Final = 100
PER_CREDIT: Final = 10
"""Records that one credit of the day covers when they are written."""
_AGAIN: Final = 3
"""How often a create that bears our id in a field without duplicates is sent, while no answer comes."""
_CODES: Final = {
    "ALREADY_MODIFIED": Outcome.CONFLICT,
    "RECORD_LOCKED": Outcome.DEFERRED,
    "RECORD_IN_BLUEPRINT": Outcome.DEFERRED,
    "RECORD_IN_MERGE": Outcome.DEFERRED,
    "NOT_PROCESSED": Outcome.DEFERRED,
    "TOO_MANY_REQUESTS": Outcome.DEFERRED,
    "INTERNAL_ERROR": Outcome.UNKNOWN,
}
"""What a record's own code means; every other one is REJECTED."""
_MOVED: Final = say("the record changed since it was read")
_GONE: Final = say("the record is not there any more")


@dataclass(frozen=True, slots=True)
class Sending:
    """A change, and the body that says it."""

    change: Change
    body: Mapping[str, Any]


class Writing:
    """Writes of one module. token: the field that bears our id in a create, where the mapping names one."""

    def __init__(self, account: Account, records: Records, gate: Gate, token: Slot | None, batch: int) -> None:
        self._account, self._records, self._gate = account, records, gate
        self._token, self._size = token, batch
        self._lost = 0

    def write(self, op: Op, changes: Sequence[Change]) -> Iterator[Receipt]:
        send = {Op.CREATE: self._creates, Op.UPDATE: self._updates, Op.DELETE: self._deletes}[op]
        fit: list[Sending] = []
        for change in changes:
            body, apart = self._body(change)
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            else:
                fit.append(Sending(change, body))
        for at in range(0, len(fit), self._size):
            yield from send(fit[at : at + self._size])

    # -------------------------------------------------------------------------- bodies

    def _body(self, change: Change) -> tuple[dict[str, Any], dict[str, tuple[Outcome, str]]]:
        """The body, and the fields that it cannot hold."""
        body: dict[str, Any] = {} if change.op is Op.CREATE else {"id": change.key}
        apart: dict[str, tuple[Outcome, str]] = {}
        for name, value in change.after.items() if change.op is not Op.DELETE else ():
            slot = self._records.shape.slots.get(name)
            may = slot is not None and (slot.field.on_create if change.op is Op.CREATE else slot.field.on_update)
            if slot is None or not may:
                apart[name] = (Outcome.REJECTED, say("Zoho lets nobody write this field"))
                continue
            try:
                body[name] = slot.encoded(value)
            except Unfit as trouble:
                apart[name] = (Outcome.REJECTED, trouble.why)
        if change.op is Op.CREATE and self._token is not None and change.token is not None:
            body[self._token.field.id] = change.token
        return body, apart

    # -------------------------------------------------------------------------- three kinds

    def _creates(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        """Under a token that stands once only a create may be sent again: the second meets the first (C18, C19).

        Inserted, not upserted: an upsert that finds its record writes over what people typed there meanwhile.
        """
        unique = self._token is not None and self._token.field.unique
        tries = _AGAIN if unique and all(one.change.token for one in batch) else 1
        yield from self._sent("POST", batch, tries=tries)

    def _updates(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        receipts, unmoved, newest = self._looked(batch)
        yield from receipts
        if unmoved:
            headers = {"If-Unmodified-Since": stamp(newest)} if newest is not None else {}
            yield from self._sent("PUT", unmoved, headers=headers)

    def _deletes(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        for receipt in self._sent("DELETE", batch):
            if receipt.outcome is not Outcome.REJECTED or receipt.key is None:
                yield receipt
                continue
            gone = any(self._records.ended([receipt.key]))
            yield Receipt(receipt.change, Outcome.DONE, receipt.key) if gone else receipt

    # -------------------------------------------------------------------------- before an update

    def _looked(self, batch: Sequence[Sending]) -> tuple[list[Receipt], list[Sending], datetime | None]:
        """Conflicts; those that are as they were; the newest edit time of these.

        An edit told by the second may be followed by another within it, so a record that was edited just now is waited
        for until its second is over.
        """
        while True:
            shown = self._again(batch)
            now = {str(raw["id"]): raw for raw in shown.items}
            receipts, unmoved, newest = [], list[Sending](), None
            for one in batch:
                raw = now.get(one.change.key or "")
                why = _GONE if raw is None else None if self._is_as_it_was(one.change, raw, shown.now) else _MOVED
                if raw is None or why is not None:
                    receipts.append(Receipt(one.change.id, Outcome.CONFLICT, one.change.key, detail=why or ""))
                    continue
                unmoved.append(one)
                modified = modified_of(raw)
                newest = modified if newest is None or (modified is not None and modified > newest) else newest
            young = YOUNG - (shown.now - newest) if newest is not None else None
            if young is None or young.total_seconds() <= 0:
                return receipts, unmoved, newest
            self._gate.wait(young.total_seconds())

    def _again(self, batch: Sequence[Sending]) -> Batch:
        names = [name for one in batch if one.change.expect is None for name in one.change.before]
        names = [name for name in dict.fromkeys(names) if name in self._records.shape.slots]
        return self._records.by_id([one.change.key or "" for one in batch], names)

    def _is_as_it_was(self, change: Change, raw: Mapping[str, Any], now: datetime) -> bool:
        """By its version, or, where a plan knew none, by what it would write over."""
        modified = modified_of(raw)
        if change.expect is not None and modified is not None:
            return stamp(modified) == change.expect
        shown = self._records.shown(raw, list(change.before), now).fields
        return all(shown.get(name, was) == was for name, was in change.before.items())

    # -------------------------------------------------------------------------- one request

    def _sent(
        self, method: str, batch: Sequence[Sending], *, headers: Mapping[str, str] | None = None, tries: int = 1
    ) -> Iterator[Receipt]:
        reply: Reply | None = None
        trouble: SourceError | None = None
        for _ in range(tries):
            try:
                reply = self._account.client.send(self._request(method, batch, headers or {}))
                break
            except Lost as lost:
                trouble = lost
            except SourceError as other:
                if trouble is None:
                    raise
                yield from _unknown(batch, trouble)
                raise other from trouble
        if reply is None:
            assert trouble is not None
            yield from _unknown(batch, trouble)
            self._lost += 1
            if self._lost > 1:
                raise trouble  # twice in a row: the system is down, and what is left is not sent
            return
        self._lost = 0
        yield from self._receipts(method, batch, headers, reply, tries)

    def _request(self, method: str, batch: Sequence[Sending], headers: Mapping[str, str]) -> Request:
        units = ceil(len(batch) / PER_CREDIT)
        module = self._records.shape.id
        if method == "DELETE":
            ids = ",".join(str(one.change.key) for one in batch)
            return self._account.request(method, module, {"ids": ids, "wf_trigger": "false"}, units=units)
        body = {"data": [one.body for one in batch], "trigger": []}
        return self._account.request(method, module, headers=headers, json=body, units=units)

    def _receipts(
        self,
        method: str,
        batch: Sequence[Sending],
        headers: Mapping[str, str] | None,
        reply: Reply,
        tries: int,
    ) -> Iterator[Receipt]:
        items = reply.answer.at("data")
        if isinstance(items, list) and len(items) == len(batch):
            yield from (self._receipt(one, item) for one, item in zip(batch, items))
        elif reply.fate in (Fate.FORBIDDEN, Fate.GONE, Fate.EXPIRED):
            raise self._account.client.error(reply)
        elif reply.answer.status < 300:
            yield from _unknown(batch, say("Zoho answers with another number of records than were sent"))
        elif len(batch) > 1:  # refused as one: the culprit is looked for (C22)
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                yield from self._sent(method, half, headers=headers, tries=tries)
        else:
            item = items[0] if isinstance(items, list) and items else reply.answer.json
            yield self._receipt(batch[0], item)

    def _receipt(self, one: Sending, item: Any) -> Receipt:
        change, item = one.change, item if isinstance(item, dict) else {}
        details = item.get("details")
        details = details if isinstance(details, dict) else {}
        if item.get("status") == "success" or item.get("code") == "SUCCESS":
            return Receipt(change.id, Outcome.DONE, str(details.get("id") or change.key or "") or None)
        code = str(item.get("code") or "")
        why = told(f"{code}: {item.get('message') or ''}", [one.body, details], self._account.secrets)
        field = _field_of(details)
        if code == "DUPLICATE_DATA" and change.op is Op.CREATE and self._is_token(field):
            return Receipt(change.id, Outcome.DUPLICATE, _other(details), detail=why)
        outcome = _CODES.get(code, Outcome.REJECTED)
        apart = {field: (Outcome.REJECTED, why)} if field and outcome is Outcome.REJECTED else {}
        return Receipt(change.id, outcome, change.key, apart=apart, detail=why)

    def _is_token(self, field: str) -> bool:
        return self._token is not None and field == self._token.field.id


def _unknown(batch: Sequence[Sending], why: object) -> list[Receipt]:
    return [Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=str(why)) for one in batch]


def _field_of(details: Mapping[str, Any]) -> str:
    """The field at fault: by its name, or by the path to it in what was sent."""
    name = details.get("api_name")
    if isinstance(name, str) and name:
        return name
    path = str(details.get("json_path") or "")
    return path.split("].", 1)[1].split(".", 1)[0].split("[", 1)[0] if "]." in path else ""


def _other(details: Mapping[str, Any]) -> str | None:
    """The record that has the value already; newer answers put it one level deeper."""
    inner = details.get("duplicate_record")
    found = details.get("id") or (inner.get("id") if isinstance(inner, dict) else None)
    return str(found) if found else None
