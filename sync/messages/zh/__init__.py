"""The Chinese texts: English template → Chinese template, with the same holes. One file for each part of the product."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final


def _gathered() -> dict[str, str]:
    words: dict[str, str] = {}
    for module in sorted(found.name for found in iter_modules(__path__)):
        words.update(import_module(f"{__name__}.{module}").WORDS)
    return words


WORDS: Final[Mapping[str, str]] = _gathered()

__all__ = ["WORDS"]
