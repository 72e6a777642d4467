"""What does a system answer to each request of a specification, and what is understood of it? (`offbook rest try`)

Only what reads is tried. Secrets are hidden in everything that is shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Capabilities, Damaged, OffbookError, Query, Record, Said, Table, say
from connectors.http import ABSENT, Reply, Request
from connectors.shared.web.answers import NOT_JSON
from connectors.shared.web.redact import Secrets, covered, is_secret_name
from connectors.shared.web.wire import to_json

if TYPE_CHECKING:
    from connectors.rest import Rest

SHOWN: Final = 600
"""Characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, fit to be shown. status 0: no answer came."""

    request: str
    status: int
    fate: str
    answer: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: what went over the wire and what was understood."""

    name: str
    exchanges: tuple[Exchange, ...]
    understood: tuple[Said, ...]
    failed: bool = False


def tried(connector: Rest, table: str) -> Iterator[Step]:
    """tables, describe, a first page, one record, what changed since: each as far as it goes."""
    trial = _Trial(connector, table)
    connector.watch(trial.note)
    for name, work in (("tables", trial.tables), ("describe", trial.describe), ("list", trial.listing),
                       ("get", trial.get), ("find", trial.find), ("changes", trial.changes)):  # fmt: skip
        step = trial.step(name, work)
        yield step
        if step.failed and name in ("tables", "describe"):
            return


class _Trial:
    def __init__(self, connector: Rest, table: str) -> None:
        self._rest, self._table_id = connector, table
        self._noted: list[Exchange] = []
        self._table: Table | None = None
        self._records: tuple[Record, ...] = ()
        self._cursor: str | None = None

    def note(self, request: Request, reply: Reply | None) -> None:
        self._noted.append(shown(request, reply, self._rest.talk.hidden))

    def step(self, name: str, work: Callable[[], Iterator[Said]]) -> Step:
        self._noted = []
        said: list[Said] = []
        try:
            said.extend(work())
        except OffbookError as trouble:
            return Step(name, tuple(self._noted), (*said, trouble.said), failed=True)
        return Step(name, tuple(self._noted), tuple(said))

    def tables(self) -> Iterator[Said]:
        names = self._rest.tables()
        yield say("{count} tables: {names}", count=len(names), names=", ".join(names))

    def describe(self) -> Iterator[Said]:
        self._table = self._rest.describe(self._table_id)
        for one in self._table.fields:
            yield say("{field}: {kind}{more}", field=one.id, kind=one.kind, more="" if one.on_update else " *")
        yield say("* only read")
        yield can_do(self._table.can)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(one.id for one in self._table.fields) if self._table is not None else ()

    def listing(self) -> Iterator[Said]:
        pages = self._rest.pull(Query(self._table_id, self._names))
        first = next(iter(pages))
        self._records = first.records
        if first.end is not None:
            self._cursor = first.end.cursor
        yield say("{count} records on the first page", count=len(first.records))
        if first.records:
            yield from self._of(first.records)

    def _of(self, records: Sequence[Record]) -> Iterator[Said]:
        for name in self._names:
            filled = [r.fields[name] for r in records if r.fields.get(name) is not None]
            broken = sum(isinstance(value, Damaged) for value in filled)
            missing = sum(name not in r.fields for r in records)
            yield say("{field}: filled in {filled}, not shown in {missing}, not understood in {broken}",
                      field=name, filled=len(filled), missing=missing, broken=broken)  # fmt: skip
        first = records[0]
        yield say("the first: key {key}, version {version}, modified {modified}, {state}", key=first.key,
                  version=first.version or "-", modified=first.modified or "-", state=first.state)  # fmt: skip

    def get(self) -> Iterator[Said]:
        if not self._records:
            return
        found = list(self._rest.fetch(self._table_id, [self._records[0].key], self._names))
        yield say("the first record, asked for by its key: {state}", state=found[0].state if found else "-")

    def find(self) -> Iterator[Said]:
        for one in self._table.fields if self._table is not None else ():
            values = [r.fields[one.id] for r in self._records if isinstance(r.fields.get(one.id), str)]
            if one.findable and values:
                found = list(self._rest.find(self._table_id, [str(values[0])], self._names, one.id))
                yield say("searched by {field}: {count} found", field=one.id, count=len(found))
                return

    def changes(self) -> Iterator[Said]:
        if self._cursor is None:
            yield say("no cursor came with the first page")
            return
        page = next(iter(self._rest.pull(Query(self._table_id, self._names, since=self._cursor))))
        yield say("{count} records changed since the listing began", count=len(page.records))


def can_do(can: Capabilities) -> Said:
    """The capabilities that follow from the specification."""
    flags = [name for name in ("changes", "deletions", "absence", "clock", "quiet") if getattr(can, name)]
    return say("it can: {ops}; listing {listing}; created once by: {repeat}; {flags}",
               ops=", ".join(sorted(can.ops)) or "-", listing=can.listing, repeat=can.repeat,
               flags=", ".join(flags) or "-")  # fmt: skip


def shown(request: Request, reply: Reply | None, secrets: Secrets) -> Exchange:
    """Without secrets: those of the options, those that answers brought, and whatever is named like one."""
    query = "&".join(f"{name}={'•••' if is_secret_name(name) else value}" for name, value in request.query)
    body = "" if request.json is ABSENT else f" {to_json(covered(request.json)).decode()}"
    asked = f"{request.method} {request.path or '/'}{'?' + query if query else ''}{body}"
    if reply is None:
        return Exchange(secrets.cover(asked), 0, "", "")
    found: Any = reply.answer.json
    text = reply.answer.body.decode("utf-8", "replace") if found is NOT_JSON else json.dumps(
        covered(found), ensure_ascii=False, default=str)  # fmt: skip
    text = secrets.cover(text)
    cut = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return Exchange(secrets.cover(asked), reply.answer.status, reply.fate, cut)
