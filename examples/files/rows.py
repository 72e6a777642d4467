"""What is one record of a made-up source, before it is written to its file?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from examples.dice import Dice
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.phones import national, phone, stale
from examples.words import words
from examples.world.model import Organisation, Person, World


@dataclass(frozen=True, slots=True)
class Row:
    """cells: column → what stands there. parts: part → true customer. row: its place in the file (see docs of the
    truth file). key: what a reader knows it by. troubles: those of the whole record."""

    source: str
    table: str
    parts: Mapping[str, str]
    cells: Mapping[str, Cell]
    row: int = 0
    key: str = ""
    troubles: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its table as the demo's mappings call it."""
        return f"{self.source}.{self.table}" if self.table else self.source

    def raw(self, column: str) -> object:
        cell = self.cells.get(column)
        return cell.raw if cell else None


@dataclass(slots=True)
class Typist:
    """Fills the records of one source: who types, and how much is left empty."""

    source: str
    seed: int
    world: World
    tally: Tally
    fill: Mapping[str, float] = field(default_factory=dict)

    def hand(self, *names: object) -> Hand:
        """Dice and troubles of one record."""
        return Hand(self.source, Dice(self.seed, self.source, *names), self.tally)

    def knows(self, hand: Hand, column: str) -> bool:
        """Whether this cell is filled at all."""
        return hand.dice.chance(self.fill.get(column, 1.0))

    def organisations(self) -> list[Organisation]:
        """Those this source knows, in no order a file would betray."""
        known = [o for o in self.world.organisations.values() if self.source in o.sources]
        return Dice(self.seed, self.source, "order").shuffled(known)

    def staff(self, organisation: Organisation) -> list[Person]:
        """The contacts this source shows there. The CRM still shows a leaver at his former company."""
        return [
            p for p in self.world.persons.values() if self.source in p.sources and organisation.id in self._employers(p)
        ]

    def staff_or_none(self, organisation: Organisation) -> list[Person | None]:
        """The same, or one None: a company without a contact has a record too."""
        return [*self.staff(organisation)] or [None]

    def _employers(self, person: Person) -> tuple[str, ...]:
        if self.source == "crm" and person.former:
            return (person.former,)
        return (person.employer, person.second) if self.source == "wang" and person.second else (person.employer,)


def numbered(rows: Iterable[Row], first: int) -> list[Row]:
    """The rows with their places, the first of which is given; the key is the place, as Offbook writes it: `#4`."""
    return [replace(row, row=place, key=f"#{place}") for place, row in enumerate(rows, first)]


def job(hand: Hand, contact: Person, *, known: bool, former: bool = False) -> Cell:
    """His title, or the one he had before."""
    if not known or not contact.title:
        return hand.empty("person.title")
    old = former or hand.draw("stale_title")
    return plain(hand, "person.title", contact.old_title if old else contact.title)


def mobile(hand: Hand, contact: Person, *, known: bool, other: str = "", numeric: bool = False) -> Cell:
    """His mobile, or the one he had before; a second number may stand in the same cell."""
    number = stale(hand, contact.mobile if known else "", contact.old_mobile)
    return phone(hand, "person.phones", number, other=other, numeric=numeric)


def own_line(hand: Hand, contact: Person, organisation: Organisation, *, known: bool, numeric: bool = False) -> Cell:
    """His second number: an own line, an extension, or only the switchboard."""
    number = contact.direct if known else ""
    if not number and hand.draw("switchboard_as_own"):
        number = organisation.switchboard
    return phone(hand, "person.phones", number, numeric=numeric)


def company_line(hand: Hand, organisation: Organisation, *, known: bool, numeric: bool = False) -> Cell:
    """The switchboard, or the 400 number."""
    number = organisation.switchboard if known else ""
    if number and organisation.hotline and hand.draw("hotline"):
        number = organisation.hotline
    return phone(hand, "organisation.phones", number, numeric=numeric)


def remark(hand: Hand, name: str, contact: Person) -> Cell:
    """What somebody noted of a contact; some notes hold a number, a line break or a sign like a formula's."""
    text = hand.dice.pick(words("english" if contact.language == "en" else "people")["notes"])
    number = str(hand.dice.between(2, 30))
    spare = national(contact.old_mobile) if contact.old_mobile else number
    text = text.format(n=number, phone=spare)
    return hand.cell(name, text, text)


def spelled(hand: Hand, name: str, texts: Iterable[str], glue: str) -> Cell:
    """Several short words in one cell."""
    joined = glue.join(texts)
    return hand.cell(name, joined, joined)


def plain(hand: Hand, name: str, text: str) -> Cell:
    """Typed as it is."""
    return hand.cell(name, text, text)


def parts_of(organisation: Organisation, contact: Person | None, cells: Mapping[str, Cell]) -> dict[str, str]:
    """Whom the record speaks of: a part needs a cell that identifies it."""
    shown = {cell.field for cell in cells.values() if cell.raw is not None}
    parts = {"organisation": organisation.id} if "organisation.name" in shown else {}
    if contact and shown & {"person.name", "person.phones", "person.emails", "person.wechat"}:
        parts["person"] = contact.id
    return parts
