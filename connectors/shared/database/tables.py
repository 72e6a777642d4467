"""Which tables does a database have, and what are their columns, keys and rights like for these credentials?"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import types as t
from sqlalchemy.engine import Connection
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import SAWarning

from connectors.contract import SourceRefused, TableFacts, Value
from connectors.shared.database.shape import Column, Shape

_BY_TYPE: Final[tuple[tuple[type[t.TypeEngine[Any]], str], ...]] = (
    (t.Uuid, "uuid"),
    (t.Boolean, "boolean"),
    (t.DateTime, "datetime"),
    (t.Date, "date"),
    (t.Float, "float"),
    (t.Numeric, "decimal"),
    (t.Integer, "integer"),
    (t.LargeBinary, "bytes"),
    (t.JSON, "json"),
)
_BY_OID: Final[Mapping[int, str]] = {
    **dict.fromkeys((20, 21, 23), "integer"),
    **dict.fromkeys((700, 701), "float"),
    **dict.fromkeys((1114, 1184), "datetime"),
    **dict.fromkeys((114, 3802), "json"),
    16: "boolean",
    17: "bytes",
    1042: "char",
    1082: "date",
    1700: "decimal",
    2950: "uuid",
}
"""Type numbers of PostgreSQL, for the columns of named queries."""
_OID_WITH_ZONE: Final = 1184
_COLUMN_RIGHTS: Final = {"INSERT": "may_insert", "UPDATE": "may_update"}
_DEFAULT = re.compile(r"\(*'?(-?\d+(?:\.\d+)?|true|false)'?\)*(?:::[\w ]+)?", re.IGNORECASE)
_ONE_OF = re.compile(
    r"\(*[\"`\[]?(?P<column>\w+)[\"`\]]?\)*(?:::[\w ]+)?\s*"
    r"(?:IN\s*\((?P<list>.*?)\)|=\s*ANY\s*\(+\s*ARRAY\s*\[(?P<array>.*?)\][^']*)\)*",
    re.IGNORECASE | re.DOTALL,
)
_LITERAL = re.compile(r"\s*\(?(?:_\w+)?\\?'((?:[^']|'')*)'\)?(?:::[\w ]+)?\s*(?:,|$)")
_SYSTEM: Final = re.compile(r"sqlite_|pg_")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Describes the tables of one source. queries: name → SELECT, read as tables. loose: SQLite."""

    system: str
    loose: bool
    schema: str | None
    queries: Mapping[str, str]
    facts: Mapping[str, TableFacts]

    def names(self, connection: Connection) -> dict[str, str]:
        """Id → name of everything that can be read: tables, views, named queries."""
        inspector = sa.inspect(connection)
        found = [*inspector.get_table_names(self.schema), *inspector.get_view_names(self.schema)]
        return {name: name for name in [*sorted(n for n in found if not _SYSTEM.match(n)), *self.queries]}

    def shape(self, connection: Connection, table: str) -> Shape:
        """What a table is like now. Raises SourceRefused where there is none of this name."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know is read as it comes
            if table in self.queries:
                return self._keyed(self._of_query(connection, table), ())
            return self._of_table(connection, table)

    # -------------------------------------------------------------------------- a table or view

    def _of_table(self, connection: Connection, table: str) -> Shape:
        inspector = sa.inspect(connection)
        name, schema, what = self._found(inspector, table)
        primary = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"]) if what == "table" else ()
        uniques = _uniques(inspector, name, schema, primary) if what == "table" else {}
        checks = _checks(inspector, name, schema) if what == "table" else {}
        columns = [self._column(raw, primary, uniques) for raw in inspector.get_columns(name, schema)]
        columns = [_with_options(column, checks.values()) for column in columns]
        if what == "table":
            columns = [self._with_reference(inspector, column, name, schema) for column in columns]
        about = {check: tuple(c.name for c in columns if _mentions(text, c.name)) for check, text in checks.items()}
        ops = frozenset({"INSERT", "UPDATE", "DELETE"}) if what == "table" else frozenset()
        shape = Shape(table, name, schema, what, tuple(columns), uniques=uniques, checks=about, may=ops)
        return self._keyed(self._with_rights(connection, shape), primary)

    def _found(self, inspector: Inspector, table: str) -> tuple[str, str | None, str]:
        tables = set(inspector.get_table_names(self.schema))
        views = set(inspector.get_view_names(self.schema))
        if table in tables or table in views:
            return table, self.schema, "table" if table in tables else "view"
        schema, dot, name = table.partition(".")
        if dot and schema in inspector.get_schema_names():
            for what, names in (
                ("table", inspector.get_table_names(schema)),
                ("view", inspector.get_view_names(schema)),
            ):
                if name in names:
                    return name, schema, what
        near = difflib.get_close_matches(table, [*tables, *views, *self.queries], n=1)
        if near:
            raise SourceRefused("there is no table `{table}`; did you mean `{near}`?", table=table, near=near[0])
        raise SourceRefused("there is no table `{table}` that these credentials see", table=table)

    def _column(self, raw: Any, primary: tuple[str, ...], uniques: Mapping[str, tuple[str, ...]]) -> Column:
        kind, name, default = raw["type"], str(raw["name"]), raw.get("default")
        own = bool(raw.get("computed")) or bool((raw.get("identity") or {}).get("always"))
        many = isinstance(kind, t.ARRAY)
        kind = kind.item_type if many else getattr(kind, "data_type", kind)
        family = self._family(kind)
        numbered = name in primary and len(primary) == 1 and family == "integer" and self._counts(raw, kind)
        column = Column(
            name,
            family,
            many=many,
            aware=bool(getattr(kind, "timezone", False)),
            nullable=bool(raw["nullable"]) and name not in primary,
            auto=default is not None or own or numbered or bool(raw.get("identity")),
            own=own,
            unique=(name,) in (primary, *uniques.values()),
            may_create=not numbered,
            may_update=name not in primary,
            max_length=getattr(kind, "length", None) if family in ("text", "char") else None,
            precision=_precision(kind) if family == "decimal" else "",
            options=tuple(getattr(kind, "enums", ()) or ()),
        )
        return replace(column, blank=_blank(column, default))

    def _family(self, kind: t.TypeEngine[Any]) -> str:
        if isinstance(kind, t.NullType):
            return "any"
        name = type(kind).__name__.upper()
        if self.system in ("mysql", "mariadb") and name == "TINYINT" and getattr(kind, "display_width", None) == 1:
            return "boolean"
        if name in ("CHAR", "NCHAR") and self.system == "postgresql":
            return "char"
        found = next((family for base, family in _BY_TYPE if isinstance(kind, base)), "text")
        return "text" if name in ("MONEY", "INTERVAL", "YEAR") else found

    def _counts(self, raw: Any, kind: t.TypeEngine[Any]) -> bool:
        """Whether the database numbers new records by itself."""
        if self.loose:
            return type(kind) is t.INTEGER
        auto = raw.get("autoincrement") in (True, "auto") and self.system in ("mysql", "mariadb")
        return auto or bool(raw.get("identity")) or "nextval(" in str(raw.get("default") or "")

    def _with_reference(self, inspector: Inspector, column: Column, name: str, schema: str | None) -> Column:
        """A foreign key is a look-up where it holds what that table's records are called by."""
        for foreign in inspector.get_foreign_keys(name, schema):
            if foreign["constrained_columns"] != [column.name]:
                continue
            other, other_schema = foreign["referred_table"], foreign["referred_schema"]
            table = f"{other_schema}.{other}" if other_schema and other_schema != self.schema else other
            named = self.facts.get(table, TableFacts()).key
            key = [named] if named else inspector.get_pk_constraint(other, other_schema)["constrained_columns"]
            if foreign["referred_columns"] in (key, []):
                return replace(column, refers=table)
        return column

    def _keyed(self, shape: Shape, primary: tuple[str, ...]) -> Shape:
        """With what its records are called by: the column the mapping names, else the primary key."""
        named = self.facts.get(shape.id, TableFacts()).key
        if named and shape.column(named) is None:
            raise SourceRefused("`{table}` has no column `{column}` to be its key", table=shape.id, column=named)
        key = (named,) if named else primary
        if any(shape.column(name) is None for name in key):
            key = ()
        column = shape.column(named) if named else None
        sure = bool(key) and (key == primary or (column is not None and column.unique and not column.nullable))
        page_by = primary if all(shape.column(name) for name in primary) else ()
        page_by = page_by or (key if sure else ())
        columns = tuple(replace(c, in_key=c.name in key) for c in shape.columns)
        return replace(shape, columns=columns, key=key, sure=sure, page_by=page_by)

    # -------------------------------------------------------------------------- rights

    def _with_rights(self, connection: Connection, shape: Shape) -> Shape:
        """PostgreSQL tells what these credentials may do; other systems say so when it is tried."""
        if self.system != "postgresql":
            return shape
        where = {"name": shape.name, "schema": shape.schema}
        rows = connection.execute(_RIGHTS, where).all()
        standby = bool(connection.scalar(_STANDBY))
        rights = {row.attname: row for row in rows}
        columns = [
            replace(c, may_create=c.may_create and r.may_insert, may_update=c.may_update and r.may_update)
            for c in shape.columns
            if (r := rights.get(c.name)) is not None and r.may_select
        ]
        may = {op for op, right in _COLUMN_RIGHTS.items() if any(getattr(row, right) for row in rows)}
        if rows and rows[0].may_delete:
            may.add("DELETE")
        allowed = frozenset() if standby else shape.may & may
        return replace(shape, columns=tuple(columns), may=allowed, guarded=any(row.guarded for row in rows))

    # -------------------------------------------------------------------------- a named query

    def _of_query(self, connection: Connection, table: str) -> Shape:
        query = self.queries[table]
        result = connection.execute(sa.select(sa.text("*")).select_from(from_query(query)).limit(0))
        told: Sequence[Any] = result.cursor.description or ()
        columns = [
            Column(
                str(one[0]),
                _BY_OID.get(one[1], "text") if self.system == "postgresql" else "any",
                aware=one[1] == _OID_WITH_ZONE,
                may_create=False,
                may_update=False,
            )
            for one in told
        ]
        result.close()
        return Shape(table, table, None, "query", tuple(columns), query=query)


