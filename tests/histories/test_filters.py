"""Who may receive whom, and what becomes of records whose customer left (RULES R8)"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ConfigError, Field
from tests.engine import Side
from tests.histories.stage import FANGYUAN, QIMING, TIANHE, YURUN, Stage

PEOPLE = {"li": {"name": "李雷"}, "wang": {"name": "王芳"}}
OWNED = Side(formal=True, fields=("a", "b", "owner"), phones=1)


def private(person: str, *, create: bool = True, **extra: Any) -> Side:
    """A salesperson's own book."""
    return Side(phones=1, create=create, extra={"belongs_to": person, **extra})


def stage(tmp_path: Path, **sides: Side) -> Stage:
    given = {"crm": OWNED, "li": private("li"), "wang": private("wang"), **sides}
    return Stage(tmp_path, given, people=PEOPLE)


def test_r8a_only_the_owner_receives(tmp_path: Path) -> None:
    world = stage(tmp_path)
    world.add("crm", YURUN, owner="李雷", a="x")
    world.add("crm", TIANHE, owner="王芳", a="x")
    world.add("crm", FANGYUAN, a="nobody's")
    world.add("crm", QIMING, owner="一个陌生人", a="unmapped")
    for source in ("li", "wang"):
        world.add(source, f"{source}的旧客户有限公司")
    world.run()
    assert [len(world.keys("li", n)) for n in (YURUN, TIANHE, FANGYUAN, QIMING)] == [1, 0, 0, 0]
    assert [len(world.keys("wang", n)) for n in (YURUN, TIANHE, FANGYUAN, QIMING)] == [0, 1, 0, 0]
    assert world.absent(TIANHE, "li") == world.absent(FANGYUAN, "li") == world.absent(QIMING, "li") == "filtered"
    world.settles()


def test_r8a_harvest(tmp_path: Path) -> None:
    """A name and a phone typed in an empty row meet another's customer: matched and heard, and nothing is received."""
    world = stage(tmp_path)
    crm = world.add("crm", YURUN, owner="王芳", a="secret", b="secret", p1="13800138000")
    row = world.add("li", YURUN, p1="13800138000")
    world.run()
    world.run()
    assert world.link("li", row)[0] == world.link("crm", crm)[0]
    assert world.shows("li", row, "a") is None
    assert world.shows("li", row, "b") is None
    assert world.verdict("li", row, "a") == "filtered"
    world.edit("li", row, a="what he says")
    world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "secret", (
        "not agreed to: golden votes, and leads"
    )
    world.settles()
    assert world.shows("li", row, "b") is None
    assert world.shows("li", row, "a") == "what he says", "and even a vote that lost is not written over"


def test_r8a_harvest_of_an_empty_row_that_is_known(tmp_path: Path) -> None:
    """The row was there, of a customer of his own; he types another's name over it."""
    world = stage(tmp_path)
    world.add("crm", YURUN, owner="王芳", a="secret", b="secret")
    world.add("crm", TIANHE, owner="李雷", a="his")
    world.run()
    (row,) = world.keys("li", TIANHE)
    world.edit("li", row, name=YURUN, code=YURUN, a=None, b=None)
    world.run()
    world.run()
    assert world.shows("li", row, "a") is None
    assert world.shows("li", row, "b") is None


def test_r8c_owner_changes(tmp_path: Path) -> None:
    """The record is withdrawn at once: no write more, the link stays; the new owner gets one."""
    world = stage(tmp_path)
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    world.add("wang", "王芳的客户有限公司")
    world.run()
    (row,) = world.keys("li", YURUN)
    world.edit("crm", crm, owner="王芳", a="new")
    world.run()
    world.run()
    assert world.shows("li", row, "a") == "x"
    assert world.verdict("li", row, "a") == "filtered"
    assert world.link("li", row) == (world.entity(YURUN), "live")
    (mine,) = world.keys("wang", YURUN)
    assert world.shows("wang", mine, "a") == "new"
    world.edit("li", row, a="the ex-owner still types")
    world.run()
    assert world.golden(YURUN, "a") == "new", "heard: he had not seen `new`, so golden votes and the CRM leads"
    world.settles()
    assert world.shows("li", row, "a") == "the ex-owner still types"


