"""How are the contacts of a phone read from a .vcf file, and written back so that nothing else in it changes?"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from pydantic import Field as Option
from pydantic import field_validator

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Check,
    Context,
    CursorExpired,
    Damaged,
    Finding,
    Identity,
    Op,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    Said,
    SourceError,
    SourceRefused,
    Spec,
    State,
    Table,
    TableFacts,
    say,
)
from connectors.settings import Strict, Wrong
from connectors.settings import shown as safely
from connectors.shared import files, rows, sheets
from connectors.shared.contactdesk import Desk, Names, version
from connectors.shared.contacts import Place, fields, locked, place, read
from connectors.shared.copies import copies_of, newest
from connectors.shared.values import as_text
from connectors.shared.vcards import Book, Card, parse

TABLE: Final = "contacts"
"""The only table of a vCard file."""
TOKEN: Final = "X-OFFBOOK-ID"  # noqa: S105 - a property's name
"""Where the id of a contact that Offbook created stands, unless the mapping names another property."""
_WRITABLE: Final = frozenset({Op.CREATE, Op.UPDATE, Op.DELETE})


class Options(Strict):
    """Options of a vcard source."""

    path: str = Option(description="The .vcf file; relative to offbook.yaml. With * or ? the newest by name")
    encoding: str | None = Option(None, description="Of text that declares none; otherwise it is found out")
    backups: int = Option(3, ge=0, description="How many copies of the file from before a write are kept beside it")
    wait: float = Option(0, ge=0, description="Seconds to wait for a file that is open elsewhere")

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            name = codecs.lookup(value).name if value else None
        except LookupError:
            raise Wrong(
                say("`{value}` is no encoding; write utf-8, gb18030 or big5", value=safely(value or ""))
            ) from None
        return {"gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs"}.get(name or "", name)


SPEC: Final = Spec(
    title="Contacts of a phone (vCard file)",
    options=Options,
    connect=lambda options, context: Contacts(options, context),
    best=replace(sheets.BEST, ops=_WRITABLE),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The file as it was read, and how its cards are called."""

    book: Book
    stamp: files.Stamp
    names: Names

    @property
    def cards(self) -> tuple[Card, ...]:
        return self.book.cards

    @property
    def whole(self) -> bool:
        """The file does not end in the middle of a card, as one that is still being copied does."""
        return not self.cards or self.cards[-1].ended


