"""Do PocketBase, Kinto and Tryton, driven from YAML alone, keep the contract?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.real_servers import Kinto, PocketBase, Tryton, kinto, pocketbase, tryton
from tests.rest_rig import KintoRig, PocketBaseRig, TrytonRig

__all__ = ["kinto", "pocketbase", "tryton"]


class TestPocketBase(Contract):
    @pytest.fixture
    def rig(self, pocketbase: PocketBase) -> Iterator[PocketBaseRig]:
        rig = PocketBaseRig(pocketbase)
        yield rig
        rig.close()


class TestKinto(Contract):
    @pytest.fixture
    def rig(self, kinto: Kinto) -> Iterator[KintoRig]:
        rig = KintoRig(kinto)
        yield rig
        rig.close()


class TestTryton(Contract):
    @pytest.fixture
    def rig(self, tryton: Tryton) -> Iterator[TrytonRig]:
        rig = TrytonRig(tryton)
        yield rig
        rig.close()
