"""How is a row of a sheet told as a record, and a column as a field?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from connectors.contract import Field, Fields, Finding, Record, say
from connectors.shared import rows
from connectors.shared.headings import Column, clean, letter
from connectors.shared.workbook.sheet import Row
from connectors.shared.workbook.strings import LONGEST
from connectors.shared.workbook.view import View, is_computed, kind, texts, version


class Maker:
    """Makes records of a sheet's rows. asked: field → column."""

    def __init__(self, view: View, table: str, asked: Mapping[str, int]) -> None:
        self._view, self._table = view, table
        self._names = tuple(asked)
        self._columns = tuple(asked.values())
        self._picked = itemgetter(*self._columns) if len(self._columns) > 1 else None

    def record(self, row: Row) -> Record:
        cells = texts(row)
        key = self._view.keys.key_of(cells)
        return Record(
            self._table,
            key or rows.place(row.number),
            self._values(row),
            version(row, cells),
            locked=self._locked(row.closed) if row.closed else frozenset(),
            place=not key,
        )

    def keys(self, row: Row) -> tuple[str, str]:
        """The row's key, and our id in it ("" where there is none)."""
        cells = texts(row)
        return self._view.keys.key_of(cells) or rows.place(row.number), self._view.keys.token_of(cells)

    def _values(self, row: Row) -> Fields:
        if self._picked is not None:
            return dict(zip(self._names, self._picked(row.values)))
        return {name: row.values[column] for name, column in zip(self._names, self._columns)}

    def _locked(self, closed: frozenset[int]) -> frozenset[str]:
        return frozenset(name for name, column in zip(self._names, self._columns) if column in closed)


def columns_of(view: View, names: Sequence[str]) -> dict[str, int]:
    """Of these fields the columns; an id column that is to be added yet shows nothing, other names are an error."""
    token = clean(view.facts.token) if view.facts.token else None
    found = {}
    for name in dict.fromkeys(names):
        at = view.headings.at(name)
        if at is not None and at < view.width:
            found[name] = at
        elif clean(name) != token:
            view.headings.need(name, view.where)
    return found


def fields_of(view: View) -> Iterator[Field]:
    """The columns, each under the name that the mapping uses, else its own; then the id column that is to be added."""
    facts = view.facts
    named = [*facts.fields, *facts.where, *filter(None, (facts.key, facts.token))]
    ids: dict[int, list[str]] = {}
    for name in dict.fromkeys(named):
        if (at := view.headings.at(name)) is not None:
            ids.setdefault(at, []).append(name)
    columns = {column.at: column for column in view.headings.columns}
    for at in range(view.width):
        column = columns.get(at, Column(f"@{letter(at)}", "", at))
        is_open = not is_computed(view.sample, at)
        of = kind(view.sample, at)
        for name in ids.get(at, [column.id]):
            yield Field(
                name,
                column.heading or column.id,
                of,
                on_create=is_open,
                on_update=is_open and at != view.keys.key,
                unique=at == view.keys.key,
                findable=True,
                max_length=LONGEST if of == "text" else None,
            )
    if facts.token and view.keys.token is None:
        yield Field(facts.token, facts.token, findable=True, unique=True)


def doubled_keys(view: View, table: str) -> Iterator[Finding]:
    keys = [view.keys.key_of(texts(row)) for stretch in view.records() for row in stretch]
    twice = sum(count > 1 for key, count in Counter(keys).items() if key)
    if twice:
        text = say("{n} keys stand in several rows; those rows wait until each has its own", n=twice)
        yield Finding("warning", "doubled_key", text, table)
