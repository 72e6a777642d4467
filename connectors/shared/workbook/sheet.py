"""Which rows does a worksheet hold, and which of their cells are not open for typing?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import NamedTuple

import numpy as np

from connectors.contract import Value
from connectors.shared.workbook.book import Book, SheetName
from connectors.shared.workbook.cells import Decoder
from connectors.shared.workbook.layout import Layout, layout
from connectors.shared.workbook.package import sound
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.scan import Cells, scan, stretches
from connectors.shared.workbook.walk import walk

_NONE: frozenset[int] = frozenset()


class Row(NamedTuple):
    """One row that shows something. number: as people count. formulas, closed: columns (from 0) that hold a formula;
    columns nobody may type in (formulas among them)."""

    number: int
    values: list[Value]
    formulas: frozenset[int] = _NONE
    closed: frozenset[int] = _NONE

    @property
    def is_typed(self) -> bool:
        """Whether somebody typed something in it: rows of nothing but formulas are prepared, not filled in."""
        return any(value is not None and i not in self.formulas for i, value in enumerate(self.values))


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

    def cells(self) -> Iterator[Cells]:
        """All cells that hold something, a stretch of rows at a time."""
        last = 0
        for body in stretches(self.xml):
            with sound(self.book.package.name, self.name.part):
                cells = scan(body)
                if cells is None or (cells.numbers and cells.numbers[0] <= last):
                    cells = walk(body, last)
            last = cells.numbers[-1] if cells.numbers else last
            yield cells

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

    def rows(self, width: int, start: int = 1) -> Iterator[list[Row]]:
        """The rows from number `start` on that show something in the first `width` columns, some thousand at a time.

        What stands in a merged range shows in each row of it, and its cells are closed.
        """
        closed = _Closed(self.layout, width)
        empty: list[Value] = [None] * width
        for cells in self.cells():
            if cells.numbers and cells.numbers[-1] < start:
                continue
            formulas = _by_row(cells, width)
            rows = []
            with sound(self.book.package.name, self.name.part):
                lines = self.decoder.rows(cells, width)
            for i, (number, values) in enumerate(zip(cells.numbers, lines)):
                if closed.is_any and closed.is_merged(number):
                    closed.spread(number, values)
                if number < start or values == empty:
                    continue
                inside = formulas.get(i, _NONE) if formulas else _NONE
                rows.append(Row(number, values, inside, closed.of(number, inside) if closed.is_any else inside))
            yield rows


class _Closed:
    """Which columns of a row are closed by merged ranges, arrays and pivots, and what merged ranges show."""

    def __init__(self, found: Layout, width: int) -> None:
        self._merged = [area for area in found.merged if area.left < width]
        self._others = (*found.arrays, *found.pivots)
        self._width = width
        self.is_any = bool(self._merged or self._others)
        self._at: dict[int, list[Area]] = {}
        for area in self._merged:
            for number in range(area.top, min(area.bottom, area.top + 100_000) + 1):
                self._at.setdefault(number, []).append(area)
        self._shown: dict[Area, Value] = {}

    def is_merged(self, number: int) -> bool:
        return number in self._at

    def spread(self, number: int, values: list[Value]) -> None:
        for area in self._at[number]:
            if number == area.top:
                self._shown[area] = values[area.left]
            else:
                values[area.left] = self._shown.get(area)

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
