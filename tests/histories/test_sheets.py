"""Sheets that people sort, copy and retype: never the wrong row (RULES R2a, R2b, R2c; one row of company and contact)"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sync import run as running
from tests.small_world import Files

WORKSPACE = """\
authority: [crm]
guards: {creates: 1000, updates: 1000, removals: 1000, blanks: 1000, merges: 1000, moved: 1000}
sources:
  crm: crm.csv
  book: book.csv
jobs:
  agree: {push: [crm, book]}
"""
CRM = "table: crm\noffbook_id: id\nrecord:\n  organisation: {name: name, phones: phone, website: site, tier: tier}\n"
BOOK = "table: book\nrecord:\n  organisation: {name: 公司, phones: 座机, website: 网址, tier: 级别}\n"
KEYED = "table: book\nkey: 编号\nrecord:\n  organisation: {name: 公司, phones: 座机, website: 网址, tier: 级别}\n"
MARKED = (
    "table: book\noffbook_id: 标识\nrecord:\n  organisation: {name: 公司, phones: 座机, website: 网址, tier: 级别}\n"
)
NAMES = (
    "上海宇润科技有限公司",
    "北京天合贸易有限公司",
    "广州方圆设计有限公司",
    "成都启明医疗器械有限公司",
    "深圳海通物流有限公司",
    "杭州西溪茶业有限公司",
)
HEAD = "公司,座机,网址,级别"


def row(n: int, tier: str = "", name: str = "") -> str:
    return f"{name or NAMES[n]},0216234567{n},https://www.c{n}.example,{tier}"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Six customers, in the CRM and in the book, which agree."""
    made = Files(tmp_path)
    made.configure(book=BOOK, crm=CRM, workspace=WORKSPACE)
    lines = [f"k{n},{name},0216234567{n},https://www.c{n}.example," for n, name in enumerate(NAMES)]
    made.write("crm.csv", "id,name,phone,site,tier", *lines)
    made.write("book.csv", HEAD, *(row(n) for n in range(6)))
    made.run()
    return made


def tiers(files: Files) -> dict[str, str]:
    """Customer → tier in the CRM."""
    rows = [line.split(",") for line in files.text("crm.csv").splitlines()[1:]]
    return {one[1]: one[4] for one in rows}


def book(files: Files) -> dict[str, str]:
    """Customer → tier in the book."""
    rows = [line.split(",") for line in files.text("book.csv").splitlines()[1:]]
    return {one[0]: one[3] for one in rows}


def edit_crm(files: Files, name: str, tier: str) -> None:
    lines = [line.split(",") for line in files.text("crm.csv").splitlines()]
    files.write("crm.csv", *(",".join([*one[:4], tier] if one[1] == name else one) for one in lines))


def settles(files: Files) -> None:
    for _ in range(2):
        files.run()
    with files.session() as session:
        assert running.make_plan(session, "agree").header["changes"] == 0


def entities(files: Files) -> int:
    return int(files.rows("SELECT COUNT(*) FROM entity WHERE alias_of IS NULL")[0][0])


@pytest.mark.parametrize("seed", range(3))
def test_r2a_whole_rows_sorted_between_runs(files: Files, seed: int) -> None:
    """Equal hash of the whole row first of all: a sorted sheet is no change at all."""
    order = random.Random(seed).sample(range(6), 6)
    files.write("book.csv", HEAD, *(row(n) for n in order))
    edit_crm(files, NAMES[2], "vip")
    files.run()
    assert book(files) == {name: "vip" if name == NAMES[2] else "" for name in NAMES}
    assert entities(files) == 6
    settles(files)


def test_r2a_sorted_between_plan_and_apply(files: Files) -> None:
    """The plan's place is another customer's row now: a conflict, never the wrong row."""
    edit_crm(files, NAMES[2], "vip")
    with files.session() as session:
        planned = running.make_plan(session, "agree")
    files.write("book.csv", HEAD, *(row(n) for n in (5, 4, 3, 2, 1, 0)))
    with files.session() as session:
        running.apply_plan(session, planned.plan, by="tester")
    assert {name: tier for name, tier in book(files).items() if name != NAMES[2]} == dict.fromkeys(
        [name for name in NAMES if name != NAMES[2]], ""
    )
    settles(files)
    assert book(files)[NAMES[2]] == "vip"


