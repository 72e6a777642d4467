"""How is one sheet of a workbook changed, and what else in the file has to follow?

Cells, rows and one new column; then the ranges that cover the records, the tables, the filter's hidden name, the
results that formulas remembered. Everything else stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from xml.parsers import expat

from connectors.contract import Said, SourceRefused, Value, say
from connectors.shared.workbook import reshape
from connectors.shared.workbook.anchors import tied
from connectors.shared.workbook.formats import Form
from connectors.shared.workbook.formulas import Names, Reach, Spot, has_formulas, names, reach, stale, texts
from connectors.shared.workbook.fresh import Clock, Place, fresh
from connectors.shared.workbook.layout import TableRange
from connectors.shared.workbook.opc import rels_of
from connectors.shared.workbook.patch import New, RowText, SheetText
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.reshape import Growth
from connectors.shared.workbook.serials import moment
from connectors.shared.workbook.sheet import Sheet
from connectors.shared.workbook.styles import DAY_FORMAT, MOMENT_FORMAT, with_format
from connectors.shared.workbook.walk import attributes

_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\b([^>]*)>")
_RANGE = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(:\$?[A-Z]{1,3}\$?)(\d+)(?![\w(.])", re.IGNORECASE)
_FORMULA = re.compile(rb"(<(?:[\w.-]+:)?f\b[^>]*>)([^<]*)(</(?:[\w.-]+:)?f>)")
_NEIGHBOURS = 30
_TYPES = {"s": "text", "str": "text", "inlineStr": "text", "b": "bool", "e": ""}


@dataclass(frozen=True)
class Ground:
    """Where the records of a sheet stand. heading: the last heading row (0: none); first, last: of the records, last is
    first - 1 where there are none; footers: rows below them that are no records and stay below; right: the last column
    of the headings; holds: what most cells of a column hold (number, date, text, bool)."""

    heading: int
    first: int
    last: int
    footers: tuple[int, ...] = ()
    right: int = 0
    holds: Mapping[int, str] = field(default_factory=dict)


class Edit:
    """Changes to one sheet, made in memory; `file()` gives the whole new workbook."""

    def __init__(self, sheet: Sheet, ground: Ground) -> None:
        self._sheet = sheet
        self._ground = ground
        self._package = sheet.book.package
        self._text = SheetText(self._package.read(sheet.name.part))
        self._clock = Clock(sheet.zone, sheet.book.since_1904)
        self._changed: set[Spot] = set()
        self._added: dict[int, RowText] = {}
        self._gone: set[int] = set()
        self._emptied: set[int] = set()
        self._column: tuple[int, str] | None = None
        self._styles: bytes | None = None
        self._moved_formulas = self._is_stale = False
        self._forms: dict[int, Form] = {}

    def put(self, number: int, column: int, value: Value) -> Said | None:
        """Writes a value into a cell; gives the reason where it cannot stand there."""
        row = self._added.get(number) or self._text.make_row(number)
        cell = row.cells.get(column)
        if cell is not None and cell.has_formula:
            return say("a formula stands in the cell")
        style = row.style_of(column) or (0 if cell is not None else self._column_style(column))
        form = self._form(style)
        new = fresh(value, Place(form, self._holds(row, column, form)), self._clock)
        if isinstance(new, Said):
            return new
        row.set(column, self._styled(new, number, column, style))
        self._changed.add((number, column))
        return None

    def add_column(self, column: int, heading: str) -> None:
        """A new column at the right end of the headings; it looks as its left neighbour does."""
        self._column = (column, heading)
        if self._ground.heading:
            row = self._text.make_row(self._ground.heading)
            left = row.cells.get(column - 1)
            row.set(column, New("t", heading, left.style if left is not None else None))
            self._changed.add((self._ground.heading, column))

    def room(self) -> Said | None:
        """Why no row can be added below the records; None where one can."""
        if self._ground.footers and (why := self._tied(self._ground.last + 1)):
            return say("below the records stands a row that is none (a total) and cannot move down: {why}", why=why)
        return None

    def add_row(self) -> int:
        """The number of a new row below the records, which looks as the last of them does. Ask `room` first."""
        ground = self._ground
        number = ground.last + len(self._added) + 1
        like = self._text.row(ground.last) if ground.last >= ground.first else None
        make = self._text.insert_row if ground.footers else self._text.make_row
        self._added[number] = make(number, like)
        return number

    def remove(self, numbers: Sequence[int]) -> Said | None:
        """Takes rows out. Where the rows below cannot move up they are emptied instead; then gives the reason."""
        why = self._tied(min(numbers)) or self._last_of_table(numbers)
        if why is None:
            self._gone.update(numbers)
            for number in numbers:
                self._text.drop(number)
                self._text.move(number + 1, -1)
            return None
        self._emptied.update(numbers)
        for number in numbers:
            self._empty(number)
        return why

    def _empty(self, number: int) -> None:
        row = self._text.row(number)
        for column, cell in list(row.cells.items()) if row is not None else ():
            if row is not None and not cell.has_formula:
                row.set(column, New(""))
                self._changed.add((number, column))

    def moved(self, number: int) -> int:
        """Where a row of the old file stands in the new one."""
        return self._text.moved(number)

    # -------------------------------------------------------------------------- what stands where

    def _holds(self, row: RowText, column: int, form: Form) -> str:
        cell = row.cells.get(column)
        if cell is None or not cell.is_filled:
            return self._ground.holds.get(column, "date" if form.is_day else "text" if form.kind == "text" else "")
        if cell.type == "n":
            return "date" if form.is_day else "number"
        return _TYPES.get(cell.type, "")

    def _form(self, style: int) -> Form:
        return self._forms.get(style) or self._sheet.book.styles.form(style)

    def _column_style(self, column: int) -> int:
        for first, last, style in self._column_styles:
            if first <= column + 1 <= last:
                return style
        return 0

    @cached_property
    def _column_styles(self) -> list[tuple[int, int, int]]:
        named = [attributes(match.group(1)) for match in _COLUMN.finditer(self._text.before)]
        return [(int(one["min"]), int(one["max"]), int(one["style"])) for one in named if "style" in one]

    def _styled(self, new: New, number: int, column: int, style: int) -> New:
        """A day or a moment gets a date's style: the cell's own, a neighbour's, else a copy of its own."""
        if new.kind not in ("d", "m"):
            return replace(new, style=style or None)
        wanted = ("date", "datetime") if new.kind == "d" else ("datetime",)
        if self._form(style).kind in wanted:
            return New("n", new.text, style)
        near = self._near(number, column, wanted[0])
        if near is None:
            near = self._new_style(style, DAY_FORMAT if new.kind == "d" else MOMENT_FORMAT)
        return New("t", _as_text(new, self._clock)) if near is None else New("n", new.text, near)

    def _near(self, number: int, column: int, kind: str) -> int | None:
        """The style of the nearest cell of this column that shows days (or moments) so."""
        top, bottom = max(self._ground.first, number - _NEIGHBOURS), min(self._ground.last, number + _NEIGHBOURS)
        for near in sorted(range(top, bottom + 1), key=lambda one: abs(one - number)):
            row = self._text.row(near)
            cell = row.cells.get(column) if row is not None else None
            if cell is not None and self._form(cell.style).kind == kind:
                return cell.style
        return None

    def _new_style(self, style: int, number_format: int) -> int | None:
        part = self._sheet.book.styles_part
        if part is None or part not in self._package:
            return None
        try:
            self._styles, made = with_format(self._styles or self._package.read(part), style, number_format)
        except ValueError:
            return None
        self._forms[made] = Form("date" if number_format == DAY_FORMAT else "datetime")
        return made

    # -------------------------------------------------------------------------- what is tied to the rows

    @cached_property
    def _sheets(self) -> dict[str, Sheet]:
        """All sheets of the book, by case-folded name."""
        others = [Sheet(self._sheet.book, name, self._sheet.zone) for name in self._sheet.book.sheets]
        found = {sheet.name.name.casefold(): sheet for sheet in others}
        return {**found, self._sheet.name.name.casefold(): self._sheet}

    @cached_property
    def _names(self) -> Names:
        return names(self._sheet.book, self._sheets.values())

    @cached_property
    def _reaches(self) -> list[tuple[int, Reach]]:
        if not has_formulas(self._sheet.book, self._sheet.name):
            return []
        tab = self._sheet.name.name.casefold()
        return [(row, reach(text, tab, self._names)) for row, _, text in texts(self._sheet)]

    def _tied(self, start: int) -> Said | None:
        """Why rows from `start` on cannot move. A total's formulas may move with it."""
        inside = [one for row, one in self._reaches if row >= start and row not in self._ground.footers]
        if inside:
            return say("there are formulas in the rows below")
        return tied(self._sheet, self._ground.first, start, self._reaches)

    def _last_of_table(self, numbers: Sequence[int]) -> Said | None:
        gone = set(numbers)
        for table in self._tables():
            first, last = table.area.top + table.headings, table.area.bottom - table.totals
            if gone >= set(range(first, last + 1)):
                return say("a table keeps at least one row")
        return None

    def _tables(self) -> list[TableRange]:
        """The tables that the records stand in."""
        ground = self._ground
        whole = Area(max(ground.heading, 1), 0, max(ground.last, ground.heading, 1), ground.right)
        return [table for table in self._sheet.layout.tables if table.area.meets(whole)]

    # -------------------------------------------------------------------------- the new file

    def file(self) -> bytes:
        """The new workbook. SourceRefused where a part would not be sound; nothing has been written then."""
        growth = self._growth()
        parts: dict[str, bytes] = {}
        if growth.rows and growth.pushes:
            self._push(growth)
        stale_spots = self._stale(growth)
        own = self._sheet.name.name.casefold()
        _forget(self._text, stale_spots.pop(own, set()))
        self._text.before = reshape.frame(self._text.before, growth, self._used())
        self._text.after = reshape.frame(self._text.after, growth, None)
        if self._emptied:
            self._text.after = reshape.without_links(self._text.after, self._emptied)
        parts[self._sheet.name.part] = self._text.text()
        for tab, spots in stale_spots.items():
            text = SheetText(self._package.read(self._sheets[tab].name.part))
            _forget(text, spots)
            parts[self._sheets[tab].name.part] = text.text()
        heading = self._column[1] if self._column else ""
        for table in self._tables():
            parts[table.part] = reshape.table(self._package.read(table.part), growth, heading)
        if self._styles is not None and self._sheet.book.styles_part is not None:
            parts[self._sheet.book.styles_part] = self._styles
        dropped = self._book_parts(parts, growth)
        parts = {part: data for part, data in parts.items() if data != self._package.read(part)}
        for part, data in parts.items():
            self._demand_sound(part, data)
        return self._package.rewrite(parts, dropped)

    def _book_parts(self, parts: dict[str, bytes], growth: Growth) -> frozenset[str]:
        """The workbook part, and the chain of calculation where formulas moved: it is made again when opened."""
        book = self._sheet.book
        xml = reshape.names(self._package.read(book.part), growth, self._sheet.name.place)
        if self._is_stale:
            xml = reshape.calculated_when_opened(xml)
        parts[book.part] = xml
        chain = next((found.target for found in book.related if found.kind == "calcChain"), None)
        if chain is None or not self._moved_formulas:
            return frozenset()
        for part in ("[Content_Types].xml", rels_of(book.part)):
            parts[part] = reshape.without_part(self._package.read(part), chain)
        return frozenset({chain})

    def _growth(self) -> Growth:
        ground = self._ground
        return Growth(
            first=ground.first,
            last=ground.last,
            rows=len(self._added),
            pushes=bool(ground.footers),
            right=self._column[0] - 1 if self._column else None,
            heading=ground.heading,
            gone=tuple(sorted(self._gone)),
        )

    def _push(self, growth: Growth) -> None:
        """Moves what stands below the records down; a total over the records takes in the new ones."""
        for number in self._ground.footers:
            row = self._text.row(number)
            for column, cell in list(row.cells.items()) if row is not None else ():
                if row is not None and cell.has_formula:
                    row.rewrite(column, _grown(cell.inner, growth))
                    row.drop_value(column)
                    self._moved_formulas = True
        self._text.move(self._ground.last + 1, growth.rows)

    def _grown_names(self, growth: Growth) -> Names:
        """Names in formulas, tables with the new rows: what reads a table reads those too."""
        own = self._sheet.name.name.casefold()
        if not growth.rows:
            return self._names
        tables = {
            name: (tab, growth.grown(area) or area) if tab == own else (tab, area)
            for name, (tab, area) in self._names.tables.items()
        }
        return replace(self._names, tables=tables)

    def _stale(self, growth: Growth) -> dict[str, set[Spot]]:
        """Formula cells that may show something else now."""
        book = self._sheet.book
        with_some = {tab: sheet for tab, sheet in self._sheets.items() if has_formulas(book, sheet.name)}
        own = self._sheet.name.name.casefold()
        found = stale(with_some, {own: self._changed}, self._grown_names(growth)) if with_some and self._changed else {}
        self._is_stale = bool(found) or self._moved_formulas
        return found

    def _used(self) -> Area | None:
        if not self._changed:
            return None
        rows = [self._text.moved(row) if row not in self._added else row for row, _ in self._changed]
        columns = [column for _, column in self._changed]
        return Area(min(rows), min(columns), max(*rows, self._text.moved(self._ground.last)), max(columns))

    def _demand_sound(self, part: str, data: bytes) -> None:
        try:
            expat.ParserCreate().Parse(data, True)  # noqa: FBT003
        except expat.ExpatError as error:
            raise SourceRefused(
                "{name}: its part {part} would not be sound after the change ({error}), so nothing was written. Save"
                " the workbook again in a spreadsheet program",
                name=self._package.name,
                part=part,
                error=str(error),
            ) from error


def _forget(text: SheetText, spots: set[Spot]) -> None:
    for number, column in sorted(spots):
        row = text.row(number)
        if row is not None and column in row.cells:
            row.drop_value(column)


def _grown(inner: bytes, growth: Growth) -> bytes:
    """A total's formula whose ranges end at the last record: they end at the last new one."""

    def longer(match: re.Match[str]) -> str:
        if int(match.group(4)) != growth.last or int(match.group(2)) >= growth.last:
            return match.group()
        return f"{match.group(1)}{match.group(2)}{match.group(3)}{growth.last + growth.rows}"

    def element(match: re.Match[bytes]) -> bytes:
        return match.group(1) + _RANGE.sub(longer, match.group(2).decode()).encode() + match.group(3)

    return _FORMULA.sub(element, inner)


def _as_text(new: New, clock: Clock) -> str:
    when = moment(float(new.text), since_1904=clock.since_1904)
    return "" if when is None else when.isoformat(" ", "seconds") if new.kind == "m" else when.date().isoformat()
