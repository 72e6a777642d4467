"""What does a heading mean, taken alone? Words become one attribute, of whom, and what qualifies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from mappings.headings.words import NUMBER, OR, PATH, Word, read

UNCLEAR: Final = "?"
"""The attribute of a heading that names two things at once (`Email Type`): never one of ours."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """attribute: a `=` word of the lexicon without the sign, "" where only a party or qualifiers stand. party: about whom
    (the last one named), whose: the one before it (`contact` in `Contact Owner`). number: of `Phone 2`. unknown: words
    that the lexicon lacks. blocker: the class of a word that makes it no field of ours.
    """

    attribute: str = ""
    party: str = ""
    whose: str = ""
    qualifiers: frozenset[str] = field(default_factory=frozenset)
    number: int = 0
    unknown: int = 0
    blocker: str = ""
    via: str = "words"
    plain: str = ""

    @property
    def known(self) -> bool:
        """Whether any word of the heading says something."""
        return bool(self.attribute or self.party or self.qualifiers or self.blocker)


PHONES: Final = ("phone", "landline", "mobile")
"""From the vaguest to the most exact."""
PLACES: Final = ("country", "region", "city", "district", "street", "line2", "postcode")
_WEAK: Final = frozenset({"value", "formatted", "display"})
_NAMED: Final = frozenset(
    {
        "department",
        "title",
        "jobtitle",
        "industry",
        "tags",
        "group",
        "origin",
        "status",
        "tier",
        "type",
        "size",
        "short",
    }
    | {"given", "family", "person", "website", *PLACES}
)
_NUMBERED: Final = frozenset({*PHONES, "wechat", "idcard", "taxid", "postcode", "code", "street"})
_PAIRS: Final = {
    ("name", "short"): "short",
    ("name", "person"): "person",
    ("title", "jobtitle"): "jobtitle",
    ("jobtitle", "title"): "jobtitle",
    ("title", "name"): "title",
    ("website", "address"): "website",
    ("email", "address"): "email",
    ("email", "id"): "email",
    ("url", "address"): "url",
    ("website", "url"): "website",
    ("url", "website"): "website",
    ("industry", "type"): "industry",
    ("industry", "name"): "industry",
    ("status", "type"): "status",
    ("tier", "type"): "tier",
    ("wechat", "id"): "wechat",
    ("consent", "time"): "consent_time",
    ("consent", "status"): "consent",
    ("optout", "status"): "optout",
    ("birthday", "time"): "birthday",
    ("time", "birthday"): "birthday",
    ("tags", "group"): "tags",
    ("group", "tags"): "tags",
    ("notes", "summary"): "notes",
    ("summary", "notes"): "summary",
    ("summary", "result"): "result",
    ("needs", "notes"): "needs",
    ("type", "result"): "result",
    ("revenue", "amount"): "revenue",
    ("country", "code"): "country",
    ("region", "code"): "region",
    ("region", "address"): "address",
    ("city", "address"): "address",
    ("street", "address"): "street",
    ("type", "name"): "type",
    ("code", "id"): "code",
    ("name", "name"): "name",
    ("currency", "code"): "currency",
    ("score", "tier"): "score",
    ("status", "tags"): "status",
    ("code", "size"): "size",
    ("size", "code"): "size",
    ("notes", "time"): "time",
    ("notes", "address"): "address",
}


def combined(first: str, second: str) -> str:
    """The one attribute that two in a row stand for, or UNCLEAR."""
    if not first or first == second or first in _WEAK:
        return second
    if second in _WEAK or (second == "name" and first in _NAMED) or (second in ("code", "id") and first in _NUMBERED):
        return first
    if first in PHONES and second in PHONES:
        return max(first, second, key=PHONES.index)
    if first == "address" and second in (*PLACES, *PHONES, "email", "website"):
        return second
    if second in ("optout", "consent") and first in (*PHONES, "email", "yesno", "notes"):
        return second
    return _PAIRS.get((first, second), UNCLEAR)


@lru_cache(maxsize=4096)
def meaning(heading: str) -> Meaning:
    """The heading's meaning; `Meaning()` with `unknown` where the lexicon says nothing."""
    reading = read(heading)
    main = _turned([w for w in reading.words if not w.bracket])
    aside = [w for w in reading.words if w.bracket]
    if not any(w.concepts for w in main if w.concepts not in ((OR,), (PATH,))):
        main, aside = aside, []
    whole = Meaning()
    for separator, words in _segments(main):
        whole = _joined(whole, separator, _simple(words))
    whole = _with_aside(whole, _simple(aside))
    return replace(whole, via=reading.via, plain=reading.plain)


