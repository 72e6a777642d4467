"""Whose is a customer whom no formal source knows? (RULES R8b: `belongs_to` of a source gives an owner)"""

from __future__ import annotations

from typing import Final

from sync.agreeing.merge import BELONGS, Case, Step
from sync.context import Run
from sync.linking.customers import holder
from sync.rules.cell import Golden, Vote
from sync.rules.settle import LAST

OWNER: Final = "owner"


def give_owner(run: Run, case: Case) -> None:
    """One person's sources alone speak of him: he is that person's. Of two persons: the owner asks."""
    if case.kind != run.workspace.customer or OWNER not in run.units[case.kind] or OWNER in case.parked:
        return
    golden = case.goldens.get(OWNER) or Golden()
    if not isinstance(golden, Golden) or (golden.ref and golden.rule != BELONGS):
        return
    live = [side for side in case.sides if side.link.state in ("live", "missing")]
    if not live or any(side.table.source.formal for side in live):
        return
    held = {side.ref: holder(run, side) for side in live if side.part.map.via is None}
    persons = sorted(set(held.values()))
    if len(persons) == 1 and persons[0] and persons[0] != golden.value:
        ref = min(held)
        case.goldens[OWNER] = Golden(persons[0], ref, BELONGS, run.id)
        case.steps.append(Step(OWNER, golden, case.goldens[OWNER], (), (ref,)))
    elif len([one for one in persons if one]) > 1:
        case.parked[OWNER] = tuple(Vote(one, ref, LAST, formal=False) for ref, one in sorted(held.items()) if one)
