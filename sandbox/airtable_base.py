"""What does a pretended Airtable hold: bases, tables, fields, records, and how do they look from outside?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.airtable_formula import Row

_NAMES = itertools.count(1)


def new_id(kind: str) -> str:
    """As Airtable's look: three letters that say what it is, and fourteen more."""
    return f"{kind}{next(_NAMES):014d}"


@dataclass(slots=True)
class Cells:
    """One record. cells: by field id, without the empty ones."""

    id: str
    cells: dict[str, Any]
    created: datetime
    modified: datetime | None = None


@dataclass(slots=True)
class Sheet:
    """One table. fields: as the metadata API shows them. views: name → what it shows."""

    id: str
    name: str
    fields: list[dict[str, Any]]
    records: dict[str, Cells] = field(default_factory=dict)
    views: dict[str, Callable[[Cells], bool]] = field(default_factory=dict)

    def field(self, name: str) -> dict[str, Any] | None:
        """By id or name."""
        return next((one for one in self.fields if name in (one["id"], one["name"])), None)


@dataclass(slots=True)
class Base:
    id: str
    name: str
    level: str = "create"
    tables: list[Sheet] = field(default_factory=list)

    def table(self, name: str) -> Sheet | None:
        return next((one for one in self.tables if name in (one.id, one.name)), None)


def cell(known: Mapping[str, Any], record: Cells) -> Any:
    if known["type"] == "createdTime":
        return clock(record.created)
    if known["type"] == "lastModifiedTime":
        return clock(record.modified or record.created)
    return record.cells.get(known["id"])


def row(table: Sheet, record: Cells) -> Row:
    cells: dict[str, Any] = {}
    for one in table.fields:
        value = cell(one, record)
        cells[one["id"]] = cells[one["name"]] = Decimal(str(value)) if isinstance(value, float) else value
    return Row(record.id, record.created, record.modified, cells)


def filled(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if value not in (None, "", [], False)}


def clock(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown(table: Sheet) -> dict[str, Any]:
    views = [{"id": f"viw{name}", "name": name, "type": "grid"} for name in ("Grid view", *table.views)]
    return {"id": table.id, "name": table.name, "primaryFieldId": table.fields[0]["id"], "fields": table.fields,
            "views": views}  # fmt: skip


def fields_of(*given: tuple[str, str] | tuple[str, str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Fields as the metadata API shows them, from (name, type, options)."""
    for name, kind, *options in given:
        yield {"id": new_id("fld"), "name": name, "type": kind, **({"options": dict(options[0])} if options else {})}


def choices(*names: str) -> dict[str, Any]:
    return {"choices": [{"id": new_id("sel"), "name": name, "color": "blueLight2"} for name in names]}
