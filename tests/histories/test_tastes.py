"""What a system makes of what we wrote, and writes whose answer is open (RULES R4j, R15, R16, table 2)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Op, Record
from connectors.memory import Fault
from sync.context import TableState
from sync.writing import repeated
from tests.engine import Side, cautious
from tests.histories.stage import FORMAL, OFF_BOOK, YURUN, Stage, shared, two

SHORT_FIELD = Side(lengths={"a": 6})
LONG = "a text that is longer than the field"


def test_r4j_truncating_destination_three_idle_runs(tmp_path: Path) -> None:
    """What a cut leaves is that system's form of golden: nobody's edit, and not written again."""
    world = two(tmp_path, book=SHORT_FIELD)
    world.table("book").cut = {"a"}
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a=LONG)
    world.run()
    assert world.shows("book", book, "a") == LONG[:6]
    for _ in range(3):
        assert world.plan().header["changes"] == 0
        world.run()
        assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == LONG
        assert world.shows("book", book, "a") == LONG[:6]
    assert world.losers(YURUN) == []
    assert world.verdict("book", book, "a") == "agreed"


def test_r4j_the_next_edit_of_a_cut_value(tmp_path: Path) -> None:
    """An edit made where the cut value stands is made on top of golden, and wins alone."""
    world = two(tmp_path, book=SHORT_FIELD)
    world.table("book").cut = {"a"}
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a=LONG)
    world.run()
    world.edit("book", book, a="mine")
    world.run()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "mine"
    world.settles()


@pytest.mark.parametrize("answers", [True, False])
def test_r15_killed_after_a_truncating_write_then_idle(tmp_path: Path, *, answers: bool) -> None:
    """The doubt is settled by a re-read: a cut at a described length is what was intended."""
    world = two(tmp_path, book=SHORT_FIELD)
    world.table("book").cut = {"a"}
    world.table("book").answers = answers
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a=LONG)
    world.dies("book")
    assert world.shows("book", book, "a") == LONG[:6], "it was written before we died"
    world.run()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == LONG
    assert world.plan().header["changes"] == 0
    assert world.losers(YURUN) == []
    world.settles()


def test_r15_killed_after_a_truncating_write_then_edit(tmp_path: Path) -> None:
    """Somebody typed there before the re-read: neither what was before nor what was intended, so the field asks."""
    world = two(tmp_path, book=SHORT_FIELD)
    world.table("book").cut = {"a"}
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a=LONG)
    world.dies("book")
    world.edit("book", book, a="typed")
    world.run()
    assert world.shows("book", book, "a") == "typed"
    assert world.shows("crm", crm, "a") == LONG
    assert world.verdict("book", book, "a") == "doubt"
    assert [q.field for q in world.questions("field")] == ["a"]
    world.edit("book", book, a="old")
    world.run()
    assert world.questions("field"), "showing `before` again ends nothing once it was unclear"
    world.decide(YURUN, "a", LONG, {("crm", crm): LONG, ("book", book): "old"})
    world.run()
    assert world.shows("book", book, "a") == LONG[:6]
    assert world.questions() == []
    world.settles()


def test_r15_edit_elsewhere_while_in_doubt(tmp_path: Path) -> None:
    """The rest of the field goes on: only the cell in doubt is neither heard nor written."""
    sides = {"crm": FORMAL, "book": OFF_BOOK, "phone": OFF_BOOK}
    world = Stage(tmp_path, sides, jobs={"rest": {"pull": ["crm", "phone"], "push": ["crm", "phone"]}})
    crm, book, phone = shared(world, tuple(sides), a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.LOST_ANSWER, table="main", op=Op.UPDATE)
    outcome = world.run()
    assert outcome.applied is not None
    assert outcome.applied.unknown == 1
    world.edit("phone", phone, a="newer")
    world.run("rest")
    assert world.shows("crm", crm, "a") == "newer"
    world.settles()
    assert world.shows("book", book, "a") == "newer"
    assert world.losers(YURUN) == []


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST])
def test_r15_lost_write_is_looked_at_first(tmp_path: Path, fault: Fault) -> None:
    """Whether it landed is told by the re-read; it is written once more where it did not."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(fault, table="main", op=Op.UPDATE)
    world.run()
    assert world.verdict("book", book, "a") == "doubt"
    world.tick(hours=2)
    world.run()
    world.settles()
    assert world.shows("book", book, "a") == world.golden(YURUN, "a") == "new"
    assert world.losers(YURUN) == []


