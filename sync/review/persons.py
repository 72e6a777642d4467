"""How is a question about who is who answered: two records, or a record that may speak of somebody else? (R2c, R3d)"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import ConfigError
from sync.decisions import Sort
from sync.ledger import graph, lists
from sync.review.desk import Desk
from sync.review.model import Asking
from sync.review.targets import target


def answer_pair(desk: Desk, one: Asking, answer: str) -> None:
    """`same` or `different`, about the two records of a question."""
    if answer not in ("same", "different"):
        raise ConfigError("answer `same` or `different`")
    refs = [speaker.ref for speaker in one.speakers]
    entities = [speaker.entity for speaker in one.speakers]
    decide_pair(desk, refs, entities, same=answer == "same", replace=one.sort == "contradiction")
    desk.closed.append(one.number)


def decide_pair(desk: Desk, refs: Sequence[str], entities: Sequence[str], *, same: bool, replace: bool) -> None:
    """Says of two parts that they are one customer, or two. Raises ConfigError where the opposite was said before and
    is not to be replaced (R3d)."""
    known = _known(desk, refs)
    if known is not None and known[0] != same and not replace:
        raise ConfigError("somebody decided the opposite before; say so again with --replace")
    for number in _earlier(desk, refs):
        lists.set_decision(desk.session.ledger, desk.picture.c, number, "lifted", "replaced")
    sort = Sort.SAME if same else Sort.DIFFERENT
    desk.decide(sort, entities[0], {"refs": sorted(refs)})
    desk.pair(refs[0], refs[1], same=same)
    desk.open(entities)


def _known(desk: Desk, refs: Sequence[str]) -> tuple[bool, int | None] | None:
    wanted = tuple(sorted(refs))
    found = [row for row in lists.pairs(desk.picture.ledger, desk.picture.c) if (row[0], row[1]) == wanted]
    return (bool(found[0][2]), found[0][3]) if found else None


def _earlier(desk: Desk, refs: Sequence[str]) -> list[int]:
    """Decisions about these two parts that still hold."""
    rows = lists.holding(desk.picture.ledger, desk.picture.c)
    return [row.id for row in rows if row.sort != Sort.PIN and sorted(row.content["refs"]) == sorted(refs)]


def pair_by_name(desk: Desk, name: str, other: str, *, same: bool, replace: bool) -> None:
    """Two records, or customers, that nobody asked about: a person knows."""
    first = target(desk.picture, name)
    kind = desk.picture.kinds.get(first.entity) or _kind(desk, first.entity)
    second = target(desk.picture, other, kind=kind)
    if _kind(desk, second.entity) != kind:
        raise ConfigError("`{name}` and `{other}` are of different kinds", name=name, other=other)
    refs = [first.ref or _any_ref(desk, first.entity), second.ref or _any_ref(desk, second.entity)]
    if refs[0] == refs[1]:
        raise ConfigError("`{name}` and `{other}` are one record", name=name, other=other)
    decide_pair(desk, refs, [first.entity, second.entity], same=same, replace=replace)


def _kind(desk: Desk, entity: str) -> str:
    row = graph.entities(desk.picture.ledger, desk.picture.c, desk.picture.plan, [entity]).get(entity)
    return row.kind if row is not None else ""


def _any_ref(desk: Desk, entity: str) -> str:
    """The part by which a customer has been known longest."""
    links = graph.links(desk.picture.ledger, desk.picture.c, desk.picture.plan, [entity])
    if not links:
        raise ConfigError("customer `{entity}` has no record any more", entity=entity)
    first = min(links, key=lambda one: (one.first_run, one.record_id, one.part))
    return f"{first.record_id}:{first.part}"


def answer_subject(desk: Desk, one: Asking, answer: str) -> None:
    """`same`: its name was corrected. `other`: it speaks of the customer it fits best. `new`: of a new one."""
    if answer not in ("same", "other", "new"):
        raise ConfigError("answer `same`, `other` or `new`")
    if answer == "other" and not one.other:
        raise ConfigError("it fits no other customer; answer `same` or `new`")
    entity = one.other if answer == "other" else None
    said = "same" if answer == "same" else "other"
    content = {"ref": one.speakers[0].ref, "answer": said, "entity": entity, "name": one.name}
    desk.decide(Sort.SUBJECT, one.entity, content)
    desk.open([one.entity, one.other])
    desk.closed.append(one.number)


__all__ = ["answer_pair", "answer_subject", "decide_pair", "pair_by_name"]
