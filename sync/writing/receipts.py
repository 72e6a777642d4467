"""What does an answer to a write teach the ledger? (T4: receipts, agreed; RULES table 2, R14, R10c)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from connectors.contract import Damaged, Identity, Op, Outcome, Receipt, Record
from sync.context import PartView, Run, TableState, View
from sync.ledger import codec, graph, plans, staging
from sync.ledger.graph import CellRow, LinkRow, RecordRow
from sync.ledger.plans import ChangeRow
from sync.ledger.staging import Fresh
from sync.reading.clocks import kept_times
from sync.reading.read import ALIGNED
from sync.rules.cell import EMPTY, Cell, Doubt, Facts, Golden, Stop, Value, agree, see_and_stop, stage
from sync.rules.receive import receive
from sync.rules.sets import SetGolden, elements, sent_set, slots_of
from sync.rules.verdict import Verdict
from sync.sides import at_rest, cell_of, echo_of, extract, side_of
from sync.units import Form
from sync.writing import learning
from sync.writing.pushed import MARK, NO_CELL, refused_echo, sent_echo
from sync.writing.tokens import token_for

STATES = {
    Outcome.DONE: "done",
    Outcome.DUPLICATE: "done",
    Outcome.CONFLICT: "conflict",
    Outcome.REJECTED: "rejected",
    Outcome.UNKNOWN: "unknown",
    Outcome.DEFERRED: "deferred",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One change, its receipt, and the record as it is now (None: nobody saw it). exact: the answer carried it."""

    row: ChangeRow
    receipt: Receipt
    record: Record | None
    exact: bool


def take(
    run: Run,
    c: Connection,
    table: TableState,
    op: Op,
    batch: Sequence[tuple[ChangeRow, Receipt]],
    found: Mapping[str, Record],
) -> None:
    """Takes in the receipts of one batch; everything that they teach stands in this transaction."""
    answers = []
    for row, receipt in batch:
        shown = receipt.record or found.get(receipt.key or row.key or "")
        answers.append(Answer(row, receipt, shown, receipt.record is not None))
    if op is Op.CREATE:
        for answer in answers:
            _created(run, c, table, answer)
    elif op is Op.UPDATE:
        _updated(run, c, table, answers)
    else:
        for answer in answers:
            _removed(run, c, table, answer)
    plans.set_outcome(run.ledger, c, [_outcome(run, table, answer) for answer in answers])
    undone = [a.row.entity for a in answers if STATES[a.receipt.outcome] != "done" or a.receipt.apart]
    graph.open_entities(run.ledger, c, undone)


def _outcome(run: Run, table: TableState, answer: Answer) -> tuple[str, str, str | None, int | None, int, int]:
    record = None
    if answer.receipt.key is not None and answer.row.op == "create":
        record = run.made.get(answer.row.seq)
    state = STATES[answer.receipt.outcome]
    del table
    return (state, answer.receipt.detail, answer.receipt.key, record, answer.row.plan, answer.row.seq)


# ------------------------------------------------------------------------------ updates


def _updated(run: Run, c: Connection, table: TableState, answers: Sequence[Answer]) -> None:
    ids = [answer.row.record_id for answer in answers if answer.row.record_id is not None]
    records = graph.records(run.ledger, c, ids)
    links = {(link.record_id, link.part): link for link in plans.links_of_records(run.ledger, c, ids)}
    cells = graph.cells(run.ledger, c, 0, ids)
    out = _Written([], [], [], [])
    for answer in answers:
        record = records.get(answer.row.record_id or 0)
        if record is not None:
            _one_update(run, c, table, answer, record, links, cells, out)
    out.save(run, c)


@dataclass(slots=True)
class _Written:
    """Rows that a batch of receipts leaves."""

    cells: list[plans.CellDraft]
    rested: list[tuple[int, str, str]]
    links: list[LinkRow]
    records: list[plans.RecordUpdate]

    def save(self, run: Run, c: Connection) -> None:
        plans.put_cells(run.ledger, c, self.rested, self.cells)
        plans.put_links(run.ledger, c, self.links)
        plans.put_records(run.ledger, c, self.records)


