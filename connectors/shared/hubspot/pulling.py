"""How is an object type listed, whole or since a cursor, with the ends of its records? (C1-C7, C13, C14)

The list has no window; the search, which alone knows what changed, reaches 10,000 results, so it is asked by id, each
time beyond the last. It lags behind and forgets what was archived: a cursor goes back for a while, and the archive is
listed besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from connectors.contract import Certificate, CursorExpired, Gate, Page, Query, Record, SourceRefused, say
from connectors.shared.hubspot.records import FOUND, Records, archived_at, next_of, whole_of
from connectors.shared.web.answers import Answer, told_at
from connectors.shared.web.cursors import VERSION, Mark, digest, mark_of

KEPT: Final = timedelta(days=85)
"""A cursor that is older cannot be gone on from: HubSpot forgets what was archived after 90 days."""


@dataclass(frozen=True, slots=True)
class Going:
    """Where a pull stands; `resume` of a page is this as JSON.

    part: list, changed or archive. after: the page's token, or the last id. at: where the next cursor begins; since:
    where this pull did, "" for a listing. known, seen: digests of what the last pull brought and of what this one met.
    """

    part: str = "list"
    after: str = ""
    at: str = ""
    since: str = ""
    known: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    why: str = ""

    def dump(self, bound: str) -> str:
        sets = [sorted(one) for one in (self.known, self.seen, self.hidden)]
        return orjson.dumps([VERSION, bound, self.part, self.after, self.at, self.since, *sets, self.why]).decode()


def _going(text: str, bound: str) -> Going:
    try:
        version, of, part, after, at, since, known, seen, hidden, why = orjson.loads(text)
    except (ValueError, TypeError):
        raise CursorExpired("the page to go on from is none of this connector's") from None
    if version != VERSION or of != bound:
        raise CursorExpired("the page to go on from belongs to another table, view, account or set of fields")
    return Going(part, after, at, since, frozenset(known), frozenset(seen), frozenset(hidden), why)


@dataclass(slots=True)
class Pulling:
    """One pull of one type. scope: of the certificate. overlap in seconds; size: records of a page of the list."""

    records: Records
    query: Query
    scope: str
    overlap: float
    size: int
    gate: Gate
    _pages: set[str] = field(default_factory=set)

    def pages(self) -> Iterator[Page]:
        going = self._start()
        while True:
            held, going, following = self._step(going)
            if following is None:
                yield Page(held, None, self._certificate(going))
                return
            yield Page(held, following.dump(self._bound))
            going = following

    # -------------------------------------------------------------------------- where it begins

    @property
    def _asked(self) -> tuple[str, ...]:
        return self.records.shape.visible(self.query.fields)

    @property
    def _bound(self) -> str:
        return digest([self.scope, *sorted(self._asked)])

    def _start(self) -> Going:
        if self.query.resume is not None:
            return _going(self.query.resume, self._bound)
        if self.query.since is None:
            return Going()
        mark = mark_of(self.query.since, self._bound)
        if self.gate.now() - datetime.fromisoformat(mark.at) > KEPT or not self.records.shape.modified:
            raise CursorExpired("the cursor is older than what HubSpot remembers of archived records")
        return Going("changed", since=mark.at, known=mark.seen)

    # -------------------------------------------------------------------------- page by page

    def _step(self, going: Going) -> tuple[tuple[Record, ...], Going, Going | None]:
        """Records of one page, where the pull stands then, and what comes next; None behind the last."""
        before = self.gate.now()
        if going.part == "changed":
            return self._changed(going if going.at else replace(going, at=self._from(before)))
        archived = going.part == "archive"
        names = [] if archived else self.records.shape.asked(self._asked)
        answer = self.records.page(names, going.after, self.size, archived=archived)
        going = going if going.at else replace(going, at=self._from(min(before, told_at(answer, before))))
        items = whole_of(answer)
        if len(items) < len(answer.at("results") or ()):
            going = replace(going, why=str(say("HubSpot sent records that cannot be read")))
        following = self._following(going, answer, items)
        going, records = self._archived(going, items) if archived else self._listed(going, items, names)
        if following is not None:
            following = replace(going, after=following.after)
        return records, going, following

    def _following(self, going: Going, answer: Answer, items: Sequence[Mapping[str, Any]]) -> Going | None:
        """A page or a token that comes twice would never end (C3)."""
        after = next_of(answer)
        if not after:
            return None
        page = digest([going.part, *(one["id"] for one in items)])
        if after == going.after or (items and page in self._pages):
            raise SourceRefused("HubSpot sends the same page of {table} again and again", table=self.records.shape.id)
        self._pages.add(page)
        return replace(going, after=after)

    def _listed(
        self, going: Going, items: Sequence[Mapping[str, Any]], names: Sequence[str]
    ) -> tuple[Going, tuple[Record, ...]]:
        whole = self.records.whole(items, names)
        if len(whole) < len(items):
            going = replace(going, why=str(say("some records vanished while they were read")))
        return self._taken(going, whole)

    def _changed(self, going: Going) -> tuple[tuple[Record, ...], Going, Going | None]:
        since = round(datetime.fromisoformat(going.since).timestamp() * 1000)
        edited = {"propertyName": self.records.shape.modified, "operator": "GTE", "value": str(since)}
        keys = self.records.searched([{"filters": [edited]}], going.after)
        whole = self.records.batch(keys, self.records.shape.asked(self._asked)) if keys else []
        going, records = self._taken(going, whole)
        if len(keys) == FOUND:
            return records, going, replace(going, after=keys[-1])
        return records, going, replace(going, part="archive", after="")

    def _taken(self, going: Going, whole: Sequence[Mapping[str, Any]]) -> tuple[Going, tuple[Record, ...]]:
        """Live records and those that went into them, without what the last pull brought and looks as it did."""
        records: list[Record] = []
        marks, hidden = set(going.seen), set(going.hidden)
        for raw in {str(one["id"]): one for one in whole}.values():
            mark = digest(raw) if going.since else ""
            marks |= {mark} - {""}
            if mark and mark in going.known:
                continue
            record = self.records.shown(raw, self._asked)
            hidden.update(name for name in self._asked if name not in record.fields)
            records += [record, *self.records.merged(raw)]
        return replace(going, seen=frozenset(marks), hidden=frozenset(hidden)), tuple(records)

    def _archived(self, going: Going, items: Sequence[Mapping[str, Any]]) -> tuple[Going, tuple[Record, ...]]:
        """The archive is in no order of time: what ended since is picked out."""
        since = datetime.fromisoformat(going.since)
        marks = {
            digest([raw["id"], raw.get("archivedAt")]): raw for raw in items if (archived_at(raw) or since) >= since
        }
        fresh = [raw for mark, raw in marks.items() if mark not in going.known]
        going = replace(going, seen=going.seen | set(marks))
        return going, tuple(self.records.resolved(fresh)) if fresh else ()

    # -------------------------------------------------------------------------- the end

    def _from(self, now: datetime) -> str:
        return (now - timedelta(seconds=self.overlap)).astimezone(UTC).isoformat(timespec="milliseconds")

    def _certificate(self, going: Going) -> Certificate:
        cursor = Mark(self._bound, going.at, going.seen).dump() if self.records.shape.modified else None
        return Certificate(
            full=not going.since,
            complete=not going.why,
            scope=self.scope,
            visible=frozenset(self._asked) - going.hidden,
            cursor=None if going.why else cursor,
            why=going.why,
        )
