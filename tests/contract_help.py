"""How does the contract suite pull, look in and make changes?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Connector,
    Op,
    Page,
    Query,
    Receipt,
    Record,
    State,
    Table,
    Value,
)
from tests.rig import Rig, not_applicable

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Pulled:
    pages: tuple[Page, ...]

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def live(self) -> list[Record]:
        return [record for record in self.records if record.state is State.LIVE]

    @property
    def end(self) -> Certificate:
        end = self.pages[-1].end if self.pages else None
        assert end is not None, "the pull ended without a certificate"
        return end

    @property
    def cursor(self) -> str:
        assert self.end.cursor is not None, "`changes` is declared, so a complete pull gives a cursor"
        return self.end.cursor

    def texts(self, field: str) -> list[Value]:
        return [record.fields.get(field) for record in self.live]


def pull(
    rig: Rig,
    connector: Connector | None = None,
    *,
    fields: Sequence[str] | None = None,
    since: str | None = None,
    resume: str | None = None,
) -> Pulled:
    query = Query(rig.table, tuple(rig.facts.fields if fields is None else fields), since, resume)
    return Pulled(tuple((connector or rig.open()).pull(query)))


def settle(rig: Rig) -> Pulled:
    """Pulls in full, then with the cursor until a quiet source has nothing new to say (C4 allows repeats)."""
    pulled = pull(rig)
    for _ in range(3):
        again = pull(rig, since=pulled.cursor)
        if not again.records and not again.end.full:
            return again
        pulled = again
    return pulled


def described(rig: Rig) -> Table:
    return rig.open().describe(rig.table)


def can(rig: Rig) -> Capabilities:
    return described(rig).can


def demand(rig: Rig, op: Op) -> Capabilities:
    found = can(rig)
    if op not in found.ops:
        not_applicable(f"the table cannot {op}")
    return found


def one(rig: Rig, text: str, pulled: Pulled | None = None) -> Record:
    """The one live record whose first text field says so, as the connector shows it now."""
    found = [r for r in (pulled or pull(rig)).live if r.fields.get(rig.text[0]) == text]
    assert len(found) == 1, f"the connector shows {len(found)} records where there is one"
    return found[0]


def inside(rig: Rig, text: str) -> Mapping[str, Value]:
    """The same record in the system itself."""
    found = [row for row in rig.rows() if row.get(rig.text[0]) == text]
    assert len(found) == 1, f"the system holds {len(found)} records where there should be one"
    return found[0]


def count(rig: Rig, text: str) -> int:
    return sum(row.get(rig.text[0]) == text for row in rig.rows())


def create(rig: Rig, text: str, more: Mapping[str, Value] | None = None, token: str | None = None) -> Change:
    after = {**rig.base, rig.text[0]: text, **(more or {})}
    return Change(f"c{next(_numbers)}", Op.CREATE, after=after, token=token or new_token())


def new_token() -> str:
    return f"{next(_numbers):015d}"


def update(record: Record, after: Mapping[str, Value]) -> Change:
    before = {name: record.fields.get(name) for name in after}
    return Change(f"u{next(_numbers)}", Op.UPDATE, record.key, after, before, record.version)


def delete(record: Record) -> Change:
    return Change(f"d{next(_numbers)}", Op.DELETE, record.key, before=record.fields, expect=record.version)


def write(rig: Rig, *changes: Change, connector: Connector | None = None) -> list[Receipt]:
    return list((connector or rig.open()).write(rig.table, changes))


def write_one(rig: Rig, change: Change, connector: Connector | None = None) -> Receipt:
    receipts = write(rig, change, connector=connector)
    assert [receipt.change for receipt in receipts] == [change.id], "one change gets one receipt"
    return receipts[0]


def floats(values: Iterable[Value]) -> list[Value]:
    """Values that are floats, at any depth: there must be none."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, tuple):
            found += floats(value)
        elif isinstance(value, float):
            found.append(value)
    return found
