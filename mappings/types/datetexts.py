"""Which date and time does a text mean when no format says how it is written?

Only what has one meaning is read: 05/03/2026 has two, so it is damaged (`ambiguous_date`) until the mapping gives a
`format`. A bare number of five digits is a date serial that lost its format (PITFALLS P23).
"""

from __future__ import annotations

import re
from typing import Final

from connectors.contract import Damaged
from mappings.types.dateformats import MONTHS, NAMES, Moment

_TIME = re.compile(
    r"\s*(?P<half>上午|下午)?\s*(?P<H>\d{1,2})(?::|时|點|点)\s*(?P<M>\d{1,2})?(?:(?::|分)\s*(?:(?P<S>\d{1,2})(?:[.,]\d+)?秒?)?)?"
    r"\s*(?P<half2>am|pm)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*[日号號])?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_Y = re.compile(r"(\d{4})\s*年?")
_MD_HAN = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_MD = re.compile(r"--(\d{2})-?(\d{2})")
_DASH_MD = re.compile(r"(\d{2})-(\d{2})")
_SLASH_MD = re.compile(r"(\d{1,2})/(\d{1,2})")
_DMY_DOTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_THREE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?P<name>[a-z]{3,9})\.?(?:[\s,.-]+(?P<Y>\d{4}))?(?!\d)")
_MONTH_FIRST = re.compile(
    r"(?P<name>[a-z]{3,9})\.?(?:[\s-]+(?P<d>\d{1,2})(?:st|nd|rd|th)?(?!\d))?(?:[\s,.-]+(?P<Y>\d{4}))?(?!\d)"
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTH_NAMES: Final = {*MONTHS, "sept", *(name.casefold() for name in NAMES)}

Found = tuple[Moment, str]
"""The moment, and the zone the text names: "" none, "z", or an offset like +08:00."""


def read(text: str, region: str) -> Found | Damaged:
    """Of a cleaned text. Codes: date_serial, ambiguous_date, not_a_date."""
    if _SERIAL.fullmatch(text):
        return Damaged("date_serial", text)
    day = _YMD.match(text) or _COMPACT.match(text)
    if day:
        rest = text[day.end() :]
        if rest and not (rest[0] in "tT, " or "\u4e00" <= rest[0] <= "\u9fff"):
            return Damaged("not_a_date", text)
        return _with_time(Moment(int(day[1]), int(day[2]), int(day[3])), rest.lstrip("tT,"), text)
    return _partial(text, region) or _foreign(text)


def _with_time(date: Moment, rest: str, text: str) -> Found | Damaged:
    if not rest.strip():
        return date, ""
    time = _TIME.fullmatch(rest)
    if not time:
        return Damaged("not_a_date", text)
    hour = int(time["H"])
    half = (time["half"] or time["half2"] or "").lower()
    if half in ("下午", "pm") and hour < 12:
        hour += 12
    elif half in ("上午", "am") and hour == 12:
        hour = 0
    moment = Moment(date.year, date.month, date.day, hour, int(time["M"] or 0), int(time["S"] or 0))
    zone = (time["zone"] or "").lower()
    return moment, "z" if zone in ("utc", "gmt") else zone


def _partial(text: str, region: str) -> Found | None:
    """A date without its year or its day."""
    if found := _MD_HAN.fullmatch(text) or _MD.fullmatch(text) or _DASH_MD.fullmatch(text):
        return Moment(None, int(found[1]), int(found[2])), ""
    if found := _YM.fullmatch(text):
        return Moment(int(found[1]), int(found[2])), ""
    if found := _Y.fullmatch(text):
        return Moment(int(found[1])), ""
    if (found := _SLASH_MD.fullmatch(text)) and (region == "CN" or int(found[2]) > 12):
        return Moment(None, int(found[1]), int(found[2])), ""
    return None


def _foreign(text: str) -> Found | Damaged:
    """Day, month and year in the order of other countries, where only one order is possible."""
    if found := _DMY_DOTS.match(text):
        return _with_time(Moment(int(found[3]), int(found[2]), int(found[1])), text[found.end() :], text)
    if found := _THREE.match(text):
        a, b, year = int(found[1]), int(found[2]), int(found[3])
        if a <= 12 and b <= 12 and a != b:
            return Damaged("ambiguous_date", text)
        day, month = (a, b) if a > 12 else (b, a)
        return _with_time(Moment(year, month, day), text[found.end() :], text)
    return _named(text)


def _named(text: str) -> Found | Damaged:
    """`2 January 2026`, `Jan 2, 2026`, `Jan 2`, `Jan 2026`."""
    lower = text.casefold()
    found = _DAY_FIRST.match(lower) or _MONTH_FIRST.match(lower)
    if not found or found["name"] not in _MONTH_NAMES or not (found["d"] or found["Y"]):
        return Damaged("not_a_date", text)
    year = int(found["Y"]) if found["Y"] else None
    day = int(found["d"]) if found["d"] else None
    date = Moment(year, MONTHS.index(found["name"][:3]) + 1, day)
    return _with_time(date, text[found.end() :].lstrip(","), text)
