"""Is what a reading came to told as it was: untouched, emptied, failed?"""

from __future__ import annotations

import io
from pathlib import Path

from sync.show.plan import show_read
from sync.show.screen import Screen
from tests.engine import Side, World, cautious


def told(world: World) -> str:
    """What a terminal shows of the reading of a plan."""
    screen = Screen("en", out=(shown := io.StringIO()))
    show_read(screen, world.plan().read)
    return shown.getvalue()


def test_a_source_that_nobody_touched_is_not_read_again(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    for source in ("crm", "book"):
        world.add(source, "宇润")
    world.run()
    assert "not read again: crm, book" in told(world)


def test_an_emptied_source_is_not_called_unchanged(tmp_path: Path) -> None:
    """Its listing was read, and there was nothing in it."""
    listed = cautious(changes=False, deletions=False)
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side(can=listed)})
    world.add("crm", "宇润")
    keys = [world.add("book", f"宇润{n}号") for n in range(7)]
    world.run()
    for key in keys:
        world.table("book").remove(key)
    text = told(world)
    assert "not read again: crm\n" in text
    assert [line.split() for line in text.splitlines() if line.startswith("book")] == [["book", "0"]]
