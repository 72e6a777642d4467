"""What can a person decide, and what is he told of it?

Questions are numbered and answered one by one; cells that deviate in the same way are a *class*, which is answered at
once. A name says which: a question's number, `kept/organisation.address/wang`, `mark/crm.accounts/0198…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import Said, say
from sync.picture.reasons import Why
from sync.rules.cell import Value

WAITED: Final = 14
"""Days after which a create that waits for an answer comes first (R10a)."""
MANY: Final = 20
"""So many questions about one field and the same sources are listed as a class only."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CLASSES: Final[Mapping[str, Said]] = {
    "kept": say("kept: differed when they met, so both stay as they are"),
    "overruled": say("kept: a change that this source may not make"),
    "parked": say("parked: several values, and no rule decides"),
    "frozen": say("frozen: it came back three times after we wrote it"),
    "doubt": say("in doubt: written without an answer"),
    "damaged": say("damaged: cannot be read, so it is not written over"),
    "unmapped": say("unmapped: not listed under `values`, so it is not written over"),
    "rejected": say("standing: the system rejected it"),
    "standing": say("standing: cannot be written there"),
    "no-place": say("standing: more elements than that record has places"),
}
"""Sorts of classes, in the order in which they are listed."""

ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "kept": ("golden", "theirs", "keep"),
    "overruled": ("golden", "theirs", "keep"),
    "parked": ("golden", "theirs"),
    "frozen": ("golden", "theirs", "keep"),
    "doubt": ("golden", "theirs"),
    "damaged": ("golden", "keep"),
    "unmapped": ("golden", "keep"),
    "rejected": ("theirs", "keep"),
    "standing": ("theirs", "keep"),
    "no-place": ("keep",),
    "identity": ("same", "different"),
    "contradiction": ("same", "different"),
    "merged": ("same", "different"),
    "subject": ("same", "other", "new"),
    "mark": ("create", "keep"),
    "hold": ("remove", "keep"),
}
"""The answers that each sort takes; a question about a field takes a letter, a source's name or a value."""

WORDS: Final[Mapping[str, Said]] = {
    "golden": say("golden wins: it is written over these cells"),
    "theirs": say("these cells win: what they show becomes golden"),
    "keep": say("leave it as it is, and do not list it again until it changes"),
    "same": say("the same customer"),
    "different": say("two customers"),
    "other": say("another customer now, the one it fits best"),
    "new": say("a new customer"),
    "create": say("create it again"),
    "remove": say("let the removal go"),
}
"""What an answer means; to a subject question `same` says that the name was only corrected."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question about a field. letter: how it is given. refs and records: who says so."""

    letter: str
    value: Value
    text: str
    refs: tuple[str, ...]
    records: tuple[str, ...]
    sources: tuple[str, ...]
    golden: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """One side of a question about who is who: a record, the customer it is linked to, and what it says."""

    ref: str
    record: str
    source: str
    entity: str
    called: str
    values: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """A question. p: how sure matching is that it is one customer. joins: records that would come together.

    frees: creates that wait for the answer. days: how long it has been asked. code: a digest of what is asked, so that
    an answer given on paper is found to belong to another question by now.
    """

    number: int
    sort: str
    kind: str
    entity: str
    other: str = ""
    called: str = ""
    unit: str = ""
    p: float = 0.0
    joins: int = 0
    frees: int = 0
    days: int = 0
    since: int = 0
    name: str = ""
    speakers: tuple[Speaker, ...] = ()
    choices: tuple[Choice, ...] = ()
    whys: tuple[Why, ...] = ()
    code: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        known = ANSWERS.get(self.sort, tuple(choice.letter for choice in self.choices))
        return tuple(answer for answer in known if answer != "other" or self.other)

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"number": self.number, "sort": self.sort, "kind": self.kind, "entity": self.entity}
        said |= {"other": self.other or None, "field": self.unit or None, "days": self.days, "frees": self.frees}
        if self.sort == "identity":
            said |= {"p": self.p, "joins": self.joins, "reasons": [why.as_json() for why in self.whys]}
        if self.name:
            said["name"] = self.name
        said["records"] = [[one.ref, one.record, one.called] for one in self.speakers]
        said["choices"] = [
            {"letter": c.letter, "value": c.text, "from": list(c.records), "golden": c.golden} for c in self.choices
        ]
        return {**said, "answers": list(self.answers)}


@dataclass(frozen=True, slots=True)
class Example:
    """One cell of a class: whose it is, where it stands, what it shows, and what golden says and from where."""

    entity: str
    called: str
    record: str
    shown: str
    golden: str
    source: str


@dataclass(frozen=True, slots=True)
class Class:
    """Cells that deviate in the same way. reason: why, where the sort does not say all. days: since the oldest one."""

    name: str
    sort: str
    kind: str
    unit: str
    sources: tuple[str, ...]
    cells: int
    customers: int
    days: int = 0
    reason: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        own = self.sources if self.sort == "parked" else ()
        return (*ANSWERS[self.sort], *own)

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"name": self.name, "sort": self.sort, "field": f"{self.kind}.{self.unit}"}
        said |= {"sources": list(self.sources), "cells": self.cells, "customers": self.customers, "days": self.days}
        said |= {"reason": self.reason, "answers": list(self.answers)}
        shown = [[e.called, e.record, e.shown, e.golden, e.source] for e in self.examples]
        return {**said, "examples": shown} if shown else said


@dataclass(frozen=True, slots=True)
class Noted:
    """Something else a person should know or may decide: a mark, a hold, an orphan, a duplicate, a record put apart."""

    name: str
    sort: str
    entity: str
    called: str
    where: str
    why: str = ""
    days: int = 0
    records: tuple[str, ...] = ()
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {"name": self.name, "sort": self.sort, "entity": self.entity, "called": self.called}
        said |= {"where": self.where, "why": self.why, "days": self.days, "records": list(self.records)}
        return {**said, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Pinned:
    """A decision that holds until it is lifted."""

    number: int
    sort: str
    text: str
    by: str
    at: str

    def as_json(self) -> dict[str, object]:
        return {"number": self.number, "sort": self.sort, "text": self.text, "by": self.by, "at": self.at}


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that waits for a person. hidden: questions that are listed by class only, as there are many."""

    plan: int
    questions: tuple[Asking, ...]
    classes: tuple[Class, ...]
    noted: tuple[Noted, ...]
    pins: tuple[Pinned, ...]
    hidden: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "plan": self.plan or None,
            "questions": [one.as_json() for one in self.questions],
            "classes": [one.as_json() for one in self.classes],
            "noted": [one.as_json() for one in self.noted],
            "pins": [one.as_json() for one in self.pins],
            "hidden": self.hidden,
        }


__all__ = [
    "ANSWERS",
    "CLASSES",
    "WORDS",
    "Asking",
    "Choice",
    "Class",
    "Example",
    "Listing",
    "Noted",
    "Pinned",
    "Speaker",
]
