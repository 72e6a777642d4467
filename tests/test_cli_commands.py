"""What does each command do, print, answer as JSON and exit with? On a small workspace of real files."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sync.show import screen
from sync.show.words import width
from tests.command_line import QUIET, ROOT, Said, call
from tests.small_world import Files

WORKSPACE = """\
authority: [crm]
sources:
  crm: crm.csv
  book: book.csv
jobs:
  agree: {push: [crm, book], create_in: [crm]}
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Acme is on both sides, Borealis in the CRM only, Cirrus in the book only; the two say different websites of Dune."""
    made = Files(tmp_path)
    made.configure(workspace=WORKSPACE)
    made.write(
        "crm.csv",
        "id,name,phone,site",
        "c1,Acme Ltd,020 7946 0001,acme.example",
        "c2,Borealis GmbH,030 901820,borealis.example",
        "c3,Dune Systems Inc.,020 7946 0009,dune.example",
    )
    made.write(
        "book.csv",
        "公司,座机,网址,联系人,手机,邮箱,备注",
        "Acme Ltd,020 7946 0001,,Ann Smith,,ann@acme.example,",
        "Cirrus AG,030 901821,cirrus.example,Bob Meyer,,bob@cirrus.example,calls back",
        "Dune Systems Inc.,020 7946 0009,dune-systems.example,,,,",
    )
    return made


def ok(*words: object, files: Files, code: int = 0, **how: Any) -> Said:
    said = call(*words, folder=files.folder, **how)
    assert said.code == code, said
    tables = [line for line in said.out.splitlines() if "   " in line.strip()]
    assert "--json" in words or not [line for line in tables if width(line) > 80], said.out
    return said


def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at the keyboard."""
    monkeypatch.setattr(screen, "_can_answer", lambda: True)


# ------------------------------------------------------------------------------ the line


def test_plan_says_what_and_why_and_writes_nothing(files: Files) -> None:
    before = files.text("book.csv"), files.text("crm.csv")
    said = ok("plan", files=files)
    assert "Plan 1 of job agree" in said.out
    assert re.search(r"website +— → acme\.example +crm c1", said.out)
    assert re.search(r"crm create · Cirrus AG", said.out)
    assert re.search(r"crm +create +1", said.out)
    assert "organisation · website" in said.out
    assert "kept" in said.out
    assert "offbook apply 1" in said.err
    assert (files.text("book.csv"), files.text("crm.csv")) == before


def test_plan_as_json(files: Files) -> None:
    told = ok("plan", "--json", files=files).json()
    assert told["planned"]["changes"] == 2
    assert told["applied"] is None
    assert told["plan"] == 1
    assert told["read"]["crm"]["new"] == 3
    assert told["code"] == 0
    assert {(one["table"], one["op"], one["count"]) for one in told["planned"]["counts"]} == {
        ("crm", "create", 1),
        ("book", "update", 1),
    }
    kept = [one for one in told["planned"]["verdicts"] if one["verdict"] == "kept"]
    assert sum(one["cells"] for one in kept) == 1


def test_what_is_left_alone_is_shown_by_class(files: Files) -> None:
    ok("plan", files=files)
    left = ok("show", "1", "--json", files=files).json()["left"]
    assert {(one["table"], one["field"], one["verdict"]) for one in left} >= {("book", "website", "kept")}
    assert "保留" in ok("show", "1", files=files, lang="zh").out


def test_apply_writes_and_a_second_run_has_nothing_to_do(files: Files) -> None:
    ok("plan", files=files)
    said = ok("apply", "1", files=files)
    assert "Applied plan 1: 2 of 2 changes" in said.out
    assert "acme.example" in files.text("book.csv")
    assert "Cirrus AG" in files.text("crm.csv")
    ok("sync", files=files)
    again = ok("sync", "agree", "--yes", "--json", files=files).json()
    assert again["planned"]["changes"] == 0
    assert again["applied"]["done"] == 0
    assert "Nothing: everything agrees." in ok("sync", files=files).out


def test_apply_a_part_of_a_plan(files: Files) -> None:
    ok("plan", files=files)
    told = ok("apply", "1", "--only", "book:update", "--json", files=files).json()
    assert (told["applied"]["done"], told["applied"]["not_sent"]) == (1, {"not chosen": 1})
    assert told["applied"]["balances"] is True
    assert "Cirrus" not in files.text("crm.csv")
    told = ok("apply", "1", "--except", "crm", "--json", files=files).json()
    assert told["applied"]["done"] == 0
    assert ok("apply", "1", "--limit", "5", "--json", files=files).json()["applied"]["done"] == 1
    assert "Cirrus" in files.text("crm.csv")


