"""Why is a cell written, or not? (RULES table 1: ten names, first match wins)"""

from __future__ import annotations

from enum import StrEnum

from connectors.contract import Damaged
from sync.rules.cell import Cell, Facts, Golden, Same, holds


class Verdict(StrEnum):
    """Behind the ten names stand five behaviours: not heard, asks, agreed, heard but not written, change."""

    SILENT = "silent"
    DOUBT = "doubt"
    DAMAGED = "damaged"
    FROZEN = "frozen"
    PARKED = "parked"
    AGREED = "agreed"
    FILTERED = "filtered"
    KEPT = "kept"
    STANDING = "standing"
    CHANGE = "change"


def unheard(cell: Cell, golden: Golden, facts: Facts, same: Same) -> Verdict | None:
    """Rows 1-4; None = heard."""
    if cell.shown is None or facts.silent:
        return Verdict.SILENT
    if cell.stop is not None and holds(cell, "left over", golden, facts, same):
        return Verdict.SILENT
    if cell.doubt is not None:
        return Verdict.DOUBT
    if isinstance(cell.shown, Damaged):
        over = cell.stop is not None and cell.stop.why == "over" and cell.stop.on == (cell.shown,)
        return None if over else Verdict.DAMAGED
    if cell.stop is not None and holds(cell, "frozen", golden, facts, same):
        return Verdict.FROZEN
    return None


def is_heard(cell: Cell, golden: Golden, facts: Facts, same: Same) -> bool:
    """May it vote? An unreadable value that golden may be written over has nothing to say either."""
    return unheard(cell, golden, facts, same) is None and not isinstance(cell.shown, Damaged)


def verdict(cell: Cell, golden: Golden, *, parked: bool, facts: Facts, same: Same) -> Verdict:
    """Table 1, after settle."""
    deaf = unheard(cell, golden, facts, same)
    if deaf is not None:
        return deaf
    if parked:
        return Verdict.PARKED
    agreed = cell.stop is None and cell.agreed == (same.view(golden.value, cell.shown), cell.shown)
    if agreed or same.same(golden.value, cell.shown):
        return Verdict.AGREED
    if not facts.receives or facts.pull_only:
        return Verdict.FILTERED
    if cell.stop is not None and holds(cell, "kept", golden, facts, same):
        return Verdict.KEPT
    if facts.cannot or (cell.stop is not None and holds(cell, "rejected", golden, facts, same)):
        return Verdict.STANDING
    return Verdict.CHANGE


def may_write(cell: Cell, golden: Golden, *, parked: bool, facts: Facts, same: Same) -> bool:
    return verdict(cell, golden, parked=parked, facts=facts, same=same) is Verdict.CHANGE
