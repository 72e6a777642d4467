"""Which change of a batch does each result and each error of HubSpot's answer belong to, and which property is at fault?

Results come in any order, and recorded errors leave out most of what the specification promises. What cannot be told
apart is sent again in halves, until it stands alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from connectors.contract import Change
from connectors.shared.web.answers import Answer

_LISTED: Final = re.compile(r"\[\{.*\}\]", re.DOTALL)
_EXISTS: Final = re.compile(r"Existing ID: ?(\d+)")


@dataclass(frozen=True, slots=True)
class Sending:
    """A change, and its input. HubSpot's `objectWriteTraceId` of it is the change's own id."""

    change: Change
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sorted:
    """results, errors: by id of the change. open: those of which nothing is said. told: errors that name nobody."""

    results: Mapping[str, Mapping[str, Any]]
    errors: Mapping[str, Mapping[str, Any]]
    open: tuple[Sending, ...]
    told: int


def sort_out(batch: Sequence[Sending], answer: Answer, token: str) -> Sorted:
    """token: the property by which a create is told where its result bears no trace; "" where there is none."""
    names = _names(batch, token)
    results: dict[str, Mapping[str, Any]] = {}
    for one in _listed(answer, "results"):
        told = [
            one.get("objectWriteTraceId"),
            (one.get("properties") or {}).get(token) if token else None,
            one.get("id"),
        ]
        mine = next((names[str(name)] for name in told if name is not None and str(name) in names), None)
        if mine is not None:
            results[mine] = one
    errors: dict[str, Mapping[str, Any]] = {}
    nameless = 0
    for one in _listed(answer, "errors"):
        mine_all = [names[name] for name in _named(one) if name in names]
        nameless += not mine_all
        errors.update(dict.fromkeys(mine_all, one))
    errors = {key: one for key, one in errors.items() if key not in results}
    left = tuple(one for one in batch if one.change.id not in results and one.change.id not in errors)
    return Sorted(results, errors, left, nameless)


def _names(batch: Sequence[Sending], token: str) -> dict[str, str]:
    """What a change may be called in an answer → its id."""
    names: dict[str, str] = {}
    for one in batch:
        change = one.change
        for name in (change.token if token else None, change.key, one.input.get("id"), change.id):
            if name:
                names[str(name)] = change.id
    return names


def _named(error: Mapping[str, Any]) -> list[str]:
    context = error.get("context")
    found = [str(error["objectWriteTraceId"])] if error.get("objectWriteTraceId") else []
    for name in ("objectWriteTraceId", "ids", "id"):
        listed = context.get(name) if isinstance(context, Mapping) else None
        found += [str(one) for one in (listed if isinstance(listed, list) else [listed] if listed else [])]
    return found


def _listed(answer: Answer, name: str) -> list[Mapping[str, Any]]:
    found = answer.at(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def faulty(error: Mapping[str, Any], change: Change) -> list[str]:
    """Properties of the change that an error names: in a list of its own, or in JSON within its sentence."""
    message = str(error.get("message") or "")
    named: set[str] = set()
    for one in error.get("errors") or ():
        context = one.get("context") if isinstance(one, Mapping) else None
        named |= {str(one.get("in") or ""), str(one.get("name") or "")} if isinstance(one, Mapping) else set()
        listed = context.get("propertyName") if isinstance(context, Mapping) else None
        named |= set(map(str, listed)) if isinstance(listed, list) else set()
    found = _LISTED.search(message)
    with suppress(ValueError, AttributeError):  # the sentence may repeat what was sent, quotes and all
        named |= {str(one.get("name")) for one in json.loads(found[0])} if found else set()
    named |= set(re.findall(r'(?:\\?"name\\?":\\?"|propertyName=)(\w+)', message))
    if _EXISTS.search(message):
        named.add("email")
    return [name for name in change.after if name in named]
