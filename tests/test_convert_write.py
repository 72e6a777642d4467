"""What is written into a record so that it says a value, and what is left alone? (CONFIG §2, DESIGN §5)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import Damaged, Field, LookUp, Value
from mappings.convert import Canonical, Converter
from tests.mapped import mapped, read
from tests.test_convert_read import ACCOUNTS, COLUMNS, LEADS, ROW, hooked, row


def after(
    converter: Converter,
    name: str,
    value: Canonical,
    shown: Mapping[str, Value] | None = None,
    golden: Mapping[str, Canonical] | None = None,
    part: str = "",
) -> dict[str, Value] | str:
    """What changes; or "cannot: " and the beginning of why."""
    written = converter.write(part or converter.parts[0].name, name, value, shown or {}, golden)
    return f"cannot: {written.cannot}" if written.cannot else dict(written.after)


# ------------------------------------------------------------------------------ raw text is kept


@pytest.mark.parametrize(
    ("name", "value", "raw"),
    [
        ("name", "上海宇润(中国)公司", "上海 宇润（中国）公司"),
        ("phones", ("+862158881234;ext=8001",), "021-58881234-8001"),
        ("tier", "vip", "A类"),
        ("tier", "vip", "ａ"),
        ("owner", "wang", "小王"),
    ],
)
def test_a_cell_that_says_it_already_is_left_as_typed(tmp_path: Path, name: str, value: Canonical, raw: Value) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    column = book.places("organisation", name)[0]
    assert after(book, name, value, row() | {column: raw}) == {}


@pytest.mark.parametrize(
    ("name", "value", "change"),
    [
        ("name", "宇润", {"公司": "宇润"}),
        ("name", "", {"公司": None}),
        ("phones", ("+862158881235",), {"电话#2": "021-58881235"}),
        ("tier", "normal", {"级别": "B"}),
        ("tier", "", {"级别": "无"}),
        ("owner", "li", {"业务员": "李雷"}),
        ("owner", "chen", {"业务员": "李雷"}),
        ("owner", "", {"业务员": None}),
    ],
)
def test_a_value_is_written_in_the_tables_own_words(
    tmp_path: Path, name: str, value: Canonical, change: dict[str, Value]
) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    shown = row(公司="旧", 总机="021-58881234", 级别="A", 业务员="小王")
    assert after(book, name, value, shown) == change
    now = book.read_field("organisation", name, {**shown, **change})
    assert now == ("li" if value == "chen" else value)


def test_the_successors_cell_is_not_written_again(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    assert after(book, "owner", "chen", row(业务员="李雷")) == {}
    assert after(book, "owner", "chen", row(业务员="陈刚")) == {}, "who is written already stays"


def test_absent_and_damaged_values_write_nothing(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    assert after(book, "name", None) == {}
    assert after(book, "name", Damaged("x", "y")) == {}
    assert after(book, "works_at", "@organisation", part="person") == {}
    assert after(book, "title", "x", part="person") == {}


@pytest.mark.parametrize(
    ("value", "shown", "change"),
    [
        ("1985-05-12", "5月12日", {}),
        ("1985-05-13", "5月12日", {"生日": "05月13日"}),
        ("--05-12", "1985-05-12", {}),
        ("1985", "1985-05-12", {}),
        ("1985", None, "cannot: 生日 wants a part"),
        ("1985-05-12", None, {"生日": "05月12日"}),
        ("", "5月12日", {"生日": None}),
    ],
)
def test_a_partial_date_never_overwrites_a_fuller_one(
    tmp_path: Path, value: str, shown: Value, change: dict[str, Value] | str
) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    found = after(book, "birthday", value, row(生日=shown), part="person")
    assert found == change if isinstance(change, dict) else str(found).startswith(change)


# ------------------------------------------------------------------------------ what cannot be written


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("tier", "gold", "no raw value of T stands for it"),
        ("status", "lost", "Status has no option of that name"),
        ("website", "https://example.com/a-long-way", "W holds 12 characters"),
        ("industry", "x", "I is read-only there"),
        ("name", "", "N cannot be emptied"),
        ("city", "", "C cannot be emptied"),
        ("consent", "", "O would not read back"),
        ("origin", "展会", "F holds a file"),
        ("owner", "nobody", "nobody in `people` is called `nobody`"),
        ("assistants", ("wang",), "`wang` has no user in book"),
    ],
)
def test_what_cannot_be_said_there_is_said_before_it_is_tried(
    tmp_path: Path, name: str, value: Canonical, why: str
) -> None:
    record = """
  organisation:
    name: N
    tier: {from: T, values: {A: vip}}
    status: S
    website: W
    industry: I
    city: C
    consent: {from: O, values: {x: true, "": false}}
    origin: F
    owner: P
    assistants: Q
