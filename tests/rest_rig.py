"""How does the contract suite reach behind PocketBase, Kinto and Tryton? (real servers; trouble is made by a proxy)"""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from connectors.contract import Connector, Context, LookUp, Op, TableFacts, Value
from connectors.rest import SPEC
from sandbox.server import Trouble
from tests.real_servers import Kinto, PocketBase, Proxy, Tryton
from tests.rig import Rig
from tests.web_rig import WebRig

_numbers = itertools.count(1)


class RestRig(WebRig):
    """A real server behind a proxy. A subclass says how its options look and how people type."""

    spec = SPEC
    text = ("name", "phone", "note")
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "merge": "the server does not merge or renumber its records",
        "own_call_field": "every field goes with the record",
        "slow_job": "the server has no jobs",
        "fired": "the server has no workflows",
    }
    fake: Proxy
    listing_path: str

    def __init__(self, proxy: Proxy) -> None:
        super().__init__()
        self.fake = proxy.as_new()
        self._opened: list[Connector] = []

    def open(self, folder: str = ".") -> Connector:
        self._opened.append(super().open(folder))
        return self._opened[-1]

    def opened_with(self, **options: object) -> Connector:
        made = self.spec.options.model_validate({**self.options(), **options})
        context = Context(self.gate, self.vault, {self.table: self.facts}, self.timezone, ".")
        self._opened.append(self.spec.connect(made, context))
        return self._opened[-1]

    def close(self) -> None:
        for connector in self._opened:
            connector.close()

    def cut_pull(self) -> None:
        """From now on a page of the listing ends in the middle."""
        self.fake.order(Trouble.SLOW, *self.listing)
        self.fake.order(Trouble.CUT, *self.listing, times=100)

    def loop_pull(self) -> None:
        self.fake.repeat = ("GET", self.listing_path)


PB_FIELDS: tuple[Mapping[str, object], ...] = (
    {"name": "name", "type": "text"},
    {"name": "phone", "type": "text"},
    {"name": "note", "type": "text"},
    {"name": "email", "type": "email"},
    {"name": "level", "type": "select", "values": ["A", "B"], "maxSelect": 1},
    {"name": "tags", "type": "select", "values": ["x", "y", "z"], "maxSelect": 3},
    {"name": "age", "type": "number"},
    {"name": "met", "type": "date"},
    {"name": "created", "type": "autodate", "onCreate": True},
    {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
)


class PocketBaseRig(RestRig):
    """A collection of its own for each rig, and a superuser of its own."""

    many = 405
    cannot: ClassVar[Mapping[str, str]] = {
        **RestRig.cannot,
        "archive": "PocketBase has no archive",
        "damage": "PocketBase gives what fits its types",
        "date_field": "PocketBase has no days without a clock",
        "type_clock": "PocketBase keeps moments in UTC",
        "taste": "PocketBase stores text as it is given",
    }

    def __init__(self, server: PocketBase) -> None:
        super().__init__(server.proxy)
        self.server, number = server, f"{next(_numbers)}_{secrets.token_hex(3)}"
        self.vault = server.vault
        self.writes = {Op.CREATE: ("POST", r"/records$"), Op.UPDATE: ("PATCH", r"/records/"),
                       Op.DELETE: ("DELETE", r"/records/")}  # fmt: skip
        self.table, self.companies = f"contacts_{number}", f"companies_{number}"
        self.listing, self.listing_path = ("GET", r"/records$"), f"/api/collections/{self.table}/records"
        self.user, self.secrets = server.user(), (server.password,)
        made = server.ask(
            "POST", "", {"name": self.companies, "type": "base", "fields": [{"name": "name", "type": "text"}]}
        )
        pointing = {"name": "company", "type": "relation", "collectionId": made["id"], "maxSelect": 1}
        server.ask("POST", "", {"name": self.table, "type": "base", "fields": [*PB_FIELDS, pointing]})
        server.ask("POST", f"/{self.companies}/records", {"name": "宇润"})
        self.facts = TableFacts(("name", "phone", "note", "email", "level", "tags", "age", "met", "company"))

    def options(self) -> Mapping[str, object]:
        return {"spec": "pocketbase", "url": self.fake.base, "user": self.user, "password": self.server.password}

    def add(self, values: Mapping[str, Value]) -> str:
        """Its key sorts before those of fill(), so that it stands on page one."""
        body = {"id": f"a{next(_numbers):014d}", **_typed(values)}
        return str(self.server.ask("POST", f"/{self.table}/records", body)["id"])

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        time.sleep(0.002)  # PocketBase tells edits apart by the millisecond
        self.server.ask("PATCH", f"/{self.table}/records/{key}", _typed(values))

    def remove(self, key: str) -> None:
        self.server.ask("DELETE", f"/{self.table}/records/{key}")

    def rows(self) -> list[Mapping[str, Value]]:
        names = ("name", "phone", "note", "level", "email", "id")
        found = self._sql(f"SELECT {', '.join(names)} FROM {self.table}")
        return [{name: cell or None for name, cell in zip(names, row)} for row in found]

    def state(self) -> object:
        return self._sql(f"SELECT * FROM {self.table} ORDER BY id"), self.targets()

    def fill(self, count: int) -> None:
        at = _moment(datetime.now(UTC))
        self._insert([(f"f{n:014d}", f"record {n}", at, at) for n in range(count)])

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        with closing(sqlite3.connect(self.server.folder / "data.db", timeout=30)) as database, database:
            statement = f"INSERT INTO {self.table} (id, name, created, updated) VALUES (?, ?, ?, ?)"
            database.executemany(statement, rows)

    def _sql(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.server.folder / "data.db", timeout=30)) as database:
            return database.execute(statement).fetchall()

    # ---- features

    def add_late(self, values: Mapping[str, Value]) -> str:
        at = _moment(datetime.now(UTC) - timedelta(seconds=3))
        self._insert([("late00000000000", values["name"], at, at)])
        return "late00000000000"

    def other_scope(self) -> Connector:
        return self.opened_with(user=self.server.new_user())

    def hide(self, field: str) -> None:
        found = self.server.ask("GET", f"/{self.table}")
        fields = [{**one, "hidden": True} if one["name"] == field else one for one in found["fields"]]
        self.server.ask("PATCH", f"/{self.table}", {"fields": fields})

    def datetime_field(self) -> str:
        return "met"

    def forbid(self) -> None:
        """The superuser is one no more, and its token with it."""
        self.server.remove_user()

    def bad(self) -> tuple[str, Value]:
        return "email", "no mail at all"

    def choice_field(self) -> str:
        return "level"

    def lookup_field(self) -> str:
        return "company"

    def targets(self) -> object:
        return self._sql(f"SELECT * FROM {self.companies}")


