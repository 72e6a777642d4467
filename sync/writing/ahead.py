"""What is looked at directly before a write, where the system itself refuses nothing? (RULES R10b, R14)

A create is preceded by a search for its certain identifiers, so that a record that somebody made since the pull is met
and not doubled. What a system writes without a precondition is read again, and left alone where it has moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract import Change, Check, Fields, Identity, LookUp, Op, Outcome, Receipt, Record, Value, say
from sync.context import TableState

MOVED = say("the record changed since it was read")
KNOWN = say("a record with the same identifier is there already")


def met(table: TableState, op: Op, batch: Sequence[Change]) -> dict[str, Receipt]:
    """Change → the receipt that it gets unsent, because of what stands there now. Raises what the source raises."""
    if op is Op.CREATE:
        return dict(_known(table, batch))
    unguarded = table.described.can.checks.get(op, Check.NONE) is Check.NONE
    return dict(_moved(table, batch)) if unguarded and table.described.can.identity is not Identity.NONE else {}


# ------------------------------------------------------------------------------ creates


def _known(table: TableState, batch: Sequence[Change]) -> Iterator[tuple[str, Receipt]]:
    connector = table.connector
    assert connector is not None
    for column in _certain(table):
        wanted: dict[str, list[Change]] = {}
        for change in batch:
            value = change.after.get(column)
            if isinstance(value, str) and value:
                wanted.setdefault(value, []).append(change)
        if not wanted:
            continue
        found: dict[str, list[Record]] = {}
        for value, record in connector.find(table.described.id, sorted(wanted), tuple(table.converter.columns), column):
            found.setdefault(value, []).append(record)
        for value, records in found.items():
            for change in wanted.get(value, ()):
                if len(records) == 1:
                    yield change.id, Receipt(change.id, Outcome.DUPLICATE, records[0].key, records[0], {}, str(KNOWN))


def _certain(table: TableState) -> list[str]:
    """Columns of identifiers of the subject that the system can be searched by."""
    findable = {one.id for one in table.described.fields if one.findable or one.unique}
    subject = next((part.map for part in table.parts if part.map.name == table.map.subject), None)
    if subject is None:
        return []
    places = [place for name, places in subject.fields.items() if name.startswith("identifiers.") for place in places]
    return [place.columns[0] for place in places if len(place.columns) == 1 and place.columns[0] in findable]


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
