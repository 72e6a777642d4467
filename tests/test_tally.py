"""Does every record that was read end up somewhere, and does a run that cannot say where fail loudly? (R17)"""

from __future__ import annotations

from collections import Counter

import pytest

from connectors.contract import OffbookError
from sync.reading.tally import FATES, check_sums, columns, joined


def _sum(counts: Counter[str]) -> int:
    return sum(counts[fate] for fate, _ in FATES)


def test_sums_that_agree_are_silent() -> None:
    check_sums("crm", {"read": 7, "unchanged": 3, "new": 2, "repeats": 1, "quarantined": 1})


@pytest.mark.parametrize("counts", [{"read": 3, "new": 2}, {"read": 2, "new": 2, "changed": 1}, {"new": 1}])
def test_sums_that_differ_fail_loudly(counts: dict[str, int]) -> None:
    with pytest.raises(OffbookError) as caught:
        check_sums("crm", counts)
    assert caught.value.said.template.startswith("{table}: {read} records were read")
    assert caught.value.exit_code == 70


def test_two_pulls_are_told_as_one() -> None:
    """The cursor showed one change and one end; the listing then shows four, of which one had changed unseen."""
    first = Counter({"read": 2, "changed": 1, "ended": 1})
    then = Counter({"read": 4, "unchanged": 3, "changed": 1})
    joined(first, then)
    assert (then["read"], then["changed"], then["unchanged"], then["ended"]) == (5, 2, 2, 1)
    assert _sum(then) == then["read"]


def test_what_the_listing_no_longer_shows_is_still_counted_as_met() -> None:
    first = Counter({"read": 2, "new": 2})
    then = Counter({"read": 1, "unchanged": 1})
    joined(first, then)
    assert then["new"] == 2
    assert _sum(then) == then["read"] == 2


def test_columns_that_nobody_fills_are_not_shown() -> None:
    told = [name for name, _ in columns({"a": {"read": 1, "filtered": 1}, "b": {}})]
    assert told == ["read", "unchanged", "new", "changed", "filtered", "quarantined", "missing"]
