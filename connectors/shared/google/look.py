"""How does one sheet stand now: its values, and which of its cells are dates, formulas, errors or closed?

Two requests: the values alone are read unformatted (values.get), what the cells look like is read beside them without
their texts. Where the looks differ from row to row, the values are read once more: only if no person has moved
anything meanwhile do the two belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import Damaged, RetryLater, Value
from connectors.shared.google.values import NUMBER, form_of, number
from connectors.shared.google.wire import Wire
from connectors.shared.workbook.formats import Form
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.sheet import END, Row, Stretch, spelt

Raw = list[list[Any]]
_STEP: Final = 2000
_TRIES: Final = 3
_NONE: frozenset[int] = frozenset()
_MASK: Final = (
    "sheets.data(startRow,startColumn,rowData.values"
    "(userEnteredValue.formulaValue,effectiveValue.errorValue,effectiveFormat.numberFormat))"
)
_TYPED_MASK: Final = "sheets.data(startRow,startColumn,rowData.values.userEnteredValue)"


@dataclass(frozen=True)
class Info:
    """A sheet as the spreadsheet's list has it. closed: ranges that this account may not edit. (Area: rows from 1)"""

    id: int
    title: str
    is_hidden: bool
    rows: int
    columns: int
    merged: tuple[Area, ...]
    closed: tuple[Area, ...]

    @property
    def range(self) -> str:
        return "'" + self.title.replace("'", "''") + "'"


@dataclass(frozen=True)
class Book:
    title: str
    timezone: str
    sheets: Mapping[str, Info]


def book(wire: Wire, spreadsheet: str) -> Book:
    """The spreadsheet's sheets; charts and the like are none."""
    told = wire.fetch_sheet_metadata(spreadsheet)
    found = [_info(one) for one in told.get("sheets", ()) if "gridProperties" in one.get("properties", {})]
    about = told.get("properties", {})
    return Book(about.get("title", ""), about.get("timeZone", ""), {one.title: one for one in found})


def _info(told: Mapping[str, Any]) -> Info:
    about = told["properties"]
    grid = about["gridProperties"]
    rows, columns = grid.get("rowCount", 0), grid.get("columnCount", 0)
    closed = [
        _area(one.get("range", {}), rows, columns)
        for one in told.get("protectedRanges", ())
        if not one.get("warningOnly") and not one.get("requestingUserCanEdit") and not one.get("unprotectedRanges")
    ]
    merged = [_area(one, rows, columns) for one in told.get("merges", ())]
    hidden = bool(about.get("hidden"))
    return Info(about.get("sheetId", 0), about["title"], hidden, rows, columns, tuple(merged), tuple(closed))


def _area(told: Mapping[str, int], rows: int, columns: int) -> Area:
    """A GridRange: half open, from 0, its missing sides unbounded."""
    top, left = told.get("startRowIndex", 0), told.get("startColumnIndex", 0)
    return Area(top + 1, left, told.get("endRowIndex", rows), told.get("endColumnIndex", columns) - 1)


@dataclass
class Looks:
    """What the cells are besides their values, rows and columns from 0. numbers: column → row → format."""

    numbers: dict[int, dict[int, Form]] = field(default_factory=dict)
    formulas: dict[int, set[int]] = field(default_factory=dict)
    errors: set[tuple[int, int]] = field(default_factory=set)

    def is_by_row(self, raw: Raw) -> bool:
        """Whether it matters which row a look belongs to: not where each column has one look for all its numbers."""
        if self.formulas or self.errors:
            return True
        for at, forms in self.numbers.items():
            held = {
                forms.get(row, NUMBER).code + forms.get(row, NUMBER).kind
                for row, cells in enumerate(raw)
                if at < len(cells) and not isinstance(cells[at], str | bool)
            }
            if len(held) > 1:
                return True
        return False


