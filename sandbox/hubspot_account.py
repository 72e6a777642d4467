"""Who may ask the pretended HubSpot, how often, and in which words does it refuse? And what does an account tell of itself?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.hubspot_links import Links
from sandbox.hubspot_objects import Objects, Wrong, companies, contacts
from sandbox.server import Call, Fake, Rate, Reply

TOKEN: Final = "pat-na1-sandbox-0000-4711"  # noqa: S105 - of the sandbox
PORTAL: Final = 44710815
SCOPES: Final = frozenset(
    f"crm.{what}.{kind}.{word}"
    for what, words in (("objects", ("read", "write")), ("schemas", ("read",)))
    for kind in ("contacts", "companies")
    for word in words
) | {"crm.objects.owners.read"}
OWNERS: Final = {"31871817": ("Fang", "Wang"), "31871900": ("Lei", "Li")}
_NOT_FOUND: Final = (
    b"<html>\n<head>\n<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2></body></html>"
)


class HubSpotAccount(Fake):
    """One account with its contacts and companies; HubSpotFake adds what is asked of these."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.token, self.scopes, self.portal = TOKEN, set(SCOPES), PORTAL
        self.rates = (
            Rate(100, 10.0, only=r"^(?!.*/search$)", of=lambda call: call.headers.get("authorization", "")),
            Rate(5, 1.0, only=r"/search$"),
        )
        self.objects = {
            "contacts": Objects("contacts", contacts(), now),
            "companies": Objects("companies", companies(), now),
        }
        self.links = Links(self.objects["contacts"], self.objects["companies"])
        self.hidden: dict[str, set[str]] = {}
        self.blind: set[str] = set()
        self.day = 250_000
        self.lag = 0.0
        self.renews = self.multi = True
        self.bare = self.cut = self.loops = False
        self._numbers = itertools.count(1)
        for path in ("/crm/properties/{ver}/{type}", "/crm/v3/properties/{type}"):
            self.route("GET", path, self._properties)
        for path in ("/crm/owners/{ver}", "/crm/v3/owners", "/crm/v3/owners/"):
            self.route("GET", path, self._owners)
        for path in ("/crm-object-schemas/{ver}/schemas", "/crm/v3/schemas"):
            self.route("GET", path, lambda _: Reply(200, {"results": []}))
        self.route("GET", "/account-info/{ver}/details", self._details)
        self.route("POST", "/oauth/v2/private-apps/get/access-token-info", self._token_info)

    # -------------------------------------------------------------------------- words

    def error(self, status: int, category: str, message: str, **more: Any) -> Reply:
        trace = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
        return Reply(
            status, {"status": "error", "message": message, "correlationId": trace, "category": category, **more}
        )

    def too_fast(self, wait: float | None, policy: str = "TEN_SECONDLY_ROLLING") -> Reply:
        trace = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
        text = f"You have reached your {policy.lower()} limit."
        body = {
            "status": "error",
            "message": text,
            "errorType": "RATE_LIMIT",
            "correlationId": trace,
            "policyName": policy,
        }
        return Reply(429, body, {} if wait is None else {"Retry-After": str(max(1, round(wait)))})

    def failed(self) -> Reply:
        return self.error(500, "INTERNAL_ERROR", "internal error")

    def unknown(self, call: Call) -> Reply:
        return Reply(404, _NOT_FOUND, {"Content-Type": "text/html;charset=utf-8"})

    def allow(self, call: Call) -> Reply | None:
        if not call.path.startswith("/oauth/") and call.headers.get("authorization") != f"Bearer {self.token}":
            text = "Authentication credentials not found. This API supports OAuth 2.0 authentication"
            return self.error(401, "INVALID_AUTHENTICATION", text)
        if self.day <= 0:
            self.refused += 1
            return self.too_fast(None, "DAILY")
        self.day -= 1
        return None

    def _lacks(self, scope: str) -> Reply | None:
        if scope in self.scopes:
            return None
        told = {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": [scope]},
        }
        text = "This app hasn't been granted all required scopes to make this call."
        return self.error(403, "MISSING_SCOPES", text, errors=[told])

    def _objects(self, call: Call, word: str) -> Objects | Reply:
        objects = self.objects.get(call.parts["type"])
        if objects is None:
            return self.error(400, "VALIDATION_ERROR", "Unable to infer object type")
        return self._lacks(f"crm.objects.{objects.name}.{word}") or objects

    def _wrong(self, why: Wrong) -> Reply:
        return self.error(
            why.status, why.category, why.message, **({"context": dict(why.context)} if why.context else {})
        )

    # -------------------------------------------------------------------------- who, what

    def _details(self, call: Call) -> Reply:
        return Reply(200, {"portalId": self.portal, "accountType": "STANDARD", "timeZone": "UTC"})

    def _token_info(self, call: Call) -> Reply:
        if (call.json or {}).get("tokenKey") != self.token:
            return self.error(404, "OBJECT_NOT_FOUND", "no such token")
        return Reply(200, {"userId": 1, "hubId": self.portal, "appId": 2, "scopes": sorted(self.scopes)})

    def _owners(self, call: Call) -> Reply:
        lacks = self._lacks("crm.objects.owners.read")
        if lacks is not None:
            return lacks
        listed = [
            {"id": key, "email": f"{first.lower()}@example.cn", "type": "PERSON", "firstName": first, "lastName": last,
             "createdAt": "2018-04-09T13:16:56.625Z", "updatedAt": "2018-04-09T13:16:56.625Z", "archived": False}
            for key, (first, last) in OWNERS.items()
        ]  # fmt: skip
        return Reply(200, {"results": [] if is_archived(call) else listed})

    def _properties(self, call: Call) -> Reply:
        name = call.parts["type"]
        objects = self.objects.get(name)
        if objects is None:
            return self.error(400, "VALIDATION_ERROR", "Unable to infer object type")
        lacks = self._lacks(f"crm.schemas.{name}.read")
        if lacks is not None:
            return lacks
        hidden = self.hidden.get(name, set())
        return Reply(200, {"results": [one for one in objects.properties if one["name"] not in hidden]})


def is_archived(call: Call) -> bool:
    return call.arg("archived").lower() == "true"  # the vendor's client says True
