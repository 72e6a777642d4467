"""How does a set become one golden set, and what does each cell want of it? (RULES R5)

A cell of a set shows a text for each mapped place (slot): "" is an empty place, several elements in one place are
joined by a newline. Each element is judged by itself; an addition beats a removal of the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from connectors.contract import Damaged
from sync.rules.cell import EMPTY, Cell, Facts, Slot, Slots, Stop, see, see_and_stop
from sync.rules.verdict import Verdict

GLUE = "\n"


@dataclass(frozen=True, slots=True)
class SetGolden:
    """elements: first seen first. refs and sorts: where each came from, and its `as`. removed: remembered (R5b)."""

    elements: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    refs: Mapping[str, str] = field(default_factory=dict)
    sorts: Mapping[str, str] = field(default_factory=dict)
    primary: str = ""

    def order(self) -> tuple[str, ...]:
        """Golden's order: first seen first, decided `primary` in front (R5c)."""
        if self.primary not in self.elements:
            return self.elements
        return (self.primary, *(e for e in self.elements if e != self.primary))


@dataclass(frozen=True, slots=True)
class SettledSet:
    golden: SetGolden
    cells: dict[str, Cell]
    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    """(element, ref) of what golden took in and let go of in this run."""


def parts(slot: str | Damaged | None) -> tuple[str, ...]:
    return tuple(e for e in slot.split(GLUE) if e) if isinstance(slot, str) and slot else ()


def slots_of(value: object) -> Slots:
    return cast(Slots, value) if isinstance(value, tuple) else ()


def elements(value: object) -> tuple[str, ...]:
    """Every element a cell shows, in the order of its places."""
    return tuple(dict.fromkeys(e for slot in slots_of(value) for e in parts(slot)))


def stopped(cell: Cell, why: str) -> tuple[str, ...]:
    """The elements of a set's cell that are kept, or left over."""
    return tuple(str(e) for e in cell.stop.on) if cell.stop and cell.stop.why == why else ()


def is_audible(cell: Cell, facts: Facts) -> bool:
    """A set's doubt is settled by its re-read, element by element (R15)."""
    return isinstance(cell.shown, tuple) and not facts.silent and (cell.doubt is None or facts.pulled)


def settle_set(golden: SetGolden, cells: Mapping[str, Cell], facts: Mapping[str, Facts]) -> SettledSet:
    """Element by element; {ref: cell} of one field of one entity."""
    heard = {ref: _hear(cells[ref]) for ref in sorted(cells) if is_audible(cells[ref], facts[ref])}
    adds: dict[str, str] = {}
    firsts: dict[str, str] = {}
    removals: dict[str, str] = {}
    for ref, cell in heard.items():
        left = set(stopped(cell, "left over"))
        shown = [e for e in elements(cell.shown) if e not in left]
        if cell.seen is None:
            firsts.update((e, ref) for e in shown if e not in firsts)
            continue
        seen = set(elements(cell.seen))
        adds.update((e, ref) for e in shown if e not in seen and e not in adds)
        gone = replaced_there(cell, facts[ref], golden)
        gone |= removed_there(cell, facts[ref]) if facts[ref].may_clear else set()
        removals.update((e, ref) for e in sorted(gone) if e not in removals)
    removals = {e: ref for e, ref in removals.items() if e not in adds}
    new = _taken(golden, adds, firsts, removals)
    done = {ref: _note(cell, new, facts[ref]) for ref, cell in heard.items()}
    added = tuple((e, new.refs[e]) for e in new.elements if e not in golden.elements)
    removed = tuple((e, ref) for e, ref in removals.items() if e in golden.elements)
    return SettledSet(new, {**cells, **done}, added, removed)


def _taken(
    golden: SetGolden,
    adds: Mapping[str, str],
    firsts: Mapping[str, str],
    removals: Mapping[str, str],
) -> SetGolden:
    removed = (golden.removed - set(adds)) | (set(removals) & set(golden.elements))
    order = [e for e in golden.elements if e not in removals]
    order += list(adds) + [e for e in firsts if e not in removed]
    new = tuple(dict.fromkeys(order))
    refs = {e: golden.refs.get(e) or adds.get(e) or firsts.get(e, "") for e in new}
    sorts = {e: s for e, s in golden.sorts.items() if e in refs}
    return replace(golden, elements=new, removed=frozenset(removed), refs=refs, sorts=sorts)