class Contacts:
    """connectors.contract.Connector on one .vcf file; a contact is a record of the table `contacts`."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate = options, context.gate
        self._facts = context.tables.get(TABLE, TableFacts())
        self._folder = Path(context.folder)
        self._cached: Shown | None = None

    def check(self) -> Sequence[Finding]:
        try:
            shown = self._shown()
            can = self._can(shown)
        except SourceError as error:
            return [Finding("error", "source", error.said, TABLE)]
        found = [Finding("warning", code, text, TABLE) for code, text in _troubles(shown)]
        path = self._path()
        for copy in copies_of(path):
            text = say("{copy} is a sync client's copy of {path}; edits may be in it", copy=copy.name, path=path.name)
            found.append(Finding("warning", "copy", text, TABLE))
        if can.identity is Identity.NONE:
            text = say(
                "not every card has a UID, so contacts are told apart by what they say, and nothing may point to them"
            )
            found.append(Finding("note", "no_key", text, TABLE))
        if not can.ops:
            text = say("{path} is read-only; give the user that runs Offbook the right to write it", path=path)
            found.append(Finding("note", "read_only", text, TABLE))
        return found

    def tables(self) -> Mapping[str, str]:
        return {TABLE: self._path().name}

    def describe(self, table: str) -> Table:
        self._demand(table)
        shown = self._shown()
        return Table(TABLE, self._path().name, fields(shown.cards, self._named()), self._can(shown))

    def pull(self, query: Query) -> Iterator[Page]:
        self._demand(query.table)
        if query.resume is not None:
            raise CursorExpired("a vCard file is read in one piece; there is nothing to go on from")
        shown = self._shown()
        scope, asked = self._scope(shown), _places(query.fields)
        cursor = f"{scope}:{_digest(*sorted(asked))}:{shown.stamp.digest}"
        if query.since is not None and query.since.rpartition(":")[0] != cursor.rpartition(":")[0]:
            raise CursorExpired("the file, its key or the fields are not those that the last pull read")
        full = query.since != cursor
        records = tuple(self._record(shown, at, asked) for at in range(len(shown.cards))) if full else ()
        why = "" if shown.whole else say("the file ends in the middle of a card; it may not be copied completely")
        declared = len(shown.cards) if full else None
        yield Page(
            records,
            end=Certificate(
                full,
                shown.whole,
                scope,
                frozenset(asked),
                cursor=cursor if shown.whole else None,
                declared=declared,
                why=why,
            ),
        )

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        self._demand(table)
        shown = self._shown()
        index, asked = self._index(shown), _places(fields)
        tokens = {shown.names.token_of(card): shown.names.key_of(card) for card in shown.cards}
        for key in keys:
            bearing = index.bearing(key)
            yield from (self._record(shown, at, asked) for at in bearing)
            if bearing or not shown.names.keys or rows.is_place(key):
                continue
            if into := tokens.get(key):
                yield Record(TABLE, key, {}, state=State.MOVED, into=into)
            elif shown.whole:
                yield sheets.ended(TABLE, key)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        self._demand(table)
        shown = self._shown()
        where, asked, wanted = shown.names.token if by is None else place(by), _places(fields), set(values)
        if where is None:
            raise SourceRefused("a vCard has no field `{name}`", name=by)
        for at, card in enumerate(shown.cards):
            value = read(card, where)
            texts = dict.fromkeys(as_text(one) for one in (value if isinstance(value, tuple) else (value,)))
            for text in texts:
                if text and text in wanted:
                    yield text, self._record(shown, at, asked)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        self._demand(table)
        shown = self._shown()
        can = self._can(shown)
        if sheets.one_op(changes, can, self._path()) is None:
            return
        try:
            files.wait_until_free(self._path(), self._gate, self._options.wait)
            yield from self._written(self._shown(), changes, can)
        except files.NotNow as trouble:
            yield from sheets.deferred(changes, trouble.said)

    def close(self) -> None:
        self._cached = None

    # -------------------------------------------------------------------------- reading

    def _path(self) -> Path:
        return newest(self._folder, self._options.path)

    def _shown(self) -> Shown:
        self._gate.enter()
        content, stamp = files.read(self._path(), self._gate)
        if self._cached is None or self._cached.stamp.digest != stamp.digest:
            book = parse(content, self._options.encoding or "")
            if content.strip(b"\xef\xbb\xbf\r\n\t ") and not book.cards:
                raise SourceRefused("{path} holds no vCard; nothing in it begins with BEGIN:VCARD", path=self._path())
            names = Names(self._keys(book.cards), _need(self._facts.token or TOKEN), self._facts.token or TOKEN)
            self._cached = Shown(book, stamp, names)
        return replace(self._cached, stamp=stamp)

    def _keys(self, cards: Sequence[Card]) -> tuple[Place, ...]:
        """The property people keep unique, or the phone's UID where every card has one; then our id, where it is named."""
        ours = (_need(self._facts.token),) if self._facts.token else ()
        if self._facts.key:
            return (_need(self._facts.key), *ours)
        uid = _need("UID")
        return (uid, *ours) if all(read(card, uid) for card in cards) else ours

    def _can(self, shown: Shown) -> Capabilities:
        ops = _WRITABLE if files.writable(self._path()) else frozenset()
        can = replace(SPEC.best, ops=ops, repeat=Repeat.CHOSEN)
        if not shown.names.keys:
            checks = {Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD}
            can = replace(can, identity=Identity.NONE, absence=False, checks=checks)
        return can

    def _scope(self, shown: Shown) -> str:
        where = sorted((name, repr(rule)) for name, rule in self._facts.where.items())
        return _digest(self._options.path, repr(shown.names.keys), repr(where))

    def _index(self, shown: Shown) -> rows.RowIndex:
        return rows.RowIndex([shown.names.key_of(card) for card in shown.cards], lambda at: version(shown.cards[at]))

    def _record(self, shown: Shown, at: int, asked: Mapping[str, Place]) -> Record:
        card = shown.cards[at]
        key = shown.names.key_of(card)
        values = {name: read(card, where) for name, where in asked.items()}
        held = frozenset(name for name, where in asked.items() if locked(card, where))
        return Record(TABLE, key or rows.place(at + 1), values, version(card), locked=held, place=not key)

    def _named(self) -> tuple[str, ...]:
        named = (*self._facts.fields, *self._facts.where, self._facts.key, self._facts.token)
        return tuple(name for name in named if name)

    def _demand(self, table: str) -> None:
        if table != TABLE:
            raise SourceRefused("a vCard file has one table, `{there}`, and no `{table}`", there=TABLE, table=table)

    # -------------------------------------------------------------------------- writing

    def _written(self, shown: Shown, changes: Sequence[Change], can: Capabilities) -> Iterator[Receipt]:
        """Everything in one new file; receipts once it stands in the old one's place."""
        desk = Desk(shown.cards, shown.names, can, names_rows=bool(self._facts.token))
        fates = [desk.take(change) for change in changes]
        book, detail = shown.book, ""
        if desk.touched:
            self._demand_faithful(shown)
            content = book.put(desk.cards, desk.new).join()
            backup = files.replace(
                self._path(), content, shown.stamp, now=self._gate.now(), backups=self._options.backups
            )
            book = parse(content, self._options.encoding or "")
            detail = say("the file as it was: {backup}", backup=backup.name) if backup else ""
        places = desk.places()
        for change, fate in zip(changes, fates):
            at = places.get(fate.at)
            asked = _places([*change.after, *change.before, *self._facts.fields])
            record = None if at is None else self._record(replace(shown, book=book), at, asked)
            key = record.key if record else change.key
            yield Receipt(change.id, fate.outcome, key, record, fate.apart, fate.why or detail)

    def _demand_faithful(self, shown: Shown) -> None:
        if blake2b(shown.book.join(), digest_size=16).hexdigest() != shown.stamp.digest:
            text = "{path} is broken UTF-16, so it cannot be written without losing something; save it as UTF-8"
            raise SourceRefused(text, path=self._path())


def _troubles(shown: Shown) -> Iterator[tuple[str, Said]]:
    """What a person should know of the file before it is used."""
    open_ended = sum(not card.ended for card in shown.cards)
    if open_ended:
        yield "no_end", say("{count} cards have no END:VCARD; the file may be cut off", count=open_ended)
    keys = [key for card in shown.cards if (key := shown.names.key_of(card))]
    if len(set(keys)) < len(keys):
        text = say("{count} contacts bear a key that another one bears too", count=len(keys) - len(set(keys)))
        yield "key_twice", text
    asked = [where for field in fields(shown.cards) if (where := place(field.id))]
    damaged = sum(any(isinstance(read(card, where), Damaged) for where in asked) for card in shown.cards)
    if damaged:
        yield "damaged", say("{count} contacts hold something that cannot be read; say `encoding:`", count=damaged)


def _places(names: Sequence[str]) -> dict[str, Place]:
    """Of these ids those that are fields of a vCard."""
    return {name: where for name in names if (where := place(name))}


def _need(name: str) -> Place:
    where = place(name)
    if where is None:
        raise SourceRefused("a vCard has no field `{name}`", name=name)
    return where


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
