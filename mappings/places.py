"""Is one place of a mapping possible, and what are its defaults? (CONFIG §2, "A place is a column's name, or")"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from connectors.contract import Said, say
from connectors.settings import Way, listed, shown
from mappings.kinds import FieldDef, Kind
from mappings.model import Place
from mappings.schema import PlaceFile

Told: TypeAlias = "Callable[[Way, Said], None]"

_OFF_BOOK_PULL: Final = ("notes", "needs")
"""What off-book sources only give, never get, unless the mapping says `direction: both` (RULES R8d)."""
_FORMATTED: Final = ("date", "datetime", "number", "money", "phone", "person_name", "company_name")
_SORTED: Final = ("identifier", "phone", "email")
_MODULE: Final = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Names:
    """What a mapping may speak of: the kinds, and the ids of our staff."""

    kinds: Mapping[str, Kind]
    staff: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """The field that a place is for, in a table of a formal source or not, and where it stands in its file."""

    kind: Kind
    field: FieldDef
    names: Names
    told: Told
    way: tuple[str | int, ...]
    line: int = 0
    formal: bool = False

    def say(self, text: Said, *keys: str) -> None:
        self.told((*self.way, *keys), text)


def place_of(written: PlaceFile, spot: Spot) -> Place | None:
    """The place with its defaults filled in; None where it cannot be one. What is wrong with it is told."""
    direction = written.direction or _default(written, spot)
    if not _has_origin(written, spot):
        return None
    _one_way(written, direction, spot)
    _fits(written, spot)
    _template(written.template, spot)
    return Place(
        columns=written.columns,
        direction=direction,
        constant=written.constant or None,
        sort=_sort(written, spot),
        values=_values(written, spot),
        split=written.split,
        join=written.join,
        format=written.format,
        lossy=written.lossy,
        template=written.template,
        python=written.python if written.direction in (None, "both") else "",
        python_read=written.python if written.direction == "pull" else "",
        python_write=written.python if written.direction == "push" else "",
        line=spot.line,
    )


def _default(written: PlaceFile, spot: Spot) -> str:
    if written.constant or spot.field.bookkeeping:
        return "pull"
    private = spot.field.name in _OFF_BOOK_PULL or spot.kind.name == "interaction"
    return "pull" if private and not spot.formal else "both"


def _has_origin(written: PlaceFile, spot: Spot) -> bool:
    if written.constant:
        if written.model_fields_set - {"constant", "direction", "sort"}:
            spot.say(say("a `constant` stands alone, without a column and what is done to one"))
        return True
    if not written.columns:
        spot.say(say("`{key}` is missing and has no default", key="from"))
        return False
    if len(written.columns) > 1 and written.join is None and not written.python:
        spot.say(say("several columns need `join` or `python`; columns of a set stand in a list of their own"))
    if len(written.columns) == 1 and written.join is not None:
        spot.say(say("there is nothing to join; name several columns in `from`"), "join")
    if sum((bool(written.split), written.join is not None, bool(written.template), bool(written.python))) > 1:
        spot.say(say("only one of `split`, `join`, `template` and `python` can stand in one place"))
    if written.ref or written.by:
        spot.say(say("`ref` and `by` belong to a relation, and this is a field"))
    return True


def _one_way(written: PlaceFile, direction: str, spot: Spot) -> None:
    """Places that work in one direction only (CONFIG §5, 35)."""
    if written.join is not None and direction != "pull":
        spot.say(say("what is joined cannot be taken apart again; write `direction: pull`"))
    if written.template and direction != "push":
        spot.say(say("a template can only be written, never read; write `direction: push`"))
    if "*" in written.values and direction != "pull":
        spot.say(say('`"*"` in values cannot be written back; write `direction: pull`'))
    if written.constant and direction != "pull":
        spot.say(say("a constant is what the table says by itself and is never written; leave `direction` out"))
    if spot.field.bookkeeping and direction != "pull":
        spot.say(
            say(
                "`{field}` is kept by the system itself and never written; leave `direction` out", field=spot.field.name
            )
        )


def _fits(written: PlaceFile, spot: Spot) -> None:
    name, type_ = spot.field.name, spot.field.type
    if written.split and not spot.field.many:
        spot.say(say("`{field}` holds one value, so there is nothing to split", field=name), "split")
    if written.format and type_ not in _FORMATTED:
        spot.say(
            say("only dates, numbers, phones and names have a format, and `{field}` is {type}", field=name, type=type_),
            "format",
        )
    if written.python and not _MODULE.fullmatch(written.python):
        spot.say(say("`{text}` cannot stand here; write module:function", text=shown(written.python)), "python")


def _sort(written: PlaceFile, spot: Spot) -> str:
    sort = written.sort
    if not sort and spot.field.name == "identifiers":
        spot.say(
            say(
                "say which number this is: {from: …, as: credit_code}"
                " (or any name of your own, the same in every mapping)"
            )
        )
    elif sort and not (spot.field.type in _SORTED and spot.field.many):
        spot.say(say("`as` is for identifiers, phones and e-mails; leave it out"), "as")
    elif sort and not sort.replace("_", "").replace("-", "").isalnum():
        spot.say(say("`{text}` cannot stand here; a sort is a word of letters, digits and _", text=shown(sort)), "as")
    return sort


def _values(written: PlaceFile, spot: Spot) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    made = []
    for raw, canonical in written.values.items():
        at = replace(spot, way=(*spot.way, "values", raw))
        if not canonical:
            at.say(say("nothing is written here; write a value, or take the line out"))
        made.append(((raw,), tuple(canonical_of(text, at) for text in canonical)))
    return tuple(made)


def canonical_of(text: str, spot: Spot) -> str:
    """A canonical value as it is written in a file; one that cannot be is told."""
    if not text:
        return text
    if spot.field.type == "boolean":
        truth = {"true": "true", "yes": "true", "false": "false", "no": "false"}.get(text.casefold())
        if truth is None:
            spot.say(say("`{text}` cannot stand here; write true or false", text=shown(text)))
        return truth or text
    if spot.field.type == "staff" and text not in spot.names.staff:
        spot.say(nobody(text, spot.names.staff))
    if spot.field.options is not None and text not in spot.field.options:
        spot.say(
            say(
                "`{text}` is none of the options of {field}; there is: {every}",
                text=shown(text),
                field=spot.field.name,
                every=listed(spot.field.options),
            )
        )
    return text


def nobody(text: str, staff: Collection[str]) -> Said:
    """CONFIG §5, 15."""
    return say(
        "nobody in `people` is called `{id}`; there is: {every}", id=shown(text), every=listed(sorted(staff)) or "–"
    )


def _template(template: str, spot: Spot) -> None:
    """Each hole names a field of the part, or of what one of its relations points to."""
    if not template:
        return
    rest = _HOLE.sub("", template)
    if "{" in rest or "}" in rest:
        spot.say(say("a brace is open or closed alone; a template is text with holes like {name}"), "template")
    if not _HOLE.search(template):
        spot.say(
            say("a template without a hole says the same of everybody; write {name} where a field goes"), "template"
        )
    relations = spot.kind.relations()
    for hole in _HOLE.findall(template):
        relation, dot, inner = hole.partition(".")
        goes_to = spot.names.kinds.get(relations.get(relation, "")) if dot else None
        owner, field = (goes_to, inner) if goes_to else (spot.kind, hole)
        if field not in owner.fields or field in owner.relations():
            spot.say(no_field(owner, field), "template")


def no_field(kind: Kind, name: str) -> Said:
    """CONFIG §5, 26."""
    return say(
        "{kind} has no field `{field}` (your own are declared in offbook.yaml under kinds.{kind}.fields);"
        " there is: {every}",
        kind=kind.name,
        field=shown(name),
        every=listed(list(kind.fields)),
    )
