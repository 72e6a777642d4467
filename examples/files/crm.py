"""What stands in the formal CRM, which five people have kept for ten years?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from examples.files.rows import Row, Typist, job, mobile, plain, remark
from examples.troubles import others
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.names import company, person
from examples.troubles.phones import phone
from examples.world.model import Organisation, Person, World

USERS: Final[Mapping[str, int]] = {"wang": 3, "lee": 5, "chen": 7, "zhao": 8, "sun": 4}
LEVELS: Final[Mapping[str, int]] = {"vip": 1, "normal": 2, "potential": 3}
FILL: Final = {
    "credit_code": 0.72,
    "phone": 0.82,
    "website": 0.6,
    "address": 0.8,
    "level": 0.7,
    "owner_id": 0.97,
    "since": 0.75,
    "tags": 0.7,
    "title": 0.75,
    "mobile": 0.85,
    "line": 0.6,
    "email": 0.65,
    "wechat": 0.25,
    "birthday": 0.3,
    "remark": 0.2,
}


def rows(world: World, seed: int, tally: Tally) -> list[Row]:
    """The accounts, then the contacts, each in the order of its ids."""
    typist = Typist("crm", seed, world, tally, FILL)
    accounts: list[Row] = []
    contacts: list[Row] = []
    for organisation in typist.organisations():
        staff = typist.staff(organisation)
        accounts.append(_account(typist, organisation, len(accounts) + 1001))
        for contact in staff:
            contacts.append(_contact(typist, contact, accounts[-1].row, len(contacts) + 1))
        if typist.hand("again", organisation.id).draw("duplicate"):
            accounts.append(_account(typist, organisation, len(accounts) + 1001, again=("duplicate",)))
            if staff:
                row = _contact(typist, staff[0], accounts[-1].row, len(contacts) + 1, again=("duplicate",))
                contacts.append(row)
    return accounts + contacts


def _account(typist: Typist, organisation: Organisation, id_: int, again: tuple[str, ...] = ()) -> Row:
    hand = typist.hand(organisation.id, *again)

    def known(column: str) -> bool:
        return typist.knows(hand, column) and (not again or hand.dice.chance(0.6))

    code, where = "organisation.identifiers.credit_code", "organisation.address"
    site = f"www.{organisation.domain}" if organisation.domain and known("website") else ""
    cells = {
        "name": _name_again(hand, organisation) if again else company(hand, "organisation.name", organisation),
        "credit_code": others.code(hand, code, organisation)
        if known("credit_code") and not again
        else Cell(field=code),
        "phone": phone(hand, "organisation.phones", organisation.switchboard if known("phone") or again else ""),
        "phone2": phone(hand, "organisation.phones", organisation.hotline),
        "website": plain(hand, "organisation.website", site),
        "address": others.address(hand, where, organisation) if known("address") else Cell(field=where),
        "industry": plain(hand, "", organisation.industry),
        "level": _number(hand, "organisation.tier", LEVELS, organisation.tier if known("level") else ""),
        "owner_id": _number(hand, "organisation.owner", USERS, organisation.owner if known("owner_id") else ""),
        "since": plain(hand, "organisation.customer_since", organisation.since.isoformat() if known("since") else ""),
        "tags": plain(hand, "organisation.tags", ",".join(organisation.tags) if known("tags") else ""),
        **_times(hand, organisation.since),
    }
    return Row("crm", "accounts", {"organisation": organisation.id}, cells, row=id_, key=str(id_), troubles=again)


def _name_again(hand: Hand, organisation: Organisation) -> Cell:
    """Whoever filed a customer a second time had not found it, so the name is often another form of it."""
    short = organisation.name.removesuffix(organisation.form).strip()
    name = hand.dice.weighted(((organisation.name, 0.45), (short, 0.4), (organisation.spoken, 0.15)))
    return hand.cell("organisation.name", name, name)


def _number(hand: Hand, field: str, numbers: Mapping[str, int], word: str) -> Cell:
    return hand.cell(field, numbers[word] if word else "", word)


def _times(hand: Hand, first: date) -> dict[str, Cell]:
    """created_at and updated_at as the CRM writes them, without a zone."""
    created = hand.dice.day(min(first, date(2023, 1, 1)), date(2024, 6, 30))
    updated = hand.dice.day(created, date(2025, 12, 31))
    return {
        name: plain(hand, "", f"{day.isoformat()} {hand.dice.between(8, 18):02}:{hand.dice.between(0, 59):02}:00")
        for name, day in (("created_at", created), ("updated_at", updated))
    }


def _contact(typist: Typist, contact: Person, account: int, id_: int, again: tuple[str, ...] = ()) -> Row:
    hand = typist.hand(contact.id, *again)

    def known(column: str) -> bool:
        return typist.knows(hand, column)

    former = bool(contact.former)
    born = contact.birthday.isoformat() if contact.birthday and known("birthday") else ""
    cells = {
        "account_id": hand.cell("person.works_at", account, ""),
        "full_name": person(hand, "person.name", contact),
        "title": job(hand, contact, known=known("title"), former=former),
        "mobile": mobile(hand, contact, known=known("mobile") or former),
        "phone": phone(hand, "person.phones", contact.direct if known("line") and not former else ""),
        "email": plain(hand, "person.emails", contact.email if known("email") and not former else ""),
        "wechat": plain(hand, "person.wechat", contact.wechat if known("wechat") else ""),
        "birthday": plain(hand, "person.birthday", born),
        "do_not_contact": hand.cell("person.do_not_contact", int(contact.opted_out and hand.dice.chance(0.7)), ""),
        "remark": remark(hand, "person.notes", contact) if known("remark") else Cell(field="person.notes"),
        **_times(hand, date(2022, 1, 1)),
    }
    troubles = (*again, "moved") if former else again
    return Row("crm", "contacts", {"person": contact.id}, cells, row=id_, key=str(id_), troubles=troubles)
