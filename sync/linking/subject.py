"""Does a changed record still speak of the same customer? (RULES R2c, R2d: before merging, all fields of a part together)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

import matching
from mappings.kinds import Kind
from sync.context import PartView, Question, Run, TableState
from sync.decisions import Sort, open_decisions
from sync.ledger import codec, graph, plans
from sync.ledger.graph import CellRow, LinkRow, RecordRow
from sync.linking.known import Parts, collect
from sync.linking.nearby import bring_near
from sync.linking.relate import Pointers
from sync.rules.cell import Cell, Stop, Value
from sync.rules.sets import elements
from sync.rules.verdict import Verdict
from sync.sides import cell_of, extract, side_of
from sync.units import Form

EQUAL, TYPO, APART = "equal", "typing distance", "apart"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A linked part whose name is another than a merge last saw. how: typing distance or apart."""

    record: RecordRow
    table: TableState
    part: PartView
    link: LinkRow
    how: str
    name: str

    @property
    def ref(self) -> tuple[int, str]:
        return self.record.id, self.part.map.name


def follow_subjects(run: Run, pointers: Pointers) -> None:
    """Moves, asks about, or leaves alone every part whose name changed, in tonight's draft."""
    with run.transaction() as c:
        suspects = list(_suspects(run, c))
        answers = {str(d.content["ref"]): d for d in open_decisions(run.ledger, c, [Sort.SUBJECT])}
        renamed = _renamed(run, c, suspects)
        for one in suspects:
            key = f"{one.ref[0]}:{one.ref[1]}"
            answer = answers.get(key)
            if answer is not None and answer.content.get("name") in (None, one.name):
                run.draft.spent.append(answer.id)
                _obey(run, c, one, str(answer.content["answer"]), answer.content.get("entity"))
            elif one.ref in renamed:
                continue
            else:
                _judge(run, c, pointers, one)


# ------------------------------------------------------------------------------ who changed


def _suspects(run: Run, c: Connection) -> Iterable[Suspect]:
    tables = [table.id for table in run.by_id.values()]
    for chunk in graph.open_records(run.ledger, c, tables):
        ids = [record for record, _, _ in chunk]
        links = defaultdict(list)
        for link in plans.links_of_records(run.ledger, c, ids):
            if link.state == "live":
                links[link.record_id].append(link)
        records = graph.records(run.ledger, c, links)
        changed = [number for number, record in records.items() if record.base is not None]
        cells = graph.cells(run.ledger, c, 0, changed)
        for number in changed:
            yield from _suspect_parts(run, records[number], links[number], cells)


def _suspect_parts(
    run: Run,
    record: RecordRow,
    links: Sequence[LinkRow],
    cells: Mapping[tuple[int, str], Mapping[str, CellRow]],
) -> Iterable[Suspect]:
    table = run.by_id[record.table_id]
    if table.silent:
        return
    assert record.base is not None
    shown, base = codec.load_parts(record.canon), codec.load_parts(record.base)
    for link in links:
        part = next((p for p in table.parts if p.map.name == link.part), None)
        if part is None or part.map.via is not None:
            continue
        now, was = shown[part.place], base[part.place]
        if now is None and was is not None:
            run.draft.vanished.add((record.id, part.map.name))
        if now is None or was is None or now == was:
            continue
        kind = run.workspace.kinds[part.map.kind]
        ours = _sent(cells.get((record.id, link.part), {}))
        how, name = name_change(kind, part, [a if b not in ours else b for a, b in zip(was, now, strict=True)], now)
        if how != EQUAL:
            yield Suspect(record, table, part, link, how, name)


def _sent(cells: Mapping[str, CellRow]) -> list[object]:
    """What we wrote there and have no answer for: that it stands there now is no act of a person (R15)."""
    doubts = (codec.load_cell(row.state, None).doubt for row in cells.values() if row.verdict == Verdict.DOUBT)
    return [doubt.intended for doubt in doubts if doubt is not None]


