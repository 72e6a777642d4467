"""Rows that come to speak of somebody else (RULES R2)"""

from __future__ import annotations

from pathlib import Path

from tests.engine import Side
from tests.histories.stage import FANGYUAN, QIMING, TIANHE, YURUN, Stage, two


def test_r2d_reused_row_with_left_overs(tmp_path: Path) -> None:
    """The row of one customer is typed over with another; what was not retyped is left over: it is not taken into the
    new customer, and the old one is neither renamed nor made anew there."""
    world = two(tmp_path, book=Side(create=True))
    yurun = world.add("crm", YURUN, a="yurun's", b="x")
    tianhe = world.add("crm", TIANHE, b="y")
    row = world.add("book", YURUN, a="yurun's")
    world.run("agree")
    other = next(key for key in world.keys("book", TIANHE))
    world.table("book").remove(other)
    world.run()
    world.edit("book", row, name=TIANHE, code=TIANHE, b="retyped")
    world.run()
    assert world.link("book", row) == (world.entity(TIANHE), "live")
    assert world.shows("crm", yurun, "name") == YURUN
    assert world.shows("crm", tianhe, "a") is None, "left over"
    assert world.golden(TIANHE, "a") in (None, "")
    assert world.shows("crm", tianhe, "b") == "retyped" or world.shows("book", row, "b") in ("y", "retyped")
    assert world.shows("book", row, "a") == "yurun's", "nothing is written over it either"
    assert world.marked(YURUN, "book")
    assert world.absent(YURUN, "book") == "gone mark", "where a row was re-used: a mark, so it is not created again"
    assert world.holds() == []
    world.settles()
    world.edit("book", row, a="confirmed")
    world.run()
    assert world.shows("crm", tianhe, "a") == "confirmed"
    world.settles()


def test_r2c_correction_of_a_name(tmp_path: Path) -> None:
    """Within typing distance, and nobody else fits better: a correction, which goes everywhere."""
    world = two(tmp_path)
    crm, book = world.add("crm", "上海宇闰科技有限公司", "C-1"), world.add("book", "上海宇闰科技有限公司", "C-1")
    world.run()
    world.edit("book", book, name=YURUN)
    world.run()
    assert world.shows("crm", crm, "name") == YURUN
    assert world.questions() == []
    assert len(world.entities()) == 1
    world.settles()


def test_r2c_move_to_another_known_customer(tmp_path: Path) -> None:
    world = two(tmp_path)
    yurun, tianhe = world.add("crm", YURUN, a="y"), world.add("crm", TIANHE, a="t")
    row = world.add("book", YURUN, a="y")
    world.run()
    world.edit("book", row, name=TIANHE, code=TIANHE, a=None)
    world.run()
    assert world.link("book", row) == (world.entity(TIANHE), "live")
    assert world.shows("crm", yurun, "name") == YURUN
    assert world.shows("crm", yurun, "a") == "y", "no clearing of the other's value"
    assert world.shows("book", row, "a") == "t"
    assert world.shows("crm", tianhe, "a") == "t"
    world.settles()


def test_r2c_unknown_name_asks_and_the_part_is_silent(tmp_path: Path) -> None:
    """Neither a correction nor a known customer: the part is silent until somebody says who it is."""
    world = two(tmp_path, crm=Side(formal=True, create=True))
    crm, book = world.add("crm", YURUN, "", a="old"), world.add("book", YURUN, "", a="old")
    world.add("crm", FANGYUAN)
    world.run()
    world.edit("book", book, name=QIMING, a="of whom?")
    for _ in range(2):
        world.run()
        assert world.shows("crm", crm, "name") == YURUN
        assert world.shows("crm", crm, "a") == "old"
        assert world.shows("book", book, "name") == QIMING, "nothing is written there either"
        assert world.keys("crm", QIMING) == []
    assert world.verdict("book", book, "a") == "silent"
    world.answer_subject("other")
    world.run()
    world.run()
    assert len(world.keys("crm", QIMING)) == 1
    assert world.golden(QIMING, "a") == "of whom?"
    assert world.shows("crm", crm, "a") == "old"
    world.settles()


def test_r2c_answered_the_same(tmp_path: Path) -> None:
    """It was a renaming after all: the change goes on as a correction."""
    world = two(tmp_path)
    crm, book = world.add("crm", YURUN, "", a="old"), world.add("book", YURUN, "", a="old")
    world.add("crm", FANGYUAN)
    world.run()
    world.edit("book", book, name=QIMING, a="new")
    world.run()
    world.answer_subject("same")
    world.run()
    assert world.shows("crm", crm, "name") == QIMING
    assert world.shows("crm", crm, "a") == "new"
    assert len(world.keys("crm", QIMING)) == 1
    world.settles()


