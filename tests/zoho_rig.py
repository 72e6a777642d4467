"""How does the contract suite reach behind the zoho_crm connector, into the pretended Zoho?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from connectors.contract import Connector, LookUp, Op, TableFacts, Value
from connectors.zoho_crm import SPEC
from sandbox.zoho_crm import ZohoFake
from tests.web_rig import WebRig

_FIELDS = (
    *("Last_Name", "First_Name", "Description", "Email", "Mobile", "Account_Name", "Owner"),
    *("Date_of_Birth", "Last_Seen", "Lead_Source", "Interests", "Email_Opt_Out"),
)


class ZohoRig(WebRig):
    """People act three seconds apart, since Zoho tells edit times by the second. batch: records in one write."""

    spec = SPEC
    table = "Contacts"
    text = ("Last_Name", "First_Name", "Description")
    many = 410
    listing = ("GET", r"/Contacts$")
    writes: Mapping[Op, tuple[str, str]] = {
        Op.CREATE: ("POST", r"/Contacts$"),
        Op.UPDATE: ("PUT", r"/Contacts$"),
        Op.DELETE: ("DELETE", r"/Contacts$"),
    }
    fake: ZohoFake
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "merge": "Zoho tells a merge as the end of the record that was merged, without saying where it went",
        "archive": "Zoho archives nothing",
        "own_call_field": "owner and all other fields go with the record",
        "type_clock": "Zoho tells every time with its offset",
    }

    def __init__(self, batch: int = 1) -> None:
        super().__init__()
        self._ahead = timedelta(0)
        self.batch = batch
        self.fake = ZohoFake(self.now, credits_a_day=1_000_000).start()
        self.secrets = (self.fake.client_secret, self.fake.refresh_token, "1000.access-")
        self.facts = TableFacts(_FIELDS, None, "Offbook_ID", ("Modified_Time",))
        self.fake.modules["Accounts"].insert({"Account_Name": "宇润"}, 0, self.fake.acting)
        if batch > 1:
            self.cannot = {**self.cannot, "break_write": "all changes go in one request"}  # type: ignore[misc]

    @property
    def contacts(self) -> Any:
        return self.fake.modules["Contacts"]

    def now(self) -> datetime:
        return self.gate.now() + self._ahead

    def pass_time(self, seconds: float = 3.0) -> None:
        self._ahead += timedelta(seconds=seconds)

    def options(self) -> Mapping[str, object]:
        fake = self.fake
        signs = {"client_id": fake.client_id, "client_secret": fake.client_secret, "refresh_token": fake.refresh_token}
        return {**signs, "base_url": fake.base, "accounts_url": fake.base, "batch": self.batch, "credits": 1_000_000}

    # ---- people

    def add(self, values: Mapping[str, Value]) -> str:
        data = {"Last_Name": "nobody", **{name: _raw(value) for name, value in values.items()}}
        said = self.contacts.insert(data, 0, "487687600000022501")
        assert said["status"] == "success", said
        self.pass_time()
        return str(said["details"]["id"])

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        data = {"id": key, **{name: _raw(value) for name, value in values.items()}}
        said = self.contacts.update(data, 0, "487687600000022501", None)
        assert said["status"] == "success", said
        self.pass_time()

    def remove(self, key: str) -> None:
        self.contacts.delete(key, 0, "487687600000022501", kind="permanent")
        self.pass_time()

    def rows(self) -> list[Mapping[str, Value]]:
        return [{name: _ours(row.get(name)) for name in _FIELDS} for row in self.contacts.rows.values()]

    def state(self) -> object:
        rows = {name: {k: dict(v) for k, v in one.rows.items()} for name, one in self.fake.modules.items()}
        return rows, {name: dict(one.ended) for name, one in self.fake.modules.items()}

    def fill(self, count: int) -> None:
        for number in range(count):
            self.contacts.insert({"Last_Name": f"record {number}"}, 0, "487687600000022501")
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
        """Another user, who sees other records."""
        self.fake.acting = "487687600000022502"
        return self.open()

    def hide(self, field: str) -> None:
        self.fake.hidden.setdefault("Contacts", set()).add(field)

    def damage(self, key: str) -> str:
        self.contacts.rows[key]["Date_of_Birth"] = "someday"
        return "Date_of_Birth"

    def date_field(self) -> str:
        return "Date_of_Birth"

    def datetime_field(self) -> str:
        return "Last_Seen"

    def forbid(self) -> None:
        self.fake.denied.add("Contacts")

    def bad(self) -> tuple[str, Value]:
        return "Email", "no address"

    def taste(self, field: str) -> None:
        self.contacts.upper.add(field)

    def choice_field(self) -> str:
        return "Lead_Source"

    def lookup_field(self) -> str:
        return "Account_Name"

    def targets(self) -> object:
        return {key: dict(row) for key, row in self.fake.modules["Accounts"].rows.items()}

    def slow_job(self) -> None:
        self.fake.merge_takes = 600.0

    def fired(self) -> int:
        return self.fake.fired


def _raw(value: Value) -> Any:
    if isinstance(value, LookUp):
        return {"id": value.key}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return [_raw(one) for one in value] if isinstance(value, tuple) else value


def _ours(raw: Any) -> Value:
    if isinstance(raw, dict):
        return LookUp("Accounts", raw["id"], raw["name"])
    if isinstance(raw, list):
        return tuple(raw) or None
    return raw  # type: ignore[no-any-return]
