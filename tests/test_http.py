"""Is a request sent again only where that is safe, at the vendor's rate, and is nothing told that must not be? (C18, C31-C34)"""

from __future__ import annotations

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.contract import AuthError, ConfigError, Pace, RetryLater, SourceRefused, Stopped
from connectors.gate import RunGate, VirtualClock
from connectors.http import Client, Limits, Lost, NotSent, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.redact import Secrets, covered, told
from connectors.shared.web.tokens import Token, Tokens, load_token
from connectors.shared.web.wire import demand_secure
from connectors.vault import MemoryVault

Script = Callable[["Handler"], None]
ACCOUNT = Pace("account", 100, 1.0)


class Handler(BaseHTTPRequestHandler):
    """Plays what the test wrote down, one step a request; the last step stays."""

    server: Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        steps = self.server.steps
        (steps.pop(0) if len(steps) > 1 else steps[0])(self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.steps: list[Script] = [says(200, {"ok": True})]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def says(status: int, body: object = None, **headers: str) -> Script:
    return lambda handler: handler.answer(status, body, **headers)


def hangs_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def cuts_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"ok"')
    handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def client(server: Server, clock: VirtualClock | None = None, **more: object) -> Client:
    gate = more.pop("gate", None) or RunGate(clock=clock or VirtualClock())
    return Client("Acme", server.base, gate, **more)  # type: ignore[arg-type]


READ = Request("GET", "/records", safe=True, paces=(ACCOUNT,))
CREATE = Request("POST", "/records", json={"name": "王芳"}, paces=(ACCOUNT,))
KEYED = Request("PUT", "/records/abc", json={"name": "王芳"}, safe=True, paces=(ACCOUNT,))


# ------------------------------------------------------------------------------ what is sent again


@pytest.mark.parametrize(
    "trouble", [hangs_up, cuts_off, says(500), says(502, b"<html>")], ids=["hang up", "cut", "500", "502"]
)
@pytest.mark.parametrize("request_", [READ, KEYED], ids=["read", "keyed"])
def test_what_is_safe_is_sent_again(server: Server, trouble: Script, request_: Request) -> None:
    server.steps = [trouble, says(200, {"ok": True})]
    reply = client(server).send(request_)
    assert (reply.fate, reply.answer.at("ok"), len(server.seen)) == (Fate.FINE, True, 2)


@pytest.mark.parametrize("trouble", [hangs_up, cuts_off, says(500), says(504)], ids=["hang up", "cut", "500", "504"])
def test_a_create_without_a_token_is_never_sent_twice(server: Server, trouble: Script) -> None:
    server.steps = [trouble, says(200)]
    with pytest.raises(Lost):
        client(server).send(CREATE)
    assert len(server.seen) == 1


def test_what_the_system_refused_before_doing_anything_is_sent_again(server: Server, clock: VirtualClock) -> None:
    server.steps = [says(429, Retry_After="7"), says(503), says(201, {"id": 1})]
    assert client(server, clock).send(CREATE).answer.at("id") == 1
    assert len(server.seen) == 3
    assert clock.monotonic() >= 7


def test_a_write_whose_tries_run_out_of_time_may_have_been_done(server: Server) -> None:
    server.steps = [says(500)]
    with pytest.raises(Lost):
        client(server, limits=Limits(total=0.0)).send(KEYED)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "then", [says(429, Retry_After="3600"), says(429, Retry_After="1"), says(401)], ids=["penalty", "busy", "401"]
)
def test_a_write_without_an_answer_stays_in_doubt_whatever_the_next_try_is_told(server: Server, then: Script) -> None:
    server.steps = [hangs_up, then]
    with pytest.raises(Lost) as caught:
        client(server, limits=Limits(attempts=3)).send(KEYED)
    assert len(server.seen) > 1
    assert not isinstance(caught.value.__cause__, Lost)


def test_a_write_that_was_only_refused_is_known_not_to_be_done(server: Server) -> None:
    server.steps = [says(429, Retry_After="1")]
    for limits in (Limits(attempts=2), Limits(total=0.0)):
        with pytest.raises(NotSent):
            client(server, limits=limits).send(KEYED)


def test_a_stop_leaves_a_write_without_an_answer_in_doubt_and_ends_a_read(server: Server) -> None:
    gate = RunGate(clock=VirtualClock())

    def stops(handler: Handler) -> None:
        gate.stop()
        hangs_up(handler)

    server.steps = [stops]
    with pytest.raises(Lost) as caught:
        client(server, gate=gate).send(KEYED)
    assert isinstance(caught.value.__cause__, Stopped)
    gate = RunGate(clock=VirtualClock())
    with pytest.raises(Stopped):
        client(server, gate=gate).read(KEYED)
    assert len(server.seen) == 2


def test_what_never_left_is_known_not_to_be_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nobody = Client("Acme", f"http://127.0.0.1:{port}", RunGate(clock=VirtualClock()), limits=Limits(attempts=2))
    with pytest.raises(NotSent):
        nobody.send(CREATE)


