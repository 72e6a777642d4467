"""What happens to each change inside a transaction on a database? (C19-C24)

A record is read under a lock, compared with what was planned, written under the condition that it still is as it was
read, and a savepoint for each keeps one bad record from stopping the others.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, NestedTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.contract import Change, Fields, Op, Outcome, Record, say
from connectors.shared.database.opening import Raw, all_rows
from connectors.shared.database.places import Archive, Clause, one_of
from connectors.shared.database.reading import FETCH, Reading, version
from connectors.shared.database.sending import Apart, Sending, alike
from connectors.shared.database.shape import Column
from connectors.shared.database.troubles import Kind, Trouble, raised, trouble, why
from connectors.shared.database.values import reader, record_key
from connectors.shared.database.writes import Unfit
from connectors.shared.rows import GONE, TWICE

_OURS: Final = uuid.UUID("0ffb0000-c0de-5000-8000-73716c000000")
"""Namespace of UUID keys that a create draws: the same token draws the same key."""
_GUARDED: Final = frozenset({"text", "integer", "decimal", "boolean", "date", "datetime", "uuid"})
"""Families that a database compares exactly as it stored them (a float or JSON it may not)."""
_STOPS: Final = frozenset({Kind.LOCKED, Kind.SLOW, Kind.LOST, Kind.LOGIN, Kind.FULL, Kind.BROKEN})
"""What concerns the whole batch; everything else is the record's own."""
_POINTED_AT: Final = frozenset({"23503", "787", "1451"})
_LOCKED: Final = say("another program is writing this record; it waits for the next run")
_MOVED: Final = say("the record was changed since it was read")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one change inside the transaction; key: of the record to be read back."""

    outcome: Outcome
    key: str | None = None
    apart: Apart = field(default_factory=dict)
    why: str = ""


class Session:
    """One transaction's worth of changes."""

    def __init__(self, reading: Reading, token: str | None, connection: Connection) -> None:
        self._reading, self._token, self._connection = reading, token, connection
        self._asking, self._database, self._shape = reading.asking, reading.database, reading.shape
        self._writer = reading.asking.writer
        self._sending = Sending(reading, connection)

    def take(self, changes: Sequence[Change]) -> list[Fate]:
        if changes[0].op is Op.CREATE:
            tokens = self._by_token([change.token for change in changes if change.token])
            return [self._create(change, tokens) for change in changes]
        rows, held = self._locked_rows([change.key or "" for change in changes])
        return [self._alter(change, rows, held) for change in changes]

    def shown(self, keys: set[str], asked: Sequence[Column]) -> dict[str, list[Record]]:
        """Records as they are now, still inside the transaction."""
        found: dict[str, list[Record]] = {}
        for rows in self._rows_of(list(keys)):
            for record in self._reading.records(rows, asked):
                found.setdefault(record.key, []).append(record)
        return found

    # -------------------------------------------------------------------------- create

    def _create(self, change: Change, tokens: dict[str, str]) -> Fate:
        if change.token and change.token in tokens:
            return Fate(Outcome.DUPLICATE, tokens[change.token], why=say("it was created before, under this token"))
        raw, apart = self._sending.raw(change.op, change.after, None)
        if apart:
            return Fate(Outcome.REJECTED, None, apart)
        try:
            self._complete(raw, change)
        except Unfit as unfit:
            return Fate(Outcome.REJECTED, None, {self._token or "": (Outcome.REJECTED, unfit.said)}, unfit.said)
        try:
            with self._apart():
                key = self._insert(raw)
        except DBAPIError as error:
            return self._refused_create(change, raw, self._trouble(error))
        if change.token and key:
            tokens[change.token] = key
        return Fate(Outcome.DONE, key)

    def _complete(self, raw: dict[str, object], change: Change) -> None:
        """Our token, a key that nothing else fills in, and the time that every edit moves."""
        if self._token and change.token:
            column = self._shape.column(self._token)
            raw[self._token] = self._writer.raw(column, change.token) if column else change.token
        for column in self._shape.columns:
            if column.drawn and raw.get(column.name) is None:
                drawn = uuid.uuid5(_OURS, change.token) if change.token else uuid.uuid4()
                raw[column.name] = self._writer.raw(column, str(drawn))
        self._sending.touch(raw)

    def _insert(self, raw: Mapping[str, object]) -> str | None:
        """The new record's key; None where people keep the key and gave it none yet."""
        source, names = self._asking.source, self._shape.key
        statement = sa.insert(source).values(dict(raw))
        if self._connection.dialect.insert_returning:
            row = self._connection.execute(statement.returning(*(source.c[name] for name in names))).one()
            return None if None in tuple(row) else record_key(tuple(row))
        result = self._connection.execute(statement)
        key = [raw[name] if raw.get(name) is not None else result.lastrowid for name in names]
        return record_key(key) if self._shape.sure or None not in map(raw.get, names) else None

    def _refused_create(self, change: Change, raw: Mapping[str, object], found: Trouble) -> Fate:
        """A key that is taken shows whose it is: that record is R10b's hit."""
        if found.kind is Kind.DUPLICATE:
            for names in self._shape.uniques.values():
                key = self._bearer(raw, names)
                if key is not None:
                    said = say("another record has the same {columns} already", columns=", ".join(names))
                    return Fate(Outcome.DUPLICATE, key, why=said)
        return Fate(Outcome.REJECTED, None, self._blamed(found, change), why(found, sent(change)))

    def _bearer(self, raw: Mapping[str, object], names: Sequence[str]) -> str | None:
        """The key of the record that has these values already."""
        if any(raw.get(name) is None for name in names):
            return None
        same = [self._asking.same(name, raw[name]) for name in names]
        rows = all_rows(self._asking.rows().where(*same).limit(1), self._connection)
        return self._key(rows[0]) if rows else None

    def _by_token(self, tokens: Sequence[str]) -> dict[str, str]:
        if not self._token or not tokens:
            return {}
        at = self._shape.at(self._token)
        column = self._shape.columns[at]
        statement = self._asking.rows().where(one_of(self._asking.at(column.name), tokens))
        return {str(row[at]): self._key(row) for row in all_rows(statement, self._connection)}

    # -------------------------------------------------------------------------- update, archive, restore, delete

    def _alter(self, change: Change, rows: Mapping[str, list[Raw]], held: set[str]) -> Fate:
        """Finds the record a change means, as it is now, and changes it if it still is as it was planned on."""
        key = change.key or ""
        if key in held:
            return Fate(Outcome.DEFERRED, None, why=_LOCKED)
        bearing = rows.get(key, [])
        if len(bearing) > 1:
            bearing = [row for row in bearing if version(row) == change.expect]
            if len(bearing) != 1:
                return Fate(Outcome.CONFLICT, None, why=TWICE)
        if not bearing:
            return Fate(Outcome.CONFLICT, None, why=GONE)
        row, alone = bearing[0], len(rows[key]) == 1
        if change.op is Op.UPDATE:
            return self._update(change, row, change.after, alone=alone)
        if version(row) != change.expect:
            return Fate(Outcome.CONFLICT, key, why=_MOVED)
        if change.op is Op.DELETE:
            return self._delete(change, row, alone=alone)
        return self._put_away(change, row, alone=alone)

    def _update(self, change: Change, row: Raw, after: Fields, *, alone: bool) -> Fate:
        moved = self._moved(change.before, row)
        if moved:
            return Fate(Outcome.CONFLICT, change.key, why=say("`{field}` was changed since it was read", field=moved))
        raw, apart = self._sending.raw(change.op, after, row)
        return self._set(change, row, raw, apart, alone=alone)

    def _set(self, change: Change, row: Raw, raw: dict[str, object], apart: Apart, *, alone: bool) -> Fate:
        """Writes what can be written: a field that the database refuses is named, and the rest goes in without it."""
        while raw:
            touched = dict(raw)
            self._sending.touch(touched)
            found = self._changed(change, row, touched, alone=alone)
            if isinstance(found, Outcome):
                return Fate(found, change.key, apart, "" if found is Outcome.DONE else _MOVED)
            said = why(found, sent(change))
            blamed = {name: fate for name, fate in self._blamed(found, change).items() if name in raw}
            if not blamed:
                tried = raw if len(raw) > 1 else {}
                blamed = {n: fate for n in tried if (fate := self._tried(change, row, n, raw[n], alone=alone))}
            if not blamed or len(raw) == 1:
                alone_at_fault = {name: (Outcome.REJECTED, said) for name in raw if len(raw) == 1}
                return Fate(Outcome.REJECTED, change.key, {**apart, **alone_at_fault}, said)
            apart = {**apart, **blamed}
            raw = {name: value for name, value in raw.items() if name not in blamed}
        refused = bool(apart) or not change.after
        return Fate(Outcome.REJECTED if refused else Outcome.DONE, change.key, apart)

    def _changed(self, change: Change, row: Raw, raw: Mapping[str, object], *, alone: bool) -> Outcome | Trouble:
        """DONE, or CONFLICT where not exactly one record still is as it was read; Trouble where it is refused."""
        still = self._still(change, row, alone=alone)
        try:
            with self._apart() as savepoint:
                count = self._connection.execute(
                    sa.update(self._asking.source).where(*still).values(dict(raw))
                ).rowcount
                if count != 1:
                    savepoint.rollback()
        except DBAPIError as error:
            return self._trouble(error)
        return Outcome.DONE if count == 1 else Outcome.CONFLICT

    def _tried(self, change: Change, row: Raw, name: str, raw: object, *, alone: bool) -> tuple[Outcome, str] | None:
        """Where the database names no column, each field is tried by itself; nothing of it stays."""
        still = self._still(change, row, alone=alone)
        try:
            with self._apart() as savepoint:
                self._connection.execute(sa.update(self._asking.source).where(*still).values({name: raw}))
                savepoint.rollback()
        except DBAPIError as error:
            return Outcome.REJECTED, why(self._trouble(error), sent(change))
        return None

    def _put_away(self, change: Change, row: Raw, *, alone: bool) -> Fate:
        rule = self._reading.archive
        assert rule is not None
        try:
            raw = self._archived_raw(rule) if change.op is Op.ARCHIVE else rule.live(self._writer)
        except Unfit as unfit:
            return Fate(Outcome.REJECTED, change.key, {rule.column.name: (Outcome.REJECTED, unfit.said)})
        return self._set(change, row, {rule.column.name: raw}, {}, alone=alone)

    def _archived_raw(self, rule: Archive) -> object:
        if rule.now:
            return self._writer.raw(rule.column, self._database.gate.now(), self._sending.like(rule.column))
        return rule.raw(self._writer)

    def _delete(self, change: Change, row: Raw, *, alone: bool) -> Fate:
        try:
            with self._apart() as savepoint:
                statement = sa.delete(self._asking.source).where(*self._still(change, row, alone=alone))
                if self._connection.execute(statement).rowcount != 1:
                    savepoint.rollback()
                    return Fate(Outcome.CONFLICT, change.key, why=_MOVED)
        except DBAPIError as error:
            found = self._trouble(error)
            if found.code in _POINTED_AT:
                said = say("other records still point to it; they go first, or are pointed elsewhere")
                return Fate(Outcome.REJECTED, change.key, why=said)
            return Fate(Outcome.REJECTED, change.key, why=why(found, sent(change)))
        return Fate(Outcome.DONE)

    # -------------------------------------------------------------------------- the record as it is

    def _locked_rows(self, keys: Sequence[str]) -> tuple[dict[str, list[Raw]], set[str]]:
        """Rows by record key, locked until the commit; and the keys of rows that somebody else holds locked."""
        found: dict[str, list[Raw]] = {}
        for rows in self._rows_of(keys, lock=True):
            for row in rows:
                found.setdefault(self._key(row), []).append(row)
        missing = [key for key in keys if key not in found]
        if not missing or self._database.loose:
            return found, set()
        return found, {self._key(row) for rows in self._rows_of(missing) for row in rows}

    def _rows_of(self, keys: Sequence[str], *, lock: bool = False) -> Iterator[list[Raw]]:
        step = FETCH if len(self._shape.key) == 1 else 100
        for at in range(0, len(keys), step):
            raw = [found for key in keys[at : at + step] if (found := self._asking.raw_key(key)) is not None]
            if raw:
                statement = self._asking.rows().where(self._asking.bearing(raw))
                if lock and "UPDATE" in self._shape.may:
                    statement = statement.with_for_update(skip_locked=True)
                yield all_rows(statement, self._connection)

    def _moved(self, before: Fields, row: Raw) -> str:
        """The first field that no longer shows what it showed when the change was planned."""
        for name, value in before.items():
            column = self._shape.column(name)
            if column and not alike(reader(column, self._database.zone)(row[self._shape.at(name)]), value):
                return name
        return ""

    def _still(self, change: Change, row: Raw, *, alone: bool) -> list[Clause]:
        """The condition of the statement itself: this key, and the cells that were planned on as they were just read.

        alone: no other row bears this key. A delete, and a row that shares its key, are held to all their cells.
        """
        every = change.op is Op.DELETE or not alone
        names = [
            column.name
            for column in self._shape.columns
            if column.family in _GUARDED and not column.many and (every or column.name in change.before)
        ]
        names = list(dict.fromkeys([*self._shape.key, *names]))
        return [self._asking.same(name, row[self._shape.at(name)]) for name in names]

    def _key(self, row: Raw) -> str:
        return record_key([row[at] for at in self._shape.key_at])

    # -------------------------------------------------------------------------- troubles

    @contextmanager
    def _apart(self) -> Iterator[NestedTransaction]:
        """A savepoint; what fails in it is undone. SQLite may end the whole transaction instead (disk full, RAISE
        (ROLLBACK)), and then there is no savepoint to go back to: the first error is the one that says why."""
        savepoint = self._connection.begin_nested()
        try:
            yield savepoint
        except DBAPIError as first:
            try:
                savepoint.rollback()
            except SQLAlchemyError:
                raise first from None
            raise
        if savepoint.is_active:
            savepoint.commit()

    def _trouble(self, error: DBAPIError) -> Trouble:
        """What is the record's own trouble; anything else ends the transaction, or finds it ended."""
        found = trouble(error)
        if found.kind in _STOPS or error.connection_invalidated or self._ended():
            raise error
        if found.kind is Kind.FORBIDDEN:
            raise raised(found, f"{self._database.where}.{self._shape.id}") from None
        return found

    def _ended(self) -> bool:
        driver = self._connection.connection.driver_connection
        return isinstance(driver, sqlite3.Connection) and not driver.in_transaction

    def _blamed(self, found: Trouble, change: Change) -> Apart:
        """The fields at fault, by the columns or the constraint that the database names, or by what does not fit."""
        names = set(found.columns) | set(self._shape.checks.get(found.constraint, ()))
        names |= set(self._shape.uniques.get(found.constraint, ()))
        if not names and found.constraint:
            names = {name for name in change.after if name in found.constraint}
        said = why(found, sent(change))
        return {name: (Outcome.REJECTED, said) for name in change.after if name in names}


def sent(change: Change) -> list[object]:
    return [*change.after.values(), *change.before.values(), change.key]
