"""Does the hubspot connector keep the contract, one record at a time and a hundred, with unique ids and without?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import Contract
from tests.contract_write import Writing
from tests.hubspot_rig import HubSpotRig


class TestHubSpot(Contract):
    """One record in each write, so that there are several requests."""

    @pytest.fixture
    def rig(self) -> Iterator[HubSpotRig]:
        rig = HubSpotRig()
        yield rig
        rig.close()


class TestHubSpotBatches(Writing):
    """A hundred records in each write, as it is meant."""

    @pytest.fixture
    def rig(self) -> Iterator[HubSpotRig]:
        rig = HubSpotRig(batch=100)
        yield rig
        rig.close()


class TestHubSpotWholeBatches(Writing):
    """One bad input stops its batch: the culprit is looked for. Our id stands in a property that keeps nothing unique, so
    that it is searched for, in an index that lags."""

    @pytest.fixture
    def rig(self) -> Iterator[HubSpotRig]:
        rig = HubSpotRig(batch=100)
        rig.fake.multi, rig.fake.lag = False, 20.0
        next(one for one in rig.contacts.properties if one["name"] == "offbook_id")["hasUniqueValue"] = False
        yield rig
        rig.close()
