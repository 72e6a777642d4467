"""A naive engine over sync/rules, with its ledger in memory: it hands values to the rules and does what they answer."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.contract import Damaged, Outcome
from sync.rules import join as joining
from sync.rules import links as linking
from sync.rules import receive as receiving
from sync.rules import reread as rereading
from sync.rules import sets, settle, verdict
from sync.rules import undo as undoing
from sync.rules.absent import Absent, absent
from sync.rules.cell import Cell, Doubt, Facts, Golden, Plain, Rule, Slot, Value, own_value, sent, speaks, stage
from sync.rules.links import Event, Link, Live
from tests.machine.ghost import OUT

PLAIN = Plain()
SCALARS = ("a", "b")


class Crashed(Exception):
    """The process died at a write."""


@dataclass(frozen=True)
class Setup:
    """The sources of one machine: 0 has the most authority. places: mapped phone columns, none: a list."""

    n: int = 2
    read_only: frozenset[int] = frozenset()
    cut: frozenset[int] = frozenset()
    fold: frozenset[int] = frozenset()
    off_book: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    no_loosen: frozenset[int] = frozenset()
    create_in: frozenset[int] = frozenset()
    places: tuple[int | None, ...] = (None,) * 4
    answers: bool = True
    fields: str = "abop"

    def stored(self, i: int, name: str, value: Any) -> Any:
        """What source i makes of a text that is written there."""
        if name not in SCALARS or not isinstance(value, str):
            return value
        value = value[:3] if i in self.cut else value
        return value.upper() if i in self.fold else value


@dataclass
class Row:
    who: str
    cells: dict[str, Any]
    hidden: bool = False
    token: str = ""


@dataclass
class Ledger:
    golden: dict[tuple[str, str], Any] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    parked: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    losers: list[tuple[str, str, Any]] = field(default_factory=list)
    marks: set[tuple[str, int]] = field(default_factory=set)
    tokens: dict[tuple[str, int], tuple[str, dict[str, Any]]] = field(default_factory=dict)
    joined: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> Ledger:
        return Ledger(**{name: copy.copy(value) for name, value in self.__dict__.items()})


def source(ref: str) -> int:
    return int(ref.partition(":")[0])


@dataclass
class Naive:
    """One ledger and its sources (tables: {key: Row} each). An entity is named after the customer whom it is of."""

    setup: Setup
    tables: list[dict[str, Row]]
    ledger: Ledger = field(default_factory=Ledger)
    in_job: set[int] = field(default_factory=set)
    runs: int = 0
    pulled: set[int] = field(default_factory=set)
    staged: dict[str, dict[str, Any]] = field(default_factory=dict)
    turned: set[int] = field(default_factory=set)
    decisions: list[tuple[str, str, Any, str, dict[str, Any]]] = field(default_factory=list)
    steps: dict[tuple[str, str], Any] = field(default_factory=dict)
    created: list[tuple[str, str]] = field(default_factory=list)
    plan: list[Any] = field(default_factory=list)

    # -------------------------------------------------------------------------- what the rules are told

    def facts(self, ref: str) -> Facts:
        i, setup = source(ref), self.setup
        places = setup.places[i]
        return Facts(
            rank=i,
            formal=i not in setup.off_book,
            pulled=i in self.pulled and ref in self.staged,
            silent=self.ledger.links[ref].state is not Live.LIVE,
            may_clear=i not in setup.off_book,
            may_loosen=i not in setup.no_loosen,
            pull_only=i in setup.read_only,
            lengths=(3,) if i in setup.cut else (),
            authority=i not in setup.off_book,
            slots=(Slot(many=True),) if places is None else (Slot(),) * places,
        )

    def rule(self, name: str) -> Rule:
        if name == "o":
            return Rule(strictest=OUT)
        return Rule(survive=() if name == "b" else ("authority",))

    def cells_of(self, entity: str, name: str) -> dict[str, Cell]:
        refs = [k.ref for k in self.ledger.links.values() if k.entity == entity and source(k.ref) in self.in_job]
        return {ref: self.ledger.cells[ref, name] for ref in refs if (ref, name) in self.ledger.cells}

    def read(self, i: int, name: str, raw: Any) -> Value:
        """The mapping of a source, and back."""
        return raw[::-1] if i in self.turned and name in SCALARS and isinstance(raw, str) else raw

    def entities(self) -> list[str]:
        return sorted({link.entity for link in self.ledger.links.values()})

    def reads(self, ref: str, name: str) -> Value:
        row = self.tables[source(ref)].get(ref)
        return self.read(source(ref), name, row.cells[name]) if row else None

    # -------------------------------------------------------------------------- a run

    def run(
        self,
        pulled: Iterable[int] | None = None,
        push: Iterable[int] | None = None,
        faults: Mapping[int, str] | None = None,
        *,
        dry: bool = False,
        kill: bool = False,
        between: Any = None,
    ) -> None:
        """faults: of writes, by source. between: what people do between pull and write."""
        self.runs += 1
        self.pulled = self.in_job & set(self.in_job if pulled is None else pulled)
        before, decisions, staged = self.ledger.copy(), list(self.decisions), dict(self.staged)
        if not dry:
            self.steps, self.created = {}, []
        self._pull()
        self._find_tokens()
        self._follow()
        self._match()
        self._decide()
        for entity in self.entities():
            for name in self.setup.fields:
                (self._settle_set if name == "p" else self._settle)(entity, name)
        self._make_plan(self.in_job & set(self.in_job if push is None else push))
        if dry:
            self.ledger, self.decisions, self.staged = before, decisions, staged
        elif not kill:
            if between is not None:
                between()
            self._apply(faults or {})

    def _pull(self) -> None:
        for ref in [one for one in self.staged if source(one) in self.pulled]:
            del self.staged[ref]
        for i in self.pulled:
            for ref, row in self.tables[i].items():
                if not row.hidden:
                    self._stage(ref, row)

    def _stage(self, ref: str, row: Row) -> None:
        self.staged[ref] = {"who": row.who, **row.cells}
        for name, raw in row.cells.items():
            if (ref, name) in self.ledger.cells:
                shown = self.shown(ref, name, raw)
                self.ledger.cells[ref, name] = stage(self.ledger.cells[ref, name], shown)

    def shown(self, ref: str, name: str, raw: Any) -> Value:
        """Of phones, a text for each place; a list is one open place."""
        if name != "p":
            return self.read(source(ref), name, raw)
        return ("\n".join(one for one in raw if one),) if self.setup.places[source(ref)] is None else raw

    def _find_tokens(self) -> None:
        for (entity, i), (token, wrote) in list(self.ledger.tokens.items()):
            if i not in self.pulled:
                continue
            for ref, row in self.tables[i].items():
                if row.token == token:
                    self.ledger.links[ref] = Link(ref, entity, since=self.runs, ours=True)
                    for name, raw in row.cells.items():
                        ours = Cell() if name == "p" else sent(Cell(), wrote[name], wrote[name], PLAIN)
                        self.ledger.cells[ref, name] = stage(ours, self.shown(ref, name, raw))
            del self.ledger.tokens[entity, i]

    def _follow(self) -> None:
        for ref, link in list(self.ledger.links.items()):
            if source(ref) in self.pulled:
                new = linking.follow(link, Event.SHOWN if ref in self.staged else Event.NOT_SHOWN, self.runs)
                if linking.leaves_mark(link, new):
                    self.ledger.marks.add((link.entity, source(ref)))
                if link.state is Live.GONE and new.state is Live.LIVE:
                    self.ledger.marks.discard((link.entity, source(ref)))
                self.ledger.links[ref] = new

    def _match(self) -> None:
        alias = {one: kept for kept, (one, *_) in self.ledger.joined.items()}
        for ref, raw in sorted(self.staged.items()):
            if ref not in self.ledger.links and source(ref) in self.in_job:
                entity = alias.get(raw["who"], raw["who"])
                self.ledger.links[ref] = Link(ref, entity, since=self.runs)
                for name in self.setup.fields:
                    self.ledger.golden.setdefault((entity, name), sets.SetGolden() if name == "p" else Golden())
                    self.ledger.cells.setdefault((ref, name), Cell(self.shown(ref, name, raw[name])))

    def _decide(self) -> None:
        for entity, name, value, ref, shown in self.decisions:
            if (entity, name) in self.ledger.golden:
                cells = self.cells_of(entity, name)
                out = receiving.decide(self.ledger.golden[entity, name], cells, value, ref, shown, PLAIN, self.runs)
                self.ledger.golden[entity, name] = out[0]
                self.ledger.cells.update({(one, name): cell for one, cell in out[1].items()})
                self.ledger.losers += [(entity, name, vote.value) for vote in out[2]]
        self.decisions = []

    def _settle(self, entity: str, name: str) -> None:
        cells, old = self.cells_of(entity, name), self.ledger.golden[entity, name]
        facts = {ref: self.facts(ref) for ref in cells}
        rank = source(old.ref) if old.ref else 99
        out = settle.settle(old, cells, facts, self.rule(name), rank, self.runs)
        if out.golden.value != old.value:
            knew = {ref for ref, cell in cells.items() if cell.agreed and cell.agreed[0] == old.value}
            self.steps[entity, name] = [old, out.golden, {}, knew]
        self.ledger.golden[entity, name] = out.golden
        self.ledger.cells.update({(ref, name): cell for ref, cell in out.cells.items()})
        self.ledger.losers += [(entity, name, vote.value) for vote in out.losers]
        self.ledger.parked.pop((entity, name), None)
        if out.parked:
            self.ledger.parked[entity, name] = out.votes

    def _settle_set(self, entity: str, name: str) -> None:
        cells = self.cells_of(entity, name)
        out = sets.settle_set(self.ledger.golden[entity, name], cells, {ref: self.facts(ref) for ref in cells})
        self.ledger.golden[entity, name] = out.golden
        self.ledger.cells.update({(ref, name): cell for ref, cell in out.cells.items()})

    # -------------------------------------------------------------------------- plan and apply

    def verdict(self, ref: str, name: str) -> str:
        entity, cell = self.ledger.links[ref].entity, self.ledger.cells[ref, name]
        golden, facts = self.ledger.golden[entity, name], self.facts(ref)
        if name == "p":
            return sets.verdict_set(cell, golden, facts)
        parked = (entity, name) in self.ledger.parked
        return verdict.verdict(cell, golden, parked=parked, facts=facts, same=PLAIN)

    def _make_plan(self, push: set[int]) -> None:
        self.plan = []
        for ref in sorted(self.ledger.links):
            if source(ref) in push and ref in self.staged:
                todo = [name for name in self.setup.fields if self.verdict(ref, name) == "change"]
                self.plan += [("write", ref, todo)] if todo else []
        for entity in self.entities():
            links = [link for link in self.ledger.links.values() if link.entity == entity]
            for i in sorted(push & self.setup.create_in):
                states = {link.state for link in links if source(link.ref) == i}
                reasons = {
                    Absent.GONE_MARK: (entity, i) in self.ledger.marks,
                    Absent.DOUBT: (entity, i) in self.ledger.tokens,
                    Absent.MISSING: Live.MISSING in states,
                    Absent.NOT_CURRENT: i not in self.pulled,
                    Absent.ORPHAN: not any(link.state is Live.LIVE for link in links),
                }
                given = [reason for reason, true in reasons.items() if true]
                if Live.LIVE not in states and absent(given) is Absent.CREATE:
                    self.plan.append(("create", i, entity))

    def _apply(self, faults: Mapping[int, str]) -> None:
        try:
            for kind, *rest in self.plan:
                if kind == "write":
                    self._write(rest[0], rest[1], faults.get(source(rest[0]), ""))
                else:
                    self._create(rest[0], rest[1], faults.get(rest[0], ""))
        except Crashed:
            pass

    def _write(self, ref: str, todo: list[str], fault: str) -> None:
        i, cells, row = source(ref), self.ledger.cells, self.tables[source(ref)].get(ref)
        entity = self.ledger.links[ref].entity
        for name in todo:
            golden = self.ledger.golden[entity, name]
            if name == "p":
                cell = cells[ref, name]
                slots = sets.slots_of(cell.shown)
                wanted = sets.want(slots, golden, self.facts(ref).slots, cell.stop)
                cells[ref, name] = replace(cell, doubt=Doubt(cell.shown, wanted))
            else:
                cells[ref, name] = receiving.intend(cells[ref, name], golden, PLAIN)
        moved = row is None or row.hidden or any(row.cells[name] != self.staged[ref][name] for name in row.cells)
        outcome = Outcome.CONFLICT if moved or fault == "fail" else Outcome.REJECTED if fault == "rej" else Outcome.DONE
        if outcome is not Outcome.DONE:
            for name in todo:
                cells[ref, name] = receiving.receive(
                    cells[ref, name], outcome, None, self.facts(ref), PLAIN, exact=True
                )
            return
        assert row is not None
        before = {name: row.cells[name] for name in todo}
        if fault not in ("drop", "ign"):
            for name in todo:
                row.cells[name] = self._stored(i, name, cells[ref, name])
        if fault == "crash":
            raise Crashed
        if fault not in ("drop", "lost"):
            self._answer(ref, row, todo, before)

    def _stored(self, i: int, name: str, cell: Cell) -> Any:
        assert cell.doubt is not None
        if name != "p":
            return self.setup.stored(i, name, self.read(i, name, cell.doubt.intended))
        wanted = sets.slots_of(cell.doubt.intended)
        return sets.elements(wanted) if self.setup.places[i] is None else wanted

    def _answer(self, ref: str, row: Row, todo: list[str], before: dict[str, Any]) -> None:
        cells, entity = self.ledger.cells, self.ledger.links[ref].entity
        for name in todo:
            shown = self.shown(ref, name, row.cells[name])
            if name == "p":
                cells[ref, name] = sets.sent_set(cells[ref, name], sets.slots_of(shown))
                continue
            told = self.facts(ref)
            cells[ref, name] = receiving.receive(
                cells[ref, name], Outcome.DONE, shown, told, PLAIN, exact=self.setup.answers
            )
            golden = self.ledger.golden[entity, name]
            self.steps.setdefault((entity, name), [golden, golden, {}, set()])[2][ref] = (before[name], shown)
        self._stage(ref, row)

    def _create(self, i: int, entity: str, fault: str) -> None:
        ledger = self.ledger
        there = [ref for ref, row in self.tables[i].items() if row.who == entity and (ref not in ledger.links)]
        if there or fault in ("fail", "rej", "ign"):  # R10b: found just before writing; linked by the next run
            return
        goldens = {name: ledger.golden[entity, name] for name in self.setup.fields}
        token, ref = f"t{self.runs}{entity}", f"{i}:c{self.runs}{entity}"
        ledger.tokens[entity, i] = (token, {name: g.value for name, g in goldens.items() if name != "p"})
        if fault == "drop":
            return
        row = Row(entity, {}, token=token)
        for name, golden in goldens.items():
            places = self.setup.places[i]
            slots = (Slot(many=True),) if places is None else (Slot(),) * places
            wanted = Doubt("", sets.want(("",) * len(slots), golden, slots) if name == "p" else golden.value)
            row.cells[name] = self._stored(i, name, Cell(doubt=wanted))
        self.tables[i][ref] = row
        if fault == "crash":
            raise Crashed
        if fault == "lost":
            return
        del ledger.tokens[entity, i]
        ledger.links[ref] = Link(ref, entity, since=self.runs, ours=True)
        for name, golden in goldens.items():
            shown = self.shown(ref, name, row.cells[name])
            ours = Cell(shown, shown) if name == "p" else receiving.created(Cell(), golden, golden.value, PLAIN)
            ledger.cells[ref, name] = stage(ours, shown)
        self._stage(ref, row)
        self.created.append((ref, entity))

    # -------------------------------------------------------------------------- the steward

    def decide(self, n: int) -> None:
        """Answers every open question with its n-th value."""
        for (entity, name), votes in self.ledger.parked.items():
            if votes:
                vote = votes[n % len(votes)]
                shown = {one.ref: one.value for one in votes if not one.golden}
                self.decisions.append((entity, name, vote.value, vote.ref, shown))

    def decide_kept(self, n: int) -> None:
        """Golden (0) or the first kept value (1), for every field of which a cell is kept."""
        for (entity, name), golden in self.ledger.golden.items():
            if name == "p" or (entity, name) in self.ledger.parked:
                continue
            cells = self.cells_of(entity, name).items()
            kept = {ref: c.shown for ref, c in cells if c.stop and c.stop.why == "kept" and speaks(c)}
            if kept:
                ref = min(kept) if n else golden.ref or "g"
                self.decisions.append((entity, name, kept[ref] if n else golden.value, ref, kept))

    def undo(self) -> None:
        """Takes back the last run, field by field."""
        steps, self.steps = self.steps, {}
        created, self.created = self.created, []
        for (entity, name), (before, after, done, knew) in steps.items():
            if name != "p" and (entity, name) in self.ledger.golden:
                self._undo_field(entity, name, before, after, done, knew)
        for ref, entity in created:
            row = self.tables[source(ref)].get(ref)
            if row is not None and ref in self.staged and all(self.staged[ref][n] == v for n, v in row.cells.items()):
                del self.tables[source(ref)][ref], self.staged[ref]
                self.ledger.links[ref] = linking.follow(self.ledger.links[ref], Event.PROVED_GONE, self.runs)
                self.ledger.marks.add((entity, source(ref)))

    def _undo_field(self, entity: str, name: str, before: Golden, after: Golden, done: Any, knew: set[str]) -> None:
        for ref in self.cells_of(entity, name):
            row = self.tables[source(ref)].get(ref)
            if row and not row.hidden:
                self.ledger.cells[ref, name] = stage(self.ledger.cells[ref, name], self.reads(ref, name))
                self.staged.get(ref, {})[name] = row.cells[name]
        cells, golden = self.cells_of(entity, name), self.ledger.golden[entity, name]
        if (name == "o" and OUT in (after.value, golden.value)) or (entity, name) in self.ledger.parked:
            return
        if any(ref not in self.tables[source(ref)] for ref in done):
            return
        if not undoing.may_undo(golden, before, after, cells, {ref: cell.seen for ref, cell in cells.items()}):
            return
        for ref, (raw, _) in done.items():
            self.tables[source(ref)][ref].cells[name] = raw
            self.staged.get(ref, {})[name] = raw
        restored = {ref: self.read(source(ref), name, raw) for ref, (raw, _) in done.items()}
        self.ledger.golden[entity, name], out = undoing.undo(cells, before, golden, restored, knew, PLAIN)
        self.ledger.cells.update({(ref, name): cell for ref, cell in out.items()})
        self.ledger.losers.append((entity, name, golden.value))

    def merge(self, a: str, b: str) -> None:
        """Two customers are one."""
        ledger = self.ledger
        if a in ledger.joined or not {a, b} <= set(self.entities()):
            return
        side = {ref for ref, link in ledger.links.items() if link.entity == b}
        goldens = {(e, name): ledger.golden[e, name] for e in (a, b) for name in self.setup.fields}
        own = {key: own_value(cell) for key, cell in ledger.cells.items()}
        ledger.joined[a] = (b, side, goldens, own)
        self.steps = {}
        for name in self.setup.fields:
            self._join_field(a, b, name)
        for ref in side:
            ledger.links[ref] = replace(ledger.links[ref], entity=a)
        ledger.parked = {key: votes for key, votes in ledger.parked.items() if key[0] not in (a, b)}
        ledger.marks = {(a if e == b else e, i) for e, i in ledger.marks}
        ledger.tokens = {(a if e == b else e, i): one for (e, i), one in ledger.tokens.items()}

    def _join_field(self, a: str, b: str, name: str) -> None:
        ledger = self.ledger
        one, two = ledger.golden[a, name], ledger.golden.pop((b, name))
        if name == "p":
            union = tuple(dict.fromkeys(one.elements + two.elements))
            ledger.golden[a, name] = sets.SetGolden(union, (one.removed | two.removed) - set(union))
            return
        ranks = [source(g.ref) if g.ref else 99 for g in (one, two)]
        ledger.golden[a, name], lost = joining.join(one, two, self.rule(name), ranks[0], ranks[1])
        ledger.losers += [(a, name, lost.value)] if lost else []
        for ref, link in ledger.links.items():
            if link.entity in (a, b) and (ref, name) in ledger.cells:
                ledger.cells[ref, name] = joining.after_join(ledger.cells[ref, name], self.rule(name))

    def split(self, a: str) -> None:
        """They are two after all."""
        ledger = self.ledger
        if a not in ledger.joined:
            return
        b, side, goldens, own = ledger.joined.pop(a)
        for ref, link in list(ledger.links.items()):
            row = self.staged.get(ref)
            if link.entity == a and (ref in side or (row is not None and row["who"] == b)):
                ledger.links[ref] = replace(link, entity=b)
        for name in self.setup.fields:
            merged = ledger.golden[a, name]
            for e in (a, b):
                kept, cells = goldens[e, name], self.cells_of(e, name)
                if name == "p":
                    ledger.golden[e, name] = self._split_set(merged, kept, cells)
                    continue
                then = {ref: own[ref, name] for ref in cells if (ref, name) in own}
                facts = {ref: self.facts(ref) for ref in cells}
                new = joining.split(merged, kept, cells, then, facts, self.rule(name), self.runs)
                ledger.golden[e, name] = new
                for ref, cell in cells.items():
                    ledger.cells[ref, name] = joining.after_split(cell, new, self.rule(name))
            ledger.losers.append((a, name, merged.value if name != "p" else ""))
        self.steps = {}
        gone = [link for link in ledger.links.values() if link.state is Live.GONE and link.marks]
        ledger.marks |= {(link.entity, source(link.ref)) for link in gone}  # what went meanwhile returns to its side
        ledger.parked = {key: votes for key, votes in ledger.parked.items() if key[0] != a}

    @staticmethod
    def _split_set(merged: sets.SetGolden, kept: sets.SetGolden, cells: Mapping[str, Cell]) -> sets.SetGolden:
        own = {e for cell in cells.values() for e in sets.elements(own_value(cell))}
        stays = [e for e in kept.elements if e in merged.elements or e not in merged.removed]
        since = [e for e in merged.elements if e not in kept.elements and e in own]
        return sets.SetGolden((*stays, *since), kept.removed | (merged.removed & set(kept.elements)))

    def turn(self, i: int) -> None:
        """R20: the mapping of source i changes; it reads texts backwards, or forwards again."""
        self.turned ^= {i}

        def back(value: Value) -> Value:
            return value[::-1] if isinstance(value, str) else value

        def as_it_is(value: Value) -> Value:
            return value

        turn = {ref: back if source(ref) == i else as_it_is for ref in self.ledger.links}
        for (entity, name), old in list(self.ledger.golden.items()):
            if name in SCALARS:
                new = rereading.reread_golden(old, turn)
                self.ledger.golden[entity, name] = new
                for ref, cell in rereading.reread(self.cells_of(entity, name), old, new, turn, PLAIN).items():
                    self.ledger.cells[ref, name] = cell
                votes = self.ledger.parked.get((entity, name))
                if votes:
                    again = (replace(v, value=rereading.reread_value(v.value, v.ref, turn)) for v in votes)
                    self.ledger.parked[entity, name] = tuple(again)
        self.decisions = [
            one if one[1] not in SCALARS else self._turned(one, turn) for one in self.decisions
        ]  # fmt: skip

    @staticmethod
    def _turned(one: Any, turn: Any) -> Any:
        entity, name, value, ref, shown = one
        shown = {r: rereading.reread_value(v, r, turn) for r, v in shown.items()}
        return entity, name, rereading.reread_value(value, ref, turn), ref, shown

    # -------------------------------------------------------------------------- what the ghost may see

    def asking(self) -> set[tuple[str, str]]:
        return set(self.ledger.parked)

    def values(self) -> dict[tuple[str, str], Any]:
        return {key: g.elements if key[1] == "p" else g.value for key, g in self.ledger.golden.items()}

    def losers(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.ledger.losers if not isinstance(one[2], Damaged)]

    def listed(self) -> dict[tuple[int, str, str], str]:
        """(source, key, field) → verdict, of every linked cell."""
        refs = [ref for ref in self.ledger.links if source(ref) in self.in_job]
        return {(source(ref), ref, name): self.verdict(ref, name) for ref in refs for name in self.setup.fields}
