"""What is observed of each pair? One level for each aspect, and for what is shared how rare it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from mappings.types.surnames import PINYIN
from matching import levels as lv
from matching.aspects import Aspect, aspects_of
from matching.columns import Bools, Codes, Floats, Ints, Levels, distinct, fact, take
from matching.nameparts import middle_level, name_part_levels
from matching.records import Records
from matching.shares import Shares

Look: TypeAlias = "tuple[Levels, Mapping[int, tuple[str, Codes]]]"
"""Levels of many pairs; and for some levels the store of texts, and which of its texts is shared."""
Looks: TypeAlias = dict[str, Look]


@dataclass(frozen=True, slots=True)
class Seen:
    """levels: a row for each aspect. rarity: log share of what is shared, NaN where the level's own share is to be
    used.
    """

    aspects: tuple[Aspect, ...]
    levels: Levels
    rarity: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.levels.shape[1])

    def of(self, name: str) -> Levels:
        """Levels of one aspect; all missing where the kind does not have it."""
        for at, aspect in enumerate(self.aspects):
            if aspect.name == name:
                return np.asarray(self.levels[at], np.int8)
        return np.zeros(len(self), np.int8)


def look(records: Records, i: Ints, j: Ints) -> Looks:
    """Looks at the pairs (i[k], j[k]), aspect by aspect."""
    return {"person": _persons, "organisation": _organisations}.get(records.kind, _others)(records, i, j)


def observe(records: Records, shares: Shares, i: Ints, j: Ints) -> Seen:
    """All aspects of the pairs (i[k], j[k])."""
    aspects = aspects_of(records)
    looks = look(records, i, j)
    found = np.zeros((len(aspects), len(i)), np.int8)
    rarity = np.full((len(aspects), len(i)), np.nan, np.float32)
    for at, aspect in enumerate(aspects):
        found[at], shared = looks[aspect.name]
        for level, (store, codes) in shared.items():
            on = np.flatnonzero(found[at] == level)
            rarity[at, on] = shares.log_share(store, codes[on])
    return Seen(aspects, found, rarity)


def _column(records: Records, name: str, i: Ints, j: Ints, near: lv.Near | None, exact: int) -> Look:
    one = records.columns[name]
    return lv.column_levels(one, i, j, near, exact), {exact: (name, one.codes[i])}


def _set(records: Records, name: str, i: Ints, j: Ints, near: lv.Near | None, exact: int) -> Look:
    found, shared = lv.set_levels(records.sets[name], i, j, near, exact)
    return found, {exact: (name, shared)}


def _identifiers(records: Records, i: Ints, j: Ints) -> Looks:
    return {name: _column(records, name, i, j, lv.near_code, 3) for name in records.identifiers()}


def _origin(records: Records, i: Ints, j: Ints) -> Look:
    same = (records.source[i] == records.source[j]) & (records.table[i] == records.table[j])
    return np.where(same, 1, 2).astype(np.int8), {}


# ------------------------------------------------------------------------------ persons


def _persons(records: Records, i: Ints, j: Ints) -> Looks:
    looks = _person_names(records, i, j) | _identifiers(records, i, j)
    looks["origin"] = _origin(records, i, j)
    looks["mobile"] = _set(records, "mobiles", i, j, lv.near_number, 4)
    looks["mail"] = _set(records, "mails", i, j, lv.near_mail, 4)
    looks["wechat"] = _column(records, "wechat", i, j, lv.near_code, 3)
    looks["birth"] = _column(records, "birth", i, j, lv.near_birth, 6)
    looks["gender"] = _column(records, "gender", i, j, None, 2)
    looks["fixed"] = _set(records, "fixed", i, j, None, 2)
    looks["box"] = _set(records, "boxes", i, j, None, 2)
    looks["domain"] = _domain(records, i, j, looks["mail"][0])
    looks["employer"] = _employer(records, i, j)
    looks["title"] = _column(records, "title", i, j, lv.near_text, 3)
    looks["department"] = _column(records, "department", i, j, lv.near_text, 3)
    return looks | _places(records, i, j)


def _domain(records: Records, i: Ints, j: Ints, mail: Levels) -> Look:
    """The company's mail domain; what an equal or misspelt address has said already is not said again."""
    found, shared = lv.set_levels(records.sets["domains"], i, j, None, 2)
    return np.where(mail >= 3, 0, found).astype(np.int8), {2: ("domains", shared)}


