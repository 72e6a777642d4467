"""How well did Offbook do on made-up customers, measured against the truth?

Everything goes in as plain data, so that a demo, a test and a person can call it:
- links: spot → entity, a spot being (table as the mappings call it, key, part), as in examples.truth;
- questions: pairs of entities that Offbook asks about;
- changes: one mapping a change, with `table`, `op` ("create", "update"), `key`, `entity`, `before` and `after`
  ({column: what the cell shows}).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from connectors.contract import Said, say
from examples.truth import Spot, Truth

BARS: Final = {"wrong_links": 0, "overwritten": 0, "doubled": 0, "asked": 40, "field_questions": 10, "kept_classes": 25}
"""The most there may be on a first day with default settings (of `missed`: see LINKED)."""
LINKED: Final = 0.95
"""The share of true duplicates, pairs of spots, that are linked or asked."""
NOT_SAID: Final[Mapping[tuple[str, str], Collection[str]]] = {("crm.contacts", "do_not_contact"): ("0", "False")}
"""What a cell shows that nobody ever typed into."""
_ELEMENTS = re.compile(r"[,;、；，/\n]+")

Links = Mapping[Spot, str]
Says = Mapping[Spot, frozenset[str]]
Questions = Collection[tuple[str, str]]
Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """wrong: (entity, its true customers) where there are several. Pairs are of spots of one true customer.

    idle: questions about two different customers; they cost a person time and are no mistake. unlinked: spots that
    the links do not hold.
    """

    wrong: tuple[tuple[str, tuple[str, ...]], ...]
    pairs: int
    linked: int
    asked: int
    missed: tuple[tuple[Spot, Spot], ...]
    questions: int
    idle: int
    unlinked: int

    @property
    def share(self) -> float:
        """Of the true pairs, those linked or asked."""
        return (self.linked + self.asked) / self.pairs if self.pairs else 1.0


@dataclass(frozen=True, slots=True)
class Writing:
    """overwritten: (table, key, column) where something typed would be lost. creates, updates: by table.

    doubled: creates of a customer who is in that table already, or created twice; unknowable: those that nobody could
    have known of (`_is_unknowable`), counted by themselves. private: creates of people who are
    nobody's customer. off_book: customers whom no CRM record knows: all, created, asked about.
    """

    overwritten: tuple[tuple[str, str, str], ...]
    creates: Mapping[str, int]
    updates: Mapping[str, int]
    doubled: tuple[tuple[str, str], ...]
    unknowable: tuple[tuple[str, str], ...]
    private: tuple[tuple[str, str], ...]
    off_book: int
    created: int
    waiting: int


def judge_links(truth: Truth, links: Links, questions: Questions = ()) -> Identity:
    """Whether the links are right, and what they and the questions find of the true duplicates."""
    asked = _asked(truth, links, questions)
    missed: list[tuple[Spot, Spot]] = []
    pairs = linked = bridged = 0
    for a, b in truth.pairs():
        pairs += 1
        one, other = links.get(a, f"?{a}"), links.get(b, f"?{b}")
        if one == other:
            linked += 1
        elif asked.get((truth.entity[a], one), one) == asked.get((truth.entity[b], other), other):
            bridged += 1
        else:
            missed.append((a, b))
    named = true_customers(truth, links)
    return Identity(
        wrong=tuple((entity, tuple(sorted(ids))) for entity, ids in sorted(named.items()) if len(ids) > 1),
        pairs=pairs,
        linked=linked,
        asked=bridged,
        missed=tuple(missed),
        questions=len(questions),
        idle=sum(1 for a, b in questions if not set(named.get(a, ())) & set(named.get(b, ()))),
        unlinked=sum(1 for spot in truth.entity if spot not in links),
    )


def true_customers(truth: Truth, links: Links) -> dict[str, Counter[str]]:
    """Entity → the true customers whose spots it holds, and how many of each."""
    named: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for spot, entity in links.items():
        if spot in truth.entity:
            named[entity][truth.entity[spot]] += 1
    return dict(named)


def _asked(truth: Truth, links: Links, questions: Questions) -> dict[tuple[str, str], str]:
    """(true customer, entity) → one name for all entities of this customer that questions tie together."""
    named = true_customers(truth, links)
    parents: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        while parents.get(node, node) != node:
            node = parents[node]
        return node

    for a, b in questions:
        for customer in set(named.get(a, ())) & set(named.get(b, ())):
            parents[root((customer, a))] = root((customer, b))
    return {node: root(node)[1] for node in [*parents, *parents.values()]}


def judge_plan(
    truth: Truth,
    links: Links,
    questions: Questions,
    changes: Sequence[Change],
    crm: Collection[str] = ("crm.accounts", "crm.contacts"),
    says: Says = MappingProxyType({}),
) -> Writing:
    """What the plan would do to what people typed, and whom it would create. crm: the formal tables. says: spot → what
    its record shows that could tell two people of one name apart; without it nothing is unknowable.
    """
    doubled = tuple(_doubled(truth, names_of(truth, links), changes))
    hidden = {what for what in doubled if _is_unknowable(truth, says, *what)}
    names = names_of(truth, links)
    creates = [change for change in changes if change["op"] == "create"]
    created = {names.get(str(change["entity"]), "") for change in creates if change["table"] in crm}
    tied = {names.get(entity, "") for pair in questions for entity in pair}
    absent = _off_book(truth, crm)
    return Writing(
        overwritten=tuple(overwritten(changes)),
        creates=Counter(str(change["table"]) for change in creates),
        updates=Counter(str(change["table"]) for change in changes if change["op"] == "update"),
        doubled=tuple(what for what in doubled if what not in hidden),
        unknowable=tuple(what for what in doubled if what in hidden),
        private=tuple(
            (str(c["table"]), str(c["entity"])) for c in creates if names.get(str(c["entity"]), "").startswith("X")
        ),
        off_book=len(absent),
        created=len(absent & created),
        waiting=len((absent & tied) - created),
    )


def _off_book(truth: Truth, crm: Collection[str]) -> set[str]:
    """True customers, private people apart, of whom no record of the formal tables speaks."""
    formal = {entity for (table, _, _), entity in truth.entity.items() if table in crm}
    return {entity for entity in truth.entity.values() if entity not in formal and not entity.startswith("X")}


def names_of(truth: Truth, links: Links) -> dict[str, str]:
    """Entity → the true customer whom most of its spots speak of."""
    return {entity: max(sorted(ids), key=ids.__getitem__) for entity, ids in true_customers(truth, links).items()}


def _doubled(truth: Truth, names: Mapping[str, str], changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """(table, true customer) of creates that make a duplicate."""
    there = {(table, entity) for (table, _, _), entity in truth.entity.items()}
    for change in changes:
        if change["op"] != "create":
            continue
        what = (str(change["table"]), names.get(str(change["entity"]), ""))
        if what[1] and what in there:
            yield what
        there.add(what)


def _is_unknowable(truth: Truth, says: Says, table: str, customer: str) -> bool:
    """Whether every record of him in that table shows him at the company that he has left, and shows nothing that any
    record of him elsewhere shows as well.
    """
    spots = truth.spots(customer)
    there = [spot for spot in spots if spot[0] == table]
    told = {text for spot in spots if spot[0] != table for text in says.get(spot, ())}
    return bool(there) and all(
        "moved" in truth.troubles.get(spot, ()) and spot in says and not says[spot] & told for spot in there
    )


def overwritten(changes: Iterable[Change]) -> Iterator[tuple[str, str, str]]:
    """(table, key, column) of updates after which something that stood in a cell stands there no more.

    A set or a note that only grows loses nothing.
    """
    for change in changes:
        if change["op"] != "update":
            continue
        for column, after in change["after"].items():
            before = str(change["before"].get(column) or "").strip()
            if before in ("", *NOT_SAID.get((str(change["table"]), column), ())):
                continue
            if not _holds(str(after or ""), before):
                yield str(change["table"]), str(change["key"]), str(column)


def _holds(after: str, before: str) -> bool:
    kept = {element.strip() for element in _ELEMENTS.split(after)}
    return before in after or all(element.strip() in kept for element in _ELEMENTS.split(before))


def bars(identity: Identity, writing: Writing, field_questions: int, kept_classes: int) -> list[tuple[str, Said, bool]]:
    """(what, the number, whether it is good enough) for each demand of a first day."""
    numbers = {
        "wrong_links": len(identity.wrong),
        "overwritten": len(writing.overwritten),
        "doubled": len(writing.doubled),
        "asked": identity.questions,
        "field_questions": field_questions,
        "kept_classes": kept_classes,
    }
    lines = [
        (name, say("{number} (at most {most})", number=number, most=BARS[name]), number <= BARS[name])
        for name, number in numbers.items()
    ]
    found = say("{share} of {pairs} (at least {least})",
                share=f"{identity.share:.1%}", pairs=identity.pairs, least=f"{LINKED:.0%}")  # fmt: skip
    unknowable = ("unknowable", say("{number} (no bar)", number=len(writing.unknowable)), True)
    return [*lines, unknowable, ("linked_or_asked", found, identity.share >= LINKED)]
