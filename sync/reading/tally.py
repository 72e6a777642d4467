"""Where did every record that was read end up? (RULES R17)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from connectors.contract import OffbookError, Said, say

FATES: Final[tuple[tuple[str, Said], ...]] = (
    ("unchanged", say("unchanged")),
    ("new", say("new")),
    ("changed", say("changed")),
    ("ended", say("ended there")),
    ("filtered", say("filtered")),
    ("kept out", say("erased before")),
    ("repeats", say("shown twice")),
    ("quarantined", say("put apart")),
)
"""Each record that was read is counted under one of them; a record whose subject changed is a change."""
ALWAYS: Final = frozenset({"unchanged", "new", "changed", "quarantined"})


def check_sums(table: str, counts: Mapping[str, int]) -> None:
    """R17. Raises OffbookError if a record was read and is not accounted for: a run like that must not go on."""
    told = sum(counts.get(fate, 0) for fate, _ in FATES)
    read = counts.get("read", 0)
    if told != read:
        raise OffbookError(
            "{table}: {read} records were read, {told} are accounted for. This is a fault of Offbook; nothing was "
            "written to any source. Please report it, with the name of the connector",
            table=table,
            read=read,
            told=told,
        )


def joined(first: Mapping[str, int], then: Counter[str]) -> None:
    """Two pulls of one table in one run told as one: what the first met as new or changed, the second met as known."""
    met = first.get("new", 0) + first.get("changed", 0)
    again = min(met, then["unchanged"])
    for fate in ("new", "changed", "ended"):
        then[fate] += first.get(fate, 0)
    then["unchanged"] -= again
    then["read"] += first.get("ended", 0) + met - again


def columns(read: Mapping[str, Mapping[str, int]]) -> Sequence[tuple[str, Said]]:
    """What a table of these counts shows: what adds up to the records read, then those that a whole listing lacked."""
    told = [(fate, text) for fate, text in FATES if fate in ALWAYS or any(one.get(fate) for one in read.values())]
    return (("read", say("read")), *told, ("missing", say("missing")))


__all__ = ["FATES", "check_sums", "columns", "joined"]
