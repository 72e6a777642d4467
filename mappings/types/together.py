"""Which texts of a column are so plain that they are cleaned and judged together? (the fast path of reading)

A few dozen texts are looked at as one: what damage.checked() does to each is then done once. As soon as one of them is
odd, the whole piece is read text by text, so nothing is read otherwise than alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mappings.types.damage import damage_of_ascii, in_gb2312

PIECE: Final = 48
"""Texts that are looked at together: enough to save the calls, few enough that an odd one spoils little."""
_PLAIN = re.compile("[\n -~\u4e00-\u5c6e\u5c70-\u65a3\u65a5-\u70ea\u70ec-\u9fa5、。《》【】]+")
"""Common Chinese characters without those of mojibake (屯, 斤, 烫), ASCII, and what NFKC leaves as it is."""


def pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[at : at + PIECE] for at in range(0, len(texts), PIECE))


def plain(texts: Sequence[str]) -> Sequence[str] | None:
    """The cleaned texts, none of which is damaged; None where that can only be told one by one."""
    lines = "\n".join(texts)
    if lines.count("\n") != len(texts) - 1 or not _PLAIN.fullmatch(lines):
        return None
    if not lines.isascii() and not in_gb2312(lines):
        return None
    if ("#" in lines or "+" in lines or ":" in lines) and any(map(damage_of_ascii, texts)):
        return None
    if "  " in lines or " \n" in lines or "\n " in lines or lines[0] == " " or lines[-1] == " ":
        return [" ".join(text.split()) if " " in text else text for text in texts]
    return texts


def none_of(words: frozenset[str], texts: Sequence[str]) -> bool:
    """Whether no text is one of these folded words."""
    return words.isdisjoint(map(str.casefold, texts))
