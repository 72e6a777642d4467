"""What is asked of a connector before a tape that runs, and how is what it made of the answers written down?

The story: look, read all, create three, read what changed, change two of them and one as the system refuses it, take
all three away, read what changed. A connector that cannot create is given what is there already.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

import vcr
import yaml

from connectors.contract import (
    Change,
    Connector,
    Context,
    Damaged,
    Fields,
    Gate,
    LookUp,
    Op,
    Query,
    Receipt,
    Record,
    Spec,
    TableFacts,
    Value,
    Vault,
)
from connectors.vault import MemoryVault
from tests.rig import CountingGate
from tests.tape_scrub import Scrubber

PAUSE: Final = 5.0
"""Seconds between two parts of the story: some systems tell times by the second."""


@dataclass(frozen=True)
class Stage:
    """A connector, and the table it plays in. text: two text fields of it. bad: a field and what the system refuses
    there. planted: secret → what stands for it on the tape. most: records that may be in the table before."""

    spec: Spec
    options: Mapping[str, object]
    table: str
    text: tuple[str, str]
    facts: TableFacts
    bad: tuple[str, Value] | None = None
    base: Fields = field(default_factory=dict)
    planted: Mapping[str, str] = field(default_factory=dict)
    gate: Gate = field(default_factory=CountingGate)
    vault: Vault = field(default_factory=MemoryVault)
    most: int | None = None

    def open(self) -> Connector:
        options = self.spec.options.model_validate(dict(self.options))
        return self.spec.connect(options, Context(self.gate, self.vault, {self.table: self.facts}))


# ------------------------------------------------------------------------------ the tape


class Readable:
    """Tapes as YAML in which Chinese can be read."""

    @staticmethod
    def serialize(tape: object) -> str:
        writer = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return str(yaml.dump(tape, Dumper=writer, allow_unicode=True, sort_keys=False, width=200))

    @staticmethod
    def deserialize(text: str) -> object:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def tape(path: Path, scrubber: Scrubber, *, mode: str = "none") -> AbstractContextManager[Any]:
    """mode: vcrpy's record_mode; none plays only, and every request that is not on the tape is an error."""
    machine = vcr.VCR(
        record_mode=mode, serializer="readable", match_on=["method", "uri", "said", "headed"],
        before_record_request=scrubber.request, before_record_response=scrubber.response,
        decode_compressed_response=True, record_on_exception=False,
    )  # fmt: skip
    machine.register_serializer("readable", Readable)
    machine.register_matcher("said", lambda one, other: _demand_equal("body", one.body, other.body))
    machine.register_matcher("headed", lambda one, other: _demand_equal("headers", one.headers, other.headers))
    opened: AbstractContextManager[Any] = machine.use_cassette(str(path))
    return opened


def _demand_equal(what: str, one: object, other: object) -> None:
    assert (one or None) == (other or None), f"another {what}"


# ------------------------------------------------------------------------------ the story


def play(stage: Stage) -> dict[str, Any]:
    """What the connector told, part by part, as JSON. Raises AssertionError where a part did not go as it should."""
    with _always_the_same():
        connector = stage.open()
        try:
            return Story(stage, connector).told()
        finally:
            connector.close()


