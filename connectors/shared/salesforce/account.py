"""How does one sign in to Salesforce, and what do its answers mean?

Three ways to a token, all at `services/oauth2/token`: client credentials, a refresh token, a signed assertion. None of
the answers says how long the token lives, so it is used until Salesforce takes it no more. Error codes are those of the
REST API's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import AuthError, ConfigError, Context, Pace
from connectors.http import ABSENT, Client, Limits, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.assertion import GRANT, signed
from connectors.shared.web.redact import Secrets, told
from connectors.shared.web.tokens import Token, Tokens

DAY: Final = 86_400.0
SPENT: Final = 3600.0
"""Seconds before an account whose day is used up is asked again: what was spent comes back hour by hour."""
_BUSY: Final = 20.0
"""Seconds that pass where too many long requests run at once: a request counts as long after 20."""
_ASSERTED: Final = 180
"""Seconds that an assertion is good for, the most that Salesforce allows."""
_PATIENT: Final = Limits(read=300.0, total=900.0)
"""Flows and triggers run before a write is answered; Salesforce itself gives up after ten minutes."""
_REFRESHES: Final = (30, 3600.0)
"""Sign-ins that Offbook allows itself; Salesforce blocks a user after 3,600 in an hour."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What a new access token is asked with. base: the org's own address (My Domain). login: of the server that gives
    tokens. One of client_secret alone, client_id with refresh_token, or private_key with username is set."""

    base: str
    login: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    username: str = ""
    audience: str = ""

    @property
    def name(self) -> str:
        """Of the shared token in the vault: the same for everything that signs in alike."""
        proof = self.private_key or self.refresh_token or self.client_secret
        ours = f"{self.base}\n{self.client_id}\n{self.username}\n{proof}"
        return f"salesforce.{blake2b(ours.encode(), digest_size=8).hexdigest()}"

    @property
    def secrets(self) -> list[str]:
        every = (self.client_secret, self.refresh_token, self.private_key, *self.private_key.splitlines())
        return [one for one in every if one]


class Account:
    """One sign-in: the client of the API, whose token is renewed by whoever comes first, threads and processes alike."""

    def __init__(self, signing: Signing, context: Context, version: str, requests_a_day: int) -> None:
        self.signing, self._context, self._version = signing, context, version
        self.secrets = Secrets(signing.secrets)
        self.pace = Pace(f"salesforce {signing.base}", requests_a_day, DAY)
        self._signs = Pace(f"{signing.name} token", *_REFRESHES)
        self._login = Client("Salesforce sign-in", signing.login, context.gate, self.secrets, judge=_judge_sign_in)
        tokens = Tokens(signing.name, self._ask, context.gate, context.vault, self.secrets)
        self.client = Client(
            "Salesforce", signing.base, context.gate, self.secrets, judge=judge, tokens=tokens, limits=_PATIENT
        )

    def close(self) -> None:
        self.client.close()
        self._login.close()

    @property
    def actor(self) -> str:
        """The user who acts; "" before the first token came."""
        return self._context.vault.get(f"{self.signing.name}.user") or ""

    def path(self, rest: str) -> str:
        """Of the API, from the host on."""
        return f"services/data/v{self._version}/{rest}"

    def get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises what stands against it. path: after the version, or one that Salesforce gave, from the host on."""
        return self.client.read(self.request("GET", path, query, headers=headers))

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        safe: bool = False,
        told: object = None,
    ) -> Request:
        where = path if path.startswith(("/services/", "services/")) else self.path(path)
        sent = ABSENT if json is None else json
        return Request(
            method, where, tuple((query or {}).items()), sent, body=body, headers=headers or {}, safe=safe,
            paces=(self.pace,), told=told,
        )  # fmt: skip

    # -------------------------------------------------------------------------- tokens

    def _ask(self, last: Token | None) -> Token:
        form = self._form(last)
        asked = Request("POST", "services/oauth2/token", form=form, safe=True, paces=(self._signs,), told=form)
        reply = self._login.send(asked)
        answer = reply.answer
        access = answer.at("access_token")
        if isinstance(access, str) and access:
            self._remember(str(answer.at("id") or ""))
            fresh = answer.at("refresh_token")  # with rotation each refresh token is good for one sign-in
            return Token(access, refresh=fresh if isinstance(fresh, str) else "")
        if reply.fate is not Fate.FINE and not answer.at("error"):
            raise self._login.error(reply)
        why = told(f"{answer.at('error')}: {answer.at('error_description') or ''}", form, self.secrets)
        raise AuthError(
            "Salesforce gives no access token ({why}); look at the connected app or external client app, its policies"
            " and the user that it runs as",
            why=why,
        )

    def _form(self, last: Token | None) -> dict[str, str]:
        signing = self.signing
        if signing.private_key:
            return {"grant_type": GRANT, "assertion": self._assertion()}
        form = {"client_id": signing.client_id}
        if signing.client_secret:
            form["client_secret"] = signing.client_secret
        if signing.refresh_token:
            refresh = last.refresh if last is not None and last.refresh else signing.refresh_token
            return {**form, "grant_type": "refresh_token", "refresh_token": refresh}
        return {**form, "grant_type": "client_credentials"}

    def _assertion(self) -> str:
        signing = self.signing
        until = self._context.gate.now() + timedelta(seconds=_ASSERTED)
        claims = {
            "iss": signing.client_id,
            "sub": signing.username,
            "aud": signing.audience,
            "exp": int(until.timestamp()),
        }
        try:
            return signed(claims, signing.private_key)
        except ValueError:
            raise ConfigError("`private_key` cannot be read; give the PEM file of an RSA key") from None

    def _remember(self, identity: str) -> None:
        """The token's answer names who signed in: `…/id/ORG/USER`."""
        user = identity.rpartition("/")[2]
        if user and user != self.actor:
            self._context.vault.set(f"{self.signing.name}.user", user)


