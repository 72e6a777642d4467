"""What is looked at directly before a write, where the system itself refuses nothing? (RULES R10b, R14)

A create is preceded by a search for its certain identifiers, as we write them and as people typed them (`A1`, `A-1`), so
that a record that somebody made since the pull is met and not doubled. What a system writes without a precondition is read
again, and left alone where it has moved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from connectors.contract import Change, Check, Fields, Identity, LookUp, Op, Outcome, Receipt, Record, Value, say
from sync.context import Run, TableState
from sync.ledger import codec, graph, staging
from sync.ledger.plans import ChangeRow

MOVED = say("the record changed since it was read")
KNOWN = say("a record with the same identifier is there already")


Forms = Mapping[str, Mapping[str, Collection[str]]]
"""Change → column → how its identifier was typed somewhere."""


def met(
    run: Run, table: TableState, op: Op, rows: Mapping[str, ChangeRow], batch: Sequence[Change]
) -> dict[str, Receipt]:
    """Change → the receipt that it gets unsent, because of what stands there now. rows: by the id of their change.

    Raises what the source raises.
    """
    if op is Op.CREATE:
        certain = _certain(table)
        return dict(_known(table, certain, batch, _typed(run, certain, rows))) if certain else {}
    unguarded = table.described.can.checks.get(op, Check.NONE) is Check.NONE
    return dict(_moved(table, batch)) if unguarded and table.described.can.identity is not Identity.NONE else {}


# ------------------------------------------------------------------------------ creates


def _known(
    table: TableState, certain: Mapping[str, str], batch: Sequence[Change], typed: Forms
) -> Iterator[tuple[str, Receipt]]:
    connector = table.connector
    assert connector is not None
    for column in certain:
        wanted: dict[str, list[Change]] = {}
        for change in batch:
            value = change.after.get(column)
            if isinstance(value, str) and value:
                for text in {value, *typed.get(change.id, {}).get(column, ())}:
                    wanted.setdefault(text, []).append(change)
        if not wanted:
            continue
        found: dict[str, dict[str, Record]] = {}
        columns = tuple(table.converter.columns)
        for text, record in connector.find(table.described.id, sorted(wanted), columns, column):
            for change in wanted.get(text, ()):
                found.setdefault(change.id, {})[record.key] = record
        for ident, records in found.items():
            if len(records) == 1:
                (record,) = records.values()
                yield ident, Receipt(ident, Outcome.DUPLICATE, record.key, record, {}, str(KNOWN))
            else:  # which of them is his is told by the next pull
                yield ident, Receipt(ident, Outcome.DEFERRED, None, detail=str(KNOWN))


def _certain(table: TableState) -> dict[str, str]:
    """Columns of identifiers of the subject that the system can be searched by → the field that stands there."""
    findable = {one.id for one in table.described.fields if one.findable or one.unique}
    subject = next((part.map for part in table.parts if part.map.name == table.map.subject), None)
    if subject is None:
        return {}
    named = ((name, place) for name, places in subject.fields.items() for place in places)
    return {
        place.columns[0]: name
        for name, place in named
        if name.startswith("identifiers.") and len(place.columns) == 1 and place.columns[0] in findable
    }


def _typed(run: Run, certain: Mapping[str, str], rows: Mapping[str, ChangeRow]) -> Forms:
    """How the records of these customers show the same identifiers."""
    with run.ledger.transaction() as c:
        links = graph.links(run.ledger, c, 0, sorted({row.entity for row in rows.values()}))
        records = graph.records(run.ledger, c, {link.record_id for link in links})
        raws = staging.raws(run.ledger, c, records)
    said: dict[str, dict[str, set[str]]] = {}
    for link in links:
        there = run.by_id.get(records[link.record_id].table_id) if link.record_id in records else None
        part = next((p.map for p in there.parts if p.map.name == link.part), None) if there is not None else None
        if part is None:
            continue
        shown = codec.load_raw(raws[link.record_id])
        for column, name in certain.items():
            texts = (shown.get(one) for place in part.fields.get(name, ()) for one in place.columns)
            mine = said.setdefault(link.entity, {}).setdefault(column, set())
            mine.update(text.strip() for text in texts if isinstance(text, str) and text.strip())
    return {change: said.get(row.entity, {}) for change, row in rows.items()}


# ------------------------------------------------------------------------------ updates and removals


def _moved(table: TableState, batch: Sequence[Change]) -> Iterator[tuple[str, Receipt]]:
    """R14b: re-read in the same batch; only what we are about to write over must be as it was."""
    by_key = {change.key: change for change in batch if change.key is not None}
    connector = table.connector
    assert connector is not None
    size = table.described.can.reread or len(by_key) or 1
    keys = sorted(by_key)
    for at in range(0, len(keys), size):
        for record in connector.fetch(table.described.id, keys[at : at + size], tuple(table.converter.columns)):
            change = by_key.get(record.key)
            if change is not None and not is_as_it_was(record.fields, change):
                yield change.id, Receipt(change.id, Outcome.CONFLICT, record.key, record, {}, str(MOVED))


def is_as_it_was(now: Fields, change: Change) -> bool:
    """Whether what a change would write over shows what the plan knew of it."""
    return all(name not in now or _plain(now[name]) == _plain(was) for name, was in change.before.items())


def _plain(value: Value) -> object:
    """Two look-ups to one record are the same whatever they are called now; nothing is nothing."""
    if isinstance(value, LookUp):
        return value.table, value.key
    return None if value == "" else value
