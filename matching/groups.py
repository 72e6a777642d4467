"""Which records are one customer, given what is known of pairs of them?

Greedy merging, best first. What holds two groups together is the mean log odds of all pairs between them, so that one
strong pair never chains two groups of which everything else differs; several pairs weigh more than one, but less than
if they were independent. What is certain or decided is merged before; what must not be together never is.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching.columns import Bools, Floats, Ints, sorted_unique, without

UNSEEN: Final = -2.0
"""Log odds of a pair that was never compared: it shares no key, or too common ones."""
WEIGHT: Final = 0.6
"""k pairs weigh as k ** WEIGHT independent ones."""
ENOUGH: Final = 30
"""Pairs between two groups, from which on their mean stands for the others."""
BOUND: Final = 8.0
"""No single pair weighs more than this, for or against."""
MARGIN: Final = 3.0
"""Log odds by which one of two that exclude each other must be likelier to be taken."""
TOGETHER: Final = 0.02
"""Pairs below this tie nothing together; records that no better pair ties are no part of one problem."""


UNLIKELY: Final = -4.0
"""Mean log odds of a tie below which nobody would act on it: less than one in fifty (as TOGETHER)."""


@dataclass(frozen=True)
class Pairs:
    """Scored pairs: p, and whether the pair may link (firm) and must not (parted)."""

    a: Ints
    b: Ints
    p: Floats
    firm: Bools
    parted: Bools


@dataclass(frozen=True)
class Merge:
    """Two records by which two groups came together, and how sure that was."""

    a: int
    b: int
    p: float


@dataclass
class Groups:
    """Records in groups. members: of each group of two records or more, by its root. marks: for each group, what its
    members say that no two members may say differently.
    """

    parent: list[int]
    members: dict[int, list[int]]
    marks: dict[int, dict[str, frozenset[int]]]
    barred: dict[int, set[int]] = field(default_factory=dict)
    """Records that must not be with this one (of a decision)."""

    def find(self, x: int) -> int:
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def roots(self) -> Ints:
        """The root of each record's group."""
        found = np.asarray(self.parent, np.int64)
        while not np.array_equal(found, higher := found[found]):
            found = higher
        return found

    def of(self, x: int) -> list[int]:
        """The records of a group (by its root)."""
        return self.members.get(x) or [x]

    def size(self, x: int) -> int:
        return len(self.members.get(x, (x,)))

    def pairs(self, x: int, y: int) -> int:
        return self.size(x) * self.size(y)

    def is_barred(self, x: int, y: int) -> bool:
        """Whether a decision keeps two groups (by their roots) apart."""
        few, many = sorted((x, y), key=lambda g: len(self.barred.get(g, ())))
        return any(self.find(r) == many for r in self.barred.get(few, ()))

    def differ(self, x: int, y: int, prefix: str = "") -> bool:
        """Whether two groups say differently what one customer cannot."""
        mine, theirs = self.marks.get(x, {}), self.marks.get(y, {})
        return any(m in theirs and m.startswith(prefix) and not (v & theirs[m]) for m, v in mine.items())

    def may_join(self, x: int, y: int) -> bool:
        """Whether nothing forbids two groups (by their roots) to be one."""
        return not self.differ(x, y) and not self.is_barred(x, y)

    def join(self, x: int, y: int) -> int:
        """Makes two groups (by their roots) one; the root of the result."""
        if (-self.size(x), x) > (-self.size(y), y):
            x, y = y, x
        self.parent[y] = x
        self.members.setdefault(x, [x]).extend(self.members.pop(y, (y,)))
        for mark, values in self.marks.pop(y, {}).items():
            mine = self.marks.setdefault(x, {})
            mine[mark] = mine.get(mark, frozenset()) | values
        if y in self.barred:
            self.barred.setdefault(x, set()).update(self.barred.pop(y))
        return x


def alone(n: int, marks: Mapping[int, dict[str, frozenset[int]]]) -> Groups:
    """Each record by itself."""
    return Groups(list(range(n)), {}, {x: dict(m) for x, m in marks.items()})


def bar(groups: Groups, pairs: Iterable[tuple[int, int]]) -> None:
    """Keeps records apart for good, unless they are together already."""
    for a, b in pairs:
        x, y = groups.find(a), groups.find(b)
        if x != y:
            groups.barred.setdefault(x, set()).add(b)
            groups.barred.setdefault(y, set()).add(a)


