"""Does the feishu_bitable connector keep the contract on a pretended base?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.feishu_rig import FeishuRig


class TestFeishu(Contract):
    """With a column of edit times and a field for our id."""

    @pytest.fixture
    def rig(self) -> Iterator[FeishuRig]:
        rig = FeishuRig()
        yield rig
        rig.close()


class TestFeishuOneByOne(Writing):
    """One record in a request, so that anybody may send a create again while its client_token is remembered; no field
    for our id and no column of edit times."""

    @pytest.fixture
    def rig(self) -> Iterator[FeishuRig]:
        rig = FeishuRig(token=False, size=1, edited=False)
        yield rig
        rig.close()
