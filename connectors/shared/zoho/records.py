"""How are records of a module asked for, by page and by id, and what does Zoho show of each?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.contract import Gate, Record, SourceRefused, State, Value
from connectors.shared.web.answers import Answer, Fate, told_at
from connectors.shared.web.fitting import moment
from connectors.shared.zoho.account import Account
from connectors.shared.zoho.shape import CONVERTED, EDITOR, LOCKED, MODIFIED, Shape

PAGE: Final = 200
FETCH: Final = 100
"""Ids in one request."""
NAMES: Final = 50
"""Fields in one request: more are asked for in several, by id."""
COQL: Final = 50
"""Values that one COQL `in` takes."""
YOUNG: Final = timedelta(seconds=2)
"""Edits are told in whole seconds: a time younger than this may stand for two of them (C15)."""
KEPT: Final = timedelta(days=60)
"""For how long Zoho tells what was deleted."""
_REASONS: Final = frozenset({"$in_merge", "$converted"})


def answered(answer: Answer, gate: Gate) -> datetime:
    """The system's clock when it answered; ours where it does not tell."""
    return told_at(answer, gate.now())


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw records of one answer. now: the system's clock."""

    items: tuple[Mapping[str, Any], ...]
    info: Mapping[str, Any]
    now: datetime
    why: str = ""


