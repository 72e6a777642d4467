"""Does the fxiaoke connector keep the contract on a pretended 纷享销客, signed in in both ways?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.fxiaoke_rig import FxiaokeRig, LegacyRig


class TestFxiaoke(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[FxiaokeRig]:
        rig = FxiaokeRig()
        yield rig
        rig.close()


class TestFxiaokeLegacy(Writing):
    @pytest.fixture
    def rig(self) -> Iterator[LegacyRig]:
        rig = LegacyRig()
        yield rig
        rig.close()
