"""The ledger is copied, brought back, and recognised as an old copy (RULES R21c; table 2, "ledger restored")."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import ConfigError
from sync.erase.act import erase
from sync.errors import LedgerBusy, LedgerError, StalePlan
from sync.ledger import audit, restoring
from sync.ledger.lease import take
from sync.run import apply_plan, make_plan
from sync.safe.backup import BackedUp, backup
from sync.safe.restore import Restored, accept, inspect, restore
from sync.workspace import load
from tests.engine import Side, World
from tests.postgres import without_secret


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    made.add("crm", "北京方圆", "C-1", a="old")
    made.add("book", "北京方圆", "C-1", a="old", b="from the book")
    made.run()
    made.settles()
    return made


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def saved(world: World, name: str = "copy.db") -> BackedUp:
    world.tick()
    with world.session() as session:
        return backup(session, world.folder / name, by="王芳")


def back(world: World, name: str = "copy.db") -> Restored:
    world.tick()
    return restore(load(world.folder), world.folder / name, by="王芳", clock=lambda: world.now)


def key(world: World, source: str, name: str) -> str:
    (found,) = world.keys(source, name)
    return found


def meta(world: World, name: str) -> str:
    with world.session() as session, session.ledger.transaction() as c:
        return session.ledger.get(c, name)


# ------------------------------------------------------------------------------ a copy


def test_a_backup_is_whole_private_and_remembered(world: World) -> None:
    made = saved(world)
    path = world.folder / "copy.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.records == 2
    assert made.size == path.stat().st_size
    with world.session() as session:
        with session.ledger.transaction() as c:
            assert [codec_event(one.what) for one in audit.entries(session.ledger, c)][-1] == "backup"
        entity = world.entity("北京方圆")
        world.tick()
        assert str(path) in erase(session, entity, by="王芳").copies


def codec_event(what: str) -> str:
    return what.split('"event":"')[1].split('"')[0]


def test_a_backup_never_overwrites_and_leaves_nothing_half(world: World) -> None:
    (world.folder / "copy.db").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        saved(world)
    assert (world.folder / "copy.db").read_text() == "mine"
    assert not list(world.folder.glob("*.part"))
    with pytest.raises(ConfigError, match="no folder"):
        saved(world, "nowhere/copy.db")


def test_a_backup_can_be_made_while_a_run_holds_the_ledger(world: World) -> None:
    with world.session() as session:
        lease = take(session.ledger, clock=lambda: world.now, what="sync")
        assert backup(session, world.folder / "copy.db", by="").records == 2
        lease.release()


# ------------------------------------------------------------------------------ brought back


def test_a_restore_goes_on_with_the_numbers_of_the_ledger_that_is_left(world: World) -> None:
    saved(world)
    world.edit("crm", key(world, "crm", "北京方圆"), a="newer")
    last = world.run().run
    found = inspect(load(world.folder), world.folder / "copy.db")
    assert found.later is not None
    assert found.later > 0
    done = back(world)
    assert done.run > last
    assert int(meta(world, "epoch")) == done.epoch == 1
    assert world.run().run > done.run
    aside = Path(done.aside)
    assert aside.exists()
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT MAX(id) FROM run").fetchone()[0] >= last
    assert not list(world.folder.glob("*.restoring*"))
    with world.session() as session, session.ledger.transaction() as c:
        assert audit.verify(session.ledger, c).broken == 0


def test_after_a_restore_everything_is_linked_for_the_first_time_and_nothing_typed_is_overwritten(world: World) -> None:
    """R21c: both moved on since the backup; nothing of that is known, so nothing is written over it."""
    saved(world)
    world.edit("crm", key(world, "crm", "北京方圆"), a="newer")
    world.run()
    world.settles()
    world.edit("book", key(world, "book", "北京方圆"), b="typed since")
    back(world)
    planned = world.run()
    assert planned.header["changes"] == 0
    assert world.shows("crm", key(world, "crm", "北京方圆"), "a") == "newer"
    assert world.shows("book", key(world, "book", "北京方圆"), "b") == "typed since"
    world.settles()
    assert world.verdicts("crm", key(world, "crm", "北京方圆"))["a"] == "kept"


def test_what_still_agrees_after_a_restore_goes_on_as_before(world: World) -> None:
    saved(world)
    back(world)
    world.run()
    world.edit("crm", key(world, "crm", "北京方圆"), a="typed after")
    world.settles()
    assert world.shows("book", key(world, "book", "北京方圆"), "a") == "typed after"


def test_creates_wait_for_one_complete_run_of_all_sources(world: World) -> None:
    saved(world)
    back(world)
    world.add("book", "上海宇润", "C-2", a="new")
    first = world.run()
    assert not world.keys("crm", "上海宇润")
    said: Any = first.header
    assert ["crm", "picture not current", 1] in said["absences"]
    assert "restored" in [code for _, code, _, _ in said["findings"]]
    world.run()
    assert world.keys("crm", "上海宇润")
    world.settles()


def test_a_plan_that_is_only_made_does_not_end_the_waiting(world: World) -> None:
    saved(world)
    back(world)
    world.add("book", "上海宇润", "C-2")
    for _ in range(2):
        world.tick()
        with world.session() as session:
            assert make_plan(session, "agree").header["changes"] == 0
    with world.session() as session, session.ledger.transaction() as c:
        assert restoring.restored_in(session.ledger, c)


def test_a_plan_from_before_is_refused(world: World) -> None:
    world.add("book", "上海宇润", "C-2")
    world.tick()
    with world.session() as session:
        plan = make_plan(session, "agree").plan
    saved(world)
    back(world)
    with world.session() as session, pytest.raises(StalePlan):
        apply_plan(session, plan, by="王芳")


def test_who_was_erased_since_the_backup_stays_away(world: World) -> None:
    world.add("book", "上海宇润科技", "C-9", a="secret note")
    world.run()
    saved(world)
    entity = world.entity("上海宇润科技")
    world.tick()
    with world.session() as session:
        erase(session, entity, by="王芳")
    (world.folder / "copy.db").rename(world.folder / "elsewhere.bin")
    done = back(world, "elsewhere.bin")
    assert done.erased == 1
    assert b"secret note" not in (world.folder / "offbook.db").read_bytes()
    world.run()
    assert "上海宇润科技" not in [values.get("name") for values in world.entities().values()]


def test_a_ledger_on_a_server_is_saved_and_brought_back_by_the_servers_own_tools(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: what is told instead, and how the ledger goes on once its tools have brought it back."""
    world = World(
        tmp_path,
        {"crm": Side(formal=True, create=True), "book": Side()},
        ledger=without_secret(postgres_url, monkeypatch),
    )
    world.add("book", "北京方圆", "C-1", a="x")
    world.run()
    with pytest.raises(ConfigError, match="pg_dump"):
        saved(world)
    with pytest.raises(ConfigError, match="--here"):
        back(world)
    world.tick()
    with world.session() as session:
        done = accept(session, by="王芳")
    assert done.epoch == 1
    world.add("book", "上海宇润", "C-2")
    world.run()
    assert not world.keys("crm", "上海宇润")
    world.run()
    assert world.keys("crm", "上海宇润")
    world.settles()


