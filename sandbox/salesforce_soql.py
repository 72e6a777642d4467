"""Which records does a SOQL query mean? A subset of the language, for the pretended Salesforce.

SELECT fields or COUNT() FROM one object, WHERE with comparisons, IN, LIKE, AND, OR, NOT and brackets, ORDER BY, LIMIT and
OFFSET. What it does not know is an error with Salesforce's words, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^'\\]|\\.)*')|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|<>|[=<>(),])",
    re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_SENSITIVE: Final = frozenset({"id", "reference"})


class Malformed(Exception):
    """`code` as Salesforce names it: MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE …"""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Query:
    """counts: COUNT() instead of fields. order: (field, descending)."""

    fields: tuple[str, ...]
    table: str
    test: Test
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    offset: int = 0
    counts: bool = False

    def found(self, rows: Sequence[Row]) -> list[Row]:
        some = [row for row in rows if self.test(row)]
        for name, descending in reversed(self.order):
            some.sort(key=lambda row: _sortable(row.get(name)), reverse=descending)
        end = None if self.limit is None else self.offset + self.limit
        return some[self.offset : end]


def _sortable(value: Any) -> tuple[bool, Any]:
    """Nulls first; the same in all rows."""
    return (value is not None, value if value is not None else "")


def parsed(soql: str, types: Callable[[str], Mapping[str, str]]) -> Query:
    """types: of an object, field → type of those that these credentials see; raises Malformed itself for an object."""
    return _Parser(soql, types).query()


class _Parser:
    def __init__(self, soql: str, types: Callable[[str], Mapping[str, str]]) -> None:
        self._words = list(_tokens(soql))
        self._at, self._types, self._of = 0, types, dict[str, str]()

    # -------------------------------------------------------------------------- tokens

    def _peek(self) -> str:
        return self._words[self._at][1].upper() if self._at < len(self._words) else ""

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._words):
            raise Malformed("MALFORMED_QUERY", "unexpected end of query")
        self._at += 1
        return self._words[self._at - 1]

    def _has(self, *words: str) -> bool:
        if [w[1].upper() for w in self._words[self._at : self._at + len(words)]] == list(words):
            self._at += len(words)
            return True
        return False

    def _demand(self, word: str) -> None:
        if not self._has(word):
            raise Malformed("MALFORMED_QUERY", f"unexpected token: '{self._peek()}'")

    # -------------------------------------------------------------------------- clauses

    def query(self) -> Query:
        self._demand("SELECT")
        counts = self._has("COUNT", "(", ")")
        fields = () if counts else tuple(self._names())
        self._demand("FROM")
        table = self._take()[1]
        self._of = dict(self._types(table))
        for name in fields:
            self._type(name, table)
        test = self._either(table) if self._has("WHERE") else lambda _: True
        order = self._order(table) if self._has("ORDER", "BY") else ()
        limit = int(self._take()[1]) if self._has("LIMIT") else None
        offset = int(self._take()[1]) if self._has("OFFSET") else 0
        if self._at < len(self._words):
            raise Malformed("MALFORMED_QUERY", f"unexpected token: '{self._peek()}'")
        return Query(fields, table, test, order, limit, offset, counts)

    def _names(self) -> list[str]:
        names = [self._take()[1]]
        while self._has(","):
            names.append(self._take()[1])
        return names

    def _type(self, name: str, table: str) -> str:
        if name not in self._of:
            raise Malformed("INVALID_FIELD", f"No such column '{name}' on entity '{table}'.")
        return self._of[name]

    def _order(self, table: str) -> tuple[tuple[str, bool], ...]:
        found = []
        while True:
            name = self._take()[1]
            self._type(name, table)
            found.append((name, self._has("DESC")))
            self._has("ASC")
            if not self._has(","):
                return tuple(found)

    # -------------------------------------------------------------------------- conditions

    def _either(self, table: str) -> Test:
        tests = [self._both(table)]
        while self._has("OR"):
            tests.append(self._both(table))
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self, table: str) -> Test:
        tests = [self._one(table)]
        while self._has("AND"):
            tests.append(self._one(table))
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self, table: str) -> Test:
        if self._has("NOT"):
            inner = self._one(table)
            return lambda row: not inner(row)
        if self._has("("):
            inner = self._either(table)
            self._demand(")")
            return inner
        name = self._take()[1]
        type_ = self._type(name, table)
        if type_ == "textarea long":
            raise Malformed("INVALID_FIELD", f"field '{name}' can not be filtered in a query call")
        negated = self._has("NOT")
        if self._has("IN"):
            self._demand("(")
            wanted = {_same(type_, self._value(type_))}
            while self._has(","):
                wanted.add(_same(type_, self._value(type_)))
            self._demand(")")
            return lambda row: (_same(type_, _read(type_, row.get(name))) in wanted) != negated
        return self._compared(name, type_, self._take()[1].upper())

    def _compared(self, name: str, type_: str, sign: str) -> Test:
        value = _same(type_, self._value(type_))
        if sign == "LIKE":
            pattern = re.compile(re.escape(str(value)).replace("%", ".*").replace("_", "."), re.DOTALL | re.IGNORECASE)
            return lambda row: pattern.fullmatch(str(row.get(name) or "")) is not None

        def shown(row: Row) -> Any:
            return _same(type_, _read(type_, row.get(name)))

        if sign == "=":
            return lambda row: shown(row) == value
        if sign in ("!=", "<>"):
            return lambda row: shown(row) != value
        tests: dict[str, Test] = {
            "<": lambda row: (found := shown(row)) is not None and found < value,
            ">": lambda row: (found := shown(row)) is not None and found > value,
            "<=": lambda row: (found := shown(row)) is not None and found <= value,
            ">=": lambda row: (found := shown(row)) is not None and found >= value,
        }
        if sign not in tests:
            raise Malformed("MALFORMED_QUERY", f"unexpected token: '{sign}'")
        return tests[sign]

    def _value(self, type_: str) -> Any:
        kind, word = self._take()
        if kind == "text":
            if type_ in ("boolean", "date", "datetime", "double", "currency", "percent", "int"):
                raise Malformed("INVALID_FIELD", "value of filter criterion must not be enclosed in quotes")
            return re.sub(r"\\(.)", lambda m: _escape(m[1]), word[1:-1], flags=re.DOTALL)
        if kind == "number":
            return Decimal(word)
        if kind == "moment" and type_ == "datetime":
            return datetime.fromisoformat(word)
        if kind == "day" and type_ == "date":
            return date.fromisoformat(word)
        if kind == "word" and word.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word.lower()]
        raise Malformed("INVALID_FIELD", f"unexpected token: '{word}'")


def _tokens(soql: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(soql):
        found = _TOKEN.match(soql, at)
        if found is None:
            raise Malformed("MALFORMED_QUERY", f"unexpected character at {at}")
        at = found.end()
        if found.lastgroup is not None:
            yield found.lastgroup, found[0]


def _escape(letter: str) -> str:
    if letter not in _ESCAPES:
        raise Malformed("MALFORMED_QUERY", f"illegal escape: \\{letter}")
    return _ESCAPES[letter]


def _read(type_: str, value: Any) -> Any:
    if value is None:
        return None
    if type_ == "datetime":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if type_ == "date" else value


def _same(type_: str, value: Any) -> Any:
    """Texts are compared without regard to case, ids with."""
    if isinstance(value, str):
        return value if type_ in _SENSITIVE else value.casefold()
    return value
