"""From where does the next pull go on? Cursors of a database, and what they must not miss (C4, P13-P15).

Where the mapping names the column that every edit moves, a cursor is a moment some minutes before the newest edit, with
a digest of all rows from there on (and of those that were never edited): what is committed late, within the same second
or with an earlier time is met again, and where nothing happened nothing is sent again. A SQLite file without such a
column is known by its own marks: a file that nobody wrote needs no reading.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from connectors.shared import files
from connectors.shared.database.opening import decoding, image
from connectors.shared.database.places import Asking, Clause, plain
from connectors.shared.database.shape import Column

_MILLISECONDS: Final = 100_000_000_000
"""Whole numbers above it are milliseconds since 1970."""
_CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class Clock:
    """The columns that every edit moves, as one table of one system has them. overlap in seconds."""

    asking: Asking
    columns: tuple[Column, ...]
    zone: tzinfo
    loose: bool
    system: str
    overlap: float

    def mark(self, connection: Connection) -> str:
        """A cursor for now: JSON of the moment and the digest of everything from there on."""
        since = self._newest(connection)
        return json.dumps([since, self.digest(connection, since)])

    def since(self, mark: str) -> tuple[Any, str]:
        """Moment and digest of a mark; raises ValueError for what is none."""
        since, digest = json.loads(mark)
        return since, str(digest)

    def window(self, since: Any) -> list[Clause]:
        """Rows that were edited since then, and those that never were."""
        if since is None:
            return []
        times = [self._time(column) for column in self.columns]
        moved = [time >= plain(self._raw(column, since)) for time, column in zip(times, self.columns)]
        return [sa.or_(*moved, sa.and_(*(time.is_(None) for time in times)))]

    def digest(self, connection: Connection, since: Any) -> str:
        """Over every cell of the window, in the order of the key."""
        statement = self.asking.rows().where(*self.window(since)).order_by(*self.asking.order)

        def digested() -> str:
            found = blake2b(digest_size=16)
            for part in connection.execute(statement.execution_options(yield_per=_CHUNK)).partitions():
                for row in part:
                    found.update(image(tuple(row)))
            return found.hexdigest()

        return decoding(digested, connection)

    def _newest(self, connection: Connection) -> Any:
        """The newest edit that is not in the future, less the overlap; None where there is none."""
        now = self._now(connection)
        spare = max(self.overlap, self._longest(connection) + 5)
        found = []
        for column in self.columns:
            time = self._time(column)
            limit = self._limit(column, now, connection)
            newest = connection.scalar(
                sa.select(sa.func.max(time)).select_from(self.asking.source).where(time <= plain(limit))
            )
            if newest is not None:
                found.append(self._earlier(newest, spare))
        alike = len({column.aware for column in self.columns}) == 1
        return (max(found) if alike else min(found)) if found else None

    def _time(self, column: Column) -> ColumnElement[Any]:
        """As it can be compared. SQLite keeps times in any form: all of them as days (Julian)."""
        at = self.asking.at(column.name)
        if not self.loose:
            return at
        seconds = sa.case((at > _MILLISECONDS, at / 86_400_000.0), else_=at / 86_400.0)
        number = sa.func.typeof(at).in_(["integer", "real"])
        return sa.case((number, seconds + 2_440_587.5), else_=sa.func.julianday(at))

    def _now(self, connection: Connection) -> datetime:
        if self.loose:
            julian = float(connection.scalar(sa.select(sa.func.julianday("now"))) or 0)
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=julian - 2_440_587.5)
        now = connection.scalar(sa.select(sa.func.now()))
        assert isinstance(now, datetime)
        return now if now.tzinfo else now.replace(tzinfo=self.zone)

    def _longest(self, connection: Connection) -> float:
        """Seconds for which the oldest transaction of others has been open: it may still commit an older time."""
        if self.system != "postgresql":
            return 0.0
        return float(connection.scalar(_OPEN_FOR) or 0)

    def _limit(self, column: Column, now: datetime, connection: Connection) -> Any:
        """The latest time that is surely not in the future, in the column's own form.

        Nobody says whether a time without a zone is UTC or a wall clock's, so it is taken by the clock that is behind:
        going back too far costs reading, not far enough would miss an edit.
        """
        behind = now.astimezone(UTC) + min(now.astimezone(self.zone).utcoffset() or timedelta(), timedelta())
        if self.loose:
            return (behind - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 86_400 + 2_440_587.5
        if column.family == "date":
            return behind.date()
        if column.family == "datetime":
            return now if column.aware else behind.replace(tzinfo=None)
        newest = connection.scalar(sa.select(sa.func.max(self.asking.at(column.name))).select_from(self.asking.source))
        return int(now.timestamp() * (1000 if newest is not None and newest > _MILLISECONDS else 1))

    def _earlier(self, newest: Any, seconds: float) -> str | float:
        """A comparable form that JSON keeps: ISO text, a Julian day, or a count since 1970."""
        if self.loose:
            return float(newest) - seconds / 86_400
        if isinstance(newest, datetime):
            moment = newest - timedelta(seconds=seconds)
            return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat()
        if isinstance(newest, date):
            return (newest - timedelta(days=1 + int(seconds // 86_400))).isoformat()
        return float(newest) - seconds * (1000 if newest > _MILLISECONDS else 1)

    def _raw(self, column: Column, since: Any) -> Any:
        if self.loose or isinstance(since, int | float):
            return since if self.loose or column.family != "integer" else int(since)
        if column.family == "date":
            return date.fromisoformat(since[:10])
        moment = datetime.fromisoformat(since)
        if column.aware and moment.tzinfo is None:
            return moment.replace(tzinfo=self.zone)
        if not column.aware and moment.tzinfo is not None:
            return moment.astimezone(self.zone).replace(tzinfo=None)
        return moment


_OPEN_FOR: Final = sa.text(
    "SELECT extract(epoch FROM max(now() - xact_start)) FROM pg_stat_activity"
    " WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()"
)


def usable(column: Column, *, loose: bool) -> bool:
    """Whether the times of this column can be compared in the database."""
    if loose:
        return column.family in ("date", "datetime", "integer", "decimal", "float", "any", "text")
    return column.family in ("date", "datetime", "integer")


def file_mark(path: Path) -> str:
    """What changes when a SQLite file is written: sizes and times of it and its log, and its own change counter."""
    parts: list[object] = []
    with files.reading(path):
        for one in (path, path.with_name(f"{path.name}-wal")):
            if one.exists():
                status = one.stat()
                parts += [status.st_size, status.st_mtime_ns] if status.st_size else []
        with path.open("rb") as file:
            parts.append(file.read(28)[24:28].hex())
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
