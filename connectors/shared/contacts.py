"""Which fields does a vCard have, and what do they say?

A field id is a property, as RFC 6350 calls it, narrowed down: `FN`, `N.family`, `ORG` (the company), `ORG.unit`, `TEL`
(all numbers but fax and pager, a list), `TEL;CELL` (those of a type or label, a list), `TEL#2` (the second one),
`ADR;HOME.city`, `TITLE#2`, `X-WECHAT`. connectors.shared.contactedits changes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Final

from connectors.contract import Damaged, Field, Value
from connectors.shared.vcards import Card, Line
from connectors.shared.vcardtext import components, text, unescape

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "N": ("family", "given", "additional", "prefix", "suffix"),
    "ORG": ("", "unit", "unit2", "unit3"),
    "ADR": ("pobox", "extended", "street", "city", "region", "postcode", "country"),
}
STREET: Final = 2
LISTS: Final = frozenset({"TEL", "EMAIL"})
_TYPED: Final = frozenset({"TEL", "EMAIL", "ADR", "URL", "IMPP", "X-SOCIALPROFILE"})
DATES: Final = frozenset({"BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "DEATHDATE"})
BINARY: Final = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
FIXED: Final = frozenset({"VERSION", "PRODID", "REV", "UID", "AGENT", "KIND", "SOURCE"})
NO_FIELDS: Final = frozenset({"", "BEGIN", "END", "AGENT", "X-ABLABEL", "X-ABADR"})
_NOT_FOR_TALK: Final = frozenset({"FAX", "PAGER", "MODEM", "BBS", "TLX"})
_NOISE: Final = frozenset({"PREF", "VOICE", "INTERNET"})
MANDATORY: Final = frozenset({"FN", "N"})
_ALWAYS: Final = (
    *("FN", "N.family", "N.given", "ORG", "ORG.unit", "TITLE", "TEL", "TEL;CELL", "TEL;WORK", "TEL;HOME", "EMAIL"),
    *("ADR", "ADR.street", "ADR.city", "ADR.region", "ADR.postcode", "ADR.country"),
    *("BDAY", "URL", "NOTE", "NICKNAME", "CATEGORIES", "X-WECHAT", "UID"),
)

_ID = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<types>(?:;[^;.#]+)*)(?:\.(?P<part>\w+))?(?:#(?P<nth>[1-9]\d*))?")
DAY = re.compile(r"(\d{4})(-?)(\d{2})-?(\d{2})([T ].*)?", re.DOTALL)
_NO_YEAR = re.compile(r"--(\d{2})-?(\d{2})(?:[T ].*)?", re.DOTALL)
_CJK = re.compile("[\u3400-\u9fff]")
OMIT_YEAR: Final = "X-APPLE-OMIT-YEAR"


@dataclass(frozen=True, slots=True)
class Place:
    """What a field id means. part: index of the component, -1 for a whole address; nth: 0 is the first, or all."""

    name: str
    types: frozenset[str] = frozenset()
    part: int | None = None
    nth: int = 0
    many: bool = False


def place(field: str) -> Place | None:
    """What this id means; None if it is no id of a field (`N` as a whole: name its parts)."""
    found = _ID.fullmatch(field.strip())
    if found is None:
        return None
    name, part = found["name"].upper(), found["part"] or ""
    types = frozenset(one.strip().upper() for one in found["types"].split(";") if one.strip())
    at: int | None = None
    if name in PARTS:
        if name == "ADR" and not part:
            at = -1
        elif part not in PARTS[name]:
            return None
        else:
            at = PARTS[name].index(part)
    elif part or name in NO_FIELDS:
        return None
    many = (name in LISTS and not found["nth"]) or name == "CATEGORIES"
    return Place(name, types, at, int(found["nth"] or 1) - 1, many)


def read(card: Card, where: Place) -> Value:
    """What a card says in a field: None where it says nothing; a tuple in a list."""
    lines = lines_of(card, where)
    if where.name == "CATEGORIES":
        return _categories(card, lines) or None
    if where.many:
        found = dict.fromkeys(value_of(line, card, where) for line in lines)
        return tuple(value for value in found if value is not None) or None
    return value_of(lines[where.nth], card, where) if where.nth < len(lines) else None


def locked(card: Card, where: Place) -> bool:
    """Nobody can write the field in this card: a whole address that is spread over several components."""
    if where.part != -1:
        return False
    lines = lines_of(card, where)
    return where.nth < len(lines) and not is_one_liner(lines[where.nth], card)


def fields(cards: Iterable[Card], named: Iterable[str] = ()) -> tuple[Field, ...]:
    """What can be read and written: the usual fields, every property that was met, and what the mapping names."""
    ids = dict.fromkeys(_ALWAYS)
    for card in cards:
        ids.update(dict.fromkeys(_met(card)))
    ids.update(dict.fromkeys(name for name in named if place(name)))
    return tuple(_field(name) for name in ids)


# ------------------------------------------------------------------------------ reading


def lines_of(card: Card, where: Place) -> list[Line]:
    found = [line for line in card.lines if line.name == where.name]
    if not found or where.name not in _TYPED:
        return found
    labels = _labels(card)
    return [line for line in found if _is_meant(line.types | labels.get(line.group, frozenset()), where)]


def _is_meant(types: frozenset[str], where: Place) -> bool:
    other_use = types & _NOT_FOR_TALK - where.types if where.name == "TEL" else False
    return where.types <= types and not other_use


def _labels(card: Card) -> dict[str, frozenset[str]]:
    """Group → the label a phone gives it: `item1.X-ABLABEL:_$!<Mobile>!$_` is MOBILE and CELL."""
    found: dict[str, frozenset[str]] = {}
    for line in card.named("X-ABLABEL"):
        label = text(line, card)
        if line.group and isinstance(label, str):
            word = unescape(label, card).strip().removeprefix("_$!<").removesuffix(">!$_").upper()
            found[line.group] = frozenset({word, "CELL"} if word in ("MOBILE", "手机") else {word})
    return found


def value_of(line: Line, card: Card, where: Place) -> Value:
    if line.name in BINARY and (line.binary or line.body.startswith(b"data:")):
        return f"{blake2b(line.body, digest_size=8).hexdigest()} ({len(line.body)})" if line.body else None
    found = text(line, card)
    if isinstance(found, Damaged):
        return found
    if where.part is not None:
        return _component(components(found), card, where.part)
    plain = unescape(found, card)
    if line.name in DATES:
        return day_of(plain.strip(), line)
    if line.name == "TEL" and plain[:4].lower() == "tel:":
        return plain[4:] or None
    return plain or None


def _component(parts: list[str], card: Card, at: int) -> str | None:
    values = [unescape(part, card) for part in parts]
    if at >= 0:
        return (values[at] if at < len(values) else "") or None
    pobox, extended, street, city, region, _, country = (values + [""] * 7)[:7]
    if _CJK.search("".join(values)):
        return "".join([country, region, city, street, extended, pobox]) or None
    return ", ".join(part for part in (pobox, extended, street, city, region, country) if part) or None


def _categories(card: Card, lines: Iterable[Line]) -> tuple[Value, ...]:
    values: dict[Value, None] = {}
    for line in lines:
        found = text(line, card)
        each = [found] if isinstance(found, Damaged) else [unescape(p, card).strip() for p in components(found, ",")]
        values.update(dict.fromkeys(value for value in each if value))
    return tuple(values)


def day_of(value: str, line: Line) -> Value:
    """A date as it stands, never moved by a zone; `--03-05` where the year is not known; other text as it is."""
    if found := _NO_YEAR.fullmatch(value):
        return f"--{found[1]}-{found[2]}"
    found = DAY.fullmatch(value)
    if found is None:
        return value or None
    if found[1] == "0000" or line.param(OMIT_YEAR) == found[1]:
        return f"--{found[3]}-{found[4]}"
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return Damaged("date", value)


def is_one_liner(line: Line, card: Card) -> bool:
    found = text(line, card)
    filled = [at for at, part in enumerate(components(found)) if part] if isinstance(found, str) else [0]
    return set(filled) <= {STREET}


# ------------------------------------------------------------------------------ describing


def _met(card: Card) -> Iterator[str]:
    counts: dict[str, int] = {}
    for line in card.lines:
        if line.name in NO_FIELDS:
            continue
        counts[line.name] = counts.get(line.name, 0) + 1
        ids = [f"{line.name}.{p}" if p else line.name for p in PARTS.get(line.name, ("",))]
        number = f"#{counts[line.name]}" if counts[line.name] > 1 and line.name not in LISTS else ""
        if line.name == "ADR":
            ids.append("ADR")
        if line.name != "ORG" or len(components(line.body.decode("latin-1"))) > 2:
            yield from (f"{one}{number}" for one in ids)
        if line.name in _TYPED:
            label = _labels(card).get(line.group, frozenset())
            yield from (f"{line.name};{kind}" for kind in sorted((line.types | label) - _NOISE) if place(f"X;{kind}"))


def _field(name: str) -> Field:
    where = place(name)
    assert where is not None
    kind = "date" if where.name in DATES else "file" if where.name in BINARY else "text"
    fixed = where.name in FIXED | BINARY
    return Field(name, name, kind, many=where.many, on_create=not fixed, on_update=not fixed, findable=True)
