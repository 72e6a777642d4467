"""How is the ledger looked at without a run: no lease, no source opened, nothing written?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table

from sync.agreeing.merge import Case
from sync.agreeing.merge import cases as read_cases
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.context import Run, TableState
from sync.ledger import graph, lists
from sync.ledger.lease import Lease
from sync.ledger.runs import known_starts
from sync.ledger.store import Ledger
from sync.linking.relate import Pointers
from sync.run import Session
from sync.tables import all_units, open_tables


class _Unwritten(Ledger):
    """The same ledger, in which opening tables notes nothing down: who only looks needs no lock."""

    def __init__(self, other: Ledger) -> None:
        super().__init__(other.engine, other.path)

    def bulk(
        self, c: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]], *, on: str = ""
    ) -> int:
        return 0

    def many(self, c: Connection, sql: str, rows: Iterable[Sequence[object]]) -> None:
        return None

    def do(self, c: Connection, sql: str, values: Sequence[object] = ()) -> int:
        return 0

    def run_in(self, c: Connection, sql: str, values: Iterable[object], before: Sequence[object] = ()) -> int:
        return 0


@dataclass(slots=True)
class Picture:
    """What is known, for one look at it; it is good for the transaction in which it was made.

    plan: the plan whose draft is laid over what is committed, 0 for none. starts: run → when it began. parked: entity
    → its units that wait for an answer. names, kinds and contacts: of entities, filled when they are first asked for;
    contacts only of those without a name.
    """

    run: Run
    c: Connection
    plan: int
    starts: dict[int, datetime]
    parked: dict[str, set[str]]
    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, tuple[str, str]] = field(default_factory=dict)
    tables: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return self.run.ledger

    def table(self, number: int) -> TableState | None:
        """None: the table left the workspace."""
        return self.run.by_id.get(number)

    def table_name(self, number: int) -> str:
        """As the configuration calls it; a table that left the workspace by its source and its own id."""
        state = self.run.by_id.get(number)
        return state.name if state is not None else ".".join(self.tables.get(number, ("?", str(number))))

    def source_of(self, number: int) -> str:
        return self.tables.get(number, ("?", ""))[0]

    def is_formal(self, source: str) -> bool:
        known = self.run.workspace.sources.get(source)
        return known is not None and known.formal

    def cases(self, ids: Sequence[str]) -> list[Case]:
        """These customers with their goldens, links, records and cells, as they stand."""
        alias = graph.aliases(self.ledger, self.c, self.plan)
        found = read_cases(self.run, self.c, Pointers(self.run), ids, alias)
        sides = [side for case in found for side in case.sides]
        cells = lists.settled_cells(self.ledger, self.c, self.plan, {side.record.id for side in sides})
        for side in sides:
            side.cells = cells.get((side.record.id, side.part.map.name), {})
        for case in found:
            case.parked.update(dict.fromkeys(self.parked.get(case.id, ()), ()))
        return found


def look(session: Session, c: Connection, plan: int | None = None) -> Picture:
    """The picture that the ledger gives in this transaction.

    plan: whose draft to lay over; None: the newest plan's, if it was not applied yet. Nothing is written.
    """
    ledger, workspace = _Unwritten(session.ledger), session.workspace
    run = Run(
        ledger=ledger,
        workspace=_met(workspace, lists.known_tables(ledger, c)),
        job=Job("look", ()),
        gate=session.gate,
        lease=cast(Lease, None),  # whoever wants to write here fails
        id=0,
        now=session.clock(),
        units=all_units(workspace),
        plan=lists.draft_of(ledger, c) if plan is None else plan,
        starts=known_starts(ledger, c),
    )
    open_tables(run, c, {})
    pushed = {name for job in workspace.jobs.values() for name in job.push}
    for state in run.tables.values():
        state.pushed = state.name in pushed
    parked: dict[str, set[str]] = {}
    for cell in lists.listed_cells(ledger, c, run.plan, ["parked"]):
        parked.setdefault(cell.entity, set()).add(cell.field)
    return Picture(run, c, run.plan, run.starts, parked, tables=lists.table_names(ledger, c))


def _met(workspace: Workspace, described: Collection[tuple[str, str]]) -> Workspace:
    """Only with the tables that were described at least once: the others have nothing to show."""
    ids: dict[str, set[str]] = {}
    for source, at in described:
        ids.setdefault(source, set()).add(at)
    tables = {
        name: table
        for name, table in workspace.tables.items()
        if (table.at in ids.get(table.source, ()) if table.at else table.source in ids)
    }
    return replace(workspace, tables=tables)


__all__ = ["Picture", "look"]
