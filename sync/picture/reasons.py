"""Why are two records taken for one customer, or not? The codes of matching, in words (docs/matching.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import orjson

from connectors.contract import Said, say

ASPECTS: Final[Mapping[str, Said]] = {
    "origin": say("where they stand"),
    "family": say("family name"),
    "given": say("given name"),
    "middle": say("middle name"),
    "order": say("order of the names"),
    "mobile": say("mobile"),
    "mail": say("mail address"),
    "wechat": say("WeChat id"),
    "birth": say("birthday"),
    "gender": say("gender"),
    "employer": say("company"),
    "fixed": say("fixed line"),
    "box": say("shared mailbox"),
    "domain": say("mail domain"),
    "address": say("address"),
    "postal": say("postal code"),
    "city": say("city"),
    "title": say("title"),
    "department": say("department"),
    "core": say("name of the company"),
    "region": say("region in the name"),
    "trade": say("trade in the name"),
    "branch": say("branch in the name"),
    "phone": say("telephone"),
    "site": say("website"),
    "people": say("people"),
    "industry": say("industry"),
}
"""What was compared; an aspect that is not here is a field, and is called like it."""

LEVELS: Final[Mapping[str, Said]] = {
    "exact": say("the same"),
    "whole": say("the same, word for word"),
    "close": say("almost the same"),
    "much": say("much of it the same"),
    "some": say("some of it the same"),
    "little": say("little of it the same"),
    "similar": say("similar"),
    "typo": say("the same but for a slip"),
    "near": say("the same but for a slip"),
    "sound": say("sounds the same"),
    "form": say("another form of the same"),
    "half": say("one is half of the other"),
    "initial": say("an initial that fits"),
    "part": say("one is part of the other"),
    "partial": say("the same as far as both say"),
    "end": say("the same without its area"),
    "year": say("only the year the same"),
    "two": say("two of year, month and day the same"),
    "local": say("the same before the @"),
    "brand": say("the same brand"),
    "region": say("the same brand elsewhere"),
    "moved": say("the same, once in front and once behind"),
    "number": say("the same but for the house number"),
    "street": say("the same street"),
    "turned": say("the same, turned round"),
    "straight": say("in the same order"),
    "one": say("only one of them is a branch"),
    "neither": say("neither is a branch"),
    "table": say("in the same table"),
    "elsewhere": say("in different tables"),
    "conflict": say("different"),
}
"""How alike it was."""

SPECIAL: Final[Mapping[tuple[str, str], Said]] = {("core", "exact"): say("the same brand")}
"""Levels that mean something of their own for one aspect."""

KNOWN: Final[Mapping[str, Said]] = {
    "": say("it is the first record of this customer"),
    "created": say("Offbook created it"),
    "decided": say("a person decided it"),
    "look-up": say("the look-up of its record names this customer"),
    "moved": say("its record speaks of this customer since its name changed"),
}
"""How a link came to be, where no score did it."""

STRONG: Final = 4.0
"""Log odds from which one observation speaks loudly: about 55 to 1."""


class Speaker(Protocol):
    """Says texts and names of fields in the reader's language (sync.picture.values.Words)."""

    def say(self, said: object) -> str: ...

    def field(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Why:
    """One observation: +2 speaks strongly for one customer, -2 strongly against; others: who else shows what is shared."""

    aspect: str
    level: str
    weight: float
    others: int | None

    @property
    def strength(self) -> int:
        size = 2 if abs(self.weight) >= STRONG else 1
        return size if self.weight > 0 else -size

    def as_json(self) -> dict[str, object]:
        return {"aspect": self.aspect, "level": self.level, "weight": self.weight, "others": self.others}


def whys(codes: Iterable[Sequence[object]]) -> tuple[Why, ...]:
    """Of [[aspect, level, weight, others] …], as links and questions keep them."""
    return tuple(Why(str(a), str(b), float(str(w)), None if o is None else int(str(o))) for a, b, w, o in codes)


def whys_of_link(known: str) -> tuple[Why, ...]:
    """The reasons of a link that a score made; nothing for links that are known otherwise."""
    return whys(orjson.loads(known)) if known.startswith("[") else ()


def level_of(why: Why) -> Said | str:
    """How alike it was, in words."""
    special = SPECIAL.get((why.aspect, why.level))
    return special if special is not None else LEVELS.get(why.level, why.level)


def why_text(words: Speaker, why: Why) -> str:
    """`mobile: the same`, with how many others show it where that weakens it."""
    aspect = words.say(ASPECTS[why.aspect]) if why.aspect in ASPECTS else words.field(why.aspect)
    level = words.say(level_of(why))
    if why.others and why.level not in ("conflict", "table", "elsewhere"):
        return words.say(
            say("{aspect}: {level} (as {others} others have it)", aspect=aspect, level=level, others=why.others)
        )
    return words.say(say("{aspect}: {level}", aspect=aspect, level=level))


def sign(why: Why) -> str:
    """`++`, `+`, `-`, `--`: which way it points, and how strongly."""
    return ("+" if why.strength > 0 else "-") * abs(why.strength)


def known_text(words: Speaker, known: str) -> str:
    """How a link that no score made came to be."""
    return words.say(KNOWN.get(known, known))


__all__ = [
    "ASPECTS",
    "KNOWN",
    "LEVELS",
    "Speaker",
    "Why",
    "known_text",
    "level_of",
    "sign",
    "why_text",
    "whys",
    "whys_of_link",
]