def test_r4j_title_casing_workflow_a_minute_after_our_write(tmp_path: Path) -> None:
    """The first new value after our write that is the same in comparison form is that system's form: no edit."""
    world = two(tmp_path)
    crm, book = shared(world, a="old text")
    world.table("book").workflow("after", lambda v: {"a": str(v["a"]).title()})
    world.edit("crm", crm, a="new text")
    world.run()
    assert world.shows("book", book, "a") == "new text"
    world.tick(minutes=1)
    for _ in range(3):
        world.run()
    assert world.shows("book", book, "a") == "New Text"
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "new text"
    assert world.plan().header["changes"] == 0
    assert world.verdict("book", book, "a") == "agreed"


def test_r4j_cosmetic_change_without_authority_is_noted(tmp_path: Path) -> None:
    """Later cosmetic changes vote only from a source with authority for the field."""
    world = two(tmp_path)
    crm, book = shared(world, a="big text")
    world.edit("book", book, a="Big Text")
    world.run()
    assert world.golden(YURUN, "a") == "big text"
    assert world.shows("book", book, "a") == "Big Text", "agreed, so not written back"
    assert ("a", "Big Text") in world.losers(YURUN)
    world.edit("crm", crm, a="BIG TEXT")
    world.run()
    assert world.golden(YURUN, "a") == "BIG TEXT"
    world.settles()


def test_r4j_a_person_shortens_what_we_wrote(tmp_path: Path) -> None:
    """A cut is a form only at the described length or a learnt one: elsewhere it is a person's edit."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a=LONG)
    world.run()
    world.edit("book", book, a=LONG[:10])
    world.run()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == LONG[:10]
    world.settles()


def test_r4j_a_person_shortens_it_at_the_described_length(tmp_path: Path) -> None:
    """The system says who did it: a named person's edit is no form, whatever its length."""
    world = two(tmp_path, book=SHORT_FIELD)
    world.table("book").cut = {"a"}
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="abcdef")
    world.run()
    world.table("book").edit(book, {"a": "ABCDEF"}, by="li")
    world.run()
    world.run()
    assert world.table("book").editors
    assert ("a", "ABCDEF") in world.losers(YURUN) or world.golden(YURUN, "a") == "ABCDEF"
    world.settles()


