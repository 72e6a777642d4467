"""Who are the customers of this crowd? Companies with a front desk, people of whom some are namesakes, relatives or moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from benchmarks.crowd.words import ABROAD, BRAND_SIGNS, CITIES, FAMILIES, FIRST, GIVEN, JOBS, LAST, ROADS, TRADES

_FAMILIES: Final = [tuple(one.split()) for one in FAMILIES.replace("\n", "|").split("|") if one.strip()]
_WEIGHTS: Final = [int(one[3]) for one in _FAMILIES]
_GIVEN: Final = [tuple(one.split()) for one in GIVEN.replace("\n", "|").split("|") if one.strip()]
SOUNDS: Final = {sign: sound for sign, sound, _ in _GIVEN}
ALIKE: Final = {
    sign: [other for other, sound, _ in _GIVEN if sound == SOUNDS[sign] and other != sign] for sign in SOUNDS
}
"""Signs of given names that sound alike: what an input method offers in their place."""
_STARTS: Final = ("+86139", "+86136", "+86158", "+86177", "+86186", "+86199", "+86131", "+86150")


@dataclass(frozen=True)
class Firm:
    """A company. desk: the landline of its front desk, which every contact may give."""

    city: str
    brand: str
    trade: str
    name: str
    domain: str
    desk: str
    address: str
    abroad: bool = False


@dataclass(frozen=True)
class Person:
    """One customer. roman, hong_kong: the name in Latin letters, given name last. before: where he worked before."""

    number: int
    name: str
    family: str
    given: str
    roman: tuple[str, str]
    hong_kong: tuple[str, str]
    firm: Firm
    job: str
    mobile: str
    mail: str
    wechat: str
    before: Firm | None = None
    second: str = ""


def firms(dice: Random, many: int) -> list[Firm]:
    return [_abroad(dice) if dice.random() < 0.1 else _firm(dice) for _ in range(many)]


def _firm(dice: Random) -> Firm:
    city, trade = dice.choice(list(CITIES)), dice.choice(list(TRADES))
    signs = dice.sample(list(BRAND_SIGNS), dice.choice((2, 2, 3)))
    brand, sound = "".join(signs), "".join(BRAND_SIGNS[sign] for sign in signs)
    form = dice.choice(("有限公司", "有限公司", "有限公司", "股份有限公司", "厂" if len(trade) == 2 else "有限公司"))
    desk = f"{CITIES[city][1]}-{dice.randrange(20000000, 89999999)}"
    inside = dice.choice(("", "", f"{dice.randrange(1, 30)}楼", dice.choice("ABCD") + "座"))
    address = f"{city}市{dice.choice(ROADS)}{dice.randrange(1, 900)}号{inside}"
    domain = dice.choice((f"{sound}.cn", f"{sound}-{TRADES[trade]}.com", f"{sound}.com.cn"))
    return Firm(city, brand, trade, f"{city}{brand}{trade}{form}", domain, desk, address)


def _abroad(dice: Random) -> Firm:
    last, city, trade = (
        dice.choice(LAST),
        dice.choice(ABROAD),
        dice.choice(("Instruments", "Foods", "Textiles", "Tooling", "Optics")),
    )
    desk = f"+44 1{dice.randrange(10**8, 10**9)}"
    address = f"{dice.randrange(1, 400)} {dice.choice(LAST)} {dice.choice(('Road', 'Street', 'Lane'))}"
    name = f"{last} {trade} {dice.choice(('Ltd', 'Limited', 'PLC', 'Pty Ltd'))}"
    return Firm(city, last, trade, name, f"{last.lower()}-{trade.lower()}.example", desk, address, abroad=True)


def people(dice: Random, places: list[Firm], many: int) -> list[Person]:
    """Persons of these companies, one to four each; a few are kin of a colleague or bear his name."""
    out: list[Person] = []
    while len(out) < many:
        firm = dice.choice(places)
        one = _person(dice, firm, len(out))
        chance = dice.random()
        if chance < 0.03 and out and not out[-1].firm.abroad:  # kin: one family name, one company, sometimes one phone
            kin = out[-1]
            one = _chinese(dice, kin.firm, len(out), kin.family)
            one = replace(one, mobile=kin.mobile) if dice.random() < 0.3 else one
        elif chance < 0.10 and len(out) > 20:  # a namesake in another company
            other = out[dice.randrange(len(out))]
            if not other.firm.abroad and not firm.abroad:
                one = replace(
                    one,
                    name=other.name,
                    family=other.family,
                    given=other.given,
                    roman=other.roman,
                    hong_kong=other.hong_kong,
                )
        if dice.random() < 0.05:
            one = replace(one, before=one.firm, firm=dice.choice([f for f in places if f.abroad == one.firm.abroad]))
        if dice.random() < 0.06:
            one = replace(one, second=mobile(dice))
        out.append(one)
    return out


def mobile(dice: Random) -> str:
    return f"{dice.choice(_STARTS)}{dice.randrange(10**8):08}"


def _person(dice: Random, firm: Firm, number: int) -> Person:
    if not firm.abroad:
        return _chinese(dice, firm, number, "")
    first, last = dice.choice(FIRST), dice.choice(LAST)
    phone, mail = f"+447{dice.randrange(10**9):09}", f"{first}.{last}@{firm.domain}".lower()
    job = dice.choice(list(JOBS.values()))
    return Person(number, f"{first} {last}", last, first, (last, first), (last, first), firm, job, phone, mail, "")


def _chinese(dice: Random, firm: Firm, number: int, family: str) -> Person:
    chosen = dice.choices(_FAMILIES, _WEIGHTS)[0] if not family else next(one for one in _FAMILIES if one[0] == family)
    signs = dice.choices(_GIVEN, k=dice.choice((1, 2, 2, 2, 2)))
    given = "".join(sign[0] for sign in signs)
    sounds, cantonese = "".join(sign[1] for sign in signs), " ".join(sign[2].capitalize() for sign in signs)
    roman = chosen[1].replace("ü", "v").capitalize(), sounds.capitalize()
    phone = mobile(dice)
    start = dice.choice((sounds[:1] + chosen[1], f"{sounds}.{chosen[1]}", chosen[1] + sounds)).replace("ü", "v")
    mail = dice.choice((f"{start}@{firm.domain}", f"{start}{dice.randrange(10, 99)}@163.com", f"{phone[3:]}@139.com"))
    wechat = dice.choice(
        (f"{start.replace('.', '')}_{dice.randrange(100, 9999)}", phone[3:], f"wx{dice.randrange(10**6, 10**7)}")
    )
    hong_kong = chosen[2].capitalize(), cantonese
    return Person(
        number,
        chosen[0] + given,
        chosen[0],
        given,
        roman,
        hong_kong,
        firm,
        dice.choice(list(JOBS)),
        phone,
        mail,
        wechat,
    )


__all__ = ["ALIKE", "Firm", "Person", "firms", "mobile", "people"]
