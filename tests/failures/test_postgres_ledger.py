"""Does everything hold with the ledger in PostgreSQL: a full cycle, undo, erasing, a kill, a connection that breaks?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from connectors.shared import files
from tests.failures.stage import Stage
from tests.failures.test_crash import Offbook, elsewhere, killed_at, made, rehearsed, spread, to_rest, whole
from tests.postgres import Server

KILLS = 5


@pytest.fixture
def ledger(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address as people write it: the password comes from the environment."""
    secret = str(make_url(postgres_url).password)
    monkeypatch.setenv("LEDGER_PASSWORD", secret)
    at = postgres_url.index("@")
    return f"postgresql://postgres:${{LEDGER_PASSWORD}}{postgres_url[at:]}"


@pytest.fixture
def stage(ledger: str, tmp_path: Path) -> Stage:
    return Stage(made(tmp_path / "workspace"), ledger=ledger)


@pytest.fixture(scope="module")
def offbook(postgres_server: Server) -> Iterator[Offbook]:
    program = Offbook(LEDGER_PASSWORD=postgres_server.password)
    yield program
    program.close()


def test_a_full_cycle(stage: Stage, agreed: Stage) -> None:
    done = stage.sync()
    assert done.code == 0, done.text
    assert done.json()["applied"]["done"] == 17
    assert stage.shows() == agreed.shows(), "as with a file"
    stage.rests(0)
    elsewhere(stage)
    stage.rests()
    assert all(any("总工程师" in row for row in rows) for rows in stage.shows().values())
    for words in (("runs",), ("doctor",), ("explain", "book", "1"), ("review", "list"), ("show", "1"), ("match",)):
        done = stage.call(*words)
        assert done.code in (0, 2), done.text
        assert "mistake of its own" not in done.text
    assert "the ledger is whole" in stage.call("doctor").out
    assert not list(stage.folder.glob("offbook.db*"))


def test_undo(stage: Stage) -> None:
    stage.rests()
    before = stage.shows()
    stage.type_in_crm("UPDATE contacts SET title = '销售总监' WHERE full_name = '张三丰'")
    assert stage.sync().code == 0
    written = stage.shows()
    assert any("销售总监" in row for row in written["book"])
    done = stage.call("undo", "--yes")
    assert done.code == 0, done.text
    after = stage.shows()
    assert (after["book"], after["sheet"]) == (before["book"], before["sheet"])
    assert any("销售总监" in row for row in after["crm"]), "its author's cell is kept"
    stage.rests()
    assert stage.shows() == after


def test_erasing(stage: Stage, postgres_server: Server, postgres_url: str) -> None:
    import psycopg

    stage.rests()
    key = next(row for row in stage.crm_ids("contacts") if row[1] == "王武略")[0]
    done = stage.call("erase", "crm.contacts", str(key), "--yes")
    assert done.code == 0, done.text
    with psycopg.connect(postgres_url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            for row in connection.execute(f"SELECT * FROM {name}".encode()):
                cells = [bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode() for cell in row]
                assert not any("王武略".encode() in cell or b"13700137003" in cell for cell in cells), name
    assert stage.call("doctor").code == 0


def test_killed_and_gone_on_with(ledger: str, tmp_path: Path, offbook: Offbook, postgres_server: Server) -> None:
    states, end, steps = rehearsed(tmp_path, ("sheet",), elsewhere, offbook)
    for step in spread(steps, KILLS)[1:-1]:
        name = f"kill_{os.getpid()}_{step}"
        postgres_server.run(f"CREATE DATABASE {name}")
        stage = Stage(made(tmp_path / str(step)), ledger=_other(ledger, name))
        killed_at(step, stage, offbook)
        whole(stage, states)
        elsewhere(stage)
        to_rest(stage, offbook)
        assert stage.shows() == end, f"killed at step {step}"
        postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _other(address: str, name: str) -> str:
    head, _, rest = address.rpartition("/test_")
    if "?" in rest:
        return f"{head}/{name}?{rest.partition('?')[2]}"
    return f"{head}/{name}"


def test_a_connection_that_breaks_in_an_apply(
    stage: Stage, postgres_server: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is written, and its receipt cannot be kept: the next run finds out what became of it."""
    name = make_url(postgres_url).database
    inner = files.replace

    def replace(*given: object, **named: object) -> object:
        done = inner(*given, **named)  # type: ignore[arg-type]
        postgres_server.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        )
        return done

    with monkeypatch.context() as patched:
        patched.setattr(files, "replace", replace)
        done = stage.call("sync", "agree", "--yes")
    postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert done.code == 4, done.text
    assert "cannot be reached" in done.err
    assert "mistake of its own" not in done.text
    assert postgres_server.password not in done.text
    stage.forget_lease()
    stage.rests()
    shown = stage.shows()
    assert {name: rows.total() for name, rows in shown.items()} == {"book": 6, "sheet": 6, "crm": 10}
