"""What is in a Markdown page: headings and their anchors, links, fenced blocks?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(r"\s*(```+|~~~+)\s*([\w-]*)")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|srcset|href)=\"([^\"]+)\"")


def pages(root: Path) -> Iterator[Path]:
    """Every page for people: those of the folder itself, of docs and of examples."""
    for folder in (root, root / ".github"):
        yield from sorted(folder.glob("*.md"))
    for name in ("docs", "examples", "benchmarks", "sandbox", "tests"):
        yield from sorted((root / name).rglob("*.md"))


def fenced(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """(number of the line with the fence, first word after it, the lines inside)."""
    fence, kind, start, inside = "", "", 0, list[str]()
    for at, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2]:
                yield start, kind, inside
                fence = ""
            else:
                inside.append(line)
        elif found:
            fence, kind, start, inside = found[1], found[2], at, []


def prose(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) of what stands outside fenced blocks."""
    skipped = {at for start, _, lines in fenced(text) for at in range(start, start + len(lines) + 2)}
    for at, line in enumerate(text.splitlines(), 1):
        if at not in skipped:
            yield at, line


def headings(text: str) -> list[tuple[int, str]]:
    """(level, text) of each heading."""
    found = (_HEADING.match(line) for _, line in prose(text))
    return [(len(one[1]), one[2]) for one in found if one]


def anchors(text: str) -> frozenset[str]:
    """What may stand behind # in a link to this page: made as GitHub makes them."""
    seen: dict[str, int] = {}
    made = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for _, title in headings(text):
        slug = _slug(title)
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        made.add(f"{slug}-{count}" if count else slug)
    return frozenset(made)


def _slug(title: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
    kept = (c for c in plain if c in " -_" or unicodedata.category(c)[0] in "LNM")
    return "".join(kept).strip().replace(" ", "-")


def links(text: str) -> Iterator[tuple[int, str]]:
    """(number of the line, target) of every link and image; code in a line is no link."""
    for at, line in prose(text):
        for found in _LINK.finditer(re.sub(r"(`+)(?:(?!\1).)+\1", "", line)):
            yield at, found[1] or found[2].split()[0]
