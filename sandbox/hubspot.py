"""How would HubSpot's CRM answer? A local stand-in with its rules, for tests and for trying a configuration.

Under the dated paths and under those of v3 and v4, which the vendor's own client still asks. Rules are those of the
vendor's documentation as the project noted them; errors have the shape of recorded ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.hubspot_account import HubSpotAccount, is_archived
from sandbox.hubspot_objects import Objects, Row, Wrong, iso
from sandbox.hubspot_search import searched
from sandbox.server import Call, Reply

_BATCH: Final = 100


class HubSpotFake(HubSpotAccount):
    """token: what a user of the sandbox puts into offbook.yaml. scopes, hidden (type → properties), blind (types that
    answer as if they were empty): what it may. day: calls left of the day. lag: seconds until the search knows of a
    change. renews: a merge makes a new record. multi: one bad input does not stop its batch, where trace ids are sent;
    bare: its errors do not say whose they are. cut, loops: a listing leaves records out, or never ends."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        for style in ("/crm/objects/{ver}", "/crm/v3/objects"):
            self._route_objects(style)
        for style in ("/crm/associations/{ver}", "/crm/v4/associations"):
            for word, do in (("read", self._links_read), ("create", self._links_made), ("archive", self._links_ended)):
                self.route("POST", f"{style}/{{from}}/{{to}}/batch/{word}", do)

    def _route_objects(self, style: str) -> None:
        for method, path, do in (
            ("POST", "/{type}/batch/read", self._batch_read),
            ("POST", "/{type}/batch/create", self._batch_create),
            ("POST", "/{type}/batch/update", self._batch_update),
            ("POST", "/{type}/batch/upsert", self._batch_upsert),
            ("POST", "/{type}/batch/archive", self._batch_archive),
            ("POST", "/{type}/search", self._search),
            ("POST", "/{type}/merge", self._merge),
            ("POST", "/{type}/gdpr-delete", self._gdpr),
            ("GET", "/{type}", self._list),
            ("POST", "/{type}", self._create),
            ("GET", "/{type}/{id}", self._one),
            ("PATCH", "/{type}/{id}", self._patch),
            ("DELETE", "/{type}/{id}", self._delete),
        ):
            self.route(method, style + path, do)

    # -------------------------------------------------------------------------- reading

    def shown(self, objects: Objects, row: Row, names: Sequence[str], values: Any = None) -> dict[str, Any]:
        """Only properties that were asked for, and a few more; null where nothing stands."""
        there = objects.known()
        hidden = self.hidden.get(objects.name, set())
        held = row.values if values is None else values
        asked = [name for name in names if name in there and name not in hidden]
        always = ("createdate", "hs_object_id", objects.modified)
        shown = {
            "id": row.id,
            "properties": {name: held.get(name) for name in dict.fromkeys([*asked, *always])},
            "createdAt": iso(row.created),
            "updatedAt": iso(row.updated),
            "archived": row.archived is not None,
        }
        return shown if row.archived is None else {**shown, "archivedAt": iso(row.archived)}

    def _names(self, call: Call) -> list[str]:
        return [one for text in call.query.get("properties", []) for one in text.split(",") if one]

    def _list(self, call: Call) -> Reply:
        objects = self._objects(call, "read")
        if isinstance(objects, Reply):
            return objects
        limit = int(call.arg("limit", "10"))
        if not 1 <= limit <= 100:
            return self.error(400, "VALIDATION_ERROR", "limit must be at most 100")
        after = call.arg("after") if not self.loops else ""
        archived = is_archived(call)
        rows = list(itertools.islice(objects.after(after, archived=archived), limit + 1))
        if objects.name in self.blind:
            rows = []
        names = self._names(call)
        results: list[Any] = [self.shown(objects, row, names) for row in rows[:limit]]
        if self.cut and results and not archived:
            results[0] = {"properties": {}}
        body: dict[str, Any] = {"results": results}
        if len(rows) > limit:
            body["paging"] = {"next": {"after": rows[limit - 1].id, "link": "https://api.hubapi.com/next"}}
        return Reply(200, body)

    def _one(self, call: Call) -> Reply:
        objects = self._objects(call, "read")
        if isinstance(objects, Reply):
            return objects
        key = call.parts["id"]
        row = objects.gone(key) if is_archived(call) else objects.by(call.arg("idProperty"), key)
        if row is None or objects.name in self.blind:
            return self.unknown(call)
        return Reply(200, self.shown(objects, row, self._names(call)))

    def _batch_read(self, call: Call) -> Reply:
        objects, inputs = self._objects(call, "read"), self._inputs(call)
        if isinstance(objects, Reply):
            return objects
        if isinstance(inputs, Reply):
            return inputs
        body = call.json
        by, archived = str(body.get("idProperty") or ""), is_archived(call)
        found: dict[str, Row] = {}
        missing = []
        for one in inputs:
            key = str(one.get("id"))
            row = objects.gone(key) if archived else objects.by(by, key)
            if row is None or objects.name in self.blind:
                missing.append(key)
            else:
                found[row.id] = row
        results = [self.shown(objects, row, body.get("properties") or []) for row in found.values()]
        text = f"Could not get some {objects.singular} objects, they may be deleted or not exist. Check that ids are valid."
        errors = [self._told(Wrong(text, "OBJECT_NOT_FOUND", ids=missing))] if missing else []
        return self._batched(call, results, errors, 200)

    def _search(self, call: Call) -> Reply:
        objects = self._objects(call, "read")
        if isinstance(objects, Reply):
            return objects
        body = call.json or {}
        moment = self.now() - timedelta(seconds=self.lag)
        try:
            rows, total, following = searched(objects, body, len(call.body.decode()), moment)
        except Wrong as why:
            return self._wrong(why)
        names = body.get("properties") or []
        rows = [] if objects.name in self.blind else rows
        results = [self.shown(objects, row, names, row.at(moment)) for row in rows]
        paging = {"paging": {"next": {"after": str(following)}}} if following else {}
        return Reply(200, {"total": total, "results": results, **paging})

    # -------------------------------------------------------------------------- batches

    def _inputs(self, call: Call) -> list[Mapping[str, Any]] | Reply:
        inputs = (call.json or {}).get("inputs")
        if not isinstance(inputs, list) or not inputs:
            return self.error(400, "VALIDATION_ERROR", "Invalid input JSON: inputs")
        if len(inputs) > _BATCH:
            return self.error(400, "VALIDATION_ERROR", f"the maximum number of inputs is {_BATCH}")
        return inputs

    def _told(self, why: Wrong, trace: str | None = None) -> dict[str, Any]:
        """An error within a batch; recorded ones leave out most of what the specification wants."""
        context = {**why.context, **({"objectWriteTraceId": [trace]} if trace else {})}
        told = {"status": "error", "category": why.category, "message": why.message}
        return told if self.bare else {**told, "context": context}

    def _batched(self, call: Call, results: list[Any], errors: list[Any], good: int) -> Reply:
        now = iso(self.now())
        body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        folded = call.parts.get("ver", "") >= "2026-09"  # from then on, errors come inside 200
        return Reply(good if not errors or folded else 207, body)

    def _written(
        self, call: Call, one: Callable[[Objects, Mapping[str, Any]], dict[str, Any]], good: int = 200
    ) -> Reply:
        """All or nothing, unless each input bears a trace id of its own."""
        objects, inputs = self._objects(call, "write"), self._inputs(call)
        if isinstance(objects, Reply):
            return objects
        if isinstance(inputs, Reply):
            return inputs
        traces = [each.get("objectWriteTraceId") for each in inputs]
        apart = self.multi and all(traces) and len(set(traces)) == len(traces)
        results, errors, kept = [], [], self._kept(objects)
        for each in inputs:
            trace = each.get("objectWriteTraceId")
            try:
                said = one(objects, each)
            except Wrong as why:
                if not apart:
                    self._restore(objects, kept)
                    return self._wrong(why)
                errors.append(self._told(why, trace))
            else:
                results.append({**said, **({"objectWriteTraceId": trace} if trace and not self.bare else {})})
        return self._batched(call, results[::-1], errors, good)  # the order is nobody's

    def _kept(self, objects: Objects) -> Any:
        if self.multi:
            return None
        rows = {key: (dict(row.values), row.updated, row.archived, list(row.seen)) for key, row in objects.rows.items()}
        return rows, dict(objects._unique), list(objects._order)  # noqa: SLF001 - a transaction of our own

    def _restore(self, objects: Objects, kept: Any) -> None:
        if kept is None:
            return
        rows, unique, order = kept
        objects._unique, objects._order = unique, order  # noqa: SLF001
        for key in list(objects.rows):
            if key not in rows:
                del objects.rows[key]
                continue
            row = objects.rows[key]
            row.values, row.updated, row.archived, row.seen = rows[key]

    def _batch_create(self, call: Call) -> Reply:
        return self._written(call, self._made, 201)

    def _made(self, objects: Objects, given: Mapping[str, Any]) -> dict[str, Any]:
        values = given.get("properties") or {}
        row = objects.create(values)
        for one in given.get("associations") or []:
            self.links.make(row.id, str(one["to"]["id"]), {each["associationTypeId"] for each in one["types"]})
        return self.shown(objects, row, list(values))

    def _batch_update(self, call: Call) -> Reply:
        return self._written(call, self._updated)

    def _updated(self, objects: Objects, given: Mapping[str, Any]) -> dict[str, Any]:
        key = str(given.get("id"))
        row = objects.by(str(given.get("idProperty") or ""), key)
        if row is None:
            text = f"Could not get some {objects.singular} objects, they may be deleted or not exist."
            raise Wrong(text, "OBJECT_NOT_FOUND", 404, ids=[key])
        values = given.get("properties") or {}
        return self.shown(objects, objects.update(row, values), list(values))

    def _batch_upsert(self, call: Call) -> Reply:
        return self._written(call, self._upserted)

    def _upserted(self, objects: Objects, given: Mapping[str, Any]) -> dict[str, Any]:
        by, value, values = str(given.get("idProperty") or ""), str(given.get("id")), given.get("properties") or {}
        known = objects.known().get(by)
        if known is None or not (known["hasUniqueValue"] or by == "email"):
            raise Wrong(f"{by} is not a unique property")
        row = objects.by(by, value)
        new = row is None
        row = objects.create({by: value, **values}) if row is None else objects.update(row, values)
        return {**self.shown(objects, row, [by, *values]), "new": new}

    def _batch_archive(self, call: Call) -> Reply:
        objects, inputs = self._objects(call, "write"), self._inputs(call)
        if isinstance(objects, Reply):
            return objects
        if isinstance(inputs, Reply):
            return inputs
        for one in inputs:
            row = objects.live(str(one.get("id")))
            if row is not None:
                objects.archive(row)
        return Reply(204)

    # -------------------------------------------------------------------------- one at a time

    def _create(self, call: Call) -> Reply:
        return self._single(call, lambda objects, body: self._made(objects, body), 201)

    def _patch(self, call: Call) -> Reply:
        key = {"id": call.parts["id"], "idProperty": call.arg("idProperty")}
        return self._single(call, lambda objects, body: self._updated(objects, {**body, **key}), 200)

    def _single(self, call: Call, do: Callable[[Objects, Mapping[str, Any]], dict[str, Any]], good: int) -> Reply:
        objects = self._objects(call, "write")
        if isinstance(objects, Reply):
            return objects
        try:
            return Reply(good, do(objects, call.json or {}))
        except Wrong as why:
            return self._wrong(why)

    def _delete(self, call: Call) -> Reply:
        objects = self._objects(call, "write")
        if isinstance(objects, Reply):
            return objects
        row = objects.live(call.parts["id"])
        if row is not None:
            objects.archive(row)
        return Reply(204)

    def _gdpr(self, call: Call) -> Reply:
        objects = self._objects(call, "write")
        if isinstance(objects, Reply):
            return objects
        if objects.name != "contacts":
            return self.unknown(call)
        objects.forget(str((call.json or {}).get("objectId")))
        return Reply(204)

    def _merge(self, call: Call) -> Reply:
        objects = self._objects(call, "write")
        if isinstance(objects, Reply):
            return objects
        body = call.json or {}
        primary, other = (objects.live(str(body.get(name))) for name in ("primaryObjectId", "objectIdToMerge"))
        if primary is None or other is None or primary is other:
            return self.error(400, "VALIDATION_ERROR", "the records cannot be merged")
        return Reply(200, self.shown(objects, objects.merge(primary, other, renews=self.renews), []))

    # -------------------------------------------------------------------------- associations: contact → company

    def _links_read(self, call: Call) -> Reply:
        results, errors = [], []
        for one in (call.json or {}).get("inputs") or []:
            key = str(one.get("id"))
            to = self.links.told(key)
            if to:
                results.append({"from": {"id": key}, "to": to})
            else:
                errors.append(self._told(Wrong(f"No company is associated with contact {key}.", "OBJECT_NOT_FOUND",
                                               fromObjectId=[key])))  # fmt: skip
        return self._batched(call, results, errors, 200)

    def _links_made(self, call: Call) -> Reply:
        lacks = self._lacks("crm.objects.contacts.write")
        if lacks is not None:
            return lacks
        results, errors = [], []
        for one in (call.json or {}).get("inputs") or []:
            contact, company = str(one["from"]["id"]), str(one["to"]["id"])
            try:
                self.links.make(contact, company, {each["associationTypeId"] for each in one["types"]})
            except Wrong as why:
                errors.append({"status": "error", "category": why.category, "message": why.message})
            else:
                results.append({"fromObjectTypeId": "0-1", "fromObjectId": int(contact), "toObjectTypeId": "0-2",
                                "toObjectId": int(company), "labels": []})  # fmt: skip
        return self._batched(call, results, errors, 201)

    def _links_ended(self, call: Call) -> Reply:
        for one in (call.json or {}).get("inputs") or []:
            for to in one["to"]:
                self.links.end(str(one["from"]["id"]), str(to["id"]))
        return Reply(204)
