"""How does text stand in a workbook's XML, and which texts does the shared table hold?

Text comes back as it was typed: entities, the `_xHHHH_` escapes of ECMA-376 part 1 22.9.2.19, rich text runs joined,
phonetic guides left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Objects = npt.NDArray[Any]
_ENTITY = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|\w+);")
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
"""The ampersand last: what it makes is no entity again."""
_HEX = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")
_ITEM = re.compile(rb"<si\s*/>|<si(?:\s[^>]*)?>(.*?)</si>", re.DOTALL)
_BETWEEN = b"</t></si><si><t>"
_PHONETIC = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)
_TEXT = re.compile(rb"<t(?:\s[^>]*)?(?:/>|>(.*?)</t>)", re.DOTALL)
_MAIN = re.compile(
    rb"xmlns:([A-Za-z_][\w.-]*)\s*=\s*[\"']http://(?:schemas\.openxmlformats\.org|purl\.oclc\.org/ooxml)"
    rb"/spreadsheetml/(?:2006/)?main[\"']"
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
LONGEST = 32767
"""What a cell holds at most, in UTF-16 units (Excel's limits page)."""


def unescape(text: str) -> str:
    """XML character data as the text that it means."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    if "_x" in text:
        text = _HEX.sub(lambda match: chr(int(match.group(1), 16)), text)
        if _HALF.search(text):  # an emoji may be escaped as two halves
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def texts(raw: list[str]) -> list[str]:
    """Many at once."""
    return [unescape(text) if "&" in text or "_x" in text or "\r" in text else text for text in raw]


def escape(text: str) -> str:
    """Text as XML character data that reads back as the same text."""
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    if _UNSAYABLE.search(text):
        text = _UNSAYABLE.sub(lambda match: f"_x{ord(match.group()):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """Text for an attribute in double quotes; there is no `_xHHHH_` in attributes."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\n", "&#10;")
    )


def plain(data: bytes) -> bytes:
    """A part's XML as UTF-8 in which main elements have no prefix and there are no comments and no CDATA.

    For reading only: what is written is cut from the part as it stands.
    """
    return scrubbed(unprefixed(data))


def unprefixed(data: bytes) -> bytes:
    """A part's XML as UTF-8 in which main elements have no prefix."""
    data = utf8(data)
    match = _MAIN.search(data[:4096])
    if match:
        prefix = match.group(1)
        data = data.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</")
    return data


def scrubbed(data: bytes) -> bytes:
    """XML without comments, CDATA as ordinary text."""
    if b"<!" not in data:
        return data
    return _COMMENT.sub(b"", _CDATA.sub(lambda found: _as_text(found.group(1)), data))


def utf8(data: bytes) -> bytes:
    """The same XML in UTF-8; parts may be UTF-16 too (ECMA-376 part 1, 11.3), other encodings are not allowed."""
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return data
    text = data.decode("utf-16")
    return re.sub(r'(<\?xml[^>]*encoding=["\'])[^"\']*', r"\1UTF-8", text, count=1).encode("utf-8")


def shared(data: bytes) -> list[str]:
    """The table of shared strings, in its order."""
    data = unprefixed(data)
    start, stop = data.find(b"<si"), data.rfind(b"</sst>")
    if start < 0:
        return []
    body = data[start:stop].rstrip()
    found = _plain_items(body.replace(b' xml:space="preserve"', b""))
    return found if found is not None else [rich(match.group(1) or b"") for match in _ITEM.finditer(scrubbed(body))]


def _plain_items(body: bytes) -> list[str] | None:
    """The texts of a table in which each item is one t element; None where one is more than that."""
    count = body.count(_BETWEEN) + 1
    if not (body.startswith(b"<si><t>") and body.endswith(b"</t></si>")) or body.count(b"<") != 4 * count:
        return None
    entities = body.count(b"&")
    if entities and entities == body.count(b"&amp;"):
        body, entities = body.replace(b"&amp;", b"&"), 0
    raw = body[7:-9].decode().split(_BETWEEN.decode())
    return texts(raw) if entities or b"_x" in body or b"\r" in body else raw


def rich(inner: bytes) -> str:
    """The text of an `si` or `is` element: its t elements joined, without phonetic guides."""
    if b"<rPh" in inner:
        inner = _PHONETIC.sub(b"", inner)
    return unescape(b"".join(match.group(1) or b"" for match in _TEXT.finditer(inner)).decode())


def objects(values: Sequence[object]) -> Objects:
    """An array of any values: quicker to pick from than a list, and the collector does not walk through it."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def is_sayable(text: str) -> bool:
    """Whether the text is text: half of a surrogate pair is none."""
    return not _HALF.search(text)


def is_too_long(text: str) -> bool:
    return len(text) > LONGEST // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST


def _entity(match: re.Match[str]) -> str:
    name = match.group(1)
    if name.startswith("#"):
        return chr(int("0" + name[1:], 0) if name[1] in "xX" else int(name[1:]))
    return _NAMED.get(name, match.group())


def _as_text(raw: bytes) -> bytes:
    return raw.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
