"""Cells, facts, goldens and rules that Hypothesis draws: few values, so that they meet often.

A case is read off a tape of drawn bytes, each of which picks one of a list; zeros pick what is plainest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from connectors.contract import Damaged
from mappings.types import TYPES
from sync.rules.cell import Cell, Doubt, Facts, Golden, Plain, Rule, Same, Slot, Stop, Vote
from sync.rules.same import Grouped, Typed
from sync.rules.sets import SetGolden
from tests.oracle.looks import Look

T = TypeVar("T")
REFS = ("1:p", "2:p", "3:p")
BROKEN = Damaged("not_a_date", "##")
TEXTS = ("", "abcd", "ABCD", "abc", "ab", "x", "y")
DAYS = ("", "1985-05-12", "--05-12", "1985-05", "1985", "1985-06-01")
INSIDE = ((0, (1, 2)),)
SURVIVE = (("authority",), (), ("newest", "authority"), ("complete",), ("newest", "complete", "authority"))


class Tape:
    """Drawn bytes, read one by one; it never ends."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn, self._at = drawn, 0

    def byte(self) -> int:
        self._at += 1
        return self._drawn[(self._at - 1) % len(self._drawn)]

    def pick(self, options: Sequence[T]) -> T:
        return options[self.byte() % len(options)]

    def seldom(self, of: int) -> bool:
        """Once in `of` times."""
        return self.byte() % of == of - 1

    def often(self) -> bool:
        return not self.seldom(4)

    def coin(self) -> bool:
        return self.byte() % 2 == 1

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """At most so many of them, each once, in any order."""
        left = list(options)
        return [left.pop(self.byte() % len(left)) for _ in range(self.byte() % (most + 1))]


def drawn(make: Callable[[Tape], T], length: int) -> st.SearchStrategy[T]:
    return st.binary(min_size=length, max_size=length).map(lambda given: make(Tape(given)))


@dataclass(frozen=True)
class Sort:
    """One sort of field: how ours compares its values, how the oracle does, and which there are."""

    name: str
    same: Same
    look: Look
    texts: tuple[str, ...] = TEXTS
    strictest: str | None = None

    @property
    def members(self) -> int:
        return self.look.members


DAY = TYPES["date"]
BIRTHDAY = Typed(cuttable=False, of=DAY.form, same_text=DAY.same, fuller=DAY.says_more)
PLACE = Grouped(("city", "street", "zip"), (Typed(), Typed(), Typed()), -1, dict(INSIDE))
YES = Typed(cuttable=False)
SORTS = (
    Sort("text", Plain(), Look()),
    Sort("date", BIRTHDAY, Look(dates=True), DAYS),
    Sort("group", PLACE, Look(3, -1, inside=INSIDE)),
    Sort("led group", Grouped(("amount", "currency"), (Typed(), Typed()), 0), Look(2, 0)),
    Sort("group of dates", Grouped(("from", "to"), (BIRTHDAY, BIRTHDAY), -1), Look(2, -1, dates=True), DAYS),
)
CONSENTS = (
    Sort("consent", Plain(cuttable=False), Look(), ("", "false", "true"), "false"),
    Sort("consent, dated", Grouped(("consent", "on"), (YES, Typed()), 0), Look(2, 0), ("", "false", "true"), "false"),
)


def value(tape: Tape, sort: Sort, mask: tuple[bool, ...] = ()) -> Any:
    """A value of the sort; of a group with the members in `mask`, all where there is none."""
    if not sort.members:
        return tape.pick(sort.texts)
    mask = mask or (True,) * sort.members
    return tuple(tape.pick(sort.texts[:4]) if here else None for here in mask)


def golden(tape: Tape, sort: Sort) -> Golden:
    ref = tape.pick((*REFS, "9:gone", ""))
    if ref == "":
        return Golden()
    now = value(tape, sort)
    former = frozenset(value(tape, sort) for _ in range(tape.byte() % 3)) - {now}
    rivals: tuple[Vote, ...] = ()
    if tape.seldom(10):
        other = Vote(value(tape, sort), tape.pick(REFS), 2, golden=True)
        rivals = (Vote(now, ref, 1, golden=True), other)
    return Golden(now, ref, since=1, former=former, rivals=rivals)


def cell(tape: Tape, sort: Sort, of: Golden) -> Cell:
    mask = tuple(tape.often() for _ in range(sort.members))
    mask = mask if any(mask) else (True,) * sort.members
    as_golden = sort.same.view(of.value, value(tape, sort, mask))
    former = [sort.same.view(one, as_golden) for one in sorted(of.former, key=str)]

    def near() -> Any:
        kind = tape.byte() % 8
        if kind < 3 and of.ref:
            return as_golden
        return former[0] if kind == 3 and former else value(tape, sort, mask)

    shown = tape.pick((None, BROKEN)) if tape.seldom(12) else near()
    if tape.seldom(3):
        return Cell(shown, returns=(90,))
    seen = shown if tape.coin() and isinstance(shown, (str, tuple)) else near()
    agreed = tape.pick((None, (as_golden, seen), (near(), near())))
    doubt = Doubt(near(), near(), tape.coin()) if tape.seldom(4) else None
    echo = tape.coin()
    own = near() if echo else ""
    returns = tuple(sorted(tape.some((85, 91, 93, 97), 3)))
    return Cell(shown, seen, agreed, stop(tape, near, shown, as_golden), doubt, tape.coin(), echo, own, (), returns)


