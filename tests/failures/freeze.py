"""Keeps a small ledger of today's tables, with the sources it speaks of: `python -m tests.failures.freeze`.

Run it once for each release that changes sync.ledger.schema.VERSION; what it wrote before stays, as upgrades from every
released schema are tested on it.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.failures.stage import ROOT, Stage, call

FROZEN: Final = ROOT / "tests" / "data" / "ledgers"


def freeze() -> Path:
    """Writes the ledger of a first run -> the folder. Raises FileExistsError where this version is kept already."""
    from sync.ledger.schema import VERSION

    folder = FROZEN / VERSION
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        stage = Stage(Path(made))
        done = call(stage.folder, "sync", "agree", "--yes")
        assert done.code == 0, done.text
        shutil.copy(stage.book, folder)
        shutil.copy(stage.sheet, folder)
        for name, before in (("offbook.db", "UPDATE lease SET holder = '', until = ''"), ("crm.sqlite", "")):
            with closing(sqlite3.connect(stage.folder / name)) as database:
                database.execute(before)
                text = "\n".join(database.iterdump()) + "\n"
            (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def thawed(frozen: Path, folder: Path) -> Stage:
    """A workspace with a ledger as an older Offbook left it."""
    stage = Stage.__new__(Stage)
    stage.folder, stage.tokens, stage.ledger = folder, ("sheet",), "offbook.db"
    stage.configure()
    shutil.copy(frozen / "book.csv", stage.book)
    shutil.copy(frozen / "sheet.xlsx", stage.sheet)
    for name in ("offbook.db", "crm.sqlite"):
        with closing(sqlite3.connect(folder / name)) as database:
            database.executescript((frozen / f"{name}.sql").read_text(encoding="utf-8"))
        (folder / name).chmod(0o600)
    return stage


if __name__ == "__main__":
    print(freeze())
