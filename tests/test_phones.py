"""Is a cell of phone numbers read as NORMALISATION 2.4 says, and written so that it reads the same?"""

from __future__ import annotations

import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Damaged, Field, Value
from mappings.types import TYPES, At, Cannot, phones
from mappings.types.phones import is_mobile, is_shared, is_valid, parse

PHONE = TYPES["phone"]
CN = At()
CODES = [
    1,
    *range(31, 35),
    39,
    41,
    *range(43, 45),
    *range(46, 50),
    60,
    62,
    65,
    66,
    81,
    82,
    84,
    90,
    91,
    852,
    853,
    886,
    971,
]
ROOT = Path(__file__).resolve().parents[1]


def read(raw: Value, at: At = CN) -> object:
    found = PHONE.parse_many(raw, at)
    return f"!{found.code}" if isinstance(found, Damaged) else " ".join(found)


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "+8613800138000",
        "0086-13800138000",
        "86-13800138000",
        "(+86)13800138000",
        "+86(0)13800138000",
        "013800138000",
        "１３８００１３８０００",
        "13800138000.0",
        "13800138000（微信同号）",
        "13800138000(张三)",
        "手机：13800138000",
        "13800138000 张三",
        "Tel:13800138000",
        "13,800,138,000",
        "\u200b13800138000",
        13800138000,
        Decimal(13800138000),
        "138\u00a00013\u00a08000",
        "13800138000#",
        "【13800138000】",
    ],
)
def test_one_mobile_in_all_the_ways_people_type_it(raw: Value) -> None:
    assert read(raw) == "+8613800138000"


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        ("13800138000/13900139000", "+8613800138000 +8613900139000"),
        ("13800138000 13900139000", "+8613800138000 +8613900139000"),
        ("13800138000、13900139000；13700137000", "+8613800138000 +8613900139000 +8613700137000"),
        ("13800138000\n13900139000", "+8613800138000 +8613900139000"),
        ("13800138000或13900139000", "+8613800138000 +8613900139000"),
        ("13800138000/138-0013-8000", "+8613800138000"),
        ("张三 13800138000 李四 13900139000", "+8613800138000 +8613900139000"),
        ("T:021-58881234 F:021-58881235", "+862158881234 +862158881235"),
        ("021-58881234/35", "+862158881234 +862158881235"),
        ("13800138000、021-58881234转8001", "+8613800138000 +862158881234;ext=8001"),
    ],
)
def test_several_numbers_in_a_cell(raw: str, numbers: str) -> None:
    assert read(raw) == numbers


@pytest.mark.parametrize(
    "raw",
    [
        "021-58881234转8001",
        "021-58881234 转 8001",
        "021-58881234-8001",
        "（021）58881234转8001",
        "021-58881234 ext. 8001",
        "02158881234 分机8001",
        "021-58881234（转8001）",
        "021-58881234(8001)",
        "+862158881234;ext=8001",
        "+86 21 5888 1234 x8001",
    ],
)
def test_an_extension_is_kept(raw: str) -> None:
    assert read(raw) == "+862158881234;ext=8001"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("021 5888 1234", "+862158881234"),
        ("0755-2600-1234", "+8675526001234"),
        ("400-820-8820", "+864008208820"),
        ("400-820-8820-123", "+864008208820;ext=123"),
        ("852-23456789", "+85223456789"),
        ("+852 2345 6789", "+85223456789"),
        ("+44 20 7946 0958", "+442079460958"),
        ("58881234", "58881234"),
        ("58881234-8001", "58881234;ext=8001"),
        ("14000000000", "+8614000000000"),
        ("12345678901", "12345678901"),
        ("95588", "95588"),
        ("+861380013800", "+861380013800"),
        ("17911111111", "+8617911111111"),
        ("٠١٢٣٤٥٦٧", "01234567"),
    ],
)
def test_other_numbers_and_those_no_plan_explains_are_kept(raw: str, number: str) -> None:
    assert read(raw) == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.3800138E+10", "!scientific"),
        ("无", "!placeholder"),
        ("微信", "!not_a_phone"),
        ("12", "!not_a_phone"),
        ("#N/A", "!excel_error"),
        ("见备注" * 200, "!not_a_phone"),
    ],
)
def test_what_is_no_number_is_damaged(raw: str, code: str) -> None:
    assert read(raw) == code


@pytest.mark.parametrize("text", ["、、", "/,;", "（家）"])
def test_a_cell_of_signs_is_not_empty(text: str) -> None:
    assert read(text) == "!not_a_phone"


def test_a_field_of_one_number_does_not_choose_among_several() -> None:
    assert PHONE.parse("13800138000/13800138000", CN) == "+8613800138000"
    assert PHONE.parse("13800138000/13900139000", CN) == Damaged("several", "13800138000/13900139000")
    assert TYPES["email"].parse("a@a.cn; b@b.cn", CN) == Damaged("several", "a@a.cn; b@b.cn")


def test_a_bare_number_is_read_in_the_sources_region() -> None:
    assert read("(415) 555-2671", At(region="US")) == "+14155552671"
    assert read("13800138000", At(region="US")) == "13800138000"
    assert read("+8613800138000", At(region="US")) == "+8613800138000"


