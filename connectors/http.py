"""How does a connector speak HTTP without harm: at the vendor's rate, sent again only where that is safe? (DESIGN §11)

A request is sent again when it changes nothing or bears a token or a precondition (`safe`), when it is known that it
was never sent, or when the system itself said that it did nothing. What else stays without an answer is `Lost`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from connectors.contract import (
    AuthError,
    CursorExpired,
    Gate,
    OffbookError,
    Pace,
    RetryLater,
    SourceError,
    SourceRefused,
    say,
)
from connectors.shared.web.answers import Answer, Fate, Judge, Judged, by_status
from connectors.shared.web.redact import Secrets, hush, told, without_queries
from connectors.shared.web.tokens import Tokens
from connectors.shared.web.wire import demand_secure, to_json

if TYPE_CHECKING:
    import requests

MOVES: Final = 3
"""Redirects that are followed in a row."""
_READS: Final = frozenset({"GET", "HEAD", "PROPFIND", "REPORT"})  # they change nothing, whatever they are sent to
ABSENT: Final = object()
"""No JSON body; None is a body of its own."""


class NotSent(RetryLater):
    """Nothing was done: it never left, or the system refused it before doing anything. It may be sent another time."""


class Lost(RetryLater):
    """It was sent, and nobody knows what became of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """path: joined to the client's base; a whole URL must be of the same host. safe: see above. paces: what it spends,
    the account's first: a vendor's penalty is laid on their keys. told: what may stand in a vendor's message and must
    not be shown (customers' values); the JSON body counts by itself."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    json: Any = ABSENT
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    safe: bool = False
    paces: tuple[Pace, ...] = ()
    units: int = 1
    told: object = None


@dataclass(frozen=True, slots=True)
class Limits:
    """connect, read: seconds of one try. attempts, total: of all tries, in seconds. size: bytes of an answer. patience:
    the longest penalty in seconds that is waited out in this run."""

    connect: float = 10.0
    read: float = 60.0
    attempts: int = 5
    total: float = 300.0
    size: int = 64 * 1024 * 1024
    patience: float = 120.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and what it means; `told` is the vendor's code and sentence, fit to be shown."""

    answer: Answer
    judged: Judged
    told: str = ""

    @property
    def fate(self) -> Fate:
        return self.judged.fate


