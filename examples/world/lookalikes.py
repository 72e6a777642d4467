"""Which made-up customers look like one and are two, and who has moved or runs two companies?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from examples.dice import Dice
from examples.words import words
from examples.world import codes
from examples.world.companies import Names, address_in, fresh, place_of
from examples.world.contacts import email_of
from examples.world.model import Lookalike, Organisation, Person

SHARES: Final[Mapping[str, float]] = {
    "region_twin": 0.008,
    "brand_twin": 0.01,
    "branch": 0.008,
    "shared_office": 0.004,
    "kin": 0.006,
    "namesake": 0.015,
    "namesake_colleague": 0.003,
    "homophone": 0.005,
    "moved": 0.013,
    "boss_of_two": 0.004,
}
"""How many there are of each, as a share of the customers; at least one.

region_twin: 上海宇润科技有限公司 and 宇润科技（上海）有限公司, two legal entities. brand_twin: one brand and city,
another trade. branch: a company and its 分公司, with one hotline and web site. shared_office: two tenants of one
switchboard and address. kin: father and child, one family name, one mobile, one company. namesake, homophone: the same
(sounding) full name elsewhere in the city. namesake_colleague: the same full name in the same company. moved: left one
company for another. boss_of_two: runs two companies. The last two are one person each and no look-alikes.
"""

ORGANISATIONS: Final = ("region_twin", "brand_twin", "branch", "shared_office")


def how_many(why: str, customers: int) -> int:
    return max(1, round(SHARES[why] * customers))


def twins(
    seed: int, customers: int, base: list[Organisation], names: Names
) -> tuple[list[Organisation], list[Lookalike]]:
    """Companies made to look like one of `base`, with ids of their own."""
    dice = Dice(seed, "twins")
    makers: dict[str, Callable[[Dice, Organisation, Names], Organisation]] = {
        "region_twin": _region_twin,
        "brand_twin": _brand_twin,
        "branch": _branch,
        "shared_office": _tenant,
    }
    models = dice.shuffled([o for o in base if o.language == "zh" and o.name.startswith(o.region) and o.domain])
    made: list[Organisation] = []
    pairs: list[Lookalike] = []
    for why, make in makers.items():
        for _ in range(how_many(why, customers)):
            model = models.pop()
            twin = replace(make(dice, model, names), id=f"C{len(base) + len(made) + 1:04}")
            made.append(twin)
            pairs.append(Lookalike(why, model.id, twin.id))
    return made, pairs


def _other(dice: Dice, model: Organisation, names: Names, **what: object) -> Organisation:
    """A company like `model` with numbers of its own, and what is given."""
    region = model.code[2:8]
    area = next(p["area"] for p in words("companies")["places"] if p["city"] == model.region)
    fields: dict[str, object] = {
        "code": codes.credit_code(dice, region, shop=False, modern=True),
        "registration": codes.registration(dice, region),
        "switchboard": fresh(names, codes.landline, dice, area),
        "hotline": "",
        "domain": f"{model.domain.removesuffix('.example')}{dice.between(2, 9)}.example",
        **what,
    }
    return replace(model, **fields)  # type: ignore[arg-type]


def _region_twin(dice: Dice, model: Organisation, names: Names) -> Organisation:
    place = next(p for p in words("companies")["places"] if p["city"] == model.region)
    name = f"{model.brand}{model.industry}（{model.region}）{model.form}"
    return _other(dice, model, names, name=name, address=address_in(dice, place, model.address.district))


def _brand_twin(dice: Dice, model: Organisation, names: Names) -> Organisation:
    place = next(p for p in words("companies")["places"] if p["city"] == model.region)
    trades = [zh for zh, _, _ in words("companies")["industries"] if zh != model.industry]
    trade = dice.pick(trades)
    name = f"{model.region}{model.brand}{trade}{model.form}"
    address = address_in(dice, place, model.address.district)
    return _other(dice, model, names, name=name, industry=trade, spoken=f"{model.brand}{trade}", address=address)


def _branch(dice: Dice, model: Organisation, names: Names) -> Organisation:
    while True:
        place, district, region = place_of(dice)
        if place["city"] != model.region:
            break
    return _other(
        dice,
        model,
        names,
        name=f"{model.name}{place['city']}分公司",
        spoken=f"{model.brand}{place['city']}",
        code=codes.credit_code(dice, region, shop=False, modern=True),
        switchboard=fresh(names, codes.landline, dice, place["area"]),
        hotline=model.hotline,
        domain=model.domain,
        address=address_in(dice, place, district),
    )


def _tenant(dice: Dice, model: Organisation, names: Names) -> Organisation:
    lists = words("companies")
    while True:
        brand = dice.pick(lists["brand_first"])[0] + dice.pick(lists["brand_second"])[0]
        if names.free(brand):
            break
    trade = dice.pick(lists["industries"])[0]
    name = f"{model.region}{brand}{trade}有限公司"
    return _other(
        dice, model, names, name=name, brand=brand, spoken=brand, industry=trade, switchboard=model.switchboard
    )


class _People:
    """The contacts while some of them are being made alike: each is used for one purpose only."""

    def __init__(self, seed: int, persons: list[Person], organisations: Mapping[str, Organisation]) -> None:
        self.dice = Dice(seed, "people alike")
        self.now = {p.id: p for p in persons}
        self.organisations = organisations
        self._free = [p.id for p in self.dice.shuffled(persons) if p.given and p.sources]

    def take(self, wanted: Callable[[Person], bool]) -> Person:
        """The next one who serves. Raises LookupError where the world is too small for that."""
        for id_ in self._free:
            if wanted(self.now[id_]):
                self._free.remove(id_)
                return self.now[id_]
        raise LookupError("too few made-up customers for every kind of look-alike: ask for more")

    def city(self, person: Person) -> str:
        return self.organisations[person.employer].region

    def pair(self, wanted: Callable[[Person, Person], bool], language: str) -> tuple[Person, Person]:
        """Two free ones who fit each other."""
        ids = list(self._free)
        for id_ in ids:
            first = self.now[id_]
            other = next((i for i in ids if i != id_ and wanted(first, self.now[i])), None)
            if first.language == language and other:
                self._free = [i for i in ids if i not in (id_, other)]
                return first, self.now[other]
        raise LookupError("too few made-up customers for every kind of look-alike: ask for more")

    def rename(self, person: Person, like: Person, given: str, names: Names) -> None:
        """Gives `person` the family name of `like` and that given name; his own address bears it too."""
        sound = like.latin if given == like.given else f"{_sound(given)} {like.latin.split()[-1]}"
        name = like.family + given if like.language == "zh" else f"{given} {like.family}"
        sound = sound if like.language == "zh" else name
        changed = replace(person, name=name, family=like.family, given=given, latin=sound, nick="")
        if changed.email and not changed.shared_email:
            email, shared = email_of(self.dice, sound, self.organisations[person.employer], names)
            changed = replace(changed, email=email, shared_email=shared)
        self.now[person.id] = changed


def _sound(given: str) -> str:
    lists = words("people")
    readings = dict(lists["male"]) | dict(lists["female"]) | dict(lists["rare"])
    return "".join(readings.get(letter, "") for letter in given).capitalize()


def alike(
    seed: int, customers: int, persons: list[Person], organisations: Mapping[str, Organisation], names: Names
) -> tuple[list[Person], list[Lookalike]]:
    """The same contacts, some of them now namesakes, kin, leavers and bosses of two companies."""
    people = _People(seed, persons, organisations)
    pairs: list[Lookalike] = []
    for why, make in (
        ("kin", _kin),
        ("namesake_colleague", _namesake_colleague),
        ("namesake", _namesake),
        ("homophone", _homophone),
    ):
        for number in range(how_many(why, customers)):
            a, b = make(people, names, number)
            pairs.append(Lookalike(why, a, b))
    for _ in range(how_many("moved", customers)):
        _move(people)
    for _ in range(how_many("boss_of_two", customers)):
        _second_company(people)
    return list(people.now.values()), pairs


def _colleagues(one: Person, other: Person) -> bool:
    return one.employer == other.employer


def _kin(people: _People, names: Names, _: int) -> tuple[str, str]:
    father, child = people.pair(lambda a, b: _colleagues(a, b) and a.given != b.given, "zh")
    people.rename(child, father, child.given, names)
    people.now[child.id] = replace(people.now[child.id], mobile=father.mobile)
    return father.id, child.id


def _namesake_colleague(people: _People, names: Names, _: int) -> tuple[str, str]:
    one, other = people.pair(lambda a, b: _colleagues(a, b) and a.title != b.title, "zh")
    people.rename(other, one, one.given, names)
    return one.id, other.id


def _namesake(people: _People, names: Names, number: int) -> tuple[str, str]:
    language = "en" if number % 4 == 3 else "zh"
    one, other = people.pair(
        lambda a, b: not _colleagues(a, b) and people.city(a) == people.city(b) and a.language == b.language, language
    )
    people.rename(other, one, one.given, names)
    return one.id, other.id


def _homophone(people: _People, names: Names, _: int) -> tuple[str, str]:
    similar = {a: b for pair in words("people")["similar"] for a, b in (pair, pair[::-1])}
    one, other = people.pair(
        lambda a, b: not _colleagues(a, b) and people.city(a) == people.city(b) and a.given[-1] in similar, "zh"
    )
    people.rename(other, one, one.given[:-1] + similar[one.given[-1]], names)
    return one.id, other.id


def _move(people: _People) -> None:
    """Wang knows where he works now; the CRM still shows him where he was."""
    organisations = people.organisations
    mover = people.take(lambda p: p.language == "zh" and "wang" in organisations[p.employer].sources)
    former = people.dice.pick(
        [o for o in organisations.values() if o.language == "zh" and "crm" in o.sources and o.id != mover.employer]
    )
    people.now[mover.id] = replace(mover, former=former.id, sources=mover.sources | {"crm", "wang"})


def _second_company(people: _People) -> None:
    organisations = people.organisations
    boss = people.take(lambda p: p.language == "zh" and "wang" in organisations[p.employer].sources)
    other = people.dice.pick([o for o in organisations.values() if "wang" in o.sources and o.id != boss.employer])
    people.now[boss.id] = replace(boss, title="总经理", call="总", second=other.id, sources=boss.sources | {"wang"})
