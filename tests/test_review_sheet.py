"""A review as a workbook: is it read back whatever people do to it, and is nothing decided that was not answered?"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from connectors.contract import ConfigError
from sync.review.answers import accept
from sync.review.columns import HIDDEN, understood
from sync.review.desk import Answered
from sync.review.filled import import_sheet, read_sheet
from sync.review.sheet import export_sheet
from tests.engine import Side, World
from tests.review_rig import Keys, listed, one, waiting
from tests.test_xlsx_office import convert, needs_office

YURUN = "上海宇润科技有限公司"


@pytest.fixture
def stage(tmp_path: Path) -> tuple[World, Keys]:
    return waiting(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Keys]:
    """For tests that decide nothing."""
    return waiting(tmp_path_factory.mktemp("still"))


def export(world: World, name: str = "review.xlsx", **options: Any) -> Path:
    path = world.folder / name
    with world.session() as session:
        export_sheet(session, path, **options)
    return path


def take_in(world: World, path: Path) -> Answered:
    with world.session() as session:
        return import_sheet(session, path, by="wang")


def book_of(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def fill(path: Path, answers: Mapping[str, str | tuple[str, object]]) -> None:
    """Beginning of a code → answer, or (answer, own value), typed where the headings say."""
    book = book_of(path)
    for sheet in (sheet for sheet in book.worksheets if sheet.title not in ("Read me", "填写说明", HIDDEN)):
        heads = {cell.value: cell.column for cell in sheet[1]}
        answer = heads.get("Answer") or heads["答复"]
        for row in range(2, sheet.max_row + 1):
            code = str(sheet.cell(row, 1).value)
            found = next((value for begin, value in answers.items() if code.startswith(begin)), None)
            if found is None:
                continue
            word, own = found if isinstance(found, tuple) else (found, None)
            sheet.cell(row, answer).value = word or None
            if own is not None:
                sheet.cell(row, answer + 1).value = own
    book.save(path)


def codes(world: World) -> dict[str, str]:
    return {question.sort: f"Q{question.number}-" for question in listed(world).questions}


# ------------------------------------------------------------------------------ as it is handed out


@pytest.mark.parametrize(
    ("lang", "sheets", "answer"),
    [
        ("en", ["Read me", "Questions", "Classes", HIDDEN], "same customer,two customers"),
        ("zh", ["填写说明", "问题", "分类", HIDDEN], "同一个客户,两个客户"),
    ],
)
def test_it_asks_everything_with_answers_to_choose_from(
    still: tuple[World, Keys], lang: str, sheets: list[str], answer: str
) -> None:
    world, _ = still
    book = book_of(export(world, f"{lang}.xlsx", lang=lang))
    assert book.sheetnames == sheets
    assert book[HIDDEN].sheet_state == "veryHidden"
    questions, classes = book[sheets[1]], book[sheets[2]]
    assert questions.max_row == 1 + 3 + 1, "three questions and a mark"
    assert classes.max_row == 1 + 4
    lists = [str(rule.formula1).strip('"') for rule in questions.data_validations.dataValidation]
    assert answer in lists
    text = " ".join(str(cell.value) for row in questions.iter_rows() for cell in row)
    assert all(value in text for value in ("深圳蓝天贸易有限公司", "大方商贸(北京)", "wang main-2", "+861066660001"))


def test_no_cell_can_do_anything(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    bad = ('=HYPERLINK("http://x.example")', "+1+1", "@SUM(A1)", "-2", "\t=1", "{=1}", "=cmd|' /C calc'!A0")
    for n, text in enumerate(bad):
        world.add("crm", f"customer {n}", a="x")
        world.add("book", f"customer {n}", a=text)
    world.run()
    path = export(world)
    with zipfile.ZipFile(path) as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist())
    assert b"<f>" not in inside
    assert b"<hyperlink" not in inside
    assert b'TargetMode="External"' not in inside
    with world.session() as session:
        assert import_sheet(session, path, by="wang").decisions == 0


def test_only_what_a_colleague_may_see(tmp_path: Path) -> None:
    world, _ = waiting(tmp_path, wang="wang")
    everybody, his = (read_sheet(export(world, f"for-{name}.xlsx", reader=name))[0] for name in ("", "lee"))
    assert len(his) < len(everybody)
    with world.session() as session, pytest.raises(ConfigError):
        export_sheet(session, world.folder / "x.xlsx", reader="nobody")


@pytest.mark.parametrize("name", ["review.pdf", "review", "no/such/folder/review.xlsx", "no/such/folder/x.txt"])
def test_where_it_cannot_be_written_is_told(still: tuple[World, Keys], name: str) -> None:
    with still[0].session() as session, pytest.raises(ConfigError):
        export_sheet(session, still[0].folder / name)
    assert not list(still[0].folder.glob(".*.part"))


# ------------------------------------------------------------------------------ as it comes back


def test_a_filled_workbook_decides_what_was_answered_and_nothing_twice(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    path, asked = export(world), codes(world)
    fill(
        path,
        {
            asked["field"]: "B",
            asked["identity"]: "same customer",
            "kept/organisation.a/wang": "golden wins",
            "mark/": "yes",
        },
    )
    done = take_in(world, path)
    assert (done.code, done.decisions) == (0, 5)
    assert any(str(note) in ("rows left open: 3", "rows left open: 4") for note in done.notes)
    again = take_in(world, path)
    assert again.decisions == 0
    assert all(line.failed or not line.decisions for line in again.lines)
    world.settles()
    assert world.golden(YURUN, "b") == "l"
    assert world.shows("wang", keys.wang, "a") == "crm says"
    assert len(world.keys("crm", "杭州走了有限公司")) == 1
    assert take_in(world, path).decisions == 0, "also after everything was carried out"


def test_an_empty_workbook_decides_nothing(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    done = take_in(world, export(world))
    assert (done.code, done.decisions, done.lines) == (0, 0, ())
    assert world.rows("SELECT COUNT(*) FROM decision") == [(0,)]


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (("own value", "four"), "four"),
        (("", "four"), "four"),
        (("", 4), "4"),
        (("", "=4"), "=4"),
        ("a", "w"),
        ("Ａ", "w"),
        ("A: w", "w"),
        (" lee ", "l"),
    ],
)
def test_a_value_is_chosen_or_typed(stage: tuple[World, Keys], answer: str | tuple[str, object], value: str) -> None:
    world, _ = stage
    path = export(world)
    fill(path, {codes(world)["field"]: answer})
    if value == "=4":
        book = book_of(path)
        for row in book["Questions"].iter_rows():
            for cell in row:
                if cell.value == "=4":
                    cell.data_type = "s"
        book.save(path)
    done = take_in(world, path)
    assert (done.code, done.decisions) == (0, 1), str(done.lines)
    world.run()
    assert world.golden(YURUN, "b") == value


@pytest.mark.parametrize(
    ("sort", "answer"),
    [
        ("field", "Z"),
        ("field", "own value"),
        ("field", ("A", "four")),
        ("identity", "perhaps"),
        ("identity", ("same customer", "北京大方")),
        ("subject", "other"),
        ("kept/organisation.a/wang", "create it again"),
        ("kept/organisation.a/wang", "A"),
        ("mark/", "remove"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_place(
    still: tuple[World, Keys], sort: str, answer: str | tuple[str, object]
) -> None:
    world, _ = still
    path = export(world, "wrong.xlsx")
    fill(path, {codes(world).get(sort, sort): answer})
    done = take_in(world, path)
    assert (done.code, done.decisions, len(done.lines)) == (2, 0, 1)
    assert str(done.lines[0].why)


def test_each_answer_in_either_language() -> None:
    assert {understood("identity", text) for text in ("same customer", "同一个客户", "SAME", "是", "yes", "√")} == {
        "same"
    }
    assert {understood("identity", text) for text in ("two customers", "两个客户", "different", "否", "no")} == {
        "different"
    }
    assert understood("subject", "same customer, name corrected") == "same"
    assert understood("hold", "do not remove") == "keep"
    assert understood("kept", "是") == "", "yes means nothing where one side must win"
    assert understood("field", "B", ["A", "B"]) == "B"
    assert understood("field", "Beijing", ["A", "B"]) == "", "a word that only begins with a letter"


# ------------------------------------------------------------------------------ what people do to workbooks


def moved(book: Any) -> None:
    """Columns in another order, two lines above, rows upside down, a column of one's own."""
    for name in ("Questions", "Classes"):
        sheet = book[name]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        book.remove(sheet)
        fresh = book.create_sheet(f"{name} von mir")
        fresh.append(["Notizen"])
        fresh.append([])
        for row in [rows[0], *reversed(rows[1:])]:
            fresh.append(["mine", *reversed(row)])


