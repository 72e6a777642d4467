"""Systems with the habits of real ones that PocketBase, Kinto and Tryton do not have, and specifications for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox.server import Call, Fake, Reply

SECRET = "odd-secret-4711"


class House(Fake):
    """A CRM made at home: records by number, times in whole seconds over a clock that is finer.

    null_until_edited: no time of modification before the first edit. empty_404: an empty list is 404. hides: what is
    not there is forbidden. ok_always: errors stand inside 200. cap: records that a page has at most.
    """

    def __init__(self, now: Callable[[], datetime], **habits: Any) -> None:
        super().__init__(now)
        self.habits, self.rows, self._next = habits, dict[int, dict[str, Any]](), 1
        self.late = timedelta(0)
        self.route("GET", "/c", self._list)
        self.route("GET", "/c/{id}", self._get)
        self.route("POST", "/c", self._create)
        self.route("PUT", "/c/{id}", self._update)
        self.route("DELETE", "/c/{id}", self._delete)
        self.route("POST", "/batch", self._batch)

    def allow(self, call: Call) -> Reply | None:
        return None if call.headers.get("x-key") == SECRET else Reply(401, {"message": "who are you"})

    def add(self, **values: Any) -> str:
        key, at = self._next, self.now()
        self._next += 1
        modified = None if self.habits.get("null_until_edited") else at
        self.rows[key] = {"name": "", "phone": "", "note": "", **values, "id": key, "created": at, "modified": modified}
        return str(key)

    def edit(self, key: str, **values: Any) -> None:
        self.rows[int(key)].update(values, modified=self.now())

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """Microseconds are kept and compared, and never shown."""
        return {k: v.strftime("%Y-%m-%d %H:%M:%S") if isinstance(v, datetime) else v for k, v in row.items()}

    def _no(self, status: int, code: str, field: str = "") -> Reply:
        body = {"ok": False, "code": code, "field": field, "message": f"{code}!"}
        return Reply(200 if self.habits.get("ok_always") else status, body)

    def _list(self, call: Call) -> Reply:
        size, page = min(int(call.arg("size", "20")), self.habits.get("cap", 1000)), int(call.arg("page", "1"))
        found = sorted(self.rows.values(), key=lambda row: int(row["id"]))
        for name in ("modified", "created"):
            if since := call.arg(f"{name}_from"):
                at = datetime.strptime(since, "%Y-%m-%d %H:%M:%S").replace(tzinfo=self.now().tzinfo)
                found = [row for row in found if row[name] is not None and row[name] >= at]
        if name := call.arg("q"):
            found = [row for row in found if name in row["phone"]]
        shown = [self._shown(row) for row in found[(page - 1) * size : page * size]]
        if not shown and self.habits.get("empty_404"):
            return Reply(404, {"message": "nothing"})
        return Reply(200, {"ok": True, "data": {"rows": shown or (False if self.habits.get("false_list") else [])}})

    def _get(self, call: Call) -> Reply:
        row = self.rows.get(int(call.parts["id"]))
        if row is None:
            return self._no(403, "not_allowed") if self.habits.get("hides") else self._no(404, "not_found")
        return Reply(200, {"ok": True, "data": self._shown(row)})

    def _create(self, call: Call) -> Reply:
        if call.json.get("name") == "bad":
            return self._no(422, "invalid", "name")
        key = self.add(**self._kept(call.json))
        return Reply(200, {"ok": True, "data": self._shown(self.rows[int(key)])})

    def _update(self, call: Call) -> Reply:
        if int(call.parts["id"]) not in self.rows:
            return self._no(404, "not_found")
        if call.json.get("name") == "bad":
            return self._no(422, "invalid", "name")
        self.edit(call.parts["id"], **self._kept(call.json))
        return Reply(200, {"ok": True, "data": self._shown(self.rows[int(call.parts["id"])])})

    def _batch(self, call: Call) -> Reply:
        """Creates many. Without `each` a bad one takes all others with it; with it each has a receipt of its own."""
        sent = [one["fields"] for one in call.json["records"]]
        each = self.habits.get("each", False)
        if not each and any(one.get("name") == "bad" for one in sent):
            return self._no(422, "invalid")
        told: list[dict[str, Any]] = []
        for one in sent[: self.habits.get("forgets", 1000)]:
            bad = one.get("name") == "bad"
            told.append({"ok": not bad, "id": None if bad else int(self.add(**self._kept(one)))})
        return Reply(200, {"ok": True, "done": told})

    def _kept(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Unknown fields are dropped in silence, and phones rewritten."""
        kept = {k: v for k, v in sent.items() if k in ("name", "phone", "note")}
        if "phone" in kept:
            kept["phone"] = re.sub(r"[^\d+]", "", kept["phone"] or "")
        return kept

    def _delete(self, call: Call) -> Reply:
        return Reply(204) if self.rows.pop(int(call.parts["id"]), None) else self._no(404, "not_found")


