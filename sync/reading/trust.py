"""May a row's version say that the row is as it is stored, so that its cells need not be looked at?

In a file that was read whole under all that holds tonight: the version of a row is a digest of its cells (C15), and what
column they stand in, how they are read and by which program has not changed. Where somebody was erased, a stored row may
lack cells that its version knows of; so may one whose key was there twice. Every `full_every` each row is looked at all
the same (R1d).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from offbook import __version__
from sync.context import Run, TableState
from sync.ledger import codec, versions


def is_whole(table: TableState) -> bool:
    """A file: its cursor is a fingerprint, and a changed one is listed whole."""
    return table.described.can.page == 0


def is_due(run: Run, looked_at: str | None) -> bool:
    """Whether it is time to look at everything again."""
    return not looked_at or datetime.fromisoformat(looked_at) + run.workspace.guards.full_every <= run.now


def begin(run: Run, c: Connection, table: TableState) -> bool:
    """Before a table is read. Where versions are not trusted nobody may trust them after a half of it was staged."""
    under, at = versions.staged_under(run.ledger, c, table.id)
    trusts = is_whole(table) and table.sieve is None and under == _held(table) and not is_due(run, at)
    if under and not trusts:
        versions.note_staged(run.ledger, c, table.id, "", "")
    return trusts


def end(run: Run, c: Connection, table: TableState, *, had: bool, holds: bool) -> None:
    """With the last page of a whole listing. had: versions were trusted in it, so most rows were not looked at anew.
    holds: it was complete, and no key was there twice."""
    holds = holds and is_whole(table) and table.sieve is None
    if holds and not had:
        versions.note_staged(run.ledger, c, table.id, _held(table), run.now.isoformat())
    elif had and not holds:
        versions.note_staged(run.ledger, c, table.id, "", "")


def _held(table: TableState) -> str:
    """All that decides which cells a row's version stands for."""
    told = (__version__, table.converter.version, str(table.versions), table.source.timezone, *table.converter.columns)
    return codec.digest("\x1f".join(told).encode()).hex()
