"""How do the sheets of a pretended spreadsheet hold cells, and what does each request of a batch do to them?

Written after the fact sheet and the discovery document of Sheets v4; not tried against Google.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

LONGEST: Final = 50_000
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet's clock has no zone
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SUM = re.compile(r"=(\d+)([+*/-])(\d+)")
_A1 = re.compile(r"([A-Z]+)?(\d+)?")


class Wrong(Exception):
    """A request that Google would answer with 400 INVALID_ARGUMENT."""


@dataclass
class Cell:
    """entered: what was typed (ExtendedValue). effective: what a formula shows. format: NumberFormat."""

    entered: dict[str, Any] = field(default_factory=dict)
    effective: dict[str, Any] | None = None
    format: dict[str, str] | None = None

    @property
    def value(self) -> dict[str, Any]:
        return self.effective if self.effective is not None else self.entered

    @property
    def is_empty(self) -> bool:
        return not self.value

    def plain(self) -> Any:
        """As UNFORMATTED_VALUE shows it."""
        for kind in ("stringValue", "numberValue", "boolValue"):
            if kind in self.value:
                found = self.value[kind]
                is_whole = kind == "numberValue" and found == int(found)
                return int(found) if is_whole else found
        return f"#{self.value['errorValue']['type']}!" if "errorValue" in self.value else ""

    def shown(self) -> str:
        """As FORMATTED_VALUE shows it (in an English spreadsheet)."""
        found = self.plain()
        if isinstance(found, bool):
            return "TRUE" if found else "FALSE"
        if not isinstance(found, str) and (self.format or {}).get("type") in ("DATE", "DATE_TIME"):
            when = _EPOCH + timedelta(seconds=round(float(found) * 86_400))
            return when.date().isoformat() if self.format and self.format["type"] == "DATE" else when.isoformat(" ")
        return str(found)

    def told(self) -> dict[str, Any]:
        """As CellData."""
        made: dict[str, Any] = {}
        if self.entered:
            made["userEnteredValue"] = self.entered
        if self.value:
            made["effectiveValue"] = self.value
            made["formattedValue"] = self.shown()
        if self.format:
            made["userEnteredFormat"] = made["effectiveFormat"] = {"numberFormat": self.format}
        return made


def serial(day: date) -> Decimal:
    naive = day.replace(tzinfo=None) if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001
    since = naive - _EPOCH
    return since.days + Decimal(since.seconds) / 86_400


def typed(value: Any) -> Cell:
    """A value as RAW stores it."""
    if value is None or value == "":
        return Cell()
    if isinstance(value, bool):
        return Cell({"boolValue": value})
    if isinstance(value, datetime):
        return Cell({"numberValue": serial(value)}, format={"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm:ss"})
    if isinstance(value, date):
        return Cell({"numberValue": serial(value)}, format={"type": "DATE", "pattern": "yyyy-mm-dd"})
    return Cell({"numberValue" if isinstance(value, int | Decimal) else "stringValue": value})


def parsed(value: Any) -> Cell:
    """A value as USER_ENTERED takes it: as if a person had typed it."""
    if not isinstance(value, str):
        return typed(value)
    if value.startswith("="):
        return Cell({"formulaValue": value}, _result(value))
    if value.startswith("'"):
        return typed(value[1:])
    if value.upper() in ("TRUE", "FALSE"):
        return typed(value.upper() == "TRUE")
    if _NUMBER.fullmatch(value):
        return typed(Decimal(value))
    found = _DATE.fullmatch(value)
    return typed(date(*map(int, found.groups()))) if found else typed(value)


def _result(formula: str) -> dict[str, Any]:
    found = _SUM.fullmatch(formula)
    if found is None:
        return {"errorValue": {"type": "NAME", "message": "Unknown function"}}
    left, right = Decimal(found[1]), Decimal(found[3])
    return {"numberValue": {"+": left + right, "-": left - right, "*": left * right, "/": left / right}[found[2]]}


@dataclass
class Sheet:
    """lines: cells by column for each row that was ever typed in. protected: ProtectedRange as told to one who may not
    edit it."""

    id: int
    title: str
    rows: int = 1000
    columns: int = 26
    hidden: bool = False
    lines: list[dict[int, Cell]] = field(default_factory=list)
    merges: list[dict[str, int]] = field(default_factory=list)
    protected: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        grid = {"rowCount": self.rows, "columnCount": self.columns}
        about = {"sheetId": self.id, "title": self.title, "index": 0, "sheetType": "GRID", "gridProperties": grid}
        made: dict[str, Any] = {"properties": {**about, **({"hidden": True} if self.hidden else {})}}
        if self.merges:
            made["merges"] = self.merges
        if self.protected:
            made["protectedRanges"] = self.protected
        return made

    def line(self, row: int) -> dict[int, Cell]:
        while len(self.lines) <= row:
            self.lines.append({})
        return self.lines[row]

    def put(self, row: int, column: int, cell: Cell) -> None:
        self.line(row)[column] = cell

    def last(self) -> int:
        """How many rows there are up to the last that holds something."""
        held = [at for at, line in enumerate(self.lines) if any(not cell.is_empty for cell in line.values())]
        return held[-1] + 1 if held else 0

    def cells(self, area: Sequence[int]) -> Iterator[list[Cell]]:
        """The rows of an area (top, left, bottom, right, half open), down to the last that holds something."""
        top, left, bottom, right = area
        for line in self.lines[top : min(bottom, self.last())]:
            wide = min(
                right, max((at for at, cell in line.items() if not cell.is_empty or cell.format), default=-1) + 1
            )
            yield [line.get(at, _EMPTY) for at in range(left, wide)]


_EMPTY: Final = Cell()


def area(sheets: Mapping[str, Sheet], text: str) -> tuple[Sheet, tuple[int, int, int, int]]:
    """What an A1 range means: half open, counted from 0. Raises Wrong."""
    name, mark, cells = text.rpartition("!")
    name = name if mark else text
    bare = name[1:-1].replace("''", "'") if name.startswith("'") and name.endswith("'") else name
    sheet = sheets.get(bare)
    if sheet is None and not mark and sheets:
        sheet, cells, mark = next(iter(sheets.values())), text, "!"
    if sheet is None:
        raise Wrong(f"Unable to parse range: {text}")
    first, _, second = cells.partition(":") if mark else ("", "", "")
    low, high = _A1.fullmatch(first), _A1.fullmatch(second or first)
    if low is None or high is None:
        raise Wrong(f"Unable to parse range: {text}")
    top, left = int(low[2] or 1) - 1, _column(low[1]) if low[1] else 0
    bottom, right = int(high[2]) if high[2] else sheet.rows, _column(high[1]) + 1 if high[1] else sheet.columns
    return sheet, (top, left, bottom, right)


def _column(letters: str) -> int:
    at = 0
    for char in letters:
        at = at * 26 + ord(char) - 64
    return at - 1


def a1(column: int) -> str:
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


# ------------------------------------------------------------------------------ one request of a batch


def apply(sheets: Sequence[Sheet], request: Mapping[str, Any]) -> None:
    """Does one request. Raises Wrong: then nothing of the whole batch may stay."""
    (name, told), *more = request.items()
    do = _DOES.get(name)
    if do is None or more:
        raise Wrong(f"Invalid JSON payload received. Unknown name {name!r}")
    do(_sheet(sheets, told), told)


def _sheet(sheets: Sequence[Sheet], told: Mapping[str, Any]) -> Sheet:
    place = told.get("start") or told.get("range") or told.get("properties") or told
    for sheet in sheets:
        if sheet.id == place.get("sheetId", 0):
            return sheet
    raise Wrong(f"No grid with id: {place.get('sheetId', 0)}")


def _update_cells(sheet: Sheet, told: Mapping[str, Any]) -> None:
    start = told.get("start") or {
        "rowIndex": told["range"].get("startRowIndex", 0),
        "columnIndex": told["range"].get("startColumnIndex", 0),
    }
    _fill(sheet, start.get("rowIndex", 0), start.get("columnIndex", 0), told)


def _append_cells(sheet: Sheet, told: Mapping[str, Any]) -> None:
    row = sheet.last()
    sheet.rows = max(sheet.rows, row + len(told.get("rows", ())))
    _fill(sheet, row, 0, told)


def _fill(sheet: Sheet, top: int, left: int, told: Mapping[str, Any]) -> None:
    masks = told.get("fields", "").split(",")
    if masks == [""]:
        raise Wrong("At least one field must be listed in 'fields'.")
    for row, line in enumerate(told.get("rows", ()), top):
        for column, data in enumerate(line.get("values", ()), left):
            if row >= sheet.rows or column >= sheet.columns:
                raise Wrong(f"Range exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}")
            demand_open(sheet, row, column)
            _change(sheet, row, column, data, masks)


def _change(sheet: Sheet, row: int, column: int, data: Mapping[str, Any], masks: Sequence[str]) -> None:
    cell = sheet.line(row).get(column, Cell())
    entered, look, effective = cell.entered, cell.format, cell.effective
    if "userEnteredValue" in masks:
        entered = dict(data.get("userEnteredValue", {}))
        if len(str(entered.get("stringValue", ""))) > LONGEST:
            raise Wrong("Your input contains more than the maximum of 50000 characters in a single cell.")
        effective = _result(entered["formulaValue"]) if "formulaValue" in entered else None
    if "userEnteredFormat.numberFormat" in masks or "userEnteredFormat" in masks:
        look = data.get("userEnteredFormat", {}).get("numberFormat")
    sheet.put(row, column, Cell(entered, effective, look))


def demand_open(sheet: Sheet, row: int, column: int) -> None:
    for one in sheet.protected:
        place = one.get("range", {})
        rows = range(place.get("startRowIndex", 0), place.get("endRowIndex", sheet.rows))
        columns = range(place.get("startColumnIndex", 0), place.get("endColumnIndex", sheet.columns))
        if row in rows and column in columns and not one.get("requestingUserCanEdit") and not one.get("warningOnly"):
            raise Wrong("You are trying to edit a protected cell or object. Please contact the spreadsheet owner.")


def _append_dimension(sheet: Sheet, told: Mapping[str, Any]) -> None:
    if told.get("dimension") == "COLUMNS":
        sheet.columns += told.get("length", 0)
    else:
        sheet.rows += told.get("length", 0)


def _dimension(told: Mapping[str, Any]) -> tuple[int, int]:
    place = told["range"]
    if place.get("dimension") != "ROWS":
        raise Wrong("Only rows are pretended here.")
    return place.get("startIndex", 0), place.get("endIndex", 0)


def _delete_rows(sheet: Sheet, told: Mapping[str, Any]) -> None:
    start, end = _dimension(told)
    if end > sheet.rows or end - start >= sheet.rows:
        raise Wrong("Cannot delete a row that doesn't exist.")
    for row in range(start, end):
        for column in sheet.lines[row] if row < len(sheet.lines) else ():
            demand_open(sheet, row, column)
    del sheet.lines[start:end]
    sheet.rows -= end - start


def _insert_rows(sheet: Sheet, told: Mapping[str, Any]) -> None:
    start, end = _dimension(told)
    sheet.line(start)
    sheet.lines[start:start] = [{} for _ in range(end - start)]
    sheet.rows += end - start


def _sort(sheet: Sheet, told: Mapping[str, Any]) -> None:
    place = told["range"]
    top, bottom = place.get("startRowIndex", 0), min(place.get("endRowIndex", sheet.rows), sheet.last())
    lines = sheet.lines[top:bottom]
    for spec in reversed(told.get("sortSpecs", ())):
        at, back = spec.get("dimensionIndex", 0), spec.get("sortOrder") == "DESCENDING"
        lines.sort(key=lambda line: line.get(at, _EMPTY).shown(), reverse=back)
    sheet.lines[top:bottom] = lines


def _properties(sheet: Sheet, told: Mapping[str, Any]) -> None:
    about = told["properties"]
    grid = about.get("gridProperties", {})
    sheet.rows, sheet.columns = grid.get("rowCount", sheet.rows), grid.get("columnCount", sheet.columns)
    sheet.title = about.get("title", sheet.title)


_DOES: Final = {
    "updateCells": _update_cells,
    "appendCells": _append_cells,
    "appendDimension": _append_dimension,
    "deleteDimension": _delete_rows,
    "insertDimension": _insert_rows,
    "sortRange": _sort,
    "updateSheetProperties": _properties,
}
