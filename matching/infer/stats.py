"""What do the values of one column look like? Counted over the whole column, looked at in a sample that does not depend
on the order of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from mappings.headings.samples import Profile, profile, text_shapes
from mappings.types.cleaning import has_han
from matching.infer.natures import Natures, natures

LOOKED_AT: Final = 240
"""Filled values of a column that are looked at."""
LONGEST: Final = 240
"""Signs of a value that are looked at."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A table as texts, column by column; "" is nothing. name: of the sheet or file."""

    headings: Sequence[str]
    columns: Sequence[Sequence[str]]
    name: str = ""

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True, slots=True)
class Stats:
    """rows, filled, distinct: counted over all; everything else over the sample. words: of a value, on average.
    letters: share of values without a digit, figures: of digits only. mask: the commonest pattern (9 digit, A letter)
    and its share. sequence: whole numbers one after another, as rows are numbered.
    """

    rows: int
    filled: int
    distinct: int
    sample: tuple[str, ...]
    profile: Profile
    natures: Natures
    words: float = 0.0
    single: float = 0.0
    letters: float = 0.0
    figures: float = 0.0
    han: float = 0.0
    mask: tuple[str, float] = ("", 0.0)
    sequence: bool = False

    @property
    def unique(self) -> float:
        """Share of different values among the filled ones."""
        return self.distinct / self.filled if self.filled else 0.0

    def share(self, *shapes: str) -> float:
        return self.profile.share(*shapes)


def look(table: Untold) -> list[Stats]:
    order = _order(table)
    return [_stats(column, order) for column in table.columns]


def _order(table: Untold) -> list[int]:
    """Rows by a number that their content gives."""
    numbers = [crc32("\x1f".join(row)[:4000].encode("utf-8", "surrogatepass")) for row in zip(*table.columns)]
    return sorted(range(table.rows), key=numbers.__getitem__)


def _stats(column: Sequence[str], order: Sequence[int]) -> Stats:
    filled = [value for value in column if value]
    distinct = set(filled)
    sample: list[str] = []
    for row in order:
        value = column[row][:LONGEST].strip()
        if value:
            sample.append(value)
            if len(sample) == LOOKED_AT:
                break
    sample.sort()
    if not sample:
        return Stats(len(column), 0, 0, (), Profile(), Natures())
    n = len(sample)
    counts = [len(value.split()) for value in sample]
    masks = Counter(map(_mask, sample)).most_common(1)[0]
    return Stats(
        len(column),
        len(filled),
        len(distinct),
        tuple(sample),
        _profile(sample),
        natures(sample),
        sum(counts) / n,
        sum(count == 1 for count in counts) / n,
        sum(not any(map(str.isdigit, value)) for value in sample) / n,
        sum(value.isdigit() for value in sample) / n,
        sum(has_han(value) for value in sample) / n,
        (masks[0], masks[1] / n),
        _is_sequence(distinct, len(filled)),
    )


def _profile(sample: Sequence[str]) -> Profile:
    """As mappings.headings.samples.profile, over the whole sample."""
    shapes = Counter(shape for value in sample for shape in text_shapes(value))
    shares = {shape: count / len(sample) for shape, count in shapes.items()}
    return Profile(len(sample), shares, len(set(sample)) / len(sample))


def _mask(value: str) -> str:
    """`SY5 7NT` is `AA9 9AA`; what is long has none."""
    if len(value) > 24:
        return ""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in value)


def _is_sequence(distinct: set[str], filled: int) -> bool:
    """Whether the values number something: different whole numbers, most of a stretch."""
    if len(distinct) < filled or filled < 3 or not all(len(v) <= 9 and v.isdecimal() and v.isascii() for v in distinct):
        return False
    numbers = list(map(int, distinct))
    return max(numbers) - min(numbers) < 3 * filled


__all__ = ["Stats", "Untold", "look", "profile"]
