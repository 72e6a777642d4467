"""Do passwords and customers' values stay out of errors, logs, `--json` and what is meant for sharing? (C34, DESIGN §10)

Both are planted, many things are made to fail, and everything that is said or left behind is searched.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.report import report
from sync.run import open_session
from sync.workspace import load
from tests.failures.stage import Done, Stage

SECRETS = {
    "CRM_PASSWORD": "Planted-Crm-Pa55",
    "LEDGER_PASSWORD": "Planted-Ledger-Pa55",
    "TOKEN": "planted0token0of0crm",
}
COMPANY, PERSON, PHONE, MAIL, TITLE = "潜伏科技有限公司", "植入者", "13977700001", "planted@qianfu.example", "神秘职务"
VALUES = (COMPANY, PERSON, PHONE, PHONE[3:], MAIL, TITLE)
COMMANDS = (
    ("check", "--config"), ("check",), ("map", "check"), ("sources",), ("pull", "agree"), ("plan", "agree"),
    ("sync", "agree", "--yes"), ("runs",), ("doctor",),
)  # fmt: skip
SHOWS_RECORDS = {"map", "plan", "sync"}
"""What a person asked to see of his customers: their standard output, without --json, may hold values."""
HOOK = """class whole:
    @staticmethod
    def read(value):
        raise RuntimeError(f"cannot read {value!r}")
    @staticmethod
    def write(value):
        return value
