"""How is WebDAV's XML written, and how is a 207 read without trusting it? (RFC 4918, RFC 6352, RFC 6578)

No answer may declare a document type, so none can define an entity: neither files of this machine nor a billion laughs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

DAV: Final = "DAV:"
CARD: Final = "urn:ietf:params:xml:ns:carddav"
HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
_SPACES: Final = f'xmlns="{DAV}" xmlns:C="{CARD}"'
_OK: Final = 200


def dav(name: str) -> str:
    """A property's name in full: `{DAV:}getetag`."""
    return f"{{{DAV}}}{name}"


def card(name: str) -> str:
    return f"{{{CARD}}}{name}"


class NotXml(Exception):
    """The answer is no XML, is cut off, holds a character that XML has not, or declares a document type."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a 207 says of one address. href: as it stands there. status: of the address as a whole, 200 where it has
    properties only. props: those that were found, by full name. refused: status of each other property."""

    href: str
    status: int = _OK
    props: Mapping[str, Element] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A property's text; None where the server gives none."""
        found = self.props.get(name)
        return None if found is None else (found.text or "")

    def hrefs(self, name: str) -> tuple[str, ...]:
        """The addresses that a property holds."""
        found = self.props.get(name)
        return () if found is None else tuple(_text(one) for one in found.iter(dav("href")) if _text(one))

    def has(self, name: str, kind: str) -> bool:
        """Whether a property holds this element at any depth (a resource type, a report, a privilege)."""
        found = self.props.get(name)
        return found is not None and any(True for _ in found.iter(kind))


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A whole 207. token: the sync token, "" where there is none."""

    responses: tuple[Response, ...]
    token: str = ""


# ------------------------------------------------------------------------------ writing


def propfind(*names: str) -> bytes:
    """Asks for properties by full name."""
    return _document("propfind", _prop(names))


def sync(token: str) -> bytes:
    """What changed since a token; everything since ""."""
    told = f"<sync-token>{escape(token)}</sync-token>" if token else "<sync-token/>"
    return _document("sync-collection", f"{told}<sync-level>1</sync-level>{_prop([dav('getetag')])}")


def multiget(hrefs: Iterable[str]) -> bytes:
    """Whole cards by address."""
    asked = "".join(f"<href>{escape(href)}</href>" for href in hrefs)
    return _document("C:addressbook-multiget", _prop([dav("getetag"), card("address-data")]) + asked)


def _document(name: str, inside: str) -> bytes:
    return f"{HEAD}<{name} {_SPACES}>{inside}</{name}>".encode()


def _prop(names: Iterable[str]) -> str:
    asked = []
    for name in names:
        space, _, local = name[1:].partition("}")
        asked.append(f"<C:{local}/>" if space == CARD else f"<{local}/>")
    return f"<prop>{''.join(asked)}</prop>"


# ------------------------------------------------------------------------------ reading


def parse(body: bytes) -> Element:
    """The root of a document; raises NotXml."""
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda name, values: builder.start(_full(name), values)
    parser.EndElementHandler = lambda name: builder.end(_full(name))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it so
        return builder.close()
    except (expat.ExpatError, AssertionError, RecursionError) as error:
        raise NotXml(type(error).__name__) from None


def multistatus(body: bytes) -> Multistatus:
    """Raises NotXml for what is no 207's body."""
    root = parse(body)
    if root.tag != dav("multistatus"):
        raise NotXml("another document")
    token = root.find(dav("sync-token"))
    return Multistatus(
        tuple(one for found in root.findall(dav("response")) for one in _responses(found)),
        _text(token) if token is not None else "",
    )


def conditions(body: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions that an error's body names, without their namespaces, and the addresses in it; empty for other bodies."""
    if b"error" not in body:
        return (), ()
    try:
        root = parse(body)
    except NotXml:
        return (), ()
    if root.tag != dav("error"):
        return (), ()
    named = tuple(one.tag.rpartition("}")[2] for one in root)
    return named, tuple(_text(one) for one in root.iter(dav("href")) if _text(one))


def _responses(found: Element) -> Iterator[Response]:
    """One for each address: several may share one status."""
    status = _status(found.find(dav("status")))
    props: dict[str, Element] = {}
    refused: dict[str, int] = {}
    for part in found.findall(dav("propstat")):
        code = _status(part.find(dav("status"))) or _OK
        for one in part.iterfind(f"{dav('prop')}/*"):
            if code // 100 == _OK // 100:
                props[one.tag] = one
            else:
                refused[one.tag] = code
    for href in found.findall(dav("href")):
        yield Response(_text(href), status or _OK, props, refused)


def _status(found: Element | None) -> int | None:
    """`HTTP/1.1 404 Not Found` → 404."""
    words = _text(found).split() if found is not None else []
    return next((int(word) for word in words if len(word) == 3 and word.isdecimal()), None)


def _text(found: Element) -> str:
    return (found.text or "").strip()


def _full(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _no_doctype(*_: object) -> None:
    raise NotXml("a document type")
