"""How are records of an object asked for in SOQL, and what does Salesforce show of each?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.contract import Gate, Record, SourceRefused, State, Value, say
from connectors.shared.salesforce.account import Account
from connectors.shared.salesforce.shape import (
    CONVERTED,
    DELETED,
    EDITOR,
    MASTER,
    MODIFIED,
    STAMP,
    Shape,
    moment_of,
    stamp,
)
from connectors.shared.web.answers import Answer, told_at

PAGE: Final = 2000
FETCH: Final = 200
"""Ids or values in one query."""
YOUNG: Final = timedelta(seconds=2)
"""Edits are told in whole seconds: a time younger than this may stand for two of them (C15)."""
KEPT: Final = timedelta(days=15)
"""For how long the recycle bin shows what was deleted."""
_LONGEST: Final = 12_000
"""Characters of an address; Salesforce takes 16,384 bytes."""
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ESCAPED: Final = str.maketrans(
    {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def quoted(text: str) -> str:
    """A text as SOQL writes it; nothing in it can end it."""
    return f"'{text.translate(_ESCAPED)}'"


def is_id(key: str) -> bool:
    return bool(_ID.fullmatch(key))


def whole_id(key: str) -> str:
    """The 18 characters of an id of which errors tell 15: what is appended says which of the letters are capitals."""
    if len(key) != 15:
        return key
    marks = (sum(1 << n for n, one in enumerate(key[at : at + 5]) if "A" <= one <= "Z") for at in (0, 5, 10))
    return key + "".join(_LETTERS[mark] for mark in marks)


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw records of one answer. now: the system's clock. following: where the rest of this query is; total: how many
    records the query has. csv: they are texts of a Bulk result."""

    items: tuple[Mapping[str, Any], ...]
    now: datetime
    following: str | None = None
    total: int | None = None
    why: str = ""
    csv: bool = False


class Records:
    """One object, read. Names that are asked for are those of the shape."""

    def __init__(self, account: Account, shape: Shape, gate: Gate) -> None:
        self._account, self.shape, self._gate = account, shape, gate

    # -------------------------------------------------------------------------- queries

    def soql(self, names: Sequence[str], where: str = "", tail: str = "") -> str:
        """Asks for these and for what tells version, editor, locks and the end of a record."""
        asked = ", ".join(self.shape.selected(names))
        condition = f" WHERE {where}" if where else ""
        return f"SELECT {asked} FROM {self.shape.id}{condition}{f' {tail}' if tail else ''}"  # noqa: S608 - names that Salesforce gave, texts quoted

    def page(self, soql: str, size: int, *, deleted: bool = False) -> Batch:
        """deleted: with what is in the recycle bin."""
        headers = {"Sforce-Query-Options": f"batchSize={max(200, min(size, PAGE))}"}
        return self._batch(self._account.get("queryAll" if deleted else "query", {"q": soql}, headers))

    def more(self, following: str) -> Batch:
        """The next records of a query. Raises CursorExpired where Salesforce forgot it."""
        return self._batch(self._account.get(following))

    def count(self, where: str, *, deleted: bool = False) -> int:
        condition = f" WHERE {where}" if where else ""
        soql = f"SELECT COUNT() FROM {self.shape.id}{condition}"  # noqa: S608 - names that Salesforce gave
        total = self._account.get("queryAll" if deleted else "query", {"q": soql}).at("totalSize")
        return total if isinstance(total, int) else 0

    def by_id(self, keys: Iterable[str], names: Sequence[str]) -> Iterator[Batch]:
        """Those of the keys that Salesforce shows, in the recycle bin too."""
        return self.having("Id", [key for key in keys if is_id(key)], names, deleted=True)

    def having(
        self, name: str, values: Sequence[str], names: Sequence[str], *, deleted: bool = False
    ) -> Iterator[Batch]:
        """Records that bear one of the values, as far as Salesforce tells values apart."""
        for part in self._parts(name, values, names):
            batch = self.page(self.soql(names, f"{name} IN ({', '.join(part)})"), PAGE, deleted=deleted)
            yield batch
            while batch.following is not None:
                batch = self.more(batch.following)
                yield batch

    def _parts(self, name: str, values: Sequence[str], names: Sequence[str]) -> Iterator[list[str]]:
        """Values as SOQL writes them, in parts that fit into an address."""
        room = max(1000, _LONGEST - len(self.soql(names, name)))
        part: list[str] = []
        used = 0
        for text in map(quoted, dict.fromkeys(values)):
            size = 3 * len(text.encode()) + 5 if not text.isascii() else len(text) + 10
            if part and (len(part) == FETCH or used + size > room):
                yield part
                part, used = [], 0
            part.append(text)
            used += size
        if part:
            yield part

    def _batch(self, answer: Answer) -> Batch:
        now = told_at(answer, self._gate.now())
        listed, total, following = answer.at("records"), answer.at("totalSize"), answer.at("nextRecordsUrl")
        if not isinstance(listed, list):
            raise SourceRefused(
                "Salesforce answers without records where it lists {table}; nothing can be said of it",
                table=self.shape.id,
            )
        whole = tuple(one for one in listed if isinstance(one, dict) and isinstance(one.get("Id"), str))
        why = str(say("Salesforce sent records that cannot be read")) if len(whole) < len(listed) else ""
        more = following if isinstance(following, str) and answer.at("done") is False else None
        if more is None and answer.at("done") is not True:
            why = str(say("Salesforce broke off a listing"))
        return Batch(whole, now, more, total if isinstance(total, int) else None, why)

    # -------------------------------------------------------------------------- one record

    def shown(self, raw: Mapping[str, Any], asked: Sequence[str], batch: Batch) -> Record:
        """What is in the recycle bin is deleted, or went into another where it bears a MasterRecordId (C12, C13)."""
        into = raw.get(MASTER) or None
        editor, locked = (
            str(raw.get(EDITOR) or ""),
            frozenset({"*"}) if _is_true(raw.get(CONVERTED)) else frozenset[str](),
        )
        modified = moment_of(raw.get(MODIFIED) or raw.get(STAMP))
        if _is_true(raw.get(DELETED)):
            state = State.MOVED if into else State.DELETED
            return Record(self.shape.id, str(raw["Id"]), {}, modified=modified, editor=editor, state=state, into=into)
        slots = self.shape.slots
        fields: dict[str, Value]
        if batch.csv:
            fields = {name: slots[name].from_csv(raw[name]) for name in asked if name in raw}
        else:
            fields = {name: slots[name].decoded(raw[name]) for name in asked if name in raw}
        return Record(
            self.shape.id, str(raw["Id"]), fields, version_of(raw, batch.now), modified, editor, locked=locked
        )


def version_of(raw: Mapping[str, Any], now: datetime) -> str | None:
    """None while another edit may still bear the same second."""
    text: str = raw.get(STAMP) or ""
    at = moment_of(text)
    if at is None or now - at < YOUNG:
        return None
    return f"{text[:19]}Z" if text.endswith(("+0000", "Z")) else stamp(at)


def _is_true(raw: Any) -> bool:
    """In a Bulk result it is a text."""
    return raw is True or raw == "true"
