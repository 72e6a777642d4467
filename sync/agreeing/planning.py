"""How is a plan closed, found again, judged anew, and committed? (RULES R12, R13; T2)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import ConfigError, Said, say
from sync.agreeing import guards
from sync.agreeing.plan import Planned
from sync.context import Run
from sync.decisions import count_pins
from sync.errors import StalePlan
from sync.ledger import codec, goingon, plans, schema
from sync.ledger.plans import ChangeRow, PlanRow
from sync.linking import subject
from sync.linking.link import Linked
from sync.messages import packed
from sync.reading import rereading
from sync.safe import waiting

if TYPE_CHECKING:
    from sync.run import Outcome, Session

OPEN = ("made", "applying")


def close_plan(run: Run, planned: Planned, linked: Linked, tripped: Sequence[guards.Tripped]) -> Mapping[str, object]:
    """Writes the header and the digest over everything that the plan would commit and send (R13a)."""
    with run.transaction() as c:
        for key, kept in subject.kept_bases(run, c).items():
            plans.keep_base(run.ledger, c, run.plan, key, kept)
        plans.draft_state(run.ledger, c, run.plan, _draft_state(run))
        counts = plans.count_changes(run.ledger, c, run.plan)
        warn_of_workflows(run, counts)
        header = {
            "plan": run.plan,
            "run": run.id,
            "job": run.job.name,
            "ledger": run.ledger_id,
            "made_at": run.now.isoformat(),
            "changes": sum(counts.values()),
            "counts": [[run.by_id[table].name, op, n] for (table, op), n in sorted(counts.items())],
            "verdicts": [[*key, n] for key, n in sorted(planned.verdicts.items())],
            "absences": [[*key, n] for key, n in sorted(planned.absences.items())],
            "linked": {"links": linked.new_links, "entities": linked.new_entities, "joins": run.draft.joins},
            "questions": len(run.draft.questions),
            "pins": count_pins(run.ledger, c),
            "guards": [one.as_json() for one in tripped],
            "read": {table.name: dict(table.counts) for table in run.tables.values() if table.asked},
            "failures": {name: str(trouble) for name, trouble in run.failures.items()},
            "estimate": estimate(run, counts),
            "findings": [[f.level, f.code, f.table, str(f.text)] for f in run.findings],
            "said": texts_of(run, tripped),
        }
        if run.sampled[1]:
            header["sample"] = {"customers": run.sampled[0], "of": run.sampled[1]}
        digest = plans.digest_of(run.ledger, c, run.plan)
        versions = versions_of(run)
        plans.finish(run.ledger, c, run.plan, state="made", digest=digest, versions=versions, header=header)
    return header


def warn_of_workflows(run: Run, counts: Mapping[tuple[int, str], int]) -> None:
    """CONTRACT `quiet`: what a system starts by itself when we write there is said with its number (C30)."""
    for table in run.tables.values():
        creates, updates = counts.get((table.id, "create"), 0), counts.get((table.id, "update"), 0)
        if not table.described.can.quiet and (creates or updates):
            text = say(
                "{table}: its workflows, approvals or mails may start for {creates} new and {updates} changed records",
                table=table.name,
                creates=creates,
                updates=updates,
            )
            run.note("warning", "workflows", text, table.name)


def texts_of(run: Run, tripped: Sequence[guards.Tripped]) -> dict[str, object]:
    """English text → its template and values, so that what is kept can be said in another language."""
    said = [*(one.said for one in tripped), *(one.text for one in run.findings), *run.failures.values()]
    return {str(one): packed(one) for one in said}


def versions_of(run: Run) -> str:
    """Mapping, rules and canonicaliser: a plan made under others is refused (R13b)."""
    said = [run.workspace.digests.rules, sorted((t.name, t.converter.version) for t in run.tables.values())]
    return codec.digest(codec.dump(said)).hex()


def _draft_state(run: Run) -> dict[str, object]:
    """What T2 needs of the few things that were kept in memory."""
    draft = run.draft
    return {
        "marks": [[entity, table, why] for (entity, table), why in sorted(draft.marks.items())],
        "lifted": sorted(draft.lifted),
        "snapshots": [[kept, gone, codec.load(content)] for kept, gone, content in draft.snapshots],
        "spent": draft.spent,
        "split": draft.split,
        "apart": sorted(draft.apart),
        "holds": draft.holds,
        "heard": [t.id for t in run.tables.values() if t.pulled and not t.silent],
        "restored": waiting.to_commit(run),
        "tables": [[t.id, t.row.scope, t.certificate.scope if t.certificate else None] for t in run.tables.values()],
    }


def estimate(run: Run, counts: Mapping[tuple[int, str], int]) -> dict[str, float]:
    """Requests and minutes that the plan would cost, by the destinations' batch sizes and paces (R13a)."""
    calls, seconds = 0, 0.0
    for (table_id, op), n in counts.items():
        can = run.by_id[table_id].described.can
        size = next((size for kind, size in can.batch.items() if str(kind) == op), 1) or n
        requests = -(-n // max(size, 1))
        calls += requests
        seconds += max((requests * pace.seconds / pace.units for pace in can.paces), default=0.0)
    return {"calls": calls, "minutes": round(seconds / 60, 2)}


# ------------------------------------------------------------------------------ to apply it


def load_plan(session: Session, number: int) -> PlanRow:
    """A plan that may be applied. Raises ConfigError, StalePlan."""
    with session.ledger.transaction() as c:
        row = plans.get(session.ledger, c, number)
        if row is None:
            raise ConfigError("there is no plan {number}; `offbook runs` lists what there is", number=number)
        if row.state not in OPEN:
            raise StalePlan("plan {number} is {state} and cannot be applied again", number=number, state=row.state)
        epoch = session.ledger.get(c, "epoch", "0")
    if str(row.epoch) != epoch:
        raise StalePlan(
            "the ledger was restored or erased from since plan {number} was made; plan again", number=number
        )
    age = session.clock() - datetime.fromisoformat(row.made_at)
    if row.state == "made" and age > session.workspace.guards.plan_valid:
        raise StalePlan(
            "plan {number} is {hours} hours old; plan again", number=number, hours=round(age.total_seconds() / 3600)
        )
    return row


@dataclass(slots=True)
class Picked:
    """The changes that go out now. barred: seq → why one does not."""

    changes: list[ChangeRow]
    barred: dict[int, str] = field(default_factory=dict)
    tripped: list[guards.Tripped] = field(default_factory=list)


def commit(run: Run, row: PlanRow) -> set[str]:
    """T2, once -> entities that were moved by something else since, whose changes are not sent."""
    if versions_of(run) != row.versions:
        raise StalePlan("mappings or rules changed since plan {number} was made; plan again", number=row.id)
    with run.transaction() as c:
        if row.state == "applying":
            stale, committed = plans.skipped(run.ledger, c, row.id)
            return stale | goingon.moved(run.ledger, c, row.id, committed)
        if plans.digest_of(run.ledger, c, row.id) != row.digest:
            raise StalePlan("plan {number} is not as it was made; plan again", number=row.id)
        stale = plans.stale(run.ledger, c, row.id)
        state = plans.get_state(run.ledger, c, row.id)
        plans.commit(run.ledger, c, row.id, run.id, stale)
        plans.commit_state(run.ledger, c, run.id, state, stale)
        waiting.commit(run, c, state)
        for table in state.get("heard", ()):
            rereading.let_through(run, c, table)
        plans.clear(run.ledger, c, row.id)
        plans.skip(run.ledger, c, row.id, stale, run.id)
    return stale


def close_applied(run: Run, stale: set[str]) -> None:
    """A plan of which nothing is left is applied; any other can be gone on with (R13c)."""
    with run.transaction() as c:
        if goingon.is_over(run.ledger, c, run.plan, stale):
            plans.set_plan_state(run.ledger, c, run.plan, "applied")


def chosen(
    run: Run,
    row: PlanRow,
    stale: set[str],
    *,
    limit: int | None,
    only: tuple[str, ...],
    without: tuple[str, ...],
    by: str,
    unattended: bool,
) -> Picked:
    """Which changes of the plan go out now: not those done, stale, held by a guard or by the job's `review:`."""
    with run.ledger.transaction() as c:
        rows = plans.changes(run.ledger, c, row.id, "AND state IN ('planned', 'deferred')")
    picked = Picked(rows)
    for one in rows:
        table = run.by_id.get(one.table_id)
        if one.entity in stale:
            picked.barred[one.seq] = "stale"
        elif table is None:
            picked.barred[one.seq] = "its table is not in the workspace any more"
        elif (only and not _named(table.name, one, only)) or (without and _named(table.name, one, without)):
            picked.barred[one.seq] = "not chosen"
        elif unattended and _waits(run, one):
            picked.barred[one.seq] = "waits for a person"
    if limit is not None:
        _limited(picked, limit)
    picked.tripped = guards.at_apply(run, row, picked, by=by)
    return picked


def _named(table: str, one: ChangeRow, words: tuple[str, ...]) -> bool:
    """A source, a table, an operation, or `table:op`."""
    names = {table, table.partition(".")[0], one.op, f"{table}:{one.op}"}
    return any(word in names for word in words)


def _waits(run: Run, one: ChangeRow) -> bool:
    """`review: all` lets nothing go by itself, `new` updates only, `questions` all that the rules settle."""
    review = run.job.review
    return review == "all" or (review == "new" and one.op != "update")


def _limited(picked: Picked, limit: int) -> None:
    """The first so many changes, parents included: a create that others point to goes with them (R12)."""
    todo = [one for one in picked.changes if one.seq not in picked.barred]
    taken: dict[int, ChangeRow] = {}
    by_seq = {one.seq: one for one in todo}
    for one in sorted(todo, key=lambda one: (one.generation, one.seq)):
        if len(taken) >= limit:
            break
        for parent in parents_of(one):
            if parent in by_seq:
                taken[parent] = by_seq[parent]
        taken[one.seq] = one
    for one in todo:
        if one.seq not in taken:
            picked.barred[one.seq] = "beyond the limit"


def parents_of(one: ChangeRow) -> list[int]:
    """Creates of the same plan that this change points to."""
    from sync.linking.pointing import CREATED

    found = []
    for value in codec.load_raw(one.after).values():
        text = getattr(value, "key", value)
        if isinstance(text, str) and text.startswith(CREATED):
            found.append(int(text[len(CREATED) :]))
    return found


# ------------------------------------------------------------------------------ what is kept of a run


def describe(run: Run, outcome: Outcome) -> dict[str, Any]:
    """Counts and ids for the ledger and for --json; no customer's value is among them."""
    done = outcome.applied
    said: dict[str, Any] = {
        "plan": outcome.plan,
        "code": outcome.code,
        "read": outcome.read,
        "failures": {name: _kind(trouble) for name, trouble in outcome.failures.items()},
        "guards": [one.as_json() for one in outcome.tripped],
        "said": texts_of(run, outcome.tripped),
    }
    if done is not None:
        said["said"] |= {str(why): packed(why) for why in done.not_sent if isinstance(why, Said)}
        said["applied"] = {
            "planned": done.planned,
            "done": done.done + done.duplicate,
            "conflict": done.conflict,
            "rejected": done.rejected,
            "unknown": done.unknown,
            "not_sent": {str(why): count for why, count in done.not_sent.items()},
            "balances": done.balances(),
        }
    else:
        said["planned"] = outcome.header
    return said


def _kind(trouble: Exception) -> dict[str, str]:
    return {"error": type(trouble).__name__, "text": str(trouble)}


__all__ = [
    "Counter",
    "Picked",
    "chosen",
    "close_applied",
    "close_plan",
    "commit",
    "describe",
    "load_plan",
    "say",
    "schema",
]
