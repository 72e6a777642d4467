"""Do pins, answers about marks, holds and leading records, and records that a system merged, reach the next run?"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sync.ledger import codec
from sync.review import answers
from sync.review.listing import listing
from tests.engine import Side
from tests.histories.stage import QIMING, TIANHE, YURUN, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {"crm": Side(formal=True, create=True), "book": Side(create=True)})


def test_a_pin_holds_against_later_edits_until_it_is_lifted(stage: Stage) -> None:
    stage.add("crm", YURUN, a="old")
    stage.run()
    crm, book = stage.keys("crm", YURUN)[0], stage.keys("book", YURUN)[0]
    with stage.session() as session:
        answers.pin(session, stage.entity(YURUN), "a", "pinned", by="ann")
    stage.run()
    assert [stage.shows("crm", crm, "a"), stage.shows("book", book, "a")] == ["pinned", "pinned"]
    stage.edit("book", book, a="mine")
    assert stage.run().header["pins"] == 1
    assert [stage.shows("crm", crm, "a"), stage.shows("book", book, "a")] == ["pinned", "pinned"]
    assert "mine" in [codec.load(row[0]) for row in stage.rows("SELECT value FROM loser WHERE field = 'a'")]
    with stage.session() as session:
        answers.lift(session, 1, by="ann")
    stage.edit("book", book, a="mine again")
    stage.run()
    assert stage.shows("crm", crm, "a") == "mine again"


def test_a_pin_is_no_licence_over_what_a_new_record_says(stage: Stage) -> None:
    stage.add("crm", YURUN, "C1", a="old")
    stage.run()
    with stage.session() as session:
        answers.pin(session, stage.entity(YURUN), "a", "pinned", by="ann")
    stage.run()
    late = stage.add("book", YURUN, "C1", a="typed by a person")
    stage.run()
    assert stage.shows("book", late, "a") == "typed by a person"


def test_a_mark_is_lifted_by_a_person_and_the_record_is_made_again(stage: Stage) -> None:
    stage.add("crm", YURUN, a="x")
    stage.run()
    book = stage.keys("book", YURUN)[0]
    stage.table("book").remove(book)
    for _ in range(3):
        stage.tick(days=2)
        stage.run()
    assert stage.keys("book", YURUN) == []
    with stage.session() as session:
        name = next(one.name for one in listing(session).noted if one.name.startswith("mark/"))
        answers.accept(session, [name], by="ann")
    stage.run()
    assert len(stage.keys("book", YURUN)) == 1
    stage.settles()


def test_the_leading_record_is_the_one_that_a_person_chose(stage: Stage) -> None:
    first, second = stage.add("crm", YURUN, "C1", a="x"), stage.add("crm", YURUN, "C1", a="x")
    stage.run()
    with stage.session() as session:
        answers.decide(session, f"crm:{first}", f"leading:crm:{second}", by="ann")
    stage.run()
    rows = stage.rows(
        "SELECT r.key FROM link l JOIN record r ON r.id = l.record_id JOIN source_table t ON t.id = r.table_id "
        "JOIN source s ON s.id = t.source WHERE s.name = 'crm' AND l.leading = 1"
    )
    assert [row[0] for row in rows] == [second]


@pytest.mark.parametrize("same", [True, False])
def test_records_that_the_system_merged_are_asked_about(stage: Stage, same: bool) -> None:
    one, two = stage.add("crm", YURUN, a="x"), stage.add("crm", TIANHE, a="y")
    stage.run()
    stage.table("crm").merge(one, two)
    stage.run()
    for _ in range(2):  # it is said once, and asked until somebody answers
        with stage.session() as session:
            found = [q for q in listing(session).questions if q.sort == "merged"]
        assert len(found) == 1
        stage.tick(days=1)
        stage.run()
    with stage.session() as session:
        (answers.accept if same else answers.reject)(session, [str(found[0].number)], by="ann")
    stage.run()
    assert len(stage.entities()) == (1 if same else 2)
    with stage.session() as session:
        assert not [q for q in listing(session).questions if q.sort == "merged"]
    stage.run()
    stage.settles()


def test_a_removal_that_waits_is_called_off_or_let_go(tmp_path: Path) -> None:
    sides = {
        "crm": Side(formal=True, create=True, extra={"may_delete": True}),
        "book": Side(create=True, extra={"on_leave": "remove"}),
    }
    for answer, left in (("keep", 1), ("remove", 0)):
        (tmp_path / answer).mkdir()
        stage = Stage(tmp_path / answer, sides)
        stage.add("crm", YURUN, a="x")
        stage.add("crm", QIMING, a="y")
        stage.run()
        stage.table("crm").remove(stage.keys("crm", YURUN)[0])
        stage.run()
        with stage.session() as session:
            name = next(one.name for one in listing(session).noted if one.name.startswith("hold/"))
            answers.decide(session, name, answer, by="ann")
        stage.run()
        assert len(stage.keys("book", YURUN)) == left
        stage.tick(days=60)
        stage.run()
        stage.run()
        assert len(stage.keys("book", YURUN)) == left


def test_a_plan_warns_of_workflows_with_their_number(stage: Stage) -> None:
    stage.add("crm", YURUN, a="x")
    assert not warnings(stage)
    stage.table("book").workflow("after", lambda values: {})
    assert [(where, "1 new and 0 changed" in text) for where, text in warnings(stage)] == [("book", True)]


def warnings(stage: Stage) -> list[tuple[str, str]]:
    """(table, text) of what the plan says of workflows."""
    found: Any = stage.plan().header["findings"]
    return [(one[2], one[3]) for one in found if one[1] == "workflows"]


def test_a_plan_that_broke_off_leaves_nothing_behind(stage: Stage) -> None:
    stage.add("crm", YURUN, a="x")
    stage.add("book", YURUN, a="")
    with patch("sync.run.close_plan", side_effect=RuntimeError("a defect")), pytest.raises(RuntimeError):
        stage.plan()
    assert stage.rows("SELECT code FROM run ORDER BY id DESC LIMIT 1") == [(70,)]
    stage.run()
    stage.settles()
