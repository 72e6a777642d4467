"""How is an address read for comparison? Nothing is guessed: no region is derived from a street (NORMALISATION 2.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mappings.types.cleaning import has_han
from matching.forms.text import fold, words
from matching.forms.words.regions import PLACES, SUFFIXES

_ABBREVIATIONS_WORDS: Final = (
    "street=st str=st avenue=ave av=ave road=rd boulevard=blvd blv=blvd boul=blvd drive=dr lane=ln court=ct "
    "place=pl square=sq terrace=ter tce=ter parkway=pkwy highway=hwy circuit=cct crescent=cres close=cl "
    "north=n south=s east=e west=w northeast=ne northwest=nw southeast=se southwest=sw first=1st second=2nd "
    "third=3rd fourth=4th fifth=5th sixth=6th seventh=7th eighth=8th ninth=9th tenth=10th saint=st mount=mt "
    "fort=ft suite=ste apartment=apt floor=fl building=bldg room=rm"
)
_ABBREVIATIONS: Final = dict(pair.split("=") for pair in _ABBREVIATIONS_WORDS.split())
_KINDS_WORDS: Final = "st ave rd blvd dr ln ct pl sq ter pkwy hwy cct cres cl way n s e w ne nw se sw"
_KINDS: Final = frozenset(_KINDS_WORDS.split())
_NUMBER: Final = re.compile(r"\d+")
_HAN_NUMBER: Final = re.compile(r"(\d+)(?:弄(\d+))?号")
_HAN_PARTS: Final = re.compile(r"省|市|自治区|区|县|镇|乡")


@dataclass(frozen=True, slots=True)
class Address:
    """number: of the house. street: its name without kind and direction. text: the whole in comparison form. place:
    city or district that the text itself names, if any.
    """

    number: str = ""
    street: str = ""
    text: str = ""


NOWHERE: Final = Address()


@lru_cache(maxsize=1 << 16)
def read_address(text: str) -> Address:
    text = fold(text)
    if not text:
        return NOWHERE
    return _han(text.replace(" ", "")) if has_han(text) else _latin(text)


def _han(text: str) -> Address:
    found = _HAN_NUMBER.search(text)
    head = text[: found.start()] if found else text
    street = _HAN_PARTS.split(head)[-1] or head
    return Address(found.group(1) if found else "", street, text)


def _latin(text: str) -> Address:
    """The street is what stands before the first comma, where a number stands there too: 105 Hill Road, Seattle."""
    found = _short(text)
    head = next((words_ for part in text.split(",") if (words_ := _short(part)) and _house_number(words_)), found)
    number = _house_number(head)
    rest = [w for w in head if w != number]
    street = [w for w in rest if w not in _KINDS] or rest
    return Address(number, " ".join(street), " ".join(found))


def _short(text: str) -> list[str]:
    return [_ABBREVIATIONS.get(w, w) for w in words(text)]


def _house_number(found: list[str]) -> str:
    return next((w for w in found if w[0].isdigit() and not w.endswith(("st", "nd", "rd", "th"))), "")


@lru_cache(maxsize=1 << 14)
def read_city(text: str) -> str:
    """A city or region without 市, 省 and the like: `read_city("武汉市") == "武汉"`."""
    text = fold(text)
    if has_han(text):
        for suffix in SUFFIXES:
            if text.endswith(suffix) and (text[: -len(suffix)] in PLACES or len(text) - len(suffix) >= 2):
                return text[: -len(suffix)]
        return text
    return " ".join(words(text))
