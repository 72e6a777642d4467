"""How does the contract suite reach behind the carddav connector, and make trouble on the way to a real server?

A proxy stands before the server: it counts requests, loses answers and refuses. People type around it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from connectors.carddav import SPEC
from connectors.contract import Connector, Op, TableFacts, Value
from sandbox import server as pretended
from sandbox.server import Call, Fake, Reply, Trouble
from tests.dav_servers import PASSWORD, USER, Server
from tests.web_rig import WebRig

TEXT: Final = ("FN", "TITLE", "NOTE")
_OWN: Final = frozenset({"accept-encoding", "connection", "content-length", "host"})
"""Headers that are about the way to the proxy, not to the server."""
_number = itertools.count(1)
for _method in ("PROPFIND", "REPORT", "MKCOL"):
    setattr(pretended._Handler, f"do_{_method}", pretended._Handler._do)


class Proxy(Fake):
    """Hands requests on to a real server. forbidden: nobody may read. unreadable: a name that is refused in every
    answer. repeats: the second page is the first again. taste: what is stored for what is written. rewrites: in
    every answer. moved: path → where it is now. instead: an answer of our own."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.forbidden = self.repeats = False
        self.unreadable = ""
        self.taste: tuple[bytes, bytes] | None = None
        self.rewrites: list[tuple[bytes, bytes]] = []
        self.moved: dict[str, str] = {}
        self.instead: dict[tuple[str, str], Reply] = {}
        self._first: Reply | None = None

    def allow(self, call: Call) -> Reply | None:
        if self.forbidden:
            body = b'<?xml version="1.0"?><error xmlns="DAV:"><need-privileges/></error>'
            return Reply(403, body, {"Content-Type": "application/xml"})
        if call.path in self.moved:
            return Reply(301, None, {"Location": self.moved[call.path]})
        return self.instead.get((call.method, call.path))

    def _routed(self, call: Call) -> Reply:
        headers = {k: v for k, v in call.headers.items() if k not in _OWN}
        body = call.body.replace(*self.taste) if self.taste and call.method == "PUT" else call.body
        status, given, answer = self.server.ask(call.method, call.path, body, headers)
        kept = {"Content-Type": given.get("content-type", "")}
        kept |= {name.title(): given[name] for name in ("etag", "location", "www-authenticate") if name in given}
        if "Etag" in kept:
            kept["ETag"] = kept.pop("Etag")
        for old, new in self.rewrites:
            answer = answer.replace(old, new)
        reply = Reply(status, self._cut(answer) if b"multiget" in call.body else answer, kept)
        if self.repeats and b"multiget" in call.body:
            self._first = self._first or reply
            return self._first
        return reply

    def _cut(self, answer: bytes) -> bytes:
        if not self.unreadable:
            return answer
        root = ET.fromstring(answer)
        for one in root.findall("{DAV:}response"):
            if unquote(one.findtext("{DAV:}href") or "").endswith(self.unreadable):
                for part in one.findall("{DAV:}propstat"):
                    one.remove(part)
                ET.SubElement(one, "{DAV:}status").text = "HTTP/1.1 403 Forbidden"
        return bytes(ET.tostring(root, "utf-8"))


