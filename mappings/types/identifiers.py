"""How are numbers that name somebody (credit code, tax id, one's own) read, and does their check digit hold?

The check digits are worked out here, not by a library: NORMALISATION 2.2 and 2.3 say what is wrong with those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from connectors.contract import Damaged
from mappings.types import together
from mappings.types.base import At, SemanticType
from mappings.types.cleaning import clean
from mappings.types.damage import checked
from mappings.types.texts import NOTHING

_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT = re.compile("[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
"""GB 32100-2015: 18 characters without I O S V Z."""
_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT = re.compile("[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]")
"""GB 11643-1999: region, birth date, sequence, check."""
_REGIONS: Final = frozenset((*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                             *range(61, 66), 71, 81, 82, 83))  # fmt: skip
_PROVINCES: Final = _REGIONS | {10}
"""Of a credit code: 10 is the central registry."""
_OFFICES: Final = frozenset({"11", "12", "13", "19", "21", "29", "31", "32", "33", "34", "35", "39", "41", "49", "51",
                             "52", "53", "54", "55", "59", "61", "62", "69", "71", "72", "79", "81", "89", "91", "92",
                             "93", "A1", "A9", "N1", "N2", "N3", "N9", "Y1"})  # fmt: skip
"""The first two characters of a credit code: who registered it, and as what."""

_SEPARATORS = re.compile(r"[\s\-./·,]+")
_CAPITALS_EACH = re.compile(r"[0-9A-Z]+(?:\n[0-9A-Z]+)*")
_FLOAT_TAIL = re.compile(r"([0-9]+)\.0+")
_LOST_DIGITS = re.compile("[0-9]{15}000")


def has_credit_check(code: str) -> bool:
    """Whether the 18th character of a unified social credit code (统一社会信用代码) follows from the others."""
    if not _CREDIT.fullmatch(code):
        return False
    total = sum(_CREDIT_ALPHABET.index(c) * weight for c, weight in zip(code, _CREDIT_WEIGHTS))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def has_resident_check(code: str) -> bool:
    """Whether the last character of a resident identity number follows from the others; regions are not judged."""
    if not _RESIDENT.fullmatch(code) or _born(code) is None:
        return False
    total = sum(int(c) * weight for c, weight in zip(code, _RESIDENT_WEIGHTS))
    return "10X98765432"[total % 11] == code[17]


@lru_cache(maxsize=65_536)
def is_checked(value: str) -> bool:
    """Whether this canonical identifier bears a check digit and it holds: certain evidence (DESIGN §7)."""
    return len(value) == 18 and (has_credit_check(value) or has_resident_check(value))


def _born(code: str) -> date | None:
    try:
        return date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return None


class IdentifierType(SemanticType):
    """Upper case without separators. Damaged (float_tail): digits that a spreadsheet could not hold.

    A number of more than 15 digits typed into a spreadsheet keeps 15 and ends in zeros, or in the tail of the nearest
    binary fraction. It is told only where the shape is a credit code's or a resident number's: other systems' own
    18-digit ids may well end in 000.
    """

    name = "identifier"
    sensitive = True
    placeholders = NOTHING

    def read(self, text: str, at: At) -> str | Damaged:
        code = text.upper() if text.isascii() and text.isalnum() else self._bare(text)
        if isinstance(code, Damaged):
            return code
        return Damaged("float_tail", text) if len(code) == 18 and code.isdigit() and _lost_digits(code) else code

    def parse_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        made: list[str | Damaged] = []
        for piece in together.pieces(texts):
            if _CAPITALS_EACH.fullmatch("\n".join(piece)) and together.none_of(self.placeholders, piece):
                made += [self.parse(one, at) if len(one) == 18 and one.isdigit() else one for one in piece]
            else:
                made += [self.parse(text, at) for text in piece]
        return made

    def _bare(self, text: str) -> str | Damaged:
        tail = _FLOAT_TAIL.fullmatch(text)
        if tail:
            if len(tail[1]) > 15:
                return Damaged("float_tail", text)
            text = tail[1]
        code = _SEPARATORS.sub("", text).upper()
        code = code if code.isascii() else _SEPARATORS.sub("", clean(code))
        if not code or code.casefold() in self.placeholders:
            return Damaged("placeholder", text)
        return Damaged("scientific", text) if isinstance(checked(code), Damaged) else code

    def form(self, value: str) -> str:
        return value


def _lost_digits(code: str) -> bool:
    if code[17] != "0" and int(code) % 16:  # no binary fraction of this size, nor a shortened one
        return False
    if not _looks_official(code):
        return False
    return bool(_LOST_DIGITS.fullmatch(code)) or (not is_checked(code) and code in _float_tails(code))


def _looks_official(code: str) -> bool:
    is_resident = int(code[:2]) in _REGIONS and _RESIDENT.fullmatch(code) and _born(code)
    return bool(is_resident) or (code[:2] in _OFFICES and int(code[2:4]) in _PROVINCES)


def _float_tails(code: str) -> tuple[str, str]:
    """The nearest binary fraction written in full (…1264), and as most programs shorten it (…1260)."""
    nearest = float(code)
    digits, _, power = f"{nearest!r}".partition("e+")
    short = digits.replace(".", "")
    return str(int(nearest)), short + "0" * (int(power or 0) + 1 - len(short))
