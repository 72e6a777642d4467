"""What do suggestions say, and when do they keep silent?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Damaged, LookUp, Value
from mappings.headings import chinese, english, lexicon
from mappings.headings.grammar import meaning
from mappings.headings.pinyin import readings
from mappings.kinds import FieldDef, Kind, built_in
from mappings.suggest import SAY_IT, Suggestion, as_json, suggest, suggest_file
from tests import pinyin_table


def fields(text: str, table: str = "") -> list[str | None]:
    """The fields of headings that stand apart by ` | `."""
    return [s.field for s in suggest(text.split(" | "), table_name=table)]


def one(text: str, heading: str, *values: Value, table: str = "") -> Suggestion:
    """The suggestion of one heading among others; the values are its own."""
    headings = text.split(" | ")
    at = headings.index(heading)
    samples = [values if i == at else () for i in range(len(headings))]
    return suggest(headings, samples, table_name=table)[at]


# ------------------------------------------------------------------------------ every spelling


@pytest.mark.parametrize(
    ("company", "contact", "mobile"),
    [
        ("Account Name", "Contact Person", "Mobile"),
        ("AccountName", "ContactPerson", "MobilePhone"),
        ("account_name", "contact_person", "mobile_phone"),
        ("ACCOUNTNAME", "CONTACTPERSON", "MOBILENO"),
        ("acct nm", "cntct nm", "mob no"),
        ("客户名称（必填）", "联系人姓名", "手机号码"),
        ("客戶名稱", "聯絡人", "行動電話"),
        ("kehu mingcheng", "lianxiren", "shouji"),
        ("kehuMingcheng", "lianxirenXingming", "shoujihao"),
        ("khmc", "lxr", "sjhm"),
        ("公司 Company", "Contact 联系人", "手机/Mobile"),
        ("1.贵公司名称", "2.联系人", "3.手机"),
        ("  *公司名称* ", "联系人\u200b", "手 机".replace(" ", "")),
    ],
)
def test_one_table_in_every_spelling(company: str, contact: str, mobile: str) -> None:
    headings = [company, contact, mobile]
    wanted = ["organisation.name", "person.name", "person.phones"]
    assert [s.field for s in suggest(headings, table_name="客户")] == wanted


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("E-mail 1 - Value", "person.emails"),
        ("Phone 1 - Value", "person.phones"),
        ("Phone (work)", "person.phones"),
        ("Address 1 - City", "person.city"),
        ("Mailing Zip/Postal Code", "person.postal_code"),
        ("Date of Birth", "person.birthday"),
        ("Organization Title", "person.title"),
        ("Organization Name", "organisation.name"),
        ("Email (Primary Contact)", "person.emails"),
        ("Last Activity Date", "person.last_contacted_at"),
        ("Next activity date", "person.next_follow_up_at"),
        ("Created Time", "person.created_at"),
        ("Last Modified Date", "person.updated_at"),
        ("Contact Owner", "person.owner"),
        ("HASOPTEDOUTOFEMAIL", "person.do_not_contact"),
        ("Group Membership", "person.tags"),
    ],
)
def test_words_combine_in_a_list_of_contacts(heading: str, field: str) -> None:
    assert suggest(["First Name", "Last Name", "Organization", heading], table_name="Contacts")[-1].field == field


NOTHING = """
Created By|Last Modified By|创建人|修改人|录入人|Fax|传真|法人|法定代表人|序号|No.|Row Number|Record ID|ID
唯一标识|密码|Password|开户行|银行账号|Bank Account Number|IBAN|期初余额|Opening Balance|发票抬头|开票地址
Shipping Street|收货地址|Delivery Address|送貨地址|Other City|Address 2: City|Street 2|City - Home 2|配偶|Spouse
Assistant|助理电话|Asst. Phone|Competitor|竞争对手|Probability|成交概率|Record Type|业务类型|Price List|价目表
Territory|Language|Latitude|经度|Number of Pageviews|跟进次数|Total Orders|Import Batch|导入批次|LinkedIn|QQ
Twitter|E-mail 1 - Label|Phone 1 - Type|Middle Name|Name Suffix|Nickname|注册资本|经营范围|信用额度|所属部门
负责人部门|Owner Email|IP Address|微信昵称|Lead Score|Deal Stage|合同编号|Lost reason|Payment Terms
last modified|公式1
"""


@pytest.mark.parametrize("heading", [h for line in NOTHING.strip().splitlines() for h in line.split("|")])
def test_what_gets_nothing(heading: str) -> None:
    about = ["客户名称", "统一社会信用代码", "联系人", "手机", "地址", "负责人"]
    assert suggest([*about, heading], table_name="客户")[-1].field is None


def test_the_tax_number_of_an_invoice_is_taken_and_nothing_else_of_it() -> None:
    said = fields("客户名称 | 开票信息/税号 | 开票信息/开户行 | 开票信息/账号 | 开票信息/电话")
    assert said == ["organisation.name", "organisation.identifiers", None, None, None]


# ------------------------------------------------------------------------------ the table decides


def test_the_same_words_in_a_list_of_contacts_and_of_companies() -> None:
    words = "名称 | 电话 | 地址 | 备注 | 状态"
    assert fields(words + " | 行业 | 税号", "客户") == [
        *("organisation.name", "organisation.phones", "organisation.address", "organisation.notes"),
        *("organisation.status", "organisation.industry", "organisation.identifiers"),
    ]
    assert fields("姓名 | 电话 | 地址 | 备注 | 性别", "通讯录") == [
        *("person.name", "person.phones", "person.address", "person.notes", "person.gender"),
    ]
    assert fields("Name | Phone | City", "Contacts") == ["person.name", "person.phones", "person.city"]
    assert fields("Name | Phone | City | Industry | Website", "Accounts")[:3] == [
        *("organisation.name", "organisation.phones", "organisation.city"),
    ]


def test_a_plain_telephone_beside_a_mobile_is_the_companys() -> None:
    assert fields("公司 | 联系人 | 手机 | 电话") == [
        *("organisation.name", "person.name", "person.phones", "organisation.phones"),
    ]
    assert fields("公司 | 联系人 | 座机 | 手机 | 电话")[2:] == [
        *("organisation.phones", "person.phones", "person.phones"),
    ]
    assert fields("公司 | 联系人 | 电话")[2] == "person.phones"


def test_two_telephones_of_one_name() -> None:
    assert fields("公司 | 电话 | 联系人 | 电话")[1::2] == ["organisation.phones", "person.phones"]


def test_a_second_contact_is_a_second_part() -> None:
    assert fields("客户名称 | 联系人1 | 联系人1电话 | 联系人2 | 联系人2电话")[1:] == [
        *("person.name", "person.phones", "person.second.name", "person.second.phones"),
    ]


def test_a_key_of_the_company_is_where_the_contact_works() -> None:
    assert fields("account_id | full_name | mobile", "contacts") == ["person.works_at", "person.name", "person.phones"]
    assert fields("account_id | account_name | phone", "accounts")[0] is None


def test_title_is_a_salutation_beside_a_job_title() -> None:
    assert fields("Title | First Name | Last Name | Job Title")[0] is None
    assert fields("Title | First Name | Last Name")[0] == "person.title"


def test_visits() -> None:
    assert fields("拜访日期 | 客户名称 | 拜访方式 | 拜访内容 | 下一步计划 | 拜访人", "拜访记录") == [
        *("interaction.at", "organisation.name", "interaction.type", "interaction.summary", "interaction.next_step"),
        "interaction.by",
    ]


def test_home_is_the_persons_and_work_the_companys_address() -> None:
    said = fields("First Name | Last Name | Company | Business City | Home City | Other City", "Contacts")
    assert said[3:] == ["organisation.city", "person.city", None]


# ------------------------------------------------------------------------------ the values decide


def test_values_say_whose_name_it_is() -> None:
    companies = ("上海宇润科技有限公司", "杭州明川贸易有限公司")
    assert one("Name | Phone", "Name", *companies).field == "organisation.name"
    assert one("Name | Phone", "Name", "Alice Chen", "Robert Miller").field == "person.name"


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("电话", ("2025-01-02", "2025-03-04")),
        ("邮箱", ("13800138001", "13800138002")),
        ("生日", ("张伟", "王芳")),
        ("联系人", ("a@b.example", "c@d.example")),
        ("地址", ("是", "否")),
        ("创建时间", ("小王", "小李")),
    ],
)
def test_values_that_cannot_be_it_silence_the_heading(heading: str, values: tuple[str, ...]) -> None:
    said = one(f"公司名称 | {heading}", heading, *values)
    assert said.field is None
    assert said.maybe
    assert said.confidence < SAY_IT


def test_a_type_is_a_status_only_by_its_values() -> None:
    assert one("Account Name | Type", "Type").field is None
    assert one("Account Name | Type", "Type", "Prospect", "Customer", "Prospect").field == "organisation.status"
    assert one("客户名称 | 类型", "类型", "企业客户", "个人客户").field is None


def test_values_alone() -> None:
    assert one("公司 | 列1", "列1", "a@b.example", "c@d.example", "e@f.example").field == "organisation.emails"
    assert one("公司 | ", "", *["91110000600037341L"] * 3).field == "organisation.identifiers"
    assert one("公司 | 列1", "列1", "12", "13", "14").field is None
    assert one("公司 | 列1", "列1", "2025-01-01", "2025-01-02", "2025-01-03").field is None


def test_values_of_every_type_are_looked_at() -> None:
    when = datetime(2025, 1, 2, tzinfo=UTC)
    values: list[list[Value]] = [
        [13800138001, 13800138002, None],
        [Decimal(13800138001), Damaged("scientific", "1.38E+10"), ""],
        [date(2025, 1, 2), when, None],
        [("a@b.example", "c@d.example"), (), None],
        [True, False, True],
        [LookUp("accounts", "17", "上海宇润科技有限公司"), None],
    ]
    said = suggest(["手机", "电话", "生日", "邮箱", "请勿致电", "公司"], values, table_name="联系人")
    assert [s.field for s in said] == [
        *("person.phones", "person.phones", "person.birthday", "person.emails", "person.do_not_contact"),
        "organisation.name",
    ]


# ------------------------------------------------------------------------------ how a mapping would write it


def test_hints() -> None:
    assert one("公司 | 税号", "税号").hints.sort == "credit_code"
    assert one("公司 | 客户编号", "客户编号", "KH1", "KH2").hints.sort == "customer_no"
    assert one("姓名 | 性别 | 生日", "生日", "6月15日", "1月1日").hints.format == "%m月%d日"
    assert one("公司 | 标签", "标签", "重点;老客户", "华东;重点").hints.split == ";"
    assert one("公司 | 级别", "级别", *"ABCABCAB").hints.raw == ("A", "B", "C")


def test_texts_that_could_be_somebodys_own_are_no_hint() -> None:
    assert one("公司 | 来源", "来源", "张伟介绍", "李娜介绍", "王芳的朋友").hints.raw == ()


def test_fields_of_ones_own_are_found_by_their_spelling() -> None:
    kinds = built_in()
    own = {
        **kinds["organisation"].fields,
        "machines_installed": FieldDef("machines_installed", "number", built_in=False),
    }
    kinds["organisation"] = Kind("organisation", own, customer=True)
    said = suggest(["Company", "Machines Installed"], kinds=kinds)
    assert [s.field for s in said] == ["organisation.name", "organisation.machines_installed"]


def test_json_has_a_line_for_every_column() -> None:
    said = suggest_file([{"公司": "上海宇润科技有限公司", "传真": "021-58881234"}])
    assert said == as_json(suggest(["公司", "传真"], [["上海宇润科技有限公司"], ["021-58881234"]]))
    columns = said["columns"]
    assert isinstance(columns, list)
    assert [c["heading"] for c in columns] == ["公司", "传真"]
    assert [c["field"] for c in columns] == ["organisation.name", None]
    assert all(set(c) == {"heading", "field", "confidence", "reason"} for c in columns)
    assert suggest_file([]) == {"columns": []}


# ------------------------------------------------------------------------------ laws


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=4)), max_size=8),
    st.text(max_size=12),
)
def test_any_table_gets_an_answer(table: list[tuple[str, list[str]]], name: str) -> None:
    said = suggest([heading for heading, _ in table], [values for _, values in table], table_name=name)
    kinds = built_in()
    assert [s.heading for s in said] == [heading for heading, _ in table]
    for suggestion in said:
        assert 0 <= suggestion.confidence <= 1
        assert (suggestion.field is not None) == (suggestion.confidence >= SAY_IT)
        if suggestion.field:
            part, _, field = suggestion.field.rpartition(".")
            assert field in kinds[part.partition(".")[0]].fields


WORDS = st.sampled_from([*lexicon.english_words(), *lexicon.chinese_words()])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=6),
    st.sampled_from([" ", "_", " - ", "/", ""]),
)
def test_any_words_of_the_lexicon_combine(headings: list[list[str]], glue: str) -> None:
    said = suggest([glue.join(words) for words in headings])
    assert len(said) == len(headings)


@settings(max_examples=100, deadline=None)
@given(WORDS)
def test_case_and_width_do_not_matter(word: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)
    assert meaning(wide).attribute == meaning(word).attribute == meaning(f" {word.upper()} ").attribute


def test_a_word_stands_in_one_line_of_the_lexicon_only() -> None:
    for lines in (english.LINES, chinese.LINES):
        words = [word for word, _ in lexicon.entries(lines)]
        assert sorted({w for w in words if words.count(w) > 1}) == []


def test_the_lexicon_is_simplified() -> None:
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    assert [word for word in lexicon.chinese_words() if convert(word) != word] == []


def test_pinyin_is_that_of_the_lexicons_words() -> None:
    wanted = pinyin_table.readings()
    assert {c: set(r) for c, r in readings().items()} == wanted, "run `python -m tests.pinyin_table`"
    assert {letter for word in chinese.INITIALS.split() for letter in word} <= set(wanted)
