"""What can a sheet do, given what its mapping says, and does a change still meet the row it was planned on?

Shared by everything that keeps records as rows of a whole file: CSV and workbooks. The key of a row is what stands in
the column the users keep (`key`), else our id (`offbook_id`), else its place (rows.place).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from connectors.contract import (
    Capabilities,
    Change,
    Check,
    Fields,
    Identity,
    Listing,
    Op,
    Outcome,
    Receipt,
    Record,
    Repeat,
    Said,
    SourceRefused,
    State,
    TableFacts,
    say,
)
from connectors.shared import rows
from connectors.shared.headings import Headings, clean

BEST: Final = Capabilities(
    ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
    changes=True,
    listing=Listing.COMPLETE,
    absence=True,
    identity=Identity.CELL,
    checks={Op.UPDATE: Check.FIELDS, Op.DELETE: Check.RECORD},
    repeat=Repeat.CHOSEN,
    quiet=True,
    batch={Op.CREATE: 0, Op.UPDATE: 0, Op.DELETE: 0},
)
"""A sheet with a key or id column (CONTRACT, "The connectors"); `capabilities` lowers it."""


def capabilities(facts: TableFacts, ops: Collection[Op] = BEST.ops) -> Capabilities:
    """What a sheet can do; `ops` is empty where the file may only be read."""
    can = replace(BEST, ops=frozenset(ops))
    if not facts.token:
        can = replace(can, repeat=Repeat.NOTHING)
    if not facts.token and not facts.key:
        checks = {Op.UPDATE: Check.RECORD, Op.DELETE: Check.RECORD}
        can = replace(can, identity=Identity.NONE, absence=False, checks=checks)
    return can


def wanted(facts: TableFacts, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """The headings that must be there: all that are named, but the id column, which the first write adds."""
    names = dict.fromkeys([*facts.fields, *asked, *facts.where, *([facts.key] if facts.key else [])])
    token = clean(facts.token) if facts.token else None
    return tuple(name for name in names if clean(name) != token)


@dataclass(frozen=True, slots=True)
class KeyColumns:
    """Where a row's keys stand: the users' column and ours, None where there is none (yet)."""

    key: int | None
    token: int | None

    @classmethod
    def of(cls, facts: TableFacts, headings: Headings) -> KeyColumns:
        key = headings.need(facts.key) if facts.key else None
        return cls(key, headings.at(facts.token) if facts.token else None)

    def key_of(self, cells: Sequence[str]) -> str:
        """The row's key, "" where it has none: what people keep stands before our id."""
        for at in (self.key, self.token):
            if at is not None and at < len(cells) and (text := cells[at].strip()):
                return text
        return ""

    def token_of(self, cells: Sequence[str]) -> str:
        at = self.token
        return cells[at].strip() if at is not None and at < len(cells) else ""


def find(index: rows.RowIndex, change: Change, check: Check) -> int | Said:
    """The row a change means, or why it is a CONFLICT. `check` RECORD: the whole row must be as it was read."""
    found = index.find(change.key or "", change.expect)
    if isinstance(found, int) and check is Check.RECORD and not index.is_at(found, change.expect):
        return rows.MOVED
    return found


def moved(change: Change, shown: Fields) -> str:
    """The first field that no longer shows what it showed when the change was planned; "" if all do (Check.FIELDS)."""
    for name, before in change.before.items():
        if name in shown and shown[name] != before:
            return name
    return ""


def conflict(change: Change, why: str) -> Receipt:
    return Receipt(change.id, Outcome.CONFLICT, change.key, detail=why)


def rejected(change: Change, apart: Mapping[str, tuple[Outcome, str]], why: str = "") -> Receipt:
    """Nothing of the change was written; `apart` names the fields at fault (C23)."""
    return Receipt(change.id, Outcome.REJECTED, change.key, apart=apart, detail=why)


def deferred(changes: Sequence[Change], why: str) -> list[Receipt]:
    """All wait: the file is open elsewhere or was changed (C26)."""
    return [Receipt(change.id, Outcome.DEFERRED, change.key, detail=why) for change in changes]


def one_op(changes: Sequence[Change], can: Capabilities, where: object) -> Op | None:
    """The op of a write() call, None if nothing is to do. Raises SourceRefused for what the table cannot (C36)."""
    ops = {change.op for change in changes}
    if not ops:
        return None
    if len(ops) > 1:
        raise SourceRefused("one write holds one kind of change; here are {ops}", ops=", ".join(sorted(ops)))
    (op,) = ops
    if op not in can.ops:
        raise SourceRefused("{where} cannot take the change `{op}`; nothing was written", where=where, op=op)
    return op


def refused_columns(
    change: Change, headings: Headings, facts: TableFacts, where: str
) -> dict[str, tuple[Outcome, str]]:
    """Fields of a change that no column takes: a heading that is not there, or the key that only people may set."""
    key = clean(facts.key) if facts.key else None
    apart: dict[str, tuple[Outcome, str]] = {}
    for name in change.after:
        if facts.token and clean(name) == clean(facts.token):
            continue
        if headings.at(name) is None:
            apart[name] = (Outcome.REJECTED, say("{where} has no column `{name}`", where=where, name=name))
        elif change.op is Op.UPDATE and clean(name) == key:
            apart[name] = (Outcome.REJECTED, say("`{name}` is the key; only people change it", name=name))
    return apart


def ended(table: str, key: str) -> Record:
    """Proof that no row bears this key: the whole sheet was read (C12)."""
    return Record(table, key, {}, state=State.DELETED)
