"""Does `offbook dedupe` find duplicates in files that nobody described, write what was asked for, and say what is wrong?"""

from __future__ import annotations

import csv
import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter

from benchmarks import dedupe_quality, matching_quality
from tests.command_line import Said, call, spawn

HEAD = ("id", "name", "company", "mobile", "email", "city")
ROWS = (
    ("1", "张伟", "杭州明朗科技有限公司", "13800138001", "zhangwei@minglang.example", "杭州"),
    ("2", "张伟", "明朗科技", "138 0013 8001", "", "杭州市"),
    ("3", "李娜", "杭州明朗科技有限公司", "13900139002", "lina@minglang.example", "杭州"),
    ("4", "Ann Brown", "Northgate Tools Ltd", "", "ann.brown@northgate.example", "Leeds"),
    ("5", "Brown, Ann", "Northgate Tools", "", "ann.brown@northgate.example", "Leeds"),
    ("6", "王芳", "苏州云帆贸易有限公司", "13700137003", "", "苏州"),
    ("7", "陈静", "苏州云帆贸易有限公司", "13600136004", "", "苏州"),
    ("8", "赵磊", "成都远山食品有限公司", "13500135005", "zhaolei@yuanshan.example", "成都"),
)
SAME = {frozenset({"1", "2"}), frozenset({"4", "5"})}


def put(path: Path, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((head, *rows))
    return path


def put_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[str]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(n, column, text)
    return path


def dedupe(*words: object, code: int = 0, lang: str = "en") -> Said:
    said = call("dedupe", *words, lang=lang)
    assert said.code == code, said
    return said


def groups(links: Path) -> set[frozenset[str]]:
    """Keys that are one entity, where there are several."""
    found: dict[str, set[str]] = {}
    with links.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["entity"], set()).add(row["key"])
    return {frozenset(keys) for keys in found.values() if len(keys) > 1}


def refused(*words: object, lang: str = "en") -> str:
    said = call("dedupe", *words, lang=lang)
    assert said.code == 2, said
    assert not said.out
    return " ".join(said.err.split())


# ------------------------------------------------------------------------------ what it finds


def test_a_process_of_its_own(tmp_path: Path) -> None:
    put(tmp_path / "list.csv", ROWS)
    said = spawn("dedupe", "list.csv", "--out", "links.csv", cwd=tmp_path)
    assert said.code == 0, said.err
    with (tmp_path / "links.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["source", "key", "entity", "probability"]
    assert [row[:2] for row in rows[1:]] == [["list.csv", row[0]] for row in ROWS]
    assert all(0 < float(row[3]) <= 1 for row in rows[1:])
    assert groups(tmp_path / "links.csv") == SAME
    assert "mobile" in said.err
    assert "name of the company" in said.err


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("统一社会信用代码", ("91110000600037341L", "91330212504327664T")),
        ("customer no", ("K10788", "K10912")),
    ],
)
def test_a_number_of_the_company_does_not_make_colleagues_one(
    tmp_path: Path, heading: str, numbers: tuple[str, str]
) -> None:
    people = ("王丽", "陈建国", "赵子涵", "孙浩然", "周敏", "吴晓东")
    rows = [
        (str(n), name, company, number, f"1380013800{n}{place}")
        for place, (company, number) in enumerate(
            zip(("杭州明朗科技有限公司", "苏州云帆贸易有限公司"), numbers, strict=True)
        )
        for n, name in enumerate(people[3 * place : 3 * place + 3])
    ]
    listed = [(str(n), *row[1:]) for n, row in enumerate(rows)]
    listed.append((str(len(listed)), *listed[0][1:]))
    path = put(tmp_path / "list.csv", listed, ("id", "联系人", "公司名称", heading, "手机"))
    dedupe(path, "--out", tmp_path / "links.csv")
    assert groups(tmp_path / "links.csv") == {frozenset({"0", "6"})}
    dedupe(path, "--kind", "organisation", "--out", tmp_path / "firms.csv")
    assert groups(tmp_path / "firms.csv") == {frozenset({"0", "1", "2", "6"}), frozenset({"3", "4", "5"})}


def test_order_means_nothing(tmp_path: Path) -> None:
    """Neither that of the rows nor that of the files."""
    half = len(ROWS) // 2
    first, second = put(tmp_path / "a.csv", ROWS[:half]), put(tmp_path / "b.csv", ROWS[half:])
    dedupe(first, second, "--out", tmp_path / "one.csv")
    found = groups(tmp_path / "one.csv")
    assert frozenset({"1", "2"}) in found
    rows = list(ROWS)
    for seed in range(2):
        random.Random(seed).shuffle(rows)
        put(tmp_path / "a.csv", [row for row in rows if row in ROWS[:half]])
        put(tmp_path / "b.csv", [row for row in rows if row in ROWS[half:]])
        dedupe(second, first, "--out", tmp_path / "other.csv")
        assert groups(tmp_path / "other.csv") == found


