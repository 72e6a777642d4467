"""What does a merge make of one field, and why is each cell written or not? RULES' tables 1 and 2, row by row.

Independent of sync/rules and of the design's model: only the records (Cell, Facts, Golden, Rule, Vote) are shared.
Each step of table 2 is a loop of its own over all cells; nothing is clever here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Damaged
from sync.rules.cell import Cell, Facts, Golden, Rule, Stop, Vote
from tests.oracle.looks import Look, readable

Cells = Mapping[str, Cell]
Told = Mapping[str, Facts]


@dataclass(frozen=True)
class Outcome:
    """What one settle came to. asked and losers: {(value, ref)}."""

    golden: Golden
    cells: dict[str, Cell]
    parked: bool
    won: set[str]
    votes: set[tuple[Any, str]]
    losers: set[tuple[Any, str]]


# ------------------------------------------------------------------------------ table 1


def row_of_table_1(cell: Cell, golden: Golden, parked: bool, facts: Facts, look: Look) -> str:
    now = look.through(golden.value, cell.shown)
    stop, on = (cell.stop.why, cell.stop.on) if cell.stop else ("", ())
    unchanged = on in ((cell.shown,), (now, cell.shown), (now, cell.shown, facts.versions))
    rows = [
        ("silent", facts.silent or cell.shown is None or (stop == "left over" and unchanged)),
        ("doubt", cell.doubt is not None),
        ("damaged", isinstance(cell.shown, Damaged) and not (stop == "over" and on == (cell.shown,))),
        ("frozen", stop == "frozen" and cell.shown in on and not isinstance(cell.shown, Damaged)),
        ("parked", parked),
        ("agreed", look.equal(golden.value, cell.shown) or (not stop and cell.agreed == (now, cell.shown))),
        ("filtered", facts.pull_only or not facts.receives),
        ("kept", stop == "kept" and unchanged),
        ("standing", facts.cannot != "" or (stop == "rejected" and unchanged)),
        ("change", True),
    ]
    return next(name for name, true in rows if true)


def votes_at_all(cell: Cell, golden: Golden, facts: Facts, look: Look) -> bool:
    """Not one of the rows 1 to 4; where golden may be written over something unreadable, that still says nothing."""
    unheard = ("silent", "doubt", "damaged", "frozen")
    return readable(cell.shown) and row_of_table_1(cell, golden, False, facts, look) not in unheard


# ------------------------------------------------------------------------------ table 2, in its order


def merge(golden: Golden, cells: Cells, facts: Told, rule: Rule, look: Look, rank: int = 99, run: int = 0) -> Outcome:
    after_doubts = {ref: doubt_settled(cell, facts[ref], look) for ref, cell in cells.items()}
    now = dict(after_doubts)
    for ref, cell in now.items():
        if votes_at_all(cell, golden, facts[ref], look):
            now[ref] = tasted(cell, golden, facts[ref], look, run)
    heard = {ref for ref, cell in now.items() if votes_at_all(cell, golden, facts[ref], look)}
    now = forget_where_one_more_opts_out(now, heard, rule, look)
    changed = {ref for ref in heard if now[ref].seen is not None and now[ref].seen != now[ref].shown}
    refused = {ref: why for ref in changed if (why := refusal(now[ref], golden, facts[ref], rule, look))}
    edits = changed - set(refused)
    firsts = first_ones(golden, {ref: now[ref] for ref in heard}, facts, rule, look, bool(edits))
    unclear = {
        ref
        for ref, cell in after_doubts.items()
        if cell.doubt and cell.doubt.unclear and not facts[ref].silent and cell.shown is not None
    }
    said = [ref for ref in sorted(edits | firsts | unclear) if readable(now[ref].shown)]  # R1e: damaged is no vote
    votes = [vote_of(now[ref], ref, golden, facts[ref], look) for ref in said]
    votes += golden_s_own(golden, edits | firsts | unclear, now, look, rank)
    votes += formal_ones_against(votes, golden, heard - edits - firsts, now, facts, rule, look)
    best = chosen(votes, rule, look)
    differ = len({vote.value for vote in votes}) > 1
    strict = rule.strictest is not None
    asks = bool(unclear) or (bool(votes) and best is None)
    asks = asks or (bool(firsts) and differ and not strict and (rule.first_link == "ask" or rule.named))
    asked = {(vote.value, vote.ref) for vote in votes}
    if asks:
        return Outcome(golden, after_doubts, True, set(), asked, set())
    new = golden if best is None else won_by(golden, best, rule, look, run)
    done = dict(now)
    for ref in heard:
        done[ref] = row_of_table_2(now[ref], new, facts[ref], rule, look, refused.get(ref, ""))
    losers = {(vote.value, vote.ref) for vote in votes if vote.value != new.value}
    for ref in heard - edits - firsts:
        if is_logged(after_doubts[ref], done[ref], new, refused.get(ref, ""), look):
            losers.add((look.taken(new.value, done[ref].shown), ref))
    won = {ref for ref in edits | firsts if look.equal(new.value, now[ref].shown)}
    return Outcome(new, done, False, won, asked, losers)


def doubt_settled(cell: Cell, facts: Facts, look: Look) -> Cell:
    """Rows "doubt re-read": before, a form of what was intended, neither."""
    if cell.doubt is None or not facts.pulled or not readable(cell.shown):
        return cell
    if cell.shown == cell.doubt.before and not cell.doubt.unclear:
        return replace(cell, doubt=None, stop=None)
    if look.form_of(cell.doubt.intended, cell.shown, facts.lengths):
        return arrived(cell, cell.doubt.intended, cell.shown, look)
    return replace(cell, doubt=replace(cell.doubt, unclear=True))


def arrived(cell: Cell, golden: Any, shown: Any, look: Look) -> Cell:
    """What our own write left: all agreed, fresh, an echo; what stood there before is its own value."""
    before = cell.own if cell.echo else "" if cell.seen is None else cell.seen
    return Cell(
        shown, shown, (look.through(golden, shown), shown), None, None, True, True, before, cell.ours, cell.returns
    )


def tasted(cell: Cell, golden: Golden, facts: Facts, look: Look, run: int) -> Cell:
    """R4j, R16b: the first new value after our write."""
    if cell.seen is None or cell.shown == cell.seen:
        return cell
    if cell.fresh and cell.agreed is not None and not facts.by_person:
        theirs = (
            look.form_of(cell.agreed[0], cell.shown, facts.lengths) and look.says(cell.agreed[0], cell.shown) != "more"
        )
        if theirs:
            agreed = (look.through(cell.agreed[0], cell.shown), cell.shown)
            return replace(cell, seen=cell.shown, agreed=agreed, stop=None, fresh=False)
    stop, returns = cell.stop, cell.returns
    if cell.fresh and (left_once(golden, cell.shown, look) or facts.nobody):
        returns = (*(one for one in returns if run - one < 10), run)
        if len(returns) >= 3:
            before = tuple(look.through(old, cell.shown) for old in (*golden.former, golden.value))
            stop = Stop("frozen", (*before, cell.shown))
    return replace(cell, fresh=False, echo=False, returns=returns, stop=stop)


def left_once(golden: Golden, shown: Any, look: Look) -> bool:
    return any(look.through(old, shown) == shown for old in golden.former)


def forget_where_one_more_opts_out(cells: Cells, heard: set[str], rule: Rule, look: Look) -> dict[str, Cell]:
    if rule.strictest is None:
        return dict(cells)
    level = {
        ref: (look.strictness(c.shown, rule.strictest), look.strictness(c.seen, rule.strictest))
        for ref, c in cells.items()
    }
    saying = {ref for ref in heard if level[ref][0] == 2 and level[ref][1] != 2}
    return {ref: c if ref in saying or not saying else replace(c, agreed=None) for ref, c in cells.items()}


def refusal(cell: Cell, golden: Golden, facts: Facts, rule: Rule, look: Look) -> str:
    """R6a, R6c, R4j: why a change is barred before counting."""
    if rule.strictest is not None:
        was = look.strictness(golden.value, rule.strictest) == 2
        loosens = was and look.strictness(cell.shown, rule.strictest) != 2
        knowingly = not is_behind(cell, golden, look) and facts.may_loosen
        return "loosens" if loosens and not knowingly else ""
    if look.blank(cell.shown):
        return "overruled" if not look.blank(golden.value) and not facts.may_clear else ""
    if look.equal(golden.value, cell.shown) or not look.form_of(golden.value, cell.shown):
        return ""
    says = look.says(golden.value, cell.shown)
    if says:
        return "cosmetic" if says == "less" else ""  # CONFIG: a partial value never overwrites a fuller one
    return "" if facts.authority else "cosmetic"


def is_behind(cell: Cell, golden: Golden, look: Look) -> bool:
    return cell.agreed is None or cell.agreed[0] != look.through(golden.value, cell.shown)


def first_ones(golden: Golden, heard: Cells, facts: Told, rule: Rule, look: Look, edited: bool) -> set[str]:
    """R7: whose first value votes."""
    new = set()
    for ref, cell in heard.items():
        if cell.seen is not None or look.blank(cell.shown) or left_once(golden, cell.shown, look):
            continue
        if golden.ref and look.form_of(golden.value, cell.shown, facts[ref].lengths):
            continue
        new.add(ref)
    nothing_yet = golden.ref == "" and not edited
    if rule.strictest is not None:
        return {ref for ref in new if nothing_yet or look.strictness(heard[ref].shown, rule.strictest) == 2}
    if rule.first_link in ("ask", "rules") or rule.named:
        return new
    if not nothing_yet or not new:
        return set()
    formal = {ref for ref in new if facts[ref].formal}
    if formal:
        return {min(formal, key=lambda ref: (facts[ref].rank, ref))}
    if not rule.survive:
        return new
    count = {ref: sum(look.form_of(heard[ref].shown, heard[two].shown) for two in new) for ref in new}
    return {min(new, key=lambda ref: (-count[ref], facts[ref].rank, ref))}


def vote_of(cell: Cell, ref: str, golden: Golden, facts: Facts, look: Look) -> Vote:
    unsure = golden.ref != "" and cell.seen is not None and look.contradicts(golden.value, cell.shown)
    value = look.taken(golden.value, cell.shown)
    return Vote(value, ref, facts.rank, formal=facts.formal, time=facts.time, unsure=unsure)


def golden_s_own(golden: Golden, voters: set[str], cells: Cells, look: Look, rank: int) -> list[Vote]:
    """R4b and table 2's join: golden votes where every voter is behind; rivals until one edits on top of one."""
    if golden.rivals:
        on_top = [cells[ref].agreed[0] for ref in voters if cells[ref].agreed]  # type: ignore[index]
        return [one for one in golden.rivals if one.ref not in voters and one.value not in on_top]
    if not voters or golden.ref == "" or golden.ref in voters:
        return []
    if not all(is_behind(cells[ref], golden, look) for ref in voters):
        return []
    return [Vote(golden.value, golden.ref, rank, golden=True)]


