"""How is a canonical value said to a person: sets as lists, groups in one line, people and customers by their names?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.contract import Damaged
from sync.config.model import Workspace
from sync.ledger import codec, looks
from sync.ledger.store import Ledger
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden, elements, slots_of
from sync.show.masks import masked, type_to_mask
from sync.show.words import plain
from sync.tables import all_units
from sync.units import Form, Unit

NOTHING = "—"


@dataclass(slots=True)
class Speaker:
    """Says values of one workspace. open: sensitive ones are shown as they are. names: entity → how it is called."""

    workspace: Workspace
    open: bool = False
    names: dict[str, str] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, Unit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.units = all_units(self.workspace)

    def learn(self, ledger: Ledger, c: Connection, plan: int, ids: Iterable[str]) -> None:
        """Looks up what these entities are called."""
        wanted = {one for one in ids if one not in self.names}
        for one, (kind, golden) in looks.goldens(ledger, c, plan, wanted).items():
            self.names[one] = self.called(kind, codec.load_goldens(golden))

    def called(self, kind: str, goldens: Mapping[str, object]) -> str:
        """The name of an entity; for one without a name what else identifies it, masked as that is."""
        found = self.workspace.kinds.get(kind)
        for name in (*(found.names if found else ("name",)), *(found.contacts if found else ())):
            for unit in (name, *(n for n in goldens if n.startswith(f"{name}."))):
                text = self.value(kind, unit, _plain_value(goldens.get(unit)))
                if text and text != NOTHING:
                    return text
        return NOTHING

    def kind_of(self, table: str, part: str) -> str:
        """The kind of a part; a part of dotted fields is called by its relation and has the kind that this leads to."""
        found = self.workspace.tables.get(table)
        named = next((one.kind for one in found.parts if one.name == part), "") if found else ""
        return named or part.partition(".")[0]

    def value(self, kind: str, unit: str, value: Value) -> str:
        """One line; NOTHING for what is empty."""
        if value is None or value == "" or value == ():
            return NOTHING
        hidden = "" if self.open else type_to_mask(self.workspace.kinds.get(kind), unit)
        form = self.units.get(kind, {}).get(unit)
        if isinstance(value, tuple):
            is_group = form is not None and form.form is Form.GROUP
            pieces = [one for one in value if one] if is_group else set_of(value)
            return (" " if is_group else ", ").join(self._piece(one, hidden, form) for one in pieces) or NOTHING
        return self._piece(value, hidden, form)

    def _piece(self, value: str | Damaged, hidden: str, unit: Unit | None) -> str:
        if isinstance(value, Damaged):
            return plain(masked(value.text, hidden) if hidden else value.text)
        if unit is not None and unit.form is Form.RELATION:
            return self.names.get(value, value[:8])
        if unit is not None and unit.field.type == "staff":
            return self._staff(value)
        return plain(masked(value, hidden) if hidden else value)

    def _staff(self, person: str) -> str:
        return next((one.name for one in self.workspace.people if one.id == person), person)


def set_of(value: Value) -> list[str | Damaged]:
    """What a set's cell shows, place by place; several elements of one place each for themselves."""
    damaged = [slot for slot in slots_of(value) if isinstance(slot, Damaged)]
    return [*elements(value), *damaged]


def _plain_value(golden: object) -> Value:
    if isinstance(golden, Golden):
        return golden.value
    return golden.order() if isinstance(golden, SetGolden) else None


__all__ = ["NOTHING", "Speaker", "set_of"]
