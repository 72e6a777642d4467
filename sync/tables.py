"""Which tables does a run work with: opened, described, and ready to be read and written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection

from connectors.contract import (
    Capabilities,
    Check,
    ConfigError,
    Connector,
    Context,
    Field,
    Gate,
    Identity,
    Listing,
    OffbookError,
    Op,
    Pace,
    Repeat,
    Table,
    TableFacts,
    Vault,
    say,
)
from mappings.convert import Converter
from mappings.model import TableMap
from mappings.people import People
from sync.config.model import Workspace
from sync.context import PartView, Run, TableState, View
from sync.erase.sieve import arm
from sync.ledger import codec, staging
from sync.ledger.staging import TableRow
from sync.rules.cell import Slot
from sync.units import Form, Unit, units_of
from sync.workspace import open_options

OFF_BOOK = 1000
"""Ranks of off-book sources begin here, in the workspace's order (R4h)."""


def all_units(workspace: Workspace) -> dict[str, dict[str, Unit]]:
    """Kind → its units, with the sorts of identifiers that the mappings name."""
    sorts: dict[str, set[str]] = {}
    for table in workspace.tables.values():
        for part in table.parts:
            names = (name.partition(".") for name in part.fields)
            sorts.setdefault(part.kind, set()).update(sort for name, _, sort in names if name == "identifiers")
    return {name: units_of(kind, workspace, sorts.get(name, ())) for name, kind in workspace.kinds.items()}


# ------------------------------------------------------------------------------ opening


def open_source(workspace: Workspace, name: str, gate: Gate, vault: Vault) -> Connector:
    """The connector of a source, with its options resolved and what the mappings say of its tables."""
    source = workspace.sources[name]
    spec = workspace.registry.spec(source.connector)
    maps = workspace.tables_of(name)
    context = Context(
        gate=gate,
        vault=vault,
        tables=ByTable({table.at: facts_of_table(table, source.holder, source.mark) for table in maps}),
        timezone=source.timezone,
        folder=str(workspace.folder),
    )
    connector: Connector = spec.connect(open_options(workspace, name), context)
    return connector


class ByTable(Mapping[str, TableFacts]):
    """Facts by the table's own id; where a mapping does not say it, "" stands for the only table there is."""

    def __init__(self, facts: Mapping[str, TableFacts]) -> None:
        self._facts = dict(facts)
        self._only = self._facts.pop("", None)

    def __getitem__(self, table: str) -> TableFacts:
        if table not in self._facts and self._only is not None:
            return self._only
        return self._facts[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts if self._only is None else ("", *self._facts))

    def __len__(self) -> int:
        return len(self._facts) + (self._only is not None)


def facts_of_table(table: TableMap, *also: str) -> TableFacts:
    """What a connector is told of a table's mapping."""
    columns: dict[str, None] = {}
    for part in table.parts:
        for places in (*part.fields.values(), *part.relations.values()):
            for place in places:
                columns.update(dict.fromkeys(place.columns))
    for name in (table.key, table.offbook_id, table.modified, *also, *table.where):
        if name:
            columns[name] = None
    where = {name: wanted.plain() if hasattr(wanted, "plain") else wanted for name, wanted in table.where.items()}
    modified = (table.modified,) if table.modified else ()
    return TableFacts(tuple(columns), table.key or None, table.offbook_id or None, modified, where)


def own_id(connector: Connector, table: TableMap) -> str:
    """The table's own id in its source; without `at` it is the only one there is."""
    if table.at:
        return table.at
    known = connector.tables()
    if table.alias and table.alias in known:
        return table.alias
    if len(known) == 1:
        return next(iter(known))
    raise ConfigError(
        "{file}: `{source}` holds several tables, so say which one with `at:`; there is: {known}",
        file=table.file,
        source=table.source,
        known=", ".join(sorted(known)),
    )


# ------------------------------------------------------------------------------ making ready


