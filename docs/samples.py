"""Do the workspaces in the pages load? Blocks of YAML that belong together are written out and read by the real loader.

A block belongs to a workspace when its first line is a comment with the name of its file: `# offbook.yaml`,
`# mappings/book.yaml`, `# people.yaml`. Blocks behind `<!-- workspace -->`, up to the next such mark, are one
workspace; a file that is written twice there is a mistake.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from connectors.contract import OffbookError
from docs.pages import fenced, pages
from sync.workspace import load

MARK: Final = "<!-- workspace -->"
_FILE: Final = re.compile(r"#\s*((?:[\w.-]+/)*[\w.-]+\.ya?ml)\s*$")


def workspaces(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(number of the line with the mark, {file: text}) of each workspace of a page."""
    lines = text.splitlines()
    marks = [at for at, line in enumerate(lines, 1) if line.strip() == MARK]
    for mark, end in zip(marks, [*marks[1:], len(lines) + 1]):
        files: dict[str, str] = {}
        for start, kind, inside in fenced(text):
            named = _FILE.match(inside[0]) if kind == "yaml" and inside and mark < start < end else None
            if named:
                files[named[1]] = files.get(named[1], "") + "\n".join(inside) + "\n"
        yield mark, files


def samples_load(root: Path) -> Iterator[str]:
    """Each workspace that a page shows is one that Offbook takes."""
    for page in pages(root):
        for line, files in workspaces(page.read_text(encoding="utf-8")):
            for trouble in _troubles(files):
                yield f"{page.relative_to(root)}:{line}: the workspace does not load: {trouble}"


def _troubles(files: dict[str, str]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for file, text in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            load(folder)
        except OffbookError as trouble:
            yield str(trouble).replace(f"{folder}", "")
