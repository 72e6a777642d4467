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
BLOCK = 1 << 19
"""Bytes of XML in one stretch: small enough for the processor's cache, about a thousand rows."""
_WIDEST_LOOK = 24
_DIGITS = 7  # of a row number: 1,048,576
_REFERENCE = np.uint64(int.from_bytes(b' r="', "little"))
_POWERS = np.array([10**n for n in range(_DIGITS)], np.int64)
_HIGH = np.array([0] + [0x3030303030303030 >> 8 * (8 - n) << 8 * (8 - n) for n in range(1, 9)], np.uint64)
"""The upper halves of so many digits, moved to the end of a word."""


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
    is_row, is_cell = tags.kind == _ROW, tags.kind == _CELL
    numbers = _numbers(tags, is_row)
    spots = np.flatnonzero(is_cell)
    if numbers is None or (len(spots) and not is_row[: spots[0] + 1].any()):
        return None
    owner = (np.cumsum(is_cell, dtype=np.int32) - 1).astype(np.int64)
    start, stop = _values(tags, owner, len(spots))
    formula = _marked(owner, tags.kind == _FORMULA, len(spots))
    inline = _marked(owner, tags.kind == _INLINE, len(spots))
    if inline.any() and b"<rPh" not in body:
        _add_texts(tags, owner, start, stop)
    held = np.flatnonzero((start >= 0) | formula | inline)
    kept = spots[held]
    rows = np.searchsorted(np.flatnonzero(is_row), kept, "right") - 1
    names = _names(tags, kept, np.asarray(numbers, np.int64), rows)
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


_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT, _UNUSUAL = range(1, 8)


def _kinds() -> npt.NDArray[np.uint8]:
    """The kind of a tag by its first two letters, as one number of two bytes; 0 for those that do not matter here.

    Unusual are comments and the like, and names that a line break or a tab ends.
    """
    kinds = np.zeros(1 << 16, np.uint8)
    for first, kind in ((b"c", _CELL), (b"v", _VALUE), (b"f", _FORMULA), (b"t", _TEXT)):
        for second in b" >/":
            kinds[first[0] | second << 8] = kind
    kinds[b"r"[0] | b"o"[0] << 8] = _ROW
    kinds[b"i"[0] | b"s"[0] << 8] = _INLINE
    letters = np.arange(1 << 16)
    kinds[np.isin(letters & 0xFF, (ord("!"), ord("?"))) | (letters >> 8 < ord(" "))] = _UNUSUAL
    return kinds


_KINDS = _kinds()


@dataclass(frozen=True)
class _Tags:
    """Every tag of the stretch: where it opens and closes, and what it is."""

    body: bytes
    buffer: npt.NDArray[np.uint8]
    opens: Ints
    closes: Ints
    kind: npt.NDArray[np.uint8]


def _tags(body: bytes) -> _Tags | None:
    buffer = np.frombuffer(body, np.uint8)
    opens = np.flatnonzero(buffer == ord("<"))
    closes = np.flatnonzero(buffer == ord(">"))
    if not len(opens) or len(opens) != len(closes) or opens[-1] + 2 >= len(buffer):
        return None  # a ">" in a text or an attribute
    if not ((closes > opens + 1).all() and (closes[:-1] < opens[1:]).all()):
        return None
    pairs = np.ndarray((len(body) - 1,), "<u2", body, 0, (1,))
    kind = _KINDS[pairs[opens + 1]]
    return None if (kind == _UNUSUAL).any() else _Tags(body, buffer, opens, closes, kind)


def _numbers(tags: _Tags, rows: Flags) -> list[int] | None:
    """The row numbers; None where a row does not start with its own, or they do not grow."""
    opens = tags.opens[rows]
    if not len(opens) or opens[-1] + 8 + _DIGITS >= len(tags.buffer):
        return [] if not len(opens) else None
    for place, letter in enumerate(b' r="', start=4):
        if (tags.buffer[opens + place] != letter).any():
            return None
    numbers, end = _number(tags.buffer, opens + 8)
    if (tags.buffer[end] != ord('"')).any() or numbers[0] < 1 or (np.diff(numbers) < 1).any():
        return None
    found: list[int] = numbers.tolist()
    return found


def _number(buffer: npt.NDArray[np.uint8], at: Ints) -> tuple[Ints, Ints]:
    """The numbers of up to seven digits that begin at these places, and the places behind them."""
    read, end = np.zeros(len(at), np.int64), at.copy()
    going = np.ones(len(at), np.bool_)
    for place in range(_DIGITS):
        digit = buffer[np.minimum(at + place, len(buffer) - 1)].astype(np.int64) - 48
        going &= (digit >= 0) & (digit <= 9)
        if not going.any():
            break
        read = np.where(going, read * 10 + digit, read)
        end += going
    return read, end


