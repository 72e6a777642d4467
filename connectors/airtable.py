"""How are records of an Airtable base read and written? (its Web API, through pyairtable's formulas and parameters)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import Field as Option
from pydantic import field_validator

from connectors.contract import (
    Capabilities,
    Change,
    Context,
    Finding,
    Identity,
    Listing,
    Op,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Spec,
    Table,
    TableFacts,
    say,
)
from connectors.settings import SecretText, Strict, Wrong
from connectors.shared.airtable.reading import Reading
from connectors.shared.airtable.shape import CAN_UPSERT, Column, shape_of
from connectors.shared.airtable.wire import BATCH, PACES, PAGE, Base
from connectors.shared.airtable.writing import Writing
from connectors.shared.sheets import one_op

_READERS: Final = frozenset({"none", "read", "comment"})
"""Permission levels of a user who may not write records (metadata API, "List bases")."""


class Options(Strict):
    """Options of an airtable source: one base."""

    base: str = Option(description="The base's id, app…, as in its address")
    token: SecretText = Option(description="A personal access token: a reference like ${AIRTABLE_TOKEN}")
    views: Mapping[str, str] = Option({}, description="Table id: a view's id or name; only its records are listed")
    overlap: float = Option(300, ge=5, description="Seconds that an incremental pull goes back, for late commits")
    base_url: str = Option("https://api.airtable.com", description="Where the API is")

    @field_validator("base")
    @classmethod
    def _an_id(cls, base: str) -> str:
        if not (base.startswith("app") and base.isalnum()):
            raise Wrong(say("`{base}` is no base's id; it begins with app and stands in the base's address", base=base))
        return base


SPEC: Final = Spec(
    title="Airtable",
    options=Options,
    connect=lambda options, context: Airtable(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
        changes=True,
        listing=Listing.DRIFTING,
        identity=Identity.NATIVE,
        repeat=Repeat.CHOSEN,
        page=PAGE,
        reread=100,
        batch=dict.fromkeys((Op.CREATE, Op.UPDATE, Op.DELETE), BATCH),
        writers=10,
        paces=PACES,
    ),
)


class Airtable:
    """connectors.contract.Connector on one base; fields and tables go by their ids."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate, self._facts = options, context.gate, context.tables
        self._base = Base(options.base, options.token.get_secret_value(), options.base_url, context)
        self._known: dict[str, Reading] = {}

    def __repr__(self) -> str:
        return f"Airtable({self._options.base})"

    def check(self) -> Sequence[Finding]:
        try:
            there = self.tables()
        except SourceError as error:
            return [Finding("error", "schema", error.said)]
        found = [] if there else [Finding("warning", "empty", say("{where} has no tables", where=self._options.base))]
        for table in filter(None, self._facts):
            found += self._checked(table)
        return [*found, *self._on_rights()]

    def tables(self) -> Mapping[str, str]:
        return {str(one["id"]): str(one.get("name", "")) for one in self._base.tables()}

    def describe(self, table: str) -> Table:
        self._known.pop(table, None)
        shape = self._reading(table).shape
        return Table(table, shape.name, tuple(column.field for column in shape.columns.values()), self._can(table))

    def pull(self, query: Query) -> Iterator[Page]:
        yield from self._reading(query.table).pull(query)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from self._reading(table).fetch(keys, fields)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        field = by or self._token(table)
        if field is None:
            raise SourceRefused("`{table}` has no field for our id; name one with `offbook_id:`", table=table)
        yield from self._reading(table).find(values, fields, field)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        where = f"{self._options.base}.{table}"
        if one_op(changes, SPEC.best, where) is None:
            return
        reading = self._reading(table)
        op = one_op(changes, self._can(table), where)
        facts, token = self._facts.get(table, TableFacts()), self._token(table)
        if op is Op.CREATE and facts.token and token is None:
            text = "`{table}` has no field {field} for our id; add it, or take `offbook_id:` out of the mapping"
            raise SourceRefused(text, table=table, field=facts.token)
        named = [*facts.fields, *(name for change in changes for name in (*change.after, *change.before))]
        merges = self._can(table).repeat is Repeat.CHOSEN
        yield from Writing(self._base, reading, token, reading.asked(named), merges=merges).write(changes)

    def close(self) -> None:
        self._known.clear()
        self._base.close()

    # -------------------------------------------------------------------------- tables

    def _reading(self, table: str) -> Reading:
        """The table as it was described; described once for the life of this object, and whenever describe() is asked.

        Raises SourceRefused, with the id to write where a table is called by its name.
        """
        if table not in self._known:
            there = self._base.tables()
            given = next((one for one in there if one["id"] == table), None)
            if given is None:
                raise self._no_table(table, next((str(one["id"]) for one in there if one.get("name") == table), None))
            facts = self._facts.get(table, TableFacts())
            view = self._options.views.get(table, "")
            self._known[table] = Reading(self._base, shape_of(given), facts, self._gate, view, self._options.overlap)
        return self._known[table]

    def _no_table(self, table: str, key: str | None) -> SourceRefused:
        if key is not None:
            return SourceRefused("`{table}` is a table's name; write its id, {key}", table=table, key=key)
        return SourceRefused("{base} has no table `{table}` that this token sees", base=self._options.base, table=table)

    def _token(self, table: str) -> str | None:
        """The field for our id, where it is there."""
        field = self._facts.get(table, TableFacts()).token
        return field if field in self._reading(table).shape.columns else None

    def _can(self, table: str) -> Capabilities:
        column = self._reading(table).shape.columns.get(self._facts.get(table, TableFacts()).token or "")
        return replace(
            SPEC.best,
            ops=frozenset() if self._base.level() in _READERS else SPEC.best.ops,
            listing=Listing.PARTIAL if self._options.views.get(table) else Listing.DRIFTING,
            repeat=_repeat(column),
            paces=self._base.paces,
        )

    # -------------------------------------------------------------------------- check

    def _checked(self, table: str) -> list[Finding]:
        """Reads a record, and says what the mapping names but the table does not have."""
        try:
            self._known.pop(table, None)
            reading = self._reading(table)
            self._base.page(table, {"page_size": 1, "max_records": 1, "fields": [reading.shape.primary]})
        except SourceError as error:
            return [Finding("error", "read", error.said, table)]
        return list(self._on_fields(table, reading))

    def _on_fields(self, table: str, reading: Reading) -> Iterator[Finding]:
        facts, columns, names = self._facts[table], reading.shape.columns, reading.shape.by_name
        token = facts.token
        for name in dict.fromkeys((*facts.fields, *facts.modified, *facts.where, *([token] if token else []))):
            if name in columns:
                continue
            text = say("`{table}` has no field {field} that this token sees", table=table, field=name)
            if name in names:
                text = say("`{field}` is a field's name; write its id, {key}", field=name, key=names[name])
            yield Finding("error", "field", text, table)
        column = columns.get(token or "")
        if column is None:
            text = say(
                "name a field for our id (single line text) with `offbook_id:`, so that nothing is created twice in {table}",
                table=table,
            )
            yield Finding("warning", "token", text, table)
        elif column.type not in CAN_UPSERT:
            text = say("make {field} a field of single line text: Airtable matches by no other that can hold our id",
                       field=column.field.name)  # fmt: skip
            yield Finding("error" if not column.field.on_create else "warning", "token", text, table)

    def _on_rights(self) -> Iterator[Finding]:
        try:
            self._base.user()
            reader = self._base.level() in _READERS
        except SourceError:
            return
        if reader:
            text = say("the token's user may only read {base}; make it an editor there", base=self._options.base)
            yield Finding("note", "rights", text)
        elif self._base.scopes is not None and "data.records:write" not in self._base.scopes:
            text = say("the token lacks the scope data.records:write; add it at airtable.com/create/tokens")
            yield Finding("note", "rights", text)


def _repeat(column: Column | None) -> Repeat:
    """Only certain types take part in an upsert; by any that is searched a create that was lost is found."""
    if column is None or not column.field.on_create:
        return Repeat.NOTHING
    if column.type in CAN_UPSERT:
        return Repeat.CHOSEN
    return Repeat.FIND if column.field.findable else Repeat.NOTHING
