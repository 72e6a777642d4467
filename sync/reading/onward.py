"""How is the next page asked for while the last one is staged? (DESIGN §11: one page ahead, never more)

A system over the network answers after a while, and a page takes a while to be mapped and stored; one after the other,
a listing would stand below the vendor's rate. Files, databases and stores in memory are read as ever: they are there.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from queue import Empty, Queue
from types import TracebackType
from typing import Final, Self

from connectors.contract import Capabilities, Page

SLICE: Final = 0.2
"""Longest wait in one piece, in seconds: where a wait for a lock cannot be interrupted, Ctrl-C is noticed at most so late."""
GRACE: Final = 2.0
"""How long a person who presses Ctrl-C waits for a request that is under way, in seconds."""


def is_far(can: Capabilities) -> bool:
    """Whether a table is read page by page over the network: only such have a vendor's rate."""
    return can.page > 0 and bool(can.paces)


class Onward:
    """The pages of one pull, in their order, the next one asked for while the caller works on the last.

    Nothing is asked for before the first page, after the last one or after a failing one. What the pull raises comes
    at the page that it stands for. Use it in `with`: at its end no request is under way any more and the pull is
    closed, so that the connector may be asked again; only whom Ctrl-C interrupts waits no longer than GRACE.
    """

    def __init__(self, pages: Iterator[Page], *, far: bool) -> None:
        self._pages, self._far = pages, far
        self._wanted: Queue[int] = Queue()
        self._found: Queue[Page | BaseException | None] = Queue()
        self._thread: threading.Thread | None = None
        self._over = False

    def __iter__(self) -> Iterator[Page]:
        return self

    def __next__(self) -> Page:
        if self._over:
            raise StopIteration
        page = next(self._pages, None) if self._thread is None else self._ahead()
        self._over = page is None or page.end is not None
        if page is None:
            raise StopIteration
        if self._far and not self._over:
            self._ask()
        return page

    def __enter__(self) -> Self:
        return self

    def __exit__(self, sort: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        is_interrupted = sort is not None and not issubclass(sort, Exception)
        self._end(GRACE if is_interrupted else None)

    def _ask(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="offbook-onward", daemon=True)
            self._thread.start()
        self._wanted.put(1)

    def _ahead(self) -> Page | None:
        found = self._taken()
        if not isinstance(found, BaseException):
            return found
        self._over = True
        try:
            raise found
        finally:
            del found  # else the error would hold the frame that holds the error

    def _taken(self) -> Page | BaseException | None:
        while True:
            with contextlib.suppress(Empty):
                return self._found.get(timeout=SLICE)

    def _run(self) -> None:
        """In the thread: one page for each that is wanted. Whoever ran the pull last closes it."""
        try:
            while self._wanted.get():
                try:
                    page = next(self._pages, None)
                except BaseException as trouble:  # noqa: BLE001  whatever it is, it is raised where the page is wanted
                    self._found.put(trouble)
                    return
                self._found.put(page)
                if page is None or page.end is not None:
                    return
                del page  # the caller's from here on: it is not kept while the next one is waited for
        finally:
            _close(self._pages)

    def _end(self, patience: float | None) -> None:
        self._over = True
        if self._thread is None:
            _close(self._pages)
            return
        self._wanted.put(0)
        left = patience
        while self._thread.is_alive() and (left is None or left > 0):
            self._thread.join(SLICE)
            left = None if left is None else left - SLICE


def _close(pages: Iterator[Page]) -> None:
    """What a listing that nobody reads on has to say at its end is of no use to anybody."""
    with contextlib.suppress(Exception):
        getattr(pages, "close", lambda: None)()


__all__ = ["GRACE", "Onward", "is_far"]
