"""What is in a pretended base of 飞书多维表格, and which rows pass a condition of a filter?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.feishu_cells import Bad, plain


@dataclass
class Row:
    """cells: field id → as it is shown. created, modified: milliseconds. hidden: no manager may see it."""

    id: str
    cells: dict[str, Any]
    created: int
    modified: int
    creator: str
    editor: str
    hidden: bool = False


@dataclass
class Sheet:
    """fields: as the API lists them. hidden: ids that are neither listed nor known by name. veiled: ids that are listed,
    and whose values nobody but managers sees. views: id → which rows. tastes: fields whose texts are kept in capitals."""

    id: str
    name: str
    fields: list[dict[str, Any]]
    rows: dict[str, Row] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    veiled: set[str] = field(default_factory=set)
    views: dict[str, Callable[[Row], bool]] = field(default_factory=dict)
    tastes: set[str] = field(default_factory=set)

    def named(self, name: str) -> dict[str, Any] | None:
        return next((f for f in self.fields if f["field_name"] == name and f["field_id"] not in self.hidden), None)


def holds(type_: int, shown: Any, op: str, value: Sequence[str], zone: ZoneInfo) -> bool:
    """Whether a cell passes. Dates are compared by the day, in the base's zone. Raises Bad."""
    if op in ("isEmpty", "isNotEmpty"):
        return bool((shown is None) == (op == "isEmpty"))
    if type_ in (5, 1001, 1002):
        return shown is not None and _by_day(op, int(shown), value, zone)
    if op == "is":
        return shown is not None and plain(shown) == str(value[0])
    if op == "contains":
        return shown is not None and str(value[0]) in plain(shown)
    raise Bad(1254018, "InvalidFilter")


def _by_day(op: str, shown: int, value: Sequence[str], zone: ZoneInfo) -> bool:
    if not value or value[0] != "ExactDate":
        raise Bad(1254018, "InvalidFilter")
    day, other = (datetime.fromtimestamp(ms / 1000, zone).date() for ms in (shown, int(value[1])))
    results: dict[str, bool] = {"is": day == other, "isGreater": day > other, "isLess": day < other}
    return results[op]
