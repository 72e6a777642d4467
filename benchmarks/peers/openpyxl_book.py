"""How does openpyxl read and rewrite the same workbook? (peer; runs in a virtual environment of its own)

`openpyxl_book.py read|write FILE`: all rows in read-only mode; or the phone and the remark of one row in a hundred.
"""

from __future__ import annotations

import sys

import openpyxl

SHARE = 100


def read(path: str) -> int:
    book = openpyxl.load_workbook(path, read_only=True)
    count = sum(1 for _ in book.worksheets[0].iter_rows(min_row=2, values_only=True))
    book.close()
    return count


def write(path: str) -> int:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    changed = range(2, sheet.max_row + 1, SHARE)
    for row in changed:
        sheet.cell(row, 4).value, sheet.cell(row, 12).value = "13900139000", "改过"
    book.save(path)
    return len(changed)


if __name__ == "__main__":
    print({"read": read, "write": write}[sys.argv[1]](sys.argv[2]))
