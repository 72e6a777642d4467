"""Which lines of a sheet are its headings, and which column does a name mean? (CONFIG §2 "Columns")

A sheet is lines of cells as text, counted from 0; messages count lines from 1 as people do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import Finding, SourceRefused, say

LINES: Final = 20
"""The heading line is the first of so many that holds all headings the mapping names (CONFIG "Columns")."""
DIGITS: Final = 6
"""A text with so many digits may be somebody's phone or id, wherever it stands."""
DEPTH: Final = 3
"""So many lines may make up one heading, `上/下` (two by CONFIG; some exports have three)."""

_POSITION = re.compile(r"@([A-Z]{1,3})")

Range = tuple[int, int, int, int]
"""A merged range: top, left, bottom, right, counted from 0, all inclusive."""


def clean(text: str) -> str:
    """A heading as it is compared: NFKC, format characters dropped, blanks of any kind collapsed."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.split())


def letter(at: int) -> str:
    """The letters above the column that stands at `at`, counted from 0: A, B, … Z, AA."""
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


def position(name: str) -> int | None:
    """Where `@H` stands, counted from 0; None for a name of any other form."""
    found = _POSITION.fullmatch(name.strip())
    if not found:
        return None
    at = 0
    for char in found[1]:
        at = at * 26 + ord(char) - 64
    return at - 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `id` is how a mapping may name it, `heading` what stands there, `at` its place from 0."""

    id: str
    heading: str
    at: int


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns of a sheet. `line`: its first heading line, -1 if it has none. `first`: the first line of data."""

    columns: tuple[Column, ...]
    line: int
    first: int
    names: Mapping[str, int] = field(default_factory=dict)

    def at(self, name: str) -> int | None:
        """The place of the column that a mapping means by `name`; None if there is no such heading."""
        found = self.names.get(clean(name))
        return position(clean(name)) if found is None else found

    def need(self, name: str, where: str = "") -> int:
        """Like at(); a heading that is not there raises SourceRefused, saying what is."""
        found = self.at(name)
        if found is None:
            raise SourceRefused(
                "{where}: there is no heading `{name}`; there is: {there}. Write the heading as it stands there,"
                " or take it out of the mapping",
                where=where,
                name=name,
                there=_listed(c.id for c in self.columns),
            )
        return found

    def doubled(self) -> dict[str, tuple[str, ...]]:
        """Headings that stand over several columns, each with the letters of those columns."""
        found: dict[str, list[str]] = {}
        for column in self.columns:
            if column.heading:
                found.setdefault(column.heading, []).append(letter(column.at))
        return {name: tuple(letters) for name, letters in found.items() if len(letters) > 1}

    def findings(self, table: str, used: Iterable[str] = ()) -> list[Finding]:
        """What check() says of headings that stand twice; a warning where a mapping (`used`) names one of them."""
        meant = {clean(name) for name in used}
        return [
            Finding(
                "warning" if name in meant else "note",
                "doubled_heading",
                say(
                    "the heading `{name}` stands over the columns {letters}; `{name}` means the first of them,"
                    " `{name}#2` the second",
                    name=name,
                    letters=", ".join(letters),
                ),
                table,
            )
            for name, letters in self.doubled().items()
        ]


def without(width: int) -> Headings:
    """The columns of a sheet without headings: `@A`, `@B`, …; its first line is data."""
    return Headings(tuple(Column(f"@{letter(at)}", "", at) for at in range(width)), -1, 0)


def find(
    lines: Sequence[Sequence[str]],
    wanted: Iterable[str],
    *,
    merged: Sequence[Range] | None = None,
    where: str = "",
) -> Headings:
    """The headings of a sheet, given at least its first LINES + DEPTH lines.

    `wanted`: what the mapping names, `@H` among them or not; without any the line is guessed. `merged`: the merged
    ranges; None where the format cannot say (CSV), then an upper line of headings holds to the right until its next
    cell. `where`: file and sheet, for the error. Raises SourceRefused where no line holds all that is wanted.
    """
    names = {clean(name) for name in wanted}
    names = {name for name in names if position(name) is None}
    lines = _spread(lines, merged or ())
    if not names:
        line = _likely(lines)
        return _tall(lines, line, merged, 1) if lines else without(0)
    best: tuple[int, Headings] | None = None
    for depth in range(1, DEPTH + 1):
        for line in range(min(LINES, len(lines) - depth + 1)):
            found = _read(lines, line, depth, merged)
            held = sum(name in found.names for name in names)
            if held == len(names):
                taller = _tall(lines, line, merged, depth)
                return taller if all(name in taller.names for name in names) else found
            if best is None or held > best[0]:
                best = (held, found)
    raise _missing(names, best[1] if best else without(0), where)


def _missing(names: set[str], nearest: Headings, where: str) -> SourceRefused:
    """Says what is there; but a line that holds none of the headings may be a customer, and is not shown."""
    if not any(name in nearest.names for name in names):
        return SourceRefused(
            "{where}: none of the headings that the mapping names stands in the first {lines} lines: {missing}. Is it"
            " the right file? One without headings needs `headings: false`, and its columns are called @A, @B, …",
            where=where,
            lines=LINES,
            missing=_listed(sorted(names)),
        )
    return SourceRefused(
        "{where}: none of the first {lines} lines holds all the headings that the mapping names. Missing: {missing}."
        " Line {line} has: {there}. Put the heading back, or mend the mapping",
        where=where,
        lines=LINES,
        missing=_listed(sorted(name for name in names if name not in nearest.names)),
        line=nearest.line + 1,
        there=_listed(c.id for c in nearest.columns if c.heading),
    )


def _looks_like_a_value(text: str) -> bool:
    """An address with its @, or so many digits as phones and ids have."""
    return "@" in text.strip("@") or sum(map(str.isdigit, text)) >= DIGITS


def _listed(names: Iterable[str], most: int = 40) -> str:
    """Headings as they stand; where several look like a customer's phone, address or id, the line is no heading line but
    his, and of each only its beginning is told (DESIGN §10)."""
    given = list(names)
    theirs = [_looks_like_a_value(name) for name in given]
    if sum(theirs) > 1:
        theirs = [len(name) > 1 for name in given]
    given = [f"{name[:1]}***" if hide else name for name, hide in zip(given, theirs, strict=True)]
    shown = [name if len(name) <= 60 else name[:59] + "…" for name in given]
    return ", ".join(shown[:most]) + (" …" if len(shown) > most else "")


def _spread(lines: Sequence[Sequence[str]], merged: Sequence[Range]) -> list[list[str]]:
    """The lines that may hold headings, cleaned; what stands in a merged range stands in each of its cells."""
    grid = [[clean(cell) for cell in line] for line in lines[: LINES + DEPTH]]
    for top, left, bottom, right in merged:
        if top >= len(grid):
            continue
        text = grid[top][left] if left < len(grid[top]) else ""
        for line in grid[top : bottom + 1]:
            line.extend([""] * (right + 1 - len(line)))
            line[left : right + 1] = [text] * (right + 1 - left)
    return grid


def _tall(lines: list[list[str]], line: int, merged: Sequence[Range] | None, depth: int) -> Headings:
    """The headings that begin at `line`, down to the last line that one of their merged cells reaches."""
    bottoms = [b for top, _, b, _ in merged or () if line <= top < line + depth and b < line + DEPTH]
    depth = max([depth, *(bottom - line + 1 for bottom in bottoms)])
    return _read(lines, line, min(depth, len(lines) - line), merged)


def _read(lines: list[list[str]], line: int, depth: int, merged: Sequence[Range] | None) -> Headings:
    """The headings made of `depth` lines. Where it is not known what is merged, both readings are understood."""
    block = lines[line : line + depth]
    plain = _joined(block)
    texts = _joined(_filled(block)) if merged is None and depth > 1 else plain
    names: dict[str, int] = {}
    count: dict[str, int] = {}
    columns, later = [], []
    for at, text in enumerate(texts):
        if not text:
            columns.append(Column(f"@{letter(at)}", "", at))
            continue
        count[text] = nth = count.get(text, 0) + 1
        columns.append(Column(text if nth == 1 else f"{text}#{nth}", text, at))
        if nth == 1:
            names[text] = at
        later.append((f"{text}#{nth}", at))
    for name, at in [*later, *((text, at) for at, text in enumerate(plain) if text)]:
        names.setdefault(name, at)
    while columns and not columns[-1].heading:
        columns.pop()
    return Headings(tuple(columns), line, line + depth, names)


def _joined(block: Sequence[Sequence[str]]) -> list[str]:
    """`上/下` for each column; a cell that is empty, or the same as the one above it, adds nothing."""
    texts = []
    for at in range(max(map(len, block), default=0)):
        parts: list[str] = []
        for line in block:
            text = line[at] if at < len(line) else ""
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        texts.append("/".join(parts))
    return texts


def _filled(block: Sequence[Sequence[str]]) -> list[list[str]]:
    """The upper lines with each text carried to the right over the empty cells that have something below them."""
    last = block[-1]
    filled = []
    for line in block[:-1]:
        text, cells = "", []
        for at in range(max(len(line), len(last))):
            here = line[at] if at < len(line) else ""
            below = last[at] if at < len(last) else ""
            text = here or (text if below else "")
            cells.append(text)
        filled.append(cells)
    return [*filled, list(last)]


def _likely(lines: list[list[str]]) -> int:
    """The heading line of a sheet of which no mapping speaks yet: the first that is nearly as wide as the widest and
    holds different words, no numbers."""
    head = lines[:LINES]
    widest = max((sum(map(bool, line)) for line in head), default=0)
    for at, line in enumerate(head):
        texts = [cell for cell in line if cell]
        if (
            texts
            and len(texts) >= 0.6 * widest
            and len(set(texts)) > 0.8 * len(texts)
            and not any(map(_a_value, texts))
        ):
            return at
    return next((at for at, line in enumerate(head) if any(line)), 0)


def _a_value(text: str) -> bool:
    """Looks like data: a number, a date, a phone, an address on the net, or a long text."""
    digits = sum(c.isdigit() for c in text)
    return digits > 3 or (digits > 0 and digits == len(text)) or "@" in text or "://" in text or len(text) > 60
