"""Is a row found by its key, then by the whole row, and never by its place alone? (C27)"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shared import rows
from connectors.shared.rows import EQUAL, GONE, MOVED, TWICE, RowIndex, digest, is_place, place

cells = st.lists(st.text(st.sampled_from("ab\x1e\x1f_ 张"), max_size=3), max_size=4)


@given(cells, cells)
def test_rows_have_one_version_exactly_when_they_are_the_same(a: list[str], b: list[str]) -> None:
    def trimmed(row: list[str]) -> list[str]:
        while row and not row[-1]:
            row = row[:-1]
        return row

    assert (digest(a) == digest(b)) == (trimmed(a) == trimmed(b))


def test_a_version_is_short_and_always_the_same() -> None:
    assert digest(["张三", "138"]) == digest(["张三", "138", ""])
    assert re.fullmatch("[0-9a-f]{32}", digest([]))
    assert digest(["\udcff"]) != digest(["?"])


def index(*table: tuple[str, str]) -> RowIndex:
    return RowIndex([key for key, _ in table], lambda at: digest([table[at][1]]))


def test_a_key_that_one_row_bears_is_enough() -> None:
    assert index(("a", "1"), ("b", "2")).find("b", "whatever") == 1


def test_of_two_with_one_key_the_one_that_is_as_it_was_read_is_meant() -> None:
    sheet = index(("a", "1"), ("a", "2"))
    assert sheet.find("a", digest(["2"])) == 1
    assert sheet.find("a", digest(["3"])) == TWICE
    assert index(("a", "1"), ("a", "1")).find("a", digest(["1"])) == TWICE


def test_a_place_is_good_with_the_whole_row_only() -> None:
    sheet = index(("", "2"), ("", "1"))
    assert sheet.find("#1", digest(["1"])) == 1, "the row stands elsewhere now"
    assert sheet.find("#1", digest(["9"])) == MOVED
    assert sheet.find("#1", None) == MOVED
    assert index(("", "1"), ("", "1")).find("#1", digest(["1"])) == EQUAL


def test_a_key_that_nobody_bears_is_gone() -> None:
    assert index(("a", "1")).find("b", digest(["1"])) == GONE


@pytest.mark.parametrize(("text", "yes"), [("#7", True), ("#0", False), ("7", False), ("#x", False), ("#7 ", False)])
def test_a_place_is_told_from_a_key(text: str, yes: bool) -> None:
    assert is_place(text) is yes
    assert is_place(place(7))


def test_ids_for_rows_look_like_tokens() -> None:
    made = {rows.new_id() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch("[0-9a-z]{15}", one) for one in made)
