"""Does a mapping hold on real records: does what it writes read back, and what does it not understand? (DESIGN §5)

For `offbook map check`. Findings speak of fields, columns and counts, never of a customer's values; texts of options
that are not mapped are shown, as long as they look like options: few, short and often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import Damaged, Fields, Finding, Said, say
from mappings.conversion.shape import PartShape
from mappings.convert import Converter
from mappings.types.base import GLUE, Canonical

_OPTION_TYPES: Final = ("choice", "boolean", "tags")
_MOST: Final = 12
"""More different texts than this are no options somebody forgot, but a column of something else."""
_SHORT: Final = 20


@dataclass(slots=True)
class _Seen:
    """What was met of one field: filled cells, damage by code, unmapped texts, lens breaks, refusals by reason."""

    filled: int = 0
    damaged: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    refused: Counter[Said | str] = field(default_factory=Counter)


def check(converter: Converter, records: Iterable[Fields]) -> Sequence[Finding]:
    """Findings on a sample of records, worst first.

    Codes: lens (error: a value that is written reads back as another), unmapped and damaged (warning), cannot (note:
    values that would be standing in a new record), lossy, subject, read (notes on the mapping and the sample).
    """
    seen: dict[tuple[str, str], _Seen] = {}
    counts: Counter[str] = Counter()
    for record in records:
        if not converter.passes(record):
            counts["filtered"] += 1
            continue
        counts["read"] += 1
        for shape, values in zip(converter.parts, converter.read(record)):
            if values is None:
                continue
            counts[shape.name] += 1
            golden = dict(zip(shape.fields, values))
            for name, value in golden.items():
                _look(converter, shape, name, value, golden, seen.setdefault((shape.name, name), _Seen()))
    found = [one for (part, name), met in seen.items() for one in _findings(converter, part, name, met)]
    order = ("error", "warning", "note")
    return sorted([*found, *_of_mapping(converter, counts)], key=lambda one: order.index(one.level))


def _look(
    converter: Converter, shape: PartShape, name: str, value: Canonical, golden: dict[str, Canonical], met: _Seen
) -> None:
    pieces = value if isinstance(value, tuple) else (value,)
    if not any(pieces):
        return
    met.filled += 1
    for piece in pieces:
        if isinstance(piece, Damaged):
            met.damaged[piece.code] += 1
            if piece.code == "unmapped":
                met.unmapped[piece.text] += 1
    is_whole = not any(isinstance(piece, Damaged) for piece in pieces)
    if is_whole and name in shape.writable and converter.comes_back(shape.name, name):
        _write_and_read(converter, shape, name, value, golden, met)


def _write_and_read(
    converter: Converter, shape: PartShape, name: str, value: Canonical, golden: dict[str, Canonical], met: _Seen
) -> None:
    """The lens law: what a value writes into an empty record reads as that value."""
    empty = dict.fromkeys(converter.columns)
    written = converter.write(shape.name, name, value, empty, golden)
    if written.lens:
        met.broken += 1
    elif written.cannot:
        met.refused[written.cannot] += 1
    elif not _same(converter.read_field(shape.name, name, {**empty, **written.after}), value, converter, shape, name):
        met.broken += 1


def _same(back: Canonical, value: Canonical, converter: Converter, shape: PartShape, name: str) -> bool:
    if back == value or converter.is_lossy(shape.name, name):
        return True
    if isinstance(value, tuple) and isinstance(back, tuple):
        return _elements(back, shape, name) == _elements(value, shape, name)
    if isinstance(value, str) and isinstance(back, str):
        type_ = converter.type_of(shape.name, name)
        return type_ is not None and (
            type_.same(back, value, converter.timezone) or type_.form(back) == type_.form(value)
        )
    return False


def _elements(value: tuple[str | Damaged, ...], shape: PartShape, name: str) -> list[set[str]]:
    """Of the places that are written: what only another place reads cannot be written there."""
    slots = shape.sets[name]
    return [set(one.split(GLUE)) if isinstance(one, str) else set() for one, slot in zip(value, slots) if slot.writes]


# ------------------------------------------------------------------------------ in words


def _findings(converter: Converter, part: str, name: str, met: _Seen) -> Sequence[Finding]:
    where = {"field": f"{part}.{name}", "columns": ", ".join(converter.places(part, name))}
    table = converter.map.id
    found = []
    if met.broken:
        text = say(
            "{field}: {count} of {filled} values would read back as another once they are written into {columns};"
            " say `direction: pull`, or `lossy: yes`",
            **where, count=met.broken, filled=met.filled,
        )  # fmt: skip
        found.append(Finding("error", "lens", text, table))
    for why, count in met.refused.most_common():
        text = say("{field}: {count} of {filled} values could not be written into a new record: {why}",
                   **where, count=count, filled=met.filled, why=why)  # fmt: skip
        found.append(Finding("note", "cannot", text, table))
    if met.unmapped:
        found.append(Finding("warning", "unmapped", _unmapped(converter, part, name, met, where["field"]), table))
    for code, count in sorted(met.damaged.items()):
        if code != "unmapped":
            text = say("{field}: {count} of {filled} values are damaged ({code})",
                       **where, count=count, filled=met.filled, code=code)  # fmt: skip
            found.append(Finding("warning", "damaged", text, table))
    return found


def _unmapped(converter: Converter, part: str, name: str, met: _Seen, field_name: str) -> Said:
    type_ = converter.type_of(part, name)
    listable = (
        type_ is not None
        and type_.name in _OPTION_TYPES
        and len(met.unmapped) <= _MOST
        and all(len(text) <= _SHORT and sum(c.isdigit() for c in text) < 5 for text in met.unmapped)
    )
    count = met.unmapped.total()
    if not listable:
        return say(
            "{field}: {count} values of {different} kinds mean nothing yet; list them under `values` or `people`",
            field=field_name, count=count, different=len(met.unmapped),
        )  # fmt: skip
    texts = ", ".join(f"{text} ({times})" for text, times in met.unmapped.most_common())
    return say("{field}: {count} values mean nothing yet; list them under `values`: {texts}",
               field=field_name, count=count, texts=texts)  # fmt: skip


def _of_mapping(converter: Converter, counts: Counter[str]) -> Sequence[Finding]:
    table, subject = converter.map.id, converter.map.subject
    parts = ", ".join(f"{one.name} {counts[one.name]}" for one in converter.parts)
    said = [
        ("read", say("{read} records were read ({parts}), {filtered} are not meant by `where`",
                     read=counts["read"], parts=parts, filtered=counts["filtered"])),
        ("subject", say("the subject of a record is its part `{part}`", part=subject) if subject
         else say("no part is the subject, so nothing is created here")),
    ]  # fmt: skip
    for shape in converter.parts:
        for name in (one for one in shape.fields if converter.is_lossy(shape.name, one)):
            columns = ", ".join(converter.places(shape.name, name))
            said.append(("lossy", say("{field} is `lossy`: {columns} is written only while it is empty",
                                      field=f"{shape.name}.{name}", columns=columns)))  # fmt: skip
    return [Finding("note", code, text, table) for code, text in said]
