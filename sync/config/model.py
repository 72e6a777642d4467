"""What is a workspace, once it is read and everything in it means something?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

import connectors.registry
from mappings.kinds import Kind
from mappings.model import TableMap
from mappings.people import Person
from sync.config.guards import Guards
from sync.config.jobs import Job
from sync.config.sources import Registry, Source


@dataclass(frozen=True, slots=True)
class Digests:
    """What changed since a plan was made, or since a source was read.

    rules: kinds, authority, survivorship, first link, thresholds, filters: a change makes a plan stale (R13b) and
    opens every entity (R1b). tables: everything a mapping says, by table. people: the staff. scope: by table, what is
    asked of the source (`at`, `where`): a change is a change of scope (R11). connection: by source, where it is.
    """

    rules: str
    people: str
    tables: Mapping[str, str]
    scope: Mapping[str, str]
    connection: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace that can be worked with; names in it all mean something.

    ledger: as written (`ledger_url` opens it). authority: formal sources, most trusted first. link, ask: thresholds.
    kinds, sources, tables and jobs by name, in the order of the files; that order breaks ties (RULES §0).
    """

    folder: Path
    ledger: str
    customer: str
    region: str
    timezone: str
    people: tuple[Person, ...]
    authority: tuple[str, ...]
    first_link: str
    link: float
    ask: float
    guards: Guards
    kinds: Mapping[str, Kind]
    sources: Mapping[str, Source]
    tables: Mapping[str, TableMap]
    jobs: Mapping[str, Job]
    digests: Digests
    registry: Registry = field(default=connectors.registry, repr=False, compare=False)

    def tables_of(self, source: str) -> tuple[TableMap, ...]:
        return tuple(table for table in self.tables.values() if table.source == source)

    def clear(self, kind: str, name: str) -> str:
        """Who may empty a field: formal, anyone or nobody (R6a)."""
        return self.kinds[kind].field(name).clear or ("formal" if self.authority else "anyone")

    def ranks(self, kind: str, name: str) -> tuple[str, ...]:
        """The sources whose word counts for a field, most trusted first (R4)."""
        own = self.kinds[kind].field(name).authority
        return self.authority if own is None else own

    def met_first(self, kind: str, name: str) -> str:
        """What happens to a value met for the first time that differs: keep, ask or rules (R7)."""
        return self.kinds[kind].field(name).first_link or self.first_link


def digests(workspace: Workspace) -> Digests:
    """Of what the files mean, not of how they are written: comments, lines and spellings of one thing do not count."""
    sources = workspace.sources.values()
    rules = [
        *(workspace.customer, workspace.authority, workspace.first_link, workspace.link, workspace.ask),
        {name: asdict(kind) for name, kind in workspace.kinds.items()},
        [[one.name, one.belongs_to, one.holder, asdict(one.only), one.on_leave, one.mark] for one in sources],
        [[one.name, one.may_delete, one.no_duplicates, one.rank] for one in sources],
    ]
    types = {name: {f.name: (f.type, f.many) for f in kind.fields.values()} for name, kind in workspace.kinds.items()}
    tables = {name: _table(table, workspace, types) for name, table in workspace.tables.items()}
    scope = {name: _digest([table.at, table.where]) for name, table in workspace.tables.items()}
    connection = {one.name: _digest([one.connector, one.options]) for one in sources}
    people = sorted(json.dumps(asdict(person), sort_keys=True) for person in workspace.people)
    return Digests(_digest(rules), _digest(people), tables, scope, connection)


def _table(table: TableMap, workspace: Workspace, types: Mapping[str, object]) -> str:
    said = asdict(table)
    said.pop("file")
    for part in said["parts"]:
        for places in (*part["fields"].values(), *part["relations"].values()):
            for place in places:
                place.pop("line")
    source = workspace.sources[table.source]
    used = {part.kind: types[part.kind] for part in table.parts}
    return _digest([said, source.region, source.timezone, used])


def _digest(said: object) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
    return blake2b(text.encode(), digest_size=16).hexdigest()
