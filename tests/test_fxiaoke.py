"""What is special about 纷享销客: two ways to sign in, tokens that end, one record a call, its rates, its recycle bin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connectors.contract import (
    AuthError,
    Change,
    Connector,
    Context,
    LookUp,
    Op,
    Outcome,
    Query,
    RetryLater,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.fxiaoke import SPEC
from connectors.gate import RunGate, VirtualClock
from connectors.shared.fxiaoke.account import judge
from connectors.shared.fxiaoke.fields import Column, columns_of
from connectors.shared.web.answers import Answer, Fate
from connectors.vault import MemoryVault
from sandbox.fxiaoke import USER, FxiaokeFake
from sandbox.server import Call, Reply, Trouble
from tests.fxiaoke_rig import TABLE, FxiaokeRig, LegacyRig


@pytest.fixture(params=[FxiaokeRig, LegacyRig], ids=["current", "legacy"])
def rig(request: pytest.FixtureRequest) -> Iterator[FxiaokeRig]:
    made: FxiaokeRig = request.param()
    yield made
    made.close()


def creates(count: int) -> list[Change]:
    return [Change(str(n), Op.CREATE, after={"name": f"n{n}"}, token=f"{n:015d}") for n in range(count)]


def names(rig: FxiaokeRig) -> list[str]:
    return sorted(str(row["name"]) for row in rig.rows())


def test_the_token_stands_where_its_generation_wants_it(rig: FxiaokeRig) -> None:
    rig.open().tables()
    call = rig.fake.calls[-1]
    assert ("authorization" in call.headers, "corpAccessToken" in call.json) == (
        rig.generation == "current",
        rig.generation != "current",
    )
    assert call.arg("thirdTraceId")


def test_connectors_share_one_token_that_outlives_them(rig: FxiaokeRig) -> None:
    for _ in range(3):
        connector = rig.open()
        connector.tables()
        connector.close()
    assert rig.fake.count(path="oken") == 1


def test_a_token_that_ends_in_the_middle_of_a_pull_and_of_a_write(rig: FxiaokeRig) -> None:
    rig.fill(250)
    pages = rig.open().pull(Query(TABLE, ("name",)))
    got = len(next(pages).records)
    rig.fake.expire()
    assert got + sum(len(page.records) for page in pages) == 250
    receipts = []
    for n, receipt in enumerate(rig.open().write(TABLE, creates(4))):
        receipts.append(receipt.outcome)
        if n == 1:
            rig.fake.expire()
    assert receipts == [Outcome.DONE] * 4
    assert len(rig.rows()) == 254


def test_a_lost_answer_makes_one_record_that_its_token_finds(rig: FxiaokeRig) -> None:
    rig.fake.order(Trouble.LOST, "POST", "/create$")
    connector = rig.open()
    (receipt,) = connector.write(TABLE, creates(1))
    assert receipt.outcome is Outcome.UNKNOWN
    assert [value for value, _ in connector.find(TABLE, [f"{0:015d}"], ("name",))] == [f"{0:015d}"]
    assert names(rig) == ["n0"]


def test_a_storm_of_refusals_loses_nothing(rig: FxiaokeRig) -> None:
    rig.fake.order(Trouble.TOO_FAST, "POST", "/create$", times=3)
    assert {one.outcome for one in rig.open().write(TABLE, creates(5))} == {Outcome.DONE}
    assert names(rig) == [f"n{n}" for n in range(5)]


def paced(rig: FxiaokeRig, clock: VirtualClock, fake: FxiaokeFake) -> Connector:
    fake.things = rig.fake.things
    options = SPEC.options.model_validate({**rig.options(), "base_url": fake.base})
    return SPEC.connect(options, Context(RunGate(clock=clock), MemoryVault(), {TABLE: rig.facts}))


def test_the_rates_are_never_exceeded(rig: FxiaokeRig) -> None:
    clock = VirtualClock()
    with FxiaokeFake(now=clock.now) as fake:
        connector = paced(rig, clock, fake)
        assert {one.outcome for one in connector.write(TABLE, creates(230))} == {Outcome.DONE}
        list(connector.pull(Query(TABLE, ("name",))))
        assert fake.refused == 0
    assert clock.monotonic() >= 40, "100 calls in 20 seconds for each endpoint"


def test_a_day_that_is_used_up_ends_the_run(rig: FxiaokeRig) -> None:
    rig.open().tables()
    inner = rig.fake._routes
    rig.fake._routes = [
        (m, p, (lambda call: rig.fake.too_fast(None)) if p.pattern.endswith("list") else h) for m, p, h in inner
    ]
    assert judge(Answer(200, {}, b'{"errorCode":30002,"errorMessage":"x"}')).fate is Fate.LOCKED
    with pytest.raises(RetryLater):
        rig.open().tables()


def test_the_owner_is_changed_by_a_call_of_its_own(rig: FxiaokeRig) -> None:
    key = rig.add({"name": "x", "owner": LookUp("@staff", USER)})
    change = Change("c", Op.UPDATE, key, {"tel": "1", "owner": LookUp("@staff", "1002")})
    (receipt,) = rig.open().write(TABLE, [change])
    assert (receipt.outcome, dict(receipt.apart)) == (Outcome.DONE, {})
    assert rig.fake.things[TABLE].rows[key]["owner"] == ["1002"]
    rig.fake.order(Trouble.LOST, "POST", "/changeOwner$")
    (receipt,) = rig.open().write(TABLE, [replace(change, after={"tel": "2", "owner": LookUp("@staff", "1003")})])
    assert receipt.outcome is Outcome.DONE
    assert receipt.apart["owner"][0] is Outcome.UNKNOWN


def test_the_recycle_bin(rig: FxiaokeRig) -> None:
    key, other = rig.add({"name": "x"}), rig.add({"name": "y"})
    connector = rig.open()
    (put,) = connector.write(TABLE, [Change("a", Op.ARCHIVE, key)])
    assert put.outcome is Outcome.DONE
    assert [(r.key, r.state) for r in connector.fetch(TABLE, [key, other], ("name",))] == [
        (other, State.LIVE),
        (key, State.ARCHIVED),
    ]
    (back,) = connector.write(TABLE, [Change("b", Op.RESTORE, key)])
    assert back.outcome is Outcome.DONE
    assert names(rig) == ["x", "y"]
    (gone,) = connector.write(TABLE, [Change("c", Op.DELETE, key)])
    assert gone.outcome is Outcome.DONE
    assert key not in rig.fake.things[TABLE].rows


def test_a_locked_record_says_so(rig: FxiaokeRig) -> None:
    key = rig.add({"name": "x"})
    rig.fake.edit(TABLE, key, {"lock_status": "1"})
    (record,) = rig.open().fetch(TABLE, [key], ("name",))
    assert record.locked == {"*"}


def test_a_wrong_secret_is_said(rig: FxiaokeRig) -> None:
    options = SPEC.options.model_validate({**rig.options(), "app_secret": "another-secret"})
    connector = SPEC.connect(options, Context(rig.gate, MemoryVault(), {TABLE: rig.facts}))
    with pytest.raises((AuthError, SourceRefused)):
        connector.tables()


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        (b'{"errorCode":0}', Fate.FINE),
        (b'{"errorCode":20016}', Fate.AUTH),
        (b'{"errorCode":30004}', Fate.LATER),
        (b'{"errorCode":30003}', Fate.FORBIDDEN),
        (b'{"errorCode":-1}', Fate.BROKEN),
        (b'{"errorCode":201112011,"errorMessage":"x"}', Fate.REJECTED),
        (b"<html>moved</html>", Fate.BROKEN),
    ],
)
def test_only_the_code_in_the_body_counts(body: bytes, fate: Fate) -> None:
    assert judge(Answer(200, {}, body)).fate is fate


@pytest.mark.parametrize(
    ("status", "fate"), [(404, Fate.GONE), (408, Fate.BROKEN), (429, Fate.LATER), (502, Fate.BROKEN)]
)
def test_a_gateway_in_between_is_judged_by_its_status(status: int, fate: Fate) -> None:
    assert judge(Answer(status, {}, b"<html>gateway</html>")).fate is fate


def test_a_page_instead_of_an_answer_leaves_a_create_in_doubt(rig: FxiaokeRig) -> None:
    """A gateway's page tells nothing of what was done behind it."""

    def paged(call: Call) -> Reply:
        rig.fake._create(call)
        return Reply(200, b"<html>gateway</html>", {"Content-Type": "text/html"})

    rig.fake._routes = [(m, p, paged if p.pattern.endswith("create") else h) for m, p, h in rig.fake._routes]
    (receipt,) = rig.open().write(TABLE, [Change("c", Op.CREATE, after={"name": "x"}, token="0" * 15)])
    assert receipt.outcome is Outcome.UNKNOWN
    assert len(rig.rows()) == 1


