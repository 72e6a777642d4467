"""What does one linked part say in each of its units, and what is remembered of it? (RULES §0: a cell)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from connectors.contract import Damaged
from sync.context import PartView, Run, TableState, View
from sync.ledger import codec
from sync.ledger.graph import CellRow, LinkRow, RecordRow
from sync.rules.cell import EMPTY, Cell, Facts, Value
from sync.units import Form


@dataclass(slots=True)
class Side:
    """A part tied to an entity, with its record. first: the link is made tonight, so every cell is first-linked (R7).

    values, base: the part's canonical values as shown, and as a merge last saw them (None: the part was not there).
    related: relation → entity that it points to now (None: it cannot be told; "": it points to nobody).
    """

    ref: str
    link: LinkRow
    record: RecordRow
    table: TableState
    part: PartView
    values: list[Any] | None
    base: list[Any] | None
    cells: Mapping[str, CellRow]
    echo: dict[str, Any]
    seen_related: dict[str, str]
    asked: bool = False
    related: dict[str, Value] = field(default_factory=dict)

    @property
    def first(self) -> bool:
        return not self.link.committed

    @property
    def silent(self) -> bool:
        return self.link.state != "live" or bool(self.table.silent) or self.values is None or self.asked

    @property
    def pulled(self) -> bool:
        """Read tonight, so that what it shows may settle a doubt."""
        return self.table.pulled and self.record.id not in self.table.unread


def ref_of(record: int, part: str) -> str:
    """The identity of a part, padded so that it sorts as records were first met."""
    return f"{record:010d}:{part}"


def side_of(run: Run, link: LinkRow, record: RecordRow, cells: Mapping[str, CellRow]) -> Side | None:
    """None: its table or part is not in the workspace any more, so it is silent and nothing is said of it."""
    table = run.by_id.get(record.table_id)
    part = next((p for p in table.parts if p.map.name == link.part), None) if table else None
    if table is None or part is None:
        return None
    shown = codec.load_parts(record.canon)
    base = codec.load_parts(record.base) if record.base is not None else shown
    return Side(
        ref=ref_of(record.id, link.part),
        link=link,
        record=record,
        table=table,
        part=part,
        values=_part(shown, part),
        base=_part(base, part),
        cells=cells,
        echo=orjson.loads(link.echo) if link.echo else {},
        seen_related=orjson.loads(link.related) if link.related else {},
        asked=(link.record_id, link.part) in run.draft.silent,
    )


def _part(parts: list[list[Any] | None], part: PartView) -> list[Any] | None:
    return parts[part.place] if part.place < len(parts) else None


def extract(values: list[Any] | None, view: View) -> Value:
    """A unit's value out of a part's values: None where the table does not show it."""
    if values is None or not view.reads:
        return None
    form = view.unit.form
    if form is not Form.GROUP:
        got = values[view.at[0]] if view.at[0] >= 0 else None
        return got if got is None or isinstance(got, str) else codec.load_value(got)
    members = [codec.load_value(values[i]) if i >= 0 else None for i in view.at]
    damaged = next((m for m in members if isinstance(m, Damaged)), None)
    if damaged is not None:
        return damaged
    return tuple(members) if any(m is not None for m in members) else None  # type: ignore[arg-type]


def cell_of(side: Side, view: View) -> Cell:
    """The cell as it stands before tonight's merge: a row of its own where it deviates, else at rest on its base."""
    name = view.unit.name
    relation = view.unit.form is Form.RELATION
    shown = side.related.get(name) if relation else extract(side.values, view)
    seen: Value = side.seen_related.get(name) if relation else extract(side.base, view)
    stored = side.cells.get(name)
    blank = side.part.shape.blanks.get(name)
    if blank is not None and shown == blank:
        shown, seen = _unfilled(blank, seen, codec.load_cell(stored.state, shown).seen if stored is not None else seen)
    return cell_from(stored, shown, seen, side.echo.get(name), view.unit.form, first=side.first)


def _unfilled(blank: Value, base: Value, seen: Value) -> tuple[Value, Value]:
    """(shown, seen) of a field that looks as one that was never filled: it says nothing, unless it said something
    before (R7; CONTRACT `blank`: it is no clearing)."""
    if seen in (None, EMPTY, blank):
        return EMPTY, EMPTY if base == blank else base
    return blank, base


def cell_from(
    stored: CellRow | None, shown: Value, seen: Value, echo: list[Any] | None, form: Form, *, first: bool
) -> Cell:
    """A cell out of its row, or out of its base where it has none; first: its link is made tonight."""
    if stored is not None:
        return codec.load_cell(stored.state, shown)
    if first or seen is None or isinstance(seen, Damaged):
        return Cell(shown)
    cell = Cell(shown, seen, (seen, seen))
    if echo is None:
        return cell
    if form is Form.SET:
        return replace(cell, ours=tuple(echo[1:]), fresh=bool(echo[0]))
    return replace(cell, echo=bool(echo[0] & 2), fresh=bool(echo[0] & 1), own=codec.load_value(echo[1]))


def at_rest(cell: Cell) -> bool:
    """Whether the cell needs no row: what was seen, shown and agreed is one value, and nothing is noted beside it."""
    if cell.stop is not None or cell.doubt is not None or cell.returns or cell.shown != cell.seen:
        return False
    return isinstance(cell.shown, (str, tuple)) and cell.agreed == (cell.shown, cell.shown)


def echo_of(cell: Cell, form: Form) -> list[object] | None:
    """What the link's row keeps of a cell at rest: whether it shows our own words, and what stood there before."""
    if form is Form.SET:
        return [int(cell.fresh), *cell.ours] if cell.ours or cell.fresh else None
    return [cell.fresh + 2 * cell.echo, cell.own] if cell.fresh or cell.echo else None


def facts_of(side: Side, view: View, *, receives: bool = True, cannot: str = "") -> Facts:
    """What the workspace and tonight's run say of one cell."""
    table, record = side.table, side.record
    actor = table.certificate.actor if table.certificate else ""
    named = record.editor not in ("", actor)
    return Facts(
        rank=view.rank,
        formal=table.source.formal,
        pulled=side.pulled,
        silent=side.silent,
        may_clear=view.may_clear,
        may_loosen=view.may_loosen,
        receives=receives,
        pull_only=not (view.writes and table.pushed),
        cannot=cannot or view.cannot,
        lengths=view.lengths,
        versions=table.versions,
        authority=view.authority,
        by_person=named,
        nobody=table.names_editors and not record.editor,
        slots=view.slots,
        append=view.unit.append,
    )
