"""Which sources does a machine have, and which steps may it take?"""

from __future__ import annotations

from tests.machine.naive import Setup
from tests.oracle.draw import Tape

PEOPLE = ("e:{i},{name},{who}",) * 8 + tuple(word + ":{i},{name},{who}" for word in "slucgbm")
OTHERS = tuple(word + ":{i},{who}" for word in "OItxztx")
RUNS = ("r",) * 8 + ("dry", "kill", "sub:{i},{j}", "po:{i},{j}", "po:{i}", "undo")
FAULTS = tuple(word + ":{i}" for word in ("fail", "rej", "drop", "lost", "crash", "ign", "race"))
DECIDE = ("dec:{n}",) * 3 + ("dk:{n}",) * 2
PLAIN = PEOPLE + OTHERS + RUNS + FAULTS + DECIDE
STEPS = {
    "plain": PLAIN,
    "life": PLAIN + tuple(word + ":{i},{who}" for word in "hdRn") * 2,
    "late": PLAIN + ("late",) * 3,
    "join": PLAIN + ("merge", "split") * 2,
    "opt": PLAIN + ("O:{i},{who}", "I:{i},{who}") * 8,
    "turn": PLAIN + ("turn:{i}",) * 4,
    "all": PLAIN + tuple(word + ":{i},{who}" for word in "hdRn") + ("late", "merge", "split", "turn:{i}"),
}
REAL = {
    "plain": PEOPLE * 2 + OTHERS * 2 + ("r",) * 6 + ("dry", "kill", "sub:{i}", "undo") + FAULTS + DECIDE,
    "life": PEOPLE + OTHERS + ("r",) * 4 + FAULTS + tuple(word + ":{i},{who}" for word in "hdRn") * 2 + ("late",) * 2,
}
"""What is played through the real engine: a run takes a tenth of a second, so people do more between runs."""


def setup_of(drawn: bytes) -> Setup:
    """Zeros are the plainest: two sources that can do everything."""
    tape = Tape(drawn)
    n = 2 + tape.byte() % 3

    def one() -> frozenset[int]:
        """At most one source, never the first."""
        return frozenset({1 + tape.byte() % (n - 1)}) if tape.seldom(3) else frozenset()

    cut = one()
    return Setup(
        n=n,
        read_only=one(),
        cut=cut,
        fold=one() - cut,
        off_book=frozenset(i for i in range(1, n) if tape.seldom(3)),
        late=frozenset({n - 1}) if tape.seldom(3) else frozenset(),
        no_loosen=frozenset(range(1, n)) if tape.coin() else frozenset(),
        create_in=frozenset({0}),
        places=tuple(tape.pick((None, 1, 2)) for _ in range(4)),
        answers=tape.coin(),
    )
