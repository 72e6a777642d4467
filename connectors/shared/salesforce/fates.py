"""What became of each change of a request, in the three forms in which Salesforce says it?

Collections answer with one result for each record, a composite request with an answer for each part, an address of its own
with a status. Status codes are those of the REST API's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import Change, Op, Outcome, Receipt, say
from connectors.http import Reply
from connectors.shared.salesforce.records import whole_id
from connectors.shared.salesforce.shape import Slot
from connectors.shared.web.answers import NOT_JSON, Fate
from connectors.shared.web.redact import Secrets, told

LOCKED: Final = "UNABLE_TO_LOCK_ROW"
GONE: Final = say("the record is not there any more")
_CONFLICT, _SEVERAL, _MISSING = "CONFLICT", "SEVERAL", "ENTITY_IS_DELETED"
_OUTCOMES: Final = {
    LOCKED: Outcome.DEFERRED,
    "REQUEST_LIMIT_EXCEEDED": Outcome.DEFERRED,
    "SERVER_UNAVAILABLE": Outcome.DEFERRED,
    "UNKNOWN_EXCEPTION": Outcome.UNKNOWN,
    _CONFLICT: Outcome.CONFLICT,
}
"""What a record's own code means; every other one is REJECTED."""
_DUPLICATE = re.compile(r"duplicate value found: (\w+) duplicates value on record with id: (\w+)")


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one record. code: "" where it was done. created: False where an upsert met a record."""

    code: str = ""
    text: str = ""
    fields: tuple[str, ...] = ()
    key: str | None = None
    created: bool | None = None


def told_of(how: str, count: int, reply: Reply) -> list[Told] | None:
    """One for each record sent; None where the request was refused, or answered, as one."""
    answer = reply.answer
    if count == 1 and how in ("checked", "upsert"):
        return _of_one(reply)
    parts = answer.at("compositeResponse") if how == "checked" else answer.json
    if reply.fate is Fate.FINE and isinstance(parts, list) and len(parts) == count:
        if how == "checked":
            by_name = {str(one.get("referenceId")): one for one in parts if isinstance(one, dict)}
            return [_of_part(by_name.get(f"r{n}", {})) for n in range(count)]
        return [_of_result(one) for one in parts]
    if reply.fate is not Fate.FINE and count == 1 and not is_of_all(reply):
        return [_of_errors(answer.json)]
    return None


def is_of_all(reply: Reply) -> bool:
    """Whether a refusal speaks of the account or the object, and not of the records that were sent."""
    own = str(reply.answer.at(0, "errorCode") or "").startswith("INSUFFICIENT_ACCESS")
    return reply.fate in (Fate.EXPIRED, Fate.CONFIG) or (reply.fate is Fate.FORBIDDEN and not own)


def _of_one(reply: Reply) -> list[Told] | None:
    body = reply.answer.json
    if reply.fate is Fate.FINE:
        created = body.get("created") if isinstance(body, dict) else None
        key = str(body["id"]) if isinstance(body, dict) and body.get("id") else None
        return [Told(key=key, created=False if created is None and reply.answer.status == 204 else created)]
    if reply.answer.status == 300:
        return [Told(_SEVERAL, "several records bear this external id")]
    if is_of_all(reply):
        return None
    return [_with_status(reply.answer.status, body)]


def _of_part(part: Mapping[str, Any]) -> Told:
    status = part.get("httpStatusCode")
    if not isinstance(status, int):
        return Told("UNKNOWN_EXCEPTION", "no answer for this record")
    return Told() if status < 300 else _with_status(status, part.get("body"))


def _with_status(status: int, body: Any) -> Told:
    found = _of_errors(body)
    if status == 412:
        return Told(_CONFLICT, str(say("the record changed since it was read")))
    return Told(_MISSING, str(GONE)) if status == 404 else found


def _of_result(result: Any) -> Told:
    if not isinstance(result, dict):
        return Told("UNKNOWN_EXCEPTION", "no answer for this record")
    if result.get("success") is True:
        created = result.get("created")
        return Told(key=str(result.get("id") or "") or None, created=created if isinstance(created, bool) else None)
    return _of_errors(result.get("errors"))


def _of_errors(errors: Any) -> Told:
    """The first says what it is; every one may name fields."""
    listed = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    if not listed:
        return Told("UNKNOWN_EXCEPTION" if errors is NOT_JSON or errors is None else "REFUSED", "")
    first = listed[0]
    names = [str(name) for one in listed for name in one.get("fields") or ()]
    code = str(first.get("statusCode") or first.get("errorCode") or "REFUSED")
    return Told(code, str(first.get("message") or ""), tuple(dict.fromkeys(names)))


def of_csv(error: str) -> Told:
    """`CODE:words:Field,Field --`, as a Bulk job says it."""
    code, _, rest = error.partition(":")
    words, _, fields = rest.rpartition(":")
    names = tuple(name.strip() for name in fields.replace("--", "").split(",") if name.strip())
    return Told(code or "REFUSED", words or rest, names)


# ------------------------------------------------------------------------------ receipts


def receipt(change: Change, body: Mapping[str, Any], said: Told, token: Slot | None, secrets: Secrets) -> Receipt:
    if not said.code:
        met = change.op is Op.CREATE and said.created is False
        return Receipt(change.id, Outcome.DUPLICATE if met else Outcome.DONE, said.key or change.key)
    why = told(
        f"{said.code}: {said.text}" if said.code.isupper() and said.text else said.text or said.code, body, secrets
    )
    ours = token.field.id if token is not None else ""
    duplicate = _DUPLICATE.search(said.text)
    if change.op is Op.CREATE and ours and said.code in ("DUPLICATE_VALUE", _SEVERAL, "DUPLICATE_EXTERNAL_ID"):
        if duplicate is None and (said.code != "DUPLICATE_VALUE" or ours in said.fields or ours in said.text):
            return Receipt(change.id, Outcome.DUPLICATE, None, detail=why)
        if duplicate is not None and duplicate[1] == ours:
            return Receipt(change.id, Outcome.DUPLICATE, whole_id(duplicate[2]), detail=why)
    if said.code == _MISSING:
        outcome = Outcome.DONE if change.op is Op.DELETE else Outcome.CONFLICT
        return Receipt(change.id, outcome, change.key, detail="" if outcome is Outcome.DONE else str(GONE))
    outcome = _OUTCOMES.get(said.code, Outcome.REJECTED)
    names = said.fields or ((duplicate[1],) if duplicate is not None else ())
    apart = dict.fromkeys(names, (Outcome.REJECTED, why)) if outcome is Outcome.REJECTED else {}
    return Receipt(change.id, outcome, change.key, apart=apart, detail=why)


def unknown(changes: Sequence[Change], why: object) -> list[Receipt]:
    return [Receipt(one.id, Outcome.UNKNOWN, one.key, detail=str(why)) for one in changes]
