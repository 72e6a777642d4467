"""Which file beside another is an owner's mark, a sync client's conflict copy, or one of ours?

Office and WPS put `~$name.xlsx` (or `.~name.xlsx`) beside a workbook that is open, LibreOffice `.~lock.name#`; the name
of whoever has it open stands inside. Sync clients that meet two edits keep both files under two names.
"""

from __future__ import annotations

import platform
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors.contract import Said, SourceRefused, say

# ------------------------------------------------------------------------------ open elsewhere


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a file open: a name ("" where the mark tells none), since when (UTC), and the mark that says so."""

    path: Path
    who: str
    since: datetime
    by: Path

    @property
    def said(self) -> Said:
        return say(
            "{path} has been open elsewhere ({who}) since {since}; its changes wait until it is closed. If nobody"
            " has it open, delete {by}",
            path=self.path,
            who=self.who or "?",
            since=self.since.strftime("%Y-%m-%d %H:%M UTC"),
            by=self.by.name,
        )


def opened_by(path: Path) -> Holder | None:
    """Who has the file open, by the marks that Office, WPS and LibreOffice leave beside it; None if nobody."""
    for name, reader in _marks(path.name):
        beside = path.with_name(name)
        with suppress(OSError):
            since = datetime.fromtimestamp(beside.stat().st_mtime, UTC)
            with beside.open("rb") as file:
                who = reader(file.read(4096))
            return Holder(path, " ".join(who.split())[:60], since, beside)
    return None


def _marks(name: str) -> Iterator[tuple[str, type[_Office] | type[_Libre]]]:
    yield f"~${name}", _Office
    yield f".~{name}", _Office
    yield f".~lock.{name}#", _Libre


class _Office(str):
    """The user's name in an owner file: its length in a byte, then the name; from byte 55 the same in UTF-16."""

    __slots__ = ()

    def __new__(cls, content: bytes) -> _Office:
        wide = content[55:57]
        if len(wide) == 2 and (count := int.from_bytes(wide, "little")) and len(content) >= 57 + 2 * count:
            return super().__new__(cls, content[57 : 57 + 2 * count].decode("utf-16-le", "replace"))
        narrow = content[1 : 1 + content[0]] if content and content[0] < 54 else b""
        return super().__new__(cls, _narrow(narrow))


class _Libre(str):
    """The user in a LibreOffice lock: `name,user,host,since,profile;`, commas escaped by a backslash."""

    __slots__ = ()

    def __new__(cls, content: bytes) -> _Libre:
        parts = [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", content.decode("utf-8", "replace"))]
        name, user, host = [*parts, "", "", ""][:3]
        who = name.strip() or user.strip()
        return super().__new__(cls, f"{who}, {host.strip()}" if who and host.strip() else who or host.strip())


def _narrow(content: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return content.decode("latin-1")


# ------------------------------------------------------------------------------ conflict copies

_COPIES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(.+?) ?\(\d{1,3}\)",  # browsers, WPS cloud, Google Drive
        r"(.+?)[ _-]*\([^()]*(?:conflict|冲突|衝突)[^()]*\)",  # Dropbox, Nextcloud, Nutstore
        r"(.+?)\.sync-conflict-\d{8}-.*",  # Syncthing
        r"(.+?)[ _-]+\[?(?:conflict|冲突|衝突).*",  # Google Drive, Baidu, ownCloud: _conflict-20260301
        r"(.+?)-(?:DESKTOP|LAPTOP|PC|WIN|MACBOOK)[-A-Z0-9]*(?:-\d+)?",  # OneDrive: the computer's name
    )
)


def original_of(path: Path) -> Path | None:
    """The file that this one is a sync client's copy of, if that one stands beside it."""
    stem = unicodedata.normalize("NFKC", path.stem)
    stems = [found[1] for pattern in _COPIES if (found := pattern.fullmatch(stem))]
    host = platform.node()
    if host and stem.casefold().endswith(f"-{host}".casefold()):
        stems.append(stem[: -len(host) - 1])
    beside = {unicodedata.normalize("NFKC", p.name): p for p in _files(path.parent)} if stems else {}
    for one in stems:
        found_file = beside.get(f"{one.rstrip()}{path.suffix}")
        if found_file and found_file.name != path.name:
            return found_file
    return None


def refuse_copy(path: Path) -> None:
    """Raises SourceRefused for a conflict copy: which of the two files is right, only a person can say."""
    original = original_of(path)
    if original:
        raise SourceRefused(
            "{path} is a copy that a sync client or a download made of {original}, which stands beside it. Bring the"
            " two together by hand, delete the copy, and name the original",
            path=path,
            original=original.name,
        )


def copies_of(path: Path) -> list[Path]:
    """Conflict copies that stand beside a file: somebody's edits may be in one of them."""
    return [p for p in _files(path.parent) if p.suffix == path.suffix and p != path and original_of(p) == path]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.is_file())
    except OSError:
        return []


# ------------------------------------------------------------------------------ a path with *


def newest(folder: Path, pattern: str) -> Path:
    """The file that `path:` means. With `*` or `?` in its last part the newest by name (numbers in it as numbers).

    Marks, copies and our own backups are not meant. Raises SourceRefused where none is there, or it is a copy.
    """
    path = Path(pattern).expanduser()
    path = path if path.is_absolute() else folder / path
    if not re.search(r"[*?]", path.name):
        refuse_copy(path)
        return path
    meant = [
        p
        for p in path.parent.glob(path.name)
        if p.is_file() and not p.name.startswith(("~$", ".~")) and not is_ours(p.name) and original_of(p) is None
    ]
    if not meant:
        raise SourceRefused(
            "no file meets {path}; the source counts as failed, not as empty. Mend `path:`, or put the file there",
            path=path,
        )
    return max(meant, key=lambda p: (_natural(p.name), p.name))


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(1, int(part), "") if at % 2 else (0, 0, part) for at, part in enumerate(parts)]


# ------------------------------------------------------------------------------ ours


def mark(word: str) -> str:
    """What stands in the names of files that we put beside a user's file."""
    return f".offbook-{word}"


def is_ours(name: str) -> bool:
    return ".offbook-" in name and name.endswith((".bak", ".tmp"))
