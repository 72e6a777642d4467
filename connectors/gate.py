"""When may the next request go out, and when must everything stop? (C31, C32)

One RunGate serves a run: all sources, all threads. It keeps every vendor's rate by the key of its Pace, holds everybody
back after a vendor's penalty, knows the run's time limit and says Stopped once somebody called stop().
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from connectors.contract import Pace, RetryLater, Said, Stopped, say

SLICE: Final = 0.2
"""Longest sleep in one piece, in seconds: a stop is noticed at most so late."""
_SLOTS: Final = 1000
"""A window is remembered in so many parts, so that a day's quota costs no more memory than a second's; what is spent in one
part counts as spent at its end, so that is what the rate loses at most: a thousandth."""
_SHORT: Final = 60.0
"""Seconds of the longest window that is taken as used up where a run ended without saying what it had spent."""


class Clock(Protocol):
    """Time as the gate sees it; tests hand in one that only moves when somebody waits."""

    def monotonic(self) -> float: ...

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class VirtualClock:
    """Starts at a given moment and moves by sleeping only; safe between threads."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start, self._passed, self._lock = start, 0.0, threading.Lock()

    def monotonic(self) -> float:
        return self._passed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._passed += seconds


@dataclass(frozen=True, slots=True)
class Spent:
    """Units spent under a pace at a moment: what the ledger keeps from run to run, as the vendor counts on."""

    key: str
    seconds: float
    of: str
    at: datetime
    units: int


class _Window:
    """What was spent under one pace within its window: never more than `units` in any `seconds`."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._slot = pace.seconds / _SLOTS
        self._entries: deque[tuple[float, int]] = deque()
        self._begun = 0.0
        self._spent = 0

    def wait(self, now: float, units: int) -> float:
        """Seconds until `units` fit in. More than fit in at all wait for an empty window."""
        self._forget(now)
        free = self.pace.units - min(units, self.pace.units)
        left, wait = self._spent, 0.0
        for at, count in self._entries:
            if left <= free:
                break
            left -= count
            wait = at + self.pace.seconds - now
        return max(0.0, wait)

    def spend(self, now: float, units: int) -> None:
        self._spent += units
        if self._entries and now - self._begun < self._slot:
            units += self._entries.pop()[1]  # counted as spent at the later moment: on the safe side
        else:
            self._begun = now
        self._entries.append((now, units))

    def spent(self) -> Iterable[tuple[float, int]]:
        return tuple(self._entries)

    def _forget(self, now: float) -> None:
        while self._entries and self._entries[0][0] + self.pace.seconds <= now:
            self._spent -= self._entries.popleft()[1]


class RunGate:
    """The Gate of one run (connectors.contract.Gate).

    limit: seconds until the run must end; None: no limit. spent: what earlier runs used that still counts (`spent()`).
    """

    def __init__(self, limit: float | None = None, clock: Clock | None = None, spent: Iterable[Spent] = ()) -> None:
        self._clock = clock or SystemClock()
        self._end = None if limit is None else self._clock.monotonic() + limit
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, int, float, str], _Window] = {}
        self._paused: dict[str, float] = {}
        self._before = tuple(spent)
        self._broke_off: datetime | None = None
        self._why: Said | None = None

    def enter(self, *paces: Pace, units: int = 1) -> None:
        """Waits until `units` may be spent under every pace, and spends them. Raises Stopped; RetryLater where a quota
        is free again only after the run's time limit."""
        while True:
            with self._lock:
                self._demand_going()
                now = self._clock.monotonic()
                windows = [self._window(pace) for pace in paces]
                wait = max((self._until(window, now, units) for window in windows), default=0.0)
                if wait <= 0:
                    for window in windows:
                        window.spend(now, units)
                    return
                if wait > self.left():
                    raise RetryLater(
                        "the rate of {key} is used up for another {seconds} seconds, longer than this run may take;"
                        " Offbook tries again",
                        key=", ".join(sorted({pace.key for pace in paces})),
                        seconds=round(wait),
                    )
            self._sleep(wait)

    def pause(self, pace: Pace, seconds: float) -> None:
        """A vendor's penalty: nobody enters under this pace's key for so long."""
        with self._lock:
            until = self._clock.monotonic() + seconds
            self._paused[pace.key] = max(until, self._paused.get(pace.key, 0.0))

    def wait(self, seconds: float) -> None:
        """Sleeps in slices; raises Stopped as soon as the run must stop, at once where the time limit comes first."""
        self._demand_going()
        if seconds > self.left():
            raise self._late()
        self._sleep(seconds)
        self._demand_going()

    def left(self) -> float:
        """Seconds until the time limit; infinite without one, 0 once stopped."""
        if self._why is not None:
            return 0.0
        return float("inf") if self._end is None else max(0.0, self._end - self._clock.monotonic())

    def now(self) -> datetime:
        return self._clock.now()

    def stop(self, why: Said | None = None) -> None:
        """Everybody who enters or waits gets Stopped, within SLICE seconds. May be called from a signal handler: it
        takes no lock."""
        self._why = why or say("the run was told to stop; what was not sent is planned again")

    def spent(self) -> tuple[Spent, ...]:
        """What is used of every pace, for the next run: it may begin within the same second."""
        with self._lock:
            now, moment = self._clock.monotonic(), self._clock.now()
            known = {(w.pace.key, w.pace.seconds, w.pace.of) for w in self._windows.values()}
            earlier = [one for one in self._before if (one.key, one.seconds, one.of) not in known]
            return tuple(earlier) + tuple(
                Spent(w.pace.key, w.pace.seconds, w.pace.of, moment - timedelta(seconds=now - at), units)
                for w in self._windows.values()
                for at, units in w.spent()
            )

    def recall(self, spent: Iterable[Spent], broke_off: datetime | None = None) -> None:
        """What earlier runs used, where it is known only after the gate was made. broke_off: how late one may have been
        at work that was killed before it could tell what it used; then every short window is taken as full at that
        moment."""
        with self._lock:
            self._before, self._broke_off = tuple(spent), broke_off

    def _window(self, pace: Pace) -> _Window:
        name = (pace.key, pace.units, pace.seconds, pace.of)
        if name not in self._windows:
            self._windows[name] = window = _Window(pace)
            now, moment = self._clock.monotonic(), self._clock.now()
            for one in self._before:
                if (one.key, one.seconds, one.of) == (pace.key, pace.seconds, pace.of):
                    window.spend(now - max(0.0, (moment - one.at).total_seconds()), one.units)
            if self._broke_off is not None and pace.seconds <= _SHORT:
                window.spend(now - max(0.0, (moment - self._broke_off).total_seconds()), pace.units)
        return self._windows[name]

    def _until(self, window: _Window, now: float, units: int) -> float:
        return max(window.wait(now, units), self._paused.get(window.pace.key, 0.0) - now)

    def _sleep(self, seconds: float) -> None:
        end = self._clock.monotonic() + seconds
        while (rest := end - self._clock.monotonic()) > 0:
            self._demand_going()
            self._clock.sleep(min(SLICE, rest))

    def _demand_going(self) -> None:
        if self._why is not None:
            raise Stopped(self._why)
        if self._end is not None and self._clock.monotonic() >= self._end:
            raise self._late()

    def _late(self) -> Stopped:
        return Stopped("the run's time limit is reached; the next run goes on")
