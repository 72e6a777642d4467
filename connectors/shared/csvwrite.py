"""What do changes make of a CSV file? (C21, C26, C27)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.contract import (
    Change,
    Check,
    Damaged,
    Op,
    Outcome,
    Receipt,
    Record,
    Said,
    SourceRefused,
    TableFacts,
    Value,
    say,
)
from connectors.shared import csvtext, encodings, headings, rows, sheets
from connectors.shared.headings import Headings
from connectors.shared.values import as_text

Apart = dict[str, tuple[Outcome, str]]


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was taken up: the row it went to (of the file as it was, or the n-th new one), what was refused."""

    change: Change
    row: int | None
    new: int | None = None
    apart: Mapping[str, tuple[Outcome, str]] | None = None


class Sheet:
    """A CSV file in memory that takes up changes; the file itself is not touched."""

    def __init__(self, path: Path, text: csvtext.CsvText, found: Headings, facts: TableFacts, table: str) -> None:
        if text.stops_inside():
            raise SourceRefused(
                "{path}: a quote in its last lines is never closed, so nobody can say where a record ends; nothing was"
                " written. Close the quote",
                path=path,
            )
        self.path, self.facts, self.table, self._text, self._headings = path, facts, table, text, found
        self.keys = sheets.KeyColumns.of(facts, found)
        self.width = max(text.width(), len(found.columns))
        self._first, self._added = found.first, False
        data = [at for at in range(found.first, len(text.rows)) if any(text.rows[at])]
        self._data = data
        self.index = rows.RowIndex(
            [self.keys.key_of(text.rows[at]) for at in data], lambda n: rows.digest(text.rows[data[n]])
        )
        self.tokens = {token: at for at in data if (token := self.keys.token_of(text.rows[at]))}
        self._edits: dict[int, dict[int, str]] = {}
        self._gone: set[int] = set()
        self._new: list[dict[int, str]] = []

    @property
    def changed(self) -> bool:
        return bool(self._gone or self._new or any(self._edits.values()))

    # -------------------------------------------------------------------------- looking

    def find(self, change: Change, check: Check) -> int | Said:
        found = sheets.find(self.index, change, check)
        return found if isinstance(found, Said) else self._data[found]

    def shown(self, at: int, names: Sequence[str]) -> dict[str, Value]:
        return self._values(self._text.rows[at], names)

    def bearing(self, key: str) -> bool:
        return bool(self.index.bearing(key)) or any(
            self.keys.key is not None and new.get(self.keys.key) == key for new in self._new
        )

    def key_of(self, at: int) -> str:
        return self.keys.key_of(self._text.rows[at]) or rows.place(at + 1)

    def refused(self, change: Change) -> Apart:
        """Fields that cannot be written here, each with the reason."""
        apart = sheets.refused_columns(change, self._headings, self.facts, self.path.name)
        for name, value in change.after.items():
            if isinstance(value, tuple | Damaged | float):
                apart[name] = (Outcome.REJECTED, say("a cell of `{field}` holds one text", field=name))
            elif not self._text.encoding.holds(as_text(value)):
                why = say(
                    "`{field}` has a letter that {encoding} does not have; save the file as UTF-8",
                    field=name,
                    encoding=self._text.encoding.title,
                )
                apart[name] = (Outcome.REJECTED, why)
        return apart

    # -------------------------------------------------------------------------- taking up

    def update(self, at: int, after: Mapping[str, Value]) -> None:
        """Cells that show what they should already are left; a row without a key gets our id with its first change."""
        old = self._text.rows[at]
        changed = {p: t for p, t in self._placed(after).items() if (old[p] if p < len(old) else "") != t}
        if changed and self.facts.token and not self.keys.key_of(old):
            changed.setdefault(self._token_column(), rows.new_id())
        self._edits.setdefault(at, {}).update(changed)

    def create(self, after: Mapping[str, Value], token: str | None) -> int:
        texts = self._placed(after)
        if self.facts.token:
            texts[self._token_column()] = token or rows.new_id()
            self.tokens[texts[self._token_column()]] = -1
        self._new.append(texts)
        return len(self._new) - 1

    def delete(self, at: int) -> None:
        self._gone.add(at)

    def _placed(self, after: Mapping[str, Value]) -> dict[int, str]:
        texts = {}
        for name, value in after.items():
            at = self._headings.at(name)
            texts[self._token_column() if at is None else at] = as_text(value)
        return texts

    def _token_column(self) -> int:
        """Where our id stands; a new column behind all others where it is not there yet."""
        if self.keys.token is None:
            if self._headings.line < 0:
                raise SourceRefused(
                    '{path} has no headings, so the column for our ids must be named by its place: `offbook_id: "@H"`',
                    path=self.path,
                )
            self.keys = sheets.KeyColumns(self.keys.key, self.width)
            self.width += 1
            self._added = True
        assert self.keys.token is not None
        return self.keys.token

    # -------------------------------------------------------------------------- the new file

    def content(self) -> bytes:
        text, delimiter = self._text, self._text.delimiter
        raws = text.raws()
        like = raws[self._data[-1]] if self._data else raws[self._headings.line] if self._headings.line >= 0 else ""
        for at, texts in self._edits.items():
            if texts:
                raws[at] = csvtext.edited(raws[at], delimiter, texts)
        if self._added:
            self._widen(raws)
        end = text.end()
        made = [csvtext.made(self._row(new), delimiter, end, like) for new in self._new]
        last = self._data[-1] + 1 if self._data else max(self._first, 0)
        for at in self._gone:
            raws[at] = ""
        return text.joined([*raws[:last], *made, *raws[last:]])

    def _widen(self, raws: list[str]) -> None:
        """The new column: its heading, and an empty cell in each record that does not have it."""
        for at in range(self._headings.line, len(raws)):
            cells = self._text.rows[at]
            edited = self._edits.get(at)
            if at == self._headings.line:
                raws[at] = csvtext.edited(raws[at], self._text.delimiter, {self.width - 1: self.facts.token or ""})
            elif cells:
                count = max([len(cells), *(place + 1 for place in edited or ())])
                raws[at] = csvtext.padded(raws[at], count, self.width, self._text.delimiter)

    def _row(self, texts: Mapping[int, str]) -> list[str]:
        width = max([len(self._headings.columns), *(at + 1 for at in texts), self.width if self._added else 0])
        return [texts.get(at, "") for at in range(width)]

    # -------------------------------------------------------------------------- receipts

    def receipts(self, done: Sequence[Done | Receipt], backup: Path | None) -> list[Receipt]:
        """What became of each change, with the record as a reader now finds it."""
        detail = say("the file before this write: {backup}", backup=backup.name) if backup else ""
        return [one if isinstance(one, Receipt) else self._receipt(one, detail) for one in done]

    def _receipt(self, done: Done, detail: str) -> Receipt:
        change, apart = done.change, done.apart or {}
        if change.op is Op.DELETE:
            return Receipt(change.id, Outcome.DONE, change.key, detail=detail)
        assert done.row is not None or done.new is not None
        at = done.row if done.row is not None else self._place_of_new(done.new or 0)
        cells = self._now(done)
        key = self.keys.key_of(cells)
        names = self.facts.fields or tuple(column.id for column in self._headings.columns)
        fields = self._values(cells, names)
        record = Record(self.table, key or rows.place(at + 1), fields, rows.digest(cells), place=not key)
        return Receipt(change.id, Outcome.DONE, record.key, record, apart, detail)

    def _place_of_new(self, new: int) -> int:
        return (self._data[-1] + 1 if self._data else self._first) + new

    def _now(self, done: Done) -> list[str]:
        """The cells as they are read back from what is written."""
        if done.new is not None:
            raw = csvtext.made(self._row(self._new[done.new]), self._text.delimiter, "", "")
        else:
            assert done.row is not None
            raw = csvtext.edited(self._text.raw(done.row), self._text.delimiter, self._edits.get(done.row, {}))
        return csvtext.cells_of(raw, self._text.delimiter)

    def _values(self, cells: Sequence[str], names: Sequence[str]) -> dict[str, Value]:
        return {name: self._value(cells, name) for name in names}

    def _value(self, cells: Sequence[str], name: str) -> Value:
        at = self._headings.at(name)
        if at is None and self.facts.token and headings.clean(name) == headings.clean(self.facts.token):
            at = self.keys.token
        text = cells[at] if at is not None and at < len(cells) else ""
        return Damaged("encoding", encodings.readable(text)) if encodings.broken(text) else text or None


