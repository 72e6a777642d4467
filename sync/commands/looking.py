"""What does the ledger know of one thing: the last runs, an entity, a record?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.contract import ConfigError, Damaged
from sync.commands.planview import names_of, place_of
from sync.commands.values import NOTHING, Speaker
from sync.ledger import codec, looks, runs
from sync.ledger.looks import PlanLine
from sync.ledger.runs import RunRow
from sync.rules.cell import Golden, Value
from sync.rules.sets import SetGolden
from sync.run import Session
from sync.show.masks import masked, type_to_mask
from sync.show.words import plain

ENTITY: Final = re.compile(r"[0-9a-f]{6,32}")


@dataclass(frozen=True, slots=True)
class GoldenLine:
    """A field of a customer as all agree on it. origin: the record that said it. since: the run."""

    field: str
    value: str
    origin: str
    rule: str
    since: int


@dataclass(frozen=True, slots=True)
class RecordLine:
    table: str
    place: str
    part: str
    state: str
    probability: str


@dataclass(frozen=True, slots=True)
class EntityView:
    """A customer, contact or visit. joined_into: the id under which it goes on, where it was joined into another."""

    id: str
    kind: str
    name: str
    fields: Sequence[GoldenLine]
    records: Sequence[RecordLine]
    joined_into: str = ""


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record as its source showed it last. parts: part → (entity, its name)."""

    table: str
    place: str
    state: str
    columns: Mapping[str, str]
    parts: Mapping[str, tuple[str, str]]


def last_runs(session: Session, limit: int) -> tuple[list[RunRow], list[PlanLine]]:
    """The newest runs first, and the newest plans."""
    with session.ledger.transaction() as c:
        return runs.runs(session.ledger, c, limit), looks.plans(session.ledger, c, limit)


def is_entity(text: str) -> bool:
    """Whether a word can be an entity's id, or its beginning; a number is a plan."""
    return bool(ENTITY.fullmatch(text)) and (not text.isdigit() or len(text) == 32)


def entity(session: Session, start: str, *, reveal: bool) -> EntityView:
    """The entity whose id begins so. Raises ConfigError where there is none, or several."""
    with session.ledger.transaction() as c:
        found = looks.entities_named(session.ledger, c, start)
        if not found:
            raise ConfigError("there is no customer {id}", id=start)
        if len(found) > 1:
            raise ConfigError("several ids begin with {id}; write more of it", id=start)
        ident, kind, into = found[0]
        names = names_of(session.workspace, looks.tables(session.ledger, c))
        speaker = Speaker(session.workspace, open=reveal)
        goldens = codec.load_goldens(looks.goldens(session.ledger, c, 0, [ident])[ident][1])
        related = [g.value for g in goldens.values() if isinstance(g, Golden) and isinstance(g.value, str)]
        speaker.learn(session.ledger, c, 0, [one for one in related if len(one) == 32])
        parts = looks.parts_of(session.ledger, c, ident)
        refs = [int(ref.partition(":")[0]) for golden in goldens.values() for ref in _refs(golden)]
        spots = looks.spots(session.ledger, c, [*refs, *(record for record, *_ in parts)])

    def called(ref: str) -> str:
        spot = spots.get(int(ref.partition(":")[0])) if ref else None
        return f"{names.get(spot.table_id, '?')} {place_of(spot)}" if spot else ""

    fields = [
        GoldenLine(name, speaker.value(kind, name, _value(golden)), ", ".join(dict.fromkeys(map(called, _refs(golden)))),
                   golden.rule if isinstance(golden, Golden) else "set",
                   golden.since if isinstance(golden, Golden) else 0)
        for name, golden in goldens.items()
        if speaker.value(kind, name, _value(golden)) != NOTHING
    ]  # fmt: skip
    records = [
        RecordLine(names.get(spots[record].table_id, "?"), place_of(spots[record]), part, state, score or "1")
        for record, part, state, score in parts
        if record in spots
    ]
    return EntityView(ident, kind, speaker.called(kind, goldens), fields, records, into or "")


def _value(golden: Golden | SetGolden) -> Value:
    return golden.order() if isinstance(golden, SetGolden) else golden.value


def _refs(golden: Golden | SetGolden) -> list[str]:
    """Refs of the records that said it."""
    if isinstance(golden, SetGolden):
        return [ref for ref in dict.fromkeys(golden.refs.values()) if ref]
    return [golden.ref] if golden.ref else []


def record(session: Session, source: str, key: str, *, reveal: bool) -> RecordView:
    """A record by its key, or the row it stands in. Raises ConfigError where there is none."""
    with session.ledger.transaction() as c:
        names = names_of(session.workspace, looks.tables(session.ledger, c))
        tables = [number for number, name in names.items() if source in (name, name.partition(".")[0])]
        if not tables:
            raise ConfigError("no table or source is called `{name}`; there is: {known}",
                              name=source, known=", ".join(sorted(set(names.values()))))  # fmt: skip
        spot = looks.record_at(session.ledger, c, tables, key) or looks.record_at(session.ledger, c, tables, f"#{key}")
        if spot is None:
            raise ConfigError("{source} has no record {key}, or it was not read yet", source=source, key=key)
        entities = looks.entity_of_part(session.ledger, c, 0, [spot.id])
        speaker = Speaker(session.workspace, open=reveal)
        speaker.learn(session.ledger, c, 0, entities.values())
        raw = looks.raw_of(session.ledger, c, spot.id)
    table = names[spot.table_id]
    hidden = {} if reveal else _hidden(session, table)
    columns = {name: _shown(value, hidden.get(name, "")) for name, value in raw.items()}
    parts = {part: (one, speaker.names.get(one, NOTHING)) for (_, part), one in entities.items()}
    return RecordView(table, place_of(spot), spot.state, columns, parts)


def _hidden(session: Session, table: str) -> dict[str, str]:
    """Column → the type by which it is masked."""
    found = session.workspace.tables.get(table)
    out: dict[str, str] = {}
    for part in found.parts if found else ():
        for name, places in part.fields.items():
            type_ = type_to_mask(session.workspace.kinds.get(part.kind), name.rpartition(".")[2] if part.via else name)
            if type_:
                out.update((column, type_) for place in places for column in place.columns)
    return out


def _shown(value: object, hidden: str) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, tuple):
        return ", ".join(_shown(one, hidden) for one in value)
    text = (
        value.text if isinstance(value, Damaged) else str(getattr(value, "label", "") or getattr(value, "key", value))
    )
    return plain(masked(text, hidden) if hidden else text)


__all__ = ["EntityView", "GoldenLine", "RecordLine", "RecordView", "entity", "is_entity", "last_runs", "record"]
