"""The formats of tests/data/headings: read, and split into those to develop on and those left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mappings.suggest import Suggestion, suggest

FOLDER = Path(__file__).parent / "data" / "headings"
KINDS = {"o": "organisation", "p": "person", "p2": "person.second", "i": "interaction"}


@dataclass(frozen=True)
class Labelled:
    heading: str
    field: str | None
    values: tuple[str, ...]


@dataclass(frozen=True)
class Format:
    name: str
    table: str
    columns: tuple[Labelled, ...]

    @property
    def left_out(self) -> bool:
        return hashlib.blake2b(self.name.encode(), digest_size=1).digest()[0] % 5 < 2

    def suggested(self, *, values: bool = True, named: bool = True) -> list[Suggestion]:
        samples = [c.values for c in self.columns] if values else []
        return list(suggest([c.heading for c in self.columns], samples, table_name=self.table if named else ""))


@dataclass(frozen=True)
class Measure:
    """right: share of all columns; precise: share of those that were answered; said: how many were."""

    columns: int
    right: float
    precise: float
    said: int


def measure(formats: list[Format], *, values: bool = True, named: bool = True) -> Measure:
    pairs = [
        (column.field, suggestion.field)
        for one in formats
        for column, suggestion in zip(one.columns, one.suggested(values=values, named=named))
    ]
    said = [(wanted, got) for wanted, got in pairs if got]
    right = sum(wanted == got for wanted, got in pairs)
    return Measure(len(pairs), right / len(pairs), sum(w == g for w, g in said) / len(said), len(said))


@cache
def formats() -> tuple[Format, ...]:
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.yaml")))


@cache
def _pools() -> dict[str, tuple[str, ...]]:
    lines = (FOLDER / "pools.txt").read_text("utf-8").splitlines()
    split = [line.partition(":") for line in lines if line and not line.startswith("#")]
    return {name: _values(values) for name, _, values in split}


def _values(text: str) -> tuple[str, ...]:
    return tuple(value.strip().strip('"') for value in text.split(" ; ") if value.strip())


def _read(path: Path) -> Format:
    data = yaml.safe_load(path.read_text("utf-8"))
    return Format(path.stem, data["table"], tuple(_columns(data["columns"])))


def _columns(text: str) -> Iterator[Labelled]:
    for line in text.strip().splitlines():
        heading, field, values = (part.strip() for part in line.rsplit(" | ", 2))
        kind, _, name = field.partition(".")
        wanted = None if field == "-" else f"{KINDS[kind]}.{name}"
        yield Labelled(heading, wanted, _pools()[values] if values in _pools() else _values(values))
