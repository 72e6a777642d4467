"""How is the value of a vCard property decoded, and how is one property written anew?

In the card's own version, encoding and line ends (connectors.shared.vcards cuts the file): 3.0 and 4.0 escape and fold,
2.1 takes quoted-printable for what plain text cannot hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from connectors.contract import Damaged
from connectors.shared.vcards import FOLD_AT, Card, Line, fits, parsed_head, unquoted

SOFT_BREAK_AT: Final = 76
"""Characters in a quoted-printable line with its `=` (RFC 2045 6.7)."""

_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
_BARE: Final = frozenset({"8BIT", "7BIT", "BASE64", "QUOTED-PRINTABLE"})
_MARKED: Final = "\\,;:"


def text(line: Line, card: Card) -> str | Damaged:
    """The value of a line, decoded but not unescaped; line breaks are "\\n"."""
    body = unquoted(line.body) if line.quoted_printable else line.body
    try:
        found = body.decode(_reading(line, card))
    except (UnicodeDecodeError, LookupError):
        return Damaged("encoding", body.decode("utf-8", "replace"))
    return found.replace("\r\n", "\n").replace("\r", "\n") if "\r" in found else found


def fresh(card: Card, head: str, value: str) -> Line:
    """A new line with an (escaped) value; raises as rewritten()."""
    group, name, params = parsed_head(head.encode("utf-8"))
    return rewritten(Line(b"", name, group, params, head.encode("utf-8")), card, value)


def rewritten(line: Line, card: Card, value: str) -> Line:
    """The same property with another (escaped) value, in the card's own version, encoding and line ends.

    A letter that this encoding lacks makes the line say CHARSET=UTF-8. Raises ValueError for a lone surrogate.
    """
    if line.quoted_printable or (card.old and _needs_quoting(value, line, card)):
        line = _quotable(line, value)
        body = _quoted(value.replace("\n", "\r\n").encode(_writing(line, card)))
        raw = _soft_broken(line.head + b":", body, card.eol)
    else:
        if not _encodes(value, _writing(line, card)):
            line = reheaded(reheaded(line, drop="CHARSET"), add="CHARSET=UTF-8")
        body = value.encode(_writing(line, card))
        raw = _folded(line.head + b":" + body, card, _writing(line, card)) + card.eol
    return replace(line, raw=raw, body=body)


def reheaded(line: Line, *, drop: str = "", add: str = "") -> Line:
    """The line with a parameter less or more; its raw bytes stay the old ones until it is rewritten."""
    start, *params = re.findall(r"""(?:^|;)((?:[^";]|"[^"]*")*)""", line.head.decode("latin-1"))
    kept = [p for p in params if not drop or not _is_param(p, drop)]
    head = ";".join([start, *kept, *([add] if add else [])]).encode("latin-1")
    group, name, pairs = parsed_head(head)
    return replace(line, head=head, group=group, name=name, params=pairs)


def escape(value: str, card: Card, *, structured: bool = False) -> str:
    """Text → what stands in a line. structured: it is one of several components, so 2.1 escapes `;` too."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\")
    if card.old:
        return value.replace(";", "\\;") if structured else value
    return value.replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def unescape(value: str, card: Card) -> str:
    """What stands in a line → text. An escape that nobody defined is left as it is."""
    if "\\" not in value:
        return value
    return re.sub(r"\\(.)", _unescaped_old if card.old else _unescaped, value, flags=re.DOTALL)


def components(value: str, separator: str = ";") -> list[str]:
    """Cuts an escaped value at separators that are not escaped; the parts stay escaped."""
    if "\\" not in value:
        return value.split(separator)
    parts, current, at = [], "", 0
    while at < len(value):
        step = 2 if value[at] == "\\" else 1
        if value[at] == separator:
            parts.append(current)
            current = ""
        else:
            current += value[at : at + step]
        at += step
    return [*parts, current]


# ------------------------------------------------------------------------------ helpers


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else _unescaped_old(found)


def _unescaped_old(found: re.Match[str]) -> str:
    return found[1] if found[1] in _MARKED else found[0]


def _is_param(piece: str, name: str) -> bool:
    return piece.partition("=")[0].strip().upper() == name or (name == "ENCODING" and piece.strip().upper() in _BARE)


def _reading(line: Line, card: Card) -> str:
    """Whatever says GBK is read as GB18030, which holds it and what phones really write."""
    named = line.param("CHARSET").lower()
    return _WIDER.get(named, named) or card.charset


def _writing(line: Line, card: Card) -> str:
    return line.param("CHARSET").lower() or card.charset


def _needs_quoting(value: str, line: Line, card: Card) -> bool:
    """In 2.1: line breaks always; other text unless it may stand here raw, as it does in the rest of the card."""
    if "\n" in value:
        return True
    if value.isascii():
        return False
    raw_here = any(not other.quoted_printable and not other.body.isascii() for other in card.lines if other.name)
    return not raw_here or not _encodes(value, _writing(line, card))


def _quotable(line: Line, value: str) -> Line:
    """The line with parameters that let it hold this text in quoted-printable."""
    if not line.quoted_printable:
        line = reheaded(reheaded(line, drop="ENCODING"), add="ENCODING=QUOTED-PRINTABLE")
    if not value.isascii() and not _encodes(value, line.param("CHARSET").lower() or "ascii"):
        line = reheaded(reheaded(line, drop="CHARSET"), add="CHARSET=UTF-8")
    return line


def _encodes(value: str, codec: str) -> bool:
    try:
        value.encode(codec)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _quoted(body: bytes) -> bytes:
    return b"".join(bytes([b]) if 32 <= b < 127 and b != 61 else b"=%02X" % b for b in body)


def _soft_broken(head: bytes, body: bytes, eol: bytes) -> bytes:
    """Blanks at the edges of lines are encoded: mailers and folds eat them."""
    lines, current = [], head
    for piece in re.findall(rb"=[0-9A-F]{2}|.", body, re.DOTALL):
        if len(current) + len(piece) > SOFT_BREAK_AT - 3:
            lines.append(_sealed(current) + b"=")
            current = b""
        current += b"=20" if not current and piece == b" " else piece
    return eol.join([*lines, _sealed(current)]) + eol


def _sealed(line: bytes) -> bytes:
    return line[:-1] + b"=20" if line.endswith(b" ") else line


def _folded(line: bytes, card: Card, codec: str) -> bytes:
    """Folds at 75 octets, never inside a character; 2.1 has no fold that every reader joins again."""
    if len(line) <= FOLD_AT or not card.folds or card.old:
        return line
    lines, room = [], FOLD_AT
    while len(line) > room:
        cut = _between_characters(line, room, codec)
        lines.append(line[:cut])
        line, room = line[cut:], FOLD_AT - 1
    return (card.eol + b" ").join([*lines, line])


def _between_characters(line: bytes, at: int, codec: str) -> int:
    """The last place at or before `at` where no character is cut."""
    if codec == "utf-8":
        while at > 1 and line[at] & 0xC0 == 0x80:
            at -= 1
        return at
    while at > 1 and not fits(line[:at], codec):
        at -= 1
    return at
