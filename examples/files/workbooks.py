"""How are the two workbooks written, with all that a person keeps in a workbook besides rows?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from examples.files.rows import Row

WANG_COLUMNS: Final = (
    ("", ("序号",)),
    ("公司信息", ("公司名称", "统一社会信用代码", "电话", "地址", "行业", "级别", "合作日期", "标签")),
    ("联系人信息", ("联系人", "职务", "手机", "电话#2", "微信", "邮箱", "生日")),
    ("跟进", ("最近拜访", "年采购额(万元)", "折算(元)", "银行账号", "备注", "跟进人")),
)
"""The merged heading above, and the headings below it."""
LEE_COLUMNS: Final = (
    "Account",
    "Website",
    "Office phone",
    "Address",
    "Client since",
    "Tags",
    "Contact",
    "Job title",
    "Mobile",
    "Direct",
    "Email",
    "No contact",
    "Pipeline (k)",
    "Comments",
)
_MADE: Final = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
_OPTIONS: Final = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def write_wang(path: Path, rows: Sequence[Row]) -> None:
    """Title, group headings, headings in row 3, rows with colours and gaps, a total; statistics on a second sheet."""
    book = _book(path, "王芳")
    headings = [heading for _, group in WANG_COLUMNS for heading in group]
    sheet, totals = book.add_worksheet("客户总表"), book.add_worksheet("统计")
    _wang_headings(book, sheet, headings)
    formats = _formats(book)
    for number, row in enumerate(rows, 1):
        _wang_row(sheet, formats, headings, row, number)
    last = rows[-1].row
    _wang_total(book, sheet, headings, rows, last + 1)
    sheet.autofilter(2, 0, last - 1, len(headings) - 1)
    level = headings.index("级别")
    sheet.data_validation(3, level, last + 200, level, _levels())
    red = book.add_format({"bg_color": "#FFC7CE"})
    sheet.conditional_format(3, level, last, level, {"type": "cell", "criteria": "==", "value": '"A"', "format": red})
    _statistics(book, totals, rows, headings)
    book.define_name("客户区域", f"=客户总表!$B$4:$V${last}")
    book.close()


def write_lee(path: Path, rows: Sequence[Row]) -> None:
    """One tidy table, and the lists behind its drop-downs."""
    book = _book(path, "Lee Morgan")
    sheet, lists = book.add_worksheet("Accounts"), book.add_worksheet("Lists")
    formats = _formats(book)
    for row in rows:
        for column, heading in enumerate(LEE_COLUMNS):
            _write(sheet, formats, row.row - 1, column, row.raw(heading))
    columns = [{"header": heading} for heading in LEE_COLUMNS]
    sheet.add_table(0, 0, rows[-1].row - 1, len(LEE_COLUMNS) - 1, {"name": "Clients", "columns": columns})
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(LEE_COLUMNS) - 1, 18)
    for place, word in enumerate(("Opt-out", "x")):
        lists.write_string(place, 0, word)
    stop = LEE_COLUMNS.index("No contact")
    sheet.data_validation(1, stop, rows[-1].row + 200, stop, {"validate": "list", "source": "=Lists!$A$2:$A$2"})
    book.close()


def _book(path: Path, author: str) -> xlsxwriter.Workbook:
    """A workbook whose bytes depend on nothing but what is written into it."""
    book = xlsxwriter.Workbook(str(path), dict(_OPTIONS))
    book.set_properties({"author": author, "created": _MADE})
    return book


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "date": book.add_format({"num_format": "yyyy/m/d"}),
        "birthday": book.add_format({"num_format": 'm"月"d"日"'}),
        "number": book.add_format({"num_format": "0"}),
        "text": book.add_format({"num_format": "@"}),
        "": book.add_format(),
        "coloured": book.add_format({"bg_color": "#FFF2CC"}),
    }


def _wang_headings(book: xlsxwriter.Workbook, sheet: Worksheet, headings: Sequence[str]) -> None:
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    bold = book.add_format({"bold": True, "align": "center", "bg_color": "#D9E1F2", "border": 1})
    sheet.merge_range(0, 0, 0, len(headings) - 1, "王芳 客户资料表（2025年12月）", title)
    first = 0
    for group, names in WANG_COLUMNS:
        if group:
            sheet.merge_range(1, first, 1, first + len(names) - 1, group, bold)
        first += len(names)
    for column, heading in enumerate(headings):
        sheet.write_string(2, column, heading.partition("#")[0], bold)
    sheet.freeze_panes(3, 2)
    sheet.set_column(1, 1, 36)
    sheet.set_column(2, len(headings) - 1, 16)
    sheet.write_comment(2, headings.index("级别"), "A 重点 / B 一般 / C 潜在", {"author": "王芳"})


def _wang_row(sheet: Worksheet, formats: Mapping[str, Any], headings: Sequence[str], row: Row, number: int) -> None:
    place = row.row - 1
    if "hidden_row" in row.troubles:
        sheet.set_row(place, None, None, {"hidden": True})
    important = row.cells["级别"].clean == "vip" and number % 3 == 0
    for column, heading in enumerate(headings):
        value = row.raw(heading)
        if heading == "序号":
            sheet.write_number(place, column, number)
        elif heading == "折算(元)":
            amount = row.raw("年采购额(万元)")
            letter = chr(ord("A") + headings.index("年采购额(万元)"))
            if isinstance(amount, int):
                sheet.write_formula(place, column, f"={letter}{row.row}*10000", formats["number"], amount * 10000)
        elif heading == "公司名称" and important:
            sheet.write_string(place, column, str(value), formats["coloured"])
        else:
            _write(sheet, formats, place, column, value, "birthday" if heading == "生日" else "date")


def _write(
    sheet: Worksheet, formats: Mapping[str, Any], row: int, column: int, value: object, date_format: str = "date"
) -> None:
    """A value in the kind of cell that a person's typing would have made."""
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), formats[date_format])  # noqa: DTZ001
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, formats["number" if value > 10**9 else ""])
    elif value == "#N/A":
        sheet.write_formula(row, column, "=NA()", formats[""], "#N/A")
    else:
        text = str(value)
        sheet.write_string(row, column, text, formats["text" if text.isdigit() else ""])


