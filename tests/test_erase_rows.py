"""Erasing one customer of whom a row speaks beside another: his columns go, the row stays (RULES R22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.erase.act import Erased, erase
from sync.erase.target import find
from tests.small_world import BOOK, Files

PERSON = ("张三丰", "13801774455", "zhang.san@yurun.example", "客户喜欢龙井茶叶")
HEADING = "编号,公司,座机,网址,联系人,手机,邮箱,备注"


@pytest.fixture(params=["aligned", "keyed"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    made = Files(tmp_path)
    key = "key: 编号\n" if request.param == "keyed" else ""
    made.configure(book=BOOK.replace("record:", f"{key}record:"))
    made.write("crm.csv", "id,name,phone,site", ",上海宇润科技有限公司,021-58881234,")
    made.write(
        "book.csv",
        HEADING,
        "1,上海宇润科技有限公司,,yurun.example,张三丰,13801774455,zhang.san@yurun.example,客户喜欢龙井茶叶",
        "2,北京方圆贸易有限公司,010-66667777,,李四,13911112222,li@fangyuan.example,",
    )
    made.run()
    made.run()
    return made


def without(files: Files) -> Erased:
    entity = files.entity("person", "张三丰")
    with files.session() as session:
        target = find(session, entity=entity)
        assert (target.name, target.kind) == ("张三丰", "person")
        return erase(session, entity, by="王芳")


def names(files: Files) -> list[str]:
    rows = files.rows("SELECT golden FROM entity ORDER BY id")
    return [text for text in ("宇润", "方圆", "张三丰", "李四") if any(text.encode() in bytes(row[0]) for row in rows)]


def held(files: Files) -> list[str]:
    found = files.on_disk()
    return [text for text in PERSON if text.encode() in found]


def test_the_person_goes_and_the_company_stays(files: Files) -> None:
    assert held(files) == list(PERSON)
    done = without(files)
    assert held(files) == []
    assert names(files) == ["宇润", "方圆", "李四"]
    assert done.records == 1
    assert "上海宇润科技有限公司".encode() in files.on_disk()


def test_the_row_goes_on_being_read_and_written_without_his_columns(files: Files) -> None:
    without(files)
    before = files.text("book.csv")
    files.write("crm.csv", *files.text("crm.csv").replace("021-58881234", "021-58881235").splitlines())
    files.run()
    assert "021-58881235" in files.text("book.csv") or "58881235" in files.text("book.csv")
    assert "张三丰,13801774455,zhang.san@yurun.example,客户喜欢龙井茶叶" in files.text("book.csv")
    assert files.text("book.csv") != before
    assert held(files) == []
    last = files.run()
    assert last.header["changes"] == 0
    assert names(files) == ["宇润", "方圆", "李四"]


def test_nothing_counts_as_gone_or_new_after_it(files: Files) -> None:
    without(files)
    files.write("book.csv", *files.text("book.csv").replace("010-66667777", "010-66667778").splitlines())
    outcome = files.run()
    counts = outcome.read["book"]
    assert counts["missing"] == 0
    assert counts["new"] == 0
    assert held(files) == []
    sql = "SELECT COUNT(*) FROM link l JOIN record r ON r.id = l.record_id WHERE l.state <> 'live' AND r.table_id = 2"
    assert files.rows(sql) == [(0,)]


def test_his_row_copied_to_another_place_stays_out(files: Files) -> None:
    without(files)
    lines = files.text("book.csv").splitlines()
    files.write("book.csv", *lines, "3,,,,张三丰(旧),,zhang.san@yurun.example,")
    files.run()
    assert held(files) == []
    assert names(files) == ["宇润", "方圆", "李四"]


def test_the_company_goes_and_its_contact_stays(files: Files) -> None:
    entity = files.entity("organisation", "宇润")
    with files.session() as session:
        target = find(session, entity=entity)
        assert target.beside == 1
        erase(session, entity, by="王芳")
    assert "上海宇润".encode() not in files.on_disk()
    files.run()
    files.run()
    assert "张三丰" in names(files)
    assert files.rows("SELECT COUNT(*) FROM relation") == [(1,)]
