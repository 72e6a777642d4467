"""Do values survive the way into a base of 飞书多维表格 and back, whatever the type of the field?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Damaged, LookUp, Value
from connectors.shared.feishu import cells
from connectors.shared.feishu.shape import Column, column_of
from connectors.shared.web.fitting import Unfit
from sandbox.feishu_cells import World, stored
from tests.feishu_rig import column, options

ZONE = ZoneInfo("Asia/Shanghai")
WORLD = World(lambda table: {"rec1", "rec2"}, {"ou_1", "ou_2"})


def described(type_: int, **property_: Any) -> dict[str, Any]:
    return column("fld", "x", type_, **property_)


def made(given: dict[str, Any]) -> Column:
    return column_of(given, ZONE)


def back(given: dict[str, Any], value: Value) -> Value:
    """Written, kept by the pretended system, and read again."""
    one = made(given)
    shown = stored(given, one.written(value), WORLD)
    return one.read({} if shown is None else {"x": shown})


SITE = "https://yurun.example/a?b=1"
MOMENT = datetime(2026, 3, 1, 1, 30, 5, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        (described(1), "+86 138\n =1+1 é 𠮷"),
        ({**described(1), "ui_type": "Email"}, "a@b.example"),
        (described(2, formatter="0"), 12),
        (described(2, formatter="0.00"), Decimal("0.1")),
        (described(2), -(10**14) - 7),
        (described(2, formatter="0%"), Decimal("0.7")),
        (described(3, options=options("VIP", "普通")), "opt1"),
        (described(4, options=options("a", "b", "c")), ("opt2", "opt0")),
        (described(5, date_formatter="yyyy/MM/dd"), date(2026, 1, 2)),
        (described(5, date_formatter="yyyy/MM/dd"), date(1985, 3, 5)),
        (described(5, date_formatter="yyyy-MM-dd HH:mm"), MOMENT),
        (described(7), True),
        (described(7), False),
        (described(13), "+8613800138000"),
        (described(15), SITE),
        (described(11, multiple=False), LookUp("@staff", "ou_2", "员工 2")),
        (described(11, multiple=True), (LookUp("@staff", "ou_1", "员工 1"), LookUp("@staff", "ou_2", "员工 2"))),
        (described(18, table_id="tbl", multiple=False), LookUp("tbl", "rec2")),
        (described(21, table_id="tbl", multiple=True), (LookUp("tbl", "rec2"), LookUp("tbl", "rec1"))),
    ],
)
def test_a_value_comes_back_as_it_went(given_: dict[str, Any], value: Value) -> None:
    assert back(given_, value) == value
    assert back(given_, None) == (False if given_["type"] == 7 else None), "None clears"


@given(st.text(min_size=1))
def test_texts_come_back_as_they_went(text: str) -> None:
    assert back(described(1), text) == text


@given(st.lists(st.text(), min_size=1))
def test_pieces_are_joined_with_nothing_between(parts: list[str]) -> None:
    shown = [{"type": "text", "text": one} for one in parts]
    assert made(described(1)).read({"x": shown}) == ("".join(parts) or None)
    assert not cells.is_rich(shown)


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)), st.sampled_from(["Asia/Shanghai", "America/Lima"])
)
def test_a_date_does_not_move_in_the_zone_of_the_base(day: date, zone: str) -> None:
    one = column_of(described(5, date_formatter="yyyy/MM/dd"), ZoneInfo(zone))
    assert one.read({"x": one.written(day)}) == day


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - a zone is put on
def test_a_moment_keeps_its_milliseconds(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    found = back(described(5, date_formatter="yyyy-MM-dd HH:mm"), moment)
    assert found == moment - timedelta(microseconds=moment.microsecond % 1000)


@given(st.integers(-(10**15) + 1, 10**15 - 1) | st.decimals(-(10**6), 10**6, places=4))
def test_numbers_of_fifteen_digits_come_back_exactly(number: int | Decimal) -> None:
    assert back(described(2), number) == number


@pytest.mark.parametrize("number", [12345678901234567890, Decimal("0.12345678901234567")])
def test_a_number_that_would_be_rounded_is_not_sent(number: int | Decimal) -> None:
    with pytest.raises(Unfit):
        made(described(2)).written(number)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86-138-0013-8000", "+8613800138000"),
        ("(021) 6888.1234", "02168881234"),
    ],
)
def test_a_phone_loses_what_stands_between_its_digits(typed: str, sent: str) -> None:
    assert made(described(13)).written(typed) == sent


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        (described(13), "021-68881234 转 8"),
        (described(13), "1" * 65),
        (described(3, options=options("VIP")), "VIP"),
        (described(3, options=options("VIP", "普通")), ("opt0", "opt1")),
        (described(4, options=options("VIP")), ("opt0", "opt7")),
        (described(5, date_formatter="yyyy/MM/dd"), MOMENT),
        (described(5, date_formatter="yyyy/MM/dd HH:mm"), date(2026, 1, 1)),
        (described(2), "12"),
        (described(7), "yes"),
        (described(1), 12),
        (described(1), Damaged("unreadable", "…")),
        (described(11), LookUp("tbl", "rec1")),
        (described(18, table_id="tbl"), LookUp("other", "rec1")),
        (described(20), "x"),
        (described(1005), "1"),
        (described(1002), MOMENT),
        (described(17), "file.pdf"),
        (described(4711), "x"),
    ],
)
def test_what_does_not_fit_is_never_sent(given_: dict[str, Any], value: Value) -> None:
    with pytest.raises(Unfit):
        made(given_).written(value)


@pytest.mark.parametrize(
    ("given_", "shown", "value"),
    [
        (described(20, type={"data_type": 1}), {"type": 1, "value": [{"text": "正常", "type": "text"}]}, "正常"),
        (described(20, type={"data_type": 2}), {"type": 2, "value": [Decimal("1250.50")]}, Decimal("1250.50")),
        (described(20, type={"data_type": 2}), {"type": 2, "value": 7}, 7),
        (described(20), {"type": 5, "value": [1772328605123]}, MOMENT),
        (described(19), {"type": 2, "value": [1, 2]}, (1, 2)),
        (described(19), {"type": 11, "value": [{"id": "ou_1", "name": "王"}]}, LookUp("@staff", "ou_1", "王")),
        (described(19), {"type": 3, "value": ["VIP"]}, "VIP"),
        (described(20), {"type": 1, "value": []}, None),
        (described(1005), "WO-0001", "WO-0001"),
        (described(1002), 1772328605123, MOMENT),
        (described(1003), [{"id": "ou_1", "name": "王"}], LookUp("@staff", "ou_1", "王")),
        (described(15), {"text": "官网", "link": SITE}, SITE),
        (described(15), {"text": "没有地址"}, "没有地址"),
        (described(17), [{"file_token": "t", "name": "a.pdf"}], ("a.pdf",)),
        (described(22), {"location": "116.3,40.0", "full_address": "北京市海淀区学清路10号"}, "北京市海淀区学清路10号"),
        (described(18, table_id="tbl"), {"link_record_ids": ["rec1"]}, (LookUp("tbl", "rec1"),)),
        (described(18, table_id="tbl"), ["rec1", "rec2"], (LookUp("tbl", "rec1"), LookUp("tbl", "rec2"))),
        (described(21, table_id="tbl"), [{"record_ids": ["rec1"], "table_id": "tbl"}], (LookUp("tbl", "rec1"),)),
        (described(1), "as the older listing has it", "as the older listing has it"),
    ],
)
def test_what_is_shown_is_read(given_: dict[str, Any], shown: Any, value: Value) -> None:
    assert made(given_).read({"x": shown}) == value


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        (described(1), [{"type": "text"}]),
        (described(2), "many"),
        (described(3, options=options("VIP")), "gone"),
        (described(5, date_formatter="yyyy/MM/dd"), "2026-01-01"),
        (described(5, date_formatter="yyyy/MM/dd"), 10**30),
        (described(7), "yes"),
        (described(11, multiple=False), [{"id": "ou_1"}, {"id": "ou_2"}]),
        (described(18, table_id="tbl", multiple=False), {"link_record_ids": ["rec1", "rec2"]}),
    ],
)
def test_what_cannot_be_read_is_damaged(given_: dict[str, Any], shown: Any) -> None:
    assert isinstance(made(given_).read({"x": shown}), Damaged)


def test_fields_say_what_they_are() -> None:
    kinds = {
        1: "text", 2: "number", 3: "choice", 4: "choice", 7: "bool", 11: "staff", 13: "text", 15: "text", 17: "file",
        22: "text", 23: "other", 24: "text", 1001: "datetime", 1003: "staff", 1005: "text", 3001: "other", 4711: "other",
    }  # fmt: skip
    assert {type_: made(described(type_)).field.kind for type_ in kinds} == kinds
    readable = {type_ for type_ in kinds if not made(described(type_)).field.on_update}
    assert readable == {17, 22, 23, 24, 1001, 1003, 1005, 3001, 4711}
    link = made(described(18, table_id="tbl")).field
    assert (link.kind, link.refers, link.many) == ("lookup", ("tbl",), True)
    assert made(described(13)).field.max_length == 64
