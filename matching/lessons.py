"""What do a person's answers teach about pairs that nobody was asked about?

Answers bind the pairs they speak of (matching.groups) and they are evidence: where the steward says "different" time and
again to companies that share an address, an address weighs less here. Questions are asked where the score is in doubt,
so answers are no fair sample, and shares counted on them would mislead; a correction of the score, given what was seen,
is not misled (King & Zeng 2001). It is a weight for each group of evidence and one for all, found by logistic regression
on top of the score, and held at nothing by a prior that only many answers move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from matching.columns import Floats

FEWEST: Final = 10
"""Answers below which nothing is concluded from them."""
FIRM: Final = 0.15
"""Standard deviation of a group's correction before any answer: log odds for each unit of log odds of the group."""
SHIFT: Final = 1.0
"""The same of what is added to all."""
MOST: Final = 8.0
"""Log odds of a group, for or against, beyond which they teach no more."""
FOLDS: Final = 5
CLEARLY: Final = 0.1
"""Nats for each answer by which a lesson must foretell answers better than the score does."""
_ROUNDS: Final = 25


@dataclass(frozen=True)
class Lesson:
    """Added to the log odds of a pair: shift, and for each group its share of the group's log odds."""

    shift: float = 0.0
    groups: Mapping[str, float] = field(default_factory=dict)

    def of(self, p: Floats, groups: Mapping[str, Floats]) -> Floats:
        """Probabilities corrected. groups: log odds of each group of evidence."""
        if not self.groups:
            return p
        more = sum((self.groups.get(name, 0.0) * _bounded(one) for name, one in groups.items()), np.zeros(len(p)))
        return np.asarray(1 / (1 + np.exp(-(_logit(p) + self.shift + more))))


NOTHING: Final = Lesson()
"""Scores stay as they are."""


def learnt(p: Floats, groups: Mapping[str, Floats], said: Floats, weight: Floats, answers: int) -> Lesson:
    """From answered pairs, which come first, and others for which their own score stands as an answer of little weight.
    p: scores; groups: log odds of their groups; said: what the answer was, 1 for the same. Nothing, unless each fifth of
    the answers is foretold clearly better by what the others teach than by the score.
    """
    better, fold = 0.0, np.arange(len(p)) % FOLDS
    fold[answers:] = -1
    for k in range(FOLDS):
        out = fold == k
        lesson = _fitted(p, groups, said, np.where(out, 0.0, weight))
        tried = lesson.of(p[out], {name: one[out] for name, one in groups.items()})
        better += float((_worth(tried, said[out]) - _worth(p[out], said[out])).sum())
    return _fitted(p, groups, said, weight) if better >= CLEARLY * answers else NOTHING


def _worth(p: Floats, said: Floats) -> Floats:
    """Log likelihood of answers; a score is never surer than MOST."""
    right = np.clip(np.where(said > 0.5, p, 1 - p), np.exp(-MOST), 1)
    return np.asarray(np.log(right))


def _fitted(p: Floats, groups: Mapping[str, Floats], said: Floats, weight: Floats) -> Lesson:
    names = sorted(groups)
    axes = np.stack([np.ones(len(p)), *(_bounded(groups[name]) for name in names)])
    hold = np.array([SHIFT, *[FIRM] * len(names)]) ** -2
    start, found = np.clip(_logit(p), -MOST, MOST), np.zeros(len(axes))
    for _ in range(_ROUNDS):
        now = 1 / (1 + np.exp(-(start + found @ axes)))
        pull = axes @ (weight * (said - now)) - hold * found
        step = np.linalg.solve((axes * (weight * now * (1 - now))) @ axes.T + np.diag(hold), pull)
        found = found + np.clip(step, -0.5, 0.5)
    return Lesson(float(found[0]), dict(zip(names, found[1:].tolist())))


def _bounded(logs: Floats) -> Floats:
    return np.clip(logs, -MOST, MOST)


def _logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return np.asarray(np.log(p / (1 - p)))
