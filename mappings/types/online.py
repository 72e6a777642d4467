"""How are e-mail and web addresses read, compared and written?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from connectors.contract import Damaged, Value
from mappings.types import together
from mappings.types.base import EMPTY, At, SemanticType, only, raw_text
from mappings.types.cleaning import clean
from mappings.types.damage import checked
from mappings.types.texts import NOTHING

_MAIL = re.compile(r"[^\s@<>()\[\]\",;:：]+@[^\s@<>()\[\]\",;:/]*[^\s@<>()\[\]\",;:/.]")
_ONE_MAIL = re.compile(r"[a-z0-9][a-z0-9._%+\-]*@[a-z0-9][a-z0-9.\-]*\.[a-z]{2,24}")
_ONE_MAIL_EACH = re.compile(f"{_ONE_MAIL.pattern}(?:\n{_ONE_MAIL.pattern})*")
_BETWEEN_MAILS = re.compile(r"[;；,，、/|\s]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*://", re.IGNORECASE)
_WWW: Final = "www."


class EmailType(SemanticType):
    """Lower case; several in one cell are told apart; `Zhang San <z@a.cn>` and `mailto:` are taken off."""

    name = "email"
    sensitive = True
    placeholders = NOTHING
    glue = ";"

    def read(self, text: str, at: At) -> str | Damaged:
        lower = text.lower().replace("。", ".")
        if _ONE_MAIL.fullmatch(lower):
            return lower
        found = _MAIL.search(lower.replace("mailto:", " "))
        return found[0] if found else Damaged("not_an_email", text)

    def parse(self, raw: Value, at: At) -> str | Damaged:
        return only(self.parse_many(raw, at), raw)

    def parse_many(self, raw: Value, at: At) -> tuple[str, ...] | Damaged:
        if isinstance(raw, str) and _ONE_MAIL.fullmatch(raw):
            return (raw,)
        return super().parse_many(raw, at)

    def join_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        made: list[str | Damaged] = []
        for piece in together.pieces(texts):
            are_plain = _ONE_MAIL_EACH.fullmatch("\n".join(piece))
            made += piece if are_plain else super().join_texts(piece, at)
        return made

    def elements(self, raw: Value, at: At) -> Sequence[tuple[str, str | Damaged]]:
        text = checked(raw_text(raw)) if not isinstance(raw, Damaged) else raw
        if isinstance(text, Damaged):
            return ((text.text, text),)
        if text == EMPTY:
            return ()
        if text.count("@") < 2:
            return ((raw_text(raw).strip(), super().parse(text, at)),)
        pieces = [piece for piece in _BETWEEN_MAILS.split(raw_text(raw)) if "@" in clean(piece)]
        parse = super().parse
        return tuple((piece, parse(piece, at)) for piece in pieces)


class UrlType(SemanticType):
    """As typed but for blanks and the case of scheme and host; compared without scheme, www. and the last slash."""

    name = "url"
    sensitive = False
    placeholders = NOTHING

    def read(self, text: str, at: At) -> str | Damaged:
        address = text.replace("。", ".").replace(" ", "")
        if "." not in address.strip("."):
            return Damaged("not_a_url", text)
        scheme = _SCHEME.match(address)
        start = scheme.end() if scheme else 0
        ends = [i for i in (address.find(mark, start) for mark in "/?#") if i >= 0]
        end = min(ends, default=len(address))
        return address[:end].lower() + address[end:]

    def form(self, value: str) -> str:
        bare = value.strip().casefold()
        while (shorter := _SCHEME.sub("", bare, count=1).removeprefix(_WWW).rstrip("/")) != bare:
            bare = shorter
        return bare or value
