"""How are plain texts, addresses, notes and company names read and written? (NORMALISATION 2.1, 2.8)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from connectors.contract import Damaged, Value
from mappings.types import together
from mappings.types.base import EMPTY, GLUE, At, SemanticType, raw_text
from mappings.types.cleaning import close_han
from mappings.types.damage import damage_of

_SIGNS = "- -- --- ---- / // \\ . .. ... ? ?? ??? * ** _ __ ~ n/a #n/a"
SIGNS: Final = frozenset(_SIGNS.split())
"""Signs that people put into a cell they cannot fill; no value of any type."""
_WORDS = "无 無 没有 沒有 暂无 暫無 暂缺 未知 不详 不詳 不明 待定 待补充 待補充 待确认 无无 空"
WORDS: Final = SIGNS | frozenset(_WORDS.split())
"""And words, where no true value reads like one: nobody is called 暂无."""
_ENGLISH = "none null nil nan na unknown tbd tba x xx xxx"
NOTHING: Final = WORDS | frozenset(_ENGLISH.split())
"""And English ones, where no true value reads like one; people are called Null and Na, so not for names."""

_BREAK = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NUL = re.compile("\x00")
_SPOILT = re.compile("\ufffd|锟斤拷|[\ud800-\udfff]")
_SHORT: Final = 80
"""A note of this many characters is no error cell, and speaks of more than its encoding."""


class PlainType(SemanticType):
    """A type most of whose texts are read by cleaning them."""

    def parse_texts(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        made: list[str | Damaged] = []
        for piece in together.pieces(texts):
            cleaned = together.plain(piece)
            if cleaned is None or not together.none_of(self.placeholders, cleaned):
                made += [self.parse(text, at) for text in piece]
            else:
                made += self.read_plain(cleaned, at)
        return made

    def read_plain(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        """read() of cleaned texts that are not damaged: Chinese characters, ASCII and a few signs; some may be empty."""
        return texts


class TextType(PlainType):
    name = "text"
    cuttable = True
    placeholders = SIGNS


class _ClosedType(PlainType):
    """Without the blanks between Chinese characters."""

    def read(self, text: str, at: At) -> str | Damaged:
        return close_han(text)

    def read_plain(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        return [text if " " not in text or text.isascii() else self.parse(text, at) for text in texts]


class AddressType(_ClosedType):
    """Blanks between Chinese characters are dropped; nothing is guessed from it (NORMALISATION 2.9)."""

    name = "address"
    cuttable = True
    placeholders = WORDS


class CompanyNameType(_ClosedType):
    """Brackets as NFKC leaves them, no blanks inside Chinese; legal form and region stay (they are the name)."""

    name = "company_name"
    cuttable = True
    placeholders = WORDS


class NoteType(SemanticType):
    """A person's own words: kept as typed, but for the kind of line break and blanks at the end of lines.

    In a set each line is a note (R5e), readable by itself, as it may have to stand alone elsewhere; in other fields all
    lines together are the value.
    """

    name = "note"
    cuttable = True
    glue = GLUE

    def parse(self, raw: Value, at: At) -> str | Damaged:
        if raw is None:
            return EMPTY
        if isinstance(raw, Damaged):
            return raw
        text = raw if isinstance(raw, str) else raw_text(raw)
        if "\n" in text or "\r" in text or not text.isprintable():
            text = "\n".join(line.rstrip() for line in _BREAK.sub("\n", _NUL.sub("", text)).split("\n"))
        text = text.strip()
        if len(text) < _SHORT:
            code = damage_of(text)
            return Damaged(code, text) if code else text
        return Damaged("mojibake", text) if _SPOILT.search(text) else text

    def elements(self, raw: Value, at: At) -> Sequence[tuple[str, str | Damaged]]:
        value = self.parse(raw, at)
        if isinstance(value, Damaged):
            return ((raw_text(raw), value),)
        if "\n" not in value:
            return ((value, value),) if value else ()
        return tuple((line, self.parse(line, at)) for line in value.split("\n") if line.strip())