class KintoRig(RestRig):
    """A bucket of its own for each rig."""

    table = "customers"
    many = 405
    crowd = 1001  # each edit has a time of its own there
    cannot: ClassVar[Mapping[str, str]] = {
        **RestRig.cannot,
        "archive": "Kinto has no archive",
        "add_late": "Kinto gives every edit a later time than the one before",
        "hide": "Kinto shows whole records",
        "type_clock": "the field holds milliseconds since 1970",
        "taste": "Kinto stores what it is given",
        "choice_field": "Kinto has no options",
        "lookup_field": "Kinto has no relations",
    }

    def __init__(self, server: Kinto) -> None:
        super().__init__(server.proxy)
        self.server, self.bucket = server, f"b{next(_numbers)}-{secrets.token_hex(3)}"
        self.writes = {Op.CREATE: ("PUT", "/records/"), Op.UPDATE: ("PATCH", "/records/"),
                       Op.DELETE: ("DELETE", "/records/")}  # fmt: skip
        self.path = f"/buckets/{self.bucket}/collections/customers"
        self.listing, self.listing_path = ("GET", r"/records$"), f"/v1{self.path}/records"
        self.secrets = (server.password,)
        server.ask("PUT", f"/buckets/{self.bucket}", {"permissions": {"write": ["account:seller"]}})
        schema = {"type": "object", "properties": {"visits": {"minimum": 0}}}
        server.ask("PUT", self.path, {"data": {"schema": schema}})
        self.facts = TableFacts(("name", "phone", "note", "visits", "born", "met"))

    def options(self) -> Mapping[str, object]:
        return {"spec": "kinto", "url": self.fake.base, "bucket": self.bucket, "user": "seller",
                "password": self.server.password}  # fmt: skip

    def add(self, values: Mapping[str, Value]) -> str:
        """Its key sorts before those of fill(), so that it stands on page one."""
        key = f"a{next(_numbers):014d}"
        self.server.ask("PUT", f"{self.path}/records/{key}", {"data": _typed(values)})
        return key

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.server.ask("PATCH", f"{self.path}/records/{key}", {"data": _typed(values)})

    def remove(self, key: str) -> None:
        self.server.ask("DELETE", f"{self.path}/records/{key}")

    def rows(self) -> list[Mapping[str, Value]]:
        found = self.server.ask("GET", f"{self.path}/records?_sort=id")["data"]
        return [{name: one.get(name) for name in self.facts.fields} for one in found]

    def state(self) -> object:
        return self.server.ask("GET", f"{self.path}/records?_since=0&_sort=id")

    def fill(self, count: int) -> None:
        body = [{"path": f"/v1{self.path}/records/f{n:014d}", "body": {"data": {"name": f"record {n}"}}}
                for n in range(count)]  # fmt: skip
        self.server.ask("POST", "/batch", {"defaults": {"method": "PUT"}, "requests": body})

    def other_scope(self) -> Connector:
        """Another account that may read the bucket."""
        self.server.ask("PATCH", f"/buckets/{self.bucket}", {"permissions": {"read": ["account:other"]}})
        return self.opened_with(user="other")

    def damage(self, key: str) -> str:
        self.edit(key, {"phone": {"not": "a text"}})  # type: ignore[dict-item]
        return "phone"

    def date_field(self) -> str:
        return "born"

    def datetime_field(self) -> str:
        return "met"

    def forbid(self) -> None:
        self.server.ask("PUT", f"/buckets/{self.bucket}", {"permissions": {"write": []}})

    def bad(self) -> tuple[str, Value]:
        return "visits", -1


