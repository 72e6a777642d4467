"""How is a base of 飞书多维表格 asked: its two clouds, its token, its error table, its rates, one writer at a time?

Read from the vendor's pages in 2026-11; not tried against a live account. Limits are per API, app and tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.contract import AuthError, Context, Pace, RetryLater, SourceRefused
from connectors.http import Client, Limits, Reply, Request
from connectors.shared.web.answers import Answer, Fate, Judged, by_status, retry_after
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Token, Tokens

NAME: Final = "飞书多维表格"
CLOUDS: Final = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
PAGE: Final = 500
FETCHED: Final = 100
"""Records in one search, and in one batch_get (the pages of both)."""
READS, WRITES = 20, 50
"""Requests a second of every reading and of every writing API (their pages; batch_update and batch_delete: assumed)."""
SECOND: Final = 1.035
"""Requests travel unequally fast, and one too many costs a pause: a little more than the second that is published."""
_DAY: Final = 86_400.0
EARLY: Final = 1_740.0
"""A token asked for in the last 1,800 seconds of the one before is a new one, and both are good (its page)."""
FIELD_GONE: Final = frozenset({1254044, 1254045})
"""The field is not there, or these credentials may not see it."""
REPEATED: Final = frozenset({1254608, 1255006})
"""The client_token was sent before: what it stands for is done, or is being done."""
TOO_LARGE: Final = 1254030
"""The answer would be too large; others call it a page token that is not good."""
_NO_SCOPE: Final = 99991672
_NO_BASE: Final = frozenset({1254003, 1254040, 91402, 131005})
_FATES: Final[Mapping[int, Fate]] = {
    **dict.fromkeys((99991661, 99991663, 99991664, 99991668, 99991671, 99991677, 20013), Fate.AUTH),
    **dict.fromkeys((_NO_SCOPE, 99991679, 1254302, 1254303, 1254304, 1254306, 91403, 131006), Fate.FORBIDDEN),
    **dict.fromkeys((1254003, 1254004, 1254040, 1254041, 91402, 131005), Fate.CONFIG),
    **dict.fromkeys((1254005, 1254042, 1254000, 1254001, 1254010, 1254037, *FIELD_GONE), Fate.CONFIG),
    **dict.fromkeys((1254011, 1254016, 1254018, 1254024, 1254107, 99992402), Fate.CONFIG),
    TOO_LARGE: Fate.EXPIRED,
    99991403: Fate.LOCKED,
    **dict.fromkeys((1254006, 1254043), Fate.GONE),
    **dict.fromkeys((99991400, 1254290, 1254291, 1254036), Fate.LATER),
    **dict.fromkeys((1254607, 1255001, 1255002, 1255003, 1255004, 1255005, 1255040, 50001), Fate.BROKEN),
    **dict.fromkeys(REPEATED, Fate.DUPLICATE),
    1254002: Fate.EXPIRED,
}
"""1254002 is a page token that died, an overload or a fault (its page): nobody knows whether a write was done. 99991403:
the month's requests of the edition are used up."""


def judge(answer: Answer) -> Judged:
    """Errors come inside 200 too, so the code in the body counts first."""
    body = answer.json
    code = body.get("code") if isinstance(body, Mapping) else None
    if not isinstance(code, int) or isinstance(code, bool):
        judged = by_status(answer)
        return Judged(Fate.BROKEN, text="no JSON") if judged.fate is Fate.FINE else _waiting(judged, answer)
    text = f"{code} {body.get('msg') or ''}".strip()
    if code == 0:
        return Judged(Fate.FINE)
    fate = _FATES.get(code) or _otherwise(answer)
    return _waiting(Judged(Fate.LATER if answer.status == 429 else fate, text=text), answer)


def _otherwise(answer: Answer) -> Fate:
    """Of codes that nobody told us: most are about a value, 12540xx and 12541xx."""
    fate = by_status(answer).fate
    return Fate.REJECTED if fate in (Fate.FINE, Fate.CONFIG, Fate.GONE, Fate.CONFLICT) else fate


def _waiting(judged: Judged, answer: Answer) -> Judged:
    """For as long as it says; a second where it does not, as its page on write conflicts advises."""
    if judged.fate is Fate.LOCKED:
        return Judged(Fate.LOCKED, _DAY, judged.text)
    if judged.fate is not Fate.LATER:
        return judged
    told = retry_after(answer, "x-ogw-ratelimit-reset") or retry_after(answer) or 1.0
    return Judged(Fate.LATER, told, judged.text)


