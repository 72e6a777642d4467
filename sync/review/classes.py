"""Which cells deviate, in classes of one field, one source and one reason? (RULES table 1, R4e, R7)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connectors.contract import ConfigError, Damaged
from sync.agreeing.judge import NO_PLACE, REJECTED, unpacked
from sync.agreeing.merge import Case
from sync.ledger import codec, graph, lists
from sync.ledger.lists import ListedCell
from sync.picture.opening import Picture
from sync.picture.readers import Reader
from sync.picture.values import Words, name_entities
from sync.review.model import ANSWERS, Class, Example
from sync.rules.cell import Cell, Golden
from sync.rules.sets import SetGolden, elements, no_place, slots_of, stopped
from sync.sides import Side, cell_of, extract
from sync.units import Form

LISTED: Final = ("kept", "standing", "damaged", "frozen", "doubt", "parked")
EXAMPLES: Final = 3
_CHUNK = 500


@dataclass(slots=True)
class Group:
    """The cells of one class, before anything but their rows is read."""

    name: str
    sort: str
    kind: str
    unit: str
    sources: tuple[str, ...]
    reason: str = ""
    cells: list[ListedCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Open:
    """One cell of a class with all that is known of it. ref: whose it is."""

    case: Case
    side: Side
    unit: str
    cell: Cell
    golden: Golden | SetGolden
    since: int

    @property
    def ref(self) -> str:
        return self.side.ref


# ------------------------------------------------------------------------------ groups


def groups(picture: Picture, reader: Reader) -> dict[str, Group]:
    """Class by name, in the order in which they are listed; what somebody said to leave, or answered, is left out."""
    rows = lists.listed_cells(picture.ledger, picture.c, picture.plan, LISTED, reasons=[NO_PLACE])
    seen = reader.sees(row.entity for row in rows)
    left = _left(picture, rows) | _answered(picture, rows)
    voters, unmapped = _voters(rows, picture), _unmapped(picture, rows)
    found: dict[str, Group] = {}
    for row in rows:
        if row.entity not in seen or (row.entity, row.field, row.record_id, row.part) in left:
            continue
        sort = "unmapped" if row[:3] in unmapped else _sort(row)
        made = _group(picture, row, sort, voters)
        if made is not None:
            found.setdefault(made.name, made).cells.append(row)
    order = {sort: n for n, sort in enumerate(ANSWERS)}
    ranked = sorted(found.values(), key=lambda one: (order[one.sort], -len(one.cells), one.name))
    return {one.name: one for one in ranked}


def _voters(rows: Iterable[ListedCell], picture: Picture) -> dict[tuple[str, str], tuple[str, ...]]:
    """(entity, unit) → the sources whose cells are parked there."""
    out: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.verdict == "parked":
            out.setdefault((row.entity, row.field), set()).add(picture.source_of(row.table_id))
    return {key: tuple(sorted(sources)) for key, sources in out.items()}


def _unmapped(picture: Picture, rows: Iterable[ListedCell]) -> set[tuple[int, str, str]]:
    """(record, part, unit) of unreadable cells that only want a line under `values`, or in `people`."""
    damaged = [row for row in rows if row.verdict == "damaged"]
    records = graph.records(picture.ledger, picture.c, {row.record_id for row in damaged})
    out: set[tuple[int, str, str]] = set()
    for row in damaged:
        table = picture.table(row.table_id)
        part = next((p for p in table.parts if p.map.name == row.part), None) if table is not None else None
        if part is None or row.field not in part.views:
            continue
        values = codec.load_parts(records[row.record_id].canon)[part.place]
        shown = extract(values, part.views[row.field])
        slots = shown if isinstance(shown, tuple) else (shown,)
        if any(isinstance(one, Damaged) and one.code == "unmapped" for one in slots):
            out.add(row[:3])
    return out


def _group(
    picture: Picture, row: ListedCell, sort: str, voters: Mapping[tuple[str, str], tuple[str, ...]]
) -> Group | None:
    """None: the part left the workspace, or nobody would ever write there."""
    table = picture.table(row.table_id)
    part = next((p for p in table.parts if p.map.name == row.part), None) if table is not None else None
    view = part.views.get(row.field) if part is not None else None
    if table is None or part is None or view is None:
        return None
    reason = ""
    if sort == "no-place" and not (view.writes and table.pushed):
        return None
    kind, source = part.map.kind, table.source.name
    sources = voters[row.entity, row.field] if sort == "parked" else (source,)
    name = f"{sort}/{kind}.{row.field}/{'+'.join(sources)}"
    if sort == "standing":
        reason = row.reason
        name += f"/{codec.digest(row.reason.encode()).hex()[:4]}"
    return Group(name, sort, kind, row.field, sources, reason)


def _sort(row: ListedCell) -> str:
    if row.reason == NO_PLACE:
        return "no-place"
    if row.verdict == "kept":
        return _kept(codec.load(row.state).get("p"))
    if row.verdict == "standing":
        return "rejected" if row.reason == REJECTED else "standing"
    return row.verdict


def _kept(stop: Sequence[Any] | None) -> str:
    """Kept on (shown,) after a first link or an undo, on (golden, shown) after an overruled value; of a set, elements
    that a source took out and may not clear."""
    if stop is None or stop[0] != "kept":
        return "kept"
    return "kept" if len(stop[1]) == 1 and not isinstance(stop[1][0], int) else "overruled"


def _left(picture: Picture, rows: Sequence[ListedCell]) -> set[tuple[str, str, int, str]]:
    """Cells that somebody said to leave, and that are still as he saw them."""
    said: dict[tuple[str, str, int, str], str] = {}
    for one in lists.decisions(picture.ledger, picture.c, sorts=["keep"]):
        for ref, seen in one.content.get("cells", {}).items():
            record, _, part = ref.partition(":")
            said[str(one.entity), one.content["unit"], int(record), part] = seen
    if not said:
        return set()
    wanted = [row for row in rows if (row.entity, row.field, row.record_id, row.part) in said]
    goldens = goldens_of(picture, {row.entity for row in wanted})
    out = set()
    for row in wanted:
        key = (row.entity, row.field, row.record_id, row.part)
        if said[key] == seen_as(row.state, goldens.get(row.entity, {}).get(row.field)):
            out.add(key)
    return out


def _answered(picture: Picture, rows: Sequence[ListedCell]) -> set[tuple[str, str, int, str]]:
    """Cells that were decided upon, and that the next run settles; of a set all cells of that customer."""
    upon: set[tuple[str, str, int, str]] = set()
    sets: set[tuple[str, str]] = set()
    for entity, content in lists.pending(picture.ledger, picture.c, ["field"]):
        unit = content["unit"]
        if content["word"] != "value":
            sets.add((entity, unit))
        for ref in content["shown"]:
            record, _, part = ref.partition(":")
            upon.add((entity, unit, int(record), part))
    return upon | {(row.entity, row.field, row.record_id, row.part) for row in rows if (row.entity, row.field) in sets}


def seen_as(state: bytes, golden: Golden | SetGolden | None) -> str:
    """What a person saw of a cell when he said to leave it: its state and golden, digested."""
    value = golden.order() if isinstance(golden, SetGolden) else golden.value if golden is not None else None
    return codec.digest(codec.dump([codec.load(state), value])).hex()


def goldens_of(picture: Picture, ids: Iterable[str]) -> dict[str, dict[str, Golden | SetGolden]]:
    rows = graph.entities(picture.ledger, picture.c, picture.plan, sorted(set(ids)))
    return {
        one: codec.load_goldens(row.draft if row.draft not in (None, b"{}") else row.golden)
        for one, row in rows.items()
    }


# ------------------------------------------------------------------------------ as they are listed


def listed(picture: Picture, words: Words, reader: Reader, found: Iterable[Group], now: datetime) -> list[Class]:
    """The classes with a few examples each."""
    groups_ = list(found)
    few = {one.name: one.cells[:EXAMPLES] for one in groups_}
    ids = sorted({cell.entity for cells in few.values() for cell in cells})
    opened = {(one.ref, one.unit): one for one in _opened(picture, [c for cells in few.values() for c in cells])}
    name_entities(picture, ids)
    out = []
    for one in groups_:
        shown = [opened.get((_ref(cell), cell.field)) for cell in few[one.name]]
        examples = tuple(example(words, reader, cell) for cell in shown if cell is not None)
        oldest = min(cell.since for cell in one.cells)
        days = (now - picture.starts[oldest]).days if oldest in picture.starts else 0
        customers = len({cell.entity for cell in one.cells})
        reason = words.say(unpacked(one.reason)) if one.reason else ""
        head = (one.name, one.sort, one.kind, one.unit, one.sources)
        out.append(Class(*head, len(one.cells), customers, days, reason, examples))
    return out


def example(words: Words, reader: Reader, one: Open) -> Example:
    """One cell in words. A set's cell is told by its elements that are at stake."""
    kind, unit = one.case.kind, one.unit
    golden, shown = words.golden(kind, unit, one.golden), words.value(kind, unit, one.cell.shown)
    if isinstance(one.golden, SetGolden):
        at_stake = stake(one)
        if at_stake:
            golden = words.value(kind, unit, at_stake)
    record = words.record(one.side.record.id, one.side.table.id, one.side.record.key, one.side.record.place)
    if not reader.shows(one.case, one.side, unit):
        shown = golden = "…"
    return Example(one.case.id, words.entity(one.case.id), record, shown, golden, source_of_golden(words, one))


