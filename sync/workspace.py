"""What does a workspace say: kinds, people, sources, mappings, jobs, and everything that is wrong with it? (CONFIG)

Nothing is opened and no secret is looked at: `open_options` does that for one source when it is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import connectors.registry
from connectors.contract import Capabilities, ConfigError, Connector, Op, Said, Spec, say
from connectors.secrets import resolve
from connectors.settings import Faults, Leaf, Rules, Tree, Way, fit, fit_resolved, plain, read, shown
from mappings.checks import check_mappings, check_names
from mappings.draft import Draft, draft_of
from mappings.places import Names
from mappings.schema import MappingFile, read_mapping
from sync.config.checks import check_receivers
from sync.config.file import WorkspaceFile
from sync.config.jobs import JobReader, check_job
from sync.config.kinds import kinds_of
from sync.config.model import Digests, Workspace, digests
from sync.config.people import Staff, check_staff, empty_successor, staff_file, staff_in
from sync.config.sources import Registry, Source, SourceDraft, SourceReader, source_drafts
from sync.config.words import no_source

FILE = "offbook.yaml"


def find_workspace(start: Path) -> Path:
    """The nearest folder, `start` or above, that holds offbook.yaml. Raises ConfigError."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if _is_file(folder / FILE):
            return folder
    raise ConfigError(
        "there is no offbook.yaml in {folder} or above it; `offbook init` writes one,"
        " and `--workspace` names another folder",
        folder=start,
    )


def load(folder: Path, registry: Registry = connectors.registry) -> Workspace:
    """The workspace in `folder`. Raises WrongFiles (a ConfigError) with all that is wrong at the first bad stage.

    registry: where connectors come from; tests hand in their own.
    """
    if not _is_file(folder / FILE):
        raise ConfigError("there is no offbook.yaml in {folder}; `offbook init` writes one", folder=folder)
    return _Loader(folder.resolve(), registry).load()


def outline(folder: Path) -> Workspace:
    """The workspace without asking its connectors, for commands that only list: nothing heavy is imported.

    Options and what a connector can do are taken on trust; everything else is checked as by `load`.
    """
    return load(folder, _Trusting())


