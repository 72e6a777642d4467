"""How are many records read at once? Column by column, so that what their texts have in common is done once.

A reader reads one record; one that has `all` reads a column of many, to the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

from connectors.contract import Damaged, Fields, LookUp, Value
from mappings.types.base import Canonical

Read: TypeAlias = "str | Damaged"
Cell: TypeAlias = Callable[[Value], Read]
Texts: TypeAlias = Callable[[Sequence[str]], Sequence[Read]]
Reader: TypeAlias = Callable[[Fields], Canonical]

ABSENT: Final = Damaged("absent", "")
"""In place of a column that is not visible."""
REMEMBERED: Final = 5_000
"""So many different texts of one column are remembered; a column that has more hardly repeats itself."""
LONG: Final = 200
"""A longer text is not remembered."""
VARIOUS: Final = 0.7
"""A column of which more than this share was new, when its memory was full, is not looked up in it any more."""
_TEXTS: Final = frozenset({str, type(None)})


class Rows:
    """Some records; each column is taken out of them once."""

    def __init__(self, records: Sequence[Fields]) -> None:
        self.records = records
        self._columns: dict[str, Sequence[Value]] = {}

    def __len__(self) -> int:
        return len(self.records)

    def column(self, name: str) -> Sequence[Value]:
        found = self._columns.get(name)
        if found is None:
            try:
                found = list(map(itemgetter(name), self.records))
            except KeyError:
                found = [one.get(name, ABSENT) for one in self.records]
            self._columns[name] = found
        return found


def read_all(reader: Reader, rows: Rows) -> Sequence[Canonical]:
    """What the reader reads of each record."""
    together: Callable[[Rows], Sequence[Canonical]] | None = getattr(reader, "all", None)
    return together(rows) if together is not None else [reader(one) for one in rows.records]


class Remembered:
    """Reads one column; texts and look-ups that come again are not read again."""

    def __init__(self, column: str, cell: Cell, texts: Texts) -> None:
        self._column, self._cell, self._texts = column, cell, texts
        self._known: dict[Value, Read] = {}
        self._empty = cell(None)
        self._is_various = False

    def __call__(self, fields: Fields) -> Read | None:
        return self._one(fields.get(self._column, ABSENT))

    def all(self, rows: Rows) -> Sequence[Read | None]:
        raws = rows.column(self._column)
        if not _TEXTS.issuperset(map(type, raws)):
            return [self._one(raw) for raw in raws]
        if not self._is_various:
            return self._by_memory(raws)
        texts: list[str] = [raw for raw in raws if raw is not None]  # type: ignore[misc]
        read = self._texts(texts)
        if len(texts) == len(raws):
            return read
        each = iter(read)
        return [self._empty if raw is None else next(each) for raw in raws]

    def _by_memory(self, raws: Sequence[Value]) -> Sequence[Read]:
        known = self._known
        new: list[str] = list(dict.fromkeys(raw for raw in raws if raw is not None and raw not in known))  # type: ignore[misc]
        read = dict(zip(new, self._texts(new)))
        room = REMEMBERED - len(known)
        if room > 0:
            known.update({raw: one for raw, one in list(read.items())[:room] if len(raw) < LONG})
        else:
            self._is_various = len(new) > len(raws) * VARIOUS
        return [self._empty if raw is None else known.get(raw) or read.get(raw, "") for raw in raws]  # type: ignore[arg-type]

    def _one(self, raw: Value) -> Read | None:
        if raw is None:
            return self._empty
        if raw.__class__ is str or raw.__class__ is LookUp:
            found = self._known.get(raw)
            if found is None:
                found = self._cell(raw)
                if len(self._known) < REMEMBERED and (raw.__class__ is not str or len(raw) < LONG):
                    self._known[raw] = found
            return found
        if raw is ABSENT:
            return None
        return self._cell(raw)


class OneSlot:
    """A set with one place."""

    def __init__(self, slot: Reader) -> None:
        self._slot = slot

    def __call__(self, fields: Fields) -> Canonical:
        slot = self._slot(fields)
        return None if slot is None else (slot,)  # type: ignore[return-value]

    def all(self, rows: Rows) -> Sequence[Canonical]:
        return [None if slot is None else (slot,) for slot in read_all(self._slot, rows)]  # type: ignore[misc]


class SeveralSlots:
    """A set with several places; absent where one of them is not visible."""

    def __init__(self, slots: Sequence[Reader]) -> None:
        self._slots = slots

    def __call__(self, fields: Fields) -> Canonical:
        slots = tuple(read(fields) for read in self._slots)
        return None if None in slots else slots  # type: ignore[return-value]

    def all(self, rows: Rows) -> Sequence[Canonical]:
        found = zip(*(read_all(slot, rows) for slot in self._slots))
        return [None if None in slots else slots for slots in found]


def nothing(_: Fields) -> None:
    """A field that no place of this table reads."""


class Always:
    """The same for every record."""

    def __init__(self, said: Canonical) -> None:
        self._said = said

    def __call__(self, _: Fields) -> Canonical:
        return self._said

    def all(self, rows: Rows) -> Sequence[Canonical]:
        return [self._said] * len(rows)


__all__ = ["ABSENT", "Always", "OneSlot", "Remembered", "Rows", "SeveralSlots", "read_all"]
