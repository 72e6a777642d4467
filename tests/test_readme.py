"""Can the tour of the README be walked, and does it show what is printed?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import tour
from docs.pages import fenced
from examples.generate import generate

ROOT = Path(__file__).resolve().parents[1]
_FITS = {"make demo": (0, 1), "offbook undo 2": (5,)}
"""Exit codes that the tour speaks of: the demo's numbers have a test of their own, and a guard stops the undo."""


def _page(lang: str) -> str:
    return (ROOT / tour.READMES[lang]).read_text(encoding="utf-8")


def test_every_command_of_the_tour_can_be_run(tmp_path: Path) -> None:
    steps = list(tour.run(_page("en"), "en", tmp_path / "demo"))
    assert len(steps) >= 6
    for step in steps:
        assert step.code in _FITS.get(step.typed, (0,)), step.printed
        assert step.today.strip("…\n"), step.typed
    assert "Nothing: everything agrees." in next(one for one in steps if " sync " in one.typed).printed


@pytest.mark.long
@pytest.mark.parametrize("lang", sorted(tour.READMES))
def test_the_tour_shows_what_is_printed_today(lang: str, tmp_path: Path) -> None:
    for step in tour.run(_page(lang), lang, tmp_path / "demo"):
        assert tour.alike(step.shown) == tour.alike(step.today), "run: python docs/tour.py"


def test_both_tours_type_the_same() -> None:
    assert tour.typed(_page("en")) == tour.typed(_page("zh"))
    for lang in tour.READMES:
        shown = [lines[0] for _, kind, lines in fenced(_page(lang)) if kind == "console"]
        assert shown == [f"$ {one}" for one in tour.typed(_page(lang))]


def test_a_piece_that_is_not_printed_is_told() -> None:
    found = tour._BLOCK.search("<!-- tour: nowhere+2 -->\n```console\n$ offbook jobs\n```\n")
    assert found is not None
    with pytest.raises(tour.NotPrinted, match="nowhere"):
        tour._cut("one\ntwo\n", found)


def test_pieces_are_cut_and_what_is_between_them_is_marked() -> None:
    found = tour._BLOCK.search("<!-- tour: +1; c+1; ~yes+2 -->\n```console\n$ offbook jobs\n```\n")
    assert found is not None
    assert tour._cut("a\nb\nc\nd\nsay yes\nf\n", found) == "a\n…\nc\n…\nsay yes\nf\n"
    assert tour._cut("a\nc\nyes\nf\ng\n", found) == "a\nc\nyes\nf\n…\n"
    found = tour._BLOCK.search("<!-- tour: b+* -->\n```console\n$ offbook jobs\n```\n")
    assert found is not None
    assert tour._cut("a\nb\nc\n\nd\n", found) == "…\nb\nc\n…\n"
    assert tour._cut("b\nc\n", found) == "b\nc\n"


@pytest.mark.long
@pytest.mark.parametrize("page", ["docs/start.md", "docs/zh/start.md"])
def test_the_quick_start_can_be_walked(page: str, tmp_path: Path) -> None:
    """From files alone, with what the page says at each step; the undo of so much is what a guard stops."""
    generate(tmp_path / "made", seed=5, customers=120)
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(tmp_path / "made/lee-accounts.xlsx", folder / "book.xlsx")
    shutil.copy(tmp_path / "made/crm.sqlite", folder / "crm.sqlite")
    codes = {}
    for _, kind, lines in fenced((ROOT / page).read_text(encoding="utf-8")):
        if kind == "yaml":
            begun = (folder / "offbook.yaml").read_text(encoding="utf-8")
            (folder / "offbook.yaml").write_text(
                begun[: begun.index("jobs:")] + "\n".join(lines) + "\n", encoding="utf-8"
            )
        for line in lines if kind == "sh" else ():
            typed = line.split(" #")[0].split()
            codes[" ".join(typed)] = _call(typed[1:], folder)
    assert {typed: code for typed, code in codes.items() if code} == {"offbook undo": 5}
    assert len(codes) > 9


def _call(words: list[str], folder: Path) -> int:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OFFBOOK_LANG": "en"}
    return subprocess.run(
        [sys.executable, "-m", "offbook", *words], cwd=folder, env=env, capture_output=True
    ).returncode
