"""A new user's first day with the demo, command by command: what he reads is compared with what he should read."""

from __future__ import annotations

import re
import shutil
from typing import Final

import pytest

from examples.generate import generate
from sync.show.words import width
from tests.command_line import ROOT, Said, call

SEED: Final = 2026
GOLDEN: Final = ROOT / "tests" / "data" / "walk"
STEPS: Final = (
    ("jobs", ("jobs",)),
    ("sources", ("sources",)),
    ("check", ("check", "--config")),
    ("plan", ("plan",)),
    ("show", ("show", "1", "--table", "crm.contacts")),
    ("review", ("review", "list")),
    ("question", ("review", "show", "3")),
    ("class", ("review", "show", "kept/organisation.name/wang")),
    ("apply", ("apply", "1")),
    ("again", ("sync",)),
    ("explain", ("explain", "crm.accounts", "1001")),
    ("runs", ("runs",)),
)
"""What is typed, in this order; the apply in between changes the files."""


RUNS: Final = {"plan": ("show", "1"), "apply": (), "again": ("show", "2")}
"""Steps that a walk makes once, in English; what is shown of them afterwards in Chinese."""


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Said]:
    """What each step said, in each language."""
    said = {}
    folder = tmp_path_factory.mktemp("walk") / "demo"
    shutil.copytree(ROOT / "examples" / "demo", folder)
    generate(folder, seed=SEED)
    for name, words in STEPS:
        said[name, "en"] = call(*words, folder=folder, lang="en")
        if chinese := RUNS.get(name, words):
            said[name, "zh"] = call(*chinese, folder=folder, lang="zh")
    return said


SAID: Final = [(name, lang) for name, _ in STEPS for lang in ("en", "zh") if lang == "en" or RUNS.get(name, True)]


@pytest.mark.parametrize(("name", "lang"), SAID)
def test_each_step_ends_well_and_fits_the_screen(walked: dict[tuple[str, str], Said], name: str, lang: str) -> None:
    said = walked[name, lang]
    assert said.code == 0, said.err
    rows = [line for line in said.out.splitlines() if "   " in line.strip()]
    assert [line for line in rows if width(line) > 80] == []
    assert not [line for line in said.out.splitlines() if line != line.rstrip()]
    for leak in ("Traceback", "None", "Said(", "object at", "{", "}"):
        assert leak not in said.out + said.err, leak


@pytest.mark.parametrize(("name", "lang"), SAID)
def test_the_form_of_what_is_read_is_the_one_that_was_approved(
    walked: dict[tuple[str, str], Said], name: str, lang: str
) -> None:
    """Headings, columns and sentences; values and numbers may change with matching and merging, their form may not."""
    approved = (GOLDEN / f"{name}.{lang}.txt").read_text("utf-8").splitlines()
    assert form(walked[name, lang].out) == approved


def form(text: str) -> list[str]:
    """The lines of a text that are the tool's own: headings, column titles, and sentences with their numbers taken out."""
    kept: list[str] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        below_heading = at > 0 and (at == 1 or not lines[at - 2].strip()) and bool(lines[at - 1].strip())
        is_own = at == 0 or not lines[at - 1].strip() or (below_heading and "  " in line.strip())
        if is_own and line.strip() and not line.startswith(" "):
            bare = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", re.sub(r"[0-9a-f]{32}", "ID", line))
            kept.append(re.sub(r"\d+", "N", re.sub(r" {2,}", "  ", bare)))
    return kept


def test_the_first_plan_tells_what_matters(walked: dict[tuple[str, str], Said]) -> None:
    for lang, words in {
        "en": [
            "Read",
            "Left as they are",
            "Changes,",
            "What it would write",
            "Waiting for a person",
            "kept",
            "standing",
        ],
        "zh": ["读取", "保持原样", "变更（", "将写入的内容", "等人处理", "保留", "持续差异"],
    }.items():
        out = walked["plan", lang].out
        places = [out.index(word) for word in words[:5]]
        assert places == sorted(places), "what matters most stands last, where it is still to be seen"
        assert all(word in out for word in words)


def test_the_second_run_has_nothing_to_do_and_says_what_it_skipped(walked: dict[tuple[str, str], Said]) -> None:
    assert "Nothing: everything agrees." in walked["again", "en"].out
    assert re.search(r"are as they were; tables not read again: \d", walked["again", "en"].out)
    assert "没有：全部一致。" in walked["again", "zh"].out


def test_both_languages_say_the_same(walked: dict[tuple[str, str], Said]) -> None:
    """The same numbers and records in the same order, whatever the words."""
    for name in ("jobs", "sources", "question", "runs"):
        one, two = (re.findall(r"\d+", walked[name, lang].out) for lang in ("en", "zh"))
        assert sorted(one) == sorted(two), name