@dataclass(frozen=True)
class Grid:
    """A sheet as `View` reads it. raw: its cells as Google sent them."""

    info: Info
    raw: Raw
    looks: Looks
    zone: tzinfo

    @property
    def merged(self) -> Sequence[Area]:
        return self.info.merged

    @cached_property
    def digest(self) -> str:
        """Of all that stands there: another one means that something was edited."""
        numbers = sorted(
            (at, sorted((row, form.code, form.kind) for row, form in forms.items()))
            for at, forms in self.looks.numbers.items()
        )
        told = (self.raw, numbers, sorted((row, sorted(at)) for row, at in self.looks.formulas.items()), self.info)
        return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def width(self) -> int:
        return max((len(cells) for cells in self.raw), default=0)

    def columns(self, start: int) -> set[int]:
        """The columns that hold something in rows from number `start` on."""
        return {at for cells in self.raw[start - 1 :] for at, cell in enumerate(cells) if cell not in ("", None)}

    def head(self, width: int, last: int) -> list[Row]:
        return [row for row in self._rows(0, last, width) if any(value is not None for value in row.values)]

    def stretches(self, width: int, start: int = 1) -> Iterator[Stretch]:
        for first in range(max(start - 1, 0), len(self.raw), _STEP):
            last = min(first + _STEP, len(self.raw))
            quick = self._quick(first, last, width)
            if quick is not None:
                yield quick
            else:
                rows = self._rows(first, last, width)
                yield Stretch(careful=[row for row in rows if any(value is not None for value in row.values)])

    def form(self, row: int, column: int) -> Form:
        """The number format of a cell, counted from 0."""
        return self.looks.numbers.get(column, {}).get(row, NUMBER)

    # -------------------------------------------------------------------------- decoding

    def _quick(self, first: int, last: int, width: int) -> Stretch | None:
        """By column, where no cell is closed and no row is empty."""
        if (
            self.looks.formulas
            or self.info.merged
            or self.info.closed
            or not all(map(_is_filled, self.raw[first:last]))
        ):
            return None
        columns = [self._column(first, last, at) for at in range(width)]
        if not width or all(None in column for column in columns):
            return None
        lines = list(map(END.join, zip(*[list(map(spelt, column)) for column in columns])))
        return Stretch(range(first + 1, last + 1), columns, lines)

    def _column(self, first: int, last: int, at: int) -> list[Value]:
        cells = [cells[at] if at < len(cells) else "" for cells in self.raw[first:last]]
        if self.looks.errors or set(map(type, cells)) != {str}:
            return [self._value(row, at, cell) for row, cell in enumerate(cells, first)]
        return [cell or None for cell in cells]

    def _rows(self, first: int, last: int, width: int) -> Iterator[Row]:
        for row, cells in enumerate(self.raw[first:last], first):
            values = [self._value(row, at, cells[at]) for at in range(min(width, len(cells)))]
            values += [None] * (width - len(values))
            closed = set(self.looks.formulas.get(row, ()))
            for area in self.info.merged:
                if area.top <= row + 1 <= area.bottom:
                    self._fill(area, row, values, closed)
            for area in self.info.closed:
                if area.top <= row + 1 <= area.bottom:
                    closed.update(range(area.left, min(area.right + 1, width)))
            formulas = frozenset(self.looks.formulas.get(row, _NONE))
            yield Row(row + 1, tuple(values), END.join(map(spelt, values)), formulas, frozenset(closed))

    def _fill(self, area: Area, row: int, values: list[Value], closed: set[int]) -> None:
        """What stands in a merged range shows in each of its rows; only its first cell may be typed in, and not that
        where it spans several rows."""
        if area.left >= len(values):
            return
        if row + 1 > area.top:
            top = self.raw[area.top - 1]
            values[area.left] = self._value(area.top - 1, area.left, top[area.left]) if area.left < len(top) else None
        start = area.left if area.bottom > area.top else area.left + 1
        closed.update(range(start, min(area.right + 1, len(values))))

    def _value(self, row: int, at: int, cell: Any) -> Value:
        if isinstance(cell, str):
            return Damaged("error", cell) if (row, at) in self.looks.errors else cell or None
        if isinstance(cell, bool) or cell is None:
            return cell
        return number(cell, self.form(row, at), self.zone)


