"""What is derived anew when a mapping, people file or canonicaliser changes? (RULES R20)

Everything derived is derived again from kept raw, before anything else happens in a run: shown, seen, agreed, golden, what
stops and doubts were judged on, decisions not yet taken up. It is neither an edit nor a repair. A field that is mapped
for the first time is a first link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from connectors.contract import Damaged
from sync.context import PartView, Run, TableState, View
from sync.ledger import anew, codec, graph, plans, staging
from sync.ledger.anew import Kept
from sync.ledger.graph import CellRow, LinkRow
from sync.rules.cell import EMPTY, Cell, Golden, Value
from sync.rules.reread import reread, reread_golden
from sync.rules.sets import SetGolden, parts
from sync.rules.verdict import Verdict
from sync.sides import at_rest, cell_from, echo_of, ref_of
from sync.units import Form, Unit

Named = dict[str, Any]
"""A part's values by field, as JSON has them."""
CHUNK = 1000
WAITING = "reread {}"
"""Under this name the ledger keeps that a table was read anew and no person has let it through yet."""


@dataclass(slots=True)
class Turned:
    """One record under the mapping it was read with, and under today's. by part: None where the part is not there."""

    kept: Kept
    table: TableState
    old: dict[str, Named | None]
    new: dict[str, Named | None]
    old_base: dict[str, Named | None]
    new_base: dict[str, Named | None]


@dataclass(slots=True)
class Rewritten:
    """Rows that a re-reading leaves."""

    cells: list[plans.CellDraft] = field(default_factory=list)
    rested: list[tuple[int, str, str]] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    goldens: list[tuple[str, bytes]] = field(default_factory=list)
    values: int = 0


def reread_changed(run: Run) -> None:
    """Reads anew every table whose mapping, people or canonicaliser is not the one it was read with."""
    with run.transaction() as c:
        for table in run.tables.values():
            shape = shape_of(table)
            if table.row.mapping not in ("", table.converter.version):
                changed = _table(run, c, table, codec.load(table.row.columns) or shape)
                if changed:
                    run.ledger.set(c, WAITING.format(table.id), "1")
                    run.counts["reread"] += changed
            if run.ledger.get(c, WAITING.format(table.id)):
                run.reread.add(table.name)
            table.row.mapping = table.converter.version
            table.row.columns = codec.dump(shape)
            staging.save_table(run.ledger, c, table.row)


def let_through(run: Run, c: Connection, table: int) -> None:
    """A plan in which the table was heard is carried out: its re-reading waits for nobody any more (R12, R20)."""
    if run.ledger.get(c, WAITING.format(table)):
        run.ledger.set(c, WAITING.format(table), "")


def shape_of(table: TableState) -> list[list[Any]]:
    """Parts and their fields, in the order in which canonical values stand in the ledger."""
    return [[part.map.name, list(part.shape.fields)] for part in table.parts]


def _table(run: Run, c: Connection, table: TableState, shape: Sequence[Sequence[Any]]) -> int:
    """One table -> how many canonical values are others than before."""
    done = 0
    for chunk in anew.kept_records(run.ledger, c, table.id, CHUNK):
        turned = {kept.id: _turn(table, kept, shape) for kept in chunk}
        out = Rewritten()
        links = plans.links_of_records(run.ledger, c, turned)
        cells = graph.cells(run.ledger, c, 0, list(turned))
        _decisions(run, c, turned, {link.entity for link in links})
        for entity, units in _touched(links, turned).items():
            every = graph.links(run.ledger, c, 0, [entity])
            others = _as_they_are(run, c, [link.record_id for link in every if link.record_id not in turned])
            known = {**cells, **graph.cells(run.ledger, c, 0, list(others))}
            _entity(run, c, entity, units, {**turned, **others}, every, known, out)
        anew.save_goldens(run.ledger, c, out.goldens)
        plans.put_cells(run.ledger, c, out.rested, out.cells)
        plans.put_links(run.ledger, c, out.links)
        anew.save_records(run.ledger, c, (_row(one) for one in turned.values()))
        graph.open_entities(run.ledger, c, {link.entity for link in links if _differs(turned[link.record_id])})
        done += out.values
    return done


