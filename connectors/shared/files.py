"""How is a whole file read and replaced so that nobody's work is lost? (C26)

Reading gives the bytes and a Stamp; replacing demands that the file still bears that stamp and that nobody has it open,
leaves a backup beside it and swaps the new file in with one rename: whoever looks finds the old file or the new one.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EACCES, EBUSY, EDQUOT, EFBIG, ENOENT, ENOSPC, EPERM, EROFS, ETXTBSY
from hashlib import blake2b
from pathlib import Path
from typing import Final

from connectors.contract import Gate, RetryLater, Said, SourceRefused, say
from connectors.shared.copies import is_ours, mark, opened_by

_FULL: Final = frozenset({ENOSPC, EDQUOT, EFBIG})
_FORBIDDEN: Final = frozenset({EACCES, EPERM, EROFS})
_HELD: Final = frozenset({EBUSY, ETXTBSY})
_SHARING: Final = frozenset({5, 32, 33})
"""Windows: access denied while a program holds the file, sharing violation, lock violation."""
_TRIES: Final = 5


class NotNow(Exception):
    """The file is open elsewhere, or was changed since it was read: every change of this write() is DEFERRED."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like when it was read. Two readings are the same when their digests are."""

    size: int
    changed: int
    digest: str


def stamp(content: bytes, status: os.stat_result) -> Stamp:
    return Stamp(len(content), status.st_mtime_ns, blake2b(content, digest_size=16).hexdigest())


def read(path: Path, gate: Gate) -> tuple[bytes, Stamp]:
    """The whole file, read while nobody was writing it: a file that grows under our eyes is read again a moment later.

    Raises SourceRefused when it cannot be read, RetryLater when it does not come to rest.
    """
    with reading(path):
        for _ in range(_TRIES):
            before = path.stat()
            content = path.read_bytes()
            after = path.stat()
            if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size) and len(
                content
            ) == after.st_size:
                return content, stamp(content, after)
            gate.wait(0.2)
    raise RetryLater(
        "{path} is being written by another program; nothing was read from it. Offbook tries again", path=path
    )


def refuse_unwritable(path: Path) -> None:
    """Raises SourceRefused where the file or its folder says that nobody may write it (also to a superuser)."""
    with reading(path):
        mode = path.stat().st_mode
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        raise SourceRefused(
            "{path} is read-only; nothing was written. Take the read-only mark off, or take it out of `push`", path=path
        )


def writable(path: Path) -> bool:
    try:
        refuse_unwritable(path)
    except SourceRefused:
        return False
    return True


def wait_until_free(path: Path, gate: Gate, seconds: float) -> None:
    """Waits up to so long for whoever has the file open; raises NotNow with their name when they still have."""
    waited = 0.0
    while True:
        holder = opened_by(path)
        if holder is None:
            return
        if waited >= seconds:
            raise NotNow(holder.said)
        step = min(1.0, seconds - waited)
        gate.wait(step)
        waited += step


def replace(path: Path, content: bytes, read_as: Stamp, *, now: datetime, backups: int = 3) -> Path | None:
    """Puts `content` in the file's place, durably; gives the backup, None where `backups` (how many are kept) is 0.

    Raises NotNow when somebody has it open or it is no longer as it was `read_as`; SourceRefused when it is read-only
    or the disk is full. Whatever is raised, the file is as it was.
    """
    path = path.resolve()
    refuse_unwritable(path)
    with writing(path):
        _sweep(path)
        fresh = _written(path, content)
        backup = None
        try:
            _demand_unchanged(path, read_as)
            backup = _backed_up(path, now) if backups > 0 else None
            _demand_unchanged(path, read_as)
            fresh.replace(path)
        except BaseException:
            if fresh.exists():  # else the new file is in its place already, and the backup is needed
                _forget(fresh)
                if backup:
                    _forget(backup)
            raise
    _fsync_folder(path.parent)
    if backup:
        _prune(path, backups)
    return backup


def _demand_unchanged(path: Path, read_as: Stamp) -> None:
    holder = opened_by(path)
    if holder:
        raise NotNow(holder.said)
    if stamp(path.read_bytes(), path.stat()).digest != read_as.digest:
        raise NotNow(say("{path} was changed while we were writing; its changes wait for the next run", path=path))


