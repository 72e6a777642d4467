"""The reference connector: a store in this process, or in a JSON file. It keeps every promise of the contract.

Users test their own workspaces with it, and other connectors are compared with it: what a Store can be told to do
(connectors/shared/store/) is what real systems do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.contract import (
    AuthError,
    Change,
    Connector,
    Context,
    Finding,
    Identity,
    Page,
    Query,
    Receipt,
    Record,
    RetryLater,
    SourceRefused,
    Spec,
    State,
    Table,
    say,
)
from connectors.shared import rows, sheets
from connectors.shared.store import BEST, Row, Store, TableStore
from connectors.shared.store.faults import Died, Fault, Trouble
from connectors.shared.store.file import load, save
from connectors.shared.store.pull import Pull
from connectors.shared.store.session import Session, token_of
from connectors.shared.store.write import Write
from connectors.shared.values import as_text

__all__ = ["BEST", "SPEC", "Died", "Fault", "Row", "Store", "TableStore", "Trouble"]


class Options(BaseModel):
    """Where the records are: one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str | None = Field(None, description="name of a Store that this process made")
    file: str | None = Field(None, description="a JSON file that holds a store, beside offbook.yaml")

    @model_validator(mode="after")
    def _one(self) -> Options:
        if (self.store is None) == (self.file is None):
            raise ValueError("write `store:` or `file:`, one of the two")
        return self


def connect(options: Options, context: Context) -> Connector:
    return Memory(options, context)


class Memory:
    def __init__(self, options: Options, context: Context) -> None:
        self._file = Path(context.folder, options.file).resolve() if options.file else None
        self._store = load(self._file) if self._file else Store.named(options.store or "")
        self._session = Session(self._store, context.gate, context.tables)

    def check(self) -> Sequence[Finding]:
        found: list[Finding] = []
        for table in self._store:
            try:
                self._session.request(table)
            except AuthError as error:
                found.append(Finding("error", "logged_out", error.said, table.id))
                continue
            if table.denied:
                text = say(
                    "{table} shows no record to the account {actor}; grant it the right to read (`denied`)",
                    table=table.id,
                    actor=self._store.actor,
                )
                found.append(Finding("error", "no_read", text, table.id, proved=False))
        return found

    def tables(self) -> Mapping[str, str]:
        return {table.id: table.name for table in self._store}

    def describe(self, table: str) -> Table:
        one = self._session.table(table)
        fields = tuple(field for field in one.fields.values() if field.id not in one.hidden)
        return Table(one.id, one.name, fields, one.can)

    def pull(self, query: Query) -> Iterator[Page]:
        self._store.run_workflows()
        return Pull(self._session, query).pages()

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        one = self._session.table(table)
        self._session.request(one)
        if one.denied:
            return
        wanted, seen = set(keys), set()
        token, native = self._session.token(table), one.can.identity is Identity.NATIVE
        for at, row in enumerate(one.rows):
            key = one.key_of(row, token, at)
            if key in wanted and (native or not rows.is_place(key)):  # a place says nothing of who stands there now
                seen.add(key)
                if one.shown(row):
                    yield one.record(row, fields, token, at)
        for row in one.ended:
            if row.state is State.MOVED and row.key in wanted - seen:
                seen.add(row.key)
                yield one.record(row, (), token)
        if one.can.absence and one.rows:
            ends = (key for key in keys if key not in seen and (native or not rows.is_place(key)))
            yield from (sheets.ended(table, key) for key in ends)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        one = self._session.table(table)
        self._session.request(one)
        if by is not None and not (by in one.fields and by not in one.hidden and one.fields[by].findable):
            raise SourceRefused("{table} cannot be searched by `{field}`", table=table, field=by)
        if one.denied:
            return
        wanted, now, token = set(values), self._session.gate.now(), self._session.token(table)
        for at, row in enumerate(one.rows):
            text = as_text(row.values.get(by)) if by is not None else token_of(row, token)
            indexed = row.found_from is None or row.found_from <= now
            if text in wanted and indexed and row.state is State.LIVE and one.shown(row):
                yield text, one.record(row, fields, token, at)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        one = self._session.table(table)
        op = sheets.one_op(changes, one.can, table)
        if op is None:
            return
        left = iter(changes)
        try:
            while batch := list(islice(left, one.can.batch.get(op, 0) or len(changes))):
                self._session.request(one)
                write = Write(self._session, one)
                for at, change in enumerate(batch):
                    if at and self._store.take(Fault.BREAKS, table=table, op=op):
                        raise RetryLater("{table} stopped answering; Offbook tries again", table=table)
                    yield write.one(change)
        finally:
            self._save()

    def close(self) -> None:
        self._save()

    # -------------------------------------------------------------------------- private

    def _save(self) -> None:
        if self._file:
            save(self._store, self._file)


SPEC = Spec("A store in memory, or in a JSON file", Options, connect, BEST)
