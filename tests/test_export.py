"""Exports: are they complete, exactly as announced, readable by others, and limited to what a reader may see?"""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.contract import ConfigError
from sync.export import CHANGES, LINKS, TABLES, export
from tests.engine import Side, World
from tests.small_world import Files


def table(world: World, what: str, **options: Any) -> list[dict[str, str]]:
    out = StringIO()
    with world.session() as session:
        export(session, what, out=out, **options)
    return list(csv.DictReader(StringIO(out.getvalue())))


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two records of one customer in the formal table, one by a score, one off the books, and one that is planned."""
    folder = tmp_path_factory.mktemp("still")
    (folder / "people.yaml").write_text("wang: {name: 王芳}\nlee: {name: Lee}\n", encoding="utf-8")
    sides = {
        "crm": Side(formal=True, phones=1, create=True, fields=("a", "b", "owner")),
        "book": Side(phones=1, extra={"belongs_to": "wang"}),
    }
    world = World(folder, sides, people="people.yaml")
    world.add("crm", "double", a="1", owner="wang")
    world.add("crm", "double", a="1")
    world.add("crm", "天津永泰机械有限公司", code="", p1="022-88880001", owner="lee", a='say "hi", 你好; there')
    world.add("book", "天津永泰机械制造厂", code="", p1="022-88880001")
    world.run()
    world.add("book", "off the books", a="=1+1")
    world.plan()
    return world


# ------------------------------------------------------------------------------ links


def test_links_have_one_line_a_record_with_the_weakest_link(still: World) -> None:
    out = StringIO()
    with still.session() as session:
        written = export(session, "links", format="csv", out=out)
    assert out.getvalue().splitlines()[0] == "source,key,entity,probability" == ",".join(LINKS)
    rows = table(still, "links")
    assert written.rows == len(rows) == 5
    assert [row["source"] for row in rows] == ["crm"] * 3 + ["book"] * 2
    assert len({row["entity"] for row in rows}) == 3
    double = [row for row in rows if row["entity"] == rows[0]["entity"]]
    assert len(double) == 2
    scored = [float(row["probability"]) for row in rows if row["entity"] == rows[2]["entity"]]
    assert len(scored) == 2
    assert 0.5 < scored[0] <= 1
    alone = rows[4]
    assert float(alone["probability"]) == 1, "an entity of one record is sure"


def test_keys_are_those_that_the_source_shows_and_places_where_there_are_none(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.configure()
    files.write("crm.csv", "id,name,phone,site", "A-7,上海宇润科技有限公司,021-55550001,")
    files.write(
        "book.csv",
        "公司,座机,网址,联系人,手机,邮箱,备注",
        "上海宇润科技有限公司,021-55550001,,张三丰,13801774455,,",
        "北京大方商贸有限公司,,,李四,13801774456,,",
    )
    files.run()
    for kind, places in (("", {"#2", "#3"}), ("person", {"#2", "#3"})):
        out = StringIO()
        with files.session() as session:
            export(session, "links", out=out, kind=kind)
        rows = list(csv.DictReader(StringIO(out.getvalue())))
        assert {row["key"] for row in rows if row["source"] == "book"} == places
        assert len({row["entity"] for row in rows if row["source"] == "book"}) == 2


def test_a_source_of_several_tables_is_told_with_its_alias(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "crm.sqlite") as c:
        c.execute("CREATE TABLE firms (id INTEGER PRIMARY KEY, name TEXT)")
        c.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        c.execute("INSERT INTO firms VALUES (1, '上海宇润科技有限公司')")
        c.execute("INSERT INTO people VALUES (1, '张三丰')")
    c.close()
    (tmp_path / "mappings").mkdir()
    (tmp_path / "offbook.yaml").write_text("sources: {crm: crm.sqlite}\njobs: {look: {}}\n", encoding="utf-8")
    for name, kind in (("firms", "organisation"), ("people", "person")):
        text = f"table: crm.{name}\nat: {name}\nrecord: {{{kind}: {{name: name}}}}\n"
        (tmp_path / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    files = Files(tmp_path)
    files.run("look")
    out = StringIO()
    with files.session() as session:
        export(session, "links", out=out)
    rows = list(csv.DictReader(StringIO(out.getvalue())))
    assert [(row["source"], row["key"]) for row in rows] == [("crm.firms", "1"), ("crm.people", "1")]


# ------------------------------------------------------------------------------ customers, changes, duplicates


def test_customers_carry_golden_values_and_sensitive_ones_only_when_asked(still: World) -> None:
    rows = table(still, "customers")
    assert [row["name"] for row in rows if row["sources"] == "book"] == ["off the books"]
    assert "phones" not in rows[0]
    (tianjin,) = [row for row in table(still, "customers", values=True) if "天津永泰" in row["name"]]
    assert tianjin["phones"] == "+862288880001"
    assert tianjin["a"] == 'say "hi", 你好; there'
    assert tianjin["sources"] == "crm; book"
    with still.session() as session:
        written = export(session, "customers", out=StringIO())
    assert "phones" in written.left_out


def test_changes_of_the_newest_plan_of_a_plan_and_of_a_run(still: World) -> None:
    rows = table(still, "changes")
    assert tuple(rows[0]) == CHANGES
    assert {(row["op"], row["customer"]) for row in rows} == {("create", "off the books")}
    assert {row["field"]: row["after"] for row in rows}["organisation.a"] == "=1+1"
    assert table(still, "changes", plan=2) == rows
    first = table(still, "changes", plan=1)
    assert {row["plan"] for row in first} <= {"1"}
    for options in ({"plan": 99}, {"run": 99}):
        with still.session() as session, pytest.raises(ConfigError):
            export(session, "changes", out=StringIO(), plan=options.get("plan", 0), run=options.get("run", 0))


def test_masked_changes_hide_what_is_sensitive(still: World) -> None:
    text = str(table(still, "changes", plan=1)) + str(table(still, "changes"))
    assert "2288880001" not in text


def test_duplicates_name_the_leading_record_and_what_to_do(still: World) -> None:
    rows = table(still, "duplicates")
    assert [(row["source"], row["customer"], row["leading"]) for row in rows] == [
        ("crm", "double", "yes"),
        ("crm", "double", ""),
    ]
    assert all(row["what_to_do"] for row in rows)
    assert [row["leading"] for row in table(still, "duplicates", lang="zh")] == ["是", ""]


# ------------------------------------------------------------------------------ forms


@pytest.mark.parametrize("what", TABLES)
def test_the_same_rows_in_every_form(still: World, tmp_path: Path, what: str) -> None:
    paths = {form: tmp_path / f"{what}.{form}" for form in ("csv", "json", "xlsx")}
    with still.session() as session:
        counts = {export(session, what, path, values=True).rows for path in paths.values()}
    assert len(counts) == 1
    text = paths["csv"].read_text(encoding="utf-8")
    as_csv = list(csv.reader(StringIO(text)))
    as_json = json.loads(paths["json"].read_text(encoding="utf-8"))
    sheet = openpyxl.load_workbook(paths["xlsx"]).active
    assert sheet is not None
    as_xlsx = [["" if cell.value is None else cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(as_csv) == len(as_xlsx) == len(as_json) + 1
    assert as_csv[0] == as_xlsx[0]
    assert not as_json or list(as_json[0]) == as_csv[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), "nothing is a formula"


def test_a_report_of_a_plan_and_of_a_run(still: World, tmp_path: Path) -> None:
    with still.session() as session:
        newest = export(session, "report", tmp_path / "new.html")
        first = export(session, "report", tmp_path / "old.html", run=1)
        with pytest.raises(ConfigError):
            export(session, "report", tmp_path / "none.html", run=99)
    assert newest.rows == 1
    assert "Offbook: plan 2" in (tmp_path / "new.html").read_text(encoding="utf-8")
    assert "Offbook: plan 1" in (tmp_path / "old.html").read_text(encoding="utf-8")
    assert first.path == tmp_path / "old.html"


def test_a_file_is_there_whole_or_not_at_all(still: World, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.mkdir()
    with still.session() as session:
        for target in (path, tmp_path / "no" / "links.csv"):
            with pytest.raises(ConfigError):
                export(session, "links", target)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("everything", {}),
        ("links", {"format": "pdf"}),
        ("report", {}),
        ("links", {"format": "xlsx"}),
        ("links", {"kind": "nothing"}),
        ("links", {"reader": "nobody"}),
    ],
)
def test_what_is_not_there_is_told(still: World, what: str, options: dict[str, str]) -> None:
    with still.session() as session, pytest.raises(ConfigError):
        export(session, what, out=StringIO(), **options)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ readers


def test_a_reader_gets_his_own_customers_only(still: World) -> None:
    everybody, his = table(still, "customers"), table(still, "customers", reader="wang")
    assert {row["name"] for row in his} == {"double", "off the books"}
    assert len(everybody) == 3
    entities = {row["entity"] for row in his}
    assert {row["entity"] for row in table(still, "links", reader="wang")} == entities
    assert {row["entity"] for row in table(still, "changes", reader="wang")} <= entities
    assert table(still, "changes", reader="lee") == []
    assert table(still, "duplicates", reader="lee") == []