def typed(type_: str, **more: object) -> Column:
    return columns_of({"fields": {"x": {"label": "x", "type": type_, **more}}})["x"]


@pytest.mark.parametrize(
    ("column", "raw", "value", "sent"),
    [
        (typed("text"), "0010", "0010", "0010"),
        (typed("currency"), "100.01", Decimal("100.01"), "100.01"),
        (typed("number"), "7", 7, "7"),
        (typed("date"), 1767283200000, date(2026, 1, 2), 1767283200000),
        (typed("date_time"), 1767283200123, datetime(2026, 1, 1, 16, 0, 0, 123000, tzinfo=UTC), 1767283200123),
        (typed("select_one"), "kaYz89Lwq", "kaYz89Lwq", "kaYz89Lwq"),
        (typed("select_many"), ["a", "b"], ("a", "b"), ["a", "b"]),
        (typed("employee"), ["1000"], LookUp("@staff", "1000"), ["1000"]),
        (typed("object_reference", target_api_name="AccountObj"), "5f", LookUp("AccountObj", "5f"), "5f"),
        (typed("true_or_false"), True, True, True),
        (typed("true_or_false"), "false", False, False),
    ],
)
def test_values_by_type(column: Column, raw: object, value: Value, sent: object) -> None:
    assert column.read(raw) == value
    assert column.write(value) == sent


def test_computed_and_system_fields_are_only_read() -> None:
    fields = {
        "a": {"type": "formula"},
        "create_time": {"type": "date_time"},
        "b": {"type": "auto_number"},
        "c": {"type": "new_kind"},
    }
    assert not any(one.field.on_update or one.field.on_create for one in columns_of({"fields": fields}).values())


def test_a_customer_of_nobody_goes_to_the_high_seas(rig: FxiaokeRig) -> None:
    rig.fake.things["AccountObj"].fields["high_seas_id"] = {"type": "text", "label": "公海"}
    options = SPEC.options.model_validate({**rig.options(), "high_seas": "pool1"})
    connector = SPEC.connect(options, Context(rig.gate, rig.vault, {"AccountObj": TableFacts(("name",))}))
    made = [
        Change("a", Op.CREATE, after={"name": "x"}, token="a" * 15),
        Change("b", Op.CREATE, after={"name": "y", "owner": LookUp("@staff", USER)}, token="b" * 15),
    ]
    assert {one.outcome for one in connector.write("AccountObj", made)} == {Outcome.DONE}
    rows = rig.fake.things["AccountObj"].rows.values()
    assert [row.get("high_seas_id") for row in rows] == ["pool1", None]
