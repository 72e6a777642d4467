"""Who is who: creates, questions, joins, splits, relations and sheets (RULES R2a, R3, R10, R19, R4i)"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Op
from connectors.memory import Fault
from tests.engine import Side, cautious
from tests.histories.stage import FANGYUAN, OFF_BOOK, QIMING, TIANHE, YURUN, Stage, asks, two

CRM = Side(formal=True, create=True)
BRANCH, HEAD = "宇润科技(上海)有限公司", "上海宇润科技有限公司"


# ------------------------------------------------------------------------------ questions and creates


def test_r10a_two_sheets_one_question_same_night(tmp_path: Path) -> None:
    """Two sheets bring the same doubtful customer: nothing is created while it is asked, and only one afterwards."""
    world = Stage(tmp_path, {"crm": CRM, "li": OFF_BOOK, "wang": OFF_BOOK})
    world.add("crm", HEAD, "")
    world.add("crm", FANGYUAN, "")
    li, wang = world.add("li", BRANCH, "", a="from li"), world.add("wang", BRANCH, "", a="from wang")
    for _ in range(2):
        world.run()
        assert len(world.table("crm").all()) == 2
    questions = world.questions("identity")
    assert questions
    asked = {one for q in questions for one in (q.entity, q.other)}
    assert world.link("li", li)[0] in asked or world.link("wang", wang)[0] in asked
    (head,) = world.keys("crm", HEAD)
    assert world.answer("identity", "different")
    world.run()
    while world.answer("identity", "different"):
        world.run()
    world.run()
    assert world.keys("crm", HEAD) == [head]
    assert world.link("li", li)[0] == world.link("wang", wang)[0]
    assert len(world.keys("crm", BRANCH)) == 1
    assert len(world.table("crm").all()) == 3
    world.settles()


def test_r10a_answered_the_same(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": CRM, "li": OFF_BOOK, "wang": OFF_BOOK})
    crm = world.add("crm", HEAD, "", b="crm's")
    li, wang = world.add("li", BRANCH, "", a="from li"), world.add("wang", BRANCH, "")
    world.run()
    assert world.questions("identity")
    while world.answer("identity", "same"):
        world.run()
    world.run()
    assert len({world.link("li", li)[0], world.link("wang", wang)[0], world.link("crm", crm)[0]}) == 1
    assert len(world.table("crm").all()) == 1
    assert world.shows("crm", crm, "a") == "from li"
    assert world.shows("li", li, "b") == "crm's"
    world.settles()


def test_r3d_decided_without_being_asked(tmp_path: Path) -> None:
    """A decision that came by another way than the question closes it, and what waited for it goes on."""
    world = Stage(tmp_path, {"crm": CRM, "li": OFF_BOOK})
    crm, li = world.add("crm", HEAD, ""), world.add("li", BRANCH, "", a="from li")
    world.run()
    assert len(world.questions("identity")) == 1
    world.different(("crm", crm), ("li", li))
    world.run()
    assert world.questions() == []
    assert len(world.keys("crm", BRANCH)) == 1
    world.settles()


def test_r10b_somebody_made_it_between_plan_and_apply(tmp_path: Path) -> None:
    """Looked for by its certain identifier directly before: it is met and linked, not doubled."""
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    book = world.add("book", YURUN, "C1", a="x")
    planned = world.plan()
    crm = world.add("crm", YURUN, "C1", b="theirs")
    outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert outcome.applied.duplicate == 1
    world.run()
    assert world.keys("crm", YURUN) == [crm]
    assert world.link("crm", crm) == world.link("book", book)
    assert world.shows("crm", crm, "a") == "x"
    assert world.shows("book", book, "b") == "theirs"
    world.settles()


def test_r10b_looked_for_as_it_was_typed(tmp_path: Path) -> None:
    """A code is written without its signs; the system is searched for it as people type it, too."""
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    world.add("book", YURUN, "A-1")
    assert [after["code"] for _, op, after in world.plan_of() if op == "create"] == ["A1"]
    planned = world.plan()
    crm = world.add("crm", YURUN, "A-1", b="theirs")
    outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert outcome.applied.duplicate == 1
    world.run()
    assert world.keys("crm", YURUN) == [crm]
    assert world.shows("crm", crm, "code") == "A-1"
    world.settles()


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST])
def test_r10c_a_lost_create_is_never_repeated_blindly(tmp_path: Path, fault: Fault) -> None:
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    world.add("book", YURUN, a="x")
    world.stores["crm"].fault(fault, table="main", op=Op.CREATE)
    world.run()
    assert world.absent(YURUN, "crm") in ("doubt", "")
    world.tick(hours=2)
    world.run()
    world.tick(hours=2)
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    world.settles()
    assert len(world.keys("crm", YURUN)) == 1


def test_r10c_killed_after_a_create(tmp_path: Path) -> None:
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    book = world.add("book", YURUN, a="x")
    world.dies("crm", Op.CREATE)
    world.edit("book", book, a="edited before the next run")
    world.run()
    world.settles()
    (crm,) = world.keys("crm", YURUN)
    assert world.shows("crm", crm, "a") == "edited before the next run"


def test_r10d_what_on_create_put_in_is_no_vote(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": Side(formal=True, create=True), "book": Side(fields=("a",))})
    mapping = world.folder / "mappings" / "crm.yaml"
    mapping.write_text(mapping.read_text("utf-8") + "on_create: {b: 新建}\n", "utf-8")
    world._loaded = None
    world.add("crm", TIANHE)
    world.add("book", YURUN, a="x")
    world.run()
    (crm,) = world.keys("crm", YURUN)
    assert world.shows("crm", crm, "b") == "新建"
    world.run()
    assert world.golden(YURUN, "b") in (None, "")
    world.settles()
    world.edit("crm", crm, b="typed")
    world.run()
    assert world.golden(YURUN, "b") == "typed"


def test_t4_policy_incomplete_not_wanted_and_create(tmp_path: Path) -> None:
    """Each entity without a live link in a destination has one reason."""
    job = {"agree": {"push": ["crm", "book"], "create_in": {"crm": {"a": {"empty": False}}}}}
    world = Stage(tmp_path, {"crm": Side(formal=True), "book": OFF_BOOK}, jobs=job)
    world.add("crm", TIANHE)
    world.add("book", YURUN)
    world.add("book", QIMING, a="filled")
    outcome = world.run()
    assert world.absent(YURUN, "crm") == "policy"
    assert len(world.keys("crm", QIMING)) == 1
    absences = outcome.header["absences"]
    assert isinstance(absences, list)
    assert ["book", "not wanted", 1] in absences
    (yurun,) = world.keys("book", YURUN)
    world.edit("book", yurun, a="now it is")
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    world.settles()


def test_t4_picture_not_current(tmp_path: Path) -> None:
    """A destination whose listing was cut is no picture of itself: nothing is created there."""
    world = Stage(tmp_path, {"crm": Side(formal=True, create=True, can=cautious(page=1)), "book": OFF_BOOK})
    for name in (TIANHE, QIMING, FANGYUAN):
        world.add("crm", name)
    world.add("book", YURUN, a="x")
    world.stores["crm"].fault(Fault.CUT, table="main")
    world.run()
    assert world.keys("crm", YURUN) == []
    assert world.absent(YURUN, "crm") == "picture not current"
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    world.settles()


def test_r12_limit_cuts_the_first_apply(tmp_path: Path) -> None:
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    for name in (YURUN, QIMING, FANGYUAN):
        world.add("book", name, a="x")
    planned = world.plan()
    outcome = world.carry_out(planned, limit=2)
    assert outcome.applied is not None
    assert (outcome.applied.done, dict(outcome.applied.not_sent)) == (2, {"beyond the limit": 1})
    assert len(world.table("crm").all()) == 3
    world.run()
    assert len(world.table("crm").all()) == 4
    world.settles()


# ------------------------------------------------------------------------------ joins, splits, contradictions


def joined(world: Stage) -> tuple[str, str]:
    """Two customers who have nothing in common are said to be one -> their keys in the CRM."""
    one, two_ = world.add("crm", YURUN, a="yurun", b="only one"), world.add("crm", TIANHE, a="tianhe")
    world.add("book", YURUN, a="yurun")
    world.add("book", TIANHE, a="tianhe")
    world.run()
    world.same(("crm", one), ("crm", two_))
    world.run()
    return one, two_


def test_r19_false_join_ten_runs_split(tmp_path: Path) -> None:
    """Both sides get their own values back; edits made after the join stay with the part they were made on."""
    world = two(tmp_path, CRM)
    one, two_ = joined(world)
    assert world.link("crm", one)[0] == world.link("crm", two_)[0]
    for _ in range(5):
        world.run()
    (book,) = [key for key in world.table("book").all() if world.shows("book", key, "code") == TIANHE]
    world.edit("book", book, b="typed on tianhe after the join")
    for _ in range(5):
        world.run()
    assert world.shows("crm", one, "b") == "typed on tianhe after the join"
    world.different(("crm", one), ("crm", two_))
    world.run()
    for _ in range(3):
        world.run()
    assert world.link("crm", one)[0] != world.link("crm", two_)[0]
    assert (world.shows("crm", one, "name"), world.shows("crm", two_, "name")) == (YURUN, TIANHE)
    assert (world.shows("crm", one, "a"), world.shows("crm", two_, "a")) == ("yurun", "tianhe")
    assert world.shows("crm", two_, "b") == "typed on tianhe after the join"
    assert world.shows("crm", one, "b") == "only one", "what reached it only by our write goes back to its own value"
    assert len(world.table("crm").all()) == len(world.table("book").all()) == 2
    world.settles()


@pytest.mark.parametrize("whose", [0, 1])
def test_r19_a_gone_mark_returns_to_its_side(tmp_path: Path, whose: int) -> None:
    """A record that was deleted while both were one: its side is not created there again, and the other is not barred."""
    world = two(tmp_path, CRM)
    keys = joined(world)
    world.table("crm").remove(keys[whose])
    world.run()
    world.run()
    books = list(world.table("book").all())
    world.different(("book", books[0]), ("book", books[1]))
    for _ in range(3):
        world.run()
        assert len(world.table("crm").all()) == 1
    assert world.absent((YURUN, TIANHE)[whose], "crm") == "gone mark"
    assert world.marked((YURUN, TIANHE)[whose], "crm")
    assert not world.marked((TIANHE, YURUN)[whose], "crm")
    world.settles()


def test_r19_a_split_stays_split(tmp_path: Path) -> None:
    world = two(tmp_path, CRM)
    one, two_ = joined(world)
    world.different(("crm", one), ("crm", two_))
    world.run()
    world.run()
    for _ in range(3):
        world.run()
        assert world.link("crm", one)[0] != world.link("crm", two_)[0]
    assert len(world.table("crm").all()) == 2


def test_r19_a_join_never_loosens_an_opt_out(tmp_path: Path) -> None:
    side = Side(
        formal=True,
        fields=("a", "consent"),
        mapping={"consent": {"from": "consent", "values": {"是": "true", "否": "false"}}},
    )
    world = Stage(tmp_path, {"crm": side, "erp": side})
    one, two_ = world.add("crm", YURUN, consent="否"), world.add("crm", TIANHE, consent="是")
    world.run()
    world.same(("crm", one), ("crm", two_))
    world.run()
    world.run()
    assert world.shows("crm", one, "consent") == world.shows("crm", two_, "consent") == "否"
    world.different(("crm", one), ("crm", two_))
    world.run()
    world.run()
    assert world.shows("crm", one, "consent") == "否"
    assert world.shows("crm", two_, "consent") == "否", "a split never loosens either"


def test_r19_protected_fields_ask_at_a_join(tmp_path: Path) -> None:
    world = two(tmp_path, CRM, kinds=asks("a"))
    one, two_ = joined(world)
    assert "a" in {q.field for q in world.questions("field")}
    assert (world.shows("crm", one, "a"), world.shows("crm", two_, "a")) == ("yurun", "tianhe")
    world.run()
    assert (world.shows("crm", one, "a"), world.shows("crm", two_, "a")) == ("yurun", "tianhe")


def test_r3d_contradicting_decisions_undo_nothing_and_ask(tmp_path: Path) -> None:
    """A=B, B=C, A≠C: nothing is undone, no merge or create for them, asked once."""
    world = Stage(tmp_path, {"crm": CRM, "book": OFF_BOOK})
    keys = [world.add("book", name, "", a=name[:2]) for name in (YURUN, TIANHE, QIMING)]
    world.add("crm", FANGYUAN, "")
    a, b, c = (("book", key) for key in keys)
    world.plan()
    world.same(a, b)
    world.same(b, c)
    world.different(a, c)
    for _ in range(2):
        world.run()
    entities = [world.link(*spot)[0] for spot in (a, b, c)]
    assert entities[0] != entities[2]
    assert len(world.questions("contradiction")) == 1
    assert len(world.table("crm").all()) == 1


def test_r3b_echo_is_no_evidence(tmp_path: Path) -> None:
    """A phone that we wrote into a record does not tie that record to a third one."""
    side = Side(phones=1)
    world = Stage(tmp_path, {"crm": Side(formal=True, phones=1), "book": side, "late": side})
    world.add("crm", YURUN, "C-1", p1="13800138000")
    book = world.add("book", YURUN, "C-1")
    world.run()
    assert world.shows("book", book, "p1") == "13800138000"
    crm = world.keys("crm", YURUN)[0]
    world.table("crm").remove(crm)
    world.run()
    world.run()
    late = world.add("late", QIMING, "", p1="13800138000")
    world.run()
    assert world.link("late", late)[0] != world.link("book", book)[0]


def test_r3c_duplicates_are_kept_equal(tmp_path: Path) -> None:
    world = two(tmp_path)
    first, second = world.add("book", YURUN, a="x"), world.add("book", YURUN, a="x")
    world.add("crm", YURUN, a="x")
    world.run()
    world.edit("book", second, a="y")
    world.run()
    assert world.shows("book", first, "a") == world.shows("book", second, "a") == "y"
    world.settles()


def test_r3a_a_linked_part_stays_linked(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": Side(formal=True, phones=1), "book": Side(phones=1)})
    crm = world.add("crm", YURUN, "", p1="13800138000")
    book = world.add("book", YURUN, "", p1="13800138000")
    world.run()
    before = world.link("book", book)
    assert before == world.link("crm", crm)
    world.edit("book", book, p1="13900139000")
    world.run()
    assert world.link("book", book) == before
    world.settles()


# ------------------------------------------------------------------------------ relations


def kin(create: bool = False) -> Side:
    return Side(
        formal=True, create=create, columns=("up",), mapping={"parent": {"from": "up", "ref": "crm", "by": "name"}}
    )


def test_r4i_parent_misspelt(tmp_path: Path) -> None:
    """A look-up never invents a customer: what is not there is a standing problem of that record."""
    book = Side(columns=("up",), mapping={"parent": {"from": "up", "ref": "crm", "by": "name"}})
    world = Stage(tmp_path, {"crm": kin(), "book": book})
    child = world.add("crm", QIMING)
    world.add("crm", YURUN)
    row = world.add("book", QIMING, up="上海宇闰科技有限公司")
    for _ in range(2):
        world.run()
    assert len(world.entities()) == 2
    assert world.shows("crm", child, "up") is None
    assert world.shows("book", row, "up") == "上海宇闰科技有限公司"
    world.settles()
    world.edit("book", row, up=YURUN)
    world.run()
    assert world.shows("crm", child, "up") == YURUN
    world.settles()


def test_t4_parent_created_after_its_child_stood_waiting(tmp_path: Path) -> None:
    """The child waits with the reason `parent`, and follows the night its parent is there."""
    book = Side(columns=("up",), mapping={"parent": {"from": "up", "ref": "book", "by": "name"}})
    job = {"agree": {"push": ["crm", "book"], "create_in": {"crm": {"a": {"empty": False}}}}}
    world = Stage(tmp_path, {"crm": kin(), "book": book}, jobs=job)
    world.add("crm", TIANHE)
    parent = world.add("book", YURUN)
    world.add("book", QIMING, a="x", up=YURUN)
    world.run()
    assert world.absent(YURUN, "crm") == "policy"
    assert world.absent(QIMING, "crm") == "parent"
    assert world.keys("crm", QIMING) == []
    world.edit("book", parent, a="now it is wanted")
    world.run()
    world.run()
    (child,) = world.keys("crm", QIMING)
    assert world.shows("crm", child, "up") == YURUN
    assert len(world.keys("crm", YURUN)) == 1
    world.settles()


def test_r14c_parents_before_children_in_one_plan(tmp_path: Path) -> None:
    book = Side(columns=("up",), mapping={"parent": {"from": "up", "ref": "book", "by": "name"}})
    world = Stage(tmp_path, {"crm": kin(create=True), "book": book})
    world.add("crm", TIANHE)
    world.add("book", QIMING, up=YURUN)
    world.add("book", YURUN, up=FANGYUAN)
    world.add("book", FANGYUAN)
    world.run()
    world.settles()
    assert world.shows("crm", world.keys("crm", QIMING)[0], "up") == YURUN
    assert world.shows("crm", world.keys("crm", YURUN)[0], "up") == FANGYUAN


def test_r4i_a_cycle_of_parents_is_parked(tmp_path: Path) -> None:
    """At the edge golden took in the latest run; nothing is written round the circle."""
    world = Stage(tmp_path, {"crm": kin(), "erp": Side(formal=True)})
    one, two_ = world.add("crm", YURUN), world.add("crm", TIANHE, up=YURUN)
    world.run()
    world.edit("crm", one, up=TIANHE)
    for _ in range(2):
        world.run()
    assert world.questions("field")
    assert (world.shows("crm", one, "up"), world.shows("crm", two_, "up")) == (TIANHE, YURUN)
    world.settles()
