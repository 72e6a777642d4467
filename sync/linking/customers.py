"""Who may receive whom? (RULES R8: `only:` is judged on the customer that a part belongs to)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from mappings.filters import Filter, Known
from sync.agreeing.merge import Case
from sync.context import Run
from sync.ledger import codec, graph, staging
from sync.rules.cell import Golden, Value
from sync.sides import Side
from sync.units import by_field

Values = Mapping[str, Value]
Get = Callable[[str, str], Known]


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer's golden values by field, before this run and after it; parked fields are left out of `after`."""

    before: Values
    after: Values


@dataclass(slots=True)
class Customers:
    """Answers for the cases of one chunk: what the customer behind each of them says in each field.

    waits: who is inside a filter now and was not before this run: he stays open, as the next run lets him in (R8a).
    """

    run: Run
    parked: dict[str, frozenset[str]]
    known: dict[str, Standing] = field(default_factory=dict)
    people_of: dict[str, list[str]] = field(default_factory=dict)
    waits: set[str] = field(default_factory=set)
    _asked: frozenset[str] | None = None

    def remember(self, case: Case) -> None:
        """Keeps what is parked of a settled customer, so that filters of later kinds see it as unknown."""
        fields = {f for name in case.parked for f in self.run.units[case.kind][name].fields}
        if fields:
            self.parked[case.id] = frozenset(fields)

    def prepare(self, c: Connection, cases: Sequence[Case]) -> None:
        """Reads the customers that these cases lead to."""
        self.known.clear()
        self.people_of.clear()
        self.waits.clear()
        wanted: set[str] = set()
        for case in cases:
            units = self.run.units[case.kind]
            self.known[case.id] = Standing(case.known(units, before=True), case.known(units))
            for relation, _ in self._ways(case.kind):
                wanted |= {v for v in (self._points(case.goldens, relation), self._points(case.before, relation)) if v}
        if any(self._turned(case.kind) for case in cases):
            self._read_people(c, cases)
            wanted |= {one for people in self.people_of.values() for one in people}
        self._read(c, [one for one in wanted if one not in self.known])
        if self._asked_whether_empty():
            kinds = self.run.units
            parked = {one.id: {f for name in one.parked for f in kinds[one.kind][name].fields} for one in cases}
            self._fill(c, parked)

    def _asked_whether_empty(self) -> frozenset[str]:
        """Fields that some filter of this run wants to be empty."""
        if self._asked is None:
            filters = [*(one.only for one in self.run.workspace.sources.values()), *self.run.job.create_in.values()]
            conditions = [one for wanted in filters for one in wanted.conditions]
            self._asked = frozenset(one.field for one in conditions if one.wanted.word == "empty" and one.wanted.empty)
        return self._asked

    def _fill(self, c: Connection, parked: Mapping[str, set[str]]) -> None:
        """Where none of a customer's records could show a field, it is empty, not unknown: nobody owns a lead that
        stands where owners are not kept. What some record shows and could not be read stays unknown."""
        ledger, plan = self.run.ledger, self.run.plan
        links = graph.links(ledger, c, plan, list(self.known))
        tables = {row.id: row.table_id for row in graph.records(ledger, c, {one.record_id for one in links}).values()}
        shown: dict[str, set[str]] = {}
        for link in links:
            table = self.run.by_id.get(tables[link.record_id])
            views = next((part.views for part in table.parts if part.map.name == link.part), {}) if table else {}
            shown.setdefault(link.entity, set()).update(f for view in views.values() for f in view.unit.fields)
        for id_, standing in self.known.items():
            hidden = shown.get(id_, set()) | parked.get(id_, set()) | self.parked.get(id_, frozenset())
            blank = dict.fromkeys(self._asked_whether_empty() - hidden - standing.after.keys(), "")
            self.known[id_] = replace(standing, after={**blank, **standing.after})

    def _read(self, c: Connection, ids: Sequence[str]) -> None:
        for row in graph.entities(self.run.ledger, c, self.run.plan, ids).values():
            units = self.run.units[row.kind]
            before = codec.load_goldens(row.golden)
            after = codec.load_goldens(row.draft) if row.draft not in (None, b"{}") else before
            hidden = self.parked.get(row.id, frozenset())
            values = {f: v for f, v in by_field(after, units).items() if f not in hidden}
            self.known[row.id] = Standing(by_field(before, units), values)

    def _read_people(self, c: Connection, cases: Sequence[Case]) -> None:
        """The customers that work at an organisation, where the person is the customer."""
        kind = self.run.workspace.customer
        for case in cases:
            for side in case.sides:
                parts = [p.map.name for p in side.table.parts if p.map.kind == kind and p.map.via is None]
                found = graph.entity_of(self.run.ledger, c, self.run.plan, [side.record.id]) if parts else {}
                people = [found[side.record.id, p] for p in parts if (side.record.id, p) in found]
                self.people_of.setdefault(case.id, []).extend(people)
        for entity, target in graph.pointing_to(self.run.ledger, c, [case.id for case in cases]):
            self.people_of.setdefault(target, []).append(entity)

    def _ways(self, kind: str) -> list[tuple[str, str]]:
        """Relations of a kind that lead to the customer's kind."""
        relations = self.run.workspace.kinds[kind].relations()
        customer = self.run.workspace.customer
        return [(name, to) for name, to in relations.items() if to == customer and kind != customer]

    def _turned(self, kind: str) -> bool:
        """The customer points to this kind instead."""
        customer = self.run.workspace.customer
        return kind != customer and kind in self.run.workspace.kinds[customer].relations().values()

    @staticmethod
    def _points(goldens: Mapping[str, object], relation: str) -> str:
        golden = goldens.get(relation)
        return golden.value if isinstance(golden, Golden) and isinstance(golden.value, str) else ""

    # ------------------------------------------------------------------------------ the answer

    def receives(self, case: Case, side: Side) -> bool:
        """R8a: `only:` of the side's source holds after this run and, where golden had a value before, on that too."""
        only = side.table.source.only
        return not only.conditions or self.passes(case, only, me=holder(self.run, side))

    def passes(self, case: Case, wanted: Filter, *, me: str = "") -> bool:
        ways = self._ways(case.kind)
        for relation, _ in ways:
            after, before = self._points(case.goldens, relation), self._points(case.before, relation)
            if after:
                return self._lets_in(case, wanted, self.known.get(after), self.known.get(before or after), me)
        if self._turned(case.kind) and self.people_of.get(case.id):
            people = [self.known.get(one) for one in self.people_of[case.id]]
            return any(self._lets_in(case, wanted, one, one, me) for one in people)
        own = self.known[case.id]
        return self._lets_in(case, wanted, own, own, me)

    def _lets_in(self, case: Case, wanted: Filter, after: Standing | None, before: Standing | None, me: str) -> bool:
        if self._holds(wanted, after, before, me):
            return True
        if self._holds(wanted, after, None, me):
            self.waits.add(case.id)
        return False

    @staticmethod
    def _holds(wanted: Filter, after: Standing | None, before: Standing | None, me: str) -> bool:
        if after is None:
            return False
        for one in wanted.conditions:
            name = one.field
            if not one.wanted.passes(_as_known(after.after.get(name)), me=me):
                return False
            old = before.before.get(name) if before else None
            if old not in (None, "", ()) and not one.wanted.passes(_as_known(old), me=me):
                return False
        return True


def holder(run: Run, side: Side) -> str:
    """Who `me` is for this record: the one whom the source, or the record's own column, belongs to."""
    source = side.table.source
    if not source.holder:
        return source.belongs_to
    with run.ledger.transaction() as c:
        raw = codec.load_raw(staging.raws(run.ledger, c, [side.record.id])[side.record.id])
    found = side.table.converter.people.read(source.name, raw.get(source.holder))
    return found or ""


def _as_known(value: Value) -> Known:
    return value if value is None or isinstance(value, str) else tuple(v for v in value if isinstance(v, str))  # type: ignore[union-attr]