def shouting(book: Any) -> None:
    for sheet in book.worksheets:
        for cell in sheet[1]:
            cell.value = f" {cell.value} ".upper() if cell.value and sheet.title != HIDDEN else cell.value


def bare(book: Any) -> None:
    """Copied into a new workbook: no hidden sheet, no formats."""
    book.remove(book[HIDDEN])


def thinned(book: Any) -> None:
    """What is not answered was deleted, and so was the sheet of classes' explanations."""
    sheet = book["Questions"]
    for row in range(sheet.max_row, 1, -1):
        if not sheet.cell(row, 7).value:
            sheet.delete_rows(row)
    book.remove(book["Read me"])


def doubled(book: Any) -> None:
    """The same row twice with the same answer."""
    sheet = book["Questions"]
    for row in [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]:
        sheet.append(row)


@pytest.mark.parametrize("change", [moved, shouting, bare, thinned, doubled])
def test_it_is_read_however_it_was_changed(stage: tuple[World, Keys], change: Callable[[Any], None]) -> None:
    world, _ = stage
    path, asked = export(world), codes(world)
    fill(path, {asked["field"]: "A", asked["identity"]: "two customers", "kept/organisation.a/wang": "these cells win"})
    book = book_of(path)
    change(book)
    book.save(path)
    done = take_in(world, path)
    assert (done.code, done.decisions) == (0, 4), [str(line.why) for line in done.lines]


