"""What must the contract suite (tests/contract.py) be able to do to a system behind a connector's back?

A connector's test file writes one Rig: how to open the connector, how people type into the system, and how trouble is
made. What cannot happen to a system is named in `cannot` with the reason; it is then reported as not applicable. What
is simply missing in the rig is an error, never a skip.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, NoReturn
from unittest.mock import patch

import pytest

from connectors.contract import Connector, Context, Op, Pace, Spec, Stopped, TableFacts, Value
from connectors.shared import files
from connectors.vault import MemoryVault


class RigLacks(AssertionError):
    """The rig cannot do what a promise needs, and does not say why: the test file is not finished."""


class CountingGate:
    """A gate whose time only moves by waiting; counts what goes through it and can stop at a chosen request."""

    def __init__(self, limit: float = 3600.0) -> None:
        self.entered, self.pauses, self.waits = 0, list[tuple[str, float]](), list[float]()
        self.stop_after: int | None = None
        self._limit, self._passed = limit, 0.0
        self._paused: dict[str, float] = {}

    def enter(self, *paces: Pace, units: int = 1) -> None:
        self._demand_going()
        for pace in paces:
            self._passed = max(self._passed, self._paused.get(pace.key, 0.0))
        self.entered += 1

    def pause(self, pace: Pace, seconds: float) -> None:
        self.pauses.append((pace.key, seconds))
        self._paused[pace.key] = self._passed + seconds

    def wait(self, seconds: float) -> None:
        self._demand_going()
        self.waits.append(seconds)
        self._passed += seconds

    def left(self) -> float:
        return max(0.0, self._limit - self._passed)

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self._passed)

    def limit(self, seconds: float) -> None:
        self._limit = self._passed + seconds

    def _demand_going(self) -> None:
        if self.left() <= 0 or (self.stop_after is not None and self.entered >= self.stop_after):
            raise Stopped("the run was told to stop")


class Rig(ABC):
    """One system with one table, empty at first.

    spec, table: what is tested. text: three plain text fields that may be written, none of them the key; the suite
    tells records apart by the first. base: values that a create must have besides. many: how many records make more
    than two pages. crowd: how many records share one moment in C3. cannot: feature → why it cannot happen here.
    unheld: sample texts of C10 that the system cannot hold → why. secrets: what was planted in options and vault.
    """

    spec: Spec
    table: str
    text: tuple[str, str, str]
    base: Mapping[str, Value] = {}
    many = 5
    crowd = 10_001
    cannot: ClassVar[Mapping[str, str]] = {}
    unheld: ClassVar[Mapping[str, str]] = {}
    secrets: Sequence[str] = ()
    facts: TableFacts
    timezone = "Asia/Shanghai"

    def __init__(self) -> None:
        self.gate = CountingGate()
        self.vault = MemoryVault()

    # -------------------------------------------------------------------------- every rig has these

    @abstractmethod
    def options(self) -> Mapping[str, object]:
        """The connector's options, as a workspace file would hold them."""

    @abstractmethod
    def add(self, values: Mapping[str, Value]) -> str:
        """A person types a record (values by field id, the others empty); gives the key the connector will show."""

    @abstractmethod
    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        """A person types over fields of a record."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """A person deletes a record for good."""

    @abstractmethod
    def rows(self) -> list[Mapping[str, Value]]:
        """All live records as they are in the system, read without the connector, by field id; empty is None."""

    @abstractmethod
    def state(self) -> object:
        """Everything in the system, to be compared: reading must not change it."""

    # -------------------------------------------------------------------------- with defaults

    def open(self, folder: str = ".") -> Connector:
        """A new connector object on the same system; all share one gate and vault."""
        options = self.spec.options.model_validate(dict(self.options()))
        context = Context(self.gate, self.vault, {self.table: self.facts}, self.timezone, folder)
        return self.spec.connect(options, context)

    def fill(self, count: int) -> None:
        """Many records at once, all of the same moment where the system can."""
        for number in range(count):
            self.add({self.text[0]: f"record {number}"})

    # -------------------------------------------------------------------------- features, where they can happen

    def _lacks(self, feature: str) -> NoReturn:
        raise RigLacks(f"{type(self).__name__} has no `{feature}`: write it, or say in `cannot` why it cannot happen")

    def break_pull(self) -> None:
        """The next pull of more than one page fails half-way."""
        self._lacks("break_pull")

    def cut_pull(self) -> None:
        """From now on something in the listing cannot be read."""
        self._lacks("cut_pull")

    def loop_pull(self) -> None:
        """The next pull gets its first page twice."""
        self._lacks("loop_pull")

    def add_late(self, values: Mapping[str, Value]) -> str:
        """A record appears now with an edit time before the last cursor (a late commit)."""
        self._lacks("add_late")

    def other_scope(self) -> Connector:
        """A connector with another filter, view or account on the same table."""
        self._lacks("other_scope")

    def hide(self, field: str) -> None:
        """The credentials no longer see this field."""
        self._lacks("hide")

    def damage(self, key: str) -> str:
        """A cell of the record becomes unreadable; gives the field."""
        self._lacks("damage")

    def date_field(self) -> str:
        """A field that holds a date without a clock."""
        self._lacks("date_field")

    def type_date(self, key: str, day: date) -> None:
        """A person types a date into date_field()."""
        self.edit(key, {self.date_field(): day})

    def datetime_field(self) -> str:
        """A field that holds a moment."""
        self._lacks("datetime_field")

    def type_clock(self, key: str, clock: datetime) -> None:
        """A person types a naive time, as the clock on the wall shows it, into datetime_field()."""
        self._lacks("type_clock")

    def forbid(self) -> None:
        """The credentials may no longer read the table."""
        self._lacks("forbid")

    def merge(self, loser: str, winner: str) -> None:
        """The system merges (or renumbers) one record into another."""
        self._lacks("merge")

    def archive(self, key: str) -> None:
        """A person archives a record."""
        self._lacks("archive")

    def add_twice(self, values: Mapping[str, Value]) -> str:
        """Two records that bear the same key."""
        self._lacks("add_twice")

    def lose_answer(self, op: Op) -> None:
        """The next write of this op lands, and its answer is lost."""
        self._lacks("lose_answer")

    def break_write(self) -> None:
        """The next write of several changes fails after the first of them."""
        self._lacks("break_write")

    def bad(self) -> tuple[str, Value]:
        """A field and a value that the system refuses there."""
        self._lacks("bad")

    def taste(self, field: str) -> None:
        """From now on the system stores what is written there in another form."""
        self._lacks("taste")

    def own_call_field(self) -> str:
        """A field that costs a request of its own."""
        self._lacks("own_call_field")

    def own_call_value(self) -> Value:
        return "somebody"

    def lose_own_call(self) -> None:
        """The answer to the next such request is lost."""
        self._lacks("lose_own_call")

    def open_elsewhere(self) -> str:
        """Somebody has the file open; gives their name as it must appear in the receipt."""
        self._lacks("open_elsewhere")

    def during_write(self, do: Callable[[], object]) -> AbstractContextManager[None]:
        """`do` happens after the next write has read the file, before it replaces it."""
        self._lacks("during_write")

    def backups(self) -> list[bytes]:
        """The contents of the backups that stand beside the file."""
        self._lacks("backups")

    def shuffle(self) -> None:
        """A person sorts the rows into another order."""
        self._lacks("shuffle")

    def copy_row(self, key: str) -> None:
        """A person copies a whole row, its key with it."""
        self._lacks("copy_row")

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        """A row whose key column is empty."""
        self._lacks("add_keyless")

    def choice_field(self) -> str:
        """A field with options."""
        self._lacks("choice_field")

    def lookup_field(self) -> str:
        """A field that points to other records."""
        self._lacks("lookup_field")

    def targets(self) -> object:
        """All records that lookup_field() may point to."""
        self._lacks("targets")

    def slow_job(self) -> None:
        """The next merge or bulk job takes longer than the run may."""
        self._lacks("slow_job")

    def fired(self) -> int:
        """How many workflows, approvals and mails our writes have set off."""
        self._lacks("fired")

    def requests(self) -> int:
        """How many requests the system has received."""
        self._lacks("requests")

    def throttle(self) -> None:
        """The next request gets the vendor's penalty."""
        self._lacks("throttle")