def _person_names(records: Records, i: Ints, j: Ints) -> Looks:
    """Family and given name in the order as written or turned round, whichever agrees better."""
    c = records.columns
    texts = c["family"].texts
    family, given, roman_family, roman_given = (c[p].codes for p in ("family", "given", "roman_family", "roman_given"))
    straight = (
        name_part_levels(texts, family[i], family[j], roman_family[i], roman_family[j]),
        name_part_levels(texts, given[i], given[j], roman_given[i], roman_given[j]),
    )
    across = (
        name_part_levels(texts, family[i], given[j], roman_family[i], roman_given[j]),
        name_part_levels(texts, given[i], family[j], roman_given[i], roman_family[j]),
    )
    worth_across = _WORTH[across[0]] + _WORTH[across[1]] - 1.5
    turned = worth_across > _WORTH[straight[0]] + _WORTH[straight[1]]
    turned &= (across[0] > lv.CONFLICT) | (across[1] > lv.CONFLICT)
    found = [np.where(turned, a, s).astype(np.int8) for a, s in zip(across, straight)]
    at = _joined(records, i, j, found[0], found[1])
    found[0][at] = found[1][at] = lv.SOUND
    turned[at] = False
    free_i, free_j = _any_order(records, i), _any_order(records, j)
    order = np.where(turned, 2, np.where((found[0] > 0) & (found[1] > 0), 1, 0))
    order[turned & (free_i ^ free_j)] = 0
    told = np.where(turned & free_i & ~free_j, j, i)  # the one of which it is known which part is the family name
    shared_family = np.where(family[told] >= 0, family[told], given[told])
    shared_given = np.where(given[told] >= 0, given[told], family[told])
    return {
        "family": (found[0], {lv.EXACT: ("family", shared_family), lv.SOUND: ("roman_family", roman_family[told])}),
        "given": (found[1], {lv.EXACT: ("given", shared_given), lv.SOUND: ("roman_given", roman_given[told])}),
        "order": (order.astype(np.int8), {}),
        "middle": _middle(records, i, j),
    }


def _any_order(records: Records, rows: Ints) -> Bools:
    """Zhang Yan, Yu Fang: in Latin letters, and both words may be the family name; a Chinese name is never so."""
    c = records.columns
    may = fact(c["family"].texts, _is_pinyin, np.bool_)
    free: Bools = take(may, c["family"].codes[rows], 0).astype(np.bool_) & take(may, c["given"].codes[rows], 0).astype(
        np.bool_
    )
    return free


def _is_pinyin(text: str) -> bool:
    return text in PINYIN


_WORTH: Final = np.array([0.0, -3.0, 0.0, 1.0, 0.5, 1.5, 2.5, 3.0, 4.0])
"""What a level of a name part is worth when the order of the parts is chosen."""


def _joined(records: Records, i: Ints, j: Ints, family: Levels, given: Levels) -> Ints:
    """Pairs of one word against two that read alike: zhouting and 周婷, HeYang and He Yang."""
    c = records.columns
    texts = c["family"].texts
    one_i, one_j = (c["family"].codes[x] < 0 for x in (i, j))
    some_i, some_j = (c["given"].codes[x] >= 0 for x in (i, j))
    at = np.flatnonzero((one_i ^ one_j) & some_i & some_j & (family != lv.EXACT) & (given < lv.TYPO))
    single, double = np.where(one_i[at], i[at], j[at]), np.where(one_i[at], j[at], i[at])
    word = texts[c["roman_given"].codes[single]].tolist()
    first = texts[c["roman_family"].codes[double]].tolist()
    last = texts[c["roman_given"].codes[double]].tolist()
    alike = np.fromiter((w in (x + y, y + x) for w, x, y in zip(word, first, last)), np.bool_, len(at))
    return at[alike]


def _middle(records: Records, i: Ints, j: Ints) -> Look:
    one = records.columns["middle"]
    a, b = one.codes[i], one.codes[j]
    out = np.zeros(len(i), np.int8)
    at = np.flatnonzero((a >= 0) & (b >= 0))
    if len(at):
        pairs = distinct(a[at], b[at])
        texts = zip(one.texts[pairs.a].tolist(), one.texts[pairs.b].tolist())
        out[at] = np.fromiter((middle_level(x, y) for x, y in texts), np.int8, len(pairs.a))[pairs.where]
    return out, {3: ("middle", a)}


