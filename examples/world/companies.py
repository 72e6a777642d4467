"""Which made-up companies are there?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from examples.dice import Dice
from examples.words import words
from examples.world import codes
from examples.world.model import Address, Organisation

ENGLISH = 0.22
"""Share of customers abroad."""

_OWNERS = {
    "zh": (("wang", 0.5), ("chen", 0.22), ("zhao", 0.16), ("sun", 0.05), ("lee", 0.07)),
    "en": (("lee", 0.72), ("zhao", 0.18), ("wang", 0.1)),
}
_TIERS = (("vip", 0.2), ("normal", 0.5), ("potential", 0.3))


@dataclass(slots=True)
class Names:
    """What is taken already: two customers share a name or number only where somebody meant it."""

    taken: set[str] = field(default_factory=set)

    def free(self, *texts: str) -> bool:
        """Takes the texts if none of them is in use."""
        if any(text in self.taken for text in texts):
            return False
        self.taken.update(texts)
        return True


def companies(seed: int, count: int, names: Names) -> list[Organisation]:
    """So many, each with a brand of its own."""
    made = []
    for number in range(1, count + 1):
        dice = Dice(seed, "company", number)
        make = _english if dice.chance(ENGLISH) else _shop if dice.chance(0.04) else _chinese
        made.append(make(dice, f"C{number:04}", names))
    return made


def place_of(dice: Dice) -> tuple[dict[str, Any], str, str]:
    """A Chinese city, a district of it and the district's six digits."""
    place = dice.weighted([(p, p["weight"]) for p in words("companies")["places"]])
    district, region = dice.pick(place["districts"])
    return place, district, region


def address_in(dice: Dice, place: dict[str, Any], district: str) -> Address:
    detail = f"{dice.between(1, 12)}幢{dice.between(1, 22)}{dice.between(1, 16):02}室" if dice.chance(0.55) else ""
    street = dice.pick(words("companies")["streets"])
    return Address(place["city"], street, dice.between(3, 2400), place["province"], district, detail)


def chinese_name(dice: Dice, region: str, brand: str, industry: str, form: str) -> str:
    """A registered name; where the region stands is the founder's choice."""
    shape = dice.weighted((("front", 0.8), ("middle", 0.07), ("end", 0.05), ("none", 0.08)))
    if shape == "front" or "（" in form:
        return f"{region}{brand}{industry}{form}"
    if shape == "middle":
        return f"{brand}（{region}）{industry}{form}"
    return f"{brand}{industry}（{region}）{form}" if shape == "end" else f"{brand}{industry}{form}"


def _brand(dice: Dice, names: Names) -> tuple[str, str]:
    """A brand that nobody has, and how it sounds."""
    lists = words("companies")
    while True:
        if dice.chance(0.06):
            brand, sound = dice.pick(lists["brand_words"])
        else:
            (one, first), (two, second) = dice.pick(lists["brand_first"]), dice.pick(lists["brand_second"])
            brand, sound = one + two, first + second
            if dice.chance(0.1):
                third, more = dice.pick(lists["brand_second"])
                brand, sound = brand + third, sound + more
        if len(set(brand)) == len(brand) and names.free(brand):
            return str(brand), str(sound)


def fresh(names: Names, draw: Any, *arguments: object) -> str:
    """Draws until the number is nobody's."""
    while not names.free(number := str(draw(*arguments))):
        pass
    return number


def domain_of(dice: Dice, sound: str, kind: str) -> str:
    """Under `.example`, which nobody can own; a company's own beginning makes it unlike others."""
    tail = dice.weighted((("", 0.5), (f"-{kind.split()[0].lower()}", 0.3), ("group", 0.1), ("china", 0.1)))
    return f"{sound}{tail}.example"


