"""What is met directly before a write, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "the record changed since it was read": "读取之后，这条记录又变了",
    "a record with the same identifier is there already": "那里已经有一条相同编号的记录",
}
