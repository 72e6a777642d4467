"""How are the modules of Zoho CRM read and written? (v8, every data centre; Accounts, Contacts, Leads and all others)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final, Literal

from pydantic import Field as Option

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
from connectors.settings import SecretText, Strict
from connectors.shared.sheets import one_op
from connectors.shared.web.answers import Fate
from connectors.shared.zoho.account import HOSTS, Account, Signing
from connectors.shared.zoho.finding import Finder
from connectors.shared.zoho.merging import MODULES, Merging
from connectors.shared.zoho.pulling import Pulling
from connectors.shared.zoho.records import FETCH, PAGE, Records, answered
from connectors.shared.zoho.shape import MODIFIED, Shape, Slot, shape_of
from connectors.shared.zoho.writing import BATCH, Writing


class Options(Strict):
    """Options of a zoho_crm source: a client of api-console.zoho.* and a refresh token that it was given."""

    dc: Literal["com", "eu", "in", "au", "cn", "jp", "ca", "sa"] = Option(
        "com", description="Data centre of the account"
    )
    environment: Literal["www", "sandbox", "developer"] = Option("www", description="www is the real one")
    client_id: str = Option(description="Of the client that was registered in Zoho's API console")
    client_secret: SecretText = Option(description="Its secret")
    refresh_token: SecretText = Option(description="What it was given once, for the scopes named in the documentation")
    credits: int = Option(
        50_000, ge=100, description="API credits that Offbook may use in 24 hours; your edition's number"
    )
    overlap: float = Option(300, ge=2, description="Seconds that an incremental pull goes back, for late commits")
    page: int = Option(PAGE, ge=1, le=PAGE, description="Records on one page")
    batch: int = Option(BATCH, ge=1, le=BATCH, description="Records in one request that writes")
    base_url: str | None = Option(None, description="Address of the API, where it is not that of `dc`")
    accounts_url: str | None = Option(None, description="Address of the server that gives tokens, likewise")

    def signing(self) -> Signing:
        host, accounts = HOSTS[self.dc]
        host = host.replace("www.", f"{self.environment}.", 1)
        return Signing(
            (self.base_url or f"https://{host}").rstrip("/"),
            (self.accounts_url or f"https://{accounts}").rstrip("/"),
            self.client_id,
            self.client_secret.get_secret_value(),
            self.refresh_token.get_secret_value(),
            moves=self.base_url is None and self.environment == "www",
        )


USERS: Final = 200
"""Users on a page."""
_WRITES: Final = (Op.CREATE, Op.UPDATE, Op.DELETE)
SPEC: Final = Spec(
    title="Zoho CRM",
    options=Options,
    connect=lambda options, context: Zoho(options, context),
    best=Capabilities(
        ops=frozenset({*_WRITES, Op.MERGE}),
        changes=True,
        deletions=True,
        listing=Listing.DRIFTING,
        absence=True,
        identity=Identity.NATIVE,
        checks={Op.UPDATE: Check.RECORD},
        repeat=Repeat.CHOSEN,
        lag=60.0,
        clock=True,
        quiet=True,
        page=PAGE,
        reread=FETCH,
        batch={**dict.fromkeys(_WRITES, BATCH), Op.MERGE: 1},
        paces=(Pace("zoho_crm", 50_000, 86_400.0),),
    ),
)


class Zoho:
    """connectors.contract.Connector on one account; a module is a table, by its API name."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._context, self._gate = options, context, context.gate
        self._signing = options.signing()
        self._account = Account(self._signing, context, options.credits)
        self._modules: Mapping[str, Mapping[str, Any]] | None = None
        self._known: dict[str, Records] = {}
        self._actor: str | None = None
        self._staff: tuple[tuple[str, str], ...] | None = None
        self._clock = context.gate.now()

    def __repr__(self) -> str:
        return f"Zoho({self._signing.base})"

    def check(self) -> Sequence[Finding]:
        try:
            self._modules = None
            self._all_modules()
        except SourceError as error:
            return [Finding("error", "open", _scoped(error, "ZohoCRM.settings.modules.READ"))]
        found = [one for table in filter(None, self._context.tables) for one in self._checked(table)]
        if not self._who():
            text = say(
                "grant ZohoCRM.users.READ too, so that owners are known by their e-mail, and edits of our own are told from"
                " those of people"
            )
            found.append(Finding("note", "users", text))
        return found

    def tables(self) -> Mapping[str, str]:
        return {name: str(one.get("plural_label") or name) for name, one in self._all_modules().items()}

    def describe(self, table: str) -> Table:
        self._known.pop(table, None)
        shape = self._records(table).shape
        listed = (slot.field for slot in shape.slots.values())
        fields = tuple(replace(one, options=self._users()) if one.kind == "staff" else one for one in listed)
        return Table(table, shape.name, fields, self._can(shape))

    def pull(self, query: Query) -> Iterator[Page]:
        records = self._records(query.table)
        actor = self._who()
        pulling = Pulling(
            records,
            query,
            self._scope(query.table, actor),
            actor,
            self._options.overlap,
            self._options.page,
            min(self._gate.now(), self._clock),
        )
        yield from pulling.pages()

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        records = self._records(table)
        asked = records.shape.visible(fields)
        missing: list[str] = []
        for at in range(0, len(keys), FETCH):
            part = list(dict.fromkeys(keys[at : at + FETCH]))
            batch = records.by_id(part, asked)
            yield from (records.shown(raw, asked, batch.now) for raw in batch.items)
            there = {str(raw["id"]) for raw in batch.items}
            missing += [key for key in part if key not in there]
        if missing:
            yield from records.ended(missing)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        records = self._records(table)
        name = by or self._token_name(table)
        if name is None:
            raise SourceRefused("`{table}` has no column for our id; name one with `offbook_id:`", table=table)
        yield from Finder(self._account, records).found(values, fields, name)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        one_op(changes, SPEC.best, f"Zoho {table}")  # what no module takes is refused before anything is asked
        records = self._records(table)
        op = one_op(changes, self._can(records.shape), f"Zoho {table}")
        if op is None:
            return
        if op is Op.MERGE:
            yield from self._merged(table, changes)
            return
        token = self._token(records.shape)
        if op is Op.CREATE and token is None and (name := self._token_name(table)):
            text = "`{table}` has no column `{column}` for our id; add it, or take `offbook_id:` out of the mapping"
            raise SourceRefused(text, table=table, column=name)
        yield from Writing(self._account, records, self._gate, token, self._options.batch).write(op, changes)

    def close(self) -> None:
        self._known.clear()
        self._account.close()

    def _merged(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        merging = Merging(self._account, table, self._gate)
        for change in changes:
            yield merging.one(change)
            if merging.stopped is not None:
                raise merging.stopped

    # -------------------------------------------------------------------------- modules

    def _all_modules(self) -> Mapping[str, Mapping[str, Any]]:
        if self._modules is None:
            answer = self._account.get("settings/modules", {})
            self._clock = answered(answer, self._gate)
            listed = answer.at("modules")
            self._modules = {
                str(one["api_name"]): one
                for one in (listed if isinstance(listed, list) else ())
                if isinstance(one, dict) and one.get("api_name") and one.get("api_supported", True)
            }
        return self._modules

    def _records(self, table: str) -> Records:
        """The module as it was described; described once for the life of this object, and whenever describe() is asked."""
        if table not in self._known:
            module = self._all_modules().get(table)
            if module is None:
                there = ", ".join(sorted(self._all_modules()))
                raise SourceRefused("Zoho has no module `{table}`; there is: {there}", table=table, there=there)
            answer = self._account.get("settings/fields", {"module": table})
            self._clock = answered(answer, self._gate)
            fields = answer.at("fields")
            listed = [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
            self._known[table] = Records(self._account, shape_of(module, listed), self._gate)
        return self._known[table]

    def _who(self) -> str:
        """The user who acts; "" where the scope does not tell."""
        if self._actor is None:
            request = self._account.request("GET", "users", {"type": "CurrentUser"}, safe=True)
            reply = self._account.client.send(request)
            self._clock = answered(reply.answer, self._gate)
            self._actor = str(reply.answer.at("users", 0, "id") or "") if reply.fate is Fate.FINE else ""
        return self._actor

    def _users(self) -> tuple[tuple[str, str], ...]:
        """Who may own a record, (id, "name <e-mail>"); nobody where the scope does not tell."""
        if self._staff is None:
            found: list[Mapping[str, Any]] = []
            more = bool(self._who())
            while more:
                query = {"type": "ActiveUsers", "page": str(len(found) // USERS + 1), "per_page": str(USERS)}
                answer = self._account.get("users", query)
                page = answer.at("users")
                found += page if isinstance(page, list) else []
                more = bool(answer.at("info", "more_records")) and bool(page)
            self._staff = tuple(
                (str(one["id"]), f"{one.get('full_name') or ''} <{one.get('email') or ''}>") for one in found
            )
        return self._staff

    def _scope(self, table: str, actor: str) -> str:
        """What Zoho shows depends on who asks: their role, profile and shares."""
        ours = f"{self._account.client.base}\n{table}\n{actor or self._signing.name}"
        return blake2b(ours.encode(), digest_size=8).hexdigest()

    def _token_name(self, table: str) -> str | None:
        return self._context.tables.get(table, TableFacts()).token

    def _token(self, shape: Shape) -> Slot | None:
        return shape.slots.get(self._token_name(shape.id) or "")

    def _can(self, shape: Shape) -> Capabilities:
        ops = {op for op, may in zip(_WRITES, (shape.creatable, shape.editable, shape.deletable)) if may}
        if shape.id in MODULES and shape.editable and shape.deletable:
            ops.add(Op.MERGE)
        token, timed = self._token(shape), MODIFIED in shape.slots
        size = self._options.batch
        return replace(
            SPEC.best,
            ops=frozenset(ops),
            changes=timed,
            clock=timed,
            checks=SPEC.best.checks if timed else {},
            repeat=Repeat.NOTHING if token is None else Repeat.CHOSEN if token.field.unique else Repeat.FIND,
            page=self._options.page,
            batch={op: 1 if op is Op.MERGE else size for op in ops},
            paces=(self._account.pace,),
        )

    # -------------------------------------------------------------------------- check

    def _checked(self, table: str) -> Iterator[Finding]:
        """Reads a record, and says what the mapping names but the module does not have."""
        try:
            self._known.pop(table, None)
            records = self._records(table)
        except SourceError as error:
            yield Finding("error", "fields", _scoped(error, "ZohoCRM.settings.fields.READ"), table)
            return
        try:
            records.page(records.shape.visible(self._facts(table).fields), {"per_page": "1"}, None)
        except SourceError as error:
            yield Finding("error", "read", _scoped(error, f"ZohoCRM.modules.{table}.READ"), table)
            return
        yield from self._on_fields(records.shape)
        try:
            Finder(self._account, records).probe()
        except SourceError as error:
            yield Finding("warning", "coql", _scoped(error, "ZohoCRM.coql.READ"), table)

    def _facts(self, table: str) -> TableFacts:
        return self._context.tables.get(table, TableFacts())

    def _on_fields(self, shape: Shape) -> Iterator[Finding]:
        facts, table = self._facts(shape.id), shape.id
        for name in dict.fromkeys((*facts.fields, *facts.where, *([facts.token] if facts.token else []))):
            if name not in shape.slots:
                text = say("`{table}` has no field `{field}` that this user's profile shows", table=table, field=name)
                yield Finding("error", "field", text, table)
        token = self._token(shape)
        if token is not None and not token.field.unique:
            text = say(
                "let `{field}` of `{table}` take no duplicates, so that nothing is created twice",
                field=token.field.id, table=table,
            )  # fmt: skip
            yield Finding("warning", "token", text, table)
        if token is not None and (not token.field.on_create or (token.field.max_length or 15) < 15):
            text = say(
                "`{field}` of `{table}` cannot hold our ids, 15 letters and digits", field=token.field.id, table=table
            )
            yield Finding("error", "token", text, table)


def _scoped(error: SourceError, scope: str) -> Said:
    return say(
        "{error} Zoho: the scope `{scope}` for the refresh token, and the right in the user's profile (Setup → Profiles)",
        error=error.said, scope=scope,
    )  # fmt: skip
