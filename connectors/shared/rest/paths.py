"""What stands on a path of an answer, and does a condition of a specification hold there?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from connectors.shared.web.answers import NOT_JSON, Answer

MISSING: Final = object()
"""Nothing stands there; None is JSON's null."""
Condition: TypeAlias = Mapping[str, Any]
"""Path → what must stand there; all must hold."""
_STATUS: Final = re.compile(r"[1-5]xx")
_EMPTY: Final = (None, "", False)


def pick(source: Any, path: str) -> Any:
    """What stands at `path` of an Answer or of a piece of JSON, or MISSING. Through a list: of each."""
    if isinstance(source, Answer):
        if path == "status":
            return source.status
        if path.startswith("header:"):
            return source.headers.get(path[7:].lower(), MISSING)
        source = source.json
        if source is NOT_JSON:
            return MISSING
    return _walk(source, steps(path))


def known(source: Any, path: str | None) -> Any:
    """`pick`, with None for nothing."""
    found = MISSING if path is None else pick(source, path)
    return None if found is MISSING else found


def first_of(source: Any, paths: Iterable[str]) -> Any:
    """The first that is not empty; None if all are."""
    return next((found for path in paths if (found := known(source, path)) not in _EMPTY), None)


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """`$` is the whole."""
    return () if path in ("$", "") else tuple(path.removeprefix("$.").split("."))


def nested(path: str | None, value: Any) -> Any:
    """`value` where `path` says: {"a": {"b": value}}."""
    for step in reversed(steps(path or "$")):
        value = {step: value}
    return value


def _walk(found: Any, way: Sequence[str]) -> Any:
    for n, step in enumerate(way):
        if isinstance(found, Mapping):
            joined = ".".join(way[n:])
            if step not in found and joined in found:
                return found[joined]  # a key that has a point of its own
            found = found.get(step, MISSING)
        elif isinstance(found, list):
            if step.isdigit():
                found = found[int(step)] if int(step) < len(found) else MISSING
            else:
                each = [_walk(one, way[n:]) for one in found]
                return [one for one in each if one is not MISSING]
        else:
            return MISSING
        if found is MISSING:
            return MISSING
    return found


# ------------------------------------------------------------------------------ conditions


def holds(condition: Condition, source: Any) -> bool:
    return all(_fits(pick(source, path), wanted) for path, wanted in condition.items())


def any_holds(conditions: Iterable[Condition], source: Any) -> bool:
    return any(holds(one, source) for one in conditions)


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, list | tuple):
        return any(_fits(found, one) for one in wanted)
    if isinstance(wanted, str):
        if wanted in _WORDS:
            return _WORDS[wanted](found)
        if wanted.startswith("~"):
            return found is not MISSING and wanted[1:].casefold() in str(found).casefold()
        if isinstance(found, int) and _STATUS.fullmatch(wanted):
            return str(found)[0] == wanted[0] and 100 <= found <= 599
    return same(found, wanted)


def same(found: Any, wanted: Any) -> bool:
    """Equal, where false is not 0 and true is not 1; a header's number is text."""
    if found is MISSING or isinstance(found, bool) is not isinstance(wanted, bool):
        return False
    if isinstance(found, str) and isinstance(wanted, int) and not isinstance(wanted, bool):
        return found == str(wanted)
    return bool(found == wanted)


_WORDS: Final = {
    "missing": lambda found: found is MISSING,
    "present": lambda found: found is not MISSING and found is not None,
    "empty": lambda found: found is MISSING or found in (None, "", [], {}),
}
