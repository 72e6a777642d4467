"""Is every vendor's published rate used to 95 % at least, and never exceeded? (benchmarks/paces.py, under a virtual clock)"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.paces import PUBLISHED, Row, measured, most, paces_of, table
from connectors.contract import Pace
from connectors.gate import RunGate, VirtualClock
from connectors.registry import KNOWN, spec

ROWS = list(table())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.vendor} {row.units} in {row.seconds:.0f} s")
def test_the_published_rate_is_used_and_never_exceeded(row: Row) -> None:
    assert row.most <= row.units
    assert 0.95 <= row.used <= 1.0


def test_every_vendor_with_a_rate_is_in_the_table() -> None:
    assert {name for name in KNOWN if spec(name).best.paces} == {name for name in PUBLISHED if ":" not in name}


@pytest.mark.parametrize(
    ("pace", "holds"), [(Pace("x", 6, 1.0), False), (Pace("x", 4, 1.0), False), (Pace("x", 5, 1.0), True)]
)
def test_the_table_sees_a_pace_that_is_too_fast_or_too_slow(pace: Pace, holds: bool) -> None:
    assert Row("x", 5, 1.0, *measured(pace, 5, 1.0)).holds is holds


RHYTHMS: dict[str, Callable[[int, Pace], float]] = {
    "at once": lambda _n, _pace: 0.0,
    "evenly": lambda _n, pace: pace.seconds / pace.units,
    "nearly evenly": lambda _n, pace: 0.9 * pace.seconds / pace.units,
    "closely": lambda _n, pace: pace.seconds / 1200,
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("vendor", ["airtable", "fxiaoke", "hubspot", "feishu_bitable"])
def test_whatever_the_rhythm_of_answers_the_rate_is_reached(vendor: str, rhythm: str) -> None:
    """Requests that follow each other closely are remembered together; that must not slow them."""
    (pace, *_), ((units, seconds), *_) = paces_of(vendor), PUBLISHED[vendor]
    clock = VirtualClock()
    gate, went = RunGate(clock=clock), list[float]()
    for number in range(units * 6 + 1):
        gate.enter(pace)
        went.append(clock.monotonic())
        clock.sleep(RHYTHMS[rhythm](number, pace))
    assert most(went, seconds) <= units
    assert units * 6 / (went[-1] - went[0]) >= 0.95 * units / seconds
