"""What does the sql connector do on real SQLite files, beyond the contract?"""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import (
    Check,
    ConfigError,
    CursorExpired,
    Damaged,
    Identity,
    LookUp,
    Op,
    Outcome,
    Repeat,
    SourceRefused,
    State,
    TableFacts,
)
from connectors.sql import Options
from tests.sql_help import CRM, Source, database, run, source


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    return database(tmp_path, CRM)


# ------------------------------------------------------------------------------ opening


def test_a_file_is_never_made_by_a_typo(tmp_path: Path) -> None:
    for options in ({"path": "cmr.sqlite"}, {"url": f"sqlite:///{tmp_path}/cmr.sqlite"}):
        opened = Source(options, {"t": TableFacts()}, tmp_path)
        with pytest.raises(SourceRefused, match="there is no file"):
            opened.sql.tables()
        assert [f.level for f in opened.sql.check()] == ["error"]
    assert not list(tmp_path.iterdir())


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("编号,姓名\n" * 100, "utf-8")
    opened = Source({"path": "x.db"}, {"t": TableFacts()}, tmp_path)
    with pytest.raises(SourceRefused, match="damaged or no database"):
        opened.sql.tables()
    assert [f.level for f in opened.sql.check()] == ["error"]


def test_a_folder_a_copy_and_memory_are_no_databases(crm: Path) -> None:
    with pytest.raises(SourceRefused, match="is a folder"):
        Source({"path": "."}, {}, crm.parent).sql.tables()
    (crm.parent / "crm (1).sqlite").write_bytes(crm.read_bytes())
    with pytest.raises(SourceRefused, match="copy"):
        Source({"path": "crm (1).sqlite"}, {}, crm.parent).sql.tables()
    with pytest.raises(ConfigError, match="in memory"):
        Source({"url": "sqlite://"}, {})


def test_options_are_checked() -> None:
    for wrong in (
        {},
        {"url": "sqlite:///x", "path": "x"},
        {"path": "x", "queries": {"q": "DELETE FROM t"}},
        {"path": "x", "queries": {"q": "SELECT 1; DELETE FROM t"}},
        {"path": "x", "overlap": "0"},
        {"path": "x", "colour": "red"},
    ):
        with pytest.raises(ValueError):
            Options.model_validate(wrong)
    assert Options.model_validate({"path": "x", "schema": "sales"}).in_schema == "sales"
    assert "hunter2" not in repr(Options.model_validate({"url": "postgresql://u:hunter2@h/x"}))


def test_a_url_that_is_none_is_told_without_being_repeated() -> None:
    for url in ("postgresql://u:hunter2@h:port/x", "nosuchsystem://u:hunter2@h/x"):
        with pytest.raises(ConfigError) as told:
            Source({"url": url}, {})
        assert "hunter2" not in str(told.value)


def test_names_with_blanks_and_chinese_are_found(tmp_path: Path) -> None:
    path = tmp_path / "客户 #1?.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "客户 表" ("编 号" INTEGER PRIMARY KEY, "名:称" TEXT)')
        connection.execute("""INSERT INTO "客户 表" VALUES (1, '宇润')""")
    connection.close()
    opened = source(path)
    assert opened.sql.tables() == {"客户 表": "客户 表"}
    assert opened.fields("客户 表", "1") == {"编 号": 1, "名:称": "宇润"}
    assert opened.update("客户 表", "1", {"名:称": "大通"}).outcome is Outcome.DONE
    assert run(path, 'SELECT "名:称" FROM "客户 表"') == [("大通",)]


# ------------------------------------------------------------------------------ describing


def test_a_table_is_described(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(token="ext")})
    table = opened.sql.describe("accounts")
    field = {f.id: f for f in table.fields}
    assert (field["id"].on_create, field["id"].on_update, field["id"].required) == (False, False, False)
    assert (field["name"].required, field["name"].clearable, field["name"].max_length) == (True, False, 20)
    assert (field["code"].unique, field["name"].unique) == (True, False)
    assert (field["level"].kind, field["level"].options) == ("choice", (("A", "A"), ("B", "B")))
    assert (field["amount"].kind, field["amount"].precision) == ("number", "12,2")
    assert (field["visits"].blank, field["visits"].required) == (0, False)
    assert field["remark"].clearable
    assert (field["parent_id"].kind, field["parent_id"].refers) == ("lookup", ("accounts",))
    assert (field["logo"].kind, field["logo"].on_update) == ("file", False)
    assert not field["label"].on_update
    assert table.can.repeat is Repeat.CHOSEN
    assert table.can.checks == {Op.UPDATE: Check.FIELDS, Op.DELETE: Check.RECORD}
    assert opened.sql.tables() == {"accounts": "accounts", "contacts": "contacts", "people": "people"}


def test_an_unknown_table_is_told_with_the_nearest(crm: Path) -> None:
    with pytest.raises(SourceRefused, match="did you mean `accounts`"):
        source(crm).sql.describe("acounts")


