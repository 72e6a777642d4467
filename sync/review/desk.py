"""Where are a person's answers gathered, and how do they become decisions in the ledger?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from connectors.contract import ConfigError, Said
from sync.decisions import Sort, append_all
from sync.ledger import asked, graph, lists
from sync.picture.opening import Picture, look
from sync.picture.readers import Reader, reader_of
from sync.picture.values import Words
from sync.review.classes import Group, groups
from sync.run import Session


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one answer. decisions: how many it made. why: why it made none, or fewer than were meant."""

    name: str
    answer: str
    decisions: int
    why: Said | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of all answers of one call. code: 2 where one of them could not be taken, else 0."""

    lines: tuple[Line, ...]
    numbers: tuple[int, ...] = ()
    notes: tuple[Said, ...] = ()

    @property
    def code(self) -> int:
        return 2 if any(line.failed for line in self.lines) else 0

    @property
    def decisions(self) -> int:
        return sum(line.decisions for line in self.lines)

    def as_json(self) -> dict[str, object]:
        lines = [
            {
                "name": one.name,
                "answer": one.answer,
                "decisions": one.decisions,
                "why": str(one.why) if one.why else None,
            }
            for one in self.lines
        ]
        said: dict[str, object] = {"decisions": self.decisions, "answers": lines, "numbers": list(self.numbers)}
        return {**said, "notes": [str(note) for note in self.notes]}


@dataclass(slots=True)
class Desk:
    """One person's answers, until they are written together; the ledger is locked for other deciders meanwhile."""

    session: Session
    picture: Picture
    words: Words
    by: str
    at: datetime
    reader: Reader
    rows: list[tuple[Sort, str, Mapping[str, object]]] = field(default_factory=list)
    pairs: list[tuple[str, str, bool, int]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    decided: set[tuple[str, str]] = field(default_factory=set)
    _groups: dict[str, Group] | None = None

    def groups(self) -> dict[str, Group]:
        """The classes as they stand, read once."""
        if self._groups is None:
            self._groups = groups(self.picture, self.reader)
        return self._groups

    def decide(self, sort: Sort, entity: str, content: Mapping[str, object]) -> None:
        self.rows.append((sort, entity, content))

    def field(self, entity: str, unit: str, content: Mapping[str, object]) -> bool:
        """A decision about one unit -> False where this call has made one already: nothing is decided twice."""
        if (entity, unit) in self.decided:
            return False
        self.decided.add((entity, unit))
        self.decide(Sort.FIELD, entity, content)
        return True

    def pair(self, one: str, two: str, *, same: bool) -> None:
        """What was just decided of two parts also stands where the matcher looks."""
        self.pairs.append((one, two, same, len(self.rows) - 1))

    def say(self, name: str, answer: str, before: int, why: Said | None = None, *, failed: bool = False) -> None:
        self.lines.append(Line(name, answer, len(self.rows) - before, why, failed))

    @contextmanager
    def taking(self, name: str, answer: str) -> Iterator[None]:
        """An answer that cannot be taken is told, and the others go on."""
        before = len(self.rows), len(self.pairs), len(self.closed)
        try:
            yield
        except ConfigError as trouble:
            del self.rows[before[0] :], self.pairs[before[1] :], self.closed[before[2] :]
            self.say(name, answer, before[0], trouble.said, failed=True)

    def open(self, entities: Iterable[str]) -> None:
        """These customers, and those that point to them, are settled anew: a create may have waited for the answer."""
        self.opened |= {one for one in entities if one}

    def close(self, notes: Iterable[Said] = ()) -> Answered:
        """Writes everything, in the transaction in which the desk was opened."""
        ledger, c = self.session.ledger, self.picture.c
        numbers = append_all(ledger, c, self.rows, by=self.by, at=self.at) if self.rows else []
        for one, two, same, at in self.pairs:
            lists.put_pair(ledger, c, one, two, same=same, decision=numbers[at])
        asked.close(ledger, c, self.closed)
        near = {entity for entity, _ in graph.pointing_to(ledger, c, self.opened)}
        graph.open_entities(ledger, c, self.opened | near)
        return Answered(tuple(self.lines), tuple(numbers), tuple(notes))


@contextmanager
def desk(session: Session, *, by: str, lang: str = "en", reader: str = "") -> Iterator[Desk]:
    """A desk to decide at. Decisions are appended without the lease, also while a run is writing (RULES §0)."""
    with session.ledger.transaction() as c:
        lists.lock(session.ledger, c)
        picture = look(session, c)
        yield Desk(session, picture, Words(picture, lang), by, session.clock(), reader_of(picture, reader))


__all__ = ["Answered", "Desk", "Line", "desk"]
