"""How do the values of many records stand in memory, so that pairs are compared by arrays?

A column holds each distinct text once; a record holds its number (-1: nothing). What is worked out of a text is
worked out once for each distinct text, and what is worked out of two texts once for each distinct pair.
"""

from __future__ import annotations

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


def sets(rows: Sequence[Iterable[str]], width: int = 8) -> Sets:
    """At most `width` texts of each row take part (those with the smallest hash: the same ones in every run); doubles
    and "" fall away.
    """
    seen: dict[str, int] = {}
    kept = []
    for row in rows:
        texts = list(dict.fromkeys(t for t in row if t))
        if len(texts) > width:
            texts = sorted(texts, key=stable_hash)[:width]
        kept.append([seen.setdefault(t, len(seen)) for t in texts])
    codes = np.full((len(kept), max(1, max(map(len, kept), default=1))), -1, np.int32)
    for at, numbers in enumerate(kept):
        codes[at, : len(numbers)] = numbers
    return Sets(object_array(seen), codes)


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
    return np.fromiter(map(stable_hash, texts), np.uint64, len(texts))


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
    _, first, where = np.unique(joined, return_index=True, return_inverse=True)
    return Distinct(a[first], b[first], where.reshape(-1), first)
