"""A few new parts against very many: by their keys those are found that comparing all would have found."""

from __future__ import annotations

from functools import cache
from itertools import islice

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.matching_crowd import Record, records
from matching import Batch, Keys, Model, keys, learn, match, neighbours
from matching.near import FEW, MANY
from matching.parts import Value

PEOPLE = list(islice(records(2500), 2500))
KNOWN = 2000


def batch(people: list[Record], entity: list[int] | None = None) -> Batch:
    values: dict[str, list[Value]] = {
        "name": [one[0] for one in people],
        "phones": [(f"+86{one[1]}",) if one[1] else () for one in people],
        "emails": [(one[2],) if one[2] else () for one in people],
        "birthday": [one[3] for one in people],
        "city": [one[4] for one in people],
    }
    return Batch("person", values, [0] * len(people), entity=entity or [])


def as_keys(pairs: list[tuple[int, int]]) -> Keys:
    return Keys(np.array([row for row, _ in pairs], np.int64), np.array([key for _, key in pairs], np.uint64))


def test_a_rare_key_is_enough_and_a_common_one_is_not() -> None:
    rare = [(row, 1) for row in range(FEW)]
    common = [(100 + row, 2) for row in range(FEW + 1)]
    placeholder = [(200 + row, 3) for row in range(MANY + 1)]
    known = as_keys(rare + common + placeholder + [(100, 4)] + [(900 + row, 4) for row in range(FEW)])
    assert neighbours(as_keys([(0, 1), (0, 2), (0, 3)]), known).tolist() == list(range(FEW))
    assert neighbours(as_keys([(0, 2), (0, 4)]), known).tolist() == [100]
    assert neighbours(as_keys([(0, 2), (1, 4)]), known).tolist() == []
    assert neighbours(as_keys([]), known).tolist() == neighbours(as_keys([(0, 9)]), as_keys([])).tolist() == []


@cache
def known() -> tuple[Batch, tuple[int, ...], Model, Keys]:
    """All that are known, compared at once: who is whom, the model and the keys that are kept."""
    everybody = batch(PEOPLE[:KNOWN])
    model = learn(everybody)
    return everybody, tuple(match(everybody, model=model).label), model, keys(everybody)


def joined(at: list[int], among: list[int]) -> list[set[int]]:
    """The known customers that each new one joins, if it is compared with these of the known."""
    _, customers, model, _ = known()
    new = [PEOPLE[k] for k in at]
    entity = [-1] * len(new) + [customers[k] for k in among]
    label = match(batch(new + [PEOPLE[k] for k in among], entity), only_new=range(len(new)), model=model).label
    there = list(zip((customers[k] for k in among), label[len(new) :], strict=True))
    return [{customer for customer, group in there if group == label[n]} for n in range(len(new))]


def found(at: list[int]) -> list[int]:
    return [int(row) for row in neighbours(keys(batch([PEOPLE[k] for k in at])), known()[3])]


@settings(max_examples=12)
@given(at=st.lists(st.integers(KNOWN, len(PEOPLE) - 1), min_size=1, max_size=8, unique=True))
def test_new_ones_join_nobody_else_than_if_all_were_compared(at: list[int]) -> None:
    for few, all_ in zip(joined(at, found(at)), joined(at, list(range(KNOWN))), strict=True):
        assert few <= all_


def test_one_in_a_hundred_at_most_joins_nobody_though_comparing_all_would_have_found_somebody() -> None:
    at = list(range(KNOWN, len(PEOPLE)))
    few, all_ = joined(at, found(at)), joined(at, list(range(KNOWN)))
    assert sum(bool(one) for one in all_) > 50
    assert sum(a != b for a, b in zip(few, all_, strict=True)) <= len(at) // 100


def test_who_is_not_touched_stays_as_he_was() -> None:
    _, customers, model, _ = known()
    new = PEOPLE[KNOWN : KNOWN + 200]
    entity = [*customers, *[-1] * len(new)]
    label = match(batch(PEOPLE[:KNOWN] + new, entity), only_new=range(KNOWN, KNOWN + len(new)), model=model).label
    together: dict[int, set[int]] = {}
    for customer, group in zip(customers, label, strict=False):
        together.setdefault(group, set()).add(customer)
    assert sum(len(one) for one in together.values()) == len(set(customers))  # nobody who is known is parted
    touched = {label[KNOWN + k] for k in range(len(new))}
    assert all(len(one) == 1 for group, one in together.items() if group not in touched)
