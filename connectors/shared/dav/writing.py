"""How is a card written so that no edit of a person is lost, and what became of it where no answer came?

Each write bears a precondition: a new card that nothing is there yet, the others the ETag that the plan was made on. So
sending one again does no harm. Where an earlier try may have landed, the card is read before anything is said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin

from connectors.contract import Change, Fields, Op, Outcome, Said, SourceError, say
from connectors.http import Client, Lost, NotSent, Reply, Request
from connectors.shared import rows
from connectors.shared.contactdesk import OURS
from connectors.shared.contactedits import created, edit
from connectors.shared.contacts import place, read
from connectors.shared.dav import xml
from connectors.shared.dav.books import Book, key_of
from connectors.shared.dav.cards import Found, Reader
from connectors.shared.values import as_text
from connectors.shared.vcards import Card
from connectors.shared.web.answers import Fate

_CARD: Final = {"Content-Type": "text/vcard; charset=utf-8"}
_WRITES: Final = frozenset({"PUT", "DELETE"})
_MOVED: Final = say("the card was changed or removed since it was read")


def name_for(token: str) -> str:
    """The name of the card that is created under a token."""
    return f"offbook-{token}.vcf"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one change. shown: the card as the server shows it now, None where it was not read again."""

    outcome: Outcome
    key: str | None = None
    shown: Found | None = None
    apart: Mapping[str, tuple[Outcome, str]] = field(default_factory=dict)
    why: str = ""


