"""How do the cells of one field become one golden value? (RULES R4, R6, R7, R15, R16b; table 2)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sync.rules.cell import (
    EMPTY,
    Cell,
    Facts,
    Golden,
    Rule,
    Same,
    Says,
    Stop,
    Vote,
    agree,
    holds,
    is_behind,
    is_changed,
    once_held,
    own_value,
    see,
    see_and_stop,
    sent,
    speaks,
)
from sync.rules.cell import Value as Value
from sync.rules.verdict import is_heard

RETURNS = 3
"""R16b: so often within WITHIN runs a cell may come back to a former value before it is frozen."""
WITHIN = 10
LAST = 99
"""The rank of golden when its provenance has none."""


@dataclass(frozen=True, slots=True)
class Settled:
    """parked: the field asks, and the question is about `votes`. won: refs whose change golden took."""

    golden: Golden
    cells: dict[str, Cell]
    parked: bool = False
    won: tuple[str, ...] = ()
    losers: tuple[Vote, ...] = ()
    votes: tuple[Vote, ...] = ()


def settle(
    golden: Golden, cells: Mapping[str, Cell], facts: Mapping[str, Facts], rule: Rule, rank: int = LAST, run: int = 0
) -> Settled:
    """One field of one entity, {ref: cell}. `rank` is the authority of golden's own provenance; in table 2's order."""
    read = {ref: settle_doubt(cell, facts[ref], rule.same) for ref, cell in cells.items()}
    taught = {
        ref: hear(cell, golden, facts[ref], rule.same, run) if is_heard(cell, golden, facts[ref], rule.same) else cell
        for ref, cell in read.items()
    }
    audible = [ref for ref, cell in taught.items() if is_heard(cell, golden, facts[ref], rule.same)]
    taught = _said_again(taught, audible, rule)
    heard = {ref: taught[ref] for ref in audible}
    why = {ref: barred(cell, golden, facts[ref], rule) for ref, cell in heard.items() if is_changed(cell)}
    changed = [ref for ref in why if not why[ref]]
    voters = changed + first_votes(golden, heard, facts, rule, changed)
    unclear = [
        ref for ref, cell in read.items() if cell.doubt is not None and cell.doubt.unclear and _asks(cell, facts[ref])
    ]
    says = [ref for ref in voters + unclear if speaks(read[ref])]  # R1e: what is unreadable is no answer
    votes = [_vote(heard.get(ref) or read[ref], ref, golden, facts[ref], rule) for ref in says]
    votes += golden_votes(golden, voters + unclear, taught, rule.same, rank)
    votes += _protected(votes, golden, heard, facts, rule, voters)
    firsts = [ref for ref in voters if heard[ref].seen is None]
    best = pick(votes, rule) if votes and not (firsts and _asks_first(votes, rule)) else None
    if unclear or (votes and best is None):
        return Settled(golden, read, parked=True, votes=tuple(votes))  # R4d: nothing else moves
    new = moved(golden, best, rule, run) if best else golden
    done = {ref: note(cell, new, facts[ref], rule, why.get(ref, "")) for ref, cell in heard.items()}
    lost = [vote for vote in votes if vote.value != new.value]
    lost += [
        Vote(rule.same.take(new.value, cell.shown), ref, facts[ref].rank)
        for ref, cell in heard.items()
        if ref not in voters and _is_lost(read[ref], done[ref], new, why.get(ref, ""), rule.same)
    ]
    won = tuple(ref for ref in voters if rule.same.same(new.value, heard[ref].shown))
    return Settled(new, {**taught, **done}, won=won, losers=tuple(lost), votes=tuple(votes))


def _asks_first(votes: list[Vote], rule: Rule) -> bool:
    """R7: a first link asks for each difference, or of a field that an `only:` names: an ex-owner would go on receiving."""
    asks = rule.strictest is None and (rule.first_link == "ask" or rule.named)
    return asks and len({vote.value for vote in votes}) > 1


def _asks(cell: Cell, facts: Facts) -> bool:
    return not facts.silent and cell.shown is not None


def settle_doubt(cell: Cell, facts: Facts, same: Same) -> Cell:
    """R15: settled by a re-read before its record may vote; a cut counts only at a described or learnt length."""
    doubt = cell.doubt
    if doubt is None or not facts.pulled or not speaks(cell):
        return cell
    if cell.shown == doubt.before and not doubt.unclear:  # once it showed neither, "before" is somebody's act
        return replace(cell, doubt=None, stop=None)
    if same.like(doubt.intended, cell.shown, facts.lengths):
        return sent(cell, doubt.intended, cell.shown, same)
    return replace(cell, doubt=replace(doubt, unclear=True))


def hear(cell: Cell, golden: Golden, facts: Facts, same: Same, run: int) -> Cell:
    """What a changed cell teaches before it votes: a taste (R4j), a value that came back (R16b)."""
    if not is_changed(cell):
        return cell
    if cell.fresh and not facts.by_person and _is_taste(cell, facts, same):
        assert cell.agreed is not None
        return replace(agree(cell, cell.agreed[0], same), fresh=False)
    if cell.fresh and (once_held(golden, cell.shown, same) or facts.nobody):
        returns = (*(r for r in cell.returns if run - r < WITHIN), run)
        held = tuple(same.view(v, cell.shown) for v in (*golden.former, golden.value))
        stop = Stop("frozen", (*held, cell.shown)) if len(returns) >= RETURNS else cell.stop
        cell = replace(cell, returns=returns, stop=stop)
    return replace(cell, fresh=False, echo=False)


def _is_taste(cell: Cell, facts: Facts, same: Same) -> bool:
    """R4j: a form of what we wrote; a system's own form of a date tells no more of it than we did."""
    if cell.agreed is None or not same.like(cell.agreed[0], cell.shown, facts.lengths):
        return False
    return same.says(cell.agreed[0], cell.shown) is not Says.MORE


