"""Does each semantic type read, compare and write what NORMALISATION and PITFALLS name?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.contract import Damaged, Field, LookUp, Value
from mappings.kinds import TYPES as NAMES
from mappings.types import TYPES, At, Cannot
from mappings.types.cleaning import clean, form
from mappings.types.damage import checked
from mappings.types.identifiers import has_credit_check, has_resident_check, is_checked

CN = At()


def read(type_: str, raw: Value, at: At = CN) -> object:
    """The canonical value, or the code of the damage behind an exclamation mark."""
    found = TYPES[type_].parse(raw, at)
    return f"!{found.code}" if isinstance(found, Damaged) else found


def test_every_type_of_the_configuration_has_a_meaning() -> None:
    assert set(TYPES) == set(NAMES)
    assert all(one.name == name for name, one in TYPES.items())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_empty_and_damage_stays_damage(name: str) -> None:
    assert TYPES[name].parse(None, CN) == ""
    assert TYPES[name].parse("", CN) == ""
    assert TYPES[name].parse("  \u3000\n", CN) == ""
    broken = Damaged("excel_error", "#REF!")
    assert TYPES[name].parse(broken, CN) == broken


def test_what_may_be_cut_and_what_is_masked() -> None:
    assert {name for name, one in TYPES.items() if one.cuttable} == {
        "text", "person_name", "company_name", "address", "note",
    }  # fmt: skip
    assert {name for name, one in TYPES.items() if one.sensitive} == {"phone", "email", "identifier", "money"}


# ------------------------------------------------------------------------------ cleaning


@pytest.mark.parametrize(
    ("typed", "clean_text"),
    [
        ("　上海　宇润 ", "上海 宇润"),
        ("Ｈｅｌｌｏ（世界）", "Hello(世界)"),
        ("a\u200bb\ufeffc\u00adд", "abcд"),
        ("“x” ‘y’ – — −", "\"x\" 'y' - - -"),
        ("买买提・艾 • ‧", "买买提·艾 · ·"),
        ("①㈱", "1(株)"),
        ("e\u200d\u0301", "é"),
        ("a\r\n\tb", "a b"),
        ("a\x00b\x07", "ab"),
        ("İ", "İ"),
    ],
)
def test_cleaning_goes_in_the_order_of_the_page(typed: str, clean_text: str) -> None:
    assert clean(typed) == clean_text


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ABC 公司", "abc公司"),
        ("上海(宇润)", "上海（宇润）"),
        ("No. 5, Main St", "no 5 main st"),
        ("Straße", "STRASSE"),
    ],
)
def test_form_is_blind_to_case_width_blanks_and_punctuation(a: str, b: str) -> None:
    assert form(a) == form(b)


@pytest.mark.parametrize(("a", "b"), [("上海宇润", "上海宇闰"), ("-", "?"), ("C++", "C"), ("臺灣", "台湾")])
def test_form_keeps_what_makes_another_value(a: str, b: str) -> None:
    assert form(a) != form(b)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#REF!", "excel_error"),
        (" #n/a ", "excel_error"),
        ("#DIV/0!", "excel_error"),
        ("########", "excel_error"),
        ("1.3800138E+10", "scientific"),
        ("3.2e+17", "scientific"),
        ("锟斤拷", "mojibake"),
        ("烫烫烫", "mojibake"),
        ("CafÃ©", "mojibake"),
        ("张\ufffd", "mojibake"),
        ("ï¿½ï¿½", "mojibake"),
        ("张三".encode().decode("latin-1"), "mojibake"),
        ("å¼ ä¸‰", "mojibake"),
        ("张三".encode().decode("gb18030"), "mojibake"),
        ("北京市朝阳区".encode().decode("gb18030"), "mojibake"),
        ("公司名称".encode("gbk").decode("cp1252"), "mojibake"),
        ("\ud83d", "mojibake"),
    ],
)
def test_what_a_program_did_to_a_text_is_damage(text: str, code: str) -> None:
    found = checked(text)
    assert isinstance(found, Damaged)
    assert found.code == code
    assert found.text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "café",
        "Müller Straße",
        "ÀÉ",
        "Zoë",
        "naïve",
        "Ægir",
        "łódź",
        "Владимир",
        "とうきょう",
        "한국어",
        "龔如心臺灣積體電路",
        "𠮷野家",
        "䶮",
        "12¥",
        "#1 Supplies",
        "C#",
        "E+1",
        "1E5",
        "5E",
        "Àà Éé",
        "啊",
        "洹水",
        "×÷",
        "1,200",
        "13800138000",
        "#",
        "R&D",
    ],
)
def test_ordinary_text_is_not_called_damaged(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize("char", ["一", "张", "龙", "鑫", "囍", "堃", "㑇", "€"])
def test_text_that_survives_a_gbk_file_is_not_called_damaged(char: str) -> None:
    for other in "上海宇润科技有限公司":
        assert not isinstance(checked(char + other), Damaged)


# ------------------------------------------------------------------------------ texts


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("company_name", " 上海 宇润（中国） 科技 有限公司", "上海宇润(中国)科技有限公司"),
        ("company_name", "Acme  Holdings, Ltd.", "Acme Holdings, Ltd."),
        ("company_name", "暂无", "!placeholder"),
        ("address", "上海市 浦东新区 张江路 １２３号", "上海市浦东新区张江路 123号"),
        ("text", "ABC-01", "ABC-01"),
        ("text", 12, "12"),
        ("text", Decimal("1.50"), "1.5"),
        ("text", True, "true"),
        ("text", date(2026, 1, 2), "2026-01-02"),
        ("text", LookUp("t", "7", "Acme"), "Acme"),
        ("text", "-", "!placeholder"),
        ("text", "无", "无"),
        ("note", "第一行  \r\n 第二行\n", "第一行\n 第二行"),
        ("note", "Ｗide（原样）“引号”", "Ｗide（原样）“引号”"),
        ("note", "a\x00b", "ab"),
        ("tags", " 老客户 ", "老客户"),
        ("choice", "Ａ类", "A类"),
    ],
)
def test_texts(type_: str, raw: Value, value: str) -> None:
    assert read(type_, raw) == value


def test_a_note_column_holds_a_note_a_line() -> None:
    assert TYPES["note"].parse_many("2026-01-02 来访\n\n  报价 ", CN) == ("2026-01-02 来访", "报价")
    assert TYPES["note"].parse_many("来访\r#REF!", CN) == Damaged("excel_error", "#REF!")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("ZHANG@Example.CN", "zhang@example.cn"),
        ("ｚ＠ａ．ｃｎ", "z@a.cn"),
        ("mailto:z@a.cn", "z@a.cn"),
        ("Zhang San <z@a.cn>", "z@a.cn"),
        ("邮箱：z@a.cn", "z@a.cn"),
        ("z@163。com", "z@163.com"),
        ("zhang#163.com", "!not_an_email"),
        ("无", "!placeholder"),
        ("N/A", "!placeholder"),
    ],
)
def test_emails(raw: str, value: str) -> None:
    assert read("email", raw) == value


def test_several_emails_in_a_cell() -> None:
    assert TYPES["email"].parse_many("A@a.cn；b@b.cn, a@a.cn", CN) == ("a@a.cn", "b@b.cn")


@pytest.mark.parametrize(
    ("raw", "value", "bare"),
    [
        ("HTTPS://WWW.Example.com/Path/", "https://www.example.com/Path/", "example.com/path"),
        ("example.com", "example.com", "example.com"),
        (" www.a.cn ", "www.a.cn", "a.cn"),
        ("http://www.a.cn?Q=1", "http://www.a.cn?Q=1", "a.cn?q=1"),
    ],
)
def test_urls_are_compared_without_scheme_www_and_slash(raw: str, value: str, bare: str) -> None:
    assert read("url", raw) == value
    assert TYPES["url"].form(value) == bare


def test_a_word_is_no_url() -> None:
    assert read("url", "官网") == "!not_a_url"


# ------------------------------------------------------------------------------ identifiers


@pytest.mark.parametrize("code", ["91110000600037341L", "91310115MA1K35JX8C", "12100000400000624D"])
def test_the_credit_codes_check_digit(code: str) -> None:
    assert has_credit_check("91110000600037341L"), "the page's valid example"
    body = code[:17]
    right = [c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if has_credit_check(body + c)]
    assert len(right) == 1, "one check digit fits"
    whole = body + right[0]
    for at in range(17):
        wrong = "1" if whole[at] != "1" else "2"
        assert not has_credit_check(whole[:at] + wrong + whole[at + 1 :]), "a wrong character never fits"


def test_the_resident_numbers_check_digit_without_judging_regions() -> None:
    assert has_resident_check("11010519491231002X")
    assert not has_resident_check("110105194912310021")
    assert not has_resident_check("11010519491331002X"), "no such month"
    body = "62020119500726860"  # city-level code, at which a library raises KeyError
    assert sum(has_resident_check(body + c) for c in "0123456789X") == 1


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" 9111 0000-6000 37341l ", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("91110000\u200b600037341L", "91110000600037341L"),
        ("A-1001", "A1001"),
        ("1001.0", "1001"),
        (1001, "1001"),
        ("310101600000001", "310101600000001"),  # an old 15-digit registration number
        ("3.20102199001011E+17", "!scientific"),
        ("320102199001011000", "!float_tail"),
        ("911100006000373000", "!float_tail"),
        (str(int(float("320102199001011234"))), "!float_tail"),
        ("320102199001011260", "!float_tail"),
        ("320102199001011234.0", "!float_tail"),
        ("320102199001011234", "320102199001011234"),
        ("11010519491231002X", "11010519491231002X"),
        ("487687600000022000", "487687600000022000"),  # another system's id, which may end so
        ("2100000012345678", "2100000012345678"),
        ("6222021234567890123", "6222021234567890123"),
        ("---", "!placeholder"),
        ("无", "!placeholder"),
    ],
)
def test_identifiers(raw: Value, value: str) -> None:
    assert read("identifier", raw) == value


def test_only_a_check_digit_that_holds_is_certain() -> None:
    assert is_checked("91110000600037341L")
    assert not is_checked("91110000600037341M")
    assert not is_checked("A1001")


# ------------------------------------------------------------------------------ choices


OPTIONS = Field("c", "Level", "choice", options=(("1", "VIP"), ("2", "普通"), ("3", "普通 ")))


def test_an_option_is_its_name_and_is_written_as_its_id() -> None:
    at = At(field=OPTIONS)
    assert read("choice", "1", at) == "VIP"
    assert read("choice", "VIP", at) == "VIP"
    assert read("choice", "9", at) == "!unmapped"
    assert TYPES["choice"].render("VIP", at) == "1"
    assert TYPES["choice"].render("vip", at) == "1"
    assert TYPES["choice"].render("普通", at) == "2", "the exact name outranks the cleaned one"
    assert isinstance(TYPES["choice"].render("gold", at), Cannot)


@pytest.mark.parametrize(
    ("value", "field", "raw"),
    [
        ("12", Field("n", "n", "number"), 12),
        ("1.5", Field("n", "n", "number"), Decimal("1.5")),
        ("2026-01-02", Field("d", "d", "date"), date(2026, 1, 2)),
        ("true", Field("b", "b", "bool"), True),
        ("x", Field("t", "t", "text"), "x"),
    ],
)
def test_a_text_becomes_what_the_field_holds(value: str, field: Field, raw: Value) -> None:
    assert TYPES["text"].render(value, At(field=field)) == raw


@pytest.mark.parametrize("kind", ["number", "bool", "date", "lookup", "file", "staff"])
def test_a_text_that_is_none_of_it_cannot_be_written(kind: str) -> None:
    assert isinstance(TYPES["text"].render("上海", At(field=Field("f", "f", kind))), Cannot)