class TrytonRig(RestRig):
    """Addresses of one party; people type straight into its database, by ids below those of fill()."""

    table = "party.address"
    text = ("city", "street_unstructured", "postal_code")
    many = 405
    base: Mapping[str, Value] = {"party": LookUp("party.party", "1")}
    unheld: ClassVar[Mapping[str, str]] = {}
    cannot: ClassVar[Mapping[str, str]] = {
        **RestRig.cannot,
        "hide": "the fields are declared",
        "damage": "Tryton gives what fits its types",
        "date_field": "addresses have no date",
        "datetime_field": "addresses have no moment that may be written",
        "taste": "Tryton stores what it is given",
        "choice_field": "addresses have no options",
        "lookup_field": "on SQLite Tryton takes the key of a party that is not there",
    }

    def __init__(self, server: Tryton) -> None:
        super().__init__(server.proxy)
        self.server, self.listing = server, ("GET", r"/party\.address$")
        self.listing_path = "/crm/rest/model/party.address"
        self.writes = {Op.CREATE: ("POST", "/party.address$"), Op.UPDATE: ("PUT", "/party.address/"),
                       Op.DELETE: ("DELETE", "/party.address/")}  # fmt: skip
        self._ids = itertools.count(1)
        self.facts = TableFacts((*self.text, "party", "sequence", "active"), token="attn")
        self._sql("DELETE FROM party_address")
        self._sql("INSERT OR IGNORE INTO party_party (id, name, active) VALUES (1, '宇润', 1)")
        self.key = self._new_key()
        self.secrets = (self.key,)

    def _new_key(self) -> str:
        key = f"key{secrets.token_hex(16)}"
        self._sql(
            "INSERT INTO res_user_application (key, user, application, state) VALUES (?, 1, 'rest', 'validated')", key
        )
        return key

    def options(self) -> Mapping[str, object]:
        return {"spec": "tryton", "url": self.fake.base, "database": "crm", "key": self.key}

    def _sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.server.database, timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def add(self, values: Mapping[str, Value]) -> str:
        return self._added(values, datetime.now(UTC))

    def _added(self, values: Mapping[str, Value], at: datetime) -> str:
        key = next(self._ids)
        cells = {"id": key, "party": 1, "active": 1, "create_date": _clock(at), **_typed(values)}
        self._sql(
            f"INSERT INTO party_address ({', '.join(cells)}) VALUES ({', '.join('?' * len(cells))})", *cells.values()
        )
        return str(key)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        cells = {"write_date": _clock(datetime.now(UTC)), **_typed(values)}
        listed = ", ".join(f"{name} = ?" for name in cells)
        self._sql(f"UPDATE party_address SET {listed} WHERE id = ?", *cells.values(), int(key))

    def remove(self, key: str) -> None:
        self._sql("DELETE FROM party_address WHERE id = ?", int(key))

    def archive(self, key: str) -> None:
        self.edit(key, {"active": 0})

    def rows(self) -> list[Mapping[str, Value]]:
        names = (*self.text, "sequence", "attn")
        found = self._sql(f"SELECT {', '.join(names)} FROM party_address WHERE active ORDER BY id")
        return [{name: cell or None for name, cell in zip(names, row)} for row in found]

    def state(self) -> object:
        return self._sql("SELECT * FROM party_address ORDER BY id")

    def fill(self, count: int) -> None:
        at = _clock(datetime.now(UTC))
        rows = [(100_000 + n, f"record {n}", at) for n in range(count)]
        with closing(sqlite3.connect(self.server.database, timeout=30)) as database, database:
            statement = "INSERT INTO party_address (id, city, create_date, party, active) VALUES (?, ?, ?, 1, 1)"
            database.executemany(statement, rows)

    def add_late(self, values: Mapping[str, Value]) -> str:
        return self._added(values, datetime.now(UTC) - timedelta(seconds=3))

    def other_scope(self) -> Connector:
        return self.opened_with(key=self._new_key())

    def forbid(self) -> None:
        self._sql("UPDATE res_user_application SET state = 'cancelled'")

    def break_write(self) -> None:
        """A 500 is the record's fault there; so the connection breaks."""
        for method, path in dict.fromkeys(self.writes.values()):
            self.fake.order(Trouble.SLOW, method, path)
            self.fake.order(Trouble.DROPPED, method, path, times=20)

    def bad(self) -> tuple[str, Value]:
        return "sequence", "not a number"


def _clock(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _typed(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: _plain(one) for name, one in values.items()}


def _plain(value: Value) -> object:
    return value.key if isinstance(value, LookUp) else value.isoformat() if isinstance(value, date) else value


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


__all__ = ["KintoRig", "PocketBaseRig", "RestRig", "Rig", "TrytonRig"]