def test_r2a_rows_inserted_and_deleted(files: Files) -> None:
    files.write("book.csv", HEAD, row(0), "新来的客户有限公司,02199999999,,normal", row(2), row(3, "vip"), row(5))
    files.run()
    assert tiers(files)[NAMES[3]] == "vip"
    assert [name for name, tier in tiers(files).items() if tier] == [NAMES[3]]
    assert entities(files) == 7
    settles(files)
    assert list(book(files)) == [NAMES[0], "新来的客户有限公司", NAMES[2], NAMES[3], NAMES[5]]


def test_r2a_sorted_and_edited_the_same_day(files: Files) -> None:
    """The rest by equal identifying fields: an edit in a moved row is an edit of that customer."""
    files.write("book.csv", HEAD, row(4), row(3, "vip"), row(0), row(1), row(5, "normal"), row(2))
    files.run()
    assert {name: tier for name, tier in tiers(files).items() if tier} == {NAMES[3]: "vip", NAMES[5]: "normal"}
    assert entities(files) == 6
    settles(files)


def test_r2a_name_corrected_in_its_place(files: Files) -> None:
    """Same place and most cells equal."""
    files.write("book.csv", HEAD, *(row(n, name="上海宇闰科技有限公司" if n == 0 else "") for n in range(6)))
    files.run()
    assert entities(files) == 6
    settles(files)
    assert entities(files) == 6


def test_r2_sorted_by_one_column_only(files: Files) -> None:
    """The names are shifted against the rest; guards silence it, and no customer gets another's website or phone."""
    files.configure(book=BOOK, crm=CRM, workspace=WORKSPACE.replace("moved: 1000", "moved: 2"))
    before = files.text("crm.csv")
    files.write("book.csv", HEAD, *(row(n, name=NAMES[(n + 1) % 6]) for n in range(6)))
    with files.session() as session:
        planned = running.make_plan(session, "agree")
    with files.session() as session:
        running.apply_plan(session, planned.plan, by="tester")
    websites = {line.split(",")[1]: line.split(",")[3] for line in files.text("crm.csv").splitlines()[1:]}
    assert websites == {name: f"https://www.c{n}.example" for n, name in enumerate(NAMES)}
    assert files.text("crm.csv") == before


def test_r2b_copied_row_with_its_key(tmp_path: Path) -> None:
    """The row equal to the last stored one keeps the key; the copy, typed over with another, is quarantined."""
    files = Files(tmp_path)
    files.configure(book=KEYED, crm=CRM, workspace=WORKSPACE)
    files.write("crm.csv", "id,name,phone,site,tier", *(f"k{n},{NAMES[n]},,," for n in range(3)))
    files.write("book.csv", f"编号,{HEAD}", *(f"B{n},{row(n)}" for n in range(3)))
    files.run()
    copy = f"B0,{row(1, 'vip', NAMES[4])}"
    files.write("book.csv", f"编号,{HEAD}", copy, *(f"B{n},{row(n)}" for n in range(3)))
    edit_crm(files, NAMES[0], "normal")
    files.run()
    lines = files.text("book.csv").splitlines()
    assert lines[1] == copy, "the copy is not written"
    assert lines[2].endswith(",normal") or lines[2] == f"B0,{row(0)}"
    assert tiers(files)[NAMES[0]] == "normal"
    assert tiers(files)[NAMES[1]] == ""
    assert len(files.rows("SELECT * FROM quarantine")) == 1
    files.run()
    assert files.text("book.csv").splitlines()[1] == copy


def test_r2b_two_equal_copies_are_both_quarantined(tmp_path: Path) -> None:
    """None or several are equal: nobody can tell, so none of them is written."""
    files = Files(tmp_path)
    files.configure(book=KEYED, crm=CRM, workspace=WORKSPACE)
    files.write("crm.csv", "id,name,phone,site,tier", *(f"k{n},{NAMES[n]},,," for n in range(3)))
    files.write("book.csv", f"编号,{HEAD}", *(f"B{n},{row(n)}" for n in range(3)))
    files.run()
    changed = [f"B0,{row(0, 'one')}", f"B0,{row(0, 'two')}"]
    files.write("book.csv", f"编号,{HEAD}", *changed, *(f"B{n},{row(n)}" for n in (1, 2)))
    for _ in range(2):
        files.run()
    assert files.text("book.csv").splitlines()[1:3] == changed
    assert tiers(files)[NAMES[0]] == ""
    assert len(files.rows("SELECT * FROM quarantine")) == 2