class Writer:
    """Makes changes to the cards of one address book, one after the other."""

    def __init__(self, reader: Reader, client: Client, book: Book, token_field: str | None) -> None:
        self._reader, self._client, self._book = reader, client, book
        self._token_field = token_field
        self._doubt = False
        client.watch = self._watched

    def take(self, changes: Sequence[Change]) -> Iterator[tuple[Change, Written]]:
        """Each with its fate, as it comes; raises what stands against going on, after the receipt (C17).

        One answer that is lost may be about that card alone; a second one is the server's.
        """
        steps = {Op.CREATE: self._create, Op.UPDATE: self._update, Op.DELETE: self._delete}
        lost = False
        for change in changes:
            self._doubt = False
            try:
                fate = steps[change.op](change)
            except SourceError as trouble:
                if not self._doubt and not isinstance(trouble, NotSent):
                    raise
                outcome = Outcome.UNKNOWN if self._doubt else Outcome.DEFERRED
                yield change, Written(outcome, change.key, why=trouble.said)
                end = trouble.__cause__ if isinstance(trouble.__cause__, SourceError) else trouble
                if lost or not self._doubt or not isinstance(end, Lost):
                    raise end from None
                lost = True
                continue
            lost = False
            yield change, fate

    # -------------------------------------------------------------------------- one change

    def _create(self, change: Change) -> Written:
        token = change.token or rows.new_id()
        name = name_for(token)
        also = {"UID": f"urn:uuid:{uuid.uuid5(OURS, token)}"}
        if self._token_field:
            also[self._token_field] = token
        card, refused = created(None, {k: v for k, v in change.after.items() if k not in also}, also)
        if refused:
            return Written(Outcome.REJECTED, apart=_apart(refused))
        reply = self._send("PUT", name, {**_CARD, "If-None-Match": "*"}, card.raw, change)
        if reply.fate is Fate.FINE:
            key = self._named(reply, name)
            return Written(Outcome.DONE, key, self._again(key))
        if reply.fate is Fate.DUPLICATE:
            _, there = xml.conditions(reply.answer.body)
            return Written(Outcome.DUPLICATE, key_of(there[0]) if there else None, why=reply.told)
        if reply.answer.status == 412:
            return Written(Outcome.DUPLICATE, name, self._again(name), why=reply.told)
        return _refused(change, reply)

    def _update(self, change: Change) -> Written:
        assert change.key is not None
        old = self._reader.card(self._book, change.key)
        if old.card is None or old.version is None or old.version != change.expect:
            return Written(Outcome.CONFLICT, change.key, old if old.card else None, why=_MOVED)
        card, refused = edit(_as_sent(old.card), change.after)
        apart = _apart(refused)
        if refused and len(refused) == len(change.after):
            return Written(Outcome.REJECTED, change.key, old, apart)
        if card.raw == old.card.raw:
            return Written(Outcome.DONE, change.key, old, apart)
        reply = self._send("PUT", change.key, {**_CARD, "If-Match": f'"{old.version}"'}, card.raw, change)
        if reply.fate is Fate.FINE:
            return Written(Outcome.DONE, change.key, self._again(change.key), apart)
        if reply.answer.status == 412 or reply.fate is Fate.GONE:
            left = {name: value for name, value in change.after.items() if name not in refused}
            return self._met(change, card, left, apart)
        return _refused(change, reply)

    def _met(self, change: Change, sent: Card, left: Fields, apart: Mapping[str, tuple[Outcome, str]]) -> Written:
        """The card is not the one that was read: a person's edit, or our own where the answer to it was lost."""
        assert change.key is not None
        shown = self._again(change.key)
        if not self._doubt:
            return Written(Outcome.CONFLICT, change.key, shown, why=_MOVED)
        if shown is not None and shown.card is not None and _shows(shown.card, sent, left):
            return Written(Outcome.DONE, change.key, shown, apart)
        return Written(Outcome.UNKNOWN, change.key, why=say("no answer came, and the card has moved since"))

    def _delete(self, change: Change) -> Written:
        assert change.key is not None
        if change.expect is None:
            return Written(Outcome.CONFLICT, change.key, why=_MOVED)
        reply = self._send("DELETE", change.key, {"If-Match": f'"{change.expect}"'}, None, change)
        gone = reply.fate is Fate.GONE
        if reply.fate is Fate.FINE or (gone and self._doubt):
            return Written(Outcome.DONE, change.key)
        if gone or reply.answer.status == 412:
            shown = self._again(change.key)
            if self._doubt and shown is not None and shown.gone:
                return Written(Outcome.DONE, change.key)
            return Written(Outcome.CONFLICT, change.key, shown if shown and shown.card else None, why=_MOVED)
        return _refused(change, reply)

    # -------------------------------------------------------------------------- requests

    def _send(self, method: str, name: str, headers: Mapping[str, str], body: bytes | None, change: Change) -> Reply:
        """A precondition makes it safe to send again."""
        told = list(map(as_text, change.after.values()))
        path, paces = self._book.at(name), self._reader.server.paces
        return self._client.send(
            Request(method, path, headers=headers, body=body, safe=True, paces=paces, told=told)
        )  # fmt: skip

    def _watched(self, request: Request, reply: Reply | None) -> None:
        """A write whose try ended without a clear answer may have landed."""
        if request.method in _WRITES and (reply is None or reply.fate is Fate.BROKEN):
            self._doubt = True

    def _again(self, name: str) -> Found | None:
        """The card after a write; its fate is known, so trouble here is none of it."""
        try:
            shown = self._reader.card(self._book, name)
        except SourceError:
            return None
        return shown

    def _named(self, reply: Reply, name: str) -> str:
        """Some servers give a new card a name of their own."""
        where = reply.answer.headers.get("location")
        return key_of(urljoin(self._book.path, where)) or name if where else name


def _as_sent(card: Card) -> Card:
    """vCards travel in UTF-8, whatever a file may be in (RFC 6352 5.1)."""
    return replace(card, charset="utf-8")


def _shows(card: Card, sent: Card, after: Fields) -> bool:
    """Whether it says what we sent, in the fields that we meant to change."""
    return all(read(card, where) == read(sent, where) for name in after if (where := place(name)))


def _refused(change: Change, reply: Reply) -> Written:
    """The server names no field; where only one was sent, that is the one."""
    why = say("the server does not take the card: {text}", text=reply.told or reply.answer.status)
    apart = dict.fromkeys(change.after, (Outcome.REJECTED, why)) if len(change.after) == 1 else {}
    return Written(Outcome.REJECTED, change.key, apart=apart, why=why)


def _apart(refused: Mapping[str, Said]) -> dict[str, tuple[Outcome, str]]:
    return {name: (Outcome.REJECTED, why) for name, why in refused.items()}