class Story:
    def __init__(self, stage: Stage, connector: Connector) -> None:
        self._stage, self._connector = stage, connector
        self._said: dict[str, Any] = {}
        self._mine: list[Record] = []
        self._cursor: str | None = None
        self._ids = itertools.count(1)

    def told(self) -> dict[str, Any]:
        table = self._connector.describe(self._stage.table)
        ops = table.can.ops
        self._said["fields"] = {one.id: one.kind for one in table.fields}
        whole = self._pulled("whole", None)
        most = self._stage.most
        assert most is None or len(whole) <= most, f"the table holds more than {most} records; take one for tests"
        if Op.CREATE in ops:
            keys = [receipt.key for receipt in self._written("created", self._creates(), refused=())]
            self._pause(table.can.lag)
            seen = {record.key: record for record in self._pulled("new", self._cursor)}
            assert set(keys) <= set(seen), "what was created is not among what changed"
            self._mine = [seen[str(key)] for key in keys]
        else:
            self._mine = whole[:3]
        changes = self._updates()
        refused = [change.id for change in changes[1:2] if self._stage.bad]
        self._written("updated", changes, refused=refused)
        self._pause(table.can.lag)
        seen = {record.key: record for record in self._pulled("changed", self._cursor)}
        self._mine = [seen.get(one.key, one) for one in self._mine]
        end = next((op for op in (Op.DELETE, Op.ARCHIVE) if op in ops), None)
        if end is not None and Op.CREATE in ops:
            ends = [Change(self._id(), end, one.key, before=one.fields, expect=one.version) for one in self._mine]
            self._written("removed", ends, refused=())
            self._pause(table.can.lag)
            self._pulled("left", self._cursor)
        return self._said

    # -------------------------------------------------------------------------- parts

    def _creates(self) -> list[Change]:
        name, note = self._stage.text
        texts = (("张伟 Offbook", "来自展会"), ("Anna Offbook", 'said "so", twice'), ("欧阳娜 Offbook", "一\n二"))
        return [
            Change(self._id(), Op.CREATE, after={**self._stage.base, name: one, note: other}, token=f"{n:015d}")
            for n, (one, other) in enumerate(texts, 1)
        ]

    def _updates(self) -> list[Change]:
        after: list[dict[str, Value]] = [{self._stage.text[1]: "改过的备注"} for _ in self._mine]
        if self._stage.bad is not None:
            name, value = self._stage.bad
            after[1] = {name: value}
        return [
            Change(self._id(), Op.UPDATE, one.key, new, {name: one.fields.get(name) for name in new}, one.version)
            for one, new in zip(self._mine, after)
        ]

    def _pulled(self, part: str, since: str | None) -> list[Record]:
        pages = list(self._connector.pull(Query(self._stage.table, self._stage.facts.fields, since)))
        end = pages[-1].end
        assert end is not None
        assert end.complete, f"{part}: {end.why}"
        self._cursor = end.cursor
        records = [record for page in pages for record in page.records]
        self._said[part] = {"full": end.full, "records": [_record(one) for one in records]}
        return records

    def _written(self, part: str, changes: Sequence[Change], *, refused: Sequence[str]) -> list[Receipt]:
        by_id = {one.change: one for one in self._connector.write(self._stage.table, changes)}
        receipts = [by_id[change.id] for change in changes]
        self._said[part] = [_receipt(one) for one in receipts]
        told = {one.change: str(one.outcome) for one in receipts}
        wanted = {one.id: "rejected" if one.id in refused else "done" for one in changes}
        assert told == wanted, f"{part}: {told} {[one.detail for one in receipts]}"
        return receipts

    def _pause(self, lag: float) -> None:
        self._stage.gate.wait(lag + PAUSE)

    def _id(self) -> str:
        return f"change{next(self._ids)}"


@contextmanager
def _always_the_same() -> Iterator[None]:
    """What is drawn by chance in this thread is the same in every run; the pretended system draws in another."""
    chance, here, drawn = Random(7), threading.get_ident(), os.urandom
    ids = itertools.count(1)

    def urandom(size: int) -> bytes:
        return chance.randbytes(size) if threading.get_ident() == here else drawn(size)

    new_id: Callable[[], str] = lambda: f"{next(ids):015d}"  # noqa: E731
    with patch("os.urandom", urandom), patch("connectors.shared.rows.new_id", new_id):
        yield


# ------------------------------------------------------------------------------ as JSON


def _record(one: Record) -> dict[str, Any]:
    fields = {name: shown(value) for name, value in one.fields.items() if value is not None}
    said = {"key": one.key, "state": str(one.state), "version": one.version, "modified": shown(one.modified)}
    return {**{name: value for name, value in said.items() if value not in (None, "live")}, "fields": fields}


def _receipt(one: Receipt) -> dict[str, Any]:
    apart = {name: [str(outcome), str(why)] for name, (outcome, why) in one.apart.items()}
    return {"key": one.key, "outcome": str(one.outcome), "detail": str(one.detail), "apart": apart}


def shown(value: Value) -> Any:
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    if isinstance(value, LookUp):
        return {"table": value.table, "key": value.key, "label": value.label}
    if isinstance(value, Damaged):
        return {"damaged": value.code, "text": value.text}
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
