"""Which formulas show something else once these cells have changed?

Their remembered results are taken out, so that whoever reads the file before a spreadsheet program has calculated it
again finds no result rather than an old one. Where a formula's inputs cannot be told (INDIRECT, OFFSET, a name nobody
defined), it counts as changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from connectors.shared.workbook.book import Book, SheetName
from connectors.shared.workbook.ranges import LAST_COLUMN, LAST_ROW, Area, area, column_index, column_letters
from connectors.shared.workbook.sheet import Sheet
from connectors.shared.workbook.strings import unescape
from connectors.shared.workbook.walk import attributes

Spot = tuple[int, int]
_ELEMENT = re.compile(rb"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_TOKEN = re.compile(
    r"(?:(?P<tab>'(?:[^']|'')+'|[^\W\d][\w.]*(?::[^\W\d][\w.]*)?|\[\d+\][\w.]*)!)?"
    r"(?:(?P<cells>\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Za-z]{1,3}\$?[0-9]{1,7})?)(?![\w(.])"
    r"|(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w(.])"
    r"|(?P<lines>\$?[0-9]{1,7}:\$?[0-9]{1,7})(?![\w(.])"
    r"|(?P<name>[^\W\d][\w.\\?]*)(?P<call>\s*\()?)"
    r"|[0-9.]+(?:[eE][+-]?[0-9]+)?"
)
_PART = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_BRACKETS = re.compile(r"(\w?)\[([^\[\]]*)\]")
_OWN_TABLE = "offbook.own.table"
_BEYOND = ("#all", "#totals", "#全部", "#总计", "#汇总")
_ANYWHERE = {"INDIRECT", "OFFSET"}
_CONSTANT = {"TRUE", "FALSE"}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a formula reads: areas by tab (case folded); anything: it may read every cell."""

    areas: tuple[tuple[str, Area], ...] = ()
    anything: bool = False


@dataclass(frozen=True)
class Names:
    """What names in formulas mean: tables by their name, without totals; defined names by theirs (case folded)."""

    tables: Mapping[str, tuple[str, Area]]
    defined: Mapping[str, str]
    tabs: tuple[str, ...]


@dataclass
class _Formulas:
    """All formula cells of the book: where each stands and what it reads."""

    spots: list[tuple[str, int, int]] = field(default_factory=list)
    reaches: list[Reach] = field(default_factory=list)


def names(book: Book, sheets: Iterable[Sheet]) -> Names:
    tables = {
        table.name.casefold(): (sheet.name.name.casefold(), table.data)
        for sheet in sheets
        for table in sheet.layout.tables
    }
    defined = {name.casefold(): text for name, text, _ in book.names}
    return Names(tables, defined, tuple(sheet.name.casefold() for sheet in book.sheets))


def stale(sheets: Mapping[str, Sheet], changed: Mapping[str, set[Spot]], known: Names) -> dict[str, set[Spot]]:
    """The formula cells that may show something else, by tab. `sheets`, `changed`: by case-folded tab."""
    found = _Formulas()
    for tab, sheet in sheets.items():
        _collect(found, tab, sheet, known)
    if not found.spots:
        return {}
    result: dict[str, set[Spot]] = {}
    index = _Index(found)
    fresh = {(tab, row, column) for tab, spots in changed.items() for row, column in spots}
    hit = set(index.anything) if fresh else set()
    fresh |= {found.spots[i] for i in hit}
    while fresh:
        new = index.reading(fresh) - hit
        hit |= new
        fresh = {found.spots[i] for i in new}
    for i in hit:
        tab, row, column = found.spots[i]
        result.setdefault(tab, set()).add((row, column))
    return result


def has_formulas(book: Book, sheet: SheetName) -> bool:
    xml = book.package.read(sheet.part)
    return b"<f" in xml or b":f>" in xml or b":f " in xml


def reach(text: str, tab: str, known: Names, depth: int = 0) -> Reach:
    """What a formula on this tab reads."""
    areas: list[tuple[str, Area]] = []
    anything = depth > 20
    spelt, is_beyond = _without_brackets(_TEXT.sub('""', text))
    anything |= is_beyond
    for token in _TOKEN.finditer(spelt):
        place = _tab(token.group("tab"), tab, known)
        range_ = token.group("cells") or token.group("columns") or token.group("lines")
        if place is None:
            anything = True
        elif range_:
            found = area(range_.replace("$", ""))
            if found is not None and place:
                areas.append((place, found))
        elif token.group("name"):
            named = _named(token.group("name"), tab, known, depth) if not token.group("call") else None
            if token.group("call"):
                anything |= token.group("name").upper().rpartition(".")[2] in _ANYWHERE
            elif named is None:
                anything = True
            else:
                areas += named.areas
                anything |= named.anything
    return Reach(tuple(areas), anything)


def _without_brackets(text: str) -> tuple[str, bool]:
    """A formula without what stands in brackets behind a table's name (`客户表[[#This Row],[金额]]`), and whether that
    reaches beyond the table's data. Brackets without a name mean the table that the formula stands in."""
    if "[" not in text:
        return text, False
    is_beyond = any(word in text.casefold() for word in _BEYOND)

    def kept(match: re.Match[str]) -> str:
        before, inner = match.groups()
        if before:
            return before
        return f"\0{inner}\1" if inner.isdigit() else f" {_OWN_TABLE} "

    last = ""
    while last != text:
        last, text = text, _BRACKETS.sub(kept, text)
    return text.replace("\0", "[").replace("\1", "]"), is_beyond


