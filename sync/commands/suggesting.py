"""Which field does each column of a source or file hold? (`map suggest`)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import ConfigError, Connector, say
from mappings.kinds import Kind
from mappings.suggest import Suggestion, as_json, suggest
from mappings.suggest_mapping import Speak, write_mapping
from sync.commands.sampling import Sample, opened_file, opened_source, sample
from sync.config.model import Workspace


@dataclass(frozen=True, slots=True)
class Suggested:
    """What one table seems to hold. source, table: how a mapping would name them; others: tables not looked at."""

    source: str
    sample: Sample
    suggestions: Sequence[Suggestion]
    only_table: bool
    others: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        columns = as_json(self.suggestions)["columns"]
        return {"table": self.sample.table.id, "columns": columns, "other_tables": list(self.others)}

    def mapping(self, kinds: Mapping[str, Kind] | None, speak: Speak) -> str:
        """A mapping file that loads as it is. Raises ConfigError where no column could be told."""
        return write_mapping(
            self.suggestions,
            source=self.source,
            table="" if self.only_table else self.sample.table.id,
            columns=columns_of(self.sample),
            kinds=kinds,
            speak=speak,
        )


def columns_of(found: Sample) -> list[str]:
    """How a mapping addresses the columns: by field id where a system has ids of its own, else by heading."""
    fields = found.table.fields
    return [] if all(field.id == field.name for field in fields) else [field.id for field in fields]


def suggest_for(target: str, table: str, workspace: Workspace | None, folder: Path) -> Suggested:
    """`target`: a source of the workspace (`source.alias` names a table too), or a file. Raises ConfigError, SourceError.

    table: which of several; "": the one of which most is understood.
    """
    source, _, alias = target.partition(".")
    is_file = (folder / target).is_file() and (workspace is None or target not in workspace.tables)
    if (
        workspace is not None
        and not is_file
        and target not in workspace.sources
        and source in workspace.sources
        and not table
    ):
        named = workspace.tables.get(target)
        target, table = source, (named.at if named is not None and named.at else alias)
    if workspace is not None and target in workspace.sources:
        with opened_source(workspace, target) as connector:
            return _best(connector, target, table, workspace.kinds)
    if "://" not in target and not (folder / target).exists():
        raise ConfigError("`{name}` is neither a source of the workspace nor a file", name=target)
    with opened_file(target, folder) as connector:
        return _best(connector, Path(target).stem, table, None)


def _best(connector: Connector, source: str, table: str, kinds: Mapping[str, Kind] | None) -> Suggested:
    names = list(connector.tables())
    if table and table not in names:
        raise ConfigError("there is no table {table} in {source}; there is: {known}",
                          table=table, source=source, known=", ".join(names))  # fmt: skip
    if not names:
        raise ConfigError("there is no table in {source} that holds anything", source=source)
    found = [suggested(sample(connector, one), kinds) for one in ([table] if table else names)]
    shown, said = max(found, key=lambda pair: sum(one.field is not None for one in pair[1]))
    others = tuple(one for one in names if one != shown.table.id)
    return Suggested(source, shown, said, len(names) == 1, others)


def suggested(found: Sample, kinds: Mapping[str, Kind] | None) -> tuple[Sample, Sequence[Suggestion]]:
    return found, suggest(found.headings, found.values, table_name=found.table.name, kinds=kinds)


def put_mapping(folder: Path, source: str, text: str) -> Path:
    """Writes `mappings/SOURCE.yaml`. Raises ConfigError where there is one already: nothing is ever overwritten."""
    path = folder / "mappings" / f"{source}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError("{path} is there already and was not touched", path=path) from None
    return path


def heading(found: Suggested) -> object:
    return say("{table}: {known} of {all} columns are understood",
               table=found.sample.table.name, known=sum(s.field is not None for s in found.suggestions),
               all=len(found.suggestions))  # fmt: skip


__all__ = ["Suggested", "columns_of", "heading", "put_mapping", "suggest_for", "suggested"]
