"""What does the sql connector do on real SQLite files, beyond the contract?"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract import (
    Change,
    Check,
    ConfigError,
    CursorExpired,
    Damaged,
    Identity,
    LookUp,
    Op,
    Outcome,
    Query,
    Repeat,
    RetryLater,
    SourceError,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.shared.database.opening import CommitLost, Database
from connectors.sql import Options
from tests.sql_help import TOKEN, Source, database, run

CRM = """
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, code TEXT UNIQUE, level TEXT CHECK (level IN ('A', 'B')),
    amount NUMERIC(12, 2), visits INTEGER NOT NULL DEFAULT 0, remark TEXT NOT NULL DEFAULT '',
    parent_id INTEGER REFERENCES accounts (id), logo BLOB,
    label TEXT GENERATED ALWAYS AS (name || '!') VIRTUAL, ext TEXT UNIQUE
);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, full_name TEXT, mobile TEXT, birthday DATE, seen DATETIME, vip BOOLEAN, score REAL,
    account_id INTEGER REFERENCES accounts (id), gone_at DATETIME
);
CREATE VIEW people AS SELECT id, full_name FROM contacts;
INSERT INTO accounts (id, name, code, level, amount, ext) VALUES
    (1, '宇润', 'YR', 'A', 12.5, NULL), (2, '大通', 'DT', 'B', 1e20, 'abcdefghij01234'), (3, '三和', '', NULL, NULL, NULL);
INSERT INTO contacts (id, full_name, mobile, birthday, account_id) VALUES
    (1, '王芳', '+86 138', '1985-03-05', 1), (2, '李雷', '', 'soon', 2);
