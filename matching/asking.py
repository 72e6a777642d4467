"""What should a person be asked, and in what order? About groups that may be one, and about links that may be wrong.

An answer is worth what it sets right: the pairs of records between the two groups, times how likely they are not as they
stand now. A link's own probability is no measure of that, since it is right about the pair and what goes wrong is what
nobody thought of; its log odds are taken for a third.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from matching import groups as gr
from matching.columns import Bools, Floats, Ints
from matching.explain import reasons
from matching.parts import Question
from matching.rules import doubtful
from matching.scoring import Case, score
from matching.solved import Solved

AGAINST: Final = 0.25
"""Two groups of which one pair by itself would be linked, or all but linked, are asked about, unless the other pairs
speak against it by three to one.
"""
DOUBT: Final = 1 / 3
"""What is left of a link's log odds when it is asked how likely it is to be wrong."""
LEAST: Final = 0.05
"""Pairs that a link's check is expected to set right, below which it is not named."""
MOST: Final = 100
"""Links that are named, at most."""


def questions(case: Case, solved: Solved) -> list[Question]:
    """Ties between `ask` and `link`, and what must be asked whatever the score; one for every two groups. p is what the
    two records say, calibrated, and below `link`; what an answer is worth goes by what all records of both say.
    """
    pairs = _open_pairs(case, solved)
    if not pairs:
        return []
    groups = solved.groups
    a, b = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    said = np.minimum(solved.line.of(score(case, a, b).raw), np.nextafter(case.link, 0))
    order, ties = case.records.order, {(tie.x, tie.y): tie.p for tie in solved.left}
    rows = []
    for x, y, p, why in zip(a.tolist(), b.tolist(), said.tolist(), reasons(case, a, b)):
        one, other = sorted((groups.find(x), groups.find(y)))
        joins, many = groups.size(one) + groups.size(other), groups.pairs(one, other)
        gain = many * (p if many == 1 else min(p, ties.get((one, other), p)))
        rows.append((-gain, x, y, Question(int(order[x]), int(order[y]), p, why, joins, gain)))
    rows.sort(key=lambda row: row[:3])
    return [row[3] for row in rows]


def _open_pairs(case: Case, solved: Solved) -> list[tuple[int, int]]:
    """For every two groups that are asked about, the pair that says most for it."""
    groups = solved.groups
    most = doubtful(case.link, case.ask)
    found: dict[tuple[int, int], tuple[float, int, int]] = {}

    def add(a: int, b: int, p: float) -> None:
        x, y = sorted((groups.find(a), groups.find(b)))
        if x != y and not groups.is_barred(x, y) and not groups.differ(x, y, "alone "):
            found[x, y] = max(found.get((x, y), (0.0, 0, 0)), (min(p, most), a, b))

    for tie in solved.left:
        alone = tie.best > most - 1e-6 and tie.p >= AGAINST
        if tie.p >= case.ask or alone:
            add(tie.a, tie.b, max(tie.p, tie.best if alone else 0.0))
    if solved.scored is not None:
        must: Bools = solved.scored.must_ask
        a, b, p = (column[must].tolist() for column in (solved.scored.a, solved.scored.b, solved.scored.p))
        for one in zip(a, b, p):
            add(*one)
    for x, y in solved.refused:
        add(x, y, most)
    return [(a, b) for _, a, b in found.values()]


def doubts(case: Case, solved: Solved) -> list[Question]:
    """Links that are most worth a look: rows of one group. What a person or certain evidence joined is not among them."""
    sizes = _sizes(solved, len(case.records))
    p = np.array([merge.p for merge in solved.merges])
    if not len(p):
        return []
    gain = _wrong(p) * sizes[:, 0] * sizes[:, 1]
    on = np.flatnonzero((gain >= LEAST) & (p < 1))
    on = on[np.lexsort((on, -gain[on]))][:MOST]
    a, b = (np.array([getattr(solved.merges[k], side) for k in on], np.int64) for side in ("a", "b"))
    order, why = case.records.order, reasons(case, a, b)
    return [
        Question(int(order[x]), int(order[y]), float(p[k]), w, int(sizes[k].sum()), float(gain[k]))
        for k, x, y, w in zip(on.tolist(), a.tolist(), b.tolist(), why)
    ]


def _wrong(p: Floats) -> Floats:
    odds = np.log(np.clip(p, 1e-15, 1 - 1e-15)) - np.log(np.clip(1 - p, 1e-15, 1))
    return np.asarray(1 / (1 + np.exp(odds * DOUBT)))


def _sizes(solved: Solved, n: int) -> Ints:
    """How many records each merge brought together, from either side."""
    again = gr.alone(n, {})
    gr.force(again, solved.known)
    sizes = np.zeros((len(solved.merges), 2), np.int64)
    for k, merge in enumerate(solved.merges):
        x, y = again.find(merge.a), again.find(merge.b)
        if x != y:
            sizes[k] = again.size(x), again.size(y)
            again.join(x, y)
    return sizes
