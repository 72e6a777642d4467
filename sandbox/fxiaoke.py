"""A pretended 纷享销客 (Fxiaoke), with the rules that its fact sheet tells: 200 whatever happens, a token of two hours that
two generations carry differently, 100 calls in 20 seconds for each endpoint, pages of 100 by `_id`, a recycle bin.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.server import Call, Fake, Rate, Reply

APP, SECRET, CODE, USER = "FSAID_sandbox", "app-secret-of-the-sandbox", "permanent-code-of-the-sandbox", "1000"
_LIFE: Final = 7200.0
_PAGE: Final = 100


def told(code: int, text: str) -> Reply:
    return Reply(200, {"errorCode": code, "errorMessage": text, "errorDescription": text, "traceId": "E-O.sandbox"})


def fine(more: Mapping[str, Any]) -> Reply:
    return Reply(
        200, {"errorCode": 0, "errorMessage": "OK", "errorDescription": "success", "traceId": "E-O.sandbox", **more}
    )


@dataclass
class Thing:
    """An object: fields by api name as they are described, rows by `_id`."""

    name: str
    label: str
    fields: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


class FxiaokeFake(Fake):
    """signed: who signed in. fired: approvals and workflows that writes set off. denied: objects the user may not see."""

    rates: tuple[Rate, ...] = (
        Rate(100, 20.0, only="/cgi/crm/", of=lambda call: call.path),
        Rate(10, 60.0, only="/oauth2.0/token|/corpAccessToken/"),
    )

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.things: dict[str, Thing] = {}
        self.denied: set[str] = set()
        self.fired = 0
        self.tokens: dict[str, float] = {}
        self._ids, self._made = itertools.count(1), itertools.count(1)
        self.route("POST", "/oauth2.0/token", self._token)
        self.route("POST", "/cgi/corpAccessToken/get/V2", self._legacy_token)
        self.route("POST", "/cgi/crm/v2/object/list", self._objects)
        self.route("POST", "/cgi/crm/v2/object/describe", self._described)
        acts = {
            "query": self._query,
            "get": self._get,
            "create": self._create,
            "update": self._update,
            "invalid": self._invalid,
        }
        acts |= {"recover": self._recover, "delete": self._delete, "changeOwner": self._change_owner}
        for name, act in acts.items():
            for base in ("/cgi/crm/v2/data", "/cgi/crm/custom/v2/data"):
                self.route("POST", f"{base}/{name}", act)

    def too_fast(self, wait: float | None) -> Reply:
        del wait
        return told(30004, "接口调用超过每秒限制")

    def failed(self) -> Reply:
        return told(-1, "系统繁忙")

    def unknown(self, call: Call) -> Reply:
        return told(10006, "缺少 scope")

    def allow(self, call: Call) -> Reply | None:
        if not call.arg("thirdTraceId"):
            return told(10006, "缺少 thirdTraceId")
        if "token" in call.path.lower():
            return None
        body = call.json or {}
        token = str(body.get("corpAccessToken") or call.headers.get("authorization", "").removeprefix("Bearer "))
        who = body.get("currentOpenUserId") or call.headers.get("x-fs-userid")
        corp = body.get("corpId") or call.headers.get("x-fs-ea")
        if self.tokens.get(token, 0.0) <= self.now().timestamp() or not who or corp != "corp1":
            return told(20016, "the cropId,cropAccessToken or authorization is error")
        return None

    # -------------------------------------------------------------------------- people

    def thing(self, name: str, label: str, fields: Mapping[str, Mapping[str, Any]]) -> Thing:
        system = {
            "_id": {"label": "id", "type": "text"},
            "owner": {"label": "负责人", "type": "employee"},
            "last_modified_time": {"label": "最后修改时间", "type": "date_time"},
            "life_status": {"label": "生命状态", "type": "select_one"},
        }
        self.things[name] = Thing(name, label, {**system, **{n: dict(f) for n, f in fields.items()}})
        return self.things[name]

    def add(self, thing: str, values: Mapping[str, Any], at: datetime | None = None) -> str:
        id_ = f"{next(self._ids):024x}"
        self.things[thing].rows[id_] = {"_id": id_, "life_status": "normal", "lock_status": "0", **values}
        self._touch(thing, id_, at)
        return id_

    def edit(self, thing: str, id_: str, values: Mapping[str, Any]) -> None:
        self.things[thing].rows[id_].update(values)
        self._touch(thing, id_)

    def _touch(self, thing: str, id_: str, at: datetime | None = None) -> None:
        row = self.things[thing].rows[id_]
        moment = int((at or self.now()).timestamp() * 1000)
        row["last_modified_time"] = moment if at else max(moment, int(row.get("last_modified_time", 0)) + 1)

    def expire(self) -> None:
        """Every token dies now."""
        self.tokens.clear()

    # -------------------------------------------------------------------------- signing in

    def _is_app(self, call: Call) -> bool:
        body = call.json or {}
        return (body.get("appId"), body.get("appSecret"), body.get("permanentCode")) == (APP, SECRET, CODE)

    def _given(self) -> str:
        token = f"token-{next(self._made)}-{'x' * 24}"
        self.tokens[token] = self.now().timestamp() + _LIFE
        return token

    def _token(self, call: Call) -> Reply:
        if not self._is_app(call) or (call.json or {}).get("grantType") != "app_secret":
            return told(10006, "appSecret missing or illegal")
        return fine({"accessToken": self._given(), "ea": "corp1", "expiresIn": int(_LIFE)})

    def _legacy_token(self, call: Call) -> Reply:
        if not self._is_app(call):
            return told(10006, "appSecret missing or illegal")
        return fine({"corpAccessToken": self._given(), "corpId": "corp1", "expiresIn": int(_LIFE)})

    # -------------------------------------------------------------------------- reading

    def _objects(self, call: Call) -> Reply:
        del call
        shown = [
            {"describeApiName": t.name, "describeDisplayName": t.label, "isActive": True} for t in self.things.values()
        ]
        return fine({"data": {"objects": shown}})

    def _described(self, call: Call) -> Reply:
        body = call.json or {}
        thing = self.things.get(str(body.get("apiName") or (body.get("data") or {}).get("apiName")))
        if thing is None or thing.name in self.denied:
            return told(201112003, "对象不存在或没有权限")
        return fine(
            {"data": {"describe": {"fields": {n: f for n, f in thing.fields.items() if n not in thing.hidden}}}}
        )

    def _thing(self, call: Call) -> Thing | None:
        data = (call.json or {}).get("data") or {}
        name = str(data.get("dataObjectApiName") or (data.get("object_data") or {}).get("dataObjectApiName"))
        custom = "/custom/" in call.path
        return self.things.get(name) if name not in self.denied and custom == name.endswith("__c") else None

    def _query(self, call: Call) -> Reply:
        thing = self._thing(call)
        if thing is None:
            return told(201112003, "对象不存在或没有权限")
        search = call.json["data"]["search_query_info"]
        if int(search["offset"]) > 10_000:
            return told(10013, "offset out of range 10000")
        found = [
            r
            for r in thing.rows.values()
            if r["life_status"] != "invalid" and all(_holds(r, f) for f in search["filters"])
        ]
        found.sort(key=lambda row: str(row["_id"]))
        start, size = int(search["offset"]), min(int(search["limit"]), _PAGE)
        wanted = search.get("fieldProjection") or list(thing.fields)
        return fine(
            {"data": {"dataList": [self._shown(thing, r, wanted) for r in found[start : start + size]], "total": 0}}
        )

    def _shown(self, thing: Thing, row: Mapping[str, Any], wanted: list[str] | None = None) -> dict[str, Any]:
        names = [n for n in (wanted or row) if n not in thing.hidden]
        return {n: row[n] for n in names if row.get(n) not in (None, "", [])}

    def _get(self, call: Call) -> Reply:
        thing, id_ = self._thing(call), str(call.json["data"].get("objectDataId"))
        if thing is None or id_ not in thing.rows:
            return told(201112004, "数据不存在")
        return fine({"data": self._shown(thing, thing.rows[id_])})

    # -------------------------------------------------------------------------- writing

    def _wrong(self, thing: Thing, values: Mapping[str, Any]) -> str:
        for name, value in values.items():
            described = thing.fields.get(name)
            if described is None or name in thing.hidden:
                return name
            type_ = described["type"]
            if value in (None, "", []):
                continue
            if type_ in ("number", "currency") and not _is_number(value):
                return name
            if type_ == "select_one" and value not in {o["value"] for o in described["options"]}:
                return name
            if type_ == "object_reference" and value not in self.things[described["target_api_name"]].rows:
                return name
            if type_ in ("text", "long_text") and (
                not isinstance(value, str) or len(value) > int(described.get("max_length", 100_000))
            ):
                return name
            if type_ == "employee" and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
                return name
        return ""

    def _fire(self, call: Call) -> None:
        if call.json.get("triggerWorkFlow", True) or call.json.get("triggerApprovalFlow", True):
            self.fired += 1

    def _create(self, call: Call) -> Reply:
        thing = self._thing(call)
        if thing is None:
            return told(201112003, "对象不存在或没有权限")
        values = {n: v for n, v in call.json["data"]["object_data"].items() if n != "dataObjectApiName"}
        if name := self._wrong(thing, values):
            return told(201112011, f"字段 {name} 的值不合法")
        self._fire(call)
        return fine({"dataId": self.add(thing.name, {"owner": [USER], **values})})

    def _update(self, call: Call) -> Reply:
        thing = self._thing(call)
        values = dict(call.json["data"]["object_data"])
        id_ = str(values.pop("_id", ""))
        values.pop("dataObjectApiName", None)
        if thing is None or thing.rows.get(id_, {}).get("life_status", "invalid") == "invalid":
            return told(201112004, "数据不存在或已作废")
        if thing.rows[id_]["lock_status"] == "1":
            return told(201112020, "数据已锁定")
        if "owner" in values or (name := self._wrong(thing, values)):
            return told(201112011, f"字段 {'owner' if 'owner' in values else name} 的值不合法")
        self.edit(thing.name, id_, values)
        self._fire(call)
        return fine({})

    def _change_owner(self, call: Call) -> Reply:
        thing = self._thing(call)
        for one in call.json["data"]["Data"]:
            if thing is None or one["objectDataId"] not in thing.rows:
                return told(201112004, "数据不存在")
            self.edit(thing.name, one["objectDataId"], {"owner": one["ownerId"]})
        return fine({})

    def _invalid(self, call: Call) -> Reply:
        thing, id_ = self._thing(call), str(call.json["data"].get("object_data_id"))
        if thing is None or thing.rows.get(id_, {}).get("life_status", "invalid") == "invalid":
            return told(201112004, "数据不存在或已作废")
        self.edit(thing.name, id_, {"life_status": "invalid"})
        return fine({})

    def _recover(self, call: Call) -> Reply:
        thing = self._thing(call)
        for id_ in call.json["data"]["idList"]:
            if thing is None or thing.rows.get(id_, {}).get("life_status") != "invalid":
                return told(201112004, "数据不存在")
            self.edit(thing.name, id_, {"life_status": "normal"})
        return fine({})

    def _delete(self, call: Call) -> Reply:
        thing = self._thing(call)
        for id_ in call.json["data"]["idList"]:
            if thing is None or thing.rows.get(id_, {}).get("life_status") != "invalid":
                return told(201112005, "只能删除已作废的数据")
            del thing.rows[id_]
        return fine({})


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _holds(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    shown, op, values = row.get(wanted["field_name"]), wanted["operator"], wanted["field_values"]
    if op in ("EQ", "IN"):
        return shown in values
    if shown is None:
        return False
    if op == "GT":
        return bool(shown > values[0])
    return op == "BETWEEN" and bool(values[0] <= shown <= values[1])
