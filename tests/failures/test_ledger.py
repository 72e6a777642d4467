"""A ledger that is locked, lost, damaged, newer, or in a place where it would be lost: what is said, and is anything
written that should not be?"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sync.ledger import migrate, schema, store
from tests.failures.stage import Stage, an_ordinary_user

PAGE = 4096


def edit(stage: Stage) -> None:
    stage.type_in_book("王武略", "职务", "总工程师")


def is_told(stage: Stage, code: int, text: str) -> None:
    """Each of the commands that need the ledger says so, in words and as JSON, and writes nothing."""
    before = stage.shows()
    for command in (("sync", "agree", "--yes"), ("plan", "agree"), ("runs",)):
        done = stage.call(*command)
        assert (done.code, done.out) == (code, ""), done.text
        assert text in done.err
        assert "Traceback" not in done.err
        said = stage.call(*command, "--json").json()["error"]
        assert said["code"] == code
        assert text in said["text"]
    assert stage.shows() == before


def test_a_ledger_that_another_program_locks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.1)
    edit(stage)
    before = stage.shows()
    with closing(sqlite3.connect(stage.folder / "offbook.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for words in (("sync", "agree", "--yes"), ("plan", "agree")):
            done = stage.call(*words)
            assert done.code == 4
            assert "is locked by another program; close it there, or run again later" in done.err
        assert stage.call("runs").code == 0, "looking is not held up"
    assert stage.shows() == before
    stage.rests()


# ------------------------------------------------------------------------------ lost


def test_a_ledger_that_is_lost(stage: Stage) -> None:
    """Assume nothing, create nothing twice, delete nothing, write over nothing that a person typed (R21c)."""
    edit(stage)
    stage.type_in_sheet("孙启明", "Mobile", "13511135111")
    before = stage.shows()
    for path in stage.folder.glob("offbook.db*"):
        path.unlink()
    done = stage.call("runs")
    assert done.code == 2
    assert "there is no ledger at" in done.err
    assert "there is no ledger yet" in stage.call("doctor").out
    stage.rests()
    after = stage.shows()
    assert {name: rows.total() for name, rows in after.items()} == {name: rows.total() for name, rows in before.items()}
    cells = {cell for rows in after.values() for row in rows for cell in row}
    assert {"总工程师", "13511135111", "13500135005"} <= {part for cell in cells for part in str(cell).split(" / ")}


def test_an_empty_file_is_a_new_ledger(stage: Stage) -> None:
    """A disk that was full when the ledger was made leaves one."""
    before = stage.shows()
    for path in stage.folder.glob("offbook.db*"):
        path.unlink()
    (stage.folder / "offbook.db").write_bytes(b"")
    stage.rests()
    assert stage.shows() == before


# ------------------------------------------------------------------------------ damaged


def garbage(path: Path) -> None:
    path.write_bytes(b"customers" * 9000)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // PAGE * PAGE)


def half_overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(3 * PAGE, len(content), 2 * PAGE):
        content[at : at + 512] = b"\xa5" * 512
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [garbage, cut, half_overwritten])
def test_a_damaged_ledger_is_told_and_nothing_is_written(stage: Stage, damage: Callable[[Path], None]) -> None:
    edit(stage)
    damage(stage.folder / "offbook.db")
    is_told(stage, 2, "is damaged")
    done = stage.call("doctor")
    assert done.code == 2
    assert "offbook restore" in done.text


def test_one_damaged_page_anywhere_never_harms_a_source(stage: Stage, tmp_path: Path) -> None:
    """Whichever page: the run says so, or does not meet it and is right; what people typed stays."""
    edit(stage)
    before = stage.shows()
    pages = (stage.folder / "offbook.db").stat().st_size // PAGE
    told = 0
    for page in range(1, pages, max(1, pages // 12)):
        copy = stage.at(tmp_path / f"page {page}")
        shutil.copytree(stage.folder, copy.folder)
        with (copy.folder / "offbook.db").open("r+b") as file:
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)
        done = copy.sync()
        assert done.code in (0, 2), done.text
        told += done.code == 2
        if done.code == 2:
            assert "is damaged" in done.json()["error"]["text"]
        found = copy.call("doctor")
        assert found.code == 2, f"page {page}: {found.text}"
        assert {name: rows.total() for name, rows in copy.shows().items()} == {
            name: rows.total() for name, rows in before.items()
        }
        assert "总工程师" in {row[4] for row in copy.shows()["book"]}
    assert told


# ------------------------------------------------------------------------------ newer, older


def test_a_ledger_of_a_newer_offbook(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.folder / "offbook.db")) as ledger, ledger:
        ledger.execute("UPDATE meta SET value = '9999' WHERE name = 'schema'")
    edit(stage)
    is_told(stage, 2, "written by a newer Offbook")
    assert "update Offbook" in stage.call("doctor").text


SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade():
    op.add_column("entity", sa.Column("colour", sa.Text))
    {rest}
"""


