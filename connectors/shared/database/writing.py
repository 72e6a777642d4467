"""How is a batch of changes written? One transaction for each thousand, committed once (C17, C22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from connectors.contract import Change, Outcome, Receipt, Record, RetryLater
from connectors.shared.database.opening import CommitLost, Database
from connectors.shared.database.reading import Reading
from connectors.shared.database.session import Fate, Session, sent
from connectors.shared.database.shape import Column
from connectors.shared.database.troubles import Kind, Refused, why

BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes one table. token: the column our id stands in."""

    database: Database
    reading: Reading
    token: str | None
    asked: tuple[Column, ...]

    def write(self, changes: Sequence[Change]) -> Iterator[Receipt]:
        """Receipts of one op's changes, a transaction for each thousand."""
        for at in range(0, len(changes), BATCH):
            self.database.gate.enter()
            yield from self._batch(changes[at : at + BATCH])

    def _batch(self, changes: Sequence[Change]) -> list[Receipt]:
        """All or, where only the commit tells that something is wrong, halves until the culprit is alone (C22)."""
        try:
            return self.database.patiently(partial(self._transaction, changes))
        except CommitLost as error:
            return [Receipt(change.id, Outcome.UNKNOWN, change.key, detail=error.said) for change in changes]
        except RetryLater as error:
            return [Receipt(change.id, Outcome.DEFERRED, change.key, detail=error.said) for change in changes]
        except Refused as error:  # by the commit: a deferred constraint
            if error.trouble.kind not in (Kind.REFUSED, Kind.DUPLICATE):
                raise
            if len(changes) > 1:
                half = len(changes) // 2
                return [*self._batch(changes[:half]), *self._batch(changes[half:])]
            said = why(error.trouble, sent(changes[0]))
            return [Receipt(changes[0].id, Outcome.REJECTED, changes[0].key, detail=said)]

    def _transaction(self, changes: Sequence[Change]) -> list[Receipt]:
        """All receipts, once they are committed."""
        with self.database.writing() as connection:
            session = Session(self.reading, self.token, connection)
            fates = session.take(changes)
            shown = session.shown({fate.key for fate in fates if fate.key is not None}, self.asked)
        return [self._receipt(change, fate, shown) for change, fate in zip(changes, fates)]

    def _receipt(self, change: Change, fate: Fate, shown: Mapping[str, list[Record]]) -> Receipt:
        records = shown.get(fate.key or "", [])
        record = records[0] if len(records) == 1 else None
        return Receipt(change.id, fate.outcome, fate.key or change.key, record, fate.apart, fate.why)
