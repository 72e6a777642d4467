"""By which text does a table point to an entity? A look-up is written as the key it has in *that* system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.contract import say
from mappings.convert import lookup_text
from mappings.model import PartMap
from sync.context import Run
from sync.ledger import codec, graph, staging

CREATED = "\x02"
"""Before the number of a planned create: its key is known once the create's receipt is there."""
NO_RECORD = say("the one it points to has no record there yet")
IN_ROW = say("the record speaks of another one itself; mend the row, or unlink it")


@dataclass(frozen=True, slots=True)
class Pointed:
    text: str = ""
    cannot: str = ""


@dataclass(slots=True)
class Keys:
    """Keys of entities in the tables that look-ups point into, read for one chunk at a time.

    leading: (entity, table) → record and its key; the oldest live link where several are (R3c). created: (entity,
    table) → number of the create that tonight's plan holds.
    """

    run: Run
    leading: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    created: dict[tuple[str, int], int] = field(default_factory=dict)
    raws: dict[int, dict[str, object]] = field(default_factory=dict)

    def prepare(self, c: Connection, entities: Iterable[str]) -> None:
        self.leading.clear()
        self.raws.clear()
        ids = [one for one in set(entities) if len(one) == 32]
        links = [link for link in graph.links(self.run.ledger, c, self.run.plan, ids) if link.state == "live"]
        records = graph.records(self.run.ledger, c, {link.record_id for link in links})
        for link in sorted(links, key=lambda one: (-one.leading, one.first_run, one.record_id)):
            record = records.get(link.record_id)
            if record is not None and record.state == "live":
                self.leading.setdefault((link.entity, record.table_id), (record.id, record.key))

    def text(self, part: PartMap, relation: str, entity: str) -> Pointed:
        """What a relation's column holds for this entity; "" clears it."""
        places = [place for place in part.relations.get(relation, ()) if place.writes]
        if not entity:
            return Pointed()
        if not any(place.ref for place in places):
            return Pointed(cannot=IN_ROW)
        for place in places:
            for name in place.ref:
                table = self.run.tables.get(name)
                found = self.leading.get((entity, table.id)) if table else None
                if found is not None and table is not None:
                    return Pointed(self._by(found, place.by) if place.by else found[1])
                number = self.created.get((entity, table.id)) if table else None
                if number is not None and not place.by:
                    return Pointed(f"{CREATED}{number}")
        return Pointed(cannot=NO_RECORD)

    def _by(self, found: tuple[int, str], column: str) -> str:
        raw = self.raws.get(found[0])
        if raw is None:
            with self.run.ledger.transaction() as c:
                raw = dict(codec.load_raw(staging.raws(self.run.ledger, c, [found[0]])[found[0]]))
            self.raws[found[0]] = raw
        return lookup_text(raw.get(column))  # type: ignore[arg-type]
