"""What stands in the workbook of Wang Fang, who has kept her customers there for years?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from examples.dice import Dice
from examples.files.rows import (
    Row,
    Typist,
    company_line,
    job,
    mobile,
    numbered,
    own_line,
    parts_of,
    plain,
    remark,
    spelled,
)
from examples.troubles import others
from examples.troubles.hand import Cell, Hand, Tally
from examples.troubles.names import company, person
from examples.world.model import Organisation, Person, World

FIRST_ROW: Final = 4
"""A title, the group headings and the headings stand above."""
FILL: Final = {
    "统一社会信用代码": 0.45,
    "电话": 0.7,
    "地址": 0.65,
    "级别": 0.85,
    "合作日期": 0.5,
    "职务": 0.8,
    "手机": 0.94,
    "电话#2": 0.8,
    "微信": 0.6,
    "邮箱": 0.35,
    "生日": 0.6,
    "标签": 0.8,
    "备注": 0.45,
}
COMPANY: Final = ("公司名称", "统一社会信用代码", "电话", "地址", "行业", "级别", "合作日期", "标签")


def rows(world: World, seed: int, tally: Tally) -> list[Row]:
    """One row a contact; a company with several contacts stands there several times."""
    typist = Typist("wang", seed, world, tally, FILL)
    blocks: list[list[Row]] = []
    for organisation in typist.organisations():
        blocks.append(_block(typist, organisation))
        if typist.hand("again", organisation.id).draw("duplicate"):
            hand = typist.hand("duplicate", organisation.id)
            contact = next(iter(typist.staff(organisation)), None)
            cells = _company(typist, hand, organisation) | _contact(typist, hand, contact)
            blocks.append([_row(hand, organisation, contact, cells, ("duplicate",))])
    mixed = Dice(seed, "wang", "blocks").shuffled(blocks)
    made = numbered((row for block in mixed for row in block), FIRST_ROW)
    return [_moved_down(row, gaps) for place, row in enumerate(made) for gaps in [3 * place // len(made)]]


def _moved_down(row: Row, gaps: int) -> Row:
    """Two empty rows split the sheet in three, as somebody's printer wanted it."""
    return replace(row, row=row.row + gaps, key=f"#{row.row + gaps}")


def _block(typist: Typist, organisation: Organisation) -> list[Row]:
    """The rows of one company: what was typed once is copied down, mostly."""
    made: list[Row] = []
    first: dict[str, Cell] = {}
    for contact in typist.staff_or_none(organisation):
        hand = typist.hand(organisation.id, contact.id if contact else "")
        copied = first and hand.dice.chance(0.75)
        cells = dict(first) if copied else _company(typist, hand, organisation)
        if copied and hand.dice.chance(0.65):
            cells["统一社会信用代码"] = Cell(field="organisation.identifiers.credit_code")
        first = first or dict(cells)
        made.append(_row(hand, organisation, contact, cells | _contact(typist, hand, contact), ()))
    return made


def _company(typist: Typist, hand: Hand, organisation: Organisation) -> dict[str, Cell]:
    def known(column: str) -> bool:
        return typist.knows(hand, column)

    field = "organisation.identifiers.credit_code"
    return {
        "公司名称": company(hand, "organisation.name", organisation),
        "统一社会信用代码": others.code(hand, field, organisation, numeric=True)
        if known("统一社会信用代码")
        else hand.empty(field),
        "电话": company_line(hand, organisation, known=known("电话"), numeric=True),
        "地址": others.address(hand, "organisation.address", organisation)
        if known("地址")
        else hand.empty("organisation.address"),
        "行业": plain(hand, "", organisation.industry if hand.dice.chance(0.6) else ""),
        "级别": others.level(hand, "organisation.tier", organisation.tier if known("级别") else ""),
        "合作日期": others.day(
            hand, "organisation.customer_since", organisation.since if known("合作日期") else None, excel=True
        ),
        "标签": spelled(hand, "organisation.tags", organisation.tags if known("标签") else (), "、"),
    }


def _contact(typist: Typist, hand: Hand, contact: Person | None) -> dict[str, Cell]:
    if contact is None:
        return {}

    def known(column: str) -> bool:
        return typist.knows(hand, column)

    organisation = typist.world.organisations[contact.employer]
    second = contact.direct or organisation.switchboard
    cells = {
        "联系人": person(hand, "person.name", contact),
        "职务": job(hand, contact, known=known("职务")),
        "手机": mobile(hand, contact, known=known("手机"), other=second, numeric=True),
        "电话#2": own_line(hand, contact, organisation, known=known("电话#2"), numeric=True),
        "微信": plain(hand, "person.wechat", contact.wechat)
        if contact.wechat and known("微信")
        else hand.empty("person.wechat"),
        "邮箱": plain(hand, "person.emails", contact.email if known("邮箱") else ""),
        "生日": others.birthday(hand, "person.birthday", contact.birthday if known("生日") else None),
        "备注": remark(hand, "person.notes", contact) if known("备注") else Cell(field="person.notes"),
    }
    return _swapped(hand, cells)


def _swapped(hand: Hand, cells: dict[str, Cell]) -> dict[str, Cell]:
    """Two neighbours pasted the wrong way round; what a cell then shows is not what its column means."""
    for trouble, left, right in (
        ("swapped_columns", "联系人", "手机"),
        ("phone_columns_swapped", "手机", "电话#2"),
    ):
        one, two = cells[left], cells[right]
        if one.raw is None or two.raw is None or not hand.draw(trouble):
            continue
        cleans = (two.clean, one.clean) if trouble == "phone_columns_swapped" else ("", "")
        hand.taken()
        cells[left] = Cell(two.raw, cleans[0], one.field, (*two.troubles, trouble))
        cells[right] = Cell(one.raw, cleans[1], two.field, (*one.troubles, trouble))
    return cells


def _row(
    hand: Hand,
    organisation: Organisation,
    contact: Person | None,
    cells: dict[str, Cell],
    troubles: tuple[str, ...],
) -> Row:
    """Adds what no mapping names: it must still be there after every apply."""
    dice = hand.dice
    cells["最近拜访"] = others.day(hand, "", organisation.since if dice.chance(0.3) else None, excel=True)
    amount = dice.between(3, 900) if dice.chance(0.5) else None
    wrong = amount is None and hand.draw("error_cell")
    cells["年采购额(万元)"] = hand.cell("", "#N/A" if wrong else amount, "")
    cells["银行账号"] = plain(hand, "", f"62{dice.digits(17)}" if dice.chance(0.25) else "")
    cells["跟进人"] = plain(hand, "", "小王" if dice.chance(0.6) else "")
    hand.draw("hidden_row")
    troubles = (*troubles, *hand.taken())
    return Row("wang", "", parts_of(organisation, contact, cells), cells, troubles=troubles)