def test_views_and_queries_are_read_and_never_written(crm: Path) -> None:
    queries = {"phones": "SELECT id, full_name AS name, ':x%' AS odd, score FROM contacts WHERE mobile <> '';"}
    opened = source(crm, {"phones": TableFacts(key="id")}, queries=queries)
    for table in ("people", "phones"):
        can = opened.sql.describe(table).can
        assert (can.ops, can.absence) == (frozenset(), False)
        with pytest.raises(SourceRefused):
            opened.update(table, "1", {"name": "x"})
    assert opened.fields("phones", "1") == {"id": 1, "name": "王芳", "odd": ":x%", "score": None}
    assert [r.place for r in opened.records("people").values()] == [True, True]
    (found,) = opened.sql.fetch("phones", ["1", "9"], ("name",))
    assert found.fields == {"name": "王芳"}


def test_a_query_cannot_write_either(crm: Path) -> None:
    before = run(crm, "SELECT count(*) FROM contacts")
    opened = source(crm, queries={"q": "WITH x AS (SELECT 1) SELECT * FROM x"})
    opened.records("q")
    with opened.sql._database.reading() as connection, pytest.raises(SourceRefused), opened.sql._database.telling():
        connection.exec_driver_sql("DELETE FROM contacts")
    assert run(crm, "SELECT count(*) FROM contacts") == before


