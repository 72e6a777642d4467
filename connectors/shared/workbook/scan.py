"""Which cells stand in a stretch of a sheet's XML, and where are their values? The fast way, a few passes of NumPy.

It knows the XML that spreadsheet programs write and refuses anything else (`scan` returns None); `walk` reads what it
refuses. Both give the same `Cells`, and tests hold one against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
BLOCK = 1 << 21
"""Bytes of XML in one stretch: small enough for the processor's cache, some thousand rows."""
_WIDEST_LOOK = 24
_DIGITS = 7  # of a row number: 1,048,576


@dataclass(frozen=True)
class Cells:
    """The cells of one stretch that hold something, as parallel arrays, in the order of the file.

    numbers: sheet row numbers (1-based) of the stretch's rows. Of each cell: `row`, its place in `numbers`; `column`,
    0-based; `look`, its place in `looks`, the attributes behind the reference (` s="3" t="s"`); where its value
    starts and stops in `body` (start -1: it has none; it may be the only text of an `is` element); whether it has an
    `f` or an `is` element; where its inner XML begins (`opened`) and a place behind its end that comes before the next
    cell (`closed`).
    """

    body: bytes
    numbers: list[int]
    row: Ints
    column: Ints
    look: Ints
    looks: list[bytes]
    start: Ints
    stop: Ints
    formula: Flags
    inline: Flags
    opened: Ints
    closed: Ints


def stretches(xml: bytes) -> Iterator[bytes]:
    """sheetData in pieces of whole rows; `xml` is plain (see strings.plain)."""
    start = xml.find(b"<sheetData")
    start = xml.find(b">", start) + 1 if start >= 0 else 0
    stop = xml.find(b"</sheetData>", start)
    while 0 < start < stop:
        end = stop
        if stop - start > BLOCK:
            end = xml.rfind(b"</row>", start, start + BLOCK) + 6
            end = end if end > start + 5 else xml.find(b"</row>", start) + 6
            end = end if end > 5 else stop
        yield xml[start:end]
        start = end


def scan(body: bytes) -> Cells | None:
    """The cells of a stretch, or None where it is not written the usual way."""
    tags = _tags(body)
    if tags is None:
        return None
    is_row = (tags.first == ord("r")) & (tags.second == ord("o"))
    is_cell = tags.named("c")
    numbers = _numbers(body, tags.opens[is_row], tags.closes[is_row])
    spots = np.flatnonzero(is_cell)
    if numbers is None or (len(spots) and not is_row[: spots[0] + 1].any()):
        return None
    owner = np.cumsum(is_cell) - 1
    start, stop = _values(tags, owner, len(spots))
    formula = _marked(owner, tags.named("f"), len(spots))
    inline = _marked(owner, (tags.first == ord("i")) & (tags.second == ord("s")), len(spots))
    if inline.any() and b"<rPh" not in body:
        _add_texts(tags, owner, start, stop)
    held = np.flatnonzero((start >= 0) | formula | inline)
    kept = spots[held]
    rows = (np.cumsum(is_row) - 1)[kept]
    names = _names(tags, kept, np.asarray(numbers, np.int64)[rows])
    if names is None:
        return None
    column, look, looks = names
    ends = np.append(tags.opens[spots], len(body))[held + 1]
    return Cells(
        body,
        numbers,
        rows,
        column,
        look,
        looks,
        start[held],
        stop[held],
        formula[held],
        inline[held],
        tags.closes[kept] + 1,
        ends,
    )


@dataclass(frozen=True)
class _Tags:
    """Every tag of the stretch: where it opens and closes, and its first two letters."""

    body: bytes
    buffer: npt.NDArray[np.uint8]
    opens: Ints
    closes: Ints
    first: npt.NDArray[np.uint8]
    second: npt.NDArray[np.uint8]

    def named(self, letter: str) -> Flags:
        """Start tags whose whole name is this letter."""
        ends = (self.second == ord(" ")) | (self.second == ord(">")) | (self.second == ord("/"))
        found: Flags = (self.first == ord(letter)) & ends
        return found


def _tags(body: bytes) -> _Tags | None:
    buffer = np.frombuffer(body, np.uint8)
    opens = np.flatnonzero(buffer == ord("<"))
    closes = np.flatnonzero(buffer == ord(">"))
    if not len(opens) or len(opens) != len(closes):
        return None  # a ">" in a text or an attribute
    if not ((closes > opens + 1).all() and (closes[:-1] < opens[1:]).all()):
        return None
    first, second = buffer[opens + 1], buffer[opens + 2]
    if np.isin(first, (ord("!"), ord("?"))).any() or (second < ord(" ")).any():
        return None  # comments and the like; a line break or a tab behind a name
    return _Tags(body, buffer, opens, closes, first, second)


