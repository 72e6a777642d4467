"""What does Offbook know of a table of a database, and of its columns?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import Field, Value

KINDS: Final[Mapping[str, str]] = {
    "integer": "number",
    "decimal": "number",
    "float": "number",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "bytes": "file",
    "json": "other",
}
"""Family of a column's type → Field.kind; every other family is text."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. family: text char integer decimal float boolean date datetime uuid bytes json any (SQLite: no type).

    aware: its times carry a zone. many: an array. own: what the database fills in (generated, identity). auto: it has
    a default or a number of its own, so a create may leave it out. blank: how it looks where it was never filled.
    refers: the table it points to, if by that table's key.
    """

    name: str
    family: str = "text"
    many: bool = False
    aware: bool = False
    nullable: bool = True
    auto: bool = False
    own: bool = False
    unique: bool = False
    in_key: bool = False
    blank: Value = None
    max_length: int | None = None
    precision: str = ""
    options: tuple[str, ...] = ()
    refers: str = ""
    may_create: bool = True
    may_update: bool = True

    @property
    def blank_text(self) -> bool:
        """NOT NULL DEFAULT '': the empty text is how this column says that there is nothing."""
        return not self.nullable and self.auto and self.family in ("text", "char") and not self.options

    @property
    def drawn(self) -> bool:
        """A UUID as key that nothing fills in: a create draws one."""
        return self.in_key and self.family == "uuid" and not self.auto

    @property
    def field(self) -> Field:
        """As the contract describes it."""
        kind = "lookup" if self.refers else "choice" if self.options else KINDS.get(self.family, "text")
        writable = not self.own and self.family not in ("bytes", "json")
        return Field(
            self.name,
            self.name,
            kind,
            many=self.many,
            on_create=writable and self.may_create,
            on_update=writable and self.may_update and not self.in_key,
            required=not (self.nullable or self.auto or self.own or self.drawn),
            unique=self.unique,
            findable=self.family not in ("bytes", "json") and not self.many,
            clearable=self.nullable or self.blank_text,
            blank=self.blank,
            max_length=self.max_length,
            precision=self.precision,
            options=tuple((option, option) for option in self.options),
            refers=(self.refers,) if self.refers else (),
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """A table, view or named query.

    key: columns that make up a record's key, none where nothing does; sure: the database guards it. page_by: columns
    that order it without ties (the primary key). may: INSERT UPDATE DELETE. uniques and checks:
    by the constraint's name, the columns it is about. guarded: rows may be hidden from these credentials.
    """

    id: str
    name: str
    schema: str | None
    what: str
    columns: tuple[Column, ...]
    query: str = ""
    key: tuple[str, ...] = ()
    sure: bool = False
    page_by: tuple[str, ...] = ()
    uniques: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    checks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    may: frozenset[str] = frozenset()
    guarded: bool = False

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def at(self, name: str) -> int:
        """Where the column stands in a row."""
        return next(at for at, column in enumerate(self.columns) if column.name == name)

    @property
    def key_at(self) -> tuple[int, ...]:
        return tuple(self.at(name) for name in self.key)

    @property
    def shows_all(self) -> bool:
        """A key that is not found is no record's: the table itself is read, by a key, and nothing hides rows."""
        return self.what == "table" and bool(self.key) and not self.guarded