class Records:
    """One module, read. asked names are those of the shape."""

    def __init__(self, account: Account, shape: Shape, gate: Gate) -> None:
        self._account, self.shape, self._gate = account, shape, gate
        self._ended: dict[str, Mapping[str, Any]] = {}
        self._ended_until: datetime | None = None

    # -------------------------------------------------------------------------- pages

    def page(self, names: Sequence[str], query: Mapping[str, str], since: datetime | None) -> Batch | None:
        """One page; None where Zoho lists no further with this page token (100,000 records)."""
        groups = self._groups(names)
        headers = {"If-Modified-Since": stamp(since)} if since is not None else {}
        asked = {"fields": ",".join(groups[0]), **self._all_leads(), **query}
        request = self._account.request("GET", self.shape.id, asked, headers=headers, safe=True)
        reply = self._account.client.send(request)
        if reply.answer.at("code") == "DISCRETE_PAGINATION_LIMIT_EXCEEDED":
            return None
        if reply.fate is not Fate.FINE:
            raise self._account.client.error(reply)
        batch = self._batch(reply.answer)
        return replace(batch, items=tuple(self._filled(batch.items, groups[1:])))

    def by_id(self, keys: Sequence[str], names: Sequence[str]) -> Batch:
        """Those of at most FETCH keys that Zoho shows."""
        groups = self._groups(names)
        batch = self._some(keys, groups[0])
        return replace(batch, items=tuple(self._filled(batch.items, groups[1:])))

    def _some(self, keys: Sequence[str], names: Sequence[str]) -> Batch:
        real = [key for key in keys if key.isascii() and key.isdigit()]
        if not real:
            return Batch((), {}, self._gate.now())
        query = {"fields": ",".join(names), "ids": ",".join(real), "per_page": str(PAGE), **self._all_leads()}
        return self._batch(self._account.get(self.shape.id, query))

    def _all_leads(self) -> Mapping[str, str]:
        """Without it a lead that was converted looks as if it were gone."""
        return {"converted": "both"} if self.shape.id == "Leads" else {}

    def _groups(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Names in parts that one request takes; the first asks for what tells the version too."""
        rest = [name for name in names if name not in ("id", *self.shape.extra())]
        first = [*self.shape.extra(), *rest][:NAMES] or ["id"]
        rest = [name for name in rest if name not in first]
        room = NAMES - 1
        return [tuple(first), *((MODIFIED, *rest[at : at + room]) for at in range(0, len(rest), room))]

    def _filled(
        self, items: Iterable[Mapping[str, Any]], groups: Sequence[tuple[str, ...]]
    ) -> Iterator[dict[str, Any]]:
        """The rest of each record's fields; one that moved meanwhile has no version."""
        found = {str(item.get("id")): dict(item) for item in items}
        keys = list(found)
        for group in groups:
            for at in range(0, len(keys), FETCH):
                for more in self._some(keys[at : at + FETCH], group).items:
                    whole = found[str(more.get("id"))]
                    moved = whole.get(MODIFIED) != more.get(MODIFIED)
                    whole.update(more)
                    whole["$moved"] = whole.get("$moved", False) or moved
        return iter(found.values()) if groups else (dict(item) for item in items)

    def _batch(self, answer: Answer) -> Batch:
        now = answered(answer, self._gate)
        if answer.status in (204, 304):
            return Batch((), {}, now)
        data, info = answer.at("data"), answer.at("info")
        if not isinstance(data, list):
            raise SourceRefused(
                "Zoho answers without records where it lists {table}; nothing can be said of it", table=self.shape.id
            )
        info = info if isinstance(info, dict) else {}
        whole = tuple(one for one in data if isinstance(one, dict) and one.get("id"))
        count = info.get("count")
        cut = len(whole) != len(data) or (isinstance(count, int) and count != len(data))
        return Batch(whole, info, now, "a page holds other records than it says" if cut else "")

    # -------------------------------------------------------------------------- one record

    def shown(self, raw: Mapping[str, Any], asked: Sequence[str], now: datetime) -> Record:
        """A field that Zoho leaves out of a record is not visible there (C9)."""
        fields: dict[str, Value] = {}
        for name in asked:
            if name in raw and (slot := self.shape.slots.get(name)) is not None:
                fields[name] = slot.decoded(raw[name])
        modified = modified_of(raw)
        editor = raw.get(EDITOR)
        return Record(
            self.shape.id,
            str(raw["id"]),
            fields,
            version=version_of(raw, now),
            modified=modified,
            editor=str(editor.get("id") or "") if isinstance(editor, dict) else "",
            locked=frozenset({"*"}) if _is_locked(raw) else frozenset(),
        )

    def gone(self, raw: Mapping[str, Any]) -> Record:
        by = raw.get("deleted_by")
        editor = str(by.get("id") or "") if isinstance(by, dict) else ""
        when = _moment(raw.get("deleted_time"))
        return Record(self.shape.id, str(raw["id"]), {}, modified=when, editor=editor, state=State.DELETED)

    # -------------------------------------------------------------------------- the end of records

    def deleted(self, since: datetime) -> Iterator[Batch]:
        """What went to the recycle bin or for good since then, page by page."""
        number, before = 1, tuple[str, ...]()
        while True:
            query = {"type": "all", "page": str(number), "per_page": str(PAGE)}
            headers = {"If-Modified-Since": stamp(since)}
            batch = self._batch(self._account.get(f"{self.shape.id}/deleted", query, headers))
            ids = tuple(str(one["id"]) for one in batch.items)
            if ids and ids == before:
                raise twice(self.shape.id)
            yield batch
            if batch.info.get("more_records") is not True or not batch.items:
                return
            number, before = number + 1, ids

    def ended(self, keys: Iterable[str]) -> Iterator[Record]:
        """Those of the keys of which Zoho says that they were deleted: proof, where silence is none (C12)."""
        wanted = {key for key in keys if key.isascii() and key.isdigit()}
        known = self._ended
        if wanted - set(known):
            start = self._gate.now()
            since = self._ended_until or start - KEPT
            for batch in self.deleted(since - timedelta(minutes=5)):
                known.update({str(one["id"]): one for one in batch.items})
            self._ended_until = start
        for key in sorted(wanted & set(known)):
            yield self.gone(known[key])


def twice(table: str) -> SourceRefused:
    return SourceRefused(
        "Zoho sends the same page of {table} again; the listing cannot be told from an endless one", table=table
    )


def stamp(when: datetime) -> str:
    """As Zoho's headers want it: whole seconds, with an offset."""
    return when.astimezone(UTC).replace(microsecond=0).isoformat()


def modified_of(raw: Mapping[str, Any]) -> datetime | None:
    return _moment(raw.get(MODIFIED))


def version_of(raw: Mapping[str, Any], now: datetime) -> str | None:
    """None while another edit may still bear the same second."""
    modified = modified_of(raw)
    if modified is None or now - modified < YOUNG or raw.get("$moved"):
        return None
    return stamp(modified)


def _moment(raw: Any) -> datetime | None:
    try:
        return moment(raw)
    except (ValueError, TypeError):
        return None


def _is_locked(raw: Mapping[str, Any]) -> bool:
    """Converted leads and records in a merge cannot be written by anyone."""
    return raw.get(LOCKED) is True or raw.get(CONVERTED) is True or any(raw.get(name) is True for name in _REASONS)
