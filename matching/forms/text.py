"""How is a text folded, so that two spellings of it become equal?

Order: cut, clean (NFKC, no format characters: NORMALISATION 2.1), lower case, traditional to simplified characters
(OpenCC t2s, never the Taiwan variant: 2.7), accents off Latin letters. For comparison only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from mappings.types.cleaning import clean, has_han, is_han
from matching.forms.words.shares import READINGS

LONGEST: Final = 240
"""Characters of a value that take part in comparison: a cell of megabytes costs no more than a long name."""


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """The comparison form: `fold("ＡＢＣ　公司") == "abc 公司"`, `fold("蕭") == "萧"`."""
    if text.isascii():
        return " ".join(text[:LONGEST].lower().split())
    text = clean(text[:LONGEST]).lower()
    if has_han(text):
        text = _to_simplified()(text)
    if not (text.isascii() or is_han(text)):
        text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFC", text).split())


@cache
def _to_simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    return lambda text: str(convert(text))


@cache
def _reader() -> Callable[[str], str]:
    from pypinyin import Style, lazy_pinyin

    return lambda char: "".join(lazy_pinyin(char, style=Style.NORMAL))


_USUAL: Final = {"晟": "sheng"}
"""Characters of names whose first reading in the tables is the rare one (Xiandai Hanyu Cidian: shèng)."""


@lru_cache(maxsize=1 << 15)
def sound(char: str) -> str:
    """Pinyin of one character without its tone (ü is v); other characters as they are."""
    return _USUAL.get(char) or _reader()(char) if has_han(char) else char


@lru_cache(maxsize=1 << 16)
def romanise(text: str) -> str:
    """Pinyin of a folded text, syllables joined: `romanise("宇润") == "yurun"`."""
    return text if text.isascii() else "".join(map(sound, text))


def romanise_family(family: str) -> str:
    """Pinyin of a surname, read as surnames are: 曾 is zeng, 单 is shan."""
    return READINGS.get(family) or romanise(family)


def words(text: str) -> list[str]:
    """Words of a folded text: runs of letters and digits; an apostrophe joins, everything else parts."""
    if text.isalnum():
        return [text]
    return "".join(c if c.isalnum() else " " for c in text.replace("'", "")).split()
