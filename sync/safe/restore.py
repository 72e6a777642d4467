"""How does a backup take the ledger's place? (RULES R21c)

The present ledger is kept aside. The one that comes back goes on with the present one's numbers (runs, leases, epoch), so
that old plans are refused and marks in the sources are not met as later ones; it forgets what cells had agreed on, and
once more those who were erased since. Nothing is created or removed until one complete run of all sources is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from connectors.contract import ConfigError
from sync.config.model import Workspace
from sync.errors import LedgerBusy, LedgerError
from sync.ledger import audit, copies, restoring
from sync.ledger.lease import Lease, take
from sync.ledger.restoring import Numbers
from sync.ledger.store import Ledger, open_ledger
from sync.picture.opening import Picture, look
from sync.run import Session
from sync.safe.again import erase_again
from sync.safe.waiting import highest_met
from sync.tables import all_units
from sync.units import Form
from sync.workspace import ledger_place

Clock = Callable[[], datetime]
_READY: Final = "restoring"


@dataclass(frozen=True, slots=True)
class Found:
    """What a backup holds. later: how many runs the present ledger has made since; None where that is damaged or missing."""

    path: str
    ledger: str
    last: str
    runs: int
    records: int
    links: int
    entities: int
    later: int | None

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Restored:
    """run: the one that stands for the restoring. aside: where the ledger that was left is, "" where there was none.
    erased: customers who were erased since the backup and went once more."""

    run: int
    epoch: int
    records: int
    entities: int
    aside: str = ""
    erased: int = 0

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def inspect(workspace: Workspace, path: Path) -> Found:
    """What would come back, for the person to confirm. Nothing is changed. Raises ConfigError, LedgerError."""
    target, copy = _place(workspace), path.expanduser().absolute()
    found = copies.contents(copy)
    now = _present(target)
    if now is not None and now.ledger != found.ledger:
        raise ConfigError(
            "{path} is a backup of another ledger than {ledger}; a workspace gets its own ledger back",
            path=copy,
            ledger=target,
        )
    later = now.run - found.runs if now is not None else None
    return Found(str(copy), str(target), found.last, found.runs, found.records, found.links, found.entities, later)


def restore(workspace: Workspace, path: Path, *, by: str, clock: Clock = lambda: datetime.now(UTC)) -> Restored:
    """Puts a backup in the ledger's place. Raises ConfigError, LedgerError, LedgerBusy while a run is going on."""
    found, target = inspect(workspace, path), _place(workspace)
    now = clock()
    half = target.with_name(f"{target.stem}.{_READY}{target.suffix}")
    aside = _free(target, f"before-restore-{now.astimezone(UTC):%Y%m%d-%H%M%S}")
    lease, before = _left(target, clock)
    try:
        copies.bring_in(Path(found.path), half)
        done = _made_ready(workspace, half, before, by, clock)
        if lease is not None:
            lease.rest()
        left = str(aside) if target.exists() else ""
        copies.put_in_place(half, target, aside)
    except BaseException:
        if lease is not None:
            lease.release()
        raise
    finally:
        half.unlink(missing_ok=True)
    return replace(done, aside=left)


def accept(session: Session, *, by: str) -> Restored:
    """The ledger itself is an older copy (put there by hand, or by the database's own tools): goes on as after a restore.

    Raises LedgerBusy while a run is going on.
    """
    lease = take(session.ledger, clock=session.clock, what="restore")
    try:
        with session.ledger.transaction() as c:
            lease.renew(c)
            met = highest_met(session.ledger, c, session.ledger.get(c, "ledger"))
            return _begin_again(session, c, Numbers(run=met), by)
    finally:
        lease.release()


# ------------------------------------------------------------------------------ its parts


def _place(workspace: Workspace) -> Path:
    place = ledger_place(workspace)
    if "://" in place and not place.startswith("sqlite"):
        raise ConfigError(
            "this ledger stands in a database server: bring it back with its own tools (pg_restore), then run"
            " `offbook restore --here`"
        )
    name = place.partition(":///")[2] if "://" in place else place
    return (Path(workspace.folder) / name).expanduser()


def _free(target: Path, word: str) -> Path:
    """A name beside the ledger that nothing has yet."""
    path, n = target.with_name(f"{target.stem}.{word}{target.suffix}"), 1
    while path.exists():
        n += 1
        path = target.with_name(f"{target.stem}.{word}-{n}{target.suffix}")
    return path


def _present(target: Path) -> Numbers | None:
    """What the present ledger says of itself; None where it is missing or damaged. Raises LedgerBusy."""
    if not target.exists():
        return None
    try:
        ledger = open_ledger(target.name, target.parent, create=False)
        try:
            with ledger.transaction() as c:
                return restoring.numbers(ledger, c)
        finally:
            ledger.close()
    except LedgerError:
        return None


def _left(target: Path, clock: Clock) -> tuple[Lease | None, Numbers]:
    """Holds the present ledger, and asks it for its numbers; a damaged or missing one can say nothing."""
    if not target.exists():
        return None, Numbers()
    try:
        ledger = open_ledger(target.name, target.parent, create=False)
    except LedgerBusy:
        raise
    except LedgerError:
        return None, Numbers()
    try:
        lease = take(ledger, clock=clock, what="restore")
    except LedgerBusy:
        ledger.close()
        raise
    except LedgerError:
        ledger.close()
        return None, Numbers()
    try:
        with ledger.transaction() as c:
            return lease, restoring.numbers(ledger, c)
    except LedgerError:
        return lease, Numbers()


def _made_ready(workspace: Workspace, half: Path, before: Numbers, by: str, clock: Clock) -> Restored:
    """The backup's copy becomes the ledger that it will be, before it is in its place."""
    ledger = open_ledger(half.name, half.parent, create=False)
    session = Session(workspace, ledger, clock=clock)
    try:
        with ledger.transaction() as c:
            met = highest_met(ledger, c, ledger.get(c, "ledger"))
            return _begin_again(session, c, before._replace(run=max(before.run, met)), by)
    finally:
        session.close()


def _begin_again(session: Session, c: Connection, before: Numbers, by: str) -> Restored:
    ledger, now = session.ledger, session.clock()
    picture = look(session, c, 0)
    run = restoring.begin_again(ledger, c, before, _units(picture), _kinds(session.workspace), now)
    erased = erase_again(session, c, run)
    epoch = int(ledger.get(c, "epoch", "0"))
    (records,), (entities,) = (row for sql in (restoring.RECORDS, restoring.ENTITIES) for row in ledger.rows(c, sql))
    ids = {"by": by, "epoch": epoch, "erased again": erased, "runs before": before.run}
    audit.append(ledger, c, run=run, at=now, event="restored", ids=ids)
    return Restored(run, epoch, int(records), int(entities), erased=erased)


def _units(picture: Picture) -> Mapping[int, Mapping[str, Mapping[str, bool]]]:
    """Table → part → its units, and whether each is a set."""
    return {
        table.id: {
            part.map.name: {name: view.unit.form is Form.SET for name, view in part.views.items()}
            for part in table.parts
        }
        for table in picture.run.tables.values()
    }


def _kinds(workspace: Workspace) -> Mapping[str, Mapping[str, bool]]:
    """The same by kind, for tables that the workspace does not name any more."""
    return {
        kind: {name: unit.form is Form.SET for name, unit in units.items()}
        for kind, units in all_units(workspace).items()
    }


__all__ = ["Found", "Ledger", "Restored", "accept", "inspect", "restore"]
