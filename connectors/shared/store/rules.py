"""Which fields of a change does a memory source refuse, and why?"""

from __future__ import annotations

from connectors.contract import Change, Damaged, Field, LookUp, Op, Outcome, Said, State, Value, say
from connectors.shared.store import Row, Store, TableStore

Apart = dict[str, tuple[Outcome, str]]


def refused_fields(store: Store, table: TableStore, change: Change, row: Row | None) -> Apart:
    """Every field at fault with its reason; `row` None: a create. No option and no record is made up (C28)."""
    apart: Apart = {}
    for name, value in change.after.items():
        field = table.fields.get(name)
        why = _closed(table, change, row, name, field) or (field and _unfit(store, table, row, field, value))
        if why:
            apart[name] = (Outcome.REJECTED, why)
    if row is None:
        for field in table.fields.values():
            if field.required and change.after.get(field.id) is None:
                apart.setdefault(field.id, (Outcome.REJECTED, say("`{field}` is required", field=field.id)))
    return apart


def _closed(table: TableStore, change: Change, row: Row | None, name: str, field: Field | None) -> Said | None:
    """May this field be written at all?"""
    if field is None or name in table.hidden:
        return say("there is no field `{field}`", field=name)
    if row is not None and ({"*", name} & row.locked):
        return say("`{field}` of this record is locked", field=name)
    if not (field.on_create if change.op is Op.CREATE else field.on_update):
        return say("`{field}` is read-only", field=name)
    return None


def _unfit(store: Store, table: TableStore, row: Row | None, field: Field, value: Value) -> Said | None:
    """Does this value fit into the field?"""
    if value is None:
        return None if field.clearable and not field.required else say("`{field}` cannot be empty", field=field.id)
    many = isinstance(value, tuple)
    if many and not field.many:
        return say("`{field}` holds one value", field=field.id)
    for one in value if isinstance(value, tuple) else (value,):
        why = _unfit_one(store, table, row, field, one)
        if why:
            return why
    return None


def _unfit_one(store: Store, table: TableStore, row: Row | None, field: Field, value: Value) -> Said | None:
    if isinstance(value, Damaged | float):
        return say("`{field}` takes no such value", field=field.id)
    if isinstance(value, str) and field.max_length is not None and len(value) > field.max_length:
        return None if field.id in table.cut else say("`{field}` holds {n} letters", field=field.id, n=field.max_length)
    if field.options and value not in {option for option, _ in field.options}:
        return say("`{field}` has no such option", field=field.id)
    if isinstance(value, LookUp) and not _points(store, field, value):
        return say("`{field}` points to a record that is not there", field=field.id)
    if field.unique and any(other is not row and other.values.get(field.id) == value for other in table.rows):
        return say("`{field}` must be unique, and another record has this value", field=field.id)
    return None


def _points(store: Store, field: Field, value: LookUp) -> bool:
    if value.table == "@staff":
        return True
    target = store.tables.get(value.table)
    if target is None or (field.refers and value.table not in field.refers):
        return False
    return any(row.state is State.LIVE and target.key_of(row) == value.key for row in target.rows)
