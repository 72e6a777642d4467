"""How is a person's name read, taken apart and put together, and when is it no name? (NORMALISATION 2.5)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from connectors.contract import Damaged, Value, say
from mappings.types.base import EMPTY, At, Cannot, fit
from mappings.types.cleaning import close_han, has_han, is_han
from mappings.types.surnames import COMMON, COMPOUND, LONGEST, PARTICLES, PINYIN, SINGLE, SUFFIXES, TITLES
from mappings.types.texts import WORDS, PlainType

_DOT = re.compile(r"(?<=\w) ?· ?(?=\w)")
_SYLLABLES = re.compile(
    r"(?:(?:[zcs]h?|[bpmfdtnlgkhjqxryw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui|un|ue|[aoeiuvü])){1,3}",
    re.IGNORECASE,
)
"""A romanised Chinese name."""
_NUMBER: Final = re.compile(r"[+(]?\d[\d ()./-]{5,}")
"""Six digits or more and nothing else: a telephone number, an account, a date."""
REMEMBERED: Final = 8_192
"""Names come again within a table, but a long table has ever new ones."""
_COMMA: Final = re.compile(r"([^,]+), ?([^,]+)")


class PersonNameType(PlainType):
    """Cleaned text; `Last, First` is turned round; a title (王总) stays part of the text. A number that stands in a
    name's column is read, as it tells whose row it is, and written nowhere.

    format: the words Last and First as the place has them, such as `Last, First` or `Last First`.
    """

    name = "person_name"
    cuttable = True
    placeholders = WORDS

    def read(self, text: str, at: At) -> str | Damaged:
        if at.format:
            return _read_format(text, at.format)
        text = _closed(text)
        if "," in text and (turned := _COMMA.fullmatch(text)):
            family, given = turned[1].strip(), turned[2].strip()
            if family and given and given.casefold() not in SUFFIXES:
                return _closed(f"{family}{given}" if is_han(family + given) else f"{given} {family}")
        return text

    def read_plain(self, texts: Sequence[str], at: At) -> Sequence[str | Damaged]:
        if at.format:
            return [self.parse(text, at) for text in texts]
        return [self.parse(text, at) if "," in text or (" " in text and not text.isascii()) else text for text in texts]

    def render(self, value: str, at: At, shown: Value = None) -> Value | Cannot:
        if _NUMBER.fullmatch(value):
            return Cannot(say("a number is no name; perhaps two columns have changed places"))
        if not at.format:
            return fit(value, at.field)
        family, given = split_name(value)
        if not given:
            return fit(value, at.field)
        order = _order(at.format)
        if order is None:
            return Cannot(say("`{format}` is no format of a name; write one like `Last, First`", format=at.format))
        first, glue = order
        return fit(glue.join((family, given) if first == "last" else (given, family)), at.field)


def _closed(text: str) -> str:
    """Without the spaces that mean nothing: about a name's dot, and between Han characters."""
    return close_han(_DOT.sub("·", text) if "·" in text else text)


_FORMAT_WORD = re.compile(r"\{?(last|first|family|given|姓|名)\}?", re.IGNORECASE)
_LAST: Final = ("last", "family", "姓")


def _order(format_: str) -> tuple[str, str] | None:
    """Which of the two words comes first ("last" or "first"), and what stands between them."""
    words = list(_FORMAT_WORD.finditer(format_))
    if len(words) != 2:
        return None
    first = "last" if words[0][1].lower() in _LAST else "first"
    return first, format_[words[0].end() : words[1].start()]


def _read_format(text: str, format_: str) -> str:
    order = _order(format_)
    if order is None or not order[1]:
        return text
    left, found, right = text.partition(order[1].strip() or " ")
    if not found or not left.strip() or not right.strip():
        return text
    family, given = (left, right) if order[0] == "last" else (right, left)
    return join_name(family.strip(), given.strip())


