"""What do answers, decisions, undo, joins, splits and re-readings make of a cell? Tables 2 to 4, row by row.

Independent of sync/rules; see tests/oracle/cells.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.contract import Damaged, Outcome
from sync.rules.cell import Cell, Facts, Golden, Rule, Stop, Vote
from tests.oracle.cells import arrived, chosen, won_by
from tests.oracle.looks import Look, readable

Cells = Mapping[str, Cell]


def after_receipt(cell: Cell, outcome: Outcome, shown: Any, facts: Facts, look: Look, own_answer: bool) -> Cell:
    """Table 2's receipts. own_answer: the write said what it stored; else it was read back."""
    if cell.doubt is None or outcome is Outcome.UNKNOWN:
        return cell
    meant, before = cell.doubt.intended, cell.doubt.before
    rejected = replace(cell, doubt=None, stop=Stop("rejected", (meant, before, facts.versions)))
    if outcome in (Outcome.CONFLICT, Outcome.DEFERRED):
        return replace(cell, doubt=None)
    if outcome is Outcome.REJECTED:
        return rejected
    rows = [
        (look.form_of(meant, shown, facts.lengths), arrived(cell, meant, shown, look)),
        (shown == before, rejected),
        (own_answer or look.cut_of(meant, shown), arrived(cell, meant, shown, look)),
        (True, replace(cell, shown=shown, doubt=replace(cell.doubt, unclear=True))),
    ]
    return next(result for true, result in rows if true)


def after_decision(
    golden: Golden, cells: Cells, value: Any, ref: str, shown: Mapping[str, Any], look: Look, run: int
) -> tuple[Golden, dict[str, Cell], set[tuple[Any, str]]]:
    """Row "decision v over the values it was shown"."""
    out = dict(cells)
    for one in shown:
        if one in out:
            out[one] = _decided(out[one], value, shown[one], look, one == ref)
    losers = {(saw, one) for one, saw in shown.items() if not look.equal(value, saw)}
    losers |= {(v.value, v.ref) for v in golden.rivals if v.value != value and (v.ref, v.value) not in shown.items()}
    if value == golden.value:
        return replace(golden, ref=golden.ref or ref, rivals=()), out, losers
    left = {golden.value} if golden.ref else set()
    if golden.ref and not any(look.equal(golden.value, lost) for lost, _ in losers):
        losers.add((golden.value, golden.ref))
    return Golden(value, ref, "decided", run, frozenset((golden.former | left) - {value})), out, losers


def _decided(cell: Cell, value: Any, saw: Any, look: Look, author: bool) -> Cell:
    if isinstance(cell.shown, Damaged):  # R1e: a person lets golden be written over it, if it is what he saw
        return replace(cell, stop=Stop("over", (cell.shown,))) if saw == cell.shown else cell
    pair = (look.through(value, saw), saw)
    agreed = pair if look.equal(value, saw) else None if cell.agreed == pair else cell.agreed
    doubt = cell.doubt if cell.doubt is not None and not cell.doubt.unclear else None
    echo = cell.echo and not author
    return replace(cell, seen=saw, agreed=agreed, stop=None, doubt=doubt, fresh=False, echo=echo)


def after_undo(
    cells: Cells, before: Golden, golden: Golden, again: Mapping[str, Any], knew: set[str], look: Look
) -> tuple[Golden, dict[str, Cell]]:
    """again: what each restored cell shows now. A cell that is neither restored nor shows golden does not move."""
    out = {}
    for ref, cell in cells.items():
        out[ref] = cell
        author = ref not in again and look.equal(golden.value, cell.shown)
        if not readable(cell.shown) or not (author or ref in again):
            continue
        s = again.get(ref, cell.shown)
        g = look.through(before.value, s)
        if look.equal(before.value, s):
            out[ref] = replace(cell, shown=s, seen=s, agreed=(g, s), stop=None, fresh=False)
        else:
            agreed = (g, s) if author and ref in knew else None
            out[ref] = replace(cell, shown=s, seen=s, agreed=agreed, stop=Stop("kept", (s,)), fresh=False)
    former = set(before.former) | set(golden.former) | {golden.value}
    return replace(before, former=frozenset(former - {before.value})), out


def may_be_undone(golden: Golden, before: Golden, after: Golden, cells: Cells, end: Mapping[str, Any]) -> bool:
    if before.ref == "" or golden.rivals or golden.value != after.value:
        return False
    if any(cell.doubt is not None for cell in cells.values()):
        return False
    return all(cells[ref].shown == shown for ref, shown in end.items() if ref in cells)


# ------------------------------------------------------------------------------ R19


