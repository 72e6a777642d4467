"""A workspace with a CSV file, a workbook and a database, the people who type in them, and Offbook as a real process."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openpyxl
import xlsxwriter

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 120
NOBODY: Final = 65534
WORKSPACE: Final = """\
ledger: {ledger}
authority: [crm]
guards: {{creates: 1000, updates: 1000, removals: 1000, blanks: 1000, merges: 1000, moved: 1000}}
sources:
  crm: crm.sqlite
  book: book.csv
  sheet: sheet.xlsx
jobs:
  agree: {{push: [crm, book, sheet], create_in: [crm.accounts, crm.contacts, book, sheet]}}
"""
MAPPINGS: Final = {
    "crm.accounts": """\
table: crm.accounts
offbook_id: external_id
record:
  organisation: {name: name, phones: phone, website: website}
""",
    "crm.contacts": """\
table: crm.contacts
offbook_id: external_id
record:
  person: {name: full_name, phones: mobile, emails: email, title: title, works_at: {from: account_id, ref: crm.accounts}}
""",
    "book": """\
table: book
record:
  organisation: {name: 公司, website: 网址}
  person: {name: 联系人, phones: 手机, emails: 邮箱, title: 职务, works_at: organisation}
""",
    "sheet": """\
table: sheet
record:
  organisation: {name: Company, website: Website}
  person: {name: Contact, phones: Mobile, emails: Email, title: Title, works_at: organisation}
""",
}
SCHEMA: Final = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT, website TEXT, external_id TEXT UNIQUE);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, full_name TEXT, mobile TEXT, email TEXT, title TEXT,
    account_id INTEGER REFERENCES accounts (id), external_id TEXT UNIQUE
);
INSERT INTO accounts (id, name, phone, website) VALUES
    (1, '上海宇润科技有限公司', '021-58881001', NULL), (2, '北京天合贸易有限公司', NULL, 'www.tianhe.example');
INSERT INTO contacts (id, full_name, mobile, email, title, account_id) VALUES
    (1, '张三丰', '13800138001', NULL, '经理', 1), (2, '李思敏', '13900139002', 'li@tianhe.example', NULL, 2);
"""
BOOK: Final = (
    ("编号", "公司", "联系人", "手机", "邮箱", "职务", "网址", "备忘"),
    ("", "上海宇润科技有限公司", "张三丰", "13800138001", "zhang@yurun.example", "", "www.yurun.example", "老客户"),
    ("", "北京天合贸易有限公司", "李思敏", "13900139002", "", "采购", "", ""),
    ("", "广州未来软件有限公司", "王武略", "13700137003", "", "工程师", "www.weilai.example", "=1+1"),
    ("", "深圳湾区电子有限公司", "赵柳青", "13600136004", "zhao@wanqu.example", "", "", "0012"),
)
SHEET: Final = (
    ("Ref", "Company", "Contact", "Mobile", "Email", "Title", "Website", "Memo"),
    ("", "北京天合贸易有限公司", "李思敏", "13900139002", "", "", "", "x"),
    ("", "深圳湾区电子有限公司", "赵柳青", "13600136004", "", "总监", "www.wanqu.example", "y"),
    ("", "成都天府软件有限公司", "孙启明", "13500135005", "sun@tianfu.example", "经理", "", "z"),
)


