"""What can go wrong with a memory source, once it is ordered? (Store.fault)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from connectors.contract import Op


class Died(BaseException):
    """The process died at this point of a write; only the test that ordered it catches this."""


class Fault(StrEnum):
    """What goes wrong, once, with the next call that it can happen to."""

    CONFLICT = "conflict"
    """The write is answered CONFLICT."""
    REJECTED = "rejected"
    """The write is refused; only `fields` of it where they are named."""
    DEFERRED = "deferred"
    """Not now: nothing was written."""
    LOST_REQUEST = "lost_request"
    """Sent, never arrived, no answer: UNKNOWN, and nothing was written."""
    LOST_ANSWER = "lost_answer"
    """Written, no answer: UNKNOWN."""
    LOST_OWN_CALL = "lost_own_call"
    """The record's request arrives; the answer of its own_call fields is lost, though they were written."""
    DIES_BEFORE = "dies_before"
    """The process dies before it is written."""
    DIES = "dies"
    """Written, then the process dies."""
    IGNORED = "ignored"
    """Answered DONE, and nothing was written (of `fields` where they are named)."""
    BEFORE = "before"
    """`do` happens between our pull and the write: somebody edits or deletes the record."""
    AFTER = "after"
    """`do` happens after the write, before anybody can read it back."""
    BREAKS = "breaks"
    """The source fails: a pull after its first page, a write after its first change (RetryLater)."""
    CUT = "cut"
    """A pull gets a page of which one record cannot be read."""
    BETWEEN_PAGES = "between_pages"
    """`do` happens between two pages of a pull."""
    LOOPS = "loops"
    """The second page of a pull is the first again."""
    THROTTLED = "throttled"
    """Too many requests: a penalty under the table's first pace, `seconds` long."""
    LOGGED_OUT = "logged_out"
    """The credentials are refused (AuthError)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An ordered fault: for which table, op and key (None: any), on which fields, and what happens there."""

    fault: Fault
    table: str | None = None
    op: Op | None = None
    key: str | None = None
    fields: frozenset[str] = frozenset()
    do: Callable[[], object] | None = None
    seconds: float = 30.0
