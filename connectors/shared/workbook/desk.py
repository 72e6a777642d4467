"""What becomes of a sheet's rows when changes are made to them? (one write() at a time)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.contract import Capabilities, Change, Check, Op, Outcome, SourceRefused, Value, say
from connectors.shared import rows, sheets
from connectors.shared.headings import clean, position
from connectors.shared.values import as_text
from connectors.shared.workbook.edit import Edit
from connectors.shared.workbook.ranges import LAST_COLUMN
from connectors.shared.workbook.sheet import END, Row, Sheet
from connectors.shared.workbook.view import View, version


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one change. number: its row in the new file, 0 for none."""

    outcome: Outcome
    number: int = 0
    apart: Mapping[str, tuple[Outcome, str]] = field(default_factory=dict)
    why: str = ""


class Desk:
    """The rows of a sheet while changes are made to them; `edit` has them in hand.

    Raises SourceRefused where the id column must be added and cannot be.
    """

    def __init__(self, view: View, sheet: Sheet, can: Capabilities) -> None:
        self._view, self._can = view, can
        self._rows = [row for stretch in view.records() for row in stretch]
        self._keys = [view.keys.key_of(row.texts) for row in self._rows]
        self._index = rows.RowIndex(self._keys, self._version)
        self._tokens = {token: row.number for row in self._rows if (token := view.keys.token_of(row.texts))}
        self._bearers = {key: row.number for key, row in zip(self._keys, self._rows) if key}
        self._token_column = view.keys.token
        self._written: dict[int, dict[int, Value]] = {}
        self._added: dict[int, dict[int, Value]] = {}
        self._removed: dict[int, int] = {}
        self.edit = Edit(sheet, view.ground(self._rows))

    @property
    def is_touched(self) -> bool:
        return bool(self._written or self._added or self._removed)

    def take(self, changes: Sequence[Change]) -> list[Fate]:
        """Makes all changes of one op; nothing of one that is a conflict or refused."""
        one = {Op.CREATE: self._create, Op.UPDATE: self._update, Op.DELETE: self._choose}
        fates = [one[change.op](change) for change in changes]
        if self._removed:
            fates = self._removals(fates)
        return [replace(fate, number=self.edit.moved(fate.number)) if fate.number else fate for fate in fates]

    def _version(self, at: int) -> str:
        return version(self._rows[at])

    # -------------------------------------------------------------------------- create

    def _create(self, change: Change) -> Fate:
        token = (change.token or rows.new_id()) if self._view.facts.token else None
        if token is not None and token in self._tokens:
            return Fate(Outcome.DUPLICATE, self._tokens[token], why=say("this create was sent before"))
        key = self._new_key(change)
        if key and key in self._bearers:
            return Fate(Outcome.DUPLICATE, self._bearers[key], why=say("another row bears this key"))
        why = self.edit.room()
        if why is not None:
            return Fate(Outcome.REJECTED, why=why)
        apart = sheets.refused_columns(change, self._view.headings, self._view.facts, self._view.where)
        values = self._columns(change, apart)
        if not any(value is not None for value in values.values()):
            return Fate(Outcome.REJECTED, apart=apart, why=say("nothing of it can be written"))
        number = self.edit.add_row()
        self._added[number] = {}
        self._put(number, values, change, apart)
        if token is not None:
            self._name(number, token)
            self._tokens[token] = number
        if key:
            self._bearers[key] = number
        return Fate(Outcome.DONE, number, apart)

    def _new_key(self, change: Change) -> str:
        """What the new row would have in the column that people keep unique."""
        key = self._view.facts.key
        named = (value for name, value in change.after.items() if key and clean(name) == clean(key))
        return as_text(next(named, None)).strip()

    # -------------------------------------------------------------------------- update

    def _update(self, change: Change) -> Fate:
        at = sheets.find(self._index, change, self._can.checks[Op.UPDATE])
        if not isinstance(at, int):
            return Fate(Outcome.CONFLICT, why=at)
        row = self._rows[at]
        if self._can.checks[Op.UPDATE] is Check.FIELDS and (name := sheets.moved(change, self._shown(row, change))):
            return Fate(Outcome.CONFLICT, row.number, why=say("`{field}` was changed since it was read", field=name))
        apart = sheets.refused_columns(change, self._view.headings, self._view.facts, self._view.where)
        values = self._columns(change, apart)
        for name, column in self._named(change, values):
            if column in row.closed:
                apart[name] = (Outcome.REJECTED, say("a formula, a merged or otherwise closed cell stands there"))
                del values[column]
        values = {column: value for column, value in values.items() if row.values[column] != value}
        self._put(row.number, values, change, apart)
        if apart and len(apart) == len(change.after):
            return Fate(Outcome.REJECTED, row.number, apart)
        if values and self._view.facts.token and not self._keys[at]:
            self._keys[at] = rows.new_id()
            self._name(row.number, self._keys[at])
        return Fate(Outcome.DONE, row.number, apart)

    def _shown(self, row: Row, change: Change) -> dict[str, Value]:
        """What the row shows now of the fields that the change was planned on; ours of this call included."""
        found = {}
        for name in change.before:
            column = self._view.headings.at(name)
            if column is not None and column < len(row.values):
                found[name] = self._written.get(row.number, {}).get(column, row.values[column])
        return found

    # -------------------------------------------------------------------------- delete

    def _choose(self, change: Change) -> Fate:
        at = sheets.find(self._index, change, self._can.checks[Op.DELETE])
        if not isinstance(at, int):
            return Fate(Outcome.CONFLICT, why=at)
        row = self._rows[at]
        if row.closed - row.formulas:
            why = say("cells of the row are merged with others, or belong to an array or a pivot table")
            return Fate(Outcome.REJECTED, row.number, why=why)
        if row.number in self._removed:
            return Fate(Outcome.CONFLICT, why=rows.GONE)
        self._removed[row.number] = at
        return Fate(Outcome.DONE)

    def _removals(self, fates: Sequence[Fate]) -> list[Fate]:
        why = self.edit.remove(sorted(self._removed))
        if why is None:
            return list(fates)
        said = say("the row was emptied, not taken out: {why}", why=why)
        return [replace(fate, why=said) if fate.outcome is Outcome.DONE else fate for fate in fates]

    # -------------------------------------------------------------------------- cells

    def _columns(self, change: Change, apart: Mapping[str, object]) -> dict[int, Value]:
        """Column → value of what is to be written."""
        found: dict[int, Value] = {}
        for name, value in change.after.items():
            column = self._view.headings.at(name)
            if name not in apart and column is not None:
                found[column] = value
        return found

    def _named(self, change: Change, values: Mapping[int, Value]) -> list[tuple[str, int]]:
        named = [(name, self._view.headings.at(name)) for name in change.after]
        return [(name, column) for name, column in named if column is not None and column in values]

    def _put(
        self, number: int, values: Mapping[int, Value], change: Change, apart: dict[str, tuple[Outcome, str]]
    ) -> None:
        for name, column in self._named(change, values):
            why = self.edit.put(number, column, values[column])
            if why is not None:
                apart[name] = (Outcome.REJECTED, why)
            else:
                self._note(number, column, values[column])

    def _name(self, number: int, key: str) -> None:
        """Writes our id into the row; the column is added where there is none yet."""
        if self._token_column is None:
            self._token_column = self._add_column()
        why = self.edit.put(number, self._token_column, key)
        if why is not None:
            raise SourceRefused("{where}: no id can be written: {why}", where=self._view.where, why=why)
        self._note(number, self._token_column, key)

    def _note(self, number: int, column: int, value: Value) -> None:
        """Remembers what was written, to prove it. A new row may bear the number of one that moves."""
        if number in self._added:
            self._added[number][column] = value
        else:
            self._written.setdefault(number, {})[column] = value

    def _add_column(self) -> int:
        """The first empty column right of the records: what sorts the records must take it along."""
        heading = self._view.facts.token or ""
        column = self._view.free_column()
        if position(clean(heading)) is not None or column is None or column > LAST_COLUMN:
            raise SourceRefused(
                "{where}: there is no column `{heading}`, and no empty one beside the records that could become it; put"
                " a column with this heading there",
                where=self._view.where,
                heading=heading,
            )
        self.edit.add_column(column, heading)
        return column

    # -------------------------------------------------------------------------- proof

    def demand_kept(self, after: View) -> None:
        """Raises SourceRefused unless the new file shows what was written, and everything else as it was."""
        found = {row.number: row for stretch in after.records() for row in stretch}
        for row in self._rows:
            if row.number in self._removed:
                continue
            new = found.pop(self.edit.moved(row.number), None)
            written = self._written.get(row.number, {})
            if new is None or not _is_kept(row, new, written):
                raise self._unkept()
        added = self._added
        if set(found) != set(added) or not all(_is_written(found[n], values) for n, values in added.items()):
            raise self._unkept()

    def _unkept(self) -> SourceRefused:
        return SourceRefused(
            "{where}: the changed workbook would not show what it should, so nothing was written. Save it again in a"
            " spreadsheet program, and report this",
            where=self._view.where,
        )


def _is_kept(old: Row, new: Row, written: Mapping[int, Value]) -> bool:
    if not written and new.line.rstrip(END) == old.line.rstrip(END):  # our column may have come behind the others
        return True
    after = new.texts
    for column, text in enumerate(old.texts):
        if column in written or column in old.formulas:
            continue
        if column >= len(after) or after[column] != text:
            return False
    return _is_written(new, written)


def _is_written(row: Row, written: Mapping[int, Value]) -> bool:
    return all(
        _is_same(value, row.values[column] if column < len(row.values) else None) for column, value in written.items()
    )


def _is_same(value: Value, shown: Value) -> bool:
    """Whether a cell shows what was written: a number may stand as text and a day with its midnight."""
    if isinstance(value, date):
        return as_text(shown).startswith(value.isoformat()[:10]) or shown == value
    return shown == value or as_text(shown).casefold() == as_text(value).casefold()
