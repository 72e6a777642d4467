"""Whom a part speaks of, once values were erased (RULES R22)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.rules import erased
from sync.rules.erased import ASK, DROP, Tombstones, is_erased

KEY = b"k" * 32
CODE = "91310115MA1K3YJ12C"


def _stones(kind: str, values: dict[str, Any], *, weaker: frozenset[str] = frozenset()) -> Tombstones:
    strength: dict[str, str] = {}
    for mark, how in erased.marks(kind, values):
        strength[erased.digest(KEY, mark)] = ASK if mark in weaker else how
    return Tombstones(KEY, strength)


ZHANG: dict[str, Any] = {
    "name": "张三",
    "phones": ("+8613800138000", ""),
    "emails": ("zhang@a.cn",),
    "identifiers.old_no": "K-17",
}


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("person", {"name": "张三丰", "emails": ("zhang@a.cn", "other@b.cn")}, DROP),
        ("person", {"identifiers.old_no": "K-17"}, DROP),
        ("person", {"identifiers.new_no": "K-17"}, ""),  # another sort of number
        ("organisation", {"identifiers.old_no": "K-17"}, ""),
        ("person", {"phones": ("+8613800138000;ext=2",)}, ASK),
        ("organisation", {"phones": ("\n".join(["+862158881234", "+8613800138000"]),)}, ASK),
        ("organisation", {"emails": ("zhang@a.cn",)}, ASK),
        ("person", {"name": "张三"}, ""),
        ("person", {"emails": "zhang@a.cn"}, DROP),
        ("person", {"emails": None, "phones": (), "name": ""}, ""),
    ],
)
def test_what_drops_and_what_only_asks(kind: str, values: dict[str, Any], said: str) -> None:
    assert is_erased(kind, values, _stones("person", ZHANG)) == said


def test_a_switchboard_tells_nothing() -> None:
    stones = _stones("organisation", {"phones": ("+862158881234", "4008001234")})
    assert not stones


def test_an_official_number_counts_only_with_its_check_digit() -> None:
    from mappings.types.identifiers import has_credit_check

    right = next(CODE[:17] + c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if has_credit_check(CODE[:17] + c))
    wrong = CODE[:17] + ("0" if right[17] != "0" else "1")
    assert (
        is_erased(
            "organisation",
            {"identifiers.credit_code": right},
            _stones("organisation", {"identifiers.credit_code": right}),
        )
        == DROP
    )
    assert not _stones("organisation", {"identifiers.credit_code": wrong})


def test_a_record_is_known_by_its_key_under_its_name_only() -> None:
    mark = erased.mark_of_record(3, "42", "person", {"name": "Zhang San"})
    stones = Tombstones(KEY, {erased.digest(KEY, mark): DROP})
    again = erased.mark_of_record(3, "42", "person", {"name": "ZHANG SAN"})
    other = erased.mark_of_record(3, "42", "person", {"name": "Li Si"})
    assert is_erased("person", {}, stones, record=again) == DROP
    assert is_erased("person", {}, stones, record=other) == ""


def test_without_the_key_a_digest_tells_nothing() -> None:
    stones = _stones("person", ZHANG)
    assert is_erased("person", ZHANG, Tombstones(b"x" * 32, stones.strength)) == ""


@given(st.text(), st.lists(st.text(), max_size=4))
def test_whoever_was_erased_by_an_email_never_comes_back_with_it(email: str, more: list[str]) -> None:
    values: dict[str, Any] = {"emails": (email, *more)}
    if not any(True for _ in erased.marks("person", {"emails": (email,)})):
        return
    assert is_erased("person", values, _stones("person", {"emails": (email,)})) == DROP
