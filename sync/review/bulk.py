"""How is a whole class answered: expanded to its cells and the values they show? (RULES R4e)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from connectors.contract import ConfigError, Damaged, Said, say
from sync.decisions import Sort, field_content
from sync.ledger import asked, codec
from sync.review import classes
from sync.review.classes import Group, Open
from sync.review.desk import Desk
from sync.review.model import ANSWERS
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden
from sync.sides import cell_of
from sync.units import filtered_fields

NO_VALUE: Final = say("golden has no value that could be written there")
TWO: Final = say("its records say different things; decide them one by one")
FILTERED: Final = say("this field decides what the source may receive, so it is never taken from there")
OPEN_DOUBT: Final = say("the write was not read back yet; run again first")
SET: Final = say("a set is decided by its elements: add:…, remove:…, primary:…")
TWICE: Final = say("this field is decided by another answer of the same call")

Shown = Mapping[tuple[str, str], str]
"""(ref, unit) → digest of what a person saw of the cell."""


def answer_class(desk: Desk, name: str, answer: str, *, shown: Shown | None = None) -> Said | None:
    """Decides every cell of a class -> what was left out and why. shown: only cells that are still as he saw them.

    Raises ConfigError where the class or the answer is not known.
    """
    group = classes.find_group(desk.groups(), name)
    _check(group, answer)
    cells = classes.opened(desk.picture, group)
    left: Counter[Said] = Counter()
    if shown is not None:
        as_seen = [one for one in cells if shown.get((one.ref, one.unit)) == digest_of(one)]
        left[say("changed since")] += len(cells) - len(as_seen)
        cells = as_seen
    for entity, own in _by_entity(cells).items():
        why = _decide(desk, group, answer, entity, own)
        if why is not None:
            left[why] += len(own)
    return _told(left)


def digest_of(one: Open) -> str:
    """Of what a cell shows and golden says: the same while nothing of it moved."""
    golden = one.golden.order() if isinstance(one.golden, SetGolden) else one.golden.value
    return codec.digest(codec.dump([one.cell.shown, golden])).hex()[:12]


def _check(group: Group, answer: str) -> None:
    known = (*ANSWERS[group.sort], *(group.sources if group.sort == "parked" else ()))
    if answer not in known:
        raise ConfigError(
            "`{name}` takes another answer: {known}", name=group.name, known=", ".join(dict.fromkeys(known))
        )


def _by_entity(cells: Iterable[Open]) -> dict[str, list[Open]]:
    out: dict[str, list[Open]] = {}
    for one in cells:
        out.setdefault(one.case.id, []).append(one)
    return out


def _told(left: Counter[Said]) -> Said | None:
    found = [(why, count) for why, count in left.items() if count]
    if not found:
        return None
    why = max(found, key=lambda pair: pair[1])[0]
    return say("cells left out ({count}): {why}", count=sum(left.values()), why=why)


def _decide(desk: Desk, group: Group, answer: str, entity: str, own: Sequence[Open]) -> Said | None:
    """One customer's cells of the class -> why nothing was decided."""
    if answer == "keep":
        desk.decide(Sort.KEEP, entity, kept(own))
        return None
    if isinstance(own[0].golden, SetGolden):
        return _decide_set(desk, answer, entity, own)
    if any(one.cell.doubt is not None and not one.cell.doubt.unclear for one in own):
        return OPEN_DOUBT
    said = _golden(group, own) if answer == "golden" else _theirs(desk, group, answer, own)
    if isinstance(said, Said):
        return said
    value, ref = said
    shown = {one.ref: one.cell.shown for one in own}
    if answer != "golden":
        shown = {**_saying_golden(own[0]), **shown}
    content = field_content(group.unit, "value", value, ref, shown)
    if not desk.field(entity, group.unit, content):
        return TWICE
    if group.sort == "parked":
        _close_question(desk, entity, group.unit)
    return None


def kept(own: Sequence[Open]) -> dict[str, object]:
    """What a person leaves as it is, with what he saw of each cell."""
    cells = {}
    for one in own:
        row = one.side.cells[one.unit]
        cells[f"{one.side.record.id}:{one.side.part.map.name}"] = classes.seen_as(row.state, one.golden)
    return {"unit": own[0].unit, "cells": cells}


def _golden(group: Group, own: Sequence[Open]) -> tuple[Value, str] | Said:
    golden = own[0].golden
    assert isinstance(golden, Golden)
    rule = own[0].side.part.views[group.unit].unit.rule.same
    if group.sort in ("damaged", "unmapped", "parked") and rule.empty(golden.value):
        return NO_VALUE
    return golden.value, golden.ref


def _theirs(desk: Desk, group: Group, answer: str, own: Sequence[Open]) -> tuple[Value, str] | Said:
    """What the cells show; of a parked field what this source says, or whoever wants something else than golden."""
    golden = own[0].golden
    assert isinstance(golden, Golden)
    speaking = [one for one in own if not isinstance(one.cell.shown, Damaged)]
    if answer != "theirs":
        speaking = [one for one in speaking if one.side.table.source.name == answer]
    elif group.sort == "parked":
        speaking = [one for one in speaking if one.cell.shown != golden.value]
    if any(group.unit in _filtering(desk, one.side.table.source.name, group.kind) for one in speaking):
        return FILTERED
    return _one_value(speaking)


def _saying_golden(one: Open) -> dict[str, Value]:
    """Ref → value of the cells that say what golden says: it was decided against them, too."""
    out: dict[str, Value] = {}
    for side in one.case.sides:
        view = side.part.views.get(one.unit)
        if view is None or side.silent or not isinstance(one.golden, Golden):
            continue
        shown = cell_of(side, view).shown
        if shown is not None and view.unit.rule.same.same(one.golden.value, shown):
            out[side.ref] = shown
    return out


def _one_value(own: Sequence[Open]) -> tuple[Value, str] | Said:
    values = {codec.dump(one.cell.shown): one for one in own}
    if len(values) != 1:
        return TWO
    one = next(iter(values.values()))
    assert isinstance(one.golden, Golden)
    rule = one.side.part.views[one.unit].unit.rule.same
    return rule.take(one.golden.value, one.cell.shown), one.ref


def _filtering(desk: Desk, source: str, kind: str) -> set[str]:
    """Units whose fields this source's own `only:` names (R8b)."""
    found = desk.picture.run.workspace.sources[source].only.fields()
    named = {field for k, field in found if k == kind} & filtered_fields(desk.picture.run.workspace, kind)
    return {unit.name for unit in desk.picture.run.units[kind].values() if named & set(unit.fields)}


def _decide_set(desk: Desk, answer: str, entity: str, own: Sequence[Open]) -> Said | None:
    """Elements that a source took out and may not clear: written back, or let go of everywhere."""
    if own[0].cell.stop is None or own[0].cell.stop.why != "kept":
        return SET
    word = "add" if answer == "golden" else "remove"
    for one in own:
        assert isinstance(one.golden, SetGolden)
        for element in classes.stake(one):
            content = field_content(one.unit, word, element, one.golden.refs.get(element, one.ref), {})
            key = f"{one.unit}={element}"
            if (entity, key) not in desk.decided:
                desk.decided.add((entity, key))
                desk.decide(Sort.FIELD, entity, content)
    return None


def _close_question(desk: Desk, entity: str, unit: str) -> None:
    rows = asked.open_questions(desk.picture.ledger, desk.picture.c, ["field"])
    desk.closed += [row.id for row in rows if row.entity == entity and row.field == unit]


__all__ = ["Shown", "answer_class", "digest_of", "kept"]
