"""Does the workspace fit what its sources are now? (`check`; CONFIG §5, the last paragraph)

What only an open source can show: no such table or column, not writable, no such option, required and not filled, ids
that stand twice, a `belongs_to` column that its holder could edit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import ConfigError, Connector, Field, Finding, OffbookError, Op, Table, say
from mappings.model import Place, TableMap
from mappings.types.cleaning import clean
from sync.commands.lens import converter_of
from sync.commands.sampling import first_records, opened_source
from sync.config.model import Workspace
from sync.config.sources import Source
from sync.tables import own_id

LOOKED_AT: Final = 5000
"""Records in which ids are compared."""


@dataclass(slots=True)
class Checked:
    """What was found, in the order of the sources. failures: sources that could not be opened."""

    findings: list[Finding] = field(default_factory=list)
    failures: dict[str, OffbookError] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)

    def count(self, level: str) -> int:
        return sum(one.level == level for one in self.findings)

    @property
    def code(self) -> int:
        """2 where a file must be mended; else that of the first source that failed."""
        if self.count("error"):
            return 2
        return next((trouble.exit_code for trouble in self.failures.values()), 0)


def check_workspace(workspace: Workspace, names: Sequence[str] = ()) -> Checked:
    """Opens each source (or those named) and compares; one that fails does not stop the others. Raises
    ConfigError for a name that is none."""
    for name in names:
        if name not in workspace.sources:
            known = ", ".join(workspace.sources)
            raise ConfigError("no source is called `{name}`; there is: {known}", name=name, known=known)
    done = Checked()
    done.findings += _leaks(workspace)
    for name, source in workspace.sources.items():
        if names and name not in names:
            continue
        try:
            with opened_source(workspace, name) as connector:
                _source(workspace, source, connector, done)
        except OffbookError as trouble:
            done.failures[name] = trouble
    return done


def _leaks(workspace: Workspace) -> Iterator[Finding]:
    """A pushed off-book source without `belongs_to` or `only`: who types there can make it show another's customer."""
    pushed = {workspace.tables[name].source for job in workspace.jobs.values() for name in job.push}
    for name, source in workspace.sources.items():
        if name in pushed and not source.formal and not source.only.conditions:
            text = say("`{source}` is written and has neither `belongs_to` nor `only`: everybody who can type there can make it"
                       " show a customer of a colleague", source=name)  # fmt: skip
            yield Finding("warning", "open_to_all", text, name)


def _source(workspace: Workspace, source: Source, connector: Connector, done: Checked) -> None:
    found = list(connector.check())
    done.findings += [_of_source(one, source.name) for one in found]
    broken = {one.table for one in found if one.level == "error"}
    if "" in broken:
        return
    for table in workspace.tables_of(source.name):
        try:
            described = connector.describe(own_id(connector, table))
        except OffbookError as trouble:
            if not broken:
                done.findings.append(Finding("error", "table", trouble.said, table.id))
            continue
        done.tables[table.id] = len(described.fields)
        done.findings += _Table(workspace, source, table, described).findings()
        done.findings += _repeated(workspace, table, described, connector)


def _of_source(one: Finding, source: str) -> Finding:
    table = f"{source} {one.table}" if one.table else source
    return Finding(one.level, one.code, one.text, table, one.proved)


# ------------------------------------------------------------------------------ one table