def _wang_total(
    book: xlsxwriter.Workbook, sheet: Worksheet, headings: Sequence[str], rows: Sequence[Row], place: int
) -> None:
    """The 合计 row, and empty rows that only have borders."""
    bold, border = book.add_format({"bold": True, "top": 1}), book.add_format({"border": 1})
    column = headings.index("年采购额(万元)")
    letter = chr(ord("A") + column)
    amounts = [row.raw("年采购额(万元)") for row in rows]
    total = sum(amount for amount in amounts if isinstance(amount, int))
    sheet.write_string(place - 1, headings.index("公司名称"), "合计", bold)
    sheet.write_formula(place - 1, column, f'=SUMIF({letter}4:{letter}{place - 1},">0")', bold, total)
    for empty in range(place, place + 5):
        for blank in range(len(headings)):
            sheet.write_blank(empty, blank, None, border)


def _levels() -> dict[str, object]:
    """A drop-down that warns and lets pass, as everybody has it."""
    return {"validate": "list", "source": ["A", "B", "C"], "error_type": "warning"}


def _statistics(book: xlsxwriter.Workbook, sheet: Worksheet, rows: Sequence[Row], headings: Sequence[str]) -> None:
    """Customers and volume by level, with a chart: formulas over the first sheet."""
    level = chr(ord("A") + headings.index("级别"))
    volume = chr(ord("A") + headings.index("年采购额(万元)"))
    for column, text in enumerate(("级别", "客户数", "年采购额(万元)")):
        sheet.write_string(0, column, text)
    for place, letter in enumerate("ABC", 1):
        chosen = [row for row in rows if str(row.raw("级别") or "").upper() == letter]
        amounts = [row.raw("年采购额(万元)") for row in chosen]
        total = sum(amount for amount in amounts if isinstance(amount, int))
        sheet.write_string(place, 0, letter)
        sheet.write_formula(place, 1, f"=COUNTIF(客户总表!${level}:${level},A{place + 1})", None, len(chosen))
        sums = f"=SUMIF(客户总表!${level}:${level},A{place + 1},客户总表!${volume}:${volume})"
        sheet.write_formula(place, 2, sums, None, total)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": "客户数", "categories": "=统计!$A$2:$A$4", "values": "=统计!$B$2:$B$4"})
    chart.set_title({"name": "客户级别"})
    sheet.insert_chart("E2", chart)