def meanings(headings: Sequence[str]) -> list[Meaning]:
    """Of all headings of a table; `First` beside `Last` are the halves of a name."""
    found = [meaning(heading) for heading in headings]
    if {"first", "last"} <= {m.plain for m in found}:
        halves = {"first": "given", "last": "family"}
        return [Meaning(halves[m.plain], plain=m.plain) if m.plain in halves else m for m in found]
    return found


def _turned(words: Sequence[Word]) -> list[Word]:
    """`Date of birth`, `Country of address`: what stands behind "of" is named first."""
    for at, word in enumerate(words):
        if word.text == "of" and 0 < at < len(words) - 1:
            start = max((i + 1 for i, w in enumerate(words[:at]) if w.concepts == (PATH,)), default=0)
            return [*words[:start], *words[at + 1 :], *words[start:at]]
    return list(words)


def _segments(words: Sequence[Word]) -> Iterator[tuple[str, list[Word]]]:
    separator: str = PATH
    segment: list[Word] = []
    for word in words:
        if word.concepts in ((OR,), (PATH,)):
            yield separator, segment
            separator, segment = word.concepts[0], []
        else:
            segment.append(word)
    yield separator, segment


def _simple(words: Sequence[Word]) -> Meaning:
    """Of words without separators."""
    found = Meaning()
    for word in words:
        if not word.concepts:
            found = replace(found, unknown=found.unknown + (word.text != "of"))
        for concept in word.concepts:
            found = _taken(found, concept, word.text)
    return found


_NUMERALS: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


def _taken(found: Meaning, concept: str, text: str) -> Meaning:
    sign, name = concept[0], concept[1:]
    if sign == "=":
        return replace(found, attribute=combined(found.attribute, name))
    if sign == "@":
        return _about(found, name)
    if sign == "~":
        return replace(found, qualifiers=found.qualifiers | {name})
    if sign == "!":
        return replace(found, blocker=found.blocker or name)
    if concept == NUMBER:
        return replace(found, number=max(found.number, _NUMERALS.get(text) or int(text[:4])))
    return found


def _about(found: Meaning, party: str) -> Meaning:
    """`Default Address Company` is the company itself; else the last party named counts."""
    if found.attribute in ("address", "time") and party in ("org", "account"):
        return replace(found, attribute="name", whose=found.party, party=party)
    if found.party == "parent" and party in ("org", "account", "customer"):
        return found
    if not found.party or found.party == party:
        return replace(found, party=party)
    if found.attribute and found.attribute != "name":
        return found
    return replace(found, whose=found.party, party=party)


def _joined(left: Meaning, separator: str, right: Meaning) -> Meaning:
    """`联系人/姓名` and `Address 1: City` go on; `Zip/Postal Code` and `微信/QQ` name one thing twice."""
    if not left.known:
        return replace(right, unknown=left.unknown + right.unknown, number=right.number or left.number)
    if separator == OR and left.qualifiers == {"other"} and not left.attribute and not left.party:
        return right
    if separator == OR and _alternative(left, right):
        return replace(left, qualifiers=left.qualifiers | right.qualifiers, number=left.number or right.number)
    if separator == OR and left.blocker == "social" and right.attribute:
        return right
    party = _about(left, right.party) if right.party else left
    attribute = combined(party.attribute, right.attribute) if right.attribute else party.attribute
    if attribute == UNCLEAR and separator == OR:
        attribute = left.attribute
    return replace(
        party,
        attribute=attribute,
        qualifiers=left.qualifiers | right.qualifiers,
        number=max(left.number, right.number),
        unknown=left.unknown + right.unknown,
        blocker=left.blocker or right.blocker,
    )


def _alternative(left: Meaning, right: Meaning) -> bool:
    if left.attribute and left.attribute != UNCLEAR and not left.blocker and right.blocker and not right.attribute:
        return right.blocker in ("social", "fax", "name")
    return left.party == "org" and not left.attribute and right.attribute in ("department", "jobtitle", "title")


def _with_aside(whole: Meaning, aside: Meaning) -> Meaning:
    """What stands in brackets qualifies (`Phone (work fax)`, `Email (Primary Contact)`); its unknown words do not count."""
    attribute = whole.attribute
    if attribute in PHONES and aside.attribute in PHONES:
        attribute = combined(attribute, aside.attribute)
    if attribute == "address" and aside.attribute in PLACES:
        attribute = aside.attribute
    if attribute == "name" and aside.attribute == "short":
        attribute = "short"
    return replace(
        whole,
        attribute=attribute or (aside.attribute if not whole.party else ""),
        party=whole.party or aside.party,
        whose=whole.whose,
        qualifiers=whole.qualifiers | aside.qualifiers,
        blocker=whole.blocker
        or (aside.blocker if aside.blocker in ("fax", "relative", "locked", "bank", "secret") else ""),
    )


__all__ = ["PHONES", "PLACES", "UNCLEAR", "Meaning", "combined", "meaning", "meanings"]