def test_r8a_it_must_hold_before_and_after(tmp_path: Path) -> None:
    """The night of the change: the new owner's record, known before, gets nothing until golden held it before the run."""
    world = stage(tmp_path, wang=private("wang", create=False))
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    row = world.add("wang", YURUN)
    world.run()
    assert world.shows("wang", row, "a") is None
    world.edit("crm", crm, owner="王芳", a="y")
    world.run()
    assert world.shows("wang", row, "a") is None, "golden had another owner before this run"
    world.run()
    assert world.shows("wang", row, "a") == "y"
    world.settles()


def test_r8b_owner_typed_by_the_filtered_source(tmp_path: Path) -> None:
    """A field that an `only` names is never taken from the source that it filters: refused when loading."""
    world = Stage(tmp_path, {"crm": OWNED, "li": replace(private("li"), fields=("a", "owner"))}, people=PEOPLE)
    with pytest.raises(ConfigError, match="owner"):
        world.workspace()


def test_r8b_owner_pushed_only_is_not_heard(tmp_path: Path) -> None:
    """With `direction: push` he sees the owner, and what he types there is nobody's statement."""
    side = replace(private("li"), columns=("owner",), mapping={"owner": {"from": "owner", "direction": "push"}})
    world = stage(tmp_path, li=side)
    crm = world.add("crm", YURUN, owner="王芳", a="secret")
    row = world.add("li", YURUN, owner="李雷")
    for _ in range(3):
        world.run()
    assert world.shows("crm", crm, "owner") == "王芳"
    assert world.shows("li", row, "a") is None
    assert world.golden(YURUN, "owner") == "wang"


def test_r8b_belongs_to_gives_an_owner(tmp_path: Path) -> None:
    """To a customer whom no formal source knows and of whom only this person's sources speak; the CRM outranks it."""
    world = stage(tmp_path, crm=replace(OWNED, create=True))
    world.add("crm", FANGYUAN)
    world.add("li", YURUN, a="mine")
    world.run()
    (crm,) = world.keys("crm", YURUN)
    assert world.shows("crm", crm, "owner") == "李雷"
    world.settles()
    world.edit("crm", crm, owner="王芳")
    world.run()
    world.run()
    assert world.golden(YURUN, "owner") == "wang"
    assert world.shows("crm", crm, "owner") == "王芳"
    world.settles()


def test_r8b_the_crm_comes_to_know_him_as_anothers(tmp_path: Path) -> None:
    """The formal system's owner outranks what `belongs_to` gave, and nobody is asked."""
    world = stage(tmp_path)
    world.add("crm", FANGYUAN)
    row = world.add("li", YURUN, a="mine")
    world.run()
    assert world.golden(YURUN, "owner") == "li"
    crm = world.add("crm", YURUN, owner="王芳", a="theirs", b="secret")
    for _ in range(3):
        world.run()
    assert world.golden(YURUN, "owner") == "wang"
    assert world.questions() == []
    assert world.shows("crm", crm, "owner") == "王芳"
    assert world.shows("li", row, "b") is None
    world.settles()


def test_r8b_two_persons_speak_of_one(tmp_path: Path) -> None:
    """Two persons: the owner asks, and nothing is created for a customer whose owner is parked."""
    world = stage(tmp_path, crm=replace(OWNED, create=True))
    world.add("crm", FANGYUAN)
    world.add("li", YURUN, a="mine")
    world.add("wang", YURUN, b="mine too")
    world.run()
    assert world.keys("crm", YURUN) == []
    assert "owner" in {q.field for q in world.questions("field")}
    assert world.absent(YURUN, "crm").startswith("incomplete")
    world.run()
    assert world.keys("crm", YURUN) == []


