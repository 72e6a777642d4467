"""Does sync/rules merge sets as RULES R5 says, and does each record then want what it should?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Damaged
from sync.rules.cell import Cell, Slot, Stop
from sync.rules.sets import SetGolden, settle_set, want
from tests.oracle import draw
from tests.oracle.draw import SetCase, Tape
from tests.oracle.sets import all_texts, merge, on, texts


@settings(max_examples=700)
@given(draw.set_cases())
def test_a_set_is_merged_element_by_element(case: SetCase) -> None:
    ours = settle_set(case.golden, case.cells, case.facts)
    theirs = merge(case.golden, case.cells, case.facts)
    assert set(ours.golden.elements) == theirs.elements
    assert len(ours.golden.elements) == len(theirs.elements), "each once"
    assert ours.golden.removed == theirs.removed
    for ref, kept in theirs.kept.items():
        cell = ours.cells[ref]
        assert cell.seen == cell.shown
        assert cell.doubt is None
        assert on(cell, "kept") == kept
    for ref in set(case.cells) - set(theirs.kept):
        assert ours.cells[ref] == case.cells[ref], "what is not heard does not move"


@settings(max_examples=200)
@given(draw.set_cases())
def test_first_seen_stays_first_whatever_is_pulled_first(case: SetCase) -> None:
    ours = settle_set(case.golden, case.cells, case.facts)
    again = settle_set(case.golden, dict(reversed(case.cells.items())), case.facts)
    assert ours.golden == again.golden
    known = [e for e in case.golden.elements if e in ours.golden.elements]
    assert list(ours.golden.elements[: len(known)]) == known


def wish(tape: Tape) -> tuple[tuple[str | Damaged, ...], SetGolden, tuple[Slot, ...], Stop | None]:
    places = draw.slots(tape)
    why = tape.pick(("", "kept", "left over"))
    stop = Stop(why, tuple(sorted(tape.some(draw.ELEMENTS, 2)))) if why else None
    return draw.shown_slots(tape, places), draw.set_golden(tape), places, stop


@settings(max_examples=500)
@given(draw.drawn(wish, 60))
def test_what_a_record_wants(
    drawn: tuple[tuple[str | Damaged, ...], SetGolden, tuple[Slot, ...], Stop | None],
) -> None:
    """R5c, as laws: nothing golden moves, only free places are filled, and none stays free that could be filled."""
    shown, golden, slots, stop = drawn
    cell = Cell(shown, stop=stop)
    after = want(shown, golden, slots, stop)
    assert len(after) == len(slots)
    kept_out, left = on(cell, "kept"), on(cell, "left over")
    has = all_texts(after)
    assert len(has) == len(set(has)), "each once"
    displaced = golden.primary if golden.primary in has and golden.primary not in all_texts(shown) else ""
    for slot, was, now in zip(slots, shown, after):
        if isinstance(was, Damaged) or not slot.writes:
            assert now == was
            continue
        new = [e for e in texts(now) if e not in texts(was)]
        stays = [e for e in texts(was) if e in golden.elements or e in left]
        assert displaced in new or all(e in texts(now) for e in stays), "what is golden stays in its place"
        assert all(e in golden.elements and e not in kept_out for e in new)
        assert all(e in stays or e in new for e in texts(now)), "what is not golden goes"
        assert slot.many or not new or len(texts(now)) == 1
        assert not slot.sort or all(golden.sorts.get(e, slot.sort) == slot.sort for e in new)
        without = [e for e in golden.elements if e not in has and e not in kept_out]
        fits = [e for e in without if not slot.sort or golden.sorts.get(e, slot.sort) == slot.sort]
        assert not fits or not (slot.many or now == ""), "no place stays free that something fits"
    assert want(after, golden, slots, stop) == after, "and then it rests"


@given(st.permutations(draw.ELEMENTS[:4]), st.integers(1, 4))
def test_free_places_are_filled_in_golden_s_order(order: list[str], places: int) -> None:
    golden = SetGolden(tuple(order), primary=order[2])
    ranked = (order[2], order[0], order[1], order[3])
    assert want(("",) * places, golden, (Slot(),) * places) == ranked[:places]


def test_a_decided_primary_gets_a_place_in_one_step() -> None:
    """R5c: neither an element of the place's own sort nor the next run takes it away again."""
    golden = SetGolden(("s", "r"), sorts={"r": "mobile"}, primary="s")
    slots = (Slot(sort="mobile"),)
    assert want(("",), golden, slots) == ("s",)
    assert want(("r",), golden, slots) == ("s",)
    assert want(("",), SetGolden(("s", "r")), (Slot(),)) == ("s",)


@pytest.mark.long
@settings(max_examples=20_000)
@given(draw.set_cases())
def test_many_sets(case: SetCase) -> None:
    theirs = merge(case.golden, case.cells, case.facts)
    assert set(settle_set(case.golden, case.cells, case.facts).golden.elements) == theirs.elements
