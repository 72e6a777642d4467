"""Which words does a heading consist of? Any script, any spelling of exports, down to a list of known words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Final

from mappings.headings import chinese, lexicon, pinyin

PATH: Final = "-"
"""What stands behind it says more exactly what stands before it (`Address 1 - City`), or qualifies it (`Phone - Work`)."""
OR: Final = "/"
"""What stands on both sides are names of one thing (`Zip/Postal Code`), or a heading of two lines (`联系人/姓名`)."""
NUMBER: Final = "#"


@dataclass(frozen=True, slots=True)
class Word:
    """A known word with its concepts; a separator or number ("/", "-", "#"); or an unknown word (no concepts)."""

    text: str
    concepts: lexicon.Concepts = ()
    bracket: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A heading's words. via: words, pinyin or initials; `plain` is the cleaned heading in small letters."""

    words: tuple[Word, ...]
    via: str
    plain: str


_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERED: Final = re.compile(r"^\s*(?:[Qq]?\d{1,2}\s?[.、:)）]|[(（]\d{1,2}[)）])\s*(?=\D)")
"""The number of a question in a form: `3.您的公司`."""
_EMAIL: Final = re.compile(r"\b(e)[- _]?(mail)", re.IGNORECASE)
_PIECES: Final = re.compile(r"[\u3400-\u9fff]+|[A-Za-z]+|\d+|[()\[\]【】{}]|\s-+\s|[/|\\、,，;；>+&]|[:：.]|#")
_MOST: Final = 120
"""Characters of a heading that are read; what is longer is no heading."""


@lru_cache(maxsize=4096)
def read(heading: str) -> Reading:
    """Cleaned, simplified, taken apart and looked up; never raises."""
    text = _clean(heading)
    pieces = _PIECES.findall(text)
    plain = " ".join(pieces).lower()
    words, via = _look_up(pieces), "words"
    if not _HAN.search(text) and any(not w.concepts for w in words):
        latin = [p.lower() for p in pieces if p.isascii() and p.isalpha()]
        digits = tuple(Word(p, (NUMBER,)) for p in pieces if p.isdigit())
        for name, spell in (("pinyin", _by_pinyin), ("initials", _by_initials)):
            found = spell("".join(latin))
            if found:
                return Reading((*found, *digits), name, "".join(w.text for w in found))
    return Reading(tuple(words), via, plain)


def _clean(heading: str) -> str:
    text = unicodedata.normalize("NFKC", heading[:_MOST])
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").replace("’", "'").replace("'s", "")
    text = text.replace("—", " - ").replace("–", " - ").replace("\n", "/").replace("_", " ").replace("*", " ")
    text = _EMAIL.sub(r"\1\2", _NUMBERED.sub("", text))
    if _HAN.search(text):
        text = _simplified()(text).replace("帐", "账")
    return _CAMEL.sub(" ", text).strip()


@cache
def _simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _look_up(pieces: Sequence[str]) -> list[Word]:
    words: list[Word] = []
    latin: list[str] = []
    depth = 0
    for at, piece in enumerate(pieces):
        if piece.isascii() and piece.isalpha():
            latin.append(piece.lower())
            continue
        words += _english(latin, bracket=depth > 0)
        latin = []
        if piece in "([【{":
            depth += 1
        elif piece in ")]】}":
            depth = max(0, depth - 1)
        else:
            words += _other(piece, last=at == len(pieces) - 1, bracket=depth > 0)
    return words + _english(latin, bracket=depth > 0)


def _other(piece: str, *, last: bool, bracket: bool) -> list[Word]:
    """A run of Han characters, a number, or a separator."""
    if _HAN.match(piece):
        return [Word(w.text, w.concepts, bracket) for w in _segment(piece)]
    if piece.isdigit():
        return [Word(piece, (NUMBER,), bracket)]
    if piece == "#":
        return [Word(piece, ("=code",), bracket)]
    if last:
        return []
    return [Word(piece, (PATH if piece.strip(" -:：.>") == "" else OR,), bracket)]


# ------------------------------------------------------------------------------ Chinese


@lru_cache(maxsize=4096)
def _segment(run: str) -> tuple[Word, ...]:
    """The fewest known words that cover the run; a single character is worth less, an unknown one least."""
    known, longest = lexicon.chinese_words(), lexicon.longest_chinese()

    def concepts(text: str) -> lexicon.Concepts | None:
        return known.get(text) if len(text) <= longest else None

    return _merge_unknown(_cheapest(run, longest, concepts))


