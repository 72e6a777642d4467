"""Who stands in Wang Fang's phone?"""

from __future__ import annotations

from typing import Final

from examples.dice import Dice
from examples.files.rows import Row, Typist, job, mobile, numbered, own_line, parts_of, plain, remark
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.names import company, person
from examples.troubles.phones import phone
from examples.world.model import Organisation, Person, World

FIRST_ROW: Final = 1
"""Cards are counted from one."""
FILL: Final = {"ORG": 0.8, "TITLE": 0.35, "TEL;WORK": 0.5, "EMAIL": 0.3, "BDAY": 0.2, "NOTE": 0.12}


def rows(world: World, seed: int, tally: Tally) -> list[Row]:
    """One card a contact, and people who are nobody's customers."""
    typist = Typist("phone", seed, world, tally, FILL)
    cards = [
        _card(typist, organisation, contact)
        for organisation in typist.organisations()
        for contact in typist.staff(organisation)
    ]
    cards += [_private(typist, p) for p in world.persons.values() if p.private]
    return numbered(Dice(seed, "phone", "cards").shuffled(cards), FIRST_ROW)


def _card(typist: Typist, organisation: Organisation, contact: Person) -> Row:
    hand = typist.hand(contact.id)

    def known(column: str) -> bool:
        return typist.knows(hand, column)

    cells = {
        "FN": person(hand, "person.name", contact, organisation),
        "ORG": company(hand, "organisation.name", organisation) if known("ORG") else Cell(field="organisation.name"),
        "TITLE": job(hand, contact, known=known("TITLE")),
        "TEL;CELL": mobile(hand, contact, known=True),
        "TEL;WORK": own_line(hand, contact, organisation, known=known("TEL;WORK")),
        "EMAIL": plain(hand, "person.emails", contact.email if known("EMAIL") else ""),
        "BDAY": _birthday(hand, contact if known("BDAY") else None),
        "X-WECHAT": plain(hand, "person.wechat", contact.wechat if hand.dice.chance(0.2) else ""),
        "NOTE": remark(hand, "person.notes", contact) if known("NOTE") else Cell(field="person.notes"),
    }
    return Row("phone", "", parts_of(organisation, contact, cells), cells, troubles=_writing(hand))


def _birthday(hand: Hand, contact: Person | None) -> Cell:
    value = contact.birthday if contact else None
    text = value.isoformat() if value else ""
    return plain(hand, "person.birthday", text)


def _writing(hand: Hand) -> tuple[str, ...]:
    """In which of the ways of twenty years of telephones a card is written; none: version 3.0 in UTF-8."""
    if hand.dice.chance(0.45) and not hand.draw("gbk_card"):
        hand.draw("utf8_card")
    return hand.taken()


def _private(typist: Typist, contact: Person) -> Row:
    hand = typist.hand(contact.id)
    cells = {"FN": plain(hand, "person.name", contact.name), "TEL;CELL": phone(hand, "person.phones", contact.mobile)}
    return Row("phone", "", {"person": contact.id}, cells, troubles=("private",))
