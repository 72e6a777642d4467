"""Do several writers write each change once, in order, and leave a journal that can be gone on with? (R10c, R14, R15)"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import rates
from connectors.contract import Capabilities, Change, Check, Op, Pace, Receipt, Repeat, RetryLater, Stopped
from connectors.gate import RunGate, VirtualClock
from connectors.memory import BEST, Died, Memory
from connectors.registry import KNOWN, spec
from connectors.vault import FileVault
from sandbox.command import started
from sandbox.server import Trouble
from sync.run import Outcome, Session, apply_plan, make_plan, open_session
from sync.tables import open_source
from sync.workspace import load
from sync.writing import several
from sync.writing.batch import Applied, Batch, Sent
from sync.writing.several import Writers, needed
from tests.engine import Side, World

WIDE = replace(
    BEST, paces=(Pace("store", 10_000, 1.0),), writers=4, page=100, checks={}, repeat=Repeat.CHOSEN,
    batch={Op.CREATE: 3, Op.UPDATE: 3, Op.DELETE: 3},
)  # fmt: skip
LONG = 20.0
COUNT = 33


class Stage:
    """The memory connector, written by one thread at a time inside and by several outside: `together` are let in only
    when so many are there. At write number `at`, `trouble` happens. overlap: the most that were under way at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.together, self.at, self.trouble = 1, 0, list[Any]()
        self.writes, self.under_way, self.overlap = 0, 0, 0
        self.calls: list[tuple[str, Op, tuple[str, ...]]] = []
        self.opened: set[int] = set()
        self.lock = threading.Condition(threading.RLock())
        self._write, self._fetch, self._find = Memory.write, Memory.fetch, Memory.find
        stage = self
        monkeypatch.setattr(Memory, "write", lambda memory, table, changes: stage.write(memory, table, changes))
        for name in ("fetch", "find"):
            asked = getattr(Memory, name)
            monkeypatch.setattr(Memory, name, lambda *given, asked=asked: stage.read(asked, *given))
        monkeypatch.setattr(several, "needed", lambda can, seconds, left: min(can.writers, left))

    def read(self, asked: Any, *given: Any) -> Iterator[Any]:
        with self.lock:
            yield from list(asked(*given))

    def write(self, memory: Memory, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        with self.lock:
            self.writes += 1
            number = self.writes
            self.opened.add(id(memory))
            self.calls.append((table, changes[0].op, tuple(str(one.after.get("code")) for one in changes)))
            self.under_way += 1
            self.overlap = max(self.overlap, self.under_way)
            self.lock.notify_all()
            if number > 2:
                self.lock.wait_for(lambda: self.overlap >= self.together, LONG)
            try:
                if number == self.at and self.trouble:
                    done = list(self._write(memory, table, changes[:1]))
                    yield from done[: 0 if isinstance(self.trouble[0], Died) else 1]
                    raise self.trouble[0]
                done = list(self._write(memory, table, changes))
            finally:
                self.under_way -= 1
        yield from done


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def world_of(folder: Path, count: int = COUNT, **can: Any) -> World:
    made = World(folder, {"crm": Side(formal=True, create=True, can=replace(WIDE, **can)), "book": Side()})
    for n in range(count):
        made.add("book", f"客户{n}号公司", f"C{n}", a=f"a{n}")
    return made


def codes(world: World) -> Counter[str]:
    return Counter(str(values["code"]) for values in world.table("crm").all().values())


def applied(world: World) -> Outcome:
    planned = world.plan()
    return world.apply(planned.plan)


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "offbook-writer" and one.is_alive()]


# ------------------------------------------------------------------------------ how many


@pytest.mark.parametrize(
    ("seconds", "batches", "count"),
    [(0.01, 1000, 1), (0.2, 1000, 2), (0.5, 1000, 3), (1.5, 1000, 9), (60.0, 1000, 10), (60.0, 7, 2), (60.0, 3, 1)],
)
def test_as_many_write_as_the_rate_needs_and_no_more(seconds: float, batches: int, count: int) -> None:
    can = Capabilities(paces=(Pace("a", 5, 1.0), Pace("day", 1000, 86_400.0), Pace("r", 1, 1.0, "read")), writers=10)
    assert needed(can, seconds, batches) == count


