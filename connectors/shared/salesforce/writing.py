"""How are creates, updates and deletions sent to Salesforce, up to 200 in one request, and what became of each? (C17-C25)

Updates are checked by Salesforce itself: each goes with If-Unmodified-Since, 25 of them in one composite request, so that
what somebody edited meanwhile is refused. Collections of 200 cannot be checked; they are for creates and deletions, and for
updates where the options say so.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from connectors.contract import Change, Gate, Op, Outcome, Receipt, SourceError, say
from connectors.http import Lost, Reply, Request
from connectors.shared.salesforce.account import Account
from connectors.shared.salesforce.fates import GONE, LOCKED, is_of_all, receipt, told_of, unknown
from connectors.shared.salesforce.ingest import Ingest
from connectors.shared.salesforce.records import YOUNG, Records
from connectors.shared.salesforce.shape import STAMP, Slot, moment_of
from connectors.shared.web.answers import Fate
from connectors.shared.web.fitting import Unfit

TOGETHER: Final = 200
CHECKED: Final = 25
_AGAIN: Final = 3
"""How often a create that bears our id is sent while no answer comes, and anything that met a locked row."""
_MOVED: Final = say("the record changed since it was read")


@dataclass(frozen=True, slots=True)
class Ways:
    """How changes go. checked: updates in one request that Salesforce checks (0: unchecked, 200 at once). bulk: more
    changes than this go as a job (0: never). allow: also what a duplicate rule of the org would stop."""

    size: int = TOGETHER
    checked: int = CHECKED
    bulk: int = 2000
    allow: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """Assignment rules would give records to other owners than those that were written."""
        rule = {"Sforce-Duplicate-Rule-Header": "allowSave=true"} if self.allow else {}
        return {"Sforce-Auto-Assign": "FALSE", **rule}


@dataclass(frozen=True, slots=True)
class Sending:
    """A change, and the body that says it."""

    change: Change
    body: Mapping[str, Any]


class Writing:
    """Writes of one object. token: the field that bears our id in a create, where the mapping names one."""

    def __init__(self, account: Account, records: Records, gate: Gate, token: Slot | None, ways: Ways) -> None:
        self._account, self._records, self._gate = account, records, gate
        self._token, self._ways = token, ways
        self._lost = 0

    def write(self, op: Op, changes: Sequence[Change]) -> Iterator[Receipt]:
        fit: list[Sending] = []
        for change in changes:
            body, apart = self._body(change)
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            else:
                fit.append(Sending(change, body))
        if self._goes_in_bulk(op, fit):
            job = Ingest(self._account, self._records.shape.id, self._gate, self._token)
            ours = [one for one in fit if job.holds(one.body)]
            yield from job.write(op, [(one.change, one.body) for one in ours])
            fit = [one for one in fit if not job.holds(one.body)]
        send = {Op.CREATE: self._creates, Op.UPDATE: self._updates, Op.DELETE: self._deletes}[op]
        size = min(self._ways.size, TOGETHER)
        size = min(size, self._ways.checked) if op is Op.UPDATE and self._ways.checked else size
        for at in range(0, len(fit), size):
            yield from send(fit[at : at + size])

    def _goes_in_bulk(self, op: Op, fit: Sequence[Sending]) -> bool:
        """A job cannot check; its creates are only told apart by our id."""
        if not self._ways.bulk or len(fit) <= self._ways.bulk or self._ways.allow:
            return False
        if op is Op.CREATE:
            return self._token is not None and self._token.external and all(one.change.token for one in fit)
        return op is Op.DELETE or not self._ways.checked

    # -------------------------------------------------------------------------- bodies

    def _body(self, change: Change) -> tuple[dict[str, Any], dict[str, tuple[Outcome, str]]]:
        """The body, and the fields that it cannot hold."""
        body: dict[str, Any] = {} if change.op is Op.CREATE else {"Id": change.key}
        apart: dict[str, tuple[Outcome, str]] = {}
        for name, value in change.after.items() if change.op is not Op.DELETE else ():
            slot = self._records.shape.slots.get(name)
            may = slot is not None and (slot.field.on_create if change.op is Op.CREATE else slot.field.on_update)
            if slot is None or not may:
                apart[name] = (Outcome.REJECTED, say("Salesforce lets nobody write this field"))
                continue
            try:
                body[name] = slot.encoded(value)
            except Unfit as trouble:
                apart[name] = (Outcome.REJECTED, trouble.why)
        if change.op is Op.CREATE and self._token is not None and change.token is not None:
            body[self._token.field.id] = change.token
        return body, apart

    # -------------------------------------------------------------------------- three kinds

    def _creates(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        """Under a token that stands once only a create may be sent again: the second meets the first (C18, C19).

        Inserted where Salesforce keeps the field free of duplicates: an upsert that finds its record writes over what
        people typed there meanwhile. Upserted where it only can be searched for.
        """
        token = self._token
        keyed = token is not None and (token.field.unique or token.external) and all(one.change.token for one in batch)
        upserts = keyed and token is not None and not token.field.unique
        yield from self._sent("upsert" if upserts else "insert", batch, tries=_AGAIN if keyed else 1)

    def _updates(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        if not self._ways.checked:
            yield from self._sent("update", batch)
            return
        receipts, unmoved, stamps = self._looked(batch)
        yield from receipts
        if unmoved:
            yield from self._sent("checked", unmoved, stamps=stamps)

    def _deletes(self, batch: Sequence[Sending]) -> Iterator[Receipt]:
        yield from self._sent("delete", batch)

    # -------------------------------------------------------------------------- before a checked update

    def _looked(self, batch: Sequence[Sending]) -> tuple[list[Receipt], list[Sending], dict[str, datetime]]:
        """Conflicts; those that may be sent; the edit time that each of these was planned on.

        A plan that knew no version, since the record was edited within the second, has the record read again; an edit
        told by the second may be followed by another within it, so that second is waited for.
        """
        stamps = {one.change.id: at for one in batch if (at := moment_of(one.change.expect)) is not None}
        blind = [one for one in batch if one.change.id not in stamps]
        shown: dict[str, str] = {}
        while blind:
            shown, youngest = self._again(blind, stamps)
            if youngest <= 0:
                break
            self._gate.wait(youngest)
        moved = [one.change for one in blind if shown[one.change.id]]
        receipts = [Receipt(one.id, Outcome.CONFLICT, one.key, detail=shown[one.id]) for one in moved]
        lost = {one.change for one in receipts}
        return receipts, [one for one in batch if one.change.id not in lost], stamps

    def _again(self, blind: Sequence[Sending], stamps: dict[str, datetime]) -> tuple[dict[str, str], float]:
        """What stands against each change, "" for nothing; seconds until all edit times are over."""
        names = [name for one in blind for name in one.change.before]
        names = list(self._records.shape.visible(names))
        now: dict[str, tuple[Any, Any]] = {}
        for batch in self._records.by_id([one.change.key or "" for one in blind], names):
            now.update({str(raw["Id"]): (raw, batch) for raw in batch.items})
        why: dict[str, str] = {}
        young = 0.0
        for one in blind:
            raw, batch = now.get(one.change.key or "", (None, None))
            record = self._records.shown(raw, names, batch) if raw is not None else None
            at = moment_of(raw.get(STAMP)) if raw is not None else None
            if record is None or record.state != "live" or at is None:
                why[one.change.id] = GONE
                continue
            held = all(record.fields.get(name, was) == was for name, was in one.change.before.items())
            why[one.change.id] = "" if held else _MOVED
            if held:
                stamps[one.change.id] = at
                young = max(young, (YOUNG - (batch.now - at)).total_seconds())
        return why, young

    # -------------------------------------------------------------------------- one request

    def _sent(
        self, how: str, batch: Sequence[Sending], *, tries: int = 1, stamps: Mapping[str, datetime] | None = None
    ) -> Iterator[Receipt]:
        """Sends, and sends again what met a locked row: nothing was done to it."""
        left, pause = list(batch), 1.0
        for turn in range(1, _AGAIN + 1):
            reply = yield from self._answered(self._request(how, left, stamps or {}), left, tries)
            if reply is None:
                return
            every = told_of(how, len(left), reply)
            if every is None:
                yield from self._halved(how, left, reply, tries=tries, stamps=stamps)
                return
            locked = []
            for one, said in zip(left, every):
                if said.code == LOCKED and turn < _AGAIN:
                    locked.append(one)
                else:
                    yield receipt(one.change, one.body, said, self._token, self._account.secrets)
            if not locked:
                return
            try:
                self._gate.wait(pause)
            except SourceError:
                yield from (Receipt(one.change.id, Outcome.DEFERRED, one.change.key, detail=LOCKED) for one in locked)
                raise
            left, pause = locked, pause * 2

    def _answered(
        self, request: Request, batch: Sequence[Sending], tries: int
    ) -> Generator[Receipt, None, Reply | None]:
        """The answer; None where there is none, after receipts that say so."""
        trouble: SourceError | None = None
        for _ in range(tries):
            try:
                reply = self._account.client.send(request)
            except Lost as lost:
                trouble = lost
            except SourceError as other:
                if trouble is None:
                    raise
                yield from unknown([one.change for one in batch], trouble)
                raise other from trouble
            else:
                self._lost = 0
                return reply
        assert trouble is not None
        yield from unknown([one.change for one in batch], trouble)
        self._lost += 1
        if self._lost > 1:
            raise trouble  # twice in a row: the system is down, and what is left is not sent
        return None

    def _halved(
        self,
        how: str,
        batch: Sequence[Sending],
        reply: Reply,
        *,
        tries: int,
        stamps: Mapping[str, datetime] | None,
    ) -> Iterator[Receipt]:
        """A request that was refused as one: the culprit is looked for (C22)."""
        if is_of_all(reply) or reply.fate is Fate.GONE:
            raise self._account.client.error(reply)
        if reply.fate is Fate.FINE:
            yield from unknown(
                [one.change for one in batch], say("Salesforce answers with another number of records than were sent")
            )
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            yield from self._sent(how, half, tries=tries, stamps=stamps)

    # -------------------------------------------------------------------------- its forms

    def _request(self, how: str, batch: Sequence[Sending], stamps: Mapping[str, datetime]) -> Request:
        if how == "delete":
            query = {"ids": ",".join(str(one.change.key) for one in batch), "allOrNone": "false"}
            return self._account.request("DELETE", "composite/sobjects", query, headers=self._ways.headers)
        if how == "checked":
            return self._checked(batch, stamps)
        path = "composite/sobjects"
        if how == "upsert" and self._token is not None:
            if len(batch) == 1:
                return self._upserted(batch[0], self._token.field.id)
            path = f"{path}/{self._records.shape.id}/{self._token.field.id}"
        attributes = {"attributes": {"type": self._records.shape.id}}
        body = {"allOrNone": False, "records": [{**attributes, **_named(one.body)} for one in batch]}
        method = "POST" if how == "insert" else "PATCH"
        return self._account.request(method, path, headers=self._ways.headers, json=body)

    def _upserted(self, one: Sending, by: str) -> Request:
        """Answered with 300 where several records bear the id."""
        path = f"sobjects/{self._records.shape.id}/{by}/{quote(str(one.body[by]), safe='')}"
        body = {name: value for name, value in one.body.items() if name != by}
        return self._account.request("PATCH", path, headers=self._ways.headers, json=body)

    def _checked(self, batch: Sequence[Sending], stamps: Mapping[str, datetime]) -> Request:
        """One has an address of its own; several stand in a composite request, each with its own condition."""
        if len(batch) == 1:
            path, headers, body = self._part(batch[0], stamps)
            return self._account.request("PATCH", path, headers=headers, json=body)
        parts = []
        for n, one in enumerate(batch):
            path, headers, body = self._part(one, stamps)
            parts.append(
                {"method": "PATCH", "url": f"/{path}", "referenceId": f"r{n}", "httpHeaders": headers, "body": body}
            )
        body = {"allOrNone": False, "compositeRequest": parts}
        return self._account.request("POST", "composite", headers=self._ways.headers, json=body)

    def _part(self, one: Sending, stamps: Mapping[str, datetime]) -> tuple[str, dict[str, str], dict[str, Any]]:
        path = self._account.path(f"sobjects/{self._records.shape.id}/{one.change.key}")
        body = {name: value for name, value in one.body.items() if name != "Id"}
        return path, {**self._ways.headers, **_unmoved(stamps[one.change.id])}, body


def _named(body: Mapping[str, Any]) -> dict[str, Any]:
    """In a collection the key is called `id`."""
    return {"id" if name == "Id" else name: value for name, value in body.items()}


def _unmoved(at: datetime) -> dict[str, str]:
    return {"If-Unmodified-Since": format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)}
