"""Can the machine fail? Rules that are broken in one place each; the machine, or the oracle, must find every one.

Each mutant is played over a bounded number of random histories of the kind that can meet it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sync.rules import cell, join, links, receive, reread, sets, settle, undo, verdict
from sync.rules.cell import Cell
from sync.rules.links import Event
from tests.machine import naive
from tests.machine.draw import STEPS, setup_of
from tests.machine.people import History
from tests.oracle import draw
from tests.oracle.test_sets import test_a_set_is_merged_element_by_element as of_sets
from tests.oracle.test_settle import compare

Patch = pytest.MonkeyPatch


def broken(kind: str, histories: int) -> str:
    """The first violation; "" where none is found."""
    rnd = random.Random(f"mutants of {kind}")
    for _ in range(histories):
        setup = setup_of(rnd.randbytes(16))
        try:
            history = History(setup)
            for _ in range(40):
                spot = {"i": rnd.randrange(4), "j": rnd.randrange(4), "n": rnd.randrange(2)}
                word = rnd.choice(STEPS[kind])
                history.step(word.format(**spot, name=rnd.choice("ab"), who=rnd.choice("PQ")))
            history.finish()
        except AssertionError as found:
            return str(found)
    return ""


def parked_moves(patch: Patch) -> None:
    """R4d: a parked field lets `seen` move."""
    kept = settle.settle

    def hasty(*given: Any, **more: Any) -> Any:
        out = kept(*given, **more)
        moved = {ref: replace(one, seen=one.shown) for ref, one in out.cells.items()}
        return replace(out, cells=moved) if out.parked else out

    patch.setattr(settle, "settle", hasty)


def seen_moves_without_a_merge(patch: Patch) -> None:
    """R4c: a pull that moves `seen`."""
    patch.setattr(naive, "stage", lambda one, shown: replace(one, shown=shown, seen=one.seen and shown))


def golden_never_votes(patch: Patch) -> None:
    """R4b: who did not see golden's last value replaces it unasked, and it leaves no trace."""
    patch.setattr(settle, "golden_votes", lambda *_: [])


def a_doubt_votes(patch: Patch) -> None:
    """R15: a write without an answer is forgotten."""
    patch.setattr(settle, "settle_doubt", lambda one, *_: replace(one, doubt=None))


def kept_is_written(patch: Patch) -> None:
    """R7, R6b: what is kept is written over."""
    patch.setattr(settle, "see_and_stop", lambda one, *_: cell.see(one))


def kept_never_lapses(patch: Patch) -> None:
    """T1.8: an overruled clearing stays kept for ever, whatever golden becomes."""

    def holds(one: Cell, why: str, *_: Any) -> bool:
        return one.stop is not None and one.stop.why == why

    patch.setattr(settle, "holds", holds)
    patch.setattr(verdict, "holds", holds)


def no_losers(patch: Patch) -> None:
    """R4b: the losers are not kept."""
    kept = settle.settle
    patch.setattr(settle, "settle", lambda *given, **more: replace(kept(*given, **more), losers=()))


def pull_only_is_written(patch: Patch) -> None:
    """I3."""
    kept = verdict.verdict

    def bold(*given: Any, **more: Any) -> Any:
        more["facts"] = replace(more["facts"], pull_only=False)
        return kept(*given, **more)

    patch.setattr(verdict, "verdict", bold)


def damaged_is_written(patch: Patch) -> None:
    """R1e."""
    kept = verdict.unheard

    def bold(one: Cell, *more: Any) -> Any:
        found = kept(one, *more)
        return None if found is verdict.Verdict.DAMAGED else found

    patch.setattr(verdict, "unheard", bold)


def anybody_loosens(patch: Patch) -> None:
    """R6c: an opt-out ends with any edit."""
    patch.setattr(settle, "barred", lambda *_: "")


def strictest_is_forgotten(patch: Patch) -> None:
    """R6c: authority decides over an opt-out too."""
    kept = naive.Naive.rule
    patch.setattr(naive.Naive, "rule", lambda self, name: replace(kept(self, name), strictest=None))


def removal_beats_addition(patch: Patch) -> None:
    """R5b: what was removed comes back with a first link."""
    kept = sets._taken

    def revived(golden: Any, adds: Any, firsts: Any, removals: Any) -> Any:
        return kept(replace(golden, removed=frozenset()), {}, {}, {**removals, **adds})

    patch.setattr(sets, "_taken", revived)


def displaced_is_removed(patch: Patch) -> None:
    """R5d: every element that a place no longer shows is removed."""

    def removed(one: Cell, *_: Any) -> set[str]:
        return set(sets.elements(one.seen)) - set(sets.elements(one.shown)) | set(sets.elements(one.seen)[:1])

    patch.setattr(sets, "removed_there", removed)


def the_mark_is_forgotten(patch: Patch) -> None:
    """R11d: a record that somebody deleted is created again."""
    patch.setattr(links, "leaves_mark", lambda *_: False)