def second(folder: Path, monkeypatch: pytest.MonkeyPatch, rest: str = "") -> None:
    """Pretends that there is a release whose ledger has one more column."""
    scripts = folder / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", scripts)
    (scripts / "versions" / "v0002_second.py").write_text(SECOND.format(rest=rest))
    inner = migrate.config

    def config(engine: object) -> object:
        made = inner(engine)  # type: ignore[arg-type]
        made.set_main_option("script_location", str(scripts))
        return made

    monkeypatch.setattr(migrate, "config", config)
    monkeypatch.setattr(schema, "VERSION", "0002")


def columns(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as ledger:
        return {row[1] for row in ledger.execute("PRAGMA table_info(entity)")}


def test_a_ledger_is_copied_before_its_tables_are_changed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second(tmp_path, monkeypatch)
    edit(stage)
    stage.rests()
    copy = stage.folder / "offbook.before-0002.db"
    assert "colour" in columns(stage.folder / "offbook.db")
    assert "colour" not in columns(copy)
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_an_upgrade_that_fails_leaves_the_ledger_as_it_was(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stage.shows()
    with monkeypatch.context() as patched:
        second(tmp_path, patched, 'op.execute("INSERT INTO nowhere VALUES (1)")')
        done = stage.call("sync", "agree", "--yes")
        assert done.code in (2, 4), done.text
        assert "nowhere" in done.err
        assert "Traceback" not in done.text
    assert "colour" not in columns(stage.folder / "offbook.db")
    assert stage.shows() == before
    stage.rests()


# ------------------------------------------------------------------------------ where it stands


@pytest.mark.parametrize("folder", ["Dropbox", "OneDrive - Yurun", "坚果云"])
def test_a_ledger_in_a_folder_that_a_cloud_copies(stage: Stage, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    moved = stage.at(tmp_path / folder / "customers")
    shutil.copytree(stage.folder, moved.folder)
    is_told(moved, 2, "where a SQLite file is damaged sooner or later")
    assert "postgresql://" in moved.call("doctor").text
    moved.ledger = str(tmp_path / "offbook.db")
    moved.configure()
    assert moved.sync().code == 0, "beside the folder it is welcome"


def test_a_ledger_and_what_stands_beside_it_are_its_owners_alone(stage: Stage) -> None:
    if os.name != "posix":
        pytest.skip("modes are of POSIX")
    modes: dict[str, int] = {}
    with closing(sqlite3.connect(stage.folder / "offbook.db")) as looking:
        looking.execute("SELECT name FROM meta").fetchall()
        looking.execute("BEGIN IMMEDIATE")
        for path in stage.folder.glob("offbook.db*"):
            modes[path.name] = stat.S_IMODE(path.stat().st_mode)
        looking.rollback()
    assert set(modes) >= {"offbook.db"}
    assert set(modes.values()) == {0o600}
    (stage.folder / "offbook.db").chmod(0o644)
    assert "others may read the ledger" in stage.call("doctor").text


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes are of POSIX")
def test_a_read_only_ledger(stage: Stage) -> None:
    edit(stage)
    before = stage.shows()
    with an_ordinary_user(stage.folder):
        for path in stage.folder.glob("offbook.db*"):
            path.chmod(0o400)
        done = stage.call("sync", "agree", "--yes")
    assert done.code == 2, done.text
    assert "cannot be written; mend its permissions" in done.err
    assert stage.shows() == before
