"""How does the contract suite reach behind the sql connector? With the databases' own drivers, as other programs do."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql as words
from sqlalchemy.engine import Connection, make_url

from connectors.contract import Connector, LookUp, Op, TableFacts, Value
from connectors.shared.database import opening
from connectors.shared.database import reading as reading_module
from connectors.shared.database.opening import CommitLost, Database
from connectors.sql import SPEC
from tests.rig import Rig

ZONE = ZoneInfo("Asia/Shanghai")
COMPANIES = "CREATE TABLE companies (id {auto}, name {text} NOT NULL)"
CONTACTS = """
CREATE TABLE contacts (
    {key},
    name {text}, phone {text}, note {text},
    level {text} CHECK (level IN ('A', 'B')),
    company_id INTEGER REFERENCES companies (id),
    born DATE, seen {time}, modified {time},
    age INTEGER CHECK (age > 0),
    offbook_id {text} UNIQUE
)"""


@dataclass(frozen=True)
class Style:
    """key: number, pair (two columns), cell (a column that nobody guards). clock: `modified:` is named."""

    key: str = "number"
    clock: bool = False
    wal: bool = False


NUMBER = Style()
CLOCK = Style(clock=True, wal=True)
PAIR = Style(key="pair", clock=True)
CELL = Style(key="cell")


class SqlRig(Rig):
    spec = SPEC
    table = "contacts"
    text = ("name", "phone", "note")
    many = 2100
    cannot: ClassVar[Mapping[str, str]] = {
        "loop_pull": "pages are asked for by key",
        "merge": "a database does not merge or renumber its records",
        "break_write": "one transaction holds all changes, or none",
        "own_call_field": "a record is written by one statement",
        "slow_job": "a database has no jobs",
        "fired": "`quiet` is not declared: triggers may fire",
        "requests": "statements of an open connection are under no rate",
        "throttle": "a database has no rate",
        "add_keyless": "a row without a key is shown and never written",
        "open_elsewhere": "a database is not written as a whole file",
        "during_write": "a database is not written as a whole file",
        "backups": "a database is not written as a whole file",
    }

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style, self._count, self._created = style, 0, 0
        self.names = ["name", "phone", "note", "level", "company_id", "born", "seen", "modified", "age", "offbook_id"]
        keys = {"number": ["id"], "pair": ["branch", "code"], "cell": ["id", "code"]}[style.key]
        self.names = [*keys, *self.names]
        self.key_names = ["code"] if style.key == "cell" else keys
        self.facts = TableFacts(
            tuple(name for name in self.names if name != "offbook_id"),
            "code" if style.key == "cell" else None,
            "offbook_id",
            ("modified",) if style.clock else (),
        )
        if style.key != "cell":
            self.cannot = {**self.cannot, "add_twice": "the primary key guards"}  # type: ignore[misc]
            self.cannot = {**self.cannot, "copy_row": "the primary key guards"}  # type: ignore[misc]
        else:
            self.cannot = {**self.cannot, "break_pull": "without a primary key all comes in one answer"}  # type: ignore[misc]

    @property
    def base(self) -> Mapping[str, Value]:  # type: ignore[override]
        """A key of its own for each create, where people give the keys."""
        self._created += 1
        number = {"code": f"new{self._created}"}
        return {"number": {}, "pair": {"branch": "上海", **number}, "cell": number}[self.style.key]

    # ---- what each system does in its own way

    def run(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def typed(self, value: object) -> object:
        """As another program would bind it."""
        return int(value.key) if isinstance(value, LookUp) else value

    # ---- people

    def _key(self) -> dict[str, Value]:
        self._count += 1
        if self.style.key == "pair":
            return {"branch": '上"海,[1]', "code": f"c{self._count}"}
        return {"id": 1_000_000 - self._count, **({"code": f"k{self._count}"} if self.style.key == "cell" else {})}

    def add(self, values: Mapping[str, Value]) -> str:
        row = {**self._key(), "modified": self.moment(), **values}
        names = ", ".join(row)
        self.run(
            f"INSERT INTO contacts ({names}) VALUES ({', '.join('?' * len(row))})", [*map(self.typed, row.values())]
        )
        return self.shown_key(row)

    def shown_key(self, row: Mapping[str, object]) -> str:
        if self.style.key == "pair":
            import json

            return json.dumps([row["branch"], row["code"]], ensure_ascii=False, separators=(",", ":"))
        return str(row[self.key_names[0]])

    def moment(self) -> object:
        """When an edit happens: now, by the clock of the system."""
        raise NotImplementedError

    def where(self, key: str) -> tuple[str, list[object]]:
        import json

        parts = json.loads(key) if self.style.key == "pair" else [int(key) if self.style.key == "number" else key]
        return " AND ".join(f"{name} = ?" for name in self.key_names), parts

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        condition, parts = self.where(key)
        row = {"modified": self.moment(), **values}
        setting = ", ".join(f"{name} = ?" for name in row)
        self.run(f"UPDATE contacts SET {setting} WHERE {condition}", [*map(self.typed, row.values()), *parts])

    def remove(self, key: str) -> None:
        condition, parts = self.where(key)
        self.run(f"DELETE FROM contacts WHERE {condition}", parts)

    def rows(self) -> list[Mapping[str, Value]]:
        """Without the column that every edit moves, ours too."""
        names = [name for name in self.names if name != "modified"]
        found = self.run(f"SELECT {', '.join(names)} FROM contacts WHERE age IS NULL OR age <> 99")
        return [dict(zip(names, row)) for row in found]

    def state(self) -> object:
        return sorted(map(repr, self.run("SELECT * FROM contacts"))), self.targets()

    def fill(self, count: int) -> None:
        moment = self.moment()
        rows = [{**self._key(), "name": f"record {n}", "modified": moment} for n in range(count)]
        names = ", ".join(rows[0])
        statement = f"INSERT INTO contacts ({names}) VALUES ({', '.join('?' * len(rows[0]))})"
        self.run_many(statement, [[*map(self.typed, row.values())] for row in rows])

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        raise NotImplementedError

    # ---- trouble

    def add_late(self, values: Mapping[str, Value]) -> str:
        return self.add({**values, "modified": self.moment_before(timedelta(seconds=120))})

    def moment_before(self, ago: timedelta) -> Value:
        raise NotImplementedError

    def other_scope(self) -> Connector:
        kept, self.facts = (
            self.facts,
            TableFacts(self.facts.fields, self.facts.key, self.facts.token, self.facts.modified, {"level": "A"}),
        )
        try:
            return self.open()
        finally:
            self.facts = kept

    def date_field(self) -> str:
        return "born"

    def datetime_field(self) -> str:
        return "seen"

    def archive(self, key: str) -> None:
        self.edit(key, {"age": 99})

    def add_twice(self, values: Mapping[str, Value]) -> str:
        self.add({"code": "twice", **values})
        return self.add({"code": "twice", **values, "note": "another"})

    def copy_row(self, key: str) -> None:
        listed = ", ".join(name for name in self.names if name != "offbook_id")
        self.run(f"INSERT INTO contacts ({listed}) SELECT {listed} FROM contacts WHERE code = ?", [key])

    def shuffle(self) -> None:
        self.run("CREATE TABLE sorted AS SELECT * FROM contacts ORDER BY name DESC")
        self.run("DELETE FROM contacts")
        self.run("INSERT INTO contacts SELECT * FROM sorted")
        self.run("DROP TABLE sorted")

    def lose_answer(self, op: Op) -> None:
        inner = Database._commit

        def lost(database: Database, connection: Connection) -> None:
            stopper.stop()
            inner(database, connection)
            raise CommitLost("the connection to {where} broke while it was told to commit", where=database.where)

        stopper = patch.object(Database, "_commit", lost)
        stopper.start()

    def break_pull(self) -> None:
        """The database goes away behind the first page."""
        inner, pages = opening.all_rows, [0]

        def breaking(statement: Any, connection: Connection) -> Any:
            pages[0] += 1
            if pages[0] == 2:
                stopper.stop()
                self.go_away()
            return inner(statement, connection)

        stopper = patch.object(reading_module, "all_rows", breaking)
        stopper.start()

    def go_away(self) -> None:
        raise NotImplementedError

    def bad(self) -> tuple[str, Value]:
        return "age", -1

    def choice_field(self) -> str:
        return "level"

    def lookup_field(self) -> str:
        return "company_id"

    def targets(self) -> object:
        return self.run("SELECT id, name FROM companies ORDER BY id")


class SqliteRig(SqlRig):
    def __init__(self, folder: Path, style: Style = NUMBER) -> None:
        super().__init__(style)
        self.cannot = {**self.cannot, "hide": "a SQLite file has no rights on columns"}  # type: ignore[misc]
        if style.wal:
            self.cannot = {**self.cannot, "break_pull": "an opened picture outlives its file"}  # type: ignore[misc]
        self.path = folder / "crm.sqlite"
        self._open = sqlite3.connect(self.path, isolation_level=None)
        if style.wal:
            self._open.execute("PRAGMA journal_mode=WAL")
        key = {
            "number": "id INTEGER PRIMARY KEY",
            "pair": "branch TEXT NOT NULL, code TEXT NOT NULL",
            "cell": "id INTEGER, code TEXT",
        }[style.key]
        end = ", PRIMARY KEY (branch, code))" if style.key == "pair" else ")"
        kinds = {"auto": "INTEGER PRIMARY KEY", "text": "TEXT", "time": "DATETIME"}
        self._open.execute(COMPANIES.format(**kinds))
        self._open.execute(CONTACTS.format(key=key, **kinds).removesuffix(")") + end)
        self._open.execute("INSERT INTO companies (name) VALUES ('宇润')")

    def options(self) -> Mapping[str, object]:
        return {"path": str(self.path), "archived": {"contacts": {"age": "99"}}}

    def run(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._open.execute(statement, values).fetchall()

    def typed(self, value: object) -> object:
        value = super().typed(value)
        if isinstance(value, datetime):
            return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S.%f") if value.tzinfo else value.isoformat(" ")
        return value.isoformat() if isinstance(value, date) else value

    def moment(self) -> object:
        return self.run("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")[0][0]

    def moment_before(self, ago: timedelta) -> Value:
        found = self.run("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', ?)", [f"-{ago.total_seconds()} seconds"])
        return str(found[0][0])

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self._open.execute("BEGIN")
        self._open.executemany(statement, rows)
        self._open.execute("COMMIT")

    def type_clock(self, key: str, clock: datetime) -> None:
        self.edit(key, {"seen": clock.isoformat(" ")})

    def damage(self, key: str) -> str:
        self.edit(key, {"born": "someday"})
        return "born"

    def cut_pull(self) -> None:
        """A page of the file in the middle is overwritten."""
        self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._open.close()
        content = bytearray(self.path.read_bytes())
        middle = len(content) // 2 // 4096 * 4096
        content[middle : middle + 8192] = b"\xff" * 8192
        self.path.write_bytes(content)

    def go_away(self) -> None:
        self._open.close()
        self.path.rename(self.path.with_suffix(".away"))
        for left in self.path.parent.glob("crm.sqlite-*"):
            left.unlink()
        self.path.write_bytes(b"no database any more" * 300)

    def forbid(self) -> None:
        self.path.rename(self.path.with_suffix(".away"))

    def taste(self, field: str) -> None:
        self.run(
            f"CREATE TRIGGER taste AFTER UPDATE OF {field} ON contacts BEGIN"
            f" UPDATE contacts SET {field} = upper(new.{field}) WHERE rowid = new.rowid; END"
        )


class PostgresRig(SqlRig):
    """secrets: the password stands in the URL."""

    def __init__(self, url: str, style: Style = NUMBER) -> None:
        super().__init__(style)
        self._opened: list[Connector] = []
        self.url, self._open = url, psycopg.connect(url, autocommit=True)
        self.password = str(make_url(url).password)
        self.secrets = (self.password, "s3cret-of-the-role")
        key = {
            "number": "id integer GENERATED BY DEFAULT AS IDENTITY (START WITH 1000000) PRIMARY KEY",
            "pair": "branch text, code text, PRIMARY KEY (branch, code)",
            "cell": "id integer, code text",
        }[style.key]
        auto = "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        kinds = {"auto": auto, "text": "text", "time": "timestamp"}
        role = f"seller_{make_url(url).database}"
        self.role = role
        self.run(COMPANIES.format(**kinds))
        self.run(CONTACTS.format(key=key, **kinds))
        self.run("INSERT INTO companies (name) VALUES ('宇润')")
        self.run(f"CREATE ROLE {role} LOGIN PASSWORD 's3cret-of-the-role'")
        self.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON contacts, companies TO {role}")

    def open(self, folder: str = ".") -> Connector:
        self._opened.append(super().open(folder))
        return self._opened[-1]

    def close(self) -> None:
        for connector in self._opened:
            connector.close()
        with closing(self._open):
            self.run(f"DROP OWNED BY {self.role}")
            self.run(f"DROP ROLE {self.role}")

    def options(self) -> Mapping[str, object]:
        url = make_url(self.url).set(username=self.role, password="s3cret-of-the-role")
        return {"url": url.render_as_string(hide_password=False), "archived": {"contacts": {"age": "99"}}}

    def run(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        text = words.SQL(statement.replace("%", "%%").replace("?", "%s")) if values else words.SQL(statement)
        result = self._open.execute(text, values or None)
        return result.fetchall() if result.description else []

    def typed(self, value: object) -> object:
        value = super().typed(value)
        return value.astimezone(ZONE).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value

    def moment(self) -> object:
        return self.run("SELECT clock_timestamp() AT TIME ZONE 'UTC'")[0][0]

    def moment_before(self, ago: timedelta) -> Value:
        now = self.moment()
        assert isinstance(now, datetime)
        return now - ago

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        with self._open.transaction(), self._open.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s").encode(), rows)

    def type_clock(self, key: str, clock: datetime) -> None:
        self.edit(key, {"seen": clock})

    def damage(self, key: str) -> str:
        condition, parts = self.where(key)
        self.run(f"UPDATE contacts SET born = 'infinity' WHERE {condition}", parts)
        return "born"

    def cut_pull(self) -> None:
        self.run("CREATE FUNCTION broken() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'unreadable'; END $$")
        names = ", ".join(
            "CASE WHEN id = 7 THEN broken() ELSE name END AS name" if n == "name" else n for n in self.names
        )
        self.run("ALTER TABLE contacts RENAME TO behind")
        self.run(
            f"CREATE VIEW contacts AS SELECT {names.replace('id = 7', self.key_names[0] + ' IS NOT NULL')} FROM behind"
        )
        self.run(f"GRANT SELECT ON contacts TO {self.role}")

    def go_away(self) -> None:
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ?", [self.role])

    def forbid(self) -> None:
        self.run(f"REVOKE SELECT ON contacts FROM {self.role}")

    def hide(self, field: str) -> None:
        shown = ", ".join(name for name in self.names if name != field)
        self.run(f"REVOKE SELECT ON contacts FROM {self.role}")
        self.run(f"GRANT SELECT ({shown}) ON contacts TO {self.role}")

    def taste(self, field: str) -> None:
        self.run(
            "CREATE FUNCTION taste() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN new.{field} = upper(new.{field}); RETURN new; END $$"
        )
        self.run("CREATE TRIGGER taste BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION taste()")
