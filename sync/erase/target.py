"""What would an erasure take out, who bears the same numbers, and which places would still hold the person? (RULES R22)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import ConfigError, Op
from matching.forms.contacts import read_mail
from sync.context import TableState
from sync.erase.columns import columns_of
from sync.erase.elsewhere import copies
from sync.ledger import codec, erasing, graph
from sync.ledger.erasing import Emptied, Gone, Tied
from sync.picture.opening import Picture, look
from sync.rules.cell import Golden, Value
from sync.rules.erased import ASK, DROP, mark_of_record, marks
from sync.rules.sets import SetGolden
from sync.run import Session
from sync.units import by_field


@dataclass(frozen=True, slots=True)
class Holder:
    """A record that speaks of him. removed: it is removed there, through a hold; else that place goes on holding him."""

    table: str
    key: str
    part: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What an erasure would take out. name: golden's, for the screen only. others: customers who bear one of his numbers
    or addresses; they stay. beside: customers who point to him. copies: files that hold the ledger or a source as they
    were, and so his values."""

    entity: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    holders: tuple[Holder, ...]
    others: tuple[str, ...]
    beside: int
    copies: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Ids and counts; no value of his."""
        return {
            "entity": self.entity,
            "kind": self.kind,
            "aliases": list(self.aliases),
            "records": [[one.table, one.key, one.part, one.removed] for one in self.holders],
            "others": list(self.others),
            "beside": self.beside,
            "copies": list(self.copies),
        }


def find(session: Session, *, entity: str = "", source: str = "", key: str = "") -> Target:
    """Whom an erasure would take out: a customer by his id, or the one whom a record speaks of.

    source: a source or one of its tables. Nothing is written. Raises ConfigError where there is none.
    """
    with session.ledger.transaction() as c:
        picture = look(session, c, 0)
        wanted = entity or entity_of_record(picture, source, key)
        ids = erasing.family(session.ledger, c, wanted)
        if not ids:
            raise ConfigError(
                "there is no customer {entity}; `offbook show SOURCE KEY` tells whom a record speaks of", entity=wanted
            )
        out = outlook(picture, ids)
        row = graph.entities(session.ledger, c, 0, ids[:1])[ids[0]]
        name = by_field(codec.load_goldens(row.golden), picture.run.units[row.kind]).get("name", "")
        return Target(
            entity=ids[0],
            kind=row.kind,
            name=name if isinstance(name, str) else "",
            aliases=tuple(ids[1:]),
            holders=out.holders,
            others=out.others,
            beside=len(graph.pointing_to(session.ledger, c, ids)),
            copies=tuple(str(one) for one in copies(session, c)),
        )


def entity_of_record(picture: Picture, source: str, key: str) -> str:
    """The customer whom the subject of a record speaks of. Raises ConfigError."""
    tables = [t for t in picture.run.tables.values() if source in (t.name, t.source.name)]
    for table in tables:
        found = graph.records_by_key(picture.ledger, picture.c, table.id, [key])
        parts = {part: one for (_, part), one in graph.entity_of(picture.ledger, picture.c, 0, found.values()).items()}
        if parts:
            return parts.get(table.map.subject) or parts[min(parts)]
    raise ConfigError("{source} holds no record {key} that the ledger knows", source=source, key=key)


# ------------------------------------------------------------------------------ what goes


@dataclass(slots=True)
class Outlook:
    """gone: what is taken out. stubs: {record: (source, subject part)} that stay empty until they are removed there.
    stones: mark → drop or ask."""

    gone: Gone
    stubs: dict[int, tuple[int, str]] = field(default_factory=dict)
    holders: tuple[Holder, ...] = ()
    stones: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def outlook(picture: Picture, ids: Sequence[str]) -> Outlook:
    """Everything that goes with these ids (one customer and his aliases), and by what he is kept away."""
    found = takings(picture, ids)
    ties = erasing.tied(picture.ledger, picture.c, ids)
    found.holders = tuple(
        _holder(picture, one, removed=one.record_id in found.stubs) for one in ties if one.state != "gone"
    )
    found.stones = dict(_stones(picture, ids, ties))
    found.others = _borne_by_others(picture, found.gone, found.stones)
    return found


def takings(picture: Picture, ids: Iterable[str]) -> Outlook:
    """What these customers leave: records that go, records that stay without them, and those that wait for a removal."""
    wanted = frozenset(ids)
    ties = erasing.tied(picture.ledger, picture.c, wanted)
    by_record: dict[int, list[Tied]] = {}
    for one in ties:
        by_record.setdefault(one.record_id, []).append(one)
    whole: set[int] = set()
    kept: dict[int, Emptied] = {}
    stubs: dict[int, tuple[int, str]] = {}
    parts: set[tuple[int, str]] = set()
    texts: set[str] = set()
    for number, mine in by_record.items():
        table = picture.run.by_id.get(mine[0].table_id)
        left, said = _without(table, mine)
        texts |= said
        if left is not None:
            kept[number] = left
            parts |= {(number, one.part) for one in mine}
        elif table is not None and any(one.state == "live" for one in mine) and _can_remove(table):
            kept[number] = Emptied(b"{}", codec.dump([None] * len(table.parts)), None, None)
            parts |= {(number, part.map.name) for part in table.parts}
            stubs[number] = (table.row.source, table.map.subject)
        else:
            whole.add(number)
    return Outlook(Gone(wanted, frozenset(whole), frozenset(parts), kept, frozenset(texts)), stubs)


def _can_remove(table: TableState) -> bool:
    """Whether the workspace lets records go from there, and the system can delete them."""
    return table.source.on_leave == "remove" and table.pushed and table.may(Op.DELETE) and bool(table.map.subject)


def _holder(picture: Picture, one: Tied, *, removed: bool) -> Holder:
    key = one.key if not one.key.startswith("~") else ""
    return Holder(picture.table_name(one.table_id), key, one.part, removed)


def _without(table: TableState | None, mine: Sequence[Tied]) -> tuple[Emptied | None, set[str]]:
    """A record without the parts that go, None where nothing of it stays -> with the texts that are taken out."""
    one = mine[0]
    fields = codec.load_raw(one.raw)
    if table is None:  # not in the workspace any more: nobody knows what else it says
        empty = codec.dump([None] * len(codec.load_parts(one.canon)))
        return Emptied(b"{}", empty, None, None), {v for v in fields.values() if isinstance(v, str)}
    names = {tie.part for tie in mine}
    columns = {c for part in table.parts if part.map.name in names for c in columns_of(part.map)}
    texts = {v for name, v in fields.items() if name in columns and isinstance(v, str)}
    rest = {name: value for name, value in fields.items() if name not in columns}
    parts = table.converter.read(rest)
    if table.map.key in columns or not any(values is not None for values in parts):
        return None, texts
    base = _base_without(table, one, names)
    base_raw = None
    if one.base_raw is not None:
        base_raw = codec.dump_raw({n: v for n, v in codec.load_raw(one.base_raw).items() if n not in columns})
    return Emptied(codec.dump_raw(rest), codec.dump(parts), base, base_raw), texts


def _base_without(table: TableState, one: Tied, names: set[str]) -> bytes | None:
    if one.base is None:
        return None
    parts = codec.load_parts(one.base)
    for part in table.parts:
        if part.map.name in names and part.place < len(parts):
            parts[part.place] = None
    return codec.dump(parts)


# ------------------------------------------------------------------------------ what he is known by


def _stones(picture: Picture, ids: Sequence[str], ties: Sequence[Tied]) -> Iterator[tuple[str, str]]:
    """(mark, strength) of everything he is or was known by, as golden, in his records, and before."""
    for kind, values in _sayings(picture, ids, ties):
        for mark, how in marks(kind, values):
            if not (mark.split("|")[1] == "emails" and read_mail(mark.partition("|")[2].partition("|")[2]).shared):
                yield mark, how
    for one in ties:
        table = picture.run.by_id.get(one.table_id)
        if table is None or one.state == "gone" or one.key.startswith("~"):
            continue
        for part, values in parts_of(table, codec.load_parts(one.canon)):
            if part == one.part:
                yield mark_of_record(table.id, one.key, part, values), DROP


def _sayings(picture: Picture, ids: Sequence[str], ties: Sequence[Tied]) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """(kind, values by field) wherever something is said of him."""
    rows = graph.entities(picture.ledger, picture.c, 0, ids)
    kind = next(iter(rows.values())).kind
    for row in rows.values():
        goldens = codec.load_goldens(row.golden)
        yield kind, by_field(goldens, picture.run.units[kind])
        for name, golden in goldens.items():
            if isinstance(golden, SetGolden):
                yield kind, {name: tuple(sorted(golden.removed))}
            elif isinstance(golden, Golden):
                yield from ((kind, {name: old}) for old in golden.former if isinstance(old, str))
    for name, value in erasing.former_values(picture.ledger, picture.c, ids):
        yield kind, {name: _as_value(value)}
    for one in ties:
        table = picture.run.by_id.get(one.table_id)
        for data in (one.canon, one.base) if table is not None else ():
            for part, values in (
                parts_of(table, codec.load_parts(data)) if data is not None and table is not None else ()
            ):
                if part == one.part:
                    yield kind, values


def _as_value(value: Any) -> Value:
    """A former value as JSON holds it: a text, elements, or something that names nobody."""
    if isinstance(value, list):
        return tuple(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else None


def parts_of(table: TableState, parts: Sequence[Sequence[Any] | None]) -> Iterator[tuple[str, dict[str, Value]]]:
    """(part, its values by field) of a record's canonical values."""
    for part in table.parts:
        values = parts[part.place] if part.place < len(parts) else None
        if values is not None:
            yield (
                part.map.name,
                {
                    n: codec.load_value(v) if isinstance(v, (list, dict)) else v
                    for n, v in zip(part.shape.fields, values)
                },
            )


def _borne_by_others(picture: Picture, gone: Gone, stones: dict[str, str]) -> tuple[str, ...]:
    """Customers who bear one of these numbers or addresses too; what they bear only asks from now on."""
    wanted = {mark.rpartition("|")[2].encode() for mark in stones if not mark.startswith("record|")}
    found: dict[tuple[int, str], set[str]] = {}
    for number, table_id, canon in erasing.all_canons(picture.ledger, picture.c) if wanted else ():
        table = picture.run.by_id.get(table_id)
        if table is None or number in gone.whole or not any(text in canon for text in wanted):
            continue
        for part, values in parts_of(table, codec.load_parts(canon)):
            if (number, part) not in gone.parts:
                kind = table.part(part).map.kind
                hits = {mark for mark, _ in marks(kind, values)} & set(stones)
                if hits:
                    found[number, part] = hits
    links = erasing.links_of(picture.ledger, picture.c, {number for number, _ in found})
    others: set[str] = set()
    for (number, part), hits in found.items():
        entity = links.get(number, {}).get(part)
        if entity is not None and entity not in gone.entities:
            others.add(entity)
        stones.update(dict.fromkeys(hits, ASK))
    return tuple(sorted(others))
