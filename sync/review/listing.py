"""What waits for a person, all of it on one list?"""

from __future__ import annotations

from collections.abc import Sequence

from sync.picture.opening import look
from sync.picture.readers import reader_of
from sync.picture.values import Words
from sync.review import classes, noted
from sync.review import questions as asked
from sync.review.model import MANY, Asking, Class, Listing
from sync.run import Session


def listing(session: Session, *, reader: str = "", lang: str = "en", details: bool = False) -> Listing:
    """Everything that a person can decide, the most useful first. Nothing is written and no source is opened.

    reader: one of `people`, who is shown only customers that plans would send him (R8d). details: with what both sides
    of a question say. Raises ConfigError, LedgerError.
    """
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who, now = Words(picture, lang), reader_of(picture, reader), session.clock()
        found = asked.questions(picture, words, who, now)
        groups = classes.groups(picture, who)
        listed = classes.listed(picture, words, who, groups.values(), now)
        shown, hidden = _few(found, listed)
        if details:
            shown = asked.told(picture, words, who, shown)
        kept = [one for one in listed if one.sort != "parked" or one.name in _names(hidden)]
        others = noted.noted(picture, words, who, now)
        pins = noted.pins(picture, words, who)
        return Listing(picture.plan, tuple(shown), tuple(kept), tuple(others), tuple(pins), len(hidden))


def class_of(one: Asking) -> str:
    """The class that a question about a field belongs to."""
    sources = sorted({source for choice in one.choices for source in choice.sources})
    return f"parked/{one.kind}.{one.unit}/{'+'.join(sources)}"


def _names(found: Sequence[Asking]) -> set[str]:
    return {class_of(one) for one in found}


def _few(found: Sequence[Asking], listed: Sequence[Class]) -> tuple[list[Asking], list[Asking]]:
    """Questions that are listed one by one, and those of which there are so many that their class is listed."""
    counts: dict[str, int] = {}
    for one in found:
        if one.sort == "field":
            counts[class_of(one)] = counts.get(class_of(one), 0) + 1
    known = {one.name for one in listed}
    many = {name for name, count in counts.items() if count > MANY and name in known}
    hidden = [one for one in found if one.sort == "field" and class_of(one) in many]
    return [one for one in found if one not in hidden], hidden


__all__ = ["class_of", "listing"]