def test_sources_and_keys(tmp_path: Path) -> None:
    rows = [("crm" if n % 2 else "book", *row) for n, row in enumerate(ROWS)]
    path = put(tmp_path / "all.csv", rows, ("from", *HEAD))
    dedupe(path, "--source-column", "from", "--key-column", "ID", "--out", tmp_path / "links.csv", "--across")
    with (tmp_path / "links.csv").open(encoding="utf-8", newline="") as file:
        said = [(row["source"], row["key"]) for row in csv.DictReader(file)]
    assert said == [row[:2] for row in rows]
    assert groups(tmp_path / "links.csv") == SAME


def test_across_never_joins_one_source(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", [*ROWS, ("9", *ROWS[0][1:])])
    dedupe(path, "--across", "--out", tmp_path / "links.csv")
    assert groups(tmp_path / "links.csv") == set()


def test_row_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", [row[1:] for row in ROWS], HEAD[1:])
    dedupe(path, "--out", tmp_path / "links.csv")
    assert groups(tmp_path / "links.csv") == {frozenset({"2", "3"}), frozenset({"5", "6"})}


def test_workbooks_of_several_sheets(tmp_path: Path) -> None:
    path = put_xlsx(
        tmp_path / "book.xlsx",
        {"Notes": [["read me"]], "North": [HEAD, *ROWS[:4]], "South": [HEAD, *ROWS[4:], ("9", *ROWS[0][1:])]},
    )
    said = dedupe(path, "--json").json()
    assert [one["name"] for one in said["tables"]] == ["book.xlsx:North", "book.xlsx:South"]
    assert (said["records"], said["groups"], said["duplicates"]) == (9, 2, 3)


def test_companies_are_found_where_rows_name_both(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", ROWS)
    dedupe(path, "--kind", "organisation", "--out", tmp_path / "links.csv")
    assert frozenset({"6", "7"}) in groups(tmp_path / "links.csv")
    nobody = put(tmp_path / "nobody.csv", [(*row[:1], "", row[2], "", "", row[5]) for row in ROWS], HEAD)
    said = dedupe(nobody, "--json").json()
    assert said["subjects"] == {"organisation": 8}


def test_contacts_of_a_phone(tmp_path: Path) -> None:
    cards = [
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL;TYPE=CELL:{phone}\r\nEND:VCARD\r\n"
        for _, name, _, phone, *_ in ROWS
    ]
    (tmp_path / "phone.vcf").write_text("".join(cards), encoding="utf-8")
    said = dedupe(tmp_path / "phone.vcf", put(tmp_path / "list.csv", ROWS), "--json").json()
    assert said["records"] == 16
    assert said["groups"] >= 5


def test_old_formats_and_encodings(tmp_path: Path) -> None:
    text = "\n".join("\t".join(row) for row in (HEAD, *ROWS))
    (tmp_path / "list.tsv").write_bytes(text.encode("gb18030"))
    dedupe(tmp_path / "list.tsv", "--out", tmp_path / "links.csv")
    assert groups(tmp_path / "links.csv") == SAME


# ------------------------------------------------------------------------------ what it says


def test_what_is_said(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", ROWS)
    said = dedupe(path)
    assert "each record stands for the person it names" in said.out
    assert "mail address: the same" in said.out
    assert "--report duplicates.xlsx" in said.err
    chinese = dedupe(path, lang="zh")
    assert "每条记录代表其中的联系人" in chinese.out
    assert "标题如此" in chinese.err


def test_json_holds_no_value(tmp_path: Path) -> None:
    said = dedupe(put(tmp_path / "list.csv", ROWS), "--json", "--out", tmp_path / "links.csv")
    told = said.json()
    assert told["links"].endswith("links.csv")
    roles = {one["heading"]: one["role"] for one in told["columns"]}
    assert roles == {
        "id": "key",
        "name": "name",
        "company": "company",
        "mobile": "phones",
        "email": "emails",
        "city": "city",
    }
    assert told["questions"] >= 0
    assert 0 <= told["precision"] <= 1
    assert not [cell for row in ROWS for cell in row[1:] if len(cell) > 4 and cell in said.out]


def test_questions_are_something_to_do(tmp_path: Path) -> None:
    """Two namesakes of one company and nothing else: perhaps one."""
    rows = [("1", "王芳", "苏州云帆贸易有限公司", "", "", ""), ("2", "王芳", "云帆", "", "", ""), *ROWS[2:5]]
    path = put(tmp_path / "list.csv", rows)
    asked = dedupe(path, "--json").json()["questions"]
    dedupe(path, "--strict", code=1 if asked else 0)


# ------------------------------------------------------------------------------ the report


def cells(path: Path, sheet: int) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return [list(row) for row in book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)]


def decide(path: Path, sheet: int, answer: str, to: Path, only: int = -1) -> Path:
    """The same sheet with decisions in its yellow cells, as a workbook of its own."""
    rows = cells(path, sheet)
    at, code = rows[0].index("Decision"), rows[0].index("_offbook")
    fillable = [n for n, row in enumerate(rows) if n and row[code]]
    for n in fillable if only < 0 else fillable[only : only + 1]:
        rows[n][at] = answer
    return put_xlsx(to, {"Duplicates": [[str(cell) for cell in row] for row in rows]})


def test_the_report(tmp_path: Path) -> None:
    evil = ("9", "=HYPERLINK(1)", "+1+1", "13800138001", "", "")
    path = put(tmp_path / "list.csv", [*ROWS, evil, ("10", *evil[1:])])
    report = tmp_path / "duplicates.xlsx"
    dedupe(path, "--report", report)
    summary, rows = cells(report, 0), cells(report, 1)
    assert ["records", 10.0] in [row[:2] for row in summary]
    assert rows[0][:6] == ["Group", "Decision", "Sure", "Why", "Source", "Key"]
    assert rows[0][6:-1] == list(HEAD)
    shown = {str(row[5]): row for row in rows[1:]}
    assert {"1", "2", "4", "5"} <= set(shown)
    assert shown["2"][6:-1] == list(ROWS[1])
    assert "mobile: the same" in str(shown["2"][3])
    assert shown["1"][3] == "the most complete record"
    assert not shown["1"][-1]
    with zipfile.ZipFile(report) as packed:
        sheets = [packed.read(name).decode() for name in packed.namelist() if "worksheets/sheet" in name]
    assert not any("<f>" in one for one in sheets)
    assert "dataValidation" in sheets[1]
    assert 'outlineLevel="1"' in sheets[1]
    assert "<pane" in sheets[1]
    chinese = tmp_path / "zh.xlsx"
    dedupe(path, "--report", chinese, lang="zh")
    assert python_calamine.CalamineWorkbook.from_path(str(chinese)).sheet_names[:2] == ["概要", "重复记录"]


def test_decisions_hold(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", ROWS)
    report, links = tmp_path / "duplicates.xlsx", tmp_path / "links.csv"
    dedupe(path, "--report", report)
    decided = decide(report, 1, "different", tmp_path / "decided.xlsx")
    dedupe(path, "--decisions", decided, "--out", links, "--report", report)
    assert groups(links) == set()
    dedupe(path, "--decisions", report, "--out", links, "--report", report)  # the newest report holds them as well
    assert groups(links) == set()
    back = decide(report, python_calamine.CalamineWorkbook.from_path(str(report)).sheet_names.index("Decided before"),
                  "相同", tmp_path / "back.xlsx")  # fmt: skip
    dedupe(path, "--decisions", back, "--out", links)
    assert groups(links) == SAME


def test_a_decision_follows_its_record(tmp_path: Path) -> None:
    """Rows without keys are found by what they say; those that are gone are told."""
    bare = [row[1:] for row in ROWS]
    path = put(tmp_path / "list.csv", bare, HEAD[1:])
    report, links = tmp_path / "duplicates.xlsx", tmp_path / "links.csv"
    dedupe(path, "--report", report)
    decided = decide(report, 1, "no", tmp_path / "decided.xlsx")
    put(tmp_path / "list.csv", bare[::-1], HEAD[1:])
    dedupe(path, "--decisions", decided, "--out", links)
    assert groups(links) == set()
    put(tmp_path / "list.csv", bare[2:], HEAD[1:])
    said = dedupe(path, "--decisions", decided, "--out", links)
    assert "1 decisions are about records that are not there any more" in " ".join(said.err.split())


def test_decisions_that_mean_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", ROWS)
    assert "no report of ours" in refused(path, "--decisions", put_xlsx(tmp_path / "other.xlsx", {"A": [["a", "b"]]}))
    assert "there is no file" in refused(path, "--decisions", tmp_path / "none.xlsx")
    assert "cannot be read as a workbook" in refused(path, "--decisions", path)
    dedupe(path, "--report", tmp_path / "d.xlsx")
    assert "not understood" in refused(
        path, "--decisions", decide(tmp_path / "d.xlsx", 1, "maybe", tmp_path / "e.xlsx")
    )


# ------------------------------------------------------------------------------ what is wrong with the input


def test_what_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", ROWS)
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "there is no file" in refused(tmp_path / "none.csv")
    assert "is empty" in refused(tmp_path / "empty.csv")
    assert "there is no record" in refused(put(tmp_path / "head.csv", []))
    assert "does not say what it is" in refused(tmp_path / "list.doc")
    assert "named twice" in refused(path, path)
    assert "has no column `nr`" in refused(path, "--key-column", "nr")
    assert "has no column `wer`" in refused(path, "--source-column", "wer")
    assert "`city` is no key" in refused(path, "--key-column", "city")
    assert "nothing in the key column" in refused(path, "--key-column", "email")
    assert "neither" in refused(path, "--kind", "dog")
    assert "tells records apart" in refused(
        put(tmp_path / "n.csv", [("1", "x"), ("2", "x"), ("3", "x")], ("id", "state"))
    )
    assert "must end in .xlsx" in refused(path, "--report", tmp_path / "a.pdf")
    assert "cannot be written" in refused(path, "--out", tmp_path / "no" / "links.csv")
    assert "FILE" in refused()
    assert "没有文件" in refused(tmp_path / "none.csv", lang="zh")
    assert "不能作为编号" in refused(path, "--key-column", "city", lang="zh")
    said = call("dedupe", path, "--key-column", "city", "--json")
    assert said.code == 2
    assert said.error["kind"] == "ConfigError"
    assert "杭州" not in said.out


def test_bad_data(tmp_path: Path) -> None:
    """A cell of five megabytes, ragged rows, emoji, one value everywhere, a column of blanks."""
    rows = [
        *[(*row, "same", "") for row in ROWS],
        ("11", "😀", "x" * 5_000_000, "1", "@", "…", "same", ""),
        ("12", "only a name"),
        ("13", "张伟", "", "", "", "", "same", "", "too", "much"),
    ]
    path = put(tmp_path / "list.csv", rows, (*HEAD, "state", "blank"))
    said = dedupe(path, "--out", tmp_path / "links.csv", "--report", tmp_path / "d.xlsx", "--json").json()
    assert said["records"] == 11
    assert frozenset({"4", "5"}) in groups(tmp_path / "links.csv")
    roles = {one["heading"]: one["role"] for one in said["columns"]}
    assert roles["blank"] is None


def test_empty_records_are_not_the_same(tmp_path: Path) -> None:
    rows = [("1", "", "", "", "", ""), ("2", "", "", "", "", ""), *ROWS[2:]]
    dedupe(put(tmp_path / "list.csv", rows), "--out", tmp_path / "links.csv")
    assert frozenset({"1", "2"}) not in groups(tmp_path / "links.csv")


def test_two_files_of_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        put(tmp_path / name / "list.csv", ROWS[:4])
    said = dedupe(tmp_path / "a" / "list.csv", tmp_path / "b" / "list.csv", "--out", tmp_path / "links.csv")
    with (tmp_path / "links.csv").open(encoding="utf-8", newline="") as file:
        sources = {row["source"] for row in csv.DictReader(file)}
    assert len(sources) == 2, said


def test_a_workbook_gives_the_same_as_text(tmp_path: Path) -> None:
    dedupe(put_xlsx(tmp_path / "list.xlsx", {"Sheet1": [HEAD, *ROWS]}), "--out", tmp_path / "links.csv")
    assert groups(tmp_path / "links.csv") == SAME


# ------------------------------------------------------------------------------ how good it is

SETS = Path(__file__).resolve().parents[1].parent / "shared" / "matching"
needs_sets = pytest.mark.skipif(not SETS.is_dir(), reason="the labelled sets are not at hand")


@needs_sets
def test_a_small_set_from_its_file_alone() -> None:
    check("fake_1000", unknown=True)


@pytest.mark.long
@needs_sets
@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("name", sorted(matching_quality.SET_MAPS))
def test_all_sets_from_their_files_alone(name: str, unknown: bool) -> None:
    check(name, unknown=unknown)


def check(name: str, *, unknown: bool) -> None:
    """With a slack of .005: models of matching move a little."""
    labelled, bar = matching_quality.read_set(SETS / name), matching_quality.SET_MAPS[name].bar
    said, _ = dedupe_quality.measured(matching_quality.load_judge(SETS), labelled, unknown=unknown)
    assert said["missing"] == 0
    assert said["f1"] >= bar[0] - 0.005
    assert said["b3"] >= bar[1] - 0.005
