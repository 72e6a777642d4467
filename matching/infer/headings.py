"""What does a heading say its column holds, before the values are asked? A role, "none", or "" where it says nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mappings.headings.grammar import meaning
from mappings.suggest import Suggestion, suggest
from matching.infer.lexicon import HEADING_WORDS
from matching.infer.stats import Stats, Untold

NONE: Final = "none"
"""It is known, and nothing by which customers are told apart."""
CODE: Final = "code"
"""An id of some sort: a key where it is unique."""
_USED: Final = frozenset(
    [
        "name",
        "given_name",
        "family_name",
        "short_name",
        "phones",
        "emails",
        "wechat",
        "website",
        "birthday",
        "gender",
        "title",
        "department",
        "industry",
        "country",
        "region",
        "city",
        "district",
        "street",
        "address",
        "postal_code",
    ]
)
_BARRED: Final = frozenset(
    ["fax", "bank", "money", "secret", "relative", "helper", "creator", "locked", "system", "count"]
)
_PIECES: Final = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")
_CODES: Final = frozenset(
    [
        "id",
        "key",
        "no",
        "nr",
        "num",
        "number",
        "code",
        "uuid",
        "guid",
        "rec",
        "recid",
        "rid",
        "record",
        "row",
        "index",
        "idx",
        "ref",
    ]
)
_PERSONAL_NUMBERS: Final = frozenset(("ssn", "soc", "sin", "nin", "passport"))


def said(table: Untold, stats: Sequence[Stats]) -> list[str]:
    """A role for each heading."""
    suggestions = suggest(table.headings, [s.sample for s in stats], table_name=table.name)
    return [_said(suggestion) for suggestion in suggestions]


def _said(suggestion: Suggestion) -> str:
    found = meaning(suggestion.heading)
    ours = _of_words(suggestion.heading)
    if suggestion.field is not None and not (found.unknown and ours):
        return _of_field(suggestion.field)
    if found.blocker in _BARRED:
        return NONE
    if ours:
        return ours
    if suggestion.maybe:
        return _of_field(suggestion.maybe)
    return CODE if found.attribute in ("id", "code") else ""


def _of_field(field: str) -> str:
    kind, _, name = field.partition(".")
    name = name.removeprefix("second.")
    if (kind == "organisation" and name == "name") or name == "works_at":
        return "company"
    if name.startswith("identifiers"):
        return "identifiers"
    return name if kind in ("person", "organisation") and name in _USED else NONE


def _of_words(heading: str) -> str:
    """`birth_place` is a place, `street_number` a house, `restaurant_name` a company: the last word that says something,
    unless two together say more.
    """
    found = [piece.lower() for piece in _PIECES.findall(heading)]
    roles = [HEADING_WORDS[word] for word in found if word in HEADING_WORDS]
    if _PERSONAL_NUMBERS.intersection(found):
        return "identifiers"
    if "name" in found:
        named = [role for role in roles if role in ("given_name", "family_name", "middle", "company")]
        return named[-1] if named else ("name" if len(found) == 1 else "")
    if not roles:
        return CODE if found and found[-1] in _CODES else ""
    placed = {"street", "house"}.intersection(roles)
    if placed and _CODES.intersection(found):
        return "house"
    return "street" if placed and roles[-1] in ("industry", *placed) else roles[-1]
