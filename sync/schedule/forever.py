"""How do jobs run by themselves until they are told to stop?

One run at a time, in this thread: what falls due while another job runs is done after it, once. A time that went by while
the machine slept or this process was down is caught up once. SIGTERM and Ctrl-C end a run between two requests.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler

from connectors.contract import ConfigError, OffbookError
from connectors.gate import RunGate
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.ledger.runs import last_start
from sync.run import open_session
from sync.schedule.once import RETRY, SORT, Finished, Opened, once, opened
from sync.schedule.trigger import Due, Times
from sync.workspace import load

LOOK: Final = 60.0
"""Seconds between two looks at the clock: a machine that slept, or whose clock was set, is noticed so soon."""


@dataclass(frozen=True, slots=True)
class Next:
    """When each job starts next; told at the beginning and after each run."""

    times: Mapping[str, datetime]
    caught_up: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {"next": {job: at.isoformat(timespec="seconds") for job, at in self.times.items()},
                "missed": list(self.caught_up)}  # fmt: skip


Tell = Callable[[Finished | Next], None]


class Clock(Protocol):
    """Time as the scheduler sees it; tests hand in one that moves only when it is waited for."""

    def now(self) -> datetime: ...

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Returns early where `stop` is set."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


class _Scheduler(BaseScheduler):  # type: ignore[misc]  # apscheduler has no types
    """APScheduler's book of times; jobs run in the thread that asks."""

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002 - APScheduler's own signature
        super().shutdown(wait)

    def wakeup(self) -> None:
        """Nobody sleeps in it."""

    def step(self) -> float | None:
        """Runs what is due -> seconds until something is, None where nothing ever is."""
        wait: float | None = self._process_jobs()
        return wait


@dataclass(slots=True)
class Forever:
    """The jobs of one workspace. Each run reads the workspace's files anew."""

    workspace: Workspace
    tell: Tell
    clock: Clock = field(default_factory=SystemClock)
    open_: Opened = opened
    gate_of: Callable[[], RunGate] = RunGate
    stop: threading.Event = field(default_factory=threading.Event)
    gate: RunGate | None = None
    times: dict[str, Times] = field(default_factory=dict)

    def run(self) -> int:
        """Until it is told to stop -> 0. Raises ConfigError where no job has a schedule."""
        jobs = [job for job in self.workspace.jobs.values() if job.schedule is not None]
        if not jobs:
            raise ConfigError("no job in offbook.yaml has a `schedule`; write one, such as `schedule: daily 02:30`")
        scheduler = _Scheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        missed = tuple(job.name for job in jobs if self._add(scheduler, job))
        scheduler.start()
        try:
            self.tell(self._next(scheduler, missed))
            while not self.stop.is_set():
                wait = scheduler.step()
                if not self.stop.is_set():
                    self.clock.wait(min(LOOK if wait is None else max(wait, 0.0), LOOK), self.stop)
        finally:
            scheduler.shutdown()
        return 0

    def end(self) -> None:
        """From a signal handler: takes no lock."""
        self.stop.set()
        if self.gate is not None:
            self.gate.stop()

    # -------------------------------------------------------------------------- one job

    def _add(self, scheduler: _Scheduler, job: Job) -> bool:
        """-> whether it missed a time, so that it runs at once."""
        assert job.schedule is not None
        times = self.times[job.name] = Times(job.schedule, self.workspace.timezone)
        missed = times.was_missed(self._last(job.name), self.clock.now())
        now: dict[str, Any] = {"next_run_time": self.clock.now()} if missed else {}
        scheduler.add_job(self._run, Due(times), (scheduler, job.name), id=job.name, name=job.name, **now)
        return missed

    def _last(self, job: str) -> datetime | None:
        """When its last unattended run began; a ledger that is not there yet, or is busy, knows none."""
        try:
            session = open_session(self.workspace, create=False)
        except OffbookError:
            return None
        try:
            with session.ledger.transaction() as c:
                return last_start(session.ledger, c, job, SORT)
        finally:
            session.close()

    def _run(self, scheduler: _Scheduler, job: str) -> None:
        if self.stop.is_set():
            return
        self.gate = self.gate_of()
        started = self.clock.now()
        try:
            self.workspace = load(Path(self.workspace.folder))
        except OffbookError as trouble:
            done = Finished(job, started, self.clock.now(), trouble.exit_code, trouble=trouble.said, error=trouble)
        else:
            done = once(self.workspace, job, self.gate, open_=self.open_, now=self.clock.now)
        self.gate = None
        self.times[job].ended(
            self.clock.now(), lag=lag_of(self.workspace, job), retry=done.code == RETRY and not done.stopped
        )
        self.tell(done)
        if not self.stop.is_set():
            self.tell(self._next(scheduler, (), job))

    def _next(self, scheduler: _Scheduler, missed: tuple[str, ...], ran: str = "") -> Next:
        found = {job.id: job.next_run_time for job in scheduler.get_jobs()}
        if ran:  # APScheduler moves its time on when the run has come back
            found[ran] = self.times[ran].next_after(self.clock.now())
        return Next(dict(sorted(found.items(), key=lambda item: item[1])), missed)


def lag_of(workspace: Workspace, job: str) -> float:
    """Seconds until what a run wrote can be seen everywhere: the next one does not begin before (CONTRACT: lag)."""
    named = workspace.jobs.get(job)
    sources = {workspace.tables[table].source for table in (*named.pull, *named.push)} if named is not None else set()
    return max((workspace.sources[name].best.lag for name in sources), default=0.0)


@contextmanager
def _signals(end: Callable[[], None]) -> Iterator[None]:
    """SIGTERM, Ctrl-C and Windows' Ctrl-Break end it; a second one does nothing more, as the first is being followed."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        end()

    names = ("SIGTERM", "SIGINT", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def run_forever(workspace: Workspace, tell: Tell) -> int:
    """Runs the jobs' schedules until SIGTERM or Ctrl-C -> 0. From the main thread. Raises ConfigError."""
    forever = Forever(workspace, tell)
    with _signals(forever.end):
        return forever.run()


__all__ = ["Clock", "Forever", "Next", "SystemClock", "Tell", "lag_of", "run_forever"]
