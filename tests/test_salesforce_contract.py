"""Does the salesforce connector keep the contract, one record at a time, checked by 25 and in collections of 200?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.salesforce_rig import SalesforceRig


class TestSalesforce(Contract):
    """One record in each write, so that there are several requests."""

    @pytest.fixture
    def rig(self) -> Iterator[SalesforceRig]:
        rig = SalesforceRig()
        yield rig
        rig.close()


class TestSalesforceTogether(Writing):
    """As it is meant: creates and deletions by 200, updates by 25, each with its condition."""

    @pytest.fixture
    def rig(self) -> Iterator[SalesforceRig]:
        rig = SalesforceRig(together=True)
        yield rig
        rig.close()


class TestSalesforceUnchecked(Writing):
    """Updates by 200 too; the engine reads again before each."""

    @pytest.fixture
    def rig(self) -> Iterator[SalesforceRig]:
        rig = SalesforceRig(together=True, checked=0)
        yield rig
        rig.close()
