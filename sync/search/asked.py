"""What does somebody look for: a name, a part of a number, a mail address, a code? In one line, as it is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mappings.types.cleaning import has_han
from matching.forms.names import read_name
from matching.forms.text import fold

TEXT, DIGITS, MAIL = "text", "digits", "mail"
FEWEST: Final = 2
"""Digits that are looked for; one says nothing."""

_PARTS: Final = re.compile(r"[^\s,;，；、]+")
_DIGITS: Final = re.compile(r"[+(]?\d[\d().\-]*")
_MORE: Final = ".…*·?？"
"""What stands for the rest of a word."""
_HAN_AND_NUMBER: Final = re.compile(r"(?<=[\u3400-\u9fff])(?=\+?\d{3})|(?<=\d{3})(?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of what is looked for. text: folded, digits without signs and country; family: of 王总, his family name."""

    sort: str
    text: str
    family: str = ""

    @property
    def latin(self) -> bool:
        return self.sort == TEXT and self.text.isascii()


def asked(query: str) -> tuple[Word, ...]:
    """The words of a query, in order; each has to be found. Nothing for an empty one."""
    found = (word for part in _PARTS.findall(query[:400]) for word in _HAN_AND_NUMBER.split(part))
    words = (_word(one) for one in found)
    return tuple(dict.fromkeys(word for word in words if word is not None))


def _word(typed: str) -> Word | None:
    text = fold(typed).strip(_MORE)
    if not any(c.isalnum() for c in text):
        return None
    if "@" in text:
        return Word(MAIL, text)
    if _DIGITS.fullmatch(text):
        digits = national(text)
        return Word(DIGITS, digits) if len(digits) >= FEWEST else None
    family = ""
    if has_han(text) and len(text) >= 2:
        read = read_name(text)
        family = read.family if read.family and not read.given and read.family != text else ""
    return Word(TEXT, text, family)


def national(number: str) -> str:
    """The digits of a number without mainland China's country code."""
    digits = "".join(c for c in number.partition(";")[0] if c.isdecimal())
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and (len(digits) - len(prefix) >= 9 or number.startswith(("+", "00"))):
            return digits[len(prefix) :]
    return digits


__all__ = ["DIGITS", "MAIL", "TEXT", "Word", "asked", "national"]
