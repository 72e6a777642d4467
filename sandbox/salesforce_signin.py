"""How does the pretended Salesforce sign programs in? (client credentials, refresh token, signed assertion)"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, Final

from sandbox.server import Reply

ORG: Final = "00D5g0000012345EAA"
AUDIENCE: Final = "https://login.salesforce.com"


class SignIn:
    """client_id, client_secret, refresh_token: of the sandbox. rotates: each refresh token is good for one sign-in.
    certificate: PEM of the public key that assertions are checked with; username: whom they may name."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.client_id, self.client_secret = "3MVG9.sandbox.client", "sandbox-consumer-secret"
        self.refresh_token = "5Aep861.sandbox.refresh"  # noqa: S105 - of the sandbox
        self.certificate, self.username = "", "offbook@example.com"
        self.rotates = False
        self.grants: list[str] = []
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1)

    def knows(self, token: str) -> bool:
        return token in self._tokens

    def expire(self) -> None:
        """All sessions end now."""
        self._tokens.clear()

    def token(self, form: Mapping[str, str], base: str, user: str) -> Reply:
        grant = form.get("grant_type", "")
        self.grants.append(grant)
        if grant.endswith("jwt-bearer"):
            if not self._is_signed(form.get("assertion", "")):
                return _no("invalid_grant", "invalid assertion")
        elif form.get("client_id") != self.client_id:
            return _no("invalid_client_id", "client identifier invalid")
        elif grant == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _no("invalid_grant", "expired access/refresh token")
        elif grant != "client_credentials":
            return _no("unsupported_grant_type", "grant type not supported")
        elif form.get("client_secret") != self.client_secret:
            return _no("invalid_client", "invalid client credentials")
        number = next(self._numbers)
        access = f"{ORG[:15]}!AQ.sandbox.session.{number:06d}"
        self._tokens.add(access)
        body: dict[str, Any] = {
            "access_token": access,
            "instance_url": base,
            "id": f"{AUDIENCE}/id/{ORG}/{user}",
            "token_type": "Bearer",
            "issued_at": str(round(self.now().timestamp() * 1000)),
            "signature": "c2ln",
        }
        if grant == "refresh_token" and self.rotates:
            self.refresh_token = body["refresh_token"] = f"5Aep861.sandbox.refresh.{number}"
        return Reply(200, body)

    def _is_signed(self, assertion: str) -> bool:
        crypt: Any = import_module("google.auth.crypt")
        message, _, mark = assertion.rpartition(".")
        try:
            claims = json.loads(_from_base64(message.rpartition(".")[2]))
            signed = bool(crypt.verify_signature(message.encode(), _from_base64(mark), self.certificate))
        except ValueError:
            return False
        until = claims.get("exp", 0) - self.now().timestamp()
        named = (claims.get("iss"), claims.get("sub"), claims.get("aud"))
        return signed and named == (self.client_id, self.username, AUDIENCE) and 0 < until <= 300


def _from_base64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _no(error: str, description: str) -> Reply:
    return Reply(400, {"error": error, "error_description": description})