def test_tries_are_counted(server: Server) -> None:
    server.steps = [says(500)]
    with pytest.raises(RetryLater):
        client(server, limits=Limits(attempts=3)).read(READ)
    assert len(server.seen) == 3


def test_a_long_penalty_is_not_waited_out(server: Server, clock: VirtualClock) -> None:
    server.steps = [says(429, Retry_After="3600")]
    with pytest.raises(NotSent):
        client(server, clock).read(READ)
    assert len(server.seen) == 1
    assert clock.monotonic() == 0


def test_a_penalty_holds_everybody_back_who_shares_the_account(server: Server, clock: VirtualClock) -> None:
    gate = RunGate(clock=clock)
    server.steps = [says(429, Retry_After="20"), says(200)]
    client(server, gate=gate).read(READ)
    assert clock.monotonic() >= 20
    other = client(server, gate=gate)
    gate.pause(ACCOUNT, 15)
    other.read(READ)
    assert clock.monotonic() >= 35


def test_the_rate_is_kept(server: Server, clock: VirtualClock) -> None:
    slow = Request("GET", "/", paces=(Pace("slow", 2, 1.0),))
    asked = client(server, clock)
    for _ in range(7):
        asked.read(slow)
    assert clock.monotonic() >= 3


def test_nothing_is_sent_after_a_stop(server: Server) -> None:
    gate = RunGate(clock=VirtualClock())

    def stops(handler: Handler) -> None:
        gate.stop()
        handler.answer(500)

    server.steps = [stops]
    with pytest.raises(Stopped):
        client(server, gate=gate).read(READ)
    assert len(server.seen) == 1


# ------------------------------------------------------------------------------ what an answer means


@pytest.mark.parametrize(
    ("status", "fate"),
    [(200, Fate.FINE), (204, Fate.FINE), (403, Fate.FORBIDDEN), (404, Fate.GONE), (410, Fate.GONE), (409, Fate.CONFLICT),
     (412, Fate.CONFLICT), (400, Fate.CONFIG), (422, Fate.CONFIG)],
)  # fmt: skip
def test_fates_of_a_request_come_back(server: Server, status: int, fate: Fate) -> None:
    server.steps = [says(status, {} if status != 204 else b"")]
    assert client(server).send(CREATE).fate is fate
    assert len(server.seen) == 1


def test_an_error_inside_200_is_the_vendors_table(server: Server) -> None:
    def judge(answer: Answer) -> Judged:
        code = answer.at("errorCode")
        return (
            Judged(Fate.LATER, 2.0)
            if code == 99
            else Judged(Fate.REJECTED, text="bad field")
            if code
            else by_status(answer)
        )

    server.steps = [says(200, {"errorCode": 99}), says(200, {"errorCode": 7})]
    reply = client(server, judge=judge).send(CREATE)
    assert (reply.fate, reply.told) == (Fate.REJECTED, "bad field")


def test_numbers_keep_their_digits_and_html_is_no_json() -> None:
    assert Answer(200, {}, b'{"n": 0.1, "big": 123456789012345678}').json == {
        "n": Decimal("0.1"),
        "big": 123456789012345678,
    }
    assert Answer(200, {}, b"<html>").json is NOT_JSON
    assert Answer(204, {}, b"").json is None
    assert Answer(200, {}, b'{"a": [{"b": 1}]}').at("a", 0, "b") == 1
    assert Answer(200, {}, b'{"a": [{"b": 1}]}').at("a", 4, "b") is None


def test_retry_after_is_a_number_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after(Answer(429, {"retry-after": "3.5"}, b"")) == 3.5
    assert retry_after(Answer(429, {"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT"}, b""), now=now) == 60
    assert retry_after(Answer(429, {"retry-after": "soon"}, b"")) is None
    assert retry_after(Answer(429, {}, b"")) is None


def test_an_answer_may_be_too_large(server: Server) -> None:
    server.steps = [says(200, b"x" * 5000)]
    with pytest.raises(SourceRefused, match="more than 1000 bytes"):
        client(server, limits=Limits(size=1000)).read(READ)


# ------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "url", ["http://example.com", "ftp://127.0.0.1", "example.com", "", "http://127.0.0.1.evil.example"]
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(ConfigError):
        demand_secure(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/x", "http://127.0.0.1:8090", "http://localhost", "http://[::1]:1"]
)
def test_addresses_that_are_safe(url: str) -> None:
    demand_secure(url)


def test_redirects_stay_on_the_host_and_are_for_reading(server: Server) -> None:
    server.steps = [says(302, Location="/there"), says(200, {"ok": 1})]
    assert client(server).read(READ).at("ok") == 1
    assert [path for _, path, *_ in server.seen] == ["/records", "/there"]
    for location, request_ in (("https://example.com/", READ), ("/there", CREATE)):
        server.seen.clear()
        server.steps = [says(302, Location=location)]
        with pytest.raises(SourceRefused):
            client(server).send(request_)
        assert len(server.seen) == 1


