"""How does a plan look on a terminal, and as JSON? Before → after with reason and source, and what is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Said, say
from sync.commands.planview import LEFT
from sync.messages import translate, unpacked
from sync.messages.names import GUARDS, LEVELS, OPS, RULES, SORTS, VERDICTS, field_name, kind_name, word
from sync.reading import tally
from sync.show.words import cut, padded, width, wrap

if TYPE_CHECKING:
    from sync.commands.planview import FieldLine, LeftLine, PlanView
    from sync.show.screen import Screen

FEW: Final = 60
"""Changes that a terminal shows unless all are asked for."""
CLASSES: Final = 25
"""Classes of cells that are left alone; the rest is counted."""
STATES: Final[Mapping[str, Said]] = {
    "made": say("not applied yet"),
    "applying": say("being applied, or interrupted"),
    "applied": say("applied"),
    "abandoned": say("abandoned"),
    "planned": say("not sent"),
    "done": say("done"),
    "conflict": say("conflict: it moved at its source"),
    "rejected": say("rejected by the system"),
    "unknown": say("in doubt"),
    "intended": say("in doubt"),
    "deferred": say("not sent"),
    "duplicate": say("was there already"),
}


def show_plan(screen: Screen, view: PlanView) -> None:
    """The whole of a plan, the most important last: what stands above has scrolled away."""
    head = say("Plan {number} of job {job}, made {at}: {state}",
               number=view.number, job=view.job, at=view.made_at[:16].replace("T", " "),
               state=STATES.get(view.state, view.state))  # fmt: skip
    screen.line(head, style="bold")
    _read(screen, view.header)
    _left(screen, view.left)
    _apart(screen, view)
    _changes(screen, view)
    _totals(screen, view)
    _questions(screen, view)
    _findings(screen, view.header)
    guards(screen, view.header.get("guards", ()), said_in(view.header))


# ------------------------------------------------------------------------------ what was read, what is left


def _read(screen: Screen, header: Mapping[str, Any]) -> None:
    screen.heading(say("Read"))
    show_read(screen, header.get("read", {}))
    linked = header.get("linked", {})
    if linked.get("links"):
        screen.line(say("{links} records found their customer; {entities} customers and contacts were met for the first time",
                        links=linked["links"], entities=linked.get("entities", 0)))  # fmt: skip


def show_read(screen: Screen, read: Mapping[str, Mapping[str, int]]) -> None:
    """What was read of each table, in records that add up (R17); and which were not read again."""
    rows = []
    columns = tally.columns(read)
    skipped = [table for table, counts in read.items() if counts.get("untouched")]
    for table, counts in read.items():
        if table in skipped or not counts:  # nothing of it was read: it failed, and that is said where failures are
            continue
        numbers = [counts.get(name, 0) for name, _ in columns]
        rows.append([table, str(numbers[0]), *(str(number or "") for number in numbers[1:])])
    screen.table([say("table"), *(text for _, text in columns)], rows, right=range(1, len(columns) + 1), grow=0)
    if skipped:
        screen.line(say("unchanged since the last run, so not read again: {tables}", tables=", ".join(skipped)))


def _left(screen: Screen, left: Sequence[LeftLine]) -> None:
    if not left:
        return
    screen.heading(say("Left as they are: values that differ and are not written"))
    rows = [
        [
            str(line.count),
            line.table,
            f"{kind_name(line.part, screen.lang)} · {field_name(line.field, screen.lang)}",
            why_left(line, screen.lang),
        ]
        for line in left[:CLASSES]
    ]
    screen.table([say("cells"), say("table"), say("field"), say("why")], rows, right=(0,))
    rest = left[CLASSES:]
    if rest:
        screen.line(say("and {count} more in {classes} other classes: `offbook review list`",
                        count=sum(line.count for line in rest), classes=len(rest)))  # fmt: skip


def why_left(line: LeftLine, lang: str) -> str:
    """The verdict, and its reason where there is one."""
    verdict = word(VERDICTS, line.verdict, lang)
    reason = translate(line.reason, lang)
    return translate(say("{what}: {text}", what=verdict, text=reason), lang) if reason else verdict


def _apart(screen: Screen, view: PlanView) -> None:
    if view.apart:
        screen.heading(say("Put apart whole, until their source is mended"))
        rows = [[str(count), table, translate(say(why), screen.lang)] for table, why, count in view.apart]
        screen.table([say("records"), say("table"), say("why")], rows, right=(0,))


# ------------------------------------------------------------------------------ the changes


def _changes(screen: Screen, view: PlanView) -> None:
    if not view.lines:
        return
    if view.shown < view.changes:
        screen.heading(say("Changes, {shown} of {all}; all of them: `offbook show {number} --all`",
                           shown=view.shown, all=view.changes, number=view.number))  # fmt: skip
    else:
        screen.heading(say("Changes"))
    above: tuple[object, ...] = ()
    size = max(width(field_name(line.field, screen.lang)) for line in view.lines)
    for line in view.lines:
        place = (line.table, line.op, line.name, line.records)
        if place != above:
            screen.line(_place(line, screen.lang), style="cyan")
        above = place
        _field(screen, line, min(size, 16))


def _place(line: FieldLine, lang: str) -> str:
    """The table, the record or how many, whom it speaks of, and what becomes of it where that is known."""
    many = len(line.records)
    spot = translate(say("{count} records", count=many), lang) if many > 1 else line.records[0]
    if line.op != "update":
        spot = f"{word(OPS, line.op, lang)} {spot}".rstrip()
    state = "" if line.state in ("planned", "done") else f" ({word(STATES, line.state, lang)})"
    return f"{line.table} {spot} · {line.name}{state}"


def _field(screen: Screen, line: FieldLine, size: int) -> None:
    """One field: before → after, and at the end of the line where it comes from and why."""
    if not line.field:
        return
    lang = screen.lang
    change = line.after if line.op == "create" else f"{line.before} → {line.after}"
    rule = word(RULES, line.rule, lang) if line.op != "create" else ""
    reason = " · ".join(text for text in (line.origin, rule) if text)
    room = screen.columns - size - 6
    left, right = room * 3 // 5, room - room * 3 // 5
    texts, reasons = wrap(cut(change, 240), left), wrap(reason, right)
    names = [padded(field_name(line.field, lang), size)]
    for at in range(max(len(texts), len(reasons))):
        name = names[at] if at < len(names) else " " * size
        text = texts[at] if at < len(texts) else ""
        more = reasons[at] if at < len(reasons) else ""
        screen.line(f"  {name}  {padded(text, left)}  {more}".rstrip())


def _totals(screen: Screen, view: PlanView) -> None:
    screen.heading(say("What it would write") if view.state == "made" else say("What became of it"))
    if not view.fates:
        screen.line(say("Nothing: everything agrees."))
        return
    rows = [[table, word(OPS, op, screen.lang), word(STATES, state, screen.lang), str(n)]
            for table, op, state, n in view.fates]  # fmt: skip
    if view.state == "made":
        rows = [[row[0], row[1], row[3]] for row in rows]
        screen.table([say("table"), say("what"), say("records")], rows, right=(2,), grow=0)
    else:
        screen.table([say("table"), say("what"), say("outcome"), say("records")], rows, right=(3,), grow=0)
    cost = view.header.get("estimate", {})
    if cost and view.state == "made":
        screen.line(_cost(view.changes, cost.get("calls", 0), cost.get("minutes", 0)))


def _cost(changes: int, calls: int, minutes: float) -> Said:
    if minutes < 1:
        return say("changes: {changes}; requests: about {calls}; less than a minute", changes=changes, calls=calls)
    return say("changes: {changes}; requests: about {calls}; minutes: about {minutes}",
               changes=changes, calls=calls, minutes=round(minutes))  # fmt: skip


# ------------------------------------------------------------------------------ what waits


def _questions(screen: Screen, view: PlanView) -> None:
    parked = sum(line.count for line in view.left if line.verdict == "parked")
    if not view.questions and not parked:
        return
    screen.heading(say("Waiting for a person"))
    rows = [[str(count), word(SORTS, sort, screen.lang)] for sort, count in view.questions.items()]
    screen.table([say("questions"), say("about")], rows, right=(0,))
    screen.line(say("see them with `offbook review list`; the rest goes on without them"))


def _findings(screen: Screen, header: Mapping[str, Any]) -> None:
    found = header.get("findings", ())
    if not found:
        return
    texts = said_in(header)
    screen.heading(say("Noticed"))
    for level, _code, _table, text in (one[:4] for one in found):
        said = say("{what}: {text}", what=word(LEVELS, level, screen.lang), text=texts.get(text, text))
        screen.line(said, style="yellow" if level != "note" else "")


def guards(screen: Screen, found: Sequence[Mapping[str, Any]], texts: Mapping[str, Said]) -> None:
    """Each guard with its number, its limit and how to let it through once."""
    stops = [one for one in found if one.get("stops")]
    seen = [one for one in found if not one.get("stops")]
    if stops:
        screen.heading(say("Stopped by a guard"))
    for one in stops:
        screen.line(translate(texts.get(one["text"], one["text"]), screen.lang), style="red")
    if seen:
        screen.heading(say("More than usual; applying this plan by hand lets it through, as you have seen it"))
    for one in seen:
        counted = GUARDS.get(one["guard"], one["guard"])
        text = say("{table}: {count} {guard}, the limit is {limit}",
                   table=one["table"], count=one["count"], guard=counted, limit=one["limit"])  # fmt: skip
        screen.line(text)


def said_in(header: Mapping[str, Any]) -> dict[str, Said]:
    """English text → the same as a template with values, as the header keeps them for other languages."""
    return {text: unpacked(got) for text, got in header.get("said", {}).items()}


# ------------------------------------------------------------------------------ as JSON


def as_json(view: PlanView, lang: str) -> dict[str, Any]:
    return {
        "plan": view.number,
        "job": view.job,
        "made_at": view.made_at,
        "state": view.state,
        "planned": summary(view.header, lang),
        "fates": [{"table": t, "op": op, "state": state, "count": n} for t, op, state, n in view.fates],
        "changes": [line_json(line) for line in view.lines],
        "left": [
            {
                "table": one.table,
                "part": one.part,
                "field": one.field,
                "verdict": one.verdict,
                "reason": translate(one.reason, lang),
                "count": one.count,
                "since": one.since,
            }
            for one in view.left
        ],
        "questions": dict(view.questions),
        "quarantined": [{"table": table, "why": why, "count": count} for table, why, count in view.apart],
    }


def line_json(line: FieldLine) -> dict[str, Any]:
    return {
        "table": line.table,
        "op": line.op,
        "records": list(line.records),
        "name": line.name,
        "part": line.part,
        "field": line.field,
        "before": line.before,
        "after": line.after,
        "rule": line.rule,
        "from": line.origin,
        "state": line.state,
    }


def summary(header: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A plan's header for programs: counts by name, texts in the reader's language."""
    texts = said_in(header)
    out = {name: value for name, value in header.items() if name not in ("said", "counts", "verdicts", "absences")}
    out["changes"] = header.get("changes", 0)
    out["counts"] = [{"table": t, "op": op, "count": n} for t, op, n in header.get("counts", ())]
    out["verdicts"] = [{"table": t, "verdict": v, "reason": r, "cells": n} for t, v, r, n in header.get("verdicts", ())]
    out["absences"] = [{"table": t, "reason": r, "entities": n} for t, r, n in header.get("absences", ())]
    out["findings"] = [
        {"level": one[0], "code": one[1], "table": one[2], "text": translate(texts.get(one[3], one[3]), lang)}
        for one in header.get("findings", ())
    ]
    return out


__all__ = ["LEFT", "as_json", "guards", "said_in", "show_plan", "show_read", "summary", "why_left"]
