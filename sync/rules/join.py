"""What do a join and a split of entities do to one field? (RULES R19; table 2)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.contract import Damaged
from sync.rules.cell import EMPTY, Cell, Facts, Golden, Rule, Value, Vote, agree, own_value, speaks
from sync.rules.settle import LAST, moved, pick


def join(a: Golden, b: Golden, rule: Rule, rank_a: int, rank_b: int) -> tuple[Golden, Vote | None]:
    """R19a: two goldens are votes with their provenance -> (golden, loser or None)."""
    former, rivals = a.former | b.former, a.rivals + b.rivals
    same = rule.same
    strict = (
        rule.strictest is not None and a.ref != "" and b.ref != ""
    )  # R6c: of two, an unknown consent is the stricter
    if a.value == b.value or ((same.empty(a.value) or same.empty(b.value)) and not rivals and not strict):
        best, less = (b, a) if same.empty(a.value) else (a, b)
        cleared = Vote(less.value, less.ref, golden=True) if less.ref and less.value != best.value else None
        return replace(best, former=former - {best.value}, rivals=rivals), cleared
    one, two = Vote(a.value, a.ref, rank_a, golden=True), Vote(b.value, b.ref, rank_b, golden=True)
    won = pick([one, two], rule)
    if won is None or rivals:
        asked = dict.fromkeys((a.rivals or (one,)) + (b.rivals or (two,)))
        return replace(a, former=former, rivals=tuple(asked)), None
    lost, kept = (two, a) if won is one else (one, b)
    return replace(kept, former=(former | {lost.value}) - {won.value}, rivals=()), lost


def after_join(cell: Cell, rule: Rule) -> Cell:
    """R6c, R19a: an opt-out was agreed for one of the two only; equality agrees anew."""
    return replace(cell, agreed=None) if rule.strictest is not None else cell


def split(
    joined: Golden,
    kept: Golden,
    cells: Mapping[str, Cell],
    then: Mapping[str, Value],
    facts: Mapping[str, Facts],
    rule: Rule,
    run: int = 0,
) -> Golden:
    """R19b: one side's golden as it was, then what its own parts said since. then: {ref: own value at the join}."""
    if rule.is_strict(joined.value):
        return joined  # it never loosens an opt-out
    said = []
    for ref, cell in cells.items():
        own = own_value(cell)
        first = cell.seen is None or (cell.stop is not None and cell.stop.why == "kept")
        if first and ref not in then:
            continue  # it was linked since, and a first link overwrites nothing (R7)
        if speaks(cell) and own is not None and not isinstance(own, Damaged) and own != then.get(ref):
            value = rule.same.take(kept.value, own)
            if value != kept.value:
                said.append(Vote(value, ref, facts[ref].rank, golden=True, formal=facts[ref].formal))
    if not said:
        return kept
    best = pick(said, rule)
    if best is None:
        return replace(kept, rivals=(*said, Vote(kept.value, kept.ref, LAST, golden=True)))
    return moved(kept, best, rule, run)


def after_split(cell: Cell, golden: Golden, rule: Rule) -> Cell:
    """T2 split: it shows its side's golden as its own value, and there is no doubt."""
    shows = rule.same.same(golden.value, cell.shown) and own_value(cell) == cell.shown and cell.doubt is None
    return agree(cell, golden.value, rule.same) if shows else cell


__all__ = ["EMPTY", "after_join", "after_split", "join", "split"]
