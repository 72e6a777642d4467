"""How do people edit the workbook under the contract suite? With openpyxl, which knows nothing of the connector."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

import openpyxl
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from connectors import xlsx
from connectors.contract import Connector, Context, TableFacts, Value
from tests.rig import FileRig

HEADINGS = ("编号", "公司", "电话", "备注", "生日", "时间", "offbook_id")
SHEET = "客户"


class XlsxRig(FileRig):
    """A workbook of one sheet with a title above its headings. key, token: the columns that the mapping names."""

    spec = xlsx.SPEC
    table = SHEET
    text = ("公司", "电话", "备注")
    cannot: ClassVar[Mapping[str, str]] = {
        **FileRig.cannot,
        "cut_pull": "a workbook that cannot be read in full is refused",
        "hide": "a file shows everything or nothing",
        "archive": "a row is there or not",
        "choice_field": "cells have no options",
        "lookup_field": "cells do not point to records",
        "targets": "cells do not point to records",
        "taste": "cells keep what is written",
    }

    def __init__(self, folder: Path, key: str | None = "编号", token: str | None = "offbook_id") -> None:
        super().__init__()
        self.path = folder / "客户资料.xlsx"
        fields = tuple(name for name in HEADINGS if name not in ("编号", "offbook_id"))
        self.facts = TableFacts(fields, key, token)
        self._count = 0
        book = openpyxl.Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = SHEET
        sheet.append(["客户总表（内部）"])
        sheet.append([name for name in HEADINGS if token or name != "offbook_id"])
        book.save(self.path)
        if key:
            self.base = {}

    def options(self) -> Mapping[str, object]:
        return {"path": str(self.path)}

    @contextmanager
    def _sheet(self) -> Iterator[Worksheet]:
        book = openpyxl.load_workbook(self.path)
        sheet = book[SHEET]
        yield sheet
        book.save(self.path)

    def _column(self, sheet: Worksheet, name: str) -> int:
        return next(cell.column for cell in sheet[2] if isinstance(cell, Cell) and cell.value == name)

    def _type(self, sheet: Worksheet, row: int, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            cell = sheet.cell(row, self._column(sheet, name))
            assert isinstance(cell, Cell)
            cell.value = None if value is None else value  # type: ignore[assignment]
            if isinstance(value, str):
                cell.data_type = "s"
                cell.number_format = "@"

    def _key(self) -> str:
        self._count += 1
        return f"K{self._count:06d}"

    def add(self, values: Mapping[str, Value]) -> str:
        with self._sheet() as sheet:
            row = sheet.max_row + 1
            key = self._key()
            column = self.facts.key or self.facts.token
            self._type(sheet, row, {**({column: key} if column else {}), **values})
        return key if column else f"#{row}"

    def fill(self, count: int) -> None:
        with self._sheet() as sheet:
            for number in range(count):
                key = self._key() if self.facts.key or self.facts.token else None
                cells = {"公司": f"record {number}", (self.facts.key or self.facts.token or "编号"): key}
                sheet.append([cells.get(name) for name in HEADINGS])

    def _row(self, sheet: Worksheet, key: str) -> int:
        if key.startswith("#"):
            return int(key[1:])
        column = self._column(sheet, self.facts.key or self.facts.token or "")
        return next(row for row in range(3, sheet.max_row + 1) if sheet.cell(row, column).value == key)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        with self._sheet() as sheet:
            self._type(sheet, self._row(sheet, key), values)

    def remove(self, key: str) -> None:
        with self._sheet() as sheet:
            sheet.delete_rows(self._row(sheet, key))

    def rows(self) -> list[Mapping[str, Value]]:
        sheet = openpyxl.load_workbook(self.path)[SHEET]
        names = [cell.value for cell in sheet[2]]
        lines = sheet.iter_rows(min_row=3, values_only=True)
        return [dict(zip(map(str, names), map(_value, line))) for line in lines if any(v is not None for v in line)]

    # -------------------------------------------------------------------------- features

    def other_scope(self) -> Connector:
        facts = TableFacts(self.facts.fields, self.facts.key, self.facts.token, where={"公司": {"not": ("合计",)}})
        options = xlsx.Options(path=str(self.path))
        return xlsx.SPEC.connect(options, Context(self.gate, self.vault, {SHEET: facts}, self.timezone))

    def damage(self, key: str) -> str:
        with self._sheet() as sheet:
            cell = sheet.cell(self._row(sheet, key), self._column(sheet, "备注"))
            assert isinstance(cell, Cell)
            cell.value = "#REF!"
            cell.data_type = "e"
        return "备注"

    def date_field(self) -> str:
        return "生日"

    def datetime_field(self) -> str:
        return "时间"

    def type_date(self, key: str, day: date) -> None:
        with self._sheet() as sheet:
            sheet.cell(self._row(sheet, key), self._column(sheet, "生日")).value = day

    def type_clock(self, key: str, clock: datetime) -> None:
        with self._sheet() as sheet:
            sheet.cell(self._row(sheet, key), self._column(sheet, "时间")).value = clock

    def bad(self) -> tuple[str, Value]:
        return "备注", "x" * 40_000

    def add_twice(self, values: Mapping[str, Value]) -> str:
        key = self.add(values)
        with self._sheet() as sheet:
            column = self.facts.key or self.facts.token or ""
            self._type(sheet, sheet.max_row + 1, {**values, column: key, "备注": "twice"})
        return key

    def shuffle(self) -> None:
        with self._sheet() as sheet:
            rows = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=3)]
            random.Random(7).shuffle(rows)
            rows.reverse()
            for at, values in enumerate(rows, start=3):
                for column, value in enumerate(values, start=1):
                    sheet.cell(at, column).value = value

    def copy_row(self, key: str) -> None:
        with self._sheet() as sheet:
            sheet.append([cell.value for cell in sheet[self._row(sheet, key)]])

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        with self._sheet() as sheet:
            row = sheet.max_row + 1
            self._type(sheet, row, values)
        return f"#{row}"


def _value(value: object) -> Value:
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    return value  # type: ignore[return-value]
