"""Is one page asked for ahead, never two, and does everything that ends a listing keep its meaning?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Capabilities, Certificate, CursorExpired, Pace, Page, Record, SourceError, Stopped
from connectors.memory import BEST
from sync.reading import onward
from sync.reading.onward import Onward, is_far
from tests.engine import Side, World

END = Certificate(full=True, complete=True, scope="", visible=frozenset())
LONG = 20.0
"""Seconds after which a test gives up waiting for a thread."""


def page(number: int, last: int) -> Page:
    return Page((Record("t", str(number), {}),), str(number), END if number == last else None)


class Listing:
    """Pages 1 to `last`. asked: how many were asked for. trouble: raised in the place of a page."""

    def __init__(self, last: int, trouble: BaseException | None = None, at: int = 0) -> None:
        self.last, self.trouble, self.at = last, trouble, at
        self.asked, self.closed = 0, 0
        self.threads: list[str] = []
        self.answered = threading.Condition()
        self.held = threading.Event()
        self.held.set()

    def pages(self) -> Iterator[Page]:
        try:
            for number in range(1, self.last + 1):
                with self.answered:
                    self.asked = number
                    self.threads.append(threading.current_thread().name)
                    self.answered.notify_all()
                assert self.held.wait(LONG)
                if number == self.at and self.trouble is not None:
                    raise self.trouble
                yield page(number, self.last)
        finally:
            self.closed += 1

    def wait_for(self, number: int) -> None:
        with self.answered:
            assert self.answered.wait_for(lambda: self.asked >= number, LONG), self.asked


def keys(pages: Iterator[Page]) -> list[str]:
    return [record.key for one in pages for record in one.records]


def ended() -> bool:
    return not [one for one in threading.enumerate() if one.name == "offbook-onward"]


# ------------------------------------------------------------------------------ ahead


def test_the_next_page_is_asked_for_while_one_is_worked_on() -> None:
    listing = Listing(5)
    with Onward(listing.pages(), far=True) as pages:
        assert listing.asked == 0, "nothing is asked for before the first page is wanted"
        assert next(pages).resume == "1"
        listing.wait_for(2)
        assert next(pages).resume == "2"
        listing.wait_for(3)
        assert keys(pages) == ["3", "4", "5"]
    assert ended()
    assert listing.closed == 1


def test_never_two_pages_ahead() -> None:
    listing, turns = Listing(6), []
    with Onward(listing.pages(), far=True) as pages:
        for one in pages:
            if one.end is None:
                listing.wait_for(int(one.resume or 0) + 1)
            turns.append((int(one.resume or 0), listing.asked))
    assert turns == [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 6)]


def test_what_is_near_is_read_by_the_caller_alone() -> None:
    listing = Listing(3)
    with Onward(listing.pages(), far=False) as pages:
        for one in pages:
            assert listing.asked == int(one.resume or 0)
    assert set(listing.threads) == {threading.current_thread().name}


def test_one_page_alone_needs_no_thread() -> None:
    listing = Listing(1)
    with Onward(listing.pages(), far=True) as pages:
        assert keys(pages) == ["1"]
    assert listing.threads == [threading.current_thread().name]


@pytest.mark.parametrize(
    ("can", "far"),
    [
        (Capabilities(page=100, paces=(Pace("a", 5, 1.0),)), True),
        (Capabilities(page=0, paces=(Pace("a", 5, 1.0),)), False),  # one answer for all of it
        (Capabilities(page=1000), False),  # a database: whoever opened it reads it
    ],
)
def test_only_what_has_pages_and_a_rate_is_far(can: Capabilities, far: bool) -> None:
    assert is_far(can) is far


# ------------------------------------------------------------------------------ endings


@pytest.mark.parametrize("far", [True, False])
@pytest.mark.parametrize(
    "trouble", [SourceError("x"), CursorExpired("x"), Stopped("x"), KeyboardInterrupt(), ValueError()]
)
@pytest.mark.parametrize("at", [1, 3])
def test_trouble_comes_at_its_page_and_nothing_is_asked_for_after_it(
    trouble: BaseException, at: int, far: bool
) -> None:
    listing = Listing(9, trouble, at)
    with Onward(listing.pages(), far=far) as pages:
        assert [next(pages).resume for _ in range(1, at)] == [str(n) for n in range(1, at)]
        with pytest.raises(type(trouble)) as told:
            next(pages)
    assert told.value is trouble
    assert listing.asked == at
    assert ended()
    assert next(pages, None) is None, "and it is over"
    assert listing.asked == at


def test_a_listing_that_just_ends_is_told_as_it_is() -> None:
    listing = Listing(3)
    listing.last = 3
    halves = (one for one in listing.pages() if one.end is None)
    with Onward(halves, far=True) as pages:
        assert keys(pages) == ["1", "2"]
    assert ended()


@pytest.mark.parametrize("far", [True, False])
def test_whoever_leaves_early_closes_the_listing_and_nothing_more_is_asked(far: bool) -> None:
    listing = Listing(9)

    def leave() -> None:
        with Onward(listing.pages(), far=far) as pages:
            next(pages)
            next(pages)
            listing.wait_for(3 if far else 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        leave()
    assert ended()
    assert listing.closed == 1
    assert listing.asked == (3 if far else 2)


def test_a_connector_is_free_again_when_it_is_left() -> None:
    """The request that is under way is waited for: two calls at a time are more than a connector promises."""
    listing = Listing(9)
    with Onward(listing.pages(), far=True) as pages:
        next(pages)
        listing.wait_for(2)
        listing.held.clear()
        next(pages)
        listing.wait_for(3)
        threading.Timer(0.05, listing.held.set).start()
    assert listing.held.is_set()
    assert listing.closed == 1
    assert ended()


def test_ctrl_c_does_not_wait_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onward, "GRACE", 0.01)
    listing = Listing(9)

    def press() -> None:
        with Onward(listing.pages(), far=True) as pages:
            next(pages)
            listing.wait_for(2)
            listing.held.clear()
            next(pages)
            listing.wait_for(3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        press()
    (thread,) = [one for one in threading.enumerate() if one.name == "offbook-onward"]
    assert thread.daemon
    listing.held.set()
    thread.join(LONG)
    assert listing.asked == 3, "and the request that came back asks for no other"
    assert listing.closed == 1


def test_what_fails_while_it_is_closed_hides_nothing() -> None:
    def pages() -> Iterator[Page]:
        try:
            yield page(1, 2)
            yield page(2, 2)
        finally:
            raise SourceError("while closing")

    with Onward(pages(), far=False) as listing:
        assert next(listing).resume == "1"


# ------------------------------------------------------------------------------ in a run


def test_a_table_with_a_rate_is_read_ahead_and_stored_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Onward] = []

    class Noted(Onward):
        def __init__(self, pages: Iterator[Page], *, far: bool) -> None:
            super().__init__(pages, far=far)
            made.append(self)

    monkeypatch.setattr("sync.reading.read.Onward", Noted)
    far = replace(BEST, paces=(Pace("store", 1000, 1.0),), page=10)
    world = World(tmp_path, {"crm": Side(formal=True, can=far), "book": Side()})
    for n in range(35):
        world.add("crm", name=f"公司{n}", code=f"C{n}", a="x")
    outcome = world.plan()
    assert outcome.read["crm"]["read"] == 35
    assert {one._thread is not None for one in made} == {True, False}
    assert ended()