def need(rig: Rig, *features: str) -> None:
    """Reports the promise as not applicable where one of these cannot happen to the system."""
    for feature in features:
        if feature in rig.cannot:
            not_applicable(rig.cannot[feature])


def not_applicable(why: str) -> NoReturn:
    pytest.skip(f"not applicable: {why}")


class FileRig(Rig):
    """A whole file that people edit with another program. A subclass keeps `path` and reads and writes it itself."""

    path: Path
    many = 2100
    cannot: ClassVar[Mapping[str, str]] = {
        "break_pull": "the file is read in one piece",
        "loop_pull": "a file has no pages to ask for",
        "add_late": "a file has no edit times",
        "merge": "a file does not merge or renumber its records",
        "lose_answer": "there is nobody between us and the file",
        "break_write": "the file is written in one piece",
        "own_call_field": "the file is written in one piece",
        "slow_job": "a file has no jobs",
        "fired": "a file has no workflows",
        "requests": "a file gets no requests",
        "throttle": "a file has no rate",
    }

    def state(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in sorted(self.path.parent.iterdir())}

    def backups(self) -> list[bytes]:
        return [p.read_bytes() for p in files.backups_of(self.path)]

    def open_elsewhere(self) -> str:
        """As LibreOffice marks it."""
        mark = self.path.with_name(f".~lock.{self.path.name}#")
        mark.write_text("王芳,wangfang,pc-7,01.03.2026 09:00,file:///home/wangfang;", "utf-8")
        return "王芳"

    @contextmanager
    def during_write(self, do: Callable[[], object]) -> Iterator[None]:
        done: list[bool] = []
        inner = files._written

        def written(path: Path, content: bytes) -> Path:
            fresh = inner(path, content)
            if not done:
                done.append(True)
                do()
            return fresh

        with patch.object(files, "_written", written):
            yield

    def forbid(self) -> None:
        self.path.rename(self.path.with_suffix(".away"))
