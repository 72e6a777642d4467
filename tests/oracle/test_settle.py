"""Does sync/rules settle one field as RULES' tables 1 and 2 say? Compared with the oracle on drawn cells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from sync.rules import settle as rules
from sync.rules.cell import Cell, Doubt, Facts, Golden, Rule
from sync.rules.join import join
from sync.rules.settle import settle
from sync.rules.verdict import verdict
from tests.oracle import draw
from tests.oracle.cells import merge, row_of_table_1
from tests.oracle.draw import Case


def compare(case: Case) -> None:
    """Both make the same golden, cells, question, winners and losers of it; then the same verdicts."""
    look = case.sort.look
    ours = rules.settle(case.golden, case.cells, case.facts, case.rule, rank=2, run=100)
    theirs = merge(case.golden, case.cells, case.facts, case.rule, look, rank=2, run=100)
    assert ours.parked == theirs.parked
    assert ours.golden == theirs.golden
    assert ours.cells == theirs.cells
    assert {(vote.value, vote.ref) for vote in ours.votes} == theirs.votes
    assert set(ours.won) == theirs.won
    if not ours.parked:
        assert {(vote.value, vote.ref) for vote in ours.losers} == theirs.losers
    for ref, cell in ours.cells.items():
        facts = case.facts[ref]
        said = verdict(cell, ours.golden, parked=ours.parked, facts=facts, same=case.sort.same)
        assert said == row_of_table_1(cell, ours.golden, ours.parked, facts, look), ref


@settings(max_examples=700)
@given(draw.cases())
def test_a_field_is_settled_as_the_tables_say(case: Case) -> None:
    compare(case)


@settings(max_examples=300)
@given(draw.cases(draw.CONSENTS))
def test_consent_is_settled_as_the_tables_say(case: Case) -> None:
    compare(case)


@settings(max_examples=100)
@given(draw.cases())
def test_the_order_of_pulling_decides_nothing(case: Case) -> None:
    turned = dict(reversed(case.cells.items()))
    one = settle(case.golden, case.cells, case.facts, case.rule, rank=2, run=100)
    two = settle(case.golden, turned, case.facts, case.rule, rank=2, run=100)
    assert (one.golden, one.cells, one.parked) == (two.golden, two.cells, two.parked)


@pytest.mark.long
@settings(max_examples=30_000)
@given(draw.cases((*draw.SORTS, *draw.CONSENTS)))
def test_many_fields(case: Case) -> None:
    compare(case)


# ------------------------------------------------------------------------------ what the oracle found, as histories

W = Golden("wang", "1:p", since=1)
BEHIND = {"1:p": Cell("wang", "wang", ("wang", "wang")), "2:p": Cell("li")}
TOLD = {ref: Facts(rank=n, formal=n == 0) for n, ref in enumerate(BEHIND)}


def test_what_an_only_names_is_never_kept() -> None:
    """R7: a late source names another owner: it is asked, as an ex-owner would go on receiving."""
    out = settle(W, BEHIND, TOLD, Rule(named=True), rank=0)
    assert out.parked
    assert {vote.value for vote in out.votes} == {"wang", "li"}
    assert not settle(W, BEHIND, TOLD, Rule(), rank=0).parked


def test_first_link_ask_asks_for_each_difference() -> None:
    """R7: also where `survive` could decide."""
    assert settle(W, BEHIND, TOLD, Rule(first_link="ask"), rank=0).parked
    decided = settle(W, BEHIND, TOLD, Rule(first_link="rules"), rank=0)
    assert decided.golden.value == "wang"
    assert not decided.parked


def test_of_two_consents_the_stricter_stands() -> None:
    """R6c: refused, then unknown or empty, then given."""
    rule = Rule(strictest="false")
    golden = Golden("true", "1:p", since=1)
    agreed = Cell("true", "true", ("true", "true"))
    given = Golden("", "1:p", since=1)
    cleared = {"1:p": replace(agreed, shown=""), "2:p": Cell("true", "", ("", ""))}
    out = settle(golden, cleared, TOLD, rule, rank=0)
    assert out.golden.value == ""
    kept, lost = join(golden, given, rule, 0, 1)
    assert kept.value == ""
    assert lost is not None


def test_a_birthday_without_its_year_takes_none_away() -> None:
    """CONFIG, `format`: a partial value never overwrites a fuller one, and a fuller one is an edit, whoever types it."""
    rule = Rule(same=draw.BIRTHDAY)
    full, short = "1985-05-12", "--05-12"
    formal, book = TOLD["1:p"], replace(TOLD["2:p"], authority=False)
    golden = Golden(full, "2:p", since=1)
    out = settle(golden, {"1:p": Cell(short, full, (full, full))}, {"1:p": formal}, rule)
    assert out.golden.value == full
    assert verdict(out.cells["1:p"], out.golden, parked=False, facts=formal, same=rule.same) == "agreed"
    out = settle(Golden(short, "1:p", since=1), {"2:p": Cell(full, short, (short, short))}, {"2:p": book}, rule)
    assert out.golden.value == full
    echo = Cell(full, short, (short, short), fresh=True, echo=True)
    assert settle(Golden(short, "1:p", since=1), {"2:p": echo}, {"2:p": book}, rule).golden.value == full


def test_what_is_unreadable_is_no_answer() -> None:
    """R1e: a write without an answer, then an unreadable cell there: the field asks, but not about that."""
    doubt = Cell(draw.BROKEN, "a", ("a", "a"), doubt=Doubt("a", "b", unclear=True))
    out = settle(Golden("b", "1:p", since=1), {"2:p": doubt}, TOLD, Rule())
    assert out.parked
    assert all(vote.value != draw.BROKEN for vote in out.votes)
