"""How much CPU do reading and writing a workbook cost, compared with openpyxl? (issue table: ≥ 6× and no slower)

Run as `python -m benchmarks.xlsx [records]`. Both read and write the same file in the same process; each job runs several
times and the cheapest run counts.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import openpyxl
import xlsxwriter

from connectors import xlsx
from connectors.contract import Change, Context, Op, Outcome, Query, Record, TableFacts
from connectors.gate import RunGate
from connectors.vault import MemoryVault

HEADINGS = ("编号", "公司", "联系人", "手机", "座机", "邮箱", "地址", "级别", "生日", "金额", "数量", "备注")
SHEET = "客户"
FACTS = TableFacts(HEADINGS[1:], "编号")


def make(path: Path, count: int) -> None:
    """A book of so many records in twelve columns: text, dates and numbers, Chinese and English mixed."""
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


def read_theirs(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True)
    count = sum(1 for _ in book[SHEET].iter_rows(min_row=2, values_only=True))
    book.close()
    return count


def write_ours(path: Path, changes: list[Change]) -> int:
    receipts = list(_connect(path).write(SHEET, changes))
    assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
    return len(receipts)


def write_theirs(path: Path, changes: list[Change]) -> int:
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    for change in changes:
        for name, value in change.after.items():
            sheet.cell(rows[change.key], HEADINGS.index(name) + 1).value = str(value)
    book.save(path)
    return len(changes)


def changes_of(path: Path, share: int = 100) -> list[Change]:
    """A new phone and remark for one record in `share`."""
    found = [record for at, record in enumerate(pulled(path)) if at % share == 0]
    after = {"手机": "13900139000", "备注": "改过"}
    return [
        Change(str(at), Op.UPDATE, record.key, after, {name: record.fields[name] for name in after}, record.version)
        for at, record in enumerate(found)
    ]


def cheapest(job: Callable[[], object], times: int) -> float:
    """CPU seconds of the cheapest of several runs."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        job()
        spent.append(time.process_time() - start)
    return min(spent)


def ratios(count: int = 100_000, times: int = 3) -> dict[str, tuple[float, float]]:
    """Job → CPU seconds of ours and of openpyxl."""
    with tempfile.TemporaryDirectory() as folder:
        path, copy = Path(folder, "book.xlsx"), Path(folder, "copy.xlsx")
        make(path, count)
        changes = changes_of(path)

        def write(job: Callable[[Path, list[Change]], int]) -> None:
            shutil.copy(path, copy)
            job(copy, changes)

        return {
            "read": (cheapest(lambda: read_ours(path), times), cheapest(lambda: read_theirs(path), times)),
            "write 1 %": (cheapest(lambda: write(write_ours), times), cheapest(lambda: write(write_theirs), 1)),
        }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for job, (ours, theirs) in ratios(count).items():
        print(f"{job}, {count:,} records: {ours:.2f} CPU s, openpyxl {theirs:.2f}, {theirs / ours:.1f}× cheaper")


def _connect(path: Path) -> xlsx.Workbook:
    context = Context(RunGate(), MemoryVault(), {SHEET: FACTS}, folder=str(path.parent))
    return xlsx.Workbook(xlsx.Options(path=path.name, backups=0), context)


if __name__ == "__main__":
    main()