def from_query(query: str, columns: Sequence[str] = ()) -> Any:
    """A named query as something to select from; its colons are no parameters of ours."""
    text = sa.text(query.replace("\\", "\\\\").replace(":", "\\:"))
    return text.columns(*(sa.column(name) for name in columns)).subquery("named_query")


_RIGHTS: Final = sa.text(
    """
    SELECT a.attname,
           has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_select,
           has_column_privilege(c.oid, a.attnum, 'INSERT') AS may_insert,
           has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_update,
           has_table_privilege(c.oid, 'DELETE') AS may_delete,
           row_security_active(c.oid) AS guarded
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = :name AND a.attnum > 0 AND NOT a.attisdropped
      AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = :schema END
    """
)
_STANDBY: Final = sa.text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'")


def _uniques(
    inspector: Inspector, name: str, schema: str | None, primary: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Constraint or index → its columns; not those on expressions or parts of a table."""
    found = {"primary key": primary} if primary else {}
    key_name = inspector.get_pk_constraint(name, schema).get("name")
    if key_name and primary:
        found = {str(key_name): primary}
    for constraint in inspector.get_unique_constraints(name, schema):
        found[str(constraint["name"] or constraint["column_names"])] = tuple(constraint["column_names"])
    for index in inspector.get_indexes(name, schema):
        names = index["column_names"]
        partial = any(key.endswith("_where") and value for key, value in index.get("dialect_options", {}).items())
        if index["unique"] and not partial and all(names):
            found.setdefault(str(index["name"]), tuple(str(one) for one in names))
    return found


def _checks(inspector: Inspector, name: str, schema: str | None) -> dict[str, str]:
    try:
        found = inspector.get_check_constraints(name, schema)
    except NotImplementedError:
        return {}
    return {str(check["name"] or check["sqltext"]): str(check["sqltext"]) for check in found}


def _mentions(text: str, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.IGNORECASE) is not None


def _with_options(column: Column, checks: Iterable[str]) -> Column:
    """`level IN ('A', 'B')` makes a choice of a text column."""
    if column.options or column.family not in ("text", "char"):
        return column
    for text in checks:
        found = _ONE_OF.fullmatch(text.strip())
        if found and found["column"].lower() == column.name.lower():
            listed = found["list"] or found["array"] or ""
            if not _LITERAL.sub("", listed).strip():
                options = tuple(one.replace("''", "'") for one in _LITERAL.findall(listed))
                return replace(column, options=options)
    return column


def _precision(kind: Any) -> str:
    precision, scale = getattr(kind, "precision", None), getattr(kind, "scale", None)
    return "" if precision is None else f"{precision},{scale or 0}"


def _blank(column: Column, default: object) -> Value:
    """NOT NULL DEFAULT 0: zero is how it looks where nobody ever typed anything."""
    if column.nullable or column.family not in ("integer", "decimal", "float", "boolean"):
        return None
    found = _DEFAULT.fullmatch(str(default or "").strip())
    if found is None:
        return None
    word = found[1].lower()
    if column.family == "boolean":
        return word in ("true", "1")
    return Decimal(word) if word not in ("true", "false") else None
