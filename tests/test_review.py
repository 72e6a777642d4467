"""Reviewing: does everything that waits stand on the list, and does each answer do what it says, once, through a plan?"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from connectors.contract import ConfigError
from sync.review import answers
from sync.review.answers import accept, decide, lift, pin, reject
from sync.review.desk import Answered, desk
from sync.review.details import detail
from sync.review.printed import print_answered, print_detail, print_listing
from sync.show.screen import Screen
from tests.engine import Side, World
from tests.review_rig import Keys, listed, one, waiting

YURUN = "上海宇润科技有限公司"


@pytest.fixture
def stage(tmp_path: Path) -> tuple[World, Keys]:
    return waiting(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Keys]:
    """For tests that decide nothing."""
    return waiting(tmp_path_factory.mktemp("still"))


def say(world: World, act: Callable[..., Answered], *args: object, **options: object) -> Answered:
    with world.session() as session:
        return act(session, *args, by="tester", **options)


def number(world: World, sort: str) -> str:
    return str(one(world, sort).number)


# ------------------------------------------------------------------------------ the list


def test_everything_that_waits_is_listed_once(still: tuple[World, Keys]) -> None:
    world, _ = still
    found = listed(world)
    assert sorted(question.sort for question in found.questions) == ["field", "identity", "subject"]
    assert [(one.name, one.cells, one.customers) for one in found.classes] == [
        ("kept/organisation.a/wang", 2, 2),
        ("kept/organisation.a/lee", 1, 1),
        ("damaged/organisation.phones/lee", 1, 1),
        ("no-place/organisation.phones/crm", 1, 1),
    ]
    assert [(note.sort, note.called, note.where) for note in found.noted] == [("mark", "杭州走了有限公司", "crm")]


def test_a_question_tells_who_says_what(still: tuple[World, Keys]) -> None:
    field = one(still[0], "field")
    said = [(choice.letter, choice.text, choice.sources, choice.golden) for choice in field.choices]
    assert said == [("A", "w", ("wang",), False), ("B", "l", ("lee",), False), ("C", "one", ("crm",), True)]
    identity = one(still[0], "identity")
    assert [speaker.values["name"] for speaker in identity.speakers] == ["北京大方商贸有限公司", "大方商贸(北京)"]
    assert 0 < identity.p < 1
    assert identity.whys[0].aspect == "core"
    subject = one(still[0], "subject")
    assert (subject.called, subject.name, subject.answers) == (
        "广州新客户有限公司",
        "深圳蓝天贸易有限公司",
        ("same", "new"),
    )


def test_looking_writes_nothing(still: tuple[World, Keys]) -> None:
    world, _ = still
    sql = "SELECT name, value FROM meta ORDER BY name"
    before = world.rows(sql), world.rows("SELECT COUNT(*) FROM run")
    listed(world)
    with world.session() as session:
        detail(session, "kept/organisation.a/wang")
    assert (world.rows(sql), world.rows("SELECT COUNT(*) FROM run")) == before


def test_one_of_them_in_full(still: tuple[World, Keys]) -> None:
    world, _ = still
    with world.session() as session:
        kept = detail(session, "kept/a/wang")
        damaged = detail(session, "damaged/phones/lee", lang="zh")
        mark = detail(session, listed(world).noted[0].name)
    assert sorted((cell.called, cell.shown, cell.golden, cell.source) for cell in kept.cells) == [
        (YURUN, "wang says", "crm says", "crm"),
        ("成都第二有限公司", "wang too", "crm too", "crm"),
    ]
    assert damaged.texts == (("‹请致电前台› (不是电话号码)", 1),)
    assert mark.noted is not None
    assert mark.noted.why == "deleted"


@pytest.mark.parametrize("name", ["99", "kept/organisation.a/erp", "mark/crm/0", "nothing", "kept"])
def test_a_name_that_means_nothing_or_too_much_is_refused(still: tuple[World, Keys], name: str) -> None:
    with still[0].session() as session, pytest.raises(ConfigError):
        detail(session, name)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_printed(still: tuple[World, Keys], lang: str) -> None:
    world, _ = still
    found = listed(world, lang=lang)
    names = [*(str(q.number) for q in found.questions), *(c.name for c in found.classes), found.noted[0].name]
    stream = StringIO()
    screen = Screen(out=stream, err=stream, lang=lang)
    print_listing(screen, found)
    with world.session() as session:
        for name in names:
            print_detail(screen, detail(session, name, lang=lang))
    text = stream.getvalue()
    assert all(name in text for name in names)
    assert {"en": "Is this the same customer?", "zh": "是同一个客户吗"}[lang] in text
    assert all(value in text for value in ("请致电前台", "wang says", "深圳蓝天贸易有限公司"))


# ------------------------------------------------------------------------------ questions


@pytest.mark.parametrize(("answer", "value"), [("A", "w"), ("lee", "l"), ("golden", "one"), ("value:four", "four")])
def test_a_value_that_was_chosen_reaches_every_source(stage: tuple[World, Keys], answer: str, value: str) -> None:
    world, keys = stage
    done = say(world, decide, number(world, "field"), answer)
    assert (done.code, done.decisions) == (0, 1)
    assert not [question for question in listed(world).questions if question.sort == "field"]
    world.settles()
    assert world.golden(YURUN, "b") == value
    assert [world.shows(*at, "b") for at in (("crm", keys.crm), ("wang", keys.wang), ("lee", keys.lee))] == [value] * 3


def test_a_question_is_answered_once(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    asked = number(world, "field")
    say(world, decide, asked, "A")
    again = say(world, decide, asked, "B")
    assert (again.code, again.decisions) == (2, 0)
    assert "answered already" in str(again.lines[0].why)
    twice = say(world, accept, [number(world, "identity")] * 2)
    assert (twice.code, twice.decisions) == (2, 1)


@pytest.mark.parametrize("answer", ["D", "erp", "same", "theirs", ""])
def test_an_answer_that_fits_no_question_decides_nothing(still: tuple[World, Keys], answer: str) -> None:
    world, _ = still
    done = say(world, decide, number(world, "field"), answer)
    assert (done.code, done.decisions) == (2, 0)
    assert one(world, "field").number
    assert world.rows("SELECT COUNT(*) FROM decision") == [(0,)]


def test_the_same_customer_is_joined(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    done = say(world, accept, [number(world, "identity")])
    assert done.decisions == 1
    world.settles()
    assert len([one for one in world.entities().values() if "大方商贸" in str(one["name"])]) == 1
    assert not [question for question in listed(world).questions if question.sort == "identity"]


def test_two_customers_stay_two_and_the_create_goes_on(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    say(world, reject, [number(world, "identity")])
    world.settles()
    assert len([one for one in world.entities().values() if "大方商贸" in str(one["name"])]) == 2
    assert len([name for name in ("北京大方商贸有限公司", "大方商贸(北京)") if world.keys("crm", name)]) == 2
    assert [pin.sort for pin in listed(world).pins] == ["different"]


def test_the_opposite_needs_to_be_said_twice(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    refs = [speaker.entity for speaker in one(world, "identity").speakers]
    say(world, reject, [number(world, "identity")])
    world.run()
    refused = say(world, decide, refs[0], f"same:{refs[1]}")
    assert (refused.code, refused.decisions) == (2, 0)
    done = say(world, decide, refs[0], f"same:{refs[1]}", replace=True)
    assert (done.code, done.decisions) == (0, 1)
    world.settles()
    assert len([one for one in world.entities().values() if "大方商贸" in str(one["name"])]) == 1


def test_a_renamed_record_speaks_of_a_new_customer_or_of_the_old_one(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    say(world, decide, number(world, "subject"), "new")
    world.settles()
    names = {str(one["name"]) for one in world.entities().values()}
    assert {"广州新客户有限公司", "深圳蓝天贸易有限公司"} <= names
    assert world.shows("wang", keys.renamed, "name") == "深圳蓝天贸易有限公司"


def test_a_corrected_name_reaches_the_other_sources(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    say(world, reject, [number(world, "subject")])
    world.settles()
    names = {str(one["name"]) for one in world.entities().values()}
    assert "深圳蓝天贸易有限公司" in names
    assert "广州新客户有限公司" not in names
    assert world.keys("crm", "深圳蓝天贸易有限公司")


# ------------------------------------------------------------------------------ classes


def test_golden_wins_is_written_over_the_cells_of_a_class(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    done = say(world, reject, ["kept/a/wang"])
    assert (done.code, done.decisions) == (0, 2)
    world.settles()
    assert world.shows("wang", keys.wang, "a") == "crm says"
    assert world.shows("lee", keys.lee, "a") == "lee says", "another class was not answered"


def test_these_cells_win_becomes_golden(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    say(world, accept, ["kept/organisation.a/wang"])
    world.settles()
    assert world.golden(YURUN, "a") == "wang says"
    assert world.shows("crm", keys.crm, "a") == "wang says"


def test_what_was_left_alone_is_not_listed_until_it_moves(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    say(world, decide, "kept/organisation.a/lee", "keep")
    assert "kept/organisation.a/lee" not in {one.name for one in listed(world).classes}
    world.run()
    assert "kept/organisation.a/lee" not in {one.name for one in listed(world).classes}
    world.edit("crm", keys.crm, a="crm again")
    world.run()
    assert world.shows("lee", keys.lee, "a") in ("crm again", "lee says")


def test_golden_is_written_over_a_damaged_cell_only_when_somebody_says_so(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    assert world.shows("lee", keys.lee, "p1") == "请致电前台"
    done = say(world, decide, "damaged/phones/lee", "golden")
    if done.decisions:
        world.settles()
        assert world.shows("lee", keys.lee, "p1") != "请致电前台"
    else:
        assert done.lines[0].why is not None


def test_an_answer_that_a_class_does_not_take_is_refused(still: tuple[World, Keys]) -> None:
    done = say(still[0], decide, "no-place/organisation.phones/crm", "golden")
    assert (done.code, done.decisions) == (2, 0)


def test_several_answers_of_one_call_stand_or_fall_each_for_itself(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    done = say(world, accept, ["nothing", "kept/a/wang", "77"])
    assert [(line.name, line.failed) for line in done.lines] == [
        ("nothing", True),
        ("kept/a/wang", False),
        ("77", True),
    ]
    assert (done.code, done.decisions) == (2, 2)


def test_what_was_answered_is_off_the_list_before_any_run(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    mark = listed(world).noted[0].name
    assert say(world, reject, ["kept/a/wang", mark]).code == 0
    assert say(world, accept, [mark]).decisions == 1
    found = listed(world)
    assert "kept/organisation.a/wang" not in {one.name for one in found.classes}
    assert "kept/organisation.a/lee" in {one.name for one in found.classes}
    assert found.noted == ()
    again = say(world, reject, ["kept/a/wang"])
    assert (again.code, again.decisions) == (2, 0)
    assert say(world, accept, [mark]).decisions == 0


def test_two_answers_about_one_field_decide_it_once(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    done = say(world, accept, ["kept/a/wang", "kept/a/lee"])
    assert [line.decisions for line in done.lines] == [2, 0]
    assert done.lines[1].why is not None


# ------------------------------------------------------------------------------ marks, fields, pins


def test_a_mark_that_is_kept_leaves_the_list_until_there_is_another(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    (note,) = listed(world).noted
    said = say(world, decide, note.name, "keep")
    assert (said.code, said.decisions) == (0, 1)
    assert listed(world).noted == ()
    world.run()
    assert listed(world).noted == ()
    assert world.rows("SELECT COUNT(*) FROM mark") == [(1,)], "it holds"
    with world.session() as session, session.ledger.transaction() as c:
        session.ledger.do(c, "UPDATE mark SET run = run + 1")
    assert [one.name for one in listed(world).noted] == [note.name]


def test_a_mark_is_lifted_and_the_customer_created_again(stage: tuple[World, Keys]) -> None:
    world, _ = stage
    assert not world.keys("crm", "杭州走了有限公司")
    say(world, accept, [listed(world).noted[0].name])
    world.settles()
    assert len(world.keys("crm", "杭州走了有限公司")) == 1


def test_a_field_that_nobody_asked_about_is_decided(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    assert say(world, decide, f"crm:{keys.crm}", "value:mine", field="a").decisions == 1
    assert say(world, decide, f"wang:{keys.wang}", "remove:021-55550002", field="phones").decisions == 1
    world.settles()
    assert world.golden(YURUN, "a") == "mine"
    assert world.golden(YURUN, "phones") == ("+862155550001",)
    assert world.shows("wang", keys.wang, "p2") in (None, "")


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("phones", "value:1"),
        ("phones", "remove:021-1"),
        ("a", "add:x"),
        ("c", "value:x"),
        ("", "value:x"),
        ("phones", "add:abc"),
    ],
)
def test_what_cannot_be_decided_is_told(still: tuple[World, Keys], field: str, answer: str) -> None:
    world, keys = still
    done = say(world, decide, f"crm:{keys.crm}", answer, field=field)
    assert (done.code, done.decisions) == (2, 0)
    assert done.lines[0].why is not None


def test_a_pin_holds_against_edits_until_it_is_lifted(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    done = say(world, pin, f"crm:{keys.crm}", "a", "pinned")
    world.settles()
    assert world.shows("wang", keys.wang, "a") == "pinned"
    world.edit("crm", keys.crm, a="somebody else")
    world.settles()
    assert world.golden(YURUN, "a") == "pinned"
    (found,) = listed(world).pins
    assert (found.number, found.sort) == (done.numbers[0], "pin")
    assert say(world, lift, found.number).code == 0
    assert listed(world).pins == ()
    assert say(world, lift, found.number).code == 2
    world.edit("crm", keys.crm, a="after all")
    world.settles()
    assert world.golden(YURUN, "a") == "after all"


def test_a_field_is_pinned_once(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    say(world, pin, f"crm:{keys.crm}", "a", "first")
    say(world, pin, f"wang:{keys.wang}", "a", "second")
    assert [one.text.rpartition(" = ")[2] for one in listed(world).pins] == ["second"]
    world.settles()
    assert world.golden(YURUN, "a") == "second"


def test_a_pin_without_a_value_holds_what_golden_says(stage: tuple[World, Keys]) -> None:
    world, keys = stage
    say(world, pin, f"crm:{keys.crm}", "a")
    world.run()
    world.edit("crm", keys.crm, a="moved")
    world.settles()
    assert world.golden(YURUN, "a") == "crm says"


def test_the_leading_record_is_chosen(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    world.add("crm", "one", a="1")
    second = world.add("crm", "one", a="1")
    world.run()
    (double,) = listed(world).noted
    assert (double.sort, len(double.records)) == ("duplicate", 2)
    assert say(world, decide, double.name, f"leading:crm:{second}").decisions == 1
    world.run()
    assert listed(world).noted[0].records[0] == f"crm {second}"


def test_answers_are_printed_in_both_languages(stage: tuple[World, Keys]) -> None:
    done = say(stage[0], accept, ["nothing", "kept/a/wang"])
    for lang, text in (("en", "the next plan takes it up"), ("zh", "下一份计划会采用")):
        stream = StringIO()
        print_answered(Screen(out=stream, err=stream, lang=lang), done)
        assert text in stream.getvalue()


# ------------------------------------------------------------------------------ before the apply


def test_an_answer_after_a_plan_is_taken_up_by_the_next_one(tmp_path: Path) -> None:
    """Decided upon the draft of a plan that is applied later: nothing is lost, and nothing decided twice."""
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    key = world.add("crm", "one", a="x")
    book = world.add("book", "one", a="y")
    planned = world.plan()
    assert say(world, accept, ["kept/a/book"]).decisions == 1, "at the same instant, as clocks go"
    world.apply(planned.plan)
    world.settles()
    assert world.golden("one", "a") == "y"
    assert world.shows("crm", key, "a") == "y"
    assert world.shows("book", book, "a") == "y"


def test_what_moved_after_the_answer_is_not_decided_by_it(stage: tuple[World, Keys]) -> None:
    """R4e: a decision names what it was made upon; a cell that shows something else by now is not covered."""
    world, keys = stage
    say(world, reject, ["kept/a/wang"])
    world.edit("wang", keys.wang, a="typed since")
    world.settles()
    assert world.golden(YURUN, "a") in ("typed since", "crm says")
    assert world.shows("wang", keys.wang, "a") in ("typed since", "crm says")


def test_what_is_proposed_for_each_sort(still: tuple[World, Keys]) -> None:
    world, _ = still
    with world.session() as session, desk(session, by="tester") as at:
        for sort, yes, no in (
            ("identity", "same", "different"),
            ("subject", "new", "same"),
            ("field", "theirs", "golden"),
        ):
            found = number(world, sort)
            assert (answers.proposed(at, found, yes=True), answers.proposed(at, found, yes=False)) == (yes, no)
