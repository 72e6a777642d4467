"""What does the ERP export of all who ever ordered?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from examples.files.rows import Row, Typist, company_line, mobile, own_line, parts_of, plain
from examples.troubles import others
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.names import company, person
from examples.world.model import Organisation, Person, World

FIRST_ROW: Final = 2
COLUMNS: Final = (
    "客户编码",
    "客户名称",
    "税号",
    "单位地址",
    "联系电话",
    "联系人",
    "手机",
    "业务员",
    "建档日期",
    "信用额度",
    "最近订单日",
)
FILL: Final = {"税号": 0.8, "单位地址": 0.7, "联系电话": 0.85, "手机": 0.85, "业务员": 0.9, "建档日期": 0.95}
COLLEAGUES: Final = {"wang": "zhao", "lee": "zhao", "chen": "zhao", "zhao": "chen", "sun": "zhao"}


def rows(world: World, seed: int, tally: Tally) -> list[Row]:
    """One row a customer with the contact of its orders; some were filed twice."""
    typist = Typist("erp", seed, world, tally, FILL)
    made = list(_rows(typist))
    made.sort(key=lambda row: row.key)
    return [replace(row, row=place) for place, row in enumerate(made, FIRST_ROW)]


def _rows(typist: Typist) -> Iterator[Row]:
    for place, organisation in enumerate(typist.organisations()):
        contact = next(iter(typist.staff(organisation)), None)
        yield _row(typist, organisation, contact, f"K{10200 + place * 7}")
        if typist.hand("again", organisation.id).draw("duplicate"):
            yield _row(typist, organisation, contact, f"K{19000 + place * 7}", again=("duplicate",))


def _row(
    typist: Typist, organisation: Organisation, contact: Person | None, key: str, again: tuple[str, ...] = ()
) -> Row:
    hand = typist.hand(organisation.id, *again)
    cells = {"客户编码": plain(hand, "", key), **_company(typist, hand, organisation)}
    if contact:
        cells |= _contact(typist, hand, contact, organisation)
    cells["业务员"] = _owner(typist, hand, organisation)
    cells["信用额度"] = plain(hand, "", f"{hand.dice.between(1, 50) * 10000}.00")
    cells["最近订单日"] = others.day(hand, "", hand.dice.day(date(2024, 1, 1), date(2025, 12, 20)), excel=False)
    return Row("erp", "", parts_of(organisation, contact, cells), cells, key=key, troubles=again)


def _company(typist: Typist, hand: Hand, organisation: Organisation) -> dict[str, Cell]:
    def known(column: str) -> bool:
        return typist.knows(hand, column)

    code, where = "organisation.identifiers.credit_code", "organisation.address"
    since = organisation.since if known("建档日期") else None
    return {
        "客户名称": company(hand, "organisation.name", organisation),
        "税号": others.code(hand, code, organisation) if known("税号") else hand.empty(code),
        "单位地址": others.address(hand, where, organisation) if known("单位地址") else hand.empty(where),
        "联系电话": company_line(hand, organisation, known=known("联系电话")),
        "建档日期": others.day(hand, "organisation.customer_since", since, excel=False),
    }


def _contact(typist: Typist, hand: Hand, contact: Person, organisation: Organisation) -> dict[str, Cell]:
    known = typist.knows(hand, "手机")
    return {
        "联系人": person(hand, "person.name", contact),
        "手机": mobile(hand, contact, known=known, other=contact.direct)
        if known
        else own_line(hand, contact, organisation, known=hand.dice.chance(0.5)),
    }


def _owner(typist: Typist, hand: Hand, organisation: Organisation) -> Cell:
    """Whose customer it is; now and then the colleague who had it before."""
    id_ = organisation.owner if typist.knows(hand, "业务员") else ""
    if id_ and hand.draw("stale_owner"):
        id_ = COLLEAGUES[id_]
    return others.owner(hand, "organisation.owner", id_)
