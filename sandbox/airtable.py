"""How does a pretended Airtable answer? One account with bases, tables, typed fields, and the vendor's rules.

What is pretended: ids of fields and options, empty cells left out, 100 records a page with an iterator that can expire,
10 records a write that fall as one, upserts, 5 requests a second for a base and 50 for a token with 30 seconds of
silence after either is exceeded, and formulas as far as filters need them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.airtable_base import Base, Cells, Sheet, cell, clock, filled, new_id, row, shown
from sandbox.airtable_formula import BadFormula, holds, parsed
from sandbox.airtable_types import READ_ONLY, UPSERT_TYPES, Refused, stored
from sandbox.server import Call, Fake, Rate, Reply

PAGE: Final = 100
BATCH: Final = 10


def error(status: int, kind: str, message: str = "") -> Reply:
    return Reply(status, {"error": {"type": kind, "message": message}})


_FORBIDDEN: Final = "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
_NOT_ALLOWED: Final = (
    "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
    "required permissions, and that the model names and/or ids are correct."
)


class Airtable(Fake):
    """token: what is accepted. denied: ids of tables whose records may not be read. tastes: fields that are stored in
    capitals. cut: pages hold a record that cannot be read. looping: so many pages are followed by themselves."""

    rates: tuple[Rate, ...] = (
        Rate(5, 1.0, penalty=30.0, only=r"/app\w+", of=lambda call: _base_of(call.path)),
        Rate(50, 1.0, penalty=30.0, of=lambda call: call.headers.get("authorization", "")),
    )

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), token: str = "") -> None:
        super().__init__(now)
        self.token = token or "patSandbox"
        self.bases: dict[str, Base] = {}
        self.user = "usrSandbox0000001"
        self.scopes: list[str] | None = None
        self.denied: set[str] = set()
        self.tastes: set[str] = set()
        self.cut, self.looping = False, 0
        self._iterators: dict[str, list[str]] = {}
        self._numbers = itertools.count(1)
        self._addresses()

    def _addresses(self) -> None:
        self.route("GET", "/v0/meta/whoami", self._who)
        self.route("GET", "/v0/meta/bases", self._bases)
        self.route("GET", "/v0/meta/bases/{base}/tables", self._tables)
        self.route("GET", "/v0/{base}/{table}", self._list)
        self.route("POST", "/v0/{base}/{table}/listRecords", self._list)
        self.route("POST", "/v0/{base}/{table}", self._create)
        for method in ("PATCH", "PUT"):
            self.route(method, "/v0/{base}/{table}", self._update)
            self.route(method, "/v0/{base}/{table}/{record}", self._update_one)
        self.route("DELETE", "/v0/{base}/{table}", self._delete)
        self.route("DELETE", "/v0/{base}/{table}/{record}", self._delete_one)
        self.route("GET", "/v0/{base}/{table}/{record}", self._get)

    # -------------------------------------------------------------------------- what a test does behind its back

    def add_base(self, name: str, level: str = "create") -> Base:
        base = Base(new_id("app"), name, level)
        self.bases[base.id] = base
        return base

    def add(self, table: Sheet, cells: Mapping[str, Any]) -> str:
        """A person types a record."""
        record = Cells(new_id("rec"), filled(cells), self.now())
        table.records[record.id] = record
        return record.id

    def edit(self, table: Sheet, key: str, cells: Mapping[str, Any]) -> None:
        record = table.records[key]
        record.cells = filled({**record.cells, **cells})
        record.modified = self.now()

    def expire(self) -> None:
        """All listings that are under way are forgotten, as after a restart of their servers."""
        self._iterators.clear()

    # -------------------------------------------------------------------------- its words

    def too_fast(self, wait: float | None) -> Reply:
        return error(429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later")

    def failed(self) -> Reply:
        return error(500, "SERVER_ERROR")

    def unknown(self, call: Call) -> Reply:
        return Reply(404, {"error": "NOT_FOUND"})

    def allow(self, call: Call) -> Reply | None:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return error(401, "AUTHENTICATION_REQUIRED", "Authentication required")
        return None

    def _may(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes

    # -------------------------------------------------------------------------- metadata

    def _who(self, call: Call) -> Reply:
        return Reply(200, {"id": self.user, **({"scopes": self.scopes} if self.scopes is not None else {})})

    def _bases(self, call: Call) -> Reply:
        if not self._may("schema.bases:read"):
            return error(403, _FORBIDDEN, _NOT_ALLOWED)
        shown = [{"id": one.id, "name": one.name, "permissionLevel": one.level} for one in self.bases.values()]
        return Reply(200, {"bases": shown})

    def _tables(self, call: Call) -> Reply:
        base = self.bases.get(call.parts["base"])
        if base is None or not self._may("schema.bases:read"):
            return error(403, _FORBIDDEN, _NOT_ALLOWED)
        return Reply(200, {"tables": [shown(one) for one in base.tables]})

    def _table(self, call: Call, scope: str) -> Sheet | Reply:
        base = self.bases.get(call.parts["base"])
        table = base.table(call.parts["table"]) if base else None
        if base is None or table is None or not self._may(scope) or table.id in self.denied:
            return error(403, _FORBIDDEN, _NOT_ALLOWED)
        if scope == "data.records:write" and base.level in ("none", "read", "comment"):
            return error(403, "INVALID_PERMISSIONS", "You are not permitted to perform this operation")
        return table

    # -------------------------------------------------------------------------- reading

    def _list(self, call: Call) -> Reply:
        table = self._table(call, "data.records:read")
        if isinstance(table, Reply):
            return table
        ask = _Ask.of(call)
        if any(table.field(name) is None for name in ask.fields):
            return error(422, "UNKNOWN_FIELD_NAME", "Unknown field name")
        keys, start = self._started(table, ask) if not ask.offset else (self._iterators.get(ask.iterator), ask.start)
        if isinstance(keys, Reply):
            return keys
        if keys is None:
            return error(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
        if self.looping and start:
            self.looping, start = self.looping - 1, 0
        page = keys[start : start + ask.size]
        shown: list[Any] = [ask.show(table, table.records[key]) for key in page if key in table.records]
        if self.cut and shown:
            shown[-1] = None
        more = start + ask.size < len(keys)
        return Reply(200, {"records": shown, **({"offset": self._kept(keys, start + ask.size, ask)} if more else {})})

    def _kept(self, keys: list[str], start: int, ask: _Ask) -> str:
        name = ask.iterator or f"itr{next(self._numbers):014d}"
        self._iterators[name] = keys
        return f"{name}/{start}"

    def _started(self, table: Sheet, ask: _Ask) -> tuple[list[str] | Reply, int]:
        found: list[Cells] = list(table.records.values())
        if ask.view:
            if ask.view not in table.views:
                return error(422, "VIEW_NAME_NOT_FOUND", f"View {ask.view} not found"), 0
            found = [one for one in found if table.views[ask.view](one)]
        if ask.formula:
            try:
                term = parsed(ask.formula)
                found = [one for one in found if holds(term(row(table, one)))]
            except BadFormula:
                return error(422, "INVALID_FILTER_BY_FORMULA", "The formula for filtering records is invalid"), 0
        return [one.id for one in found][: ask.most], 0

    def _get(self, call: Call) -> Reply:
        table = self._table(call, "data.records:read")
        if isinstance(table, Reply):
            return table
        record = table.records.get(call.parts["record"])
        return Reply(200, _Ask.of(call).show(table, record)) if record else Reply(404, {"error": "NOT_FOUND"})

    # -------------------------------------------------------------------------- writing

    def _create(self, call: Call) -> Reply:
        body = call.json or {}
        if "records" in body:
            return self._written(call, body["records"], _never)
        made = self._written(call, [body], _never)
        return Reply(200, made.body["records"][0]) if made.status == 200 else made

    def _update(self, call: Call) -> Reply:
        body = call.json or {}
        merge = (body.get("performUpsert") or {}).get("fieldsToMergeOn")
        if merge is None:
            return self._written(call, body.get("records", []), _by_id)
        return self._written(
            call, body.get("records", []), lambda table, one: _by_fields(table, one, merge), upsert=True
        )

    def _update_one(self, call: Call) -> Reply:
        made = self._written(call, [{**(call.json or {}), "id": call.parts["record"]}], _by_id)
        return Reply(200, made.body["records"][0]) if made.status == 200 else made

    def _written(self, call: Call, given: list[Any], find: _Find, *, upsert: bool = False) -> Reply:
        """All of a batch or nothing."""
        table = self._table(call, "data.records:write")
        if isinstance(table, Reply):
            return table
        if not given or len(given) > BATCH:
            return error(422, "INVALID_RECORDS_SIZE" if given else "INVALID_RECORDS", "1 to 10 records are accepted")
        try:
            ready = [(find(table, one), self._cells(call, table, one.get("fields", {}))) for one in given]
        except Refused as trouble:
            return error(trouble.status, trouble.kind, trouble.message)
        ask, made = _Ask.of(call), set[str]()
        records = [self._put(table, record, cells, made, empty=call.method == "PUT") for record, cells in ready]
        answer: dict[str, Any] = {"records": [ask.show(table, one) for one in records]}
        if upsert:
            answer["createdRecords"] = [one.id for one in records if one.id in made]
            answer["updatedRecords"] = [one.id for one in records if one.id not in made]
        return Reply(200, answer)

    def _put(
        self, table: Sheet, record: Cells | None, cells: Mapping[str, Any], made: set[str], *, empty: bool
    ) -> Cells:
        if record is None:
            key = self.add(table, cells)
            made.add(key)
            return table.records[key]
        kept = {k: v for k, v in record.cells.items() if not empty or (table.field(k) or {})["type"] in READ_ONLY}
        record.cells = kept
        self.edit(table, record.id, cells)
        return record

    def _cells(self, call: Call, table: Sheet, given: Mapping[str, Any]) -> dict[str, Any]:
        """By field id, checked. Raises Refused."""
        cells: dict[str, Any] = {}
        for name, value in given.items():
            known = table.field(name)
            if known is None:
                raise Refused("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')
            value = stored(known, value)
            if known["type"] == "multipleRecordLinks":
                self._demand_linked(call, known, value or [])
            cells[known["id"]] = value.upper() if known["id"] in self.tastes and isinstance(value, str) else value
        return cells

    def _demand_linked(self, call: Call, known: Mapping[str, Any], keys: list[str]) -> None:
        target = self.bases[call.parts["base"]].table(known["options"]["linkedTableId"])
        for key in keys:
            if target is None or key not in target.records:
                raise Refused("ROW_DOES_NOT_EXIST", f"Record ID {key} does not exist in this table")

    def _delete(self, call: Call) -> Reply:
        table = self._table(call, "data.records:write")
        if isinstance(table, Reply):
            return table
        keys = call.query.get("records[]", call.query.get("records", []))
        if not keys or len(keys) > BATCH:
            return error(422, "INVALID_RECORDS_SIZE", "1 to 10 records are accepted")
        if any(key not in table.records for key in keys):
            return error(404, "NOT_FOUND", "Record not found")
        for key in keys:
            del table.records[key]
        return Reply(200, {"records": [{"id": key, "deleted": True} for key in keys]})

    def _delete_one(self, call: Call) -> Reply:
        table = self._table(call, "data.records:write")
        if isinstance(table, Reply):
            return table
        if table.records.pop(call.parts["record"], None) is None:
            return Reply(404, {"error": "NOT_FOUND"})
        return Reply(200, {"id": call.parts["record"], "deleted": True})


_Find = Callable[[Sheet, Mapping[str, Any]], Cells | None]


def _never(*_: object) -> None:
    """A plain create looks for nothing."""


def _by_id(table: Sheet, given: Mapping[str, Any]) -> Cells:
    record = table.records.get(str(given.get("id")))
    if record is None:
        raise Refused("ROW_DOES_NOT_EXIST", f"Record ID {given.get('id')} does not exist in this table")
    return record


def _by_fields(table: Sheet, given: Mapping[str, Any], merge: list[str]) -> Cells | None:
    """The rules of an upsert: 1 to 3 fields of certain types, and never more than one record that matches."""
    if given.get("id"):
        return _by_id(table, given)
    fields = [table.field(name) for name in merge]
    if not 1 <= len(merge) <= 3 or any(one is None or one["type"] not in UPSERT_TYPES for one in fields):
        raise Refused("INVALID_VALUE_FOR_COLUMN", "Unsupported field type for upsert")
    ids = {one["id"]: one["name"] for one in fields if one is not None}
    wanted = {key: given["fields"].get(key, given["fields"].get(name)) for key, name in ids.items()}
    if None in wanted.values():
        raise Refused("INVALID_REQUEST_UNKNOWN", "A record is missing a field to merge on")
    found = [one for one in table.records.values() if all(one.cells.get(k) == v for k, v in wanted.items())]
    if len(found) > 1:
        raise Refused("INVALID_REQUEST_UNKNOWN", "Cannot update more than one record")
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a request wants to see, from its address or its body."""

    fields: tuple[str, ...]
    by_id: bool
    formula: str = ""
    view: str = ""
    offset: str = ""
    size: int = PAGE
    most: int | None = None

    @classmethod
    def of(cls, call: Call) -> _Ask:
        body = call.json if isinstance(call.json, dict) else {}
        given = {name: values[0] for name, values in call.query.items()} | body
        fields = call.query.get("fields[]", call.query.get("fields", [])) or body.get("fields", [])
        most = given.get("maxRecords")
        return cls(
            tuple(fields) if isinstance(fields, list) else (),
            str(given.get("returnFieldsByFieldId", "")).lower() in ("1", "true"),
            str(given.get("filterByFormula", "")),
            str(given.get("view", "")),
            str(given.get("offset", "")),
            min(PAGE, int(given.get("pageSize", PAGE))),
            int(most) if most else None,
        )

    @property
    def iterator(self) -> str:
        return self.offset.partition("/")[0]

    @property
    def start(self) -> int:
        return int(self.offset.partition("/")[2] or 0)

    def show(self, table: Sheet, record: Cells) -> dict[str, Any]:
        shown = {}
        for one in table.fields:
            if self.fields and one["id"] not in self.fields and one["name"] not in self.fields:
                continue
            value = cell(one, record)
            if value not in (None, "", [], False):
                shown[one["id"] if self.by_id else one["name"]] = value
        return {"id": record.id, "createdTime": clock(record.created), "fields": shown}


def _base_of(path: str) -> str:
    return next((part for part in path.split("/") if part.startswith("app")), "")
