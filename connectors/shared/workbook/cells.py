"""What value does a cell hold, given its type, its style and what stands in its `v`? (C10, C11)

Numbers: what a person can have typed, at most fifteen digits; a whole number of more has lost its last ones and is
Damaged (long_number). Dates only where the number format is a date's; where the format hides the year or the day, the
text that is shown. Times of day and durations are text (09:46). Error cells are Damaged (excel_error), a formula that
nobody has calculated yet too (not_calculated).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from connectors.contract import Damaged, Value
from connectors.shared.workbook.book import Book
from connectors.shared.workbook.formats import Form, shown
from connectors.shared.workbook.scan import Cells, Ints
from connectors.shared.workbook.serials import clock, duration, moment
from connectors.shared.workbook.strings import rich, texts, unescape
from connectors.shared.workbook.walk import attributes

Objects = npt.NDArray[Any]
_MANY = 50_000  # of one look's numbers that are remembered
_MOST = 10**15
_FORMULA = re.compile(rb"<f(?:\s[^>]*)?>(.*?)</f>", re.DOTALL)
_UNSET = object()


class Decoder:
    """Decodes the cells of one book. `zone`: of its naive times."""

    def __init__(self, book: Book, zone: tzinfo) -> None:
        self._zone = zone
        self._since_1904 = book.since_1904
        self._styles = book.styles
        self._strings = _objects([text or None for text in book.strings])
        self._looks: dict[bytes, _Look] = {}

    def rows(self, cells: Cells, width: int) -> list[list[Value]]:
        """The stretch's rows as lists of `width` values, in the order of `cells.numbers`; None is empty."""
        grid = np.full((len(cells.numbers), width), None, object)
        inside = cells.column < width
        values = self.values(cells)
        grid[cells.row[inside], cells.column[inside]] = values[inside]
        rows: list[list[Value]] = grid.tolist()
        return rows

    def values(self, cells: Cells) -> Objects:
        """The value of each cell."""
        values = np.full(len(cells.row), None, object)
        for number, raw in enumerate(cells.looks):
            look = self._look(raw)
            at = np.flatnonzero((cells.look == number) & (cells.start >= 0))
            if look.type == "s":
                values[at] = self._shared(cells, at)
            else:
                values[at] = _objects(look.read(cells, at))
        for i in np.flatnonzero(cells.inline & (cells.start < 0)).tolist():
            values[i] = rich(cells.body[cells.opened[i] : cells.closed[i]]) or None
        for i in np.flatnonzero(cells.formula & (cells.start < 0)).tolist():
            values[i] = _not_calculated(cells.body[cells.opened[i] : cells.closed[i]])
        return values

    def look(self, raw: bytes) -> tuple[str, Form]:
        """Type and number format of cells with these attributes."""
        look = self._look(raw)
        return look.type, look.form

    def _look(self, raw: bytes) -> _Look:
        if raw not in self._looks:
            named = attributes(raw)
            style = named.get("s", "0")
            form = self._styles.form(int(style)) if style.isdigit() else Form()
            is_rich = "vm" in named
            self._looks[raw] = _Look(named.get("t", "n"), form, self._zone, self._since_1904, is_rich)
        return self._looks[raw]

    def _shared(self, cells: Cells, at: Ints) -> Objects:
        """Texts by their numbers in the shared table; a number that is not there is Damaged."""
        numbers = _whole_numbers(cells, at)
        known = (numbers >= 0) & (numbers < len(self._strings))
        texts = np.full(len(at), Damaged("unreadable", ""), object)
        texts[known] = self._strings[numbers[known]]
        return texts


class _Look:
    """How cells of one type and style are read; remembers what it has read."""

    def __init__(self, kind: str, form: Form, zone: tzinfo, since_1904: bool, is_rich: bool) -> None:  # noqa: FBT001
        self.type = kind
        self.form = form
        self._zone = zone
        self._since_1904 = since_1904
        self._is_rich = is_rich
        self._known: dict[bytes, Value] = {}

    def read(self, cells: Cells, at: Ints) -> Sequence[Value]:
        body, known = cells.body, self._known
        spans = zip(cells.start[at].tolist(), cells.stop[at].tolist())
        if self.type in ("str", "inlineStr"):
            return [text or None for text in texts([body[start:stop].decode() for start, stop in spans])]
        if len(known) > _MANY:
            known.clear()
        values: list[Value] = []
        for start, stop in spans:
            raw = body[start:stop]
            value: Any = known.get(raw, _UNSET)
            if value is _UNSET:
                value = known[raw] = self._value(raw)
            values.append(value)
        return values

    def _value(self, raw: bytes) -> Value:
        text = unescape(raw.decode())
        if self.type == "e":
            code = "linked_value" if self._is_rich else "excel_error"
            return Damaged(code, text.strip())
        if self.type == "b":
            return text.strip() in ("1", "true")
        if self.type == "d":
            return _iso(text.strip(), self._zone)
        return self._number(text.strip())

    def _number(self, text: str) -> Value:
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            return Damaged("unreadable", text)
        kind = self.form.kind
        if kind in ("number", "text", "padded") or number in (float("inf"), float("-inf")) or number != number:
            return _typed(text, number, self.form)
        if kind == "time":
            return clock(number, seconds=self.form.seconds)
        if kind == "duration":
            return duration(number, seconds=self.form.seconds)
        return self._day(text, number)

    def _day(self, text: str, number: float) -> Value:
        when = moment(number, since_1904=self._since_1904)
        if when is None:
            return Damaged("no_such_day", text)
        if self.form.kind == "date":
            return when.date()
        return when.replace(tzinfo=self._zone) if self.form.kind == "datetime" else shown(self.form.tokens, when)


def _typed(text: str, number: float, form: Form) -> Value:
    """The number as a person typed it: 1.1 is stored as 1.1000000000000001."""
    if not abs(number) < 1e300:
        return Damaged("unreadable", text)
    if number.is_integer():
        if abs(number) >= _MOST:
            return Damaged("long_number", text)
        whole = int(number)
        return f"{whole:0{form.width}d}" if form.kind == "padded" and whole >= 0 else whole
    return Decimal(f"{number:.15g}")


def _iso(text: str, zone: tzinfo) -> Value:
    """A cell of type `d` (strict files): an ISO date or moment."""
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        when = datetime.fromisoformat(text)
    except ValueError:
        return Damaged("unreadable", text)
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _not_calculated(inner: bytes) -> Value:
    match = _FORMULA.search(inner)
    return Damaged("not_calculated", "=" + (unescape(match.group(1).decode()) if match else ""))


def _objects(values: Sequence[object]) -> Objects:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _whole_numbers(cells: Cells, at: Ints) -> Ints:
    """The values of these cells as whole numbers of up to nine digits; -1 where one is none."""
    start, length = cells.start[at], cells.stop[at] - cells.start[at]
    buffer = np.frombuffer(cells.body, np.uint8)
    numbers = np.zeros(len(at), np.int64)
    wrong = (length < 1) | (length > 9)
    for place in range(min(int(length.max(initial=0)), 9)):
        inside = length > place
        digit = buffer[np.minimum(start + place, len(buffer) - 1)].astype(np.int64) - 48
        wrong |= inside & ((digit < 0) | (digit > 9))
        numbers = np.where(inside, numbers * 10 + digit, numbers)
    numbers[wrong] = -1
    return numbers