def _written(path: Path, content: bytes) -> Path:
    """The new file, complete and on the disk, beside the old one and with its mode and owner."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}{mark('new')}", suffix=".tmp", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _like(fresh, path)
    except BaseException:
        _forget(fresh)
        raise
    return fresh


def _like(fresh: Path, path: Path) -> None:
    shutil.copymode(path, fresh)
    if hasattr(os, "chown"):
        old = path.stat()
        if (old.st_uid, old.st_gid) != (fresh.stat().st_uid, fresh.stat().st_gid):
            with suppress(OSError):
                os.chown(fresh, old.st_uid, old.st_gid)


def _backed_up(path: Path, now: datetime) -> Path:
    """A copy `客户.csv.offbook-20260301-023000.bak`: an ending that no pattern for the data meets."""
    moment = now.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
    backup = path.with_name(f"{path.name}{mark(moment)}.bak")
    number = 1
    while backup.exists():
        number += 1
        backup = path.with_name(f"{path.name}{mark(f'{moment}-{number:02}')}.bak")
    copy = _copied(path)
    try:
        return copy.rename(backup)
    except BaseException:
        _forget(copy)
        raise


def _copied(path: Path) -> Path:
    """A whole copy under a passing name: what is called a backup is never half of one."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}{mark('new')}", suffix=".tmp", dir=path.parent)
    copy = Path(name)
    try:
        with path.open("rb") as old, os.fdopen(number, "wb") as new:
            shutil.copyfileobj(old, new, 1 << 20)
            new.flush()
            os.fsync(new.fileno())
        shutil.copystat(path, copy)
    except BaseException:
        _forget(copy)
        raise
    return copy


def backups_of(path: Path) -> list[Path]:
    """The backups beside a file, oldest first."""
    prefix = f"{path.name}{mark('')}"
    found = [p for p in path.parent.iterdir() if p.name.startswith(prefix) and p.name.endswith(".bak")]
    return sorted(found, key=lambda p: p.stem)


def _prune(path: Path, keep: int) -> None:
    for old in backups_of(path)[:-keep]:
        _forget(old)


def _sweep(path: Path) -> None:
    """Takes away what a killed write left: only one process writes a source at a time (R21b)."""
    prefix = f".{path.name}{mark('new')}"
    for left in path.parent.iterdir():
        if left.name.startswith(prefix) and is_ours(left.name):
            _forget(left)


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _fsync_folder(folder: Path) -> None:
    """Makes the rename durable where folders can be synced (not on Windows)."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Says an OSError of reading in words, as SourceRefused or RetryLater."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOENT:
            raise SourceRefused("there is no file {path}; mend `path:`, or put the file there", path=path) from error
        if path.is_dir():
            raise SourceRefused("{path} is a folder; `path:` must name a file", path=path) from error
        if _is_held(error):
            raise RetryLater("{path} is held by another program; Offbook tries again", path=path) from error
        if error.errno in _FORBIDDEN:
            raise SourceRefused(
                "{path} may not be read by this user; give the user that runs Offbook the right to read it", path=path
            ) from error
        raise _other(error, path) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Says an OSError of writing in words: NotNow where a program holds the file, else SourceRefused."""
    try:
        yield
    except OSError as error:
        if _is_held(error):
            raise NotNow(say("{path} is held open by another program; its changes wait", path=path)) from error
        if error.errno in _FULL:
            raise SourceRefused(
                "the disk that holds {path} is full; the file is as it was. Make room and run again", path=path
            ) from error
        if error.errno in _FORBIDDEN:
            raise SourceRefused(
                "{path} or its folder may not be written by this user; the file is as it was. Give the user that runs"
                " Offbook the right to write there, or take it out of `push`",
                path=path,
            ) from error
        raise _other(error, path) from error


def _is_held(error: OSError) -> bool:
    return getattr(error, "winerror", None) in _SHARING or error.errno in _HELD


def _other(error: OSError, path: Path) -> SourceRefused:
    return SourceRefused(
        "{path}: {trouble}", path=path, trouble=re.sub(r"^\[.*?\]\s*", "", error.strerror or "unknown")
    )
