"""How does one sign in to 纷享销客, and what do its error codes mean? (two generations of the API; never mixed)"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import AuthError, Context, Gate, Pace
from connectors.http import Client, Reply, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Token, Tokens

EARLY: Final = 600.0
"""A token lives 7,200 seconds; in its last 600 the system gives out the next one."""
SECONDS: Final = 20.5
"""The window of twenty seconds, and a little more, for requests of several writers travel unequally fast."""
DAY: Final = 86_400.0
_FATES: Final[Mapping[int, Fate]] = {
    0: Fate.FINE,
    **dict.fromkeys((20016, 20005), Fate.AUTH),
    **dict.fromkeys((20017, 10006), Fate.AUTH),
    **dict.fromkeys((30003, 20020, 20021, 20022, 15003), Fate.FORBIDDEN),
    **dict.fromkeys((14001, 30004), Fate.LATER),
    30002: Fate.LOCKED,
    10013: Fate.EXPIRED,
    **dict.fromkeys((-1, -2, 50009), Fate.BROKEN),
}


def judge(answer: Answer) -> Judged:
    """The status is 200 whatever happens; only `errorCode` counts, its words change."""
    body = answer.json
    if body is NOT_JSON or not isinstance(body, dict) or "errorCode" not in body:
        # a page of some gateway tells nothing of what was done; the wrong host answers with an error of its own
        found = by_status(answer) if answer.status >= 300 else Judged(Fate.BROKEN)
        return replace(found, text="no JSON: is `base_url` this cloud's?")
    code = body["errorCode"]
    fate = _FATES.get(code if isinstance(code, int) else 1, Fate.REJECTED)
    text = f"{code} {body.get('errorDescription') or body.get('errorMessage') or ''} {body.get('traceId', '')}".strip()
    wait = {Fate.LOCKED: DAY, Fate.LATER: 20.0}.get(fate)
    return Judged(fate, wait, "" if fate is Fate.FINE else text)


@dataclass(slots=True)
class Account:
    """One corporation's app. legacy: the token goes into the body, and people are known by their FSUID."""

    app: str
    secret: str
    code: str
    user: str
    base: str
    quota: int
    context: Context
    legacy: bool = False
    client: Client = field(init=False)
    tokens: Tokens = field(init=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        secrets = Secrets([self.secret, self.code])
        gate: Gate = self.context.gate
        self.name = blake2b(f"{self.base} {self.app}".encode(), digest_size=6).hexdigest()
        self.client = Client("纷享销客", self.base, gate, secrets, judge=judge, carry=self._carried)
        key = f"fxiaoke:{'legacy' if self.legacy else 'v2'}:{self.name}"
        self.tokens = Tokens(key, self._asked, gate, self.context.vault, secrets, EARLY)

    def close(self) -> None:
        self.client.close()

    def paces(self, path: str) -> tuple[Pace, ...]:
        """100 calls in 20 seconds for each endpoint, and the packs that were bought for a day."""
        return Pace(f"fxiaoke:{self.name}:{path}", 100, SECONDS), Pace(f"fxiaoke:{self.name}:day", self.quota, DAY)

    def call(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        """One call, signed; a token that is not taken is renewed once: nothing was done."""
        request = self._request(path, body, safe=safe)
        if not self.legacy:
            self.client.tokens = self.tokens
            return self.client.send(request)
        token = self.tokens.current()
        try:
            return self.client.send(self._in_body(request, token))
        except AuthError:
            return self.client.send(self._in_body(request, self.tokens.renewed(token)))

    def read(self, path: str, body: Mapping[str, Any]) -> Answer:
        reply = self.call(path, body, safe=True)
        if reply.fate is not Fate.FINE:
            raise self.client.error(reply)
        return reply.answer

    def _request(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Request:
        trace = (("thirdTraceId", str(uuid.uuid4())),)
        return Request("POST", path, trace, json=dict(body), safe=safe, paces=self.paces(path))

    def _in_body(self, request: Request, token: str) -> Request:
        access, _, corp = token.partition(" ")
        signed = {"corpAccessToken": access, "corpId": corp, "currentOpenUserId": self.user}
        return replace(request, json={**request.json, **signed})

    def _carried(self, token: str) -> Mapping[str, str]:
        access, _, ea = token.partition(" ")
        return {"authorization": f"Bearer {access}", "x-fs-ea": ea, "x-fs-userid": self.user}

    def _asked(self, last: Token | None) -> Token:
        """The token endpoint takes ten calls a minute, one at a time: the vault's lock sees to the second."""
        del last
        body = {"appId": self.app, "appSecret": self.secret, "permanentCode": self.code}
        path = "/cgi/corpAccessToken/get/V2" if self.legacy else "/oauth2.0/token"
        if not self.legacy:
            body["grantType"] = "app_secret"
        pace = Pace(f"fxiaoke:{self.name}:token", 10, 60.0)
        asking = replace(self.client, tokens=None)
        try:
            answer = asking.read(replace(self._request(path, body, safe=True), paces=(pace,)))
        finally:
            asking.close()
        access = str(answer.at("corpAccessToken") or answer.at("accessToken") or "")
        owner = str(answer.at("corpId") or answer.at("ea") or "")
        lives = answer.at("expiresIn")
        if not access:
            raise AuthError(
                "纷享销客 gives no token for this app; check `app_id`, `app_secret` and `permanent_code`, and that the app is"
                " switched on"
            )
        self.client.secrets.add(access)
        until = self.context.gate.now() + timedelta(seconds=int(lives or 7200))
        return Token(f"{access} {owner}", until)
