"""How do the outcome of an apply, a reading, and the list of runs look?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Said, say
from sync.messages import translate
from sync.messages.names import SORTS, field_name, word
from sync.show.plan import STATES, guards, show_read, summary
from sync.show.words import cut

if TYPE_CHECKING:
    from sync.agreeing.undo import Undone
    from sync.commands.syncing import Synced
    from sync.ledger.looks import PlanLine
    from sync.ledger.runs import RunRow
    from sync.partly import Looked
    from sync.run import Outcome
    from sync.show.screen import Screen
    from sync.writing.apply import Applied

NOT_SENT: Final[Mapping[str, Said]] = {
    "stale": say("something else moved it since the plan was made"),
    "not chosen": say("not chosen by --only and --except"),
    "beyond the limit": say("beyond --limit"),
    "waits for a person": say("waits for a person (`review:` of the job)"),
    "its parent was not created": say("the one it belongs to was not created"),
    "its table is not in the workspace any more": say("its table is not in the workspace any more"),
    "its source is not open": say("its source could not be opened"),
    "its source failed": say("its source failed"),
    "stopped": say("the run was stopped"),
    "deferred": say("its source could not take it now"),
}
CODES: Final[Mapping[int, Said]] = {
    0: say("all went well"),
    1: say("something waits for a person (--strict)"),
    2: say("a file or the configuration needs mending"),
    3: say("a source refused"),
    4: say("try again later"),
    5: say("a guard stopped something"),
    6: say("the plan was out of date"),
    70: say("a mistake of Offbook's own"),
}


def show_applied(screen: Screen, outcome: Outcome) -> None:
    """The sums of an apply (R17), what was not sent and why, and where the files as they were are kept."""
    done = outcome.applied
    if done is None:
        return
    screen.heading(say("Applied plan {number}: {done} of {planned} changes", number=outcome.plan,
                       done=done.done + done.duplicate, planned=done.planned))  # fmt: skip
    rows = [
        [say("done"), done.done],
        [say("was there already"), done.duplicate],
        [say("conflict: it moved at its source, and is planned again"), done.conflict],
        [say("rejected by the system"), done.rejected],
        [say("in doubt: no answer, looked at first by the next run"), done.unknown],
        *([say("not sent: {why}", why=why_not(why)), count] for why, count in done.not_sent.items()),
        [say("stored otherwise by the system"), done.otherwise],
    ]
    screen.table([say("outcome"), say("changes")], [[text, str(n)] for text, n in rows if n], right=(1,), grow=0)
    if not done.balances():
        screen.warn(say("the sums do not add up; please report it with the log"))
    for name, text in done.backups.items():
        screen.note(say("{source}: {text}", source=name, text=text))
    guards(
        screen, [one.as_json() for one in outcome.tripped if one.stops], {str(o.said): o.said for o in outcome.tripped}
    )
    show_failures(screen, outcome)


def why_not(why: str) -> Said:
    """Why changes were not sent; the guard's own name where one stopped them."""
    if why.startswith("guard "):
        return say("stopped by the guard on {guard}", guard=why.removeprefix("guard "))
    return NOT_SENT.get(why, say("{why}", why=why))


def show_failures(screen: Screen, outcome: Outcome) -> None:
    """Sources that failed; the others went on."""
    for name, trouble in outcome.failures.items():
        screen.warn(say("{source} failed: {trouble}", source=name, trouble=trouble))


def show_looked(screen: Screen, looked: Looked) -> None:
    """What a run that stopped early has read, and found."""
    show_read(screen, looked.outcome.read)
    linked = looked.outcome.linked
    if linked.new_links:
        screen.line(say("{links} records found their customer; {entities} customers and contacts were met for the first time",
                        links=linked.new_links, entities=linked.new_entities))  # fmt: skip
    for sort, count in looked.asked.items():
        screen.line(say("{count} questions: {about}", count=count, about=SORTS.get(sort, say(sort))))
    show_failures(screen, looked.outcome)


def show_undone(screen: Screen, undone: Undone) -> None:
    """What an undo would take back besides what is written, and what it leaves and why (R18)."""
    if undone.fields or undone.records or undone.joins:
        screen.heading(say("Taken back"))
        rows = [[say("values"), undone.fields], [say("created records"), undone.records],
                [say("joins of customers"), undone.joins]]  # fmt: skip
        screen.table([say("what"), say("count")], [[text, str(n)] for text, n in rows if n], right=(1,), grow=0)
    if undone.left:
        screen.heading(say("Left as it is now"))
        why = Counter((field, screen.say(text)) for _, field, text in undone.left)
        rows = [
            [str(n), field_name(field, screen.lang) if field else say("all of it"), text]
            for (field, text), n in why.items()
        ]
        screen.table([say("customers"), say("field"), say("why")], rows, right=(0,))
    if undone.later:
        screen.line(say("later runs built on it: {runs}", runs=", ".join(map(str, undone.later))))


