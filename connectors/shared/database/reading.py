"""How are the records of a table pulled, fetched and found? One picture where the system has one, paged by key (C5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from hashlib import blake2b
from itertools import repeat
from typing import Any, Final, TypeVar

from sqlalchemy.engine import Connection

from connectors.contract import (
    Certificate,
    CursorExpired,
    Page,
    Query,
    Record,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.shared.database.marks import Clock, file_mark
from connectors.shared.database.opening import Database, Raw, all_rows, image
from connectors.shared.database.places import Archive, Asking, Clause, one_of
from connectors.shared.database.shape import Column, Shape
from connectors.shared.database.values import read_cells, reader, record_key
from connectors.shared.database.writes import Unfit
from connectors.shared.rows import place
from connectors.shared.values import as_text

T = TypeVar("T")
PAGE: Final = 1000
FETCH: Final = 500
_COMPOSITE: Final = 100
"""Keys of several columns in one statement: SQLite has a limit on how deep a condition may be."""

Ask = Callable[[Callable[[Connection], T]], T]


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads one table as it is now. `clock`: where the mapping names what every edit moves; `actor`: who reads."""

    database: Database
    shape: Shape
    facts: TableFacts
    asking: Asking
    archive: Archive | None = None
    clock: Clock | None = None
    actor: str = ""

    # -------------------------------------------------------------------------- pull

    def pull(self, query: Query) -> Iterator[Page]:
        self.database.gate.enter()
        asked = self.visible(query.fields)
        with self._asking() as ask:
            start = self._start(query, asked, ask)
            if not start.moved:
                yield Page((), end=self._certificate(start, asked))
            elif self.shape.page_by:
                yield from self._by_key(start, asked, ask)
            else:
                yield from self._at_once(start, asked, ask)

    def _by_key(self, start: _Start, asked: Sequence[Column], ask: Ask[Any]) -> Iterator[Page]:
        after = start.after
        where = self.asking.where(self.facts.where)
        if self.clock is not None and not start.full:
            where += self.clock.window(start.since)
        while True:
            rows = ask(partial(self._page, where, after))
            last = len(rows) < PAGE
            end = self._certificate(start, asked) if last else None
            key = [rows[-1][self.shape.at(name)] for name in self.shape.page_by] if rows else []
            if not last and key == after:
                raise SourceRefused("{where} gave the same page twice", where=self.database.where)
            yield Page(self.records(rows, asked), None if last else start.resume(key), end)
            if last:
                return
            after = key
            self.database.gate.enter()

    def _page(self, where: Sequence[Clause], after: Sequence[object] | None, connection: Connection) -> list[Raw]:
        statement = self.asking.rows().where(*where).order_by(*self.asking.order).limit(PAGE)
        if after is not None:
            statement = statement.where(self.asking.after(after))
        return all_rows(statement, connection)

    def _at_once(self, start: _Start, asked: Sequence[Column], ask: Ask[Any]) -> Iterator[Page]:
        """Nothing orders these rows without ties: they come in one answer, on one page."""
        rows = ask(partial(all_rows, self.asking.rows().where(*self.asking.where(self.facts.where))))
        yield Page(self.records(rows, asked), end=self._certificate(start, asked))

    @contextmanager
    def _asking(self) -> Iterator[Ask[Any]]:
        """How to ask during one pull: in one picture for all of it, or each time in one of its own."""
        if not self.database.has_snapshots:
            yield self.briefly
            return
        with self.database.reading() as connection:

            def ask(work: Callable[[Connection], T]) -> T:
                def told() -> T:
                    with self.database.telling():
                        return work(connection)

                return self.database.patiently(told)

            yield ask

    def briefly(self, work: Callable[[Connection], T]) -> T:
        """Asks in a transaction that ends with the answer, so that nobody is held up."""

        def told() -> T:
            with self.database.reading() as connection:
                return work(connection)

        return self.database.patiently(told)

    # -------------------------------------------------------------------------- where a pull begins

    def _start(self, query: Query, asked: Sequence[Column], ask: Ask[Any]) -> _Start:
        """Marks are taken before the first row is read, so what happens meanwhile comes again."""
        scope, fields = self.scope(), _digest(*sorted(column.name for column in asked))
        if query.resume is not None:
            return _Start.resumed(query.resume, scope, fields, self._raw_order)
        old = _mark_of(query.since, scope, fields) if query.since is not None else None
        if self.clock is not None:
            return self._by_clock(self.clock, scope, fields, old, ask)
        if old is not None and not old.startswith("file:"):
            raise CursorExpired("the cursor is of another kind than this table gives")
        path = self.database.path
        mark = f"file:{file_mark(path)}" if path and self.shape.page_by and not self.shape.query else None
        moved = old is None or old != mark
        declared = self._declared(ask) if moved else None
        return _Start(scope, fields, mark, full=moved, moved=moved, declared=declared)

    def _by_clock(self, clock: Clock, scope: str, fields: str, old: str | None, ask: Ask[Any]) -> _Start:
        if old is None:
            return _Start(scope, fields, ask(clock.mark), declared=self._declared(ask))
        try:
            since, digest = clock.since(old)
        except (ValueError, TypeError):
            raise CursorExpired("the cursor is of another kind than this table gives") from None
        if ask(lambda connection: clock.digest(connection, since)) == digest:
            return _Start(scope, fields, old, full=False, moved=False)
        return _Start(scope, fields, ask(clock.mark), full=False, since=since)

    def _declared(self, ask: Ask[Any]) -> int | None:
        """How many there are, where the count is of the same picture as the pages."""
        if not self.database.has_snapshots:
            return None
        statement = self.asking.count(*self.asking.where(self.facts.where))
        return int(ask(lambda connection: connection.scalar(statement)) or 0)

    def _certificate(self, start: _Start, asked: Sequence[Column]) -> Certificate:
        visible = frozenset(column.name for column in asked)
        cursor = None if start.mark is None else json.dumps([start.scope, start.fields, start.mark])
        return Certificate(start.full, True, start.scope, visible, self.actor, cursor, start.declared)  # noqa: FBT003

    def _raw_order(self, key: str) -> list[object]:
        parts = json.loads(key)
        columns = [self.shape.column(name) for name in self.shape.page_by]
        return [self.asking.writer.key(column, part) for column, part in zip(columns, parts) if column]

    def scope(self) -> str:
        """Changes with server, table, view or query, key, filter and user. A file counts as it is configured, so that a
        workspace may be moved with its files."""
        database, shape = self.database, self.shape
        place_of = database.configured if database.path else database.server
        where = sorted((name, repr(rule)) for name, rule in self.facts.where.items())
        clock = [column.name for column in self.clock.columns] if self.clock else []
        return _digest(
            place_of, self.actor, str(shape.schema), shape.name, shape.query, *shape.key, repr(where), *clock
        )

    def visible(self, fields: Sequence[str]) -> list[Column]:
        return [column for name in fields if (column := self.shape.column(name)) is not None]

    # -------------------------------------------------------------------------- fetch and find

    def fetch(self, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """A key that no record bears is proof of its end only where nothing hides rows."""
        asked, absence = self.visible(fields), self.shape.shows_all
        step = FETCH if len(self.shape.key) == 1 else _COMPOSITE
        for at in range(0, len(keys), step):
            self.database.gate.enter()
            part = list(dict.fromkeys(keys[at : at + step]))
            records = self.by_keys(part, asked)
            for key in part:
                if key in records:
                    yield from records[key]
                elif absence and self.asking.raw_key(key) is not None:
                    yield Record(self.shape.id, key, {}, state=State.DELETED)

    def by_keys(self, keys: Sequence[str], asked: Sequence[Column]) -> dict[str, list[Record]]:
        """All records that bear one of these keys, by key."""
        raw = [found for key in keys if (found := self.asking.raw_key(key)) is not None]
        if not raw or not self.shape.key:
            return {}
        statement = self.asking.rows().where(self.asking.bearing(raw))
        records: dict[str, list[Record]] = {}
        for record in self.records(self.briefly(partial(all_rows, statement)), asked):
            records.setdefault(record.key, []).append(record)
        return records

    def find(self, values: Sequence[str], fields: Sequence[str], by: str) -> Iterator[tuple[str, Record]]:
        """Exact matches only, also where the database's own order of letters is a looser one."""
        column, asked = self.shape.column(by), self.visible(fields)
        if column is None or not column.field.findable:
            raise SourceRefused("`{table}` cannot be searched by `{column}`", table=self.shape.id, column=by)
        at, read = self.shape.at(by), reader(column, self.database.zone)
        for start in range(0, len(values), FETCH):
            self.database.gate.enter()
            wanted = set(values[start : start + FETCH])
            raw = [one for value in wanted for one in self._searched(column, value)]
            if not raw:
                continue
            statement = self.asking.rows().where(one_of(self.asking.at(by), raw))
            rows = self.briefly(partial(all_rows, statement))
            for row, record in zip(rows, self.records(rows, asked)):
                if (text := as_text(read(row[at]))) in wanted:
                    yield text, record

    def _searched(self, column: Column, value: str) -> list[object]:
        try:
            return [self.asking.writer.key(column, value)]
        except Unfit:
            return []

    # -------------------------------------------------------------------------- rows → records

    def records(self, rows: Sequence[Raw], asked: Sequence[Column]) -> tuple[Record, ...]:
        """One for each row, with those fields; where nothing gives a key, it is shown by its place and not written."""
        if not rows:
            return ()
        columns = list(zip(*rows))
        names = tuple(column.name for column in asked)
        zone = self.database.zone
        read = [read_cells(column, columns[self.shape.at(column.name)], zone) for column in asked]
        fields = [dict(zip(names, values)) for values in zip(*read)] if read else [{} for _ in rows]
        keys = self._keys(columns, len(rows))
        states, edits = self._states(columns), self._edits(columns)
        table, versions = repeat(self.shape.id), [version(row) for row in rows]
        if states is None and all(keys):
            return tuple(map(Record, table, keys, fields, versions, edits or repeat(None)))
        return tuple(
            Record(
                self.shape.id,
                key or place(at + 1),
                fields[at],
                versions[at],
                edits[at] if edits else None,
                state=states[at] if states else State.LIVE,
                locked=_NOBODY if key else _ALL,
                place=not key,
            )
            for at, key in enumerate(keys)
        )

    def _keys(self, columns: Sequence[Sequence[object]], count: int) -> Sequence[str]:
        """ "" where a row has none: nothing gives keys here, or the cell that people keep is empty."""
        at = self.shape.key_at
        if not at:
            return [""] * count
        if len(at) == 1:
            cells = columns[at[0]]
            if set(map(type, cells)) == {int}:
                return list(map(str, cells))
            return ["" if cell is None else record_key((cell,)) for cell in cells]
        return [record_key(parts) for parts in zip(*(columns[one] for one in at))]

    def _states(self, columns: Sequence[Sequence[object]]) -> list[State] | None:
        if self.archive is None:
            return None
        writer = self.asking.writer
        return [self.archive.state(raw, writer) for raw in columns[self.shape.at(self.archive.column.name)]]

    def _edits(self, columns: Sequence[Sequence[object]]) -> list[datetime | None] | None:
        """When a record was edited last: the latest of the columns that every edit moves."""
        if self.clock is None:
            return None
        zone = self.database.zone
        read = [
            [_moment(reader_(cell), zone) for cell in columns[self.shape.at(column.name)]]
            for column in self.clock.columns
            for reader_ in [reader(_as_time(column), zone)]
        ]
        return [max((moment for moment in moments if moment), default=None) for moments in zip(*read)]


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a pull begins, and what its certificate will say. mark: where the next one goes on."""

    scope: str
    fields: str
    mark: str | None
    full: bool = True
    moved: bool = True
    since: Any = None
    after: Sequence[object] | None = None
    declared: int | None = None

    def resume(self, key: Sequence[object]) -> str:
        """For a new object to go on behind this key; the certificate will be that of the whole pull."""
        parts = json.dumps([record_key((part,)) for part in key], ensure_ascii=False)
        return json.dumps([self.scope, self.fields, self.mark, self.full, self.since, parts], ensure_ascii=False)

    @classmethod
    def resumed(cls, text: str, scope: str, fields: str, raw: Callable[[str], list[object]]) -> _Start:
        try:
            old_scope, old_fields, mark, full, since, parts = json.loads(text)
            after = raw(parts)
        except (ValueError, TypeError):
            raise CursorExpired("nobody can go on from here") from None
        if (old_scope, old_fields) != (scope, fields):
            raise CursorExpired("the pull that was interrupted read something else")
        return cls(scope, fields, mark, full=full, since=since, after=after)


_NOBODY: Final[frozenset[str]] = frozenset()
_ALL: Final = frozenset({"*"})


def version(row: Raw) -> str:
    """A digest of every cell, with its type."""
    return blake2b(image(row), digest_size=16).hexdigest()


def _mark_of(cursor: str, scope: str, fields: str) -> str:
    try:
        old_scope, old_fields, mark = json.loads(cursor)
    except (ValueError, TypeError):
        raise CursorExpired("this is no cursor of a database") from None
    if (old_scope, old_fields) != (scope, fields):
        raise CursorExpired("the cursor is of another table, filter, user or other fields")
    return str(mark)


def _as_time(column: Column) -> Column:
    return Column(column.name, "datetime", aware=column.aware)


def _moment(value: Value, zone: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), zone) if isinstance(value, date) else None


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
