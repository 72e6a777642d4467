"""How are the objects of 纷享销客 (Fxiaoke, ShareCRM) read and written through its open platform?

Not tried against a live account. There is no batch and no upsert: one record a call, 100 calls in 20 seconds for each
endpoint. A listing goes by `_id`, which does not move; the system tells no deletions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, Literal

import orjson
from pydantic import Field as Option

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Context,
    CursorExpired,
    Finding,
    Listing,
    Op,
    Outcome,
    Pace,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Spec,
    State,
    Stopped,
    Table,
    TableFacts,
    say,
)
from connectors.http import Lost, NotSent, Reply
from connectors.settings import SecretText, Strict
from connectors.shared.fxiaoke.account import SECONDS, Account
from connectors.shared.fxiaoke.fields import LIFE, LOCKED, MODIFIED, OWNER, Column, columns_of, milliseconds
from connectors.shared.sheets import one_op
from connectors.shared.values import as_text
from connectors.shared.web.answers import Answer, Fate

PAGE: Final = 100
POOL: Final = "high_seas_id"
"""The field of a customer that says in which 公海 it lies."""
MOST: Final = 2000
"""Records of the overlap that a cursor remembers; of more than these, some come again."""
OVERLAP: Final = timedelta(seconds=60)
"""How far an incremental pull goes back behind the last one's start, for late commits and clocks that differ."""
_CLOUDS: Final = {
    "fxiaoke": "https://open.fxiaoke.com",
    "huawei": "https://open-hwcloud.fxiaoke.com",
    "aliyun": "https://open-ale.fxiaoke.com",
    "hongkong": "https://open-ksc.sharecrm.com",
    "frankfurt": "https://open-hws.fxiaoke.com",
    "america": "https://open-na.sharecrm.com",
}


class Options(Strict):
    """Options of a fxiaoke source."""

    app_id: str = Option(description="appId of the corporation's own app (FSAID_…)")
    app_secret: SecretText = Option(description="appSecret of the app")
    permanent_code: SecretText = Option(description="permanentCode of the app")
    acting_user: str = Option(
        description="Who acts: an employee's number (his FSUID_… with `generation: legacy`); an administrator of the CRM"
    )
    high_seas: str | None = Option(None, description="Id of the 公海 that a created customer without owner goes to")
    cloud: Literal["fxiaoke", "huawei", "aliyun", "hongkong", "frankfurt", "america"] = Option(
        "fxiaoke", description="Which cloud the corporation is on"
    )
    base_url: str | None = Option(None, description="Where the API is, if not on one of the six clouds")
    generation: Literal["current", "legacy"] = Option("current", description="`legacy`: the token stands in the body")
    quota: int = Option(100_000, ge=1, description="Calls that were bought for a day")
    workflows: bool = Option(default=False, description="Whether approvals and workflows start for what Offbook writes")


SPEC: Final = Spec(
    title="纷享销客 (Fxiaoke)",
    options=Options,
    connect=lambda options, context: Fxiaoke(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE}),
        changes=True,
        listing=Listing.COMPLETE,
        repeat=Repeat.FIND,
        lag=5.0,
        quiet=True,
        page=PAGE,
        reread=PAGE,
        batch=dict.fromkeys((Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE), 1),
        writers=10,
        paces=(Pace("fxiaoke", 100, SECONDS), Pace("fxiaoke:day", 100_000, 86_400.0)),
    ),
)


@dataclass(slots=True)
class _Place:
    """Where a pull is. since: milliseconds, None in a full listing. last: the key that was given last. start: where the
    next pull begins. known: what the last pull gave of the overlap, key → edit time and how often; seen: what this one gives."""

    since: int | None
    last: str | None
    start: int
    known: dict[str, tuple[int, int]]
    seen: dict[str, tuple[int, int]]

    def is_news(self, row: Mapping[str, Any]) -> bool:
        """What came twice for the overlap alone is left out, so that a quiet source comes to an end. Once more is
        needed: a record may have been edited after its page was given, in the same millisecond."""
        key, moved = str(row["_id"]), int(row.get(MODIFIED) or 0)
        before, times = self.known.get(key, (0, 0))
        times = times if before == moved else 0
        if moved >= self.start and len(self.seen) < MOST:
            self.seen[key] = (moved, min(times + 1, 2))
        return self.since is None or times < 2

    def cursor(self, scope: str) -> str:
        return orjson.dumps([scope, self.start, self.seen]).decode()

    def resume(self, scope: str) -> str:
        return orjson.dumps([scope, self.since, self.last, self.start, self.known, self.seen]).decode()


