"""How are cells of a sheet's XML changed so that every byte that did not change stays?

Only rows that are touched are taken apart, and of those only the touched cells are written anew.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.shared.workbook.ranges import cell_name, column_index
from connectors.shared.workbook.strings import escape
from connectors.shared.workbook.walk import TAG, attributes

_ROW = re.compile(rb"<(?:([\w.-]+):)?row\b([^>]*?)(/?)>")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d+)[\"']")
_NAME = re.compile(r"([A-Z]{1,3})[0-9]{1,7}", re.IGNORECASE)
_SPANS = re.compile(rb'(\sspans=")(\d+):(\d+)(")')
_CELL_REF = re.compile(rb'(<(?:[\w.-]+:)?c\b[^>]*?\br="[A-Z]{1,3})(\d+)(")')
_ROW_REF = re.compile(rb'(<(?:[\w.-]+:)?row\b[^>]*?\br=")(\d+)(")')
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?(?:/>|>.*?</(?:[\w.-]+:)?v>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_NOT_COPIED = {"r", "spans", "hidden", "collapsed", "outlineLevel"}


@dataclass(frozen=True, slots=True)
class New:
    """What a cell shall hold. kind: t (text), n (number), b (true or false), or "" (nothing). style: None keeps it."""

    kind: str
    text: str = ""
    style: int | None = None


@dataclass(slots=True)
class CellText:
    """One cell as it stands: attributes by name, inner XML, the whole as written."""

    named: dict[str, str]
    inner: bytes
    raw: bytes

    @property
    def style(self) -> int:
        style = self.named.get("s", "0")
        return int(style) if style.isdigit() else 0

    @property
    def type(self) -> str:
        return self.named.get("t", "n")

    @property
    def is_filled(self) -> bool:
        return bool(self.inner.strip())

    @property
    def has_formula(self) -> bool:
        return _FORMULA.search(self.inner) is not None


@dataclass(slots=True)
class RowText:
    """One row, taken apart. `named`: its attributes."""

    number: int
    prefix: bytes
    named: dict[str, str]
    cells: dict[int, CellText]
    head: bytes | None
    raw: bytes
    tail: bytes = b""
    is_touched: bool = False

    def set(self, column: int, new: New) -> None:
        """Puts a value into a cell; what it looks like stays."""
        old = self.cells.get(column)
        style = new.style if new.style is not None else self.style_of(column)
        if not new.kind and (old is None or not old.is_filled):
            return
        named = {
            name: value for name, value in (old.named if old else {}).items() if name not in ("t", "cm", "vm", "ph")
        }
        named = {"r": cell_name(self.number, column), **{k: v for k, v in named.items() if k not in ("r", "s")}}
        if style:
            named["s"] = str(style)
        self.is_touched = True
        if new.kind or style:
            self.cells[column] = _cell(self.prefix, named, new)
        else:
            self.cells.pop(column)

    def drop_value(self, column: int) -> None:
        """Takes the remembered result from a formula cell."""
        cell = self.cells[column]
        named = {name: value for name, value in cell.named.items() if name != "t"}
        inner = _VALUE.sub(b"", cell.inner)
        if inner != cell.inner:
            self.cells[column] = _built(self.prefix, named, inner)
            self.is_touched = True

    def rewrite(self, column: int, inner: bytes) -> None:
        """Other XML inside a cell, its attributes as they are."""
        if inner != self.cells[column].inner:
            self.cells[column] = _built(self.prefix, self.cells[column].named, inner)
            self.is_touched = True

    def style_of(self, column: int) -> int:
        """The style of a cell, that of the row where there is no cell."""
        if column in self.cells:
            return self.cells[column].style
        style = self.named.get("s", "")
        return int(style) if style.isdigit() and self.named.get("customFormat") in ("1", "true") else 0

    def text(self) -> bytes:
        """The row's XML; as it was where nothing changed."""
        if not self.is_touched:
            return self.raw
        head = self.head if self.head is not None else _tag(self.prefix + b"row", self.named, is_empty=False)
        if self.cells:
            head = _SPANS.sub(self._spans, head, count=1)
        cells = b"".join(self._cell_text(column) for column in sorted(self.cells))
        return head + cells + self.tail + b"</" + self.prefix + b"row>"

    def _cell_text(self, column: int) -> bytes:
        cell = self.cells[column]
        if "r" in cell.named:
            return cell.raw
        return _built(self.prefix, {"r": cell_name(self.number, column), **cell.named}, cell.inner).raw

    def _spans(self, match: re.Match[bytes]) -> bytes:
        first, last = min(int(match.group(2)), min(self.cells) + 1), max(int(match.group(3)), max(self.cells) + 1)
        return b"%s%d:%d%s" % (match.group(1), first, last, match.group(4))


