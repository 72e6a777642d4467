"""What do the tables of a source hold, also of a file that no workspace names yet? For first looks and suggestions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import connectors.registry
from connectors.contract import ConfigError, Connector, Context, Query, Record, Table, Value
from connectors.gate import RunGate
from connectors.settings import fit_resolved
from connectors.vault import MemoryVault

if TYPE_CHECKING:
    from sync.config.model import Workspace

ENOUGH: Final = 400
"""Records that suggestions look at."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Some records of one table. values: by column, in the order of its fields."""

    table: Table
    records: tuple[Record, ...]

    @property
    def headings(self) -> list[str]:
        return [field.name for field in self.table.fields]

    @property
    def values(self) -> list[list[Value]]:
        return [[record.fields.get(field.id) for record in self.records] for field in self.table.fields]


def connector_for(text: str) -> str:
    """The connector that a path or URL means. Raises ConfigError."""
    named = connectors.registry.named_for(text)
    if named is None:
        raise ConfigError(
            "`{text}` does not say what it is; a file must end in {endings}",
            text=text,
            endings=", ".join(connectors.registry.endings()),
        )
    return named


@contextmanager
def opened_file(text: str, folder: Path) -> Iterator[Connector]:
    """A file or database URL, opened as a source without any mapping. Raises ConfigError, SourceError."""
    named = connector_for(text)
    spec = connectors.registry.spec(named)
    if "://" not in text and not (folder / text).is_file():
        raise ConfigError("there is no file {path}", path=text)
    option = "url" if "://" in text else "path"
    options = fit_resolved(spec.options, {option: text}, text, {"unresolved": False, "folder": str(folder)})
    with contextlib.closing(spec.connect(options, Context(RunGate(), MemoryVault(), folder=str(folder)))) as connector:
        yield connector


@contextmanager
def opened_source(workspace: Workspace, name: str) -> Iterator[Connector]:
    """A source of the workspace, opened. Raises ConfigError, SourceError."""
    from sync.tables import open_source  # a file alone needs nothing of the ledger

    with contextlib.closing(open_source(workspace, name, RunGate(), MemoryVault())) as connector:
        yield connector


def sample(connector: Connector, table: str, most: int = ENOUGH) -> Sample:
    """The first so many records of a table, and its description. Raises SourceError."""
    described = connector.describe(table)
    return Sample(described, first_records(connector, described, [field.id for field in described.fields], most))


def first_records(connector: Connector, table: Table, fields: Sequence[str], most: int) -> tuple[Record, ...]:
    """The first so many; the rest of the table is not read. Raises SourceError."""
    found: list[Record] = []
    pages = connector.pull(Query(table.id, tuple(fields)))
    try:
        for page in pages:
            found += page.records
            if len(found) >= most:
                break
    finally:
        close = getattr(pages, "close", None)
        if close is not None:
            close()
    return tuple(found[:most])


def samples(connector: Connector) -> Mapping[str, Sample]:
    """A sample of every table that people see."""
    return {table: sample(connector, table) for table in connector.tables()}


__all__ = ["ENOUGH", "Sample", "connector_for", "first_records", "opened_file", "opened_source", "sample", "samples"]
