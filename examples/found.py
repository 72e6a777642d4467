"""What did a plan find in the places it read: who is known where, who is off the books, who is filed twice?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync.commands.planview import names_of
from sync.ledger import looks
from sync.run import Session


@dataclass(frozen=True, slots=True)
class Found:
    """Counts of one plan. entities: by kind. shared: entities of whom several places speak. off_book: kind → entities
    that no formal table speaks of; creating: those of them that the plan creates there. doubled: formal table →
    entities that stand in it several times.
    """

    records: int
    entities: Mapping[str, int]
    shared: int
    off_book: Mapping[str, int]
    creating: Mapping[str, int]
    doubled: Mapping[str, int]


def look(session: Session, plan: int, formal: str) -> Found:
    """Counts what a plan would leave in the ledger. formal: the source that is the formal system."""
    with session.ledger.transaction() as c:
        kinds = dict(session.ledger.rows(c, "SELECT entity, kind FROM plan_entity WHERE plan = ?", (plan,)))
        links = session.ledger.rows(
            c,
            "SELECT p.entity, r.table_id, COUNT(*) FROM plan_link p JOIN record r ON r.id = p.record_id "
            "WHERE p.plan = ? AND p.part <> '' AND p.state = 'live' GROUP BY p.entity, r.table_id",
            (plan,),
        )
        records = session.ledger.rows(c, "SELECT COUNT(*) FROM record WHERE state = 'live'")[0][0]
        created = session.ledger.rows(c, "SELECT entity FROM plan_change WHERE plan = ? AND op = 'create'", (plan,))
        names = names_of(session.workspace, looks.tables(session.ledger, c))
    places: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for entity, table, count in links:
        places[entity][names[table]] = count
    off = {entity for entity, tables in places.items() if not any(_of(formal, table) for table in tables)}
    return Found(
        records=int(records),
        entities=_by_kind(kinds, places),
        shared=sum(1 for tables in places.values() if len(tables) > 1),
        off_book=_by_kind(kinds, off),
        creating=_by_kind(kinds, off & {entity for (entity,) in created}),
        doubled=_doubled(places, formal),
    )


def _of(source: str, table: str) -> bool:
    return table.partition(".")[0] == source


def _by_kind(kinds: Mapping[str, str], entities: Iterable[str]) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for entity in entities:
        counts[kinds.get(entity, "")] += 1
    return dict(counts)


def _doubled(places: Mapping[str, Mapping[str, int]], formal: str) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for tables in places.values():
        for table, count in tables.items():
            if count > 1 and _of(formal, table):
                counts[table] += 1
    return dict(sorted(counts.items()))


__all__ = ["Found", "look"]
