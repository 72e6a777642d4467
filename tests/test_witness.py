"""What was done stands in the audit; quotas outlast a run; a plan's digest and an undo survive an erasure (R13, R18, R22)."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Pace
from connectors.gate import RunGate, VirtualClock
from sync.decisions import Sort, append, append_all, field_content
from sync.erase.act import erase
from sync.ledger import audit, codec, plans, quotas
from sync.ledger.lease import take
from sync.run import make_plan, make_undo
from tests.engine import GUARDS, Side, World

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()}, guards={**GUARDS, "creates": "1"})
    for n in range(3):
        made.add("book", f"客户{n}号公司", f"C-{n}", a=f"a{n}")
    return made


def heard(world: World) -> list[dict[str, Any]]:
    with world.session() as session, session.ledger.transaction() as c:
        assert audit.verify(session.ledger, c).broken == 0
        return [json.loads(one.what) for one in audit.entries(session.ledger, c)]


def test_a_plan_its_guards_and_what_became_of_it_are_entries(world: World) -> None:
    done = world.run()
    said = heard(world)
    assert [one["event"] for one in said] == ["plan", "allow", "applying", "applied"]
    plan, allowed, applying, applied = said
    assert (plan["plan"], plan["changes"]) == (done.plan, 3)
    with world.session() as session, session.ledger.transaction() as c:
        row = plans.get(session.ledger, c, done.plan)
    assert row is not None
    assert plan["digest"] == row.digest
    assert (allowed["guard"], allowed["count"], allowed["limit"], allowed["by"]) == ("creates", 3, 1, "tester")
    assert applying["by"] == "tester"
    assert (applied["planned"], applied["done"], applied["not sent"]) == (3, 3, 0)


def test_an_apply_that_is_killed_was_heard_of(world: World) -> None:
    world.dies("crm", op=next(op for op in world.sides["crm"].can.ops if str(op) == "create"))
    assert [one["event"] for one in heard(world)][-1] == "applying"


def test_a_look_at_who_is_who_is_no_entry(world: World) -> None:
    from sync.partly import match

    with world.session() as session:
        match(session, "agree")
    assert heard(world) == []


def test_decisions_are_entries_without_values(world: World) -> None:
    world.run()
    entity = world.entity("客户1号公司")
    content = field_content("a", "value", "秘密说法", "", {})
    with world.session() as session, session.ledger.transaction() as c:
        number = append(session.ledger, c, sort=Sort.FIELD, content=content, entity=entity, by="王芳", at=world.now)
        append_all(session.ledger, c, [(Sort.KEEP, entity, content)] * 2, by="王芳", at=world.now)
    one, many = heard(world)[-2:]
    assert (one["decision"], one["by"], one["entity"]) == (number, "王芳", entity)
    assert (many["count"], many["sorts"]) == (2, {"keep": 2})
    assert "秘密说法" not in str((one, many))
    with world.session() as session, session.ledger.transaction() as c:
        entry = [e for e in audit.entries(session.ledger, c) if e.digest][-1]
        assert audit.holds(session.ledger, c, entry, codec.dump(content))
        assert not audit.holds(session.ledger, c, entry, b"something else")


def test_a_plans_digest_tells_nothing_of_erased_values_and_an_undo_says_so(world: World) -> None:
    world.run()
    key = world.keys("book", "客户1号公司")[0]
    world.edit("book", key, a="neu")
    done = world.run()
    salts = [codec.load(row[0]).get("salt") for row in world.rows("SELECT fields FROM plan_change")]
    assert len(set(salts)) == len(salts) == 4
    entity = world.entity("客户1号公司")
    world.tick()
    with world.session() as session:
        erase(session, entity, by="王芳")
    assert sorted("salt" in codec.load(row[0]) for row in world.rows("SELECT fields FROM plan_change")) == [
        *(False, False, True, True),
    ]
    assert done.applied is not None
    run = world.rows("SELECT MAX(run) FROM plan_change WHERE plan = ?", (done.plan,))[0][0]
    world.tick()
    with world.session() as session:
        undone = make_undo(session, run)
    assert undone.undone is not None
    assert [(one, str(why)) for one, _, why in undone.undone.left] == [
        (entity, "its values were erased from the ledger")
    ]
    assert undone.header["changes"] == 0


# ------------------------------------------------------------------------------ quotas


def test_a_quota_outlasts_a_run(world: World) -> None:
    day = Pace("vendor", 10, 86_400.0)
    clock = VirtualClock(world.now)
    gate = RunGate(clock=clock)
    gate.enter(day, units=7)
    with world.session() as session, session.ledger.transaction() as c:
        quotas.keep(session.ledger, c, gate.spent(), world.now)
    for hours, waits in ((1, True), (25, False)):
        later = world.now + timedelta(hours=hours)
        second = VirtualClock(later)
        gate = RunGate(clock=second)
        with world.session() as session, session.ledger.transaction() as c:
            gate.recall(quotas.recalled(session.ledger, c, later))
        gate.enter(day, units=5)
        assert (second.now() > later) is waits


def test_runs_hand_on_what_they_spent(world: World) -> None:
    day = Pace("vendor", 1000, 86_400.0)
    world.tick()
    with world.session() as session:
        session.gate.enter(day, units=3)
        make_plan(session, "agree")
        make_plan(session, "agree")
    for _ in range(2):
        world.plan()
    with world.session() as session, session.ledger.transaction() as c:
        assert sum(one.units for one in quotas.recalled(session.ledger, c, world.now)) == 3
        assert quotas.recalled(session.ledger, c, world.now + timedelta(days=2)) == ()


def plan_in_own_process(world: World) -> tuple[RunGate, VirtualClock]:
    """A run with a gate and a clock of its own, and that clock where the run has ended."""
    clock = VirtualClock(world.now)
    with world.session() as session:
        session.gate = gate = RunGate(clock=clock)
        session.clock = clock.now
        make_plan(session, "agree")
        gate.enter(Pace("vendor", 5, 1.0), units=5)
        make_plan(session, "agree")
    return gate, clock


def test_a_second_run_within_the_second_does_not_exceed_the_rate(world: World) -> None:
    _, clock = plan_in_own_process(world)
    assert clock.now() == world.now
    _, clock = plan_in_own_process(world)
    assert (clock.now() - world.now).total_seconds() == pytest.approx(1.0)
    world.now += timedelta(seconds=30)
    _, clock = plan_in_own_process(world)
    assert clock.now() == world.now, "what is long past is forgotten"


@pytest.mark.parametrize(("later", "waits"), [(0.0, 1.0), (600.0, 0.0)])
def test_after_a_run_that_was_killed_the_rate_counts_as_used_up(world: World, later: float, waits: float) -> None:
    with world.session() as session:
        take(session.ledger, clock=lambda: world.now).rest()
        with session.ledger.transaction() as c:  # as a process leaves it that is gone without letting go
            session.ledger.do(c, "UPDATE lease SET holder = ?", (f"{platform.node()}|999999999|x|plan",))
    clock = VirtualClock(world.now + timedelta(seconds=later))
    begun = clock.now()
    with world.session() as session:
        session.gate, session.clock = RunGate(clock=clock), clock.now
        make_plan(session, "agree")
        session.gate.enter(Pace("vendor", 5, 1.0))
    assert (clock.now() - begun).total_seconds() == pytest.approx(waits)
