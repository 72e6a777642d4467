"""Is the heading line found, and does a name mean the right column?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import SourceRefused
from connectors.shared import headings
from connectors.shared.headings import clean, find, letter, position, without

BOOK = [["客户表", "", "", ""], [], ["公司", "联系人", "电话", "电话"], ["宇润", "张三", "138", "021"]]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" 公 司 ", "公 司"),
        ("公司\n名称", "公司 名称"),
        ("\ufeff公司\u200b", "公司"),
        ("ＴＥＬ（１）", "TEL(1)"),
        ("E-mail\u00a01", "E-mail 1"),
    ],
)
def test_headings_are_compared_after_cleaning(typed: str, meant: str) -> None:
    assert clean(typed) == meant
    assert find([[typed, "x"]], [meant]).at(meant) == 0


@given(st.integers(0, 20_000))
def test_a_column_letter_is_its_place(at: int) -> None:
    assert position(f"@{letter(at)}") == (at if at < 18_278 else None)


def test_column_letters_are_those_of_spreadsheets() -> None:
    assert [letter(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert position("@h") is None


def test_the_heading_line_is_the_first_that_holds_all_names() -> None:
    found = find(BOOK, ["联系人", "电话"])
    assert (found.line, found.first) == (2, 3)
    assert [c.id for c in found.columns] == ["公司", "联系人", "电话", "电话#2"]


def test_the_second_of_a_name_is_called_2() -> None:
    found = find(BOOK, ["公司", "电话#2"])
    assert (found.at("电话"), found.at("电话#1"), found.at("电话#2"), found.at("电话#3")) == (2, 2, 3, None)
    (finding,) = found.findings("book", ["电话"])
    assert (finding.level, finding.code) == ("warning", "doubled_heading")
    assert "C, D" in finding.text
    assert found.findings("book", ["公司"])[0].level == "note"


def test_a_heading_that_reads_like_a_second_one_keeps_its_name() -> None:
    found = find([["电话", "电话#2", "电话"]], ["电话#2"])
    assert found.at("电话#2") == 1


def test_a_column_is_addressed_by_its_letter_too() -> None:
    found = find(BOOK, ["公司", "@D"])
    assert (found.at("@D"), found.at("@Z")) == (3, 25)
    assert without(2).columns[1].id == "@B"


def test_only_the_first_twenty_lines_are_searched() -> None:
    late = [["x", "y"]] * 20 + [["公司", "电话"]]
    assert find(late[1:], ["公司"]).line == 19
    with pytest.raises(SourceRefused):
        find(late, ["公司"])


def test_two_lines_make_one_heading_where_cells_are_merged() -> None:
    lines = [["客户资料"], ["姓名", "联系方式", "", "地址"], ["", "电话", "手机", "省"], ["张三", "1", "2", "沪"]]
    merged = [(0, 0, 0, 3), (1, 0, 2, 0), (1, 1, 1, 2)]
    found = find(lines, ["姓名", "联系方式/手机", "地址/省"], merged=merged)
    assert (found.line, found.first) == (1, 3)
    assert [found.at(n) for n in ("姓名", "联系方式/电话", "联系方式/手机")] == [0, 1, 2]


def test_a_merged_heading_belongs_to_each_of_its_columns() -> None:
    found = find([["姓名", "电话", ""], ["张三", "1", "2"]], ["电话#2"], merged=[(0, 1, 0, 2)])
    assert found.at("电话#2") == 2


def test_a_heading_merged_downwards_takes_its_second_line_with_it() -> None:
    lines = [["姓名", "联系方式", ""], ["", "电话", "手机"], ["张三", "1", "2"]]
    found = find(lines, ["姓名"], merged=[(0, 0, 1, 0), (0, 1, 0, 2)])
    assert found.first == 2, "the second heading line would have become a record"


def test_in_a_text_file_an_upper_heading_holds_to_the_right() -> None:
    lines = [["姓名", "联系方式", "", "地址"], ["", "电话", "手机", "省"], ["张三", "1", "2", "沪"]]
    found = find(lines, ["姓名", "联系方式/手机", "地址/省"])
    assert [found.at(n) for n in ("姓名", "联系方式/电话", "联系方式/手机", "手机")] == [0, 1, 2, 2]
    assert found.first == 2


def test_a_heading_that_vanished_is_named_with_what_is_there() -> None:
    with pytest.raises(SourceRefused) as told:
        find(BOOK, ["公司", "手机"], where="客户.xlsx")
    assert "Missing: 手机. Line 3 has: 公司, 联系人, 电话, 电话#2" in str(told.value)
    assert "客户.xlsx" in str(told.value)


def test_a_file_without_any_of_the_headings_shows_no_customer() -> None:
    with pytest.raises(SourceRefused) as told:
        find([["宇润", "张三"]], ["公司"], where="x.csv")
    assert "张三" not in str(told.value)
    assert "公司" in str(told.value)
    assert "headings: false" in str(told.value)


def test_an_empty_sheet_has_no_headings() -> None:
    with pytest.raises(SourceRefused):
        find([], ["公司"])
    assert find([], []).columns == ()


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([["客户表"], ["姓名", "电话", "邮箱"], ["张三", "13800138000", "a@b.cn"]], 1),
        ([["Name", "Phone"], ["Lee", "0123456"]], 0),
        ([[], ["2026年3月1日 导出"], ["公司", "城市", "电话"], ["宇润", "上海", "021-50001234"]], 2),
        ([["13800138000", "张三"]], 0),
    ],
)
def test_without_a_mapping_the_line_is_guessed(lines: list[list[str]], line: int) -> None:
    assert find(lines, []).line == line


def test_need_names_what_is_there() -> None:
    with pytest.raises(SourceRefused, match="there is no heading `城市`; there is: 公司, 联系人"):
        find(BOOK, ["公司"]).need("城市", "客户.xlsx")


@given(st.lists(st.lists(st.text(max_size=5), max_size=5), max_size=25), st.lists(st.text(max_size=5), max_size=3))
def test_any_sheet_is_read_or_refused_in_words(lines: list[list[str]], wanted: list[str]) -> None:
    try:
        found = find(lines, wanted)
    except SourceRefused:
        return
    assert found.first <= len(lines)
    names = [n for n in wanted if headings.position(clean(n)) is None]
    assert all(found.at(name) is not None for name in names)


def test_a_line_of_a_customer_is_not_told() -> None:
    """The heading line was deleted: what stands first is somebody's row, and it is told by its beginnings only."""
    row = ["宇润科技", "张三", "13800138000", "san@yurun.example", "91310000607378223W"]
    with pytest.raises(SourceRefused) as told:
        find([row, row], ["公司", "电话"])
    assert not [value for value in row if value in str(told.value)]
    with pytest.raises(SourceRefused) as told:
        find([["公司", "旧电话 13800138000", "邮箱"]], ["公司", "电话"]).need("电话")
    assert "邮箱" in str(told.value)
    assert "13800138000" not in str(told.value)