@pytest.mark.parametrize("prefix", range(130, 200))
def test_the_mobile_prefixes_agree_with_the_library(prefix: int) -> None:
    value = f"+86{prefix}12345678"
    assert is_valid(value) == phonenumbers.is_valid_number(phonenumbers.parse(value))
    assert read(f"{prefix}12345678") == value, "an invalid one is kept"


def test_the_landlines_told_without_the_library_agree_with_it() -> None:
    rng = random.Random(7)
    areas = [10, *range(20, 30), *range(311, 320), *range(371, 380), *range(431, 460), *range(510, 600)]
    areas += [*range(731, 770), *range(871, 899)]
    valid = 0
    for _ in range(3000):
        text = f"0{rng.choice(areas)}-{rng.randrange(10**7, 10**8)}"
        found = read(text)
        number = phonenumbers.parse(text, "CN")
        if phonenumbers.is_valid_number(number):
            valid += 1
            assert found == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        else:
            assert isinstance(found, str)
            assert not found.startswith("+"), text
    assert valid > 500


def test_a_mobile_needs_no_phonenumbers() -> None:
    code = (
        "import sys; from mappings.types import TYPES, At; found = TYPES['phone'].parse_many('138 0013 8000', At()); "
        "sys.exit('phonenumbers' in sys.modules or found != ('+8613800138000',))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("value", "valid", "mobile", "shared"),
    [
        ("+8613800138000", True, True, False),
        ("+8614012345678", False, True, False),
        ("+862158881234;ext=8001", True, False, False),
        ("+864008208820", True, False, True),
        ("95588", False, False, True),
        ("10086", False, False, True),
        ("58881234", False, False, False),
        ("+18003569377", True, False, True),
        ("+447911123456", True, True, False),
        ("+1", False, False, False),
    ],
)
def test_what_is_known_of_a_number(value: str, valid: bool, mobile: bool, shared: bool) -> None:
    assert (is_valid(value), is_mobile(value), is_shared(value)) == (valid, mobile, shared)


@pytest.mark.parametrize(
    ("value", "at", "shown", "text"),
    [
        ("+8613800138000", CN, None, "13800138000"),
        ("+8613800138000", CN, "+86 139 0013 9000", "+8613800138000"),
        ("+8613800138000", At(region="US"), None, "+8613800138000"),
        ("+862158881234", CN, None, "021-58881234"),
        ("+862158881234;ext=8001", CN, None, "021-58881234转8001"),
        ("+864008208820", CN, None, "400-820-8820"),
        ("+14155552671", CN, None, "+14155552671"),
        ("58881234;ext=8001", CN, None, "58881234转8001"),
        ("+8613800138000", At(format="e164"), None, "+8613800138000"),
        ("+8613800138000", At(format="international"), None, "+86 138 0013 8000"),
        ("+14155552671", At(region="US", format="national"), None, "(415) 555-2671"),
        ("+8613800138000", At(format="digits"), None, "13800138000"),
        ("+8613800138000", At(field=Field("n", "n", "number")), None, 13800138000),
    ],
)
def test_writing_follows_the_place(value: str, at: At, shown: str | None, text: Value) -> None:
    assert PHONE.render(value, at, shown) == text
    assert PHONE.parse_many(text, at) == (value,)


def test_an_unknown_format_is_told() -> None:
    assert isinstance(PHONE.render("+8613800138000", At(format="pretty")), Cannot)


def test_an_extension_does_not_fit_a_number_field() -> None:
    assert isinstance(PHONE.render("+14155552671;ext=5", At(field=Field("n", "n", "number"))), Cannot)


def test_many_spellings_read_alike_each_time() -> None:
    rng = random.Random(11)
    for _ in range(500):
        text = "".join(rng.choice("0123456789 -+()转/x;") for _ in range(rng.randrange(1, 24)))
        found = parse(text.strip(), "CN")
        assert found is None or parse(found, "CN") == found, text


@given(
    code=st.sampled_from(
        [
            "1",
            "31",
            "32",
            "33",
            "34",
            "39",
            "41",
            "43",
            "44",
            "46",
            "47",
            "48",
            "49",
            "60",
            "62",
            "65",
            "66",
            "81",
            "82",
            "84",
            "90",
            "91",
            "852",
            "853",
            "886",
            "971",
        ]
    ),
    groups=st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=1, max_size=4),
    sign=st.sampled_from(("", " ", "-")),
    region=st.sampled_from(("CN", "US", "DE")),
)
def test_a_number_behind_a_country_code_reads_as_the_slow_way_reads_it(
    code: int, groups: list[str], sign: str, region: str
) -> None:
    text = f"+{code}{sign}{sign.join(groups)}"
    quick = phones._plainly(text, region)
    if quick is not None:
        assert [number for _, number in phones._read_pieces(phones._pieces(text), region)] == [quick]
    if code == 1 and len("".join(groups)) == 10 and [len(one) for one in groups] == [3, 3, 4] and groups[0][0] > "1":
        assert quick == f"+1{''.join(groups)}"
