"""What does a sheet look like as a table: which headings has it, which rows are records, what do its columns hold?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

from connectors.contract import TableFacts, Value
from connectors.shared import headings, rows, sheets
from connectors.shared.headings import Headings
from connectors.shared.sheets import KeyColumns
from connectors.shared.workbook.edit import Ground
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.sheet import END, Row, Sheet, Stretch

_SAMPLE = 2000
_TOP = headings.LINES + headings.DEPTH


class Grid(Protocol):
    """What a sheet of any format offers for reading."""

    def width(self) -> int: ...

    def stretches(self, width: int, start: int = 1) -> Iterator[Stretch]: ...

    def head(self, width: int, last: int) -> list[Row]: ...

    @property
    def merged(self) -> Sequence[Area]: ...


@dataclass(frozen=True)
class View:
    """A sheet as its mapping sees it. Raises SourceRefused, when asked for its headings, where those that the mapping
    names are not there. where: file and sheet, for messages."""

    grid: Grid
    facts: TableFacts
    has_headings: bool
    where: str

    @cached_property
    def headings(self) -> Headings:
        if not self.has_headings:
            return headings.without(max([self.grid.width(), *(at + 1 for at in self._positions())]))
        lines: list[list[str]] = [[] for _ in range(_TOP)]
        for row in self.grid.head(_WIDE, _TOP):
            lines[row.number - 1] = list(row.texts)
        while lines and not any(lines[-1]):
            lines.pop()
        merged = [(one.top - 1, one.left, one.bottom - 1, one.right) for one in self.grid.merged]
        return headings.find(lines, sheets.wanted(self.facts), merged=merged, where=self.where)

    def _positions(self) -> list[int]:
        """Columns that are named by their place (`@H`)."""
        names = [*self.facts.fields, *filter(None, (self.facts.key, self.facts.token)), *self.facts.where]
        return [at for name in names if (at := headings.position(headings.clean(name))) is not None]

    @cached_property
    def width(self) -> int:
        """How many columns belong to the records."""
        columns = self.headings.columns
        return max([columns[-1].at + 1 if columns else 0, *(at + 1 for at in self._positions())])

    @cached_property
    def keys(self) -> KeyColumns:
        return KeyColumns.of(self.facts, self.headings)

    @property
    def first(self) -> int:
        """The number of the first row below the headings."""
        return self.headings.first + 1

    def records(self) -> Iterator[list[Row]]:
        """The rows that are records, some thousand at a time."""
        for stretch in self.stretches():
            yield stretch.rows

    def stretches(self) -> Iterator[Stretch]:
        """The rows that are records.

        Not the totals of a table, nor rows that nobody typed anything in (formulas drawn down in advance); but a
        sheet of nothing but formulas is what it shows.
        """
        totals = self._totals()
        untyped: list[Row] | None = []
        for stretch in self.grid.stretches(self.width, self.first):
            if stretch.careful is None and not totals:
                untyped = None
                yield stretch
                continue
            found = [row for row in stretch.rows if row.number not in totals]
            typed = [row for row in found if not row.formulas or row.is_typed]
            untyped = None if typed else untyped
            if untyped is not None:
                untyped += found
            else:
                yield Stretch(careful=typed)
        if untyped:
            yield Stretch(careful=untyped)

    def _totals(self) -> frozenset[int]:
        if not isinstance(self.grid, Sheet):
            return frozenset()
        tables = [table for table in self.grid.layout.tables if table.totals and table.area.left < self.width]
        return frozenset(
            number
            for table in tables
            for number in range(table.area.bottom - table.totals + 1, table.area.bottom + 1)
            if number >= self.first
        )

    @cached_property
    def sample(self) -> Sequence[Row]:
        """The first records, to tell what the columns hold."""
        found: list[Row] = []
        for stretch in self.records():
            found += stretch[: _SAMPLE - len(found)]
            if len(found) >= _SAMPLE:
                break
        return found

    def ground(self, records: Sequence[Row]) -> Ground:
        """Where the records stand, for changes. `records`: all of them."""
        first = self.first
        last = records[-1].number if records else first - 1
        footers = set(self._totals())
        for row in reversed(records):
            if self._is_read(row):
                break
            footers.add(row.number)
        if footers:
            last = max((row.number for row in records if row.number < min(footers)), default=first - 1)
        columns = self.headings.columns
        holds = {at: kind for at in range(self.width) if (kind := most(records, at))}
        heading = self.headings.first if self.has_headings else 0
        return Ground(heading, first, last, tuple(sorted(footers)), columns[-1].at if columns else 0, holds)

    def free_column(self) -> int | None:
        """The first empty column right of what the mapping names, with nothing but filled columns between them; None
        where something stands further right that would be sorted by itself."""
        named = [at for name in sheets.wanted(self.facts) if (at := self.headings.at(name)) is not None]
        start = max(named, default=self.headings.columns[-1].at if self.headings.columns else -1) + 1
        used = {one.at for one in self.headings.columns if one.heading}
        if isinstance(self.grid, Sheet):
            used |= self.grid.columns(self.headings.line + 1)
        column = next(at for at in range(start, start + len(used) + 1) if at not in used)
        return column if max(used, default=-1) < column or self._is_framed(column - 1) else None

    def _is_framed(self, right: int) -> bool:
        """Whether a filter or a table ends at this column, so that the records are sorted without their neighbours."""
        if not isinstance(self.grid, Sheet):
            return False
        found = self.grid.layout
        frames = [*([found.filter] if found.filter else []), *(table.area for table in found.tables)]
        return any(one.right == right and one.top <= self.headings.first for one in frames)

    def _is_read(self, row: Row) -> bool:
        """Whether the mapping's `where` lets the row through."""
        for name, wanted in self.facts.where.items():
            at = self.headings.at(name)
            text = row.texts[at] if at is not None and at < len(row.texts) else ""
            if not _passes(text.strip(), wanted):
                return False
        return True


