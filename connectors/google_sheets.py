"""How are the rows of a Google sheet read, and changed so that no other cell is touched? (gspread; Sheets API v4)

A sheet is a table, its title the table's id. A read is the whole sheet; a write is one atomic batch, sent only while
the rows it means are as they were read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pydantic import Field as Option
from pydantic import field_validator

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Context,
    CursorExpired,
    Damaged,
    Finding,
    Identity,
    Pace,
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
from connectors.http import Client, Limits
from connectors.settings import SecretText, Strict, Wrong, YesNo
from connectors.shared import sheets
from connectors.shared.web.redact import Secrets
from connectors.shared.web.tokens import Tokens
from connectors.shared.workbook import asked
from connectors.shared.workbook.records import doubled_keys, fields_of
from connectors.shared.workbook.view import View

if TYPE_CHECKING:
    from connectors.shared.google.look import Book, Grid, Info
    from connectors.shared.google.wire import Wire
    from connectors.shared.google.writing import Writing

PAGE: Final = 1000
_LINK = re.compile(r"https://docs\.google\.com/spreadsheets/d/([\w-]+)")
_ID = re.compile(r"[\w-]+")
_LARGE: Final = 512 * 1024 * 1024


class Options(Strict):
    """Options of a google_sheets source."""

    spreadsheet: str = Option(description="The spreadsheet's id, or its address in the browser")
    credentials: SecretText = Option(
        description="The JSON key of a service account, or the authorized_user file of a person, as a reference"
    )
    headings: YesNo = Option(default=True, description="false: no line of headings; columns are called @A, @B, …")
    base_url: str = Option("https://sheets.googleapis.com", description="Where the Sheets API is, for a gateway")

    @field_validator("spreadsheet")
    @classmethod
    def _known(cls, text: str) -> str:
        found = _LINK.match(text.strip())
        if found is None and not _ID.fullmatch(text.strip()):
            raise Wrong(say("write the spreadsheet's id, the long part of its address between /d/ and /edit"))
        return found[1] if found else text.strip()


def paces(account: str) -> tuple[Pace, Pace]:
    """60 reads and 60 writes a minute for each account in a project (developers.google.com/sheets/api/limits)."""
    name = blake2b(account.encode(), digest_size=6).hexdigest() if account else "account"
    return Pace(f"google:{name}:read", 60, 60.0, "read"), Pace(f"google:{name}:write", 60, 60.0, "write")


BEST: Final = replace(sheets.BEST, checks={}, repeat=Repeat.FIND, quiet=False, paces=paces(""))
"""Checked before it is sent, but not in the same request: `checks` is empty, and the engine reads what was written."""


class GoogleSheets:
    """connectors.contract.Connector on one spreadsheet; a sheet is a table."""

    def __init__(self, options: Options, context: Context) -> None:
        from connectors.shared.google.signin import SignIn, account
        from connectors.shared.google.wire import BASE, Wire, judge

        self._options, self._facts, self._id = options, context.tables, options.spreadsheet
        self._zone = ZoneInfo(context.timezone)
        self._account = account(options.credentials.get_secret_value())
        self._paces = paces(self._account.name)
        secrets = Secrets(self._account.secrets)
        self._signin = SignIn(self._account, context.gate, secrets, self._paces[0])
        name = blake2b(f"{self._account.name}|{self._account.address}".encode(), digest_size=8).hexdigest()
        self._tokens = Tokens(f"google-{name}", self._signin.ask, context.gate, context.vault, secrets)
        base = options.base_url or BASE
        limits = Limits(read=180.0, size=_LARGE)
        client = Client("Google Sheets", base, context.gate, secrets, judge=judge, tokens=self._tokens, limits=limits)
        self._wire: Wire = Wire(client, *self._paces)

    def check(self) -> Sequence[Finding]:
        try:
            book = self._book()
        except SourceError as error:
            return [Finding("error", "source", say("{why} {hint}", why=error.said, hint=self._hint()))]
        found = []
        if book.timezone and book.timezone != self._zone.key:
            text = say(
                "the spreadsheet's time zone is {theirs}; its times are read as {ours} (`timezone:`)",
                theirs=book.timezone,
                ours=self._zone.key,
            )
            found.append(Finding("note", "timezone", text))
        for table in [name for name in self._facts if name] or list(book.sheets):
            found += self._found(table)
        return found

    def tables(self) -> Mapping[str, str]:
        """The sheets that a reader sees, and those that the mapping names."""
        return {name: name for name, info in self._book().sheets.items() if not info.is_hidden or name in self._facts}

    def describe(self, table: str) -> Table:
        grid = self._look(table)
        view = self._view(grid, table)
        return Table(table, table, tuple(fields_of(view)), self._can(table, grid.info))

    def pull(self, query: Query) -> Iterator[Page]:
        self._fields_known(query.since, query)
        grid = self._look(query.table)
        view = self._view(grid, query.table)
        scope = self._scope(query.table)
        cursor = f"{self._seal(query)}:{grid.digest}"
        end = Certificate(query.since != cursor, True, scope, frozenset(query.fields), self._account.name, cursor)  # noqa: FBT003
        if not end.full:
            yield Page((), end=end)
            return
        count = _start(query.resume, cursor)
        listed = asked.records(view, query.table, query.fields, count)
        yield from asked.paged(listed, PAGE, count, end)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        view, absence = self._view(self._look(table), table), self._can(table).absence
        yield from asked.fetched(view, table, keys, fields, proves_absence=absence)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        if by is None and not self._of(table).token:
            raise SourceRefused("{path} keeps no ids; name a column for them: `offbook_id:`", path=table)
        yield from asked.found(self._view(self._look(table), table), table, values, fields, by)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        if sheets.one_op(changes, self._can(table), self._where(table)) is not None:
            yield from self._writing(table).receipts(changes)

    def close(self) -> None:
        self._wire.close()
        self._signin.close()

    # -------------------------------------------------------------------------- reading

    def _book(self) -> Book:
        from connectors.shared.google.look import book

        return book(self._wire, self._id)

    def _look(self, table: str) -> Grid:
        from connectors.shared.google.look import look

        there = self._book()
        info = there.sheets.get(table)
        if info is None:
            raise SourceRefused(
                "{path} has no sheet `{table}`; there is: {there}. Write the name in the mapping as `at:`",
                path=there.title or self._id,
                table=table,
                there=", ".join(there.sheets),
            )
        return look(self._wire, self._id, info, self._zone)

    def _view(self, grid: Grid, table: str) -> View:
        return View(grid, self._of(table), self._options.headings, self._where(table))

    def _of(self, table: str) -> TableFacts:
        return self._facts.get(table, TableFacts())

    def _where(self, table: str) -> str:
        return f"Google Sheets [{table}]"

    def _can(self, table: str, info: Info | None = None) -> Capabilities:
        """What the sheet can do: without a key or id column a row is known by all its cells only."""
        facts = self._of(table)
        shut = info is not None and any(_is_all(area, info) for area in info.closed)
        can = replace(sheets.capabilities(facts, () if shut else BEST.ops), quiet=False, paces=self._paces)
        if can.identity is Identity.NONE:
            return replace(can, checks={}, repeat=Repeat.NOTHING)
        return replace(can, checks={}, repeat=Repeat.FIND if facts.token else Repeat.NOTHING)

    def _scope(self, table: str) -> str:
        facts = self._of(table)
        where = sorted((name, repr(rule)) for name, rule in facts.where.items())
        told = [self._id, table, facts.key, facts.token, where, self._options.headings, self._account.name]
        return _digest(repr(told))

    def _seal(self, query: Query) -> str:
        return f"{self._scope(query.table)}:{_digest(*sorted(query.fields))}"

    def _fields_known(self, cursor: str | None, query: Query) -> None:
        if cursor is not None and cursor.rpartition(":")[0] != self._seal(query):
            raise CursorExpired("the sheet, its key or the fields are not those that the last pull read")

    def _writing(self, table: str) -> Writing:
        from connectors.shared.google.writing import Place, Writing

        facts = self._of(table)
        place = Place(
            table,
            facts,
            self._can(table),
            lambda: self._look(table),
            lambda grid: self._view(grid, table),
            lambda tokens: self.find(table, tokens, facts.fields),
            self._hint(),
        )
        return Writing(self._wire, self._id, place)

    # -------------------------------------------------------------------------- what check() says

    def _hint(self) -> str:
        if self._account.is_service:
            return say(
                "Share the spreadsheet with {name} as an editor, and enable the Google Sheets API",
                name=self._account.name,
            )
        return say("The person who signed in must be able to edit the spreadsheet")

    def _found(self, table: str) -> Iterator[Finding]:
        try:
            grid = self._look(table)
            view = self._view(grid, table)
            facts = self._of(table)
            damaged = sum(any(isinstance(value, Damaged) for value in row.values) for row in view.sample)
            yield from view.headings.findings(table, (*facts.fields, *facts.where, *filter(None, (facts.key,))))
        except SourceError as error:
            yield Finding("error", "source", error.said, table)
            return
        if grid.info.closed:
            text = say(
                "ranges of {where} are protected; unlock them for {name} or they are only read",
                where=view.where,
                name=self._account.name,
            )
            yield Finding("note", "protected", text, table)
        if not facts.key and not facts.token:
            text = say(
                "{where} has no key: name a column for our ids with `offbook_id:`, so that rows are known after a sort",
                where=view.where,
            )
            yield Finding("warning", "no_key", text, table)
        yield from doubled_keys(view, table)
        if damaged:
            text = say("{count} of the first records hold a cell that cannot be read", count=damaged)
            yield Finding("warning", "damaged", text, table)


def _is_all(area: object, info: Info) -> bool:
    return area == type(info.closed[0])(1, 0, info.rows, info.columns - 1)


def _start(resume: str | None, cursor: str) -> int:
    """How many records were delivered before."""
    if resume is None:
        return 0
    before, _, count = resume.rpartition(":")
    if before != cursor or not count.isdigit():
        raise CursorExpired("the sheet was changed since the pull began; it is read again from the start")
    return int(count)


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


SPEC: Final = Spec(
    title="Google Sheets",
    options=Options,
    connect=lambda options, context: GoogleSheets(options, context),
    best=BEST,
)
