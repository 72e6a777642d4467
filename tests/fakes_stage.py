"""A workspace whose sources are pretended systems: a clock that their requests move, runs, and what a plan would write."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from connectors.gate import RunGate, VirtualClock
from connectors.vault import MemoryVault
from sandbox.server import Fake
from sync import run as running
from sync.commands.planview import view
from sync.run import Outcome, Session
from sync.workspace import load

START = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@dataclass
class Stage:
    """Each request to a fake takes a second. `now` is what fakes are made with; `add` starts them."""

    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    vault: MemoryVault = field(default_factory=MemoryVault)
    fakes: list[Fake] = field(default_factory=list)

    def now(self) -> datetime:
        return self.clock.now()

    def add(self, fake: Any) -> Any:
        """Starts it."""
        answer = fake.handle

        def handle(call: Any) -> Any:
            self.clock.sleep(1.0)
            return answer(call)

        fake.handle = handle
        self.fakes.append(fake.start())
        return fake

    def close(self) -> None:
        for fake in self.fakes:
            fake.stop()

    def copied(self, shipped: Path, changes: Mapping[str, str]) -> None:
        """A workspace as it is shipped, and in its offbook.yaml each of these texts, which must be there, replaced."""
        shutil.copytree(shipped, self.folder, dirs_exist_ok=True)
        file = self.folder / "offbook.yaml"
        text = file.read_text("utf-8")
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        file.write_text(text, "utf-8")

    # -------------------------------------------------------------------------- runs

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.clock.sleep(600.0)
        gate = RunGate(clock=self.clock)
        session = running.open_session(load(self.folder), gate=gate, clock=self.clock.now, vault=self.vault)
        try:
            yield session
        finally:
            session.close()

    def plan(self, job: str) -> Outcome:
        with self.session() as session:
            return running.make_plan(session, job)

    def run(self, job: str) -> Outcome:
        """Plan and apply, by a person who has seen the plan."""
        planned = self.plan(job)
        assert planned.plan
        with self.session() as session:
            done = running.apply_plan(session, planned.plan, by="tester")
        planned.applied = done.applied
        planned.failures.update(done.failures)
        planned.tripped = done.tripped or planned.tripped
        return planned

    def lines(self, planned: Outcome) -> list[str]:
        """Each change of a plan, to be read where a test fails."""
        with self.session() as session:
            seen = view(session, planned.plan)
        return [
            f"{one.table} {one.op} {one.name} {one.field}: {one.before} → {one.after} ({one.rule})"
            for one in seen.lines
        ]

    def counted(self, planned: Outcome) -> Counter[tuple[str, str]]:
        """(table, op) → how many records a plan would write."""
        with self.session() as session:
            fates = view(session, planned.plan).fates
        return Counter({(table, op): count for table, op, _, count in fates})


def workbook(path: Path, headings: Sequence[str], rows: Sequence[Sequence[object]], sheet: str = "客户") -> None:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet(sheet)
        for y, row in enumerate([headings, *rows]):
            for x, value in enumerate(row):
                if value not in (None, ""):
                    page.write(y, x, value)


def rows_of(path: Path) -> list[dict[str, str]]:
    """What stands in the first sheet, by heading; empty rows left out."""
    book = openpyxl.load_workbook(path)
    try:
        first, *rest = book.worksheets[0].iter_rows(values_only=True)
        names = [str(one) for one in first]
        found = [dict(zip(names, ("" if one is None else str(one) for one in row))) for row in rest]
    finally:
        book.close()
    return [row for row in found if any(row.values())]
