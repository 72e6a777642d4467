"""How does the contract suite reach behind the salesforce connector, into the pretended Salesforce?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from connectors.contract import Connector, LookUp, Op, TableFacts, Value
from connectors.salesforce import SPEC
from sandbox.salesforce import SalesforceFake
from sandbox.salesforce_org import USERS
from sandbox.server import Trouble
from tests.web_rig import WebRig

_FIELDS = (
    *("LastName", "FirstName", "Description", "Email", "MobilePhone", "AccountId", "OwnerId", "Birthdate"),
    *("Last_Seen__c", "LeadSource", "Interests__c", "HasOptedOutOfEmail"),
)
PERSON = next(iter(USERS))


class SalesforceRig(WebRig):
    """People act three seconds apart, since Salesforce tells edit times by the second. together: as many changes in one
    request as Salesforce takes; without it there are several requests."""

    spec = SPEC
    table = "Contact"
    text = ("LastName", "FirstName", "Description")
    many = 410
    listing = ("GET", r"/query")
    fake: SalesforceFake
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "archive": "Salesforce archives no customers",
        "own_call_field": "owner and all other fields go with the record",
        "type_clock": "Salesforce tells every time with its offset",
        "slow_job": "Salesforce merges in the browser only, not over its REST API",
        "fired": "a request cannot keep flows and triggers from starting",
    }
    unheld: ClassVar[Mapping[str, str]] = {' said "so", twice': "Salesforce cuts off spaces at both ends of a text"}

    def __init__(self, *, together: bool = False, **options: object) -> None:
        super().__init__()
        self._ahead = timedelta(0)
        self.more = options
        self.fake = SalesforceFake(self.now, a_day=1_000_000).start()
        self.secrets = (self.fake.signin.client_secret, "sandbox.session")
        self.facts = TableFacts(_FIELDS, None, "Offbook_ID__c", ("LastModifiedDate",))
        self.fake.objects["Account"].insert({"Name": "宇润"}, PERSON, self.fake.objects)
        if together:
            self.cannot = {**self.cannot, "break_write": "all changes go in one request"}  # type: ignore[misc]
            update = ("POST", r"/composite$") if options.get("checked", 25) else ("PATCH", r"/composite/sobjects$")
        else:
            self.more = {"batch": 1, "checked": 1, **options}
            update = ("PATCH", r"/sobjects/Contact/")
        create, delete = ("POST", r"/composite/sobjects$"), ("DELETE", r"/composite/sobjects$")
        self.writes: Mapping[Op, tuple[str, str]] = {Op.CREATE: create, Op.UPDATE: update, Op.DELETE: delete}

    @property
    def contacts(self) -> Any:
        return self.fake.objects["Contact"]

    def now(self) -> datetime:
        return self.gate.now() + self._ahead

    def pass_time(self, seconds: float = 3.0) -> None:
        self._ahead += timedelta(seconds=seconds)

    def options(self) -> Mapping[str, object]:
        signs = {"client_id": self.fake.signin.client_id, "client_secret": self.fake.signin.client_secret}
        return {**signs, "base_url": self.fake.base, "requests": 1_000_000, "page": 200, **self.more}

    # ---- people

    def add(self, values: Mapping[str, Value]) -> str:
        data = {"LastName": "nobody", **{name: _raw(value) for name, value in values.items()}}
        key = self.contacts.insert(data, PERSON, self.fake.objects)
        self.pass_time()
        return str(key)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        data = {name: _raw(value) for name, value in values.items()}
        self.contacts.update(key, data, PERSON, self.fake.objects)
        self.pass_time()

    def remove(self, key: str) -> None:
        self.contacts.delete(key, PERSON)
        self.pass_time()

    def rows(self) -> list[Mapping[str, Value]]:
        live = [row for row in self.contacts.rows.values() if not row["IsDeleted"]]
        return [{name: _ours(name, row.get(name)) for name in (*_FIELDS, "Offbook_ID__c")} for row in live]

    def state(self) -> object:
        return {name: {k: dict(v) for k, v in one.rows.items()} for name, one in self.fake.objects.items()}

    def fill(self, count: int) -> None:
        for number in range(count):
            self.contacts.insert({"LastName": f"record {number}"}, PERSON, self.fake.objects)
        self.pass_time()

    # ---- trouble

    def cut_pull(self) -> None:
        self.fake.cut = True

    def loop_pull(self) -> None:
        self.fake.loops = True

    def add_late(self, values: Mapping[str, Value]) -> str:
        self._ahead -= timedelta(seconds=120)
        key = self.add(values)
        self._ahead += timedelta(seconds=120)
        return key

    def other_scope(self) -> Connector:
        """Another user, to whom other records are shared."""
        self.fake.acting = list(USERS)[1]
        self.fake.signin.expire()
        return self.open()

    def hide(self, field: str) -> None:
        self.fake.hidden.setdefault("Contact", set()).add(field)

    def damage(self, key: str) -> str:
        self.contacts.rows[key]["Birthdate"] = "someday"
        return "Birthdate"

    def date_field(self) -> str:
        return "Birthdate"

    def datetime_field(self) -> str:
        return "Last_Seen__c"

    def forbid(self) -> None:
        self.fake.denied.add("Contact")

    def throttle(self) -> None:
        """Signing in does not count."""
        self.fake.order(Trouble.TOO_FAST, path="/services/data/", seconds=7)

    def merge(self, loser: str, winner: str) -> None:
        self.fake.merge("Contact", loser, winner)
        self.pass_time()

    def bad(self) -> tuple[str, Value]:
        return "Email", "no address"

    def taste(self, field: str) -> None:
        self.contacts.upper.add(field)

    def choice_field(self) -> str:
        return "LeadSource"

    def lookup_field(self) -> str:
        return "AccountId"

    def targets(self) -> object:
        return {key: dict(row) for key, row in self.fake.objects["Account"].rows.items()}


def _raw(value: Value) -> Any:
    if isinstance(value, LookUp):
        return value.key
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return ";".join(map(str, value)) if isinstance(value, tuple) else value


def _ours(name: str, raw: Any) -> Value:
    if raw is not None and name == "AccountId":
        return LookUp("Account", raw)
    return tuple(raw.split(";")) if raw is not None and name == "Interests__c" else raw
