"""How are the cards of an address book listed and read, a hundred in one request? (RFC 6352, RFC 6578)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import CursorExpired, RetryLater, SourceRefused
from connectors.http import Request
from connectors.shared.dav import xml
from connectors.shared.dav.books import Book, Dav, key_of, same_paths
from connectors.shared.dav.xml import Multistatus, NotXml, Response, dav
from connectors.shared.vcards import Card, parse
from connectors.shared.web.answers import Answer, Fate, Judged, by_status

RAW: Final = {"Accept": "text/vcard, text/x-vcard, */*;q=0.1", "Accept-Encoding": "identity"}
"""A compressed answer has another ETag at some servers."""
_DATA: Final = xml.card("address-data")
_GROUP: Final = ("KIND", "X-ADDRESSBOOKSERVER-KIND")
_DEAD_TOKEN: Final = frozenset({400, 409, 410, 412})
"""What servers answer besides RFC 6578's valid-sync-token to a token that they have forgotten."""
_REFUSED: Final = frozenset({409, 413, 415, 422, 507})


def judge(answer: Answer) -> Judged:
    """WebDAV's error table: the condition in the body, else the status."""
    if answer.status < 300:
        return Judged(Fate.FINE)
    named, _ = xml.conditions(answer.body)
    text = " ".join([str(answer.status), *named])
    if "valid-sync-token" in named:
        return Judged(Fate.EXPIRED, text=text)
    if "no-uid-conflict" in named:
        return Judged(Fate.DUPLICATE, text=text)
    if answer.status in _REFUSED:
        return Judged(Fate.REJECTED, text=text)
    if answer.status == 423:
        return Judged(Fate.LOCKED, text=text)
    plain = by_status(answer)
    return Judged(plain.fate, plain.wait, text)


def strong(etag: str | None) -> str | None:
    """An ETag without its quotes; None for one that may not guard a write (weak, or missing). RFC 9110 8.8.1."""
    bare = (etag or "").strip()
    return None if not bare or bare.startswith("W/") else bare.strip('"') or None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is in an address book: names that are there, names that are gone since a token, and the token of now."""

    names: frozenset[str]
    gone: frozenset[str] = frozenset()
    token: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under a name. gone: nothing, by the server's word. broken: something that cannot be read. raw: the
    card as the server sends it; only what GET gave has its own line ends."""

    key: str
    card: Card | None = None
    version: str | None = None
    gone: bool = False
    raw: bytes = field(default=b"", repr=False)

    @property
    def broken(self) -> bool:
        return self.card is None and not self.gone

    @property
    def is_contact(self) -> bool:
        """No list of contacts, as phones keep groups in cards too."""
        return self.card is not None and not any(
            line.body.strip().lower() == b"group" for name in _GROUP for line in self.card.named(name)
        )


def found(key: str, raw: bytes, etag: str | None) -> Found:
    """A resource that is not exactly one card is broken."""
    cards = parse(raw).cards
    whole = len(cards) == 1 and cards[0].ended
    return Found(key, cards[0] if whole else None, strong(etag), raw=raw)


class Reader:
    """Lists and reads one server's address books."""

    def __init__(self, server: Dav) -> None:
        self.server = server

    # -------------------------------------------------------------------------- what is there

    def listing(self, book: Book, since: str = "") -> Shelf:
        """All names, or what changed since a token; raises CursorExpired for one that is not known any more."""
        if book.syncs:
            return self._synced(book, since)
        if since:
            raise CursorExpired("the server does not tell any more what changed; all cards are read")
        asked = xml.propfind(dav("getetag"), dav("resourcetype"))
        shown = self.server.ask("PROPFIND", book.path, asked, "1")
        return Shelf(frozenset(key_of(one.href) for one in shown.responses if _is_member(one, book)))

    def _synced(self, book: Book, since: str) -> Shelf:
        """A server may tell the changes in parts, each with a token of its own (507 for the address book itself)."""
        names: set[str] = set()
        gone: set[str] = set()
        token, seen = since, {since}
        while True:
            part = self._part(book, token)
            if not part.token:
                raise SourceRefused("{where} gives no sync token", where=self.server.client.name)
            for one in part.responses:
                if _is_member(one, book) and one.status in (200, 404):
                    key, ended = key_of(one.href), one.status == 404
                    (gone if ended else names).add(key)
                    (names if ended else gone).discard(key)
            token = part.token
            if not any(one.status == 507 and same_paths(one.href, [book.path]) for one in part.responses):
                return Shelf(frozenset(names), frozenset(gone), token)
            if token in seen:
                raise RetryLater("{where} tells the same part of its changes twice", where=self.server.client.name)
            seen.add(token)

    def _part(self, book: Book, token: str) -> Multistatus:
        client = self.server.client
        reply = client.send(self.server.request("REPORT", book.path, xml.sync(token), "0"))
        if token and reply.answer.status in _DEAD_TOKEN:
            raise CursorExpired("{where} does not know the page or cursor any more; it is read anew", where=client.name)
        if reply.fate is not Fate.FINE:
            raise client.error(reply)
        return self.server.understood(reply.answer.body)

    # -------------------------------------------------------------------------- cards

    def cards(self, book: Book, names: Sequence[str]) -> list[Found]:
        """What stands under these names, in their order; one that the server does not speak of is broken.

        A card with a character that XML has not spoils the answer for all: then they are asked for in halves.
        """
        if not names:
            return []
        body = xml.multiget(book.at(name) for name in names)
        answer = self.server.client.read(self.server.request("REPORT", book.path, body))
        try:
            shown = xml.multistatus(answer.body)
        except NotXml:
            if len(names) == 1:
                return [self.card(book, names[0])]
            half = len(names) // 2
            return [*self.cards(book, names[:half]), *self.cards(book, names[half:])]
        by_name = self._by_name(shown, book, names)
        return [_read(name, by_name.get(name)) for name in names]

    def card(self, book: Book, name: str) -> Found:
        """One card with its own line ends, as it must be known to be written."""
        client = self.server.client
        reply = client.send(Request("GET", book.at(name), headers=RAW, safe=True, paces=self.server.paces))
        if reply.fate is Fate.GONE:
            return Found(name, gone=True)
        if reply.fate is not Fate.FINE:
            raise client.error(reply)
        return found(name, reply.answer.body, reply.answer.headers.get("etag"))

    def _by_name(self, shown: Multistatus, book: Book, names: Sequence[str]) -> dict[str, Response]:
        """Another page than the one that was asked for proves nothing (C3)."""
        asked, by_name = set(names), dict[str, Response]()
        for one in shown.responses:
            name = key_of(one.href)
            if not _is_member(one, book):
                continue
            if name not in asked or name in by_name:
                raise RetryLater("{where} answers with other cards than were asked for", where=self.server.client.name)
            by_name[name] = one
        return by_name


def _is_member(one: Response, book: Book) -> bool:
    """Not the address book itself, and no collection in it."""
    return (
        bool(key_of(one.href))
        and not one.has(dav("resourcetype"), dav("collection"))
        and not same_paths(one.href, [book.path])
    )


def _read(name: str, one: Response | None) -> Found:
    if one is None:
        return Found(name)
    if one.status in (404, 410):
        return Found(name, gone=True)
    data = one.text(_DATA)
    if one.status != 200 or data is None:
        return Found(name)
    return found(name, data.encode("utf-8", "surrogatepass"), one.text(dav("getetag")))
