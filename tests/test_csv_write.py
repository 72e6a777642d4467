"""Does the csv connector change nothing but what it is told to?"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import (
    Change,
    Damaged,
    Op,
    Outcome,
    SourceRefused,
    TableFacts,
    Value,
)
from connectors.shared import files
from tests.csv_help import BOOK, KEYED, OURS, change, create, opened, pulled, text, update, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "客户.csv"


# ------------------------------------------------------------------------------ writing

ODD = (
    "客户表;;\r\n"
    '"公司";联系人;"电话"\r\n'
    '宇润;"张 ""三""";138\r\n'
    "\r\n"
    ' 华强 ;"李\n四";"139"\n'
    '大成;5" 屏;140;extra\r\n'
    "合计;;"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_only_the_cell_that_changed_is_another(path: Path, encoding: str) -> None:
    path.write_bytes(ODD.encode(encoding))
    assert update(path, 1, {"电话": "21"}).outcome is Outcome.DONE
    assert text(path, encoding) == ODD.replace('"139"', '"21"')
    assert update(path, 2, {"联系人": "a;b"}).outcome is Outcome.DONE
    assert text(path, encoding) == ODD.replace('"139"', '"21"').replace('5" 屏', '"a;b"')
    assert update(path, 3, {"电话": "3"}).outcome is Outcome.DONE
    assert text(path, encoding).endswith("\r\n合计;;3")


def test_a_short_record_gets_the_cells_it_needs(path: Path) -> None:
    path.write_bytes("公司,联系人,电话\n宇润\n".encode())
    update(path, 0, {"电话": "1"})
    assert text(path) == "公司,联系人,电话\n宇润,,1\n"


def test_a_new_record_looks_like_the_one_above_it(path: Path) -> None:
    path.write_bytes('公司,联系人,电话\n"宇润",张三,"138"\n\n'.encode())
    receipt = create(path, {"公司": "大成", "电话": "1,2"})
    assert text(path) == '公司,联系人,电话\n"宇润",张三,"138"\n"大成",,"1,2"\n\n'
    assert receipt.record is not None
    assert (receipt.key, receipt.record.place) == ("#3", True)
    assert dict(receipt.record.fields) == {"公司": "大成", "联系人": None, "电话": "1,2"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("公司,联系人,电话", "公司,联系人,电话\r\na,,"),
        ("公司,联系人,电话\n", "公司,联系人,电话\na,,\n"),
        ("公司,联系人,电话\nx,y,z", "公司,联系人,电话\nx,y,z\na,,"),
        ("公司,联系人,电话\rx,y,z\r", "公司,联系人,电话\rx,y,z\ra,,\r"),
    ],
)
def test_the_last_line_ends_as_it_did(path: Path, before: str, after: str) -> None:
    path.write_bytes(before.encode())
    create(path, {"公司": "a"})
    assert text(path) == after


def test_a_deleted_record_leaves_no_trace(path: Path) -> None:
    path.write_bytes(BOOK.rstrip().encode())
    connector = opened(path)
    record = pulled(connector).records[1]
    (receipt,) = write(connector, Change("d", Op.DELETE, record.key, expect=record.version))
    assert receipt.outcome is Outcome.DONE
    assert text(path) == "公司,联系人,电话\r\n宇润,张三,138"


def test_the_id_column_is_added_with_the_first_write(path: Path) -> None:
    path.write_bytes("客户表\r\n公司,联系人,电话\r\n宇润,张三\r\n华强,李四,139,extra\r\n\r\n".encode())
    receipt = update(path, 0, {"电话": "1"}, OURS)
    assert receipt.key is not None
    assert text(path) == (
        f"客户表\r\n公司,联系人,电话,,offbook_id\r\n宇润,张三,1,,{receipt.key}\r\n华强,李四,139,extra,\r\n\r\n"
    )
    again = update(path, 1, {"电话": "2"}, OURS)
    assert text(path).splitlines()[3] == f"华强,李四,2,extra,{again.key}"


