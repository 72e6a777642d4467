"""What does the sql connector do on a real PostgreSQL, beyond the contract?"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from connectors.contract import (
    AuthError,
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
from tests.sql_help import TOKEN, Source

CRM = """
CREATE SCHEMA sales;
CREATE TYPE level AS ENUM ('A', 'B');
CREATE DOMAIN mobile AS varchar(20);
CREATE TABLE accounts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL, level level, amount numeric(12, 2),
    phone mobile, tags text[], code char(6), site inet, extra jsonb, logo bytea, seen timestamptz, called timestamp,
    born date, ratio real, alike double precision, open boolean NOT NULL DEFAULT false, at time,
    label text GENERATED ALWAYS AS (name || '!') STORED, ext text UNIQUE, kind text CHECK (kind IN ('x', 'y'))
);
CREATE TABLE sales.visits (
    id uuid PRIMARY KEY, account_id integer REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED, note text,
    edited timestamp
);
INSERT INTO accounts (name, level, amount, phone, tags, code, site, extra, logo, seen, called, born, ratio, alike, at)
VALUES ('宇润', 'A', 12.50, '+86 138', ARRAY['a', 'b'], 'ab', '10.0.0.1', '{"a": 1}', '\\x0102',
        '2026-03-01 09:30+08', '2026-03-01 09:30', '1985-03-05', 1.1, 0.1, '09:30');
"""


@pytest.fixture
def crm(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The database as another program sees it."""
    with closing(psycopg.connect(postgres_url, autocommit=True)) as connection:
        connection.execute(CRM.encode())
        yield connection


class Opener:
    def __init__(self, url: str) -> None:
        self.url, self.all = url, list[Source]()

    def __call__(self, facts: Mapping[str, TableFacts] | None = None, url: str = "", **options: object) -> Source:
        self.all.append(Source({"url": url or self.url, **options}, facts or {}))
        return self.all[-1]


@pytest.fixture
def source(postgres_url: str, crm: object) -> Iterator[Opener]:
    opener = Opener(postgres_url)
    yield opener
    for one in opener.all:
        one.sql.close()


def values(crm: psycopg.Connection[Any], statement: str) -> list[Any]:
    return [row[0] if len(row) == 1 else row for row in crm.execute(statement.encode()).fetchall()]


# ------------------------------------------------------------------------------ reading


def test_every_type_is_read_as_what_it_is(source: Opener) -> None:
    shown = source().fields("accounts", "1")
    assert shown == {
        "id": 1,
        "name": "宇润",
        "level": "A",
        "amount": Decimal("12.50"),
        "phone": "+86 138",
        "tags": ("a", "b"),
        "code": "ab",
        "site": "10.0.0.1",
        "extra": '{"a": 1}',
        "logo": "2 bytes",
        "seen": datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        "called": datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        "born": date(1985, 3, 5),
        "ratio": Decimal("1.1"),
        "alike": Decimal("0.1"),
        "open": False,
        "at": "09:30:00",
        "label": "宇润!",
        "ext": None,
        "kind": None,
    }


