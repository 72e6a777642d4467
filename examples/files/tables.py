"""How are the ERP's export and the CRM's database written?"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from examples.files.crm import USERS
from examples.files.erp import COLUMNS
from examples.files.rows import Row
from examples.troubles.others import NAMES

SCHEMA: Final = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  credit_code TEXT,
  phone TEXT,
  phone2 TEXT,
  website TEXT,
  address TEXT,
  industry TEXT,
  level INTEGER,
  owner_id INTEGER REFERENCES users (id),
  since DATE,
  tags TEXT,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  external_id TEXT UNIQUE
);
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  full_name TEXT NOT NULL,
  title TEXT,
  mobile TEXT,
  phone TEXT,
  email TEXT,
  wechat TEXT,
  birthday DATE,
  do_not_contact INTEGER NOT NULL DEFAULT 0,
  remark TEXT,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  external_id TEXT UNIQUE
);
CREATE INDEX contacts_account ON contacts (account_id);
"""


def write_erp(path: Path, rows: Sequence[Row]) -> None:
    """A CSV as programs in China export it: GB18030, CRLF, quotes only where needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.raw(column) for column in COLUMNS] for row in rows)
    path.write_bytes(text.getvalue().encode("gb18030"))


def write_crm(path: Path, rows: Sequence[Row]) -> None:
    """A SQLite file with users, accounts and contacts."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
        database.executemany(
            "INSERT INTO users VALUES (?, ?, ?)",
            [(number, NAMES[id_], f"{id_}@seller.example") for id_, number in sorted(USERS.items())],
        )
        for row in rows:
            columns = ["id", *row.cells]
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {row.table} ({', '.join(columns)}) VALUES ({marks})"
            database.execute(statement, [row.row, *(cell.raw for cell in row.cells.values())])
        database.commit()
