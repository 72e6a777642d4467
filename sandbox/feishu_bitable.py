"""A pretended 飞书多维表格 (Lark Base), with the rules that its pages tell: errors inside 200, tokens of two hours, fields
by name, empty cells left out, texts in pieces, batches that fall as one, options made of any text that is written,
dates compared by the day, a client_token that is remembered for a minute, 1254291 for two writers at a time, and under
advanced permissions success with nothing in it.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandbox.feishu_base import Row, Sheet, holds
from sandbox.feishu_cells import Bad, World, stored
from sandbox.server import Call, Fake, Rate, Reply, Trouble

APP: Final = "cli_sandbox"
SECRET: Final = "sandbox-secret-of-feishu"  # noqa: S105 - it opens nothing but a fake on this machine
BASE: Final = "SandboxBase0001"
WIKI: Final = "SandboxWiki0001"
PAGE: Final = 500
BATCH: Final = 1_000
KEYED: Final = 60.0
LIVES: Final = 7_200
_WRITES: Final = re.compile(r"/records/batch_(create|update|delete)$")
_SYSTEM: Final = {1001: "created", 1002: "modified", 1003: "creator", 1004: "editor"}


def told(code: int, message: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, {"code": code, "msg": message}, headers or {})


def fine(data: object) -> Reply:
    return Reply(200, {"code": 0, "msg": "success", "data": data})


def _rate(units: int, only: str) -> Rate:
    return Rate(units, 1.0, only=only, of=lambda call: call.headers.get("authorization", ""))


class FeishuFake(Fake):
    """advanced: whether the base has advanced permissions; manager: whether the app is a manager of it; guest: whether it
    was not added to the base at all. scopes: what the developer console grants. lag: how long a client_token is known."""

    rates: tuple[Rate, ...] = (
        _rate(20, r"/records/search$"), _rate(20, r"/records/batch_get$"), _rate(20, r"/fields$"), _rate(20, r"/tables$"),
        _rate(50, r"/batch_create$"), _rate(50, r"/batch_update$"), _rate(50, r"/batch_delete$"),
    )  # fmt: skip

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.sheets: dict[str, Sheet] = {}
        self.zone = ZoneInfo("Asia/Shanghai")
        self.scopes = {"bitable:app"}
        self.advanced, self.manager, self.guest = False, True, False
        self.people = {"ou_1", "ou_2", "ou_3"}
        self.conflicts = 0
        self.silent: set[str] = set()
        self.looping = 0
        self.cut = False
        self.largest = PAGE
        self.fired = 0
        self.tokens: dict[str, datetime] = {}
        self._keys: dict[tuple[str, str], tuple[datetime, Any]] = {}
        self._pages: dict[str, int] = {}
        self._ids = itertools.count(1)
        self._busy = 0
        self._count = threading.Lock()
        self._routed_paths()

    def _routed_paths(self) -> None:
        base = "/open-apis/bitable/v1/apps/{app}"
        records = f"{base}/tables/{{table}}/records"
        self.route("POST", "/open-apis/auth/v3/tenant_access_token/internal", self._signed_in)
        self.route("GET", "/open-apis/wiki/v2/spaces/get_node", self._node)
        self.route("GET", base, self._app)
        self.route("GET", f"{base}/roles", self._roles)
        self.route("GET", f"{base}/tables", self._tables)
        self.route("GET", f"{base}/tables/{{table}}/fields", self._fields)
        self.route("POST", f"{records}/search", self._search)
        self.route("POST", f"{records}/batch_get", self._got)
        self.route("POST", f"{records}/batch_create", self._created)
        self.route("POST", f"{records}/batch_update", self._updated)
        self.route("POST", f"{records}/batch_delete", self._deleted)

    # -------------------------------------------------------------------------- its words

    def too_fast(self, wait: float | None) -> Reply:
        headers = {} if wait is None else {"x-ogw-ratelimit-limit": "20", "x-ogw-ratelimit-reset": str(-(-wait // 1))}
        return told(99991400, "request trigger frequency limit", 429, headers)

    def failed(self) -> Reply:
        return told(1255001, "InternalError", 500)

    def unknown(self, call: Call) -> Reply:
        return Reply(404, b"404 page not found", {"Content-Type": "text/plain"})

    def handle(self, call: Call) -> tuple[Reply, Trouble | None]:
        """Two writes at a time are a conflict."""
        if not _WRITES.search(call.path):
            return super().handle(call)
        with self._count:
            self._busy += 1
            crowded = self._busy > 1
        try:
            return (told(1254291, "Write conflict"), None) if crowded else super().handle(call)
        finally:
            with self._count:
                self._busy -= 1

    def allow(self, call: Call) -> Reply | None:
        if call.path.endswith("/tenant_access_token/internal"):
            return None
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, datetime.min.replace(tzinfo=UTC)) <= self.now():
            return told(
                99991663, "Invalid access token for authorization. Please make a test with token attached.", 400
            )
        if "bitable:app" not in self.scopes and not (call.path.endswith("get_node")):
            return told(99991672, "Access denied. One of the following scopes is required: [bitable:app]", 400)
        named = re.match(r"/open-apis/bitable/v1/apps/(\w+)", call.path)
        if named is not None and named[1] != BASE:
            return told(91402, "NOTEXIST", 404)
        if self.guest and "/bitable/" in call.path:
            return told(91403, "Forbidden", 403)
        return None

    # -------------------------------------------------------------------------- people

    def sheet(self, id_: str, name: str, fields: list[dict[str, Any]]) -> Sheet:
        self.sheets[id_] = Sheet(id_, name, fields)
        return self.sheets[id_]

    def add(self, sheet: Sheet, cells: Mapping[str, Any], by: str = "ou_1") -> str:
        """cells: as they are shown."""
        number, now = next(self._ids), self._millis()
        row = Row(f"rec{number:011d}", {k: v for k, v in cells.items() if v is not None}, now, now, by, by)
        sheet.rows[row.id] = row
        return row.id

    def edit(self, sheet: Sheet, key: str, cells: Mapping[str, Any], by: str = "ou_1") -> None:
        row = sheet.rows[key]
        row.cells.update(cells)
        row.cells = {name: value for name, value in row.cells.items() if value is not None}
        row.modified, row.editor = max(self._millis(), row.modified + 1), by

    def expire(self) -> None:
        """All page tokens die."""
        self._pages.clear()

    def end_tokens(self) -> None:
        self.tokens.clear()

    def _millis(self) -> int:
        return int(self.now().timestamp() * 1000)

    # -------------------------------------------------------------------------- signing in, and what is there

    def _signed_in(self, call: Call) -> Reply:
        body = call.json or {}
        if (body.get("app_id"), body.get("app_secret")) != (APP, SECRET):
            return told(10014, "app secret invalid")
        now = self.now()
        known = next((t for t, end in self.tokens.items() if end - now >= timedelta(minutes=30)), None)
        if known is None:
            known = f"t-g{next(self._ids):06d}sandboxtoken"
            self.tokens[known] = now + timedelta(seconds=LIVES)
        expire = int((self.tokens[known] - now).total_seconds())
        return Reply(200, {"code": 0, "msg": "ok", "tenant_access_token": known, "expire": expire})

    def _node(self, call: Call) -> Reply:
        if call.arg("token") != WIKI:
            return told(131005, "node not found by token", 400)
        return fine({"node": {"obj_token": BASE, "obj_type": "bitable", "node_token": WIKI, "title": "客户"}})

    def _app(self, call: Call) -> Reply:
        app = {
            "app_token": BASE,
            "name": "客户",
            "revision": 1,
            "is_advanced": self.advanced,
            "time_zone": str(self.zone),
        }
        return fine({"app": app})

    def _roles(self, call: Call) -> Reply:
        if not self.advanced:
            return told(1254301, "OperationTypeError")
        if not self.manager:
            return told(1254302, "Permission denied.", 403)
        return fine({"items": [], "has_more": False, "total": 0})

    def _tables(self, call: Call) -> Reply:
        items = [{"table_id": one.id, "name": one.name, "revision": 1} for one in self.sheets.values()]
        return fine({"items": items, "has_more": False, "page_token": "", "total": len(items)})

    def _fields(self, call: Call) -> Reply:
        sheet = self.sheets.get(call.parts["table"])
        if sheet is None:
            return told(1254041, "TableIdNotFound")
        items = [one for one in sheet.fields if one["field_id"] not in sheet.hidden]
        size, start = min(int(call.arg("page_size", "20")), 100), int(call.arg("page_token", "0") or 0)
        more = start + size < len(items)
        token = str(start + size) if more else ""
        return fine({"items": items[start : start + size], "has_more": more, "page_token": token, "total": len(items)})

    # -------------------------------------------------------------------------- reading

    def _sees(self, row: Row) -> bool:
        return not (row.hidden and self.advanced and not self.manager)

    def _shown(self, sheet: Sheet, row: Row, names: list[str] | None = None, *, timed: bool = True) -> dict[str, Any]:
        veiled = set() if not self.advanced or self.manager else sheet.veiled
        fields: dict[str, Any] = {}
        for one in sheet.fields:
            id_ = one["field_id"]
            if id_ in sheet.hidden or id_ in veiled or (names is not None and one["field_name"] not in names):
                continue
            value = self._cell(one, row)
            if value is not None:
                fields[one["field_name"]] = value
        shown: dict[str, Any] = {"record_id": row.id, "fields": fields}
        if timed:
            shown |= {"created_time": row.created, "last_modified_time": row.modified}
            shown |= {"created_by": {"id": row.creator}, "last_modified_by": {"id": row.editor}}
        return shown

    def _cell(self, one: Mapping[str, Any], row: Row) -> Any:
        system = _SYSTEM.get(one["type"])
        if system is None:
            return row.cells.get(one["field_id"])
        found = getattr(row, system)
        return [{"id": found, "name": f"员工 {found[-1]}"}] if one["type"] in (1003, 1004) else found

    def _search(self, call: Call) -> Reply:
        sheet, body = self.sheets.get(call.parts["table"]), call.json or {}
        if sheet is None:
            return told(1254041, "TableIdNotFound")
        size = int(call.arg("page_size", "20"))
        if not 0 < size <= PAGE:
            return told(99992402, "field validation failed", 400)
        names = body.get("field_names")
        if names is not None and any(sheet.named(name) is None for name in names):
            return told(1254045, "FieldNameNotFound")
        try:
            rows = self._found(sheet, body)
        except Bad as bad:
            return told(bad.code, bad.message)
        token = call.arg("page_token")
        if token and token not in self._pages:
            return told(1254002, "Fail")
        start = self._pages.get(token, 0) if token and not self.looping else 0
        self.looping -= 1 if token and self.looping else 0
        timed = bool(body.get("automatic_fields"))
        items = [self._shown(sheet, row, names, timed=timed) for row in rows[start : start + size]]
        more = start + size < len(rows)
        after = f"pgt{next(self._ids)}" if more else ""
        if more:
            self._pages[after] = start + size
        if len(items) > self.largest:
            return told(1254030, "TooLargeResponse")
        if self.cut:
            items = items[:-1]
        return fine({"items": items, "has_more": more, "page_token": after, "total": len(rows)})

    def _found(self, sheet: Sheet, body: Mapping[str, Any]) -> list[Row]:
        """A view is ignored where a filter or an order is given. Raises Bad."""
        if sheet.id in self.silent:
            return []
        rows = [row for row in sheet.rows.values() if self._sees(row)]
        view, wanted = body.get("view_id"), body.get("filter")
        if view and not wanted and not body.get("sort"):
            if view not in sheet.views:
                raise Bad(1254042, "ViewIdNotFound")
            rows = [row for row in rows if sheet.views[view](row)]
        return [row for row in rows if wanted is None or self._passes(sheet, row, wanted)]

    def _passes(self, sheet: Sheet, row: Row, wanted: Mapping[str, Any]) -> bool:
        conditions = wanted.get("conditions") or []
        if len(conditions) > 50:
            raise Bad(1254018, "InvalidFilter")
        if len(str(dict(wanted))) > 2_200:  # its JSON would be a little shorter
            raise Bad(1254107, "FilterLengthExceedLimit")
        results = [self._holds(sheet, row, one) for one in conditions]
        return any(results) if wanted.get("conjunction") == "or" else all(results)

    def _holds(self, sheet: Sheet, row: Row, one: Mapping[str, Any]) -> bool:
        described = sheet.named(str(one.get("field_name")))
        if described is None:
            raise Bad(1254045, "FieldNameNotFound")
        veiled = self.advanced and not self.manager and described["field_id"] in sheet.veiled
        shown = None if veiled else self._cell(described, row)
        return holds(described["type"], shown, str(one.get("operator")), one.get("value") or [], self.zone)

    def _got(self, call: Call) -> Reply:
        sheet, body = self.sheets.get(call.parts["table"]), call.json or {}
        if sheet is None:
            return told(1254041, "TableIdNotFound")
        asked = list(dict.fromkeys(body.get("record_ids") or []))
        if not 0 < len(asked) <= 100:
            return told(99992402, "field validation failed", 400)
        if sheet.id in self.silent:
            return fine({"records": []})
        seen = [sheet.rows[key] for key in asked if key in sheet.rows and self._sees(sheet.rows[key])]
        timed = bool(body.get("automatic_fields"))
        return fine(
            {
                "records": [self._shown(sheet, row, timed=timed) for row in seen],
                "forbidden_record_ids": [k for k in asked if k in sheet.rows and not self._sees(sheet.rows[k])],
                "absent_record_ids": [key for key in asked if key not in sheet.rows],
            }
        )

    # -------------------------------------------------------------------------- writing

    def _written(self, call: Call, do: Callable[[Sheet, list[Any]], list[Any]]) -> Reply:
        """A batch falls as one. The same client_token again is answered as it was, and nothing is done."""
        sheet, given = self.sheets.get(call.parts["table"]), (call.json or {}).get("records") or []
        if sheet is None:
            return told(1254041, "TableIdNotFound")
        if len(given) > BATCH:
            return told(1254104, "RecordAddOnceExceedLimit")
        if self.conflicts:
            self.conflicts -= 1
            return told(1254291, "Write conflict")
        key = call.arg("client_token") if call.path.endswith("batch_create") else ""
        if key and not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", key):
            return told(1254037, "Invalid client token, make sure that it complies with the specification.", 400)
        at, before = self._keys.get((sheet.id, key), (None, None))
        if key and at is not None and (self.now() - at).total_seconds() < KEYED:
            return fine({"records": before})
        try:
            records = do(sheet, given)
        except Bad as bad:
            return told(bad.code, bad.message)
        self.fired += len(records)
        if key:
            self._keys[sheet.id, key] = (self.now(), records)
        return fine({"records": records})

    def _cells(self, sheet: Sheet, given: Mapping[str, Any]) -> dict[str, Any]:
        """Raises Bad, before anything is changed but options."""
        world = World(lambda table: self.sheets[table].rows.keys(), self.people)
        cells: dict[str, Any] = {}
        for name, value in given.items():
            described = sheet.named(name)
            if described is None:
                raise Bad(1254045, "FieldNameNotFound")
            if described["field_id"] in sheet.tastes and isinstance(value, str):
                value = value.upper()
            cells[described["field_id"]] = stored(described, value, world)
        return cells

    def _created(self, call: Call) -> Reply:
        def do(sheet: Sheet, given: list[Any]) -> list[Any]:
            ready = [self._cells(sheet, one.get("fields") or {}) for one in given]
            return [self._echo(self.add(sheet, cells, APP), one) for cells, one in zip(ready, given)]

        return self._written(call, do)

    def _updated(self, call: Call) -> Reply:
        def do(sheet: Sheet, given: list[Any]) -> list[Any]:
            if any(one.get("record_id") not in sheet.rows for one in given):
                raise Bad(1254043, "RecordIdNotFound")
            ready = [self._cells(sheet, one.get("fields") or {}) for one in given]
            for cells, one in zip(ready, given):
                self.edit(sheet, one["record_id"], cells, APP)
            return [self._echo(one["record_id"], one) for one in given]

        return self._written(call, do)

    def _echo(self, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent, as it was sent."""
        return {"record_id": key, "id": key, "fields": given.get("fields")}

    def _deleted(self, call: Call) -> Reply:
        def do(sheet: Sheet, given: list[Any]) -> list[Any]:
            if any(key not in sheet.rows for key in given):
                raise Bad(1254043, "RecordIdNotFound")
            for key in given:
                del sheet.rows[key]
            return [{"deleted": True, "record_id": key} for key in given]

        return self._written(call, do)
