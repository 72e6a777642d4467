"""How does a migration go, from the first look to the proof? Plan, apply, read everything back, reckon.

It can be interrupted anywhere; the same command goes on. Nothing is written before a person has seen the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sync.commands.syncing import Confirm, first_of
from sync.ledger import cursors, migrating
from sync.migrate.reckoning import Sums, destinations, reckon
from sync.migrate.unequal import write_down
from sync.picture.opening import look
from sync.run import Outcome, Session, apply_plan, job_of, make_plan

ROUNDS: Final = 4
"""Plans until nothing is left to be written: children follow their parents, and what was read back may move again (I5)."""
UNBALANCED: Final = 70


@dataclass(slots=True)
class Migrated:
    """What a migration came to. rounds: each plan with what was applied of it (None: the person said no, or nobody could
    be asked; then `answer` tells which). resumed: the plan that an interrupted migration went on with, else 0. left:
    changes that the last plan still has. unequal: (from, to, field, why) → fields; all of them stand in `file`."""

    job: str
    rounds: list[tuple[Outcome, Outcome | None]] = field(default_factory=list)
    resumed: int = 0
    answer: bool | None = True
    left: int = 0
    sampled: bool = False
    sums: list[Sums] = field(default_factory=list)
    unequal: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    file: str = ""

    @property
    def code(self) -> int:
        codes = [outcome.code for made, done in self.rounds for outcome in (made, done) if outcome is not None]
        return first_of(*codes, 0 if all(one.balances() for one in self.sums) else UNBALANCED)

    @property
    def written(self) -> Counter[str]:
        """done, conflict, rejected, unknown, not sent: of all rounds."""
        total: Counter[str] = Counter()
        for _, done in self.rounds:
            if done is not None and done.applied is not None:
                one = done.applied
                total.update({"done": one.done + one.duplicate, "conflict": one.conflict, "rejected": one.rejected})
                total.update({"unknown": one.unknown, "not sent": sum(one.not_sent.values())})
        return +total

    def as_json(self) -> dict[str, object]:
        """Counts only; values stand in the file."""
        return {
            "job": self.job,
            "code": self.code,
            "plans": [made.plan for made, _ in self.rounds],
            "resumed": self.resumed,
            "answer": self.answer,
            "sample": self.sampled,
            "left": self.left,
            "written": dict(self.written),
            "reconciliation": [one.as_json() for one in self.sums],
            "unequal": [[*group, count] for group, count in sorted(self.unequal.items())],
            "file": self.file,
        }


def migrate(
    session: Session,
    job: str,
    confirm: Confirm,
    *,
    sample: int | None = None,
    by: str,
    allowed: Mapping[str, str] | None = None,
) -> Migrated:
    """Moves a job's customers. confirm: shows a plan and asks. by: who says so. Raises what a run raises.

    sample: so many customers first (or the job's own `sample`). A stop (SIGTERM, Ctrl-C) leaves the plan to be gone on with.
    """
    wanted = job_of(session.workspace, job)
    done = Migrated(job, sampled=(sample if sample is not None else wanted.sample) is not None)
    _go_on(session, done, by, allowed or {})
    for _ in range(1 if done.sampled else ROUNDS):
        _list_anew(session, job)
        made = make_plan(session, job, allowed=allowed, sort=migrating.SORT, sample=sample)
        done.left = int(str(made.header.get("changes", 0)))
        done.answer = confirm(made) if done.left else True
        applied = apply_plan(session, made.plan, by=by, allowed=allowed) if done.answer else None
        done.rounds.append((made, applied))
        if applied is None or not done.left or (applied.applied is not None and not applied.applied.done):
            break
    if done.answer:
        _read_back(session, done, sample)
        _reckon(session, done)
    return done


def _go_on(session: Session, done: Migrated, by: str, allowed: Mapping[str, str]) -> None:
    """What an interrupted migration has not sent yet goes out first: its plan was seen."""
    with session.ledger.transaction() as c:
        done.resumed = migrating.interrupted(session.ledger, c, done.job)
    if done.resumed:
        applied = apply_plan(session, done.resumed, by=by, allowed=allowed)
        done.rounds.append((Outcome(applied.run, done.resumed), applied))


def _list_anew(session: Session, job: str) -> None:
    """All that the job reads is read whole, so that what was written is seen as it is kept there."""
    named = set(job_of(session.workspace, job).pull)
    with session.ledger.transaction() as c:
        tables = [table.id for name, table in look(session, c, 0).run.tables.items() if name in named]
        migrating.list_anew(session.ledger, c, tables)


def _read_back(session: Session, done: Migrated, sample: int | None) -> None:
    """After the last writing: everything is read once more, and nothing of that plan is kept."""
    _, last = done.rounds[-1]
    if last is None or last.applied is None or not last.applied.done:
        return  # the last plan read it, and nothing was written since
    _list_anew(session, done.job)
    looked = make_plan(session, done.job, sort="match", sample=sample)
    done.left = int(str(looked.header.get("changes", 0)))
    with session.ledger.transaction() as c:
        cursors.forget_plan(session.ledger, c, looked.plan)
    _list_anew(session, done.job)  # what that reading lacked, the next run must hear again


def _reckon(session: Session, done: Migrated) -> None:
    job = job_of(session.workspace, done.job)
    made, applied = done.rounds[-1]
    run = (applied or made).run
    path = Path(session.workspace.folder) / f"migrate-{_file_name(done.job)}-{run}.csv"
    with session.ledger.transaction() as c:
        picture = look(session, c, 0)
        tables = destinations(picture, job)
        done.sums = [reckon(picture, job, table, sampled=done.sampled) for table in tables]
        done.unequal = write_down(picture, job, tables, path)
    done.file = str(path) if done.unequal else ""


def _file_name(job: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in job)


__all__ = ["Migrated", "migrate"]
