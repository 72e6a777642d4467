"""Is each wrong file told what CONFIG §5 says, word for word, and nothing besides? Each row, each variant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.settings import WrongFiles
from sync.workspace import load
from tests.mistakes import BASE, EARLY
from tests.mistakes_late import LATE
from tests.standins import StandIns

CASES = [*EARLY, *LATE]


def written(folder: Path, files: Mapping[str, str]) -> Path:
    (folder / "mappings").mkdir()
    for name, text in {**BASE, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def lines(folder: Path) -> list[str]:
    with pytest.raises(WrongFiles) as caught:
        load(folder, StandIns())
    return str(caught.value).splitlines()


def test_the_workspace_under_the_cases_is_sound(tmp_path: Path) -> None:
    assert list(load(written(tmp_path, {}), StandIns()).tables) == ["book", "crm.accounts", "crm.contacts"]


@pytest.mark.parametrize(("files", "messages"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_told_as_the_page_says(tmp_path: Path, files: Mapping[str, str], messages: list[str]) -> None:
    assert lines(written(tmp_path, files)) == messages


def test_every_row_of_the_page_has_a_case() -> None:
    assert {int(name.split()[0]) for name, _, _ in CASES} == set(range(1, 41))
