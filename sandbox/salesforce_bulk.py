"""How does the pretended Salesforce run Bulk API 2.0 jobs?"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sandbox.salesforce_org import Refused, Sobject
from sandbox.salesforce_soql import Malformed, parsed
from sandbox.server import Call, Reply

if TYPE_CHECKING:
    from sandbox.salesforce import SalesforceFake

_CSV: Final = {"Content-Type": "text/csv"}
_KEPT: Final = timedelta(days=7)


@dataclass(slots=True)
class Job:
    """done: when it will be over. results: by kind, heading first."""

    id: str
    about: dict[str, Any]
    state: str = "Open"
    done: datetime | None = None
    upload: bytes = b""
    error: str = ""
    processed: int = 0
    failed: int = 0
    results: dict[str, list[list[str]]] = field(default_factory=dict)


class BulkJobs:
    """takes: seconds of a job. refuses: jobs are not for these credentials. short: a result that lacks its last row."""

    def __init__(self, fake: SalesforceFake) -> None:
        self._fake = fake
        self.takes = 2.0
        self.refuses = self.short = False
        self.jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)

    def route_all(self, root: str) -> None:
        route = self._fake.route
        route("POST", f"{root}/jobs/query", self._opened_query)
        route("GET", f"{root}/jobs/query/{{job}}", self._told)
        route("GET", f"{root}/jobs/query/{{job}}/results", self._results)
        route("POST", f"{root}/jobs/ingest", self._opened)
        route("GET", f"{root}/jobs/ingest/{{job}}", self._told)
        route("PUT", f"{root}/jobs/ingest/{{job}}/batches", self._uploaded)
        route("PATCH", f"{root}/jobs/ingest/{{job}}", self._set)
        for slash in ("", "/"):
            route("GET", f"{root}/jobs/ingest/{{job}}/{{kind}}{slash}", self._results)

    # -------------------------------------------------------------------------- jobs

    def _new(self, about: dict[str, Any]) -> Job:
        job = Job(f"7505g{next(self._numbers):010d}AAA", about)
        self.jobs[job.id] = job
        return job

    def _shown(self, job: Job) -> dict[str, Any]:
        state = job.state
        if state == "UploadComplete" and job.done is not None:
            state = "InProgress" if self._fake.now() < job.done else "Failed" if job.error else "JobComplete"
        failed = {"errorMessage": job.error} if job.error else {}
        counts = {"numberRecordsProcessed": job.processed, "numberRecordsFailed": job.failed}
        return {"id": job.id, **job.about, "state": state, **counts, **failed}

    def _told(self, call: Call) -> Reply:
        job = self.jobs.get(call.parts["job"])
        return Reply(200, self._shown(job)) if job is not None else self._fake.unknown(call)

    def _started(self, job: Job) -> None:
        job.state, job.done = "UploadComplete", self._fake.now() + timedelta(seconds=self.takes)

    def _forbidden(self) -> Reply:
        return Reply(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "Bulk API is not enabled for this user"}])

    # -------------------------------------------------------------------------- queries

    def _opened_query(self, call: Call) -> Reply:
        if self.refuses:
            return self._forbidden()
        about = call.json or {}
        job = self._new({name: about.get(name) for name in ("operation", "query", "contentType")})
        self._started(job)
        try:
            self._queried(job, str(about.get("query")), everything=about.get("operation") == "queryAll")
        except Malformed as no:
            job.error = f"{no.code}: {no.message}"
        return Reply(200, {**self._shown(job), "object": ""})

    def _queried(self, job: Job, soql: str, *, everything: bool) -> None:
        query = parsed(soql, self._fake.types)
        table = self._fake.objects[query.table]
        if any(table.types(set())[name] in ("address", "location") for name in query.fields):
            raise Malformed("FeatureNotEnabled", "Selecting compound data not supported in Bulk Query")
        rows = [row for row in table.rows.values() if everything or not row["IsDeleted"]]
        found = [] if query.table in self._fake.blind else query.found(rows)
        job.processed = len(found)
        job.results["results"] = [
            list(query.fields),
            *([_cell(row.get(name)) for name in query.fields] for row in found),
        ]
        if self.short:
            job.results["results"].pop()

    def _results(self, call: Call) -> Reply:
        job = self.jobs.get(call.parts["job"])
        if job is None or job.done is None or self._fake.now() > job.done + _KEPT:
            return self._fake.unknown(call)
        head, *rows = job.results.get(call.parts.get("kind", "results"), [[]])
        if "kind" in call.parts:
            return Reply(200, _csv([head, *rows]), _CSV)
        start, size = int(call.arg("locator", "0") or 0), int(call.arg("maxRecords", "100000"))
        some, end = rows[start : start + size], start + size
        told = {"Sforce-Locator": str(end) if end < len(rows) else "null", "Sforce-NumberOfRecords": str(len(some))}
        return Reply(200, _csv([head, *some]), {**_CSV, **told})

    # -------------------------------------------------------------------------- ingest

    def _opened(self, call: Call) -> Reply:
        if self.refuses:
            return self._forbidden()
        return Reply(200, self._shown(self._new(dict(call.json or {}))))

    def _uploaded(self, call: Call) -> Reply:
        job = self.jobs[call.parts["job"]]
        if job.upload or job.state != "Open":
            return Reply(400, [{"errorCode": "INVALIDJOBSTATE", "message": "Found multiple contents for job"}])
        job.upload = call.body
        return Reply(201)

    def _set(self, call: Call) -> Reply:
        job, state = self.jobs[call.parts["job"]], (call.json or {}).get("state")
        if job.state == "Open" and state == "Aborted":
            job.state = "Aborted"
        elif job.state == "Open" and state == "UploadComplete":
            self._started(job)
            self._ingested(job)
        elif job.state != state:
            return Reply(400, [{"errorCode": "INVALIDJOBSTATE", "message": "the job is over"}])
        return Reply(200, self._shown(job))

    def _ingested(self, job: Job) -> None:
        head, *lines = list(csv.reader(io.StringIO(job.upload.decode("utf-8"), newline=""))) or [[]]
        good, bad = [["sf__Id", "sf__Created", *head]], [["sf__Id", "sf__Error", *head]]
        for line in lines:
            row = dict(zip(head, line))
            try:
                key, created = self._one(job.about, row)
                good.append([key, "true" if created else "false", *line])
            except Refused as no:
                bad.append([row.get("Id", ""), f"{no.code}:{no.message}:{','.join(no.fields)} --", *line])
        job.results = {"successfulResults": good, "failedResults": bad, "unprocessedrecords": [head]}
        job.processed, job.failed = len(lines), len(bad) - 1

    def _one(self, about: Mapping[str, Any], row: Mapping[str, str]) -> tuple[str, bool]:
        fake, name = self._fake, str(about["object"])
        table, operation = fake.table(name), about["operation"]
        values = {n: _read(table, n, text) for n, text in row.items() if n != "Id" and text != ""}
        if operation == "insert":
            return fake.insert(name, values), True
        if operation == "upsert":
            by = str(about["externalIdFieldName"])
            there = table.bearing(by, row[by])
            if len(there) > 1:
                raise Refused("DUPLICATE_EXTERNAL_ID", "More than one record found for external id field")
            if not there:
                return fake.insert(name, values), True
            fake.update(name, there[0], values)
            return there[0], False
        if operation == "update":
            fake.update(name, row["Id"], values)
        else:
            fake.delete(name, row["Id"])
        return row["Id"], False


def _read(table: Sobject, name: str, text: str) -> Any:
    if text == "#N/A":
        return None
    type_ = (table.field(name) or {}).get("type")
    if type_ == "boolean":
        return text == "true"
    return Decimal(text) if type_ in ("double", "currency", "percent", "int") else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("+0000", "Z") if isinstance(value, str) and value.endswith(".000+0000") else str(value)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()
