"""Killed at any step of an apply over a CSV file, a workbook and a database: is nothing lost, doubled or half written?
(RULES R10c, R14, R15, I6)"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.failures.stage import ROOT, Done, Stage

Shown = dict[str, Counter[tuple[Any, ...]]]
RUNS = 4
"""A kill, and the runs that bring what it left to rest (I5 allows three)."""
SPREAD = 6
"""So many of the steps are tried in every test run, first and last among them; the long tests try each."""


class Offbook:
    """The program, killed where we like; each call is a process of its own."""

    def __init__(self, **environment: str) -> None:
        self.server: subprocess.Popen[str] | None = None
        fixed = {"PYTHONPATH": str(ROOT), "OFFBOOK_LANG": "en", "OPENBLAS_NUM_THREADS": "1"}
        self.environment = {**os.environ, **fixed, **environment}
        if hasattr(os, "fork"):
            pipe = subprocess.PIPE
            self.server = subprocess.Popen(
                [sys.executable, "-m", "tests.failures.deadly", "serve"], stdin=pipe, stdout=pipe, encoding="utf-8",
                cwd=ROOT, env=self.environment,
            )  # fmt: skip

    def __call__(self, stage: Stage, *words: str, kill: int = 0, phase: str = "apply") -> Done:
        given = ["--workspace", str(stage.folder), *words]
        if self.server is None:
            command = [sys.executable, "-m", "tests.failures.deadly", str(kill), phase, *given]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, env=self.environment)
            killed = kill and "\nsteps " not in done.stderr
            return Done(-9 if killed else done.returncode, done.stdout, done.stderr)
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps([kill, phase, *given]) + "\n")
        self.server.stdin.flush()
        return Done(*json.loads(self.server.stdout.readline()))

    def close(self) -> None:
        if self.server is not None:
            assert self.server.stdin is not None
            assert self.server.stdout is not None
            self.server.stdin.close()
            self.server.wait(30)
            self.server.stdout.close()


@pytest.fixture(scope="module")
def offbook() -> Iterator[Offbook]:
    program = Offbook()
    yield program
    program.close()


# ------------------------------------------------------------------------------ what people type meanwhile


def elsewhere(stage: Stage) -> None:
    """Edits of cells that the plan does not write, in each source, and a new customer."""
    stage.type_in_book("王武略", "职务", "总工程师")
    stage.type_in_sheet("孙启明", "Title", "总经理")
    stage.type_in_crm("UPDATE accounts SET phone = '010-66667777' WHERE name = '北京天合贸易有限公司'")
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '张三丰'")
    rows = stage.book_rows()
    stage.write_book([*rows, ["", "武汉光谷光电有限公司", "周若兰", "13300133006", "", "", "", "新"]])


def same_cells(stage: Stage) -> None:
    """Edits of the very cells that the plan fills."""
    stage.type_in_book("张三丰", "职务", "顾问")
    stage.type_in_sheet("李思敏", "Email", "simin@tianhe.example")
    stage.type_in_crm("UPDATE accounts SET website = 'www.yurun-new.example' WHERE id = 1")


TYPED = ("顾问", "simin@tianhe.example", "www.yurun-new.example")


def nothing(stage: Stage) -> None:
    """Nobody types."""


# ------------------------------------------------------------------------------ the test


def rehearsed(folder: Path, tokens: tuple[str, ...], edit: Callable[[Stage], None], offbook: Offbook) -> Any:
    """An undisturbed run, the same edits, and runs to rest -> (states of each source, what is shown at the end, steps)."""
    stage = Stage(made(folder / "rehearsal"), tokens)
    states: dict[str, list[Counter[tuple[Any, ...]]]] = {name: [shown] for name, shown in stage.shows().items()}
    done = offbook(stage, "sync", "agree", "--yes", "--json")
    assert done.code == 0, done.text
    steps = int(done.err.rsplit("steps ", 1)[1])
    for name, path in (("book", stage.book), ("sheet", stage.sheet)):
        for backup in path.parent.glob(f"{path.name}.offbook-*.bak"):
            states[name].append(peek(stage, name, backup))
        states[name].append(stage.shows()[name])
    edit(stage)
    to_rest(stage, offbook)
    return states, stage.shows(), steps


def peek(stage: Stage, name: str, backup: Path) -> Counter[tuple[Any, ...]]:
    """What a backup shows."""
    other = Stage.__new__(Stage)
    other.folder = made(stage.folder / f"peek-{backup.stem}")
    shutil.copy(backup, other.folder / ("book.csv" if name == "book" else "sheet.xlsx"))
    rows = other.book_rows() if name == "book" else other.sheet_rows()
    return Counter(tuple(row[1:]) for row in rows)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def to_rest(stage: Stage, offbook: Offbook) -> None:
    """Runs until there is nothing to do; each ends well."""
    for _ in range(RUNS):
        done = offbook(stage, "sync", "agree", "--yes", "--json")
        assert done.code == 0, done.text
        said = done.json()
        assert said["failures"] == {}
        assert said["applied"]["balances"]
        if said["planned"]["changes"] == 0:
            return
    raise AssertionError(f"after {RUNS} runs there is still something to do: {said['planned']['counts']}")


def killed_at(step: int, stage: Stage, offbook: Offbook, phase: str = "apply") -> None:
    done = offbook(stage, "sync", "agree", "--yes", "--json", kill=step, phase=phase)
    assert done.killed, f"step {step} was not met: {done.text}"


def whole(stage: Stage, states: dict[str, list[Counter[tuple[Any, ...]]]]) -> None:
    """Each file is one of those that an undisturbed run shows."""
    for name, shown in stage.shows().items():
        if name != "crm":
            assert shown in states[name], f"{name} is neither as it was before nor as it was after a write"


def spread(steps: int, most: int) -> list[int]:
    return sorted({1 + round(n * (steps - 1) / (most - 1)) for n in range(most)})


TOKENS = pytest.mark.parametrize("tokens", [("sheet",), ("book",), ()], ids=["ids-in-sheet", "ids-in-csv", "no-ids"])


def killed_everywhere(
    folder: Path, tokens: tuple[str, ...], edit: Callable[[Stage], None], offbook: Offbook, most: int | None
) -> Iterator[tuple[int, Stage, Shown]]:
    """Kills at each step (or a spread of them), lets people type, and brings it to rest."""
    states, end, steps = rehearsed(folder, tokens, edit, offbook)
    assert steps > 60, "commits and replaced files are counted"
    for step in range(1, steps + 1) if most is None else spread(steps, most):
        stage = Stage(made(folder / str(step)), tokens)
        killed_at(step, stage, offbook)
        whole(stage, states)
        edit(stage)
        to_rest(stage, offbook)
        yield step, stage, end


def ends_as_undisturbed(folder: Path, tokens: tuple[str, ...], offbook: Offbook, most: int | None) -> None:
    for step, stage, end in killed_everywhere(folder, tokens, elsewhere, offbook, most):
        assert stage.shows() == end, f"killed at step {step}"
        shutil.rmtree(stage.folder)


def keeps_what_was_typed(folder: Path, tokens: tuple[str, ...], offbook: Offbook, most: int | None) -> None:
    for step, stage, _ in killed_everywhere(folder, tokens, same_cells, offbook, most):
        shown = stage.shows()
        cells = {cell for rows in shown.values() for row in rows for cell in row} | stage.losers()
        for value in TYPED:
            assert value in cells, f"killed at step {step}: {value} was typed and is nowhere"
        names = Counter(row[0] for row in shown["crm"].elements())
        assert set(names.values()) == {1}, f"killed at step {step}: {names}"
        assert all(count == 1 for name in ("book", "sheet") for count in shown[name].values())
        shutil.rmtree(stage.folder)


@TOKENS
def test_killed_in_an_apply_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, tokens: tuple[str, ...], offbook: Offbook
) -> None:
    ends_as_undisturbed(tmp_path, tokens, offbook, SPREAD)


def test_what_is_typed_into_the_cells_in_doubt_is_kept(tmp_path: Path, offbook: Offbook) -> None:
    keeps_what_was_typed(tmp_path, ("sheet",), offbook, SPREAD)


@pytest.mark.long
@TOKENS
def test_killed_at_every_step_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, tokens: tuple[str, ...], offbook: Offbook
) -> None:
    ends_as_undisturbed(tmp_path, tokens, offbook, None)


@pytest.mark.long
@TOKENS
def test_killed_at_every_step_what_is_typed_into_the_cells_in_doubt_is_kept(
    tmp_path: Path, tokens: tuple[str, ...], offbook: Offbook
) -> None:
    keeps_what_was_typed(tmp_path, tokens, offbook, None)


# ------------------------------------------------------------------------------ the plan that was interrupted


def test_an_interrupted_plan_is_gone_on_with(tmp_path: Path, offbook: Offbook) -> None:
    """R13c: what is done is not done again, and children find the parents that were made before the kill."""
    for step in (40, 100):
        stage = Stage(made(tmp_path / str(step)), ("sheet",))
        killed_at(step, stage, offbook)
        done = offbook(stage, "apply", "1", "--json")
        assert done.code == 0, done.text
        said = done.json()["applied"]
        assert said["balances"]
        assert said["not_sent"] == {}
        to_rest(stage, offbook)
        assert {name: rows.total() for name, rows in stage.shows().items()} == {"book": 6, "sheet": 6, "crm": 10}
        over = offbook(stage, "apply", "1", "--json")
        assert (over.code, over.json()["error"]["kind"]) == (6, "StalePlan")


def test_an_interrupted_plan_does_not_repeat_what_a_later_plan_has_done(tmp_path: Path, offbook: Offbook) -> None:
    """R13b: its entities were moved by another plan since."""
    for step in (40, 100):
        stage = Stage(made(tmp_path / str(step)), ("sheet",))
        killed_at(step, stage, offbook)
        to_rest(stage, offbook)
        before = stage.shows()
        done = offbook(stage, "apply", "1", "--json")
        assert done.code == 6, done.text
        said = done.json()["applied"]
        assert said["balances"]
        assert said["not_sent"] == {"stale": said["planned"]}
        assert stage.shows() == before
