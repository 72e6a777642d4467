"""How do the values of many records stand in memory, so that pairs are compared by arrays?

A column holds each distinct text once; a record holds its number (-1: nothing). What is worked out of a text is
worked out once for each distinct text, and what is worked out of two texts once for each distinct pair.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Levels: TypeAlias = NDArray[np.int8]
Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Hashes: TypeAlias = NDArray[np.uint64]
Texts: TypeAlias = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Column:
    """texts: the distinct values; codes: which of them each record shows, -1 for none."""

    texts: Texts
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    def counts(self) -> Ints:
        """How many records show each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts)).astype(np.int64)

    def hashes(self) -> Hashes:
        """A stable 64-bit number for each record, 0 for none."""
        return take(hash_texts(self.texts), self.codes, 0)

    def derive(self, work: Callable[[str], str]) -> Column:
        """The column of `work(text)`."""
        made = column([work(t) for t in self.texts])
        return Column(made.texts, take(made.codes, self.codes, -1))

    def table(self, work: Callable[[str], float], dtype: type[Any] = float) -> NDArray[Any]:
        """`work(text)` for each distinct text."""
        return np.fromiter((work(t) for t in self.texts), dtype, len(self.texts))


@dataclass(frozen=True, slots=True)
class Sets:
    """Several texts for each record: a row of numbers, -1 at its end."""

    texts: Texts
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def width(self) -> int:
        return int(self.codes.shape[1])

    def hashes(self) -> Hashes:
        return take(hash_texts(self.texts), self.codes, 0)


def column(values: Iterable[str]) -> Column:
    """Numbers texts in the order of their first appearance; "" is nothing."""
    seen: dict[str, int] = {"": -1}
    codes = [seen.setdefault(v, len(seen) - 1) for v in values]
    del seen[""]
    return Column(object_array(seen), np.asarray(codes, np.int32))


def nothing(n: int) -> Column:
    return Column(np.empty(0, dtype=np.object_), np.full(n, -1, np.int32))


def sets(rows: Sequence[Sequence[str]], width: int = 8) -> Sets:
    """At most `width` texts of each row take part (those with the smallest hash: the same ones in every run); doubles
    and "" fall away.
    """
    seen: dict[str, int] = {}
    flat: list[int] = []
    sizes: list[int] = []
    for row in rows:
        if len(row) == 1:
            if row[0]:
                flat.append(seen.setdefault(row[0], len(seen)))
                sizes.append(1)
            else:
                sizes.append(0)
            continue
        texts = list(dict.fromkeys(t for t in row if t)) if row else []
        if len(texts) > width:
            texts = sorted(texts, key=stable_hash)[:width]
        flat += [seen.setdefault(t, len(seen)) for t in texts]
        sizes.append(len(texts))
    return Sets(object_array(seen), _in_rows(np.asarray(flat, np.int32), np.asarray(sizes, np.int64)))


