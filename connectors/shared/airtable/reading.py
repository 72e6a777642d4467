"""How are the records of an Airtable table read: whole, what changed, by key, by value? (C1-C9)

A listing is kept alive by an iterator of Airtable's that can die; then it starts again from the beginning, and the
certificate speaks of the pass that came to its end. Changes are found by LAST_MODIFIED_TIME(), which does not move for
fields that Airtable computes; those come with the next full listing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.contract import (
    Certificate,
    CursorExpired,
    Gate,
    Page,
    Query,
    Record,
    RetryLater,
    SourceRefused,
    TableFacts,
    Value,
    say,
)
from connectors.shared.airtable.shape import Shape
from connectors.shared.airtable.wire import PAGE, Base, any_of, edited_after, equals, expired, looped
from connectors.shared.web.cursors import Mark, Place, begun, digest, mark_of, place_of

_FETCHED: Final = 100
_FOUND: Final = 50
"""Values in one search; 100 keys and 50 values keep a formula short."""
_RESTARTS: Final = 3


class Reading:
    """One table as it was described. view: what a listing is narrowed to; overlap: seconds a cursor goes back."""

    def __init__(self, base: Base, shape: Shape, facts: TableFacts, gate: Gate, view: str, overlap: float) -> None:
        self._base, self._gate, self._view, self._overlap = base, gate, view, timedelta(seconds=overlap)
        self.shape, self._facts = shape, facts

    def asked(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Those of them that are there."""
        return tuple(name for name in dict.fromkeys(fields) if name in self.shape.columns)

    def _requested(self, asked: Sequence[str]) -> list[str]:
        """No list would mean every field, and edit times are read with whatever was asked for."""
        times = [name for name in self._facts.modified if name in self.shape.columns]
        return list(dict.fromkeys([*asked, *times])) or [self.shape.primary]

    def record(self, row: Mapping[str, Any], asked: Sequence[str]) -> Record:
        """A record as Airtable shows it: what is left out is empty, since these fields were asked for."""
        shown: Mapping[str, Any] = row.get("fields") or {}
        columns = self.shape.columns
        fields = {name: columns[name].read(shown) for name in asked}
        return Record(self.shape.id, str(row["id"]), fields, modified=self._modified(shown))

    def _modified(self, shown: Mapping[str, Any]) -> datetime | None:
        found = [self.shape.columns[n].read(shown) for n in self._facts.modified if n in self.shape.columns]
        return max((one for one in found if isinstance(one, datetime)), default=None)

    def scope(self, asked: Sequence[str]) -> str:
        """Changes with base, table, view and user."""
        return digest([self._base.id, self.shape.id, self._view, self._base.user()])

    # -------------------------------------------------------------------------- pull

    def pull(self, query: Query) -> Iterator[Page]:
        asked = self.asked(query.fields)
        scope = self.scope(asked)
        bound = digest([scope, *sorted(asked)])
        start = Place()
        if query.since is not None:
            mark = mark_of(query.since, bound)
            start = replace(start, since=mark.at, known=mark.seen)
        state = place_of(query.resume, bound) if query.resume is not None else start
        for _ in range(_RESTARTS + 1):
            try:
                yield from self._walked(asked, scope, bound, state)
            except CursorExpired:
                state = Place(since=state.since, known=state.known)
            else:
                return
        raise expired()

    def _walked(self, asked: Sequence[str], scope: str, bound: str, state: Place) -> Iterator[Page]:
        """To the end, or raises CursorExpired where the iterator died."""
        tokens, pages = {state.offset}, set[str]()
        while True:
            before = self._gate.now()
            answer = self._base.page(self.shape.id, self._options(asked, state))
            state = replace(state, at=state.at or begun(before, answer, self._overlap))
            rows = answer.at("records")
            if not isinstance(rows, list):
                raise RetryLater("Airtable answers without records; Offbook tries again later")
            good = [one for one in rows if isinstance(one, Mapping) and isinstance(one.get("id"), str)]
            if len(good) < len(rows):
                state = replace(state, why=str(say("Airtable sent records that cannot be read")))
            page = digest([one["id"] for one in good])
            offset = answer.at("offset") or ""
            if offset and (offset in tokens or (good and page in pages)):
                raise looped()
            tokens.add(offset)
            pages.add(page)
            state, fresh = state.unseen(good)
            records = tuple(self.record(one, asked) for one in fresh)
            state = replace(state, offset=offset)
            if not offset:
                yield Page(records, None, self._end(asked, scope, bound, state))
                return
            yield Page(records, state.dump(bound))

    def _options(self, asked: Sequence[str], state: Place) -> dict[str, Any]:
        options: dict[str, Any] = {"page_size": PAGE, "fields": self._requested(asked)}
        if self._view:
            options["view"] = self._view
        if state.since:
            options["formula"] = edited_after(state.since)
        if state.offset:
            options["offset"] = state.offset
        return options

    def _end(self, asked: Sequence[str], scope: str, bound: str, state: Place) -> Certificate:
        return Certificate(
            full=not state.since,
            complete=not state.why,
            scope=scope,
            visible=frozenset(asked),
            actor=self._base.user(),
            cursor=Mark(bound, state.at, state.seen).dump(),
            why=state.why,
        )

    # -------------------------------------------------------------------------- by key and by value

    def fetch(self, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Whatever view a listing has: what left it is still there."""
        asked = self.asked(fields)
        for start in range(0, len(keys), _FETCHED):
            terms = [f"RECORD_ID()='{key}'" for key in keys[start : start + _FETCHED] if key.isalnum()]
            if terms:
                yield from map(lambda row: self.record(row, asked), self._rows(asked, terms))  # noqa: C417 - lazily

    def find(self, values: Sequence[str], fields: Sequence[str], by: str) -> Iterator[tuple[str, Record]]:
        column = self.shape.columns.get(by)
        if column is None:
            raise SourceRefused("`{table}` has no field {field}", table=self.shape.id, field=by)
        asked = self.asked(fields)
        wanted = list(dict.fromkeys(one for one in values if one))
        for start in range(0, len(wanted), _FOUND):
            part = wanted[start : start + _FOUND]
            for row in self._rows((*asked, by), [equals(by, one) for one in part]):
                shown: Value = column.read(row.get("fields") or {})
                if isinstance(shown, str) and shown in part:
                    yield shown, self.record(row, asked)

    def _rows(self, asked: Sequence[str], terms: Sequence[str]) -> list[Mapping[str, Any]]:
        return self._base.rows(self.shape.id, self._requested(asked), any_of(terms))
