"""What does tonight's run know: its ledger, workspace and job, the tables with their converters, what was read?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import Connection

from connectors.contract import Certificate, Connector, Fields, Finding, Gate, Op, Record, Table, Value
from mappings.convert import Canonical, Converter, PartShape, Written
from mappings.model import PartMap, TableMap
from sync.config.jobs import Job
from sync.config.model import Workspace
from sync.config.sources import Source
from sync.ledger.lease import Lease
from sync.ledger.staging import TableRow
from sync.ledger.store import Ledger
from sync.rules.cell import Slot
from sync.units import Unit


@dataclass(frozen=True, slots=True)
class View:
    """How one unit stands in the values of one part of one table.

    at: for each field of the unit its place in the part's values, -1 where the table does not show it. rank: authority,
    then the workspace's order (R4h). lengths: at which a text is cut there, described or learnt. reads, writes: by the
    mapping's directions; cannot: why the table's own description forbids writing it ("": it does not).
    """

    unit: Unit
    at: tuple[int, ...]
    rank: int
    reads: bool
    writes: bool
    cannot: str
    lengths: tuple[int, ...]
    may_clear: bool
    may_loosen: bool
    authority: bool
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of a table: its mapping, its shape in the ledger, and its units; pushed: fields that are only pushed."""

    map: PartMap
    shape: PartShape
    place: int
    views: Mapping[str, View]
    pushed: tuple[str, ...] = ()


class Sifts(Protocol):
    """Keeps what was erased from being staged again (sync.erase.sieve)."""

    def sift(self, table: TableState, key: str, fields: Fields, *, known: bool) -> Fields | None: ...

    def save(self, c: Connection) -> None: ...


@dataclass(slots=True)
class TableState:
    """One mapped table of the workspace in tonight's run. `id` is its number in the ledger.

    asked: it is in the job's `pull`. pushed: in its `push`. connector None: not opened tonight. pulled: it was read
    to its certificate. current: a complete listing and an unbroken chain of cursors since, the last in this run (R10a).
    silent: why its votes are not heard tonight (failed, or a guard's name). versions: of describe, mapping, rights.
    """

    id: int
    row: TableRow
    map: TableMap
    source: Source
    described: Table
    converter: Converter
    parts: tuple[PartView, ...]
    order: int
    versions: int
    asked: bool = False
    pushed: bool = False
    connector: Connector | None = None
    certificate: Certificate | None = None
    pulled: bool = False
    current: bool = False
    silent: str = ""
    names_editors: bool = False
    seen: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    sieve: Sifts | None = None

    @property
    def name(self) -> str:
        return self.map.id

    def part(self, name: str) -> PartView:
        return next(part for part in self.parts if part.map.name == name)

    def may(self, op: Op) -> bool:
        return op in self.described.can.ops

    def shown(self, record: Record) -> dict[str, Value]:
        """What a record shows of the mapped columns, without what was erased (R1c, R22: staged like a pulled record)."""
        fields = {name: record.fields[name] for name in self.converter.columns if name in record.fields}
        if self.sieve is None:
            return fields
        kept = self.sieve.sift(self, "" if record.place else record.key, fields, known=True)
        return dict(kept) if kept is not None else {}


@dataclass(slots=True)
class Draft:
    """What is few enough to be kept in memory until the plan is committed.

    marks: (entity, table) → why nothing is created there. lifted: marks that end. asked: entities that an open question
    ties to a record or to another entity (R10a). silent: (record, part) whose subject is asked (R2c).
    vanished: (record, part) that nothing names any more. contradicted: those of whom decisions say both (R3d).
    edited: entities in which a person changed something. left, received: (entity, source) that left the filter tonight, or
    are inside it. moved_refs: (record, part) whose link is made anew. touched: entities to be settled in any case.
    """

    marks: dict[tuple[str, int], str] = field(default_factory=dict)
    lifted: set[tuple[str, int]] = field(default_factory=set)
    asked: dict[str, set[str]] = field(default_factory=dict)
    silent: set[tuple[int, str]] = field(default_factory=set)
    vanished: set[tuple[int, str]] = field(default_factory=set)
    contradicted: set[tuple[int, str]] = field(default_factory=set)
    moved_refs: set[tuple[int, str]] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    joined: dict[str, str] = field(default_factory=dict)
    joins: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    returned: Counter[str] = field(default_factory=Counter)
    questions: list[Question] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    holds: list[tuple[object, ...]] = field(default_factory=list)
    snapshots: list[tuple[str, str, bytes]] = field(default_factory=list)
    split: list[tuple[int, str, str]] = field(default_factory=list)
    apart: set[tuple[str, str]] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    left: set[tuple[str, int]] = field(default_factory=set)
    received: set[tuple[str, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person decides. sort: identity, subject, field, contradiction, merged. subject: what it is about, the
    same in every run. entity, other: whom it ties. frees: how many creates wait for it."""

    sort: str
    subject: str
    content: Mapping[str, object]
    entity: str | None = None
    other: str | None = None
    field: str | None = None


@dataclass(slots=True)
class Run:
    """One run: what it may use and what it has found. `now` serves guards, holds and `plan_valid` only.

    restored: the run of a restoring that no complete run followed yet; while it is not 0 nothing is created or removed.
    sampled: customers in the plan, and all that have changes, where the job takes a sample.
    another: opens a further connector of a source, which shares its gate and vault.
    """

    ledger: Ledger
    workspace: Workspace
    job: Job
    gate: Gate
    lease: Lease
    id: int
    now: datetime
    units: Mapping[str, Mapping[str, Unit]]
    tables: dict[str, TableState] = field(default_factory=dict)
    by_id: dict[int, TableState] = field(default_factory=dict)
    plan: int = 0
    findings: list[Finding] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    allowed: dict[str, str] = field(default_factory=dict)
    draft: Draft = field(default_factory=lambda: Draft())
    counts: Counter[str] = field(default_factory=Counter)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None
    next_record: int = 1
    first_record: int = 1
    reread: set[str] = field(default_factory=set)
    ledger_id: str = ""
    made: dict[int, int] = field(default_factory=dict)
    starts: dict[int, datetime] = field(default_factory=dict)
    cuts: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    restored: int = 0
    sampled: tuple[int, int] = (0, 0)
    another: Callable[[str], Connector] | None = None

    def transaction(self) -> _Leased:
        """A transaction that first proves that the lease still holds (R21b)."""
        return _Leased(self)

    def asked_tables(self) -> Iterator[TableState]:
        """Tables that this job reads, in the workspace's order."""
        return (t for t in self.tables.values() if t.asked)

    def note(self, level: str, code: str, text: str, table: str = "") -> None:
        self.findings.append(Finding(level, code, text, table))


class _Leased:
    def __init__(self, run: Run) -> None:
        self._run, self._inner = run, run.ledger.transaction()

    def __enter__(self) -> Connection:
        c = self._inner.__enter__()
        try:
            self._run.lease.renew(c)
        except BaseException as trouble:
            self._inner.__exit__(type(trouble), trouble, trouble.__traceback__)
            raise
        return c

    def __exit__(self, *trouble: object) -> bool | None:
        return self._inner.__exit__(*trouble)  # type: ignore[arg-type]


def write(
    table: TableState, part: str, field_: str, value: object, shown: Fields, golden: Mapping[str, object]
) -> Written:
    """The columns that say a canonical value there; the rules' values are the mappings' but for groups, which are
    written member by member."""
    return table.converter.write(part, field_, cast(Canonical, value), shown, cast(Mapping[str, Canonical], golden))
