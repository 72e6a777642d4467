"""Which customers, or which records, does a filter let through? (CONFIG, "Filters")"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from connectors.contract import say
from connectors.settings import Wrong

ME: Final = "@me"
"""In the filter of a source whose records are each held by somebody: the one who holds this record."""

Known: TypeAlias = "str | tuple[str, ...] | None"
"""A golden value: None is unknown or parked, "" is empty, a tuple is a set."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one field is asked: any of `values`, none of them (`not`), or whether it is empty."""

    word: Literal["any", "not", "empty"]
    values: tuple[str, ...] = ()
    empty: bool = True

    def passes(self, value: Known, *, me: str = "") -> bool:
        """For customers: unknown and parked never pass, empty passes `{empty: true}` and not `{not: …}`."""
        if value is None:
            return False
        found = _filled(value)
        if self.word == "empty":
            return self.empty is not bool(found)
        values = {me if one == ME else one for one in self.values}
        hit = any(one in values for one in found)
        return hit if self.word == "any" else bool(found) and not hit

    def reads(self, text: Known) -> bool:
        """For `where`: the raw text of a cell; empty or not there passes `{not: …}` too, for reading is harmless."""
        return self.passes(text or "") or (self.word == "not" and not _filled(text or ""))

    def plain(self) -> object:
        """As the connector's contract hands it over: values, {"not": values} or {"empty": bool}."""
        if self.word == "empty":
            return {"empty": self.empty}
        return self.values if self.word == "any" else {"not": self.values}


@dataclass(frozen=True, slots=True)
class Condition:
    """`kind` and canonical `field`."""

    kind: str
    field: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must pass; none at all lets everybody through."""

    conditions: tuple[Condition, ...] = ()

    def passes(self, golden: Callable[[str, str], Known], *, me: str = "") -> bool:
        """golden(kind, field) gives the value of the customer that stands for that kind. me: who holds the record."""
        return all(one.wanted.passes(golden(one.kind, one.field), me=me) for one in self.conditions)

    def fields(self) -> frozenset[tuple[str, str]]:
        """The kinds and fields it looks at."""
        return frozenset((one.kind, one.field) for one in self.conditions)

    def bound(self, me: str) -> Filter:
        """With `me` said once and for all."""
        return Filter(
            tuple(
                replace(one, wanted=replace(one.wanted, values=tuple(me if v == ME else v for v in one.wanted.values)))
                for one in self.conditions
            )
        )


def _filled(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in ((value,) if isinstance(value, str) else value) if one)


def wanted_of(value: object) -> Wanted:
    """What is written as `value` (a text, a list, {not: …}, {empty: …}). Raises Wrong (CONFIG §5, 17)."""
    if isinstance(value, Wanted):
        return value
    if isinstance(value, str):
        return Wanted("any", (value,))
    if isinstance(value, list | tuple):
        return Wanted("any", _texts(value))
    if isinstance(value, Mapping) and len(value) == 1:
        if "not" in value:
            return Wanted("not", _texts(value["not"]))
        empty = {"true": True, "yes": True, "false": False, "no": False}.get(str(value.get("empty", "")).casefold())
        if empty is not None:
            return Wanted("empty", empty=empty)
    raise _no_filter()


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [value]
    if not items or not all(isinstance(item, str) for item in items):
        raise _no_filter()
    return tuple(items)


def _no_filter() -> Wrong:
    return Wrong(say("a filter is a value, a list of values, {not: …} or {empty: true}; there is no other word"))


_SCALAR: Final = {"type": ["string", "number", "boolean"]}
_VALUES: Final = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}

Written = Annotated[
    Wanted,
    BeforeValidator(wanted_of),
    WithJsonSchema(
        {
            "description": "a value, a list of values, {not: …} or {empty: true}",
            "anyOf": [
                *_VALUES["anyOf"],
                {"type": "object", "properties": {"not": _VALUES}, "required": ["not"], "additionalProperties": False},
                {
                    "type": "object",
                    "properties": {"empty": {"type": "boolean"}},
                    "required": ["empty"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]
"""One condition in a settings file."""