class CardDavRig(WebRig):
    """crowd: no card has a time, so none is asked for by one; a crowd is only several pages long."""

    spec = SPEC
    text = TEXT
    crowd = 60
    listing = ("REPORT", "")
    writes: Mapping[Op, tuple[str, str]] = {
        Op.CREATE: ("PUT", ""),
        Op.UPDATE: ("PUT", ""),
        Op.DELETE: ("DELETE", ""),
    }
    cannot: ClassVar[Mapping[str, str]] = {
        **WebRig.cannot,
        "add_late": "a card has no edit time that anything is asked by",
        "merge": "an address book does not merge or renumber its cards",
        "hide": "a property that nobody has is empty, not hidden",
        "datetime_field": "a vCard holds no moments that customers have",
        "archive": "an address book has no archive",
        "choice_field": "everything is text",
        "lookup_field": "everything is text",
        "own_call_field": "a card is written in one request",
        "slow_job": "an address book has no jobs",
        "fired": "an address book has no workflows",
    }
    secrets = (PASSWORD,)

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.page = server, 2
        self.table = f"book{next(_number)}"
        self.path = server.new_book(self.table)
        self.fake: Proxy = Proxy(server).start()
        self.facts = TableFacts((*TEXT, "BDAY", "UID"))

    def options(self) -> Mapping[str, object]:
        return {"url": self.fake.base + self.path, "user": USER, "password": PASSWORD, "page": self.page}

    # ---- people

    def put(self, key: str, raw: bytes) -> None:
        status, _, said = self.server.ask("PUT", self._at(key), raw, {"Content-Type": "text/vcard; charset=utf-8"})
        assert status in (200, 201, 204), (status, said)

    def raw(self, key: str) -> bytes:
        status, _, body = self.server.ask("GET", self._at(key))
        assert status == 200, status
        return body

    def add(self, values: Mapping[str, Value]) -> str:
        number = next(_number)
        key = f"{number:05} 名片@phone.vcf"
        self.put(key, _card({"UID": f"u{number}", **{name: str(value or "") for name, value in values.items()}}))
        return key

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        shown = _shown(self.raw(key))
        self.put(key, _card({**shown, **{name: str(value or "") for name, value in values.items()}}))

    def remove(self, key: str) -> None:
        status, _, _ = self.server.ask("DELETE", self._at(key))
        assert status in (200, 204), status

    def keys(self) -> list[str]:
        asked = b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
        _, _, body = self.server.ask("PROPFIND", self.path, asked, {"Depth": "1", "Content-Type": "application/xml"})
        hrefs = [one.findtext("{DAV:}href") or "" for one in ET.fromstring(body).findall("{DAV:}response")]
        return sorted(unquote(href.rpartition("/")[2]) for href in hrefs if not href.endswith("/"))

    def rows(self) -> list[Mapping[str, Value]]:
        cards = [_shown(self.raw(key)) for key in self.keys()]
        return [{name: card.get(name) or None for name in self.facts.fields} for card in cards]

    def state(self) -> dict[str, bytes]:
        return {key: self.raw(key) for key in self.keys()}

    def fill(self, count: int) -> None:
        if count > 50:
            self.page = 20
        for number in range(count):
            self.add({"FN": f"record {number}"})

    # ---- trouble

    def break_pull(self) -> None:
        self.fake.order(Trouble.SLOW, *self.listing, times=2)
        self.fake.order(Trouble.BROKEN, *self.listing, times=20)

    def cut_pull(self) -> None:
        self.fake.unreadable = self.keys()[0]

    def loop_pull(self) -> None:
        self.fake.repeats = True

    def forbid(self) -> None:
        self.fake.forbidden = True

    def taste(self, field: str) -> None:
        self.fake.taste = (b"how we sent it", b"another form")

    def damage(self, key: str) -> str:
        self.edit(key, {"BDAY": "1985-13-99"})
        return "BDAY"

    def date_field(self) -> str:
        return "BDAY"

    def bad(self) -> tuple[str, Value]:
        return "UID", "another"

    def other_scope(self) -> Connector:
        kept = self.facts
        self.facts = TableFacts(kept.fields, where={"TITLE": "A"})
        try:
            return self.open()
        finally:
            self.facts = kept

    def _at(self, key: str) -> str:
        return self.path + quote(key, safe="")


class RadicaleRig(CardDavRig):
    crowd = 501

    def fill(self, count: int) -> None:
        """Many cards as files, which is how Radicale keeps them."""
        if count <= 50:
            super().fill(count)
            return
        self.page = 100
        for number in range(count):
            raw = _card({"UID": f"f{number}", "FN": f"record {number}"})
            (self.server.folder / self.path.strip("/") / f"{number:05}.vcf").write_bytes(raw)


def _card(values: Mapping[str, str]) -> bytes:
    """As a phone writes it."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", "N:;;;;"]
    lines += [f"{name}:{_escaped(value)}" for name, value in values.items() if value]
    return "".join(f"{line}\r\n" for line in (*lines, "X-UNKNOWN;KEEP=1:as it is", "END:VCARD")).encode()


def _shown(raw: bytes) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in re.sub(r"\r?\n ", "", raw.decode()).splitlines():
        head, _, value = line.partition(":")
        name = head.partition(";")[0]
        if name in (*TEXT, "BDAY", "UID"):
            values[name] = re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)
    return values


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
