"""What does a record say, once it is read through its mapping? (CONFIG §2, DESIGN §5)"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import ConfigError, Damaged, Field, LookUp, Value
from mappings.convert import Converter, lookup_text
from tests.mapped import mapped, read

ROW = """
  organisation: {name: 公司, phones: "电话#2", tier: {from: 级别, values: {A: vip, A类: vip, B: normal, "无": ""}}, owner: 业务员}
  person: {name: 联系人, phones: [手机, 电话], birthday: {from: 生日, format: "%m月%d日"}, works_at: organisation}
"""
COLUMNS = ("公司", "电话#2", "级别", "业务员", "联系人", "手机", "电话", "生日")


def row(**said: Value) -> dict[str, Value]:
    return {column: said.get(column) for column in COLUMNS} | {"电话#2": said.get("总机")}


def test_a_row_speaks_of_a_company_and_its_contact(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    said = row(公司="上海 宇润（中国）公司", 总机="021-58881234转8001", 级别="A类", 业务员="小王", 联系人="张 三",
               手机="13800138000/139 0013 9000", 生日="5月12日")  # fmt: skip
    assert read(book, said) == {
        "organisation": {
            "name": "上海宇润(中国)公司",
            "phones": ("+862158881234;ext=8001",),
            "tier": "vip",
            "owner": "wang",
        },
        "person": {
            "name": "张三",
            "family_name": "张",
            "given_name": "三",
            "phones": ("+8613800138000\n+8613900139000", ""),
            "birthday": "--05-12",
            "works_at": "@organisation",
        },
    }


def test_fields_stand_as_the_kind_lists_them(tmp_path: Path) -> None:
    book = mapped(
        tmp_path,
        "  person: {works_at: organisation, phones: 手机, name: 名}\n  organisation: {name: 公司}",
        ["手机", "名", "公司"],
    )
    assert book.parts[0].fields == ("name", "family_name", "given_name", "phones", "works_at")
    assert book.parts[0].derived == {"family_name", "given_name"}
    assert book.columns == ("手机", "名", "公司")


# ------------------------------------------------------------------------------ which parts there are


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"公司": "宇润", "联系人": "张三"}, {"organisation", "person"}),
        ({"公司": "宇润"}, {"organisation"}),
        ({"联系人": "张三"}, {"person"}),
        ({"手机": "13800138000"}, {"person"}),
        ({"总机": "021-58881234", "级别": "A"}, set()),
        ({"联系人": "无"}, set()),
        ({"联系人": "锟斤拷"}, {"person"}),
        ({"手机": "1.3800138E+10"}, {"person"}),
        ({}, set()),
    ],
)
def test_a_part_exists_when_one_of_its_identifying_fields_is_filled(
    tmp_path: Path, said: dict[str, Value], parts: set[str]
) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    found = read(book, row(**said))
    assert set(found) == parts
    if "person" in parts:
        assert found["person"]["works_at"] == ("@organisation" if "organisation" in parts else "")


def test_a_kind_that_nothing_identifies_exists_with_any_field(tmp_path: Path) -> None:
    erp = mapped(
        tmp_path,
        "  organisation: {name: A}\n  machine: {colour: F, grade: {constant: a}, owned_by: organisation}",
        "AF",
    )
    assert set(read(erp, {"A": "宇润", "F": None})) == {"organisation"}, (
        "a constant and a relation alone are no machine"
    )
    assert set(read(erp, {"A": None, "F": "红"})) == {"machine"}


def test_an_identifier_makes_a_company_exist(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: A, identifiers: {from: B, as: credit_code}}", "AB")
    assert read(book, {"A": None, "B": "91110000600037341L"})["organisation"] == {
        "name": "", "identifiers.credit_code": "91110000600037341L",
    }  # fmt: skip


# ------------------------------------------------------------------------------ three states


def test_absent_empty_and_damaged_are_three_things(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    said = row(公司="宇润", 联系人="张三", 级别="C", 手机="1.3800138E+10", 电话="13900139000")
    del said["业务员"]
    found = read(book, said)
    assert found["organisation"]["owner"] is None, "not visible"
    assert found["organisation"]["phones"] == ("",), "empty"
    assert found["organisation"]["tier"] == Damaged("unmapped", "C")
    assert found["person"]["phones"] == (Damaged("scientific", "1.3800138E+10"), "+8613900139000"), "place by place"


def test_a_set_with_a_column_that_is_not_visible_is_absent(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    said = row(联系人="张三", 手机="13800138000")
    del said["电话"]
    assert read(book, said)["person"]["phones"] is None


def test_what_the_connector_found_damaged_stays_so(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    broken = Damaged("excel_error", "#REF!")
    found = read(book, row(公司="宇润", 联系人="张三", 级别=broken, 手机=broken, 生日=broken))
    assert found["organisation"]["tier"] == broken
    assert found["person"]["phones"] == (broken, "")
    assert found["person"]["birthday"] == broken


# ------------------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("raw", "value"),
    [("A", "vip"), (" Ａ ", "vip"), ("a类", "vip"), ("B", "normal"), ("无", ""), (None, ""), ("  ", ""),
     ("C", Damaged("unmapped", "C")), ("#N/A", Damaged("excel_error", "#N/A"))],
)  # fmt: skip
def test_values_translate(tmp_path: Path, raw: Value, value: object) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    assert read(book, row(公司="宇润", 级别=raw))["organisation"]["tier"] == value


def test_the_empty_cell_and_everything_else_can_be_values(tmp_path: Path) -> None:
    record = """
  person:
    name: N
    do_not_contact: {from: O, values: {x: true, "": false}}
    gender: {from: G, values: {1: male, "*": other}, direction: pull}
    tags: {from: T, split: ",", values: {v: VIP, o: 老客户}}
