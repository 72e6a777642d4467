"""How are the records of tables in 伙伴云 (Huoban) read and written through its OpenAPI?

Not tried against a live account. What several callers report of it is kept to, and where they differ the careful
reading is taken: one record a call, and no filter is believed before it was seen to filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

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
    Table,
    TableFacts,
    say,
)
from connectors.http import Client, Lost, NotSent, Reply, Request
from connectors.settings import SecretText, Strict
from connectors.shared.huoban.fields import Column, columns_of
from connectors.shared.sheets import one_op
from connectors.shared.values import as_text
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status
from connectors.shared.web.redact import Secrets

PAGE: Final = 100
"""The most that callers saw on a page."""
TOGETHER: Final = 20
"""Values that are searched for in one request."""
_FATES: Final[Mapping[int, Fate]] = {
    100: Fate.AUTH,
    501: Fate.CONFIG,
    502: Fate.REJECTED,
    3500002: Fate.GONE,
    9600001: Fate.FORBIDDEN,
}
_BUSY: Final = ("频率", "频繁", "limit", "too many", "稍后")


class Options(Strict):
    """Options of a huoban source."""

    api_key: SecretText = Option(description="The API key, made in the console of 伙伴云 (企业管理 → API)")
    space: str = Option(pattern=r"\d+", description="Id of the workspace (工作区) that holds the tables")
    base_url: str = Option("https://api.huoban.com/openapi/v1", description="Where the API is")
    rate: int = Option(5, ge=1, le=50, description="Requests a second")


SPEC: Final = Spec(
    title="伙伴云 (Huoban)",
    options=Options,
    connect=lambda options, context: Huoban(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
        listing=Listing.DRIFTING,
        repeat=Repeat.FIND,
        page=PAGE,
        reread=PAGE,
        batch={Op.CREATE: TOGETHER, Op.UPDATE: TOGETHER, Op.DELETE: TOGETHER},
        paces=(Pace("huoban", 5, 1.0),),
    ),
)


def judge(answer: Answer) -> Judged:
    """Errors come inside 200, with a code and a sentence."""
    body = answer.json
    if body is NOT_JSON or not isinstance(body, dict) or "code" not in body:
        return by_status(answer) if answer.status >= 300 else Judged(Fate.BROKEN, text="no JSON")
    code, text = body.get("code"), str(body.get("message") or "")
    if code == 0:
        return Judged(Fate.FINE)
    if answer.status == 429 or any(word in text.lower() for word in _BUSY):
        return Judged(Fate.LATER, text=text)
    fate = _FATES.get(code if isinstance(code, int) else -1)
    return Judged(fate or (Fate.BROKEN if answer.status >= 500 else Fate.REJECTED), text=f"{code} {text}")


class _Ignored(Exception):
    """The system gave records that the filter does not let through."""


class Huoban:
    """connectors.contract.Connector on one workspace; a table is a table, by its id."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._facts, self._zone = options, context.tables, ZoneInfo(context.timezone)
        key = options.api_key.get_secret_value()
        self._account = blake2b(key.encode(), digest_size=6).hexdigest()
        self._paces = (Pace(f"huoban:{self._account}", options.rate, 1.0),)
        headers = {"Open-Authorization": f"Bearer {key}"}
        self._client = Client("伙伴云", options.base_url, context.gate, Secrets([key]), headers, judge)
        self._columns: dict[str, dict[str, Column]] = {}
        self._filters = True

    def __repr__(self) -> str:
        return f"Huoban({self._options.space})"

    def close(self) -> None:
        self._client.close()

    # -------------------------------------------------------------------------- what is there

    def check(self) -> Sequence[Finding]:
        found: list[Finding] = []
        try:
            there = self.tables()
            found += (
                [] if there else [Finding("warning", "empty", say("the workspace has no tables that this key may see"))]
            )
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        for table in filter(None, self._facts):
            try:
                self._columns_of(table)
                next(self._items(table, None, 1), None)
            except SourceError as error:
                text = say(
                    "{table} cannot be read; give the key the right to it in the console of 伙伴云. {error}",
                    table=table,
                    error=error.said,
                )
                found.append(Finding("error", "table", text, table))
        return found

    def tables(self) -> Mapping[str, str]:
        answer = self._read("table/list", {"space_id": self._options.space})
        return {
            str(one["table_id"]): str(one.get("name") or one["table_id"]) for one in answer.at("data", "tables") or ()
        }

    def describe(self, table: str) -> Table:
        self._columns.pop(table, None)
        columns = self._columns_of(table)
        token = self._facts.get(table, TableFacts()).token
        repeat = Repeat.FIND if token in columns else Repeat.NOTHING
        best = SPEC.best
        can = Capabilities(
            best.ops, listing=best.listing, repeat=repeat, page=PAGE, reread=PAGE, batch=best.batch, paces=self._paces
        )
        return Table(table, self.tables().get(table, table), tuple(one.field for one in columns.values()), can)

    def _columns_of(self, table: str) -> dict[str, Column]:
        if table not in self._columns:
            self._columns[table] = columns_of(self._read(f"table/{table}", {}).at("data"), self._zone)
        return self._columns[table]

    # -------------------------------------------------------------------------- reading

    def pull(self, query: Query) -> Iterator[Page]:
        """By offset, oldest first: what is deleted meanwhile shifts the rest, so the listing is drifting."""
        columns, scope = self._columns_of(query.table), self._scope(query)
        if query.since is not None:
            raise CursorExpired("伙伴云 tells no changes; the table is read in full")
        offset, before = _resumed(query.resume, scope), None
        while True:
            items, total = self._page(query.table, None, PAGE, offset)
            keys = [str(one.get("item_id")) for one in items]
            if items and keys == before:
                raise SourceRefused(
                    "伙伴云 gives the same page of {table} again and again; it cannot be read in full",
                    table=query.table,
                )
            offset, before = offset + len(items), keys
            records = tuple(self._record(query.table, one, query.fields, columns) for one in items)
            if not items or (total is not None and offset >= total):
                yield Page(records, None, self._end(query, columns, scope, offset, total))
                return
            yield Page(records, orjson.dumps([scope, offset]).decode(), None)

    def _end(
        self, query: Query, columns: Mapping[str, Column], scope: str, count: int, total: int | None
    ) -> Certificate:
        short = total is not None and count < total
        visible = frozenset(name for name in query.fields if name in columns)
        why = say("fewer records came than the table says it has") if short else ""
        return Certificate(full=True, complete=not short, scope=scope, visible=visible, declared=total, why=why)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        columns = self._columns_of(table)
        for at in range(0, len(keys), PAGE):
            asked = set(keys[at : at + PAGE])
            wanted = {"and": [{"field": "item_id", "query": {"in": sorted(asked)}}]}

            def is_asked(item: Mapping[str, Any], asked: set[str] = asked) -> bool:
                return str(item.get("item_id")) in asked

            for item in self._filtered(table, wanted, is_asked):
                yield self._record(table, item, fields, columns)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        columns, name = self._columns_of(table), by or self._facts.get(table, TableFacts()).token
        if name is None or name not in columns:
            raise SourceRefused("{table} has no column `{column}` to search", table=table, column=name or "offbook_id")
        for at in range(0, len(values), TOGETHER):
            asked = set(values[at : at + TOGETHER])
            wanted = {"or": [{"field": name, "query": {"eq": [one]}} for one in sorted(asked)]}

            def fits(item: Mapping[str, Any], asked: set[str] = asked) -> bool:
                return as_text(columns[name].read((item.get("fields") or {}).get(name))) in asked

            for item in self._filtered(table, wanted, fits):
                shown = as_text(columns[name].read((item.get("fields") or {}).get(name)))
                yield shown, self._record(table, item, fields, columns)

    def _filtered(
        self, table: str, wanted: Mapping[str, Any], fits: Callable[[Mapping[str, Any]], bool]
    ) -> Iterator[Mapping[str, Any]]:
        """A filter that the system does not understand is ignored in silence: then all records are looked through."""
        if self._filters:
            try:
                found = list(self._fitting(table, wanted, fits))
            except _Ignored:
                self._filters = False
            else:
                yield from found
                return
        yield from (item for item in self._items(table, None) if fits(item))

    def _fitting(
        self, table: str, wanted: Mapping[str, Any], fits: Callable[[Mapping[str, Any]], bool]
    ) -> Iterator[Mapping[str, Any]]:
        for item in self._items(table, wanted):
            if not fits(item):
                raise _Ignored
            yield item

    def _items(self, table: str, wanted: Mapping[str, Any] | None, size: int = PAGE) -> Iterator[Mapping[str, Any]]:
        offset = 0
        while True:
            items, total = self._page(table, wanted, size, offset)
            yield from items
            offset += len(items)
            if not items or (total is not None and offset >= total):
                return

    def _page(
        self, table: str, wanted: Mapping[str, Any] | None, size: int, offset: int
    ) -> tuple[list[Mapping[str, Any]], int | None]:
        """Items, and how many there are under the filter where the system says so."""
        body: dict[str, Any] = {"table_id": table, "limit": size, "offset": offset, "with_field_config": 0}
        body["order"] = {"field_id": "created_on", "type": "asc"}
        if wanted is not None:
            body["filter"] = wanted
        answer = self._read("item/list", body)
        items, total = answer.at("data", "items"), answer.at("data", "filtered")
        total = answer.at("data", "total") if total is None and wanted is None else total
        if not isinstance(items, list):
            raise SourceRefused("伙伴云 answers without a list of records for {table}", table=table)
        return items, total if isinstance(total, int) else None

    def _record(
        self, table: str, item: Mapping[str, Any], fields: Sequence[str], columns: Mapping[str, Column]
    ) -> Record:
        """A field that is not set is left out by the system: it is empty."""
        shown: Mapping[str, Any] = item.get("fields") or {}
        values = {name: columns[name].read(shown.get(name)) for name in fields if name in columns}
        return Record(table, str(item.get("item_id")), values)

    def _scope(self, query: Query) -> str:
        said = [self._options.base_url, self._options.space, self._account, query.table]
        return blake2b(orjson.dumps(said), digest_size=8).hexdigest()

    # -------------------------------------------------------------------------- writing

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        op = one_op(changes, SPEC.best, f"伙伴云 {table}")
        if op is None:
            return
        columns = self._columns_of(table)
        for change in changes:
            apart = {
                n: (Outcome.REJECTED, say("there is no such column, or it is read-only"))
                for n in change.after
                if not _takes(columns, n, op)
            }
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
                continue
            yield self._sent(table, op, change, columns)

    def _sent(self, table: str, op: Op, change: Change, columns: Mapping[str, Column]) -> Receipt:
        fields = {name: columns[name].write(value) for name, value in change.after.items()}
        token = self._facts.get(table, TableFacts()).token
        if op is Op.CREATE and change.token and token in columns:
            fields[str(token)] = change.token
        ways = {
            Op.CREATE: ("POST", "item", {"table_id": table, "fields": fields}),
            Op.UPDATE: ("PUT", f"item/{change.key}", {"fields": fields}),
            Op.DELETE: ("DELETE", f"item/{change.key}", {}),
        }
        method, path, body = ways[op]
        try:
            reply = self._client.send(Request(method, path, json=body, paces=self._paces))
        except Lost as trouble:
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=str(trouble.said))
        return self._receipt(op, change, reply)

    def _receipt(self, op: Op, change: Change, reply: Reply) -> Receipt:
        """No record: the engine fetches it, since the answer shows nothing of it."""
        if reply.fate is Fate.FINE:
            item = reply.answer.at("data", "item", "item_id") or reply.answer.at("data", "item_id")
            return Receipt(change.id, Outcome.DONE, str(item) if op is Op.CREATE and item else change.key)
        if reply.fate is Fate.GONE and op is not Op.CREATE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=reply.told)
        if reply.fate in (Fate.FORBIDDEN, Fate.CONFIG):
            raise self._client.error(reply)
        words = str(reply.answer.at("message") or "")
        named = {name: (Outcome.REJECTED, reply.told) for name in change.after if name in words}
        return Receipt(change.id, Outcome.REJECTED, change.key, apart=named, detail=reply.told)

    def _read(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self._client.read(Request("POST", path, json=body, paces=self._paces))


def _takes(columns: Mapping[str, Column], name: str, op: Op) -> bool:
    field = columns[name].field if name in columns else None
    return field is not None and (field.on_create if op is Op.CREATE else field.on_update)


def _resumed(resume: str | None, scope: str) -> int:
    if resume is None:
        return 0
    try:
        known, offset = orjson.loads(resume)
    except ValueError:
        known, offset = "", 0
    if known != scope or not isinstance(offset, int):
        raise CursorExpired("this place in a listing is not one of this table; it is read anew")
    return offset


__all__ = ["SPEC", "Huoban", "NotSent", "Options", "judge"]