def _one_update(
    run: Run,
    c: Connection,
    table: TableState,
    answer: Answer,
    record: RecordRow,
    links: Mapping[tuple[int, str], LinkRow],
    cells: Mapping[tuple[int, str], Mapping[str, CellRow]],
    out: _Written,
) -> None:
    content = codec.load(answer.row.fields)
    fields, takes_back = content["fields"], bool(content.get("undo"))
    shown = _mapped(table, answer.record) if answer.record is not None else None
    touched: dict[str, dict[str, Any]] = {}
    seen: list[tuple[PartView, View]] = []
    for part_name, unit, before, value, _, reason, columns in fields:
        link = links.get((record.id, part_name))
        part = next((p for p in table.parts if p.map.name == part_name), None)
        if link is not None and part is not None and unit.startswith(MARK):
            _one_pushed(run, table, answer, record.id, link, unit, columns, touched, out)
        if link is None or part is None or unit not in part.views:
            continue
        view = part.views[unit]
        side = side_of(run, link, record, cells.get((record.id, part_name), {}))
        assert side is not None
        cell = replace(cell_of(side, view), shown=codec.load_value(before))
        outcome, why = _fate(answer, columns)
        now = _now(answer, view, part, shown, codec.load_value(before), codec.load_value(value), columns)
        if takes_back and outcome is Outcome.DONE and now is not None:
            after = _restored(run, c, cell, view, link.entity, now)
        else:
            after = _received(cell, view, codec.load_value(value), outcome, now, table, exact=answer.exact)
        learning.note_cut(run, table, part_name, view, codec.load_value(value), now, outcome)
        if outcome is Outcome.DONE and after.doubt is None:
            seen.append((part, view))
        _keep(run, out, record.id, link, part, view, after, why or reason, touched)
    for (number, part_name), link in links.items():
        if number == record.id and part_name in touched:
            echo = {**(codec.load(link.echo) or {}), **touched[part_name]}
            echo = {name: said for name, said in echo.items() if said is not None}
            out.links.append(link._replace(echo=codec.dump(echo) if echo else None))
    if answer.record is not None:
        out.records.append(_staged(table, record, answer, shown, seen))


def _one_pushed(
    run: Run,
    table: TableState,
    answer: Answer,
    record: int,
    link: LinkRow,
    unit: str,
    columns: Sequence[str],
    touched: dict[str, dict[str, Any]],
    out: _Written,
) -> None:
    """A place that is only pushed: what we wrote there is ours from now on."""
    outcome, why = _fate(answer, columns)
    sent = codec.load_raw(answer.row.after)
    if outcome is Outcome.DONE:
        shown = answer.record.fields if answer.record is not None else sent
        touched.setdefault(link.part, {})[unit] = sent_echo({name: shown.get(name, sent.get(name)) for name in columns})
        out.rested.append((record, link.part, unit))
    elif outcome is Outcome.REJECTED:
        state = codec.dump_cell(NO_CELL)
        row = (record, link.part, unit, link.entity, str(Verdict.STANDING), why, run.id, state, None)
        out.cells.append(plans.CellDraft(*row))
        known = (codec.load(link.echo) or {}).get(unit) if link.echo else None
        refused = {name: sent.get(name) for name in columns}
        touched.setdefault(link.part, {})[unit] = refused_echo(known, refused, table.versions, str(why))


def _fate(answer: Answer, columns: Sequence[str]) -> tuple[Outcome, str]:
    """C23: fields that fared otherwise than the record."""
    for column in columns:
        if column in answer.receipt.apart:
            return answer.receipt.apart[column]
    return answer.receipt.outcome, answer.receipt.detail if answer.receipt.outcome is Outcome.REJECTED else ""


def _mapped(table: TableState, record: Record) -> list[list[Any] | None]:
    fields = table.shown(record)
    return codec.load_parts(codec.dump(table.converter.read(fields)))


