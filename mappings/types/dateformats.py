"""How is a date or time written by a mapping's `format`, and how is such a text taken apart again?

The format is strftime's, of which these parts are known: %Y %y %m %d %H %I %M %S %p %b %B %%. A format without a part
makes a partial value. Numbers may be read without their leading zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from connectors.contract import ConfigError
from mappings.types.cleaning import clean

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = "January February March April May June July August September October November December"
NAMES: Final = tuple(_LONG.split())
_PARTS: Final = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "p": r"(?P<p>am|pm|上午|下午)",
    "b": r"(?P<b>[a-z]{3})\.?",
    "B": r"(?P<B>[a-z]+)",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of a date and time; None is not known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


@dataclass(frozen=True, slots=True)
class Format:
    text: str
    pattern: re.Pattern[str]
    parts: frozenset[str]

    @property
    def has_year(self) -> bool:
        return bool(self.parts & {"Y", "y"})

    def read(self, text: str) -> Moment | None:
        """What the text says in this format; None where it is not written so."""
        found = self.pattern.fullmatch(text.casefold())
        if not found:
            return None
        part = found.groupdict()
        year = part.get("Y") or (f"{20 if int(part['y']) < 69 else 19}{part['y']}" if part.get("y") else None)
        month = _month(part)
        hour = part.get("H") or part.get("I")
        if hour and part.get("p") in ("pm", "下午") and int(hour) < 12:
            hour = str(int(hour) + 12)
        elif hour and part.get("p") in ("am", "上午") and int(hour) == 12:
            hour = "0"
        return Moment(_int(year), month, _int(part.get("d")), _int(hour), _int(part.get("M")), _int(part.get("S")))

    def write(self, moment: Moment) -> str | None:
        """The text that says it; None where the format asks for what is not known."""
        told = _told(moment)
        if any(told.get(part) is None for part in self.parts):
            return None
        return re.sub(r"%(.)", lambda found: "%" if found[1] == "%" else str(told[found[1]]), self.text)


@lru_cache(maxsize=256)
def compiled(text: str) -> Format:
    """Raises ConfigError for a part that is not known here."""
    pattern, parts = [], set()
    for piece in re.findall(r"%.|[^%]+|%$", text):
        if not piece.startswith("%"):
            pattern.append(r"\s*".join(re.escape(word) for word in clean(piece).casefold().split(" ")))
            pattern.append(r"\s*" if piece != piece.rstrip() else "")
        elif piece == "%%":
            pattern.append("%")
        elif piece[1:] in _PARTS and piece[1:] not in parts:
            pattern.append(_PARTS[piece[1:]])
            parts.add(piece[1:])
        else:
            raise ConfigError(
                "`{part}` is no part of a date that can be read back; write %Y %m %d %H %M %S", part=piece
            )
    return Format(text, re.compile("".join(pattern)), frozenset(parts))


def _int(text: str | None) -> int | None:
    return int(text) if text else None


def _month(part: Mapping[str, str | None]) -> int | None:
    name = part.get("b") or part.get("B")
    if name:
        return MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else 99
    return _int(part.get("m"))


def _told(moment: Moment) -> dict[str, str | None]:
    def two(number: int | None) -> str | None:
        return None if number is None else f"{number:02d}"

    hour = moment.hour
    name = NAMES[moment.month - 1] if moment.month else None
    return {
        "Y": None if moment.year is None else f"{moment.year:04d}",
        "y": None if moment.year is None else f"{moment.year % 100:02d}",
        "m": two(moment.month),
        "d": two(moment.day),
        "H": two(hour),
        "I": None if hour is None else two(hour % 12 or 12),
        "M": two(moment.minute),
        "S": two(moment.second),
        "p": None if hour is None else ("PM" if hour >= 12 else "AM"),
        "b": name[:3] if name else None,
        "B": name,
    }