def test_r2c_all_records_of_a_table_renamed(tmp_path: Path) -> None:
    """If all records of an entity in that table change in the same way, the entity was renamed."""
    world = two(tmp_path)
    crm = world.add("crm", YURUN, "C-1")
    rows = [world.add("book", YURUN, "C-1", a=str(n)) for n in range(2)]
    world.run()
    for row in rows:
        world.edit("book", row, name=QIMING)
    world.run()
    assert world.shows("crm", crm, "name") == QIMING
    assert len({world.link("book", row)[0] for row in rows}) == 1
    world.settles()


def test_r2c_only_some_records_renamed(tmp_path: Path) -> None:
    """If only some do: ask, and do not rewrite the others before the answer."""
    world = two(tmp_path)
    crm = world.add("crm", YURUN, "")
    rows = [world.add("book", YURUN, "") for _ in range(2)]
    world.run()
    world.edit("book", rows[0], name=QIMING)
    world.run()
    assert world.shows("book", rows[1], "name") == world.shows("crm", crm, "name") == YURUN
    assert len(world.questions("subject")) == 1
    world.settles()


def test_r12_sheet_sorted_by_one_column(tmp_path: Path) -> None:
    """Every row speaks of somebody else: the guard silences the sheet, nothing is written or created anywhere."""
    world = two(tmp_path, crm=Side(formal=True, create=True))
    world.config["guards"] = {"moved": "2", "updates": "100", "creates": "100"}
    world.write_workspace()
    names = [YURUN, TIANHE, FANGYUAN, QIMING, "深圳海通物流有限公司", "杭州西溪茶业有限公司"]
    crm = {name: world.add("crm", name, a=f"value {n}") for n, name in enumerate(names)}
    rows = [world.add("book", name, a=f"value {n}") for n, name in enumerate(names)]
    world.run()
    for row, name in zip(rows, [*names[1:], names[0]], strict=True):
        world.edit("book", row, name=name, code=name)
    outcome = world.run(code=5)
    assert outcome.silenced == {"book": "moved"}
    assert {name: world.shows("crm", key, "a") for name, key in crm.items()} == {
        name: f"value {n}" for n, name in enumerate(names)
    }
    assert len(world.table("crm").all()) == len(names)
    assert [world.shows("book", row, "a") for row in rows] == [f"value {n}" for n in range(len(names))]
    for row, name in zip(rows, names, strict=True):  # somebody notices and takes it back
        world.edit("book", row, name=name, code=name)
    world.run()
    world.settles()
    assert world.losers(YURUN) == []
    assert all(world.link("book", row) == (world.entity(name), "live") for row, name in zip(rows, names, strict=True))


def test_r12_sheet_sorted_by_one_column_only_names(tmp_path: Path) -> None:
    """The same where no code goes along: names alone move."""
    world = two(tmp_path)
    world.config["guards"] = {"moved": "2", "updates": "100"}
    world.write_workspace()
    names = [YURUN, TIANHE, FANGYUAN, QIMING]
    crm = {name: world.add("crm", name, "", a=f"value {n}") for n, name in enumerate(names)}
    rows = [world.add("book", name, "", a=f"value {n}") for n, name in enumerate(names)]
    world.run()
    for row, name in zip(rows, reversed(names), strict=True):
        world.edit("book", row, name=name)
    world.run(code=5)
    assert all(world.shows("crm", key, "name") == name for name, key in crm.items())
    assert all(world.shows("crm", crm[name], "a") == f"value {n}" for n, name in enumerate(names))
    assert [world.shows("book", row, "a") for row in rows] == [f"value {n}" for n in range(4)]


def test_r2c_without_a_name_contacts_name_a_part(tmp_path: Path) -> None:
    """One of several phones changed: the same customer; a linked part stays linked (R3a)."""
    world = Stage(tmp_path, {"crm": Side(formal=True, phones=2), "book": Side(phones=2)})
    crm = world.add("crm", YURUN, p1="13800138000", p2="13900139000")
    book = world.add("book", YURUN, p1="13800138000", p2="13900139000")
    world.run()
    world.edit("book", book, p1="13700137000", p2="13600136000")
    world.run()
    assert world.link("book", book) == world.link("crm", crm)
    assert world.questions() == []
    world.settles()


def test_r2c_a_row_emptied_and_typed_anew(tmp_path: Path) -> None:
    """Emptied one night, another customer typed into it the next: the first is not renamed."""
    world = two(tmp_path)
    yurun, tianhe = world.add("crm", YURUN, a="y"), world.add("crm", TIANHE, a="t")
    row = world.add("book", YURUN, a="y")
    world.run()
    world.edit("book", row, name=None, code=None, a=None)
    world.run()
    world.edit("book", row, name=TIANHE, code=TIANHE)
    world.run()
    world.run()
    assert world.shows("crm", yurun, "name") == YURUN
    assert world.shows("crm", yurun, "a") == "y"
    assert world.shows("crm", tianhe, "a") == "t"
    assert world.link("book", row)[0] == world.entity(TIANHE)
    world.settles()
