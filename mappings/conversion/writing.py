"""How is a canonical value written into one mapped place, so that it reads back as the same? (DESIGN §5 "Lens law")

Write = the type (with its format) → values → split, or python. A raw text that reads as what is wanted already is
never rewritten; of a set only what changed is, in the cell's own words and with its own glue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from connectors.contract import Damaged, Field, Fields, Value, say
from mappings.conversion.reading import Spot, cut
from mappings.conversion.templates import Show
from mappings.types.base import EMPTY, GLUE, Cannot, Canonical, fit, option, raw_text

After: TypeAlias = "dict[str, Value] | Cannot"
"""Column → raw value, only of what changes."""

_NOTE: Final = "note"


def write_single(spot: Spot, value: str, shown: Fields, golden: Mapping[str, Canonical], show: Show) -> After:
    if spot.template is not None:
        return _write_text(spot, spot.template.fill(golden, show), shown)
    now = spot.read(shown)
    wanted = _stand_in(spot, value)
    if isinstance(wanted, Cannot):
        return wanted
    if any(_says(spot, now, one) for one in (value, wanted)):
        return {}
    barred = _barred(spot, shown)
    if barred is not None:
        return barred
    if spot.hook is not None:
        return _write_hooked(spot, wanted, shown)
    raw = raw_of(spot, wanted, shown.get(spot.column))
    if isinstance(raw, Cannot):
        return raw
    return _checked(spot, raw, wanted, shown, now)


def _stand_in(spot: Spot, value: str) -> str | Cannot:
    """Who is written for one of our people who has left; every other value is itself."""
    if spot.type.name != "staff" or not value or spot.at.people is None:
        return value
    heir = spot.at.people.heir(value)
    return Cannot(say("nobody in `people` is called `{id}`", id=value)) if heir is None else heir


def _says(spot: Spot, now: str | Damaged | None, value: str) -> bool:
    """Whether the place shows the value already, or more of it."""
    if not isinstance(now, str):
        return False
    if now == value:
        return True
    both = bool(now and value)
    return both and spot.type.same(now, value, spot.at.zone) and not spot.type.says_more(value, now)


def _barred(spot: Spot, shown: Fields) -> Cannot | None:
    name = spot.field.name or spot.column
    if not spot.field.on_update and not spot.field.on_create:
        return Cannot(say("{column} is read-only there", column=name))
    is_filled = any(raw_text(shown.get(column)).strip() for column in spot.place.columns)
    if spot.place.lossy and is_filled:
        return Cannot(say("{column} is `lossy`, so it is written only while it is empty", column=name))
    return None


def raw_of(spot: Spot, value: str, shown: Value) -> Value | Cannot:
    """The raw value that says this canonical one there; None clears."""
    if spot.values is not None:
        text = spot.values.write(value)
        if text is None:
            return Cannot(say("no raw value of {column} stands for it; list one under `values`", column=spot.column))
        raw = raw_as(text, spot.field)
    elif not value:
        raw = None
    else:
        raw = spot.type.render(value, spot.at, shown if not isinstance(shown, tuple | Damaged) else None)
    if raw is None and (spot.field.required or not spot.field.clearable):
        return Cannot(say("{column} cannot be emptied", column=spot.field.name or spot.column))
    return raw


def raw_as(text: str, field: Field) -> Value | Cannot:
    """A raw text of the mapping as the field holds it: an option by id or name; None for the empty cell."""
    if not text:
        return None
    if field.options:
        return text if any(text == key for key, _ in field.options) else option(text, field)
    return fit(text, field)


def _checked(spot: Spot, raw: Value, value: str, shown: Fields, now: str | Damaged | None) -> After:
    """What is written, once it is short enough and reads back as what is meant."""
    limit = spot.field.max_length
    if isinstance(raw, str) and limit is not None and len(raw) > limit and not spot.type.cuttable:
        return _too_long(spot, limit)
    back = spot.cell(raw)
    if not spot.place.lossy and not _reads_as(spot, back, value) and not _shares_a_word(spot, back, value):
        return _no_way_back(spot)
    if back == now and value and back != value:
        return {}  # a format without the year: the place shows all of it that it can
    raw = (raw,) if spot.field.many and raw is not None else raw
    return {} if raw == shown.get(spot.column) else {spot.column: raw}


def _shares_a_word(spot: Spot, back: str | Damaged, value: str) -> bool:
    """`it02: [软件, 互联网]` reads the first and is written for both (CONFIG §4)."""
    if spot.values is None or not value or not isinstance(back, str) or not back:
        return False
    return spot.values.write(back) == spot.values.write(value)


def _reads_as(spot: Spot, back: str | Damaged, value: str) -> bool:
    if isinstance(back, Damaged):
        return False
    if back == value:
        return True
    if not back or not value:
        return False
    if spot.type.same(back, value, spot.at.zone):
        return True
    return bool(spot.field.options) and spot.type.form(back) == spot.type.form(value)  # the option's own spelling


def _too_long(spot: Spot, limit: int) -> Cannot:
    name = spot.field.name or spot.column
    return Cannot(say("{column} holds {limit} characters, and cut it would be another value", column=name, limit=limit))


def _no_way_back(spot: Spot) -> Cannot:
    name = spot.field.name or spot.column
    return Cannot(say("{column} would not read back as what is written", column=name), lens=True)


def _write_text(spot: Spot, text: str, shown: Fields) -> After:
    """A template's text; nothing to say writes nothing."""
    if not text or raw_text(shown.get(spot.column)).strip() == text:
        return {}
    barred = _barred(spot, shown)
    if barred is not None:
        return barred
    limit = spot.field.max_length
    if limit is not None and len(text) > limit:
        return _too_long(spot, limit)
    raw = fit(text, spot.field)
    return raw if isinstance(raw, Cannot) else {spot.column: raw}


