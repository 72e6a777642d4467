"""How do several writers bring the batches of one table to the vendor's rate? (DESIGN §11: up to rate × latency)

One writer waits for each answer before it sends the next batch, so a distant system sees less than it allows. Where a
connector says that several may write, others of its source are opened, each in a thread of its own, as many as are
needed. The run's own thread writes the journal: a batch is intended before a writer gets it, and taken in when its
answer has come. A group (one op, one table, one generation of look-ups) is over before the next begins, so parents stay
before children; a batch waits while another that speaks of the same customer or record is under way.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, Queue
from typing import Final, Self

from connectors.contract import Capabilities, Check, Connector, OffbookError, Op, SourceError, Stopped
from sync.context import Run, TableState
from sync.ledger.plans import ChangeRow
from sync.writing.batch import Applied, Batch, Sent, intend, send, take

LONG: Final = 3600.0
"""Seconds: a quota over so long is used up, not waited for, and says nothing of a rate."""
MEASURED: Final = 5
"""The quickest of so many batches says how long one takes: others may have waited at the gate."""
SPARE: Final = 1.2
"""Requests take unequally long."""
EACH: Final = 4
"""Batches that a further writer must have to do: it costs a look at the table to begin with."""
SLICE: Final = 0.2
"""Longest wait in one piece, in seconds: where a wait for a lock cannot be interrupted, Ctrl-C is noticed at most so late."""
GRACE: Final = 2.0
"""How long a person who presses Ctrl-C waits for requests that are under way, in seconds."""


def needed(can: Capabilities, seconds: float, batches: int) -> int:
    """How many writers keep the rate of a table, where one takes `seconds` for a batch and so many are left.

    The first rate is that of what writes; others, as of searches or of all tokens together, are kept by the gate alike.
    """
    rates = [pace.units / pace.seconds for pace in can.paces if pace.of != "read" and pace.seconds < LONG]
    if can.writers < 2 or not rates:
        return 1
    return max(1, min(can.writers, math.ceil(rates[0] * seconds * SPARE), 1 + batches // EACH))


def may_share(table: TableState, op: Op) -> bool:
    """Whole files have one writer; so has what is written under the version of a record, where a conflict is looked into
    with what the run knows (sync.writing.repeated)."""
    can = table.described.can
    is_whole = can.batch.get(op, 1) == 0 or can.page == 0
    return can.writers > 1 and not is_whole and can.checks.get(op, Check.NONE) is not Check.RECORD


@dataclass(slots=True)
class Writers:
    """All that write in one apply. Use it in `with`: further connectors are closed at its end."""

    run: Run
    keys: dict[int, str]
    done: Applied
    _opened: dict[str, list[Connector]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connectors in self._opened.values():
            for connector in connectors:
                with contextlib.suppress(OffbookError):
                    connector.close()

    def write(self, table: TableState, op: Op, batches: Sequence[Sequence[ChangeRow]]) -> None:
        """Batch after batch, several at a time where one writer stays below the rate. Raises what the source raises."""
        took: deque[float] = deque(maxlen=MEASURED)
        shares = may_share(table, op)
        for at, rows in enumerate(batches):
            left = len(batches) - at
            if shares and len(took) > 1 and needed(table.described.can, min(took), left) > 1:
                others = self._others(table, needed(table.described.can, min(took), left) - 1)
                if others:
                    _Together(self, table, op, others).write(batches[at:])
                    return
                shares = False
            begun = time.monotonic()
            self._one(table, op, rows)
            took.append(time.monotonic() - begun)

    def _one(self, table: TableState, op: Op, rows: Sequence[ChangeRow]) -> None:
        run, done = self.run, self.done
        batch = intend(run, table, op, rows, self.keys, done)
        if batch is None:
            return
        sent = send(run, table, batch, lambda come: run.progress(f"write {table.name}", done.done + come, done.planned))
        take(run, sent, self.keys, done)
        if sent.trouble is not None:
            raise sent.trouble

    def _others(self, table: TableState, count: int) -> list[TableState]:
        """The table as further connectors of its source see it; fewer where one cannot be opened."""
        opened = self._opened.setdefault(table.source.name, [])
        while len(opened) < count and self.run.another is not None:
            try:
                opened.append(self.run.another(table.source.name))
            except OffbookError:
                break
        return [replace(table, connector=one) for one in opened[:count]]


class _Writer:
    """One connector in a thread of its own. answers: where what came of its batches is put, with itself."""

    def __init__(self, run: Run, table: TableState, answers: Queue[tuple[_Writer, Sent | BaseException]]) -> None:
        self.batch: Batch | None = None
        self._run, self._table, self._answers = run, table, answers
        self._wanted: Queue[Batch | None] = Queue()
        self._thread = threading.Thread(target=self._work, name="offbook-writer", daemon=True)
        self._thread.start()

    def give(self, batch: Batch) -> None:
        self.batch = batch
        self._wanted.put(batch)

    def _work(self) -> None:
        while (batch := self._wanted.get()) is not None:
            try:
                self._answers.put((self, send(self._run, self._table, batch)))
            except BaseException as trouble:  # noqa: BLE001  whatever it is, the run's own thread raises it
                self._answers.put((self, trouble))

    def end(self, until: float) -> None:
        self._wanted.put(None)
        while self._thread.is_alive() and time.monotonic() < until:
            self._thread.join(SLICE)


class _Together:
    """One group of batches, with several writers."""

    def __init__(self, all_: Writers, table: TableState, op: Op, others: Sequence[TableState]) -> None:
        self._all, self._table, self._op = all_, table, op
        self._answers: Queue[tuple[_Writer, Sent | BaseException]] = Queue()
        self._writers = [_Writer(all_.run, one, self._answers) for one in (table, *others)]
        self._trouble: SourceError | None = None

    def write(self, batches: Sequence[Sequence[ChangeRow]]) -> None:
        """Where one fails nothing more is given out, and what is under way is waited for and taken in."""
        waiting = deque(batches)
        patience = GRACE
        try:
            while waiting or self._busy():
                self._give(waiting)
                if self._busy():
                    self._take_one()
                if self._trouble is not None:
                    waiting.clear()
            patience = math.inf
        except Exception:
            patience = math.inf  # nobody is in a hurry: a connector is free again when this returns
            raise
        finally:
            for writer in self._writers:
                writer.end(time.monotonic() + patience)
        if self._trouble is not None:
            raise self._trouble

    def _busy(self) -> list[Batch]:
        return [writer.batch for writer in self._writers if writer.batch is not None]

    def _give(self, waiting: deque[Sequence[ChangeRow]]) -> None:
        run, all_ = self._all.run, self._all
        while waiting and (free := next((one for one in self._writers if one.batch is None), None)) is not None:
            if _speaks_of(waiting[0]) & {name for one in self._busy() for name in _speaks_of([*one.rows.values()])}:
                return
            batch = intend(run, self._table, self._op, waiting.popleft(), all_.keys, all_.done)
            if batch is not None:
                free.give(batch)

    def _take_one(self) -> None:
        writer, sent = self._answer()
        writer.batch = None
        if isinstance(sent, BaseException):
            raise sent
        run, done = self._all.run, self._all.done
        take(run, sent, self._all.keys, done)
        run.progress(f"write {self._table.name}", done.done, done.planned)
        if sent.trouble is not None and not isinstance(self._trouble, Stopped):
            self._trouble = (
                sent.trouble if self._trouble is None or isinstance(sent.trouble, Stopped) else self._trouble
            )

    def _answer(self) -> tuple[_Writer, Sent | BaseException]:
        while True:
            with contextlib.suppress(Empty):
                return self._answers.get(timeout=SLICE)


def _speaks_of(rows: Sequence[ChangeRow]) -> set[object]:
    """Customers by their id, records by their number."""
    return {row.entity for row in rows} | {row.record_id for row in rows if row.record_id is not None}


__all__ = ["Writers", "may_share", "needed"]
