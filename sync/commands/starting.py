"""How does a workspace begin: offbook.yaml and a first mapping for each table of the files that are there? (`init`)"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import connectors.registry
from connectors.contract import ConfigError, OffbookError, Said, say
from mappings.kinds import built_in
from mappings.starting import start
from mappings.suggest import Suggestion
from mappings.suggest_mapping import write_mapping
from sync.commands.sampling import Sample, connector_for, opened_file, samples
from sync.commands.suggesting import columns_of, suggested
from sync.workspace import FILE

Speak = Callable[[object], str]
ENDINGS: Final = (".txt",)
"""Endings that many other things have too: such files are taken only when they are named."""
STAFF_TABLES: Final = frozenset(
    {"users", "user", "staff", "employees", "employee", "accounts_user", "用户", "员工", "人员"}
)
"""Tables of our own people, which hold no customers."""


@dataclass(slots=True)
class Begun:
    """What was written, and what was left out with the reason."""

    folder: Path
    written: list[Path] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    skipped: list[tuple[str, Said]] = field(default_factory=list)


def begin(
    folder: Path,
    paths: Sequence[str],
    *,
    template: str = "",
    formal: Sequence[str] = (),
    speak: Speak = str,
    language: str = "zh",
) -> Begun:
    """Writes offbook.yaml and mappings/ for these files, or for those found in the folder. Nothing is overwritten.

    template: takes this mapping instead of one from the headings. formal: sources whose word counts. speak: comments in
    the reader's language. Raises ConfigError.
    """
    if (folder / FILE).exists():
        raise ConfigError("there is an offbook.yaml in {folder} already; nothing was changed. `offbook map suggest FILE --write`"
                          " makes a mapping for one more source", folder=folder)  # fmt: skip
    if not folder.is_dir():
        raise ConfigError("there is no folder {folder}", folder=folder)
    begun = Begun(folder)
    named = dict(_named(paths or list(_found(folder))))
    mappings: dict[str, str] = {}
    for name, path in named.items():
        try:
            made = _mappings(folder, name, path, begun, template=template, speak=speak, language=language)
        except OffbookError as trouble:
            if paths:
                raise
            begun.skipped.append((path, trouble.said))
            continue
        if made:
            mappings.update(made)
            begun.sources[name] = path
    if not begun.sources:
        raise ConfigError("no customers were found in {folder}; name the files: offbook init FILE …, or begin with a template:"
                          " offbook init FILE --template rows", folder=folder)  # fmt: skip
    _write(begun, mappings, _formal(begun.sources, formal), speak)
    return begun


# ------------------------------------------------------------------------------ which files


def _found(folder: Path) -> Iterator[str]:
    """Files of the folder that a connector reads; the ledger, hidden and half-open ones are none."""
    for path in sorted(folder.iterdir()):
        ending = path.suffix.lower()
        if path.name[0] in ".~" or path.stem == "offbook" or ending in ENDINGS or not path.is_file():
            continue
        if ending in connectors.registry.endings():
            yield path.name


def _named(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A name for each source, from its file: letters, digits, _ and -, the first a letter."""
    taken: set[str] = set()
    for path in paths:
        stem = "database" if "://" in path else Path(path).stem
        name = re.sub(r"[^\w-]+", "_", stem).lstrip("0123456789_-").strip("_")[:60] or "source"
        name = next(n for n in (name, *(f"{name}_{k}" for k in range(2, 1000))) if n not in taken)
        taken.add(name)
        yield name, path


def _formal(sources: Mapping[str, str], named: Sequence[str]) -> list[str]:
    """The sources that are named; else the only database, which is what a formal system mostly is."""
    for name in named:
        if name not in sources:
            raise ConfigError("no source is called `{name}`; there is: {known}", name=name, known=", ".join(sources))
    databases = [name for name, path in sources.items() if connector_for(path) == "sql"]
    return list(named) or (databases if len(databases) == 1 else [])


# ------------------------------------------------------------------------------ their mappings


