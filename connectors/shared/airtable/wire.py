"""How is Airtable asked: addresses, its error table, its rates, and pages? (its Web API, read 2026-11)

Formulas and parameters are made by pyairtable; every request goes out through our own client, so that the gate, the
limits and the table of what may be sent again are ours, and numbers never become floats (docs/decisions/0130).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import urlencode

from connectors.contract import Context, Pace, RetryLater, SourceRefused, say
from connectors.http import Client, Reply, Request
from connectors.shared.web.answers import Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.redact import Secrets

PAGE: Final = 100
BATCH: Final = 10
PENALTY: Final = 30.0
"""Seconds of silence that Airtable demands after a 429; it sends no Retry-After (its page on rate limits)."""
_DAY: Final = 86_400.0
_LONGEST: Final = 15_000
"""Characters of an address; from 16,000 on Airtable refuses it, and the same goes as a body (page on URL length)."""
_RESTARTS: Final = 3
_EXPIRED: Final = "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"
_CAPPED: Final = "PUBLIC_API_BILLING_LIMIT_EXCEEDED"
_NO_ROW: Final = frozenset({"ROW_DOES_NOT_EXIST", "MODEL_ID_NOT_FOUND"})
PACES: Final = (Pace("airtable", 5, 1.035), Pace("airtable:token", 50, 1.035))
"""5 requests a second for a base, 50 for all that one user's tokens ask (support.airtable.com, managing API limits), and
a little more, for requests travel unequally fast and one too many costs thirty seconds."""


def words(answer: Answer) -> tuple[str, str]:
    """Code and sentence of an error, which comes as a text or as an object."""
    error = answer.at("error")
    if isinstance(error, Mapping):
        return str(error.get("type") or ""), str(error.get("message") or "")
    return (error, "") if isinstance(error, str) else ("", "")


def judge(answer: Answer) -> Judged:
    """503 may have been timed out while it was done, so it is in doubt like other failures."""
    code, sentence = words(answer)
    text = ": ".join(filter(None, (code, sentence)))
    status = answer.status
    if status < 300:
        return Judged(Fate.FINE if isinstance(answer.json, Mapping) else Fate.BROKEN)
    if status == 429:
        wait = _DAY if code == _CAPPED else max(PENALTY, retry_after(answer) or 0.0)
        return Judged(Fate.LATER, wait, text)
    if status in (408, 503) or status >= 500:
        return Judged(Fate.BROKEN, retry_after(answer), text)
    if code == _EXPIRED:
        return Judged(Fate.EXPIRED, None, text)
    if code in _NO_ROW:
        return Judged(Fate.GONE, None, text)
    if status in (400, 413, 422):
        return Judged(Fate.REJECTED, None, text)
    return Judged(by_status(answer).fate, None, text)


class Base:
    """One base, asked with one token. Raises what Client raises."""

    def __init__(self, base: str, token: str, url: str, context: Context) -> None:
        self.id = base
        mark = blake2b(token.encode(), digest_size=6).hexdigest()
        of_base, of_token = PACES
        self.paces = (
            Pace(f"{of_base.key}:{base}", of_base.units, of_base.seconds),
            Pace(f"{of_token.key}:{mark}", of_token.units, of_token.seconds),
        )
        headers = {"Authorization": f"Bearer {token}"}
        self._gate, self._is_fresh = context.gate, True
        self._client = Client("Airtable", url, context.gate, Secrets([token]), headers, judge)
        self._level: str | None = None
        self._user: str | None = None
        self.scopes: tuple[str, ...] | None = None

    def close(self) -> None:
        self._client.close()

    def error(self, reply: Reply) -> Exception:
        return self._client.error(reply)

    # -------------------------------------------------------------------------- metadata

    def tables(self) -> list[Mapping[str, Any]]:
        """What the metadata API says of every table. Raises SourceRefused that names the scope."""
        answer = self._read(f"v0/meta/bases/{self.id}/tables", say(
            "Airtable shows no tables of {base}: give the token the scope schema.bases:read and this base under Access,"
            " at airtable.com/create/tokens", base=self.id))  # fmt: skip
        self._arrived()
        return [one for one in answer.at("tables") or () if isinstance(one, Mapping) and one.get("id")]

    def _arrived(self) -> None:
        """The first request opens the connection and arrives late, close to those that follow: it is counted again."""
        if self._is_fresh:
            self._is_fresh = False
            self._gate.enter(*self.paces)

    def level(self) -> str:
        """none, read, comment, edit or create; "" where it is not told. Asked once."""
        if self._level is None:
            bases = (one for answer in self._listed("v0/meta/bases") for one in answer.at("bases") or ())
            found = next((one for one in bases if isinstance(one, Mapping) and one.get("id") == self.id), {})
            self._level = str(found.get("permissionLevel", ""))
        return self._level

    def user(self) -> str:
        """Who acts, and with it the scopes where Airtable tells them (OAuth only). Asked once."""
        if self._user is None:
            answer = self._client.read(Request("GET", "v0/meta/whoami", paces=self.paces))
            self._user, scopes = str(answer.at("id") or ""), answer.at("scopes")
            self.scopes = tuple(map(str, scopes)) if isinstance(scopes, list) else None
        return self._user

    def _listed(self, path: str) -> Iterator[Answer]:
        offset, met = "", set[str]()
        while True:
            query = [("offset", offset)] if offset else []
            answer = self._client.read(Request("GET", path, query, paces=self.paces))
            yield answer
            offset = str(answer.at("offset") or "")
            if not offset or offset in met:
                return
            met.add(offset)

    def _read(self, path: str, forbidden: str) -> Answer:
        reply = self._client.send(Request("GET", path, paces=self.paces, safe=True))
        if reply.fate in (Fate.FORBIDDEN, Fate.GONE):
            raise SourceRefused("{why}", why=forbidden)
        return self._fine(reply)

    def _fine(self, reply: Reply) -> Answer:
        if reply.fate is not Fate.FINE:
            raise self._client.error(reply)
        return reply.answer

    # -------------------------------------------------------------------------- records

    def page(self, table: str, options: Mapping[str, Any]) -> Answer:
        """One page; options as pyairtable names them. Raises CursorExpired where its iterator is gone."""
        reply = self._client.send(self._asking(table, dict(options)))
        if reply.fate in (Fate.FORBIDDEN, Fate.GONE):
            raise SourceRefused(
                "Airtable refuses to show records of {table}: give the token the scope data.records:read and this base"
                " under Access, at airtable.com/create/tokens", table=table,
            )  # fmt: skip
        return self._fine(reply)

    def _asking(self, table: str, options: dict[str, Any]) -> Request:
        """In the address, or as a body where that would be too long."""
        from pyairtable.api.params import options_to_json_and_params, options_to_params

        path, options = f"v0/{self.id}/{table}", {**options, "use_field_ids": True}
        pairs = [
            (k, str(one)) for k, v in options_to_params(options).items() for one in (v if isinstance(v, list) else [v])
        ]
        if len(urlencode(pairs)) < _LONGEST:
            return Request("GET", path, pairs, paces=self.paces, safe=True)
        body, spare = options_to_json_and_params(options)
        left = [(k, str(v)) for k, v in spare.items()]
        return Request("POST", f"{path}/listRecords", left, json=body, paces=self.paces, safe=True)

    def rows(self, table: str, fields: Sequence[str], formula: str) -> list[Mapping[str, Any]]:
        """All records that pass a formula, read anew where their iterator died."""
        for _ in range(_RESTARTS):
            found = self._walked(table, {"fields": list(fields), "formula": formula, "page_size": PAGE})
            if found is not None:
                return found
        raise expired()

    def _walked(self, table: str, options: dict[str, Any]) -> list[Mapping[str, Any]] | None:
        from connectors.contract import CursorExpired

        found: list[Mapping[str, Any]] = []
        met: set[str] = set()
        while True:
            try:
                answer = self.page(table, options)
            except CursorExpired:
                return None
            found += [one for one in answer.at("records") or () if isinstance(one, Mapping) and one.get("id")]
            offset = answer.at("offset")
            if not offset:
                return found
            if offset in met:
                raise looped()
            met.add(offset)
            options["offset"] = offset

    def send(self, method: str, table: str, query: Sequence[tuple[str, str]] = (), body: object = None) -> Reply:
        """One write, sent once. Raises Lost where nobody knows what became of it, NotSent where nothing was done."""
        more: dict[str, Any] = {} if body is None else {"json": body}
        return self._client.send(Request(method, f"v0/{self.id}/{table}", query, paces=self.paces, **more))


def looped() -> RetryLater:
    return RetryLater("Airtable gives the same page twice; Offbook tries again later")


def expired() -> RetryLater:
    return RetryLater("Airtable forgot the listing again and again while it was read; Offbook tries again later")


_BREAKS: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def equals(field: str, value: str) -> str:
    """A formula: the field holds this text. Airtable reads escapes in quotes, which a raw line break would end."""
    from pyairtable.formulas import field_name, quoted

    whole = re.sub(r"[\n\r\t]", lambda found: _BREAKS[found[0]], quoted(value))
    return f"{field_name(field)}={whole}"


def any_of(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"OR({','.join(terms)})"


def edited_after(moment: str) -> str:
    """A formula: created or edited after this ISO time. Never edited, LAST_MODIFIED_TIME() is blank."""
    seen = "IF(LAST_MODIFIED_TIME(),LAST_MODIFIED_TIME(),CREATED_TIME())"
    return f"IS_AFTER({seen},DATETIME_PARSE('{moment}'))"
