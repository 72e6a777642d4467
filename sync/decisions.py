"""What have people decided, and which of it is taken up in this run? (RULES R3d, R4e, R11d)

Decisions are appended without the lease, at any time; each merge takes up those it finds. A decision about a field
names the values it was shown and is spent once taken; `same` and `different` hold until a later one replaces them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from sync.context import Run
from sync.ledger import audit, codec, schema
from sync.ledger.staging import next_id
from sync.ledger.store import Ledger
from sync.rules.cell import Value


class Sort(StrEnum):
    """field, pin: about a unit of an entity. same, different: about two entities. subject: whom a part speaks of now.
    create: a record may be made in spite of a gone mark. hold: a removal is let go or called off. leading: the record
    that look-ups point to. keep: cells that are left as they are, so that nobody is asked of them until they change."""

    FIELD = "field"
    PIN = "pin"
    SAME = "same"
    DIFFERENT = "different"
    SUBJECT = "subject"
    CREATE = "create"
    HOLD = "hold"
    LEADING = "leading"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class FieldDecision:
    """word: value, add, remove, primary. shown: ref → the value it was made upon. pinned: it holds until lifted."""

    id: int
    entity: str
    unit: str
    word: str
    value: Value
    ref: str
    shown: Mapping[str, Value] = field(default_factory=dict)
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    id: int
    sort: Sort
    entity: str | None
    content: Mapping[str, Any]


def append(
    ledger: Ledger,
    c: Connection,
    *,
    sort: Sort,
    content: Mapping[str, object],
    entity: str | None,
    by: str,
    at: datetime,
) -> int:
    """Adds a decision and opens its entity, so that the next merge looks at it -> its number."""
    ledger.do(c, "UPDATE meta SET value = value WHERE name = 'ledger'")  # the write lock: numbers are given once
    number = next_id(ledger, c, "decision")
    row = (number, at.isoformat(), by, str(sort), entity, codec.dump(dict(content)), "new", "")
    ledger.bulk(c, schema.decision, ("id", "at", "by", "sort", "entity", "content", "state", "note"), [row])
    ids = {"decision": number, "sort": str(sort), "by": by, "entity": entity}
    said = row[5] if entity is not None else None
    audit.append(ledger, c, run=0, at=at, event="decision", ids=ids, content=said)
    if entity is not None:
        ledger.do(c, "UPDATE entity SET open = 1 WHERE id = ?", (entity,))
    return number


def append_all(
    ledger: Ledger,
    c: Connection,
    rows: Sequence[tuple[Sort, str, Mapping[str, object]]],
    *,
    by: str,
    at: datetime,
) -> list[int]:
    """Many decisions at once, (sort, entity, content) each; those to keep need no merge, and pins hold until lifted."""
    ledger.do(c, "UPDATE meta SET value = value WHERE name = 'ledger'")
    first, when = next_id(ledger, c, "decision"), at.isoformat()
    made = [
        (first + n, when, by, str(sort), entity, codec.dump(dict(content)), _BEGINS.get(sort, "new"), "")
        for n, (sort, entity, content) in enumerate(rows)
    ]
    ledger.bulk(c, schema.decision, ("id", "at", "by", "sort", "entity", "content", "state", "note"), made)
    sorts = Counter(str(sort) for sort, _, _ in rows)
    ids = {"decision": first, "count": len(made), "sorts": dict(sorted(sorts.items())), "by": by}
    audit.append(ledger, c, run=0, at=at, event="decisions", ids=ids)
    opened = sorted({entity for sort, entity, _ in rows if sort is not Sort.KEEP})
    ledger.run_in(c, "UPDATE entity SET open = 1 WHERE id IN :in", opened)
    return [row[0] for row in made]


_BEGINS: Mapping[Sort, str] = {Sort.KEEP: "taken", Sort.PIN: "standing"}


def field_content(unit: str, word: str, value: Value, ref: str, shown: Mapping[str, Value]) -> dict[str, object]:
    """What a decision about a field holds."""
    return {"unit": unit, "word": word, "value": value, "ref": ref, "shown": dict(shown)}


_OPEN = "SELECT id, sort, entity, content FROM decision WHERE state IN ('new', 'standing')"


def taken(run: Run, c: Connection, ids: Sequence[str]) -> dict[str, list[FieldDecision]]:
    """Entity → decisions about its fields that no merge has taken up yet, and its pins; oldest first."""
    found: dict[str, list[FieldDecision]] = {}
    sql = f"{_OPEN} AND sort IN ('field', 'pin') AND entity IN :in"
    for number, sort, entity, content in sorted(run.ledger.rows_in(c, sql, ids)):
        got = codec.load(content)
        shown = {ref: codec.load_value(value) for ref, value in got.get("shown", {}).items()}
        value, pinned = codec.load_value(got["value"]), sort == Sort.PIN
        made = FieldDecision(number, entity, got["unit"], got["word"], value, got["ref"], shown, pinned)
        found.setdefault(entity, []).append(made)
    return found


def open_decisions(ledger: Ledger, c: Connection, sorts: Iterable[Sort]) -> list[Decision]:
    """Those of other sorts that are new or standing, oldest first."""
    names = [str(sort) for sort in sorts]
    rows = ledger.rows_in(c, f"{_OPEN} AND sort IN :in", names)
    return [Decision(row[0], Sort(row[1]), row[2], codec.load(row[3])) for row in sorted(rows)]


def count_pins(ledger: Ledger, c: Connection) -> int:
    """R4e: pins are listed in each plan until they are lifted."""
    return len(open_decisions(ledger, c, [Sort.PIN]))


def mark_spent(
    ledger: Ledger, c: Connection, run: int, ids: Iterable[int], state: str = "taken", note: str = ""
) -> None:
    ledger.run_in(c, "UPDATE decision SET state = ?, run = ?, note = ? WHERE id IN :in", ids, (state, run, note))