def test_a_table_without_a_key_is_only_read(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE TABLE t (name TEXT); INSERT INTO t VALUES ('x'), ('x')")
    opened = source(path, {"t": TableFacts(("name",))})
    assert (opened.sql.describe("t").can.identity, opened.sql.describe("t").can.ops) == (Identity.NONE, frozenset())
    assert sorted(opened.records("t")) == ["#1", "#2"]
    assert "no_key" in {f.code for f in opened.sql.check()}


def test_check_says_what_the_mapping_names_and_the_table_lacks(crm: Path) -> None:
    facts = {"accounts": TableFacts(("name", "fax"), token="remark", modified=("remark",)), "leads": TableFacts()}
    found = {(f.table, f.code): f.level for f in source(crm, facts).sql.check()}
    assert found[("accounts", "column")] == "error"
    assert found[("accounts", "token")] == "warning"
    assert found[("leads", "read")] == "error"


def test_a_read_only_file_offers_no_writes(crm: Path) -> None:
    crm.chmod(0o444)
    try:
        opened = source(crm, {"accounts": TableFacts(("name",))})
        assert opened.sql.describe("accounts").can.ops == frozenset()
        assert len(opened.records("accounts")) == 3
        assert "rights" in {f.code for f in opened.sql.check()}
    finally:
        crm.chmod(0o644)


# ------------------------------------------------------------------------------ reading


def test_records_say_what_stands_there(crm: Path) -> None:
    opened = source(crm)
    assert opened.fields("accounts", "2")["amount"] == Damaged("precision", "1e+20")
    assert opened.fields("accounts", "1")["amount"] == Decimal("12.5")
    assert opened.fields("accounts", "3")["code"] is None
    assert opened.fields("contacts", "1")["birthday"] == date(1985, 3, 5)
    assert opened.fields("contacts", "2")["birthday"] == Damaged("date", "soon")
    assert opened.fields("contacts", "1")["account_id"] == LookUp("accounts", "1")
    assert opened.fields("contacts", "1")["mobile"] == "+86 138"


def test_text_that_is_no_utf_8_is_damaged_and_stops_nothing(crm: Path) -> None:
    run(crm, "UPDATE contacts SET full_name = CAST(x'D5C5' AS TEXT) WHERE id = 1")
    opened = source(crm, {"contacts": TableFacts(("full_name",), modified=("seen",))})
    assert opened.fields("contacts", "1")["full_name"] == Damaged("encoding", "2 bytes")
    assert opened.fields("contacts", "2")["full_name"] == "李雷"


def test_a_filter_is_pushed_down_but_never_leaves_out_too_much(crm: Path) -> None:
    run(crm, "INSERT INTO contacts (id, full_name, vip, score) VALUES (3, ' 王芳', 1, 2), (4, '', 0, 3)")

    def keys(**where: object) -> set[str]:
        return set(source(crm, {"contacts": TableFacts(("full_name",), where=where)}).records("contacts"))

    assert keys(id={"not": ["1", "2"]}) == {"3", "4"}
    assert {"1", "3"} <= keys(full_name="王芳")
    assert keys(birthday={"empty": False}) == {"1", "2"}
    assert {"1", "2", "3"} <= keys(full_name={"empty": "false"})
    assert keys(score={"not": "no number"}) == {"1", "2", "3", "4"}


def test_find_is_exact(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name",), token="ext")})
    assert [(v, r.key) for v, r in opened.sql.find("accounts", ["abcdefghij01234"], ("name",))] == [
        ("abcdefghij01234", "2")
    ]
    assert [(v, r.key) for v, r in opened.sql.find("accounts", ["yr", "YR"], ("name",), "code")] == [("YR", "1")]
    assert [(v, r.key) for v, r in opened.sql.find("contacts", ["2"], (), "account_id")] == [("2", "2")]
    with pytest.raises(SourceRefused, match="offbook_id"):
        list(opened.sql.find("contacts", ["x"], ()))


def test_a_key_that_cannot_be_one_is_left_out(crm: Path) -> None:
    found = {r.key: r.state for r in source(crm).sql.fetch("accounts", ["1", "99", "x", "01"], ("name",))}
    assert found == {"1": State.LIVE, "99": State.DELETED, "x": State.DELETED, "01": State.DELETED}


# ------------------------------------------------------------------------------ going on from a cursor

TIMES = """
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, edited DATETIME, made DATETIME);
INSERT INTO t VALUES (1, 'a', '2026-01-01 10:00:00', NULL), (2, 'b', '2026-02-01 10:00:00', NULL), (3, 'never', NULL, NULL);
"""


@pytest.fixture
def times(tmp_path: Path) -> Path:
    return database(tmp_path, TIMES)


def clocked(path: Path, *modified: str) -> Source:
    return source(path, {"t": TableFacts(("name",), modified=modified or ("edited",))}, overlap="60")


def test_only_what_moved_comes_and_a_quiet_table_says_nothing(times: Path) -> None:
    opened = clocked(times)
    assert opened.sql.describe("t").can.clock
    keys, cursor = opened.since("t")
    assert keys == ["1", "2", "3"]
    assert opened.since("t", cursor) == ([], cursor)
    run(times, "UPDATE t SET name = 'B', edited = '2026-03-01 10:00:00' WHERE id = 2")
    keys, cursor = opened.since("t", cursor)
    assert keys == ["2", "3"]
    assert opened.since("t", cursor)[0] == []


@pytest.mark.parametrize(
    "edit",
    [
        "INSERT INTO t VALUES (9, 'late', '2026-02-01 09:59:30', NULL)",
        "UPDATE t SET name = 'in the same second' WHERE id = 2",
        "INSERT INTO t VALUES (9, 'no time yet', NULL, NULL)",
        "UPDATE t SET name = 'first edit', edited = '2026-02-01 10:00:01' WHERE id = 3",
        "INSERT INTO t VALUES (9, 'other form', '2026-02-01T10:00:05Z', NULL)",
        "INSERT INTO t VALUES (9, 'epoch', 1770000000, NULL)",
        "INSERT INTO t VALUES (9, 'unreadable', 'yesterday', NULL)",
    ],
)
def test_nothing_is_missed(times: Path, edit: str) -> None:
    opened = clocked(times)
    _, cursor = opened.since("t")
    run(times, edit)
    keys, _ = opened.since("t", cursor)
    assert set(keys) >= ({"9"} if "(9" in edit else {edit[-1]})


def test_a_time_in_the_future_does_not_hide_what_comes_before_it(times: Path) -> None:
    run(times, "INSERT INTO t VALUES (4, 'typo', '2199-01-01 00:00:00', NULL)")
    opened = clocked(times)
    _, cursor = opened.since("t")
    run(times, "UPDATE t SET edited = '2026-02-02 00:00:00' WHERE id = 1")
    assert "1" in opened.since("t", cursor)[0]


def test_the_time_it_was_made_stands_in_where_nobody_edited(times: Path) -> None:
    run(times, "UPDATE t SET made = '2026-01-01 00:00:00' WHERE id = 3")
    opened = clocked(times, "edited", "made")
    _, cursor = opened.since("t")
    run(times, "UPDATE t SET edited = '2026-03-01 00:00:00' WHERE id = 1")
    keys = opened.since("t", cursor)[0]
    assert "1" in keys
    assert "3" not in keys
    assert opened.records("t")["3"].modified == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_a_cursor_of_another_filter_column_or_kind_is_refused(times: Path) -> None:
    _, cursor = clocked(times).since("t")
    for other in (
        source(times, {"t": TableFacts(("name",), modified=("edited",), where={"name": "a"})}),
        source(times, {"t": TableFacts(("name",), modified=("made",))}),
        source(times, {"t": TableFacts(("name", "made"), modified=("edited",))}),
        source(times, {"t": TableFacts(("name",))}),
    ):
        with pytest.raises(CursorExpired):
            other.since("t", cursor)


def test_without_such_a_column_a_file_that_nobody_wrote_needs_no_reading(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name",))})
    keys, cursor = opened.since("accounts")
    assert len(keys) == 3
    assert opened.since("accounts", cursor) == ([], cursor)
    run(crm, "UPDATE contacts SET full_name = 'x'")
    assert len(opened.since("accounts", cursor)[0]) == 3


def test_our_own_edits_move_the_time_too_and_a_trigger_has_the_last_word(times: Path) -> None:
    opened = clocked(times)
    receipt = opened.update("t", "1", {"name": "x"})
    assert receipt.record is not None
    assert receipt.record.modified == opened.gate.now()
    assert run(times, "SELECT edited FROM t WHERE id = 1") == [("2026-03-01 08:00:00",)]
    run(
        times,
        "CREATE TRIGGER moved AFTER UPDATE OF name ON t BEGIN UPDATE t SET edited = '2030-01-01 00:00:00' WHERE id = new.id; END",
    )
    receipt = opened.update("t", "1", {"name": "y"})
    assert receipt.record is not None
    assert receipt.record.modified == datetime(2029, 12, 31, 16, tzinfo=UTC)
