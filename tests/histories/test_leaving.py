"""Records that end, and what does not end with them (RULES R11, table 3)"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Listing
from sync.decisions import Sort
from tests.engine import Side, cautious
from tests.histories.stage import FORMAL, OFF_BOOK, TIANHE, YURUN, Stage, shared, two

GUARDS = {"removals": "10", "creates": "100", "updates": "100", "hold": "2d"}
DELETES = Side(formal=True, extra={"may_delete": "true"})
REMOVES = Side(extra={"on_leave": "remove"})


def days(world: Stage, count: int) -> None:
    for _ in range(count):
        world.tick(days=1)
        world.run()


def stay(world: Stage, *sources: str) -> None:
    """Another customer in each, so that no listing is ever empty."""
    for source in sources:
        world.add(source, TIANHE)


def test_r11c_tidy_up_deletion_of_one_of_two_duplicates(tmp_path: Path) -> None:
    """A customer counts as deleted only when his last live link there is gone."""
    world = two(tmp_path, DELETES, REMOVES, guards=GUARDS)
    stay(world, "crm", "book")
    first, second = world.add("crm", YURUN, a="x"), world.add("crm", YURUN, b="y")
    book = world.add("book", YURUN)
    world.run()
    assert world.link("crm", first)[0] == world.link("crm", second)[0] == world.link("book", book)[0]
    world.table("crm").remove(second)
    days(world, 5)
    assert world.link("crm", second)[1] in ("gone", "none")
    assert world.holds() == []
    assert world.shows("book", book, "b") == world.shows("crm", first, "b") == "y", "values stay; the entity goes on"
    world.settles()


def test_r11_delete_with_deletes_off_next_night(tmp_path: Path) -> None:
    """Nothing is removed anywhere, and the next night does not make the record anew."""
    world = two(tmp_path, replace(FORMAL, create=True), OFF_BOOK)
    stay(world, "crm")
    crm, book = shared(world, a="x")
    world.table("crm").remove(crm)
    for _ in range(4):
        world.tick(days=1)
        world.run()
        assert world.keys("crm", YURUN) == []
    assert world.shows("book", book, "a") == "x"
    assert world.marked(YURUN, "crm")
    assert world.absent(YURUN, "crm") == "gone mark"
    assert world.holds() == []
    world.edit("book", book, a="still edited")
    world.run()
    assert world.keys("crm", YURUN) == []
    assert world.golden(YURUN, "a") == "still edited"
    world.settles()


def test_r11d_a_person_lets_it_be_made_again(tmp_path: Path) -> None:
    world = two(tmp_path, replace(FORMAL, create=True), OFF_BOOK)
    stay(world, "crm")
    crm, _ = shared(world, a="x")
    world.table("crm").remove(crm)
    world.run()
    world.run()
    (table,) = [
        row[0]
        for row in world.rows("SELECT t.id FROM source_table t JOIN source s ON s.id = t.source WHERE s.name = 'crm'")
    ]
    world._append(Sort.CREATE, {"table": "crm", "table_id": table}, world.entity(YURUN))
    world.run()
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    assert not world.marked(YURUN, "crm")
    world.settles()


def test_r11d_the_record_reappears(tmp_path: Path) -> None:
    """Gone, and the same ref shown again with the same subject: live, the mark lifted, cells as they were."""
    world = two(tmp_path, replace(FORMAL, create=True), OFF_BOOK)
    stay(world, "crm")
    crm, book = shared(world, a="x")
    world.table("crm").remove(crm)
    world.run()
    world.run()
    assert world.marked(YURUN, "crm")
    world.edit("book", book, a="new")
    world.run()
    world.table("crm").add({"code": YURUN, "name": YURUN, "a": "x"}, key=crm)
    world.run()
    assert world.link("crm", crm) == (world.entity(YURUN), "live")
    assert not world.marked(YURUN, "crm")
    world.settles()
    assert world.golden(YURUN, "a") == "new", "a value golden once held and left is then no edit"
    assert world.shows("crm", crm, "a") == "new"


def test_r11_deleted_everywhere_after_its_hold(tmp_path: Path) -> None:
    """The last one goes, the source may delete, the hold waits its time and two confirmations: then it is removed."""
    world = two(tmp_path, DELETES, REMOVES, guards=GUARDS)
    stay(world, "crm", "book")
    crm, book = shared(world, a="x")
    world.table("crm").remove(crm)
    world.run()
    world.run()
    assert [state for _, state in world.holds()] == ["open"]
    assert world.keys("book", YURUN) == [book]
    days(world, 4)
    assert world.keys("book", YURUN) == []
    assert len(world.keys("book", TIANHE)) == 1
    world.settles()
    assert world.keys("crm", YURUN) == []


def test_r11_delete_in_a_while_b_is_edited(tmp_path: Path) -> None:
    """A person's edit ends the hold: he still works with this customer."""
    world = two(tmp_path, DELETES, REMOVES, guards=GUARDS)
    stay(world, "crm", "book")
    crm, book = shared(world, a="x")
    world.table("crm").remove(crm)
    world.edit("book", book, a="typed that very night")
    days(world, 2)
    world.edit("book", book, b="and again")
    days(world, 5)
    assert world.keys("book", YURUN) == [book]
    assert world.golden(YURUN, "a") == "typed that very night"
    assert world.keys("crm", YURUN) == [], "and it is not created in A again"
    world.settles()


