"""How does the contract suite reach behind the hubspot connector, into the pretended HubSpot?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from connectors.contract import Connector, LookUp, Op, TableFacts, Value
from connectors.hubspot import SPEC
from sandbox.hubspot import HubSpotFake
from sandbox.server import Trouble
from tests.web_rig import WebRig

FIELDS = (
    *("lastname", "firstname", "message", "email", "phone", "mobilephone", "jobtitle", "hubspot_owner_id"),
    *(
        "date_of_birth",
        "last_seen",
        "lifecyclestage",
        "interests",
        "newsletter_consent",
        "score",
        "associatedcompanyid",
    ),
)


class HubSpotRig(WebRig):
    """A moment passes with each thing that people do, so that edits are told apart. batch: records in one write.

    The suite's gate keeps no rate, so the fake asks for none; test_hubspot.py has a gate that does."""

    spec = SPEC
    table = "contacts"
    text = ("lastname", "firstname", "message")
    many = 230
    listing = ("GET", r"/contacts$")
    writes: Mapping[Op, tuple[str, str]] = {
        Op.CREATE: ("POST", r"/contacts/batch/(upsert|create)$"),
        Op.UPDATE: ("POST", r"/contacts/batch/update$"),
        Op.ARCHIVE: ("POST", r"/contacts/batch/archive$"),
        Op.DELETE: ("POST", r"/contacts/gdpr-delete$"),
    }
    fake: HubSpotFake
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "archive": "what people delete is archived: HubSpot knows one end that can be told",
        "type_clock": "HubSpot tells every time in UTC",
        "slow_job": "HubSpot merges while one waits",
        "fired": "`quiet` is not declared: workflows may fire",
    }

    def __init__(self, batch: int = 1, token: str | None = "offbook_id") -> None:
        super().__init__()
        self._ahead = timedelta(0)
        self.batch = batch
        self.fake = HubSpotFake(self.now)
        self.fake.rates = ()
        self.fake.renews = False
        self.fake.start()
        self.secrets = (self.fake.token,)
        self.facts = TableFacts(FIELDS, None, token, ("lastmodifieddate",))
        self.company = self.fake.objects["companies"].create({"name": "宇润"}).id
        if batch > 1:
            self.cannot = {**self.cannot, "break_write": "all changes go in one request"}  # type: ignore[misc]

    @property
    def contacts(self) -> Any:
        return self.fake.objects["contacts"]

    def now(self) -> datetime:
        return self.gate.now() + self._ahead

    def pass_time(self, seconds: float = 0.01) -> None:
        self._ahead += timedelta(seconds=seconds)

    def options(self) -> Mapping[str, object]:
        return {"token": self.fake.token, "base_url": self.fake.base, "batch": self.batch}

    # ---- people

    def add(self, values: Mapping[str, Value]) -> str:
        given = dict(values)
        firm = given.pop("associatedcompanyid", None)
        row = self.contacts.create({name: _raw(value) for name, value in given.items()})
        if isinstance(firm, LookUp):
            self.fake.links.make(row.id, firm.key, {1})
        self.pass_time()
        return str(row.id)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.contacts.update(self.contacts.rows[key], {name: _raw(value) for name, value in values.items()})
        self.pass_time()

    def remove(self, key: str) -> None:
        self.contacts.archive(self.contacts.rows[key])
        self.pass_time()

    def rows(self) -> list[Mapping[str, Value]]:
        live = [row for row in self.contacts.rows.values() if row.archived is None]
        return [{name: row.values.get(name) or None for name in (*FIELDS, "offbook_id")} for row in live]

    def state(self) -> object:
        held = {
            name: {key: (dict(row.values), row.archived) for key, row in one.rows.items()}
            for name, one in self.fake.objects.items()
        }
        return held, {
            key: {firm: set(types) for firm, types in one.items()} for key, one in self.fake.links.held.items()
        }

    def fill(self, count: int) -> None:
        for number in range(count):
            self.contacts.create({"lastname": f"record {number}"})
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
        """Another account, whose contacts are others."""
        self.fake.portal = 1
        return self.open()

    def hide(self, field: str) -> None:
        self.fake.hidden.setdefault("contacts", set()).add(field)

    def damage(self, key: str) -> str:
        self.contacts.rows[key].values["date_of_birth"] = "someday"
        return "date_of_birth"

    def date_field(self) -> str:
        return "date_of_birth"

    def datetime_field(self) -> str:
        return "last_seen"

    def forbid(self) -> None:
        self.fake.scopes.discard("crm.objects.contacts.read")

    def merge(self, loser: str, winner: str) -> None:
        rows = self.contacts.rows
        self.contacts.merge(rows[winner], rows[loser], renews=self.fake.renews)
        self.pass_time()

    def bad(self) -> tuple[str, Value]:
        return "email", "no address"

    def taste(self, field: str) -> None:
        self.contacts.upper.add(field)

    def own_call_field(self) -> str:
        return "associatedcompanyid"

    def own_call_value(self) -> Value:
        return LookUp("companies", self.company)

    def lose_own_call(self) -> None:
        """It is asked again and again, since twice does the same."""
        self.fake.order(Trouble.LOST, "POST", r"/associations/.*/create$", times=5)

    def choice_field(self) -> str:
        return "lifecyclestage"

    def lookup_field(self) -> str:
        return "associatedcompanyid"

    def targets(self) -> object:
        return {key: dict(row.values) for key, row in self.fake.objects["companies"].rows.items()}


def _raw(value: Value) -> Any:
    if isinstance(value, LookUp):
        return value.key
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(map(str, value)) if isinstance(value, tuple) else value
