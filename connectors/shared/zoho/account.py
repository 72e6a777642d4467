"""Where does a Zoho account live, how is it signed in to, and what do its answers mean?

Addresses are those of the vendor's own SDK for v8; error codes those of its documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.contract import AuthError, Context, Pace, RetryLater, SourceRefused
from connectors.http import ABSENT, Client, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.redact import Secrets, told
from connectors.shared.web.tokens import Token, Tokens

HOSTS: Final = {
    "com": ("www.zohoapis.com", "accounts.zoho.com"),
    "eu": ("www.zohoapis.eu", "accounts.zoho.eu"),
    "in": ("www.zohoapis.in", "accounts.zoho.in"),
    "au": ("www.zohoapis.com.au", "accounts.zoho.com.au"),
    "cn": ("www.zohoapis.com.cn", "accounts.zoho.com.cn"),
    "jp": ("www.zohoapis.jp", "accounts.zoho.jp"),
    "ca": ("www.zohoapis.ca", "accounts.zohocloud.ca"),
    "sa": ("www.zohoapis.sa", "accounts.zoho.sa"),
}
"""Data centre → host of the API, host that gives tokens."""
BUSY: Final = 60.0
"""Seconds that pass after a refusal for the rate: Zoho names none, and means too many at once or the day's credits."""
_REFRESHES: Final = (10, 600.0)
"""Access tokens that one refresh token gives in so many seconds; then it is blocked for a while."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What a new access token is asked with. base: address of the API; accounts: of the server that gives tokens.

    moves: whether the API's address that comes with a token counts (not where a person named one).
    """

    base: str
    accounts: str
    client_id: str
    client_secret: str
    refresh_token: str
    moves: bool = False

    @property
    def name(self) -> str:
        """Of the shared token in the vault: the same for everything that signs in alike."""
        ours = f"{self.accounts}\n{self.client_id}\n{self.refresh_token}"
        return f"zoho_crm.{blake2b(ours.encode(), digest_size=8).hexdigest()}"


