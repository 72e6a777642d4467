"""Does the csv connector read any file as it is?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import (
    Context,
    CursorExpired,
    Damaged,
    Page,
    Query,
    SourceRefused,
    State,
    TableFacts,
)
from connectors.csv import SPEC
from connectors.vault import MemoryVault
from tests.csv_help import BOOK, FACTS, KEYED, WANG, create, opened, pulled, read
from tests.rig import CountingGate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "客户.csv"


# ------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_newline_are_found(path: Path, delimiter: str, encoding: str, newline: str) -> None:
    content = BOOK.replace(",", delimiter).replace("\r\n", newline).encode(encoding)
    assert read(path, content)[0] == WANG


def test_big5_is_found_by_its_headings(path: Path) -> None:
    facts = TableFacts(("公司", "聯絡人"))
    content = "公司,聯絡人\r\n臺灣電子,張小明\r\n".encode("big5")
    assert read(path, content, facts) == [{"公司": "臺灣電子", "聯絡人": "張小明"}]


def test_the_headings_decide_between_two_delimiters(path: Path) -> None:
    content = "公司;联系人;电话\nA, B, C;张三;1,2\nD, E, F;李四;3,4\n"
    assert read(path, content)[0]["公司"] == "A, B, C"


def test_excels_sep_line_is_believed(path: Path) -> None:
    assert read(path, "sep=|\r\n" + BOOK.replace(",", "|"))[0] == WANG


def test_an_explicit_delimiter_and_encoding_are_taken(path: Path) -> None:
    content = BOOK.replace(",", "^").encode("gb18030")
    assert read(path, content, delimiter="^", encoding="gbk")[0] == WANG


def test_a_wrong_encoding_is_told(path: Path) -> None:
    path.write_bytes(BOOK.encode("gb18030"))
    with pytest.raises(SourceRefused, match="not in UTF-8"):
        pulled(opened(path, encoding="utf-8"))


def test_columns_by_their_letters_where_there_are_no_headings(path: Path) -> None:
    facts = TableFacts(("@B", "@A"))
    assert read(path, "1,张三\n2,李四\n", facts, headings=False)[0] == {"@B": "张三", "@A": "1"}


def test_a_name_where_there_are_no_headings_is_refused(path: Path) -> None:
    path.write_bytes(b"1,2\n")
    with pytest.raises(SourceRefused, match="there is no heading `公司`"):
        pulled(opened(path, headings=False))


def test_headings_only_is_a_complete_listing_of_nothing(path: Path) -> None:
    assert read(path, "公司,联系人,电话\n") == []
    assert read(path, "公司,联系人,电话") == []


def test_an_empty_file_stops_the_table_and_is_no_empty_listing(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(SourceRefused, match="none of the headings"):
        pulled(opened(path))


def test_an_empty_file_without_headings_is_empty(path: Path) -> None:
    assert read(path, b"", TableFacts(("@A",)), headings=False) == []


def test_a_heading_that_vanished_stops_the_table(path: Path) -> None:
    path.write_bytes("公司,联系人,手机\n宇润,张三,1\n".encode())
    with pytest.raises(SourceRefused, match="Missing: 电话"):
        pulled(opened(path))


def test_blank_lines_and_lines_of_empty_cells_are_no_records(path: Path) -> None:
    assert len(read(path, "公司,联系人,电话\n\n,,\n宇润,张三,138\n\n")) == 1


def test_ragged_lines_are_read_and_named(path: Path) -> None:
    found = read(path, "公司,联系人,电话\n宇润\n华强,李四,139,extra\n")
    assert [row["电话"] for row in found] == [None, "139"]
    (finding,) = opened(path).check()
    assert finding.code == "ragged"
    assert "the first is line 3" in finding.text
    assert "@D" in finding.text
    facts = TableFacts(("公司", "@D"))
    assert [r.fields["@D"] for r in pulled(opened(path, facts), facts).records] == [None, "extra"]


@pytest.mark.parametrize(
    "cell",
    ["a\0b", 'said "so"', 'ends"', "two\nlines", "two\r\nlines", "x" * 5_000_000, "=1+1", " spaces ", "\u2028", "😀"],
    ids=lambda cell: ascii(cell[:12]),
)
def test_odd_cells_arrive_as_they_are(path: Path, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    assert read(path, f"公司,联系人,电话\n宇润,{quoted},1\n华强,李四,2\n")[0]["联系人"] == cell


def test_a_quote_in_the_middle_of_a_cell_is_a_letter(path: Path) -> None:
    assert read(path, '公司,联系人,电话\n宇润,5" 屏,1\n华强,李四,2\n')[0]["联系人"] == '5" 屏'


def test_a_quote_that_is_never_closed_is_no_complete_listing(path: Path) -> None:
    path.write_bytes('公司,联系人,电话\n宇润,张三,1\n"华强,李四,2\n大成,王五,3\n'.encode())
    end = pulled(opened(path)).end
    assert not end.complete
    assert "line 3 opens a quote" in end.why
    assert [f.code for f in opened(path).check()] == ["cut"]
    with pytest.raises(SourceRefused, match="never closed"):
        create(path, WANG)


def test_a_file_that_stops_in_its_last_line_is_no_complete_listing(path: Path) -> None:
    path.write_bytes("公司,联系人,电话\n宇润,张三,1\n华强,李".encode())
    end = pulled(opened(path)).end
    assert (end.complete, end.why) == (False, "the file stops in the middle of its last line")


def test_a_last_line_without_its_end_is_nothing_odd(path: Path) -> None:
    assert len(read(path, BOOK.rstrip())) == 2
    assert len(read(path, "公司,联系人,电话\n宇润,张三\n华强,李四")) == 2


def test_broken_bytes_damage_their_cell_alone(path: Path) -> None:
    found = read(path, BOOK.encode() + "大成,".encode() + b"\xff\xfe,1\r\n")
    assert found[0] == WANG
    assert found[2]["联系人"] == Damaged("encoding", "\ufffd\ufffd")
    assert "broken_bytes" in [f.code for f in opened(path).check()]


def test_title_lines_above_are_passed(path: Path) -> None:
    assert read(path, "客户表,,\n导出 2026,,\n" + BOOK)[0] == WANG


def test_two_lines_of_headings(path: Path) -> None:
    facts = TableFacts(("公司", "联系/电话"))
    assert read(path, "公司,联系,\n,姓名,电话\n宇润,张三,138\n", facts) == [{"公司": "宇润", "联系/电话": "138"}]


def test_the_newest_file_by_name_is_read(path: Path) -> None:
    for day, who in (("0301", "旧"), ("0302", "新")):
        path.with_name(f"drop_{day}.csv").write_bytes((BOOK.replace("宇润", who)).encode())
    path.with_name("drop_0303.csv").mkdir()
    connector = opened(path.with_name("drop_*.csv"))
    assert pulled(connector).records[0].fields["公司"] == "新"
    assert dict(connector.tables()) == {"rows": "drop_0302.csv"}


def test_no_file_for_a_pattern_is_a_failed_source(path: Path) -> None:
    with pytest.raises(SourceRefused, match="failed"):
        pulled(opened(path.with_name("drop_*.csv")))


def test_a_conflict_copy_is_refused(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    copy = path.with_name("客户(1).csv")
    copy.write_bytes(BOOK.encode())
    with pytest.raises(SourceRefused, match="sync client"):
        pulled(opened(copy))
    assert [f.code for f in opened(path).check()] == ["conflict_copy"]


# ------------------------------------------------------------------------------ keys, cursors, the table


def test_a_record_is_called_by_its_key_else_by_our_id_else_by_its_place(path: Path) -> None:
    facts = TableFacts(("公司", "联系人", "电话"), key="电话", token="offbook_id")
    path.write_bytes("公司,联系人,电话,offbook_id\na,b, 138 ,x\na,b,,y\na,b,,\n".encode())
    records = pulled(opened(path, facts), facts).records
    assert [(r.key, r.place) for r in records] == [("138", False), ("y", False), ("#4", True)]


def test_a_row_that_got_a_key_from_people_is_found_under_our_id(path: Path) -> None:
    facts = TableFacts(("公司", "联系人", "电话"), key="电话", token="offbook_id")
    path.write_bytes("公司,联系人,电话,offbook_id\na,b,138,x\n".encode())
    (found,) = opened(path, facts).fetch("rows", ["x"], FACTS.fields)
    assert (found.state, found.into) == (State.MOVED, "138")


def test_an_end_is_not_said_of_a_file_without_records_or_of_a_place(path: Path) -> None:
    path.write_bytes("公司,联系人,电话\n".encode())
    assert not list(opened(path, KEYED).fetch("rows", ["宇润"], FACTS.fields))
    path.write_bytes(BOOK.encode())
    found = list(opened(path, KEYED).fetch("rows", ["宇润", "无", "#9"], FACTS.fields))
    assert [(r.key, r.state) for r in found] == [("宇润", State.LIVE), ("无", State.DELETED)]
    assert not list(opened(path).fetch("rows", ["#2", "宇润"], FACTS.fields))


def test_an_untouched_file_is_not_parsed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(BOOK.encode())
    connector = opened(path)
    cursor = pulled(connector).cursor

    def never(*_: object) -> None:
        raise AssertionError("the file was parsed")

    monkeypatch.setattr("connectors.shared.encodings.detect", never)
    found = pulled(connector, since=cursor)
    assert (found.records, found.end.full, found.end.cursor) == ([], False, cursor)


def test_a_resume_in_a_file_that_changed_expires(path: Path) -> None:
    path.write_bytes((BOOK + "x,y,z\r\n" * 1200).encode())
    first = next(iter(opened(path).pull(Query("rows", FACTS.fields))))
    path.write_bytes(BOOK.encode())
    with pytest.raises(CursorExpired):
        pulled(opened(path), resume=first.resume)


@pytest.mark.parametrize("options", [{"encoding": "gb18030"}, {"delimiter": ";"}])
def test_another_reading_of_the_bytes_is_another_cursor(path: Path, options: dict[str, Any]) -> None:
    path.write_bytes(BOOK.encode())
    cursor = pulled(opened(path)).cursor
    with pytest.raises(CursorExpired):
        pulled(opened(path, **options), since=cursor)


def test_the_only_table_is_called_as_the_mapping_calls_it(path: Path) -> None:
    path.write_bytes(BOOK.encode())
    context = Context(CountingGate(), MemoryVault(), {"customers": FACTS}, folder=str(path.parent))
    connector = SPEC.connect(SPEC.options.model_validate({"path": path.name}), context)
    assert dict(connector.tables()) == {"customers": "客户.csv"}
    assert connector.describe("customers").id == "customers"
    with pytest.raises(SourceRefused, match="there is no table `rows`"):
        pulled(connector)


def test_two_tables_in_one_file_are_refused(path: Path) -> None:
    context = Context(CountingGate(), MemoryVault(), {"a": FACTS, "b": FACTS})
    with pytest.raises(SourceRefused, match="is one table, but 2"):
        SPEC.connect(SPEC.options.model_validate({"path": path.name}), context)


def test_columns_are_described_under_the_names_of_the_mapping(path: Path) -> None:
    path.write_bytes("公司 名称,电话,电话,\n宇润,1,2,x\n".encode())
    facts = TableFacts(("公司\u3000名称", "@B", "电话#2", "电话"), key="公司\u3000名称", token="offbook_id")
    fields = {f.id: f for f in opened(path, facts).describe("rows").fields}
    assert list(fields) == ["公司\u3000名称", "@B", "电话", "电话#2", "offbook_id"]
    assert not fields["公司\u3000名称"].on_update
    assert all(field.kind == "text" and field.findable for field in fields.values())


def test_a_file_nobody_mapped_yet_can_be_looked_at(path: Path) -> None:
    path.write_bytes(("客户表,,\n" + BOOK).encode())
    context = Context(CountingGate(), MemoryVault(), folder=str(path.parent))
    connector = SPEC.connect(SPEC.options.model_validate({"path": path.name}), context)
    (table,) = connector.tables()
    names = tuple(f.id for f in connector.describe(table).fields)
    assert names == ("公司", "联系人", "电话")
    pages: list[Page] = list(connector.pull(Query(table, names)))
    assert dict(pages[0].records[0].fields) == WANG


@pytest.mark.parametrize(
    "options", [{}, {"path": "x", "delimiter": ",,"}, {"path": "x", "backups": -1}, {"path": "x", "heading": True}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SPEC.options.model_validate(options)


# ------------------------------------------------------------------------------ check


def codes(path: Path, facts: TableFacts = FACTS) -> Sequence[str]:
    return [f.code for f in opened(path, facts).check()]


def test_check_says_what_is_odd(path: Path) -> None:
    path.write_bytes("公司,电话,联系人,电话\n宇润,1,x,2\n宇润,3,y,4\n".encode("gb18030"))
    path.with_name(f"~${path.name}").write_bytes(b"")
    assert codes(path, KEYED) == ["open_elsewhere", "encoding", "doubled_heading", "doubled_key"]
    assert codes(path.with_name("none.csv")) == ["unreadable"]
