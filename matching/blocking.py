"""Which pairs of records are worth comparing?

Every record has a handful of keys; records that share a key are candidates. A block of more than CAP records is
refined by what else its records say, and what stays too large is walked in sorted order: nothing is dropped, and
nothing is quadratic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mappings.types.cleaning import has_han
from matching.columns import (
    Bools,
    Codes,
    Column,
    Floats,
    Hashes,
    Ints,
    Sets,
    Texts,
    column,
    distinct,
    hash_texts,
    kept,
    mix,
    mix_all,
    object_array,
    sorted_unique,
    stable_hash,
    take,
    without,
)
from matching.records import Records
from matching.sifting import Sieve, sieve

CAP: Final = 40
"""Records in a block of which all pairs are compared."""
WINDOW: Final = 6
"""Neighbours that are compared in a block that stays too large; fewer in one that can be refined."""
EMITTED: Final = 1 << 20
"""Pairs that blocks give at a time, about."""
WAITING: Final = 1 << 22
"""Pairs that are collected before those are dropped that were there already: it bounds the memory they take."""
SIFTED: Final = 1 << 18
"""Pairs that are sifted at a time."""
DEPTH: Final = 2
"""How often a block is refined."""
WORDS: Final = 8
"""Words of a company's name that are keys."""


@dataclass(frozen=True)
class Keys:
    """One line for each record and key: its row, and a stable 64-bit number."""

    rows: Ints
    keys: Hashes


@dataclass
class Candidates:
    """Pairs of rows a < b. blocks: how many had two records or more; refined, walked: see Report."""

    a: Ints
    b: Ints
    blocks: int = 0
    refined: int = 0
    walked: int = 0


def keys_of(records: Records) -> Keys:
    """All keys of all records; the same record has the same keys in every run and batch."""
    made = {"person": _person_keys, "organisation": _organisation_keys}.get(records.kind, _other_keys)(records)
    rows, found = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for name, values in made:
        for one in values.reshape(len(records), -1).T:
            on = np.flatnonzero(one)
            rows.append(on)
            found.append(mix(stable_hash(name), one[on]))
    return Keys(np.concatenate(rows), np.concatenate(found))


# ------------------------------------------------------------------------------ keys


def _person_keys(records: Records) -> list[tuple[str, Hashes]]:
    c, s = records.columns, records.sets
    family, given = c["roman_family"].hashes(), c["roman_given"].hashes()
    shapes = [_derived(c[part], _shape) for part in ("roman_family", "roman_given", "middle")]
    made = [
        ("phone", s["phones"].hashes()),
        ("phone", s["mobiles"].hashes()),
        ("mail", s["mails"].hashes()),
        ("local", s["locals"].hashes()),
        ("mail start", _starts(s["mails"])),
        ("wechat", c["wechat"].hashes()),
        ("name", _either_order(family, given)),
        ("joined", _joined(c)),
        ("shape", _either_order(shapes[0], shapes[1])),
        ("birth", c["birth"].hashes()),
        ("house", c["house"].hashes()),
    ]
    beside = {
        "year": _part(c["birth"], slice(0, 4)),
        "day": _part(c["birth"], slice(4, 8)),
        "postal": c["postal"].hashes(),
        "area": _part(c["postal"], slice(0, 3)),
        "city": c["city"].hashes(),
        "house": c["house"].hashes(),
        "company": c["employer_roman"].hashes(),
        "title": c["title"].hashes(),
        "number end": _ends(s["mobiles"], 4),
    }
    for label, other in beside.items():
        if other.any():
            made.append((f"name {label}", np.stack([mix_all(shape, other) for shape in shapes], axis=1)))
    return made + [(name, c[name].hashes()) for name in records.identifiers()]


def _organisation_keys(records: Records) -> list[tuple[str, Hashes]]:
    c, s = records.columns, records.sets
    number = c["number"].hashes()
    made = [
        ("phone", s["phones"].hashes()),
        ("phone end", _ends(s["phones"], 7)),
        ("mail", s["mails"].hashes()),
        ("mail", s["boxes"].hashes()),
        ("domain", s["domains"].hashes()),
        ("domain", c["site"].hashes()),
        ("people", s["people"].hashes()),
        ("brand", c["roman"].hashes()),
        ("brand", c["short_roman"].hashes()),
        ("brand start", _derived(c["roman"], _start)),
        ("word", _words(c["brand"])),
        ("brand shape", mix_all(_derived(c["roman"], _shape), c["trade"].hashes())),
        *(
            ("brand letter", mix_all(_letter(c["brand"], at), c["region"].hashes(), c["trade"].hashes()))
            for at in (0, -1)
        ),
        ("house", c["house"].hashes()),
        ("number postal", mix_all(number, c["postal"].hashes())),
        ("number city", mix_all(number, c["city"].hashes())),
    ]
    return made + [(name, c[name].hashes()) for name in records.identifiers()]


