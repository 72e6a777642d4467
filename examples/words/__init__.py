"""Which words are made-up customers made of? All lists were written for this project."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def words(name: str) -> dict[str, Any]:
    """One of the lists beside this file: `people`, `companies` or `english`."""
    text = Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read
