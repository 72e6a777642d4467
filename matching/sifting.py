"""Of very many pairs of persons, which have two things in common?

In a million records thousands bear one given name in one city. Such pairs are candidates by a key that says little, and
one in a hundred of them is worth a look. Where there are very many records, a pair is compared only if both parts of
the names are alike, or one of them and something else that is a person's own, or a number or address that names him.
What is alike is told by what typing errors leave alone: most of a name's letters, one half of a number, two of year,
month and day. A test costs a tenth of a comparison. Pairs that the groups themselves bring up later are not sifted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

import numpy as np

from matching.columns import Bools, Codes, Column, Hashes, Ints, Levels, Sets, coded, signs, take
from matching.forms.words.people import FORMS
from matching.records import Records

LARGE: Final = 100_000
"""Records from which on pairs are sifted."""
CLOSE: Final = 4
"""Signs that two spellings of one text differ by, at most: two typing errors."""
SLOTS: Final = 3
"""Numbers and addresses of a record that are looked at."""
ALIKE: Final = 2
"""Points of a part of the name, a birthday, a house … that are alike; one year, or a part that one of them does not
tell, is worth half of that, and where a part is not told so is one city.
"""
ENOUGH: Final = 2 * ALIKE

Sieve: TypeAlias = Callable[[Ints, Ints], Bools]


@dataclass(frozen=True)
class _Person:
    """What is compared of n persons, each a number for every record: -1 or 0 where it is not told.

    forms: Bob and Robert are one. numbers, mails: groups of columns, of which any two may agree.
    """

    family: Hashes
    given: Hashes
    forms: Codes
    birth: Sequence[Codes]
    own: Sequence[Codes]
    also: Sequence[Codes]
    context: Sequence[Codes]
    numbers: Sequence[Sequence[Codes]]
    mails: Sequence[tuple[Codes, Hashes]]

    def test(self, i: Ints, j: Ints) -> Bools:
        points, half = self._names(i, j)
        same = np.stack([_equal(one, one, i, j) for one in self.birth])
        points += np.where(same.sum(axis=0) >= 2, ALIKE, same[0]).astype(np.int8)
        for one in self.context:
            points += half * _equal(one, one, i, j)
        for one in self.also:
            points += ALIKE * _equal(one, one, i, j)
        for one in self.own:
            points += ENOUGH * _equal(one, one, i, j)
        for slots in self.numbers:
            self._further(points, i, j, slots)
        at = np.flatnonzero(points < ENOUGH)
        for (x, held), (y, other) in product(self.mails, self.mails):
            points[at] += ENOUGH * (_equal(x, y, i[at], j[at]) & _near(held, other, i[at], j[at]))
        return np.asarray(points >= ENOUGH)

    def _names(self, i: Ints, j: Ints) -> tuple[Levels, Levels]:
        """Points of the names, straight or turned round, where one word may be both parts of the other; and whether one of
        the records does not tell both parts.
        """
        family, given, forms = self.family, self.given, self.forms
        straight = _near(family, family, i, j) + np.maximum(_near(given, given, i, j), _equal(forms, forms, i, j))
        across = _near(family, given, i, j) + _near(given, family, i, j)
        whole = family | given
        joined = 2 * _near(whole, whole, i, j) * (straight + across == 0)
        lacking = (family[i] == 0) | (family[j] == 0) | (given[i] == 0) | (given[j] == 0)
        half = np.asarray(lacking, np.int8)
        return ALIKE * np.maximum(np.maximum(straight, across), joined) + half, half

    def _further(self, points: Levels, i: Ints, j: Ints, slots: Sequence[Codes]) -> None:
        at = np.flatnonzero(points < ENOUGH)
        for x, y in product(slots, slots):
            points[at] += ENOUGH * _equal(x, y, i[at], j[at])


def sieve(records: Records) -> Sieve | None:
    """The test of pairs of these records; None where every pair is compared."""
    if records.kind != "person" or len(records) < LARGE:
        return None
    c, s = records.columns, records.sets
    birth = c["birth"]
    return _Person(
        _held(c["roman_family"]),
        _held(c["roman_given"]),
        take(coded(c["roman_given"].texts, _form), c["roman_given"].codes, -1),
        [take(coded(birth.texts, part), birth.codes, -1) for part in (_year, _month, _day)],
        [c[name].codes for name in ("wechat", *records.identifiers()) if len(c[name].texts)],
        [c[name].codes for name in ("house", "postal", "employer_brand") if len(c[name].texts)],
        [c["city"].codes, take(coded(c["postal"].texts, _area), c["postal"].codes, -1)],
        [_slots(s[name], half) for name in ("mobiles", "fixed") for half in (_head, _tail) if len(s[name].texts)],
        [
            (start, take(signs(s[name].texts), s[name].codes[:, at], 0))
            for name in ("mails", "boxes")
            if len(s[name].texts)
            for at, start in enumerate(_slots(s[name], _head))
        ],
    ).test


def _held(one: Column) -> Hashes:
    """Which signs each record's text holds; 0 for none."""
    return take(signs(one.texts), one.codes, 0)


def _slots(one: Sets, work: Callable[[str], str]) -> list[Codes]:
    made = coded(one.texts, work)
    return [take(made, one.codes[:, k], -1) for k in range(min(one.width, SLOTS))]


def _form(text: str) -> str:
    """The first, by the alphabet, of the forms of a first name."""
    return min(FORMS[text]) if text in FORMS else ""


def _area(text: str) -> str:
    return text[:3]


def _head(text: str) -> str:
    return text[:5]


def _tail(text: str) -> str:
    return text[-5:]


def _year(text: str) -> str:
    return text[:4].strip()


def _month(text: str) -> str:
    return text[4:6].strip()


def _day(text: str) -> str:
    return text[6:].strip()


def _equal(x: Codes, y: Codes, i: Ints, j: Ints) -> Levels:
    a = x[i]
    return np.asarray((a == y[j]) & (a >= 0), np.int8)


def _near(x: Hashes, y: Hashes, i: Ints, j: Ints) -> Levels:
    """Few signs differ, and no more than are common."""
    a, b = x[i], y[j]
    differ = np.bitwise_count(a ^ b)
    return np.asarray((differ <= CLOSE) & (differ <= np.bitwise_count(a & b)) & (a != 0), np.int8)