def test_dates_that_python_does_not_know_are_damaged(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(b"UPDATE accounts SET born = '0044-03-15 BC', seen = 'infinity', called = '-infinity', amount = 'NaN'")
    shown = source().fields("accounts", "1")
    assert [type(shown[name]) for name in ("born", "seen", "called", "amount")] == [Damaged] * 4
    assert shown["name"] == "宇润"


def test_a_table_is_described(source: Opener) -> None:
    table = source({"accounts": TableFacts(token="ext")}).sql.describe("accounts")
    field = {f.id: f for f in table.fields}
    assert (field["id"].on_create, field["id"].required) == (False, False)
    assert field["level"].options == (("A", "A"), ("B", "B"))
    assert field["kind"].options == (("x", "x"), ("y", "y"))
    assert (field["phone"].kind, field["name"].max_length) == ("text", 20)
    assert field["tags"].many
    assert (field["amount"].precision, field["open"].blank) == ("12,2", False)
    assert not field["label"].on_update
    assert not field["extra"].on_update
    assert [c.name for c in source().sql._reading("accounts").shape.columns if c.aware] == ["seen"]


def test_tables_of_another_schema_are_reached(source: Opener) -> None:
    opened = source({"sales.visits": TableFacts(("note",))})
    assert opened.sql.tables() == {"accounts": "accounts"}
    field = {f.id: f for f in opened.sql.describe("sales.visits").fields}
    assert field["account_id"].refers in ((), ("public.accounts",), ("accounts",))
    assert source(schema="sales").sql.tables() == {"visits": "visits"}
    with pytest.raises(SourceRefused, match="no table"):
        opened.sql.describe("sales.nothing")


def test_a_named_query_has_types_and_cannot_write(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(b"CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS $$ DELETE FROM accounts RETURNING 1 $$")
    queries = {"q": "SELECT id, seen, amount, '12:30'::time AS at FROM accounts", "spoil": "SELECT spoil() AS id"}
    opened = source({"q": TableFacts(key="id")}, queries=queries)
    assert opened.fields("q", "1") == {
        "id": 1,
        "seen": datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
        "amount": Decimal("12.50"),
        "at": "12:30:00",
    }
    with pytest.raises(SourceRefused):
        opened.records("spoil")
    assert values(crm, "SELECT count(*) FROM accounts") == [1]


def test_a_pull_sees_one_picture(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(b"INSERT INTO accounts (name) SELECT 'n' || g FROM generate_series(1, 2500) g")
    opened = source({"accounts": TableFacts(("name",))})
    pages = opened.sql.pull(Query("accounts", ("name",)))
    first = next(pages)
    crm.execute(b"DELETE FROM accounts WHERE id > 1500")
    rest = list(pages)
    assert sum(len(page.records) for page in (first, *rest)) == 2501
    assert rest[-1].end is not None
    assert rest[-1].end.declared == 2501


def test_rows_that_a_policy_hides_are_never_called_deleted(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(b"ALTER TABLE accounts ENABLE ROW LEVEL SECURITY")
    crm.execute(b"CREATE POLICY mine ON accounts USING (name = 'mine')")
    url = make_url(source.url)
    role = f"clerk_{url.database}"
    crm.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'; GRANT SELECT ON accounts TO {role}".encode())
    try:
        mine = source(url=url.set(username=role, password="pw").render_as_string(hide_password=False))
        assert not mine.sql.describe("accounts").can.absence
        assert list(mine.sql.fetch("accounts", ["1"], ())) == []
        mine.sql.close()
        assert source().sql.describe("accounts").can.absence
    finally:
        crm.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


# ------------------------------------------------------------------------------ going on from a cursor


def test_a_transaction_that_was_open_for_long_is_not_missed(source: Opener, crm: psycopg.Connection[Any]) -> None:
    """P13: it bears the time of its beginning, and commits after others that began later."""
    opened = source({"sales.visits": TableFacts(("note",), modified=("edited",))}, overlap="2")
    crm.execute(b"INSERT INTO sales.visits VALUES (gen_random_uuid(), 1, 'first', now() - interval '1 hour')")
    with closing(psycopg.connect(source.url)) as slow:
        slow.execute(b"INSERT INTO sales.visits VALUES (gen_random_uuid(), 1, 'slow', now())")
        crm.execute(b"SELECT pg_sleep(0.05)")
        crm.execute(b"INSERT INTO sales.visits VALUES (gen_random_uuid(), 1, 'quick', now() + interval '20 seconds')")
        _, cursor = opened.since("sales.visits")
        slow.commit()
    keys, _ = opened.since("sales.visits", cursor)
    notes = {r.key: r.fields["note"] for r in opened.records("sales.visits").values()}
    assert "slow" in {notes[key] for key in keys}


# ------------------------------------------------------------------------------ writing


def test_every_type_is_written_so_that_it_reads_the_same(source: Opener, crm: psycopg.Connection[Any]) -> None:
    after: dict[str, Value] = {
        "name": "é 😀 'x' %s :y",
        "level": "B",
        "amount": Decimal("99999999.99"),
        "tags": ("x", "y,z"),
        "code": "abc",
        "site": "10.0.0.2",
        "seen": datetime(2026, 4, 1, 8, 0, 0, 123456, tzinfo=UTC),
        "called": datetime(2026, 4, 1, 8, 0, tzinfo=UTC),
        "born": date(2000, 2, 29),
        "ratio": Decimal("2.5"),
        "open": True,
        "at": "10:00:00",
        "phone": "+86 139",
    }
    opened = source()
    receipt = opened.update("accounts", "1", after)
    assert (receipt.outcome, receipt.apart) == (Outcome.DONE, {})
    shown = opened.fields("accounts", "1")
    assert {name: shown[name] for name in after} == after
    assert values(crm, "SELECT called::text FROM accounts") == ["2026-04-01 16:00:00"]


def test_each_refused_field_is_named_and_the_rest_is_written(source: Opener, crm: psycopg.Connection[Any]) -> None:
    opened = source()
    after: dict[str, Value] = {"name": "x" * 30, "kind": "z", "amount": Decimal(10**11), "phone": "\0", "code": "new"}
    receipt = opened.update("accounts", "1", after)
    assert receipt.outcome is Outcome.DONE
    assert set(receipt.apart) >= {"name", "kind", "phone"}
    assert values(crm, "SELECT code FROM accounts") == ["new   "]


def test_nothing_that_is_said_repeats_a_value(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(
        b"CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        b" $$ BEGIN RAISE 'customer % has number %', new.name, new.phone; END $$"
    )
    opened = source({"accounts": TableFacts(("name",), token="ext")})
    told = [opened.update("accounts", "1", {"site": "Planted-4711"})]
    crm.execute(b"UPDATE accounts SET ext = 'Planted-4711'")
    told.append(opened.create("accounts", token="Planted-4711", name="Planted"))
    crm.execute(b"CREATE TRIGGER no BEFORE INSERT OR UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION no()")
    told.append(opened.update("accounts", "1", {"name": "Planted", "phone": "13800138000"}))
    said = " ".join([r.detail + str(dict(r.apart)) for r in told])
    assert "Planted" not in said
    assert "13800138000" not in said
    assert "has number" in said


def test_a_uuid_key_is_drawn_from_the_token(source: Opener) -> None:
    opened = source({"sales.visits": TableFacts(("note",))})
    assert not {f.id: f for f in opened.sql.describe("sales.visits").fields}["id"].required
    first = opened.create("sales.visits", note="x", account_id=LookUp("accounts", "1"))
    assert first.outcome is Outcome.DONE
    assert str(uuid.UUID(first.key)) == first.key
    again = opened.create("sales.visits", note="x")
    assert (again.outcome, again.key) == (Outcome.DUPLICATE, first.key)


def test_only_the_commit_finds_out_and_the_culprit_is_found_by_halves(
    source: Opener, crm: psycopg.Connection[Any]
) -> None:
    opened = source()
    changes = [
        Change(str(n), Op.CREATE, None, {"note": str(n), "account_id": 1 if n != 3 else 77}, token=f"{n:015d}")
        for n in range(5)
    ]
    outcomes = [r.outcome for r in opened.write("sales.visits", *changes)]
    assert outcomes == [Outcome.DONE] * 3 + [Outcome.REJECTED, Outcome.DONE]
    assert sorted(values(crm, "SELECT note FROM sales.visits")) == ["0", "1", "2", "4"]


def test_a_row_that_another_program_holds_waits_and_the_others_do_not(
    source: Opener, crm: psycopg.Connection[Any]
) -> None:
    crm.execute(b"INSERT INTO accounts (name) VALUES ('b')")
    opened = source()
    with closing(psycopg.connect(source.url)) as other:
        other.execute(b"UPDATE accounts SET name = 'theirs' WHERE id = 1")
        changes = [Change(key, Op.UPDATE, key, {"kind": "x"}) for key in ("1", "2", "9")]
        receipts = opened.write("accounts", *changes)
        assert [r.outcome for r in receipts] == [Outcome.DEFERRED, Outcome.DONE, Outcome.CONFLICT]
        other.commit()
    assert opened.update("accounts", "1", {"kind": "x"}).outcome is Outcome.DONE


def test_a_connection_lost_before_the_commit_wrote_nothing(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(
        b"CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        b" $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END $$"
    )
    crm.execute(b"CREATE TRIGGER die AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION die()")
    opened = source()
    receipt = opened.update("accounts", "1", {"kind": "x"})
    assert receipt.outcome is Outcome.DEFERRED
    assert values(crm, "SELECT kind FROM accounts") == [None]
    crm.execute(b"DROP TRIGGER die ON accounts")
    assert opened.update("accounts", "1", {"kind": "x"}).outcome is Outcome.DONE


def test_a_connection_lost_while_committing_is_a_doubt(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(
        b"CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        b" $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END $$"
    )
    crm.execute(
        b"CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON accounts DEFERRABLE INITIALLY DEFERRED"
        b" FOR EACH ROW EXECUTE FUNCTION die()"
    )
    receipt = source().update("accounts", "1", {"kind": "x"})
    assert receipt.outcome is Outcome.UNKNOWN
    assert "commit" in receipt.detail


def test_a_record_that_is_pointed_to_is_not_deleted(source: Opener, crm: psycopg.Connection[Any]) -> None:
    crm.execute(b"CREATE TABLE notes (id int PRIMARY KEY, account_id int REFERENCES accounts (id))")
    crm.execute(b"INSERT INTO notes VALUES (1, 1)")
    opened = source()
    receipt = opened.act("accounts", Op.DELETE, "1")
    assert receipt.outcome is Outcome.REJECTED
    assert "still point to it" in receipt.detail
    crm.execute(b"DELETE FROM notes")
    assert opened.act("accounts", Op.DELETE, "1").outcome is Outcome.DONE
    assert [r.state for r in opened.sql.fetch("accounts", ["1"], ())] == [State.DELETED]


# ------------------------------------------------------------------------------ opening


def test_a_wrong_password_a_wrong_name_and_a_silent_server_are_told_apart(source: Opener) -> None:
    url = make_url(source.url)
    for wrong, kind in (
        (url.set(password="hunter2"), AuthError),
        (url.set(username="nobody", password="hunter2"), AuthError),
        (url.set(database="nowhere"), SourceRefused),
        (make_url("postgresql://u:hunter2@127.0.0.1:9/x"), RetryLater),
    ):
        opened = source(url=wrong.render_as_string(hide_password=False))
        with pytest.raises(SourceError) as told:
            opened.sql.tables()
        assert type(told.value) is kind, told.value
        assert "hunter2" not in f"{told.value!r} {told.value.said.values} {opened.sql!r} {opened.sql.check()}"
        assert str(url.password) not in str(told.value)


def test_check_names_the_missing_right_and_how_it_is_granted(source: Opener, crm: psycopg.Connection[Any]) -> None:
    url = make_url(source.url)
    role = f"reader_{url.database}"
    crm.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'; GRANT SELECT ON accounts TO {role}".encode())
    try:
        opened = source(
            {"accounts": TableFacts(("name",))}, url=url.set(username=role, password="pw").render_as_string(False)
        )
        assert opened.sql.describe("accounts").can.ops == frozenset()
        (finding,) = opened.sql.check()
        assert (
            finding.text
            == f"these credentials may not INSERT, UPDATE, DELETE; GRANT INSERT, UPDATE, DELETE ON accounts TO {role}"
        )
        opened.sql.close()
    finally:
        crm.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_the_time_that_every_edit_moves_is_in_the_form_of_its_column(
    source: Opener, crm: psycopg.Connection[Any]
) -> None:
    crm.execute(b"ALTER TABLE accounts ADD touched bigint")
    crm.execute(b"UPDATE accounts SET touched = 1600000000000")
    opened = source({"accounts": TableFacts(("name",), modified=("touched",))})
    receipt = opened.update("accounts", "1", {"name": "x"})
    assert receipt.record is not None
    assert receipt.record.modified == opened.gate.now()
    assert values(crm, "SELECT touched FROM accounts") == [int(opened.gate.now().timestamp() * 1000)]
    later = opened.gate.now() + timedelta(days=1)
    keys, cursor = opened.since("accounts")
    assert opened.since("accounts", cursor)[0] == []
    crm.execute(f"UPDATE accounts SET touched = {int(later.timestamp() * 1000)}".encode())
    assert opened.since("accounts", cursor)[0] == keys


def test_tokens_find_what_was_created(source: Opener) -> None:
    opened = source({"accounts": TableFacts(("name",), token="ext")})
    made = opened.create("accounts", name="x")
    assert [(v, r.key) for v, r in opened.sql.find("accounts", [TOKEN, "other"], ())] == [(TOKEN, made.key)]
