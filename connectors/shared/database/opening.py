"""Which database is meant, and how is it opened, read in one picture and written in one transaction?

SQLite is never created by a typo and never written while reading; a lock that somebody else holds is waited for through
the Gate, a bounded number of times.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.sql import Select

from connectors.contract import ConfigError, Context, Damaged, RetryLater, SourceError, SourceRefused
from connectors.shared import files
from connectors.shared.copies import refuse_copy
from connectors.shared.database.troubles import Kind, raised, trouble

T = TypeVar("T")
Raw = tuple[Any, ...]
"""A row as the driver gives it."""
BUSY: Final = 0.2
"""Seconds that SQLite itself waits for a lock; everything longer is waited through the Gate."""
WAITS: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts at what somebody else has locked: 16 in all."""
_CONNECT: Final = 10
_LOCK: Final = 5
_STATEMENT: Final = 300
_DRIVERS: Final = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_EXTRAS: Final = {"psycopg": "offbook[postgres]", "pymysql": "offbook[mysql]"}


class CommitLost(SourceError):
    """The connection broke after the commit was sent: nobody knows whether it landed."""


class Database:
    """An opened source. `where`: its name for messages, without user and password; `path`: of a SQLite
    file; `configured`: as the workspace writes it."""

    def __init__(self, url: str | None, path: str | None, context: Context) -> None:
        self.gate = context.gate
        self.zone = _zone(context.timezone)
        made, self.path = _target(url, path, Path(context.folder))
        self.configured = path or url or ""
        self.where = self.path.name if self.path else _place(made)
        self.loose = self.path is not None
        self.server = "" if self.loose else f"{made.host or ''}:{made.port or ''}/{made.database or ''}"
        self.engine = self._engine(made)
        self.system = self.engine.dialect.name

    def __repr__(self) -> str:
        return f"Database({self.where})"

    @property
    def read_only(self) -> bool:
        """A SQLite file that this user may not write."""
        return self.path is not None and not files.writable(self.path)

    @property
    def journal_apart(self) -> bool:
        """SQLite with a write-ahead log: a long read holds up nobody, so one picture serves a whole pull."""
        if not self.path:
            return True
        with files.reading(self.path), self.path.open("rb") as file:
            return file.read(20)[18:20] == b"\x02\x02"

    @property
    def has_snapshots(self) -> bool:
        """Whether a pull of many pages may keep one picture."""
        return self.system in ("postgresql", "mysql", "mariadb") or (self.loose and self.journal_apart)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write and, where the system can, sees one picture until it is left."""
        with self._connected() as connection:
            if self.system == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            elif self.system in ("mysql", "mariadb"):
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with self.telling(), connection.begin():
                self._limited(connection)
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; committed when the block ends. Raises CommitLost where its fate is not known."""
        with self._connected(writing=True) as connection, self.telling():
            connection.begin()
            self._limited(connection)
            yield connection
            self._commit(connection)

    def patiently(self, work: Callable[[], T]) -> T:
        """Does `work` again after a while where another program holds a lock. Raises RetryLater in the end."""
        for seconds in WAITS:
            try:
                return work()
            except Locked:
                if self.gate.left() <= seconds:
                    break
                self.gate.wait(seconds)
        return work()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Says the driver's errors in words, without values; what is locked as Locked."""
        try:
            yield
        except DBAPIError as error:
            found = trouble(error)
            if found.kind is Kind.LOCKED:
                text = "{where} is locked by another program; Offbook tries again later"
                raise Locked(text, where=self.where) from None
            raise raised(found, self.where) from None
        except SQLAlchemyError as error:
            text = "{where}: the database library gave up ({kind})"
            raise SourceRefused(text, where=self.where, kind=type(error).__name__) from None

    def close(self) -> None:
        self.engine.dispose()

    # -------------------------------------------------------------------------- connecting

    @contextmanager
    def _connected(self, *, writing: bool = False) -> Iterator[Connection]:
        if self.path is not None:
            _demand_file(self.path)
        with self.telling():
            connection = self.engine.connect()
        try:
            if self.loose:
                driver = connection.connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                driver.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
                connection.info["begin"] = "BEGIN IMMEDIATE" if writing else "BEGIN"
            yield connection
        finally:
            connection.close()

    def _limited(self, connection: Connection) -> None:
        """No statement outlasts the run, and none waits long for a lock."""
        if self.system == "postgresql":
            seconds = max(1, min(_STATEMENT, int(min(self.gate.left(), _STATEMENT))))
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {seconds * 1000}")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK * 1000}")

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            found = trouble(error)
            if found.kind in (Kind.LOST, Kind.BROKEN, Kind.OTHER):
                raise CommitLost(
                    "the connection to {where} broke while it was told to commit", where=self.where
                ) from None
            raise

    def _engine(self, url: URL) -> Engine:
        options: dict[str, Any] = {"pool_size": 1, "max_overflow": 1, "hide_parameters": True}
        try:
            if self.path is not None:
                engine = sa.create_engine(
                    "sqlite://", creator=self._sqlite, poolclass=sa.pool.NullPool, hide_parameters=True
                )
                _own_transactions(engine)
                return engine
            timeout = {"connect_timeout": int(max(1, min(_CONNECT, self.gate.left())))}
            known = url.get_backend_name() in ("postgresql", "mysql", "mariadb")
            engine = sa.create_engine(url, pool_pre_ping=True, connect_args=timeout if known else {}, **options)
        except NoSuchModuleError:
            raise ConfigError("no driver of SQLAlchemy is called `{name}`", name=url.drivername) from None
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            what = _EXTRAS.get(missing, missing)
            text = 'this database needs {missing}; install it with: pip install "{what}"'
            raise ConfigError(text, missing=missing, what=what) from None
        if engine.dialect.driver == "psycopg":
            sa.event.listen(engine, "connect", _tolerant)
        return engine

    def _sqlite(self) -> sqlite3.Connection:
        assert self.path is not None
        mode = "ro" if self.read_only else "rw"
        name = quote(self.path.as_posix().encode("utf-8", "surrogateescape"))
        connection = sqlite3.connect(
            f"file:{'/' if os.name == 'nt' else ''}{name}?mode={mode}",
            uri=True,
            timeout=BUSY,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys=ON")
        return connection


class Locked(RetryLater):
    """Somebody else holds a lock; nothing of this transaction was written."""


def all_rows(statement: Select[Any], connection: Connection) -> list[Raw]:
    """All rows of an answer, raw."""
    return decoding(lambda: list(map(tuple, connection.execute(statement).all())), connection)


def decoding(work: Callable[[], T], connection: Connection) -> T:
    """Reads; where SQLite holds text that is no UTF-8, again with that text as bytes: one cell must not stop the page."""
    try:
        return work()
    except sa.exc.OperationalError as error:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection) or "decode to UTF-8" not in str(error.orig):
            raise
        driver.text_factory = _text
        return work()


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def image(row: Raw) -> bytes:
    """The same bytes for the same cells, other bytes for any others; fast for what SQLite holds."""
    try:
        return marshal.dumps(row, 2)
    except ValueError:  # dates, decimals, UUIDs of other systems
        return repr(row).encode("utf-8", "surrogatepass")