def stake(one: Open) -> tuple[str, ...]:
    """The elements of a set that the cell lacks: barred there, or without a place."""
    assert isinstance(one.golden, SetGolden)
    view = one.side.part.views[one.unit]
    kept = stopped(one.cell, "kept")
    return kept or no_place(slots_of(one.cell.shown), one.golden, view.slots, one.cell.stop)


def source_of_golden(words: Words, one: Open) -> str:
    """The sources that golden came from, in the workspace's order; "" where a person decided it or it never was."""
    golden = one.golden
    refs = set(golden.refs.values()) if isinstance(golden, SetGolden) else {golden.ref}
    ids = {int(ref.partition(":")[0]) for ref in refs if ref}
    found = lists.placed(words.picture.ledger, words.picture.c, ids)
    names = {words.picture.source_of(row.table_id) for row in found.values()}
    return ", ".join(name for name in words.picture.run.workspace.sources if name in names)


# ------------------------------------------------------------------------------ opened


def _ref(cell: ListedCell) -> str:
    return f"{cell.record_id:010d}:{cell.part}"


def opened(picture: Picture, group: Group) -> list[Open]:
    """Every cell of a class, with its customer and golden, by customer."""
    return _opened(picture, group.cells)


def _opened(picture: Picture, cells: Sequence[ListedCell]) -> list[Open]:
    wanted: dict[str, list[ListedCell]] = {}
    for cell in cells:
        wanted.setdefault(cell.entity, []).append(cell)
    ids, out = sorted(wanted), []
    for at in range(0, len(ids), _CHUNK):
        for case in picture.cases(ids[at : at + _CHUNK]):
            sides = {side.ref: side for side in case.sides}
            for row in wanted[case.id]:
                side = sides.get(_ref(row))
                if side is not None and row.field in side.part.views:
                    out.append(open_cell(case, side, row.field, row.since))
    return out


