"""Decisions as text: do they survive the loss of the ledger, and does a damaged line decide nothing?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.contract import ConfigError
from sync.review.answers import pin, reject
from sync.review.desk import Answered
from sync.review.filled import import_sheet
from sync.review.sheet import export_sheet
from tests.engine import World
from tests.review_rig import Keys, listed, one, waiting

YURUN = "上海宇润科技有限公司"


def decided(folder: Path) -> tuple[World, Keys, Path]:
    """A workspace with a pin and two records that are two customers, and those as text."""
    world, keys = waiting(folder)
    with world.session() as session:
        pin(session, f"crm:{keys.crm}", "a", "pinned", by="boss")
        reject(session, [str(one(world, "identity").number)], by="boss")
    world.run()
    path = folder / "decisions.jsonl"
    with world.session() as session:
        export_sheet(session, path)
    return world, keys, path


def take_in(world: World, path: Path) -> Answered:
    with world.session() as session:
        return import_sheet(session, path, by="wang")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Keys, str]:
    """A workspace in which a good line holds already."""
    world, keys, path = decided(tmp_path_factory.mktemp("still"))
    return world, keys, path.read_text(encoding="utf-8").splitlines()[-1]


def test_the_same_decisions_are_the_same_text(tmp_path: Path) -> None:
    world, _, path = decided(tmp_path)
    first = path.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in first.splitlines()]
    assert [line.get("decision", line.get("format")) for line in lines] == ["offbook decisions 1", "different", "pin"]
    assert {record["table"] for record in lines[1]["records"]} == {"crm", "wang"}
    world.run()
    with world.session() as session:
        export_sheet(session, path)
    assert path.read_text(encoding="utf-8") == first


def test_what_holds_already_is_only_counted(tmp_path: Path) -> None:
    world, _, path = decided(tmp_path)
    done = take_in(world, path)
    assert (done.code, done.decisions) == (0, 0)
    assert [str(note) for note in done.notes] == ["2 of them hold already"]


def test_they_hold_again_after_the_ledger_was_lost(tmp_path: Path) -> None:
    world, keys, path = decided(tmp_path)
    for file in world.folder.glob("offbook.db*"):
        file.unlink()
    world.run()
    assert listed(world).pins == ()
    done = take_in(world, path)
    assert (done.code, done.decisions) == (0, 2)
    assert sorted(pinned.sort for pinned in listed(world).pins) == ["different", "pin"]
    world.edit("crm", keys.crm, a="another")
    world.settles()
    assert world.golden(YURUN, "a") == "pinned"
    assert len([values for values in world.entities().values() if "大方商贸" in str(values["name"])]) == 2


def test_a_record_that_is_elsewhere_by_now_is_found_by_its_names(tmp_path: Path) -> None:
    world, keys, path = decided(tmp_path)
    text = path.read_text(encoding="utf-8")
    for file in world.folder.glob("offbook.db*"):
        file.unlink()
    path.write_text(text.replace(f'"key": "{keys.crm}"', '"key": "main-999"'), encoding="utf-8")
    world.run()
    assert take_in(world, path).decisions == 2


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"format": "offbook decisions 9"}',
        '{"format": "offbook decisions 1"}\n"text"',
    ],
)
def test_a_text_of_another_sort_is_refused_whole(stage: tuple[World, Keys, str], tmp_path: Path, line: str) -> None:
    world, _, good = stage
    path = tmp_path / "given.txt"
    path.write_text(f"{good}\n{line}\n", encoding="utf-8")
    with world.session() as session, pytest.raises(ConfigError):
        import_sheet(session, path, by="wang")


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "erase", "records": []},
        {"decision": "pin"},
        {"decision": "pin", "records": [], "field": "a", "word": "value", "value": "x"},
        {"decision": "pin", "records": [{}], "field": "a", "word": "value", "value": "x"},
        {"decision": "pin", "records": ["wang"], "field": "a", "word": "value", "value": "x"},
        {"decision": "pin", "records": [{"table": "crm", "key": "main-2", "part": "organisation", "names": ""}]},
        {"decision": "same", "records": [{"table": "crm", "key": "main-2"}]},
        {"decision": "same", "records": [{"table": 7, "key": None, "part": [], "names": {}}, None]},
        {"decision": None, "records": None},
    ],
)
def test_a_line_that_says_nothing_is_told_and_the_others_go_on(
    stage: tuple[World, Keys, str], said: dict[str, object]
) -> None:
    world, _, good = stage
    path = world.folder / "given.txt"
    path.write_text(f"# mine\n\n{json.dumps(said)}\n{good}\n", encoding="utf-8")
    done = take_in(world, path)
    assert done.code == 2
    assert done.decisions == 0
    assert [line.failed for line in done.lines] == [True]
    assert done.lines[0].name == "given.txt:3"


def test_the_opposite_of_what_holds_is_not_taken_in(tmp_path: Path) -> None:
    world, _, path = decided(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"different"', '"same"'), encoding="utf-8")
    done = take_in(world, path)
    assert (done.code, done.decisions) == (2, 0)
    assert [pinned.sort for pinned in listed(world).pins] == ["pin", "different"]
