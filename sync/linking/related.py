"""What do the entities that a chunk's entities point to say? (for look-ups, templates and new records)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sync.agreeing.merge import Case
from sync.context import Run
from sync.ledger import codec, graph
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden
from sync.units import Form, by_field

Goldens = Mapping[str, Golden | SetGolden]
NOBODY: Goldens = {}


@dataclass(slots=True)
class Related:
    """Goldens of related entities as tonight's plan has them, read for one chunk at a time."""

    run: Run
    known: dict[str, Goldens] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def prepare(self, c: Connection, cases: Sequence[Case]) -> set[str]:
        """Reads whom these cases point to -> their ids."""
        pointed = {target for case in cases for target in self.targets(case.kind, case.goldens).values()}
        rows = graph.entities(self.run.ledger, c, self.run.plan, sorted(pointed))
        self.known = {
            one: codec.load_goldens(row.golden if row.draft in (None, b"{}") else row.draft)
            for one, row in rows.items()
        }
        self.kinds = {one: row.kind for one, row in rows.items()}
        return pointed

    def targets(self, kind: str, goldens: Goldens) -> dict[str, str]:
        """Relation → entity it points to."""
        out = {}
        for name, unit in self.run.units[kind].items():
            golden = goldens.get(name)
            if (
                unit.form is Form.RELATION
                and isinstance(golden, Golden)
                and isinstance(golden.value, str)
                and golden.value
            ):
                out[name] = golden.value
        return out

    def of(self, entity: str | None) -> Goldens:
        return self.known.get(entity or "", NOBODY)

    def dotted(self, kind: str, goldens: Goldens) -> dict[str, Value]:
        """`works_at.short_name` and the like, for templates."""
        out: dict[str, Value] = {}
        for relation, target in self.targets(kind, goldens).items():
            there = by_field(self.of(target), self.run.units[self.kinds[target]]) if target in self.kinds else {}
            out.update({f"{relation}.{name}": value for name, value in there.items()})
        return out
