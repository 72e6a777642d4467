"""Which row of a keyless table is which stored one? (RULES R2a: never an edit that is none)

By equal hash of the whole row; then by equal identifying fields; then by the same place and most cells equal; one to
one. The rest is a missing old row and an unlinked new one. Rows that kept their place and all but their names, while the
names stand in each other's rows, are a sheet of which one column was sorted: they are who they were by place, so that
their subjects are seen to change (R2c), and no customer gets another's values.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """place: its order in the table. identity: what names its parts ((): nothing does). cells: all of them; rest: those
    that name nothing."""

    hash: bytes
    place: int
    identity: tuple[object, ...]
    cells: tuple[object, ...]
    rest: tuple[object, ...] = ()


def align(old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Index of a new row → index of the stored one that it is."""
    matched: dict[int, int] = {}
    free = set(range(len(old)))
    _by_hash(old, new, matched, free)
    _by_rest(old, new, matched, free)
    _by_identity(old, new, matched, free)
    _by_place(old, new, matched, free)
    return matched


def _by_hash(old: Sequence[Row], new: Sequence[Row], matched: dict[int, int], free: set[int]) -> None:
    """Equal rows in their order: which of two equal ones is which makes no difference to what they say."""
    stored = defaultdict(list)
    for i in sorted(free, key=lambda i: -old[i].place):
        stored[old[i].hash].append(i)
    for j, row in enumerate(new):
        if stored[row.hash]:
            matched[j] = stored[row.hash].pop()
            free.discard(matched[j])


def _by_rest(old: Sequence[Row], new: Sequence[Row], matched: dict[int, int], free: set[int]) -> None:
    """One column was sorted: at its place all is as it was but the name, and that name is another such row's."""
    times = Counter(row.rest for row in old)
    places = {old[i].place: i for i in free if old[i].place >= 0}
    named = {old[i].identity for i in free}
    found: dict[int, int] = {}
    for j, row in enumerate(new):
        i = places.get(row.place)
        if j in matched or i is None or not row.identity or row.identity == old[i].identity:
            continue
        says = any(cell not in (None, "") for cell in row.rest)
        if says and row.rest == old[i].rest and times[row.rest] == 1 and row.identity in named:
            found[j] = i
    if len(found) > 1:  # one alone is a row that was retyped
        matched.update(found)
        free.difference_update(found.values())


def _by_identity(old: Sequence[Row], new: Sequence[Row], matched: dict[int, int], free: set[int]) -> None:
    """Rows that name the same, where they are as many on both sides; several are told apart by their cells."""
    stored, shown = defaultdict(list), defaultdict(list)
    for i in sorted(free):
        if old[i].identity:
            stored[old[i].identity].append(i)
    for j, row in enumerate(new):
        if j not in matched and row.identity:
            shown[row.identity].append(j)
    for identity, rows in shown.items():
        before = stored.get(identity, [])
        pairs = sorted((-_equal(old[i], new[j]), abs(old[i].place - new[j].place), i, j) for i in before for j in rows)
        for _, _, i, j in pairs if len(before) * len(rows) <= LIMIT else ():
            if i in free and j not in matched:
                matched[j] = i
                free.discard(i)


LIMIT = 10_000
"""Pairs of rows with one identity that are still told apart; a sheet with more of them names nothing by it."""


def _by_place(old: Sequence[Row], new: Sequence[Row], matched: dict[int, int], free: set[int]) -> None:
    places = {old[i].place: i for i in free if old[i].place >= 0}
    for j, row in enumerate(new):
        i = places.get(row.place)
        if j in matched or i is None or i not in free:
            continue
        filled = sum(1 for cell in row.cells if cell not in (None, ""))
        if filled and 2 * _equal(old[i], row) > max(filled, sum(1 for c in old[i].cells if c not in (None, ""))):
            matched[j] = i
            free.discard(i)


def _equal(a: Row, b: Row) -> int:
    """Cells that are filled and equal."""
    return sum(1 for x, y in zip(a.cells, b.cells, strict=False) if x == y and x not in (None, ""))