def _now(
    answer: Answer,
    view: View,
    part: PartView,
    shown: list[list[Any] | None] | None,
    before: Value,
    value: Value,
    columns: Sequence[str],
) -> Value:
    """What the cell shows after the write; a relation by the text of its column, as entities are resolved by pulls."""
    if shown is None or answer.record is None:
        return None
    if view.unit.form is not Form.RELATION:
        return extract(shown[part.place], view)
    sent = codec.load_raw(answer.row.after)
    was = codec.load_raw(answer.row.before)
    got = answer.record.fields
    if all(_same_raw(got.get(name), sent.get(name)) for name in columns):
        return value
    return before if all(_same_raw(got.get(name), was.get(name)) for name in columns) else Damaged("otherwise", "")


def _same_raw(a: object, b: object) -> bool:
    key = getattr(a, "key", a), getattr(b, "key", b)
    return key[0] == key[1] or (str(key[0]) == str(key[1]) and key[0] is not None)


def _received(
    cell: Cell, view: View, value: Value, outcome: Outcome, now: Value, table: TableState, *, exact: bool
) -> Cell:
    versions = table.versions
    intended = replace(cell, doubt=Doubt(cell.shown, value))
    if outcome is Outcome.DONE and now is None:
        return intended  # written, and nobody saw what it shows: the next pull tells
    if view.unit.form is not Form.SET:
        facts = Facts(lengths=view.lengths, versions=versions)
        return receive(intended, outcome, now, facts, view.unit.rule.same, exact=exact)
    if outcome in (Outcome.CONFLICT, Outcome.DEFERRED):
        return cell
    if outcome is Outcome.UNKNOWN:
        return intended
    unchanged = outcome is Outcome.DONE and elements(now) == elements(cell.shown)
    if outcome is Outcome.REJECTED or unchanged:
        return replace(cell, stop=Stop("rejected", (value, cell.shown, versions)))
    return sent_set(intended, slots_of(now))


def _restored(run: Run, c: Connection, cell: Cell, view: View, entity: str, now: Value) -> Cell:
    """Table 2, undo, restored cell: it agrees where it shows golden again, else it is kept (R18)."""
    cell = replace(stage(cell, now), fresh=False, echo=False)
    if view.unit.form is Form.SET:
        return replace(cell, seen=now, doubt=None, ours=())
    row = graph.entities(run.ledger, c, 0, [entity])[entity]
    golden = codec.load_goldens(row.golden).get(view.unit.name)
    value = golden.value if isinstance(golden, Golden) else EMPTY
    same = view.unit.rule.same
    return agree(cell, value, same) if same.same(value, now) else see_and_stop(replace(cell, agreed=None), "kept", now)


def _keep(
    run: Run,
    out: _Written,
    record: int,
    link: LinkRow,
    part: PartView,
    view: View,
    cell: Cell,
    reason: str,
    touched: dict[str, dict[str, Any]],
) -> None:
    """The cell's row, or none where it is at rest; what is ours in it stands in the link."""
    name = view.unit.name
    rests = _set_rests(cell) if view.unit.form is Form.SET else at_rest(cell)
    echo = touched.setdefault(part.map.name, {})
    if rests:
        out.rested.append((record, part.map.name, name))
        echo[name] = echo_of(cell, view.unit.form)
        return
    verdict = _verdict(cell)
    state = codec.dump_cell(cell)
    row = (record, part.map.name, name, link.entity, str(verdict), reason, run.id, state, None)
    out.cells.append(plans.CellDraft(*row))


def _set_rests(cell: Cell) -> bool:
    return cell.doubt is None and cell.stop is None and cell.seen == cell.shown


def _verdict(cell: Cell) -> Verdict:
    """Of a cell just answered; the next merge judges it again."""
    if cell.doubt is not None:
        return Verdict.DOUBT
    if cell.stop is not None:
        return Verdict.STANDING if cell.stop.why == "rejected" else Verdict.KEPT
    return Verdict.AGREED if cell.agreed is not None and cell.agreed[1] == cell.shown else Verdict.CHANGE


