"""What is there to know of one question, class, mark or hold?"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import ConfigError, Said
from sync.picture.opening import Picture, look
from sync.picture.readers import Reader, reader_of
from sync.picture.values import Words
from sync.review import classes
from sync.review.model import CLASSES, WORDS, Asking, Class, Example, Noted
from sync.review.noted import noted
from sync.review.questions import question
from sync.run import Session

SHOWN = 200
"""So many cells of a class are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing to decide, with everything that helps. texts: what unreadable cells show, and how often."""

    asking: Asking | None = None
    klass: Class | None = None
    noted: Noted | None = None
    cells: tuple[Example, ...] = ()
    texts: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, object]:
        if self.asking is not None:
            one = self.asking
            sides = [
                {
                    "record": s.record,
                    "entity": s.entity,
                    "called": s.called,
                    "values": dict(s.values),
                    "also": list(s.records),
                }
                for s in one.speakers
            ]
            return {**one.as_json(), "p": one.p, "sides": sides}
        if self.noted is not None:
            return self.noted.as_json()
        assert self.klass is not None
        cells = [[e.entity, e.called, e.record, e.shown, e.golden, e.source] for e in self.cells]
        return {**self.klass.as_json(), "list": cells, "texts": [list(one) for one in self.texts]}


def detail(session: Session, name: str, *, reader: str = "", lang: str = "en") -> Detail:
    """One question by its number, or one class, mark, hold or duplicate by its name. Raises ConfigError."""
    with session.ledger.transaction() as c:
        picture = look(session, c)
        words, who = Words(picture, lang), reader_of(picture, reader)
        if name.isdigit():
            return Detail(asking=_question(session, picture, words, who, int(name)))
        if name.partition("/")[0] in CLASSES:
            return _class(session, picture, words, who, name)
        found = [one for one in noted(picture, words, who, session.clock()) if one.name == name]
        if not found:
            raise ConfigError("there is no `{name}`; `offbook review list` shows what there is", name=name)
        return Detail(noted=found[0])


def _question(session: Session, picture: Picture, words: Words, who: Reader, number: int) -> Asking:
    found = question(picture, words, number, session.clock())
    entities = {one for one in (found.entity, found.other) if one} if found is not None else set()
    if found is None or who.sees(entities) != entities:
        raise ConfigError("there is no question {number}; `offbook review list` shows what there is", number=number)
    return found


def _class(session: Session, picture: Picture, words: Words, who: Reader, name: str) -> Detail:
    group = classes.find_group(classes.groups(picture, who), name)
    cells = classes.opened(picture, group)
    (klass,) = classes.listed(picture, words, who, [group], session.clock())
    shown = tuple(classes.example(words, who, one) for one in cells[:SHOWN])
    return Detail(klass=klass, cells=shown, texts=tuple(classes.texts(words, cells)))


def answer_words(sort: str, answers: tuple[str, ...]) -> list[tuple[str, Said | str]]:
    """Each answer with what it means; letters and sources say themselves."""
    del sort
    return [(answer, WORDS.get(answer, "")) for answer in answers]


__all__ = ["Detail", "answer_words", "detail"]
