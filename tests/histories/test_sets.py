"""Phones, tags, notes and identifiers: merged element by element (RULES R5)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine import Side
from tests.histories.stage import TIANHE, YURUN, Stage, shared

ONE, TWO, THREE, FOUR = "13800138000", "13900139000", "13700137000", "13600136000"


def phones(world: Stage, name: str = YURUN) -> set[str]:
    return {str(one).removeprefix("+86") for one in world.golden(name, "phones") or ()}


def stage(tmp_path: Path, book: int = 1, crm: int = 3, **config: Any) -> Stage:
    return Stage(tmp_path, {"crm": Side(formal=True, phones=crm), "book": Side(phones=book)}, **config)


def test_r5d_one_phone_sheet_overwrites(tmp_path: Path) -> None:
    """Golden has more phones than the sheet has places: the element typed over is displaced, not removed."""
    world = stage(tmp_path)
    crm = world.add("crm", YURUN, p1=ONE, p2=TWO)
    book = world.add("book", YURUN, p1=ONE)
    world.run()
    world.edit("book", book, p1=THREE)
    world.run()
    assert phones(world) == {ONE, TWO, THREE}
    assert {world.shows("crm", crm, f"p{n}") for n in (1, 2, 3)} == {ONE, TWO, THREE}
    assert world.shows("book", book, "p1") == THREE
    world.settles()


def test_r5d_a_corrected_phone_reaches_the_crm(tmp_path: Path) -> None:
    """Golden has no more phones than the sheet has places: he who replaces one replaces it, in the CRM too."""
    world = stage(tmp_path, crm=1)
    crm, book = shared(world, p1=ONE)
    world.edit("book", book, p1=TWO)
    world.run()
    assert phones(world) == {TWO}
    assert world.shows("crm", crm, "p1") == TWO
    world.settles()


def test_r5d_one_phone_sheet_emptied(tmp_path: Path) -> None:
    """An emptied place is a removal, which an off-book source may not do: it stays empty as kept."""
    world = stage(tmp_path)
    crm, book = shared(world, p1=ONE)
    world.edit("book", book, p1=None)
    world.run()
    assert phones(world) == {ONE}
    assert world.shows("crm", crm, "p1") == ONE
    assert world.shows("book", book, "p1") is None, "what he took away is not put back the same night"
    world.run()
    assert world.shows("book", book, "p1") is None
    world.settles()


def test_r5d_one_phone_sheet_emptied_where_anyone_may_clear(tmp_path: Path) -> None:
    kinds = {"organisation": {"fields": {"phones": {"clear": "anyone"}}}}
    world = stage(tmp_path, kinds=kinds)
    crm = world.add("crm", YURUN, p1=ONE, p2=TWO)
    book = world.add("book", YURUN, p1=ONE)
    world.run()
    world.edit("book", book, p1=None)
    world.run()
    assert phones(world) == {TWO}, "it removed what it had shown, and nothing that it never showed"
    assert ONE not in {world.shows("crm", crm, f"p{n}") for n in (1, 2, 3)}
    world.run()
    assert world.shows("book", book, "p1") == TWO, "the free place is filled in golden's order"
    world.settles()


def test_r5b_removed_phone_and_a_late_joining_old_workbook(tmp_path: Path) -> None:
    """A removed element returns only by a person's edit, never by a first link."""
    sides = {"crm": Side(formal=True, phones=3), "book": Side(phones=3), "late": Side(phones=3)}
    world = Stage(tmp_path, sides, jobs={"first": {"pull": ["crm", "book"], "push": ["crm", "book"]}})
    crm = world.add("crm", YURUN, p1=ONE, p2=TWO)
    book = world.add("book", YURUN, p1=ONE, p2=TWO)
    world.run("first")
    world.edit("crm", crm, p2=None)
    world.run("first")
    assert world.shows("book", book, "p2") is None
    late = world.add("late", YURUN, p1=ONE, p2=TWO)
    world.run()
    assert phones(world) == {ONE}
    assert TWO not in {world.shows("crm", crm, f"p{n}") for n in (1, 2, 3)}
    world.settles()
    world.edit("book", book, p3=TWO)
    world.run()
    assert phones(world) == {ONE, TWO}, "a person typed it again"
    assert world.shows("late", late, "p1") == ONE
    world.settles()


