"""Does every history keep the invariants I1 to I7 and come to rest? A Hypothesis state machine over sync/rules.

2 to 4 sources, two customers, all that people, faults and the steward do; tests/machine/ghost.py watches. A failure
prints its setup and its history in short notation (tests/machine/people.py).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.machine.draw import STEPS, setup_of
from tests.machine.people import History, shortened


class Machine(RuleBasedStateMachine):
    """words: the steps it draws from. One rule draws all of them, weighed by how often they stand there."""

    words: tuple[str, ...] = STEPS["plain"]
    history: History | None = None

    @initialize(drawn=st.binary(min_size=16, max_size=16))
    def start(self, drawn: bytes) -> None:
        self.history = History(setup_of(drawn))

    @rule(
        data=st.data(), i=st.integers(0, 3), j=st.integers(0, 3), name=st.sampled_from("ab"), who=st.sampled_from("PQ")
    )
    def step(self, data: st.DataObject, i: int, j: int, name: str, who: str) -> None:
        assert self.history is not None
        word = data.draw(st.sampled_from(self.words))
        try:
            self.history.step(word.format(i=i, j=j, n=j % 2, name=name, who=who))
        except AssertionError:
            raise AssertionError(shortened(self.history.setup, self.history.told)) from None

    def teardown(self) -> None:
        if self.history is None or self.history.ghost.violations:
            return
        told = list(self.history.told)
        try:
            self.history.finish()
        except AssertionError:
            raise AssertionError(shortened(self.history.setup, told)) from None


def machine(kind: str) -> type[Machine]:
    return type(f"Machine_{kind}", (Machine,), {"words": STEPS[kind]})


def play(kind: str, count: int) -> None:
    told = settings(
        max_examples=count,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # people.py shortens by whole steps, and sooner
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine(kind), settings=told)


@pytest.mark.parametrize("kind", STEPS)
def test_histories(kind: str) -> None:
    """300 runs of 40 steps in all."""
    play(kind, 300 // len(STEPS))


@pytest.mark.long
@pytest.mark.parametrize("kind", STEPS)
def test_many_histories(kind: str) -> None:
    play(kind, 2000 // len(STEPS))
