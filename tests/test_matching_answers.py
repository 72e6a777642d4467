"""What becomes of a steward's answers? They bind, they teach, and those worth most are asked for first."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import matching_quality as quality
from benchmarks.matching_steward import Steward, taught
from matching import Batch, match
from matching.calibration import AS_SCORED, STAY, Line, calibrated
from matching.lessons import NOTHING, learnt
from tests.test_matching_quality import SETS, needs_sets, pair_f1


@needs_sets
@pytest.mark.parametrize(("name", "least"), [("csv_example_a", 0.95), ("fake_1000", 0.95)])
def test_fifty_answers(name: str, least: float) -> None:
    labelled, mapped = quality.read_set(SETS / name), quality.SET_MAPS[name]
    truth = quality.truth_of(labelled)
    assert pair_f1(truth, taught(quality.batch_of(labelled, mapped), truth).label) >= least


@needs_sets
def test_questions_come_by_what_an_answer_is_worth() -> None:
    labelled = quality.read_set(SETS / "fake_1000")
    result = match(quality.batch_of(labelled, quality.SET_MAPS["fake_1000"]))
    assert result.questions
    for asked in (result.questions, result.doubts):
        gains = [one.gain for one in asked]
        assert gains == sorted(gains, reverse=True)
        assert all(gain > 0 for gain in gains)


@needs_sets
def test_an_answered_question_is_not_asked_again() -> None:
    labelled = quality.read_set(SETS / "fake_1000")
    batch = quality.batch_of(labelled, quality.SET_MAPS["fake_1000"])
    steward = Steward(quality.truth_of(labelled))
    steward.answer(match(batch), 20)
    again = match(batch, same=steward.same, different=steward.different)
    answered = {frozenset(pair) for pair in (*steward.same, *steward.different)}
    assert not answered & {frozenset((q.a, q.b)) for q in again.questions}
    assert all(again.label[a] == again.label[b] for a, b in steward.same)
    assert all(again.label[a] != again.label[b] for a, b in steward.different)


def evidence(n: int = 200) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Scores near 1; one group of evidence speaks for every second pair, another for the others."""
    place = np.where(np.arange(n) % 2, 6.0, 0.0)
    return np.full(n, 0.98), {"place": place, "name": 6.0 - place}


def test_a_group_that_misleads_time_and_again_weighs_less() -> None:
    p, groups = evidence()
    said, weight = p.copy(), np.full(200, 0.01)
    said[:40], weight[:40] = (np.arange(40) % 2 == 0), 1.0  # whom a place alone ties is never one
    lesson = learnt(p, groups, said, weight, 40)
    after = lesson.of(p, groups)
    assert after[1] < 0.5 < 0.9 < after[0]


def test_answers_that_the_score_foretold_teach_nothing() -> None:
    p, groups = evidence()
    said, weight = p.copy(), np.full(200, 0.01)
    said[:40], weight[:40] = 1.0, 1.0
    assert learnt(p, groups, said, weight, 40) is NOTHING


def test_a_line_keeps_order_and_leaves_links_alone() -> None:
    p = np.linspace(0.001, 0.999, 500)
    said = Line(1.2, 0.7).of(p)
    assert (np.diff(said) >= 0).all()
    assert (said[p >= STAY] == p[p >= STAY]).all()
    assert (said[p < STAY] <= STAY).all()


def test_scores_too_low_are_found_out_by_third_records() -> None:
    """Entities of four: three sure ones in a row, and pairs scored .2 of which every second is one customer."""
    dice = np.random.default_rng(5)
    n = 4000
    first = np.arange(0, n, 4)
    sure = [(first, first + 1), (first + 1, first + 2)]
    near = (first, first + 2)
    high = (first[::2] + 0, first[::2] + 3)
    wrong = (first[:-1], first[1:] + 3)
    a = np.concatenate([sure[0][0], sure[1][0], near[0], high[0], wrong[0]])
    b = np.concatenate([sure[0][1], sure[1][1], near[1], high[1], wrong[1]])
    scores = [np.full(len(sure[0][0]), 0.999)] * 2
    scores += [
        np.where(dice.random(len(near[0])) < 0.5, 0.2, 0.9),
        np.full(len(high[0]), 0.9),
        np.full(len(wrong[0]), 0.2),
    ]
    p = np.concatenate(scores)
    line = calibrated(n, a, b, p, np.ones(len(p), np.bool_))
    assert line != AS_SCORED
    assert line.of(np.array([0.2]))[0] > 0.3  # as it was scored, .2; a third of them is right


def test_nothing_is_concluded_from_few_pairs() -> None:
    some = np.array([0, 1, 2]), np.array([1, 2, 3])
    assert calibrated(4, *some, np.array([0.999, 0.5, 0.4]), np.ones(3, np.bool_)) is AS_SCORED
    assert match(Batch("person", {"name": ["王芳", "王芳"]}, [0, 1])).report.recall <= 1
