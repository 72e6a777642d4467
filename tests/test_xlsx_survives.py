"""Does everything that people and programs put into a workbook survive our writes?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import Damaged, Op, Outcome, TableFacts
from tests import xlsx_books as books
from tests.xlsx_books import SHEET

SHEET_PART = "xl/worksheets/sheet1.xml"
OTHER_PART = "xl/worksheets/sheet2.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    books.rich(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def changed_parts(path: Path, do: Callable[[], Any]) -> set[str]:
    """Which members differ afterwards, in as much as a byte of their headers."""
    before = books.raw_members(path.read_bytes())
    do()
    after = books.raw_members(path.read_bytes())
    assert list(after) == list(before), "members come and go, or stand in another order"
    return {name for name, raw in before.items() if after[name] != raw}


def inventory(path: Path) -> dict[str, object]:
    """What another program finds around the cells."""
    book = openpyxl.load_workbook(path)
    found: dict[str, object] = {"names": sorted(book.defined_names)}
    for sheet in book.worksheets:
        assert isinstance(sheet, Worksheet)
        found[sheet.title] = {
            "validations": [(str(one.sqref), one.formula1) for one in sheet.data_validations.dataValidation],
            "rules": [(str(one.sqref), [rule.type for rule in one.rules]) for one in sheet.conditional_formatting],
            "merged": sorted(map(str, sheet.merged_cells.ranges)),
            "comments": {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment},
            "links": {c.coordinate: c.hyperlink.target for row in sheet.iter_rows() for c in row if c.hyperlink},
            "charts": len(sheet._charts),  # type: ignore[attr-defined]
            "images": len(sheet._images),  # type: ignore[attr-defined]
            "filter": sheet.auto_filter.ref,
            "freeze": sheet.freeze_panes,
            "print": (
                sheet.print_area,
                sheet.print_title_rows,
                sheet.oddHeader.center.text if sheet.oddHeader else None,
            ),
            "widths": {name: one.width for name, one in sheet.column_dimensions.items()},
            "hidden": [number for number, one in sheet.row_dimensions.items() if one.hidden],
            "state": sheet.sheet_state,
            "styles": {c.coordinate: (c.number_format, c.fill.fgColor.rgb) for row in sheet.iter_rows() for c in row},
            "formulas": {c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"},
        }
    return found


def test_an_update_changes_its_sheet_and_what_depends_on_it_alone(path: Path) -> None:
    assert changed_parts(path, lambda: books.change(path, "K1", {"手机": "139"})) == {SHEET_PART}


def test_an_update_changes_its_cell_alone(path: Path) -> None:
    before = books.sheet_of(path)
    books.change(path, "K1", {"联系人": "张三丰"})
    after = books.sheet_of(path)
    old, new = '<c r="C3" t="s"><v>11</v></c>', '<c r="C3" t="inlineStr"><is><t>张三丰</t></is></c>'
    assert before.count(old) == 1
    assert after == before.replace(old, new)


def test_what_another_program_finds_is_the_same_after_an_update(path: Path) -> None:
    before = inventory(path)
    assert books.change(path, "K3", {"公司": "别家", "生日": date(1999, 1, 2), "金额": "5"}).outcome is Outcome.DONE
    assert inventory(path) == before


def test_after_a_create_the_ranges_take_in_the_new_row(path: Path) -> None:
    before = inventory(path)
    (receipt,) = books.write(path, books.create({"编号": "K5", "公司": "新公司", "级别": "B", "金额": 3}))
    assert receipt.outcome is Outcome.DONE
    after = inventory(path)
    one, other = after[SHEET], before[SHEET]
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert one["validations"] == [("G3:G7", "列表!$A$1:$A$3")]
    assert [ranges for ranges, _ in one["rules"]] == ["F3:F7", "A3:H7"]
    assert one["filter"] == "A2:H7"
    assert "$A$1:$H$7" in str(one["print"])
    assert 7 not in one["hidden"]
    for name in ("merged", "comments", "links", "images", "freeze", "widths", "hidden", "formulas"):
        assert one[name] == other[name], name
    for column in "ABCDEFGH":
        assert one["styles"][f"{column}7"] == other["styles"][f"{column}6"], "the new row looks as the one above"
    assert {**after, SHEET: 0} == {**before, SHEET: 0}
    assert "客户!$A$2:$H$7" in books.members(path.read_bytes())["xl/workbook.xml"].decode()


def test_macros_survive(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsm"
    books.rich(path)

    def add_macros(parts: dict[str, bytes]) -> None:
        parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 not really macros"
        types = parts["[Content_Types].xml"].decode()
        types = types.replace("spreadsheetml.sheet.main+xml", "ms-excel.sheet.macroEnabled.main+xml")
        extra = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
        parts["[Content_Types].xml"] = types.replace("</Types>", extra).encode()

    books.with_parts(path, add_macros)
    assert changed_parts(path, lambda: books.change(path, "K1", {"手机": "139"})) == {SHEET_PART}
    assert books.members(path.read_bytes())["xl/vbaProject.bin"].endswith(b"macros")


def test_a_row_that_the_filter_hides_is_read_written_and_stays_hidden(path: Path) -> None:
    assert books.change(path, "K4", {"联系人": "赵云"}).outcome is Outcome.DONE
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert sheet.row_dimensions[6].hidden
    assert sheet["C6"].value == "赵云"


# ------------------------------------------------------------------------------ formulas


def test_formulas_are_read_locked_and_kept(path: Path) -> None:
    facts = TableFacts(("公司", "小计"), "编号")
    found = books.records(path, facts)
    assert [record.fields["小计"] for record in found] == [2400, 177, 0, -10]
    assert all(record.locked == {"小计"} for record in found)
    described = books.opened(path, facts).describe(SHEET)
    assert {field.id: field.on_update for field in described.fields}["小计"] is False
    receipt = books.change(path, "K1", {"小计": 5, "公司": "换了"}, facts)
    assert receipt.outcome is Outcome.DONE
    assert receipt.apart["小计"][0] is Outcome.REJECTED
    assert books.records(path, facts)[0].fields["公司"] == "换了"
    assert openpyxl.load_workbook(path)[SHEET]["H3"].value == "=F3*2"
    before = path.read_bytes()
    assert books.change(path, "K1", {"小计": 7}, facts).outcome is Outcome.REJECTED
    assert path.read_bytes() == before


def test_results_that_no_longer_hold_are_taken_out_and_no_others(path: Path) -> None:
    def results() -> dict[str, object]:
        book = openpyxl.load_workbook(path, data_only=True)
        cells = {f"{SHEET}!H3", f"{SHEET}!H4", "汇总!B1", "汇总!B2", "汇总!B3", "汇总!B4"}
        return {cell: book[cell.split("!")[0]][cell.split("!")[1]].value for cell in cells}

    before = results()
    assert None not in before.values()
    assert changed_parts(path, lambda: books.change(path, "K2", {"金额": 100})) == {SHEET_PART, OTHER_PART}
    after = results()
    assert {cell for cell, value in after.items() if value is None} == {f"{SHEET}!H4", "汇总!B1", "汇总!B2"}
    assert {cell: value for cell, value in after.items() if value is not None} == {
        f"{SHEET}!H3": 2400,
        "汇总!B3": 2,
        "汇总!B4": 2,
    }
    books.change(path, "K2", {"级别": "A"})
    assert results()["汇总!B4"] is None


def test_the_book_is_to_be_calculated_when_it_is_opened_next(path: Path) -> None:
    def forget(parts: dict[str, bytes]) -> None:
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")

    books.with_parts(path, forget)
    assert changed_parts(path, lambda: books.change(path, "K2", {"联系人": "谁"})) == {SHEET_PART}
    changed = changed_parts(path, lambda: books.change(path, "K2", {"金额": 100}))
    assert changed == {SHEET_PART, OTHER_PART, "xl/workbook.xml"}
    assert b'fullCalcOnLoad="1"' in books.members(path.read_bytes())["xl/workbook.xml"]


def test_a_result_that_is_not_known_is_no_empty_cell(path: Path) -> None:
    facts = TableFacts(("公司", "金额", "小计"), "编号")
    books.change(path, "K2", {"金额": 100}, facts)
    shown = books.records(path, facts)[1]
    assert shown.fields["小计"] == Damaged("not_calculated", "=F4*2")


def test_calculating_again_is_no_edit(path: Path) -> None:
    before = [record.version for record in books.records(path)]
    raw = books.sheet_of(path)

    def calculate(parts: dict[str, bytes]) -> None:
        parts[SHEET_PART] = raw.replace("<v>2400</v>", "<v>9999</v>").encode()

    books.with_parts(path, calculate)
    assert books.sheet_of(path) != raw
    assert [record.version for record in books.records(path)] == before


# ------------------------------------------------------------------------------ deleting


def plain_book(path: Path, people: int = 6, after: str = "", cells: str = "") -> None:
    """No formulas, nothing that hangs on rows but what `after` says."""
    heads = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for letter, name in zip("ABC", ("编号", "公司", "电话"))
    )
    rows = "".join(
        f'<row r="{n}" spans="1:3"><c r="A{n}" t="inlineStr"><is><t>K{n}</t></is></c>'
        f'<c r="B{n}" t="inlineStr"><is><t>公司{n}</t></is></c><c r="C{n}"><v>{n}</v></c></row>'
        for n in range(2, people + 2)
    )
    before = f'<dimension ref="A1:C{people + 1}"/>'
    books.by_hand(path, books.sheet_xml(f'<row r="1">{heads}</row>{rows}{cells}', before=before, after=after))


PLAIN = TableFacts(("公司", "电话"), "编号")


def remove(path: Path, *keys: str) -> list[Any]:
    found = {record.key: record for record in books.records(path, PLAIN)}
    return books.write(path, *(books.delete(found[key], n) for n, key in enumerate(keys)), facts=PLAIN)


def test_a_deleted_row_is_taken_out_and_the_rest_moves_up(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    plain_book(path)
    assert [receipt.outcome for receipt in remove(path, "K3", "K5")] == [Outcome.DONE, Outcome.DONE]
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert [cell.value for cell in sheet["A"]] == ["编号", "K2", "K4", "K6", "K7"]
    assert [cell.value for cell in sheet["C"]] == ["电话", 2, 4, 6, 7]
    assert sheet.max_row == 5


def test_ranges_shrink_with_the_rows_that_go(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    after = (
        '<autoFilter ref="A1:C7"/><mergeCells count="1"><mergeCell ref="E7:F7"/></mergeCells>'
        '<conditionalFormatting sqref="A2:C7"><cfRule type="duplicateValues" priority="1"/></conditionalFormatting>'
        '<dataValidations count="1"><dataValidation type="list" sqref="C2:C7 E2"><formula1>"a,b"</formula1></dataValidation>'
        "</dataValidations>"
    )
    plain_book(path, after=after)
    assert remove(path, "K3", "K4")[0].detail.startswith("the file as it was")
    xml = books.sheet_of(path)
    for ranges in ('autoFilter ref="A1:C5"', 'mergeCell ref="E5:F5"', 'sqref="A2:C5"', 'sqref="C2:C5 E2"'):
        assert ranges in xml


RULE = (
    '<conditionalFormatting sqref="A2:C7"><cfRule type="expression" priority="1"><formula>$A2=$A$7</formula></cfRule>'
    "</conditionalFormatting>"
)
TIES = {
    "a formula": ('<row r="8"><c r="A8"><f>SUM(C2:C7)</f><v>27</v></c></row>', ""),
    "a rule that names a row": ("", RULE),
    "merged records": ("", '<mergeCells count="1"><mergeCell ref="E3:E5"/></mergeCells>'),
    "page breaks": ("", '<rowBreaks count="1"><brk id="4" max="16383" man="1"/></rowBreaks>'),
    "a picture": (
        "",
        '<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/>',
    ),
}


@pytest.mark.parametrize(("cells", "after"), TIES.values(), ids=TIES.keys())
def test_where_rows_cannot_move_a_deleted_one_is_emptied_and_that_is_said(
    tmp_path: Path, cells: str, after: str
) -> None:
    path = tmp_path / "book.xlsx"
    plain_book(path, cells=cells, after=after)
    if "drawing" in after:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"

        def add_drawing(parts: dict[str, bytes]) -> None:
            text = f'<Relationship Id="rId1" Type="{kind}" Target="../drawings/drawing1.xml"/>'
            parts["xl/worksheets/_rels/sheet1.xml.rels"] = books._RELATIONS.format(text).encode()
            parts["xl/drawings/drawing1.xml"] = b"<x/>"

        books.with_parts(path, add_drawing)
    (receipt,) = remove(path, "K4")
    assert receipt.outcome is Outcome.DONE
    assert "emptied" in receipt.detail
    assert [record.key for record in books.records(path, PLAIN)] == [f"K{n}" for n in (2, 3, 5, 6, 7)]
    assert openpyxl.load_workbook(path)[SHEET]["A7"].value == "K7"


def test_another_sheet_that_names_this_one_keeps_its_rows(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert sheet["A6"].value == "K4"
    found = {record.key: record for record in books.records(path)}
    (receipt,) = books.write(path, books.delete(found["K1"]))
    assert (receipt.outcome, "emptied" in receipt.detail) == (Outcome.DONE, True)
    after = openpyxl.load_workbook(path)[SHEET]
    assert (after["A3"].value, after["H3"].value, after["A6"].value) == (None, "=F3*2", "K4")
    assert [record.key for record in books.records(path)] == ["K2", "K3", "K4"]


def test_the_links_of_a_deleted_row_go_with_it(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    links = '<hyperlinks><hyperlink ref="B3" location="a"/><hyperlink ref="B4" location="b"/></hyperlinks>'
    plain_book(path, after=links)
    remove(path, "K3")
    assert '<hyperlinks><hyperlink ref="B3" location="b"/></hyperlinks>' in books.sheet_of(path)
    remove(path, "K4")
    assert "hyperlink" not in books.sheet_of(path)


def test_all_rows_may_go(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    plain_book(path)
    remove(path, *(f"K{n}" for n in range(2, 8)))
    assert books.records(path, PLAIN) == []
    (receipt,) = books.write(path, books.create({"编号": "K1", "公司": "x"}), facts=PLAIN)
    assert receipt.outcome is Outcome.DONE
    assert openpyxl.load_workbook(path)[SHEET]["A2"].value == "K1"


def test_the_table_can_do_all_three(path: Path) -> None:
    assert books.opened(path).describe(SHEET).can.ops == {Op.CREATE, Op.UPDATE, Op.DELETE}
