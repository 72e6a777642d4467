"""How are the customers printed that somebody may mean?"""

from __future__ import annotations

from typing import Final

from connectors.contract import say
from sync.messages.names import kind_name
from sync.search.find import Answer, Found
from sync.show.explained import STATES
from sync.show.screen import Screen

PLACES: Final = 4
"""Places of a customer that are printed; --verbose prints all."""


def print_found(screen: Screen, found: Found) -> None:
    """The best first: who it is, why, and where it stands."""
    if screen.json:
        screen.data(found.as_json())
        return
    if not found.answers:
        screen.line(say("Nobody is found."))
    for one in found.answers:
        _answer(screen, one)
    if not found.whole:
        screen.note(say("so many customers are looked up by whole names, numbers and addresses only"))


def _answer(screen: Screen, one: Answer) -> None:
    sure = f" · {one.probability:.0%}" if one.probability is not None else ""
    screen.line(f"{one.called} ({kind_name(one.kind, screen.lang)} {one.entity[-8:]}){sure}", style="bold")
    screen.line(f"  {' · '.join(one.reasons)}", style="dim")
    if one.contacts:
        screen.line(f"  {' · '.join(one.contacts)}")
    shown = one.places if screen.verbose else one.places[:PLACES]
    for place in shown:
        state = f" · {screen.say(STATES.get(place.state, place.state))}" if place.state != "live" else ""
        screen.line(f"  → {place.record}{state}", style="cyan")
    if len(one.places) > len(shown):
        screen.note(say("{count} more records; --verbose shows them", count=len(one.places) - len(shown)))


__all__ = ["print_found"]