def split_name(name: str) -> tuple[str, str]:
    """(family, given) of a canonical name; (name, "") where it cannot be told. join_name takes it back together.

    Chinese names by the list of family names, compound ones first; others by their last word (with van, de …). A
    title, a name with a dot (买买提·艾合买提) and a romanised Chinese name in Chinese order stay whole.
    """
    if 2 <= len(name) <= 3 and name[0] in SINGLE and name[:2] not in COMPOUND and is_han(name):  # nearly all
        return (name, EMPTY) if _is_han_title(name) else (name[0], name[1:])
    return _split_rare(name)


@lru_cache(maxsize=REMEMBERED)
def _split_rare(name: str) -> tuple[str, str]:
    family, given = _split(name)
    return (family, given) if given and join_name(family, given) == name else (name, EMPTY)


def _split(name: str) -> tuple[str, str]:
    if is_title_name(name):
        return name, EMPTY
    if is_han(name):
        return _split_han(name)
    words = name.split(" ")
    if len(words) < 2 or "·" in name or "(" in name or "," in name:
        return name, EMPTY
    if has_han(name):  # Lucy 王
        return (words[1], words[0]) if len(words) == 2 and words[1] in SINGLE | COMPOUND else (name, EMPTY)
    return _split_latin(words)


def _split_han(name: str) -> tuple[str, str]:
    if name.startswith(LONGEST):
        return name[:4], name[4:]
    if name[:2] in COMPOUND and len(name) <= 4:
        return name[:2], name[2:]
    if 2 <= len(name) <= 3 and name[0] in SINGLE:
        return name[0], name[1:]
    if len(name) == 4 and name[0] in COMMON and name[1] in COMMON:  # two family names: 张王丽娟
        return name[0], name[1:]
    return name, EMPTY


def _split_latin(words: list[str]) -> tuple[str, str]:
    last = len(words) - 1
    while last > 1 and words[last].casefold() in SUFFIXES:
        last -= 1
    while last > 1 and words[last - 1].casefold() in PARTICLES:
        last -= 1
    if words[0].casefold() in PINYIN and all(_SYLLABLES.fullmatch(word) for word in words[1:]):
        return " ".join(words), EMPTY  # Zhang San, or Wei Li: the order cannot be told
    return " ".join(words[last:]), " ".join(words[:last])


def join_name(family: str, given: str) -> str:
    """The name of two columns: 张 + 三 is 张三, Smith + John is John Smith."""
    if not family or not given:
        return family or given
    if is_han(family) and is_han(given):
        return family + given
    return f"{given} {family}"


_LONG_TITLES: Final = tuple(sorted(TITLES, key=len, reverse=True))
_TITLE_ENDS: Final = frozenset(title[-1] for title in TITLES)
_ENGLISH_TITLE = re.compile(
    r"(?:mr|mrs|ms|miss|dr|prof|sir|madam|boss|manager|director)\.? [^ ]+|[^ ]+ (?:zong|laoshi|jingli)", re.IGNORECASE
)
_BEFORE: Final = "小老阿大"


@lru_cache(maxsize=REMEMBERED)
def is_title_name(name: str) -> bool:
    """Whether it is a family name with a title, or a title alone: 王总, 小王, 李经理, Mr. Wang, 前台. Weak evidence."""
    bare = name.partition("(")[0].strip() or name
    if bare in TITLES or _ENGLISH_TITLE.fullmatch(bare):
        return True
    return is_han(bare) and _is_han_title(bare)


def _is_han_title(bare: str) -> bool:
    """is_title_name() of a text of Chinese characters alone."""
    if bare[0] in _BEFORE and (bare[1:] in SINGLE or bare[1:] in COMPOUND):
        return True
    if bare[-1] not in _TITLE_ENDS:
        return False
    if bare in TITLES:
        return True
    family = next((bare[: -len(title)] for title in _LONG_TITLES if bare.endswith(title)), EMPTY)
    return family in SINGLE or family in COMPOUND


def title_family(name: str) -> str:
    """The family name that a title's name tells (王 of 王总 and 小王); "" where it tells none."""
    bare = name.partition("(")[0].strip()
    if not is_title_name(name) or not is_han(bare):
        return EMPTY
    if bare[0] in _BEFORE and (bare[1:] in SINGLE or bare[1:] in COMPOUND):
        return bare[1:]
    return next((bare[: -len(title)] for title in _LONG_TITLES if bare.endswith(title)), EMPTY)
