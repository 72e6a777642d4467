"""What does a field say that looks as if it was never filled: a 0 that the system itself put there? (R7, CONTRACT `blank`)"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Field
from tests.engine import Side
from tests.histories.stage import YURUN, Stage

STAFF = Field("staff", "staff", "number", blank=0)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    kinds = {"organisation": {"fields": {"headcount": {"type": "number"}}}}
    mapping = {"headcount": "staff"}
    return Stage(
        tmp_path,
        {
            "crm": Side(formal=True, columns=(STAFF,), mapping=mapping),
            "book": Side(columns=("staff",), mapping=mapping),
        },
        kinds=kinds,
    )


def test_a_blank_says_nothing_at_first_link_and_is_filled(stage: Stage) -> None:
    crm, book = stage.add("crm", YURUN, staff=0), stage.add("book", YURUN, staff="120")
    stage.run()
    assert (stage.shows("crm", crm, "staff"), stage.shows("book", book, "staff")) == (120, "120")
    stage.settles()


def test_a_blank_alone_is_no_value(stage: Stage) -> None:
    stage.add("crm", YURUN, staff=0)
    book = stage.add("book", YURUN, staff=None)
    stage.run()
    assert stage.golden(YURUN, "headcount") == ""
    stage.settles()
    stage.edit("book", book, staff="7")
    stage.run()
    assert stage.golden(YURUN, "headcount") == "7"


def test_what_was_filled_and_is_set_to_it_is_an_edit_and_no_clearing(stage: Stage) -> None:
    crm, book = stage.add("crm", YURUN, staff=120), stage.add("book", YURUN, staff="120")
    stage.run()
    stage.edit("crm", crm, staff=0)
    stage.run()
    assert stage.shows("book", book, "staff") == "0"
    stage.settles()