"""


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    return database(tmp_path, CRM)


def source(path: Path, facts: dict[str, TableFacts] | None = None, **options: object) -> Source:
    return Source({"path": path.name, **options}, facts or {}, path.parent)


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


# ------------------------------------------------------------------------------ writing


def test_a_create_shows_its_record_and_its_token_stops_a_second(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name", "amount"), token="ext")})
    first = opened.create("accounts", name="新客户", amount=Decimal("9.90"), remark=None)
    assert (first.outcome, first.key) == (Outcome.DONE, "4")
    assert first.record is not None
    assert first.record.fields == {"name": "新客户", "amount": Decimal("9.9"), "remark": None}
    again = opened.create("accounts", name="新客户")
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, "4")
    assert run(crm, "SELECT ext FROM accounts WHERE id = 4") == [(TOKEN,)]


def test_a_column_that_cannot_hold_our_id_is_told(crm: Path) -> None:
    for token, code in (("visits", "token"), ("fax", "column")):
        opened = source(crm, {"accounts": TableFacts(("name",), token=token)})
        assert (code, "error") in {(f.code, f.level) for f in opened.sql.check()}
    with pytest.raises(SourceRefused, match="no column `fax`"):
        opened.create("accounts", name="x")
    refused = source(crm, {"accounts": TableFacts(("name",), token="visits")}).create("accounts", name="x", token="ab")
    assert refused.outcome is not Outcome.REJECTED  # SQLite keeps text anywhere
    assert source(crm, {"accounts": TableFacts(("name",), token="amount")}).create("accounts", "007", name="x").apart


def test_a_key_that_is_taken_shows_whose_it_is(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name", "code"), token="ext")})
    receipt = opened.create("accounts", name="x", code="DT")
    assert (receipt.outcome, receipt.key) == (Outcome.DUPLICATE, "2")
    assert receipt.record is not None
    assert receipt.record.fields["name"] == "大通"
    refused = opened.update("accounts", "1", {"code": "DT", "name": "新名"})
    assert (refused.outcome, list(refused.apart)) == (Outcome.DONE, ["code"])
    assert run(crm, "SELECT name, code FROM accounts WHERE id = 1") == [("新名", "YR")]


def test_what_the_database_refuses_is_named_and_the_rest_is_written(crm: Path) -> None:
    opened = source(crm)
    receipt = opened.update(
        "accounts",
        "1",
        {
            "level": "C",
            "name": None,
            "parent_id": LookUp("accounts", "77"),
            "amount": "+8613800138000",
            "fax": "1",
            "id": 9,
        },
    )
    assert receipt.outcome is Outcome.REJECTED
    assert set(receipt.apart) == {"level", "name", "amount", "fax", "id", "parent_id"}
    receipt = opened.update("accounts", "1", {"parent_id": LookUp("accounts", "77"), "code": "neu"})
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.DONE, ["parent_id"])
    assert "pointed to would be missing" in receipt.apart["parent_id"][1]
    receipt = opened.update("accounts", "1", {"level": "C", "remark": "r"})
    assert (receipt.outcome, list(receipt.apart)) == (Outcome.DONE, ["level"])
    assert run(crm, "SELECT level, remark FROM accounts WHERE id = 1") == [("A", "r")]


def test_a_trigger_says_why_without_a_customers_value(crm: Path) -> None:
    run(
        crm,
        "CREATE TRIGGER no BEFORE UPDATE ON contacts WHEN new.mobile LIKE '1%' BEGIN"
        " SELECT RAISE(ABORT, 'mobile 13800138000 of Planted must be called first'); END",
    )
    receipt = source(crm).update("contacts", "1", {"mobile": "13800138000", "full_name": "Planted"})
    assert receipt.outcome is Outcome.DONE
    assert run(crm, "SELECT full_name, mobile FROM contacts WHERE id = 1") == [("Planted", "+86 138")]
    ((_, said),) = receipt.apart.values()
    assert "must be called first" in said
    assert "13800138000" not in said
    assert "Planted" not in said


def test_a_record_that_is_pointed_to_is_not_deleted(crm: Path) -> None:
    opened = source(crm)
    receipt = opened.act("accounts", Op.DELETE, "1")
    assert receipt.outcome is Outcome.REJECTED
    assert "still point to it" in receipt.detail
    assert opened.act("accounts", Op.DELETE, "3").outcome is Outcome.DONE
    assert run(crm, "SELECT id FROM accounts") == [(1,), (2,)]


def test_only_the_commit_finds_out_and_the_culprit_is_found_by_halves(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, p_id INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO p VALUES (1); INSERT INTO t (id) VALUES (1), (2), (3), (4), (5);",
    )
    opened = source(path)
    changes = [Change(str(n), Op.UPDATE, str(n), {"p_id": LookUp("p", "9" if n == 4 else "1")}) for n in range(1, 6)]
    outcomes = [r.outcome for r in opened.write("t", *changes)]
    assert outcomes == [Outcome.DONE, Outcome.DONE, Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
    assert run(path, "SELECT p_id FROM t") == [(1,), (1,), (1,), (None,), (1,)]


def test_a_trigger_that_rolls_everything_back_takes_only_its_own_record_with_it(crm: Path) -> None:
    run(
        crm,
        "CREATE TRIGGER no BEFORE UPDATE ON accounts WHEN new.name = 'bad' BEGIN"
        " SELECT RAISE(ROLLBACK, 'not this name'); END",
    )
    opened = source(crm)
    changes = [Change(str(n), Op.UPDATE, str(n), {"name": "bad" if n == 2 else f"n{n}"}) for n in (1, 2, 3)]
    receipts = opened.write("accounts", *changes)
    assert [r.outcome for r in receipts] == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
    assert "not this name" in receipts[1].detail
    assert run(crm, "SELECT name FROM accounts") == [("n1",), ("大通",), ("n3",)]


def test_the_second_change_of_a_batch_to_one_record_meets_what_the_first_wrote(crm: Path) -> None:
    opened = source(crm)
    changes = [
        Change("1", Op.UPDATE, "1", {"name": "eins"}, {"name": "宇润"}),
        Change("2", Op.UPDATE, "1", {"name": "zwei"}, {"name": "宇润"}),
    ]
    assert [r.outcome for r in opened.write("accounts", *changes)] == [Outcome.DONE, Outcome.CONFLICT]
    assert run(crm, "SELECT name FROM accounts WHERE id = 1") == [("eins",)]


def test_types_are_compared_as_values_not_as_text(crm: Path) -> None:
    opened = source(crm)
    before: dict[str, Value] = {"amount": Decimal("12.50"), "visits": 0, "remark": None, "parent_id": None}
    assert opened.update("accounts", "1", {"remark": "x"}, before).outcome is Outcome.DONE
    receipt = opened.update("accounts", "1", {"remark": "y"}, {"amount": Decimal("12.51")})
    assert receipt.outcome is Outcome.CONFLICT
    assert "amount" in receipt.detail


def test_dates_keep_the_form_of_their_column(crm: Path) -> None:
    run(crm, "UPDATE contacts SET birthday = '1985/03/05', seen = '2026-01-01T09:00:00' WHERE id = 1")
    opened = source(crm)
    opened.update("contacts", "1", {"birthday": date(1990, 1, 2), "seen": datetime(2026, 3, 1, 1, 30, tzinfo=UTC)})
    opened.update("contacts", "2", {"seen": datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "vip": True})
    assert run(crm, "SELECT birthday, seen, vip FROM contacts") == [
        ("1990/01/02", "2026-03-01T09:30:00", None),
        ("soon", "2026-03-01T09:30:00", 1),
    ]


def test_a_damaged_cell_is_written_over_only_by_a_plan_that_says_so(crm: Path) -> None:
    opened = source(crm)
    receipt = opened.update(
        "contacts", "2", {"birthday": Damaged("date", "soon")}, {"birthday": Damaged("date", "soon")}
    )
    assert receipt.outcome is Outcome.DONE  # it stands there already; nothing was written
    assert opened.update("contacts", "1", {"birthday": Damaged("date", "soon")}).outcome is Outcome.REJECTED
    assert opened.update("contacts", "2", {"birthday": date(1990, 1, 2)}).outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("rule", "column", "put_away", "back"),
    [
        ({"contacts": {"vip": "1"}}, "vip", 1, 0),
        ({"vip": "true"}, "vip", 1, 0),
        ({"gone_at": "now"}, "gone_at", "2026-03-01 08:00:00", None),
        ({"mobile": "(gone)"}, "mobile", "(gone)", None),
    ],
)
def test_archiving_is_a_column_and_has_a_way_back(
    crm: Path, rule: object, column: str, put_away: object, back: object
) -> None:
    opened = source(crm, archived=rule)
    assert opened.sql.describe("contacts").can.ops >= {Op.ARCHIVE, Op.RESTORE}
    assert Op.ARCHIVE not in opened.sql.describe("accounts").can.ops
    receipt = opened.act("contacts", Op.ARCHIVE, "2")
    assert receipt.outcome is Outcome.DONE
    assert receipt.record is not None
    assert receipt.record.state is State.ARCHIVED
    assert run(crm, f"SELECT {column} FROM contacts WHERE id = 2") == [(put_away,)]
    assert [r.state for r in opened.records("contacts").values()] == [State.LIVE, State.ARCHIVED]
    assert opened.act("contacts", Op.RESTORE, "2").outcome is Outcome.DONE
    assert run(crm, f"SELECT {column} FROM contacts WHERE id = 2") == [(back,)]


def test_a_column_that_cannot_be_emptied_has_no_way_back(tmp_path: Path) -> None:
    path = database(
        tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, state TEXT NOT NULL); INSERT INTO t VALUES (1, 'on')"
    )
    assert source(path, archived={"state": "off"}).sql.describe("t").can.ops & {Op.ARCHIVE, Op.RESTORE} == {Op.ARCHIVE}


def test_an_op_that_the_table_lacks_is_refused(crm: Path) -> None:
    with pytest.raises(SourceRefused):
        source(crm).write("accounts", Change("1", Op.MERGE, "1", losers=("2",)))


# ------------------------------------------------------------------------------ locks and lost answers


class Held:
    """Another program that holds the file locked until it is told to let go."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("BEGIN EXCLUSIVE")

    def free(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.connection.close()


def freed_after(opened: Source, held: Held, waits: int) -> Callable[[float], None]:
    inner = opened.gate.wait

    def wait(seconds: float) -> None:
        inner(seconds)
        if len(opened.gate.waits) == waits:
            held.free()

    return wait


def test_a_locked_database_is_waited_for_through_the_gate_and_not_for_ever(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name",))})
    opened.sql.describe("accounts")
    held = Held(crm)
    with pytest.raises(RetryLater, match="locked"):
        opened.records("accounts")
    assert 10 < sum(opened.gate.waits) < 20
    (receipt,) = opened.write("accounts", Change("1", Op.UPDATE, "1", {"name": "x"}))
    assert receipt.outcome is Outcome.DEFERRED
    assert "locked" in receipt.detail
    held.free()
    assert run(crm, "SELECT name FROM accounts WHERE id = 1") == [("宇润",)]


def test_work_goes_on_when_the_lock_is_gone(crm: Path) -> None:
    opened = source(crm)
    opened.sql.describe("accounts")
    held = Held(crm)
    with patch.object(opened.gate, "wait", freed_after(opened, held, 2)):
        (receipt,) = opened.write("accounts", Change("1", Op.UPDATE, "1", {"name": "x"}))
    assert receipt.outcome is Outcome.DONE
    assert len(opened.gate.waits) == 2


def test_a_reader_of_many_pages_holds_up_nobody(crm: Path) -> None:
    with sqlite3.connect(crm) as connection:
        connection.executemany("INSERT INTO accounts (name) VALUES (?)", [(f"n{n}",) for n in range(2500)])
    connection.close()
    opened = source(crm, {"accounts": TableFacts(("name",))})
    pages = opened.sql.pull(Query("accounts", ("name",)))
    first = next(pages)
    run(crm, "UPDATE accounts SET name = 'meanwhile' WHERE id = 2503")
    rest = list(pages)
    assert sum(len(p.records) for p in (first, *rest)) == 2503
    assert rest[-1].records[-1].fields["name"] == "meanwhile"


def test_a_lost_answer_is_a_doubt_and_the_token_tells(crm: Path) -> None:
    opened = source(crm, {"accounts": TableFacts(("name",), token="ext")})
    inner = Database._commit

    def lost(self: Database, connection: Connection) -> None:
        inner(self, connection)
        raise CommitLost("the connection to {where} broke", where=self.where)

    with patch.object(Database, "_commit", lost):
        assert opened.create("accounts", name="x").outcome is Outcome.UNKNOWN
    assert [r.key for _, r in opened.sql.find("accounts", [TOKEN], ())] == ["4"]
    assert opened.create("accounts", name="x").outcome is Outcome.DUPLICATE


def test_a_full_disk_writes_nothing_and_says_so(crm: Path) -> None:
    opened = source(crm)
    opened.sql.describe("accounts")
    sa.event.listen(opened.sql._database.engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(SourceError, match="full"):
        opened.update("accounts", "1", {"remark": "r" * 100_000})
    assert run(crm, "SELECT remark FROM accounts WHERE id = 1") == [("",)]


def test_times_of_a_naive_column_are_in_the_zone_of_the_source(crm: Path) -> None:
    run(crm, "UPDATE contacts SET seen = '2026-03-01 09:30:00' WHERE id = 1")
    seen = source(crm).fields("contacts", "1")["seen"]
    assert seen == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert isinstance(seen, datetime)
    assert seen.utcoffset() == timedelta(hours=8)
