"""What is a made-up customer, in truth?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    """Where a company sits. `province` is "" for municipalities and abroad; `country` is "" in China."""

    city: str
    street: str
    number: int
    province: str = ""
    district: str = ""
    detail: str = ""
    country: str = ""

    @property
    def full(self) -> str:
        if self.country:
            return f"{self.number} {self.street}, {self.city}, {self.country}"
        return f"{self.province}{self.city}市{self.district}{self.street}{self.number}号{self.detail}"

    @property
    def short(self) -> str:
        """As somebody writes who lives there."""
        if self.country:
            return f"{self.number} {self.street}, {self.city}"
        return f"{self.city}{self.district.removesuffix('区')}{self.street}{self.number}号"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer. `name` is the registered one, `spoken` what people call it; phones are E.164.

    region, brand, industry and form are what a Chinese name is built of (form also of an English one). code: the
    checked credit code, "" abroad. registration: the 15 digits that came before it. hotline: a 400 number, or "".
    english: how a Chinese company writes itself abroad. owner: id of our own person. sources: where it is known.
    """

    id: str
    language: str
    name: str
    spoken: str
    region: str
    brand: str
    industry: str
    form: str
    english: str
    code: str
    registration: str
    switchboard: str
    hotline: str
    address: Address
    domain: str
    tier: str
    since: date
    owner: str
    tags: tuple[str, ...]
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """A contact. `former`: the organisation he has left, where old sources still show him. `second`: one he runs too.

    latin: the name in Latin letters. call: what 王 in 王总 is followed by. direct: own line, with `;ext=` where it is
    an extension of the switchboard. shared_email: the company's mailbox stands where his own should.
    """

    id: str
    language: str
    name: str
    mobile: str
    employer: str = ""
    family: str = ""
    given: str = ""
    latin: str = ""
    nick: str = ""
    call: str = ""
    title: str = ""
    old_title: str = ""
    old_mobile: str = ""
    direct: str = ""
    email: str = ""
    shared_email: bool = False
    wechat: str = ""
    birthday: date | None = None
    former: str = ""
    second: str = ""
    opted_out: bool = False
    private: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Two customers that look like one and are not. `why` is one of the words of examples/world/lookalikes.py."""

    why: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class World:
    organisations: Mapping[str, Organisation]
    persons: Mapping[str, Person]
    lookalikes: tuple[Lookalike, ...]

    def staff_of(self, organisation: str) -> list[Person]:
        """Who works there now, in the order of their ids."""
        return [p for p in self.persons.values() if p.employer == organisation]
