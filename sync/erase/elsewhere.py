"""Which files beside the ledger hold customers' values as they once were? (RULES R22: they are named, not searched)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from sync.run import Session

_BACKUP = "backup:"


def note_backup(session: Session, c: Connection, path: Path) -> None:
    """Remembers where a copy of the ledger was put, so that an erasure can name it."""
    known = {one for one in backups(session, c) if one.exists()} | {path}
    session.ledger.do(c, "DELETE FROM meta WHERE name LIKE ?", (f"{_BACKUP}%",))
    for n, one in enumerate(sorted(known)):
        session.ledger.set(c, f"{_BACKUP}{n}", str(one))


def backups(session: Session, c: Connection) -> list[Path]:
    rows = session.ledger.rows(c, "SELECT value FROM meta WHERE name LIKE ?", (f"{_BACKUP}%",))
    return sorted(Path(row[0]) for row in rows)


def copies(session: Session, c: Connection) -> list[Path]:
    """Backups of the ledger, copies that were made before an upgrade or a restore, and sources as they were before a write."""
    found = {one for one in backups(session, c) if one.exists()}
    ledger = session.ledger.path
    if ledger is not None:
        found |= set(ledger.parent.glob(f"{ledger.stem}.*{ledger.suffix}"))
    for source in session.workspace.sources.values():
        for name in ("path", "file"):
            text = source.options.get(name)
            if isinstance(text, str) and "://" not in text:
                found |= set(_kept_beside(Path(session.workspace.folder, text)))
    return sorted(found)


def _kept_beside(path: Path) -> Iterator[Path]:
    """What a whole-file connector left when it replaced the file."""
    name = path.name.replace("[", "[[]")
    yield from path.parent.glob(f"{name}.offbook-*.bak")


__all__ = ["backups", "copies", "note_backup"]
