"""What does a create carry, so that its record is known again? (RULES R10c, R21c; CONTRACT C19)

Fifteen of [0-9a-z]: four of the ledger, four of the run, seven that count. A token of this ledger with a higher run than
the ledger knows means that the ledger is an old copy.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from sync.context import Run
from sync.ledger.plans import ChangeRow

LENGTH: Final = 15
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int, width: int) -> str:
    """`number` in 36 digits, cut to the last `width`."""
    out = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out


def prefix(ledger: str) -> str:
    """The four signs of a ledger's own id."""
    return base36(int.from_bytes(blake2b(ledger.encode(), digest_size=8).digest(), "big"), 4)


def token_for(run: Run, row: ChangeRow) -> str:
    """The same for every attempt at one change of one plan."""
    return prefix(run.ledger_id) + base36(run.id, 4) + base36(row.plan * 1_000_003 + row.seq, 7)


def run_of(token: str, ledger: str) -> int | None:
    """The run that a token of this ledger was made in; None for one that is not ours."""
    if len(token) != LENGTH or not token.startswith(prefix(ledger)) or set(token) - set(_DIGITS):
        return None
    return int(token[4:8], 36)