def test_without_a_rate_or_where_one_writer_is_declared_there_is_one() -> None:
    rate = (Pace("a", 5, 1.0),)
    assert needed(Capabilities(paces=rate), 9.0, 100) == 1
    assert needed(Capabilities(writers=10), 9.0, 100) == 1


def test_who_says_that_several_may_write() -> None:
    said = {name: spec(name).best.writers for name in KNOWN}
    assert all(said[name] > 1 for name in ("airtable", "fxiaoke", "hubspot"))
    alone = {name for name in KNOWN if 0 in spec(name).best.batch.values()} | {"feishu_bitable", "google_sheets", "sql"}
    assert {said[name] for name in alone} == {1}, (
        "a base of Feishu takes one write at a time, and a file is written whole"
    )


@pytest.mark.parametrize(
    "can", [{"writers": 1}, {"batch": {Op.CREATE: 0}}, {"page": 0}, {"checks": {Op.CREATE: Check.RECORD}}]
)
def test_some_are_never_written_by_several(tmp_path: Path, stage: Stage, can: dict[str, Any]) -> None:
    world = world_of(tmp_path, **can)
    assert applied(world).code == 0
    assert len(stage.opened) == 1
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})


# ------------------------------------------------------------------------------ what they do


def test_several_write_at_once_and_everything_once(tmp_path: Path, stage: Stage) -> None:
    stage.together = 4
    world = world_of(tmp_path)
    outcome = applied(world)
    assert stage.overlap == 4
    assert len(stage.opened) == 4
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})
    assert outcome.applied is not None
    assert outcome.applied.done == COUNT
    assert outcome.applied.balances()
    assert not threads()
    assert world.plan().header["changes"] == 0


def test_changes_of_one_customer_or_record_do_not_overtake_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    started = threading.Event()

    def intend(_run: Any, table: Any, op: Op, rows: Any, *_: Any) -> Batch:
        order.append(f"<{rows[0].seq}")
        if rows[0].entity == "D":
            started.set()
        return Batch(table, op, {str(one.seq): one for one in rows}, ())

    def send(_run: Any, _table: Any, batch: Batch) -> Sent:
        assert "0" not in batch.rows or started.wait(LONG), "the first is not answered before the last is given out"
        return Sent(batch)

    def take(_run: Any, sent: Sent, *_: Any) -> None:
        order.append(">" + next(iter(sent.batch.rows)))

    for name, stand_in in (("intend", intend), ("send", send), ("take", take)):
        monkeypatch.setattr(several, name, stand_in)
    run: Any = SimpleNamespace(progress=lambda *_: None)
    table: Any = SimpleNamespace(name="t", connector=None)
    who = [("A", 1), ("B", 2), ("C", 2), ("B", 3), ("D", 4), ("A", 5), ("E", 1)]
    rows: Any = [[SimpleNamespace(seq=n, entity=entity, record_id=id_)] for n, (entity, id_) in enumerate(who)]
    together = several._Together(Writers(run, {}, Applied()), table, Op.UPDATE, [table, table])
    together.write(rows)
    at = order.index
    assert at(">1") < at("<2"), "the same record"
    assert at(">1") < at("<3"), "the same customer"
    assert at(">0") < at("<5") < at("<6")
    assert at("<4") < at(">0"), "others meanwhile"
    assert len(order) == 14


# ------------------------------------------------------------------------------ when something fails


def test_where_one_fails_the_others_are_taken_in_and_nothing_more_is_sent(tmp_path: Path, stage: Stage) -> None:
    stage.together, stage.at, stage.trouble = 3, 5, [RetryLater("busy")]
    world = world_of(tmp_path)
    outcome = applied(world)
    assert isinstance(outcome.failures["crm"], RetryLater)
    assert stage.writes <= 8, "what was under way, and no more"
    assert outcome.applied is not None
    assert outcome.applied.done == sum(codes(world).values()) < COUNT
    assert outcome.applied.balances()
    assert not threads()
    stage.trouble.clear()
    world.settles(2)
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})


