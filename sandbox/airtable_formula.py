"""What does a formula of Airtable come to for one record? The part of its language that filters need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

_PARTS = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<field>\{(?:[^}\\]|\\.)*\})|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_]+)|(?P<sign>!=|<=|>=|[=<>(),&+-]))",
    re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class BadFormula(Exception):
    """It cannot be read; Airtable answers INVALID_FILTER_BY_FORMULA."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a formula sees of a record. cells: by field id and by name. modified: None where it was never edited."""

    id: str
    created: datetime
    modified: datetime | None
    cells: Mapping[str, Any]


Term = Callable[[Row], Any]


def parsed(text: str) -> Term:
    """Raises BadFormula."""
    reader = _Reader(_split(text))
    term = reader.compared()
    if reader.peek() is not None:
        raise BadFormula(text)
    return term


def holds(value: Any) -> bool:
    """Whether a record passes a filter that came to this."""
    return bool(value) and not isinstance(value, _Error)


class _Error:
    """#ERROR!, which makes all that it touches an error."""


_ERROR: Final = _Error()


def _split(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _PARTS.match(text, at)
        if match is None:
            raise BadFormula(text)
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, parts: Sequence[tuple[str, str]]) -> None:
        self._parts, self._at = parts, 0

    def peek(self) -> tuple[str, str] | None:
        return self._parts[self._at] if self._at < len(self._parts) else None

    def next(self) -> tuple[str, str]:
        part = self.peek()
        if part is None:
            raise BadFormula("it ends too early")
        self._at += 1
        return part

    def takes(self, sign: str) -> bool:
        if self.peek() == ("sign", sign):
            self._at += 1
            return True
        return False

    def compared(self) -> Term:
        left = self.single()
        part = self.peek()
        if part is None or part[0] != "sign" or part[1] not in _COMPARES:
            return left
        self.next()
        compare, right = _COMPARES[part[1]], self.single()
        return lambda row: _compare(compare, left(row), right(row))

    def single(self) -> Term:
        what, text = self.next()
        if what == "text":
            value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)
            return lambda _: value
        if what == "number":
            return lambda _: Decimal(text)
        if what == "field":
            name = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda row: _cell(row, name)
        if what == "name":
            return self._called(text.upper())
        if text == "(":
            inside = self.compared()
            if not self.takes(")"):
                raise BadFormula("a bracket stays open")
            return inside
        raise BadFormula(text)

    def _called(self, name: str) -> Term:
        if not self.takes("("):
            raise BadFormula(name)
        terms: list[Term] = []
        while not self.takes(")"):
            if terms and not self.takes(","):
                raise BadFormula(name)
            terms.append(self.compared())
        function = _FUNCTIONS.get(name)
        if function is None:
            raise BadFormula(name)
        return lambda row: function(row, [term(row) for term in terms])


def _cell(row: Row, name: str) -> Any:
    if name not in row.cells:
        raise BadFormula(name)
    value = row.cells[name]
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _compare(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> Any:
    if isinstance(left, _Error) or isinstance(right, _Error):
        return _ERROR
    left, right = ("" if one is None else one for one in (left, right))
    if isinstance(left, str) != isinstance(right, str):
        left, right = str(left), str(right)
    return compare(left, right)


_COMPARES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def moment(value: Any) -> datetime | None:
    """A time as formulas take it; None where it is none."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _after(_: Row, args: Sequence[Any]) -> Any:
    left, right = moment(args[0]), moment(args[1])
    return _ERROR if left is None or right is None else left > right


def _any(_: Row, args: Sequence[Any]) -> Any:
    return _ERROR if any(isinstance(one, _Error) for one in args) else any(map(bool, args))


def _all(_: Row, args: Sequence[Any]) -> Any:
    return _ERROR if any(isinstance(one, _Error) for one in args) else all(map(bool, args))


_FUNCTIONS: Final[Mapping[str, Callable[[Row, Sequence[Any]], Any]]] = {
    "OR": _any,
    "AND": _all,
    "NOT": lambda _, args: not args[0],
    "IF": lambda _, args: args[1] if args[0] else args[2] if len(args) > 2 else None,
    "EXACT": lambda _, args: str(args[0] or "") == str(args[1] or ""),
    "TRUE": lambda _, __: True,
    "FALSE": lambda _, __: False,
    "BLANK": lambda _, __: None,
    "RECORD_ID": lambda row, _: row.id,
    "CREATED_TIME": lambda row, _: row.created,
    "LAST_MODIFIED_TIME": lambda row, _: row.modified,
    "DATETIME_PARSE": lambda _, args: moment(args[0]) or _ERROR,
    "IS_AFTER": _after,
}
