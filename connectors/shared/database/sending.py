"""What is sent to a database for the fields of a change, and which of them cannot be? (C21, C23)"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract import Fields, Op, Outcome, Value, say
from connectors.shared.database.opening import Raw
from connectors.shared.database.reading import Reading
from connectors.shared.database.shape import Column
from connectors.shared.database.values import reader
from connectors.shared.database.writes import Unfit

Apart = dict[str, tuple[Outcome, str]]
"""Fields that fared otherwise, each with its outcome and why."""
_MILLISECONDS = 100_000_000_000


class Sending:
    """Raw values for one table within one transaction."""

    def __init__(self, reading: Reading, connection: Connection) -> None:
        self._reading, self._connection = reading, connection
        self._asking, self._database, self._shape = reading.asking, reading.database, reading.shape
        self._writer = reading.asking.writer
        self._likes: dict[str, object] = {}

    def raw(self, op: Op, after: Fields, row: Raw | None) -> tuple[dict[str, object], Apart]:
        """Raw values by column, and the fields that their columns cannot take; what stands there already is left out."""
        raw: dict[str, object] = {}
        apart: Apart = {}
        for name, value in after.items():
            column = self._shape.column(name)
            try:
                self._demand(column, name, op)
                assert column is not None
                was = None if row is None else row[self._shape.at(name)]
                if row is not None and alike(reader(column, self._database.zone)(was), value):
                    continue
                raw[name] = self._writer.raw(column, value, was if was is not None else self.like(column))
            except Unfit as unfit:
                apart[name] = (Outcome.REJECTED, unfit.said)
        return raw, apart

    def _demand(self, column: Column | None, name: str, op: Op) -> None:
        if column is None:
            raise Unfit(say("`{table}` has no column `{column}`", table=self._shape.id, column=name))
        described = column.field
        if not (described.on_create if op is Op.CREATE else described.on_update):
            raise Unfit(
                say("`{column}` is not written: it is a key, made by the database, or not granted", column=name)
            )

    def like(self, column: Column) -> object:
        """What usually stands in a column of a database that keeps times and truth in any form."""
        if not self._database.loose or column.family not in ("date", "datetime", "boolean"):
            return None
        if column.name not in self._likes:
            at = self._asking.at(column.name)
            statement = sa.select(at).select_from(self._asking.source).where(at.is_not(None)).limit(1)
            self._likes[column.name] = self._connection.scalar(statement)
        return self._likes[column.name]

    def touch(self, raw: dict[str, object]) -> None:
        """Moves the columns that every edit moves, as the system's own programs do; a trigger still has the last word."""
        clock = self._reading.clock
        for column in clock.columns if clock else ():
            if column.name not in raw and not column.own and column.may_update:
                with suppress(Unfit):  # the hour that came twice: this once the column stays
                    raw[column.name] = self._now(column)

    def _now(self, column: Column) -> Any:
        now = self._database.gate.now()
        usual = self.like(replace(column, family="datetime")) if self._database.loose else None
        if column.family in ("integer", "decimal", "float") and not isinstance(usual, str):
            latest = sa.select(sa.func.max(self._asking.at(column.name))).select_from(self._asking.source)
            newest = usual if self._database.loose else self._connection.scalar(latest)
            unit = 1000 if isinstance(newest, int | float) and newest > _MILLISECONDS else 1
            return int(now.timestamp() * unit)
        if column.family == "date":
            return self._writer.raw(column, now.astimezone(self._database.zone).date(), usual)
        return self._writer.raw(replace(column, family="datetime"), now, usual)


def alike(shown: Value, planned: Value) -> bool:
    """Equal as values of the contract; a look-up's label says nothing, and a plain key may stand for it."""
    if shown == planned:
        return True
    if isinstance(shown, datetime) and isinstance(planned, datetime):
        return shown.astimezone(UTC) == planned.astimezone(UTC)  # PEP 495: == is False in an hour that came twice
    key = getattr(shown, "key", None)
    return key is not None and key == (getattr(planned, "key", None) or str(planned))
