"""How is a company's name read, so that two ways of writing it can be compared? (NORMALISATION 2.8)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from mappings.types.cleaning import has_han
from matching.forms.text import fold, romanise, words
from matching.forms.words.companies import (
    BRANCH,
    HAN_FORMS,
    HEADS,
    INSTITUTIONS,
    LATIN_FORMS,
    LATIN_TRADES,
    STOP,
    TRADES,
)
from matching.forms.words.regions import CITIES, LONGEST, MUNICIPAL, PLACES, SUFFIXES
from matching.forms.words.romanised import PLACES_READ

_BRACKETS: Final = re.compile(r"[(\[【<《]([^)\]】>》]*)[)\]】>》]?")
_SIGNS: Final = re.compile(r"[\W_]+")
_DISTRICT: Final = re.compile(r"[^市区县镇]{1,3}(?:新区|区(?!块)|县|镇)(?=..)")
_SHOP: Final = re.compile(r"第?[一二三四五六七八九十百\d]+(?:号?店|分店|门店|门市部?|厂|分厂|校区|车间|期|队)$")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name in comparison form; "" where a part is not named.

    brand: what tells it from others. region, trade: as named. branch: what makes it a branch, shop or office of its
    own. legal: the whole name, where it bears a legal form, as far as it was read. moved: its region stood in
    brackets or behind the brand.
    """

    brand: str = ""
    region: str = ""
    trade: str = ""
    branch: str = ""
    legal: str = ""
    moved: bool = False

    @property
    def roman(self) -> str:
        return romanise(self.brand).replace(" ", "")


NOBODY: Final = CompanyName()


@lru_cache(maxsize=1 << 16)
def read_company(name: str) -> CompanyName:
    """The parts of a company's name, Chinese or not."""
    text = fold(name)
    if not text:
        return NOBODY
    return _han(text.replace(" ", "")) if has_han(text) else _latin(text)


def _han(text: str) -> CompanyName:
    plain = _SIGNS.sub("", text)
    region, notes, moved = _bracketed(text)
    rest, branch = _without_branch(_SIGNS.sub("", _BRACKETS.sub("", text)))
    bare = _without_form(rest)
    legal = plain if bare != rest or branch else ""
    if not region or _place(bare) == region:
        bare, front = _without_place(bare)
        region, moved = region or front, moved and not front
    brand, trade = _without_trade(bare)
    if not region and len(brand) > 3 and brand[-2:] in PLACES:
        brand, region, moved = brand[:-2], brand[-2:], True
    return CompanyName(brand, region, trade, branch + notes, legal, moved)


def _bracketed(text: str) -> tuple[str, str, bool]:
    """Region, branch and whether a region stood in brackets: 宇润(上海)科技, 宇润科技(二店)."""
    region, notes = "", ""
    for inside in _BRACKETS.findall(text):
        place = _place(inside)
        if place and inside[len(place) :] in ("", *SUFFIXES):
            region = place
        elif inside.endswith((*BRANCH, "店", "部", "厂", "校区", "院区")):
            notes += inside
    return region, notes, bool(region)


def _without_branch(text: str) -> tuple[str, str]:
    """上海宇润有限公司北京分公司 → the company and 北京分公司; a bare 北京分公司 behind a brand as well."""
    ending = next((e for e in BRANCH if text.endswith(e) and len(text) > len(e)), "")
    if not ending:
        shop = _SHOP.search(text)
        return (text[: shop.start()], shop[0]) if shop and shop.start() > 1 else (text, "")
    head = text[: -len(ending)]
    for form in HEADS:
        at = head.rfind(form)
        if at > 0:
            return head[: at + len(form)], head[at + len(form) :] + ending
    if head[-2:] in PLACES and len(head) > 3:
        return head[:-2], head[-2:] + ending
    return head, ending


def _without_form(text: str) -> str:
    while form := next((f for f in HAN_FORMS if text.endswith(f) and len(text) > len(f) + 1), ""):
        text = text[: -len(form)]
    return text


def _place(text: str) -> str:
    return next((text[:size] for size in range(min(LONGEST, len(text)), 1, -1) if text[:size] in PLACES), "")


def _without_place(text: str) -> tuple[str, str]:
    """Takes province, city and district off the front; the region is the city. What is left keeps two characters at
    least.
    """
    region = ""
    while place := _place(text):
        rest = text[len(place) :]
        suffix = next((s for s in SUFFIXES if rest.startswith(s) and len(rest) > len(s) + 1), "")
        left = rest[len(suffix) :]
        if len(left) < 2 or left in INSTITUTIONS or left in TRADES:
            break
        if region not in CITIES and region not in MUNICIPAL:
            region = place
        text = left
    district = _DISTRICT.match(text) if region else None
    return text[district.end() :] if district else text, region


def _without_trade(text: str) -> tuple[str, str]:
    trade = ""
    while word := next((t for t in TRADES if text.endswith(t) and len(text) >= len(t) + 2), ""):
        text, trade = text[: -len(word)], word + trade
    return text, trade


def _latin(text: str) -> CompanyName:
    found = words(text.replace(".", "").replace("&", " "))
    found = [w for w in found if w not in STOP] or found
    legal = " ".join(found) if found and found[-1] in LATIN_FORMS else ""
    while len(found) > 1 and found[-1] in LATIN_FORMS:
        found = found[:-1]
    region = _romanised_places().get(found[0]) if len(found) > 1 else None
    if region is not None:  # Changsha Jieshun Building Materials: the brand is one word
        return CompanyName(found[1], region, " ".join(found[2:]), "", legal)
    brand = [w for w in found if w not in LATIN_TRADES] or found
    return CompanyName(" ".join(brand), "", " ".join(w for w in found if w not in brand), "", legal)


@cache
def _romanised_places() -> dict[str, str]:
    """changsha → 长沙: a Chinese company that writes its name in English begins with its city; "" where several
    read alike (Fuzhou: 福州, 抚州; Suzhou: 苏州, 宿州): it is a city, but nobody knows which.
    """
    found: dict[str, list[str]] = {}
    for place in sorted(PLACES):
        found.setdefault(PLACES_READ[place], []).append(place)
    return {text: places[0] if len(places) == 1 else "" for text, places in found.items() if len(text) > 3}
