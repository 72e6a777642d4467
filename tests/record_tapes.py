"""Records the tapes of tests/cassettes anew (`make record`): before what is pretended here, or before a real account.

Not collected by itself: tests play tapes, they never record.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.carddav_rig import CardDavRig, RadicaleRig
from tests.dav_servers import radicale, xandikos
from tests.real_servers import Kinto, PocketBase, kinto, pocketbase
from tests.rest_rig import KintoRig, PocketBaseRig
from tests.tape_stages import FOLDER, RIGS, of_account, of_rig, record
from tests.web_rig import WebRig

__all__ = ["kinto", "pocketbase"]

_CONNECTORS = sorted({name.partition("/")[0] for name in RIGS} | {"carddav", "rest"})


def _recorded(name: str, make: Callable[[], WebRig], against: str) -> None:
    with closing(make()) as rig:
        record(name, of_rig(rig), FOLDER, against)


@pytest.mark.parametrize("name", RIGS)
def test_pretended(name: str) -> None:
    _recorded(name, RIGS[name], f"a pretended system, sandbox/{name.partition('/')[0]}.py")


def test_radicale() -> None:
    _recorded("carddav/radicale", lambda: RadicaleRig(radicale()), "Radicale on this machine")


def test_xandikos() -> None:
    _recorded("carddav/xandikos", lambda: CardDavRig(xandikos()), "Xandikos on this machine")


def test_kinto(kinto: Kinto) -> None:
    _recorded("rest/kinto", lambda: KintoRig(kinto), "Kinto on this machine")


def test_pocketbase(pocketbase: PocketBase) -> None:
    _recorded("rest/pocketbase", lambda: PocketBaseRig(pocketbase), "PocketBase on this machine")


@pytest.mark.parametrize("name", _CONNECTORS)
def test_account(name: str) -> None:
    stage = of_account(name, os.environ)
    if stage is None:
        pytest.skip(f"nothing in the environment names an account: OFFBOOK_RECORD_{name.upper()}_TABLE")
    record(f"{name}/account", stage, FOLDER, "a real account")
