"""How does the contract suite reach behind the wecom connector?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import orjson

from connectors.contract import Connector, Op, TableFacts, Value
from connectors.shared.wecom.fields import fields
from connectors.wecom import SPEC, TABLE
from sandbox.server import Call, Reply, Trouble
from sandbox.wecom import CORP, SECRET, WeComFake
from tests.web_rig import WebRig

MEMBER = "wangfang"
TAGS = {"etVIP": "VIP", "etOLD": "老客户"}
FIELDS = ("name", "remark", "description", "remark_company", "remark_mobiles", "tag_id", "userid", "createtime")


class WeComRig(WebRig):
    fake: WeComFake
    spec = SPEC
    table = TABLE
    text = ("name", "description", "remark")
    many = 250
    crowd = 1_201
    listing = ("POST", "/get_by_user$")
    secrets = (SECRET, "accesstoken")
    writes = {Op.UPDATE: ("POST", "/remark$")}  # noqa: RUF012
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "add_late": "the system tells no edit times",
        "hide": "there are no rights of single fields",
        "date_field": "there are no dates, only moments",
        "type_clock": "moments are seconds, never a clock on the wall",
        "merge": "the system merges nothing",
        "archive": "the system archives nothing",
        "taste": "texts are stored as they are sent",
        "lookup_field": "the only look-up is the colleague who holds the contact, and nobody may write it",
        "slow_job": "there are no jobs",
    }

    def __init__(self) -> None:
        super().__init__()
        self.fake = WeComFake(now=self.gate.now)
        self.fake.rates = ()  # the suite's gate counts and does not wait; the rate is tried by itself
        self.fake.members = [MEMBER, "lilei"]
        self.fake.tags = dict(TAGS)
        self.fake.start()
        self.facts = TableFacts(FIELDS)
        self.users: list[str] = []

    def options(self) -> Mapping[str, object]:
        return {"corp_id": CORP, "secret": SECRET, "base_url": self.fake.base, "users": self.users}

    @staticmethod
    def _raw(values: Mapping[str, Value]) -> dict[str, Any]:
        return {"remark_corp_name" if name == "remark_company" else name: value for name, value in values.items()}

    def add(self, values: Mapping[str, Value]) -> str:
        raw = {name: value or "" for name, value in self._raw(values).items()}
        contact = self.fake.add(MEMBER, raw.pop("name", ""), **raw)
        return f"{contact}/{MEMBER}"

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        contact, _, member = key.partition("/")
        self.fake.edit(contact, member, **self._raw(values))

    def remove(self, key: str) -> None:
        self.fake.drop(*key.split("/"))

    def rows(self) -> list[Mapping[str, Value]]:
        found: list[Mapping[str, Value]] = []
        for one in self.fake.contacts.values():
            for follow in one.holders.values():
                shown = {**one.values, **follow, "remark_company": follow.get("remark_corp_name")}
                found.append({field.id: self._plain(shown.get(field.id)) for field in fields(None)})
        return found

    @staticmethod
    def _plain(value: Any) -> Value:
        """Tags stand in lists, also where there is one."""
        found: Value = value[0] if isinstance(value, list) and len(value) == 1 else value
        return None if found in ("", []) else found

    def state(self) -> object:
        return [(dict(one.values), [dict(f) for f in one.holders.values()]) for one in self.fake.contacts.values()]

    def loop_pull(self) -> None:
        def again(call: Call) -> Reply:
            return self.fake._listed(replace(call, body=orjson.dumps({**call.json, "cursor": ""})))

        self.fake._routes = [(m, p, again if "get_by_user" in p.pattern else h) for m, p, h in self.fake._routes]

    def cut_pull(self) -> None:
        """A member, the first to be asked for, may not be read."""
        self.fake.members.append("aaa")
        self.fake.unreadable.add("aaa")

    def other_scope(self) -> Connector:
        self.users = ["lilei"]
        return self.open()

    def forbid(self) -> None:
        self.fake.denied = True

    def damage(self, key: str) -> str:
        self.edit(key, {"createtime": "soon"})
        return "createtime"

    def datetime_field(self) -> str:
        return "createtime"

    def bad(self) -> tuple[str, Value]:
        return "remark", "一二三四五六七八九十一二三四五六七八九十一"

    def choice_field(self) -> str:
        return "tag_id"

    def own_call_field(self) -> str:
        return "tag_id"

    def own_call_value(self) -> Value:
        return ("etVIP",)

    def lose_own_call(self) -> None:
        self.fake.order(Trouble.LOST, "POST", "/mark_tag$")

    def fired(self) -> int:
        return self.fake.fired

    def throttle(self) -> None:
        self.fake.order(Trouble.TOO_FAST, "POST", "/get_by_user$")
