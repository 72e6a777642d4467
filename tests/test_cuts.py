"""Is a length at which a system cuts learnt, and is a shortened text then no edit? (R4j)"""

from __future__ import annotations

from pathlib import Path

from tests.engine import Side
from tests.histories.stage import QIMING, TIANHE, YURUN, Stage

LONG = "abcdefghijklmnopqrstuvwxyz"


def test_a_length_at_which_two_records_were_cut_is_known(tmp_path: Path) -> None:
    """The table does not say that `a` holds twelve letters; two answers do."""
    stage = Stage(tmp_path, {"crm": Side(formal=True), "book": Side()})
    stage.table("book").workflow("before", lambda values: {"a": str(values["a"])[:12]} if values.get("a") else {})
    stage.table("book").answers = False  # so what was written is read back
    for name in (YURUN, TIANHE, QIMING):
        stage.add("crm", name, a="short")
        stage.add("book", name, a="short")
    stage.run()
    for name in (YURUN, TIANHE):
        stage.edit("crm", stage.keys("crm", name)[0], a=LONG)
        stage.run()
    assert stage.rows("SELECT field, length, times FROM learnt") == [("organisation.a", 12, 2)]
    stage.run()
    assert stage.shows("crm", stage.keys("crm", YURUN)[0], "a") == LONG
    stage.settles()
