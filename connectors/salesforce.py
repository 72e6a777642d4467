"""How are the objects of Salesforce read and written? (REST API, Bulk API 2.0; Account, Contact, Lead and all others)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final, Literal, Self

from pydantic import Field as Option
from pydantic import model_validator

from connectors.contract import (
    Capabilities,
    Change,
    Check,
    Context,
    Finding,
    Identity,
    Listing,
    Op,
    Pace,
    Page,
    Query,
    Receipt,
    Record,
    Repeat,
    Said,
    SourceError,
    SourceRefused,
    Spec,
    Table,
    TableFacts,
    say,
)
from connectors.settings import SecretText, Strict, Wrong
from connectors.shared.salesforce.account import DAY, Account, Signing
from connectors.shared.salesforce.bulkreading import BulkQueries
from connectors.shared.salesforce.pulling import Pulling
from connectors.shared.salesforce.records import FETCH, PAGE, Records
from connectors.shared.salesforce.shape import STAMP, Shape, Slot, shape_of
from connectors.shared.salesforce.writing import CHECKED, TOGETHER, Ways, Writing
from connectors.shared.sheets import one_op
from connectors.shared.web.answers import Answer, told_at
from connectors.shared.web.wire import demand_secure

_MOST: Final = 10_000
_NEARLY: Final = 0.9
"""Of the day's requests; what is left is for people and other programs."""