# ------------------------------------------------------------------------------ what cannot be


def test_a_damaged_or_foreign_file_is_refused_and_the_ledger_stays(world: World, tmp_path: Path) -> None:
    saved(world)
    path, before = world.folder / "copy.db", (world.folder / "offbook.db").read_bytes()
    (world.folder / "cut.db").write_bytes(path.read_bytes()[:6000])
    (world.folder / "text.db").write_text("not a ledger")
    for name in ("cut.db", "text.db"):
        with pytest.raises(LedgerError):
            back(world, name)
    with pytest.raises(ConfigError, match="no file"):
        back(world, "nothing.db")
    assert (world.folder / "offbook.db").read_bytes() == before
    other = World(_folder(tmp_path / "other"), {"crm": Side(formal=True), "book": Side()})
    other.run()
    saved(other)
    shutil.copy(other.folder / "copy.db", world.folder / "foreign.db")
    with pytest.raises(ConfigError, match="another ledger"):
        back(world, "foreign.db")


def test_a_restore_waits_while_a_run_holds_the_ledger(world: World) -> None:
    saved(world)
    with world.session() as session:
        lease = take(session.ledger, clock=lambda: world.now, what="sync")
        with pytest.raises(LedgerBusy):
            back(world)
        lease.release()
    assert back(world).run


def test_a_damaged_or_missing_ledger_is_replaced(world: World) -> None:
    saved(world)
    for path in world.folder.glob("offbook.db*"):
        path.unlink()
    assert inspect(load(world.folder), world.folder / "copy.db").later is None
    assert back(world).aside == ""
    ledger = world.folder / "offbook.db"
    ledger.write_bytes(b"garbage" * 5000)
    done = back(world)
    assert Path(done.aside).read_bytes() == b"garbage" * 5000
    assert world.run().code == 0


# ------------------------------------------------------------------------------ an old copy, by hand


def test_an_old_ledger_that_meets_a_later_mark_stops_before_it_decides(world: World) -> None:
    """R21c: the file was copied over by hand; a record bears the token of a run that this ledger does not know."""
    old = world.folder / "by-hand.db"
    world.tick()
    with world.session() as session:
        backup(session, old, by="")
    for _ in range(4):
        world.run()
    world.add("book", "上海宇润", "C-2", a="kept")
    world.run()
    assert world.keys("crm", "上海宇润")
    for path in world.folder.glob("offbook.db*"):
        path.unlink()
    shutil.copy(old, world.folder / "offbook.db")
    for _ in range(2):
        world.tick()
        with world.session() as session, pytest.raises(LedgerError, match="older copy"):
            make_plan(session, "agree")
    world.tick()
    with world.session() as session:
        done = accept(session, by="王芳")
    world.run()
    world.run()
    world.settles()
    assert len(world.keys("crm", "上海宇润")) == 1
    assert done.epoch == 1
