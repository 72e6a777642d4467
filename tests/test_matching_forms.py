"""Are names, companies, contacts and places read for comparison as NORMALISATION says?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.forms.companies import read_company
from matching.forms.contacts import read_mail, read_phone, read_site
from matching.forms.dates import read_birthday
from matching.forms.names import read_name
from matching.forms.places import read_address, read_city
from matching.forms.text import fold, romanise, romanise_family


@pytest.mark.parametrize(
    ("typed", "family", "given"),
    [
        ("王芳", "王", "芳"),
        ("蕭志偉", "萧", "志伟"),
        ("欧阳娜娜", "欧阳", "娜娜"),
        ("王总", "王", ""),
        ("王芳经理", "王", "芳"),
        ("欧阳经理", "欧阳", ""),
        ("小王", "王", ""),
        ("老李", "李", ""),
        ("李工", "李", ""),
        ("周婷-财务", "周", "婷"),
        ("高总(采购)", "高", ""),
        ("盛兴曹斌", "曹", "斌"),
        ("前台", "", ""),
        ("买买提·艾合买提", "艾合买提", "买买提"),
        ("买买提.艾合买提", "艾合买提", "买买提"),
        ("王.芳", "王", "芳"),
        ("19393951874", "", ""),
        ("Ruth Mercer", "mercer", "ruth"),
        ("Mercer, Ruth", "mercer", "ruth"),
        ("Mr. John van der Berg Jr.", "vanderberg", "john"),
        ("José  Núñez", "nunez", "jose"),
        ("Zhang Sanfeng", "zhang", "sanfeng"),
        ("Ruth", "", "ruth"),
        ("", "", ""),
    ],
)
def test_names(typed: str, family: str, given: str) -> None:
    name = read_name(typed)
    assert (name.family, name.given) == (family, given)


def test_parts_of_a_name_outrank_its_order() -> None:
    assert read_name("Wei Li", "Wei", "Li").family == "wei"
    assert read_name("william whitehead watts", "watts", "william").middle == "whitehead"
    assert read_name("Zhang Mingui", "Zhang Mingui", "").given == "mingui", (
        "whoever could not tell says it all is family"
    )


def test_surnames_have_readings_of_their_own() -> None:
    assert [romanise_family(f) for f in "曾单仇解查区翟盖朴覃缪"] == (
        ["zeng", "shan", "qiu", "xie", "zha", "ou", "zhai", "ge", "piao", "qin", "miao"]
    )
    assert romanise("宇润") == "yurun"


@pytest.mark.parametrize(
    ("typed", "brand", "region", "trade", "branch"),
    [
        ("上海宇润科技有限公司", "宇润", "上海", "科技", ""),
        ("宇润科技(上海)有限公司", "宇润", "上海", "科技", ""),
        ("宇润（上海）科技有限公司", "宇润", "上海", "科技", ""),
        ("广东省深圳市通浩软件股份有限公司", "通浩", "深圳", "软件", ""),
        ("上海市浦东新区优林办公用品店", "优林", "上海", "办公用品店", ""),
        ("上海宇润科技有限公司北京分公司", "宇润", "上海", "科技", "北京分公司"),
        ("中国工商银行上海分行", "中国工商银行", "", "", "上海分行"),
        ("海底捞火锅(朝阳店)", "海底捞火锅", "", "", "朝阳店"),
        ("宇润科技二店", "宇润", "", "科技", "二店"),
        ("臺灣積體電路製造股份有限公司", "积体电路", "台湾", "制造", ""),
        ("北京大学", "北京大学", "", "", ""),
        ("汇通佳卓", "汇通佳卓", "", "", ""),
        ("Larkspur Supply Ltd.", "larkspur", "", "supply", ""),
        ("Changsha Jieshun Building Materials Co., Ltd.", "jieshun", "长沙", "building materials", ""),
        ("The Hong Kong Jockey Club", "hong kong jockey club", "", "", ""),
        ("", "", "", "", ""),
    ],
)
def test_companies(typed: str, brand: str, region: str, trade: str, branch: str) -> None:
    name = read_company(typed)
    assert (name.brand, name.region, name.trade, name.branch) == (brand, region, trade, branch)


def test_a_region_behind_the_brand_is_told() -> None:
    assert not read_company("上海宇润科技有限公司").moved
    assert read_company("宇润科技(上海)有限公司").moved


@pytest.mark.parametrize(
    ("typed", "digits", "sort", "shared"),
    [
        ("+8613800138000", "13800138000", "mobile", False),
        ("13800138000", "13800138000", "mobile", False),
        ("+862158881234;ext=8001", "2158881234", "fixed", False),
        ("02158881234", "2158881234", "fixed", False),
        ("4008001234", "4008001234", "fixed", True),
        ("95588", "95588", "fixed", True),
        ("+12125550144", "12125550144", "open", False),
        ("00000000", "", "open", False),
        ("12", "", "open", False),
    ],
)
def test_phones(typed: str, digits: str, sort: str, *, shared: bool) -> None:
    phone = read_phone(typed)
    assert (phone.digits, phone.sort, phone.shared) == (digits, sort, shared)


def test_mail_addresses() -> None:
    assert read_mail("info@acme.example").shared
    assert read_mail("Sales01@acme.example").shared
    assert not read_mail("salesman@acme.example").shared
    assert read_mail("a.b@QQ.com").public
    assert read_mail("no address").address == ""
    assert read_site("https://www.Acme.example/about?x=1") == "acme.example"


def test_addresses_and_cities() -> None:
    assert read_address("广东省深圳市西峰区上海路327号1栋2347室").street == "上海路"
    assert read_address("3053 South Normal Avenue").text == read_address("3053 S. Normal Ave").text
    hill = read_address("105 Hill Road, Seattle, United States")
    assert (hill.number, hill.street) == ("105", "hill")
    assert read_city("武汉市") == read_city("武漢") == "武汉"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("1985-03-02", "19850302"), ("1985-03", "198503  "), ("1985", "1985    "), ("--03-02", "    0302"), ("x", ""), ("", "")],
)  # fmt: skip
def test_birthdays(typed: str, read: str) -> None:
    assert read_birthday(typed) == read


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_nothing_that_is_typed_makes_a_reader_raise(text: str) -> None:
    for read in (read_name, read_company, read_phone, read_mail, read_site, read_address, read_city, read_birthday):
        read(text)
