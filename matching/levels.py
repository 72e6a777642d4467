"""How alike are two texts, in steps? By arrays: one call compares many pairs, and what a text says by itself is worked
out once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from mappings.types.cleaning import has_han
from matching.columns import (
    Bools,
    Codes,
    Column,
    Ints,
    Levels,
    Sets,
    Texts,
    coded,
    distinct,
    fact,
    kept,
    lengths,
    signs,
)
from matching.forms.words.trades import same_trade

Near: TypeAlias = Callable[[Texts, Codes, Codes], Levels]
"""Levels of pairs of different texts; of sets, MISSING where two elements say nothing."""

MISSING, CONFLICT, SIMILAR, HALF, INITIAL, FORM, TYPO, SOUND, EXACT = range(9)
"""Levels of a part of a person's name; MISSING and CONFLICT are 0 and 1 of every aspect."""


def distances(texts: Texts, a: Codes, b: Codes, most: int) -> Ints:
    """Typing distance: insertions, deletions, replacements and swaps of neighbours; `most` + 1 where it is more.

    One error changes a text's length by one at most, and which signs it holds by two.
    """
    size, held = lengths(texts), signs(texts)
    out = np.full(len(a), most + 1, np.int64)
    near = (np.abs(size[a] - size[b]) <= most) & (np.bitwise_count(held[a] ^ held[b]) <= 2 * most)
    at = np.flatnonzero(near)
    if len(at):
        x, y = texts[a[at]].tolist(), texts[b[at]].tolist()
        out[at] = cpdist(x, y, scorer=OSA.distance, score_cutoff=most, dtype=np.int32)
    return out


def likeness(texts: Texts, a: Codes, b: Codes, scorer: Callable[..., float] = fuzz.ratio) -> NDArray[np.float32]:
    """0 to 1."""
    return np.asarray(compared(texts, a, b, scorer, np.float32) / np.float32(100), np.float32)


def compared(
    texts: Texts, a: Codes, b: Codes, scorer: Callable[..., Any], dtype: type[Any], least: float | None = None
) -> NDArray[Any]:
    """least: below it 0 is said, which is quicker."""
    if not len(a):
        return np.empty(0, dtype)
    return np.asarray(cpdist(texts[a].tolist(), texts[b].tolist(), scorer=scorer, dtype=dtype, score_cutoff=least))


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
    out = np.where(likeness(texts, a, b) >= 0.8, 2, 1).astype(np.int8)
    at = np.flatnonzero(out == 1)
    out[at[holds(_within, texts, a[at], b[at])]] = 2
    return out


def _within(x: str, y: str) -> bool:
    short, long = sorted((x, y), key=len)
    return len(short) >= 2 and (set(short.split()) <= set(long.split()) or (has_han(short) and short in long))


