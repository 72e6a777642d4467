"""What of a record that a source shows may be staged at all? (RULES R22: it acts before staging)

The columns of a part that speaks of an erased customer are left out; a record that says nothing else, or whose key is
one of them, is not staged. What only may be his waits outside, and is asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.contract import Fields
from sync.context import PartView, Question, Run, TableState
from sync.erase.columns import columns_of
from sync.erase.key import SORT, standing
from sync.ledger import codec, erasing
from sync.rules.cell import Value
from sync.rules.erased import (
    ASK,
    DROP,
    OTHER,
    SAME,
    Tombstones,
    digest,
    is_erased,
    mark_of_answer,
    mark_of_record,
    marks,
)


@dataclass(slots=True)
class Sieve:
    """One for a run; `met` counts what was recognised, by digest."""

    run: Run
    stones: Tombstones
    met: Counter[str] = field(default_factory=Counter)

    def sift(self, table: TableState, key: str, fields: Fields, *, known: bool) -> Fields | None:
        """What may be staged of a record: the same object where nothing is left out, None where nothing may.

        key: "" for a row without one. known: the ledger has the record, so that a mobile alone says nothing new.
        """
        handle = key or digest(self.stones.key, f"row|{codec.dump_raw(dict(fields)).hex()}")
        word = self.stones.of(mark_of_answer(table.id, handle))
        if word == OTHER:
            return fields
        out: set[str] = set()
        for part, values in self._parts(table, fields):
            said = self._judged(table, part, key, values)
            if said == ASK and (known or word == SAME):
                said = DROP if word == SAME else ""
            if said:
                out |= columns_of(part.map)
                self._note(table, part, key, handle, values, said)
        return self._rest(table, fields, out) if out else fields

    @staticmethod
    def _parts(table: TableState, fields: Fields) -> Iterator[tuple[PartView, dict[str, Value]]]:
        for part, values in zip(table.parts, table.converter.read(fields), strict=True):
            if values is not None:
                yield part, dict(zip(part.shape.fields, values))

    def _judged(self, table: TableState, part: PartView, key: str, values: dict[str, Value]) -> str:
        record = mark_of_record(table.id, key, part.map.name, values) if key else ""
        return is_erased(part.map.kind, values, self.stones, record=record)

    def _note(
        self, table: TableState, part: PartView, key: str, handle: str, values: dict[str, Value], said: str
    ) -> None:
        table.counts["erased, asked" if said == ASK else "erased"] += 1
        for mark, _ in marks(part.map.kind, values):
            made = digest(self.stones.key, mark)
            if made in self.stones.strength:
                self.met[made] += 1
        if said == ASK:
            content = {"table": table.name, "number": table.id, "handle": handle, "key": key, "part": part.map.name}
            self.run.draft.questions.append(Question(SORT, f"{SORT}:{table.id}:{handle}", content))

    def save(self, c: Connection) -> None:
        """Counts what was recognised since the last time."""
        erasing.count_met(self.run.ledger, c, self.met)
        self.met.clear()

    @staticmethod
    def _rest(table: TableState, fields: Fields, out: set[str]) -> Fields | None:
        rest = {name: value for name, value in fields.items() if name not in out}
        if table.map.key in out or not any(values is not None for values in table.converter.read(rest)):
            return None
        return rest


def arm(run: Run, c: Connection) -> None:
    """Gives every table of the run the sieve; where nobody was erased there is none, and reading costs nothing more."""
    stones = standing(run.ledger, c, run.now.isoformat(timespec="seconds"))
    if stones:
        used = Sieve(run, stones)
        for table in run.tables.values():
            table.sieve = used