"""
    fields: list[str | Field] = [
        Field("N", "N", required=True), "T", Field("S", "Status", "choice", options=(("1", "open"),)),
        Field("W", "W", max_length=12), Field("I", "I", on_create=False, on_update=False),
        Field("C", "C", clearable=False), "O", Field("F", "F", "file"), "P", Field("Q", "Q", "staff", many=True),
    ]  # fmt: skip
    book = mapped(tmp_path, record, fields)
    shown = {"N": "a", "T": "A", "S": "1", "C": "b", "O": "x", "F": None, "P": None, "W": None, "I": None}
    found = after(book, name, value, shown)
    assert isinstance(found, str)
    assert found.removeprefix("cannot: ").startswith(why)


def test_what_may_be_cut_is_written_whole(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N}", [Field("N", "N", max_length=4)])
    assert after(book, "name", "上海宇润科技", {"N": None}) == {"N": "上海宇润科技"}, "cutting is learnt, not predicted"


def test_lossy_is_written_only_into_an_empty_cell(tmp_path: Path) -> None:
    lossy = "  person: {name: N, birthday: {from: B, format: '%Y', lossy: yes}, consent_at: C, consent: D}"
    book = mapped(tmp_path, lossy, "NBCD")
    assert after(book, "birthday", "1985-05-12", {"B": None}) == {"B": "1985"}
    assert (
        after(book, "birthday", "1986-05-12", {"B": "1985"})
        == "cannot: B is `lossy`, so it is written only while it is empty"
    )


# ------------------------------------------------------------------------------ kinds of fields


@pytest.mark.parametrize(
    ("name", "value", "field", "raw"),
    [
        ("city", "上海", Field("X", "X"), "上海"),
        ("machines", "3", Field("X", "X", "number"), 3),
        ("machines", "3.5", Field("X", "X", "number"), Decimal("3.5")),
        ("consent", "true", Field("X", "X", "bool"), True),
        ("consent", "false", Field("X", "X"), "否"),
        ("owner", "wang", Field("X", "X", "number"), 3),
        ("owner", "wang", Field("X", "X", "staff"), LookUp("@staff", "3")),
        ("owner", "wang", Field("X", "X", "staff", many=True), (LookUp("@staff", "3"),)),
        ("city", "上海", Field("X", "X", "choice", options=(("sh", "上海"),)), "sh"),
        (
            "last_contacted_at",
            "2026-01-02T03:04:05Z",
            Field("X", "X", "datetime"),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ("last_contacted_at", "2026-01-02T03:04:05Z", Field("X", "X", "date"), date(2026, 1, 2)),
        ("last_contacted_at", "2026-01-02T03:04:05Z", Field("X", "X"), "2026-01-02 11:04:05"),
    ],
)
def test_a_value_becomes_what_the_described_field_holds(
    tmp_path: Path, name: str, value: str, field: Field, raw: Value
) -> None:
    crm = mapped(tmp_path, f"  organisation: {{name: N, {name}: X}}", ["N", field], table="crm")
    assert after(crm, name, value, {"X": None}) == {"X": raw}
    assert after(crm, name, value, {"X": raw}) == {}


# ------------------------------------------------------------------------------ sets


@pytest.mark.parametrize(
    ("wanted", "shown", "change"),
    [
        (("+8613800138000", ""), ("138 0013 8000", None), {}),
        (("+8613800138000", "+8613900139000"), ("138 0013 8000", None), {"电话": "13900139000"}),
        (("", "+8613900139000"), ("13800138000", "13900139000"), {"手机": None}),
        (("+8613700137000", ""), ("13800138000（微信同号）", None), {"手机": "13700137000"}),
        (("+8613800138000\n+8613700137000", ""), ("138 0013 8000 / 139 0013 9000", None),
         {"手机": "138 0013 8000 / 13700137000"}),
        (("+8613800138000", ""), ("138 0013 8000、139 0013 9000", None), {"手机": "138 0013 8000"}),
        (("+8613900139000", ""), ("138 0013 8000、139 0013 9000（家）", None), {"手机": "139 0013 9000（家）"}),
        (("+8613800138000\n+8613900139000\n+8613700137000", ""), ("13800138000、13900139000", None),
         {"手机": "13800138000、13900139000、13700137000"}),
        (("+8613800138000\n+8613700137000", ""), ("13800138000（微信同号）", None),
         {"手机": "13800138000（微信同号）/13700137000"}),
        (("+8613700137000", ""), ("+86 138 0013 8000", None), {"手机": "+8613700137000"}),
    ],
)  # fmt: skip
def test_only_what_changed_of_a_set_is_written(
    tmp_path: Path, wanted: tuple[str, ...], shown: tuple[Value, ...], change: dict[str, Value]
) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    now = row(手机=shown[0], 电话=shown[1])
    assert after(book, "phones", wanted, now, part="person") == change
    assert book.read_field("person", "phones", {**now, **change}) == wanted


def test_a_damaged_place_of_a_set_is_left_alone(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    now = row(手机="1.3800138E+10")
    broken = Damaged("scientific", "1.3800138E+10")
    assert after(book, "phones", (broken, "+8613900139000"), now, part="person") == {"电话": "13900139000"}
    assert after(book, "phones", ("+8613900139000", ""), now, part="person") == {"手机": "13900139000"}, (
        "a person let it"
    )


def test_a_set_needs_a_value_for_each_place(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    with pytest.raises(ValueError, match="2 places"):
        book.write("person", "phones", ("",), {})


@pytest.mark.parametrize(
    ("wanted", "raw", "change"),
    [
        ("VIP\n老客户", "VIP，老客户", {}),
        ("VIP\n新", "VIP，老客户", {"T": "VIP，新"}),
        ("VIP", "VIP,老客户", {"T": "VIP"}),
        ("新", None, {"T": "新"}),
        ("VIP\n新", None, {"T": "VIP,新"}),
        ("", "VIP", {"T": None}),
    ],
)
def test_a_split_cell_keeps_its_own_separator(
    tmp_path: Path, wanted: str, raw: Value, change: dict[str, Value]
) -> None:
    book = mapped(tmp_path, '  organisation: {name: N, tags: {from: T, split: ","}}', "NT")
    assert after(book, "tags", (wanted,), {"T": raw}) == change


def test_a_column_of_many_keeps_what_stays(tmp_path: Path) -> None:
    many = Field("T", "T", "choice", many=True, options=(("1", "VIP"), ("2", "老客户"), ("3", "新")))
    book = mapped(tmp_path, "  organisation: {name: N, tags: T}", ["N", many])
    assert after(book, "tags", ("老客户\n新",), {"T": ("1", "2")}) == {"T": ("2", "3")}
    assert after(book, "tags", ("VIP\n老客户",), {"T": ("2", "1")}) == {}
    assert after(book, "tags", ("",), {"T": ("1",)}) == {"T": None}
    assert after(book, "tags", ("gold",), {"T": ("1",)}) == "cannot: T has no option of that name"


def test_a_plain_cell_of_tags_holds_one(tmp_path: Path) -> None:
    book = mapped(tmp_path, "  organisation: {name: N, tags: T}", "NT")
    assert after(book, "tags", ("a\nb",), {"T": None}) == "cannot: T holds one value, not several"


def test_values_of_a_split_set_translate_each(tmp_path: Path) -> None:
    book = mapped(tmp_path, '  organisation: {name: N, tags: {from: T, split: ",", values: {v: VIP, o: 老客户}}}', "NT")
    assert after(book, "tags", ("VIP\n老客户",), {"T": "v"}) == {"T": "v,o"}
    assert str(after(book, "tags", ("VIP\n新",), {"T": "v"})).startswith("cannot: no raw value of T")


def test_notes_are_appended_and_nothing_is_rewritten(tmp_path: Path) -> None:
    crm = mapped(tmp_path, "  organisation: {name: N, notes: B}", "NB", table="crm")
    shown = {"B": "１月 来访  \n\n１月 来访\n"}
    assert after(crm, "notes", ("１月 来访\n报价",), shown) == {"B": "１月 来访  \n\n１月 来访\n报价"}
    assert after(crm, "notes", ("１月 来访",), shown) == {}
    assert after(crm, "notes", ("报价\n签约",), {"B": None}) == {"B": "报价\n签约"}


# ------------------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("value", "shown", "change"),
    [
        ("张三", ("张", "三"), {}),
        ("张三", ("张三", None), {}),
        ("欧阳娜娜", ("张", "三"), {"L": "欧阳", "F": "娜娜"}),
        ("张四", ("张", "三"), {"F": "四"}),
        ("王总", ("张", "三"), {"L": "王总", "F": None}),
        ("John Smith", (None, None), {"L": "Smith", "F": "John"}),
        ("", ("张", "三"), {"L": None, "F": None}),
    ],
)
def test_a_name_goes_into_its_two_columns(
    tmp_path: Path, value: str, shown: tuple[Value, Value], change: dict[str, Value]
) -> None:
    crm = mapped(tmp_path, "  person: {family_name: L, given_name: F}", "LF", table="crm")
    now = {"L": shown[0], "F": shown[1]}
    assert after(crm, "name", value, now) == change
    assert crm.read_field("person", "name", {**now, **change}) == value
    assert crm.places("person", "name") == ("L", "F")


def test_both_columns_of_a_name_or_neither(tmp_path: Path) -> None:
    fields: list[str | Field] = ["L", Field("F", "F", on_create=False, on_update=False)]
    crm = mapped(tmp_path, "  person: {family_name: L, given_name: F}", fields, table="crm")
    found = crm.write("person", "name", "李四", {"L": "张", "F": "三"})
    assert found.after == {}
    assert found.cannot == "F is read-only there"


def test_one_column_for_half_a_name_holds_all_of_it(tmp_path: Path) -> None:
    crm = mapped(tmp_path, "  person: {family_name: L, phones: P}", "LP", table="crm")
    assert after(crm, "name", "张三", {"L": None}) == {"L": "张三"}


def test_the_whole_name_and_its_halves_are_written_together(tmp_path: Path) -> None:
    crm = mapped(tmp_path, "  person: {name: N, family_name: L, given_name: F}", "NLF", table="crm")
    assert after(crm, "name", "李四", {"N": "张三", "L": "张", "F": "三"}) == {"N": "李四", "L": "李", "F": "四"}


# ------------------------------------------------------------------------------ templates, copies, hooks

REMARK = """
  person:
    name:
      - {from: name, direction: pull}
      - {from: remark, template: "{works_at.short_name} {name} ({owner}, {phones})", direction: push}
    works_at: organisation
  organisation: {name: company}
