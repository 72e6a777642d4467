"""What is a run's answer on this screen, and its exit code? One function for each command of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.contract import ConfigError, say
from sync.commands.syncing import Confirm, Synced
from sync.ledger import looks
from sync.ledger.looks import PlanLine
from sync.ledger.runs import RunRow
from sync.show.plan import FEW, show_plan
from sync.show.runs import (
    applied_json,
    outcome_json,
    planned_json,
    run_json,
    show_applied,
    show_failures,
    show_looked,
    show_runs,
    show_undone,
    synced_json,
    undone_json,
)

if TYPE_CHECKING:
    from sync.partly import Looked
    from sync.run import Outcome, Session
    from sync.show.screen import Screen


def tell_plan(screen: Screen, session: Session, outcome: Outcome, *, reveal: bool) -> int:
    """The plan, and how to apply it."""
    if screen.json:
        screen.data(planned_json(outcome, screen.lang))
        return _strict(screen, session, outcome, outcome.code)
    _show(screen, session, outcome, reveal=reveal)
    if outcome.header.get("changes"):
        screen.note(say("nothing was written; to write it: offbook apply {plan}", plan=outcome.plan))
    else:
        screen.note(say("nothing is to be written; `offbook apply {plan}` keeps what was found out", plan=outcome.plan))
    return _strict(screen, session, outcome, outcome.code)


def _show(screen: Screen, session: Session, outcome: Outcome, *, reveal: bool) -> None:
    from sync.commands.planview import view

    show_plan(screen, view(session, outcome.plan, most=FEW, reveal=reveal))
    show_failures(screen, outcome)


def confirming(screen: Screen, session: Session, *, yes: bool, reveal: bool) -> Confirm:
    """Shows the plan, then asks; `--yes` is the answer of the person who typed it. A plan without changes needs none,
    but to take something back is asked for whatever it is."""

    def confirm(outcome: Outcome) -> bool | None:
        if not screen.json:
            _show(screen, session, outcome, reveal=reveal)
            if outcome.undone is not None:
                show_undone(screen, outcome.undone)
        if yes:
            return True
        if outcome.undone is not None and not outcome.header.get("changes"):
            return screen.ask(say("Take this back? [y/N]"))
        if not outcome.header.get("changes"):
            return True
        return screen.ask(say("Apply these {changes} changes? [y/N]", changes=outcome.header["changes"]))

    return confirm


def tell_synced(screen: Screen, session: Session, synced: Synced) -> int:
    """What was applied; or how to apply it, where nobody said yes."""
    if screen.json:
        screen.data(synced_json(synced, screen.lang))
    elif synced.applied is None:
        plan = synced.planned.plan
        if synced.answer is None:
            screen.note(
                say("nothing was written, as nobody could be asked; to write it: offbook apply {plan}", plan=plan)
            )
        else:
            screen.note(say("nothing was written; to write it later: offbook apply {plan}", plan=plan))
    elif synced.planned.header.get("changes"):
        show_applied(screen, synced.applied)
    else:
        skipped(screen, synced.planned)
    return _strict(screen, session, synced.planned, synced.code)


def tell_undone(screen: Screen, session: Session, synced: Synced) -> int:
    """As after a sync; under --json also what was left."""
    if not screen.json:
        return tell_synced(screen, session, synced)
    undone = synced.planned.undone
    screen.data({**synced_json(synced, screen.lang), "undone": undone_json(undone, screen.lang) if undone else None})
    return synced.code


def skipped(screen: Screen, outcome: Outcome) -> None:
    """What a run with nothing to do has not done again."""
    read = sum(counts.get("read", 0) for counts in outcome.read.values())
    changed = sum(counts.get("new", 0) + counts.get("changed", 0) for counts in outcome.read.values())
    if read and not read - changed:
        return
    whole = [table for table, counts in outcome.read.items() if counts.get("untouched")]
    screen.line(say("{same} of {read} records that were read are as they were; tables not read again: {tables}",
                    same=read - changed, read=read, tables=len(whole)))  # fmt: skip


def tell_applied(screen: Screen, outcome: Outcome) -> int:
    if screen.json:
        screen.data({**outcome_json(outcome, screen.lang), "applied": applied_json(outcome.applied)})
    else:
        show_applied(screen, outcome)
    return outcome.code


def tell_looked(screen: Screen, looked: Looked) -> int:
    if screen.json:
        linked = looked.outcome.linked
        found = {"links": linked.new_links, "entities": linked.new_entities, "questions": looked.asked}
        screen.data({**outcome_json(looked.outcome, screen.lang), "linked": found})
    else:
        show_looked(screen, looked)
    return looked.outcome.code


def tell_runs(screen: Screen, runs: Sequence[RunRow], plans: Sequence[PlanLine]) -> None:
    if screen.json:
        made = [{"plan": p.id, "run": p.run, "job": p.job, "made_at": p.made_at, "state": p.state,
                 "changes": p.header.get("changes", 0)} for p in plans]  # fmt: skip
        screen.data({"runs": [run_json(run) for run in runs], "plans": made})
    else:
        show_runs(screen, runs, plans)


def tell_thing(
    screen: Screen, session: Session, words: Sequence[str], *, every: bool, table: str, reveal: bool
) -> None:
    """A plan, a customer, a record or a question, by what was typed. Raises ConfigError."""
    from sync.commands import looking
    from sync.show.things import show_entity, show_record

    first, known = words[0], {*session.workspace.sources, *session.workspace.tables}
    if len(words) == 1 and first.isdigit() and len(first) < 32:
        _tell_stored(screen, session, int(first), every=every, table=table, reveal=reveal)
    elif len(words) == 2 and first not in known and first == "plan" and words[1].isdigit():
        _tell_stored(screen, session, int(words[1]), every=every, table=table, reveal=reveal)
    elif len(words) == 2 and first not in known and first == "question":
        _tell_question(screen, session, words[1])
    elif len(words) == 1 and looking.is_entity(first):
        show_entity(screen, looking.entity(session, first, reveal=reveal))
    elif len(words) == 2:
        show_record(screen, looking.record(session, first, words[1], reveal=reveal))
    else:
        raise ConfigError("`{words}` is no plan's number, no customer's id, no source with a record's key and no"
                          " `question` with its number", words=" ".join(words))  # fmt: skip


def _tell_stored(screen: Screen, session: Session, number: int, *, every: bool, table: str, reveal: bool) -> None:
    from sync.commands.planview import view
    from sync.show.plan import as_json

    found = view(session, number, most=None if every or screen.json else FEW, reveal=reveal, only=table)
    if screen.json:
        screen.data(as_json(found, screen.lang))
    else:
        show_plan(screen, found)


def _tell_question(screen: Screen, session: Session, name: str) -> None:
    from sync.review.details import detail
    from sync.review.printed import print_detail

    found = detail(session, name, lang=screen.lang)
    if screen.json:
        screen.data(found.as_json())
    else:
        print_detail(screen, found)


def _strict(screen: Screen, session: Session, outcome: Outcome, code: int) -> int:
    """--strict: 1 where all went well but something waits (RULES, "Exit code of a mixed run")."""
    if code or not screen.strict:
        return code
    ledger = session.ledger
    with ledger.transaction() as c:
        waits = looks.questions(ledger, c) or looks.quarantined(ledger, c)
        return 1 if waits or looks.classes(ledger, c, outcome.plan, ("parked", "damaged", "doubt")) else 0


__all__ = [
    "confirming",
    "skipped",
    "tell_applied",
    "tell_looked",
    "tell_plan",
    "tell_runs",
    "tell_synced",
    "tell_thing",
    "tell_undone",
]
