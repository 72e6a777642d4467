"""What was joined, and what did people say is the same or different?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec, schema
from sync.ledger.store import Ledger


class Snapshot(NamedTuple):
    """Both sides as they were at a join. links: entity → its (record, part); own: ref → unit → own value."""

    id: int
    run: int
    kept: str
    gone: str
    goldens: dict[str, Any]
    links: dict[str, list[tuple[int, str]]]
    own: dict[str, dict[str, Any]]


def snapshots(ledger: Ledger, c: Connection, kept: str) -> list[Snapshot]:
    """Joins into this entity that were not taken back, the newest first."""
    return _read(ledger, c, "WHERE kept = ? ORDER BY id DESC", (kept,))


def snapshots_of_run(ledger: Ledger, c: Connection, run: int) -> list[Snapshot]:
    return _read(ledger, c, "WHERE run = ? ORDER BY id DESC", (run,))


def _read(ledger: Ledger, c: Connection, where: str, values: tuple[object, ...]) -> list[Snapshot]:
    out = []
    for number, run, kept, gone, data in ledger.rows(
        c, f"SELECT id, run, kept, gone, content FROM join_snapshot {where}", values
    ):
        got = codec.load(data)
        links = {entity: [(ref[0], ref[1]) for ref in refs] for entity, refs in got["links"].items()}
        out.append(Snapshot(number, run, kept, gone, got["goldens"], links, got.get("own", {})))
    return out


def keep_apart(ledger: Ledger, c: Connection, pairs: Iterable[tuple[str, str]], *, same: bool = False) -> None:
    """What later matching obeys; a later decision replaces an earlier one of the same pair."""
    rows = ((one, two, int(same), "") for one, two in pairs)
    ledger.bulk(c, schema.apart, ("one", "two", "same", "digests"), rows, on="replace")


def drop_snapshots(ledger: Ledger, c: Connection, ids: Iterable[int]) -> None:
    ledger.run_in(c, "DELETE FROM join_snapshot WHERE id IN :in", ids)


def marks_of(ledger: Ledger, c: Connection, entity: str) -> list[tuple[int, str]]:
    """(table, why) of an entity's gone marks."""
    return [(row[0], row[1]) for row in ledger.rows(c, "SELECT table_id, why FROM mark WHERE entity = ?", (entity,))]
