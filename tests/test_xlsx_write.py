"""How do values, new rows and our id column come into a workbook? (C10, C21, C27)"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from connectors.contract import Damaged, LookUp, Outcome, SourceRefused, TableFacts, Value
from tests import xlsx_books as books
from tests.xlsx_books import FACTS, MAIN, SHEET

CHINA = ZoneInfo("Asia/Shanghai")
TOKEN = "a1b2c3d4e5f6g7h"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    books.rich(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def sheet_of(path: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert isinstance(sheet, Worksheet)
    return sheet


def calamine(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(SHEET).to_python(skip_empty_area=False)  # type: ignore[return-value]


# ------------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("field", "value", "shown", "stored"),
    [
        ("手机", "13900139000", "13900139000", "s"),
        ("手机", "8", "8", "s"),
        ("金额", "1500", 1500, "n"),
        ("金额", "0.25", Decimal("0.25"), "n"),
        ("金额", 7, 7, "n"),
        ("金额", Decimal("88.80"), Decimal("88.8"), "n"),
        ("金额", "1.50", "1.50", "s"),
        ("金额", "007", "007", "s"),
        ("金额", "13900139000", "13900139000", "s"),
        ("金额", "about 5", "about 5", "s"),
        ("金额", "-0", "-0", "s"),
        ("金额", 1234567890123456, "1234567890123456", "s"),
        ("公司", 42, "42", "s"),
        ("公司", "=SUM(A1:A9)", "=SUM(A1:A9)", "s"),
        ("公司", "@cmd", "@cmd", "s"),
        ("公司", " two  blanks ", " two  blanks ", "s"),
        ("公司", "line\nline", "line\nline", "s"),
        ("公司", "_x0041_ & <b>", "_x0041_ & <b>", "s"),
        ("公司", "\x07bell", "\x07bell", "s"),
        ("公司", "2026-01-02", "2026-01-02", "s"),
        ("公司", date(2026, 1, 2), "2026-01-02", "s"),
        ("公司", True, "TRUE", "s"),
        ("公司", LookUp("@staff", "wang", "王芳"), "wang", "s"),
        ("生日", date(2026, 1, 2), date(2026, 1, 2), "d"),
        ("生日", "2026-01-02", date(2026, 1, 2), "d"),
        ("生日", "五月", "五月", "s"),
        ("生日", 5, "5", "s"),
    ],
)
def test_a_value_is_stored_as_its_cell_stores_values(
    path: Path, field: str, value: Value, shown: Value, stored: str
) -> None:
    before = sheet_of(path)["A3:H3"][0]
    receipt = books.change(path, "K1", {field: value})
    assert receipt.outcome is Outcome.DONE, receipt
    assert receipt.record is not None
    assert (receipt.record.fields[field], type(receipt.record.fields[field])) == (shown, type(shown))
    column = books.HEADINGS.index(field)
    cell = sheet_of(path)["A3:H3"][0][column]
    assert cell.data_type == stored
    assert cell.number_format == before[column].number_format
    read = calamine(path)[2][column]
    assert read == (float(str(shown)) if stored == "n" else shown)


@pytest.mark.parametrize(
    "value", ["x" * 32_768, "😀" * 16_384, "\ud800", Damaged("x", "y"), ("a", "b"), Decimal("NaN")]
)
def test_what_no_cell_can_hold_is_refused_and_the_rest_is_written(path: Path, value: Value) -> None:
    receipt = books.change(path, "K1", {"联系人": value, "手机": "139"})
    assert receipt.outcome is Outcome.DONE
    assert list(receipt.apart) == ["联系人"]
    assert sheet_of(path)["C3"].value == "张三"
    assert sheet_of(path)["D3"].value == "139"


def test_the_longest_text_that_a_cell_holds(path: Path) -> None:
    text = "长" * 32_767
    assert books.change(path, "K1", {"公司": text}).outcome is Outcome.DONE
    assert books.records(path)[0].fields["公司"] == text


def test_clearing_leaves_the_look(path: Path) -> None:
    assert books.change(path, "K1", {"手机": None, "生日": None, "公司": ""}).outcome is Outcome.DONE
    sheet = sheet_of(path)
    assert [sheet[cell].value for cell in ("B3", "D3", "E3")] == [None, None, None]
    assert sheet["D3"].number_format == "@"
    assert [books.records(path)[0].fields[name] for name in ("公司", "手机", "生日")] == [None, None, None]


def test_an_empty_cell_gets_what_its_column_holds(path: Path) -> None:
    assert books.change(path, "K4", {"生日": date(1970, 7, 7)}).outcome is Outcome.DONE
    assert sheet_of(path)["E6"].is_date


def test_writing_what_stands_there_already_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    receipt = books.change(path, "K1", {"手机": "13800138000", "金额": 1200})
    assert receipt.outcome is Outcome.DONE
    assert path.read_bytes() == before


def test_the_calendar_of_1904_is_written(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    books.rich(path, date_1904=True)
    assert books.change(path, "K1", {"生日": date(2026, 1, 2)}).outcome is Outcome.DONE
    assert books.records(path)[0].fields["生日"] == date(2026, 1, 2)
    assert sheet_of(path)["E3"].value == datetime(2026, 1, 2)  # noqa: DTZ001
    assert books.change(path, "K1", {"生日": date(1903, 1, 2)}).outcome is Outcome.DONE
    assert sheet_of(path)["E3"].value == "1903-01-02"


def small(path: Path, rows: str, looks: tuple[int, ...] = (0,), before: str = "", **more: str) -> TableFacts:
    """A sheet 公司 | 值 with these rows below its headings."""
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>公司</t></is></c><c r="B1" t="inlineStr"><is><t>值</t></is></c></row>'
    books.by_hand(path, books.sheet_xml(head + rows, before=before), styles=books.styles(*looks), **more)
    return TableFacts(("公司", "值"), "公司")


def named(number: int, cell: str = "") -> str:
    return f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>K{number}</t></is></c>{cell}</row>'


def test_a_date_in_a_cell_without_a_date_style_gets_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, named(2, '<c r="B2" s="1"><v>45293</v></c>') + named(3, '<c r="B3"/>') + named(4), (0, 31))
    before = books.members(path.read_bytes())
    books.change(path, "K3", {"值": date(2026, 1, 2)}, facts)
    books.change(path, "K4", {"值": date(2026, 1, 3)}, facts)
    assert '<c r="B3" s="1"><v>46024</v></c>' in books.sheet_of(path)
    assert books.members(path.read_bytes())["xl/styles.xml"] == before["xl/styles.xml"]
    assert [r.fields["值"] for r in books.records(path, facts)] == [
        date(2024, 1, 2),
        date(2026, 1, 2),
        date(2026, 1, 3),
    ]


def test_a_date_where_no_cell_is_a_date_gets_a_style_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, named(2) + named(3) + named(4), (0, 2))
    books.change(path, "K2", {"值": date(2026, 1, 2)}, facts)
    books.change(path, "K3", {"值": datetime(2026, 1, 2, 9, 30, tzinfo=CHINA)}, facts)
    assert books.change(path, "K4", {"值": date(2026, 1, 2)}, facts).outcome is Outcome.DONE
    assert [r.fields["值"] for r in books.records(path, facts)] == [
        date(2026, 1, 2),
        datetime(2026, 1, 2, 9, 30, tzinfo=CHINA),
        date(2026, 1, 2),
    ]
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert [sheet[cell].value for cell in ("B2", "B3", "B4")] == [
        datetime(2026, 1, 2),  # noqa: DTZ001
        datetime(2026, 1, 2, 9, 30),  # noqa: DTZ001
        datetime(2026, 1, 2),  # noqa: DTZ001
    ]
    assert b'<cellXfs count="4">' in books.members(path.read_bytes())["xl/styles.xml"]


def test_a_time_keeps_its_zone(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, named(2, '<c r="B2" s="1"><v>45293.5</v></c>'), (0, 22))
    books.change(path, "K2", {"值": datetime(2026, 1, 2, 1, 30, tzinfo=ZoneInfo("UTC"))}, facts)
    assert books.records(path, facts)[0].fields["值"] == datetime(2026, 1, 2, 9, 30, tzinfo=CHINA)
    assert "<v>46024.395833333336</v>" in books.sheet_of(path)


@pytest.mark.parametrize(
    ("code", "first", "text", "stored"),
    [
        ("0000", "571", "0755", "755"),
        ("h:mm", "0.5", "09:46", repr(586 / 1440)),
        ("[h]:mm", "1.5", "25:30", repr(25.5 / 24)),
        ("h:mm", "0.5", "soon", None),
        ("0000", "571", "75", None),
    ],
)
def test_text_that_a_format_made_goes_back_as_its_number(
    tmp_path: Path, code: str, first: str, text: str, stored: str | None
) -> None:
    path = tmp_path / "book.xlsx"
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>公司</t></is></c><c r="B1" t="inlineStr"><is><t>值</t></is></c></row>'
    xml = books.sheet_xml(head + named(2, f'<c r="B2" s="1"><v>{first}</v></c>'))
    books.by_hand(path, xml, styles=books.styles(0, 300, codes={300: code}))
    facts = TableFacts(("公司", "值"), "公司")
    assert books.change(path, "K2", {"值": text}, facts).outcome is Outcome.DONE
    assert books.records(path, facts)[0].fields["值"] == text
    wanted = (
        f'<c r="B2" s="1"><v>{stored}</v></c>'
        if stored
        else f'<c r="B2" s="1" t="inlineStr"><is><t>{text}</t></is></c>'
    )
    assert wanted in books.sheet_of(path)


def test_a_sheet_with_prefixes_is_written_in_kind(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, named(2, '<c r="B2"><v>1</v></c>'))

    def prefixed(parts: dict[str, bytes]) -> None:
        xml = books.sheet_xml("").split("<sheetData>")[0]
        raw = parts["xl/worksheets/sheet1.xml"][len(xml.encode()) :]
        body = raw.decode().replace("<", "<x:").replace("<x:/", "</x:").replace("</x:worksheet>", "")
        parts["xl/worksheets/sheet1.xml"] = f'<x:worksheet xmlns:x="{MAIN}">{body}</x:worksheet>'.encode()

    books.with_parts(path, prefixed)
    books.change(path, "K2", {"值": "新"}, facts)
    books.write(path, books.create({"公司": "K9", "值": "9"}), facts=facts)
    assert [(r.key, r.fields["值"]) for r in books.records(path, facts)] == [("K2", "新"), ("K9", "9")]
    assert calamine(path)[1:] == [["K2", "新"], ["K9", "9"]]


def test_a_sheet_without_references_is_written_at_the_right_places(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, named(2, '<c r="B2"><v>1</v></c>') + named(3))

    def bare(parts: dict[str, bytes]) -> None:
        xml = parts["xl/worksheets/sheet1.xml"].decode()
        for ref in ("A1", "B1", "A2", "B2", "A3", "1", "2", "3"):
            xml = xml.replace(f' r="{ref}"', "")
        parts["xl/worksheets/sheet1.xml"] = xml.encode()

    books.with_parts(path, bare)
    books.change(path, "K3", {"值": "三"}, facts)
    books.change(path, "K2", {"公司": "K2", "值": 2}, facts)
    books.write(path, books.create({"公司": "K4", "值": "四"}), facts=facts)
    expected = [["公司", "值"], ["K2", 2], ["K3", "三"], ["K4", "四"]]
    assert [[cell.value for cell in row] for row in sheet_of(path)] == expected


def test_an_empty_sheet_with_headings_gets_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = small(path, "")
    assert books.records(path, facts) == []
    books.write(
        path, books.create({"公司": "K2", "值": "1"}, number=1), books.create({"公司": "K3"}, number=2), facts=facts
    )
    assert [record.key for record in books.records(path, facts)] == ["K2", "K3"]


def test_two_creates_with_one_key_make_one_row(path: Path) -> None:
    receipts = books.write(
        path, books.create({"编号": "K9", "公司": "x"}, number=1), books.create({"编号": "K9", "公司": "y"}, number=2)
    )
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.DUPLICATE]
    assert receipts[1].key == "K9"
    (again,) = books.write(path, books.create({"编号": "K1", "公司": "x"}))
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, "K1")


# ------------------------------------------------------------------------------ rows drawn down, totals, tables


def drawn_down(path: Path) -> None:
    """Three customers, and a formula drawn down to row 20 in advance."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(SHEET)
    for column, name in enumerate(("公司", "金额", "含税")):
        sheet.write_string(0, column, name)
    for row in range(1, 20):
        if row < 4:
            sheet.write_string(row, 0, f"K{row}")
            sheet.write_number(row, 1, row)
        sheet.write_formula(row, 2, f'=IF(B{row + 1}="","",B{row + 1}*2)', None, row * 2 if row < 4 else "")
    book.close()


