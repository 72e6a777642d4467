"""How is a card changed by field? Only the lines of fields that change are written anew.

Field ids are those of connectors.shared.contacts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from connectors.contract import Damaged, Fields, Said, Value, say
from connectors.shared.contacts import (
    BINARY,
    DATES,
    DAY,
    FIXED,
    MANDATORY,
    NO_FIELDS,
    OMIT_YEAR,
    PARTS,
    STREET,
    Place,
    day_of,
    is_one_liner,
    lines_of,
    place,
    read,
    value_of,
)
from connectors.shared.vcards import Card, Line, parse
from connectors.shared.vcardtext import components, escape, fresh, reheaded, rewritten, text


def edit(card: Card, after: Fields) -> tuple[Card, dict[str, Said]]:
    """The card with these fields changed, and those that it cannot take, each with the reason.

    What was written is read again before it counts, so a refused field leaves nothing behind.
    """
    refused: dict[str, Said] = {}
    while True:
        changed = card
        left = {name: value for name, value in after.items() if name not in refused}
        before = len(refused)
        for name, value in left.items():
            try:
                changed = _written(changed, name, value)
            except _Refused as reason:
                refused[name] = reason.said
        for name, value in left.items():
            where = place(name)
            if name not in refused and where and not _same(read(changed, where), value, where):
                refused[name] = say("a vCard cannot hold this value so that it reads the same again")
        if len(refused) == before:
            return changed, refused


def created(like: Card | None, after: Fields, also: Mapping[str, str]) -> tuple[Card, dict[str, Said]]:
    """A new card in the way of another one (3.0 where there is none), and the fields that it cannot take.

    also: properties that are written whatever they are called (`UID`, our id). A name that comes without its parts goes
    whole into the family name, as N is mandatory in 2.1 and 3.0 and most phones show it instead of FN.
    """
    version, eol = (like.version, like.eol) if like else ("3.0", b"\r\n")
    start = [
        f"VERSION:{version}",
        *(["N:;;;;"] if version[:1] in "23" else []),
        *(["FN:"] if version[:1] != "2" else []),
    ]
    raw = eol.join([b"BEGIN:VCARD", *(line.encode() for line in start), b"END:VCARD", b""])
    card = replace(parse(raw).cards[0], folds=like.folds if like else True)
    card, refused = edit(card, after)
    whole = place("FN")
    name = read(card, whole) if whole else None
    if isinstance(name, str) and version[:1] in "23" and not any(field.startswith("N.") for field in after):
        card, _ = edit(card, {"N.family": name})
    for field, value in also.items():
        card = card.add(fresh(card, field, escape(value, card)))
    return card, refused


# ------------------------------------------------------------------------------ writing


class _Refused(Exception):
    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(said)


def _written(card: Card, name: str, value: Value) -> Card:
    where = place(name)
    if where is None:
        raise _Refused(say("a vCard has no field `{name}`", name=name))
    if where.name in FIXED | BINARY:
        raise _Refused(say("`{name}` is not written", name=name))
    if _same(read(card, where), value, where):
        return card
    try:
        if where.name == "CATEGORIES":
            return _with_categories(card, where, value)
        if where.many:
            return _with_list(card, where, _texts(value))
        return _with_single(card, where, value)
    except (UnicodeError, LookupError):
        raise _Refused(say("the encoding of this card does not have a letter of the new value")) from None


def _with_single(card: Card, where: Place, value: Value) -> Card:
    lines = lines_of(card, where)
    line = lines[where.nth] if where.nth < len(lines) else None
    if line is not None and isinstance(value_of(line, card, where), Damaged):
        raise _Refused(say("what stands there cannot be read; mend it by hand first"))
    if where.part is not None:
        return _with_component(card, line, where, value)
    new = _day_text(value, card, line) if where.name in DATES else _text(value)
    if new is None:
        return card if line is None else _without(card, line)
    if line is None:
        return card.add(fresh(card, _new_head(card, where), escape(new, card)))
    if line.param(OMIT_YEAR) and isinstance(value, date):
        line_new = rewritten(reheaded(line, drop=OMIT_YEAR), card, new)
    else:
        line_new = rewritten(line, card, _as_found(line, card, escape(new, card)))
    return card.swap(line, line_new)


def _with_component(card: Card, line: Line | None, where: Place, value: Value) -> Card:
    if line is not None and where.part == -1 and not is_one_liner(line, card):
        raise _Refused(say("this address is written in parts (street, city, …); map the parts, `ADR.street` and so on"))
    found = text(line, card) if line is not None else ""
    assert isinstance(found, str)
    at = STREET if where.part == -1 or where.part is None else where.part
    least = 1 if where.name == "ORG" else len(PARTS[where.name])
    parts = components(found) if line is not None else [""] * least
    parts += [""] * (at + 1 - len(parts))
    parts[at] = escape(_text(value) or "", card, structured=True)
    if line is None:
        return card.add(fresh(card, _new_head(card, where), ";".join(parts))) if any(parts) else card
    if not any(parts):
        return _without(card, line)
    if where.name == "ORG":
        while not parts[-1]:
            parts.pop()
    return card.swap(line, rewritten(line, card, ";".join(parts)))


def _with_categories(card: Card, where: Place, value: Value) -> Card:
    lines = lines_of(card, where)
    wanted = ",".join(escape(one, card).replace(",", "\\,") if card.old else escape(one, card) for one in _texts(value))
    for extra in lines[1 if wanted else 0 :]:
        card = _without(card, extra)
    if not wanted:
        return card
    return (
        card.swap(lines[0], rewritten(lines[0], card, wanted)) if lines else card.add(fresh(card, where.name, wanted))
    )


def _with_list(card: Card, where: Place, wanted: list[str]) -> Card:
    """Values that stay keep their lines, with type and label; a new one takes the line of one that goes."""
    shown = [(line, value_of(line, card, where)) for line in lines_of(card, where)]
    if any(isinstance(value, Damaged) for _, value in shown):
        raise _Refused(say("what stands there cannot be read; mend it by hand first"))
    first: dict[Value, Line] = {}
    for line, value in shown:
        if value not in first:
            first[value] = line
        elif value not in wanted:
            card = _without(card, line)
    spare = [line for value, line in first.items() if value not in wanted]
    lines = [first[value] if value in first else _renewed(card, where, value, spare) for value in wanted]
    for line in spare:
        card = _without(card, line)
    gone = {id(line) for line in spare}
    return _placed(card, [line for line in first.values() if id(line) not in gone], lines)


def _renewed(card: Card, where: Place, value: str, spare: list[Line]) -> Line:
    if not spare:
        return fresh(card, _new_head(card, where), escape(value, card))
    line = spare.pop(0)
    new = rewritten(line, card, _as_found(line, card, escape(value, card)))
    return replace(new, head=new.head)


def _placed(card: Card, old: list[Line], lines: list[Line]) -> Card:
    """Puts `lines` where the old ones stand, in order; more of them go behind, as new ones do."""
    slots = [at for at, line in enumerate(card.lines) if any(line is one for one in old)]
    result = list(card.lines)
    for at, line in zip(slots, lines):
        ended = line.raw.endswith((b"\n", b"\r"))
        result[at] = line if ended else replace(line, raw=line.raw + card.eol)
    kept = [line for at, line in enumerate(result) if at not in slots[len(lines) :]]
    card = replace(card, lines=tuple(kept))
    for line in lines[len(slots) :]:
        card = card.add(line)
    return card


def _without(card: Card, line: Line) -> Card:
    """Takes a line out, and what only labels it; FN and N stay, empty, where the standard demands them."""
    if line.name in MANDATORY and not card.old:
        return card.swap(line, rewritten(line, card, ";;;;" if line.name == "N" else ""))
    card = card.swap(line, None)
    if line.group and all(one.name in NO_FIELDS for one in card.lines if one.group == line.group):
        for label in [one for one in card.lines if one.group == line.group]:
            card = card.swap(label, None)
    return card


def _new_head(card: Card, where: Place) -> str:
    types = sorted(where.types)
    if any(not re.fullmatch(r"[A-Z0-9-]+", one) for one in types):
        raise _Refused(say("a label that a phone made up cannot be given to a new value; add it on the phone"))
    if not types:
        return where.name
    if card.old:
        return ";".join([where.name, *types])
    return f"{where.name};TYPE={','.join(types).lower() if card.version.startswith('4') else ','.join(types)}"


def _as_found(line: Line, card: Card, new: str) -> str:
    found = text(line, card)
    is_link = line.name == "TEL" and isinstance(found, str) and found[:4].lower() == "tel:"
    return f"tel:{new}" if is_link else new


def _day_text(value: Value, card: Card, line: Line | None) -> str | None:
    """A date in the form that stands there (19850305, 1985-03-05, a time behind it kept); 4.0 leaves out dashes."""
    found = text(line, card) if line is not None else ""
    form = DAY.fullmatch(found.strip()) if isinstance(found, str) else None
    if isinstance(value, datetime) or not isinstance(value, date):
        return _text(value)
    dash = form[2] if form else "" if card.version.startswith("4") else "-"
    rest = (form[5] or "") if form else ""
    return f"{value.year:04}{dash}{value.month:02}{dash}{value.day:02}{rest}"


def _texts(value: Value) -> list[str]:
    values = value if isinstance(value, tuple) else (value,)
    return list(dict.fromkeys(one for one in map(_text, values) if one))


def _text(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise _Refused(say("a vCard holds text and dates here, nothing else"))


def _same(shown: Value, wanted: Value, where: Place) -> bool:
    if isinstance(wanted, str):
        wanted = wanted.replace("\r\n", "\n").replace("\r", "\n") or None
    if where.many:
        return list(shown if isinstance(shown, tuple) else ()) == _texts(wanted)
    if isinstance(wanted, date) and not isinstance(wanted, datetime) and isinstance(shown, str):
        return shown == wanted.isoformat()
    if isinstance(wanted, int | Decimal):
        return shown == str(wanted)
    if where.name in DATES and isinstance(wanted, str) and not isinstance(shown, Damaged):
        return shown == day_of(wanted.strip(), Line(b""))
    return shown == wanted
