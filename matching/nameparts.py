"""How alike are two parts of people's names: family with family, given with given, as written and by their sound?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rapidfuzz.distance import JaroWinkler

from mappings.types.cleaning import has_han
from matching.columns import Bools, Codes, Levels, Texts, coded, distinct, fact, lengths, signs
from matching.forms.words.people import FORMS
from matching.levels import (
    CONFLICT,
    EXACT,
    FORM,
    HALF,
    INITIAL,
    MISSING,
    SIMILAR,
    SOUND,
    TYPO,
    compared,
    distances,
    holds,
)


def name_part_levels(texts: Texts, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    """Levels of parts of names: a, b as written, roman_a, roman_b in letters; all are numbers of the same texts."""
    out = np.zeros(len(a), np.int8)
    at = np.flatnonzero((a >= 0) & (b >= 0))
    if len(at):
        pairs = distinct(a[at], b[at])
        out[at] = _name_parts(texts, pairs.a, pairs.b, roman_a[at][pairs.first], roman_b[at][pairs.first])[pairs.where]
    return out


def _name_parts(texts: Texts, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    """What is decided first counts; what is dear is looked at only where nothing cheaper has decided."""
    out = np.where(a == b, EXACT, np.where(roman_a == roman_b, SOUND, MISSING)).astype(np.int8)
    chinese = fact(texts, has_han, np.bool_)
    han = chinese[a] & chinese[b]
    for on, work in ((han, _han_parts), (~han, _latin_parts)):
        at = np.flatnonzero((out == MISSING) & on)
        if len(at):
            out[at] = work(texts, a[at], b[at], roman_a[at], roman_b[at])
    return out


def _han_parts(texts: Texts, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    alike = (signs(texts)[a] & signs(texts)[b]) != 0  # else they have no character in common
    out = np.where(_holds_where(alike, _share_half, texts, a, b), HALF, MISSING).astype(np.int8)
    out[_holds_where(alike, _turned, texts, a, b)] = TYPO
    at = np.flatnonzero(out == MISSING)
    out[at] = np.where(distances(texts, roman_a[at], roman_b[at], 1) <= 1, SIMILAR, CONFLICT)
    return out


def _latin_parts(texts: Texts, _a: Codes, _b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    size = lengths(texts)
    low, high = np.minimum(size[roman_a], size[roman_b]), np.maximum(size[roman_a], size[roman_b])
    typing = distances(texts, roman_a, roman_b, 2)
    first = coded(texts, _first)
    starts = _holds_where(first[roman_a] == first[roman_b], _begins, texts, roman_a, roman_b)
    out = np.select(
        [
            ((typing <= 1) & (high >= 4)) | ((typing <= 2) & (low >= 7)),
            starts & (low == 1),
            _is_form(texts, roman_a, roman_b) | (starts & (low >= 3)),
            (typing <= 2) & (low >= 5),
        ],
        [TYPO, INITIAL, FORM, SIMILAR],
        MISSING,
    ).astype(np.int8)
    at = np.flatnonzero(out == MISSING)
    x, y = roman_a[at], roman_b[at]
    near = (signs(texts)[x] & signs(texts)[y]) != 0
    out[at] = CONFLICT
    at, x, y = at[near], x[near], y[near]
    out[at[compared(texts, x, y, JaroWinkler.similarity, np.float32, 0.8499) >= 0.85]] = SIMILAR
    return out


def _first(text: str) -> str:
    return text[:1]


def _begins(x: str, y: str) -> bool:
    return x.startswith(y) or y.startswith(x)


def _is_form(texts: Texts, a: Codes, b: Codes) -> Bools:
    """Bob and Robert."""
    known = fact(texts, _has_forms, np.bool_)
    return _holds_where(known[a], lambda x, y: y in FORMS.get(x, ()), texts, a, b)


def _has_forms(name: str) -> bool:
    return name in FORMS


def _holds_where(on: Bools, test: Callable[[str, str], bool], texts: Texts, a: Codes, b: Codes) -> Bools:
    out = on.copy()
    out[on] = holds(test, texts, a[on], b[on])
    return out


def _turned(x: str, y: str) -> bool:
    """琳玉 and 玉琳."""
    return len(x) == 2 and x == y[::-1]


def _share_half(x: str, y: str) -> bool:
    """One character of a given name is the same: typed wrong, left out, or another person."""
    if len(x) == len(y):
        return any(p == q for p, q in zip(x, y))
    return x in y or y in x


def middle_level(x: str, y: str) -> int:
    """3: equal; 2: a name or an initial in common; 1: none."""
    if x == y:
        return 3
    return 2 if any(u == v or (u[0] == v[0] and 1 in (len(u), len(v))) for u in x.split() for v in y.split()) else 1
