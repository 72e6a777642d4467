"""How does the contract suite reach behind the fxiaoke connector?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import orjson

from connectors.contract import Connector, LookUp, Op, TableFacts, Value
from connectors.fxiaoke import SPEC
from connectors.shared.fxiaoke.fields import MODIFIED, Column, columns_of
from sandbox.fxiaoke import APP, CODE, SECRET, USER, FxiaokeFake
from sandbox.server import Call, Reply, Trouble
from tests.web_rig import WebRig

TABLE, COMPANIES = "customer__c", "AccountObj"
TEXT = {"type": "text", "label": "text"}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "name": TEXT,
    "tel": {**TEXT, "max_length": 10_000},
    "remark": {"type": "long_text", "label": "备注"},
    "level": {
        "type": "select_one",
        "label": "级别",
        "options": [{"value": "a", "label": "VIP"}, {"value": "b", "label": "普通"}],
    },
    "born": {"type": "date", "label": "生日"},
    "met": {"type": "date_time", "label": "拜访"},
    "size": {"type": "number", "label": "人数"},
    "company": {"type": "object_reference", "label": "客户", "target_api_name": COMPANIES},
    "offbook_id": TEXT,
}


class FxiaokeRig(WebRig):
    fake: FxiaokeFake
    spec = SPEC
    table = TABLE
    text = ("name", "tel", "remark")
    many = 230
    crowd = 1_201
    listing = ("POST", "/query$")
    secrets = (SECRET, CODE)
    generation = "current"
    writes = {  # noqa: RUF012
        Op.CREATE: ("POST", "/create$"),
        Op.UPDATE: ("POST", "/update$"),
        Op.ARCHIVE: ("POST", "/invalid$"),
        Op.RESTORE: ("POST", "/recover$"),
        Op.DELETE: ("POST", "/delete$"),
    }
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "cut_pull": "a page comes whole, or not at all",
        "merge": "the API merges nothing",
        "taste": "texts are stored as they are sent",
        "slow_job": "there are no jobs",
        "type_clock": "moments are milliseconds, never a clock on the wall",
    }

    def __init__(self) -> None:
        super().__init__()
        self.fake = FxiaokeFake(now=self.gate.now)
        self.fake.rates = ()  # the suite's gate counts and does not wait; the rate is tried by itself
        self.fake.thing(TABLE, "客户档案", FIELDS)
        self.fake.thing(COMPANIES, "客户", {"name": TEXT})
        self.fake.start()
        names = ("name", "tel", "remark", "level", "born", "met", "size", "company", "owner")
        self.facts = TableFacts(names, token="offbook_id")
        self.user = USER

    def columns(self) -> dict[str, Column]:
        return columns_of({"fields": self.fake.things[TABLE].fields})

    def options(self) -> Mapping[str, object]:
        said = {"app_id": APP, "app_secret": SECRET, "permanent_code": CODE, "acting_user": self.user}
        return {**said, "base_url": self.fake.base, "generation": self.generation}

    def _raw(self, values: Mapping[str, Value]) -> dict[str, Any]:
        columns = self.columns()
        return {name: columns[name].write(value) for name, value in values.items()}

    def add(self, values: Mapping[str, Value]) -> str:
        return self.fake.add(TABLE, self._raw(values))

    def add_late(self, values: Mapping[str, Value]) -> str:
        return self.fake.add(TABLE, self._raw(values), at=self.gate.now() - timedelta(seconds=30))

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.fake.edit(TABLE, key, self._raw(values))

    def remove(self, key: str) -> None:
        del self.fake.things[TABLE].rows[key]

    def rows(self) -> list[Mapping[str, Value]]:
        columns = {name: one for name, one in self.columns().items() if name != MODIFIED}
        live = [row for row in self.fake.things[TABLE].rows.values() if row["life_status"] != "invalid"]
        return [{name: column.read(row.get(name)) for name, column in columns.items()} for row in live]

    def state(self) -> object:
        return [dict(row) for thing in self.fake.things.values() for row in thing.rows.values()]

    def loop_pull(self) -> None:
        """Conditions are taken for nothing, so that the first page comes again."""

        def again(call: Call) -> Reply:
            body = call.json
            body["data"]["search_query_info"]["filters"] = []
            return self.fake._query(replace(call, body=orjson.dumps(body)))

        self.fake._routes = [(m, p, again if p.pattern.endswith("query") else h) for m, p, h in self.fake._routes]

    def other_scope(self) -> Connector:
        self.user = "1001"
        return self.open()

    def hide(self, field: str) -> None:
        self.fake.things[TABLE].hidden.add(field)

    def forbid(self) -> None:
        self.fake.denied.add(TABLE)

    def archive(self, key: str) -> None:
        self.fake.edit(TABLE, key, {"life_status": "invalid"})

    def damage(self, key: str) -> str:
        self.fake.edit(TABLE, key, {"born": "soon"})
        return "born"

    def date_field(self) -> str:
        return "born"

    def datetime_field(self) -> str:
        return "met"

    def type_clock(self, key: str, clock: datetime) -> None:
        self.edit(key, {"met": clock.replace(tzinfo=ZoneInfo(self.timezone))})

    def type_date(self, key: str, day: date) -> None:
        self.edit(key, {"born": day})

    def bad(self) -> tuple[str, Value]:
        return "size", "many"

    def choice_field(self) -> str:
        return "level"

    def lookup_field(self) -> str:
        return "company"

    def targets(self) -> object:
        return sorted(self.fake.things[COMPANIES].rows)

    def own_call_field(self) -> str:
        return "owner"

    def own_call_value(self) -> Value:
        return LookUp("@staff", "1002")

    def lose_own_call(self) -> None:
        self.fake.order(Trouble.LOST, "POST", "/changeOwner$")

    def fired(self) -> int:
        return self.fake.fired

    def throttle(self) -> None:
        self.fake.order(Trouble.TOO_FAST, "POST", "/cgi/crm/")


class LegacyRig(FxiaokeRig):
    generation = "legacy"
