"""Do receipts, decisions, undo, joins, splits and re-readings move cells as RULES' tables say?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Outcome
from sync.rules import join as rules_join
from sync.rules import receive as rules_receive
from sync.rules import reread as rules_reread
from sync.rules import undo as rules_undo
from sync.rules.absent import Absent, absent
from sync.rules.cell import Doubt, Golden
from sync.rules.links import Event, Link, Live, follow, leaves_mark
from tests.oracle import answers, draw
from tests.oracle.draw import CONSENTS, SORTS, Case, Tape

ANSWERS = (Outcome.DONE, Outcome.DONE, Outcome.REJECTED, Outcome.CONFLICT, Outcome.DEFERRED, Outcome.UNKNOWN)
"""Of an update; a duplicate is the answer to a create."""
ALL = (*SORTS, *CONSENTS)


@dataclass(frozen=True)
class Night:
    """A case, a second golden of the same sort, and values that a source may show: some of them met before."""

    case: Case
    other: Golden
    values: dict[str, Any]
    word: int

    @property
    def shown(self) -> dict[str, Any]:
        return {ref: one for n, (ref, one) in enumerate(self.values.items()) if self.word >> n & 1}


def night(tape: Tape) -> Night:
    case = draw.case(tape, ALL)
    values = {}
    for ref, cell in case.cells.items():
        mask = tuple(text is not None for text in cell.shown) if isinstance(cell.shown, tuple) else ()
        known = [one for one in (cell.shown, cell.seen, cell.own) if isinstance(one, str if not mask else tuple)]
        values[ref] = tape.pick(known) if known and tape.coin() else draw.value(tape, case.sort, mask)
    return Night(case, draw.golden(tape, case.sort), values, tape.byte())


nights = draw.drawn(night, 220)


@settings(max_examples=400)
@given(nights)
def test_receipts(given_: Night) -> None:
    case, look = given_.case, given_.case.sort.look
    outcome = ANSWERS[given_.word % len(ANSWERS)]
    for ref, cell in case.cells.items():
        facts, exact = case.facts[ref], given_.word > 127
        if not isinstance(cell.shown, (str, tuple)):
            continue
        doubt = Doubt(cell.shown, case.sort.same.view(case.golden.value, cell.shown))
        cell = replace(cell, doubt=doubt)
        for shown in (given_.values[ref], doubt.before, doubt.intended):
            ours = rules_receive.receive(cell, outcome, shown, facts, case.sort.same, exact=exact)
            assert ours == answers.after_receipt(cell, outcome, shown, facts, look, exact)


@settings(max_examples=400)
@given(nights)
def test_decisions(given_: Night) -> None:
    case = given_.case
    ref = sorted(case.cells)[given_.word % len(case.cells)]
    value = case.sort.same.take(case.golden.value, given_.values[ref])
    shown = given_.shown
    golden, cells, losers = rules_receive.decide(case.golden, case.cells, value, ref, shown, case.sort.same, 7)
    theirs = answers.after_decision(case.golden, case.cells, value, ref, shown, case.sort.look, 7)
    assert (golden, cells, {(v.value, v.ref) for v in losers}) == theirs


@settings(max_examples=400)
@given(nights)
def test_undo(given_: Night) -> None:
    case, before = given_.case, given_.other
    knew = {ref for ref in case.cells if ref not in given_.shown}
    ours = rules_undo.undo(case.cells, before, case.golden, given_.shown, knew, case.sort.same)
    assert ours == answers.after_undo(case.cells, before, case.golden, given_.shown, knew, case.sort.look)
    after = case.golden if given_.word % 2 else before
    may = rules_undo.may_undo(case.golden, before, after, case.cells, given_.values)
    assert may == answers.may_be_undone(case.golden, before, after, case.cells, given_.values)


@settings(max_examples=400)
@given(nights)
def test_joins(given_: Night) -> None:
    case, two = given_.case, given_.other
    golden, lost = rules_join.join(case.golden, two, case.rule, 1, 2)
    theirs, loser = answers.joined(case.golden, two, case.rule, case.sort.look, (1, 2))
    assert golden == theirs
    assert (lost and (lost.value, lost.ref)) == loser


@settings(max_examples=400)
@given(nights)
def test_splits(given_: Night) -> None:
    case, look = given_.case, given_.case.sort.look
    then = given_.shown
    side = rules_join.split(case.golden, given_.other, case.cells, then, case.facts, case.rule, 7)
    assert side == answers.split_off(case.golden, given_.other, case.cells, then, case.facts, case.rule, look, 7)
    for cell in case.cells.values():
        assert rules_join.after_split(cell, side, case.rule) == answers.after_split(cell, side, look)


def backwards(value: Any) -> Any:
    """A mapping that reads texts the other way round."""
    if isinstance(value, tuple):
        return tuple(backwards(one) for one in value)
    return value[::-1] if isinstance(value, str) else value


def as_it_is(value: Any) -> Any:
    return value


@settings(max_examples=400)
@given(draw.drawn(lambda tape: (draw.case(tape, SORTS[:1] + SORTS[2:4]), tape.byte()), 200))
def test_re_readings(drawn: tuple[Case, int]) -> None:
    case, word = drawn
    turn = {ref: backwards if word >> n & 1 else as_it_is for n, ref in enumerate(case.cells)}
    golden = rules_reread.reread_golden(case.golden, turn)
    assert golden.value == turn.get(case.golden.ref, as_it_is)(case.golden.value)
    ours = rules_reread.reread(case.cells, case.golden, golden, turn, case.sort.same)
    for ref, cell in case.cells.items():
        assert ours[ref] == answers.read_anew(cell, case.golden, golden, turn[ref], case.sort.look)


@given(st.sampled_from(list(Live)), st.sampled_from(list(Event)), st.integers(1, 3), st.booleans(), st.booleans())
def test_links(state: Live, event: Event, run: int, fetch: bool, receives: bool) -> None:
    link = Link("1:p", "E", state, since=2)
    after = follow(link, event, run, fetch=fetch, receives=receives)
    assert after.state == answers.link_after(state, event, run > 2, fetch)
    assert after.since == (run if after.state != state else 2)
    ended = after.state is Live.GONE and state is not Live.GONE
    wanted = receives or state is not Live.LIVE
    assert leaves_mark(link, after) == (ended and wanted), "withdrawn leaves no mark (R8c)"


@given(st.sets(st.sampled_from(list(Absent))))
def test_absence(reasons: set[Absent]) -> None:
    assert absent(reasons) == answers.why_absent({str(one) for one in reasons} - {"create"})
