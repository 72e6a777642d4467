"""A workspace over memory stores, in which people type and Offbook runs: the stage on which histories are played.

    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    world.add("crm", name="上海宇润", a="x")
    world.run()
    world.golden("上海宇润", "a") == "x"

Each source has one table of organisations: code (an identifier of one's own sort, so linking is certain), name, a and b
(plain texts), p1, p2 … (phones), consent, owner. Fields are named by the short names below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from connectors.contract import Capabilities, Field, Op, Repeat, Value
from connectors.gate import RunGate, VirtualClock
from connectors.memory import BEST, Died, Fault, Store, TableStore
from sync import run as running
from sync.config.model import Workspace
from sync.ledger import codec, graph
from sync.rules.cell import Golden
from sync.rules.sets import SetGolden
from sync.run import Outcome, Session
from sync.tables import all_units
from sync.units import by_field
from sync.workspace import load

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SHORT = {"name": "name", "a": "a", "b": "b", "consent": "consent", "owner": "owner", "code": "identifiers.code"}
"""Column of the stores → field of an organisation."""
GUARDS = {
    "creates": "100000",
    "updates": "100000",
    "removals": "100000",
    "blanks": "100000",
    "merges": "100000",
    "moved": "100000",
}


@dataclass(frozen=True)
class Side:
    """One source. phones: mapped columns p1 … pn. fields: further columns that are mapped as they are called;
    columns: others. extra: keys of its source."""

    formal: bool = False
    fields: tuple[str, ...] = ("a", "b")
    phones: int = 0
    can: Capabilities = BEST
    extra: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    push: bool = True
    create: bool = False
    lengths: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[str | Field, ...] = ()


class World:
    """Time moves by `tick`; every run is a new session on the same ledger, as it is on a real machine."""

    def __init__(self, folder: Path, sides: Mapping[str, Side], *, ledger: str = "offbook.db", **config: Any) -> None:
        self.folder, self.sides, self.now = folder, dict(sides), START
        self.stores: dict[str, Store] = {}
        self.config = config
        self.ledger = ledger
        self.outcomes: list[Outcome] = []
        for name, side in sides.items():
            self.stores[name] = Store(f"{folder.name}-{name}")
            self.stores[name].table("main", *self._fields(side), can=side.can)
        self.write_workspace()

    # -------------------------------------------------------------------------- configuration

    @staticmethod
    def _fields(side: Side) -> list[str | Field]:
        names = ["code", "name", *side.fields, *side.columns, *(f"p{n + 1}" for n in range(side.phones)), "id"]
        return [
            one
            if isinstance(one, Field)
            else Field(one, one, findable=True, max_length=side.lengths.get(one), unique=one == "id")
            for one in dict.fromkeys(names)
        ]

    def write_workspace(self) -> None:
        """Writes offbook.yaml and the mappings; call it again after changing `config` or `sides`."""
        sides = self.sides
        config: dict[str, Any] = {
            "ledger": self.ledger,
            "guards": GUARDS,
            "sources": {
                name: {"connector": "memory", "store": self.stores[name].name, **side.extra}
                for name, side in sides.items()
            },
            "jobs": {
                "agree": {
                    "push": [name for name, side in sides.items() if side.push],
                    "create_in": [name for name, side in sides.items() if side.create],
                }
            },
        }
        if formal := [name for name, side in sides.items() if side.formal]:
            config["authority"] = formal
        config.update({key: value for key, value in self.config.items() if key not in ("jobs", "kinds")})
        config["jobs"].update(self.config.get("jobs", {}))
        config["kinds"] = _kinds(self.config.get("kinds", {}))
        for job in config["jobs"].values():
            for key in [k for k in ("push", "create_in") if not job.get(k)]:
                job.pop(key, None)
        _dump(self.folder / "offbook.yaml", config)
        (self.folder / "mappings").mkdir(exist_ok=True)
        for name, side in sides.items():
            _dump(self.folder / "mappings" / f"{name}.yaml", self.mapping_of(name, side))

    @staticmethod
    def mapping_of(name: str, side: Side) -> dict[str, Any]:
        record: dict[str, Any] = {"name": "name", "identifiers": {"from": "code", "as": "code"}}
        record.update({SHORT.get(one, one): one for one in side.fields})
        if side.phones:
            record["phones"] = [f"p{n + 1}" for n in range(side.phones)]
        for key, place in side.mapping.items():
            record[SHORT.get(key, key)] = place
        made: dict[str, Any] = {"table": name, "record": {"organisation": record}}
        if side.can.repeat is Repeat.CHOSEN:
            made["offbook_id"] = "id"
        return made

    def workspace(self) -> Workspace:
        return load(self.folder)

    # -------------------------------------------------------------------------- people

    def table(self, source: str) -> TableStore:
        return self.stores[source]["main"]

    def add(self, source: str, name: str, code: str | None = None, **values: Value) -> str:
        """Somebody types a new record -> its key. code: as the name, if it is not said; "" for none."""
        given = {"code": (name if code is None else code) or None, "name": name, **values}
        return self.table(source).add(given)

    def edit(self, source: str, key: str, **values: Value) -> None:
        self.table(source).edit(key, values)

    def shows(self, source: str, key: str, column: str) -> Any:
        return self.table(source).values(key)[column]

    def keys(self, source: str, name: str) -> list[str]:
        return [key for key, values in self.table(source).all().items() if values["name"] == name]

    def tick(self, **time: float) -> None:
        self.now += timedelta(**time) if time else timedelta(minutes=1)

    # -------------------------------------------------------------------------- runs

    @contextmanager
    def session(self) -> Iterator[Session]:
        gate = RunGate(clock=VirtualClock(self.now))
        session = running.open_session(self.workspace(), gate=gate, clock=lambda: self.now)
        try:
            yield session
        finally:
            session.close()

    def plan(self, job: str = "agree", **options: Any) -> Outcome:
        self.tick()
        with self.session() as session:
            return running.make_plan(session, job, **options)

    def apply(self, plan: int, *, by: str = "tester", **options: Any) -> Outcome:
        self.tick()
        with self.session() as session:
            return running.apply_plan(session, plan, by=by, **options)

    def run(self, job: str = "agree", *, allow: Mapping[str, str] | None = None) -> Outcome:
        """Plan and apply, by a person who has seen it -> the outcome of the plan, with what was applied."""
        planned = self.plan(job, allowed=allow or {})
        assert planned.plan
        done = self.apply(planned.plan, allowed=allow or {})
        planned.applied = done.applied
        planned.failures.update(done.failures)
        planned.tripped = done.tripped or planned.tripped
        self.outcomes.append(planned)
        return planned

    def dies(self, source: str, op: Op = Op.UPDATE, fault: Fault = Fault.DIES, job: str = "agree") -> None:
        """A run in which the process dies at a write there."""
        self.stores[source].fault(fault, table="main", op=op)
        planned = self.plan(job)
        self.tick()
        try:
            self.apply(planned.plan)
        except Died:
            self.tick(minutes=10)
            return
        self.stores[source].troubles.clear()

    def settles(self, runs: int = 3) -> None:
        """I5: without edits from outside the next plan is empty, at most three runs later."""
        for _ in range(runs):
            self.run()
        assert self.plan().header["changes"] == 0

    # -------------------------------------------------------------------------- what the ledger says

    def entities(self) -> dict[str, dict[str, Any]]:
        """Entity → golden values by field."""
        with self.session() as session, session.ledger.transaction() as c:
            units = all_units(session.workspace)["organisation"]
            rows = session.ledger.rows(c, "SELECT id, golden FROM entity WHERE alias_of IS NULL")
            return {row[0]: by_field(codec.load_goldens(row[1]), units) for row in rows}

    def entity(self, name: str) -> str:
        found = [one for one, values in self.entities().items() if values.get("name") == name]
        assert len(found) == 1, f"{len(found)} entities are called {name}"
        return found[0]

    def golden(self, name: str, column: str) -> Any:
        return self.entities()[self.entity(name)].get(SHORT.get(column, column))

    def golden_record(self, name: str, column: str) -> Golden | SetGolden:
        with self.session() as session, session.ledger.transaction() as c:
            row = graph.entities(session.ledger, c, 0, [self.entity(name)])[self.entity(name)]
            return codec.load_goldens(row.golden)[SHORT.get(column, column)]

    def verdicts(self, source: str, key: str) -> dict[str, str]:
        """Field → verdict of the deviating cells of one record."""
        sql = (
            "SELECT k.field, k.verdict FROM cell k JOIN record r ON r.id = k.record_id JOIN source_table t ON t.id = r.table_id "
            "JOIN source s ON s.id = t.source WHERE s.name = ? AND r.key = ?"
        )
        with self.session() as session, session.ledger.transaction() as c:
            return dict(session.ledger.rows(c, sql, (source, key)))

    def losers(self, name: str) -> list[tuple[str, Any]]:
        sql = "SELECT field, value FROM loser WHERE entity = ? ORDER BY id"
        with self.session() as session, session.ledger.transaction() as c:
            rows = session.ledger.rows(c, sql, (self.entity(name),))
        return [(row[0], codec.load(row[1])) for row in rows]

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.session() as session, session.ledger.transaction() as c:
            return session.ledger.rows(c, sql, values)


def _kinds(given: Mapping[str, Any]) -> dict[str, Any]:
    """Columns a and b are fields of our own, so that any text is a value of theirs."""
    organisation = dict(given.get("organisation", {}))
    fields = {"a": {"type": "text"}, "b": {"type": "text"}}
    for name, rules in organisation.get("fields", {}).items():
        fields[name] = {**fields.get(name, {}), **(rules if isinstance(rules, dict) else {"type": rules})}
    organisation["fields"] = fields
    return {**given, "organisation": organisation}


def _dump(path: Path, content: object) -> None:
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_style=None)
    path.write_text(text, encoding="utf-8")


def cautious(**changes: Any) -> Capabilities:
    """The memory table's best, less something."""
    return replace(BEST, **changes)