def name_change(kind: Kind, part: PartView, was: Sequence[Any], now: Sequence[Any]) -> tuple[str, str]:
    """How far what names a part has moved -> (equal, typing distance or apart; the new name).

    A name that is new or was taken away is no change of subject; nor are other fields (DESIGN §5).
    """
    fields = part.shape.fields
    pairs = [
        (fields[at], was[at], now[at])
        for at in range(len(fields))
        if fields[at].partition(".")[0] in kind.names and isinstance(was[at], str) and isinstance(now[at], str)
    ]
    named = [(name, a, b) for name, a, b in pairs if a and b]
    if named:
        words = [matching.similar_name(_similar(kind, name), a, b) for name, a, b in named if a != b]
        worst = APART if APART in words else TYPO if TYPO in words else EQUAL
        same = any(a == b for _, a, b in named) and len(named) > 1
        return (EQUAL if same and worst != APART else worst), next(b for _, a, b in named if a != b or b)
    if any(a or b for _, a, b in pairs):
        return EQUAL, ""
    return _contacts_change(kind, fields, was, now)


def _similar(kind: Kind, name: str) -> str:
    return "identifier" if name.startswith("identifiers.") else kind.name


def _contacts_change(kind: Kind, fields: Sequence[str], was: Sequence[Any], now: Sequence[Any]) -> tuple[str, str]:
    """A part without a name is named by its phones, mails and WeChat, and only when all of them change at once."""
    before: set[str] = set()
    after: set[str] = set()
    for at, name in enumerate(fields):
        if name in kind.contacts:
            before |= _texts(was[at])
            after |= _texts(now[at])
    moved = bool(before) and bool(after) and not before & after
    return (APART if moved else EQUAL), min(after, default="")


def _texts(value: Any) -> set[str]:
    value = codec.load_value(value)
    return set(elements(value)) if isinstance(value, tuple) else {value} if isinstance(value, str) and value else set()


def _renamed(run: Run, c: Connection, suspects: Sequence[Suspect]) -> set[tuple[int, str]]:
    """R2c: where all records of an entity in that table changed in the same way, the entity was renamed."""
    groups: dict[tuple[int, str, str], list[Suspect]] = defaultdict(list)
    for one in suspects:
        groups[one.table.id, one.part.map.name, one.link.entity].append(one)
    out: set[tuple[int, str]] = set()
    for (table, part, entity), same in groups.items():
        others = graph.links(run.ledger, c, run.plan, [entity])
        records = graph.records(run.ledger, c, {link.record_id for link in others if link.part == part})
        here = [number for number, record in records.items() if record.table_id == table]
        if len(here) > 1 and len(same) == len(here) and len({one.name for one in same}) == 1:
            out |= {one.ref for one in same}
    return out


# ------------------------------------------------------------------------------ what it means


def _judge(run: Run, c: Connection, pointers: Pointers, one: Suspect) -> None:
    """Correction, move, or ask."""
    entity, p = _best_other(run, c, pointers, one)
    if entity is not None and p >= run.workspace.link and entity != one.link.entity:
        move(run, c, one, entity, f"{p:.4f}")
    elif one.how == TYPO:
        return
    else:
        _ask(run, one, entity, p)


def _best_other(run: Run, c: Connection, pointers: Pointers, one: Suspect) -> tuple[str | None, float]:
    """The known entity that the part, as it is now, fits best."""
    parts = Parts(one.part.map.kind)
    collect(run, c, pointers, parts, [(one.ref, "")])
    if not len(parts):
        return None, 0.0
    bring_near(run, c, pointers, parts)
    own = [
        n for n, ref in enumerate(parts.refs) if n and parts.entities[n] == one.link.entity and ref[0] == one.record.id
    ]
    keep = [n for n in range(len(parts)) if n not in own]
    batch = parts.batch(run).rows(keep)
    best: tuple[str | None, float] = (None, 0.0)
    result = matching.match(batch, link=run.workspace.link, ask=run.workspace.ask, only_new=[0])
    known = [parts.entities[n] for n in keep]
    for row in range(1, len(keep)):
        if result.label[row] == result.label[0] and known[row]:
            return known[row], max(run.workspace.link, float(result.held[0]))
    for asked in result.questions:
        other = asked.b if asked.a == 0 else asked.a if asked.b == 0 else None
        if other is not None and known[other] and asked.p > best[1]:
            best = (known[other], asked.p)
    return best


def _obey(run: Run, c: Connection, one: Suspect, answer: str, entity: object) -> None:
    """A person said: the same customer after all (correction), another one, or a new one."""
    if answer == "same":
        return
    move(run, c, one, str(entity) if entity else None, "decided")


