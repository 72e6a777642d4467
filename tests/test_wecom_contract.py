"""Does the wecom connector keep the contract on a pretended 企业微信?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.wecom_rig import WeComRig


class TestWeCom(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[WeComRig]:
        rig = WeComRig()
        yield rig
        rig.close()
