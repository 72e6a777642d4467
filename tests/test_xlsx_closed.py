"""Which cells, sheets and files are not written, or not read, and is that said in words?"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table as ListObject
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import Connector, Damaged, Outcome, Query, SourceError, SourceRefused, TableFacts
from tests import xlsx_books as books
from tests.xlsx_books import SHEET

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    books.rich(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def pull(connector: Connector) -> None:
    list(connector.pull(Query(SHEET, books.FACTS.fields)))


def notes(path: Path) -> str:
    return "\n".join(f"{found.level} {found.code} {found.text}" for found in books.opened(path).check())


# ------------------------------------------------------------------------------ cells


def grid(path: Path, change: Callable[[Worksheet], None]) -> TableFacts:
    """Rows 公司 | 联系人 | 电话 of two companies with two persons each, and what `change` does to them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    for row in (["公司", "联系人", "电话"], ["甲", "一", "1"], [None, "二", "2"], ["乙", "三", "3"], [None, "四", "4"]):
        sheet.append(row)
    change(sheet)
    book.save(path)
    return TableFacts(("公司", "联系人", "电话"), "联系人")


def test_what_is_merged_over_several_records_shows_in_each_and_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"

    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("A4:A5")

    facts = grid(path, merge)
    found = books.records(path, facts)
    assert [record.fields["公司"] for record in found] == ["甲", "甲", "乙", "乙"]
    assert all(record.locked == {"公司"} for record in found)
    receipt = books.change(path, "二", {"公司": "丙", "电话": "9"}, facts)
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.DONE, ["公司"])
    assert [record.fields["公司"] for record in books.records(path, facts)] == ["甲", "甲", "乙", "乙"]
    (deleted,) = books.write(path, books.delete(books.records(path, facts)[1]), facts=facts)
    assert deleted.outcome is Outcome.REJECTED
    assert "merged" in deleted.detail
    assert books.write(path, books.create({"公司": "丁", "联系人": "五"}), facts=facts)[0].outcome is Outcome.DONE
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A2:A3", "A4:A5"]


def test_cells_merged_within_a_row_are_written_in_the_first(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = grid(path, lambda sheet: sheet.merge_cells("A3:B3"))
    facts = TableFacts(facts.fields, "电话")
    shown = books.records(path, facts)[1]
    assert shown.fields == {"公司": None, "联系人": None, "电话": "2"}
    assert shown.locked == {"联系人"}
    assert books.change(path, "2", {"公司": "甲"}, facts).outcome is Outcome.DONE
    assert books.change(path, "2", {"联系人": "甲"}, facts).outcome is Outcome.REJECTED


def test_cells_that_an_array_formula_fills_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"

    def fill(sheet: Worksheet) -> None:
        sheet["C2"] = ArrayFormula("C2:C3", "=ROW(C2:C3)")
        sheet["C3"].value = 3

    facts = grid(path, fill)
    assert [record.locked for record in books.records(path, facts)] == [{"电话"}, {"电话"}, frozenset(), frozenset()]
    assert books.change(path, "二", {"电话": "9"}, facts).outcome is Outcome.REJECTED


def test_shared_formulas_are_closed_and_survive(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    formulas = ['<f t="shared" ref="C2:C4" si="0">B2*2</f>', *['<f t="shared" si="0"/>'] * 2]
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>K{n}</t></is></c><c r="B{n}"><v>{n}</v></c>'
        f'<c r="C{n}">{formula}<v>{n * 2}</v></c></row>'
        for n, formula in enumerate(formulas, start=2)
    )
    heads = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in zip("ABC", ("公司", "金额", "双倍"))
    )
    books.by_hand(path, books.sheet_xml(f'<row r="1">{heads}</row>{cells}'))
    facts = TableFacts(("公司", "金额", "双倍"), "公司")
    assert [record.fields["双倍"] for record in books.records(path, facts)] == [4, 6, 8]
    assert books.change(path, "K3", {"金额": 30}, facts).outcome is Outcome.DONE
    xml = books.sheet_of(path)
    assert '<c r="C3"><f t="shared" si="0"/></c>' in xml, "its own result is gone"
    assert '<c r="C2"><f t="shared" ref="C2:C4" si="0">B2*2</f><v>4</v></c>' in xml
    assert '<c r="C4"><f t="shared" si="0"/><v>8</v></c>' in xml
    assert [record.fields["双倍"] for record in books.records(path, facts)] == [4, Damaged("not_calculated", "="), 8]


