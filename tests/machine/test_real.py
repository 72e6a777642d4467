"""Does the real engine keep the invariants, over SQLite and memory stores? The same machine, the same ghost.

A failure prints setup and history in short notation; it is not shortened, as every run takes a tenth of a second.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sync.rules.settle import settle
from tests.histories.conftest import quick_ledger
from tests.histories.stage import let_go
from tests.machine.draw import REAL, setup_of
from tests.machine.real import RealHistory

__all__ = ["quick_ledger"]


class RealMachine(RuleBasedStateMachine):
    words: tuple[str, ...] = REAL["plain"]
    history: RealHistory | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None

    @initialize(drawn=st.binary(min_size=16, max_size=16))
    def start(self, drawn: bytes) -> None:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.history = RealHistory(setup_of(drawn), Path(self.folder.name))

    @rule(
        data=st.data(), i=st.integers(0, 3), n=st.integers(0, 1), name=st.sampled_from("ab"), who=st.sampled_from("PQ")
    )
    def step(self, data: st.DataObject, i: int, n: int, name: str, who: str) -> None:
        assert self.history is not None
        word = data.draw(st.sampled_from(self.words))
        self.history.step(word.format(i=i, n=n, name=name, who=who))

    def teardown(self) -> None:
        try:
            if self.history is not None and not self.history.ghost.violations:
                self.history.finish()
        finally:
            let_go()
            if self.folder is not None:
                self.folder.cleanup()


def play(kind: str, count: int) -> None:
    machine = type(f"Real_{kind}", (RealMachine,), {"words": REAL[kind]})
    told = settings(
        max_examples=count,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=told)


@pytest.mark.parametrize(("kind", "count"), [("plain", 13), ("life", 12)])
def test_histories(kind: str, count: int) -> None:
    """25 runs of 40 steps in all."""
    play(kind, count)


@pytest.mark.long
@pytest.mark.parametrize("kind", REAL)
def test_many_histories(kind: str) -> None:
    play(kind, 200)


def test_it_can_fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An engine that keeps no losers is found within a few histories."""
    kept = settle
    monkeypatch.setattr("sync.agreeing.merge.settle", lambda *given, **more: replace(kept(*given, **more), losers=()))
    rnd = random.Random(7)
    with pytest.raises(AssertionError, match="LOST"):  # noqa: PT012  # any of so many histories
        for n in range(8):
            (tmp_path / str(n)).mkdir()
            history = RealHistory(setup_of(rnd.randbytes(16)), tmp_path / str(n))
            for _ in range(40):
                word = rnd.choice(REAL["plain"])
                spot = {"i": rnd.randrange(4), "n": rnd.randrange(2), "name": rnd.choice("ab"), "who": rnd.choice("PQ")}
                history.step(word.format(**spot))
            history.finish()