class Options(Strict):
    """Options of a salesforce source: a connected app or external client app, and one of three ways to sign in."""

    base_url: str = Option(description="Address of the org (My Domain), like https://acme.my.salesforce.com")
    client_id: str = Option(description="Consumer key of the app")
    client_secret: SecretText | None = Option(None, description="Consumer secret; alone: client credentials")
    refresh_token: SecretText | None = Option(None, description="What a person's sign-in was given, once")
    private_key: SecretText | None = Option(None, description="RSA key in PEM, whose certificate the app holds")
    username: str = Option("", description="Whom `private_key` signs in")
    login_url: str | None = Option(None, description="Where tokens are given, where it is not `base_url`")
    audience: str = Option(
        "https://login.salesforce.com", description="Of an assertion; https://test.salesforce.com for a sandbox"
    )
    version: str = Option("66.0", pattern=r"\d{2,3}\.0", description="Version of the API")
    requests: int = Option(15_000, ge=100, description="Requests that Offbook may use in 24 hours")
    overlap: float = Option(300, ge=2, description="Seconds that an incremental pull goes back, for late commits")
    page: int = Option(PAGE, ge=200, le=PAGE, description="Records on one page")
    batch: int = Option(TOGETHER, ge=1, le=_MOST, description="Changes in one step; above `bulk` a step is a Bulk job")
    checked: int = Option(
        CHECKED, ge=0, le=CHECKED, description="Updates in one request that Salesforce checks; 0: `batch`, unchecked"
    )
    bulk: int = Option(2000, ge=0, description="Records above which Bulk jobs read and write; 0: never")
    duplicates: Literal["refuse", "allow"] = Option(
        "refuse", description="What happens to a record that a duplicate rule of the org would stop"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        demand_secure(self.base_url)
        demand_secure(self.login_url or self.base_url)
        if self.private_key is not None and not self.username:
            raise Wrong(say("`private_key` signs somebody in; name them with `username:`"))
        if self.private_key is None and self.refresh_token is None and self.client_secret is None:
            raise Wrong(say("write `client_secret:`, `refresh_token:` or `private_key:`, by which Offbook signs in"))
        return self

    def signing(self) -> Signing:
        base = self.base_url.rstrip("/")
        return Signing(
            base,
            (self.login_url or base).rstrip("/"),
            self.client_id,
            _plain(self.client_secret),
            _plain(self.refresh_token),
            _plain(self.private_key),
            self.username,
            self.audience,
        )


def _plain(secret: SecretText | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


_WRITES: Final = (Op.CREATE, Op.UPDATE, Op.DELETE)
SPEC: Final = Spec(
    title="Salesforce",
    options=Options,
    connect=lambda options, context: Salesforce(options, context),
    best=Capabilities(
        ops=frozenset(_WRITES),
        changes=True,
        deletions=True,
        listing=Listing.COMPLETE,
        absence=True,
        identity=Identity.NATIVE,
        checks={Op.UPDATE: Check.RECORD},
        repeat=Repeat.CHOSEN,
        clock=True,
        page=PAGE,
        reread=FETCH,
        batch={Op.CREATE: TOGETHER, Op.UPDATE: CHECKED, Op.DELETE: TOGETHER},
        paces=(Pace("salesforce", 15_000, DAY),),
    ),
)


class Salesforce:
    """connectors.contract.Connector on one org; an object is a table, by its API name."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._context, self._gate = options, context, context.gate
        self._account = Account(options.signing(), context, options.version, options.requests)
        self._known: dict[str, Records] = {}
        self._listed: Mapping[str, Mapping[str, Any]] | None = None
        self._staff: tuple[tuple[str, str], ...] | None = None
        self._clock = context.gate.now()

    def __repr__(self) -> str:
        return f"Salesforce({self._options.base_url})"

    def check(self) -> Sequence[Finding]:
        if found := list(self._on_version()):
            return found  # everything else would be answered as if it were not there
        try:
            answer = self._list_objects()
        except SourceError as error:
            text = say("{error} Salesforce: the permission API Enabled, and the app's scope `api`", error=error.said)
            return [Finding("error", "open", text)]
        return [*_on_budget(answer)] + [
            one for table in filter(None, self._context.tables) for one in self._checked(table)
        ]

    def tables(self) -> Mapping[str, str]:
        return {name: str(one.get("labelPlural") or name) for name, one in self._objects().items() if _is_table(one)}

    def describe(self, table: str) -> Table:
        self._known.pop(table, None)
        shape = self._records(table).shape
        listed = [slot.field for slot in shape.slots.values()]
        if any(one.kind == "staff" for one in listed):
            listed = [replace(one, options=self._users()) if one.kind == "staff" else one for one in listed]
        return Table(table, shape.name, tuple(listed), self._can(shape))

    def pull(self, query: Query) -> Iterator[Page]:
        records = self._records(query.table)
        bulk = BulkQueries(self._account, self._gate) if self._options.bulk else None
        pulling = Pulling(
            records,
            query,
            self._scope(query.table),
            self._account.actor,
            self._options.overlap,
            self._options.page,
            min(self._gate.now(), self._clock),
            bulk,
            self._options.bulk,
        )
        yield from pulling.pages()

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        records = self._records(table)
        asked = records.shape.visible(fields)
        for batch in records.by_id(keys, asked):
            yield from (records.shown(raw, asked, batch) for raw in batch.items)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        """What SOQL finds without regard to case is compared again."""
        name = by or self._facts(table).token
        if name is None:
            raise SourceRefused("`{table}` has no column for our id; name one with `offbook_id:`", table=table)
        records = self._records(table)
        slot = records.shape.slots.get(name)
        if slot is None or not slot.field.findable:
            raise SourceRefused("`{table}` cannot be searched by `{field}`", table=table, field=name)
        asked, wanted = records.shape.visible(fields), {value for value in values if value}
        both = records.shape.visible([*fields, name])
        for batch in records.having(name, [value for value in values if value], both):
            for raw in batch.items:
                value = slot.decoded(raw.get(name))
                if isinstance(value, str) and value in wanted:
                    yield value, records.shown(raw, asked, batch)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        one_op(changes, SPEC.best, f"Salesforce {table}")  # what no object takes is refused before anything is asked
        records = self._records(table)
        op = one_op(changes, self._can(records.shape), f"Salesforce {table}")
        if op is None:
            return
        token, options = self._token(records.shape), self._options
        if op is Op.CREATE and token is None and (name := self._facts(table).token):
            text = "`{table}` has no column `{column}` for our id; add it, or take `offbook_id:` out of the mapping"
            raise SourceRefused(text, table=table, column=name)
        ways = Ways(options.batch, options.checked, options.bulk, allow=options.duplicates == "allow")
        yield from Writing(self._account, records, self._gate, token, ways).write(op, changes)

    def close(self) -> None:
        self._known.clear()
        self._account.close()

    # -------------------------------------------------------------------------- objects

    def _list_objects(self) -> Answer:
        answer = self._account.get("sobjects")
        self._clock = told_at(answer, self._gate.now())
        listed = answer.at("sobjects")
        self._listed = {
            str(one["name"]): one
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict) and one.get("name")
        }
        return answer

    def _objects(self) -> Mapping[str, Mapping[str, Any]]:
        if self._listed is None:
            self._list_objects()
        return self._listed or {}

    def _prefixes(self) -> Mapping[str, str]:
        return {str(one["keyPrefix"]): name for name, one in self._objects().items() if one.get("keyPrefix")}

    def _records(self, table: str) -> Records:
        """The object as it was described; described once for the life of this object, and whenever describe() is asked."""
        if table not in self._known:
            if not table.isidentifier() or not table.isascii():
                raise SourceRefused("`{table}` is no name of a Salesforce object", table=table)
            answer = self._account.get(f"sobjects/{table}/describe")
            self._clock = told_at(answer, self._gate.now())
            body = answer.json
            if not isinstance(body, dict) or not isinstance(body.get("fields"), list):
                raise SourceRefused("Salesforce does not describe `{table}`; nothing can be said of it", table=table)
            self._known[table] = Records(self._account, shape_of({"name": table, **body}, self._prefixes), self._gate)
        return self._known[table]

    def _users(self) -> tuple[tuple[str, str], ...]:
        """Who may own a record, (id, "name <e-mail>"); nobody where these credentials may not see users."""
        if self._staff is None:
            found: list[tuple[str, str]] = []
            asked: str | None = "query"
            query: Mapping[str, str] | None = {
                "q": "SELECT Id, Name, Email FROM User WHERE IsActive = true ORDER BY Id"
            }
            while asked:
                reply = self._account.client.send(self._account.request("GET", asked, query, safe=True))
                page = reply.answer.at("records")
                found += [_person(one) for one in (page if isinstance(page, list) else ())]
                asked, query = reply.answer.at("nextRecordsUrl"), None
            self._staff = tuple(found)
        return self._staff

    def _scope(self, table: str) -> str:
        """What Salesforce shows depends on who asks: profile, role and sharing."""
        ours = f"{self._account.client.base}\n{table}\n{self._account.actor or self._account.signing.name}"
        return blake2b(ours.encode(), digest_size=8).hexdigest()

    def _facts(self, table: str) -> TableFacts:
        return self._context.tables.get(table, TableFacts())

    def _token(self, shape: Shape) -> Slot | None:
        return shape.slots.get(self._facts(shape.id).token or "")

    def _can(self, shape: Shape) -> Capabilities:
        ops = {op for op, may in zip(_WRITES, (shape.creatable, shape.editable, shape.deletable)) if may}
        token, timed = self._token(shape), STAMP in shape.slots
        size, checked = self._options.batch, self._options.checked if timed else 0
        keeps = token is not None and (token.field.unique or token.external)
        return replace(
            SPEC.best,
            ops=frozenset(ops),
            changes=timed,
            deletions=timed and "IsDeleted" in shape.slots,
            clock=timed,
            checks=SPEC.best.checks if checked else {},
            repeat=Repeat.NOTHING if token is None else Repeat.CHOSEN if keeps else Repeat.FIND,
            page=self._options.page,
            batch={op: min(size, checked) if op is Op.UPDATE and checked else size for op in ops},
            paces=(self._account.pace,),
        )

    # -------------------------------------------------------------------------- check

    def _on_version(self) -> Iterator[Finding]:
        """Which versions an org knows is told to everybody."""
        try:
            listed = self._account.get("/services/data/").json
        except SourceError:
            return
        there = [str(one.get("version")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if there and self._options.version not in there:
            newest = max(there, key=lambda one: float(one) if one.replace(".", "").isdigit() else 0.0)
            text = say("the org does not know version {version} of the API; write `version: \"{newest}\"`",
                       version=self._options.version, newest=newest)  # fmt: skip
            yield Finding("error", "version", text)

    def _checked(self, table: str) -> Iterator[Finding]:
        """Reads a record, and says what the mapping names but the object does not have."""
        try:
            self._known.pop(table, None)
            records = self._records(table)
            records.page(records.soql(records.shape.visible(self._facts(table).fields), tail="LIMIT 1"), PAGE)
        except SourceError as error:
            yield Finding("error", "read", _granted(error, table), table)
            return
        yield from self._on_fields(records.shape)

    def _on_fields(self, shape: Shape) -> Iterator[Finding]:
        facts, table = self._facts(shape.id), shape.id
        for name in dict.fromkeys((*facts.fields, *facts.where, *([facts.token] if facts.token else []))):
            if name not in shape.slots:
                text = say(
                    "`{table}` has no field `{field}` that this user sees; look at its name, or grant it in a permission set"
                    " (field-level security)",
                    table=table, field=name,
                )  # fmt: skip
                yield Finding("error", "field", text, table)
        token = self._token(shape)
        if token is not None and not token.field.unique:
            text = say(
                "make `{field}` of `{table}` an external ID that is unique, so that nothing is created twice",
                field=token.field.id, table=table,
            )  # fmt: skip
            yield Finding("warning", "token", text, table)
        if token is not None and (not token.field.on_create or (token.field.max_length or 15) < 15):
            text = say(
                "`{field}` of `{table}` cannot hold our ids, 15 letters and digits", field=token.field.id, table=table
            )
            yield Finding("error", "token", text, table)


def _person(one: Mapping[str, Any]) -> tuple[str, str]:
    return str(one.get("Id")), f"{one.get('Name') or ''} <{one.get('Email') or ''}>"


def _granted(error: SourceError, table: str) -> Said:
    return say(
        "{error} Salesforce: give the user Read on `{table}` in a permission set (Setup → Permission Sets → Object Settings)",
        error=error.said, table=table,
    )  # fmt: skip


def _on_budget(answer: Answer) -> Iterator[Finding]:
    """Every answer tells how many of the org's requests of the last 24 hours are used: `api-usage=908/15000`."""
    used, _, most = answer.headers.get("sforce-limit-info", "").rpartition("api-usage=")[2].partition("/")
    if used.isdigit() and most.isdigit() and int(used) > _NEARLY * int(most):
        text = say("{used} of the org's {most} requests in 24 hours are used up", used=used, most=most)
        yield Finding("warning", "requests", text)


def _is_table(one: Mapping[str, Any]) -> bool:
    return bool(one.get("queryable", True)) and not one.get("deprecatedAndHidden")