def test_sync_asks_and_takes_no_for_an_answer(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files.text("crm.csv")
    said = ok("sync", files=files)
    assert "as nobody could be asked; to write it: offbook apply 1" in said.err
    answers(monkeypatch)
    said = ok("sync", files=files, answer="n\n")
    assert "Apply these 2 changes? [y/N]" in said.err
    assert "to write it later: offbook apply 2" in said.err
    assert files.text("crm.csv") == before
    said = ok("sync", files=files, answer="是\n", lang="zh")
    assert "要执行这 2 个变更吗？" in said.err
    assert "已执行计划 3" in said.out
    assert files.text("crm.csv") != before


def test_sync_as_json_never_asks(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch)
    told = ok("sync", "--json", files=files, answer="y\n").json()
    assert told["applied"] is None
    told = ok("sync", "--yes", "--json", files=files).json()
    assert told["planned"]["changes"] == told["applied"]["done"] == 2


def test_quiet_says_results_only(files: Files) -> None:
    said = ok("plan", "--quiet", files=files)
    assert said.err == ""
    assert "What it would write" in said.out


def test_strict_makes_what_waits_a_code_of_its_own(files: Files) -> None:
    files.write("crm.csv", "id,name,phone,site", "c1,Acme Ltd,1.38001E+10,", "c2,Borealis GmbH,,")
    ok("plan", files=files)
    assert ok("plan", "--strict", files=files, code=1).code == 1


def test_a_guard_is_told_with_its_number_and_let_through_once(files: Files) -> None:
    files.configure(workspace=WORKSPACE.replace("sources:", "guards: {blanks: 0}\nsources:", 1))
    ok("sync", "--yes", files=files)
    rows = files.text("crm.csv").splitlines()
    files.write("crm.csv", rows[0], *(re.sub(r"^(c1,[^,]*,[^,]*),.*", r"\1,", row) for row in rows[1:]))
    said = ok("plan", files=files, code=5)
    assert "Stopped by a guard" in said.out
    assert "--allow blanks=1" in said.out
    told = ok("plan", "--json", files=files, code=5, lang="zh").json()
    assert [(one["guard"], one["count"], one["limit"]) for one in told["guards"]] == [("blanks", 1, 0)]
    assert "放行一次" in told["guards"][0]["text"]
    ok("sync", "--yes", "--allow", "blanks=1", files=files)
    assert "acme.example" not in files.text("book.csv").splitlines()[1].split(",")[2]


def test_pull_and_match_stop_early(files: Files) -> None:
    told = ok("pull", "--json", files=files).json()
    assert told["read"]["book"]["new"] == 3
    assert told["plan"] == 0
    told = ok("match", "--json", files=files).json()
    assert told["linked"]["links"] >= 6
    assert told["plan"] == 0
    assert "records found their customer" in ok("match", files=files).out
    assert ok("plan", "--json", files=files).json()["planned"]["changes"] == 2


def test_a_job_runs_by_itself_and_never_beyond_its_review(files: Files) -> None:
    """`review` is `all` where nothing is said: a plan is made and left."""
    before = files.text("crm.csv"), files.text("book.csv")
    told = ok("schedule", "--once", "agree", "--json", files=files).json()
    assert (told["planned"], told["done"]) == (2, 0)
    assert (files.text("crm.csv"), files.text("book.csv")) == before


def test_what_an_outside_scheduler_needs(files: Files, tmp_path: Path) -> None:
    files.configure(workspace=WORKSPACE.replace("{push:", '{schedule: "daily 02:30", push:'))
    assert "schedule --once agree" in ok("schedule", "--print", "cron", files=files).out
    told = ok("schedule", "--print", "systemd", "--to", tmp_path / "units", "--json", files=files).json()
    assert all(Path(path).is_file() for path in told["written"])
    assert len(told["written"]) == 2


def test_a_migration_asks_writes_and_reckons_up(files: Files) -> None:
    before = files.text("crm.csv")
    said = ok("migrate", files=files)
    assert "nothing more was written" in said.err
    assert files.text("crm.csv") == before
    said = ok("migrate", "--yes", files=files)
    assert "crm: what came in, and where it is" in said.out
    assert "Cirrus" in files.text("crm.csv")
    told = ok("migrate", "agree", "--yes", "--json", files=files).json()
    assert told["answer"] is True
    assert [(one["table"], one["balances"]) for one in told["reconciliation"]] == [("crm", True)]
    assert "进来的记录与去向" in ok("migrate", "--yes", files=files, lang="zh").out


def test_a_plan_for_a_few_customers_only(files: Files) -> None:
    whole = ok("plan", "--json", files=files).json()["planned"]["changes"]
    assert ok("plan", "--sample", "1", "--json", files=files).json()["planned"]["changes"] < whole


# ------------------------------------------------------------------------------ looking


@pytest.fixture
def synced(files: Files) -> Files:
    ok("sync", "--yes", files=files)
    ok("sync", "--yes", files=files)
    return files


def test_runs_and_what_they_came_to(synced: Files) -> None:
    told = ok("runs", "--json", files=synced).json()
    assert [run["run"] for run in told["runs"]] == [4, 3, 2, 1]
    assert told["runs"][2]["applied"]["done"] == 2
    assert told["plans"][-1]["state"] == "applied"
    out = ok("runs", files=synced).out
    assert "plan 1: 2 of 2 changes done" in out
    assert len(ok("runs", "--limit", "1", files=synced).out.splitlines()) == 2


def test_show_and_explain_one_customer(synced: Files) -> None:
    told = ok("show", "book", "3", "--json", files=synced).json()["record"]
    assert told["columns"]["联系人"] == "Bob Meyer"
    assert told["columns"]["座机"] != "030 901821"
    assert (
        ok("show", "book", "3", "--values", "--json", files=synced).json()["record"]["columns"]["座机"] == "030 901821"
    )
    entity = told["parts"]["organisation"]["entity"]
    shown = ok("show", entity, files=synced)
    assert "Cirrus AG" in shown.out
    assert f"offbook explain {entity}" in shown.err
    told = ok("explain", entity, "--json", files=synced).json()
    assert told["entity"] == entity
    assert len(told["records"]) == 2
    assert "Golden" in ok("explain", "book", "#3", "--kind", "organisation", files=synced).out
    assert "黄金值" in ok("explain", "crm", "c1", files=synced, lang="zh").out


def test_sensitive_values_are_masked_unless_asked_for(files: Files) -> None:
    said = ok("plan", files=files)
    assert "030 901821" not in said.out
    assert "bob@cirrus.example" not in said.out
    assert "030901821" in ok("show", "1", "--values", files=files).out


def test_jobs_sources_and_connectors(files: Files) -> None:
    (job,) = ok("jobs", "--json", files=files).json()["jobs"]
    assert (job["name"], job["push"], job["schedule"]) == ("agree", ["crm", "book"], None)
    assert "only when called" in ok("jobs", files=files).out
    first, second = ok("sources", "--json", files=files).json()["sources"]
    assert (first["name"], first["formal"], second["formal"]) == ("crm", True, False)
    assert "off book" in ok("sources", files=files).out
    named = {one["name"] for one in ok("connectors", "--json", files=files).json()["connectors"]}
    assert {"csv", "xlsx", "vcard", "sql", "memory"} <= named


def test_doctor_looks_at_everything(synced: Files) -> None:
    told = ok("doctor", "--json", files=synced).json()
    assert told["ok"] is True
    assert {"versions", "disk", "integrity", "audit", "size"} <= {one["code"] for one in told["findings"]}
    with sqlite3.connect(synced.folder / "offbook.db") as ledger:
        ledger.execute("UPDATE audit SET what = 'nothing' WHERE id = 1")
    ledger.close()
    assert "audit does not hold together from entry 1" in ok("doctor", files=synced, code=2).out
    (synced.folder / "offbook.db").write_bytes(b"no ledger at all" * 1000)
    said = ok("doctor", files=synced, code=2)
    assert "damaged" in said.out


def test_exports(synced: Files) -> None:
    rows = list(csv.reader(io.StringIO(ok("export", "links", files=synced).out)))
    assert rows[0] == ["source", "key", "entity", "probability"]
    assert {row[0] for row in rows[1:]} == {"crm", "book"}
    assert len(rows) == 8
    path = synced.folder / "customers.xlsx"
    assert "written" in ok("export", "customers", path, files=synced).out
    assert path.exists()
    assert ok("export", "duplicates", "--json", files=synced).json() == []
    told = ok("export", "changes", synced.folder / "c.csv", "--plan", "1", "--json", files=synced).json()
    assert told["rows"] >= 2


# ------------------------------------------------------------------------------ deciding


def test_a_class_is_decided_at_once(synced: Files) -> None:
    listed = ok("review", "list", "--json", files=synced).json()
    (name,) = [one["name"] for one in listed["classes"]]
    assert name == "kept/organisation.website/book"
    shown = ok("review", "show", name, files=synced)
    assert "dune-systems.example" in shown.out
    said = ok("review", "accept", name, files=synced)
    assert "offbook plan" in said.err
    ok("sync", "--yes", files=synced)
    assert "dune-systems.example" in synced.text("crm.csv")
    assert "Nothing waits" in ok("review", "list", files=synced).out


def test_what_waits_goes_out_as_a_workbook_and_comes_back(synced: Files) -> None:
    path = synced.folder / "review.xlsx"
    assert ok("review", "export", path, "--json", files=synced).json()["classes"] == 1
    told = ok("review", "import", path, "--json", files=synced).json()
    assert told["decisions"] == 0


def test_a_pin_holds_until_it_is_lifted(synced: Files) -> None:
    ok("review", "pin", "crm:c1", "website", "acme.test", files=synced)
    ok("sync", "--yes", files=synced)
    assert "acme.test" in synced.text("crm.csv")
    (pin,) = ok("review", "list", "--json", files=synced).json()["pins"]
    ok("review", "pin", "--lift", pin["number"], files=synced)
    assert ok("review", "list", "--json", files=synced).json()["pins"] == []


def test_undo_shows_asks_and_takes_back(synced: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    before = synced.text("crm.csv")
    said = ok("undo", "2", files=synced, code=5)
    assert "Taken back" in said.out
    assert "nobody could be asked" in said.err
    assert synced.text("crm.csv") == before
    answers(monkeypatch)
    ok("undo", "2", "--allow", "removals=1", files=synced, answer="y\n")
    assert "Cirrus" not in synced.text("crm.csv")
    assert ok("sync", "--yes", "--json", files=synced).json()["planned"]["changes"] == 0


# ------------------------------------------------------------------------------ keeping


def test_backup_and_restore(synced: Files) -> None:
    path = synced.folder / "kept.db"
    assert ok("backup", path, "--json", files=synced).json()["records"] == 7
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    assert "exists already" in ok("backup", path, files=synced, code=2).err
    (synced.folder / "offbook.db").unlink()
    assert "as nobody could be asked" in ok("restore", path, files=synced, code=2).err
    assert "restored" in ok("restore", path, "--yes", files=synced).out
    assert ok("doctor", "--json", files=synced).json()["ok"] is True


def test_erase_asks_first(synced: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ok("erase", "crm", "c2", files=synced, code=2)
    assert "Borealis GmbH" in said.out
    answers(monkeypatch)
    assert "nothing was done" in ok("erase", "crm", "c2", files=synced, answer="\n").err
    assert "kept away until" in ok("erase", "crm", "c2", files=synced, answer="y\n").out
    assert b"Borealis" not in (synced.folder / "offbook.db").read_bytes()


def test_a_source_is_renamed_and_keeps_its_links(synced: Files) -> None:
    said = ok("sources", "rename", "book", "wangbook", files=synced)
    assert "the ledger calls it `wangbook` now" in said.out
    told = ok("sync", "--yes", "--json", files=synced).json()
    assert told["planned"]["changes"] == 0
    assert {row[0] for row in list(csv.reader(io.StringIO(ok("export", "links", files=synced).out)))[1:]} == {
        "crm",
        "wangbook",
    }


def test_the_configuration_is_of_today(files: Files) -> None:
    before = {path: path.read_bytes() for path in files.folder.rglob("*.yaml")}
    assert ok("config", "upgrade", "--json", files=files).json()["changed"] == []
    assert {path: path.read_bytes() for path in files.folder.rglob("*.yaml")} == before


# ------------------------------------------------------------------------------ beginning


def test_init_check_and_a_first_plan_from_nothing_but_files(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (files.folder / "offbook.yaml", *(files.folder / "mappings").iterdir()):
        path.unlink()
    monkeypatch.chdir(files.folder)
    said = call("init", "--formal", "crm")
    assert said.code == 0
    assert "written: offbook.yaml" in said.out
    assert ok("check", "--config", files=files).out.startswith("nothing is wrong; sources: 2")
    assert ok("check", "--json", files=files).json()["ok"] is True
    assert ok("map", "check", files=files).code == 0
    told = ok("plan", "--json", files=files).json()
    assert told["read"]["book"]["read"] == 3
    assert told["planned"]["changes"] == 0
    again = call("init")
    assert again.code == 2
    assert "nothing was changed" in again.err


def test_suggestions_for_a_file_without_a_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.csv").write_text(
        "客户名称,手机号,传真\n上海宇润科技有限公司,13800138000,021-1\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    told = call("map", "suggest", "list.csv", "--json").json()
    assert {(one["heading"], one["field"]) for one in told["columns"]} >= {
        ("客户名称", "organisation.name"),
        ("传真", None),
    }
    assert set(told["columns"][0]) == {"heading", "field", "confidence", "reason"}
    assert "organisation" in call("map", "suggest", "list.csv", "--mapping").out


def test_check_says_what_only_an_open_source_can_say(files: Files) -> None:
    mapping = files.folder / "mappings" / "crm.yaml"
    mapping.write_text(mapping.read_text("utf-8").replace("website: site", "website: homepage"), "utf-8")
    assert "Missing: homepage. Line 1 has: id, name, phone, site" in ok("check", files=files, code=2).out
    told = ok("check", "crm", "--json", files=files, code=2).json()
    assert told["ok"] is False
    assert "homepage" in ok("check", files=files, code=2, lang="zh").out


# ------------------------------------------------------------------------------ on a terminal


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_no_bar_is_drawn_over_a_result_or_a_question(files: Files) -> None:
    """What a terminal still shows at the end is the whole plan, the question, and what became of it."""
    import pty

    leader, follower = pty.openpty()
    env = {**os.environ, "OFFBOOK_LANG": "en", "TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "offbook", "--workspace", str(files.folder), "sync"]
    with subprocess.Popen(command, env=env, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        shown, answered = b"", False
        while True:
            try:
                more = os.read(leader, 65536)
            except OSError:  # how Linux says that nobody writes any more
                break
            if not more:
                break
            shown += more
            if b"[y/N]" in shown and not answered:
                answered = bool(os.write(leader, b"y\n"))
    os.close(leader)
    assert process.returncode == 0
    lines = _on_screen(shown.decode("utf-8"))
    text = "\n".join(lines)
    assert "reading" not in text
    assert "writing" not in text
    places = [
        text.index(words) for words in ("Plan 1 of job", "What it would write", "Apply these 2", "Applied plan 1")
    ]
    assert places == sorted(places)
    assert max(width(line) for line in lines) <= 80


def _on_screen(shown: str) -> list[str]:
    """The lines that are left when a terminal has done what it was told."""
    lines, at = [""], 0
    for piece in re.split(r"(\x1b\[[?\d;]*[A-Za-z]|\r|\n)", shown):
        if piece == "\n":
            at += 1
            lines += [""] * (at + 1 - len(lines))
        elif piece.endswith("A") and piece.startswith("\x1b"):
            at -= int(piece[2:-1] or 1)
        elif piece == "\x1b[2K":
            lines[at] = ""
        elif piece and piece != "\r" and not piece.startswith("\x1b"):
            lines[at] += piece
    return lines


# ------------------------------------------------------------------------------ stopping


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 4), (signal.SIGINT, 130)])
def test_a_run_that_is_told_to_stop_stops_in_good_order(files: Files, number: signal.Signals, code: int) -> None:
    """The signal comes while the first source is read; what follows is one line, and the next run does it all."""
    script = (
        "import os, signal, sys\n"
        "import sync.run as run\n"
        "read = run.read_table\n"
        "def told(*given):\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    return read(*given)\n"
        "run.read_table = told\n"
        "from offbook.__main__ import main\n"
        "sys.argv[:] = ['offbook', *sys.argv[1:]]\n"
        "main()"
    )
    env = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, "--workspace", str(files.folder), "plan", "agree"]
    began = time.monotonic()
    done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert time.monotonic() - began < 60
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert not (files.folder / "offbook.log").exists()
    assert ok("plan", "--json", files=files).json()["planned"]["changes"] == 2
