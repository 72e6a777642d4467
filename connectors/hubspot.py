"""How are contacts, companies and other objects of HubSpot's CRM read and written? (dated API, private app)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import Field as Option

from connectors.contract import (
    Capabilities,
    Change,
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
from connectors.settings import SecretText, Strict
from connectors.shared.hubspot.account import DAY, SEARCHES, SECONDS, Account
from connectors.shared.hubspot.pulling import Pulling
from connectors.shared.hubspot.records import FETCH, PAGE, Records
from connectors.shared.hubspot.shape import Shape, Slot, shape_of
from connectors.shared.hubspot.writing import BATCH, Writing
from connectors.shared.sheets import one_op
from connectors.shared.web.answers import Fate
from connectors.shared.web.cursors import digest

STANDARD: Final = {"contacts": "Contacts", "companies": "Companies", "deals": "Deals", "tickets": "Tickets"}
"""Object types that every account has."""
_FORGETS: Final = frozenset({"contacts"})
"""Types of which HubSpot deletes a record for good on request."""


class Options(Strict):
    """Options of a hubspot source: one account, through a private app."""

    token: SecretText = Option(description="Access token of a private app: a reference like ${HUBSPOT_TOKEN}")
    api_version: str = Option("2026-03", pattern=r"v3|\d{4}-\d{2}", description="Version of HubSpot's API")
    rate: int = Option(100, ge=10, le=250, description="Requests in ten seconds; 190 with Professional and Enterprise")
    daily: int = Option(250_000, ge=100, description="Requests that Offbook may use in a day; your edition's number")
    overlap: float = Option(300, ge=30, description="Seconds that an incremental pull goes back, as the search lags")
    page: int = Option(PAGE, ge=1, le=PAGE, description="Records on one page")
    batch: int = Option(BATCH, ge=1, le=BATCH, description="Records in one request that writes")
    base_url: str = Option("https://api.hubapi.com", description="Where the API is")


_BATCHED: Final = (Op.CREATE, Op.UPDATE, Op.ARCHIVE)
SPEC: Final = Spec(
    title="HubSpot",
    options=Options,
    connect=lambda options, context: HubSpot(options, context),
    best=Capabilities(
        ops=frozenset({*_BATCHED, Op.DELETE, Op.MERGE}),
        changes=True,
        deletions=True,
        listing=Listing.DRIFTING,
        absence=True,
        identity=Identity.NATIVE,
        repeat=Repeat.CHOSEN,
        lag=30.0,
        page=PAGE,
        reread=FETCH,
        batch={**dict.fromkeys(_BATCHED, BATCH), Op.DELETE: 1, Op.MERGE: 1},
        writers=10,
        paces=(Pace("hubspot", 100, SECONDS), Pace("hubspot:search", *SEARCHES), Pace("hubspot:day", 250_000, DAY)),
    ),
)


class HubSpot:
    """connectors.contract.Connector on one account; a table is an object type, by its name in the API."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._context, self._gate = options, context, context.gate
        token = options.token.get_secret_value()
        self._account = Account(token, options.api_version, options.base_url, options.rate, options.daily, context)
        self._known: dict[str, Records] = {}

    def __repr__(self) -> str:
        return f"HubSpot({self._options.base_url})"

    def check(self) -> Sequence[Finding]:
        try:
            self._account.portal()
            scopes = self._account.token_scopes()
        except SourceError as error:
            return [Finding("error", "open", error.said)]
        found = [one for table in filter(None, self._context.tables) for one in self._checked(table, scopes)]
        if scopes is not None and "crm.objects.owners.read" not in scopes:
            text = say("grant crm.objects.owners.read to the private app too, so that owners are shown by name")
            found.append(Finding("note", "owners", text))
        return found

    def tables(self) -> Mapping[str, str]:
        reply = self._account.try_get(self._account.path("schemas"))
        listed = reply.answer.at("results") if reply.fate is Fate.FINE else None
        own = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        named = {str(one["objectTypeId"]): str(one.get("name") or "") for one in own if one.get("objectTypeId")}
        return {**STANDARD, **named}

    def describe(self, table: str) -> Table:
        self._known.pop(table, None)
        shape = self._records(table).shape
        fields = tuple(slot.field for slot in shape.slots.values())
        return Table(table, STANDARD.get(table, table), fields, self._can(shape))

    def pull(self, query: Query) -> Iterator[Page]:
        records = self._records(query.table)
        scope = digest([self._account.client.base, self._account.portal(), query.table])
        yield from Pulling(records, query, scope, self._options.overlap, self._options.page, self._gate).pages()

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        yield from self._records(table).fetch(keys, fields)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        name = by or self._token_name(table)
        if name is None:
            raise SourceRefused("`{table}` has no property for our id; name one with `offbook_id:`", table=table)
        yield from self._records(table).find(values, fields, name)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        one_op(changes, SPEC.best, f"HubSpot {table}")  # what no type takes is refused before anything is asked
        records = self._records(table)
        op = one_op(changes, self._can(records.shape), f"HubSpot {table}")
        if op is None:
            return
        token = self._token(records.shape)
        if op is Op.CREATE and token is None and (name := self._token_name(table)):
            text = "`{table}` has no property `{column}` for our id; add it, or take `offbook_id:` out of the mapping"
            raise SourceRefused(text, table=table, column=name)
        yield from Writing(self._account, records, token, self._options.batch).write(op, changes)

    def close(self) -> None:
        self._known.clear()
        self._account.close()

    # -------------------------------------------------------------------------- types

    def _records(self, table: str) -> Records:
        """The type as it was described; described once for the life of this object, and whenever describe() is asked."""
        if table not in self._known:
            listed = self._account.get(self._account.path("properties", table)).at("results")
            if not isinstance(listed, list):
                raise SourceRefused("HubSpot answers without a list of records; nothing can be said of it")
            self._known[table] = Records(
                self._account, shape_of(table, [one for one in listed if isinstance(one, Mapping)])
            )
        return self._known[table]

    def _token_name(self, table: str) -> str | None:
        return self._facts(table).token

    def _facts(self, table: str) -> TableFacts:
        return self._context.tables.get(table, TableFacts())

    def _token(self, shape: Shape) -> Slot | None:
        return shape.slots.get(self._token_name(shape.id) or "")

    def _can(self, shape: Shape) -> Capabilities:
        ops = SPEC.best.ops - ({Op.DELETE} if shape.id not in _FORGETS else set())
        token, size = self._token(shape), self._options.batch
        repeat = Repeat.NOTHING
        if token is not None and token.field.on_create:
            repeat = Repeat.CHOSEN if token.field.unique else Repeat.FIND if token.field.findable else repeat
        return replace(
            SPEC.best,
            ops=frozenset(ops),
            changes=bool(shape.modified),
            deletions=bool(shape.modified),
            repeat=repeat,
            page=self._options.page,
            batch={op: size if op in _BATCHED else 1 for op in ops},
            paces=(*self._account.paces[:1], *self._account.search_paces),
        )

    # -------------------------------------------------------------------------- check

    def _checked(self, table: str, scopes: frozenset[str] | None) -> Iterator[Finding]:
        """Reads a record, and says what the mapping names but the type does not have."""
        try:
            self._known.pop(table, None)
            records = self._records(table)
            records.page(list(records.shape.visible(self._facts(table).fields))[:50], "", 1, archived=False)
        except SourceError as error:
            yield Finding("error", "read", _granted(error.said, table), table)
            return
        yield from self._on_fields(records.shape)
        if scopes is not None and table in STANDARD and f"crm.objects.{table}.write" not in scopes:
            text = say(
                "the private app lacks the scope crm.objects.{table}.write; without it nothing is written", table=table
            )
            yield Finding("note", "rights", text, table)

    def _on_fields(self, shape: Shape) -> Iterator[Finding]:
        facts, table = self._facts(shape.id), shape.id
        for name in dict.fromkeys((*facts.fields, *facts.where, *([facts.token] if facts.token else []))):
            if name not in shape.slots:
                text = say("`{table}` has no property `{field}` that this private app sees", table=table, field=name)
                yield Finding("error", "field", text, table)
        token = self._token(shape)
        if token is not None and not token.field.unique:
            text = say(
                "let `{field}` of `{table}` be a property with unique values, so that nothing is created twice",
                field=token.field.id, table=table,
            )  # fmt: skip
            yield Finding("warning", "token", text, table)
        if token is not None and not (token.field.on_create and token.field.kind == "text"):
            text = say(
                "`{field}` of `{table}` cannot hold our ids; make it single-line text",
                field=token.field.id,
                table=table,
            )
            yield Finding("error", "token", text, table)


def _granted(error: Said, table: str) -> Said:
    return say(
        "{error} HubSpot: Settings → Integrations → Private Apps → Scopes: crm.objects.{table}.read and crm.schemas.{table}.read",
        error=error, table=table,
    )  # fmt: skip