@dataclass(slots=True)
class _Table:
    workspace: Workspace
    source: Source
    table: TableMap
    described: Table
    by_name: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name = {clean(one.name): one for one in self.described.fields}
        self.by_name.update({one.id: one for one in self.described.fields})

    def findings(self) -> Iterator[Finding]:
        pushed = any(self.table.id in job.push for job in self.workspace.jobs.values())
        for name, place in self._places():
            for column in place.columns:
                yield from self._column(name, place, column, pushed=pushed)
        yield from self._named_columns()
        if any(self.table.id in job.create_in for job in self.workspace.jobs.values()):
            yield from self._required()

    def _places(self) -> Iterator[tuple[str, Place]]:
        for part in self.table.parts:
            for name, places in (*part.fields.items(), *part.relations.items()):
                yield from ((f"{part.name}.{name}", place) for place in places)

    def _column(self, name: str, place: Place, column: str, *, pushed: bool) -> Iterator[Finding]:
        found = self._field(column)
        if found is None:
            if not column.startswith("@"):
                known = ", ".join(one.name for one in self.described.fields[:30])
                yield self._say("error", "column", say("there is no column `{column}`; there is: {known}",
                                                       column=column, known=known))  # fmt: skip
            return
        if pushed and place.writes and not found.on_update and Op.UPDATE in self.described.can.ops:
            yield self._say("warning", "read_only", say("`{column}` cannot be written there, so {field} is only read from it;"
                            " say `direction: pull`", column=column, field=name))  # fmt: skip
        if found.options and place.values:
            known_options = {text for option in found.options for text in option}
            for raws, _ in place.values:
                strange = [raw for raw in raws if raw not in known_options and raw not in ("", "*")]
                if strange:
                    yield self._say("error", "option", say("`{column}` has no option {options}; there is: {known}",
                                    column=column, options=", ".join(strange),
                                    known=", ".join(label or id_ for id_, label in found.options)))  # fmt: skip

    def _field(self, column: str) -> Field | None:
        return self.by_name.get(column) or self.by_name.get(clean(column))

    def _named_columns(self) -> Iterator[Finding]:
        """Columns that the table's own keys name, and the one that proves whose a record is."""
        for key, column in (("key", self.table.key), ("modified", self.table.modified)):
            if column and self._field(column) is None:
                yield self._say("error", "column", say("`{key}` names a column `{column}` that is not there",
                                                       key=key, column=column))  # fmt: skip
        if self.table.offbook_id and self._field(self.table.offbook_id) is None:
            yield self._say("note", "offbook_id", say("the column `{column}` is not there yet; the first apply adds it",
                                                      column=self.table.offbook_id))  # fmt: skip
        holder = self.source.holder
        if not holder:
            return
        found = self._field(holder)
        if found is None:
            yield self._say("error", "column", say("`{key}` names a column `{column}` that is not there",
                                                   key="belongs_to", column=holder))  # fmt: skip
        elif found.on_update:
            yield self._say("error", "holder", say("`belongs_to` names `{column}`, which can be edited there: whoever edits it"
                            " takes a customer; name a column that the system itself keeps", column=holder))  # fmt: skip

    def _required(self) -> Iterator[Finding]:
        written = {column for _, place in self._places() if place.writes for column in place.columns}
        filled = {clean(one) for one in (*written, *self.table.on_create, self.table.key, self.table.offbook_id) if one}
        for one in self.described.fields:
            if one.required and one.on_create and one.blank is None and not {clean(one.id), clean(one.name)} & filled:
                yield self._say("error", "required", say("`{column}` must be filled in a new record and nothing fills it; map it,"
                                " or give it a value in `on_create`", column=one.name))  # fmt: skip

    def _say(self, level: str, code: str, text: str) -> Finding:
        return Finding(level, code, text, self.table.id)


def _repeated(workspace: Workspace, table: TableMap, described: Table, connector: Connector) -> Iterator[Finding]:
    """Ids that stand in two records: all of them would be put apart (R2b)."""
    known = {one.id for one in described.fields}
    for key, column in (("offbook_id", table.offbook_id), ("key", table.key)):
        if not column or column not in known:
            continue
        converter = converter_of(workspace, table, described)
        records = first_records(connector, described, converter.columns, LOOKED_AT)
        seen = Counter(str(r.fields.get(column)) for r in records if r.fields.get(column) not in (None, ""))
        twice = sum(count > 1 for count in seen.values())
        if twice:
            text = say("{count} ids in `{column}` stand in several records; those are put apart until each is there once"
                       " (`{key}`)", count=twice, column=column, key=key)  # fmt: skip
            yield Finding("warning", "repeated", text, table.id)


__all__ = ["Checked", "check_workspace"]