def _is_filled(cells: list[Any]) -> bool:
    return any(cell not in ("", None) for cell in cells)


def look(wire: Wire, spreadsheet: str, info: Info, zone: tzinfo) -> Grid:
    """The sheet as it stands at one moment. Raises RetryLater where people edit it faster than it can be read."""
    raw = again(wire, spreadsheet, info)
    for _ in range(_TRIES):
        looks = _looks(wire, spreadsheet, info, raw)
        if not looks.is_by_row(raw):
            return Grid(info, raw, looks, zone)
        second = again(wire, spreadsheet, info)
        if _typed_in(second, looks) == _typed_in(raw, looks):
            return Grid(info, second, looks, zone)
        raw = second
    raise RetryLater("{where} is being edited while it is read; Offbook reads it again later", where=info.title)


def again(wire: Wire, spreadsheet: str, info: Info) -> Raw:
    """Unformatted: a phone that is text stays text, a date is its serial; nothing is made a number here."""
    told = wire.values_get(spreadsheet, info.range, params=_unformatted())
    raw: Raw = told.get("values", [])
    return raw


def _unformatted() -> dict[str, Any]:
    return {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}


def touched(wire: Wire, spreadsheet: str, info: Info, numbers: Iterable[int]) -> Iterator[tuple[int, list[Any]]]:
    """Rows by their numbers (from 1), read again; each with its cells."""
    ranges = [(row, f"{info.range}!{row}:{row}") for row in numbers]
    told = wire.values_batch_get(spreadsheet, [text for _, text in ranges], params=_unformatted())
    for (row, _), one in zip(ranges, told.get("valueRanges", ()), strict=True):
        values = one.get("values") or [[]]
        yield row, values[0]


def _looks(wire: Wire, spreadsheet: str, info: Info, raw: Raw) -> Looks:
    looks = Looks()
    for row, at, cell in _cells(wire, spreadsheet, info, _MASK):
        wanted = cell.get("effectiveFormat", {}).get("numberFormat")
        if wanted:
            form = form_of(wanted.get("type", ""), wanted.get("pattern", ""))
            if form is not NUMBER:
                looks.numbers.setdefault(at, {})[row] = form
        if cell.get("userEnteredValue", {}).get("formulaValue"):
            looks.formulas.setdefault(row, set()).add(at)
        if cell.get("effectiveValue", {}).get("errorValue"):
            looks.errors.add((row, at))
    if looks.formulas:
        _add_spilt(wire, spreadsheet, info, raw, looks)
    return looks


def _add_spilt(wire: Wire, spreadsheet: str, info: Info, raw: Raw, looks: Looks) -> None:
    """Cells that a formula elsewhere fills show something, and nobody typed it."""
    typed = {
        (row, at) for row, at, cell in _cells(wire, spreadsheet, info, _TYPED_MASK) if cell.get("userEnteredValue")
    }
    for row, cells in enumerate(raw):
        for at, cell in enumerate(cells):
            if cell not in ("", None) and (row, at) not in typed:
                looks.formulas.setdefault(row, set()).add(at)


def _cells(wire: Wire, spreadsheet: str, info: Info, mask: str) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Cells of which something is told: row and column from 0."""
    told = wire.spreadsheets_get(spreadsheet, params={"ranges": info.range, "fields": mask, "prettyPrint": "false"})
    for part in (data for sheet in told.get("sheets", ()) for data in sheet.get("data", ())):
        left = part.get("startColumn", 0)
        for row, line in enumerate(part.get("rowData", ()), part.get("startRow", 0)):
            for at, cell in enumerate(line.get("values", ()), left):
                if cell:
                    yield row, at, cell


def _typed_in(raw: Raw, looks: Looks) -> Raw:
    """Without the results of formulas, which change by themselves."""
    if not looks.formulas:
        return raw
    return [
        ["" if at in looks.formulas.get(row, ()) else cell for at, cell in enumerate(cells)]
        for row, cells in enumerate(raw)
    ]
