"""What is said before and after an erasure? The customer's name on the screen only, never in JSON or a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from connectors.contract import say
from sync.messages.names import kind_name

if TYPE_CHECKING:
    from sync.erase.act import Erased
    from sync.erase.target import Holder, Target
    from sync.show.screen import Screen

FEW: Final = 20


def show_target(screen: Screen, found: Target) -> None:
    """Who would go, and from where, before the question."""
    screen.line(say("{kind} {name} ({entity})", kind=kind_name(found.kind, screen.lang), name=found.name or "–",
                    entity=found.entity))  # fmt: skip
    _holders(screen, found.holders)
    if found.others:
        screen.line(say("{count} others bear one of the same numbers or addresses and stay: {ids}",
                        count=len(found.others), ids=", ".join(found.others[:FEW])))  # fmt: skip
    if found.beside:
        screen.line(say("{count} others point to this one and stay, without it", count=found.beside))
    _copies(screen, found.copies)
    screen.line(say("What is erased cannot be brought back, and plans that are open are abandoned."))


def asked_to_erase() -> object:
    """The question before it."""
    return say("Erase all of it from the ledger? [y/N]")


def asked_to_expire(days: int) -> object:
    """The question before what is old goes."""
    return say("Erase customers whose last record ended more than {days} days ago, and older former values? [y/N]",
               days=days)  # fmt: skip


def show_erased(screen: Screen, done: Erased) -> None:
    if done.until:
        screen.line(say("erased: {records} records lost what they said; kept away until {until} by {count} digests",
                        records=done.records, until=done.until[:10], count=done.tombstones))  # fmt: skip
    else:
        screen.line(say("erased by age: {customers} customers whose last record ended before, {records} records, {past}"
                        " former values of others", customers=done.customers, records=done.records, past=done.past))  # fmt: skip
    _holders(screen, (*done.leaving, *done.still))
    _copies(screen, done.copies)
    if not done.cleaned:
        screen.warn(say("another program has the ledger open, so freed pages are not cleared yet; they are at the next erasure"
                        " or when all have closed it"))  # fmt: skip


def _holders(screen: Screen, holders: Sequence[Holder]) -> None:
    if not holders:
        return
    rows = [
        (one.table, one.key or "–", say("is removed there, after its waiting time") if one.removed
         else say("goes on holding it: remove it there yourself"))
        for one in holders[:FEW]
    ]  # fmt: skip
    screen.table([say("table"), say("record"), say("what happens there")], rows, grow=2)
    if len(holders) > FEW:
        screen.line(say("… and {count} more", count=len(holders) - FEW))


def _copies(screen: Screen, paths: Sequence[str]) -> None:
    if paths:
        screen.line(say("These files hold what was true when they were made, and are not searched:"))
        for path in paths[:FEW]:
            screen.line(f"  {path}")


__all__ = ["asked_to_erase", "asked_to_expire", "show_erased", "show_target"]
