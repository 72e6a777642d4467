"""Clauses that no listed history touches (RULES R1, R4f, R4h, R7, R16, table 1)"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.contract import Field, Op
from connectors.memory import Fault
from tests.engine import Side, cautious
from tests.histories.stage import FANGYUAN, FORMAL, OFF_BOOK, TIANHE, YURUN, Stage, asks, shared, two


def test_r4b_lone_off_book_change_of_a_protected_field(tmp_path: Path) -> None:
    """A formal source has a value, so a lone off-book change asks; a lone formal one does not."""
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old")
    world.edit("book", book, a="new")
    world.run()
    assert [q.field for q in world.questions("field")] == ["a"]
    assert world.shows("crm", crm, "a") == "old"
    world.edit("book", book, a="old")
    world.run()
    assert world.questions() == []
    world.edit("crm", crm, a="formal")
    world.run()
    assert world.shows("book", book, "a") == "formal"
    world.settles()


def test_r4b_protected_without_a_formal_value(tmp_path: Path) -> None:
    """No formal source has a value: a lone off-book change wins."""
    world = two(tmp_path, FORMAL, kinds=asks("a"))
    crm, book = shared(world)
    world.edit("book", book, a="first")
    world.run()
    assert world.shows("crm", crm, "a") == "first"
    world.edit("book", book, a="second")
    world.run()
    assert world.golden(YURUN, "a") == "second", "what the CRM shows is our own echo (R3b)"
    world.settles()


def test_r1a_an_invisible_field_is_absent(tmp_path: Path) -> None:
    """The credentials see it no more: neither emptied nor cleared, and the table waits until a person has seen it."""
    world = two(tmp_path)
    crm, book = shared(world, a="x", b="y")
    world.table("crm").hidden = {"a"}
    world.table("crm").can = replace(world.table("crm").can, changes=False)
    world.edit("crm", crm, b="z")
    world.run(code=5)
    assert world.shows("book", book, "a") == "x"
    world.run(allow={"crm:fields": ""})
    assert world.shows("book", book, "a") == "x"
    assert world.golden(YURUN, "a") == "x"
    assert world.shows("book", book, "b") == "z"
    world.table("crm").hidden = set()
    world.run()
    assert world.shows("crm", crm, "a") == "x"
    world.settles()


def test_r1b_a_skipped_pull_still_decides(tmp_path: Path) -> None:
    """Nothing is read, as nothing changed; what a receipt left open is decided and written all the same."""
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.DEFERRED, table="main", op=Op.UPDATE)
    world.run()
    outcome = world.run()
    assert outcome.read["crm"].get("changed", 0) == outcome.read["book"].get("changed", 0) == 0
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_t1_ten_verdicts_are_counted(tmp_path: Path) -> None:
    """I7: every cell has one verdict; the counts add up to the cells of the entities that were looked at."""
    sides = {
        "crm": Side(formal=True, fields=("a", "b")),
        "book": Side(fields=("a", "b")),
        "view": Side(fields=("a", "b"), push=False),
    }
    world = Stage(tmp_path, sides, kinds=asks("b"))
    keys = [world.add(source, YURUN, a="1", b="1") for source in sides]
    world.run()
    world.edit("crm", keys[0], a="2", b="2")
    world.edit("book", keys[1], b="3")
    outcome = world.run()
    found: dict[tuple[str, str], int] = {}
    verdicts: Any = outcome.header["verdicts"]
    for table, verdict, _, n in verdicts:
        found[table, verdict] = found.get((table, verdict), 0) + n
    assert found["view", "filtered"] == 1, "this job does not push the table: counted, not listed"
    assert found["book", "change"] == 1
    assert found["crm", "parked"] == found["book", "parked"] == found["view", "parked"] == 1
    for table in sides:
        assert sum(n for (name, _), n in found.items() if name == table) == 4


def test_t1_pull_only_fields_are_heard_and_never_written(tmp_path: Path) -> None:
    side = Side(mapping={"a": {"from": "a", "direction": "pull"}})
    world = two(tmp_path, FORMAL, side)
    crm, book = shared(world, a="old")
    world.edit("book", book, a="his")
    world.run()
    assert world.shows("crm", crm, "a") == "his"
    world.edit("crm", crm, a="theirs")
    world.run()
    assert world.shows("book", book, "a") == "his"
    assert world.verdict("book", book, "a") == "filtered"
    world.settles()


def test_t1_locked_and_read_only_are_standing(tmp_path: Path) -> None:
    """Refused before it is tried, by the record or the description; the rest is written, and it ends with its cause."""
    world = two(tmp_path)
    crm, book = shared(world, a="old", b="old")
    world.table("book").lock(book, "a")
    world.table("book").edit(book, {})
    world.edit("crm", crm, a="new", b="new")
    world.run()
    assert world.shows("book", book, "a") == "old"
    assert world.shows("book", book, "b") == "new"
    assert world.verdict("book", book, "a") == "standing"
    world.table("book").lock(book)
    world.table("book").edit(book, {})
    world.run()
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_t1_read_only_by_description(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    table = world.table("book")
    table.fields["a"] = Field("a", "a", findable=True, on_update=False)
    world.edit("crm", crm, a="new")
    world.run()
    assert world.shows("book", book, "a") == "old"
    assert world.verdict("book", book, "a") == "standing"
    table.fields["a"] = Field("a", "a", findable=True)
    world.run()
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_r4h_complete_decides_between_several(tmp_path: Path) -> None:
    kinds = {"organisation": {"fields": {"a": {"survive": ["complete"]}}}}
    world = two(tmp_path, kinds=kinds)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="short")
    world.edit("book", book, a="a much longer text")
    world.run()
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "a much longer text"
    assert ("a", "short") in world.losers(YURUN)
    world.settles()


def test_r4f_a_group_comes_from_one_source(tmp_path: Path) -> None:
    """Amount and currency are voted together."""
    extra: dict[str, Any] = {"columns": ("amount", "money"), "mapping": {"annual_value": "amount", "currency": "money"}}
    world = Stage(tmp_path, {"crm": Side(formal=True, **extra), "book": Side(**extra)})
    crm, book = shared(world, amount="100", money="CNY")
    world.edit("crm", crm, amount="200")
    world.edit("book", book, money="USD")
    world.run()
    assert (world.shows("book", book, "amount"), world.shows("book", book, "money")) == ("200", "CNY")
    assert (world.golden(YURUN, "annual_value"), world.golden(YURUN, "currency")) == ("200", "CNY")
    world.settles()


def test_r4f_city_changed_over_a_street_asks(tmp_path: Path) -> None:
    """A changed member contains what its source does not show: the group asks."""
    whole: dict[str, Any] = {"columns": ("city", "street"), "mapping": {"city": "city", "street": "street"}}
    coarse: dict[str, Any] = {"columns": ("city",), "mapping": {"city": "city"}}
    world = Stage(tmp_path, {"crm": Side(formal=True, **whole), "book": Side(**coarse)})
    crm = world.add("crm", YURUN, city="上海", street="南京路1号")
    book = world.add("book", YURUN, city="上海")
    world.run()
    world.edit("book", book, city="北京")
    world.run()
    assert world.questions("field")
    assert (world.shows("crm", crm, "city"), world.shows("crm", crm, "street")) == ("上海", "南京路1号")
    world.settles()


def test_r4e_an_answered_class_is_expanded(tmp_path: Path) -> None:
    """A decision about what is kept, customer by customer: each cell it was shown, and no newer value."""
    world = two(tmp_path)
    keys = {n: (world.add("crm", n, a="crm's"), world.add("book", n, a="his")) for n in (YURUN, TIANHE, FANGYUAN)}
    world.run()
    assert all(world.verdict("book", book, "a") == "kept" for _, book in keys.values())
    for name, (crm, book) in keys.items():
        world.decide(name, "a", "crm's", {("crm", crm): "crm's", ("book", book): "his"})
    world.edit("book", keys[FANGYUAN][1], a="typed since")
    world.run()
    assert world.shows("book", keys[YURUN][1], "a") == world.shows("book", keys[TIANHE][1], "a") == "crm's"
    assert world.golden(FANGYUAN, "a") in ("crm's", "typed since")
    world.settles()
    assert len({world.shows("crm", keys[FANGYUAN][0], "a"), world.shows("book", keys[FANGYUAN][1], "a")}) == 1


def test_r1d_a_doubt_is_fetched_whatever_the_cursor_says(tmp_path: Path) -> None:
    """The record did not change for the cursor (its write was lost): it is fetched by key and settled."""
    world = two(tmp_path, FORMAL, Side(can=cautious(changes=True)))
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    world.stores["book"].fault(Fault.LOST_REQUEST, table="main", op=Op.UPDATE)
    world.run()
    assert world.verdict("book", book, "a") == "doubt"
    world.tick(hours=2)
    world.run()
    assert world.shows("book", book, "a") == "new"
    world.settles()


def test_r17_a_failing_source_does_not_stop_the_others(tmp_path: Path) -> None:
    """Its own outcome is in the run; what depends on it waits; the others go on."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": OFF_BOOK, "phone": OFF_BOOK})
    crm, book, phone = shared(world, ("crm", "book", "phone"), a="old")
    world.edit("crm", crm, a="new")
    world.stores["phone"].fault(Fault.LOGGED_OUT, table="main")
    planned = world.plan()
    assert set(planned.failures) == {"phone"}
    assert planned.code == 3
    world.carry_out(planned, code=3)
    assert world.shows("book", book, "a") == "new"
    assert world.shows("phone", phone, "a") == "old"
    world.run()
    assert world.shows("phone", phone, "a") == "new"
    world.settles()