def _ask(run: Run, one: Suspect, entity: str | None, p: float) -> None:
    record, part = one.ref
    run.draft.silent.add(one.ref)
    run.draft.moved[one.table.name] += 1
    content = {
        "ref": f"{record}:{part}",
        "name": one.name,
        "kind": one.part.map.kind,
        "other": entity,
        "p": round(p, 4),
    }
    asked = Question("subject", f"subject:{record}:{part}:{one.name}", content, one.link.entity, entity)
    run.draft.questions.append(asked)
    run.draft.asked.setdefault(one.link.entity, set())


# ------------------------------------------------------------------------------ moving


def move(run: Run, c: Connection, one: Suspect, entity: str | None, score: str) -> None:
    """The old link is history with its cells; what did not change with the subject is left over (R2d).

    entity None: the part is tied to nobody, so that linking finds or makes whom it speaks of.
    """
    run.draft.moved[one.table.name] += 1
    left = _left_over(run, c, one)
    target = entity or one.link.entity
    state = "live" if entity else "ended"
    link = one.link._replace(
        entity=target,
        state=state,
        since=run.id,
        known="moved",
        score=score,
        ours=0,
        echo=None,
        related=None,
        first_run=0,
        committed=False,
    )
    plans.draft_links(run.ledger, c, run.plan, [(link, "moved")])
    rows = [
        plans.CellDraft(*one.ref, unit, target, str(Verdict.SILENT), "left over", run.id, codec.dump_cell(cell), None)
        for unit, cell in left.items()
    ]
    plans.draft_cells(run.ledger, c, run.plan, rows)
    graph.open_entities(run.ledger, c, [one.link.entity])
    run.draft.moved_refs.add(one.ref)
    run.draft.touched.add(one.link.entity)
    others = [k for k in graph.links(run.ledger, c, run.plan, [one.link.entity]) if k.state in ("live", "missing")]
    tables = {r.table_id for r in graph.records(run.ledger, c, {k.record_id for k in others}).values()}
    if one.table.id not in tables:
        run.draft.marks[one.link.entity, one.table.id] = "its row was used for another"


def _left_over(run: Run, c: Connection, one: Suspect) -> dict[str, Cell]:
    """Cells that show what they showed before, or what we sent there in doubt; an opt-out is never left over."""
    stored = graph.cells(run.ledger, c, 0, [one.record.id]).get(one.ref, {})
    side = side_of(run, one.link, one.record, stored)
    assert side is not None
    out: dict[str, Cell] = {}
    for name, view in one.part.views.items():
        if view.unit.rule.strictest is not None or view.unit.form is Form.RELATION:
            continue
        now = extract(side.values, view)
        cell = cell_of(side, view)
        if view.unit.form is Form.SET:
            kept = _left_elements(cell, now)
            if kept is not None:
                out[name] = kept
        elif isinstance(now, (str, tuple)) and not view.unit.rule.same.empty(now):
            known: list[Value] = [cell.seen, extract(side.base, view)]
            known += [cell.doubt.intended] if cell.doubt else []
            if now in known:
                out[name] = Cell(now, now, None, Stop("left over", (now,)))
    return out


def _left_elements(cell: Cell, now: Value) -> Cell | None:
    old = set(elements(cell.seen)) | (set(elements(cell.doubt.intended)) if cell.doubt else set())
    if not isinstance(now, tuple):
        return None
    seen = tuple(
        "\n".join(e for e in str(slot).split("\n") if e in old) if isinstance(slot, str) else slot for slot in now
    )
    left = tuple(sorted(set(elements(now)) & old))
    return Cell(now, seen, None, Stop("left over", left)) if left else None


def kept_bases(run: Run, c: Connection) -> Mapping[int, bytes]:
    """Records with a part whose subject is asked, or that was emptied: what merges have seen of that part stays as it
    was, so that whoever is typed there next is compared with whom it spoke of."""
    out: dict[int, bytes] = {}
    waiting = run.draft.silent | run.draft.vanished
    records = graph.records(run.ledger, c, {record for record, _ in waiting})
    for number, record in records.items():
        table = run.by_id[record.table_id]
        shown = codec.load_parts(record.canon)
        base = codec.load_parts(record.base) if record.base is not None else shown
        for part in table.parts:
            if (number, part.map.name) in waiting:
                shown[part.place] = base[part.place]
        out[number] = codec.dump(shown)
    return out
