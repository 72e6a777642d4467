"""Told to stop, taken over, or with a clock that goes backwards: does a run end in good order and go on later?"""

from __future__ import annotations

import json
import platform
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.gate import RunGate, VirtualClock
from connectors.shared import files
from sync import run as running
from sync.ledger import lease
from sync.run import Session
from sync.workspace import load
from tests.failures.stage import Stage
from tests.failures.test_crash import Offbook, elsewhere, made, rehearsed, to_rest

STEPS = (30, 90)


@pytest.fixture(scope="module")
def offbook() -> Iterator[Offbook]:
    program = Offbook()
    yield program
    program.close()


def test_told_to_stop_it_ends_in_good_order(tmp_path: Path, offbook: Offbook) -> None:
    """SIGTERM: exit 4; Ctrl-C: exit 130. No file is half done, nothing is in doubt for long, the next run goes on."""
    _, end, _ = rehearsed(tmp_path, ("sheet",), elsewhere, offbook)
    stopped = 0
    for phase, code in (("term", 4), ("int", 130)):
        for step in STEPS:
            stage = Stage(made(tmp_path / f"{phase}{step}"), ("sheet",))
            done = offbook(stage, "sync", "agree", "--yes", "--json", kill=step, phase=phase)
            assert done.code in (0, code), done.text
            if done.code:
                stopped += 1
                kind = {4: "Stopped", 130: "Interrupted"}[code]
                assert done.json()["error"]["kind"] == kind
            elsewhere(stage)
            to_rest(stage, offbook)
            assert stage.shows() == end, f"{phase} at step {step}"
    assert stopped >= 2


# ------------------------------------------------------------------------------ two runs


def session_of(stage: Stage, now: datetime | None = None) -> Session:
    if now is None:
        return running.open_session(load(stage.folder))
    moment = now
    return running.open_session(load(stage.folder), gate=RunGate(clock=VirtualClock(moment)), clock=lambda: moment)


def test_a_second_run_waits_for_the_first(stage: Stage) -> None:
    session = session_of(stage)
    held = lease.take(session.ledger, what="sync agree")
    try:
        before = stage.shows()
        stage.type_in_book("王武略", "职务", "总工程师")
        done = stage.call("sync", "agree", "--yes")
        assert done.code == 4
        assert "the ledger is in use by sync agree (process" in done.err
        assert stage.call("runs").code == 0, "looking needs no lease"
        assert stage.shows()["sheet"] == before["sheet"]
    finally:
        held.release()
        session.close()
    stage.rests()


def test_a_lease_taken_over_in_the_middle_of_an_apply(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """R21b: the sleeper's next commit fails; what it wrote is found by the other's next run, and nothing is doubled."""
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '张三丰'")
    inner: Callable[..., object] = files.replace

    def replace(*given: object, **named: object) -> object:
        done = inner(*given, **named)
        with closing(sqlite3.connect(stage.folder / "offbook.db")) as ledger, ledger:
            ledger.execute("UPDATE lease SET number = number + 1, holder = 'elsewhere|1|x|sync agree'")
        return done

    with monkeypatch.context() as patched:
        patched.setattr(files, "replace", replace)
        done = stage.call("sync", "agree", "--yes")
    assert done.code == 4, done.text
    assert "another run has taken over the ledger" in done.err
    stage.forget_lease()
    stage.rests()
    shown = stage.shows()
    assert {name: rows.total() for name, rows in shown.items()} == {"book": 6, "sheet": 6, "crm": 10}
    assert all(any("销售总监" in row for row in rows) for rows in shown.values())


def test_two_processes_at_once(stage: Stage) -> None:
    """One of them does the work, the other says who does."""
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '张三丰'")
    codes: list[tuple[int, str]] = []

    def go() -> None:
        done = stage.offbook("sync", "agree", "--yes", "--json")
        codes.append((done.code, done.text))

    both = [threading.Thread(target=go) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert {code for code, _ in codes} <= {0, 4, 6}, codes
    assert 0 in {code for code, _ in codes}, codes
    for code, text in codes:
        if code == 4:
            assert json.loads(text)["error"]["kind"] in ("LedgerBusy", "Stopped")
    stage.rests()
    assert {name: rows.total() for name, rows in stage.shows().items()} == {"book": 6, "sheet": 6, "crm": 10}


# ------------------------------------------------------------------------------ the clock


def test_a_clock_that_goes_backwards(stage: Stage) -> None:
    """Runs are counted, not dated: edits are found and written, and `doctor` says what is odd."""
    with closing(sqlite3.connect(stage.folder / "offbook.db")) as ledger, ledger:
        ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
        ledger.execute("UPDATE run SET started = ?, ended = ? WHERE id = 2", (ahead, ahead))
        ledger.execute("UPDATE source_table SET listed_at = ?", (ahead,))
    stage.type_in_book("王武略", "职务", "总工程师")
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '张三丰'")
    stage.rests()
    shown = stage.shows()
    assert all(any("总工程师" in row for row in rows) for rows in shown.values())
    assert all(any("销售总监" in row for row in rows) for rows in shown.values())
    found = stage.call("doctor")
    assert found.code == 0


def test_a_clock_that_goes_backwards_between_plan_and_apply(stage: Stage) -> None:
    stage.type_in_book("王武略", "职务", "总工程师")
    now = datetime.now(UTC)
    first = session_of(stage, now)
    try:
        planned = running.make_plan(first, "agree")
    finally:
        first.close()
    second = session_of(stage, now - timedelta(days=3))
    try:
        done = running.apply_plan(second, planned.plan, by="tester")
    finally:
        second.close()
    assert done.applied is not None
    assert done.applied.balances()
    assert done.applied.done == 2
    stage.rests()


def test_a_lease_from_a_clock_ahead_ends_with_its_process(stage: Stage) -> None:
    """Its time would come in a year; its process is gone."""
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat(timespec="seconds")

    with closing(sqlite3.connect(stage.folder / "offbook.db")) as ledger, ledger:
        holder = f"{platform.node()}|999999999|x|sync agree"
        ledger.execute("UPDATE lease SET until = ?, holder = ?", (ahead, holder))
    stage.rests()
