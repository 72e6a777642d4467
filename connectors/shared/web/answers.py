"""What did a system answer, and what does that mean for the request? (DESIGN §11)"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final


class _NotJson:
    """The body is no JSON: HTML of a proxy, or cut off."""

    def __repr__(self) -> str:
        return "NOT_JSON"

    def __bool__(self) -> bool:
        return False


NOT_JSON: Final = _NotJson()


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case. body: whole, or the request counts as lost."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    _parsed: list[Any] = field(default_factory=list, compare=False, repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON, numbers with a point as Decimal; NOT_JSON where it is none; None where it is empty."""
        if not self._parsed:
            self._parsed.append(_parsed(self.body))
        return self._parsed[0]

    def at(self, *way: str | int) -> Any:
        """What stands in the JSON on this way of keys and places; None where there is nothing."""
        found = self.json
        for step in way:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and -len(found) <= step < len(found):
                found = found[step]
            else:
                return None
        return found


def _parsed(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return NOT_JSON


class Fate(StrEnum):
    """fine: done. auth: the token or key is not taken. forbidden: these credentials may not. gone: no such record.
    conflict: it moved; nothing was written. duplicate: it is there already. rejected: this record cannot be. locked:
    busy, or too fast for longer than a moment; the account rests. later: try again; nothing was done. broken: the
    system failed, and may have done it. expired: a cursor or page token died. config: we asked wrongly."""

    FINE = "fine"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    CONFLICT = "conflict"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    LOCKED = "locked"
    LATER = "later"
    BROKEN = "broken"
    EXPIRED = "expired"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Judged:
    """fate of an answer; wait: seconds that the system asks for, None where it names none; text: its code and words."""

    fate: Fate
    wait: float | None = None
    text: str = ""


Judge = Callable[[Answer], Judged]
"""A vendor's error table: codes in the body included, since many answer 200 with an error inside."""


def by_status(answer: Answer) -> Judged:
    """What a status alone says; a vendor's table looks at the body first and ends here."""
    status = answer.status
    if status < 300:
        return Judged(Fate.FINE)
    plain = {
        401: Fate.AUTH,
        403: Fate.FORBIDDEN,
        404: Fate.GONE,
        410: Fate.GONE,
        409: Fate.CONFLICT,
        412: Fate.CONFLICT,
    }
    if status in plain:
        return Judged(plain[status])
    if status in (408, 425, 429, 503):
        return Judged(Fate.LATER if status != 408 else Fate.BROKEN, retry_after(answer))
    return Judged(Fate.BROKEN if status >= 500 else Fate.CONFIG)


def told_at(answer: Answer, otherwise: datetime) -> datetime:
    """The system's clock when it answered; `otherwise` where it does not tell."""
    try:
        found = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def retry_after(answer: Answer, name: str = "retry-after", now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, a number or a date; None without one that can be read."""
    text = answer.headers.get(name, "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
