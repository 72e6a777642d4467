"""What is met for the first time, who may clear, and the opt-out (RULES R6, R7, table 2)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine import Side
from tests.histories.stage import FORMAL, OFF_BOOK, TIANHE, YURUN, Stage, shared, two

THREE = {"crm": FORMAL, "book": OFF_BOOK, "late": OFF_BOOK}
CONSENT: dict[str, Any] = {
    "fields": ("a", "b", "consent"),
    "mapping": {"consent": {"from": "consent", "values": {"是": "true", "否": "false"}}},
}


def test_r7_a_edits_late_c_joins_run_c_edits(tmp_path: Path) -> None:
    """What C shows at its first link is kept and heard as nothing; its later edit is one made on its own value, which had
    not agreed to golden: golden votes too, and authority decides."""
    world = Stage(tmp_path, THREE, jobs={"first": {"pull": ["crm", "book"], "push": ["crm", "book"]}})
    crm = world.add("crm", YURUN, a="old")
    book = world.add("book", YURUN, a="old")
    world.run("first")
    world.edit("crm", crm, a="new")
    world.run("first")
    late = world.add("late", YURUN, a="old")
    other = world.add("late", TIANHE, a="his own")
    world.run()
    assert world.shows("late", late, "a") == "new", "a value golden once held and left is no edit: it is behind"
    assert ("a", "old") in world.losers(YURUN)
    assert world.shows("book", book, "a") == "new"
    assert world.shows("late", other, "a") == "his own"
    world.edit("late", late, a="typed in C")
    world.run()
    assert world.golden(YURUN, "a") == "typed in C", "now it is an edit on top of golden"
    world.settles()


def test_r7_what_a_late_source_shows_otherwise_is_kept(tmp_path: Path) -> None:
    world = Stage(tmp_path, THREE, jobs={"first": {"pull": ["crm", "book"], "push": ["crm", "book"]}})
    crm, book = world.add("crm", YURUN, a="old", b="x"), world.add("book", YURUN, a="old")
    world.run("first")
    late = world.add("late", YURUN, a="quite different")
    world.run()
    assert world.shows("late", late, "a") == "quite different", "nothing that a person typed is overwritten"
    assert world.verdict("late", late, "a") == "kept"
    assert world.shows("late", late, "b") == "x", "empties are filled"
    assert world.golden(YURUN, "a") == "old"
    world.edit("late", late, a="typed again")
    world.run()
    assert world.golden(YURUN, "a") == "old", "he had never agreed to `old`, and the CRM ranks before him"
    assert ("a", "typed again") in world.losers(YURUN)
    assert world.shows("late", late, "a") == "old"
    world.edit("late", late, a="on top of it")
    world.run()
    assert world.shows("crm", crm, "a") == world.shows("book", book, "a") == "on top of it"
    world.settles()


def test_r7_kept_lasts_while_golden_moves(tmp_path: Path) -> None:
    """Stop on (shown): an edit of golden elsewhere does not overwrite what was kept at first link."""
    world = two(tmp_path)
    crm, book = world.add("crm", YURUN, a="theirs"), world.add("book", YURUN, a="mine")
    world.run()
    assert world.verdict("book", book, "a") == "kept"
    world.edit("crm", crm, a="theirs, new")
    world.run()
    assert world.shows("book", book, "a") == "mine"
    assert world.verdict("book", book, "a") == "kept"
    world.decide(YURUN, "a", "theirs, new", {("crm", crm): "theirs, new", ("book", book): "mine"})
    world.run()
    assert world.shows("book", book, "a") == "theirs, new"
    assert ("a", "mine") in world.losers(YURUN)
    world.settles()


def test_r7_without_a_formal_value_the_commonest_off_book_value_wins(tmp_path: Path) -> None:
    sides = {"crm": FORMAL, "one": OFF_BOOK, "two": OFF_BOOK, "three": OFF_BOOK}
    world = Stage(tmp_path, sides)
    world.add("crm", YURUN)
    keys = {"one": world.add("one", YURUN, a="rare")}
    keys |= {name: world.add(name, YURUN, a="common") for name in ("two", "three")}
    world.run()
    assert world.golden(YURUN, "a") == "common"
    assert world.shows("one", keys["one"], "a") == "rare"
    assert world.verdict("one", keys["one"], "a") == "kept"
    world.settles()


def test_r7_ask_asks_for_each_difference(tmp_path: Path) -> None:
    world = two(tmp_path, first_link="ask")
    crm, book = world.add("crm", YURUN, a="theirs"), world.add("book", YURUN, a="mine")
    world.run()
    assert [q.field for q in world.questions("field")] == ["a"]
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("theirs", "mine")
    world.decide(YURUN, "a", "mine", {("crm", crm): "theirs", ("book", book): "mine"})
    world.run()
    assert world.shows("crm", crm, "a") == "mine"
    world.settles()


def test_r7_rules_lets_survive_decide_and_overwrite(tmp_path: Path) -> None:
    world = two(tmp_path, first_link="rules")
    _, book = world.add("crm", YURUN, a="theirs"), world.add("book", YURUN, a="mine")
    world.run()
    assert world.golden(YURUN, "a") == "theirs"
    assert ("a", "mine") in world.losers(YURUN)
    assert world.shows("book", book, "a") == "theirs"


def test_r7_a_cleared_golden_is_a_value(tmp_path: Path) -> None:
    """What was cleared is not brought back by a late source that never heard of it."""
    world = Stage(tmp_path, THREE, jobs={"first": {"pull": ["crm", "book"], "push": ["crm", "book"]}})
    crm, book = world.add("crm", YURUN, a="old"), world.add("book", YURUN, a="old")
    world.run("first")
    world.edit("crm", crm, a=None)
    world.run("first")
    assert world.shows("book", book, "a") is None
    late = world.add("late", YURUN, a="old")
    kept = world.add("late", TIANHE, a="x")
    world.run()
    assert world.golden(YURUN, "a") == ""
    assert world.shows("crm", crm, "a") is None
    assert world.shows("late", late, "a") is None, "golden once held it and left it"
    assert world.shows("late", kept, "a") == "x"
    world.settles()


def test_r6a_refused_clearing_run_a_edits(tmp_path: Path) -> None:
    """An off-book source cannot clear where the workspace names a formal one: its empty cell stands as kept, is not
    filled that night, and is filled once golden moves."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("book", book, a=None)
    world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "old"
    assert world.shows("book", book, "a") is None, "overruled: not written back the same night (R6b)"
    assert world.verdict("book", book, "a") == "kept"
    world.run()
    assert world.shows("book", book, "a") is None
    world.edit("crm", crm, a="new")
    world.run()
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_r6b_refused_clearing_then_his_own_edit(tmp_path: Path) -> None:
    """He types again into the cell he could not clear: a change, and golden votes, as no voter had agreed... he had."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("book", book, a=None)
    world.run()
    world.edit("book", book, a="typed")
    world.run()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "typed", "he knew `old` and replaced it"
    world.settles()


def test_r6a_a_person_may_decide_the_clearing(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("book", book, a=None)
    world.run()
    world.decide(YURUN, "a", "", {("crm", crm): "old", ("book", book): ""}, of=("book", book))
    world.run()
    assert world.shows("crm", crm, "a") is None
    world.settles()


@pytest.mark.parametrize("who", ["anyone", "nobody"])
def test_r6a_clear_follows_the_field(tmp_path: Path, who: str) -> None:
    world = two(tmp_path, kinds={"organisation": {"fields": {"a": {"clear": who}}}})
    crm, book = shared(world, a="old")
    source, key = ("book", book) if who == "anyone" else ("crm", crm)
    world.edit(source, key, a=None)
    world.run()
    assert world.golden(YURUN, "a") == ("" if who == "anyone" else "old")
    world.settles()


def test_r6c_opt_out_in_the_crm_late_sheet_says_yes(tmp_path: Path) -> None:
    """First link never loosens: the stricter value wins and is written over the late sheet's `yes` in the same run."""
    formal, off_book = Side(formal=True, **CONSENT), Side(**CONSENT)
    world = Stage(
        tmp_path,
        {"crm": formal, "book": off_book, "late": off_book},
        jobs={"first": {"pull": ["crm", "book"], "push": ["crm", "book"]}},
    )
    crm, book = world.add("crm", YURUN, consent="是"), world.add("book", YURUN, consent="是")
    world.run("first")
    world.edit("crm", crm, consent="否")
    world.run("first")
    assert world.shows("book", book, "consent") == "否"
    late = world.add("late", YURUN, consent="是")
    world.run()
    assert world.golden(YURUN, "consent") == "false"
    assert world.shows("late", late, "consent") == "否"
    assert world.shows("crm", crm, "consent") == "否"
    world.edit("late", late, consent="是")
    world.run()
    assert world.golden(YURUN, "consent") == "false", "only named sources loosen, and none is named"
    assert world.shows("late", late, "consent") == "否", "a refused loosening is written back in the same run"
    world.settles()


