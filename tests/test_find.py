"""`offbook find`: a customer is found by what somebody remembers of it, in either script, as far as it was typed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from cli import main
from connectors.contract import ConfigError
from sync.linking import nearby
from sync.picture.opening import look
from sync.search import find as finding
from sync.search.asked import DIGITS, MAIL, TEXT, asked
from sync.search.find import Finder, Found, find
from sync.show.found import print_found
from sync.show.screen import Screen
from tests.engine import Side, World

PEOPLE = "wang: {name: 王芳}\nlee: {name: Lee Morgan}\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("find")
    (folder / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    sides = {
        "crm": Side(formal=True, phones=1),
        "wang": Side(phones=1, extra={"belongs_to": "wang"}),
        "lee": Side(phones=1, extra={"belongs_to": "lee"}),
    }
    world = World(folder, sides, people="people.yaml")
    world.add("crm", "上海宇润科技有限公司", "K-1001", p1="13800138000")
    world.add("wang", "上海宇润科技有限公司", "K-1001", p1="13800138000")
    world.add("crm", "北京大方商贸有限公司", "K-1002", p1="010-66660001")
    world.add("lee", "Harbor Optics Ltd", "K-2001", p1="+1 415 555 2671")
    world.add("crm", "上海恒通贸易有限公司", "K-1003", p1="13911112222")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearby, "FEW", 2)  # so that the keys are kept
        world.run()
    return world


@contextmanager
def finder(world: World, **options: str) -> Iterator[Finder]:
    with world.session() as session, session.ledger.transaction() as c:
        yield Finder(look(session, c), **options)  # type: ignore[arg-type]


def names(world: World, query: str, **options: str) -> list[str]:
    with finder(world, **options) as one:
        return [answer.called for answer in one.find(query).answers]


# ------------------------------------------------------------------------------ what is typed


def test_a_query_is_read_word_by_word() -> None:
    words = asked("王芳 138… wang.fang@Corp.Example，+86 13800138000 91310115MA1K4AB123")
    assert [(word.sort, word.text) for word in words] == [
        (TEXT, "王芳"), (DIGITS, "138"), (MAIL, "wang.fang@corp.example"), (DIGITS, "13800138000"),
        (TEXT, "91310115ma1k4ab123"),
    ]  # fmt: skip
    assert [word.text for word in asked("王芳138")] == ["王芳", "138"]
    assert asked("王总")[0].family == "王"
    assert asked("+8613800138000")[0].text == "13800138000"
    assert asked("  … ，") == ()


# ------------------------------------------------------------------------------ who is found


@pytest.mark.parametrize(
    "query",
    ["上海宇润", "宇润", "宇润科技", "13800138000", "138", "8000", "+86 138-0013-8000", "K-1001", "shanghaiyurun", "yurun",
     "shyrkjyxgs", "宇润 138"],
)  # fmt: skip
def test_it_is_found_by_any_part_that_is_remembered(world: World, query: str) -> None:
    assert names(world, query)[0] == "上海宇润科技有限公司"


def test_every_word_has_to_be_there_if_anybody_has_them_all(world: World) -> None:
    assert sorted(names(world, "上海")) == ["上海宇润科技有限公司", "上海恒通贸易有限公司"]
    assert names(world, "上海 139") == ["上海恒通贸易有限公司"]
    assert names(world, "harbor") == names(world, "optics har") == ["Harbor Optics Ltd"]
    assert names(world, "zzzz") == names(world, "") == names(world, "…") == []


def test_what_fits_worse_stands_behind(world: World) -> None:
    with finder(world) as one:
        answers = one.find("上海宇润科技有限公司").answers
        assert (answers[0].fits, answers[0].called) == (1.0, "上海宇润科技有限公司")
        assert answers[0].probability is not None
        assert one.find("上海", limit=1).answers[0] in one.find("上海").answers
        assert one.find("138").answers[0].probability is None


def test_an_answer_says_where_it_stands_and_why(world: World) -> None:
    with finder(world) as one:
        answer = one.find("宇润 138").answers[0]
    assert {place.source for place in answer.places} == {"crm", "wang"}
    assert answer.reasons == ("name: holds it", "phones: begins so")
    with finder(world, lang="zh") as one:
        assert "以此开头" in one.find("138").answers[0].reasons[0]


# ------------------------------------------------------------------------------ privacy


def test_who_may_not_see_a_customer_does_not_find_it(world: World) -> None:
    assert names(world, "harbor", reader="lee") == ["Harbor Optics Ltd"]
    assert names(world, "harbor", reader="wang") == []
    with pytest.raises(ConfigError, match="nobody"):
        names(world, "harbor", reader="somebody")


def test_numbers_are_masked_unless_they_are_asked_for(world: World) -> None:
    with world.session() as session:
        hidden, shown = find(session, "宇润"), find(session, "宇润", values=True)
    assert "13800138000" not in json.dumps(hidden.as_json())
    assert "13800138000" in json.dumps(shown.as_json())


# ------------------------------------------------------------------------------ very many customers


def test_very_many_are_looked_up_by_their_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SCANNED", 0)
    with finder(world) as one:
        whole_name, number = one.find("上海宇润科技有限公司"), one.find("13800138000")
        assert not whole_name.whole
        assert whole_name.answers[0].called == number.answers[0].called == "上海宇润科技有限公司"
        assert one.find("北京大方商贸有限公司 010").answers[0].called == "北京大方商贸有限公司"


# ------------------------------------------------------------------------------ the command


def printed(found: Found, *, as_json: bool = False) -> str:
    stream = StringIO()
    print_found(Screen(out=stream, err=stream, lang="en", json=as_json), found)
    return stream.getvalue()


def test_it_is_printed_for_people_and_for_programs(world: World) -> None:
    with finder(world) as one:
        found, nobody = one.find("宇润"), one.find("zzzz")
    text = printed(found)
    assert "上海宇润科技有限公司" in text
    assert "name: holds it" in text
    assert "Nobody is found" in printed(nobody)
    said = json.loads(printed(found, as_json=True))
    assert said["customers"][0]["places"][0]["source"] == "crm"


def test_the_command_answers_line_by_line(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(world.folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("宇润\nzzzz\n"))
    monkeypatch.setattr("sys.argv", ["offbook", "find"])
    with pytest.raises(SystemExit) as ended:
        main()
    out = capsys.readouterr().out
    assert ended.value.code in (0, None)
    assert "上海宇润科技有限公司" in out
    assert "Nobody is found" in out
