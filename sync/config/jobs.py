"""What does each job read, write and create? (CONFIG "jobs.NAME")"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import Op, Said, say
from connectors.settings import Faults, Tree
from mappings.checks import no_mapping
from mappings.filters import ME, Filter
from mappings.kinds import Kind
from mappings.model import PartMap, TableMap
from mappings.places import Names
from sync.config.conditions import Ask
from sync.config.file import JobFile
from sync.config.schedule import Schedule
from sync.config.sources import Source
from sync.config.words import check_name, no_source


@dataclass(frozen=True, slots=True)
class Job:
    """pull, push: ids of tables, in the workspace's order. create_in: table → which customers may get a record there.

    sample: at most so many customers. review: all, new or questions. schedule: None where it runs only when called.
    """

    name: str
    pull: tuple[str, ...]
    push: tuple[str, ...] = ()
    create_in: Mapping[str, Filter] = field(default_factory=dict)
    sample: int | None = None
    review: str = "all"
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class JobReader:
    """Makes the jobs of offbook.yaml into Jobs; tables and sources must be sound before."""

    tree: Tree
    faults: Faults
    names: Names
    customer: str
    sources: Mapping[str, Source]
    tables: Mapping[str, TableMap]

    def read(self, name: str, written: JobFile) -> Job:
        """Names are told first; whether it fits together is check()'s."""
        check_name(name, self.tree, ("jobs", name), self.faults)
        pull = self._tables(written.pull, name, "pull") if written.pull else tuple(self.tables)
        push = self._tables(written.push, name, "push")
        create_in: dict[str, Filter] = {}
        for target, conditions in written.create_in.items():
            for table in self._tables((target,), name, "create_in"):
                ask = self._ask(table)
                create_in[table] = ask.filter(conditions, ("jobs", name, "create_in", target))
        return Job(name, pull, push, create_in, written.sample, written.review, written.schedule)

    def _tables(self, targets: Sequence[str], job: str, key: str) -> tuple[str, ...]:
        """The tables that sources and tables named in a job mean, in the workspace's order."""
        found: set[str] = set()
        for index, target in enumerate(targets):
            here = [table for table, one in self.tables.items() if target in (table, one.source)]
            found.update(here)
            if not here:
                way = ("jobs", job, key, target) if key == "create_in" else ("jobs", job, key, index)
                self.tree.fault(self.faults, way, self._unknown(target))
        return tuple(table for table in self.tables if table in found)

    def _unknown(self, target: str) -> Said:
        source = target.partition(".")[0]
        if source not in self.sources:
            return no_source(source, list(self.sources))
        return no_mapping(target, list(self.tables))

    def _ask(self, table: str) -> Ask:
        """A filter in `create_in` speaks of the customer, or of the subject where the table has no such part."""
        one = self.tables[table]
        kinds = [part.kind for part in one.parts if part.via is None]
        subject = next((part.kind for part in one.parts if part.name == one.subject), kinds[0] if kinds else "")
        kind = self.customer if self.customer in kinds else subject or self.customer
        source = self.sources[one.source]
        me = source.belongs_to or (ME if source.holder else "")
        return Ask(self.names, self.names.kinds[kind], me, self.tree, self.faults)


def check_job(job: Job, written: JobFile, reader: JobReader) -> None:
    """38 and 39: what is written must be read, and what is created must be somebody."""
    for index, target in enumerate(written.push):
        tables = [table for table in job.push if target in (table, reader.tables[table].source)]
        way = ("jobs", job.name, "push", index)
        for text in _push_faults(target, tables, job, reader):
            reader.tree.fault(reader.faults, way, text)
    for target in written.create_in:
        tables = [table for table in job.create_in if target in (table, reader.tables[table].source)]
        for text in _create_faults(target, tables, job, reader):
            reader.tree.fault(reader.faults, ("jobs", job.name, "create_in", target), text)


def _push_faults(target: str, tables: Sequence[str], job: Job, reader: JobReader) -> list[Said]:
    if any(table not in job.pull for table in tables):
        return [
            say(
                "`{target}` is written but not read in this job; nothing is written blindly, add it to `pull`",
                target=target,
            )
        ]
    source = reader.sources[reader.tables[tables[0]].source]
    if not {Op.CREATE, Op.UPDATE} & source.best.ops:
        return [
            say(
                "the {connector} connector only reads; take `{target}` out of `push`",
                connector=source.connector,
                target=target,
            )
        ]
    if not any(writes(reader.tables[table]) for table in tables):
        return [
            say(
                "every field of `{target}` is `direction: pull`, so there is nothing to write;"
                " take it out of `push`, or let a field be written in {file}",
                target=target,
                file=reader.tables[tables[0]].file,
            )
        ]
    return []


def writes(table: TableMap) -> bool:
    """Whether anything of a record of this table is ever written."""
    return any(
        place.columns and place.writes
        for part in table.parts
        for places in (*part.fields.values(), *part.relations.values())
        for place in places
    )


def _create_faults(target: str, tables: Sequence[str], job: Job, reader: JobReader) -> list[Said]:
    table = reader.tables[tables[0]]
    source = reader.sources[table.source]
    if Op.CREATE not in source.best.ops:
        return [
            say(
                "the {connector} connector cannot create records; take `{target}` out of `create_in`",
                connector=source.connector,
                target=target,
            )
        ]
    if any(one not in job.push for one in tables):
        return [
            say(
                "`{target}` is not in `push`, so nothing is created there;"
                " add it to `push`, or take it out of `create_in`",
                target=target,
            )
        ]
    return [text for one in tables if (text := _nobody_created(reader.tables[one], reader.names.kinds))]


def _nobody_created(table: TableMap, kinds: Mapping[str, Kind]) -> Said | None:
    """A new record needs a subject, and something by which the subject exists."""
    if not table.subject:
        return say(
            "a record of `{table}` has several parts and none of them is its subject, so nobody can say what gets a"
            " new one; relate its parts in {file}",
            table=table.id,
            file=table.file,
        )
    part = table.part(table.subject)
    needed = kinds[part.kind].exists
    if not needed or any(_written(part, name) for name in needed):
        return None
    return say(
        "a new record in `{table}` would have no {fields}: none of them is written there; see {file}",
        table=table.id,
        fields=", ".join(needed),
        file=table.file,
    )


def _written(part: PartMap, name: str) -> bool:
    halves = ("family_name", "given_name") if name == "name" else ()
    named = [
        places
        for field_, places in (*part.fields.items(), *part.relations.items())
        if field_ in (name, *halves) or field_.startswith(f"{name}.")
    ]
    return any(place.columns and place.writes for places in named for place in places)