Bearer = Callable[[str], Mapping[str, str]]
"""The headers that carry an access token."""
Watch = Callable[[Request, Reply | None], None]
"""Is shown every try, for people who write a specification; None: no answer came."""


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass(slots=True)
class Client:
    """One system's HTTP side, for one connector in one thread. Raises SourceError and its kinds only.

    name: what errors call it. headers: go with every request. judge: the vendor's error table. tokens: where they
    expire; `carry` puts one into headers.
    """

    name: str
    base: str
    gate: Gate
    secrets: Secrets = field(default_factory=Secrets)
    headers: Mapping[str, str] = field(default_factory=dict)
    judge: Judge = by_status
    tokens: Tokens | None = None
    carry: Bearer = bearer
    limits: Limits = Limits()
    watch: Watch | None = None
    _session: requests.Session | None = None

    def __post_init__(self) -> None:
        demand_secure(self.base)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # -------------------------------------------------------------------------- what connectors call

    def read(self, request: Request) -> Answer:
        """The answer to a request that changes nothing. Raises what stands against it, by its fate."""
        reply = self._tried(replace(request, safe=True), [])
        if reply.fate is not Fate.FINE:
            raise self.error(reply)
        return reply.answer

    def send(self, request: Request) -> Reply:
        """One request, with as many tries as are safe. Fates that are about the request itself come back; raises
        AuthError, NotSent, Lost, Stopped. Once a try of a write stayed without an answer, whatever ends the others
        (a penalty, the time, a stop: its cause) is Lost, as that try may have done it."""
        doubts: list[Lost] = []
        try:
            return self._tried(request, doubts)
        except SourceError as trouble:
            if not doubts or isinstance(trouble, Lost) or request.method in _READS:
                raise
            raise doubts[-1] from trouble

    def _tried(self, request: Request, doubts: list[Lost]) -> Reply:
        """doubts: gets what each try without an answer leaves open."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        def note(state: Any) -> None:
            if isinstance(why := state.outcome.exception().why, Lost):
                doubts.append(why)

        start = time.monotonic()
        tries = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=_next_try,
            retry=retry_if_exception_type(_Again),
            after=note,
            sleep=lambda seconds: self._wait(seconds, start),
            reraise=True,
        )
        try:
            return tries(self._with_token, request)
        except _Again as trouble:
            raise trouble.why from trouble.__cause__

    def error(self, reply: Reply) -> SourceError:
        """What a reading connector raises for a fate that it has no other word for."""
        where, status, text = self.name, reply.answer.status, reply.told
        fate = reply.fate
        if fate is Fate.EXPIRED:
            return CursorExpired("{where} does not know the page or cursor any more; it is read anew", where=where)
        if fate is Fate.FORBIDDEN:
            return SourceRefused(
                "{where} refuses this to these credentials ({status}); grant the right there. {text}",
                where=where, status=status, text=text,
            )  # fmt: skip
        if fate is Fate.GONE:
            return SourceRefused(
                "{where} has nothing under this address ({status}). {text}", where=where, status=status, text=text
            )
        if fate in (Fate.LATER, Fate.LOCKED, Fate.BROKEN):
            return RetryLater(
                "{where} does not answer as it should ({status}); Offbook tries again later", where=where, status=status
            )
        return SourceRefused(
            "{where} does not take the request ({status}). {text}", where=where, status=status, text=text
        )

    # -------------------------------------------------------------------------- one try

    def _with_token(self, request: Request) -> Reply:
        """A token that the system does not take is renewed once, and the request sent again: nothing was done."""
        token = self.tokens.current() if self.tokens is not None else None
        reply = self._once(request, token)
        if reply.fate is Fate.AUTH and self.tokens is not None:
            reply = self._once(request, self.tokens.renewed(token))
        if reply.fate is Fate.AUTH:
            raise AuthError(
                "{where} does not take the credentials ({status}); mend the secret or sign in again. {text}",
                where=self.name, status=reply.answer.status, text=reply.told,
            )  # fmt: skip
        if reply.fate in (Fate.LATER, Fate.LOCKED):
            raise self._held_back(request, reply)
        if reply.fate is Fate.BROKEN:
            raise self._failed(request, reply)
        return reply

    def _once(self, request: Request, token: str | None) -> Reply:
        self.gate.enter(*request.paces, units=request.units)
        try:
            answer = self._exchange(request, token)
        except _Again:
            self._show(request, None)
            raise
        judged = self.judge(answer)
        sent = [request.told, request.json if request.json is not ABSENT else None, dict(request.query)]
        reply = Reply(answer, judged, told(judged.text, sent, self.secrets))
        self._show(request, reply)
        return reply

    def _show(self, request: Request, reply: Reply | None) -> None:
        if self.watch is not None:
            self.watch(request, reply)

    def _held_back(self, request: Request, reply: Reply) -> Exception:
        """The system said that it did nothing: a pause for all who share the account, then again."""
        wait = reply.judged.wait
        for pace in request.paces:
            self.gate.pause(pace, wait if wait is not None else 1.0)
        why = NotSent(
            "{where} is asked too fast or is busy ({status}); Offbook tries again",
            where=self.name, status=reply.answer.status,
        )  # fmt: skip
        if wait is not None and (wait > self.limits.patience or wait >= self.gate.left()):
            return why
        return _Again(why, 0.0 if request.paces and wait is not None else wait)

    def _failed(self, request: Request, reply: Reply) -> Exception:
        why = self._lost(say("it answered {status}", status=reply.answer.status))
        return _Again(why, reply.judged.wait) if request.safe else why

    def _lost(self, how: object) -> Lost:
        return Lost("no answer from {where} that tells what was done: {how}", where=self.name, how=how)

    # -------------------------------------------------------------------------- the wire

    def _exchange(self, request: Request, token: str | None, moved: int = 0) -> Answer:
        import requests
        from urllib3.exceptions import NewConnectionError

        prepared = self._prepared(request, token)
        session = self._opened()
        end = time.monotonic() + min(self.limits.read, max(1.0, self.gate.left()))
        settings = session.merge_environment_settings(prepared.url or "", {}, stream=True, verify=None, cert=None)
        try:
            response = session.send(
                prepared,
                timeout=(min(self.limits.connect, max(1.0, self.gate.left())), max(1.0, end - time.monotonic())),
                allow_redirects=False,
                **settings,
            )
            with response:
                body = self._body(response, end)
        except requests.exceptions.SSLError as trouble:
            raise SourceRefused(
                "{where}: its certificate is not trusted; mend `base_url`, or name your own authority in REQUESTS_CA_BUNDLE",
                where=self.name,
            ) from self._bare(trouble)
        except requests.exceptions.ConnectTimeout as trouble:
            raise self._unsent(trouble) from self._bare(trouble)
        except requests.exceptions.ConnectionError as trouble:
            inner = getattr(trouble.args[0] if trouble.args else None, "reason", None)
            if isinstance(trouble, requests.exceptions.ProxyError) or isinstance(inner, NewConnectionError):
                raise self._unsent(trouble) from self._bare(trouble)
            raise self._cut_off(request, trouble) from self._bare(trouble)
        except requests.exceptions.RequestException as trouble:
            raise self._cut_off(request, trouble) from self._bare(trouble)
        if response.is_redirect:
            return self._redirected(request, response, token, moved)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body)

    def _opened(self) -> requests.Session:
        if self._session is None:
            import requests
            from requests.auth import AuthBase

            class Nothing(AuthBase):
                """Keeps requests from adding what a .netrc file holds."""

                def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
                    return r

            hush()
            self._session = requests.Session()
            self._session.auth = Nothing()
        return self._session

    def _prepared(self, request: Request, token: str | None) -> requests.PreparedRequest:
        import requests

        url = self._url(request.path)
        headers = {"Accept": "application/json", **self.headers, **request.headers}
        if token is not None:
            headers.update(self.carry(token))
        data: Any = request.body
        if data is None and request.form is not None:
            data = dict(request.form)
        if request.json is not ABSENT:
            data = to_json(request.json)
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        made = requests.Request(request.method, url, headers=headers, params=list(request.query), data=data)
        return self._opened().prepare_request(made)

    def _url(self, path: str) -> str:
        """Another host never gets our headers, whoever named it."""
        base = self.base.rstrip("/")
        url = path if "://" in path else f"{base}/{path.lstrip('/')}" if path else base
        if urlsplit(url)[:2] != urlsplit(base)[:2]:
            raise SourceRefused("{where} names an address on another host; it is not followed", where=self.name)
        return url

    def _body(self, response: requests.Response, end: float) -> bytes:
        """All of it, within size and time; less than was announced is no answer."""
        import requests

        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(65_536):
            size += len(part)
            if size > self.limits.size:
                raise SourceRefused(
                    "{where} answers with more than {size} bytes; ask for fewer records at a time",
                    where=self.name, size=self.limits.size,
                )  # fmt: skip
            if time.monotonic() > end:
                raise requests.exceptions.ReadTimeout("the body took too long")
            parts.append(part)
        return b"".join(parts)

    def _redirected(self, request: Request, response: requests.Response, token: str | None, moved: int) -> Answer:
        """Followed only for what changes nothing, and only on the same host."""
        target = urljoin(response.url, response.headers.get("Location", ""))
        if request.method not in _READS or moved == MOVES:
            raise SourceRefused(
                "{where} sends the request elsewhere ({status}); mend `base_url`",
                where=self.name, status=response.status_code,
            )  # fmt: skip
        self._url(target)
        self.gate.enter(*request.paces, units=request.units)
        return self._exchange(replace(request, path=target, query=()), token, moved + 1)

    # -------------------------------------------------------------------------- no answer

    def _unsent(self, trouble: Exception) -> _Again:
        del trouble
        return _Again(NotSent("{where} cannot be reached; Offbook tries again", where=self.name), None)

    def _cut_off(self, request: Request, trouble: Exception) -> Exception:
        why = self._lost(type(trouble).__name__)
        return _Again(why, None) if request.safe else why

    def _bare(self, trouble: Exception) -> Exception:
        """What a traceback may show of it: the library's words name the whole address, with tokens that stand there."""
        return ConnectionError(f"{type(trouble).__name__}: {without_queries(self.secrets.cover(str(trouble)))}")

    def _wait(self, seconds: float, start: float) -> None:
        spent = time.monotonic() - start
        if spent + seconds > self.limits.total:
            raise NotSent(
                "{where} did not answer for {seconds} seconds; Offbook tries again later",
                where=self.name, seconds=round(spent),
            )  # fmt: skip
        if seconds > 0:
            self.gate.wait(seconds)


class _Again(Exception):
    """This try failed, and another is safe. why: what is raised where none is left; wait: seconds, None: growing."""

    def __init__(self, why: OffbookError, wait: float | None) -> None:
        super().__init__()
        self.why, self.wait = why, wait


def _next_try(state: Any) -> float:
    """What the system asked for, else longer from try to try and never the same for two who try."""
    from tenacity import wait_random_exponential

    wait: float | None = state.outcome.exception().wait
    return wait if wait is not None else wait_random_exponential(multiplier=0.5, max=30)(state)
