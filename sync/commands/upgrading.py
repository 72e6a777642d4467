"""Is the configuration written in today's language, and what must be changed where it is not? (`config upgrade`)

The language has one version so far. A change of it adds a step here that rewrites files and says what it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.config.model import Workspace

LANGUAGE: Final = 1
"""The version of the configuration language; CONFIG keeps no version key in the files."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """version: of the language now. files: those that were read. changed: those that were rewritten."""

    version: int
    files: tuple[str, ...]
    changed: tuple[str, ...] = ()


def upgrade(workspace: Workspace) -> Upgraded:
    """A workspace that loads is written in version 1, so there is nothing to change."""
    files = ("offbook.yaml", *dict.fromkeys(table.file for table in workspace.tables.values()))
    return Upgraded(LANGUAGE, files)


__all__ = ["LANGUAGE", "Upgraded", "upgrade"]
