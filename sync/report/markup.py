"""How does a text become HTML in which no customer's value can do anything?"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

_VOID: Final = frozenset({"meta", "br", "hr", "input", "link"})


class Html(str):
    """A text that is markup already; every other text is escaped when it is put into one."""

    __slots__ = ()


def tag(element: str, /, *inside: object, **attributes: object) -> Html:
    """An element. Attributes: `class_` and the like lose their underscore, others get hyphens (`data_s`); None leaves
    one out, "" writes it without a value."""
    head = [element]
    for key, value in attributes.items():
        if value is not None:
            key = key.removesuffix("_").replace("_", "-")
            head.append(key if value == "" else f'{key}="{escape(_clean(value))}"')
    if element in _VOID:
        return Html(f"<{' '.join(head)}>")
    return Html(f"<{' '.join(head)}>{join(inside)}</{element}>")


def join(pieces: Iterable[object]) -> Html:
    """One after the other; None is nothing, lists are joined."""
    return Html("".join(_text(one) for one in pieces))


def _text(one: object) -> str:
    if one is None:
        return ""
    if isinstance(one, Html):
        return one
    if isinstance(one, (list, tuple)):
        return join(one)
    return escape(_clean(one), quote=False)


def _clean(value: object) -> str:
    """Without control characters, which no HTML may hold, and without signs that turn the direction of a line."""
    return "".join(sign for sign in str(value) if sign in "\n\t" or (ord(sign) >= 32 and sign not in _TURNING))


_TURNING: Final = "\u007f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"


def code(text: object) -> Html:
    return tag("code", text)


def coded(text: str) -> Html:
    """What stands between backticks as code."""
    return join(code(piece) if n % 2 else piece for n, piece in enumerate(text.split("`")))


__all__ = ["Html", "code", "coded", "join", "tag"]