def test_r5a_an_addition_beats_a_removal_of_the_same_time(tmp_path: Path) -> None:
    sides = {"crm": Side(formal=True, phones=3), "book": Side(phones=3), "third": Side(phones=3)}
    world = Stage(tmp_path, sides)
    crm = world.add("crm", YURUN, p1=ONE, p2=TWO)
    book = world.add("book", YURUN, p1=ONE, p2=TWO)
    third = world.add("third", YURUN, p1=ONE)
    world.run()
    world.table("third").edit(third, {"p2": None})
    world.run()
    world.edit("crm", crm, p2=None)
    world.edit("third", third, p3=TWO)
    world.run()
    assert TWO in phones(world)
    assert TWO in {world.shows("book", book, f"p{n}") for n in (1, 2, 3)}
    world.settles()


def test_r5a_two_removals_and_an_addition_are_merged_by_element(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": Side(formal=True, phones=3), "tool": Side(formal=True, phones=3)})
    crm, tool = shared(world, ("crm", "tool"), p1=ONE, p2=TWO)
    world.edit("crm", crm, p1=None)
    world.edit("tool", tool, p3=THREE)
    world.run()
    assert phones(world) == {TWO, THREE}
    world.settles()
    assert {world.shows("tool", tool, f"p{n}") for n in (1, 2, 3)} == {None, TWO, THREE}


def test_r5c_free_places_are_filled_and_nothing_is_moved(tmp_path: Path) -> None:
    """Each element that is golden keeps its place; those without one are standing, until `primary` is decided."""
    world = stage(tmp_path, book=1)
    world.add("crm", YURUN, p1=ONE, p2=TWO, p3=THREE)
    book = world.add("book", YURUN, p1=TWO)
    world.run()
    assert world.shows("book", book, "p1") == TWO
    assert world.cell("book", book, "phones")[1] == "no place"
    world.decide(YURUN, "phones", f"+86{THREE}", {}, word="primary")
    world.run()
    assert world.shows("book", book, "p1") == THREE
    assert phones(world) == {ONE, TWO, THREE}
    world.settles()
    assert phones(world) == {ONE, TWO, THREE}, "what our write displaced is nobody's removal"


def test_r5_decided_elements(tmp_path: Path) -> None:
    """A person adds and removes elements; a removed one does not come back from the cells that still show it."""
    world = stage(tmp_path, book=2)
    crm = world.add("crm", YURUN, p1=ONE, p2=TWO)
    book = world.add("book", YURUN, p1=ONE, p2=TWO)
    world.run()
    world.decide(YURUN, "phones", f"+86{TWO}", {}, word="remove")
    world.decide(YURUN, "phones", f"+86{FOUR}", {}, word="add")
    world.run()
    assert phones(world) == {ONE, FOUR}
    assert {world.shows("crm", crm, f"p{n}") for n in (1, 2, 3)} == {ONE, FOUR, None}
    assert {world.shows("book", book, f"p{n}") for n in (1, 2)} == {ONE, FOUR}
    world.settles()


def test_r5c_as_sorts_keep_their_columns(tmp_path: Path) -> None:
    """`as`: a mobile goes where mobiles stand, a switchboard where switchboards do."""
    mapping = {"phones": [{"from": "p1", "as": "mobile"}, {"from": "p2", "as": "office"}]}
    crm = Side(formal=True, columns=("p1", "p2"), mapping=mapping)
    book = Side(
        columns=("p1", "p2"), mapping={"phones": [{"from": "p1", "as": "office"}, {"from": "p2", "as": "mobile"}]}
    )
    world = Stage(tmp_path, {"crm": crm, "book": book})
    crm_key = world.add("crm", YURUN, p1=ONE)
    book_key = world.add("book", YURUN, p1="02162345678")
    world.run()
    assert (world.shows("crm", crm_key, "p1"), world.shows("crm", crm_key, "p2")) == (
        ONE,
        "02162345678",
    ) or world.shows("crm", crm_key, "p2").endswith("62345678")
    assert world.shows("book", book_key, "p2") == ONE
    world.settles()


def test_r5e_notes_are_appended_and_nothing_is_rewritten(tmp_path: Path) -> None:
    formal = Side(formal=True, columns=("notes",), mapping={"notes": "notes"})
    other = Side(formal=True, columns=("notes",), mapping={"notes": "notes"})
    world = Stage(tmp_path, {"crm": formal, "tool": other})
    crm = world.add("crm", YURUN, notes="3 月 1 日拜访\n喜欢龙井")
    tool = world.add("tool", YURUN, notes="电话无人接听")
    world.run()
    assert str(world.shows("tool", tool, "notes")).split("\n")[0] == "电话无人接听"
    assert set(str(world.shows("tool", tool, "notes")).split("\n")) == {"电话无人接听", "3 月 1 日拜访", "喜欢龙井"}
    world.settles()
    before = str(world.shows("tool", tool, "notes"))
    world.edit("crm", crm, notes=str(world.shows("crm", crm, "notes")).replace("喜欢龙井", "只喝龙井"))
    world.run()
    after = str(world.shows("tool", tool, "notes"))
    assert after.startswith(before), "nothing is rewritten"
    assert "只喝龙井" in after, "a changed line is a new note"
    world.settles()


def test_r8d_notes_do_not_go_from_one_book_to_another(tmp_path: Path) -> None:
    """An off-book source only gives its notes, unless its mapping says `direction: both`."""
    notes: dict[str, Any] = {"columns": ("notes",)}
    sides = {
        "crm": Side(formal=True, mapping={"notes": "notes"}, **notes),
        "li": Side(mapping={"notes": "notes"}, **notes),
        "wang": Side(mapping={"notes": {"from": "notes", "direction": "both"}}, **notes),
    }
    world = Stage(tmp_path, sides)
    crm = world.add("crm", YURUN)
    li, wang = world.add("li", YURUN, notes="李的备注"), world.add("wang", YURUN, notes="王的备注")
    world.run()
    assert set(str(world.shows("crm", crm, "notes")).split("\n")) == {"李的备注", "王的备注"}
    assert world.shows("li", li, "notes") == "李的备注"
    assert "李的备注" in str(world.shows("wang", wang, "notes")), "written there: that is the permission"
    world.settles()


def test_r5f_two_codes_of_one_sort_are_a_conflict(tmp_path: Path) -> None:
    """identifiers: each `as` is a single-valued field of its own, protected."""
    extra: dict[str, Any] = {
        "columns": ("old_no",),
        "mapping": {"identifiers": [{"from": "code", "as": "code"}, {"from": "old_no", "as": "old_no"}]},
    }
    world = Stage(tmp_path, {"crm": Side(formal=True, **extra), "book": Side(**extra)})
    crm, book = shared(world)
    world.edit("crm", crm, old_no="A-2")
    world.edit("book", book, old_no="A-3")
    world.run()
    assert not world.golden(YURUN, "identifiers.old_no")
    assert [q.field for q in world.questions("field")] == ["identifiers.old_no"]
    assert world.verdict("book", book, "identifiers.old_no") == "parked"
    world.settles()


def test_r15_a_sets_doubt_is_settled_by_element(tmp_path: Path) -> None:
    """What we sent is no addition, what our write takes out is no removal."""
    world = stage(tmp_path, book=2, crm=2)
    crm, book = shared(world, p1=ONE, p2=TWO)
    world.edit("crm", crm, p2=THREE)
    world.dies("book")
    assert world.shows("book", book, "p2") == THREE
    world.edit("book", book, p1=FOUR)
    world.run()
    world.settles()
    assert THREE in phones(world)
    assert FOUR in phones(world), "typed by a person beside what we wrote"
    assert TWO not in phones(world), "nobody added it again"
    assert world.shows("crm", crm, "p2") in (THREE, FOUR)


def test_r5_same_phone_in_another_spelling_is_one_element(tmp_path: Path) -> None:
    world = stage(tmp_path, book=1, crm=2)
    crm, book = world.add("crm", YURUN, p1="+86 138 0013 8000"), world.add("book", YURUN, p1=ONE)
    world.add("book", TIANHE, p1=TWO)
    world.run()
    assert phones(world) == {ONE}
    assert world.shows("crm", crm, "p1") == "+86 138 0013 8000", "unchanged, so its text is never rewritten"
    assert world.shows("book", book, "p1") == ONE
    assert world.plan().header["changes"] == 0