def open_cell(case: Case, side: Side, unit: str, since: int = 0) -> Open:
    view = side.part.views[unit]
    golden = case.goldens.get(unit) or view.unit.nothing()
    return Open(case, side, unit, cell_of(side, view), golden, since)


def find_group(found: Mapping[str, Group], name: str) -> Group:
    """The class of this name, or the only one whose name it abbreviates (`kept/address/wang`). Raises ConfigError."""
    if name in found:
        return found[name]
    wanted = name.split("/")
    fits = [one for one in found.values() if _abbreviates(wanted, one)]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        raise ConfigError("there is no class `{name}`; `offbook review list` shows what there is", name=name)
    raise ConfigError(
        "`{name}` may mean several classes: {fits}", name=name, fits=", ".join(sorted(one.name for one in fits))
    )


def _abbreviates(wanted: Sequence[str], one: Group) -> bool:
    pieces = one.name.split("/")
    if wanted[0] != one.sort or len(wanted) > len(pieces):
        return False
    fits = [w == p or (n == 1 and w == one.unit) for n, (w, p) in enumerate(zip(wanted, pieces, strict=False))]
    return all(fits)


def texts(words: Words, cells: Iterable[Open]) -> list[tuple[str, int]]:
    """What unreadable cells show, and how often, the most frequent first."""
    counted: dict[str, int] = {}
    for one in cells:
        shown = one.cell.shown
        slots = shown if isinstance(shown, tuple) and one.side.part.views[one.unit].unit.form is Form.SET else (shown,)
        for slot in slots:
            if isinstance(slot, Damaged):
                text = words.damaged(slot, hidden=words.hides(one.case.kind, one.unit))
                counted[text] = counted.get(text, 0) + 1
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


__all__ = [
    "Group",
    "Open",
    "elements",
    "example",
    "find_group",
    "goldens_of",
    "groups",
    "listed",
    "open_cell",
    "opened",
    "seen_as",
    "stake",
    "texts",
]
