"""What value does a cell hold, given its type, its style and what stands in its `v`? (C10, C11)

Numbers: what a person can have typed, at most fifteen digits; a whole number of more has lost its last ones and is
Damaged (long_number). Dates only where the number format is a date's; where the format hides the year or the day, the
text that is shown. Times of day and durations are text (09:46). Error cells are Damaged (excel_error), a formula that
nobody has calculated yet too (not_calculated).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

import numpy as np

from connectors.contract import Damaged, Value
from connectors.shared.workbook.book import Book
from connectors.shared.workbook.formats import Form, shown
from connectors.shared.workbook.scan import Cells, Ints, digits
from connectors.shared.workbook.serials import clock, duration, moment
from connectors.shared.workbook.strings import Objects, objects, rich, texts, unescape
from connectors.shared.workbook.walk import attributes

T = TypeVar("T")
_MANY = 50_000  # of one look's numbers that are remembered
_MOST = 10**15
_FIRST, _LAST, _BEFORE = 61, 2958466, 693594
"""Of the serials that count like the calendar, and the ordinal of the day before the first serial (serials.moment)."""
_FORMULA = re.compile(rb"<f(?:\s[^>]*)?>(.*?)</f>", re.DOTALL)
_FRACTION = re.compile(rb"-?(?=[0-9.]{3,16}$)[0-9]++\.[0-9]*[1-9]").fullmatch
_FRACTIONS = re.compile(rb"(?:-?(?=[0-9.]{3,16}(?:\n|$))[0-9]++\.[0-9]*[1-9](?:\n|$))++").fullmatch
"""A fraction that a person can have typed, as it is stored (fifteen digits at most, no zero at the end), and many of
them, a line each."""


class Decoder:
    """Decodes the cells of one book. `zone`: of its naive times."""

    def __init__(self, book: Book, zone: tzinfo) -> None:
        self._zone = zone
        self._since_1904 = book.since_1904
        self._styles = book.styles
        self._strings = book.strings
        self._looks: dict[bytes, _Look] = {}

    def columns(self, cells: Cells, width: int) -> list[list[Value]]:
        """The stretch's first `width` columns, each with a value for each of its rows; None is empty."""
        grid = np.full(width * len(cells.numbers), None, object)
        values, place = self.values(cells), cells.column * len(cells.numbers) + cells.row
        if cells.column.max(initial=0) >= width:
            inside = cells.column < width
            values, place = values[inside], place[inside]
        grid[place] = values
        columns: list[list[Value]] = grid.reshape(width, -1).tolist()
        return columns

    def values(self, cells: Cells) -> Objects:
        """The value of each cell."""
        values = np.full(len(cells.row), None, object)
        for number, raw in enumerate(cells.looks):
            look = self._look(raw)
            at = np.flatnonzero((cells.look == number) & (cells.start >= 0))
            values[at] = self._shared(cells, at) if look.type == "s" else look.read(cells, at)
        for i in np.flatnonzero((cells.inline | cells.formula) & (cells.start < 0)).tolist():
            inner = cells.body[cells.opened[i] : cells.closed[i]]
            values[i] = _not_calculated(inner) if cells.formula[i] else rich(inner) or None
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
        numbers = digits(cells.body, cells.start[at], cells.stop[at] - cells.start[at])
        if not len(numbers) or (numbers.min() >= 0 and numbers.max() < len(self._strings)):
            return self._strings[numbers]
        known = (numbers >= 0) & (numbers < len(self._strings))
        values = np.full(len(at), Damaged("unreadable", ""), object)
        values[known] = self._strings[numbers[known]]
        return values


class _Memory(dict[bytes, T]):
    """What has been made of a text so far; makes the rest."""

    def __init__(self, make: Callable[[bytes], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, raw: bytes) -> T:
        if len(self) > _MANY:
            self.clear()
        made = self[raw] = self._make(raw)
        return made


class _Look:
    """How cells of one type and style are read; remembers what it has read."""

    def __init__(self, kind: str, form: Form, zone: tzinfo, since_1904: bool, is_rich: bool) -> None:  # noqa: FBT001
        self.type = kind
        self.form = form
        self._zone = zone
        self._since_1904 = since_1904
        self._is_rich = is_rich
        self._known: _Memory[Value] = _Memory(self._value)

    def read(self, cells: Cells, at: Ints) -> Objects:
        """The values of these cells, all of this look."""
        start, stop = cells.start[at], cells.stop[at]
        if self.type in ("str", "inlineStr"):
            found = texts([cells.body[a:b].decode() for a, b in zip(start.tolist(), stop.tolist())])
            return objects([text or None for text in found] if "" in found else found)
        if self.type != "n" or self.form.kind != "number":
            raws = [cells.body[a:b] for a, b in zip(start.tolist(), stop.tolist())]
            return objects(list(map(self._known.__getitem__, raws)))
        numbers = digits(cells.body, start, stop - start)
        values = objects(numbers.tolist())
        others = np.flatnonzero(numbers < 0)
        if len(others):
            raws = [cells.body[a:b] for a, b in zip(start[others].tolist(), stop[others].tolist())]
            if _FRACTIONS(b"\n".join(raws)):
                values[others] = objects(list(map(Decimal, b"\n".join(raws).decode().split("\n"))))
            else:
                known = self._known
                values[others] = objects([Decimal(raw.decode()) if _FRACTION(raw) else known[raw] for raw in raws])
        return values

    def _value(self, raw: bytes) -> Value:
        is_day = self.form.kind == "date" and self.type == "n" and not self._since_1904 and raw.isdigit()
        if is_day and _FIRST <= int(raw) < _LAST:  # most dates are whole days after February 1900
            return date.fromordinal(int(raw) + _BEFORE)
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
