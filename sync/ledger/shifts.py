"""Do the values of a column look like another column's since the last reading? (RULES R12: distribution shifted)"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection

from connectors.contract import Damaged
from sync.ledger import codec
from sync.ledger.store import Ledger

FEWEST: Final = 10
"""So many values make a shift; fewer are corrections."""
CHUNK: Final = 2000


class Shift(NamedTuple):
    """many: values of this column that stood in another one before, or cannot be read any more."""

    column: str
    many: int


def shifts(ledger: Ledger, c: Connection) -> dict[int, Shift]:
    """Table → the column of which most values shifted: FEWEST at least, not all the same, and half of what it held."""
    found: dict[tuple[int, str], list[str]] = {}
    sql = (
        "SELECT table_id, raw, base_raw, canon, base FROM record "
        "WHERE open = 1 AND state = 'live' AND base IS NOT NULL AND base_raw IS NOT NULL"
    )
    for table, raw, base_raw, canon, base in ledger.rows(c, sql):
        now, before = codec.load_raw(raw), codec.load_raw(base_raw)
        was = {str(value) for value in before.values() if value not in (None, "")}
        fits = _damaged(canon) <= _damaged(base)
        for column, value in now.items():
            text, old = _text(value), _text(before.get(column))
            if text and old and text != old and (text in was or not fits):
                found.setdefault((table, column), []).append(text)
    out: dict[int, Shift] = {}
    for (table, column), texts in found.items():
        if len(texts) < FEWEST or 2 * len(set(texts)) < len(texts):
            continue
        most = out.get(table, Shift("", 0)).many
        if len(texts) > most and 2 * len(texts) >= _filled(ledger, c, table, column):
            out[table] = Shift(column, len(texts))
    return out


def _text(value: object) -> str:
    if isinstance(value, Damaged):
        return value.text
    return "" if value is None else str(value)


def _damaged(canon: bytes) -> int:
    """How many values of a record cannot be read."""
    parts = codec.load_parts(canon)
    return sum(_is_damaged(codec.load_value(v)) for values in parts for v in values or ())


def _is_damaged(value: object) -> bool:
    """The whole of it, or a place of a set."""
    return isinstance(value, Damaged) or (isinstance(value, tuple) and any(map(_is_damaged, value)))


def _filled(ledger: Ledger, c: Connection, table: int, column: str) -> int:
    """Records in which the column held something before what was read last."""
    sql = (
        "SELECT id, COALESCE(base_raw, raw) FROM record WHERE table_id = ? AND state = 'live' AND id > ? "
        f"ORDER BY id LIMIT {CHUNK}"
    )
    held, last = 0, 0
    while rows := ledger.rows(c, sql, (table, last)):
        held += sum(bool(_text(codec.load_raw(raw).get(column))) for _, raw in rows)
        last = rows[-1][0]
    return held
