"""How are the contacts of a phone's online address book (CardDAV) read, and written so that nothing else changes?"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field as Option
from pydantic import field_validator

from connectors.contract import (
    AuthError,
    Capabilities,
    Certificate,
    Change,
    Check,
    Context,
    CursorExpired,
    Field,
    Finding,
    Identity,
    Listing,
    Op,
    Pace,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Spec,
    State,
    Table,
    TableFacts,
    say,
)
from connectors.http import Client
from connectors.settings import SecretText, Strict, Wrong
from connectors.shared.contacts import Place, fields, locked, place, read
from connectors.shared.dav import books
from connectors.shared.dav.books import Book, Dav
from connectors.shared.dav.cards import Found, Reader, Shelf, judge
from connectors.shared.dav.writing import Writer, name_for
from connectors.shared.values import as_text
from connectors.shared.web.redact import Secrets
from connectors.shared.web.wire import demand_secure

PAGE: Final = 100
"""Cards in one request; with photos such an answer is some 20 MB."""
_WRITABLE: Final = frozenset({Op.CREATE, Op.UPDATE, Op.DELETE})


class Options(Strict):
    """Options of a carddav source."""

    url: str = Option(description="Of the address book, of the person's address books, or of the server alone")
    user: str = Option("", description="Who signs in")
    password: SecretText | None = Option(None, description="An app password where the provider has them")
    page: int = Option(PAGE, ge=1, le=1000, description="Cards in one request; fewer where they have large photos")
    rate: int = Option(20, ge=1, description="Requests in a second, at most")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise Wrong(say("the address holds a user or password; write `user:` and `password:` instead"))
        demand_secure(url)
        return url


SPEC: Final = Spec(
    title="Address books of phones (CardDAV)",
    options=Options,
    connect=lambda options, context: CardDav(options, context),
    best=Capabilities(
        ops=_WRITABLE,
        changes=True,
        deletions=True,
        listing=Listing.COMPLETE,
        absence=True,
        identity=Identity.NATIVE,
        checks={Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD},
        repeat=Repeat.CHOSEN,
        quiet=True,
        page=PAGE,
        reread=PAGE,
        batch=dict.fromkeys(_WRITABLE, 1),
    ),
)


class CardDav:
    """connectors.contract.Connector on a person's address books; each is a table, a card's name in it is the key."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._facts = options, context.tables
        password = options.password.get_secret_value() if options.password else ""
        parts = urlsplit(options.url)
        signed = base64.b64encode(f"{options.user}:{password}".encode()).decode()
        self._pace = Pace(f"carddav:{parts.netloc}:{options.user}", options.rate, 1.0)
        self._client = Client(
            parts.netloc,
            f"{parts.scheme}://{parts.netloc}",
            context.gate,
            Secrets([password, signed] if password else []),
            {"Authorization": f"Basic {signed}"} if options.user else {},
            judge,
        )
        self._server = Dav(self._client, self._pace)
        self._reader = Reader(self._server)
        self._known: tuple[Book, ...] = ()

    def check(self) -> Sequence[Finding]:
        try:
            return [one for book in self._books() for one in self._looked_at(book)]
        except AuthError as error:
            text = say("{why} iCloud, Nextcloud and others want a password made for this app alone", why=error.said)
            return [Finding("error", "auth", text)]
        except SourceError as error:
            return [Finding("error", "source", error.said)]

    def tables(self) -> Mapping[str, str]:
        return {book.id: book.name for book in self._books()}

    def describe(self, table: str) -> Table:
        """Fields are the usual ones, and those of the first hundred cards."""
        book = self._book(table)
        shelf = self._reader.listing(book)
        sample = self._reader.cards(book, sorted(shelf.names)[: self._options.page])
        facts = self._facts_of(table)
        named = [name for name in (*facts.fields, *facts.where, facts.key, facts.token) if name]
        described = fields([one.card for one in sample if one.card], named)
        return Table(table, book.name, tuple(map(_described, described)), self._can(book))

    def pull(self, query: Query) -> Iterator[Page]:
        book, asked = self._book(query.table), _places(query.fields)
        scope = self._scope(book)
        mark = f"{scope}:{_digest(*sorted(asked))}"
        since, start, last, flaw = _gone_on(query, mark)
        shelf = self._reader.listing(book, since)
        names = sorted(name for name in shelf.names if name > last)
        start = start or shelf.token
        pages = [names[at : at + self._options.page] for at in range(0, len(names), self._options.page)] or [[]]
        left_out = 0
        ends = tuple(Record(book.id, name, {}, state=State.DELETED) for name in sorted(shelf.gone) if since)
        for number, page in enumerate(pages, 1):
            found = self._reader.cards(book, page)
            flaw = flaw or any(one.broken for one in found)
            records = tuple(_record(book, one, asked) for one in found if one.is_contact)
            left_out += len(page) - len(records)
            if number < len(pages):
                yield Page((*ends, *records), json.dumps([mark, since, start, page[-1], flaw]))
                ends = ()
        declared = len(names) - left_out if not since and not last and not flaw else None
        why = say("some cards could not be read; `offbook check` names how many") if flaw else ""
        cursor = f"{mark}:{start}" if start and not flaw else None
        end = Certificate(
            not since, not flaw, scope, frozenset(asked), self._options.user, cursor, declared, why
        )  # fmt: skip
        yield Page((*ends, *records), end=end)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        book, asked = self._book(table), _places(fields)
        whole = list(dict.fromkeys(key for key in keys if key not in ("", ".", "..")))
        for at in range(0, len(whole), self._options.page):
            for one in self._reader.cards(book, whole[at : at + self._options.page]):
                if one.gone:
                    yield Record(table, one.key, {}, state=State.DELETED)
                elif one.is_contact:
                    yield _record(book, one, asked)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        book, asked = self._book(table), _places(fields)
        if by is None:
            tokens = {name_for(token): token for token in values}
            for one in self._reader.cards(book, list(tokens)):
                if one.is_contact:
                    yield tokens[one.key], _record(book, one, asked)
            return
        where = place(by)
        if where is None:
            raise SourceRefused("a vCard has no field `{name}`", name=by)
        wanted, names = set(values), sorted(self._reader.listing(book).names)
        for at in range(0, len(names), self._options.page):
            for one in self._reader.cards(book, names[at : at + self._options.page]):
                yield from ((text, _record(book, one, asked)) for text in _texts(one, where) if text in wanted)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        wrong = {change.op for change in changes} - _WRITABLE
        if not wrong:
            book = self._book(table)
            wrong = {change.op for change in changes} - book.ops
        for op in wrong:
            raise SourceRefused("{where}: these credentials cannot {op} cards", where=self._client.name, op=op)
        if changes:
            writer = Writer(self._reader, self._client, book, self._facts_of(table).token)
            for change, fate in writer.take(changes):
                record = (
                    _record(book, fate.shown, self._asked(table, change)) if fate.shown and fate.shown.card else None
                )
                yield Receipt(change.id, fate.outcome, fate.key, record, fate.apart, fate.why)

    def close(self) -> None:
        self._client.close()

    # -------------------------------------------------------------------------- helpers

    def _books(self) -> tuple[Book, ...]:
        self._known = self._known or books.found(self._server, self._options.url)
        return self._known

    def _book(self, table: str) -> Book:
        for book in self._books():
            if book.id == table:
                return book
        there = ", ".join(f"`{book.id}`" for book in self._books())
        raise SourceRefused(
            "{where} has no address book `{table}`; there is: {there}",
            where=self._client.name, table=table, there=there,
        )  # fmt: skip

    def _can(self, book: Book) -> Capabilities:
        can = replace(SPEC.best, ops=book.ops, page=self._options.page, reread=self._options.page, paces=(self._pace,))
        return can if book.syncs else replace(can, changes=False, deletions=False)

    def _facts_of(self, table: str) -> TableFacts:
        return self._facts.get(table, TableFacts())

    def _asked(self, table: str, change: Change) -> Mapping[str, Place]:
        return _places([*change.after, *change.before, *self._facts_of(table).fields])

    def _scope(self, book: Book) -> str:
        where = sorted((name, repr(rule)) for name, rule in self._facts_of(book.id).where.items())
        return _digest(self._client.base, book.path, self._options.user, repr(where))

    def _looked_at(self, book: Book) -> Iterator[Finding]:
        """Reads cards, as a right to list is none to read."""
        shelf: Shelf = self._reader.listing(book)
        found = self._reader.cards(book, sorted(shelf.names)[: self._options.page])
        unread = sum(one.broken for one in found)
        if unread:
            text = say("{count} of the first {all} cards cannot be read", count=unread, all=len(found))
            yield Finding("error" if unread == len(found) else "warning", "unread", text, book.id)
        unsure = sum(one.is_contact and one.version is None for one in found)
        if unsure:
            text = say("the server gives {count} cards no strong ETag; they are read, and never written", count=unsure)
            yield Finding("warning", "no_etag", text, book.id)
        if missing := sorted(_WRITABLE - book.ops):
            text = say(
                "these credentials cannot {ops} cards here; the owner grants it where the address book is shared",
                ops=", ".join(missing),
            )
            yield Finding("note", "read_only", text, book.id)
        if not book.syncs:
            text = say("the server does not tell what changed (sync-collection); each pull reads all cards")
            yield Finding("note", "no_sync", text, book.id)


