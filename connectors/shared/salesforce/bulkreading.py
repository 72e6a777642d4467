"""How is what a query asks for read as a Bulk job, part by part?"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from connectors.contract import CursorExpired, Gate, say
from connectors.shared.salesforce.account import Account
from connectors.shared.salesforce.bulk import Jobs, from_csv
from connectors.shared.salesforce.records import Batch
from connectors.shared.web.answers import Fate, told_at

_CSV: Final = {"Accept": "text/csv"}


class BulkQueries:
    """Jobs that only read. A job nobody asks for any more ends by itself, its results after seven days."""

    def __init__(self, account: Account, gate: Gate) -> None:
        self._account, self._gate = account, gate
        self._jobs = Jobs(account, gate, "query")
        self._totals: dict[str, int] = {}

    def started(self, soql: str, *, deleted: bool) -> str:
        """The job's id; "" where these credentials may not, and all must be read page by page."""
        body = {
            "operation": "queryAll" if deleted else "query",
            "query": soql,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        reply = self._account.client.send(self._account.request("POST", "jobs/query", json=body, safe=True))
        job = reply.answer.at("id")
        return job if reply.fate is Fate.FINE and isinstance(job, str) else ""

    def finished(self, job: str) -> int:
        """How many records it found. Raises CursorExpired where Salesforce knows it no more."""
        if job not in self._totals:
            info = self._known(job)
            self._jobs.demand_complete(info)
            total = info.get("numberRecordsProcessed")
            self._totals[job] = total if isinstance(total, int) else 0
        return self._totals[job]

    def _known(self, job: str) -> dict[str, object]:
        asked = self._account.request("GET", f"jobs/query/{job}", safe=True)
        if self._account.client.send(asked).fate is Fate.GONE:
            raise CursorExpired("the Bulk job's results are not kept any more; the table is read anew")
        return dict(self._jobs.waited(job))

    def results(self, job: str, locator: str, most: int) -> tuple[Batch, str]:
        """Some of its records, and where the next are; "" behind the last."""
        query = {"maxRecords": str(most), **({"locator": locator} if locator else {})}
        answer = self._account.get(f"jobs/query/{job}/results", query, _CSV)
        rows = from_csv(answer)
        declared, why = answer.headers.get("sforce-numberofrecords", ""), ""
        with suppress(ValueError):
            if declared and int(declared) != len(rows):
                why = str(say("fewer records came than Salesforce counted"))
        following = answer.headers.get("sforce-locator", "")
        following = "" if following == "null" else following
        now = told_at(answer, self._gate.now())
        return Batch(tuple(rows), now, following or None, why=why, csv=True), following
