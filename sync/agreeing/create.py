"""Why has an entity no record in a destination, and what would a new one hold? (RULES table 4, R10)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from connectors.contract import Damaged, Op, Value
from mappings.filters import Filter
from sync.agreeing.merge import Case
from sync.context import PartView, Run, TableState, write
from sync.ledger import codec, doubtful, graph
from sync.linking.belonging import OWNER
from sync.linking.customers import Customers
from sync.linking.pointing import CREATED, Keys
from sync.linking.related import Goldens, Related
from sync.rules.absent import Absent
from sync.rules.cell import Golden, Slot
from sync.rules.cell import Value as Canonical
from sync.rules.sets import SetGolden, elements, want
from sync.sides import Side
from sync.units import Form, Unit, by_field

CONTACT = frozenset({"phones", "emails", "wechat"})


@dataclass(frozen=True, slots=True)
class Composed:
    """A new record: raw columns, whom its other parts speak of, and what stands in the way of it.

    generation: 0, or one more than that of the create it points to. shows: (part, field, value) for people.
    """

    after: dict[str, Value]
    parts: dict[str, str]
    generation: int = 0
    lacks: str = ""
    parent: bool = False
    shows: tuple[tuple[str, str, Canonical], ...] = ()


@dataclass(slots=True)
class Creator:
    """Answers table 4 for the cases of one chunk."""

    run: Run
    customers: Customers
    keys: Keys
    related: Related
    marks: set[tuple[str, int]] = field(default_factory=set)
    doubts: set[tuple[str, int]] = field(default_factory=set)
    allowed: set[tuple[str, int]] = field(default_factory=set)
    refused: dict[tuple[str, int], tuple[bytes, str, str]] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)

    def prepare(self, c: Connection, cases: Sequence[Case]) -> None:
        ids = [case.id for case in cases]
        ledger = self.run.ledger
        self.marks = graph.marks(ledger, c, ids) | set(self.run.draft.marks)
        self.marks -= self.run.draft.lifted | self.allowed
        self.doubts = graph.doubtful_creates(ledger, c, ids)
        self.refused = doubtful.rejected_creates(ledger, c, ids)
        pointed = self.related.prepare(c, cases)
        self.keys.prepare(c, pointed)

    # ------------------------------------------------------------------------------ table 4

    def destinations(self, kind: str) -> Iterator[TableState]:
        """Pushed tables whose records are made for a subject of this kind."""
        for table in self.run.tables.values():
            subject = self._subject(table)
            if table.pushed and table.may(Op.CREATE) and subject is not None and subject.map.kind == kind:
                yield table

    @staticmethod
    def _subject(table: TableState) -> PartView | None:
        return next((part for part in table.parts if part.map.name == table.map.subject), None)

    def reason(self, case: Case, table: TableState) -> tuple[Absent | None, Composed | None]:
        """None: it has a live link there. Else table 4's reason, and the record to create where it is CREATE."""
        here = [side for side in case.sides if side.table.id == table.id]
        if any(side.link.state == "live" for side in here):
            return None, None
        early = self._early(case, table, here)
        if early is not None:
            return early, None
        made = self.compose(case, table)
        if made.lacks or self._owner_unknown(case):
            return Absent.INCOMPLETE, made
        refused = self.refused.get((case.id, table.id))
        if refused is not None and refused[:2] == (codec.dump_raw(made.after), str(table.versions)):
            return Absent.INCOMPLETE, replace(made, lacks=refused[2] or "rejected")
        late = self._late(case, table, made)
        return (late, made) if late is not None else (Absent.CREATE, made)

    def _early(self, case: Case, table: TableState, here: Sequence[Side]) -> Absent | None:
        spot = (case.id, table.id)
        if spot in self.marks:
            return Absent.GONE_MARK
        if spot in self.doubts:
            return Absent.DOUBT
        if any(side.link.state == "missing" for side in here):
            return Absent.MISSING
        only = table.source.only
        if only.conditions and not self.customers.passes(case, only, me=table.source.belongs_to):
            return Absent.FILTERED
        if table.name not in self.run.job.create_in:
            return Absent.NOT_WANTED
        return Absent.SIBLING if self._sibling(case, table) else None

    def _sibling(self, case: Case, table: TableState) -> bool:
        """A live record of that kind in another table of the same source: a lead is not created again as an account."""
        for side in case.sides:
            other = side.table
            same = other.source.name == table.source.name and other.id != table.id and side.link.state == "live"
            if same and side.part.map.kind == case.kind and side.part.map.via is None and not side.link.ours:
                return True
        return False

    def _owner_unknown(self, case: Case) -> bool:
        """The customer's owner is parked or unmapped: nobody knows yet who may have the record."""
        if "owner" in case.parked:
            return True
        cells = (case.cells.get((side.ref, "owner")) for side in case.sides if not side.silent)
        return any(cell is not None and isinstance(cell.shown, Damaged) for cell in cells)

    def _late(self, case: Case, table: TableState, made: Composed) -> Absent | None:
        wanted: Filter = self.run.job.create_in[table.name]
        if wanted.conditions and not self.customers.passes(case, wanted):
            return Absent.POLICY
        if self._is_asked(case, made):
            return Absent.ASKED
        if made.parent:
            return Absent.PARENT
        if not table.current or table.silent or self.run.restored:
            return Absent.NOT_CURRENT
        return Absent.ORPHAN if self._orphan(case) else None

    def _is_asked(self, case: Case, made: Composed) -> bool:
        asked = self.run.draft.asked
        return case.id in asked or any(entity in asked for entity in made.parts.values())

    @staticmethod
    def _orphan(case: Case) -> bool:
        """R10e: no live part of its own; the only records were made by us."""
        return not any(side.link.state == "live" and not side.link.ours for side in case.sides)

    # ------------------------------------------------------------------------------ what it would hold

    def compose(self, case: Case, table: TableState) -> Composed:
        """Values of all parts: the subject's from this entity, the others' from those it is related to."""
        parts = self._entities(case, table)
        after: dict[str, Value] = {}
        shows: list[tuple[str, str, Canonical]] = []
        generation, parent, stranger = 0, False, ""
        hidden = self._hidden(case, table, parts)
        for part in table.parts:
            entity = parts.get(part.map.name)
            goldens = case.goldens if entity == case.id else self.related.of(entity)
            if entity is None or not goldens:
                continue
            values = self._values(part, goldens, parts)
            for name, value in values.items():
                if name in hidden or value in ("", None) or (isinstance(value, tuple) and not elements(value)):
                    continue
                said, waits, later = self._pointed(part, name, value)
                parent, generation = parent or waits, max(generation, later)
                if said is None:
                    continue
                written = write(table, part.map.name, name, said, after, values)
                if not written.cannot:
                    after.update(written.after)
                    shows.append((part.map.name, name, value))
                elif name == OWNER:
                    stranger = OWNER  # the system would make it somebody else's, and that would count as given away
        after.update(table.converter.on_create(after))
        lacks = _lacks(table, after) or stranger or self._shapeless(table, after)
        return Composed(after, {p: e for p, e in parts.items() if e}, generation, lacks, parent, tuple(shows))

    def _shapeless(self, table: TableState, after: Mapping[str, Value]) -> str:
        """The field without which the record would be no such record when it is read again: it could not be linked, and
        would be made anew each time."""
        subject = self._subject(table)
        assert subject is not None
        if table.converter.read(after)[subject.place] is not None:
            return ""
        return next(iter(self.run.workspace.kinds[subject.map.kind].exists), subject.map.kind)

    def _entities(self, case: Case, table: TableState) -> dict[str, str]:
        """Part → entity: the subject, and those that its relations within the record lead to."""
        subject = self._subject(table)
        assert subject is not None
        parts = {subject.map.name: case.id}
        for part in (subject, *table.parts):
            start = parts.get(part.map.name)
            goldens = case.goldens if start == case.id else self.related.of(start)
            for relation, places in part.map.relations.items():
                golden = goldens.get(relation)
                target = golden.value if isinstance(golden, Golden) and isinstance(golden.value, str) else ""
                inner = [place.part for place in places if place.part]
                dotted = [p.map.name for p in table.parts if p.map.via == (part.map.name, relation)]
                for name in (*inner, *dotted):
                    if target and name not in parts:
                        parts[name] = target
        return parts

    def _values(self, part: PartView, goldens: Goldens, parts: Mapping[str, str]) -> dict[str, Canonical]:
        """Field → value to write: sets laid into their places."""
        units = self.run.units[part.map.kind]
        values = by_field(goldens, units)
        for name in (*part.shape.writable, *part.shape.push_only):
            golden = goldens.get(name)
            if isinstance(golden, SetGolden):
                slots = part.views[name].slots if name in part.views else _slots(part, name)
                values[name] = want(("",) * len(slots), golden, slots)
        values.update(self.related.dotted(part.map.kind, goldens))
        mine = set(part.shape.writable) | set(part.shape.push_only)
        wanted = {name for name in values if name in mine or "." in name}
        del parts
        return {name: values[name] for name in values if name in wanted}

    def _pointed(self, part: PartView, name: str, value: Canonical) -> tuple[Canonical | None, bool, int]:
        """A relation becomes a key there -> (what is written, does it wait for a parent, its generation)."""
        unit: Unit | None = self.run.units[part.map.kind].get(name)
        if "." in name and name not in self.run.units[part.map.kind]:
            return None, False, 0
        if unit is None or unit.form is not Form.RELATION:
            return value, False, 0
        if not any(place.ref for place in part.map.relations.get(name, ())):
            return None, False, 0
        said = self.keys.text(part.map, name, str(value))
        if said.cannot:
            return None, True, 0
        later = self.generations.get(int(said.text[1:]), 0) + 1 if said.text.startswith(CREATED) else 0
        return said.text, False, later

    def _hidden(self, case: Case, table: TableState, parts: Mapping[str, str]) -> frozenset[str]:
        """R6c: a destination that cannot show an opt-out gets no contact fields of a customer who opted out."""
        for part in table.parts:
            goldens = case.goldens if parts.get(part.map.name) == case.id else self.related.of(parts.get(part.map.name))
            golden = goldens.get("do_not_contact")
            if isinstance(golden, Golden) and golden.value == "true" and "do_not_contact" not in part.shape.writable:
                return CONTACT
        return frozenset()


def _slots(part: PartView, name: str) -> tuple[Slot, ...]:
    return tuple(Slot(s.capacity is None, s.writes, s.sort) for s in part.shape.sets.get(name, ()))


def _lacks(table: TableState, after: Mapping[str, Value]) -> str:
    """The first column that the destination requires and the record would not fill."""
    for one in table.described.fields:
        if one.required and one.on_create and after.get(one.id) in (None, "") and one.id != table.map.offbook_id:
            return one.name or one.id
    return ""
