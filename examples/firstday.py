"""What is a first day like? The made-up customers through the real engine, measured against their truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import Said
from examples.judge import Identity, Writing, bars, judge_links, judge_plan
from examples.truth import Spot, Truth, read_truth
from sync.ledger import codec, plans
from sync.run import Outcome, Session


@dataclass(frozen=True, slots=True)
class FirstDay:
    """identity and writing: what the judge says. field_questions, kept_classes: what people are asked, and shown."""

    identity: Identity
    writing: Writing
    field_questions: int
    kept_classes: int
    damaged: int

    def bars(self) -> list[tuple[str, Said, bool]]:
        """(what, the number, whether it is good enough)."""
        return bars(self.identity, self.writing, self.field_questions, self.kept_classes)


def measure(session: Session, folder: Path, planned: Outcome) -> FirstDay:
    """Measures a plan that was made and not applied, in a folder that the generator filled."""
    truth = read_truth(folder)
    names = _table_names(session)
    links = _links(session, planned.plan, names)
    with session.ledger.transaction() as c:
        asked = session.ledger.rows(c, "SELECT sort, entity, other FROM question WHERE state = 'open'")
        kept = session.ledger.rows(
            c,
            "SELECT COUNT(*) FROM (SELECT DISTINCT k.field, r.table_id FROM plan_cell k JOIN record r ON r.id = k.record_id "
            "WHERE k.plan = ? AND k.verdict = 'kept')",
            (planned.plan,),
        )[0][0]
    questions = {(entity, other) for sort, entity, other in asked if sort == "identity" and entity and other}
    changes = _changes(session, planned.plan, names)
    identity = judge_links(truth, links, questions)
    writing = judge_plan(truth, links, questions, changes, says=_says(session, truth, names))
    fields = sum(1 for sort, *_ in asked if sort == "field")
    damaged = sum(n for (_, verdict, _), n in planned.planned.verdicts.items() if verdict == "damaged")
    return FirstDay(identity, writing, fields, int(kept), damaged)


def _table_names(session: Session) -> dict[int, str]:
    """Number of a table in the ledger → what the mappings call it."""
    maps = session.workspace.tables.values()
    with session.ledger.transaction() as c:
        rows = session.ledger.rows(c, "SELECT t.id, s.name, t.at FROM source_table t JOIN source s ON s.id = t.source")
    out = {}
    for number, source, at in rows:
        mine = [table for table in maps if table.source == source]
        found = next((t.id for t in mine if t.at == at or t.alias == at), mine[0].id if len(mine) == 1 else source)
        out[int(number)] = found
    return out


def _links(session: Session, plan: int, names: Mapping[int, str]) -> dict[Spot, str]:
    sql = (
        "SELECT r.table_id, r.key, r.place, p.part, p.entity FROM plan_link p JOIN record r ON r.id = p.record_id "
        "WHERE p.plan = ? AND p.part <> '' AND p.state = 'live'"
    )
    with session.ledger.transaction() as c:
        rows = session.ledger.rows(c, sql, (plan,))
    return {(names[table], place or key, part): entity for table, key, place, part, entity in rows}


def _says(session: Session, truth: Truth, names: Mapping[int, str]) -> dict[Spot, frozenset[str]]:
    """Every cell of a record as it stands, without signs and case, from six letters or digits on; of a number its last
    eight digits. Names of two or three characters are too short to count.
    """
    with session.ledger.transaction() as c:
        rows = session.ledger.rows(c, "SELECT table_id, key, place, raw FROM record")
    shown = {
        (names[table], place or key): frozenset(
            filter(None, (_plain(_text(value)) for value in codec.load_raw(raw).values()))
        )
        for table, key, place, raw in rows
    }
    return {spot: shown[spot[:2]] for spot in truth.entity if spot[:2] in shown}


def _plain(text: str) -> str:
    signs = "".join(c for c in text.casefold() if c.isalnum())
    return "" if len(signs) < 6 else signs[-8:] if signs.isdecimal() else signs


def _changes(session: Session, plan: int, names: Mapping[int, str]) -> list[dict[str, Any]]:
    with session.ledger.transaction() as c:
        rows = plans.changes(session.ledger, c, plan)
    return [
        {
            "table": names[row.table_id],
            "op": row.op,
            "key": row.key,
            "entity": row.entity,
            "before": _texts(row.before),
            "after": _texts(row.after),
        }
        for row in rows
    ]


def _texts(data: bytes) -> dict[str, str]:
    raw = codec.load_raw(data)
    return {name: _text(value) for name, value in raw.items()}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(map(_text, value))
    return "" if value is None else str(getattr(value, "key", value))


__all__ = ["FirstDay", "Truth", "measure"]
