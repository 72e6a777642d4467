"""How sure are we that two records are the same, given what is observed?

Fellegi-Sunter with three explanations of a pair: same, kin, apart (matching.aspects). The shares of levels under the
first two and the shares of the three explanations are found by EM on the candidate pairs, with the shipped shares as
a prior; under `apart` they are measured on random pairs. No labels are used. A fit that leaves what can be believed
is refused, and the shipped shares are used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching.aspects import ECHO, Aspect
from matching.columns import Floats
from matching.observe import Seen
from matching.shares import Counts

SAME, KIN, APART = range(3)
Tables: TypeAlias = Mapping[str, Floats]
"""For each aspect the shares of its levels: a row each for same, kin, apart."""

STRENGTH: Final = 60.0
"""Pairs that the shipped shares of an aspect are worth in a fit."""
STRENGTH_APART: Final = 50.0
FEWEST: Final = 0.02
"""Pairs of either sort for each record that a fit takes for granted: few customers are known to one source only."""
ROUNDS: Final = 12
_FIXED_FOR_KIN: Final = frozenset({"name", "ids", "birth"})
"""Groups in which kin are as shipped: otherwise kin would learn to be customers whose given name is misspelt."""
_MOST: Final = 1e-3, 5.0
"""A fit is refused where same-pairs exceed the second number for each record, or an equal name is less likely than
the first among them.
"""


@dataclass(frozen=True)
class Model:
    """prior: shares of same, kin and apart among all pairs. fitted: found on data, else as shipped. counts:
    frequencies it goes with.
    """

    tables: Tables
    prior: tuple[float, float, float]
    fitted: bool = False
    counts: Counts = field(default_factory=Counts)


def dump(model: Model) -> str:
    """The model as JSON text, to be kept."""
    tables = {name: table.round(9).tolist() for name, table in model.tables.items()}
    holders = {store: dict(texts) for store, texts in model.counts.holders.items()}
    counts = {"records": model.counts.records, "holders": holders}
    return json.dumps({"tables": tables, "prior": model.prior, "fitted": model.fitted, "counts": counts})


def load(text: str) -> Model:
    """What `dump` gave. Raises ValueError or KeyError for anything else."""
    said = json.loads(text)
    holders = {store: {int(h): k for h, k in texts.items()} for store, texts in said["counts"]["holders"].items()}
    same, kin, apart = said["prior"]
    tables = {name: np.asarray(table, float) for name, table in said["tables"].items()}
    return Model(tables, (same, kin, apart), said["fitted"], Counts(said["counts"]["records"], holders))


def shipped(aspects: Sequence[Aspect], pairs: float, records: int) -> Model:
    """The model before any data: about three records in ten have a double, five in ten a kin."""
    share = records / max(pairs, 1.0)
    return Model({a.name: a.table() for a in aspects}, (min(0.3 * share, 0.3), min(0.5 * share, 0.3), 1.0))


def by_group(seen: Seen, model: Model) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """For each group of evidence how much likelier (natural log) what is seen is under same than under apart, and under
    kin than under apart.
    """
    same: dict[str, list[Floats]] = {}
    kin: dict[str, list[Floats]] = {}
    for at, aspect in enumerate(seen.aspects):
        levels = seen.levels[at]
        if not levels.any():
            continue
        logs = np.log(np.maximum(model.tables[aspect.name], 1e-9))
        rare = seen.rarity[at]
        known = ~np.isnan(rare)
        apart = np.where(known, rare, logs[APART][levels])
        like_kin = np.where(known, np.maximum(logs[KIN][levels], rare), logs[KIN][levels])
        same.setdefault(aspect.group, []).append(np.where(levels == 0, 0.0, logs[SAME][levels] - apart))
        kin.setdefault(aspect.group, []).append(np.where(levels == 0, 0.0, like_kin - apart))
    return (
        {group: _joint(parts, ECHO.get(group, 0.5)) for group, parts in same.items()},
        {group: _joint(parts, ECHO.get(group, 0.5)) for group, parts in kin.items()},
    )


def _joint(parts: Sequence[Floats], echo: float) -> Floats:
    """Of one group: the strongest in full and the others' echo, for and against apart."""
    stack = np.stack(parts)
    up, down = np.maximum(stack, 0), np.minimum(stack, 0)
    joint: Floats = (1 - echo) * (up.max(axis=0) + down.min(axis=0)) + echo * (up.sum(axis=0) + down.sum(axis=0))
    return joint


def posterior(seen: Seen, model: Model) -> Floats:
    """Rows: probability of same, kin, apart for each pair."""
    same, kin = by_group(seen, model)
    return explained(same, kin, model, len(seen))


def explained(same: Mapping[str, Floats], kin: Mapping[str, Floats], model: Model, n: int) -> Floats:
    """The same for n pairs of which the groups' odds are known."""
    logs, nothing = np.log(model.prior), np.zeros(n)
    same_odds, kin_odds = sum(same.values(), nothing), sum(kin.values(), nothing)
    stack = np.stack([logs[SAME] + same_odds, logs[KIN] + kin_odds, np.full(n, logs[APART])])
    likely = np.exp(stack - stack.max(axis=0))
    shares: Floats = likely / likely.sum(axis=0)
    return shares


def fit(seen: Seen, random: Seen, pairs: float, records: int, sampled: float = 1.0) -> Model:
    """EM on candidate pairs. pairs: number of all pairs that could be compared; sampled: share of the candidates that
    `seen` is.
    """
    start = shipped(seen.aspects, pairs, records)
    first = {a.name: _measured(a, random, at) for at, a in enumerate(seen.aspects)}
    model = Model(first, start.prior)
    for _ in range(ROUNDS):
        likely = posterior(seen, model)
        same, kin = (likely[SAME].sum() / sampled, likely[KIN].sum() / sampled)
        tables = {a.name: _learnt(a, first[a.name], seen.levels[at], likely) for at, a in enumerate(seen.aspects)}
        model = Model(tables, ((same + FEWEST * records) / pairs, (kin + FEWEST * records) / pairs, 1.0), fitted=True)
    return model if _believable(model, seen.aspects, pairs, records) else Model(first, start.prior)


def _measured(aspect: Aspect, random: Seen, at: int) -> Floats:
    """The shipped table, with what random pairs show in the row `apart`."""
    table = aspect.table()
    if aspect.unmeasured:
        return table
    found = np.bincount(random.levels[at], minlength=table.shape[1])[1:] + STRENGTH_APART * table[APART, 1:]
    rows = slice(None) if aspect.neutral else APART
    table[rows, 1:] = found / found.sum()
    return table


def _learnt(aspect: Aspect, first: Floats, levels: NDArray[np.int8], likely: Floats) -> Floats:
    table = first.copy()
    for row in (SAME,) if aspect.group in _FIXED_FOR_KIN else (SAME, KIN):
        found = np.bincount(levels, weights=likely[row], minlength=table.shape[1])[1:] + STRENGTH * first[row, 1:]
        table[row, 1:] = found / found.sum()
    return table


def _believable(model: Model, aspects: Sequence[Aspect], pairs: float, records: int) -> bool:
    """Whether the fit can be used: not everything is the same, and the same are still alike."""
    if model.prior[SAME] * pairs > _MOST[1] * 10 * records:
        return False
    return all(model.tables[a.name][SAME, -1] >= _MOST[0] for a in aspects if a.levels[-1] in ("exact", "whole"))
