"""What does our connector do with a workbook of many records? Measured by workbooks.py, each job in its own process.

`python -m benchmarks.xlsx read|write FILE`, or `make FILE RECORDS`. Writing reads the whole book before, as a run does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from connectors import xlsx
from connectors.contract import Change, Context, Op, Outcome, Query, Record, TableFacts
from connectors.gate import RunGate
from connectors.vault import MemoryVault

HEADINGS = ("编号", "公司", "联系人", "手机", "座机", "邮箱", "地址", "级别", "生日", "金额", "数量", "备注")
SHEET = "客户"
FACTS = TableFacts(HEADINGS[1:], "编号")


def make(path: Path, count: int) -> None:
    """A book of so many records in twelve columns: text, dates and numbers, Chinese and English mixed."""
    import xlsxwriter  # reading and writing do not wait for it

    random = Random(1)
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet(SHEET)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, HEADINGS)
    for row in range(1, count + 1):
        texts = (f"C{row:07d}", f"上海宇润{row}科技有限公司", f"张三{row % 5000}", f"138{random.randrange(10**8):08d}")
        more = (
            f"021-{random.randrange(10**8):08d}",
            f"user{row}@example.com",
            f"上海市浦东新区张江路{row % 900}号",
            "ABC"[row % 3],
        )
        for column, text in enumerate((*texts, *more)):
            sheet.write_string(row, column, text)
        sheet.write_datetime(row, 8, datetime(1970, 1, 1) + timedelta(days=row % 15000), day)  # noqa: DTZ001
        sheet.write_number(row, 9, round(random.random() * 100_000, 2))
        sheet.write_number(row, 10, row % 100)
        if row % 3:
            sheet.write_string(row, 11, "老客户 & friend")
    book.close()


def pulled(path: Path) -> Iterable[Record]:
    connector = _connect(path)
    for page in connector.pull(Query(SHEET, HEADINGS)):
        yield from page.records
    connector.close()


def read_ours(path: Path) -> int:
    return sum(1 for _ in pulled(path))


def write_ours(path: Path, changes: list[Change]) -> int:
    receipts = list(_connect(path).write(SHEET, changes))
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    return len(receipts)


def changes_of(path: Path, share: int = 100) -> list[Change]:
    """A new phone and remark for one record in `share`."""
    found = [record for at, record in enumerate(pulled(path)) if at % share == 0]
    after = {"手机": "13900139000", "备注": "改过"}
    return [
        Change(str(at), Op.UPDATE, record.key, after, {name: record.fields[name] for name in after}, record.version)
        for at, record in enumerate(found)
    ]


def main() -> None:
    job, path = sys.argv[1], Path(sys.argv[2])
    if job == "make":
        make(path, int(sys.argv[3]))
    else:
        print(read_ours(path) if job == "read" else write_ours(path, changes_of(path)))


def _connect(path: Path) -> xlsx.Workbook:
    context = Context(RunGate(), MemoryVault(), {SHEET: FACTS}, folder=str(path.parent))
    return xlsx.Workbook(xlsx.Options(path=path.name, backups=0), context)


if __name__ == "__main__":
    main()
