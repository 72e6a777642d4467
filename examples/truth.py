"""Who is who in the made-up files? What is written beside them for the judge, and read back."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from examples.files.rows import Row
from examples.troubles.hand import Tally
from examples.troubles.rates import MEANING
from examples.world.model import Organisation, Person, World

COLUMNS: Final = ("source", "table", "key", "row", "part", "entity", "troubles")
DAMAGED: Final = frozenset({"scientific", "code_as_number", "date_serial", "error_cell"})
"""Troubles after which the value is gone from the file."""
OFF_BOOK: Final = frozenset({"wang", "lee", "phone", "erp"})

Spot = tuple[str, str, str]
"""(table as the mappings call it, key, part): what one record says of one customer."""


@dataclass(frozen=True, slots=True)
class Truth:
    """entity: spot → true customer, in the order of the files. apart: pairs that look alike and are two."""

    entity: Mapping[Spot, str]
    troubles: Mapping[Spot, tuple[str, ...]]
    apart: tuple[tuple[str, str, str], ...] = ()

    def spots(self, entity: str) -> list[Spot]:
        return [spot for spot, id_ in self.entity.items() if id_ == entity]

    def pairs(self) -> Iterator[tuple[Spot, Spot]]:
        """Every two spots of one customer: what a perfect matcher links."""
        groups: dict[str, list[Spot]] = {}
        for spot, entity in self.entity.items():
            groups.setdefault(entity, []).append(spot)
        for group in groups.values():
            yield from ((a, b) for place, a in enumerate(group) for b in group[place + 1 :])

    def tables(self, entity: str) -> set[str]:
        return {table for table, _, _ in self.spots(entity)}


def write_truth(folder: Path, world: World, rows: Sequence[Row], tally: Tally) -> None:
    """truth.csv: a line for each part of each record. truth.json: the same seen from the customers.

    `row` is the line in the sheet or file (headings counted), the card's number from one, or the database's id; `key`
    is the customer number of the ERP and the database's id, and elsewhere the row's place, `#4`.
    """
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_lines(rows))
    text = json.dumps(_summary(world, rows, tally), ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def read_truth(folder: Path) -> Truth:
    """What `write_truth` wrote. Raises OSError or KeyError where there is none, or another one."""
    entity: dict[Spot, str] = {}
    troubles: dict[Spot, tuple[str, ...]] = {}
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            table = f"{line['source']}.{line['table']}" if line["table"] else line["source"]
            spot = (table, line["key"], line["part"])
            entity[spot], troubles[spot] = line["entity"], tuple(line["troubles"].split())
    summary = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    apart = tuple((item["why"], item["a"], item["b"]) for item in summary["lookalikes"])
    return Truth(entity, troubles, apart)


def _lines(rows: Sequence[Row]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        for part, entity in row.parts.items():
            told = [f"{column}:{t}".replace(" ", "_") for column, t in _told(row, part)]
            yield row.source, row.table, row.key, row.row, part, entity, " ".join((*row.troubles, *told))


def _told(row: Row, part: str) -> Iterator[tuple[str, str]]:
    """(column, trouble) of the cells that speak of a part; those of columns nobody reads go to the first part."""
    first = next(iter(row.parts))
    for column, cell in row.cells.items():
        if cell.field.startswith(f"{part}.") or (not cell.field and part == first):
            yield from ((column, trouble) for trouble in cell.troubles)


def _summary(world: World, rows: Sequence[Row], tally: Tally) -> dict[str, Any]:
    spots: dict[str, list[list[str]]] = {}
    for row in rows:
        for part, entity in row.parts.items():
            spots.setdefault(entity, []).append([row.id, row.key, part])
    known = {entity: {table.partition(".")[0] for table, _, _ in where} for entity, where in spots.items()}
    return {
        "customers": {id_: _customer(world, id_) for id_ in spots},
        "duplicates": {entity: where for entity, where in spots.items() if len(where) > 1},
        "off_book": sorted(e for e, sources in known.items() if "crm" not in sources and not e.startswith("X")),
        "private": sorted(e for e in known if e.startswith("X")),
        "within": {source: _within(spots, source) for source in ("crm", "wang", "lee", "erp", "phone")},
        "lookalikes": [{"why": pair.why, "a": pair.a, "b": pair.b} for pair in world.lookalikes],
        "moved": sorted(p.id for p in world.persons.values() if p.former),
        "boss_of_two": sorted(p.id for p in world.persons.values() if p.second),
        "damaged": [
            {"table": row.id, "key": row.key, "column": column, "trouble": trouble}
            for row in rows
            for column, cell in row.cells.items()
            for trouble in cell.troubles
            if trouble in DAMAGED
        ],
        "counts": {f"{source} {trouble}": number for (source, trouble), number in sorted(tally.made.items())},
        "meaning": dict(MEANING),
    }


def _within(spots: Mapping[str, list[list[str]]], source: str) -> dict[str, int]:
    """Customers who stand in one source several times, and how often."""
    counts = {e: Counter(t.partition(".")[0] for t, _, _ in where)[source] for e, where in spots.items()}
    return {entity: number for entity, number in counts.items() if number > 1}


def _customer(world: World, id_: str) -> dict[str, str]:
    """Enough to know whom an id means."""
    one: Organisation | Person = world.organisations.get(id_) or world.persons[id_]
    if isinstance(one, Organisation):
        return {"kind": "organisation", "name": one.name, "owner": one.owner, "code": one.code}
    return {"kind": "person", "name": one.name, "mobile": one.mobile, "works_at": one.employer}
