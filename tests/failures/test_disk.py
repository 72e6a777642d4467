"""A disk without room, wherever it runs out: is every file whole, is it said, and does it go on when there is room?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from connectors.shared import files
from tests.failures.stage import Stage

SIZE = 4_000_000
ROOM = [0, 4, 8, 16, 32, 64, 128, 256, 512]
"""KB that are left: from none for the ledger's log to enough for everything but the last backup."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only a superuser can mount a small disk")
    options = ["-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if subprocess.run(["mount", *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def fill(place: Path, room: int) -> Path:
    """Takes all room but `room` KB."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    free = ballast.stat().st_size - room * 1024
    os.truncate(ballast, max(0, free))
    return ballast


def edited(stage: Stage) -> None:
    stage.type_in_book("王武略", "职务", "总工程师")
    stage.type_in_sheet("孙启明", "Title", "总经理")
    stage.type_in_crm("UPDATE accounts SET website = 'www.yurun-new.example' WHERE id = 1")


def everywhere(stage: Stage) -> bool:
    cells = {name: {cell for row in rows for cell in row} for name, rows in stage.shows().items()}
    return all({"总工程师", "总经理", "www.yurun-new.example"} <= found for found in cells.values())


@pytest.mark.parametrize("room", ROOM)
def test_a_full_disk(agreed: Stage, small_disk: Path, room: int) -> None:
    shutil.copytree(agreed.folder, small_disk / "workspace")
    stage = agreed.at(small_disk / "workspace")
    edited(stage)
    rows = {name: shown.total() for name, shown in stage.shows().items()}
    ballast = fill(small_disk, room)
    done = stage.call("sync", "agree", "--yes")
    assert done.code in (0, 2, 3), done.text
    assert "Traceback" not in done.text
    assert "mistake of its own" not in done.text
    if done.code:
        assert "full" in done.text or "no room" in done.text, done.text
    assert {name: shown.total() for name, shown in stage.shows().items()} == rows, "every file is whole"
    ballast.unlink()
    stage.rests()
    assert {name: shown.total() for name, shown in stage.shows().items()} == rows
    assert everywhere(stage)
    assert not [path.name for path in stage.folder.iterdir() if path.name.endswith(".tmp")]


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """As under a quota: a write beyond that size fails (EFBIG)."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100, 300, 5_000, 20_000, 100_000])
def test_a_quota(stage: Stage, size: int) -> None:
    edited(stage)
    rows = {name: shown.total() for name, shown in stage.shows().items()}
    with no_file_beyond(size):
        done = stage.call("sync", "agree", "--yes")
    assert done.code in (0, 2, 3, 4), done.text
    assert "Traceback" not in done.text
    assert "mistake of its own" not in done.text
    assert "restore a backup" not in done.text, "nothing is damaged"
    if done.code:
        assert "a quota may be used up" in done.text or "is full" in done.text
    assert {name: shown.total() for name, shown in stage.shows().items()} == rows
    stage.forget_lease()
    stage.rests()
    assert everywhere(stage)


@pytest.mark.parametrize("size", [300, 5_000])
def test_a_quota_that_stops_the_sources_but_not_the_ledger(stage: Stage, size: int) -> None:
    """The ledger stands on another disk; the workbook, or the file of text as well, cannot be written."""
    edited(stage)
    planned = stage.call("plan", "agree", "--json").json()
    before = {path: path.read_bytes() for path in (stage.book, stage.sheet)}
    inner = files._written

    def written(path: Path, content: bytes) -> Path:
        with no_file_beyond(size):
            return inner(path, content)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "_written", written)
        done = stage.call("apply", str(planned["plan"]), "--json")
    assert done.code == 3, done.text
    said = done.json()
    assert said["applied"]["balances"]
    assert any("is full; the file is as it was" in one["text"] for one in said["failures"].values())
    assert stage.sheet.read_bytes() == before[stage.sheet]
    assert (stage.book.read_bytes() == before[stage.book]) is (size == 300)
    stage.rests()
    assert everywhere(stage)