def _turn(table: TableState, kept: Kept, shape: Sequence[Sequence[Any]]) -> Turned:
    old = _by_name(shape, codec.load_parts(kept.canon))
    new = _read(table, kept.raw)
    if kept.base is None:
        return Turned(kept, table, old, new, old, _first_mapped(new, shape))
    old_base = _by_name(shape, codec.load_parts(kept.base))
    new_base = _read(table, kept.base_raw) if kept.base_raw is not None else _carried(old, new, old_base)
    return Turned(kept, table, old, new, old_base, _first_mapped(new_base, shape))


def _as_they_are(run: Run, c: Connection, records: Sequence[int]) -> dict[int, Turned]:
    """Records of the same entities in other tables: their values stay, but what they had agreed to may move."""
    out: dict[int, Turned] = {}
    for record in graph.records(run.ledger, c, records).values():
        table = run.by_id.get(record.table_id)
        if table is None:
            continue
        shape = codec.load(table.row.columns) or shape_of(table)
        now = _by_name(shape, codec.load_parts(record.canon))
        base = _by_name(shape, codec.load_parts(record.base)) if record.base is not None else now
        out[record.id] = Turned(
            Kept(record.id, b"", record.canon, record.base, None, record.open), table, now, now, base, base
        )
    return out


def _by_name(shape: Sequence[Sequence[Any]], values: Sequence[Sequence[Any] | None]) -> dict[str, Named | None]:
    return {
        name: dict(zip(fields, values[at], strict=False)) if values[at] is not None else None  # type: ignore[arg-type]
        for at, (name, fields) in enumerate(shape)
        if at < len(values)
    }


def _read(table: TableState, raw: bytes) -> dict[str, Named | None]:
    values = codec.load_parts(codec.dump(table.converter.read(codec.load_raw(raw))))
    return _by_name(shape_of(table), values)


def _first_mapped(new: dict[str, Named | None], shape: Sequence[Sequence[Any]]) -> dict[str, Named | None]:
    """A field that was not mapped before was never seen."""
    known = {name: set(fields) for name, fields in shape}
    return {
        part: {f: v if f in known.get(part, ()) else None for f, v in values.items()} if values is not None else None
        for part, values in new.items()
    }


def _carried(
    old: dict[str, Named | None], new: dict[str, Named | None], base: dict[str, Named | None]
) -> dict[str, Named | None]:
    """A base whose raw is gone: what equals the record is read with it, the rest stays as it is."""
    out: dict[str, Named | None] = {}
    for part, values in base.items():
        was, now = old.get(part) or {}, new.get(part) or {}
        if values is None:
            out[part] = None
        else:
            out[part] = {f: now.get(f) if v == was.get(f) else v for f, v in values.items()}
    return out


def _differs(one: Turned) -> bool:
    return one.old != one.new or one.old_base != one.new_base


def _row(one: Turned) -> tuple[bytes, bytes, bytes | None, int, int]:
    shape = shape_of(one.table)
    canon, base = _stacked(shape, one.new), _stacked(shape, one.new_base)
    appeared = any((one.old.get(part) is None) != (values is None) for part, values in one.new.items())
    opens = one.kept.open or canon != base or appeared
    return canon, codec.digest(canon), None if canon == base else base, int(bool(opens)), one.kept.id


def _stacked(shape: Sequence[Sequence[Any]], values: Mapping[str, Named | None]) -> bytes:
    return codec.dump(
        [[(values[n] or {}).get(f) for f in fields] if values.get(n) is not None else None for n, fields in shape]
    )


# ------------------------------------------------------------------------------ what follows for entities


