"""What is written into places that are only pushed? (RULES R9: a remark made by a template, a copy of a value)

Such a place is written over our own text or into an empty cell; over a person's text it is standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connectors.contract import Value, say
from mappings.types.base import raw_text
from mappings.types.cleaning import has_han
from sync.context import write
from sync.rules.cell import Cell
from sync.rules.cell import Value as Canonical
from sync.rules.sets import SetGolden, want
from sync.rules.verdict import Verdict
from sync.sides import Side

MARK = "!"
"""Before the name of a field whose place is only pushed, where its cells are listed beside the others."""
PERSONS = say("somebody has written something else there; it is not written over")


def pushed_fields(side: Side) -> tuple[str, ...]:
    return tuple(sorted({*side.part.shape.push_only, *side.part.shape.copies}))


def wanted(
    side: Side, name: str, golden: Mapping[str, Canonical], sets: Mapping[str, object], shown: Mapping[str, Value]
) -> tuple[dict[str, Value], str]:
    """Columns to write so that the place says what golden does, or why that cannot be said."""
    value: Canonical = golden.get(name, "")
    chosen = sets.get(name)
    slots = side.part.shape.sets.get(name)
    if isinstance(chosen, SetGolden) and slots is not None:
        from sync.rules.cell import Slot

        plain = tuple(Slot(one.capacity is None, one.writes, one.sort) for one in slots)
        value = want(("",) * len(plain), chosen, plain)
    written = write(side.table, side.part.map.name, name, value, shown, golden)
    return dict(written.after), str(written.cannot) if not written.cannot else written.cannot


def verdict_of(side: Side, name: str, after: Mapping[str, Value], shown: Mapping[str, Value]) -> tuple[Verdict, str]:
    """Whether the columns are ours to write."""
    if not after:
        return Verdict.AGREED, ""
    ours = side.echo.get(MARK + name)
    texts = {column: raw_text(shown.get(column)) for column in after}
    known = ours[1] if ours else {}
    if ours and ours[2:4] == [_texts(after), str(side.table.versions)]:
        return Verdict.STANDING, str(ours[4])
    if all(text == "" or known.get(column) == text for column, text in texts.items()):
        return Verdict.CHANGE, "pushed"
    return Verdict.STANDING, PERSONS


def sent_echo(after: Mapping[str, Value]) -> list[object]:
    """What the link keeps of a place that we wrote: the texts that are ours."""
    return [0, _texts(after)]


def refused_echo(known: list[object] | None, after: Mapping[str, Value], versions: int, why: str) -> list[object]:
    """What it keeps besides of a text that the system refused: it is not sent again while nothing has changed there."""
    return [0, known[1] if known else {}, _texts(after), str(versions), why]


def _texts(after: Mapping[str, Value]) -> dict[str, str]:
    return {column: raw_text(value) for column, value in after.items()}


NO_CELL = Cell("", "")


LEFT = "left"
"""The field that stands for `on_leave: {mark: column}`."""


def left_text(column: str, now: datetime) -> str:
    """`已转出 2026-03-01` under a Chinese heading, `left 2026-03-01` under another."""
    word = "已转出" if has_han(column) else "left"
    return f"{word} {now.date().isoformat()}"