def test_formulas_drawn_down_in_advance_are_no_records_and_get_the_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    drawn_down(path)
    facts = TableFacts(("公司", "金额", "含税"), "公司")
    assert [record.key for record in books.records(path, facts)] == ["K1", "K2", "K3"]
    (receipt,) = books.write(path, books.create({"公司": "K4", "金额": 4, "含税": 5}), facts=facts)
    assert receipt.outcome is Outcome.DONE
    assert list(receipt.apart) == ["含税"]
    sheet = sheet_of(path)
    assert [cell.value for cell in sheet[5]] == ["K4", 4, '=IF(B5="","",B5*2)']
    assert books.sheet_of(path).count("<f>") == 19


def with_total(path: Path, more: str = "") -> TableFacts:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, ["公司", "电话", "金额"])
    for row in range(1, 4):
        sheet.write_row(row, 0, [f"K{row}", f"138{row}", row])
    sheet.write_string(4, 0, "合计", bold)
    sheet.write_formula(4, 2, "=SUM(C2:C4)", bold, 6)
    if more:
        sheet.write_formula(4, 4, more)
    book.close()
    return TableFacts(("公司", "电话", "金额"), "公司", where={"公司": {"not": ("合计",)}})


def test_new_rows_come_above_the_total_which_takes_them_in(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = with_total(path)
    changes = [books.create({"公司": f"N{n}", "金额": 10}, number=n) for n in range(2)]
    assert [receipt.outcome for receipt in books.write(path, *changes, facts=facts)] == [Outcome.DONE] * 2
    sheet = sheet_of(path)
    assert [sheet.cell(row, 1).value for row in range(1, 8)] == ["公司", "K1", "K2", "K3", "N0", "N1", "合计"]
    assert sheet["C7"].value == "=SUM(C2:C6)"
    assert sheet["A7"].font.b
    assert not sheet["A5"].font.b
    assert openpyxl.load_workbook(path, data_only=True)[SHEET]["C7"].value is None
    (receipt,) = books.write(path, books.create({"公司": "N9", "金额": 1}), facts=facts)
    assert receipt.outcome is Outcome.DONE
    assert sheet_of(path)["C8"].value == "=SUM(C2:C7)"


def test_a_total_that_others_read_stays_and_the_create_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = with_total(path, "=C5*2")
    before = path.read_bytes()
    (receipt,) = books.write(path, books.create({"公司": "N1", "金额": 10}), facts=facts)
    assert receipt.outcome is Outcome.REJECTED
    assert "total" in receipt.detail
    assert path.read_bytes() == before


def listed(path: Path, *, totals: bool = False) -> TableFacts:
    """A ListObject over the records."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(SHEET)
    columns: list[dict[str, str]] = [{"header": "公司"}, {"header": "电话"}, {"header": "金额"}]
    if totals:
        columns[0]["total_string"], columns[2]["total_function"] = "合计", "sum"
    for row in range(3):
        sheet.write_row(row + 1, 0, [f"K{row + 1}", f"138{row}", row + 1])
    sheet.add_table(0, 0, 4 if totals else 3, 2, {"name": "客户表", "columns": columns, "total_row": totals})
    other = book.add_worksheet("汇总")
    other.write_formula(0, 0, "=SUM(客户表[金额])", None, 6)
    book.close()
    return TableFacts(("公司", "电话", "金额"), "公司", "offbook_id")


def test_a_table_takes_in_new_rows_and_our_column(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = listed(path)
    (receipt,) = books.write(path, books.create({"公司": "K4", "金额": 4}, TOKEN), facts=facts)
    assert receipt.outcome is Outcome.DONE
    table = sheet_of(path).tables["客户表"]
    assert (table.ref, table.autoFilter.ref) == ("A1:D5", "A1:D5")
    assert [column.name for column in table.tableColumns] == ["公司", "电话", "金额", "offbook_id"]
    assert len({column.id for column in table.tableColumns}) == 4
    sheet = sheet_of(path)
    assert (sheet["D1"].value, sheet["D5"].value) == ("offbook_id", TOKEN)
    assert openpyxl.load_workbook(path, data_only=True)["汇总"]["A1"].value is None
    assert [record.key for record in books.records(path, facts)] == ["K1", "K2", "K3", "K4"]


def test_the_totals_row_of_a_table_is_no_record_and_stays_last(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = listed(path, totals=True)
    assert [record.key for record in books.records(path, facts)] == ["K1", "K2", "K3"]
    (receipt,) = books.write(path, books.create({"公司": "K4", "金额": 4}, TOKEN), facts=facts)
    assert receipt.outcome is Outcome.DONE, receipt
    sheet = sheet_of(path)
    table = sheet.tables["客户表"]
    assert (table.ref, table.autoFilter.ref, table.totalsRowCount) == ("A1:D6", "A1:D5", 1)
    assert [sheet.cell(row, 1).value for row in range(1, 7)] == ["公司", "K1", "K2", "K3", "K4", "合计"]
    assert "SUBTOTAL" in str(sheet["C6"].value)


def test_a_table_keeps_its_last_row(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = listed(path)
    found = books.records(path, facts)
    receipts = books.write(path, *(books.delete(record, n) for n, record in enumerate(found)), facts=facts)
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    assert books.records(path, facts) == []
    assert sheet_of(path).tables["客户表"].ref == "A1:C4"


# ------------------------------------------------------------------------------ our id


OURS = TableFacts(FACTS.fields, None, "offbook_id")


def test_a_row_that_is_written_gets_an_id_and_its_column(path: Path) -> None:
    found = books.records(path, OURS)
    assert all(record.place for record in found)
    receipts = books.write(path, *(books.update(r, {"联系人": "新"}, n) for n, r in enumerate(found[:2])), facts=OURS)
    keys = [receipt.key for receipt in receipts]
    assert all(receipt.outcome is Outcome.DONE for receipt in receipts)
    sheet = sheet_of(path)
    assert sheet["I2"].value == "offbook_id"
    assert [sheet[f"I{row}"].value for row in range(3, 7)] == [*keys, None, None]
    assert sheet["I2"].font.b, "the heading looks as its neighbour"
    assert sheet.auto_filter.ref == "A2:I6", "what sorts the records takes the ids along"
    assert [(r.key, r.place) for r in books.records(path, OURS)] == [
        (keys[0], False),
        (keys[1], False),
        ("#5", True),
        ("#6", True),
    ]


def test_an_id_that_only_stands_in_a_receipt_finds_its_row(path: Path) -> None:
    (receipt,) = books.write(path, books.create({"公司": "x"}, TOKEN), facts=OURS)
    assert receipt.key == TOKEN
    (again,) = books.write(path, books.create({"公司": "x"}, TOKEN), facts=OURS)
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, TOKEN)
    found = list(books.opened(path, OURS).find(SHEET, [TOKEN], ["公司"]))
    assert [(token, record.fields["公司"]) for token, record in found] == [(TOKEN, "x")]


def test_a_key_that_people_add_later_takes_over_from_our_id(path: Path) -> None:
    books.write(path, books.create({"公司": "x"}, TOKEN), facts=OURS)
    book = openpyxl.load_workbook(path)
    book[SHEET]["A7"].value = "K9"
    book.save(path)
    both = TableFacts(FACTS.fields, "编号", "offbook_id")
    (moved,) = books.opened(path, both).fetch(SHEET, [TOKEN], ["公司"])
    assert (moved.state, moved.into) == ("moved", "K9")


def lines(path: Path, *rows: list[object]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    for row in rows:
        sheet.append(row)
    book.save(path)


TWO = TableFacts(("公司", "电话"), None, "offbook_id")


def test_our_column_comes_behind_the_last_one_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    lines(path, ["公司", "电话", "备注"], ["a", "1", "x", "typed beside"], ["b", "2", None, None])
    books.write(path, books.update(books.records(path, TWO)[1], {"电话": "3"}), facts=TWO)
    assert sheet_of(path)["E1"].value == "offbook_id", "column D holds something without a heading"
    assert books.records(path, TWO)[0].fields == {"公司": "a", "电话": "1"}


def test_our_column_never_joins_two_lists_that_stand_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    lines(path, ["公司", "电话", None, "级别", "说明"], ["a", "1", None, "A", "vip"])
    before = path.read_bytes()
    with pytest.raises(SourceRefused, match="put a column with this heading there"):
        books.write(path, books.update(books.records(path, TWO)[0], {"电话": "3"}), facts=TWO)
    assert path.read_bytes() == before


def test_our_column_under_two_lines_of_headings(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    lines(path, ["基本", None], ["公司", "电话"], ["a", "1"])
    book = openpyxl.load_workbook(path)
    book[SHEET].merge_cells("A1:B1")
    book.save(path)
    facts = TableFacts(("基本/公司", "基本/电话"), None, "offbook_id")
    (record,) = books.records(path, facts)
    (receipt,) = books.write(path, books.update(record, {"基本/电话": "3"}), facts=facts)
    assert receipt.outcome is Outcome.DONE
    assert sheet_of(path)["C2"].value == "offbook_id"
    assert [(r.key, r.place) for r in books.records(path, facts)] == [(receipt.key, False)]


def test_without_headings_the_id_column_is_named_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    lines(path, ["a", "1"], ["b", "2"])
    facts = TableFacts(("@A", "@B"), None, "@D")
    found = books.records(path, facts, headings=False)
    assert [(r.key, r.fields) for r in found] == [("#1", {"@A": "a", "@B": "1"}), ("#2", {"@A": "b", "@B": "2"})]
    (receipt,) = books.write(path, books.update(found[1], {"@B": "3"}), facts=facts, headings=False)
    assert receipt.outcome is Outcome.DONE
    assert sheet_of(path)["D2"].value == receipt.key
    (new,) = books.write(path, books.create({"@A": "c"}, TOKEN), facts=facts, headings=False)
    assert new.key == TOKEN
    assert [r.key for r in books.records(path, facts, headings=False)] == ["#1", receipt.key, TOKEN]
