"""How is a table of a store told, page by page? (C1-C8)"""

from __future__ import annotations

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
        return self._listed() if self._can.identity is Identity.NATIVE else listed

    def _listed(self) -> list[Row]:
        """Everything there is to tell, in the order of paging: by the row's own number, which does not move; where the
        listing drifts by its place, which does."""
        table = self._table
        if table.denied:
            return []
        full = self._since < 0
        states = {State.LIVE, State.ARCHIVED} if self._can.deletions or not full else {State.LIVE}
        found = [row for row in table.rows if row.state in states and row.seq > self._since and table.shown(row)]
        ends = {State.MOVED} if full or not self._can.deletions else {State.MOVED, State.DELETED}
        found += [row for row in table.ended if row.state in ends and row.seq > self._since]
        if self._can.identity is Identity.NATIVE and self._can.listing is not Listing.DRIFTING:
            found.sort(key=lambda row: row.id)
        return found

    def _page(self, listed: list[Row]) -> tuple[tuple[Record, ...], bool]:
        """The records after `_last` (a row's number, or how many were told), and whether there are more."""
        by_number = self._can.identity is Identity.NATIVE and self._can.listing is not Listing.DRIFTING
        left = [row for row in listed if row.id > self._last] if by_number else listed[self._last :]
        page = left[: self._can.page or len(left)]
        more = len(left) > len(page)
        if page:
            self._last = page[-1].id if by_number else self._last + len(page)
        if page and self._store.take(Fault.CUT, table=self._table.id):
            page, self._why = page[1:], _CUT
        places = {id(row): at for at, row in enumerate(self._table.rows)}
        records = tuple(
            self._table.record(row, () if row in self._table.ended else self._visible, self._token, places.get(id(row)))
            for row in page
        )
        return records, more

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