def _hear(cell: Cell) -> Cell:
    """R15 by element: what we sent is no addition, what our write takes out is no removal."""
    if cell.doubt is None:
        return cell
    shown, before, intended = elements(cell.shown), elements(cell.doubt.before), elements(cell.doubt.intended)
    ours = tuple(dict.fromkeys((*cell.ours, *(e for e in intended if e in shown and e not in before))))
    if cell.shown == cell.doubt.intended:
        return replace(cell, seen=cell.shown, doubt=None, ours=ours)
    taken = {e for e in before if e not in intended and e not in shown}
    landed = [e for e in intended if e in shown and e not in before]
    seen = tuple(_without(slot, taken) for slot in slots_of(cell.seen)) + tuple(landed)
    return replace(cell, seen=seen, doubt=None, ours=ours)


def _without(slot: str | Damaged, gone: set[str]) -> str | Damaged:
    return slot if isinstance(slot, Damaged) else GLUE.join(e for e in parts(slot) if e not in gone)


def removed_there(cell: Cell, facts: Facts) -> set[str]:
    """R5a, R5d: what a person took out. In a place, displaced is not removed, emptied is; a note is never removed."""
    if facts.append or cell.seen is None:
        return set()
    shown = set(elements(cell.shown))
    gone = set()
    for place, slot in enumerate(slots_of(cell.seen)):
        now = slots_of(cell.shown)[place] if place < len(slots_of(cell.shown)) else EMPTY
        if isinstance(now, Damaged):
            continue
        lost = [e for e in parts(slot) if e not in shown]
        many = place >= len(facts.slots) or facts.slots[place].many
        displaced = not many and any(e not in parts(slot) for e in parts(now))
        gone |= set() if displaced else set(lost)
    return gone


def replaced_there(cell: Cell, facts: Facts, golden: SetGolden) -> set[str]:
    """R5d: where golden has no more elements than that source has places, who replaces an element replaces it."""
    places = [slot for slot in facts.slots if not slot.many]
    if facts.append or cell.seen is None or len(places) != len(facts.slots) or len(golden.elements) > len(places):
        return set()
    shown, gone = set(elements(cell.shown)), set()
    for place, slot in enumerate(slots_of(cell.seen)):
        now = slots_of(cell.shown)[place] if place < len(slots_of(cell.shown)) else EMPTY
        typed = [e for e in parts(now) if e not in parts(slot) and e not in elements(cell.seen)]
        if typed:
            gone |= {e for e in parts(slot) if e not in shown}
    return gone


def _note(cell: Cell, golden: SetGolden, facts: Facts) -> Cell:
    """Seen moves; what a source took out and may not clear stays barred there as kept (R6b)."""
    shown = set(elements(cell.shown))
    kept = set(stopped(cell, "kept"))
    if cell.seen is not None and (facts.append or not facts.may_clear):
        kept |= {e for e in elements(cell.seen) if e not in shown} if facts.append else removed_there(cell, facts)
    kept = (kept & set(golden.elements)) - shown
    ours = tuple(e for e in cell.ours if e in shown)
    cell = replace(cell, ours=ours, fresh=cell.fresh and cell.shown == cell.seen)
    if kept:
        return see_and_stop(cell, "kept", *sorted(kept))
    return replace(cell, seen=cell.shown) if stopped(cell, "left over") else see(cell)


# ------------------------------------------------------------------------------ what a cell wants


def want(
    shown: Slots, golden: SetGolden, slots: Sequence[Slot], stop: Stop | None = None, *, append: bool = False
) -> Slots:
    """R5c: keep in place what is still golden, fill free places only, in golden's order; the only place that knows."""
    barred = {str(e) for e in stop.on} if stop and stop.why == "kept" else set()
    stays = set(golden.elements) | ({str(e) for e in stop.on} if stop and stop.why == "left over" else set())
    places = [shown[i] if i < len(shown) else EMPTY for i in range(len(slots))]
    kept = [
        place
        if append or isinstance(place, Damaged) or not slots[i].writes
        else GLUE.join(e for e in parts(place) if e in stays)
        for i, place in enumerate(places)
    ]
    open_places = [i for i, slot in enumerate(slots) if slot.writes and not isinstance(kept[i], Damaged)]
    if not append and golden.primary not in barred:
        _seat_primary(kept, golden, slots, open_places)
    has = set(elements(tuple(kept)))
    free = [e for e in golden.order() if e not in has and e not in barred]
    for i in open_places:  # first the places of a sort take their own
        if slots[i].sort:
            kept[i], free = _fill(kept[i], slots[i], free, [e for e in free if golden.sorts.get(e) == slots[i].sort])
    for i in open_places:  # then each takes what no other sort keeps away
        fits = [e for e in free if not slots[i].sort or golden.sorts.get(e, slots[i].sort) == slots[i].sort]
        kept[i], free = _fill(kept[i], slots[i], free, fits)
    return tuple(kept)