def test_r4j_lengths_are_learnt(tmp_path: Path) -> None:
    """A cut at the length at which two other records of that field were cut is a form, though nobody describes it."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": Side(can=cautious(quiet=False))})
    names = ["上海宇润科技有限公司", "北京天合贸易有限公司", "广州方圆设计有限公司"]
    keys = {n: (world.add("crm", n, a="old"), world.add("book", n, a="old")) for n in names}
    world.run()
    world.table("book").workflow("after", lambda v: {"a": str(v["a"])[:8]})
    for number, name in enumerate(names):
        world.edit("crm", keys[name][0], a=f"text number {number} of this size")
    world.run()
    world.stores["book"].run_workflows()
    world.run()
    assert len({world.shows("book", key, "a") for _, key in keys.values()} - {"text num"}) <= 1


def test_r16_two_workflows_that_fight_are_frozen(tmp_path: Path) -> None:
    """We wrote the same cell three times within ten runs and it came back to a former value each time: it is listed
    with its history, and the rest of the record goes on."""
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.table("crm").editors = world.table("book").editors = False
    world.table("crm").workflow("after", lambda v: {"a": "what the CRM wants"})
    world.table("book").workflow("after", lambda v: {"a": "what the book wants"})
    world.edit("crm", crm, a="new")
    for _ in range(12):
        world.run()
        for source in ("crm", "book"):
            world.stores[source].run_workflows()
    assert "frozen" in (world.verdict("book", book, "a"), world.verdict("crm", crm, "a"))
    assert world.plan().header["changes"] == 0
    world.edit("crm", crm, b="else")
    world.run()
    assert world.shows("book", book, "b") == "else"
    for source in ("crm", "book"):
        world.stores[source].run_workflows()
        world.table(source).workflows.clear()
    frozen, key = ("book", book) if world.verdict("book", book, "a") == "frozen" else ("crm", crm)
    world.edit(frozen, key, a="never seen there before")
    world.run()
    assert world.verdict(frozen, key, "a") != "frozen"
    world.settles()


def test_t2_silently_ignored_is_rejected(tmp_path: Path) -> None:
    """Done, and read back as it was before: it stands with the same answer until golden or the description moves."""
    world = two(tmp_path)
    world.table("book").answers = False
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.IGNORED, table="main", op=Op.UPDATE)
    world.run()
    assert world.cell("book", book, "a")[0] == "standing"
    assert world.plan().header["changes"] == 0
    world.edit("crm", crm, a="newer")
    world.run()
    assert world.shows("book", book, "a") == "newer"
    world.settles()


def test_t2_refused_field_stands_and_the_rest_is_written(tmp_path: Path) -> None:
    """R9: refusal is per field."""
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="bad", b="good")
    world.stores["book"].fault(Fault.REJECTED, table="main", op=Op.UPDATE, fields=["a"])
    world.run()
    assert world.shows("book", book, "a") == "old"
    assert world.shows("book", book, "b") == "good"
    assert world.verdict("book", book, "a") == "standing"
    assert world.golden(YURUN, "a") == "bad"
    assert world.plan().header["changes"] == 0
    world.edit("book", book, a="typed on a refused cell")
    world.run()
    assert world.golden(YURUN, "a") == "bad", "it had never agreed to `bad`: golden votes, and ranks before it"
    assert ("a", "typed on a refused cell") in world.losers(YURUN)
    world.settles()


def test_t2_deferred_is_planned_again(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.DEFERRED, table="main", op=Op.UPDATE)
    outcome = world.run()
    assert outcome.applied is not None
    assert sum(outcome.applied.not_sent.values()) == 1
    assert world.shows("book", book, "a") == "old"
    assert world.verdict("book", book, "a") in ("change", "agreed")
    world.run()
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_t2_somebody_was_there_between_write_and_read_back(tmp_path: Path) -> None:
    """Read back, and it is something else: a doubt, unclear, which a person decides."""
    world = two(tmp_path)
    world.table("book").answers = False
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.AFTER, table="main", op=Op.UPDATE, do=lambda: world.edit("book", book, a="late"))
    world.run()
    assert world.verdict("book", book, "a") == "doubt"
    world.run()
    assert world.shows("book", book, "a") == "late"
    assert world.shows("crm", crm, "a") == "new"
    world.decide(YURUN, "a", "late", {("book", book): "late", ("crm", crm): "new"})
    world.run()
    assert world.shows("crm", crm, "a") == "late"
    world.settles()


def test_t2_stored_otherwise_is_agreed_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else in the write's own answer: agreed, and counted as stored otherwise; the next edit there wins."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    monkeypatch.setattr(world.table("book"), "_taste", lambda name, value: "N/A" if name == "a" else value)
    world.edit("crm", crm, a="new")
    outcome = world.run()
    assert world.shows("book", book, "a") == "N/A"
    assert outcome.applied is not None
    for _ in range(2):
        world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "new"
    assert world.plan().header["changes"] == 0
    world.edit("book", book, a="typed")
    world.run()
    assert world.golden(YURUN, "a") == "typed"


def test_r9_drift_is_repaired(tmp_path: Path) -> None:
    """A cell that is behind golden is a change, also when nobody edited tonight."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.CONFLICT, table="main", op=Op.UPDATE, times=5)
    world.run()
    assert world.shows("book", book, "a") == "old"
    world.stores["book"].troubles.clear()
    assert [(source, after) for source, _, after in world.plan_of()] == [("book", {"a": "new"})]
    world.settles()
    assert world.shows("book", book, "a") == "new"