def missing_is_gone(patch: Patch) -> None:
    """Table 3: a link that is missing once is written off without a mark."""
    kept = links.follow

    def hasty(link: Any, event: Event, run: int, **more: Any) -> Any:
        out = kept(link, event, run, **more)
        return replace(out, state=links.Live.ENDED) if event is Event.NOT_SHOWN else out

    patch.setattr(links, "follow", hasty)


def undo_without_its_guard(patch: Patch) -> None:
    """R18: an undo although somebody edited since."""
    patch.setattr(undo, "may_undo", lambda *_: True)


def a_silent_refusal_is_tried_again(patch: Patch) -> None:
    """T2: a rejected write is no stop: it never comes to rest, or calls agreed what is not."""
    kept = receive.receive

    def deaf(one: Cell, *given: Any, **more: Any) -> Any:
        out = kept(one, *given, **more)
        return cell.agree(out, one.doubt.intended, naive.PLAIN) if out.stop and one.doubt else out

    patch.setattr(receive, "receive", deaf)


def a_decision_settles_what_it_was_not_shown(patch: Patch) -> None:
    """R4e: a newer value is swallowed by an older decision."""

    def swallowed(one: Cell, value: Any, _: Any, same: Any, *, own: bool) -> Cell:
        return replace(one, seen=one.shown, agreed=None, stop=None)

    patch.setattr(receive, "_decided", swallowed)


def a_re_reading_breaks_in_silence(patch: Patch) -> None:
    """R20: what no longer means the same stays agreed."""
    patch.setattr(reread, "_means", lambda *_: False)


def a_join_takes_the_first(patch: Patch) -> None:
    """R19a: the other golden is forgotten."""
    patch.setattr(join, "join", lambda a, *_: (a, None))


FOUND: list[tuple[str, Callable[[Patch], None]]] = [
    ("plain", parked_moves),
    ("plain", seen_moves_without_a_merge),
    ("plain", a_doubt_votes),
    ("late", kept_is_written),
    ("plain", no_losers),
    ("plain", pull_only_is_written),
    ("plain", damaged_is_written),
    ("opt", anybody_loosens),
    ("opt", strictest_is_forgotten),
    ("plain", displaced_is_removed),
    ("life", the_mark_is_forgotten),
    ("life", missing_is_gone),
    ("plain", undo_without_its_guard),
    ("plain", a_silent_refusal_is_tried_again),
    ("plain", a_decision_settles_what_it_was_not_shown),
    ("turn", a_re_reading_breaks_in_silence),
    ("join", a_join_takes_the_first),
    ("plain", golden_never_votes),
]


def only_before_is_judged(patch: Patch) -> None:
    """T2: an overruled value stays kept on the golden before, not on the one it now differs from."""
    kept = settle.note

    def late(one: Cell, golden: Any, facts: Any, rule: Any, why: str) -> Cell:
        out = kept(one, golden, facts, rule, why)
        return replace(out, stop=replace(out.stop, on=(golden.value,))) if why == "overruled" and out.stop else out

    patch.setattr(settle, "note", late)


def an_echo_is_own(patch: Patch) -> None:
    """R3b: what we wrote there ourselves stands against a lone off-book change."""
    patch.setattr(settle, "own_value", lambda one: one.shown)


def unclear_ends_with_before(patch: Patch) -> None:
    """T2 doubt: showing "before" again ends nothing once it showed neither."""
    kept = settle.settle_doubt

    def forgetful(one: Cell, *more: Any) -> Cell:
        return kept(replace(one, doubt=replace(one.doubt, unclear=False)) if one.doubt else one, *more)

    patch.setattr(settle, "settle_doubt", forgetful)


def freezes_at_once(patch: Patch) -> None:
    """R16b: three times, not two."""
    patch.setattr(settle, "RETURNS", 2)


ORACLE = [kept_never_lapses, golden_never_votes, a_doubt_votes, anybody_loosens, only_before_is_judged, an_echo_is_own]
ORACLE += [unclear_ends_with_before, freezes_at_once]
OF_SETS = [removal_beats_addition, displaced_is_removed]


@pytest.mark.parametrize("mutant", ORACLE + OF_SETS, ids=lambda mutant: str(mutant.__name__))
def test_the_oracle_finds(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    rnd = random.Random("mutants")
    with pytest.raises(AssertionError):  # noqa: PT012  # any of so many cases
        for _ in range(3000):
            tape = draw.Tape(rnd.randbytes(180))
            if mutant in OF_SETS:
                of_sets.hypothesis.inner_test(draw.set_case(tape))  # type: ignore[attr-defined]
            else:
                compare(draw.case(tape, (*draw.SORTS, *draw.CONSENTS)))


@pytest.mark.parametrize(("kind", "mutant"), FOUND, ids=[mutant.__name__ for _, mutant in FOUND])
def test_the_machine_finds(kind: str, mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    assert broken(kind, 60), mutant.__doc__
