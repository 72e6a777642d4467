"""Where does HubSpot's API stand in each of its versions, how often may it be asked, and what do its answers mean?

Addresses and limits are those of the vendor's documentation (dated versions since 2026-03); error bodies those of
recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from connectors.contract import Context, Gate, Pace, RetryLater, SourceError, say
from connectors.http import Client, NotSent, Reply, Request
from connectors.shared.web.answers import NOT_JSON, Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.cursors import digest
from connectors.shared.web.redact import Secrets

SECONDS: Final = 10.3
"""The window of ten seconds, and a little more, for requests travel unequally fast."""
SEARCHES: Final = (5, 1.035)
"""Searches of a whole account in a second, likewise; they do not count among the others."""
DAY: Final = 86_400.0
_PATIENCE: Final = 121.0
"""More than http.py waits out: a day's limit ends the reading or writing at once."""
_LONGEST: Final = 600.0
"""Seconds; a larger Retry-After is meant in milliseconds, as some answers have it."""
_OVER: Final[WeakKeyDictionary[Gate, set[str]]] = WeakKeyDictionary()
"""Accounts whose day is used up, by the run's gate: nobody of this run asks them again."""
_FATES: Final = {
    "MISSING_SCOPES": Fate.FORBIDDEN,
    "INVALID_AUTHENTICATION": Fate.AUTH,
    "EXPIRED_AUTHENTICATION": Fate.AUTH,
    "OBJECT_NOT_FOUND": Fate.GONE,
    "RATE_LIMITS": Fate.LATER,
    "INTERNAL_ERROR": Fate.BROKEN,
}
"""`category` of an error that speaks of the whole request; all others refuse what was asked."""


class Account:
    """One app in one account. rate: requests in ten seconds; daily: in a day, of all apps of the account."""

    def __init__(self, token: str, version: str, base: str, rate: int, daily: int, context: Context) -> None:
        self.version, self._gate, self._token = version, context.gate, token
        self.secrets = Secrets([token])
        self.app = digest([urlsplit(base).hostname, token])
        self._rate, self._daily = rate, daily
        self._portal: str | None = None
        headers = {"Authorization": f"Bearer {token}"}
        self.client = Client("HubSpot", base.rstrip("/"), context.gate, self.secrets, headers, self._judged)

    def close(self) -> None:
        self.client.close()

    # -------------------------------------------------------------------------- addresses

    def path(self, family: str, *rest: str) -> str:
        """family: objects, properties, owners, associations, schemas or account."""
        return "/".join((self._root(family), *rest))

    def _root(self, family: str) -> str:
        """Object schemas and accounts stand beside the CRM; associations of v3 are asked in their v4."""
        version = self.version
        if family == "account":
            return f"account-info/{version}/details"
        if family == "schemas":
            return f"crm-object-schemas/{version}/schemas"
        if version == "v3":
            return f"crm/{'v4' if family == 'associations' else version}/{family}"
        return f"crm/{family}/{version}"

    # -------------------------------------------------------------------------- paces

    @property
    def paces(self) -> tuple[Pace, ...]:
        """Of everything but searches. The account is known by its number, so that its apps share the day."""
        return (Pace(f"hubspot:{self.app}", self._rate, SECONDS), *self._shared())

    @property
    def search_paces(self) -> tuple[Pace, ...]:
        return (Pace(f"hubspot:{self.portal()}:search", *SEARCHES), *self._shared())

    def _shared(self) -> tuple[Pace, ...]:
        return (Pace(f"hubspot:{self.portal()}:day", self._daily, DAY),)

    def portal(self) -> str:
        """The account's number; a stand-in for it where the token may not ask."""
        if self._portal is None:
            asked = Request("GET", self.path("account"), paces=(Pace(f"hubspot:{self.app}", self._rate, SECONDS),))
            reply = self._sent(asked)
            self._portal = str(reply.answer.at("portalId") or self.app)
        return self._portal

    # -------------------------------------------------------------------------- asking

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        return self._fine(self.send(Request("GET", path, query, paces=self.paces, safe=True)))

    def ask(self, path: str, body: Mapping[str, Any], query: Sequence[tuple[str, str]] = ()) -> Answer:
        """A question that needs a body: changes nothing."""
        return self._fine(self.send(Request("POST", path, query, body, paces=self.paces, safe=True)))

    def search(self, kind: str, body: Mapping[str, Any]) -> Answer:
        path = self.path("objects", kind, "search")
        return self._fine(self.send(Request("POST", path, json=body, paces=self.search_paces, safe=True)))

    def write(self, path: str, body: Mapping[str, Any], *, again: bool = False) -> Reply:
        """again: doing it twice does the same, so that an answer that was lost is asked for once more."""
        return self.send(Request("POST", path, json=body, paces=self.paces, safe=again))

    def try_get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Reply:
        return self.send(Request("GET", path, query, paces=self.paces, safe=True))

    def try_ask(self, path: str, body: object) -> Reply:
        """Outside of the CRM; the body holds the token itself."""
        return self.send(Request("POST", path, json=body, paces=self.paces, safe=True))

    def send(self, request: Request) -> Reply:
        """Raises RetryLater where the day's calls are used up: nothing was done, and nothing more is asked."""
        return self._sent(request)

    def _sent(self, request: Request) -> Reply:
        self._demand_day()
        try:
            return self.client.send(request)
        except NotSent:
            self._demand_day()
            raise

    def _demand_day(self) -> None:
        if self.app in _OVER.get(self._gate, ()):
            raise NotSent(
                "the calls that HubSpot grants this account in a day are used up; Offbook stops here and goes on when"
                " they begin anew, at midnight in the account's time zone"
            )

    def _fine(self, reply: Reply) -> Answer:
        if reply.fate is not Fate.FINE:
            raise self.error(reply)
        return reply.answer

    def error(self, reply: Reply) -> SourceError:
        """With the scopes that are missing, where HubSpot names them."""
        if reply.answer.json is NOT_JSON and reply.fate is Fate.BROKEN:
            return RetryLater("HubSpot answers without JSON; Offbook tries again later")
        return self.client.error(reply)

    def token_scopes(self) -> frozenset[str] | None:
        """What a private app was granted; None where HubSpot does not tell."""
        reply = self.try_ask("oauth/v2/private-apps/get/access-token-info", {"tokenKey": self._token})
        scopes = reply.answer.at("scopes") if reply.fate is Fate.FINE else None
        return frozenset(map(str, scopes)) if isinstance(scopes, list) else None

    # -------------------------------------------------------------------------- what answers mean

    def _judged(self, answer: Answer) -> Judged:
        found = judge(answer)
        if found.fate is Fate.LATER and _policy(answer) == "DAILY":
            _OVER.setdefault(self._gate, set()).add(self.app)
            return Judged(Fate.LATER, _PATIENCE, found.text)
        return found