def test_r2b_copied_row_with_our_own_id(tmp_path: Path) -> None:
    """`offbook_id` in the sheet: a row copied with it and typed over does not become the first one's customer."""
    files = Files(tmp_path)
    files.configure(book=MARKED, crm=CRM, workspace=WORKSPACE)
    files.write("crm.csv", "id,name,phone,site,tier", *(f"k{n},{NAMES[n]},,,vip" for n in range(3)))
    files.write("book.csv", f"{HEAD},标识", *(f"{row(n)}," for n in range(3)))
    files.run()
    files.run()
    lines = files.text("book.csv").splitlines()
    mark = lines[1].rpartition(",")[2]
    assert mark, "a row that we write gets our id"
    copy = f"{row(4)},{mark}"
    files.write("book.csv", lines[0], copy, *lines[1:])
    edit_crm(files, NAMES[0], "normal")
    files.run()
    files.run()
    shown = files.text("book.csv").splitlines()
    assert shown[1].startswith(row(4).rpartition(",")[0]), "no value of another customer is written into the copy"
    assert ",normal," not in shown[1]
    assert tiers(files)[NAMES[0]] == "normal"


def test_r2c_contact_changes_company(tmp_path: Path) -> None:
    """张三 moves from one company to another: neither company is renamed, and his row follows him."""
    files = Files(tmp_path)
    files.configure()
    files.write(
        "crm.csv",
        "id,name,phone,site",
        f"k0,{NAMES[0]},,https://www.c0.example",
        f"k1,{NAMES[1]},,https://www.c1.example",
    )
    head = "公司,座机,网址,联系人,手机,邮箱,备注"
    files.write("book.csv", head, f"{NAMES[0]},,,张三,13801774455,zs@c0.example,", f"{NAMES[0]},,,李四,13801774466,,")
    files.run()
    moved = [
        line.replace(NAMES[0], NAMES[1]) if "张三" in line else line for line in files.text("book.csv").splitlines()
    ]
    files.write("book.csv", *moved)
    for _ in range(3):
        files.run()
    names = {line.split(",")[1] for line in files.text("crm.csv").splitlines()[1:]}
    assert names == {NAMES[0], NAMES[1]}
    zhang = files.entity("person", "张三")
    tianhe = files.entity("organisation", NAMES[1])
    assert (zhang, "works_at", tianhe) in files.rows("SELECT entity, name, target FROM relation")
    li = files.entity("person", "李四")
    assert (li, "works_at", files.entity("organisation", NAMES[0])) in files.rows(
        "SELECT entity, name, target FROM relation"
    )
    websites = {line.split(",")[1]: line.split(",")[3] for line in files.text("crm.csv").splitlines()[1:]}
    assert websites == {NAMES[0]: "https://www.c0.example", NAMES[1]: "https://www.c1.example"}
    settles(files)


def test_r2_one_company_in_many_rows(tmp_path: Path) -> None:
    """Rows of one company are as many parts: an edit in one wins, and the others are written."""
    files = Files(tmp_path)
    files.configure()
    files.write("crm.csv", "id,name,phone,site", f"k0,{NAMES[0]},,")
    people = [f"{NAMES[0]},,,员工{ch},1380177440{n},," for n, ch in enumerate("甲乙丙丁戊")]
    files.write("book.csv", "公司,座机,网址,联系人,手机,邮箱,备注", *people)
    files.run()
    lines = files.text("book.csv").splitlines()
    files.write("book.csv", *lines[:3], lines[3].replace(",,,", ",,https://new.example,", 1), *lines[4:])
    files.run()
    assert files.text("book.csv").count("new.example") == 5
    assert "new.example" in files.text("crm.csv")
    settles(files)
