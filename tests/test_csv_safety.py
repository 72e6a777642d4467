"""Is a CSV file whole whatever happens to the process that writes it, and whatever is in it?"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import Skipped
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Outcome, TableFacts
from connectors.shared import files
from tests.contract import Contract
from tests.csv_help import change, create, opened, pulled, write
from tests.csv_rig import KEYED, CsvRig

ROOT = Path(__file__).resolve().parents[1]
KILL = """
import os, pathlib, shutil, signal, sys, tempfile
path, module, name, when = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
target = {"os": os, "shutil": shutil, "tempfile": tempfile, "Path": pathlib.Path}[module]
inner = getattr(target, name)
def die(*a, **k):
    if when == "after": inner(*a, **k)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
setattr(target, name, die)
sys.path.insert(0, sys.argv[5])
from connectors.contract import TableFacts
from tests.csv_help import change, opened, pulled, write
facts = TableFacts(("k", "v"), key="k")
connector = opened(path, facts)
write(connector, *(change(r, {"v": "new"}) for r in pulled(connector, facts).records))
"""
STEPS = [
    ("tempfile", "mkstemp"),
    ("os", "fdopen"),
    ("os", "fsync"),
    ("shutil", "copymode"),
    ("shutil", "copyfileobj"),
    ("shutil", "copystat"),
    ("Path", "rename"),
    ("Path", "replace"),
]
OLD = b"k,v\r\n" + b"".join(b"%d,old\r\n" % n for n in range(2000))
NEW = OLD.replace(b"old", b"new")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_at_any_step_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, module: str, name: str, when: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(OLD)
    ended = subprocess.run(
        [sys.executable, "-c", KILL, str(path), module, name, when, str(ROOT)], capture_output=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert path.read_bytes() == (NEW if (name, when) == ("replace", "after") else OLD)
    assert all(p.read_bytes() == OLD for p in files.backups_of(path)), "a backup is half of one"
    facts = TableFacts(("k", "v"), key="k")
    connector = opened(path, facts)
    todo = [change(r, {"v": "new"}) for r in pulled(connector, facts).records]
    assert {r.outcome for r in write(connector, *todo)} == {Outcome.DONE}
    assert path.read_bytes() == NEW
    left = [p.name for p in tmp_path.iterdir() if p.name.endswith(".tmp")]
    assert not left or (path.read_bytes() == NEW and (name, when) == ("replace", "after")), left


# ------------------------------------------------------------------------------ any table

cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=12)
line = st.tuples(cell, cell, cell)


def as_csv(rows: list[tuple[str, ...]], delimiter: str, newline: str) -> str:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & {delimiter, '"', "\r", "\n"} else text

    return "".join(delimiter.join(map(quoted, row)) + newline for row in rows)


@given(
    st.lists(line, min_size=1, max_size=8),
    cell,
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";", "\t"]),
    st.data(),
)
@settings(deadline=None)
def test_any_table_is_read_as_it_is_and_written_back_with_one_cell_changed(
    rows: list[tuple[str, str, str]], new: str, encoding: str, newline: str, delimiter: str, data: Any
) -> None:
    names = ("公司", "联系人", "电话")
    facts = TableFacts(names)
    full = [row for row in rows if any(row)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(as_csv([names, *rows], delimiter, newline).encode(encoding))
        connector = opened(path, facts, encoding=encoding, delimiter=delimiter)
        records = pulled(connector, facts).records
        assert [tuple(r.fields[n] or "" for n in names) for r in records] == full
        if not full:
            return
        at = data.draw(st.integers(0, len(full) - 1))
        name = data.draw(st.sampled_from(names))
        (receipt,) = write(connector, change(records[at], {name: new}))
        if full.count(full[at]) > 1:
            assert receipt.outcome is Outcome.CONFLICT
            return
        assert receipt.outcome is Outcome.DONE, receipt
        changed = [dict(zip(names, row)) for row in full]
        changed[at][name] = new
        left = [row for row in changed if any(row.values())]
        after = pulled(connector, facts).records
        assert [{n: r.fields[n] or "" for n in names} for r in after] == left


@given(st.lists(cell.filter(bool), min_size=1, max_size=6), st.sampled_from(["utf-8", "gb18030"]))
@settings(deadline=None)
def test_any_record_that_is_created_is_read_back(cells: list[str], encoding: str) -> None:
    names = tuple(f"c{n}" for n in range(len(cells)))
    facts = TableFacts(names, token="offbook_id")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes((",".join(names) + "\r\n").encode(encoding))
        receipt = create(path, dict(zip(names, cells)), facts)
        assert receipt.outcome is Outcome.DONE
        (record,) = pulled(opened(path, facts), facts).records
        assert [record.fields[n] for n in names] == cells
        assert record.key == receipt.key == "t" * 15


# ------------------------------------------------------------------------------ the suite fails where C26 is broken


class Unsaved(CsvRig):
    def options(self) -> dict[str, object]:
        return {**super().options(), "backups": 0}


def fails(test: str, rig: CsvRig) -> bool:
    try:
        getattr(Contract(), test)(rig=rig)
    except Skipped as skipped:
        pytest.fail(str(skipped))
    except AssertionError:
        return True
    return False


def other(folder: Path) -> Path:
    (folder / "other").mkdir()
    return folder / "other"


def test_a_missing_backup_is_caught(tmp_path: Path) -> None:
    test = "test_c26_a_whole_file_leaves_a_backup"
    assert not fails(test, CsvRig(tmp_path, KEYED))
    assert fails(test, Unsaved(other(tmp_path), KEYED))


def test_ignoring_who_has_it_open_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = "test_c26_an_open_file_defers_everything_and_says_who_has_it"
    assert not fails(test, CsvRig(tmp_path, KEYED))
    monkeypatch.setattr("connectors.shared.files.opened_by", lambda _: None)
    assert fails(test, CsvRig(other(tmp_path), KEYED))


def test_ignoring_what_was_typed_meanwhile_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = "test_c26_a_file_that_changes_under_our_hands_defers_everything"
    assert not fails(test, CsvRig(tmp_path, KEYED))
    monkeypatch.setattr("connectors.shared.files._demand_unchanged", lambda *_: None)
    assert fails(test, CsvRig(other(tmp_path), KEYED))
