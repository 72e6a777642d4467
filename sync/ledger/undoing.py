"""What did a run write and decide, as far as it can be taken back? (RULES R18)"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from sync.ledger import codec
from sync.ledger.graph import counted
from sync.ledger.plans import CHANGE, ChangeRow
from sync.ledger.store import Ledger
from sync.rules.cell import Golden
from sync.rules.sets import SetGolden


class StepRow(NamedTuple):
    entity: str
    unit: str
    before: Golden | SetGolden
    after: Golden | SetGolden
    knew: tuple[str, ...]


def steps_of(ledger: Ledger, c: Connection, run: int) -> list[StepRow]:
    """How goldens moved in a run."""
    sql = "SELECT entity, field, before, after, knew FROM golden_step WHERE run = ? ORDER BY entity, field"
    rows = ledger.rows(c, sql, (run,))
    return [StepRow(row[0], row[1], _golden(row[2]), _golden(row[3]), tuple(codec.load(row[4]))) for row in rows]


def _golden(data: bytes) -> Golden | SetGolden:
    return codec.unpack_golden(codec.load(data))


def done_in(ledger: Ledger, c: Connection, run: int) -> list[ChangeRow]:
    sql = f"SELECT {CHANGE} FROM plan_change WHERE run = ? AND state = 'done' ORDER BY plan, seq"
    return [ChangeRow(*row) for row in ledger.rows(c, sql, (run,))]


def later_runs(ledger: Ledger, c: Connection, run: int) -> list[int]:
    """Runs that wrote to the same records, or moved the same entities, since."""
    sql = (
        "SELECT DISTINCT p.run FROM plan_change p WHERE p.run > ? AND p.state = 'done' AND p.record_id IN "
        "(SELECT record_id FROM plan_change WHERE run = ?) UNION SELECT DISTINCT run FROM golden_step WHERE run > ? "
        "AND entity IN (SELECT entity FROM golden_step WHERE run = ?) ORDER BY 1"
    )
    return [row[0] for row in ledger.rows(c, sql, (run, run, run, run))]


def last_run(ledger: Ledger, c: Connection) -> int | None:
    """The newest run that wrote or decided something and was not an undo."""
    sql = (
        "SELECT MAX(r.id) FROM run r WHERE r.job <> 'undo' AND (EXISTS (SELECT 1 FROM plan_change p WHERE p.run = r.id "
        "AND p.state = 'done') OR EXISTS (SELECT 1 FROM golden_step g WHERE g.run = r.id))"
    )
    found = ledger.rows(c, sql)[0][0]
    return int(found) if found is not None else None


def was_touched(ledger: Ledger, c: Connection, record: int) -> bool:
    """Whether a record shows something that no merge has seen, or a write to it is in doubt."""
    if counted(ledger, c, "SELECT COUNT(*) FROM record WHERE id = ? AND base IS NOT NULL", (record,)):
        return True
    return bool(counted(ledger, c, "SELECT COUNT(*) FROM cell WHERE record_id = ? AND verdict = 'doubt'", (record,)))
