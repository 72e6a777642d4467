"""Which fields does a destination show otherwise than the places that customers came from? (read back, value by value)

Classes are counted; every single one stands in a file, which is the only place that holds values.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from connectors.contract import Damaged
from sync.agreeing.merge import Case
from sync.config.jobs import Job
from sync.context import TableState
from sync.ledger import migrating
from sync.migrate.reckoning import origins
from sync.picture.opening import Picture
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden, elements
from sync.sides import Side, extract
from sync.units import Form, Unit

COLUMNS: Final = ("from", "key", "to", "key_there", "customer", "field", "value", "value_there", "why")
OTHERS: Final = "another value was taken"
STORED: Final = "stored otherwise"
_CHUNK: Final = 500
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Line(NamedTuple):
    """One field of one record that is not the same there. kind.field; why: a verdict of the cell there, or one of ours."""

    origin: str
    key: str
    to: str
    key_there: str
    customer: str
    field: str
    value: str
    there: str
    why: str

    @property
    def group(self) -> tuple[str, str, str, str]:
        return self.origin, self.to, self.field, self.why


def write_down(
    picture: Picture, job: Job, tables: Sequence[TableState], path: Path
) -> Counter[tuple[str, str, str, str]]:
    """(from, to, field, why) → how many; all lines go into a CSV file, mode 0600, that is there only if there are any."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    half = path.with_name(f"{path.name}.part")
    handle = os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for table in tables:
            for line in lines(picture, job, table):
                counts[line.group] += 1
                out.writerow([_text(value) for value in line])
    if counts:
        half.replace(path)
    else:
        half.unlink()
    return counts


def _text(value: str) -> str:
    """A spreadsheet must not take a customer's text for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def lines(picture: Picture, job: Job, to: TableState) -> Iterator[Line]:
    """Every field that both places show, and show otherwise."""
    names = {table.name for table in origins(picture, job, to)}
    ids = sorted(migrating.linked_there(picture.ledger, picture.c, to.id))
    for at in range(0, len(ids), _CHUNK):
        for case in picture.cases(ids[at : at + _CHUNK]):
            live = [side for side in case.sides if side.link.state == "live" and side.values is not None]
            here = [side for side in live if side.table.id == to.id]
            for origin in (side for side in live if side.table.name in names):
                for there in here:
                    yield from _compared(picture, case, origin, there)


def _compared(picture: Picture, case: Case, origin: Side, there: Side) -> Iterator[Line]:
    for name, unit in picture.run.units[case.kind].items():
        if name not in origin.part.views or name not in there.part.views:
            continue
        value, other = _value(origin, name, unit), _value(there, name, unit)
        if not _says(value) or other is None or _is_there(unit, value, other):
            continue
        yield Line(
            origin.table.name,
            origin.record.place or origin.record.key,
            there.table.name,
            there.record.place or there.record.key,
            case.id,
            f"{case.kind}.{name}",
            shown(value),
            shown(other),
            _why(case, name, value, there),
        )


def _value(side: Side, name: str, unit: Unit) -> Value:
    if unit.form is Form.RELATION:
        return side.related.get(name)
    return extract(side.values, side.part.views[name])


def _says(value: Value) -> bool:
    return isinstance(value, Damaged) or any(elements(value) if isinstance(value, tuple) else [value])


def _is_there(unit: Unit, value: Value, other: Value) -> bool:
    """Sets: every element of it; groups: every member that both show."""
    if unit.form is Form.SET:
        return not isinstance(value, Damaged) and set(elements(value)) <= set(elements(other))
    if unit.form is Form.GROUP and isinstance(value, tuple) and isinstance(other, tuple):
        return all(a == b for a, b in zip(value, other, strict=True) if a is not None and b is not None)
    return value == other


def _why(case: Case, name: str, value: Value, there: Side) -> str:
    cell = there.cells.get(name)
    if cell is not None and cell.verdict != "agreed":
        return cell.verdict
    golden = case.goldens.get(name)
    if isinstance(golden, Golden):
        return STORED if golden.value == value else OTHERS
    if isinstance(golden, SetGolden) and not isinstance(value, Damaged):
        return STORED if set(elements(value)) <= set(golden.elements) else OTHERS
    return OTHERS


def shown(value: Value) -> str:
    """For the file: elements and members of a group one after another."""
    if isinstance(value, Damaged):
        return value.text
    if isinstance(value, tuple):
        return "; ".join(str(one) for one in value if one and not isinstance(one, Damaged))
    return value or ""


__all__ = ["COLUMNS", "OTHERS", "STORED", "Line", "lines", "write_down"]
