"""How is CSV text taken apart, and put together again so that untouched records keep their bytes?

Reading is the standard library's csv module; the writing side knows where each record and each cell begins and ends, by
the same rules (RFC 4180 and what Excel does beyond it: a quote inside an unquoted cell is a letter).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from connectors.shared.encodings import Encoding

csv.field_size_limit(2**31 - 1)  # cells of many megabytes are read like any other

DELIMITERS: Final = (",", ";", "\t", "|")
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_HEAD: Final = 1 << 16
_ENDS: Final = ("\r\n", "\n", "\r")


def rows(content: bytes, encoding: Encoding, delimiter: str) -> Iterator[list[str]]:
    """All records as lists of cells, a blank line as an empty list."""
    return csv.reader(encoding.stream(content), delimiter=delimiter)


def head(content: bytes, encoding: Encoding, delimiter: str, count: int) -> list[list[str]]:
    """The first `count` records."""
    return list(islice(rows(content, encoding, delimiter), count))


def delimiters(content: bytes, encoding: Encoding, ending: str) -> tuple[str, ...]:
    """What may stand between the cells, the likeliest first: what a `sep=;` line says alone, else by how evenly it
    parts the first lines; the one that the file's ending names (.tsv) stands first among equals."""
    text = encoding.decode(content[:_HEAD])
    said = _SEP.fullmatch(next(iter(text.splitlines(keepends=True)), ""))
    if said:
        return (said[1],)
    first = ("\t", *(d for d in DELIMITERS if d != "\t")) if ending == ".tsv" else DELIMITERS
    lines = text.splitlines(keepends=True)[:50]
    lines = lines[:-1] if len(content) > _HEAD and len(lines) > 1 else lines  # the last one may be cut
    return tuple(sorted(first, key=lambda d: _evenness(lines, d), reverse=True))


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many lines have the commonest number of cells, if that is more than one; and that number."""
    wide = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
    return max(((wide.count(count), count) for count in set(wide)), default=(0, 0))


def stops_inside(content: bytes, encoding: Encoding, delimiter: str, last_line: int) -> bool:
    """Whether the record that begins after so many lines has a quote that is never closed: the file was cut there, or
    a quote was typed at the beginning of a cell, and all that follows was taken into it."""
    raw = "".join(islice(encoding.stream(content), last_line, None))
    return '"' in raw and spans(raw, delimiter)[2]


# ------------------------------------------------------------------------------ one record


def spans(raw: str, delimiter: str) -> tuple[list[tuple[int, int]], str, bool]:
    """Where each cell of a record begins and ends, the end of line behind it, and whether a quote is still open."""
    if '"' not in raw:
        return _plain(raw, delimiter)
    cells, start, at, state = [], 0, 0, "begin"
    size = len(raw)
    while at < size:
        char = raw[at]
        if state == "quoted":
            if char == '"':
                state = "closed"
        elif char == '"' and state in ("begin", "closed"):
            state = "quoted"
        elif char == delimiter:
            cells.append((start, at))
            start, state = at + 1, "begin"
        elif char in "\r\n":
            break
        else:
            state = "plain"
        at += 1
    cells.append((start, at))
    return cells, raw[at:], state == "quoted"


def _plain(raw: str, delimiter: str) -> tuple[list[tuple[int, int]], str, bool]:
    end = _end_of(raw)
    cells, start = [], 0
    for text in raw.removesuffix(end).split(delimiter):
        cells.append((start, start + len(text)))
        start += len(text) + 1
    return cells, end, False


def padded(raw: str, count: int, width: int, delimiter: str) -> str:
    """The record of `count` cells with empty ones behind, so that it has `width`."""
    end = _end_of(raw)
    return raw.removesuffix(end) + delimiter * max(0, width - count) + end


def rendered(text: str, delimiter: str, *, quoted: bool = False) -> str:
    """A cell as it stands in the file; in quotes where it must be, or where its neighbours are."""
    if quoted or delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def edited(raw: str, delimiter: str, texts: Mapping[int, str], width: int = 0) -> str:
    """The record with other texts in some cells (by place), filled up to `width` cells; all else keeps its letters."""
    places, end, _ = spans(raw, delimiter)
    cells = [raw[a:b] for a, b in places]
    cells += [""] * (max([width, *(at + 1 for at in texts)]) - len(cells))
    for at, text in texts.items():
        cells[at] = rendered(text, delimiter, quoted=cells[at].startswith('"'))
    return _joined(cells, delimiter, end)


def made(texts: Sequence[str], delimiter: str, end: str, like: str) -> str:
    """A new record; a cell is quoted where the cell above it, in the record `like`, is."""
    above = [like[a : a + 1] == '"' for a, _ in spans(like, delimiter)[0]]
    above += [False] * (len(texts) - len(above))
    return _joined([rendered(t, delimiter, quoted=q) for t, q in zip(texts, above)], delimiter, end)


def _joined(cells: Sequence[str], delimiter: str, end: str) -> str:
    """A record of one empty cell is written as "", for a blank line is none."""
    return (delimiter.join(cells) or '""') + end


def cells_of(raw: str, delimiter: str) -> list[str]:
    """What a reader makes of one record."""
    return next(csv.reader(_lines(raw), delimiter=delimiter), [])


def _lines(raw: str) -> Iterable[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", raw)


# ------------------------------------------------------------------------------ a whole file


class CsvText:
    """A whole file to be written: `rows` as read, and the letters of each record."""

    def __init__(self, content: bytes, encoding: Encoding, delimiter: str) -> None:
        self.encoding, self.delimiter = encoding, delimiter
        self._lines = list(encoding.stream(content))
        reader = csv.reader(self._lines, delimiter=delimiter)
        self.rows: list[list[str]] = []
        self._ends = [0]
        for row in reader:
            self.rows.append(row)
            self._ends.append(reader.line_num)

    def raw(self, at: int) -> str:
        return "".join(self._lines[self._ends[at] : self._ends[at + 1]])

    def raws(self) -> list[str]:
        return [self.raw(at) for at in range(len(self.rows))]

    def stops_inside(self) -> bool:
        """Whether the last record has a quote that is never closed: nothing may be written to such a file."""
        return bool(self.rows) and spans(self.raw(len(self.rows) - 1), self.delimiter)[2]

    def end(self) -> str:
        """The end of line that most of the first records have."""
        found = [_end_of(self.raw(at)) for at in range(min(50, len(self.rows)))]
        return max(_ENDS, key=found.count) if any(found) else "\r\n"

    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    def joined(self, raws: Sequence[str]) -> bytes:
        """The bytes of the file made of these records; its last line ends, or does not, as it did."""
        kept = [raw for raw in raws if raw]
        end = self.end()
        ends = not self._lines or bool(_end_of(self._lines[-1]))
        kept[:-1] = [raw if _end_of(raw) else raw + end for raw in kept[:-1]]
        if kept:
            kept[-1] = kept[-1].removesuffix(_end_of(kept[-1])) + ((_end_of(kept[-1]) or end) if ends else "")
        return self.encoding.encode("".join(kept))


def _end_of(raw: str) -> str:
    return next((end for end in _ENDS if raw.endswith(end)), "")
