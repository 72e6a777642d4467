"""Offbook as a process that kills itself at a step that it is told: before and after every commit, at each step by which
a file is replaced. The product knows nothing of it.

    python -m tests.failures.deadly STEP apply|all|term|int offbook's words …

kills at the STEP-th step (0: never) of the apply, or of all; `term` and `int` send SIGTERM and SIGINT at a step of the
apply instead, as a service manager and Ctrl-C do. Where it gets through it says how many steps there were. With
`serve` it reads such calls, one JSON list a line, and lets a fork of itself run each, so that only one process pays for
the imports; it answers with the exit code (-9: killed) and what was printed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, Final

KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


class Steps:
    """Counts while `counting`; at number `deadly` the process gets a signal, and is gone by the usual one."""

    def __init__(self, deadly: int, number: int = KILL) -> None:
        self.deadly, self.number, self.count, self.counting = deadly, number, 0, False

    def step(self) -> None:
        if not self.counting:
            return
        self.count += 1
        if self.count == self.deadly:
            os.kill(os.getpid(), self.number)

    def around(self, holder: Any, name: str) -> None:
        """Makes a function of `holder` one in which the process can die before it acts and after."""
        inner: Callable[..., Any] = getattr(holder, name)

        def call(*given: Any, **named: Any) -> Any:
            self.step()
            answer = inner(*given, **named)
            self.step()
            return answer

        setattr(holder, name, call)


def armed(deadly: int, phase: str) -> Steps:
    """Puts the steps into the libraries that write."""
    from sqlalchemy.engine.default import DefaultDialect

    from sync.commands import syncing

    steps = Steps(deadly, {"term": signal.SIGTERM, "int": signal.SIGINT}.get(phase, KILL))
    steps.around(DefaultDialect, "do_commit")
    for holder, names in ((Path, ("replace", "rename", "unlink")), (os, ("fsync",))):
        for name in names:
            steps.around(holder, name)
    steps.around(shutil, "copyfileobj")
    steps.around(tempfile, "mkstemp")
    if phase == "all":
        steps.counting = True
        return steps
    inner = vars(syncing)["apply_plan"]

    def apply_plan(*given: Any, **named: Any) -> Any:
        steps.counting = True
        try:
            return inner(*given, **named)
        finally:
            steps.counting = False

    vars(syncing)["apply_plan"] = apply_plan
    return steps


def run(deadly: int, phase: str, words: Sequence[str]) -> int:
    """One call of offbook; says the number of steps on the error stream."""
    import cli

    steps = armed(deadly, phase)
    code = 0
    try:
        cli.app(list(words))
    except SystemExit as end:
        code = int(end.code or 0)
    sys.stderr.write(f"\nsteps {steps.count}\n")
    return code


# ------------------------------------------------------------------------------ one process that pays for the imports


def serve() -> None:
    """Answers each line of calls with [code, output, errors]."""
    _warm()
    for line in sys.stdin:
        deadly, phase, *words = json.loads(line)
        answer = _forked(deadly, phase, words)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _warm() -> None:
    """Imports what a run needs; opens no file and starts no thread."""
    for name in (
        "cli", "sync.run", "sync.commands.syncing", "sync.show.told", "sync.show.progress", "sync.workspace",
        "sync.commands.planview", "connectors.csv", "connectors.xlsx", "connectors.sql", "matching", "python_calamine",
        "rapidfuzz", "numpy", "phonenumbers", "opencc", "pypinyin", "alembic",
    ):  # fmt: skip
        with suppress(ImportError):
            __import__(name)


def _forked(deadly: int, phase: str, words: Sequence[str]) -> tuple[int, str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = run(deadly, phase, words)
            except BaseException as trouble:  # noqa: BLE001 - a child must not go on as its parent
                code = 99
                err.write(repr(trouble))
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump([code, out.getvalue(), err.getvalue()], pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        return -9, "", ""
    code, said, errors = json.loads(text)
    return code, said, errors


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        sys.exit(run(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
