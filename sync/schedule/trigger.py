"""When is one job due next? Its schedule, moved by what its last run came to; APScheduler asks. (DESIGN §10: code 4)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apscheduler.triggers.base import BaseTrigger

from sync.config.schedule import Schedule

AGAIN: Final = timedelta(minutes=10)
"""What could not be done just now (a busy ledger, a vendor's limit) is tried again after so long,"""
TRIES: Final = 3
"""so many times; then at the job's own next time."""


@dataclass(slots=True)
class Times:
    """The times of one job. not_before: its sources' lag is over. again: the next try of a run that could not be done."""

    schedule: Schedule
    timezone: str
    not_before: datetime | None = None
    again: datetime | None = None
    tries: int = 0

    def next_after(self, moment: datetime) -> datetime:
        due = self.schedule.next_after(moment, self.timezone)
        if self.again is not None and moment < self.again < due:
            due = self.again
        return max(due, self.not_before) if self.not_before is not None else due

    def was_missed(self, last: datetime | None, now: datetime) -> bool:
        """Whether a time went by since its last run began; a job that never ran has missed nothing."""
        return last is not None and self.schedule.next_after(last, self.timezone) <= now

    def ended(self, moment: datetime, *, lag: float, retry: bool) -> None:
        """A run came to its end; retry: it could not be done just now."""
        self.tries = self.tries + 1 if retry else 0
        self.again = moment + AGAIN if retry and self.tries <= TRIES else None
        self.not_before = moment + timedelta(seconds=lag) if lag else None


class Due(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """The same, as APScheduler asks for it."""

    def __init__(self, times: Times) -> None:
        self.times = times

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return self.times.next_after(previous_fire_time or now)


__all__ = ["AGAIN", "TRIES", "Due", "Times"]