def with_pivot(parts: dict[str, bytes]) -> None:
    kind = f"{OFFICE}/pivotTable"
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    link = f'<Relationship Id="rIdP" Type="{kind}" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    parts[rels] = parts[rels].replace(b"</Relationships>", link.encode())
    parts["xl/pivotTables/pivotTable1.xml"] = (
        f'<pivotTableDefinition xmlns="{books.MAIN}" name="p" cacheId="1"><location ref="C5:D6" firstHeaderRow="1" '
        'firstDataRow="1" firstDataCol="1"/></pivotTableDefinition>'
    ).encode()


def test_cells_of_a_pivot_table_are_closed_and_its_parts_survive(path: Path) -> None:
    books.with_parts(path, with_pivot)
    assert [record.locked for record in books.records(path)] == [
        frozenset(),
        frozenset(),
        {"联系人", "手机"},
        {"联系人", "手机"},
    ]
    before = books.raw_members(path.read_bytes())
    receipt = books.change(path, "K3", {"手机": "1", "金额": 9})
    assert list(receipt.apart) == ["手机"]
    after = books.raw_members(path.read_bytes())
    assert after["xl/pivotTables/pivotTable1.xml"] == before["xl/pivotTables/pivotTable1.xml"]


# ------------------------------------------------------------------------------ sheets and books that are only read


def protect(parts: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", b'</sheetData><sheetProtection sheet="1" objects="1"/>')


def sign(parts: dict[str, bytes]) -> None:
    parts["_xmlsignatures/origin.sigs"] = b""


def share(parts: dict[str, bytes]) -> None:
    parts["xl/revisions/revisionHeaders.xml"] = b"<headers/>"


def make_strict(parts: dict[str, bytes]) -> None:
    pairs = (
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    )
    for name, data in parts.items():
        for old, new in pairs:
            data = data.replace(old, new)
        parts[name] = data


def comment(parts: dict[str, bytes]) -> None:
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"<sheetData>", b"<sheetData><!-- by hand -->")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (protect, "protected"),
        (sign, "signed"),
        (share, "tracked changes"),
        (make_strict, "strict"),
        (comment, "unusual"),
    ],
)
def test_what_would_lose_something_is_only_read_and_check_says_why(
    path: Path, change: Callable[[dict[str, bytes]], None], said: str
) -> None:
    whole = [dict(record.fields) for record in books.records(path)]
    books.with_parts(path, change)
    assert [dict(record.fields) for record in books.records(path)] == whole
    assert books.opened(path).describe(SHEET).can.ops == frozenset()
    assert said in notes(path)
    before = path.read_bytes()
    with pytest.raises(SourceRefused):
        books.change(path, "K1", {"手机": "1"})
    assert path.read_bytes() == before


def test_a_table_that_is_refilled_from_outside_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    for row in (["公司", "电话"], ["甲", "1"]):
        sheet.append(row)
    sheet.add_table(ListObject(displayName="从库里", ref="A1:B2", tableType="queryTable"))
    book.save(path)
    facts = TableFacts(("公司", "电话"), "公司")
    assert books.records(path, facts)[0].fields["电话"] == "1"
    assert books.opened(path, facts).describe(SHEET).can.ops == frozenset()


@pytest.mark.skipif(os.name == "nt", reason="modes are not what keeps a file from being written on Windows")
def test_a_read_only_file_is_only_read(path: Path) -> None:
    path.chmod(stat.S_IRUSR)
    assert books.opened(path).describe(SHEET).can.ops == frozenset()
    assert "read-only" in notes(path)


