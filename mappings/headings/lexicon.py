"""What does one word of a heading stand for? The word lists, indexed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from mappings.headings import chinese, english

Concepts = tuple[str, ...]
LONGEST_PHRASE: Final = 6
"""English words in the longest phrase that is looked up."""


def entries(blocks: tuple[str, ...]) -> Iterator[tuple[str, Concepts]]:
    """(word, concepts) of some blocks of lines, in their order; words of a Chinese block stand apart by blanks."""
    for block in blocks:
        for line in block.strip().replace("\n    ", " ").splitlines():
            head, _, words = line.partition(":")
            chunks = words.split(",") if "," in words or words.isascii() else words.split()
            for word in chunks:
                if word.strip():
                    yield word.strip().lower(), tuple(head.split())


@cache
def english_words() -> Mapping[str, Concepts]:
    """Word or phrase (single blanks) → concepts."""
    return dict(entries(english.LINES))


@cache
def chinese_words() -> Mapping[str, Concepts]:
    return dict(entries(chinese.LINES))


@cache
def single_words() -> frozenset[str]:
    """Every English word of the lexicon, those inside phrases too: what a run-together spelling may consist of."""
    return frozenset(part for phrase in english_words() for part in phrase.split() if part.isalpha())


@cache
def longest_chinese() -> int:
    return max(map(len, chinese_words()))
