"""What are fifty answers of a steward worth? He is asked what matching holds to be worth most, ten at a time.

The steward is simulated: he knows the truth, and nothing else is told. What he is asked are the questions and the doubted
links of a result, by their `gain`; after ten answers everything is matched again.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from matching import Batch, Result, match

ANSWERS = 50
AT_A_TIME = 10


@dataclass
class Steward:
    """Answers by the truth, one for each row. Keeps what he said."""

    truth: Sequence[str]
    same: list[tuple[int, int]] = field(default_factory=list)
    different: list[tuple[int, int]] = field(default_factory=list)

    def answer(self, result: Result, most: int) -> int:
        """Answers the questions that are worth most. Returns how many."""
        asked = heapq.merge(result.questions, result.doubts, key=lambda one: -one.gain)
        said = {*self.same, *self.different}
        new: list[tuple[int, int]] = []
        for one in asked:
            pair = min(one.a, one.b), max(one.a, one.b)
            if pair not in said and len(new) < most:
                new.append(pair)
        for a, b in new:
            (self.same if self.truth[a] == self.truth[b] else self.different).append((a, b))
        return len(new)


def taught(batch: Batch, truth: Sequence[str], answers: int = ANSWERS) -> Result:
    """The result after so many answers, or as many as there are questions."""
    steward, result, left = Steward(truth), match(batch), answers
    while left:
        given = steward.answer(result, min(AT_A_TIME, left))
        if not given:
            break
        left -= given
        result = match(batch, same=steward.same, different=steward.different)
    return result
