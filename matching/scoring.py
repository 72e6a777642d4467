"""How likely is each pair to be one customer, and may that be acted on? The model, the rules, and pairs scored a
chunk at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.aspects import aspects_of
from matching.blocking import Candidates
from matching.columns import Bools, Floats, Ints, mix
from matching.lessons import FEWEST, NOTHING, Lesson, learnt
from matching.model import APART, SAME, Model, by_group, explained, fit, shipped
from matching.observe import observe
from matching.records import Records
from matching.rules import Judged, judge, limited
from matching.shares import Counts, Shares, count, frequent

CHUNK: Final = 1 << 17
"""Pairs scored at a time: what memory they take does not grow with the batch."""
SAMPLE: Final = 200_000
"""Candidates that a model is fitted to, at most."""
RANDOM: Final = 60_000
"""Random pairs on which chance is measured, at most; twenty for each record of a small batch."""
REPEATS: Final = 300
"""Pairs of one customer that must have been found before it is believed how often a table holds one twice."""
ANCHORS: Final = 20_000
"""Candidates that stand beside answers, at most; and what they weigh together, in answers: half for those that are alike."""
ANCHORED: Final = 300.0
LEAST: Final = 20
"""Candidates below which there is nothing to learn from."""


@dataclass(frozen=True)
class Case:
    """Records and what they are weighed with. repeated: tables hold their customers twice about as often as chance
    would have it, so that one table's listing two of one name says nothing. lesson: what a person's answers taught.
    """

    records: Records
    shares: Shares
    model: Model
    link: float
    ask: float
    repeated: bool = False
    lesson: Lesson = NOTHING


@dataclass(frozen=True)
class Scored:
    """Pairs a < b, with the probability that may be acted on and what the rules say of them. raw: the probability
    before the rules.
    """

    a: Ints
    b: Ints
    raw: Floats
    p: Floats
    certain: Bools
    firm: Bools
    weak: Bools
    must_ask: Bools
    parted: Bools

    def __len__(self) -> int:
        return len(self.a)

    def plus(self, other: Scored) -> Scored:
        return Scored(*(np.r_[getattr(self, name), getattr(other, name)] for name in self.__dataclass_fields__))


def open_case(records: Records, link: float, ask: float, model: Model | None, known: int = 0) -> Case:
    """With the model given, or as shipped. known: how many records there are at least, where these are only some of them."""
    n = max(len(participants(records)), known)
    first = shipped(aspects_of(records), n * (n - 1) / 2, n)
    counts = Counts(records=known)
    if model is not None:  # what the model has not seen yet (another sort of number) is as shipped
        first = replace(model, tables={**first.tables, **model.tables})
        counts = model.counts
    return Case(records, count(records, counts), first, link, ask, _repeated(first, max(n, counts.records)))


def participants(records: Records) -> Ints:
    """Of records that say exactly the same, two: what holds for them holds for the others."""
    order = np.lexsort((np.arange(len(records)), records.digest))
    digest = records.digest[order]
    return np.sort(order[np.arange(len(order)) - np.searchsorted(digest, digest) < 2])


def fitted(case: Case, found: Candidates) -> Case:
    """The case with a model that fits its candidates; unchanged where there are too few."""
    if len(found.a) < LEAST:
        return case
    a, b = found.a, found.b
    if len(a) > SAMPLE:
        digest = mix(case.records.digest[a], case.records.digest[b])
        on = digest <= np.partition(digest, SAMPLE)[SAMPLE]
        a, b = a[on], b[on]
    seen = observe(case.records, case.shares, a, b)
    random = observe(case.records, case.shares, *_random(len(case.records)))
    n = len(participants(case.records))
    model = fit(seen, random, n * (n - 1) / 2, n, len(a) / len(found.a))
    return replace(case, model=replace(model, counts=frequent(case.records)), repeated=_repeated(model, n))


def _repeated(model: Model, n: int) -> bool:
    """Whether tables hold their customers twice; False where nothing was learnt."""
    if not model.fitted or "origin" not in model.tables or model.prior[SAME] * n * (n - 1) / 2 < REPEATS:
        return False
    table = model.tables["origin"]
    return bool(table[SAME, 1] >= table[APART, 1] / 2)


def taught(
    case: Case, found: Candidates, same: Sequence[tuple[int, int]], different: Sequence[tuple[int, int]]
) -> Case:
    """The case with what answers about pairs of records teach. Candidates keep the lesson to what it is about: what the
    model says of them stands, at a small weight, beside the answers.
    """
    told = np.array([*same, *different], np.int64).reshape(-1, 2)
    if len(told) < FEWEST:
        return case
    step = -(-len(found.a) // ANCHORS) or 1
    a, b = np.r_[told[:, 0], found.a[::step]], np.r_[told[:, 1], found.b[::step]]
    odds, kin = by_group(observe(case.records, case.shares, a, b), case.model)
    p = explained(odds, kin, case.model, len(a))[SAME]
    alike = p >= 0.5
    weight = ANCHORED / 2 / np.where(alike, alike[len(told) :].sum() + 1, (~alike[len(told) :]).sum() + 1)
    said = p.copy()
    said[: len(same)], said[len(same) : len(told)], weight[: len(told)] = 1.0, 0.0, 1.0
    lesson = learnt(p, odds, said, weight, len(told))
    return case if lesson is NOTHING else replace(case, lesson=lesson)


def _random(n: int) -> tuple[Ints, Ints]:
    """Pairs by chance, the same ones in every run."""
    numbers = np.arange(min(RANDOM, 20 * n), dtype=np.uint64)
    a, b = ((mix(numbers, side) % np.uint64(n)).astype(np.int64) for side in (1, 2))
    return a[a != b], b[a != b]


def score(case: Case, a: Ints, b: Ints) -> Scored:
    """Probability and rules of pairs."""
    parts = [_score(case, a[at : at + CHUNK], b[at : at + CHUNK]) for at in range(0, len(a), CHUNK)]
    if not parts:
        none = np.zeros(0, np.bool_)
        return Scored(a, b, np.zeros(0), np.zeros(0), none, none, none, none, none)
    return Scored(*(np.concatenate([getattr(p, name) for p in parts]) for name in Scored.__dataclass_fields__))


def _score(case: Case, a: Ints, b: Ints) -> Scored:
    seen = observe(case.records, case.shares, a, b)
    same, kin = by_group(seen, case.model)
    names = same.get("name", np.zeros(len(a)))
    judged: Judged = judge(case.records, case.shares, seen, a, b, names, repeated=case.repeated)
    raw = case.lesson.of(explained(same, kin, case.model, len(a))[SAME], same)
    p = limited(raw, judged, case.link, case.ask)
    return Scored(a, b, raw, p, judged.certain, judged.firm, judged.weak, judged.must_ask, judged.parted)
