"""Does the server under all pretended systems misbehave as ordered, and keep a rate?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sandbox.server import Call, Fake, Rate, Reply, Trouble


class Shop(Fake):
    rates = (Rate(3, 1.0, penalty=30.0, only="^/things"),)

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        super().__init__(now=lambda: self.at)
        self.things: list[object] = []
        self.route("GET", "/things/{id}", lambda call: Reply(200, {"id": call.parts["id"], "q": call.arg("q", "none")}))
        self.route("POST", "/things", self.add)
        self.route("GET", "/free/{rest*}", lambda call: Reply(200, {"rest": call.parts["rest"]}))

    def add(self, call: Call) -> Reply:
        self.things.append(call.json)
        return Reply(201, {"count": len(self.things)})


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as made:
        yield made


def test_routes_take_their_parts_and_the_rest_is_unknown(shop: Shop) -> None:
    assert requests.get(f"{shop.base}/things/a%20b?q=x", timeout=5).json() == {"id": "a b", "q": "x"}
    assert requests.get(f"{shop.base}/free/a/b/c", timeout=5).json() == {"rest": "a/b/c"}
    assert requests.get(f"{shop.base}/nowhere", timeout=5).status_code == 404


@pytest.mark.parametrize(("trouble", "done"), [(Trouble.LOST, 1), (Trouble.DROPPED, 0)])
def test_a_connection_dies_before_or_after_it_is_done(shop: Shop, trouble: Trouble, done: int) -> None:
    shop.order(trouble, "POST")
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{shop.base}/things", json={"a": 1}, timeout=5)
    assert len(shop.things) == done
    assert requests.post(f"{shop.base}/things", json={"a": 1}, timeout=5).json() == {"count": done + 1}


@pytest.mark.parametrize(
    ("trouble", "status", "done"),
    [
        (Trouble.BROKEN, 500, 0),
        (Trouble.BROKEN_AFTER, 500, 1),
        (Trouble.TIMEOUT, 408, 0),
        (Trouble.TOO_FAST_MUTE, 429, 0),
    ],
)
def test_answers_that_are_failures(shop: Shop, trouble: Trouble, status: int, done: int) -> None:
    shop.order(trouble)
    answer = requests.post(f"{shop.base}/things", json={}, timeout=5)
    assert (answer.status_code, len(shop.things)) == (status, done)
    assert "Retry-After" not in answer.headers


def test_an_answer_may_be_cut_or_a_page_of_a_proxy(shop: Shop) -> None:
    shop.order(Trouble.CUT)
    with pytest.raises(requests.RequestException):
        requests.get(f"{shop.base}/things/long-name", timeout=5)
    shop.order(Trouble.HTML)
    assert requests.get(f"{shop.base}/things/1", timeout=5).text.startswith("<html>")


def test_a_rate_is_kept_and_its_penalty_lasts(shop: Shop) -> None:
    statuses = [requests.get(f"{shop.base}/things/{n}", timeout=5) for n in range(4)]
    assert [one.status_code for one in statuses] == [200, 200, 200, 429]
    assert statuses[-1].headers["Retry-After"] == "30"
    shop.at += timedelta(seconds=5)
    assert requests.get(f"{shop.base}/things/1", timeout=5).headers["Retry-After"] == "25"
    assert requests.get(f"{shop.base}/free/x", timeout=5).status_code == 200
    shop.at += timedelta(seconds=30)
    assert requests.get(f"{shop.base}/things/1", timeout=5).status_code == 200
    assert shop.refused == 2
    assert shop.count("GET", "^/things") == 6
