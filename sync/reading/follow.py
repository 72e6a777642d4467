"""What became of the links to records that a pull did not show, or showed again? (RULES table 3, R11)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.contract import Listing, SourceError, State, say
from sync.context import Run, TableState
from sync.ledger import plans, staging
from sync.ledger.graph import LinkRow
from sync.linking.standing import ask_of_merged
from sync.reading.read import Reading
from sync.rules.links import Event, Link, Live, follow, leaves_mark


@dataclass(slots=True)
class Absences:
    """Records of one table that tonight's listing lacked: key and what fetch() said of each."""

    missing: dict[int, str]
    gone: set[int]
    moved: dict[int, str]


def absences(run: Run, c: Connection, reading: Reading) -> Absences | None:
    """Records that a complete listing did not show, each asked for by its key; None where nothing is proved."""
    table = reading.table
    end = table.certificate
    if end is None or not end.full or not end.complete or table.described.can.listing is Listing.PARTIAL:
        return None
    if not _equal_scope(table):
        return None
    lacking = staging.lacking(run.ledger, c, table.id, table.seen)
    missing = {number: key for number, key in lacking.items() if key not in reading.filtered}
    asked = Absences(missing, set(), {})
    return _asked(run, table, asked) if missing else asked


def _equal_scope(table: TableState) -> bool:
    """Absence counts only under the scope and fields of the pull that last showed the record."""
    end, row = table.certificate, table.row
    assert end is not None
    return row.scope in (None, end.scope)


def _asked(run: Run, table: TableState, found: Absences) -> Absences | None:
    """CONTRACT "A listing that shrank": one that is there after all makes the pull incomplete."""
    keys = {key: record for record, key in found.missing.items() if not key.startswith("~")}
    can = table.described.can
    left = set(keys)
    assert table.connector is not None
    try:
        for chunk in _chunks(sorted(keys), can.reread or len(keys) or 1):
            for record in table.connector.fetch(table.described.id, chunk, tuple(table.converter.columns)):
                left.discard(record.key)
                if record.state is State.LIVE:
                    return _suspect(run, table)
                number = keys[record.key]
                if record.state is State.MOVED:
                    found.moved[number] = record.into or ""
                else:
                    found.gone.add(number)
    except SourceError:
        return _suspect(run, table)
    if left and can.absence:
        return _suspect(run, table)
    return found


def _suspect(run: Run, table: TableState) -> Absences | None:
    """Nothing is proved, and nothing is created there tonight."""
    table.current = False
    table.row.chain = 0
    run.note(
        "warning",
        "listing_shrank",
        say(
            "{table}: the listing lacked records that are still there, so nothing counts as gone tonight",
            table=table.name,
        ),
        table.name,
    )
    return None


def _chunks(keys: Sequence[str], size: int) -> Iterator[list[str]]:
    for at in range(0, len(keys), size):
        yield list(keys[at : at + size])


# ------------------------------------------------------------------------------ links


def follow_links(
    run: Run, c: Connection, reading: Reading, lacking: Absences | None, silenced: Mapping[str, str]
) -> int:
    """Moves the links of one table in tonight's draft -> how many are missing or gone now."""
    table = reading.table
    if table.name in silenced:
        return 0
    events: dict[int, Event] = {number: word for number, (word, _) in reading.events.items()}
    fetch = table.described.can.absence
    if lacking is not None:
        events.update(dict.fromkeys(lacking.missing, Event.NOT_SHOWN))
        events.update(dict.fromkeys(lacking.gone, Event.PROVED_GONE))
        events.update(dict.fromkeys(lacking.moved, Event.ENDED))
    for record, _, _ in staging.not_live_links(run.ledger, c, table.id):
        if record in table.seen and record not in events:
            events[record] = Event.SHOWN
    into = {record: key for record, (word, key) in reading.events.items() if word is Event.ENDED}
    ask_of_merged(run, c, table, into | (lacking.moved if lacking is not None else {}))
    return _move(run, c, table, events, fetch=fetch)


def _move(run: Run, c: Connection, table: TableState, events: Mapping[int, Event], *, fetch: bool) -> int:
    rows: list[tuple[LinkRow, str | None]] = []
    marks: list[tuple[str, int, str]] = []
    lifted: list[tuple[str, int]] = []
    found = plans.links_of_records(run.ledger, c, events)
    for row in found:
        receives = bool(row.marks)
        before = Link(
            str(row.record_id), row.entity, Live(row.state), row.since, bool(row.marks), row.known, bool(row.ours)
        )
        after = follow(before, events[row.record_id], run.id, fetch=fetch, receives=receives)
        if after == before:
            continue
        ended = "merged into another" if after.state is Live.ENDED else None
        state = str(after.state)
        rows.append((row._replace(state=state, since=after.since, marks=int(after.marks)), ended))
        if leaves_mark(before, after):
            marks.append((row.entity, table.id, "deleted"))
        if before.state is Live.GONE and after.state is Live.LIVE:
            lifted.append((row.entity, table.id))
    plans.draft_links(run.ledger, c, run.plan, rows)
    run.draft.marks.update({(entity, number): why for entity, number, why in marks})
    run.draft.lifted.update(lifted)
    return sum(1 for row, _ in rows if row.state in ("missing", "gone"))
