"""One ledger and one writer; restored copies; erasure (RULES R12, R13, R21, R22)"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from connectors.contract import OffbookError, Op, Stopped
from connectors.memory import Fault
from sync import run as running
from sync.erase.act import erase
from sync.errors import StalePlan
from sync.ledger import codec, lease, restoring, staging
from sync.safe.backup import backup
from sync.safe.restore import restore
from tests.engine import Side
from tests.histories.stage import FANGYUAN, FORMAL, OFF_BOOK, QIMING, TIANHE, YURUN, Stage, asks, let_go, shared, two

CRM = Side(formal=True, create=True)
NAMES = [YURUN, TIANHE, FANGYUAN, QIMING, *(f"杭州{n}号茶业有限公司" for n in "一二三四五六七八")]


def test_r12_restored_sheet(tmp_path: Path) -> None:
    """Many values back to what golden once held: an old copy of the sheet. It is silenced until a person answers."""
    world = two(tmp_path)
    crm = {name: world.add("crm", name, a="old") for name in NAMES}
    book = {name: world.add("book", name, a="old") for name in NAMES}
    world.run()
    for key in crm.values():
        world.edit("crm", key, a="new")
    world.run()
    assert all(world.shows("book", key, "a") == "new" for key in book.values())
    for key in book.values():
        world.edit("book", key, a="old")
    for _ in range(2):
        outcome = world.run(code=5)
        assert outcome.silenced == {"book": "restored"}
        assert all(world.shows("crm", key, "a") == "new" for key in crm.values())
        assert all(world.golden(name, "a") == "new" for name in NAMES[:2])
    for key in book.values():  # the right copy is put back
        world.edit("book", key, a="new")
    world.run()
    world.settles()
    assert world.losers(YURUN) == []


def test_r12_shifted_columns(tmp_path: Path) -> None:
    """One column's values were pasted over another's: nothing of it is heard until a person says so."""
    world = two(tmp_path)
    crm = [world.add("crm", name, a=f"a{n}", b=f"b{n}") for n, name in enumerate(NAMES)]
    book = [world.add("book", name, a=f"a{n}", b=f"b{n}") for n, name in enumerate(NAMES)]
    world.run()
    for n, key in enumerate(book):
        world.edit("book", key, b=f"a{n}")
    for _ in range(2):
        outcome = world.run(code=5)
        assert outcome.silenced == {"book": "shifted"}
        assert [world.shows("crm", key, "b") for key in crm] == [f"b{n}" for n in range(len(NAMES))]
    world.run(allow={"book:shifted": ""})
    assert [world.shows("crm", key, "b") for key in crm] == [f"a{n}" for n in range(len(NAMES))]
    world.settles()


def test_r12_phones_that_are_none_any_more(tmp_path: Path) -> None:
    """Something else stands in the column of phones of most records; of a few it is their own business."""
    sides = replace(FORMAL, phones=1), replace(OFF_BOOK, phones=1)
    world = two(tmp_path, *sides)
    for n, name in enumerate(NAMES):
        world.add("crm", name, p1=f"1380013800{n % 10}")
    book = [world.add("book", name, p1=f"1380013800{n % 10}") for n, name in enumerate(NAMES)]
    world.run()
    for key, person in zip(book[:9], "赵钱孙李周吴郑王冯", strict=True):
        world.edit("book", key, p1=f"{person}经理")
    assert world.plan().silenced == {}
    for key, person in zip(book[9:], "陈褚卫", strict=True):
        world.edit("book", key, p1=f"{person}经理")
    assert world.plan().silenced == {"book": "shifted"}


def test_r12_many_edits_are_no_shift(tmp_path: Path) -> None:
    """A yes for a no in all records is what another column says, too; new texts stand nowhere else."""
    world = two(tmp_path)
    for name in NAMES:
        world.add("crm", name, a="no", b="yes")
    book = [world.add("book", name, a="no", b="yes") for name in NAMES]
    world.run()
    for key in book:
        world.edit("book", key, a="yes")
    world.run()
    for n, key in enumerate(book):
        world.edit("book", key, b=f"new text {n}")
    world.run()
    world.settles()


def test_r12_restored_sheet_let_through(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm = {name: world.add("crm", name, a="old") for name in NAMES}
    book = {name: world.add("book", name, a="old") for name in NAMES}
    world.run()
    for key in crm.values():
        world.edit("crm", key, a="new")
    world.run()
    for key in book.values():
        world.edit("book", key, a="old")
    world.run(code=5)
    world.run(allow={"book:restored": ""})
    assert all(world.shows("crm", key, "a") == "old" for key in crm.values()), "somebody said that it is meant"
    world.settles()


def test_r21c_restored_ledger(tmp_path: Path, plain_ledger: None) -> None:
    """First link for everything; creates wait for one complete run; nothing twice, nothing overwritten, nothing deleted."""
    world = two(tmp_path, CRM)
    crm, book = shared(world, a="one", b="same")
    world.tick()
    with world.session() as session:
        backup(session, world.folder / "copy.db", by="steward")
    world.edit("crm", crm, a="two")
    made = world.add("book", TIANHE, a="made after the backup")
    world.run()
    assert len(world.keys("crm", TIANHE)) == 1
    world.edit("book", book, a="typed while the ledger was lost")
    world.tick()
    restore(world.workspace(), world.folder / "copy.db", by="steward", clock=lambda: world.now)
    for _ in range(3):
        world.run()
        assert len(world.keys("crm", TIANHE)) == 1
        assert len(world.keys("crm", YURUN)) == 1
    assert world.shows("crm", crm, "a") == "two"
    assert world.shows("book", book, "a") == "typed while the ledger was lost", "nothing that a person typed"
    assert world.link("book", made)[0] == world.link("crm", world.keys("crm", TIANHE)[0])[0]
    world.settles()


def test_r21c_lost_ledger(tmp_path: Path) -> None:
    """Assume nothing, create nothing twice, delete nothing."""
    world = two(tmp_path, CRM)
    crm, book = shared(world, a="one")
    world.add("book", TIANHE, a="x")
    world.run()
    world.edit("crm", crm, a="two")
    let_go()
    for path in world.folder.glob("offbook.db*"):
        path.unlink()
    world.run()
    world.run()
    assert [len(world.keys("crm", name)) for name in (YURUN, TIANHE)] == [1, 1]
    assert [len(world.keys("book", name)) for name in (YURUN, TIANHE)] == [1, 1]
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("two", "one")
    world.settles()


def test_r21b_a_lease_taken_over_from_a_sleeping_process(tmp_path: Path) -> None:
    """A process sleeps in its apply until its lease is over; another takes it over; when the first wakes it commits
    nothing and sends nothing more."""
    world = two(tmp_path)
    names = NAMES[:3]
    crm = {name: world.add("crm", name, a="old") for name in names}
    book = {name: world.add("book", name, a="old") for name in names}
    world.run()
    for key in crm.values():
        world.edit("crm", key, a="new")
    planned = world.plan()
    taken: list[lease.Lease] = []

    def sleeps() -> None:
        """While it sleeps its time runs out, and another run begins."""
        world.now += timedelta(seconds=10 * lease.SECONDS)
        with world.session() as session, patch.object(lease, "_is_alive", return_value=False):
            taken.append(lease.take(session.ledger, clock=lambda: world.now, what="another run"))
            taken[0].rest()

    world.stores["book"].fault(Fault.BEFORE, table="main", op=Op.UPDATE, do=sleeps)
    with pytest.raises((Stopped, OffbookError)):
        world.apply(planned.plan)
    with world.session() as session:  # the other run ends
        lease.Lease(session.ledger, taken[0].number, taken[0].holder, lambda: world.now).release()
    world.tick(hours=3)
    world.run()
    world.settles()
    assert all(world.shows("book", key, "a") == "new" for key in book.values())
    assert world.losers(YURUN) == []


def test_r0_decision_while_a_run_is_writing(tmp_path: Path) -> None:
    """Appended without the lease, taken up at the next merge: what this run writes is neither stopped nor mixed up."""
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old", b="old")
    world.edit("crm", crm, a="x", b="new")
    world.edit("book", book, a="y")
    planned = world.plan()
    shown = {("crm", crm): "x", ("book", book): "y"}
    world.stores["book"].fault(
        Fault.BEFORE, table="main", op=Op.UPDATE, do=lambda: world.decide(YURUN, "a", "y", shown)
    )
    world.carry_out(planned)
    assert world.shows("book", book, "b") == "new"
    assert (world.shows("crm", crm, "a"), world.shows("book", book, "a")) == ("x", "y")
    world.run()
    assert world.shows("crm", crm, "a") == world.golden(YURUN, "a") == "y"
    assert ("a", "x") in world.losers(YURUN)
    world.settles()


def test_r13b_decision_between_plan_and_apply_makes_its_entity_stale(tmp_path: Path) -> None:
    world = two(tmp_path, kinds=asks("a"))
    crm, book = shared(world, a="old", b="old")
    other, there = world.add("crm", TIANHE, b="old"), world.add("book", TIANHE, b="old")
    world.run()
    world.edit("crm", crm, a="x", b="new")
    world.edit("book", book, a="y")
    world.edit("crm", other, b="new")
    planned = world.plan()
    world.tick()
    world.decide(YURUN, "a", "y", {("crm", crm): "x", ("book", book): "y"})
    world.carry_out(planned, code=6)
    assert world.shows("book", book, "b") == "old", "not sent: stale"
    assert world.shows("book", there, "b") == "new", "the others go on"
    world.run()
    assert world.shows("book", book, "b") == "new"
    assert world.shows("crm", crm, "a") == "y"
    world.settles()


def test_r13b_a_changed_mapping_refuses_the_plan(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.sides["book"] = Side(fields=("a",))
    world.write_workspace()
    with pytest.raises(StalePlan):
        world.apply(planned.plan)
    assert world.shows("book", book, "a") == "old"


def test_r13b_an_old_plan_is_refused(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.tick(days=2)
    with pytest.raises(StalePlan):
        world.apply(planned.plan)
    assert world.shows("book", book, "a") == "old"


def test_r13c_a_change_is_done_once(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, book = shared(world, a="old")
    world.edit("crm", crm, a="new")
    planned = world.plan()
    world.carry_out(planned)
    world.edit("book", book, a="typed since")
    with suppress(StalePlan):
        world.apply(planned.plan)
    assert world.shows("book", book, "a") == "typed since"


def test_r12_the_first_apply_is_a_persons(tmp_path: Path) -> None:
    """The scheduler never makes the first apply to a destination."""
    job = {"agree": {"push": ["crm", "book"], "review": "questions"}}
    world = two(tmp_path, jobs=job)
    world.add("crm", YURUN, a="x")
    book = world.add("book", YURUN)
    planned = world.plan()
    world.carry_out(planned, code=5, by="", unattended=True)
    assert world.shows("book", book, "a") is None
    world.run()
    assert world.shows("book", book, "a") == "x"


def test_r22_erase_then_the_old_list_again(tmp_path: Path) -> None:
    """Dropped and counted before it is staged, whoever brings it back."""
    world = Stage(tmp_path, {"crm": Side(formal=True, phones=1, create=True), "book": Side(phones=1)})
    crm = world.add("crm", YURUN, "C1", p1="13801774455", a="x")
    book = world.add("book", YURUN, "C1", p1="13801774455", a="x")
    world.add("crm", TIANHE)
    world.add("book", TIANHE)
    world.run()
    entity = world.entity(YURUN)
    world.tick()
    with world.session() as session:
        erase(session, entity, by="steward")
    world.table("crm").remove(crm)
    world.table("book").remove(book)
    world.run()
    again = world.add("book", YURUN, "C1", p1="13801774455", a="the old list")
    for _ in range(2):
        world.run()
        assert world.keys("crm", YURUN) == []
    assert all(values.get("name") != YURUN for values in world.entities().values())
    assert world.link("book", again)[1] == "none"


def test_r13c_a_plan_that_was_sent_to_its_end_is_not_abandoned(tmp_path: Path) -> None:
    """Killed after the last write and before it was closed; then the ledger was restored, or erased from."""
    world = two(tmp_path)
    crm, _ = shared(world, a="old")
    world.edit("crm", crm, a="new")
    outcome = world.run()
    with world.session() as session, session.ledger.transaction() as c:
        session.ledger.do(c, "UPDATE plan SET state = 'applying' WHERE id = ?", (outcome.plan,))
        restoring.begin_again(session.ledger, c, restoring.Numbers(), {}, {}, world.now)
    assert world.rows("SELECT state FROM plan WHERE id = ?", (outcome.plan,)) == [("applied",)]


def test_r13c_a_plan_of_which_something_was_left_is_abandoned_when_somebody_is_erased(tmp_path: Path) -> None:
    world = two(tmp_path)
    crm, _ = shared(world, a="old")
    other = world.add("crm", TIANHE, a="x")
    world.add("book", TIANHE, a="x")
    world.run()
    world.edit("crm", crm, a="new")
    world.edit("crm", other, a="new")
    half = world.plan()
    world.carry_out(half, limit=1)
    done = world.rows("SELECT state FROM plan WHERE id < ?", (half.plan,))
    with world.session() as session:
        erase(session, world.entity(TIANHE), by="tester")
    assert world.rows("SELECT state FROM plan WHERE id < ?", (half.plan,)) == done
    assert world.rows("SELECT state FROM plan WHERE id = ?", (half.plan,)) == [("abandoned",)]


def test_r2b_a_listing_of_changes_tells_of_its_own_keys_only(tmp_path: Path) -> None:
    """What it did not show stays put apart; of what it showed the newest reading holds."""
    world = two(tmp_path)
    shared(world)
    ((table,),) = world.rows("SELECT MIN(id) FROM source_table")
    with world.session() as session, session.ledger.transaction() as c:
        both = [("k1", "repeated key", b"{}"), ("k2", "repeated key", b"{}"), ("k2", "repeated key", b"{}")]
        staging.set_quarantine(session.ledger, c, table, 1, both)
        staging.set_quarantine(session.ledger, c, table, 2, both[1:2], only={"k2"})
    assert world.rows('SELECT "key", run FROM quarantine ORDER BY "key"') == [("k1", 1), ("k2", 2)]


def test_r17_a_run_that_was_stopped_remembers_what_it_did(tmp_path: Path) -> None:
    world = two(tmp_path)
    keys = shared(world, a="old"), [world.add(source, TIANHE, a="old") for source in ("crm", "book")]
    world.run()
    for crm, _ in keys:
        world.edit("crm", crm, a="new")
    planned = world.plan()

    def stop(what: str, _done: int, _all: int) -> None:
        if what.startswith("write"):
            raise Stopped("told to stop")

    with world.session() as session:
        session.progress = stop
        with pytest.raises(Stopped):
            running.apply_plan(session, planned.plan, by="tester")
    ((kept,),) = world.rows("SELECT outcome FROM run ORDER BY id DESC LIMIT 1")
    applied = codec.load(kept)["applied"]
    assert (applied["planned"], applied["done"], applied["not_sent"]) == (2, 1, {"stopped": 1})
    assert applied["balances"]
    world.settles()
