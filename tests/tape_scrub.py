"""What of a conversation may be kept on a tape, and how does a replayed one look the same?

Requests are changed in the same way when they are recorded and when they are looked up, so that a secret, an address or
a port that differs from machine to machine stands in no file and hinders no replay.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from vcr.request import Request

from connectors.shared.web.redact import is_secret_name

NOWHERE: Final = "http://127.0.0.1:9"
"""Where every tape plays; nobody listens there."""
COVER: Final = "scrubbed"
_NO_SECRET = re.compile(r"(?i)(page|client|sync|next|cursor|continuation).{0,4}token|token_?type")
"""Named like secrets, but places in a listing, or words."""
_PASSING: Final = frozenset(
    ("accept-encoding", "connection", "content-encoding", "content-length", "host", "keep-alive", "server", "set-cookie",
     "transfer-encoding", "user-agent", "vary", "via")
)  # fmt: skip
"""Headers about the way, not about what is said."""
_NOISE = re.compile(r"(?i)request-?id|trace-?id|^(cf|x-amz|x-fb|x-envoy|x-b3|strict|report|nel|alt-svc|x-logid)|^x-tt")


_MARK: Final = "\ue000"
"""Around a number with a point, so that it is written again with the digits that it had."""


class Scrubber:
    """planted: secret → what stands in its place. origins: addresses that were spoken to.

    Of this thread only: what a pretended system asks of others in its own is no part of the conversation."""

    def __init__(self, planted: Mapping[str, str], origins: Sequence[str] = ()) -> None:
        self._planted: dict[str, str] = {}
        for secret, name in planted.items():
            for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
                self._planted[form] = name
        self._origins = set(origins)
        self._thread = threading.get_ident()

    # -------------------------------------------------------------------------- what vcrpy calls

    def request(self, asked: Any) -> Any:
        """A new one: what is sent stays as it is. None: not for the tape."""
        if threading.get_ident() != self._thread:
            return None
        parts = urlsplit(asked.uri)
        self._origins.add(f"{parts.scheme}://{parts.netloc}")
        query = [(name, self._value(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
        scheme, host = NOWHERE.split("://")
        uri = urlunsplit((scheme, host, self.text(parts.path), urlencode(query), ""))
        headers = self._headers({name: str(_plain(value)) for name, value in asked.headers.items()})
        body = asked.body
        return Request(asked.method, uri, self._body(body, headers) if isinstance(body, bytes) else body, headers)

    def response(self, answered: Any) -> Any:
        headers = {name: value if isinstance(value, list) else [value] for name, value in answered["headers"].items()}
        kept = self._headers({name: ", ".join(map(_plain, values)) for name, values in headers.items()})
        body = self._body(answered["body"].get("string") or b"", kept)
        return {
            "status": answered["status"],
            "headers": {name: [value] for name, value in kept.items()},
            "body": {"string": body},
        }

    # -------------------------------------------------------------------------- parts

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        kept = {n.lower(): v for n, v in given.items() if n.lower() not in _PASSING and not _NOISE.search(n)}
        return {name: self._value(name, kept[name]) for name in sorted(kept)}

    def _value(self, name: str, value: str) -> str:
        return COVER if value and _is_secret(name) else self.text(value)

    def _body(self, raw: bytes, headers: Mapping[str, str]) -> bytes:
        kind = headers.get("content-type", "")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return raw
        if "x-www-form-urlencoded" in kind:
            return urlencode([(n, self._value(n, v)) for n, v in parse_qsl(text, keep_blank_values=True)]).encode()
        if text[:1] in ("{", "["):
            try:
                told = json.loads(text, parse_float=lambda digits: f"{_MARK}{digits}{_MARK}")
            except ValueError:
                return self.text(text).encode()
            dumped = json.dumps(_covered(told), ensure_ascii=False)
            return self.text(dumped.replace(f'"{_MARK}', "").replace(f'{_MARK}"', "")).encode()
        return self.text(text).encode()

    def text(self, text: str) -> str:
        for secret in sorted(self._planted, key=len, reverse=True):
            text = text.replace(secret, self._planted[secret])
        for origin in sorted(self._origins, key=len, reverse=True):
            text = text.replace(origin, NOWHERE)
        return text


def _is_secret(name: str) -> bool:
    return is_secret_name(name) and not _NO_SECRET.search(name)


def _covered(told: Any) -> Any:
    if isinstance(told, dict):
        return {
            name: COVER if isinstance(value, str) and value and _is_secret(name) else _covered(value)
            for name, value in told.items()
        }
    return [_covered(one) for one in told] if isinstance(told, list) else told


def _plain(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
