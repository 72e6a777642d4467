"""What is left out of very many pairs is what nobody would act on."""

from __future__ import annotations

import pytest

from benchmarks.matching_crowd import records
from matching import Batch, Result, match, sifting
from matching.parts import Value


def _matched(count: int) -> Result:
    rows = list(records(count))
    values: dict[str, list[Value]] = {
        "name": [one[0] for one in rows],
        "phones": [(one[1],) if one[1] else () for one in rows],
        "emails": [(one[2],) if one[2] else () for one in rows],
        "birthday": [one[3] for one in rows],
        "city": [one[4] for one in rows],
    }
    return match(Batch("person", values, [0] * count))


def test_sifted_pairs_give_the_same_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _matched(6000)
    monkeypatch.setattr(sifting, "LARGE", 1)
    sifted = _matched(6000)
    moved = sum(a != b for a, b in zip(whole.label, sifted.label, strict=True))
    assert moved <= 3
    assert len(whole.links) > 1500
    assert sifted.report.candidates < 0.7 * whole.report.candidates


def test_a_few_records_are_never_sifted() -> None:
    assert sifting.LARGE >= 100_000
