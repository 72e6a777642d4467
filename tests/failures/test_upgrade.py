"""Does a ledger of every released Offbook open, upgrade and go on?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync.ledger.schema import VERSION, metadata
from tests.failures.freeze import FROZEN, thawed

RELEASED = sorted(FROZEN.iterdir())
MEANT = [word for source in ("crm", "book", "sheet") for word in ("--allow", f"{source}:mapping")]
"""What an older Offbook read is read anew by this one."""


def test_todays_tables_are_kept_for_tomorrow() -> None:
    assert VERSION in {folder.name for folder in RELEASED}, "run `python -m tests.failures.freeze`"


@pytest.mark.parametrize("frozen", RELEASED, ids=lambda folder: folder.name)
def test_a_ledger_of_that_release_goes_on(frozen: Path, tmp_path: Path) -> None:
    stage = thawed(frozen, tmp_path)
    before = stage.shows()
    done = stage.call("sync", "agree", "--yes", "--json", *MEANT)
    assert done.code == 0, done.text
    assert done.json()["planned"]["changes"] == 0
    assert stage.shows() == before, "nothing is new to it"
    looked = stage.call("doctor")
    assert looked.code == 0, looked.text
    assert "nothing is wrong" in looked.out
    stage.type_in_book("王武略", "职务", "总工程师")
    stage.rests()
    after = stage.shows()
    assert {name: rows.total() for name, rows in after.items()} == {name: rows.total() for name, rows in before.items()}
    assert all(any("总工程师" in row for row in rows) for rows in after.values())


@pytest.mark.parametrize("frozen", RELEASED, ids=lambda folder: folder.name)
def test_an_upgraded_ledger_has_the_tables_of_a_new_one(frozen: Path, tmp_path: Path) -> None:
    stage = thawed(frozen, tmp_path)
    assert stage.call("runs").code == 0
    with closing(sqlite3.connect(tmp_path / "offbook.db")) as ledger:
        for table in metadata.tables.values():
            found = {row[1] for row in ledger.execute(f'PRAGMA table_info("{table.name}")')}
            assert found == {column.name for column in table.columns}, table.name
