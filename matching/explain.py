"""Why are two records taken for one customer, or not? In codes and numbers; words are made elsewhere, in the reader's
language.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    return [_reasons(seen, case.model, others, at) for at in range(len(seen))]


def _reasons(seen: Seen, model: Model, others: Mapping[tuple[str, int], int], at: int) -> tuple[Reason, ...]:
    found = []
    for k, aspect in enumerate(seen.aspects):
        level = int(seen.levels[k, at])
        if not level:
            continue
        table = model.tables[aspect.name]
        rare = seen.rarity[k, at]
        apart = float(np.log(max(table[APART, level], 1e-9))) if np.isnan(rare) else float(rare)
        weight = float(np.log(max(table[SAME, level], 1e-9))) - apart
        if abs(weight) >= LEAST:
            found.append(Reason(aspect.name, aspect.levels[level], round(weight, 2), others.get((aspect.name, at))))
    return tuple(sorted(found, key=lambda r: (-abs(r.weight), r.aspect)))
