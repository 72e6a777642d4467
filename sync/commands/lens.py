"""Does each mapping hold on real records? (`map check`: the lens law, the subject, what means nothing yet)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import ConfigError, Connector, Finding, OffbookError, Said, Table, say
from mappings.convert import Converter
from mappings.lens import check
from mappings.model import TableMap
from mappings.people import People
from sync.commands.sampling import first_records, opened_source
from sync.config.model import Workspace
from sync.picture.values import DAMAGES
from sync.tables import own_id


@dataclass(slots=True)
class Checked:
    """Findings by table, and sources that could not be looked at."""

    findings: dict[str, Sequence[Finding]] = field(default_factory=dict)
    failures: dict[str, OffbookError] = field(default_factory=dict)

    @property
    def every(self) -> list[Finding]:
        return [one for found in self.findings.values() for one in found]

    @property
    def code(self) -> int:
        """2 where a mapping must be mended; else that of the first source that failed."""
        if any(one.level == "error" for one in self.every):
            return 2
        return next((trouble.exit_code for trouble in self.failures.values()), 0)


def check_mappings(workspace: Workspace, names: Sequence[str], most: int) -> Checked:
    """The mappings of these sources or tables (none: all), on the first `most` records of each. Raises ConfigError."""
    chosen = _chosen(workspace, names)
    done = Checked()
    for source, tables in chosen.items():
        try:
            with opened_source(workspace, source) as connector:
                for table in tables:
                    done.findings[table.id] = _table(workspace, connector, table, most)
        except OffbookError as trouble:
            done.failures[source] = trouble
    return done


def _chosen(workspace: Workspace, names: Sequence[str]) -> Mapping[str, list[TableMap]]:
    for name in names:
        if name not in workspace.tables and name not in workspace.sources:
            raise ConfigError("no table or source is called `{name}`; there is: {known}",
                              name=name, known=", ".join([*workspace.sources, *workspace.tables]))  # fmt: skip
    wanted = [t for t in workspace.tables.values() if not names or t.id in names or t.source in names]
    out: dict[str, list[TableMap]] = {}
    for table in wanted:
        out.setdefault(table.source, []).append(table)
    return out


def _table(workspace: Workspace, connector: Connector, table: TableMap, most: int) -> Sequence[Finding]:
    described = connector.describe(own_id(connector, table))
    converter = converter_of(workspace, table, described)
    records = first_records(connector, described, converter.columns, most)
    found = list(check(converter, (record.fields for record in records)))
    if not any(table.id in job.push for job in workspace.jobs.values()):
        found = [replace(one, level="note") if one.code == "lens" else one for one in found]  # nothing is written there
    found = [replace(one, text=_in_words(one.text)) for one in found]
    if len(records) == most:
        text = say("{table}: only the first {count} records were looked at; --sample looks at more",
                   table=table.id, count=most)  # fmt: skip
        found.append(Finding("note", "sample", text, table.id))
    return found


def _in_words(text: str) -> str:
    """What is wrong with damaged values in words instead of its code."""
    if not isinstance(text, Said) or "code" not in text.values:
        return text
    return Said(text.template, {**text.values, "code": DAMAGES.get(str(text.values["code"]), text.values["code"])})


def converter_of(workspace: Workspace, table: TableMap, described: Table) -> Converter:
    """The mapping at work on the table as it is described now."""
    source = workspace.sources[table.source]
    return Converter(
        table,
        described,
        workspace.kinds,
        People(workspace.people),
        region=source.region,
        timezone=source.timezone,
        formal=source.formal,
        folder=workspace.folder,
        tables=workspace.tables,
    )


__all__ = ["Checked", "check_mappings", "converter_of"]
