"""How do changes become requests, and their answers receipts? (`create` … `delete`; C17-C25)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from connectors.contract import AuthError, Change, Field, Op, Outcome, Receipt, Record, say
from connectors.http import Limits, Lost, NotSent, Reply
from connectors.shared.rest.batches import Batches
from connectors.shared.rest.model import CheckWords, Write
from connectors.shared.rest.paths import MISSING, any_holds, known, nested, pick
from connectors.shared.rest.reading import Reading
from connectors.shared.rest.records import Reader
from connectors.shared.rest.talk import Said, Talk
from connectors.shared.rest.values import Unfit
from connectors.shared.web.answers import Fate

Apart = dict[str, tuple[Outcome, str]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A change whose values are encoded. raw: field → JSON."""

    change: Change
    raw: Mapping[str, Any]


class Writing:
    """Writes one table. token: the field that the id of a create goes into. asked: fields that receipts show."""

    def __init__(self, talk: Talk, reading: Reading, reader: Reader, token: str | None, asked: Sequence[Field]) -> None:
        self._talk, self._reading, self._reader = talk, reading, reader
        self._token, self._asked = token, asked
        self._fields = {one.id: one for one in reader.table.fields}

    def write(self, op: Op, words: Write, changes: Sequence[Change]) -> Iterator[Receipt]:
        """One receipt for each that was sent. Two without an answer in a row: the system is down, and the rest is not
        sent (C17)."""
        if words.batch is not None and words.batch.size > 1:
            yield from self._batched(op, words, changes)
            return
        lost: Lost | None = None
        for change in changes:
            ready = self._ready(op, change)
            if isinstance(ready, Receipt):
                yield ready
                continue
            try:
                receipt = self._one(op, words, ready)
            except Lost as trouble:
                yield Receipt(change.id, Outcome.UNKNOWN, change.key, detail=trouble.said)
                if lost is not None:
                    raise
                lost = trouble
                continue
            except NotSent as trouble:
                yield Receipt(change.id, Outcome.DEFERRED, change.key, detail=trouble.said)
                raise
            lost = None
            yield receipt

    # -------------------------------------------------------------------------- one change

    def _ready(self, op: Op, change: Change) -> Ready | Receipt:
        """Encoded, or refused before anything is sent: an unknown field, one that is only read, an unfit value."""
        raw: dict[str, Any] = {}
        apart: Apart = {}
        for name, value in change.after.items() if op in (Op.CREATE, Op.UPDATE) else ():
            field = self._fields.get(name)
            if field is None:
                apart[name] = (Outcome.REJECTED, say("`{table}` has no field `{field}`", table=self._reader.table.id,
                                                     field=name))  # fmt: skip
            elif not (field.on_create if op is Op.CREATE else field.on_update):
                apart[name] = (Outcome.REJECTED, say("`{field}` is only read", field=name))
            elif op is Op.CREATE and value is None:
                continue
            else:
                try:
                    raw[name] = self._reader.kinds.write(field, value)
                except Unfit as error:
                    apart[name] = (Outcome.REJECTED, error.said)
        if apart:
            return Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
        return Ready(change, raw)

    def _one(self, op: Op, words: Write, ready: Ready) -> Receipt:
        """Raises Lost, NotSent, AuthError, Stopped."""
        change = ready.change
        record = self.record(op, words, ready)
        if record is None:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=say("the record is gone, or not shown"))
        extras: list[Any] = [one for one in (words.quiet,) if one is not None]
        sends_check = words.check is not None and change.expect is not None
        if words.check is not None and sends_check:
            extras.append(words.check)
        if words.check is not None and change.expect is None and op is not Op.CREATE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=say("no version is known to check against"))
        extras += self.token_extras(words, change.token)
        said = Said(
            extras=extras,
            fine=words.exists if op is Op.CREATE else (),
            safe=self.safe(op, words, sends_check=sends_check),
            writes=True,
        )
        reply = self._talk.send(words.request, self.slots(change, record), said)
        return self.receipt(op, words, change, reply)

    def slots(self, change: Change, record: Any) -> dict[str, Any]:
        key = self._reader.kinds.key(change.key) if change.key is not None else None
        names = self._reader.asked(self._asked)
        return {"table": self._reader.table.id, "key": key, "token": change.token, "version": change.expect,
                "record": record, "names": names, "values": [key]}  # fmt: skip

    def safe(self, op: Op, words: Write, *, sends_check: bool) -> bool:
        """Sent again without harm: under a key that it chooses, a header that the system remembers for longer than
        one goes on trying, or a check."""
        sure = [one for one in words.token if one.way in ("key", "upsert") or one.lasts >= Limits().total]
        return sends_check or (op is Op.CREATE and bool(sure))

    def token_extras(self, words: Write, token: str | None) -> Iterator[CheckWords]:
        """The header or parameter that a create bears."""
        for one in words.token:
            if one.way == "header":
                yield CheckWords(header={one.at: token})
            elif one.way == "query":
                yield CheckWords(query={one.at: token})

    def record(self, op: Op, words: Write, ready: Ready) -> Any:
        """What `<record>` stands for; None where all of a record must be sent and it is not shown any more."""
        raw = dict(ready.raw)
        if op is Op.CREATE and ready.change.token:
            for one in words.token:
                if one.way == "key" and one.at:
                    raw[one.at] = ready.change.token
                elif one.way in ("field", "upsert") and (at := one.at or self._token):
                    raw[at] = ready.change.token
        if op is Op.UPDATE and words.send == "all":
            whole = self._whole(ready.change.key or "")
            if whole is None:
                return None
            raw = {**whole, **raw}
        return {**nested(words.wrap, raw), **words.always}

    def _whole(self, key: str) -> dict[str, Any] | None:
        """Every field that may be written, as the system shows it."""
        get = self._talk.words.get
        if get is None or get.request is None:
            return None
        answer = self._reading.item_answer(get.request, key, self._reader.table.fields)
        home = known(known(answer, get.record), self._talk.words.record.fields) if answer is not None else None
        if not isinstance(home, Mapping) or any_holds(get.gone, answer):
            return None
        found = {one.id: pick(home, one.id) for one in self._reader.table.fields if one.on_update}
        return {name: raw for name, raw in found.items() if raw is not MISSING}

    # -------------------------------------------------------------------------- what came of it

    def receipt(self, op: Op, words: Write, change: Change, reply: Reply) -> Receipt:
        answer, fate = reply.answer, reply.fate
        if op is Op.CREATE and any_holds(words.exists, answer):
            return Receipt(change.id, Outcome.DUPLICATE, self._there(words, change, reply), detail=reply.told)
        if fate is Fate.FINE:
            return self._done(op, words, change, known(answer, words.record), known(answer, words.key))
        if fate is Fate.DUPLICATE and op is Op.CREATE:
            return Receipt(change.id, Outcome.DUPLICATE, self._there(words, change, reply), detail=reply.told)
        if fate in (Fate.CONFLICT, Fate.GONE):
            gone = say("the record is gone, or not shown")
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=reply.told or gone)
        if fate is Fate.AUTH:
            raise AuthError("{where} does not take the credentials", where=self._talk.where)
        detail = reply.told or say("the system refused it ({status})", status=answer.status)
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=self._at_fault(change, reply), detail=detail)

    def _done(self, op: Op, words: Write, change: Change, item: Any, bare: Any) -> Receipt:
        """An upsert that met its own record says so by a key that is there before: the engine sees it by the token."""
        shown: Record | None = None
        if item is not None and op is not Op.DELETE and words.record is not None:
            shown = self._reader.record(item, self._asked, self._talk.clock())
        key = str(bare) if bare not in (None, "") else shown.key if shown is not None else change.key
        if op is Op.CREATE and key is None and any(one.way == "key" for one in words.token):
            key = change.token
        if shown is not None and shown.key != key:
            shown = replace(shown, key=str(key))
        return Receipt(change.id, Outcome.DONE, key, shown)

    def _there(self, words: Write, change: Change, reply: Reply) -> str | None:
        line = self._talk.line(reply.answer)
        found = known(reply.answer, line.key if line is not None else words.key)
        if found in (None, "") and any(one.way == "key" for one in words.token):
            return change.token
        return None if found in (None, "") else str(found)

    def _at_fault(self, change: Change, reply: Reply) -> Apart:
        """Fields that the answer names, each with the system's words; only those that were sent."""
        line = self._talk.line(reply.answer)
        found = known(reply.answer, line.fields) if line is not None else None
        names = list(found) if isinstance(found, Mapping | list) else [found] if isinstance(found, str) else []
        flat = [str(one) for one in names if isinstance(one, str | int)]
        sent = [name for name in change.after if any(name == one or one.split(".")[-1] == name for one in flat)]
        if not sent and len(change.after) == 1:
            sent = list(change.after)  # there is no other that could be meant
        return {name: (Outcome.REJECTED, reply.told or say("the system refuses this value")) for name in sent}

    # -------------------------------------------------------------------------- many at a time

    def _batched(self, op: Op, words: Write, changes: Sequence[Change]) -> Iterator[Receipt]:
        assert words.batch is not None
        rest = iter(changes)
        while some := list(islice(rest, words.batch.size)):
            ready: list[Ready] = []
            for change in some:
                made = self._ready(op, change)
                if isinstance(made, Receipt):
                    yield made
                else:
                    ready.append(made)
            if ready:
                yield from Batches(self, self._talk, op, words).send(ready)

    def many_slots(self, op: Op, words: Write, ready: Sequence[Ready]) -> list[dict[str, Any]]:
        """The slots of each change of a batch."""
        return [self.slots(one.change, self.record(op, words, one)) for one in ready]

    def done(self, op: Op, words: Write, change: Change, item: Any) -> Receipt:
        """A receipt from one item of a batch's answer; `key` and `record` are paths in it."""
        return self._done(op, words, change, known(item, words.record), known(item, words.key))
