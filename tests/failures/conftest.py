"""Workspaces in which everything agrees already, for tests in which something then goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.failures.stage import Stage, call


@pytest.fixture(scope="session")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """After its first run. Shared: copy it."""
    stage = Stage(tmp_path_factory.mktemp("agreed"))
    done = call(stage.folder, "sync", "agree", "--yes", "--json")
    assert done.code == 0, done.text
    assert done.json()["applied"]["done"] == 17
    return stage


@pytest.fixture
def stage(agreed: Stage, tmp_path: Path) -> Stage:
    """A copy of its own for each test."""
    shutil.copytree(agreed.folder, tmp_path / "workspace")
    return agreed.at(tmp_path / "workspace")
