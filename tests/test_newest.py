"""Which of two records of one system was typed last, and when is that not asked? (R4h)"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import Side
from tests.histories.stage import YURUN, Stage

KINDS = {"organisation": {"fields": {"a": {"type": "text", "survive": ["newest", "ask"]}}}}


def twins(tmp_path: Path, *, own_times: bool = False) -> tuple[Stage, str, str]:
    """Two records of one customer in the CRM, which agree."""
    stage = Stage(tmp_path, {"crm": Side(formal=True), "book": Side()}, kinds=KINDS)
    stage.table("crm").field_times = own_times
    keys = [stage.add("crm", YURUN, a="x", b="y") for _ in range(2)]
    stage.run()
    return stage, keys[0], keys[1]


@pytest.mark.parametrize("last", [0, 1])
def test_the_value_that_was_typed_last_wins(tmp_path: Path, last: int) -> None:
    stage, *keys = twins(tmp_path)
    stage.edit("crm", keys[1 - last], a="earlier")
    stage.tick(minutes=5)
    stage.edit("crm", keys[last], a="later")
    stage.run()
    assert [stage.shows("crm", key, "a") for key in keys] == ["later", "later"]


def test_a_record_in_which_more_was_changed_does_not_say_when(tmp_path: Path) -> None:
    stage, one, two = twins(tmp_path)
    stage.edit("crm", one, a="earlier")
    stage.tick(minutes=5)
    stage.edit("crm", two, a="later", b="too")
    stage.run()
    assert [q.field for q in stage.questions("field")] == ["a"]


def test_a_field_may_have_a_time_of_its_own(tmp_path: Path) -> None:
    stage, one, two = twins(tmp_path, own_times=True)
    stage.edit("crm", two, a="earlier")
    stage.edit("crm", one, a="later")
    stage.edit("crm", two, b="too")
    stage.run()
    assert [stage.shows("crm", key, "a") for key in (one, two)] == ["later", "later"]


def test_between_systems_the_next_word_answers(tmp_path: Path) -> None:
    stage, one, _ = twins(tmp_path)
    book = stage.add("book", YURUN, a="x")
    stage.run()
    stage.edit("crm", one, a="earlier")
    stage.tick(minutes=5)
    stage.edit("book", book, a="later")
    stage.run()
    assert [q.field for q in stage.questions("field")] == ["a"]