def _other_keys(records: Records) -> list[tuple[str, Hashes]]:
    """Of kinds of one's own: every text that is not one of a few, and its words."""
    made: list[tuple[str, Hashes]] = []
    for name, one in records.columns.items():
        if len(one.texts) > 0.1 * len(one):
            made += [(name, one.hashes()), (f"{name} word", _words(one))]
    return made


def _letter(brands: Column, at: int) -> Hashes:
    """The first or last character of a Chinese brand: of two characters one may be mistyped."""
    return brands.derive(lambda t: f"{at}{t[at]}" if has_han(t[:1]) else "").hashes()


def _derived(one: Column, work: Callable[[str], str]) -> Hashes:
    """Of what `work` makes of each text; parts of a name share one store, which is gone through once."""
    made: Column = kept(one.texts, ("derived", work), lambda texts: column(map(work, texts.tolist())))
    return take(take(hash_texts(made.texts), made.codes, 0), one.codes, 0)


def _start(text: str) -> str:
    return text[:5] if len(text) >= 5 else ""


def _shape(text: str) -> str:
    """What stays of a word under most misspellings: its first letter and the consonants behind it, doubles once; four
    letters.
    """
    kept = text[:1]
    for letter in text[1:]:
        if letter not in "aeiouhwy" and letter != kept[-1]:
            kept += letter
    return kept[:4]


