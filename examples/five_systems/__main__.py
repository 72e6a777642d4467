"""How do five systems come to agree? `python -m examples.five_systems`: sandboxes, two runs, then runs with faults.

Nothing leaves this machine. The workspace stays in build/five_systems to be looked at. The exit code is 1 where the five
do not agree in the end, or the second run had something to do.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from connectors.contract import say
from connectors.gate import RunGate, VirtualClock
from connectors.vault import MemoryVault
from examples.five_systems import systems
from examples.five_systems.systems import FIELDS, PLACES, Systems
from sandbox.server import Trouble
from sync import run as running
from sync.errors import StalePlan
from sync.messages import LANGUAGES, language
from sync.run import Outcome
from sync.show.screen import Screen
from sync.workspace import load

HERE: Final = Path(__file__).resolve().parent
JOB: Final = "agree"
MOST: Final = 8
_TITLES: Final = {
    "book": say("a Chinese workbook"),
    "airtable": say("a pretended Airtable"),
    "sheet": say("a pretended Google sheet"),
    "zoho": say("a pretended Zoho CRM, the formal system"),
    "fx": say("a pretended 纷享销客 (Fxiaoke)"),
}


class Play:
    """The five systems, a clock that their requests move, and Offbook beside them."""

    def __init__(self, folder: Path, seed: int, count: int) -> None:
        self.clock, self.vault = VirtualClock(), MemoryVault()
        self.folder, self.known = folder, systems.customers(seed, count)
        self.systems = Systems(folder, self.clock.now)
        self.dice: random.Random | None = None
        self.troubles = 0

    def start(self) -> None:
        self.systems.build(self.known)
        for fake in self.systems.fakes.values():
            self._watched(fake)
            fake.start()
        os.environ.update(self.systems.environment())

    def stop(self) -> None:
        for fake in self.systems.fakes.values():
            fake.stop()

    def _watched(self, fake: Any) -> None:
        """A second passes with each request, and in a storm every tenth meets a trouble."""
        answer = fake.handle

        def handle(call: Any) -> Any:
            self.clock.sleep(1.0)
            if self.dice is not None and self.dice.random() < 0.1:
                what = self.dice.choice([one for one in Trouble if one is not Trouble.SLOW])
                fake.order(what, call.method, f"^{re.escape(call.path)}$")
                self.troubles += 1
            return answer(call)

        fake.handle = handle

    def run(self) -> Outcome:
        self.clock.sleep(600.0)
        workspace = load(self.folder)
        given = RunGate(clock=self.clock), self.clock.now
        session = running.open_session(workspace, gate=given[0], clock=given[1], vault=self.vault)
        try:
            planned = running.make_plan(session, JOB)
            done = running.apply_plan(session, planned.plan, by="example")
            planned.applied = done.applied
            planned.failures.update(done.failures)
            return planned
        finally:
            session.close()

    def agreed(self) -> bool:
        """Whether each place shows each customer exactly once, with all that any of them knew."""
        wanted = sorted([one[name] for name in FIELDS] for one in systems.expected(self.known))
        shown = ([[one[name] for name in FIELDS] for one in self.systems.shown(place)] for place in PLACES)
        firms = sorted(one.values["company"] for one in self.known)
        once = all(sorted(self.systems.companies(place)) == firms for place in PLACES)
        return once and all(sorted(rows) == wanted for rows in shown)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m examples.five_systems", description=__doc__)
    parser.add_argument("--lang", choices=LANGUAGES, default="", help="the language of what is printed")
    parser.add_argument("--seed", type=int, default=1, help="other customers, and other troubles")
    parser.add_argument("--customers", type=int, default=12, help="how many, at most 27")
    parser.add_argument("--to", type=Path, default=Path("build") / "five_systems", help="where the workspace is made")
    chosen = parser.parse_args(arguments)
    screen = Screen(lang=language(chosen.lang))
    good = [_quiet(screen, _fresh(chosen.to / "quiet"), chosen.seed, chosen.customers),
            _stormy(screen, _fresh(chosen.to / "storm"), chosen.seed, chosen.customers)]  # fmt: skip
    return 0 if all(good) else 1


def _fresh(folder: Path) -> Path:
    """An empty copy of the example's workspace."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "workspace", folder)
    return folder


def _quiet(screen: Screen, folder: Path, seed: int, count: int) -> bool:
    play = Play(folder, seed, count)
    play.start()
    try:
        screen.line(say("{count} made-up customers in five places; none knows them all.", count=count), style="bold")
        _table(screen, play, say("before"))
        first = play.run()
        screen.line(say("First run: {changes} changes.", changes=first.header["changes"]))
        second = play.run()
        screen.line(say("Second run: {changes} changes.", changes=second.header["changes"]))
        _table(screen, play, say("after"))
        return _told(screen, agreed=play.agreed() and not second.header["changes"])
    finally:
        play.stop()


def _stormy(screen: Screen, folder: Path, seed: int, count: int) -> bool:
    play = Play(folder, seed, count)
    play.start()
    try:
        screen.line(say("Once more, and now answers are lost, connections die, systems are busy, broken or in a hurry:"),
                    style="bold")  # fmt: skip
        play.dice = random.Random(seed)
        for number in range(1, 4):
            try:
                done = play.run()
            except StalePlan:
                screen.line(
                    say("Run {number}: a system could not even be described; it is planned again.", number=number)
                )
                continue
            changes, failed = done.header["changes"], ", ".join(done.failures) or "–"
            screen.line(say("Run {number}: {changes} changes; could not be used: {failed}.",
                            number=number, changes=changes, failed=failed))  # fmt: skip
        screen.line(say("{count} requests met a trouble. Now it is quiet.", count=play.troubles))
        play.dice = None
        calm = any(not play.run().header["changes"] for _ in range(MOST))
        return _told(screen, agreed=calm and play.agreed())
    finally:
        play.stop()


def _table(screen: Screen, play: Play, head: str) -> None:
    rows = [[place, _TITLES[place], str(len(play.systems.shown(place)))] for place in PLACES]
    screen.table([say("source"), say("what it is"), head], rows, right=(2,), grow=1)


def _told(screen: Screen, *, agreed: bool) -> bool:
    if agreed:
        screen.line(say("Each place shows each customer exactly once, with all that any of them knew."), style="green")
    else:
        screen.warn(say("the five do not agree; this should not be"))
    screen.line()
    return agreed


if __name__ == "__main__":
    sys.exit(main())
