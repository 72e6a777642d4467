"""How are codes, addresses, dates, levels and owners typed?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from examples.troubles.hand import Cell, Hand
from examples.troubles.text import cosmetic, full_width
from examples.world.model import Organisation

EPOCH: Final = date(1899, 12, 30)
"""Day 0 of Excel's serial numbers, from March 1900 on."""
SPOKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "wang": ("小王", "王姐"),
    "lee": ("Lee",),
    "chen": ("老陈",),
    "zhao": ("小赵",),
    "sun": ("小孙",),
}
NAMES: Final[Mapping[str, str]] = {
    "wang": "王芳",
    "lee": "Lee Morgan",
    "chen": "陈建国",
    "zhao": "赵敏",
    "sun": "孙磊",
}
_LETTERS: Final[Mapping[str, str]] = {"vip": "A", "normal": "B", "potential": "C"}


def code(hand: Hand, field: str, organisation: Organisation, *, numeric: bool = False) -> Cell:
    """The credit code. numeric: the file has number cells, which keep fifteen digits."""
    text = organisation.code
    if not text:
        return hand.empty(field)
    if hand.draw("old_registration"):
        return hand.cell(field, organisation.registration, organisation.registration)
    if numeric and text.isdigit() and hand.draw("code_as_number"):
        return hand.cell(field, float(text), "")
    place = hand.dice.between(9, 15)
    wrong = "0" if text[place] != "0" else "8"
    clean = hand.first(
        text,
        ("code_lost_digit", lambda t: t[:place] + t[place + 1 :]),
        ("code_typo", lambda t: t[:place] + wrong + t[place + 1 :]),
    )
    shown = hand.first(
        clean,
        ("code_spaces", lambda t: hand.dice.pick((" ".join((t[:8], t[8:17], t[17:])), f"{t} ", f"{t[:6]}-{t[6:]}"))),
        ("code_lower", str.lower),
        ("full_width", full_width),
        ("zero_width", lambda t: f"\u200b{t}"),
    )
    return hand.cell(field, shown, clean)


def address(hand: Hand, field: str, organisation: Organisation) -> Cell:
    """Where the company sits; towns are left out, nothing is invented."""
    where = organisation.address
    clean = hand.first(
        where.full,
        ("address_no_province", lambda t: t.removeprefix(where.province)),
        ("address_short", lambda _: where.short),
    )
    return hand.cell(field, cosmetic(hand, clean), clean)


def day(hand: Hand, field: str, value: date | None, *, excel: bool) -> Cell:
    """A date: a date cell (excel) or ISO text, or one of the other forms people use."""
    if value is None:
        return hand.empty(field)
    clean = value.isoformat()
    if excel and hand.draw("date_serial"):
        return hand.cell(field, (value - EPOCH).days, "")
    if hand.draw("date_as_text"):
        return hand.cell(field, _as_text(hand, value), clean)
    return hand.cell(field, value if excel else clean, clean)


def _as_text(hand: Hand, value: date) -> str:
    year, month, number = value.year, value.month, value.day
    if hand.source == "lee":
        return f"{number} {value:%B %Y}"
    return hand.dice.pick(
        (
            f"{year}/{month}/{number}",
            f"{year}.{month}.{number}",
            f"{year}年{month}月{number}日",
            f"{value:%Y-%m-%d}",
            f"{value:%Y%m%d}",
        )
    )


def birthday(hand: Hand, field: str, value: date | None) -> Cell:
    """Month and day, as one congratulates; some cells are date cells that show no year."""
    if value is None:
        return hand.empty(field)
    clean = f"--{value:%m-%d}"
    if hand.draw("date_serial"):
        return hand.cell(field, (value - EPOCH).days, "")
    if hand.dice.chance(0.15):
        return hand.cell(field, value, clean)
    shown = hand.dice.weighted(((f"{value.month}月{value.day}日", 0.6), (f"{value:%m}月{value:%d}日", 0.4)))
    return hand.cell(field, shown, clean)


def level(hand: Hand, field: str, tier: str) -> Cell:
    """A, B or C."""
    if not tier:
        return hand.cell(field, "", "")
    if hand.draw("level_unknown"):
        return hand.cell(field, hand.dice.pick(("S", "D?")), "")
    letter = _LETTERS[tier]
    shown = hand.turn("level_variant", letter, lambda t: hand.dice.pick((f"{t}类", t.lower(), f"{t} ", full_width(t))))
    return hand.cell(field, shown, tier)


def owner(hand: Hand, field: str, id_: str) -> Cell:
    """One of our own people, by any name he goes by."""
    if not id_:
        return hand.empty(field)
    if hand.draw("owner_unknown"):
        return hand.cell(field, hand.dice.pick(("待定", "公司", "小黄")), "")
    if hand.draw("owner_short"):
        return hand.cell(field, hand.dice.pick(SPOKEN[id_]), id_)
    return hand.cell(field, NAMES[id_], id_)
