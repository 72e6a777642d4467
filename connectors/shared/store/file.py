"""How is a memory store kept in a JSON file?"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from connectors.contract import Capabilities, ConfigError, Field, SourceRefused, State
from connectors.shared.store import BEST, Row, Store, TableStore
from connectors.shared.values import from_json, to_json

_FLAGS: Final = ("answers", "partial", "editors", "field_times", "key_field", "view", "merge_takes", "declares")
_PLAIN: Final = tuple(f.name for f in fields(Field) if f.name != "blank")


def load(path: Path) -> Store:
    """The store in this file. A file made by hand needs tables with `fields` (names) and `rows` (values) only.

    Raises SourceRefused where there is no file, ConfigError where it cannot be understood.
    """
    try:
        found = orjson.loads(path.read_bytes())
        return _store(path.stem, found)
    except FileNotFoundError:
        raise SourceRefused("there is no file {path}; mend `file:`, or put it there", path=path) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError("{path} holds no store: {trouble}", path=path, trouble=type(error).__name__) from error


def save(store: Store, path: Path) -> None:
    """Puts the store in the file's place with one rename."""
    content = orjson.dumps(_shown(store), option=orjson.OPT_INDENT_2)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _shown(store: Store) -> dict[str, Any]:
    return {
        "name": store.name,
        "actor": store.actor,
        "epoch": store.epoch,
        "seq": store.seq,
        "time": store.time.isoformat(),
        "step": store.step.total_seconds(),
        "tables": {table.id: _table_shown(table) for table in store},
    }


def _table_shown(table: TableStore) -> dict[str, Any]:
    return {
        "name": table.name,
        "fields": [
            {**{name: getattr(field, name) for name in _PLAIN}, "blank": to_json(field.blank)}
            for field in table.fields.values()
        ],
        "can": TypeAdapter(Capabilities).dump_python(table.can, mode="json"),
        **{flag: getattr(table, flag) for flag in _FLAGS},
        "hidden": sorted(table.hidden),
        "upper": sorted(table.upper),
        "cut": sorted(table.cut),
        "rows": [_row_shown(row) for row in table.rows],
        "ended": [_row_shown(row) for row in table.ended],
    }


def _row_shown(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "values": {name: to_json(value) for name, value in row.values.items()},
        "state": row.state.value,
        "into": row.into,
        "modified": row.modified.isoformat() if row.modified else None,
        "editor": row.editor,
        "times": {name: moment.isoformat() for name, moment in row.times.items()},
        "seq": row.seq,
        "token": row.token,
        "locked": sorted(row.locked),
    }


def _store(name: str, found: dict[str, Any]) -> Store:
    store = Store(found.get("name", name))
    store.actor, store.epoch = found.get("actor", store.actor), found.get("epoch", 0)
    store.step = timedelta(seconds=found.get("step", 1.0))
    if "time" in found:
        store.time = datetime.fromisoformat(found["time"])
    for table_id, table in found["tables"].items():
        _read_table(store, table_id, table)
    store.seq = max(found.get("seq", 0), store.seq)
    numbers = [row.id for table in store for row in itertools.chain(table.rows, table.ended)]
    store.number_from(max(numbers, default=0))
    return store


def _read_table(store: Store, table_id: str, found: dict[str, Any]) -> None:
    can = TypeAdapter(Capabilities).validate_python(found["can"]) if "can" in found else BEST
    table = store.table(table_id, *map(_field, found["fields"]), can=can, name=found.get("name", table_id))
    for flag in _FLAGS:
        setattr(table, flag, found.get(flag, getattr(table, flag)))
    table.hidden, table.upper, table.cut = (set(found.get(name, ())) for name in ("hidden", "upper", "cut"))
    for row in found.get("rows", ()):
        if "values" not in row:  # written by hand: a bare mapping of values
            table.add({name: from_json(value) for name, value in row.items()})
            continue
        table.rows.append(_row(row))
    table.reserve(row.key for row in table.rows)
    table.ended.extend(_row(row) for row in found.get("ended", ()))


def _field(found: str | dict[str, Any]) -> str | Field:
    if isinstance(found, str):
        return found
    plain = {name: value for name, value in found.items() if name != "blank"}
    options = tuple((str(option), str(label)) for option, label in plain.pop("options", ()))
    refers = tuple(plain.pop("refers", ()))
    return Field(**plain, options=options, refers=refers, blank=from_json(found.get("blank")))


def _row(found: dict[str, Any]) -> Row:
    return Row(
        found["id"],
        found["key"],
        {name: from_json(value) for name, value in found["values"].items()},
        State(found["state"]),
        found["into"],
        datetime.fromisoformat(found["modified"]) if found["modified"] else None,
        found["editor"],
        {name: datetime.fromisoformat(moment) for name, moment in found["times"].items()},
        found["seq"],
        found["token"],
        locked=frozenset(found["locked"]),
    )