def test_a_stop_outweighs_other_troubles_and_passes_through(tmp_path: Path, stage: Stage) -> None:
    stage.together, stage.at, stage.trouble = 3, 5, [Stopped("told to stop")]
    world = world_of(tmp_path)
    planned = world.plan()
    with pytest.raises(Stopped):
        world.apply(planned.plan)
    assert not threads()
    stage.trouble.clear()
    again = world.apply(planned.plan)
    assert again.applied is not None
    world.settles(2)
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})


@pytest.mark.parametrize(("at", "repeat"), [(3, Repeat.CHOSEN), (9, Repeat.CHOSEN), (6, Repeat.FIND)])
def test_whoever_is_killed_amid_several_leaves_nothing_twice_and_nothing_lost(
    tmp_path: Path, stage: Stage, at: int, repeat: Repeat
) -> None:
    stage.together, stage.at, stage.trouble = 3, at, [Died("killed")]
    world = world_of(tmp_path, repeat=repeat)
    planned = world.plan()
    with pytest.raises(Died):
        world.apply(planned.plan)
    assert not threads()
    stage.trouble.clear()
    world.tick(minutes=10)
    world.settles(2)
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})


def test_where_no_other_can_be_opened_one_goes_on(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(tmp_path)
    planned = world.plan()

    def refuse(*_: object) -> None:
        raise RetryLater("no more sessions")

    with world.session() as session:
        begin = itertools.count()
        real = open_source
        monkeypatch.setattr("sync.run.open_source", lambda *a: real(*a) if next(begin) < 2 else refuse())
        done = apply_plan(session, planned.plan, by="tester")
    assert done.code == 0
    assert len(stage.opened) == 1
    assert codes(world) == Counter({f"C{n}": 1 for n in range(COUNT)})


# ------------------------------------------------------------------------------ over the network


@pytest.mark.parametrize("vendor", ["airtable", "hubspot", "fxiaoke"])
def test_several_connectors_over_http_write_everything_once_with_troubles_on_the_way(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "needed", lambda can, seconds, left: min(can.writers, left))
    made: list[object] = []

    class Noted(several._Writer):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    monkeypatch.setattr(several, "_Writer", Noted)
    example, spec_ = started(vendor, 0), rates.VENDORS[vendor]
    fake: Any = example.fake
    fake.rates = ()  # the clock of the gate only moves when somebody waits; benchmarks/rates.py tries them in real seconds
    given = {"source": example.source, "mappings": example.mappings}
    rates.lay_out(tmp_path / "w", vendor, given, spec_)
    count = 8 * spec_.batch
    rates.fill_book(tmp_path / "w", count)
    for name, value in example.secrets.items():
        monkeypatch.setenv(name, value)
    method, path = spec_.write
    with fake:
        for what in (Trouble.TOO_FAST, Trouble.LOST, Trouble.BROKEN_AFTER):
            with _session(tmp_path / "w") as session:
                planned = make_plan(session, "agree")
            for _ in range(4):
                fake.order(Trouble.SLOW, method, path)  # these pass
            fake.order(what, method, path)
            with _session(tmp_path / "w") as session:
                apply_plan(session, planned.plan, by="tester")
        with _session(tmp_path / "w") as session:
            assert make_plan(session, "agree").header["changes"] == 0
    assert len(made) > 2
    assert not threads()
    written = Counter(name for name in shown(vendor, fake) if name in set(rates.names(count)))
    assert written == Counter(dict.fromkeys(rates.names(count), 1))


def shown(vendor: str, fake: Any) -> list[str]:
    """The names of all companies that are there."""
    if vendor == "airtable":
        return [one.cells["fldCompanyName001"] for one in fake.bases["appSandbox0000001"].tables[0].records.values()]
    if vendor == "hubspot":
        return [str(one.values["name"]) for one in fake.objects["companies"].rows.values()]
    return [row["name"] for row in fake.things["AccountObj"].rows.values()]


@contextmanager
def _session(folder: Path) -> Iterator[Session]:
    clock = VirtualClock(datetime.now(UTC) + timedelta(hours=1))
    vault = FileVault(folder / "offbook.vault.json")
    session = open_session(load(folder), gate=RunGate(clock=clock), vault=vault)
    try:
        yield session
    finally:
        session.close()
