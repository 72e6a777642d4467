"""The mapping changes, not the customer (RULES R20, R4g)"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Damaged, Field
from tests.engine import Side
from tests.histories.stage import FORMAL, TIANHE, YURUN, Stage

RIGHT = {"H": "high", "L": "low"}
SWAPPED = {"H": "low", "L": "high"}
ALLOW = {"book:mapping": "", "crm:mapping": ""}


def valued(values: dict[str, str], **more: Any) -> Side:
    return Side(mapping={"a": {"from": "a", "values": values}}, **more)


def remap(world: Stage, source: str, **changes: Any) -> None:
    world.sides[source] = replace(world.sides[source], **changes)
    world.write_workspace()


def test_r20_swap_in_values_where_golden_came_from_elsewhere(tmp_path: Path) -> None:
    """Equality broken by re-reading is nobody's edit: the cell is kept, nothing is written, nobody is outvoted."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="high"), world.add("book", YURUN, a="H")
    world.run()
    remap(world, "book", mapping={"a": {"from": "a", "values": SWAPPED}})
    for _ in range(2):
        world.run(code=5)
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("high", "H"), (
        "the guard waits for a person"
    )
    outcome = world.run(allow=ALLOW)
    assert outcome.header["changes"] == 0
    assert world.golden(YURUN, "a") == "high"
    assert world.verdict("book", book, "a") == "kept"
    world.settles()
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("high", "H")
    world.edit("crm", crm, a="low")
    world.run()
    assert world.golden(YURUN, "a") == "low"
    assert world.shows("book", book, "a") == "H", "which says low now"
    world.settles()


def test_r20_swap_in_values_where_golden_came_from_there(tmp_path: Path) -> None:
    """Golden is derived again from the raw it came from; it changes, and nothing is written to where it came from."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN), world.add("book", YURUN, a="H")
    world.run()
    assert world.shows("crm", crm, "a") == "high"
    remap(world, "book", mapping={"a": {"from": "a", "values": SWAPPED}})
    world.run(allow=ALLOW)
    assert world.golden(YURUN, "a") == "low"
    assert world.shows("book", book, "a") == "H"
    assert world.shows("crm", crm, "a") == "high", "its equality is broken, so it is kept"
    assert world.verdict("crm", crm, "a") == "kept"
    world.settles()


def test_r20_swap_there_and_back_is_no_edit(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="high"), world.add("book", YURUN, a="H")
    world.run()
    for values in (SWAPPED, RIGHT):
        remap(world, "book", mapping={"a": {"from": "a", "values": values}})
        world.run(allow=ALLOW)
    assert world.golden(YURUN, "a") == "high"
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("high", "H")
    assert world.verdict("book", book, "a") == "agreed", "equality after the re-reading agrees at once"
    assert world.losers(YURUN) == []
    world.settles()


def test_r20_a_change_no_merge_has_taken_stays_one(tmp_path: Path) -> None:
    """He typed L in the night in which the mapping was mended: his edit, as it reads now, is golden."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="high"), world.add("book", YURUN, a="H")
    world.run()
    world.edit("book", book, a="M")
    world.run()
    assert world.verdict("book", book, "a") == "damaged", "unmapped: it waits (R1e)"
    assert world.golden(YURUN, "a") == "high"
    remap(world, "book", mapping={"a": {"from": "a", "values": {**RIGHT, "M": "middle"}}})
    world.run(allow=ALLOW)
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "middle"
    world.settles()


def test_r20_new_column_in_a_mapping_is_a_first_link(tmp_path: Path) -> None:
    """Empties are filled both ways, differences are kept, nothing is voted down."""
    sides = {"crm": FORMAL, "book": Side(fields=("a",), columns=("b",))}
    world = Stage(tmp_path, sides)
    crm, book = world.add("crm", YURUN, b="theirs"), world.add("book", YURUN, b="his")
    crm2, book2 = world.add("crm", TIANHE), world.add("book", TIANHE, b="only his")
    world.run()
    assert world.shows("crm", crm2, "b") is None
    remap(world, "book", fields=("a", "b"), columns=())
    world.run(allow=ALLOW)
    assert world.golden(YURUN, "b") == world.shows("crm", crm, "b") == "theirs"
    assert world.shows("book", book, "b") == "his"
    assert world.verdict("book", book, "b") == "kept"
    assert world.shows("crm", crm2, "b") == world.shows("book", book2, "b") == "only his"
    world.settles()


