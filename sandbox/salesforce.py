"""How would Salesforce's REST API answer? A local stand-in with its rules, for tests and for trying a configuration.

Rules are those of the vendor's documentation and of published answers as the project noted them; nothing here was recorded
from Salesforce.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from sandbox.salesforce_bulk import BulkJobs
from sandbox.salesforce_org import USERS, Refused, Sobject, errors, example_objects
from sandbox.salesforce_signin import SignIn
from sandbox.salesforce_soql import Malformed, parsed
from sandbox.salesforce_together import Together
from sandbox.server import Call, Fake, Reply

VERSIONS: Final = tuple(f"{number}.0" for number in range(58, 68))
LOCATORS: Final = timedelta(days=2)


_STATUS: Final = {"NOT_FOUND": 404, "ENTITY_IS_DELETED": 404, "INSUFFICIENT_ACCESS_OR_READONLY": 403}


class SalesforceFake(Fake):
    """signin: what a user of the sandbox puts into offbook.yaml, and the tokens it gave.

    hidden (object → fields), denied (objects), blind (objects of which sharing shows nothing), acting: what these
    credentials may and who they are. a_day: requests in 24 hours. locked: id → how many more writes meet it locked.
    readonly: ids that are shared to be read only. assigns: whom an assignment rule gives what is created. poison: a text
    that no JSON with it is read. matching: fields by which a duplicate rule finds records. part: records of one answer,
    where Salesforce gives fewer than were asked for. cut, loops: what a broken listing does.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, a_day: int = 15_000) -> None:
        super().__init__(now)
        self.signin = SignIn(self.now)
        self.objects: dict[str, Sobject] = example_objects(self.now)
        self.hidden: dict[str, set[str]] = {}
        self.denied: set[str] = set()
        self.blind: set[str] = set()
        self.acting = list(USERS)[2]
        self.a_day = a_day
        self.locked: dict[str, int] = {}
        self.readonly: set[str] = set()
        self.poison = ""
        self.matching: tuple[str, ...] = ()
        self.assigns = ""
        self.part = 2000
        self.cut = self.loops = False
        self.jobs, self.together = BulkJobs(self), Together(self)
        self._day: deque[datetime] = deque()
        self._rest: dict[str, tuple[datetime, list[dict[str, Any]], int, int]] = {}
        self._first: dict[str, Reply] = {}
        self._numbers = itertools.count(1)
        self._routed_paths()

    def _routed_paths(self) -> None:
        self.route("POST", "/services/oauth2/token", self._token)
        self.route("GET", "/services/data/", self._versions)
        self.route("GET", "/services/data", self._versions)
        root = "/services/data/v{version}"
        self.route("GET", f"{root}/limits", self._limits)
        self.route("GET", f"{root}/sobjects", self._list)
        self.route("GET", f"{root}/sobjects/", self._list)
        self.route("GET", f"{root}/sobjects/{{table}}/describe", self._describe)
        self.route("GET", f"{root}/sobjects/{{table}}/deleted/", self._deleted)
        self.route("GET", f"{root}/sobjects/{{table}}/updated/", self._updated)
        for slash in ("", "/"):
            self.route("GET", f"{root}/query{slash}", self._query)
            self.route("GET", f"{root}/queryAll{slash}", self._query)
            self.route("POST", f"{root}/sobjects/{{table}}{slash}", self._create)
        self.route("GET", f"{root}/query/{{locator}}", self._more)
        self.route("GET", f"{root}/queryAll/{{locator}}", self._more)
        self.route("GET", f"{root}/sobjects/{{table}}/{{id}}", self._one)
        self.route("PATCH", f"{root}/sobjects/{{table}}/{{id}}", self._update)
        self.route("DELETE", f"{root}/sobjects/{{table}}/{{id}}", self._delete)
        self.route("PATCH", f"{root}/sobjects/{{table}}/{{by}}/{{value}}", self._upsert)
        self.jobs.route_all(root)
        self.together.route_all(root)

    # -------------------------------------------------------------------------- who may ask, and how often

    def too_fast(self, wait: float | None) -> Reply:
        """The day is used up; for how long is not said."""
        del wait
        return errors(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def failed(self) -> Reply:
        return errors(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId")

    def unknown(self, call: Call) -> Reply:
        return errors(404, "NOT_FOUND", "The requested resource does not exist")

    def allow(self, call: Call) -> Reply | None:
        if call.path.startswith("/services/oauth2/") or call.path in ("/services/data", "/services/data/"):
            return None
        if not self.signin.knows(call.headers.get("authorization", "").removeprefix("Bearer ")):
            return errors(401, "INVALID_SESSION_ID", "Session expired or invalid")
        now = self.now()
        while self._day and self._day[0] <= now - timedelta(hours=24):
            self._day.popleft()
        if len(self._day) >= self.a_day:
            self.refused += 1
            return self.too_fast(None)
        self._day.append(now)
        return None

    def _routed(self, call: Call) -> Reply:
        reply = super()._routed(call)
        version = call.path.removeprefix("/services/data/v").partition("/")[0]
        if call.path.startswith("/services/data/v") and version not in VERSIONS:
            reply = errors(404, "NOT_FOUND", "The requested resource does not exist")
        usage = {"Sforce-Limit-Info": f"api-usage={len(self._day)}/{self.a_day}"}
        return Reply(reply.status, reply.body, {**usage, **reply.headers})

    def routed_plainly(self, call: Call) -> Reply:
        """A part of a composite request, which is not counted by itself."""
        return super()._routed(call)

    def _token(self, call: Call) -> Reply:
        return self.signin.token(call.form, self.base, self.acting)

    # -------------------------------------------------------------------------- what is there

    def _versions(self, call: Call) -> Reply:
        listed = [{"label": f"v{v}", "url": f"/services/data/v{v}", "version": v} for v in VERSIONS]
        return Reply(200, listed)

    def _limits(self, call: Call) -> Reply:
        return Reply(200, {"DailyApiRequests": {"Max": self.a_day, "Remaining": self.a_day - len(self._day)}})

    def _list(self, call: Call) -> Reply:
        listed = [self._told_of(one) for one in self.objects.values() if one.name not in self.denied]
        return Reply(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})

    def _told_of(self, one: Sobject) -> dict[str, Any]:
        may = dict.fromkeys(("createable", "updateable", "deletable", "queryable", "searchable", "retrieveable"), True)
        return {
            "name": one.name,
            "label": one.name,
            "labelPlural": one.label,
            "keyPrefix": one.prefix,
            "custom": False,
            "deprecatedAndHidden": False,
            "mergeable": True,
            **may,
        }

    def _describe(self, call: Call) -> Reply:
        try:
            one = self.table(call.parts["table"])
        except Refused as no:
            return errors(404, no.code, no.message)
        hidden = self.hidden.get(one.name, set())
        return Reply(200, {**self._told_of(one), "fields": [f for f in one.fields if f["name"] not in hidden]})

    def table(self, name: str) -> Sobject:
        if name not in self.objects or name in self.denied:
            raise Refused("NOT_FOUND", "The requested resource does not exist")
        return self.objects[name]

    def types(self, name: str) -> Mapping[str, str]:
        """Of the fields that a query may name."""
        if name not in self.objects or name in self.denied:
            raise Malformed("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return self.objects[name].types(self.hidden.get(name, set()))

    # -------------------------------------------------------------------------- queries

    def _query(self, call: Call) -> Reply:
        everything = "/queryAll" in call.path
        try:
            query = parsed(call.arg("q"), self.types)
        except Malformed as no:
            return errors(400, no.code, no.message)
        rows = [] if query.table in self.blind else list(self.objects[query.table].rows.values())
        found = query.found(rows if everything else [row for row in rows if not row["IsDeleted"]])
        if query.counts:
            return Reply(200, {"totalSize": len(found), "done": True, "records": []})
        if self.loops and query.table in self._first:
            return self._first[query.table]
        shown = [self.shown(query.table, row, query.fields) for row in found]
        self._first[query.table] = reply = self._listed(call, shown)
        return reply

    def _listed(self, call: Call, shown: list[dict[str, Any]]) -> Reply:
        if self.cut and shown:
            shown = [*shown[:-1], {"attributes": {"type": "?"}}]
        options = call.headers.get("sforce-query-options", "")
        size = int(options.partition("=")[2] or 2000)
        locator = f"0r8xx{next(self._numbers):013d}"
        self._rest[locator] = (self.now() + LOCATORS, shown, max(1, min(size, self.part)), len(shown))
        return self._answered(call, locator, 0)

    def _more(self, call: Call) -> Reply:
        locator, _, start = call.parts["locator"].partition("-")
        known = self._rest.get(locator)
        if known is None or known[0] <= self.now() or not start.isdigit():
            return errors(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._answered(call, locator, int(start))

    def _answered(self, call: Call, locator: str, start: int) -> Reply:
        _, shown, size, total = self._rest[locator]
        some, end = shown[start : start + size], start + size
        body: dict[str, Any] = {"totalSize": total, "done": end >= total, "records": some}
        if end < total:
            body["nextRecordsUrl"] = f"/services/data/v{call.parts['version']}/query/{locator}-{end}"
        return Reply(200, body)

    def shown(self, table: str, row: Mapping[str, Any], fields: tuple[str, ...] | list[str]) -> dict[str, Any]:
        url = f"/services/data/v{VERSIONS[-1]}/sobjects/{table}/{row['Id']}"
        types = {one["name"]: one["type"] for one in self.objects[table].fields}
        values = {name: _compound(row) if types[name] == "address" else row.get(name) for name in fields}
        return {"attributes": {"type": table, "url": url}, **values}

    def _deleted(self, call: Call) -> Reply:
        one = self.table(call.parts["table"])
        gone = [
            {"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in one.rows.values() if row["IsDeleted"]
        ]
        start, end = one.stamp(), one.stamp()
        return Reply(200, {"deletedRecords": gone, "earliestDateAvailable": start, "latestDateCovered": end})

    def _updated(self, call: Call) -> Reply:
        one = self.table(call.parts["table"])
        ids = [row["Id"] for row in one.rows.values() if not row["IsDeleted"]]
        return Reply(200, {"ids": ids, "latestDateCovered": one.stamp()})

    # -------------------------------------------------------------------------- one record

    def _one(self, call: Call) -> Reply:
        try:
            one = self.table(call.parts["table"])
            row = one.live(call.parts["id"])
        except Refused as no:
            return errors(_STATUS.get(no.code, 400), no.code, no.message)
        since = _header(call, "if-modified-since")
        if since is not None and datetime.fromisoformat(row["LastModifiedDate"]) <= since:
            return Reply(304)
        chosen = [name for name in call.arg("fields").split(",") if name]
        names = chosen or [f["name"] for f in one.fields if f["name"] not in self.hidden.get(one.name, set())]
        return Reply(200, self.shown(one.name, row, names))

    def _create(self, call: Call) -> Reply:
        return self._refused_or(call, lambda: self._created(call.parts["table"], call.json, call))

    def _created(self, table: str, values: Any, call: Call) -> Reply:
        key = self.insert(table, values, call)
        return Reply(201, {"id": key, "success": True, "errors": []})

    def _update(self, call: Call) -> Reply:
        def changed() -> Reply:
            one = self.table(call.parts["table"])
            row = one.live(call.parts["id"])
            until = _header(call, "if-unmodified-since")
            if until is not None and datetime.fromisoformat(row["LastModifiedDate"]) > until:
                return errors(
                    412, "PRECONDITION_FAILED", "the record was modified after the time of If-Unmodified-Since"
                )
            self.update(one.name, row["Id"], call.json, call)
            return Reply(204)

        return self._refused_or(call, changed)

    def _delete(self, call: Call) -> Reply:
        def gone() -> Reply:
            self.delete(call.parts["table"], call.parts["id"])
            return Reply(204)

        return self._refused_or(call, gone)

    def _upsert(self, call: Call) -> Reply:
        return self._refused_or(
            call, lambda: self.upserted(call.parts["table"], call.parts["by"], call.parts["value"], call.json, call)
        )

    def upserted(self, table: str, by: str, value: str, values: Any, call: Call) -> Reply:
        one = self.table(table)
        described = one.field(by)
        if described is None or not (described["externalId"] or described["idLookup"]):
            raise Refused("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {by}")
        there = one.bearing(by, value)
        if len(there) > 1:
            return Reply(300, [f"/services/data/v{call.parts['version']}/sobjects/{table}/{key}" for key in there])
        if there:
            self.update(table, there[0], values, call)
            return Reply(200, {"id": there[0], "success": True, "errors": [], "created": False})
        key = self.insert(table, {**(values or {}), by: value}, call)
        return Reply(201, {"id": key, "success": True, "errors": [], "created": True})

    def _refused_or(self, call: Call, do: Callable[[], Reply]) -> Reply:
        if self.is_poisoned(call):
            return errors(400, "JSON_PARSER_ERROR", "Unexpected character in the body")
        try:
            return do()
        except Refused as no:
            return errors(_STATUS.get(no.code, 400), no.code, no.message, *no.fields)

    def is_poisoned(self, call: Call) -> bool:
        return bool(self.poison) and self.poison.encode() in call.body

    # -------------------------------------------------------------------------- rules of the org

    def insert(self, table: str, values: Any, call: Call | None = None) -> str:
        written = plain(values)
        self._unlike(table, written, call)
        key = self.table(table).insert(written, self.acting, self.objects)
        if self.assigns and call is not None and call.headers.get("sforce-auto-assign", "TRUE").upper() == "TRUE":
            self.table(table).update(key, {"OwnerId": self.assigns}, self.acting, self.objects)
        return key

    def update(self, table: str, key: str, values: Any, call: Call | None = None) -> None:
        self._unlocked(key)
        self.table(table).update(key, plain(values), self.acting, self.objects)

    def delete(self, table: str, key: str) -> None:
        self._unlocked(key)
        self.table(table).delete(key, self.acting)

    def merge(self, table: str, loser: str, winner: str) -> None:
        """People merge two records in the browser."""
        self.objects[table].delete(loser, self.acting, winner)
        self.objects[table].update(winner, {}, self.acting, self.objects)

    def _unlocked(self, key: str) -> None:
        if key in self.readonly:
            raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
        if self.locked.get(key, 0) > 0:
            self.locked[key] -= 1
            raise Refused("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records")

    def _unlike(self, table: str, values: Mapping[str, Any], call: Call | None) -> None:
        """A duplicate rule that blocks, unless the request says otherwise."""
        if call is not None and "allowsave=true" in call.headers.get("sforce-duplicate-rule-header", "").lower():
            return
        for name in self.matching:
            if values.get(name) and self.table(table).bearing(name, str(values[name])):
                raise Refused("DUPLICATES_DETECTED", "Use one of these records?")


def plain(values: Any) -> dict[str, Any]:
    """What is written; `attributes` and the key only say where."""
    return {name: value for name, value in (values or {}).items() if name not in ("attributes", "id", "Id")}


def _compound(row: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"city": row["MailingCity"], "street": None} if row.get("MailingCity") else None


def _header(call: Call, name: str) -> datetime | None:
    text = call.headers.get(name)
    return parsedate_to_datetime(text) if text else None