def code_of(reply: Reply) -> int:
    found = reply.answer.at("code")
    return found if isinstance(found, int) else 0


@dataclass(frozen=True, slots=True)
class Rights:
    """advanced: whether the base has advanced permissions (高级权限), None where it is not told. manages: whether this
    app is known to be one of its managers. zone: the base's own."""

    advanced: bool | None
    manages: bool
    zone: ZoneInfo

    @property
    def sees_all(self) -> bool:
        """Under advanced permissions others get success with rows and values left out."""
        return self.advanced is False or self.manages


@dataclass(frozen=True, slots=True)
class Who:
    """An app of one's own. base: what stands in the address of the base. wiki: whether it stood behind /wiki/."""

    app: str
    secret: str
    url: str
    base: str
    wiki: bool
    people: str


class Base:
    """One base, asked by one app. Raises what Client raises."""

    def __init__(self, who: Who, context: Context) -> None:
        self.who, self._context, self._gate = who, context, context.gate
        self._account = blake2b(f"{who.url} {who.app}".encode(), digest_size=6).hexdigest()
        secrets = Secrets([who.secret])
        tokens = Tokens(f"feishu:{self._account}", self._asked, self._gate, context.vault, secrets, EARLY)
        self._door = Client(NAME, who.url, self._gate, secrets, judge=judge)
        self._client = Client(NAME, who.url, self._gate, secrets, judge=judge, tokens=tokens)
        self._writer = replace(self._client, limits=Limits(read=20.0))
        self._again = replace(self._client, limits=Limits(read=15.0, attempts=3, patience=5.0))
        self._base = "" if who.wiki else who.base

    def close(self) -> None:
        for one in (self._door, self._client, self._writer, self._again):
            one.close()

    def error(self, reply: Reply) -> Exception:
        return self._client.error(reply)

    def pace(self, api: str, units: int) -> Pace:
        return Pace(f"feishu:{self._account}:{api}", units, SECOND, "read" if units == READS else "write")

    @property
    def paces(self) -> tuple[Pace, ...]:
        """Of a table's listing and of its creates; every API has one of its own."""
        return self.pace("search", READS), self.pace("batch_create", WRITES)

    # -------------------------------------------------------------------------- signing in

    def _asked(self, last: Token | None) -> Token:
        del last
        body = {"app_id": self.who.app, "app_secret": self.who.secret}
        path = "open-apis/auth/v3/tenant_access_token/internal"
        reply = self._door.send(Request("POST", path, json=body, safe=True, paces=(self.pace("token", WRITES),)))
        access, lives = reply.answer.at("tenant_access_token"), reply.answer.at("expire")
        if reply.fate is not Fate.FINE or not isinstance(access, str) or not access:
            raise AuthError(
                "飞书多维表格 gives no token for this app; check `app_id`, `app_secret` and `cloud`, and that the app is"
                " published. {text}", text=reply.told,
            )  # fmt: skip
        seconds = int(lives) if isinstance(lives, int) else 7_200
        return Token(access, self._gate.now() + timedelta(seconds=seconds))

    # -------------------------------------------------------------------------- what is there

    def tables(self) -> list[Mapping[str, Any]]:
        return [one for one in self._listed("tables") if one.get("table_id")]

    def fields(self, table: str) -> list[Mapping[str, Any]]:
        return list(self._listed(f"tables/{table}/fields"))

    def rights(self) -> Rights:
        """One or two requests. Only a manager may list the roles of a base with advanced permissions."""
        reply = self._get("")
        if reply.fate is not Fate.FINE and code_of(reply) != _NO_SCOPE:
            raise self._refused(reply)
        advanced = reply.answer.at("data", "app", "is_advanced")
        advanced = advanced if isinstance(advanced, bool) else None
        manages = advanced is True and self._get("roles").fate is Fate.FINE
        return Rights(advanced, manages, self._zone(reply.answer.at("data", "app", "time_zone")))

    def _zone(self, name: object) -> ZoneInfo:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(self._context.timezone)

    def _listed(self, path: str) -> Iterator[Mapping[str, Any]]:
        token, met = "", set[str]()
        while True:
            query = [("page_size", "100"), *([("page_token", token)] if token else [])]
            answer = self._fine(self._get(path, query))
            yield from (one for one in answer.at("data", "items") or () if isinstance(one, Mapping))
            token = str(answer.at("data", "page_token") or "")
            if not answer.at("data", "has_more"):
                return
            if not token or token in met:
                raise looped()
            met.add(token)

    def _get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Reply:
        pace = self.pace(path.rpartition("/")[2] or "app", READS)
        return self._client.send(Request("GET", self._path(path), query, safe=True, paces=(pace,)))

    def _path(self, path: str) -> str:
        return f"open-apis/bitable/v1/apps/{self._token()}/{path}".rstrip("/")

    def _token(self) -> str:
        """The base's own id; a page of a wiki is asked for it once."""
        if not self._base:
            request = Request(
                "GET", "open-apis/wiki/v2/spaces/get_node", [("token", self.who.base)], safe=True,
                paces=(self.pace("get_node", READS),),
            )  # fmt: skip
            node = self._fine(self._client.send(request)).at("data", "node") or {}
            if node.get("obj_type") != "bitable" or not node.get("obj_token"):
                raise SourceRefused("the wiki page {base} is no base (多维表格)", base=self.who.base)
            self._base = str(node["obj_token"])
        return self._base

    # -------------------------------------------------------------------------- records

    def search(self, table: str, body: Mapping[str, Any], size: int = PAGE, token: str = "") -> Reply:
        query = [("page_size", str(size)), ("user_id_type", self.who.people)]
        query += [("page_token", token)] if token else []
        path = self._path(f"tables/{table}/records/search")
        return self._client.send(
            Request("POST", path, query, {"automatic_fields": True, **body}, safe=True, paces=(self.paces[0],))
        )

    def get(self, table: str, keys: Sequence[str]) -> Reply:
        body = {"record_ids": list(keys), "user_id_type": self.who.people, "automatic_fields": True}
        path = self._path(f"tables/{table}/records/batch_get")
        return self._client.send(Request("POST", path, json=body, safe=True, paces=(self.pace("batch_get", READS),)))

    def write(
        self, api: str, table: str, body: Mapping[str, Any], key: str = "", until: datetime | None = None
    ) -> Reply:
        """One write, sent once, and one at a time in a base: others wait, also those of other threads and processes.

        until: for one that may have been done already, when its key may be forgotten; raises Late where the wait for
        others and for the rate lasted longer.
        """
        query = [("user_id_type", self.who.people)] if api != "batch_delete" else []
        query += [("client_token", key)] if key else []
        pace = self.pace(api, WRITES)
        request = Request("POST", self._path(f"tables/{table}/records/{api}"), query, body, paces=(pace,))
        with self._context.vault.lock(f"feishu:{self._account}:{self._token()}"):
            if until is None:
                return self._writer.send(request)
            self._gate.enter(pace)
            if self._gate.now() > until:
                raise Late
            return self._again.send(replace(request, paces=()))

    # -------------------------------------------------------------------------- refusals

    def fine(self, reply: Reply) -> Answer:
        return self._fine(reply)

    def _fine(self, reply: Reply) -> Answer:
        if reply.fate is not Fate.FINE:
            raise self._refused(reply)
        return reply.answer

    def _refused(self, reply: Reply) -> Exception:
        """What a person can do about it."""
        if reply.fate is Fate.FORBIDDEN and code_of(reply) in (_NO_SCOPE, 99991679):
            return SourceRefused(
                "飞书多维表格 refuses this to the app: add the scope it names in the developer console (Permissions, 权限管理),"
                " publish a version, and let an administrator agree. {text}",
                text=reply.told,
            )
        if reply.fate is Fate.FORBIDDEN:
            return SourceRefused(
                "飞书多维表格 refuses this to the app: open the base, ··· → More → Add document app (更多 → 添加文档应用), and"
                " let the app edit it (可编辑), or manage it (可管理) where the base has advanced permissions. {text}",
                text=reply.told,
            )
        if code_of(reply) in _NO_BASE:
            return SourceRefused(
                "飞书多维表格 knows no base {base}; `base` is what stands behind /base/ in its address, and with `wiki: true`"
                " what stands behind /wiki/. {text}",
                base=self.who.base,
                text=reply.told,
            )
        if reply.fate is Fate.EXPIRED:
            return RetryLater(
                "飞书多维表格 failed without saying why ({text}); Offbook tries again later", text=reply.told
            )
        return self._client.error(reply)


class Late(Exception):
    """It was not sent again, since nobody knows whether its key is still remembered."""


def looped() -> RetryLater:
    return RetryLater("飞书多维表格 gives the same page twice; Offbook tries again later")
