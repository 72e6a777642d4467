"""Does the memory connector keep the contract, and can a store do what its users order?"""

from __future__ import annotations

import pytest

from tests.contract import Contract
from tests.memory_rig import DRIFTING, KEYLESS, NATIVE, SHEET, MemoryRig


class TestNative(Contract):
    @pytest.fixture
    def rig(self) -> MemoryRig:
        return MemoryRig(NATIVE)


class TestDrifting(Contract):
    """Listings drift, nothing is checked, tokens are only found: the careful kind of system."""

    @pytest.fixture
    def rig(self) -> MemoryRig:
        return MemoryRig(DRIFTING, answers=False)


class TestSheet(Contract):
    @pytest.fixture
    def rig(self) -> MemoryRig:
        return MemoryRig(SHEET)


class TestKeyless(Contract):
    @pytest.fixture
    def rig(self) -> MemoryRig:
        return MemoryRig(KEYLESS)
