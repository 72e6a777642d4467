"""How would Zoho CRM (v8) answer? A local stand-in with its rules, for tests and for trying a configuration.

Rules are those of the vendor's documentation and SDK as the project noted them; nothing here was recorded from Zoho.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.server import Call, Fake, Reply
from sandbox.zoho_modules import ZONE, Module, error, example_modules, success

LIVES: Final = 3600
"""Seconds of an access token."""
TOKENS: Final = (10, 600.0)
BY_PAGE: Final = 2000
"""Records that `page` reaches; beyond, only page tokens do."""
USERS: Final = {
    "487687600000022501": {"full_name": "王芳", "email": "wangfang@example.cn"},
    "487687600000022502": {"full_name": "李雷", "email": "lilei@example.cn"},
    "487687600000022503": {"full_name": "Offbook", "email": "offbook@example.cn"},
}
SCOPES: Final = (
    *("ZohoCRM.modules.ALL", "ZohoCRM.settings.modules.READ", "ZohoCRM.settings.fields.READ"),
    *("ZohoCRM.coql.READ", "ZohoCRM.users.READ"),
)


class ZohoFake(Fake):
    """client_id, client_secret, refresh_token: what a user of the sandbox puts into offbook.yaml.

    scopes, hidden (module → fields), denied (modules), blind (modules that answer as if they were empty), acting: what
    these credentials may and who they are. credits: of 24 hours. listed: records that one page token reaches. merge_takes:
    seconds. fired: workflows that our writes have started.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, credits_a_day: int = 5000) -> None:
        super().__init__(now)
        self.client_id, self.client_secret = "1000.SANDBOXCLIENT", "sandbox-client-secret"
        self.refresh_token = "1000.sandbox-refresh-token"  # noqa: S105 - of the sandbox
        self.modules: dict[str, Module] = example_modules(self.now, USERS)
        self.scopes = set(SCOPES)
        self.hidden: dict[str, set[str]] = {}
        self.denied: set[str] = set()
        self.blind: set[str] = set()
        self.acting = "487687600000022503"
        self.credits, self.listed = credits_a_day, 100_000
        self.cut = self.loops = self.refuses_whole = False
        self.merge_takes = 0.0
        self.fired = 0
        self.tokens: dict[str, datetime] = {}
        self._asked: deque[datetime] = deque()
        self._spent: deque[tuple[datetime, int]] = deque()  # type: ignore[assignment]
        self._pages: dict[str, dict[str, Any]] = {}
        self._jobs: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self._first: dict[str, Reply] = {}
        self._routed_paths()

    def _routed_paths(self) -> None:
        self.route("POST", "/oauth/v2/token", self._token)
        v8 = "/crm/v8"
        self.route("GET", f"{v8}/settings/modules", self._settings_modules)
        self.route("GET", f"{v8}/settings/fields", self._settings_fields)
        self.route("GET", f"{v8}/users", self._users)
        self.route("GET", f"{v8}/org", self._org)
        self.route("POST", f"{v8}/coql", self._coql)
        self.route("GET", f"{v8}/{{module}}/deleted", self._deleted)
        self.route("POST", f"{v8}/{{module}}/upsert", self._upsert)
        self.route("POST", f"{v8}/{{module}}/{{id}}/actions/merge", self._merge)
        self.route("GET", f"{v8}/{{module}}/{{id}}/actions/merge", self._merged)
        self.route("GET", f"{v8}/{{module}}", self._list)
        self.route("GET", f"{v8}/{{module}}/{{id}}", self._one)
        self.route("POST", f"{v8}/{{module}}", self._insert)
        self.route("PUT", f"{v8}/{{module}}", self._update)
        self.route("PUT", f"{v8}/{{module}}/{{id}}", self._update)
        self.route("DELETE", f"{v8}/{{module}}", self._delete)
        self.route("DELETE", f"{v8}/{{module}}/{{id}}", self._delete)

    # -------------------------------------------------------------------------- who may ask, and how often

    def too_fast(self, wait: float | None) -> Reply:
        body = error("TOO_MANY_REQUESTS", "You have made too many requests continuously.")
        return Reply(429, body, {} if wait is None else {"Retry-After": str(round(wait))})

    def failed(self) -> Reply:
        return Reply(500, error("INTERNAL_ERROR", "Internal Server Error"))

    def unknown(self, call: Call) -> Reply:
        return Reply(404, error("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"))

    def allow(self, call: Call) -> Reply | None:
        if call.path == "/oauth/v2/token":
            return None
        token = call.headers.get("authorization", "").removeprefix("Zoho-oauthtoken ")
        if self.tokens.get(token, self.now()) <= self.now():
            return Reply(401, error("INVALID_TOKEN", "invalid oauth token"))
        if not self._has_scope(call):
            return Reply(401, error("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL"))
        return self._charged(call)

    def expire_tokens(self) -> None:
        """All access tokens end now."""
        self.tokens.clear()

    def _has_scope(self, call: Call) -> bool:
        rest = call.path.removeprefix("/crm/v8/")
        for prefix, scope in (
            ("settings/modules", "ZohoCRM.settings.modules.READ"),
            ("settings/fields", "ZohoCRM.settings.fields.READ"),
            ("coql", "ZohoCRM.coql.READ"),
            ("users", "ZohoCRM.users.READ"),
            ("org", "ZohoCRM.users.READ"),
        ):
            if rest.startswith(prefix):
                return scope in self.scopes
        word = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}[call.method]
        module = rest.partition("/")[0]
        may = (f"ZohoCRM.modules.{module}.{word}", f"ZohoCRM.modules.{module}.ALL", "ZohoCRM.modules.ALL")
        return any(scope in self.scopes for scope in may)

    def _charged(self, call: Call) -> Reply | None:
        """A read is a credit, a write one for ten records, over the last 24 hours."""
        now = self.now()
        while self._spent and self._spent[0][0] <= now - timedelta(hours=24):
            self._spent.popleft()
        data = call.json.get("data") if call.method in ("POST", "PUT") and isinstance(call.json, dict) else None
        units = -(-len(data) // 10) if isinstance(data, list) and data else 1
        if sum(spent for _, spent in self._spent) + units > self.credits:
            self.refused += 1
            reply = self.too_fast(None)
            return Reply(reply.status, reply.body, {"X-API-CREDITS-REMAINING": "0"})
        self._spent.append((now, units))
        return None

    def _token(self, call: Call) -> Reply:
        """In the body or, as the vendor's own library does, in the address; refusals come with 200."""
        given = {**{name: values[0] for name, values in call.query.items()}, **call.form}
        if given.get("client_id") != self.client_id:
            return Reply(200, {"error": "invalid_client"})
        if given.get("client_secret") != self.client_secret:
            return Reply(200, {"error": "invalid_client_secret"})
        if given.get("grant_type") != "refresh_token" or given.get("refresh_token") != self.refresh_token:
            return Reply(200, {"error": "invalid_code"})
        now = self.now()
        while self._asked and self._asked[0] <= now - timedelta(seconds=TOKENS[1]):
            self._asked.popleft()
        if len(self._asked) >= TOKENS[0]:
            text = "You have made too many requests continuously. Please try again after some time."
            return Reply(400, {"error": "Access Denied", "error_description": text, "status": "failure"})
        self._asked.append(now)
        token = f"1000.access-{next(self._numbers):06d}.sandbox"
        self.tokens[token] = now + timedelta(seconds=LIVES)
        body = {"access_token": token, "api_domain": self.base, "token_type": "Bearer", "expires_in": LIVES}
        return Reply(200, body)

    # -------------------------------------------------------------------------- settings

    def _settings_modules(self, call: Call) -> Reply:
        listed = [one.described(n) for n, one in enumerate(self.modules.values()) if one.name not in self.denied]
        return Reply(200, {"modules": listed})

    def _settings_fields(self, call: Call) -> Reply:
        module = self.modules.get(call.arg("module"))
        if module is None:
            return Reply(400, error("INVALID_MODULE", "the module name given seems to be invalid"))
        if module.name in self.denied:
            return self._no_permission()
        hidden = self.hidden.get(module.name, set())
        return Reply(200, {"fields": [one for one in module.fields if one["api_name"] not in hidden]})

    def _users(self, call: Call) -> Reply:
        chosen = [self.acting] if call.arg("type") == "CurrentUser" else list(USERS)
        users = [{"id": key, "status": "active", **USERS[key]} for key in chosen]
        return Reply(
            200, {"users": users, "info": {"count": len(users), "page": 1, "per_page": 200, "more_records": False}}
        )

    def _org(self, call: Call) -> Reply:
        return Reply(200, {"org": [{"id": "487687600000000001", "company_name": "Sandbox", "time_zone": str(ZONE)}]})

    def _no_permission(self) -> Reply:
        return Reply(403, error("NO_PERMISSION", "permission denied"))

    def _module(self, call: Call) -> Module | Reply:
        module = self.modules.get(call.parts["module"])
        if module is None:
            return Reply(400, error("INVALID_MODULE", "the module name given seems to be invalid"))
        return self._no_permission() if module.name in self.denied else module

    # -------------------------------------------------------------------------- reading

    def _list(self, call: Call) -> Reply:
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        wrong = self._wrong_listing(call)
        if wrong is not None:
            return wrong
        token = call.arg("page_token")
        bound = {name: call.arg(name) for name in ("fields", "per_page", "sort_by", "sort_order", "ids", "converted")}
        bound |= {"module": module.name, "since": call.headers.get("if-modified-since", "")}
        start: dict[str, Any] = {"at": None, "count": 0}
        if token:
            start = self._pages.get(token, {})
            if not start or start["until"] <= self.now():
                return Reply(400, error("EXPIRED_VALUE", "the page token has expired", {"param": "page_token"}))
            if start["bound"] != bound:
                return Reply(400, error("TOKEN_BOUND_DATA_MISMATCH", "the parameters are not those of the token"))
        if start["count"] >= self.listed:
            text = "only the first 100,000 records can be listed"
            return Reply(400, error("DISCRETE_PAGINATION_LIMIT_EXCEEDED", text))
        return self._page(call, module, bound, start)

    def _wrong_listing(self, call: Call) -> Reply | None:
        fields = [one for one in call.arg("fields").split(",") if one]
        if not fields:
            return Reply(
                400, error("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param": "fields"})
            )
        if len(fields) > 50:
            return Reply(400, error("LIMIT_EXCEEDED", "the fields given are more than 50", {"param": "fields"}))
        size = call.arg("per_page", "200")
        if not size.isdigit() or not 1 <= int(size) <= 200:
            return Reply(400, error("INVALID_DATA", "per_page given seems to be invalid", {"param": "per_page"}))
        if len([one for one in call.arg("ids").split(",") if one]) > 100:
            return Reply(400, error("LIMIT_EXCEEDED", "the ids given are more than 100", {"param": "ids"}))
        if not all(one.isdigit() for one in call.arg("ids").split(",") if one):
            return Reply(400, error("INVALID_DATA", "the id given seems to be invalid", {"param": "ids"}))
        if call.arg("page") and call.arg("page_token"):
            return Reply(400, error("AMBIGUITY_DURING_PROCESSING", "page and page_token exclude each other"))
        if int(call.arg("page", "1")) * int(size) > max(BY_PAGE, int(size)):
            return Reply(400, error("DISCRETE_PAGINATION_LIMIT_EXCEEDED", "use page_token beyond 2000 records"))
        return None

    def _page(self, call: Call, module: Module, bound: Mapping[str, str], start: Mapping[str, Any]) -> Reply:
        size = int(call.arg("per_page", "200"))
        by = call.arg("sort_by", "id")
        since = call.headers.get("if-modified-since")
        ids = set(call.arg("ids").split(",")) - {""}
        rows = [] if module.name in self.blind else module.sorted_rows(by, ids)
        if module.name == "Leads" and call.arg("converted", "false") != "both":
            rows = [row for row in rows if bool(row.get("Converted__s")) is (call.arg("converted") == "true")]
        if since is not None:
            moment = datetime.fromisoformat(since)
            rows = [row for row in rows if datetime.fromisoformat(row["Modified_Time"]) >= moment]
            if not rows:
                return Reply(304)
        if call.arg("sort_order", "asc") == "desc":
            rows.reverse()
        if start["at"] is not None:
            rows = [row for row in rows if module.rank(row, by) > start["at"]]
        elif int(call.arg("page", "1")) > 1:
            rows = rows[(int(call.arg("page")) - 1) * size :]
        if not rows:
            return Reply(204)
        return self._answer(call, module, bound, rows, start["count"])

    def _answer(
        self, call: Call, module: Module, bound: Mapping[str, str], rows: list[dict[str, Any]], before: int
    ) -> Reply:
        size = int(call.arg("per_page", "200"))
        part, more = rows[:size], len(rows) > size
        token = f"tok{next(self._numbers):08d}" if more else None
        if token is not None:
            at = module.rank(part[-1], call.arg("sort_by", "id"))
            until = self.now() + timedelta(hours=24)
            self._pages[token] = {"bound": bound, "at": at, "count": before + len(part), "until": until}
        data = [self._shown(module, row, call.arg("fields").split(",")) for row in part]
        info = {
            "per_page": size,
            "count": len(part),
            "page": int(call.arg("page", "1")),
            "more_records": more,
            "next_page_token": token,
            "previous_page_token": None,
            "sort_by": "id",
            "sort_order": "asc",
            "page_token_expiry": _zoned(self.now() + timedelta(hours=24)) if more else None,
        }
        if self.cut and len(data) > 1:
            data = data[1:]
        reply = Reply(200, {"data": data, "info": info})
        if self.loops and not call.arg("ids"):
            return self._first.setdefault(module.name, reply)
        return reply

    def _shown(self, module: Module, row: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
        """`id` comes always; what the profile hides is left out, without a word."""
        hidden = self.hidden.get(module.name, set())
        known = {one["api_name"] for one in module.fields} - hidden
        return {"id": row["id"], **{name: row.get(name) for name in names if name in known}, "$in_merge": False}

    def _one(self, call: Call) -> Reply:
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        row = module.rows.get(self._key(call, module) or "")
        if row is None:
            return (
                Reply(204)
                if "x-external" not in call.headers
                else Reply(400, error("INVALID_DATA", "no such external id"))
            )
        return Reply(200, {"data": [self._shown(module, row, [one["api_name"] for one in module.fields])]})

    def _key(self, call: Call, module: Module) -> str | None:
        external = call.headers.get("x-external", "")
        if not external:
            return call.parts.get("id")
        name = external.partition(".")[2]
        return next((key for key, row in module.rows.items() if row.get(name) == call.parts["id"]), None)

    def _deleted(self, call: Call) -> Reply:
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        since = call.headers.get("if-modified-since")
        chosen = [] if module.name in self.blind else list(module.ended.values())
        if call.arg("type", "all") != "all":
            chosen = [one for one in chosen if one["type"] == call.arg("type")]
        if since is not None:
            moment = datetime.fromisoformat(since)
            chosen = [one for one in chosen if datetime.fromisoformat(one["deleted_time"]) >= moment]
        size, page = int(call.arg("per_page", "200")), int(call.arg("page", "1"))
        part = chosen[(page - 1) * size : page * size]
        if not part:
            return Reply(304 if since is not None else 204)
        info = {"per_page": size, "count": len(part), "page": page, "more_records": len(chosen) > page * size}
        return Reply(200, {"data": part, "info": info})

    def _coql(self, call: Call) -> Reply:
        query = str((call.json or {}).get("select_query", ""))
        found = _QUERY.fullmatch(query)
        if found is None:
            return Reply(400, error("SYNTAX_ERROR", "error in syntax of the query"))
        module = self.modules.get(found["module"])
        if module is None or module.name in self.denied:
            return Reply(400, error("INVALID_QUERY", "the module is not supported"))
        offset, count = int(found["offset"]), int(found["count"])
        rows = list(module.sorted_rows("id", set()))
        if found["field"]:
            wanted = {re.sub(r"\\(.)", r"\1", text).casefold() for text in _TEXT.findall(found["values"])}
            rows = [row for row in rows if str(row.get(found["field"]) or "").casefold() in wanted]
        part = rows[offset : offset + count]
        if not part:
            return Reply(204)
        info = {"count": len(part), "more_records": len(rows) > offset + count}
        return Reply(200, {"data": [{"id": row["id"]} for row in part], "info": info})

    # -------------------------------------------------------------------------- writing

    def _written(
        self, call: Call, one: Callable[[Module, dict[str, Any], int], dict[str, Any]], good: int = 200
    ) -> Reply:
        """One word for each record, in the order they came; 207 where they differ."""
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        body = call.json
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list) or not data or not all(isinstance(each, dict) for each in data):
            return Reply(400, error("MANDATORY_NOT_FOUND", "required field not found", {"api_name": "data"}))
        if len(data) > 100:
            return Reply(400, error("LIMIT_EXCEEDED", "more than 100 records", {"api_name": "data"}))
        if "id" in call.parts:
            data = [{**data[0], "id": self._key(call, module)}]
        if self.refuses_whole and len(data) > 1 and any(module.wrong(each, n) for n, each in enumerate(data)):
            return Reply(400, error("INVALID_DATA", "the body holds an invalid value"))
        said = [one(module, each, n) for n, each in enumerate(data)]
        if body.get("trigger") is None or body["trigger"]:
            self.fired += sum(each["status"] == "success" for each in said)
        return Reply(_status(said, good), {"data": said})

    def _insert(self, call: Call) -> Reply:
        return self._written(call, lambda module, data, n: module.insert(data, n, self.acting), 201)

    def _update(self, call: Call) -> Reply:
        before = call.headers.get("if-unmodified-since")
        until = datetime.fromisoformat(before) if before else None
        return self._written(call, lambda module, data, n: module.update(data, n, self.acting, until))

    def _upsert(self, call: Call) -> Reply:
        before = call.headers.get("if-unmodified-since")
        until = datetime.fromisoformat(before) if before else None
        checks = (call.json or {}).get("duplicate_check_fields")
        return self._written(call, lambda module, data, n: module.upsert(data, n, self.acting, until, checks))

    def _delete(self, call: Call) -> Reply:
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        keys = [call.parts["id"]] if "id" in call.parts else [one for one in call.arg("ids").split(",") if one]
        if len(keys) > 100:
            return Reply(400, error("LIMIT_EXCEEDED", "more than 100 ids", {"param": "ids"}))
        said = [module.delete(key, n, self.acting) for n, key in enumerate(keys)]
        if call.arg("wf_trigger", "true") != "false":
            self.fired += sum(each["status"] == "success" for each in said)
        return Reply(_status(said, 200), {"data": said})

    # -------------------------------------------------------------------------- merging

    def _merge(self, call: Call) -> Reply:
        module = self._module(call)
        if isinstance(module, Reply):
            return module
        listed = (call.json or {}).get("merge") or [{}]
        children = [str(one.get("id")) for one in listed[0].get("data") or ()]
        master = call.parts["id"]
        if not 1 <= len(children) <= 2 or master in children or not {master, *children} <= set(module.rows):
            return Reply(400, {"merge": [error("INVALID_DATA", "the id given seems to be invalid")]})
        for key in children:
            module.delete(key, 0, self.acting, kind="permanent")
        module.touch(module.rows[master], self.acting)
        job = str(487687600009000000 + next(self._numbers))
        self._jobs[job] = self.now() + timedelta(seconds=self.merge_takes)
        said = {**success({"job_id": job}, "merge is scheduled"), "code": "SCHEDULED"}
        return Reply(201, {"merge": [said]})

    def _merged(self, call: Call) -> Reply:
        until = self._jobs.get(call.arg("job_id"))
        if until is None:
            return Reply(204)
        status = "COMPLETED" if until <= self.now() else "IN_PROGRESS"
        return Reply(200, {"merge": [{"job_id": call.arg("job_id"), "status": status}]})


_QUERY: Final = re.compile(
    r"select id from (?P<module>\w+) where (?:id is not null|(?P<field>\w+) in \((?P<values>.*)\))"
    r"(?: order by id asc)? limit (?P<offset>\d+), ?(?P<count>\d+)",
    re.DOTALL,
)
_TEXT: Final = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


def _status(said: list[dict[str, Any]], good: int) -> int:
    wrong = [one for one in said if one["status"] != "success"]
    if not wrong:
        return good
    if len(wrong) < len(said):
        return 207
    return 412 if all(one["code"] == "ALREADY_MODIFIED" for one in wrong) else 400


def _zoned(when: datetime) -> str:
    return when.astimezone(ZONE).replace(microsecond=0).isoformat()