def _touched(links: Iterable[LinkRow], turned: Mapping[int, Turned]) -> dict[str, set[str]]:
    """Entity → units of which some value reads otherwise."""
    out: dict[str, set[str]] = {}
    for link in links:
        one = turned[link.record_id]
        part = next((p for p in one.table.parts if p.map.name == link.part), None)
        if part is None:
            continue
        for name, view in part.views.items():
            pairs = ((one.old, one.new), (one.old_base, one.new_base))
            if any(
                _value(a, part, view) != _value(b, part, view) for a, b in pairs if _value(a, part, view) is not None
            ):
                out.setdefault(link.entity, set()).add(name)
    return out


def _value(values: Mapping[str, Named | None], part: PartView, view: View) -> Value:
    """A unit's value out of values by name."""
    named = values.get(part.map.name)
    if named is None:
        return None
    members = [codec.load_value(named.get(name)) for name in view.unit.fields]
    if view.unit.form is not Form.GROUP:
        return members[0]
    damaged = next((m for m in members if isinstance(m, Damaged)), None)
    if damaged is not None:
        return damaged
    return tuple(members) if any(m is not None for m in members) else None  # type: ignore[arg-type]


def _entity(
    run: Run,
    c: Connection,
    entity: str,
    units: set[str],
    turned: Mapping[int, Turned],
    links: Iterable[LinkRow],
    cells: Mapping[tuple[int, str], Mapping[str, CellRow]],
    out: Rewritten,
) -> None:
    row = graph.entities(run.ledger, c, 0, [entity])[entity]
    goldens = codec.load_goldens(row.golden)
    mine = [link for link in links if link.record_id in turned]
    for name in sorted(units):
        unit = run.units[row.kind][name]
        golden = goldens.get(name) or unit.nothing()
        found = _cells(unit, mine, turned, cells)
        if isinstance(golden, SetGolden):
            goldens[name], fresh = _turn_set(golden, found)
        else:
            turns = {ref: _turner(old, new) for ref, (_, old, new, _) in found.items()}
            again = reread_golden(golden, turns)
            fresh = reread({ref: one[0] for ref, one in found.items()}, golden, again, turns, unit.rule.same)
            goldens[name] = again
        out.values += 1
        for ref, cell in fresh.items():
            _keep(run, unit, found[ref][3], cell, turned, out)
    out.goldens.append((entity, codec.dump_goldens(goldens)))


Found = tuple[Cell, tuple[Value, Value], tuple[Value, Value], LinkRow]
"""The cell as it was, (shown, seen) before, the same after, and its link."""


def _cells(
    unit: Unit,
    links: Sequence[LinkRow],
    turned: Mapping[int, Turned],
    cells: Mapping[tuple[int, str], Mapping[str, CellRow]],
) -> dict[str, Found]:
    out: dict[str, Found] = {}
    for link in links:
        one = turned[link.record_id]
        part = next((p for p in one.table.parts if p.map.name == link.part), None)
        view = part.views.get(unit.name) if part is not None else None
        if part is None or view is None or unit.form is Form.RELATION:
            continue
        before = (_value(one.old, part, view), _value(one.old_base, part, view))
        after = (_value(one.new, part, view), _value(one.new_base, part, view))
        stored = cells.get((link.record_id, link.part), {}).get(unit.name)
        echo = (codec.load(link.echo) or {}).get(unit.name)
        cell = cell_from(stored, before[0], before[1], echo, unit.form, first=False)
        out[ref_of(link.record_id, link.part)] = (cell, before, after, link)
    return out


def _turner(before: tuple[Value, Value], after: tuple[Value, Value]) -> Callable[[Value], Value]:
    """What a former value reads as now; as it is where its raw is gone."""
    known: dict[Value, Value] = {
        was: now for was, now in ((before[1], after[1]), (before[0], after[0])) if was is not None
    }
    return lambda value: value if value is None else known.get(value, value)


