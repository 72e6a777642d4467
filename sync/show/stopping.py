"""How does a person or the system stop a run, so that nothing is left half done? (DESIGN §10: Stopped)

The first Ctrl-C or SIGTERM ends the run between two requests; a second Ctrl-C ends it at once, which the journal survives.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from connectors.contract import Gate, say

if TYPE_CHECKING:
    from connectors.gate import RunGate
    from sync.run import Progress
    from sync.show.screen import Screen


class Interrupted(KeyboardInterrupt):
    """A person pressed Ctrl-C and the run has stopped in good order: exit 130."""


@contextmanager
def stoppable(gate: RunGate, screen: Screen) -> Iterator[None]:
    """While it lasts, signals stop the gate. Raises Interrupted where a Ctrl-C ended what ran inside."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if pressed and number == signal.SIGINT:
            raise KeyboardInterrupt
        pressed.append(number)
        gate.stop()
        if number == signal.SIGINT:
            screen.note(say("stopping before the next request; Ctrl-C once more stops at once"))

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except Exception:
        if signal.SIGINT in pressed:
            raise Interrupted from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stops_reading(draw: Progress, gate: Gate) -> Progress:
    """Progress that also notices a stop while a source is read or records are merged. Not while it is written: there
    the connector stops itself, as only it knows what was sent (CONTRACT C17)."""

    def shown(what: str, done: int, every: int) -> None:
        draw(what, done, every)
        if not what.startswith("write "):
            gate.wait(0)

    return shown


__all__ = ["Interrupted", "stoppable", "stops_reading"]
