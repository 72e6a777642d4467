"""What does a merge make of a set, element by element? (RULES R5, R6, R15)

Independent of sync/rules: for each element and each cell it is asked which of a few things happened to it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.contract import Damaged
from sync.rules.cell import Cell, Facts
from sync.rules.sets import SetGolden

Cells = Mapping[str, Cell]
Told = Mapping[str, Facts]


@dataclass(frozen=True)
class Merged:
    """kept: ref → elements that it took out and may not, so that they are kept out there."""

    elements: set[str]
    removed: set[str]
    kept: dict[str, set[str]]


def texts(slot: Any) -> list[str]:
    return [text for text in slot.split("\n") if text] if isinstance(slot, str) else []


def all_texts(slots: Any) -> list[str]:
    return [text for slot in slots for text in texts(slot)] if isinstance(slots, tuple) else []


def on(cell: Cell, why: str) -> set[Any]:
    return set(cell.stop.on) if cell.stop is not None and cell.stop.why == why else set()


def is_heard(cell: Cell, facts: Facts) -> bool:
    return isinstance(cell.shown, tuple) and not facts.silent and (cell.doubt is None or facts.pulled)


def happened(element: str, cell: Cell, facts: Facts, golden: SetGolden) -> str:
    """What this cell says of one element: offers, adds, takes out, replaces, or nothing ("")."""
    shows = element in all_texts(cell.shown)
    if shows and element in on(cell, "left over"):
        return ""  # R2d: it stood there before the row was re-used
    if cell.seen is None and cell.doubt is None:
        return "offers" if shows else ""
    if landed_whole(cell):
        return ""
    had = element in all_texts(cell.seen)
    if cell.doubt is not None:
        before, meant = all_texts(cell.doubt.before), all_texts(cell.doubt.intended)
        if shows and element in meant and element not in before:
            return ""  # R15: what we sent is no addition
        if not shows and element in before and element not in meant:
            return ""  # what our write takes out is no removal
    if shows:
        return "" if had else "adds"
    return taken_out(element, cell, facts, golden) if had else ""


def landed_whole(cell: Cell) -> bool:
    return cell.doubt is not None and cell.shown == cell.doubt.intended


def taken_out(element: str, cell: Cell, facts: Facts, golden: SetGolden) -> str:
    """R5d: an emptied place is a removal, a displaced element is not, but may be replaced."""
    if facts.append:
        return "leaves out"  # R5e: a note is never removed, and does not come back where somebody took it out
    said = ""
    for place, slot in enumerate(cell.seen if isinstance(cell.seen, tuple) else ()):
        if element not in texts(slot):
            continue
        now = cell.shown[place] if isinstance(cell.shown, tuple) and place < len(cell.shown) else ""
        if is_replaced(cell, now, facts, golden):
            return "replaces"
        if isinstance(now, Damaged):
            continue
        one_only = place < len(facts.slots) and not facts.slots[place].many
        if not one_only or all(text in texts(slot) for text in texts(now)):
            said = "takes out"
    return said


def is_replaced(cell: Cell, now: Any, facts: Facts, golden: SetGolden) -> bool:
    """Golden has no more elements than the source has places, and somebody typed a new one into this place."""
    enough = len(golden.elements) <= len(facts.slots) and not any(slot.many for slot in facts.slots)
    return enough and any(text not in seen_or_sent(cell) for text in texts(now))


def seen_or_sent(cell: Cell) -> list[str]:
    sent = all_texts(cell.doubt.intended) if cell.doubt is not None else []
    before = all_texts(cell.doubt.before) if cell.doubt is not None else []
    return all_texts(cell.seen) + [text for text in sent if text not in before]


def merge(golden: SetGolden, cells: Cells, facts: Told) -> Merged:
    heard = {ref: cell for ref, cell in cells.items() if is_heard(cell, facts[ref])}
    everything = {*golden.elements, *golden.removed}
    for cell in heard.values():
        everything |= {*all_texts(cell.shown), *all_texts(cell.seen)}
    elements, removed = set(), set()
    barred: dict[str, set[str]] = {ref: set() for ref in heard}
    for element in everything:
        said = {ref: happened(element, cell, facts[ref], golden) for ref, cell in heard.items()}
        for ref, word in said.items():
            if word == "leaves out":
                barred[ref].add(element)
            if word == "takes out" and not facts[ref].may_clear:
                said[ref] = ""  # R6a
                barred[ref].add(element)
        words, has, was = set(said.values()), element in golden.elements, element in golden.removed
        if "adds" in words:  # R5a: an addition beats a removal, R5b: a person brings it back
            elements.add(element)
        elif words & {"takes out", "replaces"}:
            if has or was:
                removed.add(element)
            elif "offers" in words:
                elements.add(element)
        elif has or ("offers" in words and not was):
            elements.add(element)
        elif was:
            removed.add(element)
    kept = {
        ref: (barred[ref] | on(cell, "kept")) & elements - set(all_texts(cell.shown)) for ref, cell in heard.items()
    }
    return Merged(elements, removed, kept)
