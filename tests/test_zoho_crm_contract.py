"""Does the zoho_crm connector keep the contract, one record at a time and a hundred?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.zoho_rig import ZohoRig


class TestZoho(Contract):
    """One record in each write, so that there are several requests."""

    @pytest.fixture
    def rig(self) -> Iterator[ZohoRig]:
        rig = ZohoRig()
        yield rig
        rig.close()


class TestZohoBatches(Writing):
    """A hundred records in each write, as it is meant."""

    @pytest.fixture
    def rig(self) -> Iterator[ZohoRig]:
        rig = ZohoRig(batch=100)
        yield rig
        rig.close()
