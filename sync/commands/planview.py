"""What does a plan say to a person: each change from what to what and why, and what it leaves alone? (RULES R13a)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection

from connectors.contract import ConfigError, Said, say
from sync.agreeing.judge import unpacked
from sync.commands.values import NOTHING, Speaker, set_of
from sync.config.model import Workspace
from sync.ledger import codec, looks, plans
from sync.ledger.looks import CellClass, Spot, Where
from sync.ledger.plans import ChangeRow
from sync.rules.sets import SetGolden
from sync.run import Session

LEFT: Final = ("kept", "parked", "standing", "damaged", "frozen", "doubt")
"""Verdicts that a person hears of: the cells differ, and nothing is written."""
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field that changes in one record, or in several in the same way. origin: where the value comes from."""

    table: str
    op: str
    name: str
    part: str
    kind: str
    field: str
    before: str
    after: str
    rule: str
    origin: str
    state: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftLine:
    """Cells that differ and are left as they are, for one reason."""

    table: str
    part: str
    kind: str
    field: str
    verdict: str
    reason: Said
    count: int
    since: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """header: as the ledger keeps it. fates: (table, operation, state, count). lines: what is shown of its changes, of
    `shown` of them; left: by class; questions: open ones, by sort; apart: (table, why, count) of whole records."""

    number: int
    job: str
    made_at: str
    state: str
    header: Mapping[str, Any]
    fates: Sequence[tuple[str, str, str, int]] = ()
    lines: Sequence[FieldLine] = ()
    shown: int = 0
    left: Sequence[LeftLine] = ()
    questions: Mapping[str, int] = field(default_factory=dict)
    apart: Sequence[tuple[str, str, int]] = ()

    @property
    def changes(self) -> int:
        return sum(count for *_, count in self.fates)


def names_of(workspace: Workspace, found: Mapping[int, Where]) -> dict[int, str]:
    """Number of a table → its name in the configuration, or `source (its own id)` where no mapping names it now."""
    out = {}
    for number, where in found.items():
        maps = workspace.tables_of(where.source) if where.source in workspace.sources else ()
        named = next((one.id for one in maps if one.at == where.at), "")
        bare = [one.id for one in maps if not one.at and (one.alias in ("", where.at) or len(maps) == 1)]
        out[number] = named or (bare[0] if bare else f"{where.source} ({where.at})")
    return out


def place_of(spot: Spot) -> str:
    """What a person calls a record: its key, or the row it stands in."""
    return spot.place or spot.key


def view(session: Session, number: int, *, most: int | None = None, reveal: bool = False, only: str = "") -> PlanView:
    """A plan as people read it. most: of how many changes the lines are made; None: of all. only: one table or source.

    Sensitive values are masked unless `reveal`. Raises ConfigError where there is no such plan.
    """
    ledger = session.ledger
    with ledger.transaction() as c:
        row = plans.get(ledger, c, number)
        if row is None or row.state == "making":
            raise ConfigError("there is no plan {number}; `offbook runs` lists what there is", number=number)
        names = names_of(session.workspace, looks.tables(ledger, c))
        speaker = Speaker(session.workspace, open=reveal)
        reader = _Reader(session, c, number, names, speaker)
        changes = reader.changes(most, only)
        return PlanView(
            number=number,
            job=row.job,
            made_at=row.made_at,
            state=row.state,
            header=codec.load(row.header),
            fates=[
                (names[t], op, state, n) for t, op, state, n in looks.fates(ledger, c, number) if _is(names[t], only)
            ],
            lines=together(reader.lines(changes)),
            shown=len(changes),
            left=reader.left(looks.classes(ledger, c, number, LEFT)),
            questions=looks.questions(ledger, c),
            apart=[(names.get(table, "?"), why, count) for table, why, count in looks.quarantined(ledger, c)],
        )


def _is(table: str, only: str) -> bool:
    return not only or only in (table, table.partition(".")[0])


def together(lines: Iterable[FieldLine]) -> list[FieldLine]:
    """Two hundred rows of one company that get one new address are one line (RULES §0)."""
    found: dict[FieldLine, list[str]] = {}
    for line in lines:
        found.setdefault(replace(line, records=()), []).extend(line.records)
    return [replace(line, records=tuple(records)) for line, records in found.items()]


