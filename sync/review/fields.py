"""How is a field decided: by a choice among what was said, by a value a person types, by element, for good? (R4e, R5)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.contract import ConfigError, Damaged
from sync.agreeing.merge import Case
from sync.decisions import Sort, field_content
from sync.ledger import lists
from sync.review.desk import Desk
from sync.review.model import Asking, Choice
from sync.review.targets import target
from sync.review.typed import typed
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden, elements
from sync.sides import cell_of
from sync.units import Form, Unit

ELEMENT_WORDS: Final = ("add", "remove", "primary")


def answer_field(desk: Desk, one: Asking, answer: str) -> None:
    """A letter, a source's name, `golden`, or `value:TEXT`."""
    if answer.startswith("value:"):
        content = _free(desk, one, answer.partition(":")[2])
    else:
        choice = pick(one, answer)
        content = field_content(one.unit, "value", choice.value, choice.refs[0], shown_to(one))
    if not desk.field(one.entity, one.unit, content):
        raise ConfigError("this field is decided by another answer of the same call")
    desk.open([one.entity])
    desk.closed.append(one.number)


def pick(one: Asking, answer: str) -> Choice:
    """The choice that an answer means. Raises ConfigError where it means none, or several."""
    fits = [c for c in one.choices if answer.strip().upper() == c.letter]
    fits = fits or [c for c in one.choices if c.golden and answer == "golden"]
    fits = fits or [c for c in one.choices if answer in c.sources]
    if answer == "theirs" and not fits:
        fits = [c for c in one.choices if not c.golden]
    if len(fits) == 1:
        return fits[0]
    letters = ", ".join(choice.letter for choice in one.choices)
    if fits:
        raise ConfigError(
            "`{answer}` says several values here; choose one of {letters}", answer=answer, letters=letters
        )
    raise ConfigError(
        "`{answer}` is no answer here; choose one of {letters}, or value:…", answer=answer, letters=letters
    )


def shown_to(one: Asking) -> dict[str, Value]:
    """Ref → value of every vote that the question showed; nothing else is decided upon (R4e)."""
    return {ref: choice.value for choice in one.choices for ref in choice.refs if ref}


def _free(desk: Desk, one: Asking, text: str) -> dict[str, object]:
    unit = unit_of(desk, one.kind, one.unit)
    (case,) = desk.picture.cases([one.entity])
    golden = case.goldens.get(one.unit)
    value = _value(desk, one.kind, unit, golden if isinstance(golden, Golden) else None, text)
    ref = next((ref for choice in one.choices if choice.value == value for ref in choice.refs), "")
    return field_content(one.unit, "value", value, ref, shown_to(one))


def unit_of(desk: Desk, kind: str, name: str) -> Unit:
    """The unit of a field's name: itself, or the group it belongs to. Raises ConfigError."""
    units = desk.picture.run.units.get(kind, {})
    if name in units:
        return units[name]
    for unit in units.values():
        if name in unit.fields or unit.name == f"identifiers.{name}":
            return unit
    raise ConfigError(
        "[{kind}] has no field `{name}`; there is: {fields}", kind=kind, name=name, fields=", ".join(units)
    )


def _value(desk: Desk, kind: str, unit: Unit, golden: Golden | None, text: str) -> Value:
    if unit.form is Form.RELATION and text.strip():
        return target(desk.picture, text.strip(), kind=unit.field.relation).entity
    return typed(desk.picture, kind, unit, golden, text) if unit.form is not Form.RELATION else ""


# ------------------------------------------------------------------------------ a field that nobody asked about


def decide_field(desk: Desk, name: str, field: str, answer: str, *, pin: bool = False) -> None:
    """A customer's field: `value:TEXT`, a source's name, `golden`; of a set `add:`, `remove:`, `primary:`."""
    found = target(desk.picture, name)
    (case,) = desk.picture.cases([found.entity])
    unit = unit_of(desk, case.kind, field.partition(".")[2] if field.startswith(f"{case.kind}.") else field)
    word, _, text = answer.partition(":")
    is_set = unit.form is Form.SET
    content = _element(desk, case, unit, word, text) if is_set else _single(desk, case, unit, answer)
    if pin:
        _replace(desk, case.id, unit.name)
        desk.decide(Sort.PIN, case.id, content)
    elif not desk.field(case.id, unit.name, content):
        raise ConfigError("this field is decided by another answer of the same call")
    desk.open([case.id])


def _replace(desk: Desk, entity: str, unit: str) -> None:
    """A field is pinned once: what was pinned before is lifted."""
    for row in lists.holding(desk.session.ledger, desk.picture.c, entity=entity):
        if row.sort == Sort.PIN and row.content["unit"] == unit:
            lists.set_decision(desk.session.ledger, desk.picture.c, row.id, "lifted", "replaced")


def _element(desk: Desk, case: Case, unit: Unit, word: str, text: str) -> dict[str, object]:
    if word not in ELEMENT_WORDS:
        raise ConfigError("`{field}` holds several values; say add:…, remove:… or primary:…", field=unit.name)
    value = typed(desk.picture, case.kind, unit, None, text)
    golden = case.goldens.get(unit.name)
    known = golden.elements if isinstance(golden, SetGolden) else ()
    if word in ("remove", "primary") and value not in known:
        raise ConfigError("`{field}` does not hold that; there is: {count} others", field=unit.name, count=len(known))
    ref = golden.refs.get(str(value), "") if isinstance(golden, SetGolden) else ""
    return field_content(unit.name, word, value, ref, {})


def _single(desk: Desk, case: Case, unit: Unit, answer: str) -> dict[str, object]:
    """Made upon everything that the field's cells show now."""
    shown, by_source = shown_now(case, unit)
    golden = case.goldens.get(unit.name)
    known = golden if isinstance(golden, Golden) else Golden()
    word, colon, text = answer.partition(":")
    if word == "value" and colon:
        value, ref = _value(desk, case.kind, unit, known, text), ""
        ref = next((one for one, saw in shown.items() if saw == value), "")
    elif answer == "golden":
        value, ref = known.value, known.ref
    elif answer in by_source:
        ref, value = _only(by_source[answer], answer)
        value = unit.rule.same.take(known.value, value)
    else:
        raise ConfigError(
            "`{answer}` is no answer here; say value:…, golden or one of {sources}",
            answer=answer,
            sources=", ".join(by_source),
        )
    return field_content(unit.name, "value", value, ref, shown)


def shown_now(case: Case, unit: Unit) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
    """Ref → what its cell shows, and the same by source, without cells that show nothing or cannot be read."""
    shown: dict[str, Value] = {}
    by_source: dict[str, dict[str, Value]] = {}
    for side in case.sides:
        view = side.part.views.get(unit.name)
        if view is None or side.silent:
            continue
        value = cell_of(side, view).shown
        if value is None:
            continue
        shown[side.ref] = value
        if not isinstance(value, Damaged) and not unit.rule.same.empty(value):
            by_source.setdefault(side.table.source.name, {})[side.ref] = value
    return shown, by_source


def _only(found: Mapping[str, Value], source: str) -> tuple[str, Value]:
    if len({str(value) for value in found.values()}) > 1:
        raise ConfigError("{source} has several records that say different things; say value:…", source=source)
    return next(iter(found.items()))


__all__ = ["answer_field", "decide_field", "elements", "pick", "shown_now", "shown_to", "unit_of"]
