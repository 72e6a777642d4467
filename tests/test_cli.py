"""Is the command line understood, helpful, and honest about trouble, in both languages?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import cli
from connectors.contract import ConfigError
from offbook import __version__
from sync.show.words import width
from tests.command_line import call, imported, spawn
from tests.small_world import Files

HEAVY = {"alembic", "numpy", "opencc", "openpyxl", "pandas", "phonenumbers", "pypinyin", "rapidfuzz",
         "requests", "rich", "sqlalchemy", "yaml", "apscheduler", "xlsxwriter", "python_calamine"}  # fmt: skip
SLOW = HEAVY - {"yaml", "rich"}
"""What `jobs --json` does without, as the outline of a workspace is read without them."""


def commands() -> Iterator[list[str]]:
    """Every command and every group, as it is typed."""

    def below(one: Any, path: list[str]) -> Iterator[list[str]]:
        yield path
        for name, inner in sorted(getattr(one, "commands", {}).items()):
            yield from below(inner, [*path, name])

    yield from below(typer.main.get_command(cli.app), [])


COMMANDS = list(commands())


# ------------------------------------------------------------------------------ help


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_command_has_help_that_fits_the_screen(path: list[str], lang: str) -> None:
    said = call(*path, "--help", lang=lang)
    assert said.code == 0
    assert said.out.startswith(" ".join(["offbook", *path]))
    assert max(width(line) for line in said.out.splitlines()) <= 80
    chinese = re.findall(r"[\u4e00-\u9fff]", said.out)
    assert bool(chinese) is (lang == "zh")
    assert "--workspace DIR" in said.out


def test_all_commands_of_the_issue_are_there() -> None:
    wanted = {
        "init",
        "check",
        "connectors",
        "sources",
        "jobs",
        "map",
        "pull",
        "match",
        "plan",
        "apply",
        "sync",
        "review",
    }
    wanted |= {
        "explain",
        "undo",
        "erase",
        "runs",
        "show",
        "export",
        "backup",
        "restore",
        "doctor",
        "config",
        "schedule",
    }
    wanted |= {"migrate"}
    assert wanted <= {path[0] for path in COMMANDS if path}
    review = {path[1] for path in COMMANDS if path[:1] == ["review"] and len(path) > 1}
    assert review == {"list", "show", "accept", "reject", "decide", "pin", "export", "import"}


def test_a_bare_call_is_a_call_for_help() -> None:
    assert call().out == call("--help").out
    assert "suggest" in call("map").out


def test_the_version_is_told_at_once() -> None:
    assert spawn("--version").out == f"offbook {__version__}\n"


# ------------------------------------------------------------------------------ quick to start


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["--help", "--lang", "zh"], ["review", "--help"]])
def test_nothing_heavy_is_imported_to_say_who_we_are(words: list[str], tmp_path: Path) -> None:
    assert not imported(*words, cwd=tmp_path) & HEAVY


def test_jobs_are_listed_without_what_a_run_needs(files: Files) -> None:
    loaded = imported("jobs", "--json", cwd=files.folder)
    assert "sync.workspace" in loaded
    assert not loaded & SLOW


# ------------------------------------------------------------------------------ options that stand everywhere


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.configure()
    made.write("crm.csv", "id,name,phone,site", "c1,Acme Ltd,020 7946 0001,", "c2,Borealis GmbH,,borealis.example")
    made.write(
        "book.csv", "公司,座机,网址,联系人,手机,邮箱,备注", "Acme Ltd,,acme.example,Ann Smith,,ann@acme.example,"
    )
    return made


def test_options_of_all_commands_stand_before_or_after_the_command(files: Files) -> None:
    folder = str(files.folder)
    one = call("--workspace", folder, "--json", "jobs")
    two = call("jobs", "--json", "--workspace", folder)
    three = call("jobs", f"--workspace={folder}", "--json")
    assert one.json() == two.json() == three.json()
    assert [job["name"] for job in one.json()["jobs"]] == ["agree"]


def test_the_workspace_is_the_nearest_one_above(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    below = files.folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert call("jobs", "--json").json()["jobs"][0]["name"] == "agree"


def test_the_language_is_asked_for_or_that_of_the_environment(files: Files) -> None:
    assert "现有" in call("plan", "nightly", folder=files.folder, lang="zh").err
    assert "现有" in call("plan", "nightly", "--lang", "zh", folder=files.folder, lang="en").err
    assert "there is: agree" in call("--lang", "en", "plan", "nightly", folder=files.folder, lang="zh").err


def test_what_stands_behind_two_dashes_is_no_option(files: Files) -> None:
    said = call("show", "--", "--json", folder=files.folder)
    assert said.code == 2
    assert "{" not in said.out


# ------------------------------------------------------------------------------ trouble


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plann"], "did you mean `offbook plan`?"),
        (["review", "lst"], "did you mean `offbook review list`?"),
        (["frobnicate"], "`offbook --help` lists what there is"),
        (["plan", "--alow", "x"], "did you mean --allow?"),
        (["plan", "--frobnicate"], "`offbook plan --help` lists what there is"),
        (["apply"], "PLAN is missing"),
        (["apply", "soon"], "PLAN takes a whole number"),
        (["apply", "1", "--limit", "0"], "--limit takes a whole number above 0"),
        (["plan", "agree", "nightly"], "`nightly` is too much"),
        (["apply", "1", "--limit"], "--limit needs a value"),
        (["jobs", "--lang", "fr"], "en and zh"),
        (["jobs", "--workspace"], "--workspace needs a value"),
    ],
)
def test_a_command_line_that_means_nothing_is_told_what_it_could_mean(words: list[str], told: str) -> None:
    said = call(*words)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
    error = call(*words, "--json").error if "--workspace" not in words and words[-1] != "--limit" else None
    assert error is None or (error["code"] == 2 and told in error["text"])


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["plan", "agre"], 2, "did you mean `agree`?"),
        (["plan", "agree", "--allow", "everything"], 2, "--allow takes GUARD=NUMBER"),
        (["plan", "agree", "--allow", "crmm:scope"], 2, "--allow takes GUARD=NUMBER"),
        (["apply", "7"], 2, "there is no plan 7"),
        (["apply", "1", "--only", "crn"], 2, "did you mean `crm`?"),
        (["show", "9"], 2, "there is no plan 9"),
        (["show", "book"], 2, "is no plan's number"),
        (["show", "book", "99"], 2, "has no record 99"),
        (["show", "boook", "1"], 2, "no table or source is called `boook`"),
        (["show", "abcdef0123"], 2, "there is no customer"),
        (["explain", "abcdef0123"], 2, "there is no customer"),
        (["explain", "book", "99"], 2, "has no linked record"),
        (["review", "show", "77"], 2, "there is no question 77"),
        (["review", "accept", "kept/nothing/crm"], 2, "there is no"),
        (["review", "pin", "abc"], 2, "say whose value"),
        (["review", "import", "nothing.xlsx"], 2, "nothing.xlsx"),
        (["undo", "99"], 2, "run 99 wrote nothing"),
        (["export", "everything"], 2, "cannot be exported"),
        (["export", "links", "--format", "pdf"], 2, "is no format"),
        (["erase"], 2, "say who"),
        (["erase", "abcdef0123"], 2, "there is no customer"),
        (["erase", "--older-than", "3"], 2, "as nobody could be asked"),
        (["schedule"], 2, "has a `schedule`"),
        (["schedule", "--print", "at"], 2, "--print takes one of"),
        (["schedule", "--once", "agre"], 2, "did you mean `agree`?"),
        (["restore"], 2, "say which backup"),
        (["restore", "nothing.db"], 2, "nothing.db"),
        (["sources", "rename", "crmm", "x"], 2, "no source is called `crmm`"),
        (["sources", "rename", "crm", "book"], 2, "called `book` already"),
        (["map", "suggest", "nothing.csv"], 2, "neither a source of the workspace nor a file"),
        (["map", "check", "nothing"], 2, "no table or source is called"),
        (["check", "nothing"], 2, "no source is called"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_in_one_paragraph_with_its_code(
    planned: Files, words: list[str], code: int, told: str
) -> None:
    said = call(*words, folder=planned.folder)
    assert (said.code, "Traceback" in said.err) == (code, False), said
    assert told in said.err
    error = call("--json", *words, folder=planned.folder)
    if error.code == code and "error" in error.json():
        assert set(error.error) >= {"code", "text", "kind"}
        assert error.error["code"] == code
        assert told in error.error["text"]


@pytest.fixture
def planned(files: Files) -> Files:
    assert call("plan", folder=files.folder).code == 0
    return files


@pytest.mark.parametrize("words", [["jobs"], ["plan"], ["runs"], ["review", "list"], ["export", "links"], ["doctor"]])
def test_without_a_workspace_every_command_says_where_to_begin(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*words)
    assert said.code == 2
    assert "offbook init" in said.err
    assert "offbook init" in call(*words, lang="zh").err


@pytest.mark.parametrize("words", [["runs"], ["review", "list"], ["export", "links"], ["backup", "b.db"], ["undo"]])
def test_without_a_ledger_nothing_is_made_up(files: Files, words: list[str]) -> None:
    said = call(*words, folder=files.folder)
    assert said.code == 2
    assert "there is no ledger" in said.err
    assert not (files.folder / "offbook.db").exists()


def test_wrong_files_are_told_line_by_line(files: Files) -> None:
    text = (files.folder / "offbook.yaml").read_text("utf-8").replace("authority: [crm]", "autority: [crm]")
    (files.folder / "offbook.yaml").write_text(text, "utf-8")
    said = call("plan", folder=files.folder)
    assert said.code == 2
    assert re.search(r"^offbook\.yaml:2 .*did you mean `authority`\?", said.err, re.MULTILINE)
    error = call("plan", "--json", folder=files.folder).error
    assert error["faults"][0]["line"] == 2
    assert "是否想写 `authority`" in call("plan", folder=files.folder, lang="zh").err


def test_a_mistake_of_ours_is_one_line_and_a_log_without_values(
    planned: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("Ann Smith's number is 13800138000")

    monkeypatch.setattr("sync.commands.looking.last_runs", broken)
    said = call("runs", folder=planned.folder)
    assert said.code == 70
    log = (planned.folder / "offbook.log").read_text("utf-8")
    for text in (said.out, said.err, log):
        assert "Ann" not in text
        assert "13800138000" not in text
        assert "Traceback" not in text
    assert str(planned.folder / "offbook.log") in said.err.replace("\n", "")
    assert "ValueError" in log
    assert "test_cli.py" in log
    error = call("runs", "--json", folder=planned.folder).error
    assert error["code"] == 70
    assert "Ann" not in error["text"]


def test_ctrl_c_is_no_defect(planned: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sync.commands.looking.last_runs", pressed)
    said = call("runs", folder=planned.folder)
    assert said.code == 130
    assert not (planned.folder / "offbook.log").exists()


def test_errors_of_the_engine_keep_their_code(planned: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(ConfigError):
        exit_code = 6

    def refused(*_: object, **__: object) -> None:
        raise Other("plan {number} is {hours} hours old; plan again", number=1, hours=200)

    monkeypatch.setattr("sync.commands.looking.last_runs", refused)
    assert call("runs", folder=planned.folder).code == 6
    assert (
        call("runs", "--json", folder=planned.folder, lang="zh").error["text"] == "计划 1 已过 200 小时；请重新做计划"
    )
