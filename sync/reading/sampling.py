"""Which customers does a job with `sample` take, and what goes with them? (CONFIG "jobs.NAME")

So many customers of those that have something to be written, evenly over the order in which their records were met; with
them who belongs to them (their contacts) and whom all these point to (parents). Everybody else is left as if he had not
been read tonight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.contract import say
from sync.context import Run
from sync.ledger import codec, graph, plans, sampled


def cut(run: Run) -> None:
    """Takes the sample out of the plan in the making; nothing where the job has none, or everybody fits in."""
    most = run.job.sample
    if most is None:
        return
    with run.transaction() as c:
        points = sampled.pointing(run.ledger, c, run.plan)
        customers = _customers(run, c, points)
        run.sampled = (min(most, len(customers)), len(customers))
        if len(customers) <= most:
            return
        kept = with_others(
            set(evenly(customers, most)), points, sampled.kinds(run.ledger, c, run.plan), run.workspace.customer
        )
        _leave_out(run, c, kept)
    text = say("a sample: {count} of {every} customers that have something to be written, with all that belongs to them",
               count=run.sampled[0], every=run.sampled[1])  # fmt: skip
    run.note("note", "sample", text)


def evenly(names: Sequence[str], most: int) -> list[str]:
    """`most` of them, at even distances, the first among them."""
    return [names[n * len(names) // most] for n in range(min(most, len(names)))]


def with_others(chosen: set[str], points: Mapping[str, set[str]], kinds: Mapping[str, str], customer: str) -> set[str]:
    """With those of other kinds that point to them, and with everybody whom these point to in turn."""
    kept = chosen | {one for one, to in points.items() if to & chosen and kinds.get(one) != customer}
    left = list(kept)
    while left:
        for target in points.get(left.pop(), ()):
            if target not in kept:
                kept.add(target)
                left.append(target)
    return kept


def _customers(run: Run, c: Connection, points: Mapping[str, set[str]]) -> list[str]:
    """Customers with changes of their own or of who belongs to them, in the order in which their records were met."""
    kinds = sampled.kinds(run.ledger, c, run.plan)
    found: dict[str, None] = {}
    for entity in sampled.changed(run.ledger, c, run.plan):
        mine = (entity, *sorted(points.get(entity, ())))
        customers = [one for one in mine if kinds.get(one) == run.workspace.customer]
        found.update(dict.fromkeys(customers[:1] or [entity]))
    first: dict[str, int] = {}
    for record, parts in sorted(sampled.drafted(run.ledger, c, run.plan).items()):
        for one in parts.values():
            first.setdefault(one, record)
    return sorted(found, key=lambda one: (first.get(one, 0), one))


def _leave_out(run: Run, c: Connection, kept: set[str]) -> None:
    """Records that speak of both keep what merges had seen of the parts that are left out."""
    draft = run.draft
    links = sampled.drafted(run.ledger, c, run.plan)
    mixed = {n: parts for n, parts in links.items() if 0 < sum(one in kept for one in parts.values()) < len(parts)}
    for number, record in graph.records(run.ledger, c, mixed).items():
        base = _base(run, record, {part for part, one in mixed[number].items() if one not in kept})
        plans.keep_base(run.ledger, c, run.plan, number, base)
    sampled.leave_out(run.ledger, c, run.plan, kept)
    draft.marks = {key: why for key, why in draft.marks.items() if key[0] in kept}
    draft.lifted = {key for key in draft.lifted if key[0] in kept}
    draft.snapshots = [one for one in draft.snapshots if one[0] in kept]
    about = sampled.decided_of(run.ledger, c, draft.spent)
    draft.spent = [n for n in draft.spent if n in about and _is_kept(*about[n], links, kept)]


def _base(run: Run, record: graph.RecordRow, left: set[str]) -> bytes:
    shown = codec.load_parts(record.canon)
    base = codec.load_parts(record.base) if record.base is not None else shown
    for part in run.by_id[record.table_id].parts:
        if part.map.name in left and part.place < min(len(shown), len(base)):
            shown[part.place] = base[part.place]
    return codec.dump(shown)


def _is_kept(
    entity: str | None, content: Mapping[str, object], links: Mapping[int, Mapping[str, str]], kept: set[str]
) -> bool:
    """A decision is taken up only where what it is about is in the sample."""
    if entity is not None:
        return entity in kept
    record, _, part = str(content.get("ref", "")).partition(":")
    if not record.isdigit():
        return True
    return links.get(int(record), {}).get(part, "") in kept


__all__ = ["cut", "evenly", "with_others"]