def test_r14b_without_precondition_the_before_image_is_compared(tmp_path: Path) -> None:
    """No precondition at the system: it is re-read directly before the write, and a moved record is a conflict."""
    world = two(tmp_path, book=replace(OFF_BOOK, can=cautious(checks={})))
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.edit("book", book, a="typed since")
    world.carry_out(planned)
    assert world.shows("book", book, "a") == "typed since"
    world.run()
    assert world.shows("book", book, "a") == "new"
    assert ("a", "typed since") in world.losers(YURUN)
    world.settles()


def test_r13b_a_moved_record_is_a_conflict_of_that_change_alone(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    other = world.add("crm", "北京天合贸易有限公司", a="old")
    there = world.add("book", "北京天合贸易有限公司", a="old")
    world.run()
    world.edit("crm", crm, a="new")
    world.edit("crm", other, a="new")
    planned = world.plan()
    world.edit("book", book, b="moved")
    world.edit("book", there, a="typed since")
    outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert (outcome.applied.done, outcome.applied.conflict) == (1, 1)
    assert world.shows("book", there, "a") == "typed since"
    assert world.shows("book", book, "b") == "moved"
    world.settles()
    assert world.shows("crm", crm, "b") == "moved"
    assert world.shows("book", book, "a") == world.shows("book", there, "a") == "new"


def test_r14a_an_edit_beside_what_is_written_is_no_conflict(tmp_path: Path) -> None:
    """CONTRACT "checks": the system refuses for another column; what we write over stands, so it is written after all."""
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.edit("book", book, b="typed since")
    outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert (outcome.applied.done, outcome.applied.conflict) == (1, 0)
    assert (world.shows("book", book, "a"), world.shows("book", book, "b")) == ("new", "typed since")
    world.run()
    assert world.shows("crm", crm, "b") == world.golden(YURUN, "b") == "typed since"
    world.settles()


def test_r14a_a_record_that_speaks_of_somebody_else_now_is_not_written(tmp_path: Path) -> None:
    """The cell is as it was, the row was given to another customer: nothing of the first one lands there."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.edit("book", book, name="成都启明医疗器械有限公司", code="启明")
    outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert (outcome.applied.done, outcome.applied.conflict) == (0, 1)
    assert world.shows("book", book, "a") == "old"


def test_r14a_a_record_that_moves_all_the_time_is_tried_once_more_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="new")
    fetched: list[Sequence[str]] = []
    really = repeated.fetched

    def and_moves(table: TableState, keys: Sequence[str]) -> dict[str, list[Record]]:
        found = really(table, keys)
        fetched.append(keys)
        world.edit("book", book, b=f"typed {len(fetched)}")
        return found

    planned = world.plan()
    world.edit("book", book, b="typed")
    with monkeypatch.context() as patched:
        patched.setattr("sync.writing.repeated.fetched", and_moves)
        outcome = world.carry_out(planned)
    assert outcome.applied is not None
    assert (outcome.applied.conflict, len(fetched)) == (1, 1)
    assert world.shows("book", book, "a") == "old"
    world.settles()
    assert world.shows("book", book, "a") == "new"
    assert world.shows("crm", crm, "b") == "typed 1"


def test_r9_a_pushed_text_that_is_refused_is_not_sent_again(tmp_path: Path) -> None:
    """Until golden says something else."""
    book = replace(OFF_BOOK, fields=("b",), columns=("remark",), mapping={"a": {"from": "remark", "direction": "push"}})
    world = two(tmp_path, book=book)
    crm, row = world.add("crm", YURUN, a="refused"), world.add("book", YURUN)
    world.stores["book"].fault(Fault.REJECTED, table="main", op=Op.UPDATE, fields=["remark"])
    world.run()
    assert world.shows("book", row, "remark") is None
    for _ in range(2):
        assert world.plan().header["changes"] == 0
    world.edit("crm", crm, a="taken")
    world.run()
    assert world.shows("book", row, "remark") == "taken"
    world.settles()
