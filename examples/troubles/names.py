"""How are the names of companies and of people typed?"""

from __future__ import annotations

from collections.abc import Callable

from examples.dice import Dice
from examples.troubles.hand import Cell, Hand
from examples.troubles.text import cosmetic, dots, mistyped, traditional, wide_brackets
from examples.words import words
from examples.world.model import Organisation, Person

_VARIANTS = {"肖": "萧", "萧": "肖", "付": "傅", "傅": "付", "阎": "闫", "闫": "阎"}
_FORMS = ("有限责任公司", "股份有限公司", "集团有限公司", "有限公司")


def company(hand: Hand, field: str, organisation: Organisation) -> Cell:
    """The company's name as this hand types it."""
    name = organisation.name
    if organisation.language == "zh" and hand.source == "lee" and hand.draw("translated"):
        return hand.cell(field, organisation.english, organisation.english)
    changes = _english_changes if organisation.language == "en" else _chinese_changes
    clean = hand.first(name, *changes(hand.dice, organisation))
    return hand.cell(field, cosmetic(hand, clean), wide_brackets(clean))


Changes = tuple[tuple[str, Callable[[str], str]], ...]


def _chinese_changes(dice: Dice, organisation: Organisation) -> Changes:
    brand, region, trade = organisation.brand, organisation.region, organisation.industry
    front = organisation.name == f"{region}{brand}{trade}{organisation.form}"
    similar = words("companies")["similar"]
    return (
        ("legal_form_dropped", _without_form),
        ("short_name", lambda _: organisation.spoken),
        ("region_bracketed", lambda t: f"{brand}（{region}）{trade}{organisation.form}" if front else t),
        ("region_moved", lambda t: f"{brand}{trade}（{region}）{organisation.form}" if front else t),
        ("legal_form_other", lambda t: t.replace("有限公司", "有限责任公司") if organisation.form == "有限公司" else t),
        ("traditional", traditional),
        ("company_typo", lambda t: t.replace(brand, mistyped(dice, brand, similar)) if brand in t else t),
    )


def _without_form(text: str) -> str:
    for form in _FORMS:
        if text.endswith(form):
            return text.removesuffix(form)
    return text


def _english_changes(dice: Dice, organisation: Organisation) -> Changes:
    form = organisation.form
    other = {entry[0]: entry[1] for entry in words("english")["forms"]}[form]
    stem = organisation.name.removesuffix(f" {form}")
    return (
        ("legal_form_dropped", lambda _: stem),
        ("short_name", lambda _: organisation.spoken),
        ("legal_form_other", lambda _: f"{stem} {other}"),
        ("upper_case", str.upper),
        ("company_typo", lambda t: mistyped(dice, t, ())),
    )


def person(hand: Hand, field: str, contact: Person, organisation: Organisation | None = None) -> Cell:
    """The contact's name as this hand types it; the company it stands in front of, on a phone."""
    name = contact.name
    if contact.private:
        return hand.cell(field, name, name)
    if contact.language == "en":
        clean = hand.first(name, *_latin_changes(hand.dice, contact))
    elif hand.source == "lee" and hand.draw("translated"):
        clean = hand.dice.pick((contact.latin, " ".join(reversed(contact.latin.split()))))
    elif not contact.given:
        clean = name
        return hand.cell(field, hand.turn("dots", name, lambda t: dots(hand.dice, t)), clean)
    else:
        clean = hand.first(name, *_spoken_changes(hand.dice, contact, organisation))
    return hand.cell(field, cosmetic(hand, clean), clean)


def _spoken_changes(dice: Dice, contact: Person, organisation: Organisation | None) -> Changes:
    similar = words("people")["similar"]
    spoken = organisation.brand if organisation else ""
    return (
        ("placeholder_name", lambda _: contact.family + contact.call),
        ("name_with_company", lambda t: f"{spoken}{t}"),
        ("surname_variant", lambda t: _VARIANTS.get(contact.family, contact.family) + t[len(contact.family) :]),
        ("name_typo", lambda t: contact.family + mistyped(dice, t[len(contact.family) :], similar)),
        ("traditional", traditional),
        ("name_remark", lambda t: t + dice.pick(("（采购）", "(新)", " 财务", "（已离职？）"))),
    )


def _latin_changes(dice: Dice, contact: Person) -> Changes:
    family, given = contact.family, contact.given
    return (
        ("last_first", lambda _: f"{family}, {given}"),
        ("honorific", lambda t: f"{dice.pick(('Mr', 'Ms', 'Mr.', 'Ms.'))} {t}"),
        ("initial", lambda _: f"{given[0]}. {family}"),
        ("nickname", lambda t: f"{contact.nick} {family}" if contact.nick else t),
        ("upper_case", str.upper),
        ("name_typo", lambda t: mistyped(dice, t, ())),
    )