def _tolerant(connection: Any, _: object) -> None:
    """PostgreSQL knows dates that Python does not (infinity, 44 BC): that cell is damaged, not the whole page."""
    from psycopg import DataError  # an extra
    from psycopg.types import datetime as times

    def tolerant(kind: type[Any]) -> type[Any]:
        class Tolerant(kind):  # type: ignore[misc]
            def load(self, data: Any) -> object:
                try:
                    return super().load(data)
                except DataError:
                    return Damaged("date", bytes(data).decode("ascii", "replace"))

        return Tolerant

    for name, kind in (
        ("date", times.DateLoader),
        ("timestamp", times.TimestampLoader),
        ("timestamptz", times.TimestamptzLoader),
    ):
        connection.adapters.register_loader(name, tolerant(kind))


def _own_transactions(engine: Engine) -> None:
    """sqlite3 would begin transactions by itself, and too late for one picture."""

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.info.get("begin", "BEGIN"))


# ------------------------------------------------------------------------------ which one


def _target(url: str | None, path: str | None, folder: Path) -> tuple[URL, Path | None]:
    """The URL to open, and the file where it is SQLite."""
    text = url or path or ""
    if "://" not in text:
        return sa.URL.create("sqlite"), _file(text, folder)
    try:
        made = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigError("`url:` is no database URL; write system://user:${PASSWORD}@host/database") from None
    if made.get_backend_name() == "sqlite":
        if not made.database or made.database == ":memory:":
            raise ConfigError("a database in memory is empty each time; name a file")
        return made, _file(made.database, folder)
    name = _DRIVERS.get(made.drivername)
    return (made.set(drivername=name) if name else made), None


def _file(text: str, folder: Path) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else folder / path


def _demand_file(path: Path) -> None:
    """SQLite would make a new, empty database of a name that was typed wrong."""
    with files.reading(path):
        if not path.is_file():
            path.open("rb").close()
    refuse_copy(path)


def _place(url: URL) -> str:
    return f"{url.get_backend_name()} database {url.database or ''}".strip()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError("there is no time zone `{name}`; write one like Asia/Shanghai", name=name) from None