"""
    book = mapped(tmp_path, record, "NOGT")
    found = read(book, {"N": "张三", "O": None, "G": "9", "T": "v，o"})["person"]
    assert (found["do_not_contact"], found["gender"], found["tags"]) == ("false", "other", ("VIP\n老客户",))
    found = read(book, {"N": "张三", "O": "X", "G": Decimal(1), "T": "v,q"})["person"]
    assert (found["do_not_contact"], found["gender"]) == ("true", "male")
    assert found["tags"] == (Damaged("unmapped", "q"),)


def test_values_of_an_option_field_may_name_ids_or_labels(tmp_path: Path) -> None:
    level = Field("L", "Level", "choice", options=(("1", "Gold"), ("2", "Silver")))
    book = mapped(
        tmp_path, "  organisation: {name: N, tier: {from: L, values: {1: vip, Silver: normal}}}", ["N", level]
    )
    assert [read(book, {"N": "宇润", "L": raw})["organisation"]["tier"] for raw in ("1", "2")] == ["vip", "normal"]


def test_without_values_an_option_is_its_name(tmp_path: Path) -> None:
    level = Field("L", "Level", "choice", options=(("1", "VIP"), ("2", "普通")))
    book = mapped(tmp_path, "  organisation: {name: N, tier: L, city: {from: L, direction: pull}}", ["N", level])
    found = read(book, {"N": "宇润", "L": "2"})["organisation"]
    assert (found["tier"], found["city"]) == ("普通", "普通")
    assert read(book, {"N": "宇润", "L": "7"})["organisation"]["tier"] == Damaged("unmapped", "7")


def test_a_field_with_options_knows_no_other_value(tmp_path: Path) -> None:
    erp = mapped(tmp_path, "  machine: {serial: S, grade: G}", "SG")
    assert read(erp, {"S": "1", "G": "a"})["machine"]["grade"] == "a"
    assert read(erp, {"S": "1", "G": "c"})["machine"]["grade"] == Damaged("unmapped", "c")


# ------------------------------------------------------------------------------ places


def test_single_values_from_several_places(tmp_path: Path) -> None:
    record = "  organisation: {name: N, address: [A, {from: B, direction: pull}, {from: C, direction: push}]}"
    book = mapped(tmp_path, record, "NABC")
    said: dict[str, Value] = {"N": "宇润", "A": None, "B": "静安区", "C": "旧"}
    assert read(book, said)["organisation"]["address"] == "静安区"
    assert read(book, {**said, "A": "浦东"})["organisation"]["address"] == "浦东"
    assert read(book, {**said, "B": None})["organisation"]["address"] == "", "a copy is no statement"
    assert book.parts[0].copies == {"address"}


def test_a_field_that_is_only_pushed_shows_what_stands_there(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, owner: {from: O, direction: push}}", "NO")
    assert book.parts[0].push_only == {"owner"}
    assert read(book, {"N": "宇润", "O": "王芳"})["organisation"]["owner"] == "wang"


def test_joined_columns_and_constants(tmp_path: Path) -> None:
    record = """
  organisation:
    name: N
    address: {from: [省, 市, 路], join: "", direction: pull}
    origin: {constant: 展会}