def open_tables(run: Run, c: Connection, opened: Mapping[str, Connector]) -> None:
    """Fills run.tables: those of opened sources as they are described now, the others as they were described last."""
    people = People(run.workspace.people)
    for order, table in enumerate(run.workspace.tables.values()):
        source = run.workspace.sources[table.source]
        number = staging.source_id(run.ledger, c, source.name, source.connector)
        connector = opened.get(table.source)
        try:
            state = _state(run, c, table, number, connector, people, order)
        except OffbookError as trouble:
            run.failures.setdefault(table.source, trouble)
            state = _state(run, c, table, number, None, people, order)
        if state is not None:
            run.tables[table.id] = state
            run.by_id[state.id] = state
    arm(run, c)


def _state(
    run: Run, c: Connection, table: TableMap, source: int, connector: Connector | None, people: People, order: int
) -> TableState | None:
    """None: it was never described, and cannot be now."""
    workspace, ledger = run.workspace, run.ledger
    at = own_id(connector, table) if connector is not None else _known_at(run, c, table, source)
    if at is None:
        return None
    row = staging.table_row(ledger, c, source, at)
    described = connector.describe(at) if connector is not None else load_table(row.facts)
    if described is None:
        return None
    if connector is not None:
        row.facts = dump_table(described)
    owner = workspace.sources[table.source]
    converter = Converter(
        table,
        described,
        workspace.kinds,
        people,
        region=owner.region,
        timezone=owner.timezone,
        formal=owner.formal,
        folder=workspace.folder,
        tables=workspace.tables,
        also=tuple(filter(None, (owner.holder, owner.mark))),
    )
    versions = _versions(described, converter.version, workspace.digests.connection.get(table.source, ""))
    row.described = versions
    staging.save_table(ledger, c, row)
    learnt = _learnt(run, c, row.id)
    rank = owner.rank if owner.formal else OFF_BOOK + owner.place
    places = range(len(converter.parts))
    parts = tuple(_part_view(run, table, converter, place, rank, learnt, described) for place in places)
    return TableState(
        row.id,
        row,
        table,
        owner,
        described,
        converter,
        parts,
        order,
        versions,
        asked=table.id in run.job.pull and connector is not None,
        pushed=table.id in run.job.push,
        connector=connector,
    )


def _known_at(run: Run, c: Connection, table: TableMap, source: int) -> str | None:
    """The own id of a table whose source is not open tonight."""
    if table.at:
        return table.at
    rows = run.ledger.rows(c, "SELECT at FROM source_table WHERE source = ?", (source,))
    named = {other.at for other in run.workspace.tables_of(table.source)}
    rest = [str(row[0]) for row in rows if row[0] not in named]
    return table.alias if table.alias and table.alias in rest else rest[0] if len(rest) == 1 else None


def _learnt(run: Run, c: Connection, table: int) -> dict[str, tuple[int, ...]]:
    """Lengths at which two records of a field were cut (R4j)."""
    rows = run.ledger.rows(c, "SELECT field, length FROM learnt WHERE table_id = ? AND times >= 2", (table,))
    out: dict[str, tuple[int, ...]] = {}
    for field, length in rows:
        out[field] = (*out.get(field, ()), length)
    return out


def _versions(described: Table, mapping: str, connection: str) -> int:
    """Changes with the description, the mapping or the credentials, so that what was rejected is tried again."""
    said = f"{dump_table(described).decode()}|{mapping}|{connection}"
    return int.from_bytes(blake2b(said.encode(), digest_size=6).digest(), "big")


def _part_view(
    run: Run,
    table: TableMap,
    converter: Converter,
    place: int,
    rank: int,
    learnt: Mapping[str, tuple[int, ...]],
    described: Table,
) -> PartView:
    shape = converter.parts[place]
    mapped = table.part(shape.name)
    views: dict[str, View] = {}
    places = {name: n for n, name in enumerate(shape.fields)}
    for unit in run.units[shape.kind].values():
        at = tuple(-1 if name in shape.push_only else places.get(name, -1) for name in unit.fields)
        writes = any(name in shape.writable for name in _written_as(unit))
        reads = any(n >= 0 for n in at)
        if reads:
            lengths = _lengths(mapped.fields, unit, described) + learnt.get(f"{shape.name}.{unit.name}", ())
            slots = tuple(Slot(s.capacity is None, s.writes, s.sort) for s in shape.sets.get(unit.name, ()))
            views[unit.name] = _view(run, table, unit, at, rank, lengths, slots, shape.kind, writes=writes)
    return PartView(mapped, shape, place, views, tuple(sorted(shape.push_only)))


