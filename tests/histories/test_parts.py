"""Rows of company and contact against accounts and contacts; columns that speak of the linked record (DESIGN §4, CONFIG §2)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync import run as running
from tests.small_world import Files

WORKSPACE = """\
authority: [crm]
guards: {creates: 1000, updates: 1000, removals: 1000, blanks: 1000, merges: 1000, moved: 1000}
sources:
  crm: {connector: sql, url: "sqlite:///crm.db"}
  book: book.csv
jobs:
  agree: {push: [crm, book], create_in: [crm.accounts, crm.contacts]}
"""
ACCOUNTS = """\
table: crm.accounts
at: accounts
record:
  organisation: {name: name, phones: phone, website: site}
"""
CONTACTS = """\
table: crm.contacts
at: contacts
record:
  person: {name: name, phones: mobile, works_at: {from: account_id, ref: crm.accounts}}
"""
BOOK = """\
table: book
record:
  organisation: {name: 公司, phones: 座机, website: 网址}
  person: {name: 联系人, phones: 手机, works_at: organisation}
"""
HEAD = "公司,座机,网址,联系人,手机"
YURUN, TIANHE = "上海宇润科技有限公司", "北京天合贸易有限公司"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    import sqlite3

    made = Files(tmp_path)
    made.configure(book=BOOK, crm=ACCOUNTS, workspace=WORKSPACE)
    (tmp_path / "mappings" / "contacts.yaml").write_text(CONTACTS, encoding="utf-8")
    with sqlite3.connect(tmp_path / "crm.db") as db:
        db.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT, phone TEXT, site TEXT)")
        db.execute(
            "CREATE TABLE contacts (id INTEGER PRIMARY KEY, name TEXT, mobile TEXT, "
            "account_id INTEGER REFERENCES accounts (id))"
        )
        db.execute("INSERT INTO accounts (name) VALUES (?)", (TIANHE,))
        db.execute("INSERT INTO contacts (name, mobile, account_id) VALUES ('王五', '13900139000', 1)")
    db.close()
    return made


def crm(files: Files, sql: str) -> list[tuple[Any, ...]]:
    import sqlite3

    db = sqlite3.connect(files.folder / "crm.db")
    try:
        found = db.execute(sql).fetchall()
        db.commit()
        return found
    finally:
        db.close()


def settles(files: Files) -> None:
    for _ in range(2):
        files.run()
    with files.session() as session:
        assert running.make_plan(session, "agree").header["changes"] == 0


def test_r10_a_row_becomes_an_account_and_its_contact(files: Files) -> None:
    """Parents first, in one plan; a second contact of the same company makes no second account."""
    rows = [f"{YURUN},,https://yurun.example,张三,13801774455", f"{YURUN},,,李四,13801774466"]
    files.write("book.csv", HEAD, *rows)
    files.run()
    accounts: dict[str, int] = dict(crm(files, "SELECT name, id FROM accounts"))
    assert set(accounts) == {YURUN, TIANHE}
    contacts = set(crm(files, "SELECT name, account_id FROM contacts"))
    assert contacts == {("王五", 1), ("张三", accounts[YURUN]), ("李四", accounts[YURUN])}
    assert crm(files, f"SELECT site FROM accounts WHERE name = '{YURUN}'") == [("https://yurun.example",)]
    settles(files)
    assert len(crm(files, "SELECT * FROM accounts")) == 2
    assert len(crm(files, "SELECT * FROM contacts")) == 3


def test_r4i_a_contact_moves_in_the_crm_and_the_row_follows(files: Files) -> None:
    """A look-up there is a part of the row here: both ends compare by entity."""
    files.write("book.csv", HEAD, f"{YURUN},,,张三,13801774455", f"{TIANHE},,,王五,13900139000")
    files.run()
    settles(files)
    crm(files, "UPDATE contacts SET account_id = 1 WHERE name = '张三'")
    for _ in range(3):
        files.run()
    lines = {line.split(",")[3]: line.split(",")[0] for line in files.text("book.csv").splitlines()[1:]}
    names = {row[0] for row in crm(files, "SELECT name FROM accounts")}
    assert names == {YURUN, TIANHE}, "no company is renamed"
    assert crm(files, "SELECT account_id FROM contacts WHERE name = '张三'") == [(1,)], "the CRM's edit stands"
    assert lines["王五"] == TIANHE
    settles(files)


def test_r9_an_edit_of_the_company_reaches_all_its_rows(files: Files) -> None:
    files.write("book.csv", HEAD, f"{YURUN},,,张三,13801774455", f"{YURUN},,,李四,13801774466")
    files.run()
    crm(files, f"UPDATE accounts SET site = 'https://new.example' WHERE name = '{YURUN}'")
    files.run()
    assert files.text("book.csv").count("https://new.example") == 2
    settles(files)


def test_dotted_field_speaks_of_the_linked_record(files: Files) -> None:
    """`works_at.website` in a contact's table is the company's website; another look-up is another subject."""
    crm(files, "ALTER TABLE contacts ADD COLUMN company_site TEXT")
    dotted = CONTACTS.replace("ref: crm.accounts}}", "ref: crm.accounts}, works_at.website: company_site}")
    (files.folder / "mappings" / "contacts.yaml").write_text(dotted, encoding="utf-8")
    files.write("book.csv", HEAD, f"{TIANHE},,https://tianhe.example,王五,13900139000")
    files.run()
    files.run()
    assert crm(files, "SELECT company_site FROM contacts WHERE name = '王五'") == [("https://tianhe.example",)]
    crm(files, "UPDATE contacts SET company_site = 'https://typed.example' WHERE name = '王五'")
    files.run()
    assert crm(files, "SELECT site FROM accounts WHERE id = 1") == [("https://typed.example",)]
    assert "https://typed.example" in files.text("book.csv")
    settles(files)