# ------------------------------------------------------------------------------ the list


def show_runs(screen: Screen, runs: Sequence[RunRow], plans: Sequence[PlanLine]) -> None:
    """The newest first, with the plan that each made or applied."""
    by_run = {plan.run: plan for plan in plans}
    rows = []
    for run in runs:
        plan = by_run.get(run.id)
        text = say("plan {number}, {changes} changes: {state}", number=plan.id, changes=plan.header.get("changes", 0),
                   state=STATES.get(plan.state, plan.state)) if plan else _came_to(run)  # fmt: skip
        began = run.started[:16].replace("T", " ")
        code = "" if run.code is None else str(run.code)
        rows.append(
            [str(run.id), began, run.job, _sort(run, screen.lang), code, cut(translate(text, screen.lang), 120)]
        )
    headings = [say("run"), say("began"), say("job"), say("what"), say("exit"), say("came to")]
    screen.table(headings, rows, right=(0, 4))


def _sort(run: RunRow, lang: str) -> str:
    words = {"plan": say("plan"), "apply": say("apply"), "pull": say("pull"), "match": say("match"),
             "unattended": say("unattended"), "undo": say("undo"), "migrate": say("migrate"),
             "erase": say("erase"), "retention": say("erase by age"), "restore": say("restore"),
             "not remembered": say("not remembered since a restore")}  # fmt: skip
    return word(words, run.sort, lang)


def _came_to(run: RunRow) -> Said:
    from sync.ledger import codec

    if run.state != "ended":
        return say("did not end: it runs still, or was killed")
    done = (codec.load(run.outcome) or {}).get("applied")
    if done:
        return say("plan {number}: {done} of {planned} changes done",
                   number=(codec.load(run.outcome) or {}).get("plan", 0), done=done["done"],
                   planned=done["planned"])  # fmt: skip
    return CODES.get(run.code or 0, say("ended"))


# ------------------------------------------------------------------------------ as JSON


def applied_json(done: Applied | None) -> dict[str, Any] | None:
    if done is None:
        return None
    return {
        "planned": done.planned,
        "done": done.done,
        "duplicate": done.duplicate,
        "conflict": done.conflict,
        "rejected": done.rejected,
        "unknown": done.unknown,
        "not_sent": dict(done.not_sent),
        "otherwise": done.otherwise,
        "balances": done.balances(),
        "backups": dict(done.backups),
    }


def outcome_json(outcome: Outcome, lang: str) -> dict[str, Any]:
    """What a run did: ids, counts, and what failed."""
    return {
        "run": outcome.run,
        "plan": outcome.plan,
        "code": outcome.code,
        "read": {table: dict(counts) for table, counts in outcome.read.items()},
        "failures": {name: failure(trouble, lang) for name, trouble in outcome.failures.items()},
        "guards": [{**one.as_json(), "text": translate(one.said, lang)} for one in outcome.tripped],
    }


def failure(trouble: Exception, lang: str) -> dict[str, Any]:
    code = getattr(trouble, "exit_code", 70)
    return {"kind": type(trouble).__name__, "code": code, "text": translate(trouble, lang)}


def planned_json(outcome: Outcome, lang: str) -> dict[str, Any]:
    """`plan --json`: the same shape as `sync --json`, with nothing applied."""
    return {**outcome_json(outcome, lang), "planned": summary(outcome.header, lang), "applied": None}


def synced_json(synced: Synced, lang: str) -> dict[str, Any]:
    out = planned_json(synced.planned, lang)
    out["code"] = synced.code
    if synced.applied is not None:
        out["applied"] = applied_json(synced.applied.applied)
        out["run_applied"] = synced.applied.run
        more = outcome_json(synced.applied, lang)
        out["guards"], out["failures"] = more["guards"], {**out["failures"], **more["failures"]}
    return out


def undone_json(undone: Undone, lang: str) -> dict[str, Any]:
    left = [{"entity": entity, "field": field, "why": translate(why, lang)} for entity, field, why in undone.left]
    return {"fields": undone.fields, "records": undone.records, "joins": undone.joins, "left": left,
            "later": list(undone.later)}  # fmt: skip


def run_json(run: RunRow) -> dict[str, Any]:
    from sync.ledger import codec

    outcome = codec.load(run.outcome) or {}
    return {
        "run": run.id,
        "job": run.job,
        "sort": run.sort,
        "started": run.started,
        "ended": run.ended,
        "state": run.state,
        "code": run.code,
        "plan": outcome.get("plan"),
        "applied": outcome.get("applied"),
    }


__all__ = ["applied_json", "failure", "outcome_json", "planned_json", "run_json", "show_applied", "show_failures",
           "show_looked", "show_runs", "show_undone", "synced_json", "undone_json", "why_not"]  # fmt: skip
