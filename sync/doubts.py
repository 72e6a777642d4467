"""Which writes have no answer yet, and what became of them? (RULES R10c, R14, R15)"""

from __future__ import annotations

from sync.context import Run, TableState


def sources_in_doubt(run: Run) -> set[str]:
    return set()


def settle_creates(run: Run) -> None:
    del run


def fetch_open(run: Run, table: TableState) -> None:
    del run, table