def _in_rows(flat: Codes, sizes: Ints) -> Codes:
    """Numbers that stand one row after another, as a table with -1 behind each row's end."""
    codes = np.full((len(sizes), max(1, int(sizes.max(initial=0)))), -1, np.int32)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    codes[rows, np.arange(len(flat)) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = flat
    return codes


def object_array(values: Iterable[object]) -> Texts:
    listed = list(values)
    made = np.empty(len(listed), dtype=np.object_)
    made[:] = listed
    return made


def take(table: NDArray[Any], codes: Codes, missing: int) -> NDArray[Any]:
    """`table[codes]`, and `missing` where a code is -1."""
    if not len(table):
        return np.full(codes.shape, missing, table.dtype)
    return np.where(codes >= 0, table[codes], table.dtype.type(missing))


@lru_cache(maxsize=1 << 16)
def stable_hash(text: str) -> int:
    """64 bits that are the same in every run and on every machine; never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def hash_texts(texts: Texts) -> Hashes:
    made: Hashes = kept(texts, "hashes", _hashes)
    return made


def _hashes(texts: Texts) -> Hashes:
    """`stable_hash` of each, without remembering the texts."""
    made = b"".join(blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).digest() for t in texts.tolist())
    found = np.frombuffer(made, "<u8").astype(np.uint64)
    return np.where(found == 0, np.uint64(1), found)


def mix(*parts: Hashes | int) -> Hashes:
    """One stable number from several, in order (splitmix64)."""
    out: Any = np.uint64(0)
    with np.errstate(over="ignore"):
        for part in parts:
            out = (out ^ np.asarray(part, np.uint64)) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(0x9E3779B97F4A7C15)
            out = (out ^ (out >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
            out = out ^ (out >> np.uint64(31))
    return np.asarray(out, np.uint64)


def mix_all(*parts: Hashes) -> Hashes:
    """`mix`, and 0 where one of the parts is missing."""
    made = mix(*parts)
    for part in parts:
        made = np.where(part == 0, np.uint64(0), made)
    return made


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct ones among pairs of codes: a and b, which of them each pair is, and a pair that stands for each."""

    a: Codes
    b: Codes
    where: Ints
    first: Ints


def distinct(a: Codes, b: Codes) -> Distinct:
    joined = a.astype(np.int64) << 32 | (b.astype(np.int64) & 0xFFFFFFFF)
    order = np.argsort(joined)
    joined = joined[order]
    new = np.ones(len(joined), np.bool_)
    np.not_equal(joined[1:], joined[:-1], out=new[1:])
    first = np.minimum.reduceat(order, np.flatnonzero(new)) if len(order) else order
    where = np.empty(len(order), np.int64)
    where[order] = np.cumsum(new) - 1
    return Distinct(a[first], b[first], where, first)


def sorted_unique(values: NDArray[Any]) -> NDArray[Any]:
    """The distinct numbers in order: sorting is several times faster than NumPy's own way by hashing."""
    values = np.sort(values)
    return values[np.r_[True, values[1:] != values[:-1]]] if len(values) else values


def without(values: Ints, known: Ints) -> Ints:
    """Those of the values that are not among the known; best where they are few."""
    if not len(values) or not len(known):
        return values
    among = np.sort(values)
    at = np.minimum(np.searchsorted(among, known), len(among) - 1)
    return values[~np.isin(values, known[among[at] == known])]


# ------------------------------------------------------------------------------ what is known of each text


_KEPT: dict[int, dict[object, Any]] = {}


def kept(texts: Texts, name: object, work: Callable[[Texts], Any]) -> Any:
    """`work(texts)`, worked out once for as long as the texts live; `name` tells one kind of work from another."""
    mine = _KEPT.get(id(texts))
    if mine is None:
        mine = _KEPT[id(texts)] = {}
        weakref.finalize(texts, _KEPT.pop, id(texts), None).atexit = False
    if name not in mine:
        mine[name] = work(texts)
    return mine[name]


def fact(texts: Texts, work: Callable[[str], Any], dtype: type[Any]) -> NDArray[Any]:
    """`work` of each text, worked out once."""
    made: NDArray[Any] = kept(texts, work, lambda all_: np.fromiter(map(work, all_.tolist()), dtype, len(all_)))
    return made


def coded(texts: Texts, work: Callable[[str], str]) -> Codes:
    """A number for `work` of each text: equal where the texts' results are; -1 for ""."""
    made: Codes = kept(texts, ("coded", work), lambda all_: column(map(work, all_.tolist())).codes)
    return made


def lengths(texts: Texts) -> Ints:
    made: Ints = kept(texts, "lengths", lambda all_: np.fromiter(map(len, all_.tolist()), np.int64, len(all_)))
    return made


def signs(texts: Texts) -> Hashes:
    """Which signs each text holds, one bit for every sixty-fourth sign of Unicode."""
    made: Hashes = kept(texts, "signs", _signs)
    return made


def _signs(texts: Texts) -> Hashes:
    points = np.frombuffer("".join(texts.tolist()).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    if not len(points):
        return np.zeros(len(texts), np.uint64)
    size = lengths(texts)
    found = np.zeros(len(texts), np.uint64)
    some = size > 0
    bits = np.uint64(1) << (points & np.uint64(63))
    found[some] = np.bitwise_or.reduceat(bits, (np.cumsum(size) - size)[some])
    return found
