"""Who is who? From a batch to groups and questions: read → keys → candidates → model → scores → groups.

Pure: the same parts give the same groups, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from matching import groups as gr
from matching.blocking import Keys, candidates, closing, keys_of
from matching.calibration import Line, calibrated
from matching.columns import Bools, Ints, mix_all
from matching.compared import Compared, compared
from matching.explain import reasons
from matching.lessons import FEWEST
from matching.model import Model
from matching.outcome import outcome
from matching.parts import Batch, Report, Result, Score
from matching.records import Records, read
from matching.rules import doubtful
from matching.scoring import Case, Scored, fitted, open_case, participants, score, taught
from matching.solved import Solved

KNOWN: Final = 5000
"""Records that are thought to be known where only new ones are compared and no model says how many there are."""
AGAIN: Final = 3
"""How often groups that are too large for all pairs to be candidates are looked at again."""


def keys(batch: Batch) -> Keys:
    """Blocking keys of the rows, stable 64-bit numbers: parts that share none are never compared.

    Keep them in an index; for new parts find the known ones that share a key, and match these together with `only_new`.
    """
    records = read(batch)
    found = keys_of(records)
    return Keys(records.order[found.rows], found.keys)


def learn(batch: Batch) -> Model:
    """A model fitted to these parts, to be kept and given to later calls."""
    records = read(batch)
    case = open_case(records, 0.95, 0.6, None)
    if not len(batch):
        return case.model
    return fitted(case, candidates(records, keys_of(records), participants(records))).model


def compare(batch: Batch, i: int, j: int, *, model: Model | None = None, prior: float | None = None) -> Score:
    """Whether rows i and j are the same customer. prior: how likely that is before anything is seen; None: as for a
    pair by chance.
    """
    records = read(batch.rows([i, j]))
    case = open_case(records, 0.95, 0.60, model)
    if prior is not None:
        case = replace(case, model=replace(case.model, prior=(prior, (1 - prior) / 2, (1 - prior) / 2)))
    one, other = np.array([0]), np.array([1])
    scored = score(case, one, other)
    return Score(float(scored.p[0]), reasons(case, one, other)[0], bool(scored.certain[0]))


def match(
    batch: Batch,
    *,
    link: float = 0.95,
    ask: float = 0.60,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
    only_new: Sequence[int] | None = None,
    model: Model | None = None,
    watch: Callable[[Compared], object] | None = None,
) -> Result:
    """Groups the rows of a batch.

    link: probability from which on two groups become one; ask: from which on a person is asked. same, different:
    pairs of rows that a person decided; they outrank scores. only_new: rows to compare, with each other and with all
    others; None: all of them. model: kept from a larger batch; without one it is fitted to this batch, or as shipped
    where only some rows are new. watch: is told all pairs that were compared and how likely each is thought to be.
    """
    if not len(batch):
        return Result([], [], [], [], [], Report())
    records = read(batch)
    record = np.empty(len(records), np.int64)
    record[records.order] = np.arange(len(records))
    told_same, told_different = _decided(record, same), _decided(record, different)
    solved = _start(records, set(batch.alone), told_same, told_different)
    case = open_case(records, link, ask, model, KNOWN if only_new is not None else 0)
    if not records.identify and not _is_comparable(records):
        return outcome(case, solved)
    if records.identify:
        _join_identified(records, solved)
        return outcome(case, solved)
    rows, wanted = (
        participants(records),
        None if only_new is None else np.unique(record[np.asarray(only_new, np.int64)]),
    )
    if wanted is not None:
        rows = np.union1d(rows, wanted)
    found = candidates(records, keys_of(records), rows, wanted, set(batch.alone))
    if model is None and wanted is None:
        case = fitted(case, found)
    solved.found, scored = found, score(case, found.a, found.b)
    if len(told_same) + len(told_different) >= FEWEST:
        trial = _start(records, set(batch.alone), [], [])
        _solve(case, trial, scored, wanted)
        same, different = (_would_be_one(trial, solved, told) for told in (told_same, told_different))
        case, before = taught(case, found, same, different), case
        scored = scored if case is before else score(case, found.a, found.b)
    _solve(case, solved, scored, wanted)
    if watch is not None:
        watch(compared(case, solved))
    return outcome(case, solved)


def _would_be_one(trial: Solved, solved: Solved, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the answered pairs that would be linked if nobody had answered: of them it is known what the score says.
    Others were held back for reasons that no score knows.
    """
    find, stuck = trial.groups.find, solved.stuck
    return [(a, b) for a, b in pairs if find(a) == find(b) and not (stuck is not None and (stuck[a] or stuck[b]))]


