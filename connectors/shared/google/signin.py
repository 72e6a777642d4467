"""How does a Google account sign in: a service account with a signed assertion, a person with a refresh token?

Both are files that Google hands out: the key of a service account (`"type": "service_account"`) and what a sign-in
leaves behind (`"type": "authorized_user"`). RFC 7523 and RFC 6749, section 6; access tokens live for an hour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from connectors.contract import AuthError, ConfigError, Gate, Pace, say
from connectors.http import Client, Request
from connectors.shared.web.answers import Answer, Fate, Judged, by_status
from connectors.shared.web.assertion import GRANT, signed
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Token
from connectors.shared.web.wire import demand_secure

SCOPE: Final = "https://www.googleapis.com/auth/spreadsheets"
TOKENS: Final = "https://oauth2.googleapis.com/token"
_HOUR: Final = 3600
_NEEDED: Final = {
    "service_account": ("client_email", "private_key"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}


@dataclass(frozen=True)
class Account:
    """Who signs in. name: the address a sheet is shared with, or the client's id; no secret. fields: of the file."""

    kind: str
    name: str
    address: str
    fields: Mapping[str, str] = field(repr=False)

    @property
    def secrets(self) -> list[str]:
        hidden = ("private_key", "private_key_id", "client_secret", "refresh_token")
        found = [self.fields[name] for name in hidden if self.fields.get(name)]
        return [part for text in found for part in (text, *text.splitlines())]

    @property
    def is_service(self) -> bool:
        return self.kind == "service_account"


def account(text: str) -> Account:
    """What stands in the file. Raises ConfigError where it is neither of the two, or lacks something."""
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    kind = read.get("type") if isinstance(read, dict) else None
    if kind not in _NEEDED:
        raise ConfigError(
            "`credentials` is not what Google hands out: the JSON key of a service account, or the file"
            " `authorized_user` of a person who signed in"
        )
    fields = {name: value for name, value in read.items() if isinstance(value, str)}
    missing = [name for name in _NEEDED[kind] if not fields.get(name)]
    if missing:
        raise ConfigError("`credentials` lacks {names}; download the file again", names=", ".join(missing))
    address = fields.get("token_uri") or TOKENS
    demand_secure(address)
    name = fields["client_email"] if kind == "service_account" else fields["client_id"]
    return Account(kind, name, address, fields)


class SignIn:
    """Brings access tokens for one account (shared.web.tokens.Tokens calls it). Raises AuthError and RetryLater."""

    def __init__(self, who: Account, gate: Gate, secrets: Secrets, pace: Pace) -> None:
        self._who, self._gate, self._pace = who, gate, pace
        self._client = Client("Google", who.address, gate, secrets, judge=_judge)

    def ask(self, last: Token | None) -> Token:
        del last
        answer = self._client.read(Request("POST", "", form=self._form(), paces=(self._pace,), told=self._who.secrets))
        access, life = answer.at("access_token"), answer.at("expires_in")
        if not isinstance(access, str) or not access:
            raise AuthError("Google gave no access token for {name}; sign in again", name=self._who.name)
        seconds = int(life) if isinstance(life, int) else _HOUR
        return Token(access, self._gate.now() + timedelta(seconds=seconds))

    def close(self) -> None:
        self._client.close()

    def _form(self) -> dict[str, str]:
        fields = self._who.fields
        if self._who.is_service:
            return {"grant_type": GRANT, "assertion": self._assertion()}
        named = {name: fields[name] for name in _NEEDED["authorized_user"]}
        return {"grant_type": "refresh_token", **named}

    def _assertion(self) -> str:
        now = int(self._gate.now().timestamp())
        who = self._who
        claims = {"iss": who.name, "scope": SCOPE, "aud": who.address, "iat": now, "exp": now + _HOUR}
        try:
            return signed(claims, who.fields["private_key"], who.fields.get("private_key_id"))
        except ValueError:
            raise ConfigError("the private key in `credentials` cannot be read; download the file again") from None


def _judge(answer: Answer) -> Judged:
    """RFC 6749, 5.2: invalid_grant is a key or sign-in that was taken back, or a clock that is wrong."""
    code = answer.at("error")
    if answer.status in (400, 401, 403) and isinstance(code, str):
        hint = answer.at("error_description")
        text = f"{code}: {hint}" if isinstance(hint, str) else code
        if code == "invalid_grant":
            text = say(
                "{code} (was the key deleted, the sign-in taken back, or is this computer's clock wrong?)", code=text
            )
        return Judged(Fate.AUTH, text=text)
    return by_status(answer) if answer.status != 200 or isinstance(answer.json, dict) else Judged(Fate.BROKEN)