def stop(tape: Tape, near: Callable[[], Any], shown: Any, as_golden: Any) -> Stop | None:
    why = tape.pick(("", "", "kept", "kept", "left over", "frozen", "rejected", "over"))
    here = (shown if isinstance(shown, Damaged) or tape.coin() else near(),)
    pair = (as_golden, shown)
    return Stop(why, tape.pick((here, here, pair, (near(), near()), (*pair, tape.byte() % 2)))) if why else None


def facts(tape: Tape) -> Facts:
    return Facts(
        rank=tape.byte() % 4,
        formal=tape.often(),
        pulled=tape.often(),
        silent=tape.seldom(6),
        may_clear=tape.coin(),
        may_loosen=tape.coin(),
        receives=tape.often(),
        pull_only=tape.seldom(6),
        cannot=tape.pick(("", "", "read-only")),
        lengths=tape.pick(((), (), (3,), (2, 3))),
        versions=tape.byte() % 2,
        authority=tape.coin(),
        by_person=tape.seldom(5),
        nobody=tape.seldom(5),
        time=tape.pick(("", "2026-01-01", "2026-02-01")),
    )


def rule(tape: Tape, sort: Sort) -> Rule:
    first = tape.pick(("keep", "keep", "ask", "rules"))
    return Rule(tape.pick(SURVIVE), first, sort.strictest, tape.seldom(5), sort.same)


@dataclass(frozen=True)
class Case:
    """One field of one entity on one night."""

    sort: Sort
    golden: Golden
    cells: dict[str, Cell]
    facts: dict[str, Facts]
    rule: Rule


def case(tape: Tape, sorts: tuple[Sort, ...]) -> Case:
    sort = tape.pick(sorts)
    refs = REFS[: 1 + tape.byte() % 3]
    law, now = rule(tape, sort), golden(tape, sort)
    return Case(sort, now, {ref: cell(tape, sort, now) for ref in refs}, {ref: facts(tape) for ref in refs}, law)


def cases(sorts: tuple[Sort, ...] = SORTS) -> st.SearchStrategy[Case]:
    return drawn(lambda tape: case(tape, sorts), 180)


# ------------------------------------------------------------------------------ sets

ELEMENTS = ("p", "q", "r", "s", "t")


@dataclass(frozen=True)
class SetCase:
    golden: SetGolden
    cells: dict[str, Cell]
    facts: dict[str, Facts]


def set_golden(tape: Tape) -> SetGolden:
    has = tape.some(ELEMENTS, 4)
    gone = frozenset(tape.some([e for e in ELEMENTS if e not in has], 2 if len(has) < 4 else 1))
    sorts = {e: tape.pick(("mobile", "office")) for e in has if tape.coin()}
    return SetGolden(tuple(has), gone, dict.fromkeys(has, "0:p"), sorts, tape.pick(("", *ELEMENTS)))


def shown_slots(tape: Tape, places: tuple[Slot, ...]) -> tuple[str | Damaged, ...]:
    """What a record shows in its places: no element stands in two of them."""
    left, out = list(ELEMENTS), []
    for place in places:
        here = tape.some(left, 3 if place.many else 1)
        left = [one for one in left if one not in here]
        out.append(BROKEN if tape.seldom(20) else "\n".join(here))
    return tuple(out)


def slots(tape: Tape) -> tuple[Slot, ...]:
    if tape.seldom(4):
        return (Slot(many=True),)
    return tuple(
        Slot(writes=not tape.seldom(10), sort=tape.pick(("", "", "mobile"))) for _ in range(1 + tape.byte() % 3)
    )


def set_cell(tape: Tape, places: tuple[Slot, ...]) -> Cell:
    shown = None if tape.seldom(10) else shown_slots(tape, places)
    if tape.seldom(4):
        return Cell(shown)
    seen = shown if shown is not None and tape.coin() else shown_slots(tape, places)
    doubt = Doubt(shown_slots(tape, places), shown_slots(tape, places)) if tape.seldom(4) else None
    why = tape.pick(("", "", "kept", "left over"))
    held = Stop(why, tuple(sorted(tape.some(ELEMENTS, 2)) or ("p",))) if why else None
    return Cell(shown, seen, None, held, doubt, tape.coin(), ours=tuple(tape.some(ELEMENTS, 2)))


def set_case(tape: Tape) -> SetCase:
    made: dict[str, Cell] = {}
    told: dict[str, Facts] = {}
    for ref in REFS[: 1 + tape.byte() % 3]:
        places = slots(tape)
        made[ref] = set_cell(tape, places)
        told[ref] = Facts(
            slots=places,
            append=places[0].many and tape.seldom(4),
            may_clear=tape.coin(),
            pulled=tape.often(),
            silent=tape.seldom(6),
        )
    return SetCase(set_golden(tape), made, told)


def set_cases() -> st.SearchStrategy[SetCase]:
    return drawn(set_case, 160)
