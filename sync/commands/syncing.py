"""How do a plan and its apply go together in one call, with the person's word between them? (RULES R12)"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync.run import OWN_CODES, Outcome, Session, apply_plan, make_plan, make_undo

Confirm = Callable[[Outcome], bool | None]
"""Shows the plan and asks: True to apply it, False not to, None where nobody could be asked."""


@dataclass(slots=True)
class Synced:
    """planned; applied: None where it stayed at the plan; answer: what the person said."""

    planned: Outcome
    applied: Outcome | None
    answer: bool | None
    code: int


def person() -> str:
    """Who is at the keyboard, for the plan's history; `?` where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def plan_and_apply(session: Session, job: str, confirm: Confirm, *, allowed: Mapping[str, str]) -> Synced:
    """Plans, shows it, and applies it if the person says so. Raises what a run raises."""
    return _applied(session, make_plan(session, job, allowed=allowed), confirm, allowed)


def undo_and_apply(session: Session, run: int | None, confirm: Confirm, *, allowed: Mapping[str, str]) -> Synced:
    """The same for a plan that takes back a run; the newest where none is named."""
    return _applied(session, make_undo(session, run), confirm, allowed)


def _applied(session: Session, planned: Outcome, confirm: Confirm, allowed: Mapping[str, str]) -> Synced:
    answer = confirm(planned)
    if not answer:
        return Synced(planned, None, answer, planned.code)
    applied = apply_plan(session, planned.plan, by=person(), allowed=allowed)
    reading = planned.code if planned.failures or planned.silenced else 0
    return Synced(planned, applied, answer, first_of(reading, applied.code))


def first_of(*codes: int) -> int:
    """The exit code of a mixed run (RULES, end); a defect of ours stands before all."""
    if 70 in codes:
        return 70
    return next((code for code in OWN_CODES if code in codes), 0)


__all__ = ["Confirm", "Synced", "first_of", "person", "plan_and_apply", "undo_and_apply"]
