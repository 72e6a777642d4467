"""How are changes sent to HubSpot, up to 100 in one request, and what became of each? (C17-C25)

Creates under our id are upserts by the property that holds it. Where an answer was lost they are looked for by it first,
and only what is not there is sent once more, so that nothing a person typed meanwhile is written over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from connectors.contract import Change, LookUp, Op, Outcome, Receipt, RetryLater, SourceError, say
from connectors.http import Lost, Reply
from connectors.shared.hubspot.account import Account
from connectors.shared.hubspot.answered import Sending, faulty, sort_out
from connectors.shared.hubspot.linking import Linking, Wish
from connectors.shared.hubspot.records import Records
from connectors.shared.hubspot.shape import COMPANY, Slot
from connectors.shared.web.answers import Fate
from connectors.shared.web.fitting import Unfit, pointed
from connectors.shared.web.redact import told

BATCH: Final = 100
_TRIES: Final = 3
"""How often a create is sent under its id when answers are lost."""
_PLACES: Final = {Op.CREATE: "create", Op.UPDATE: "update"}
_GONE: Final = say("the record is not there any more")
Apart = dict[str, tuple[Outcome, str]]


class Writing:
    """Writes of one type. token: the property that bears our id, where the mapping names one that may be written."""

    def __init__(self, account: Account, records: Records, token: Slot | None, size: int) -> None:
        self._account, self._records, self._token, self._size = account, records, token, size
        self._links = Linking(account, records)
        self._lost = 0

    def write(self, op: Op, changes: Sequence[Change]) -> Iterator[Receipt]:
        if op is Op.MERGE:
            for change in changes:
                yield self._merged(change)
        elif op is Op.DELETE:
            for change in changes:
                yield self._forgotten(change)
        elif op is Op.ARCHIVE:
            for at in range(0, len(changes), self._size):
                yield from self._archived(changes[at : at + self._size])
        else:
            yield from self._values(op, changes)

    # -------------------------------------------------------------------------- creates and updates

    def _values(self, op: Op, changes: Sequence[Change]) -> Iterator[Receipt]:
        fit: list[Sending] = []
        for change in changes:
            values, apart = self._body(change)
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            else:
                fit.append(Sending(change, self._input(op, change, values)))
        for at in range(0, len(fit), self._size):
            yield from self._with_links(fit[at : at + self._size])

    def _body(self, change: Change) -> tuple[dict[str, str], Apart]:
        """The properties, and those that HubSpot cannot hold."""
        values: dict[str, str] = {}
        apart: Apart = {}
        for name, value in change.after.items():
            slot = self._records.shape.slots.get(name)
            may = slot is not None and (slot.field.on_create if change.op is Op.CREATE else slot.field.on_update)
            if slot is None or not may:
                apart[name] = (Outcome.REJECTED, say("HubSpot lets nobody write this property"))
                continue
            try:
                if not slot.field.own_call:
                    values[name] = slot.encoded(value)
                elif value is not None:
                    pointed(slot.field, value)
            except Unfit as trouble:
                apart[name] = (Outcome.REJECTED, trouble.why)
        return values, apart

    def _input(self, op: Op, change: Change, values: dict[str, str]) -> dict[str, Any]:
        """With a trace of its own: only then does one that is refused stop no other."""
        trace = {"objectWriteTraceId": change.id, "properties": values}
        if op is Op.UPDATE:
            return {**trace, "id": change.key}
        values = {name: value for name, value in values.items() if value}
        if self._token is None or change.token is None:
            return {**trace, "properties": values}
        name = self._token.field.id
        whole = {**trace, "properties": {**values, name: change.token}}
        return {**whole, "id": change.token, "idProperty": name} if self._token.known else whole

    def _upserts(self, batch: Sequence[Sending]) -> bool:
        return all("idProperty" in one.input for one in batch)

    # -------------------------------------------------------------------------- one request

    def _with_links(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        """Records first, then where they belong; whatever stops the second, the first is told (C25, C32)."""
        receipts: list[Receipt] = []
        stopped: SourceError | None = None
        try:
            receipts.extend(self._batch(batch))
        except _Ended as end:
            receipts, stopped = [*receipts, *end.receipts], end.why
        wishes = self._wishes(batch, receipts)
        if wishes and stopped is None:
            fared, stopped = self._links.linked(list(wishes.values()))
        else:
            fared = {one.contact: (Outcome.DEFERRED, str(stopped)) for one in wishes.values()}
        for receipt in receipts:
            wish = wishes.get(receipt.change)
            apart = {COMPANY: fared[wish.contact]} if wish is not None and wish.contact in fared else {}
            yield replace(receipt, apart={**receipt.apart, **apart}) if apart else receipt
        if stopped is not None:
            raise stopped

    def _wishes(self, batch: Sequence[Sending], receipts: Sequence[Receipt]) -> dict[str, Wish]:
        done = {one.change: one.key for one in receipts if one.outcome is Outcome.DONE and one.key}
        wishes: dict[str, Wish] = {}
        for change in (one.change for one in batch):
            slot = self._records.shape.slots.get(COMPANY)
            if slot is None or not slot.field.own_call or COMPANY not in change.after or change.id not in done:
                continue
            value = change.after[COMPANY]
            if isinstance(value, LookUp) or change.op is not Op.CREATE:
                wishes[change.id] = Wish(str(done[change.id]), value if isinstance(value, LookUp) else None)
        return wishes

    def _batch(self, batch: Sequence[Sending]) -> list[Receipt]:
        """All of it, or halves of it until the culprit is alone (C22). Raises _Ended with the receipts of what was sent."""
        if not batch:
            return []
        idle = [one for one in batch if not one.input["properties"] and one.change.op is Op.UPDATE]
        if idle:  # only where they belong changes
            rest = [one for one in batch if one not in idle]
            return [*(Receipt(one.change.id, Outcome.DONE, one.change.key) for one in idle), *self._batch(rest)]
        try:
            reply = self._sent(batch)
        except Lost as lost:
            return self._in_doubt(batch, lost)
        except SourceError as error:
            raise _Ended(error) from error
        self._lost = 0
        return self._answered(batch, reply)

    def _sent(self, batch: Sequence[Sending]) -> Reply:
        place = "upsert" if self._upserts(batch) else _PLACES[batch[0].change.op]
        body = {"inputs": [one.input for one in batch]}
        return self._account.write(self._records.path("batch", place), body)

    def _answered(self, batch: Sequence[Sending], reply: Reply) -> list[Receipt]:
        if reply.fate is Fate.FORBIDDEN or (reply.fate is Fate.GONE and not reply.answer.at("category")):
            raise _Ended(self._account.error(reply))
        if reply.fate is not Fate.FINE:
            if len(batch) > 1:
                return self._halved(batch)
            error = reply.answer.json
            return [self._refused(batch[0], error if isinstance(error, Mapping) else {})]
        sorted_ = sort_out(batch, reply.answer, self._token.field.id if self._upserts(batch) and self._token else "")
        receipts = [
            self._done(one, sorted_.results[one.change.id]) for one in batch if one.change.id in sorted_.results
        ]
        receipts += [
            self._refused(one, sorted_.errors[one.change.id]) for one in batch if one.change.id in sorted_.errors
        ]
        if sorted_.told >= len(sorted_.open) > 0:  # as many errors as are open: none of these was written
            if len(batch) == 1:
                return [*receipts, self._refused(batch[0], reply.answer.at("errors", 0) or {})]
            return [*receipts, *self._after(receipts, sorted_.open)]
        why = say("HubSpot's answer does not tell what was done")
        return [
            *receipts,
            *(Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=why) for one in sorted_.open),
        ]

    def _after(self, receipts: Sequence[Receipt], left: Sequence[Sending]) -> list[Receipt]:
        try:
            return self._batch(left) if len(left) == 1 else self._halved(left)
        except _Ended as end:
            raise _Ended(end.why, [*receipts, *end.receipts]) from end

    def _halved(self, batch: Sequence[Sending]) -> list[Receipt]:
        middle = len(batch) // 2
        first = self._batch(batch[:middle])
        return [*first, *self._after_half(first, batch[middle:])]

    def _after_half(self, first: Sequence[Receipt], batch: Sequence[Sending]) -> list[Receipt]:
        try:
            return self._batch(batch)
        except _Ended as end:
            raise _Ended(end.why, [*first, *end.receipts]) from end

    def _done(self, one: Sending, result: Mapping[str, Any]) -> Receipt:
        """No record: the answer shows only what was sent, so the engine fetches."""
        new = result.get("new") is not False
        outcome = Outcome.DONE if new or one.change.op is not Op.CREATE else Outcome.DUPLICATE
        return Receipt(one.change.id, outcome, str(result["id"]))

    def _refused(self, one: Sending, error: Mapping[str, Any]) -> Receipt:
        change = one.change
        category = str(error.get("category") or "")
        why = told(f"{category}: {error.get('message') or ''}", [one.input], self._account.secrets)
        if category == "OBJECT_NOT_FOUND" and change.op is not Op.CREATE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=_GONE)
        if category in ("RATE_LIMITS", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"):
            outcome = Outcome.DEFERRED if category == "RATE_LIMITS" else Outcome.UNKNOWN
            return Receipt(change.id, outcome, change.key, detail=why)
        apart: Apart = dict.fromkeys(faulty(error, change), (Outcome.REJECTED, why))
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=apart, detail=why)

    # -------------------------------------------------------------------------- no answer

    def _in_doubt(self, batch: Sequence[Sending], why: Lost) -> list[Receipt]:
        """Creates under our id are looked for and sent again; all else is told as it is. Two in a row end the write."""
        self._lost += 1
        receipts: list[Receipt] = []
        left = list(batch)
        if self._upserts(batch) and self._lost < _TRIES:
            try:
                found = self._found(batch)
                receipts = [
                    Receipt(one.change.id, Outcome.DONE, found[key]) for one in batch if (key := _id(one)) in found
                ]
                left = [one for one in batch if _id(one) not in found]
                return [*receipts, *self._batch(left)]
            except _Ended as end:
                raise _Ended(end.why, [*receipts, *end.receipts, *_unknown(left, end.receipts, why)]) from why
            except SourceError as error:
                stop = why if isinstance(error, RetryLater) else error
                raise _Ended(stop, _unknown(left, receipts, why) + receipts) from why
        receipts = _unknown(left, (), why)
        if self._lost > 1:
            raise _Ended(why, receipts) from why
        return receipts

    def _found(self, batch: Sequence[Sending]) -> dict[str, str]:
        """Our id → the key of the record that bears it, asked of HubSpot itself and not of its search."""
        assert self._token is not None
        name = self._token.field.id
        shown = self._records.batch([_id(one) for one in batch], [name], by=name)
        return {str((raw.get("properties") or {}).get(name)): str(raw["id"]) for raw in shown}

    # -------------------------------------------------------------------------- ends

    def _archived(self, changes: Sequence[Change]) -> Iterator[Receipt]:
        """To where people may bring them back from for 90 days. Twice does the same."""
        body = {"inputs": [{"id": change.key} for change in changes]}
        try:
            reply = self._account.write(self._records.path("batch", "archive"), body, again=True)
        except Lost as lost:
            yield from (Receipt(one.id, Outcome.UNKNOWN, one.key, detail=str(lost)) for one in changes)
            return
        if reply.fate is Fate.FINE and not reply.answer.at("errors"):
            yield from (Receipt(change.id, Outcome.DONE, change.key) for change in changes)
        elif reply.fate is Fate.FORBIDDEN:
            raise self._account.error(reply)
        elif len(changes) > 1:
            middle = len(changes) // 2
            for half in (changes[:middle], changes[middle:]):
                yield from self._archived(half)
        else:
            yield Receipt(changes[0].id, Outcome.REJECTED, changes[0].key, detail=reply.told)

    def _forgotten(self, change: Change) -> Receipt:
        """For good, as the law on data protection wants it; HubSpot takes the address in no more, either."""
        try:
            reply = self._account.write(self._records.path("gdpr-delete"), {"objectId": change.key}, again=True)
        except Lost as lost:
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=str(lost))
        if reply.fate is Fate.FORBIDDEN:
            raise self._account.error(reply)
        if reply.fate in (Fate.FINE, Fate.GONE):
            return Receipt(change.id, Outcome.DONE, change.key)
        return Receipt(change.id, Outcome.REJECTED, change.key, detail=reply.told)

    def _merged(self, change: Change) -> Receipt:
        """One loser after the other; the outcome may be a new record each time, and goes on as the winner."""
        key = str(change.key)
        for number, loser in enumerate(change.losers):
            body = {"primaryObjectId": key, "objectIdToMerge": loser}
            try:
                reply = self._account.write(self._records.path("merge"), body)
            except Lost as lost:
                return Receipt(change.id, Outcome.UNKNOWN, key, detail=str(lost))
            if reply.fate is Fate.FORBIDDEN and not number:
                raise self._account.error(reply)
            if reply.fate is not Fate.FINE:  # part of it may be done already: then nobody can say "nothing was written"
                return Receipt(change.id, Outcome.UNKNOWN if number else Outcome.REJECTED, key, detail=reply.told)
            key = str(reply.answer.at("id") or key)
        return Receipt(change.id, Outcome.DONE, key)


class _Ended(Exception):
    """Nothing more is sent; receipts: of what was sent before."""

    def __init__(self, why: SourceError, receipts: Sequence[Receipt] = ()) -> None:
        super().__init__()
        self.why, self.receipts = why, list(receipts)


def _id(one: Sending) -> str:
    return str(one.input["id"])


def _unknown(batch: Sequence[Sending], told_: Sequence[Receipt], why: SourceError) -> list[Receipt]:
    known = {receipt.change for receipt in told_}
    return [
        Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=str(why))
        for one in batch
        if one.change.id not in known
    ]
