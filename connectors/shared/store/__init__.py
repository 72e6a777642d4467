"""What is in a memory source, who edits it behind Offbook's back, and what can go wrong with it?

A Store stands for one system with tables; tests make one, let people type into it and order troubles, and point the
memory connector at it by name. Here stands what a *system* does; how Offbook talks to it is connectors/memory.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.contract import (
    Capabilities,
    Check,
    Field,
    Identity,
    Listing,
    Op,
    Record,
    Repeat,
    SourceRefused,
    State,
    Value,
)
from connectors.shared import rows
from connectors.shared.store.faults import Fault, Trouble
from connectors.shared.values import as_text

BEST: Final = Capabilities(
    ops=frozenset(Op),
    changes=True,
    deletions=True,
    listing=Listing.COMPLETE,
    absence=True,
    identity=Identity.NATIVE,
    checks={Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD},
    repeat=Repeat.CHOSEN,
    clock=True,
    quiet=True,
    page=100,
    reread=0,
    batch=dict.fromkeys(Op, 100),
)
"""The memory line of CONTRACT, "The connectors"."""

OFFBOOK: Final = "offbook"
"""Who our own writes are by."""


@dataclass(slots=True, eq=False)
class Row:
    """A record as the system keeps it. `id` only grows and is never shown; `seq` orders all that ever happened."""

    id: int
    key: str
    values: dict[str, Value]
    state: State = State.LIVE
    into: str | None = None
    modified: datetime | None = None
    editor: str = ""
    times: dict[str, datetime] = field(default_factory=dict)
    seq: int = 0
    token: str | None = None
    sent_at: datetime | None = None
    found_from: datetime | None = None
    locked: frozenset[str] = frozenset()


Rewrite = Callable[[Mapping[str, Value]], Mapping[str, Value]]


class TableStore:
    """One table. People's verbs are add, edit, remove, archive, restore, merge, renumber, move, sort; how the table
    behaves is in its attributes, which a test may set at any time:

    can: its capabilities. key_field: the column people keep as key (identity CELL). hidden: fields these credentials
    do not see. upper, cut: fields stored in upper case, cut at their max_length (else too long is refused). answers:
    the answer to a write carries the record. partial: a refused field does not stop the others. denied: everything
    looks empty. shown, view: the filter behind what is listed, and its name. declares, field_times, editors: whether
    the number of records, times of single fields and authors are told. merge_takes: seconds that a merge goes on.
    """

    def __init__(self, store: Store, table: str, name: str, fields: Iterable[Field], can: Capabilities) -> None:
        self.store, self.id, self.name, self.can = store, table, name, can
        self.fields = {one.id: one for one in fields}
        self.rows: list[Row] = []
        self.ended: list[Row] = []
        self._used: set[str] = set()
        self.key_field = next(iter(self.fields), "") if can.identity is Identity.CELL else ""
        self.hidden: set[str] = set()
        self.upper: set[str] = set()
        self.cut: set[str] = set()
        self.answers = True
        self.partial = True
        self.denied = False
        self.shown: Callable[[Row], bool] = lambda _: True
        self.view = ""
        self.declares = False
        self.field_times = False
        self.editors = True
        self.merge_takes = 0.0
        self.workflows: list[tuple[str, Rewrite]] = []
        self.fired = 0

    # -------------------------------------------------------------------------- people

    def add(self, values: Mapping[str, Value], key: str = "", by: str = "somebody", at: int | None = None) -> str:
        """A person types a new record; gives its key. `at`: its place among the rows (at the end without it)."""
        row = Row(self.store.next_id(), key or self.new_key(), {**dict.fromkeys(self.fields), **values})
        self._used.add(row.key)
        self.rows.insert(len(self.rows) if at is None else at, row)
        self.touch(row, values, by)
        return self.key_of(row)

    def edit(self, key: str | Row, values: Mapping[str, Value], by: str = "somebody") -> None:
        """A person types over some fields. Several records may bear a key that people keep: the first is meant."""
        row = self.row(key)
        row.values.update(values)
        self.touch(row, values, by)

    def remove(self, key: str | Row, by: str = "somebody") -> None:
        self.end(self.row(key), State.DELETED, by)

    def archive(self, key: str | Row, by: str = "somebody") -> None:
        row = self.row(key)
        row.state = State.ARCHIVED
        self.touch(row, (), by)

    def restore(self, key: str | Row, by: str = "somebody") -> None:
        row = self.row(key)
        row.state = State.LIVE
        self.touch(row, (), by)

    def merge(self, loser: str | Row, winner: str | Row, by: str = "somebody") -> None:
        """A person merges one record into another: the loser's key then says where it went."""
        row = self.row(loser)
        row.into = self.key_of(self.row(winner))
        self.end(row, State.MOVED, by)

    def renumber(self, key: str, new: str, by: str = "somebody") -> None:
        """The record gets another key; the old one says so."""
        row = self.row(key)
        old = replace(row, id=self.store.next_id(), values=dict(row.values), into=new)
        self.ended.append(old)
        old.state = State.MOVED
        self.touch(old, (), by)
        self._used |= {key, new}
        row.key = new
        self.touch(row, (), by)

    def move(self, key: str | Row, at: int) -> None:
        """A row is dragged to another place of the sheet; nothing in it changes."""
        row = self.row(key)
        self.rows.remove(row)
        self.rows.insert(at, row)

    def sort(self, by: str, *, descending: bool = False) -> None:
        """The sheet is sorted by one column, all cells of a row together."""
        self.rows.sort(key=lambda row: as_text(row.values.get(by)), reverse=descending)

    def lock(self, key: str | Row, *fields: str) -> None:
        """Nobody may write these fields of the record now ("*": all)."""
        self.row(key).locked = frozenset(fields)

    def workflow(self, moment: str, rewrite: Rewrite) -> None:
        """The system rewrites what we wrote: "before" anybody reads it back, or "after" (at the next pull). It gets the
        record's values and gives those it changes. A table with workflows is not `quiet`."""
        self.workflows.append((moment, rewrite))
        self.can = replace(self.can, quiet=False)

    # -------------------------------------------------------------------------- looking in

    def row(self, key: str | Row) -> Row:
        if isinstance(key, Row):
            return key
        found = next((row for row in self.rows if self.key_of(row) == key), None)
        if found is None:
            raise KeyError(f"{self.id} has no record {key}")
        return found

    def values(self, key: str | Row) -> dict[str, Value]:
        """What the record holds this moment."""
        return dict(self.row(key).values)

    def all(self) -> dict[str, dict[str, Value]]:
        """Every live record by key; a key that people keep twice gets `key (2)`."""
        found: dict[str, dict[str, Value]] = {}
        for at, row in enumerate(self.rows):
            key = again = self.key_of(row, at=at)
            number = 1
            while again in found:
                number += 1
                again = f"{key} ({number})"
            if row.state is State.LIVE:
                found[again] = dict(row.values)
        return found

    def key_of(self, row: Row, token: str = "", at: int | None = None) -> str:
        """By identity: the system's own, what people typed (else our id in the column `token`), or the place (`at`
        among the rows, if the caller knows it)."""
        if self.can.identity is Identity.NATIVE or row.state in (State.DELETED, State.MOVED):
            return row.key
        if self.can.identity is Identity.CELL:
            for name in (self.key_field, token):
                if text := as_text(row.values.get(name)):
                    return text
        return rows.place((self.rows.index(row) if at is None else at) + 1)

    def version_of(self, row: Row) -> str:
        """Every edit gives another one: a count, or for rows of a sheet what stands in all their cells."""
        if self.can.identity is Identity.NATIVE:
            return str(row.seq)
        return rows.digest([as_text(row.values.get(name)) for name in self.fields])

    # -------------------------------------------------------------------------- the system

    def store_values(self, row: Row, after: Mapping[str, Value], by: str = OFFBOOK) -> None:
        """Stores what was written, in the system's own taste, and starts its workflows."""
        for name, value in after.items():
            row.values[name] = self._taste(name, value)
        self.touch(row, after, by)
        self.fired += not self.can.quiet and by == OFFBOOK
        self.store.due.extend((self, row, rewrite) for moment, rewrite in self.workflows if moment == "after")

    def run_before(self, row: Row) -> None:
        for moment, rewrite in self.workflows:
            if moment == "before":
                self.rewrite(row, rewrite)

    def rewrite(self, row: Row, rewrite: Rewrite) -> None:
        changed = {k: v for k, v in rewrite(dict(row.values)).items() if row.values.get(k) != v}
        if changed and row in self.rows:
            row.values.update(changed)
            self.touch(row, changed, "workflow")

    def touch(self, row: Row, names: Iterable[str], by: str) -> None:
        row.seq, row.modified, row.editor = self.store.next_seq(), self.store.tick(), by
        row.times.update(dict.fromkeys(names, row.modified))

    def end(self, row: Row, state: State, by: str) -> None:
        row.key, row.state = self.key_of(row), state
        self.rows.remove(row)
        self.ended.append(row)
        self.touch(row, (), by)

    def record(self, row: Row, names: Iterable[str], token: str = "", at: int | None = None) -> Record:
        """The row as these credentials see it."""
        visible = [name for name in names if name in self.fields and name not in self.hidden]
        key = self.key_of(row, token, at)
        return Record(
            self.id,
            key,
            {name: self._seen(name, row.values.get(name)) for name in visible},
            self.version_of(row),
            row.modified if self.can.clock else None,
            row.editor if self.editors else "",
            {name: row.times[name] for name in visible if name in row.times} if self.field_times else {},
            row.state,
            row.into,
            row.locked,
            self.can.identity is not Identity.NATIVE and rows.is_place(key),
        )

    def _seen(self, name: str, value: Value) -> Value:
        return self.fields[name].blank if value is None else value

    def _taste(self, name: str, value: Value) -> Value:
        if not isinstance(value, str):
            return value
        text = value.upper() if name in self.upper else value
        longest = self.fields[name].max_length
        text = text[:longest] if longest is not None and name in self.cut else text
        return text or None

    def reserve(self, keys: Iterable[str]) -> None:
        """These keys are taken."""
        self._used.update(keys)

    def new_key(self) -> str:
        """A key that no record here ever had."""
        while (key := f"{self.id}-{self.store.next_id()}") in self._used:
            pass
        self._used.add(key)
        return key


