"""How is a table of a specification pulled, record by record fetched, and searched? (`list`, `changes`, `get`, `find`)"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import blake2b
from itertools import islice
from typing import Any, Final

from connectors.contract import (
    Certificate,
    CursorExpired,
    Field,
    Page,
    Query,
    Record,
    SourceRefused,
    State,
    say,
)
from connectors.shared.rest.model import Ask, Many
from connectors.shared.rest.pages import Page as RawPage
from connectors.shared.rest.pages import Pages, Spot
from connectors.shared.rest.paths import any_holds, known
from connectors.shared.rest.records import Reader
from connectors.shared.rest.slots import Unsearchable
from connectors.shared.rest.talk import Said, Talk, added
from connectors.shared.rest.values import moment_writer
from connectors.shared.values import as_text
from connectors.shared.web.answers import Answer, Fate

MOST: Final = 4096
"""Records that a cursor remembers to have delivered; beyond, some come again."""
_UNIT: Final = {"s": timedelta(seconds=1), "ms": timedelta(milliseconds=1), "us": timedelta(microseconds=1)}


@dataclass(slots=True)
class Stand:
    """A pull between two pages; goes through JSON. chain: which of `changes.fields` is asked. begin: the cursor that the
    pull will end with. since: the one it began with. seen: marks of what came lately."""

    full: bool
    chain: int = 0
    spot: Spot | None = None
    begin: str | None = None
    since: str | None = None
    seen: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    shown: list[str] | None = None
    total: int | None = None
    why: str = ""


class Reading:
    """One table, with these credentials."""

    def __init__(self, talk: Talk, reader: Reader, zone: tzinfo) -> None:
        self._talk, self._reader, self._zone, self._words = talk, reader, zone, talk.words
        self.table = reader.table.id

    # -------------------------------------------------------------------------- pull

    def pull(self, query: Query) -> Iterator[Page]:
        fields = self._reader.fields(query.fields)
        names = [one.id for one in fields]
        if query.resume is not None:
            state = self._resumed(query.resume, names)
        elif query.since is not None and self._words.changes is not None:
            at, seen = self._since(query.since, names)
            state = Stand(full=False, since=at, known=seen)
        else:
            state = Stand(full=True)
        yield from self._run(state, fields)

    def _run(self, state: Stand, fields: Sequence[Field]) -> Iterator[Page]:
        known_ = set(state.known)
        chains = 1 if state.full or not self._timed() else len(self._changes().fields)
        while True:
            for raw in self._pages(state, fields).walk(state.spot):
                self._note(state, raw)
                records = self._records(state, raw, fields, known_)
                state.spot = raw.after
                if raw.after is None and state.chain + 1 >= chains:
                    yield Page(records, None, self._certificate(state, fields))
                    return
                if raw.after is None:
                    state.chain += 1
                yield Page(records, self._stamp(state, fields))

    def _pages(self, state: Stand, fields: Sequence[Field]) -> Pages:
        slots: dict[str, Any] = {"table": self.table, "names": self._reader.asked(fields)}
        words = self._words
        if state.full:
            return Pages(self._talk, words.listing, words.listing.request, slots)
        changes = self._changes()
        ask = changes.request or words.listing.request
        slots["since"] = state.since
        if self._timed():
            slots["field"], slots["since"] = changes.fields[state.chain], self._shown_since(state.since or "")
        if changes.add:
            ask = added(ask, changes.add)
        fine = [changes.unchanged] if changes.unchanged is not None else []
        return Pages(self._talk, words.listing, ask, slots, fine=fine)

    def _records(self, state: Stand, raw: RawPage, fields: Sequence[Field], known_: set[str]) -> tuple[Record, ...]:
        """What is new on a page; what came before in exactly this state is dropped (C4)."""
        now, marks = self._talk.clock(), self._timed()
        since = self._horizon(state.begin) if marks else None
        made = []
        for item in raw.items:
            record = self._reader.record(item, fields, now)
            if record is None:
                state.why = say("a record of {table} has no key at `{path}`", table=self.table,
                                path=self._words.record.key)  # fmt: skip
                continue
            if since is not None and (record.modified is None or record.modified >= since or not state.full):
                mark = self._reader.mark(item)
                if len(state.seen) < MOST:
                    state.seen.append(mark)
                if mark in known_:
                    continue
                known_.add(mark)
            if record.state is not State.DELETED:
                there = record.fields.keys()
                state.shown = list(there) if state.shown is None else [n for n in state.shown if n in there]
            made.append(record)
        return tuple(made)

    # -------------------------------------------------------------------------- cursors

    def _changes(self) -> Any:
        return self._words.changes

    def _timed(self) -> bool:
        return self._words.changes is not None and self._words.changes.cursor == "time"

    def _note(self, state: Stand, raw: RawPage) -> None:
        """The cursor is from before page one, or from its own answer."""
        changes, listing = self._words.changes, self._words.listing
        if listing.total is not None and state.full:
            total = known(raw.answer, listing.total)
            state.total = int(total) if str(total).isdigit() else state.total
        if changes is None or (state.begin is not None and changes.taken_from == "list"):
            return
        if changes.cursor == "time":
            state.begin = state.begin or self._talk.clock().astimezone(UTC).isoformat()
        else:
            found = known(raw.answer, changes.take)
            state.begin = str(found).removeprefix("W/").strip('"') if found not in (None, "") else state.begin

    def _horizon(self, begin: str | None) -> datetime | None:
        """What was edited since then comes again with the next cursor."""
        changes = self._changes()
        if begin is None:
            return None
        coarse = max(_UNIT[changes.shown], _UNIT[changes.stored or changes.shown])
        return datetime.fromisoformat(begin) - timedelta(seconds=changes.overlap) - coarse

    def _shown_since(self, since: str) -> Any:
        """As the system wants it: its own digits, its own shape."""
        changes = self._changes()
        at = self._horizon(since)
        assert at is not None
        if changes.shown == "s":
            at = at.replace(microsecond=0)
        elif changes.shown == "ms":
            at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        shape = changes.format
        if shape == "same":
            rules = self._words.kinds.get("datetime")
            shape = None if rules is None else rules.read if rules.write in (None, "same") else rules.write
        return moment_writer(shape, changes.shown)(at, self._zone)

    def scope(self) -> str:
        words = self._words
        how = repr((words.listing, words.changes, words.record, words.tables.declared.get(self.table)))
        return blake2b(f"{self._talk.base}|{self.table}|{self._talk.actor}|{how}".encode(), digest_size=8).hexdigest()

    def _cursor(self, state: Stand, names: Sequence[str]) -> str | None:
        if state.begin is None or state.why:
            return None
        return json.dumps({"scope": self.scope(), "fields": list(names), "at": state.begin, "seen": state.seen})

    def _since(self, cursor: str, names: Sequence[str]) -> tuple[str, list[str]]:
        try:
            made = json.loads(cursor)
            scope, fields, at, seen = made["scope"], made["fields"], made["at"], made["seen"]
        except (ValueError, KeyError, TypeError):
            raise CursorExpired("the cursor of {table} is none of ours; it is read anew", table=self.table) from None
        if scope != self.scope() or not set(names) <= set(fields):
            raise CursorExpired("the cursor of {table} is of another view of it; it is read anew", table=self.table)
        return str(at), [str(one) for one in seen]

    def _stamp(self, state: Stand, fields: Sequence[Field]) -> str:
        kept = {name: getattr(state, name) for name in Stand.__dataclass_fields__}
        return json.dumps({"scope": self.scope(), "fields": [one.id for one in fields], **kept}, default=str)

    def _resumed(self, stamp: str, names: Sequence[str]) -> Stand:
        try:
            kept = json.loads(stamp)
            scope, fields = kept.pop("scope"), kept.pop("fields")
            state = Stand(**kept)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CursorExpired("the cursor of {table} is none of ours; it is read anew", table=self.table) from None
        if scope != self.scope() or fields != list(names):
            raise CursorExpired("the cursor of {table} is of another view of it; it is read anew", table=self.table)
        return state

    def _certificate(self, state: Stand, fields: Sequence[Field]) -> Certificate:
        names = [one.id for one in fields]
        visible = names if state.shown is None else state.shown
        cursor = self._cursor(state, names)
        return Certificate(
            state.full, not state.why, self.scope(), frozenset(visible), "", cursor, state.total, state.why
        )

    # -------------------------------------------------------------------------- fetch

    def fetch(self, keys: Sequence[str], names: Sequence[str]) -> Iterator[Record]:
        get = self._words.get
        if get is None:
            return
        fields = self._reader.fields(names)
        left = list(dict.fromkeys(keys))
        if get.many is not None and (len(left) > 1 or get.request is None):
            met: set[str] = set()
            for record in self._many(get.many, left, fields):
                if record.key in left:
                    met.add(record.key)
                    yield record
            left = [key for key in left if key not in met]
        if get.request is not None:
            for key in left:
                yield from self._one(get.request, key, fields)

    def _many(self, many: Many, keys: Sequence[str], fields: Sequence[Field]) -> Iterator[Record]:
        ask = added(many.request or self._words.listing.request, many.add)
        rest = iter(keys)
        while some := list(islice(rest, many.size)):
            values = [self._reader.kinds.key(key) for key in some]
            slots = {
                "table": self.table,
                "names": self._reader.asked(fields),
                "values": values,
                "by": self._words.record.key,
            }
            for page in Pages(self._talk, self._words.listing, ask, slots, many.items or "").walk():
                for item in page.items:
                    record = self._reader.record(item, fields, self._talk.clock())
                    if record is not None:
                        yield record

    def _one(self, ask: Ask, key: str, fields: Sequence[Field]) -> Iterator[Record]:
        """Forbidden proves nothing; "no such record" only what `gone` says (C12)."""
        get = self._words.get
        assert get is not None
        answer = self.item_answer(ask, key, fields)
        if answer is None:
            return
        if any_holds(get.gone, answer):
            yield Record(self.table, key, {}, state=State.DELETED)
            return
        record = self._reader.record(known(answer, get.record), fields, self._talk.clock())
        if record is None:
            return
        if record.key != key:
            yield Record(self.table, key, {}, state=State.MOVED, into=record.key)
        else:
            yield record

    def item_answer(self, ask: Ask, key: str, fields: Sequence[Field]) -> Answer | None:
        """The answer to asking for one record; None where it proves nothing."""
        get = self._words.get
        slots = {"table": self.table, "names": self._reader.asked(fields), "key": self._reader.kinds.key(key)}
        reply = self._talk.send(ask, slots, Said(fine=get.gone if get is not None else ()))
        if reply.fate in (Fate.FORBIDDEN, Fate.GONE, Fate.REJECTED, Fate.CONFIG):
            return None
        if reply.fate is not Fate.FINE:
            raise self._talk.error(reply)
        return reply.answer

    # -------------------------------------------------------------------------- find

    def find(
        self, values: Sequence[str], names: Sequence[str], by: str, *, our_own: bool = False
    ) -> Iterator[tuple[str, Record]]:
        """All exact matches in field `by`; our_own: it is the field of our ids. Raises SourceRefused."""
        words, place = self._words.find, {one.id: one for one in self._reader.table.fields}.get(by)
        if words is None or place is None or not (place.findable or our_own):
            raise SourceRefused("{table} cannot be searched by `{field}`", table=self.table, field=by)
        fields = self._reader.fields([*names, by])
        ask = added(words.request or self._words.listing.request, words.add)
        rest = iter(dict.fromkeys(values))
        while some := list(islice(rest, words.size)):
            for record in self._searched(ask, some, by, fields, words.items or ""):
                text = as_text(record.fields.get(by))
                if text in some and record.state is State.LIVE:
                    kept = {n: v for n, v in record.fields.items() if n in names}
                    yield text, Record(record.table, record.key, kept, record.version, record.modified, record.editor)

    def _searched(self, ask: Ask, some: list[str], by: str, fields: Sequence[Field], items: str) -> Iterator[Record]:
        slots = {"table": self.table, "names": self._reader.asked(fields), "by": by, "values": some}
        pages = Pages(self._talk, self._words.listing, ask, slots, items)
        try:
            for page in pages.walk():
                for item in page.items:
                    record = self._reader.record(item, fields, self._talk.clock())
                    if record is not None:
                        yield record
        except Unsearchable:
            if len(some) > 1:
                for one in some:
                    yield from self._searched(ask, [one], by, fields, items)

    # -------------------------------------------------------------------------- check

    def misses_new(self) -> Field | None:
        """A field of `changes` by which the newest record of the first page does not come back (P14); None if it does."""
        changes, words = self._words.changes, self._words
        if changes is None or changes.cursor != "time":
            return None
        fields = self._reader.fields([one.id for one in self._reader.table.fields])
        slots: Mapping[str, Any] = {"table": self.table, "names": self._reader.asked(fields)}
        first = next(Pages(self._talk, words.listing, words.listing.request, slots).walk())
        never = [one for one in first.items if all(known(one, name) in (None, "", False) for name in changes.fields)]
        return Field(changes.fields[0], changes.fields[0]) if never else None
