"""Which of our own people does a source mean, and how is he written there? (CONFIG §3)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, TypeVar

from connectors.contract import Field, LookUp, Said, Value, say
from mappings.types.cleaning import clean

STAFF: Final = "@staff"
"""The table of a LookUp to one of our own people."""

_ADDRESS = re.compile(r"[^\s<>()]+@[^\s<>()]+")
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Person:
    """One of our staff. there: `in`, source → id or spelling there. also: further spellings.

    successor None: still here; an id: has left and this one takes over; "": has left, and nobody does (high seas).
    """

    id: str
    name: str = ""
    also: tuple[str, ...] = ()
    email: str = ""
    there: Mapping[str, str] = field(default_factory=dict)
    successor: str | None = None


class People:
    """The people file. A spelling that two persons share means nobody (the configuration refuses it beforehand)."""

    def __init__(self, records: Iterable[Person] = ()) -> None:
        self.by_id: Mapping[str, Person] = {person.id: person for person in records}
        self._spelt = _unique((_fold(s), p.id) for p in self.by_id.values() for s in (p.name, *p.also))
        self._mailed = _unique((_fold(p.email), p.id) for p in self.by_id.values())
        self._there = _unique(((s, _fold(text)), p.id) for p in self.by_id.values() for s, text in p.there.items())
        said = [[p.id, p.name, p.also, p.email, sorted(p.there.items()), p.successor] for p in self.by_id.values()]
        self.digest = blake2b(json.dumps(sorted(said)).encode(), digest_size=8).hexdigest()

    def read(self, source: str, raw: Value, user: Field | None = None) -> str | None:
        """The people id that a cell of this source means; None: nobody in the file explains it.

        In this order: the id or spelling this source uses (`in`), a spelling, an e-mail, our own id. `user`: the
        described field, whose options list the system's users by id and label.
        """
        if isinstance(raw, LookUp):
            texts = [raw.key, *filter(None, [raw.label]), *_parts(_label(user, raw.key))]
        else:
            text = raw if isinstance(raw, str) else str(raw)
            texts = [text, *_parts(_label(user, text))]
        found = (self._find(source, text) for text in texts)
        return next((person for person in found if person), None)

    def _find(self, source: str, text: str) -> str | None:
        key = _fold(text)
        if not key:
            return None
        by_file = self._there.get((source, key)) or self._spelt.get(key) or self._mailed.get(key)
        return by_file or (text if text in self.by_id else None)

    def heir(self, person: str) -> str | None:
        """Who is written for this person: himself, the last of his successors; "" for nobody; None: not in the file."""
        seen: set[str] = set()
        while person in self.by_id and person not in seen:
            seen.add(person)
            successor = self.by_id[person].successor
            if successor is None:
                return person
            if not successor:
                return ""
            person = successor
        return None

    def write(self, source: str, person: str, user: Field) -> Value | Said:
        """How he is written into this field of this source; None: nobody takes over; a Said: why he cannot be.

        A text gets the spelling of `in`, else his name. A user field, or a look-up into a system's table of users, gets
        the id of `in`, else of the listed user who bears his e-mail or, if only one does, one of his spellings.
        """
        heir = self.heir(person)
        if heir == "":
            return None
        one = self.by_id.get(heir or "")
        if one is None:
            return say("nobody in `people` is called `{id}`", id=person)
        there = one.there.get(source, "")
        if user.kind not in ("staff", "lookup") and not user.options:
            return there or one.name or one.id
        key = there or _listed(user, one)
        if not key:
            return say(
                "`{id}` has no user in {source}; add `in: {{{source}: …}}` in `people`", id=one.id, source=source
            )
        if user.kind == "lookup":
            return LookUp(user.refers[0] if len(user.refers) == 1 else STAFF, key)
        return LookUp(STAFF, key) if user.kind == "staff" else key


def _unique(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, str]:
    found: dict[_Key, str] = {}
    shared = set()
    for key, person in pairs:
        if found.setdefault(key, person) != person:
            shared.add(key)
    return {key: person for key, person in found.items() if key not in shared}


def _fold(text: str) -> str:
    return clean(text).casefold()


def _label(user: Field | None, key: str) -> str:
    return dict(user.options).get(key, "") if user is not None and user.options else ""


def _parts(label: str) -> list[str]:
    """A user's label as a whole, and the name and the address of `Li Lei <lilei@example.cn>`."""
    name = label.partition("<")[0].strip()
    return [one for one in dict.fromkeys([label, name, *_ADDRESS.findall(label)]) if one]


def _listed(user: Field, person: Person) -> str:
    """The one listed user who bears the person's e-mail, else the one who bears a spelling of his."""
    mail = {_fold(person.email)} if person.email else set()
    spelt = {_fold(text) for text in (person.name, *person.also) if text}
    known = [(key, {_fold(part) for part in _parts(label)}) for key, label in user.options]
    by_mail = [key for key, parts in known if parts & mail]
    by_name = [key for key, parts in known if parts & spelt]
    found = by_mail or by_name
    return found[0] if len(found) == 1 else ""
