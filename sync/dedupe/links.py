"""How are the results written for programs? One line a record, as `offbook export links` writes them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from connectors.contract import ConfigError
from sync.dedupe.finding import Found

COLUMNS = ("source", "key", "entity", "probability")


def write_links(found: Found, path: Path) -> None:
    """source, key, entity, probability of every record, in the order of the files. Beside the file first, then in its
    place. Raises ConfigError.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_lines(found))
        part.replace(path)
    except OSError as trouble:
        raise ConfigError("{path} cannot be written; is it open in another program?", path=path) from trouble
    finally:
        part.unlink(missing_ok=True)


def _lines(found: Found) -> Iterator[tuple[str, str, int, str]]:
    """Entities are numbered from 1 in the order in which they appear."""
    numbers: dict[int, int] = {}
    for (source, key), label, held in zip(found.refs(), found.label, found.held):
        entity = numbers.setdefault(label, len(numbers) + 1)
        yield source, key, entity, f"{held:.4f}".rstrip("0").rstrip(".")
