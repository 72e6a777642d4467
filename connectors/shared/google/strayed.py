"""Did rows move in the very moment of a batch, so that others got our values? Which changes put it right?

Google has no condition for a write: between the last look at a row and the batch somebody can sort or insert. What is
read back tells it: under a number that was written another key stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract import Change, Op, Outcome, Value
from connectors.shared.google.desk import Fate
from connectors.shared.workbook.sheet import Row
from connectors.shared.workbook.view import View

Cells = dict[str, dict[str, Value]]


def repairs(before: View, after: View, changes: Sequence[Change], fates: Sequence[Fate]) -> list[Change]:
    """Updates that give every row what it should show: ours to those that were meant, their own to the others. None
    where no row moved, or where rows have no keys. before, after: the sheet as it was read, and as it is now."""
    old, new = _by_key(before), _by_key(after)
    there = {row.number: key for key, row in new.items()}
    wanted, moved = Cells(), Cells()
    for change, fate in zip(changes, fates):
        key = before.keys.key_of(fate.row.texts) if fate.row is not None else ""
        if change.op is not Op.UPDATE or fate.outcome is not Outcome.DONE or fate.row is None or not key:
            continue
        values = {name: value for name, value in change.after.items() if name not in fate.apart}
        wanted.setdefault(key, {}).update(values)
        other = there.get(fate.row.number, key)
        if other != key and other in old and key in new:
            moved.setdefault(other, {}).update(values)
    for key, values in moved.items():
        for name, ours in values.items():
            if _shown(after, new[key], name) == ours:
                wanted.setdefault(key, {}).setdefault(name, _shown(before, old[key], name))
    return [_repair(after, new[key], key, values) for key, values in wanted.items() if key in new] if moved else []


def _by_key(view: View) -> dict[str, Row]:
    """Rows by their keys, without those whose key stands twice."""
    found: dict[str, Row] = {}
    twice = set[str]()
    for row in (row for stretch in view.records() for row in stretch):
        key = view.keys.key_of(row.texts)
        if key in found:
            twice.add(key)
        found[key] = row
    return {key: row for key, row in found.items() if key and key not in twice}


def _shown(view: View, row: Row, name: str) -> Value:
    at = view.headings.at(name)
    return row.values[at] if at is not None and at < len(row.values) else None


def _repair(view: View, row: Row, key: str, values: Mapping[str, Value]) -> Change:
    return Change(f"repair {key}", Op.UPDATE, key, values, {name: _shown(view, row, name) for name in values})