def _seat_primary(kept: list[str | Damaged], golden: SetGolden, slots: Sequence[Slot], places: Sequence[int]) -> None:
    """A decided `primary` that stands in no place takes a free one, or displaces golden's last element that stands in
    one it fits."""
    first = golden.primary
    if first not in golden.elements or first in elements(tuple(kept)):
        return
    sort, order = golden.sorts.get(first, ""), golden.order()
    fits = [i for i in places if not slots[i].sort or sort in ("", slots[i].sort)]
    free = [i for i in fits if slots[i].many or not kept[i]]
    known = [i for i in fits if kept[i] in order]
    if free:
        i = min(free, key=lambda i: (slots[i].sort != sort, i))
        kept[i] = GLUE.join((*parts(kept[i]), first))
    elif known:
        kept[max(known, key=lambda i: order.index(str(kept[i])))] = first


def _fill(place: str | Damaged, slot: Slot, free: list[str], fits: list[str]) -> tuple[str | Damaged, list[str]]:
    """Puts into one place what fits there and finds room -> (place, what is still free)."""
    has = parts(place)
    taken = fits if slot.many else fits[: max(1 - len(has), 0)]
    return GLUE.join((*has, *taken)), [e for e in free if e not in taken]


def no_place(shown: Slots, golden: SetGolden, slots: Sequence[Slot], stop: Stop | None = None) -> tuple[str, ...]:
    """R5c: golden's elements for which that record has no place; standing, decided by `primary`."""
    has = set(elements(want(shown, golden, slots, stop)))
    barred = {str(e) for e in stop.on} if stop and stop.why == "kept" else set()
    return tuple(e for e in golden.order() if e not in has and e not in barred)


def verdict_set(cell: Cell, golden: SetGolden, facts: Facts) -> Verdict:
    """Table 1 for a set: agreed is `want` = shown."""
    if not isinstance(cell.shown, tuple) or facts.silent:
        return Verdict.SILENT
    if cell.doubt is not None:
        return Verdict.DOUBT
    wanted = want(slots_of(cell.shown), golden, facts.slots, cell.stop, append=facts.append)
    if set(elements(wanted)) == set(elements(cell.shown)):
        damaged = any(isinstance(slot, Damaged) for slot in cell.shown)
        kept = bool(stopped(cell, "kept"))
        return Verdict.DAMAGED if damaged else Verdict.KEPT if kept else Verdict.AGREED
    if not facts.receives or facts.pull_only:
        return Verdict.FILTERED
    if facts.cannot or is_rejected(cell, wanted, facts):
        return Verdict.STANDING
    return Verdict.CHANGE


def is_rejected(cell: Cell, wanted: Slots, facts: Facts) -> bool:
    return (
        cell.stop is not None and cell.stop.why == "rejected" and cell.stop.on == (wanted, cell.shown, facts.versions)
    )


# ------------------------------------------------------------------------------ answers to a write


def sent_set(cell: Cell, shown: Slots) -> Cell:
    """Our own write of a set arrived, and this is what it shows."""
    before = set(elements(cell.doubt.before)) if cell.doubt else set(elements(cell.seen))
    wrote = set(elements(cell.doubt.intended)) if cell.doubt else set(elements(shown))
    ours = tuple(dict.fromkeys((*cell.ours, *(e for e in elements(shown) if e in wrote and e not in before))))
    stop = cell.stop if cell.stop and cell.stop.why in ("kept", "left over") else None
    return replace(cell, shown=shown, seen=shown, stop=stop, doubt=None, fresh=True, ours=ours)


def remove_element(golden: SetGolden, element: str) -> SetGolden:
    """A person's decision that this element goes."""
    left = tuple(e for e in golden.elements if e != element)
    return replace(golden, elements=left, removed=golden.removed | {element})


def add_elements(golden: SetGolden, new: Iterable[str], ref: str) -> SetGolden:
    """A person's decision that these belong; they are no longer remembered as removed."""
    order = tuple(dict.fromkeys((*golden.elements, *new)))
    refs = {e: golden.refs.get(e, ref) for e in order}
    return replace(golden, elements=order, removed=golden.removed - set(new), refs=refs)
