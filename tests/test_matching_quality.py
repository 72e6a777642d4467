"""Does the default decision reach its bars on labelled data, and does a probability mean what it says?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import matching_quality as quality
from matching import Batch, match

SETS = Path(__file__).resolve().parents[1].parent / "shared" / "matching"
needs_sets = pytest.mark.skipif(not SETS.is_dir(), reason="the labelled sets are not at hand")


def pair_f1(truth: Sequence[str], label: Sequence[int]) -> float:
    """Pairwise F1 of groups."""

    def pairs(groups: Counter[object]) -> int:
        return sum(n * (n - 1) // 2 for n in groups.values())

    right = pairs(Counter(zip(truth, label)))
    return 2 * right / (pairs(Counter(truth)) + pairs(Counter(label)))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_febrl(number: int) -> None:
    labelled = quality.read_febrl(number)
    truth = [labelled.truth[row["source"], row["key"]] for row in labelled.rows]
    assert pair_f1(truth, quality.linked(labelled, quality.FEBRL).label) >= 0.995


def test_febrl_without_its_numbers() -> None:
    """Names, dates and places alone tell people apart as well."""
    labelled = quality.read_febrl(1)
    truth = [labelled.truth[row["source"], row["key"]] for row in labelled.rows]
    values = {k: v for k, v in quality.canonical(labelled.rows, quality.FEBRL).items() if "." not in k}
    assert pair_f1(truth, match(Batch("person", values, [0] * len(truth))).label) >= 0.97


@needs_sets
@pytest.mark.parametrize("name", ["fake_1000", "fodors_zagats", "csv_example_a"])
def test_small_sets(name: str) -> None:
    check(name)


@pytest.mark.long
@needs_sets
@pytest.mark.parametrize("name", ["historical_50k_a", "dblp_acm", "zh_20k"])
def test_large_sets(name: str) -> None:
    check(name)


def check(name: str) -> None:
    labelled, mapped = quality.read_set(SETS / name), quality.SET_MAPS[name]
    result = quality.linked(labelled, mapped)
    said = quality.judged(quality.load_judge(SETS), labelled, result)
    assert said["f1"] >= mapped.bar[0] - 0.005
    assert said["b3"] >= mapped.bar[1] - 0.005
    assert result.report.fitted
    assert abs(result.report.precision - said["precision"]) < 0.12


@needs_sets
def test_a_probability_means_what_it_says() -> None:
    """Of what is asked with p around 0.9 and above the ask threshold, more is right than wrong."""
    labelled, mapped = quality.read_set(SETS / "fake_1000"), quality.SET_MAPS["fake_1000"]
    truth = [labelled.truth[row["source"], row["key"]] for row in labelled.rows]
    asked = quality.linked(labelled, mapped).questions
    right = sum(truth[q.a] == truth[q.b] for q in asked)
    assert right >= 0.6 * len(asked)
