"""How is a table of a store told, page by page? (C1-C8)"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from connectors.contract import (
    Certificate,
    CursorExpired,
    Identity,
    Listing,
    Page,
    Query,
    Record,
    RetryLater,
    Said,
    SourceRefused,
    State,
    say,
)
from connectors.shared.store import Row
from connectors.shared.store.faults import Fault
from connectors.shared.store.session import Session


class Pull:
    """One pull: pages in order, each with a `resume` from which another object can go on."""

    def __init__(self, session: Session, query: Query) -> None:
        self._session, self._table, self._token = session, session.table(query.table), session.token(query.table)
        self._store, self._can = session.store, self._table.can
        native = self._can.identity is Identity.NATIVE
        self._by_number = native and self._can.listing is not Listing.DRIFTING
        self._places = {} if native else {id(row): at for at, row in enumerate(self._table.rows)}
        self._listed_at = self._store.seq
        table = self._table
        self._visible = [name for name in query.fields if name in table.fields and name not in table.hidden]
        self._scope = f"{self._store.name}/{table.id}/{table.view}/{self._store.actor}"
        self._seal = blake2b(
            "\x1f".join([self._scope, *sorted(self._visible), str(self._store.epoch)]).encode(), digest_size=8
        ).hexdigest()
        self._start, self._since, self._last, self._why = self._store.seq, -1, 0, ""
        if query.resume is not None:
            self._start, self._since, self._last, cut = self._opened(query.resume, 4)
            self._why = _CUT if cut else ""
        elif query.since is not None and self._can.changes:
            (self._since,) = self._opened(query.since, 1)

    def pages(self) -> Iterator[Page]:
        self._session.request(self._table)
        listed = self._listed()
        declared = len(listed) if self._table.declares and self._since < 0 else None
        before: tuple[Record, ...] = ()
        while True:
            records, more = self._page(listed)
            if records and records == before:
                raise SourceRefused("{table} gave the same page twice; nothing of it counts", table=self._table.id)
            if not more:
                self._may_break()
                yield Page(records, None, self._certificate(declared))
                return
            before = records
            yield Page(records, self._sealed(self._start, self._since, self._last, int(bool(self._why))))
            listed = self._turn(listed)

    def _may_break(self) -> None:
        if self._store.take(Fault.BREAKS, table=self._table.id):
            raise RetryLater("{table} stopped answering; Offbook tries again", table=self._table.id)

    def _turn(self, listed: list[Row]) -> list[Row]:
        """Between two pages: the next request, and what may have happened meanwhile."""
        self._may_break()
        trouble = self._store.take(Fault.BETWEEN_PAGES, table=self._table.id)
        if trouble and trouble.do:
            trouble.do()
        if self._store.take(Fault.LOOPS, table=self._table.id):
            self._last = 0
        self._session.request(self._table)
        still = self._by_number and self._store.seq == self._listed_at and not self._table.denied
        return listed if still or self._can.identity is not Identity.NATIVE else self._listed()

    def _listed(self) -> list[Row]:
        """Everything there is to tell, in the order of paging: by the row's own number, which does not move; where the
        listing drifts by its place, which does."""
        table = self._table
        self._listed_at = self._store.seq
        if table.denied:
            return []
        full = self._since < 0
        states = {State.LIVE, State.ARCHIVED} if self._can.deletions or not full else {State.LIVE}
        found = [row for row in table.rows if row.state in states and row.seq > self._since and table.shown(row)]
        ends = {State.MOVED} if full or not self._can.deletions else {State.MOVED, State.DELETED}
        found += [row for row in table.ended if row.state in ends and row.seq > self._since]
        if self._by_number:
            found.sort(key=lambda row: row.id)
        return found

    def _page(self, listed: list[Row]) -> tuple[tuple[Record, ...], bool]:
        """The records after `_last` (a row's number, or how many were told), and whether there are more."""
        first = bisect_right(listed, self._last, key=lambda row: row.id) if self._by_number else self._last
        page = listed[first : first + self._can.page] if self._can.page else listed[first:]
        more = first + len(page) < len(listed)
        if page:
            self._last = page[-1].id if self._by_number else first + len(page)
        if page and self._store.take(Fault.CUT, table=self._table.id):
            page, self._why = page[1:], _CUT
        return tuple(map(self._record, page)), more

    def _record(self, row: Row) -> Record:
        if row.state in (State.MOVED, State.DELETED):
            return self._table.record(row, (), self._token)
        return self._table.record(row, self._visible, self._token, self._places.get(id(row)))

    def _certificate(self, declared: int | None) -> Certificate:
        cursor = self._sealed(self._start) if self._can.changes else None
        visible = frozenset(self._visible)
        full = self._since < 0
        return Certificate(full, not self._why, self._scope, visible, self._store.actor, cursor, declared, self._why)

    def _sealed(self, *numbers: int) -> str:
        return ".".join([self._seal, *map(str, numbers)])

    def _opened(self, text: str, count: int) -> list[int]:
        """The numbers of a cursor or resume given under the same scope, fields and epoch; else CursorExpired."""
        seal, *numbers = text.split(".")
        if seal != self._seal or len(numbers) != count or not all(n.lstrip("-").isdigit() for n in numbers):
            raise CursorExpired("the cursor of {table} is no longer good; it is read in full", table=self._table.id)
        return [int(number) for number in numbers]


_CUT: Final[Said] = say("one record could not be read")