def test_the_version_of_the_others_stays_when_the_column_comes(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    before = pulled(opened(path, OURS)).records[1].version
    update(path, 0, {"电话": "1"}, OURS)
    assert pulled(opened(path, OURS)).records[1].version == before


def test_the_id_column_under_two_lines_of_headings(path: Path) -> None:
    facts = TableFacts(("公司", "联系/电话"), token="offbook_id")
    path.write_bytes("公司,联系,\n,姓名,电话\n宇润,张三,138\n".encode())
    receipt = update(path, 0, {"联系/电话": "1"}, facts)
    assert text(path) == f"公司,联系,,offbook_id\n,姓名,电话,\n宇润,张三,1,{receipt.key}\n"
    assert pulled(opened(path, facts), facts).records[0].key == receipt.key


def test_the_id_column_needs_a_place_where_there_are_no_headings(path: Path) -> None:
    path.write_bytes("宇润,1\n".encode())
    facts = TableFacts(("@A", "@B"), token="offbook_id")
    with pytest.raises(SourceRefused, match='offbook_id: "@H"'):
        update(path, 0, {"@B": "2"}, facts, headings=False)
    placed = TableFacts(("@A", "@B"), token="@D")
    receipt = update(path, 0, {"@B": "2"}, placed, headings=False)
    assert text(path) == f"宇润,2,,{receipt.key}\n"


def test_what_shows_already_what_it_should_is_not_written(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    before = path.stat().st_mtime_ns
    receipt = update(path, 0, {"电话": "138"}, OURS)
    assert (receipt.outcome, path.stat().st_mtime_ns) == (Outcome.DONE, before)
    assert not files.backups_of(path)


def test_the_receipt_says_where_the_backup_is(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    receipt = update(path, 0, {"电话": "1"})
    (backup,) = files.backups_of(path)
    assert backup.name in receipt.detail
    assert backup.read_bytes() == BOOK.encode()


def test_a_letter_that_the_encoding_lacks_is_refused_and_the_rest_written(path: Path) -> None:
    path.write_bytes("公司,聯絡人\r\n臺灣,張\r\n".encode("big5"))
    facts = TableFacts(("公司", "聯絡人"))
    receipt = update(path, 0, {"公司": "宇润", "聯絡人": "李"}, facts)
    assert receipt.outcome is Outcome.DONE
    assert "Big5" in receipt.apart["公司"][1]
    assert text(path, "big5") == "公司,聯絡人\r\n臺灣,李\r\n"
    assert update(path, 0, {"公司": "宇润"}, facts).outcome is Outcome.REJECTED
    assert create(path, {"公司": "宇润"}, facts).outcome is Outcome.REJECTED


@pytest.mark.parametrize("value", [("a", "b"), Damaged("x", "y"), "\udcff"])
def test_what_is_no_text_of_a_cell_is_refused(path: Path, value: Value) -> None:
    path.write_bytes(BOOK.encode())
    assert update(path, 0, {"电话": value}).outcome is Outcome.REJECTED
    assert text(path) == BOOK


def test_other_values_are_written_as_plain_text(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    update(path, 0, {"电话": Decimal("1E+3"), "联系人": True})
    assert "宇润,true,1000" in text(path)


def test_a_key_column_is_not_rewritten_and_an_unknown_column_is_refused(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    receipt = update(path, 0, {"公司": "x", "电话": "1"}, KEYED)
    assert set(receipt.apart) == {"公司"}
    assert "宇润,张三,1" in text(path)
    record = pulled(opened(path, KEYED)).records[0]
    (receipt,) = write(opened(path, KEYED), Change("u", Op.UPDATE, record.key, {"邮箱": "x"}, {}, record.version))
    assert receipt.outcome is Outcome.REJECTED


def test_a_create_under_a_key_that_is_there_is_a_duplicate(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    assert create(path, {"公司": "宇润"}, KEYED).outcome is Outcome.DUPLICATE
    changes = [Change(i, Op.CREATE, after={"公司": "新"}, token=i * 15) for i in "ab"]
    assert [r.outcome for r in write(opened(path, KEYED), *changes)] == [Outcome.DONE, Outcome.DUPLICATE]
    same = [Change(i, Op.CREATE, after={"公司": i}, token="t" * 15) for i in "cd"]
    assert [r.outcome for r in write(opened(path, OURS), *same)] == [Outcome.DONE, Outcome.DUPLICATE]


def test_a_record_without_any_text_is_not_created(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    assert create(path, {"公司": None}).outcome is Outcome.REJECTED
    assert text(path) == BOOK


def test_a_file_of_one_column_keeps_its_emptied_record(path: Path) -> None:
    facts = TableFacts(("公司",))
    path.write_bytes("公司\n宇润\n华强\n".encode())
    update(path, 0, {"公司": None}, facts)
    assert text(path) == '公司\n""\n华强\n'


def test_an_open_file_is_waited_for(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    path.with_name(f"~${path.name}").write_bytes(b"")
    connector = opened(path, wait=3)
    record = pulled(connector).records[0]
    (receipt,) = write(connector, change(record, {"电话": "1"}))
    assert receipt.outcome is Outcome.DEFERRED
    assert text(path) == BOOK


def test_a_read_only_file_can_be_pulled_only(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    path.chmod(0o444)
    connector = opened(path)
    assert not connector.describe("rows").can.ops
    assert [f.code for f in connector.check()] == ["read_only"]
    with pytest.raises(SourceRefused, match="read-only"):
        write(connector, change(pulled(connector).records[0], {"电话": "1"}))
    assert text(path) == BOOK


def test_a_full_disk_leaves_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(BOOK.encode())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SourceRefused, match="full"):
        update(path, 0, {"电话": "1"})
    monkeypatch.undo()
    assert text(path) == BOOK
    assert [p.name for p in path.parent.iterdir()] == [path.name]
