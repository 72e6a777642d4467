"""Do our rules keep every invariant in the design's model? Its own search for a history that breaks one, run on them.

The model (shared/design/model) lacks R5d's replaced element: it is switched off here, and tried by itself below.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import pytest

from sync.rules import sets
from sync.rules.cell import Cell, Facts, Slot
from tests import model_shim

pytestmark = pytest.mark.skipif(not model_shim.is_here(), reason="the design's model is not beside this repository")
CHUNKS = 8
"""Into so many tests the search is cut, so that they can run beside each other."""


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sets, "replaced_there", lambda *_: set())
    return model_shim.design()[1]


def broken(explore: ModuleType, setup: Any, histories: Iterable[Sequence[str]]) -> str:
    """The first history that violates something, shortened; "" where none does."""
    for history in histories:
        found = explore.outcome(setup, tuple(history))
        if found:
            name = min(found)
            return (
                f"{setup.name}: {' ; '.join(explore.shorten(setup, tuple(history), name))}: {', '.join(sorted(found))}"
            )
    return ""


def every(alphabet: Sequence[str], depths: Iterable[int]) -> Iterable[Sequence[str]]:
    return itertools.chain.from_iterable(itertools.product(alphabet, repeat=depth) for depth in depths)


def random_ones(steps: Sequence[str], count: int, rnd: random.Random) -> Iterable[Sequence[str]]:
    return ([rnd.choice(steps) for _ in range(rnd.randint(4, 16))] for _ in range(count))


def alphabets(explore: ModuleType, chunk: int, depths: Sequence[int]) -> list[str]:
    return [broken(explore, setup, every(setup.alphabet, depths)) for setup in explore.ALPHABETS[chunk::CHUNKS]]


def mixes(explore: ModuleType, chunk: int, count: int, seed: int) -> list[str]:
    """`count` histories of each mix in this chunk."""
    rnd = random.Random(f"{seed}/{chunk}")
    return [broken(explore, setup, random_ones(steps, count, rnd)) for setup, steps in explore.MIXES[chunk::CHUNKS]]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_short_history(search: ModuleType, chunk: int) -> None:
    """All histories of one and two steps, over each of the model's alphabets."""
    assert not any(alphabets(search, chunk, (1, 2)))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_some_long_histories(search: ModuleType, chunk: int) -> None:
    assert not any(mixes(search, chunk, 100, seed=1))


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_history_of_three(search: ModuleType, chunk: int) -> None:
    assert not any(alphabets(search, chunk, (3,)))


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_many_long_histories(search: ModuleType, chunk: int) -> None:
    """20,000 in all, other ones each time; what fails prints its history."""
    assert not any(mixes(search, chunk, 20_000 // len(search.MIXES) + 1, seed=random.SystemRandom().randrange(10**9)))


def test_the_search_finds_what_is_wrong(search: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4d broken: a parked field that lets `seen` move loses an edit."""
    world = search.R
    settle = world.settle

    def hasty(golden: Any, cells: Any, *more: Any) -> Any:
        from dataclasses import replace

        out = settle(golden, cells, *more)
        return replace(out, cells={r: replace(c, seen=c.shown) for r, c in out.cells.items()}) if out.parked else out

    monkeypatch.setattr(world, "settle", hasty)
    setup = next(one for one in search.ALPHABETS if one.name == "ask")
    found = broken(search, setup, every(setup.alphabet, (1, 2, 3)))
    assert "LOST" in found


def test_a_replaced_element_is_replaced() -> None:
    """R5d: what the model lacks. A corrected phone reaches a sheet with one place for it, also where it may not clear."""
    golden = sets.SetGolden(("1",), refs={"1": "0:P"})
    cells = {
        "0:P": Cell(("2",), ("1",), None),
        "1:P": Cell(("1",), ("1",), None),
    }
    facts = {ref: Facts(slots=(Slot(),), may_clear=False) for ref in cells}
    out = sets.settle_set(golden, cells, facts)
    assert out.golden.elements == ("2",)
    assert sets.want(("1",), out.golden, (Slot(),), out.cells["1:P"].stop) == ("2",)
    more = sets.settle_set(sets.SetGolden(("1", "3")), cells, facts)
    assert set(more.golden.elements) == {"1", "2", "3"}, "golden has more elements than places: displaced, not removed"