def near_code(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a number of six signs or more: C-1 and C-2 stand in one list for two customers."""
    return _near_if(_shorter(texts, a, b) >= 6, texts, a, b)


def near_name(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a brand of two characters, or of five letters."""
    chinese = fact(texts, has_han, np.bool_)
    return _near_if(_shorter(texts, a, b) >= np.where(chinese[a] | chinese[b], 2, 5), texts, a, b)


def near_whole(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error in a whole name, of eight letters or characters at least."""
    return _near_if(_shorter(texts, a, b) >= 8, texts, a, b)


def _shorter(texts: Texts, a: Codes, b: Codes) -> Ints:
    """The length of the shorter text of each pair."""
    size = lengths(texts)
    return np.minimum(size[a], size[b])


def _near_if(on: Bools, texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error, among the pairs in question."""
    out = np.ones(len(a), np.int8)
    at = np.flatnonzero(on)
    out[at[distances(texts, a[at], b[at], 1) <= 1]] = 2
    return out


def near_number(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Of numbers of seven digits or more. 3: one is the other without its area; 2: one typing error."""
    size = lengths(texts)
    long = _shorter(texts, a, b) >= 7
    out = _near_if(long, texts, a, b)
    at = np.flatnonzero(long & (size[a] != size[b]))
    out[at[holds(lambda x, y: x.endswith(y) or y.endswith(x), texts, a[at], b[at])]] = 3
    return out


def near_postal(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one typing error, or the same first three letters (one sorting area)."""
    area = coded(texts, _area)
    return np.where((area[a] == area[b]) | (distances(texts, a, b, 1) <= 1), 2, 1).astype(np.int8)


def _area(text: str) -> str:
    return text[:3]


def near_mail(texts: Texts, a: Codes, b: Codes) -> Levels:
    """3: misspelt; 2: the same name with digits at another provider. One without digits repeats the person's name
    only: nothing is said.
    """
    local, digits, letters = coded(texts, _local), coded(texts, _digits), coded(texts, _letters)
    typing = distances(texts, a, b, 3)
    numbered = (digits[a] != digits[b]) & (letters[a] == letters[b])  # zhang.wei and zhang.wei2 are two mailboxes
    misspelt = (typing <= np.where(lengths(texts)[a] >= 20, 3, 2)) & ~numbered
    elsewhere = np.where(fact(texts, _count_digits, np.int64)[a] >= 3, 2, MISSING)
    same = np.where(typing <= 2, 3, elsewhere)
    return np.where(local[a] == local[b], same, np.where(misspelt, 3, 1)).astype(np.int8)


def near_numbered(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: mail addresses of one domain, of which one has the other's letters and a small number behind them."""
    local, bare, domain = coded(texts, _local), coded(texts, _bare), coded(texts, _domain)
    out = np.ones(len(a), np.int8)
    at = np.flatnonzero((domain[a] == domain[b]) & (bare[a] == bare[b]) & (local[a] != local[b]))
    out[at[holds(_is_numbered, texts, a[at], b[at])]] = 2
    return out


def _is_numbered(x: str, y: str) -> bool:
    p, q = x.rpartition("@")[0], y.rpartition("@")[0]
    size = len(_bare(x))
    return min(len(p), len(q)) == size and len(p + q) <= 2 * size + 2


def _local(mail: str) -> str:
    return mail.rpartition("@")[0]


def _domain(mail: str) -> str:
    return mail.rpartition("@")[2]


def _bare(mail: str) -> str:
    return mail.rpartition("@")[0].rstrip("0123456789")


def _digits(mail: str) -> str:
    return "".join(filter(str.isdigit, mail.rpartition("@")[0]))


def _count_digits(mail: str) -> int:
    return len(_digits(mail))


def _letters(mail: str) -> str:
    return "".join(filter(str.isalpha, mail.rpartition("@")[0]))


def near_trade(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one holds the other, they begin alike, or one says in English what the other says in Chinese."""
    chinese = fact(texts, has_han, np.bool_)
    foreign = chinese[a] != chinese[b]
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
    out = np.ones(len(a), np.int8)
    parts: Codes = kept(texts, "date", _dates)
    p, q = parts[a].T, parts[b].T
    known = (p >= 0) & (q >= 0)
    blank = fact(texts, _has_blank, np.bool_)
    partial = blank[a] | blank[b]
    out[partial & known.any(axis=0) & ((p == q) | ~known).all(axis=0)] = 4
    same = p == q
    decade = np.isin(np.abs(p[0] - q[0]), (1, 10)) & (same[1] | same[2])
    turned = same[0] & (p[1] == q[2]) & (p[2] == q[1])
    whole = np.flatnonzero(~partial)
    kinds = np.select([turned, same.sum(axis=0) == 2, same[0] | decade], [5, 3, 2], 1)
    out[whole] = kinds[whole]
    out[whole[distances(texts, a[whole], b[whole], 1) <= 1]] = 5
    return out


def _dates(texts: Texts) -> Codes:
    """Year, month and day of each, -1 where it is not told; half a month is unlike any whole one."""
    rows = [[_figure(t[part]) for part in (slice(4), slice(4, 6), slice(6, None))] for t in texts.tolist()]
    return np.asarray(rows, np.int32).reshape(-1, 3)


def _figure(text: str) -> int:
    told = text.strip()
    return -1 if not told else int(told) + (0 if told == text else 10**6)


def _has_blank(text: str) -> bool:
    return " " in text


# ------------------------------------------------------------------------------ companies' names


def word_cosine(texts: Texts, a: Codes, b: Codes, chunk: int = 1 << 15) -> NDArray[np.float32]:
    """Cosine of two names' words, each weighted by how few of the names hold it; at most MOST words of a name take
    part.
    """
    codes, weights, norm = kept(texts, "words", _weighed)
    out = np.zeros(len(a), np.float32)
    for start in range(0, len(a), chunk):
        p, q = a[start : start + chunk], b[start : start + chunk]
        common = ((codes[p][:, :, None] == codes[q][:, None, :]) & (codes[p][:, :, None] >= 0)).any(axis=2)
        out[start : start + chunk] = (weights[p] * common).sum(axis=1) / (norm[p] * norm[q])
    return out


MOST: Final = 12


def _weighed(texts: Texts) -> tuple[Codes, NDArray[np.float32], NDArray[np.float32]]:
    """The words of each text, by number; how much each weighs; and how much all of them."""
    rows = [list(dict.fromkeys(t.split()))[:MOST] for t in texts.tolist()]
    count: dict[str, int] = {}
    for row in rows:
        for word in row:
            count[word] = count.get(word, 0) + 1
    number = {word: at for at, word in enumerate(count)}
    weight = np.array([(np.log((len(rows) + 1) / k) + 0.1) ** 2 for k in count.values()] + [0.0], np.float32)
    codes = np.full((len(rows), MOST), -1, np.int32)
    for at, row in enumerate(rows):
        codes[at, : len(row)] = [number[w] for w in row]
    weights = weight[codes]
    return codes, weights, np.sqrt(weights.sum(axis=1)) + np.float32(1e-9)
