"""Killed in the middle of a write, is the workbook the old one or the new one, and never half of either? (C26)"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from connectors.contract import Outcome, SourceRefused
from connectors.shared import files
from tests import xlsx_books as books
from tests.xlsx_books import SHEET

CHILD = """
import os, pathlib, sys
from connectors.shared import files
from tests import xlsx_books as books

path, step = pathlib.Path(sys.argv[1]), int(sys.argv[2])
count = 0

def watched(inner):
    def call(*given, **named):
        global count
        count += 1
        if count == step:
            os._exit(9)
        return inner(*given, **named)
    return call

os.fsync = watched(os.fsync)
for name in ("replace", "open", "unlink"):
    setattr(pathlib.Path, name, watched(getattr(pathlib.Path, name)))
files.shutil.copyfileobj = watched(files.shutil.copyfileobj)
files.tempfile.mkstemp = watched(files.tempfile.mkstemp)
found = {record.key: record for record in books.records(path)}
count = 0
changes = [books.update(found["K1"], {"手机": "139", "公司": "换了"})]
books.write(path, *changes)
print("done", count)
"""


def run(path: Path, step: int) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", CHILD, str(path), str(step)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, timeout=60, check=False)


def test_killed_at_any_step_the_file_is_whole_and_the_next_run_goes_through(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    books.rich(path)
    old = path.read_bytes()
    done = run(path, 0)
    assert done.returncode == 0, done.stderr
    new, steps = path.read_bytes(), int(done.stdout.split()[-1])
    assert new != old
    assert steps > 5
    for step in range(1, steps + 1):
        for left in tmp_path.iterdir():
            left.unlink()
        path.write_bytes(old)
        assert run(path, step).returncode == 9
        assert path.read_bytes() in (old, new), f"killed at step {step}, the file is neither the old nor the new one"
        openpyxl.load_workbook(path)
        assert books.change(path, "K1", {"联系人": f"again {step}"}).outcome is Outcome.DONE
        assert not [p.name for p in tmp_path.iterdir() if p.name.endswith(".tmp")], "what was left is swept away"


@pytest.mark.parametrize("error", [28, 13])
def test_a_full_disk_or_a_closed_folder_leaves_the_book_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    path = tmp_path / "book.xlsx"
    books.rich(path)
    before = path.read_bytes()
    record = books.records(path)[0]

    def fail(*_: object, **__: object) -> None:
        raise OSError(error, "no")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(SourceRefused, match="the file is as it was"):
        books.write(path, books.update(record, {"手机": "1"}))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_book_that_somebody_saves_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "book.xlsx"
    books.rich(path)
    record = books.records(path)[0]
    inner = files._written

    def saved(target: Path, content: bytes) -> Path:
        fresh = inner(target, content)
        book = openpyxl.load_workbook(target)
        book[SHEET]["C4"].value = "edited meanwhile"
        book.save(target)
        return fresh

    monkeypatch.setattr(files, "_written", saved)
    (receipt,) = books.write(path, books.update(record, {"手机": "1"}))
    monkeypatch.undo()
    assert receipt.outcome is Outcome.DEFERRED
    assert openpyxl.load_workbook(path)[SHEET]["C4"].value == "edited meanwhile"
    assert books.change(path, "K1", {"手机": "1"}).outcome is Outcome.DONE
    assert [r.fields["联系人"] for r in books.records(path)][1] == "edited meanwhile"