"""


@pytest.mark.parametrize(
    ("template", "golden", "text"),
    [
        ("{works_at.short_name} {name}", {"works_at.short_name": "宇润"}, "宇润 张三"),
        ("{works_at.short_name} {name}", {"works_at.short_name": ""}, "张三"),
        ("{works_at.short_name} {name}", {}, "张三"),
        ("{name} {title}", {"title": Damaged("x", "y")}, "张三"),
        ("{name} - {title}", {"title": ""}, "张三 -"),
        ("{name},{title} {department}", {"title": "", "department": "研发"}, "张三,研发"),
        ("{title} {department} {name}!", {"title": "", "department": ""}, "张三!"),
        ("{name} {phones}", {"phones": ("+8613800138000\n+862158881234", "")}, "张三 13800138000, 021-58881234"),
        ("{name}/{owner}", {"owner": "wang"}, "张三/王芳"),
    ],
)
def test_an_empty_hole_takes_its_neighbouring_blank_along(
    tmp_path: Path, template: str, golden: dict[str, Canonical], text: str
) -> None:
    record = f"""
  person:
    name: [{{from: n, direction: pull}}, {{from: r, template: "{template}", direction: push}}]
    works_at: organisation
  organisation: {{name: c}}
"""
    book = mapped(tmp_path, record, "nrc")
    assert after(book, "name", "张三", {"r": None}, golden, "person") == {"r": text}
    assert after(book, "name", "张三", {"r": text}, golden, "person") == {}


def test_a_word_that_stands_for_two_is_written_for_both(tmp_path: Path) -> None:
    record = "  organisation: {name: N, industry: {from: I, values: {it02: [软件, 互联网], mfg01: 制造业}}}"
    book = mapped(tmp_path, record, "NI")
    assert after(book, "industry", "互联网", {"I": None}) == {"I": "it02"}
    assert after(book, "industry", "互联网", {"I": "it02"}) == {}
    assert after(book, "industry", "互联网", {"I": "mfg01"}) == {"I": "it02"}


def test_a_template_with_nothing_to_say_says_nothing(tmp_path: Path) -> None:
    record = '  organisation: {name: N, city: {from: C, template: "{city}{region}", direction: push}}'
    book = mapped(tmp_path, record, "NC")
    assert after(book, "city", "", {"C": "old"}) == {}


def test_a_template_that_is_too_long_says_nothing_rather_than_half(tmp_path: Path) -> None:
    """Cut by the system, it would differ from what we wrote, and be written again and again."""
    pushed = '{from: C, template: "{name} {city}", direction: push}'
    record = f"  organisation: {{name: N, city: [{{from: D, direction: pull}}, {pushed}]}}"
    book = mapped(tmp_path, record, [Field("N", "N"), Field("D", "D"), Field("C", "C", max_length=6)])
    assert after(book, "city", "上海", {"C": None}, {"name": "宇润"}) == {"C": "宇润 上海"}
    assert "holds 6 characters" in after(book, "city", "上海", {"C": None}, {"name": "宇润机电"})


def test_copies_are_written_beside_the_place_that_is_read(tmp_path: Path) -> None:
    record = "  organisation: {name: N, address: [A, {from: B, direction: pull}, {from: C, direction: push}]}"
    book = mapped(tmp_path, record, "NABC")
    assert after(book, "address", "浦东", {"A": "静安", "B": "x", "C": None}) == {"A": "浦东", "C": "浦东"}
    assert after(book, "address", "浦东", {"A": "浦东", "C": "旧"}) == {"C": "浦东"}
    assert book.places("organisation", "address") == ("A", "C")


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        ("{from: A, python: codes:both}", "上海", {"A": "海上"}),
        ("{from: A, python: codes:both}", "海上", {}),
        ("{from: A, python: codes:pair, direction: push}", "x", "the function that writes A failed (TypeError)"),
        ("{from: A, python: codes:odd, direction: push}", "x", "the function that writes A must return a text"),
    ],
)
def test_a_function_beside_the_workspace_writes(
    tmp_path: Path, place: str, value: str, found: dict[str, Value] | str
) -> None:
    book = hooked(tmp_path, place)
    said = after(book, "city", value, {"A": "上海"})
    assert said == found if isinstance(found, dict) else str(said).startswith(f"cannot: {found}")


def test_a_function_that_does_not_read_its_own_writing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "class f:\n  def read(t): return t\n  def write(t): return t + '!'\n", encoding="utf-8"
    )
    book = mapped(tmp_path, "  organisation: {name: N, city: {from: A, python: odd:f}}", "NA")
    assert after(book, "city", "上海", {"A": None}) == "cannot: A would not read back as what is written"


# ------------------------------------------------------------------------------ look-ups, new records


@pytest.mark.parametrize(
    ("field", "value", "shown", "found"),
    [
        ("a", "17", None, {"a": "17"}),
        ("a", "crm.accounts\x1f17", "17", {}),
        ("a", "17", "17", {}),
        ("a", "", "17", {"a": None}),
        (Field("a", "a", "number"), "17", None, {"a": 17}),
        (Field("a", "a", "lookup"), "17", None, {"a": LookUp("accounts", "17")}),
        (Field("a", "a", "lookup", many=True), "17", None, {"a": (LookUp("accounts", "17"),)}),
        (Field("a", "a", "number"), "x", None, "cannot: a holds a number, and this is none"),
    ],
)
def test_a_look_up_is_written_as_the_targets_key(
    tmp_path: Path, field: str | Field, value: str, shown: Value, found: dict[str, Value] | str
) -> None:
    crm = mapped(
        tmp_path, "  person: {name: n, works_at: {from: a, ref: crm.accounts}}", ["n", field], table="crm.contacts",
        more=[ACCOUNTS],
    )  # fmt: skip
    assert after(crm, "works_at", value, {"a": shown}) == found
    assert crm.places("person", "works_at") == ("a",)


def test_a_look_up_by_value_and_into_several_tables(tmp_path: Path) -> None:
    by = "  interaction: {at: d, about: {from: c, ref: crm.accounts, by: code, direction: both}}"
    book = mapped(tmp_path, by, "dc", more=[ACCOUNTS])
    assert after(book, "about", "A02", {"c": "A01"}) == {"c": "A02"}
    assert after(book, "about", "crm.accounts\x1f=code\x1fA01", {"c": " Ａ01"}) == {}
    both = "  interaction: {at: d, about: {from: c, ref: [crm.accounts, crm.leads], direction: both}}"
    book = mapped(tmp_path, both, ["d", Field("c", "c", "lookup")], more=[ACCOUNTS, LEADS])
    assert after(book, "about", "crm.leads\x1f7", {"c": None}) == {"c": LookUp("leads", "7")}


def test_a_new_record_gets_what_the_mapping_says_and_nothing_else_fills(tmp_path: Path) -> None:
    fields: list[str | Field] = [
        "N",
        "type",
        Field("stage", "stage", "choice", options=(("s1", "Lead"),)),
        Field("n", "n", "number"),
    ]
    crm = mapped(
        tmp_path, "  organisation: {name: N}", fields, head="on_create: {type: default__c, stage: Lead, n: 3, N: x}"
    )
    assert crm.on_create({"N": "宇润"}) == {"type": "default__c", "stage": "s1", "n": 3}
    assert crm.on_create({"N": None, "type": "t", "stage": "s1", "n": 1}) == {"N": "x"}


def test_a_new_record_is_written_from_nothing(tmp_path: Path) -> None:
    book = mapped(tmp_path, ROW, COLUMNS)
    made: dict[str, Value] = {}
    for part, name, value in (
        ("organisation", "name", "宇润"), ("organisation", "phones", ("+862158881234",)), ("organisation", "tier", "vip"),
        ("person", "name", "张三"), ("person", "phones", ("+8613800138000", "")), ("person", "birthday", "1985-05-12"),
    ):  # fmt: skip
        made.update(book.write(part, name, value, made).after)
    assert made == {
        "公司": "宇润", "电话#2": "021-58881234", "级别": "A", "联系人": "张三", "手机": "13800138000", "生日": "05月12日",
    }  # fmt: skip
    found = read(book, dict.fromkeys(COLUMNS) | made)
    assert found["person"]["works_at"] == "@organisation"
