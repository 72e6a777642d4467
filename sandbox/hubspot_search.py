"""Which records does the search of the pretended HubSpot find, and which questions does it refuse?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sandbox.hubspot_objects import Objects, Row, Wrong

WINDOW: Final = 10_000
"""Records that one question reaches, page by page."""
_MOST: Final = 200
_BODY: Final = 3_000
Values = Mapping[str, str | None]


def searched(objects: Objects, body: Mapping[str, Any], size: int, moment: datetime) -> tuple[list[Row], int, int]:
    """The page, how many there are in all, and where the next begins (0: nowhere). size: of the body, in characters.
    moment: until when changes are in the index. Raises Wrong."""
    groups = body.get("filterGroups") or []
    filters = [one for group in groups for one in group.get("filters") or []]
    if size > _BODY or len(groups) > 5 or len(filters) > 18 or any(len(one.get("filters") or []) > 6 for one in groups):
        raise Wrong("There was a problem with the request.")
    limit, start = int(body.get("limit") or 10), int(body.get("after") or 0)
    if limit > _MOST or start + limit > WINDOW:
        raise Wrong(f"The search reaches {WINDOW} results, {_MOST} a page.")
    known = objects.known()
    for one in filters:
        if one.get("propertyName") not in known:
            raise Wrong(f"There was a problem with the request: {one.get('propertyName')} is no property")
    found = []
    for row in objects.rows.values():
        values = row.at(moment)
        if values is not None and (not groups or any(_passes(known, values, group) for group in groups)):
            found.append(row)
    found.sort(key=_order(body.get("sorts") or []))
    following = start + limit if start + limit < len(found) else 0
    return found[start : start + limit], len(found), following


def _order(sorts: list[Any]) -> Callable[[Row], Any]:
    if len(sorts) > 1:
        raise Wrong("Only one sort is allowed.")
    name = str(sorts[0].get("propertyName") if isinstance(sorts[0], dict) else sorts[0]) if sorts else "hs_object_id"
    if name == "hs_object_id":
        return lambda row: int(row.id)
    return lambda row: (row.values.get(name) or "", int(row.id))


def _passes(known: Mapping[str, Any], values: Values, group: Mapping[str, Any]) -> bool:
    return all(_fits(known[one["propertyName"]], values, one) for one in group.get("filters") or [])


def _fits(described: Mapping[str, Any], values: Values, one: Mapping[str, Any]) -> bool:
    shown, operator = values.get(described["name"]) or "", one.get("operator")
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool(shown) is (operator == "HAS_PROPERTY")
    if not shown:
        return False
    if operator == "IN":  # values that are not in lower case find nothing
        return shown.casefold() in set(one.get("values") or [])
    mine, theirs = _rank(described, shown), _rank(described, str(one.get("value") or ""))
    if mine is None or theirs is None:
        raise Wrong("There was a problem with the request: a value does not fit its property")
    compare: dict[str, Callable[[], bool]] = {
        "EQ": lambda: bool(mine == theirs),
        "NEQ": lambda: bool(mine != theirs),
        "GT": lambda: bool(mine > theirs),
        "GTE": lambda: bool(mine >= theirs),
        "LT": lambda: bool(mine < theirs),
        "LTE": lambda: bool(mine <= theirs),
    }
    if operator not in compare:
        raise Wrong(f"There was a problem with the request: operator {operator}")
    return compare[operator]()


def _rank(described: Mapping[str, Any], text: str) -> Any:
    """Times are asked for in milliseconds since 1970."""
    try:
        if described["type"] == "number":
            return Decimal(text)
        if described["type"] in ("date", "datetime"):
            if text.isdigit():
                return int(text)
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return round(moment.timestamp() * 1000)
    except (ValueError, InvalidOperation):
        return None
    return text.casefold()
