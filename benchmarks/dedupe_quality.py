"""How good is `offbook dedupe` on files that nobody described, and what does it cost? Each set in a process of its own.

    python benchmarks/dedupe_quality.py [--sets FOLDER] [--unknown] [NAME ...]

The command gets records.csv, which columns are source and key, and --across where the task says so: no types, no task.
Judged by judge.py of FOLDER; the bars are those of matching_quality.py. --unknown: every other heading is taken away
(`col_1`, `col_2` …), so that values alone can tell what the columns hold.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import matching_quality as quality  # noqa: E402 - the repository must be found first

MADE_UP: Final = frozenset({"street"})
"""What matching_quality.py adds to the records of a set."""


@dataclass(frozen=True)
class Cost:
    """cpu: seconds, of all that the process did, its start included. memory: MB at most."""

    cpu: float
    memory: float


def put_records(labelled: quality.Labelled, path: Path, *, unknown: bool) -> None:
    """As the set has them; Febrl's dates as the package writes them."""
    columns = [name for name in labelled.rows[0] if name not in MADE_UP]
    keep = ("source", "key")
    headings = [name if name in keep or not unknown else f"col_{at}" for at, name in enumerate(columns)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        for row in labelled.rows:
            plain = {**row, "date_of_birth": row.get("date_of_birth", "").replace("-", "")}
            writer.writerow([plain[name] for name in columns])


def put_truth(labelled: quality.Labelled, folder: Path) -> None:
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "key", "entity"))
        writer.writerows((*ref, entity) for ref, entity in labelled.truth.items())
    task = {"link": "across sources only" if labelled.across else "anywhere"}
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")


_BETWEEN: Final = """
import json, sys
from pathlib import Path
from benchmarks.measure import child
cost = child(json.loads(sys.argv[1]), Path("."), Path("said.txt"))
print(json.dumps([cost.cpu, cost.peak / 1e6]))
"""
"""A small process in between: a child's peak begins with what its parent holds, and the sets are large."""


def dedupe(folder: Path, *, across: bool) -> Cost:
    """Runs the command on folder/records.csv; it writes folder/links.csv. Raises CalledProcessError."""
    words = [
        "--source-column",
        "source",
        "--key-column",
        "key",
        "--out",
        "links.csv",
        *(["--across"] if across else []),
    ]
    command = [sys.executable, "-m", "offbook", "dedupe", "records.csv", *words]
    between = [sys.executable, "-c", _BETWEEN, json.dumps(command)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(between, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
    return Cost(*json.loads(done.stdout))


def measured(judge: ModuleType, labelled: quality.Labelled, *, unknown: bool) -> tuple[dict[str, float], Cost]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        put_records(labelled, folder / "records.csv", unknown=unknown)
        cost = dedupe(folder, across=labelled.across)
        put_truth(labelled, folder)
        said: dict[str, float] = judge.judge(folder, folder / "links.csv")
    return said, cost


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sets", type=Path, default=quality.SETS)
    parser.add_argument("--unknown", action="store_true", help="take the headings away")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(argv)
    judge, below = quality.load_judge(options.sets), 0
    print(
        f"{'set':17}", *(f"{heading:>7}" for heading in ("P", "R", "F1", "bar", "B3", "bar", "largest", "CPU s", "MB"))
    )
    for name, (read, mapped) in quality.all_sets(options.sets).items():
        if options.names and name not in options.names:
            continue
        said, cost = measured(judge, read(), unknown=options.unknown)
        f1, b3 = mapped.bar
        below += said["f1"] < f1 or said["b3"] < b3
        numbers = (said["precision"], said["recall"], said["f1"], f1, said["b3"], b3)
        print(f"{name:17}", *(f"{x:7.3f}" for x in numbers), end="")
        print(f" {said['largest']:7.0f} {cost.cpu:7.1f} {cost.memory:7.0f}", flush=True)
    return 1 if below else 0


if __name__ == "__main__":
    raise SystemExit(main())