def _tab(written: str | None, own: str, known: Names) -> str | None:
    """The tab a reference is on; "" for another file's, None where several may be meant."""
    if written is None:
        return own
    name = written.strip("'").replace("''", "'").casefold()
    if name.startswith("[") or "]" in name:
        return ""
    return name if name in known.tabs else None


def _named(name: str, tab: str, known: Names, depth: int) -> Reach | None:
    folded = name.casefold()
    if name.upper() in _CONSTANT:
        return Reach()
    if folded == _OWN_TABLE:
        return Reach(tuple(found for found in known.tables.values() if found[0] == tab))
    if folded in known.tables:
        return Reach((known.tables[folded],))
    if folded in known.defined:
        return reach(known.defined[folded], tab, known, depth + 1)
    return None


def texts(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    """Every formula of a sheet as (row, column, text); shared ones as they stand in their own cell."""
    for row, column, _, text in _formulas(sheet):
        yield row, column, text


def _collect(found: _Formulas, tab: str, sheet: Sheet, known: Names) -> None:
    memo: dict[str, Reach] = {}
    for row, column, named, text in _formulas(sheet):
        if text not in memo:
            if len(memo) > 10_000:
                memo.clear()
            memo[text] = reach(text, tab, known)
        spots = _filled(named, row, column)
        found.spots += [(tab, *spot) for spot in spots]
        found.reaches += [memo[text]] * len(spots)


def _formulas(sheet: Sheet) -> Iterator[tuple[int, int, Mapping[str, str], str]]:
    shared: dict[str, tuple[str, int, int]] = {}
    for cells in sheet.cells():
        for i in np.flatnonzero(cells.formula).tolist():
            match = _ELEMENT.search(cells.body, cells.opened[i], cells.closed[i])
            if match is None:
                continue
            row, column = cells.numbers[cells.row[i]], int(cells.column[i])
            named, text = attributes(match.group(1)), unescape((match.group(2) or b"").decode())
            number = named.get("si") if named.get("t") == "shared" else None
            if number is not None and text:
                shared[number] = (text, row, column)
            elif number is not None and number in shared:
                text, top, left = shared[number]
                text = translated(text, row - top, column - left)
            yield row, column, named, text


def _filled(named: Mapping[str, str], row: int, column: int) -> list[Spot]:
    """The cells that a formula fills: its own, or the whole range of an array."""
    found = area(named.get("ref", "")) if named.get("t") in ("array", "dataTable") else None
    if found is None:
        return [(row, column)]
    return [(r, c) for r in range(found.top, found.bottom + 1) for c in range(found.left, found.right + 1)]


def translated(text: str, down: int, right: int) -> str:
    """A shared formula as it stands so many rows further down and columns to the right: relative references move."""

    def part(match: re.Match[str]) -> str:
        column = match.group(2) if match.group(1) else _letters(column_index(match.group(2)) + right)
        row = match.group(4) if match.group(3) else str((int(match.group(4)) + down - 1) % LAST_ROW + 1)
        return f"{match.group(1)}{column}{match.group(3)}{row}"

    def token(match: re.Match[str]) -> str:
        cells = match.group("cells")
        return match.group() if not cells else match.group().replace(cells, _PART.sub(part, cells))

    pieces = re.split(r'("(?:[^"]|"")*")', text)
    return "".join(piece if piece.startswith('"') else _TOKEN.sub(token, piece) for piece in pieces)


def _letters(index: int) -> str:
    return column_letters(index % (LAST_COLUMN + 1))


class _Index:
    """Finds the formulas that read a cell: single cells by look-up, larger areas side by side."""

    def __init__(self, found: _Formulas) -> None:
        self.anything = [i for i, one in enumerate(found.reaches) if one.anything]
        self._single: dict[tuple[str, int, int], list[int]] = {}
        wide: dict[str, dict[Area, list[int]]] = {}
        for i, one in enumerate(found.reaches):
            for tab, covered in one.areas:
                if covered.top == covered.bottom and covered.left == covered.right:
                    self._single.setdefault((tab, covered.top, covered.left), []).append(i)
                else:
                    wide.setdefault(tab, {}).setdefault(covered, []).append(i)
        self._wide = {tab: (_sides(found), list(found.values())) for tab, found in wide.items()}

    def reading(self, spots: set[tuple[str, int, int]]) -> set[int]:
        hit: set[int] = set()
        by_tab: dict[str, dict[int, list[int]]] = {}
        for tab, row, column in spots:
            hit.update(self._single.get((tab, row, column), ()))
            by_tab.setdefault(tab, {}).setdefault(column, []).append(row)
        for tab, columns in by_tab.items():
            if tab in self._wide:
                sides, readers = self._wide[tab]
                for i in _met(sides, columns):
                    hit.update(readers[i])
        return hit


def _sides(found: Mapping[Area, object]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array([(one.top, one.left, one.bottom, one.right) for one in found], np.int64).reshape(-1, 4)


def _met(sides: np.ndarray[tuple[int, int], np.dtype[np.int64]], columns: Mapping[int, list[int]]) -> list[int]:
    """Which areas hold one of these cells (column → rows)."""
    met = np.zeros(len(sides), np.bool_)
    for column, rows in columns.items():
        lines = np.sort(np.array(rows, np.int64))
        first = np.searchsorted(lines, sides[:, 0], "left")
        met |= (
            (sides[:, 1] <= column) & (sides[:, 3] >= column) & (np.searchsorted(lines, sides[:, 2], "right") > first)
        )
    return np.flatnonzero(met).tolist()
