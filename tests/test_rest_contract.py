"""Do PocketBase, Kinto and Tryton, driven from YAML alone, keep the contract?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.real_servers import PocketBase, pocketbase
from tests.rest_rig import PocketBaseRig

__all__ = ["pocketbase"]


class TestPocketBase(Contract):
    @pytest.fixture
    def rig(self, pocketbase: PocketBase) -> Iterator[PocketBaseRig]:
        rig = PocketBaseRig(pocketbase)
        yield rig
        rig.close()