def _employer(records: Records, i: Ints, j: Ints) -> Look:
    """5: the same organisation, or the same full name; 4: the same brand; 3: a similar one; 2: the brand, but in
    another region.
    """
    c = records.columns
    brand, roman, region = c["employer_brand"], c["employer_roman"], c["employer_region"].codes
    out = lv.column_levels(brand, i, j, None, 4)
    at = np.flatnonzero(out == lv.CONFLICT)
    if len(at):
        pairs = distinct(roman.codes[i[at]], roman.codes[j[at]])
        alike = lv.likeness(roman.texts, pairs.a, pairs.b)
        out[at] = np.select([pairs.a == pairs.b, alike >= 0.8], [4, 3], 1).astype(np.int8)[pairs.where]
    elsewhere = (region[i] >= 0) & (region[j] >= 0) & (region[i] != region[j])
    out[(out == 4) & elsewhere] = 2
    legal = c["employer_legal"].codes
    out[(legal[i] >= 0) & (legal[i] == legal[j])] = 5
    known = (records.employer[i] >= 0) & (records.employer[j] >= 0)
    out[known & (records.employer[i] == records.employer[j])] = 5
    return out, {5: ("employers", records.columns["employers"].codes[i]), 4: ("employer_brand", brand.codes[i])}


# ------------------------------------------------------------------------------ organisations


def _organisations(records: Records, i: Ints, j: Ints) -> Looks:
    looks = _identifiers(records, i, j)
    looks["origin"] = _origin(records, i, j)
    looks["core"] = _core(records, i, j)
    looks["region"] = _region(records, i, j)
    looks["trade"] = _column(records, "trade", i, j, lv.near_trade, 3)[0], {}
    looks["branch"] = _branch(records, i, j), {}
    looks["phone"] = _phones(records, i, j)
    looks["mail"] = _mails(records, i, j)
    looks["domain"] = _domain(records, i, j, looks["mail"][0])
    looks["site"] = _column(records, "site", i, j, None, 2)
    looks["people"] = _set(records, "people", i, j, None, 2)
    looks["industry"] = _column(records, "industry", i, j, lv.near_text, 3)
    looks |= _places(records, i, j)
    return looks | {"core": _in_full(records, looks, i, j)}


def _in_full(records: Records, looks: Looks, i: Ints, j: Ints) -> Look:
    """Raises the brand to 8 where the whole name is equal and names one company: with its legal form; or in one table,
    where nothing else differs. Two hundred contacts of one company bear its short name two hundred times.
    """
    found, shared = looks["core"]
    whole, legal = records.columns["whole"].codes, records.columns["legal"].codes
    same = (whole[i] >= 0) & (whole[i] == whole[j])
    names = ("phone", "mail", "domain", "site", "address", *records.identifiers())
    differs = np.any([looks[name][0] == lv.CONFLICT for name in names], axis=0)
    one_table = (looks["origin"][0] == 1) & ~differs
    found = np.where(same & ((legal[i] >= 0) | one_table), 8, found).astype(np.int8)
    return found, {**shared, 8: ("whole", whole[i])}


def _phones(records: Records, i: Ints, j: Ints) -> Look:
    """A hotline (400, 800) does not differ from a landline: one company has both."""
    found, shared = _set(records, "phones", i, j, lv.near_number, 4)
    direct = records.sets["direct"].codes[:, 0] >= 0
    return np.where((found == lv.CONFLICT) & ~(direct[i] & direct[j]), lv.MISSING, found).astype(np.int8), shared


def _mails(records: Records, i: Ints, j: Ints) -> Look:
    """Own and shared mailboxes alike: both are a company's."""
    own, shared = lv.set_levels(records.sets["mails"], i, j, lv.near_mail, 4)
    box, _ = lv.set_levels(records.sets["boxes"], i, j, None, 4)
    found = np.maximum(np.where(own == 4, 3, np.where(own == 3, 2, np.minimum(own, 1))), np.where(box == 4, 3, box))
    return found.astype(np.int8), {3: ("mails", shared)}


def _core(records: Records, i: Ints, j: Ints) -> Look:
    """The brand: 7 equal, 6 how it sounds, 5 to 1 how many letters and rare words agree."""
    c = records.columns
    brand = c["brand"]
    out = _brands(records, brand.codes[i], brand.codes[j], c["roman"].codes[i], c["roman"].codes[j])
    shared = brand.codes[i]
    short = c["short_brand"].codes
    for p, q in ((short[i], brand.codes[j]), (brand.codes[i], short[j]), (short[i], short[j])):
        hit = (p >= 0) & (p == q) & (out < 7)
        out[hit], shared = 7, np.where(hit, p, shared)
    return out, {6: ("roman", c["roman"].codes[i]), 7: ("brand", shared)}


