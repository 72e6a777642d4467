"""Does the airtable connector keep the contract, with a field for our id and without one?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.airtable_rig import AirtableRig
from tests.contract import Contract
from tests.contract_write import Writing


class TestAirtable(Contract):
    """A field of single line text for our id: creates are upserts."""

    @pytest.fixture
    def rig(self) -> Iterator[AirtableRig]:
        rig = AirtableRig()
        yield rig
        rig.close()


class TestAirtableFinding(Writing):
    """Our id stands in a field that no upsert goes by."""

    @pytest.fixture
    def rig(self) -> Iterator[AirtableRig]:
        rig = AirtableRig("phoneNumber")
        yield rig
        rig.close()


class TestAirtableWithoutId(Writing):
    """No field for our id."""

    @pytest.fixture
    def rig(self) -> Iterator[AirtableRig]:
        rig = AirtableRig("")
        yield rig
        rig.close()