def test_r6c_a_named_source_loosens_knowingly(tmp_path: Path) -> None:
    formal, off_book = Side(formal=True, **CONSENT), Side(**CONSENT)
    kinds = {"organisation": {"fields": {"consent": {"authority": ["crm"]}}}}
    world = Stage(tmp_path, {"crm": formal, "book": off_book}, kinds=kinds)
    crm, book = world.add("crm", YURUN, consent="是"), world.add("book", YURUN, consent="是")
    world.run()
    world.edit("book", book, consent="否")
    world.run()
    assert world.shows("crm", crm, "consent") == "否", "anybody may opt out"
    world.edit("crm", crm, consent="是")
    world.run()
    assert world.shows("book", book, "consent") == "是", "it had agreed to the stricter value, and is named"
    world.settles()


def test_r6c_a_yes_that_had_not_seen_the_opt_out(tmp_path: Path) -> None:
    """The named source types `yes` in the night in which another opts out: that is no loosening made knowingly."""
    formal, off_book = Side(formal=True, **CONSENT), Side(**CONSENT)
    kinds = {"organisation": {"fields": {"consent": {"authority": ["crm"]}}}}
    world = Stage(tmp_path, {"crm": formal, "book": off_book}, kinds=kinds)
    crm, book = world.add("crm", YURUN), world.add("book", YURUN)
    world.run()
    world.edit("crm", crm, consent="是")
    world.edit("book", book, consent="否")
    world.run()
    assert world.golden(YURUN, "consent") == "false"
    assert world.shows("crm", crm, "consent") == "否"
    world.settles()


def test_r6c_consent_of_an_unnamed_source_fills_nobodys_empty_cell(tmp_path: Path) -> None:
    formal, off_book = Side(formal=True, **CONSENT), Side(**CONSENT)
    kinds = {"organisation": {"fields": {"consent": {"authority": ["crm"]}}}}
    world = Stage(tmp_path, {"crm": formal, "book": off_book}, kinds=kinds)
    crm, _ = world.add("crm", YURUN), world.add("book", YURUN, consent="是")
    world.run()
    assert world.shows("crm", crm, "consent") is None
    assert world.verdict("crm", crm, "consent") == "standing"
    world.settles()


def test_r6c_an_opt_out_is_not_cleared_away(tmp_path: Path) -> None:
    """An emptied cell is looser than a refusal."""
    formal, off_book = Side(formal=True, **CONSENT), Side(**CONSENT)
    world = Stage(tmp_path, {"crm": formal, "book": off_book})
    crm, _ = world.add("crm", YURUN, consent="否"), world.add("book", YURUN, consent="否")
    world.run()
    world.edit("crm", crm, consent=None)
    world.run()
    assert world.golden(YURUN, "consent") == "false"
    assert world.shows("crm", crm, "consent") == "否"
    world.settles()