# ------------------------------------------------------------------------------ what answers mean

_CODES: Final = {
    "INVALID_SESSION_ID": Fate.AUTH,
    "INVALID_AUTH_HEADER": Fate.AUTH,
    "API_DISABLED_FOR_ORG": Fate.FORBIDDEN,
    "API_CURRENTLY_DISABLED": Fate.FORBIDDEN,
    "INSUFFICIENT_ACCESS": Fate.FORBIDDEN,
    "INSUFFICIENT_ACCESS_OR_READONLY": Fate.FORBIDDEN,
    "FORBIDDEN": Fate.FORBIDDEN,
    "INVALID_TYPE": Fate.FORBIDDEN,
    "NOT_FOUND": Fate.GONE,
    "ENTITY_IS_DELETED": Fate.GONE,
    "INVALID_QUERY_LOCATOR": Fate.EXPIRED,
    "DUPLICATE_VALUE": Fate.DUPLICATE,
    "SERVER_UNAVAILABLE": Fate.LATER,
    "UNKNOWN_EXCEPTION": Fate.BROKEN,
    "QUERY_TIMEOUT": Fate.BROKEN,
    "OPERATION_TOO_LARGE": Fate.CONFIG,
}
"""`errorCode` of an answer that speaks of the whole request. An object that a user may not see is answered as
if there were none (INVALID_TYPE), and so is a field (INVALID_FIELD, a request that cannot be)."""


def judge(answer: Answer) -> Judged:
    """Salesforce's error table: at 4xx and 5xx a list of errors."""
    if answer.status == 300:
        return Judged(Fate.DUPLICATE, text="several records bear this external id")
    if answer.status < 300:
        return Judged(Fate.BROKEN) if _is_a_page(answer) else Judged(Fate.FINE)
    code, text = str(answer.at(0, "errorCode") or ""), str(answer.at(0, "message") or "")
    words = f"{code}: {text}" if code else text
    if code == "REQUEST_LIMIT_EXCEEDED":
        return Judged(Fate.LATER, _BUSY if "concurrent" in text.lower() else retry_after(answer) or SPENT, words)
    plain = by_status(answer)
    fate = _CODES.get(code) or (Fate.REJECTED if answer.status == 400 else plain.fate)
    return Judged(fate, plain.wait, words)


def _is_a_page(answer: Answer) -> bool:
    """HTML of a gateway or of a maintenance page instead of what was asked for."""
    kind = answer.headers.get("content-type", "")
    return "html" in kind or ("json" in kind and answer.json is NOT_JSON)


def _judge_sign_in(answer: Answer) -> Judged:
    """Refusals come with 400 and an `error`; which one is told by the caller."""
    if answer.status < 500 and answer.status != 429 and isinstance(answer.json, dict):
        return Judged(Fate.FINE)
    if answer.json is NOT_JSON and answer.status < 500:
        return Judged(Fate.BROKEN)
    return by_status(answer)
