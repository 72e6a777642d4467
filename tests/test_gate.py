"""Does the gate keep every rate, and does everybody stop when it says so? (C31, C32)"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Pace, RetryLater, Stopped, say
from connectors.gate import SLICE, RunGate, Spent, SystemClock, VirtualClock

FIVE = Pace("base", 5, 1.0)


def test_no_window_holds_more_than_the_pace() -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    at = []
    for _ in range(20):
        gate.enter(FIVE)
        at.append(clock.monotonic())
    assert at[4] == 0.0
    assert all(later - earlier >= 1.0 for earlier, later in zip(at, at[5:]))
    assert clock.monotonic() < 4.0, "and no more waiting than needed"


@given(
    st.lists(st.tuples(st.integers(1, 3), st.floats(0, 0.7)), min_size=1, max_size=60),
    st.integers(3, 8),
    st.floats(0.5, 3.0),
)
@settings(deadline=None)
def test_whatever_the_rhythm_no_window_holds_more(steps: list[tuple[int, float]], units: int, seconds: float) -> None:
    clock = VirtualClock()
    gate, pace, spent = RunGate(clock=clock), Pace("k", units, seconds), list[tuple[float, int]]()
    for count, pause in steps:
        clock.sleep(pause)
        gate.enter(pace, units=count)
        now = clock.monotonic()
        spent.append((now, count))
        assert sum(n for at, n in spent if now - at < seconds - 1e-6) <= units


def test_sources_share_what_has_one_key_and_nothing_else() -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    for _ in range(5):
        gate.enter(FIVE)
    gate.enter(Pace("other", 5, 1.0))
    assert clock.monotonic() == 0.0
    gate.enter(Pace("base", 5, 1.0))
    assert clock.monotonic() >= 1.0


def test_every_pace_of_a_request_is_kept() -> None:
    clock = VirtualClock()
    gate, slow = RunGate(clock=clock), Pace("account", 1, 10.0)
    gate.enter(FIVE, slow)
    gate.enter(FIVE, slow)
    assert clock.monotonic() >= 10.0


def test_more_units_than_the_pace_allows_wait_for_an_empty_window_and_go() -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    gate.enter(FIVE, units=50)
    gate.enter(FIVE)
    assert clock.monotonic() >= 1.0


def test_a_penalty_holds_everybody_of_that_key() -> None:
    clock = VirtualClock()
    gate = RunGate(clock=clock)
    gate.pause(FIVE, 30.0)
    gate.pause(FIVE, 5.0)
    gate.enter(Pace("other", 1, 1.0))
    assert clock.monotonic() == 0.0
    gate.enter(FIVE)
    assert clock.monotonic() == pytest.approx(30.0)


def test_a_rate_that_is_free_only_after_the_limit_fails_that_source_alone() -> None:
    clock = VirtualClock()
    gate, day = RunGate(600.0, clock), Pace("quota", 1, 86_400.0)
    gate.enter(day)
    with pytest.raises(RetryLater, match="quota"):
        gate.enter(day)
    assert clock.monotonic() == 0.0, "nobody waits for what cannot come"
    gate.enter(FIVE)


def test_the_time_limit_stops_everything() -> None:
    clock = VirtualClock()
    gate = RunGate(10.0, clock)
    assert gate.left() == 10.0
    gate.wait(4.0)
    assert gate.left() == pytest.approx(6.0)
    with pytest.raises(Stopped, match="time limit"):
        gate.wait(7.0)
    assert gate.left() == pytest.approx(6.0)
    gate.wait(6.0 - 1e-9)
    clock.sleep(1.0)
    assert gate.left() == 0.0
    with pytest.raises(Stopped):
        gate.enter()


def test_a_gate_without_a_limit_has_all_the_time() -> None:
    assert RunGate().left() == float("inf")


def test_stop_says_why_and_leaves_no_time() -> None:
    gate = RunGate(10.0, VirtualClock())
    gate.stop(say("the lease was taken over"))
    with pytest.raises(Stopped, match="lease"):
        gate.enter()
    with pytest.raises(Stopped, match="lease"):
        gate.wait(0.0)
    assert gate.left() == 0.0


def test_a_sleeper_notices_a_stop() -> None:
    gate, told = RunGate(), list[BaseException]()

    def sleep() -> None:
        try:
            gate.wait(60.0)
        except Stopped as stopped:
            told.append(stopped)

    thread = threading.Thread(target=sleep)
    begin = time.monotonic()
    thread.start()
    gate.stop()
    thread.join(10.0)
    assert told
    assert time.monotonic() - begin < 10 * SLICE + 5.0


def test_threads_share_the_rate() -> None:
    clock = VirtualClock()
    gate, entered, lock = RunGate(clock=clock), list[float](), threading.Lock()

    def run() -> None:
        for _ in range(10):
            gate.enter(FIVE)
            with lock:
                entered.append(clock.monotonic())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 40
    assert clock.monotonic() >= 7.0, "forty requests at five a second take seven seconds at least"


def test_long_quotas_outlast_the_run() -> None:
    clock, day = VirtualClock(), Pace("day", 3, 86_400.0)
    gate = RunGate(clock=clock)
    gate.enter(day, units=2)
    gate.enter(FIVE)
    kept = gate.spent()
    assert [(one.key, one.units) for one in kept] == [("day", 2), ("base", 1)]
    later = VirtualClock(clock.now() + timedelta(hours=1))
    gate = RunGate(600.0, later, kept)
    gate.enter(day)
    with pytest.raises(RetryLater):
        gate.enter(day)
    assert sum(one.units for one in gate.spent() if one.key == "day") == 3
    untouched = RunGate(600.0, later, kept)
    assert untouched.spent() == kept, "a quota that this run did not touch is kept"


def test_a_quota_of_yesterday_is_free_again() -> None:
    clock, day = VirtualClock(), Pace("day", 1, 86_400.0)
    gate = RunGate(600.0, clock, [Spent("day", 86_400.0, "both", clock.now() - timedelta(days=2), 1)])
    gate.enter(day)
    assert clock.monotonic() == 0.0


@pytest.mark.parametrize("later", [0.0, 0.4, 0.9, 1.0, 7.0])
def test_two_runs_within_one_second_share_the_rate(later: float) -> None:
    clock, at = VirtualClock(), list[float]()
    first = RunGate(clock=clock)
    for _ in range(5):
        clock.sleep(0.05)
        first.enter(FIVE)
        at.append(clock.monotonic())
    clock.sleep(later)
    second, begun = RunGate(clock=clock, spent=first.spent()), clock.monotonic()
    for _ in range(7):
        second.enter(FIVE)
        at.append(clock.monotonic())
    assert all(after - before >= 1.0 - 1e-6 for before, after in zip(at, at[5:]))
    assert at[5] - begun <= max(0.0, 1.0 - later), "and no longer than the rate asks"


def test_after_a_run_that_was_killed_short_windows_count_as_used_up() -> None:
    clock = VirtualClock()
    for ago, waits in ((0.25, 0.75), (30.0, 0.0)):
        gate, begun = RunGate(clock=clock), clock.monotonic()
        gate.recall((), clock.now() - timedelta(seconds=ago))
        gate.enter(FIVE)
        assert clock.monotonic() - begun == pytest.approx(waits)
        gate.enter(Pace("day", 3, 86_400.0))
        assert clock.monotonic() - begun == pytest.approx(waits), "a day is not lost for it"


def test_the_clock_is_aware_and_real() -> None:
    assert RunGate().now().tzinfo is not None
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.0)
    assert clock.monotonic() >= before
