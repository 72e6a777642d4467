"""How does a CSV file give its records, and was it whole?"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from operator import itemgetter
from pathlib import Path
from typing import Final

from connectors.contract import Certificate, Damaged, Page, Record, State, TableFacts, Value, say
from connectors.shared import csvtext, encodings, files, headings, rows, sheets
from connectors.shared.encodings import Encoding
from connectors.shared.headings import Headings

_TIMES: Final = Record("", "", {}).times
_NONE: Final[frozenset[str]] = frozenset()
PAGE: Final = 100
"""Records on a page: so few that what is made of them stays in the processor's memory until it is used."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was read: its bytes, and how they are to be understood."""

    path: Path
    content: bytes
    stamp: files.Stamp
    encoding: Encoding
    delimiter: str
    headings: Headings

    def rows(self) -> Iterator[list[str]]:
        return csvtext.rows(self.content, self.encoding, self.delimiter)


class Reading:
    """One walk through a file that gives its records, and knows afterwards whether the file was whole."""

    def __init__(self, opened: Opened, facts: TableFacts, table: str, fields: Sequence[str]) -> None:
        self._opened, self._table, self._fields = opened, table, tuple(fields)
        self.keys = sheets.KeyColumns.of(facts, opened.headings)
        self._keyed = facts.key is not None or facts.token is not None
        self._columns = [self._column(name, facts) for name in fields]
        self._need = max([at + 1 for at in self._columns if at is not None], default=0)
        self._width = len(opened.headings.columns)
        self._whole = opened.encoding.whole
        self._pick = self._picker()
        self.count, self._short, self._last, self._from = 0, 0, 0, 0
        self._lines: int | None = 0

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with its place, counted from 0; lines without any text are none."""
        reader = csvtext.rows(self._opened.content, self._opened.encoding, self._opened.delimiter)
        first, width = self._opened.headings.first, self._width
        before = 0
        for at, cells in enumerate(reader):
            if at >= first and any(cells):
                self.count += 1
                if len(cells) < width:
                    self._short += 1
                self._last, self._lines = len(cells), before
                yield at, cells
            before = reader.line_num  # type: ignore[attr-defined]

    def why(self) -> str:
        """Why the file cannot be whole; "" if nothing speaks against it. Asked after the walk."""
        opened = self._opened
        if self.count and b'"' in opened.content:
            line = self._last_line()
            if csvtext.stops_inside(opened.content, opened.encoding, opened.delimiter, line):
                return say("line {line} opens a quote that is never closed", line=line + 1)
        ends = opened.content[-4:].rstrip(b"\0")[-1:] in (b"\n", b"\r")
        if self._short == 1 and self._last < self._width and not ends and self.count > 1:
            return say("the file stops in the middle of its last line")
        return ""

    def pages(self, first: int, cursor: str, end: Callable[[str], Certificate]) -> Iterator[Page]:
        """Pages of at most PAGE records after the row `first`; each says how to go on in the same file."""
        page: tuple[Record, ...] = ()
        for numbers, found in self._stretches():
            if numbers[-1] < first:
                continue
            if numbers[0] < first:
                skipped = bisect_left(numbers, first)
                numbers, found = numbers[skipped:], found[skipped:]
            if page:
                yield Page(page, f"{cursor}.{numbers[0]}")
            page = tuple(self._made(numbers, found))
        yield Page(page, None, end(self.why()))

    def _stretches(self) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
        """records(), some at a time: their places, and their cells."""
        reader = csvtext.rows(self._opened.content, self._opened.encoding, self._opened.delimiter)
        at, line, first, width = 0, 0, self._opened.headings.first, self._width
        while found := list(islice(reader, PAGE)):
            numbers: Sequence[int] = range(at, at + len(found))
            at += len(found)
            if numbers[0] < first or not all(map(any, found)):
                numbers = [n for n, cells in zip(numbers, found) if n >= first and any(cells)]
                found = [found[n - at] for n in numbers]  # from behind
            if numbers:
                self.count += len(numbers)
                self._short += sum(len(cells) < width for cells in found)
                self._last, self._lines, self._from = len(found[-1]), None, line
                yield numbers, found
            line = reader.line_num  # type: ignore[attr-defined]

    def _made(self, numbers: Sequence[int], found: list[list[str]]) -> Iterable[Record]:
        """record() of many rows; column by column where each column stands in the file and each cell is whole."""
        if not self._whole or not self._columns or None in self._columns:
            return map(self.record, numbers, found)
        versions = rows.digests(found)
        longest = max(map(len, found))
        if min(map(len, found)) < max(longest, self._need):
            longest = max(longest, self._need)
            found = [cells + [""] * (longest - len(cells)) for cells in found]
        columns = list(zip(*found))
        keys: Iterable[str] = repeat("")
        if self._keyed:
            keys = map(self.keys.key_of, found)
        shown = [columns[at] for at in self._columns if at is not None]
        filled = [[text or None for text in column] if "" in column else column for column in shown]
        fields = map(dict, map(zip, repeat(self._fields), zip(*filled)))
        table = self._table
        return [
            Record(
                table, key or rows.place(at + 1), values, version, None, "", _TIMES, State.LIVE, None, _NONE, not key
            )
            for at, key, values, version in zip(numbers, keys, fields, versions)
        ]

    def record(self, at: int, cells: list[str]) -> Record:
        key = self.keys.key_of(cells) if self._keyed else ""
        version = rows.digest(cells)
        if len(cells) < self._need:
            cells = cells + [""] * (self._need - len(cells))
        fields: dict[str, Value] = dict(zip(self._fields, self._pick(cells)))
        return Record(self._table, key or rows.place(at + 1), fields, version, place=not key)

    def _last_line(self) -> int:
        """How many lines stand before the last record."""
        if self._lines is None:
            opened = self._opened
            stream = islice(opened.encoding.stream(opened.content), self._from, None)
            reader = csv.reader(stream, delimiter=opened.delimiter)
            before = 0
            for cells in reader:
                if any(cells):
                    self._lines = self._from + before
                before = reader.line_num
        return self._lines or 0

    def _picker(self) -> Callable[[list[str]], Iterable[Value]]:
        """What a row shows of the fields asked for; compiled once, for it runs for every row."""
        columns = self._columns
        if not self._whole:
            return lambda cells: (_shown(cells[at]) if at is not None else None for at in columns)
        plain = [at for at in columns if at is not None]
        if len(plain) < len(columns):
            return lambda cells: ((cells[at] or None) if at is not None else None for at in columns)
        if len(plain) < 2:
            return lambda cells: [cells[at] or None for at in plain]
        pick = itemgetter(*plain)
        return lambda cells: [text or None for text in pick(cells)]

    def _column(self, name: str, facts: TableFacts) -> int | None:
        """None only for our id column before it is there."""
        if facts.token and headings.clean(name) == headings.clean(facts.token):
            return self._opened.headings.at(name)
        return self._opened.headings.need(name, str(self._opened.path))


def _shown(text: str) -> Value:
    return Damaged("encoding", encodings.readable(text)) if encodings.broken(text) else text or None
