"""Is a first day useful and safe, on customers that nobody saw while Offbook was built? (issue 3, "What must be seen")

The demo's workspace with its default settings, on five seeds of the generator that a hash has chosen.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.firstday import FirstDay, measure
from examples.generate import Made, generate
from sync.run import Outcome, apply_plan, make_plan, open_session
from sync.workspace import load

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo"
SEEDS = [int(hashlib.sha256(f"the first day, {n}".encode()).hexdigest()[:8], 16) for n in range(1, 6)]
NORMALISED = {
    "2.1 clean-up": {"full_width", "zero_width", "spaces"},
    "2.2 credit codes": {"code_spaces", "code_lower", "code_typo", "code_as_number", "old_registration"},
    "2.4 phones": {"extension_zhuan", "two_numbers", "dot_tail", "scientific", "phone_remark", "zeros86"},
    "2.5 names": {"placeholder_name", "dots", "last_first", "nickname"},
    "2.6 pinyin": {"translated"},
    "2.7 characters": {"traditional", "surname_variant"},
    "2.8 companies": {"region_moved", "region_bracketed", "legal_form_dropped", "short_name"},
    "2.9 addresses": {"address_no_province", "address_short"},
    "2.10 encodings": {"gbk_card", "utf8_card"},
}
"""Quirks of NORMALISATION 2: section → what the generator calls some of them."""
CORRUPTED = {"full_width", "spaces", "zeros86", "extension_zhuan", "two_numbers", "dot_tail", "traditional"} | {
    *("legal_form_dropped", "region_bracketed", "region_moved", "placeholder_name", "gbk_card", "zero_width"),
    *("code_lost_digit", "moved", "switchboard_as_own"),
}
"""The corruptions that NORMALISATION 3 asks of a generator."""


@dataclass(frozen=True)
class Day:
    """What was made up, what the plan was worth, how it was applied, and the second run."""

    made: Made
    day: FirstDay
    planned: Outcome
    applied: Outcome
    again: Outcome


@pytest.fixture(scope="module", params=SEEDS)
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day") / "workspace"
    shutil.copytree(DEMO, folder)
    made = generate(folder, seed=request.param)
    session = open_session(load(folder))
    try:
        planned = make_plan(session, "agree")
        day = measure(session, folder, planned)
        applied = apply_plan(session, planned.plan, by="a person")
    finally:
        session.close()
    session = open_session(load(folder))
    try:
        yield Day(made, day, planned, applied, make_plan(session, "agree"))
    finally:
        session.close()


def _every_number_is_good_enough(first: Day) -> None:
    assert first.planned.code == 0
    assert {name: str(number) for name, number, good in first.day.bars() if not good} == {}


def _who_is_nobodys_customer_is_created_nowhere(first: Day) -> None:
    assert not first.day.writing.private


def _it_is_useful(first: Day) -> None:
    """Customers off the books reach the CRM, and everybody's empty cells are filled."""
    assert first.day.writing.created >= 50
    assert set(first.day.writing.creates) == {"crm.accounts", "crm.contacts"}
    assert {"crm.accounts", "crm.contacts", "wang", "lee", "phone"} <= set(first.day.writing.updates)
    assert first.day.damaged > 0


def _every_create_that_no_question_holds_is_ready(first: Day) -> None:
    applied = first.applied.applied
    assert applied is not None
    assert (applied.done, applied.not_sent) == (applied.planned, {})
    assert first.applied.code == 0


def _the_second_run_has_nothing_to_do(first: Day) -> None:
    assert first.again.header["changes"] == 0
    assert first.again.code == 0
    assert sum(counts["new"] + counts["changed"] for counts in first.again.read.values()) == 0


def _at_least_six_sorts_of_trouble_of_each_section_are_there(first: Day) -> None:
    """Of section 2 and of section 3 of NORMALISATION, as counted while the files were made."""
    told = {trouble for _, trouble in first.made.tally.made}
    assert sum(1 for names in NORMALISED.values() if names & told) == len(NORMALISED)
    assert len(told & CORRUPTED) >= 6


def test_a_first_day(first: Day) -> None:
    """All of it in one test: a day takes seconds to make, and workers share no fixtures."""
    _every_number_is_good_enough(first)
    _who_is_nobodys_customer_is_created_nowhere(first)
    _it_is_useful(first)
    _every_create_that_no_question_holds_is_ready(first)
    _the_second_run_has_nothing_to_do(first)
    _at_least_six_sorts_of_trouble_of_each_section_are_there(first)
