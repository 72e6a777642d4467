"""What stands in the files? Tables of texts, and for each record its source and key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from connectors.contract import ConfigError, Connector, Query, say
from mappings.types.base import raw_text
from matching.infer import Told, Untold, infer
from sync.commands.sampling import opened_file

LONGEST: Final = 2000
"""Signs of a cell that are compared; a report shows more of it."""
KINDS: Final = ("person", "organisation")
Progress = Callable[[str, int, int], None]

Ref = tuple[str, str]
"""Source and key of a record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """source_column, key_column: headings, "" for none. across: no two records of one source are the same. kind: person or
    organisation where the rows' subject is not to be found out.
    """

    source_column: str = ""
    key_column: str = ""
    across: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Sheet:
    """One table of one file, column by column, as texts. name: of the file, with the table's where there are several.
    refs: of each record. keyed: the heading that gives keys; "": the number of the row.
    """

    name: str
    headings: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    refs: tuple[Ref, ...]
    told: Told
    keyed: str

    def __len__(self) -> int:
        return len(self.refs)

    def digest(self, row: int) -> str:
        """Of all that the record says."""
        text = "\x1f".join(column[row] for column in self.columns)
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class _Raw:
    """title: what the table itself is called, without the file's ending: it may say what it is about."""

    name: str
    title: str
    headings: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]


def read_files(files: Sequence[str], folder: Path, asked: Asked, progress: Progress) -> tuple[list[Sheet], list[str]]:
    """The tables of the files, and names of sheets in which nothing can be compared. Raises ConfigError, SourceError."""
    names = _names(files)
    raw = [one for text, name in zip(files, names) for one in _read(text, name, folder, progress)]
    filled = [one for one in raw if one.lines]
    if not filled:
        raise ConfigError("there is no record in {files}", files=", ".join(names))
    found = [_sheet(one, asked) for one in filled]
    usable = [sheet for sheet in found if _is_usable(sheet)]
    if not usable:
        raise ConfigError("nothing in {files} tells records apart: no column holds names, texts, numbers or addresses",
                          files=", ".join(one.name for one in filled))  # fmt: skip
    _demand_unique(usable)
    return usable, [sheet.name for sheet in found if sheet not in usable]


def _names(files: Sequence[str]) -> list[str]:
    """The name of each file; its path where two are called the same."""
    twice = Counter(Path(text).name for text in files)
    paths = Counter(files)
    again = next((text for text in files if paths[text] > 1), None)
    if again is not None:
        raise ConfigError("{path} is named twice", path=again)
    return [Path(text).name if twice[Path(text).name] == 1 else text for text in files]


def _read(text: str, name: str, folder: Path, progress: Progress) -> Iterator[_Raw]:
    if "://" in text:
        raise ConfigError("`{text}` is no file; databases and systems are sources of a workspace", text=text)
    if (folder / text).is_file() and (folder / text).stat().st_size == 0:
        raise ConfigError("{path} is empty", path=text)
    with opened_file(text, folder) as connector:
        tables = list(connector.tables())
        for table in tables:
            label = name if len(tables) == 1 else f"{name}:{table}"
            title = Path(name).stem if len(tables) == 1 else table
            yield _table(connector, table, (label, title), progress)


def _table(connector: Connector, table: str, names: tuple[str, str], progress: Progress) -> _Raw:
    described = connector.describe(table)
    ids = tuple(field.id for field in described.fields)
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    progress(names[0], 0, 0)
    for page in connector.pull(Query(table, ids)):
        for record in page.records:
            shown = record.fields
            rows.append(tuple(_text(shown.get(id_)) for id_ in ids))
            lines.append(record.key.removeprefix("#"))
        progress(names[0], len(rows), 0)
    columns = tuple(zip(*rows)) if rows else tuple(() for _ in ids)
    return _Raw(*names, tuple(field.name or field.id for field in described.fields), columns, tuple(lines))


def _text(value: object) -> str:
    return value if isinstance(value, str) else raw_text(value)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ sources and keys


def _sheet(raw: _Raw, asked: Asked) -> Sheet:
    source = _column(raw, asked.source_column, "--source-column")
    key = _column(raw, asked.key_column, "--key-column")
    cut = [tuple(value[:LONGEST] for value in column) for column in raw.columns]
    told = infer(
        Untold(raw.headings, cut, raw.title),
        key=() if key is None else (key,),
        source=() if source is None else (source,),
    )
    at = key if key is not None else next(iter(told.where("key")), None)
    keys = raw.lines if at is None else raw.columns[at]
    sources = (raw.name,) * len(raw.lines) if source is None else raw.columns[source]
    missing = sum(not one for one in keys)
    if missing:
        raise ConfigError("{name}: {count} records have nothing in the key column `{column}`",
                          name=raw.name, count=missing, column=raw.headings[at or 0])  # fmt: skip
    empty = sum(not one for one in sources)
    if empty:
        raise ConfigError("{name}: {count} records have nothing in the source column `{column}`",
                          name=raw.name, count=empty, column=asked.source_column)  # fmt: skip
    refs = tuple(zip(sources, keys))
    return Sheet(raw.name, raw.headings, raw.columns, refs, told, "" if at is None else raw.headings[at])


def _column(raw: _Raw, heading: str, option: str) -> int | None:
    if not heading:
        return None
    if heading in raw.headings:
        return raw.headings.index(heading)
    folded = [one.strip().casefold() for one in raw.headings]
    if heading.strip().casefold() in folded:
        return folded.index(heading.strip().casefold())
    raise ConfigError("{name} has no column `{column}` for {option}; there is: {known}",
                      name=raw.name, column=heading, option=option, known=", ".join(raw.headings))  # fmt: skip


def _is_usable(sheet: Sheet) -> bool:
    return any(role.role and role.role not in ("key", "source") for role in sheet.told.columns)


def _demand_unique(sheets: Sequence[Sheet]) -> None:
    """No two records with one source and key: nobody could tell which is meant."""
    first: dict[Ref, str] = {}
    twice, where = 0, ""
    for sheet in sheets:
        for ref in sheet.refs:
            if ref in first:
                twice, where = twice + 1, where or sheet.keyed
            first.setdefault(ref, sheet.name)
    if twice:
        raise ConfigError("{count} records have a key that another record of the same source has; `{column}` is no key."
                          " Name one that is with --key-column, or the column of the source with --source-column",
                          count=twice, column=where or say("the number of the row"))  # fmt: skip


def overruled(sheets: Sequence[Sheet], kind: str) -> str:
    """Checks --kind. Raises ConfigError."""
    if kind and kind not in KINDS:
        raise ConfigError("--kind takes person or organisation; `{word}` is neither", word=kind)
    wanted = {"person": ("name", "given_name", "family_name"), "organisation": ("company",)}.get(kind, ())
    if wanted and not any(sheet.told.where(*wanted) for sheet in sheets):
        raise ConfigError("no column holds names of this kind: {kind}", kind=kind)
    return kind


__all__ = ["KINDS", "LONGEST", "Asked", "Progress", "Ref", "Sheet", "overruled", "read_files"]
