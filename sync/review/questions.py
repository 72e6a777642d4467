"""Which questions are open, who says what in each, and in which order are they asked? (RULES R4d, R7, R10a)"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sync.agreeing.merge import Case
from sync.ledger import asked, codec, graph, lists
from sync.ledger.asked import Asked
from sync.picture.opening import Picture
from sync.picture.readers import Reader
from sync.picture.reasons import whys
from sync.picture.values import Words, name_entities
from sync.review.classes import goldens_of
from sync.review.model import LETTERS, WAITED, Asking, Choice, Speaker
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden
from sync.sides import Side, cell_of, extract, ref_of

PAIRS: Final = ("identity", "contradiction", "merged")
SHOWN: Final = 14
"""Fields of each side that are told, those that both have first."""


@dataclass(slots=True)
class Frees:
    """Entity → the creates that wait for an answer about it, its own and those that point to it."""

    waiting: Mapping[str, int]

    def of(self, entities: Iterable[str]) -> int:
        return sum(self.waiting.get(one, 0) for one in set(entities) if one)


def frees(picture: Picture) -> Frees:
    rows = lists.absences(picture.ledger, picture.c, picture.plan, like="asked%")
    waiting: dict[str, int] = {}
    for row in rows:
        waiting[row.entity] = waiting.get(row.entity, 0) + 1
    own = dict(waiting)
    for entity, target in lists.relations_to(picture.ledger, picture.c, picture.plan, own):
        waiting[target] = waiting.get(target, 0) + own[entity]
    return Frees(waiting)


# ------------------------------------------------------------------------------ the questions


def questions(picture: Picture, words: Words, reader: Reader, now: datetime) -> list[Asking]:
    """Every open question that this reader may see, the most useful first; without what both sides say."""
    rows = asked.open_questions(picture.ledger, picture.c)
    wanted = {one for row in rows for one in (row.entity, row.other) if one}
    seen = reader.sees(wanted)
    rows = [row for row in rows if all(one in seen for one in (row.entity, row.other) if one)]
    name_entities(picture, wanted)
    waiting = frees(picture)
    where = _where(picture, rows)
    goldens = goldens_of(picture, (row.entity for row in rows if row.sort == "field" and row.entity))
    made = [_asking(picture, words, row, waiting, where, now, goldens) for row in rows]
    return sorted(made, key=_useful)


def question(picture: Picture, words: Words, number: int, now: datetime) -> Asking | None:
    """One question with what both sides say; None where there is no such number, or it is not open any more."""
    found = lists.question(picture.ledger, picture.c, number)
    if found is None or found[8] != "open":
        return None
    row = Asked(*found)
    name_entities(picture, [one for one in (row.entity, row.other) if one])
    goldens = goldens_of(picture, [row.entity] if row.entity else [])
    made = _asking(picture, words, row, frees(picture), _where(picture, [row]), now, goldens)
    return told(picture, words, Reader(picture), [made])[0]


def _useful(one: Asking) -> tuple[object, ...]:
    """A create waiting for two weeks comes first, then what frees most creates, then what tells most (R10a)."""
    late = one.frees > 0 and one.days >= WAITED
    sorts = {"contradiction": 0, "merged": 1, "subject": 2}
    return (not late, -one.frees, sorts.get(one.sort, 3), -_telling(one), one.number)


def _telling(one: Asking) -> float:
    """How much is learnt: how open the question is, times the records that hang on it."""
    if not 0 < one.p < 1:
        return float(one.joins)
    open_ = -(one.p * math.log2(one.p) + (1 - one.p) * math.log2(1 - one.p))
    return open_ * max(one.joins, 1)


def _asking(
    picture: Picture,
    words: Words,
    row: Asked,
    waiting: Frees,
    where: Mapping[int, lists.Placed],
    now: datetime,
    goldens: Mapping[str, Mapping[str, Golden | SetGolden]],
) -> Asking:
    content = row.content
    days = (now - picture.starts[row.since]).days if row.since in picture.starts else 0
    entities = [one for one in (row.entity, row.other) if one]
    made = Asking(
        number=row.id,
        sort=row.sort,
        kind=str(content.get("kind", "")),
        entity=row.entity or "",
        other=row.other or "",
        called=words.entity(row.entity) if row.entity else "",
        unit=row.field or "",
        p=float(content.get("p", 0.0)),
        joins=int(content.get("joins", 0)),
        frees=waiting.of(entities),
        days=days,
        since=row.since,
        name=str(content.get("name", "")),
        whys=whys(content.get("reasons", ())),
        code=code_of(row.sort, content),
    )
    if row.sort == "field":
        golden = goldens.get(made.entity, {}).get(made.unit)
        value = golden.value if isinstance(golden, Golden) else None
        votes = content.get("votes", ())
        return replace(made, choices=choices(picture, words, made.kind, made.unit, votes, where, value))
    refs = content.get("refs") or [content.get("ref")]
    held = [row.entity, row.other] if row.sort in PAIRS else [row.entity]
    linked = graph.entity_of(picture.ledger, picture.c, picture.plan, [_number(ref) for ref in refs if ref])
    speakers = []
    for n, ref in enumerate(one for one in refs if one):
        entity = linked.get((_number(ref), str(ref).partition(":")[2])) or (held[n] if n < len(held) else "") or ""
        speakers.append(_speaker(picture, words, str(ref), entity, where))
    return replace(made, speakers=tuple(speakers))


def code_of(sort: str, content: Mapping[str, Any]) -> str:
    """Eight letters that change with what is asked: the values of a field, the two records, the new name."""
    said = [content.get(name) for name in ("votes", "refs", "ref", "name")]
    return codec.digest(codec.dump([sort, said])).hex()[:8]


def _number(ref: object) -> int:
    return int(str(ref).partition(":")[0])


def _where(picture: Picture, rows: Iterable[Asked]) -> dict[int, lists.Placed]:
    """Where the records stand that these questions name."""
    ids: set[int] = set()
    for row in rows:
        refs = [*row.content.get("refs", ()), *([row.content["ref"]] if "ref" in row.content else [])]
        ids |= {_number(ref) for ref in refs} | {_number(vote[1]) for vote in row.content.get("votes", ()) if vote[1]}
    return lists.placed(picture.ledger, picture.c, ids)


def _speaker(picture: Picture, words: Words, ref: str, entity: str, where: Mapping[int, lists.Placed]) -> Speaker:
    row = where.get(_number(ref))
    record = words.record(*row) if row is not None else "?"
    source = picture.source_of(row.table_id) if row is not None else ""
    return Speaker(ref, record, source, entity, words.entity(entity) if entity else "")


# ------------------------------------------------------------------------------ fields


def choices(
    picture: Picture,
    words: Words,
    kind: str,
    unit: str,
    votes: Sequence[Sequence[Any]],
    where: Mapping[int, lists.Placed],
    standing: Value,
) -> tuple[Choice, ...]:
    """The values among which a person chooses, each once, lettered in the order of the votes. standing: golden now."""
    found: dict[str, list[tuple[Value, str, bool]]] = {}
    for value, ref, golden in votes:
        found.setdefault(codec.dump(value).decode(), []).append((codec.load_value(value), str(ref), bool(golden)))
    out = []
    for n, said in enumerate(found.values()):
        rows = [where[_number(ref)] for _, ref, _ in said if ref and _number(ref) in where]
        records = tuple(dict.fromkeys(words.record(*row) for row in rows))
        sources = tuple(dict.fromkeys(picture.source_of(row.table_id) for row in rows))
        refs = tuple(ref for _, ref, _ in said)
        golden = any(is_golden for _, _, is_golden in said) or (standing is not None and said[0][0] == standing)
        text = words.value(kind, unit, said[0][0])
        out.append(Choice(LETTERS[n % len(LETTERS)], said[0][0], text, refs, records, sources, golden))
    return tuple(out)


# ------------------------------------------------------------------------------ what both sides say


def told(picture: Picture, words: Words, reader: Reader, found: Sequence[Asking]) -> list[Asking]:
    """The same questions with what each record says, and where else its customer is known from."""
    ids = sorted({speaker.entity for one in found for speaker in one.speakers if speaker.entity})
    sides: dict[str, tuple[Case, Side]] = {}
    cases: dict[str, Case] = {}
    for case in picture.cases(ids):
        cases[case.id] = case
        sides |= {side.ref: (case, side) for side in case.sides}
    name_entities(picture, _targets(cases.values()))
    out = []
    for one in found:
        speakers = [_told(words, reader, speaker, sides, cases) for speaker in one.speakers]
        out.append(replace(one, speakers=tuple(speakers)))
    return out


def _told(
    words: Words,
    reader: Reader,
    speaker: Speaker,
    sides: Mapping[str, tuple[Case, Side]],
    cases: Mapping[str, Case],
) -> Speaker:
    record, _, part = speaker.ref.partition(":")
    found = sides.get(ref_of(int(record), part))
    case = cases.get(speaker.entity)
    if found is None or case is None:
        return speaker
    _, side = found
    values: dict[str, str] = {}
    for name, view in side.part.views.items():
        shown = cell_of(side, view).shown if name in side.related else extract(side.values, view)
        if shown not in (None, "") and reader.shows(case, side, name) and len(values) < SHOWN:
            text = words.value(case.kind, name, shown)
            if text != words.say("(empty)"):
                values[name] = text
    others = [s for s in case.sides if s.ref != side.ref]
    records = tuple(words.record(s.record.id, s.table.id, s.record.key, s.record.place) for s in others)
    return replace(speaker, values=values, records=records)


def _targets(cases: Iterable[Case]) -> set[str]:
    """Entities that golden values and relations name."""
    out: set[str] = set()
    for case in cases:
        out |= {v for side in case.sides for v in side.related.values() if isinstance(v, str) and v}
        out |= {g.value for g in case.goldens.values() if isinstance(g, Golden) and _is_id(g.value)}  # type: ignore[misc]
    return out


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 32


__all__ = ["PAIRS", "SetGolden", "choices", "code_of", "frees", "question", "questions", "told"]
