"""What does a cell of a workbook say? (C10, C11; PITFALLS P21-P24)"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Damaged, TableFacts, Value
from connectors.shared.workbook.formats import form
from connectors.shared.workbook.serials import clock, duration, moment, serial_of
from connectors.shared.workbook.strings import escape, shared, unescape
from tests.xlsx_books import MAIN, SHEET, by_hand, column, records, sheet_xml, styles

CHINA = ZoneInfo("Asia/Shanghai")
ONE = TableFacts(("值",))


def cell(tmp_path: Path, xml: str, *, look: str = "", strings: str = "", book: str = "") -> Value:
    """The value of one cell, given its XML and the styles part."""
    path = tmp_path / "a.xlsx"
    heading = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>值</t></is></c><c r="B1" t="inlineStr"><is><t>名</t></is></c></row>'
    )
    row = f'<row r="2">{xml}<c r="B2" t="inlineStr"><is><t>x</t></is></c></row>'
    by_hand(path, sheet_xml(heading + row), styles=look, strings=strings, book=book)
    (value,) = column(path, "值", facts=ONE)
    return value


def number(tmp_path: Path, text: str, format_id: int = 0, code: str = "") -> Value:
    look = styles(0, 300 if code else format_id, codes={300: code} if code else {})
    return cell(tmp_path, f'<c r="A2" s="1"><v>{text}</v></c>', look=look)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("13800138000", 13800138000),
        ("1.3800138E10", 13800138000),
        ("1.1000000000000001", Decimal("1.1")),
        ("0.30000000000000004", Decimal("0.3")),
        ("-5", -5),
        ("0", 0),
        ("88.5", Decimal("88.5")),
        ("100.0", 100),
        ("1E-3", Decimal("0.001")),
        ("999999999999999", 999999999999999),
        (" 7 ", 7),
        ("1.50", Decimal("1.5")),
        ("3.201021990010113e+17", Damaged("long_number", "3.201021990010113e+17")),
        ("320102199001011234", Damaged("long_number", "320102199001011234")),
        ("1000000000000000", Damaged("long_number", "1000000000000000")),
        ("1e400", Damaged("unreadable", "1e400")),
        ("what", Damaged("unreadable", "what")),
    ],
)
def test_a_number_is_what_a_person_can_have_typed(tmp_path: Path, text: str, value: Value) -> None:
    found = number(tmp_path, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("digits", ["4.41E+11", "13800138000"])
def test_how_a_number_is_shown_changes_nothing(tmp_path: Path, digits: str) -> None:
    assert number(tmp_path, digits, 11) == int(float(digits))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("yyyy-mm-dd", date(2024, 1, 2)),
        ("yyyy\\-mm\\-dd", date(2024, 1, 2)),
        ("yyyy/m/d;@", date(2024, 1, 2)),
        ("yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;", date(2024, 1, 2)),
        ("[$-804]yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@", date(2024, 1, 2)),
        ("[DBNum1][$-804]yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;", date(2024, 1, 2)),
        ("yyyy年m月d日", date(2024, 1, 2)),
        ("dddd, mmmm dd, yyyy", date(2024, 1, 2)),
        ("d-mmm-yy", date(2024, 1, 2)),
        ("e/m/d", date(2024, 1, 2)),
        ("yyyy-mm-dd hh:mm", datetime(2024, 1, 2, 12, 0, tzinfo=CHINA)),
        ("m/d/yyyy h:mm AM/PM", datetime(2024, 1, 2, 12, 0, tzinfo=CHINA)),
        ("m&quot;月&quot;d&quot;日&quot;", "1月2日"),
        ("yyyy&quot;年&quot;m&quot;月&quot;", "2024年1月"),
        ("mm-dd", "01-02"),
        ("d-mmm", "2-Jan"),
        ("mmm-yy", "Jan-24"),
        ("aaaa", "星期二"),
        ("ddd", "Tue"),
        ("h:mm", "12:00"),
        ("h:mm:ss", "12:00:00"),
        ("h&quot;时&quot;mm&quot;分&quot;", "12:00"),
        ("[h]:mm", "1087044:00"),
        ("General", Decimal("45293.5")),
        ("0.00", Decimal("45293.5")),
        ("0.00E+00", Decimal("45293.5")),
        ("#,##0.00&quot;元&quot;", Decimal("45293.5")),
        ("[Red]0.0", Decimal("45293.5")),
        ("¥#,##0.00;[Red]-¥#,##0.00", Decimal("45293.5")),
        ("0&quot;days&quot;", Decimal("45293.5")),
        ("G/通用格式", Decimal("45293.5")),
        ("@", Decimal("45293.5")),
    ],
)
def test_a_serial_is_a_date_only_with_a_date_format(tmp_path: Path, code: str, value: Value) -> None:
    assert number(tmp_path, "45293.5", code=code) == value


@pytest.mark.parametrize(
    ("format_id", "value"),
    [
        (14, date(2024, 1, 2)),
        (22, datetime(2024, 1, 2, 18, 0, tzinfo=CHINA)),
        (31, date(2024, 1, 2)),
        (57, "2024年1月"),
        (58, "1月2日"),
        (28, "1月2日"),
        (32, "18:00"),
        (20, "18:00"),
        (46, "1087050:00:00"),
        (49, Decimal("45293.75")),
        (1, Decimal("45293.75")),
    ],
)
def test_built_in_formats_of_chinese_editions_need_no_definition(tmp_path: Path, format_id: int, value: Value) -> None:
    assert number(tmp_path, "45293.75", format_id) == value


def test_a_number_that_is_always_shown_with_its_zeros_has_them(tmp_path: Path) -> None:
    assert number(tmp_path, "571", code="0000") == "0571"
    assert number(tmp_path, "123456", code="0000") == "123456"


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ('<c r="A2" t="b"><v>1</v></c>', True),
        ('<c r="A2" t="b"><v>0</v></c>', False),
        ('<c r="A2" t="e"><v>#REF!</v></c>', Damaged("excel_error", "#REF!")),
        ('<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', Damaged("excel_error", "#DIV/0!")),
        ('<c r="A2" t="e" vm="1"><v>#VALUE!</v></c>', Damaged("linked_value", "#VALUE!")),
        ('<c r="A2" t="str"><f>B2&amp;"a"</f><v>xa</v></c>', "xa"),
        ('<c r="A2" t="str"><f>""</f><v></v></c>', None),
        ('<c r="A2"><f>B2&amp;"a"</f></c>', Damaged("not_calculated", '=B2&"a"')),
        ('<c r="A2" t="inlineStr"><is><t>=1+1</t></is></c>', "=1+1"),
        ('<c r="A2" t="inlineStr"><is><t xml:space="preserve"> a  b </t></is></c>', " a  b "),
        (
            '<c r="A2" t="inlineStr"><is><r><rPr><b/><color rgb="FF0000"/></rPr><t>上</t></r><r><t>海</t></r></is></c>',
            "上海",
        ),
        (
            '<c r="A2" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh><phoneticPr fontId="1"/></is></c>',
            "東京",
        ),
        ('<c r="A2" t="inlineStr"><is><t>a&amp;b &lt;c&gt; &#x4E2D;&#25991;&quot;</t></is></c>', 'a&b <c> 中文"'),
        ('<c r="A2" t="inlineStr"><is><t>a_x000D_\nb_x005F_x0041__x0041_</t></is></c>', "a\r\nb_x0041_A"),
        ('<c r="A2" t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', "😀"),
        ('<c r="A2" t="inlineStr"><is><t>two\r\nlines</t></is></c>', "two\nlines"),
        ('<c r="A2" t="inlineStr"><is><t/></is></c>', None),
        ('<c r="A2" t="d"><v>2024-01-02</v></c>', date(2024, 1, 2)),
        ('<c r="A2" t="d"><v>2024-01-02T03:04:05</v></c>', datetime(2024, 1, 2, 3, 4, 5, tzinfo=CHINA)),
        ('<c r="A2" t="d"><v>soon</v></c>', Damaged("unreadable", "soon")),
        ('<c r="A2" t="s"><v>0</v></c>', "一"),
        ('<c r="A2" t="s"><v>1</v></c>', "二三"),
        ('<c r="A2" t="s"><v>2</v></c>', None),
        ('<c r="A2" t="s"><v>9</v></c>', Damaged("unreadable", "")),
        ('<c r="A2" t="s"><v>x</v></c>', Damaged("unreadable", "")),
        ('<c r="A2"/>', None),
        ('<c r="A2" s="1"></c>', None),
        ('<c r="A2"><v/></c>', None),
        ("", None),
    ],
)
def test_a_cell_says_what_stands_in_it(tmp_path: Path, xml: str, value: Value) -> None:
    strings = "<si><t>一</t></si><si><r><t>二</t></r><r><t>三</t></r></si><si><t/></si>"
    found = cell(tmp_path, xml, strings=strings, look=styles(0, 0))
    assert found == value
    assert type(found) is type(value)


# ------------------------------------------------------------------------------ days and hours


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (60, None),
        (61, "1900-03-01"),
        (0, None),
        (-1, None),
        (45293, "2024-01-02"),
        (2958465, "9999-12-31"),
        (2958466, None),
    ],
)
def test_the_calendar_of_1900(serial: int, day: str | None) -> None:
    found = moment(serial, since_1904=False)
    assert (found.date().isoformat() if found else None) == day


def test_the_calendar_of_1904_is_read_and_written(tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{kind}"><workbookPr date1904="1"/><sheets>'
        f'<sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    assert cell(tmp_path, '<c r="A2" s="1"><v>0</v></c>', look=styles(0, 14), book=book) == date(1904, 1, 1)
    assert cell(tmp_path, '<c r="A2" s="1"><v>43831</v></c>', look=styles(0, 14), book=book) == date(2024, 1, 2)


def test_a_day_that_the_sheet_cannot_hold_is_damaged(tmp_path: Path) -> None:
    assert number(tmp_path, "60", 14) == Damaged("no_such_day", "60")
    assert number(tmp_path, "0.5", 22) == Damaged("no_such_day", "0.5")


def test_an_hour_is_read_in_the_zone_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    heading = '<row r="1"><c r="A1" t="inlineStr"><is><t>值</t></is></c></row>'
    by_hand(path, sheet_xml(heading + '<row r="2"><c r="A2" s="1"><v>45293.375</v></c></row>'), styles=styles(0, 22))
    (record,) = records(path, ONE, zone="Europe/Berlin")
    assert record.fields["值"] == datetime(2024, 1, 2, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@given(st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)), st.booleans())  # noqa: DTZ001 - a sheet's clock
def test_a_moment_survives_its_serial(when: datetime, since_1904: bool) -> None:
    when = when.replace(microsecond=0)
    serial = serial_of(when, since_1904=since_1904)
    if when.year < 1904 and since_1904:
        assert serial is None
    else:
        assert serial is not None
        assert moment(float(repr(serial)), since_1904=since_1904) == when


@given(st.dates(date(1900, 1, 1), date(9999, 12, 31)), st.booleans())
def test_a_day_survives_its_serial(day: date, since_1904: bool) -> None:
    serial = serial_of(day, since_1904=since_1904)
    if serial is None:
        assert since_1904
        assert day.year < 1904
    else:
        found = moment(serial, since_1904=since_1904)
        assert found is not None
        assert found.date() == day


def test_hours_without_a_day() -> None:
    assert clock(0.40694444444444444, seconds=False) == "09:46"
    assert clock(0.5, seconds=True) == "12:00:00"
    assert clock(45293.99999999, seconds=False) == "00:00"
    assert duration(1.0625, seconds=False) == "25:30"
    assert duration(-0.5, seconds=False) == "-12:00"


def test_minutes_are_told_from_months() -> None:
    assert form("hh:mm").kind == "time"
    assert form("mm:ss").kind == "time"
    assert form("yyyy-mm").kind == "partial"
    assert form("yyyy-mm-dd hh:mm:ss").seconds


# ------------------------------------------------------------------------------ text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_survives_the_xml(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_table_of_shared_strings_keeps_its_order(texts: list[str]) -> None:
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    data = f'<?xml version="1.0"?><sst xmlns="{MAIN}" count="{len(texts)}">{items}</sst>'.encode()
    assert shared(data) == texts
    spaced = data.replace(b"<si>", b"<si>\n  ").replace(b"</si>", b"\n</si>\n")
    assert shared(spaced) == texts


def test_an_empty_table_of_shared_strings() -> None:
    assert shared(f'<sst xmlns="{MAIN}" count="0"/>'.encode()) == []
    assert shared(f'<sst xmlns="{MAIN}"><si/><si><t>a</t></si></sst>'.encode()) == ["", "a"]
