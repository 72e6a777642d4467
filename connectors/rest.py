"""How is a system reached that a YAML file describes? (any with plain JSON over HTTP; docs/connectors/rest.md)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, model_validator

from connectors.contract import (
    Capabilities,
    Change,
    Check,
    ConfigError,
    Context,
    Finding,
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
    State,
    Table,
    say,
)
from connectors.http import Watch
from connectors.secrets import in_full, is_reference
from connectors.settings import Wrong, meant
from connectors.shared.rest.load import Loaded, load
from connectors.shared.rest.reading import Reading
from connectors.shared.rest.records import Reader
from connectors.shared.rest.tables import Catalogue, capabilities, writes_of
from connectors.shared.rest.talk import Talk
from connectors.shared.rest.values import Kinds
from connectors.shared.rest.writing import Writing
from connectors.shared.sheets import one_op


class Options(BaseModel):
    """Besides `spec`, what the specification names as <opt.x> and <secret.x>."""

    model_config = ConfigDict(extra="allow", frozen=True)

    spec: str = Field(description="A specification beside offbook.yaml, or the name of one that is shipped")

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Options:
        if info.context and "folder" in info.context:
            loaded = load(self.spec, Path(str(info.context["folder"])))
            demand_options(loaded, self.given())
            given = [str(self.given()[name]) for name in loaded.secrets]
            if info.context.get("unresolved") and not all(map(is_reference, given)):
                raise Wrong(in_full())
        return self

    def given(self) -> Mapping[str, object]:
        return self.model_extra or {}

    def __repr__(self) -> str:
        return f"Options(spec={self.spec!r})"

    __str__ = __repr__


def demand_options(loaded: Loaded, given: Mapping[str, object]) -> None:
    """Raises Wrong for an option that the specification names and nobody gave, or the reverse."""
    known = (*loaded.options, *loaded.secrets)
    for name in known:
        if given.get(name) in (None, ""):
            raise Wrong(say("`{key}` is missing; {file} names it", key=name, file=loaded.file))
    for name in given:
        if name not in known:
            raise Wrong(
                meant(
                    lambda near: say("{file} has no option of this name; did you mean `{near}`?", file=loaded.file, near=near),
                    lambda every: say("{file} has no option `{key}`; there is: {every}", file=loaded.file, key=name, every=every),  # noqa: B023 - raised at once
                    name,
                    known,
                )
            )  # fmt: skip


SPEC: Final = Spec(
    title="Any system with JSON over HTTP, described by a YAML file",
    options=Options,
    connect=lambda options, context: Rest(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE}),
        changes=True,
        deletions=True,
        listing=Listing.COMPLETE,
        absence=True,
        checks=dict.fromkeys((Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE), Check.RECORD),
        repeat=Repeat.CHOSEN,
        clock=True,
        quiet=True,
        batch=dict.fromkeys((Op.CREATE, Op.UPDATE, Op.ARCHIVE, Op.RESTORE, Op.DELETE), 1),
    ),
)


class Rest:
    """connectors.contract.Connector on one system."""

    def __init__(self, options: Options, context: Context) -> None:
        loaded = load(options.spec, Path(context.folder))
        try:
            demand_options(loaded, options.given())
        except Wrong as error:
            raise ConfigError(error.said) from None
        given = {name: _plain(value) for name, value in options.given().items()}
        opts = {name: given[name] for name in loaded.options}
        secrets = {name: str(given[name]) for name in loaded.secrets}
        zone = ZoneInfo(context.timezone)
        self._facts, self._words = context.tables, loaded.words
        self.talk = Talk(loaded, opts, secrets, context)
        self._kinds = Kinds(loaded.words.kinds, zone, loaded.words.record.keys)
        self._catalogue = Catalogue(self.talk, self._kinds, context.tables)
        self._zone = zone
        self._known: dict[str, Table] = {}

    def __repr__(self) -> str:
        return f"Rest({self.talk.where})"

    def watch(self, watch: Watch) -> None:
        """`watch` is shown every request and answer, for people who write a specification."""
        self.talk.watch(watch)

    def check(self) -> Sequence[Finding]:
        try:
            there = self.tables()
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        found: list[Finding] = []
        for table in filter(None, self._facts) if self._facts else there:
            found += self._checked(table)
        return found

    def tables(self) -> Mapping[str, str]:
        return self._catalogue.names()

    def describe(self, table: str) -> Table:
        self._known[table] = self._catalogue.table(table)
        return self._known[table]

    def pull(self, query: Query) -> Iterator[Page]:
        yield from self._reading(query.table).pull(query)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from self._reading(table).fetch(keys, fields)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        if by is not None:
            yield from self._reading(table).find(values, fields, by)
            return
        ways = {one.way for one in self._words.create.token} if self._words.create is not None else set()
        at = self._catalogue.token_field(table)
        if "key" in ways:
            for record in self._reading(table).fetch(values, fields):
                if record.state is State.LIVE:
                    yield record.key, record
        elif at is not None:
            yield from self._reading(table).find(values, fields, at, our_own=True)
        else:
            raise SourceRefused("`{table}` has no field for our id; name one with `offbook_id:`", table=table)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        op = one_op(changes, capabilities(self._words, self.talk.paces, None), table)
        if op is None:
            return
        reader = self._reader(table)
        facts = self._facts.get(table)
        named = [*(facts.fields if facts is not None else ()), *(name for one in changes for name in one.after)]
        asked = reader.fields(named)
        writing = Writing(
            self.talk, Reading(self.talk, reader, self._zone), reader, self._catalogue.token_field(table), asked
        )
        yield from writing.write(op, writes_of(self._words)[op], changes)

    def close(self) -> None:
        self.talk.close()

    # -------------------------------------------------------------------------- private

    def _reader(self, table: str) -> Reader:
        return Reader(self._words, self._kinds, self._known.get(table) or self.describe(table))

    def _reading(self, table: str) -> Reading:
        return Reading(self.talk, self._reader(table), self._zone)

    def _checked(self, table: str) -> Iterator[Finding]:
        """Reads a record, and says what the mapping names but the table does not have."""
        try:
            described = self.describe(table)
            reading = self._reading(table)
            next(iter(reading.pull(Query(table, tuple(one.id for one in described.fields)))))
            missed = reading.misses_new()
        except SourceError as error:
            yield Finding("error", "read", error.said, table)
            return
        if missed is not None:
            text = say(
                "`{field}` is empty until a record is changed for the first time: new records would never be seen; name the"
                " time of creation under `changes.fields` too", field=missed.id,
            )  # fmt: skip
            yield Finding("error", "changes", text, table)
        facts = self._facts.get(table)
        there = {one.id for one in described.fields}
        for name in (*facts.fields, *([facts.token] if facts.token else [])) if facts is not None else ():
            if name not in there:
                text = say("`{table}` has no field `{field}` that these credentials see", table=table, field=name)
                yield Finding("error", "column", text, table)


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
