"""How does what is old leave the ledger? The erasure's code, by age. (RULES R22: retention)

Customers whose last record ended that long ago go altogether, without tombstones: who comes back then is a new customer.
Of the others goes what they once were: losers, former goldens, values of changes and of decisions that were taken.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors.contract import ConfigError
from sync.erase.act import Erased, begin, cleaned, end
from sync.erase.elsewhere import copies
from sync.erase.target import takings
from sync.ledger import erasing, expiring
from sync.ledger.lease import take
from sync.picture.opening import look
from sync.run import Session

SHORTEST: Final = timedelta(days=30)
"""Below this, undo and removals that wait would lose what they work with."""


def expire(session: Session, older_than: timedelta, *, by: str) -> Erased:
    """Erases by age, counted back from now. Raises ConfigError below 30 days, LedgerBusy while a run is going on."""
    if older_than < SHORTEST:
        raise ConfigError("undo and removals that wait need at least {days} days; write more", days=SHORTEST.days)
    lease = take(session.ledger, clock=session.clock, what="erase")
    try:
        with session.ledger.transaction() as c:
            run = begin(session, c, lease, "retention")
            before = session.clock() - older_than
            last = expiring.last_run(session.ledger, c, before)
            gone = expiring.ended(session.ledger, c, last)
            found = takings(look(session, c, 0), gone).gone
            if gone:
                erasing.wipe(session.ledger, c, found, run)
            past = expiring.forget_past(session.ledger, c, last, before)
            kept = tuple(str(one) for one in copies(session, c))
            done = Erased(run, len(gone), len(found.records), 0, copies=kept, past=past)
            said = {"customers": len(gone), "records": done.records, "past": past, "days": older_than.days}
            end(session, c, run, by, "retention", said)
        return cleaned(session, done)
    finally:
        lease.release()
