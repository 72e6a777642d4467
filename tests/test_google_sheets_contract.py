"""Does the connector of Google Sheets keep the promises? With a key column, with ours alone, and without either."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.google_sheets_rig import GoogleSheetsRig


class TestKeyAndId(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[GoogleSheetsRig]:
        rig = GoogleSheetsRig()
        yield rig
        rig.close()


class TestIdAlone(Writing):
    """Read as with a key column; what is written differs."""

    @pytest.fixture
    def rig(self) -> Iterator[GoogleSheetsRig]:
        rig = GoogleSheetsRig(key=None)
        yield rig
        rig.close()


class TestNoKey(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[GoogleSheetsRig]:
        rig = GoogleSheetsRig(key=None, token=None)
        yield rig
        rig.close()
