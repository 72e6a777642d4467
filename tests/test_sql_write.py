"""What does the sql connector write into real SQLite files, and what happens where that fails?"""

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
    Damaged,
    LookUp,
    Op,
    Outcome,
    Query,
    RetryLater,
    SourceError,
    SourceRefused,
    State,
    TableFacts,
    Value,
)
from connectors.shared.database.opening import CommitLost, Database
from tests.sql_help import CRM, TOKEN, Source, database, run, source


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    return database(tmp_path, CRM)


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
