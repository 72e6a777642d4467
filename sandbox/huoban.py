"""A pretended 伙伴云 (Huoban), with the rules that its fact sheet tells: errors inside 200, unset fields left out, options
by id, a text filter `in` that means "contains", filters that it does not know ignored in silence, ten requests a second.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.server import Call, Fake, Rate, Reply

KEY: Final = "hb-key-for-the-sandbox"
SPACE: Final = "4000000000000001"
_PAGE: Final = 100


def told(code: int, message: str) -> Reply:
    return Reply(200, {"code": code, "message": message})


def fine(data: object) -> Reply:
    return Reply(200, {"code": 0, "message": "success", "data": data})


@dataclass
class Item:
    id: str
    values: dict[str, Any]
    number: int


@dataclass
class Table:
    """fields: as the API describes them. hidden: ids that this key does not see."""

    id: str
    name: str
    fields: list[dict[str, Any]]
    items: list[Item] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)


class HuobanFake(Fake):
    """filters: whether `filter` is understood at all. denied: tables that the key may not read. fired: workflows that
    writes set off."""

    rates: tuple[Rate, ...] = (Rate(10, 1.0, of=lambda call: call.headers.get("open-authorization", "")),)

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.tables: dict[str, Table] = {}
        self.filters = True
        self.totals = True
        self.denied: set[str] = set()
        self.fired = 0
        self._ids = itertools.count(2300000000000001)
        base = "/openapi/v1"
        self.route("POST", f"{base}/table/list", self._tables)
        self.route("POST", f"{base}/table/{{table}}", self._described)
        self.route("POST", f"{base}/item/list", self._listed)
        self.route("POST", f"{base}/item", self._created)
        self.route("POST", f"{base}/item/{{item}}", self._one)
        self.route("PUT", f"{base}/item/{{item}}", self._updated)
        self.route("DELETE", f"{base}/item/{{item}}", self._deleted)

    @property
    def url(self) -> str:
        return f"{self.base}/openapi/v1"

    def too_fast(self, wait: float | None) -> Reply:
        del wait  # it does not say for how long
        return told(429, "请求过于频繁，请稍后再试")

    def failed(self) -> Reply:
        return Reply(500, {"code": 500, "message": "server error"})

    def unknown(self, call: Call) -> Reply:
        return told(501, "unknown method")

    def allow(self, call: Call) -> Reply | None:
        return None if call.headers.get("open-authorization") == f"Bearer {KEY}" else told(100, "authentication failed")

    # -------------------------------------------------------------------------- people

    def table(self, id_: str, name: str, fields: list[dict[str, Any]]) -> Table:
        self.tables[id_] = Table(id_, name, fields)
        return self.tables[id_]

    def add(self, table: str, values: Mapping[str, Any]) -> str:
        number = next(self._ids)
        self.tables[table].items.append(Item(str(number), dict(values), number))
        return str(number)

    def edit(self, item: str, values: Mapping[str, Any]) -> None:
        self._find(item)[1].values.update(values)

    def remove(self, item: str) -> None:
        table, found = self._find(item)
        table.items.remove(found)

    def _find(self, item: str) -> tuple[Table, Item]:
        for table in self.tables.values():
            for one in table.items:
                if one.id == item and table.id not in self.denied:
                    return table, one
        raise KeyError(item)

    # -------------------------------------------------------------------------- the API

    def _tables(self, call: Call) -> Reply:
        if str((call.json or {}).get("space_id")) != SPACE:
            return told(502, "One of the parameters specified was missing or invalid. parameters name space_id")
        return fine({"tables": [{"table_id": t.id, "name": t.name, "space_id": SPACE} for t in self.tables.values()]})

    def _described(self, call: Call) -> Reply:
        table = self.tables.get(call.parts["table"])
        if table is None or table.id in self.denied:
            return told(3500002, "数据不存在或已删除")
        return fine(
            {"table": {"table_id": table.id, "fields": [f for f in table.fields if f["field_id"] not in table.hidden]}}
        )

    def _listed(self, call: Call) -> Reply:
        body = call.json or {}
        table = self.tables.get(str(body.get("table_id")))
        if table is None or table.id in self.denied:
            return told(3500002, "数据不存在或已删除")
        found = [one for one in table.items if not self.filters or self._passes(table, one, body.get("filter"))]
        start, size = int(body.get("offset", 0)), min(int(body.get("limit", 20)), _PAGE)
        shown = [self._shown(table, one) for one in sorted(found, key=lambda one: one.number)[start : start + size]]
        totals = {"total": len(table.items), "filtered": len(found)} if self.totals else {}
        return fine({"items": shown, **totals})

    def _one(self, call: Call) -> Reply:
        try:
            table, item = self._find(call.parts["item"])
        except KeyError:
            return told(3500002, "数据不存在或已删除")
        return fine({"item": self._shown(table, item)})

    def _shown(self, table: Table, item: Item) -> dict[str, Any]:
        kinds = {f["field_id"]: f for f in table.fields if f["field_id"] not in table.hidden}
        values = {n: self._out(kinds[n], v) for n, v in item.values.items() if n in kinds and v not in (None, "", [])}
        return {"item_id": item.id, "title": next(iter(map(str, item.values.values())), ""), "fields": values}

    def _out(self, described: Mapping[str, Any], value: Any) -> Any:
        type_ = described["type"]
        if type_ == "category":
            names = {o["id"]: o["name"] for o in described["config"]["options"]}
            return [{"id": one, "name": names.get(one, "")} for one in value]
        if type_ == "user":
            return [{"user_id": one, "name": f"user {one}"} for one in value]
        if type_ == "relation":
            return [{"item_id": one, "title": "…"} for one in value]
        return value

    def _passes(self, table: Table, item: Item, wanted: Any) -> bool:
        if not isinstance(wanted, Mapping):
            return True
        if "and" in wanted:
            return all(self._passes(table, item, one) for one in wanted["and"])
        if "or" in wanted:
            return any(self._passes(table, item, one) for one in wanted["or"])
        shown = item.id if wanted.get("field") == "item_id" else item.values.get(str(wanted.get("field")))
        return all(
            _holds(op, shown, value, exact=wanted.get("field") == "item_id")
            for op, value in wanted.get("query", {}).items()
        )

    # -------------------------------------------------------------------------- writing

    def _wrong(self, table: Table, values: Mapping[str, Any]) -> str:
        """The field that cannot be stored so; "" where all can."""
        kinds = {f["field_id"]: f for f in table.fields if f["field_id"] not in table.hidden}
        for name, value in values.items():
            described = kinds.get(name)
            if described is None:
                return name
            type_ = described["type"]
            if type_ == "number" and value is not None and (isinstance(value, bool | str)):
                return name
            if type_ == "category" and value and not set(value) <= {o["id"] for o in described["config"]["options"]}:
                return name
            if type_ == "relation" and value:
                there = {one.id for one in self.tables[described["config"]["table_id"]].items}
                if not set(value) <= there:
                    return name
            if type_ in ("text", "textarea") and value is not None and not isinstance(value, str):
                return name
        return ""

    def _refused(self, name: str) -> Reply:
        return told(502, f"One of the parameters specified was missing or invalid. parameters name {name}")

    def _created(self, call: Call) -> Reply:
        body = call.json or {}
        table = self.tables.get(str(body.get("table_id")))
        if table is None or table.id in self.denied:
            return told(3500002, "数据不存在或已删除")
        if name := self._wrong(table, body.get("fields") or {}):
            return self._refused(name)
        id_ = self.add(table.id, body.get("fields") or {})
        self.fired += 1
        return fine({"item": {"item_id": id_}})

    def _updated(self, call: Call) -> Reply:
        try:
            table, item = self._find(call.parts["item"])
        except KeyError:
            return told(3500002, "数据不存在或已删除")
        values = (call.json or {}).get("fields") or {}
        if name := self._wrong(table, values):
            return self._refused(name)
        item.values.update(values)
        self.fired += 1
        return fine({})

    def _deleted(self, call: Call) -> Reply:
        try:
            self.remove(call.parts["item"])
        except KeyError:
            return told(3500002, "数据不存在或已删除")
        return fine({})


def _holds(op: str, shown: Any, value: Any, *, exact: bool) -> bool:
    """`in` means "contains" for texts; what is not known lets everything through."""
    wanted = value if isinstance(value, list) else [value]
    if op == "eq" or (op == "in" and exact):
        return shown in wanted
    if op == "ne":
        return shown not in wanted
    if op == "in":
        return any(str(one) in str(shown or "") for one in wanted)
    if op == "em":
        return (shown in (None, "", [])) == bool(value)
    return True
