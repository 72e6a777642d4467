"""Which rows does a worksheet hold, and which of their cells are not open for typing?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from functools import cached_property, partial
from itertools import repeat
from typing import NamedTuple

import numpy as np

from connectors.contract import Value
from connectors.shared.values import as_text
from connectors.shared.workbook.book import Book, SheetName
from connectors.shared.workbook.cells import Decoder
from connectors.shared.workbook.layout import Layout, arrays, layout
from connectors.shared.workbook.package import sound
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.scan import Cells, scan, stretches
from connectors.shared.workbook.strings import scrubbed
from connectors.shared.workbook.walk import walk

Values = tuple[Value, ...]
END = "\x1f"
_NONE: frozenset[int] = frozenset()
_TEXTS = {str, type(None)}
_SHORT = {str, int, Decimal}


class Row(NamedTuple):
    """One row that shows something. number: as people count. line: its values as text, END between them. formulas,
    closed: columns (from 0) that hold a formula; columns nobody may type in (formulas among them)."""

    number: int
    values: Values
    line: str
    formulas: frozenset[int] = _NONE
    closed: frozenset[int] = _NONE

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as text."""
        return tuple(map(spelt, self.values))

    @property
    def is_typed(self) -> bool:
        """Whether somebody typed something in it: rows of nothing but formulas are prepared, not filled in."""
        return any(value is not None and i not in self.formulas for i, value in enumerate(self.values))


@dataclass(frozen=True)
class Stretch:
    """Some thousand rows that follow one another: as `rows`, or, where none of them has a closed cell, by column, which
    is the quicker way for a million of them. lines: see Row."""

    numbers: Sequence[int] = ()
    columns: Sequence[list[Value]] = ()
    lines: Sequence[str] = ()
    careful: list[Row] | None = None

    @property
    def rows(self) -> list[Row]:
        if self.careful is not None:
            return self.careful
        parts = zip(self.numbers, zip(*self.columns), self.lines, repeat(_NONE), repeat(_NONE))
        return list(map(partial(tuple.__new__, Row), parts))  # as Row(*part), without a call of ours for each row


class _Days(dict[date, str]):
    """Dates as text; a column holds the same few thousand again and again."""

    def __missing__(self, day: date) -> str:
        if len(self) > _MOST_DAYS:
            self.clear()
        text = self[day] = day.isoformat()
        return text


_DAYS = _Days()
_MOST_DAYS = 50_000


def spelt(value: Value) -> str:
    """A value as text, as values.as_text says it; only a fraction may come with an exponent."""
    if value is None:
        return ""
    kind = type(value)
    return str(value) if kind in _SHORT else as_text(value)


def _spelt(column: list[Value]) -> list[str]:
    """A column's values as text, at once for those of one type."""
    kinds = set(map(type, column))
    if kinds == {str}:
        return column  # type: ignore[return-value]
    if kinds <= _TEXTS:
        return [value or "" for value in column]  # type: ignore[misc]
    if kinds == {date}:
        return list(map(_DAYS.__getitem__, column))  # type: ignore[arg-type]
    return list(map(str, column)) if kinds <= _SHORT else list(map(spelt, column))