_WIDE = 512
"""Headings are looked for in so many columns."""


def version(row: Row) -> str:
    """The digest of what people typed in the row: results of formulas change by themselves. A row of nothing but
    formulas goes by what it shows."""
    if row.formulas and row.is_typed:
        return rows.digest(["" if at in row.formulas else text for at, text in enumerate(row.texts)])
    if row.line.count(END) != len(row.values) - 1 or "\x1e" in row.line:
        return rows.digest(row.texts)
    line = row.line.rstrip(END)  # rows.digest of the texts, which stand joined already
    return blake2b(line.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def kind(records: Sequence[Row], at: int) -> str:
    """The kind of a column as `Field.kind`: date, datetime, bool where all that is typed there is one; else text.

    A number's column is text too: what is written there as a plain number stays one (workbook.fresh)."""
    kinds = {_kind(row.values[at]) for row in records if row.values[at] is not None}
    return kinds.pop() if kinds in ({"date"}, {"datetime"}, {"bool"}) else "text"


def most(records: Sequence[Row], at: int) -> str:
    """What most cells of a column hold: number, date, text or bool; "" where it is empty."""
    counts = Counter(type(row.values[at]) for row in records)
    counts.pop(type(None), None)
    return _HOLDS.get(counts.most_common(1)[0][0], "") if counts else ""


def is_computed(records: Sequence[Row], at: int) -> bool:
    """Whether formulas alone fill the column."""
    filled = [at in row.formulas for row in records if row.values[at] is not None]
    return bool(filled) and all(filled)


_HOLDS: Mapping[type, str] = {
    str: "text",
    int: "number",
    Decimal: "number",
    bool: "bool",
    date: "date",
    datetime: "date",
}
_KINDS: Mapping[type, str] = {bool: "bool", date: "date", datetime: "datetime"}


def _kind(value: Value) -> str:
    return _KINDS.get(type(value), "text")


def _passes(text: str, wanted: object) -> bool:
    """CONFIG, "Filters", as `where` reads them: empty passes `{empty: true}` and {not: …}."""
    if isinstance(wanted, Mapping):
        if "empty" in wanted:
            return bool(wanted["empty"]) is not bool(text)
        return not text or text not in _listed(wanted.get("not", ()))
    return text in _listed(wanted)


def _listed(wanted: object) -> tuple[object, ...]:
    return tuple(wanted) if isinstance(wanted, Sequence) and not isinstance(wanted, str) else (wanted,)
