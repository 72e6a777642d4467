"""How does one sign in to 企业微信 (WeCom), and what do its error codes mean? (HTTP 200 whatever happens)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Final

from connectors.contract import AuthError, Context, Pace, SourceError, SourceRefused
from connectors.http import Client, Limits, Reply, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Token, Tokens

MINUTE: Final = 60.0
HOUR: Final = 3600.0
NOT_ALLOWED: Final = 48002
UNKNOWN_ADDRESS: Final = 60020
NO_CONTACTS: Final = 84061
"""The member has no contacts, or not this one."""
NO_MEMBER: Final = frozenset({60011, 60111, 40003})
"""The app has no right on the member, or there is no such member."""
_FATES: Final[Mapping[int, Fate]] = {
    0: Fate.FINE,
    **dict.fromkeys((40014, 42001, 41001, 40001, 40013), Fate.AUTH),
    **dict.fromkeys((-1, 6000, 45009, 45033), Fate.LATER),
    **dict.fromkeys((NO_CONTACTS, 40096), Fate.GONE),
    **dict.fromkeys((NOT_ALLOWED, UNKNOWN_ADDRESS, *NO_MEMBER), Fate.FORBIDDEN),
}
_WAITS: Final[Mapping[int, float]] = {45009: MINUTE, 45033: 1.0}


def judge(answer: Answer) -> Judged:
    """Only `errcode` counts; the vendor changes the words of `errmsg`."""
    code = code_of(answer)
    if code is None:
        return by_status(answer) if answer.status >= 300 else Judged(Fate.BROKEN, text="no JSON")
    fate = _FATES.get(code, Fate.REJECTED)
    return Judged(fate, _WAITS.get(code), "" if fate is Fate.FINE else f"{code} {answer.at('errmsg') or ''}".strip())


def code_of(answer: Answer) -> int | None:
    """None: it is not an answer of the API."""
    code = answer.at("errcode") if answer.json is not NOT_JSON else None
    return code if isinstance(code, int) else None


@dataclass(slots=True)
class Account:
    """One corporation's app. rate: calls a minute to each endpoint, fifteen times as many in an hour."""

    corp: str
    secret: str
    base: str
    rate: int
    context: Context
    client: Client = field(init=False)
    tokens: Tokens = field(init=False)
    name: str = field(init=False)

    def __post_init__(self) -> None:
        secrets = Secrets([self.secret])
        self.name = blake2b(f"{self.base} {self.corp} {self.secret}".encode(), digest_size=6).hexdigest()
        # busy: three times more at most, as the vendor asks
        limits = Limits(attempts=4)
        self.client = Client("企业微信", self.base, self.context.gate, secrets, judge=judge, limits=limits)
        # never renewed before its end: until then the same token would come again, with each request
        self.tokens = Tokens(
            f"wecom:{self.name}", self._asked, self.context.gate, self.context.vault, secrets, early=0.0
        )

    def close(self) -> None:
        self.client.close()

    def paces(self, path: str) -> tuple[Pace, ...]:
        """By corporation and endpoint, and by this machine's address, which all its apps share."""
        spot = f"wecom:{self.corp}:{path}"
        return (
            Pace(spot, self.rate, MINUTE),
            Pace(f"{spot}:hour", 15 * self.rate, HOUR),
            Pace("wecom:address", 20_000, MINUTE),
            Pace("wecom:address:hour", 600_000, HOUR),
        )

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Reply:
        return self._signed(Request("GET", path, query, safe=True, paces=self.paces(path)))

    def post(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        return self._signed(Request("POST", path, json=dict(body), safe=safe, paces=self.paces(path)))

    def fine(self, reply: Reply) -> Answer:
        """Raises what stands against the answer."""
        if reply.fate is not Fate.FINE:
            raise self.error(reply)
        return reply.answer

    def error(self, reply: Reply) -> SourceError:
        """With where in the vendor's console it is mended."""
        code = code_of(reply.answer)
        if code == NOT_ALLOWED:
            return SourceRefused(
                "企业微信 does not let this app read contacts; in its admin console add the app to 客户联系 → API →"
                " 可调用接口的应用. {text}",
                text=reply.told,
            )
        if code == UNKNOWN_ADDRESS:
            return SourceRefused(
                "企业微信 does not know the address of this machine; in its admin console add it to 企业可信IP of"
                " the app. {text}",
                text=reply.told,
            )
        return self.client.error(reply)

    def _signed(self, request: Request) -> Reply:
        """The token stands in the address; one that is not taken is renewed once: nothing was done."""
        token = self.tokens.current()
        try:
            return self.client.send(_with(request, token))
        except AuthError:
            return self.client.send(_with(request, self.tokens.renewed(token)))

    def _asked(self, last: Token | None) -> Token:
        del last
        query = (("corpid", self.corp), ("corpsecret", self.secret))
        path = "cgi-bin/gettoken"
        answer = self.fine(self.client.send(Request("GET", path, query, safe=True, paces=self.paces(path))))
        access, lives = str(answer.at("access_token") or ""), answer.at("expires_in")
        if not access:
            raise AuthError("企业微信 gives no token for this app; check `corp_id` and `secret`")
        until = self.context.gate.now() + timedelta(seconds=int(lives or 0))
        return Token(access, until)


def _with(request: Request, token: str) -> Request:
    return replace(request, query=(*request.query, ("access_token", token)))
