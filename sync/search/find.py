"""Which customers does somebody mean who types a name, a few digits of a number, a mail address, a code or pinyin?

    with session.ledger.transaction() as c:
        finder = Finder(look(session, c), lang="zh")
        finder.find("王芳 138…", limit=10)

A finder reads what is known once, and then answers while somebody types. In a workspace of very many customers only
those are looked through who share a blocking key with what is typed: whole names, numbers and addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import matching
from connectors.contract import Said, say
from sync.ledger import graph, lists, looks
from sync.picture.opening import Picture, look
from sync.picture.readers import reader_of
from sync.picture.values import Words
from sync.run import Session
from sync.search import known
from sync.search.asked import DIGITS, MAIL, TEXT, Word, asked
from sync.search.known import ELSEWHERE, Hit, Known

SCANNED: Final = 100_000
"""Customers that are looked through one by one."""
JUDGED: Final = 20
"""Of the best, so many are compared with what was typed as two records would be."""
HOW: Final[Mapping[str, Said]] = {
    known.EXACT: say("the same"),
    known.BEGINS: say("begins so"),
    known.ENDS: say("ends so"),
    known.HOLDS: say("holds it"),
    known.SOUNDS: say("sounds so"),
    known.INITIALS: say("has these initials"),
    known.TITLE: say("the family name that goes with the title"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A record of the customer, as people find it."""

    source: str
    record: str
    part: str
    state: str

    def as_json(self) -> dict[str, object]:
        return {"source": self.source, "record": self.record, "part": self.part, "state": self.state}


@dataclass(frozen=True, slots=True)
class Answer:
    """One customer that may be meant. fits: 0 to 1, 1 where every word is there as it was typed. probability: that it is
    the one, if names, numbers and addresses were typed in full; else None. contacts: masked unless values are asked for.
    """

    entity: str
    kind: str
    called: str
    fits: float
    probability: float | None
    reasons: tuple[str, ...]
    contacts: tuple[str, ...]
    places: tuple[Place, ...]

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"entity": self.entity, "kind": self.kind, "called": self.called, "fits": self.fits}
        said |= {"probability": self.probability, "reasons": list(self.reasons), "contacts": list(self.contacts)}
        return {**said, "places": [one.as_json() for one in self.places]}


@dataclass(frozen=True, slots=True)
class Found:
    """Answers, the best first. whole: every customer was looked through."""

    query: str
    answers: tuple[Answer, ...]
    whole: bool

    def as_json(self) -> dict[str, object]:
        return {"query": self.query, "whole": self.whole, "customers": [one.as_json() for one in self.answers]}


@dataclass(frozen=True, slots=True)
class _Ranked:
    one: Known
    hits: tuple[Hit, ...]

    @property
    def fits(self) -> float:
        return round(sum(hit.worth for hit in self.hits) / max(len(self.hits), 1), 3)

    @property
    def missed(self) -> int:
        return sum(hit.worth == 0 for hit in self.hits)


