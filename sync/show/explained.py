"""How is what is known of a customer printed?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.contract import say
from sync.messages.names import VERDICTS, field_name, kind_name, word
from sync.picture.reasons import sign

if TYPE_CHECKING:
    from sync.explain import Explained, RecordLine
    from sync.show.screen import Screen

STATES: Final = {"live": say("live"), "missing": say("missing"), "gone": say("gone")}
NOTES: Final = {
    "question": say("Open questions"),
    "absence": say("Where there is no record of it, and why"),
    "hold": say("Removals that wait"),
    "decision": say("Decisions"),
    "former": say("Records that were linked before"),
}


def print_explained(screen: Screen, found: Explained) -> None:
    """Golden first, then record by record, then what waits; --verbose also prints cells that agree."""
    if screen.json:
        screen.data(found.as_json())
        return
    screen.line(f"{found.called} ({kind_name(found.kind, screen.lang)} {found.entity})", style="bold")
    if found.plan:
        screen.note(say("as plan {plan} would leave it; it is not applied yet", plan=found.plan))
    if found.aliases:
        screen.line(say("was also known as {ids}", ids=", ".join(found.aliases)))
    _golden(screen, found)
    screen.heading(say("Its records, and why they are his"))
    for one in found.records:
        _record(screen, one)
    for sort, title in NOTES.items():
        rows = [[note.where, note.text, note.todo] for note in found.notes if note.sort == sort]
        if rows:
            screen.heading(title)
            screen.table(["", "", say("what to do")] if any(row[2] for row in rows) else ["", "", ""], rows, grow=1)


def _golden(screen: Screen, found: Explained) -> None:
    screen.heading(say("Golden: what Offbook holds to be right"))
    rows: list[list[object]] = []
    for one in found.fields:
        if not (one.source or one.former or one.losers or one.parked or one.pinned):
            continue
        why = one.rule if one.source else ""
        if one.parked:
            why = screen.say(say("waits for an answer"))
        if one.pinned:
            why = screen.say(say("a person pinned it"))
        rows.append([field_name(one.unit, screen.lang), one.value, one.source, f"{why} {one.since[:10]}".strip()])
        rows += [
            ["", f"✗ {value}", record, f"{screen.say(say('did not win'))} {day[:10]}"]
            for value, record, day in one.losers
        ]
        rows += [["", f"↶ {value}", "", screen.say(say("former value"))] for value in one.former]
    screen.table([say("field"), say("value"), say("from"), say("why")], rows, grow=1)


def _record(screen: Screen, one: RecordLine) -> None:
    head = f"{one.record} · {kind_name(one.part, screen.lang)}"
    if one.state != "live":
        head += f" · {screen.say(STATES.get(one.state, one.state))}"
    screen.line("")
    screen.line(head, style="cyan")
    screen.line(say("{how}; {p} sure", how=one.how, p=f"{one.probability:.1%}") if one.whys else one.how)
    for why, text in zip(one.whys, one.reasons, strict=True):
        screen.line(f"  {sign(why):<2} {text}")
    rows = [
        [
            field_name(cell.unit, screen.lang),
            cell.shown,
            word(VERDICTS, cell.verdict, screen.lang),
            cell.details or cell.why,
        ]
        for cell in one.cells
        if cell.verdict != "agreed" or cell.details or screen.verbose
    ]
    if rows:
        screen.table([say("field"), say("shown there"), say("verdict"), say("why")], rows, grow=3)
    agreed = len(one.cells) - len(rows)
    if agreed:
        screen.note(say("fields that agree with golden: {count}", count=agreed))


__all__ = ["print_explained"]
