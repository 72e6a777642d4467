"""What does the command line say of the workspaces of the design?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.failures.stage import ROOT, call

SHIPPED = ROOT.parent / "shared" / "design" / "workspaces"
NAMES = (
    *("0_minimal", "a_workbook_sqlite", "b_three_books_zoho", "c_migration_fxiaoke", "d_sheet_hubspot"),
    *("e_phones_wecom", "f_rest_csv"),
)

pytestmark = pytest.mark.skipif(not SHIPPED.is_dir(), reason="the workspaces of the design are not beside the project")


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / name, folder / name))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong(name: str, tmp_path: Path) -> None:
    done = call(copied(name, tmp_path), "check", "--config")
    assert (done.code, done.err) == (0, "")
    assert "nothing is wrong" in done.out
    said = call(tmp_path / name, "check", "--config", "--json")
    assert said.code == 0
    assert "error" not in said.json()


@pytest.mark.parametrize("name", NAMES)
def test_without_its_files_each_source_is_named(name: str, tmp_path: Path) -> None:
    """The workspaces come without the files that they speak of."""
    folder = copied(name, tmp_path)
    for words in (("check",), ("plan",), ("sync", "--yes")):
        done = call(folder, *words)
        assert done.code in (2, 3), done.text
        assert "Traceback" not in done.text
        assert "mistake of its own" not in done.text
