"""Is every key that a file may hold, every option of a connector and every promise of the contract told in its page?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from connectors import registry
from docs.pages import prose
from sync.config.jsonschema import schemas

_PAGES: Final = {
    "offbook.schema.json": "docs/workspace.md",
    "mapping.schema.json": "docs/mappings.md",
    "people.schema.json": "docs/people.md",
}
_ELSEWHERE: Final = {"PersonFile": "docs/people.md"}
"""Parts of a schema that have a page of their own."""


def keys_are_told(root: Path) -> Iterator[str]:
    """Each key of the JSON schemas stands at the head of a row of a table, and each of its words in the page."""
    for file, schema in schemas().items():
        for part, made in {"": schema, **schema.get("$defs", {})}.items():
            page = _ELSEWHERE.get(part, _PAGES[file])
            told, text = _told(root / page), _text(root / page)
            for key, one in made.get("properties", {}).items():
                if key not in told:
                    yield f"{page}: has no row for `{key}` ({part or file})"
                for each in sorted(_words(one)):
                    if f"`{each}`" not in text:
                        yield f"{page}: does not say what `{key}: {each}` means ({part or file})"


def _words(one: Mapping[str, Any]) -> set[str]:
    """The words that may stand behind a key."""
    words = {each for each in one.get("enum", ()) if isinstance(each, str) and each not in _YES}
    for choice in (*one.get("anyOf", ()), *([one["items"]] if "items" in one else [])):
        words |= _words(choice)
    return words


_YES: Final = frozenset({"true", "false", "yes", "no"})


def options_are_told(root: Path) -> Iterator[str]:
    """Each connector has a page in both languages, and each option a row in both."""
    for page, name in (
        (f"docs/{of}connectors/{name}.md", name) for name in sorted(registry.KNOWN) for of in ("", "zh/")
    ):
        if not (root / page).exists():
            yield f"{page}: is missing"
            continue
        told = _told(root / page)
        for option, field in registry.spec(name).options.model_fields.items():
            if (field.alias or option) not in told:
                yield f"{page}: has no row for the option `{field.alias or option}`"


def promises_are_told(root: Path) -> Iterator[str]:
    """C1 to C36, as connectors and the suite number them."""
    text = _text(root / "docs/connectors/contract.md")
    for number in range(1, 37):
        if not re.search(rf"\bC{number}\b", text):
            yield f"docs/connectors/contract.md: does not tell C{number}"


def rules_are_told(root: Path) -> Iterator[str]:
    """R1 to R22, as code and tests number them, in the page for users; `[R13–R17]` tells all of them."""
    told: set[int] = set()
    for first, last in re.findall(r"\bR(\d+)[a-j]?(?:–R(\d+))?\b", _text(root / "docs/rules.md")):
        told.update(range(int(first), int(last or first) + 1))
    for number in sorted(set(range(1, 23)) - told):
        yield f"docs/rules.md: does not tell R{number}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _told(path: Path) -> frozenset[str]:
    """What stands as code in the first cell of a row."""
    rows = (line.split("|")[1] for _, line in prose(_text(path)) if line.startswith("|") and line.count("|") > 1)
    return frozenset(name for row in rows for name in re.findall(r"`([^`]+)`", row))
