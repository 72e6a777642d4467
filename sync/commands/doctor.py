"""Is everything in order where Offbook works: the ledger, its folder, the disk, the clock, what is open? (`doctor`)"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from connectors.contract import Finding, OffbookError, say
from sync.config.model import Workspace
from sync.ledger import audit, looks
from sync.ledger.schema import VERSION
from sync.ledger.store import Ledger, open_ledger
from sync.workspace import ledger_place

ROOM: Final = 3
"""A run may need so many times the ledger's size on its disk: write-ahead log, and a copy before an upgrade."""
LEAST_ROOM: Final = 200_000_000
LOOSE: Final = {
    "link_record": say("links without a record"),
    "link_entity": say("links without a customer"),
    "cell_link": say("cells without a link"),
}
AHEAD: Final = timedelta(minutes=5)


def examine(workspace: Workspace, now: datetime | None = None) -> list[Finding]:
    """Errors: nothing should run before they are mended. Warnings: look at them. Notes: what there is."""
    found = list(_versions())
    now = now or datetime.now(UTC)
    where = ledger_place(workspace)
    path = None if "://" in where else (workspace.folder / where).expanduser()
    found += _folder(workspace.folder, path)
    if path is not None and not path.exists():
        return [*found, _note("ledger", say("there is no ledger yet; the first run makes it"))]
    try:
        ledger = open_ledger(where, workspace.folder, create=False)
    except OffbookError as trouble:
        return [*found, Finding("error", "ledger", trouble.said)]
    try:
        found += _ledger(ledger, now)
    except OffbookError as trouble:
        found.append(Finding("error", "ledger", trouble.said))
    finally:
        ledger.close()
    return found


def _note(code: str, text: str) -> Finding:
    return Finding("note", code, text)


def _versions() -> Iterator[Finding]:
    import sqlalchemy

    from offbook import __version__

    yield _note("versions", say("Offbook {offbook}, Python {python}, SQLite {sqlite}, SQLAlchemy {sqlalchemy}, {system}",
                offbook=__version__, python=platform.python_version(), sqlite=sqlite3.sqlite_version,
                sqlalchemy=sqlalchemy.__version__, system=f"{platform.system()} {platform.release()}"))  # fmt: skip


def _folder(folder: Path, ledger: Path | None) -> Iterator[Finding]:
    if not os.access(folder, os.W_OK):
        yield Finding("error", "folder", say("the folder {folder} cannot be written", folder=folder))
    place = ledger.parent if ledger is not None and ledger.parent.exists() else folder
    free = shutil.disk_usage(place).free
    size = ledger.stat().st_size if ledger is not None and ledger.exists() else 0
    needed = max(LEAST_ROOM, ROOM * size)
    text = say("{free} MB are free on the disk of {folder}; the ledger takes {size} MB",
               free=free // 10**6, folder=place, size=size // 10**6)  # fmt: skip
    yield Finding("warning" if free < needed else "note", "disk", text)
    if ledger is not None and ledger.exists() and os.name == "posix" and ledger.stat().st_mode & 0o077:
        yield Finding("warning", "mode", say("others may read the ledger {path}; say: chmod 600 {path}", path=ledger))


def _ledger(ledger: Ledger, now: datetime) -> Iterator[Finding]:
    with ledger.transaction() as c:
        broken = looks.integrity(ledger, c)
        for text in broken[:3]:
            yield Finding("error", "integrity", say("the ledger is damaged: {what}; restore a backup (`offbook restore FILE`)",
                                                    what=text))  # fmt: skip
        if not broken:
            yield _note("integrity", say("the ledger is whole (tables of version {version})", version=VERSION))
        for name, count in looks.loose_ends(ledger, c).items():
            yield Finding("error", "loose", say("{count} {what}; please report it", count=count, what=LOOSE[name]))
        yield from _audit(ledger, c)
        yield from _clock(looks.last_start(ledger, c), now)
        yield from _lease(*looks.lease_row(ledger, c), now)
        yield from _open(looks.counts(ledger, c))


def _audit(ledger: Ledger, c: Connection) -> Iterator[Finding]:
    """The list of what was planned, applied, decided and erased is a chain: an entry changed or missing shows."""
    found = audit.verify(ledger, c)
    if found.broken:
        yield Finding("error", "audit", say("the audit does not hold together from entry {number} on: somebody changed it, or"
                      " the ledger was damaged; restore a backup (`offbook restore FILE`)", number=found.broken))  # fmt: skip
    else:
        yield _note("audit", say("the audit is whole; entries: {count}", count=found.entries))


def _clock(last: str, now: datetime) -> Iterator[Finding]:
    if last and datetime.fromisoformat(last) > now + AHEAD:
        text = say("the clock stands before the last run ({last}); runs are counted, so nothing is lost, but waiting times"
                   " of guards and removals are wrong", last=last)  # fmt: skip
        yield Finding("warning", "clock", text)


def _lease(holder: str, until: str, now: datetime) -> Iterator[Finding]:
    if until and datetime.fromisoformat(until) > now:
        host, pid, _, doing = (*holder.split("|"), "", "", "", "")[:4]
        yield _note("lease", say("in use by {what} (process {pid} on {host}) until {until} at the latest",
                                 what=doing, pid=pid, host=host, until=until))  # fmt: skip


def _open(counts: dict[str, int]) -> Iterator[Finding]:
    yield _note("size", say("{records} records, {links} links, {entities} customers, contacts and visits",
                            records=counts["records"], links=counts["links"], entities=counts["entities"]))  # fmt: skip
    waiting = (
        ("questions", say("questions that wait: {count} (`offbook review list`)", count=counts["questions"])),
        ("decisions", say("decisions that the next run takes up: {count}", count=counts["decisions"])),
        ("holds", say("removals that wait for their time: {count}", count=counts["holds"])),
        ("quarantined", say("records put apart until their source is mended: {count}", count=counts["quarantined"])),
    )
    for name, text in waiting:
        if counts[name]:
            yield _note(name, text)
    if counts["doubts"]:
        text = say("writes without an answer yet: {count}; the next run looks at them first", count=counts["doubts"])
        yield Finding("warning", "doubts", text)
    if counts["applying"]:
        text = say("plans not applied to their end: {count}; `offbook runs` names them, `offbook apply PLAN` goes on",
                   count=counts["applying"])  # fmt: skip
        yield Finding("note", "applying", text)


__all__ = ["examine"]