@dataclass(frozen=True)
class Sheet:
    """A worksheet of one book, read when asked."""

    book: Book
    name: SheetName
    zone: tzinfo

    @cached_property
    def xml(self) -> bytes:
        return self.book.xml(self.name)

    @cached_property
    def layout(self) -> Layout:
        with sound(self.book.package.name, self.name.part):
            return layout(self.book, self.name, self.xml)

    @property
    def merged(self) -> Sequence[Area]:
        return self.layout.merged

    @cached_property
    def decoder(self) -> Decoder:
        return Decoder(self.book, self.zone)

    def cells(self, xml: bytes | None = None) -> Iterator[Cells]:
        """All cells that hold something, a stretch of rows at a time; of a part of the sheet's XML, if it is given."""
        xml, last, done = self.xml if xml is None else xml, 0, 0
        for body in stretches(xml):
            with sound(self.book.package.name, self.name.part):
                cells = scan(body)
                if cells is None and b"<!" in body:
                    break
                if cells is None or (cells.numbers and cells.numbers[0] <= last):
                    cells = walk(body, last)
            last, done = cells.numbers[-1] if cells.numbers else last, done + len(body)
            yield cells
        else:
            return
        start = xml.find(b">", xml.find(b"<sheetData")) + 1 + done
        for body in stretches(scrubbed(b"<sheetData>" + xml[start:])):  # from the first comment on all without them
            with sound(self.book.package.name, self.name.part):
                cells = walk(body, last)
            last = cells.numbers[-1] if cells.numbers else last
            yield cells

    def holds_something(self) -> bool:
        return any(len(cells.row) for cells in self.cells())

    def width(self) -> int:
        """How many columns hold something in some row."""
        return max((int(cells.column.max(initial=-1)) + 1 for cells in self.cells()), default=0)

    def columns(self, start: int) -> set[int]:
        """The columns that hold something in rows from number `start` on."""
        found: set[int] = set()
        for cells in self.cells():
            numbers = np.array(cells.numbers, np.int64)
            found.update(np.unique(cells.column[numbers[cells.row] >= start]).tolist())
        return found

    def stretches(self, width: int, start: int = 1) -> Iterator[Stretch]:
        """The rows from number `start` on that show something in the first `width` columns.

        What stands in a merged range shows in each row of it, and its cells are closed.
        """
        closed = _Closed(self.layout, width)
        for cells in self.cells():
            if cells.numbers and cells.numbers[-1] >= start:
                yield self._stretch(cells, width, start, closed)

    def head(self, width: int, last: int) -> list[Row]:
        """The rows up to number `last`, without a look at the others."""
        start = self.xml.find(b"<sheetData")
        stop = start
        for _ in range(last):
            after = self.xml.find(b"</row>", stop)
            if after < 0:
                break
            stop = after + 6
        short = self.xml[:stop] + b"</sheetData>" if stop > start else self.xml
        closed = _Closed(self.layout, width)
        found = [self._stretch(cells, width, 1, closed) for cells in self.cells(short)]
        return [row for stretch in found for row in stretch.rows if row.number <= last]

    def _stretch(self, cells: Cells, width: int, start: int, closed: _Closed) -> Stretch:
        if not cells.numbers:
            return Stretch()
        with sound(self.book.package.name, self.name.part):
            columns = self.decoder.columns(cells, width)
            if cells.formula.any():
                closed.add(arrays(cells.body))
        lines = list(map(END.join, zip(*map(_spelt, columns))))
        formulas = _by_row(cells, width)
        if not (formulas or closed.is_any or cells.numbers[0] < start or _may_be_empty(columns)):
            return Stretch(cells.numbers, columns, lines)
        parts = zip(cells.numbers, zip(*columns), lines, map(formulas.get, range(len(lines)), repeat(_NONE)))
        rows = [closed.row(Row(*part)) for part in parts]
        empty = (None,) * width
        return Stretch(careful=[row for row in rows if row.number >= start and row.values != empty])


def _may_be_empty(columns: Sequence[list[Value]]) -> bool:
    """Whether some row may show nothing: there is no column that is filled from top to bottom."""
    return all(None in column for column in columns)


class _Closed:
    """Which columns of a row are closed by merged ranges, arrays and pivots, and what merged ranges show."""

    def __init__(self, found: Layout, width: int) -> None:
        self._merged = [area for area in found.merged if area.left < width]
        self._others = list(found.pivots)
        self._width = width
        self._at: dict[int, list[Area]] = {}
        for area in self._merged:
            for number in range(area.top, min(area.bottom, area.top + 100_000) + 1):
                self._at.setdefault(number, []).append(area)
        self._shown: dict[Area, Value] = {}

    @property
    def is_any(self) -> bool:
        return bool(self._merged or self._others)

    def add(self, found: Sequence[Area]) -> None:
        """Ranges that array formulas fill: they begin at their formula, so none lies above it."""
        self._others += found

    def row(self, row: Row) -> Row:
        """The row with what merged ranges show in it, and with its closed columns."""
        if not self.is_any:
            return row._replace(closed=row.formulas)
        values = list(row.values)
        for area in self._at.get(row.number, ()):
            if row.number == area.top:
                self._shown[area] = values[area.left]
            else:
                values[area.left] = self._shown.get(area)
        line = END.join(map(spelt, values))
        return Row(row.number, tuple(values), line, row.formulas, self.of(row.number, row.formulas))

    def of(self, number: int, formulas: frozenset[int]) -> frozenset[int]:
        columns: set[int] = set(formulas)
        for area in self._at.get(number, ()):
            first = area.left + 1 if area.top == area.bottom else area.left
            columns.update(range(first, min(area.right + 1, self._width)))
        for area in self._others:
            if area.top <= number <= area.bottom:
                columns.update(range(area.left, min(area.right + 1, self._width)))
        return frozenset(columns)


def _by_row(cells: Cells, width: int) -> dict[int, frozenset[int]]:
    """The formula columns of each row that has some, by its place in the stretch. Linked values (`vm`) and spilt ones
    (`cm`) belong to them: what is typed there is no longer what it was."""
    special = [i for i, look in enumerate(cells.looks) if b" vm=" in look or b" cm=" in look]
    marked = cells.formula | np.isin(cells.look, special) if special else cells.formula
    if not marked.any():
        return {}
    found: dict[int, set[int]] = {}
    for row, column in zip(cells.row[marked].tolist(), cells.column[marked].tolist()):
        if column < width:
            found.setdefault(row, set()).add(column)
    return {row: frozenset(columns) for row, columns in found.items()}