HOUSE = """
base: <opt.url>
auth: {header: {X-Key: <secret.key>}}
errors:
  - {when: {status: 401}, as: auth, text: message}
  - {when: {code: not_found}, as: gone, text: message}
  - {when: {code: not_allowed}, as: forbidden, text: message}
  - {when: {code: invalid}, as: rejected, fields: field, text: message}
tables: {declared: {c: {name: Customers}}}
describe:
  findable: [phone]
  fields: {name: {kind: text}, phone: {kind: text}, note: {kind: text}, wechat: {kind: text}}
record: {key: id, fields: $, version: modified, modified: [modified, created], absent: unseen}
kinds: {datetime: {read: "%Y-%m-%d %H:%M:%S"}}
list:
  request: {GET: /c, query: {size: <size>, page: <page>}}
  items: data.rows
  size: 100
  paging: {page: {from: 1}}
  more: short
  empty: [{status: 404}]
changes:
  request: {GET: /c, query: {size: <size>, page: <page>, <field>_from: <since>}}
  cursor: time
  fields: [FIELDS]
  format: "%Y-%m-%d %H:%M:%S"
  shown: s
  stored: us
  overlap: 2
get: {request: {GET: /c/<key>}, record: data, gone: [{code: not_found}]}
find: {request: {GET: /c, query: {size: <size>, page: <page>, q: <values>}}}
create: {request: {POST: /c, body: <record>}, key: data.id, record: data}
update: {request: {PUT: /c/<key>, body: <record>}, send: SEND, record: data}
delete: {request: {DELETE: /c/<key>}}
"""


BATCH = """create:
  request: {POST: /batch, body: {records: [{fields: <record>}]}}
  batch: {size: 10, items: records, receipts: done, refused: [{ok: false}]}
  key: id
"""
"""Instead of the line that creates one by one."""


class Rpc(Fake):
    """One address for everything, errors inside 200, `false` for whatever is empty, look-ups as [id, name], sessions
    that end after so many calls."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.rows: dict[int, dict[str, Any]] = {}
        self.lives, self._sessions, self._count = 10**9, dict[str, int](), 0
        self.route("POST", "/rpc", self._called)

    def _called(self, call: Call) -> Reply:
        method, params = call.json["method"], call.json["params"]
        if method == "session.open":
            return self._opened(params)
        session = params[0]
        if self._sessions.get(session, 0) <= 0:
            return Reply(200, {"error": {"code": 401, "message": "no session"}})
        self._sessions[session] -= 1
        if method == "c.list":
            return Reply(200, self._list(*params[1:]))
        if method == "c.read":
            return Reply(200, self._read(*params[1:]))
        return Reply(200, self._write(*params[1:]) if method == "c.write" else self._create(*params[1:]))

    def _opened(self, params: list[str]) -> Reply:
        if params != ["seller", SECRET]:
            return Reply(200, {"result": False})
        self._count += 1
        self._sessions[f"session-{self._count}"] = self.lives
        return Reply(200, {"result": f"session-{self._count}"})

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: False if value in (None, "") else value for name, value in row.items()}

    def _list(self, last: int, size: int) -> dict[str, Any]:
        found = [self._shown(row) for key, row in sorted(self.rows.items()) if key > int(last)]
        return {"result": found[:size] or False}

    def _read(self, keys: list[int]) -> dict[str, Any]:
        return {"result": [self._shown(self.rows[int(key)]) for key in keys if int(key) in self.rows]}

    def _write(self, key: int, values: dict[str, Any]) -> dict[str, Any]:
        if int(key) not in self.rows:
            return {"error": {"code": 2, "message": "Record not found"}}
        if values.get("name") is False:
            return {"error": {"code": 3, "message": "name is needed"}}
        self.rows[int(key)].update(values)
        return {"result": True}

    def _create(self, values: dict[str, Any]) -> dict[str, Any]:
        key = len(self.rows) + 1
        self.rows[key] = {"name": False, "phone": False, "company": False, "id": key, **values}
        return {"result": key}


RPC = """
base: <opt.url>
rpc: {url: /rpc, body: {jsonrpc: "2.0", id: 1, method: <call.method>, params: <call.params>}}
auth:
  login:
    request: {call: {method: session.open, params: [<opt.user>, <secret.password>]}}
    take: {sid: result}
    refused: [{result: false}]
errors:
  - {when: {error.code: 401}, as: auth}
  - {when: {error.message: ~not found}, as: gone}
  - {when: {error: present}, as: rejected, text: error.message}
tables: {declared: {c: {name: Customers}}}
describe: {fields: {name: {kind: text}, phone: {kind: text}, company: {kind: lookup, refers: [companies]}}}
record: {key: id, keys: number, fields: $}
kinds: {text: {empty: [false, ""]}, lookup: {empty: [false], read: {key: "0", label: "1"}, write: key}}
list:
  request: {call: {method: <table>.list, params: [<login.sid>, <last>, <size>]}}
  items: result
  size: 20
  paging: {keyset: {by: id, first: 0}}
  order: fixed
get: {request: {call: {method: <table>.read, params: [<login.sid>, [<key>]]}}, record: result.0, gone: [{result: empty}]}
create: {request: {call: {method: <table>.create, params: [<login.sid>, <record>]}}, key: result}
update: {request: {call: {method: <table>.write, params: [<login.sid>, <key>, <record>]}}}
"""