def _mappings(
    folder: Path, name: str, path: str, begun: Begun, *, template: str, speak: Speak, language: str
) -> dict[str, str]:
    """File name → text, for the tables of one source."""
    if not template and connector_for(path) == "vcard":
        template = "phone"
    if template:
        connector_for(path)
        return dict(start(template, name, language=language))
    with opened_file(path, folder) as connector:
        found = samples(connector)
    made: dict[str, str] = {}
    kept: dict[str, tuple[Sample, Sequence[Suggestion]]] = {}
    for table, one in found.items():
        shown, said = suggested(one, None)
        why = _why_not(table, said)
        if why is not None:
            begun.skipped.append((f"{path} {table}" if len(found) > 1 else path, why))
        else:
            kept[table] = (shown, said)
    for table, (shown, said) in kept.items():
        text = write_mapping(
            said, source=name, table=table if len(found) > 1 else "", columns=columns_of(shown), speak=speak
        )
        file = f"{name}.{_alias(table)}.yaml" if len(found) > 1 else f"{name}.yaml"
        made[file] = _pointing(text, name, shown, said, kept)
    return made


def _why_not(table: str, said: Sequence[Suggestion]) -> Said | None:
    """Why a table is no list of customers; None where it is one."""
    if table.casefold() in STAFF_TABLES:
        return say("looks like a table of our own people, who belong under `people:`")
    shown = {one.field for one in said if one.field}
    identifying = {f"{kind}.{name}" for kind, known in built_in().items() for name in known.names or known.exists}
    phones = {"person.phones", "person.emails"}
    if shown & identifying or phones <= shown:
        return None
    return say("no column of it names a customer")


def _alias(table: str) -> str:
    return re.sub(r"[^\w-]+", "_", table).strip("_") or "table"


def _pointing(text: str, source: str, shown: Sample, said: Sequence[Suggestion], kept: Mapping[str, object]) -> str:
    """A look-up column whose target the database itself names is written as one, instead of left in a comment."""
    for one, column in zip(said, shown.table.fields, strict=True):
        if one.field != "person.works_at" or len(column.refers) != 1 or column.refers[0] not in kept:
            continue
        line = f"    works_at: {{from: {column.id}, ref: {source}.{_alias(column.refers[0])}}}"
        lines = [row for row in text.splitlines() if not row.startswith("# person: {works_at:")]
        if "  person:" in lines:
            lines.insert(lines.index("  person:") + 1, line)
            text = "\n".join(lines) + "\n"
    return text


# ------------------------------------------------------------------------------ the files


def _write(begun: Begun, mappings: Mapping[str, str], formal: Sequence[str], speak: Speak) -> None:
    folder = begun.folder / "mappings"
    there = [name for name in mappings if (folder / name).exists()]
    if there:
        raise ConfigError("{path} is there already and was not touched", path=folder / there[0])
    folder.mkdir(exist_ok=True)
    for name, text in mappings.items():
        _new(folder / name, text)
        begun.written.append(folder / name)
    _new(begun.folder / FILE, _workspace(begun.sources, formal, speak))
    begun.written.insert(0, begun.folder / FILE)


def _new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _workspace(sources: Mapping[str, str], formal: Sequence[str], speak: Speak) -> str:
    """The text of offbook.yaml: sources, which of them is formal, and a job that only compares."""
    if formal:
        authority = f"authority: [{', '.join(formal)}]   # {speak(say('whose word counts where it says something'))}"
    else:
        authority = f"# authority: […]   # {speak(say('the formal system, if one of the sources is it'))}"
    lines = [authority, "", "sources:", *(f"  {name}: {_scalar(path)}" for name, path in sources.items()), "", "jobs:"]
    names = ", ".join(sources)
    lines += [
        f"  agree: {{pull: [{names}]}}   # {speak(say('reads and compares; nothing is written'))}",
        f"  # agree: {{push: [{names}]}}   # {speak(say('writes too: what each of them lacks is filled in'))}",
    ]
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    plain = re.fullmatch(r"[^\W\d][\w./\\()（）-]*", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


__all__ = ["Begun", "begin"]
