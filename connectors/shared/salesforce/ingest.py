"""How do thousands of changes go to Salesforce as one Bulk job, and what became of each? (C17, C29)

Nothing is done before the upload is said to be complete; from then on the job can always be asked. Results come in any
order, so a row is known by its Id, or by the id that a create bears.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connectors.contract import Change, Gate, Op, Outcome, Receipt, SourceError, SourceRefused, Stopped, say
from connectors.http import Lost
from connectors.shared.salesforce.account import Account
from connectors.shared.salesforce.bulk import CLEARED, Jobs, from_csv, to_csv
from connectors.shared.salesforce.fates import Told, of_csv, receipt, unknown
from connectors.shared.salesforce.shape import Slot
from connectors.shared.web.answers import Fate

_MOST: Final = 50_000
"""Records of one job: with some dozen columns far below the 150 MB that it may have."""
_UPLOAD: Final = {"Content-Type": "text/csv; charset=UTF-8"}
_IDLE: Final = say("Salesforce did not begin with a Bulk job; nothing was done")
Rows = Sequence[tuple[Change, Mapping[str, Any]]]


class Ingest:
    """Jobs that write to one object."""

    def __init__(self, account: Account, table: str, gate: Gate, token: Slot | None) -> None:
        self._account, self._table, self._token = account, table, token
        self._jobs = Jobs(account, gate, "ingest")

    def holds(self, body: Mapping[str, Any]) -> bool:
        """Whether its values can stand in a job's CSV as they are."""
        return CLEARED not in body.values()

    def write(self, op: Op, rows: Rows) -> Iterator[Receipt]:
        for at in range(0, len(rows), _MOST):
            yield from self._job(op, rows[at : at + _MOST])

    # -------------------------------------------------------------------------- one job

    def _job(self, op: Op, rows: Rows) -> Iterator[Receipt]:
        job = self._opened(op)
        try:
            self._upload(job, op, rows)
        except Lost as lost:  # it may have come, but nothing is done with it
            self._state(job, "Aborted")
            yield from (Receipt(change.id, Outcome.DEFERRED, change.key, detail=str(lost)) for change, _ in rows)
            return
        changes = [change for change, _ in rows]
        try:
            if not self._state(job, "UploadComplete") and self._is_open(job):
                yield from (Receipt(one.id, Outcome.DEFERRED, one.key, detail=_IDLE) for one in changes)
                return
            info = self._jobs.waited(job)
            results = self._results(job, op)
        except Stopped:
            yield from unknown(changes, say("Salesforce still works on a Bulk job; the next run looks again"))
            raise
        except SourceError as trouble:
            yield from unknown(changes, trouble)
            return
        for change, body in rows:
            said = results.get(self._mark(op, body))
            if said is not None:
                yield receipt(change, body, said, self._token, self._account.secrets)
            elif info.get("state") == "JobComplete":
                yield from unknown([change], say("Salesforce answers with another number of records than were sent"))
            else:
                yield Receipt(change.id, Outcome.DEFERRED, change.key, detail=str(info.get("state")))

    def _opened(self, op: Op) -> str:
        """An open job does nothing and ends by itself, so it may be asked for twice."""
        operation = {Op.CREATE: "insert", Op.UPDATE: "update", Op.DELETE: "delete"}[op]
        body = {"object": self._table, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        if op is Op.CREATE and self._token is not None and not self._token.field.unique:
            body |= {"operation": "upsert", "externalIdFieldName": self._token.field.id}
        reply = self._account.client.send(self._account.request("POST", "jobs/ingest", json=body, safe=True))
        job = reply.answer.at("id")
        if reply.fate is not Fate.FINE:
            raise self._account.client.error(reply)
        if not isinstance(job, str):
            raise SourceRefused("Salesforce opens no Bulk job; set `bulk: 0` to do without")
        return job

    def _upload(self, job: str, op: Op, rows: Rows) -> None:
        columns = ["Id"] if op is Op.DELETE else list(dict.fromkeys(name for _, body in rows for name in body))
        body = to_csv(columns, (one for _, one in rows), clears=op is Op.UPDATE)
        told = [list(one.values()) for _, one in rows[:1]]
        asked = self._account.request("PUT", f"jobs/ingest/{job}/batches", headers=_UPLOAD, body=body, told=told)
        reply = self._account.client.send(asked)
        if reply.fate is not Fate.FINE:
            raise self._account.client.error(reply)

    def _state(self, job: str, state: str) -> bool:
        """Said again, it changes nothing; what came of it, the job tells."""
        asked = self._account.request("PATCH", f"jobs/ingest/{job}", json={"state": state}, safe=True)
        return self._account.client.send(asked).fate is Fate.FINE

    def _is_open(self, job: str) -> bool:
        return bool(self._account.get(f"jobs/ingest/{job}").at("state") == "Open")

    def _results(self, job: str, op: Op) -> dict[str, Told]:
        """By Id, or by the id that a create bears."""
        found: dict[str, Told] = {}
        for kind in ("successfulResults", "failedResults"):
            for row in from_csv(self._account.get(f"jobs/ingest/{job}/{kind}/", headers={"Accept": "text/csv"})):
                if kind == "failedResults":
                    said = of_csv(row.get("sf__Error", ""))
                else:
                    said = Told(key=row.get("sf__Id") or None, created=row.get("sf__Created", "").lower() == "true")
                found[self._mark(op, row)] = said
        return found

    def _mark(self, op: Op, row: Mapping[str, Any]) -> str:
        """What a row is known by, in what was sent and in what came back."""
        if self._token is not None and op is Op.CREATE and row.get(self._token.field.id):
            return str(row[self._token.field.id])
        return str(row.get("Id") or row.get("sf__Id") or "")
