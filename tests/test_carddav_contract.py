"""Does the carddav connector keep the contract, on a server that rewrites cards and on one that keeps their bytes?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.carddav_rig import CardDavRig, RadicaleRig
from tests.contract import Contract
from tests.dav_servers import radicale, xandikos


class TestRadicale(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[CardDavRig]:
        rig = RadicaleRig(radicale())
        yield rig
        rig.close()


class TestXandikos(Contract):
    @pytest.fixture
    def rig(self) -> Iterator[CardDavRig]:
        rig = CardDavRig(xandikos())
        yield rig
        rig.close()
