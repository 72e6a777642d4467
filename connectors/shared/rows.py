"""Which row of a sheet does a change mean? (C27: by key, then by the whole row, never by position alone)

A row has a version: a digest of all its cells. Rows without a key are called by their place, `#7`: good until the next
write, and only together with their version.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from connectors.contract import Said, say

ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACE = re.compile(r"#[1-9][0-9]*")
_END = "\x1f"


def digest(cells: Sequence[str]) -> str:
    """The version of a row: 32 hex digits over all its cells; empty cells at its end count for nothing."""
    text = _END.join(cells)
    if text.count(_END) != len(cells) - 1 or "\x1e" in text:
        text = _END.join(cell.replace("\x1e", "\x1e\x1e").replace(_END, "\x1e_") for cell in cells)
    return blake2b(text.rstrip(_END).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def digests(rows: Sequence[Sequence[str]]) -> list[str]:
    """digest() of many rows."""
    whole = "\x1e".join(map(_END.join, rows))
    if whole.count("\x1e") != len(rows) - 1 or whole.count(_END) != sum(map(len, rows)) - len(rows):
        return list(map(digest, rows))
    end = _END.encode()
    lines = whole.encode("utf-8", "surrogatepass").split(b"\x1e")
    return [blake2b(line.rstrip(end), digest_size=16).hexdigest() for line in lines]


def place(line: int) -> str:
    """The key of a row that has none: the number of its line, counted from 1 as people do."""
    return f"#{line}"


def is_place(key: str) -> bool:
    return _PLACE.fullmatch(key) is not None


def new_id() -> str:
    """An id for a row that gets one: 15 characters of 0-9a-z, as a create's token."""
    return "".join(secrets.choice(ALPHABET) for _ in range(15))


GONE: Final = say("no row bears this key any more")
MOVED: Final = say("the row was changed or removed since it was read")
TWICE: Final = say("several rows bear this key, and not exactly one of them is as it was read")
EQUAL: Final = say("several rows are the same in every cell, so nobody can say which one is meant")


class RowIndex:
    """Finds rows in a sheet as it is now. `keys`: of all rows, "" where a row has none; `version`: of the n-th."""

    def __init__(self, keys: Sequence[str], version: Callable[[int], str]) -> None:
        self._version = version
        self._by_key: dict[str, list[int]] = {}
        for at, key in enumerate(keys):
            if key:
                self._by_key.setdefault(key, []).append(at)
        self._count = len(keys)
        self._by_version: dict[str, list[int]] | None = None

    def bearing(self, key: str) -> Sequence[int]:
        """All rows that bear this key."""
        return self._by_key.get(key, ())

    def is_at(self, at: int, version: str | None) -> bool:
        return self._version(at) == version

    def find(self, key: str, expect: str | None) -> int | Said:
        """The one row meant, or why there is none: that is a CONFLICT.

        A key that one row bears is enough (what must not have changed in it, the caller checks). Of several the one
        that is still as it was read; and so it is for a place, wherever that row stands now.
        """
        rows = self.bearing(key)
        if len(rows) == 1:
            return rows[0]
        if rows:
            same = [at for at in rows if self._version(at) == expect]
            return same[0] if len(same) == 1 else TWICE
        if not is_place(key):
            return GONE
        same = self._equal(expect) if expect else []
        if len(same) == 1:
            return same[0]
        return EQUAL if same else MOVED

    def _equal(self, version: str) -> list[int]:
        if self._by_version is None:
            self._by_version = {}
            for at in range(self._count):
                self._by_version.setdefault(self._version(at), []).append(at)
        return self._by_version.get(version, [])
