"""Which encoding does a text file have, and how does it get it back? (NORMALISATION 2.10: a ladder beats detectors)

BOM → UTF-8 → GB18030 → Big5 → Windows-1252. Bytes that their encoding does not know are kept as lone surrogates (PEP
383), so a file with a broken byte is neither refused nor read as another encoding, and gets its bytes back.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
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
_HEAD: Final = 1 << 16
"""So many bytes from the beginning decide whether the headings are there."""
_CHUNK: Final = 1 << 20
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
    """How a file is encoded. `name`: as Python calls it; `bom`: the bytes it begins with; `sure`: not only guessed;
    `whole`: every byte of the file is of this encoding."""

    name: str
    bom: bytes = b""
    sure: bool = True
    whole: bool = True

    @property
    def title(self) -> str:
        return _SHOWN.get(self.name, self.name)

    @property
    def errors(self) -> str:
        """How codecs are to treat what is not of this encoding: kept as lone surrogates, to return as it was."""
        return "surrogatepass" if self.name.startswith(("utf-16", "utf-32")) else _KEEP

    def decode(self, content: bytes) -> str:
        return content[len(self.bom) :].decode(self.name, self.errors)

    def encode(self, text: str) -> bytes:
        """The bytes of a whole file again. Raises UnicodeEncodeError for a letter that the encoding does not have."""
        return self.bom + text.encode(self.name, self.errors)

    def stream(self, content: bytes) -> io.TextIOWrapper:
        """The text line by line, ends of lines as they are (\\n, \\r\\n, \\r), without a second copy of the file."""
        raw = io.BytesIO(content)
        raw.seek(len(self.bom))
        return io.TextIOWrapper(raw, self.name, self.errors, newline="")

    def holds(self, text: str) -> bool:
        """Whether a new value can be written in this encoding and read back as it is."""
        try:
            return text.encode(self.name).decode(self.name) == text
        except UnicodeError:
            return False


def decode(
    content: bytes, explicit: str | None = None, expected: Callable[[str], bool] | None = None
) -> tuple[str, Encoding]:
    """The text of a file and its encoding; see detect()."""
    encoding = detect(content, explicit, expected)
    return encoding.decode(content), encoding


def detect(content: bytes, explicit: str | None = None, expected: Callable[[str], bool] | None = None) -> Encoding:
    """The encoding of a file.

    explicit: what the configuration says; a BOM is still recognised and kept. expected: whether the beginning of a text
    holds the headings that are looked for; it decides between encodings that both can be (Big5 often reads as GB18030).
    Raises SourceRefused for an encoding that Python does not know, or a file that is not in the explicit one.
    """
    for bom, name in _BOMS:
        if content.startswith(bom) and (explicit is None or _same(explicit, name)):
            return _certain(content, Encoding(name, bom))
    if explicit is not None:
        return _certain(content, Encoding(_known(explicit)))
    return _guessed(content, expected)


def broken(text: str) -> bool:
    """Whether a cell holds bytes that its encoding does not know; it is Damaged."""
    return not text.isascii() and _BROKEN.search(text) is not None


def readable(text: str) -> str:
    """A broken cell as it may be shown: unknown bytes as U+FFFD."""
    return _BROKEN.sub("\ufffd", text)


def _certain(content: bytes, encoding: Encoding) -> Encoding:
    try:
        bad, letters, _ = _counted(content, encoding)
    except UnicodeDecodeError:  # UTF-16 and UTF-32: half a letter
        raise SourceRefused(
            "the file is {encoding} and stops in the middle of a letter: it was cut. Get it again",
            encoding=encoding.title,
        ) from None
    if letters > 20 and bad > 0.05 * letters:
        raise SourceRefused(
            "the file is not in {encoding}, as `encoding:` says; take `encoding:` out, or write the right one",
            encoding=encoding.title,
        )
    return replace(encoding, whole=not bad)


def _guessed(content: bytes, expected: Callable[[str], bool] | None) -> Encoding:
    for name in (*_without_bom(content), "utf-8"):
        if _is_whole(content, name):
            return Encoding(name, sure=name == "utf-8")
    if _mostly_utf8(content):
        return Encoding("utf-8", sure=False, whole=False)
    possible = []
    for name in LADDER[1:]:
        if _is_whole(content, name):
            encoding = Encoding(name, sure=False)
            if expected is None or expected(encoding.decode(content[:_HEAD])):
                return encoding
            possible.append(encoding)
    possible += [Encoding(name, sure=False, whole=False) for name in LADDER]
    likely = (one for one in possible if expected and expected(one.decode(content[:_HEAD])))
    return next(likely, possible[0] if possible[0].whole else Encoding("gb18030", sure=False, whole=False))


def _mostly_utf8(content: bytes) -> bool:
    """UTF-8 with a few broken bytes; in text of another encoding whole letters beyond ASCII are rare."""
    for sample in (content[: 4 * _HEAD], content):
        bad, _, beyond = _counted(sample, Encoding("utf-8"))
        if bad + beyond > 50:
            break
    return beyond >= 10 * bad


def _is_whole(content: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    with suppress(UnicodeDecodeError):
        for at in range(0, len(content), _CHUNK):
            decoder.decode(content[at : at + _CHUNK])
        decoder.decode(b"", final=True)
        return True
    return False


def _counted(content: bytes, encoding: Encoding) -> tuple[int, int, int]:
    """How many bytes are not of this encoding, how many letters there are, and how many whole ones beyond ASCII."""
    bad = letters = beyond = 0
    stream = encoding.stream(content)
    while text := stream.read(_CHUNK):
        letters += len(text)
        if not text.isascii():
            here = len(_BROKEN.findall(text))
            bad += here
            beyond += sum(not c.isascii() for c in text) - here
    return bad, letters, beyond


def _without_bom(content: bytes) -> tuple[str, ...]:
    """UTF-16 without its mark: every comma, digit and line end has a zero byte on the same side of it."""
    even, odd = content[0:8000:2], content[1:8000:2]
    if odd.count(0) > 0.1 * len(odd) and not even.count(0):
        return ("utf-16-le",)
    return ("utf-16-be",) if even.count(0) > 0.1 * len(even) and not odd.count(0) else ()


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
