"""How is chance drawn, so that one seed always gives the same customers?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on the names they are made with and on nothing else.

    Every customer and every record gets dice of its own, so that a change in one place moves nothing in another.
    """

    def __init__(self, *names: object) -> None:
        self._random = random.Random("/".join(map(str, names)))

    def chance(self, rate: float) -> bool:
        return self._random.random() < rate

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random.random() * len(items))]

    def weighted(self, items: Sequence[tuple[T, float]]) -> T:
        """An item by its weight; the weights need not add up to one."""
        left = self._random.random() * sum(weight for _, weight in items)
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        return items[-1][0]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def digits(self, count: int) -> str:
        return "".join(str(self.between(0, 9)) for _ in range(count))

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.between(0, (last - first).days))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        keyed = sorted((self._random.random(), place) for place in range(len(items)))
        return [items[place] for _, place in keyed]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """So many different ones (fewer where there are fewer), in their own order."""
        places = self.shuffled(range(len(items)))[:count]
        return [items[place] for place in sorted(places)]
