"""What does a store do with one change, and what does it answer? (C17-C29)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from connectors.contract import (
    Change,
    Check,
    Identity,
    Op,
    Outcome,
    Receipt,
    Repeat,
    Said,
    State,
    say,
)
from connectors.shared import rows, sheets
from connectors.shared.store import OFFBOOK, Row, TableStore
from connectors.shared.store.faults import Died, Fault, Trouble
from connectors.shared.store.rules import refused_fields
from connectors.shared.store.session import Session, token_of

_ENDS: Final = frozenset({Op.ARCHIVE, Op.RESTORE, Op.DELETE, Op.MERGE})


class Write:
    def __init__(self, session: Session, table: TableStore) -> None:
        self._session, self._table, self._token = session, table, session.token(table.id)
        self._store, self._can, self._gate = session.store, table.can, session.gate
        self._tokens = {text: row for row in table.rows if (text := token_of(row, self._token))}
        self._find_rows()

    def one(self, change: Change) -> Receipt:
        while trouble := self._take(change, Fault.BEFORE):
            if trouble.do:
                trouble.do()
            self._find_rows()
        answer = self._refused(change)
        if answer:
            return answer
        if change.op is Op.CREATE:
            return self._create(change)
        found = self._row(change)
        if not isinstance(found, Row):
            return sheets.conflict(change, found)
        return self._ended(change, found) if change.op in _ENDS else self._update(change, found)

    # ---- what is refused before anything happens

    def _refused(self, change: Change) -> Receipt | None:
        trouble = self._take(change, Fault.CONFLICT, Fault.DEFERRED, Fault.LOST_REQUEST, Fault.DIES_BEFORE)
        if trouble is None:
            return None
        if trouble.fault is Fault.DIES_BEFORE:
            raise Died(change.id)
        outcome = {Fault.CONFLICT: Outcome.CONFLICT, Fault.DEFERRED: Outcome.DEFERRED}.get(
            trouble.fault, Outcome.UNKNOWN
        )
        return Receipt(change.id, outcome, change.key, detail=trouble.fault.value)

    def _row(self, change: Change) -> Row | Said:
        """The record that is meant and is as the change expects it; or why it is a conflict."""
        check = self._can.checks.get(change.op, Check.NONE)
        if self._can.identity is Identity.NATIVE:
            row = self._by_key.get(change.key or "")
            if row is None or not self._table.shown(row) or self._table.denied:
                return rows.GONE
            if check is Check.RECORD and change.expect is not None and change.expect != self._table.version_of(row):
                return rows.MOVED
        else:
            found = sheets.find(self._index, change, check)
            if isinstance(found, Said):
                return found
            row = self._listed[found]
        if check is not Check.NONE and sheets.moved(change, self._table.record(row, change.before).fields):
            return rows.MOVED
        return row

    def _find_rows(self) -> None:
        table = self._table
        self._listed = list(table.rows)
        if self._can.identity is Identity.NATIVE:
            self._by_key = {row.key: row for row in self._listed}
            return
        keys = [table.key_of(row, self._token, at) for at, row in enumerate(self._listed)]
        versions = [table.version_of(row) for row in self._listed]
        self._index = rows.RowIndex(["" if rows.is_place(key) else key for key in keys], versions.__getitem__)

    # ---- what is done

    def _create(self, change: Change) -> Receipt:
        again = self._tokens.get(change.token or "")
        if again is not None and again in self._table.rows and self._knows(again):
            return Receipt(change.id, Outcome.DUPLICATE, self._key(again), detail=say("this create was sent before"))
        apart = refused_fields(self._store, self._table, change, None)
        if apart and not (self._table.partial and set(change.after) - set(apart)):
            return sheets.rejected(change, apart)
        if apart and any(self._table.fields[name].required for name in apart if name in self._table.fields):
            return sheets.rejected(change, apart)
        if (trouble := self._take(change, Fault.REJECTED)) is not None:
            return sheets.rejected(change, dict.fromkeys(trouble.fields, (Outcome.REJECTED, trouble.fault.value)))
        row = Row(self._store.next_id(), self._table.new_key(), dict.fromkeys(self._table.fields))
        row.token, row.sent_at = change.token, self._gate.now()
        row.found_from = row.sent_at + timedelta(seconds=self._can.lag)
        if self._token and change.token:
            row.values[self._token] = change.token
        self._table.rows.append(row)
        if change.token:
            self._tokens[change.token] = row
        return self._stored(change, row, apart)

    def _knows(self, row: Row) -> bool:
        """Whether the system itself takes the same token for the same create."""
        if self._can.repeat is Repeat.CHOSEN:
            return True
        age = self._gate.now() - row.sent_at if row.sent_at else timedelta.max
        return age <= timedelta(seconds=self._can.keyed_for)

    def _update(self, change: Change, row: Row) -> Receipt:
        apart = refused_fields(self._store, self._table, change, row)
        trouble = self._take(change, Fault.REJECTED)
        if trouble is not None:
            named = trouble.fields & change.after.keys() if trouble.fields else change.after.keys()
            apart |= dict.fromkeys(named, (Outcome.REJECTED, trouble.fault.value))
        rest = set(change.after) - set(apart)
        if apart and (not rest or not self._table.partial):
            return sheets.rejected(change, apart)
        self._give_id(row)
        return self._stored(change, row, apart)

    def _give_id(self, row: Row) -> None:
        """A row of a sheet that has no key gets our id with its first write (C27)."""
        if self._token and self._can.identity is Identity.CELL and rows.is_place(self._table.key_of(row, self._token)):
            row.values[self._token] = rows.new_id()

    def _stored(self, change: Change, row: Row, apart: dict[str, tuple[Outcome, str]]) -> Receipt:
        """Stores what was not refused, and answers, or not."""
        after = {name: value for name, value in change.after.items() if name not in apart}
        ignored = self._take(change, Fault.IGNORED)
        if ignored is not None:
            after = {n: v for n, v in after.items() if ignored.fields and n not in ignored.fields}
        self._table.store_values(row, after)
        separate = [name for name in after if self._table.fields[name].own_call]
        for _ in separate:
            self._session.request(self._table)
        if separate and self._take(change, Fault.LOST_OWN_CALL):
            apart = {**apart, **dict.fromkeys(separate, (Outcome.UNKNOWN, Fault.LOST_OWN_CALL.value))}
        return self._answer(change, row, apart)

    def _ended(self, change: Change, row: Row) -> Receipt:
        table = self._table
        if change.op is Op.DELETE:
            table.end(row, State.DELETED, OFFBOOK)
        elif change.op is Op.MERGE:
            return self._merged(change, row)
        else:
            row.state = State.ARCHIVED if change.op is Op.ARCHIVE else State.LIVE
            table.touch(row, (), OFFBOOK)
        return self._answer(change, row, {})

    def _merged(self, change: Change, winner: Row) -> Receipt:
        """Waits for the store's job within left(); else nobody knows (C29)."""
        losers = [self._by_key.get(key) for key in change.losers]
        if any(loser is None for loser in losers):
            return sheets.conflict(change, rows.GONE)
        waited = 0.0
        while waited < self._table.merge_takes:
            if self._gate.left() <= 1.0:
                return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=say("the merge is still under way"))
            self._gate.wait(1.0)
            waited += 1.0
        for loser in losers:
            assert loser is not None
            loser.into = self._key(winner)
            self._table.end(loser, State.MOVED, OFFBOOK)
        return self._stored(change, winner, {})

    def _answer(self, change: Change, row: Row, apart: Mapping[str, tuple[Outcome, str]]) -> Receipt:
        """The answer as the system gives it: of the moment of the write, whatever happens right after it."""
        key, alive = self._key(row), row in self._table.rows
        record = self._table.record(row, self._shown(change), self._token) if self._table.answers and alive else None
        while trouble := self._take(change, Fault.AFTER):
            if trouble.do:
                trouble.do()
        self._table.run_before(row)
        if self._take(change, Fault.DIES):
            raise Died(change.id)
        if self._take(change, Fault.LOST_ANSWER):
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=Fault.LOST_ANSWER.value)
        return Receipt(change.id, Outcome.DONE, key, record, apart)

    def _shown(self, change: Change) -> Iterable[str]:
        """What an answer shows: all that the mapping reads, or all there is."""
        return self._session.facts(self._table.id).fields or tuple(self._table.fields)

    def _key(self, row: Row) -> str:
        return self._table.key_of(row, self._token)

    def _take(self, change: Change, *faults: Fault) -> Trouble | None:
        return self._store.take(*faults, table=self._table.id, op=change.op, key=change.key)