def _written_as(unit: Unit) -> Iterable[str]:
    """The fields that a unit's value is written into; a name also goes into its two halves."""
    return (*unit.fields, "family_name", "given_name") if unit.name == "name" else unit.fields


def _view(
    run: Run,
    table: TableMap,
    unit: Unit,
    at: tuple[int, ...],
    rank: int,
    lengths: tuple[int, ...],
    slots: tuple[Slot, ...],
    kind: str,
    *,
    writes: bool,
) -> View:
    workspace = run.workspace
    source = workspace.sources[table.source]
    clear = workspace.clear(kind, unit.field.name)
    named = unit.field.authority
    return View(
        unit=unit,
        at=at,
        rank=named.index(source.name) - len(named) if named and source.name in named else rank,
        reads=True,
        writes=writes,
        cannot="",
        lengths=tuple(sorted(set(lengths))),
        may_clear=clear == "anyone" or (clear == "formal" and (source.formal or not workspace.authority)),
        may_loosen=named is not None and source.name in named,
        authority=source.formal or not workspace.authority or bool(named and source.name in named),
        slots=slots,
    )


def _lengths(fields: Mapping[str, Iterable[Any]], unit: Unit, described: Table) -> tuple[int, ...]:
    """Described lengths of the columns a text field is written into."""
    if unit.form not in (Form.SCALAR, Form.GROUP):
        return ()
    sizes = {field.id: field.max_length for field in described.fields}
    columns = [column for name in unit.fields for place in fields.get(name, ()) for column in place.columns]
    return tuple(size for column in columns if (size := sizes.get(column)) is not None)


# ------------------------------------------------------------------------------ a description at rest


def dump_table(table: Table) -> bytes:
    """A description as JSON, the same for equal ones."""
    can = table.can
    fields = [{**asdict(field), "blank": field.blank} for field in table.fields]
    return codec.dump(
        {
            "id": table.id,
            "name": table.name,
            "fields": fields,
            "ops": sorted(can.ops),
            "checks": {str(op): str(check) for op, check in sorted(can.checks.items())},
            "batch": {str(op): size for op, size in sorted(can.batch.items())},
            "paces": [asdict(pace) for pace in can.paces],
            "can": [str(can.listing), str(can.identity), str(can.repeat)],
            "flags": [can.changes, can.deletions, can.absence, can.clock, can.quiet],
            "sizes": [can.page, can.reread],
            "times": [str(can.keyed_for), str(can.lag)],
        }
    )


def load_table(data: bytes | None) -> Table | None:
    if data is None:
        return None
    got = codec.load(data)
    listing, identity, repeat = got["can"]
    changes, deletions, absence, clock, quiet = got["flags"]
    can = Capabilities(
        ops=frozenset(Op(op) for op in got["ops"]),
        changes=changes,
        deletions=deletions,
        listing=Listing(listing),
        absence=absence,
        identity=Identity(identity),
        checks={Op(op): Check(check) for op, check in got["checks"].items()},
        repeat=Repeat(repeat),
        keyed_for=float(got["times"][0]),
        lag=float(got["times"][1]),
        clock=clock,
        quiet=quiet,
        page=got["sizes"][0],
        reread=got["sizes"][1],
        batch={Op(op): size for op, size in got["batch"].items()},
        paces=tuple(Pace(**pace) for pace in got["paces"]),
    )
    return Table(got["id"], got["name"], tuple(_field(one) for one in got["fields"]), can)


def _field(got: dict[str, Any]) -> Field:
    got["options"] = tuple((one[0], one[1]) for one in got["options"])
    got["refers"] = tuple(got["refers"])
    got["blank"] = codec.load_raw(codec.dump({"v": got["blank"]}))["v"]
    return Field(**got)


__all__ = ["TableRow", "all_units", "facts_of_table", "open_source", "open_tables", "own_id", "say"]