@dataclass(slots=True)
class _Reader:
    """Turns a plan's rows into lines, some hundred at a time."""

    session: Session
    c: Connection
    plan: int
    names: Mapping[int, str]
    speaker: Speaker

    def changes(self, most: int | None, only: str) -> list[ChangeRow]:
        """The plan's changes; where there are more than `most`, some of each table and operation."""
        tables = [number for number, name in self.names.items() if _is(name, only)]
        if only and not tables:
            raise ConfigError("no table or source is called `{name}`; there is: {known}",
                              name=only, known=", ".join(sorted(set(self.names.values()))))  # fmt: skip
        holes = ", ".join("?" for _ in tables)
        where = f"AND table_id IN ({holes})" if only else ""
        found = plans.changes(self.session.ledger, self.c, self.plan, where, tables if only else ())
        return found if most is None or len(found) <= most else _some(found, most)

    def lines(self, rows: Sequence[ChangeRow]) -> list[FieldLine]:
        out: list[FieldLine] = []
        for at in range(0, len(rows), CHUNK):
            out += self._chunk(rows[at : at + CHUNK])
        return out

    def _chunk(self, rows: Sequence[ChangeRow]) -> list[FieldLine]:
        ledger, c = self.session.ledger, self.c
        loaded = [(row, codec.load(row.fields)) for row in rows]
        refs = {ref for _, got in loaded for one in got["fields"] if (ref := str(one[4]))}
        records = {int(ref.partition(":")[0]) for ref in refs} | {row.record_id for row in rows if row.record_id}
        entities = looks.entity_of_part(ledger, c, self.plan, records)
        goldens = looks.goldens(ledger, c, self.plan, [*entities.values(), *(row.entity for row in rows)])
        values = [one[3] for _, got in loaded for one in got["fields"] if isinstance(one[3], str) and len(one[3]) == 32]
        self.speaker.learn(ledger, c, self.plan, [*goldens, *values])
        sources = _Sources(self, entities, {one: codec.load_goldens(g) for one, (_, g) in goldens.items()})
        sources.find(records)
        return [line for row, got in loaded for line in sources.of(row, got)]

    def left(self, classes: Sequence[CellClass]) -> list[LeftLine]:
        said = []
        for one in classes:
            table = self.names.get(one.table_id, "?")
            kind = self.speaker.kind_of(table, one.part)
            reason = unpacked(one.reason)
            text = reason if isinstance(reason, Said) else say(reason)
            said.append(LeftLine(table, one.part, kind, one.field, one.verdict, text, one.cells, one.since))
        return said


def _some(rows: Sequence[ChangeRow], most: int) -> list[ChangeRow]:
    """About so many, the first of each table and operation, so that every sort of change is seen."""
    groups: dict[tuple[int, str], list[ChangeRow]] = {}
    for row in rows:
        groups.setdefault((row.table_id, row.op), []).append(row)
    each = max(2, most // len(groups))
    return [row for same in groups.values() for row in same[:each]]


@dataclass(slots=True)
class _Sources:
    """Says where values come from: the table and place of the record that said them."""

    reader: _Reader
    entities: Mapping[tuple[int, str], str]
    goldens: Mapping[str, Mapping[str, object]]
    spots: dict[int, Spot] = field(default_factory=dict)

    def find(self, records: Iterable[int]) -> None:
        """Looks up the records of all refs, also of those that only golden knows."""
        more = {
            int(ref.partition(":")[0])
            for found in self.goldens.values()
            for golden in found.values()
            if isinstance(golden, SetGolden)
            for ref in golden.refs.values()
            if ref
        }
        self.spots = looks.spots(self.reader.session.ledger, self.reader.c, {*records, *more})

    def of(self, row: ChangeRow, got: Mapping[str, Any]) -> Iterable[FieldLine]:
        table = self.reader.names[row.table_id]
        spot = self.spots.get(row.record_id or 0)
        where = place_of(spot) if spot is not None and row.op != "create" else (row.new_key or "")
        speaker = self.reader.speaker
        for part, unit, shown, value, ref, rule, *_ in got["fields"]:
            kind = speaker.kind_of(table, part)
            entity = self._entity(row, got, part)
            before, after = codec.load_value(shown), codec.load_value(value)
            yield FieldLine(
                table=table,
                op=row.op,
                name=speaker.names.get(entity, NOTHING),
                part=part,
                kind=kind,
                field=unit,
                before=speaker.value(kind, unit, before),
                after=speaker.value(kind, unit, after),
                rule=rule or "lone",
                origin=self._origin(entity, unit, set_of(before), set_of(after), ref),
                state=row.state,
                records=(where,),
            )
        if not got["fields"]:
            name = speaker.names.get(row.entity, NOTHING)
            yield FieldLine(table, row.op, name, "", "", "", "", "", "", "", row.state, (where,))

    def _entity(self, row: ChangeRow, got: Mapping[str, Any], part: str) -> str:
        if row.op == "create":
            return str(got.get("parts", {}).get(part, row.entity))
        return self.entities.get((row.record_id or 0, part), row.entity)

    def _origin(self, entity: str, unit: str, before: Sequence[object], after: Sequence[object], ref: str) -> str:
        """For a set: of what is added."""
        golden = self.goldens.get(entity, {}).get(unit)
        refs = [ref]
        if isinstance(golden, SetGolden):
            refs = [golden.refs.get(str(e), "") for e in after if e not in before] or [ref]
        return ", ".join(dict.fromkeys(self._called(one) for one in refs if one))

    def _called(self, ref: str) -> str:
        spot = self.spots.get(int(ref.partition(":")[0]))
        return f"{self.reader.names.get(spot.table_id, '?')} {place_of(spot)}" if spot else ""


__all__ = ["LEFT", "FieldLine", "LeftLine", "PlanView", "names_of", "place_of", "together", "view"]
