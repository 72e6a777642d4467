"""What does matching cost: whole lists, a few new records against very many known, one new record?

    python benchmarks/matching_cost.py [--sets FOLDER] [--size N] [LINE ...]

Lines: 20k (the labelled set zh_20k, read as a mapping would), 1000, large (N simple records, a million unless told
otherwise), twice (2 N), new (1,000 records against N, and one). Each is a process of its own; CPU seconds and MB are the
whole process's, reading its CSV file included, but for `new`: there they are counted from when the index of keys is open.
The index is the public `keys` of the known, sorted in memory; a workspace keeps it in its ledger, which costs more.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import child

LINES: Final = ("20k", "1000", "large", "twice", "new")
BARS: Final = {
    "20k": "≤ 15 CPU s",
    "1000": "≤ 1 CPU s",
    "large": "no dearer than Splink 5: 322 CPU s and 4.5 GB, training capped 57 s of wall time and 2.2 GB",
    "twice": "runs",
    "1,000 new": "≤ 1 s",
    "one new": "≤ 0.02 s",
}
NEW: Final = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sets", type=Path, help="the folder of the labelled sets")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("lines", nargs="*", default=[])
    asked = parser.parse_args()
    print(f"| {'line':24} | CPU s | MB | links | must be |\n|---|---:|---:|---:|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for line in asked.lines or LINES:
            _line(line, asked.size, asked.sets, Path(folder))
    return 0


def _line(line: str, size: int, sets: Path | None, folder: Path) -> None:
    if line == "20k":
        quality = Path(__file__).with_name("matching_quality.py")
        more = ["--sets", str(sets)] if sets else []
        cost = child([sys.executable, str(quality), *more, "zh_20k"], folder, folder / "out")
        _print("zh_20k, judged", cost.cpu, cost.peak, "–", BARS["20k"])
        return
    count = {"1000": 1000, "large": size, "twice": 2 * size, "new": size + NEW}[line]
    file = folder / f"{count}.csv"
    here = [sys.executable, str(Path(__file__).resolve())]
    child(
        [sys.executable, str(Path(__file__).with_name("matching_crowd.py")), str(file), str(count)],
        folder,
        folder / "out",
    )
    cost = child([*here, "--child", "new" if line == "new" else "whole", str(file)], folder, folder / "out")
    said = json.loads(cost.said.strip().splitlines()[-1])
    if line != "new":
        _print(f"{count:,} records", cost.cpu, cost.peak, f"{said['links']:,}", BARS[line])
        return
    for name in ("1,000 new", "one new"):
        _print(f"{name} against {size:,}", said[name], cost.peak, "–", BARS[name])


def _print(name: str, cpu: float, peak: int, links: str, bar: str) -> None:
    print(f"| {name:24} | {cpu:.3g} | {peak / 1e6:,.0f} | {links} | {bar} |", flush=True)


# ------------------------------------------------------------------------------ in processes of their own


def whole(file: Path) -> dict[str, object]:
    from benchmarks.matching_crowd import columns
    from matching import Batch, match

    values = columns(file)
    result = match(Batch("person", values, [0] * len(values["name"])))
    return {"links": len(result.links)}


def new(file: Path) -> dict[str, object]:
    """The last records against all others: seconds from when the model and the index of keys are there."""
    import numpy as np

    from benchmarks.matching_crowd import columns
    from matching import Batch, Keys, keys, learn, match, neighbours

    values = columns(file)
    known = len(values["name"]) - NEW

    def batch(rows: Iterable[int]) -> Batch:
        chosen = list(rows)
        return Batch(
            "person", {name: [column[k] for k in chosen] for name, column in values.items()}, [0] * len(chosen)
        )

    everybody = batch(range(known))
    model, index = learn(everybody), keys(everybody)
    del everybody
    order = np.argsort(index.keys)
    sorted_keys, sorted_rows = index.keys[order], index.rows[order]

    def answer(rows: Sequence[int]) -> float:
        start = time.process_time()
        wanted = keys(batch(rows))
        each = np.unique(wanted.keys)
        low, high = np.searchsorted(sorted_keys, each), np.searchsorted(sorted_keys, each, "right")
        at = np.concatenate([np.arange(a, min(b, a + 401)) for a, b in zip(low.tolist(), high.tolist(), strict=True)])
        near = neighbours(wanted, Keys(sorted_rows[at], sorted_keys[at])).tolist()
        match(batch([*rows, *near]), only_new=range(len(rows)), model=model)
        return time.process_time() - start

    answer([known])  # what is imported late is there now
    single = sorted(answer([known + k]) for k in range(0, 200, 2))
    return {"1,000 new": answer(range(known, known + NEW)), "one new": single[len(single) // 2], "worst": single[-1]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps({"whole": whole, "new": new}[sys.argv[2]](Path(sys.argv[3]))))
    else:
        raise SystemExit(main())
