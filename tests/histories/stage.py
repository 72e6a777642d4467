"""The stage of the histories: a World whose books are checked after every run, and in which stewards decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from connectors.contract import Damaged
from sync.config.model import Workspace
from sync.decisions import Sort, append, field_content
from sync.ledger import asked, codec, pairs
from sync.reading.tally import FATES
from sync.review.answers import decide
from sync.rules.absent import Absent
from sync.rules.cell import Cell, Value
from sync.run import Outcome, make_undo
from sync.sides import ref_of
from tests.engine import SHORT, Side, World

YURUN, TIANHE, FANGYUAN, QIMING = (
    "上海宇润科技有限公司",
    "北京天合贸易有限公司",
    "广州方圆设计有限公司",
    "成都启明医疗器械有限公司",
)
"""Four customers that nobody takes for one another."""

HELD: list[sqlite3.Connection] = []
"""Connections that keep ledgers open between runs, so that they are quick (conftest.py)."""


def let_go() -> None:
    """Nobody has a ledger open any more."""
    while HELD:
        HELD.pop().close()


class Stage(World):
    """Every run is checked for R17 and I7, and ends with 0 unless the history says otherwise."""

    _loaded: Workspace | None = None

    def write_workspace(self) -> None:
        self._loaded = None
        super().write_workspace()

    def workspace(self) -> Workspace:
        if self._loaded is None:
            self._loaded = super().workspace()
        return self._loaded

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Read beside the engine, as any program may read the ledger."""
        with closing(sqlite3.connect(self.folder / self.ledger)) as c:
            return c.execute(sql, tuple(values)).fetchall()

    def run(self, job: str = "agree", *, allow: Mapping[str, str] | None = None, code: int = 0) -> Outcome:
        planned = self.plan(job, allowed=allow or {})
        return self.carry_out(planned, allow=allow, code=code)

    def carry_out(
        self, planned: Outcome, *, allow: Mapping[str, str] | None = None, code: int = 0, **options: Any
    ) -> Outcome:
        """Applies a plan -> its outcome with what was applied; its exit code is the worse of both."""
        done = self.apply(planned.plan, allowed=allow or {}, **options)
        planned.applied, planned.tripped = done.applied, done.tripped or planned.tripped
        planned.failures.update(done.failures)
        planned.code = planned.code or done.code
        assert planned.code == code, f"exit code {planned.code}: {planned.failures} {planned.tripped} {done.applied}"
        self.adds_up(planned)
        return planned

    def adds_up(self, outcome: Outcome) -> None:
        """R17 and I7."""
        assert outcome.applied is not None
        assert outcome.applied.balances()
        for name, n in outcome.read.items():
            assert n.get("read", 0) == sum(n.get(fate, 0) for fate, _ in FATES), f"{name}: {n}"
        assert {row[0] for row in self.rows("SELECT reason FROM absence")} <= {str(one) for one in Absent}
        both = self.rows(
            "SELECT a.entity FROM absence a JOIN link l ON l.entity = a.entity JOIN record r ON r.id = l.record_id "
            "WHERE r.table_id = a.table_id AND l.state = 'live'"
        )
        assert not both, "an entity with a live link has a reason for having none"

    # -------------------------------------------------------------------------- looking in

    def cell(self, source: str, key: str, column: str) -> tuple[str, str]:
        """Verdict and reason of a cell; ("agreed", "") where it is at rest."""
        sql = (
            "SELECT k.verdict, k.reason FROM cell k JOIN record r ON r.id = k.record_id "
            "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND r.key = ? AND k.field = ?"
        )
        found = self.rows(sql, (source, key, SHORT.get(column, column)))
        return (found[0][0], found[0][1]) if found else ("agreed", "")

    def state(self, source: str, key: str, column: str) -> Cell | None:
        """What is remembered of a cell that deviates."""
        sql = (
            "SELECT k.state FROM cell k JOIN record r ON r.id = k.record_id "
            "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND r.key = ? AND k.field = ?"
        )
        found = self.rows(sql, (source, key, SHORT.get(column, column)))
        return codec.load_cell(found[0][0], None) if found else None

    def verdict(self, source: str, key: str, column: str) -> str:
        return self.cell(source, key, column)[0]

    def link(self, source: str, key: str, part: str = "organisation") -> tuple[str, str]:
        """(entity, state) of a record's part; ("", "none") without a link."""
        sql = (
            "SELECT l.entity, l.state FROM link l JOIN record r ON r.id = l.record_id "
            "JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND r.key = ? AND l.part = ?"
        )
        found = self.rows(sql, (source, key, part))
        return (found[0][0], found[0][1]) if found else ("", "none")

    def absent(self, name: str, source: str) -> str:
        """Table 4's reason; "" where there is none."""
        sql = (
            "SELECT a.reason FROM absence a JOIN source_table t ON t.id = a.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND a.entity = ?"
        )
        found = self.rows(sql, (source, self.entity(name)))
        return found[0][0] if found else ""

    def marked(self, name: str, source: str) -> bool:
        sql = (
            "SELECT m.why FROM mark m JOIN source_table t ON t.id = m.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND m.entity = ?"
        )
        return bool(self.rows(sql, (source, self.entity(name))))

    def holds(self) -> list[tuple[str, str]]:
        """(why, state) of every removal that waits or waited."""
        return [(row[0], row[1]) for row in self.rows("SELECT why, state FROM hold ORDER BY opened_run")]

    def questions(self, *sorts: str) -> list[asked.Asked]:
        with self.session() as session, session.ledger.transaction() as c:
            return asked.open_questions(session.ledger, c, sorts)

    def ref(self, source: str, key: str, part: str = "organisation") -> str:
        sql = (
            "SELECT r.id FROM record r JOIN source_table t ON t.id = r.table_id JOIN source s ON s.id = t.source "
            "WHERE s.name = ? AND r.key = ?"
        )
        (found,) = self.rows(sql, (source, key))
        return ref_of(found[0], part)

    def plan_of(self, job: str = "agree", **options: Any) -> list[tuple[str, str, dict[str, Any]]]:
        """A plan's changes: (source, operation, columns to write)."""
        planned = self.plan(job, **options)
        sql = (
            "SELECT s.name, p.op, p.after FROM plan_change p JOIN source_table t ON t.id = p.table_id "
            "JOIN source s ON s.id = t.source WHERE p.plan = ? ORDER BY p.seq"
        )
        return [(row[0], row[1], codec.load_raw(row[2])) for row in self.rows(sql, (planned.plan,))]

    # -------------------------------------------------------------------------- stewards

    def decide(
        self,
        name: str,
        column: str,
        value: Value,
        shown: Mapping[tuple[str, str], Value | Damaged],
        *,
        of: tuple[str, str] | None = None,
        word: str = "value",
    ) -> None:
        """A field decision. shown: (source, key) → what the person was shown there. of: whose value it is."""
        entity = self.entity(name)
        refs = {self.ref(*spot): said for spot, said in shown.items()}
        chosen = self.ref(*of) if of else next((r for r, v in refs.items() if v == value), "")
        content = field_content(SHORT.get(column, column), word, value, chosen, refs)
        self._append(Sort.FIELD, content, entity)

    def same(self, one: tuple[str, str], two: tuple[str, str]) -> None:
        self._pair(one, two, same=True)

    def different(self, one: tuple[str, str], two: tuple[str, str]) -> None:
        self._pair(one, two, same=False)

    def _pair(self, one: tuple[str, str], two: tuple[str, str], *, same: bool) -> None:
        refs = sorted([_short(self.ref(*one)), _short(self.ref(*two))])
        with self.session() as session, session.ledger.transaction() as c:
            pairs.keep_apart(session.ledger, c, [(refs[0], refs[1])], same=same)
        self._append(Sort.SAME if same else Sort.DIFFERENT, {"refs": refs}, None)

    def answer(self, sort: str, answer: str) -> int:
        """Answers every open question of a sort as a steward does -> how many."""
        open_ones = self.questions(sort)
        for one in open_ones:
            with self.session() as session:
                said = decide(session, str(one.id), answer, by="steward")
                assert said.code == 0, said
        return len(open_ones)

    def answer_subject(self, answer: str, *, entity: str | None = None) -> None:
        """Answers the one open question of whom a record speaks: same, or other (of `entity`, or of a new one)."""
        (one,) = self.questions("subject")
        content = {"ref": one.content["ref"], "answer": answer, "entity": entity, "name": one.content["name"]}
        self._append(Sort.SUBJECT, content, one.entity)
        with self.session() as session, session.ledger.transaction() as c:
            asked.close(session.ledger, c, [one.id])

    def _append(self, sort: Sort, content: Mapping[str, object], entity: str | None) -> None:
        with self.session() as session, session.ledger.transaction() as c:
            append(session.ledger, c, sort=sort, content=content, entity=entity, by="steward", at=self.now)

    def undo(self, number: int | None = None, *, allow: Mapping[str, str] | None = None) -> Outcome:
        """Takes back a run, the newest without a number -> the plan's outcome, applied."""
        self.tick()
        with self.session() as session:
            made = make_undo(session, number)
        return self.carry_out(made, allow=allow)

    def last_run(self) -> int:
        return int(self.rows("SELECT MAX(id) FROM run WHERE sort = 'apply'")[0][0])


def _short(ref: str) -> str:
    """A ref as decisions about pairs name it: without the padding."""
    number, _, part = ref.partition(":")
    return f"{int(number)}:{part}"


FORMAL = Side(formal=True)
OFF_BOOK = Side()


def two(folder: Any, crm: Side = FORMAL, book: Side = OFF_BOOK, **config: Any) -> Stage:
    """A formal CRM and a salesperson's book."""
    return Stage(folder, {"crm": crm, "book": book}, **config)


def shared(
    world: Stage, sources: Sequence[str] = ("crm", "book"), name: str = YURUN, **values: str | None
) -> list[str]:
    """One customer whom all these sources know and agree about -> his keys; the run that links them is over."""
    keys = [world.add(source, name, **values) for source in sources]
    world.run()
    return keys


def asks(*names: str, **more: Any) -> dict[str, Any]:
    """kinds: of a workspace in which these fields are protected."""
    return {"organisation": {"fields": {name: {"survive": "ask", **more} for name in names}}}