def test_r11e_a_hold_ends_when_the_record_is_back(tmp_path: Path) -> None:
    world = two(tmp_path, DELETES, REMOVES, guards=GUARDS)
    stay(world, "crm", "book")
    crm, book = shared(world, a="x")
    world.table("crm").remove(crm)
    days(world, 2)
    world.table("crm").add({"code": YURUN, "name": YURUN, "a": "x"}, key=crm)
    days(world, 5)
    assert world.keys("book", YURUN) == [book]
    assert all(state != "open" for _, state in world.holds())
    world.settles()


def test_r11e_removals_are_off_without_a_guard_for_them(tmp_path: Path) -> None:
    """removals: 0 is the default: a due removal trips and waits for a person."""
    guards = {**GUARDS, "removals": "0"}
    world = two(tmp_path, DELETES, REMOVES, guards=guards)
    stay(world, "crm", "book")
    crm, book = shared(world, a="x")
    world.edit("crm", crm, b="so that the book was written before")
    world.run()
    world.table("crm").remove(crm)
    days(world, 2)
    world.tick(days=1)
    outcome = world.run(code=5)
    assert {one.guard for one in outcome.tripped} == {"removals"}
    assert world.keys("book", YURUN) == [book]
    world.tick(days=1)
    world.run(allow={"removals": "1"})
    assert world.keys("book", YURUN) == []


def test_r11b_a_filtered_pull_without_fetch_proves_nothing(tmp_path: Path) -> None:
    """PARTIAL: what is not listed is not gone, ever."""
    book = replace(OFF_BOOK, can=cautious(listing=Listing.PARTIAL, absence=False, deletions=False, changes=False))
    world = two(tmp_path, FORMAL, replace(book, create=True))
    _, row = shared(world, a="x")
    world.table("book").remove(row)
    for _ in range(4):
        world.run()
    assert world.link("book", row)[1] == "live"
    assert world.keys("book", YURUN) == [], "and it is not created again beside it"


def test_r11b_an_empty_listing_is_not_all_deleted(tmp_path: Path) -> None:
    whole = replace(DELETES, can=cautious(changes=False))
    world = two(tmp_path, whole, replace(REMOVES, create=True), guards=GUARDS)
    for name in (
        YURUN,
        TIANHE,
        "广州方圆设计有限公司",
        "成都启明医疗器械有限公司",
        "深圳海通物流有限公司",
        "杭州西溪茶业有限公司",
    ):
        world.add("crm", name, a="x")
    world.run()
    world.table("crm").denied = True
    for _ in range(3):
        world.tick(days=3)
        world.run(code=5)
    assert len(world.table("book").all()) == 6
    assert world.holds() == []
    world.table("crm").denied = False
    world.run()
    assert len(world.table("crm").all()) == 6
    world.settles()


def test_r11a_a_merge_in_the_system_is_no_deletion(tmp_path: Path) -> None:
    """Merged into another record: the link is history, nothing is deleted, and one is asked whether they are the same."""
    world = two(tmp_path, DELETES, REMOVES, guards=GUARDS)
    one, two_ = world.add("crm", YURUN, a="x"), world.add("crm", "上海宇闰信息技术公司", "C-9", b="y")
    stay(world, "crm", "book")
    book = world.add("book", YURUN)
    world.run()
    world.table("crm").merge(one, two_)
    world.run()
    assert not world.marked(YURUN, "crm")
    days(world, 4)
    assert world.keys("book", YURUN) == [book]
    assert world.holds() == []
    assert len(world.table("crm").all()) == 2


@pytest.mark.parametrize("absence", [True, False])
def test_t3_missing_then_gone(tmp_path: Path, *, absence: bool) -> None:
    """Where fetch tells nothing, a second complete pull in a later run does; until then it is missing and silent."""
    can = cautious(absence=absence, deletions=False, changes=False)
    world = two(tmp_path, FORMAL, Side(can=can, create=True))
    stay(world, "crm", "book")
    _, book = shared(world, a="x")
    world.table("book").remove(book)
    world.run()
    if not absence:
        assert world.link("book", book)[1] == "missing"
        assert world.absent(YURUN, "book") == "missing"
        world.run()
    assert world.link("book", book)[1] == "gone"
    assert world.absent(YURUN, "book") == "gone mark"
    world.settles()
    assert world.keys("book", YURUN) == []


def test_r10e_an_orphan_is_not_created_elsewhere(tmp_path: Path) -> None:
    """No live part of its own is left, only records that we made: never matched against, never created elsewhere."""
    sides = {"crm": Side(formal=True, create=True), "book": OFF_BOOK, "erp": Side(formal=True)}
    world = Stage(tmp_path, sides)
    stay(world, "crm", "book", "erp")
    book = world.add("book", YURUN, a="x")
    world.run()
    assert len(world.keys("crm", YURUN)) == 1
    world.table("book").remove(book)
    world.run()
    world.run()
    world.config["jobs"] = {"agree": {"push": ["crm", "book", "erp"], "create_in": ["crm", "erp"]}}
    world.write_workspace()
    world.run()
    world.run()
    assert world.keys("erp", YURUN) == []
    assert world.absent(YURUN, "erp") == "orphan"
    world.settles()
