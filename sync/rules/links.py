"""How does a link move, and when is a removal due? (RULES table 3, R11)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Live(StrEnum):
    LIVE = "live"
    MISSING = "missing"
    GONE = "gone"
    ENDED = "ended"


class Event(StrEnum):
    """shown; not shown by a complete pull of equal scope; proved gone by fetch or the system; ended: subject moved,
    `different`, unlink, split, merged into another."""

    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    PROVED_GONE = "proved gone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Link:
    """Ties the part `ref` to `entity`. since: the run of its state. marks: `only:` did not say no when it went missing.
    known: how it was made. ours: created by us. confirmed: complete pulls since that did not show it either."""

    ref: str
    entity: str
    state: Live = Live.LIVE
    since: int = 0
    marks: bool = True
    known: str = ""
    ours: bool = False


def follow(link: Link, event: Event, run: int, *, fetch: bool = False, receives: bool = True) -> Link:
    """Table 3. fetch: the table's fetch() confirms an end, so that a second listing alone does not."""
    if link.state is Live.ENDED:
        return link
    if event is Event.ENDED:
        return replace(link, state=Live.ENDED, since=run)
    if event is Event.SHOWN:
        return link if link.state is Live.LIVE else replace(link, state=Live.LIVE, since=run)
    if link.state is Live.LIVE:
        link = replace(link, state=Live.MISSING, since=run, marks=receives)
        return replace(link, state=Live.GONE) if event is Event.PROVED_GONE else link
    if link.state is Live.MISSING and (event is Event.PROVED_GONE or (not fetch and run > link.since)):
        return replace(link, state=Live.GONE, since=run)
    return link


def leaves_mark(before: Link, after: Link) -> bool:
    """A gone mark: nothing is created there for this entity until a person says so or the record reappears (R11d)."""
    return after.state is Live.GONE and before.state is not Live.GONE and after.marks


@dataclass(frozen=True, slots=True)
class Hold:
    """A removal that waits: for its time, and for two later complete confirmations (R11e)."""

    confirmed: int = 0
    waited: bool = False


def opens_hold(states: Iterable[Live], *, may_delete: bool) -> bool:
    """R11c: the entity's last live link in that source is gone. states: of its links there."""
    given = set(states)
    return may_delete and Live.GONE in given and not given & {Live.LIVE, Live.MISSING}


def follow_hold(hold: Hold, *, confirmed: bool, edited: bool, reappeared: bool, waited: bool) -> Hold | None:
    """None: a person's edit, or the record's return, ends it."""
    return None if edited or reappeared else Hold(hold.confirmed + confirmed, hold.waited or waited)


def is_due(hold: Hold) -> bool:
    return hold.waited and hold.confirmed >= 2
