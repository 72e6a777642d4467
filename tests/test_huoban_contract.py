"""Does the huoban connector keep the contract on a pretended 伙伴云?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.huoban_rig import HuobanRig


class TestHuoban(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[HuobanRig]:
        rig = HuobanRig()
        yield rig
        rig.close()


class TestHuobanWithoutFiltersAndTotals(Contract):
    """A filter that is ignored in silence, and a listing that does not say how many there are."""

    @pytest.fixture
    def rig(self) -> Iterator[HuobanRig]:
        rig = HuobanRig()
        rig.fake.filters = rig.fake.totals = False
        yield rig
        rig.close()
