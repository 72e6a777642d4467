"""How does an item of an answer become a record? (`record`, `kinds`; C9, C13, C15)"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import Field, Record, State, Table, Value
from connectors.shared.rest.model import Specification
from connectors.shared.rest.paths import MISSING, first_of, holds, known, pick
from connectors.shared.rest.talk import names_of
from connectors.shared.rest.values import Kinds

_YOUNG: Final = timedelta(seconds=2)
"""A time in whole seconds may bear another edit for so long (C15)."""
_CLOCK: Final = Field("modified", "modified", "datetime")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads items of one table."""

    words: Specification
    kinds: Kinds
    table: Table

    def fields(self, names: Sequence[str]) -> tuple[Field, ...]:
        """Those of `names` that the table has, in their order."""
        known_ = {one.id: one for one in self.table.fields}
        return tuple(known_[name] for name in dict.fromkeys(names) if name in known_)

    def asked(self, fields: Sequence[Field]) -> list[str]:
        """`<names>`: the fields, and what a record's key, version and state are read from."""
        record, changes = self.words.record, self.words.changes
        own: list[str] = []
        if record.fields == "$":
            states = [*(record.archived or {}), *(record.deleted or {})]
            times = changes.fields if changes is not None else ()
            own = names_of([record.key, record.version, *record.modified, record.editor, record.moved, *states, *times])
        return list(dict.fromkeys([*own, *(one.id for one in fields)]))

    def key(self, item: Any) -> str | None:
        found = known(item, self.words.record.key)
        return None if found in (None, "") or isinstance(found, bool | list | Mapping) else str(found)

    def modified(self, item: Any) -> datetime | None:
        return self.moment(first_of(item, self.words.record.modified))

    def moment(self, raw: Any) -> datetime | None:
        found = self.kinds.read(_CLOCK, raw) if raw is not None else None
        return found if isinstance(found, datetime) else None

    def record(self, item: Any, fields: Sequence[Field], now: datetime) -> Record | None:
        """None where the item has no key. now: the system's clock."""
        key, words = self.key(item), self.words.record
        if key is None:
            return None
        modified = self.modified(item)
        state, into = State.LIVE, None
        moved = known(item, words.moved)
        if words.deleted is not None and holds(words.deleted, item):
            state = State.DELETED
        elif moved not in (None, "", False, 0):
            state, into = State.MOVED, str(moved)
        elif words.archived is not None and holds(words.archived, item):
            state = State.ARCHIVED
        values = {} if state is State.DELETED else self._values(item, fields)
        editor = known(item, words.editor)
        return Record(
            self.table.id, key, values, self._version(item, modified, now), modified, str(editor or ""),
            state=state, into=into,
        )  # fmt: skip

    def _values(self, item: Any, fields: Sequence[Field]) -> dict[str, Value]:
        home = known(item, self.words.record.fields)
        empty = self.words.record.absent == "empty"
        made: dict[str, Value] = {}
        for one in fields:
            raw = home.get(one.id, MISSING) if isinstance(home, Mapping) else MISSING
            if raw is MISSING:
                raw = pick(home, one.id)
            if raw is not MISSING:
                value = self.kinds.read(one, raw)
                made[one.id] = one.blank if value is None else value
            elif empty:
                made[one.id] = one.blank
        return made

    def _version(self, item: Any, modified: datetime | None, now: datetime) -> str | None:
        words, changes = self.words.record, self.words.changes
        found = known(item, words.version)
        if found is None or found == "":
            return None
        coarse = changes is not None and changes.shown == "s" and changes.cursor == "time"
        if coarse and words.version in words.modified and modified is not None and now - modified < _YOUNG:
            return None
        return found if isinstance(found, str) else json.dumps(found, default=str)

    def mark(self, item: Any) -> str:
        """Tells an item in exactly this state again, whatever its clock shows."""
        text = json.dumps(item, sort_keys=True, ensure_ascii=False, default=str)
        return blake2b(text.encode(), digest_size=9).hexdigest()
