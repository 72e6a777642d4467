"""What does an answer to a write, or a decision, teach? (RULES table 2: receipts, decisions; R4e, R14, R15)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.contract import Damaged, Outcome
from sync.rules.cell import EMPTY, Cell, Doubt, Facts, Golden, Same, Stop, Value, Vote, sent

NO_FACTS = Facts()


def intend(cell: Cell, golden: Golden, same: Same) -> Cell:
    """R14a, T3: journalled before the request."""
    return replace(cell, doubt=Doubt(cell.shown, same.view(golden.value, cell.shown)))


def receive(
    cell: Cell, outcome: Outcome, shown: Value = None, facts: Facts = NO_FACTS, same: Same | None = None, *, exact: bool
) -> Cell:
    """Table 2, the receipts. `shown`: what the record shows after a DONE; exact: the write's own answer carried it,
    else it was read back. UNKNOWN leaves the doubt; the caller stages what a conflict showed."""
    assert same is not None
    doubt = cell.doubt
    if doubt is None or outcome is Outcome.UNKNOWN:
        return cell
    if outcome in (Outcome.CONFLICT, Outcome.DEFERRED):
        return replace(cell, doubt=None)
    if outcome is Outcome.DONE and same.like(doubt.intended, shown, facts.lengths):
        return sent(cell, doubt.intended, shown, same)
    if outcome is Outcome.REJECTED or shown == doubt.before:  # unchanged: silently ignored, also in its own answer
        return replace(cell, doubt=None, stop=Stop("rejected", (doubt.intended, doubt.before, facts.versions)))
    if exact or same.is_cut(doubt.intended, shown):  # R4j: read back at once, a cut at any length is a form
        return sent(cell, doubt.intended, shown, same)
    return replace(cell, shown=shown, doubt=replace(doubt, unclear=True))


def stored_otherwise(cell: Cell, shown: Value, same: Same) -> bool:
    """The answer carried something unlike what was sent: taken, and counted (table 2)."""
    return cell.doubt is not None and not same.like(cell.doubt.intended, shown) and shown != cell.doubt.before


def created(cell: Cell, golden: Golden, sent_value: Value, same: Same) -> Cell:
    """Created by us, or found by token: golden and what was sent agree; what it shows now is staged on top."""
    return sent(cell, golden.value, sent_value, same)


def decide(
    golden: Golden,
    cells: Mapping[str, Cell],
    value: Value,
    ref: str,
    shown: Mapping[str, Value],
    same: Same,
    run: int = 0,
) -> tuple[Golden, dict[str, Cell], tuple[Vote, ...]]:
    """R4e: settles exactly the values it was shown ({ref: value}), and is spent -> (golden, cells, losers)."""
    out = dict(cells)
    for one, saw in shown.items():
        if one in out:
            out[one] = _decided(out[one], value, saw, same, own=one == ref)
    losers = [Vote(saw, one) for one, saw in shown.items() if not same.same(value, saw)]
    losers += [v for v in golden.rivals if v.value != value and shown.get(v.ref) != v.value]
    if value == golden.value:
        return replace(golden, ref=golden.ref or ref, rivals=()), out, tuple(losers)
    if golden.ref and not any(same.same(golden.value, vote.value) for vote in losers):
        losers.append(Vote(golden.value, golden.ref, golden=True))  # I1: it was an answer too
    former = golden.former | ({golden.value} if golden.ref else frozenset())
    return Golden(value, ref, "decided", run, former - {value}), out, tuple(losers)


def _decided(cell: Cell, value: Value, saw: Value, same: Same, *, own: bool) -> Cell:
    if isinstance(cell.shown, Damaged):
        return replace(cell, stop=Stop("over", (cell.shown,))) if cell.shown == saw else cell  # R1e
    doubt = None if cell.doubt and cell.doubt.unclear else cell.doubt
    agreed = cell.agreed
    if same.same(value, saw):
        agreed = (same.view(value, saw), saw)
    elif agreed == (same.view(value, saw), saw):
        agreed = None  # it shows something else than was decided, so it must be written
    return replace(cell, seen=saw, agreed=agreed, stop=None, doubt=doubt, fresh=False, echo=cell.echo and not own)


__all__ = ["EMPTY", "created", "decide", "intend", "receive", "stored_otherwise"]
