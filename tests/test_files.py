"""Is a whole file replaced so that nobody's work is lost, whatever happens? (C26)"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import RetryLater, SourceRefused
from connectors.shared import copies, files
from connectors.shared.files import NotNow, backups_of, read, replace, wait_until_free
from tests.rig import CountingGate

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "客户.csv"
    path.write_bytes(b"old")
    return path


def put(path: Path, content: bytes = b"new", **more: Any) -> Path | None:
    _, stamp = read(path, CountingGate())
    return replace(path, content, stamp, now=more.pop("now", NOW), **more)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_the_new_file_stands_in_the_old_ones_place_and_the_old_one_beside(book: Path) -> None:
    book.chmod(0o640)
    backup = put(book)
    assert backup is not None
    assert (book.read_bytes(), backup.read_bytes()) == (b"new", b"old")
    assert backup.name == "客户.csv.offbook-20260301-023000.bak"
    assert stat.S_IMODE(book.stat().st_mode) == 0o640
    assert names(book.parent) == sorted([book.name, backup.name])


def test_so_many_backups_are_kept(book: Path) -> None:
    for hour in range(5):
        put(book, f"{hour}".encode(), now=NOW + timedelta(hours=hour), backups=2)
    assert [p.read_bytes() for p in backups_of(book)] == [b"2", b"3"]


def test_two_writes_in_one_second_keep_two_backups(book: Path) -> None:
    for n in range(3):
        put(book, f"{n}".encode())
    assert [p.read_bytes() for p in backups_of(book)] == [b"old", b"0", b"1"]


def test_no_backup_where_none_is_wanted(book: Path) -> None:
    assert put(book, backups=0) is None
    assert names(book.parent) == [book.name]


def test_a_link_stays_a_link(book: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    try:
        link.symlink_to(book)
    except OSError:
        pytest.skip("this system makes no links")
    put(link)
    assert link.is_symlink()
    assert book.read_bytes() == b"new"


def test_a_file_that_changed_since_it_was_read_is_left(book: Path) -> None:
    _, stamp = read(book, CountingGate())
    book.write_bytes(b"typed")
    with pytest.raises(NotNow, match="changed"):
        replace(book, b"new", stamp, now=NOW)
    assert book.read_bytes() == b"typed"
    assert names(book.parent) == [book.name]


def test_a_file_that_was_only_touched_is_the_same(book: Path) -> None:
    _, stamp = read(book, CountingGate())
    os.utime(book, (1, 1))
    assert replace(book, b"new", stamp, now=NOW)


# ------------------------------------------------------------------------------ trouble

STEPS: list[tuple[str, Any, str]] = [
    ("the new file cannot be made", tempfile, "mkstemp"),
    ("the new file is not durable", os, "fsync"),
    ("its mode cannot be set", shutil, "copymode"),
    ("the backup cannot be made", shutil, "copyfileobj"),
    ("the backup's times cannot be set", shutil, "copystat"),
    ("the backup cannot be named", Path, "rename"),
    ("the name cannot be swapped", Path, "replace"),
]


@pytest.mark.parametrize(("what", "module", "name"), STEPS, ids=[what for what, _, _ in STEPS])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_whatever_fails_the_file_is_as_it_was(
    book: Path, monkeypatch: pytest.MonkeyPatch, what: str, module: Any, name: str, number: int
) -> None:
    _, stamp = read(book, CountingGate())

    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module, name, fails)
    with pytest.raises(SourceRefused) as told:
        replace(book, b"new", stamp, now=NOW)
    monkeypatch.undo()
    assert book.read_bytes() == b"old", what
    assert names(book.parent) == [book.name], "something was left behind"
    if number == errno.ENOSPC:
        assert "is full; the file is as it was" in str(told.value)


def test_a_disk_that_is_full_in_the_middle_of_the_new_file(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, content: bytes) -> None:
            self.file.write(content[:1])
            self.file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")

    inner: Callable[..., Any] = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *a, **k: Full(inner(*a, **k)))
    with pytest.raises(SourceRefused, match="full"):
        put(book)
    assert book.read_bytes() == b"old"
    assert names(book.parent) == [book.name]


def test_a_file_marked_read_only_is_not_written(book: Path) -> None:
    book.chmod(0o444)
    with pytest.raises(SourceRefused, match="read-only"):
        put(book)
    assert book.read_bytes() == b"old"
    assert not files.writable(book)


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written(book: Path) -> None:
    book.parent.chmod(0o555)
    try:
        with pytest.raises(SourceRefused, match="may not be written"):
            put(book)
    finally:
        book.parent.chmod(0o755)


def test_a_program_that_holds_the_file_makes_the_changes_wait(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(NotNow, match="held open"):
        put(book)
    monkeypatch.undo()
    assert (book.read_bytes(), names(book.parent)) == (b"old", [book.name])


def test_what_a_killed_write_left_is_swept(book: Path) -> None:
    left = book.with_name(f".{book.name}.offbook-newabc.tmp")
    left.write_bytes(b"half")
    put(book)
    assert not left.exists()


# ------------------------------------------------------------------------------ reading


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="there is no file"):
        read(tmp_path / "none.csv", CountingGate())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="is a folder"):
        read(tmp_path, CountingGate())


def test_a_file_that_grows_under_our_eyes_is_read_again(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, grown = Path.read_bytes, [b"+", b"+"]

    def growing(path: Path) -> bytes:
        content = inner(path)
        if grown:
            path.write_bytes(content + grown.pop())
        return content

    monkeypatch.setattr(Path, "read_bytes", growing)
    gate = CountingGate()
    assert read(book, gate)[0] == b"old++"
    assert gate.waits == [0.2, 0.2]


def test_a_file_that_never_comes_to_rest_is_tried_later(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Path.read_bytes

    def growing(path: Path) -> bytes:
        path.write_bytes(inner(path) + b"+")
        return inner(path)

    monkeypatch.setattr(Path, "read_bytes", growing)
    with pytest.raises(RetryLater, match="written by another program"):
        read(book, CountingGate())


# ------------------------------------------------------------------------------ open elsewhere


def excel_mark(name: str) -> bytes:
    """As Excel writes it: the name in one byte a letter, then in two."""
    narrow = name.encode("gb18030")
    wide = name.encode("utf-16-le")
    return (bytes([len(narrow)]) + narrow).ljust(55, b" ") + len(name).to_bytes(2, "little") + wide.ljust(108, b"\0")


MARKS = [
    ("~$客户.csv", excel_mark("王芳"), "王芳"),
    (".~客户.csv", excel_mark("王芳"), "王芳"),
    ("~$客户.csv", b"\x04Lee " + b" " * 49, "Lee"),
    ("~$客户.csv", b"", "?"),
    (".~lock.客户.csv#", "王芳,wang,pc-7,01.03.2026 09:00,file:///x;".encode(), "王芳, pc-7"),
    (".~lock.客户.csv#", b",lee,laptop,01.03.2026 09:00,file:///x;", "lee, laptop"),
    (".~lock.客户.csv#", b"", "?"),
]


@pytest.mark.parametrize(("name", "content", "who"), MARKS)
def test_who_has_it_open_is_told(book: Path, name: str, content: bytes, who: str) -> None:
    mark = book.with_name(name)
    mark.write_bytes(content)
    with pytest.raises(NotNow) as told:
        put(book)
    assert f"({who}) since" in str(told.value)
    assert mark.name in str(told.value)
    assert book.read_bytes() == b"old"


def test_an_open_file_is_waited_for_as_long_as_wanted(book: Path) -> None:
    mark = book.with_name(f"~${book.name}")
    mark.write_bytes(b"")
    gate = CountingGate()
    with pytest.raises(NotNow):
        wait_until_free(book, gate, 2.5)
    assert gate.waits == [1.0, 1.0, 0.5]
    mark.unlink()
    wait_until_free(book, gate, 0.0)


# ------------------------------------------------------------------------------ copies, and a path with *

COPIES = [
    "客户(1).xlsx",
    "客户 (2).xlsx",
    "客户（1）.xlsx",
    "客户 (王芳's conflicted copy 2026-03-01).xlsx",
    "客户(王芳的冲突副本 2026-03-01).xlsx",
    "客户 (conflicted copy 2026-03-01 120000).xlsx",
    "客户.sync-conflict-20260301-120000-ABCDEFG.xlsx",
    "客户_conflict-20260301-120000.xlsx",
    "客户-DESKTOP-7AB2C3.xlsx",
    "客户-LAPTOP-WANG.xlsx",
]


@pytest.mark.parametrize("name", COPIES)
def test_a_conflict_copy_beside_the_original_is_refused(tmp_path: Path, name: str) -> None:
    original, copy = tmp_path / "客户.xlsx", tmp_path / name
    copy.write_bytes(b"")
    copies.refuse_copy(copy)  # nothing stands beside it: it is a name like any other
    original.write_bytes(b"")
    with pytest.raises(SourceRefused, match=r"客户\.xlsx, which stands beside it"):
        copies.refuse_copy(copy)
    assert copies.copies_of(original) == [copy]
    copies.refuse_copy(original)


@pytest.mark.parametrize("name", ["客户资料(最新).xlsx", "客户(上海).xlsx", "客户-2026.xlsx", "客户2.xlsx"])
def test_other_names_are_no_copies(tmp_path: Path, name: str) -> None:
    for one in ("客户.xlsx", "客户资料.xlsx", name):
        (tmp_path / one).write_bytes(b"")
    assert copies.original_of(tmp_path / name) is None


def test_a_path_with_a_star_means_the_newest_by_name(tmp_path: Path) -> None:
    for name in ("kunden_9.csv", "kunden_10.csv", "kunden_10(1).csv", "other.csv", "~$kunden_99.csv"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "kunden_11.csv").mkdir()
    assert copies.newest(tmp_path, "kunden_*.csv").name == "kunden_10.csv"


def test_our_backups_are_never_meant(tmp_path: Path) -> None:
    path = tmp_path / "drop_1"
    path.write_bytes(b"x")
    put(path)
    assert copies.newest(tmp_path, "drop_*") == path


def test_a_path_with_a_star_that_meets_nothing_is_a_failed_source(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="counts as failed, not as empty"):
        copies.newest(tmp_path, "drop/kunden_*.csv")


def test_a_relative_path_starts_at_the_folder_of_the_workspace(tmp_path: Path) -> None:
    assert copies.newest(tmp_path, "a/b.csv") == tmp_path / "a" / "b.csv"
