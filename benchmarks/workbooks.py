"""How much do reading and writing a workbook cost, each in a process of its own, beside openpyxl in its environment?"""

from __future__ import annotations

import shutil
import sys
from functools import partial

from benchmarks.jobs import ROOT, Bench
from benchmarks.measure import cheapest, child
from benchmarks.venvs import HOME, python_of


def workbooks(bench: Bench) -> None:
    """Two lines of the table: read all records, and change 1 % of them."""
    path, copy, out = (bench.folder / name for name in ("book.xlsx", "copy.xlsx", "said.txt"))
    ours = [sys.executable, "-m", "benchmarks.xlsx"]
    if not path.exists():
        child([*ours, "make", str(path), str(bench.count)], ROOT, out)
    theirs = [python_of("openpyxl"), str(HOME / "peers" / "openpyxl_book.py")]
    read = [cheapest(bench.times, partial(child, [*who, "read", str(path)], ROOT, out)) for who in (ours, theirs)]
    bench.against("XLSX read", read[0], "openpyxl read_only", read[1], cheaper=6.0)
    written = []
    for who, times in ((ours, bench.times), (theirs, 1)):
        work = partial(child, [*who, "write", str(copy)], ROOT, out)
        written.append(cheapest(times, work, partial(shutil.copyfile, path, copy)))
    bench.against("XLSX surgical write of 1 %", written[0], "openpyxl load and save", written[1], cheaper=1.0)
