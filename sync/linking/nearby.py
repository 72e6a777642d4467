"""Which known parts may be the same as a new one? An index of blocking keys in the ledger keeps the comparing few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

import matching
from sync.context import Run
from sync.ledger import graph
from sync.linking.known import PartKey, Parts, collect
from sync.linking.relate import Pointers

WHOLE = 0.3
"""Where the new parts are more than this share of the known ones, all are compared and the index is left for later."""
FEW = 2000
"""So few parts are compared at once in any case."""
BUILD = 20_000


def bring_near(run: Run, c: Connection, pointers: Pointers, parts: Parts) -> matching.Model | None:
    """Adds the known parts that share a key with a new one -> the model learnt when all were compared last; None where
    all are compared now: then all that are known were added, and `learn_all` is to be called.
    """
    fresh = len(parts)
    known = graph.count_linked(run.ledger, c, parts.kind)
    if known == 0:
        return None
    known_model = run.ledger.get(c, f"model:{parts.kind}")
    if known <= FEW or fresh > known * WHOLE or not known_model:
        for chunk in graph.linked_parts(run.ledger, c, parts.kind, BUILD):
            collect(run, c, pointers, parts, _still(run, c, chunk, parts.refs[:fresh]))
        return None
    _build(run, c, pointers, parts.kind)
    keys = _save(run, c, parts, parts.batch(run))
    collect(run, c, pointers, parts, _still(run, c, _near(run, c, parts, keys), ()))
    return matching.load_model(known_model)


def learn_all(run: Run, c: Connection, parts: Parts, batch: matching.Batch) -> matching.Model:
    """The model of all parts of a kind, kept with the index of their keys: the next run that meets a few new ones compares
    them with their likes only. So few parts need no index.
    """
    model = matching.learn(batch)
    run.ledger.set(c, f"model:{parts.kind}", matching.dump_model(model))
    indexed = len(parts) > FEW
    if indexed:
        _save(run, c, parts, batch)
    run.ledger.set(c, f"index:{parts.kind}", "1" if indexed else "")
    return model


def _still(
    run: Run, c: Connection, refs: Sequence[PartKey], without: Sequence[PartKey]
) -> Iterable[tuple[PartKey, str]]:
    """Those that are tied to an entity in tonight's draft, with it."""
    tied = graph.entity_of(run.ledger, c, run.plan, {ref[0] for ref in refs})
    out = set(without)
    return [(ref, tied[ref]) for ref in refs if ref in tied and ref not in out]


def _build(run: Run, c: Connection, pointers: Pointers, kind: str) -> None:
    """Indexes what is known and was not indexed yet, and anew what has changed since."""
    name = f"index:{kind}"
    if run.ledger.get(c, name):
        changed = graph.changed_linked(run.ledger, c, kind)
        _index(run, c, pointers, kind, changed)
        return
    for chunk in graph.linked_parts(run.ledger, c, kind, BUILD):
        _index(run, c, pointers, kind, chunk)
    run.ledger.set(c, name, "1")


def _index(run: Run, c: Connection, pointers: Pointers, kind: str, refs: Sequence[PartKey]) -> None:
    parts = Parts(kind)
    collect(run, c, pointers, parts, _still(run, c, refs, ()))
    if not len(parts):
        return
    _save(run, c, parts, parts.batch(run))


def _near(run: Run, c: Connection, parts: Parts, keys: matching.Keys) -> list[PartKey]:
    """The known parts that are worth comparing with the new ones, by record."""
    import numpy as np

    mine, numbers = set(parts.refs), dict[PartKey, int]()
    rows: list[int] = []
    found: list[int] = []
    for key, record, name in graph.bearers(run.ledger, c, parts.kind, {_signed(key) for key in keys.keys.tolist()}):
        if (record, name) not in mine:
            rows.append(numbers.setdefault((record, name), len(numbers)))
            found.append(key)
    refs = list(numbers)
    borne = matching.Keys(np.asarray(rows, np.int64), np.asarray(found, np.int64).view(np.uint64))
    return sorted(refs[row] for row in matching.neighbours(keys, borne).tolist())


def _save(run: Run, c: Connection, parts: Parts, batch: matching.Batch) -> matching.Keys:
    """Keeps the keys of these parts -> them."""
    keys = matching.keys(batch)
    rows = [(parts.refs[row], _signed(key)) for row, key in zip(keys.rows.tolist(), keys.keys.tolist(), strict=True)]
    graph.save_keys(run.ledger, c, parts.kind, rows)
    return keys


def _signed(key: int) -> int:
    """As databases keep 64 bits."""
    return key - (1 << 64) if key >= 1 << 63 else key
