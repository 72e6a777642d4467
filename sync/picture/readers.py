"""Whom may a reader see? Lists, reports and exports for one of our people pass the filter of plans (RULES R8d)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.contract import ConfigError
from mappings.filters import ME, Condition, Filter, Wanted
from sync.agreeing.merge import Case
from sync.config.sources import Source
from sync.linking.customers import Customers, holder
from sync.picture.opening import Picture
from sync.rules.cell import Golden
from sync.rules.sets import SetGolden
from sync.sides import Side

GUARDED = frozenset({"notes", "needs"})
"""What is not handed from one off-book source to another, unless the mapping permits it (R8d); so are interactions."""
_CHUNK = 500


@dataclass(slots=True)
class Reader:
    """One of our people, or nobody in particular (staff ""), who sees everything."""

    picture: Picture
    staff: str = ""
    _seen: dict[str, bool] = field(default_factory=dict)

    def sees(self, ids: Iterable[str]) -> set[str]:
        """Those of these customers that this reader may see."""
        wanted = {one for one in ids if one}
        if not self.staff:
            return wanted
        unknown = sorted(wanted - self._seen.keys())
        for at in range(0, len(unknown), _CHUNK):
            self._judge(unknown[at : at + _CHUNK])
        return {one for one in wanted if self._seen.get(one)}

    def _judge(self, ids: Sequence[str]) -> None:
        run, cases = self.picture.run, self.picture.cases(ids)
        customers = Customers(run, {e: frozenset(units) for e, units in self.picture.parked.items()})
        customers.prepare(self.picture.c, cases)
        filters = [one.only for one in self._sources()] or [self._his_own()]
        for case in cases:
            passes = any(customers.passes(case, wanted, me=self.staff) for wanted in filters)
            self._seen[case.id] = (passes and self._may_pass(case)) or self._all_his(case)

    def _sources(self) -> list[Source]:
        """Sources that belong to this reader, or where he holds records."""
        found = [one for one in self.picture.run.workspace.sources.values() if one.belongs_to == self.staff]
        return found + [one for one in self.picture.run.workspace.sources.values() if one.holder]

    def _his_own(self) -> Filter:
        """For a reader without a source of his own: the customers that are his."""
        return Filter((Condition(self.picture.run.workspace.customer, "owner", Wanted("any", (ME,))),))

    def owns(self, side: Side) -> bool:
        """Whether this record stands in a source of his own."""
        source = side.table.source
        return source.belongs_to == self.staff or (bool(source.holder) and holder(self.picture.run, side) == self.staff)

    def _all_his(self, case: Case) -> bool:
        """Only he himself speaks of this customer, so nothing that he reads is news to him."""
        return bool(case.sides) and all(self.owns(side) for side in case.sides)

    def _may_pass(self, case: Case) -> bool:
        """An interaction that an off-book source of a colleague told stays there."""
        if case.kind != "interaction":
            return True
        return all(side.table.source.formal or self.owns(side) for side in case.sides)

    # -------------------------------------------------------------------------- fields

    def golden(self, case: Case, unit: str) -> Golden | SetGolden | None:
        """Golden of a unit as this reader may see it: what colleagues noted off book is left out."""
        golden = case.goldens.get(unit)
        if golden is None or not self.staff or unit not in GUARDED or self._permitted(case, unit):
            return golden
        if isinstance(golden, SetGolden):
            kept = tuple(e for e in golden.elements if self._heard(case, golden.refs.get(e, "")))
            return SetGolden(kept, frozenset(), {e: golden.refs.get(e, "") for e in kept})
        return golden if self._heard(case, golden.ref) else Golden()

    def shows(self, case: Case, side: Side, unit: str) -> bool:
        """Whether he may see what one record says in one unit."""
        guarded = bool(self.staff) and (unit in GUARDED or case.kind == "interaction")
        return not guarded or side.table.source.formal or self.owns(side) or self._permitted(case, unit)

    def _permitted(self, case: Case, unit: str) -> bool:
        """A mapping of his says `direction: both` for it."""
        return any(self.owns(side) and unit in side.part.views and side.part.views[unit].writes for side in case.sides)

    def _heard(self, case: Case, ref: str) -> bool:
        """A value that a person decided has no ref; one of a record that is linked no more is not passed on."""
        side = next((one for one in case.sides if one.ref == ref), None)
        return not ref or (side is not None and (side.table.source.formal or self.owns(side)))


def reader_of(picture: Picture, staff: str) -> Reader:
    """Raises ConfigError where nobody in `people` is called so; "" is everybody."""
    known = [person.id for person in picture.run.workspace.people]
    if staff and staff not in known:
        raise ConfigError("nobody in `people` is called `{id}`; there is: {known}", id=staff, known=", ".join(known))
    return Reader(picture, staff)


__all__ = ["GUARDED", "Reader", "reader_of"]
