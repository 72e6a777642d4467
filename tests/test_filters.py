"""Whom do filters let through: unknown and empty values, sets, and the one to whom a source belongs?"""

from __future__ import annotations

import pytest

from connectors.settings import Wrong
from mappings.filters import ME, Condition, Filter, Known, Wanted, wanted_of


@pytest.mark.parametrize(
    ("written", "value", "customers", "records"),
    [
        ("vip", "vip", True, True),
        ("vip", "normal", False, False),
        ("vip", "", False, False),
        ("vip", None, False, False),
        (["vip", "normal"], "normal", True, True),
        ("a", ("b", "a"), True, True),
        ("a", ("b",), False, False),
        ({"not": "vip"}, "normal", True, True),
        ({"not": "vip"}, "vip", False, False),
        ({"not": ["vip", "x"]}, "x", False, False),
        ({"not": "vip"}, "", False, True),  # sending too much is not harmless, reading too much is
        ({"not": "vip"}, None, False, True),
        ({"not": "a"}, ("b", "a"), False, False),
        ({"not": "a"}, (), False, True),
        ({"empty": "true"}, "", True, True),
        ({"empty": "true"}, (), True, True),
        ({"empty": "true"}, ("",), True, True),
        ({"empty": "true"}, "x", False, False),
        ({"empty": "true"}, None, False, True),
        ({"empty": "false"}, "x", True, True),
        ({"empty": "no"}, "", False, False),
        ({"empty": "false"}, None, False, False),
    ],
)
def test_what_passes(written: object, value: Known, customers: bool, records: bool) -> None:
    wanted = wanted_of(written)
    assert wanted.passes(value) is customers
    assert wanted.reads(value) is records
    assert wanted_of(wanted.plain() if wanted.word != "empty" else {"empty": str(wanted.empty)}) == wanted


@pytest.mark.parametrize(
    "written",
    [
        {},
        [],
        {"above": "3"},
        {"not": "a", "empty": "true"},
        {"empty": "maybe"},
        {"not": []},
        [["a"]],
        {"not": {"a": "b"}},
    ],
)
def test_there_is_no_other_word(written: object) -> None:
    with pytest.raises(Wrong, match="there is no other word"):
        wanted_of(written)


def test_all_conditions_must_pass_and_none_lets_everybody_through() -> None:
    tier, owner = (
        Condition("person", "tier", Wanted("any", ("vip",))),
        Condition("person", "owner", Wanted("any", (ME,))),
    )
    golden = {("person", "tier"): "vip", ("person", "owner"): "wang"}
    assert Filter().passes(lambda kind, field: None)
    assert Filter((tier, owner)).passes(lambda kind, field: golden[kind, field], me="wang")
    assert not Filter((tier, owner)).passes(lambda kind, field: golden[kind, field], me="li")
    assert not Filter((tier, owner)).passes(lambda kind, field: golden[kind, field])
    assert Filter((tier, owner)).fields() == {("person", "tier"), ("person", "owner")}
    assert Filter((owner,)).bound("wang").passes(lambda kind, field: "wang", me="li")


def test_nobody_is_me_where_no_one_holds_the_record() -> None:
    assert not Wanted("any", (ME,)).passes("", me="")
    assert not Wanted("any", (ME,)).passes("wang", me="")
