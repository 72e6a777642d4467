"""CSV files: any delimiter and encoding, everything as text, and untouched records keep their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Option

from connectors.contract import (
    Certificate,
    Change,
    Connector,
    Context,
    CursorExpired,
    Field,
    Finding,
    Identity,
    Page,
    Query,
    Receipt,
    Record,
    SourceError,
    SourceRefused,
    Spec,
    State,
    Table,
    TableFacts,
    say,
)
from connectors.shared import copies, csvtext, encodings, files, headings, rows, sheets
from connectors.shared.csvread import Opened, Reading
from connectors.shared.csvwrite import Sheet, write_sheet
from connectors.shared.headings import Headings

_HEAD: Final = headings.LINES + headings.DEPTH


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Option(description="the file, beside offbook.yaml; with * the newest by name")
    encoding: str | None = Option(None, description="utf-8, gb18030, big5 …; found out without it")
    delimiter: str | None = Option(None, min_length=1, max_length=1, description="found out without it")
    headings: bool = Option(default=True, description="false: the columns are called @A, @B, …")
    backups: int = Option(3, ge=0, le=1000, description="how many copies of the file before our writes are kept")
    wait: float = Option(0.0, ge=0.0, le=86_400.0, description="seconds to wait for whoever has the file open")


def connect(options: Options, context: Context) -> Connector:
    return Csv(options, context)


class Csv:
    def __init__(self, options: Options, context: Context) -> None:
        self._options, self._gate, self._folder = options, context.gate, Path(context.folder)
        if len(context.tables) > 1:
            raise SourceRefused("{path} is one table, but {n} are mapped", path=options.path, n=len(context.tables))
        self._id, self._facts = next(iter(context.tables.items()), ("", TableFacts()))
        self._id = self._id or "rows"

    def check(self) -> Sequence[Finding]:
        try:
            opened = self._open()
        except SourceError as error:
            return [Finding("error", "unreadable", error.said, self._id)]
        return [*self._file_findings(opened), *self._row_findings(opened)]

    def tables(self) -> Mapping[str, str]:
        return {self._id: self._path().name}

    def describe(self, table: str) -> Table:
        self._demand(table)
        opened = self._open()
        writes = files.writable(opened.path)
        can = sheets.capabilities(self._facts, sheets.BEST.ops if writes else ())
        return Table(self._id, opened.path.name, tuple(self._fields(opened.headings)), can)

    def pull(self, query: Query) -> Iterator[Page]:
        self._demand(query.table)
        self._gate.enter()
        path = self._path()
        content, stamp = files.read(path, self._gate)
        seal = self._seal(query.fields)
        cursor = f"{seal}.{stamp.digest}"
        if query.resume is None and query.since is not None and self._digest_in(query.since, seal) == stamp.digest:
            yield Page((), None, self._certificate(query.fields, cursor, full=False))
            return
        first = self._first_row(query.resume, seal, stamp.digest)
        opened = self._understood(path, content, stamp, query.fields)
        yield from Reading(opened, self._facts, self._id, query.fields).pages(
            first, cursor, lambda why: self._certificate(query.fields, cursor, why=why)
        )

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        self._demand(table)
        self._gate.enter()
        reading = Reading(self._open(fields), self._facts, self._id, fields)
        wanted, seen = set(keys), set[str]()
        for at, cells in reading.records():
            key, token = reading.keys.key_of(cells), reading.keys.token_of(cells)
            if key and key in wanted:
                seen.add(key)
                yield reading.record(at, cells)
            elif token and token in wanted and token not in seen:
                seen.add(token)
                yield Record(self._id, token, {}, state=State.MOVED, into=key)
        if self._has_keys() and reading.count and not reading.why():
            ends = (key for key in keys if key not in seen and not rows.is_place(key))
            yield from (sheets.ended(self._id, key) for key in ends)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        self._demand(table)
        self._gate.enter()
        by = by if by is not None else self._facts.token
        if by is None:
            raise SourceRefused("{path} keeps no ids; name a column for them: `offbook_id:`", path=self._options.path)
        opened = self._open(fields)
        column = opened.headings.at(by) if by == self._facts.token else opened.headings.need(by, str(opened.path))
        reading = Reading(opened, self._facts, self._id, fields)
        wanted = set(values)
        for at, cells in reading.records() if column is not None else ():
            if column is not None and column < len(cells) and cells[column] in wanted:
                yield cells[column], reading.record(at, cells)

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        self._demand(table)
        op = sheets.one_op(changes, sheets.capabilities(self._facts), self._options.path)
        if op is None:
            return
        self._gate.enter()
        path = self._path()
        try:
            files.wait_until_free(path, self._gate, self._options.wait)
            files.refuse_unwritable(path)
            opened = self._open()
            text = csvtext.CsvText(opened.content, opened.encoding, opened.delimiter)
            sheet = Sheet(path, text, opened.headings, self._facts, self._id)
            done = write_sheet(sheet, op, changes)
            backup = None
            if sheet.changed:
                self._gate.enter()
                backup = files.replace(
                    path, sheet.content(), opened.stamp, now=self._gate.now(), backups=self._options.backups
                )
        except files.NotNow as why:
            yield from sheets.deferred(changes, why.said)
            return
        yield from sheet.receipts(done, backup)

    def close(self) -> None:
        """Nothing is held open between two calls."""

    # -------------------------------------------------------------------------- opening

    def _demand(self, table: str) -> None:
        if table != self._id:
            raise SourceRefused("there is no table `{table}`; there is: {there}", table=table, there=self._id)

    def _path(self) -> Path:
        return copies.newest(self._folder, self._options.path)

    def _open(self, asked: Sequence[str] = ()) -> Opened:
        path = self._path()
        content, stamp = files.read(path, self._gate)
        return self._understood(path, content, stamp, asked)

    def _understood(self, path: Path, content: bytes, stamp: files.Stamp, asked: Sequence[str]) -> Opened:
        """Encoding, delimiter and headings: what is read right shows by the headings that the mapping names."""
        wanted = sheets.wanted(self._facts, asked)
        encoding = encodings.detect(content, self._options.encoding, _has_one_of(wanted))
        likely = (
            (self._options.delimiter,)
            if self._options.delimiter
            else csvtext.delimiters(content, encoding, path.suffix.lower())
        )
        heads = [(delimiter, csvtext.head(content, encoding, delimiter, _HEAD)) for delimiter in likely]
        if not self._options.headings:
            need = max((headings.position(headings.clean(name)) or 0 for name in wanted), default=0)
            wide = (one for one in heads if max(map(len, one[1]), default=0) > need)
            delimiter, head = next(wide, heads[0])
            found = headings.without(max(map(len, head), default=0))
            for name in wanted:
                found.need(name, str(path))
            return Opened(path, content, stamp, encoding, delimiter, found)
        refused: SourceError | None = None
        for delimiter, head in heads:
            try:
                found = headings.find(head, wanted, where=str(path))
                return Opened(path, content, stamp, encoding, delimiter, found)
            except SourceRefused as error:
                refused = refused or error
        assert refused is not None
        raise refused

    # -------------------------------------------------------------------------- what is described

    def _fields(self, found: Headings) -> Iterator[Field]:
        """Each column under the name that the mapping gives it, else under its own; our id column also before it is
        there."""
        facts = self._facts
        named: dict[int, list[str]] = {}
        for name in dict.fromkeys(chain(facts.fields, filter(None, (facts.key, facts.token)))):
            at = found.at(name)
            if at is not None:
                named.setdefault(at, []).append(name)
        width = max([len(found.columns), *(at + 1 for at in named)])
        for at in range(width):
            column = (
                found.columns[at] if at < len(found.columns) else headings.Column(f"@{headings.letter(at)}", "", at)
            )
            for name in named.get(at, [column.id]):
                key = facts.key is not None and found.at(facts.key) == at
                yield Field(name, column.heading or column.id, unique=key, findable=True, on_update=not key)
        if facts.token and found.at(facts.token) is None:
            yield Field(facts.token, facts.token, unique=True, findable=True)

    def _has_keys(self) -> bool:
        return sheets.capabilities(self._facts).identity is Identity.CELL

    # -------------------------------------------------------------------------- cursors

    def _scope(self) -> str:
        """Changes with what is read: the path as it is configured, the key, the filter."""
        facts = self._facts
        told = [self._options.path, str(self._options.headings), str(facts.key), repr(sorted(facts.where.items()))]
        return blake2b("\x1f".join(told).encode(), digest_size=8).hexdigest()

    def _seal(self, fields: Sequence[str]) -> str:
        """What a cursor is good for: this scope, these fields, this reading of the bytes."""
        told = [self._scope(), str(self._options.encoding), str(self._options.delimiter), *sorted(fields)]
        return blake2b("\x1f".join(told).encode(), digest_size=8).hexdigest()

    def _digest_in(self, cursor: str, seal: str) -> str:
        found, _, digest = cursor.partition(".")
        if found != seal or not digest:
            raise CursorExpired("the cursor of {path} is no longer good; it is read in full", path=self._options.path)
        return digest

    def _first_row(self, resume: str | None, seal: str, digest: str) -> int:
        if resume is None:
            return 0
        place, _, at = self._digest_in(resume, seal).partition(".")
        if place != digest or not at.isdigit():
            raise CursorExpired("{path} was changed meanwhile; it is read from the beginning", path=self._options.path)
        return int(at)

    def _certificate(self, fields: Sequence[str], cursor: str, *, full: bool = True, why: str = "") -> Certificate:
        return Certificate(full, not why, self._scope(), frozenset(fields), "", cursor, None, why)

    # -------------------------------------------------------------------------- what check() says

    def _file_findings(self, opened: Opened) -> Iterator[Finding]:
        path = opened.path
        if not files.writable(path):
            yield Finding("note", "read_only", say("{path} is read-only; it can only be pulled", path=path), self._id)
        if holder := copies.opened_by(path):
            yield Finding("warning", "open_elsewhere", holder.said, self._id)
        for copy in copies.copies_of(path):
            text = say("{copy} stands beside {path}: edits may be in it that nobody reads", copy=copy.name, path=path)
            yield Finding("warning", "conflict_copy", text, self._id)
        if not opened.encoding.sure:
            text = say(
                "{path} is read as {encoding}; if letters look wrong, say `encoding:`",
                path=path,
                encoding=opened.encoding.title,
            )
            yield Finding("note", "encoding", text, self._id, proved=False)
        yield from opened.headings.findings(self._id, self._facts.fields)

    def _row_findings(self, opened: Opened) -> Iterator[Finding]:
        reading = Reading(opened, self._facts, self._id, self._facts.fields)
        width, wide, keys, broken = len(opened.headings.columns), list[int](), dict[str, int](), 0
        for at, cells in reading.records():
            if self._options.headings and len(cells) > width and any(cells[width:]):
                wide.append(at + 1)
            if key := reading.keys.key_of(cells):
                keys[key] = keys.get(key, 0) + 1
            broken += not opened.encoding.whole and any(map(encodings.broken, cells))
        if wide:
            text = say(
                "{n} lines have more cells than there are headings, the first is line {line}; the cells from column"
                " {column} on are kept, and a mapping may call them @{column}",
                n=len(wide),
                line=wide[0],
                column=headings.letter(width),
            )
            yield Finding("warning", "ragged", text, self._id)
        twice = sum(count > 1 for count in keys.values())
        if twice:
            text = say("{n} keys stand in several lines; those lines wait until each has its own", n=twice)
            yield Finding("warning", "doubled_key", text, self._id)
        if broken:
            text = say("{n} lines hold bytes that are no {encoding}", n=broken, encoding=opened.encoding.title)
            yield Finding("warning", "broken_bytes", text, self._id)
        if why := reading.why():
            yield Finding("error", "cut", why, self._id)


def _has_one_of(wanted: Sequence[str]) -> Callable[[str], bool] | None:
    names = [headings.clean(name) for name in wanted if headings.position(headings.clean(name)) is None]
    if not names:
        return None

    def expected(text: str) -> bool:
        cleaned = headings.clean(text)
        return any(name in cleaned for name in names)

    return expected


SPEC = Spec("CSV files", Options, connect, sheets.BEST)
