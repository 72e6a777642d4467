"""How are several changes sent in one request, and the culprit of a batch that falls found? (`batch`; C22)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from connectors.contract import Op, Outcome, Receipt, say
from connectors.http import Lost, NotSent, Reply
from connectors.shared.rest.model import Ask, Write
from connectors.shared.rest.paths import any_holds, known, steps
from connectors.shared.rest.slots import fill
from connectors.shared.rest.talk import Said, Talk
from connectors.shared.web.answers import Fate

if TYPE_CHECKING:
    from connectors.shared.rest.writing import Ready, Writing


class Batches:
    """Sends one batch of one op."""

    def __init__(self, writing: Writing, talk: Talk, op: Op, words: Write) -> None:
        assert words.batch is not None
        self._writing, self._talk, self._op, self._words, self._batch = writing, talk, op, words, words.batch

    def send(self, ready: Sequence[Ready]) -> Iterator[Receipt]:
        """Receipts for all of them. Raises NotSent and Lost after their receipts have come."""
        try:
            reply = self._sent(ready)
        except Lost as trouble:
            yield from (Receipt(one.change.id, Outcome.UNKNOWN, one.change.key, detail=trouble.said) for one in ready)
            raise
        except NotSent as trouble:
            yield from (Receipt(one.change.id, Outcome.DEFERRED, one.change.key, detail=trouble.said) for one in ready)
            raise
        if reply.fate is Fate.FINE:
            yield from self._told(ready, reply)
        elif len(ready) == 1:
            yield self._writing.receipt(self._op, self._words, ready[0].change, reply)
        else:
            half = len(ready) // 2
            yield from self.send(ready[:half])
            yield from self.send(ready[half:])

    def _sent(self, ready: Sequence[Ready]) -> Reply:
        each = self._writing.many_slots(self._op, self._words, ready)
        slots = {**each[0], "values": [one["key"] for one in each], "records": [one["record"] for one in each]}
        ask = self._words.request
        if self._batch.items is not None:
            ask = _repeated(ask, self._batch.items, each)
        extras = [self._words.quiet] if self._words.quiet is not None else []
        extras += list(self._writing.token_extras(self._words, _token(ready)))
        safe = self._writing.safe(self._op, self._words, sends_check=False)
        return self._talk.send(ask, slots, Said(extras=extras, safe=safe, writes=True, units=1))

    def _told(self, ready: Sequence[Ready], reply: Reply) -> Iterator[Receipt]:
        found = known(reply.answer, self._batch.receipts)
        told = found if isinstance(found, list) else []
        if self._batch.receipts is None:
            yield from (Receipt(one.change.id, Outcome.DONE, one.change.key) for one in ready)
            return
        by = self._batch.order["by"] if isinstance(self._batch.order, Mapping) else None
        keyed = {str(known(item, by)): item for item in told} if by is not None else {}
        for n, one in enumerate(ready):
            item = keyed.get(str(one.change.key)) if by is not None else told[n] if len(told) == len(ready) else None
            yield self._receipt(one, item)

    def _receipt(self, ready: Ready, item: Any) -> Receipt:
        """What came back is counted: a record that the answer does not speak of is in doubt."""
        change = ready.change
        if item is None:
            detail = say("the answer does not speak of this record")
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=detail)
        if any_holds(self._batch.refused, item):
            return Receipt(change.id, Outcome.REJECTED, change.key, detail=say("the system refuses this record"))
        return self._writing.done(self._op, self._words, change, item)


def _token(ready: Sequence[Ready]) -> str:
    """One for the batch: half of it, sent again, is another request."""
    told = ",".join(one.change.token or "" for one in ready)
    return told if len(ready) == 1 else blake2b(told.encode(), digest_size=8).hexdigest()[:15]


def _repeated(ask: Ask, path: str, each: Sequence[Mapping[str, Any]]) -> Ask:
    """The request whose list at `path` of the body holds its one entry for each change, filled already."""

    def put(body: Any, way: Sequence[str]) -> Any:
        if not way:
            entry = body[0] if isinstance(body, list | tuple) and body else "<record>"
            return [fill(entry, slots) for slots in each]
        home = body if isinstance(body, Mapping) else {}
        return {**home, way[0]: put(home.get(way[0]), way[1:])}

    return ask.model_copy(update={"body": put(ask.body, steps(path))})