def _numbers(body: bytes, opens: Ints, closes: Ints) -> list[int] | None:
    """The row numbers; None where a row does not start with its own, or they do not grow."""
    numbers: list[int] = []
    last = 0
    for a, b in zip(opens.tolist(), closes.tolist()):
        if body[a + 4 : a + 8] != b' r="':
            return None
        digits = body[a + 8 : body.find(b'"', a + 8, b)]
        if not digits.isdigit() or int(digits) <= last:
            return None
        last = int(digits)
        numbers.append(last)
    return numbers


def _values(tags: _Tags, owner: Ints, count: int) -> tuple[Ints, Ints]:
    """Where each cell's v element has its text; -1 where there is none."""
    start, stop = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    values = np.flatnonzero(tags.named("v"))
    values = values[tags.buffer[tags.closes[values] - 1] != ord("/")]
    start[owner[values]] = tags.closes[values] + 1
    stop[owner[values]] = tags.opens[np.minimum(values + 1, len(tags.opens) - 1)]
    return start, stop


def _add_texts(tags: _Tags, owner: Ints, start: Ints, stop: Ints) -> None:
    """The same for cells whose text is one plain t element (`<is><t>…</t></is>`)."""
    texts = np.flatnonzero(tags.named("t"))
    whose = owner[texts]
    lone = np.bincount(whose, minlength=len(start))[whose] == 1
    lone &= (start[whose] < 0) & (tags.buffer[tags.closes[texts] - 1] != ord("/"))
    texts, whose = texts[lone], whose[lone]
    start[whose] = tags.closes[texts] + 1
    stop[whose] = tags.opens[np.minimum(texts + 1, len(tags.opens) - 1)]


def _marked(owner: Ints, marks: Flags, count: int) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[owner[marks]] = True
    return flags


def _names(tags: _Tags, cells: Ints, numbers: Ints) -> tuple[Ints, Ints, list[bytes]] | None:
    """Columns and looks of these cells; None where one does not start with a plain reference into its own row."""
    buffer, opened, closed = tags.buffer, tags.opens[cells], tags.closes[cells]
    if not len(cells):
        return opened, opened, []
    if len(buffer) < 2 * _WIDEST_LOOK or (closed - opened < 8).any():
        return None
    for place, letter in enumerate(b' r="', start=2):
        if (buffer[opened + place] != letter).any():
            return None
    at = opened + 6
    second, third = buffer[at + 1] >= ord("A"), buffer[at + 2] >= ord("A")
    letters = 1 + second + (second & third)
    column = np.zeros(len(cells), np.int64)
    for place in range(3):
        value = buffer[at + place].astype(np.int64) - 64
        inside = place < letters
        if (inside & ((value < 1) | (value > 26))).any():
            return None
        column = np.where(inside, column * 26 + value, column)
    after = _after_number(buffer, at + letters, numbers)
    if after is None:
        return None
    looks = _looks(tags, after, closed - (buffer[closed - 1] == ord("/")))
    return None if looks is None else (column - 1, *looks)


def _after_number(buffer: npt.NDArray[np.uint8], at: Ints, numbers: Ints) -> Ints | None:
    """The place behind the reference's closing quote; None where its digits are not those of its row."""
    read = np.zeros(len(at), np.int64)
    going = np.ones(len(at), np.bool_)
    end = at.copy()
    for place in range(_DIGITS):
        digit = buffer[np.minimum(at + place, len(buffer) - 1)].astype(np.int64) - 48
        going &= (digit >= 0) & (digit <= 9)
        read = np.where(going, read * 10 + digit, read)
        end += going
    if (read != numbers).any() or (buffer[end] != ord('"')).any():
        return None
    return end + 1


def _looks(tags: _Tags, start: Ints, stop: Ints) -> tuple[Ints, list[bytes]] | None:
    """Groups cells by their remaining attributes, compared as three words of eight bytes each."""
    length = stop - start
    if (length < 0).any() or (length > _WIDEST_LOOK).any():
        return None
    words = np.ndarray((len(tags.body) - 7,), "<u8", tags.body, 0, (1,))
    masks = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(_WIDEST_LOOK + 1)], np.uint64)
    parts = [words[np.minimum(start + 8 * k, len(words) - 1)] & masks[np.maximum(length - 8 * k, 0)] for k in range(3)]
    mixed = (parts[0] * np.uint64(0x9E3779B97F4A7C15)) ^ (parts[1] * np.uint64(0xC2B2AE3D27D4EB4F)) ^ parts[2]
    _, heads, group = np.unique(mixed, return_index=True, return_inverse=True)
    if any((part != part[heads][group]).any() for part in parts):
        return None  # two different looks fell on one number
    looks = [tags.body[a:b] for a, b in zip(start[heads].tolist(), stop[heads].tolist())]
    return group.astype(np.int64), looks
