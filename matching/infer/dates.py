"""How are the dates of a column written, so that all of them can be read in one way?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_NUMBERS: Final = re.compile(r"(\d{1,4})\s?[-/.年]\s?(\d{1,2})(?:\s?[-/.月]\s?(\d{1,4})日?)?(?:[ T]\d{1,2}:\d{2}.*)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_WORDS: Final = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[ -.]+)?([a-z]{3})[a-z]*\.?[ -.]+(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})",
    re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def month_first(values: Iterable[str], default: bool) -> bool:  # noqa: FBT001 - one question, one answer
    """Whether 3/4/1985 is the fourth of March: a number above 12 in either place tells; the more of them wins."""
    first = second = 0
    for value in values:
        found = _NUMBERS.fullmatch(value.strip())
        if found and len(found[1]) < 3 and found[3]:
            first += int(found[1]) > 12
            second += int(found[2]) > 12
    return second > first if first != second else default


def read_date(value: str, *, month_first: bool) -> str:
    """YYYY-MM-DD, or as much of it as stands there; what is no date stays as it is. Impossible days are kept: a date that
    is mistyped is still evidence.
    """
    text = value.strip()
    compact = _COMPACT.fullmatch(text)
    if compact:
        return f"{compact[1]}-{compact[2]}-{compact[3]}"
    found = _NUMBERS.fullmatch(text)
    if found:
        return _of_numbers(found[1], found[2], found[3] or "", month_first=month_first) or text
    named = _WORDS.fullmatch(text)
    if named and named[2].lower() in _MONTHS:
        day = named[1] or named[3]
        month = _MONTHS.index(named[2].lower()) + 1
        return f"{named[4]}-{month:02d}" + (f"-{int(day):02d}" if day else "")
    return text


def _of_numbers(a: str, b: str, c: str, *, month_first: bool) -> str:
    if len(a) == 4:
        return f"{a}-{int(b):02d}" + (f"-{int(c):02d}" if c and len(c) < 3 else "")
    if not c:
        return ""
    year = c if len(c) == 4 else str(1900 + int(c) if int(c) > 30 else 2000 + int(c)) if len(c) == 2 else ""
    month, day = (a, b) if month_first else (b, a)
    return f"{year}-{int(month):02d}-{int(day):02d}" if year else ""
