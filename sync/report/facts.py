"""What does the report of a plan say, before it is said in HTML or in a workbook?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from connectors.contract import ConfigError, Said, say
from sync.ledger import codec, graph, lists, looks, plans
from sync.messages.names import ABSENCES, word
from sync.picture.changes import ChangeView, FieldChange, views
from sync.picture.opening import Picture
from sync.picture.readers import Reader
from sync.picture.values import Words, name_entities
from sync.review import classes, noted
from sync.review import questions as asked
from sync.review.model import Asking, Class, Noted

MOST: Final = 1000
"""Changes of one table that are told; the others are counted. A page of some megabytes still opens on a phone."""
QUESTIONS: Final = 200
NEWCOMERS: Final = 500
UNREADABLE: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """One change, or several records that change in the same way. records: those, in words; none for a create."""

    op: str
    state: str
    called: str
    entity: str
    kind: str
    fields: tuple[FieldChange, ...]
    records: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is planned for one table. fates: (operation, state) → changes. cut: changes that are not among `told`."""

    name: str
    fates: Mapping[tuple[str, str], int]
    told: tuple[Told, ...] = ()
    cut: int = 0

    @property
    def total(self) -> int:
        return sum(self.fates.values())

    def of(self, op: str) -> int:
        return sum(count for (one, _), count in self.fates.items() if one == op)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A customer that no formal source knew. fate: its reason of RULES table 4 in a formal table, `create` where the
    plan creates it, `created` where Offbook has done so; why: the same in words."""

    entity: str
    called: str
    kind: str
    records: tuple[str, ...]
    fate: str
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """Where the customers of one kind are known."""

    kind: str
    both: int = 0
    formal: int = 0
    off_book: int = 0

    @property
    def total(self) -> int:
        return self.both + self.formal + self.off_book


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a report tells. header: the plan's; for one reader it is empty, as it counts everybody's."""

    number: int
    job: str
    made_at: str
    state: str
    reader: str
    header: Mapping[str, Any]
    tables: tuple[TableFacts, ...]
    known: tuple[Known, ...]
    newcomers: tuple[Newcomer, ...]
    newcomers_cut: int
    fates: Mapping[str, int]
    questions: tuple[Asking, ...]
    questions_cut: int
    classes: tuple[Class, ...]
    unreadable: tuple[tuple[str, str, int], ...]
    noted: tuple[Noted, ...] = ()

    def count(self, op: str) -> int:
        return sum(table.of(op) for table in self.tables)

    @property
    def changes(self) -> int:
        return sum(table.total for table in self.tables)


def gather(picture: Picture, words: Words, who: Reader, number: int, now: datetime) -> Facts:
    """Everything about one plan that this reader may see. number: 0 for the newest. Raises ConfigError."""
    ledger, c = picture.ledger, picture.c
    number = number or lists.last_plan(ledger, c)
    row = plans.get(ledger, c, number)
    if row is None or row.state == "making":
        raise ConfigError("there is no plan {number}; `offbook runs` lists what there is", number=number)
    found = asked.questions(picture, words, who, now)
    groups = classes.groups(picture, who)
    known, newcomers, fates = _customers(picture, words, who)
    return Facts(
        number=number,
        job=row.job,
        made_at=row.made_at,
        state=row.state,
        reader=who.staff,
        header={} if who.staff else codec.load(row.header),
        tables=tuple(_tables(picture, words, who, number)),
        known=tuple(known),
        newcomers=tuple(newcomers),
        newcomers_cut=sum(fates.values()) - len(newcomers),
        fates=fates,
        questions=tuple(asked.told(picture, words, who, found[:QUESTIONS])),
        questions_cut=max(len(found) - QUESTIONS, 0),
        classes=tuple(classes.listed(picture, words, who, groups.values(), now)),
        unreadable=tuple(_unreadable(picture, words, who, groups.values())),
        noted=tuple(noted.noted(picture, words, who, now)),
    )


# ------------------------------------------------------------------------------ changes


def _tables(picture: Picture, words: Words, who: Reader, number: int) -> Iterable[TableFacts]:
    """In the workspace's order, formal sources first: that is what most people look for."""
    counted: dict[int, Counter[tuple[str, str]]] = {}
    for table, op, state, count in looks.fates(picture.ledger, picture.c, number):
        counted.setdefault(table, Counter())[op, state] += count
    order = {one: n for n, one in enumerate(picture.run.by_id)}
    formal = {one: picture.is_formal(picture.source_of(one)) for one in counted}
    for table in sorted(counted, key=lambda one: (not formal[one], order.get(one, len(order)))):
        found = views(picture, words, who, number, "AND table_id = ?", [table])
        fates = counted[table]
        if who.staff:
            rows = list(found)
            fates, some = Counter((one.op, one.state) for one in rows), rows[:MOST]
        else:
            some = list(islice(found, MOST))
        if fates:
            yield TableFacts(picture.table_name(table), dict(fates), together(some), sum(fates.values()) - len(some))


