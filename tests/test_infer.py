"""Is it told right what the columns of a table hold that nobody described?"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from matching.forms.words.regions import PLACES
from matching.forms.words.romanised import PLACES_READ
from matching.infer import Told, Untold, infer
from matching.infer.dates import month_first, read_date
from matching.infer.region import region


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


GIVEN = words(
    "James, Mary, Robert, Patricia, John, Jennifer, Michael, Linda, David, Elizabeth, Kevin, Susan, Brian, Karen, George"
)
FAMILY = words(
    "Smith, Johnson, Locklear, Brown, Jones, Garcia, Oxendine, Davis, Hunt, Nguyen, Patel, Byrd, Chavis, Revels, Dial"
)
TOWNS = words(
    "Raleigh, Durham, Charlotte, Pembroke, Asheville, Cary, Boone, Sanford, Hickory, Kinston, Concord, Garner, Apex,"
    "Clayton, Lenoir, Shelby, Monroe, Gastonia, Wilson, Mebane, Elkin, Sparta, Marion"
)
STREETS = words("Oak St, Main St, Elm Dr, Church Rd, Maple Lane, Park Avenue, River Road")
TRADES = words("Grocery, Liquors, Pizza, Auto Repair, Cafe, Nail Salon, Tavern, Bakery, Hotel, Dental Clinic")
COMPANIES = words("明远, 恒瑞, 云博, 天海, 达通, 华诚, 信泰, 联创, 金岳, 宏图")
N = 120
Column = list[str]


def columns(seed: int = 7) -> dict[str, Column]:
    """Values of many sorts, one list for each."""
    r = random.Random(seed)

    def each(make: object) -> Column:
        assert callable(make)
        return [str(make()) for _ in range(N)]

    street = each(lambda: f"{r.randint(1, 9999)} {r.choice(STREETS)}")
    return {
        "number": [str(100_000 + 7 * n % 1000) for n in range(N)],
        "given": each(lambda: r.choice(GIVEN)),
        "family": each(lambda: r.choice(FAMILY)),
        "full": each(lambda: f"{r.choice(GIVEN)} {r.choice(FAMILY)}"),
        "birth": each(lambda: f"{r.randint(1, 12):02d}/{r.randint(1, 28):02d}/{r.randint(1930, 2002)}"),
        "compact": each(lambda: f"{r.randint(1930, 2002)}{r.randint(1, 12):02d}{r.randint(1, 28):02d}"),
        "since": each(lambda: f"{r.randint(2014, 2019)}-{r.randint(1, 12):02d}-11"),
        "sex": each(lambda: r.choice(["M", "F"])),
        "town": each(lambda: r.choice(TOWNS)),
        "zip": each(lambda: f"27{r.randint(100, 140)}"),
        "street": street,
        "house": [one.partition(" ")[0] for one in street],
        "road": [one.partition(" ")[2] for one in street],
        "phone": each(lambda: f"919-{r.randint(200, 999)}-{r.randint(1000, 9999)}"),
        "mail": each(lambda: f"{r.choice(FAMILY).lower()}{r.randint(1, 80)}@mail.example"),
        "job": each(lambda: r.choice(["farmer", "teacher", "nurse", "painter"])),
        "shop": each(lambda: f"{r.choice(FAMILY)}'s {r.choice(TRADES)}"),
        "trade": each(lambda: r.choice(TRADES)),
        "works": each(
            lambda: f"Learning {r.choice(['trees', 'networks'])} from many noisy examples, part {r.randint(1, 99)}"
        ),
        "authors": each(lambda: ", ".join(f"{r.choice(GIVEN)} {r.choice(FAMILY)}" for _ in range(r.randint(1, 3)))),
        "venue": each(lambda: r.choice(["VLDB", "SIGMOD Record", "ICDE"])),
        "year": each(lambda: r.randint(1995, 2005)),
        "姓名": each(lambda: r.choice("张王李赵陈刘杨黄") + r.choice(["伟", "芳", "建国", "晓燕", "磊"])),
        "公司": each(lambda: f"上海{r.choice(COMPANIES)}{r.choice(['科技', '贸易', '食品'])}有限公司"),
        "手机": each(lambda: f"138{r.randint(10_000_000, 99_999_999)}"),
        "地址": each(lambda: f"浦东新区世纪大道{r.randint(1, 999)}号"),
        "weixin": each(lambda: r.choice([f"wxid_{r.randint(10**9, 10**10)}", f"zhang{r.randint(1, 999)}"])),
        "blank": [""] * N,
        "same": ["NC"] * N,
    }


VALUES = columns()


def told(**of: str) -> tuple[str, dict[str, str]]:
    """heading=what its values are -> the kind, and the role of each heading."""
    found = infer(Untold(tuple(of), [VALUES[name] for name in of.values()]))
    return found.kind, {role.heading: role.role for role in found.columns}


def test_voters() -> None:
    kind, roles = told(
        fname="given", lname="family", house_num="house", street_name="road", res_city_desc="town", zip_code="zip",
        birth_dt="birth", sex_code="sex", full_phone_num="phone", registr_dt="since", state_cd="same",
    )  # fmt: skip
    assert kind == "person"
    assert roles == {
        "fname": "given_name", "lname": "family_name", "house_num": "house", "street_name": "street",
        "res_city_desc": "city", "zip_code": "postal_code", "birth_dt": "birthday", "sex_code": "gender",
        "full_phone_num": "phones", "registr_dt": "", "state_cd": "",
    }  # fmt: skip


def test_businesses() -> None:
    kind, roles = told(nr="number", title="shop", addr="street", place="town", tel="phone", cuisine="trade")
    assert kind == "organisation"
    assert roles == {
        "nr": "key",
        "title": "company",
        "addr": "address",
        "place": "city",
        "tel": "phones",
        "cuisine": "industry",
    }


def test_works() -> None:
    kind, roles = told(id="number", title="works", authors="authors", venue="venue", year="year", note="blank")
    assert kind == "thing"
    assert roles == {"id": "key", "title": "text", "authors": "text", "venue": "text", "year": "text", "note": ""}


def test_a_column_of_names_alone_makes_no_person_of_a_song() -> None:
    assert told(id="number", song="works", artist="full", year="year")[0] == "thing"


def test_chinese_contacts() -> None:
    kind, roles = told(
        客户名称="公司", 联系人="姓名", 电话="手机", 微信="weixin", 详细地址="地址", 备注="job", 负责人="full"
    )
    assert kind == "person"
    assert roles == {
        "客户名称": "company", "联系人": "name", "电话": "phones", "微信": "wechat", "详细地址": "address",
        "备注": "", "负责人": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "role"),
    [
        ("given", "given_name"), ("family", "family_name"), ("birth", "birthday"), ("compact", "birthday"), ("sex", "gender"),
        ("zip", "postal_code"), ("street", "address"), ("phone", "phones"), ("mail", "emails"), ("手机", "phones"),
        ("地址", "address"), ("weixin", "wechat"), ("公司", "company"), ("town", "city"), ("since", ""), ("blank", ""),
        ("same", ""), ("works", ""),
    ],
)  # fmt: skip
def test_values_tell_where_no_heading_does(values: str, role: str) -> None:
    found = infer(Untold(("a", "b", "c", "x1"), [VALUES[name] for name in ("full", "phone", "mail", values)]))
    said = found.columns[3]
    wanted = {role, "department", "title"} if values == "works" else {role}
    assert said.role in wanted, said
    assert found.kind == "person"


def test_values_outweigh_a_heading_that_they_cannot_be() -> None:
    kind, roles = told(name="shop", email="since", phone="mail", dob="town", zip="phone")
    assert kind == "organisation"
    assert roles["email"] == ""
    assert roles["phone"] == "emails"
    assert roles["dob"] != "birthday"
    assert roles["zip"] == "phones"


def test_a_name_is_whose_the_values_say() -> None:
    assert told(name="shop", addr="street", phone="phone")[1]["name"] == "company"
    assert told(name="full", addr="street", phone="phone")[1]["name"] == "name"


@pytest.mark.parametrize(
    ("headings", "values"),
    [
        (("title", "location", "area", "contact", "style"), ("shop", "street", "town", "phone", "trade")),
        (("site_name", "address", "place", "contact_no", "type"), ("shop", "street", "town", "phone", "trade")),
    ],
)
def test_headings_that_mislead(headings: tuple[str, ...], values: tuple[str, ...]) -> None:
    kind, roles = told(**dict(zip(headings, values)))
    assert kind == "organisation"
    assert list(roles.values()) == ["company", "address", "city", "phones", "industry"]


def test_numbers_that_many_share_name_nobody() -> None:
    classes = [str(722_500 + n % 8) for n in range(N)]
    found = infer(Untold(("shop", "addr", "naics code"), [VALUES["shop"], VALUES["street"], classes]))
    assert found.columns[2].role == ""


def test_telephones_alone_are_somebodys() -> None:
    assert told(a="phone", b="mail")[0] == "person"


def test_a_number_of_rows_is_no_evidence() -> None:
    numbers = [str(n) for n in range(N)]
    found = infer(
        Untold(("first", "last", "phone", "x"), [VALUES["given"], VALUES["family"], VALUES["phone"], numbers])
    )
    assert found.columns[3].role == ""


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(r: random.Random) -> None:
    headings = ("a", "b", "c", "d", "e")
    values = [VALUES[name] for name in ("full", "street", "phone", "town", "birth")]
    order = list(range(N))
    r.shuffle(order)
    shuffled = [[column[at] for at in order] for column in values]
    assert infer(Untold(headings, shuffled)) == infer(Untold(headings, values))


def test_a_table_of_nothing() -> None:
    assert infer(Untold((), ())) == Told("thing", ())
    assert infer(Untold(("a",), [[]])).columns[0].role == ""


# ------------------------------------------------------------------------------ dates and telephones


@pytest.mark.parametrize(
    ("text", "first", "expected"),
    [
        ("1985-03-04", True, "1985-03-04"), ("19850304", True, "1985-03-04"), ("3/4/1985", True, "1985-03-04"),
        ("3/4/1985", False, "1985-04-03"), ("4.3.85", False, "1985-03-04"), ("1985年3月4日", False, "1985-03-04"),
        ("1985-03", False, "1985-03"), ("4 Mar 1985", False, "1985-03-04"), ("March 4, 1985", False, "1985-03-04"),
        ("1861-17-14", False, "1861-17-14"), ("1985-03-04 10:20:00", False, "1985-03-04"), ("?", False, "?"),
    ],
)  # fmt: skip
def test_dates(text: str, first: bool, expected: str) -> None:
    assert read_date(text, month_first=first) == expected


@pytest.mark.parametrize(
    ("values", "default", "expected"),
    [
        (["3/4/1985", "25/4/1985"], True, False),
        (["3/24/1985"], False, True),
        (["3/4/1985"], True, True),
        ([], False, False),
    ],
)
def test_which_stands_first(values: Sequence[str], default: bool, expected: bool) -> None:
    assert month_first(values, default) is expected


def test_regions() -> None:
    assert region(["310/246-1501", "212/254-4678", "404-237-2700"], ["Cafe"]) == "US"
    assert region(["020 7219 3000", "0161 234 5000", "0131 200 2000"], ["Ann"]) == "GB"
    assert region(["13800138000"], ["张伟"]) == "CN"
    assert region([], ["Ann"]) == "US"


def test_places_are_spelt_as_they_are_read() -> None:
    assert {place: "".join(lazy_pinyin(place)) for place in PLACES} == PLACES_READ
