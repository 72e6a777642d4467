"""How does the pretended Salesforce take several records, or several requests, in one?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sandbox.salesforce_org import Refused, errors
from sandbox.server import Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce import SalesforceFake

TOGETHER: Final = 200
PARTS: Final = 25


class Together:
    """Collections of records, each with a result of its own, and composite requests."""

    def __init__(self, fake: SalesforceFake) -> None:
        self._fake = fake

    def route_all(self, root: str) -> None:
        route = self._fake.route
        route("POST", f"{root}/composite", self._composite)
        route("POST", f"{root}/composite/sobjects", self._insert_many)
        route("PATCH", f"{root}/composite/sobjects", self._update_many)
        route("DELETE", f"{root}/composite/sobjects", self._delete_many)
        route("PATCH", f"{root}/composite/sobjects/{{table}}/{{by}}", self._upsert_many)

    def _insert_many(self, call: Call) -> Reply:
        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            return {"id": self._fake.insert(_type_of(record), record, call), "success": True, "errors": []}

        return self._many(call, one)

    def _update_many(self, call: Call) -> Reply:
        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            self._fake.update(_type_of(record), str(record.get("id")), record, call)
            return {"id": record["id"], "success": True, "errors": []}

        return self._many(call, one)

    def _upsert_many(self, call: Call) -> Reply:
        by = call.parts["by"]

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            rest = {name: value for name, value in record.items() if name != by}
            reply = self._fake.upserted(call.parts["table"], by, str(record.get(by)), rest, call)
            if reply.status == 300:
                raise Refused(
                    "DUPLICATE_EXTERNAL_ID", f"More than one record found for external id field: {reply.body}"
                )
            return dict(reply.body)

        return self._many(call, one)

    def _many(self, call: Call, do: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Reply:
        records = (call.json or {}).get("records")
        if self._fake.is_poisoned(call) or not isinstance(records, list):
            return errors(400, "JSON_PARSER_ERROR", "Unexpected character in the body")
        if len(records) > TOGETHER:
            return errors(400, "NUMBER_OUTSIDE_VALID_RANGE", "You can't save more than 200 records in one request")
        if any(not isinstance(one, Mapping) or next(iter(one), "") != "attributes" for one in records):
            return errors(400, "INVALID_FIELD", "attributes.type must come first")
        return Reply(200, [_result(do, record) for record in records])

    def _delete_many(self, call: Call) -> Reply:
        keys = call.arg("ids").split(",")
        if len(keys) > TOGETHER:
            return errors(400, "NUMBER_OUTSIDE_VALID_RANGE", "You can't delete more than 200 records in one request")

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            key = record["id"]
            table = next((name for name, table in self._fake.objects.items() if key.startswith(table.prefix)), "")
            if key not in self._fake.objects.get(table, self._fake.objects["Account"]).rows:
                raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            self._fake.delete(table, key)
            return {"id": key, "success": True, "errors": []}

        return Reply(200, [_result(one, {"id": key}) for key in keys])

    def _composite(self, call: Call) -> Reply:
        """One request of the day, whatever it holds; each part has headers of its own."""
        parts = (call.json or {}).get("compositeRequest")
        if self._fake.is_poisoned(call) or not isinstance(parts, list) or len(parts) > PARTS:
            return errors(400, "JSON_PARSER_ERROR", "The composite request is not understood")
        answers = []
        for part in parts:
            headers = {**call.headers, **{name.lower(): value for name, value in part.get("httpHeaders", {}).items()}}
            body = Reply(200, part["body"]).raw() if "body" in part else b""
            reply = self._fake.routed_plainly(Call(part["method"], part["url"], {}, headers, body))
            inner = {"body": reply.body, "httpHeaders": {}, "httpStatusCode": reply.status}
            answers.append({**inner, "referenceId": part["referenceId"]})
        return Reply(200, {"compositeResponse": answers})


def _result(do: Callable[[Mapping[str, Any]], dict[str, Any]], record: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return do(record)
    except Refused as no:
        return {"success": False, "errors": [{"statusCode": no.code, "message": no.message, "fields": no.fields}]}


def _type_of(record: Mapping[str, Any]) -> str:
    return str(record["attributes"].get("type"))
