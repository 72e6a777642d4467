"""Are our own people found by every spelling, and written as each system knows them? (CONFIG §3)"""

from __future__ import annotations

import pytest

from connectors.contract import Damaged, Field, LookUp, Said, Value
from mappings.people import People, Person
from mappings.types import TYPES, At, Cannot

TEAM = People(
    (
        Person("wang", "王芳", ("小王", "王姐"), "wangfang@example.cn", {"crm": "3", "wecom": "WangFang"}),
        Person("li", "李雷", (), "lilei@example.cn", {"list": "雷子"}),
        Person("chen", "陈刚", ("老陈",), "", {}, "zhao"),
        Person("zhao", "赵敏", (), "zhaomin@example.cn", {}, "wang"),
        Person("gone", "钱多", (), "", {}, ""),
        Person("a", "甲", ("共用",)),
        Person("b", "乙", ("共用",)),
    )
)
TEXT = Field("o", "Owner")
USERS = Field("o", "Owner", "staff", options=(("u1", "Li Lei <LILEI@example.cn>"), ("u2", "王芳"), ("u3", "someone")))


@pytest.mark.parametrize(
    ("source", "raw", "person"),
    [
        ("book", "王芳", "wang"),
        ("book", " 小王 ", "wang"),
        ("book", "小　王", None),
        ("book", "WANGFANG@example.cn", "wang"),
        ("crm", 3, "wang"),
        ("crm", "3", "wang"),
        ("book", "3", None),
        ("list", "雷子", "li"),
        ("book", "雷子", None),
        ("book", "li", "li"),
        ("book", "共用", None),
        ("book", "张三", None),
        ("wecom", LookUp("@staff", "wangfang"), "wang"),
        ("hub", LookUp("@staff", "77", "lilei@example.cn"), "li"),
        ("hub", LookUp("@staff", "77", "nobody"), None),
    ],
)
def test_a_cell_means_a_person(source: str, raw: Value, person: str | None) -> None:
    assert TEAM.read(source, raw) == person


def test_a_user_is_found_by_what_the_system_lists_of_him() -> None:
    assert TEAM.read("hub", LookUp("@staff", "u2"), USERS) == "wang"
    assert TEAM.read("hub", "u2", USERS) == "wang"


def test_a_listed_user_is_known_by_name_or_address_and_never_by_the_end_of_another_address() -> None:
    listed = Field("o", "Owner", "staff", options=(("u1", "王芳 <w@x.cn>"), ("u2", "Other <xlilei@example.cn>")))
    assert TEAM.write("hub", "wang", listed) == LookUp("@staff", "u1")
    assert TEAM.read("hub", LookUp("@staff", "u1"), listed) == "wang"
    assert not isinstance(TEAM.write("hub", "li", listed), LookUp)


def test_who_has_left_is_written_as_the_last_of_his_successors() -> None:
    assert TEAM.heir("chen") == "wang"
    assert TEAM.heir("gone") == ""
    assert TEAM.heir("nobody") is None
    assert People((Person("x", "", (), "", {}, "y"), Person("y", "", (), "", {}, "x"))).heir("x") is None


@pytest.mark.parametrize(
    ("source", "person", "field", "raw"),
    [
        ("book", "wang", TEXT, "王芳"),
        ("crm", "wang", TEXT, "3"),
        ("list", "li", TEXT, "雷子"),
        ("book", "chen", TEXT, "王芳"),
        ("book", "gone", TEXT, None),
        ("wecom", "wang", USERS, LookUp("@staff", "WangFang")),
        ("hub", "li", USERS, LookUp("@staff", "u1")),
        ("hub", "wang", USERS, LookUp("@staff", "u2")),
        ("hub", "li", Field("o", "o", "choice", options=USERS.options), "u1"),
        ("crm", "wang", Field("o", "o", "lookup", refers=("users",)), LookUp("users", "3")),
    ],
)
def test_a_person_is_written_as_the_source_knows_him(source: str, person: str, field: Field, raw: Value) -> None:
    assert TEAM.write(source, person, field) == raw


@pytest.mark.parametrize(("person", "field"), [("a", USERS), ("nobody", TEXT)])
def test_who_is_unknown_there_cannot_be_written(person: str, field: Field) -> None:
    assert isinstance(TEAM.write("hub", person, field), Said)


def test_the_type_reads_and_writes_through_the_people_file() -> None:
    staff = TYPES["staff"]
    at = At(field=Field("o", "o", "number"), source="crm", people=TEAM)
    assert staff.parse("", at) == ""
    assert staff.parse(3, at) == "wang"
    assert staff.parse("张三", at) == Damaged("unmapped", "张三"), "never no owner"
    assert staff.parse(3, At(source="crm")) == Damaged("unmapped", "3")
    assert staff.render("wang", at) == 3
    assert isinstance(staff.render("li", at), Cannot), "a name does not fit a number field"


def test_the_digest_moves_with_what_is_read() -> None:
    one = People((Person("a", "甲"),))
    assert one.digest == People((Person("a", "甲"),)).digest
    assert one.digest != People((Person("a", "乙"),)).digest
    assert one.digest != People((Person("a", "甲", (), "", {"crm": "1"}),)).digest
