"""Is a cell of a database read as what it is, and written so that it reads the same?"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Damaged, LookUp, Value
from connectors.shared.database.shape import Column
from connectors.shared.database.values import key_parts, read_cells, reader, record_key
from connectors.shared.database.writes import Unfit, Writer

ZONE = ZoneInfo("Asia/Shanghai")
LOOSE, STRICT = Writer(ZONE, loose=True), Writer(ZONE)


def read(family: str, raw: object, **more: Any) -> Value:
    column = Column("c", family, **more)
    one = reader(column, ZONE)(raw)
    (same,) = read_cells(column, [raw], ZONE)
    assert same == one
    assert type(same) is type(one)
    return one


@pytest.mark.parametrize(
    ("family", "raw", "shown"),
    [
        ("text", "", None),
        ("text", " 007 ", " 007 "),
        ("text", 7, "7"),
        ("text", 1.5, "1.5"),
        ("text", b"\xe5\xbc\xa0", "张"),
        ("text", b"\xff", Damaged("encoding", "1 bytes")),
        ("char", "ab  ", "ab"),
        ("char", "   ", None),
        ("integer", 7, 7),
        ("integer", 7.0, 7),
        ("integer", "+86 138", "+86 138"),
        ("decimal", 1.1, Decimal("1.1")),
        ("decimal", 3.0, Decimal(3)),
        ("decimal", "12345678901234567890.12", Decimal("12345678901234567890.12")),
        ("decimal", Decimal("NaN"), Damaged("number", "NaN")),
        ("float", 0.1, Decimal("0.1")),
        ("float", 3.201021990010113e17, Damaged("precision", "3.201021990010113e+17")),
        ("float", float("inf"), Damaged("number", "inf")),
        ("boolean", 1, True),
        ("boolean", "No", False),
        ("boolean", b"\x01", True),
        ("boolean", 2, Damaged("boolean", "2")),
        ("boolean", "maybe", Damaged("boolean", "maybe")),
        ("date", "2026-01-02", date(2026, 1, 2)),
        ("date", "2026/1/2", date(2026, 1, 2)),
        ("date", "20260102", date(2026, 1, 2)),
        ("date", "2026-01-02 00:00:00", date(2026, 1, 2)),
        ("date", "2026-01-02 09:30", datetime(2026, 1, 2, 9, 30, tzinfo=ZONE)),
        ("date", "2026-02-30", Damaged("date", "2026-02-30")),
        ("date", "someday", Damaged("date", "someday")),
        ("date", 45293, Damaged("date", "45293")),
        ("date", "", None),
        ("datetime", "2026-03-01 09:30:00", datetime(2026, 3, 1, 9, 30, tzinfo=ZONE)),
        ("datetime", "2026-03-01T09:30:00.25Z", datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("datetime", "2026/3/1 9:30", datetime(2026, 3, 1, 9, 30, tzinfo=ZONE)),
        ("datetime", "2026-03-01 09:30:00+0530", datetime(2026, 3, 1, 4, 0, tzinfo=UTC)),
        ("datetime", "2026-03-01", date(2026, 3, 1)),
        ("datetime", 1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("datetime", 1_700_000_000_123, datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)),
        ("datetime", 45293.5, Damaged("datetime", "45293.5")),
        ("datetime", "soon", Damaged("datetime", "soon")),
        ("json", {"a": [1]}, '{"a": [1]}'),
        ("bytes", 12, "12 bytes"),
        ("any", 1.5, Decimal("1.5")),
        ("any", "x", "x"),
    ],
)
def test_a_cell_is_read(family: str, raw: object, shown: Value) -> None:
    found = read(family, raw)
    assert found == shown
    assert type(found) is type(shown)


def test_an_array_is_many_values() -> None:
    assert read("text", ["a", "", None, "b"], many=True) == ("a", "b")
    assert read("integer", [], many=True) is None


def test_a_reference_is_a_look_up() -> None:
    assert read("integer", 7, refers="companies") == LookUp("companies", "7")
    assert read("text", "", refers="companies") is None


# ------------------------------------------------------------------------------ writing


@pytest.mark.parametrize(
    ("family", "value", "like", "raw"),
    [
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), None, "2026-03-01 09:30:00"),
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2025-01-01T00:00:00", "2026-03-01T09:30:00"),
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2025-01-01T00:00:00Z", "2026-03-01T01:30:00Z"),
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2025-01-01 00:00:00.000", "2026-03-01 09:30:00.000"),
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2025/1/1 00:00", "2026/03/01 09:30"),
        ("datetime", datetime(2026, 3, 1, 1, 30, 5, tzinfo=UTC), "2025/1/1 00:00", "2026/03/01 09:30:05"),
        ("datetime", datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "2025-01-01 00:00:00+08:00", "2026-03-01 09:30:00+08:00"),
        ("datetime", datetime(2026, 3, 1, 1, 30, 0, 5, tzinfo=UTC), None, "2026-03-01 09:30:00.000005"),
        ("datetime", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 1_600_000_000, 1_700_000_000),
        ("datetime", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 1_600_000_000_000, 1_700_000_000_000),
        ("datetime", date(2026, 3, 1), None, "2026-03-01"),
        ("date", date(2026, 3, 1), "20250101", "20260301"),
        ("date", date(2026, 3, 1), "2025/1/1", "2026/03/01"),
        ("date", "2026-3-1", None, "2026-03-01"),
        ("boolean", True, None, 1),
        ("boolean", False, "Y", "N"),
        ("boolean", True, "false", "true"),
        ("decimal", Decimal("12.50"), None, 12.5),
        ("decimal", 12, None, 12),
        ("integer", "12", None, 12),
        ("integer", "see remark", None, "see remark"),
        ("any", Decimal("1.5"), None, 1.5),
        ("any", "007", None, "007"),
    ],
)
def test_sqlite_gets_the_form_of_its_column(family: str, value: Value, like: object, raw: object) -> None:
    found = LOOSE.raw(Column("c", family), value, like)
    assert found == raw
    assert type(found) is type(raw)


@pytest.mark.parametrize(
    ("writer", "column", "value"),
    [
        (LOOSE, Column("c", "integer"), "+8613800138000"),
        (LOOSE, Column("c", "integer"), "007"),
        (LOOSE, Column("c", "decimal"), Decimal("12345678901234567.89")),
        (LOOSE, Column("c", "integer"), 2**63),
        (LOOSE, Column("c", "integer"), Decimal("1.5")),
        (LOOSE, Column("c", "boolean"), "perhaps"),
        (LOOSE, Column("c", "date"), datetime(2026, 3, 1, 9, 30, tzinfo=ZONE)),
        (LOOSE, Column("c", "date"), "soon"),
        (STRICT, Column("c", "text"), "a\0b"),
        (STRICT, Column("c", "text"), "\ud800"),
        (STRICT, Column("c", "text", nullable=False), None),
        (STRICT, Column("c", "text", options=("A", "B")), "C"),
        (STRICT, Column("c", "text"), ("a", "b")),
        (STRICT, Column("c", "text", many=True), "a"),
        (STRICT, Column("c", "text"), Damaged("x", "y")),
        (STRICT, Column("c", "uuid"), "no uuid"),
        (STRICT, Column("c", "float"), Decimal("0.1000000000000000000001")),
    ],
)
def test_what_a_column_would_change_is_not_sent(writer: Writer, column: Column, value: Value) -> None:
    with pytest.raises(Unfit) as told:
        writer.raw(column, value)
    assert len(told.value.said) > 20


def test_the_empty_text_says_empty_where_null_may_not_stand() -> None:
    assert LOOSE.raw(Column("c", nullable=False, auto=True), None) == ""
    assert LOOSE.raw(Column("c"), None) is None


def test_the_hour_that_came_twice_is_refused_without_a_zone() -> None:
    first, second = (datetime(1986, 9, 13, hour, 30, tzinfo=UTC) for hour in (16, 17))  # 01:30 twice in Shanghai
    column = Column("c", "datetime")
    for moment in (first, second):
        raw = LOOSE.raw(column, moment, "2025-01-01 00:00:00+08:00")
        assert reader(column, ZONE)(raw) == moment
        with pytest.raises(Unfit, match="twice"):
            STRICT.raw(column, moment)


# ------------------------------------------------------------------------------ laws

_FINITE = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
_FIRST, _LAST = datetime(1890, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - Hypothesis takes naive ones
_MOMENTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
_LIKES = st.sampled_from(
    [None, "2025-01-01 00:00:00", "2025-01-01T00:00:00.000Z", "2025/1/1 00:00", "2025-01-01 00:00:00+08:00"]
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": _FINITE,
    "float": _FINITE,
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": _MOMENTS,
    "any": st.one_of(st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
}
_DECLARED = {
    "text": "TEXT",
    "integer": "INTEGER",
    "decimal": "NUMERIC(20,4)",
    "float": "REAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "DATETIME",
    "any": "",
}


@given(st.sampled_from(sorted(_VALUES)), st.data())
def test_what_sqlite_is_sent_reads_the_same(family: str, data: st.DataObject) -> None:
    value = data.draw(_VALUES[family])
    like = data.draw(_LIKES) if family == "datetime" else None
    column = Column("c", family)
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t (c {_DECLARED[family]})")
        try:
            raw = LOOSE.raw(column, value, like)
        except Unfit:
            assert family in ("decimal", "float", "datetime")
            connection.close()
            return
        connection.execute("INSERT INTO t VALUES (?)", (raw,))
        ((stored,),) = connection.execute("SELECT c FROM t").fetchall()
    connection.close()
    assert reader(column, ZONE)(stored) == value


@given(st.integers(1_010_000_000_000, 4_000_000_000_000), st.sampled_from([1_600_000_000, 1_600_000_000_000]))
def test_counts_since_1970_read_the_same(milliseconds: int, like: int) -> None:
    aware = datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=8))) + timedelta(milliseconds=milliseconds)
    raw = LOOSE.raw(Column("c", "datetime"), aware, like)
    assert reader(Column("c", "datetime"), ZONE)(raw) == aware


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_key_of_several_columns_is_reversible(parts: list[str]) -> None:
    assert key_parts(record_key(parts), len(parts)) == parts


@given(st.text(), st.integers(2, 3))
def test_any_text_is_a_key_or_none(key: str, count: int) -> None:
    parts = key_parts(key, count)
    if parts is not None:
        assert json.loads(key) == parts
