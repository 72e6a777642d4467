"""How does a template show a canonical value to people?"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Damaged
from mappings.conversion.templates import Show
from mappings.kinds import Kind
from mappings.types import TYPES
from mappings.types.base import At, Cannot, raw_text


def shows(kind: Kind, kinds: Mapping[str, Kind], at: At) -> Show:
    """Holes are fields of the kind, or of one that it has a relation to: phones as written there, staff by name."""

    def show(hole: str, value: str) -> str:
        relation, dot, name = hole.partition(".")
        inner = kinds.get(kind.relations().get(relation, "")) if dot else None
        owner, field = (inner, name) if inner is not None else (kind, hole)
        definition = owner.field(field) if field.partition(".")[0] in owner.fields else None
        if definition is None or definition.type not in TYPES:
            return value
        if definition.type == "staff" and at.people is not None and value in at.people.by_id:
            return at.people.by_id[value].name or value
        said = TYPES[definition.type].render(value, At(region=at.region, zone=at.zone, people=at.people))
        return value if isinstance(said, Cannot | Damaged) or said is None else raw_text(said)

    return show