def formal_ones_against(
    votes: list[Vote], golden: Golden, others: set[str], cells: Cells, facts: Told, rule: Rule, look: Look
) -> list[Vote]:
    """R4b: a lone off-book change of a `survive: ask` field of which a formal source has a value asks too."""
    if rule.survive or not votes or golden.ref == "" or any(one.formal and not one.golden for one in votes):
        return []
    out = []
    for ref in sorted(others):
        itself = cells[ref].own if cells[ref].echo else cells[ref].shown
        value = look.taken(golden.value, cells[ref].shown)
        if facts[ref].formal and not look.blank(itself) and value not in [one.value for one in votes]:
            out.append(Vote(value, ref, facts[ref].rank))
    return out


def chosen(votes: list[Vote], rule: Rule, look: Look) -> Vote | None:
    """R4b, R4h, R6c; None: it asks, or there is nothing to choose from."""
    left = list(votes)
    if rule.strictest is not None and votes:
        level = max(look.strictness(one.value, rule.strictest) for one in votes)
        left = [one for one in votes if look.strictness(one.value, rule.strictest) == level]
        if level == 2:
            return first_of(left)
    if any(one.unsure for one in left):
        return None
    if len({one.value for one in left}) < 2:
        return first_of(left)
    for word in rule.survive:
        if word == "authority":
            return first_of(left)
        if word == "newest" and all(one.time for one in left):
            some = [one for one in left if one.time == max(two.time for two in left)]
        elif word == "complete":
            some = [one for one in left if look.weight(one.value) == max(look.weight(two.value) for two in left)]
        else:
            some = left
        if len({one.value for one in some}) == 1:
            return first_of(some)
    return None