def joined(
    a: Golden, b: Golden, rule: Rule, look: Look, ranks: tuple[int, int]
) -> tuple[Golden, tuple[Any, str] | None]:
    """Two goldens are two votes. The empty one gives way, except that of two consents the stricter stands (R6c)."""
    former, rivals = a.former | b.former, (*a.rivals, *b.rivals)
    blanks = look.blank(a.value), look.blank(b.value)
    both_said = rule.strictest is not None and a.ref != "" and b.ref != ""
    if a.value == b.value or (any(blanks) and not rivals and not both_said):
        best, less = (b, a) if blanks[0] else (a, b)
        cleared = (less.value, less.ref) if less.ref and less.value != best.value else None
        return replace(best, former=former - {best.value}, rivals=rivals), cleared
    votes = [Vote(g.value, g.ref, rank, golden=True) for g, rank in zip((a, b), ranks)]
    best_vote = chosen(votes, rule, look)
    if best_vote is None or rivals:
        asked = list(a.rivals or votes[:1]) + [
            one for one in (b.rivals or votes[1:]) if one not in (a.rivals or votes[:1])
        ]
        return replace(a, former=former, rivals=tuple(asked)), None
    win, lost = (a, b) if best_vote.value == a.value else (b, a)
    former = frozenset((former | {lost.value}) - {win.value})
    return replace(win, former=former, rivals=()), (lost.value, lost.ref)


def split_off(
    both: Golden, side: Golden, cells: Cells, then: Mapping[str, Any], facts: Mapping[str, Facts], rule: Rule, look: Look,
    run: int,
) -> Golden:  # fmt: skip
    """One side as it was at the join, then what its own parts said since."""
    if rule.strictest is not None and look.strictness(both.value, rule.strictest) == 2:
        return both
    since = []
    for ref, cell in cells.items():
        itself = cell.own if cell.echo else cell.shown
        if not readable(cell.shown) or not readable(itself) or itself == then.get(ref):
            continue
        linked_since = ref not in then and (cell.seen is None or (cell.stop is not None and cell.stop.why == "kept"))
        value = look.taken(side.value, itself)
        if linked_since:
            continue  # R7: a first link overwrites nothing
        if value != side.value:
            since.append(Vote(value, ref, facts[ref].rank, golden=True, formal=facts[ref].formal))
    if not since:
        return side
    best = chosen(since, rule, look)
    if best is None:
        return replace(side, rivals=(*since, Vote(side.value, side.ref, 99, golden=True)))
    return won_by(side, best, rule, look, run)


def after_split(cell: Cell, golden: Golden, look: Look) -> Cell:
    itself = cell.own if cell.echo else cell.shown
    if cell.doubt is not None or itself != cell.shown or not look.equal(golden.value, cell.shown):
        return cell
    return replace(cell, seen=cell.shown, agreed=(look.through(golden.value, cell.shown), cell.shown), stop=None)


# ------------------------------------------------------------------------------ R20


def means(pair: tuple[Any, Any] | None, look: Look) -> bool:
    """The two say the same, or one is a system's form of the other."""
    return pair is not None and (pair[0] == pair[1] or look.form_of(*pair) or look.cut_of(*pair))


def read_anew(cell: Cell, before: Golden, golden: Golden, turn: Any, look: Look) -> Cell:
    """Everything of one cell is derived again; `turn` reads a canonical value of its source anew."""
    old, new = look.through(before.value, cell.shown), look.through(golden.value, cell.shown)

    def again(value: Any) -> Any:
        return value if isinstance(value, int) else turn(value)

    agreed, stop, doubt = cell.agreed, cell.stop, cell.doubt
    if agreed is not None:
        agreed = (new if agreed[0] == old else agreed[0], turn(agreed[1]))
        if means(cell.agreed, look) and not means(agreed, look):
            agreed = None  # the equality it had agreed is broken
    if stop is not None:
        stop = Stop(stop.why, tuple(new if one == old else again(one) for one in stop.on))
    if cell.agreed is not None and agreed is None and (stop is None or stop.why != "kept"):
        shown = turn(cell.shown)
        stop = Stop("kept", (shown,)) if readable(shown) and not look.blank(shown) else None
    if doubt is not None:
        doubt = replace(doubt, before=turn(doubt.before), intended=turn(doubt.intended))
    seen, shown, own = turn(cell.seen), turn(cell.shown), turn(cell.own)
    out = replace(cell, shown=shown, seen=seen, agreed=agreed, stop=stop, doubt=doubt, own=own)
    if shown == seen and doubt is None and look.equal(golden.value, shown):
        out = replace(out, agreed=(look.through(golden.value, shown), shown), stop=None)
    return out


# ------------------------------------------------------------------------------ tables 3 and 4

LINKS = {
    ("live", "not shown"): "missing",
    ("live", "proved gone"): "gone",
    ("missing", "shown"): "live",
    ("missing", "proved gone"): "gone",
    ("gone", "shown"): "live",
    ("live", "ended"): "ended",
    ("missing", "ended"): "ended",
    ("gone", "ended"): "ended",
}
"""Table 3; a second complete pull of a later run that shows nothing proves an end where fetch cannot."""

ABSENT = (
    "gone mark", "doubt", "missing", "filtered", "not wanted", "in a sibling", "incomplete", "policy", "asked", "parent",
    "picture not current", "orphan",
)  # fmt: skip


def link_after(state: str, event: str, later: bool, fetch: bool) -> str:
    if state == "missing" and event == "not shown" and later and not fetch:
        return "gone"
    return LINKS.get((state, event), state)


def why_absent(reasons: set[str]) -> str:
    for name in ABSENT:
        if name in reasons:
            return name
    return "create"
