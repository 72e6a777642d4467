"""How do people type into the pretended spreadsheet under the contract suite? Into its cells, behind the connector."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors import google_sheets
from connectors.contract import Connector, Op, TableFacts, Value
from sandbox.google_grid import Cell, Sheet, typed
from sandbox.google_sheets import GoogleSheets, Spreadsheet
from sandbox.server import Trouble
from tests.web_rig import WebRig

HEADINGS = ("编号", "公司", "电话", "备注", "生日", "时间", "offbook_id")
SHEET = "客户"
FILE = "1aB-cD_eF"
ACCOUNT = "offbook@example.iam.gserviceaccount.com"


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def service(base: str) -> str:
    """The key file of a service account, as Google hands it out."""
    told = {
        "type": "service_account",
        "project_id": "example",
        "private_key_id": "4711abcdef",
        "private_key": private_key(),
        "client_email": ACCOUNT,
        "token_uri": f"{base}/token",
    }
    return json.dumps(told)


class GoogleSheetsRig(WebRig):
    """A sheet with a title above its headings. key, token: the columns that the mapping names. The suite's gate keeps
    no rate, so the fake asks for none; test_google_sheets.py has a gate that does."""

    spec = google_sheets.SPEC
    table = SHEET
    text = ("公司", "电话", "备注")
    many = 2100
    listing = ("GET", "/values/")
    writes = dict.fromkeys((Op.CREATE, Op.UPDATE, Op.DELETE), ("POST", ":batchUpdate"))
    fake: GoogleSheets
    cannot: ClassVar[Mapping[str, str]] = {
        "cut_pull": "a sheet comes whole in one answer, or not at all",
        "loop_pull": "a sheet comes in one answer",
        "add_late": "a sheet has no edit times",
        "hide": "a spreadsheet shows everything or nothing",
        "merge": "a sheet does not merge or renumber its records",
        "archive": "a row is there or not",
        "break_write": "all changes go in one atomic batch",
        "own_call_field": "all changes go in one atomic batch",
        "slow_job": "a spreadsheet has no jobs",
        "fired": "`quiet` is not declared: scripts of the sheet may run",
        "choice_field": "cells have no options",
        "lookup_field": "cells do not point to records",
        "targets": "cells do not point to records",
        "taste": "cells keep what is written RAW",
        "open_elsewhere": "many people have the sheet open at once",
        "during_write": "an atomic batch replaces no file",
        "backups": "Google keeps the history of versions",
    }

    def __init__(self, key: str | None = "编号", token: str | None = "offbook_id") -> None:
        super().__init__()
        self.fake = GoogleSheets(self.gate.now)
        self.fake.rates = ()
        self.fake.start()
        self.sheet = Sheet(7, SHEET)
        self.file = self.fake.add(Spreadsheet(FILE, "客户资料", sheets=[self.sheet], editors={ACCOUNT}))
        fields = tuple(name for name in HEADINGS if name not in ("编号", "offbook_id"))
        self.facts = TableFacts(fields, key, token)
        self.names = [name for name in HEADINGS if token or name != "offbook_id"]
        self._count = 0
        if key is None or token is None:
            self.many, self.crowd = 1100, 500  # thousands are tried once
        self._line(0, {0: "客户总表（内部）"})
        self._line(1, dict(enumerate(self.names)))
        self.secrets = [private_key().splitlines()[3], "4711abcdef", "ya29."]

    def options(self) -> Mapping[str, object]:
        return {"spreadsheet": FILE, "credentials": service(self.fake.base), "base_url": self.fake.base}

    # -------------------------------------------------------------------------- people

    @property
    def now(self) -> Sheet:
        """The sheet as it is: a batch puts a new one in its place."""
        return self.file.sheets[0]

    def _line(self, row: int, cells: Mapping[int, Any]) -> None:
        self.now.rows = max(self.now.rows, row + 1)
        for column, value in cells.items():
            old = self.now.line(row).get(column, Cell())
            made = typed(value)
            self.now.put(row, column, Cell(made.entered, None, made.format or old.format))

    def _type(self, row: int, values: Mapping[str, Value]) -> None:
        self._line(row, {self.column(name): value for name, value in values.items()})

    def column(self, name: str) -> int:
        return next(at for at, cell in self.now.lines[1].items() if cell.plain() == name)

    def _key(self) -> str:
        self._count += 1
        return f"K{self._count:06d}"

    def add(self, values: Mapping[str, Value]) -> str:
        row, key = self.now.last(), self._key()
        column = self.facts.key or self.facts.token
        self._type(row, {**({column: key} if column else {}), **values})
        return key if column else f"#{row + 1}"

    def fill(self, count: int) -> None:
        start, column = self.now.last(), self.facts.key or self.facts.token
        for number in range(count):
            self._line(start + number, {self.column("公司"): f"record {number}"})
            if column:
                self._line(start + number, {self.column(column): self._key()})

    def row(self, key: str) -> int:
        if key.startswith("#"):
            return int(key[1:]) - 1
        at = self.column(self.facts.key or self.facts.token or "")
        return next(row for row, line in enumerate(self.now.lines) if line.get(at, Cell()).plain() == key)

    def edit(self, key: str, values: Mapping[str, Value]) -> None:
        self._type(self.row(key), values)

    def remove(self, key: str) -> None:
        del self.now.lines[self.row(key)]

    def rows(self) -> list[Mapping[str, Value]]:
        names = {at: str(cell.plain()) for at, cell in self.now.lines[1].items()}
        lines = [line for line in self.now.lines[2:] if any(not cell.is_empty for cell in line.values())]
        return [{name: _shown(line.get(at, Cell())) for at, name in names.items()} for line in lines]

    def state(self) -> object:
        return [[{at: cell.told() for at, cell in line.items()} for line in sheet.lines] for sheet in self.file.sheets]

    # -------------------------------------------------------------------------- features

    def break_pull(self) -> None:
        self.fake.order(Trouble.BROKEN, *self.listing, times=20)

    def other_scope(self) -> Connector:
        kept = self.facts
        self.facts = TableFacts(kept.fields, kept.key, kept.token, where={"公司": {"not": ("合计",)}})
        try:
            return self.open()
        finally:
            self.facts = kept

    def damage(self, key: str) -> str:
        wrong = {"errorValue": {"type": "REF", "message": "Reference does not exist"}}
        self.now.put(self.row(key), self.column("备注"), Cell({"formulaValue": "=Z99"}, wrong))
        return "备注"

    def date_field(self) -> str:
        return "生日"

    def datetime_field(self) -> str:
        return "时间"

    def type_date(self, key: str, day: date) -> None:
        self._type(self.row(key), {"生日": day})

    def type_clock(self, key: str, clock: datetime) -> None:
        self._type(self.row(key), {"时间": clock})

    def forbid(self) -> None:
        self.file.editors.clear()

    def bad(self) -> tuple[str, Value]:
        return "备注", "x" * 60_000

    def add_twice(self, values: Mapping[str, Value]) -> str:
        key = self.add(values)
        self._type(self.now.last(), {**values, self.facts.key or self.facts.token or "": key, "备注": "twice"})
        return key

    def shuffle(self) -> None:
        lines = self.now.lines[2 : self.now.last()]
        random.Random(7).shuffle(lines)
        self.now.lines[2 : self.now.last()] = lines[::-1]

    def copy_row(self, key: str) -> None:
        self.now.line(self.now.last()).update(self.now.lines[self.row(key)])

    def add_keyless(self, values: Mapping[str, Value]) -> str:
        row = self.now.last()
        self._type(row, values)
        return f"#{row + 1}"


def _shown(cell: Cell) -> Value:
    if (cell.format or {}).get("type") == "DATE" and not cell.is_empty:
        return date.fromisoformat(cell.shown())
    found = cell.plain()
    return None if found == "" else found
