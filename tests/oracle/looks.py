"""How do two values of a field compare? An account of our own, written from RULES R4f, R4j and R6, slow and obvious.

Every value is looked at as a dictionary of what it shows: a scalar shows one thing, a group one thing for each member
that its source has. What a source does not show, nobody can compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.contract import Damaged

UNSHOWN = "\0"
"""Of two cells that do not show the same members: unlike all that anybody shows."""


def readable(value: Any) -> bool:
    return value is not None and not isinstance(value, Damaged)


@dataclass(frozen=True)
class Look:
    """members 0: a scalar. leading: the member that decides whether a group is empty, -1: all do.

    dates: members are partial dates (`--05-12`). inside: member → members it contains (city → street).
    """

    members: int = 0
    leading: int = -1
    dates: bool = False
    inside: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def pieces(self, value: Any) -> dict[int, str]:
        if self.members == 0:
            return {0: value} if isinstance(value, str) else {}
        if not isinstance(value, tuple):
            return dict.fromkeys(range(self.members), "")  # a group that never had a value
        return {i: text for i, text in enumerate(value) if text is not None}

    def whole(self, pieces: dict[int, str]) -> Any:
        if self.members == 0:
            return pieces[0]
        return tuple(pieces.get(i) for i in range(self.members))

    def through(self, golden: Any, shown: Any) -> Any:
        """Golden as a cell that shows this could show it."""
        if self.members == 0 or not isinstance(shown, tuple):
            return golden
        all_of_it = self.pieces(golden)
        return self.whole({i: all_of_it[i] for i in self.pieces(shown)})

    def taken(self, golden: Any, shown: Any) -> Any:
        """Golden once this cell has won: what it does not show stays."""
        return shown if self.members == 0 else self.whole({**self.pieces(golden), **self.pieces(shown)})

    def equal(self, golden: Any, shown: Any) -> bool:
        if not readable(shown):
            return False
        return bool(self.through(golden, shown) == shown)

    def blank(self, shown: Any) -> bool:
        pieces = self.pieces(shown)
        if self.leading in pieces and self.members:
            return pieces[self.leading] == ""
        return all(text == "" for text in pieces.values())

    def compared(self, golden: Any, shown: Any) -> list[tuple[str, str]]:
        known = self.pieces(golden)
        return [(known.get(i, UNSHOWN), text) for i, text in self.pieces(shown).items()]

    def form_of(self, golden: Any, shown: Any, lengths: tuple[int, ...] = ()) -> bool:
        """Shown is golden but for taste: case, a cut at one of these lengths, a date of which it says less or more."""
        if not readable(shown) or not readable(golden):
            return bool(golden == shown)
        if self.blank(shown):
            return self.equal(golden, shown)
        return all(self._form(g, s, lengths) for g, s in self.compared(golden, shown))

    def _form(self, golden: str, shown: str, lengths: tuple[int, ...]) -> bool:
        if shown == "" or golden == "":
            return golden == shown
        if golden.lower() == shown.lower():
            return True
        if self.dates and compatible(golden, shown):
            return True
        return len(shown) in lengths and self._cut(golden, shown)

    def _cut(self, golden: str, shown: str) -> bool:
        return not self.dates and shown != "" and golden.lower()[: len(shown)] == shown.lower()

    def cut_of(self, golden: Any, shown: Any) -> bool:
        """Golden cut at any length, in all it shows."""
        if not readable(shown) or not readable(golden):
            return False
        pairs = self.compared(golden, shown)
        return bool(pairs) and all(self._cut(g, s) or self._form(g, s, ()) for g, s in pairs)

    def says(self, golden: Any, shown: Any) -> str:
        """Of a form: `more`, `less`, or "" where only the taste differs."""
        if not self.dates or not self.form_of(golden, shown):
            return ""
        pairs = [(known(g), known(s)) for g, s in self.compared(golden, shown)]
        if any(s - g for g, s in pairs):
            return "more"
        return "less" if any(g - s for g, s in pairs) else ""

    def contradicts(self, golden: Any, shown: Any) -> bool:
        """A member that contains others changed, and its source does not show them (R4f)."""
        if self.members == 0 or not isinstance(golden, tuple):
            return False
        here, before = self.pieces(shown), self.pieces(golden)
        for outer, inner in self.inside:
            if outer in here and here[outer] != before[outer]:
                for one in inner:
                    if one not in here and before[one] and before[one] not in here[outer]:
                        return True
        return False

    def weight(self, value: Any) -> int:
        """How complete: letters of a text, filled members of a group."""
        return len(value) if self.members == 0 else sum(text != "" for text in self.pieces(value).values())

    def strictness(self, value: Any, strictest: str | None) -> int:
        """R6c: refused 2, unknown or empty 1, given 0; of a group its leading member."""
        said = value if self.members == 0 else self.pieces(value).get(max(self.leading, 0))
        return 2 if said == strictest else 1 if said in ("", None) else 0


def known(date: str) -> set[str]:
    """Which of year, month and day a partial date tells."""
    return {name for name, text in zip(("year", "month", "day"), split(date)) if text}


def split(date: str) -> tuple[str, str, str]:
    if date == "":
        return "", "", ""
    year, rest = ("", date[2:]) if date.startswith("--") else (date[:4], date[5:])
    return year, rest[:2], rest[3:]


def compatible(one: str, two: str) -> bool:
    """What both tell is the same, and there is something that both tell."""
    pairs = [(a, b) for a, b in zip(split(one), split(two)) if a and b]
    return bool(pairs) and all(a == b for a, b in pairs)