class _TrustedOptions(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Trusting:
    """The registry's names, with connectors that take every option and can do everything."""

    def spec(self, name: str) -> Spec:
        if name not in connectors.registry.KNOWN and ":" not in name:
            return connectors.registry.spec(name)  # says which name was meant
        return Spec(name, _TrustedOptions, _refuse, Capabilities(ops=frozenset(Op), deletions=True))

    def named_for(self, text: str) -> str | None:
        return connectors.registry.named_for(text)

    def endings(self) -> tuple[str, ...]:
        return connectors.registry.endings()


def _refuse(options: object, context: object) -> Connector:
    raise NotImplementedError("an outline is only for listing; load() the workspace to open its sources")


def open_options(workspace: Workspace, source: str) -> BaseModel:
    """The connector's options with every reference resolved. Raises ConfigError where one cannot be."""
    one = workspace.sources[source]
    model = workspace.registry.spec(one.connector).options
    context = {"unresolved": False, "folder": str(workspace.folder)}
    return fit_resolved(model, dict(one.options), f"{FILE} sources.{source}", context)


def ledger_url(workspace: Workspace) -> str:
    """The database URL of the ledger, references resolved; a file's name means SQLite, relative to the workspace."""
    text = ledger_place(workspace)
    return text if "://" in text else f"sqlite:///{(workspace.folder / text).as_posix()}"


def ledger_place(workspace: Workspace) -> str:
    """A file's name, relative to the workspace, or a database URL; references resolved. Raises ConfigError."""
    return resolve(workspace.ledger)


# ------------------------------------------------------------------------------ loading, stage by stage


@dataclass(frozen=True, slots=True)
class _Read:
    """All files of a workspace, each sound in itself."""

    tree: Tree
    written: WorkspaceFile
    sources: Sequence[SourceDraft]
    staff: Staff | None
    mappings: Sequence[tuple[Tree, MappingFile]]


class _Loader:
    """shape → names → what the files say of each other; each stage tells all it finds."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder, self.registry, self.faults = folder, registry, Faults()

    def load(self) -> Workspace:
        files = self._shape()
        self.faults.stop()
        assert files is not None
        made, found, jobs = self._names(files)
        self.faults.stop()
        check_mappings(found, self.faults)
        check_receivers(made.sources, found, made.customer, files.tree, self.faults)
        for name, job in made.jobs.items():
            check_job(job, files.written.jobs[name], jobs)
        self.faults.stop()
        return replace(made, digests=digests(made))

    def _shape(self) -> _Read | None:
        tree = read(self.folder / FILE, FILE, self.faults, Rules(empty=_empty, ids=_ids))
        mappings = [read_mapping(path, f"mappings/{path.name}", self.faults) for path in self._mapping_files()]
        if tree is None:
            return None
        given = plain(tree.root)
        if isinstance(given, dict):
            given.pop("people", None)
        written = fit(WorkspaceFile, tree, self.faults, value=given)
        drafts = source_drafts(tree, self.faults)
        staff = self._staff(tree, [draft.name for draft in drafts])
        if written is None:
            return None
        if not written.sources:
            tree.fault(self.faults, ("sources",), say("at least one source is needed: its name, and where it is"))
        if written.match.ask > written.match.link:
            text = say(
                "{ask} is above `link` ({link}); ask must be the lower one",
                ask=written.match.ask,
                link=written.match.link,
            )
            tree.fault(self.faults, ("match", "ask"), text)
        scheme, is_url, _ = written.ledger.partition("://")
        if is_url and not scheme.startswith(("sqlite", "postgres")):
            tree.fault(self.faults, ("ledger",), say("the ledger is a SQLite file or a PostgreSQL database"))
        return _Read(tree, written, drafts, staff, [one for one in mappings if one is not None])

    def _mapping_files(self) -> list[Path]:
        found = (self.folder / "mappings").glob("*")
        return sorted(path for path in found if path.suffix in (".yaml", ".yml") and path.name[0] not in ".~")

    def _staff(self, tree: Tree, sources: Sequence[str]) -> Staff | None:
        node = tree.node(("people",))
        if not isinstance(node, Leaf):
            return None if node is None else staff_in(tree, ("people",), self.faults)
        name = node.text or ""
        if not name:
            return None
        if Path(name).suffix.lower() not in (".yaml", ".yml", ".csv"):
            text = say(
                "`{text}` cannot stand here; write the people, or the name of a .yaml or .csv file", text=shown(name)
            )
            tree.fault(self.faults, ("people",), text)
            return None
        if not _is_file(self.folder / name):
            text = say("there is no file `{file}` beside offbook.yaml", file=shown(name))
            tree.fault(self.faults, ("people",), text)
            return None
        return staff_file(self.folder, name, self.faults, sources)

    def _names(self, files: _Read) -> tuple[Workspace, list[Draft], JobReader]:
        tree, written = files.tree, files.written
        known = [draft.name for draft in files.sources]
        self._authority(tree, written, known)
        kinds = kinds_of(written.kinds, known, tree, self.faults)
        people = check_staff(files.staff, known, self.faults) if files.staff else []
        names = Names(kinds, [person.id for person in people])
        sources = self._sources(files, names)
        found = self._tables(files, names, known)
        check_names(found, self.faults)
        tables = {draft.table.id: draft.table for draft in found}
        jobs = JobReader(tree, self.faults, names, written.customer, sources, tables)
        made = Workspace(
            folder=self.folder,
            ledger=written.ledger,
            customer=written.customer,
            region=written.region,
            timezone=written.timezone,
            people=tuple(people),
            authority=written.authority,
            first_link=written.first_link,
            link=written.match.link,
            ask=written.match.ask,
            guards=written.guards.made(),
            kinds=kinds,
            sources=sources,
            tables=tables,
            jobs={name: jobs.read(name, job) for name, job in written.jobs.items()},
            digests=Digests("", "", {}, {}, {}),
            registry=self.registry,
        )
        return made, found, jobs

    def _authority(self, tree: Tree, written: WorkspaceFile, known: Sequence[str]) -> None:
        for index, name in enumerate(written.authority):
            if name not in known:
                tree.fault(self.faults, ("authority", index), no_source(name, known))
            elif name in written.authority[:index]:
                tree.fault(self.faults, ("authority", index), say("`{name}` stands here twice", name=name))

    def _sources(self, files: _Read, names: Names) -> dict[str, Source]:
        reader = SourceReader(files.tree, self.faults, self.registry, self.folder)
        authority = files.written.authority
        made = {}
        for place, draft in enumerate(files.sources):
            written = draft.written
            connector, spec, options = reader.connected(draft) or ("", None, draft.options)
            person, holder, only = reader.held(draft, names, files.written.customer)
            if spec is not None:
                reader.check_powers(draft, connector, spec.best)
            made[draft.name] = Source(
                name=draft.name,
                connector=connector,
                options=options,
                place=place,
                belongs_to=person,
                holder=holder,
                only=only,
                on_leave=written.on_leave.word,
                mark=written.on_leave.mark,
                may_delete=written.may_delete,
                no_duplicates=written.no_duplicates,
                region=written.region or files.written.region,
                timezone=written.timezone or files.written.timezone,
                formal=draft.name in authority,
                rank=authority.index(draft.name) if draft.name in authority else len(authority),
                best=spec.best if spec is not None else Capabilities(),
            )
        return made

    def _tables(self, files: _Read, names: Names, known: Sequence[str]) -> list[Draft]:
        found = []
        for tree, mapping in files.mappings:
            for index, table in enumerate(mapping.table):
                source, dot, alias = table.partition(".")
                if source not in known:
                    tree.fault(self.faults, ("table", index), no_source(source, known))
                elif dot and not alias:
                    text = say("`{text}` cannot stand here; write a source, or source.alias", text=shown(table))
                    tree.fault(self.faults, ("table", index), text)
                else:
                    found.append(
                        draft_of(tree, mapping, table, names, self.faults, formal=source in files.written.authority)
                    )
        return sorted(found, key=lambda draft: known.index(draft.table.source))


def _is_file(path: Path) -> bool:
    """False also where Path.is_file() raises: a name that is too long, a folder that is closed to us."""
    try:
        return path.is_file()
    except OSError:
        return False


def _empty(way: Way) -> Said | None:
    if way and way[0] == "people":
        return empty_successor(way)
    if "only" in way or "create_in" in way:
        return say("an empty text means nothing here; write {empty: true}")
    return say("an empty text means nothing here; write a value, or take the line out")


def _ids(way: Way) -> bool:
    """A connector's options hold long random ids (a spreadsheet's), so only what is surely a token is refused there."""
    return way[:1] == ("sources",)
