"""What do the filters of a workspace mean: which kind, which field, which values? (CONFIG "Filters")"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.contract import Said, say
from connectors.settings import Faults, Tree, Way, shown
from mappings.draft import no_kind
from mappings.filters import ME, Condition, Filter, Wanted
from mappings.kinds import Kind
from mappings.places import Names, Spot, canonical_of, no_field


@dataclass(frozen=True, slots=True)
class Ask:
    """Where a filter stands and of whom it speaks. me: who `me` is there; "" where nobody is."""

    names: Names
    kind: Kind
    me: str
    tree: Tree
    faults: Faults

    def filter(self, conditions: Mapping[str, Wanted], way: Way) -> Filter:
        """The filter with canonical values; what is unknown in it is told."""
        made = (self._condition(name, wanted, (*way, name)) for name, wanted in conditions.items())
        return Filter(tuple(one for one in made if one is not None))

    def _condition(self, name: str, wanted: Wanted, way: tuple[str | int, ...]) -> Condition | None:
        kind, field = self._named(name, way)
        if kind is None:
            return None
        base = field.partition(".")[0] if field.startswith("identifiers.") else field
        if base not in kind.fields:
            self._say(way, no_field(kind, field))
            return None
        definition = kind.field(field)
        if definition.relation and wanted.word != "empty":
            self._say(
                way,
                say(
                    "`{field}` points to another record, so a filter can only ask whether it is {{empty: true}}",
                    field=field,
                ),
            )
        spot = Spot(kind, definition, self.names, self._say, way)
        values = tuple(self._value(value, spot) for value in wanted.values)
        return Condition(kind.name, field, replace(wanted, values=values))

    def _named(self, name: str, way: Way) -> tuple[Kind | None, str]:
        """`tier` speaks of the filter's own kind, `person.tier` names another."""
        head, dot, rest = name.partition(".")
        if not dot or head == "identifiers":
            return self.kind, name
        if head not in self.names.kinds:
            self._say(way, no_kind(head, self.names.kinds))
            return None, name
        return self.names.kinds[head], rest

    def _value(self, value: str, spot: Spot) -> str:
        if spot.field.type == "staff" and value == "me":
            if not self.me:
                spot.say(say("`me` is the one the source belongs to; say `belongs_to:` as well"))
            return self.me or ME
        return canonical_of(value, spot)

    def _say(self, way: Way, text: Said) -> None:
        self.tree.fault(self.faults, way, text)


def shown_field(kind: str, field: str, customer: str) -> str:
    """As one writes it in a filter: without the kind where it is the customer's."""
    return shown(field if kind == customer else f"{kind}.{field}")