def write_sheet(sheet: Sheet, op: Op, changes: Sequence[Change]) -> list[Done | Receipt]:
    """Takes up all changes of one op, each on its own: a conflict or refusal of one stops no other."""
    one = {Op.CREATE: _create, Op.UPDATE: _update, Op.DELETE: _delete}[op]
    return [one(sheet, change) for change in changes]


def _create(sheet: Sheet, change: Change) -> Done | Receipt:
    token, key = change.token, sheet.facts.key
    if token and token in sheet.tokens:
        at = sheet.tokens[token]
        known = sheet.key_of(at) if at >= 0 else token
        return Receipt(change.id, Outcome.DUPLICATE, known, detail=say("this create was sent before"))
    typed = as_text(change.after.get(key)).strip() if key else ""
    if typed and sheet.bearing(typed):
        return Receipt(change.id, Outcome.DUPLICATE, typed, detail=say("another row bears this key"))
    apart = sheet.refused(change)
    after = {name: value for name, value in change.after.items() if name not in apart}
    if not any(as_text(value) for value in after.values()):
        return sheets.rejected(change, apart, "" if apart else say("a row without any text is no record"))
    return Done(change, None, sheet.create(after, token), apart)


def _update(sheet: Sheet, change: Change) -> Done | Receipt:
    at = sheet.find(change, _check(sheet, Op.UPDATE))
    if isinstance(at, Said):
        return sheets.conflict(change, at)
    if sheets.moved(change, sheet.shown(at, tuple(change.before))):
        return sheets.conflict(change, rows.MOVED)
    apart = sheet.refused(change)
    after = {name: value for name, value in change.after.items() if name not in apart}
    if apart and not after:
        return sheets.rejected(change, apart)
    sheet.update(at, after)
    return Done(change, at, None, apart)


def _delete(sheet: Sheet, change: Change) -> Done | Receipt:
    at = sheet.find(change, _check(sheet, Op.DELETE))
    if isinstance(at, Said):
        return sheets.conflict(change, at)
    sheet.delete(at)
    return Done(change, at)


def _check(sheet: Sheet, op: Op) -> Check:
    return sheets.capabilities(sheet.facts).checks[op]
