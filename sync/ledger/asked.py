"""Which questions are open, and what is known of each?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger


class Asked(NamedTuple):
    """A question as it is kept; `subject` is the same in every run, so that an answer finds it again."""

    id: int
    sort: str
    subject: str
    entity: str | None
    other: str | None
    field: str | None
    content: Mapping[str, Any]
    since: int
    state: str


_COLUMNS = ("id", "sort", "subject", "entity", "other", "field", "content", "since", "seen_run", "state")


def save(
    ledger: Ledger,
    c: Connection,
    run: int,
    rows: Iterable[tuple[str, str, str | None, str | None, str | None, Mapping[str, object]]],
) -> None:
    """(sort, subject, entity, other, field, content) of what is asked now; since when is kept for those known."""
    known = {row[0]: (row[1], row[2]) for row in ledger.rows(c, "SELECT subject, id, since FROM question")}
    number = next_id(ledger, c, "question")
    made = []
    for sort, subject, entity, other, field, content in rows:
        if subject in known:
            ident, since = known[subject]
        else:
            ident, since, number = number, run, number + 1
            known[subject] = (ident, since)
        made.append((ident, sort, subject, entity, other, field, codec.dump(dict(content)), since, run, "open"))
    ledger.bulk(c, schema.question, _COLUMNS, made, on="replace")


def lapse(ledger: Ledger, c: Connection, run: int, entities: Iterable[str]) -> None:
    """Questions about entities that this run looked at and no longer asks."""
    sql = "UPDATE question SET state = 'lapsed' WHERE state = 'open' AND seen_run < ? AND entity IN :in"
    ledger.run_in(c, sql, entities, (run,))


def open_questions(ledger: Ledger, c: Connection, sorts: Iterable[str] = ()) -> list[Asked]:
    """Open ones, in the order in which they were asked first."""
    wanted = set(sorts)
    sql = "SELECT id, sort, subject, entity, other, field, content, since, state FROM question WHERE state = 'open' ORDER BY id"
    rows = [Asked._make((*row[:6], codec.load(row[6]), *row[7:])) for row in ledger.rows(c, sql)]
    return [row for row in rows if not wanted or row.sort in wanted]


def close(ledger: Ledger, c: Connection, ids: Iterable[int], state: str = "answered") -> None:
    ledger.run_in(c, "UPDATE question SET state = ? WHERE id IN :in", ids, (state,))


def tied(ledger: Ledger, c: Connection) -> list[tuple[str, str | None]]:
    """(entity, other) of open questions about who is who: nothing is created for them (R10a)."""
    sql = "SELECT entity, other FROM question WHERE state = 'open' AND sort IN ('identity', 'subject', 'contradiction', 'merged')"
    return [(row[0], row[1]) for row in ledger.rows(c, sql)]
