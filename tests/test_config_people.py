"""Are our own staff read alike from YAML and from a table, in every encoding that Excel writes?"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import ConfigError
from mappings.people import People, Person
from sync.workspace import FILE, load
from tests.standins import StandIns

HEAD = "people: {file}\nsources: {{book: a.xlsx, crm: crm.sqlite}}\n"
TABLE = "id,name,also,email,successor,crm\nwang,王芳,小王；王姐,w@x.cn,,3\nchen,陈刚,,,wang,\nold,老赵,,,-,\n"
YAML = """\
wang: {name: 王芳, also: [小王, 王姐], email: w@x.cn, in: {crm: 3}}
chen: {name: 陈刚, successor: wang}
old: {name: 老赵, successor: ""}
"""
PEOPLE = (
    Person("wang", "王芳", ("小王", "王姐"), "w@x.cn", {"crm": "3"}),
    Person("chen", "陈刚", successor="wang"),
    Person("old", "老赵", successor=""),
)


def people(folder: Path, name: str, data: bytes) -> tuple[Person, ...]:
    (folder / FILE).write_text(HEAD.format(file=name), encoding="utf-8")
    (folder / name).write_bytes(data)
    return load(folder, StandIns()).people


def told(folder: Path, name: str, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        people(folder, name, text.encode())
    return str(caught.value).splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    assert people(tmp_path, "staff.csv", TABLE.encode(encoding)) == PEOPLE


@pytest.mark.parametrize(("delimiter", "newline"), [(";", "\r\n"), ("\t", "\n"), (",", "\r\n")])
def test_a_table_is_read_with_every_delimiter(tmp_path: Path, delimiter: str, newline: str) -> None:
    text = TABLE.replace(",", delimiter).replace("\n", newline)
    assert people(tmp_path, "staff.csv", text.encode()) == PEOPLE


def test_yaml_says_the_same(tmp_path: Path) -> None:
    assert people(tmp_path, "people.yaml", YAML.encode()) == PEOPLE


def test_the_records_are_those_of_the_mappings(tmp_path: Path) -> None:
    staff = People(people(tmp_path, "staff.csv", TABLE.encode()))
    assert [staff.read("crm", "3"), staff.read("book", "小王"), staff.heir("chen"), staff.heir("old")] == [
        *("wang", "wang", "wang", ""),
    ]


def test_blank_lines_and_quotes_are_no_people(tmp_path: Path) -> None:
    text = 'id,name,also\n\nwang,"王芳, 经理",\n,,\n'
    assert people(tmp_path, "staff.csv", text.encode()) == (Person("wang", "王芳, 经理"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,nme\nwang,王芳\n", "staff.csv:1: `name` is missing and has no default"),
        ("id,name,crmm\nwang,王芳,3\n", "staff.csv:1 crmm: no source is called `crmm`; did you mean `crm`?"),
        (
            "id,name,name\nwang,a,b\n",
            "staff.csv:1 name: `name` is written twice; the first one would be lost, keep one",
        ),
        (
            "id,name\nwang,a\nwang,b\n",
            "staff.csv:3 wang: `wang` is written twice; the first one would be lost, keep one",
        ),
        ("id,name\n,王芳\n", "staff.csv:2: `id` is missing and has no default"),
        ("id,name\nwang,\n", "staff.csv:2 wang: `name` is missing and has no default"),
        ("id,name\nWang,王芳\n", "staff.csv:2 Wang: `Wang` cannot be an id; write small letters and digits"),
        (
            "id,name,successor\nwang,王芳,li\n",
            "staff.csv:2 wang.successor: nobody in `people` is called `li`; there is: wang",
        ),
        (
            "id,name,successor\na,A,b\nb,B,a\n",
            "staff.csv:2 a.successor: the successors of a lead back to a; somebody must stay, or leave it empty",
        ),
        (
            "id,name,crm\na,A,3\nb,B,3\n",
            "staff.csv:3 b.in.crm: `3` means both a and b; take it from one, or use `in:` for each source",
        ),
        (
            "id,name,email\na,A,x@y.cn\nb,B,X@y.cn\n",
            "staff.csv:3 b.email: `X@y.cn` means both a and b; take it from one, or use `in:` for each source",
        ),
        (
            "id,name\na,Wang  Fang\nb,ｗａｎｇ fang\n",
            "staff.csv:3 b.name: `ｗａｎｇ fang` means both a and b; take it from one, or use `in:` for each source",
        ),
        (
            'id,name\nwang,"' + "x" * 200,
            "staff.csv:2: not readable as CSV; a quote is not closed or stands in the middle of a cell",
        ),
    ],
)
def test_mistakes_of_a_table_are_told_where_they_stand(tmp_path: Path, text: str, message: str) -> None:
    assert message in told(tmp_path, "staff.csv", text)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither UTF-8 nor GB18030 nor Big5"):
        people(tmp_path, "staff.csv", b"id,name\nwang,\xff\xff\xff\n")


@pytest.mark.parametrize("name", ["staff.xlsx", "staff", "wang"])
def test_people_are_a_table_or_yaml(tmp_path: Path, name: str) -> None:
    assert "write the people, or the name of a .yaml or .csv file" in told(tmp_path, name, "x")[0]


def test_the_same_spelling_twice_for_one_person_is_no_trouble(tmp_path: Path) -> None:
    text = "wang: {name: 王芳, also: [王芳, wang]}\nli: {name: 李雷, in: {crm: 王芳}}\n"
    assert len(people(tmp_path, "people.yaml", text.encode())) == 2  # in one source a spelling may be another's
