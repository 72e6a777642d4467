"""What does an error of the database mean, and how is it said without a customer's value or a secret?

Drivers put values into their messages, so none is passed on: the words are made here, from error codes, names of
constraints and names of columns; only the text of a trigger is shown, without what we sent.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError

from connectors.contract import AuthError, RetryLater, Said, SourceError, SourceRefused, say


class Refused(SourceRefused):
    """What the database refused, with what it told."""

    def __init__(self, found: Trouble, text: str, /, **values: object) -> None:
        super().__init__(text, **values)
        self.trouble = found


class Kind(StrEnum):
    """What a person or the engine can do about it."""

    LOCKED = "locked"
    SLOW = "slow"
    LOST = "lost"
    LOGIN = "login"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    FULL = "full"
    BROKEN = "broken"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Trouble:
    """kind, and for a refused record the constraint's name or the columns that the database tells."""

    kind: Kind
    code: str = ""
    constraint: str = ""
    columns: tuple[str, ...] = ()
    words: str = ""


_SQLITE: Final = {
    **dict.fromkeys((5, 6), Kind.LOCKED),
    **dict.fromkeys((3, 8, 14, 23), Kind.FORBIDDEN),
    **dict.fromkeys((10, 11, 26), Kind.BROKEN),
    **dict.fromkeys((18, 19, 20, 25), Kind.REFUSED),
    **dict.fromkeys((2067, 1555, 2579), Kind.DUPLICATE),
    13: Kind.FULL,
}
"""Result codes of SQLite; the last byte of an extended one is its class."""
_STATES: Final = (
    (("55P03", "40001", "40P01", "55006"), Kind.LOCKED),
    (("57014",), Kind.SLOW),
    (("28000", "28P01"), Kind.LOGIN),
    (("42501", "25006"), Kind.FORBIDDEN),
    (("23505", "23P01"), Kind.DUPLICATE),
    (("53100",), Kind.FULL),
    (("08", "57P", "53300"), Kind.LOST),
    (("22", "23", "P0001", "44", "09"), Kind.REFUSED),
    (("XX", "58"), Kind.BROKEN),
)
_MYSQL: Final = {
    **dict.fromkeys((1205, 1213, 3572), Kind.LOCKED),
    3024: Kind.SLOW,
    **dict.fromkeys((2002, 2003, 2006, 2013, 2055, 1053, 1040), Kind.LOST),
    **dict.fromkeys((1044, 1045, 1698), Kind.LOGIN),
    **dict.fromkeys((1142, 1143, 1290, 1227), Kind.FORBIDDEN),
    **dict.fromkeys((1062, 1586), Kind.DUPLICATE),
    **dict.fromkeys((1048, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452, 1644, 3819, 4025), Kind.REFUSED),
    **dict.fromkeys((1021, 1114), Kind.FULL),
}
NO_DATABASE: Final = "no database"
_LOGIN = re.compile(r"authentication failed|role .* does not exist|no pg_hba\.conf entry|Access denied", re.IGNORECASE)
_NO_DATABASE = re.compile(r"database .* does not exist|Unknown database", re.IGNORECASE)
_MYSQL_COLUMN = re.compile(r"(?:[Cc]olumn|[Ff]ield) '([^']+)'")
_MYSQL_KEY = re.compile(r"for key '(?:[^'.]+\.)?([^']+)'|[Cc]onstraint [`']([^`']+)[`']")
_SQLITE_FAILED = re.compile(r"constraint failed: (.+)", re.DOTALL)
_SQLITE_COLUMN = re.compile(r"[^\s.]+\.[^.(]+")


