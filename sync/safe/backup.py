"""How is a copy of the ledger made that can be trusted? Copied while in use, checked, and remembered for erasures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from sync.erase.elsewhere import note_backup
from sync.ledger import audit, copies
from sync.run import Session


@dataclass(frozen=True, slots=True)
class BackedUp:
    """size: bytes. runs: the newest run in it."""

    path: str
    size: int
    runs: int
    records: int
    links: int
    entities: int

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def backup(session: Session, path: Path, *, by: str) -> BackedUp:
    """Copies the ledger into a new file, mode 0600. Raises ConfigError (the file exists; a database server), LedgerError."""
    target = path.expanduser().absolute()
    found = copies.copy_into(session.ledger, target)
    with session.ledger.transaction() as c:
        note_backup(session, c, target)
        ids = {"by": by, "runs": found.runs, "records": found.records}
        audit.append(session.ledger, c, run=0, at=session.clock(), event="backup", ids=ids)
    return BackedUp(str(target), target.stat().st_size, found.runs, found.records, found.links, found.entities)


__all__ = ["BackedUp", "backup"]