@needs_office
@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_it_is_read_after_libreoffice_saved_it(stage: tuple[World, Keys], ending: str) -> None:
    world, _ = stage
    path, asked = export(world, lang="zh"), codes(world)
    fill(path, {asked["field"]: "A", asked["identity"]: "两个客户", "kept/organisation.a/wang": "以黄金值为准"})
    done = take_in(world, convert(path, ending))
    assert (done.code, done.decisions) == (0, 4), [str(line.why) for line in done.lines]


def test_the_same_row_with_two_answers_is_refused(still: tuple[World, Keys]) -> None:
    world, _ = still
    path = export(world, "two.xlsx")
    fill(path, {codes(world)["identity"]: "same customer"})
    book = book_of(path)
    sheet = book["Questions"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    (row,) = [row for row in rows if row[6]]
    sheet.append([*row[:6], "two customers", *row[7:]])
    book.save(path)
    done = take_in(world, path)
    assert (done.code, done.decisions) == (2, 0)
    assert "twice" in str(done.lines[0].why)


@pytest.mark.parametrize(
    "code", ["Q1-00000000", "Q999-12345678", "Q1", "nonsense", "kept/organisation.a/erp#1", "mark/crm/0", "=1"]
)
def test_a_code_that_was_changed_decides_nothing(still: tuple[World, Keys], code: str) -> None:
    world, _ = still
    path = export(world, "codes.xlsx")
    book = book_of(path)
    sheet = book["Questions"]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 1).value = code
        sheet.cell(row, 1).data_type = "s"
        sheet.cell(row, 7).value = "yes"
    book.save(path)
    done = take_in(world, path)
    assert (done.code, done.decisions) == (2, 0)


def other_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["公司", "电话"])
    book.save(path)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("Code,Answer\nQ1-00000000,same\n", encoding="utf-8"),
        lambda path: path.write_bytes(b"PK\x03\x04 no zip"),
        other_workbook,
        lambda path: None,
        lambda path: path.mkdir(),
    ],
    ids=["empty", "csv", "cut", "other", "missing", "folder"],
)
def test_a_file_that_is_no_review_is_refused(
    still: tuple[World, Keys], tmp_path: Path, write: Callable[[Path], Any]
) -> None:
    path = tmp_path / "given.xlsx"
    write(path)
    with still[0].session() as session, pytest.raises(ConfigError):
        import_sheet(session, path, by="wang")


def test_a_review_of_another_ledger_is_refused(still: tuple[World, Keys], tmp_path: Path) -> None:
    other = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    other.add("crm", "one", a="x")
    other.add("book", "one", a="y")
    other.run()
    path = export(other)
    with still[0].session() as session, pytest.raises(ConfigError, match="another ledger"):
        import_sheet(session, path, by="wang")


# ------------------------------------------------------------------------------ what happened meanwhile


def test_what_was_answered_lapsed_or_changed_meanwhile_is_told(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    path, asked = export(world), codes(world)
    fill(path, {asked["field"]: "A", asked["identity"]: "same customer", asked["subject"]: "a new customer"})
    with world.session() as session:
        accept(session, [asked["identity"][1:-1]], by="boss")
    world.edit("wang", keys.wang, b="changed since")
    world.edit("wang", keys.renamed, name="广州新客户有限公司")
    world.run()
    done = take_in(world, path)
    assert (done.code, done.decisions) == (2, 0)
    whys = " | ".join(str(line.why) for line in done.lines)
    assert "answered already" in whys
    assert "has changed since the file was exported" in whys
    assert "not asked any more" in whys


def test_cells_of_a_class_that_moved_are_left_out(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    path = export(world)
    fill(path, {"kept/organisation.a/wang": "golden wins"})
    second = world.keys("wang", "成都第二有限公司")[0]
    world.add("crm", "武汉第三有限公司", a="golden")
    world.add("wang", "武汉第三有限公司", a="joined the class since")
    world.edit("crm", keys.crm, a="golden moved")
    world.run()
    done = take_in(world, path)
    assert done.decisions == 1, "only the cell that is still as it was shown"
    assert "changed since" in str(done.lines[0].why)
    world.settles()
    assert world.shows("wang", second, "a") == "crm too"
    third = world.keys("wang", "武汉第三有限公司")[0]
    assert world.shows("wang", third, "a") == "joined the class since"


def test_a_class_without_its_hidden_sheet_must_be_as_it_was(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    path = export(world)
    fill(path, {"kept/organisation.a/wang": "golden wins"})
    book = book_of(path)
    book.remove(book[HIDDEN])
    book.save(path)
    world.add("crm", "武汉第三有限公司", a="golden")
    world.add("wang", "武汉第三有限公司", a="joined the class since")
    world.run()
    done = take_in(world, path)
    assert (done.code, done.decisions) == (2, 0)
    assert one(world, "field").number