@dataclass
class SheetText:
    """A sheet's XML, open for changes. `before`, `after`: what stands around its rows. ValueError: no sheetData."""

    raw: bytes
    before: bytes = field(init=False, default=b"")
    after: bytes = field(init=False, default=b"")
    _start: int = 0
    _stop: int = 0
    _numbers: list[int] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _rows: dict[int, RowText] = field(default_factory=dict)
    _new: dict[int, RowText] = field(default_factory=dict)
    _dropped: set[int] = field(default_factory=set)
    _moves: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        match = re.search(rb"<((?:[\w.-]+:)?)sheetData\s*(/?)>", self.raw)
        if match is None:
            raise ValueError("no sheetData")
        self.prefix: bytes = match.group(1)
        name = self.prefix + b"sheetData"
        if match.group(2):
            opened = b"<" + name + b"></" + name + b">"
            self.raw = self.raw[: match.start()] + opened + self.raw[match.end() :]
        self._start = self.raw.index(b">", match.start()) + 1
        self._stop = self.raw.index(b"</" + name, self._start)
        self.before, self.after = self.raw[: self._start], self.raw[self._stop :]
        last = 0
        for found in _ROW.finditer(self.raw, self._start, self._stop):
            number = _NUMBER.search(found.group(2))
            last = int(number.group(1)) if number else last + 1
            self._numbers.append(last)
            self._starts.append(found.start())

    @property
    def is_ordered(self) -> bool:
        """Rows stand in their order and none twice; anything else is not patched."""
        return all(a < b for a, b in zip(self._numbers, self._numbers[1:]))

    @property
    def last(self) -> int:
        """The number of the last row that is written down, 0 if there is none."""
        return max([*self._numbers[-1:], *self._rows], default=0)

    def row(self, number: int) -> RowText | None:
        """The row of this number, None where it is not written down."""
        if number in self._rows:
            return self._rows[number]
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            return None
        stop = self._starts[at + 1] if at + 1 < len(self._starts) else self._stop
        self._rows[number] = found = _row(self.raw[self._starts[at] : stop], number)
        return found

    def make_row(self, number: int, like: RowText | None = None) -> RowText:
        """The row of this number; one that was not written down looks like `like`, cells included, and is empty."""
        return self.row(number) or self._rows.setdefault(number, self._made(number, like))

    def insert_row(self, number: int, like: RowText | None = None) -> RowText:
        """A new row that takes this number, when what has it now moves away (`move`)."""
        return self._new.setdefault(number, self._made(number, like))

    def _made(self, number: int, like: RowText | None) -> RowText:
        named = {"r": str(number)}
        cells: dict[int, CellText] = {}
        if like is not None:
            named |= {name: value for name, value in like.named.items() if name not in _NOT_COPIED}
            for column, cell in like.cells.items():
                if cell.style:
                    kept = {"r": cell_name(number, column), "s": str(cell.style)}
                    cells[column] = _built(self.prefix, kept, b"")
        return RowText(number, self.prefix, named, cells, None, b"", is_touched=True)

    def drop(self, number: int) -> None:
        """Takes the row out; what stands below it is moved by `move`."""
        self._dropped.add(number)

    def move(self, start: int, by: int) -> None:
        """Rows from `start` on get a number that is `by` higher. Called for rows of the file as it was."""
        self._moves.append((start, by))

    def moved(self, number: int) -> int:
        return number + sum(by for start, by in self._moves if number >= start)

    def text(self) -> bytes:
        """The sheet's XML after all changes."""
        rows = self._all_rows() if self._moves else self._changed_rows()
        return b"".join((self.before, *rows, self.after))

    def _changed_rows(self) -> Iterable[bytes]:
        at = self._start
        touched = {number for number, row in self._rows.items() if row.is_touched} | self._dropped
        for number in sorted(touched):
            place = bisect_left(self._numbers, number)
            is_there = place < len(self._numbers) and self._numbers[place] == number
            start = self._starts[place] if place < len(self._starts) else self._stop
            yield self.raw[at:start]
            if number not in self._dropped:
                yield self._rows[number].text()
            at = start
            if is_there:
                at = self._starts[place + 1] if place + 1 < len(self._starts) else self._stop
        yield self.raw[at : self._stop]

    def _all_rows(self) -> Iterable[bytes]:
        """All rows one by one, those that move with their new numbers. Rows made anew already bear theirs."""
        old = set(self._numbers)
        texts: list[tuple[int, bytes]] = []
        for place, number in enumerate(self._numbers):
            if number in self._dropped:
                continue
            stop = self._starts[place + 1] if place + 1 < len(self._starts) else self._stop
            row = self._rows.get(number)
            raw = row.text() if row is not None else self.raw[self._starts[place] : stop]
            new = self.moved(number)
            texts.append((new, _renumbered(raw, new) if new != number else raw))
        texts += [(self.moved(number), row.text()) for number, row in self._rows.items() if number not in old]
        texts += [(number, row.text()) for number, row in self._new.items()]
        return [text for _, text in sorted(texts, key=lambda one: one[0])]