class Store:
    """A system in this process, found by its name: `Store("crm")`, then `{connector: memory, store: crm}`.

    A new store takes over the name of an old one. `troubles` are the faults that are still to come; `actor` the account
    that Offbook uses there. Time only moves when something happens, by `step`.
    """

    _named: dict[str, Store] = {}  # noqa: RUF012 - the one register of names

    def __init__(self, name: str, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.name, self.actor, self.epoch = name, OFFBOOK, 0
        self.tables: dict[str, TableStore] = {}
        self.troubles: list[Trouble] = []
        self.due: list[tuple[TableStore, Row, Rewrite]] = []
        self.time, self.step = start, timedelta(seconds=1)
        self.seq = 0
        self.requests = 0
        self._last_id = 0
        Store._named[name] = self

    @classmethod
    def named(cls, name: str) -> Store:
        found = cls._named.get(name)
        if found is None:
            raise SourceRefused(
                "no store is called `{name}` in this process; make one with connectors.memory.Store", name=name
            )
        return found

    def table(self, table: str, *fields: str | Field, can: Capabilities = BEST, name: str = "") -> TableStore:
        """Makes a table of these fields (a bare name is a text field that can be searched); the first is the key where
        people keep it."""
        described = [Field(one, one, findable=True) if isinstance(one, str) else one for one in fields]
        self.tables[table] = TableStore(self, table, name or table, described, can)
        return self.tables[table]

    def __getitem__(self, table: str) -> TableStore:
        return self.tables[table]

    def fault(
        self,
        fault: Fault,
        *,
        table: str | None = None,
        op: Op | None = None,
        key: str | None = None,
        fields: Iterable[str] = (),
        do: Callable[[], object] | None = None,
        times: int = 1,
    ) -> None:
        """Orders a fault for the next `times` calls that it can happen to."""
        self.troubles += [Trouble(fault, table, op, key, frozenset(fields), do)] * times

    def take(self, *faults: Fault, table: str, op: Op | None = None, key: str | None = None) -> Trouble | None:
        """The first ordered trouble that happens here; it is then over."""
        for at, one in enumerate(self.troubles):
            meant = one.table in (None, table) and one.op in (None, op) and one.key in (None, key)
            if one.fault in faults and meant:
                return self.troubles.pop(at)
        return None

    def expire_cursors(self) -> None:
        """No cursor that was given before is good any more."""
        self.epoch += 1

    def run_workflows(self) -> None:
        """What the system rewrites a while after our writes; happens by itself at the next pull."""
        due, self.due = self.due, []
        for table, row, rewrite in due:
            table.rewrite(row, rewrite)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def number_from(self, last: int) -> None:
        """Rows up to this number exist already (a store that is read from a file)."""
        self._last_id = max(self._last_id, last)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def tick(self) -> datetime:
        self.time += self.step
        return self.time

    def __iter__(self) -> Iterator[TableStore]:
        return iter(self.tables.values())
