"""Taking back (RULES R18), and what people do meanwhile"""

from __future__ import annotations

from pathlib import Path

from tests.engine import Side
from tests.histories.stage import TIANHE, YURUN, Stage, shared, two

CRM = Side(formal=True, create=True)


def test_r18_undo_then_run(tmp_path: Path) -> None:
    """Restored everywhere it was written, golden goes back, the author's cell is kept; nothing undone happens again."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("book", book, a="wrong")
    world.run()
    assert world.shows("crm", crm, "a") == "wrong"
    world.undo()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "old"
    assert world.shows("book", book, "a") == "wrong", "the author's cell is kept"
    assert world.verdict("book", book, "a") == "kept"
    for _ in range(3):
        world.run()
        assert world.shows("crm", crm, "a") == "old"
    world.settles()
    world.edit("book", book, a="right")
    world.run()
    assert world.shows("crm", crm, "a") == "right"
    world.settles()


def test_r18_a_edits_run_b_edits_undo(tmp_path: Path) -> None:
    """Somebody touched a cell of it since: the field is left, and said; nobody's work is taken away."""
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="from A", b="from A too")
    world.run()
    world.edit("book", book, a="B on top")
    undone = world.undo()
    assert undone.undone is not None
    assert world.shows("book", book, "a") == "B on top"
    assert world.shows("book", book, "b") == "old", "per field: the other one is restored"
    world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "B on top"
    world.settles()


def test_r18_undo_of_a_create(tmp_path: Path) -> None:
    """The record goes, a gone mark stays: it is not made again without a person."""
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    book = world.add("book", YURUN, a="x")
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    world.undo(allow={"removals": "1"})
    assert world.keys("crm", YURUN) == []
    assert world.marked(YURUN, "crm")
    for _ in range(3):
        world.run()
        assert world.keys("crm", YURUN) == []
    assert world.shows("book", book, "a") == "x"
    assert world.absent(YURUN, "crm") == "gone mark"
    world.settles()


def test_r18_undo_of_a_create_that_somebody_has_worked_on(tmp_path: Path) -> None:
    world = two(tmp_path, CRM)
    world.add("crm", TIANHE)
    world.add("book", YURUN, a="x")
    world.run()
    (crm,) = world.keys("crm", YURUN)
    world.edit("crm", crm, b="a person's")
    world.undo(allow={"removals": "1"})
    assert world.keys("crm", YURUN) == [crm], "changed since: it is left"


def test_r18_undo_of_a_join(tmp_path: Path) -> None:
    """The two are two again, with `different` between them."""
    world = two(tmp_path, CRM)
    one, two_ = world.add("crm", YURUN, a="yurun", b="b1"), world.add("crm", TIANHE, a="tianhe", b="b2")
    world.add("book", YURUN)
    world.run()
    world.same(("crm", one), ("crm", two_))
    world.run()
    assert world.link("crm", one)[0] == world.link("crm", two_)[0]
    world.undo()
    world.run()
    world.run()
    assert world.link("crm", one)[0] != world.link("crm", two_)[0]
    assert (world.shows("crm", one, "a"), world.shows("crm", two_, "a")) == ("yurun", "tianhe")
    assert (world.shows("crm", one, "name"), world.shows("crm", two_, "name")) == (YURUN, TIANHE)
    for _ in range(2):
        world.run()
    assert world.link("crm", one)[0] != world.link("crm", two_)[0]
    world.settles()


def test_r18_a_first_value_is_not_taken_back(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world)
    world.edit("book", book, a="first")
    world.run()
    world.undo()
    assert world.shows("crm", crm, "a") == "first"
    world.settles()


def test_r18_an_opt_out_is_never_taken_back(tmp_path: Path) -> None:
    consent = {"consent": {"from": "consent", "values": {"是": "true", "否": "false"}}}
    side = Side(formal=True, fields=("a", "consent"), mapping=consent)
    world = Stage(tmp_path, {"crm": side, "erp": side})
    crm, erp = shared(world, ("crm", "erp"), consent="是", a="old")
    world.edit("erp", erp, consent="否", a="new")
    world.run()
    world.undo()
    assert world.shows("crm", crm, "consent") == "否"
    assert world.shows("crm", crm, "a") == "old"
    world.settles()


def test_r18_undo_of_the_undone_run_is_refused_kindly(tmp_path: Path) -> None:
    """Newest run first; an undo can itself be taken back."""
    world = two(tmp_path)
    crm, book = shared(world, a="one")
    world.edit("crm", crm, a="two")
    world.run()
    world.edit("crm", crm, a="three")
    world.run()
    world.undo()
    assert world.shows("book", book, "a") == "two"
    assert world.golden(YURUN, "a") == "two"
    world.settles()
    assert world.shows("crm", crm, "a") == "three", "the author's cell is kept"