def test_redirects_end(server: Server) -> None:
    server.steps = [says(302, Location="/again")]
    with pytest.raises(SourceRefused):
        client(server).read(READ)
    assert len(server.seen) == 4


def test_a_page_link_to_another_host_is_not_followed(server: Server) -> None:
    with pytest.raises(SourceRefused):
        client(server).read(Request("GET", "https://example.com/page2"))
    assert server.seen == []


# ------------------------------------------------------------------------------ tokens and secrets


def tokens_of(asked: list[Token | None], gate: RunGate, vault: MemoryVault, lives: float = 3600) -> Tokens:
    def ask(last: Token | None) -> Token:
        asked.append(last)
        return Token(f"access-{len(asked)}", gate.now() + timedelta(seconds=lives), "refresh-me")

    return Tokens("acme", ask, gate, vault, Secrets())


def test_a_token_is_asked_once_kept_and_renewed_before_it_ends(server: Server, clock: VirtualClock) -> None:
    gate, vault, asked = RunGate(clock=clock), MemoryVault(), list[Token | None]()
    one = client(server, gate=gate, tokens=tokens_of(asked, gate, vault))
    one.read(READ)
    client(server, gate=gate, tokens=tokens_of(asked, gate, vault)).read(READ)
    assert len(asked) == 1
    assert server.seen[-1][2]["Authorization"] == "Bearer access-1"
    clock.sleep(3400)
    one.read(READ)
    assert server.seen[-1][2]["Authorization"] == "Bearer access-2"
    assert asked[1] is not None
    assert asked[1].refresh == "refresh-me"


def test_a_token_that_is_not_taken_is_renewed_once(server: Server) -> None:
    gate, asked = RunGate(clock=VirtualClock()), list[Token | None]()
    server.steps = [says(401), says(200, {"ok": 1})]
    made = client(server, gate=gate, tokens=tokens_of(asked, gate, MemoryVault()))
    assert made.send(CREATE).fate is Fate.FINE
    assert [headers["Authorization"] for *_, headers, _ in server.seen] == ["Bearer access-1", "Bearer access-2"]
    server.steps = [says(401)]
    with pytest.raises(AuthError):
        made.send(CREATE)


def test_many_threads_renew_a_token_once(server: Server) -> None:
    gate, vault, asked = RunGate(clock=VirtualClock()), MemoryVault(), list[Token | None]()
    makers = [tokens_of(asked, gate, vault) for _ in range(8)]
    found: list[str] = []
    threads = [threading.Thread(target=lambda one=one: found.append(one.current())) for one in makers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["access-1"] * 8
    assert len(asked) == 1


def test_what_the_vault_holds_may_be_broken() -> None:
    assert load_token("not json") is None
    assert load_token(None) is None
    assert load_token(Token("a", datetime(2026, 1, 1, tzinfo=UTC), "r").dump()) == Token(
        "a", datetime(2026, 1, 1, tzinfo=UTC), "r"
    )


def test_nothing_secret_and_no_value_is_told(server: Server) -> None:
    secrets = Secrets(["hunter22/x"])
    server.steps = [says(400, {"message": "name 王芳 is bad; key hunter22/x (hunter22%2Fx), Bearer abcdefgh12345"})]
    judge = lambda answer: Judged(Fate.REJECTED, text=str(answer.at("message")))  # noqa: E731
    said = client(server, secrets=secrets, judge=judge).send(CREATE).told
    assert said == "name ••• is bad; key ••• (•••), Bearer •••"
    assert "hunter22" not in repr(secrets)


def test_what_is_asked_in_an_address_is_in_no_log_line_and_no_traceback(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    asked = Request("GET", "x", query=(("corpsecret", "hunter22"), ("phone", "13800138000")))
    with caplog.at_level(logging.DEBUG):
        made = client(server)
        made.read(asked)
        server.shutdown()
        server.server_close()
        made.close()
        with pytest.raises(NotSent) as raised:
            made.read(asked)
    text = caplog.text + "".join(traceback.format_exception(raised.value))
    assert "x?•••" in text
    assert "NewConnectionError" in text
    assert "hunter22" not in text
    assert "13800138000" not in text


def test_a_netrc_file_adds_nothing(server: Server, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client(server).read(READ)
    assert "Authorization" not in server.seen[0][2]


def test_secrets_are_found_by_their_names() -> None:
    shown = covered({"client_secret": "x", "name": "王芳", "auth": [{"apiKey": "k", "empty_token": ""}]})
    assert shown == {"client_secret": "•••", "name": "王芳", "auth": [{"apiKey": "•••", "empty_token": ""}]}
    assert told("x" * 500, None, Secrets()).endswith("…")


def test_every_try_can_be_watched(server: Server) -> None:
    seen: list[object] = []
    server.steps = [hangs_up, says(200)]
    client(server, watch=lambda request, reply: seen.append(reply.fate if reply else None)).read(READ)
    assert seen == [None, Fate.FINE]
