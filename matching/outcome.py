"""What is told of a matching: groups, links, questions, and how good it is thought to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from matching import groups as gr
from matching.blocking import Candidates
from matching.calibration import Line
from matching.columns import Bools, Ints, sorted_unique
from matching.explain import reasons
from matching.parts import Link, Question, Report, Result
from matching.scoring import Case, Scored

AGAINST: Final = 0.25
"""Two groups of which one pair by itself would be linked, or all but linked, are asked about, unless the other pairs
speak against it by three to one.
"""


@dataclass
class Solved:
    """Groups as they come to be. known: pairs that were one before. refused: certain pairs that something forbids.
    stuck: records of which decisions contradict one another. line: what probabilities mean here.
    """

    groups: gr.Groups
    known: list[tuple[int, int]]
    contradictions: list[tuple[int, int]] = field(default_factory=list)
    stuck: Bools | None = None
    found: Candidates | None = None
    scored: Scored | None = None
    merges: list[gr.Merge] = field(default_factory=list)
    left: list[gr.Left] = field(default_factory=list)
    refused: list[tuple[int, int]] = field(default_factory=list)
    line: Line = Line()


def outcome(case: Case, solved: Solved) -> Result:
    """Everything in rows of the batch."""
    order = case.records.order
    against = solved.contradictions + [(a, b) for a, b in solved.refused if _is_barred(solved.groups, a, b)]
    return Result(
        _labels(solved.groups, order),
        _held(solved, order),
        _links(case, solved),
        _questions(case, solved),
        sorted((int(order[a]), int(order[b])) for a, b in against),
        _report(case, solved),
    )


def _is_barred(groups: gr.Groups, a: int, b: int) -> bool:
    return groups.is_barred(groups.find(a), groups.find(b))


def _labels(groups: gr.Groups, order: Ints) -> list[int]:
    """For each row the smallest row that is together with it."""
    roots = groups.roots()
    smallest = np.full(len(order), len(order), np.int64)
    np.minimum.at(smallest, roots, order)
    out = np.empty(len(order), np.int64)
    out[order] = smallest[roots]
    listed: list[int] = out.tolist()
    return listed


def _held(solved: Solved, order: Ints) -> list[float]:
    """The merges once more: the smaller side is held by the merge, and so is a record that was by itself."""
    held = [1.0] * len(order)
    again = gr.alone(len(order), {})
    gr.force(again, [(a, b) for a, b in solved.known if solved.groups.find(a) == solved.groups.find(b)])
    for merge in solved.merges:
        x, y = again.find(merge.a), again.find(merge.b)
        if x == y:
            continue
        small, large = sorted((again.of(x), again.of(y)), key=len)
        for row in [*small, *large] if len(large) == 1 else small:
            held[row] = min(held[row], merge.p)
        again.join(x, y)
    out = np.empty(len(order))
    out[order] = held
    listed: list[float] = out.tolist()
    return listed


def _links(case: Case, solved: Solved) -> list[Link]:
    a, b = (np.array([getattr(m, side) for m in solved.merges], np.int64) for side in ("a", "b"))
    why = reasons(case, a, b)
    order = case.records.order
    return [Link(int(order[m.a]), int(order[m.b]), m.p, r) for m, r in zip(solved.merges, why)]


def _questions(case: Case, solved: Solved) -> list[Question]:
    """Ties between `ask` and `link`, and what must be asked whatever the score; one for every two groups."""
    groups, order = solved.groups, case.records.order
    most = case.ask + 0.9 * (case.link - case.ask)
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
        must = solved.scored.must_ask
        for a, b, p in zip(
            solved.scored.a[must].tolist(), solved.scored.b[must].tolist(), solved.scored.p[must].tolist()
        ):
            add(a, b, p)
    for a, b in solved.refused:
        add(a, b, most)
    rows = [(p, a, b, groups.size(x) + groups.size(y)) for (x, y), (p, a, b) in found.items()]
    rows.sort(key=lambda q: (-q[0] * q[3], q[1], q[2]))
    why = reasons(case, np.array([q[1] for q in rows], np.int64), np.array([q[2] for q in rows], np.int64))
    return [Question(int(order[a]), int(order[b]), p, r, joins) for (p, a, b, joins), r in zip(rows, why)]


def _report(case: Case, solved: Solved) -> Report:
    n = len(case.records)
    found, scored = solved.found, solved.scored
    if found is None or scored is None:
        return Report(records=n, distinct=n)
    root = solved.groups.roots()
    apart = root[scored.a] != root[scored.b]
    missed = float(scored.p[apart & ~scored.parted & ~scored.must_ask].sum())
    linked, right = _linked(solved, n)
    return Report(
        records=n,
        distinct=len(sorted_unique(case.records.digest)),
        candidates=len(found.a),
        blocks=found.blocks,
        refined=found.refined,
        walked=found.walked,
        fitted=case.model.fitted,
        precision=right / linked if linked else 1.0,
        recall=right / (right + missed) if right else 1.0,
    )


def _linked(solved: Solved, n: int) -> tuple[float, float]:
    """Pairs that the merges brought together, and how many of them are thought to be right."""
    again = gr.alone(n, {})
    gr.force(again, solved.known)
    linked = right = 0.0
    for merge in solved.merges:
        x, y = again.find(merge.a), again.find(merge.b)
        if x != y:
            pairs = again.pairs(x, y)
            linked, right = linked + pairs, right + merge.p * pairs
            again.join(x, y)
    return linked, right
