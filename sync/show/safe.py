"""What is said of a backup, and of a ledger that comes back?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import say

if TYPE_CHECKING:
    from sync.safe.backup import BackedUp
    from sync.safe.restore import Found, Restored
    from sync.show.screen import Screen


def show_backup(screen: Screen, made: BackedUp) -> None:
    screen.line(say("{path}: {records} records, {links} links, {entities} customers, contacts and visits, up to run {run}"
                    " ({size} KB)", path=made.path, records=made.records, links=made.links, entities=made.entities,
                    run=made.runs, size=-(-made.size // 1000)))  # fmt: skip
    screen.note(say("the copy holds customers' values and can be read by you alone; whoever is erased later stands in it"
                    " still, and `offbook erase` names it"))  # fmt: skip


def show_found(screen: Screen, found: Found) -> None:
    """Before the question whether to restore."""
    screen.line(say("{path}: a ledger of {last}, run {run}: {records} records, {links} links, {entities} customers,"
                    " contacts and visits", path=found.path, last=found.last[:16].replace("T", " "), run=found.runs,
                    records=found.records, links=found.links, entities=found.entities))  # fmt: skip
    if found.later is None:
        screen.line(say("there is no whole ledger at {ledger} now", ledger=found.ledger))
    elif found.later > 0:
        screen.line(say("the present ledger has made {count} runs since; decisions taken in them are lost, the sources"
                        " keep what was written", count=found.later))  # fmt: skip
    screen.line(say("Everything is linked for the first time again: nothing that a person typed is overwritten, and"
                    " nothing is created or removed until all sources were read whole and a plan was applied."))  # fmt: skip


def asked_to_restore() -> object:
    """The question before it."""
    return say("Put it in the ledger's place? The present one is kept beside it. [y/N]")


def asked_to_go_on() -> object:
    """The question before an older copy is gone on with."""
    return say("Go on with the ledger that is there, as after a restore? [y/N]")


def show_restored(screen: Screen, done: Restored) -> None:
    screen.line(say("restored as run {run}: {records} records, {entities} customers, contacts and visits",
                    run=done.run, records=done.records, entities=done.entities))  # fmt: skip
    if done.aside:
        screen.line(say("the ledger that stood there is kept as {path}; remove it when it is not needed any more",
                        path=done.aside))  # fmt: skip
    if done.erased:
        screen.line(say("customers erased since the backup and taken out again: {count}", count=done.erased))
    screen.note(say("next: `offbook plan JOB`, look at what is kept and asked, then apply it"))


__all__ = ["asked_to_go_on", "asked_to_restore", "show_backup", "show_found", "show_restored"]
