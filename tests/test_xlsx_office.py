"""Does LibreOffice open what we wrote and show the same values? Are old formats read? (skipped where it is not there)"""

from __future__ import annotations

import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import Outcome, Query, SourceRefused, TableFacts, Value
from tests import xlsx_books as books
from tests.xlsx_books import FACTS, SHEET

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed, so nobody tried to open the result"
)


def convert(path: Path, ending: str) -> Path:
    """The same book as LibreOffice saves it, in a folder of its own."""
    out = path.parent / "converted"
    profile = (path.parent / "profile").as_uri()
    command = [str(SOFFICE), "--headless", f"-env:UserInstallation={profile}", "--convert-to", ending]
    done = subprocess.run(
        [*command, "--outdir", str(out), str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    made = out / f"{path.stem}.{ending}"
    assert made.exists(), f"LibreOffice did not open it: {done.stderr}"
    return made


def values(path: Path) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(path, data_only=True)
    found: dict[str, list[list[object]]] = {}
    for sheet in book.worksheets:
        assert isinstance(sheet, Worksheet)
        lines: list[list[object]] = [[cell.value for cell in row] for row in sheet.iter_rows()]
        found[sheet.title] = [line for line in lines if any(value is not None for value in line)]
    return found


@needs_office
def test_libreoffice_shows_what_we_wrote_and_calculates_what_depends_on_it(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    books.rich(path)
    both = TableFacts((*FACTS.fields, "小计"), "编号", "offbook_id")
    found = books.records(path, both)
    texts = ["+86 139", "007", "=1+1", "320102199001011234", "é 😀 𠮷", "two\nlines", " blanks "]
    creates = [books.create({"编号": f"T{n}", "公司": text}, number=n) for n, text in enumerate(texts)]
    assert {receipt.outcome for receipt in books.write(path, *creates, facts=both)} == {Outcome.DONE}
    update = books.update(found[1], {"金额": 100, "生日": date(2000, 2, 29), "手机": None})
    assert books.write(path, update, facts=both)[0].outcome is Outcome.DONE
    new: dict[str, Value] = {
        "编号": "K5",
        "公司": "新公司",
        "手机": "013",
        "生日": date(2026, 1, 2),
        "金额": "7.5",
        "级别": "B",
    }
    assert books.write(path, books.create(new, "a1b2c3d4e5f6g7h"), facts=both)[0].outcome is Outcome.DONE
    (deleted,) = books.write(path, books.delete(books.records(path, both)[0]), facts=both)
    assert deleted.outcome is Outcome.DONE
    shown = values(convert(path, "xlsx"))
    assert [line[:8] for line in shown[SHEET][2:]] == [
        [None, None, None, None, None, None, None, 0],
        ["K2", "北京天合贸易有限公司", "李四", None, datetime(2000, 2, 29), 100, "B", 200],  # noqa: DTZ001
        ["K3", "广州未来软件有限公司", "王五", "+86 137 0013 7000", datetime(2001, 1, 1), 0, "A", 0],  # noqa: DTZ001
        ["K4", "深圳湾区电子有限公司", "赵六", "320102199001011234", None, -5, "C", -10],
        *([f"T{n}", text, None, None, None, None, None, None] for n, text in enumerate(texts)),
        ["K5", "新公司", None, "013", datetime(2026, 1, 2), 7.5, "B", None],  # noqa: DTZ001
    ]
    assert [line[1] for line in shown["汇总"]] == [95, 96, 2, 1]


@needs_office
def test_what_libreoffice_wrote_is_read_and_written_and_opened_again(tmp_path: Path) -> None:
    books.rich(tmp_path / "book.xlsx")
    path = convert(tmp_path / "book.xlsx", "xlsx")
    before = [dict(record.fields) for record in books.records(tmp_path / "book.xlsx")]
    assert [dict(record.fields) for record in books.records(path)] == before
    assert books.change(path, "K1", {"手机": "139", "金额": 5, "生日": None}).outcome is Outcome.DONE
    (receipt,) = books.write(path, books.create({"编号": "K5", "公司": "新", "生日": date(1999, 1, 1)}))
    assert receipt.outcome is Outcome.DONE
    shown = values(convert(path, "xlsx"))
    assert shown[SHEET][2][:7] == ["K1", "上海宇润科技有限公司", "张三", "139", None, 5, "A"]
    assert shown[SHEET][6][:5] == ["K5", "新", None, None, datetime(1999, 1, 1)]  # noqa: DTZ001
    assert shown["汇总"][0][1] == 88.5


@needs_office
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_old_formats_are_read_and_never_written(tmp_path: Path, ending: str) -> None:
    books.rich(tmp_path / "book.xlsx")
    path = convert(tmp_path / "book.xlsx", ending)
    before = [dict(record.fields) for record in books.records(tmp_path / "book.xlsx")]
    assert [dict(record.fields) for record in books.records(path)] == before
    assert list(books.opened(path).tables()) == [SHEET, "汇总"]
    assert books.opened(path).describe(SHEET).can.ops == frozenset()
    assert any(f".{ending} files are read only" in found.text for found in books.opened(path).check())
    with pytest.raises(SourceRefused):
        books.change(path, "K1", {"手机": "1"})
    cursor = list(books.opened(path).pull(Query(SHEET, FACTS.fields)))[-1].end
    assert cursor is not None
    (quiet,) = books.opened(path).pull(Query(SHEET, FACTS.fields, cursor.cursor))
    assert quiet.end is not None
    assert not quiet.end.full
