"""How does one system of a specification hear our requests, and what does it say? (auth, paces, errors, slots)"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from connectors.contract import AuthError, Context, Pace, say
from connectors.http import ABSENT, Client, Reply, Request, Watch
from connectors.shared.rest.load import Loaded
from connectors.shared.rest.model import Ask, CheckWords, ErrorLine, Use
from connectors.shared.rest.paths import Condition, any_holds, holds, known
from connectors.shared.rest.slots import fill, fill_base, fill_path, pairs, texts
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Token, Tokens

DEFAULT: Final = (1000, 1.0)
"""Units and seconds of the pace of a system that names none; a penalty needs a pace to be laid on."""
_ASKED: Final = ("checked", "quietly")


@dataclass(frozen=True, slots=True)
class Said:
    """What one request adds to its words: `extras` are merged into query, headers and body. fine: answers that are no
    trouble here, whatever `errors` says. safe: may be sent again. writes: changes something. link: a whole address."""

    extras: Sequence[Use | CheckWords] = ()
    fine: Sequence[Condition] = ()
    safe: bool = True
    writes: bool = False
    link: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    units: int = 1


READS: Final = Said()


class Talk:
    """One account. Raises SourceError and its kinds."""

    def __init__(self, loaded: Loaded, opts: Mapping[str, Any], secrets: Mapping[str, str], context: Context) -> None:
        self.words, self._gate = loaded.words, context.gate
        self._slots = {f"opt.{k}": v for k, v in opts.items()} | {f"secret.{k}": v for k, v in secrets.items()}
        self.base = fill_base(self.words.base, self._slots)
        self.root = f"{urlsplit(self.base).scheme}://{urlsplit(self.base).netloc}"
        self.where = urlsplit(self.base).hostname or self.base
        self.hidden = Secrets(secrets.values())
        self.actor = self._actor(opts, secrets)
        self.paces = self._paces()
        self.server_time: datetime | None = None
        self._client = Client(self.where, self.base, context.gate, self.hidden, judge=self._judge)
        self._login = Client(self.where, self.base, context.gate, self.hidden, judge=self._judge_login)
        self._now: Said = READS
        self._may_renew = False
        self._tokens = None
        if self.words.auth.login is not None:
            name = f"rest:{blake2b(f'{self.base}{sorted(opts.items())}'.encode(), digest_size=8).hexdigest()}"
            self._tokens = Tokens(name, self._log_in, context.gate, context.vault, self.hidden)

    def watch(self, watch: Watch) -> None:
        """`watch` is shown every try from now on."""
        self._client.watch = self._login.watch = watch

    def close(self) -> None:
        self._client.close()
        self._login.close()

    # -------------------------------------------------------------------------- sending

    def read(self, ask: Ask, slots: Mapping[str, Any], said: Said = READS) -> Answer:
        """The answer to what changes nothing. Raises what stands against it."""
        reply = self.send(ask, slots, said)
        if reply.fate is not Fate.FINE:
            raise self._client.error(reply)
        return reply.answer

    def error(self, reply: Reply) -> Exception:
        return self._client.error(reply)

    def send(self, ask: Ask, slots: Mapping[str, Any], said: Said = READS) -> Reply:
        """Raises AuthError, NotSent, Lost, Stopped; every other fate comes back. A login that died is renewed once."""
        login = self._tokens.current() if self._tokens is not None else ""
        self._now, self._may_renew = said, bool(self.words.auth.renew or self._tokens)
        try:
            return self._sent(ask, slots, said, login)
        except AuthError:
            if self._tokens is None:
                raise
            fresh = self._tokens.renewed(login)
        self._may_renew = False
        return self._sent(ask, slots, said, fresh)

    def _sent(self, ask: Ask, slots: Mapping[str, Any], said: Said, login: str) -> Reply:
        taken: Mapping[str, Any] = json.loads(login) if login else {}
        self.hidden.add(*(v for v in taken.values() if isinstance(v, str)))
        everything = {**self._slots, **slots, **{f"login.{k}": v for k, v in taken.items()}}
        of = "write" if said.writes else "read"
        paces = tuple(pace for pace in self.paces if pace.of in ("both", of))
        reply = self._client.send(self._request(ask, everything, said, paces))
        self._note_time(reply.answer)
        return reply

    def _request(self, ask: Ask, slots: Mapping[str, Any], said: Said, paces: tuple[Pace, ...]) -> Request:
        query, headers, body = self._with_auth(slots)
        escape = self.words.escape
        headers |= fill(self.words.headers, slots) | fill(ask.headers, slots, escape)
        query |= fill(ask.query, slots, escape)
        path = fill_path(ask.path, slots)
        own = fill(ask.body, slots, escape)
        if ask.call is not None and self.words.rpc is not None:
            call = fill(ask.call, slots, escape)
            calls = {f"call.{name}": value for name, value in call.items()}
            path, own = fill_base(self.words.rpc.url, slots), fill(self.words.rpc.body, {**slots, **calls}, escape)
        for extra in said.extras:
            headers |= fill(extra.header, slots)
            query |= fill(extra.query, slots)
            body |= fill(extra.body, slots)
        if body and (own is None or isinstance(own, Mapping)):
            own = {**(own or {}), **body}
        if said.link:
            path, query = urljoin(f"{self.base}/{path.lstrip('/')}", said.link), dict(self._with_auth(slots)[0])
        return Request(
            ask.method,
            path,
            tuple(pairs(query)),
            json=ABSENT if own is None else own,
            headers={**texts(headers), **said.headers},
            safe=said.safe,
            paces=paces,
            units=said.units,
            told=[slots.get("key"), slots.get("values"), slots.get("record")],
        )

    def _with_auth(self, slots: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        auth = self.words.auth
        query, headers, body = fill(auth.query, slots), fill(auth.header, slots), fill(auth.body, slots)
        if auth.bearer is not None:
            headers["Authorization"] = f"Bearer {fill(auth.bearer, slots)}"
        if auth.basic is not None:
            pair = f"{fill(auth.basic.user, slots)}:{fill(auth.basic.password, slots)}"
            coded = b64encode(pair.encode()).decode()
            self.hidden.add(coded)
            headers["Authorization"] = f"Basic {coded}"
        if auth.login is not None and any(name.startswith("login.") for name in slots):
            use = auth.login.use
            headers |= fill(use.header, slots)
            query |= fill(use.query, slots)
            body |= fill(use.body, slots)
        return query, headers, body

    def _note_time(self, answer: Answer) -> None:
        try:
            self.server_time = parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError, TypeError):
            self.server_time = None

    def clock(self) -> datetime:
        """The system's clock as its last answer told it, else ours."""
        return self.server_time or self._gate.now()

    # -------------------------------------------------------------------------- what an answer means

    def line(self, answer: Answer) -> ErrorLine | None:
        return next((line for line in self.words.errors if holds(line.when, answer)), None)

    def _judge(self, answer: Answer) -> Judged:
        if self._may_renew and any_holds(self.words.auth.renew, answer):
            return Judged(Fate.AUTH)
        if any_holds(self._now.fine, answer):
            return Judged(Fate.FINE)
        return self._told(answer)

    def _told(self, answer: Answer) -> Judged:
        line, writes = self.line(answer), self._now.writes
        if line is not None:
            fate = Fate(line.fate)
            if fate in (Fate.LATER, Fate.LOCKED) and answer.status >= 500 and answer.status != 503 and writes:
                fate = Fate.BROKEN  # it may have done it before it failed
            return Judged(fate, self._wait(answer), _short(known(answer, line.text)))
        if answer.status < 300 and answer.json is NOT_JSON:
            return Judged(Fate.BROKEN if writes else Fate.CONFIG, text=say("the answer is no JSON"))
        if answer.status >= 500 and writes and self.words.bare_5xx and answer.status != 503:
            return Judged(Fate.REJECTED)
        judged = by_status(answer)
        if judged.fate is Fate.LATER and judged.wait is None:
            return Judged(Fate.LATER, self._wait(answer))
        return judged

    def _wait(self, answer: Answer) -> float | None:
        path = self.words.paces.wait
        if path is not None and path.startswith("header:"):
            found = retry_after(answer, path[7:].lower())
        else:
            named = known(answer, path)
            found = float(named) if isinstance(named, int) and not isinstance(named, bool) else retry_after(answer)
        return found if found is not None else self.words.paces.penalty

    def _paces(self) -> tuple[Pace, ...]:
        limits = self.words.paces.limits
        made = tuple(Pace(rate.key or self.where, rate.units, rate.seconds, rate.of, rate.per) for rate in limits)
        return made or (Pace(self.where, *DEFAULT),)

    # -------------------------------------------------------------------------- logging in

    def _log_in(self, _: Token | None) -> Token:
        login = self.words.auth.login
        assert login is not None
        kept, self._now = self._now, READS
        request = self._request(login.request, self._slots, READS, self.paces)
        reply = self._login.send(request)
        self._now = kept
        if reply.fate is not Fate.FINE:
            raise self._login.error(reply)
        taken = {name: known(reply.answer, path) for name, path in login.take.items()}
        if any(value is None for value in taken.values()):
            names = ", ".join(sorted(name for name, value in taken.items() if value is None))
            raise AuthError("{where}: the answer to the login has no {names}", where=self.where, names=names)
        self.hidden.add(*(str(value) for value in taken.values()))
        return Token(json.dumps(taken), self._until(login.lasts, reply.answer))

    def _until(self, lasts: int | str | None, answer: Answer) -> datetime | None:
        seconds = known(answer, lasts) if isinstance(lasts, str) else lasts
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            return None
        return self._gate.now() + timedelta(seconds=seconds)

    def _judge_login(self, answer: Answer) -> Judged:
        login = self.words.auth.login
        if login is not None and any_holds(login.refused, answer):
            return Judged(Fate.AUTH)
        judged = self._told(answer)
        return Judged(Fate.AUTH, text=judged.text) if judged.fate is Fate.FORBIDDEN else judged

    def _actor(self, opts: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
        """Who asks: options and, where no login says who it is, the key itself; of both a digest."""
        keys = sorted(secrets.items()) if self.words.auth.login is None and self.words.auth.basic is None else []
        return blake2b(repr((sorted(opts.items()), keys)).encode(), digest_size=8).hexdigest()


def added(ask: Ask, add: Mapping[str, Any]) -> Ask:
    """The request with a clause more in the list of each name, in its query or body (`add`)."""
    parts: dict[str, Any] = {"query": dict(ask.query), "body": ask.body, "call": ask.call}
    for name, clause in add.items():
        home = next((p for p in ("body", "call") if isinstance(parts[p], Mapping) and name in parts[p]), "query")
        parts[home] = {**(parts[home] or {}), name: _longer((parts[home] or {}).get(name), clause)}
    return ask.model_copy(update=parts)


def _longer(listed: Any, clause: Any) -> Any:
    if isinstance(listed, Mapping) and len(listed) == 1:
        (way,) = listed
        return {way: _longer(listed[way], clause)}
    return [*(listed if isinstance(listed, list | tuple) else [] if listed is None else [listed]), clause]


def _short(found: Any) -> str:
    if found is None or isinstance(found, Mapping | list):
        return "" if found is None else json.dumps(found, ensure_ascii=False, default=str)
    return str(found)


def names_of(paths: Iterable[str | None]) -> list[str]:
    """The first steps of paths into a flat record."""
    return [path.split(".")[0] for path in paths if path and path != "$"]
