"""Are numbers, yes-or-no, dates and times read, compared and written as PITFALLS' types say?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.contract import Damaged, Field, Value
from mappings.types import TYPES, At, Cannot

CN = At()


def read(type_: str, raw: Value, at: At = CN) -> object:
    """The canonical value, or the code of the damage behind an exclamation mark."""
    found = TYPES[type_].parse(raw, at)
    return f"!{found.code}" if isinstance(found, Damaged) else found


# ------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1,200.50", "1200.5"),
        ("1.200,50", "1200.5"),
        ("１２００", "1200"),
        ("1'000'000", "1000000"),
        ("-0", "0"),
        ("007", "7"),
        ("12万", "120000"),
        ("1.2 亿", "120000000"),
        ("50%", "0.5"),
        ("1e5", "100000"),
        ("1.3800138E+10", "!scientific"),
        ("(1,200)", "-1200"),
        ("50-99", "!not_a_number"),
        ("1,2", "!not_a_number"),
        ("约100", "!not_a_number"),
        (Decimal("1.10"), "1.1"),
        (Decimal("1E+6"), "1000000"),
        (Decimal("NaN"), "!not_a_number"),
        (Decimal("1E+999999"), "!not_a_number"),
        (45293, "45293"),
        (True, "1"),
        ("无", "!placeholder"),
    ],
)
def test_numbers(raw: Value, value: str) -> None:
    assert read("number", raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12万", "120000"),
        ("1.2亿", "120000000"),
        ("¥1,200.00", "1200"),
        ("￥1200", "1200"),
        ("1200元", "1200"),
        ("12万元", "120000"),
        ("人民币 3千元", "3000"),
        ("USD 1,000", "1000"),
        ("$1.5k", "1500"),
        ("12w", "120000"),
        ("10-20万", "!not_a_number"),
        ("面议", "!not_a_number"),
    ],
)
def test_money(raw: str, value: str) -> None:
    assert read("money", raw) == value


@pytest.mark.parametrize(
    ("format_", "value", "text"),
    [
        ("#,##0.00", "1200000", "1,200,000.00"),
        ("0", "1200", "1200"),
        ("¥#,##0", "-1200", "¥-1,200"),
        ("0.0万", "120000", "12.0万"),
    ],
)
def test_a_number_is_written_in_its_format_and_read_back(format_: str, value: str, text: str) -> None:
    at = At(format=format_)
    assert TYPES["money"].render(value, at) == text
    assert TYPES["money"].parse(text, at) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("是", "true"),
        ("否", "false"),
        ("Yes", "true"),
        ("N", "false"),
        ("√", "true"),
        (1, "true"),
        (Decimal(0), "false"),
        ("TRUE", "true"),
        ("有", "true"),
        ("也许", "!unmapped"),
        ("x", "!unmapped"),
    ],
)
def test_booleans(raw: Value, value: str) -> None:
    assert read("boolean", raw) == value


@pytest.mark.parametrize(
    ("shown", "false"), [("是", "否"), ("Yes", "No"), ("YES", "NO"), ("y", "n"), ("√", "×"), (None, "否"), ("1", "0")]
)
def test_a_boolean_is_written_as_the_cells_other_word(shown: str | None, false: str) -> None:
    assert TYPES["boolean"].render("false", CN, shown) == false


def test_a_boolean_is_written_as_the_field_wants_it() -> None:
    boolean = TYPES["boolean"]
    assert boolean.render("true", At(field=Field("a", "a", "bool"))) is True
    assert boolean.render("true", At(field=Field("a", "a", "number"))) == 1
    assert boolean.render("false", At(field=Field("a", "a", "choice", options=(("1", "Ja"), ("2", "Nein"))))) == "2"
    assert boolean.render("false", At(region="GB")) == "no"


# ------------------------------------------------------------------------------ dates


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026/1/2", "2026-01-02"),
        ("2026.1.2", "2026-01-02"),
        ("２０２６年１月２日", "2026-01-02"),
        ("2026年 1月 2号", "2026-01-02"),
        ("20260102", "2026-01-02"),
        (20260102, "2026-01-02"),
        ("2026-01-02 00:00:00", "2026-01-02"),
        ("2026-01-01T16:00:00Z", "2026-01-02"),
        ("5月12日", "--05-12"),
        ("--0512", "--05-12"),
        ("05-12", "--05-12"),
        ("5/12", "--05-12"),
        ("1985年3月", "1985-03"),
        ("1985-03", "1985-03"),
        ("1985", "1985"),
        (1985, "1985"),
        ("25/12/1985", "1985-12-25"),
        ("12/25/1985", "1985-12-25"),
        ("1.2.2026", "2026-02-01"),
        ("Jan 2, 2026", "2026-01-02"),
        ("2 January 2026", "2026-01-02"),
        ("2-Jan-2026", "2026-01-02"),
        ("May 5", "--05-05"),
        ("5/12/1985", "!ambiguous_date"),
        ("45293", "!date_serial"),
        ("45293.5", "!date_serial"),
        (45293, "!date_serial"),
        (Decimal("45293.5"), "!date_serial"),
        ("2026-02-30", "!not_a_date"),
        ("0000-00-00", "!not_a_date"),
        ("10000000", "!not_a_date"),
        ("2026-05-00", "!not_a_date"),
        ("明天", "!not_a_date"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 1, 16, 0, tzinfo=UTC), "2026-01-02"),
        (datetime(2026, 1, 2, 23, 59), "2026-01-02"),  # noqa: DTZ001 - as a careless caller might
        ("无", "!placeholder"),
    ],
)
def test_dates_never_move_by_a_day(raw: Value, value: str) -> None:
    assert read("date", raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-01-02 11:04:05", "2026-01-02T03:04:05Z"),
        ("2026/1/2 11:04", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.678+00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04Z", "2026-01-02T03:04Z"),
        ("2026年1月2日 下午3:04", "2026-01-02T07:04:00Z"),
        ("2026-01-02 3:04 PM", "2026-01-02T07:04:00Z"),
        ("2026-01-02", "2026-01-02"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 11, 4, 5, tzinfo=timezone(timedelta(hours=8))), "2026-01-02T03:04:05Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
        ("10000000", "!not_a_date"),
        ("2026-01-02 25:00", "!not_a_date"),
        ("1月2日", "!not_a_date"),
    ],
)
def test_times_are_utc_and_naive_ones_are_in_the_sources_zone(raw: Value, value: str) -> None:
    assert read("datetime", raw) == value


def test_a_format_without_its_year_makes_a_partial_date() -> None:
    at, day = At(format="%m月%d日"), TYPES["date"]
    assert read("date", "5月12日", at) == "--05-12"
    assert read("date", date(2026, 5, 12), at) == "--05-12", "the year is one the program made up"
    assert read("date", "1985-05-12", at) == "1985-05-12", "a fuller date is not made poorer"
    assert day.render("1985-05-12", at) == "05月12日"
    assert isinstance(day.render("1985", at), Cannot)


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("%d/%m/%Y", "05/03/2026"),
        ("%m/%d/%Y", "03/05/2026"),
        ("%Y年%m月%d日", "2026年03月05日"),
        ("%b %d, %Y", "Mar 05, 2026"),
        ("%d %B %Y", "05 March 2026"),
        ("%d.%m.%y", "05.03.26"),
        ("%Y%m%d", "20260305"),
    ],
)
def test_a_format_settles_what_is_ambiguous(format_: str, text: str) -> None:
    at = At(format=format_)
    assert TYPES["date"].render("2026-03-05", at) == text
    assert read("date", text, at) == "2026-03-05"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("--05-12", "1985-05-12", True),
        ("1985", "1985-05-12", True),
        ("1985-05", "1985-05-12", True),
        ("1985-05", "--05-12", True),
        ("--05-12", "1985-05-13", False),
        ("1985", "--05-12", False),
        ("", "1985", False),
        ("2026-01-02", "2026-01-01T16:00:00Z", True),
        ("2026-01-02", "2026-01-02T16:00:00Z", False),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:05Z", True),
    ],
)
def test_partial_values_are_compared_by_what_both_have(a: str, b: str, same: bool) -> None:
    type_ = TYPES["datetime"]
    assert type_.same(a, b) is same
    assert type_.same(b, a) is same
    assert not type_.says_more(a, b) or not type_.says_more(b, a)


def test_a_fuller_date_says_more() -> None:
    day = TYPES["date"]
    assert day.says_more("1985-05-12", "--05-12")
    assert not day.says_more("--05-12", "1985-05-12")
    assert not day.says_more("1985-05", "--05-12"), "each knows what the other does not"


def test_a_date_goes_into_a_date_field_and_back() -> None:
    day, time = TYPES["date"], TYPES["datetime"]
    there, then = At(field=Field("d", "d", "date")), At(field=Field("t", "t", "datetime"))
    assert day.render("2026-01-02", there) == date(2026, 1, 2)
    assert isinstance(day.render("--01-02", there), Cannot)
    assert time.render("2026-01-02T16:04:05Z", there) == date(2026, 1, 3), "as the source's clocks show it"
    assert time.render("2026-01-02T03:04:05Z", then) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert time.render("2026-01-02T03:04:05Z", CN) == "2026-01-02 11:04:05"
    assert day.render("2026-01-02", CN, date(2025, 1, 1)) == date(2026, 1, 2), "a cell that shows a date stays one"