"""
    book = mapped(tmp_path, record, ["N", "省", "市", "路"])
    found = read(book, {"N": "宇润", "省": "江苏省", "市": None, "路": " 中山路1号 "})["organisation"]
    assert (found["address"], found["origin"]) == ("江苏省中山路1号", "展会")
    assert read(book, {"N": "宇润", "省": "江苏省", "市": None})["organisation"]["address"] is None


def test_a_cell_that_is_split_and_a_column_of_many(tmp_path: Path) -> None:
    many = Field("M", "M", "choice", many=True, options=(("1", "VIP"), ("2", "老客户")))
    book = mapped(tmp_path, '  organisation: {name: N, phones: {from: P, split: "/"}, tags: M}', ["N", "P", many])
    found = read(book, {"N": "宇润", "P": "021-58881234／400-820-8820", "M": ("1", "2")})["organisation"]
    assert found["phones"] == ("+862158881234\n+864008208820",)
    assert found["tags"] == ("VIP\n老客户",)
    assert [book.parts[0].sets[name][0].capacity for name in ("phones", "tags")] == [None, None]
    assert read(book, {"N": "宇润", "P": None, "M": ()})["organisation"]["tags"] == ("",)


def test_several_values_where_one_is_meant_are_damaged(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, city: C}", ["N", Field("C", "C", many=True)])
    assert read(book, {"N": "宇润", "C": ("上海",)})["organisation"]["city"] == "上海"
    assert read(book, {"N": "宇润", "C": ("上海", "北京")})["organisation"]["city"] == Damaged("several", "上海\n北京")


def test_places_of_a_set_keep_their_sort(tmp_path: Path) -> None:
    book = mapped(
        tmp_path, "  person: {name: N, phones: [{from: M, as: mobile}, {from: O, as: work, direction: pull}]}", "NMO"
    )
    first, second = book.parts[0].sets["phones"]
    assert (first.column, first.sort, first.writes, first.capacity) == ("M", "mobile", True, 1)
    assert (second.column, second.sort, second.writes, second.reads) == ("O", "work", False, True)


def test_a_note_column_has_room_for_any_number(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, notes: B}", "NB")
    assert book.parts[0].sets["notes"][0].capacity is None
    assert not book.parts[0].sets["notes"][0].writes, "off book notes are only read"
    assert read(book, {"N": "宇润", "B": "来访\n\n报价 "})["organisation"]["notes"] == ("来访\n报价",)


def test_how_a_field_reads_that_was_never_filled(tmp_path: Path) -> None:
    blank = Field("O", "O", "bool", blank=False)
    book = mapped(tmp_path, "  person: {name: N, do_not_contact: O}", ["N", blank])
    assert book.parts[0].blanks == {"do_not_contact": "false"}


def test_values_of_other_kinds_than_text(tmp_path: Path) -> None:
    record = """
  organisation: {name: N, machines: M, consent: C, owner: O, phones: P}
  machine: {installed: D, serial: S, owned_by: organisation}