def _staged(
    table: TableState,
    record: RecordRow,
    answer: Answer,
    shown: list[list[Any] | None] | None,
    seen: Sequence[tuple[PartView, View]],
) -> plans.RecordUpdate:
    """The record as it is now; what we wrote is seen with it, what somebody else typed beside it is not."""
    assert answer.record is not None
    assert shown is not None
    now = answer.record
    fields = table.shown(now)
    raw, canon = codec.dump_raw(fields), codec.dump(shown)
    base = codec.load_parts(record.base if record.base is not None else record.canon)
    for part, view in seen:
        old, new = base[part.place], shown[part.place]
        if old is not None and new is not None:
            for at in view.at:
                if at >= 0:
                    old[at] = new[at]
        elif old is None and new is not None:
            base[part.place] = new
    derived = codec.dump(_with_derived(table, base, shown))
    key = answer.receipt.key or (record.key if now.place else now.key)
    rests = derived == canon
    return plans.RecordUpdate(
        key if not now.place else record.key,
        now.key if now.place else None,
        raw,
        codec.digest(raw),
        canon,
        codec.digest(canon),
        None if rests else derived,
        now.version,
        kept_times(now),
        now.editor,
        0 if rests else 1,
        record.id,
    )


def _with_derived(
    table: TableState, base: list[list[Any] | None], shown: list[list[Any] | None]
) -> list[list[Any] | None]:
    """What is worked out of a leading field, and bookkeeping, follow what is shown."""
    for part in table.parts:
        old, new = base[part.place], shown[part.place]
        if old is None or new is None:
            continue
        voted = {at for view in part.views.values() for at in view.at}
        for at in range(len(part.shape.fields)):
            if at not in voted:
                old[at] = new[at]
    return base


# ------------------------------------------------------------------------------ creates


def _created(run: Run, c: Connection, table: TableState, answer: Answer) -> None:
    """A record of ours: its parts are linked, and what we sent is what it agreed to (R10c, R10d)."""
    receipt = answer.receipt
    if receipt.outcome not in (Outcome.DONE, Outcome.DUPLICATE) or receipt.key is None:
        return
    ours = receipt.outcome is Outcome.DONE or _bears(run, table, answer)
    adopt(run, c, table, answer.row, receipt.key, answer.record, ours=ours)


def _bears(run: Run, table: TableState, answer: Answer) -> bool:
    """Whether the record that was there already carries our token; one that carries none is a person's."""
    column, token = table.map.offbook_id, answer.row.token or token_for(run, answer.row)
    return bool(column and answer.record is not None and answer.record.fields.get(column) == token)


def adopt(
    run: Run, c: Connection, table: TableState, row: ChangeRow, key: str, record: Record | None, *, ours: bool
) -> None:
    """Stages a record that our create made, or met; where it is ours it is linked as it was sent."""
    sent = codec.load_raw(row.after)
    shown = table.shown(record) if record is not None else sent
    if table.described.can.identity is Identity.NONE:
        key = f"{ALIGNED}{run.id}.c{row.seq}"  # its place is good until the next write only
    known = staging.stored_by_key(run.ledger, c, table.id, [key]).get(key)
    number = known.id if known is not None else run.next_record
    raw, canon = codec.dump_raw(shown), codec.dump(table.converter.read(shown))
    place = record.key if record is not None and record.place else None
    version = record.version if record is not None else None
    modified = kept_times(record) if record is not None else None
    editor = record.editor if record is not None else ""
    fresh = Fresh(
        number,
        key,
        place,
        raw,
        codec.digest(raw),
        canon,
        codec.digest(canon),
        version,
        modified,
        editor,
        None,
        row.token,
    )
    if known is None:
        run.next_record += 1
        staging.insert_records(run.ledger, c, table.id, run.id, [fresh])
    else:
        staging.update_records(run.ledger, c, [fresh])
    if ours:
        run.made[row.seq] = number
        _link_created(run, c, table, row, number, sent, codec.load_parts(canon))
    graph.open_entities(run.ledger, c, [row.entity])


def link_existing(run: Run, c: Connection, table: TableState, row: ChangeRow, number: int) -> None:
    """A record that was staged already turns out to be what our create made."""
    record = graph.records(run.ledger, c, [number])[number]
    run.made[row.seq] = number
    _link_created(run, c, table, row, number, codec.load_raw(row.after), codec.load_parts(record.canon))
    graph.open_entities(run.ledger, c, [row.entity])


