"""How is an object listed, whole or since a cursor, so that nothing is missed and a quiet object stays quiet? (C1-C7)

A listing goes by Id, changes by SystemModstamp and Id, the recycle bin included; each query asks for what is beyond the
last record, so that no page depends on another. Above `bulk` records the rest is left to a Bulk job. A cursor goes back
`overlap` seconds, for edits that are committed late.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

import orjson

from connectors.contract import Certificate, CursorExpired, Page, Query, Record, SourceRefused, say
from connectors.shared.salesforce.bulkreading import BulkQueries
from connectors.shared.salesforce.records import KEPT, Batch, Records, quoted
from connectors.shared.salesforce.shape import COMPOUND, STAMP, moment_of, stamp
from connectors.shared.web.overlap import ROUND, expired, known, unless_quiet, weight

_FEWER: Final = say("fewer records came than Salesforce counted")


@dataclass(frozen=True, slots=True)
class Going:
    """Where a pull stands; `resume` of a page is this as JSON. Moments are texts as SOQL writes them.

    since: where an incremental one began, None for a listing. mark: where the next cursor will. after: the last record,
    by its stamp and Id. url: the rest of a query's answer, of which `owed` records are to come; filled: it had as many as
    one may have. job, locator, came: the Bulk job that lists the rest, and how many of it came. old, new: sums
    over what was edited since `since` and since `mark`.
    """

    scope: str
    asked: str
    full: bool
    since: str | None
    mark: str
    after: tuple[str, str] = ("", "")
    url: str = ""
    owed: int = 0
    filled: bool = False
    job: str = ""
    locator: str = ""
    came: int = 0
    old: int = 0
    new: int = 0
    why: str = ""

    def dump(self) -> str:
        sums = {"old": f"{self.old:x}", "new": f"{self.new:x}"}
        return orjson.dumps({**{name: getattr(self, name) for name in self.__dataclass_fields__}, **sums}).decode()

    @classmethod
    def load(cls, text: str, scope: str, asked: str) -> Going:
        """Raises CursorExpired for what is not of this listing."""
        try:
            read = orjson.loads(text)
            made = cls(
                **{**read, "old": int(read["old"], 16), "new": int(read["new"], 16), "after": tuple(read["after"])}
            )
        except (ValueError, TypeError, KeyError):
            raise expired() from None
        if (made.scope, made.asked) != (scope, asked):
            raise expired()
        return made


@dataclass(slots=True)
class Pulling:
    """One pull of one object. scope: of the certificate. overlap in seconds; size: records of a page; bulk: None where
    all is read page by page."""

    records: Records
    query: Query
    scope: str
    actor: str
    overlap: float
    size: int
    now: datetime
    bulk: BulkQueries | None = None
    bulk_above: int = 0
    _seen: set[bytes] = field(default_factory=set)
    _before: int | None = None
    _ended_with: Going | None = None
    _names: tuple[str, ...] = ()

    def pages(self) -> Iterator[Page]:
        self._names = self.records.shape.visible(self.query.fields)
        pages = self._all(self._start())
        yield from pages if self._before is None else unless_quiet(pages, self._is_quiet)

    # -------------------------------------------------------------------------- where it begins

    def _start(self) -> Going:
        if self.query.resume is not None:
            return Going.load(self.query.resume, self.scope, self._asked)
        mark = self.now - timedelta(seconds=self.overlap)
        if self.query.since is None or STAMP not in self.records.shape.slots:
            return Going(self.scope, self._asked, full=True, since=None, mark=stamp(mark))
        since, self._before = known(self.query.since, self.scope, self._asked, self.now - KEPT)
        return Going(self.scope, self._asked, full=False, since=stamp(since), mark=stamp(max(mark, since)))

    @property
    def _asked(self) -> str:
        return _digest(sorted(self.query.fields))

    def _is_quiet(self, end: Certificate) -> bool:
        return end.complete and self._ended_with is not None and self._ended_with.old == self._before

    # -------------------------------------------------------------------------- page by page

    def _all(self, going: Going) -> Iterator[Page]:
        while True:
            batch, going, is_last = self._bulk_step(going) if going.job else self._step(going)
            going, records = self._taken(going, batch)
            if is_last:
                self._ended_with = going
                yield Page(tuple(records), None, self._certificate(going))
                return
            if not going.job and not going.url:
                going = self._with_job(going)
            yield Page(tuple(records), going.dump())

    def _step(self, going: Going) -> tuple[Batch, Going, bool]:
        """The next answer, what is known behind it, and whether it is the table's last.

        Salesforce may answer a query in several parts; where it forgot the rest, that is asked for anew.
        """
        batch = None
        if going.url:
            with suppress(CursorExpired):
                batch = self.records.more(going.url)
        if batch is None:
            soql = self.records.soql(self._names, self._beyond(going), f"{self._order(going)} LIMIT {self.size}")
            batch = self.records.page(soql, self.size, deleted=not going.full)
            total = len(batch.items) if batch.total is None else batch.total
            going = replace(going, owed=total, filled=total >= self.size)
        owed = going.owed - len(batch.items)
        going = replace(going, url=batch.following or "", owed=owed)
        if not batch.following and owed > 0:
            going = replace(going, why=going.why or str(_FEWER))
        return batch, going, not batch.following and not going.filled

    def _beyond(self, going: Going) -> str:
        """What is not listed yet: by a key that does not move (C5), or by edit time and key, so that any number may
        share one moment (C3)."""
        at, key = going.after
        if going.full:
            return f"Id > {quoted(key)}" if key else ""
        if not key:
            return f"{STAMP} >= {going.since}"
        return f"({STAMP} > {at} OR ({STAMP} = {at} AND Id > {quoted(key)}))"

    def _order(self, going: Going) -> str:
        return "ORDER BY Id" if going.full else f"ORDER BY {STAMP}, Id"

    def _taken(self, going: Going, batch: Batch) -> tuple[Going, list[Record]]:
        self._demand_new(batch)
        old, new, start = going.old, going.new, (going.since or going.mark)[:19]
        records = []
        for raw in batch.items:
            record = self.records.shown(raw, self._names, batch)
            records.append(record)
            at = str(raw.get(STAMP) or "")[:19]
            if not at or at >= start:
                one = weight([record.key, at, record.state, record.into, record.fields])
                old = (old + one) % ROUND
                new = (new + one) % ROUND if not at or at >= going.mark[:19] else new
        after, why = self._last(going, batch), going.why or batch.why
        return replace(going, old=old, new=new, after=after, why=why), records

    def _last(self, going: Going, batch: Batch) -> tuple[str, str]:
        if not batch.items or batch.csv:
            return going.after
        raw = batch.items[-1]
        at = moment_of(raw.get(STAMP))
        return stamp(at) if at is not None else "", str(raw["Id"])

    def _demand_new(self, batch: Batch) -> None:
        """A whole page, or the way to the next, that comes twice would never end (C3)."""
        marks = [repr([one["Id"] for one in batch.items])] if batch.items else []
        marks += [batch.following] if batch.following else []
        for mark in (blake2b(one.encode(), digest_size=12).digest() for one in marks):
            if mark in self._seen:
                raise SourceRefused(
                    "Salesforce sends the same page of {table} again; the listing cannot be told from an endless one",
                    table=self.records.shape.id,
                )
            self._seen.add(mark)

    # -------------------------------------------------------------------------- the rest in bulk

    def _with_job(self, going: Going) -> Going:
        """A job where much is left, and where Bulk can read all that is asked for."""
        bulk, slots = self.bulk, self.records.shape.slots
        if bulk is None or any(
            slots[name].type in COMPOUND or slots[name].field.kind == "file" for name in self._names
        ):
            return going
        where = self._beyond(going)
        if self.records.count(where, deleted=not going.full) <= self.bulk_above:
            self.bulk = None
            return going
        job = bulk.started(self.records.soql(self._names, where), deleted=not going.full)
        if not job:
            self.bulk = None  # these credentials may not
        return replace(going, job=job)

    def _bulk_step(self, going: Going) -> tuple[Batch, Going, bool]:
        if self.bulk is None:
            raise expired()
        total = self.bulk.finished(going.job)
        batch, locator = self.bulk.results(going.job, going.locator, self.size * 5)
        going = replace(going, locator=locator, came=going.came + len(batch.items))
        if not locator and going.came < total:
            going = replace(going, why=going.why or str(_FEWER))
        return batch, going, not locator

    # -------------------------------------------------------------------------- the end

    def _certificate(self, going: Going) -> Certificate:
        cursor = orjson.dumps([self.scope, self._asked, going.mark, f"{going.new:x}"]).decode()
        can = STAMP in self.records.shape.slots and not going.why
        return Certificate(
            full=going.full,
            complete=not going.why,
            scope=self.scope,
            visible=frozenset(self._names),
            actor=self.actor,
            cursor=cursor if can else None,
            why=going.why,
        )


def _digest(value: object) -> str:
    return blake2b(orjson.dumps(value), digest_size=8).hexdigest()