"""
    crm = mapped(tmp_path, record, "NMCOPDS", table="crm")
    found = read(
        crm, {"N": "宇润", "M": Decimal("3.0"), "C": True, "O": 3, "P": 13800138000, "D": date(2026, 1, 2), "S": 7}
    )
    assert found["organisation"] == {
        "name": "宇润", "phones": ("+8613800138000",), "owner": "wang", "consent": "true", "machines": "3",
    }  # fmt: skip
    assert found["machine"]["installed"] == "2026-01-02"
    assert (
        read(crm, {"N": "宇润", "M": 1, "C": 1, "O": True, "P": None, "D": None, "S": None})["organisation"]["machines"]
        == "1"
    )


# ------------------------------------------------------------------------------ names


def test_two_columns_make_a_name(tmp_path: Path) -> None:
    crm = mapped(tmp_path, "  person: {family_name: L, given_name: F}", "LF", table="crm")
    assert read(crm, {"L": "张", "F": "三"})["person"] == {"name": "张三", "family_name": "张", "given_name": "三"}
    assert read(crm, {"L": "Smith", "F": "John"})["person"]["name"] == "John Smith"
    assert read(crm, {"L": "王总", "F": None})["person"]["name"] == "王总"
    assert read(crm, {"L": "锟斤拷", "F": "三"})["person"]["name"] == Damaged("mojibake", "锟斤拷")
    assert read(crm, {"L": None, "F": None}) == {}
    assert read(crm, {"F": "三"}) == {}, "half of a name that is not visible is no name"
    assert crm.parts[0].writable == {"name"}
    assert crm.parts[0].derived == {"name", "family_name", "given_name"}


def test_a_whole_name_beside_its_halves_leads(tmp_path: Path) -> None:
    crm = mapped(tmp_path, "  person: {name: N, family_name: L, given_name: F}", "NLF", table="crm")
    assert read(crm, {"N": "张三丰", "L": "张", "F": "三"})["person"] == {
        "name": "张三丰", "family_name": "张", "given_name": "三",
    }  # fmt: skip


# ------------------------------------------------------------------------------ relations

ACCOUNTS = "table: crm.accounts\nrecord:\n  organisation: {name: name, identifiers: {from: code, as: crm_code}}\n"
LEADS = "table: crm.leads\nrecord:\n  organisation: {name: name}\n"


@pytest.mark.parametrize(
    ("raw", "value"),
    [("17", "crm.accounts\x1f17"), (17, "crm.accounts\x1f17"), (LookUp("accounts", "a1", "宇润"), "crm.accounts\x1fa1"),
     ((LookUp("accounts", "a1"),), "crm.accounts\x1fa1"), (None, ""), ("", ""), ((), ""),
     ((LookUp("accounts", "a1"), LookUp("accounts", "a2", "b")), Damaged("several", "a1\nb")),
     (LookUp("other", "a1"), Damaged("unmapped", "a1"))],
)  # fmt: skip
def test_a_look_up_names_the_record_it_points_to(tmp_path: Path, raw: Value, value: object) -> None:
    crm = mapped(
        tmp_path, "  person: {name: n, works_at: {from: account, ref: crm.accounts}}", ["n", "account"],
        table="crm.contacts", more=[ACCOUNTS],
    )  # fmt: skip
    assert read(crm, {"n": "张三", "account": raw})["person"]["works_at"] == value


def test_a_look_up_by_another_column_is_compared_cleaned(tmp_path: Path) -> None:
    crm = mapped(
        tmp_path, "  interaction: {at: d, about: {from: c, ref: crm.accounts, by: code}}", "dc", more=[ACCOUNTS]
    )
    assert read(crm, {"d": "2026-01-02", "c": " Ａ01 "})["interaction"]["about"] == "crm.accounts\x1f=code\x1fA01"
    assert lookup_text(" Ａ01 ") == "A01"
    accounts = mapped(
        tmp_path, "  organisation: {name: name}", ["name", "code"], table="crm.accounts",
        more=["table: book\nrecord:\n  interaction: {at: d, about: {from: c, ref: crm.accounts, by: code}}\n"],
        also=["holder"],
    )  # fmt: skip
    assert accounts.columns == ("name", "code", "holder"), "what others compare with is read"


def test_a_look_up_into_several_tables(tmp_path: Path) -> None:
    record = "  interaction: {at: d, about: {from: c, ref: [crm.accounts, crm.leads]}}"
    crm = mapped(tmp_path, record, ["d", Field("c", "c", "lookup")], more=[ACCOUNTS, LEADS])
    found = read(crm, {"d": "2026-01-02", "c": LookUp("leads", "7")})
    assert found["interaction"]["about"] == "crm.leads\x1f7"
    with pytest.raises(ConfigError, match="plain keys"):
        mapped(tmp_path, record, "dc", more=[ACCOUNTS, LEADS])


def test_a_dotted_part_exists_where_its_look_up_is_filled(tmp_path: Path) -> None:
    crm = mapped(
        tmp_path, "  person: {name: n, works_at: {from: a, ref: crm.accounts}, works_at.phones: p}", "nap",
        table="crm.contacts", more=[ACCOUNTS],
    )  # fmt: skip
    assert read(crm, {"n": "张三", "a": "17", "p": None})["works_at"] == {"phones": ("",)}
    assert "works_at" not in read(crm, {"n": "张三", "a": None, "p": "021-58881234"})
    assert "works_at" not in read(crm, {"n": None, "a": "17", "p": None})


# ------------------------------------------------------------------------------ where, version


@pytest.mark.parametrize(
    ("where", "raw", "passes"),
    [
        ("{c: {not: [合计, 小计]}}", "合计", False),
        ("{c: {not: [合计, 小计]}}", " 合计 ", False),
        ("{c: {not: [合计, 小计]}}", "宇润", True),
        ("{c: {not: [合计, 小计]}}", None, True),
        ("{c: {empty: true}}", None, True),
        ("{c: {empty: true}}", "x", False),
        ("{c: {empty: false}}", "  ", False),
        ("{c: [a, b]}", "b", True),
        ("{c: [a, b]}", "B", True),
        ("{c: [a, b]}", None, False),
        ("{c: {not: true}}", True, False),
        ("{c: {not: true}}", False, True),
        ("{c: 7}", LookUp("t", "7", "seven"), True),
        ("{c: seven}", LookUp("t", "7", "seven"), True),
        ("{c: x}", ("y", "x"), True),
    ],
)
def test_where_says_which_records_are_meant(tmp_path: Path, where: str, raw: Value, passes: bool) -> None:
    book = mapped(tmp_path, "  organisation: {name: n}", "nc", head=f"where: {where}")
    assert book.passes({"n": "宇润", "c": raw}) is passes
    assert book.columns == ("n", "c")


def test_the_version_moves_with_all_that_changes_what_is_read(tmp_path: Path) -> None:
    def version(record: str = "  organisation: {name: N, tier: T}", **more: str) -> str:
        return mapped(tmp_path, record, "NT", **more).version

    one = version()
    assert one == version("  organisation:\n    name: N\n\n    tier: T"), "where it stands in the file says nothing"
    others = [
        version("  organisation: {name: T, tier: N}"),
        version("  organisation: {name: N, tier: {from: T, values: {A: vip}}}"),
        version(region="US"),
        version(timezone="UTC"),
        version(head="where: {N: x}"),
    ]
    fields: list[str | Field] = ["N", Field("T", "T", "choice", options=(("1", "VIP"),))]
    others.append(mapped(tmp_path, "  organisation: {name: N, tier: T}", fields).version)
    assert len({one, *others}) == 7


# ------------------------------------------------------------------------------ hooks

HOOK = """
import helper
def city(code): return helper.CITIES[code] if code else None
def pair(a, b): return f"{a}{b}"
def odd(code): return 7
class both:
    def read(text): return text[::-1]
    def write(text): return text[::-1]
