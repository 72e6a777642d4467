"""Do Offbook's own rules hold in the design's model? They stand here under the names that the model uses.

The model (shared/design/model) calls its module of rules `reference`; `design()` loads its world and its search with
ours in that place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from connectors.contract import Damaged as _Damaged
from connectors.contract import Outcome
from sync.rules import absent as _absent
from sync.rules import cell as _cell
from sync.rules import join as _join
from sync.rules import links as _links
from sync.rules import receive as _receive
from sync.rules import reread as _reread
from sync.rules import sets as _sets
from sync.rules import settle as _settle
from sync.rules import undo as _undo
from sync.rules import verdict as _verdict
from sync.rules.cell import EMPTY, Cell, Doubt, Golden, Plain, Stop, Vote

PLAIN = Plain()
OUTCOMES = {
    "done": Outcome.DONE,
    "rejected": Outcome.REJECTED,
    "conflict": Outcome.CONFLICT,
    "no answer": Outcome.UNKNOWN,
}


class Damaged(_Damaged):
    """The model makes one of its raw text alone, and asks by isinstance."""

    def __init__(self, raw: str) -> None:
        super().__init__("unreadable", raw)


def rule(ask: bool = False, first_link: str = "keep", strictest: str | None = None) -> _cell.Rule:
    return _cell.Rule(() if ask else ("authority",), first_link, strictest)


def facts(cannot: str = "", length: int | None = None, **known: Any) -> _cell.Facts:
    return _cell.Facts(cannot=cannot, lengths=() if length is None else (length,), **known)


def is_form(value: Any, shown: Any, length: int | None = None) -> bool:
    return PLAIN.like(value, shown, () if length is None else (length,))


def settle_set(
    golden: Any, cells: Mapping[str, Cell], told: Mapping[str, Any], places: Mapping[str, int | None]
) -> Any:
    told = {ref: _with_slots(told[ref], places[ref]) for ref in cells}
    out = _sets.settle_set(golden, {r: _glued(c, places[r]) for r, c in cells.items()}, told)
    return out.golden, {r: _loose(c, places[r]) for r, c in out.cells.items()}


def _with_slots(one: _cell.Facts, places: int | None) -> _cell.Facts:
    slots = (_cell.Slot(many=True),) if places is None else (_cell.Slot(),) * places
    return replace(one, slots=slots)


def _glued(cell: Cell, places: int | None) -> Cell:
    """A list of the model is one open slot of ours."""
    return (
        _mapped(cell, lambda v: ("\n".join(e for e in v if e),) if isinstance(v, tuple) else v)
        if places is None
        else cell
    )


def _loose(cell: Cell, places: int | None) -> Cell:
    return _mapped(cell, lambda v: _sets.elements(v) if isinstance(v, tuple) else v) if places is None else cell


def _mapped(cell: Cell, turn: Any) -> Cell:
    doubt = cell.doubt and replace(cell.doubt, before=turn(cell.doubt.before), intended=turn(cell.doubt.intended))
    return replace(cell, shown=turn(cell.shown), seen=turn(cell.seen), doubt=doubt)


def want(shown: Any, golden: Any, places: int | None, stop: Any = None) -> Any:
    if places is None:
        return _sets.elements(_sets.want(("\n".join(e for e in shown if e),), golden, (_cell.Slot(many=True),), stop))
    return _sets.want(shown, golden, (_cell.Slot(),) * places, stop)


def receive(cell: Cell, outcome: str, shown: Any = None, told: Any = None, exact: bool = True) -> Cell:
    return _receive.receive(cell, OUTCOMES[outcome], shown, told or _cell.Facts(), PLAIN, exact=exact)


def verdict(cell: Cell, golden: Golden, parked: bool, told: Any) -> str:
    return str(_verdict.verdict(cell, golden, parked=parked, facts=told, same=PLAIN))


def reread(cells: Any, before: Golden, golden: Golden, turn: Any) -> Any:
    return _reread.reread(cells, before, golden, turn, PLAIN)


def undo(cells: Any, before: Golden, golden: Golden, restored: Any, knew: Iterable[str]) -> Any:
    return _undo.undo(cells, before, golden, restored, knew, PLAIN)


def decide(golden: Golden, cells: Any, value: Any, ref: str, shown: Any) -> Any:
    return _receive.decide(golden, cells, value, ref, shown, PLAIN)


def follow(link: Any, event: str, run: int, fetch: bool = False, receives: bool = True) -> Any:
    return _links.follow(link, _links.Event(event), run, fetch=fetch, receives=receives)


def follow_hold(hold: Any, confirmed: bool, edited: bool, reappeared: bool, waited: bool) -> Any:
    return _links.follow_hold(hold, confirmed=confirmed, edited=edited, reappeared=reappeared, waited=waited)


def absent(reasons: Iterable[str]) -> str:
    return str(_absent.absent(_absent.Absent(r) for r in reasons))


def module() -> ModuleType:
    """A module with the model's names."""
    made = ModuleType("reference")
    made.__dict__.update(
        EMPTY=EMPTY, Cell=Cell, Damaged=Damaged, Doubt=Doubt, Golden=Golden, Stop=Stop, Vote=Vote,
        Rule=rule, Facts=facts, SetGolden=_sets.SetGolden, Link=_links.Link, Hold=_links.Hold, Settled=_settle.Settled,
        is_form=is_form, is_changed=_cell.is_changed, speaks=_cell.speaks, stage=_cell.stage, own=_cell.own_value,
        sent=lambda cell, golden, shown: _cell.sent(cell, golden, shown, PLAIN),
        settle=_settle.settle, verdict=verdict, receive=receive, decide=decide, undo=undo, may_undo=_undo.may_undo,
        may_write=lambda c, g, parked, f: verdict(c, g, parked, f) == "change",
        intend=lambda cell, golden: _receive.intend(cell, golden, PLAIN),
        elements=lambda v: v if isinstance(v, tuple) else (), settle_set=settle_set, want=want,
        follow=follow, leaves_mark=_links.leaves_mark, is_due=_links.is_due, follow_hold=follow_hold,
        opens_hold=lambda links, may_delete: _links.opens_hold((k.state for k in links), may_delete=may_delete),
        absent=absent, join=_join.join, after_join=_join.after_join, split=_join.split,
        after_split=lambda cell, golden: _join.after_split(cell, golden, _cell.Rule()),
        reread=reread, reread_value=_reread.reread_value, reread_golden=_reread.reread_golden,
    )  # fmt: skip
    return made


MODEL = Path(__file__).resolve().parents[1].parent / "shared" / "design" / "model"


def is_here() -> bool:
    """The design's pages stand beside this repository."""
    return (MODEL / "explore.py").exists()


def design() -> tuple[ModuleType, ModuleType]:
    """(world, explore) of the model, with our rules in place of its own. Other loaded copies stay as they are."""
    names = ("reference", "world", "explore")
    others = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        sys.modules["reference"] = module()
        return _loaded("world"), _loaded("explore")
    finally:
        sys.dont_write_bytecode = written
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(others)


def _loaded(name: str) -> ModuleType:
    spec = spec_from_file_location(name, MODEL / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