def together(found: Iterable[ChangeView]) -> tuple[Told, ...]:
    """Two hundred rows of one company that get one new address are one line (RULES §0)."""
    out: dict[Told, list[str]] = {}
    for one in found:
        kind = one.fields[0].kind if one.fields else ""
        told = Told(one.op, one.state, one.called, one.entity, kind, one.fields, (), one.detail)
        out.setdefault(told, []).append(one.where or one.key)
    return tuple(replace(told, records=tuple(filter(None, records))) for told, records in out.items())


# ------------------------------------------------------------------------------ customers


def _customers(picture: Picture, words: Words, who: Reader) -> tuple[list[Known], list[Newcomer], dict[str, int]]:
    """Who is known where, and those whom no formal source knew: what Offbook is for."""
    where: dict[str, set[bool]] = {}
    records: dict[str, list[lists.ListedLink]] = {}
    created: set[str] = set()
    for link in lists.all_links(picture.ledger, picture.c, picture.plan):
        formal = picture.is_formal(picture.source_of(link.table_id))
        if link.state == "gone":
            continue
        if link.ours:
            created |= {link.entity} if formal else set()
            continue
        where.setdefault(link.entity, set()).add(formal)
        if not formal:
            records.setdefault(link.entity, []).append(link)
    kinds = _kinds(picture, where)
    seen = who.sees(one for one in where if kinds.get(one) in _asked(picture))
    counted = Counter((kinds[one], tuple(sorted(where[one]))) for one in seen)
    known = [
        Known(kind, counted[kind, (False, True)], counted[kind, (True,)], counted[kind, (False,)])
        for kind in _asked(picture)
    ]
    outside = {one: records[one] for one in seen if where[one] == {False}}
    fates = _fates(picture, outside) | dict.fromkeys(created & outside.keys(), ("created", ""))
    newcomers = _newcomers(picture, words, outside, kinds, fates)
    return [one for one in known if one.total], newcomers, dict(Counter(code for code, _ in fates.values()))


def _asked(picture: Picture) -> tuple[str, ...]:
    """The kinds of customers and of their contacts."""
    customer = picture.run.workspace.customer
    return tuple(dict.fromkeys((customer, *(one for one in ("organisation", "person")))))


def _kinds(picture: Picture, ids: Iterable[str]) -> dict[str, str]:
    rows = graph.entities(picture.ledger, picture.c, picture.plan, sorted(ids))
    return {one: row.kind for one, row in rows.items()}


def _fates(picture: Picture, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Entity → what becomes of it in the formal tables: (code, what it lacks); a create outdoes everything."""
    out: dict[str, tuple[str, str]] = dict.fromkeys(ids, ("", ""))
    for row in lists.absences(picture.ledger, picture.c, picture.plan):
        if row.entity not in out or not picture.is_formal(picture.source_of(row.table_id)):
            continue
        code, _, lacks = row.reason.partition(": ")
        if out[row.entity][0] != "create":
            out[row.entity] = (code, lacks)
    return out


_FATES: Final = {code: n for n, code in enumerate(("created", "create", "asked", "incomplete", "policy"))}
WHY: Final[Mapping[str, Said]] = {
    **ABSENCES,
    "create": say("this plan creates it"),
    "created": say("created by Offbook"),
    "": say("this job creates nothing there (`create_in`)"),
}
"""What becomes of a customer that no formal source knew."""


def _newcomers(
    picture: Picture,
    words: Words,
    outside: Mapping[str, Sequence[lists.ListedLink]],
    kinds: Mapping[str, str],
    fates: Mapping[str, tuple[str, str]],
) -> list[Newcomer]:
    """Those that the plan creates first, then those that an answer would bring in."""
    order = {kind: n for n, kind in enumerate(_asked(picture))}
    first = sorted(outside, key=lambda one: (_FATES.get(fates[one][0], 9), order[kinds[one]], one))[:NEWCOMERS]
    name_entities(picture, first)
    out = []
    for one in first:
        code, lacks = fates[one]
        rows = tuple(words.record(r.record_id, r.table_id, r.key, r.place) for r in outside[one])
        why = word(WHY, code, words.lang) + (f" ({lacks})" if lacks else "")
        out.append(Newcomer(one, words.entity(one), kinds[one], tuple(dict.fromkeys(rows)), code, why))
    return out


def _unreadable(
    picture: Picture, words: Words, who: Reader, groups: Iterable[classes.Group]
) -> list[tuple[str, str, int]]:
    """(class, what stands there, how often) of values that cannot be read."""
    out: list[tuple[str, str, int]] = []
    for group in groups:
        if group.sort in ("damaged", "unmapped"):
            cells = classes.opened(picture, group)
            shown = [one for one in cells if who.shows(one.case, one.side, one.unit)]
            out += [(group.name, text, count) for text, count in classes.texts(words, shown)]
    return sorted(out, key=lambda one: -one[2])[:UNREADABLE]


__all__ = ["MOST", "WHY", "Facts", "Known", "Newcomer", "TableFacts", "Told", "gather", "together"]