def first_of(votes: list[Vote]) -> Vote | None:
    return min(votes, key=lambda one: (one.rank, one.golden, one.ref)) if votes else None


def won_by(golden: Golden, best: Vote, rule: Rule, look: Look, run: int) -> Golden:
    if best.value == golden.value:
        return replace(golden, ref=golden.ref or best.ref, rivals=())
    former = set(golden.former) | ({golden.value} if golden.ref else set())
    if rule.strictest is not None and look.strictness(best.value, rule.strictest) == 2:
        word = "strictest"
    else:
        word = rule.survive[0] if rule.survive else "lone"
    return Golden(best.value, best.ref, word, run, frozenset(former - {best.value}))


def row_of_table_2(cell: Cell, golden: Golden, facts: Facts, rule: Rule, look: Look, refused: str) -> Cell:
    """One heard cell: which row of table 2 is it, and what does that row do? (seen, agreed, stop)"""
    s, first, strict = cell.shown, cell.seen is None, rule.strictest is not None
    g, blank = look.through(golden.value, s), look.blank(s)
    same = look.equal(golden.value, s)
    alike = not blank and look.form_of(golden.value, s, facts.lengths)
    two = cell.stop is not None and cell.stop.why == "kept" and len(cell.stop.on) == 2
    events = [
        ("agrees", (same or (alike and (first or refused == "cosmetic"))) and (facts.pulled or not strict)),
        ("overruled", refused == "overruled"),
        (
            "first, once golden or blank or never kept",
            first and (blank or strict or left_once(golden, s, look) or rule.first_link == "rules"),
        ),
        ("first, differs", first),
        ("changed, counted or refused", cell.seen != s),
        ("kept, and golden moved", two and cell.stop is not None and cell.stop.on != (g, s)),
        ("nothing", True),
    ]
    event = next(name for name, true in events if true)
    moves = {
        "agrees": {"seen": s, "agreed": (g, s), "stop": None},
        "overruled": {"seen": s, "stop": Stop("kept", (g, s))},
        "first, once golden or blank or never kept": {"seen": s, "stop": None},
        "first, differs": {"seen": s, "stop": Stop("kept", (s,))},
        "changed, counted or refused": {"seen": s, "stop": None},
        "kept, and golden moved": {"stop": None},
        "nothing": {},
    }
    return replace(cell, **moves[event])  # type: ignore[arg-type]


def is_logged(was: Cell, after: Cell, golden: Golden, refused: str, look: Look) -> bool:
    """Table 2 "log", for who did not vote: refused, cosmetic, once golden's, kept until golden moved."""
    if after.stop is not None or look.equal(golden.value, after.shown):
        return False
    kept = was.stop is not None and was.stop.why == "kept"
    noticed = was.seen != after.seen and not look.blank(after.shown)
    return bool(refused) or kept or noticed
