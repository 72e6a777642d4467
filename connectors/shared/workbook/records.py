"""How is a row of a sheet told as a record, and a column as a field?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import repeat

from connectors.contract import Field, Fields, Finding, Record, State, say
from connectors.shared import rows
from connectors.shared.headings import Column, clean, letter
from connectors.shared.workbook.sheet import END, Row, Stretch, Values, spelt
from connectors.shared.workbook.strings import LONGEST
from connectors.shared.workbook.view import View, is_computed, kind, version

_NONE: frozenset[str] = frozenset()
_ROW_END = "\x1e"
_TIMES = Record("", "", {}).times


class Maker:
    """Makes records of a sheet's rows. asked: field → column, -1 for the id column that is not there yet."""

    def __init__(self, view: View, table: str, asked: Mapping[str, int]) -> None:
        self._keys, self._table = view.keys, table
        self._key_columns = tuple(at for at in (view.keys.key, view.keys.token) if at is not None)
        self._names = tuple(name for name, at in asked.items() if at >= 0)
        self._columns = tuple(at for at in asked.values() if at >= 0)
        self._nothing = {name: None for name, at in asked.items() if at < 0}

    def records(self, stretch: Stretch) -> list[Record]:
        """The records of a stretch; column by column where no row of it is special."""
        versions = _versions(stretch) if stretch.careful is None and self._columns and not self._nothing else None
        if versions is None:
            return list(map(self.record, stretch.rows))
        names, table = self._names, self._table
        shown = map(dict, map(zip, repeat(names), zip(*[stretch.columns[at] for at in self._columns])))
        return [
            Record(table, key or rows.place(number), fields, digest, None, "", _TIMES, State.LIVE, None, _NONE, not key)
            for key, number, fields, digest in zip(self._keys_of(stretch), stretch.numbers, shown, versions)
        ]

    def _keys_of(self, stretch: Stretch) -> Iterable[str]:
        columns = [stretch.columns[at] for at in self._key_columns]
        found: Iterable[str] = repeat("", len(stretch.numbers))
        for column in reversed(columns):
            texts = [(value if type(value) is str else spelt(value)).strip() for value in column]
            found = [text or other for text, other in zip(texts, found)]
        return found

    def record(self, row: Row) -> Record:
        key = self._key_in(row.values)
        locked = self._locked(row.closed) if row.closed else _NONE
        place, values = not key, self._values(row)
        key = key or rows.place(row.number)
        return Record(self._table, key, values, version(row), None, "", _TIMES, State.LIVE, None, locked, place)

    def key(self, row: Row) -> str:
        """The row's key, "" where it has none (sheets.KeyColumns.key_of)."""
        return self._key_in(row.values)

    def _key_in(self, values: Values) -> str:
        for at in self._key_columns:
            value = values[at]
            if key := (value if type(value) is str else spelt(value)).strip():
                return key
        return ""

    def token(self, row: Row) -> str:
        """Our id in the row, "" where there is none."""
        at = self._keys.token
        return spelt(row.values[at]).strip() if at is not None else ""

    def _values(self, row: Row) -> Fields:
        return {**self._nothing, **{name: row.values[at] for name, at in zip(self._names, self._columns)}}

    def _locked(self, closed: frozenset[int]) -> frozenset[str]:
        return frozenset(name for name, column in zip(self._names, self._columns) if column in closed)


def _versions(stretch: Stretch) -> list[str] | None:
    """view.version of many rows; None where a cell holds one of the characters that end cells and rows here."""
    if not stretch.lines:
        return []
    whole = _ROW_END.join(stretch.lines).encode("utf-8", "surrogatepass")
    count, width = len(stretch.lines), len(stretch.columns)
    if whole.count(_ROW_END.encode()) != count - 1 or whole.count(END.encode()) != count * (width - 1):
        return None
    end = END.encode()
    return [blake2b(line.rstrip(end), digest_size=16).hexdigest() for line in whole.split(_ROW_END.encode())]


def columns_of(view: View, names: Sequence[str]) -> dict[str, int]:
    """Of these fields the columns; -1 is the id column that is to be added yet, other names are an error."""
    token = clean(view.facts.token) if view.facts.token else None
    found = {}
    for name in dict.fromkeys(names):
        at = view.headings.at(name)
        if at is not None and at < view.width:
            found[name] = at
        elif clean(name) == token:
            found[name] = -1
        else:
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
    keys = [view.keys.key_of(row.texts) for stretch in view.records() for row in stretch]
    twice = sum(count > 1 for key, count in Counter(keys).items() if key)
    if twice:
        text = say("{n} keys stand in several rows; those rows wait until each has its own", n=twice)
        yield Finding("warning", "doubled_key", text, table)
