"""How is a person's name read, so that two ways of writing it can be compared?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mappings.types.cleaning import has_han
from mappings.types.surnames import COMMON, COMPOUND, PARTICLES, PINYIN, SINGLE
from mappings.types.surnames import TITLES as HAN_TITLES
from matching.forms.text import fold, romanise, romanise_family, words
from matching.forms.words.people import TITLES

_LONG_TITLES: Final = tuple(sorted({fold(t) for t in HAN_TITLES}, key=lambda t: (-len(t), t)))
_REMARK: Final = re.compile(r"[-/|_,;:(\[【]")
_DOT: Final = re.compile(r"(?<=[^\W\da-z_])\.(?=[^\W\da-z_])")
"""卓玛.央金: where the right dot is not on the keyboard, a full stop stands between the parts of a name."""
_BEFORE: Final = "小老阿大"
_SYLLABLES: Final = re.compile(
    r"(?:(?:[zcs]h?|[bpmfdtnlgkhjqxryw])?(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui"
    r"|un|ue|[aoeiuv])){1,2}"
)
"""A given name in pinyin."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in comparison form; "" where a part is not known.

    given: the first given name of a Latin name, all of a Chinese one. middle: further given names. roman_family,
    roman_given: letters only, pinyin of Chinese. Of a title (王总) only the family name is known.
    """

    family: str = ""
    given: str = ""
    middle: str = ""
    roman_family: str = ""
    roman_given: str = ""


@lru_cache(maxsize=1 << 16)
def read_name(name: str, family: str = "", given: str = "") -> PersonName:
    """From a whole name, its parts, or both: the parts say which is which, the whole adds what they lack."""
    name, family, given = fold(name), fold(family), fold(given)
    if family == name and not given:
        family = ""  # nobody could tell the parts
    if has_han(name) or has_han(family + given):
        return _han(name if has_han(name) else family + given)
    return _latin(name, family, given)


def _han(text: str) -> PersonName:
    text = _REMARK.split(text.replace(" ", ""))[0].strip(".·。") or text
    if "·" in (text := _DOT.sub("·", text)):
        first, _, rest = text.partition("·")
        if len(rest) > 2 or first not in SINGLE | COMPOUND:
            return _of(rest.replace("·", ""), first)
    text = "".join(c for c in text if c.isalpha())
    if text in _LONG_TITLES:
        return PersonName()
    bare = _without_title(text)
    if bare[1:] in SINGLE | COMPOUND and bare[0] in _BEFORE and (bare[0] not in SINGLE or bare[0] in "小老"):
        return _of(bare[1:], "")
    if bare[:2] in COMPOUND and (len(bare) > 2 or bare != text):
        return _of(bare[:2], bare[2:])
    bare = _without_company(bare)
    return _of(bare[:1], bare[1:])


def _without_company(text: str) -> str:
    """盛兴曹斌 → 曹斌: nobody has a given name of three characters, but many a phone has the company before the name."""
    if len(text) < 4 or (text[0] in COMMON and text[1] in COMMON and len(text) == 4):
        return text
    return next((text[-size:] for size in (3, 2) if text[-size] in COMMON), text)


def _without_title(text: str) -> str:
    """王总 → 王, 王芳经理 → 王芳."""
    if not text.endswith(_LONG_TITLES):
        return text
    for title in _LONG_TITLES:
        rest = text[: -len(title)]
        if rest and text.endswith(title) and (rest in SINGLE or rest in COMPOUND or (len(title) > 1 and len(rest) > 1)):
            return rest
    return text


def _of(family: str, given: str) -> PersonName:
    return PersonName(family, given, "", romanise_family(family), romanise(given))


def _latin(name: str, family: str, given: str) -> PersonName:
    if "," in name and not family:
        last, _, first = name.partition(",")
        if _own_words(first):
            family, given = last, first
    whole, families, givens = _own_words(name), _own_words(family), _own_words(given)
    if not families and not givens:
        families, givens = _split(whole)
    elif whole and not givens:
        givens = [w for w in whole if w not in families]
    elif whole and not families:
        families = [w for w in whole if w not in givens][-1:]
    known = {*families, *givens}
    middle = [*givens[1:], *(w for w in whole if w not in known)]
    last, first = "".join(families), givens[0] if givens else ""
    return PersonName(last, first, " ".join(middle), last, "".join(givens))


def _own_words(text: str) -> list[str]:
    """Its words without titles and numbers; a name that is nothing but titles has none."""
    return [w for w in words(text) if w not in TITLES and not w.isdigit()] if text else []


def _split(found: list[str]) -> tuple[list[str], list[str]]:
    """The family name is the last word, with the particles before it; one word alone counts as a given name."""
    if len(found) == 2 and found[0] in PINYIN and found[1] not in PINYIN and _SYLLABLES.fullmatch(found[1]):
        return found[:1], found[1:]  # Zhang Sanfeng; where both may be family names the order is left to comparison
    start = len(found) - 1
    while start > 1 and found[start - 1] in PARTICLES:
        start -= 1
    return (found[start:], found[:start]) if start > 0 else ([], found)
