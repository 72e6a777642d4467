"""Is a sheet's XML read the same however it is written, and as other programs read it?"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from connectors.contract import SourceError, TableFacts, Value
from connectors.shared.workbook.book import open_book
from connectors.shared.workbook.scan import Cells, scan, stretches
from connectors.shared.workbook.sheet import Sheet
from connectors.shared.workbook.strings import plain
from connectors.shared.workbook.walk import walk
from tests.xlsx_books import (
    MAIN,
    SHEET,
    by_hand,
    members,
    opened,
    pack,
    records,
    rich,
    sheet_xml,
    update,
    with_parts,
    write,
)

TWO = TableFacts(("公司", "电话"))
PLAIN = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>公司</t></is></c><c r="B1" t="inlineStr"><is><t>电话</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>一</t></is></c><c r="B2"><v>138</v></c></row>'
    '<row r="4"><c r="B4" t="inlineStr"><is><t>139</t></is></c></row>'
)
EXPECTED = [("#2", "一", 138), ("#4", None, "139")]


def shown(path: Path) -> list[tuple[str, Value, Value]]:
    return [(record.key, record.fields["公司"], record.fields["电话"]) for record in records(path, TWO)]


def same(a: Cells, b: Cells) -> None:
    assert a.numbers == b.numbers
    for name in ("row", "column", "start", "formula"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert [a.body[i:j] for i, j in zip(a.start, a.stop) if i >= 0] == [
        b.body[i:j] for i, j in zip(b.start, b.stop) if i >= 0
    ]
    assert [a.looks[i].split() for i in a.look] == [b.looks[i].split() for i in b.look]


# ------------------------------------------------------------------------------ the same, written otherwise

VARIANTS = {
    "as usual": PLAIN,
    "no references": PLAIN.replace(' r="A1"', "").replace(' r="B1"', "").replace(' r="A2"', "").replace(' r="B2"', ""),
    "no row numbers": PLAIN.replace('<row r="1">', "<row>").replace('<row r="2">', "<row>"),
    "single quotes": PLAIN.replace('"', "'"),
    "blanks in tags": PLAIN.replace("<c ", "<c\n  ").replace('">', '" >'),
    "attributes in another order": PLAIN.replace('r="A1" t="inlineStr"', 't="inlineStr" r="A1"'),
    "a comment": PLAIN.replace("</row>", "</row><!-- <c r='A9'> -->", 1),
    "character data": PLAIN.replace("<t>一</t>", "<t><![CDATA[一]]></t>"),
    "lines between": PLAIN.replace("><", ">\n<").replace("<t>\n", "<t>"),
    "styled and empty cells": PLAIN.replace("</row>", '<c r="C9"/><c s="3"></c></row>').replace('r="C9"', 's="1"'),
    "unknown attributes": PLAIN.replace("<row ", '<row spans="1:2" x14ac:dyDescent="0.25" ').replace(
        "<c ", '<c ph="1" '
    ),
    "entities for digits": PLAIN.replace("<v>138</v>", "<v>&#49;38</v>"),
    "long looks": PLAIN.replace("<c ", '<c s="1" ').replace("<c s=", '<c aaaaaaaaaaaaaaaa="bbbbbbbbbbbbbbbbb" s='),
}


@pytest.mark.parametrize("rows", VARIANTS.values(), ids=VARIANTS.keys())
def test_every_way_of_writing_a_sheet_is_read(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "a.xlsx"
    xml = sheet_xml(rows).replace("<worksheet ", '<worksheet xmlns:x14ac="http://schemas.microsoft.com/office/x14ac" ')
    by_hand(path, xml)
    assert shown(path) == EXPECTED


def test_a_sheet_with_prefixes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    body = PLAIN.replace("<", "<x:").replace("<x:/", "</x:")
    by_hand(path, f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{body}</x:sheetData></x:worksheet>')
    assert shown(path) == EXPECTED


def test_a_sheet_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    by_hand(path, sheet_xml(PLAIN).replace("UTF-8", "UTF-16").encode("utf-16"))
    assert shown(path) == EXPECTED


@pytest.mark.parametrize(
    "target", ["/xl/worksheets/sheet1.xml", "worksheets\\sheet1.xml", "./worksheets/../worksheets/sheet1.xml"]
)
def test_targets_may_be_written_in_several_ways(tmp_path: Path, target: str) -> None:
    path = tmp_path / "a.xlsx"
    by_hand(path, sheet_xml(PLAIN), target=target)
    assert shown(path) == EXPECTED


def test_member_names_differ_in_case_and_slashes(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    by_hand(path, sheet_xml(PLAIN))

    def rename(parts: dict[str, bytes]) -> None:
        parts["XL\\Worksheets\\Sheet1.XML"] = parts.pop("xl/worksheets/sheet1.xml")

    with_parts(path, rename)
    assert shown(path) == EXPECTED


def test_a_value_at_the_far_corner_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    by_hand(path, sheet_xml(PLAIN + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))
    assert shown(path) == EXPECTED
    assert list(opened(path, TWO).tables()) == [SHEET]


def test_rows_out_of_order_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = PLAIN.split("</row>")
    by_hand(path, sheet_xml(f"{rows[0]}</row>{rows[2]}</row>{rows[1]}</row>"))
    assert sorted(shown(path)) == sorted(EXPECTED)


# ------------------------------------------------------------------------------ two readers of ours, three of others

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)
values = st.one_of(
    st.none(),
    texts,
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
)
grids = st.lists(st.lists(values, min_size=1, max_size=6), min_size=1, max_size=8)


def made(grid: Sequence[Sequence[object]], *, inline: bool) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": inline, "in_memory": True})
    sheet = book.add_worksheet(SHEET)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, line in enumerate(grid):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, float(str(value)))
            elif column % 2:
                sheet.write_blank(row, column, None, day)
    book.close()
    return out.getvalue()


def ours(data: bytes, width: int) -> dict[tuple[int, int], Value]:
    book = open_book(data, "a.xlsx")
    sheet = Sheet(book, book.sheets[0], __import__("zoneinfo").ZoneInfo("Asia/Shanghai"))
    rows = [row for stretch in sheet.stretches(width) for row in stretch.rows]
    return {(row.number, at): value for row in rows for at, value in enumerate(row.values) if value is not None}


def spelt(value: object) -> str:
    """Comparable between readers: one has floats, one has moments for days."""
    if isinstance(value, bool | str):
        return repr(value)
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.15g}"
    return str(value)[:10]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(grids, st.booleans())
def test_what_is_read_is_what_was_written_and_what_others_read(grid: list[list[object]], inline: bool) -> None:
    data = made(grid, inline=inline)
    width = max(map(len, grid))
    expected = {
        (row, at): spelt(v) for row, line in enumerate(grid, start=1) for at, v in enumerate(line) if v is not None
    }
    assert {place: spelt(value) for place, value in ours(data, width).items()} == expected
    sheet = openpyxl.load_workbook(io.BytesIO(data))[SHEET]
    theirs = {(c.row, c.column - 1): spelt(c.value) for line in sheet.iter_rows() for c in line if c.value is not None}
    assert theirs == expected
    lines = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    rust = {(row, at): spelt(v) for row, line in enumerate(lines, start=1) for at, v in enumerate(line) if v != ""}
    assert rust == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(grids, st.booleans())
def test_the_fast_reader_and_the_general_one_agree(grid: list[list[object]], inline: bool) -> None:
    xml = plain(members(made(grid, inline=inline))["xl/worksheets/sheet1.xml"])
    for body in stretches(xml):
        fast = scan(body)
        if len(body) >= 200 and b">" not in "".join(v for line in grid for v in line if isinstance(v, str)).encode():
            assert fast is not None, "the usual writing is read the fast way"
        if fast is not None:
            same(fast, walk(body))


def test_a_rich_workbook_is_read_the_fast_way(tmp_path: Path) -> None:
    rich(tmp_path / "a.xlsx")
    for name, data in members((tmp_path / "a.xlsx").read_bytes()).items():
        if name.startswith("xl/worksheets/sheet"):
            for body in stretches(plain(data)):
                fast = scan(body)
                assert fast is not None
                same(fast, walk(body))


def test_a_long_sheet_is_cut_between_rows(tmp_path: Path) -> None:
    data = made([[f"text number {row}", row] for row in range(60_000)], inline=True)
    xml = plain(members(data)["xl/worksheets/sheet1.xml"])
    pieces = list(stretches(xml))
    assert len(pieces) > 2
    assert all(piece.startswith(b"<row ") and piece.endswith(b"</row>") for piece in pieces)
    found = ours(data, 2)
    assert len(found) == 120_000
    assert found[60_000, 1] == 59_999


# ------------------------------------------------------------------------------ broken files


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "a.xlsx"
    rich(path)
    return path.read_bytes()


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_a_broken_part_is_an_error_in_words_or_read(tmp_path: Path, sound: bytes, data: st.DataObject) -> None:
    path = tmp_path / "a.xlsx"
    parts = members(sound)
    name = data.draw(st.sampled_from([n for n in parts if n.endswith((".xml", ".rels"))]))
    raw = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    parts[name] = bytes(raw)
    pack(path, parts)
    connector = opened(path)
    with suppress(SourceError):
        connector.check()
        connector.tables()
        connector.describe(SHEET)
    with suppress(SourceError):
        found = records(path)
        write(path, update(found[0], {"手机": "139"}))


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_a_broken_zip_is_an_error_in_words_or_read(tmp_path: Path, sound: bytes, data: st.DataObject) -> None:
    path = tmp_path / "a.xlsx"
    raw = bytearray(sound)
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(1, len(raw))) :]
    else:
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8))
    path.write_bytes(bytes(raw))
    with suppress(SourceError):
        found = records(path)
        write(path, update(found[0], {"手机": "139"}))
