"""Where are a person's address books, and what may be done to them? (RFC 6352, RFC 6764, RFC 5397, RFC 3744)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from connectors.contract import Op, Pace, SourceRefused
from connectors.http import Client, Request
from connectors.shared.dav import xml
from connectors.shared.dav.xml import Multistatus, NotXml, Response, card, dav
from connectors.shared.web.answers import Fate

XML: Final = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml, text/xml"}
WELL_KNOWN: Final = "/.well-known/carddav"
_ASKED: Final = (
    *(dav("resourcetype"), dav("displayname"), dav("current-user-principal"), dav("current-user-privilege-set")),
    *(dav("supported-report-set"), card("addressbook-home-set")),
)
_RIGHTS: Final = {Op.CREATE: "bind", Op.UPDATE: "write-content", Op.DELETE: "unbind"}


@dataclass(frozen=True, slots=True)
class Book:
    """One address book. path: as the server writes it, with a slash behind. syncs: it tells what changed."""

    id: str
    name: str
    path: str
    ops: frozenset[Op]
    syncs: bool

    def at(self, key: str) -> str:
        """The path of a card; raises SourceRefused for a key that would lead elsewhere."""
        if key in ("", ".", ".."):
            raise SourceRefused("`{key}` is not the name of a card", key=key)
        return self.path + quote(key, safe="")


def key_of(href: str) -> str:
    """The name of a card as it stands last in its address."""
    return unquote(urlsplit(href).path.rpartition("/")[2])


class Dav:
    """Reads a 207 from one server, at its pace."""

    def __init__(self, client: Client, pace: Pace) -> None:
        self.client, self.paces = client, (pace,)

    def request(self, method: str, path: str, body: bytes, depth: str = "") -> Request:
        headers = {**XML, **({"Depth": depth} if depth else {})}
        return Request(method, path, body=body, headers=headers, safe=True, paces=self.paces)

    def ask(self, method: str, path: str, body: bytes, depth: str = "") -> Multistatus:
        """Raises what stands against the request, and SourceRefused for an answer that is not DAV's."""
        answer = self.client.read(self.request(method, path, body, depth))
        return self.understood(answer.body)

    def understood(self, body: bytes) -> Multistatus:
        try:
            return xml.multistatus(body)
        except NotXml:
            raise SourceRefused(
                "{where} does not answer as an address book does; mend `url`", where=self.client.name
            ) from None

    def look(self, path: str, depth: str = "0") -> tuple[Response, ...]:
        """What stands at an address, with depth "1" what is in it too; nothing where nobody there speaks DAV with us."""
        reply = self.client.send(self.request("PROPFIND", path, xml.propfind(*_ASKED), depth))
        if reply.fate in (Fate.GONE, Fate.FORBIDDEN, Fate.CONFIG):
            return ()
        if reply.fate is not Fate.FINE:
            raise self.client.error(reply)
        try:
            shown = xml.multistatus(reply.answer.body).responses
        except NotXml:
            return ()
        return tuple(one for one in shown if one.props)


def found(server: Dav, url: str) -> tuple[Book, ...]:
    """The address books that a URL leads to: itself, those of its home, those of its principal, or of the well-known
    address. Raises SourceRefused where it leads to none."""
    path = urlsplit(url).path or "/"
    path = path if path.endswith("/") else path + "/"
    for start in dict.fromkeys((path, WELL_KNOWN)):
        home = _home(server, start)
        if isinstance(home, Book):
            return (home,)
        if home is not None and (books := tuple(_books(server, home))):
            return books
    raise SourceRefused(
        "{where}: no address book is at `url`, and none is found from there; write the address of the book itself",
        where=server.client.name,
    )


def _home(server: Dav, start: str) -> Book | str | None:
    """The book that stands there, or the path of the collection of books; None where the server tells neither."""
    shown = next(iter(server.look(start)), None)
    if shown is None:
        return None
    if shown.has(dav("resourcetype"), card("addressbook")):
        return _book(_path(server, start, shown.href), shown)
    if homes := shown.hrefs(card("addressbook-home-set")):
        return _path(server, start, homes[0])
    people = shown.hrefs(dav("current-user-principal"))
    if not people:
        return start if start != WELL_KNOWN else None
    whom = server.look(_path(server, start, people[0]))
    homes = tuple(href for one in whom for href in one.hrefs(card("addressbook-home-set")))
    return _path(server, start, homes[0]) if homes else None


def _books(server: Dav, home: str) -> Iterator[Book]:
    for shown in server.look(home, "1"):
        if shown.has(dav("resourcetype"), card("addressbook")):
            yield _book(_path(server, home, shown.href), shown)


def _book(path: str, shown: Response) -> Book:
    name = unquote(path.rstrip("/").rpartition("/")[2]) or "contacts"
    syncs = shown.has(dav("supported-report-set"), dav("sync-collection"))
    return Book(name, shown.text(dav("displayname")) or name, path, _ops(shown), syncs)


def _ops(shown: Response) -> frozenset[Op]:
    """What the user may do; all of it where the server does not tell."""
    name = dav("current-user-privilege-set")
    if name not in shown.props:
        return frozenset(_RIGHTS)
    if shown.has(name, dav("all")) or shown.has(name, dav("write")):
        return frozenset(_RIGHTS)
    return frozenset(op for op, right in _RIGHTS.items() if shown.has(name, dav(right)))


def _path(server: Dav, start: str, href: str) -> str:
    """A collection's path on this server; one on another host is named, not followed."""
    whole = urlsplit(urljoin(urljoin(server.client.base, start), href))
    base = urlsplit(server.client.base)
    if whole[:2] != base[:2]:
        raise SourceRefused(
            "{where} keeps the address books at {host}; write {host} into `url`",
            where=server.client.name, host=f"{whole.scheme}://{whole.netloc}{whole.path}",
        )  # fmt: skip
    return whole.path if whole.path.endswith("/") else whole.path + "/"


def same_paths(first: str, others: Sequence[str]) -> bool:
    """Whether an address is one of these, however they are percent-encoded."""
    return unquote(urlsplit(first).path).rstrip("/") in {unquote(urlsplit(one).path).rstrip("/") for one in others}
