"""How are records of a base of 飞书多维表格 (Feishu Bitable, Lark Base) read and written? (its server API, bitable v1)

Not tried against a live account: it keeps to what the vendor's pages say, and is tested against a pretended base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field as Option
from pydantic import field_validator

from connectors.contract import (
    Capabilities,
    Change,
    Context,
    Finding,
    Listing,
    Op,
    Pace,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    SourceError,
    SourceRefused,
    Spec,
    Stopped,
    Table,
    TableFacts,
    say,
)
from connectors.settings import SecretText, Strict, Wrong, YesNo
from connectors.shared.feishu.reading import Known, Reading
from connectors.shared.feishu.shape import TEXT
from connectors.shared.feishu.wire import CLOUDS, FETCHED, PAGE, READS, SECOND, WRITES, Base, Who
from connectors.shared.feishu.writing import KEYED, Writing, demand_token
from connectors.shared.sheets import one_op

BATCH: Final = 500
"""Changes in a request. The vendor's page says 1,000 by now, its own tool 500."""
_SAMPLE: Final = 20
"""Records, and fields of them, that check() looks at."""
_LATE: Final = timedelta(minutes=2)
"""How far the column of edit times may be behind the record's own before check() says that it does not follow."""


class Options(Strict):
    """Options of a feishu_bitable source: one base."""

    base: str = Option(description="What stands behind /base/ (or /wiki/) in the address of the base")
    wiki: YesNo = Option(default=False, description="Whether it stood behind /wiki/")
    app_id: str = Option(description="App ID of your own app (自建应用), cli_…")
    app_secret: SecretText = Option(description="App Secret: a reference like ${FEISHU_APP_SECRET}")
    cloud: Literal["feishu", "lark"] = Option("feishu", description="feishu: open.feishu.cn; lark: open.larksuite.com")
    base_url: str | None = Option(None, description="Where the API is, if on neither cloud")
    views: Mapping[str, str] = Option({}, description="Table id: a view's id; only its records are listed")
    people: Literal["open_id", "union_id", "user_id"] = Option(
        "open_id", description="Which ids people have in the people file; an open_id is good for this one app only"
    )
    batch: int = Option(BATCH, ge=1, le=BATCH, description="Records in one write request")
    overlap: float = Option(300, ge=5, description="Seconds that an incremental pull goes back, for late commits")

    @field_validator("base")
    @classmethod
    def _an_id(cls, base: str) -> str:
        if not base.isalnum() or not base.isascii():
            raise Wrong(say("`{base}` is no base's id; it stands behind /base/ in the base's address", base=base))
        return base


SPEC: Final = Spec(
    title="飞书多维表格 (Feishu Bitable, Lark Base)",
    options=Options,
    connect=lambda options, context: FeishuBitable(options, context),
    best=Capabilities(
        ops=frozenset({Op.CREATE, Op.UPDATE, Op.DELETE}),
        changes=True,
        listing=Listing.DRIFTING,
        repeat=Repeat.FIND,
        keyed_for=KEYED,
        page=PAGE,
        reread=FETCHED,
        batch=dict.fromkeys((Op.CREATE, Op.UPDATE, Op.DELETE), BATCH),
        paces=(Pace("feishu:read", READS, SECOND, "read"), Pace("feishu:write", WRITES, SECOND, "write")),
    ),
)


