"""In which units are the fields of a kind decided, and by which rule? (RULES R4f, R4h, R5f, R6; CONFIG "kinds.NAME")

A unit is what is voted at once: a field, a group of fields, a set, or a relation. Bookkeeping is never voted, and
what is derived from a leading field (family and given name) follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mappings.kinds import FieldDef, Kind
from mappings.types import TYPES
from sync.rules.cell import EMPTY, Golden, Plain, Rule, Value
from sync.rules.same import Grouped, Typed, address_contains
from sync.rules.sets import SetGolden

if TYPE_CHECKING:
    from sync.config.model import Workspace

STRICTEST = {"consent": "false", "do_not_contact": "true"}
"""R6c: refused wins."""
DATED = frozenset({"date", "datetime"})
"""Types of which one value may say less than another (`--05-12`)."""
DERIVED_GROUPS = frozenset({"name"})
"""Groups whose leading member says everything: the others are worked out from it, so it is voted alone."""


class Form(StrEnum):
    SCALAR = "scalar"
    GROUP = "group"
    SET = "set"
    RELATION = "relation"


@dataclass(frozen=True, slots=True)
class Unit:
    """name: of the field or group. fields: its members in the kind's order. append: a set of notes (R5e)."""

    name: str
    form: Form
    fields: tuple[str, ...]
    rule: Rule
    field: FieldDef
    append: bool = False

    def nothing(self) -> Golden | SetGolden:
        """Golden before it ever had a value."""
        return SetGolden() if self.form is Form.SET else Golden()


def units_of(kind: Kind, workspace: Workspace, sorts: Iterable[str]) -> dict[str, Unit]:
    """The units of a kind in its order; `sorts`: those of `identifiers` that the mappings use."""
    named = filtered_fields(workspace, kind.name)
    units: dict[str, Unit] = {}
    for one in kind.fields.values():
        if one.bookkeeping or one.derived or (one.group and one.group in units):
            continue
        if one.name == "identifiers":
            for sort in sorted(set(sorts)):
                units[f"identifiers.{sort}"] = _scalar(kind.field(f"identifiers.{sort}"), workspace, named)
        elif one.group and one.group not in DERIVED_GROUPS:
            units[one.group] = _group(kind, one.group, workspace, named)
        else:
            units[one.name] = _single(one, workspace, named)
    return units


def filtered_fields(workspace: Workspace, kind: str) -> frozenset[str]:
    """Fields of a kind that some `only:` names (R7, R8b)."""
    return frozenset(f for source in workspace.sources.values() for k, f in source.only.fields() if k == kind)


def _single(one: FieldDef, workspace: Workspace, named: frozenset[str]) -> Unit:
    if one.relation:
        return Unit(one.name, Form.RELATION, (one.name,), rule_of(one, workspace, named, Plain(cuttable=False)), one)
    if one.many:
        return Unit(one.name, Form.SET, (one.name,), rule_of(one, workspace, named, Plain()), one, one.type == "note")
    return _scalar(one, workspace, named)


def _scalar(one: FieldDef, workspace: Workspace, named: frozenset[str]) -> Unit:
    return Unit(one.name, Form.SCALAR, (one.name,), rule_of(one, workspace, named, typed(one)), one)


def _group(kind: Kind, name: str, workspace: Workspace, named: frozenset[str]) -> Unit:
    group = kind.groups[name]
    members = tuple(m for m in group.members if m in kind.fields)
    leading = kind.fields[group.leading]
    contains = address_contains(members) if name == "address" else {}
    place = -1 if name == "address" else members.index(group.leading)
    same = Grouped(members, tuple(typed(kind.fields[m]) for m in members), place, contains)
    return Unit(name, Form.GROUP, members, rule_of(leading, workspace, named & set(members), same), leading)


def typed(one: FieldDef) -> Typed:
    """How two values of the field's type compare."""
    kind = TYPES[one.type]
    if one.type not in DATED:
        return Typed(cuttable=kind.cuttable, of=kind.form)
    return Typed(cuttable=kind.cuttable, of=kind.form, same_text=kind.same, fuller=kind.says_more)


def rule_of(one: FieldDef, workspace: Workspace, named: frozenset[str], same: Plain | Grouped) -> Rule:
    return Rule(
        survive=tuple(word for word in one.survive if word != "ask"),
        first_link=one.first_link or workspace.first_link,
        strictest=STRICTEST.get(one.name) if one.built_in else None,
        named=bool(named & {one.name}) or (isinstance(same, Grouped) and bool(named)),
        same=same,
    )


# ------------------------------------------------------------------------------ golden, by field


def by_field(goldens: Mapping[str, Golden | SetGolden], units: Mapping[str, Unit]) -> dict[str, Value]:
    """Golden's values by field: a text, a tuple of elements; a field that never had a value is left out."""
    out: dict[str, Value] = {}
    for name, golden in goldens.items():
        unit = units.get(name)
        if unit is None:
            continue
        if isinstance(golden, SetGolden):
            out[name] = golden.order()
        elif unit.form is Form.GROUP:
            values = golden.value if isinstance(golden.value, tuple) else (EMPTY,) * len(unit.fields)
            out.update((f, v if v is not None else EMPTY) for f, v in zip(unit.fields, values, strict=True))
        else:
            out[name] = golden.value
    return out
