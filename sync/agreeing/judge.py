"""Why is each cell written or not, and what exactly would be written? (RULES table 1, after settle)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from connectors.contract import Said, Value, say
from mappings.types.base import raw_text
from sync.agreeing.merge import Case
from sync.context import Run, View, write
from sync.ledger import codec, staging
from sync.linking.customers import Customers
from sync.linking.pointing import Keys
from sync.linking.related import Related
from sync.rules.cell import EMPTY, Cell, Facts, Golden
from sync.rules.cell import Value as Canonical
from sync.rules.sets import SetGolden, no_place, slots_of, verdict_set, want
from sync.rules.verdict import Verdict, verdict
from sync.sides import Side
from sync.units import Form, Unit, by_field
from sync.writing.pushed import LEFT, MARK, NO_CELL, left_text, pushed_fields, verdict_of, wanted


@dataclass(frozen=True, slots=True)
class Judged:
    """One cell's verdict. after: raw columns that a change would write; value: the canonical value behind them."""

    unit: str
    cell: Cell
    verdict: Verdict
    reason: str = ""
    after: Mapping[str, Value] = field(default_factory=dict)
    value: Canonical = None


@dataclass(slots=True)
class Judge:
    """Judges the cells of one chunk; raw records are read only where something may be written."""

    run: Run
    customers: Customers
    keys: Keys
    related: Related
    raw: dict[int, dict[str, Value]] = field(default_factory=dict)

    def prepare(self, c: Connection, cases: Sequence[Case]) -> None:
        """Reads the raw cells of records that may be written, and the keys that their look-ups need."""
        self.raw.clear()
        needed: set[int] = set()
        targets: set[str] = set()
        for case in cases:
            for side in case.sides:
                if side.silent or not side.table.pushed:
                    continue
                if pushed_fields(side) or side.table.source.mark or self._differs(case, side):
                    needed.add(side.record.id)
                    targets |= {
                        g.value for g in case.goldens.values() if isinstance(g, Golden) and isinstance(g.value, str)
                    }
        for record, raw in staging.raws(self.run.ledger, c, needed).items():
            self.raw[record] = codec.load_raw(raw)
        self.related.prepare(c, cases)
        self.keys.prepare(c, targets)

    def _differs(self, case: Case, side: Side) -> bool:
        for name, view in side.part.views.items():
            cell, golden = case.cells.get((side.ref, name)), case.goldens.get(name)
            if cell is None or golden is None:
                continue
            if isinstance(golden, SetGolden):
                if cell.stop or slots_of(cell.shown) != want(slots_of(cell.shown), golden, view.slots, cell.stop):
                    return True
            elif not view.unit.rule.same.same(golden.value, cell.shown):
                return True
        return False

    def judge(self, case: Case, side: Side) -> list[Judged]:
        """Every cell of one part, in the order of its kind's fields."""
        receives = self.receives(case, side)
        golden = by_field(case.goldens, self.run.units[case.kind])
        out = []
        for name, view in side.part.views.items():
            cell = case.cells.get((side.ref, name))
            if cell is None:
                continue
            facts = replace(case.facts[side.ref, name], receives=receives)
            out.append(self._judged(case, side, view, cell, facts, golden))
        pushed = pushed_fields(side) if side.table.pushed and not side.silent else ()
        if pushed:
            golden.update(self.related.dotted(case.kind, case.goldens))
            out += [self._pushed(case, side, name, golden, receives=receives) for name in pushed]
        marked = self._marked(side, receives=receives)
        return [*out, marked] if marked is not None else out

    def receives(self, case: Case, side: Side) -> bool:
        """R8a; a part that is silent tonight stands as it stood."""
        return bool(side.link.marks) if side.silent else self.customers.receives(case, side)

    def _marked(self, side: Side, *, receives: bool) -> Judged | None:
        """CONFIG `on_leave: {mark: column}`: says that the customer left, in an empty cell or over our own mark."""
        source, table = side.table.source, side.table
        if source.on_leave != "mark" or side.silent or not table.pushed or side.part.map.name != table.map.subject:
            return None
        known = side.echo.get(MARK + LEFT)
        left = not receives and (known is not None or (bool(side.link.marks) and side.link.committed))
        if not left and known is None:
            return None
        shown = self.raw.get(side.record.id, {})
        text = (next(iter(known[1].values())) if known else left_text(source.mark, self.run.now)) if left else ""
        after: dict[str, Value] = {source.mark: text or None}
        if raw_text(shown.get(source.mark)) == text:
            return Judged(MARK + LEFT, NO_CELL, Verdict.AGREED)
        said, reason = verdict_of(side, LEFT, after, shown)
        return Judged(MARK + LEFT, NO_CELL, said, packed(reason), after if said is Verdict.CHANGE else {}, text)

    def _pushed(self, case: Case, side: Side, name: str, golden: Mapping[str, Canonical], *, receives: bool) -> Judged:
        """A place that is only pushed: written over our own text or an empty cell (R9)."""
        shown = self.raw.get(side.record.id, {})
        after, cannot = wanted(side, name, golden, case.goldens, shown)
        said, reason = verdict_of(side, name, after, shown)
        unit = MARK + name
        if said is Verdict.AGREED:
            return Judged(unit, NO_CELL, said)
        if not receives:
            return Judged(unit, NO_CELL, Verdict.FILTERED)
        if any(name in self.run.units[case.kind][one].fields for one in case.parked):
            return Judged(unit, NO_CELL, Verdict.PARKED)
        cannot = cannot or self._locked(side, after)
        if cannot:
            return Judged(unit, NO_CELL, Verdict.STANDING, packed(cannot))
        return Judged(unit, NO_CELL, said, reason, after if said is Verdict.CHANGE else {}, golden.get(name, ""))

    def _judged(
        self, case: Case, side: Side, view: View, cell: Cell, facts: Facts, golden: Mapping[str, Canonical]
    ) -> Judged:
        unit = view.unit
        chosen = case.goldens.get(unit.name) or unit.nothing()
        if unit.form is Form.SET:
            assert isinstance(chosen, SetGolden)
            return self._judged_set(side, view, cell, facts, chosen, golden)
        assert isinstance(chosen, Golden)
        same = unit.rule.same
        said = verdict(cell, chosen, parked=unit.name in case.parked, facts=facts, same=same)
        if said is Verdict.STANDING:
            return Judged(unit.name, cell, said, facts.cannot or (REJECTED if cell.stop else ""))
        if said is not Verdict.CHANGE:
            return Judged(unit.name, cell, said)
        value = same.view(chosen.value, cell.shown)
        cannot = self._not_named(case, unit, cell, chosen)
        after: dict[str, Value] = {}
        if not cannot:
            after, cannot = self._columns(side, view, value, golden)
        cannot = cannot or self._locked(side, after) or ("" if after else UNTOLD)
        if cannot:
            return Judged(unit.name, cell, Verdict.STANDING, packed(cannot))
        return Judged(unit.name, cell, said, _why(chosen), after, value)

    def _judged_set(
        self, side: Side, view: View, cell: Cell, facts: Facts, chosen: SetGolden, golden: Mapping[str, Canonical]
    ) -> Judged:
        name = view.unit.name
        said = verdict_set(cell, chosen, facts)
        shown = slots_of(cell.shown)
        if said is Verdict.AGREED and no_place(shown, chosen, facts.slots, cell.stop):
            return Judged(name, cell, said, NO_PLACE)
        if said is not Verdict.CHANGE:
            return Judged(name, cell, said)
        places = want(shown, chosen, facts.slots, cell.stop, append=facts.append)
        after, cannot = self._columns(side, view, places, golden)
        cannot = cannot or self._locked(side, after) or ("" if after else UNTOLD)
        if cannot:
            return Judged(name, cell, Verdict.STANDING, packed(cannot))
        return Judged(name, cell, said, "set", after, places)

    def _columns(
        self, side: Side, view: View, value: Canonical, golden: Mapping[str, Canonical]
    ) -> tuple[dict[str, Value], str]:
        """Raw columns that say this value there, or why it cannot be said."""
        shown = self.raw.get(side.record.id, {})
        if view.unit.form is Form.RELATION:
            assert isinstance(value, str)
            said = self.keys.text(side.part.map, view.unit.name, value)
            if said.cannot:
                return {}, said.cannot
            value = said.text
        members = value if isinstance(value, tuple) and view.unit.form is Form.GROUP else (value,)
        after: dict[str, Value] = {}
        for name, member in zip(view.unit.fields, members, strict=True):
            if member is None:
                continue
            written = write(side.table, side.part.map.name, name, member, {**shown, **after}, golden)
            if written.cannot:
                return {}, written.cannot
            after.update(written.after)
        return after, ""

    def _not_named(self, case: Case, unit: Unit, cell: Cell, golden: Golden) -> str:
        """R6c: a consent from a source that is not named for the field fills nobody's empty cell."""
        rule = unit.rule
        if rule.strictest is None or rule.is_strict(golden.value) or not rule.same.empty(cell.shown):
            return ""
        fact = case.facts.get((golden.ref, unit.name))
        return "" if fact is not None and fact.may_loosen else NOT_NAMED

    @staticmethod
    def _locked(side: Side, after: Mapping[str, Value]) -> str:
        locked = set((side.record.locked or "").split("\n")) - {""}
        return LOCKED if locked and ("*" in locked or locked & set(after)) else ""


REJECTED = "rejected"
NO_PLACE = "no place"
UNTOLD = say("what would be written there reads as what stands there already")
NOT_NAMED = say("a consent from this source is not passed on; name the source under kinds.….consent.authority")
LOCKED = say("the field is locked in this record")


def packed(text: str) -> str:
    """A reason as it stands in the ledger: its template and values, so that it can be said in either language."""
    if isinstance(text, Said) and text.values:
        return codec.dump([text.template, {k: str(v) for k, v in text.values.items()}]).decode()
    return str(text)


def unpacked(text: str) -> str:
    if not text.startswith("["):
        return say(text) if "{" not in text else text
    template, values = codec.load(text.encode())
    return say(template, **values)


def _why(golden: Golden) -> str:
    return golden.rule or "lone"


__all__ = ["EMPTY", "NO_PLACE", "REJECTED", "Judge", "Judged", "packed", "unpacked"]