def _turn_set(golden: SetGolden, found: Mapping[str, Found]) -> tuple[SetGolden, dict[str, Cell]]:
    """Elements are told by their places in the slots they stand in."""
    of: dict[str, dict[str, str]] = {ref: _elements(one[1], one[2]) for ref, one in found.items()}
    every = {a: b for turns in of.values() for a, b in turns.items()}

    def turn(element: str) -> str:
        source = of.get(golden.refs.get(element, ""), {})
        return source.get(element, element)

    order = tuple(dict.fromkeys(turn(e) for e in golden.elements))
    refs = {turn(e): ref for e, ref in golden.refs.items()}
    removed = frozenset(every.get(e, e) for e in golden.removed) - set(order)
    sorts = {turn(e): s for e, s in golden.sorts.items()}
    again = replace(golden, elements=order, refs=refs, removed=removed, sorts=sorts, primary=turn(golden.primary))
    cells = {}
    for ref, (cell, _, after, _) in found.items():
        mine = of[ref]
        stop = cell.stop and replace(cell.stop, on=tuple(mine.get(str(e), e) for e in cell.stop.on))
        cells[ref] = replace(
            cell, shown=after[0], seen=after[1], stop=stop, ours=tuple(mine.get(e, e) for e in cell.ours)
        )
    return again, cells


def _elements(before: tuple[Value, Value], after: tuple[Value, Value]) -> dict[str, str]:
    turns: dict[str, str] = {}
    for was, now in zip(before, after, strict=True):
        if isinstance(was, tuple) and isinstance(now, tuple):
            for a, b in zip(was, now, strict=False):
                turns.update(zip(parts(a), parts(b), strict=False))
    return turns


def _keep(run: Run, unit: Unit, link: LinkRow, cell: Cell, turned: Mapping[int, Turned], out: Rewritten) -> None:
    """The cell's row; at rest on its base it needs none, but what is ours in it stands in the link."""
    one = turned[link.record_id]
    part = one.table.part(link.part)
    base = _value(one.new_base, part, part.views[unit.name])
    rests = at_rest(cell) or (unit.form is Form.SET and cell.stop is None and cell.doubt is None)
    if rests and cell.seen == base:
        out.rested.append((link.record_id, link.part, unit.name))
        said = echo_of(cell, unit.form)
        if said is not None:
            echo = {**(codec.load(link.echo) or {}), unit.name: said}
            out.links.append(link._replace(echo=codec.dump(echo)))
        return
    verdict = Verdict.DOUBT if cell.doubt else Verdict.KEPT if cell.stop else Verdict.CHANGE
    row = (
        link.record_id,
        link.part,
        unit.name,
        link.entity,
        str(verdict),
        "read anew",
        run.id,
        codec.dump_cell(cell),
        None,
    )
    out.cells.append(plans.CellDraft(*row))


# ------------------------------------------------------------------------------ decisions not yet taken up


def _decisions(run: Run, c: Connection, turned: Mapping[int, Turned], entities: set[str]) -> None:
    """The value of a decision, and the values it was shown, are read anew with the records they came from."""
    for number, content in anew.open_field_decisions(run.ledger, c, entities):
        refs = {*content.get("shown", {}), content["ref"]}
        turns = {ref: _turn_of(ref, content["unit"], turned) for ref in refs}
        content["value"] = turns[content["ref"]](codec.load_value(content["value"]))
        content["shown"] = {ref: turns[ref](codec.load_value(v)) for ref, v in content.get("shown", {}).items()}
        anew.save_decision(run.ledger, c, number, codec.dump(content))


def _turn_of(ref: str, unit: str, turned: Mapping[int, Turned]) -> Callable[[Value], Value]:
    number, _, name = ref.partition(":")
    one = turned.get(int(number)) if number.isdigit() else None
    part = next((p for p in one.table.parts if p.map.name == name), None) if one is not None else None
    view = part.views.get(unit) if part is not None else None
    if one is None or part is None or view is None:
        return lambda value: value
    before = (_value(one.old, part, view), _value(one.old_base, part, view))
    after = (_value(one.new, part, view), _value(one.new_base, part, view))
    return _turner(before, after)


__all__ = ["EMPTY", "Golden", "reread_changed", "shape_of"]