def test_r8c_withdrawn_deleted_by_its_reader_and_back(tmp_path: Path) -> None:
    """While it is withdrawn its absence is no deletion and leaves no mark: when the customer comes back he gets a record."""
    world = stage(tmp_path)
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    world.add("crm", TIANHE, owner="李雷")
    world.run()
    (row,) = world.keys("li", YURUN)
    world.edit("crm", crm, owner="王芳")
    world.run()
    world.table("li").remove(row)
    world.run()
    assert not world.marked(YURUN, "li")
    assert len(world.keys("crm", YURUN)) == 1
    world.edit("crm", crm, owner="李雷", a="meanwhile")
    world.run()
    world.run()
    (again,) = world.keys("li", YURUN)
    assert world.shows("li", again, "a") == "meanwhile"
    world.settles()


def test_r8c_on_leave_remove_goes_through_a_hold(tmp_path: Path) -> None:
    world = stage(tmp_path, li=private("li", on_leave="remove"))
    world.config["guards"] = {"removals": "10", "creates": "100", "updates": "100", "hold": "2d"}
    world.write_workspace()
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    world.add("crm", TIANHE, owner="李雷")
    world.run()
    world.edit("crm", crm, owner="王芳")
    world.run()
    assert len(world.keys("li", YURUN)) == 1
    assert world.holds() == [("left", "open")]
    for _ in range(3):
        world.tick(days=1)
        world.run()
    assert world.keys("li", YURUN) == []
    assert len(world.keys("crm", YURUN)) == 1
    assert not world.marked(YURUN, "li"), "we removed it: no deletion, no mark"
    world.edit("crm", crm, owner="李雷")
    world.run()
    world.run()
    assert len(world.keys("li", YURUN)) == 1
    world.settles()


def test_r8c_back_before_the_hold_is_due(tmp_path: Path) -> None:
    world = stage(tmp_path, li=private("li", on_leave="remove"))
    world.config["guards"] = {"removals": "10", "creates": "100", "updates": "100", "hold": "2d"}
    world.write_workspace()
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    world.run()
    world.edit("crm", crm, owner="王芳")
    world.run()
    world.edit("crm", crm, owner="李雷", a="y")
    for _ in range(5):
        world.tick(days=1)
        world.run()
    (row,) = world.keys("li", YURUN)
    assert world.shows("li", row, "a") == "y"
    world.settles()


def test_r8c_on_leave_mark(tmp_path: Path) -> None:
    """Written into an empty cell or over our own mark, emptied when the customer is back; over a person's text listed."""
    side = private("li", on_leave={"mark": "state"})
    world = stage(tmp_path, li=replace(side, columns=("state",)))
    crm = world.add("crm", YURUN, owner="李雷", a="x")
    other = world.add("crm", TIANHE, owner="李雷", a="x")
    world.run()
    (row,), (typed,) = world.keys("li", YURUN), world.keys("li", TIANHE)
    world.edit("li", typed, state="我的备忘")
    world.run()
    world.edit("crm", crm, owner="王芳")
    world.edit("crm", other, owner="王芳")
    world.run()
    assert str(world.shows("li", row, "state")).partition(" 2026-03-")[0] in ("left", "已转出")
    assert world.shows("li", typed, "state") == "我的备忘"
    world.settles()
    world.edit("crm", crm, owner="李雷")
    world.run()
    world.run()
    assert not world.shows("li", row, "state")
    world.settles()


def test_r8_record_leaves_the_view(tmp_path: Path) -> None:
    """A view that shows less is a change of scope: nothing of it counts as deleted, nothing is created again."""
    world = stage(tmp_path, li=private("li", on_leave="remove", may_delete="true"))
    world.config["guards"] = {"removals": "10", "creates": "100", "updates": "100", "hold": "1m"}
    world.write_workspace()
    world.add("crm", YURUN, owner="李雷", a="x")
    world.add("crm", TIANHE, owner="李雷", a="x")
    world.run()
    (row,) = world.keys("li", YURUN)
    table = world.table("li")
    table.view, table.shown = "another view", lambda one: one.key != row
    world.run(code=5)
    for _ in range(4):
        world.tick(days=1)
        world.run(code=5)
    assert len(world.keys("crm", YURUN)) == 1
    assert world.keys("li", YURUN) == [row], "not created again beside the one that is hidden"
    assert not world.marked(YURUN, "li")
    assert world.holds() == []
    table.view, table.shown = "", lambda _: True
    world.run()
    assert world.link("li", row)[1] == "live"
    world.settles()


