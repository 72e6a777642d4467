"""Does a connector keep its promises C1-C36? One suite for all of them, through a small rig (tests/rig.py).

A connector's test file:

    class TestMine(Contract):
        @pytest.fixture
        def rig(self, tmp_path):
            return MyRig(tmp_path)

A promise whose capability the table does not declare is reported as not applicable, with the reason; never as passed.
tests/test_contract_suite.py proves that each test here can fail.
"""

from __future__ import annotations

from tests.contract_manners import Manners
from tests.contract_read import Reading
from tests.contract_write import Writing

__all__ = ["Contract"]


class Contract(Reading, Writing, Manners):
    """All promises: reading (C1-C16), writing (C17-C30) and manners (C31-C36)."""