@dataclass(frozen=True)
class Done:
    """How a process ended. killed: by its own SIGKILL at the step that it was told."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -9

    @property
    def text(self) -> str:
        return self.out + self.err

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Stage:
    """One workspace in `folder`. tokens: the tables that have a column for our ids (`book`, `sheet`)."""

    folder: Path
    tokens: tuple[str, ...] = ("sheet",)
    ledger: str = "offbook.db"

    def __post_init__(self) -> None:
        self.configure()
        with closing(sqlite3.connect(self.folder / "crm.sqlite")) as crm:
            crm.executescript(SCHEMA)
        self.write_book(BOOK)
        self.write_sheet(SHEET)

    def at(self, folder: Path) -> Stage:
        """The same workspace, where it was copied to."""
        copy = Stage.__new__(Stage)
        copy.folder, copy.tokens, copy.ledger = folder, self.tokens, self.ledger
        return copy

    def configure(self) -> None:
        """Writes offbook.yaml and the mappings."""
        (self.folder / "mappings").mkdir(exist_ok=True)
        text = WORKSPACE.format(ledger=self.ledger)
        (self.folder / "offbook.yaml").write_text(text, encoding="utf-8")
        for name, mapping in MAPPINGS.items():
            column = {"book": "编号", "sheet": "Ref"}.get(name)
            if column and name in self.tokens:
                mapping = mapping.replace("record:", f"offbook_id: {column}\nrecord:", 1)
            (self.folder / "mappings" / f"{name}.yaml").write_text(mapping, encoding="utf-8")

    # -------------------------------------------------------------------------- people

    def write_book(self, rows: Sequence[Sequence[str]]) -> None:
        with self.book.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def write_sheet(self, rows: Sequence[Sequence[str]]) -> None:
        book = xlsxwriter.Workbook(str(self.sheet))
        page = book.add_worksheet("Accounts")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                page.write_string(at, column, value)
        book.close()

    def type_in_book(self, who: str, column: str, value: str) -> None:
        """Somebody types into the row of a contact, in an editor that keeps the rest."""
        rows = self.book_rows()
        at, place = next(n for n, row in enumerate(rows) if row[2] == who), rows[0].index(column)
        rows[at][place] = value
        self.write_book(rows)

    def type_in_sheet(self, who: str, column: str, value: str) -> None:
        book = openpyxl.load_workbook(self.sheet)
        page = book["Accounts"]
        place = next(n for n, cell in enumerate(page[1]) if cell.value == column)
        row = next(row for row in page.iter_rows() if row[2].value == who)
        row[place].value = value
        book.save(self.sheet)
        book.close()

    def type_in_crm(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.folder / "crm.sqlite")) as crm, crm:
            crm.execute(statement, values)

    # -------------------------------------------------------------------------- what the sources show

    @property
    def book(self) -> Path:
        return self.folder / "book.csv"

    @property
    def sheet(self) -> Path:
        return self.folder / "sheet.xlsx"

    def book_rows(self) -> list[list[str]]:
        with self.book.open(encoding="utf-8", newline="") as file:
            return [list(row) for row in csv.reader(file)]

    def sheet_rows(self) -> list[list[str]]:
        book = openpyxl.load_workbook(self.sheet, read_only=True)
        try:
            return [["" if v is None else str(v) for v in row] for row in book["Accounts"].iter_rows(values_only=True)]
        finally:
            book.close()

    def crm_rows(self) -> Iterator[tuple[Any, ...]]:
        """Accounts and contacts without ids: a contact names its account."""
        with closing(sqlite3.connect(self.folder / "crm.sqlite")) as crm:
            assert crm.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            yield from crm.execute("SELECT name, phone, website FROM accounts").fetchall()
            yield from crm.execute(
                "SELECT c.full_name, c.mobile, c.email, c.title, a.name FROM contacts c"
                " LEFT JOIN accounts a ON a.id = c.account_id"
            ).fetchall()

    def shows(self) -> dict[str, Counter[tuple[Any, ...]]]:
        """What stands in each source, whatever its order and ids; a row that is there twice is counted twice."""
        return {
            "book": Counter(tuple(row[1:]) for row in self.book_rows()),
            "sheet": Counter(tuple(row[1:]) for row in self.sheet_rows()),
            "crm": Counter(self.crm_rows()),
        }

    def losers(self) -> set[str]:
        """Values that were counted and lost: the ledger keeps them with the run (I1)."""
        with closing(sqlite3.connect(self.folder / self.ledger)) as ledger:
            found = [json.loads(row[0]) for row in ledger.execute("SELECT value FROM loser")]
        return {value for value in found if isinstance(value, str)}

    def crm_ids(self, table: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "crm.sqlite")) as crm:
            return crm.execute(f"SELECT * FROM {table}").fetchall()

    def forget_lease(self) -> None:
        """What a process leaves that could not give its lease back ends with it; ours goes on with the tests."""
        if "://" in self.ledger:
            import psycopg

            url = self.ledger.replace("${LEDGER_PASSWORD}", os.environ["LEDGER_PASSWORD"])
            with psycopg.connect(url) as server:
                server.execute("UPDATE lease SET until = ''")
            return
        with closing(sqlite3.connect(self.folder / self.ledger)) as ledger, ledger:
            ledger.execute("UPDATE lease SET until = ''")

    # -------------------------------------------------------------------------- Offbook

    def offbook(self, *words: str, environment: Mapping[str, str] | None = None, **how: Any) -> Done:
        """One call of the real program in this workspace."""
        command = [sys.executable, "-W", "error", "-m", "offbook", "--workspace", str(self.folder), *words]
        return spawn(command, environment, **how)

    def call(self, *words: str) -> Done:
        """The same in this process, for what needs no process of its own: cheaper by its imports."""
        return call(self.folder, *words)

    def sync(self, *words: str) -> Done:
        return self.call("sync", "agree", "--yes", "--json", *words)

    def rests(self, runs: int = 3) -> None:
        """Runs until there is nothing to do; each ends well, and its sums add up (I5, R17)."""
        for _ in range(runs + 1):
            done = self.sync()
            assert done.code == 0, done.text
            said = done.json()
            assert said["failures"] == {}
            assert said["applied"]["balances"]
            if said["planned"]["changes"] == 0:
                return
        raise AssertionError(f"there is still something to do: {said['planned']['counts']}")


def spawn(command: Sequence[str], environment: Mapping[str, str] | None = None, **how: Any) -> Done:
    given = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "OFFBOOK_LANG": "en"}
    done = subprocess.run(
        list(command), capture_output=True, encoding="utf-8", env={**given, **(environment or {})}, cwd=ROOT,
        timeout=SECONDS, check=False, **how,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def call(folder: Path, *words: str) -> Done:
    """One call of the command line, in this process."""
    import cli

    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            cli.app(["--workspace", str(folder), "--lang", "en", *words])
        except SystemExit as end:
            code = end.code
    return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


@contextmanager
def an_ordinary_user(folder: Path) -> Iterator[None]:
    """A superuser may write everywhere: where the tests run as one, somebody else owns the folder and writes there."""
    if os.geteuid() != 0:
        yield
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    opened = [path for path in folder.parents if not path.stat().st_mode & stat.S_IXOTH]
    for path in opened:
        path.chmod(path.stat().st_mode | stat.S_IXOTH)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        for path in opened:
            path.chmod(path.stat().st_mode & ~stat.S_IXOTH)
