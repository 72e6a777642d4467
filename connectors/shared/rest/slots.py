"""How are the slots of a specification (`<key>`, `<opt.x>`) filled, and how is what they hold encoded?"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from connectors.shared.web.wire import to_json

SLOT: Final = re.compile(r"<([a-z]+(?:\.\w+)?)>")
_WORDS: Final = "table key token version since last page offset size by values names record records field call"
PLAIN: Final = frozenset(_WORDS.split())
GROUPS: Final = frozenset({"opt", "secret", "login", "call"})
_ENCODERS: Final = ("json", "base64url")
_QUOTES: Final = ('"', "'")


class Unsearchable(ValueError):
    """A value that cannot stand inside quotes here (`escape: refuse`)."""


def fill(template: Any, slots: Mapping[str, Any], escape: str = "refuse") -> Any:
    """The template with its slots filled; a key whose slot has no value is left out. Raises Unsearchable."""
    if isinstance(template, str):
        return _scalar(template, slots, escape)
    if isinstance(template, list | tuple):
        return [fill(one, slots, escape) for one in template]
    if not isinstance(template, Mapping):
        return template
    if len(template) == 1 and (way := next(iter(template))) in _ENCODERS:
        return _encoded(way, fill(template[way], slots, escape))
    made = {}
    for name, value in template.items():
        filled = fill(value, slots, escape)
        if filled is None and isinstance(value, str):
            continue  # a slot that is empty now
        made[str(_scalar(str(name), slots, escape))] = filled
    return made


def fill_path(template: str, slots: Mapping[str, Any]) -> str:
    """A path of a url: what slots hold is percent-encoded whole."""
    return SLOT.sub(lambda found: quote(_said(slots.get(found[1])), safe=""), template)


def fill_base(template: str, slots: Mapping[str, Any]) -> str:
    """The root of all urls: an option may hold a whole address."""

    def said(found: re.Match[str]) -> str:
        value = _said(slots.get(found[1]))
        return value.rstrip("/") if found.start() == 0 else quote(value, safe="/")

    return SLOT.sub(said, template)


def pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A filled query as names and texts; a list repeats its name."""
    for name, value in query.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None:
                yield name, _said(one)


def texts(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name: _said(value) for name, value in headers.items() if value is not None}


def slots_in(template: Any) -> Iterator[str]:
    """Every slot that a template names, also in its keys."""
    if isinstance(template, str):
        yield from (found[1] for found in SLOT.finditer(template))
    elif isinstance(template, Mapping):
        for name, value in template.items():
            yield from slots_in(str(name))
            yield from slots_in(value)
    elif isinstance(template, list | tuple):
        for one in template:
            yield from slots_in(one)


def _scalar(text: str, slots: Mapping[str, Any], escape: str) -> Any:
    if "<" not in text:
        return text
    whole = SLOT.fullmatch(text)
    if whole:
        return slots.get(whole[1])

    def said(found: re.Match[str]) -> str:
        before = text[found.start() - 1 : found.start()]
        value = _said(slots.get(found[1]))
        return _escaped(value, before, escape) if before in _QUOTES else value

    return SLOT.sub(said, text)


def _escaped(value: str, mark: str, escape: str) -> str:
    if escape == "backslash":
        return value.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    if escape == "double":
        return value.replace(mark, mark * 2)
    if mark in value or "\\" in value:
        raise Unsearchable
    return value


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return ",".join(map(_said, value))
    if isinstance(value, Mapping):
        return to_json(value).decode()
    return str(value)


def _encoded(way: str, value: Any) -> str:
    raw = to_json(value)
    return raw.decode() if way == "json" else urlsafe_b64encode(raw).decode()
