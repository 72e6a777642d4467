"""How much room does a text take on a screen, and how may it stand there?

Chinese signs are two columns wide. What customers typed may hold control characters that would command the terminal, or
turn the direction of a line; they are shown, not obeyed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_TURNING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(value: object) -> str:
    """A value as one line that commands nothing: breaks as ⏎, control and direction signs as ·."""
    text = str(value)
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " ")
    return "".join("·" if unicodedata.category(sign) == "Cc" or sign in _TURNING else sign for sign in text)


def width(text: str) -> int:
    """Columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """The text, or as much of it as fits with … behind it."""
    if width(text) <= columns:
        return text
    room, kept = columns - 1, ""
    for sign in text:
        room -= _columns(sign)
        if room < 0:
            break
        kept += sign
    return kept + "…"


def padded(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns. Chinese breaks between any two signs, but no line begins with a closing one."""
    lines, line = [], ""
    for word in (piece for whole in _words(text) for piece in _pieces(whole, columns)):
        if word == "\n":
            lines.append(line.rstrip())
            line = ""
        elif line and width(line) + width(word.rstrip()) > columns:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()]


_CLOSING: Final = frozenset("，。、；：？！）】》」』”’…·%,.;:?!)]}`")
_OPENING: Final = frozenset("（【《「『“‘([{")


def _words(text: str) -> Iterator[str]:
    """Pieces between which a line may break."""
    piece = ""
    for at, sign in enumerate(text):
        if sign == "\n":
            yield from filter(None, (piece, "\n"))
            piece = ""
            continue
        piece += sign
        following = text[at + 1 : at + 2]
        if sign == " " or (following and _may_part(sign, following)):
            yield piece
            piece = ""
    if piece:
        yield piece


def _pieces(word: str, columns: int) -> Iterator[str]:
    """A word that is longer than a line, such as an address of the web, is broken where the line ends."""
    while width(word.rstrip()) > columns:
        room, at = columns, 0
        while at < len(word) and (room := room - _columns(word[at])) >= 0:
            at += 1
        at = max(at, 1)
        yield word[:at]
        word = word[at:]
    yield word


def _may_part(sign: str, following: str) -> bool:
    wide = _columns(sign) == 2 or _columns(following) == 2
    return wide and following not in _CLOSING and sign not in _OPENING


__all__ = ["cut", "padded", "plain", "width", "wrap"]
