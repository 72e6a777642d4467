"""Whom does each new part speak of? (RULES R3: links first, then decisions and certain evidence, then scores)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import Connection

import matching
from sync.context import Question, Run
from sync.ledger import codec, graph, plans
from sync.ledger.graph import LinkRow
from sync.ledger.plans import EntityDraft
from sync.linking import joining
from sync.linking.known import PartKey, Parts, collect
from sync.linking.nearby import bring_near, learn_all
from sync.linking.relate import HERE, Pointers, part_for, target_of


@dataclass(slots=True)
class Linked:
    """How many parts were linked, became entities of their own, or are asked about."""

    new_links: int = 0
    new_entities: int = 0
    questions: int = 0
    joins: int = 0
    reports: dict[str, object] = field(default_factory=dict)


def link(run: Run, pointers: Pointers) -> Linked:
    """Ties every part that has no entity yet to one, in tonight's draft; organisations first, then who points to them."""
    from sync.linking import splitting  # it makes ids as linking does

    done = Linked()
    with run.transaction() as c:
        splitting.decided_splits(run, c, pointers)
        run.draft.joined.update(joining.decided_joins(run, c))
    for kind in targets_first(run):
        with run.transaction() as c:
            _link_kind(run, c, pointers, kind, done)
            _link_dotted(run, c, pointers, kind)
    return done


def targets_first(run: Run) -> list[str]:
    """Kinds, each after those that its relations lead to."""
    kinds, order = run.workspace.kinds, []
    rest = list(kinds)
    while rest:
        ready = [k for k in rest if all(to in order or to == k for to in kinds[k].relations().values())]
        chosen = ready[0] if ready else rest[0]
        order.append(chosen)
        rest.remove(chosen)
    return order


# ------------------------------------------------------------------------------ one kind


def _link_kind(run: Run, c: Connection, pointers: Pointers, kind: str, done: Linked) -> None:
    new = [ref for ref in unlinked(run, c, kind) if ref not in run.draft.silent]
    if not new:
        return
    run.progress(f"match {kind}", 0, len(new))
    parts = Parts(kind)
    collect(run, c, pointers, parts, ((ref, "") for ref in new))
    fresh = len(parts)
    model = bring_near(run, c, pointers, parts)
    batch = parts.batch(run)
    if model is None:
        model = learn_all(run, c, parts, batch)
    same, different = _decided(run, c, parts)
    result = matching.match(
        batch,
        link=run.workspace.link,
        ask=run.workspace.ask,
        same=same,
        different=different,
        only_new=range(fresh) if len(parts) > fresh else None,
        model=model,
    )
    done.reports[kind] = result.report
    _take(run, c, parts, fresh, result, done)


def unlinked(run: Run, c: Connection, kind: str) -> list[PartKey]:
    """Parts of this kind that are there and tied to nobody, tonight's draft laid over; dotted ones are left out."""
    found: list[PartKey] = []
    names = {t.id: [p for p in t.parts if p.map.kind == kind and p.map.via is None] for t in run.by_id.values()}
    for chunk in graph.open_records(run.ledger, c, [n for n, parts in names.items() if parts]):
        tied = graph.entity_of(run.ledger, c, run.plan, [record for record, _, _ in chunk])
        for record, table, canon in chunk:
            shown = codec.load_parts(canon)
            for part in names[table]:
                ref = (record, part.map.name)
                if shown[part.place] is not None and ref not in tied:
                    found.append(ref)
    return found


def _decided(run: Run, c: Connection, parts: Parts) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Rows that decisions want together or apart; decisions name records, so they hold before entities have ids."""
    rows = {f"{ref[0]}:{ref[1]}": n for n, ref in enumerate(parts.refs)}
    same: list[tuple[int, int]] = []
    different: list[tuple[int, int]] = []
    for one, two, is_same in graph.decided_pairs(run.ledger, c):
        if one in rows and two in rows:
            (same if is_same else different).append((rows[one], rows[two]))
    return same, different


def _take(run: Run, c: Connection, parts: Parts, fresh: int, result: matching.Result, done: Linked) -> None:
    """Groups become links: to the entity that the group knows already, else to a new one."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(result.label):
        groups[label].append(row)
    chosen: dict[int, str] = {}
    links: list[tuple[LinkRow, str | None]] = []
    entities: list[EntityDraft] = []
    how = _how(result)
    lives = graph.histories(run.ledger, c, (parts.refs[row][0] for row in range(fresh)))
    for label, rows in sorted(groups.items()):
        known = sorted({parts.entities[row] for row in rows if parts.entities[row]})
        new = [row for row in rows if row < fresh]
        if not known and not new:
            continue
        entity = known[0] if known else new_id(run, parts, min(new, key=lambda row: parts.refs[row]), lives)
        chosen[label] = entity
        if not known:
            entities.append(EntityDraft(entity, parts.kind, b"{}", 0, 1, None, None))
            done.new_entities += 1
        for row in new:
            ended = "moved" if parts.refs[row] in run.draft.moved_refs else None
            links.append((_link(run, parts.refs[row], entity, how.get(row, ""), result.held[row]), ended))
        done.new_links += len(new)
        if len(known) > 1:
            done.joins += joining.join(run, c, parts.kind, known, "score")
    plans.draft_entities(run.ledger, c, run.plan, entities)
    plans.draft_links(run.ledger, c, run.plan, links)
    _ask(run, parts, result, chosen, done)