def _decided(record: Ints, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted({(min(a, b), max(a, b)) for a, b in ((int(record[x]), int(record[y])) for x, y in pairs)})


def _is_comparable(records: Records) -> bool:
    """Kinds of one's own are compared only where their fields' types are told."""
    return records.kind in ("person", "organisation") or bool(records.types)


# ------------------------------------------------------------------------------ what is known before


def _start(records: Records, alone: set[int], same: list[tuple[int, int]], different: list[tuple[int, int]]) -> Solved:
    """Groups as they are known and decided. Where decisions contradict one another, none of them is followed and
    nothing is merged.
    """
    known = _chains(records.entity)
    trial = gr.alone(len(records), {})
    gr.force(trial, known + same)
    against = [(a, b) for a, b in different if trial.find(a) == trial.find(b)]
    frozen = {trial.find(a) for a, _ in against}
    groups = gr.alone(len(records), _marks(records, alone))
    gr.force(groups, known)
    gr.force(groups, [(a, b) for a, b in same if trial.find(a) not in frozen])
    gr.bar(groups, different)
    stuck = (
        np.fromiter((trial.find(x) in frozen for x in range(len(records))), np.bool_, len(records)) if frozen else None
    )
    return Solved(groups, known + same, contradictions=against, stuck=stuck)


def _chains(entity: Ints) -> list[tuple[int, int]]:
    """Pairs that tie together all records of each known entity."""
    order = np.lexsort((np.arange(len(entity)), entity))
    order = order[entity[order] >= 0]
    same = entity[order[1:]] == entity[order[:-1]]
    return list(zip(order[:-1][same].tolist(), order[1:][same].tolist()))


def _marks(records: Records, alone: set[int]) -> dict[int, dict[str, frozenset[int]]]:
    """What two records of one group must not say differently: a checked number, and which record of a table without
    doubles they are.
    """
    marks: dict[int, dict[str, frozenset[int]]] = {}
    for name, one in records.columns.items():
        if name.startswith("checked."):
            for at in np.flatnonzero(one.codes >= 0).tolist():
                marks.setdefault(at, {})[name] = frozenset((int(one.codes[at]),))
    for at in np.flatnonzero(np.isin(records.source, list(alone))).tolist() if alone else ():
        marks.setdefault(at, {})[f"alone {records.source[at]} {records.table[at]}"] = frozenset((at,))
    return marks


def _join_identified(records: Records, solved: Solved) -> None:
    """Own kinds: equal in all fields that identify is the same one."""
    codes = mix_all(*(records.columns[name].hashes() for name in records.identify if name in records.columns))
    full = all(name in records.columns for name in records.identify)
    rows = np.flatnonzero(codes) if full else np.empty(0, np.int64)
    rows = rows[np.lexsort((rows, codes[rows]))]
    equal = codes[rows[1:]] == codes[rows[:-1]]
    _certain(solved, list(zip(rows[:-1][equal].tolist(), rows[1:][equal].tolist())))


# ------------------------------------------------------------------------------ groups


def _solve(case: Case, solved: Solved, scored: Scored, wanted: Ints | None) -> None:
    """Certain evidence, then records that say the same, then scores; then pairs that the groups themselves bring up."""
    scored = _parted_where_stuck(scored, solved.stuck)
    sure = scored.certain & ~scored.parted
    _certain(solved, sorted(zip(scored.a[sure].tolist(), scored.b[sure].tolist())))
    _join_equal(case.records, solved, scored, case.link)
    n = len(case.records)
    a, b = closing(n, scored.a, scored.b, np.where(scored.firm, scored.p, 0.0))
    if wanted is not None:
        on = np.isin(a, wanted) | np.isin(b, wanted)
        a, b = a[on], b[on]
    scored = scored.plus(_parted_where_stuck(score(case, a, b), solved.stuck))
    solved.line = calibrated(n, scored.a, scored.b, scored.raw, scored.firm & ~scored.parted)
    left: list[gr.Left] = []
    for again in range(AGAIN + 1):
        merges, left = gr.solve(solved.groups, _pairs(scored, solved.line, case), case.link)
        solved.merges += merges
        a, b = gr.more_pairs(solved.groups, left, case.link, scored.a * n + scored.b)
        if again == AGAIN or not len(a):
            break
        scored = scored.plus(_parted_where_stuck(score(case, a, b), solved.stuck))
    solved.scored, solved.left = scored, left


def _parted_where_stuck(scored: Scored, stuck: Bools | None) -> Scored:
    if stuck is None:
        return scored
    on = stuck[scored.a] | stuck[scored.b]
    return replace(scored, parted=scored.parted | on, certain=scored.certain & ~on)


def _certain(solved: Solved, pairs: list[tuple[int, int]]) -> None:
    for a, b in pairs:
        x, y = solved.groups.find(a), solved.groups.find(b)
        if x == y:
            continue
        if solved.groups.may_join(x, y):
            solved.groups.join(x, y)
            solved.merges.append(gr.Merge(a, b, 1.0))
        else:
            solved.refused.append((a, b))


def _join_equal(records: Records, solved: Solved, scored: Scored, link: float) -> None:
    """Records that say exactly the same are one, if one such pair reaches the threshold."""
    stuck = np.zeros(len(records), np.bool_) if solved.stuck is None else solved.stuck
    twins = (records.digest[scored.a] == records.digest[scored.b]) & scored.firm & ~scored.parted & (scored.p >= link)
    sure = dict(zip(records.digest[scored.a[twins]].tolist(), scored.p[twins].tolist()))
    order = np.lexsort((np.arange(len(records)), records.digest))
    equal = np.flatnonzero(records.digest[order[1:]] == records.digest[order[:-1]])
    for a, b in zip(order[equal].tolist(), order[equal + 1].tolist()):
        p = sure.get(int(records.digest[a]))
        x, y = solved.groups.find(a), solved.groups.find(b)
        if p is not None and x != y and not (stuck[a] or stuck[b]) and solved.groups.may_join(x, y):
            solved.groups.join(x, y)
            solved.merges.append(gr.Merge(a, b, p))


def _pairs(scored: Scored, line: Line, case: Case) -> gr.Pairs:
    """What groups are solved by. Scores too low for a link count as what they mean here, and stay too low by themselves;
    what the rules keep from being asked stays as it is.
    """
    most = doubtful(case.link, case.ask)
    said = np.maximum(scored.p, np.minimum(line.of(scored.p), most))
    p = np.where((scored.p < most) & ~scored.weak & ~scored.parted, said, scored.p)
    return gr.Pairs(scored.a, scored.b, p, scored.firm, scored.parted)