def test_r8_record_leaves_a_view_that_does_not_tell(tmp_path: Path) -> None:
    """The same name of the view, and the record is still there when it is fetched: the listing is incomplete."""
    world = stage(tmp_path)
    world.add("crm", YURUN, owner="李雷", a="x")
    world.add("crm", TIANHE, owner="李雷", a="x")
    world.run()
    (row,) = world.keys("li", YURUN)
    world.table("li").shown = lambda one: one.key != row
    for _ in range(3):
        world.run()
    assert world.keys("li", YURUN) == [row]
    world.table("li").shown = lambda _: True
    world.run()
    assert world.link("li", row)[1] == "live"
    world.settles()


def test_r8_unknown_parked_and_empty_do_not_pass(tmp_path: Path) -> None:
    """A protected field that asks is unknown: who is inside by it receives nothing."""
    kinds = {"organisation": {"fields": {"b": {"survive": "ask"}}}}
    sides = {
        "crm": Side(formal=True),
        "erp": Side(formal=True),
        "vip": Side(fields=("a",), extra={"only": {"b": "vip"}}),
    }
    world = Stage(tmp_path, sides, kinds=kinds)
    crm, erp = world.add("crm", YURUN, a="x", b="vip"), world.add("erp", YURUN, a="x", b="vip")
    vip = world.add("vip", YURUN, a="x")
    world.run()
    world.edit("crm", crm, a="y")
    world.run()
    assert world.shows("vip", vip, "a") == "y"
    world.edit("crm", crm, b="normal", a="z")
    world.edit("erp", erp, b="dead")
    world.run()
    assert world.verdict("crm", crm, "b") == "parked"
    assert world.shows("vip", vip, "a") == "y"
    world.edit("erp", erp, b="vip")
    world.edit("crm", crm, b="vip")
    world.run()
    world.run()
    assert world.shows("vip", vip, "a") == "z"
    world.settles()


def test_r8a_who_stands_only_where_owners_are_not_kept_has_none(tmp_path: Path) -> None:
    """A lead: no record of his could show an owner, so nobody owns him. A cell that could not be read stays unknown."""
    nobody = {"owner": {"empty": "true"}}
    sides = {"crm": OWNED, "leads": Side(extra={"only": nobody}), "pool": Side(formal=True)}
    jobs = {"agree": {"push": ["crm", "leads", "pool"], "create_in": {"pool": nobody}}}
    world = Stage(tmp_path, sides, people=PEOPLE, jobs=jobs)
    lead = world.add("leads", YURUN)
    world.add("crm", TIANHE, owner="王芳")
    world.add("crm", FANGYUAN)
    world.add("crm", QIMING, owner="一个陌生人")
    world.run()
    assert [len(world.keys("pool", n)) for n in (YURUN, TIANHE, FANGYUAN, QIMING)] == [1, 0, 1, 0]
    world.settles()
    world.edit("pool", world.keys("pool", YURUN)[0], a="x")
    world.run()
    assert world.shows("leads", lead, "a") == "x", "and whoever may see those whom nobody owns hears of him"


def test_r10_an_owner_whom_the_system_does_not_know_is_waited_for(tmp_path: Path) -> None:
    """The system would put another name there, as if the customer had been given away."""
    users = Field("owner", "owner", "staff", options=(("7", "王芳"),))
    crm = replace(OWNED, create=True, fields=("a", "b"), columns=(users,), mapping={"owner": "owner"})
    world = stage(tmp_path, crm=crm)
    world.add("li", YURUN, p1="13800138000")
    world.add("wang", TIANHE, p1="13900139000")
    planned = world.plan()
    world.apply(planned.plan)
    assert [len(world.keys("crm", name)) for name in (YURUN, TIANHE)] == [0, 1]
    assert world.absent(YURUN, "crm") == "incomplete: owner"
    assert world.plan().header["changes"] == 0