# ------------------------------------------------------------------------------ files that are no workbooks

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
BROKEN = {
    "password": ("a.xlsx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "password"),
    "password on the old format": ("a.xls", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "password"),
    "rights": ("a.xlsx", COMPOUND + "DRMEncryptedDataSpace".encode("utf-16-le"), "rights management"),
    "an old book renamed": ("a.xlsx", COMPOUND, "under another name"),
    "an old book that is broken": ("a.xls", COMPOUND, "no readable workbook"),
    "wps": ("a.et", COMPOUND, "WPS"),
    "a web page": ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
    "text": ("a.xlsx", "公司,电话\n".encode(), "no workbook inside"),
    "empty": ("a.xlsx", b"", "empty"),
    "another ending": ("a.docx", b"PK\x03\x04", "no workbook"),
    "half a zip": ("a.xlsx", b"PK\x03\x04 and then nothing", "no readable workbook"),
}


@pytest.mark.parametrize(("name", "content", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceRefused, match=said):
        pull(books.opened(path))
    (found,) = books.opened(path).check()
    assert found.level == "error"
    assert said in found.text


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    books.pack(path, {"readme.txt": b"hello"})
    with pytest.raises(SourceRefused, match="no workbook"):
        pull(books.opened(path))


def test_entities_are_not_expanded(path: Path) -> None:
    def bomb(parts: dict[str, bytes]) -> None:
        text = parts["xl/workbook.xml"].decode()
        head, _, rest = text.partition("?>")
        parts["xl/workbook.xml"] = f'{head}?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>{rest}'.encode()

    books.with_parts(path, bomb)
    with pytest.raises(SourceRefused, match=r"damaged in its part xl/workbook\.xml"):
        pull(books.opened(path))


def test_a_sync_clients_copy_is_refused(path: Path) -> None:
    copy = path.with_name("book(1).xlsx")
    copy.write_bytes(path.read_bytes())
    with pytest.raises(SourceRefused, match="copy"):
        pull(books.opened(copy))
    assert "copy" in notes(path)


def test_a_missing_file_and_a_missing_sheet(path: Path) -> None:
    with pytest.raises(SourceRefused, match="there is no file"):
        pull(books.opened(path.with_name("nowhere.xlsx")))
    with pytest.raises(SourceRefused, match="there is: 客户, 汇总, 列表"):
        books.opened(path, table="客户们").describe("客户们")


def test_a_heading_that_vanished_is_said_with_what_is_there(path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"手机号码.*手机"):
        books.records(path, TableFacts(("公司", "手机号码"), "编号"))


# ------------------------------------------------------------------------------ open elsewhere


def test_an_open_book_defers_everything_and_says_who_and_since_when(path: Path) -> None:
    owner = path.with_name("~$book.xlsx")
    name = "王芳"
    owner.write_bytes(b"\x04wang" + b" " * 50 + len(name).to_bytes(2, "little") + name.encode("utf-16-le") + b"\0" * 90)
    found = books.records(path)
    before = path.read_bytes()
    receipts = books.write(path, *(books.update(r, {"手机": "1"}, n) for n, r in enumerate(found)), wait=30)
    assert {receipt.outcome for receipt in receipts} == {Outcome.DEFERRED}
    assert all(name in receipt.detail and " since 20" in receipt.detail for receipt in receipts)
    assert path.read_bytes() == before
    assert name in notes(path)
    owner.unlink()
    assert books.change(path, "K1", {"手机": "1"}).outcome is Outcome.DONE


# ------------------------------------------------------------------------------ several sheets


def test_the_tables_are_the_sheets_that_a_reader_sees_and_those_that_are_mapped(path: Path) -> None:
    assert list(books.opened(path).tables()) == [SHEET, "汇总"]
    assert list(books.opened(path, TableFacts(), "列表").tables()) == [SHEET, "汇总", "列表"]
    book = openpyxl.load_workbook(path)
    book.create_sheet("Sheet3")
    book.save(path)
    assert list(books.opened(path).tables()) == [SHEET, "汇总"], "an empty sheet is no table"


def test_a_path_with_a_star_is_the_newest_by_name(path: Path) -> None:
    for number in (9, 10):
        path.with_name(f"book{number}.xlsx").write_bytes(path.read_bytes())
    books.change(path.with_name("book10.xlsx"), "K1", {"手机": "10"})
    assert books.records(path.with_name("book1*.xlsx"))[0].fields["手机"] == "10"
    with pytest.raises(SourceError, match="no file meets"):
        books.records(path.with_name("other*.xlsx"))


def test_headings_that_stand_twice_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    facts = grid(path, lambda sheet: setattr(sheet["A1"], "value", "电话"))
    facts = TableFacts(("电话", "电话#2", "@B"), "联系人")
    assert books.records(path, facts)[0].fields == {"电话": "甲", "电话#2": "1", "@B": "一"}
    found = {field.id for field in books.opened(path, facts).describe(SHEET).fields}
    assert {"电话", "电话#2", "@B"} <= found
    assert books.change(path, "一", {"电话#2": "9"}, facts).outcome is Outcome.DONE
    assert openpyxl.load_workbook(path)[SHEET]["C2"].value == "9"
    assert any(found.code == "doubled_heading" for found in books.opened(path, facts).check())
