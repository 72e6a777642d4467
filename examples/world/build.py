"""How does one seed become a world of made-up customers, and where is each of them known?"""

from __future__ import annotations

from dataclasses import replace

from examples.dice import Dice
from examples.world.companies import Names, companies
from examples.world.contacts import contacts, private_contacts
from examples.world.lookalikes import ORGANISATIONS, alike, how_many, twins
from examples.world.model import Lookalike, Organisation, Person, World

SOURCES = ("crm", "wang", "lee", "erp", "phone")
_STAFF = {"crm": (0.8, 0.95), "wang": (0.75, 0.96), "lee": (0.8, 0.97), "phone": (0.6, 1.0)}
"""How likely a contact of a known company stands there too, and that at least one of them does."""
LEAST = 120
"""Fewer customers than this have no room for every look-alike."""


def build(seed: int, customers: int) -> World:
    """The world of a seed. Raises ValueError for fewer than `LEAST` customers."""
    if customers < LEAST:
        raise ValueError(f"{customers} made-up customers are too few; ask for {LEAST} or more")
    names = Names()
    base = companies(seed, customers - sum(how_many(why, customers) for why in ORGANISATIONS), names)
    more, pairs = twins(seed, customers, base, names)
    organisations = {o.id: _known(seed, o) for o in (*base, *more)}
    for pair in pairs:
        _both_known(seed, organisations, pair)
    persons = [
        p
        for organisation in organisations.values()
        for p in _known_staff(seed, organisation, contacts(seed, [organisation], names))
    ]
    persons, kin = alike(seed, customers, persons, organisations, names)
    persons += private_contacts(seed, names)
    return World(organisations, {p.id: p for p in persons}, (*pairs, *kin))


def _known(seed: int, organisation: Organisation) -> Organisation:
    """Draws the sources that know a company; every one is known somewhere."""
    dice = Dice(seed, "known", organisation.id)
    crm = dice.chance(0.6)
    owner, english = organisation.owner, organisation.language == "en"
    rates = {
        "wang": (0.6 if english else 0.78) if owner == "wang" else 0.02,
        "lee": 0.82 if owner == "lee" else 0.015 if english else 0.0,
        "erp": (0.3 if english else 0.45) if crm else 0.12,
        "phone": 0.4 if owner == "wang" else 0.015,
    }
    known = {source for source, rate in rates.items() if dice.chance(rate)}
    return replace(organisation, sources=frozenset(known | {"crm"} if crm or not known else known))


def _both_known(seed: int, organisations: dict[str, Organisation], pair: Lookalike) -> None:
    """A look-alike is only a danger where both stand somewhere: the first in the CRM, the other anywhere."""
    first, other = organisations[pair.a], organisations[pair.b]
    where = Dice(seed, "both known", pair.b).pick(("wang", "wang", "erp", "crm"))
    organisations[pair.a] = replace(first, sources=first.sources | {"crm"})
    owner = "wang" if where == "wang" else other.owner
    organisations[pair.b] = replace(other, sources=frozenset({where}), owner=owner)


def _known_staff(seed: int, organisation: Organisation, staff: list[Person]) -> list[Person]:
    """Draws the sources that know each contact of a company."""
    dice = Dice(seed, "known staff", organisation.id)
    known: dict[str, set[str]] = {p.id: set() for p in staff}
    for source in SOURCES:
        if source not in organisation.sources:
            continue
        if source == "erp":  # an order form has room for one
            known[dice.pick(staff).id].add(source)
            continue
        each, anyone = _STAFF[source]
        some = [p for p in staff if dice.chance(each)]
        for person in some or ([dice.pick(staff)] if dice.chance(anyone) else []):
            known[person.id].add(source)
    return [replace(p, sources=frozenset(known[p.id])) for p in staff]