def _row(raw: bytes, number: int) -> RowText:
    """A row taken apart; cells without a reference get the place they mean."""
    match = _ROW.match(raw)
    if match is None:
        raise ValueError("no row")
    prefix = match.group(1) + b":" if match.group(1) else b""
    cells: dict[int, CellText] = {}
    column, end = -1, match.end()
    opened: tuple[int, int, bytes] | None = None
    for tag in TAG.finditer(raw, match.end()):
        closing, name, body, empty = tag.groups()
        if name != prefix + b"c":
            continue
        end = tag.end()
        if closing and opened is not None:
            _keep(cells, column, raw[opened[0] : tag.end()], attributes(opened[2]), raw[opened[1] : tag.start()])
            opened = None
        elif not closing:
            column = _column_of(body, column)
            if empty:
                _keep(cells, column, tag.group(), attributes(body), b"")
            else:
                opened = (tag.start(), tag.end(), body)
    head = match.group()[: -2 if match.group(3) else None]
    head = head.rstrip() + b">" if match.group(3) else head
    if not _NUMBER.search(match.group(2)):
        head = head[:-1] + b' r="%d">' % number
    tail = raw[end : max(end, raw.rfind(b"</" + prefix + b"row"))]  # an extLst of the row
    return RowText(number, prefix, attributes(match.group(2)), cells, head, raw, tail.strip())


def _keep(cells: dict[int, CellText], column: int, raw: bytes, named: dict[str, str], inner: bytes) -> None:
    cells[column] = CellText(named, inner, raw)


def _column_of(body: bytes, before: int) -> int:
    match = _NAME.fullmatch(attributes(body).get("r", ""))
    return column_index(match.group(1)) if match else before + 1


def _renumbered(raw: bytes, number: int) -> bytes:
    new = b"%d" % number
    raw = _ROW_REF.sub(lambda match: match.group(1) + new + match.group(3), raw, count=1)
    return _CELL_REF.sub(lambda match: match.group(1) + new + match.group(3), raw)


def _cell(prefix: bytes, named: dict[str, str], new: New) -> CellText:
    if not new.kind:
        return _built(prefix, named, b"")
    if new.kind == "t":
        kept = new.text != new.text.strip() or "\n" in new.text or "  " in new.text
        space = b' xml:space="preserve"' if kept else b""
        text = escape(new.text).encode()
        inner = b"<%sis><%st%s>%s</%st></%sis>" % (prefix, prefix, space, text, prefix, prefix)
        return _built(prefix, {**named, "t": "inlineStr"}, inner)
    inner = b"<%sv>%s</%sv>" % (prefix, new.text.encode(), prefix)
    return _built(prefix, {**named, "t": "b"} if new.kind == "b" else named, inner)


def _built(prefix: bytes, named: dict[str, str], inner: bytes) -> CellText:
    tag = prefix + b"c"
    raw = _tag(tag, named, is_empty=not inner)
    return CellText(named, inner, raw + inner + b"</" + tag + b">" if inner else raw)


def _tag(name: bytes, named: dict[str, str], *, is_empty: bool) -> bytes:
    """A tag; attribute values keep the entities they were read with."""
    parts = b"".join(
        b' %s="%s"' % (key.encode(), value.replace('"', "&quot;").encode()) for key, value in named.items()
    )
    return b"<" + name + parts + (b"/>" if is_empty else b">")
