"""How are the records of a workbook read, and written back so that nothing else in it changes?

.xlsx and .xlsm are read and written, .xls, .xlsb and .ods only read. A sheet is a table; its name is the table's id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field as Option

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Context,
    CursorExpired,
    Damaged,
    Finding,
    Page,
    Query,
    Receipt,
    Record,
    Said,
    SourceError,
    SourceRefused,
    Spec,
    Table,
    TableFacts,
    say,
)
from connectors.settings import Strict, YesNo
from connectors.shared import files, sheets
from connectors.shared.copies import copies_of, newest, opened_by
from connectors.shared.workbook import asked
from connectors.shared.workbook.book import open_book
from connectors.shared.workbook.desk import Desk, Fate
from connectors.shared.workbook.old import OldSheet, old_sheets
from connectors.shared.workbook.package import sound
from connectors.shared.workbook.records import Maker, columns_of, doubled_keys, fields_of
from connectors.shared.workbook.refuse import READ, book_obstacles, refuse_unreadable, sheet_obstacles
from connectors.shared.workbook.sheet import Sheet
from connectors.shared.workbook.view import View

PAGE: Final = 1000


class Options(Strict):
    """Options of an xlsx source."""

    path: str = Option(description="The workbook; relative to offbook.yaml. With * or ? the newest by name")
    headings: YesNo = Option(default=True, description="false: no line of headings; columns are called @A, @B, …")
    backups: int = Option(
        default=3, ge=0, description="How many copies of the file from before a write are kept beside it"
    )
    wait: float = Option(default=0, ge=0, description="Seconds to wait for a file that is open elsewhere")


SPEC: Final = Spec(
    title="Workbook (Excel, WPS, LibreOffice)",
    options=Options,
    connect=lambda options, context: Workbook(options, context),
    best=sheets.BEST,
)


@dataclass(frozen=True)
class Shown:
    """The file as it was read. sheets: by name; obstacles: why nothing in it may be written; views: made when asked."""

    path: Path
    stamp: files.Stamp
    sheets: Mapping[str, Sheet | OldSheet]
    hidden: frozenset[str]
    obstacles: tuple[Said, ...]
    views: dict[str, View] = field(default_factory=dict)


class Workbook:
    """connectors.contract.Connector on one workbook; a sheet is a table."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate, self._facts = options, context.gate, context.tables
        self._folder, self._zone = Path(context.folder), ZoneInfo(context.timezone)
        self._cached: Shown | None = None

    def check(self) -> Sequence[Finding]:
        try:
            shown = self._shown()
        except SourceError as error:
            return [Finding("error", "source", error.said)]
        found = []
        for copy in copies_of(shown.path):
            text = say(
                "{copy} is a sync client's copy of {path}; edits may be in it", copy=copy.name, path=shown.path.name
            )
            found.append(Finding("warning", "copy", text))
        if holder := opened_by(shown.path):
            found.append(Finding("warning", "open_elsewhere", holder.said))
        for table in [name for name in self._facts if name] or self.tables():
            found += self._found(shown, table)
        return found

    def tables(self) -> Mapping[str, str]:
        """The sheets that a reader sees and that hold something, and those that the mapping names."""
        shown, named = self._shown(), set(self._facts)
        return {
            name: name
            for name, sheet in shown.sheets.items()
            if name in named or (name not in shown.hidden and sheet.holds_something())
        }

    def describe(self, table: str) -> Table:
        shown = self._shown()
        view = self._view(shown, table)
        return Table(table, table, tuple(fields_of(view)), self._can(shown, table))

    def pull(self, query: Query) -> Iterator[Page]:
        shown = self._shown()
        view = self._view(shown, query.table)
        scope = self._scope(query.table)
        cursor = f"{scope}:{_digest(*sorted(query.fields))}:{shown.stamp.digest}"
        count = _start(query, cursor)
        end = Certificate(query.since != cursor, True, scope, frozenset(query.fields), cursor=cursor)  # noqa: FBT003
        if not end.full:  # the same bytes as last time; nothing in them was parsed
            yield Page((), end=end)
            return
        listed = asked.records(view, query.table, query.fields, count)
        yield from asked.paged(listed, PAGE, count, end)

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        shown = self._shown()
        view = self._view(shown, table)
        absence = self._can(shown, table).absence
        yield from asked.fetched(view, table, keys, fields, proves_absence=absence)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        yield from asked.found(self._view(self._shown(), table), table, values, fields, by)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        shown = self._shown()
        can = self._can(shown, table)
        if sheets.one_op(changes, can, self._where(shown, table)) is None:
            return
        try:
            files.wait_until_free(shown.path, self._gate, self._options.wait)
            yield from self._written(self._shown(), table, changes, can)
        except files.NotNow as trouble:
            yield from sheets.deferred(changes, trouble.said)

    def close(self) -> None:
        self._cached = None

    # -------------------------------------------------------------------------- reading

    def _shown(self) -> Shown:
        """The file as it is now; what was parsed is kept while its bytes are the same."""
        self._gate.enter()
        path = newest(self._folder, self._options.path)
        data, stamp = files.read(path, self._gate)
        if self._cached is None or self._cached.stamp.digest != stamp.digest or self._cached.path != path:
            self._cached = self._parsed(path, data, stamp)
        return replace(self._cached, stamp=stamp)

    def _parsed(self, path: Path, data: bytes, stamp: files.Stamp) -> Shown:
        refuse_unreadable(path, data)
        if path.suffix.lower() in READ:
            book, names = old_sheets(data, str(path))
            found = {name: OldSheet(book.get_sheet_by_name(name), self._zone) for name, _ in names}
            ending = path.suffix.lower()
            why = say("{ending} files are read only; save it as .xlsx to have it written", ending=ending)
            return Shown(path, stamp, found, frozenset(name for name, hidden in names if hidden), (why,))
        workbook = open_book(data, str(path))
        ours = {one.name: Sheet(workbook, one, self._zone) for one in workbook.sheets}
        hidden = frozenset(one.name for one in workbook.sheets if one.is_hidden)
        return Shown(path, stamp, ours, hidden, tuple(book_obstacles(workbook)))

    def _view(self, shown: Shown, table: str) -> View:
        if table not in shown.views:
            sheet = shown.sheets.get(table)
            if sheet is None:
                raise SourceRefused(
                    "{path} has no sheet `{table}`; there is: {there}. Write the name in the mapping as `at:`",
                    path=shown.path,
                    table=table,
                    there=", ".join(shown.sheets),
                )
            facts = self._facts.get(table, TableFacts())
            shown.views[table] = View(sheet, facts, self._options.headings, self._where(shown, table))
        return shown.views[table]

    def _where(self, shown: Shown, table: str) -> str:
        return f"{shown.path} [{table}]"

    def _can(self, shown: Shown, table: str) -> Capabilities:
        why = self._obstacles(shown, table)
        return sheets.capabilities(self._facts.get(table, TableFacts()), () if why else sheets.BEST.ops)

    def _obstacles(self, shown: Shown, table: str) -> list[Said]:
        """Why nothing may be written to the sheet."""
        found = list(shown.obstacles)
        sheet = self._view(shown, table).grid
        if isinstance(sheet, Sheet):
            found += sheet_obstacles(sheet)
        if not files.writable(shown.path):
            found.append(say("the file is read-only; give the user that runs Offbook the right to write it"))
        return found

    def _scope(self, table: str) -> str:
        facts = self._facts.get(table, TableFacts())
        where = sorted((name, repr(rule)) for name, rule in facts.where.items())
        return _digest(
            self._options.path, table, facts.key or "", facts.token or "", repr(where), str(self._options.headings)
        )

    def _found(self, shown: Shown, table: str) -> Iterator[Finding]:
        """What check() says of one sheet; it reads its first records."""
        try:
            view = self._view(shown, table)
            facts = self._facts.get(table, TableFacts())
            used = (*facts.fields, *facts.where, *filter(None, (facts.key,)))
            damaged = sum(any(_is_damaged(value) for value in row.values) for row in view.sample)
            yield from view.headings.findings(table, used)
        except SourceError as error:
            yield Finding("error", "source", error.said, table)
            return
        for why in self._obstacles(shown, table):
            text = say("{where} is only read: {why}", where=view.where, why=why)
            yield Finding("note", "read_only", text, table)
        yield from doubled_keys(view, table)
        if damaged:
            text = say("{count} of the first records hold a cell that cannot be read", count=damaged)
            yield Finding("warning", "damaged", text, table)

    # -------------------------------------------------------------------------- writing

    def _written(self, shown: Shown, table: str, changes: Sequence[Change], can: Capabilities) -> Iterator[Receipt]:
        """Everything in one new file; receipts once it stands in the old one's place."""
        view = self._view(shown, table)
        if not isinstance(view.grid, Sheet):
            raise SourceRefused("{where} is only read", where=view.where)
        with sound(str(shown.path), table):
            desk = Desk(view, view.grid, can)
            fates, detail = desk.take(changes), ""
            content = desk.edit.file() if desk.is_touched else b""
        if content:
            view = self._view(self._parsed(shown.path, content, shown.stamp), table)
            desk.demand_kept(view)
            self._gate.enter()
            backup = files.replace(
                shown.path, content, shown.stamp, now=self._gate.now(), backups=self._options.backups
            )
            detail = say("the file as it was: {backup}", backup=backup.name) if backup else ""
        yield from self._receipts(view, table, changes, fates, detail)

    def _receipts(
        self, view: View, table: str, changes: Sequence[Change], fates: Sequence[Fate], detail: str
    ) -> Iterator[Receipt]:
        spoken = dict.fromkeys(name for change in changes for name in (*change.after, *change.before))
        make = Maker(view, table, columns_of(view, (*spoken, *view.facts.fields)))
        wanted = {fate.number for fate in fates if fate.number}
        found = {row.number: make.record(row) for stretch in view.records() for row in stretch if row.number in wanted}
        for change, fate in zip(changes, fates):
            record = found.get(fate.number)
            key = record.key if record is not None else change.key
            yield Receipt(change.id, fate.outcome, key, record, fate.apart, fate.why or detail)


def _start(query: Query, cursor: str) -> int:
    """How many records were delivered before. CursorExpired where cursor or resume are of another file or question."""
    if query.since is not None and query.since.rpartition(":")[0] != cursor.rpartition(":")[0]:
        raise CursorExpired("the sheet, its key or the fields are not those that the last pull read")
    if query.resume is None:
        return 0
    before, _, count = query.resume.rpartition(":")
    if before != cursor or not count.isdigit():
        raise CursorExpired("the workbook was changed since the pull began; it is read again from the start")
    return int(count)


def _is_damaged(value: object) -> bool:
    return isinstance(value, Damaged)


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
