"""Why has an entity no live link in a destination? (RULES table 4, first match)"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Absent(StrEnum):
    GONE_MARK = "gone mark"
    DOUBT = "doubt"
    MISSING = "missing"
    FILTERED = "filtered"
    NOT_WANTED = "not wanted"
    SIBLING = "in a sibling"
    INCOMPLETE = "incomplete"
    POLICY = "policy"
    ASKED = "asked"
    PARENT = "parent"
    NOT_CURRENT = "picture not current"
    ORPHAN = "orphan"
    CREATE = "create"


def absent(reasons: Iterable[Absent]) -> Absent:
    """The first of the table's order that is given; CREATE where none is."""
    given = set(reasons)
    return next((reason for reason in Absent if reason in given), Absent.CREATE)