class FeishuBitable:
    """connectors.contract.Connector on one base; fields and tables go by their ids."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate, self._facts = options, context.gate, context.tables
        url = options.base_url or CLOUDS[options.cloud]
        secret = options.app_secret.get_secret_value()
        who = Who(options.app_id, secret, url, options.base, options.wiki, options.people)
        self._base = Base(who, context)
        self._known: dict[str, Reading] = {}

    def __repr__(self) -> str:
        return f"FeishuBitable({self._options.base})"

    def close(self) -> None:
        self._known.clear()
        self._base.close()

    # -------------------------------------------------------------------------- what is there

    def check(self) -> Sequence[Finding]:
        try:
            there = self.tables()
        except Stopped:
            raise
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        found = [] if there else [Finding("warning", "empty", say("{where} has no tables", where=self._options.base))]
        for table in filter(None, self._facts):
            found += self._checked(table)
        return found

    def tables(self) -> Mapping[str, str]:
        return {str(one["table_id"]): str(one.get("name") or one["table_id"]) for one in self._base.tables()}

    def describe(self, table: str) -> Table:
        there = self.tables()
        if table not in there:
            raise self._no_table(table, next((key for key, name in there.items() if name == table), None))
        known = self._reading(table).anew()
        fields = tuple(column.field for column in known.shape.columns.values())
        return Table(table, there[table], fields, self._can(table, known))

    def _no_table(self, table: str, key: str | None) -> SourceRefused:
        if key is not None:
            return SourceRefused("`{table}` is a table's name; write its id, {key}", table=table, key=key)
        return SourceRefused("{base} has no table `{table}` that this app sees", base=self._options.base, table=table)

    def _reading(self, table: str) -> Reading:
        if table not in self._known:
            overlap = timedelta(seconds=self._options.overlap)
            view = self._options.views.get(table, "")
            self._known[table] = Reading(self._base, table, self._gate, view, overlap)
        return self._known[table]

    def _token(self, table: str, known: Known) -> str | None:
        """The field for our id, where it is there."""
        field = self._facts.get(table, TableFacts()).token
        return field if field in known.shape.columns else None

    def _can(self, table: str, known: Known) -> Capabilities:
        """A client_token covers a whole request, so only requests of one record may be sent again by others than us."""
        token, view, size = self._token(table, known), self._options.views.get(table), self._options.batch
        finds = token is not None and known.shape.columns[token].type == TEXT
        return replace(
            SPEC.best,
            changes=known.changes and not view,
            listing=Listing.PARTIAL if view or not known.rights.sees_all else Listing.DRIFTING,
            repeat=Repeat.FIND if finds else Repeat.NOTHING,
            keyed_for=KEYED if size == 1 else 0.0,
            batch=dict.fromkeys(SPEC.best.batch, size),
            paces=self._base.paces,
        )

    # -------------------------------------------------------------------------- records

    def pull(self, query: Query) -> Iterator[Page]:
        yield from self._reading(query.table).pull(query)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from self._reading(table).fetch(keys, fields)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        reading = self._reading(table)
        field = by or self._token(table, reading.known())
        if field is None:
            raise SourceRefused("`{table}` has no field for our id; name one with `offbook_id:`", table=table)
        yield from reading.find(values, fields, field)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        op = one_op(changes, SPEC.best, f"{self._options.base}.{table}")
        if op is None:
            return
        reading = self._reading(table)
        known = reading.anew()  # options and names are looked up right before they are sent
        if op is Op.CREATE:
            demand_token(known.shape, table, self._facts.get(table, TableFacts()).token)
        token, size = self._token(table, known), self._options.batch
        yield from Writing(self._base, reading, known.shape, self._gate, token, size).write(changes)

    # -------------------------------------------------------------------------- check

    def _checked(self, table: str) -> list[Finding]:
        """Reads records, and says what the mapping names but the table does not have."""
        try:
            reading = self._reading(table)
            known = reading.anew()
            found = list(self._on_fields(table, known))
            return [*found, *self._on_records(table, reading, known)]
        except Stopped:
            raise
        except SourceError as error:
            return [Finding("error", "read", error.said, table)]

    def _on_fields(self, table: str, known: Known) -> Iterator[Finding]:
        facts, columns, names = self._facts[table], known.shape.columns, known.shape.by_name
        token = facts.token
        for name in dict.fromkeys((*facts.fields, *facts.modified, *facts.where, *([token] if token else []))):
            if name in columns and name in known.hidden and name != token:
                text = say("{field} of `{table}` shows no value to this app: it is empty everywhere, or the app may not"
                           " see it; it is left alone", field=columns[name].field.name, table=table)  # fmt: skip
                yield Finding("warning", "hidden", text, table, proved=False)
            elif name not in columns:
                text = say("`{table}` has no field {field} that this app sees", table=table, field=name)
                if name in names:
                    text = say("`{field}` is a field's name; write its id, {key}", field=name, key=names[name])
                yield Finding("error", "field", text, table)
        if token not in columns:
            text = say("name a text field for our id with `offbook_id:`, so that nothing is created twice in {table}",
                       table=table)  # fmt: skip
            yield Finding("warning", "token", text, table)
        elif columns[str(token)].type != TEXT:
            text = say("make {field} a text field: our id stands in no other", field=columns[str(token)].field.name)
            yield Finding("error", "token", text, table)

    def _on_records(self, table: str, reading: Reading, known: Known) -> Iterator[Finding]:
        column = known.shape.modified
        told = [one.field.name for n, one in known.shape.columns.items() if n not in known.hidden][:_SAMPLE]
        told += [column.field.name] if column is not None and column.field.name not in told else []
        answer = self._base.fine(self._base.search(table, {"field_names": told}, _SAMPLE))
        rows = [one for one in answer.at("data", "items") or () if one.get("record_id")]
        if not known.rights.sees_all:
            yield self._on_rights(table, known, empty=not rows)
        if column is None:
            text = say("add a field 最后更新时间 (last modified time) to {table}; without one every run reads it whole",
                       table=table)  # fmt: skip
            yield Finding("note", "modified", text, table)
            return
        for row in rows:
            shown, edited = column.read(row.get("fields") or {}), reading.record(known, row, ()).modified
            if isinstance(shown, datetime) and edited is not None and edited - shown > _LATE:
                text = say("{field} of {table} does not follow every field; set it to all fields (所有字段), or edits are seen"
                           " with the next full listing only", field=column.field.name, table=table)  # fmt: skip
                yield Finding("warning", "modified", text, table)
                return

    def _on_rights(self, table: str, known: Known, *, empty: bool) -> Finding:
        """Success with nothing in it proves nothing where rows and values may be left out in silence."""
        if known.rights.advanced is None:
            text = say(
                "whether the base has advanced permissions (高级权限) cannot be told; give the app the scope bitable:app,"
                " else a record that is missing from {table} is never taken for deleted",
                table=table,
            )
            return Finding("warning", "rights", text, table, proved=False)
        text = say(
            "the base has advanced permissions (高级权限) and this app is no manager of it: rows and values it may not see"
            " look as if they were not there; open the base, ··· → More → Add document app (更多 → 添加文档应用), and let"
            " it manage the base (可管理)"
        )
        return Finding("error" if empty else "warning", "rights", text, table)