def _values(tags: _Tags, owner: Ints, count: int) -> tuple[Ints, Ints]:
    """Where each cell's v element has its text; -1 where there is none."""
    start, stop = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    values = np.flatnonzero(tags.kind == _VALUE)
    values = values[tags.buffer[tags.closes[values] - 1] != ord("/")]
    start[owner[values]] = tags.closes[values] + 1
    stop[owner[values]] = tags.opens[np.minimum(values + 1, len(tags.opens) - 1)]
    return start, stop


def _add_texts(tags: _Tags, owner: Ints, start: Ints, stop: Ints) -> None:
    """The same for cells whose text is one plain t element (`<is><t>…</t></is>`)."""
    texts = np.flatnonzero(tags.kind == _TEXT)
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


def _names(tags: _Tags, cells: Ints, numbers: Ints, rows: Ints) -> tuple[Ints, Ints, list[bytes]] | None:
    """Columns and looks of these cells; None where one does not start with a plain reference into its own row."""
    buffer, opened, closed = tags.buffer, tags.opens[cells], tags.closes[cells]
    if not len(cells):
        return opened, opened, []
    if len(buffer) < 2 * _WIDEST_LOOK or (closed - opened < 8).any():
        return None
    words = _words(tags.body)
    if ((words[opened + 2] & np.uint64(0xFFFFFFFF)) != _REFERENCE).any():
        return None
    at = opened + 6
    place = words[at]
    first, second, third = ((place >> np.uint64(shift) & np.uint64(0xFF)).astype(np.int64) - 64 for shift in (0, 8, 16))
    has_second = second > 0
    has_third = has_second & (third > 0)
    column = np.where(has_second, first * 26 + second, first)
    column = np.where(has_third, column * 26 + third, column)
    wrong = (first < 1) | (first > 26) | (has_second & (second > 26)) | (has_third & (third > 26))
    if wrong.any():
        return None
    letters = 1 + has_second + has_third
    after = _after_number(tags, at + letters, numbers, rows)
    if after is None:
        return None
    looks = _looks(tags, after, closed - (buffer[closed - 1] == ord("/")))
    return None if looks is None else (column - 1, *looks)


def _after_number(tags: _Tags, at: Ints, numbers: Ints, rows: Ints) -> Ints | None:
    """The place behind the reference's closing quote; None where its digits are not those of its row."""
    length = np.searchsorted(_POWERS, numbers, "right")[rows]
    if (digits(tags.body, at, length) != numbers[rows]).any() or (tags.buffer[at + length] != ord('"')).any():
        return None
    return at + length + 1


def _words(body: bytes) -> npt.NDArray[np.uint64]:
    """The eight bytes from each place on, as one number."""
    return np.ndarray((max(len(body) - 7, 0),), "<u8", body, 0, (1,))


def digits(body: bytes, start: Ints, length: Ints) -> Ints:
    """The whole numbers of one to eight digits that stand at these places; -1 where there is none.

    Eight letters are read as one word and added up in three steps instead of eight.
    """
    words = _words(body)
    fits = (length >= 1) & (length <= 8) & (start >= 0) & (start < len(words))
    word = words[np.where(fits, start, 0)] if len(words) else np.zeros(len(start), np.uint64)
    word = word << (np.where(fits, 8 - length, 0).astype(np.uint64) * np.uint64(8))
    high = np.where(fits, _HIGH[np.where(fits, length, 0)], 0).astype(np.uint64)
    low = word & np.uint64(0x0F0F0F0F0F0F0F0F)
    is_digit = fits & ((word & np.uint64(0xF0F0F0F0F0F0F0F0)) == high)
    is_digit &= ((low + np.uint64(0x0606060606060606)) & np.uint64(0xF0F0F0F0F0F0F0F0)) == 0
    pairs = low * np.uint64(10) + (low >> np.uint64(8))
    fours = pairs & np.uint64(0x000000FF000000FF)
    rest = (pairs >> np.uint64(16)) & np.uint64(0x000000FF000000FF)
    total = (fours * np.uint64(0x000F424000000064) + rest * np.uint64(0x0000271000000001)) >> np.uint64(32)
    return np.where(is_digit, total.astype(np.int64), -1)


def _looks(tags: _Tags, start: Ints, stop: Ints) -> tuple[Ints, list[bytes]] | None:
    """Groups cells by their remaining attributes, compared as three words of eight bytes each."""
    length = stop - start
    if (length < 0).any() or (length > _WIDEST_LOOK).any():
        return None
    words = _words(tags.body)
    masks = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(_WIDEST_LOOK + 1)], np.uint64)
    count = range((int(length.max()) + 7) // 8)
    parts = [words[np.minimum(start + 8 * k, len(words) - 1)] & masks[np.maximum(length - 8 * k, 0)] for k in count]
    group, looks = np.full(len(start), -1, np.int64), list[bytes]()
    left = np.arange(len(start))
    while len(left):
        head = left[0]
        same = length[left] == length[head]
        for part in parts:
            same &= part[left] == part[head]
        group[left[same]] = len(looks)
        looks.append(tags.body[start[head] : stop[head]])
        left = left[~same]
    return group, looks