def _either_order(a: Hashes, b: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        return np.where((a != 0) & (b != 0), a + b, np.uint64(0))


def _part(one: Column, part: slice) -> Hashes:
    return one.derive(lambda t: t[part].strip()).hashes()


def _joined(columns: Mapping[str, Column]) -> Hashes:
    """Both ways of writing family and given name as one word: zhouting and tingzhou."""
    family, given = columns["roman_family"], columns["roman_given"]
    pairs = distinct(family.codes, given.codes)
    names = zip(_text(family.texts, pairs.a), _text(given.texts, pairs.b))
    both = [(stable_hash(x + y) if x or y else 0, stable_hash(y + x) if x and y else 0) for x, y in names]
    return np.array(both, np.uint64).reshape(-1, 2)[pairs.where]


def _text(texts: Texts, codes: Codes) -> list[str]:
    return [texts[k] if k >= 0 else "" for k in codes.tolist()]


def _starts(mails: Sets) -> Hashes:
    """First letters of local part and domain: most misspellings leave them alone."""
    parts = [t.rpartition("@") for t in mails.texts]
    return take(hash_texts(object_array(f"{x[:4]}@{y[:4]}" for x, _, y in parts)), mails.codes, 0)


def _ends(numbers: Sets, digits: int) -> Hashes:
    """The last digits of the first number."""
    return take(hash_texts(object_array(t[-digits:] for t in numbers.texts)), numbers.codes[:, 0], 0)


def _words(names: Column) -> Hashes:
    """The words of each name, single letters left out."""
    rows = [sorted({w for w in t.split() if len(w) > 1}, key=stable_hash)[:WORDS] for t in names.texts]
    table = np.zeros((len(rows), max(1, max(map(len, rows), default=1))), np.uint64)
    for at, row in enumerate(rows):
        table[at, : len(row)] = [stable_hash(w) for w in row]
    return (
        np.where((names.codes >= 0)[:, None], table[names.codes], np.uint64(0))
        if len(rows)
        else np.zeros((len(names), 1), np.uint64)
    )


# ------------------------------------------------------------------------------ pairs


@dataclass
class _Blocks:
    """Collects pairs from blocks, as low * n + high. wanted: which rows a pair must have one of (None: any)."""

    n: int
    finer: Sequence[Hashes]
    wanted: Bools | None
    test: Sieve | None = None
    codes: list[Ints] = field(default_factory=list)
    kept: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    waiting: int = 0
    blocks: int = 0
    refined: int = 0
    walked: int = 0

    def emit(self, x: Ints, y: Ints) -> None:
        low, high = np.minimum(x, y), np.maximum(x, y)
        keep = low != high
        if self.wanted is not None:
            keep &= self.wanted[low] | self.wanted[high]
        self.codes.append(low[keep] * self.n + high[keep])
        self.waiting += len(self.codes[-1])
        if self.waiting > WAITING:
            self.pairs()

    def pairs(self) -> Ints:
        """The distinct ones so far."""
        codes = sorted_unique(np.concatenate(self.codes or [np.empty(0, np.int64)]))
        if self.test is not None:
            parts = (codes[at : at + SIFTED] for at in range(0, len(codes), SIFTED))
            codes = np.concatenate([part[self.test(*apart(part, self.n))] for part in parts] or [codes])
        self.kept = sorted_unique(np.r_[self.kept, codes]) if len(self.kept) else codes
        self.codes, self.waiting = [], 0
        return self.kept

    def pair_up(self, rows: Ints, keys: Hashes, depth: int = 0) -> None:
        """All pairs of small blocks; large ones are refined."""
        order = np.argsort(keys)
        rows, keys = rows[order], keys[order]
        del order
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(rows) else np.empty(0, np.int64)
        sizes = np.diff(np.r_[starts, len(rows)])
        self.blocks += int((sizes > 1).sum()) if depth == 0 else 0
        for size in np.unique(sizes[(sizes > 1) & (sizes <= CAP)]).tolist():
            x, y = np.triu_indices(size, 1)
            blocks = starts[sizes == size]
            step = max(1, EMITTED // len(x))
            for at in range(0, len(blocks), step):
                block = rows[blocks[at : at + step, None] + np.arange(size)[None, :]]
                self.emit(block[:, x].ravel(), block[:, y].ravel())
        large = np.repeat(sizes > CAP, sizes)
        if large.any():
            self.refined += int((sizes > CAP).sum()) if depth == 0 else 0
            self._refine(rows[large], keys[large], depth)

    def _refine(self, rows: Ints, keys: Hashes, depth: int) -> None:
        last = depth == DEPTH or not self.finer
        if not last:
            for at, finer in enumerate(self.finer):
                on = finer[rows] != 0
                self.pair_up(rows[on], mix(keys[on], finer[rows[on]], at + 1), depth + 1)
        else:
            self.walked += len(sorted_unique(keys))
        order = np.lexsort((rows, *[h[rows] for h in self.finer[:2]], keys))
        rows, keys = rows[order], keys[order]
        for step in range(1, (WINDOW if last else 2) + 1):
            same = keys[step:] == keys[:-step]
            self.emit(rows[step:][same], rows[:-step][same])


def candidates(
    records: Records, keys: Keys, rows: Ints, wanted: Ints | None = None, alone: Collection[int] = ()
) -> Candidates:
    """Pairs among `rows` that share a key; with `wanted`, those of them with a wanted row. alone: sources without
    doubles in a table.
    """
    n = len(records)
    among = np.zeros(n, np.bool_)
    among[rows] = True
    chosen = None
    if wanted is not None:
        chosen = np.zeros(n, np.bool_)
        chosen[wanted] = True
    on = among[keys.rows]
    blocks = _Blocks(n, _finer(records), chosen, sieve(records) if wanted is None else None)
    blocks.pair_up(keys.rows[on], keys.keys[on])
    a, b = apart(blocks.pairs(), n)
    if alone:
        doubles = (
            (records.source[a] == records.source[b])
            & (records.table[a] == records.table[b])
            & np.isin(records.source[a], list(alone))
        )
        a, b = a[~doubles], b[~doubles]
    return Candidates(a, b, blocks.blocks, blocks.refined, blocks.walked)


def _finer(records: Records) -> list[Hashes]:
    """What a block that is too large is refined by."""
    names = {
        "person": ("roman_given", "roman_family", "birth", "postal", "house", "employer_roman", "city"),
        "organisation": ("roman", "house", "postal", "number", "city"),
    }.get(records.kind, tuple(records.columns))
    made = [records.columns[name].hashes() for name in names]
    made += [records.sets[name].hashes()[:, 0] for name in ("phones", "mails") if name in records.sets]
    return [one for one in made if one.any()]


def apart(codes: Ints, n: int) -> tuple[Ints, Ints]:
    """The two rows of each pair low * n + high."""
    low = codes // max(n, 1)
    return low, codes - low * n


def closing(n: int, a: Ints, b: Ints, p: Floats, likely: float = 0.5, most: int = 12) -> tuple[Ints, Ints]:
    """Pairs that were no candidates, but of which both are likely the same as a third; by each record's `most`
    likeliest.
    """
    on = np.flatnonzero(p >= likely)
    x, y, how = np.r_[a[on], b[on]], np.r_[b[on], a[on]], np.r_[p[on], p[on]]
    order = np.lexsort((y, -how, x))
    x, y = x[order], y[order]
    rank = np.arange(len(x)) - np.searchsorted(x, x)
    x, y = x[rank < most], y[rank < most]
    starts = np.searchsorted(x, np.arange(n + 1))
    degree = np.diff(starts)[y]
    first, at = np.repeat(x, degree), np.repeat(starts[y], degree)
    second = y[at + np.arange(len(at)) - np.repeat(np.cumsum(degree) - degree, degree)] if len(at) else at
    return apart(without(sorted_unique((first * n + second)[first < second]), a * n + b), n)
