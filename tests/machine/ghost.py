"""Who had seen what, and is every edit still somewhere? A ghost that watches sources and golden, and nothing else.

Every text a person types is unique and has a number, so a text found somewhere proves where it came from. An edit
*knows* the numbers that its author had before his eyes: those behind what the cell showed, and its own. The ghost
looks at the sources and at golden from outside after each run; it never looks into the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from connectors.contract import Damaged

Place = tuple[int, str, str]
"""Source, key of the record, field."""
Knows = frozenset[int]
NOTHING: Knows = frozenset()
OUT, IN = "out", "in"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class Raw:
    """One cell as it stands in its source. first: typed before the source joined, and never written since."""

    value: Any
    knows: Knows = NOTHING
    first: bool = False


@dataclass
class Ghost:
    """read_only: sources that nobody may write to. violations: what was broken, each with its step."""

    read_only: frozenset[int] = frozenset()
    may_loosen: frozenset[int] = frozenset()
    count: int = 0
    step: str = ""
    raws: dict[Place, Raw] = field(default_factory=dict)
    who: dict[tuple[int, str], str] = field(default_factory=dict)
    texts: dict[Any, Knows] = field(default_factory=dict)
    author: dict[Any, str] = field(default_factory=dict)
    golden: dict[tuple[str, str], Any] = field(default_factory=dict)
    safe: Knows = NOTHING
    edits: set[int] = field(default_factory=set)
    phones: set[int] = field(default_factory=set)
    deleted: set[tuple[int, str]] = field(default_factory=set)
    loosened: set[str] = field(default_factory=set)
    golden_now: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    joined: bool = False
    acts: bool = False
    removed: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    # -------------------------------------------------------------------------- people

    def fresh(self, who: str, prefix: str = "") -> str:
        """A text that nobody typed before, recognisable by three letters (some systems cut)."""
        return prefix + text_of(who, self.count + 5)

    def born(self, place: Place, who: str, value: Any, knows: Knows, *, first: bool = False) -> None:
        """A value that stood there before anybody's edit."""
        self.raws[place] = Raw(value, knows, first)
        self.who[place[:2]] = who
        self._learn(who, place[2], value, knows)

    def typed(self, place: Place, value: Any) -> None:
        """A person acts in a cell."""
        self.count += 1
        (self.phones if isinstance(value, tuple) else self.edits).add(self.count)
        raw = self.raws[place]
        raw.knows, raw.value, raw.first = raw.knows | {self.count}, value, False
        self._learn(self.who[place[:2]], place[2], value, raw.knows)

    def retold(self, place: Place, value: str) -> None:
        """The system itself says it in another form."""
        self.raws[place].value = value
        self._learn(self.who[place[:2]], place[2], value, self.raws[place].knows)

    def _learn(self, who: str, name: str, value: Any, knows: Knows) -> None:
        for form in forms(value):
            key = (who, name, form) if form in ("", OUT, IN) else form
            exact = form in (value, value[::-1]) or key not in self.texts
            self.texts[key] = self.texts.get(key, NOTHING) | (knows if exact else NOTHING)
            self.author.setdefault(key, who)

    def ended(self, key: tuple[int, str]) -> None:
        """A record went: what stood there is on record with its end."""
        for place in [one for one in self.raws if one[:2] == key]:
            self.safe |= self.raws.pop(place).knows

    # -------------------------------------------------------------------------- after each run

    def violate(self, what: str) -> None:
        self.violations.append(f"{what} at {self.step}")

    def behind(self, who: str, name: str, value: Any) -> Knows | None:
        """The edits behind a value; None: nobody ever typed it."""
        if isinstance(value, Damaged):
            return None
        if value not in ("", OUT, IN):
            return self.texts.get(value)
        said = [self.texts.get((one, name, value)) for one in (set(self.who.values()) if self.joined else {who})]
        found = [one for one in said if one is not None]
        return NOTHING.union(*found) if found else None

    def learn(self, golden: Mapping[tuple[str, str], Any]) -> None:
        """Who shows golden, or a system's form of it, has seen what it was made of."""
        self.golden_now = golden
        for place, raw in self.raws.items():
            raw.knows |= self._known_of(self.who[place[:2]], place[2], raw.value)

    def _known_of(self, who: str, name: str, value: Any) -> Knows:
        golden = self.golden_now.get((who, name))
        return (self.behind(who, name, golden) or NOTHING) if is_form(value, golden) else NOTHING

    def saw_sources(self, rows: Mapping[tuple[int, str], tuple[str, Mapping[str, Any]]], held: set[Place]) -> None:
        """What stands in the sources after a run; every difference is a write of ours. held: asked, or unreadable."""
        for key, (who, values) in rows.items():
            if key not in self.who:
                self._created(key, who, values)
                continue
            for name, value in values.items():
                raw = self.raws[*key, name]
                if raw.value != value:
                    self._written((*key, name), who, raw, value, held)
        for key in [one for one in self.who if one not in rows and any(place[:2] == one for place in self.raws)]:
            self.ended(key)
            self.deleted.add((key[0], self.who[key]))

    def _created(self, key: tuple[int, str], who: str, values: Mapping[str, Any]) -> None:
        if key[0] in self.read_only:
            self.violate(f"RO a record created in s{key[0]}")
        if (key[0], who) in self.deleted and not self.joined:
            self.violate(f"BACK {who} in s{key[0]} was deleted there")
        if any(k[0] == key[0] and w == who for k, w in self.who.items() if any(p[:2] == k for p in self.raws)):
            self.violate(f"DUP {who} stands in s{key[0]} already")
        for name, value in values.items():
            knows = self.behind(who, name, value) if isinstance(value, str) else NOTHING
            self.raws[*key, name] = Raw(value, knows or NOTHING)
        self.who[key] = who

    def _written(self, place: Place, who: str, raw: Raw, value: Any, held: set[Place]) -> None:
        if place[0] in self.read_only:
            self.violate(f"RO {place} was written")
        if isinstance(raw.value, Damaged):
            self.violate(f"DAMAGED {place} was written over")
        if place in held:
            self.violate(f"ASKED {place} was written while its field asks")
        if isinstance(value, str):
            knows = self.behind(who, place[2], value)
            if knows is None:
                self.violate(f"INVENTED {value} written to {place}")
            raw.knows = (knows or NOTHING) | self._known_of(who, place[2], value)
        if raw.first and raw.value != "" and not self.acts:
            self.violate(f"FIRSTOVER {raw.value} in {place}")
        raw.value, raw.first = value, False

    def saw_golden(self, golden: Mapping[tuple[str, str], Any], *, by_a_person: bool) -> None:
        """Golden after a merge. by_a_person: a decision, an undo, a join or split may take it anywhere."""
        for (who, name), value in golden.items():
            old = self.golden.get((who, name))
            if isinstance(value, tuple):
                self._saw_set(who, name, old if isinstance(old, tuple) and not by_a_person else (), value)
            elif value != old:
                self._moved(who, name, old, value, by_a_person)
        self.golden = dict(golden)

    def _moved(self, who: str, name: str, old: Any, value: Any, by_a_person: bool) -> None:
        new = self.behind(who, name, value)
        if new is None:
            self.violate(f"INVENTED {value} is golden of {who}.{name}")
            return
        if value not in ("", OUT, IN) and self.author[value] != who and not self.joined:
            self.violate(f"FOREIGN {value} is golden of {who}.{name}")
        if old is None or by_a_person:
            return
        if name == "o" and old == OUT and not (self.loosened if self.joined else self.loosened & {who}):
            self.violate(f"LOOSE {who} was opted out")
        before = self.behind(who, name, old)
        if before is not None and new < before and not self.joined and name != "o" and "" not in (old, value):
            self.violate(f"REVERT {who}.{name} from {old} to the older {value}")

    def _saw_set(self, who: str, name: str, old: Iterable[str], new: Iterable[str]) -> None:
        for one in set(old) - set(new):
            if one not in self.removed:
                self.violate(f"REMOVED {one} of {who}: nobody took it out")
        for one in new:
            if one not in self.author:
                self.violate(f"INVENTED {one} is a phone of {who}")
            elif self.author[one] != who and not self.joined:
                self.violate(f"FOREIGN {one} is a phone of {who}")

    # -------------------------------------------------------------------------- the end

    def lost(self, losers: Iterable[tuple[str, str, Any]], listed: Iterable[Place]) -> set[int]:
        """I1: the edits that are neither golden nor its ancestors, nor losers, nor in a cell that is listed."""
        kept = self.safe
        for (who, name), value in self.golden.items():
            kept |= NOTHING if isinstance(value, tuple) else self.behind(who, name, value) or NOTHING
        for who, name, value in losers:
            kept |= self.behind(who, name, value) or NOTHING
        for place in listed:
            kept |= self.raws[place].knows if place in self.raws else NOTHING
        return self.edits - kept


@lru_cache(maxsize=4096)
def forms(value: Any) -> tuple[Any, ...]:
    """A value, and what systems make of it: cut at three, in capitals, with capital letters, read backwards."""
    if not isinstance(value, str) or value in ("", OUT, IN):
        return (value,) if isinstance(value, str) else ()
    made = [form for one in (value, value[::-1]) for form in (one, one[:3], one.upper(), one.title(), one.upper()[:3])]
    return tuple(dict.fromkeys(made + [one[::-1] for one in made]))


def is_form(value: Any, golden: Any) -> bool:
    """Golden, or what a system makes of it."""
    if not isinstance(value, str) or not isinstance(golden, str):
        return False
    return value in forms(golden) or value.lower() == golden.lower()


def text_of(who: str, n: int) -> str:
    """The n-th text of a customer: known by its first three letters, and backwards by its last."""
    code = DIGITS[n // 36 % 36] + DIGITS[n % 36]
    return f"{who.lower()}{code}{code[::-1]}{'y' if who == 'P' else 'z'}"
