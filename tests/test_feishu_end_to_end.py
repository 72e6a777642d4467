"""Do a book and a base of 飞书多维表格 come to agree through the whole of Offbook, both ways, with troubles on the way?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.command import started
from sandbox.feishu_base import Row
from sandbox.feishu_bitable import FeishuFake
from sandbox.feishu_cells import plain
from sandbox.server import Trouble
from tests.command_line import call

_BOOK = """公司名称,网站,联系人,手机,邮箱,id
上海宇润科技有限公司,,赵敏,13911112222,,
苏州晨光纺织有限公司,https://chenguang.example,王强,138 1111 2222,wang@chenguang.example,
"""
_MAPPING = """table: book
offbook_id: id
record:
  organisation: {name: 公司名称, website: 网站}
  person: {name: 联系人, phones: 手机, emails: 邮箱, works_at: organisation}
"""
_JOBS = """
  book: book.csv
jobs:
  agree:
    push: [book, feishu_bitable]
    create_in: {feishu_bitable.companies: {}, feishu_bitable.people: {}}
    review: questions
"""


@dataclass
class Place:
    """A workspace on the example base that `offbook sandbox` starts."""

    folder: Path
    fake: FeishuFake

    def sync(self) -> str:
        said = call("sync", "agree", "--yes", folder=self.folder)
        assert said.code == 0, said.out + said.err
        return said.out

    @property
    def book(self) -> str:
        return (self.folder / "book.csv").read_text("utf-8")

    def people(self) -> dict[str, Row]:
        rows = self.fake.sheets["tblSandboxPeople"].rows.values()
        return {plain(row.cells["fldPersonName"]): row for row in rows}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    example = started("feishu_bitable", 0)
    (tmp_path / "offbook.yaml").write_text(example.source + _JOBS, "utf-8")
    (tmp_path / "book.csv").write_text(_BOOK, "utf-8")
    (tmp_path / "mappings").mkdir()
    for name, text in {**example.mappings, "book.yaml": _MAPPING}.items():
        (tmp_path / "mappings" / name).write_text(text, "utf-8")
    for name, value in example.secrets.items():
        monkeypatch.setenv(name, value)
    fake: Any = example.fake
    yield Place(tmp_path, fake)
    fake.stop()


def test_both_sides_agree_and_nothing_is_there_twice(place: Place) -> None:
    place.fake.order(Trouble.LOST, "POST", "batch_create$")
    place.sync()
    people, firms = place.people(), place.fake.sheets["tblSandboxFirms1"].rows
    assert sorted(people) == sorted(["张伟", "李娜", "Anna Keller", "赵敏", "王强"])
    assert people["王强"].cells["fldPersonPhone"] == "13811112222", "a phone field takes digits only"
    (firm,) = people["王强"].cells["fldPersonFirm"]["link_record_ids"]
    assert plain(firms[firm].cells["fldFirmName"]) == "苏州晨光纺织有限公司", "parents come before children"
    (known,) = people["赵敏"].cells["fldPersonFirm"]["link_record_ids"]
    assert plain(firms[known].cells["fldFirmName"]) == "上海宇润科技有限公司", "a firm that was there is not made again"
    assert len(firms) == 4
    assert "上海宇润科技有限公司,https://yurun.example,赵敏" in place.book
    before = [dict(row.cells) for sheet in place.fake.sheets.values() for row in sheet.rows.values()]
    place.sync()
    assert [dict(row.cells) for sheet in place.fake.sheets.values() for row in sheet.rows.values()] == before


def test_edits_go_both_ways_and_rights_that_end_remove_nothing(place: Place) -> None:
    place.sync()
    sheet, wang = place.fake.sheets["tblSandboxPeople"], place.people()["王强"]
    mail = [{"type": "url", "text": "new@chenguang.example", "link": "mailto:new@chenguang.example"}]
    place.fake.edit(sheet, wang.id, {"fldPersonMail": mail})
    place.sync()
    assert "王强,138 1111 2222,new@chenguang.example" in place.book
    (place.folder / "book.csv").write_text(place.book.replace("13911112222", "13911113333"), "utf-8")
    place.sync()
    assert place.people()["赵敏"].cells["fldPersonPhone"] == "13911113333"

    place.fake.advanced, place.fake.manager = True, False
    place.fake.silent |= set(place.fake.sheets)
    book, rows = place.book, len(sheet.rows)
    checked = call("check", folder=place.folder)
    assert "可管理" in checked.out + checked.err
    call("sync", "agree", "--yes", folder=place.folder)
    assert (place.book, len(sheet.rows)) == (book, rows)
    place.fake.advanced = False
    place.fake.silent.clear()
    place.sync()
    assert (place.book, len(sheet.rows)) == (book, rows)
