"""Does the salesforce connector keep the contract: one by one, checked by 25, by 200, and with faults at random?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest

from connectors.contract import Outcome, Receipt, RetryLater
from sandbox.server import Trouble
from tests.contract import Contract
from tests.contract_write import Writing
from tests.salesforce_help import collect, creating, held
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


@pytest.mark.parametrize("seed", range(4))
def test_faults_at_random_lose_nothing_and_make_nothing_twice(seed: int) -> None:
    """As the engine does it: what is in doubt or was put off is sent again under the same token."""
    rig, chance = SalesforceRig(together=True), random.Random(seed)
    changes = creating(*(f"n{n}" for n in range(60)))
    rig.more["batch"] = 7
    kinds = (Trouble.LOST, Trouble.DROPPED, Trouble.BROKEN, Trouble.BROKEN_AFTER, Trouble.CUT, Trouble.HTML)
    left = {change.id: change for change in changes}
    for turn in range(60):
        for _ in range(chance.randrange(4) if turn < 10 else 0):
            rig.fake.order(chance.choice(kinds), "POST", r"/composite/sobjects$", times=chance.randrange(1, 4))
        if chance.random() < 0.3:
            rig.fake.signin.expire()
        receipts: list[Receipt] = []
        with suppress(RetryLater):
            collect(rig.open(), list(left.values()), receipts)
        for one in receipts:
            if one.outcome in (Outcome.DONE, Outcome.DUPLICATE):
                assert rig.contacts.rows[one.key]["LastName"] == left.pop(one.change).after["LastName"]
        if not left:
            break
    assert not left
    assert sorted(held(rig)) == sorted(f"n{n}" for n in range(60))
    rig.close()