def trouble(error: DBAPIError) -> Trouble:
    """Sorts an error of the driver."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original)
    if isinstance(original, UnicodeError | OverflowError):
        return Trouble(Kind.REFUSED, type(original).__name__)
    state = str(getattr(original, "sqlstate", None) or "")
    number = original.args[0] if original is not None and original.args and isinstance(original.args[0], int) else 0
    if state and not number:
        return _of_postgres(original, state)
    if number:
        return _of_mysql(original, number)
    text = str(original)
    if _LOGIN.search(text):
        return Trouble(Kind.LOGIN)
    if _NO_DATABASE.search(text):
        return Trouble(Kind.FORBIDDEN, NO_DATABASE)
    lost = error.connection_invalidated or type(original).__name__ in ("OperationalError", "InterfaceError")
    return Trouble(Kind.LOST if lost else Kind.OTHER, type(original).__name__)


def raised(found: Trouble, where: str) -> SourceError:
    """The error of the contract that stops a read, or a whole write."""
    if found.kind is Kind.LOCKED:
        return RetryLater("{where} is locked by another program; Offbook tries again later", where=where)
    if found.kind is Kind.SLOW:
        return RetryLater("{where} took too long to answer; Offbook tries again later", where=where)
    if found.kind is Kind.LOST:
        return RetryLater("the connection to {where} was lost or refused; Offbook tries again later", where=where)
    if found.kind is Kind.LOGIN:
        return AuthError("{where} does not accept this user or password; mend `url:` or the secret", where=where)
    if found.code == NO_DATABASE:
        return SourceRefused("{where} does not exist on that server; mend `url:`", where=where)
    text = _SAYS.get(found.kind, "the database refused what was asked of {where} ({code}); see its own log")
    return Refused(found, text, where=where, code=found.code or found.kind)


_SAYS: Final = {
    Kind.FORBIDDEN: "these credentials may not do that with {where} ({code}); grant the right in the database",
    Kind.FULL: "the disk that holds {where} is full ({code}); make room and run again",
    Kind.BROKEN: "{where} is damaged or no database ({code}); restore it from its backup",
}


def why(found: Trouble, values: Collection[object]) -> Said:
    """Why a record was refused, for the person who reads the receipt; values: what must not be repeated."""
    named = found.constraint or ", ".join(found.columns)
    if found.kind is Kind.DUPLICATE:
        return say("another record has the same {named} already ({code})", named=named or "key", code=found.code)
    if found.code in ("23503", "1451", "1452", "787"):
        text = "a record that is pointed to would be missing ({named}, {code})"
        return say(text, named=named or "foreign key", code=found.code)
    if found.words:
        return say("the database refuses it: {words} ({code})", words=redacted(found.words, values), code=found.code)
    if named:
        return say("the database refuses it because of {named} ({code})", named=named, code=found.code)
    return say("the database refuses it ({code})", code=found.code or found.kind)


def redacted(words: str, values: Collection[object]) -> str:
    """A message of the database without what was sent, without what it quotes, and without long numbers."""
    for value in sorted((str(v) for v in values if v not in (None, "")), key=len, reverse=True):
        words = words.replace(value, "…")
    words = re.sub(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|\(.*?\)=\(.*?\)", "…", words)
    words = re.sub(r"\S+@\S+|\d{5,}", "…", words)
    return " ".join(words.split())[:200]


# ------------------------------------------------------------------------------ by system


def _of_sqlite(error: sqlite3.Error) -> Trouble:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        refused = isinstance(error, sqlite3.InterfaceError | sqlite3.ProgrammingError | sqlite3.DataError)
        return Trouble(Kind.REFUSED if refused else Kind.OTHER, type(error).__name__)
    kind = _SQLITE.get(code) or _SQLITE.get(code & 0xFF) or Kind.OTHER
    found = _SQLITE_FAILED.search(str(error))
    if found is None:
        return Trouble(kind, str(code), words=str(error) if code in (1811, 275) else "")
    parts = [part.strip() for part in found[1].split(",")]
    if all(_SQLITE_COLUMN.fullmatch(part) for part in parts):
        return Trouble(kind, str(code), columns=tuple(part.partition(".")[2] for part in parts))
    return Trouble(kind, str(code), found[1].strip())


def _of_postgres(error: object, state: str) -> Trouble:
    kind = next((kind for starts, kind in _STATES if state.startswith(starts)), Kind.OTHER)
    told = getattr(error, "diag", None)
    column = getattr(told, "column_name", None)
    constraint = getattr(told, "constraint_name", None) or ""
    words = (getattr(told, "message_primary", None) or "") if state.startswith(("P0", "44")) else ""
    return Trouble(kind, state, constraint, (column,) if column else (), words)


def _of_mysql(error: object, number: int) -> Trouble:
    args: tuple[object, ...] = getattr(error, "args", ())
    text = str(args[-1])
    column, key = _MYSQL_COLUMN.search(text), _MYSQL_KEY.search(text)
    kind = _MYSQL.get(number, Kind.OTHER)
    constraint = (key[1] or key[2]) if key else ""
    return Trouble(kind, str(number), constraint, (column[1],) if column else (), text if number == 1644 else "")
