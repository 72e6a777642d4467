"""How does one thing look: a customer, or a record? (`show`)"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from connectors.contract import say
from sync.messages.names import RULES, field_name, kind_name, word

if TYPE_CHECKING:
    from sync.commands.looking import EntityView, RecordView
    from sync.show.screen import Screen

STATES = {"live": say("live"), "missing": say("missing"), "gone": say("gone"), "archived": say("archived")}


def show_entity(screen: Screen, found: EntityView) -> None:
    """Golden, field by field, and the records that speak of it."""
    if screen.json:
        screen.data({"entity": asdict(found)})
        return
    lang = screen.lang
    head = say("{kind} {name} · {id}", kind=kind_name(found.kind, lang), name=found.name, id=found.id)
    screen.line(head, style="bold")
    if found.joined_into:
        screen.line(say("joined into {id}", id=found.joined_into))
    rows = [[field_name(one.field, lang), one.value, f"{one.origin} · {word(RULES, one.rule, lang)}", str(one.since or "")]
            for one in found.fields]  # fmt: skip
    screen.table([say("field"), say("value"), say("where from, and why"), say("since run")], rows, right=(3,), grow=1)
    screen.heading(say("Records"))
    lines = [[one.table, one.place, kind_name(one.part, lang), word(STATES, one.state, lang), one.probability]
             for one in found.records]  # fmt: skip
    screen.table([say("table"), say("record"), say("part"), say("link"), say("probability")], lines, right=(4,), grow=0)
    screen.note(say("`offbook explain {id}` says why", id=found.id))


def show_record(screen: Screen, found: RecordView) -> None:
    """A record as its source showed it, and whom its parts speak of."""
    if screen.json:
        parts = {part: {"entity": one, "name": name} for part, (one, name) in found.parts.items()}
        screen.data({"record": {**asdict(found), "parts": parts}})
        return
    lang = screen.lang
    state = word(STATES, found.state, lang)
    screen.line(say("{table} {place} ({state})", table=found.table, place=found.place, state=state), style="bold")
    screen.table([say("column"), say("value")], [[name, text] for name, text in found.columns.items()])
    rows = [[kind_name(part, lang), name, one] for part, (one, name) in found.parts.items()]
    if rows:
        screen.heading(say("Speaks of"))
        screen.table([say("part"), say("name"), say("id")], rows, grow=1)
    else:
        screen.line(say("nobody knows yet whom it speaks of"))


__all__ = ["show_entity", "show_record"]
