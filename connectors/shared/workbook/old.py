"""What do .xls, .xlsb and .ods workbooks hold? (python-calamine; read, never written)

calamine gives the error cells of these formats as empty, and dates whose format hides the year as whole dates.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from connectors.contract import Damaged, SourceRefused, Value
from connectors.shared.workbook.ranges import Area
from connectors.shared.workbook.serials import clock, duration
from connectors.shared.workbook.sheet import END, Row, Stretch, spelt

_MOST = 10**15
_STEP = 2000
_DAY = 86400


@dataclass(frozen=True)
class OldSheet:
    """One sheet, with what `Sheet` offers for reading."""

    sheet: CalamineSheet
    zone: tzinfo

    @cached_property
    def merged(self) -> tuple[Area, ...]:
        found = self.sheet.merged_cell_ranges or []
        return tuple(Area(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in found)

    def width(self) -> int:
        return 0 if self.sheet.end is None else self.sheet.end[1] + 1

    def stretches(self, width: int, start: int = 1) -> Iterator[Stretch]:
        """The rows from number `start` on that show something; nothing in them is open for typing anyway."""
        lines = self.sheet.to_python(skip_empty_area=False)
        for first in range(max(start - 1, 0), len(lines), _STEP):
            found = []
            for number, line in enumerate(lines[first : first + _STEP], start=first + 1):
                values = [_value(cell, self.zone) for cell in line[:width]]
                if any(value is not None for value in values):
                    values += [None] * (width - len(values))
                    found.append(Row(number, tuple(values), END.join(map(spelt, values))))
            yield Stretch(careful=found)

    def holds_something(self) -> bool:
        return self.width() > 0

    def head(self, width: int, last: int) -> list[Row]:
        """The rows up to number `last`."""
        return [row for row in next(self.stretches(width), Stretch()).rows if row.number <= last]


def old_sheets(data: bytes, name: str) -> tuple[CalamineWorkbook, tuple[tuple[str, bool], ...]]:
    """The workbook, and its worksheets by name and whether they are hidden; SourceRefused where it cannot be read."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise SourceRefused(
            "{name} is locked with a password: save a copy without one for Offbook", name=name
        ) from error
    except (CalamineError, ValueError, OSError) as error:
        raise SourceRefused(
            "{name} is no readable workbook ({error}): open it in a spreadsheet program and save it as .xlsx",
            name=name,
            error=str(error),
        ) from error
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    return book, tuple((sheet.name, sheet.visible != SheetVisibleEnum.Visible) for sheet in sheets)


def _value(cell: object, zone: tzinfo) -> Value:
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=zone)
    if isinstance(cell, date):
        return cell
    if isinstance(cell, time):
        return clock((cell.hour * 3600 + cell.minute * 60 + cell.second) / _DAY, seconds=False)
    if isinstance(cell, timedelta):
        return duration(cell.total_seconds() / _DAY, seconds=False)
    return None


def _number(number: float) -> Value:
    if number != number or abs(number) > 1e300:
        return Damaged("unreadable", str(number))
    if float(number).is_integer():
        return Damaged("long_number", str(number)) if abs(number) >= _MOST else int(number)
    return Decimal(f"{number:.15g}")
