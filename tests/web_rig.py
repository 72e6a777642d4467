"""How does the contract suite make trouble for a connector that speaks to a pretended system over HTTP?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from connectors.contract import Op
from sandbox.server import Fake, Trouble
from tests.rig import Rig


class WebRig(Rig):
    """A subclass makes `self.fake` in its __init__ (with `now=self.gate.now`) and says which requests are which.

    listing: (method, pattern of the path) of a page. writes: the same for each op.
    """

    fake: Fake
    listing: tuple[str, str] = ("GET", "")
    writes: Mapping[Op, tuple[str, str]]
    cannot: ClassVar[Mapping[str, str]] = {
        "open_elsewhere": "the system is no file",
        "during_write": "the system is no file",
        "backups": "the system is no file",
        "add_twice": "the system guards its keys",
        "shuffle": "records are no rows",
        "copy_row": "records are no rows",
        "add_keyless": "the system guards its keys",
    }

    def close(self) -> None:
        self.fake.stop()

    def break_pull(self) -> None:
        """The second page cannot be had, however often it is asked for."""
        self.fake.order(Trouble.SLOW, *self.listing)
        self.fake.order(Trouble.BROKEN, *self.listing, times=20)

    def lose_answer(self, op: Op) -> None:
        self.fake.order(Trouble.LOST, *self.writes[op])

    def break_write(self) -> None:
        """The first request passes, and from then on the system takes nothing more: it is asked too fast."""
        for method, path in dict.fromkeys(self.writes.values()):
            self.fake.order(Trouble.SLOW, method, path)
            self.fake.order(Trouble.TOO_FAST, method, path, times=20, seconds=1)

    def requests(self) -> int:
        return self.fake.received

    def throttle(self) -> None:
        self.fake.order(Trouble.TOO_FAST, seconds=7)