def barred(cell: Cell, golden: Golden, facts: Facts, rule: Rule) -> str:
    """Why a change does not vote; "" = it votes."""
    same = rule.same
    if rule.strictest is not None:  # R6c
        loosens = rule.is_strict(golden.value) and not rule.is_strict(cell.shown)
        return "loosens" if loosens and (not facts.may_loosen or is_behind(cell, golden, same)) else ""
    if same.empty(cell.shown):
        return "overruled" if not same.empty(golden.value) and not facts.may_clear else ""  # R6a, R6b
    if same.same(golden.value, cell.shown) or not same.like(golden.value, cell.shown):
        return ""
    says = same.says(golden.value, cell.shown)  # a date without its year takes none from golden, whoever typed it
    return "cosmetic" if says is Says.LESS or (says is Says.ALIKE and not facts.authority) else ""  # R4j


def first_votes(
    golden: Golden, heard: Mapping[str, Cell], facts: Mapping[str, Facts], rule: Rule, changed: list[str]
) -> list[str]:
    """R7: the refs that vote at first link. Empties and values golden once left say nothing; an edit goes first."""
    same = rule.same
    new = [
        ref
        for ref, cell in heard.items()
        if cell.seen is None
        and not same.empty(cell.shown)
        and not once_held(golden, cell.shown, same)
        and not (golden.ref and same.like(golden.value, cell.shown, facts[ref].lengths))
    ]
    never = not golden.ref and not changed
    if rule.strictest is not None:  # R6c
        return [ref for ref in new if rule.is_strict(heard[ref].shown) or never]
    if rule.first_link != "keep" or rule.named:  # what an `only:` names is never kept
        return new
    formal = [ref for ref in new if facts[ref].formal]
    if not never or not new or (rule.ask and not formal):
        return new if never else []
    return [_first(formal or new, heard, facts, same)]


def _first(refs: list[str], heard: Mapping[str, Cell], facts: Mapping[str, Facts], same: Same) -> str:
    """By authority; off book by the source that shows this value in most parts, then by the workspace's order."""
    if facts[refs[0]].formal:
        return min(refs, key=lambda ref: (facts[ref].rank, ref))
    shown = [heard[ref].shown for ref in refs]
    times = {ref: sum(same.like(heard[ref].shown, other) for other in shown) for ref in refs}
    return min(refs, key=lambda ref: (-times[ref], facts[ref].rank, ref))


def _vote(cell: Cell, ref: str, golden: Golden, facts: Facts, rule: Rule) -> Vote:
    same = rule.same
    unsure = golden.ref != "" and cell.seen is not None and same.contradicts(golden.value, cell.shown)
    value = same.take(golden.value, cell.shown)
    return Vote(value, ref, facts.rank, formal=facts.formal, time=facts.time, unsure=unsure)


def golden_votes(golden: Golden, voters: list[str], cells: Mapping[str, Cell], same: Same, rank: int) -> list[Vote]:
    """R4b: golden votes if all who changed are behind and it came from none of them.

    A rival of a join votes until one edits on top of it, or the ref it came from votes itself (T2 join).
    """
    if golden.rivals:
        known = [cell.agreed[0] for cell in (cells[ref] for ref in voters) if cell.agreed]
        return [v for v in golden.rivals if v.value not in known and v.ref not in voters]
    behind = bool(voters) and all(is_behind(cells[ref], golden, same) for ref in voters)
    return (
        [Vote(golden.value, golden.ref, rank, golden=True)]
        if behind and golden.ref and golden.ref not in voters
        else []
    )


