"""Which cells does a reference like B2:D50 name, and what becomes of it when rows come or go?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

LAST_ROW = 1_048_576
LAST_COLUMN = 16_383
_AREA = re.compile(r"\$?([A-Z]{1,3})?\$?([0-9]{1,7})?(?::\$?([A-Z]{1,3})?\$?([0-9]{1,7})?)?", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def column_index(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


@lru_cache(maxsize=20_000)
def column_letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """(7, 1) → B7; rows count from 1, columns from 0."""
    return f"{column_letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, all four sides included; rows from 1, columns from 0."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.top <= cell[0] <= self.bottom and self.left <= cell[1] <= self.right

    def meets(self, other: Area) -> bool:
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def __str__(self) -> str:
        first, last = cell_name(self.top, self.left), cell_name(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    def reaching(self, bottom: int) -> Area:
        return replace(self, bottom=bottom)


def area(text: str) -> Area | None:
    """The rectangle of `B2`, `B2:D50`, `B:B` or `2:9`; None where it is none."""
    match = _AREA.fullmatch(text.strip())
    if not match or not text.strip():
        return None
    left, top, right, bottom = match.groups()
    if ":" not in text:
        right, bottom = left, top
        if not (left and top):
            return None
    if (left is None) != (right is None) or (top is None) != (bottom is None):
        return None
    if left is None and top is None:
        return None
    columns = sorted((column_index(left), column_index(right))) if left and right else [0, LAST_COLUMN]
    rows = sorted((int(top), int(bottom))) if top and bottom else [1, LAST_ROW]
    return Area(rows[0], columns[0], rows[1], columns[1])


def areas(text: str) -> list[Area]:
    """The rectangles of a list like `B2:B50 D2` (an sqref)."""
    return [found for found in map(area, text.split()) if found is not None]
