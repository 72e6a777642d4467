"""How alike are two texts, in steps? By arrays: one call compares many pairs, each distinct pair once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from mappings.types.cleaning import has_han
from matching.columns import Bools, Codes, Column, Ints, Levels, Sets, Texts, distinct
from matching.forms.words.people import FORMS
from matching.forms.words.trades import same_trade

Near: TypeAlias = Callable[[Texts, Codes, Codes], Levels]
"""Levels of pairs of different texts; of sets, MISSING where two elements say nothing."""

MISSING, CONFLICT, SIMILAR, HALF, INITIAL, FORM, TYPO, SOUND, EXACT = range(9)
"""Levels of a part of a person's name; MISSING and CONFLICT are 0 and 1 of every aspect."""


def distances(texts: Texts, a: Codes, b: Codes) -> Ints:
    """Typing distance: insertions, deletions, replacements and swaps of neighbours."""
    return _compare(texts, a, b, OSA.distance, np.int32).astype(np.int64)


def likeness(texts: Texts, a: Codes, b: Codes, scorer: Callable[..., float] = fuzz.ratio) -> NDArray[np.float32]:
    """0 to 1."""
    return np.asarray(_compare(texts, a, b, scorer, np.float32) / np.float32(100), np.float32)


def _compare(texts: Texts, a: Codes, b: Codes, scorer: Callable[..., Any], dtype: type[Any]) -> NDArray[Any]:
    if not len(a):
        return np.empty(0, dtype)
    return np.asarray(cpdist(texts[a].tolist(), texts[b].tolist(), scorer=scorer, dtype=dtype))


def holds(test: Callable[[str, str], bool], texts: Texts, a: Codes, b: Codes) -> Bools:
    """`test` of each pair of texts."""
    return np.fromiter(map(test, texts[a].tolist(), texts[b].tolist()), np.bool_, len(a))


def column_levels(one: Column, i: Ints, j: Ints, near: Near | None, exact: int) -> Levels:
    """0 where one of the two is missing, `exact` where they are equal, else what `near` says (1 without it)."""
    a, b = one.codes[i], one.codes[j]
    out = np.where((a >= 0) & (b >= 0), np.where(a == b, exact, CONFLICT), MISSING).astype(np.int8)
    if near is not None:
        at = np.flatnonzero(out == CONFLICT)
        if len(at):
            pairs = distinct(a[at], b[at])
            out[at] = near(one.texts, pairs.a, pairs.b)[pairs.where]
    return out


def set_levels(one: Sets, i: Ints, j: Ints, near: Near | None, exact: int) -> tuple[Levels, Codes]:
    """The best level of any two elements, and the element they share (-1: none)."""
    a, b = one.codes[i], one.codes[j]
    out = ((a[:, 0] >= 0) & (b[:, 0] >= 0)).astype(np.int8)
    shared = np.full(len(i), -1, np.int32)
    slots = [(x, y) for x in range(one.width) for y in range(one.width)]
    for x, y in slots:
        hit = (a[:, x] >= 0) & (a[:, x] == b[:, y])
        shared[hit] = a[hit, x]
    out[shared >= 0] = exact
    if near is not None:
        open_ = np.flatnonzero(out == CONFLICT)
        out[open_] = MISSING
        for x, y in slots:
            at = open_[(a[open_, x] >= 0) & (b[open_, y] >= 0)]
            if len(at):
                pairs = distinct(a[at, x], b[at, y])
                out[at] = np.maximum(out[at], near(one.texts, pairs.a, pairs.b)[pairs.where])
    return out, shared


# ------------------------------------------------------------------------------ what counts as near


