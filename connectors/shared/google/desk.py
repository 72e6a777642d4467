"""Which requests of one atomic batch make these changes, and which rows must still be as they were read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from connectors.contract import Capabilities, Change, Check, Op, Outcome, Said, SourceRefused, Value, say
from connectors.shared import rows, sheets
from connectors.shared.google.look import Grid
from connectors.shared.google.values import Typed, bare, typed
from connectors.shared.headings import clean, position
from connectors.shared.values import as_text
from connectors.shared.workbook.fresh import Place
from connectors.shared.workbook.sheet import Row
from connectors.shared.workbook.view import View, most, version

MOST_COLUMNS = 18_278
"""ZZZ, the last column that a spreadsheet can have."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to become of one change, if the batch is taken. row: the one it means, in the sheet as it was read.
    behind: a new row comes behind the one of this number."""

    outcome: Outcome
    row: Row | None = None
    key: str | None = None
    apart: Mapping[str, tuple[Outcome, str]] = field(default_factory=dict)
    why: str = ""
    behind: int = 0


class Desk:
    """The rows of a sheet while changes are made to them. Raises SourceRefused where our id needs a column and there
    is no room for one."""

    def __init__(self, view: View, grid: Grid, can: Capabilities) -> None:
        self._view, self._grid, self._can = view, grid, can
        self._rows = [row for stretch in view.records() for row in stretch]
        self._keys = [view.keys.key_of(row.texts) for row in self._rows]
        self._index = rows.RowIndex(self._keys, self._version)
        self._bearers = {key for key in self._keys if key}
        self._tokens = {token: at for at, row in enumerate(self._rows) if (token := view.keys.token_of(row.texts))}
        self._token_column = view.keys.token
        self._adds_column = False
        self._cells: dict[int, dict[int, Typed]] = {}
        self._new: list[dict[int, Typed]] = []
        self._gone: set[int] = set()
        self._holds = cache(lambda at: most(self._rows, at) if at < view.width else "")

    def take(self, changes: Sequence[Change]) -> list[Fate]:
        """What becomes of each; nothing of one that is a conflict or refused is in the batch."""
        one = {Op.CREATE: self._create, Op.UPDATE: self._update, Op.DELETE: self._delete}
        return [one[change.op](change) for change in changes]

    @property
    def touched(self) -> list[int]:
        """The numbers of all rows that must be as they were read, headings among them."""
        heading = self._view.headings
        found = set(range(heading.line + 1, heading.first + 1)) if heading.line >= 0 else set()
        return sorted(found | set(self._cells) | self._gone)

    def batch(self) -> list[Mapping[str, Any]]:
        """The requests of spreadsheets.batchUpdate; rows are deleted last and from below, so that no number moves."""
        made = [*self._column(), *self._updates(), *self._appended(), *self._deletions()]
        return made if self._cells or self._new or self._gone else []

    def _version(self, at: int) -> str:
        return version(self._rows[at])

    # -------------------------------------------------------------------------- one change

    def _create(self, change: Change) -> Fate:
        facts = self._view.facts
        token = (change.token or rows.new_id()) if facts.token else None
        if token is not None and token in self._tokens:
            at = self._tokens[token]
            known = self._keys[at] if at >= 0 else token
            return Fate(Outcome.DUPLICATE, key=known, why=say("this create was sent before"))
        key = self._new_key(change)
        if key and key in self._bearers:
            return Fate(Outcome.DUPLICATE, key=key, why=say("another row bears this key"))
        apart = sheets.refused_columns(change, self._view.headings, facts, self._view.where)
        cells = self._typed(change, apart, None)
        if not any(cell.value for cell in cells.values()):
            return Fate(Outcome.REJECTED, apart=apart, why=say("nothing of it can be written"))
        if token is not None:
            cells[self._id_column()] = Typed({"stringValue": token})
            self._tokens[token] = -1
        self._bearers.add(key)
        self._new.append(cells)
        return Fate(Outcome.DONE, key=key or token, apart=apart, behind=len(self._grid.raw))

    def _new_key(self, change: Change) -> str:
        key = self._view.facts.key
        named = (value for name, value in change.after.items() if key and clean(name) == clean(key))
        return as_text(next(named, None)).strip()

    def _update(self, change: Change) -> Fate:
        found = self._found(change)
        if isinstance(found, Said):
            return Fate(Outcome.CONFLICT, key=change.key, why=found)
        row, key = self._rows[found], self._keys[found]
        if name := sheets.moved(change, self._shown(row, change)):
            return Fate(
                Outcome.CONFLICT, row, key or change.key, why=say("`{field}` was changed since it was read", field=name)
            )
        apart = sheets.refused_columns(change, self._view.headings, self._view.facts, self._view.where)
        for name in change.after:
            if self._view.headings.at(name) in row.closed and name not in apart:
                apart[name] = (Outcome.REJECTED, say("a formula, a merged or otherwise closed cell stands there"))
        cells = self._typed(change, apart, row)
        if apart and len(apart) == len(change.after):
            return Fate(Outcome.REJECTED, row, key or change.key, apart)
        if cells and self._view.facts.token and not key:
            key = self._keys[found] = rows.new_id()
            cells[self._id_column()] = Typed({"stringValue": key})
        if cells:
            self._cells.setdefault(row.number, {}).update(cells)
        return Fate(Outcome.DONE, row, key or change.key, apart)

    def _delete(self, change: Change) -> Fate:
        found = self._found(change)
        if isinstance(found, Said):
            return Fate(Outcome.CONFLICT, key=change.key, why=found)
        row = self._rows[found]
        if change.expect is not None and self._version(found) != change.expect:
            return Fate(Outcome.CONFLICT, row, change.key, why=rows.MOVED)
        if row.closed - row.formulas:
            return Fate(
                Outcome.REJECTED, row, change.key, why=say("a formula, a merged or otherwise closed cell stands there")
            )
        if row.number in self._gone:
            return Fate(Outcome.CONFLICT, key=change.key, why=rows.GONE)
        self._gone.add(row.number)
        beside = self._stands_beside(row)
        why = say("the row was emptied, not taken out: something stands beside the records in it") if beside else ""
        return Fate(Outcome.DONE, row, change.key, why=why)

    def _found(self, change: Change) -> int | Said:
        return sheets.find(self._index, change, self._can.checks.get(change.op, Check.NONE))

    def _shown(self, row: Row, change: Change) -> dict[str, Value]:
        found = {}
        for name in change.before:
            at = self._view.headings.at(name)
            if at is not None and at < len(row.values) and at not in self._cells.get(row.number, {}):
                found[name] = row.values[at]
        return found

    def _stands_beside(self, row: Row) -> bool:
        cells = self._grid.raw[row.number - 1]
        return any(cell not in ("", None) for cell in cells[self._view.width :])

    # -------------------------------------------------------------------------- cells

    def _typed(self, change: Change, apart: dict[str, tuple[Outcome, str]], row: Row | None) -> dict[int, Typed]:
        """Column → what goes into it; cells that show it already are left."""
        found: dict[int, Typed] = {}
        for name, value in change.after.items():
            at = self._view.headings.at(name)
            if name in apart or at is None or (row is not None and at < len(row.values) and row.values[at] == value):
                continue
            made = typed(value, self._place(row, at), self._grid.zone)
            if isinstance(made, Said):
                apart[name] = (Outcome.REJECTED, made)
            else:
                found[at] = made
        return found

    def _place(self, row: Row | None, at: int) -> Place:
        """What the cell holds, or else most of its column; a new row has no formats."""
        like = row if row is not None else self._rows[-1] if self._rows else None
        held = most([row], at) if row is not None and at < len(row.values) else ""
        form = self._grid.form(like.number - 1, at) if like is not None else None
        place = Place(form or self._grid.form(0, at), held or self._holds(at))
        return place if row is not None else bare(place)

    def _id_column(self) -> int:
        """Where our id stands; the first empty column right of the records where there is none yet: what sorts the
        records must take it along."""
        if self._token_column is None:
            heading = self._view.facts.token or ""
            used = self._grid.columns(max(self._view.headings.line, 0) + 1)
            column = self._view.width
            if position(clean(heading)) is not None or max(used, default=-1) >= column or column >= MOST_COLUMNS:
                raise SourceRefused(
                    "{where}: there is no column `{heading}`, and no empty one beside the records that could become"
                    " it; put a column with this heading there",
                    where=self._view.where,
                    heading=heading,
                )
            self._token_column, self._adds_column = column, True
        return self._token_column

    # -------------------------------------------------------------------------- requests

    def _column(self) -> Iterator[Mapping[str, Any]]:
        """The heading of our id column, and the column itself where the sheet ends before it."""
        if not self._adds_column or self._token_column is None:
            return
        sheet = self._grid.info
        missing = self._token_column + 1 - sheet.columns
        if missing > 0:
            yield {"appendDimension": {"sheetId": sheet.id, "dimension": "COLUMNS", "length": missing}}
        text = Typed({"stringValue": self._view.facts.token or ""})
        yield self._written(self._view.headings.line, self._token_column, [text])

    def _updates(self) -> Iterator[Mapping[str, Any]]:
        """Cells side by side in one request; one that needs a format in one of its own, as a mask clears others'."""
        for number, cells in sorted(self._cells.items()):
            run, start = list[Typed](), 0
            for at, cell in sorted(cells.items()):
                is_next = bool(run) and at - 1 in cells and cells[at - 1].format == cell.format
                if run and not is_next:
                    yield self._written(number - 1, start, run)
                    run = []
                if not run:
                    start = at
                run.append(cell)
            if run:
                yield self._written(number - 1, start, run)

    def _written(self, row: int, column: int, cells: Sequence[Typed]) -> Mapping[str, Any]:
        start = {"sheetId": self._grid.info.id, "rowIndex": row, "columnIndex": column}
        lines = [{"values": [cell.cell() for cell in cells]}]
        return {"updateCells": {"start": start, "rows": lines, "fields": _mask(cells)}}

    def _appended(self) -> Iterator[Mapping[str, Any]]:
        """Behind the last row that holds anything, wherever that is when Google takes the batch: no row that somebody
        types meanwhile is written over."""
        if self._new:
            width = max(max(cells) for cells in self._new) + 1
            lines = [[cells.get(at, Typed({})) for at in range(width)] for cells in self._new]
            mask = _mask([cell for line in lines for cell in line])
            values = [{"values": [cell.cell() for cell in line]} for line in lines]
            yield {"appendCells": {"sheetId": self._grid.info.id, "rows": values, "fields": mask}}

    def _deletions(self) -> Iterator[Mapping[str, Any]]:
        by_number = {row.number: row for row in self._rows}
        for number in sorted(self._gone, reverse=True):
            if self._stands_beside(by_number[number]):
                yield self._written(number - 1, 0, [Typed({})] * self._view.width)
                continue
            place = {"sheetId": self._grid.info.id, "dimension": "ROWS", "startIndex": number - 1, "endIndex": number}
            yield {"deleteDimension": {"range": place}}


def _mask(cells: Sequence[Typed]) -> str:
    value = "userEnteredValue"
    return f"{value},userEnteredFormat.numberFormat" if any(cell.format for cell in cells) else value
