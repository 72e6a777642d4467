"""A source that vanished, was emptied, cut off, locked or cannot be written: what is said, and is anything lost?"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from tests.failures.stage import BOOK, SHEET, Stage, an_ordinary_user


def edit_sheet(stage: Stage) -> None:
    stage.type_in_sheet("孙启明", "Title", "总经理")


def reached(stage: Stage, *names: str) -> set[str]:
    """Sources in which the new title of 孙启明 stands."""
    cells = {name: {cell for row in rows for cell in row} for name, rows in stage.shows().items() if name in names}
    return {name for name, found in cells.items() if "总经理" in found}


def no_book(stage: Stage) -> None:
    stage.book.unlink()


def empty_book(stage: Stage) -> None:
    stage.book.write_bytes(b"")


def book_of_headings(stage: Stage) -> None:
    stage.write_book(BOOK[:1])


def book_is_a_folder(stage: Stage) -> None:
    stage.book.unlink()
    stage.book.mkdir()


def half_a_sheet(stage: Stage) -> None:
    stage.sheet.write_bytes(stage.sheet.read_bytes()[:2000])


def sheet_of_headings(stage: Stage) -> None:
    stage.write_sheet(SHEET[:1])


def no_crm(stage: Stage) -> None:
    (stage.folder / "crm.sqlite").unlink()


def empty_crm(stage: Stage) -> None:
    (stage.folder / "crm.sqlite").write_bytes(b"")


def no_contacts(stage: Stage) -> None:
    stage.type_in_crm("DELETE FROM contacts")


def cut_crm(stage: Stage) -> None:
    path = stage.folder / "crm.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


TROUBLES: list[tuple[Callable[[Stage], None], int, str]] = [
    (no_book, 3, "there is no file"),
    (empty_book, 3, "none of the headings"),
    (book_of_headings, 5, "5 of 5 records are not there any more"),
    (book_is_a_folder, 3, "is a folder"),
    (half_a_sheet, 3, "no readable workbook"),
    (sheet_of_headings, 5, "5 of 5 records are not there any more"),
    (no_crm, 3, "there is no file"),
    (empty_crm, 3, "there is no table"),
    (no_contacts, 5, "5 of 5 records are not there any more"),
    (cut_crm, 3, "crm.sqlite"),
]


@pytest.mark.parametrize(("trouble", "code", "text"), TROUBLES, ids=[one[0].__name__ for one in TROUBLES])
def test_a_source_that_lacks_its_records_is_silent_and_comes_back(
    stage: Stage, agreed: Stage, trouble: Callable[[Stage], None], code: int, text: str
) -> None:
    """Nothing is deleted, blanked or created for what is not there; the others go on; and when it is back it is whole."""
    before = stage.shows()
    files = {path.name: path.read_bytes() for path in (stage.book, stage.sheet, stage.folder / "crm.sqlite")}
    trouble(stage)
    left = {path: _content(path) for path in (stage.book, stage.sheet, stage.folder / "crm.sqlite")}
    done = stage.call("sync", "agree", "--yes")
    assert done.code == code, done.text
    assert text in done.text
    assert "Traceback" not in done.text
    assert {path: _content(path) for path in left} == left, "what is broken is left alone"
    for name, content in files.items():
        path = stage.folder / name
        if path.is_dir():
            path.rmdir()
        path.write_bytes(content)
    edit_sheet(stage)
    stage.rests()
    assert reached(stage, "book", "sheet", "crm") == {"book", "sheet", "crm"}
    after = stage.shows()
    assert {name: rows.total() for name, rows in after.items()} == {name: rows.total() for name, rows in before.items()}
    assert after != before
    assert agreed.shows() == before


def _content(path: Path) -> object:
    return path.read_bytes() if path.is_file() else path.exists()


@pytest.mark.parametrize("trouble", [no_book, book_of_headings, half_a_sheet, no_crm, empty_crm])
def test_a_source_that_goes_between_plan_and_apply(stage: Stage, trouble: Callable[[Stage], None]) -> None:
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '孙启明'")
    planned = stage.call("plan", "agree", "--json").json()
    assert planned["planned"]["changes"] == 2
    files = {path.name: path.read_bytes() for path in (stage.book, stage.sheet, stage.folder / "crm.sqlite")}
    trouble(stage)
    left = {name: _content(stage.folder / name) for name in files}
    done = stage.call("apply", str(planned["plan"]), "--json")
    assert done.code in (0, 3), done.text
    assert done.json()["applied"]["balances"]
    for name, content in files.items():
        path = stage.folder / name
        if left[name] != content:
            assert _content(path) == left[name], "what is broken is left alone"
            path.write_bytes(content)
    stage.rests()
    assert [row[4] for row in stage.shows()["book"] if row[1] == "孙启明"] == ["销售总监"]
    assert [row[4] for row in stage.shows()["sheet"] if row[1] == "孙启明"] == ["销售总监"]


# ------------------------------------------------------------------------------ open elsewhere, locked


@pytest.mark.parametrize(
    ("name", "mark", "content"),
    [
        ("sheet.xlsx", "~$sheet.xlsx", b"\x08Wang Fan" + b" " * 160),
        ("sheet.xlsx", ".~lock.sheet.xlsx#", b",Wang Fan,desk,02.03.2026 08:00,;"),
        ("book.csv", ".~lock.book.csv#", b",Wang Fan,desk,02.03.2026 08:00,;"),
    ],
)
def test_a_file_that_is_open_elsewhere_waits(stage: Stage, name: str, mark: str, content: bytes) -> None:
    stage.type_in_crm("UPDATE contacts SET title = '总经理' WHERE full_name = '孙启明'")
    (stage.folder / mark).write_bytes(content)
    before = (stage.folder / name).read_bytes()
    done = stage.call("sync", "agree", "--yes")
    assert "Wang Fan" in done.text
    assert "open elsewhere" in done.text
    assert done.code == 0
    assert (stage.folder / name).read_bytes() == before
    other = "book" if name == "sheet.xlsx" else "sheet"
    assert reached(stage, "book", "sheet") == {other}
    (stage.folder / mark).unlink()
    stage.rests()
    assert reached(stage, "book", "sheet") == {"book", "sheet"}


def test_a_database_that_another_program_locks_is_tried_again_by_the_next_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_sheet(stage)
    monkeypatch.setattr("connectors.shared.database.opening.WAITS", (0.05,))
    with closing(sqlite3.connect(stage.folder / "crm.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = stage.call("sync", "agree", "--yes")
        assert done.code in (3, 4), done.text
        assert "locked by another program" in done.text
    stage.rests()
    assert reached(stage, "crm", "book") == {"crm", "book"}


# ------------------------------------------------------------------------------ read-only


@pytest.mark.parametrize("name", ["book.csv", "sheet.xlsx", "crm.sqlite"])
def test_a_read_only_file_is_read_and_listed_but_not_written(stage: Stage, name: str) -> None:
    """Also for a superuser: whoever marked it meant it."""
    path = stage.folder / name
    statement = "UPDATE contacts SET title = '总经理' WHERE full_name = '孙启明'"
    edit_sheet(stage) if name == "crm.sqlite" else stage.type_in_crm(statement)
    path.chmod(stat.S_IRUSR | stat.S_IRGRP)
    before = path.read_bytes()
    done = stage.call("sync", "agree", "--yes")
    assert done.code in (0, 3), done.text
    assert "Traceback" not in done.text
    assert path.read_bytes() == before
    assert "only" in done.text or "written" in done.text
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    stage.rests()
    assert reached(stage, "book", "sheet", "crm") == {"book", "sheet", "crm"}


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have no such mode here")
def test_a_folder_that_may_not_be_written(stage: Stage) -> None:
    stage.type_in_crm("UPDATE contacts SET title = '总经理' WHERE full_name = '孙启明'")
    shared = stage.folder / "shared"
    shared.mkdir()
    stage.sheet.rename(shared / "sheet.xlsx")
    text = (stage.folder / "offbook.yaml").read_text(encoding="utf-8")
    (stage.folder / "offbook.yaml").write_text(text.replace("sheet: sheet", "sheet: shared/sheet"), encoding="utf-8")
    before = (shared / "sheet.xlsx").read_bytes()
    with an_ordinary_user(stage.folder):
        shared.chmod(stat.S_IRUSR | stat.S_IXUSR)
        done = stage.call("sync", "agree", "--yes", "--allow", "sheet:scope")
        shared.chmod(stat.S_IRWXU)
    assert done.code == 3, done.text
    assert "may not be written by this user" in done.text
    assert "Traceback" not in done.text
    assert (shared / "sheet.xlsx").read_bytes() == before
    assert [path.name for path in shared.iterdir()] == ["sheet.xlsx"]
    assert stage.call("sync", "agree", "--yes").code == 0
    assert "总经理" in str(openpyxl.load_workbook(shared / "sheet.xlsx")["Accounts"]["F4"].value)
