"""Are these names of people, of organisations, lists of people, or running text? From the words in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mappings.headings.samples import text_shapes
from mappings.types.cleaning import has_han
from matching.forms.text import fold, words
from matching.forms.words.people import TITLES
from matching.infer.lexicon import ARTICLES, FAMILY_NAMES, GIVEN_NAMES, JOINING, ORGANISATIONS

_LIST: Final = re.compile(r"\s*(?:[,;/|、，；]|\band\b|&)\s*")
_TEXT: Final = 7
"""Words from which on a value is a title or a sentence rather than a name."""


@dataclass(frozen=True, slots=True)
class Natures:
    """Shares of values. person, organisation: names of one; several: names of people one after another; text: titles
    and sentences. given, family: single words that are given or family names, in a list of common ones.
    """

    person: float = 0.0
    organisation: float = 0.0
    several: float = 0.0
    text: float = 0.0
    given: float = 0.0
    family: float = 0.0


def natures(values: Sequence[str]) -> Natures:
    if not values:
        return Natures()
    found = [_nature(value) for value in values]
    alone = [word[0] for word in (words(fold(value)) for value in values) if len(word) == 1]
    n = len(values)
    person, organisation, several, text = (
        found.count(name) / n for name in ("person", "organisation", "several", "text")
    )
    given, family = (sum(word in names for word in alone) / n for names in (GIVEN_NAMES, FAMILY_NAMES))
    return Natures(person, organisation, several, text, given, family)


def _nature(value: str) -> str:
    if has_han(value):
        shapes = text_shapes(value)
        return "organisation" if "company" in shapes else "person" if "person" in shapes else ""
    text = fold(value)
    found = words(text)
    if not any(map(str.isalpha, text)):
        return ""
    if len(found) >= _TEXT:
        return "several" if _are_several(text) else "text"
    if _are_several(text):
        return "several"
    if _is_organisation(text, found):
        return "organisation"
    bare = [word for word in found if word not in TITLES]
    named = any(word in GIVEN_NAMES for word in bare) or (len(bare[0]) == 1 if bare else False)
    if 2 <= len(bare) <= 4 and all(word.isalpha() for word in bare) and (named or bare[-1] in FAMILY_NAMES):
        return "person"
    return ""


def _is_organisation(text: str, found: Sequence[str]) -> bool:
    if "'s " in f"{text} " or "&" in text or "(" in text or any(word.isdigit() for word in found):
        return True
    if any(word in ORGANISATIONS or word in JOINING for word in found):
        return True
    return len(found) > 1 and found[0] in ARTICLES


def _are_several(text: str) -> bool:
    """`A. Smith, B. Jones and C. Brown`; not `Smith, John`."""
    parts = [words(part) for part in _LIST.split(text) if part]
    return len(parts) > 1 and all(2 <= len(part) <= 5 and all(word.isalpha() for word in part) for part in parts)
