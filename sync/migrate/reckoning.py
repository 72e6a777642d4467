"""Did everything that came in arrive? in = created + linked + waiting + rejected + quarantined, for each destination.

What comes in are the parts of the destination's kind in the records of other sources, and records that are put apart
whole. Of several that speak of one customer whose record we made, one counts as created and the others as linked to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sync.config.jobs import Job
from sync.context import TableState
from sync.ledger import codec, erasing, migrating
from sync.picture.opening import Picture

BEYOND: Final = "beyond the sample"
REJECTED: Final = "rejected"
PENDING: Final = {"planned": "create", "deferred": "create", "not sent": "create", "intended": "doubt", "unknown": "doubt",
                  "lost": "create", "conflict": "create"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one destination. waiting: by the reason of table 4. unaccounted: what is in none of them; it must be 0."""

    table: str
    came: int
    created: int
    linked: int
    rejected: int
    quarantined: int
    waiting: Mapping[str, int] = field(default_factory=dict)
    unaccounted: int = 0

    def balances(self) -> bool:
        told = self.created + self.linked + self.rejected + self.quarantined + sum(self.waiting.values())
        return self.unaccounted == 0 and self.came == told

    def as_json(self) -> dict[str, object]:
        return {
            "table": self.table,
            "in": self.came,
            "created": self.created,
            "linked": self.linked,
            "waiting": dict(sorted(self.waiting.items())),
            "rejected": self.rejected,
            "quarantined": self.quarantined,
            "unaccounted": self.unaccounted,
            "balances": self.balances(),
        }


def destinations(picture: Picture, job: Job) -> list[TableState]:
    """Tables that the job creates records in."""
    return [table for name, table in picture.run.tables.items() if name in job.create_in and table.map.subject]


def origins(picture: Picture, job: Job, to: TableState) -> list[TableState]:
    """Tables of other sources that the job reads."""
    tables = picture.run.tables
    return [table for name, table in tables.items() if name in job.pull and table.source.name != to.source.name]


def reckon(picture: Picture, job: Job, to: TableState, *, sampled: bool) -> Sums:
    """The sums of one destination, each record looked at by itself. sampled: who is not linked yet waits for the rest."""
    ledger, c = picture.ledger, picture.c
    kind = to.part(to.map.subject).map.kind
    there, reasons = migrating.linked_there(ledger, c, to.id), migrating.waiting(ledger, c, to.id)
    changes = migrating.creates(ledger, c, to.id)
    made: set[str] = set()
    counts: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for table in origins(picture, job, to):
        parts = [(part.map.name, part.place) for part in table.parts if part.map.kind == kind]
        if not parts:
            continue
        apart = migrating.quarantined(ledger, c, table.id)
        counts["came"] += apart
        counts["quarantined"] += apart
        for chunk in migrating.incoming(ledger, c, table.id):
            links = erasing.links_of(ledger, c, (one.id for one in chunk))
            for one in chunk:
                shown = codec.load_parts(one.canon)
                for name, place in parts:
                    if place >= len(shown) or shown[place] is None:
                        continue
                    counts["came"] += 1
                    entity = links.get(one.id, {}).get(name, "")
                    word = _stands(entity, there, made, reasons, changes, sampled=sampled)
                    if word in ("created", "linked", REJECTED, ""):
                        counts[word or "unaccounted"] += 1
                    else:
                        waiting[word] += 1
    return Sums(to.name, counts["came"], counts["created"], counts["linked"], counts[REJECTED], counts["quarantined"],
                dict(waiting), counts["unaccounted"])  # fmt: skip


def _stands(
    entity: str,
    there: Mapping[str, int],
    made: set[str],
    reasons: Mapping[str, str],
    changes: Mapping[str, str],
    *,
    sampled: bool,
) -> str:
    """created, linked, rejected, a reason of table 4; "" where nothing tells."""
    if entity in there:
        if there[entity] and entity not in made:
            made.add(entity)
            return "created"
        return "linked"
    if changes.get(entity) == REJECTED:
        return REJECTED
    if entity in reasons:
        return reasons[entity].partition(":")[0]
    if entity in changes:
        return PENDING.get(changes[entity], "")
    return BEYOND if sampled else ""


__all__ = ["BEYOND", "Sums", "destinations", "origins", "reckon"]
