"""Are suggestions right on exports and templates of real systems, the left-out ones too?"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from connectors.contract import Said
from mappings.kinds import built_in
from mappings.suggest import suggest
from tests.headings_corpus import Format, formats, measure

DEVELOP = [one for one in formats() if not one.left_out]
LEFT_OUT = [one for one in formats() if one.left_out]
RIGHT, PRECISE = 0.95, 0.97
"""The bars of the issue: share of all columns, share of those that are answered."""


def test_the_corpus_is_large_and_split_for_good() -> None:
    assert len(formats()) >= 80
    assert len(LEFT_OUT) >= 30
    assert {"salesforce_contacts_report", "outlook_zh", "tw_customers"} <= {one.name for one in LEFT_OUT}
    assert sum(len(one.columns) for one in formats()) >= 1500


@pytest.mark.parametrize("one", formats(), ids=lambda one: one.name)
def test_every_label_is_a_field(one: Format) -> None:
    kinds = built_in()
    for column in one.columns:
        if column.field:
            part, _, name = column.field.rpartition(".")
            assert name in kinds[part.partition(".")[0]].fields, column


@pytest.mark.parametrize(("values", "named"), [(True, True), (False, True), (True, False)])
def test_the_left_out_formats_reach_the_bars(values: bool, named: bool) -> None:
    """With values, with headings alone, and without the table's name."""
    found = measure(LEFT_OUT, values=values, named=named)
    assert found.right >= RIGHT
    assert found.precise >= PRECISE


@pytest.mark.parametrize(("values", "named"), [(True, True), (False, True), (True, False)])
def test_the_others_reach_them_too(values: bool, named: bool) -> None:
    found = measure(DEVELOP, values=values, named=named)
    assert found.right >= RIGHT
    assert found.precise >= PRECISE


def test_a_confidence_is_not_boasting() -> None:
    """Of what is said with a confidence of c, at least about a share of c is right."""
    pairs = [(s, column.field) for one in formats() for s, column in zip(one.suggested(), one.columns) if s.field]
    for low, high in ((0.5, 0.8), (0.8, 0.9), (0.9, 1.01)):
        band = [(s, wanted) for s, wanted in pairs if low <= s.confidence < high]
        right = sum(s.field == wanted for s, wanted in band) / len(band)
        assert right >= sum(s.confidence for s, _ in band) / len(band) - 0.05, (low, len(band))


def test_values_make_the_difference_where_headings_do_not() -> None:
    assert measure(DEVELOP).right > measure(DEVELOP, values=False).right


def holes(said: Said) -> Iterator[object]:
    """What is filled into a text, and into the texts that are filled in."""
    for value in said.values.values():
        if isinstance(value, Said):
            yield from holes(value)
        else:
            yield value


def test_nothing_is_filled_into_a_reason_but_our_own_texts() -> None:
    """So no value of a customer's can stand there."""
    assert [hole for one in formats() for s in one.suggested() for hole in holes(s.reason)] == []


def test_a_hundred_columns_are_cheap() -> None:
    """100 columns of 200 values: 0.3 CPU seconds at most, the lexicon's first use included."""
    columns = [column for one in DEVELOP for column in one.columns if column.values][:100]
    wide = Format("wide", "客户", tuple(columns))
    samples = [[f"{v}{n % 7 or ''}" for n in range(200 // len(c.values) + 1) for v in c.values][:200] for c in columns]
    start = time.process_time()
    suggest([c.heading for c in columns], samples, table_name=wide.table)
    assert time.process_time() - start <= 0.3
