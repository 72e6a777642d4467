"""What is special about 伙伴云: filters that filter nothing, doubtful answers, values in lists, its rate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import AuthError, Change, Context, Damaged, LookUp, Op, Outcome, Query, Value
from connectors.gate import RunGate, VirtualClock
from connectors.huoban import SPEC, judge
from connectors.shared.huoban.fields import Column, columns_of
from connectors.shared.web.answers import Answer, Fate
from connectors.vault import MemoryVault
from sandbox.huoban import KEY, SPACE, HuobanFake
from sandbox.server import Trouble
from tests.huoban_rig import LEVEL, NAMES, TABLE, HuobanRig

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def rig() -> Iterator[HuobanRig]:
    made = HuobanRig()
    yield made
    made.close()


def test_a_lost_answer_makes_one_record_that_its_token_finds(rig: HuobanRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", "/item$")
    change = Change("c", Op.CREATE, after={NAMES["name"]: "王芳"}, token="a" * 15)
    connector = rig.open()
    (receipt,) = connector.write(TABLE, [change])
    assert receipt.outcome is Outcome.UNKNOWN
    found = list(connector.find(TABLE, ["a" * 15], rig.facts.fields))
    assert [record.fields[NAMES["name"]] for _, record in found] == ["王芳"]
    assert len(rig.rows()) == 1


def test_a_search_is_exact_though_the_system_contains(rig: HuobanRig) -> None:
    for name in ("王芳", "王芳芳", "王"):
        rig.add({NAMES["name"]: name})
    connector = rig.open()
    found = list(connector.find(TABLE, ["王芳"], rig.facts.fields, NAMES["name"]))
    assert [value for value, _ in found] == ["王芳"]


def test_a_filter_that_filters_nothing_is_noticed(rig: HuobanRig) -> None:
    rig.fill(230)
    key = rig.add({NAMES["name"]: "the last one"})
    rig.fake.filters = False
    connector = rig.open()
    assert [record.key for record in connector.fetch(TABLE, [key], rig.facts.fields)] == [key]
    assert [record.key for _, record in connector.find(TABLE, ["the last one"], (), NAMES["name"])] == [key]


def test_nothing_is_written_over_with_a_value_that_is_no_option(rig: HuobanRig) -> None:
    key = rig.fake.add(TABLE, {NAMES["name"]: "x", LEVEL: ["1"]})
    (receipt,) = rig.open().write(TABLE, [Change("c", Op.UPDATE, key, {LEVEL: "9"})])
    assert receipt.outcome is Outcome.REJECTED
    assert list(receipt.apart) == [LEVEL]
    assert rig.fake.tables[TABLE].items[0].values[LEVEL] == ["1"]


def test_the_rate_is_never_exceeded(rig: HuobanRig) -> None:
    clock = VirtualClock()
    fake = HuobanFake(now=clock.now)
    fake.tables = rig.fake.tables
    with fake:
        options = SPEC.options.model_validate({"api_key": KEY, "space": SPACE, "base_url": fake.url, "rate": 10})
        facts = {TABLE: rig.facts}
        connector = SPEC.connect(options, Context(RunGate(clock=clock), MemoryVault(), facts))
        changes = [Change(str(n), Op.CREATE, after={NAMES["name"]: f"n{n}"}, token=f"{n:015d}") for n in range(60)]
        assert {r.outcome for r in connector.write(TABLE, changes)} == {Outcome.DONE}
        list(connector.pull(Query(TABLE, rig.facts.fields)))
    assert fake.refused == 0
    assert clock.monotonic() >= 5


def test_a_storm_of_refusals_loses_nothing(rig: HuobanRig) -> None:
    rig.fake.order(Trouble.TOO_FAST_MUTE, "POST", "/item$", times=3)
    changes = [Change(str(n), Op.CREATE, after={NAMES["name"]: f"n{n}"}, token=f"{n:015d}") for n in range(5)]
    assert {r.outcome for r in rig.open().write(TABLE, changes)} == {Outcome.DONE}
    assert sorted(str(row[NAMES["name"]]) for row in rig.rows()) == [f"n{n}" for n in range(5)]


def test_a_wrong_key_is_said(rig: HuobanRig) -> None:
    options = SPEC.options.model_validate({**rig.options(), "api_key": "another-key"})
    connector = SPEC.connect(options, Context(rig.gate, rig.vault, {TABLE: rig.facts}))
    with pytest.raises(AuthError):
        connector.tables()
    assert [finding.level for finding in connector.check()] == ["error"]


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        (b'{"code":0,"message":"success"}', Fate.FINE),
        (b'{"code":100,"message":"authentication failed"}', Fate.AUTH),
        ('{"code":77,"message":"操作过于频繁"}'.encode(), Fate.LATER),
        ('{"code":3500002,"message":"数据不存在或已删除"}'.encode(), Fate.GONE),
        (b'{"code":502,"message":"parameters name x"}', Fate.REJECTED),
        (b"<html>gateway</html>", Fate.BROKEN),
    ],
)
def test_errors_are_inside_200(body: bytes, fate: Fate) -> None:
    assert judge(Answer(200, {}, body)).fate is fate


def typed(type_: str, **config: object) -> Column:
    described = {"fields": [{"field_id": "2200", "name": "x", "type": type_, "config": config}]}
    return columns_of(described, ZONE)["2200"]


OPTIONS = [{"id": "1", "name": "VIP"}, {"id": "2", "name": "普通"}]


@pytest.mark.parametrize(
    ("column", "raw", "value", "sent"),
    [
        (typed("text"), "+86 138", "+86 138", "+86 138"),
        (typed("number"), 7, 7, 7),
        (typed("number"), Decimal("0.70"), Decimal("0.70"), Decimal("0.70")),
        (typed("date"), "2026-01-02", date(2026, 1, 2), "2026-01-02"),
        (typed("datetime"), "2026-01-02 03:04:05", datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC), "2026-01-02 03:04:05"),
        (typed("category", options=OPTIONS), [{"id": "2", "name": "普通"}], "2", ["2"]),
        (typed("category", options=OPTIONS), {"text": "VIP"}, "1", ["1"]),
        (typed("checkbox", options=OPTIONS), [{"id": "1"}, {"id": "2"}], ("1", "2"), ["1", "2"]),
        (typed("user"), [{"user_id": 9, "name": "王"}], LookUp("@staff", "9", "王"), ["9"]),
        (typed("relation", table_id="2100"), {"item_id": "23", "title": "宇润"}, LookUp("2100", "23", "宇润"), ["23"]),
        (typed("switch"), True, True, True),
    ],
)
def test_values_by_type(column: Column, raw: object, value: Value, sent: object) -> None:
    assert column.read(raw) == value
    assert column.write(value) == sent


@pytest.mark.parametrize(
    ("column", "raw"),
    [
        (typed("date"), "soon"),
        (typed("number"), "many"),
        (typed("category", options=OPTIONS), [{"id": "1"}, {"id": "2"}]),
    ],
)
def test_what_does_not_fit_is_damaged(column: Column, raw: object) -> None:
    assert isinstance(column.read(raw), Damaged)


def test_fields_may_stand_in_either_place_and_what_is_unknown_is_only_read() -> None:
    raw = {"field_id": 22, "name": "签名", "field_type": "something_new"}
    for described in ({"fields": [raw]}, {"table": {"fields": [raw]}}):
        field = columns_of(described, ZONE)["22"].field
        assert (field.kind, field.on_update, field.on_create) == ("other", False, False)
