"""Which encoding does a text file have, and how does it get it back? (NORMALISATION 2.10: a ladder beats detectors)

BOM → UTF-8 → GB18030 → Big5 → Windows-1252. Bytes that their encoding does not know are kept as lone surrogates (PEP
383), so a file with a broken byte is neither refused nor read as another encoding, and gets its bytes back.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from connectors.contract import SourceRefused

LADDER: Final = ("utf-8", "gb18030", "big5hkscs", "cp1252")
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KEEP: Final = "surrogateescape"
_BROKEN = re.compile("[\ud800-\udfff]")
_SHOWN: Final = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
    "cp1252": "Windows-1252",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is encoded. `name`: as Python calls it; `bom`: the bytes it begins with; `sure`: not only guessed."""

    name: str
    bom: bytes = b""
    sure: bool = True

    @property
    def title(self) -> str:
        return _SHOWN.get(self.name, self.name)

    def encode(self, text: str) -> bytes:
        """The bytes of a whole file again. Raises UnicodeEncodeError for a letter that the encoding does not have."""
        return self.bom + text.encode(self.name, _kept(self.name))

    def holds(self, text: str) -> bool:
        """Whether a new value can be written in this encoding and read back as it is."""
        try:
            return text.encode(self.name).decode(self.name) == text
        except UnicodeError:
            return False


def decode(
    content: bytes, explicit: str | None = None, expected: Callable[[str], bool] | None = None
) -> tuple[str, Encoding]:
    """The text of a file and its encoding.

    explicit: what the configuration says; a BOM is still recognised and kept. expected: whether a text holds the
    headings that are looked for; it decides between encodings that both can be (Big5 often reads as GB18030). Raises
    SourceRefused for an encoding that Python does not know, or a file that is not in the explicit one.
    """
    for bom, name in _BOMS:
        if content.startswith(bom) and (explicit is None or _same(explicit, name)):
            return _certain(content[len(bom) :], Encoding(name, bom))
    if explicit is not None:
        return _certain(content, Encoding(_known(explicit)))
    return _guessed(content, expected)


def broken(text: str) -> bool:
    """Whether a cell holds bytes that its encoding does not know; it is Damaged."""
    return not text.isascii() and _BROKEN.search(text) is not None


def readable(text: str) -> str:
    """A broken cell as it may be shown: unknown bytes as U+FFFD."""
    return _BROKEN.sub("\ufffd", text)


def _certain(content: bytes, encoding: Encoding) -> tuple[str, Encoding]:
    text = content.decode(encoding.name, _kept(encoding.name))
    if len(text) > 20 and len(_BROKEN.findall(text)) > 0.05 * len(text):
        raise SourceRefused(
            "the file is not in {encoding}, as `encoding:` says; take `encoding:` out, or write the right one",
            encoding=encoding.title,
        )
    return text, encoding


def _guessed(content: bytes, expected: Callable[[str], bool] | None) -> tuple[str, Encoding]:
    found: list[tuple[str, Encoding]] = []
    for name in _without_bom(content) or LADDER:
        with suppress(UnicodeDecodeError):
            text = content.decode(name)
            if name.startswith("utf"):
                return text, Encoding(name, sure=name == "utf-8")
            found.append((text, Encoding(name, sure=False)))
    mostly = content.decode("utf-8", _KEEP)
    if _mostly_utf8(mostly):
        return mostly, Encoding("utf-8", sure=False)
    for text, encoding in found:
        if expected and expected(text):
            return text, encoding
    return found[0] if found else (content.decode("gb18030", _KEEP), Encoding("gb18030", sure=False))


def _without_bom(content: bytes) -> tuple[str, ...]:
    """UTF-16 without its mark: every comma, digit and line end has a zero byte on the same side of it."""
    even, odd = content[0:8000:2], content[1:8000:2]
    if odd.count(0) > 0.1 * len(odd) and not even.count(0):
        return ("utf-16-le",)
    return ("utf-16-be",) if even.count(0) > 0.1 * len(even) and not odd.count(0) else ()


def _mostly_utf8(text: str) -> bool:
    """UTF-8 with a few broken bytes: ten letters beyond ASCII that are whole for each broken byte. In text of another
    encoding whole ones are rare."""
    bad = len(_BROKEN.findall(text))
    return sum(not c.isascii() for c in text) - bad >= 10 * bad


def _kept(name: str) -> str:
    """UTF-16 and UTF-32 cannot keep single bytes; a half character at the end of such a file is replaced."""
    return "replace" if name.startswith(("utf-16", "utf-32", "utf_16", "utf_32")) else _KEEP


def _same(explicit: str, name: str) -> bool:
    known = _known(explicit)
    return known == name or (known in ("utf-8-sig", "utf-16", "utf-32") and name.startswith(known.removesuffix("-sig")))


def _known(explicit: str) -> str:
    """Python's name; GB2312 and GBK are read as GB18030, which holds them and more, Big5 with its Hong Kong letters."""
    try:
        name = codecs.lookup(explicit).name
    except LookupError:
        raise SourceRefused(
            "`encoding: {encoding}` is not known; write utf-8, gb18030, big5, utf-16 or cp1252", encoding=explicit
        ) from None
    return {"gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs", "utf-8-sig": "utf-8"}.get(name, name)
