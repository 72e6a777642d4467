"""What do all pretended systems share: a local server with state, a rate that it keeps, and misbehaviour on request?

A vendor's file adds routes, its words for errors, and its rules. Time is handed in, so that a rate or a token's end can
be tried without waiting. Imported by tests and by the sandbox command only.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

Route = Callable[["Call"], "Reply"]
_KEPT: Final = 10_000
"""Requests that are remembered."""


class Trouble(StrEnum):
    """lost: done, and the connection dies before the answer. dropped: the connection dies before anything is done.
    too_fast, too_fast_mute: refused for its rate, with and without saying for how long. broken, broken_after: 500 before
    and after it is done. timeout: 408. cut: the answer ends in the middle. slow: it takes `seconds`. html: a proxy's
    page instead of JSON. empty: success with nothing in it, as some systems hide what one may not see."""

    LOST = "lost"
    DROPPED = "dropped"
    TOO_FAST = "too_fast"
    TOO_FAST_MUTE = "too_fast_mute"
    BROKEN = "broken"
    BROKEN_AFTER = "broken_after"
    TIMEOUT = "timeout"
    CUT = "cut"
    SLOW = "slow"
    HTML = "html"


_BEFORE: Final = frozenset(
    {Trouble.DROPPED, Trouble.TOO_FAST, Trouble.TOO_FAST_MUTE, Trouble.BROKEN, Trouble.TIMEOUT, Trouble.HTML}
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. query: every value of every name. headers: names in lower case. parts: what the route's path named."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body; None where it is none or no JSON."""
        try:
            return json.loads(self.body, parse_float=Decimal) if self.body else None
        except ValueError:
            return None

    def arg(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """body: JSON, or bytes as they are; None: no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `units` requests in `seconds` for whom `of` names; then refused for `penalty` seconds (0: until one fits).

    only: a pattern of the paths that it counts.
    """

    units: int
    seconds: float
    penalty: float = 0.0
    only: str = ""
    of: Callable[[Call], str] = lambda _: ""


@dataclass(slots=True)
class Ordered:
    """A trouble that waits for a request it fits."""

    what: Trouble
    method: str
    path: str
    seconds: float


class Fake:
    """One pretended system. `received`: how many requests came; `refused`: how many of them for their rate."""

    rates: tuple[Rate, ...] = ()

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.received = 0
        self.refused = 0
        self.calls: deque[Call] = deque(maxlen=_KEPT)
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self._troubles: list[Ordered] = []
        self._spent: dict[tuple[int, str], deque[float]] = {}
        self._locked: dict[tuple[int, str], float] = {}
        self._lock = threading.RLock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    # -------------------------------------------------------------------------- what a vendor's file says

    def route(self, method: str, path: str, handler: Route) -> None:
        """path: `/v0/{base}/{table}`, each name one segment; `{rest*}` takes several."""
        pattern = re.sub(r"\\\{(\w+)(\\\*)?\\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(path))
        self._routes.append((method, re.compile(pattern), handler))

    def too_fast(self, wait: float | None) -> Reply:
        """The vendor's words for a rate that is exceeded; wait None: it does not say for how long."""
        return Reply(429, {"error": "too many requests"}, {} if wait is None else {"Retry-After": str(round(wait))})

    def failed(self) -> Reply:
        return Reply(500, {"error": "internal"})

    def unknown(self, call: Call) -> Reply:
        return Reply(404, {"error": f"no such address: {call.method}"})

    def allow(self, call: Call) -> Reply | None:
        """Who may ask at all: the refusal, or None."""
        del call
        return None

    # -------------------------------------------------------------------------- what a test orders

    def order(self, what: Trouble, method: str = "", path: str = "", times: int = 1, seconds: float = 0.0) -> None:
        """The next `times` requests of this method whose path holds this pattern meet it. seconds: how long, or how slow."""
        with self._lock:
            self._troubles += [Ordered(what, method, path, seconds) for _ in range(times)]

    def count(self, method: str = "", path: str = "") -> int:
        """Requests received of this method whose path holds this pattern."""
        return sum(1 for one in self.calls if method in ("", one.method) and re.search(path, one.path))

    # -------------------------------------------------------------------------- running

    @property
    def base(self) -> str:
        assert self._server is not None, "the server is not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self, port: int = 0) -> Self:
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self if self._server is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -------------------------------------------------------------------------- one request

    def handle(self, call: Call) -> tuple[Reply, Trouble | None]:
        """One request at a time, so that its state is never half changed."""
        with self._lock:
            self.received += 1
            self.calls.append(call)
            trouble = self._trouble(call)
            what = trouble.what if trouble is not None else None
            if trouble is not None and what in _BEFORE:
                return self._before(trouble), what
            if trouble is not None and what is Trouble.SLOW:
                time.sleep(trouble.seconds)
            reply = self._refusal(call) or self._routed(call)
            return (self.failed() if what is Trouble.BROKEN_AFTER else reply), what

    def _before(self, trouble: Ordered) -> Reply:
        if trouble.what is Trouble.TOO_FAST:
            return self.too_fast(trouble.seconds or 1.0)
        if trouble.what is Trouble.TOO_FAST_MUTE:
            return self.too_fast(None)
        if trouble.what is Trouble.TIMEOUT:
            return Reply(408)
        if trouble.what is Trouble.HTML:
            return Reply(200, b"<html><body>gateway</body></html>", {"Content-Type": "text/html"})
        return self.failed()

    def _trouble(self, call: Call) -> Ordered | None:
        for one in self._troubles:
            if one.method in ("", call.method) and re.search(one.path, call.path):
                self._troubles.remove(one)
                return one
        return None

    def _refusal(self, call: Call) -> Reply | None:
        """The rate comes before anything else; a refused request counts where the vendor punishes."""
        now = self.now().timestamp()
        for n, rate in enumerate(self.rates):
            if not re.search(rate.only, call.path):
                continue
            spot = (n, rate.of(call))
            spent = self._spent.setdefault(spot, deque())
            while spent and spent[0] + rate.seconds <= now:
                spent.popleft()
            locked = self._locked.get(spot, 0.0)
            if locked > now or len(spent) >= rate.units:
                self.refused += 1
                until = locked if locked > now else now + rate.penalty if rate.penalty else spent[0] + rate.seconds
                self._locked[spot] = until if rate.penalty else 0.0
                return self.too_fast(until - now)
            spent.append(now)
        return self.allow(call)

    def _routed(self, call: Call) -> Reply:
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(call.path) if method == call.method else None
            if found is not None:
                named = {name: unquote(text) for name, text in found.groupdict().items()}
                return handler(Call(call.method, call.path, call.query, call.headers, call.body, named))
        return self.unknown(call)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], fake: Fake) -> None:
        super().__init__(address, _Handler)
        self.fake = fake

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no trouble of ours; a fault of the fake must be seen."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body leave as two packets, and each answer would wait 40 ms

    def _do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        call = Call(self.command, parts.path, query, headers, self.rfile.read(length))
        reply, trouble = self.server.fake.handle(call)
        if trouble in (Trouble.LOST, Trouble.DROPPED):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        raw = reply.raw()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if trouble is Trouble.CUT:
            self.wfile.write(raw[: len(raw) // 2])
            self.close_connection = True
            return
        if self.command != "HEAD":
            self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _do  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date, by the clock of what is pretended."""
        return super().date_time_string(self.server.fake.now().timestamp() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: requests are counted in the fake."""
