"""How are records kept in the tables of a database read and written? (any that SQLAlchemy knows; the only SQL here)"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from pydantic import Field as Option
from pydantic import field_validator, model_validator
from sqlalchemy.engine import Connection

from connectors.contract import (
    Capabilities,
    Change,
    Check,
    Context,
    Finding,
    Identity,
    Listing,
    Op,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Spec,
    Table,
    TableFacts,
    say,
)
from connectors.settings import Strict, Wrong
from connectors.shared.database.marks import Clock, usable
from connectors.shared.database.opening import Database
from connectors.shared.database.places import Archive, Asking
from connectors.shared.database.reading import FETCH, PAGE, Reading
from connectors.shared.database.shape import Column, Shape
from connectors.shared.database.tables import Catalogue
from connectors.shared.database.writes import Unfit, Writer
from connectors.shared.database.writing import BATCH, Writing
from connectors.shared.sheets import one_op

T = TypeVar("T")
_READS_ONLY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_USER: Final = {
    "postgresql": "SELECT current_user",
    "mysql": "SELECT current_user()",
    "mariadb": "SELECT current_user()",
}


class Options(Strict):
    """Options of a sql source: a database URL, or the path of a SQLite file."""

    url: str | None = Option(None, repr=False, description="Database URL, like postgresql://user:${PASSWORD}@host/name")
    path: str | None = Option(None, repr=False, description="A SQLite file, relative to offbook.yaml")
    in_schema: str | None = Option(
        None, alias="schema", description="Where the tables are; the connection's own if not said"
    )
    queries: Mapping[str, str] = Option({}, description="Name: SELECT …; each is read as a table and never written")
    archived: Mapping[str, str | Mapping[str, str]] = Option(
        {}, description="Column: value that puts a record away (`now` for the time); or table: {column: value}"
    )
    overlap: float = Option(300, ge=2, description="Seconds that an incremental pull goes back, for late commits")

    @model_validator(mode="after")
    def _one_place(self) -> Options:
        if bool(self.url) == bool(self.path):
            raise Wrong(say("write either `url:` or `path:`"))
        return self

    @field_validator("queries")
    @classmethod
    def _only_read(cls, queries: Mapping[str, str]) -> Mapping[str, str]:
        for name, text in queries.items():
            if not _READS_ONLY.match(text) or ";" in text.strip().rstrip(";"):
                raise Wrong(say("`{name}` must be one SELECT", name=name))
        return {name: text.strip().rstrip(";") for name, text in queries.items()}


SPEC: Final = Spec(
    title="Tables of a database (SQLite, PostgreSQL, MySQL, MariaDB and others)",
    options=Options,
    connect=lambda options, context: Sql(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE}),
        changes=True,
        listing=Listing.COMPLETE,
        absence=True,
        identity=Identity.NATIVE,
        checks={Op.UPDATE: Check.FIELDS, Op.DELETE: Check.RECORD},
        repeat=Repeat.CHOSEN,
        clock=True,
        page=PAGE,
        reread=FETCH,
        batch=dict.fromkeys((Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE), BATCH),
    ),
)


class Sql:
    """connectors.contract.Connector on one database; a table is a table, a view or a named query."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate, self._facts = options, context.gate, context.tables
        self._database = Database(options.url, options.path, context)
        self._catalogue = Catalogue(
            self._database.system, self._database.loose, options.in_schema, options.queries, context.tables
        )
        self._known: dict[str, Reading] = {}

    def __repr__(self) -> str:
        return f"Sql({self._database.where})"

    def check(self) -> Sequence[Finding]:
        try:
            there = self.tables()
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        found = [] if there else [Finding("warning", "empty", say("{where} has no tables", where=self._database.where))]
        if self._database.system in ("mysql", "mariadb"):
            text = say("MySQL and MariaDB are supported by their documentation, not by tests of ours")
            found.append(Finding("note", "untested", text, proved=False))
        for table in filter(None, self._facts):
            found += self._checked(table)
        return found

    def tables(self) -> Mapping[str, str]:
        self._gate.enter()
        return self._brief(self._catalogue.names)

    def describe(self, table: str) -> Table:
        self._known.pop(table, None)
        reading = self._reading(table)
        columns = tuple(column.field for column in reading.shape.columns)
        return Table(table, reading.shape.name, columns, self._can(reading))

    def pull(self, query: Query) -> Iterator[Page]:
        yield from self._reading(query.table).pull(query)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from self._reading(table).fetch(keys, fields)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        column = by or self._token(table)
        if column is None:
            raise SourceRefused("`{table}` has no column for our id; name one with `offbook_id:`", table=table)
        yield from self._reading(table).find(values, fields, column)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        reading = self._known.get(table) or self._reading(table)
        op = one_op(changes, self._can(reading), f"{self._database.where}.{table}")
        if op is None:
            return
        facts = self._facts.get(table, TableFacts())
        if op is Op.CREATE and facts.token and reading.shape.column(facts.token) is None:
            text = "`{table}` has no column `{column}` for our id; add it, or take `offbook_id:` out of the mapping"
            raise SourceRefused(text, table=table, column=facts.token)
        named = [*facts.fields, *(name for change in changes for name in (*change.after, *change.before))]
        asked = tuple(reading.visible(list(dict.fromkeys(named))))
        yield from Writing(self._database, reading, self._token(table), asked).write(changes)

    def close(self) -> None:
        self._known.clear()
        self._database.close()

    # -------------------------------------------------------------------------- tables

    def _brief(self, work: Callable[[Connection], T]) -> T:
        def told() -> T:
            with self._database.reading() as connection:
                return work(connection)

        return self._database.patiently(told)

    def _reading(self, table: str) -> Reading:
        """The table as it was described; described once for the life of this object, and whenever describe() is asked."""
        if table not in self._known:
            self._gate.enter()
            self._known[table] = self._brief(lambda connection: self._described(connection, table))
        return self._known[table]

    def _described(self, connection: Connection, table: str) -> Reading:
        database = self._database
        shape = self._catalogue.shape(connection, table)
        facts = self._facts.get(table, TableFacts())
        asking = Asking(shape, Writer(database.zone, loose=database.loose))
        columns = tuple(c for name in facts.modified if (c := shape.column(name)) and usable(c, loose=database.loose))
        clock = None
        if columns and len(columns) == len(facts.modified) and shape.page_by:
            clock = Clock(asking, columns, database.zone, database.loose, database.system, self._options.overlap)
        user = _USER.get(database.system)
        actor = str(connection.exec_driver_sql(user).scalar()) if user else ""
        return Reading(database, shape, facts, asking, self._archive(shape), clock, actor)

    def _archive(self, shape: Shape) -> Archive | None:
        """The column that puts records of this table away, if it has one."""
        rules = self._options.archived
        own = rules.get(shape.id)
        listed = own if isinstance(own, Mapping) else {k: v for k, v in rules.items() if isinstance(v, str)}
        for name, value in listed.items():
            column = shape.column(name)
            if column is not None and isinstance(value, str):
                return Archive(column, value)
        return None

    def _token(self, table: str) -> str | None:
        return self._facts.get(table, TableFacts()).token

    def _can(self, reading: Reading) -> Capabilities:
        shape, file = reading.shape, self._database.path is not None
        incremental = reading.clock is not None or (file and bool(shape.page_by) and not shape.query)
        can = replace(
            SPEC.best,
            ops=self._ops(reading),
            changes=incremental,
            absence=shape.shows_all,
            clock=reading.clock is not None,
            repeat=self._repeat(shape),
        )
        if shape.sure:
            return can
        return replace(can, identity=Identity.CELL if shape.key else Identity.NONE)

    def _ops(self, reading: Reading) -> frozenset[Op]:
        shape, archive = reading.shape, reading.archive
        if not shape.key:
            return frozenset()
        if self._database.read_only:
            return frozenset()
        ops = {op for right, op in _BY_RIGHT.items() if right in shape.may}
        if archive is not None and "UPDATE" in shape.may and archive.column.field.on_update:
            ops |= {Op.ARCHIVE, *([Op.RESTORE] if _has_way_back(archive, reading.asking.writer) else [])}
        return frozenset(ops)

    def _repeat(self, shape: Shape) -> Repeat:
        """Only a unique column stops a create whose first attempt may still be under way."""
        column = shape.column(self._token(shape.id) or "")
        if column is None:
            return Repeat.NOTHING
        return Repeat.CHOSEN if column.unique else Repeat.FIND

    # -------------------------------------------------------------------------- check

    def _checked(self, table: str) -> list[Finding]:
        """Reads a record, and says what the mapping names but the table does not have."""
        try:
            self._known.pop(table, None)
            reading = self._reading(table)
            next(iter(reading.pull(Query(table, ()))))
        except SourceError as error:
            return [Finding("error", "read", error.said, table)]
        return [*self._on_columns(reading), *self._on_rights(reading)]

    def _on_columns(self, reading: Reading) -> Iterator[Finding]:
        shape, facts = reading.shape, reading.facts
        table = shape.id
        for name in (*facts.fields, *facts.modified, *facts.where, *([facts.token] if facts.token else [])):
            if shape.column(name) is None:
                text = say("`{table}` has no column `{column}` that these credentials see", table=table, column=name)
                yield Finding("error", "column", text, table)
        if not shape.key:
            text = say("`{table}` has no primary key, so it is only read; name a column with `key:`", table=table)
            yield Finding("warning", "no_key", text, table)
        elif not shape.sure:
            text = say("nothing keeps `{column}` unique and filled in `{table}`", column=shape.key[0], table=table)
            yield Finding("warning", "key", text, table)
        token = shape.column(facts.token or "")
        if token is not None and not token.unique:
            text = say(
                "make `{column}` of `{table}` unique, so that nothing is created twice", column=token.name, table=table
            )
            yield Finding("warning", "token", text, table)
        if token is not None and not _holds_tokens(token):
            text = say(
                "`{column}` of `{table}` cannot hold our ids, 15 letters and digits", column=token.name, table=table
            )
            yield Finding("error", "token", text, table)
        if facts.modified and reading.clock is None and all(shape.column(name) for name in facts.modified):
            text = say(
                "`{column}` holds no times that can be compared; the table is pulled in full", column=facts.modified[0]
            )
            yield Finding("warning", "modified", text, table)

    def _on_rights(self, reading: Reading) -> Iterator[Finding]:
        shape = reading.shape
        missing = [right for right in _BY_RIGHT if right not in shape.may or self._database.read_only]
        if not missing or shape.what != "table":
            return
        if self._database.read_only:
            text = say(
                "{where} is read-only for the user that runs Offbook; give it the right to write",
                where=self._database.where,
            )
        else:
            text = say(
                "these credentials may not {rights}; GRANT {rights} ON {table} TO {user}",
                rights=", ".join(missing),
                table=shape.id,
                user=reading.actor or "…",
            )
        yield Finding("note", "rights", text, shape.id)


_BY_RIGHT: Final = {"INSERT": Op.CREATE, "UPDATE": Op.UPDATE, "DELETE": Op.DELETE}


def _holds_tokens(column: Column) -> bool:
    return column.family in ("text", "char", "any") and not column.options and (column.max_length or 15) >= 15


def _has_way_back(archive: Archive, writer: Writer) -> bool:
    try:
        archive.live(writer)
    except Unfit:
        return False
    return True