class Account:
    """One sign-in: the client of the API, whose token is renewed by whoever comes first, threads and processes alike."""

    def __init__(self, signing: Signing, context: Context, credits_a_day: int) -> None:
        self._signing, self._context = signing, context
        self.secrets = Secrets([signing.client_secret, signing.refresh_token])
        where = urlsplit(signing.base).hostname or ""
        self.pace = Pace(f"zoho_crm {where} {signing.client_id}", credits_a_day, 86_400.0)
        self._refreshing = Pace(f"{signing.name} token", *_REFRESHES)
        self._accounts = Client("Zoho accounts", signing.accounts, context.gate, self.secrets, judge=_judge_sign_in)
        tokens = Tokens(signing.name, self._ask, context.gate, context.vault, self.secrets)
        self.client = Client(
            "Zoho CRM", self._base(), context.gate, self.secrets, judge=judge, tokens=tokens, carry=_carried
        )  # fmt: skip

    def close(self) -> None:
        self.client.close()
        self._accounts.close()

    def get(self, path: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Raises what stands against it. One credit."""
        return self.client.read(self.request("GET", path, query, headers=headers or {}))

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        safe: bool = False,
        units: int = 1,
    ) -> Request:
        """path: after the version, like `Contacts`. units: credits that it costs."""
        body = ABSENT if json is None else json
        asked = tuple((query or {}).items())
        return Request(
            method, f"crm/v8/{path}", asked, body, headers=headers or {}, safe=safe, paces=(self.pace,), units=units
        )

    # -------------------------------------------------------------------------- tokens

    def _base(self) -> str:
        """Zoho tells with each token where the account's data are; kept, as the token is."""
        kept = self._context.vault.get(f"{self._signing.name}.domain") if self._signing.moves else None
        return kept if kept and _is_zoho(kept) else self._signing.base

    def _ask(self, last: Token | None) -> Token:
        del last  # a refresh token of Zoho lives until somebody revokes it, and gives any number of access tokens
        signing = self._signing
        form = {
            "grant_type": "refresh_token",
            "refresh_token": signing.refresh_token,
            "client_id": signing.client_id,
            "client_secret": signing.client_secret,
        }
        asked = Request("POST", "oauth/v2/token", form=form, safe=True, paces=(self._refreshing,))
        reply = self._accounts.send(asked)
        answer = reply.answer
        access, error = answer.at("access_token"), str(answer.at("error") or "")
        if isinstance(access, str) and access:
            self._move(answer.at("api_domain"))
            lives = answer.at("expires_in")
            seconds = lives if isinstance(lives, int) and lives > 0 else 3600
            return Token(access, self._context.gate.now() + timedelta(seconds=seconds))
        why = told(error, form, self.secrets)
        if "many" in str(answer.at("error_description") or "") or error == "Access Denied":
            raise RetryLater("Zoho gives no more access tokens for some minutes ({why}); Offbook tries again", why=why)
        if reply.fate is not Fate.FINE and not error:
            raise self._accounts.error(reply)
        raise AuthError(
            "Zoho takes the refresh token no more ({why}); make a new one for this client, in the data centre that `dc` names",
            why=why,
        )

    def _move(self, domain: object) -> None:
        """The client goes where the account's data are; never to a host that is not Zoho's."""
        if not self._signing.moves or not isinstance(domain, str) or domain.rstrip("/") == self.client.base:
            return
        if not _is_zoho(domain):
            raise SourceRefused("Zoho names an address that is not Zoho's; it is not followed")
        self.client.base = domain.rstrip("/")
        self._context.vault.set(f"{self._signing.name}.domain", self.client.base)


def _carried(token: str) -> Mapping[str, str]:
    """Not "Bearer"."""
    return {"Authorization": f"Zoho-oauthtoken {token}"}


def _is_zoho(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in {host for host, _ in HOSTS.values()}


# ------------------------------------------------------------------------------ what answers mean

_CODES: Final = {
    "INVALID_TOKEN": Fate.AUTH,
    "AUTHENTICATION_FAILURE": Fate.AUTH,
    "OAUTH_SCOPE_MISMATCH": Fate.FORBIDDEN,
    "NO_PERMISSION": Fate.FORBIDDEN,
    "PERMISSION_DENIED": Fate.FORBIDDEN,
    "NOT_SUPPORTED": Fate.FORBIDDEN,
    "NOT_ALLOWED": Fate.FORBIDDEN,
    "API_NOT_SUPPORTED": Fate.FORBIDDEN,
    "FEATURE_NOT_ENABLED": Fate.FORBIDDEN,
    "LICENSE_NOT_FOUND": Fate.FORBIDDEN,
    "INVALID_MODULE": Fate.GONE,
    "INVALID_URL_PATTERN": Fate.GONE,
    "RESOURCE_NOT_FOUND": Fate.GONE,
    "EXPIRED_VALUE": Fate.EXPIRED,
    "TOKEN_BOUND_DATA_MISMATCH": Fate.EXPIRED,
    "TOO_MANY_REQUESTS": Fate.LATER,
    "ALREADY_MODIFIED": Fate.CONFLICT,
    "DUPLICATE_DATA": Fate.DUPLICATE,
    "INTERNAL_ERROR": Fate.BROKEN,
    "INTERNAL_SERVER_ERROR": Fate.BROKEN,
}
"""`code` of an answer that speaks of the whole request; a missing scope comes with 401 and is no bad token."""


def judge(answer: Answer) -> Judged:
    """Zoho's error table. An answer with one word for each record (`data`, `merge`) is fine as a whole."""
    if answer.status in (204, 304):
        return Judged(Fate.FINE)
    if answer.json is NOT_JSON and answer.status < 500:
        return Judged(Fate.BROKEN if answer.status not in (401, 403, 429) else by_status(answer).fate, BUSY)
    if answer.status < 500 and answer.status != 429 and any(isinstance(answer.at(k), list) for k in ("data", "merge")):
        return Judged(Fate.FINE)
    code, text = str(answer.at("code") or ""), str(answer.at("message") or "")
    fate = _CODES.get(code) if answer.status >= 300 or answer.at("status") == "error" else None
    plain = by_status(answer)
    if fate is None and answer.at("status") == "error" and plain.fate is Fate.FINE:
        fate = Fate.CONFIG
    fate = fate or plain.fate
    return Judged(fate, _wait(answer, fate, plain), f"{code}: {text}" if code else text)


def _wait(answer: Answer, fate: Fate, plain: Judged) -> float | None:
    """The day's credits come back little by little over 24 hours, so an account without any waits for another run."""
    if fate is not Fate.LATER:
        return plain.wait
    if answer.headers.get("x-api-credits-remaining", "").strip() == "0":
        return 3600.0
    return retry_after(answer) or BUSY


def _judge_sign_in(answer: Answer) -> Judged:
    """Refusals of the token's server come with 200 or 400 and an `error`; which one is told by the caller."""
    if answer.status < 500 and answer.status != 429 and isinstance(answer.json, dict):
        return Judged(Fate.FINE)
    if answer.json is NOT_JSON and answer.status < 500:
        return Judged(Fate.BROKEN)
    return by_status(answer)