"""


def hooked(folder: Path, place: str) -> Converter:
    (folder / "codes.py").write_text(HOOK, encoding="utf-8")
    (folder / "helper.py").write_text("CITIES = {'31': '上海'}", encoding="utf-8")
    return mapped(folder, f"  organisation: {{name: N, city: {place}}}", "NAB")


@pytest.mark.parametrize(
    ("place", "a", "value"),
    [
        ("{from: A, python: codes:city, direction: pull}", "31", "上海"),
        ("{from: A, python: codes:city, direction: pull}", None, ""),
        ("{from: A, python: codes:city, direction: pull}", "99", Damaged("python", "KeyError")),
        ("{from: [A, B], python: codes:pair, direction: pull}", "上", "上海"),
        ("{from: A, python: codes:odd, direction: pull}", "1", Damaged("python", "returned a int")),
        ("{from: A, python: codes:both}", "海上", "上海"),
        ("{from: A, python: codes:city, direction: pull}", Damaged("x", "y"), Damaged("x", "y")),
    ],
)
def test_a_function_beside_the_workspace_reads(tmp_path: Path, place: str, a: Value, value: object) -> None:
    book = hooked(tmp_path, place)
    assert read(book, {"N": "宇润", "A": a, "B": "海"})["organisation"]["city"] == value


@pytest.mark.parametrize(
    ("spec", "text", "message"),
    [
        ("nowhere:city", "", "there is no file nowhere.py beside offbook.yaml"),
        ("codes:town", "def city(x): return x", "codes.py has no `town`"),
        ("codes:city", "def city(:", "codes.py could not be imported: SyntaxError"),
        ("codes:city", "import no_such_module", "codes.py could not be imported: ModuleNotFoundError"),
        ("codes:city", "city = 7", "`city` in codes.py is no function"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_in_words(tmp_path: Path, spec: str, text: str, message: str) -> None:
    if text:
        (tmp_path / "codes.py").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        mapped(tmp_path, f"  organisation: {{name: N, city: {{from: A, python: '{spec}', direction: pull}}}}", "NA")