def _link_created(
    run: Run,
    c: Connection,
    table: TableState,
    row: ChangeRow,
    number: int,
    sent: Mapping[str, Any],
    shown: list[list[Any] | None],
) -> None:
    parts: dict[str, str] = codec.load(row.fields)["parts"]
    as_sent = codec.load_parts(codec.dump(table.converter.read(sent)))
    rows = graph.entities(run.ledger, c, 0, sorted(set(parts.values())))
    links: list[LinkRow] = []
    cells: list[plans.CellDraft] = []
    base = [list(values) if values is not None else None for values in shown]
    for part in table.parts:
        name = part.map.name
        entity = parts.get(name)
        if entity is None or entity not in rows or shown[part.place] is None:
            continue
        goldens = codec.load_goldens(rows[entity].golden)
        echo: dict[str, object] = {}
        related: dict[str, object] = {}
        for unit, view in part.views.items():
            golden = goldens.get(unit)
            _created_cell(run, number, part, view, golden, as_sent, shown, base, echo, related, cells, entity)
        links.append(
            LinkRow(number, name, entity, "live", run.id, 1, "created", None, 1, 0, len(part.views),
                    codec.dump(echo) if echo else None, codec.dump(related) if related else None, run.id, committed=True)
        )  # fmt: skip
    plans.put_links(run.ledger, c, links)
    plans.put_cells(run.ledger, c, [], cells)
    same = codec.dump(base) == codec.dump(shown)
    plans.rest_record(run.ledger, c, number, None if same else codec.dump(base))


def _created_cell(
    run: Run,
    number: int,
    part: PartView,
    view: View,
    golden: Golden | SetGolden | None,
    as_sent: list[list[Any] | None],
    shown: list[list[Any] | None],
    base: list[list[Any] | None],
    echo: dict[str, object],
    related: dict[str, object],
    cells: list[plans.CellDraft],
    entity: str,
) -> None:
    """Seen and agreed are what was sent; what the record shows now is staged on top of it (table 2)."""
    name = view.unit.name
    now = extract(shown[part.place], view)
    if view.unit.form is Form.RELATION:
        related[name] = golden.value if isinstance(golden, Golden) else EMPTY
        return
    said = extract(as_sent[part.place], view)
    written = said is not None and not isinstance(said, Damaged) and said != EMPTY
    if isinstance(golden, SetGolden) or view.unit.form is Form.SET:
        if elements(said):
            echo[name] = [1, *elements(said)]
            _put(base, part, view, said)
        return
    value = golden.value if isinstance(golden, Golden) else EMPTY
    if not written:
        if value != EMPTY and now not in (None, EMPTY) and not isinstance(now, Damaged):
            cell = Cell(now, now, (view.unit.rule.same.view(value, now), now))  # R10d: on_create put it there
            cells.append(_draft(run, number, part, name, entity, cell))
        return
    _put(base, part, view, said)
    own: Value = EMPTY
    if view.unit.rule.same.view(value, said) == said:
        echo[name] = [3, own]
        return
    cell = Cell(now, said, (view.unit.rule.same.view(value, said), said), fresh=True, echo=True)
    cells.append(_draft(run, number, part, name, entity, cell))


def _put(base: list[list[Any] | None], part: PartView, view: View, value: Value) -> None:
    values = base[part.place]
    if values is None:
        return
    members = value if isinstance(value, tuple) and view.unit.form is Form.GROUP else (value,)
    for at, member in zip(view.at, members, strict=True):
        if at >= 0:
            values[at] = list(member) if isinstance(member, tuple) else member


def _draft(run: Run, number: int, part: PartView, unit: str, entity: str, cell: Cell) -> plans.CellDraft:
    state = codec.dump_cell(cell)
    return plans.CellDraft(number, part.map.name, unit, entity, str(Verdict.AGREED), "", run.id, state, None)


# ------------------------------------------------------------------------------ removals


def _removed(run: Run, c: Connection, table: TableState, answer: Answer) -> None:
    """Our own removal ends the record's links; the entity is not created there again by itself (R11d)."""
    number = answer.row.record_id
    if answer.receipt.outcome is not Outcome.DONE or number is None:
        return
    mark = codec.load(answer.row.fields).get("mark", "removed")
    plans.end_record(run.ledger, c, number, table.id, run.id, mark)