def _protected(
    votes: list[Vote],
    golden: Golden,
    heard: Mapping[str, Cell],
    facts: Mapping[str, Facts],
    rule: Rule,
    voters: list[str],
) -> list[Vote]:
    """R4b: of a `survive: ask` field that a formal source has a value for, a lone off-book change asks too."""
    if not rule.ask or not votes or not golden.ref or any(v.formal for v in votes if not v.golden):
        return []
    values = {vote.value for vote in votes}
    against = [
        Vote(rule.same.take(golden.value, cell.shown), ref, facts[ref].rank)
        for ref, cell in heard.items()
        if facts[ref].formal and ref not in voters and not rule.same.empty(own_value(cell))  # R3b: not our echo
    ]
    return [vote for vote in against if vote.value not in values]


def _said_again(cells: dict[str, Cell], heard: list[str], rule: Rule) -> dict[str, Cell]:
    """R6c: an opt-out that one more source says makes all other cells forget agreed."""
    if rule.strictest is None:
        return cells
    again = {ref for ref in heard if rule.is_strict(cells[ref].shown) and not rule.is_strict(cells[ref].seen)}
    return {ref: replace(c, agreed=None) if again and ref not in again else c for ref, c in cells.items()}


def pick(votes: Iterable[Vote], rule: Rule) -> Vote | None:
    """R4b, R4h: one value is taken; several go by `survive`; None = ask."""
    left = list(votes)
    strict = [vote for vote in left if rule.is_strict(vote.value)]
    if rule.strictest is not None:  # R6c: refused, then unknown or empty, then given
        left = strict or [vote for vote in left if rule.same.empty(rule.same.lead(vote.value))] or left
    if not strict and any(vote.unsure for vote in left):
        return None
    if len({vote.value for vote in left}) > 1 and not strict:
        left = _survivors(left, rule)
    return min(left, key=lambda vote: (vote.rank, vote.golden, vote.ref)) if left else None


def _survivors(votes: list[Vote], rule: Rule) -> list[Vote]:
    """The votes that the first word which answers leaves; none: ask."""
    for word in rule.survive:
        if word == "authority":
            return votes
        if word == "newest" and all(vote.time for vote in votes):
            newest = max(vote.time for vote in votes)
            left = [vote for vote in votes if vote.time == newest]
        elif word == "complete":
            most = max(rule.same.weight(vote.value) for vote in votes)
            left = [vote for vote in votes if rule.same.weight(vote.value) == most]
        else:
            continue
        if len({vote.value for vote in left}) == 1:
            return left
    return []


def moved(golden: Golden, best: Vote, rule: Rule, run: int) -> Golden:
    """Golden after `best` has won; the value it leaves is remembered."""
    if best.value == golden.value:
        return replace(golden, ref=golden.ref or best.ref, rivals=())
    former = golden.former | ({golden.value} if golden.ref else frozenset())
    word = "strictest" if rule.is_strict(best.value) else rule.survive[0] if rule.survive else "lone"
    return Golden(best.value, best.ref, word, run, former - {best.value})


def note(cell: Cell, golden: Golden, facts: Facts, rule: Rule, why: str) -> Cell:
    """Table 2: how one heard cell moves in a merge that was not parked."""
    same, shown, first = rule.same, cell.shown, cell.seen is None
    strict = rule.strictest is not None
    empty = same.empty(shown)
    like = (first or why == "cosmetic") and not empty and same.like(golden.value, shown, facts.lengths)
    if (same.same(golden.value, shown) or like) and (not strict or facts.pulled):  # R6c: only if pulled tonight
        return agree(cell, golden.value, same)
    if why == "overruled":
        return see_and_stop(cell, "kept", same.view(golden.value, shown), shown)  # R6b
    keeps = first and rule.first_link != "rules"  # R7: there survive decides, and overwrites
    if keeps and not empty and not once_held(golden, shown, same) and not strict:
        return see_and_stop(cell, "kept", shown)
    kept = cell.stop is not None and cell.stop.why == "kept" and len(cell.stop.on) == 2
    lapsed = kept and not holds(cell, "kept", golden, facts, same)
    return see(cell) if first or is_changed(cell) or lapsed else cell

    return holds(cell, "kept", golden, facts, same)


def _is_lost(was: Cell, after: Cell, golden: Golden, why: str, same: Same) -> bool:
    """To the losers without a vote: a form, refused, golden once left it, a kept value golden left (even "cleared")."""
    took = why != "" or (was.stop is not None and was.stop.why == "kept")
    took = took or (was.seen != after.seen and not same.empty(after.shown))
    return took and after.stop is None and not same.same(golden.value, after.shown)


__all__ = [
    "EMPTY",
    "Settled",
    "Value",
    "barred",
    "golden_votes",
    "hear",
    "moved",
    "note",
    "pick",
    "settle",
    "settle_doubt",
]
