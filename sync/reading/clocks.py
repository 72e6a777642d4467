"""When was a value typed, as far as its own system can say? (RULES R4h: `newest` decides between records of one system)

Kept with a record is when it was changed there and, where the system tells them, when single columns were. A record's
time speaks for a value only where nothing else changed in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from connectors.contract import Record
from sync.context import View
from sync.rules.cell import Cell, Facts, is_changed
from sync.sides import Side, cell_of


def kept_times(record: Record) -> str | None:
    """The ledger's text: the record's own time, or {column: time} with the record's under ""."""
    own = record.modified.isoformat() if record.modified else None
    if not record.times:
        return own
    columns = {name: at.isoformat() for name, at in record.times.items()}
    return orjson.dumps({**columns, **({"": own} if own else {})}, option=orjson.OPT_SORT_KEYS).decode()


def with_times(
    views: Sequence[tuple[Side, View]], cells: Mapping[str, Cell], facts: Mapping[str, Facts]
) -> Mapping[str, Facts]:
    """The facts of one unit with when each value was typed; as they are where the values are of several systems."""
    said = [(side, view) for side, view in views if _is_said(cells.get(side.ref))]
    if len({side.table.source.name for side, _ in said}) != 1:
        return facts
    return {**facts, **{side.ref: replace(facts[side.ref], time=_time(side, view)) for side, view in said}}


def _is_said(cell: Cell | None) -> bool:
    return cell is not None and (is_changed(cell) or cell.seen is None)


def _time(side: Side, view: View) -> str:
    text = side.record.modified or ""
    times: dict[str, str] = orjson.loads(text) if text.startswith("{") else {"": text}
    columns = (c for name in view.unit.fields for place in side.part.map.fields.get(name, ()) for c in place.columns)
    own = [times[column] for column in columns if column in times]
    if own:
        return max(own)
    changed = (is_changed(cell_of(side, one)) for one in side.part.views.values() if one.reads)
    return times.get("", "") if sum(changed) == 1 else ""
