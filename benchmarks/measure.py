"""What did a child process cost? CPU seconds and peak memory, as the operating system counted them."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_KILO = 1024 if sys.platform != "darwin" else 1
"""Linux counts the peak in kilobytes, macOS in bytes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """cpu: seconds, user and system together. peak: bytes of memory at the most. said: what the child printed."""

    cpu: float
    peak: int
    said: str = ""


def child(command: Sequence[str], folder: Path, out: Path) -> Cost:
    """Runs one command to its end, what it prints into `out`. Raises RuntimeError with its last words where it failed."""
    with out.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = out.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * _KILO, text)


def cheapest(times: int, run: Callable[[], Cost], before: Callable[[], object] = lambda: None) -> Cost:
    """The run that cost least of several; `before` prepares each and is not counted."""
    found: list[Cost] = []
    for _ in range(times):
        before()
        found.append(run())
    return min(found, key=lambda one: one.cpu)


def exponent(costs: Sequence[tuple[int, float]]) -> float:
    """The slope of log(cost) over log(size), by least squares: 1 is linear."""
    points = [(math.log(size), math.log(cost)) for size, cost in costs]
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points)