def _described(field: Field) -> Field:
    """Not every server finds what is there (Xandikos misses numbers), so find() reads all cards: too dear for each create."""
    return replace(field, findable=False)


def _record(book: Book, one: Found, asked: Mapping[str, Place]) -> Record:
    assert one.card is not None
    values = {name: read(one.card, where) for name, where in asked.items()}
    held = frozenset(name for name, where in asked.items() if locked(one.card, where))
    return Record(book.id, one.key, values, one.version, locked=held if one.version else frozenset({"*"}))


def _texts(one: Found, where: Place) -> Sequence[str]:
    value = read(one.card, where) if one.card and one.is_contact else None
    return list(dict.fromkeys(as_text(each) for each in (value if isinstance(value, tuple) else (value,))))


def _gone_on(query: Query, mark: str) -> tuple[str, str, str, bool]:
    """The token to ask since, the one that the next cursor is made of, the last name delivered, and whether anything
    was left out; of the page to go on from, or of the cursor."""
    if query.resume is not None:
        try:
            found, since, start, last, flaw = json.loads(query.resume)
        except (ValueError, TypeError):
            found = since = start = last = flaw = None
        if found != mark:
            raise CursorExpired("the page to go on from is not one of this address book and these fields")
        return since, start, last, flaw
    if query.since is None:
        return "", "", "", False
    if not query.since.startswith(f"{mark}:"):
        raise CursorExpired("the address book, its user or the fields are not those that the last pull read")
    return query.since.removeprefix(f"{mark}:"), "", "", False


def _places(names: Sequence[str]) -> dict[str, Place]:
    """Of these ids those that are fields of a vCard."""
    return {name: where for name in names if (where := place(name))}


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
