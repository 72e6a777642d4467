"""Rows of a file that bear the version they are stored with are not looked at, and no edit is missed for that."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.contract import Record
from sync.ledger.staging import Fresh
from sync.reading.staged import Desk
from tests.small_world import BOOK, Files

KEYED = BOOK.replace("table: book\n", "table: book\nkey: 编号\n")
HEAD = "编号,公司,座机,网址,联系人,手机,邮箱,备注"
ROWS = [f"B{n},上海宇润{n}号有限公司,021-5888{n:04d},,张三丰,1380013{n:04d},," for n in range(6)]


@pytest.fixture
def looked() -> Counter[str]:
    return Counter()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked: Counter[str]) -> Files:
    """looked: keys of the rows whose cells were looked at."""
    plain = Desk.fresh

    def fresh(self: Desk, record: Record) -> Fresh:
        looked[record.key] += 1
        return plain(self, record)

    monkeypatch.setattr(Desk, "fresh", fresh)
    files = Files(tmp_path)
    files.configure(book=KEYED)
    files.write("crm.csv", "id,name,phone,site")
    files.write("book.csv", HEAD, *ROWS)
    files.run()
    looked.clear()
    return files


def edited(files: Files, *lines: str) -> Counter[str]:
    """What the next reading of the book counts."""
    files.write("book.csv", *lines)
    return Counter(files.run().read["book"])


def stored(files: Files, key: str) -> str:
    ((raw,),) = files.rows("SELECT r.raw FROM record r WHERE r.key = ?", (key,))
    return bytes(raw).decode()


def test_only_what_changed_is_looked_at(files: Files, looked: Counter[str]) -> None:
    counts = edited(files, HEAD, *ROWS[:2], ROWS[2].replace("张三丰", "张无忌"), *ROWS[4:], ROWS[3].replace("B3", "B9"))
    assert {key for key in looked if key.startswith("B")} == {"B2", "B9"}
    assert (counts["unchanged"], counts["changed"], counts["new"]) == (4, 1, 1)
    assert "张无忌" in stored(files, "B2")


def test_headings_that_change_places_are_read_anew(files: Files, looked: Counter[str]) -> None:
    """Not a cell of a row changed, and each says something else."""
    counts = edited(files, HEAD.replace("手机", "x").replace("座机", "手机").replace("x", "座机"), *ROWS)
    assert counts["changed"] == len(ROWS)
    assert {f"B{n}" for n in range(6)} <= set(looked)
    assert '"手机":"021-58880001"' in stored(files, "B1")


def test_another_mapping_looks_at_every_row(files: Files, looked: Counter[str]) -> None:
    files.configure(book=KEYED.replace("notes: 备注", "title: 备注"))
    edited(files, HEAD, *ROWS, ROWS[0].replace("B0", "B7"))
    assert {f"B{n}" for n in range(6)} <= set(looked)


def test_a_copied_row_with_its_key_is_told_with_what_it_shows(files: Files) -> None:
    """R2b: the edited one stands first, the one as it was stored keeps the key."""
    edit = ROWS[1].replace("张三丰", "张无忌")
    counts = edited(files, HEAD, ROWS[0], edit, *ROWS[1:])
    assert counts["quarantined"] == 1
    assert "张三丰" in stored(files, "B1")
    counts = edited(files, HEAD, ROWS[0], edit, *ROWS[2:])
    assert counts["changed"] == 1, "it is no repeat any more"
    assert "张无忌" in stored(files, "B1")


def test_every_row_is_looked_at_once_in_a_while(files: Files, looked: Counter[str]) -> None:
    edited(files, HEAD, *ROWS, "")
    assert not looked["B1"]
    files.now += timedelta(days=8)
    edited(files, HEAD, *ROWS)
    assert looked["B1"]
