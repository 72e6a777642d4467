"""Somebody who may be the erased one came back: is it he? (RULES R22: a mobile alone only asks)"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from connectors.contract import ConfigError
from sync.erase.key import SORT, secret
from sync.ledger import asked, audit, codec, erasing
from sync.picture.opening import look
from sync.rules.erased import OTHER, SAME, digest, mark_of_answer
from sync.run import Session

_LONG: Final = timedelta(days=50 * 365)


def answer(session: Session, question: int, *, same: bool, by: str) -> None:
    """same: the record speaks of the erased customer and stays out; else it is somebody else, and comes in with the
    next listing of its table. Raises ConfigError where nothing of the kind is asked."""
    with session.ledger.transaction() as c:
        found = [one for one in asked.open_questions(session.ledger, c, [SORT]) if one.id == question]
        if not found:
            raise ConfigError("no open question {number} is about somebody who was erased", number=question)
        content = found[0].content
        _note(session, c, int(content["number"]), str(content["handle"]), SAME if same else OTHER, by)
        asked.close(session.ledger, c, [question])


def let_in(session: Session, source: str, key: str, *, by: str) -> None:
    """A record that is kept out as the erased customer's speaks of somebody else. source: one of its tables, or the
    source. Raises ConfigError for a table that is not known."""
    with session.ledger.transaction() as c:
        tables = [t for t in look(session, c, 0).run.tables.values() if source in (t.name, t.source.name)]
        if not tables:
            raise ConfigError("no table that the ledger knows is called {source}", source=source)
        for table in tables:
            _note(session, c, table.id, key, OTHER, by)


def _note(session: Session, c: Connection, table: int, handle: str, word: str, by: str) -> None:
    """The answer, kept as a keyed digest; the table is listed anew, so that the record is met."""
    until = (session.clock() + _LONG).isoformat(timespec="seconds")
    mark = digest(secret(session.ledger, c), mark_of_answer(table, handle))
    erasing.set_answer(session.ledger, c, mark, word, until)
    erasing.list_anew(session.ledger, c, table)
    said = codec.digest(mark.encode()).hex()
    ids = {"table": table, "answer": word, "by": by, "record": said}
    audit.append(session.ledger, c, run=0, at=session.clock(), event="erased again", ids=ids)