def _how(result: matching.Result) -> dict[int, str]:
    """Row → how it came to its group, in codes: the strongest reasons of the link that holds it."""
    out: dict[int, str] = {}
    for one in result.links:
        said = codec.dump([[r.aspect, r.level, round(r.weight, 2), r.others] for r in one.reasons[:6]]).decode()
        for row in (one.a, one.b):
            out.setdefault(row, said)
    return out


def _link(run: Run, ref: PartKey, entity: str, how: str, held: float) -> LinkRow:
    score = f"{held:.4f}"
    return LinkRow(ref[0], ref[1], entity, "live", run.id, 1, how, score, 0, 0, 0, None, None, 0, committed=False)


def new_id(run: Run, parts: Parts, row: int, ended: Mapping[PartKey, int]) -> str:
    """A UUIDv7 (RFC 9562) that the same part gets in every plan until one is committed; each of its lives has its own."""
    record, part = parts.refs[row]
    made_at = run.starts.get(parts.first_runs[row], run.now)
    lives = ended.get((record, part), 0) + ((record, part) in run.draft.moved_refs)
    said = f"{run.ledger_id}|{record}|{part}|{lives}"
    digest = blake2b(said.encode(), digest_size=10).digest()
    number = (int(made_at.timestamp() * 1000) & ((1 << 48) - 1)) << 80
    number |= 7 << 76 | (int.from_bytes(digest[:2], "big") & 0xFFF) << 64
    number |= 2 << 62 | (int.from_bytes(digest[2:], "big") & ((1 << 62) - 1))
    return f"{number:032x}"


# ------------------------------------------------------------------------------ questions


def _ask(run: Run, parts: Parts, result: matching.Result, chosen: Mapping[int, str], done: Linked) -> None:
    """Pairs that a person judges; until then nothing is created for either (R10a)."""

    def entity(row: int) -> str:
        return parts.entities[row] or chosen.get(result.label[row], "")

    for one in result.questions:
        a, b = entity(one.a), entity(one.b)
        if not a or not b or a == b:
            continue
        refs = sorted((_ref(parts, one.a), _ref(parts, one.b)))
        reasons = [[r.aspect, r.level, round(r.weight, 2), r.others] for r in one.reasons]
        content = {"refs": refs, "p": round(one.p, 4), "reasons": reasons, "kind": parts.kind, "joins": one.joins}
        run.draft.questions.append(Question("identity", f"identity:{refs[0]}|{refs[1]}", content, a, b))
        run.draft.asked.setdefault(a, set()).add(b)
        run.draft.asked.setdefault(b, set()).add(a)
        done.questions += 1
    for x, y in result.contradictions:
        refs = sorted((_ref(parts, x), _ref(parts, y)))
        a, b = entity(x), entity(y)
        content = {"refs": refs, "kind": parts.kind}
        run.draft.questions.append(Question("contradiction", f"contradiction:{refs[0]}|{refs[1]}", content, a, b))
        for one_id in filter(None, (a, b)):
            run.draft.asked.setdefault(one_id, set())
    for row, ref in enumerate(parts.refs if run.draft.contradicted else ()):
        if ref in run.draft.contradicted and entity(row):
            run.draft.asked.setdefault(entity(row), set())


def _ref(parts: Parts, row: int) -> str:
    record, part = parts.refs[row]
    return f"{record}:{part}"


# ------------------------------------------------------------------------------ columns that speak of the linked record


def _link_dotted(run: Run, c: Connection, pointers: Pointers, kind: str) -> None:
    """A part made of dotted fields speaks of whom its look-up shows (CONFIG "A column that speaks of …")."""
    rows: list[tuple[LinkRow, str | None]] = []
    for table in run.by_id.values():
        for part in table.parts:
            if part.map.via is None or part.map.kind != kind:
                continue
            owner, relation = part.map.via
            holder = table.part(owner)
            view = holder.views.get(relation)
            if view is None:
                continue
            for chunk in graph.open_records(run.ledger, c, [table.id]):
                rows += _dotted_rows(run, c, pointers, part.map.name, part.place, holder.place, view.at[0], chunk, kind)
    plans.draft_links(run.ledger, c, run.plan, rows)


def _dotted_rows(
    run: Run,
    c: Connection,
    pointers: Pointers,
    name: str,
    place: int,
    holder: int,
    at: int,
    chunk: Sequence[tuple[int, int, bytes]],
    kind: str,
) -> Iterable[tuple[LinkRow, str | None]]:
    texts: dict[int, str] = {}
    for record, _, canon in chunk:
        shown = codec.load_parts(canon)
        values = shown[holder]
        text = values[at] if values is not None and shown[place] is not None else None
        if isinstance(text, str) and text and not text.startswith(HERE):
            texts[record] = text
    targets = {text: target_of(text) for text in texts.values()}
    records = pointers.records(c, [t for t in targets.values() if t is not None])
    entities = graph.entity_of(run.ledger, c, run.plan, {r for found in records.values() for r in found})
    tied = graph.entity_of(run.ledger, c, run.plan, texts)
    for record, text in texts.items():
        target = targets[text]
        found = records.get(target, []) if target is not None else []
        part = part_for(run.tables[target.table], kind) if target is not None and len(found) == 1 else None
        entity = entities.get((found[0], part)) if part is not None else None
        if entity is not None and tied.get((record, name)) != entity:
            yield _link(run, (record, name), entity, "look-up", 1.0), None


__all__ = ["Linked", "link", "new_id", "targets_first", "unlinked"]
