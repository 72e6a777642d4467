"""How does the contract suite reach behind the airtable connector, into the pretended Airtable?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors.airtable import SPEC
from connectors.contract import Connector, Context, LookUp, Op, TableFacts, Value
from sandbox.airtable import Airtable
from sandbox.airtable_base import Sheet, choices, fields_of
from sandbox.server import Trouble
from tests.web_rig import WebRig

TOKEN = "patPlanted0000001.5ec4e7"
_RECORDS = r"^/v0/app\w+/tbl\w+$"


class AirtableRig(WebRig):
    spec = SPEC
    fake: Airtable
    many = 205
    listing = ("GET", _RECORDS)
    secrets = (TOKEN,)
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "break_write": "ten changes are one request, which lands whole or not at all (see test_airtable)",
        "merge": "Airtable merges and renumbers nothing",
        "archive": "Airtable archives nothing",
        "own_call_field": "all fields go in one request",
        "slow_job": "Airtable has no jobs",
        "fired": "automations of a base cannot be kept quiet",
    }

    def __init__(self, token_type: str = "singleLineText") -> None:
        super().__init__()
        self.fake = Airtable(self.gate.now, TOKEN).start()
        self.fake.rates = ()  # the suite's gate counts requests and keeps no rate; tests/test_airtable.py tries them
        self._base = self.fake.add_base("Sales")
        self.companies = Sheet("tblCompanies00001", "Companies", list(fields_of(("Name", "singleLineText"))))
        self.sheet = self._customers(token_type)
        self._base.tables += [self.companies, self.sheet]
        self.company = self.fake.add(self.companies, {self.companies.fields[0]["id"]: "宇润"})
        self.table = self.sheet.id
        self.text = (self.id("Name"), self.id("Notes"), self.id("Mail"))
        token = self.id("offbook id") if token_type else None
        self.facts = TableFacts(tuple(f["id"] for f in self.sheet.fields), token=token, modified=(self.id("Edited"),))
        self.writes = {
            Op.CREATE: ("PATCH" if token_type == "singleLineText" else "POST", _RECORDS),
            Op.UPDATE: ("PATCH", _RECORDS),
            Op.DELETE: ("DELETE", _RECORDS),
        }

    def _customers(self, token_type: str) -> Sheet:
        given: list[Any] = [
            ("Name", "singleLineText"),
            ("Notes", "multilineText"),
            ("Mail", "email"),
            ("Level", "singleSelect", choices("VIP", "Normal")),
            ("Company", "multipleRecordLinks", {"linkedTableId": self.companies.id, "prefersSingleRecordLink": True}),
            ("Born", "date", {"dateFormat": {"name": "iso", "format": "YYYY-MM-DD"}}),
            ("Next call", "dateTime", {"timeZone": "client"}),
            ("Stars", "rating", {"max": 5}),
            ("Active", "checkbox", {}),
            ("Worth", "formula", {"result": {"type": "number", "options": {"precision": 0}}}),
            ("Edited", "lastModifiedTime", {"result": {"type": "dateTime", "options": {}}}),
        ]
        if token_type:
            given.append(("offbook id", token_type))
        return Sheet("tblCustomers00001", "Customers", list(fields_of(*given)))

    def id(self, name: str) -> str:
        """A field's id by its name."""
        found = self.sheet.field(name)
        assert found is not None
        return str(found["id"])

    def options(self) -> Mapping[str, object]:
        return {"base": self._base.id, "token": SecretStr(TOKEN), "base_url": self.fake.base}

    # -------------------------------------------------------------------------- people

    def add(self, values: Mapping[str, Value]) -> str:
        return self.fake.add(self.sheet, self._cells(values))

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.fake.edit(self.sheet, key, self._cells(values))

    def remove(self, key: str) -> None:
        del self.sheet.records[key]

    def _cells(self, values: Mapping[str, Value]) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    def rows(self) -> list[Mapping[str, Value]]:
        named = {one["name"]: one["id"] for one in (self.sheet.field("Level") or {})["options"]["choices"]}
        blank: dict[str, Value] = dict.fromkeys(f["id"] for f in self.sheet.fields)
        level = self.id("Level")
        rows = [{**blank, **one.cells} for one in self.sheet.records.values()]
        return [{**row, level: named.get(row[level], row[level])} for row in rows]

    def state(self) -> object:
        return [(one.id, dict(one.cells)) for table in self._base.tables for one in table.records.values()]

    def fill(self, count: int) -> None:
        for number in range(count):
            self.fake.add(self.sheet, {self.text[0]: f"record {number}"})

    # -------------------------------------------------------------------------- trouble

    def cut_pull(self) -> None:
        self.fake.cut = True

    def loop_pull(self) -> None:
        self.fake.looping = 1

    def add_late(self, values: Mapping[str, Value]) -> str:
        key = self.add(values)
        self.sheet.records[key].created -= timedelta(minutes=4)
        return key

    def other_scope(self) -> Connector:
        self.sheet.views["Mine"] = lambda record: record.id > min(self.sheet.records)
        options = self.spec.options.model_validate({**self.options(), "views": {self.table: "Mine"}})
        return self.spec.connect(options, Context(self.gate, self.vault, {self.table: self.facts}, self.timezone))

    def hide(self, field: str) -> None:
        self.sheet.fields = [one for one in self.sheet.fields if one["id"] != field]

    def damage(self, key: str) -> str:
        self.sheet.records[key].cells[self.id("Worth")] = {"error": "#ERROR!"}
        return self.id("Worth")

    def date_field(self) -> str:
        return self.id("Born")

    def datetime_field(self) -> str:
        return self.id("Next call")

    def type_clock(self, key: str, clock: datetime) -> None:
        """Airtable turns what a person types into UTC by the person's own zone."""
        typed = clock.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)
        self.edit(key, {self.id("Next call"): typed.strftime("%Y-%m-%dT%H:%M:%S.000Z")})

    def forbid(self) -> None:
        self.fake.denied.add(self.table)

    def bad(self) -> tuple[str, Value]:
        return self.id("Stars"), 9

    def taste(self, field: str) -> None:
        self.fake.tastes.add(field)

    def choice_field(self) -> str:
        return self.id("Level")

    def lookup_field(self) -> str:
        return self.id("Company")

    def targets(self) -> object:
        return {key: dict(one.cells) for key, one in self.companies.records.items()}

    def link(self) -> LookUp:
        return LookUp(self.companies.id, self.company)

    def break_whole_write(self) -> None:
        """The first request of a write passes, the second finds the system down for good."""
        for method in ("PATCH", "POST", "DELETE"):
            self.fake.order(Trouble.SLOW, method, _RECORDS)
            self.fake.order(Trouble.BROKEN, method, _RECORDS, times=20)