def force(groups: Groups, pairs: Iterable[tuple[int, int]]) -> None:
    """Joins pairs whatever forbids it: what is known or decided."""
    for a, b in pairs:
        x, y = groups.find(a), groups.find(b)
        if x != y:
            groups.join(x, y)


class _Tie(NamedTuple):
    """Between two groups: sum of log odds and number of pairs, how many are firm, whether a pair forbids; the best pair
    and how unlikely it is (log odds turned round).
    """

    total: float
    pairs: int
    firm: int
    parted: bool
    best: float
    a: int
    b: int

    def plus(self, other: _Tie) -> _Tie:
        best = min(self[4:], other[4:])
        return _Tie(
            self.total + other.total,
            self.pairs + other.pairs,
            self.firm + other.firm,
            self.parted or other.parted,
            *best,
        )


_Ties: TypeAlias = dict[int, dict[int, _Tie]]


def strength(total: float, count: int, pairs: int) -> float:
    """Log odds that two groups are one: `count` of the `pairs` between them were compared and sum up to `total`."""
    known = max(count, min(pairs, ENOUGH))
    mean = (total + UNSEEN * (known - count)) / known
    return mean * float(min(pairs, known) ** WEIGHT) if mean > 0 else mean


@dataclass(frozen=True, slots=True)
class Left:
    """Two groups (by their roots) that stayed apart: their best pair, log odds of the pairs compared, how sure the tie
    is, and how sure its best pair by itself.
    """

    x: int
    y: int
    a: int
    b: int
    total: float
    count: int
    mergeable: bool
    p: float
    best: float


def solve(groups: Groups, pairs: Pairs, link: float) -> tuple[list[Merge], list[Left]]:
    """Merges groups in place while the best tie reaches `link`. Returns the merges and the ties left over, but those
    that nobody would act on.
    """
    ties = _ties(groups, pairs)
    bound = math.log(link / (1 - link))
    age: dict[int, int] = {}
    heap: list[tuple[float, float, int, int, int, int]] = []

    def offer(x: int, y: int, tie: _Tie) -> None:
        how = strength(tie.total, tie.pairs, groups.pairs(x, y))
        if how >= bound:
            x, y = min(x, y), max(x, y)
            heapq.heappush(heap, (-how, tie.best, x, y, age.get(x, 0), age.get(y, 0)))

    for x, near in ties.items():
        for y, tie in near.items():
            if x < y and tie.total > 0 and tie.firm and not tie.parted:
                offer(x, y, tie)
    merges = []
    while heap:
        how, _, x, y, age_x, age_y = heapq.heappop(heap)
        if groups.parent[x] != x or groups.parent[y] != y or (age.get(x, 0), age.get(y, 0)) != (age_x, age_y):
            continue
        if not groups.may_join(x, y) or _has_rival(groups, ties, x, y):
            continue
        tie = ties[x][y]
        merges.append(Merge(tie.a, tie.b, _probability(-how)))
        root = groups.join(x, y)
        age[root] = age.get(root, 0) + 1
        _absorb(ties, root, y if root == x else x)
        for z, tie in ties[root].items():
            if tie.total > 0 and tie.firm and not tie.parted:
                offer(root, z, tie)
    return merges, _left(groups, ties)


def _has_rival(groups: Groups, ties: _Ties, x: int, y: int) -> bool:
    """Whether one of the two groups could as well go to a third, which must not be with the other: nobody can tell by
    the score.
    """
    best = ties[x][y].best
    for one, other in ((x, y), (y, x)):
        for z, tie in ties[one].items():
            if z == other or not tie.firm or tie.parted or tie.best > best + MARGIN or tie.total <= 0:
                continue
            between = ties[other].get(z)
            if (between is not None and between.parted) or not groups.may_join(other, z):
                return True
    return False


def _absorb(ties: _Ties, root: int, gone: int) -> None:
    mine, theirs = ties[root], ties.pop(gone)
    mine.pop(gone, None)
    for z, tie in theirs.items():
        if z != root:
            ties[z].pop(gone)
            mine[z] = mine[z].plus(tie) if z in mine else tie
            ties[z][root] = mine[z]


