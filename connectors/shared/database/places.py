"""How is a table asked: which columns, which rows, in which order?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, Select

from connectors.contract import State
from connectors.shared.database.shape import Column, Shape
from connectors.shared.database.tables import from_query
from connectors.shared.database.values import key_parts, reader
from connectors.shared.database.writes import Unfit, Writer

Clause = ColumnElement[bool]
_TYPED: Final = frozenset({"integer", "decimal", "boolean", "date", "uuid"})
"""Families whose values can be compared in the database as sync compares them: text is cleaned first, so it is not."""


def plain(raw: object) -> ColumnElement[Any]:
    """A value as the driver sends it: SQLAlchemy would guess its type, and PostgreSQL take a UUID for a VARCHAR."""
    return sa.literal(raw, sa.types.NullType())


def one_of(at: ColumnElement[Any], raw: Sequence[object]) -> Clause:
    return at.in_(sa.bindparam(None, list(raw), type_=sa.types.NullType(), expanding=True))


class Asking:
    """Builds the statements for one table; all columns are asked for, as a record's version is a digest of them all."""

    def __init__(self, shape: Shape, writer: Writer) -> None:
        self.shape, self.writer = shape, writer
        names = [column.name for column in shape.columns]
        if shape.query:
            self.source: Any = from_query(shape.query, names)
        else:
            self.source = sa.table(shape.name, *(sa.column(name) for name in names), schema=shape.schema)
        self.order = [self.at(name) for name in shape.page_by]

    def at(self, name: str) -> ColumnElement[Any]:
        found: ColumnElement[Any] = self.source.c[name]
        return found

    def rows(self) -> Select[Any]:
        """All rows with all columns, as the driver gives them; of pictures and files only their length."""
        return sa.select(*(self._shown(column) for column in self.shape.columns)).select_from(self.source)

    def count(self, *where: Clause) -> Select[Any]:
        return sa.select(sa.func.count()).select_from(self.source).where(*where)

    def after(self, key: Sequence[object]) -> Clause:
        """Rows that come behind this one in the order of page_by."""
        if len(key) == 1:
            return self.order[0] > plain(key[0])
        return sa.tuple_(*self.order) > sa.tuple_(*map(plain, key))

    def bearing(self, keys: Sequence[Sequence[object]]) -> Clause:
        """Rows whose record key is one of these (raw parts)."""
        columns = [self.at(name) for name in self.shape.key]
        if len(columns) == 1:
            return one_of(columns[0], [key[0] for key in keys])
        return sa.or_(*(sa.and_(*(c == plain(part) for c, part in zip(columns, key))) for key in keys))

    def raw_key(self, key: str) -> tuple[object, ...] | None:
        """The raw parts of a record's key; None where no record can bear it."""
        parts = key_parts(key, len(self.shape.key))
        if parts is None:
            return None
        try:
            return tuple(self.writer.key(self._column(name), part) for name, part in zip(self.shape.key, parts))
        except Unfit:
            return None

    def same(self, name: str, raw: object) -> Clause:
        """The column holds exactly what was read from it (NULL is equal to NULL)."""
        return self.at(name).is_(None) if raw is None else self.at(name) == plain(raw)

    def where(self, rules: Mapping[str, object]) -> list[Clause]:
        """What of the mapping's `where` the database can be asked for; sync applies all of it again.

        Never more is left out than sync would leave out, so text (which sync compares cleaned) only goes by emptiness.
        """
        clauses = []
        for name, rule in rules.items():
            column = self.shape.column(name)
            clause = self._clause(column, rule) if column else None
            if clause is not None:
                clauses.append(clause)
        return clauses

    def _clause(self, column: Column, rule: object) -> Clause | None:
        at = self.at(column.name)
        if isinstance(rule, Mapping):
            if rule.get("empty") is False or rule.get("empty") == "false":
                return at.is_not(None)
            if "not" not in rule or column.family not in _TYPED:
                return None
            raw = self._all_raw(column, rule["not"])
            return None if raw is None else sa.or_(at.is_(None), sa.not_(one_of(at, raw)))
        if column.family not in _TYPED or column.refers:
            return None
        raw = self._all_raw(column, rule)
        return None if raw is None or self.writer.loose else one_of(at, raw)

    def _all_raw(self, column: Column, rule: object) -> list[object] | None:
        """The values of a rule as the column holds them; None where one of them cannot stand there."""
        values = rule if isinstance(rule, list | tuple) else [rule]
        try:
            return [self.writer.raw(column, value if isinstance(value, str) else str(value)) for value in values]
        except Unfit:
            return None

    def _shown(self, column: Column) -> ColumnElement[Any]:
        at = self.at(column.name)
        return sa.func.length(at).label(column.name) if column.family == "bytes" else at

    def _column(self, name: str) -> Column:
        column = self.shape.column(name)
        assert column is not None
        return column


@dataclass(frozen=True, slots=True)
class Archive:
    """How this table says that a record is put away. now: the column takes the time at which it was."""

    column: Column
    value: str

    @property
    def now(self) -> bool:
        return self.value.lower() == "now"

    def state(self, raw: object, writer: Writer) -> State:
        read = reader(self.column, writer.zone)
        if self.now:
            return State.LIVE if read(raw) is None else State.ARCHIVED
        return State.ARCHIVED if raw is not None and read(raw) == read(self.raw(writer)) else State.LIVE

    def raw(self, writer: Writer) -> object:
        """What is written to put a record away; raises Unfit where the column cannot hold it."""
        return writer.raw(self.column, self.value)

    def live(self, writer: Writer) -> object:
        """What is written to take it out again; raises Unfit where nobody can say what that is."""
        word = self.value.lower()
        opposite = {"1": "0", "0": "1", "true": "false", "false": "true"}.get(word)
        if opposite is not None:
            return writer.raw(self.column, opposite)
        return writer.raw(self.column, None)