def _brands(records: Records, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    texts = records.columns["brand"].texts
    out = np.zeros(len(a), np.int8)
    at = np.flatnonzero((a >= 0) & (b >= 0))
    if len(at):
        pairs = distinct(a[at], b[at])
        p, q = roman_a[at][pairs.first], roman_b[at][pairs.first]
        alike = np.maximum(lv.word_cosine(texts, pairs.a, pairs.b), lv.likeness(texts, pairs.a, pairs.b))
        alike = np.maximum(alike, np.where(lv.holds(_holds_words, texts, pairs.a, pairs.b), 0.8, 0))
        found = lv.steps(alike, (0.5, 0.65, 0.8, 0.9))
        found[(p >= 0) & (p == q)] = 6
        found[pairs.a == pairs.b] = 7
        out[at] = found[pairs.where]
    return out


def _holds_words(x: str, y: str) -> bool:
    p, q = set(x.split()), set(y.split())
    return p <= q or q <= p


def _region(records: Records, i: Ints, j: Ints) -> Look:
    """3: equal; 2: equal, but once in front of the brand and once behind it; 1: another."""
    c = records.columns
    found = lv.column_levels(c["region"], i, j, None, 3)
    moved = c["moved"].codes
    found[(found == 3) & (moved[i] != moved[j]) & (c["legal"].codes[i] != c["legal"].codes[j])] = 2
    return found, {}


def _branch(records: Records, i: Ints, j: Ints) -> Levels:
    """3: no branch; 4: the same branch; 1: one is a branch; 2: two branches."""
    a, b = (records.columns["branch"].codes[x] for x in (i, j))
    named_i, named_j = (records.columns["brand"].codes[x] >= 0 for x in (i, j))
    found = np.select([(a < 0) & (b < 0), (a < 0) | (b < 0), a == b], [3, 1, 4], 2)
    return np.where(named_i & named_j, found, 0).astype(np.int8)


# ------------------------------------------------------------------------------ places, and kinds of one's own


def _places(records: Records, i: Ints, j: Ints) -> Looks:
    return {
        "address": (_address(records, i, j), {5: ("house", records.columns["house"].codes[i])}),
        "postal": _column(records, "postal", i, j, lv.near_postal, 3),
        "city": _column(records, "city", i, j, lv.near_text, 3),
    }


def _address(records: Records, i: Ints, j: Ints) -> Levels:
    """5: house number and street; 4: most letters; 3: the street; 2: the number."""
    c = records.columns
    text, number, street = c["address"], c["number"].codes, c["street"]
    out = lv.column_levels(text, i, j, None, 5)
    at = np.flatnonzero(out == lv.CONFLICT)
    if not len(at):
        return out
    pairs = distinct(text.codes[i[at]], text.codes[j[at]])
    one, other = i[at][pairs.first], j[at][pairs.first]
    whole = lv.likeness(text.texts, pairs.a, pairs.b)
    streets = _street(street.texts, street.codes[one], street.codes[other])
    same = (number[one] >= 0) & (number[one] == number[other])
    clash = (number[one] >= 0) & (number[other] >= 0) & ~same
    conditions = [
        same & (streets >= 0.85),
        (same & (streets >= 0.6)) | ((whole >= 0.9) & ~clash),
        (streets >= 0.85) & ~same,
        same,
    ]
    out[at] = np.select(conditions, [5, 4, 3, 2], 1).astype(np.int8)[pairs.where]
    return out


def _street(texts: np.ndarray, a: Codes, b: Codes) -> Floats:
    out = np.zeros(len(a))
    at = np.flatnonzero((a >= 0) & (b >= 0))
    if len(at):
        part = lv.likeness(texts, a[at], b[at], fuzz.partial_ratio) * 0.9
        out[at] = np.where(a[at] == b[at], 1.0, np.maximum(lv.likeness(texts, a[at], b[at]), part))
    return out


def _others(records: Records, i: Ints, j: Ints) -> Looks:
    looks = {
        name: _column(records, name, i, j, _near_of(records.types.get(name, "text")), 6) for name in records.columns
    }
    return looks | {"origin": _origin(records, i, j)}


def _near_of(type_: str) -> lv.Near | None:
    near: Callable[..., Levels] | None = (
        lv.near_words if type_ in ("text", "person_name", "company_name", "address", "note") else None
    )
    return near
