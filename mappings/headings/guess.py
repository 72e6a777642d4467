"""What is thought of one column: the field, how sure, and why."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import Said, say


@dataclass(frozen=True, slots=True)
class Guess:
    """field: `person.phones`, "" for none. sure: 0 to 1, before the values are asked. why: for a person, without values."""

    field: str
    sure: float
    why: Said

    def __bool__(self) -> bool:
        return bool(self.field)


SAID = 0.95
"""The heading says it."""
MEANT = 0.85
"""The heading says it, the other columns say of whom."""
LIKELY = 0.7
MAYBE = 0.58
DOUBTED = 0.45
"""Not said, but kept for a person who looks at what was left out."""


def says(field: str, sure: float = SAID) -> Guess:
    if sure >= SAID:
        return Guess(field, sure, say("the heading says so"))
    if sure >= MEANT:
        return Guess(field, sure, say("the heading says what, the other columns say of whom"))
    return Guess(field, sure, say("the heading suggests it, it could mean something else"))


def nothing(why: Said | None = None) -> Guess:
    return Guess("", 0.0, why or say("the heading does not say enough"))


BLOCKED = {
    "fax": say("fax numbers and the like have no field"),
    "secret": say("secrets are not taken over"),
    "bank": say("bank details have no field"),
    "money": say("amounts, terms and prices have no field"),
    "relative": say("it is about somebody else's life, not about the customer"),
    "helper": say("it is about an assistant or a superior, not about the customer"),
    "creator": say("who typed it is not who answers for the customer"),
    "legal": say("what the company register says of the company has no field"),
    "social": say("accounts of other networks have no field"),
    "name": say("other forms of the name have no field"),
    "locked": say("it is for the system's own use"),
    "system": say("it is for the system's own use"),
    "place": say("areas, positions and codes of telephones have no field"),
    "social2": say("it has no field"),
    "count": say("it is counted or worked out by the system"),
    "sales": say("it is about sales, not about the customer"),
}
"""By the class of the word that makes a heading no field of ours."""
