"""What stands in the workbook of Lee Morgan, who sells abroad and keeps it tidy?"""

from __future__ import annotations

from typing import Final

from examples.dice import Dice
from examples.files.rows import Row, Typist, company_line, job, mobile, numbered, parts_of, plain, remark, spelled
from examples.troubles import others
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.names import company, person
from examples.troubles.phones import phone
from examples.world.model import Organisation, Person, World

FIRST_ROW: Final = 2
FILL: Final = {
    "Website": 0.6,
    "Office phone": 0.8,
    "Address": 0.5,
    "Client since": 0.6,
    "Tags": 0.8,
    "Job title": 0.9,
    "Mobile": 0.85,
    "Direct": 0.8,
    "Email": 0.9,
    "Comments": 0.4,
}


def rows(world: World, seed: int, tally: Tally) -> list[Row]:
    """One row a contact."""
    typist = Typist("lee", seed, world, tally, FILL)
    blocks: list[list[Row]] = []
    for organisation in typist.organisations():
        staff = typist.staff_or_none(organisation)
        blocks.append([_row(typist, organisation, contact) for contact in staff])
        if typist.hand("again", organisation.id).draw("duplicate"):
            blocks.append([_row(typist, organisation, staff[0], again=("duplicate",))])
    mixed = Dice(seed, "lee", "blocks").shuffled(blocks)
    return numbered((row for block in mixed for row in block), FIRST_ROW)


def _row(typist: Typist, organisation: Organisation, contact: Person | None, again: tuple[str, ...] = ()) -> Row:
    hand = typist.hand(organisation.id, contact.id if contact else "", *again)
    cells = _company(typist, hand, organisation)
    if contact:
        cells |= _contact(typist, hand, contact)
    cells["Pipeline (k)"] = hand.cell("", hand.dice.between(5, 400) if hand.dice.chance(0.4) else "", "")
    return Row("lee", "", parts_of(organisation, contact, cells), cells, troubles=again)


def _company(typist: Typist, hand: Hand, organisation: Organisation) -> dict[str, Cell]:
    def known(column: str) -> bool:
        return typist.knows(hand, column)

    abroad = organisation.language == "en"
    site = f"https://www.{organisation.domain}" if organisation.domain and known("Website") else ""
    since = organisation.since if known("Client since") else None
    where = organisation.address.full if abroad and known("Address") else ""
    return {
        "Account": company(hand, "organisation.name", organisation),
        "Website": plain(hand, "organisation.website", site),
        "Office phone": company_line(hand, organisation, known=known("Office phone"), numeric=True),
        "Address": plain(hand, "organisation.address", where),
        "Client since": others.day(hand, "organisation.customer_since", since, excel=True),
        "Tags": spelled(hand, "organisation.tags", organisation.tags if known("Tags") else (), ", "),
    }


def _contact(typist: Typist, hand: Hand, contact: Person) -> dict[str, Cell]:
    def known(column: str) -> bool:
        return typist.knows(hand, column)

    return {
        "Contact": person(hand, "person.name", contact),
        "Job title": job(hand, contact, known=contact.language == "en" and known("Job title")),
        "Mobile": mobile(hand, contact, known=known("Mobile")),
        "Direct": phone(hand, "person.phones", contact.direct if known("Direct") else ""),
        "Email": plain(hand, "person.emails", contact.email if known("Email") else ""),
        "No contact": plain(hand, "person.do_not_contact", "x" if contact.opted_out else ""),
        "Comments": remark(hand, "person.notes", contact) if known("Comments") else Cell(field="person.notes"),
    }
