"""Who may write to the ledger now? One run at a time, with a number that only grows (RULES R21b)."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from connectors.contract import OffbookError, Stopped
from sync.errors import LedgerBusy
from sync.ledger import schema
from sync.ledger.store import Ledger

SECONDS = 180.0
"""A lease that nobody renewed for so long may be taken over."""
HEARTBEAT = 45.0

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


_LET_GO: Final[set[str]] = set()
"""Holders of this process that let go while the disk was full, so that the ledger still names them."""


class Lease:
    """Held by one run. Every commit renews it first, in its own transaction, and so proves that it still holds.

    broke_off: where the holder before never let go of it, how late that one may still have been at work.
    """

    def __init__(
        self, ledger: Ledger, number: int, holder: str, clock: Clock, broke_off: datetime | None = None
    ) -> None:
        self.ledger, self.number, self.holder, self.clock = ledger, number, holder, clock
        self.broke_off = broke_off
        self._stop = threading.Event()
        self._beat: threading.Thread | None = None
        self._idle = ledger.opened()
        self.lost = False

    def renew(self, c: Connection) -> None:
        """Raises Stopped where another run has taken the ledger over; then nothing of this transaction is kept."""
        until = _text(self.clock() + timedelta(seconds=SECONDS))
        held = self.ledger.do(c, "UPDATE lease SET until = ? WHERE id = 1 AND number = ?", (until, self.number))
        if held != 1:
            self.lost = True
            raise Stopped("another run has taken over the ledger while this one slept; what was not sent stays planned")

    def release(self) -> None:
        """Lets go of the ledger. Where even that cannot be written, this process at least knows that it did."""
        self.rest()
        _LET_GO.add(self.holder)
        with self.ledger.transaction() as c:
            self.ledger.do(c, "UPDATE lease SET until = '' WHERE id = 1 AND number = ?", (self.number,))
        _LET_GO.discard(self.holder)

    def rest(self) -> None:
        """Renews no more and lets go of the file, which is about to be moved. The lease ends by itself."""
        self._stop.set()
        if self._beat is not None:
            self._beat.join(timeout=5)
        if self._idle is not None:
            self._idle.close()
            self._idle = None

    def keep_alive(self) -> None:
        """Renews in the background, so that a slow source does not cost the lease."""
        self._beat = threading.Thread(target=self._run, name="offbook-lease", daemon=True)
        self._beat.start()

    def _run(self) -> None:
        while not self._stop.wait(HEARTBEAT):
            try:
                with self.ledger.transaction() as c:
                    self.renew(c)
            except Stopped:
                return
            except OffbookError:
                continue  # a busy file: the next commit of the run renews it


def take(ledger: Ledger, *, clock: Clock = utc_now, what: str = "") -> Lease:
    """The lease, or LedgerBusy with who holds it. A holder on this machine whose process is gone holds nothing."""
    holder = f"{platform.node()}|{os.getpid()}|{uuid4().hex[:8]}|{what}"
    now = clock()
    with ledger.transaction() as c:
        ledger.bulk(c, schema.lease, ("id", "number", "holder", "until"), [(1, 0, "", "")], on="ignore")
        ledger.do(c, "UPDATE lease SET number = number WHERE id = 1")  # the write lock, before it is read
        ((number, other, until),) = ledger.rows(c, "SELECT number, holder, until FROM lease WHERE id = 1")
        if until and until > _text(now) and _is_alive(other):
            host, pid, _, doing = (*other.split("|"), "", "", "", "")[:4]
            raise LedgerBusy(
                "the ledger is in use by {what} (process {pid} on {host}) until {until} at the latest; run again later",
                what=doing or "another run",
                pid=pid,
                host=host,
                until=until,
            )
        broke_off = _last_sign(until, now)
        until = _text(now + timedelta(seconds=SECONDS))
        values = (number + 1, holder, until)
        ledger.do(c, "UPDATE lease SET number = ?, holder = ?, until = ? WHERE id = 1", values)
    lease = Lease(ledger, number + 1, holder, clock, broke_off)
    lease.keep_alive()
    return lease


def _last_sign(until: str, now: datetime) -> datetime | None:
    """It was renewed at the latest a heartbeat before its holder was gone; "" is what one leaves that lets go."""
    if not until:
        return None
    return min(now, datetime.fromisoformat(until) - timedelta(seconds=SECONDS - HEARTBEAT))


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")


def _is_alive(holder: str) -> bool:
    if holder in _LET_GO:
        return False
    host, _, rest = holder.partition("|")
    pid = rest.partition("|")[0]
    if host != platform.node() or not pid.isdigit() or os.name == "nt":
        return True  # elsewhere, or where asking is not safe: wait for its time
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
