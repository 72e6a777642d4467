"""Does a relation lead back to where it starts? (RULES R4i: a circle of parents is parked at the edge taken last)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sync.agreeing.merge import Case
from sync.context import Run
from sync.rules.cell import Golden, Vote
from sync.sides import cell_of
from sync.units import Form


@dataclass(slots=True)
class Circles:
    """Knows whom every customer stands under, tonight's edges included. above: relation → entity → the one above it."""

    run: Run
    above: dict[str, dict[str, str]] = field(default_factory=dict)

    def park(self, c: Connection, case: Case, alias: Mapping[str, str]) -> bool:
        """Takes back an edge of tonight that closes a circle, and asks -> whether there was one."""
        found = False
        for name, to in self.run.workspace.kinds[case.kind].relations().items():
            golden = case.goldens.get(name)
            if to != case.kind or not isinstance(golden, Golden) or not isinstance(golden.value, str):
                continue
            if not any(step.unit == name for step in case.steps):
                continue
            above = self._above(c, name, alias)
            if golden.value and self._leads_back(above, case.id, golden.value):
                self._take_back(case, name, golden)
                found = True
            else:
                above[case.id] = golden.value
        return found

    def _above(self, c: Connection, name: str, alias: Mapping[str, str]) -> dict[str, str]:
        if name not in self.above:
            rows = self.run.ledger.rows(c, "SELECT entity, target FROM relation WHERE name = ?", (name,))
            self.above[name] = {row[0]: alias.get(row[1], row[1]) for row in rows}
        return self.above[name]

    @staticmethod
    def _leads_back(above: Mapping[str, str], start: str, at: str) -> bool:
        met: set[str] = set()
        while at and at not in met:
            if at == start:
                return True
            met.add(at)
            at = above.get(at, "")
        return False

    def _take_back(self, case: Case, name: str, golden: Golden) -> None:
        """R4d: golden, seen and agreed stay as they were."""
        before = case.before.get(name)
        was = before if isinstance(before, Golden) else Golden()
        case.goldens[name] = was
        case.parked[name] = (Vote(golden.value, golden.ref), Vote(was.value, was.ref, golden=True))
        case.steps = [step for step in case.steps if step.unit != name]
        case.losers = [(unit, vote) for unit, vote in case.losers if unit != name]
        for side in case.sides:
            view = side.part.views.get(name)
            if view is not None and view.unit.form is Form.RELATION and (side.ref, name) in case.cells:
                case.cells[side.ref, name] = cell_of(side, view)
