"""What is linked, asked and left apart? The traps of DESIGN §7 and NORMALISATION 2.5-2.8, one by one, in Chinese and English."""

from __future__ import annotations

import pytest

from matching import match
from tests.crowd import Fate, Row, among, batch, fate, people

CODE = "91110000600037341L"
OTHER_CODE = "91330212504327664T"
WORK = {"works_at.name": "上海宇润科技有限公司"}

PERSONS: list[tuple[str, Row, Row, Fate]] = [
    (
        "namesakes at two companies with one landline of nobody else",
        {
            "name": "张豪华",
            "phones": ("+8675575616862", "+8618064725007"),
            "works_at.name": "深圳南特冠文化传媒有限公司",
        },
        {"name": "张豪华", "phones": ("+8675575616862",), "works_at.name": "北京康飞电气有限公司"},
        "asked",
    ),
    (
        "name and mobile",
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "name and mail",
        {"name": "Ruth Mercer", "emails": ("ruth.mercer@acme.example",)},
        {"name": "Mercer, Ruth", "emails": ("ruth.mercer@acme.example",)},
        "linked",
    ),
    (
        "traditional characters",
        {"name": "張曉梅", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "pinyin with the mobile",
        {"name": "Zhang Xiaomei", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "pinyin in one word",
        {"name": "zhangxiaomei", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "a surname read otherwise",
        {"name": "Zeng Xiaomei", "phones": ("+8613800138001",)},
        {"name": "曾晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "a nickname",
        {"name": "Bob Kendal", "phones": ("+442079460958",), "emails": ("rk@acme.example",)},
        {"name": "Robert Kendal", "emails": ("rk@acme.example",)},
        "linked",
    ),
    (
        "a mobile as WeChat id",
        {"name": "张晓梅", "wechat": "13800138001"},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "company before the name",
        {"name": "宇润张晓梅", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    (
        "name and company, another mobile",
        {"name": "张晓梅", "phones": ("+8613800138001",), **WORK},
        {"name": "张晓梅", "phones": ("+8613911112222",), **WORK},
        "asked",
    ),
    (
        "name, company and job, another mobile",
        {"name": "张晓梅", "title": "会计", "phones": ("+8613800138001",), **WORK},
        {"name": "张晓梅", "title": "会计", "phones": ("+8613911112222",), **WORK},
        "linked",
    ),
    (
        "a full stop for the dot of a name",
        {"name": "卓玛.央金", **WORK},
        {"name": "卓玛·央金", "phones": ("+8613800138001",), **WORK},
        "linked",
    ),
    (
        "pinyin of which both words may be the family name",
        {"name": "Zhang Yan", "phones": ("+8613800138001",), **WORK},
        {"name": "张妍", **WORK},
        "linked",
    ),
    (
        "a title with the mobile, in another company",
        {"name": "李经理", "title": "采购经理", "phones": ("+8613800138001",), **WORK},
        {"name": "李涛", "title": "董事长", "phones": ("+8613800138001",), "works_at.name": "北京金力电子有限公司"},
        "asked",
    ),
    (
        "a title beside a colleague of the name",
        {"name": "张总", "title": "总经理", "phones": ("+8613800138001",), **WORK},
        {"name": "张毅", "title": "董事长", **WORK},
        "asked",
    ),
    (
        "the company as people call it before the name",
        {"name": "海石许睿", "works_at.name": "武汉海石化工有限公司", "phones": ("+862751557951;ext=8155",)},
        {"name": "许睿", "works_at.name": "武汉海石化工有限公司", "phones": ("+862751557951;ext=8155",)},
        "linked",
    ),
    (
        "half of a name on a shared mobile",
        {"name": "方鑫", "phones": ("+8613800138001",), **WORK},
        {"name": "方鑫俊", "phones": ("+8613800138001",), **WORK},
        "asked",
    ),
    ("the same common name", {"name": "王芳"}, {"name": "王芳"}, "asked"),
    (
        "a common name, other companies",
        {"name": "王芳", "works_at.name": "上海宇润科技有限公司", "phones": ("+8613800138001",)},
        {"name": "王芳", "works_at.name": "北京金力电子有限公司", "phones": ("+8613911112222",)},
        "apart",
    ),
    ("a title for a name", {"name": "王总", **WORK}, {"name": "王晓梅", **WORK}, "asked"),
    (
        "a title and the mobile",
        {"name": "王总", "phones": ("+8613800138001",)},
        {"name": "王晓梅", "phones": ("+8613800138001",)},
        "linked",
    ),
    ("two titles", {"name": "王总", **WORK}, {"name": "王经理", **WORK}, "apart"),
    ("equal pinyin alone", {"name": "张伟"}, {"name": "章威"}, "apart"),
    (
        "colleagues",
        {"name": "张晓梅", "address": "张江路1号", "phones": ("+862158881234",), **WORK},
        {"name": "李国强", "address": "张江路1号", "phones": ("+862158881234",), **WORK},
        "apart",
    ),
    (
        "colleagues, one without a name",
        {"name": "", "emails": ("info@acme.example",), **WORK},
        {"name": "李国强", "emails": ("info@acme.example",), **WORK},
        "apart",
    ),
    (
        "relatives who share a mobile",
        {"name": "李俊", "phones": ("+8613800138001",), **WORK},
        {"name": "李月", "phones": ("+8613800138001",), **WORK},
        "apart",
    ),
    (
        "a shared mailbox",
        {"name": "Ruth Mercer", "emails": ("sales@acme.example",)},
        {"name": "Peter Garner", "emails": ("sales@acme.example",)},
        "apart",
    ),
    (
        "numbered mailboxes",
        {"name": "王芳", "emails": ("fang.wang@acme.example",), "phones": ("+8613800138001",)},
        {"name": "王芳", "emails": ("fang.wang2@acme.example",), "phones": ("+8613911112222",)},
        "asked",
    ),
    (
        "the same checked number",
        {"name": "张晓梅", "identifiers.id": "11010519491231002X"},
        {"name": "Mei", "identifiers.id": "11010519491231002X"},
        "linked",
    ),
    (
        "one's own number",
        {"name": "张晓梅", "identifiers.no": "K1001"},
        {"name": "张晓梅", "identifiers.no": "K1001"},
        "linked",
    ),
    (
        "one's own number, no name",
        {"name": "", "identifiers.no": "K1001", "phones": ("+8613800138001",)},
        {"name": "张晓梅", "identifiers.no": "K1001"},
        "linked",
    ),
    (
        "one's own number, two names",
        {"name": "张晓梅", "identifiers.no": "K1001"},
        {"name": "李国强", "identifiers.no": "K1001"},
        "asked",
    ),
]

ORGANISATIONS: list[tuple[str, Row, Row, Fate]] = [
    ("the full name", {"name": "上海宇润科技有限公司"}, {"name": "上海宇润科技有限公司"}, "linked"),
    ("full width and traditional", {"name": "上海宇潤科技有限公司"}, {"name": "上海宇润科技有限公司　"}, "linked"),
    ("the full English name", {"name": "Larkspur Supply Ltd."}, {"name": "LARKSPUR SUPPLY LTD"}, "linked"),
    (
        "legal form dropped, same phone",
        {"name": "宇润科技", "phones": ("+862158881234",)},
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",)},
        "linked",
    ),
    (
        "in English and in Chinese",
        {"name": "Shanghai Yurun Technology Co., Ltd.", "phones": ("+862158881234",)},
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",)},
        "linked",
    ),
    (
        "the same credit code",
        {"name": "宇润", "identifiers.credit_code": CODE},
        {"name": "上海天力贸易有限公司", "identifiers.credit_code": CODE},
        "linked",
    ),
    (
        "other credit codes",
        {"name": "上海宇润科技有限公司", "identifiers.credit_code": CODE, "phones": ("+862158881234",)},
        {"name": "上海宇润科技有限公司", "identifiers.credit_code": OTHER_CODE, "phones": ("+862158881234",)},
        "asked",
    ),
    (
        "a misspelt credit code",
        {"name": "上海宇润科技有限公司", "identifiers.credit_code": CODE},
        {"name": "上海宇润科技有限公司", "identifiers.credit_code": CODE[:-1]},
        "linked",
    ),
    ("a letter of the brand", {"name": "北京明隆仪器有限公司"}, {"name": "北京明降仪器有限公司"}, "asked"),
    ("region in front and behind", {"name": "上海宇润科技有限公司"}, {"name": "宇润科技(上海)有限公司"}, "asked"),
    (
        "region in front and behind, same switchboard",
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",)},
        {"name": "宇润科技(上海)有限公司", "phones": ("+862158881234",)},
        "linked",
    ),
    (
        "two regions, one phone",
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",)},
        {"name": "北京宇润科技有限公司", "phones": ("+862158881234",)},
        "asked",
    ),
    (
        "a branch, everything else the same",
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",), "address": "张江路1号"},
        {"name": "上海宇润科技有限公司北京分公司", "phones": ("+862158881234",), "address": "张江路1号"},
        "apart",
    ),
    (
        "two shops",
        {"name": "天力食品(一店)", "phones": ("+862158881234",)},
        {"name": "天力食品(二店)", "phones": ("+862158881234",)},
        "apart",
    ),
    (
        "sister companies at one address",
        {"name": "上海宇润科技有限公司", "address": "张江路1号"},
        {"name": "上海金力贸易有限公司", "address": "张江路1号"},
        "apart",
    ),
    ("other trades", {"name": "上海宇润食品有限公司"}, {"name": "上海宇润物流有限公司"}, "apart"),
    (
        "a service number",
        {"name": "宇润", "phones": ("4008001234",)},
        {"name": "天力", "phones": ("4008001234",)},
        "apart",
    ),
    (
        "the short name and the phone",
        {"name": "宇润", "phones": ("+862158881234",)},
        {"name": "上海宇润科技有限公司", "phones": ("+862158881234",)},
        "linked",
    ),
    (
        "the short name and a contact",
        {"name": "宇润", "people": ("+8613800138001",)},
        {"name": "上海宇润科技有限公司", "people": ("+8613800138001",)},
        "linked",
    ),
]


@pytest.mark.parametrize(("a", "b", "expected"), [p[1:] for p in PERSONS], ids=[p[0] for p in PERSONS])
def test_two_persons(a: Row, b: Row, expected: Fate) -> None:
    assert fate(among("person", a, b)) == expected


@pytest.mark.parametrize(("a", "b", "expected"), [p[1:] for p in ORGANISATIONS], ids=[p[0] for p in ORGANISATIONS])
def test_two_organisations(a: Row, b: Row, expected: Fate) -> None:
    assert fate(among("organisation", a, b)) == expected


def test_a_short_name_alone_is_never_linked() -> None:
    assert fate(among("organisation", {"name": "宇润"}, {"name": "上海宇润科技有限公司"})) != "linked"


def test_one_table_that_lists_a_name_with_two_addresses_of_one_company_is_asked_about() -> None:
    one: Row = {"name": "宋凤悦", "emails": ("sales@acme.example",), **WORK}
    other: Row = {"name": "宋凤悦", "emails": ("fengyue.song@acme.example",), **WORK}
    rows = [one, other, *people(300)]
    elsewhere = list(range(2, len(rows)))
    assert fate(match(batch("person", rows, source=[0, 0, *elsewhere]))) == "asked"
    assert fate(match(batch("person", rows, source=[0, 1, *elsewhere]))) == "linked"


def test_whether_tables_hold_customers_twice_decides_what_two_of_one_name_in_one_table_are() -> None:
    """A third record knows the numbers of both. Where tables list everybody once they are namesakes, and it is asked to
    whom it belongs; where tables often list one twice, they are one.
    """
    rows: list[Row] = [
        {"name": "宋凤悦", "phones": ("+8613800138001",), **WORK},
        {"name": "宋凤悦", "phones": ("+8613911112222",), **WORK},
        {"name": "宋凤悦", "phones": ("+8613800138001", "+8613911112222"), **WORK},
    ]
    crowd = [row for row in people(500)[:500] for _ in range(2)]
    first_or_second = [k % 2 for k in range(1000)]  # everybody once in each of two tables
    anywhere = [(k // 2) % 2 for k in range(1000)]  # everybody twice in one of them
    once = match(batch("person", [*rows, *crowd], source=[0, 0, 1, *first_or_second]))
    twice = match(batch("person", [*rows, *crowd], source=[0, 0, 1, *anywhere]))
    assert fate(once, 0, 1) != "linked"
    assert len({twice.label[k] for k in range(3)}) == 1
