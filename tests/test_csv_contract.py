"""Does the csv connector keep the contract, in every shape of file?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import Contract
from tests.csv_rig import BARE, KEYED, KEYLESS, OURS, CsvRig


class TestKeyed(Contract):
    """A column that people keep, and our id column."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> CsvRig:
        return CsvRig(tmp_path, KEYED)


class TestOurs(Contract):
    """Only our id column, and it is not there yet."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> CsvRig:
        return CsvRig(tmp_path, OURS)


class TestKeyless(Contract):
    """No key at all, GB18030, semicolons, title lines."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> CsvRig:
        return CsvRig(tmp_path, KEYLESS)


class TestBare(Contract):
    """No headings, UTF-16 with BOM, tabs, everything quoted."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> CsvRig:
        return CsvRig(tmp_path, BARE)
