"""What follows when a mapping, people file or canonicaliser changes? (RULES R20)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sync.rules.cell import Cell, Golden, Same, Stop, Value, agree, speaks

Turn = Callable[[Value], Value]
"""What a source's former canonical value is, read anew from the raw it came from; as it is where that is gone."""


def reread(
    cells: Mapping[str, Cell], before: Golden, golden: Golden, turn: Mapping[str, Turn], same: Same
) -> dict[str, Cell]:
    """All that is derived is derived again; `golden` is re-read already. A cell whose agreed equality that breaks is
    behind and kept; a change that no merge has seen yet stays one."""
    out = {}
    for ref, was in cells.items():
        cell = _derive(was, before, golden, turn[ref], same)
        if _means(was, same) and not _means(cell, same):
            kept = Stop("kept", (cell.shown,)) if speaks(cell) and not same.empty(cell.shown) else None
            refused = cell.stop is not None and cell.stop.why == "kept"  # R6b: derived anew, it still holds
            cell = replace(cell, agreed=None, stop=cell.stop if refused else kept)
        equal = cell.shown == cell.seen and same.same(golden.value, cell.shown) and cell.doubt is None
        out[ref] = agree(cell, golden.value, same) if equal else _edited_on_top(cell, golden.value, same)
    return out


def _edited_on_top(cell: Cell, golden: Value, same: Same) -> Cell:
    """An earlier re-reading broke the equality and this one mends it; what was typed since was typed on top of golden."""
    kept = cell.stop is not None and cell.stop.why == "kept" and cell.stop.on == (cell.seen,)
    if not kept or cell.agreed is not None or cell.doubt is not None or cell.shown == cell.seen:
        return cell
    if not same.same(golden, cell.seen):
        return cell
    return replace(cell, agreed=(same.view(golden, cell.seen), cell.seen), stop=None)


def _means(cell: Cell, same: Same) -> bool:
    """What it had agreed with golden says the same, or is a system's form of it (R4j)."""
    if cell.agreed is None:
        return False
    return cell.agreed[0] == cell.agreed[1] or same.like(*cell.agreed) or same.is_cut(*cell.agreed)


def reread_value(value: Value, ref: str, turn: Mapping[str, Turn]) -> Value:
    """Golden, a vote, a decision: from the raw of the ref it came from; as it is where that is gone."""
    return turn[ref](value) if ref in turn else value


def reread_golden(golden: Golden, turn: Mapping[str, Turn]) -> Golden:
    rivals = tuple(replace(v, value=reread_value(v.value, v.ref, turn)) for v in golden.rivals)
    return replace(golden, value=reread_value(golden.value, golden.ref, turn), rivals=rivals)


def _derive(cell: Cell, before: Golden, golden: Golden, turn: Turn, same: Same) -> Cell:
    agreed, stop, doubt = cell.agreed, cell.stop, cell.doubt
    old = same.view(before.value, cell.shown)
    new = same.view(golden.value, cell.shown)
    if agreed:
        agreed = (new if agreed[0] == old else agreed[0], turn(agreed[1]))
    if stop:
        stop = replace(stop, on=tuple(new if x == old else _turned(x, turn) for x in stop.on))
    if doubt:
        doubt = replace(doubt, before=turn(doubt.before), intended=turn(doubt.intended))
    return replace(
        cell, shown=turn(cell.shown), seen=turn(cell.seen), agreed=agreed, stop=stop, doubt=doubt, own=turn(cell.own)
    )


def _turned(value: object, turn: Turn) -> object:
    return value if isinstance(value, int) else turn(value)  # type: ignore[arg-type]  # versions are numbers
