"""At which lengths does a system cut? Learnt from what it shows after our writes (RULES R4j)."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.contract import Outcome
from sync.context import Run, TableState, View
from sync.rules.cell import Value


def note_cut(run: Run, table: TableState, part: str, view: View, sent: Value, now: Value, outcome: Outcome) -> None:
    """Remembers the length of a cut; two records of a field cut at one length make it known."""
    same = view.unit.rule.same
    if outcome is not Outcome.DONE or not isinstance(now, str) or not isinstance(sent, str) or now == sent:
        return
    if same.is_cut(sent, now) and len(now) < len(sent):
        run.cuts[table.id, f"{part}.{view.unit.name}", len(now)] += 1


def save(run: Run, c: Connection) -> None:
    """Adds what this run noted to what is known."""
    for (table, field, length), times in sorted(run.cuts.items()):
        run.ledger.do(
            c,
            "INSERT INTO learnt (table_id, field, length, times) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (table_id, field, length) DO UPDATE SET times = learnt.times + excluded.times",
            (table, field, length, times),
        )
    run.cuts.clear()