def test_r20_two_rereadings_that_disagree_do_not_write_on_each_other(tmp_path: Path) -> None:
    world = Stage(tmp_path, {"crm": replace(valued(RIGHT), formal=True), "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="H"), world.add("book", YURUN, a="H")
    world.run()
    remap(world, "crm", mapping={"a": {"from": "a", "values": {"H": "very high", "L": "low"}}})
    remap(world, "book", mapping={"a": {"from": "a", "values": {"H": "rather high", "L": "low"}}})
    world.run(allow=ALLOW)
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("H", "H")
    world.settles()
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("H", "H")


def test_r4g_updated_at_mapped_in_two_systems(tmp_path: Path) -> None:
    """Read for `newest` and for show; never voted, planned or written, so two clocks do not chase each other."""
    side = Side(columns=("updated_at",), mapping={"updated_at": "updated_at"})
    world = Stage(tmp_path, {"crm": replace(side, formal=True), "tool": replace(side, formal=True)})
    for source in ("crm", "tool"):
        world.table(source).fields["updated_at"] = Field("updated_at", "updated_at", kind="datetime")
    crm, tool = world.add("crm", YURUN, a="x"), world.add("tool", YURUN, a="x")
    for day in range(1, 5):
        stamps = {"crm": datetime(2026, 3, day, 9, tzinfo=UTC), "tool": datetime(2026, 3, day, 17, tzinfo=UTC)}
        world.table("crm").edit(crm, {"updated_at": stamps["crm"]})
        world.table("tool").edit(tool, {"updated_at": stamps["tool"]})
        outcome = world.run()
        assert outcome.header["changes"] == 0
    assert world.shows("crm", crm, "updated_at") != world.shows("tool", tool, "updated_at")
    world.edit("tool", tool, a="y")
    world.run()
    assert world.shows("crm", crm, "a") == "y"
    world.settles()


def test_r20_a_value_that_became_unreadable_is_not_lost(tmp_path: Path) -> None:
    """Values that the new mapping does not list are no votes; golden stays."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="high"), world.add("book", YURUN, a="H")
    world.run()
    remap(world, "book", mapping={"a": {"from": "a", "values": {"L": "low"}}})
    world.run(allow=ALLOW)
    assert world.golden(YURUN, "a") == world.shows("crm", crm, "a") == "high"
    assert world.verdict("book", book, "a") == "damaged"
    assert not isinstance(world.shows("book", book, "a"), Damaged)
    world.settles()
    assert world.shows("book", book, "a") == "H"


def remembered(world: Stage) -> list[tuple[Any, ...]]:
    """Goldens, cells and links, as the ledger holds them."""
    tables = ("SELECT id, golden FROM entity ORDER BY id", "SELECT record_id, part, field, state FROM cell ORDER BY 1, 2, 3",
              "SELECT record_id, part, entity, state, echo FROM link ORDER BY 1, 2",
              "SELECT id, raw, canon, base FROM record ORDER BY id")  # fmt: skip
    return [row for sql in tables for row in world.rows(sql)]


@pytest.mark.parametrize("whose", ["crm", "book"])
def test_r13a_a_mapping_that_was_only_tried_leaves_nothing_behind(tmp_path: Path, whose: str) -> None:
    """A dry run under another mapping reads anew at once (decision 0114); taken back, all is as it was."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm = world.add("crm", YURUN, a="high" if whose == "crm" else None)
    book = world.add("book", YURUN, a="H")
    world.run()
    before = remembered(world)
    for values in (SWAPPED, RIGHT):
        remap(world, "book", mapping={"a": {"from": "a", "values": values}})
        world.plan()
        world.plan()
    assert remembered(world) == before
    world.run(allow=ALLOW)
    world.edit("book", book, a="L")
    world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "low"
    world.settles()


def test_r13a_an_edit_made_while_another_mapping_was_tried_is_one(tmp_path: Path) -> None:
    """What no merge has taken stays a change (R20), made on top of golden as it is read again."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": valued(RIGHT)})
    crm, book = world.add("crm", YURUN, a="high"), world.add("book", YURUN, a="H")
    world.run()
    world.edit("book", book, a="L")
    for values in (SWAPPED, RIGHT):
        remap(world, "book", mapping={"a": {"from": "a", "values": values}})
        world.plan()
    world.run(allow=ALLOW)
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("low", "L")
    assert world.golden(YURUN, "a") == "low"
    world.settles()


def test_r13a_a_field_that_was_taken_out_for_a_trial_meets_anew(tmp_path: Path) -> None:
    """As a field that is mapped for the first time (R20): what is equal agrees, and later edits count."""
    world = Stage(tmp_path, {"crm": FORMAL, "book": Side()})
    crm, book = world.add("crm", YURUN, a="one", b="x"), world.add("book", YURUN, a="one", b="x")
    world.run()
    for fields in (("b",), ("a", "b")):
        remap(world, "book", fields=fields)
        world.plan()
    outcome = world.run(allow=ALLOW)
    assert outcome.header["changes"] == 0
    world.edit("crm", crm, a="two")
    world.run()
    assert world.shows("book", book, "a") == "two"
    world.settles()
