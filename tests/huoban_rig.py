"""How does the contract suite reach behind the huoban connector?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

import orjson

from connectors.contract import Op, TableFacts, Value
from connectors.huoban import SPEC
from connectors.shared.values import as_text
from sandbox.huoban import KEY, SPACE, HuobanFake
from sandbox.server import Call, Reply, Trouble
from tests.web_rig import WebRig

TABLE = "2100000000000009"
NAMES = {"name": "2200000000000001", "phone": "2200000000000002", "note": "2200000000000003"}
LEVEL, BORN, MET, SIZE, COMPANY, TOKEN = (f"22000000000000{n}" for n in ("11", "12", "13", "14", "15", "16"))
COMPANIES = "2100000000000010"


def column(id_: str, name: str, type_: str = "text", **config: Any) -> dict[str, Any]:
    return {"field_id": id_, "name": name, "type": type_, "config": config}


class HuobanRig(WebRig):
    fake: HuobanFake
    spec = SPEC
    table = TABLE
    text = (NAMES["name"], NAMES["phone"], NAMES["note"])
    many = 250
    crowd = 1_201
    listing = ("POST", "/item/list$")
    secrets = (KEY,)
    writes = {  # noqa: RUF012
        Op.CREATE: ("POST", "/item$"),
        Op.UPDATE: ("PUT", "/item/"),
        Op.DELETE: ("DELETE", "/item/"),
    }
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "cut_pull": "a page comes whole, or not at all",
        "add_late": "the system tells no edit times",
        "merge": "the system merges nothing",
        "archive": "the system archives nothing",
        "other_scope": "the table is read without a view",
        "taste": "texts are stored as they are sent",
        "own_call_field": "a record is written by one request",
        "slow_job": "there are no jobs",
    }

    def __init__(self) -> None:
        super().__init__()
        self.fake = HuobanFake(now=self.gate.now)
        self.fake.rates = ()  # the suite's gate counts and does not wait; the rate is tried by itself
        fields = [column(id_, name) for name, id_ in NAMES.items()]
        fields += [
            column(LEVEL, "level", "category", options=[{"id": "1", "name": "VIP"}, {"id": "2", "name": "普通"}]),
            column(BORN, "born", "date"),
            column(MET, "met", "datetime"),
            column(SIZE, "size", "number"),
            column(COMPANY, "company", "relation", table_id=COMPANIES),
            column(TOKEN, "offbook_id"),
        ]
        self.fake.table(TABLE, "客户", fields)
        self.fake.table(COMPANIES, "公司", [column("2200000000000099", "name")])
        self.fake.start()
        self.facts = TableFacts((*self.text, LEVEL, BORN, MET, SIZE, COMPANY), token=TOKEN)

    def options(self) -> Mapping[str, object]:
        return {"api_key": KEY, "space": SPACE, "base_url": self.fake.url}

    def add(self, values: Mapping[str, Value]) -> str:
        return self.fake.add(TABLE, {name: self._raw(value) for name, value in values.items()})

    @staticmethod
    def _raw(value: Value) -> Any:
        return as_text(value) if isinstance(value, date) else value

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self.fake.edit(key, {name: self._raw(value) for name, value in values.items()})

    def remove(self, key: str) -> None:
        self.fake.remove(key)

    @staticmethod
    def _plain(value: Any) -> Value:
        """Options and people stand in lists, also where there is one."""
        found: Value = value[0] if isinstance(value, list) and value else value
        return None if found in ("", []) else found

    def rows(self) -> list[Mapping[str, Value]]:
        return [{n: self._plain(v) for n, v in one.values.items()} for one in self.fake.tables[TABLE].items]

    def state(self) -> object:
        return [(one.id, dict(one.values)) for table in self.fake.tables.values() for one in table.items]

    def loop_pull(self) -> None:
        first = self.fake._listed

        def again(call: Call) -> Reply:
            return first(replace(call, body=orjson.dumps({**call.json, "offset": 0})))

        self.fake._routes = [(m, p, again if p.pattern.endswith("item/list") else h) for m, p, h in self.fake._routes]

    def hide(self, field: str) -> None:
        self.fake.tables[TABLE].hidden.add(field)

    def forbid(self) -> None:
        self.fake.denied.add(TABLE)

    def damage(self, key: str) -> str:
        self.fake.edit(key, {BORN: "soon"})
        return BORN

    def date_field(self) -> str:
        return BORN

    def datetime_field(self) -> str:
        return MET

    def type_clock(self, key: str, clock: datetime) -> None:
        self.fake.edit(key, {MET: clock.strftime("%Y-%m-%d %H:%M:%S")})

    def bad(self) -> tuple[str, Value]:
        return SIZE, "many"

    def choice_field(self) -> str:
        return LEVEL

    def lookup_field(self) -> str:
        return COMPANY

    def targets(self) -> object:
        return [one.id for one in self.fake.tables[COMPANIES].items]

    def fired(self) -> int:
        return self.fake.fired

    def throttle(self) -> None:
        self.fake.order(Trouble.TOO_FAST)
