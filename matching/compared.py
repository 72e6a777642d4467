"""Which pairs were compared, and how likely is each to be one customer by what the two say alone?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.columns import Floats, Ints
from matching.scoring import Case
from matching.solved import Solved


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of rows of a batch. p: the probability, calibrated (matching.calibration)."""

    a: Ints
    b: Ints
    p: Floats


def compared(case: Case, solved: Solved) -> Compared:
    """All pairs that were compared, in rows of the batch."""
    order, scored = case.records.order, solved.scored
    if scored is None:
        none = np.zeros(0, np.int64)
        return Compared(none, none, np.zeros(0))
    said = np.where(scored.certain, 1.0, solved.line.of(scored.raw))
    return Compared(order[scored.a], order[scored.b], said)
