"""Which runs were there, and what did each come to?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger


class RunRow(NamedTuple):
    id: int
    job: str
    sort: str
    started: str
    ended: str | None
    state: str
    code: int | None
    outcome: bytes | None


def begin_run(ledger: Ledger, c: Connection, job: str, sort: str, now: datetime) -> int:
    """The number of a new run; numbers only grow, whatever the clock says."""
    number = next_id(ledger, c, "run")
    row = (number, job, sort, now.isoformat(timespec="milliseconds"), "running")
    ledger.bulk(c, schema.run, ("id", "job", "sort", "started", "state"), [row])
    return number


def end_run(
    ledger: Ledger, c: Connection, number: int, now: datetime, code: int, outcome: Mapping[str, object]
) -> None:
    values = (now.isoformat(timespec="milliseconds"), "ended", code, codec.dump(dict(outcome)), number)
    ledger.do(c, "UPDATE run SET ended = ?, state = ?, code = ?, outcome = ? WHERE id = ?", values)


def known_starts(ledger: Ledger, c: Connection) -> dict[int, datetime]:
    """Run → when it began."""
    return {
        row[0]: datetime.fromisoformat(row[1]).astimezone(UTC) for row in ledger.rows(c, "SELECT id, started FROM run")
    }


def runs(ledger: Ledger, c: Connection, limit: int = 50) -> list[RunRow]:
    """The newest first."""
    sql = "SELECT id, job, sort, started, ended, state, code, outcome FROM run ORDER BY id DESC LIMIT ?"
    return [RunRow(*row) for row in ledger.rows(c, sql, (limit,))]


def outcome_of(ledger: Ledger, c: Connection, number: int) -> dict[str, Any]:
    rows = ledger.rows(c, "SELECT outcome FROM run WHERE id = ?", (number,))
    return codec.load(rows[0][0]) or {} if rows else {}


def last_start(ledger: Ledger, c: Connection, job: str, sort: str) -> datetime | None:
    """When the newest run of a job and a sort began."""
    rows = ledger.rows(c, "SELECT started FROM run WHERE job = ? AND sort = ? ORDER BY id DESC LIMIT 1", (job, sort))
    return datetime.fromisoformat(rows[0][0]).astimezone(UTC) if rows else None
