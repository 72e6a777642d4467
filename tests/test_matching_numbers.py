"""What do numbers, extensions and trades say of two customers? Foreign landlines, hotlines, a trade in two languages."""

from __future__ import annotations

import pytest

from matching import compare
from matching.forms.contacts import read_phone
from matching.forms.words.trades import same_trade
from tests.crowd import Fate, Row, among, batch, fate

YURUN = {"works_at.name": "上海宇润科技有限公司"}
LARKSPUR = {"works_at.name": "Larkspur Supply Ltd."}
DESK = "+862158881234"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("物流", "logistics", True),
        ("物流", "freight", True),
        ("生物", "biotech", True),
        ("物流", "foods", False),
        ("食品", "machinery", False),
        ("物流", "quux", None),
        ("宇润", "logistics", None),
    ],
)
def test_a_trade_in_two_languages(one: str, other: str, same: bool | None) -> None:
    assert same_trade(one, other) is same


@pytest.mark.parametrize(
    ("english", "expected"),
    [("Shanghai Yurun Logistics Co., Ltd.", "asked"), ("Shanghai Yurun Foods Co., Ltd.", "apart")],
)
def test_a_company_in_two_languages_by_its_trade(english: str, expected: Fate) -> None:
    """In pinyin a brand is anybody's; the trade tells who it may be, and nobody is linked on both alone."""
    assert fate(among("organisation", {"name": "上海宇润物流有限公司"}, {"name": english})) == expected


@pytest.mark.parametrize(
    ("number", "sort", "shared"),
    [
        ("+442079460958", "fixed", False),  # London
        ("+447700900123", "open", False),
        ("+85225551234", "fixed", False),
        ("+85291234567", "open", False),
        ("+6561234567", "fixed", False),
        ("+6591234567", "open", False),
        ("+61291234567", "fixed", False),
        ("+61412345678", "open", False),
        ("+12125550123", "open", False),  # North America tells mobiles from landlines nowhere
        ("4008001234", "fixed", True),
        ("8008201234", "fixed", True),
        ("95588", "fixed", True),
    ],
)
def test_sorts_of_numbers(number: str, sort: str, shared: bool) -> None:
    phone = read_phone(number)
    assert (phone.sort, phone.shared) == (sort, shared)


PEOPLE: list[tuple[str, Row, Row, Fate]] = [
    (
        "colleagues on a foreign landline",
        {"name": "Ruth Mercer", "phones": ("+442079460958",), **LARKSPUR},
        {"name": "Peter Garner", "phones": ("+442079460958",), **LARKSPUR},
        "apart",
    ),
    (
        "one name on a foreign landline",
        {"name": "Ruth Mercer", "phones": ("+442079460958",), **LARKSPUR},
        {"name": "Ruth Mercer", "phones": ("+442079460958",), **LARKSPUR},
        "linked",
    ),
    (
        "an initial with a foreign mobile",
        {"name": "Ruth Mercer", "phones": ("+447700900123",)},
        {"name": "R. Mercer", "phones": ("+447700900123",)},
        "linked",
    ),
    (
        "an initial on a foreign landline",
        {"name": "Ruth Mercer", "phones": ("+442079460958",)},
        {"name": "R. Mercer", "phones": ("+442079460958",)},
        "asked",
    ),
    (
        "one extension, another mobile",
        {"name": "张晓梅", "phones": (f"{DESK};ext=8155", "+8613911112222"), **YURUN},
        {"name": "张晓梅", "phones": (f"{DESK};ext=8155", "+8613800138001"), **YURUN},
        "linked",
    ),
    (
        "two extensions, another mobile",
        {"name": "张晓梅", "phones": (f"{DESK};ext=8155", "+8613911112222"), **YURUN},
        {"name": "张晓梅", "phones": (f"{DESK};ext=8190", "+8613800138001"), **YURUN},
        "asked",
    ),
    (
        "two names on one extension",
        {"name": "张晓梅", "phones": (f"{DESK};ext=8155",), **YURUN},
        {"name": "李国强", "phones": (f"{DESK};ext=8155",), **YURUN},
        "apart",
    ),
]


@pytest.mark.parametrize(("a", "b", "expected"), [p[1:] for p in PEOPLE], ids=[p[0] for p in PEOPLE])
def test_landlines_and_extensions(a: Row, b: Row, expected: Fate) -> None:
    assert fate(among("person", a, b)) == expected


@pytest.mark.parametrize(("number", "conflict"), [("4008001234", False), ("+862158885678", True)])
def test_a_hotline_does_not_differ_from_a_landline(number: str, conflict: bool) -> None:
    rows: list[Row] = [{"name": "上海宇润科技有限公司", "phones": (DESK,)}, {"name": "宇润科技", "phones": (number,)}]
    said = {(reason.aspect, reason.level) for reason in compare(batch("organisation", rows), 0, 1).reasons}
    assert (("phone", "conflict") in said) is conflict
