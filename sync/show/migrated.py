"""How is a migration told: what was written, whether everything that came in arrived, and what is not the same there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import say
from sync.messages.names import ABSENCES, VERDICTS, field_name, word

if TYPE_CHECKING:
    from sync.migrate.line import Migrated
    from sync.migrate.reckoning import Sums
    from sync.show.screen import Screen

CLASSES = 15


def show_migrated(screen: Screen, done: Migrated) -> int:
    """The reconciliation -> the exit code."""
    if done.resumed:
        screen.line(say("went on with plan {plan}, which had been interrupted", plan=done.resumed))
    if not done.answer:
        screen.note(say("nothing more was written; the same command begins again"))
        return done.code
    counts = done.written
    if counts:
        screen.line(say("written: {done}; conflicts {conflict}, rejected {rejected}, without an answer {unknown}, not sent"
                        " {unsent}", done=counts["done"], conflict=counts["conflict"], rejected=counts["rejected"],
                        unknown=counts["unknown"], unsent=counts["not sent"]))  # fmt: skip
    for sums in done.sums:
        _sums(screen, sums)
    _unequal(screen, done)
    if done.sampled:
        screen.note(say("this was a sample: look at it in the other system, then run the same without --sample"))
    elif done.left:
        screen.line(say("changes still to be written: {count}; run the same command again", count=done.left))
    return done.code


def _sums(screen: Screen, sums: Sums) -> None:
    screen.heading(say("{table}: what came in, and where it is", table=sums.table))
    rows = [(say("came in"), sums.came), (say("created"), sums.created), (say("linked to a record there"), sums.linked)]
    told = [(say("waiting: {reason}", reason=_reason(screen, why)), n) for why, n in sorted(sums.waiting.items())]
    last = [(say("rejected by the system"), sums.rejected), (say("put apart, as it cannot be read"), sums.quarantined)]
    table = [(text, str(n)) for text, n in (*rows, *told, *last)]
    screen.table([say("what"), say("count")], table, right=(1,), grow=0)
    if not sums.balances():
        screen.warn(say("The sums differ: {count} are nowhere. Please report it; nothing is lost at the places they came from.",
                        count=sums.unaccounted))  # fmt: skip


def _reason(screen: Screen, why: str) -> object:
    if why == "beyond the sample":
        return say("beyond the sample")
    return word(ABSENCES, why, screen.lang)


def _unequal(screen: Screen, done: Migrated) -> None:
    if not done.unequal:
        if done.sums:
            screen.line(say("every field that both sides show is the same there"))
        return
    screen.heading(say("Not the same there"))
    rows = []
    for (origin, to, name, why), count in done.unequal.most_common(CLASSES):
        rows.append(
            (str(count), field_name(name.partition(".")[2], screen.lang), f"{origin} → {to}", _why(screen, why))
        )
    screen.table([say("count"), say("field"), say("from → to"), say("why")], rows, right=(0,), grow=3)
    if len(done.unequal) > CLASSES:
        screen.line(say("… and {count} more", count=len(done.unequal) - CLASSES))
    screen.line(say("each of them, with its values: {path}", path=done.file))


def _why(screen: Screen, why: str) -> object:
    if why == "another value was taken":
        return say("another value was taken")
    if why == "stored otherwise":
        return say("stored otherwise")
    return word(VERDICTS, why, screen.lang)


__all__ = ["show_migrated"]