def _chinese(dice: Dice, id_: str, names: Names) -> Organisation:
    lists = words("companies")
    place, district, region = place_of(dice)
    brand, sound = _brand(dice, names)
    industry, abroad = dice.weighted([((zh, en), weight) for zh, en, weight in lists["industries"]])
    form, latin = dice.weighted([((zh, en), weight) for zh, en, weight in lists["forms"]])
    return Organisation(
        id=id_,
        language="zh",
        name=chinese_name(dice, place["city"], brand, industry, form),
        spoken=dice.weighted(((brand, 0.5), (f"{brand}{industry}", 0.35), (f"{place['city']}{brand}", 0.15))),
        region=place["city"],
        brand=brand,
        industry=industry,
        form=form,
        english=f"{place['pinyin'].capitalize()} {sound.capitalize()} {abroad} {latin}",
        code=fresh(names, _code, dice, region),
        registration=codes.registration(dice, region),
        switchboard=fresh(names, codes.landline, dice, place["area"]),
        hotline=fresh(names, codes.hotline, dice) if dice.chance(0.1) else "",
        address=address_in(dice, place, district),
        domain=domain_of(dice, sound, abroad),
        **_business(dice, "zh"),
    )


def _code(dice: Dice, region: str) -> str:
    return codes.credit_code(dice, region, shop=False, modern=dice.chance(0.6))


def _shop(dice: Dice, id_: str, names: Names) -> Organisation:
    """A shop of one family (个体工商户): its name bears the whole place and its owner's trade."""
    lists = words("companies")
    place, district, region = place_of(dice)
    brand, sound = _brand(dice, names)
    trade = dice.pick(lists["trades"])
    form = dice.weighted([(form, weight) for form, weight in lists["shops"]])
    return Organisation(
        id=id_,
        language="zh",
        name=f"{place['city']}市{district}{brand}{trade}{form}",
        spoken=f"{brand}{trade}",
        region=place["city"],
        brand=brand,
        industry=trade,
        form=form,
        english=f"{sound.capitalize()} Shop",
        code=codes.credit_code(dice, region, shop=True, modern=True),
        registration=codes.registration(dice, region),
        switchboard=fresh(names, codes.landline, dice, place["area"]),
        hotline="",
        address=address_in(dice, place, district),
        domain="",
        **_business(dice, "zh"),
    )


def _english(dice: Dice, id_: str, names: Names) -> Organisation:
    lists = words("english")
    place = dice.weighted([(p, p["weight"]) for p in lists["places"]])
    form, _, _ = dice.weighted([(item, item[2]) for item in lists["forms"]])
    while True:
        brand = dice.pick(lists["brand"]) if dice.chance(0.7) else dice.pick(lists["last"])
        trade = dice.pick(lists["trades"])
        if names.free(brand):
            break
        brand = f"{brand} {dice.pick(lists['brand'])}"
        if names.free(brand):
            break
    name = f"{brand} {trade} {form}"
    return Organisation(
        id=id_,
        language="en",
        name=name,
        spoken=dice.pick((brand, f"{brand} {trade}")),
        region=place["city"],
        brand=brand,
        industry=trade,
        form=form,
        english=name,
        code="",
        registration="",
        switchboard=fresh(names, codes.abroad_line, dice, place["landline"]),
        hotline="",
        address=Address(place["city"], dice.pick(lists["streets"]), dice.between(1, 480), country=place["country"]),
        domain=f"{''.join(c for c in brand.lower() if c.isalpha())}-{trade.lower()}.example",
        **_business(dice, "en"),
    )


def _business(dice: Dice, language: str) -> dict[str, Any]:
    """What the sales team says of a customer, the same for every kind of company."""
    tags = words("people" if language == "zh" else "english")["tags"]
    return {
        "tier": dice.weighted(_TIERS),
        "since": dice.day(date(2009, 3, 1), date(2025, 11, 30)),
        "owner": dice.weighted(_OWNERS[language]),
        "tags": tuple(dice.some(tags, dice.weighted(((0, 0.5), (1, 0.3), (2, 0.2))))),
    }
