"""How does a look-up column name the record it points to? (CONFIG §2 "Relations")

Read is `TABLE\\x1fKEY`, or `TABLE\\x1f=COLUMN\\x1fVALUE` where the mapping says `by`; TABLE is the mapped table's id in
the configuration. The engine turns it into an entity, and hands back the target's key (or `by` value) to write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.contract import ConfigError, Damaged, Field, LookUp, Value
from mappings.model import Place
from mappings.types.base import EMPTY, Cannot, fit, raw_text
from mappings.types.cleaning import clean

SEPARATOR: Final = "\x1f"


def lookup_text(raw: Value) -> str:
    """How a value of a `by` column is compared: both sides of a look-up go through here."""
    return clean(raw_text(raw))


def inside(part: str) -> str:
    """What a relation to a part of the same record reads as."""
    return f"@{part}"


class LookUpPlace:
    """One relation's column. tables: id → the table's own id in the source (`at`), for look-ups into several."""

    def __init__(self, place: Place, field: Field, tables: Mapping[str, str]) -> None:
        self.place = place
        self.field = field
        self._own = {ref: tables.get(ref, EMPTY) for ref in place.ref}
        if len(place.ref) > 1 and field.kind != "lookup":
            raise ConfigError(
                "`{column}` holds plain keys, so nobody can tell which of {tables} they belong to; name one",
                column=place.columns[0], tables=", ".join(place.ref),
            )  # fmt: skip

    def read(self, raw: Value) -> str | Damaged:
        """ "" for an empty cell; Damaged: several records, or one of a table that the mapping does not name."""
        if isinstance(raw, tuple):
            if len(raw) > 1:
                return Damaged("several", raw_text(raw))
            raw = raw[0] if raw else None
        if raw is None or isinstance(raw, Damaged):
            return EMPTY if raw is None else raw
        table = self._table(raw)
        if self.place.by:
            text = lookup_text(raw)
            return f"{table}{SEPARATOR}={self.place.by}{SEPARATOR}{text}" if text else EMPTY
        key = raw.key if isinstance(raw, LookUp) else raw_text(raw).strip()
        if not key:
            return EMPTY
        return f"{table}{SEPARATOR}{key}" if table else Damaged("unmapped", raw_text(raw))

    def _table(self, raw: Value) -> str:
        """The mapped table it points into; "" for one that is not among them."""
        refs = self.place.ref
        if not isinstance(raw, LookUp) or not raw.table or (len(refs) == 1 and not self._own[refs[0]]):
            return refs[0]
        for ref in refs:
            if raw.table in (self._own[ref], ref, ref.rpartition(".")[2]):
                return ref
        return EMPTY

    def is_there(self, now: str | Damaged | None, wanted: str) -> bool:
        return isinstance(now, str) and _tail(now) == self._wanted(wanted)

    def _wanted(self, value: str) -> str:
        text = _tail(value)
        return clean(text) if self.place.by else text

    def write(self, value: str) -> Value | Cannot:
        """The raw value that points to it: the target's key or `by` value, alone or as read() gives it."""
        key = _tail(value)
        if not key:
            return None
        if self.field.kind != "lookup":
            made = fit(key, self.field)
        else:
            table = value.partition(SEPARATOR)[0] if SEPARATOR in value else self.place.ref[0]
            made = LookUp(self._own.get(table) or _only(self.field.refers) or table.rpartition(".")[2], key)
        return made if isinstance(made, Cannot) or not self.field.many else (made,)


def _tail(value: str) -> str:
    return value.rpartition(SEPARATOR)[2]


def _only(tables: tuple[str, ...]) -> str:
    return tables[0] if len(tables) == 1 else EMPTY