"""


def planted(stage: Stage) -> None:
    """A customer whom only the workbook of text knows."""
    stage.write_book([*stage.book_rows(), ["", COMPANY, PERSON, PHONE, MAIL, TITLE, "", ""]])


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ------------------------------------------------------------------------------ what goes wrong


def nothing(stage: Stage) -> None:
    pass


def crm_on_a_server_that_is_down(stage: Stage) -> None:
    url = "{url: 'postgresql://offbook:${CRM_PASSWORD}@127.0.0.1:1/crm?application_name=${TOKEN}', connector: sql}"
    change(stage.folder / "offbook.yaml", "crm: crm.sqlite", f"crm: {url}")


def crm_password_in_the_file(stage: Stage) -> None:
    url = f"{{url: 'postgresql://offbook:{SECRETS['CRM_PASSWORD']}@127.0.0.1:1/crm', connector: sql, sesam: 1}}"
    change(stage.folder / "offbook.yaml", "crm: crm.sqlite", f"crm: {url}")


def crm_url_that_cannot_be_read(stage: Stage) -> None:
    url = "{url: 'postgresql+nothing://offbook:${CRM_PASSWORD}@ho st:x/crm', connector: sql}"
    change(stage.folder / "offbook.yaml", "crm: crm.sqlite", f"crm: {url}")


def ledger_on_a_server_that_is_down(stage: Stage) -> None:
    url = "postgresql://offbook:${LEDGER_PASSWORD}@127.0.0.1:1/ledger"
    change(stage.folder / "offbook.yaml", "ledger: offbook.db", f"ledger: {url}")


def ledger_password_in_the_file(stage: Stage) -> None:
    url = f"postgresql://offbook:{SECRETS['LEDGER_PASSWORD']}@127.0.0.1:1/ledger"
    change(stage.folder / "offbook.yaml", "ledger: offbook.db", f"ledger: {url}")


def a_hook_that_fails(stage: Stage) -> None:
    (stage.folder / "hook.py").write_text(HOOK, encoding="utf-8")
    change(stage.folder / "mappings" / "book.yaml", "title: 职务", "title: {from: 职务, python: 'hook:whole'}")


def a_crm_that_refuses(stage: Stage) -> None:
    with closing(sqlite3.connect(stage.folder / "crm.sqlite")) as crm:
        crm.executescript(
            "CREATE TRIGGER no BEFORE INSERT ON contacts BEGIN SELECT RAISE(ABORT, 'not today'); END;"
            "CREATE TRIGGER nor BEFORE INSERT ON accounts BEGIN SELECT RAISE(ABORT, 'not today'); END;"
        )


def no_headings(stage: Stage) -> None:
    stage.write_book(stage.book_rows()[1:])


def a_file_of_another_encoding(stage: Stage) -> None:
    content = stage.book.read_bytes()
    stage.book.write_bytes(content + f",{COMPANY},{PERSON}".encode("utf-16") + b"\xff\x00\r\n")


def ragged_rows(stage: Stage) -> None:
    text = stage.book.read_text(encoding="utf-8")
    stage.book.write_text(f'{text},{COMPANY},"{PERSON}\n,,{PHONE},{MAIL},{TITLE},,,,,,,\n', encoding="utf-8")


def the_same_id_twice(stage: Stage) -> None:
    rows = stage.sheet_rows()
    stage.write_sheet([*rows, [rows[1][0], COMPANY, PERSON, PHONE, MAIL, TITLE, "", ""]])


def unreadable_values(stage: Stage) -> None:
    rows = stage.book_rows()
    stage.write_book([*rows, ["", f"{COMPANY}#REF!", PERSON, "1.39777E+10", f"{MAIL}@@", TITLE, "#N/A", ""]])


def a_damaged_ledger(stage: Stage) -> None:
    with (stage.folder / "offbook.db").open("r+b") as file:
        for page in range(3, 40, 2):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)


TROUBLES: tuple[Callable[[Stage], None], ...] = (
    nothing, crm_on_a_server_that_is_down, crm_password_in_the_file, crm_url_that_cannot_be_read,
    ledger_on_a_server_that_is_down, ledger_password_in_the_file, a_hook_that_fails, a_crm_that_refuses, no_headings,
    a_file_of_another_encoding, ragged_rows, the_same_id_twice, unreadable_values, a_damaged_ledger,
)  # fmt: skip


# ------------------------------------------------------------------------------ what is searched


@pytest.fixture
def at_stake(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    planted(stage)
    return stage


def said(stage: Stage) -> Iterator[tuple[str, str, bool]]:
    """(command, what it said, whether it may hold customers' values)."""
    for words in COMMANDS:
        for options in (("--json",), ("--verbose", "--lang", "zh")):
            done = stage.call(*words, *options)
            named = " ".join((*words, *options))
            assert "Traceback" not in done.text, named
            yield f"{named}: errors", done.err, False
            yield f"{named}: output", done.out, words[0] in SHOWS_RECORDS and not is_error(done, options)


def is_error(done: Done, options: tuple[str, ...]) -> bool:
    return "--json" in options and "error" in json.loads(done.out)


def demand_silence(stage: Stage) -> None:
    found: list[str] = []
    for named, text, may_hold in said(stage):
        found += [f"{named}: {secret}" for secret in SECRETS.values() if secret in text]
        if not may_hold:
            found += [f"{named}: {value}" for value in VALUES if value in text]
    for log in stage.folder.rglob("*.log"):
        text = log.read_text(encoding="utf-8")
        found += [f"{log.name}: {word}" for word in (*SECRETS.values(), *VALUES) if word in text]
    for path in stage.folder.glob("offbook.db*"):
        content = path.read_bytes()
        found += [f"{path.name}: {secret}" for secret in SECRETS.values() if secret.encode() in content]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_planted_is_told(at_stake: Stage, trouble: Callable[[Stage], None]) -> None:
    trouble(at_stake)
    demand_silence(at_stake)


@pytest.mark.parametrize(
    "where", ["sync.run.plan", "sync.run.link", "sync.run.commit", "sync.writing.batch.receipts.take"]
)
def test_a_mistake_of_ours_tells_no_value(at_stake: Stage, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def broken(*_: object, **__: object) -> None:
        try:
            SECRETS[f"{PERSON} {PHONE}"]
        except KeyError as trouble:
            raise ValueError(f"{COMPANY} {MAIL} {SECRETS['TOKEN']}") from trouble

    monkeypatch.setattr(where, broken)
    for options in ((), ("--json",), ("--verbose",)):
        assert at_stake.call("sync", "agree", "--yes", *options).code == 70
    log = (at_stake.folder / "offbook.log").read_text(encoding="utf-8")
    assert "ValueError" in log
    assert "KeyError" in log
    demand_silence(at_stake)


def test_a_report_is_masked(at_stake: Stage) -> None:
    """Phones and mails of the planted customer are in the plan, and not in the page."""
    at_stake.call("plan", "agree")
    session = open_session(load(at_stake.folder))
    try:
        for name in ("plan.html", "plan.xlsx"):
            report(session, path=at_stake.folder / name)
    finally:
        session.close()
    text = (at_stake.folder / "plan.html").read_text(encoding="utf-8")
    assert COMPANY in text
    for hidden in (PHONE, PHONE[3:], MAIL, *SECRETS.values()):
        assert hidden not in text


def test_the_search_would_find_something(at_stake: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.commands.doctor.platform.release", lambda: PHONE)
    with pytest.raises(AssertionError, match="doctor --json: output"):
        demand_silence(at_stake)
