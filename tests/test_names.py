"""Are people's names read, taken apart and put together as NORMALISATION 2.5 says?"""

from __future__ import annotations

import pytest

from connectors.contract import Damaged
from mappings.types import TYPES, At, Cannot
from mappings.types.names import is_title_name, join_name, split_name, title_family
from mappings.types.surnames import COMPOUND, SINGLE

NAME = TYPES["person_name"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张 三", "张三"),
        ("　欧阳　娜娜 ", "欧阳娜娜"),
        ("Smith, John", "John Smith"),
        ("O'Neil, Mary-Ann", "Mary-Ann O'Neil"),
        ("张, 三", "张三"),
        ("John Smith, Jr.", "John Smith, Jr."),
        ("买买提・艾合买提", "买买提·艾合买提"),
        ("买买提 • 艾合买提", "买买提·艾合买提"),
        ("王总", "王总"),
        ("Zhang  San", "Zhang San"),
        ("蕭 敬騰", "蕭敬騰"),
        ("Null", "Null"),
    ],
)
def test_a_name_is_cleaned_not_converted(typed: str, name: str) -> None:
    assert NAME.parse(typed, At()) == name


def test_a_placeholder_is_no_name() -> None:
    assert NAME.parse("暂无", At()) == Damaged("placeholder", "暂无")


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("张三", "张", "三"),
        ("欧阳娜娜", "欧阳", "娜娜"),
        ("歐陽修", "歐陽", "修"),
        ("诸葛亮", "诸葛", "亮"),
        ("尉迟恭", "尉迟", "恭"),
        ("万俟洛", "万俟", "洛"),
        ("张王丽娟", "张", "王丽娟"),
        ("爱新觉罗溥仪", "爱新觉罗", "溥仪"),
        ("John Smith", "Smith", "John"),
        ("Ludwig van Beethoven", "van Beethoven", "Ludwig"),
        ("John Smith Jr.", "Smith Jr.", "John"),
        ("San Zhang", "Zhang", "San"),
        ("Lucy 王", "王", "Lucy"),
        ("Mo Farah", "Farah", "Mo"),
    ],
)
def test_a_name_is_taken_apart(name: str, family: str, given: str) -> None:
    assert split_name(name) == (family, given)
    assert join_name(family, given) == name


@pytest.mark.parametrize(
    "name",
    [
        "王总",
        "小王",
        "Mr. Wang",
        "买买提·艾合买提",
        "Madonna",
        "Zhang San",
        "Wei Li",
        "张三(Jack)",
        "山田太郎",
        "欧阳",
        "王",
        "Jack Ma 马云",
        "",
    ],
)
def test_what_cannot_be_told_goes_whole_into_the_family_name(name: str) -> None:
    assert split_name(name) == (name, "")
    assert join_name(name, "") == name


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("王总", "王"),
        ("李经理", "李"),
        ("张先生", "张"),
        ("陈老师", "陈"),
        ("王姐", "王"),
        ("欧阳主任", "欧阳"),
        ("小王", "王"),
        ("老李", "李"),
        ("高总(采购)", "高"),
        ("劉總", "劉"),
        ("前台", ""),
        ("采购", ""),
        ("Mr. Wang", ""),
        ("Ms Li", ""),
        ("Wang Zong", ""),
    ],
)
def test_a_title_is_no_full_name(name: str, family: str) -> None:
    assert is_title_name(name)
    assert title_family(name) == family


@pytest.mark.parametrize(
    "name", ["张三", "王小明", "李科", "John Smith", "Mr John Smith", "小野洋子", "欧阳娜娜", "阿依努尔"]
)
def test_a_name_is_no_title(name: str) -> None:
    assert not is_title_name(name)
    assert title_family(name) == ""


def test_compound_family_names_come_first() -> None:
    assert len(COMPOUND) >= 56
    for compound in sorted(COMPOUND):
        assert split_name(f"{compound}明") == (compound, "明")
    assert all(len(one) == 1 for one in SINGLE)


@pytest.mark.parametrize(
    ("format_", "name", "text"),
    [
        ("Last, First", "John Smith", "Smith, John"),
        ("Last First", "John Smith", "Smith John"),
        ("First Last", "John Smith", "John Smith"),
        ("Last, First", "张三", "张, 三"),
        ("Last, First", "Madonna", "Madonna"),
    ],
)
def test_a_format_says_which_word_comes_first(format_: str, name: str, text: str) -> None:
    at = At(format=format_)
    assert NAME.render(name, at) == text
    assert NAME.parse(text, at) == name


def test_an_unknown_format_is_told() -> None:
    assert isinstance(NAME.render("John Smith", At(format="%F")), Cannot)


@pytest.mark.parametrize("number", ["13800138000", "+86 138-0013-8000", "(010) 64242504"])
def test_a_number_in_a_names_column_is_read_and_written_nowhere(number: str) -> None:
    assert isinstance(NAME.parse(number, At()), str)
    assert isinstance(NAME.render(number, At()), Cannot)
    assert NAME.render("007", At()) == "007"