def _write_hooked(spot: Spot, value: str, shown: Fields) -> After:
    assert spot.hook is not None
    name = ", ".join(spot.place.columns)
    if spot.hook.write is None:
        return Cannot(say("{column} has a function that reads and none that writes", column=name))
    try:
        said = spot.hook.write(value)
    except Exception as error:  # noqa: BLE001 - a user's function may raise anything
        return Cannot(say("the function that writes {column} failed ({kind})", column=name, kind=type(error).__name__))
    texts = said if isinstance(said, tuple | list) else (said,)
    if len(texts) != len(spot.place.columns) or not all(text is None or isinstance(text, str) for text in texts):
        return Cannot(say("the function that writes {column} must return a text for each column", column=name))
    raws = [fit(text, field) if text else None for text, field in zip(texts, spot.fields)]
    wrong = next((raw for raw in raws if isinstance(raw, Cannot)), None)
    if wrong is not None:
        return wrong
    after = {c: raw for c, raw in zip(spot.place.columns, raws) if not isinstance(raw, Cannot)}
    if spot.place.reads and not spot.place.lossy and not _reads_as(spot, spot.read(after) or EMPTY, value):
        return _no_way_back(spot)
    return {column: raw for column, raw in after.items() if raw != (shown.get(column) or None)}


# ------------------------------------------------------------------------------ one place of a set


def write_slot(spot: Spot, wanted: str, shown: Fields) -> After:
    """One place of a set; `wanted` holds its elements joined by GLUE."""
    now = spot.read(shown)
    new = [element for element in wanted.split(GLUE) if element]
    there = now.split(GLUE) if isinstance(now, str) else [] if now is None else None
    if there is not None and set(new) == set(filter(None, there)):
        return {}
    if not spot.place.writes:
        return Cannot(say("{column} is only read", column=spot.column))
    barred = _barred(spot, shown)
    if barred is not None:
        return barred
    raw = _several(spot, new, shown) if spot.field.many else _one_text(spot, new, shown)
    if isinstance(raw, Cannot):
        return raw
    limit = spot.field.max_length
    if isinstance(raw, str) and limit is not None and len(raw) > limit and not spot.type.cuttable:
        return _too_long(spot, limit)
    back = spot.cell(raw)
    meant = {str(element) for element in (_stand_in(spot, one) for one in new) if not isinstance(element, Cannot)}
    if not spot.place.lossy and (isinstance(back, Damaged) or set(filter(None, back.split(GLUE))) != meant - {EMPTY}):
        return _no_way_back(spot)
    return {spot.column: raw}


