"""How are the records of a table of 飞书多维表格 read: whole, what changed, by key, by value? (C1-C16)

Fields are asked for by their names, and names change: they are looked up before and after, and a listing between them
that may have lost a field, or rows, says so. Dates are compared by the day there, so changes are asked for from two days
before and sorted here by the milliseconds that come with each record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.contract import (
    Certificate,
    Gate,
    Page,
    Query,
    Record,
    RetryLater,
    SourceRefused,
    say,
)
from connectors.http import Reply
from connectors.shared.feishu import cells
from connectors.shared.feishu.shape import CREATED, Shape, shape_of
from connectors.shared.feishu.wire import FETCHED, FIELD_GONE, PAGE, TOO_LARGE, Base, Rights, code_of, looped
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.web.cursors import Mark, Place, begun, digest, mark_of, place_of

_FOUND: Final = 50
_LONGEST: Final = 1_800
"""Conditions in one filter, and characters of it (the vendor's pages: 50, 2,000)."""
_SMALLEST: Final = 20
"""Records of a page that is made smaller where answers are too large."""
_TOGETHER: Final = 100
"""Names of fields in a request that only looks whether they may be asked for."""
_RESTARTS: Final = 3
_BY_DAY: Final = timedelta(days=2)
"""How far back changes are asked for: a day for the comparison, which is by the day, and one for the time zone."""
_FRESH: Final = timedelta(seconds=30)
"""For how long names of fields are believed where no listing depends on them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen of a table. hidden: fields that it names but that show nothing to this app."""

    shape: Shape
    rights: Rights
    hidden: frozenset[str]
    at: datetime

    @property
    def changes(self) -> bool:
        return self.shape.modified is not None


class Reading:
    """One table. view: what a listing is narrowed to; overlap: how far a cursor goes back."""

    def __init__(self, base: Base, table: str, gate: Gate, view: str, overlap: timedelta) -> None:
        self._base, self.table, self._gate, self._view, self._overlap = base, table, gate, view, overlap
        self._known: Known | None = None
        self._size = PAGE

    # -------------------------------------------------------------------------- the table

    def known(self) -> Known:
        """As it was seen in the last half minute."""
        if self._known is None or self._gate.now() - self._known.at > _FRESH:
            return self.anew()
        return self._known

    def anew(self) -> Known:
        """Asked for again. Raises SourceRefused."""
        rights, shape = self._looked()
        before = self._known
        if before is not None and before.shape.by_name == shape.by_name and before.rights == rights:
            hidden = before.hidden
        else:
            hidden = self._hidden(shape, rights)
        self._known = Known(shape, rights, hidden, self._gate.now())
        return self._known

    def _looked(self) -> tuple[Rights, Shape]:
        rights = self._base.rights()
        return rights, shape_of(self.table, self._base.fields(self.table), rights.zone)

    def _hidden(self, shape: Shape, rights: Rights) -> frozenset[str]:
        """Fields that are named but not shown. Where values may be left out in silence, also those in which no record
        shows anything: for who may not see a field it looks empty, and nothing was "cleared"."""
        names = [column.field.name for column in shape.columns.values()]
        parts = [names[at : at + _TOGETHER] for at in range(0, len(names), _TOGETHER)]
        if rights.sees_all and all(map(self._shows, parts)):
            return frozenset()
        filled = None if rights.sees_all else "isNotEmpty"
        return frozenset(n for n, one in shape.columns.items() if not self._shows([one.field.name], filled))

    def _shows(self, names: Sequence[str], filled: str | None = None) -> bool:
        """Whether these fields may be asked for; with an operator, whether any record passes it."""
        body: dict[str, Any] = {"field_names": list(names)}
        if filled is not None:
            where = {"field_name": names[0], "operator": filled, "value": []}
            body["filter"] = {"conjunction": "and", "conditions": [where]}
        reply = self._base.search(self.table, body, 1)
        if code_of(reply) in FIELD_GONE or (filled is not None and reply.fate in (Fate.CONFIG, Fate.REJECTED)):
            return False
        items = self._base.fine(reply).at("data", "items")
        return filled is None or bool(items)

    def asked(self, known: Known, fields: Sequence[str]) -> tuple[str, ...]:
        """Those of them that are there and are shown."""
        return tuple(n for n in dict.fromkeys(fields) if n in known.shape.columns and n not in known.hidden)

    def scope(self, known: Known) -> str:
        """Changes with cloud, app, base, table, view, and with whether everything is shown."""
        who = self._base.who
        return digest([who.url, who.app, who.base, self.table, self._view, known.rights.sees_all])

    def record(self, known: Known, row: Mapping[str, Any], asked: Sequence[str]) -> Record:
        """A record as it is shown: what is left out is empty, since these fields were asked for."""
        shown: Mapping[str, Any] = row.get("fields") or {}
        columns = known.shape.columns
        fields = {name: columns[name].read(shown) for name in asked}
        locked = frozenset(name for name in asked if columns[name].is_locked(shown))
        editor = row.get("last_modified_by")
        by = str(editor.get("id") or "") if isinstance(editor, Mapping) else ""
        return Record(self.table, str(row["record_id"]), fields, modified=_edited(row), editor=by, locked=locked)

    # -------------------------------------------------------------------------- pull

    def pull(self, query: Query) -> Iterator[Page]:
        known = self.anew()
        asked = self.asked(known, query.fields)
        scope = self.scope(known)
        bound = digest([scope, *sorted(asked)])
        place = self._start(known, query.since, bound)
        if query.resume is not None:
            place = place_of(query.resume, bound)
        for _ in range(_RESTARTS + 1):
            try:
                yield from self._walked(known, asked, scope, bound, place)
            except _Dead:
                place = Place(since=place.since, known=place.known)
            else:
                return
        raise RetryLater("飞书多维表格 forgot the listing again and again while it was read; Offbook tries again later")

    def _start(self, known: Known, since: str | None, bound: str) -> Place:
        """Everything where the table has no column of edit times; then the listing says that it is full."""
        if since is None:
            return Place()
        mark = mark_of(since, bound)
        return Place(since=mark.at, known=mark.seen) if known.changes and not self._view else Place()

    def _walked(self, known: Known, asked: Sequence[str], scope: str, bound: str, place: Place) -> Iterator[Page]:
        """To the end, or raises _Dead where the page token died."""
        tokens, pages = {place.offset}, set[str]()
        while True:
            before = self._gate.now()
            answer = self._page(known, asked, place)
            place = replace(place, at=place.at or begun(before, answer, self._overlap))
            rows, place = self._rows(answer, place)
            page = digest([one["record_id"] for one in rows])
            offset = str(answer.at("data", "page_token") or "") if answer.at("data", "has_more") else ""
            if offset in tokens - {""} or (offset and rows and page in pages):
                raise looped()
            tokens.add(offset)
            pages.add(page)
            place, fresh = place.unseen([one for one in rows if _is_younger(one, place.since)])
            records = tuple(self.record(known, one, asked) for one in fresh)
            place = replace(place, offset=offset, count=place.count + len(rows))
            if not offset:
                yield Page(records, None, self._end(known, asked, scope, bound, place, answer))
                return
            yield Page(records, place.dump(bound))

    def _rows(self, answer: Answer, place: Place) -> tuple[list[Mapping[str, Any]], Place]:
        rows = answer.at("data", "items") or []
        if not isinstance(rows, list) or (answer.at("data", "has_more") and not answer.at("data", "page_token")):
            raise RetryLater(
                "飞书多维表格 answers without records or without a way to go on; Offbook tries again later"
            )
        good = [one for one in rows if isinstance(one, Mapping) and isinstance(one.get("record_id"), str)]
        if len(good) < len(rows):
            place = replace(place, why=str(say("飞书多维表格 sent records that cannot be read")))
        return good, place

    def _page(self, known: Known, asked: Sequence[str], place: Place) -> Answer:
        names = [known.shape.columns[one].field.name for one in asked]
        body: dict[str, Any] = {"field_names": names or [next(iter(known.shape.by_name), "")]}
        if self._view:
            body["view_id"] = self._view
        if place.since:
            body["filter"] = _edited_after(known.shape, datetime.fromisoformat(place.since))
        reply = self._base.search(self.table, body, self._size, place.offset)
        if code_of(reply) == TOO_LARGE and self._size > _SMALLEST:
            self._size = max(_SMALLEST, self._size // 4)
            raise _Dead
        if place.offset and reply.fate is Fate.EXPIRED:
            raise _Dead
        if code_of(reply) in FIELD_GONE:
            raise self._field_gone()
        return self._base.fine(reply)

    def _field_gone(self) -> RetryLater:
        """A name that was good at the start is none any more."""
        self._known = None
        return RetryLater("a field of {table} was renamed or hidden just now; Offbook reads it anew", table=self.table)

    def _end(
        self, known: Known, asked: Sequence[str], scope: str, bound: str, place: Place, last: Answer
    ) -> Certificate:
        declared = last.at("data", "total")
        declared = declared if isinstance(declared, int) and not place.since else None
        why = place.why or self._doubt(known, asked, place, declared)
        follows = known.changes and not self._view
        return Certificate(
            full=not place.since,
            complete=not why,
            scope=scope,
            visible=frozenset(asked),
            cursor=Mark(bound, place.at, place.seen).dump() if follows else None,
            declared=declared,
            why=why,
        )

    def _doubt(self, known: Known, asked: Sequence[str], place: Place, declared: int | None) -> str:
        """What speaks against this listing though every answer said success."""
        rights, shape = self._looked()
        if any(shape.by_name.get(known.shape.columns[one].field.name) != one for one in asked):
            return say("fields of {table} were renamed or hidden while it was read", table=self.table)
        if rights.sees_all != known.rights.sees_all:
            return say("rights to {table} changed while it was read", table=self.table)
        if declared is not None and place.count < declared:
            return say("fewer records came than the table says it has")
        if not place.since and place.count == 0 and not known.rights.sees_all:
            return say("no record came, and under advanced permissions (高级权限) that may mean that this app may not see"
                       " them; make it a manager (可管理) of the base")  # fmt: skip
        return ""

    # -------------------------------------------------------------------------- by key and by value

    def fetch(self, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """Whatever view a listing has: what left it is still there. What is not told of is left out: absence is no
        proof where rights may be missing."""
        known = self.known()
        asked = self.asked(known, fields)
        whole = [key for key in dict.fromkeys(keys) if key.isalnum()]
        for start in range(0, len(whole), FETCHED):
            for row in self._got(whole[start : start + FETCHED]):
                yield self.record(known, row, asked)

    def _got(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        """Halved where a key that is none of this table spoils the whole request."""
        reply = self._base.get(self.table, keys)
        if reply.fate in (Fate.GONE, Fate.REJECTED):
            half = len(keys) // 2
            return [*self._got(keys[:half]), *self._got(keys[half:])] if half else []
        rows = self._base.fine(reply).at("data", "records") or []
        return [one for one in rows if isinstance(one, Mapping) and one.get("record_id") in keys]

    def find(self, values: Sequence[str], fields: Sequence[str], by: str) -> Iterator[tuple[str, Record]]:
        known = self.known()
        column = known.shape.columns.get(by)
        if column is None or not column.field.findable:
            raise SourceRefused("`{table}` has no field {field} that can be searched", table=self.table, field=by)
        asked = self.asked(known, fields)
        for part in _parted(dict.fromkeys(one for one in values if one), column.field.name):
            for row in self._found(known, (*asked, by), part, column.field.name):
                shown = column.read(row.get("fields") or {})
                if isinstance(shown, str) and shown in part:
                    yield shown, self.record(known, row, asked)

    def _found(self, known: Known, names: Sequence[str], values: Sequence[str], by: str) -> list[Mapping[str, Any]]:
        """All pages of a search, taken together: an end that is not reached finds nothing."""
        told = list(dict.fromkeys(known.shape.columns[one].field.name for one in names))
        where = [{"field_name": by, "operator": "is", "value": [one]} for one in values]
        body = {"field_names": told, "filter": {"conjunction": "or", "conditions": where}}
        found: list[Mapping[str, Any]] = []
        token, met = "", set[str]()
        while True:
            reply: Reply = self._base.search(self.table, body, PAGE, token)
            if code_of(reply) in FIELD_GONE:
                raise self._field_gone()
            answer = self._base.fine(reply)
            rows, _ = self._rows(answer, Place())
            found += rows
            token = str(answer.at("data", "page_token") or "")
            if not answer.at("data", "has_more"):
                return found
            if token in met:
                raise looped()
            met.add(token)


def _parted(values: Iterable[str], by: str) -> Iterator[list[str]]:
    """As many as one filter takes; a value that is too long for any goes by itself."""
    part, length = list[str](), 0
    for one in values:
        more = len(one) + len(by) + 60  # of the condition around it
        if part and (len(part) == _FOUND or length + more > _LONGEST):
            yield part
            part, length = [], 0
        part.append(one)
        length += more
    if part:
        yield part


class _Dead(Exception):
    """The listing cannot go on from its page token, and starts again."""


def _edited(row: Mapping[str, Any]) -> datetime | None:
    """Never edited, a record shows when it was made."""
    found = [cells.moment(row[one]) for one in ("last_modified_time", "created_time") if row.get(one)]
    return max((one for one in found if isinstance(one, datetime)), default=None)


def _is_younger(row: Mapping[str, Any], since: str) -> bool:
    """What has no time counts always."""
    edited = _edited(row) if since else None
    return edited is None or edited >= datetime.fromisoformat(since)


def _edited_after(shape: Shape, since: datetime) -> Mapping[str, Any]:
    """Records whose edit time is empty count too, for that may be so until the first edit."""
    back = int((since - _BY_DAY).timestamp() * 1000)
    assert shape.modified is not None
    name = shape.modified.field.name
    younger = ("isGreater", ["ExactDate", str(back)])
    made = [column.field.name for column in shape.columns.values() if column.type == CREATED]
    told = [(name, *younger), (name, "isEmpty", []), *((one, *younger) for one in made)]
    return {
        "conjunction": "or",
        "conditions": [{"field_name": field, "operator": op, "value": value} for field, op, value in told],
    }
