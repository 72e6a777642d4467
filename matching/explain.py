"""Why are two records taken for one customer, or not? In codes and numbers; words are made elsewhere, in the reader's
language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from matching.columns import Ints
from matching.model import APART, SAME, Model
from matching.observe import Seen, look, observe
from matching.parts import Reason
from matching.scoring import Case

LEAST: Final = 0.05
"""Log odds below which an observation is not worth a word."""


def reasons(case: Case, i: Ints, j: Ints) -> list[tuple[Reason, ...]]:
    """What was seen of each pair, what weighs most first."""
    if not len(i):
        return []
    records, shares = case.records, case.shares
    seen = observe(records, shares, i, j)
    looks = look(records, i, j)
    others = {}
    for name, (levels, shared) in looks.items():
        for level, (store, codes) in shared.items():
            for at in np.flatnonzero((levels == level) & (codes >= 0)).tolist():
                others[name, at] = int(shares.holders[store][codes[at]])
    levels, rarity = seen.levels.T.tolist(), seen.rarity.T.tolist()
    words = _Words(seen, case.model)
    return [words.of(one, rare, at, others) for at, (one, rare) in enumerate(zip(levels, rarity))]


class _Words:
    """Makes reasons; equal ones are one object."""

    def __init__(self, seen: Seen, model: Model) -> None:
        self.aspects = seen.aspects
        tables = [model.tables[aspect.name] for aspect in seen.aspects]
        self.same = [np.log(np.maximum(table[SAME], 1e-9)).tolist() for table in tables]
        self.apart = [np.log(np.maximum(table[APART], 1e-9)).tolist() for table in tables]
        self.made: dict[tuple[int, int, float, int | None], Reason | None] = {}

    def of(
        self, levels: Sequence[int], rarity: Sequence[float], at: int, others: Mapping[tuple[str, int], int]
    ) -> tuple[Reason, ...]:
        found = []
        for k, level in enumerate(levels):
            if level:
                rare = rarity[k]
                apart = self.apart[k][level] if rare != rare else rare
                one = self.reason(k, level, self.same[k][level] - apart, others.get((self.aspects[k].name, at)))
                if one is not None:
                    found.append(one)
        return tuple(sorted(found, key=_weightiest))

    def reason(self, k: int, level: int, weight: float, others: int | None) -> Reason | None:
        if abs(weight) < LEAST:
            return None
        key = k, level, round(weight, 2), others
        if key not in self.made:
            aspect = self.aspects[k]
            self.made[key] = Reason(aspect.name, aspect.levels[level], key[2], others)
        return self.made[key]


def _weightiest(one: Reason) -> tuple[float, str]:
    return -abs(one.weight), one.aspect
