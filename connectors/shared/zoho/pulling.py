"""How is a module listed, whole or since a cursor, so that nothing is missed and a quiet module stays quiet? (C1-C7)

A full listing goes by id and, beyond the 100,000 records of one page token, by edit time in windows. A cursor goes back
`overlap` seconds, for edits that are committed late or told by the second; with it goes a digest of everything from
there on, so that what was met already is not sent again unless something there moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from connectors.contract import Certificate, Page, Query, Record, SourceRefused
from connectors.shared.web.overlap import ROUND, expired, known, unless_quiet, weight
from connectors.shared.zoho.records import KEPT, Batch, Records, modified_of, stamp, twice
from connectors.shared.zoho.shape import MODIFIED


@dataclass(frozen=True, slots=True)
class Going:
    """Where a pull stands; `resume` of a page is this as JSON. Moments are ISO texts, in UTC.

    since: where an incremental one began, None for a listing. mark: where the next cursor will. window: what a listing
    by edit time asks for. old, new: sums over what was edited since `since` and since `mark`.
    """

    scope: str
    asked: str
    full: bool
    since: str | None
    mark: str
    by: str = "id"
    window: str | None = None
    token: str | None = None
    page: int = 1
    old: int = 0
    new: int = 0
    why: str = ""
    hidden: tuple[str, ...] = ()
    last: str | None = None

    def dump(self) -> str:
        sums = {"old": f"{self.old:x}", "new": f"{self.new:x}"}
        return orjson.dumps({**{name: getattr(self, name) for name in self.__dataclass_fields__}, **sums}).decode()

    @classmethod
    def load(cls, text: str, scope: str, asked: str) -> Going:
        """Raises CursorExpired for what is not of this listing."""
        try:
            read = orjson.loads(text)
            made = cls(**{**read, "old": int(read["old"], 16), "new": int(read["new"], 16)})
            made = replace(made, hidden=tuple(made.hidden))
        except (ValueError, TypeError, KeyError):
            raise expired() from None
        if (made.scope, made.asked) != (scope, asked):
            raise expired()
        return made


@dataclass(slots=True)
class Pulling:
    """One pull of one module. scope: of the certificate. overlap in seconds; size: records of a page."""

    records: Records
    query: Query
    scope: str
    actor: str
    overlap: float
    size: int
    now: datetime
    _seen: set[bytes] = field(default_factory=set)
    _before: int | None = None
    _ended_with: Going | None = None

    def pages(self) -> Iterator[Page]:
        pages = self._all(self._start())
        yield from pages if self._before is None else unless_quiet(pages, self._is_quiet)

    # -------------------------------------------------------------------------- where it begins

    def _start(self) -> Going:
        if self.query.resume is not None:
            return Going.load(self.query.resume, self.scope, self._asked)
        mark = self.now - timedelta(seconds=self.overlap)
        if self.query.since is None:
            return Going(self.scope, self._asked, full=True, since=None, mark=stamp(mark))
        since, self._before = known(self.query.since, self.scope, self._asked, self.now - KEPT)
        mark = max(mark, since)
        return Going(
            self.scope, self._asked, full=False, since=stamp(since), mark=stamp(mark), by=MODIFIED, window=stamp(since)
        )

    @property
    def _asked(self) -> str:
        return _digest(sorted(self.query.fields))

    def _is_quiet(self, end: Certificate) -> bool:
        return end.complete and self._ended_with is not None and self._ended_with.old == self._before

    # -------------------------------------------------------------------------- page by page

    def _all(self, going: Going) -> Iterator[Page]:
        while True:
            batch = self._ask(going)
            if batch is None:
                going = self._next_window(going)
                continue
            going, records = self._taken(going, batch)
            following = self._after(going, batch)
            if following is None:
                break
            yield Page(tuple(records), following.dump())
            going = following
        yield from self._ends(going, records)

    def _ask(self, going: Going) -> Batch | None:
        query = {"per_page": str(self.size), "sort_by": going.by, "sort_order": "asc"}
        if going.token is not None:
            query["page_token"] = going.token
        elif going.page > 1:
            query["page"] = str(going.page)
        since = datetime.fromisoformat(going.window) - timedelta(seconds=1) if going.window else None
        return self.records.page(self.records.shape.visible(self.query.fields), query, since)

    def _taken(self, going: Going, batch: Batch) -> tuple[Going, list[Record]]:
        self._demand_new(batch, going)
        names = self.records.shape.visible(self.query.fields)
        old, new, hidden = going.old, going.new, set(going.hidden)
        records = []
        for raw in batch.items:
            record = self.records.shown(raw, names, batch.now)
            records.append(record)
            hidden.update(name for name in names if name not in record.fields)
            old, new = _summed(going, record.modified, raw, old, new)
        last = batch.items[-1].get(MODIFIED) if batch.items else going.last
        kept = tuple(sorted(hidden))
        return replace(going, old=old, new=new, hidden=kept, why=going.why or batch.why, last=last), records

    def _demand_new(self, batch: Batch, going: Going) -> None:
        """A whole page or a page token that comes twice would never end (C3)."""
        marks = [f"{going.by} {going.window} {[one['id'] for one in batch.items]}"] if batch.items else []
        token = batch.info.get("next_page_token")
        marks += [f"token {token}"] if token and batch.info.get("more_records") is True else []
        for mark in (blake2b(one.encode(), digest_size=12).digest() for one in marks):
            if mark in self._seen:
                raise twice(self.records.shape.id)
            self._seen.add(mark)

    def _after(self, going: Going, batch: Batch) -> Going | None:
        """Where the next page is; None behind the last one."""
        if batch.info.get("more_records") is not True:
            return None
        token = batch.info.get("next_page_token")
        if isinstance(token, str) and token:
            return replace(going, token=token, page=going.page + 1)
        if going.page * self.size < 2000 and going.token is None:
            return replace(going, page=going.page + 1)
        return self._next_window(going)

    def _next_window(self, going: Going) -> Going:
        """No page token lists more than 100,000 records: on by edit time, each window from the end of the last."""
        fresh = replace(going, by=MODIFIED, token=None, page=1)
        if going.by != MODIFIED:
            return replace(fresh, window=None, last=None, old=0, new=0)
        last = modified_of({MODIFIED: going.last})
        if last is None or (going.window is not None and last <= datetime.fromisoformat(going.window)):
            raise SourceRefused(
                "Zoho cannot list {table} any further: too many records bear one edit time", table=self.records.shape.id
            )
        return replace(fresh, window=stamp(last))

    # -------------------------------------------------------------------------- the end

    def _ends(self, going: Going, records: list[Record]) -> Iterator[Page]:
        """What was deleted since; a listing only reckons with it, changes tell it."""
        since = datetime.fromisoformat(going.since or going.mark)
        for batch in self.records.deleted(since - timedelta(seconds=1)):
            old, new = going.old, going.new
            for raw in batch.items:
                record = self.records.gone(raw)
                old, new = _summed(going, record.modified, raw, old, new)
                if not going.full:
                    records.append(record)
            going = replace(going, old=old, new=new, why=going.why or batch.why)
        self._ended_with = going
        yield Page(tuple(records), None, self._certificate(going))

    def _certificate(self, going: Going) -> Certificate:
        names = self.records.shape.visible(self.query.fields)
        cursor = orjson.dumps([self.scope, self._asked, going.mark, f"{going.new:x}"]).decode()
        return Certificate(
            full=going.full,
            complete=not going.why,
            scope=self.scope,
            visible=frozenset(names) - frozenset(going.hidden),
            actor=self.actor,
            cursor=None if going.why else cursor,
            why=going.why,
        )


def _summed(going: Going, when: datetime | None, raw: Mapping[str, Any], old: int, new: int) -> tuple[int, int]:
    """Sums do not depend on the order, so that one can go on with them. What has no time counts always."""
    if when is not None and when < datetime.fromisoformat(going.since or going.mark):
        return old, new
    one = weight({name: value for name, value in raw.items() if not name.startswith("$")})
    if when is None or when >= datetime.fromisoformat(going.mark):
        new = (new + one) % ROUND
    return (old + one) % ROUND, new


def _digest(value: object) -> str:
    return blake2b(orjson.dumps(value), digest_size=8).hexdigest()
