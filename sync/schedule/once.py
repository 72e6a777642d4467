"""What is one run of a job without anybody there? Plan, then apply what the job's `review:` lets go (RULES R12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import OffbookError, Said, Stopped, Vault, say
from connectors.gate import RunGate
from connectors.vault import FileVault
from sync.commands.syncing import first_of
from sync.config.model import Workspace
from sync.run import Outcome, Session, apply_plan, make_plan, open_session

SORT = "unattended"
"""Of the run that plans, in the ledger; a job's last time is told by it."""
DEFECT = 70
RETRY = 4


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run came to: counts only. code: DESIGN §10. trouble: what ended it before its end, in words; "" where
    nothing did. stopped: it was told to."""

    job: str
    started: datetime
    ended: datetime
    code: int
    plan: int = 0
    planned: int = 0
    done: int = 0
    not_sent: Mapping[str, int] = field(default_factory=dict)
    questions: int = 0
    trouble: Said | str = ""
    stopped: bool = False
    error: BaseException | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "job": self.job,
            "started": self.started.isoformat(timespec="seconds"),
            "ended": self.ended.isoformat(timespec="seconds"),
            "code": self.code,
            "plan": self.plan,
            "planned": self.planned,
            "done": self.done,
            "not_sent": dict(self.not_sent),
            "questions": self.questions,
            "trouble": str(self.trouble),
            "stopped": self.stopped,
        }


Opened = Callable[[Workspace, RunGate], Session]


def opened(workspace: Workspace, gate: RunGate) -> Session:
    """A session whose reading stops when the gate is told to; writing stops between batches by itself."""
    vault: Vault = FileVault(Path(workspace.folder) / "offbook.vault.json", gate.wait)
    session = open_session(workspace, gate=gate, vault=vault)
    session.progress = lambda what, _done, _all: None if what.startswith("write ") else gate.wait(0)
    return session


def once(
    workspace: Workspace,
    job: str,
    gate: RunGate | None = None,
    *,
    open_: Opened = opened,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Finished:
    """Runs a job once, unattended; never raises for trouble of a run, as nobody is there to read it."""
    started, gate = now(), gate or RunGate()
    planned: Outcome | None = None
    applied: Outcome | None = None
    trouble: BaseException | None = None
    try:
        session = open_(workspace, gate)
        try:
            planned = make_plan(session, job, sort=SORT)
            applied = apply_plan(session, planned.plan, unattended=True)
        finally:
            session.close()
    except Exception as error:  # noqa: BLE001 - it is told in the log, and the job is tried at its next time
        trouble = error
    return _finished(job, started, now(), planned, applied, trouble)


def _finished(
    job: str,
    started: datetime,
    ended: datetime,
    planned: Outcome | None,
    applied: Outcome | None,
    trouble: BaseException | None,
) -> Finished:
    codes = [
        planned.code if planned is not None and planned.failures else 0,
        applied.code if applied is not None else 0,
    ]
    text: Said | str = ""
    if isinstance(trouble, OffbookError):
        codes.append(trouble.exit_code)
        text = trouble.said
    elif trouble is not None:
        codes.append(DEFECT)
        text = say("a mistake of Offbook's own ({kind})", kind=type(trouble).__name__)
    done = applied.applied if applied is not None else None
    header = planned.header if planned is not None else {}
    return Finished(
        job=job,
        started=started,
        ended=ended,
        code=first_of(*codes),
        plan=planned.plan if planned is not None else 0,
        planned=int(str(header.get("changes", 0))),
        done=done.done + done.duplicate if done is not None else 0,
        not_sent=dict(done.not_sent) if done is not None else {},
        questions=int(str(header.get("questions", 0))),
        trouble=text,
        stopped=isinstance(trouble, Stopped),
        error=trouble,
    )


__all__ = ["DEFECT", "RETRY", "SORT", "Finished", "Opened", "once", "opened"]
