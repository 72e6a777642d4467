"""What is told of a matching: groups, links, questions, and how good it is thought to be."""

from __future__ import annotations

import numpy as np

from matching import asking
from matching import groups as gr
from matching.columns import Bools, Ints, sorted_unique
from matching.explain import reasons
from matching.parts import Link, Report, Result
from matching.scoring import Case
from matching.solved import Solved


def outcome(case: Case, solved: Solved) -> Result:
    """Everything in rows of the batch."""
    order = case.records.order
    against = solved.contradictions + [(a, b) for a, b in solved.refused if _is_barred(solved.groups, a, b)]
    return Result(
        _labels(solved.groups, order),
        _held(solved, order),
        _links(case, solved),
        asking.questions(case, solved),
        sorted((int(order[a]), int(order[b])) for a, b in against),
        _report(case, solved),
        asking.doubts(case, solved),
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


def _report(case: Case, solved: Solved) -> Report:
    n = len(case.records)
    found, scored = solved.found, solved.scored
    if found is None or scored is None:
        return Report(records=n, distinct=n)
    root = solved.groups.roots()
    apart = (root[scored.a] != root[scored.b]) & ~_told_apart(solved, root, scored.a, scored.b)
    missed = float(solved.line.of(scored.raw)[apart].sum())
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


def _told_apart(solved: Solved, root: Ints, a: Ints, b: Ints) -> Bools:
    """Pairs of groups that a person keeps apart."""
    n = len(root)
    kept = [x * n + solved.groups.find(y) for x, others in solved.groups.barred.items() for y in others]
    codes = np.asarray(sorted(kept), np.int64)
    return np.asarray(np.isin(root[a] * n + root[b], codes) | np.isin(root[b] * n + root[a], codes))


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
