"""What text does a template make of a customer? (CONFIG §2 `template`)"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mappings.types.base import EMPTY, GLUE, Canonical

_HOLE = re.compile(r"\{([^{}]*)\}")
Show = Callable[[str, str], str]
"""(hole, canonical value) → how people read it."""


@dataclass(frozen=True, slots=True)
class Template:
    """Words and holes in turn: `"{works_at.short_name} {name}"`; words stand before, between and behind the holes."""

    words: tuple[str, ...]
    holes: tuple[str, ...]

    def fill(self, golden: Mapping[str, Canonical], show: Show) -> str:
        """An empty hole takes its neighbouring blank along; without a single filled hole there is nothing to say."""
        said = [_one(golden.get(hole), hole, show) for hole in self.holes]
        if not any(said):
            return EMPTY
        text = self.words[0]
        for value, behind in zip(said, self.words[1:]):
            if value:
                text += value + behind
            elif behind[:1].isspace():
                text += behind[1:]
            else:
                text = (text[:-1] if text[-1:].isspace() else text) + behind
        return text.strip()


def compile_template(text: str) -> Template:
    pieces = _HOLE.split(text)
    return Template(tuple(pieces[::2]), tuple(hole.strip() for hole in pieces[1::2]))


def _one(value: Canonical, hole: str, show: Show) -> str:
    """Of a set all elements; nothing for what is absent, damaged or empty."""
    slots = value if isinstance(value, tuple) else (value,)
    texts = [text for slot in slots if isinstance(slot, str) for text in slot.split(GLUE) if text]
    return ", ".join(show(hole, text) for text in texts)
