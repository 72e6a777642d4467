"""Does a probability mean what it says? Of pairs scored .7, seven in ten should be one customer.

Fields that err together make a score too low or too high, on every set differently. Without labels that is seen from
third records: where both a and b are all but certainly one with c, then a and b are one, whatever their own score. Of
the pairs that are one, a share c is vouched for in this way, at every score nearly the same; where scores are high it is
measured, and below it tells how many pairs are right: those vouched for, divided by c. A straight line through the log
odds is fitted to that (`Line`). Nothing is decided with it; it is what is said and asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.columns import Bools, Floats, Ints

SURE: Final = 0.99
"""Pairs from which on a third record vouches for two others."""
LEAST: Final = 0.003
"""Below, next to nothing is one customer, and nothing is learnt."""
LEVEL: Final = 0.6
"""From here to SURE it is measured what share of pairs is vouched for."""
LESS: Final = 0.92
"""Of those pairs more are right than their score says, by about a twelfth: the share is measured that much too high."""
FALL: Final = 0.05
"""For each unit of log odds below even, that share is smaller by a twentieth: who is less alike has fewer in common."""
FEWEST: Final = 20
"""Pairs that must be vouched for, or scores are left as they are."""
LOOSE: Final = 1.0, 0.3
"""How far, in standard deviations, a line moves from the score before it takes many pairs to move it: its height at even
log odds, and its slope.
"""
STAY: Final = 0.95
"""From here on scores are said as they are, and no other is raised above."""
SPREAD: Final = 50
"""Neighbours of a record that are looked at."""
_ROUNDS: Final = 30
_BINS: Final = 24


@dataclass(frozen=True, slots=True)
class Line:
    """Log odds said = height + slope * log odds scored."""

    height: float = 0.0
    slope: float = 1.0

    def of(self, p: Floats) -> Floats:
        """Scores, as they should be said: monotone, 0 to 1."""
        if self == AS_SCORED:
            return p
        said: Floats = 1 / (1 + np.exp(-(self.height + self.slope * _logit(p))))
        return np.where(p >= STAY, p, np.minimum(said, STAY))


AS_SCORED: Final = Line()
"""Where nothing could be learnt."""


def calibrated(n: int, a: Ints, b: Ints, p: Floats, firm: Bools) -> Line:
    """The line for pairs of n records. p: scores; firm: pairs that may link."""
    on = np.flatnonzero((p >= LEAST) & (p < SURE))
    sure = np.flatnonzero(firm & (p >= SURE))
    if len(on) < FEWEST or not len(sure):
        return AS_SCORED
    vouched = _vouched(n, a[sure], b[sure], a[on], b[on])
    p = p[on]
    level = p >= LEVEL
    if vouched[level].sum() < FEWEST:
        return AS_SCORED
    return _line(_logit(p), vouched, LESS * min(1.0, float(vouched[level].sum() / p[level].sum())))


def _vouched(n: int, a: Ints, b: Ints, x: Ints, y: Ints) -> Floats:
    """1 where a third record is sure to be one with both x and y."""
    codes = np.unique(np.r_[a * n + b, b * n + a])
    start = np.searchsorted(codes, np.arange(n + 1) * n)
    many = np.minimum(np.diff(start), SPREAD)
    few, other = np.where(many[x] <= many[y], x, y), np.where(many[x] <= many[y], y, x)
    pair = np.repeat(np.arange(len(x)), many[few])
    first = np.repeat(np.cumsum(many[few]) - many[few], many[few])
    third = codes[start[few[pair]] + np.arange(len(pair)) - first] % n
    wanted = third * n + other[pair]
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.minimum(np.bincount(pair, weights=codes[at] == wanted, minlength=len(x)), 1.0)


def _line(logs: Floats, vouched: Floats, share: float) -> Line:
    """Binomial regression of `vouched` with probability share * sigmoid(line), by Fisher scoring on bins of equal
    width.
    """
    edges = np.linspace(_logit(np.array([LEAST]))[0], _logit(np.array([SURE]))[0], _BINS + 1)[1:-1]
    place = np.digitize(logs, edges)
    count = np.bincount(place, minlength=_BINS).astype(float)
    some = count > 0
    count, hits, at = count[some], np.bincount(place, vouched, _BINS)[some], np.bincount(place, logs, _BINS)[some]
    at = at / count
    share_at = share * np.minimum(1.0, np.exp(FALL * at))
    line, loose = np.array([0.0, 1.0]), np.array(LOOSE) ** -2
    axes = np.stack([np.ones_like(at), at])
    for _ in range(_ROUNDS):
        right = 1 / (1 + np.exp(-(line @ axes)))
        seen, steep = np.clip(share_at * right, 1e-6, 1 - 1e-6), share_at * right * (1 - right)
        pull = axes @ ((hits / seen - (count - hits) / (1 - seen)) * steep) - loose * (line - [0.0, 1.0])
        weight = count / (seen * (1 - seen)) * steep**2
        line = line + np.clip(np.linalg.solve((axes * weight) @ axes.T + np.diag(loose), pull), -0.5, 0.5)
        line[1] = max(line[1], 0.2)
    return Line(float(line[0]), float(line[1]))


def _logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(p / (1 - p)))