class Finder:
    """Answers for as long as its picture is good. reader: one of `people`; who he may not see is not found (R8d)."""

    def __init__(self, picture: Picture, *, lang: str = "en", reader: str = "", values: bool = False) -> None:
        self.picture = picture
        self.words = Words(picture, lang, masked=not values)
        self.who = reader_of(picture, reader)
        self.whole = looks.count_entities(picture.ledger, picture.c, picture.plan) <= SCANNED
        self._everybody = list(known.everybody(picture)) if self.whole else []

    def find(self, query: str, limit: int = 10) -> Found:
        words = asked(query)
        if not words or limit < 1:
            return Found(query, (), self.whole)
        found = self._ranked(
            words, self._everybody if self.whole else list(known.some(self.picture, self._near(words)))
        )
        chosen: list[_Ranked] = []
        for at in range(0, len(found), 2 * limit):
            some = found[at : at + 2 * limit]
            seen = self.who.sees([one.one.entity for one in some])
            chosen += [one for one in some if one.one.entity in seen]
            if len(chosen) >= limit:
                break
        return Found(query, self._told(words, chosen[: max(limit, JUDGED)])[:limit], self.whole)

    # -------------------------------------------------------------------------- who

    def _ranked(self, words: Sequence[Word], among: Sequence[Known]) -> list[_Ranked]:
        """Those in whom every word is found, themselves or in the company they work at; else those who lack fewest."""
        own = {one.entity: tuple(one.hit(word) for word in words) for one in among}
        missing = (
            {one.employer for one in among if one.employer and one.employer not in own} if not self.whole else set()
        )
        own |= {one.entity: tuple(one.hit(word) for word in words) for one in known.some(self.picture, missing)}
        found = []
        for one in among:
            hits = own[one.entity]
            if one.employer in own and any(hit.worth == 0 for hit in hits) and any(hit.worth for hit in hits):
                hits = tuple(_through(mine, theirs) for mine, theirs in zip(hits, own[one.employer], strict=True))
            if any(hit.worth for hit in hits):
                found.append(_Ranked(one, hits))
        least = min((one.missed for one in found), default=0)
        found = [one for one in found if one.missed == least]
        return sorted(found, key=lambda one: (-one.fits, one.one.kind != "person", one.one.names, one.one.entity))

    def _near(self, words: Sequence[Word]) -> set[str]:
        """Customers who share a blocking key with what was typed."""
        ids: set[str] = set()
        for kind, values in _as_records(words).items():
            keys = matching.keys(matching.Batch(kind, {name: [value] for name, value in values.items()}, [0]))
            signed = {key - (1 << 64) if key >= 1 << 63 else key for key in keys.keys.tolist()}
            refs = set(graph.parts_by_key(self.picture.ledger, self.picture.c, kind, signed))
            tied = looks.entity_of_part(
                self.picture.ledger, self.picture.c, self.picture.plan, {ref[0] for ref in refs}
            )
            ids |= {tied[ref] for ref in refs if ref in tied}
        return ids

    # -------------------------------------------------------------------------- in words

    def _told(self, words: Sequence[Word], chosen: Sequence[_Ranked]) -> tuple[Answer, ...]:
        ids = [one.one.entity for one in chosen]
        links = graph.links(self.picture.ledger, self.picture.c, self.picture.plan, ids)
        where = lists.placed(self.picture.ledger, self.picture.c, {link.record_id for link in links})
        places: dict[str, list[Place]] = {}
        for link in links:
            spot = where.get(link.record_id)
            if spot is not None:
                source = self.picture.source_of(spot.table_id)
                places.setdefault(link.entity, []).append(
                    Place(source, self.words.record(*spot), link.part, link.state)
                )
        likely = self._likely(words, chosen[:JUDGED])
        told = [
            Answer(
                one.one.entity,
                one.one.kind,
                self.words.entity(one.one.entity),
                one.fits,
                likely.get(one.one.entity),
                tuple(self._why(word, hit) for word, hit in zip(words, one.hits, strict=True)),
                tuple(self._contacts(one.one)),
                tuple(places.get(one.one.entity, ())),
            )
            for one in chosen
        ]
        return tuple(sorted(told, key=lambda one: (-one.fits, -(one.probability or 0.0))))

    def _why(self, word: Word, hit: Hit) -> str:
        if not hit.worth:
            return self.words.say(say("{word}: not found", word=word.text))
        how = self.words.say(HOW[hit.how])
        return self.words.say(say("{field}: {how}", field=self.words.field(hit.unit), how=how))

    def _contacts(self, one: Known) -> Iterable[str]:
        for unit in ("phones", "emails", "wechat"):
            value = one.values.get(unit)
            if value:
                yield self.words.value(one.kind, unit, value)

    def _likely(self, words: Sequence[Word], chosen: Sequence[_Ranked]) -> dict[str, float]:
        """How likely each is the one, by what matching knows; only where enough was typed to compare."""
        found: dict[str, float] = {}
        for kind, typed in _as_records(words).items():
            mine = [one.one for one in chosen if one.one.kind == kind]
            if not mine:
                continue
            names = {*typed, *(name for one in mine for name in one.values if name != "works_at")}
            values = {name: [typed.get(name), *(one.values.get(name) for one in mine)] for name in names}
            batch = matching.Batch(kind, values, list(range(len(mine) + 1)))
            kept = self.picture.ledger.get(self.picture.c, f"model:{kind}")
            model = matching.load_model(kept) if kept else None
            for at, one in enumerate(mine, 1):
                found[one.entity] = round(matching.compare(batch, 0, at, model=model, prior=0.5).p, 4)
        return found


def find(
    session: Session, query: str, *, limit: int = 10, lang: str = "en", reader: str = "", values: bool = False
) -> Found:
    """One answer. Raises ConfigError where `reader` is nobody. Nothing is written."""
    with session.ledger.transaction() as c:
        return Finder(look(session, c), lang=lang, reader=reader, values=values).find(query, limit)


def _through(mine: Hit, theirs: Hit) -> Hit:
    """A word that a person's company bears: 王芳 宇润."""
    worth = theirs.worth * ELSEWHERE if theirs.unit == "name" else 0.0
    return mine if mine.worth >= worth else Hit(worth, "works_at", theirs.how)


def _as_records(words: Sequence[Word]) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """What was typed as a person and as an organisation would say it; only what is typed in full."""
    phones = tuple(word.text for word in words if word.sort == DIGITS and len(word.text) >= 7)
    mails = tuple(word.text for word in words if word.sort == MAIL and "." in word.text.partition("@")[2])
    name = " ".join(word.text for word in words if word.sort == TEXT)
    if not (phones or mails or len(name) >= 2):
        return {}
    said: dict[str, str | tuple[str, ...]] = {"name": name, "phones": phones, "emails": mails}
    return {kind: {n: v for n, v in said.items() if v} for kind in ("person", "organisation")}


__all__ = ["Answer", "Finder", "Found", "Place", "find"]
