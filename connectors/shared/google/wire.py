"""How do gspread's calls go out: through our Gate, limits and error table, sent again only where that is safe?

gspread knows the addresses and shapes of Google's API; its own sending (and its backing off) is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

import requests
from gspread.http_client import HTTPClient

from connectors.contract import Pace
from connectors.http import Client, Reply, Request
from connectors.shared.web.answers import Answer, Fate, Judged, by_status, retry_after

BASE: Final = "https://sheets.googleapis.com"
REFILL: Final = 20.0
"""Seconds to wait when the quota of the minute is used up by others; three waits are a whole minute."""
_USAGE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})


def judge(answer: Answer) -> Judged:
    """Google's errors: google.rpc.Code in `status`; a quota may also come as 403 with the domain `usageLimits`."""
    status, text = answer.status, _words(answer)
    if status == 200:
        return Judged(Fate.FINE) if isinstance(answer.json, dict) else Judged(Fate.BROKEN)
    if status == 429 or (status == 403 and _is_quota(answer)):
        wait = retry_after(answer)
        return Judged(Fate.LATER, REFILL if wait is None else wait, text)
    if status >= 500:  # it may have been done
        return Judged(Fate.BROKEN, retry_after(answer), text)
    return Judged(by_status(answer).fate, text=text)


def _words(answer: Answer) -> str:
    status, message = answer.at("error", "status"), answer.at("error", "message")
    return ": ".join(one for one in (status, message) if isinstance(one, str))


def _is_quota(answer: Answer) -> bool:
    if answer.at("error", "status") == "RESOURCE_EXHAUSTED":
        return True
    errors = answer.at("error", "errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return first.get("domain") == "usageLimits" and first.get("reason") in _USAGE


class Heard(requests.Response):
    """An answer as gspread takes it; numbers with a point are Decimal."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer
        self.status_code = answer.status

    def json(self, **kwargs: Any) -> Any:
        return self._answer.json


class Wire(HTTPClient):
    """gspread's plain HTTP client on connectors.http.Client. Raises SourceError and its kinds, never gspread's."""

    def __init__(self, client: Client, reads: Pace, writes: Pace) -> None:
        super().__init__(cast("Any", None), requests.Session())  # which is never used
        self.client, self._reads, self._writes = client, reads, writes

    def request(
        self, method: str, endpoint: str, params: Any = None, data: Any = None, json: Any = None, *_: Any, **__: Any
    ) -> requests.Response:
        """Every call of gspread that reads. One that writes goes through `change`."""
        if method.lower() != "get":
            raise AssertionError("only reads go this way")
        query = tuple(_pairs(params or {}))
        answer = self.client.read(Request("GET", _path(endpoint), query, paces=(self._reads,)))
        return Heard(answer)

    def change(self, spreadsheet: str, requests: list[Mapping[str, Any]], told: object) -> Reply:
        """One atomic spreadsheets.batchUpdate, sent once. Raises Lost, NotSent, AuthError, Stopped; other fates come
        back."""
        path = f"/v4/spreadsheets/{spreadsheet}:batchUpdate"
        body = {"requests": requests, "includeSpreadsheetInResponse": False}
        return self.client.send(Request("POST", path, json=body, paces=(self._writes,), told=told))

    def close(self) -> None:
        self.session.close()
        self.client.close()


def _path(endpoint: str) -> str:
    return urlsplit(endpoint).path


def _pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """As requests writes them: a list is its name again and again, and Python's booleans are Google's."""
    return [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in params.items()
        for one in (value if isinstance(value, list | tuple) else [value])
    ]