class Fxiaoke:
    """connectors.contract.Connector on one corporation; a table is an object, by its api name (AccountObj, x__c)."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._facts, self._gate = options, context.tables, context.gate
        base = options.base_url or _CLOUDS[options.cloud]
        secret, code = options.app_secret.get_secret_value(), options.permanent_code.get_secret_value()
        legacy = options.generation == "legacy"
        self._account = Account(options.app_id, secret, code, options.acting_user, base, options.quota, context, legacy)
        self._columns: dict[str, dict[str, Column]] = {}

    def __repr__(self) -> str:
        return f"Fxiaoke({self._options.app_id})"

    def close(self) -> None:
        self._account.close()

    # -------------------------------------------------------------------------- what is there

    def check(self) -> Sequence[Finding]:
        try:
            self.tables()
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        found: list[Finding] = []
        for table in filter(None, self._facts):
            try:
                self._columns_of(table)
                self._rows(table, [], ("_id",), size=1)
            except Stopped:
                raise
            except SourceError as error:
                text = say(
                    "{table} cannot be read; give the acting user the right to it in 纷享销客 (管理后台 → 权限管理). {error}",
                    table=table,
                    error=error.said,
                )
                found.append(Finding("error", "table", text, table))
        return found

    def tables(self) -> Mapping[str, str]:
        answer = self._account.read("/cgi/crm/v2/object/list", {"includeNull": False})
        objects = answer.at("data", "objects") or ()
        return {
            str(one["describeApiName"]): str(one.get("describeDisplayName") or one["describeApiName"])
            for one in objects
            if one.get("isActive", True)
        }

    def describe(self, table: str) -> Table:
        self._columns.pop(table, None)
        columns, best = self._columns_of(table), SPEC.best
        token = self._facts.get(table, TableFacts()).token
        can = replace(
            best,
            repeat=Repeat.FIND if token in columns else Repeat.NOTHING,
            quiet=not self._options.workflows,
            paces=self._account.paces("/cgi/crm/v2/data/query"),
        )
        return Table(table, self.tables().get(table, table), tuple(one.field for one in columns.values()), can)

    def _columns_of(self, table: str) -> dict[str, Column]:
        if table not in self._columns:
            asked = {"includeDetail": True, "apiName": table, "data": {"apiName": table}}  # both forms are in use
            found = self._account.read("/cgi/crm/v2/object/describe", asked).at("data", "describe")
            if not isinstance(found, dict):
                raise SourceRefused("纷享销客 has no object {table}, or this user may not see it", table=table)
            self._columns[table] = columns_of(found)
        return self._columns[table]

    # -------------------------------------------------------------------------- reading

    def pull(self, query: Query) -> Iterator[Page]:
        """By `_id`, which never moves; a change asks for what was edited since."""
        columns, scope = self._columns_of(query.table), self._scope(query)
        place = self._begun(query, scope)
        while True:
            rows = self._rows(query.table, self._filters(place.since, place.last), self._asked(query.fields))
            keys = [str(row["_id"]) for row in rows]
            if rows and place.last is not None and keys[0] <= place.last:
                raise SourceRefused("纷享销客 gives {table} out of order; it cannot be read in full", table=query.table)
            records = tuple(self._record(query.table, row, query.fields, columns) for row in rows if place.is_news(row))
            if len(rows) < PAGE:
                visible = frozenset(name for name in query.fields if name in columns)
                full = place.since is None
                end = Certificate(full=full, complete=True, scope=scope, visible=visible, cursor=place.cursor(scope))
                yield Page(records, None, end)
                return
            place.last = keys[-1]
            yield Page(records, place.resume(scope), None)

    def _begun(self, query: Query, scope: str) -> _Place:
        start = milliseconds(self._gate.now() - OVERLAP)
        if query.resume is not None:
            _, *rest = _loaded(query.resume, scope, 6)
            return _Place(*rest)
        if query.since is None:
            return _Place(None, None, start, {}, {})
        _, since, known = _loaded(query.since, scope, 3)
        return _Place(since, None, start, known, {})

    def _filters(self, since: int | None, last: str | None) -> list[dict[str, Any]]:
        filters = []
        if since is not None:
            until = milliseconds(self._gate.now() + timedelta(days=1))
            filters.append({"field_name": MODIFIED, "operator": "BETWEEN", "field_values": [since, until]})
        if last is not None:
            filters.append({"field_name": "_id", "operator": "GT", "field_values": [last]})
        return filters

    def _asked(self, fields: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("_id", MODIFIED, LIFE, LOCKED, *fields)))

    def _rows(
        self, table: str, filters: Sequence[Mapping[str, Any]], fields: Sequence[str], size: int = PAGE
    ) -> list[Mapping[str, Any]]:
        """One page, by `_id`; counting is switched off in both ways that are in use."""
        search = {
            "limit": size,
            "offset": 0,
            "filters": list(filters),
            "orders": [{"fieldName": "_id", "isAsc": True}],
            "fieldProjection": list(fields),
        }
        data = {"dataObjectApiName": table, "find_explicit_total_num": False, "search_query_info": search}
        answer = self._account.read(f"{_data(table)}/query", {"returnTotalNum": 3, "data": data})
        rows = answer.at("data", "dataList")
        rows = answer.at("dataList") if rows is None else rows
        if not isinstance(rows, list):
            raise SourceRefused("纷享销客 answers without a list of records for {table}", table=table)
        return rows

    def _record(
        self, table: str, row: Mapping[str, Any], fields: Sequence[str], columns: Mapping[str, Column]
    ) -> Record:
        """Empty fields are left out by the system, so what is missing is empty."""
        values = {name: columns[name].read(row.get(name)) for name in fields if name in columns}
        moved = row.get(MODIFIED)
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(moved)) if moved else None
        away = row.get(LIFE) == "invalid" or row.get("is_deleted") in (True, "true", "1", 1)
        locked = frozenset({"*"}) if str(row.get(LOCKED)) == "1" else frozenset()
        version = str(moved) if moved else None
        return Record(
            table, str(row["_id"]), values, version, at, state=State.ARCHIVED if away else State.LIVE, locked=locked
        )

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Those that a query does not show are asked for one by one: one may lie in the recycle bin."""
        columns = self._columns_of(table)
        for at in range(0, len(keys), PAGE):
            left = dict.fromkeys(keys[at : at + PAGE])
            wanted = [{"field_name": "_id", "operator": "IN", "field_values": list(left)}]
            for row in self._rows(table, wanted, self._asked(fields)):
                if left.pop(str(row["_id"]), "") is None:
                    yield self._record(table, row, fields, columns)
            for key in left:
                asked = {"data": {"dataObjectApiName": table, "objectDataId": key}}
                reply = self._account.call(f"{_data(table)}/get", asked, safe=True)
                found = reply.answer.at("data") if reply.fate is Fate.FINE else None
                if isinstance(found, dict) and str(found.get("_id")) == key:
                    yield self._record(table, found, fields, columns)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        columns, name = self._columns_of(table), by or self._facts.get(table, TableFacts()).token
        if name is None or name not in columns:
            raise SourceRefused("{table} has no column `{column}` to search", table=table, column=name or "offbook_id")
        for value in values:
            wanted = [{"field_name": name, "operator": "EQ", "field_values": [value]}]
            for row in self._rows(table, wanted, self._asked((*fields, name))):
                if as_text(columns[name].read(row.get(name))) == value:
                    yield value, self._record(table, row, fields, columns)

    def _scope(self, query: Query) -> str:
        """A cursor holds for one object, one acting user and one set of fields."""
        said = [self._account.base, self._account.name, self._options.acting_user, query.table]
        return blake2b(orjson.dumps([*said, sorted(query.fields)]), digest_size=8).hexdigest()

    # -------------------------------------------------------------------------- writing

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        op = one_op(changes, SPEC.best, f"纷享销客 {table}")
        if op is None:
            return
        columns = self._columns_of(table)
        for change in changes:
            apart = {
                name: (Outcome.REJECTED, say("there is no such column, or it is read-only"))
                for name in change.after
                if name not in columns
                or not (columns[name].field.on_create if op is Op.CREATE else columns[name].field.on_update)
            }
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            elif op is Op.CREATE:
                yield self._created(table, change, columns)
            elif op is Op.UPDATE:
                yield self._updated(table, change, columns)
            else:
                yield self._put(table, op, change)

    def _created(self, table: str, change: Change, columns: Mapping[str, Column]) -> Receipt:
        values = {name: columns[name].write(value) for name, value in change.after.items()}
        token = self._facts.get(table, TableFacts()).token
        if token in columns and change.token:
            values[str(token)] = change.token
        if self._options.high_seas and table == "AccountObj" and not values.get(OWNER):
            values[POOL] = self._options.high_seas
        data = {"object_data": {**values, "dataObjectApiName": table}, "details": {}}
        return self._sent(change, f"{_data(table)}/create", {**self._quiet(), "data": data})

    def _updated(self, table: str, change: Change, columns: Mapping[str, Column]) -> Receipt:
        """The owner is changed by a call of its own, after the others; its fate is told apart (C25)."""
        values = {name: columns[name].write(value) for name, value in change.after.items() if name != OWNER}
        receipt = Receipt(change.id, Outcome.DONE, change.key)
        if values:
            data = {"object_data": {**values, "_id": change.key, "dataObjectApiName": table}}
            receipt = self._sent(change, f"{_data(table)}/update", {**self._quiet(), "data": data})
        if OWNER not in change.after or receipt.outcome is not Outcome.DONE:
            return receipt
        body = {
            "dataObjectApiName": table,
            "Data": [{"objectDataId": change.key, "ownerId": columns[OWNER].write(change.after[OWNER])}],
        }
        try:
            owner = self._sent(change, f"{_data(table)}/changeOwner", {"data": body})
        except (NotSent, Stopped) as trouble:
            if not values:
                raise
            return replace(receipt, apart={OWNER: (Outcome.DEFERRED, trouble.said)})
        if not values:
            return (
                owner
                if owner.outcome is not Outcome.REJECTED
                else replace(owner, apart={OWNER: (Outcome.REJECTED, owner.detail)})
            )
        return (
            receipt if owner.outcome is Outcome.DONE else replace(receipt, apart={OWNER: (owner.outcome, owner.detail)})
        )

    def _put(self, table: str, op: Op, change: Change) -> Receipt:
        """To the recycle bin and back; only what lies there can be deleted for good."""
        one = {"data": {"dataObjectApiName": table, "object_data_id": change.key}}
        many = {"data": {"dataObjectApiName": table, "idList": [change.key]}}
        if op is Op.RESTORE:
            return self._sent(change, f"{_data(table)}/recover", many)
        receipt = self._sent(change, f"{_data(table)}/invalid", one)
        if op is Op.ARCHIVE or receipt.outcome is not Outcome.DONE:
            return receipt
        try:
            return self._sent(change, f"{_data(table)}/delete", many)
        except (NotSent, Stopped) as trouble:
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=str(trouble.said))

    def _quiet(self) -> dict[str, bool]:
        return {"triggerApprovalFlow": self._options.workflows, "triggerWorkFlow": self._options.workflows}

    def _sent(self, change: Change, path: str, body: Mapping[str, Any]) -> Receipt:
        try:
            reply = self._account.call(path, body, safe=False)
        except Lost as trouble:
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=str(trouble.said))
        return self._receipt(change, reply)

    def _receipt(self, change: Change, reply: Reply) -> Receipt:
        if reply.fate is Fate.FINE:
            key = _made(reply.answer) if change.op is Op.CREATE else change.key
            return Receipt(change.id, Outcome.DONE if key else Outcome.UNKNOWN, key)
        if reply.fate in (Fate.FORBIDDEN, Fate.CONFIG):
            raise self._account.client.error(reply)
        words = str(reply.answer.at("errorDescription") or reply.answer.at("errorMessage") or "")
        if any(word in words for word in ("不存在", "已作废", "已删除")) and change.op is not Op.CREATE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=reply.told)
        named = {name: (Outcome.REJECTED, reply.told) for name in change.after if name in words}
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=named, detail=reply.told)


def _data(table: str) -> str:
    """Objects of the corporation's own have paths of their own."""
    return "/cgi/crm/custom/v2/data" if table.endswith("__c") else "/cgi/crm/v2/data"


def _made(answer: Answer) -> str | None:
    found = answer.at("dataId") or answer.at("data", "dataId") or answer.at("data", "_id")
    return str(found) if found else None


def _loaded(text: str, scope: str, size: int) -> list[Any]:
    try:
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) != size or found[0] != scope:
        raise CursorExpired("this place in a listing is not one of this table; it is read anew")
    return found


__all__ = ["SPEC", "Fxiaoke", "Options"]