def _ties(groups: Groups, pairs: Pairs) -> _Ties:
    """Ties between groups, of pairs that belong to one problem: others can never merge."""
    roots = groups.roots()
    a, b = roots[pairs.a], roots[pairs.b]
    on = np.flatnonzero((a != b) & components(len(roots), a, b, pairs.p >= TOGETHER))
    p = np.clip(pairs.p[on], 1e-15, 1 - 1e-15)
    logs = np.log(p / (1 - p))
    x, y = np.minimum(a[on], b[on]), np.maximum(a[on], b[on])
    order = np.lexsort((pairs.b[on], pairs.a[on], -logs, y, x))
    on, logs, x, y = on[order], logs[order], x[order], y[order]
    first = np.flatnonzero(np.r_[True, (x[1:] != x[:-1]) | (y[1:] != y[:-1])]) if len(on) else on
    made = map(
        _Tie,
        _sums(np.clip(logs, -BOUND, BOUND), first),
        np.diff(np.r_[first, len(on)]).tolist(),
        _sums(pairs.firm[on].astype(np.int64), first),
        (np.asarray(_sums(pairs.parted[on].astype(np.int64), first)) > 0).tolist(),
        (-logs[first]).tolist(),
        pairs.a[on[first]].tolist(),
        pairs.b[on[first]].tolist(),
    )
    ties: _Ties = {}
    for one, other, tie in zip(x[first].tolist(), y[first].tolist(), made):
        ties.setdefault(one, {})[other] = tie
        ties.setdefault(other, {})[one] = tie
    return ties


def _sums(values: NDArray[Any], starts: Ints) -> list[Any]:
    """Of each run of values that begins at one of the starts."""
    summed: list[Any] = np.add.reduceat(values, starts).tolist() if len(starts) else []
    return summed


def components(n: int, a: Ints, b: Ints, strong: Bools) -> Bools:
    """For each pair, whether both its records hang together by strong pairs."""
    label = np.arange(n)
    x, y = a[strong], b[strong]
    while True:  # labels sink to the smallest of a component; every round halves the longest way
        low = np.minimum(label[x], label[y])
        before = label.copy()
        np.minimum.at(label, x, low)
        np.minimum.at(label, y, low)
        label = label[label]
        if np.array_equal(before, label):
            break
    same: Bools = label[a] == label[b]
    return same


def _left(groups: Groups, ties: _Ties) -> list[Left]:
    left = []
    for x, near in ties.items():
        for y, tie in near.items():
            if x < y and tie.total > UNLIKELY * tie.pairs:
                p = _probability(strength(tie.total, tie.pairs, groups.pairs(x, y)))
                mergeable = tie.firm > 0 and not tie.parted
                left.append(Left(x, y, tie.a, tie.b, tie.total, tie.pairs, mergeable, p, _probability(-tie.best)))
    left.sort(key=lambda one: (one.x, one.y))
    return left


def more_pairs(groups: Groups, left: Iterable[Left], link: float, known: Ints) -> tuple[Ints, Ints]:
    """Pairs to compare between groups too large to have been compared well, which would be one if the rest is as what
    was compared.

    known: pairs compared already, as a * n + b.
    """
    n, bound = len(groups.parent), math.log(link / (1 - link))
    found = []
    for tie in left:
        pairs = groups.pairs(tie.x, tie.y)
        if tie.mergeable and tie.count < min(pairs, ENOUGH):
            hoped = tie.total / tie.count * float(min(pairs, ENOUGH) ** WEIGHT)
            if hoped >= bound:
                found += _spread(groups.of(tie.x), groups.of(tie.y))
    codes = sorted_unique(np.asarray([min(a, b) * n + max(a, b) for a, b in found], np.int64))
    codes = without(codes, known)
    return codes // max(n, 1), codes % max(n, 1)


def _spread(x: list[int], y: list[int]) -> list[tuple[int, int]]:
    """Up to ENOUGH pairs, evenly over both groups."""
    x, y = sorted(x), sorted(y)
    pairs = len(x) * len(y)
    if pairs <= ENOUGH:
        return [(a, b) for a in x for b in y]
    return [(x[k * len(x) // ENOUGH], y[(k * len(y) // ENOUGH + k) % len(y)]) for k in range(ENOUGH)]


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -40.0), 40.0)))
