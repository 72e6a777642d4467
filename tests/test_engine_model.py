"""Does the real engine do what the design's model does? Random histories over its mixes, played in both.

tests/model_play.py plays; after every run each record of every source must read the same. What the model lacks is
switched off (R5d's replaced element, R6c's consent from a source that is not named). What cannot be compared is left
out: `only:` on an owner (people files), a rejected create (the model tries again), the order of writes among many
records before a crash, a workflow on a write whose answer was lost, the order of a set after a join.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sync.agreeing.judge import Judge
from sync.rules import sets
from tests.model_play import Play, Skipped, model

pytestmark = pytest.mark.skipif(model() is None, reason="the design's model is not beside this repository")
PEOPLE = {"e", "c", "s", "u", "l", "g", "O", "I", "t", "x", "z", "d", "R", "n", "late_in"}
RUNS = {"r", "dry", "kill", "sub", "fail", "drop", "lost", "rej", "crash"}
STEWARD = {"undo", "rr", "merge", "split", "dec", "dk"}
MIXES = (
    [pair for pair in import_module("explore").MIXES if not pair[0].only and pair[0].first != "rules"]
    if model() is not None
    else []
)
"""`first_link: rules` is left out: the model keeps what loses at a first link, R7's text and ours overwrite it."""


def comparable(setup: Any, steps: Sequence[str]) -> tuple[Any, list[str]]:
    """The mix with what both understand. In the engine every formal source's taste counts."""
    words = PEOPLE | RUNS | STEWARD
    if setup.create_in or len(setup.people) > 1:
        words = words - {"rej", "crash"}
    if setup.flow:
        words = words - {"lost", "crash"}
    formal = tuple(i for i in range(setup.n) if i not in setup.informal and i not in setup.no_clear)
    places = {} if len(setup.people) > 1 else setup.places
    return replace(setup, authority=formal, places=places), [one for one in steps if one.partition(":")[0] in words]


@pytest.fixture(autouse=True)
def _as_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "_not_named", lambda *_: "")
    monkeypatch.setattr(sets, "replaced_there", lambda *_: set())


def differs(setup: Any, history: Sequence[str]) -> str:
    """Where the two part; "" where they do not, or where the history cannot be told to both."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            play = Play(setup, Path(folder))
            for step in (*history, "r", "r"):
                play.step(step)
        except Skipped:
            return ""
        except AssertionError as error:
            return str(error)
    return ""


def shortened(setup: Any, history: Sequence[str]) -> list[str]:
    short = list(history)
    for i in range(len(short) - 1, -1, -1):
        if differs(setup, less := short[:i] + short[i + 1 :]):
            short = less
    return short


def wander(number: int, rnd: random.Random) -> None:
    setup, steps = comparable(*MIXES[number])
    history = [rnd.choice(steps) for _ in range(rnd.randint(3, 9))]
    if differs(setup, history):
        short = shortened(setup, history)
        raise AssertionError(f"{setup.name}: {' ; '.join(short)}\n{differs(setup, short)}")


@pytest.mark.parametrize("number", range(len(MIXES)))
def test_some_histories(number: int) -> None:
    rnd = random.Random(f"some {number}")
    for _ in range(2 if number % 3 else 3):
        wander(number, rnd)


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(MIXES)))
def test_many_histories(number: int) -> None:
    rnd = random.Random()  # others each time; what fails prints its history
    for _ in range(60):
        wander(number, rnd)