def judge(answer: Answer) -> Judged:
    """HubSpot's error table. An answer with a word for each record is fine as a whole, whatever its status."""
    plain = by_status(answer)
    if answer.json is NOT_JSON:  # a missing record answers with a page of HTML
        return plain if answer.status >= 300 else Judged(Fate.BROKEN)
    text = _said(answer)
    if answer.status in (429, 477):
        return Judged(Fate.LATER, _pause(answer), text)
    if answer.status < 300 and answer.at("status") != "error":
        return Judged(Fate.FINE)
    if answer.status in (502, 503, 504):  # in front of what may have been done
        return Judged(Fate.BROKEN, retry_after(answer), text)
    if answer.status >= 500 or answer.status in (401, 408):
        return Judged(plain.fate, plain.wait, text)
    fate = _FATES.get(str(answer.at("category") or ""))
    if fate is None and answer.status in (403, 404, 410):
        fate = plain.fate
    return Judged(fate or Fate.REJECTED, None, text)


def _policy(answer: Answer) -> str:
    return str(answer.at("policyName") or "").upper()


def _pause(answer: Answer) -> float:
    told = retry_after(answer)
    if told is None:
        return 1.0 if _policy(answer) == "SECONDLY" else 10.0
    return told / 1000 if told > _LONGEST else told


def _said(answer: Answer) -> str:
    category, message = str(answer.at("category") or ""), str(answer.at("message") or "")
    scopes = ", ".join(_scopes(answer.at("errors")))
    message = f"{message} {say('Scopes that it lacks: {scopes}.', scopes=scopes)}" if scopes else message
    return f"{category}: {message}" if category else message


def _scopes(errors: object) -> Iterable[str]:
    for one in errors if isinstance(errors, list) else ():
        context = one.get("context") if isinstance(one, Mapping) else None
        for name in ("requiredGranularScopes", "requiredScopes"):
            listed = context.get(name) if isinstance(context, Mapping) else None
            yield from (str(scope) for scope in listed) if isinstance(listed, list) else ()
