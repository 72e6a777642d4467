"""A workspace of real files: rows of company and contact in a CSV file, and a formal list of companies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.gate import RunGate, VirtualClock
from sync import run as running
from sync.run import Outcome, Session
from sync.workspace import load

WORKSPACE = """\
authority: [crm]
guards: {creates: 1000, updates: 1000, removals: 1000, blanks: 1000, merges: 1000, moved: 1000}
sources:
  crm: crm.csv
  book: book.csv
jobs:
  agree: {push: [crm, book], create_in: [crm]}
"""
CRM = """\
table: crm
offbook_id: id
record:
  organisation: {name: name, phones: phone, website: site}
"""
BOOK = """\
table: book
record:
  organisation: {name: 公司, phones: 座机, website: 网址}
  person: {name: 联系人, phones: 手机, emails: 邮箱, notes: 备注, works_at: organisation}
"""


@dataclass
class Files:
    """Time moves by a minute with every step; each run is a session of its own."""

    folder: Path
    ledger: str = "offbook.db"
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 8, 0, tzinfo=UTC))

    def write(self, name: str, *lines: str) -> None:
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def configure(self, *, book: str = BOOK, crm: str = CRM, workspace: str = WORKSPACE) -> None:
        (self.folder / "mappings").mkdir(exist_ok=True)
        (self.folder / "offbook.yaml").write_text(f"ledger: {self.ledger}\n{workspace}", encoding="utf-8")
        (self.folder / "mappings" / "crm.yaml").write_text(crm, encoding="utf-8")
        (self.folder / "mappings" / "book.yaml").write_text(book, encoding="utf-8")

    @contextmanager
    def session(self) -> Iterator[Session]:
        self.now += timedelta(minutes=1)
        gate = RunGate(clock=VirtualClock(self.now))
        session = running.open_session(load(self.folder), gate=gate, clock=lambda: self.now)
        try:
            yield session
        finally:
            session.close()

    def run(self, job: str = "agree", **options: Any) -> Outcome:
        with self.session() as session:
            planned = running.make_plan(session, job)
        with self.session() as session:
            done = running.apply_plan(session, planned.plan, by="tester", **options)
        planned.applied = done.applied
        return planned

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.session() as session, session.ledger.transaction() as c:
            return session.ledger.rows(c, sql, values)

    def entity(self, kind: str, text: str) -> str:
        """The one customer of a kind whose golden record holds a text."""
        rows = self.rows("SELECT id, golden FROM entity WHERE kind = ? AND alias_of IS NULL", (kind,))
        (found,) = [row[0] for row in rows if text.encode() in bytes(row[1])]
        return str(found)

    def on_disk(self) -> bytes:
        """What the ledger's files hold on the disk."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("offbook.db*")))
