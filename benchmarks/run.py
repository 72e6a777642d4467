"""How much CPU and memory do Offbook's jobs cost, compared with peers on the same machine? (`make bench`)

`run.py [--quick] [--only NAME …] [--growth SIZE …] [--times N] [--save]`: prints the table; --quick at 10,000 records
instead of 100,000, --growth fits the exponent of the cost over these sizes, --save writes RESULTS.md. Numbers are CPU
seconds of whole child processes, start included; each job runs several times and the cheapest run counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.jobs import MEGA, Bench, Row
from benchmarks.measure import exponent
from benchmarks.workbooks import workbooks

HERE = Path(__file__).resolve().parent
PARTS = ("starting", "reading", "agreeing", "workbooks", "growth")


def main() -> int:
    asked = _asked()
    count = 10_000 if asked.quick else 100_000
    bench = Bench(count, asked.times, tell=lambda row: print(_line(row), flush=True))
    print(f"{count:,} records; CPU seconds\n\n{_head()}", flush=True)
    bench.prepare()
    parts = {"starting": bench.starting, "reading": bench.reading, "agreeing": bench.agreeing}
    for name, run in parts.items():
        if name in asked.only:
            run()
    if "workbooks" in asked.only:
        workbooks(bench)
    grown = _growth(asked.growth, asked.times) if "growth" in asked.only and asked.growth else []
    print("\n" + "\n".join(grown))
    missed = [row for row in bench.rows if not row.ok]
    print(f"\n{len(bench.rows) - len(missed)} of {len(bench.rows)} hold" + ("" if not missed else ", missed:"))
    for row in missed:
        print(f"  {row.job} ({row.peer or 'seconds'}): {row.bar}")
    if asked.save:
        _save(bench, grown)
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="10,000 records instead of 100,000")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--growth", nargs="*", type=int, default=[10_000, 30_000, 100_000], help="sizes to fit")
    parser.add_argument("--times", type=int, default=3, help="runs of each job; the cheapest counts")
    parser.add_argument("--save", action="store_true", help="write benchmarks/RESULTS.md")
    return parser.parse_args()


def _growth(sizes: list[int], times: int) -> list[str]:
    """Reading, and the whole first sync, over sizes: an exponent of 1 is linear."""
    costs: dict[str, list[tuple[int, float]]] = {"pull": [], "first sync (plan and apply)": []}
    said = []
    for size in sizes:
        bench = Bench(size, times)
        bench.prepare()
        place = bench.fresh("growth")
        pulled = bench.offbook(place, "pull", "take")
        costs["pull"].append((size, pulled.cpu))
        shutil.rmtree(place)
        place = bench.fresh("growth")
        parts = [bench.offbook(place, "plan", "take"), bench.offbook(place, "apply", "1")]
        cpu, peak = sum(one.cpu for one in parts), max(one.peak for one in parts)
        costs["first sync (plan and apply)"].append((size, cpu))
        told = f"{size:,} records: pull {pulled.cpu:.2f} s, {pulled.peak / MEGA:.0f} MB"
        said.append(f"{told}; first sync {cpu:.1f} s, {peak / MEGA:.0f} MB")
        print(said[-1], flush=True)
        shutil.rmtree(place)
    return [
        *said,
        *(f"{name}: cost grows with records^{exponent(found):.2f}" for name, found in costs.items() if len(found) > 1),
    ]


# ------------------------------------------------------------------------------ the table


def _head() -> str:
    return (
        "| job | ours, CPU s | MB | peer | CPU s | MB | cheaper | must be | |\n"
        "|---|---:|---:|---|---:|---:|---:|---|---|"
    )


def _line(row: Row) -> str:
    theirs = row.theirs
    cells = [
        row.job + (f" ({row.note})" if row.note else ""),
        f"{row.ours.cpu:.2f}",
        f"{row.ours.peak / MEGA:.0f}",
        row.peer,
        f"{theirs.cpu:.2f}" if theirs else "",
        f"{theirs.peak / MEGA:.0f}" if theirs else "",
        f"{row.ratio:.1f}×" if row.ratio is not None else "",
        row.bar,
        ("ok" if row.ok else "**missed**") if row.bar else "",
    ]
    return f"| {' | '.join(cells)} |"


def _save(bench: Bench, grown: list[str]) -> None:
    """RESULTS.md, and the same as JSON; the machine is described in general words."""
    day = datetime.now(UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"
    text = [
        "# What the jobs cost",
        "",
        f"`make bench` on {day}: {bench.count:,} records of 12 fields, Chinese and English mixed. {machine}.",
        "CPU seconds (user and system) of whole processes, start included, the cheapest of several runs; peak memory.",
        "",
        _head(),
        *map(_line, bench.rows),
        "",
        *(f"- {line}" for line in grown),
    ]
    (HERE / "RESULTS.md").write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")
    rows = [
        {"job": r.job, "cpu": r.ours.cpu, "peak": r.ours.peak, "peer": r.peer, "ratio": r.ratio, "ok": r.ok}
        for r in bench.rows
    ]
    (bench.folder / "results.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
