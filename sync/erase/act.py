"""How is a customer erased? One transaction, then the file is cleaned of what it freed. (RULES R22)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from connectors.contract import ConfigError
from sync.erase.elsewhere import copies
from sync.erase.key import secret
from sync.erase.target import Holder, Outlook, outlook
from sync.ledger import audit, erasing, graph
from sync.ledger.lease import Lease, take
from sync.ledger.runs import begin_run, end_run
from sync.picture.opening import look
from sync.rules.erased import digest
from sync.run import Session

KEEP: Final = timedelta(days=3 * 365)
"""How long an erased customer is kept away from then on, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken out. still: records whose places still hold him; leaving: those that a hold removes there.

    others, copies: as in Target. past: former values of customers who stay (retention). cleaned: the freed pages of the
    ledger are overwritten too; False: another program has the ledger open, and they are when it closes.
    """

    run: int
    customers: int
    records: int
    tombstones: int
    until: str = ""
    still: tuple[Holder, ...] = ()
    leaving: tuple[Holder, ...] = ()
    others: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    past: int = 0
    cleaned: bool = True

    def as_json(self) -> dict[str, object]:
        """Ids and counts; no value of his."""
        return {
            "run": self.run,
            "customers": self.customers,
            "records": self.records,
            "tombstones": self.tombstones,
            "until": self.until,
            "still": [[one.table, one.key, one.part] for one in self.still],
            "leaving": [[one.table, one.key, one.part] for one in self.leaving],
            "others": list(self.others),
            "copies": list(self.copies),
            "past": self.past,
            "cleaned": self.cleaned,
        }


def erase(session: Session, entity: str, *, by: str, keep: timedelta = KEEP) -> Erased:
    """Takes a customer out of every table of the ledger and keeps him away for `keep` from now on.

    by: who says so. Raises ConfigError where there is none, LedgerBusy while a run is going on.
    """
    lease = take(session.ledger, clock=session.clock, what="erase")
    try:
        with session.ledger.transaction() as c:
            run = begin(session, c, lease, "erase")
            picture = look(session, c, 0)
            ids = erasing.family(session.ledger, c, entity)
            if not ids:
                raise ConfigError(
                    "there is no customer {entity}; `offbook show SOURCE KEY` tells whom a record speaks of",
                    entity=entity,
                )
            found = outlook(picture, ids)
            kind = graph.entities(session.ledger, c, 0, ids[:1])[ids[0]].kind
            take_out(session, c, run, found, {ids[0]: kind})
            until = (session.clock() + keep).isoformat(timespec="seconds")
            count = erasing.set_tombstones(session.ledger, c, digests(session, c, found.stones), until)
            done = _told(session, c, run, found, count, until)
            end(session, c, run, by, "erased", {"entity": ids[0], **_counts(done)})
        return cleaned(session, done)
    finally:
        lease.release()


def take_out(session: Session, c: Connection, run: int, found: Outlook, kinds: Mapping[str, str]) -> None:
    """The values go; what is left for a removal at a source is kept empty. kinds: of the customers that go."""
    erasing.wipe(session.ledger, c, found.gone, run)
    if found.stubs:
        ((entity, kind),) = kinds.items()
        at = session.clock().isoformat()
        erasing.keep_for_removal(session.ledger, c, entity, kind, found.stubs, run, at)


def digests(session: Session, c: Connection, stones: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    key = secret(session.ledger, c)
    return [(digest(key, mark), how) for mark, how in stones.items()]


# ------------------------------------------------------------------------------ its parts


def begin(session: Session, c: Connection, lease: Lease, sort: str) -> int:
    """A run of its own, in the transaction that does the work: it is there with it, or not at all."""
    lease.renew(c)
    erasing.overwrite_freed(session.ledger, c)
    return begin_run(session.ledger, c, "", sort, session.clock())


def end(session: Session, c: Connection, run: int, by: str, event: str, said: Mapping[str, object]) -> None:
    epoch = erasing.next_epoch(session.ledger, c)
    audit.append(session.ledger, c, run=run, at=session.clock(), event=event, ids={"by": by, "epoch": epoch, **said})
    end_run(session.ledger, c, run, session.clock(), 0, {"erased": dict(said)})


def _told(session: Session, c: Connection, run: int, found: Outlook, stones: int, until: str) -> Erased:
    return Erased(
        run=run,
        customers=1,
        records=len(found.gone.records),
        tombstones=stones,
        until=until,
        still=tuple(one for one in found.holders if not one.removed),
        leaving=tuple(one for one in found.holders if one.removed),
        others=found.others,
        copies=tuple(str(one) for one in copies(session, c)),
    )


def _counts(done: Erased) -> dict[str, int]:
    return {"customers": done.customers, "records": done.records, "tombstones": done.tombstones}


def cleaned(session: Session, done: Erased) -> Erased:
    return replace(done, cleaned=erasing.clean_file(session.ledger))