def near_text(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: four fifths of the letters, or one text holds the other's words."""
    alike = likeness(texts, a, b) >= 0.8
    return np.where(alike | holds(_within, texts, a, b), 2, 1).astype(np.int8)


def _within(x: str, y: str) -> bool:
    short, long = sorted((x, y), key=len)
    return len(short) >= 2 and (set(short.split()) <= set(long.split()) or (has_han(short) and short in long))


def near_code(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a number of six signs or more: C-1 and C-2 stand in one list for two customers."""
    long = holds(lambda x, y: min(len(x), len(y)) >= 6, texts, a, b)
    return np.where(long & (distances(texts, a, b) <= 1), 2, 1).astype(np.int8)


def near_name(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a brand of two characters, or of five letters."""
    long = holds(lambda x, y: min(len(x), len(y)) >= (2 if has_han(x + y) else 5), texts, a, b)
    return np.where(long & (distances(texts, a, b) <= 1), 2, 1).astype(np.int8)


def near_whole(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a whole name, of eight letters or characters at least."""
    long = holds(lambda x, y: min(len(x), len(y)) >= 8, texts, a, b)
    return np.where(long & (distances(texts, a, b) <= 1), 2, 1).astype(np.int8)


def near_number(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Of numbers of seven digits or more. 3: one is the other without its area; 2: one typing error."""
    long = holds(lambda x, y: min(len(x), len(y)) >= 7, texts, a, b)
    inside = holds(lambda x, y: x.endswith(y) or y.endswith(x), texts, a, b)
    return np.select([long & inside, long & (distances(texts, a, b) <= 1)], [3, 2], 1).astype(np.int8)


def near_postal(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error, or the same first three letters (one sorting area)."""
    same_area = holds(lambda x, y: x[:3] == y[:3], texts, a, b)
    return np.where((distances(texts, a, b) <= 1) | same_area, 2, 1).astype(np.int8)


def near_mail(texts: Texts, a: Codes, b: Codes) -> Levels:
    """3: misspelt; 2: the same name with digits at another provider. One without digits repeats the person's name
    only: nothing is said.
    """
    x, y = texts[a].tolist(), texts[b].tolist()
    return np.fromiter(map(_mail, x, y, distances(texts, a, b).tolist()), np.int8, len(a))


def _mail(x: str, y: str, typing: int) -> int:
    (p, _, _), (q, _, _) = x.rpartition("@"), y.rpartition("@")
    digits, other = ("".join(filter(str.isdigit, t)) for t in (p, q))
    if p == q:
        return 3 if typing <= 2 else 2 if len(digits) >= 3 else MISSING
    numbered = digits != other and _letters(p) == _letters(q)  # zhang.wei and zhang.wei2 are two mailboxes
    return 3 if typing <= (3 if len(x) >= 20 else 2) and not numbered else 1


def near_numbered(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: mail addresses of one domain, of which one has the other's letters and a small number behind them."""
    return np.where(holds(_is_numbered, texts, a, b), 2, 1).astype(np.int8)


def _is_numbered(x: str, y: str) -> bool:
    (p, _, here), (q, _, there) = x.rpartition("@"), y.rpartition("@")
    bare, other = p.rstrip("0123456789"), q.rstrip("0123456789")
    return (
        here == there
        and bare == other
        and p != q
        and min(len(p), len(q)) == len(bare)
        and len(p + q) <= 2 * len(bare) + 2
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def near_trade(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one holds the other, they begin alike, or one says in English what the other says in Chinese."""
    foreign = holds(lambda x, y: has_han(x) != has_han(y), texts, a, b)
    alike = holds(lambda x, y: x in y or y in x or x[:2] == y[:2], texts, a, b)
    translated = {None: MISSING, True: 2, False: CONFLICT}
    told = np.full(len(a), MISSING, np.int8)
    for at in np.flatnonzero(foreign).tolist():
        told[at] = translated[same_trade(texts[a[at]], texts[b[at]])]
    return np.select([foreign, alike], [told, np.int8(2)], np.int8(CONFLICT)).astype(np.int8)


def near_words(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2 to 5: half, 65, 80 and 90 of 100 letters alike, in this or another order of words."""
    alike = np.maximum(likeness(texts, a, b), likeness(texts, a, b, fuzz.token_sort_ratio))
    return steps(alike, (0.5, 0.65, 0.8, 0.9))


def steps(alike: NDArray[Any], bounds: tuple[float, ...]) -> Levels:
    """1, and one more for each bound that is reached."""
    return (1 + np.searchsorted(np.asarray(bounds), alike, side="right")).astype(np.int8)


def near_birth(texts: Texts, a: Codes, b: Codes) -> Levels:
    """5: one typing error or day and month turned; 4: a partial date that fits; 3: two of year, month, day; 2: about
    the same year.
    """
    close = distances(texts, a, b) <= 1
    kinds = np.fromiter(map(_birth, texts[a].tolist(), texts[b].tolist()), np.int8, len(a))
    return np.where(close & (kinds != 4) & (kinds > 0), 5, np.abs(kinds)).astype(np.int8)


def _birth(x: str, y: str) -> int:
    """Negative: typing distance says nothing, as one of the dates is partial."""
    p, q = (x[:4], x[4:6], x[6:]), (y[:4], y[4:6], y[6:])
    if " " in x or " " in y:
        both = [(u, v) for u, v in zip(p, q) if u.strip() and v.strip()]
        return -4 if both and all(u == v for u, v in both) else -1
    same = [u == v for u, v in zip(p, q)]
    if same[0] and p[1:] == (q[2], q[1]):
        return 5
    if sum(same) == 2:
        return 3
    decade = abs(int(p[0]) - int(q[0])) in (1, 10) and (same[1] or same[2])
    return 2 if same[0] or decade else 1


# ------------------------------------------------------------------------------ parts of a person's name


def name_part_levels(texts: Texts, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    """Levels of parts of names: a, b as written, roman_a, roman_b in letters; all are numbers of the same texts."""
    out = np.zeros(len(a), np.int8)
    at = np.flatnonzero((a >= 0) & (b >= 0))
    if len(at):
        pairs = distinct(a[at], b[at])
        out[at] = _name_parts(texts, pairs.a, pairs.b, roman_a[at][pairs.first], roman_b[at][pairs.first])[pairs.where]
    return out


def _name_parts(texts: Texts, a: Codes, b: Codes, roman_a: Codes, roman_b: Codes) -> Levels:
    length = np.fromiter(map(len, texts), np.int64, len(texts))
    low, high = np.minimum(length[roman_a], length[roman_b]), np.maximum(length[roman_a], length[roman_b])
    typing = distances(texts, roman_a, roman_b)
    alike = _compare(texts, roman_a, roman_b, JaroWinkler.similarity, np.float32)
    starts = holds(lambda x, y: x.startswith(y) or y.startswith(x), texts, roman_a, roman_b)
    chinese = np.fromiter(map(has_han, texts), np.bool_, len(texts))
    han = chinese[a] & chinese[b]
    conditions = [
        a == b,
        roman_a == roman_b,
        _holds_where(han, _turned, texts, a, b),
        _holds_where(han, _share_half, texts, a, b),
        han & (typing <= 1),
        han,
        ((typing <= 1) & (high >= 4)) | ((typing <= 2) & (low >= 7)),
        starts & (low == 1),
        holds(lambda x, y: y in FORMS.get(x, ()), texts, roman_a, roman_b) | (starts & (low >= 3)),
        (alike >= 0.85) | ((typing <= 2) & (low >= 5)),
    ]
    return np.select(
        conditions, [EXACT, SOUND, TYPO, HALF, SIMILAR, CONFLICT, TYPO, INITIAL, FORM, SIMILAR], CONFLICT
    ).astype(np.int8)


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


# ------------------------------------------------------------------------------ companies' names


def word_cosine(texts: Texts, a: Codes, b: Codes, most: int = 12, chunk: int = 1 << 15) -> NDArray[np.float32]:
    """Cosine of two names' words, each weighted by how few of the names hold it; at most `most` words of a name take
    part.
    """
    rows = [list(dict.fromkeys(t.split()))[:most] for t in texts]
    count: dict[str, int] = {}
    for row in rows:
        for word in row:
            count[word] = count.get(word, 0) + 1
    number = {word: at for at, word in enumerate(count)}
    weight = np.array([(np.log((len(rows) + 1) / k) + 0.1) ** 2 for k in count.values()] + [0.0], np.float32)
    codes = np.full((len(rows), most), -1, np.int32)
    for at, row in enumerate(rows):
        codes[at, : len(row)] = [number[w] for w in row]
    weights = weight[codes]
    norm = np.sqrt(weights.sum(axis=1)) + np.float32(1e-9)
    out = np.zeros(len(a), np.float32)
    for start in range(0, len(a), chunk):
        p, q = a[start : start + chunk], b[start : start + chunk]
        common = ((codes[p][:, :, None] == codes[q][:, None, :]) & (codes[p][:, :, None] >= 0)).any(axis=2)
        out[start : start + chunk] = (weights[p] * common).sum(axis=1) / (norm[p] * norm[q])
    return out
