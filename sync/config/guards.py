"""How much may one run change before it stops and asks? (CONFIG "guards", RULES R12)"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from connectors.contract import say
from connectors.settings import Strict, Wrong, shown


@dataclass(frozen=True, slots=True)
class Number:
    """At most so many, however large the table is."""

    count: int

    def limit(self, of: int) -> int:
        return self.count

    def __str__(self) -> str:
        return str(self.count)


@dataclass(frozen=True, slots=True)
class Share:
    """At most this part of `of` (live links of the table), but never less than `floor`."""

    part: Fraction
    floor: int = 0

    def limit(self, of: int) -> int:
        return max(self.floor, int(self.part * of))

    def __str__(self) -> str:
        return f"{float(self.part * 100):g}%"


Limit: TypeAlias = Number | Share

FLOORS: Final = {"creates": 20, "updates": 20, "removals": 0, "blanks": 5, "merges": 5, "moved": 5, "calls": 0}
"""A share of a small table is nothing; so many are let through in any case."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The plan guards and waiting times of a workspace; the defaults are CONFIG's strict ones.

    `calls` is a share of the vendor's daily budget. `hold`: a deletion waits at least so long (R11e). `full_every`: a
    table pulled by cursor is listed in full (R1d). `plan_valid`: age at which a plan is refused (R13b).
    """

    creates: Limit = field(default_factory=lambda: Share(Fraction(5, 100), FLOORS["creates"]))
    updates: Limit = field(default_factory=lambda: Share(Fraction(20, 100), FLOORS["updates"]))
    removals: Limit = field(default_factory=lambda: Number(0))
    blanks: Limit = field(default_factory=lambda: Share(Fraction(1, 100), FLOORS["blanks"]))
    merges: Limit = field(default_factory=lambda: Share(Fraction(2, 100), FLOORS["merges"]))
    moved: Limit = field(default_factory=lambda: Share(Fraction(2, 100), FLOORS["moved"]))
    calls: Limit = field(default_factory=lambda: Share(Fraction(50, 100), FLOORS["calls"]))
    hold: timedelta = timedelta(days=7)
    full_every: timedelta = timedelta(days=7)
    plan_valid: timedelta = timedelta(hours=24)


_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%")
_TIME = re.compile(r"(\d{1,4})\s*([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def limit_of(text: str, floor: int = 0) -> Limit:
    """`50` or `5%`. Raises Wrong (CONFIG §5, 12)."""
    share = _SHARE.fullmatch(text)
    if share and Fraction(share[1]) <= 100:
        return Share(Fraction(share[1]) / 100, floor)
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return Number(int(text))
    raise Wrong(say("`{text}` cannot stand here; write a number or a share, `50` or `5%`", text=shown(text)))


def time_of(text: str) -> timedelta:
    """`7d`, `24h`, `30m`, `2w`. Raises Wrong."""
    if found := _TIME.fullmatch(text):
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    raise Wrong(say("`{text}` cannot stand here; write a length of time, `7d` or `24h`", text=shown(text)))


def _refuse(value: object) -> object:
    """Lists and keys where one word is meant; defaults pass."""
    if isinstance(value, list | dict):
        raise Wrong(say("one value is meant here, no list and no keys"))
    return value


def _limit(name: str) -> BeforeValidator:
    def read(value: object) -> object:
        return limit_of(value, FLOORS[name]) if isinstance(value, str) else _refuse(value)

    return BeforeValidator(read)


def _wait(value: object) -> object:
    return time_of(value) if isinstance(value, str) else _refuse(value)


def _some_time(value: object) -> object:
    made = _wait(value)
    if made == timedelta():
        raise Wrong(say("`{text}` cannot stand here; write a length of time, `7d` or `24h`", text="0"))
    return made


_LIMIT: Final = WithJsonSchema(
    {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%?$"}]}
)
_TIME_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": r"^\d+\s*[mhdw]$"})
_DEFAULT: Final = Guards()


class GuardsFile(Strict):
    """How much one run may change: a number, or a share of the live links of that table."""

    creates: Annotated[Limit, _limit("creates"), _LIMIT] = Field(default=_DEFAULT.creates, description="New records.")
    updates: Annotated[Limit, _limit("updates"), _LIMIT] = Field(
        default=_DEFAULT.updates, description="Changed records."
    )
    removals: Annotated[Limit, _limit("removals"), _LIMIT] = Field(
        default=_DEFAULT.removals, description="Removed records."
    )
    blanks: Annotated[Limit, _limit("blanks"), _LIMIT] = Field(
        default=_DEFAULT.blanks, description="One field emptied."
    )
    merges: Annotated[Limit, _limit("merges"), _LIMIT] = Field(default=_DEFAULT.merges, description="Customers joined.")
    moved: Annotated[Limit, _limit("moved"), _LIMIT] = Field(
        default=_DEFAULT.moved, description="Records that speak of another customer than before."
    )
    calls: Annotated[Limit, _limit("calls"), _LIMIT] = Field(
        default=_DEFAULT.calls, description="Share of the vendor's daily budget that one plan may cost."
    )
    hold: Annotated[timedelta, BeforeValidator(_wait), _TIME_SCHEMA] = Field(
        default=_DEFAULT.hold, description="A deletion waits at least so long."
    )
    full_every: Annotated[timedelta, BeforeValidator(_some_time), _TIME_SCHEMA] = Field(
        default=_DEFAULT.full_every, description="A table that is pulled by changes is listed in full so often."
    )
    plan_valid: Annotated[timedelta, BeforeValidator(_some_time), _TIME_SCHEMA] = Field(
        default=_DEFAULT.plan_valid, description="A plan older than this is refused."
    )

    def made(self) -> Guards:
        return Guards(**{name: getattr(self, name) for name in type(self).model_fields})
