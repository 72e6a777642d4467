"""Does the xlsx connector keep the contract?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract import Contract
from tests.xlsx_rig import XlsxRig


class TestKeyColumn(Contract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> XlsxRig:
        return XlsxRig(tmp_path)


class TestOurId(Contract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> XlsxRig:
        return XlsxRig(tmp_path, key=None)


class TestKeyless(Contract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> XlsxRig:
        return XlsxRig(tmp_path, key=None, token=None)
