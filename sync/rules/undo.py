"""What does an undo do to one field? (RULES R18; table 2)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sync.rules.cell import Cell, Golden, Same, Value, agree, see_and_stop, speaks, stage


def may_undo(
    golden: Golden, before: Golden, after: Golden, cells: Mapping[str, Cell], end: Mapping[str, Value]
) -> bool:
    """Golden had a value before, and nobody touched it or any cell since. end: {ref: shown when the run was over}."""
    touched = any(c.doubt is not None or (ref in end and c.shown != end[ref]) for ref, c in cells.items())
    return before.ref != "" and golden.value == after.value and not golden.rivals and not touched


def undo(
    cells: Mapping[str, Cell],
    before: Golden,
    golden: Golden,
    restored: Mapping[str, Value],
    knew: Iterable[str],
    same: Same,
) -> tuple[Golden, dict[str, Cell]]:
    """All or nothing for one field -> (golden, cells).

    restored: {ref: what it shows again}; the author's cell still shows golden; no other moves. knew: refs that had
    agreed to the old golden before the undone run.
    """
    out, known = dict(cells), set(knew)
    for ref, cell in cells.items():
        if not speaks(cell) or (ref not in restored and not same.same(golden.value, cell.shown)):
            continue
        cell = replace(stage(cell, restored.get(ref, cell.shown)), fresh=False)
        if same.same(before.value, cell.shown):
            out[ref] = agree(cell, before.value, same)
            continue
        agreed = (same.view(before.value, cell.shown), cell.shown) if ref not in restored and ref in known else None
        out[ref] = replace(see_and_stop(cell, "kept", cell.shown), agreed=agreed)
    former = (golden.former | before.former | {golden.value}) - {before.value}
    return replace(before, former=former), out