def _several(spot: Spot, new: list[str], shown: Fields) -> Value | Cannot:
    """A column of many: what stays keeps its raw value, the rest goes behind it."""
    raw = shown.get(spot.column)
    there = raw if isinstance(raw, tuple) else () if raw is None else (raw,)
    kept, missing = _kept([(one, spot.cell(one)) for one in there], new)
    made: list[Value] = [one for one in kept if one is not None]
    for element in missing:
        said = _element_raw(spot, element, None)
        if isinstance(said, Cannot):
            return said
        made.append(said)
    return tuple(made) or None


def _kept(pieces: list[tuple[Value, str | Damaged]], new: list[str]) -> tuple[list[Value], list[str]]:
    """The pieces that say wanted elements (None in the place of others), and the elements that no piece says."""
    kept: list[Value] = []
    told: set[str] = set()
    for raw, value in pieces:
        elements = [element for element in value.split(GLUE) if element] if isinstance(value, str) else []
        stays = bool(elements) and all(element in new for element in elements)
        kept.append(raw if stays else None)
        told.update(elements if stays else ())
    return kept, [element for element in new if element not in told]


def _element_raw(spot: Spot, element: str, shown: Value) -> Value | Cannot:
    value = _stand_in(spot, element)
    return value if isinstance(value, Cannot) else raw_of(spot, value, shown)


def _one_text(spot: Spot, new: list[str], shown: Fields) -> Value | Cannot:
    """A plain cell: kept pieces as typed, the first new element in the place of the first that goes."""
    raw = shown.get(spot.column)
    pieces = _pieces(spot, raw)
    kept, missing = _kept(pieces, new)
    said: list[Value] = []
    for element in missing:
        one = _element_raw(spot, element, raw)
        if isinstance(one, Cannot):
            return one
        said.append(one)
    made = _replaced(kept, said)
    if len(made) <= 1:
        return _cleared(spot) if not made else made[0]
    glue = _glue(spot, raw_text(raw), [raw_text(piece) for piece, _ in pieces])
    if not glue:
        return Cannot(say("{column} holds one value, not several", column=spot.field.name or spot.column))
    if None not in kept and raw is not None:  # nothing goes: the cell stays as typed, remarks and all
        return glue.join([raw_text(raw).rstrip(), *(raw_text(one) for one in said)])
    return glue.join(raw_text(one) for one in made)


def _replaced(kept: list[Value], said: list[Value]) -> list[Value]:
    queue = list(said)
    made: list[Value] = []
    for raw in kept:
        if raw is not None:
            made.append(raw)
        elif queue:
            made.append(queue.pop(0))
    return [*made, *queue]


def _cleared(spot: Spot) -> Value | Cannot:
    if spot.field.required or not spot.field.clearable:
        return Cannot(say("{column} cannot be emptied", column=spot.field.name or spot.column))
    return None


def _pieces(spot: Spot, raw: Value) -> list[tuple[Value, str | Damaged]]:
    """The cell's pieces as typed, each with what it says."""
    if raw is None:
        return []
    if spot.place.split or spot.values is not None or spot.field.options or not spot.type.glue:
        return [(piece, spot.cell(piece)) for piece in cut(raw, spot.place.split) if piece is not None]
    return list(spot.type.elements(raw, spot.at))


def _glue(spot: Spot, text: str, pieces: list[str]) -> str:
    """What stands between the first two pieces of the cell; else the mapping's separator, else the type's."""
    default = spot.place.split or spot.type.glue
    if len(pieces) < 2 or spot.type.name == _NOTE:
        return default
    first = text.find(pieces[0])
    second = text.find(pieces[1], first + len(pieces[0])) if first >= 0 else -1
    between = text[first + len(pieces[0]) : second] if second >= 0 else EMPTY
    return between if between and len(between) < 8 else default
