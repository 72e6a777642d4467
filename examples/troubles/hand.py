"""Who types? A hand draws its troubles and remembers them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from examples.dice import Dice
from examples.troubles.rates import RATES


@dataclass(slots=True)
class Tally:
    """How often each (source, trouble) could have happened, and did."""

    offered: Counter[tuple[str, str]] = field(default_factory=Counter)
    made: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Cell:
    """One typed value. raw: as it stands in the file. clean: what a careful reader makes of it, "" for nothing."""

    raw: object = None
    clean: str = ""
    field: str = ""
    troubles: tuple[str, ...] = ()


class Hand:
    """Types one value after the other; `cell` takes the troubles that were drawn since the last one."""

    def __init__(self, source: str, dice: Dice, tally: Tally) -> None:
        self.source = source
        self.dice = dice
        self._tally = tally
        self._troubles: list[str] = []

    def draw(self, trouble: str) -> bool:
        """Whether it happens now; a source without a rate for it never makes it."""
        rate = RATES[self.source].get(trouble)
        if rate is None:
            return False
        self._tally.offered[self.source, trouble] += 1
        if not self.dice.chance(rate):
            return False
        self.happen(trouble)
        return True

    def happen(self, trouble: str) -> None:
        """Records a trouble that was decided elsewhere."""
        self._tally.made[self.source, trouble] += 1
        self._troubles.append(trouble)

    def turn(self, trouble: str, text: str, change: Callable[[str], str]) -> str:
        """The changed text, if the change does anything to it and the dice say so."""
        changed = change(text)
        return changed if changed != text and self.draw(trouble) else text

    def first(self, text: str, *changes: tuple[str, Callable[[str], str]]) -> str:
        """At most one of the changes: somebody who shortens a name does not also misspell it."""
        for trouble, change in changes:
            changed = self.turn(trouble, text, change)
            if changed != text:
                return changed
        return text

    def cell(self, field: str, raw: object, clean: str) -> Cell:
        """The finished cell, with the troubles drawn for it."""
        return Cell(None if raw == "" else raw, clean, field, self.taken())

    def taken(self) -> tuple[str, ...]:
        """The troubles drawn since the last cell; now they are somebody else's."""
        troubles, self._troubles = tuple(self._troubles), []
        return troubles

    def empty(self, field: str) -> Cell:
        """Nothing, or a word that means nothing."""
        if self.draw("empty_word"):
            return self.cell(field, self.dice.pick(("无", "暂无", "-", "/", "N/A", "待补充")), "")
        return self.cell(field, "", "")
