"""What is a text without the habits of who typed it, and when do two texts mean the same? (NORMALISATION 2.1)"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_FORMAT: Final = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f"
)
"""Category Cf, written out: asking unicodedata for every character of every cell costs more than all the rest."""
_CONTROL: Final = "\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f"
"""Control characters that are no blanks; databases refuse some of them."""
_LEFTOVERS: Final = {
    **dict.fromkeys("‘’‚‛", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘", "-"),
    **dict.fromkeys("・•‧∙⋅･", "·"),
    "〜": "~",
}
"""What NFKC keeps although it is only another key of the keyboard."""

_DROPPED = re.compile(f"[{_FORMAT}{_CONTROL}]+")
_ODD = re.compile(f"[{_FORMAT}{_CONTROL}{''.join(_LEFTOVERS)}]")
_MAPPED = str.maketrans(_LEFTOVERS)
_HAN: Final = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN_BLANK = re.compile(rf"(?<=[{_HAN}()·]) (?=[{_HAN}()·])|(?<=[{_HAN}]) (?=[()·])")
_HAN_ANY = re.compile(f"[{_HAN}]")
_HAN_ALL = re.compile(f"[{_HAN}]+")


def clean(text: str) -> str:
    """NFKC, no format characters, one kind of quote, dash and dot, single blanks, none at the ends; in this order."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    for _ in range(4):  # what is dropped can bring together what NFKC composes
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        if not _ODD.search(text):
            break
        text = _DROPPED.sub("", text).translate(_MAPPED)
    return " ".join(text.split())


_EASY = str.maketrans(
    {**_LEFTOVERS, "…": "...", "\u3000": " ", **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
)


def clean_easy(text: str) -> str:
    """clean() of a text of nothing but common Chinese characters, ASCII and full-width ASCII, for a third of its cost."""
    text = text.translate(_EASY)
    return " ".join(text.split()) if " " in text else text


def close_han(text: str) -> str:
    """A cleaned text without the blanks between Chinese characters and brackets: `张 三`, `上海 (中国) 公司`."""
    return _HAN_BLANK.sub("", text) if " " in text and not text.isascii() else text


def has_han(text: str) -> bool:
    return not text.isascii() and _HAN_ANY.search(text) is not None


def is_han(text: str) -> bool:
    """Nothing but Chinese characters."""
    return _HAN_ALL.fullmatch(text) is not None


@lru_cache(maxsize=65_536)
def form(text: str) -> str:
    """The comparison form of RULES R4j: without case, width, blanks and punctuation; idempotent.

    A text of nothing but punctuation keeps it, so that "-" and "?" do not mean the same.
    """
    for _ in range(4):
        folded = _fold(text)
        if folded == text:
            break
        text = folded
    return text


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", clean(text).casefold())
    kept = "".join(c for c in text if c.isalnum() or unicodedata.category(c)[0] not in "PZC")
    return kept or text