def _cheapest(run: str, longest: int, find: Callable[[str], lexicon.Concepts | None]) -> list[Word]:
    best: list[tuple[float, int, Word | None]] = [(0.0, 0, None)]
    for end in range(1, len(run) + 1):
        choice = (best[end - 1][0] + 2.6, end - 1, Word(run[end - 1]))
        for start in range(max(0, end - longest), end):
            found = find(run[start:end])
            if found is not None:
                cost = best[start][0] + (1.0 if end - start > 1 else 1.4)
                if cost < choice[0]:
                    choice = (cost, start, Word(run[start:end], found))
        best.append(choice)
    words: list[Word] = []
    at = len(run)
    while at:
        _, before, word = best[at]
        assert word is not None
        words.append(word)
        at = before
    return words[::-1]


def _merge_unknown(words: Iterable[Word]) -> tuple[Word, ...]:
    merged: list[Word] = []
    for word in words:
        if not word.concepts and merged and not merged[-1].concepts:
            merged[-1] = Word(merged[-1].text + word.text)
        else:
            merged.append(word)
    return tuple(merged)


# ------------------------------------------------------------------------------ English


def _english(tokens: Sequence[str], *, bracket: bool) -> list[Word]:
    if not tokens:
        return []
    known = lexicon.english_words()
    parts = [p for token in tokens for p in _apart(token)]
    words: list[Word] = []
    at = 0
    while at < len(parts):
        for end in range(min(len(parts), at + lexicon.LONGEST_PHRASE), at, -1):
            phrase = " ".join(parts[at:end])
            found = known.get(phrase) or known.get(_singular(phrase))
            if found or end == at + 1:
                words.append(Word(phrase, found or (), bracket))
                at = end
                break
    return words


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if len(word) > 2 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def _apart(token: str) -> tuple[str, ...]:
    """`mobilephone` → mobile, phone; a word of the lexicon, or one that does not come apart, stays whole."""
    known, single = lexicon.english_words(), lexicon.single_words()
    if token in known or token in single or _singular(token) in known or len(token) < 5:
        return (token,)

    def concepts(text: str) -> lexicon.Concepts | None:
        if text in _GLUE or (len(text) > 2 and (text in single or _singular(text) in known)):
            return ("",)
        return None

    words = _cheapest(token, 14, concepts)
    if all(w.concepts for w in words) and len(words) <= 6 and any(len(w.text) > 2 for w in words):
        return tuple(w.text for w in words)
    return (token,)


_GLUE: Final = frozenset({"id", "no", "by", "of", "to", "nm", "cd", "dt", "at", "on", "po", "ip", "hs", "is", "co"})


# ------------------------------------------------------------------------------ pinyin


@cache
def _spelt() -> Mapping[str, Word]:
    """Pinyin → the first word of the lexicon that is read so."""
    readings = pinyin.readings()
    found: dict[str, Word] = {}
    for text, concepts in lexicon.entries(chinese.LINES):
        if all(c in readings for c in text):
            for syllables in product(*(readings[c] for c in text)):
                found.setdefault("".join(syllables), Word(text, concepts))
    return found


def _by_pinyin(letters: str) -> tuple[Word, ...]:
    if len(letters) < 4:
        return ()
    spelt = _spelt()
    words = _cheapest(letters, 30, lambda text: ("",) if text in spelt else None)
    return tuple(spelt[w.text] for w in words) if all(w.concepts for w in words) else ()


@cache
def _initials() -> Mapping[str, tuple[Word, ...]]:
    readings = pinyin.readings()
    found: dict[str, tuple[Word, ...]] = {}
    for text in chinese.INITIALS.split():
        found.setdefault("".join(readings[c][0][0] for c in text), _segment(text))
    return found


def _by_initials(letters: str) -> tuple[Word, ...]:
    if not 2 <= len(letters) <= 9:
        return ()
    initials = _initials()
    chunks = _cheapest(letters, 9, lambda text: ("",) if len(text) > 1 and text in initials else None)
    if not all(c.concepts for c in chunks) or len(chunks) > 3:
        return ()
    return tuple(word for chunk in chunks for word in initials[chunk.text])
